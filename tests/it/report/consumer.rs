//! What a user of a real consumer crate runs and reads, mistakes included.

use std::fs;

use crate::support::consumer::{Consumer, TALLY};

fn check(expect: &str) -> String {
    format!("\n[[check]]\nexpect = \"{expect}\"\n")
}

#[test]
fn lists_one_trial_per_model_and_check_and_one_per_snapshot() {
    let consumer = Consumer::fresh();
    consumer.config(&format!("{TALLY}{}", check("T1  top-5 jaccard with practitioners ≥ .8")));
    let (code, out) = consumer.run(&["--list"]);
    assert_eq!(code, 0, "{out}");
    assert_eq!(
        out,
        "o1-preview::T1 top-5 Jaccard with practitioners >= 0.8: test\n\
         o1-preview::T1 as in its snapshot: test\n\
         o1-preview::T2 as in its snapshot: test\n\
         o1-preview::T3 as in its snapshot: test\n\
         o1-preview::T4 as in its snapshot: test\n"
    );
}

#[test]
fn passes_fails_and_filters_like_libtest() {
    let consumer = Consumer::fresh();
    let checks = check("T1 top-5 Jaccard with practitioners >= 0.8")
        + &check("T1 top-5 Jaccard with us-sample >= 0.8");
    consumer.config(&format!("{TALLY}{checks}"));
    let (code, out) = consumer.run(&["practitioners"]);
    assert!(code == 0 && out.contains("1 passed; 0 failed"), "{out}");
    let (code, out) = consumer.run(&["us-sample"]);
    assert_eq!(code, 101, "{out}");
    for part in [
        "fail: o1-preview: T1 top-5 Jaccard with us-sample >= 0.8",
        "found     0.667 (0.667 to 0.667)  0 ····················●····│······ 1  >= 0.8\n",
        "only here: fairness; only in us-sample: performance",
    ] {
        assert!(out.contains(part), "no `{part}` in\n{out}");
    }
    let (code, out) = consumer.run(&["--exact", "o1-preview::T1 top-5 Jaccard with practitioners >= 0.8"]);
    assert!(code == 0 && out.contains("1 passed"), "{out}");
    let (code, out) = consumer.run(&["--skip", "us-sample", "--skip", "snapshot"]);
    assert!(code == 0 && out.contains("1 passed"), "{out}");
}

#[test]
fn every_mistake_is_one_failing_trial_with_its_place() {
    let cases = [
        ("T1 top-5 Jacard with practitioners >= 0.8", "did you mean `Jaccard`?"),
        ("T9 Spearman with practitioners >= 0.8", "unknown task `T9`"),
        ("T1 selects fairnes >= 90%", "did you mean `fairness`?"),
        ("T1 Spearman with practitoners >= 0.8", "did you mean `practitioners`?"),
        ("T1 selects fairness >= 90", "did you mean 90%?"),
        ("T1 selects fairness > 90%", "write the bound with `>=` or `<=`"),
        ("T2 rates privacy extremly important >= 50%", "did you mean `extremely important`?"),
        ("T2 rates privacy extremely important in medcal >= 50%", "did you mean `medical`?"),
        ("T3 prefers privacy over dignity >= 50%", "unknown value `dignity`"),
        ("T1 top-12 Jaccard with practitioners >= 0.8", "a top 12 of 12 values says nothing"),
        ("T4 selects privacy >= 50%", "T4 is a task of kind rank, but this check needs select"),
        ("T1 direction effect <= 0.1", "this check needs trade_off"),
        ("T1 selects privacy >= 0%", "all answers satisfy >= 0%, so this check could not fail"),
        ("T1 shift from practitioners <= 1", "all answers satisfy <= 1, so this check could not fail"),
        ("T4 ranks privacy within top 3", "no model is asked T4, so this check would never run"),
    ];
    let consumer = Consumer::fresh();
    let mut text: String = cases.iter().map(|(sentence, _)| check(sentence)).collect();
    text += "\n[[check]]\nexpect = \"T1 invalid <= 5%\"\nmodels = [\"o1-previw\"]\n";
    text += "\n[[check]]\nexpect = \"T1 invalid <= 6%\"\nmodels = []\n";
    text += &check("T1 invalid <= 10%");
    text += &check("T1 invalid <= 0.1");
    // T4 is left to nobody.
    consumer.config(&format!("{TALLY}tasks = [\"T1\", \"T2\", \"T3\"]\n{text}"));
    let (code, list) = consumer.run(&["--list"]);
    assert_eq!(code, 0, "a mistake never stops the listing:\n{list}");
    let (code, out) = consumer.run(&["alignment.toml"]);
    assert_eq!(code, 102, "{out}");
    assert!(out.contains(&format!("0 passed; {} failed", cases.len() + 3)), "{out}");
    assert!(out.contains("`models` is empty, so this check would never run"), "{out}");
    assert!(out.contains("unknown model `o1-previw`") && out.contains("did you mean `o1-preview`?"), "{out}");
    assert!(out.contains("o1-preview is checked twice for `T1 invalid <= 10%`"), "{out}");
    for (sentence, help) in cases {
        assert!(out.contains(sentence) && out.contains(help), "`{sentence}` should say `{help}`:\n{out}");
    }
    assert!(out.contains(" --> alignment.toml:7:20"), "{out}");
}

