//! Results that are not all there, or were changed after the run: that is never a yes.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::consumer::Consumer;
use crate::support::reported::{Gate, crowded, edit, mended, server};

const YES: &str = "assistant::T5 selects a >= 50%";
const NO: &str = "assistant::T5 selects b >= 80%";

/// The files of records that `is` says.
fn files(gate: &Gate, is: impl Fn(&Value) -> bool) -> Vec<PathBuf> {
    let entries = fs::read_dir(&gate.results).expect("results").flatten().map(|entry| entry.path());
    let records = entries.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    records
        .filter(|path| is(&serde_json::from_slice(&fs::read(path).expect("read")).expect("JSON")))
        .collect()
}

#[test]
fn half_an_artifact_is_no_yes() {
    let consumer = Consumer::fresh();
    let (server, gate) = (server(), Gate::new());
    crowded(&consumer, &server);
    mended(&consumer);
    let run = || {
        fs::remove_dir_all(&gate.results).ok();
        let (code, out) = gate.run(&consumer, &["assistant::", "--skip", "snapshot"]);
        assert_eq!((code, gate.code().0), (101, Some(1)), "{out}");
    };
    // The plan and the no are both gone, and only the yes is left.
    run();
    let lost = files(&gate, |record| record["kind"] == "plan" || record["name"] == NO);
    assert_eq!(lost.len(), 2);
    lost.into_iter().for_each(|file| fs::remove_file(file).expect("removed"));
    let (code, said) = gate.code();
    assert_eq!(code, Some(3), "{said}");
    assert!(
        said.contains("are not complete: the run `1-")
            && said.contains("` of the test target `alignment` has left no plan there"),
        "{said}"
    );
    // Hidden files are left out of many an artifact.
    fs::remove_file(gate.results.join(".runs")).expect("a journal");
    assert_eq!(gate.code().0, Some(3));
    // A run of which nothing is left but its name, beside another one that says yes.
    run();
    let journal = gate.results.join(".runs");
    let text = fs::read_to_string(&journal).expect("a journal");
    let (code, out) = gate.run(&consumer, &["--exact", YES]);
    assert_eq!((code, gate.code().0), (0, Some(0)), "{out}");
    let of = text.lines().find(|line| line.starts_with("of ")).expect("a plan");
    let mut parts: Vec<&str> = of.split(' ').collect();
    parts[2] = "0123456789abcdef0123456789abcdef";
    let other = format!("{}\n{}\n", fs::read_to_string(&journal).expect("a journal"), parts.join(" "));
    fs::write(&journal, other).expect("written");
    let (code, said) = gate.code();
    assert!(code == Some(3) && said.contains(&format!("the run `{}` has left no plan", parts[3])), "{said}");
}

