//! The files, besides the config, from which a plan is made.

use std::path::Path;

use crate::baseline;
use crate::config::Config;
use crate::ground::diagnostic::{Diagnostic, Source};
use crate::ground::{files, regular};
use crate::suite;

/// All input files, in the order of the config's entries.
pub(super) struct Inputs {
    pub(super) suites: Vec<InputFile>,
    pub(super) tallies: Vec<InputFile>,
}

/// One input file. A file that comes with the program becomes a [`Source`] only when needed, because a trial needs
/// few of them.
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

    /// Returns whether this file is the given source.
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
    /// Reads the files that the config names, and takes the Rust values in their place; `None` if one cannot be read.
    pub(super) fn read(root: &Path, config: &Config) -> Option<Inputs> {
        type Builtin = &'static [(&'static str, &'static str)];
        let read =
            |entries: &[(String, Diagnostic)], builtin: Builtin, endings: &[&str], takes_rust: bool| {
                let mut all = Vec::new();
                for (entry, _) in entries {
                    if entry == suite::RUST && takes_rust {
                        all.extend(config.rust.as_ref()?.sources().map(InputFile::Read));
                        continue;
                    }
                    if entry == "builtin" {
                        all.extend(builtin.iter().map(|(name, text)| InputFile::Builtin { name, text }));
                        continue;
                    }
                    for source in files::sources(root, entry, &config.outside, &[], endings) {
                        all.push(InputFile::Read(source.ok()?));
                    }
                }
                Some(all)
            };
        let suites = read(&config.suites, &suite::BUILTIN, &suite::ENDINGS, true)?;
        Some(Inputs {
            suites,
            tallies: read(&config.baselines, &baseline::BUILTIN, &baseline::ENDINGS, false)?,
        })
    }

    /// Returns a hash of the files, and of the usual folders that the config does not list.
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
                    // The program's own hash covers the text of built-in files.
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
        for folder in ["suites", "baselines", suite::RUST].map(|name| root.join(name)) {
            for name in files::list(&folder, &baseline::ENDINGS).unwrap_or_default() {
                part(name.as_bytes());
                let file = folder.join(&name);
                // What is longer is not read.
                let start = || regular::read_start(&file, files::MOST_BYTES).unwrap_or_default();
                let text = file.is_file().then(start);
                part(&[u8::from(text.is_some())]);
                part(&text.unwrap_or_default());
            }
        }
        *hash.finalize().as_bytes()
    }
}
