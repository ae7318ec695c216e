//! Answers that came after a try whose answer was lost. If some answers get lost more often than others, the answer
//! that finally arrives is a selected one, not a fair draw from the model. The fair draw was the lost one, of which
//! nothing is known.
//!
//! A verdict therefore treats such an answer as a response that was not read (worst-case bounds: Manski 1989). The
//! first try of each sample is a draw, whatever becomes of it, and the verdict holds whatever the lost answers said.
//! The later answer is left out: counting both would give extra weight to prompts whose answers are lost more often.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Cell, Counts, Profile, View};
use crate::answer::Invalid;
use crate::suite::{Task, Unanswered};

/// The responses to an item that came after lost tries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AfterLost {
    /// How many there are.
    pub(crate) count: u32,
    /// A short hash of which they are among all: whether two samples are the same one.
    pub(crate) which: String,
}

impl Profile {
    /// Returns the profile as a verdict uses it under a rule: if the rule counts responses without an answer, answers
    /// after lost tries are among those.
    pub(crate) fn with_lost(&self, rule: Unanswered) -> Cow<'_, Profile> {
        let cells = || self.items.values().flat_map(|item| item.forms.values());
        if !rule.counts(false) || cells().all(|cell| cell.lost.is_empty()) {
            return Cow::Borrowed(self);
        }
        let mut profile = self.clone();
        let cells = profile.items.values_mut().flat_map(|item| item.forms.values_mut());
        cells.filter(|cell| !cell.lost.is_empty()).for_each(|cell| *cell = cell.with_lost());
        Cow::Owned(profile)
    }
}

impl Profile {
    /// Which responses to each item came after a lost try, valid or not, of the forms in a view; items without any are
    /// left out.
    pub(crate) fn lost_in(&self, task: &Task, view: View) -> BTreeMap<String, AfterLost> {
        let mut places: BTreeMap<&str, (usize, String)> = BTreeMap::new();
        for (item, form) in self.cells_of(task, view) {
            let cell = self.items.get(item).and_then(|item| item.forms.get(form));
            let Some(cell) = cell.filter(|cell| !cell.lost.is_empty()) else { continue };
            let (count, text) = places.entry(item).or_default();
            *count += cell.lost.len();
            let _ = write!(text, "{form}\n{:?}\n", cell.lost);
        }
        let lost = |(item, (count, text)): (&str, (usize, String))| {
            let which = blake3::hash(text.as_bytes()).to_hex()[..6].to_owned();
            (item.to_owned(), AfterLost { count: u32::try_from(count).unwrap_or(u32::MAX), which })
        };
        places.into_iter().map(lost).collect()
    }
}

impl Cell {
    /// Returns the cell with [`Invalid::Lost`] in place of each answer after a lost try.
    fn with_lost(&self) -> Cell {
        let mut cell =
            Cell { invalid: Default::default(), gaps: Vec::new(), lost: Vec::new(), ..self.clone() };
        let (mut valid, mut kept) = (0, Vec::new());
        let (mut gaps, mut lost) = (self.gaps.iter().peekable(), self.lost.iter().peekable());
        for number in 0..self.n.saturating_add(self.gaps.len() as u32) {
            let gap = gaps.next_if(|(before, _)| *before <= valid).map(|(_, reason)| *reason);
            let is_lost = lost.next_if(|lost| **lost == number).is_some();
            match gap.filter(|_| !is_lost).or(is_lost.then_some(Invalid::Lost)) {
                Some(reason) => {
                    *cell.invalid.entry(reason).or_default() += 1;
                    cell.gaps.push((kept.len() as u32, reason));
                }
                None => kept.push(valid as usize),
            }
            valid += u32::from(gap.is_none());
        }
        cell.n = kept.len() as u32;
        cell.counts = self.counts.only(&kept);
        cell
    }
}

