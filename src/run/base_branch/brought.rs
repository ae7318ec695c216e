//! The files that a pull request brings itself: those of recordings, snapshots and baselines, which nobody need have
//! asked a model for, and those that say what is judged.

mod links;
mod settings;

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::git::{self, TreeFile};
use super::{BaseBranch, BaseFinding};
use crate::config::{Config, FILE};
use crate::suite::{RUST, RustSuites};

/// What a pull request brings.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct BroughtFiles {
    /// The base branch, for readers, if it is known.
    pub base: Option<String>,
    /// Whether the base branch's files count in place of these.
    pub by_base: bool,
    /// Recordings, snapshots and baselines that differ from the base branch.
    pub files: Vec<BroughtFile>,
    /// The config and suites that differ from the base branch.
    pub rules: Vec<BroughtFile>,
    /// What is not known, and settings that differ.
    pub notes: Vec<String>,
}

/// A file of the pull request that differs from the base branch's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct BroughtFile {
    pub path: String,
    pub change: &'static str,
}

impl BroughtFiles {
    /// Compares the commit that is judged with the base branch. Returns `None` where nothing names a base branch, as
    /// on a developer's machine.
    pub(crate) fn find(found: &BaseFinding, config: &Config) -> Option<BroughtFiles> {
        let mut brought =
            BroughtFiles { by_base: found.by_base, notes: found.notes.clone(), ..BroughtFiles::default() };
        let unknown = |why: &str| format!("it is not known which files are from this pull request: {why}");
        let base = match &found.base {
            Ok(Some(base)) => base,
            Ok(None) if brought.notes.is_empty() => return None,
            Ok(None) => return Some(brought),
            Err(why) => {
                brought.notes.push(unknown(why));
                return Some(brought);
            }
        };
        brought.base = Some(base.words());
        match compared(base, config) {
            Ok((files, rules, notes)) => {
                (brought.files, brought.rules) = (files, rules);
                brought.notes.extend(notes);
            }
            Err(why) => brought.notes.push(unknown(&why)),
        }
        Some(brought)
    }

    /// Returns whether there is nothing to say.
    pub(crate) fn is_empty(&self) -> bool {
        !self.by_base && self.files.is_empty() && self.rules.is_empty() && self.notes.is_empty()
    }
}

/// Data, what says how it is judged, and notes about both.
type BroughtLists = (Vec<BroughtFile>, Vec<BroughtFile>, Vec<String>);

fn compared(base: &BaseBranch, config: &Config) -> Result<BroughtLists, String> {
    let root = &config.root;
    let judged = BaseBranch::judged(root)?;
    // What both had when they parted is on the base branch, too, if only in its past.
    let parted = match base.folder == *root {
        true => git::line(root, &["merge-base", &base.commit, &judged.commit]).ok(),
        false => None,
    };
    let parted = parted.map(|commit| BaseBranch { commit, ..base.clone() });
    let mut followed = links::FollowedLinks::new(root, &judged.top);
    let mut differing = |path: &Path| -> Result<Vec<BroughtFile>, String> {
        let mut brought = Vec::new();
        let mut open = followed.places(path);
        while let Some(path) = open.pop() {
            let here = judged.files(root, &path)?;
            let there = base.files(root, &path)?;
            let then = parted.as_ref().map(|parted| parted.files(root, &path)).transpose()?;
            brought.extend(differ(&here, &there, then.as_ref()));
            // What a link leads to is read in its place, whether the link itself is new or not.
            let linked = here.values().filter(|file| file.is_link());
            open.extend(linked.flat_map(|link| followed.linked(&link.path)));
        }
        Ok(brought)
    };
    let (mut files, mut rules) = (Vec::new(), Vec::new());
    let entries = |list: &[(String, _)]| -> Vec<std::path::PathBuf> {
        list.iter().filter(|(entry, _)| entry != "builtin").map(|(entry, _)| root.join(entry)).collect()
    };
    let suites: Vec<_> = config.suites.iter().filter(|(entry, _)| entry != RUST).cloned().collect();
    let data =
        [config.recordings.clone(), config.snapshots.clone()].into_iter().chain(entries(&config.baselines));
    for path in data {
        files.extend(differing(&path)?);
    }
    let settings = settings::of_cargo(root, &judged.top);
    let all = [root.join(FILE)].into_iter().chain(entries(&suites)).chain(named_by_suites(config));
    for path in all.chain(settings.iter().cloned()) {
        rules.extend(differing(&path)?);
    }
    // Folders may lie in each other.
    for all in [&mut files, &mut rules] {
        all.sort_by(|a, b| a.path.cmp(&b.path));
        all.dedup();
    }
    let mut notes: Vec<String> = followed.notes().collect();
    notes.extend(settings::told(&settings, &judged.top, &rules));
    Ok((files, rules, notes))
}

