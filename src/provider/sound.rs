//! What must hold of a whole answer of any wire, however well it ends: nothing beside its end says that it failed, the
//! model is who speaks, and where there are several answers they say the same. Streams are held to the same as they
//! come (`pieces.rs`); what is put together of them, and what a batch brings, comes here, too.

use serde_json::Value;

use super::finish::{unfinished, word};
use super::flags::flagged;
use super::http::{MOST_MESSAGE, Server};
use super::shared::the_first;
use super::{AskError, error_body};

/// Whether a status of success comes with an answer: 202 is to come, 206 a part, 207 several.
pub(super) fn has_answer(status: u16) -> bool {
    matches!(status, 200 | 201 | 203)
}

/// The word of SGLang for a model whose numbers have become none, beside a good end.
const BROKEN_NUMBERS: &str = "nan happened";

/// Whether `role` is the model's. Where it is left out, the model speaks.
pub(super) fn is_model(role: &str) -> bool {
    ["assistant", "model"].iter().any(|own| role.eq_ignore_ascii_case(own))
}

impl Server {
    /// That nothing in `answer` says that it failed, beside `own`, the field in which the wire says how it ended.
    pub(super) fn sound(&self, answer: &Value, own: &str) -> Result<(), AskError> {
        // What a filter has stopped is no failure, and no answer either.
        if flagged(answer) {
            return Ok(());
        }
        let mark = error_body::mark(answer, own);
        if error_body::error_in(answer).is_some() || mark.is_some() && error_body::status(answer).is_some() {
            return Err(self.failure(answer, None));
        }
        let Some(mark) = mark else { return Ok(()) };
        let words = error_body::words(answer).map_or_else(String::new, |words| format!(": {words}"));
        let what = format!("an answer that says of itself that it failed ({mark}){words}");
        Err(self.unreadable(self.line(&what, MOST_MESSAGE), true))
    }

    /// That the model speaks in `message`, and that the message tells of no error.
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

    /// That the answers in `list`, of which one was asked for, all say what the first says, or nothing.
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

    /// That a choice of chat completions did not stop because the model's numbers broke.
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
