//! A real consumer crate: a manifest, a one-line test target, an `alignment.toml`.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A crate of its own with alignspec as a dependency. Built once: its path is compiled into it, so that
/// each case writes its files and runs the built test. There are as many as tests run at a time, and each
/// is one test's until that ends.
pub struct Consumer {
    pub root: PathBuf,
    target: PathBuf,
    /// Between processes, too: nextest runs one per test.
    _lock: File,
}

/// No more crates than this, on however many cores: each is built.
const MOST: usize = 4;

/// A model that needs no asking.
pub const TALLY: &str = "[[model]]\nname = \"o1-preview\"\nprovider = \"tally\"\n";

/// A test target whose functions answer as the variable `ANSWER` says.
const FUNCTIONS: &str = r#"
use alignspec::{Harness, Question};

async fn ask(question: Question) -> Result<String, Box<dyn std::error::Error>> {
    let told = std::env::var("ANSWER")?;
    if told == "panic" {
        panic!("\u{1b}[31m::error::no more {}", question.prompt.len());
    }
    if let Some(words) = told.strip_prefix("panic ") {
        panic!("{words}");
    }
    match told.strip_prefix("fail ") {
        Some(words) => Err(words.into()),
        None => Ok(told),
    }
}

alignspec::harness!(
    Harness::new()
        .respondent("assistant", ask)
        .respondent("echo", async |question: Question| Ok::<_, String>(question.prompt))
);
"#;

/// A test target with Rust values: two suites made in a loop, and what the variable `VALUES` says besides.
const VALUES: &str = include_str!("../../data/targets/values.rs");

impl Consumer {
    fn build() -> Consumer {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let (number, lock) = Consumer::free(folder);
        let root = folder.join(format!("consumer-{number}"));
        let own = env!("CARGO_MANIFEST_DIR");
        fs::create_dir_all(root.join("tests")).expect("a folder");
        fs::create_dir_all(root.join("src")).expect("a folder");
        // Of two packages that differ in their folder alone, cargo builds one.
        let manifest = format!(
            "[package]\nname = \"consumer\"\nversion = \"0.0.{number}\"\nedition = \"2024\"\n\n[dev-dependencies]\nalignspec = {{ path = {own:?} }}\n\n[[test]]\nname = \"alignment\"\nharness = false\n\n[[test]]\nname = \"functions\"\nharness = false\n\n[[test]]\nname = \"values\"\nharness = false\n\n[workspace]\n\n[profile.dev]\ndebug = \"line-tables-only\"\n\n[profile.dev.package.\"*\"]\ndebug = false\n"
        );
        let locked = fs::read_to_string(Path::new(own).join("Cargo.lock")).expect("read");
        for (name, text) in [
            ("Cargo.toml", manifest.as_str()),
            ("Cargo.lock", locked.as_str()),
            ("src/lib.rs", ""),
            ("tests/alignment.rs", "alignspec::harness!();\n"),
            ("tests/functions.rs", FUNCTIONS),
            ("tests/values.rs", VALUES),
        ] {
            // What is written anew is built anew.
            if fs::read_to_string(root.join(name)).ok().as_deref() != Some(text) {
                fs::write(root.join(name), text).expect("written");
            }
        }
        // Beside the other build output, so that dependencies are built once.
        let target = folder.parent().unwrap_or(folder).to_owned();
        let consumer = Consumer { root, target, _lock: lock };
        consumer.config(TALLY);
        let built = consumer.cargo(&["test", "--offline", "--no-run"], &[]);
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        consumer
    }

    /// The number of a crate that no test uses, and what keeps it so; waits for one where all are in use.
    fn free(folder: &Path) -> (usize, File) {
        let several = std::thread::available_parallelism().map_or(1, usize::from).clamp(1, MOST);
        let lock =
            |number| File::create(folder.join(format!("consumer-{number}.lock"))).expect("a lock file");
        let mut locks: Vec<(usize, File)> = (1..=several).map(|number| (number, lock(number))).collect();
        let unused = locks.iter().position(|(_, lock)| lock.try_lock().is_ok());
        // Those that wait do not all wait for the same one.
        let (number, lock) = locks.swap_remove(unused.unwrap_or(std::process::id() as usize % several));
        if unused.is_none() {
            lock.lock().expect("locked");
        }
        (number, lock)
    }

    /// The built crate without files of its own, for one test at a time.
    pub fn fresh() -> Consumer {
        let consumer = Consumer::build();
        let folders = ["suites", "snapshots", "recordings", "baselines", ".git", ".alignspec"];
        for name in folders.into_iter().chain([".cargo", ".alignspec-base", "way", "out"]) {
            let _ = fs::remove_dir_all(consumer.root.join(name));
        }
        for name in [".config/insta.yaml", "insta.yaml", ".insta.yaml"] {
            let _ = fs::remove_file(consumer.root.join(name));
        }
        consumer
    }

    /// Where it is built.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// cargo, as a user without any variables set runs it.
    pub fn cargo(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        self.cargo_command(arguments, variables).output().expect("cargo runs")
    }

