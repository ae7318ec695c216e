//! The files that a plan is made of, besides the config.

use std::path::Path;

use crate::baseline;
use crate::config::Config;
use crate::ground::diagnostic::{Diagnostic, Source};
use crate::ground::files;
use crate::suite;

/// All of them, in the order of the config's entries.
pub(super) struct Inputs {
    pub(super) suites: Vec<InputFile>,
    pub(super) tallies: Vec<InputFile>,
}

/// One of them. What comes with the program is made a [`Source`] only where it is needed: a trial needs few of many.
pub(super) enum InputFile {
    Builtin { name: &'static str, text: &'static str },
    Read(Source),
}

impl InputFile {
    pub(super) fn source(&self) -> Source {
        match self {
            InputFile::Builtin { name, text } => Source::new(format!("builtin:{name}"), *text),
            InputFile::Read(source) => source.clone(),
        }
    }

    pub(super) fn is_builtin(&self) -> bool {
        matches!(self, InputFile::Builtin { .. })
    }

    /// Whether it is this source.
    pub(super) fn is(&self, source: &Source) -> bool {
        match self {
            InputFile::Builtin { name, .. } => {
                source.name.strip_prefix("builtin:") == Some(name) && self.source() == *source
            }
            InputFile::Read(own) => own == source,
        }
    }
}

impl Inputs {
    /// As the config names them; `None` where one cannot be read.
    pub(super) fn read(root: &Path, config: &Config) -> Option<Inputs> {
        let read = |entries: &[(String, Diagnostic)], builtin: &'static [(&'static str, &'static str)]| {
            let mut all = Vec::new();
            for (entry, _) in entries {
                if entry == "builtin" {
                    all.extend(builtin.iter().map(|(name, text)| InputFile::Builtin { name, text }));
                    continue;
                }
                for source in files::sources(root, entry, &config.outside, &[]) {
                    all.push(InputFile::Read(source.ok()?));
                }
            }
            Some(all)
        };
        let suites = read(&config.suites, &suite::BUILTIN)?;
        Some(Inputs { suites, tallies: read(&config.baselines, &baseline::BUILTIN)? })
    }

    /// A hash of them, and of what lies in the folders that are looked at although nobody lists them.
    pub(super) fn hash(&self, root: &Path) -> [u8; 32] {
        let mut hash = blake3::Hasher::new();
        let mut part = |bytes: &[u8]| {
            hash.update(&(bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        for list in [&self.suites, &self.tallies] {
            part(&list.len().to_le_bytes());
            for file in list {
                match file {
                    // What comes with the program is known by the program.
                    InputFile::Builtin { name, .. } => {
                        part(b"builtin");
                        part(name.as_bytes());
                    }
                    InputFile::Read(source) => {
                        part(source.name.as_bytes());
                        part(source.text.as_bytes());
                    }
                }
            }
        }
        for folder in ["suites", "baselines"].map(|name| root.join(name)) {
            for name in files::list(&folder).unwrap_or_default() {
                part(name.as_bytes());
                let file = folder.join(&name);
                let text = file.is_file().then(|| std::fs::read(&file).unwrap_or_default());
                part(&[u8::from(text.is_some())]);
                part(&text.unwrap_or_default());
            }
        }
        *hash.finalize().as_bytes()
    }
}
