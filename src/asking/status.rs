//! The progress of sampling, for displays: numbers only, which any thread can read at any time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::lane::Lane;
use super::{Sampler, hold};

/// How far one model has got in this process.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Status {
    pub(crate) model: String,
    /// The number of responses wanted so far, arrived or not. It grows as checks ask for more.
    pub(crate) wanted: u64,
    /// The number of responses that have arrived.
    pub arrived: u64,
    /// The number of questions that were given up.
    pub(crate) failed: u64,
    /// The number of requests in flight.
    pub in_flight: usize,
    /// How many requests may be in flight now.
    pub(crate) window: usize,
    /// The share of the provider's or the config's limit per minute that is used, in 0 ..= 1.
    pub(crate) limit_used: Option<f64>,
    /// The US dollars spent, if the model has a price.
    pub spent: Option<f64>,
    /// Why nothing is asked at the moment, and for how much longer.
    pub(crate) waiting: Option<(String, Duration)>,
}

impl Sampler {
    /// Returns the progress of each model that has been asked in this process.
    pub fn status(&self) -> Vec<Status> {
        let now = Instant::now();
        let status = |lane: &Arc<Lane>| lane.status(now);
        let mut all: Vec<Status> = hold(&self.lanes).values().map(status).collect();
        for status in &mut all {
            status.spent = self.ledger.spent(&status.model);
        }
        all
    }
}
