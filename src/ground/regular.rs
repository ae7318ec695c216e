//! Regular files under their own name: what a run reads, cuts or overwrites by itself. Whoever can change a
//! repository can plant a link, a device or a pipe in it; none of them is followed, waited for or written.

use std::fs::{self, File, FileType};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// Whether `path` may be opened: it is a regular file, or nothing is there yet, and neither is it a link nor
/// are the `folders` next above it.
///
/// # Errors
/// What is there instead, as a fragment that follows the path; [`ErrorKind::NotFound`] is none.
pub(crate) fn check(path: &Path, folders: usize) -> io::Result<()> {
    for folder in path.ancestors().skip(1).take(folders).filter(|folder| !folder.as_os_str().is_empty()) {
        if kind(folder)?.is_some_and(|kind| kind.is_symlink()) {
            let folder = folder.display();
            return Err(io::Error::other(format!(
                "the folder {folder} is a symbolic link, which is not followed here: replace it with a real folder"
            )));
        }
    }
    let Some(kind) = kind(path)? else { return Ok(()) };
    if kind.is_file() {
        return Ok(());
    }
    let what = match kind {
        _ if kind.is_symlink() => "a symbolic link, which is not followed here",
        _ if kind.is_dir() => "a folder",
        _ => "not a regular file (but a pipe, a socket or a device)",
    };
    Err(io::Error::other(format!("it is {what}: replace it with the file itself, or delete it")))
}

/// Reads a regular file of at most `most` bytes.
///
/// # Errors
/// It is not what [`check`] asks for, is not there, is larger, or cannot be read.
pub(crate) fn read_regular(path: &Path, folders: usize, most: u64) -> io::Result<Vec<u8>> {
    check(path, folders)?;
    read_bounded(path, most)
}

/// Reads a file of at most `most` bytes that the user names, which may be a link or a pipe.
///
/// # Errors
/// It is not there, is larger, or cannot be read.
pub(crate) fn read_bounded(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let bytes = read_start(path, most)?;
    if bytes.len() as u64 > most {
        return Err(too_large(most));
    }
    Ok(bytes)
}

/// Reads a file up to one byte more than `most`.
///
/// # Errors
/// It is not there, or cannot be read.
pub(crate) fn read_start(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    // With room for all of it, the file is read at once.
    let length = file.metadata()?.len().min(most).min(1 << 20);
    let mut bytes = Vec::with_capacity(length as usize + 1);
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The error that a file is larger than `most` bytes.
pub(crate) fn too_large(most: u64) -> io::Error {
    io::Error::other(format!(
        "it is larger than {} MiB, which is too large for a file of this kind",
        most >> 20
    ))
}

/// Returns the kind of what is at a path, without following a link; `None` if nothing is there.
fn kind(path: &Path) -> io::Result<Option<FileType>> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(Some(metadata.file_type())),
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(cause),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_a_file_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a/b.jsonl");
        fs::create_dir(folder.path().join("a")).expect("a folder");
        assert!(check(&file, 2).is_ok(), "nothing is there yet");
        assert!(read_regular(&file, 2, 9).is_err_and(|cause| cause.kind() == ErrorKind::NotFound));
        fs::write(&file, "12345").expect("written");
        assert_eq!(read_regular(&file, 2, 5).expect("read"), b"12345");
        assert!(read_regular(&file, 2, 4).is_err_and(|cause| cause.to_string().contains("larger")));
        let of_folder = read_regular(&folder.path().join("a"), 1, 9).expect_err("a folder").to_string();
        assert!(of_folder.starts_with("it is a folder: "), "{of_folder}");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed_wherever_they_are() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("real")).expect("a folder");
        fs::write(folder.path().join("real/file"), "x").expect("written");
        std::os::unix::fs::symlink(folder.path().join("real"), folder.path().join("linked")).expect("a link");
        std::os::unix::fs::symlink("file", folder.path().join("real/link")).expect("a link");
        let told =
            |path: &str| read_regular(&folder.path().join(path), 1, 9).expect_err("a link").to_string();
        assert!(told("real/link").starts_with("it is a symbolic link"), "{}", told("real/link"));
        assert!(told("linked/file").contains("linked is a symbolic link"), "{}", told("linked/file"));
        assert!(
            read_regular(&folder.path().join("linked/file"), 0, 9).is_ok(),
            "above is none of its business"
        );
    }
}
