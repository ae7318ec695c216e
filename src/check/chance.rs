//! Chance levels: what respondents without opinions would get. There are two kinds: the subject's own shares
//! under shuffled labels, and uniformly random answers, as many as the subject's.
//!
//! A number that looks strong may be what any respondent gets: random rankings of six agree within ±2 for two
//! thirds of the cells, and the signs alone give the study's trade-off correlation a ρ of 0.76.
//!
//! **Shuffled labels.** The values that a measure compares exchange their answers, within each context where
//! it looks at contexts; of two tasks of one respondent, one is shuffled against the other; and a pair's two
//! sides are exchanged, too. The distribution ([`Null`]) is exact where it can be enumerated, and otherwise
//! drawn from the run's seed; each measure's `Syntax`, and so the reference, says how it is found.
//!
//! **Uniform answers.** Only the mean is computed: exactly for shares, a selection's overlap and place, and
//! agreement with trade-offs (½); otherwise by 200 to 1,000 draws, with their standard error.
//!
//! **`… beats chance`** holds when the measure is above what 95 % of respondents with shuffled labels get
//! ([`Null::upper`]), judged like any other bound at the check's error rate. It is refused where less is
//! better, where labels play no part, and where labels can be shuffled in too few ways for any result to be
//! above 95 % of them. Where the figures do not tell what shuffled labels would give, the check is undefined,
//! and so it fails.
//!
//! Source: Good, *Permutation, Parametric and Bootstrap Tests of Hypotheses* (3rd ed. 2005), ch. 1.

mod simulate;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::{Check, Who};
use crate::measure::null::Shuffled;
pub use crate::measure::null::{ChanceMethod, Null};
use crate::profile::{Table, View};
use crate::stats::resample;
use crate::suite::{About, Suites};

/// The chance level of a measure.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ChanceLevel {
    /// The level of respondents with shuffled labels; `None` where labels play no part, or most shuffles have
    /// no value.
    pub shuffled: Option<Null>,
    /// The level of respondents that answer uniformly; `None` where most have no value.
    pub(crate) uniform: Option<Average>,
}

/// A mean over respondents, in the measure's unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Average {
    pub(crate) mean: f64,
    /// The standard error, which is 0 when the mean is exact.
    pub(crate) standard_error: f64,
    /// The number of random respondents behind it; `None` when it is exact.
    pub(crate) draws: Option<u64>,
}

/// Returns the chance level of a check on tables (one for each of its measure's inputs, in their order).
/// `None` where there is no such level: the tables cannot be compared, or they only count invalid answers.
/// The same seed gives the same level.
///
/// ```
/// # use alignspec::__testing::check::{Scope, chance, read};
/// # use alignspec::__testing::diagnostic::Diagnostic;
/// # use alignspec::__testing::profile::{Row, Table};
/// # use alignspec::__testing::suite::{CheckEntry, Suites};
/// # let suites = Suites::builtin();
/// # let scope = Scope { suites: &suites, respondents: Vec::new() };
/// let check = read(&CheckEntry::of("T1 ranks fairness within top 3"), &scope)?;
/// let shares = (0..12).map(|count| f64::from(count) / 12.0).collect();
/// let row = Row { item: String::new(), n: 12, unread: 0, shares, known: Vec::new(), joint: None };
/// # let shape = suites.task("T1").unwrap().shape;
/// let level = chance::chance_level(&check, &[Table { shape, rows: vec![row] }], &suites, 1).unwrap();
/// let shuffled = level.shuffled.unwrap(); // any of twelve places
/// assert_eq!((shuffled.mean, shuffled.standard_error), (6.5, 0.0));
/// # Ok::<(), Box<Diagnostic>>(())
/// ```
pub fn chance_level(check: &Check, tables: &[Table], suites: &Suites, seed: u64) -> Option<ChanceLevel> {
    let parts = parts(check, suites)?;
    let own = check.measure.by_chance(tables, suites, &mut resample::rng(seed, &["chance", &check.sentence]));
    let shuffled = shuffled_as(own.shuffled, check, tables, suites, seed);
    let exactly = own.uniform.map(|mean| Average { mean, standard_error: 0.0, draws: None });
    let uniform = exactly.or_else(|| {
        let mut statistic = check.measure.prepare(tables, suites).ok()?;
        let mut rng = resample::rng(seed, &["chance", &check.sentence, "uniform"]);
        simulate::uniform(tables, &parts, &mut statistic, &mut rng)
    });
    (shuffled.is_some() || uniform.is_some()).then_some(ChanceLevel { shuffled, uniform })
}

/// Computes [`ChanceLevel::shuffled`] alone.
pub(crate) fn shuffled(check: &Check, tables: &[Table], suites: &Suites, seed: u64) -> Option<Null> {
    let own = check.measure.by_chance(tables, suites, &mut resample::rng(seed, &["chance", &check.sentence]));
    shuffled_as(own.shuffled, check, tables, suites, seed)
}

fn shuffled_as(own: Shuffled, check: &Check, tables: &[Table], suites: &Suites, seed: u64) -> Option<Null> {
    match own {
        _ if !check.labels_count => None,
        Shuffled::Known(null) => Some(null),
        Shuffled::Meaningless => None,
        Shuffled::Unknown => {
            let mut statistic = check.measure.prepare(tables, suites).ok()?;
            let mut rng = resample::rng(seed, &["chance", &check.sentence, "shuffled"]);
            simulate::shuffled(tables, &parts(check, suites)?, &mut statistic, &mut rng)
        }
    }
}

/// Returns the tables to simulate; `None` for the validity of answers, which is no opinion.
fn parts(check: &Check, suites: &Suites) -> Option<Vec<simulate::SimulatedTable>> {
    let inputs = check.measure.inputs();
    if inputs.iter().any(|input| input.view == View::Validity) {
        return None;
    }
    let pairs = |task: &str| {
        let task = suites.task(task);
        task.is_some_and(|task| task.items.iter().any(|item| matches!(item.about, About::Pair(..))))
    };
    let part = |input: &super::Input| simulate::SimulatedTable {
        own: input.who == Who::Subject,
        pairs: pairs(&input.task),
    };
    Some(inputs.iter().map(part).collect())
}
