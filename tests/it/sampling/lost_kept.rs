//! What is kept of lost tries beside a recording: what was edited, cut, moved or taken from another recording is an error
//! and never a run that counts less than was lost; and it goes along where recordings are merged.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use serde_json::json;

use super::lost::{SURE, asks_with};
use crate::support::completion;
use crate::support::consumer::Consumer;
use crate::support::server::{Gate, Reply, Server};

/// A server that fails on every third request.
fn failing() -> Server {
    let requests = AtomicUsize::new(0);
    Server::start(move |_| match requests.fetch_add(1, Ordering::SeqCst) % 3 {
        1 => Reply::json(500, &json!({ "error": { "message": "no" } })),
        _ => Reply::json(200, &completion(SURE)),
    })
}

/// What a run says of each text in place of the file; whether nothing was asked.
fn said(consumer: &Consumer, server: &Server, file: &Path, text: &str) -> (String, bool) {
    fs::write(file, text).expect("written");
    let asked = server.count();
    let (code, out, err) = consumer.run_with(&["rates"], &[]);
    assert_ne!(code, 0, "{text}: {out}{err}");
    (format!("{out}{err}"), server.count() == asked)
}

#[test]
fn a_list_of_lost_tries_that_was_changed_cut_or_swapped_is_an_error() {
    let (consumer, server) = (Consumer::fresh(), failing());
    asks_with(&consumer, &server, "retries = 0", "");
    assert_ne!(consumer.run_with(&["rates"], &[]).0, 0);
    let file = consumer.root.join("recordings/assistant/V1.lost.json");
    let whole = fs::read_to_string(&file).expect("tries were lost");
    let ids = whole.matches("-").count();
    assert!(ids > 2 && whole.contains("\"of\": \"assistant/V1\""), "{whole}");
    let id = whole.lines().find(|line| line.contains('-')).expect("an id");
    for (text, wanted) in [
        (
            whole.replacen(&format!("{id}\n"), "", 1),
            "it was changed after it was written (its checksum does not fit)",
        ),
        (whole.replace("\"lost\": 1", "\"lost\": 0"), "it was changed after it was written"),
        (
            whole.replace("assistant/V1", "assistant/V2"),
            "it is of the recording `assistant/V2` and not of `assistant/V1`",
        ),
        (whole[..whole.len() / 2].to_owned(), "EOF while parsing"),
        (String::new(), "EOF while parsing"),
    ] {
        let (said, none) = said(&consumer, &server, &file, &text);
        let told = format!("V1.lost.json cannot be read: {wanted}");
        assert!(said.contains(&told) && none, "no {told} in {said}");
    }
    // A list as the first version wrote it, without name and checksum, is what is left of one that was edited.
    let value: serde_json::Value = serde_json::from_str(&whole).expect("JSON");
    for text in [value["tries"].to_string(), "[]".to_owned()] {
        let (said, none) = said(&consumer, &server, &file, &text);
        assert!(said.contains("V1.lost.json cannot be read: it has no checksum: ") && none, "{said}");
    }
}

/// A crate whose run was killed while requests were on their way, and the file that names them.
fn killed() -> (Consumer, Server, Arc<Gate>, PathBuf) {
    let (consumer, gate) = (Consumer::fresh(), Arc::new(Gate::default()));
    let (tell, told) = mpsc::channel();
    let (held, tell) = (Arc::clone(&gate), Mutex::new(tell));
    let requests = AtomicUsize::new(0);
    let server = Server::start(move |_| {
        if requests.fetch_add(1, Ordering::SeqCst) >= 6 {
            tell.lock().expect("no panic").send(()).ok();
            held.pass();
        }
        Reply::json(200, &completion(SURE))
    });
    asks_with(&consumer, &server, "concurrency = 4\nretries = 0", "");
    let mut child = consumer.command(&["rates"]).spawn().expect("started");
    for _ in 0..4 {
        told.recv().expect("held up");
    }
    child.kill().expect("killed");
    child.wait().expect("ended");
    let sent = consumer.root.join("recordings/assistant/V1.sent");
    (consumer, server, gate, sent)
}

