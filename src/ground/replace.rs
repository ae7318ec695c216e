//! Files that are replaced as a whole: whoever reads one sees the old contents or the new ones, never a part.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

/// Puts a file that consists of `parts` in place of whatever file is at `path`.
///
/// The contents are written to a hidden file in the same folder, which is then renamed. A process that is killed
/// on the way leaves at most that file; its name ends with `.new`.
///
/// # Errors
/// The folder is not there or cannot be written, or something other than a file is at `path`, which is then as
/// it was.
pub(crate) fn replace(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    rename(written(path, parts)?, path)
}

/// As [`replace`], and not even a power cut leaves a part of the file.
///
/// # Errors
/// As [`replace`].
pub(crate) fn replace_durably(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    let file = written(path, parts)?;
    // The contents are on the disk before the name leads to them.
    file.as_file().sync_all()?;
    rename(file, path)?;
    // The new name is an entry of the folder. Not every system opens folders, so this is as good as it gets.
    if let Ok(folder) = File::open(folder(path)) {
        folder.sync_all().ok();
    }
    Ok(())
}

fn written(path: &Path, parts: &[&[u8]]) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    builder.prefix(".").suffix(".new");
    // As any file that a program makes: temporary files are for their owner alone otherwise.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder(path))?;
    parts.iter().try_for_each(|part| file.write_all(part))?;
    Ok(file)
}

fn rename(file: NamedTempFile, path: &Path) -> io::Result<()> {
    file.persist(path).map(drop).map_err(|failed| failed.error)
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_is_replaced_as_a_whole_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.json");
        for replace in [replace, replace_durably] {
            replace(&path, &[b"long ", b"contents"]).expect("new");
            assert_eq!(fs::read(&path).expect("there"), b"long contents");
            replace(&path, &[b"short"]).expect("replaced");
            assert_eq!(fs::read(&path).expect("there"), b"short");
            assert_eq!(fs::read_dir(folder.path()).expect("there").count(), 1);
        }
    }

    #[test]
    fn what_cannot_be_replaced_is_as_it_was_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.json");
        fs::create_dir(&path).expect("a folder in its place");
        for replace in [replace, replace_durably] {
            replace(&path, &[b"contents"]).expect_err("a folder");
            assert!(path.is_dir());
            assert_eq!(fs::read_dir(folder.path()).expect("there").count(), 1);
            replace(&folder.path().join("none/a.json"), &[b"contents"]).expect_err("no folder");
        }
    }

    #[cfg(unix)]
    #[test]
    fn whoever_may_read_other_new_files_may_read_these() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().expect("a folder");
        let (ours, usual) = (folder.path().join("ours"), folder.path().join("usual"));
        replace(&ours, &[b"x"]).expect("written");
        fs::write(&usual, "x").expect("written");
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode();
        assert_eq!(mode(&ours), mode(&usual));
    }
}
