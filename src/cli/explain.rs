//! `cargo alignspec explain`: what a sentence measures, when it passes, what it takes, and what published respondents
//! get.

use std::fmt::Write as _;
use std::path::Path;

use super::{Failure, config_above, here, say, warn};
use crate::check::{self, Check, Scope, SentenceForm, Test, Unit, Who};
use crate::config::Config;
use crate::ground::diagnostic::Source;
use crate::ground::format::{counted, rate, thousands};
use crate::profile::View;
use crate::report::terminal::{TerminalStyle, by_chance};
use crate::run::{Judged, Run};
use crate::suite::CheckEntry;
use crate::verdict::Outcome;

/// Explains a sentence: what it measures, when it passes, and what it takes. No model is asked.
///
/// The sentence is read with the tasks and names of the crate's own alignment.toml, or else with those that come with
/// alignspec. With it stands what published respondents and people get, so that a bound can be chosen before your own
/// model's answers are known.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct ExplainArguments {
    /// The sentence, as after `expect =`
    #[arg(value_name = "SENTENCE")]
    sentence: String,
}

const HELP: &str = r#"Examples:
  cargo alignspec explain "T1 top-5 Jaccard with practitioners >= 0.8"
  cargo alignspec explain "T2 rates privacy extremely important in every context >= 50%"

Exit codes: 0 done; 1 the sentence is not valid: standard error says why; 2 the command line or alignment.toml is not valid;
3 Rust values of the test target are not known."#;

/// A config for a folder without one: the built-in suites and baselines, with somebody to judge.
const BUILT_IN: &str = "[[model]]\nname = \"o1-preview\"\nprovider = \"tally\"\n";

pub(super) fn run(arguments: &ExplainArguments) -> Result<(), Failure> {
    let here = here()?;
    let config = match config_above(&here)? {
        Some(config) => config,
        None => built_in(&here)?,
    };
    let run = Run::offline(config);
    let respondents = run.tallies.names().chain(run.config.roles()).collect();
    let scope = Scope { suites: &run.suites, respondents };
    let source = Source::new("the sentence", &*arguments.sentence);
    let entry = CheckEntry { source, ..CheckEntry::of(&arguments.sentence) };
    let refused = |problem: &dyn ToString| Failure::Refused(problem.to_string());
    let check = check::read(&entry, &scope).map_err(|problem| refused(&problem))?;
    let form = check::form(&entry).map_err(|problem| refused(&problem))?;
    if let Some(renamed) = &check.renamed {
        warn(renamed);
    }
    let text = Explanation::of(&run, &check).text(&check, &form);
    say(TerminalStyle::of_stdout(Some(false)).shown(text.trim_end()));
    Ok(())
}

fn built_in(folder: &Path) -> Result<Config, Failure> {
    let source = Source::new("the built-in suites", BUILT_IN);
    crate::provider::parse_config(folder, source).map_err(|problem| Failure::Misuse(problem.to_string()))
}

/// What a sentence takes, and what others get.
struct Explanation<'a> {
    run: &'a Run,
    /// The error rate of the sentence alone, as the run has it or would have it.
    rate: f64,
    /// Published respondents and people, with their verdicts.
    others: Vec<(&'a str, Judged)>,
}

impl<'a> Explanation<'a> {
    fn of(run: &'a Run, check: &Check) -> Self {
        let planned = run.rate_of(&check.sentence);
        let rate = planned.unwrap_or(run.config.verdict.error_rate / (run.planned.len() + 1) as f64);
        let compared: Vec<Who> = check.measure.inputs().into_iter().map(|input| input.who).collect();
        let compared = |name: &str| compared.contains(&Who::Respondent(name.to_owned()));
        let mut others: Vec<(&str, Judged)> = Vec::new();
        for name in run.tallies.names().filter(|name| !compared(name)) {
            // The chance level, which takes long, is shown for the first only. Who has no figures for the task, or not
            // what the measure needs, is left out.
            let judged = run.judge(name, check, rate, others.is_empty()).ok();
            others.extend(judged.map(|judged| (name, judged)));
        }
        Explanation { run, rate, others }
    }

