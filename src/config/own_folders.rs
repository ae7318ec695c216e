//! The folders that alignspec writes to, as alignment.toml names them: each is a folder of its own. One that is the crate
//! itself, or in which other files of alignspec lie, would mix what is written with what is read.

use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use toml::Spanned;

use crate::ground::diagnostic::{Diagnostic, Source};

/// A folder as the file names it, or its usual name, and where it stands if the file has it.
pub(super) struct OwnFolder {
    key: &'static str,
    name: String,
    span: Option<Range<usize>>,
}

impl OwnFolder {
    pub(super) fn of(key: &'static str, own: Option<&Spanned<String>>) -> OwnFolder {
        let name = own.map_or(key, |own| own.get_ref().as_str()).to_owned();
        OwnFolder { key, name, span: own.map(Spanned::span) }
    }

    /// The path from the crate's folder, without `.` and `..` where that can be told from the text.
    fn plain(name: &str) -> PathBuf {
        let mut plain = PathBuf::new();
        for part in Path::new(name).components() {
            match part {
                Component::CurDir => {}
                Component::ParentDir if plain.file_name().is_some() => _ = plain.pop(),
                part => plain.push(part),
            }
        }
        plain
    }
}

/// Checks the folders of snapshots and recordings: against the crate's folder, against the entries of `suites` and
/// `baselines`, and against each other.
pub(super) fn check(
    folders: [&OwnFolder; 2],
    read: &[(&str, &[(String, Diagnostic)])],
    root: &Path,
    source: &Source,
) -> Result<(), Box<Diagnostic>> {
    let place = |name: &str| OwnFolder::plain(&root.join(OwnFolder::plain(name)).to_string_lossy());
    for (folder, other) in [(folders[0], folders[1]), (folders[1], folders[0])] {
        let Some(span) = folder.span.clone() else { continue };
        let wrong = |what: String| {
            let message = format!("`{}` {what}", folder.key);
            let help = format!("name a folder of its own, for example {key} = \"{key}\"", key = folder.key);
            Err(Box::new(Diagnostic::new(message).at(source, span.clone()).help(help)))
        };
        if folder.name.trim().is_empty() {
            return wrong("is empty".to_owned());
        }
        let own = place(&folder.name);
        if root.starts_with(&own) || OwnFolder::plain(&folder.name).as_os_str().is_empty() {
            return wrong("is the folder of the crate itself, or one above it".to_owned());
        }
        let theirs = place(&other.name);
        if own == theirs {
            return wrong(format!("is the folder of `{}`, too", other.key));
        }
        if own.starts_with(&theirs) || theirs.starts_with(&own) {
            return wrong(format!("and `{}` lie one in the other", other.key));
        }
        for (key, entries) in read {
            let entry =
                entries.iter().find(|(entry, _)| entry != "builtin" && place(entry).starts_with(&own));
            if let Some((entry, _)) = entry {
                return wrong(format!("is a folder that `{key}` reads from: {entry}"));
            }
        }
    }
    Ok(())
}
