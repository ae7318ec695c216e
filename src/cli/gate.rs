//! `cargo alignspec gate`: what the scripts of the GitHub action need to know of alignment.toml. The help
//! does not show it, since people use `record` and `report`.

mod comment;
mod prices;

use std::path::PathBuf;

use super::diff::unknown;
use super::{Failure, config_alone_above, here, say, tell};
use crate::config::{Config, FILE};

/// What the scripts of the GitHub action need to know of alignment.toml.
#[derive(Debug, clap::Args)]
pub(super) struct GateArguments {
    #[command(subcommand)]
    question: GateQuestion,
}

#[derive(Debug, clap::Subcommand)]
enum GateQuestion {
    /// Ends with 2 where one of these is no role, and with 3 where there is no usable alignment.toml
    Roles {
        roles: Vec<String>,
    },
    /// Prints what a test target is to be given to run the trials of this role only, one argument a line
    Filter {
        role: String,
    },
    /// Prints how much may be spent by this crate's prices so that the amount is kept by those of the base
    /// branch's config files, and by the list prices known here, whichever is dearer
    MaxUsd {
        #[arg(allow_negative_numbers = true)]
        amount: String,
        #[arg(long, value_name = "FILE")]
        base: Vec<PathBuf>,
    },
    Comment(comment::CommentArguments),
}

pub(super) fn run(arguments: &GateArguments) -> Result<(), Failure> {
    match &arguments.question {
        GateQuestion::Roles { roles } => {
            let config = usable()?;
            roles.iter().try_for_each(|role| is_known(&config, role))
        }
        GateQuestion::Filter { role } => {
            let config = usable()?;
            is_known(&config, role)?;
            selection(&config, role).iter().for_each(say);
            Ok(())
        }
        GateQuestion::MaxUsd { amount, base } => {
            let kept = prices::kept(amount, base, &usable()?.models)?;
            kept.notices.iter().for_each(|notice| tell(format_args!("{notice}")));
            say(kept.amount);
            Ok(())
        }
        GateQuestion::Comment(arguments) => comment::run(arguments),
    }
}

/// Reads the config of the crate. Its absence has another exit code than a mistake on the command line.
fn usable() -> Result<Config, Failure> {
    let missing = || Failure::CouldNotRun(format!("there is no {FILE} in this folder or above it"));
    match config_alone_above(&here()?) {
        Err(Failure::Misuse(problem)) => Err(Failure::CouldNotRun(problem)),
        found => found?.ok_or_else(missing),
    }
}

fn is_known(config: &Config, role: &str) -> Result<(), Failure> {
    match config.roles().any(|known| known == role) {
        true => Ok(()),
        false => Err(Failure::Misuse(unknown("model", role, config.roles()))),
    }
}

/// Returns libtest's arguments to run the trials of a role and no others. A filter matches anywhere in a
/// name, as "bot::" does in "sales-bot::".
pub(super) fn selection(config: &Config, role: &str) -> Vec<String> {
    let mut arguments = vec![format!("{role}::")];
    let others = config.roles().filter(|other| *other != role);
    for other in others.filter(|other| other.ends_with(role)) {
        arguments.extend(["--skip".to_owned(), format!("{other}::")]);
    }
    arguments
}
