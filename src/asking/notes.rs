//! What is written down of a pass while it goes on: each request before it is sent, and each response when it comes. So
//! whatever ends a run, the next one knows which answers it may have lost.

use super::turns::TurnPass;
use crate::provider::Response;
use crate::recording::RecordingError;
use crate::recording::locked::Locked;
use crate::recording::lost_tries::LostTries;

/// The notes of one pass, under the lock of its recording.
pub(super) struct PassNotes<'p, 'l> {
    pass: &'p TurnPass<'p>,
    locked: &'p mut Locked<'l>,
    tries: LostTries,
    came: usize,
}

impl<'p, 'l> PassNotes<'p, 'l> {
    pub(super) fn new(
        pass: &'p TurnPass<'p>,
        locked: &'p mut Locked<'l>,
    ) -> Result<PassNotes<'p, 'l>, RecordingError> {
        locked.expect(pass.places.len());
        let tries = LostTries::read(locked.recording())?;
        Ok(PassNotes { pass, locked, tries, came: 0 })
    }

    /// How many tries for the question at a place were lost in earlier runs.
    pub(super) fn lost_before(&self, place: usize) -> u32 {
        self.tries.of(self.pass.addresses[place])
    }

    /// A request for the question at a place is about to be sent: with it, so many tries are lost unless it is answered.
    pub(super) fn sends(&mut self, place: usize, lost: u32) -> Result<(), RecordingError> {
        self.tries.sends(self.pass.addresses[place], lost)
    }

    /// A request was turned down before the model got it, so that only so many tries are lost.
    pub(super) fn turned_down(&mut self, place: usize, lost: u32) -> Result<(), RecordingError> {
        self.tries.sends(self.pass.addresses[place], lost)
    }

    /// A response came, which says itself how many tries were lost before it.
    pub(super) fn keeps(&mut self, place: usize, response: Response) -> Result<(), RecordingError> {
        self.pass.keep(self.locked, place, response)?;
        self.tries.note(self.pass.addresses[place], 0);
        self.came += 1;
        Ok(())
    }

    /// Puts everything on the disk when the pass has ended. Returns how many responses came.
    pub(super) fn settle(mut self) -> Result<usize, RecordingError> {
        self.locked.settle()?;
        self.tries.settle()?;
        Ok(self.came)
    }
}
