//! How fast a model is asked, and how long between two tries.

use std::time::Duration;

use backon::ExponentialBuilder;

use crate::config::Sampling;

/// The longest pause between two tries that the server did not ask for.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How fast, how long and how often a model is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Requests in flight per model, at least 1.
    pub concurrency: usize,
    /// What one request may take.
    pub limit: Duration,
    /// Times one request is tried again after a failure that may pass.
    pub retries: usize,
    /// The pause before the second try, doubled for each further one, with up to as much again at
    /// random; a server's `Retry-After` takes its place.
    pub pause: Duration,
}

impl From<&Sampling> for Pace {
    fn from(sampling: &Sampling) -> Pace {
        Pace {
            concurrency: sampling.concurrency,
            limit: Duration::from_secs(sampling.timeout),
            retries: sampling.retries,
            pause: Duration::from_millis(500),
        }
    }
}

/// The pauses between the tries of one question.
pub(super) fn pauses(pace: &Pace) -> ExponentialBuilder {
    ExponentialBuilder::new()
        .with_min_delay(pace.pause)
        .with_max_delay(LONGEST_PAUSE)
        .with_max_times(pace.retries)
        .with_jitter()
}
