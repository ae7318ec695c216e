//! The walks of the tutorial and of the chapter on one's own product, done literally: in a fresh folder, command by
//! command, and what is printed is compared with what the page shows.
//!
//! `sh walk` blocks are run, a command a line. A `text walk` block behind one shows what was printed, standard output
//! and standard error; a line `…` in it stands for any lines, and results of tests (which run at the same time) may come
//! in another order. A block `toml walk FILE` is added at the end of FILE, and of `diff walk FILE` what is added takes the
//! place of what is removed. A block of any other language with `walk FILE` is a file of the reader's own.
//!
//! Differences to what a reader types: alignspec is taken from this folder and not from git, and is built where
//! everything else is; a service listens at a port that is free; cargo's own lines (they begin at a verb on the right,
//! such as `   Compiling`) are left out.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use super::pages::{page, root};

/// The reader's machine: a folder, and where in it the reader is.
struct Walk {
    at: PathBuf,
    target: PathBuf,
    /// The port of a service, in place of the page's.
    port: String,
    /// A service that runs in the background.
    service: Option<Child>,
    /// How many lines the reader wrote by hand into files that alignspec reads.
    by_hand: usize,
}

/// The port of services on the pages.
const PORT: &str = "8080";

impl Drop for Walk {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Walk {
    fn new(folder: &Path) -> Walk {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the build folder").to_owned();
        let free = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
        let port = free.expect("a free port").port().to_string();
        Walk { at: folder.to_owned(), target, port, service: None, by_hand: 0 }
    }

    /// Starts a service, and waits until it can be reached.
    fn start(&mut self, words: &[&str]) {
        assert!(self.service.is_none(), "a service runs already");
        let child = Command::new(words[0]).args(&words[1..]).current_dir(&self.at).spawn();
        self.service = Some(child.expect("the service starts"));
        let since = Instant::now();
        while TcpStream::connect(format!("127.0.0.1:{}", self.port)).is_err() {
            assert!(since.elapsed() < Duration::from_secs(60), "the service cannot be reached");
            std::thread::yield_now();
        }
    }

    fn stop(&mut self) {
        if let Some(mut service) = self.service.take() {
            let _ = service.kill();
            let _ = service.wait();
        }
    }

    /// Runs one line as a shell would: what was printed.
    fn run(&mut self, line: &str) -> String {
        let line = &line.replace(PORT, &self.port);
        let words: Vec<&str> = line.split(" #").next().unwrap_or_default().split_whitespace().collect();
        match words.as_slice() {
            ["cd", folder] => {
                self.at.push(folder);
                String::new()
            }
            ["kill", "%1"] => {
                assert!(self.service.is_some(), "no service runs");
                self.stop();
                String::new()
            }
            ["python3", file, "&"] => {
                self.start(&["python3", file]);
                String::new()
            }
            ["cargo", "add", "--dev", "alignspec", "--git", _] => {
                let own = root().display().to_string();
                self.cargo(&["add", "--quiet", "--offline", "--dev", "alignspec", "--path", &own])
            }
            ["cargo", "alignspec", ..] => {
                let quoted: Vec<String> = quoted(line).into_iter().skip(1).collect();
                self.printed(Command::new(env!("CARGO_BIN_EXE_cargo-alignspec")).args(quoted))
            }
            ["cargo", "test", rest @ ..] => {
                fs::copy(root().join("Cargo.lock"), self.at.join("Cargo.lock")).expect("copied");
                self.cargo(&[&["test", "--offline"], rest].concat())
            }
            ["cargo", rest @ ..] => self.cargo(rest),
            _ => panic!("the tutorial's walk has a command that this test does not know: {line}"),
        }
    }

    fn cargo(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO"));
        // As in the other crates that tests build, so that dependencies are built once.
        command
            .args(["--config", "profile.dev.debug='line-tables-only'"])
            .args(["--config", "profile.dev.package.'*'.debug=false"])
            .args(arguments)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("CARGO_TERM_COLOR", "never");
        self.printed(&mut command)
    }