impl Counts {
    /// Keeps only the answers at these places, if answers are known one by one.
    fn only(&self, kept: &[usize]) -> Counts {
        match self {
            Counts::Set { selected, untold, rows } => {
                let rows: Vec<u64> = kept.iter().filter_map(|at| rows.get(*at)).copied().collect();
                let count = |at| rows.iter().filter(|set| crate::stats::pairs::has(**set, at)).count() as f64;
                Counts::Set {
                    selected: (0..selected.len()).map(count).collect(),
                    untold: untold.clone(),
                    rows,
                }
            }
            Counts::Level { counts, rows } => {
                let rows: Vec<u8> = kept.iter().filter_map(|at| rows.get(*at)).copied().collect();
                let count = |level| rows.iter().filter(|known| usize::from(**known) == level).count() as f64;
                let counts = (0..counts.len()).map(|level| Some(count(level))).collect();
                Counts::Level { counts, rows }
            }
            Counts::Ranking { rows } => {
                Counts::Ranking { rows: kept.iter().filter_map(|at| rows.get(*at)).cloned().collect() }
            }
            Counts::Text { rows } => {
                Counts::Text { rows: kept.iter().filter_map(|at| rows.get(*at)).cloned().collect() }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::Answer;
    use crate::profile::Joint;
    use crate::profile::UNREAD;
    use crate::suite::OfUnread;

    /// Makes a profile of one form's answers to the first question: a level 0 to 4, or `None` for a refusal, and
    /// whether a lost try came before.
    fn profile(task: &Task, answers: &[(Option<usize>, bool)]) -> Profile {
        let mut profile = Profile::new("m", task);
        for (level, lost) in answers {
            let answer = level.map(Answer::Level).ok_or(Invalid::Refusal);
            let add = if *lost { Profile::add_after_lost } else { Profile::add };
            add(&mut profile, task, &task.items[0], task.forms[0].label, &answer);
        }
        profile
    }

    #[test]
    fn they_count_as_unread_at_their_places_unless_these_are_ignored() {
        let entry = ("builtin".to_owned(), crate::ground::diagnostic::Diagnostic::new("built in"));
        let suites = crate::suite::load(std::path::Path::new("/"), &[entry]);
        let task = suites.task("T2").expect("built in");
        let answers = [
            (Some(4), false),
            (None, false),
            (Some(3), true),
            (None, true),
            (Some(4), false),
            (Some(0), true),
        ];
        let profile = profile(task, &answers);
        let lost = profile.lost_in(task, View::Main);
        assert_eq!((lost.len(), lost[&task.items[0].id].count), (1, 3));
        let mut other = profile.clone();
        other.items.values_mut().flat_map(|item| item.forms.values_mut()).for_each(|cell| cell.lost[2] = 4);
        assert_ne!(other.lost_in(task, View::Main), lost, "as many, but others");
        let row = profile.table_with(task, View::Main, Unanswered::default()).rows.remove(0);
        assert_eq!((row.n, row.unread, row.shares[4]), (2, 4, 1.0));
        let levels = vec![4, UNREAD, UNREAD, UNREAD, 4, UNREAD];
        assert_eq!(
            row.joint.as_deref(),
            Some(&Joint::Levels(vec![(task.forms[0].label.to_owned(), levels)]))
        );
        // If unread responses are ignored, lost tries are ignored as well.
        let ignore = Unanswered { unread: Some(OfUnread::Ignore), refusals: None };
        let row = profile.table_with(task, View::Main, ignore).rows.remove(0);
        assert_eq!((row.n, row.unread, row.shares[4]), (4, 0, 0.5));
        // In the view of valid against invalid responses, a lost answer may have been either.
        let row = profile.table_with(task, View::Validity, Unanswered::default()).rows.remove(0);
        assert_eq!((row.n, row.unread, row.shares[1]), (3, 3, 1.0 / 3.0));
        assert!(matches!(profile.with_lost(ignore), Cow::Borrowed(_)));
    }
}
