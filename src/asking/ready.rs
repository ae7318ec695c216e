//! Tells whether a test can run, even if its model cannot be asked.

use super::unit::SamplingUnit;
use super::{Mode, Sampler, hold};
use crate::recording::Recording;

/// Whether a test can run, for the list of tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ready {
    /// Every response is recorded.
    Recorded,
    /// The test runs: its model can be asked, or it will fail with a reason.
    Runs,
    /// The test is shown as ignored, for this reason.
    Ignored(String),
}

impl Sampler {
    /// Returns whether a test that needs `unit` can run. The recording is only read if it decides that: in auto
    /// mode, for a model whose key is not set.
    pub fn ready(&self, unit: &SamplingUnit<'_>) -> Ready {
        let unset = unit.model.unset(|variable| (self.variables)(variable).is_some());
        let Some(variable) = unset.filter(|_| self.mode == Mode::Auto) else { return Ready::Runs };
        let recording = self.recording(unit);
        let mut recording = hold(&recording);
        if recording.refresh().is_err() {
            // The test should fail with this error, and not be skipped.
            return Ready::Runs;
        }
        let addresses = unit.addresses();
        let missing =
            |recording: &Recording| addresses.iter().filter(|address| !recording.has(address)).count();
        if missing(&recording) > 0 && self.pull(unit, &mut recording).is_err() {
            return Ready::Runs;
        }
        let missing = missing(&recording);
        match missing {
            0 => Ready::Recorded,
            _ => Ready::Ignored(format!(
                "{missing} of {} responses are not recorded, and {variable} is not set",
                unit.questions.len()
            )),
        }
    }
}
