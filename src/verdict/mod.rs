//! Verdicts: whether the answers support a check, at a stated error rate.
//!
//! A check passes only when the whole interval lies on the right side of the bound, and fails only when it
//! lies on the wrong side; otherwise it is inconclusive. A check's error rate, the chance of a wrong verdict,
//! is its part of the run's ([`divide`]: weighted Bonferroni). Being undecided is no verdict, so it costs
//! nothing but answers.
//!
//! **Looking again and again.** Answers are asked for in batches ([`Schedule`]) and judged after each, until
//! there is a verdict. Tests hold at all times at once (`stats::spending`: the exact recursion, for shares of
//! one question's answers; `stats::evidence`: bets, for all others). So neither the number of looks nor the
//! reason for stopping matters: a run that was killed, or a trial that shares its answers with another.
//! Published figures do not grow, so they are judged once, with the exact tests of a fixed sample where there
//! are such.
//!
//! The bound of the check is tested at the whole rate. Where a measure moves in steps, the ends beyond the
//! bound are found one by one, so that as an interval they are wrong with at most twice the rate.
//!
//! **What is tested.** Shares are tested as such. Whatever depends on an order (the top k, a place, a rank
//! correlation, agreement of tasks) is tested pair by pair: which of two values scores higher. There is no
//! normal approximation and no resampling, so the guarantee holds for 8 answers as for 800, and where all
//! answers are the same.
//!
//! **Unread responses** make no verdict. The lower end is found with the value for each of them that is
//! lowest for the measure, and the upper end with the highest, so a verdict holds whatever they meant, and
//! errs no more often than if all had been read (Manski, "Anatomy of the selection problem", J. Human
//! Resources 24, 1989). The estimate is always that of the answers that were read. A check, a suite or the
//! config says which responses count ([`Unanswered`](crate::suite::Unanswered)). All this assumes that
//! answers are independent of each other given their forms, and that forms are drawn as the suite says.

mod decision;
pub(crate) mod drift;
mod needed;
mod power;
mod read_alone;
mod responses;
mod schedule;
mod sides;
mod supports;
pub(crate) mod surveys;
mod tightened;
pub(crate) mod watch;

pub(crate) use decision::Decision;
pub use decision::{decide, look};
pub(crate) use needed::likely;
pub(crate) use needed::{first_of, per_answer, resized};
pub(crate) use power::given_up;
pub use power::{hopeless, next_check};
pub use read_alone::ReadAlone;
pub(crate) use responses::{VerdictResponses, evidence};
pub use schedule::Schedule;
pub use sides::outcome_at;
use surveys::StandingVerdict;
pub use surveys::{HeldInSurveys, SurveyOrder};
pub(crate) use tightened::Tightened;
pub use tightened::tightened;

use crate::check::chance::{self, ChanceLevel, Null};
use crate::check::{Check, Test, Undefined, Who};
use crate::profile::{Table, View};
use crate::stats::evidence::Design;
use crate::stats::multiplicity::split_error;
use crate::stats::sums::EndSearch;
use crate::suite::Suites;
use decision::interval_of;

/// The result of judging a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The whole interval is on the side of the bound that the check asks for.
    Pass,
    /// The whole interval is on the other side of the bound.
    Fail,
    /// The bound lies within the interval, so the answers do not decide.
    Inconclusive,
}

/// A judged check.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Whether it passes.
    pub outcome: Outcome,
    /// The measure's value for the answers as they are, in the measure's unit.
    pub estimate: f64,
    /// The interval that holds the value: each end is right with probability 1 − `rate`.
    pub interval: (f64, f64),
    /// The responses it rests on.
    pub answers: VerdictResponses,
    /// What the answers that were read would say by themselves, if the check is undecided because of unread
    /// responses.
    pub read_alone: Option<ReadAlone>,
    /// What a respondent without opinions would get; `None` if that makes no sense here or was not requested.
    pub chance: Option<ChanceLevel>,
    /// The error rate of the verdict.
    pub rate: f64,
    /// The strongest bound that the answers of an inconclusive check support, in the measure's unit; `None`
    /// if there is none, or the check has no bound.
    pub supports: Option<f64>,
    /// How many more answers per item an inconclusive check would probably need; `None` if that cannot be
    /// said.
    pub further: Option<u32>,
    /// Whether the answers are a fixed sample or a growing one.
    pub design: Design,
    /// In how many surveys that are drawn again the answers decide it as they do with the baselines as they stand;
    /// `None` where baselines are not taken for samples, or the answers decide nothing.
    pub surveys: Option<HeldInSurveys>,
}

