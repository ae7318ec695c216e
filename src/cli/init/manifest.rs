//! The Cargo.toml of the crate that `init` writes for: what it lacks, and the test target that is added to it.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::cli::test_target::is_own_harness;
use crate::cli::{Failure, here, say};

const TEST: &str = "\n[[test]]\nname = \"alignment\"\nharness = false\n";

/// Finds the folder of the package that is meant: the nearest one with a Cargo.toml.
pub(super) fn package() -> Result<PathBuf, Failure> {
    let here = here()?;
    let root = here.ancestors().find(|folder| folder.join("Cargo.toml").is_file());
    root.map(Path::to_owned).ok_or_else(|| {
        let here = here.display();
        Failure::Misuse(format!("there is no Cargo.toml in {here} or above it: run `cargo new` first"))
    })
}

/// A package's Cargo.toml.
pub(super) struct Manifest {
    path: PathBuf,
    text: String,
    table: toml::Table,
}

impl Manifest {
    pub(super) fn read(root: &Path) -> Result<Manifest, Failure> {
        let path = root.join("Cargo.toml");
        let text = fs::read_to_string(&path).map_err(|cause| refused("cannot be read", &cause))?;
        let table: toml::Table =
            toml::from_str(&text).map_err(|error| refused("cannot be understood", &error.message()))?;
        if !table.contains_key("package") {
            let path = path.display();
            return Err(Failure::Misuse(format!(
                "{path} is that of a workspace and of no package: name one of its packages with --package"
            )));
        }
        Ok(Manifest { path, text, table })
    }

    /// Returns what has to be done by hand before the test target can be built.
    pub(super) fn missing(&self) -> Vec<String> {
        let has = |section: &str| self.table.get(section).and_then(|table| table.get("alignspec")).is_some();
        let told = "  alignspec is not among the dependencies: run `cargo add --dev alignspec --git <its repository>`";
        let missing = !has("dev-dependencies") && !has("dependencies");
        missing.then(|| told.to_owned()).into_iter().collect()
    }

    /// Adds the test target at the end. Returns what has to be done by hand instead.
    pub(super) fn add_target(&self) -> Result<Option<String>, Failure> {
        let tests = self.table.get("test").and_then(toml::Value::as_array);
        let named = |test: &&toml::Value| test.get("name").and_then(toml::Value::as_str) == Some("alignment");
        match tests.into_iter().flatten().find(named) {
            Some(test) if is_own_harness(test) => {
                say("kept   Cargo.toml");
                return Ok(None);
            }
            Some(_) => {
                let told =
                    "  add `harness = false` to the test target `alignment`: it brings its own main function";
                return Ok(Some(told.to_owned()));
            }
            None => {}
        }
        let end = if self.text.ends_with('\n') { "" } else { "\n" };
        let more = format!("{end}{TEST}");
        // An array that is written in one line cannot be continued.
        if toml::from_str::<toml::Table>(&format!("{}{more}", self.text)).is_err() {
            let told = "  add a test target to `test`: { name = \"alignment\", harness = false }";
            return Ok(Some(told.to_owned()));
        }
        let file = OpenOptions::new().append(true).open(&self.path);
        file.and_then(|mut file| file.write_all(more.as_bytes()))
            .map_err(|cause| refused("cannot be written", &cause))?;
        say("added  a test target to Cargo.toml");
        Ok(None)
    }
}

fn refused(what: &str, why: &dyn std::fmt::Display) -> Failure {
    Failure::Refused(format!("Cargo.toml {what}: {why}"))
}
