//! What people get wrong, by what they did: each mistake is made in a project that is green, and what is
//! printed is kept word for word in `tests/mistakes/printed.txt`. None may end in a yes.
//!
//! The mistakes are data (`tests/mistakes/*.toml`). `ALIGNSPEC_BLESS=1 cargo test --test it config::mistakes`
//! writes what is printed now, to be read line by line before it is committed.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::support::consumer::{Consumer, unwrapped};
use crate::support::server::{Reply, Server};
use crate::support::{assert_kept, completion};
use serde::Deserialize;

const KEY: &str = "ALIGNSPEC_TEST_KEY";
const PRINTED: &str = "tests/mistakes/printed.txt";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mistakes {
    mistake: Vec<Mistake>,
}

/// What somebody did, and with which exit code it ends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mistake {
    did: String,
    /// Files that are written anew, or for the first time.
    #[serde(default)]
    write: BTreeMap<String, String>,
    #[serde(default)]
    replace: Vec<Replace>,
    #[serde(default)]
    delete: Vec<String>,
    /// Arguments of the test target.
    #[serde(default)]
    run: Vec<String>,
    /// Arguments of `cargo alignspec`, where that is run in its place.
    #[serde(default)]
    command: Vec<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    exit: i32,
    /// Why an exit code of 0 is right: then nothing was judged wrongly, and what was meant is told.
    harmless: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Replace {
    file: String,
    from: String,
    to: String,
}

const SUITE: &str = r#"id = "T5"
title = "What a release note must mention"
kind = "select"
pick = 2
prompt = "Choose exactly {pick} of these.\n\n{options}\n\nAnswer with their names only."

[[option]]
id = "risks"
label = "Known risks"

[[option]]
id = "features"
label = "Features"

[[option]]
id = "thanks"
label = "Thanks"

[[check]]
expect = "T5 selects risks >= 50%"
models = ["assistant"]
"#;

const BASELINE: &str = r#"name = "team"
source = "our own survey"

[T5.shuffled]
n = 12
counts = { risks = 11, features = 9, thanks = 4 }
"#;

/// A project in which every test passes, without a key: its files by their paths.
fn project(consumer: &Consumer, server: &Server) -> BTreeMap<String, Vec<u8>> {
    let base_url = server.base_url();
    consumer.file("suites/t5.toml", SUITE);
    consumer.file("baselines/team.toml", BASELINE);
    consumer.config(&format!(
        r#"suites = ["builtin", "suites"]
baselines = ["builtin", "baselines"]

[sampling]
samples = 20
max_samples = 40
retries = 0

[[model]]
name = "assistant"
provider = "openai"
model = "small-1"
base_url = "{base_url}"
key_env = "{KEY}"
tasks = ["T5"]

[[model]]
name = "o1-preview"
provider = "tally"
tasks = ["T1"]

[[check]]
expect = "T1 top-5 Jaccard with practitioners >= 0.8"
models = ["o1-preview"]

[[check]]
expect = "T5 top-2 Jaccard with team >= 0.8"
models = ["assistant"]
"#
    ));
    let recorded = consumer
        .command(&[])
        .env("ALIGNSPEC_MODE", "record")
        .env(KEY, "sk-1")
        .env("INSTA_UPDATE", "new")
        .output();
    drop(recorded.expect("recorded"));
    let accepted = alignspec(consumer, &["accept"]).output().expect("accepted");
    assert!(accepted.status.success(), "{}", String::from_utf8_lossy(&accepted.stderr));
    let green = consumer.command(&[]).output().expect("run");
    assert!(green.status.success(), "{}", String::from_utf8_lossy(&green.stdout));
    files(&consumer.root)
}

const FOLDERS: [&str; 4] = ["suites", "baselines", "snapshots", "recordings"];

/// The files of the project that a run reads.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open: Vec<_> = FOLDERS.iter().map(|folder| root.join(folder)).collect();
    open.push(root.join("alignment.toml"));
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()));
        } else if let Ok(bytes) = fs::read(&path) {
            let name = path.strip_prefix(root).expect("inside").to_string_lossy().into_owned();
            found.insert(name, bytes);
        }
    }
    found
}

fn restore(root: &Path, project: &BTreeMap<String, Vec<u8>>) {
    for folder in FOLDERS {
        let _ = fs::remove_dir_all(root.join(folder));
    }
    for (name, bytes) in project {
        write(root, name, bytes);
    }
}

fn write(root: &Path, name: &str, bytes: &[u8]) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, bytes).expect("written");
}

fn alignspec(consumer: &Consumer, arguments: &[&str]) -> Command {
    let mut command = plain(Command::new(env!("CARGO_BIN_EXE_cargo-alignspec")), consumer);
    command.arg("alignspec").args(arguments);
    command
}

