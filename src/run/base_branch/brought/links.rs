//! The places that a path leads to where it, or a folder above it, is a symbolic link: a run reads what lies there, and git lists
//! the link alone.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::ground::text::one_line;

/// The most places that are looked at, since links may be many.
const MOST: usize = 1_000;

/// The places that links have led to.
pub(super) struct FollowedLinks<'a> {
    /// The crate's folder, as paths have it.
    root: &'a Path,
    /// The same without links, and the top of the repository.
    real: PathBuf,
    top: PathBuf,
    seen: BTreeSet<PathBuf>,
    notes: BTreeSet<String>,
}

impl<'a> FollowedLinks<'a> {
    pub(super) fn new(root: &'a Path, top: &Path) -> FollowedLinks<'a> {
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let (real, top) = (real(root), real(top));
        FollowedLinks { root, real, top, seen: BTreeSet::new(), notes: BTreeSet::new() }
    }

    /// Returns a path of the repository by way of the crate's folder, which may lie elsewhere on the base branch's machine.
    fn by_root(&self, real: &Path) -> Option<PathBuf> {
        if let Ok(rest) = real.strip_prefix(&self.real) {
            return Some(self.root.join(rest));
        }
        let rest = real.strip_prefix(&self.top).ok()?;
        let up = self.real.strip_prefix(&self.top).ok()?.components().map(|_| "..");
        Some(self.root.join(up.collect::<PathBuf>()).join(rest))
    }

    /// Returns a file of the repository, by its path there, and what it leads to.
    pub(super) fn linked(&mut self, path: &str) -> Vec<PathBuf> {
        let path = self.by_root(&self.top.join(path));
        path.map_or_else(Vec::new, |path| self.places(&path))
    }

    /// Returns a path below the crate's folder, the links on the way to it, and where they lead, as far as none of these was
    /// returned before.
    pub(super) fn places(&mut self, path: &Path) -> Vec<PathBuf> {
        let mut places = vec![path.to_owned()];
        let above = path.ancestors().skip(1).take_while(|folder| *folder != self.root);
        let above = above.filter(|folder| folder.starts_with(self.root) && folder.is_symlink());
        places.extend(above.map(Path::to_owned));
        if let Ok(real) = path.canonicalize() {
            let whole = real == self.real || real == self.top;
            match self.by_root(&real).filter(|_| !whole) {
                Some(place) => places.push(place),
                None => {
                    let shown = path.strip_prefix(self.root).unwrap_or(path).display().to_string();
                    let shown = one_line(&shown, 200);
                    let leads = if whole { "to all files of the crate" } else { "out of the repository" };
                    self.notes.insert(format!(
                        "{shown} is a link that leads {leads}: what lies there is not compared with the base branch"
                    ));
                }
            }
        }
        places.retain(|place| self.seen.len() < MOST && self.seen.insert(place.clone()));
        places
    }

    /// Returns what could not be followed.
    pub(super) fn notes(self) -> impl Iterator<Item = String> {
        self.notes.into_iter()
    }
}
