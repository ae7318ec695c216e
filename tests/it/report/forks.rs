//! A pull request that brings recordings, snapshots or baselines of its own, in real git repositories: these files are
//! listed, and do not count where the base branch is judged by. Whatever is not known of the base branch is no yes.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::bank::{World, read};
use crate::support::completion;
use crate::support::consumer::Consumer;
use crate::support::repository::Repository;
use crate::support::server::{Reply, Server};

const BY_BASE: (&str, &str) = ("ALIGNSPEC_TRUSTED_RECORDINGS", "base");
pub(super) const BASE: (&str, &str) = ("ALIGNSPEC_BASE", "main");
const RECORDING: &str = "recordings/assistant/V1.jsonl";
const TITLE: &str = "From this pull request, not asked by this gate";

/// A crate whose base branch, `main`, says no, and whose pull request, on the branch `fork`, brings a recording that
/// says yes.
pub(super) struct Fork<'a> {
    pub world: World<'a>,
    pub repository: Repository,
    main: String,
}

impl<'a> Fork<'a> {
    pub fn new(consumer: &'a Consumer) -> Fork<'a> {
        let world = World::new(consumer);
        let forged = read(&world.recording());
        let repository = Repository::new(&consumer.root);
        // The model says no when the base branch asks it.
        fs::remove_file(world.recording()).expect("removed");
        let server = Server::start(|_| Reply::json(200, &completion("Not important")));
        let config = read(&world.path("alignment.toml"));
        consumer.config(&config.replace(&world.server.base_url(), &server.base_url()));
        consumer.run_with(&[], &[("ALIGNSPEC_MODE", "record"), ("INSTA_UPDATE", "no")]);
        consumer.config(&config);
        let main = repository.commit();
        repository.git(&["checkout", "--quiet", "-b", "fork"]);
        fs::write(world.recording(), forged).expect("written");
        repository.commit();
        Fork { world, repository, main }
    }

    /// Exit code and errors of a gate that asks nothing.
    pub fn judged(&self, variables: &[(&str, &str)]) -> (i32, String) {
        let results = self.world.path("results").display().to_string();
        fs::remove_dir_all(&results).ok();
        let fixed =
            [("ALIGNSPEC_MODE", "replay"), ("INSTA_UPDATE", "no"), ("ALIGNSPEC_RESULTS", results.as_str())];
        let asked = self.world.server.count();
        let (code, out, err) = self.world.consumer.run_with(&[], &[&fixed, variables].concat());
        assert_eq!(self.world.server.count(), asked, "a model was asked: {out}{err}");
        (code, format!("{out}{err}"))
    }

    /// The exit code of the report of the last gate, and its summary, comment and page.
    pub fn report(&self, variables: &[(&str, &str)]) -> (Option<i32>, [String; 3], String) {
        let folder = tempfile::tempdir().expect("a folder");
        let files = ["summary.md", "comment.md", "page.html"].map(|name| folder.path().join(name));
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-alignspec"));
        command.current_dir(&self.world.consumer.root).args(["alignspec", "report"]);
        command.arg(self.world.path("results"));
        for (option, file) in ["--markdown", "--comment", "--html"].into_iter().zip(&files) {
            command.arg(option).arg(file);
        }
        command.arg("--json").arg(self.world.path("results.json"));
        command.env_remove("CI").envs(variables.iter().copied());
        let output = command.output().expect("it runs");
        (output.status.code(), files.map(|file| read(&file)), String::from_utf8_lossy(&output.stderr).into())
    }

    /// What the base branch is called.
    fn base(&self) -> String {
        format!("main, {}", &self.main[..12])
    }
}

#[test]
fn a_forged_recording_counts_and_is_listed_unless_the_base_branch_is_judged_by() {
    let consumer = Consumer::fresh();
    let fork = Fork::new(&consumer);
    // As a developer's machine, where nothing names a base branch.
    let (code, told) = fork.judged(&[]);
    assert!(code == 0 && !told.contains("pull request"), "{told}");
    assert!(!fork.report(&[]).1.concat().contains(TITLE));

    let (code, told) = fork.judged(&[BASE]);
    assert_eq!(code, 0, "{told}");
    let note = format!(
        "note: 1 file is from this pull request, not asked by this gate (base branch: {}), and counts\n  {RECORDING} (changed)\n  to judge by the base branch's instead, set `trusted_recordings = \"base\"`: docs/ci.md\n",
        fork.base()
    );
    assert!(told.contains(&note), "{told}");
    let (code, [summary, comment, page], err) = fork.report(&[BASE]);
    assert_eq!(code, Some(0), "{err}");
    assert!(err.contains(&note), "{err}");
    for text in [&summary, &comment] {
        let list = format!(
            "### {TITLE}\n\n- 1 file is from this pull request, not asked by this gate (base branch: {}), and counts\n- `{RECORDING}` (changed)\n",
            fork.base()
        );
        assert!(text.contains(&list), "{text}");
    }
    assert!(page.contains(&format!("<h2 id=\"brought\">{TITLE}</h2>")) && page.contains(RECORDING), "{page}");

    let whole: Value = serde_json::from_str(&read(&fork.world.path("results.json"))).expect("JSON");
    let wanted = json!({ "base": fork.base(), "by_base": false, "files": [{ "path": RECORDING, "change": "changed" }], "rules": [], "notes": [] });
    assert_eq!(whole["from_pull_request"], wanted);

    // A report that has to be of the base branch's files takes no yes of other ones.
    let (code, [summary, ..], _) = fork.report(&[BASE, BY_BASE]);
    assert_eq!(code, Some(3), "{summary}");
    assert!(summary.contains("was not judged by the base branch's files"), "{summary}");

    let (code, told) = fork.judged(&[BASE, BY_BASE]);
    assert_eq!(code, 101, "{told}");
    let by_base = format!(
        "judged by the recordings, snapshots and baselines of the base branch ({}); 1 file is from this pull request, not asked by this gate, and does not count",
        fork.base()
    );
    assert!(told.contains(&by_base), "{told}");
    let (code, [summary, comment, page], _) = fork.report(&[BASE, BY_BASE]);
    assert_eq!(code, Some(1), "{summary}");
    assert!([summary, comment, page].iter().all(|text| text.contains(&by_base)));
    let (code, [summary, ..], _) = fork.report(&[BASE]);
    assert!(code == Some(1) && summary.contains(&by_base), "{summary}");

    // One process for each test, after one that has kept the plan of the crate's own files.
    if consumer.has_nextest() {
        let nextest = |variables: &[(&str, &str)]| {
            let fixed = [("ALIGNSPEC_MODE", "replay"), ("INSTA_UPDATE", "no")];
            let arguments = ["nextest", "run", "--offline", "--test", "alignment"];
            consumer.cargo(&arguments, &[&fixed, variables].concat()).status.code()
        };
        assert_eq!(
            [nextest(&[BASE]), nextest(&[BASE, BY_BASE]), nextest(&[BASE])],
            [Some(0), Some(100), Some(0)]
        );
    }

    // Another checkout of the base branch does as well as its name.
    let there = tempfile::tempdir().expect("a folder");
    let checkout = there.path().join("base").display().to_string();
    fork.repository.git(&["worktree", "add", "--quiet", "--detach", &checkout, "main"]);
    let (code, told) = fork.judged(&[("ALIGNSPEC_BASE", checkout.as_str()), BY_BASE]);
    assert_eq!(code, 101, "{told}");
    assert!(told.contains(&format!("the base branch ({}); 1 file is", &fork.main[..12])), "{told}");
}

#[test]
fn a_pull_request_cannot_switch_off_what_the_base_branch_says() {
    let consumer = Consumer::fresh();
    let fork = Fork::new(&consumer);
    let without = read(&fork.world.path("alignment.toml"));
    let with = format!("trusted_recordings = \"base\"\n{without}");
    // The pull request has the key, and the base branch does not: the stricter one counts.
    consumer.config(&with);
    fork.repository.commit();
    let (code, told) = fork.judged(&[BASE]);
    assert_eq!(code, 101, "{told}");
    assert!(
        told.contains("note: `trusted_recordings` is \"base\" here, and \"any\" on the base branch\n"),
        "{told}"
    );
    assert!(told.contains("note: what is judged is changed, too: alignment.toml (changed)\n"), "{told}");
    // Where no gate judges, it judges by what is there.
    let (code, out, _) = fork.world.replay();
    assert_eq!(code, 0, "{out}");
    // A gate that knows no base branch does not judge.
    let (code, told) = fork.judged(&[]);
    assert!(code == 102 && told.contains("nothing names the base branch"), "{told}");
    // From outside, it is switched off.
    let (code, told) = fork.judged(&[BASE, ("ALIGNSPEC_TRUSTED_RECORDINGS", "any")]);
    assert_eq!(code, 0, "{told}");

    // The base branch has it, and the pull request takes it out.
    fork.repository.git(&["checkout", "--quiet", "main"]);
    consumer.config(&with);
    fork.repository.commit();
    fork.repository.git(&["checkout", "--quiet", "fork"]);
    consumer.config(&without);
    fork.repository.commit();
    let (code, told) = fork.judged(&[BASE]);
    assert_eq!(code, 101, "{told}");
    assert!(
        told.contains("note: `trusted_recordings` is \"any\" here, and \"base\" on the base branch\n"),
        "{told}"
    );
    let (code, [summary, ..], _) = fork.report(&[BASE, ("ALIGNSPEC_RESULTS", "x")]);
    assert!(code == Some(1) && summary.contains("and \"base\" on the base branch"), "{summary}");

    // It cannot be known what a broken one says.
    fork.repository.git(&["checkout", "--quiet", "main"]);
    consumer.config("trusted_recordings = \"bas\"\n");
    fork.repository.commit();
    fork.repository.git(&["checkout", "--quiet", "fork"]);
    let (code, told) = fork.judged(&[BASE]);
    assert!(code == 102 && told.contains("of the base branch has an unknown `trusted_recordings`"), "{told}");
}

#[test]
fn forged_snapshots_and_baselines_do_not_count_either() {
    let consumer = Consumer::fresh();
    let fork = Fork::new(&consumer);
    let world = &fork.world;
    // The base branch answers as its snapshot says; the pull request changes both in the same way.
    let honest = fork.repository.git(&["show", &format!("main:{RECORDING}")]) + "\n";
    let forged = read(&world.recording());
    fork.repository.git(&["checkout", "--quiet", "main"]);
    fs::write(world.recording(), &forged).expect("written");
    let people = "name = \"staff\"\nsource = \"a survey\"\n[V1.bank.privacy]\nn = 20\ncounts = { extremely = 20 }\n[V1.bank.safety]\nn = 20\ncounts = { very = 20 }\n";
    consumer.file("baselines/staff.toml", people);
    let config = read(&world.path("alignment.toml"));
    consumer.config(&format!("baselines = [\"baselines\"]\n{config}"));
    fork.repository.commit();
    assert_eq!(fork.judged(&[]).0, 0, "the base branch is green");

    fork.repository.git(&["checkout", "--quiet", "-B", "fork"]);
    fs::write(world.recording(), honest).expect("written");
    let snapshot = read(&world.snapshot());
    consumer.run_with(&[], &[("ALIGNSPEC_MODE", "replay"), ("INSTA_UPDATE", "always")]);
    assert_ne!(read(&world.snapshot()), snapshot, "the pull request's own snapshot");
    consumer.file("baselines/staff.toml", &people.replace("extremely = 20", "not = 20"));
    fork.repository.commit();
    let (_, told) = fork.judged(&[BASE]);
    assert!(!told.contains("drifted"), "its own snapshot counts: {told}");
    let list = format!(
        "  baselines/staff.toml (changed)\n  {RECORDING} (changed)\n  snapshots/assistant.V1.snap (changed)\n"
    );
    assert!(told.contains(&list), "{told}");
    let (code, told) = fork.judged(&[BASE, BY_BASE]);
    assert_eq!(code, 0, "the base branch's files are green: {told}");
    assert!(told.contains("3 files are from this pull request") && told.contains(&list), "{told}");
    // In live mode the answers are this gate's own, and the snapshot is the base branch's.
    let live = [("ALIGNSPEC_MODE", "live"), ("INSTA_UPDATE", "no"), BASE, BY_BASE];
    let (code, out, err) = consumer.run_with(&[], &live);
    assert_eq!(code, 0, "{out}{err}");
    assert!(world.path("recordings/assistant/live").is_dir(), "what was paid for is kept");
}

#[test]
fn a_base_branch_that_cannot_be_had_is_no_yes() {
    let consumer = Consumer::fresh();
    let fork = Fork::new(&consumer);
    let root = consumer.root.display().to_string();
    let refused = |variables: &[(&str, &str)], wanted: &str| {
        let (code, told) = fork.judged(&[&[BY_BASE], variables].concat());
        assert_eq!(code, 102, "{wanted}: {told}");
        assert!(told.contains(wanted), "{wanted} in {told}");
        let (code, [summary, ..], _) = fork.report(&[&[BY_BASE], variables].concat());
        assert_eq!(code, Some(3), "{wanted}: {summary}");
    };
    refused(&[], "nothing names the base branch: set ALIGNSPEC_BASE");
    refused(&[("ALIGNSPEC_BASE", "nowhere")], "it is no commit in the git repository here; fetch it");
    refused(&[("ALIGNSPEC_BASE", "--all")], "it is no commit in the git repository here");
    refused(&[("ALIGNSPEC_BASE", "fork")], "is the very commit that is judged");
    refused(&[("ALIGNSPEC_BASE", "/nowhere/at/all")], "there is no such folder");
    refused(&[("ALIGNSPEC_BASE", root.as_str())], "belongs to the repository that is judged");
    let elsewhere = tempfile::tempdir().expect("a folder");
    let folder = elsewhere.path().display().to_string();
    refused(&[("ALIGNSPEC_BASE", folder.as_str())], "where no base branch is: git rev-parse");
    let (code, told) = fork.judged(&[BASE, ("ALIGNSPEC_TRUSTED_RECORDINGS", "bass")]);
    assert!(code == 102 && told.contains("did you mean `base`?"), "{told}");
    // One that is named and not to be had may say that its recordings are judged by.
    let nowhere = ("ALIGNSPEC_BASE", "origin/main");
    let (code, told) = fork.judged(&[nowhere]);
    assert!(
        code == 102 && told.contains("it is not known whether its recordings are to be judged by"),
        "{told}"
    );
    // Where that is known from outside, what is only listed stops no gate, and it says so.
    let (code, told) = fork.judged(&[nowhere, ("ALIGNSPEC_TRUSTED_RECORDINGS", "any")]);
    assert!(code == 0 && told.contains("it is not known which files are from this pull request"), "{told}");
    // A pull request that moves the crate does not get rid of what the base branch's alignment.toml says.
    fork.repository.git(&["checkout", "--quiet", "main"]);
    fs::create_dir_all(fork.world.path("before")).expect("a folder");
    fork.repository.git(&["mv", "alignment.toml", "before/alignment.toml"]);
    fork.repository.commit();
    fork.repository.git(&["checkout", "--quiet", "fork"]);
    let (code, told) = fork.judged(&[BASE]);
    assert!(code == 102 && told.contains("is not alignment.toml but before/alignment.toml"), "{told}");
    fork.repository.git(&["checkout", "--quiet", "main"]);
    fork.repository.git(&["mv", "before/alignment.toml", "alignment.toml"]);
    fork.repository.commit();
    fork.repository.git(&["checkout", "--quiet", "fork"]);

    // The base branch has no such recording, or a link in its place.
    fork.repository.git(&["checkout", "--quiet", "main"]);
    fs::remove_file(fork.world.recording()).expect("removed");
    fork.repository.commit();
    fork.repository.git(&["checkout", "--quiet", "fork"]);
    refused(&[BASE], "not recorded");
    fork.repository.git(&["checkout", "--quiet", "main"]);
    let outside = elsewhere.path().join("V1.jsonl");
    fs::write(&outside, "").expect("written");
    fs::create_dir_all(fork.world.path("recordings/assistant")).expect("a folder");
    symlink(&outside, fork.world.recording()).expect("a link");
    fork.repository.commit();
    fork.repository.git(&["checkout", "--quiet", "fork"]);
    refused(&[BASE], "recordings/assistant/V1.jsonl is not a regular file there");
    // No repository at all.
    drop(fork.repository);
    let variables =
        [("ALIGNSPEC_MODE", "replay"), BASE, BY_BASE, ("GIT_CEILING_DIRECTORIES", parent(&consumer.root))];
    let (code, out, _) = consumer.run_with(&[], &variables);
    assert!(code == 102 && out.contains("git rev-parse: fatal: not a git repository"), "{out}");
}

fn parent(path: &Path) -> &str {
    path.parent().and_then(Path::to_str).expect("a parent")
}

#[test]
fn a_shallow_clone_without_the_base_branch_does_not_judge_by_it() {
    let consumer = Consumer::fresh();
    let fork = Fork::new(&consumer);
    let there = tempfile::tempdir().expect("a folder");
    let clone = there.path().join("clone");
    let clone = clone.to_str().expect("UTF-8");
    let from = format!("file://{}", consumer.root.display());
    fork.repository.git(&["clone", "--quiet", "--depth", "1", "--branch", "fork", &from, clone]);
    let judged = |variables: &[(&str, &str)]| {
        let mut command = consumer.command(&[]);
        // As cargo says which crate a test is run for.
        command.env("CARGO_MANIFEST_DIR", clone).env("CARGO_PKG_NAME", "consumer");
        command.env("ALIGNSPEC_MODE", "replay");
        let output = command.envs(variables.iter().copied()).output().expect("it runs");
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        (output.status.code(), text)
    };
    let main = ("ALIGNSPEC_BASE", "origin/main");
    let (code, told) = judged(&[main, BY_BASE]);
    assert!(code == Some(102) && told.contains("a shallow clone lacks it"), "{told}");
    let git = |arguments: &[&str]| fork.repository.git(&[&["-C", clone], arguments].concat());
    git(&["fetch", "--quiet", "--depth", "1", "origin", "main:refs/remotes/origin/main"]);
    let (code, told) = judged(&[main, BY_BASE]);
    assert_eq!(code, Some(101), "{told}");
    assert!(
        told.contains(&format!("of the base branch (origin/main, {}); 1 file", &fork.main[..12])),
        "{told}"
    );
}

#[test]
fn a_file_that_a_suite_names_is_listed_wherever_it_lies() {
    let consumer = Consumer::fresh();
    let fork = Fork::new(&consumer);
    consumer.file(
        "shared/w0.toml",
        "id = \"W0\"\ntitle = \"w\"\nkind = \"open\"\nprompt = \"Define privacy.\"\n",
    );
    consumer.file("suites/w.toml", "id = \"W\"\nextends = \"../shared/w0.toml\"\n");
    fork.repository.git(&["add", "--force", "shared"]);
    fork.repository.commit();
    fork.judged(&[BASE]);
    fork.report(&[BASE]);
    let whole: Value = serde_json::from_str(&read(&fork.world.path("results.json"))).expect("JSON");
    let wanted = json!([{ "path": "shared/w0.toml", "change": "added" }, { "path": "suites/w.toml", "change": "added" }]);
    assert_eq!(whole["from_pull_request"]["rules"], wanted);
}
