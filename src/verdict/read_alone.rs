//! What an undecided check would come to if the responses that were not read were left out: what they cost.

use super::surveys::{StandingVerdict, SurveyOrder};
use super::{JudgingOptions, Outcome, evidence, likely, needed, outcome_at};
use crate::check::Check;
use crate::profile::Table;
use crate::suite::Suites;

/// What the answers that were read would come to if the unread responses were left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadAlone {
    /// A verdict.
    Decided(Outcome),
    /// A verdict with about so many further answers per item, where with so many unread none comes.
    Later(u32),
}

/// What a check that is undecided would come to without the unread responses; when it would be decided
/// `later`, only where that is asked.
pub(super) fn read_alone(
    check: &Check,
    tables: &[Table],
    suites: &Suites,
    rate: f64,
    bound: f64,
    options: &JudgingOptions,
    later: bool,
) -> Option<ReadAlone> {
    let read: Vec<Table> = tables.iter().map(Table::without_unread).collect();
    match outcome_at(check, &read, suites, rate, bound, options).ok()? {
        Outcome::Inconclusive if later => {
            let n = likely(check, &read, suites, rate, bound, options)?;
            let further = n.saturating_sub(evidence(check, &read, suites).least_per_item);
            Some(ReadAlone::Later(
                ((f64::from(further) * needed::per_answer(check, suites)).ceil() as u32).max(1),
            ))
        }
        Outcome::Inconclusive => None,
        standing => {
            let tables = &read;
            let held = StandingVerdict { check, tables, suites, rate, bound, options, standing };
            held.holds(&mut SurveyOrder::default()).then_some(ReadAlone::Decided(standing))
        }
    }
}
