//! The suites and checks that a crate's test target hands over as Rust values. This program cannot see into the target,
//! so it reads what the target kept when it last started, and does nothing in their place where that is not known.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use super::record::targets;
use super::{Failure, tell};
use crate::config::{Config, FILE};
use crate::ground::text::one_line;
use crate::run::{FoundSuites, NoSuites, kept_suites};
use crate::suite::RustSuites;

/// The most files that are looked at for changes.
const MOST_FILES: usize = 20_000;

/// Returns a config with the Rust values of the crate's test target, if it takes any; a note says if they may be out of
/// date.
///
/// # Errors
/// It takes some, and they are not known: nothing is said of the others then, which would look like all.
pub(super) fn with_rust(config: Config) -> Result<Config, Failure> {
    match known(&config) {
        Ok(Some(suites)) => Ok(config.with_rust(suites)),
        Ok(None) => Ok(config),
        Err((why, to_do)) => {
            Err(Failure::CouldNotRun(format!("`suites` in {FILE} has \"rust\", and {why}: {to_do}")))
        }
    }
}

/// Returns a config with what is known of the test target's Rust values, for a command that says yes or no from results
/// alone. Where nothing is known, the config's suites are a mistake, and a note says so.
pub(super) fn with_rust_if_known(config: Config) -> Config {
    with_rust(config.clone()).unwrap_or_else(|failure| {
        if let Failure::CouldNotRun(why) = failure {
            tell(format_args!("note: {why}\n"));
        }
        config
    })
}

/// Returns the Rust values of a config's test target; `None` if it takes none.
///
/// # Errors
/// Why they are not known, and what to do.
pub(super) fn known(config: &Config) -> Result<Option<RustSuites>, (String, String)> {
    if !config.takes_rust() {
        return Ok(None);
    }
    let root = &config.root;
    let FoundSuites { suites, at } = kept_suites(&builds(root), root).map_err(|why| missing(&why, root))?;
    if let Some(file) = at.and_then(|at| newer(root, &suites, at)) {
        tell(format_args!(
            "note: {} is newer than the Rust values that the test target kept; `{}` brings them up to date, and asks nothing\n",
            one_line(&file, 300),
            listing(root)
        ));
    }
    Ok(Some(suites))
}

/// Returns why there are no Rust values, and what to do.
fn missing(why: &NoSuites, root: &Path) -> (String, String) {
    let listing = listing(root);
    let run = format!("run `{listing}`, which keeps them and asks nothing");
    let shown = |path: &Path| one_line(&path.display().to_string(), 400);
    match why {
        NoSuites::Missing => ("no test target of this crate has kept its Rust values yet".to_owned(), run),
        NoSuites::Damaged(path) => (format!("the Rust values kept in {} are damaged", shown(path)), run),
        NoSuites::Several([one, other]) => {
            let what = format!(
                "two test targets hand over different Rust values: {} and {}",
                shown(one),
                shown(other)
            );
            (
                what,
                format!(
                    "have each hand over all, and run `{listing}`; remove the file of a target that is gone"
                ),
            )
        }
    }
}

/// Returns the command that has the crate's test targets keep their Rust values.
fn listing(root: &Path) -> String {
    let names = targets(root).unwrap_or_else(|_| vec!["alignment".to_owned()]);
    let named: Vec<String> = names.iter().map(|name| format!("--test {} ", one_line(name, 100))).collect();
    format!("cargo test {}-- --list", named.concat())
}

/// Returns the folders in which cargo may build the crate's tests.
fn builds(root: &Path) -> Vec<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(root).stdin(Stdio::null());
    let output = command.output().ok().filter(|output| output.status.success());
    let metadata: Option<serde_json::Value> =
        output.and_then(|output| serde_json::from_slice(&output.stdout).ok());
    let folder = |key: &str| Some(PathBuf::from(metadata.as_ref()?[key].as_str()?));
    let mut builds: Vec<PathBuf> =
        ["target_directory", "build_directory"].into_iter().filter_map(folder).collect();
    // Where cargo cannot be run, its usual folders.
    if builds.is_empty() {
        builds = root.ancestors().map(|folder| folder.join("target")).collect();
    }
    builds.dedup();
    builds
}

/// Returns a file, by its path from the crate's folder, that Rust values may depend on and that has changed since.
fn newer(root: &Path, suites: &RustSuites, since: SystemTime) -> Option<String> {
    let is_newer = |path: &Path| {
        let changed = fs::metadata(path).and_then(|data| data.modified());
        changed.is_ok_and(|changed| changed > since)
    };
    let own = suites.files().into_iter().map(PathBuf::from);
    let own = own.chain([FILE, "Cargo.toml", "build.rs"].map(PathBuf::from));
    if let Some(file) =
        own.filter(|file| is_newer(&root.join(file))).map(|file| file.display().to_string()).next()
    {
        return Some(file);
    }
    let is_rust = |path: &Path| path.extension().is_some_and(|end| end == "rs");
    let mut open: Vec<PathBuf> = ["src", "tests"].map(|folder| root.join(folder)).to_vec();
    let mut seen = 0;
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            seen += 1;
            let path = entry.path();
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() && seen < MOST_FILES {
                open.push(path);
            } else if kind.is_file() && is_rust(&path) && is_newer(&path) {
                return Some(path.strip_prefix(root).unwrap_or(&path).display().to_string());
            }
        }
    }
    None
}
