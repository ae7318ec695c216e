//! The lost tries of machines that share a store: `<store>/<model>/<task>/<hash>.lost`. Each part is what one machine knew when a
//! run of its ended, as in `<task>.lost.json`. Whoever asks for the samples goes on counting from there: otherwise a
//! question that one machine asked in vain would count as asked for the first time by the next.

use std::path::{Path, PathBuf};

use object_store::ObjectStoreExt as _;

use super::{Shelf, Store};
use crate::asking::{SampleError, ask};
use crate::recording::lost_tries::{self, TriesOfSamples};
use crate::recording::{SampleAddress, place};

/// How the names of these parts end.
pub(super) const ENDING: &str = ".lost";

impl Store {
    /// Notes on the shelf what the parts say. Of several about one sample, the largest number counts.
    pub(super) fn know(&self, shelf: &mut Shelf, parts: &[(PathBuf, Vec<u8>)]) -> Result<(), SampleError> {
        let of = format!("{}/{}", shelf.model, shelf.task);
        for (path, bytes) in parts {
            let tries = lost_tries::read_text(bytes, &of).map_err(|cause| {
                let place = path.display().to_string();
                SampleError::Store { place, what: "used", cause: format!("{cause}: delete this file") }
            })?;
            shelf.know(tries);
        }
        Ok(())
    }

    /// Puts there what is noted beside a recording, unless all of it is known there.
    pub(super) fn put_tries(&self, shelf: &mut Shelf, recording: &Path) -> Result<(), SampleError> {
        let own = lost_tries::settled(recording, &place::name(recording))?;
        let more = |(address, lost): (&SampleAddress, &u32)| {
            shelf.tries.get(address).is_none_or(|known| known < lost)
        };
        if !own.iter().any(more) {
            return Ok(());
        }
        let of = format!("{}/{}", shelf.model, shelf.task);
        let text = lost_tries::text(&of, &own).map_err(|error| self.failed("written", &error))?;
        let name = format!("{}{ENDING}", &blake3::hash(&text).to_hex()[..32]);
        let remote = self.remote(true)?;
        let folder = remote.prefix.clone().join(shelf.model.as_str()).join(shelf.task.as_str());
        let runtime = ask::runtime().map_err(SampleError::Runtime)?;
        let done = runtime.block_on(remote.store.put(&folder.join(name.as_str()), text.into()));
        done.map_err(|error| self.failed("written", &error))?;
        shelf.seen.insert(name);
        shelf.know(own);
        Ok(())
    }
}

impl Shelf {
    fn know(&mut self, tries: TriesOfSamples) {
        for (address, lost) in tries {
            let known = self.tries.entry(address).or_default();
            *known = lost.max(*known);
        }
    }
}
