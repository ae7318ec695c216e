//! What git knows of a commit: its id, and the files in it. Nothing is fetched, and no program in git's config is run.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::ground::text::one_line;

/// The most bytes of one file that is copied out of git.
const MOST: u64 = 4 << 30;

/// A file in a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TreeFile {
    /// What it is: `100644` and `100755` are files, `120000` is a symbolic link.
    pub mode: String,
    /// The id of its contents.
    pub id: String,
    /// Its path in the repository.
    pub path: String,
}

impl TreeFile {
    pub(super) fn is_regular(&self) -> bool {
        matches!(self.mode.as_str(), "100644" | "100755")
    }

    pub(super) fn is_link(&self) -> bool {
        self.mode == "120000"
    }
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    // A folder with the parts of a bare repository, which anybody can commit, is no repository.
    command.args(["-c", "safe.bareRepository=explicit"]);
    command.arg("-C").arg(folder).args(arguments).env("LC_ALL", "C").stdin(Stdio::null());
    // A file that a partial clone does not have is an error. No replacement of an object counts.
    command.env("GIT_NO_LAZY_FETCH", "1").env("GIT_NO_REPLACE_OBJECTS", "1");
    // A hook of git's that runs tests sets these, and only the folder is to count.
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"] {
        command.env_remove(name);
    }
    command
}

/// Returns what git prints, or the first line of its complaint.
pub(super) fn git(folder: &Path, arguments: &[&str]) -> Result<Vec<u8>, String> {
    let output = command(folder, arguments).output();
    let output = output.map_err(|cause| format!("git cannot be run: {cause}"))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().next().unwrap_or_default();
    let what = arguments.iter().find(|word| !word.starts_with('-')).copied().unwrap_or_default();
    Err(match said {
        "" => format!("git {what} failed"),
        said => format!("git {what}: {}", one_line(said, 300)),
    })
}

/// Returns one line that git prints.
pub(super) fn line(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let text = String::from_utf8(git(folder, arguments)?);
    let text = text.map_err(|_| "git prints a path that is not UTF-8".to_owned())?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// Returns the id of the commit that a revision names; `None` if the repository has no such commit.
pub(super) fn commit(folder: &Path, revision: &str) -> Option<String> {
    let wanted = format!("{revision}^{{commit}}");
    let id = line(folder, &["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted]).ok()?;
    // It stands on command lines, so it must be no option.
    (!id.is_empty() && id.chars().all(|c| c.is_ascii_hexdigit())).then_some(id)
}

/// Returns the file at a path, and all files below it, in a commit.
pub(super) fn files(folder: &Path, commit: &str, path: &str) -> Result<Vec<TreeFile>, String> {
    listed(folder, &[commit, "--", path])
}

/// Returns those of some paths below a folder that `.gitignore` keeps out of git, as they were given.
pub(super) fn ignored(folder: &Path, paths: &[String]) -> Vec<String> {
    // A path that begins so has no meaning of its own for git.
    let paths: Vec<String> = paths.iter().map(|path| format!("./{path}")).collect();
    let arguments: Vec<&str> = ["-c", "core.quotePath=false", "check-ignore", "--"]
        .into_iter()
        .chain(paths.iter().map(String::as_str))
        .collect();
    // It fails where none is ignored, and where there is no repository.
    let listed = git(folder, &arguments).unwrap_or_default();
    let listed = String::from_utf8_lossy(&listed);
    listed.lines().map(|path| path.trim_start_matches("./").to_owned()).collect()
}

/// Returns all files in a commit.
pub(super) fn all_files(folder: &Path, commit: &str) -> Result<Vec<TreeFile>, String> {
    listed(folder, &[commit])
}

fn listed(folder: &Path, wanted: &[&str]) -> Result<Vec<TreeFile>, String> {
    // A folder may have a name with a meaning for git, such as `:(glob)x`.
    let literal = ["--literal-pathspecs", "ls-tree", "-r", "-z", "--full-tree"];
    let listed = git(folder, &[&literal, wanted].concat())?;
    let entries = listed.split(|byte| *byte == 0).filter(|entry| !entry.is_empty());
    entries.map(|entry| tree_file(&String::from_utf8_lossy(entry))).collect()
}

/// Reads `100644 blob 0123abc<tab>path`.
fn tree_file(entry: &str) -> Result<TreeFile, String> {
    let unread = || format!("git lists a file in a way that is not understood: {}", one_line(entry, 200));
    let (about, path) = entry.split_once('\t').ok_or_else(unread)?;
    let mut about = about.split(' ');
    let (mode, id) = about.next().zip(about.nth(1)).ok_or_else(unread)?;
    Ok(TreeFile { mode: mode.to_owned(), id: id.to_owned(), path: path.to_owned() })
}

/// Gives the contents of files to `each`, as streams.
pub(super) fn contents(
    folder: &Path,
    files: &[TreeFile],
    mut each: impl FnMut(&TreeFile, &mut dyn std::io::Read) -> std::io::Result<()>,
) -> Result<(), String> {
    let mut command = command(folder, &["cat-file", "--batch"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|cause| format!("git cannot be run: {cause}"))?;
    let (asks, told) = child.stdin.take().zip(child.stdout.take()).ok_or("git has no pipes")?;
    let (mut asks, mut told) = (asks, BufReader::new(told));
    let mut copy = |file: &TreeFile| {
        let broken = |cause: std::io::Error| {
            format!("{} cannot be copied out of git: {cause}", one_line(&file.path, 200))
        };
        writeln!(asks, "{}", file.id).and_then(|()| asks.flush()).map_err(broken)?;
        let mut head = String::new();
        told.read_line(&mut head).map_err(broken)?;
        let size =
            head.trim_end().strip_prefix(&format!("{} blob ", file.id)).and_then(|size| size.parse().ok());
        let size: u64 = size.filter(|size| *size <= MOST).ok_or_else(|| {
            format!("git does not have the contents of {}: fetch the whole commit", one_line(&file.path, 200))
        })?;
        let mut content = told.by_ref().take(size);
        each(file, &mut content).map_err(broken)?;
        let mut end = [0];
        match content.limit() {
            0 => told.read_exact(&mut end).map_err(broken),
            _ => Err(broken(std::io::Error::other("it is cut off"))),
        }
    };
    let copied = files.iter().try_for_each(&mut copy);
    drop(asks);
    // It ends when its input does; one that does not is ended.
    if copied.is_err() {
        let _ = child.kill();
    }
    let _ = child.wait();
    copied
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_of_a_tree_is_read() {
        let file = tree_file("120000 blob 0a1b\ta b/\tc").expect("an entry");
        assert_eq!((file.mode.as_str(), file.id.as_str(), file.path.as_str()), ("120000", "0a1b", "a b/\tc"));
        assert!(!file.is_regular());
        assert!(tree_file("100644 blob").is_err() && tree_file("").is_err());
    }
    /// Git takes a folder with such files for a repository, and whoever can commit files can commit these.
    #[test]
    fn a_folder_with_the_parts_of_a_repository_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let made = folder.path().join("gate");
        let name = made.to_str().expect("UTF-8");
        git(folder.path(), &["init", "--quiet", "--bare", name]).expect("made");
        let config = "[core]\nrepositoryformatversion = 0\nbare = false\nworktree = .\n";
        std::fs::write(made.join("config"), config).expect("written");
        let top = line(&made, &["rev-parse", "--show-toplevel"]);
        assert!(top.as_ref().is_err_and(|why| why.contains("bare repository")), "{top:?}");
    }
}
