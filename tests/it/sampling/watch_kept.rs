//! What a watch keeps: an old copy of it is noticed as far as anything proves it, what is too large is not read, and an
//! alarm that was given stands; and what it says of the snapshots that it compares with.

use std::fs::{self, File};

use super::watch::{World, told, unsealed};

#[test]
fn an_old_series_is_noticed_and_its_watches_can_be_counted_again() {
    let world = World::new();
    let path = world.path("watch/assistant.json");
    assert_eq!(world.watch(&["--id", "a", "--requests", "6"]).0, Some(0));
    let old = fs::read(&path).expect("read");
    for id in ["b", "c"] {
        assert_eq!(world.watch(&["--id", id, "--requests", "6"]).0, Some(0));
    }
    fs::write(&path, old).expect("written");
    let (code, out, _) = world.watch(&["--id", "d", "--requests", "6"]);
    let wanted = "is an old one: 2 watches are lost that were counted since (b, c): their answers are kept, so a watch with `--id` counts one again without asking\n";
    assert!(code == Some(3) && out.contains(wanted), "{code:?} {out}");
    assert!(out.contains("earlier watches are lost, which may have found a change: "), "{out}");
    assert_eq!(world.ids(), ["a", "d"]);
    let asked = world.server.count();
    for id in ["b", "c"] {
        let (code, out, _) = world.watch(&["--id", id, "--requests", "6"]);
        assert!(code == Some(0) && out.contains("  series "), "{out}");
    }
    assert_eq!((world.server.count(), world.ids().len()), (asked, 4), "nothing was asked");
    let (code, out, _) = world.watch(&["--id", "e", "--requests", "6"]);
    assert!(code == Some(0) && !out.contains("lost"), "{out}");
}

#[test]
fn an_alarm_that_an_older_series_lacks_stands_and_fewer_requests_undo_nothing() {
    let world = World::new();
    let path = world.path("watch/assistant.json");
    assert_eq!(world.watch(&["--id", "a", "--requests", "20"]).0, Some(0));
    let old = fs::read(&path).expect("read");
    world.says(|model| model.answer = "Not important");
    assert_eq!(world.watch(&["--id", "b", "--requests", "20"]).0, Some(1));
    world.says(|model| model.answer = "Extremely important");
    // An older cache, and the watch that found the change counted again with fewer requests.
    fs::write(&path, &old).expect("written");
    let asked = world.server.count();
    let (code, out, _) = world.watch(&["--id", "b", "--requests", "2"]);
    assert_eq!(code, Some(1), "{out}");
    let wanted = "note: watch b began with 20 requests, so it goes on with as many, and not with 2: ";
    assert!(out.contains(wanted) && out.contains("20 answers now, 40 in all"), "{out}");
    assert!(out.contains("note: the alarm of watch b is not in the series "), "{out}");
    assert_eq!(world.server.count(), asked, "nothing was asked");
    // Whoever asks another one is told, too.
    fs::write(&path, &old).expect("written");
    let (code, out, _) = world.watch(&["--id", "c", "--requests", "2"]);
    assert!(code == Some(1) && out.contains("  this was sure in watch b ("), "{out}");
    // The mark is gone, and what was answered is there: a doubt.
    fs::write(&path, &old).expect("written");
    fs::remove_file(world.path("watch/answers/b/.assistant.counted")).expect("a mark");
    for (id, requests) in [("d", "2"), ("b", "2")] {
        fs::write(&path, &old).expect("written");
        let (code, out, _) = world.watch(&["--id", id, "--requests", requests]);
        let wanted = "/watch/answers, without the mark `.assistant.counted` that says whether they were counted (it is gone or damaged): they may have found a change\n";
        assert!(code == Some(3) && out.contains(wanted), "{id}: {code:?} {out}");
    }
}

#[test]
fn an_alarm_stands_whatever_error_rate_is_set_later() {
    let world = World::new();
    world.says(|model| model.answer = "Not important");
    let (code, out, _) = world.watch(&["--id", "a", "--requests", "20"]);
    assert!(code == Some(1) && !out.contains("this was sure"), "{out}");
    world.config("verdict.error_rate = 1e-300", "");
    let standing = "  this was sure in watch a (2";
    let (code, out, _) = world.watch(&["--id", "a", "--requests", "20"]);
    let head = "assistant: the model behind `gpt-a` has changed since its snapshots were accepted\n";
    assert!(code == Some(1) && out.starts_with(head), "{code:?} {out}");
    assert!(
        out.contains(standing)
            && out.contains(", error rate 0.0500), and stands until the snapshots of V1 are new: "),
        "{out}"
    );
    world.says(|model| model.answer = "Extremely important");
    let (code, out, _) = world.watch(&["--id", "b", "--requests", "20"]);
    assert!(code == Some(1) && out.contains(standing), "{out}");
    // It is none the less known where nothing can be asked.
    world.config("verdict.error_rate = 1e-300", "key_env = \"NO_SUCH_KEY_HERE\"");
    let (code, out, _) = world.watch(&["--id", "c", "--requests", "20"]);
    let head = "assistant: could not be watched, and the model behind `gpt-a` has changed since ";
    assert!(code == Some(1) && out.starts_with(head) && out.contains(standing), "{code:?} {out}");
    // A new snapshot ends it.
    world.config("verdict.error_rate = 1e-300", "");
    let text = fs::read_to_string(world.snapshot()).expect("read");
    let (body, _) = text.rsplit_once("\nsum ").expect("a checksum");
    let other = unsealed(body).replace("sampled 2", "sampled 1");
    fs::write(world.snapshot(), other).expect("written");
    let (code, out, _) = world.watch(&["--id", "d", "--requests", "20"]);
    assert!(code == Some(0) && !out.contains(standing), "{code:?} {out}");
}

