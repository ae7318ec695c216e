//! How fast a model is asked, and how long to wait between two tries.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

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
    /// How often a request is tried again after a failure that may pass.
    pub retries: usize,
    /// The longest pause before the third try, doubled for each further one. The pause before the second is a
    /// fraction of the time to an answer. A server's `Retry-After` takes their place. A model that never
    /// answers is tried for 240 times as long.
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

/// Returns how long a question waits after its `failures`th failure in a row: any time up to a bound that
/// doubles, so that questions that failed together do not come back together ("full jitter", M. Brooker, AWS
/// 2015). `first` is the bound after the first failure.
pub(super) fn backoff(failures: usize, first: Duration, pace: &Pace) -> Duration {
    let most = match failures.checked_sub(2) {
        None => first.min(pace.pause),
        Some(doubled) => pace.pause.saturating_mul(1 << doubled.min(16)).min(LONGEST_PAUSE),
    };
    most.mul_f64(chance())
}

/// Returns how long a question waits after `refusals`, while others are answered and the server asks for no
/// wait. It begins with a fraction of the time to an answer, since the next try will probably pass.
pub(super) fn soon(refusals: usize, first: Duration, pace: &Pace) -> Duration {
    let most = first.saturating_mul(1 << (2 * refusals.saturating_sub(1)).min(20));
    most.min(pace.pause.saturating_mul(2)).mul_f64(chance())
}

/// Returns a random number in 0 .. 1, from the keys that the standard library draws for its maps.
pub(super) fn chance() -> f64 {
    let drawn = RandomState::new().build_hasher().finish();
    (drawn >> 11) as f64 / (1_u64 << 53) as f64
}
