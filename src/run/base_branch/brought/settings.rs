//! Settings of cargo's that a pull request brings: `[env]` in `.cargo/config.toml` reaches the tests, and can set every variable
//! of alignspec's there.

use std::path::{Path, PathBuf};

use super::BroughtFile;
use crate::ground::regular::read_regular;
use crate::ground::text::one_line;

/// The largest file that is read.
const MOST: u64 = 1 << 20;

/// The files and folders that cargo, and the GitHub action, read beside a crate: in its folder, and in those above it.
pub(super) fn of_cargo(root: &Path, top: &Path) -> Vec<PathBuf> {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let depth = real(root).strip_prefix(real(top)).map_or(0, |within| within.components().count());
    // By way of the crate's folder, which may lie elsewhere on the base branch's machine.
    let folders = (0..=depth).map(|up| root.join(std::iter::repeat_n("..", up).collect::<PathBuf>()));
    let files =
        [".cargo", "rust-toolchain", "rust-toolchain.toml", ".config/nextest.toml", ".alignspec-base"];
    let all = folders.flat_map(|folder| files.map(|name| folder.join(name)));
    all.filter(|path| path.symlink_metadata().is_ok()).collect()
}

/// Says which variables of alignspec's and insta's the changed ones among these files set.
pub(super) fn told(settings: &[PathBuf], top: &Path, changed: &[BroughtFile]) -> Vec<String> {
    let top = top.canonicalize().unwrap_or_else(|_| top.to_owned());
    let mut notes = Vec::new();
    for folder in settings.iter().filter(|path| path.ends_with(".cargo")) {
        for name in ["config.toml", "config"] {
            let file = folder.join(name);
            let Ok(text) = read_regular(&file, 0, MOST) else { continue };
            let real = file.canonicalize().unwrap_or_else(|_| file.clone());
            let path = real.strip_prefix(&top).unwrap_or(&real).display().to_string();
            let Some(brought) = changed.iter().find(|changed| changed.path == path) else { continue };
            let table: Option<toml::Table> = String::from_utf8_lossy(&text).parse().ok();
            let env = table.as_ref().and_then(|table| table.get("env")?.as_table());
            let mut names: Vec<&str> = env.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
            names.retain(|name| ["ALIGNSPEC_", "INSTA_", "GIT_"].iter().any(|start| name.starts_with(start)));
            if !names.is_empty() {
                notes.push(format!(
                    "{} ({}) sets {} for the tests: they may not have judged as this gate is set",
                    one_line(&brought.path, 200),
                    brought.change,
                    one_line(&names.join(", "), 300)
                ));
            }
        }
    }
    notes
}
