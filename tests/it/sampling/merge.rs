//! `cargo alignspec merge`, and merging by git: nothing is lost, nothing damaged gets in, and what is
//! read afterwards does not depend on who merged, in which order, or how often.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Mutex, mpsc};

use crate::support::server::{Reply, Server};
use crate::support::{Recorder, completion, model, recorded, sample, sampler, task, unit};
use alignspec::__testing::provider::Response;
use alignspec::__testing::sample::{Mode, merge};
use proptest::prelude::*;
use tempfile::{TempDir, tempdir};

const BINARY: &str = env!("CARGO_BIN_EXE_cargo-alignspec");
/// Per item, of which there are two.
const SAMPLES: u32 = 3;

/// A server that numbers its answers.
fn counting() -> Server {
    Server::start(|request| Reply::json(200, &completion(&format!("answer {}", request.number))))
}

/// What so many samples of both items are to a machine that has nothing yet: a line each.
fn machine(server: &Server, samples: u32) -> Vec<String> {
    let (model, task) = (model(&server.base_url(), ""), task());
    let folder = tempdir().expect("a folder");
    sample(folder.path(), &unit(&model, &task, samples));
    recorded(folder.path()).lines().map(|line| format!("{line}\n")).collect()
}

fn file(folder: &Path) -> PathBuf {
    folder.join("assistant/T2.jsonl")
}

/// A folder of recordings with this one in it.
fn folder(text: &str) -> TempDir {
    let folder = tempdir().expect("a folder");
    put(folder.path(), text);
    folder
}

fn put(folder: &Path, text: &str) {
    fs::create_dir_all(folder.join("assistant")).expect("a folder");
    fs::write(file(folder), text).expect("written");
}

/// What a replay makes of a folder: its responses, and how many lines it does not use.
fn replayed(server: &Server, folder: &Path) -> (Vec<Option<Response>>, usize) {
    let (model, task) = (model(&server.base_url(), ""), task());
    let sampled = sampler(folder, Mode::Replay).sample(&unit(&model, &task, SAMPLES)).expect("no error");
    (sampled.responses, sampled.unused)
}

fn command(arguments: &[&Path]) -> Command {
    let mut command = Command::new(BINARY);
    command.arg("merge").args(arguments);
    command
}

fn run(arguments: &[&Path]) -> (Option<i32>, String) {
    told(&command(arguments).output().expect("started"))
}

/// The exit code, and everything it said.
fn told(output: &Output) -> (Option<i32>, String) {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    (output.status.code(), String::from_utf8(text).expect("text"))
}

fn into(folder: &Path) -> [&Path; 2] {
    [Path::new("--into"), folder]
}

#[test]
fn what_others_recorded_comes_in_once() {
    let server = counting();
    let (one, other) = (machine(&server, 2), machine(&server, 3));
    let (from, other) = (folder(&one.concat()), folder(&other.concat()));
    let own = tempdir().expect("a folder");
    let [flag, to] = into(own.path());
    let dry = run(&[from.path(), other.path(), flag, to, Path::new("--dry-run")]);
    let to_name = own.path().display();
    assert_eq!(
        dry,
        (
            Some(0),
            format!(
                "assistant/T2.jsonl: 0 + 6 new, 4 recorded twice\n6 new responses would be added to {to_name}\n"
            )
        )
    );
    assert!(!file(own.path()).exists());
    // cargo names the subcommand once more.
    let output = Command::new(BINARY).arg("alignspec").arg("merge").args([from.path(), flag, to]).output();
    let done = told(&output.expect("started"));
    assert_eq!(done, (Some(0), format!("assistant/T2.jsonl: 0 + 4 new\n4 new responses in {to_name}\n")));
    assert_eq!(recorded(own.path()), one.concat());
    // A single file is known by its folder.
    let done = run(&[&file(other.path()), flag, to]);
    assert_eq!(
        done,
        (Some(0), format!("assistant/T2.jsonl: 4 + 2 new, 4 recorded twice\n2 new responses in {to_name}\n"))
    );
    let before = recorded(own.path());
    assert!(before.starts_with(&one.concat()) && before.lines().count() == 10);
    let again = run(&[other.path(), from.path(), own.path(), flag, to]);
    assert_eq!(
        again,
        (Some(0), format!("assistant/T2.jsonl: 6 + 0 new, 4 recorded twice\n0 new responses in {to_name}\n"))
    );
    assert_eq!(recorded(own.path()), before);
}

#[test]
fn without_into_it_is_the_crates_own_folder() {
    let server = counting();
    let from = folder(&machine(&server, 1).concat());
    let own = tempdir().expect("a folder");
    let inside = own.path().join("src");
    fs::create_dir(&inside).expect("a folder");
    let merge = || told(&command(&[from.path()]).current_dir(&inside).output().expect("started"));
    let (code, text) = merge();
    assert!(
        code == Some(2)
            && text.starts_with("error: there is no alignment.toml in ")
            && text.contains("--into"),
        "{text}"
    );
    let config = own.path().join("alignment.toml");
    fs::write(&config, "recordings = 5\n").expect("written");
    let (code, text) = merge();
    assert!(code == Some(2) && text.contains("alignment.toml:1"), "{text}");
    fs::write(&config, "recordings = \"kept\"\n[[model]]\nname = \"m\"\nprovider = \"tally\"\n")
        .expect("written");
    assert_eq!(merge().0, Some(0));
    assert_eq!(recorded(&own.path().join("kept")).lines().count(), 2);
}

