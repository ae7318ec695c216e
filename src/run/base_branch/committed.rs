//! Files that git has and the crate's folder lacks, and files that git is told to pass over.

use std::path::Path;

use super::{BaseBranch, BroughtFiles, git};
use crate::config::FILE;
use crate::ground::text::one_line;

/// A file that is not there, and that git has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeletedFile {
    /// Where git has it, for readers: `HEAD`, or the base branch.
    pub by: String,
    /// The commit to bring it back from.
    pub from: String,
    /// Its path from the crate's folder.
    pub path: String,
}

/// Returns where git has a file of the crate in `root` that is not there; `None` where it never was, or git does not tell.
pub(crate) fn deleted(root: &Path, path: &Path, brought: Option<&BroughtFiles>) -> Option<DeletedFile> {
    // A link that leads nowhere is there.
    if path.symlink_metadata().is_ok() {
        return None;
    }
    let shown = one_line(&path.strip_prefix(root).unwrap_or(path).display().to_string(), 200);
    let judged = BaseBranch::judged(root).ok()?;
    let place = judged.place(root, path).ok()?;
    let has = git::files(root, &judged.commit, &place)
        .is_ok_and(|files| files.iter().any(|file| file.path == place));
    if has {
        return Some(DeletedFile { by: "HEAD".to_owned(), from: "HEAD".to_owned(), path: shown });
    }
    let brought = brought?;
    let gone = brought.files.iter().any(|file| file.change == "deleted" && file.path == place);
    let base = brought.base.as_deref().filter(|_| gone)?;
    let from = base.rsplit(", ").next().unwrap_or(base).to_owned();
    Some(DeletedFile { by: format!("the base branch ({base})"), from, path: shown })
}

/// Returns those of some files of the crate in `root` that `.gitignore` keeps out of git, by their paths from there. Where
/// it keeps out the whole crate, as one in a build folder, nobody keeps it, and there are none.
pub(crate) fn ignored<'a>(root: &Path, files: impl Iterator<Item = &'a Path>) -> Vec<String> {
    let shown = |path: &Path| Some(path.strip_prefix(root).ok()?.to_str()?.to_owned());
    let mut paths: Vec<String> = files.filter_map(shown).collect();
    paths.insert(0, FILE.to_owned());
    // A command line has an end.
    let mut found: Vec<String> = paths.chunks(200).flat_map(|some| git::ignored(root, some)).collect();
    if found.iter().any(|path| path == FILE) {
        return Vec::new();
    }
    found.sort();
    found
}