/// Returns the files that suites name: the stories of a ranking, the suites that are extended, and the Rust files that
/// hand suites over. A suite that is wrong is a mistake of the run, and names none here.
fn named_by_suites(config: &Config) -> Vec<std::path::PathBuf> {
    let loaded = config.load_suites();
    let files = loaded.suites.iter().flat_map(|suite| &suite.files);
    let own = files.filter(|file| !file.name.starts_with("builtin:"));
    let rust = config.rust.iter().filter(|_| config.takes_rust()).flat_map(RustSuites::files);
    // The source of a dependency is none of the repository's files: Cargo.lock names its version.
    let rust = rust.filter(|file| Path::new(file).is_relative());
    own.map(|file| &*file.name).chain(rust).map(|file| config.root.join(file)).collect()
}

/// Files by their paths from the crate's folder, or else from the top.
type FilesByPath = BTreeMap<String, TreeFile>;

impl BaseBranch {
    /// Returns the files at or below a path of the crate. What a crate of another folder than on the base branch has
    /// is compared all the same.
    fn files(&self, root: &Path, path: &Path) -> Result<FilesByPath, String> {
        let place = self.place(root, path)?;
        let files = git::files(&self.folder, &self.commit, &place)?;
        let name = |file: &TreeFile| file.path.strip_prefix(&self.prefix).unwrap_or(&file.path).to_owned();
        Ok(files.into_iter().map(|file| (name(&file), file)).collect())
    }
}

/// Returns the files that are other than on the base branch now, and than they were when the branches parted, if that
/// is known.
fn differ(here: &FilesByPath, there: &FilesByPath, then: Option<&FilesByPath>) -> Vec<BroughtFile> {
    let mut brought = Vec::new();
    let mut bring = |file: &TreeFile, change| {
        brought.push(BroughtFile { path: file.path.clone(), change });
    };
    for (name, file) in here {
        let same = |known: &TreeFile| known.id == file.id && known.mode == file.mode;
        let known = |files: &FilesByPath| files.get(name).is_some_and(same);
        if known(there) || then.is_some_and(known) {
            continue;
        }
        bring(file, if there.contains_key(name) { "changed" } else { "added" });
    }
    for (name, file) in there.iter().filter(|(name, _)| !here.contains_key(*name)) {
        // What the base branch has got since is not deleted.
        if then.is_none_or(|then| then.contains_key(name)) {
            bring(file, "deleted");
        }
    }
    brought
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(list: &[(&str, &str)]) -> FilesByPath {
        let file = |(path, id): &(&str, &str)| {
            let (path, id) = ((*path).to_owned(), (*id).to_owned());
            (path.clone(), TreeFile { mode: "100644".to_owned(), id, path })
        };
        list.iter().map(file).collect()
    }

    #[test]
    fn only_what_the_base_branch_never_had_is_brought() {
        let then = files(&[
            ("same", "1"),
            ("moved on", "1"),
            ("edited", "1"),
            ("gone", "1"),
            ("removed there", "1"),
        ]);
        let there =
            files(&[("same", "1"), ("moved on", "2"), ("edited", "1"), ("gone", "1"), ("new there", "1")]);
        let here = files(&[
            ("same", "1"),
            ("moved on", "1"),
            ("edited", "9"),
            ("added", "1"),
            ("removed there", "1"),
        ]);
        let told: Vec<_> =
            differ(&here, &there, Some(&then)).into_iter().map(|one| (one.path, one.change)).collect();
        let wanted = [("added", "added"), ("edited", "changed"), ("gone", "deleted")];
        assert_eq!(told, wanted.map(|(path, change)| (path.to_owned(), change)));
        // Without the past of the branches, whatever differs is told.
        let all = differ(&here, &there, None);
        assert_eq!(all.len(), 6, "{all:?}");
    }
}
