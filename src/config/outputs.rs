//! Where runs and commands may write what somebody asks them to: never in a folder that alignspec reads from, nor in one that
//! holds such a folder. Else what is written would be read as a suite, a snapshot or a recording, or replace one.

use std::path::{Component, Path, PathBuf};

use super::{Config, FILE};

/// What is written to a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OutputKind {
    File,
    Folder,
    /// Recordings, which may be those of the crate.
    Recordings,
}

/// A folder or file that is read: what it is called, and where it is.
struct InputPlace {
    name: String,
    path: PathBuf,
    /// Whether folders in it belong to it, too.
    deep: bool,
}

impl Config {
    /// Returns why nothing may be written to the place that `named` (an option or a variable) gives; `None` where it may.
    pub(crate) fn refused_output(&self, named: &str, output: &Path, kind: OutputKind) -> Option<String> {
        let place = |name: &str, path: PathBuf, deep: bool| InputPlace { name: name.to_owned(), path, deep };
        let mut inputs = vec![
            place("the snapshots", self.snapshots.clone(), true),
            place("the recordings", self.recordings.clone(), true),
        ];
        for (what, entries, root) in
            [("suites", &self.suites, &self.root), ("baselines", &self.baselines, &self.baselines_root)]
        {
            let own = entries.iter().filter(|(entry, _)| entry != "builtin");
            // Of a folder, its own files are read.
            inputs.extend(own.map(|(entry, _)| place(what, root.join(entry), false)));
        }
        refused(&self.root, inputs, (named, output), kind)
    }
}

/// Returns the same for a crate whose config cannot be read: the usual names of its folders count.
pub(crate) fn refused_output(root: &Path, named: &str, output: &Path, kind: OutputKind) -> Option<String> {
    let usual = |name: &str| InputPlace { name: format!("the {name}"), path: root.join(name), deep: true };
    let inputs = ["snapshots", "recordings", "suites", "baselines"].map(usual);
    refused(root, inputs.into(), (named, output), kind)
}

fn refused(
    root: &Path,
    mut inputs: Vec<InputPlace>,
    (named, output): (&str, &Path),
    kind: OutputKind,
) -> Option<String> {
    for (name, deep) in [
        ("src", true),
        (".git", true),
        ("tests", false),
        (FILE, false),
        ("Cargo.toml", false),
        ("Cargo.lock", false),
        ("build.rs", false),
    ] {
        inputs.push(InputPlace { name: format!("`{name}`"), path: root.join(name), deep });
    }
    let (place, root) = (real(output), real(root));
    // Of a file, it counts which folder it is put in.
    let folder = match kind {
        OutputKind::File => place.parent().unwrap_or(&place),
        OutputKind::Folder | OutputKind::Recordings => place.as_path(),
    };
    let what = inputs.into_iter().find_map(|input| {
        let path = real(&input.path);
        let same = place == path || folder == path;
        let inside = if input.deep { folder.starts_with(&path) } else { same };
        // Files may lie beside folders that are read; a folder of files may not hold these.
        let around = kind != OutputKind::File && path.starts_with(folder);
        let own = kind == OutputKind::Recordings && place == path && input.name == "the recordings";
        let is_root = kind == OutputKind::File && folder == root && place != path;
        match ((inside || same) && !own && !is_root, around && !own) {
            (true, _) => Some(format!("where {} are read from", input.name)),
            (false, true) => Some(format!("which holds {}", input.name)),
            (false, false) => None,
        }
    })?;
    let what = what.replace("` are read", "` is read");
    let of_its_own = if kind == OutputKind::File { "another folder" } else { "a folder of its own" };
    Some(format!(
        "{named} names {}, {what}: name {of_its_own}, so that what is written is never read as one of these",
        output.display()
    ))
}

/// The place that a path leads to, through links and `..`, as far as there is something.
fn real(path: &Path) -> PathBuf {
    let mut whole = std::env::current_dir().unwrap_or_default();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => _ = whole.pop(),
            part => whole.push(part),
        }
        if let Ok(found) = whole.canonicalize() {
            whole = found;
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_lie_beside_what_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        for name in ["snapshots", "recordings/m", "suites", "src"] {
            std::fs::create_dir_all(root.join(name)).expect("made");
        }
        let refused = |path: &str, kind| refused_output(root, "--out", &root.join(path), kind);
        for path in
            ["snapshots", "recordings/m", "suites/new", "src", "..", ".", "x/../suites", "tests", ".git/x"]
        {
            assert!(refused(path, OutputKind::Folder).is_some(), "{path}");
        }
        for path in ["out", "target/alignspec", "tests/out", "snapshots2"] {
            assert_eq!(refused(path, OutputKind::Folder), None, "{path}");
        }
        for path in ["snapshots/report.html", "alignment.toml", "src/report.html", "tests/x.rs", "Cargo.toml"]
        {
            assert!(refused(path, OutputKind::File).is_some(), "{path}");
        }
        for path in ["report.html", "out/report.html", "../report.html"] {
            assert_eq!(refused(path, OutputKind::File), None, "{path}");
        }
        assert_eq!(refused("recordings", OutputKind::Recordings), None);
        assert!(refused("recordings/m", OutputKind::Recordings).is_some());
        assert!(refused("snapshots", OutputKind::Recordings).is_some());
    }
}
