//! `cargo alignspec plan`: what a run would ask and cost, and what it could decide.

use super::{Failure, config, say, tell, warn};
use crate::plan::plan_of;
use crate::run::Run;

/// Says what a run would ask, what it would cost, and what it could decide. No model is asked.
///
/// The same as ALIGNSPEC_PLAN=1 with the test target (which ends with 102, as it judges nothing), without building it. What is recorded already is not counted, and
/// ALIGNSPEC_MODE says, as in a run, whether what is missing would be asked.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct PlanArguments {
    /// Only tests with this in their names
    #[arg(value_name = "FILTER")]
    filter: Option<String>,
}

const HELP: &str = "\
Examples:
  cargo alignspec plan
  cargo alignspec plan \"assistant::T1\"
  ALIGNSPEC_MODE=live cargo alignspec plan assistant

Exit codes: 0 done; 1 a file has a mistake, so that the plan is not whole; 2 the command line or alignment.toml is not valid; 3
no test has the filter in its name, or Rust values of the test target are not known.";

pub(super) fn run(arguments: &PlanArguments) -> Result<(), Failure> {
    let config = config("there is nothing to plan here")?;
    let run = Run::of_config(config).map_err(|problem| Failure::Misuse(problem.to_string()))?;
    run.warnings(|_| true).chain(run.cautions()).for_each(warn);
    let wanted = |name: &str| arguments.filter.as_deref().is_none_or(|part| name.contains(part));
    if let Some(filter) = arguments.filter.as_deref()
        && !run.planned.iter().any(|planned| wanted(&planned.name))
    {
        let filter = crate::ground::text::one_line(filter, 200);
        return Err(Failure::CouldNotRun(format!(
            "no test has `{filter}` in its name: `cargo test -- --list` shows the names"
        )));
    }
    let plan = plan_of(&run, |planned| wanted(&planned.name))
        .map_err(|problem| Failure::Refused(problem.to_string()))?;
    say(plan.to_string().trim_end());
    if plan.problems.is_empty() {
        return Ok(());
    }
    plan.problems.iter().for_each(|problem| tell(format_args!("{problem}\n")));
    Err(Failure::Refused("the plan is not whole, because files have the mistakes above".to_owned()))
}