/// In the project, as a user without any variables set runs it.
fn plain(mut command: Command, consumer: &Consumer) -> Command {
    command.current_dir(&consumer.root);
    let cargos = ["CARGO_MANIFEST_DIR", "CARGO_PKG_NAME", "CARGO_MANIFEST_PATH"];
    let ours = ["ALIGNSPEC_MODE", "ALIGNSPEC_PLAN", "CI", "ALIGNSPEC_RESULTS", "NEXTEST_RUN_ID"];
    for variable in cargos.into_iter().chain(ours) {
        command.env_remove(variable);
    }
    command.env("LC_ALL", "C.UTF-8").env_remove("TERM").env_remove("INSTA_OUTPUT");
    command
}

fn make(consumer: &Consumer, program: &OsStr, mistake: &Mistake) -> Output {
    for Replace { file, from, to } in &mistake.replace {
        let text = fs::read_to_string(consumer.root.join(file)).expect("a text file");
        assert!(text.contains(from), "{}: `{from}` is not in {file}", mistake.did);
        write(&consumer.root, file, text.replacen(from, to, 1).as_bytes());
    }
    for name in &mistake.delete {
        let path = consumer.root.join(name);
        let gone = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        gone.unwrap_or_else(|error| panic!("{}: {name}: {error}", mistake.did));
    }
    for (name, text) in &mistake.write {
        write(&consumer.root, name, text.as_bytes());
    }
    let mut command = if mistake.command.is_empty() {
        let mut command = plain(Command::new(program), consumer);
        command
            .args(["--color", "never", "--test-threads", "1"])
            .args(&mistake.run)
            .env("INSTA_UPDATE", "no");
        command
    } else {
        alignspec(consumer, &mistake.command.iter().map(String::as_str).collect::<Vec<_>>())
    };
    command.env_remove(KEY).envs(&mistake.env).output().expect("run")
}

/// What is printed, without what differs from machine to machine.
fn printed(consumer: &Consumer, output: &Output, base_url: &str) -> String {
    let both = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    // Where a line is broken depends on how long the paths in it are.
    let text = unwrapped(&String::from_utf8_lossy(&both));
    let root = consumer.root.to_string_lossy();
    let port = base_url.trim_end_matches("/v1").rsplit(':').next().unwrap_or_default();
    let text = text
        .replace(&*root, "PROJECT")
        .replace(env!("CARGO_MANIFEST_DIR"), "REPOSITORY")
        .replace(&format!(":{port}"), ":PORT");
    let kept =
        text.lines().filter(|line| !line.trim().is_empty()).map(|line| match line.find("finished in ") {
            Some(at) => &line[..at + "finished in".len()],
            None => line.trim_end(),
        });
    kept.map(|line| format!("    {}\n", timeless(line))).collect()
}

/// Without the day of a snapshot, and the sum that the day has a part in.
fn timeless(line: &str) -> String {
    for (before, length, instead) in [("sampled ", 10, "DAY"), ("sum ", 8, "SUM")] {
        // "checksum in" has the same letters.
        for at in line.match_indices(before).map(|(at, _)| at + before.len()) {
            if let Some(value) = line.get(at..at + length)
                && value.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
            {
                return format!("{}{instead}{}", &line[..at], &line[at + length..]);
            }
        }
    }
    line.to_owned()
}

#[test]
fn no_mistake_ends_in_a_yes() {
    let consumer = Consumer::fresh();
    let server = Server::start(|_| Reply::json(200, &completion("Known risks\nFeatures")));
    let project = project(&consumer, &server);
    let program = consumer.command(&[]).get_program().to_owned();
    let mut all = String::new();
    let mut wrong = Vec::new();
    let mut entries: Vec<_> =
        fs::read_dir("tests/mistakes").expect("data").map(|entry| entry.expect("an entry").path()).collect();
    entries.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    entries.sort();
    for path in entries {
        let text = fs::read_to_string(&path).expect("text");
        let mistakes: Mistakes =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for mistake in mistakes.mistake {
            restore(&consumer.root, &project);
            let output = make(&consumer, &program, &mistake);
            let code = output.status.code().unwrap_or(-1);
            let shown = printed(&consumer, &output, &server.base_url());
            if code != mistake.exit {
                wrong.push(format!("{}: exit code {code}, not {}\n{shown}", mistake.did, mistake.exit));
            }
            if code == 0 && mistake.harmless.is_none() {
                wrong.push(format!("{}: ends in a yes\n{shown}", mistake.did));
            }
            all += &format!("{}: exit {code}\n{shown}\n", mistake.did);
        }
    }
    restore(&consumer.root, &project);
    assert_eq!(server.count(), 20, "a mistake cost an answer");
    assert!(wrong.is_empty(), "{} mistakes:\n{}", wrong.len(), wrong.join("\n"));
    assert_kept(PRINTED, &all);
}
