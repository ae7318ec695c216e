//! Without the feature `object-store` there is no store: a config that names one is refused at its
//! line ([`config::Store`](crate::config::Store)).

use super::{SampleError, Sampler, Unit};
use crate::config::Store as Place;
use crate::recording::Recording;

/// Stands where a store would; does nothing.
#[derive(Debug)]
pub(super) struct Store;

impl Store {
    pub(super) fn new(_: &Place) -> Store {
        Store
    }
}

impl Sampler {
    pub(super) fn pull(&self, _: &Unit<'_>, _: &mut Recording) -> Result<(), SampleError> {
        match self.store {
            Some(Store) | None => Ok(()),
        }
    }

    pub(super) fn push(&self, _: &Unit<'_>, _: &Recording, _: usize) {}

    /// Ends a run: puts into the store what is not there yet.
    ///
    /// # Errors
    /// None: this was built without the feature `object-store`.
    pub fn finish(&self) -> Result<(), Vec<SampleError>> {
        Ok(())
    }
}
