//! The tutorial's walk, done literally: in a fresh folder, command by command, and what is printed is compared with what
//! the page shows.
//!
//! `sh walk` blocks are run, a command a line. A `text walk` block behind one shows what was printed, standard output
//! and standard error; a line `…` in it stands for any lines, and results of tests (which run at the same time) may come
//! in another order. A block `toml walk FILE` is added at the end of FILE, and of `diff walk FILE` what is added takes the
//! place of what is removed.
//!
//! Differences to what a reader types: alignspec is taken from this folder and not from git, and is built where
//! everything else is; cargo's own lines (they begin at a verb on the right, such as `   Compiling`) are left out.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::pages::{page, root};

/// The reader's machine: a folder, and where in it the reader is.
struct Walk {
    at: PathBuf,
    target: PathBuf,
}

impl Walk {
    /// Runs one line as a shell would: what was printed.
    fn run(&mut self, line: &str) -> String {
        let words: Vec<&str> = line.split(" #").next().unwrap_or_default().split_whitespace().collect();
        match words.as_slice() {
            ["cd", folder] => {
                self.at.push(folder);
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

fn edit(file: &Path, text: &str) {
    let (from, to) = text.trim_end().split_once('\n').expect("two lines");
    let before = fs::read_to_string(file).expect("read");
    assert_eq!(before.matches(from).count(), 1, "{}: `{from}` in\n{before}", file.display());
    fs::write(file, before.replace(from, to)).expect("written");
}

#[test]
fn the_tutorials_walk_prints_what_it_shows() {
    let folder = tempfile::tempdir().expect("a folder");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the build folder").to_owned();
    let mut walk = Walk { at: folder.path().to_owned(), target };
    let (tutorial, mut printed, mut steps) = (page("docs/tutorial.md"), String::new(), 0);
    for block in tutorial.blocks() {
        let place = format!("docs/tutorial.md:{}", block.line);
        match block.words.as_slice() {
            ["sh", "walk"] => {
                printed = block.text.lines().map(|line| walk.run(line)).collect::<Vec<_>>().join("\n")
            }
            ["text", "walk"] => {
                steps += 1;
                let (shown, lines) = (in_order(&block.text), in_order(printed.trim_matches('\n')));
                assert!(
                    is_as_shown(&shown, &lines),
                    "{place} shows\n{}\nand this was printed:\n{printed}",
                    block.text
                );
            }
            ["toml", "walk", file] => add(&walk.at.join(file), &block.text),
            ["diff", "walk", file] => {
                let side = |sign: char| {
                    block.text.lines().filter_map(move |line| line.strip_prefix(sign)).collect::<Vec<_>>()
                };
                edit(&walk.at.join(file), &format!("{}\n{}\n", side('-').join("\n"), side('+').join("\n")));
            }
            _ => {}
        }
    }
    assert!(steps >= 6, "only {steps} outputs were compared");
}
