//! `cargo alignspec doctor`: what is found of a crate and its surroundings, for somebody who is stuck. It asks nothing,
//! uses no network, and changes nothing.

mod files;
mod surroundings;

use super::{Failure, here, root_above, say};
use crate::config::FILE;
use crate::ground::format::counted;
use crate::ground::text::one_line;
use crate::run::Run;

/// Shows what is found of the crate and its surroundings, and what to do about each trouble. No network is used.
///
/// Versions, the crate, its test target, alignment.toml and its files; folders that can be written to; recordings and
/// snapshots that are damaged or that git ignores; keys that are set or not, never what they are; environment variables
/// that change a run; other tools; and whether a run here counts as a gate.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct DoctorArguments {}

const HELP: &str = "\
Examples:
  cargo alignspec doctor
  cargo alignspec doctor --package gate

Exit codes: 0 nothing stands in the way of a run (there may be hints); 1 something does; 2 the command line is not valid.";

/// What a finding means for a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FindingKind {
    Fine,
    /// It is good to know, and may be meant.
    Hint,
    /// A run cannot do what it is for.
    Trouble,
}

/// One thing that was looked at.
#[derive(Debug)]
struct Finding {
    kind: FindingKind,
    label: &'static str,
    found: String,
    to_do: Option<String>,
}

/// All that was found, in the order in which it is shown.
#[derive(Debug, Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn fine(&mut self, label: &'static str, found: impl Into<String>) {
        self.0.push(Finding { kind: FindingKind::Fine, label, found: found.into(), to_do: None });
    }

    fn hint(&mut self, label: &'static str, found: impl Into<String>, to_do: impl Into<String>) {
        let to_do = Some(to_do.into());
        self.0.push(Finding { kind: FindingKind::Hint, label, found: found.into(), to_do });
    }

    fn trouble(&mut self, label: &'static str, found: impl Into<String>, to_do: impl Into<String>) {
        let to_do = Some(to_do.into());
        self.0.push(Finding { kind: FindingKind::Trouble, label, found: found.into(), to_do });
    }

    fn count(&self, kind: FindingKind) -> usize {
        self.0.iter().filter(|finding| finding.kind == kind).count()
    }
}

pub(super) fn run(_: &DoctorArguments) -> Result<(), Failure> {
    let here = here()?;
    let mut found = Findings::default();
    surroundings::versions(&mut found);
    match root_above(&here) {
        None => found.trouble(
            "crate",
            format!("there is no {FILE} in {} or above it", one_line(&here.display().to_string(), 300)),
            "change to the crate's folder, or name it with --manifest-path or --package; `cargo alignspec init` writes the first files",
        ),
        Some(root) => {
            found.fine("crate", one_line(&root.display().to_string(), 300));
            files::of_the_crate(root, &mut found);
            match crate::provider::read_config(root) {
                Err(mistake) => found.trouble(
                    FILE,
                    one_line(mistake.message(), 300),
                    "`cargo alignspec check` shows the place",
                ),
                Ok(config) => {
                    surroundings::of_the_config(&config, &mut found);
                    let config = surroundings::with_rust_values(config, &mut found);
                    let run = Run::offline(config);
                    files::of_the_config(&run, &mut found);
                    files::written(&run, &mut found);
                    surroundings::keys(&run, &mut found);
                }
            }
        }
    }
    surroundings::variables(&mut found);
    surroundings::tools(&mut found);
    for Finding { kind, label, found, to_do } in &found.0 {
        let word = match kind {
            FindingKind::Fine => "ok",
            FindingKind::Hint => "hint",
            FindingKind::Trouble => "no",
        };
        say(format!("{word:<5} {label:<14} {found}"));
        if let Some(to_do) = to_do {
            say(format!("{:<5} {:<14} {to_do}", "", "  to do"));
        }
    }
    let hints = counted(found.count(FindingKind::Hint), "hint");
    match found.count(FindingKind::Trouble) {
        0 => {
            say(format!("\nnothing stands in the way of a run; {hints}"));
            Ok(())
        }
        troubles => Err(Failure::Refused(format!("{}, {hints}", counted(troubles, "trouble")))),
    }
}
