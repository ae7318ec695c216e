//! What is printed of the command line itself: every `--help`, the completions, the man pages. All of it comes from one
//! description, and is compared letter for letter.

use std::fs;
use std::process::{Command, Stdio};

use alignspec::__testing::cli;
use tempfile::tempdir;

use crate::support::assert_kept;

const BINARY: &str = env!("CARGO_BIN_EXE_cargo-alignspec");

/// What a command line prints, which ends well.
fn printed(arguments: &[&str]) -> String {
    let output = Command::new(BINARY).args(arguments).stdin(Stdio::null()).output().expect("started");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout).replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

/// The names of all commands, those that are hidden included.
fn commands() -> Vec<String> {
    let whole = cli::command();
    whole.get_subcommands().map(|command| command.get_name().to_owned()).collect()
}

#[test]
fn every_help_is_what_is_kept_with_examples_and_the_crate_that_is_meant() {
    let mut all = format!("$ cargo alignspec --help\n{}", printed(&["--help"]));
    for command in commands() {
        let help = printed(&[&command, "--help"]);
        assert!(help.contains("\nWhich crate:\n") && help.contains("--manifest-path"), "{command}: {help}");
        // The scripts of the GitHub action call the hidden one.
        assert!(help.contains("\nExamples:\n") || command == "gate", "{command} has no examples: {help}");
        all += &format!("\n$ cargo alignspec {command} --help\n{help}");
    }
    assert_kept("tests/data/commands/help.txt", &all);
}

/// An example that clap does not take would be worse than none.
#[test]
fn every_example_is_a_command_line_that_is_taken() {
    let mut tried = 0;
    for command in commands() {
        let help = printed(&[&command, "--help"]);
        let examples = help.split_once("\nExamples:\n").map_or("", |(_, rest)| rest);
        for line in examples.lines().take_while(|line| line.starts_with("  ")) {
            let (_, own) = line.split_once("cargo alignspec ").unwrap_or_else(|| panic!("{command}: {line}"));
            let own = own.split(" > ").next().and_then(|own| own.split(" < ").next()).unwrap_or(own);
            let mut words = vec!["cargo alignspec".to_owned()];
            for (at, part) in own.split('"').enumerate() {
                match at % 2 {
                    0 => words.extend(part.split_whitespace().map(str::to_owned)),
                    _ => words.push(part.to_owned()),
                }
            }
            let taken = cli::command().try_get_matches_from(&words);
            assert!(
                taken.is_ok(),
                "{line}: {}",
                taken.err().map(|error| error.to_string()).unwrap_or_default()
            );
            tried += 1;
        }
    }
    assert!(tried > 30, "{tried}");
}

#[test]
fn completions_are_what_is_kept() {
    for shell in ["bash", "zsh", "fish"] {
        assert_kept(&format!("tests/data/commands/completions.{shell}"), &printed(&["completions", shell]));
    }
    for shell in ["powershell", "elvish"] {
        assert!(printed(&["completions", shell]).contains("cargo-alignspec"), "{shell}");
    }
    let output = Command::new(BINARY).args(["completions", "csh"]).output().expect("started");
    assert_eq!(output.status.code(), Some(2));
}

/// The script in the shell itself: a command, an option and the words that an option takes.
#[cfg(unix)]
#[test]
fn bash_completes_commands_and_options() {
    let folder = tempdir().expect("a folder");
    let script = folder.path().join("script");
    fs::write(&script, printed(&["completions", "bash"])).expect("written");
    for (words, wanted) in [
        (&["cargo-alignspec", "che"][..], "check"),
        (&["cargo-alignspec", "check", "--sh"], "--short"),
        (&["cargo-alignspec", "diff", "a", "b", "--format", "mark"], "markdown"),
    ] {
        let last = words.len() - 1;
        let line = format!(
            "source '{}'; COMP_WORDS=({}); COMP_CWORD={last}; _cargo__alignspec cargo-alignspec {} {}; echo \"${{COMPREPLY[@]}}\"",
            script.display(),
            words.join(" "),
            words[last],
            words[last - 1]
        );
        let output = Command::new("bash").args(["-c", &line]).output().expect("bash");
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(said.trim(), wanted, "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn man_pages_are_what_is_kept_one_for_each_command() {
    let folder = tempdir().expect("a folder");
    let out = folder.path().join("man1");
    let said = printed(&["man", "--out", &out.to_string_lossy()]);
    let mut names: Vec<String> = fs::read_dir(&out)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert!(said.starts_with(&format!("wrote {} pages to ", names.len())), "{said}");
    // `gate` is hidden.
    assert_eq!(names.len(), commands().len());
    let mut all = String::new();
    for name in &names {
        let page = fs::read_to_string(out.join(name)).expect("a page");
        all += &format!("# {name}\n{}\n", page.replace(env!("CARGO_PKG_VERSION"), "VERSION"));
    }
    assert_kept("tests/data/commands/man.txt", &all);
    assert!(all.contains(&printed(&["man"])), "without --out, the page of the program is printed");
}
