//! One question's answers in the order in which they came, as the number of yeses after each round of its
//! forms. An exact test (`stats::spending`) then says on which side of its bound the share of yes lies, and
//! what it has said once does not change.
//!
//! On the path that speaks for a share above the bound, unread responses count as no; on the path that speaks
//! against it, they count as yes. Whatever they meant, the true path lies between the two and reaches either
//! boundary no later.

use crate::profile::{Joint, Row, UNREAD};
use crate::stats::pairs::has;
use crate::stats::spending::{MOST_FORMS, first_above};

/// How far beyond a bound [`beside`] puts the end of an interval.
pub(crate) const BESIDE: f64 = 1e-9;

/// The side of a bound on which a share lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BoundSide {
    Above,
    Below,
}

/// The number of yeses after 1, 2, … rounds of the question's forms.
#[derive(Debug, PartialEq)]
pub(super) struct YesPath {
    /// The number of answers in a round.
    forms: u32,
    /// The counts where no unread response is a yes.
    least: Vec<u32>,
    /// The counts where all unread responses are.
    most: Vec<u32>,
}

impl YesPath {
    /// Makes the path of a row's answers, of which those at the places `yes` count. `None` where the question
    /// has more forms than can be told apart. Answers that are known only as totals, which happens in
    /// forecasts alone, are spread evenly.
    pub(super) fn of(row: &Row, yes: &[usize], forms: usize) -> Option<YesPath> {
        let is_level = |level: u8| (yes.contains(&usize::from(level)), level == UNREAD);
        let is_set = |set: u64| (yes.iter().any(|at| has(set, *at)), set == 0);
        match row.joint.as_deref() {
            Some(Joint::Sets(sets)) => {
                let answers = sets.iter().map(|set| is_set(*set)).collect();
                YesPath::counted(&[answers])
            }
            Some(Joint::Levels(forms)) => {
                let of = |levels: &Vec<u8>| levels.iter().map(|level| is_level(*level)).collect();
                YesPath::counted(&forms.iter().map(|(_, levels)| of(levels)).collect::<Vec<_>>())
            }
            Some(Joint::Rankings(_) | Joint::People(_)) => None,
            Some(Joint::Panel) | None => {
                let share: f64 = yes.iter().map(|at| row.shares[*at]).sum();
                YesPath::even(share * f64::from(row.n), row, forms)
            }
        }
    }

    /// Counts answers of each form, given as (yes, unread), in whole rounds of one answer in each form.
    fn counted(forms: &[Vec<(bool, bool)>]) -> Option<YesPath> {
        let in_round = u32::try_from(forms.len()).ok().filter(|forms| (1..=MOST_FORMS).contains(forms))?;
        let rounds = forms.iter().map(Vec::len).min().unwrap_or(0);
        let count = |counts: &dyn Fn((bool, bool)) -> bool| {
            let in_round = |at: usize| forms.iter().filter(|form| counts(form[at])).count() as u32;
            (0..rounds)
                .scan(0, |sum, at| {
                    *sum += in_round(at);
                    Some(*sum)
                })
                .collect()
        };
        let (least, most) = (count(&|(yes, unread)| yes && !unread), count(&|(yes, unread)| yes || unread));
        Some(YesPath { forms: in_round, least, most })
    }

    /// Spreads `yes` answers and the unread ones evenly over all.
    fn even(yes: f64, row: &Row, forms: usize) -> Option<YesPath> {
        let in_round = u32::try_from(forms).ok().filter(|forms| (1..=MOST_FORMS).contains(forms))?;
        let rounds = row.responses() / in_round;
        let path = |all: f64| -> Vec<u32> {
            let part = |at: u32| f64::from(at) / f64::from(rounds);
            (1..=rounds).map(|at| (all * part(at) + 1e-6) as u32).collect()
        };
        Some(YesPath { forms: in_round, least: path(yes), most: path(yes + f64::from(row.unread)) })
    }

