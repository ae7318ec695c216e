//! Killing a recorder, again and again, at any moment: each kill loses at most what was in flight,
//! and the next run asks only for what is missing.

use std::io::Read;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::support::server::{Reply, Server};
use crate::support::{Recorder, completion, model, recorded, sampler, task, unit};
use alignspec::__testing::sample::Mode;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use tempfile::tempdir;

/// Per item, of which there are two.
const SAMPLES: u32 = 30;
const NEEDED: usize = 2 * SAMPLES as usize;

/// Not a test of its own: what the others start and kill.
#[test]
fn recorder() {
    Recorder::run();
}

/// Where in the course of a request the recorder is killed.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// The request has arrived, nothing is answered.
    Asked,
    /// Half of the answer is on its way.
    Half,
    /// All of the answer is: the recorder reads, records, or asks the next one.
    Answered,
}

/// What ends a recorder's life.
enum End {
    /// The moment has come; the server goes on when the sender is dropped.
    Kill(Option<Sender<()>>),
    /// It has finished by itself.
    Done,
}

/// The kill that comes next: after so many more requests, at this moment.
struct Plan {
    requests: usize,
    moment: Moment,
    tell: Sender<End>,
}

fn answer() -> Vec<u8> {
    Reply::bytes(200, &[], completion("Very important").to_string().as_bytes())
}

fn script(plan: &Mutex<Option<Plan>>, answered: &AtomicUsize) -> Reply {
    let mut next = plan.lock().expect("no panic");
    if let Some(plan) = next.as_mut().filter(|plan| plan.requests > 0) {
        plan.requests -= 1;
    } else if let Some(plan) = next.take() {
        let (hold, held): (Sender<()>, Receiver<()>) = mpsc::channel();
        let (end, reply) = match plan.moment {
            Moment::Asked => (End::Kill(Some(hold)), Reply::Silence(held)),
            Moment::Half => {
                let whole = answer();
                let (first, rest) = whole.split_at(whole.len() - 40);
                (End::Kill(Some(hold)), Reply::Halting(first.to_vec(), held, rest.to_vec()))
            }
            Moment::Answered => {
                answered.fetch_add(1, Ordering::SeqCst);
                (End::Kill(None), Reply::json(200, &completion("Very important")))
            }
        };
        plan.tell.send(end).ok();
        return reply;
    }
    answered.fetch_add(1, Ordering::SeqCst);
    Reply::json(200, &completion("Very important"))
}

fn kill_until_complete(concurrency: usize, seed: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let plan: Arc<Mutex<Option<Plan>>> = Arc::default();
    let answered = Arc::new(AtomicUsize::new(0));
    let (next, count) = (Arc::clone(&plan), Arc::clone(&answered));
    let server = Server::start(move |_| script(&next, &count));
    let folder = tempdir().expect("a folder");
    let recorder = Recorder {
        base_url: server.base_url(),
        folder: folder.path().to_owned(),
        samples: SAMPLES,
        concurrency,
    };
    // Only lines that are whole: the last one may be torn.
    let whole_lines = || recorded(folder.path()).matches('\n').count();
    let mut kills = 0;
    loop {
        let (tell, told) = mpsc::channel();
        let moment = [Moment::Asked, Moment::Half, Moment::Answered][rng.random_range(0..3)];
        let requests = rng.random_range(0..3 * concurrency);
        *plan.lock().expect("no panic") = Some(Plan { requests, moment, tell: tell.clone() });
        let mut child = recorder.command("sampling::recorder_killed::recorder").spawn().expect("started");
        let mut output = child.stdout.take().expect("piped");
        std::thread::spawn(move || {
            // Ends when the recorder does.
            output.read_to_string(&mut String::new()).ok();
            tell.send(End::Done).ok();
        });
        let hold = match told.recv().expect("one of them tells") {
            End::Done => {
                let status = child.wait().expect("ended");
                assert!(status.success(), "a recorder that nobody killed ended with {status}");
                break;
            }
            End::Kill(hold) => hold,
        };
        // Some time for the recorder to get anywhere in what it does next.
        let pause = Duration::from_micros(rng.random_range(0..3000));
        let start = Instant::now();
        while start.elapsed() < pause {
            std::hint::spin_loop();
        }
        child.kill().expect("killed");
        child.wait().expect("ended");
        drop(hold);
        kills += 1;
        let now = answered.load(Ordering::SeqCst) - whole_lines();
        // Over all kills so far: the server may count an answer only after its reader was killed.
        assert!(now <= kills * concurrency, "kill {kills} {moment:?}: {now} answers lost");
    }
    // The last plan may not have come to pass.
    plan.lock().expect("no panic").take();
    assert!(kills >= 5, "{kills} kills");
    assert_eq!(whole_lines(), NEEDED, "every sample is recorded once");
    let (model, task) = (model(&server.base_url(), ""), task());
    let replayed = sampler(folder.path(), Mode::Replay).sample(&unit(&model, &task, SAMPLES));
    let replayed = replayed.expect("an undamaged recording");
    assert_eq!((replayed.shortfall(), replayed.unused), (None, 0));
    let extra = server.count() - NEEDED;
    assert!(extra <= kills * concurrency, "{extra} requests too many after {kills} kills");
}

#[test]
fn one_at_a_time() {
    kill_until_complete(1, 1);
}

#[test]
fn four_at_a_time() {
    kill_until_complete(4, 2);
}
