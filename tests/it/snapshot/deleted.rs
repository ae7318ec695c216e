//! A snapshot that was deleted is no first one, and one without its checksum is no old one.

use std::fs;
use std::process::{Command, Stdio};

use crate::support::bank::{World, read};
use crate::support::consumer::Consumer;
use crate::support::repository::Repository;

const NAME: &str = "snapshots/assistant.V1.snap";

fn command(world: &World<'_>, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-alignspec"));
    command.args(arguments).current_dir(&world.consumer.root).stdin(Stdio::null());
    let output = command.output().expect("started");
    (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

#[test]
fn a_snapshot_that_git_has_and_the_folder_lacks_was_deleted() {
    let consumer = Consumer::fresh();
    let world = World::new(&consumer);
    let repository = Repository::new(&consumer.root);
    fs::write(world.path(".gitignore"), "/target\n").expect("written");
    let main = repository.commit();
    fs::remove_file(world.snapshot()).expect("removed");
    let (code, out, err) = consumer.run_with(&[], &[]);
    let wanted = format!(
        "deleted: assistant: V1: its snapshot was deleted: HEAD has {NAME}, so that nothing is compared with it\n  to do     bring it back with `git checkout HEAD -- {NAME}`; or review the new one, and accept it with `cargo alignspec accept --role assistant`\n"
    );
    assert!(code == 101 && out.contains(&wanted), "{out}{err}");
    let (code, told) = command(&world, &["watch", "--requests", "4"]);
    assert!(code == Some(3) && told.contains("the snapshot of V1 was deleted, and HEAD has it: "), "{told}");
    // The branch deletes it, and the base branch has it.
    fs::remove_file(world.path("snapshots/assistant.V1.snap.new")).expect("pending");
    repository.git(&["checkout", "--quiet", "-b", "fork"]);
    repository.commit();
    let (code, out, err) = consumer.run_with(&[], &[("ALIGNSPEC_BASE", "main")]);
    let wanted = format!(
        "deleted: assistant: V1: its snapshot was deleted: the base branch (main, {0}) has {NAME}, so that nothing is compared with it\n  to do     bring it back with `git checkout {0} -- {NAME}`; ",
        &main[..12]
    );
    assert!(code == 101 && out.contains(&wanted), "{out}{err}");
    // Without a base branch, or without git, nobody knows.
    let (code, out, _) = consumer.run_with(&[], &[]);
    assert!(code == 101 && out.contains("new: assistant: V1: there is no snapshot yet"), "{out}");
    // Accepted, it is there; where git ignores it, that is told.
    let (code, told) = command(&world, &["accept", "--role", "assistant"]);
    assert_eq!(
        (code, told.as_str()),
        (
            Some(0),
            format!("assistant: V1 accepted (first snapshot): {NAME}, of gpt-a, answered by small-1-2025\n")
                .as_str()
        )
    );
    let (code, _, err) = consumer.run_with(&[], &[]);
    assert!(code == 0 && !err.contains("git ignores"), "{err}");
    fs::write(world.path(".gitignore"), "snapshots/\n").expect("written");
    let (code, out, err) = consumer.run_with(&[], &[]);
    fs::remove_file(world.path(".gitignore")).expect("removed");
    let note = format!(
        "note: git ignores these snapshots (.gitignore), so nobody else compares with them, and one that is deleted is gone: {NAME}\n"
    );
    assert!(code == 0 && err.contains(&note), "{out}{err}");
}

#[test]
fn a_snapshot_without_the_checksum_that_it_was_written_with_is_damaged() {
    let consumer = Consumer::fresh();
    let world = World::new(&consumer);
    let text = read(&world.snapshot());
    let without = |words: &[&str]| {
        let kept = text.lines().filter(|line| !words.iter().any(|word| line.starts_with(word)));
        kept.map(|line| format!("{line}\n")).collect::<String>()
    };
    let wanted = "the snapshot is cut off: its last line is not the checksum that was written with it";
    for words in [&["sum "][..], &["sum ", "settings ", "system "]] {
        world.refused(
            &world.snapshot(),
            without(words).trim_end().to_owned().as_bytes(),
            "its last line is cut off",
        );
        let text = without(words).trim_end().to_owned() + "\n";
        world.refused(&world.snapshot(), text.as_bytes(), wanted);
    }
}