#[test]
fn what_makes_no_sense_is_a_mistake_of_usage() {
    let own = tempdir().expect("a folder");
    let [flag, to] = into(own.path());
    let (empty, missing) = (tempdir().expect("a folder"), own.path().join("nothing"));
    for (arguments, wanted) in [
        (vec![flag, to], "FROM"),
        (vec![Path::new("--form"), to], "--form"),
        (vec![&*missing, flag, to], " does not exist: name a folder of recordings"),
    ] {
        let (code, text) = run(&arguments);
        assert!(code == Some(2) && text.contains(wanted), "{code:?} {text}");
    }
    // One level too far down, or up, would be merged to where nobody looks.
    let from = folder("");
    let outer = tempdir().expect("a folder");
    put(&outer.path().join("recordings"), "");
    for from in [from.path().join("assistant"), outer.path().to_owned()] {
        let (code, text) = run(&[&from, flag, to]);
        assert!(code == Some(2) && text.contains("is not in a folder of recordings"), "{text}");
    }
    assert_eq!(run(&[empty.path(), flag, to]).1, "there are no recordings to merge\n");
    assert_eq!(fs::read_dir(own.path()).expect("there").count(), 0);
    let help = Command::new(BINARY).arg("--help").output().expect("started");
    assert!(told(&help).0 == Some(0) && told(&help).1.contains("cargo alignspec"));
}

#[test]
fn a_damaged_line_anywhere_leaves_everything_as_it_was() {
    let server = counting();
    let good = machine(&server, 2).concat();
    let bad = machine(&server, 2).concat().replacen("answer 5", "answer 9", 1);
    let (good, bad) = (folder(&good), folder(&bad));
    let own = folder(&machine(&server, 1).concat());
    // One that sorts before it, and would be written first.
    fs::create_dir(good.path().join("another")).expect("a folder");
    fs::copy(file(good.path()), good.path().join("another/T1.jsonl")).expect("copied");
    let before = recorded(own.path());
    let [flag, to] = into(own.path());
    let place = |folder: &Path, line: usize| format!("error: {}:{line}: this line ", file(folder).display());
    for from in [[good.path(), bad.path()], [bad.path(), good.path()]] {
        let (code, text) = run(&[from[0], from[1], flag, to]);
        assert!(code == Some(1) && text.starts_with(&place(bad.path(), 2)), "{text}");
    }
    assert_eq!((recorded(own.path()), own.path().join("another").exists()), (before.clone(), false));
    // One's own may be damaged, too.
    put(own.path(), &format!("<<<<<<< HEAD\n{before}"));
    let (code, text) = run(&[good.path(), flag, to]);
    assert!(code == Some(1) && text.contains("T2.jsonl:1: git left a conflict here: "), "{text}");
    assert!(!own.path().join("another").exists());
}

#[test]
fn a_torn_last_line_is_left_out_here_and_there() {
    let server = counting();
    let (one, other) = (machine(&server, 2), machine(&server, 1));
    let torn = |lines: &[String]| lines.concat()[..lines.concat().len() - 9].to_owned();
    let (from, own) = (folder(&torn(&one)), folder(&torn(&other)));
    let [flag, to] = into(own.path());
    let (code, text) = run(&[from.path(), flag, to]);
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.starts_with(
            "assistant/T2.jsonl: 1 + 2 new, 1 recorded twice, a last line that was cut off left out\n"
        ),
        "{text}"
    );
    assert_eq!(recorded(own.path()), [&other[..1], &one[..3]].concat().concat());
}

/// Not a test of its own: what [`a_recorder_at_work_loses_nothing`] starts.
#[test]
fn recorder() {
    Recorder::run();
}

#[test]
fn a_recorder_at_work_loses_nothing() {
    let others = machine(&counting(), SAMPLES);
    let (arrived, first) = mpsc::channel();
    let (tell, told) = mpsc::channel::<()>();
    let told = Mutex::new(told);
    let server = Server::start(move |request| {
        if request.number == 2 {
            arrived.send(()).ok();
            told.lock().expect("no panic").recv().ok();
        }
        Reply::json(200, &completion("x"))
    });
    let (from, own) = (folder(&others.concat()), tempdir().expect("a folder"));
    let recorder =
        Recorder { base_url: server.base_url(), folder: own.path().to_owned(), samples: 5, concurrency: 1 };
    let mut recorder = recorder.command("sampling::recorder_killed::recorder").spawn().expect("started");
    first.recv().expect("the third request");
    // Two lines are there and the lock is taken: the program has nothing to do but wait for it.
    let [flag, to] = into(own.path());
    let merging = command(&[from.path(), flag, to]).stdout(Stdio::piped()).spawn().expect("started");
    tell.send(()).expect("the server waits");
    BufReader::new(recorder.stdout.take().expect("piped")).lines().for_each(drop);
    assert!(recorder.wait().expect("ended").success());
    let text = merging.wait_with_output().expect("ended");
    assert!(text.status.success());
    let text = String::from_utf8(text.stdout).expect("text");
    assert!(text.starts_with("assistant/T2.jsonl: 10 + 0 new, 6 recorded twice\n"), "{text}");
    let lines = recorded(own.path());
    assert_eq!(lines.lines().count(), 16);
    assert!(others.iter().all(|line| lines.contains(line.as_str())));
    let (model, task) = (model(&server.base_url(), ""), task());
    assert_eq!(sample(own.path(), &unit(&model, &task, 5)).asked, 0);
}

