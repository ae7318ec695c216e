//! Recordings: what is asked only once, what survives, what is told when a file is damaged, and
//! what each mode does.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex, mpsc};

use crate::support::server::{Reply, Server};
use crate::support::{
    PACE, Recorder, completion, model, no_variables, recorded, sample, sampler, task, unit, variables,
};
use alignspec::__testing::sample::{Mode, Pace, Ready, Sampler};
use serde_json::json;
use tempfile::tempdir;

/// A server that numbers its answers.
fn counting() -> Server {
    Server::start(|request| Reply::json(200, &completion(&format!("answer {}", request.number))))
}

fn recording(folder: &Path) -> PathBuf {
    folder.join("assistant/T2.jsonl")
}

#[test]
fn what_is_recorded_is_replayed_without_lock_or_network() {
    let server = counting();
    let (model, task) = (model(&server.base_url(), ""), task());
    let folder = tempdir().expect("a folder");
    let first = sample(folder.path(), &unit(&model, &task, 3));
    assert_eq!((first.asked, first.unused, server.count()), (6, 0, 6));
    assert_eq!(recorded(folder.path()).lines().count(), 6);
    // Whoever asked for the lock would wait for ever.
    let file = File::open(recording(folder.path())).expect("a recording");
    file.lock().expect("locked");
    for mode in [Mode::Auto, Mode::Replay, Mode::Record] {
        let again = Sampler::with(folder.path(), mode, PACE, no_variables).sample(&unit(&model, &task, 3));
        let again = again.expect("sampled");
        assert_eq!((again.asked, &again.responses), (0, &first.responses));
    }
    assert_eq!(server.count(), 6);
}

#[test]
fn more_samples_ask_only_for_the_new_ones() {
    let server = counting();
    let (model, task) = (model(&server.base_url(), ""), task());
    let folder = tempdir().expect("a folder");
    let sampler = sampler(folder.path(), Mode::Auto);
    let few = sampler.sample(&unit(&model, &task, 2)).expect("sampled");
    let more = sampler.sample(&unit(&model, &task, 5)).expect("sampled");
    assert_eq!((few.asked, more.asked, more.responses.iter().flatten().count()), (4, 6, 10));
    assert_eq!(few.responses[..2], more.responses[..2]);
    let fewer = sampler.sample(&unit(&model, &task, 1)).expect("sampled");
    assert_eq!((fewer.asked, fewer.unused, server.count()), (0, 8, 10));
}

#[test]
fn another_wording_or_model_is_asked_anew_and_the_old_answers_stay() {
    let server = counting();
    let (model, mut task) = (model(&server.base_url(), ""), task());
    let folder = tempdir().expect("a folder");
    let old = sample(folder.path(), &unit(&model, &task, 2));
    let prompt = std::mem::replace(&mut task.prompt, "Is {value} important?\n{options}".to_owned());
    let reworded = sample(folder.path(), &unit(&model, &task, 2));
    assert_eq!((reworded.asked, reworded.unused), (4, 4));
    task.prompt = prompt;
    let mut other = model.clone();
    other.model = "small-2".to_owned();
    assert_eq!(sample(folder.path(), &unit(&other, &task, 2)).asked, 4);
    let back = sample(folder.path(), &unit(&model, &task, 2));
    assert_eq!((back.asked, back.unused, back.responses), (0, 8, old.responses));
}

#[test]
fn a_torn_last_line_is_dropped_and_asked_again_wherever_it_broke() {
    let server = counting();
    let (model, task) = (model(&server.base_url(), ""), task());
    let folder = tempdir().expect("a folder");
    let unit = unit(&model, &task, 2);
    sample(folder.path(), &unit);
    let whole = recorded(folder.path());
    let last = whole.trim_end().rfind('\n').expect("four lines") + 1;
    for cut in last..whole.len() - 1 {
        let mut torn = whole.as_bytes()[..cut].to_vec();
        if cut % 2 == 1 && cut + 1 < whole.len() {
            // A file system may have filled the rest of the block.
            torn.extend_from_slice(b"\0\0\n");
        }
        let whole_lines = torn.len() == last;
        fs::write(recording(folder.path()), torn).expect("written");
        let replayed = sampler(folder.path(), Mode::Replay).sample(&unit).expect("a torn line is no error");
        let told = replayed.shortfall().expect("one is missing");
        assert!(told.starts_with("1 of 4 responses are missing: not recorded"), "{told}");
        let cut_off = "is cut off: restore the file, or record again";
        assert_eq!(told.ends_with(cut_off), !whole_lines, "{told}");
        let before = server.count();
        let mended = sample(folder.path(), &unit);
        assert_eq!((mended.asked, mended.shortfall(), server.count() - before), (1, None, 1), "{cut}");
        let text = recorded(folder.path());
        assert_eq!((text.lines().count(), &text[..last]), (4, &whole[..last]));
        assert_eq!(sample(folder.path(), &unit).asked, 0);
    }
}

