//! Answers as outcomes, of which a sum over questions (`stats::sums`) is made. The outcome of a rating is its
//! level. That of a selection or a ranking is the whole answer, so that what it says of several values stays
//! together.

use super::pairs::made_up;
use super::score::ScoreReading;
use crate::profile::{Joint, Row, UNREAD};
use crate::stats::sums::UNKNOWN_OUTCOME;
use crate::suite::Shape;

/// The answers of a row, form by form, as outcomes.
#[derive(Debug)]
pub(super) struct RowOutcomes {
    pub forms: Vec<Vec<u16>>,
    kinds: OutcomeKinds,
}

/// What each outcome stands for.
#[derive(Debug)]
enum OutcomeKinds {
    /// The levels of a scale, and one more for the levels that the figures do not tell.
    Levels(u8),
    Sets(Vec<u64>),
    Rankings(Vec<Vec<u8>>),
}

impl RowOutcomes {
    /// Returns a row's outcomes; `None` where answers are known only as totals and cannot be made up, or where the
    /// same people may have answered other questions.
    pub(super) fn of(row: &Row, shape: Shape, seed: u64) -> Option<RowOutcomes> {
        match row.joint.as_deref() {
            Some(Joint::Sets(sets)) => {
                let (forms, kinds) = distinct(sets, |set| *set == 0)?;
                Some(RowOutcomes { forms, kinds: OutcomeKinds::Sets(kinds) })
            }
            Some(Joint::Rankings(orders)) => {
                let (forms, kinds) = distinct(orders, Vec::is_empty)?;
                Some(RowOutcomes { forms, kinds: OutcomeKinds::Rankings(kinds) })
            }
            Some(Joint::Levels(forms)) => {
                Some(RowOutcomes::levels(row, forms.iter().map(|(_, levels)| levels.as_slice())))
            }
            None if shape.is_level() && row.responses() <= 20_000 => {
                Some(RowOutcomes::levels(row, std::iter::once(made_up(row, seed).as_slice())))
            }
            Some(Joint::Panel | Joint::People(_)) | None => None,
        }
    }

    fn levels<'a>(row: &Row, forms: impl Iterator<Item = &'a [u8]>) -> RowOutcomes {
        let untold = u8::try_from(row.known.len()).unwrap_or(u8::MAX);
        let outcome = |level: &u8| match *level {
            UNREAD => UNKNOWN_OUTCOME,
            level => u16::from(level.min(untold)),
        };
        let forms = forms.map(|levels| levels.iter().map(outcome).collect()).collect();
        RowOutcomes { forms, kinds: OutcomeKinds::Levels(untold) }
    }

    /// Returns how much each outcome adds to a weighted sum of readings.
    pub(super) fn worth(&self, readings: &[(ScoreReading, f64)]) -> Vec<f64> {
        let sum = |of: &dyn Fn(ScoreReading) -> i32| -> f64 {
            let worth = |reading: ScoreReading| f64::from(of(reading)) / f64::from(reading.parts());
            readings.iter().map(|(reading, weight)| worth(*reading) * weight).sum()
        };
        match &self.kinds {
            OutcomeKinds::Levels(untold) => {
                (0..=*untold).map(|level| sum(&|reading| reading.of_level(level))).collect()
            }
            OutcomeKinds::Sets(sets) => sets.iter().map(|set| sum(&|reading| reading.of_set(*set))).collect(),
            OutcomeKinds::Rankings(orders) => {
                orders.iter().map(|order| sum(&|reading| reading.of_ranking(order))).collect()
            }
        }
    }
}

/// Numbers the distinct answers; `None` where there are too many of them.
fn distinct<T: Clone + Ord>(answers: &[T], unread: impl Fn(&T) -> bool) -> Option<(Vec<Vec<u16>>, Vec<T>)> {
    let mut kinds: Vec<T> = answers.iter().filter(|answer| !unread(answer)).cloned().collect();
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.len() >= usize::from(UNKNOWN_OUTCOME) {
        return None;
    }
    let place = |answer: &T| match kinds.binary_search(answer) {
        Ok(place) if !unread(answer) => u16::try_from(place).unwrap_or(UNKNOWN_OUTCOME),
        _ => UNKNOWN_OUTCOME,
    };
    let outcomes = answers.iter().map(place).collect();
    Some((vec![outcomes], kinds))
}