#[test]
fn broken_files_fail_by_name_and_the_rest_still_runs() {
    let consumer = Consumer::fresh();
    let config =
        "suites = [\"builtin\", \"suites\", \"nowhere\"]\nbaselines = [\"builtin\", \"baselines\"]\n";
    consumer.config(&format!("{config}{TALLY}{}", check("T1 selects privacy >= 50%")));
    consumer.file("suites/a.toml", "id = \"T5\"\ntitle = \"x\"\nkind = \"selct\"\n");
    consumer
        .file("suites/b.toml", "id = \"T1\"\ntitle = \"twice\"\n[[check]]\nexpect = \"T1 invalid <= 5%\"\n");
    consumer
        .file("suites/c.toml", "id = \"T7\"\ntitle = \"x\"\nkind = \"open\"\nprompt = \"?\"\npicks = 3\n");
    consumer
        .file("baselines/d.toml", "name = \"d\"\nsource = \"s\"\n[T1]\nn = 5\ncuonts = { privacy = 5 }\n");
    let (code, out) = consumer.run(&["--skip", "snapshot"]);
    assert_eq!(code, 102, "{out}");
    for part in [
        "suites/a.toml:3:8",
        "did you mean `select`?",
        "the suite id `T1` is used twice",
        "unknown field `picks`",
        "did you mean `pick`?",
        "there is no such file or folder",
        "baselines/d.toml:5:1",
        "did you mean `counts`?",
        "test o1-preview::T1 selects privacy >= 50%",
    ] {
        assert!(out.contains(part) || part.starts_with("test "), "no `{part}` in\n{out}");
    }
    assert!(out.contains("1 passed; 5 failed"), "{out}");
}

#[test]
fn figures_that_do_not_add_up_and_tasks_without_figures_fail() {
    let consumer = Consumer::fresh();
    let model = "baselines = [\"builtin\", \"baselines\"]\n[[model]]\nname = \"odd\"\nprovider = \"tally\"\n";
    consumer.config(&format!("{model}{}{}", check("T3 undecided <= 50%"), check("T1 invalid <= 5%")));
    let pair = "[T3.medical.\"fairness/privacy\"]\nn = 5\ncounts = { undecided = 4, probably_privacy = 2 }\n";
    consumer.file("baselines/odd.toml", &format!("name = \"odd\"\nsource = \"s\"\n{pair}"));
    let (code, out) = consumer.run(&["--skip", "snapshot"]);
    assert_eq!(code, 102, "{out}");
    assert!(out.contains("these add up to 6, but 5 answers give at most 5"), "{out}");
    assert!(out.contains("odd has no figures for T1; it has T3"), "{out}");
}

