//! A pull request that brings other responses to samples that the base branch has recorded: what the base
//! branch has counts, and what was changed is told.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::bank::{World, read};
use crate::support::completion;
use crate::support::consumer::Consumer;
use crate::support::server::{Reply, Server};

/// Records everything anew from a model that always says the same, and gives back the recording.
fn recorded_from(world: &World<'_>, says: &'static str) -> String {
    fs::remove_file(world.recording()).expect("removed");
    let server = Server::start(move |_| Reply::json(200, &completion(says)));
    let config = read(&world.path("alignment.toml"));
    world.consumer.config(&config.replace(&world.server.base_url(), &server.base_url()));
    world.consumer.run_with(&[], &[("ALIGNSPEC_MODE", "record"), ("INSTA_UPDATE", "no")]);
    world.consumer.config(&config);
    read(&world.recording())
}

/// Exit code and output of a run that knows the base branch's recordings, and leaves results.
fn judged(world: &World<'_>, base: &Path) -> (i32, String) {
    let (base, results) = (base.display().to_string(), world.path("results").display().to_string());
    fs::remove_dir_all(&results).ok();
    let variables = [("ALIGNSPEC_BASE_RECORDINGS", base.as_str()), ("ALIGNSPEC_RESULTS", &results)];
    let fixed = [("ALIGNSPEC_MODE", "replay"), ("INSTA_UPDATE", "no")];
    let (code, out, err) = world.consumer.run_with(&[], &[fixed, variables].concat());
    (code, format!("{out}{err}"))
}

/// The job summary of the last such run.
fn summary(world: &World<'_>) -> String {
    let report = Command::new(env!("CARGO_BIN_EXE_cargo-alignspec"))
        .args(["alignspec", "report", "--markdown", "-"])
        .arg(world.path("results"))
        .output()
        .expect("it runs");
    String::from_utf8(report.stdout).expect("UTF-8")
}

#[test]
fn responses_of_the_base_branch_count_before_those_of_a_pull_request() {
    let consumer = Consumer::fresh();
    let world = World::new(&consumer);
    let honest = read(&world.recording());
    let base = tempfile::tempdir().expect("a folder");
    let kept = base.path().join("assistant/V1.jsonl");
    fs::create_dir_all(kept.parent().expect("a folder")).expect("made");

    // The base branch says no to the check, and the pull request brings lines that say yes.
    let no = recorded_from(&world, "Not important");
    fs::write(&kept, &no).expect("written");
    for lines in [format!("{no}{honest}"), format!("{honest}{no}")] {
        fs::write(world.recording(), lines).expect("written");
        let (code, out) = judged(&world, base.path());
        assert_eq!(code, 101, "{out}");
        assert!(
            out.contains("bank.privacy: shift 1.00, p 5.8e-11: not 0% → 100%, extremely 100% → 0%"),
            "the base branch's count: {out}"
        );
        assert!(
            out.contains(
                "recorded  V1 16 of 16 answers are recorded more than once, with different responses"
            ),
            "{out}"
        );
    }

    // Without the lines of the base branch there is nothing to count but what came instead, and it is told
    // beside a check that passes, too.
    fs::write(world.recording(), &honest).expect("written");
    let (code, out) = judged(&world, base.path());
    assert_eq!(code, 0, "{out}");
    assert!(summary(&world).contains("answers are different from the base branch"), "{}", summary(&world));

    // Deleted lines are not asked anew: the base branch's are used, and it is told.
    fs::write(world.recording(), "").expect("written");
    let asked = world.server.count();
    let (code, out) = judged(&world, base.path());
    assert_eq!((code, world.server.count()), (101, asked), "{out}");
    assert!(out.contains("answers are taken from the base branch, and deleted here"), "{out}");
    fs::write(world.recording(), &honest).expect("written");

    // What the base branch has not is the pull request's own.
    fs::write(&kept, "").expect("written");
    let (code, out) = judged(&world, base.path());
    assert_eq!(code, 0, "{out}");
    assert!(!summary(&world).contains("base branch"), "{}", summary(&world));

    let (code, out) = judged(&world, &base.path().join("nowhere"));
    assert_eq!(code, 102, "{out}");
    assert!(
        out.contains("ALIGNSPEC_BASE_RECORDINGS is `") && out.contains("there is no such folder"),
        "{out}"
    );
}
