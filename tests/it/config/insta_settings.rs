//! insta's own settings, in files and variables, cannot silence a snapshot in a gate.

use std::fs;
use std::process::Command;

use crate::support::consumer::Consumer;

const TRIAL: &str = "m::T2 as in its snapshot";

/// A crate with a snapshot, as stored.
fn stored(consumer: &Consumer) -> String {
    for file in [".config/insta.yaml", "insta.yaml", ".insta.yaml"] {
        let _ = fs::remove_file(consumer.root.join(file));
    }
    let _ = fs::remove_dir_all(consumer.root.join("snapshots"));
    consumer.config("baselines = [\"baselines\"]\n[[model]]\nname = \"m\"\nprovider = \"tally\"\n");
    answers(consumer, 45);
    consumer.run(&[]);
    let file = snapshot(consumer);
    fs::rename(file.with_extension("snap.new"), &file).expect("accepted");
    fs::read_to_string(file).expect("stored")
}

fn snapshot(consumer: &Consumer) -> std::path::PathBuf {
    consumer.root.join("snapshots/m.T2.snap")
}

fn answers(consumer: &Consumer, privacy: u32) {
    let counts = format!("extremely = {privacy}, very = {}", 50 - privacy);
    let text =
        format!("name = \"m\"\nsource = \"s\"\n[T2.medical.privacy]\nn = 50\ncounts = {{ {counts} }}\n");
    consumer.file("baselines/m.toml", &text);
}

/// A run whose results are kept: the exit codes of the run and of the report, and all that was said.
fn gate(consumer: &Consumer, variables: &[(&str, &str)]) -> (i32, Option<i32>, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let results = folder.path().display().to_string();
    let all = [variables, &[("ALIGNSPEC_RESULTS", results.as_str())]].concat();
    let (code, out, err) = consumer.run_with(&["--exact", TRIAL], &all);
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-alignspec"));
    let report = command.arg("report").arg(folder.path()).output().expect("started");
    (code, report.status.code(), out + &err + &String::from_utf8_lossy(&report.stderr))
}

/// A settings file (by name, and what it says) or variables, and how a gate calls what is wrong.
type Setting<'a> = (Option<(&'a str, &'a str)>, &'a [(&'a str, &'a str)], &'a str);

const SETTINGS: [Setting<'static>; 9] = [
    (Some((".config/insta.yaml", "behavior:\n  force_pass: true\n")), &[], ".config/insta.yaml:2"),
    (Some(("insta.yaml", "behavior: { 'force_pass': True }\n")), &[], "insta.yaml:1"),
    (Some((".insta.yaml", "behavior:\n  update: \"always\"\n")), &[("INSTA_UPDATE", "")], ".insta.yaml:2"),
    (Some(("insta.yaml", "behavior:\n  update: force\n")), &[("INSTA_UPDATE", "")], "insta.yaml:2"),
    (Some(("insta.yaml", "behavior:\n  force_update: true\n")), &[("INSTA_UPDATE", "")], "insta.yaml:2"),
    (None, &[("INSTA_FORCE_PASS", "1")], "INSTA_FORCE_PASS=1"),
    (None, &[("INSTA_UPDATE", "always")], "INSTA_UPDATE=always"),
    (None, &[("INSTA_UPDATE", "force")], "INSTA_UPDATE=force"),
    (None, &[("INSTA_FORCE_UPDATE", "1")], "INSTA_FORCE_UPDATE=1"),
];

#[test]
fn no_setting_of_instas_silences_a_drift_in_a_gate() {
    let consumer = Consumer::fresh();
    let before = stored(&consumer);
    for (file, variables, name) in SETTINGS {
        if let Some((file, text)) = file {
            consumer.file(file, text);
        }
        answers(&consumer, 5);
        let (code, report, said) = gate(&consumer, variables);
        assert_eq!((code, report), (101, Some(1)), "drifted, with {name}:\n{said}");
        assert!(said.contains("m: T2 is not as in its snapshot"), "{said}");
        assert!(said.contains(&format!("---- {name} ----")), "no `{name}` in\n{said}");
        // What did not drift is not overwritten either, and such a run is none.
        answers(&consumer, 44);
        let (code, report, said) = gate(&consumer, variables);
        assert_eq!((code, report), (102, Some(3)), "not drifted, with {name}:\n{said}");
        assert!(said.contains("1 snapshot as stored"), "{said}");
        // CI is a gate without results, too.
        answers(&consumer, 5);
        let ci = [variables, &[("CI", "true")]].concat();
        let (code, out, _) = consumer.run_with(&["snapshot"], &ci);
        assert_eq!(code, 101, "drifted in CI, with {name}:\n{out}");
        assert_eq!(fs::read_to_string(snapshot(&consumer)).expect("there"), before, "with {name}");
        if let Some((file, _)) = file {
            fs::remove_file(consumer.root.join(file)).expect("removed");
        }
    }
}

