//! Checks on a whole answer of any wire, however well it ends: nothing else in it says that it failed, the
//! model is the one who speaks, and several answers say the same. Streams are already checked like this as
//! they come (`pieces.rs`), and once more when they are whole.

use serde_json::Value;

use super::finish::{unfinished, word};
use super::flags::flagged;
use super::http::{MOST_MESSAGE, Server};
use super::shared::the_first;
use super::{AskError, error_body};

/// Returns whether a status of success comes with an answer: not yet with 202, and not one whole with 206 or 207.
pub(super) fn has_answer(status: u16) -> bool {
    matches!(status, 200 | 201 | 203)
}

/// SGLang's word, beside a good finish, for a model whose numbers have become NaN.
const BROKEN_NUMBERS: &str = "nan happened";

/// Returns whether `role` is the model's.
pub(super) fn is_model(role: &str) -> bool {
    ["assistant", "model"].iter().any(|own| role.eq_ignore_ascii_case(own))
}

impl Server {
    /// Checks that no field of `answer` says that it failed, except `own`, which the wire reads itself.
    pub(super) fn sound(&self, answer: &Value, own: &str) -> Result<(), AskError> {
        // An answer that a filter stopped is not a failure. The wire reads it as filtered.
        if flagged(answer) {
            return Ok(());
        }
        let mark = error_body::mark(answer, own);
        if error_body::error_in(answer).is_some() || mark.is_some() && error_body::status(answer).is_some() {
            return Err(self.failure(answer, None));
        }
        let Some(mark) = mark else { return Ok(()) };
        let words = error_body::words(answer).map_or_else(String::new, |words| format!(": {words}"));
        let what = format!("an answer that says it failed ({mark}){words}");
        Err(self.unreadable(self.line(&what, MOST_MESSAGE), true))
    }

    /// Checks that the model speaks in `message`, and that the message reports no error.
    pub(super) fn speaks(&self, message: &Value) -> Result<(), AskError> {
        if error_body::failed(message.get("error")) {
            return Err(self.failure(message, None));
        }
        match word(message.get("role")).filter(|role| !is_model(role)) {
            None => Ok(()),
            Some(role) => {
                let what = format!("an answer in which the model does not speak (`role` is `{role}`)");
                Err(self.unreadable(self.line(&what, MOST_MESSAGE), true))
            }
        }
    }

    /// Checks that all answers in `list`, of which one was asked for, say the same as the first, or nothing.
    pub(super) fn agree(
        &self,
        list: Option<&Value>,
        field: &str,
        says: impl Fn(&Value) -> String,
    ) -> Result<(), AskError> {
        let (Some(list), Some(first)) = (list.and_then(Value::as_array), the_first(list)) else {
            return Ok(());
        };
        let one = says(first);
        let others = list.iter().filter(|other| !std::ptr::eq(*other, first)).map(&says);
        let mut others = others.filter(|other| !other.trim().is_empty() && other.trim() != one.trim());
        match others.next() {
            None => Ok(()),
            Some(other) => {
                let what = format!("several `{field}` that do not say the same: `{one}` and `{other}`");
                Err(self.unreadable(self.line(&what, MOST_MESSAGE), true))
            }
        }
    }

    /// Checks that a choice of chat completions did not stop because the model's numbers became NaN.
    pub(super) fn counts(&self, choice: &Value) -> Result<(), AskError> {
        let matched = choice.get("finish_reason").and_then(|reason| reason.get("matched"));
        let fields = [("matched_stop", choice.get("matched_stop")), ("finish_reason.matched", matched)];
        for (field, value) in fields {
            let said = word(value).unwrap_or_default();
            if said.to_ascii_lowercase().contains(BROKEN_NUMBERS) {
                return Err(unfinished(self, field, &said));
            }
        }
        Ok(())
    }
}
