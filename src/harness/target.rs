//! What [`harness!`](crate::harness!) makes of a test target: its `main`, the folder that it judges, and a
//! build error where nothing would call that `main`.
//!
//! **The folder is that of the run.** Two checkouts may share a build folder, and a folder may be renamed
//! after the build. So cargo and nextest tell a test at run time which crate they run it for, and the folder
//! of the build counts only without them.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Termination};

use super::{AssertSnapshot, Harness};
use crate::config::FILE;
use crate::ground::diagnostic::Diagnostic;

/// The crate that a test target was built from.
#[derive(Debug, Clone, Copy)]
pub struct Built {
    /// The crate's folder at build time.
    pub root: &'static str,
    /// The name of the crate in its `Cargo.toml`, which results are kept under.
    pub package: &'static str,
}

/// The result of a harness's `main`, which nothing else can make.
#[derive(Debug)]
pub struct Ended(ExitCode);

impl Termination for Ended {
    fn report(self) -> ExitCode {
        self.0
    }
}

/// The type of a harness's `main`.
#[diagnostic::on_unimplemented(
    message = "`alignspec::harness!()` is inside a function, where nothing runs it",
    label = "it defines `main` itself",
    note = "write it at the top of the file, outside any function, and remove your own `main`"
)]
pub trait IsOfHarness {}

impl IsOfHarness for Ended {}

/// Builds only where `main` is the harness's own.
pub const fn is_main<T: IsOfHarness>(_: fn() -> T) {}

/// Builds only where the macro stands at the top of its crate.
///
/// # Panics
/// The path is that of a module: an error of the build, since this is called in a constant.
pub const fn at_the_top(module_path: &str) {
    let path = module_path.as_bytes();
    let mut at = 0;
    while at < path.len() {
        assert!(
            path[at] != b':',
            "alignspec::harness!() is inside a module, where nothing calls its `main`: write it at the top of its own test target, such as tests/alignment.rs, with `harness = false` in Cargo.toml"
        );
        at += 1;
    }
}

/// Runs a harness for the crate that cargo runs it for.
#[must_use]
pub fn run(harness: Harness, built: Built, assert: AssertSnapshot) -> Ended {
    let tree = tree(built, |name| env::var_os(name), env::current_dir().ok().as_deref());
    Ended(harness.run_in(tree, assert))
}

/// The folder whose files are judged.
#[derive(Debug)]
pub(super) struct Tree {
    pub root: PathBuf,
    /// The note about which folder is judged, if it could have been another.
    pub note: Option<String>,
    /// Why nothing can be judged, if so.
    pub problem: Option<Box<Diagnostic>>,
}

impl Tree {
    /// Takes the folder `root`, if it exists.
    pub(super) fn at(root: PathBuf, help: &str) -> Tree {
        let problem = (!root.is_dir()).then(|| {
            let missing =
                format!("the crate's folder {} does not exist, so nothing is judged", root.display());
            Box::new(Diagnostic::new(missing).help(help))
        });
        Tree { root, note: None, problem }
    }
}

/// Returns the folder that the test is run for, or the one that it was built in; `here` is the working
/// folder.
fn tree(built: Built, variable: impl Fn(&str) -> Option<OsString>, here: Option<&Path>) -> Tree {
    let there = Path::new(built.root);
    let same = |one: &Path, other: &Path| {
        one == other || one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|it| it == one))
    };
    let given = variable("CARGO_MANIFEST_DIR").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    // The variable of another package was left by a cargo that runs something else.
    let package = variable("CARGO_PKG_NAME");
    let given = given.filter(|_| package.as_ref().is_none_or(|package| package == built.package));
    if let Some(root) = given {
        let note = (!same(&root, there)).then(|| {
            format!(
                "note: judging {}, which this test is run for; it was built in {}",
                root.display(),
                there.display()
            )
        });
        let help = "CARGO_MANIFEST_DIR names it: cargo sets it to the folder of the crate";
        return Tree { note, ..Tree::at(root, help) };
    }
    let crate_here = here.and_then(|here| here.ancestors().find(|folder| folder.join(FILE).is_file()));
    let note = crate_here.filter(|folder| !same(folder, there)).map(|folder| {
        format!(
            "note: judging {}, where this test was built, not {}: to judge the latter, run cargo there",
            there.display(),
            folder.display()
        )
    });
    let help = "it was renamed or removed since the test was built: run the test with cargo, which knows where the crate is now";
    Tree { note, ..Tree::at(there.to_owned(), help) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_stands_at_the_top() {
        at_the_top("alignment");
        assert!(std::panic::catch_unwind(|| at_the_top("alignment::tests")).is_err());
    }

    #[test]
    fn the_folder_of_the_run_counts_before_the_one_of_the_build() {
        let (old, new) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let root: &'static str = Box::leak(old.path().display().to_string().into_boxed_str());
        let built = Built { root, package: "gate" };
        let of = |folder: Option<&Path>, package: &str, here: Option<&Path>| {
            let variable = |name: &str| match name {
                "CARGO_MANIFEST_DIR" => folder.map(|folder| folder.as_os_str().to_owned()),
                "CARGO_PKG_NAME" => (!package.is_empty()).then(|| package.into()),
                _ => None,
            };
            let tree = tree(built, variable, here);
            (tree.root, tree.note.is_some(), tree.problem.is_some())
        };
        let (old, new) = (old.path().to_owned(), new.path().to_owned());
        assert_eq!(of(Some(&old), "gate", None), (old.clone(), false, false));
        assert_eq!(of(Some(&old.join(".")), "gate", None), (old.join("."), false, false));
        assert_eq!(of(Some(&new), "gate", None), (new.clone(), true, false));
        assert_eq!(of(Some(&new), "", None), (new.clone(), true, false));
        assert_eq!(of(Some(&new), "another", None), (old.clone(), false, false));
        assert_eq!(of(Some(&new.join("gone")), "gate", None), (new.join("gone"), true, true));
        std::fs::write(new.join(FILE), "").expect("written");
        assert_eq!(of(None, "", Some(&new)), (old.clone(), true, false));
        std::fs::remove_dir(&old).expect("removed");
        assert_eq!(of(None, "", None), (old, false, true));
    }
}
