//! How far each model has got in this process, and what happens when the first question is asked.

use std::fmt;
use std::sync::Mutex;

use super::{Status, hold};

/// Counters by model, in the order in which they were first asked.
#[derive(Debug, Default)]
pub(super) struct Counts(Mutex<Vec<Status>>);

impl Counts {
    pub(super) fn change(&self, model: &str, change: impl FnOnce(&mut Status)) {
        let mut all = hold(&self.0);
        if let Some(status) = all.iter_mut().find(|status| status.model == model) {
            return change(status);
        }
        let mut status = Status { model: model.to_owned(), ..Status::default() };
        change(&mut status);
        all.push(status);
    }

    /// With requests in flight up to `window`.
    pub(super) fn all(&self, window: usize) -> Vec<Status> {
        let mut all = hold(&self.0).clone();
        for status in &mut all {
            let open = status.wanted.saturating_sub(status.arrived + status.failed);
            status.window = window;
            status.in_flight = usize::try_from(open).unwrap_or(window).min(window);
        }
        all
    }
}

/// To be done once, before the first question is asked.
#[derive(Default)]
pub(super) struct First(Mutex<Option<Box<dyn FnOnce() + Send>>>);

impl First {
    pub(super) fn set(&self, then: impl FnOnce() + Send + 'static) {
        *hold(&self.0) = Some(Box::new(then));
    }

    pub(super) fn happens(&self) {
        // Taken out first: it may ask how things stand.
        let then = hold(&self.0).take();
        if let Some(then) = then {
            then();
        }
    }
}

impl fmt::Debug for First {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("First")
    }
}