#[test]
fn requests_on_their_way_that_were_changed_moved_or_swapped_are_an_error() {
    let (consumer, server, gate, sent) = killed();
    gate.open();
    let whole = fs::read_to_string(&sent).expect("sent");
    let lines: Vec<&str> = whole.lines().collect();
    assert!(lines.len() > 9 && lines[0] == "sent of assistant/V1", "{whole}");
    // One short line a request.
    assert!(lines[1..].iter().all(|line| line.len() <= 50 && line.split(' ').count() == 3), "{whole}");
    let with = |lines: &[&str]| lines.join("\n") + "\n";
    let without = |at: usize| with(&[&lines[..at], &lines[at + 1..]].concat());
    let edited = lines[8].replacen(" 1 ", " 0 ", 1);
    let moved = [&lines[..2], &[lines[3], lines[2]], &lines[4..]].concat();
    let changed = "or one above it, was changed, moved or removed (its checksum does not fit)";
    for (text, wanted) in [
        (with(&[&lines[..8], &[&edited], &lines[9..]].concat()), changed),
        (without(4), changed),
        (with(&moved), changed),
        (without(0), changed),
        (
            whole.replace("assistant/V1", "other/V1"),
            "it is of the recording `other/V1` and not of `assistant/V1`",
        ),
        (with(&[lines[3].rsplit_once(' ').expect("a checksum").0]), "it has no checksum: "),
        (whole.clone() + "secret", "does not say which request was sent"),
        (whole.replacen(lines[5], &lines[5][..20], 1), "line 6 does not say which request was sent"),
    ] {
        let (said, none) = said(&consumer, &server, &sent, &text);
        assert!(
            said.contains("V1.sent cannot be read: ") && said.contains(wanted) && none,
            "no {wanted} in {said}"
        );
    }
    // A line that is cut off was never sent, and is told.
    fs::write(&sent, format!("{whole}{}", &lines[9][..30])).expect("written");
    let (_, out, err) = consumer.run_with(&["rates"], &[]);
    let wanted =
        "this line was cut off when a run was killed or the disk was full: its request was never sent";
    assert!(err.contains(wanted), "{out}{err}");
    let recorded = fs::read_to_string(consumer.root.join("recordings/assistant/V1.jsonl")).expect("recorded");
    assert_eq!(recorded.matches("\"lost\":1").count(), 4, "those that were on their way: {recorded}");
}

#[test]
fn lost_tries_go_along_where_recordings_are_merged() {
    let (consumer, server) = (Consumer::fresh(), failing());
    asks_with(&consumer, &server, "retries = 0", "");
    assert_ne!(consumer.run_with(&["rates"], &[]).0, 0);
    let lost = |folder: &Path| fs::read_to_string(folder.join("assistant/V1.lost.json"));
    let one = lost(&consumer.root.join("recordings")).expect("tries were lost");
    let shard = tempfile::tempdir().expect("a folder");
    let from = shard.path().join("recordings");
    fs::rename(consumer.root.join("recordings"), &from).expect("moved");
    let merge = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-alignspec"));
        command.arg("merge").args(arguments).arg(&from).current_dir(&consumer.root).stdin(Stdio::null());
        let output = command.output().expect("started");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let wanted = format!(" new, lost tries of {} samples\n", one.matches('-').count());
    for arguments in [&["--dry-run"][..], &["--fill", "--dry-run"]] {
        let told = merge(arguments);
        assert!(told.contains(&wanted), "no {wanted} in {told}");
        assert!(lost(&consumer.root.join("recordings")).is_err(), "nothing is written");
    }
    for arguments in [&[][..], &["--fill"]] {
        let told = merge(arguments);
        assert!(told.contains(&wanted), "no {wanted} in {told}");
        assert_eq!(lost(&consumer.root.join("recordings")).expect("there"), one);
        assert!(!merge(arguments).contains("lost tries"), "nothing is new");
        fs::remove_dir_all(consumer.root.join("recordings")).expect("removed");
    }
    // What was damaged there is no reason to count less.
    fs::write(from.join("assistant/V1.lost.json"), one.replace("\"lost\": 1", "\"lost\": 0"))
        .expect("written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-alignspec"));
    command.arg("merge").arg(&from).current_dir(&consumer.root).stdin(Stdio::null());
    let output = command.output().expect("started");
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(1) && err.contains("it was changed after it was written"), "{err}");
}
