//! `cargo alignspec merge`: recordings of other machines into this crate's own.

use std::path::PathBuf;

use super::{Failure, config_alone, place_for, say, shown, tell, warn};
use crate::config::OutputKind;
use crate::ground::format::counted;
use crate::ground::text::one_line;
use crate::recording::{Filled, Merged, fill, merge};

/// Adds what other machines have recorded to this crate's recordings.
///
/// Of two responses to the same sample one counts, the same in whatever order recordings are merged.
/// No line is lost or rewritten, and a run may go on meanwhile.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct MergeArguments {
    /// Folders like `recordings` from other machines, or single .jsonl files in such folders
    #[arg(required = true, value_name = "FROM")]
    from: Vec<PathBuf>,

    /// Merge into this folder instead of the one that alignment.toml names
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,

    /// Only add responses to samples that have none here: what is recorded here wins. A damaged file in FROM
    /// is reported, and what is readable of it is used
    #[arg(long)]
    fill: bool,

    /// Say what would be done, and write nothing
    #[arg(long)]
    dry_run: bool,
}

const HELP: &str = r#"Examples:
  cargo alignspec merge ../laptop/recordings
  cargo alignspec merge shard-1/recordings shard-2/recordings --dry-run
  cargo alignspec merge old/recordings --fill

Exit codes: 0 done; 1 a file cannot be read or written, or is damaged; 2 the command line or alignment.toml is not valid."#;

pub(super) fn run(arguments: &MergeArguments) -> Result<(), Failure> {
    let into = match &arguments.into {
        Some(folder) => {
            place_for("--into", folder, OutputKind::Recordings)?;
            folder.clone()
        }
        None => {
            let config = config_alone("name the folder to merge into with --into")?;
            config.warnings.iter().for_each(warn);
            config.recordings
        }
    };
    if arguments.fill {
        return fill_from(&arguments.from, into, arguments.dry_run);
    }
    let merged = merge(&arguments.from, &into, arguments.dry_run).map_err(|error| {
        let text = error.to_string();
        if error.is_misuse() { Failure::Misuse(text) } else { Failure::Refused(text) }
    })?;
    merged.iter().for_each(|merged| say(line(merged)));
    summary(&merged, into, arguments.dry_run);
    Ok(())
}

/// Fills from each folder in turn. What cannot be used is reported, and the rest is still used.
fn fill_from(from: &[PathBuf], into: PathBuf, dry: bool) -> Result<(), Failure> {
    let (mut merged, mut failed) = (Vec::new(), 0);
    for from in from {
        let (filled, errors) = fill(from, &into, dry);
        for Filled { merged: one, unusable } in filled {
            say(line(&one));
            let file = one_line(&from.join(&one.file).display().to_string(), 200);
            match unusable {
                0 => {}
                1 => {
                    tell(format_args!("warning: {file}: 1 line is not a recorded response, and is left out"))
                }
                more => tell(format_args!(
                    "warning: {file}: {more} lines are not recorded responses, and are left out"
                )),
            }
            merged.push(one);
        }
        errors.iter().for_each(|error| tell(format_args!("warning: {}", one_line(error, 400))));
        failed += errors.len();
    }
    summary(&merged, into, dry);
    match failed {
        0 => Ok(()),
        _ => Err(Failure::Refused("not everything could be read: see the warnings above".to_owned())),
    }
}

fn summary(merged: &[Merged], into: PathBuf, dry: bool) {
    let (new, into) = (merged.iter().map(|merged| merged.new).sum::<usize>(), shown(into));
    match (merged.len(), dry) {
        (0, _) => say("there are no recordings to merge"),
        (_, true) => say(format!("{new} new responses would be added to {into}")),
        (_, false) => say(format!("{new} new responses in {into}")),
    }
}

/// Writes `assistant/T1.jsonl: 120 + 80 new, 12 recorded twice`.
fn line(merged: &Merged) -> String {
    // A folder from elsewhere may have any name, including terminal commands.
    let file = one_line(&merged.file.display().to_string(), 200);
    let mut line = format!("{file}: {} + {} new", merged.before, merged.new);
    if merged.twice > 0 {
        line += &format!(", {} recorded twice", merged.twice);
    }
    if merged.tries > 0 {
        line += &format!(", lost tries of {}", counted(merged.tries, "sample"));
    }
    match merged.torn {
        0 => {}
        1 => line += ", a last line that was cut off left out",
        more => line += &format!(", {more} last lines that were cut off left out"),
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_happened_and_no_more() {
        let (file, mut merged) = (PathBuf::from("assistant/T1.jsonl"), Merged::default());
        merged = Merged { file, before: 120, new: 80, ..merged };
        assert_eq!(line(&merged), "assistant/T1.jsonl: 120 + 80 new");
        let twice = line(&Merged { twice: 12, torn: 1, ..merged });
        assert_eq!(
            twice,
            "assistant/T1.jsonl: 120 + 80 new, 12 recorded twice, a last line that was cut off left out"
        );
    }
}