#[test]
fn line_breaks_of_another_system_are_read_and_added_to() {
    let server = counting();
    let (model, task) = (model(&server.base_url(), ""), task());
    let folder = tempdir().expect("a folder");
    let first = sample(folder.path(), &unit(&model, &task, 2));
    let windows = recorded(folder.path()).replace('\n', "\r\n");
    fs::write(recording(folder.path()), &windows).expect("written");
    assert_eq!(sample(folder.path(), &unit(&model, &task, 2)).responses, first.responses);
    assert_eq!(sample(folder.path(), &unit(&model, &task, 3)).asked, 2);
    // What git makes of a file of both kinds, and a last line that lost half of its break.
    for (text, asked) in
        [(recorded(folder.path()).replace('\r', ""), 0), (windows[..windows.len() - 1].to_owned(), 0)]
    {
        fs::write(recording(folder.path()), text).expect("written");
        assert_eq!(sample(folder.path(), &unit(&model, &task, 2)).asked, asked);
        assert_eq!(sample(folder.path(), &unit(&model, &task, 2)).asked, 0);
    }
}

/// What is said of the recording after `damage`, and that it is neither changed nor asked for.
fn damaged(damage: impl Fn(&str) -> String) -> String {
    let server = counting();
    let (model, task) = (model(&server.base_url(), ""), task());
    let folder = tempdir().expect("a folder");
    let unit = unit(&model, &task, 2);
    sample(folder.path(), &unit);
    let text = damage(&recorded(folder.path()));
    fs::write(recording(folder.path()), &text).expect("written");
    for mode in [Mode::Auto, Mode::Replay, Mode::Record] {
        sampler(folder.path(), mode).sample(&unit).expect_err("damaged");
    }
    // At list time the test is not passed over: it will fail with the reason.
    let listed = Sampler::with(folder.path(), Mode::Auto, PACE, no_variables);
    assert_eq!(listed.ready(&unit), Ready::Runs);
    assert_eq!((server.count(), recorded(folder.path())), (4, text));
    let error = sampler(folder.path(), Mode::Auto).sample(&unit).expect_err("damaged").to_string();
    let path = recording(folder.path()).display().to_string();
    assert!(error.starts_with(&path), "{error}");
    error[path.len()..].to_owned()
}

#[test]
fn a_damaged_recording_is_told_with_its_line() {
    let edited = damaged(|text| text.replacen("answer 1", "answer 9", 1));
    assert_eq!(
        edited,
        ":2: this line was edited by hand (its checksum does not fit): restore it, or delete it to have it asked again"
    );
    assert!(
        damaged(|text| text.replace("\"sample\":1", "\"sample\":7")).starts_with(":2: this line was edited")
    );
    assert!(damaged(|text| text.replace("answer 3", "x")).starts_with(":4: this line was edited"));
    let conflict = damaged(|text| format!("<<<<<<< HEAD\n{text}"));
    assert_eq!(
        conflict,
        ":1: git left a conflict here: remove the lines that start with <<<<<<<, |||||||, ======= and >>>>>>>, keep the lines of both sides, and run again"
    );
    assert_eq!(
        damaged(|text| text.replacen('\n', "\nx\n", 1)),
        ":2: this line is not a recorded response: restore the file, or delete the line"
    );
    assert!(damaged(|text| text.replacen("{\"item", "{\"itme", 1)).starts_with(":1:"));
}

/// The lines of a recording of two answers, made by a machine of its own.
fn elsewhere(server: &Server) -> Vec<String> {
    let (model, task) = (model(&server.base_url(), ""), task());
    let folder = tempdir().expect("a folder");
    sample(folder.path(), &unit(&model, &task, 1));
    recorded(folder.path()).lines().map(str::to_owned).collect()
}