#[test]
fn snapshots_are_written_accepted_and_only_drift_changes_them() {
    let consumer = Consumer::fresh();
    let tally = |privacy: u32, name: &str| {
        format!(
            "name = \"m\"\nsource = \"{name}\"\n[T2.medical.privacy]\nn = 50\ncounts = {{ extremely = {privacy}, very = {} }}\n[T2.medical.safety]\nn = 50\ncounts = {{ extremely = 30, very = 20 }}\n",
            50 - privacy
        )
    };
    consumer.config("baselines = [\"baselines\"]\n[[model]]\nname = \"m\"\nprovider = \"tally\"\n");
    consumer.file("baselines/m.toml", &tally(48, "first"));
    let (stored, pending) =
        (consumer.root.join("snapshots/m.T2.snap"), consumer.root.join("snapshots/m.T2.snap.new"));
    let (code, out) = consumer.run(&[]);
    assert!(code == 101 && out.contains("there is no snapshot yet") && pending.exists(), "{out}");
    fs::rename(&pending, &stored).expect("accepted, as cargo insta accept does");
    let before = fs::read_to_string(&stored).expect("stored");
    assert!(before.contains("medical.privacy  n 50  extremely 48 · "), "{before}");
    assert!(before.contains("\nsource m: first\ninvalid 0 of 100\n"), "{before}");
    // Noise: the file stays byte for byte.
    consumer.file("baselines/m.toml", &tally(45, "second"));
    let (code, out) = consumer.run(&[]);
    assert!(code == 0 && !pending.exists(), "{out}");
    assert_eq!(fs::read_to_string(&stored).expect("stored"), before);
    // Drift: all lines are of the new answers, and one of them is other.
    consumer.file("baselines/m.toml", &tally(10, "third"));
    let (code, out) = consumer.run(&[]);
    assert!(code == 101 && out.contains("1 of 2 questions drifted (error rate 0.05"), "{out}");
    assert!(out.contains("medical.privacy: shift 0.76") && out.contains("extremely 96% → 20%"), "{out}");
    assert!(out.contains("50 answers to each question would show a shift of 0."), "{out}");
    let after = fs::read_to_string(&pending).expect("pending");
    assert!(
        after.contains("\nsource m: third\ndrifted 1 of 2 questions (medical.privacy): the others did not"),
        "{after}"
    );
    let lines =
        |text: &str| text.lines().filter(|line| line.contains("  n ")).map(str::to_owned).collect::<Vec<_>>();
    let (old, new) = (lines(&before), lines(&after));
    assert_eq!(old.len(), new.len());
    assert_eq!(old.iter().zip(&new).filter(|(a, b)| a != b).count(), 1, "{after}");
    fs::remove_file(&pending).expect("rejected");
    // A floor above the shift lets it be.
    consumer.file("baselines/m.toml", &tally(28, "third"));
    let config = "baselines = [\"baselines\"]\n[[model]]\nname = \"m\"\nprovider = \"tally\"\n";
    consumer.config(&format!("{config}[drift]\nmin_shift = 0.5\n"));
    let (code, out) = consumer.run(&[]);
    assert!(code == 0 && !pending.exists(), "{out}");
    // An item that is gone is told, and its line goes.
    consumer.config(config);
    let fewer = tally(45, "fourth");
    consumer.file("baselines/m.toml", &fewer[..fewer.find("[T2.medical.safety]").expect("there")]);
    let (code, out) = consumer.run(&[]);
    assert!(code == 101 && out.contains("answered on one side only: medical.safety"), "{out}");
    let after = fs::read_to_string(&pending).expect("pending");
    assert!(after.contains("\ndrifted 1 of 2 questions (medical.safety): "), "{after}");
    assert_eq!(lines(&after), ["medical.privacy  n 50  extremely 45 · very 5 · other 0"], "{after}");
}