    fn printed(&self, command: &mut Command) -> String {
        let own = std::env::vars_os().map(|(name, _)| name);
        let own = own.filter(|name| {
            let name = name.to_string_lossy();
            name.starts_with("CARGO_PKG_")
                || name.starts_with("CARGO_MANIFEST_")
                || name.starts_with("ALIGNSPEC_")
                || name.starts_with("INSTA_")
                || ["CI", "GITHUB_ACTIONS", "NEXTEST_RUN_ID", "NO_COLOR", "TERM"].contains(&&*name)
        });
        own.for_each(|name| {
            command.env_remove(name);
        });
        let run = command.current_dir(&self.at).env("LC_ALL", "C.UTF-8").output().expect("the command runs");
        let printed = [run.stdout, run.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        // Cargo's own lines go; what our program and the tests say stays, standard output first.
        let lines = printed.iter().flat_map(|text| text.lines()).filter(|line| !is_cargos(line));
        lines.fold(String::new(), |text, line| text + line.trim_end() + "\n").trim_matches('\n').to_owned()
    }
}

/// Whether a line is cargo's: a verb that ends in the twelfth column, or its word on a failed target.
fn is_cargos(line: &str) -> bool {
    let verb = line.get(..12).is_some_and(|verb| {
        let word = verb.trim_start();
        word.len() > 2
            && word.chars().all(char::is_alphabetic)
            && line[12..].starts_with(' ')
            && word.starts_with(char::is_uppercase)
    });
    verb && line.starts_with(' ')
        || [
            "error: test failed, to rerun",
            "Caused by:",
            "  process didn't exit successfully",
            "note: test exited",
        ]
        .iter()
        .any(|start| line.starts_with(start))
}

/// The words of a line; what is in double quotes is one word.
fn quoted(line: &str) -> Vec<String> {
    let parts = line.split('"').enumerate();
    parts
        .flat_map(|(at, part)| match at % 2 {
            1 => vec![part.to_owned()],
            _ => part.split_whitespace().map(str::to_owned).collect(),
        })
        .collect()
}

/// Whether what was printed is as the page shows it: lines are equal, and `…` stands for any number of them.
fn is_as_shown(shown: &[&str], printed: &[&str]) -> bool {
    match (shown.split_first(), printed.split_first()) {
        (None, None) => true,
        (Some((&"…", rest)), _) => {
            (0..=printed.len()).any(|skipped| is_as_shown(rest, &printed[skipped..]))
        }
        (Some((line, shown)), Some((other, printed))) => {
            // Times differ.
            let same = |line: &str| line.split(" finished in ").next().unwrap_or_default().to_owned();
            same(line) == same(other) && is_as_shown(shown, printed)
        }
        _ => false,
    }
}

/// The lines of a text; results of tests that follow each other are sorted.
fn in_order(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let is_result = |line: &str| line.starts_with("test assistant::");
    lines.chunk_by_mut(|a, b| is_result(a) && is_result(b)).for_each(<[&str]>::sort_unstable);
    lines
}

fn add(file: &Path, text: &str) {
    let before = fs::read_to_string(file).unwrap_or_default();
    fs::write(file, format!("{before}\n{text}")).expect("written");
}

fn edit(file: &Path, from: &str, to: &str) {
    let before = fs::read_to_string(file).expect("read");
    assert_eq!(before.matches(from).count(), 1, "{}: `{from}` in\n{before}", file.display());
    fs::write(file, before.replace(from, to)).expect("written");
}

/// Walks through a page; returns how many outputs were compared.
fn follow(name: &str, walk: &mut Walk) -> usize {
    let (page, mut printed, mut compared) = (page(name), String::new(), 0);
    for block in page.blocks() {
        let place = format!("{name}:{}", block.line);
        match block.words.as_slice() {
            ["sh", "walk"] => {
                printed = block.text.lines().map(|line| walk.run(line)).collect::<Vec<_>>().join("\n")
            }
            ["text", "walk"] => {
                compared += 1;
                let (shown, lines) = (in_order(&block.text), in_order(printed.trim_matches('\n')));
                assert!(
                    is_as_shown(&shown, &lines),
                    "{place} shows\n{}\nand this was printed:\n{printed}",
                    block.text
                );
            }
            ["toml", "walk", file] => {
                walk.by_hand += block.text.lines().filter(|line| !line.trim().is_empty()).count();
                add(&walk.at.join(file), &block.text);
            }
            ["diff", "walk", file] => {
                let side = |sign: char| {
                    block.text.lines().filter_map(move |line| line.strip_prefix(sign)).collect::<Vec<_>>()
                };
                let (from, to) = (side('-'), side('+'));
                walk.by_hand += if file.ends_with(".toml") { to.len() } else { 0 };
                edit(&walk.at.join(file), &from.join("\n"), &to.join("\n"));
            }
            [_, "walk", file] => {
                fs::write(walk.at.join(file), block.text.replace(PORT, &walk.port)).expect("written");
            }
            _ => {}
        }
    }
    compared
}

#[test]
fn the_tutorials_walk_prints_what_it_shows() {
    let folder = tempfile::tempdir().expect("a folder");
    let compared = follow("docs/tutorial.md", &mut Walk::new(folder.path()));
    assert!(compared >= 6, "only {compared} outputs were compared");
}

/// From a backlog and a service to a gate that was red and is green, with few lines written by hand after `init`.
#[test]
fn the_walk_of_an_own_product_prints_what_it_shows() {
    let python = Command::new("python3").arg("--version").output();
    if !python.is_ok_and(|python| python.status.success()) {
        eprintln!("skipped: python3 is not installed");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut walk = Walk::new(folder.path());
    let compared = follow("docs/own-product.md", &mut walk);
    assert!(compared >= 4, "only {compared} outputs were compared");
    assert_eq!(walk.by_hand, 7, "the chapter says how many lines are written by hand");
}
