//! What a command that writes or looks at files has to know of the git repository that the crate is in.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Returns the top folder of the repository that a folder is in; `None` where it is in none, or where git ignores it, as it
/// does what is built.
pub(super) fn top(folder: &Path) -> Option<PathBuf> {
    let folder = folder.canonicalize().ok()?;
    let top = folder.ancestors().find(|folder| folder.join(".git").exists())?;
    (!ignored(top, &folder)).then(|| top.to_owned())
}

/// Whether git leaves a file or folder out of commits; `false` where there is no git, or no repository.
pub(super) fn ignored(root: &Path, path: &Path) -> bool {
    let mut command = Command::new("git");
    // No program in git's config is run, and a folder with the parts of a bare repository is none.
    command.args(["-c", "safe.bareRepository=explicit", "-c", "core.fsmonitor=false", "-C"]).arg(root);
    command.args(["check-ignore", "--quiet", "--"]).arg(path);
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        command.env_remove(name);
    }
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}
