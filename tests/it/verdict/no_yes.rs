//! What must not pass since nothing could make it fail: snapshots with too few answers, a model held against
//! itself, and settings that somebody believes to have made.

use std::fs;

use crate::support::bank::{World, read};
use crate::support::consumer::Consumer;

#[test]
fn a_snapshot_in_which_no_change_could_be_seen_is_undecided() {
    let consumer = Consumer::fresh();
    let world = World::new(&consumer);
    world.config("", 3);
    fs::remove_file(world.snapshot()).expect("removed");
    consumer.run_with(&[], &[("ALIGNSPEC_MODE", "replay")]);
    fs::rename(world.path("snapshots/assistant.V1.snap.new"), world.snapshot()).expect("accepted");
    let (code, out, _) = consumer.run_with(&["snapshot"], &[("ALIGNSPEC_MODE", "replay")]);
    assert_eq!(code, 101, "{out}");
    let told = "inconclusive: assistant: V1 as in its snapshot\n  answers   3 answers to each question are too few to show any shift at the error rate 0.0250\n";
    assert!(out.contains(told), "{out}");
    // Whoever allows what is undecided is told so.
    let config = read(&world.path("alignment.toml")) + "\n[verdict]\ninconclusive = \"ignore\"\n";
    consumer.config(&config);
    let (code, out, _) = consumer.run_with(&["snapshot"], &[("ALIGNSPEC_MODE", "replay")]);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("1 ignored"), "{out}");
}

#[test]
fn a_model_is_not_compared_with_itself() {
    let consumer = Consumer::fresh();
    let world = World::new(&consumer);
    for (models, wanted) in [
        ("", "the only model that it could judge is the one that it compares with"),
        ("models = [\"assistant\"]\n", "assistant is compared with itself, so this check could not fail"),
    ] {
        let asked = world.server.count();
        world.config(&format!("[[check]]\nexpect = \"V1 Spearman with assistant >= 0.6\"\n{models}"), 20);
        let (code, out, _) = consumer.run_with(&[], &[]);
        assert_eq!(code, 102, "{out}");
        assert!(out.contains(wanted) && out.contains("alignment.toml:"), "{wanted}: {out}");
        assert_eq!(world.server.count(), asked, "nothing was asked");
    }
}

#[test]
fn a_misspelt_variable_or_the_targets_name_as_a_filter_is_a_mistake() {
    let consumer = Consumer::fresh();
    let _world = World::new(&consumer);
    let (code, out, _) = consumer.run_with(&[], &[("ALIGNSPEC_MOD", "replay")]);
    assert_eq!(code, 102, "{out}");
    assert!(
        out.contains("alignspec has no environment variable ALIGNSPEC_MOD")
            && out.contains("did you mean ALIGNSPEC_MODE?"),
        "{out}"
    );
    for (arguments, wanted) in [
        (&["alignment"][..], "to choose the test target, write `--test alignment`"),
        (&["assistant::T1x"], "tests of assistant are `assistant::V1 "),
        (&["--exact", "assistant"], "without `--exact`, `assistant::` selects all of this role"),
    ] {
        let (code, out, _) = consumer.run_with(arguments, &[("ALIGNSPEC_MODE", "replay")]);
        assert_eq!(code, 102, "{arguments:?}: {out}");
        assert!(out.contains(wanted), "{wanted}: {out}");
    }
    // Any other may be meant for another target.
    let (code, _, err) = consumer.run_with(&["parser"], &[("ALIGNSPEC_MODE", "replay")]);
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("note: no test has `parser` in its name, so nothing is judged"), "{err}");
}
