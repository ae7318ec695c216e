//! Questions that a server turns down one by one (too long for it, not to its liking), which says nothing of
//! the others; and when it is the model that is turned down after all.

use std::collections::HashSet;

use crate::provider::AskError;

/// Turned down in so many different items, with no answer between them, is no chance.
const ITEMS: usize = 16;

/// So often, whichever items; before anything has been answered it may be the settings, and fewer do.
const TIMES: usize = 64;
const AT_FIRST: usize = 8;

/// What was turned down since the last answer.
#[derive(Debug, Default)]
pub(super) struct Declined {
    items: HashSet<String>,
    times: usize,
    answered: bool,
}

impl Declined {
    /// An answer came: the model takes what is asked this way.
    pub(super) fn answered(&mut self) {
        *self = Declined { answered: true, ..Declined::default() };
    }

    /// Whether `error` is of this question of `item` alone, so that the others are asked. `known` is whether
    /// the model has answered before, to whomever.
    pub(super) fn is_of_the_question(&mut self, error: &AskError, item: &str, known: bool) -> bool {
        let answered = self.answered || known;
        let AskError::Status { status, exhausted: false, .. } = error else { return false };
        let of_question = match status {
            413 | 422 => true,
            // The settings are the same for all: whoever has answered takes them.
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

/// Whether what was asked is turned down, and not who asks.
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

    /// How many samples in a row are each their own matter, of one item or each of another.
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
