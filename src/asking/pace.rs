//! How fast a model is asked, and how long between two tries.

use std::hash::{BuildHasher, Hasher, RandomState};
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
    /// The time that one request may take.
    pub limit: Duration,
    /// Times one request is tried again after a failure that may pass.
    pub retries: usize,
    /// The longest pause before the third try, doubled for each further one; before the second it is a
    /// fraction of what an answer takes. A server's `Retry-After` takes its place. A model that answers
    /// nobody is tried for 240 times as long.
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

/// How long a question waits after its `failures`th failure in a row: any time up to a bound that doubles,
/// so that those that failed together do not come back together ("full jitter", M. Brooker, AWS 2015).
/// `first` is the bound after the first one.
pub(super) fn backoff(failures: usize, first: Duration, pace: &Pace) -> Duration {
    let most = match failures.checked_sub(2) {
        None => first.min(pace.pause),
        Some(doubled) => pace.pause.saturating_mul(1 << doubled.min(16)).min(LONGEST_PAUSE),
    };
    most.mul_f64(chance())
}

/// How long a question waits that was refused so many times while others were answered, and no wait was asked
/// for: from a fraction of an answer's latency on, since the next try is likely to pass.
pub(super) fn soon(refusals: usize, first: Duration, pace: &Pace) -> Duration {
    let most = first.saturating_mul(1 << (2 * refusals.saturating_sub(1)).min(20));
    most.min(pace.pause.saturating_mul(2)).mul_f64(chance())
}

/// A number in 0 .. 1, another one each time; of the keys that the standard library draws for its maps.
pub(super) fn chance() -> f64 {
    let drawn = RandomState::new().build_hasher().finish();
    (drawn >> 11) as f64 / (1_u64 << 53) as f64
}

/// The pauses between the tries of one batch.
pub(super) fn pauses(pace: &Pace) -> ExponentialBuilder {
    ExponentialBuilder::new()
        .with_min_delay(pace.pause)
        .with_max_delay(LONGEST_PAUSE)
        .with_max_times(pace.retries)
        .with_jitter()
}
