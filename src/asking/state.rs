//! The state of a recording as a hash, which changes whenever what is read from it may change.

use blake3::{Hash, Hasher};

use super::{Mode, Sampler, hold};
use crate::config::Model;
use crate::recording::{companions, place};
use crate::suite::Task;

impl Sampler {
    /// Returns a hash of all bytes that a model's recorded answers to a task are read from, and of what decides
    /// whether they suffice: the mode, and whether the model may be asked. Returns `None` if the hash cannot
    /// cover everything: in live mode, with a store, and for files that are damaged or cannot be read.
    pub(crate) fn state(&self, model: &Model, task: &Task) -> Option<[u8; 32]> {
        if self.mode == Mode::Live || self.store.is_some() {
            return None;
        }
        let path = self.mode.file(&self.folder, &model.name, &task.id, self.variables);
        let known = hold(&self.recordings).get(&path).cloned();
        if known.is_some_and(|recording| hold(&recording).torn().is_some()) {
            return None;
        }
        place::check(&path).ok()?;
        if !companions::are_settled(&path) {
            return None;
        }
        let mut hashes = hold(&self.hashes);
        let base = match &self.base {
            None => None,
            Some(base) => {
                let base = self.mode.file(base, &model.name, &task.id, self.variables);
                crate::ground::regular::check(&base, 1).ok()?;
                hashes.contents(&base)?
            }
        };
        Some(self.hash(model, hashes.contents(&path)?, base))
    }

    /// Returns the same hash for the bytes that this process has read. It equals that of the files only if they still
    /// hold what was read. Returns `None` if nothing was read, a line is torn, or other files were read too.
    pub(crate) fn state_read(&self, model: &Model, task: &Task) -> Option<[u8; 32]> {
        let path = self.mode.file(&self.folder, &model.name, &task.id, self.variables);
        let known = hold(&self.recordings).get(&path).cloned()?;
        let known = hold(&known);
        let seen = known.seen.of_files().filter(|_| known.torn().is_none())?;
        Some(self.hash(model, seen.0, seen.1))
    }

    fn hash(&self, model: &Model, file: Option<Hash>, base: Option<Hash>) -> [u8; 32] {
        let mut hash = Hasher::new();
        hash.update(self.mode.to_string().as_bytes());
        hash.update(&[u8::from(self.asks(model)), u8::from(self.mistaken), u8::from(self.base.is_some())]);
        for contents in [file, base] {
            hash.update(&[u8::from(contents.is_some())]);
            hash.update(contents.as_ref().map_or(&[], |contents| contents.as_bytes()));
        }
        *hash.finalize().as_bytes()
    }
}