#[test]
fn a_new_snapshot_waits_for_a_review_in_a_gate() {
    let consumer = Consumer::fresh();
    for file in ["behavior:\n  update: unseen\n", "behavior:\n  force_pass: true\n"] {
        stored(&consumer);
        fs::remove_file(snapshot(&consumer)).expect("removed");
        consumer.file(".config/insta.yaml", file);
        let (code, report, said) = gate(&consumer, &[("INSTA_UPDATE", "")]);
        assert_eq!((code, report), (101, Some(1)), "{file}: {said}");
        assert!(said.contains("there is no snapshot yet"), "{said}");
    }
    fs::remove_file(consumer.root.join(".config/insta.yaml")).expect("removed");
}

/// What a run stores without a review is told, whether it drifted, is new or was deleted; and no second attempt in a gate
/// finds what the first one stored.
#[test]
fn what_is_taken_without_a_review_is_told_and_a_gate_takes_nothing() {
    let consumer = Consumer::fresh();
    for value in ["always", "1", "force", "unseen"] {
        for new in [true, false] {
            let before = stored(&consumer);
            match new {
                true => fs::remove_file(snapshot(&consumer)).expect("removed"),
                false => answers(&consumer, 5),
            }
            // In a gate, however often.
            for gate in [("CI", "true"), ("TF_BUILD", "True")] {
                for attempt in 1..=2 {
                    let (code, out, err) =
                        consumer.run_with(&["--exact", TRIAL], &[("INSTA_UPDATE", value), gate]);
                    assert_eq!(code, 101, "{value}, new {new}, {gate:?}, attempt {attempt}: {out}{err}");
                    let there = fs::read_to_string(snapshot(&consumer)).ok();
                    assert_eq!(there, (!new).then(|| before.clone()), "{value}: {out}{err}");
                }
            }
            let (code, out, err) = consumer.run_with(&["--exact", TRIAL], &[("INSTA_UPDATE", value)]);
            if value == "unseen" && !new {
                assert_eq!(code, 101, "{value} is about new ones: {out}{err}");
                continue;
            }
            assert_eq!(code, 0, "{value} is taken at its word: {out}{err}");
            let told = format!(
                "{}: m: T2: INSTA_UPDATE={value} stored these answers as the snapshot, and nobody reviewed them: ",
                if new { "note" } else { "warning" }
            );
            assert!(err.contains(&told) && err.contains("  to undo   restore"), "{value}: {out}{err}");
        }
    }
    // A settings file says so, too.
    stored(&consumer);
    fs::remove_file(snapshot(&consumer)).expect("removed");
    consumer.file(".config/insta.yaml", "behavior:\n  update: unseen\n");
    for _ in 1..=2 {
        let variables = [("INSTA_UPDATE", ""), ("CI", "true")];
        let (code, out, _) = consumer.run_with(&["--exact", TRIAL], &variables);
        assert!(code == 101 && !snapshot(&consumer).exists(), "{out}");
    }
    fs::remove_file(consumer.root.join(".config/insta.yaml")).expect("removed");
}

#[test]
fn a_settings_file_silences_nothing_where_people_run_tests() {
    let consumer = Consumer::fresh();
    for (file, variables, name) in SETTINGS {
        let Some((file, text)) = file else { continue };
        stored(&consumer);
        consumer.file(file, text);
        answers(&consumer, 5);
        let (code, out, _) = consumer.run_with(&["snapshot"], variables);
        assert_eq!(code, 101, "drifted, with {name}:\n{out}");
    }
    // Nor does a settings file that insta cannot read fail a snapshot that stands.
    stored(&consumer);
    consumer.file("insta.yaml", "behavior: [\n");
    let (code, out, err) = consumer.run_with(&["snapshot"], &[]);
    assert!(code == 0 && err.contains("matches its snapshot, but insta says: "), "{out}{err}");
    fs::remove_file(consumer.root.join("insta.yaml")).expect("removed");
}
