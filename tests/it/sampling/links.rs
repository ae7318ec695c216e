//! Links, pipes and folders where a run keeps its files: none is followed, written through or waited for.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::bank::{World, read};
use crate::support::consumer::Consumer;

const BINARY: &str = env!("CARGO_BIN_EXE_cargo-alignspec");

fn accept(folder: &Path) -> (Option<i32>, String) {
    let mut command = Command::new(BINARY);
    command.arg("accept").current_dir(folder).stdin(Stdio::null());
    let output = command.output().expect("started");
    (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

/// Puts a link to a file of somebody's in the place of `file`, and gives that file.
fn linked(world: &World<'_>, file: &Path) -> PathBuf {
    let precious = world.path("precious.txt");
    fs::write(&precious, "precious, and its last line without an end").expect("written");
    let _ = fs::remove_file(file);
    symlink(&precious, file).expect("a link");
    precious
}

fn untouched(precious: &Path) {
    assert_eq!(read(precious), "precious, and its last line without an end");
}

#[test]
fn nothing_is_written_through_a_link_under_snapshots() {
    let consumer = Consumer::fresh();
    let world = World::new(&consumer);
    let text = read(&world.snapshot());
    // Accepting, where the stored one is a link.
    let precious = linked(&world, &world.snapshot());
    fs::write(world.path("snapshots/assistant.V1.snap.new"), &text).expect("written");
    let (code, told) = accept(&consumer.root);
    let wanted = "assistant.V1.snap cannot be written: it is a symbolic link, which is not followed here";
    assert!(code == Some(1) && told.contains(wanted), "{told}");
    untouched(&precious);
    // Accepting a link.
    fs::remove_file(world.snapshot()).expect("removed");
    fs::write(world.snapshot(), &text).expect("written");
    let pending = world.path("snapshots/assistant.V1.snap.new");
    let precious = linked(&world, &pending);
    let (code, told) = accept(&consumer.root);
    assert!(code == Some(1) && told.contains("it is a symbolic link"), "{told}");
    // A run that would write what waits for review.
    let (code, out, _) = world.replay();
    assert!(code == 102 && out.contains("snap.new cannot be written: it is a symbolic link"), "{out}");
    untouched(&precious);
    // One that would read the stored one, and the folder itself.
    fs::remove_file(&pending).expect("removed");
    linked(&world, &world.snapshot());
    let (code, out, _) = world.replay();
    assert!(code == 102 && out.contains("cannot be used: it is a symbolic link"), "{out}");
    fs::remove_file(world.snapshot()).expect("removed");
    fs::rename(world.path("snapshots"), world.path("elsewhere")).expect("moved");
    symlink(world.path("elsewhere"), world.path("snapshots")).expect("a link");
    let (code, out, _) = world.replay();
    assert!(code == 102 && out.contains("snapshots is a symbolic link"), "{out}");
    fs::remove_file(world.path("snapshots")).expect("removed");
    fs::remove_dir_all(world.path("elsewhere")).expect("removed");
}

#[test]
fn a_recording_that_is_a_link_is_neither_read_nor_cut() {
    let consumer = Consumer::fresh();
    let world = World::new(&consumer);
    let precious = linked(&world, &world.recording());
    for mode in ["replay", "auto", "record"] {
        let (code, out, _) = consumer.run_with(&[], &[("ALIGNSPEC_MODE", mode), ("INSTA_UPDATE", "no")]);
        let wanted = "V1.jsonl cannot be read: it is a symbolic link, which is not followed here";
        assert!(code == 102 && out.contains(wanted), "{mode}: {out}");
        untouched(&precious);
    }
    // The role's folder.
    fs::remove_file(world.recording()).expect("removed");
    fs::rename(world.path("recordings/assistant"), world.path("elsewhere")).expect("moved");
    symlink(world.path("elsewhere"), world.path("recordings/assistant")).expect("a link");
    let (code, out, _) = consumer.run_with(&[], &[("INSTA_UPDATE", "no")]);
    assert!(code == 102 && out.contains("recordings/assistant is a symbolic link"), "{out}");
    fs::remove_file(world.path("recordings/assistant")).expect("removed");
    fs::remove_dir_all(world.path("elsewhere")).expect("removed");
}

#[test]
fn nobody_waits_for_a_pipe() {
    let consumer = Consumer::fresh();
    let world = World::new(&consumer);
    let pipe = |path: &Path| {
        let _ = fs::remove_file(path);
        assert!(Command::new("mkfifo").arg(path).status().expect("started").success());
    };
    for file in [world.recording(), world.snapshot()] {
        let text = fs::read(&file).expect("a file");
        pipe(&file);
        let (code, out, _) = world.replay();
        assert!(
            code == 102 && out.contains("it is not a regular file (but a pipe, a socket or a device)"),
            "{out}"
        );
        fs::remove_file(&file).expect("removed");
        fs::write(&file, text).expect("given back");
    }
    let other = tempfile::tempdir().expect("a folder");
    fs::create_dir(other.path().join("assistant")).expect("a folder");
    pipe(&other.path().join("assistant/V1.jsonl"));
    pipe(&other.path().join("x.json"));
    for arguments in [["merge"], ["report"]] {
        let mut command = Command::new(BINARY);
        command.args(arguments).arg(other.path()).current_dir(&consumer.root).stdin(Stdio::null());
        let output = command.output().expect("started");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            !output.status.success() && told.contains("it is not a regular file"),
            "{arguments:?}: {told}"
        );
    }
}