fn git(folder: &Path, arguments: &[&str]) {
    let own = ["-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "commit.gpgsign=false"];
    let mut command = Command::new("git");
    // Not the repository of this test, which a hook may name.
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        command.env_remove(variable);
    }
    let done = command.args(own).args(arguments).current_dir(folder).output().expect("git runs");
    assert!(done.status.success(), "git {arguments:?}: {}", told(&done).1);
}

#[test]
fn two_branches_unite_by_git_as_they_do_by_the_program() {
    let server = counting();
    let shared = machine(&server, 1);
    let (one, other) = (machine(&server, 3), machine(&server, 2));
    let repository = tempdir().expect("a folder");
    let (root, recordings) = (repository.path(), repository.path().join("recordings"));
    git(root, &["init", "-q", "-b", "main"]);
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join(".gitattributes"), root.join(".gitattributes"))
        .expect("copied");
    let commit = |branch: &str, lines: &[String]| {
        git(root, &["checkout", "-q", "-B", branch, if branch == "main" { "HEAD" } else { "main" }]);
        put(&recordings, &lines.concat());
        git(root, &["add", "-A"]);
        git(root, &["commit", "-q", "-m", branch]);
    };
    git(root, &["commit", "-q", "--allow-empty", "-m", "nothing"]);
    commit("main", &shared);
    commit("one", &[shared.clone(), one.clone()].concat());
    commit("other", &[shared.clone(), other.clone()].concat());
    let mut results = Vec::new();
    for (on, with) in [("one", "other"), ("other", "one")] {
        git(root, &["checkout", "-q", "-B", "merged", on]);
        git(root, &["merge", "-q", "-m", "merged", with]);
        results.push(replayed(&server, &recordings));
    }
    let own = folder(&shared.concat());
    let from = [one, other].map(|lines| folder(&lines.concat()));
    merge(&from.each_ref().map(|folder| folder.path().to_owned()), own.path(), false).expect("merged");
    results.push(replayed(&server, own.path()));
    // 2, 6 and 4 lines for 6 samples.
    assert_eq!(results[0].1, 6);
    assert!(results.iter().all(|result| result == &results[0]), "{results:#?}");
    assert!(results[0].0.iter().all(Option::is_some));
}

#[test]
fn files_merge_in_any_order_to_the_same_reading() {
    let server = counting();
    let pool: Vec<String> = (0..3).flat_map(|_| machine(&server, SAMPLES)).collect();
    let files = proptest::collection::vec(proptest::collection::vec(0..pool.len(), 0..12), 1..4);
    let order = files.prop_flat_map(|files| (Just(files.clone()), Just(files).prop_shuffle()));
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 48,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let text = |lines: &Vec<usize>| lines.iter().map(|line| pool[*line].as_str()).collect::<String>();
    let read = |folder: &Path| replayed(&server, folder);
    let one_by_one = |files: &[Vec<usize>]| {
        let own = tempdir().expect("a folder");
        for lines in files {
            let from = folder(&text(lines));
            merge(&[from.path().to_owned()], own.path(), false).expect("merged");
        }
        own
    };
    let result = runner.run(&order, |(files, shuffled)| {
        let own = one_by_one(&files);
        let reading = read(own.path());
        // Commutative and, since these come one after the other and those at once, associative.
        prop_assert_eq!(&read(one_by_one(&shuffled).path()), &reading);
        let from: Vec<TempDir> = shuffled.iter().map(|lines| folder(&text(lines))).collect();
        let from: Vec<PathBuf> = from.iter().map(|folder| folder.path().to_owned()).collect();
        let at_once = tempdir().expect("a folder");
        let dry = merge(&from, at_once.path(), true).expect("merged");
        prop_assert_eq!(&dry, &merge(&from, at_once.path(), false).expect("merged"));
        prop_assert_eq!(&read(at_once.path()), &reading);
        // Idempotent, to the byte.
        let before = recorded(own.path());
        let again = merge(&from, own.path(), false).expect("merged");
        prop_assert!(again.iter().all(|merged| merged.new == 0));
        prop_assert_eq!(recorded(own.path()), before);
        // And what git would make of it, the files one after the other, reads the same.
        let united = folder(&files.iter().map(text).collect::<String>());
        prop_assert_eq!(&read(united.path()), &reading);
        Ok(())
    });
    result.expect("in any order");
}
