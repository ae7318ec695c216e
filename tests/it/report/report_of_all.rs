//! Whether a report is of all that it is to be of: the last run, the roles that were to be judged, each crate
//! of a workspace, and no more than is shown.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::consumer::Consumer;
use crate::support::reported::{Gate, crowded, edit, mended, server};
use serde_json::{Value, json};

#[test]
fn a_clock_that_is_set_back_hides_no_no() {
    let consumer = Consumer::fresh();
    let (server, gate) = (server(), Gate::new());
    crowded(&consumer, &server);
    mended(&consumer);
    let (yes, no) = ("assistant::T5 selects a >= 50%", "assistant::T5 selects b >= 80%");
    let (code, out) = gate.run(&consumer, &["--exact", yes]);
    assert_eq!((code, gate.code().0), (0, Some(0)), "{out}");
    // The first run was at a time that is yet to come.
    edit(&gate.results, |record| record["at"] = json!(99_999_999_999_999_u64));
    let (code, out) = gate.run(&consumer, &["--exact", no]);
    assert_eq!(code, 101, "{out}");
    let (code, said) = gate.code();
    let no = "gate: says no — 1 of 5 roles judged, 4 not (left out), 1 of 1 checks failed, 9 not judged, 1 result of an earlier run left out\n";
    assert_eq!((code, said.as_str()), (Some(1), no));
    // Nor does it matter whether the journal of runs is still there.
    fs::remove_file(gate.results.join(".runs")).expect("a journal");
    edit(&gate.results, |record| record["at"] = json!(99_999_999_999_999_u64));
    let (code, out) = gate.run(&consumer, &["--exact", yes]);
    assert_eq!((code, gate.code().0), (0, Some(0)), "{out}");
    // Records of a version that went by the clock: which run was the last is in doubt, and the no counts.
    edit(&gate.results, |record| {
        record["order"] = Value::Null;
        record["at"] = json!(if record["outcome"] == "fail" { 1 } else { 2 });
    });
    let (code, said) = gate.code();
    assert_eq!(
        (code, said.as_str()),
        (
            Some(1),
            "gate: says no — 1 of 5 roles judged, 4 not (left out), 1 of 2 checks failed, 1 check passed, 8 not judged\n"
        )
    );
}

#[test]
fn a_result_that_contradicts_itself_is_no_yes() {
    let consumer = Consumer::fresh();
    let (server, gate) = (server(), Gate::new());
    crowded(&consumer, &server);
    mended(&consumer);
    let (code, out) = gate.run(&consumer, &["--exact", "assistant::T5 selects b >= 80%"]);
    assert_eq!((code, gate.code().0), (101, Some(1)), "{out}");
    let no = |record: &mut Value| {
        if record["outcome"] == "fail" {
            record["says"] = json!("yes");
        }
    };
    edit(&gate.results, no);
    let (code, said) = gate.code();
    assert_eq!(code, Some(1), "the outcome is what counts: {said}");
    let why = "\nerror: the result of `assistant::T5 selects b >= 80%` contradicts itself: its outcome is `fail`, which means a no, but it says a yes.";
    assert!(said.contains("1 of 1 checks failed, 1 could not run") && said.contains(why), "{said}");
    let summary = gate.report(&["--markdown", "-"]).stdout;
    assert!(String::from_utf8_lossy(&summary).contains("| `result of assistant::T5 selects b >= 80%` |"));
    // Nor is one that has a yes for its outcome, and says something else.
    for says in ["no", "could_not_run", "nothing"] {
        edit(&gate.results, |record| {
            if record["kind"] == "check" && record["outcome"] != "not_judged" {
                record["outcome"] = json!("pass");
                record["says"] = json!(says);
            }
        });
        let (code, said) = gate.code();
        assert!(code == Some(3) && said.contains("which means a yes, but it says "), "{says}: {said}");
    }
}

