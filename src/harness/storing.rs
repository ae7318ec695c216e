//! Storing what is new or has drifted, without a word of insta's. insta stores it, as `cargo insta` expects, but it
//! also prints a banner, the whole text and a hint to overwrite the snapshot, above what the test says. Only its
//! variable `INSTA_OUTPUT` turns that off, and a process cannot change its own environment safely. So a process of the
//! same test target stores it, and this one says what changed. Who sets `INSTA_OUTPUT` gets what it asks for.

use std::env;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use insta::Snapshot;
use insta::comparator::Comparator;
use serde::{Deserialize, Serialize};

use super::AssertSnapshot;
use crate::ground::environment::STORES;
use crate::ground::panics::{Caught, quietly};

/// insta's own variable for what it prints.
const OUTPUT: &str = "INSTA_OUTPUT";

/// What a process ends with that has had insta store a text. It is no success: who sets the variable by mistake gets no
/// green run in which nothing was judged.
const STORED: u8 = 103;

/// A text that insta is to store where its settings say so.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ChangedText {
    /// The name of the snapshot, which is that of its file.
    pub name: String,
    pub text: String,
    /// The folder of the snapshots.
    pub folder: PathBuf,
    /// What a reviewer reads above the diff.
    pub description: String,
}

/// Compares nothing: what is handed over has changed.
#[derive(Debug, Clone)]
struct HasChanged;

impl Comparator for HasChanged {
    fn matches(&self, _: &Snapshot, _: &Snapshot) -> bool {
        false
    }

    fn dyn_clone(&self) -> Box<dyn Comparator> {
        Box::new(self.clone())
    }
}

impl ChangedText {
    /// Has insta store the text in a process of its own; `None` where that is not wanted or not possible, so that it
    /// is to be stored in this one.
    pub(super) fn stored_quietly(&self) -> Option<Result<(), Caught>> {
        if env::var_os(OUTPUT).is_some_and(|wanted| !wanted.is_empty()) {
            return None;
        }
        let request = serde_json::to_vec(self).ok()?;
        let mut child = Command::new(env::current_exe().ok()?)
            .env(STORES, "1")
            .env(OUTPUT, "none")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .ok()?;
        // Dropped at the end, so that the process sees the end of what it reads.
        let sent = child.stdin.take()?.write_all(&request);
        let ended = child.wait_with_output().ok()?;
        sent.ok()?;
        if ended.status.code() == Some(i32::from(STORED)) {
            return Some(Ok(()));
        }
        let message = String::from_utf8_lossy(&ended.stderr).trim().to_owned();
        Some(Err(Caught { message, place: None }))
    }
}

/// Stores the text on standard input, if this process was started for that.
pub(super) fn in_this_process(assert: AssertSnapshot) -> Option<ExitCode> {
    env::var_os(STORES)?;
    let mut text = String::new();
    let read = std::io::stdin().read_to_string(&mut text);
    let request = read
        .map_err(|error| error.to_string())
        .and_then(|_| serde_json::from_str::<ChangedText>(&text).map_err(|error| error.to_string()));
    let done = request.and_then(|request| {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(&request.folder);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.set_description(request.description);
        settings.set_comparator(Box::new(HasChanged));
        quietly(|| settings.bind(|| assert(&request.name, &request.text))).map_err(|caught| caught.message)
    });
    Some(match done {
        Ok(()) => ExitCode::from(STORED),
        Err(why) => {
            // If the other process is gone, there is nobody to tell.
            writeln!(std::io::stderr(), "{why}").ok();
            ExitCode::FAILURE
        }
    })
}
