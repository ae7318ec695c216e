//! Reading the files that an entry of the config means: `"builtin"`, a file, or a folder.
//!
//! What is read is a regular TOML file of bounded size in the crate's folder or its workspace; what lies
//! elsewhere is named on purpose (`outside` in alignment.toml). An entry may come from anybody who opens a
//! pull request, and what is wrong with a file is printed: no entry shows what else is on the machine, and
//! none takes all its memory or waits for ever.

use std::fs::{File, Metadata};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::ground::diagnostic::Source;

/// The longest file that is read: a hundred times the longest that comes with the crate.
pub(crate) const MOST_BYTES: u64 = 4 << 20;

/// The folders that files may lie in, without links.
#[derive(Debug, Clone)]
pub(crate) struct Bounds(Vec<PathBuf>);

impl Bounds {
    /// The crate's folder, its workspace, and what is named besides, relative to `root`.
    pub(crate) fn of(root: &Path, outside: &[PathBuf]) -> Bounds {
        let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
        let more = outside.iter().filter_map(|folder| root.join(folder).canonicalize().ok());
        Bounds([workspace(&root).to_owned(), root.clone()].into_iter().chain(more).collect())
    }

    /// Where `path` really is, with all links followed. An error says why the file may not be read, or is not there.
    fn place(&self, path: &Path) -> Result<PathBuf, String> {
        let place = path.canonicalize().map_err(|error| match error.kind() {
            ErrorKind::NotFound if path.symlink_metadata().is_ok() => {
                "it is a broken symbolic link".to_owned()
            }
            ErrorKind::NotFound => "there is no such file or folder".to_owned(),
            _ => format!("it cannot be read: {error}"),
        })?;
        match self.has(&place) {
            true => Ok(place),
            false => Err("it is outside the crate and its workspace: copy it, or list its folder in `outside = [\"…\"]` in alignment.toml".to_owned()),
        }
    }

    fn has(&self, place: &Path) -> bool {
        self.0.iter().any(|folder| place.starts_with(folder))
    }

    /// Whether a folder lies within the bounds. It is one that is written to, so it need not be there yet.
    pub(crate) fn holds(&self, folder: &Path) -> bool {
        let mut plain = PathBuf::new();
        for part in folder.components() {
            match part {
                std::path::Component::ParentDir => {
                    // The parent of a link's target is another folder than the one that the path names.
                    plain = plain.canonicalize().unwrap_or(plain);
                    plain.pop();
                }
                part => plain.push(part),
            }
        }
        let there = plain.ancestors().find(|part| part.symlink_metadata().is_ok());
        let Some(there) = there else { return true };
        let rest = plain.strip_prefix(there).unwrap_or(Path::new(""));
        there.canonicalize().is_ok_and(|there| self.has(&there.join(rest)))
    }
}

/// The folder of the workspace that `root` is in: the nearest one with a lock file or a workspace manifest.
fn workspace(root: &Path) -> &Path {
    let is = |folder: &&Path| {
        let manifest = || std::fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        folder.join("Cargo.lock").is_file() || manifest().lines().any(|line| line.trim() == "[workspace]")
    };
    root.ancestors().find(is).unwrap_or(root)
}

/// The sources an entry stands for, each read or with the reason why not.
///
/// A folder gives its files with these endings sorted by name (so that trials are listed in the same order
/// everywhere); a folder without any is a mistake, not nothing.
pub(crate) fn sources(
    root: &Path,
    entry: &str,
    outside: &[PathBuf],
    builtin: &[(&str, &str)],
    endings: &[&str],
) -> Vec<Result<Source, String>> {
    if entry == "builtin" {
        return builtin
            .iter()
            .map(|(name, text)| Ok(Source::new(format!("builtin:{name}"), *text)))
            .collect();
    }
    let bounds = Bounds::of(root, outside);
    let path = root.join(entry);
    let place = match bounds.place(&path) {
        Ok(place) => place,
        Err(why) => return vec![Err(why)],
    };
    if !place.is_dir() {
        return vec![read_text(&path, entry, &bounds, endings)];
    }
    match list(&path, endings) {
        Ok(names) if names.is_empty() => vec![Err(format!("this folder has no {} file", either(endings)))],
        Ok(names) => names
            .iter()
            .map(|name| {
                let shown = format!("{}/{name}", entry.trim_end_matches('/'));
                read_text(&path.join(name), &shown, &bounds, endings).map_err(|why| format!("{name}: {why}"))
            })
            .collect(),
        Err(error) => vec![Err(format!("this folder cannot be read: {error}"))],
    }
}

