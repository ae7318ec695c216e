//! Suites and checks that a test target hands over as Rust values. Each is the text of a suite file with the place in
//! Rust that handed it over, and is read by what reads files, so that there is one meaning and one check for mistakes.

use std::panic::Location;
use std::path::{Component, Path};

use serde::{Deserialize, Serialize};

use super::ENDINGS;
use crate::ground::diagnostic::{Diagnostic, RustPlace, Source};
use crate::ground::files;

/// The entry of `suites` that stands for what the test target hands over.
pub(crate) const RUST: &str = "rust";

/// What the text of a Rust value holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RustText {
    /// A suite, as its file would.
    Suite,
    /// Checks that belong to no suite, as alignment.toml holds them.
    Checks,
}

/// One Rust value as text, with the place that handed it over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RustSuite {
    pub(crate) holds: RustText,
    /// The Rust file, from the folder that the compiler ran in or, after [`RustSuites::within`], from the crate's.
    file: String,
    line: usize,
    column: usize,
    text: String,
}

impl RustSuite {
    /// Returns the text with its place.
    pub(crate) fn source(&self) -> Source {
        let place = RustPlace { file: self.file.clone(), line: self.line, column: self.column };
        Source::of_rust(place, &self.text)
    }
}

/// All that a test target hands over, in the order of its calls.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RustSuites(Vec<RustSuite>);