#[test]
fn files_that_are_too_large_are_not_read() {
    let world = World::new();
    assert_eq!(world.watch(&["--id", "a", "--requests", "6"]).0, Some(0));
    let large = |name: &str| {
        // Without contents: it takes no room on the disk.
        let file = File::create(world.path(name)).expect("created");
        file.set_len(300 << 20).expect("made longer");
    };
    let path = world.path("watch/assistant.json");
    let series = fs::read(&path).expect("read");
    large("watch/assistant.json");
    let (code, out, _) = world.watch(&["--id", "b", "--requests", "6"]);
    let wanted = "/watch/assistant.json cannot be read: it is larger than 64 MiB, which is too large for a file of this kind: restore it, or move it away to begin a new series\n";
    assert!(code == Some(3) && out.contains(wanted), "{out}");
    fs::write(&path, series).expect("restored");
    fs::create_dir_all(world.path("watch/answers/b/assistant")).expect("a folder");
    for name in ["V1.lost.json", "V1.sent"] {
        let name = format!("watch/answers/b/assistant/{name}");
        large(&name);
        let (code, out, _) = world.watch(&["--id", "b", "--requests", "6"]);
        assert!(
            code == Some(3) && out.contains("the list of lost tries ") && out.contains(" cannot be read: "),
            "{out}"
        );
        fs::remove_file(world.path(&name)).expect("removed");
    }
    assert_eq!(world.watch(&["--id", "b", "--requests", "6"]).0, Some(0));
}

#[test]
fn what_keeps_all_tasks_from_being_asked_is_said_once() {
    let world = World::new();
    let second =
        crate::support::bank::SUITE.split_once("[[check]]").expect("a check").0.replace("\"V1\"", "\"V2\"");
    world.consumer.file("suites/v2.toml", &second);
    assert_eq!(world.consumer.run_with(&[], &[]).0, 101, "V2 is new");
    fs::rename(world.path("snapshots/assistant.V2.snap.new"), world.path("snapshots/assistant.V2.snap"))
        .expect("accepted");
    world.config("", "key_env = \"NO_SUCH_KEY_HERE\"");
    let (code, out, err) = world.watch(&["--id", "a", "--requests", "8"]);
    let lines: Vec<&str> = out.lines().collect();
    assert!(code == Some(3) && lines[1].starts_with("  V1 and V2: 8 of 8 responses are missing: "), "{out}");
    assert_eq!(out.matches("NO_SUCH_KEY_HERE").count(), 1, "{out}");
    assert!(lines.len() == 3 && lines[2].starts_with("  a full run with "), "{out}");
    assert!(!err.contains("asking"), "nobody is asked: {err}");
}

#[test]
fn another_version_and_an_old_snapshot_are_told() {
    let world = World::new();
    world.says(|model| model.version = "gpt-a-2");
    // The same watch again says the same.
    for _ in 0..2 {
        let (code, out, _) = world.watch(&["--id", "v", "--requests", "4"]);
        let wanted = "assistant: the provider reports another version behind `gpt-a`\n  answered by gpt-a-2; the snapshots by gpt-a-1\n";
        assert!(code == Some(1) && out.starts_with(wanted), "{code:?} {out}");
    }
    world.config("drift.max_age = 30", "any_version = true");
    let (code, out, _) = world.watch(&["--requests", "4"]);
    assert!(code == Some(0) && !out.contains("days old"), "the model may have any version: {out}");
    let text = unsealed(&fs::read_to_string(world.snapshot()).expect("read"));
    let (head, rest) = text.split_once("sampled ").expect("a day");
    fs::write(world.snapshot(), format!("{head}sampled 2020-01-01{}", &rest[10..])).expect("written");
    let (code, out, _) = world.watch(&["--requests", "4"]);
    assert!(code == Some(0) && out.contains("note: the snapshot of V1 is "), "{out}");
    assert!(out.contains(" days old, and `max_age` is 30: "), "{out}");
}

#[test]
fn nothing_is_asked_where_the_environment_forbids_it() {
    let world = World::new();
    let asked = world.server.count();
    for (name, value, why) in [
        ("ALIGNSPEC_MODE", "replay", "ALIGNSPEC_MODE=replay forbids asking: unset it"),
        ("ALIGNSPEC_PLAN", "1", "nothing is asked while ALIGNSPEC_PLAN is set: unset it"),
        ("ALIGNSPEC_MODE", "bad", "ALIGNSPEC_MODE is `bad`, which is not a mode"),
    ] {
        let mut command = world.command(&[]);
        command.env(name, value);
        let (code, out, err) = told(command);
        assert!(code == Some(3) && out.is_empty() && err.contains(why), "{code:?} {out}{err}");
    }
    assert_eq!(world.server.count(), asked);
    assert!(!world.path("watch").exists(), "nothing is kept");
}