/// Writes endings for messages: `.toml or .csv`.
fn either(endings: &[&str]) -> String {
    endings.iter().map(|ending| format!(".{ending}")).collect::<Vec<_>>().join(" or ")
}

/// The names of all files with these endings in a folder, sorted. Those that turn out to be no files are there, too, so that
/// reading them says what is wrong.
pub(crate) fn list(folder: &Path, endings: &[&str]) -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        // `.#x.toml` is an editor's note that it has the file open.
        let ends = name.rsplit_once('.').is_some_and(|(_, end)| endings.contains(&end));
        if ends && !name.starts_with(".#") {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// The TOML file at `path`, which messages call `name`.
pub(crate) fn read_source(path: &Path, name: &str, bounds: &Bounds) -> Result<Source, String> {
    read_text(path, name, bounds, &["toml"])
}

/// The file at `path`, whose name must end in one of these ways.
pub(crate) fn read_text(
    path: &Path,
    name: &str,
    bounds: &Bounds,
    endings: &[&str],
) -> Result<Source, String> {
    let place = bounds.place(path)?;
    // What a link leads to may be of another kind than its name says.
    let other = |path: &Path| path.extension().is_none_or(|end| !endings.iter().any(|known| end == *known));
    if [path, &place].into_iter().any(other) {
        let named: Vec<String> = endings.iter().map(|ending| format!(".{ending}")).collect();
        return Err(format!("only {} files are read", named.join(" and ")));
    }
    let cannot = |error: std::io::Error| format!("it cannot be read: {error}");
    let kind = std::fs::metadata(&place).map_err(cannot)?;
    if !kind.is_file() {
        return Err(format!("it is {}, not a file", what(&kind)));
    }
    let file = File::open(&place).map_err(cannot)?;
    let size = file.metadata().map_err(cannot)?.len();
    let mut bytes = Vec::new();
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(cannot)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(format!("it is longer than {} MiB", MOST_BYTES >> 20));
    }
    // Files that the system generates while they are read (as in /proc) say that they are empty.
    if size == 0 && !bytes.is_empty() {
        return Err("it is not a regular file: the system generates its contents".to_owned());
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let line = error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|byte| **byte == b'\n');
        format!("line {} is not UTF-8 text: save the file as UTF-8", line.count() + 1)
    })?;
    Ok(Source::new(name, text))
}

fn what(kind: &Metadata) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        let kind = kind.file_type();
        if kind.is_fifo() {
            return "a FIFO";
        }
        if kind.is_char_device() || kind.is_block_device() {
            return "a device";
        }
        if kind.is_socket() {
            return "a socket";
        }
    }
    if kind.is_dir() { "a folder" } else { "something else" }
}

/// Whether a text sets one of these keys, or has a table of such a name. Messages only quote a file that does: any
/// other may be somebody's private file that an entry names by mistake.
pub(crate) fn sets(text: &str, names: &[&str]) -> bool {
    text.lines().any(|line| {
        let line = line.trim_start_matches(['\u{feff}', ' ', '\t', '[']);
        let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(line.len());
        let sets = line[end..].trim_start().starts_with(['=', ']', '.']);
        sets && names.contains(&&line[..end])
    })
}