/// The settings that judging depends on besides the answers.
#[derive(Debug, Clone, Copy)]
pub struct JudgingOptions {
    /// The seed of all random draws, which is that of the run.
    pub seed: u64,
    /// In which share of surveys that are drawn again a verdict must hold, where baselines are taken for samples.
    pub baseline_uncertainty: Option<f64>,
    /// Whether to work out the chance level for the report. `beats chance` needs it in any case.
    pub chance: bool,
    /// Whether the subject's answers are a fixed sample or a growing one.
    pub design: Design,
}

/// Divides a run's error rate over its checks, in proportion to their weights. The parts add up to the whole,
/// so that the chance of any wrong verdict in the run is at most `error_rate`.
#[must_use]
pub(crate) fn divide(error_rate: f64, weights: &[f64]) -> Vec<f64> {
    // The config ensures that rates and weights are usable; without any weight nothing is judged.
    split_error(error_rate, weights).unwrap_or_else(|_| vec![0.0; weights.len()])
}

/// Judges a check on tables (one for each of its measure's inputs, in their order) at error rate `rate`.
///
/// # Errors
/// The measure has no value for these answers.
pub fn judge(
    check: &Check,
    tables: &[Table],
    suites: &Suites,
    rate: f64,
    options: &JudgingOptions,
) -> Result<Verdict, Undefined> {
    told(check, tables, suites, rate, options, decide(check, tables, suites, rate, options)?)
}

/// Completes a decision on the same tables into a verdict, with all that reports show.
///
/// # Errors
/// As [`judge`].
pub fn told(
    check: &Check,
    tables: &[Table],
    suites: &Suites,
    rate: f64,
    options: &JudgingOptions,
    decision: Decision,
) -> Result<Verdict, Undefined> {
    let Decision { outcome, estimate, bound, standing, surveys, .. } = decision;
    let interval = interval_of(check, tables, suites, rate, options, &decision)?;
    // Uniform respondents take many draws, and nobody reads most of them.
    let chance = options.chance.then(|| chance::chance_level(check, tables, suites, options.seed)).flatten();
    let answers = evidence(check, tables, suites);
    let undecided = outcome == Outcome::Inconclusive;
    // Where the answers decide it with the baselines as they stand, more of them are not what is lacking.
    let open = standing == Outcome::Inconclusive;
    let further = open
        .then(|| likely(check, tables, suites, rate, bound, options))
        .flatten()
        // Answers are counted per question, whatever the rows of the tables pool.
        .map(|n| f64::from(n.saturating_sub(answers.least_per_item)) * needed::per_answer(check, suites))
        .map(|further| (further.ceil() as u32).max(1));
    // Where the answers alone would decide it, the surveys say in how many.
    let held = StandingVerdict { check, tables, suites, rate, bound, options, standing };
    let mut order = SurveyOrder::default();
    let surveys = surveys.or_else(|| held.counted(&mut order));
    let supports = undecided.then(|| supports::strongest(held, interval, &mut order)).flatten();
    let inputs = check.measure.inputs();
    let others = tables.iter().zip(&inputs).filter(|(_, input)| input.who != Who::Subject);
    let unread = open && (answers.unread > 0 || others.into_iter().any(|(table, _)| table.unread() > 0));
    let later = further.is_none();
    let alone = || read_alone::read_alone(check, tables, suites, rate, bound, options, later);
    let read_alone = if unread { alone() } else { None };
    Ok(Verdict {
        outcome,
        estimate,
        interval,
        answers,
        read_alone,
        chance,
        rate,
        supports,
        further,
        design: options.design,
        surveys,
    })
}

/// Returns what [`likely`] says of a check before its bound is known; `Ok(None)` where it is too close to
/// call.
///
/// # Errors
/// As [`judge`].
pub(crate) fn forecast(
    check: &Check,
    tables: &[Table],
    suites: &Suites,
    rate: f64,
    options: &JudgingOptions,
) -> Result<Option<u32>, Undefined> {
    complete(check, tables, suites, options)?;
    check.measure.prepare(tables, suites)?(tables)?;
    let bound = bound(check, tables, suites, options).ok_or(Undefined::NoChance)?;
    Ok(likely(check, tables, suites, rate, bound, options))
}