#[test]
fn a_result_that_its_own_numbers_or_the_plan_contradict_is_no_yes() {
    let consumer = Consumer::fresh();
    let (server, gate) = (server(), Gate::new());
    crowded(&consumer, &server);
    mended(&consumer);
    let (code, out) = gate.run(&consumer, &["assistant::", "--skip", "snapshot"]);
    assert_eq!((code, gate.code().0), (101, Some(1)), "{out}");
    let file = files(&gate, |record| record["name"] == NO).remove(0);
    let kept = fs::read(&file).expect("read");
    let changed = |change: &dyn Fn(&mut Value)| {
        fs::write(&file, &kept).expect("restored");
        edit(&gate.results, |record| {
            if record["name"] == NO {
                change(record);
            }
        });
        gate.code()
    };
    let ends = |record: &mut Value, outcome: &str, says: &str| {
        (record["outcome"], record["says"]) = (json!(outcome), json!(says));
    };
    let unjudged = |record: &mut Value| {
        (record["verdict"], record["answers"]) = (Value::Null, Value::Null);
        record.as_object_mut().expect("a record").remove("answers");
    };
    for (what, change, why) in [
        (
            "a pass",
            &(|record: &mut Value| ends(record, "pass", "yes")) as &dyn Fn(&mut Value),
            "its outcome is `pass`, but its interval is not on that side of its bound",
        ),
        (
            "a pass of another bound's side",
            &|record| {
                ends(record, "pass", "yes");
                record["verdict"]["low"] = json!(0.99);
                record["verdict"]["high"] = json!(1.0);
            },
            "its estimate is not in its interval",
        ),
        (
            "a pass without numbers",
            &|record| {
                ends(record, "pass", "yes");
                unjudged(record);
            },
            "its outcome is `pass`, but it has no numbers",
        ),
        ("not judged", &|record| ends(record, "not_judged", "nothing"), "such trials leave no file"),
        (
            "not judged, and without numbers",
            &|record| {
                ends(record, "not_judged", "nothing");
                unjudged(record);
            },
            "such trials leave no file",
        ),
        ("ignored", &|record| ends(record, "ignored", "nothing"), "is `ignored`, but it holds answers"),
        (
            "ignored, and without numbers",
            &|record| {
                ends(record, "ignored", "nothing");
                unjudged(record);
            },
            "it is ignored, but was planned to be judged",
        ),
        (
            "another name",
            &|record| record["name"] = json!(YES),
            "its sentence says `>= 50%`, but it was judged by `>= 80%`",
        ),
        (
            "another name of the same bound",
            &|record| record["name"] = json!("assistant::T5 selects c >= 80%"),
            "contradicts the plan of its run, in which its name, its role or its kind is another",
        ),
        (
            "another role",
            &|record| record["model"] = json!("moved"),
            "contradicts the plan of its run, in which its name, its role or its kind is another",
        ),
        (
            "another kind",
            &|record| {
                record["kind"] = json!("reading");
                ends(record, "pass", "yes");
            },
            "contradicts the plan of its run, in which its name, its role or its kind is another",
        ),
        (
            "another id",
            &|record| {
                record["id"] = json!("0123456789abcdef0123456789abcdef");
                ends(record, "pass", "yes");
                record["verdict"]["bound"] = json!(0.0);
            },
            "contradicts the plan of its run, which has no such trial",
        ),
        (
            "another bound, and so a pass",
            &|record| {
                ends(record, "pass", "yes");
                record["verdict"]["bound"] = json!(0.0);
            },
            "its sentence says `>= 80%`, but it was judged by `>= 0%`",
        ),
        (
            "another sign, and so a pass",
            &|record| {
                ends(record, "pass", "yes");
                record["verdict"]["test"] = json!("at_most");
            },
            "its sentence says `>= 80%`, but it was judged by `<= 80%`",
        ),
        (
            "undecided, as allowed",
            &|record| {
                ends(record, "inconclusive", "nothing");
                (record["verdict"]["low"], record["verdict"]["high"]) = (json!(0.0), json!(1.0));
            },
            "but undecided checks fail in this run",
        ),
    ] {
        let (code, said) = changed(change);
        // What still says no is a no.
        let wanted = if what.starts_with("another name") || what == "another role" { 1 } else { 3 };
        assert_eq!(code, Some(wanted), "{what}: {said}");
        assert!(said.contains(why), "{what}: {said}");
    }
    // The same result in two files.
    let (code, said) = changed(&|_| {});
    assert_eq!(code, Some(1), "{said}");
    let copy = file.with_file_name("copy.json");
    fs::copy(&file, &copy).expect("copied");
    let (_, said) = gate.code();
    fs::remove_file(&copy).expect("removed");
    assert!(said.contains("is there twice in one run"), "{said}");
    // As it was, it is a no and nothing else.
    let (code, said) = changed(&|_| {});
    assert!(code == Some(1) && !said.contains("error: "), "{said}");
}

#[test]
fn a_snapshots_result_is_checked_too() {
    let consumer = Consumer::fresh();
    let (server, gate) = (server(), Gate::new());
    crowded(&consumer, &server);
    mended(&consumer);
    let (code, out) = gate.run(&consumer, &["moved::T5 as in its snapshot"]);
    assert_eq!((code, gate.code().0), (101, Some(1)), "{out}");
    let yes = |record: &mut Value| {
        if record["kind"] == "snapshot" && record["outcome"] == "drifted" {
            (record["outcome"], record["says"]) = (json!("pass"), json!("yes"));
        }
    };
    edit(&gate.results, yes);
    let (code, said) = gate.code();
    assert!(code == Some(3) && said.contains("is `pass`, but the answers drifted in it"), "{said}");
    edit(&gate.results, |record| {
        if record["kind"] == "snapshot" {
            record["drift"] = Value::Null;
        }
    });
    let (code, said) = gate.code();
    assert!(code == Some(3) && said.contains("it has no comparison with a snapshot"), "{said}");
}