#[test]
fn a_role_that_was_to_be_judged_and_was_not_is_no_pass() {
    let consumer = Consumer::fresh();
    let (server, gate) = (server(), Gate::new());
    crowded(&consumer, &server);
    mended(&consumer);
    let (code, out) = gate.run(&consumer, &["--exact", "assistant::T5 selects a >= 50%"]);
    assert_eq!(code, 0, "{out}");
    let said = |folder: &Path, roles: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-alignspec"));
        command.args(["alignspec", "report"]).arg(&gate.results).current_dir(folder);
        command.args(roles.iter().flat_map(|role| ["--role", role]));
        let output = command.output().expect("it runs");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let here = &consumer.root;
    assert_eq!(said(here, &["assistant"]).0, Some(0));
    let (code, text) = said(here, &["assistant", "bear"]);
    assert!(code == Some(3) && text.contains("error: no model is named `bear`: "), "{text}");
    // Where there is no alignment.toml, the results tell.
    let (code, text) = said(gate.folder.path(), &["assistant", "bear"]);
    assert!(code == Some(3) && text.contains("the role `bear` was not judged"), "{text}");
    // A role of another name is another role, and one of which all is ignored was not judged.
    for role in ["half", "ant", "assist"] {
        assert_eq!(said(here, &[role]).0, Some(3), "{role}");
    }
    gate.run(&consumer, &["T5 selects a", "--skip", "down", "--skip", "half"]);
    let (code, text) = said(here, &["assistant", "keyless"]);
    assert!(code == Some(3) && text.contains("all its tests are ignored"), "{text}");
}

#[test]
fn two_crates_are_told_apart_and_a_long_summary_still_shows() {
    let consumer = Consumer::fresh();
    let (server, gate) = (server(), Gate::new());
    crowded(&consumer, &server);
    mended(&consumer);
    gate.run(&consumer, &["--exact", "assistant::T5 selects b >= 80%"]);
    let summary = || {
        let output = gate.report(&["--markdown", "-", "--junit", "junit.xml", "--annotations"]);
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert!(!summary().contains("consumer/"), "{}", summary());
    // The same records, as a second crate of the workspace leaves them.
    let copy = |number: usize, name: &str, text: &str| {
        let file = fs::read_dir(&gate.results).expect("results").flatten().map(|entry| entry.path());
        let file = file.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
        let mut files: Vec<_> = file.collect();
        files.sort();
        let of = |kind: &str| {
            let mut records = files
                .iter()
                .map(|file| serde_json::from_slice::<Value>(&fs::read(file).expect("read")).expect("JSON"));
            records.find(|record| record["kind"] == kind).expect("a record")
        };
        let mut record = of("check");
        record["crate"] = json!(format!("gates/{name}"));
        record["crate_name"] = json!(name);
        record["id"] = json!(number.to_string());
        record["name"] = json!(format!("{text}{}", record["name"].as_str().expect("a name")));
        record["text"] = json!(format!("{text}\n").repeat(40));
        fs::write(gate.results.join(format!("zz{number}.json")), record.to_string()).expect("written");
        // Each crate has left its plan.
        let place = gate.results.join("zz-plan.json");
        let mut plan = of("plan");
        let known = fs::read(&place).ok().map(|text| serde_json::from_slice::<Value>(&text).expect("JSON"));
        let mut planned = known.map_or(json!([]), |known| known["planned"].clone());
        planned.as_array_mut().expect("a list").push(json!({
            "id": record["id"], "name": record["name"], "model": record["model"], "kind": record["kind"], "left_out": false,
        }));
        (plan["crate"], plan["id"], plan["planned"]) =
            (json!(format!("gates/{name}")), json!("plan"), planned);
        fs::write(&place, plan.to_string()).expect("written");
    };
    copy(0, "second", "");
    let text = summary();
    for row in [
        "| **fail** | `consumer/assistant` | `T5 selects b >= 80%` |",
        "| **fail** | `second/assistant` | `T5 selects b >= 80%` |",
        "title=fail%3A second/assistant%3A%3AT5 selects b >= 80%",
    ] {
        assert!(text.contains(row), "{row}\n{text}");
    }
    let junit = fs::read_to_string(gate.folder.path().join("junit.xml")).expect("written");
    assert!(junit.contains("<testsuite name=\"second/assistant\""), "{junit}");
    // GitHub shows a summary of a megabyte, and drops a longer one.
    for number in 1..400 {
        copy(number, "second", &"&<".repeat(150));
    }
    gate.report(&["--markdown", "long.md"]);
    let long = fs::read_to_string(gate.folder.path().join("long.md")).expect("written");
    assert!(long.len() < 1 << 20 && long.len() > 500_000, "{}", long.len());
    assert!(
        long.starts_with("## ❌ gate: says no — 2 of 6 roles judged, 4 not (left out), 401 of 401 checks failed, 9 not judged\n"),
        "{}",
        &long[..200]
    );
    assert!(long.contains("This summary is cut off here"));
    assert_eq!(long.matches("<pre>").count(), long.matches("</pre>").count());
}
