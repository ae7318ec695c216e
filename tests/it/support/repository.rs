//! A git repository in a folder of a test's: commits that nobody's settings change, gone when it is dropped.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

pub struct Repository {
    root: PathBuf,
}

impl Repository {
    /// Makes one on the branch `main`, without a commit.
    pub fn new(root: &Path) -> Repository {
        fs::remove_dir_all(root.join(".git")).ok();
        let repository = Repository { root: root.to_owned() };
        repository.git(&["init", "--quiet", "--initial-branch", "main"]);
        repository
    }

    /// Runs git, which has to succeed.
    pub fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .arg("-C")
            .arg(&self.root)
            .args(["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"])
            .args(["-c", "core.autocrlf=false"])
            .args(arguments)
            .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_SYSTEM", "/dev/null")])
            .output()
            .expect("git runs");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Commits all that lies in these folders and files, and returns the commit.
    pub fn commit(&self) -> String {
        let there = ["alignment.toml", "suites", "recordings", "snapshots", "baselines"];
        for path in there.into_iter().filter(|path| self.root.join(path).symlink_metadata().is_ok()) {
            self.git(&["add", "--all", "--force", path]);
        }
        // What was deleted.
        self.git(&["commit", "--quiet", "--all", "--allow-empty", "--message", "x"]);
        self.git(&["rev-parse", "HEAD"])
    }
}

impl Drop for Repository {
    fn drop(&mut self) {
        fs::remove_dir_all(self.root.join(".git")).ok();
    }
}
