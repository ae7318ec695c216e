//! Without the feature `object-store` there is no store: a config that names one is refused at its
//! line ([`config::StoreLocation`](crate::config::StoreLocation)).

use super::{SampleError, Sampler, SamplingUnit};
use crate::config::StoreLocation;
use crate::recording::Recording;

/// Stands where a store would; does nothing.
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

    /// Ends a run: puts into the store what is not there yet.
    ///
    /// # Errors
    /// None: this was built without the feature `object-store`.
    pub fn finish(&self) -> Result<(), Vec<SampleError>> {
        Ok(())
    }
}
