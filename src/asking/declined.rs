//! Tells questions that a server rejects on their own (too long for it, or not allowed), which says nothing
//! about the others, from rejections that concern the model.

use std::collections::HashSet;

use crate::provider::AskError;

/// Rejections of this many different items, with no answer in between, are no coincidence.
const ITEMS: usize = 16;

/// The most rejections in a row, whichever items. The limit is lower before the first answer, when the settings
/// may be wrong.
const TIMES: usize = 64;
const AT_FIRST: usize = 8;

/// The rejections since the last answer.
#[derive(Debug, Default)]
pub(super) struct Declined {
    items: HashSet<String>,
    times: usize,
    answered: bool,
}

impl Declined {
    /// Notes that an answer came, so that the model accepts the settings.
    pub(super) fn answered(&mut self) {
        *self = Declined { answered: true, ..Declined::default() };
    }

    /// Returns whether `error` only concerns this question of `item`, so that the others are still asked.
    /// `known` says whether the model has answered before, in any unit.
    pub(super) fn is_of_the_question(&mut self, error: &AskError, item: &str, known: bool) -> bool {
        let answered = self.answered || known;
        let AskError::Status { status, exhausted: false, .. } = error else { return false };
        let of_question = match status {
            413 | 422 => true,
            // All questions have the same settings: a model that has answered accepts them.
            400 => answered,
            _ => false,
        };
        if !of_question {
            return false;
        }
        self.times += 1;
        self.items.insert(item.to_owned());
        self.items.len() < ITEMS && self.times < if answered { TIMES } else { AT_FIRST }
    }
}

/// Returns whether the error rejects the question, and not the one who asks.
pub(super) fn declines(error: &AskError) -> bool {
    matches!(error, AskError::Status { status: 400 | 413 | 422, exhausted: false, .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(status: u16) -> AskError {
        let (server, message) = ("s".to_owned(), "m".to_owned());
        AskError::Status { server, status, message, retry_after: None, exhausted: false }
    }

    /// Counts how many samples in a row count as rejected on their own, for one item and for different ones.
    fn in_a_row(mut declined: Declined, status: u16) -> [usize; 2] {
        let own = |item: fn(usize) -> usize, declined: &mut Declined| {
            let error = error(status);
            let mut own = |number| declined.is_of_the_question(&error, &item(number).to_string(), false);
            (0..100).take_while(|number| own(*number)).count()
        };
        let one = own(|_| 0, &mut declined);
        let answered = declined.answered;
        declined = Declined { answered, ..Declined::default() };
        [one, own(|number| number, &mut declined)]
    }

    #[test]
    fn one_question_is_no_reason_to_end_the_others() {
        for (status, wanted) in
            [(400, [0, 0]), (401, [0, 0]), (403, [0, 0]), (404, [0, 0]), (413, [7, 7]), (422, [7, 7])]
        {
            assert_eq!(in_a_row(Declined::default(), status), wanted, "{status} at first");
        }
        for (status, wanted) in
            [(400, [63, 15]), (401, [0, 0]), (404, [0, 0]), (413, [63, 15]), (422, [63, 15])]
        {
            let mut declined = Declined::default();
            declined.answered();
            assert_eq!(in_a_row(declined, status), wanted, "{status} after an answer");
        }
        assert!(Declined::default().is_of_the_question(&error(400), "medical.privacy", true));
    }
}
