//! Finding the TOML files that an entry of the config means: `"builtin"`, a file, or a folder.

use std::path::Path;

use crate::diagnostic::Source;

/// The sources an entry stands for, each read or with the reason why not.
///
/// A folder gives its `*.toml` files sorted by name (so that trials are listed in the same order
/// everywhere); a folder without any is a mistake, not nothing.
pub(crate) fn sources(root: &Path, entry: &str, builtin: &[(&str, &str)]) -> Vec<Result<Source, String>> {
    if entry == "builtin" {
        return builtin
            .iter()
            .map(|(name, text)| Ok(Source::new(format!("builtin:{name}"), *text)))
            .collect();
    }
    let path = root.join(entry);
    if !path.is_dir() {
        return vec![read(&path, entry)];
    }
    match list(&path) {
        Ok(names) if names.is_empty() => vec![Err("this folder holds no .toml file".to_owned())],
        Ok(names) => names
            .iter()
            .map(|name| read(&path.join(name), &format!("{}/{name}", entry.trim_end_matches('/'))))
            .collect(),
        Err(error) => vec![Err(format!("this folder cannot be read: {error}"))],
    }
}

fn list(folder: &Path) -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".toml") && entry.path().is_file() {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn read(path: &Path, name: &str) -> Result<Source, String> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Source::new(name, text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err("there is no such file or folder".to_owned())
        }
        Err(error) => Err(format!("{name} cannot be read: {error}")),
    }
}
