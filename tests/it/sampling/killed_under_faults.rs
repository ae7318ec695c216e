//! Killing recorders while the server fails, two of them at once on the same folder: no answer is lost but what was
//! in flight, and none is recorded twice. `ALIGNSPEC_TEST_KILLS=100` makes it longer.

use std::io::Read;
use std::process::Child;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::support::server::{Reply, Server};
use crate::support::{Recorder, completion, model, recorded, sampler, task, unit};
use alignspec::__testing::sample::Mode;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use tempfile::tempdir;

const CONCURRENCY: usize = 8;

/// What a recorder or the server tells.
enum News {
    /// So many requests have come since the last kill.
    Now,
    /// The recorder with this number has ended, for good or to be started again.
    Ended(usize),
}

/// A tenth is refused, one in twenty fails, one in fifty hangs up; the rest is answered with `text`.
pub fn failing(number: usize, answered: &AtomicUsize, text: &str) -> Reply {
    let draw = ChaCha8Rng::seed_from_u64(number as u64).random_range(0..100);
    let error = json!({ "error": { "message": "not now" } });
    match draw {
        0..10 => Reply::json(429, &error).header("retry-after-ms", "5"),
        10..15 => Reply::json(500, &error),
        15..17 => Reply::HangUp,
        _ => {
            answered.fetch_add(1, Ordering::SeqCst);
            Reply::json(200, &completion(text))
        }
    }
}

fn start(recorder: &Recorder, number: usize, tell: &Sender<News>) -> Child {
    let mut child = recorder.command("sampling::recorder_killed::recorder").spawn().expect("started");
    let (mut output, tell) = (child.stdout.take().expect("piped"), tell.clone());
    std::thread::spawn(move || {
        // Ends when the recorder does.
        output.read_to_string(&mut String::new()).ok();
        tell.send(News::Ended(number)).ok();
    });
    child
}

/// Some time for the recorder to get anywhere in what it does next.
pub fn a_moment(rng: &mut ChaCha8Rng) {
    let (pause, start) = (Duration::from_micros(rng.random_range(0..3000)), Instant::now());
    while start.elapsed() < pause {
        std::hint::spin_loop();
    }
}

#[test]
fn two_recorders_that_are_killed_while_a_server_fails_lose_and_double_nothing() {
    let kills: usize = std::env::var("ALIGNSPEC_TEST_KILLS").map_or(12, |n| n.parse().expect("a number"));
    // Per item, of which there are two: more than are answered before the last kill.
    let samples = u32::try_from(12 * kills).expect("not so many");
    let needed = 2 * samples as usize;
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let (tell, told) = mpsc::channel();
    let (countdown, answered) = (Arc::new(Mutex::new(None::<usize>)), Arc::new(AtomicUsize::new(0)));
    let (next, count, news) = (Arc::clone(&countdown), Arc::clone(&answered), Mutex::new(tell.clone()));
    let server = Server::start(move |request| {
        let mut next = next.lock().expect("no panic");
        match *next {
            Some(0) => {
                *next = None;
                news.lock().expect("no panic").send(News::Now).ok();
            }
            Some(left) => *next = Some(left - 1),
            None => {}
        }
        failing(request.number, &count, "Very important")
    });
    let folder = tempdir().expect("a folder");
    let recorder = Recorder {
        base_url: server.base_url(),
        folder: folder.path().to_owned(),
        samples,
        concurrency: CONCURRENCY,
    };
    let mut children = [0, 1].map(|number| start(&recorder, number, &tell));
    let (mut killed, mut finished, mut tries) = (0, [false; 2], 0);
    *countdown.lock().expect("no panic") = Some(rng.random_range(0..2 * CONCURRENCY));
    while finished != [true; 2] {
        match told.recv().expect("one of them tells") {
            News::Now => {
                a_moment(&mut rng);
                // The one that waits for the other's lock is killed as well.
                let number = rng.random_range(0..2);
                children[number].kill().ok();
                killed += 1;
                let more = rng.random_range(0..2 * CONCURRENCY);
                *countdown.lock().expect("no panic") = (killed < kills).then_some(more);
            }
            News::Ended(number) => {
                finished[number] = children[number].wait().expect("ended").success();
                if !finished[number] {
                    // Killed, or a question has used up its tries: the same command goes on.
                    tries += 1;
                    assert!(tries < 20 * kills, "they never finish");
                    children[number] = start(&recorder, number, &tell);
                }
            }
        }
    }
    assert_eq!(killed, kills, "all was recorded before the last kill");
    let (lines, answers) = (recorded(folder.path()).matches('\n').count(), answered.load(Ordering::SeqCst));
    assert_eq!(lines, needed, "every sample is recorded once");
    let (model, task) = (model(&server.base_url(), ""), task());
    let replayed = sampler(folder.path(), Mode::Replay).sample(&unit(&model, &task, samples));
    let replayed = replayed.expect("an undamaged recording");
    assert_eq!((replayed.shortfall(), replayed.unused), (None, 0), "nothing is lost or there twice");
    let lost = answers - needed;
    println!("{kills} kills, {tries} starts more, {answers} answers for {needed} samples");
    assert!(lost <= kills * CONCURRENCY, "{lost} answers lost in {kills} kills");
}
