//! `cargo alignspec across`: many respondents side by side, and whether nearness to one group goes with nearness to
//! another.

mod measured;

use super::diff::{DiffSide, unknown};
use super::respondents::{self, RespondentOptions};
use super::{Failure, OutputFormat, config, offline, tell};
use crate::compare::alignments::ColumnCorrelation;
use crate::ground::text::one_line;
use crate::run::Run;
use measured::Measured;

/// Shows many respondents side by side: their alignment with two groups, and how robust they are.
///
/// For each respondent, a measure with each of two groups (by default Spearman's ρ of its ratings in T2). Then, over
/// all respondents, Spearman's ρ of these two columns: does who is near the one group tend to be far from the other?
/// With it come its p, and its lowest and highest value where any one respondent is left out. Last, how far the
/// selections of each depend on the order and the wording of the options. No model is asked.
#[derive(Debug, clap::Args)]
#[command(after_help = respondents::help(HELP))]
pub(super) struct AcrossArguments {
    #[command(flatten)]
    who: RespondentOptions,

    /// The two groups: baselines, or models
    #[arg(long, value_name = "A,B", value_delimiter = ',', default_value = "us-sample,practitioners")]
    groups: Vec<String>,

    /// How alignment is measured: a check up to its `with`, such as "T1 top-5 Jaccard" or "T2 Spearman in medical"
    #[arg(long, value_name = "MEASURE", default_value = "T2 Spearman")]
    by: String,

    /// The task whose selections are looked at for robustness; the first that selects among options by default
    #[arg(long, value_name = "TASK")]
    robustness: Option<String>,

    /// Relate the columns over those respondents that have a number for both groups, though others have none
    #[arg(long)]
    partial: bool,

    /// How to show it
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    format: OutputFormat,
}

const HELP: &str = r#"Examples:
  cargo alignspec across
  cargo alignspec across assistant --published --partial
  cargo alignspec across --published --by "T1 top-5 Jaccard" --partial --format markdown

Exit codes: 0 all is shown; 1 the columns could not be related, or a snapshot cannot be read: standard error says why (what
is known of each respondent is shown all the same); 2 the command line or alignment.toml is not valid; 3 no published model is
loaded for --published."#;

pub(super) fn run(arguments: &AcrossArguments) -> Result<(), Failure> {
    let run = offline(config("there is nobody to compare here")?);
    for problem in &run.problems {
        tell(format_args!("warning: {}\n", problem.diagnostic));
    }
    let groups = groups(&run, &arguments.groups)?;
    let sides = arguments.who.sides(&run)?;
    distinct(&run, &sides, &groups)?;
    let measured = Measured::read(&run, &arguments.by, groups, arguments.robustness.as_deref())?;
    let alignments = measured.of(&sides, arguments.partial);
    arguments.format.show("comparison", &alignments, || alignments.markdown())?;
    match &alignments.correlation {
        ColumnCorrelation::Correlation(_) => Ok(()),
        ColumnCorrelation::NoCorrelation(why) => {
            Err(Failure::Refused(format!("no correlation over the respondents: {why}")))
        }
    }
}

/// The two groups, by names that are known.
fn groups(run: &Run, names: &[String]) -> Result<[String; 2], Failure> {
    let names: Vec<&str> = names.iter().map(|name| name.trim()).collect();
    let [first, second] = names[..] else {
        return Err(Failure::Misuse(format!(
            "--groups takes two names, as in us-sample,practitioners, and has {}",
            names.len()
        )));
    };
    for name in &names {
        let known = || run.tallies.names().chain(run.config.roles());
        if !known().any(|known| known == *name) {
            return Err(Failure::Misuse(unknown("group", name, known())));
        }
    }
    if run.config.tally_of(first) == run.config.tally_of(second) {
        let message = format!("both groups are {}: name two", one_line(first, 200));
        return Err(Failure::Misuse(message));
    }
    Ok([first.to_owned(), second.to_owned()])
}

/// Refuses respondents that are one another, or one of the groups: they would count twice, or be perfectly aligned
/// with themselves.
fn distinct(run: &Run, sides: &[DiffSide], groups: &[String; 2]) -> Result<(), Failure> {
    for (at, side) in sides.iter().enumerate() {
        if let Some(other) = sides[..at].iter().find(|other| other.identity(run) == side.identity(run)) {
            let message = match other.name == side.name {
                true => format!("`{}` is named twice: it would count twice", side.name),
                false => format!(
                    "`{}` and `{}` are the same answers: they would count twice",
                    other.name, side.name
                ),
            };
            return Err(Failure::Misuse(message));
        }
        let figures = side.identity(run);
        if let Some(group) =
            groups.iter().find(|group| root(run, run.config.tally_of(group)) == root(run, figures))
        {
            return Err(Failure::Misuse(format!(
                "`{}` is {}: as a respondent it would be compared with itself; leave it out, or name other --groups",
                side.name,
                if side.name == *group {
                    "one of the groups".to_owned()
                } else {
                    format!("what the group `{group}` is made of")
                }
            )));
        }
    }
    Ok(())
}

/// The baseline that another one is a variant of.
fn root<'a>(run: &'a Run, name: &'a str) -> &'a str {
    run.tallies.get(name).and_then(|tally| tally.variant_of.as_deref()).unwrap_or(name)
}
