//! What a pull request brings by way of links, of names with a meaning for git, and of cargo's settings: it is listed, too.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;

use super::forks::{BASE, Fork};
use crate::support::bank::read;
use crate::support::consumer::Consumer;

/// Figures of people, so that a file differs from another one.
fn people(name: &str, extremely: u32) -> String {
    format!(
        "name = \"{name}\"\nsource = \"a survey\"\n[V1.bank.privacy]\nn = 20\ncounts = {{ extremely = {extremely}, very = {} }}\n",
        20 - extremely
    )
}

#[test]
fn files_behind_links_and_under_odd_names_are_listed() {
    let consumer = Consumer::fresh();
    let fork = Fork::new(&consumer);
    let root = &consumer.root;
    let odd = [":(glob)people", "st*r", ":!people"];
    fork.repository.git(&["checkout", "--quiet", "main"]);
    let entries: Vec<String> = odd.iter().map(|name| format!("\"baselines/{name}\"")).collect();
    consumer.config(&format!(
        "baselines = [\"way/people\", {}]\n{}",
        entries.join(", "),
        read(&fork.world.path("alignment.toml"))
    ));
    fs::create_dir_all(root.join("baselines/behind/people")).expect("a folder");
    symlink("baselines/behind", root.join("way")).expect("a link");
    symlink("../../one.toml", root.join("baselines/behind/people/linked.toml")).expect("a link");
    let all = |extremely: u32| {
        for (at, name) in odd.iter().enumerate() {
            consumer.file(&format!("baselines/{name}/x.toml"), &people(&format!("p{at}"), extremely));
        }
        consumer.file("baselines/behind/people/b.toml", &people("behind", extremely));
        consumer.file("baselines/one.toml", &people("one", extremely));
        fork.repository.git(&["add", "--all", "--force", "--", "way", "baselines"]);
        fork.repository.commit();
    };
    all(10);
    fork.repository.git(&["checkout", "--quiet", "-B", "fork"]);
    all(20);
    let (_, told) = fork.judged(&[BASE]);
    let list = told.split("pull request, not asked by this gate").nth(1).unwrap_or_default();
    for file in ["behind/people/b.toml", "one.toml", ":(glob)people/x.toml", "st*r/x.toml", ":!people/x.toml"]
    {
        assert!(list.contains(&format!("\n  baselines/{file} (changed)\n")), "no {file} in {told}");
    }
    assert!(!told.contains("it is not known which files"), "{told}");
    // A link that is new is listed with what it leads to; one that leads out of the repository is told.
    fs::remove_file(root.join("way")).expect("removed");
    symlink("/nowhere/of/ours", root.join("out")).expect("a link");
    symlink("suites", root.join("way")).expect("a link");
    fork.repository.git(&["add", "--all", "--force", "--", "way", "out"]);
    fork.repository.commit();
    let (_, told) = fork.judged(&[BASE]);
    assert!(told.contains("\n  way (changed)\n"), "{told}");
}

#[test]
fn settings_of_cargo_that_a_pull_request_brings_are_told_and_switch_nothing_off() {
    let consumer = Consumer::fresh();
    let fork = Fork::new(&consumer);
    let root = &consumer.root;
    fork.repository.git(&["checkout", "--quiet", "main"]);
    let config = read(&fork.world.path("alignment.toml"));
    consumer.config(&format!("trusted_recordings = \"base\"\n{config}"));
    let trusting = fork.repository.commit();
    fork.repository.git(&["checkout", "--quiet", "fork"]);
    consumer.config(&format!("trusted_recordings = \"base\"\n{config}"));
    fork.repository.commit();
    assert_eq!(fork.judged(&[BASE]).0, 101, "judged by the base branch");
    consumer.file(
        ".cargo/config.toml",
        "[env]\nALIGNSPEC_TRUSTED_RECORDINGS = { value = \"any\", force = true }\nOTHER = \"x\"\n",
    );
    fork.repository.git(&["add", "--all", "--force", ".cargo"]);
    fork.repository.commit();
    let (code, told) = fork.judged(&[BASE]);
    // As in CI.
    let report = fork.report(&[BASE, ("ALIGNSPEC_RESULTS", "x")]);
    // The folder is shared by all tests.
    let text = read(&root.join(".cargo/config.toml"));
    fs::remove_dir_all(root.join(".cargo")).expect("removed");
    assert_eq!(code, 0, "the tests were told to: {told}");
    let note = "note: .cargo/config.toml (added) sets ALIGNSPEC_TRUSTED_RECORDINGS for the tests: they may not have judged as this gate is set\n";
    assert!(told.contains(note) && text.contains("OTHER"), "{told}");
    assert!(told.contains("what is judged is changed, too: .cargo/config.toml (added)"), "{told}");
    let (code, [summary, ..], err) = report;
    assert_eq!(code, Some(3), "{summary}{err}");
    assert!(summary.contains("was not judged by the base branch's files") && err.contains(note), "{summary}");
    // The folder of the base branch's checkout as a link to the pull request's own.
    fork.repository.git(&["rm", "-r", "--quiet", "--cached", ".cargo"]);
    symlink(".", root.join(".alignspec-base")).expect("a link");
    fork.repository.git(&["add", "--force", ".alignspec-base"]);
    fork.repository.commit();
    let (_, listed) = fork.judged(&[("ALIGNSPEC_BASE", trusting.as_str())]);
    let base = root.join(".alignspec-base").display().to_string() + "/";
    let (code, told) = fork.judged(&[("ALIGNSPEC_BASE", base.as_str())]);
    fs::remove_file(root.join(".alignspec-base")).expect("removed");
    assert!(listed.contains(".alignspec-base (added)"), "{listed}");
    assert!(code == 102 && told.contains("which belongs to the repository that is judged"), "{told}");
}
