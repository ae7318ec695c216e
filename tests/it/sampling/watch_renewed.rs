//! After an upgrade that changed no answer: the snapshots are renewed on request, and the watch goes on.

use std::fs;
use std::process::{Command, Stdio};

use super::watch::{BINARY, World, told, unsealed};

fn accept(world: &World, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(BINARY);
    command.arg("accept").args(arguments).current_dir(&world.consumer.root);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let (code, out, err) = told(command);
    (code, out + &err)
}

/// Names another model in alignment.toml.
fn upgrade(world: &World, to: &str) {
    let config = fs::read_to_string(world.path("alignment.toml")).expect("read");
    let (before, rest) = config.split_once("model = \"").expect("a model");
    let (_, after) = rest.split_once('"').expect("its end");
    world.consumer.config(&format!("{before}model = \"{to}\"{after}"));
}

#[test]
fn a_snapshot_that_an_upgrade_did_not_change_is_renewed_and_watched() {
    let world = World::new();
    assert_eq!(world.watch(&["--id", "a", "--requests", "8"]).0, Some(0));
    let before = fs::read_to_string(world.snapshot()).expect("read");
    upgrade(&world, "gpt-b-0613");
    // Nothing is recorded of it yet.
    let (code, told) = accept(&world, &["--renew"]);
    assert!(
        code == Some(1)
            && told.contains("nothing was renewed: assistant: V1: today's answers are not all recorded"),
        "{told}"
    );
    let (code, out, err) = world.consumer.run_with(&[], &[]);
    assert_eq!(code, 0, "the answers are the same: {out}{err}");
    assert_eq!(fs::read_to_string(world.snapshot()).expect("read"), before, "nothing drifted");
    let (code, out, _) = world.watch(&["--id", "b", "--requests", "8"]);
    for wanted in [
        "\n  the snapshot of V1 is of `gpt-a`, and alignment.toml names `gpt-b-0613`\n",
        "where they have not, `cargo alignspec accept --renew --role assistant` makes the answers of today's model the snapshot\n",
    ] {
        assert!(code == Some(3) && out.contains(wanted), "no {wanted} in {out}");
    }
    let (code, told) = accept(&world, &["--renew", "--role", "assistant"]);
    let wanted = "assistant: V1 renewed: snapshots/assistant.V1.snap: the answers are those of `gpt-b-0613`, after `gpt-a`, and have not drifted; 1 renewal since the snapshot that was last judged in full (";
    assert!(code == Some(0) && told.starts_with(wanted), "{told}");
    assert!(told.ends_with("), from which no share of answers has moved by more than 0.00\n"), "{told}");
    let after = fs::read_to_string(world.snapshot()).expect("read");
    assert!(after.contains("\nmodel gpt-b-0613, answered by gpt-a-1\n"), "{after}");
    assert!(after.contains("\ndescription: \"assistant (gpt-a-1) on V1\"\n"), "{after}");
    assert_eq!(before.lines().next(), after.lines().next(), "insta's head stays");
    let (code, out, err) = world.consumer.run_with(&[], &[("ALIGNSPEC_MODE", "replay")]);
    assert_eq!(code, 0, "{out}{err}");
    let (code, out, _) = world.watch(&["--id", "b", "--requests", "8"]);
    assert!(
        code == Some(0) && out.contains("V1 has another snapshot than the one that 1 earlier watch was"),
        "{out}"
    );
    assert_eq!(
        accept(&world, &["--renew"]),
        (Some(0), "assistant: V1 is of today's answers already\n".to_owned())
    );
}

/// Each of two upgrades moves too little to be a drift from the snapshot before, and both together enough.
#[test]
fn renewals_do_not_add_up_untold() {
    let world = World::new();
    let first = fs::read_to_string(world.snapshot()).expect("read");
    let judged = world.path("snapshots/assistant.V1.judged");
    let step = |to: &str, others: usize| {
        upgrade(&world, to);
        // So many of the new model's answers to one question are other ones.
        world.says(|model| model.others = others);
        let (code, out, err) = world.consumer.run_with(&["snapshot"], &[]);
        assert_eq!(code, 0, "not a drift from the snapshot before: {out}{err}");
        accept(&world, &["--renew"])
    };
    let (code, told) = step("gpt-b-0613", 6);
    assert!(
        code == Some(0) && told.contains("; 1 renewal since the snapshot that was last judged in full ("),
        "{told}"
    );
    assert!(told.ends_with("no share of answers has moved by more than 0.30 (bank.privacy)\n"), "{told}");
    let text = fs::read_to_string(world.snapshot()).expect("read");
    assert!(text.contains("\nrenewed 1 time since "), "{text}");
    // What was judged in full is kept, below insta's head.
    assert!(first.ends_with(&fs::read_to_string(&judged).expect("kept")), "{first}");
    assert_eq!(accept(&world, &["--renew"]).1, "assistant: V1 is of today's answers already\n");
    let (code, told) = step("gpt-c-0613", 12);
    let wanted = "nothing was renewed: assistant: V1: over 2 renewals, the answers have moved away from the snapshot that was last judged in full (";
    assert!(code == Some(1) && told.contains(wanted), "{told}");
    assert_eq!(fs::read_to_string(world.snapshot()).expect("read"), text, "untouched");
    // Without it, nobody knows.
    fs::write(&judged, "other").expect("written");
    let (code, told) = accept(&world, &["--renew"]);
    assert!(code == Some(1) && told.contains("is another one than the head of the snapshot says"), "{told}");
    fs::remove_file(&judged).expect("removed");
    let (code, told) = accept(&world, &["--renew"]);
    assert!(
        code == Some(1)
            && told.contains("so that nobody knows how far the answers have moved from it in 1 renewal: "),
        "{told}"
    );
}