    /// Returns the side of `bound` on which the share lies, as it was shown first. Each side is wrong with a
    /// chance of at most its rate, given for above and for below. `None` where nothing shows it.
    pub(super) fn side(&self, bound: f64, (above, below): (f64, f64)) -> Option<BoundSide> {
        let up = first_above(bound, above, self.forms, self.least.iter().copied());
        let answers = (1_u32..).map(|round| round.saturating_mul(self.forms));
        let no = answers.zip(&self.most).map(|(answers, yes)| answers.saturating_sub(*yes));
        let down = first_above(1.0 - bound, below, self.forms, no);
        match (up, down) {
            (Some(up), Some(down)) if down < up => Some(BoundSide::Below),
            (Some(_), _) => Some(BoundSide::Above),
            (None, Some(_)) => Some(BoundSide::Below),
            (None, None) => None,
        }
    }
}

/// Moves the ends of an interval to agree with what is known of `bound`: it lies beyond the bound on the
/// known side, and includes it otherwise.
pub(super) fn beside((low, high): (f64, f64), bound: f64, side: Option<BoundSide>) -> (f64, f64) {
    let (under, over) = (bound - BESIDE, bound + BESIDE);
    match side {
        Some(BoundSide::Above) => (low.max(over), high.max(over)),
        Some(BoundSide::Below) => (low.min(under), high.min(under)),
        None => (low.min(under), high.max(over)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn row(joint: Option<Joint>, n: u32, unread: u32) -> Row {
        let shares = vec![0.75, 0.25, 0.0];
        Row { item: String::new(), n, unread, shares, known: vec![true; 2], joint: joint.map(Arc::new) }
    }

    #[test]
    fn forms_are_counted_in_whole_rounds_and_unread_responses_either_way() {
        let forms = vec![("a".to_owned(), vec![0, 0, UNREAD]), ("b".to_owned(), vec![1, 0, 0, 0])];
        let path = YesPath::of(&row(Some(Joint::Levels(forms)), 6, 1), &[0], 2).expect("a path");
        assert_eq!(path, YesPath { forms: 2, least: vec![1, 3, 4], most: vec![1, 3, 5] });
        let sets = Joint::Sets(vec![0b01, 0b10, 0, 0b11]);
        let path = YesPath::of(&row(Some(sets), 3, 1), &[0], 1).expect("a path");
        assert_eq!(path, YesPath { forms: 1, least: vec![1, 1, 1, 2], most: vec![1, 1, 2, 3] });
        let even = YesPath::of(&row(None, 8, 2), &[0], 2).expect("a path");
        assert_eq!(even, YesPath { forms: 2, least: vec![1, 2, 3, 4, 6], most: vec![1, 3, 4, 6, 8] });
        let three = vec![("a".to_owned(), vec![0]), ("b".to_owned(), vec![0]), ("c".to_owned(), vec![0])];
        assert_eq!(YesPath::of(&row(Some(Joint::Levels(three)), 3, 0), &[0], 3), None);
    }

    #[test]
    fn what_was_shown_first_stays_so() {
        let of = |answers: &[bool]| {
            let form: Vec<(bool, bool)> = answers.iter().map(|yes| (*yes, false)).collect();
            YesPath::counted(&[form]).expect("a path").side(0.5, (0.01, 0.01))
        };
        assert_eq!(of(&[true; 8]), None);
        assert_eq!(of(&[true; 9]), Some(BoundSide::Above));
        // Luck that turns does not take it back, though all answers together now say the opposite.
        assert_eq!(of(&[vec![true; 9], vec![false; 91]].concat()), Some(BoundSide::Above));
        assert_eq!(of(&[vec![false; 9], vec![true; 91]].concat()), Some(BoundSide::Below));
    }

    #[test]
    fn an_end_never_says_more_than_is_known() {
        assert_eq!(beside((0.6, 0.9), 0.5, None), (0.5 - BESIDE, 0.9));
        assert_eq!(beside((0.4, 0.9), 0.5, Some(BoundSide::Above)), (0.5 + BESIDE, 0.9));
        assert_eq!(beside((0.1, 0.45), 0.5, Some(BoundSide::Above)), (0.5 + BESIDE, 0.5 + BESIDE));
        assert_eq!(beside((0.1, 0.6), 0.5, Some(BoundSide::Below)), (0.1, 0.5 - BESIDE));
    }
}
