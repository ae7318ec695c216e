//! A comparison agrees with the run: where the answers behind a snapshot are recorded, all of them judge its
//! checks, and not only those that the snapshot counts.

use std::fs;
use std::process::{Command, Stdio};

use crate::support::bank::{World, read};
use crate::support::consumer::Consumer;

/// What a comparison says of the only check, on both sides.
fn verdicts(world: &World<'_>, before: &str, now: &str) -> Vec<String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-alignspec"));
    command.args(["diff", before, now, "--format", "markdown"]).current_dir(&world.consumer.root);
    let output = command.stdin(Stdio::null()).output().expect("started");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let told = String::from_utf8_lossy(&output.stderr);
    let line = text.lines().find(|line| line.contains("rates privacy") && line.starts_with('|'));
    let line = line.unwrap_or_else(|| panic!("no check in {text}{told}"));
    line.trim_matches('|').split('|').skip(1).map(|cell| cell.trim().replace('*', "")).collect()
}

#[test]
fn the_recordings_behind_a_snapshot_decide_its_checks() {
    let consumer = Consumer::fresh();
    let world = World::new(&consumer);
    // The snapshot has four answers to each question; the check needs seven.
    world.config("", 4);
    let config = read(&world.path("alignment.toml")).replace("max_samples = 4", "max_samples = 20");
    // Four answers show no drift, which is not what is asked here.
    let config = format!("{config}\n[verdict]\ninconclusive = \"ignore\"\n");
    consumer.config(&config);
    fs::remove_file(world.snapshot()).expect("removed");
    consumer.run_with(&[], &[("ALIGNSPEC_MODE", "replay")]);
    fs::rename(world.path("snapshots/assistant.V1.snap.new"), world.snapshot()).expect("accepted");
    let (code, out, _) = world.replay();
    assert_eq!(code, 0, "{out}");
    assert_eq!(verdicts(&world, "snapshot:assistant", "assistant"), ["100.0% pass", "100.0% pass"]);

    let old = read(&world.recording());
    // After an upgrade the recordings are still those of the model before.
    consumer.config(&config.replace("gpt-a", "gpt-b"));
    consumer.run_with(&[], &[("ALIGNSPEC_MODE", "record"), ("INSTA_UPDATE", "no")]);
    assert_eq!(verdicts(&world, "snapshot:assistant", "assistant"), ["100.0% pass", "100.0% pass"]);

    // Without them there is only what the snapshot counts, and it says so.
    let all = read(&world.recording());
    let new = all.strip_prefix(&old).expect("lines are only added");
    fs::write(world.recording(), new).expect("written");
    assert_eq!(
        verdicts(&world, "snapshot:assistant", "assistant"),
        ["100.0% inconclusive, from 4 answers; the run had 8", "100.0% pass"]
    );
}