#[test]
fn of_two_lines_for_one_sample_a_lot_decides_in_any_order() {
    let server = counting();
    let (model, task) = (model(&server.base_url(), ""), task());
    let unit = unit(&model, &task, 1);
    let (one, other) = (elsewhere(&server), elsewhere(&server));
    let file = |lines: &[&[String]]| {
        let folder = tempdir().expect("a folder");
        fs::create_dir(folder.path().join("assistant")).expect("a folder");
        fs::write(recording(folder.path()), lines.concat().join("\n") + "\n").expect("written");
        folder
    };
    let texts = |lines: &[&[String]]| {
        let folder = file(lines);
        let sampled = sampler(folder.path(), Mode::Replay).sample(&unit).expect("no error");
        assert_eq!((sampled.shortfall(), sampled.unused), (None, 2));
        sampled.responses.into_iter().flatten().map(|response| response.text).collect::<Vec<_>>()
    };
    let expected = texts(&[&one, &other]);
    for lines in [[&one, &other, &one], [&other, &one, &other], [&one, &one, &other]] {
        assert_eq!(texts(&lines.map(Vec::as_slice)), expected);
    }
    // What a process has used it goes on using, whatever is added to the file meanwhile.
    for (first, then) in [(&one, &other), (&other, &one)] {
        let folder = file(&[first]);
        let same = sampler(folder.path(), Mode::Replay);
        let before = same.sample(&unit).expect("sampled");
        fs::write(recording(folder.path()), [first.clone(), then.clone()].concat().join("\n") + "\n")
            .expect("written");
        let after = same.sample(&unit).expect("sampled");
        assert_eq!((before.unused, after.unused, &after.responses), (0, 2, &before.responses));
        let next = sampler(folder.path(), Mode::Replay).sample(&unit).expect("sampled");
        let texts: Vec<&str> = next.responses.iter().flatten().map(|response| &*response.text).collect();
        assert_eq!(texts, expected);
    }
    assert_eq!(server.count(), 4);
}

#[test]
fn a_folder_that_cannot_be_read_or_written_is_told() {
    let server = counting();
    let (model, task) = (model(&server.base_url(), ""), task());
    let folder = tempdir().expect("a folder");
    // A file where the folder should be; permissions would not stop a superuser.
    fs::write(folder.path().join("assistant"), "").expect("written");
    for mode in [Mode::Replay, Mode::Record] {
        let error = sampler(folder.path(), mode).sample(&unit(&model, &task, 1)).expect_err("unreadable");
        let wanted = format!("the recording {} cannot be read: ", recording(folder.path()).display());
        assert!(error.to_string().starts_with(&wanted), "{error}");
    }
    fs::remove_file(folder.path().join("assistant")).expect("removed");
    fs::create_dir_all(recording(folder.path())).expect("a folder");
    sampler(folder.path(), Mode::Record).sample(&unit(&model, &task, 1)).expect_err("a folder is no file");
    assert_eq!(server.count(), 0);
}

#[test]
fn without_a_key_auto_replays_and_says_what_is_missing() {
    let server = counting();
    let (model, task) = (model(&server.base_url(), ""), task());
    let folder = tempdir().expect("a folder");
    let (few, many) = (unit(&model, &task, 1), unit(&model, &task, 2));
    sample(folder.path(), &few);
    for mode in [Mode::Auto, Mode::Record] {
        let sampler = Sampler::with(folder.path(), mode, PACE, no_variables);
        let sampled = sampler.sample(&many).expect("sampled");
        assert_eq!(sampled.responses.iter().flatten().count(), 2);
        assert_eq!(
            sampled.shortfall().as_deref(),
            Some(
                "2 of 4 responses are missing: not recorded, and the model cannot be asked: the environment variable TEST_KEY, which holds the key of `assistant`, is not set"
            )
        );
    }
    let ready = |mode, variables, unit| Sampler::with(folder.path(), mode, PACE, variables).ready(unit);
    let unset = "2 of 4 responses are not recorded, and TEST_KEY is not set";
    assert_eq!(ready(Mode::Auto, no_variables, &few), Ready::Recorded);
    assert_eq!(ready(Mode::Auto, no_variables, &many), Ready::Ignored(unset.to_owned()));
    assert_eq!(ready(Mode::Auto, variables, &many), Ready::Runs);
    for mode in [Mode::Replay, Mode::Record, Mode::Live] {
        assert_eq!(ready(mode, no_variables, &many), Ready::Runs, "{mode} fails rather than ignores");
    }
    assert_eq!(server.count(), 2);
}

#[test]
fn live_asks_anew_and_keeps_it_apart() {
    let server = counting();
    let (model, task) = (model(&server.base_url(), ""), task());
    let folder = tempdir().expect("a folder");
    let unit = unit(&model, &task, 1);
    sample(folder.path(), &unit);
    let before = recorded(folder.path());
    // Two processes of one nextest run share what they ask for.
    let nextest = |name: &str| match name {
        "NEXTEST_RUN_ID" => Some("0a-1b".to_owned()),
        name => variables(name),
    };
    for asked in [2, 0] {
        let sampler = Sampler::with(folder.path(), Mode::Live, PACE, nextest);
        assert_eq!(sampler.sample(&unit).expect("sampled").asked, asked);
    }
    let kept = fs::read_to_string(folder.path().join("assistant/live/0a-1b/T2.jsonl")).expect("kept");
    assert!(kept.contains("answer 2") && !kept.contains("answer 1"), "{kept}");
    let own = sampler(folder.path(), Mode::Live).sample(&unit).expect("sampled");
    assert_eq!((own.asked, server.count(), recorded(folder.path())), (2, 6, before));
}