impl RustSuites {
    pub(crate) fn add(&mut self, holds: RustText, place: &Location<'_>, text: String) {
        let (line, column) = (place.line() as usize, place.column() as usize);
        // A path of Windows is written as in the other files.
        let file = place.file().replace('\\', "/");
        self.0.push(RustSuite { holds, file, line, column, text });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &RustSuite> {
        self.0.iter()
    }

    /// Returns the texts with their places.
    pub(crate) fn sources(&self) -> impl Iterator<Item = Source> {
        self.0.iter().map(RustSuite::source)
    }

    /// Returns the Rust files that hand something over, each once, by their paths from the crate's folder.
    pub(crate) fn files(&self) -> Vec<&str> {
        let mut files: Vec<&str> = self.0.iter().map(|suite| suite.file.as_str()).collect();
        files.sort_unstable();
        files.dedup();
        files
    }

    /// Returns the same with the paths of Rust files from the crate's folder `root`: the compiler has those of a
    /// workspace from the workspace's folder.
    #[must_use]
    pub(crate) fn within(mut self, root: &Path) -> RustSuites {
        let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        for suite in &mut self.0 {
            suite.file = from_crate(&root, &suite.file);
        }
        self
    }

    /// Returns the mistake of a target that hands something over although the config does not announce it.
    pub(crate) fn unannounced(&self) -> Option<Diagnostic> {
        let first = self.0.first()?;
        let what = match first.holds {
            RustText::Suite => "a suite",
            RustText::Checks => "a check",
        };
        let message =
            format!("the test target hands over {what}, but `suites` in alignment.toml does not announce it");
        let help = "add \"rust\" to the list, for example suites = [\"builtin\", \"rust\"]: then whoever reads the file knows of it, and so does `cargo alignspec`";
        Some(Diagnostic::new(message).at(&first.source(), 0..0).unquoted().help(help))
    }
}

/// Returns the path from the crate's folder to a Rust file, which the compiler names from the crate's folder or from
/// one above it; the path as it is where there is no such file.
fn from_crate(root: &Path, file: &str) -> String {
    let Some(found) = root.ancestors().map(|folder| folder.join(file)).find(|path| path.is_file()) else {
        return file.to_owned();
    };
    let found = found.canonicalize().unwrap_or(found);
    // What lies elsewhere, as the source of a dependency, has no path from here that anybody would write.
    let ours = |folder: &Path| folder.join("Cargo.lock").is_file() || folder.join(".git").exists();
    let mut above = root.ancestors().enumerate().filter(|(up, folder)| *up == 0 || ours(folder));
    let Some((up, folder)) = above.find(|(_, folder)| found.starts_with(folder)) else {
        return found.to_string_lossy().into_owned();
    };
    let rest = found.strip_prefix(folder).unwrap_or(&found);
    let down = rest.components().filter(|part| matches!(part, Component::Normal(_)));
    let down = down.map(|part| part.as_os_str().to_string_lossy().into_owned());
    std::iter::repeat_n("..".to_owned(), up).chain(down).collect::<Vec<_>>().join("/")
}

/// Returns why the entry `rust` of `suites` gives nothing, if so; `rust` is what the test target hands over, and `None`
/// where that is not known. `folder` says whether another entry names the folder `rust`.
pub(super) fn nothing(
    root: &Path,
    unread: &Diagnostic,
    rust: Option<&RustSuites>,
    folder: bool,
) -> Option<Diagnostic> {
    let unread = |label: String, help: &str| Some(unread.clone().label(label).help(help));
    let files = files::list(&root.join(RUST), &ENDINGS).unwrap_or_default();
    if let Some(file) = files.first().filter(|_| !folder) {
        return unread(
            format!("this could be the test target's Rust values, or the folder that has {RUST}/{file}"),
            "write \"./rust\" for the folder, and beside it \"rust\" for the Rust values if there are any",
        );
    }
    match rust {
        None => unread(
            "what the test target hands over as Rust values is not known here".to_owned(),
            "run the test target: only it knows them",
        ),
        Some(rust) if rust.is_empty() => unread(
            "the test target hands over no suite and no check".to_owned(),
            "add one with `Harness::suite` or `Harness::check`, or remove \"rust\" here",
        ),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::{SuiteValue, load_from};

    #[test]
    fn a_value_names_files_from_the_crates_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let table = "id,text,value,context\na,I want one,x,c\nb,I want two,y,c\n";
        std::fs::create_dir(folder.path().join("data")).expect("made");
        std::fs::write(folder.path().join("data/backlog.csv"), table).expect("written");
        let suite = SuiteValue::rank("T5", "Backlog").prompt("{context} {options}").context("c", "C.");
        let entry = [(RUST.to_owned(), Diagnostic::new("unread"))];
        let loaded = |path: &str| {
            let mut rust = RustSuites::default();
            let suite = suite.clone().stories(path);
            rust.add(RustText::Suite, Location::caller(), suite.to_toml());
            load_from(folder.path(), &entry, &[], Some(&rust.within(folder.path())))
        };
        let suites = loaded("data/backlog.csv");
        assert!(suites.problems.is_empty(), "{}", suites.problems[0].1);
        assert_eq!(suites.task("T5").expect("read").values(), ["x", "y"]);
        let (_, problem) = &loaded("gone.csv").problems[0];
        assert!(problem.to_string().contains("the stories cannot be read from `gone.csv`"), "{problem}");
        let (_, problem) = &load_from(folder.path(), &entry, &[], None).problems[0];
        assert!(problem.to_string().contains("run the test target: only it knows them"), "{problem}");
    }

    #[test]
    fn a_file_of_a_workspace_is_named_from_the_crate() {
        let folder = tempfile::tempdir().expect("a folder");
        let top = folder.path().canonicalize().expect("there");
        let root = top.join("gate");
        std::fs::write(top.join("Cargo.lock"), "").expect("written");
        for file in ["gate/tests/alignment.rs", "shared/src/lib.rs"] {
            let path = top.join(file);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(path, "").expect("written");
        }
        for (file, wanted) in [
            ("gate/tests/alignment.rs", "tests/alignment.rs"),
            ("tests/alignment.rs", "tests/alignment.rs"),
            ("shared/src/lib.rs", "../shared/src/lib.rs"),
            ("gone/src/lib.rs", "gone/src/lib.rs"),
        ] {
            assert_eq!(from_crate(&root, file), wanted);
        }
        let absolute = top.join("gate/tests/alignment.rs");
        assert_eq!(from_crate(&root, &absolute.to_string_lossy()), "tests/alignment.rs");
        let elsewhere = tempfile::NamedTempFile::new().expect("a file");
        let elsewhere = elsewhere.path().canonicalize().expect("there").to_string_lossy().into_owned();
        assert_eq!(from_crate(&root, &elsewhere), elsewhere);
    }
}