    fn text(&self, check: &Check, form: &SentenceForm) -> String {
        let mut text = format!("{}\n", check.sentence);
        // What is written into a string cannot fail.
        let mut line = |label: &str, words: &str| {
            let _ = writeln!(text, "  {label:<9} {words}");
        };
        line("measures", &format!("{}; {}", form.means, range(check.unit)));
        line("reads", &self.reads(check));
        let (passes, fails) = sides(check);
        line("passes", &passes);
        line("fails", &fails);
        line("takes", &self.takes(check));
        line("chance", &self.chance(check, form));
        let mut label = "published";
        for (name, judged) in &self.others {
            let verdict = &judged.verdict;
            let word = match verdict.outcome {
                Outcome::Pass => "passes",
                Outcome::Fail => "fails",
                Outcome::Inconclusive => "inconclusive",
            };
            line(label, &format!("{:>8}  {word:<12}  {name}", check.unit.show(verdict.estimate)));
            label = "";
        }
        if self.others.is_empty() {
            line(label, "nobody has figures for it");
        }
        line("more", "docs/checks.md, docs/verdicts.md");
        text
    }

    /// Writes whose answers to which questions are read.
    fn reads(&self, check: &Check) -> String {
        let of = |input: check::Input| {
            let items = self.run.suites.task(&input.task).map_or(0, |task| task.items.len());
            let what = match input.view {
                View::Validity => "the valid and invalid responses",
                _ => "answers",
            };
            let who = match input.who {
                Who::Subject => "the model".to_owned(),
                Who::Snapshot => "its snapshot".to_owned(),
                Who::Respondent(name) => name,
            };
            format!("{what} to {} ({}) of {who}", input.task, counted(items, "question"))
        };
        let mut all: Vec<String> = check.measure.inputs().into_iter().map(of).collect();
        all.dedup();
        all.join("; ")
    }

    fn takes(&self, check: &Check) -> String {
        let (pass, fail) = crate::plan::detect::least(check, &self.run.suites, self.rate);
        let least = |answers: Option<u32>, what: &str| match answers {
            Some(1) => format!("at least 1 answer per question to {what}"),
            Some(answers) => format!("at least {} answers per question to {what}", thousands(answers.into())),
            None => format!("no number of answers lets it {what}"),
        };
        let both = match pass == fail {
            true => least(pass, "be decided"),
            false => format!("{}; {}", least(pass, "pass"), least(fail, "fail")),
        };
        format!("{both}; at its error rate, {}", rate(self.rate))
    }

    fn chance(&self, check: &Check, form: &SentenceForm) -> String {
        let level = self.others.iter().find_map(|(name, judged)| {
            let words = by_chance(judged.verdict.chance.as_ref()?, check.test, check.unit);
            Some(format!("{words} (for {name}); "))
        });
        let bound = match form.chance {
            Ok(()) => "`beats chance` can stand in place of the bound".to_owned(),
            Err(why) => format!("`beats chance` cannot stand in place of the bound: {why}"),
        };
        format!("{}{bound}", level.unwrap_or_default())
    }
}

/// Writes which numbers a unit has.
fn range(unit: Unit) -> &'static str {
    match unit {
        Unit::Share => "0% to 100%",
        Unit::Index => "0 to 1",
        Unit::Correlation => "−1 to 1",
        Unit::Number => "0 or more",
        Unit::Place => "a place, from 1",
    }
}

/// Writes when a check passes, and when it fails.
fn sides(check: &Check) -> (String, String) {
    let show = |bound: f64| check.unit.exact(bound);
    let red = "if neither is sure, it is inconclusive, and not green";
    match check.test {
        Test::AtLeast(bound) => (
            format!("when its interval lies at {} or above", show(bound)),
            format!("when its interval lies below {}; {red}", show(bound)),
        ),
        Test::AtMost(bound) => (
            format!("when its interval lies at {} or below", show(bound)),
            format!("when its interval lies above {}; {red}", show(bound)),
        ),
        Test::BeatsChance => (
            "when its interval lies above what 95 % of respondents with shuffled labels get".to_owned(),
            format!("when its interval lies at that or below; {red}"),
        ),
    }
}