#[test]
fn a_wrong_key_in_the_middle_keeps_what_is_there() {
    let server = Server::start(|request| match request.number {
        3 => Reply::json(401, &json!({ "error": { "message": "key revoked" } })),
        _ => Reply::json(200, &completion("x")),
    });
    let (model, task) = (model(&server.base_url(), ""), task());
    let folder = tempdir().expect("a folder");
    let unit = unit(&model, &task, 4);
    let cut = sample(folder.path(), &unit);
    assert_eq!((cut.asked, cut.missing.len(), server.count()), (3, 5, 4));
    assert_eq!(recorded(folder.path()).lines().count(), 3);
    let shown = cut.shortfall().expect("missing");
    assert!(shown.contains("5 of 8 responses are missing: 127.0.0.1:"), "{shown}");
    assert!(shown.ends_with("answered 401: key revoked"), "{shown}");
    let rest = sample(folder.path(), &unit);
    assert_eq!((rest.asked, rest.shortfall(), server.count()), (5, None, 9));
}

#[test]
fn as_many_are_in_flight_as_the_config_says_and_no_more() {
    const CONCURRENCY: usize = 4;
    // Answers only come when as many are waiting for one.
    let (barrier, flying, most) =
        (Barrier::new(CONCURRENCY), AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
    let seen = Arc::clone(&most);
    let server = Server::start(move |_| {
        seen.fetch_max(flying.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        barrier.wait();
        flying.fetch_sub(1, Ordering::SeqCst);
        Reply::json(200, &completion("x"))
    });
    let (model, task) = (model(&server.base_url(), ""), task());
    let mut other = task.clone();
    other.id = "T5".to_owned();
    let folder = tempdir().expect("a folder");
    let pace = Pace { concurrency: CONCURRENCY, ..PACE };
    let sampler = Sampler::with(folder.path(), Mode::Record, pace, variables);
    // Two tasks of one model share its limit.
    std::thread::scope(|scope| {
        for task in [&task, &other] {
            let (sampler, model) = (&sampler, &model);
            scope.spawn(move || {
                assert_eq!(sampler.sample(&unit(model, task, 6)).expect("sampled").asked, 12);
            });
        }
    });
    assert_eq!((most.load(Ordering::SeqCst), server.count()), (CONCURRENCY, 24));
}

#[test]
fn many_threads_ask_once() {
    let server = counting();
    let (model, task) = (model(&server.base_url(), ""), task());
    let folder = tempdir().expect("a folder");
    let shared = sampler(folder.path(), Mode::Auto);
    let asked = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (shared, asked, model, task, folder) = (&shared, &asked, &model, &task, folder.path());
            scope.spawn(move || {
                // Every other thread stands for a process of its own.
                let own = sampler(folder, Mode::Auto);
                let sampler = if thread % 2 == 0 { shared } else { &own };
                let sampled = sampler.sample(&unit(model, task, 3)).expect("sampled");
                assert_eq!(sampled.shortfall(), None);
                asked.lock().expect("no panic").push(sampled.asked);
            });
        }
    });
    assert_eq!((server.count(), asked.into_inner().expect("no panic").iter().sum::<usize>()), (6, 6));
}

/// Not a test of its own: what [`two_processes_ask_once`] starts.
#[test]
fn recorder() {
    Recorder::run();
}

#[test]
fn two_processes_ask_once() {
    let (arrived, first) = mpsc::channel();
    let (tell, told) = mpsc::channel::<()>();
    let told = Mutex::new(told);
    let server = Server::start(move |request| {
        if request.number == 0 {
            arrived.send(()).ok();
            told.lock().expect("no panic").recv().ok();
        }
        Reply::json(200, &completion("x"))
    });
    let folder = tempdir().expect("a folder");
    let recorder = Recorder {
        base_url: server.base_url(),
        folder: folder.path().to_owned(),
        samples: 10,
        concurrency: 3,
    };
    let mut one = recorder.command("sampling::recorder_killed::recorder").spawn().expect("started");
    first.recv().expect("the first request");
    // The first one holds the lock by now; the second has nothing to do but wait for it.
    let mut two = recorder.command("sampling::recorder_killed::recorder").spawn().expect("started");
    let mut lines = BufReader::new(two.stdout.take().expect("piped")).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains("recording")));
    tell.send(()).expect("the server waits");
    // Read to the end: a recorder whose output nobody takes fails.
    lines.for_each(drop);
    assert!(one.wait().expect("ended").success() && two.wait().expect("ended").success());
    assert_eq!((server.count(), recorded(folder.path()).lines().count()), (20, 20));
}
