//! The Rust values of a test target, kept in cargo's build folder each time that it starts: the program `cargo alignspec`
//! cannot see into the target, and reads them there.

use std::path::Path;
#[cfg(feature = "cli")]
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

#[cfg(feature = "cli")]
use crate::ground::regular::read_bounded;
use crate::ground::replace::replace;
use crate::kept::KeptFolder;
use crate::suite::RustSuites;

/// The version of the format.
const FORMAT: u32 = 1;

/// The most bytes of a kept file: many times what a run could judge.
#[cfg(feature = "cli")]
const MOST: u64 = 64 << 20;

/// The file of one test target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct KeptSuites {
    format: u32,
    target: String,
    suites: RustSuites,
    /// A hash of all fields above.
    checksum: String,
}

impl KeptSuites {
    fn of(target: &str, suites: &RustSuites) -> KeptSuites {
        let kept = KeptSuites {
            format: FORMAT,
            target: target.to_owned(),
            suites: suites.clone(),
            checksum: String::new(),
        };
        KeptSuites { checksum: kept.hash(), ..kept }
    }

    fn hash(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        let mut part = |bytes: &[u8]| {
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        part(&self.format.to_le_bytes());
        part(self.target.as_bytes());
        // Texts and numbers can always be written.
        part(&serde_json::to_vec(&self.suites).unwrap_or_default());
        hasher.finalize().to_hex().to_string()
    }
}

/// Returns the folder for a crate's test targets in the folder of what is kept.
fn place(kept: &KeptFolder, root: &Path) -> std::path::PathBuf {
    let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let name = blake3::hash(root.as_os_str().as_encoded_bytes()).to_hex()[..32].to_owned();
    kept.folder().join("rust").join(name)
}

/// Keeps what this process's test target hands over; where it hands nothing over, only if it did before.
pub(crate) fn keep_suites(root: &Path, target: &str, suites: &RustSuites) {
    let Some(kept) = KeptFolder::of_program() else { return };
    let folder = place(&kept, root);
    let path = folder.join(format!("{target}.json"));
    if suites.is_empty() && !path.exists() {
        return;
    }
    let written = serde_json::to_vec_pretty(&KeptSuites::of(target, suites)).map_err(std::io::Error::from);
    let written = written.and_then(|bytes| {
        std::fs::create_dir_all(&folder)?;
        replace(&path, &[&bytes])
    });
    if let Err(error) = written {
        eprintln!(
            "warning: the Rust values of this test target cannot be kept in {}, so that `cargo alignspec` does not know them: {error}",
            folder.display()
        );
    }
}

/// What test targets have kept.
#[cfg(feature = "cli")]
#[derive(Debug)]
pub(crate) struct FoundSuites {
    pub(crate) suites: RustSuites,
    /// When they were kept.
    pub(crate) at: Option<std::time::SystemTime>,
}

/// Why what test targets have kept is of no use.
#[cfg(feature = "cli")]
#[derive(Debug)]
pub(crate) enum NoSuites {
    /// No target has kept any.
    Missing,
    /// A file is not as it was written.
    Damaged(PathBuf),
    /// Two targets hand over different ones.
    Several([PathBuf; 2]),
}

/// Returns what the test targets of a crate have kept in one of its build folders.
///
/// # Errors
/// There is none, or it is damaged, or it is not clear which counts.
#[cfg(feature = "cli")]
pub(crate) fn kept_suites(builds: &[PathBuf], root: &Path) -> Result<FoundSuites, NoSuites> {
    let mut found: Option<(PathBuf, KeptSuites, Option<std::time::SystemTime>)> = None;
    for build in builds {
        let folder = place(&KeptFolder::in_build(build), root);
        let names = crate::ground::files::list(&folder, &["json"]).unwrap_or_default();
        for path in names.iter().map(|name| folder.join(name)) {
            let bytes = read_bounded(&path, MOST).map_err(|_| NoSuites::Damaged(path.clone()))?;
            let kept: KeptSuites =
                serde_json::from_slice(&bytes).map_err(|_| NoSuites::Damaged(path.clone()))?;
            if kept.format != FORMAT || kept.checksum != kept.hash() {
                return Err(NoSuites::Damaged(path));
            }
            let at = std::fs::metadata(&path).and_then(|data| data.modified()).ok();
            match &found {
                Some((other, known, _)) if known.suites != kept.suites => {
                    return Err(NoSuites::Several([other.clone(), path]));
                }
                // The older of two alike may be of sources that have changed since.
                Some((_, _, known)) if *known <= at => {}
                _ => found = Some((path, kept, at)),
            }
        }
    }
    let (_, kept, at) = found.ok_or(NoSuites::Missing)?;
    Ok(FoundSuites { suites: kept.suites, at })
}
