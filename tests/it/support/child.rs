//! What depends on the process's environment (proxies, certificates), or is measured of a whole process: the
//! test binary, started again to run only its test `child`.

use std::path::Path;
use std::process::Command;

use alignspec::__testing::sample::{Mode, Pace, Sampler};
use tempfile::tempdir;

use super::{KEY, PACE, configured, task, unit, variables};

const CHILD: &str = "ALIGNSPEC_TEST_CHILD";

/// Not a test of its own, but what [`ask`] starts: asks one question of the model that the variable describes.
#[test]
fn child() {
    let Ok(fields) = std::env::var(CHILD) else { return };
    let (folder, task) = (tempdir().expect("a folder"), task());
    let pace = Pace { retries: 0, ..PACE };
    let sampler = Sampler::with(folder.path(), Mode::Record, pace, variables);
    let model = configured(Path::new("/"), &fields);
    let sampled = sampler.sample(&unit(&model, &task, 1)).expect("sampled");
    let text = sampled.responses[0].as_ref().map(|response| response.text.clone());
    println!("RESULT {}", text.or_else(|| sampled.shortfall()).expect("one of both"));
    println!("PEAK {}", peak());
}

/// The most memory this process has had, in MiB; 0 where the system does not tell.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix("kB")).map(str::trim);
    kib.and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) >> 10
}

/// What the child that asks this model with these variables says, and the memory it took.
pub fn ask(fields: &str, environment: &[(&str, &str)]) -> (String, u64) {
    let mut command = Command::new(std::env::current_exe().expect("this binary"));
    command.args(["support::child::child", "--exact", "--nocapture"]).env(CHILD, fields);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    command.env_remove("SSL_CERT_FILE").env_remove("SSL_CERT_DIR").env_remove("REQUEST_METHOD");
    let output = command.envs(environment.iter().copied()).output().expect("it runs");
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    let field = |name: &str| out.lines().find_map(|line| Some(line.split_once(name)?.1.trim().to_owned()));
    let result =
        field("RESULT ").unwrap_or_else(|| panic!("{out}{}", String::from_utf8_lossy(&output.stderr)));
    assert!(!out.contains(KEY), "{out}");
    (result, field("PEAK ").and_then(|peak| peak.parse().ok()).expect("a number"))
}

/// An entry for a server that speaks chat completions.
pub fn openai(base_url: &str, further: &str) -> String {
    format!(
        "provider = \"openai\"\nmodel = \"m\"\nkey_env = \"TEST_KEY\"\nbase_url = \"{base_url}\"\n{further}"
    )
}
