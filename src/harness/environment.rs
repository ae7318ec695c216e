//! Environment variables with nearly the name of one of alignspec's: a budget or a mode that somebody
//! believes to have set.

use std::env;
use std::path::Path;

use crate::config::{OutputKind, refused_output};
use crate::ground::diagnostic::{Diagnostic, nearest};
use crate::ground::environment::{HANDED, MODEL, OURS, PREFIX, RESULTS};
use crate::ground::text::one_line;
use crate::report::results::folder::ResultsFolder;
use crate::run::{Problem, Run};

/// Returns the names of all variables that are read, or passed to programs that answer.
fn known() -> impl Iterator<Item = &'static str> {
    OURS.iter().chain(&HANDED).flat_map(|variable| variable.names).copied()
}

/// Returns a mistake for each variable whose name is nearly that of one of alignspec's.
pub(super) fn misspelt() -> Vec<Problem> {
    let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let mut names: Vec<String> = names.filter(|name| name.starts_with(PREFIX)).collect();
    names.sort();
    names.iter().filter_map(|name| one(name)).collect()
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

fn one(name: &str) -> Option<Problem> {
    let found = name.strip_prefix(PREFIX)?;
    if known().any(|known| known == name) {
        return None;
    }
    // A program that answers gets the variable of its model, whose name is close to that of the mode.
    let meant = known().filter(|known| *known != MODEL).filter_map(|known| known.strip_prefix(PREFIX));
    let meant = nearest(found, meant)?;
    let diagnostic =
        Diagnostic::new(format!("alignspec has no environment variable {}", one_line(name, 100)))
            .help(format!("did you mean {PREFIX}{meant}?"));
    Some(Problem { name: "environment".to_owned(), diagnostic })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_nearly_a_variable_is_told_and_others_are_not_ours() {
        for (name, meant) in [
            ("ALIGNSPEC_MOD", "ALIGNSPEC_MODE"),
            ("ALIGNSPEC_MAXUSD", "ALIGNSPEC_MAX_USD"),
            ("ALIGNSPEC_RESULT", "ALIGNSPEC_RESULTS"),
        ] {
            let told = one(name).map(|problem| problem.diagnostic.to_string()).unwrap_or_default();
            assert!(told.contains(&format!("did you mean {meant}?")), "{name}: {told}");
        }
        for name in ["ALIGNSPEC_MODE", "ALIGNSPEC_MODEL", "ALIGNSPEC_TEST_KEY", "ALIGNSPEC_BLESS", "PATH"] {
            assert!(one(name).is_none(), "{name}");
        }
    }
}
