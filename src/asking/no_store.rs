//! Replaces `store.rs` if the feature `object-store` is off. A config that names a store is rejected
//! ([`config::StoreLocation`](crate::config::StoreLocation)).

use super::{SampleError, Sampler, SamplingUnit};
use crate::config::StoreLocation;
use crate::recording::Recording;

/// A store that does nothing.
#[derive(Debug)]
pub(super) struct Store;

impl Store {
    pub(super) fn new(_: &StoreLocation) -> Store {
        Store
    }
}

impl Sampler {
    pub(super) fn pull(&self, _: &SamplingUnit<'_>, _: &mut Recording) -> Result<(), SampleError> {
        match self.store {
            Some(Store) | None => Ok(()),
        }
    }

    pub(super) fn push(&self, _: &SamplingUnit<'_>, _: &Recording, _: usize) {}

    /// Does nothing, as there is no store.
    ///
    /// # Errors
    /// Never returns an error.
    pub fn finish(&self) -> Result<(), Vec<SampleError>> {
        Ok(())
    }
}
