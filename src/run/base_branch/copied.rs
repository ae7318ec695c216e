//! The base branch's recordings, snapshots and baselines, copied out of git into a folder of this process's own. They
//! take the place of those that lie in the crate, which are not read then.

use std::fs::{self, File};
use std::path::{Component, Path, PathBuf};

use tempfile::TempDir;

use super::BaseBranch;
use super::git;
use crate::config::Config;
use crate::ground::text::one_line;

/// The files of the base branch that a run is judged by, until it ends.
#[derive(Debug)]
pub(crate) struct BaseFiles {
    /// Deleted with it.
    _folder: TempDir,
    commit: String,
}

impl BaseFiles {
    /// Copies the files of the base branch, and returns the config that has them in place of the crate's own. Of a run
    /// that asks everything anew (`live`), the recordings are its own.
    ///
    /// # Errors
    /// Why they cannot be had, as a fragment.
    pub(crate) fn copy(
        base: &BaseBranch,
        mut config: Config,
        live: bool,
    ) -> Result<(Config, BaseFiles), String> {
        let folder = tempfile::Builder::new().prefix("alignspec-base-").tempdir();
        let folder = folder.map_err(|cause| format!("no folder can be made for them: {cause}"))?;
        let root = config.root.clone();
        let copied = |path: &Path| copied(base, (&root, path), folder.path());
        if !live {
            config.recordings = copied(&config.recordings)?;
        }
        config.snapshots = copied(&config.snapshots)?;
        for (entry, _) in config.baselines.iter_mut().filter(|(entry, _)| entry != "builtin") {
            let path = copied(&root.join(&*entry))?;
            if Path::new(entry).is_absolute() {
                *entry = path.to_str().ok_or("the folder for temporary files is not UTF-8")?.to_owned();
            }
        }
        config.baselines_root = folder.path().join(&base.prefix);
        fs::create_dir_all(&config.baselines_root)
            .map_err(|cause| format!("no folder can be made for them: {cause}"))?;
        config.outside.push(folder.path().to_owned());
        // A store may be another one than the base branch's, and others can write to it.
        config.store = None;
        Ok((config, BaseFiles { _folder: folder, commit: base.commit.clone() }))
    }

    /// Returns the commit of the base branch.
    pub(crate) fn commit(&self) -> &str {
        &self.commit
    }
}

/// Copies a file, or all that is in a folder, and returns where it is now. What the base branch does not have is not
/// there.
fn copied(base: &BaseBranch, (root, path): (&Path, &Path), into: &Path) -> Result<PathBuf, String> {
    let place = base.place(root, path)?;
    let mut files = git::files(&base.folder, &base.commit, &place)?;
    // No run reads anything else, and a partial checkout need not have it.
    files.retain(|file| {
        !file.is_regular()
            || [".jsonl", ".json", ".snap", ".toml", ".csv"].iter().any(|end| file.path.ends_with(end))
    });
    for file in &files {
        let path = Path::new(&file.path);
        let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
        if !file.is_regular() || !plain || file.path.contains('\u{fffd}') {
            return Err(format!(
                "{} is not a regular file there (but a symbolic link, for example), which is not followed",
                one_line(&file.path, 200)
            ));
        }
    }
    git::contents(&base.folder, &files, |file, content| {
        let to = into.join(&file.path);
        to.parent().map_or(Ok(()), fs::create_dir_all)?;
        // Two files whose names are one on this system are not mixed.
        std::io::copy(content, &mut File::create_new(to)?).map(drop)
    })?;
    Ok(into.join(place))
}
