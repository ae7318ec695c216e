//! How sampling stands, for whoever shows it: numbers only, read at any moment from any thread.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::lane::Lane;
use super::{Sampler, hold};

/// How far one model has got in this process.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Status {
    pub(crate) model: String,
    /// Responses that have been asked for so far, arrived or not; grows as checks ask for more.
    pub(crate) wanted: u64,
    /// Responses that have arrived.
    pub arrived: u64,
    /// Questions given up.
    pub(crate) failed: u64,
    /// Requests on their way.
    pub in_flight: usize,
    /// As many as may be on their way now.
    pub(crate) window: usize,
    /// The share of the provider's or the config's limit per minute that is used, in 0 ..= 1.
    pub(crate) limit_used: Option<f64>,
    /// US dollars spent, where the model has a price.
    pub spent: Option<f64>,
    /// Why nothing is asked at the moment, and for how much longer.
    pub(crate) waiting: Option<(String, Duration)>,
}

impl Sampler {
    /// How far each model that has been asked has got in this process.
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
