//! `cargo alignspec figures`: the study's figures of any respondents, each as a picture and as its data.

use std::fs;
use std::path::{Path, PathBuf};

use super::diff::unknown;
use super::respondents::{self, RespondentOptions};
use super::{Failure, config, drawn, offline, place_for, say, shown};
use crate::config::OutputKind;
use crate::figure::{DrawnRespondent, WantedFigures, figures};
use crate::ground::format::counted;
use crate::run::Run;

/// Draws the study's figures of any respondents: an SVG and, beside it, a CSV of its data.
///
/// There are figures of selections, of ratings by value and by context, of trade-offs by respondent and by context, of
/// the places of ranked options, of the agreement between respondents, and a map of their alignment with two groups. Groups of
/// people among the baselines stand beside the respondents. Every bar has a 95 % interval and its n. No model is asked.
#[derive(Debug, clap::Args)]
#[command(after_help = respondents::help(HELP))]
pub(super) struct FiguresArguments {
    #[command(flatten)]
    who: RespondentOptions,

    /// The groups of people that stand beside them; all surveys among the baselines by default
    #[arg(long, value_name = "GROUPS", value_delimiter = ',')]
    groups: Vec<String>,

    /// The folder that files are written to; those of the same name are replaced
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

const HELP: &str = r#"Examples:
  cargo alignspec figures --out figures
  cargo alignspec figures assistant o1-preview --groups practitioners --out figures

Exit codes: 0 all is drawn; 1 answers are missing or a file cannot be written: standard error says which (what there is
is drawn all the same); 2 the command line or alignment.toml is not valid; 3 there is nothing to draw."#;

pub(super) fn run(arguments: &FiguresArguments) -> Result<(), Failure> {
    let config = config("there is nobody to draw here")?;
    place_for("--out", &arguments.out, OutputKind::Folder)?;
    let run = offline(config);
    for problem in &run.problems {
        eprintln!("warning: {}\n", problem.diagnostic);
    }
    let mut missing = Vec::new();
    let mut drawn: Vec<DrawnRespondent> = Vec::new();
    let sides = arguments.who.sides(&run)?;
    if sides.is_empty() {
        return Err(Failure::CouldNotRun(
            "alignment.toml has no model, so name a respondent or add --published".to_owned(),
        ));
    }
    for side in sides {
        // One that is named twice is drawn once.
        if drawn.iter().all(|known| known.name != side.name) {
            drawn.push(drawn::respondent(&run, &side, &mut |why| missing.push(why)));
        }
    }
    let groups = groups(&run, &arguments.groups)?;
    // A group that is named as a respondent stands there already.
    drawn.extend(groups.into_iter().filter(|group| !arguments.who.respondents.contains(&group.name)));
    for why in &missing {
        eprintln!("not drawn: {why}");
    }
    let figures = figures(&run.suites, &drawn, WantedFigures::All);
    if figures.is_empty() {
        return Err(Failure::CouldNotRun("there are no answers to draw".to_owned()));
    }
    for figure in &figures {
        put(&arguments.out.join(format!("{}.svg", figure.name)), &figure.file())?;
        put(&arguments.out.join(format!("{}.csv", figure.name)), &figure.csv())?;
    }
    say(format!("{} in {}", counted(figures.len(), "figure"), shown(arguments.out.clone())));
    for figure in &figures {
        say(format!("  {}.svg, .csv  {}", figure.name, figure.title));
    }
    if missing.is_empty() { Ok(()) } else { Err(Failure::Refused("not everything is drawn".to_owned())) }
}

fn put(path: &Path, text: &str) -> Result<(), Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let written = folder.map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(path, text));
    written
        .map_err(|error| Failure::Refused(format!("{} cannot be written: {error}", shown(path.to_owned()))))
}

/// The groups of these names, in their order; all of them where none is named.
fn groups(run: &Run, names: &[String]) -> Result<Vec<DrawnRespondent>, Failure> {
    let mut all = drawn::people(&run.suites, &run.tallies);
    if names.is_empty() {
        return Ok(all);
    }
    let mut chosen = Vec::new();
    for name in names.iter().map(|name| name.trim()) {
        let Some(at) = all.iter().position(|group| group.name == name) else {
            return Err(Failure::Misuse(unknown("group", name, all.iter().map(|group| group.name.as_str()))));
        };
        chosen.push(all.remove(at));
    }
    Ok(chosen)
}