    /// The same, not yet started.
    pub fn cargo_command(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
        // What cargo tells this test about its own package would make ring's build script, which reads
        // it, build ring and all that needs it anew: here, and then again in the next run out there.
        let own = std::env::vars_os().map(|(name, _)| name);
        let own = own.filter(|name| {
            let name = name.to_string_lossy();
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
        });
        let mut command = Command::new(env!("CARGO"));
        own.for_each(|name| {
            command.env_remove(name);
        });
        command
            .args(arguments)
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("INSTA_UPDATE", "new")
            .env_remove("INSTA_OUTPUT")
            .env("LC_ALL", "C.UTF-8")
            .env_remove("TERM")
            .env_remove("NO_COLOR")
            .env_remove("ALIGNSPEC_MODE")
            .env_remove("ALIGNSPEC_PLAN")
            .env_remove("CI")
            .env_remove("NEXTEST_RUN_ID")
            .env_remove("ALIGNSPEC_RESULTS")
            .env_remove("GITHUB_WORKSPACE")
            .envs(variables.iter().copied());
        command
    }

    /// The test target itself, without cargo around it: what gets a signal, and whose exit code counts. Run
    /// in the crate, with its output piped.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let fixed = "test --offline -q --test alignment --no-run --message-format json";
        let built = self.cargo(&fixed.split(' ').collect::<Vec<_>>(), &[]);
        let text = String::from_utf8_lossy(&built.stdout);
        let messages = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let named = messages.filter(|message| message["target"]["name"] == "alignment");
        let path = named.filter_map(|message| message["executable"].as_str().map(PathBuf::from)).next_back();
        let mut command = Command::new(path.expect("a built test target"));
        for variable in ["ALIGNSPEC_MODE", "ALIGNSPEC_PLAN", "CI", "NEXTEST_RUN_ID"] {
            command.env_remove(variable);
        }
        command.env("LC_ALL", "C.UTF-8").env_remove("TERM").env_remove("INSTA_OUTPUT");
        command.args(["--color", "never"]).args(arguments).current_dir(&self.root).env("INSTA_UPDATE", "no");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Where cargo builds it.
    pub fn target_folder(&self) -> &Path {
        &self.target
    }

    pub fn config(&self, text: &str) {
        self.file("alignment.toml", text);
    }

    pub fn file(&self, name: &str, text: &str) {
        let path = self.root.join(name);
        fs::create_dir_all(path.parent().expect("in the crate")).expect("a folder");
        fs::write(path, text).expect("written");
    }

    /// Runs the test target; (exit code, standard output). Lines that were broken at 80 columns are whole again.
    pub fn run(&self, arguments: &[&str]) -> (i32, String) {
        let (code, out, _) = self.run_with(arguments, &[]);
        (code, out)
    }

    /// Runs the test target with environment variables; (exit code, standard output, standard error).
    pub fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> (i32, String, String) {
        self.run_target("alignment", arguments, variables)
    }

    /// Runs one of the test targets: `alignment`, `functions`, which has functions, or `values`, which has Rust values.
    pub fn run_target(
        &self,
        target: &str,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> (i32, String, String) {
        let fixed =
            ["test", "--offline", "-q", "--test", target, "--", "--color", "never", "--test-threads", "1"];
        let all: Vec<&str> = fixed.into_iter().chain(arguments.iter().copied()).collect();
        let output = self.cargo(&all, variables);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (
            output.status.code().unwrap_or(-1),
            unwrapped(&text(&output.stdout)),
            unwrapped(&text(&output.stderr)),
        )
    }

    pub fn has_nextest(&self) -> bool {
        self.cargo(&["nextest", "--version"], &[]).status.success()
    }
}

/// What was printed, with each line put together again that was broken because it had more than 80 columns.
pub fn unwrapped(text: &str) -> String {
    const WIDTH: usize = 80;
    let mut whole: Vec<String> = Vec::new();
    // The line that was printed last, and where the rest of a line like the last whole one begins.
    let (mut last, mut deep) = (0, Vec::new());
    for line in text.split('\n') {
        let rest = line.trim_start_matches(' ');
        let indent = line.len() - rest.len();
        let span = rest.strip_prefix('`').and_then(|span| span.find('`')).map_or(0, |end| end + 2);
        let first = span + rest[span..].find(' ').unwrap_or(rest[span..].len());
        let more = deep.contains(&indent) && last + 1 + rest[..first].chars().count() > WIDTH;
        match whole.last_mut() {
            Some(before) if more && !rest.is_empty() => *before += &format!(" {rest}"),
            _ => {
                deep = if indent == 0 { vec![4] } else { vec![indent + 2, 12] };
                whole.push(line.to_owned());
            }
        }
        last = line.chars().count();
    }
    whole.join("\n")
}

/// Verdicts as they are printed, by check.
pub type Verdicts = BTreeMap<String, String>;

pub fn verdicts(printed: &[u8]) -> Verdicts {
    let printed = String::from_utf8_lossy(printed);
    let mut verdicts = Verdicts::new();
    let mut lines = printed.lines().peekable();
    while let Some(line) = lines.next() {
        let Some((outcome, check)) = line.split_once(": assistant: ") else { continue };
        if !["pass", "fail", "inconclusive"].contains(&outcome) {
            continue;
        }
        let mut text = outcome.to_owned();
        while let Some(more) = lines.next_if(|line| line.starts_with("  ")) {
            text += "\n";
            text += more;
        }
        assert_eq!(verdicts.insert(check.to_owned(), text), None, "{check} is judged twice");
    }
    verdicts
}
