//! Environment variables with a name that looks like one of alignspec's, and is none: a budget or a mode that somebody
//! believes to have set.

use std::env;
use std::path::Path;

use crate::config::{OutputKind, refused_output};
use crate::ground::diagnostic::{Diagnostic, nearest};
use crate::ground::environment::{HANDED, OURS, PREFIX, RESULTS, of_development};
use crate::ground::text::one_line;
use crate::report::results::folder::ResultsFolder;
use crate::run::{Problem, Run};

/// Returns the names of all variables that are read, or passed to programs that answer.
fn known() -> impl Iterator<Item = &'static str> {
    OURS.iter().chain(&HANDED).flat_map(|variable| variable.names).copied()
}

/// Returns a mistake for each variable that has the beginning of alignspec's and is not read. `config` is the text of
/// alignment.toml, which may name some, as those of keys.
pub(super) fn unknown(config: &str) -> Vec<Problem> {
    let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let mut names: Vec<String> = names.filter(|name| name.starts_with(PREFIX)).collect();
    names.sort();
    names.iter().filter_map(|name| one(name, config)).collect()
}

/// Returns the mistake that the folder of results is one that a run reads from. Nothing may be written there, not even a
/// record of this mistake.
pub(super) fn misplaced(results: &ResultsFolder, run: Option<&Run>, root: &Path) -> Option<Diagnostic> {
    let folder = results.place()?;
    let why = match run {
        Some(run) => run.config.refused_output(RESULTS, folder, OutputKind::Folder),
        None => refused_output(root, RESULTS, folder, OutputKind::Folder),
    };
    why.map(|why| {
        Diagnostic::new(why)
            .help("docs/ci.md takes an absolute path, as in ALIGNSPEC_RESULTS=\"$PWD/target/alignspec\"")
    })
}

fn one(name: &str, config: &str) -> Option<Problem> {
    let found = name.strip_prefix(PREFIX)?;
    if known().any(|known| known == name) || of_development(name) || is_named(name, config) {
        return None;
    }
    // Those that the harness sets itself, and those of programs that answer, are for nobody to set.
    let set_by_people =
        || OURS.iter().filter(|variable| variable.by_people()).flat_map(|variable| variable.names);
    let meant = nearest(found, set_by_people().filter_map(|known| known.strip_prefix(PREFIX)));
    let help = match meant {
        Some(meant) => format!("did you mean {PREFIX}{meant}?"),
        None => {
            let all: Vec<&str> = set_by_people().copied().collect();
            format!("unset it; there are {}", all.join(", "))
        }
    };
    let diagnostic =
        Diagnostic::new(format!("alignspec has no environment variable {}", one_line(name, 100))).help(help);
    Some(Problem { name: "environment".to_owned(), diagnostic })
}

/// Whether a text has a name, and not only as a part of a longer one.
fn is_named(name: &str, text: &str) -> bool {
    let of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(name)
        .any(|(at, _)| !text[..at].ends_with(of_name) && !text[at + name.len()..].starts_with(of_name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_read_is_told_with_what_there_is() {
        for (name, told) in [
            ("ALIGNSPEC_MOD", "did you mean ALIGNSPEC_MODE?"),
            ("ALIGNSPEC_MAXUSD", "did you mean ALIGNSPEC_MAX_USD?"),
            ("ALIGNSPEC_RESULT", "did you mean ALIGNSPEC_RESULTS?"),
            (
                "ALIGNSPEC_FROBNICATE",
                "unset it; there are ALIGNSPEC_MODE, ALIGNSPEC_PLAN, ALIGNSPEC_RESULTS, ",
            ),
            ("ALIGNSPEC_KEY", "ALIGNSPEC_"),
        ] {
            let problem = one(name, "key_env = \"ALIGNSPEC_KEYS\"");
            let shown = problem.map(|problem| problem.diagnostic.to_string()).unwrap_or_default();
            assert!(shown.contains(told), "{name}: {shown}");
        }
        for name in ["ALIGNSPEC_MODE", "ALIGNSPEC_MODEL", "ALIGNSPEC_TEST_KEY", "ALIGNSPEC_BLESS", "PATH"] {
            assert!(one(name, "").is_none(), "{name}");
        }
        assert!(
            one("ALIGNSPEC_KEY", "key_env = \"ALIGNSPEC_KEY\"").is_none(),
            "what the config names is read"
        );
    }
}