#[test]
fn what_has_drifted_is_not_renewed() {
    let world = World::new();
    let before = fs::read(world.snapshot()).expect("read");
    upgrade(&world, "gpt-b-0613");
    world.says(|model| model.answer = "Not important");
    assert_eq!(world.consumer.run_with(&[], &[]).0, 101);
    let pending = world.path("snapshots/assistant.V1.snap.new");
    let (code, told) = accept(&world, &["--renew"]);
    assert!(code == Some(1) && told.contains("a snapshot is pending: review it"), "{told}");
    fs::remove_file(pending).expect("removed");
    let (code, told) = accept(&world, &["--renew"]);
    assert!(
        code == Some(1)
            && told.contains("run `cargo test`, review what is pending, and accept it without --renew"),
        "{told}"
    );
    assert_eq!(fs::read(world.snapshot()).expect("read"), before);
    let (code, told) = accept(&world, &["--renew", "--task", "V2"]);
    assert!(code == Some(1) && told.contains("there is no such snapshot of a model that is asked"), "{told}");
}

/// Older versions did not write who answered.
#[test]
fn a_snapshot_that_names_no_model_is_compared_with_none() {
    let world = World::new();
    let text = unsealed(&fs::read_to_string(world.snapshot()).expect("read"));
    let kept: Vec<&str> = text.lines().filter(|line| !line.starts_with("model ")).collect();
    fs::write(world.snapshot(), kept.join("\n") + "\n").expect("written");
    let asked = world.server.count();
    let (code, out, _) = world.watch(&["--requests", "8"]);
    let wanted = "the snapshot of V1 does not say which model it is of (an older version wrote it), so it is not compared with `gpt-a`\n";
    assert!(code == Some(3) && out.contains(wanted), "{code:?} {out}");
    assert_eq!(world.server.count(), asked);
    let (code, told) = accept(&world, &["--renew"]);
    assert!(code == Some(0) && told.contains("those of `gpt-a`, after an unnamed model"), "{told}");
    assert_eq!(world.watch(&["--requests", "8"]).0, Some(0));
    // One that names the model and not how it was asked is told.
    let text = unsealed(&fs::read_to_string(world.snapshot()).expect("read"));
    fs::write(world.snapshot(), text).expect("written");
    let (code, out, _) = world.watch(&["--requests", "8"]);
    let wanted = "note: the snapshot of V1 does not say with which system prompt and settings it was asked";
    assert!(code == Some(0) && out.contains(wanted), "{out}");
}

#[test]
fn a_version_that_is_no_longer_named_is_told_by_gate_and_watch() {
    let world = World::new();
    world.says(|model| model.version = "");
    let wanted =
        "the snapshot was answered by `gpt-a-1`, and the provider no longer says which version answers: ";
    let (code, out, _) = world.watch(&["--requests", "8"]);
    assert!(code == Some(0) && out.contains(&format!("  note: {wanted}")), "{out}");
    fs::remove_dir_all(world.path("recordings")).expect("removed");
    let (code, out, err) = world.consumer.run_with(&[], &[]);
    assert!(
        code == 0 && format!("{out}{err}").contains(&format!("note: assistant: V1: {wanted}")),
        "{out}{err}"
    );
    world.config("", "any_version = true");
    let (code, out, err) = world.consumer.run_with(&[], &[]);
    assert!(code == 0 && !format!("{out}{err}").contains(wanted), "{out}{err}");
    let (code, out, _) = world.watch(&["--requests", "8"]);
    assert!(code == Some(0) && !out.contains(wanted), "{out}");
}
