//! Which crate a command is about: the one that the working folder is in, or another one that the command line names,
//! as cargo's own options do from the root of a workspace.

use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

use once_cell::sync::OnceCell;
use serde::Deserialize;

use super::Failure;
use super::diff::unknown;
use crate::config::FILE;
use crate::ground::text::one_line;

/// Where the search for a crate begins, unless that is the working folder.
static NAMED: OnceCell<PathBuf> = OnceCell::new();

/// The crate that is meant, where the working folder is not in it.
#[derive(Debug, clap::Args)]
pub(super) struct NamedCrate {
    /// The Cargo.toml of the crate, or of its workspace with --package; by default the one of the working folder
    #[arg(long, global = true, value_name = "PATH", help_heading = "Which crate")]
    manifest_path: Option<PathBuf>,

    /// The package of the workspace that is meant, as cargo names it
    #[arg(long, short, global = true, value_name = "NAME", help_heading = "Which crate")]
    package: Option<String>,
}

#[derive(Deserialize)]
struct Workspace {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
}

impl Package {
    fn folder(&self) -> &Path {
        self.manifest_path.parent().unwrap_or(&self.manifest_path)
    }
}

impl NamedCrate {
    /// Notes the crate that the command line names, if it names one.
    pub(super) fn note(&self) -> Result<(), Failure> {
        let manifest = self.manifest_path.as_deref();
        if let Some(path) = manifest.filter(|path| !path.is_file()) {
            let path = one_line(&path.display().to_string(), 200);
            return Err(Failure::Misuse(format!("--manifest-path names {path}, which is no file")));
        }
        let folder = match (&self.package, manifest) {
            (None, None) => return Ok(()),
            (None, Some(path)) => absolute(path)?.parent().map(Path::to_owned).unwrap_or_default(),
            (Some(name), manifest) => {
                let workspace = workspace(manifest).map_err(Failure::Misuse)?;
                let names = || workspace.packages.iter().map(|package| package.name.as_str());
                match workspace.packages.iter().find(|package| package.name == *name) {
                    Some(package) => package.folder().to_owned(),
                    None => return Err(Failure::Misuse(unknown("package", name, names()))),
                }
            }
        };
        // The command line is read once.
        NAMED.set(folder).ok();
        Ok(())
    }
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    let path = std::path::absolute(path)
        .map_err(|cause| Failure::Refused(format!("the working folder cannot be found: {cause}")))?;
    // `a/../b` is told as `b`, unless `a` is a link to a folder that lies elsewhere.
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => _ = plain.pop(),
            part => plain.push(part),
        }
    }
    let same = matches!((plain.canonicalize(), path.canonicalize()), (Ok(plain), Ok(path)) if plain == path);
    Ok(if same { plain } else { path })
}

/// Returns the folder that the command line names, if it names one.
pub(super) fn named() -> Option<PathBuf> {
    NAMED.get().cloned()
}

/// Says which packages of the workspace have a config, for whoever is in none of them.
pub(super) fn members() -> Option<String> {
    let workspace = workspace(None).ok()?;
    let with = workspace.packages.iter().filter(|package| package.folder().join(FILE).is_file());
    let names: Vec<String> = with.map(|package| one_line(&package.name, 100)).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// Returns the packages of the workspace that the working folder, or a manifest, is in.
fn workspace(manifest: Option<&Path>) -> Result<Workspace, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["metadata", "--no-deps", "--format-version", "1"]);
    if let Some(manifest) = manifest {
        command.arg("--manifest-path").arg(manifest);
    }
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|cause| format!("cargo cannot be run to find the package: {cause}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said.lines().next().unwrap_or_default().trim_start_matches("error: ");
        return Err(format!("cargo finds no workspace here: {}", one_line(said, 300)));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo's answer cannot be read: {error}"))
}
