//! The state of a recording as a hash: as long as it is the same, so is what is read from it.

use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;

use super::{Mode, Sampler, hold, place};
use crate::config::Model;
use crate::suite::Task;

impl Sampler {
    /// A hash of all the bytes that a model's recorded answers to a task are read from, and of what decides
    /// whether they are enough: the mode, and whether the model may be asked. `None` where that is not all:
    /// what is asked anew, or shared with other machines; a file that is damaged or not to be read.
    pub(crate) fn state(&self, model: &Model, task: &Task) -> Option<[u8; 32]> {
        if self.mode == Mode::Live || self.store.is_some() || model.is_tally() {
            return None;
        }
        let path = self.mode.file(&self.folder, &model.name, &task.id, self.variables);
        let known = hold(&self.recordings).get(&path).cloned();
        if known.is_some_and(|recording| hold(&recording).torn().is_some()) {
            return None;
        }
        let mut hash = blake3::Hasher::new();
        hash.update(self.mode.to_string().as_bytes());
        hash.update(&[u8::from(self.asks(model)), u8::from(self.mistaken), u8::from(self.base.is_some())]);
        place::check(&path).ok()?;
        add(&path, &mut hash)?;
        if let Some(base) = &self.base {
            let base = self.mode.file(base, &model.name, &task.id, self.variables);
            crate::ground::regular::check(&base, 1).ok()?;
            add(&base, &mut hash)?;
        }
        Some(*hash.finalize().as_bytes())
    }
}

/// Adds a file's length and bytes, or that there is none.
fn add(path: &Path, hash: &mut blake3::Hasher) -> Option<()> {
    match File::open(path) {
        Ok(file) => {
            let before = hash.count();
            hash.update(&[1]);
            hash.update_reader(file).ok()?;
            let length = hash.count() - before;
            hash.update(&length.to_le_bytes());
        }
        Err(cause) if cause.kind() == ErrorKind::NotFound => {
            hash.update(&[0]);
        }
        Err(_) => return None,
    }
    Some(())
}
