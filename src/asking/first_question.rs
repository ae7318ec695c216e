//! An action before the first question. It never happens if everything is replayed.

use std::fmt;
use std::sync::Mutex;

use super::hold;

/// An action that is done once, before the first question is asked.
#[derive(Default)]
pub(super) struct BeforeFirstQuestion(Mutex<Option<Box<dyn FnOnce() + Send>>>);

impl BeforeFirstQuestion {
    pub(super) fn set(&self, then: impl FnOnce() + Send + 'static) {
        *hold(&self.0) = Some(Box::new(then));
    }

    pub(super) fn happens(&self) {
        // The action is taken out first, since it may ask for the status.
        let then = hold(&self.0).take();
        if let Some(then) = then {
            then();
        }
    }
}

impl fmt::Debug for BeforeFirstQuestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("First")
    }
}