/// Returns the measure's interval, each end of which is wrong with a chance of at most `rate`; see
/// [`crate::check::Confidence`] for `bound`.
///
/// # Errors
/// As [`judge`].
pub fn interval(
    check: &Check,
    tables: &[Table],
    suites: &Suites,
    rate: f64,
    bound: f64,
    options: &JudgingOptions,
) -> Result<(f64, f64), Undefined> {
    check.measure.interval(tables, suites, &sides::confidence(rate, bound, options, EndSearch::Told))
}

/// Returns the number that decides a test: its bound, or what 95 % of respondents with shuffled labels do not
/// exceed.
fn bound(check: &Check, tables: &[Table], suites: &Suites, options: &JudgingOptions) -> Option<f64> {
    match check.test {
        Test::AtLeast(bound) | Test::AtMost(bound) => Some(bound),
        Test::BeatsChance => {
            chance::shuffled(check, tables, suites, options.seed).map(|null: Null| null.upper)
        }
    }
}

/// Returns the outcome of a test with this bound, given an interval.
#[must_use]
pub fn outcome(test: Test, bound: f64, (low, high): (f64, f64)) -> Outcome {
    // Rounding may move an end from the bound to either side. An end that is the bound but for rounding
    // counts for the weaker verdict.
    let (pass, fail) = match test {
        Test::AtLeast(_) => (low >= bound - 1e-12, high < bound - 1e-12),
        Test::AtMost(_) => (high <= bound + 1e-12, low > bound + 1e-12),
        Test::BeatsChance => (low > bound + 1e-12, high <= bound + 1e-12),
    };
    match (pass, fail) {
        (true, _) => Outcome::Pass,
        (_, true) => Outcome::Fail,
        _ => Outcome::Inconclusive,
    }
}

/// Checks that a growing sample has an answer to every question that a measure compares. Without one it would
/// be another measure, of the questions that happen to be answered.
fn complete(
    check: &Check,
    tables: &[Table],
    suites: &Suites,
    options: &JudgingOptions,
) -> Result<(), Undefined> {
    // Measures of shares check the questions that they are about themselves.
    if options.design == Design::Fixed || check.measure.is_share(suites) {
        return Ok(());
    }
    for (at, (input, table)) in check.measure.inputs().iter().zip(tables).enumerate() {
        let asked = input.who == Who::Subject && input.view != View::Validity;
        let Some(task) = suites.task(&input.task).filter(|_| asked) else { continue };
        let read = check.measure.reads(at, suites);
        let is_read = |place: usize| read.as_ref().is_none_or(|read| read.contains(&place));
        let mut items = task.items.iter().enumerate().filter(|(place, _)| is_read(*place));
        if let Some((_, missing)) = items.find(|(_, item)| table.row(&item.id).is_none()) {
            let question = format!("{} {}", task.id, missing.id);
            return Err(Undefined::NoAnswers(question.trim_end().to_owned()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_divided_over_checks() {
        let parts = divide(0.05, &[1.0, 3.0]);
        assert!((parts.iter().sum::<f64>() - 0.05).abs() < 1e-12 && parts[1] > parts[0]);
    }

    #[test]
    fn a_verdict_needs_the_whole_interval() {
        let of = |test, bound, interval| outcome(test, bound, interval);
        assert_eq!(of(Test::AtLeast(0.7), 0.7, (0.75, 0.9)), Outcome::Pass);
        assert_eq!(of(Test::AtLeast(0.7), 0.7, (0.65, 0.9)), Outcome::Inconclusive);
        assert_eq!(of(Test::AtLeast(0.95), 0.95, (0.75, 0.9)), Outcome::Fail);
        assert_eq!(of(Test::AtMost(0.7), 0.7, (0.75, 0.9)), Outcome::Fail);
        assert_eq!(of(Test::BeatsChance, 0.7, (0.75, 0.9)), Outcome::Pass);
        assert_eq!(of(Test::BeatsChance, 0.75, (0.75, 0.9)), Outcome::Inconclusive);
        assert_eq!(of(Test::BeatsChance, 0.9, (0.75, 0.9)), Outcome::Fail);
    }

    #[test]
    fn chance_is_beaten_above_what_95_percent_of_shuffles_get() {
        let of = |interval| outcome(Test::BeatsChance, 0.43, interval);
        assert_eq!(of((0.5, 0.9)), Outcome::Pass);
        assert_eq!(of((0.43, 0.9)), Outcome::Inconclusive);
        assert_eq!(of((0.3, 0.43)), Outcome::Fail);
    }
}
