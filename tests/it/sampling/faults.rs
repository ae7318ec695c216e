//! Sampling through a server that fails in every way at once: every run ends, every answer is
//! recorded once, none is lost, and hardly a request is made that need not be.

use std::collections::HashSet;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::support;
use crate::support::server::{Received, Reply, Server};
use crate::support::{completion, model, recorded, task, unit, variables};
use alignspec::__testing::sample::{Mode, Pace, Sampled, Sampler};
use serde_json::{Value, json};

/// Two values in one form: so many samples of each make the questions.
const SAMPLES: u32 = 700;
const QUESTIONS: usize = 2 * SAMPLES as usize;
const CONCURRENCY: usize = 32;

/// The default retries and pauses; a hang is given up after a second instead of two minutes.
const PACE: Pace = Pace {
    concurrency: CONCURRENCY,
    limit: Duration::from_secs(1),
    retries: 4,
    pause: Duration::from_millis(500),
};

fn sample(server: &Server, folder: &Path, pace: Pace) -> Sampled {
    let (model, task) = (model(&server.base_url(), ""), task());
    let sampler = Sampler::with(folder, Mode::Record, pace, variables);
    sampler.sample(&unit(&model, &task, SAMPLES)).expect("sampled")
}

/// Every sample of every question stands in the recording once.
fn assert_whole(folder: &Path, sampled: &Sampled) {
    assert_eq!(sampled.shortfall(), None);
    assert_eq!(sampled.responses.len(), QUESTIONS);
    let text = recorded(folder);
    let samples: HashSet<(String, u64)> = text
        .lines()
        .map(|line| {
            let line: Value = serde_json::from_str(line).expect("a whole line");
            (line["key"].to_string(), line["sample"].as_u64().expect("a number"))
        })
        .collect();
    assert_eq!((text.lines().count(), samples.len()), (QUESTIONS, QUESTIONS));
}

/// A number in 0 .. 1000 that looks random and is not.
fn roll(number: usize) -> u64 {
    let mut hash = number as u64 ^ 0x9e37_79b9_7f4a_7c15;
    for _ in 0..3 {
        hash = (hash ^ (hash >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    }
    (hash >> 20) % 1000
}

fn error(message: &str) -> Value {
    json!({ "error": { "message": message } })
}

/// A server that fails as often as each fault says, and counts what it did.
#[derive(Default)]
struct Faulty {
    /// Kept so that a hang lasts as long as the test.
    hanging: Mutex<Vec<Sender<()>>>,
    faults: AtomicUsize,
    /// Requests that came while it was down.
    down: AtomicUsize,
    /// It goes down at this request, for so long.
    outage: Option<(usize, Duration)>,
    began: Mutex<Option<Instant>>,
}

impl Faulty {
    fn is_down(&self, number: usize) -> bool {
        self.outage.is_some_and(|(from, lasts)| {
            let mut began = self.began.lock().expect("no panic");
            number >= from && began.get_or_insert_with(Instant::now).elapsed() < lasts
        })
    }

    fn reply(&self, request: &Received) -> Reply {
        if self.is_down(request.number) {
            self.down.fetch_add(1, Ordering::SeqCst);
            return Reply::HangUp;
        }
        let good = completion("Very important").to_string();
        let lying = |length: usize| {
            let length = [("content-length", length.to_string())];
            Reply::Bytes(Reply::bytes(200, &length, good.as_bytes()))
        };
        let slow_down = |name, value: &str| Reply::json(429, &error("slow down")).header(name, value);
        let reply = match roll(request.number) {
            0..4 => slow_down("retry-after", "1"),
            // A moment ago: RFC 9110 lets a server name a date.
            4..8 => slow_down("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT"),
            8..100 => slow_down("retry-after-ms", "20"),
            100..125 => Reply::json(500, &error("oops")),
            125..150 => Reply::json(529, &error("overloaded")),
            150..170 => Reply::HangUp,
            170..180 => {
                let whole = Reply::bytes(200, &[], good.as_bytes());
                Reply::Bytes(whole[..whole.len() - 20].to_vec())
            }
            180..185 => lying(good.len() + 100),
            185..190 => lying(good.len() - 30),
            190..200 => {
                let (keep, told) = channel();
                self.hanging.lock().expect("no panic").push(keep);
                Reply::Silence(told)
            }
            _ => return Reply::json(200, &completion("Very important")),
        };
        self.faults.fetch_add(1, Ordering::SeqCst);
        reply
    }

    fn serve(self) -> (Arc<Faulty>, Server) {
        let faulty = Arc::new(self);
        let script = Arc::clone(&faulty);
        (faulty, Server::start(move |request| script.reply(request)))
    }
}

#[test]
fn a_fifth_of_all_requests_fails_and_every_answer_is_recorded_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let (faulty, server) = Faulty::default().serve();
    let sampled = sample(&server, folder.path(), PACE);
    assert_whole(folder.path(), &sampled);
    let (faults, received) = (faulty.faults.load(Ordering::SeqCst), server.count());
    eprintln!("{received} requests for {QUESTIONS} answers and {faults} faults");
    assert!(faults > QUESTIONS / 6, "{faults} faults");
    // Each fault costs one request more: that is the least possible.
    let extra = received - QUESTIONS;
    assert!(extra as f64 <= 1.05 * faults as f64, "{extra} extra requests for {faults} faults");
}

#[test]
fn an_outage_of_five_seconds_is_sat_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let outage = Some((500, Duration::from_secs(5)));
    let (faulty, server) = Faulty { outage, ..Faulty::default() }.serve();
    let sampled = sample(&server, folder.path(), PACE);
    assert_whole(folder.path(), &sampled);
    let (faults, down) = (faulty.faults.load(Ordering::SeqCst), faulty.down.load(Ordering::SeqCst));
    let received = server.count();
    eprintln!("{received} requests for {QUESTIONS} answers, {faults} faults, {down} while it was down");
    // Whoever was on the way when it went down, those that followed until that was known, and one at a time
    // to see whether it is back.
    assert!(down <= CONCURRENCY + 16, "{down} requests while it was down");
    let extra = received - QUESTIONS;
    assert!(extra as f64 <= 1.05 * (faults + down) as f64, "{extra} extra requests");
}

#[test]
fn a_server_that_stays_down_ends_the_run_and_the_next_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(|request| match request.number {
        0..300 => Reply::json(200, &completion("Very important")),
        _ => Reply::json(503, &error("down for maintenance")),
    });
    let quick = Pace { pause: Duration::from_millis(5), ..PACE };
    let sampled = sample(&server, folder.path(), quick);
    assert_eq!(sampled.missing.len(), QUESTIONS - 300);
    let told = sampled.shortfall().expect("missing");
    assert!(told.contains("down for maintenance"), "{told}");
    // Those on their way, and probes for 240 pauses, which are ever longer.
    assert!(server.count() <= 300 + 3 * CONCURRENCY, "{} requests", server.count());
    assert_eq!(recorded(folder.path()).lines().count(), 300);
    let up = Server::start(|_| Reply::json(200, &completion("Very important")));
    let again = sample(&up, folder.path(), quick);
    assert_whole(folder.path(), &again);
    assert_eq!((again.asked, up.count()), (QUESTIONS - 300, QUESTIONS - 300));
}

#[test]
fn a_silent_model_delays_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let hanging: Mutex<Vec<Sender<()>>> = Mutex::default();
    let hanging = Arc::new(hanging);
    let kept = Arc::clone(&hanging);
    // Says nothing before the other model is done.
    let silent = Server::start(move |_| {
        let (keep, told) = channel();
        kept.lock().expect("no panic").push(keep);
        Reply::Silence(told)
    });
    let quick = Server::start(|_| Reply::json(200, &completion("Very important")));
    let pace = Pace { retries: 0, ..support::PACE };
    let sampler = Sampler::with(folder.path(), Mode::Record, pace, variables);
    let task = task();
    let slow_model = model(&silent.base_url(), "");
    let mut quick_model = model(&quick.base_url(), "");
    quick_model.name = "other".to_owned();
    std::thread::scope(|scope| {
        let slow = scope.spawn(|| sampler.sample(&unit(&slow_model, &task, 1)).expect("sampled"));
        let other = sampler.sample(&unit(&quick_model, &task, 50)).expect("sampled");
        assert_eq!(other.shortfall(), None);
        // Hang up on whoever waits, until all have come and gone.
        while !slow.is_finished() {
            hanging.lock().expect("no panic").clear();
            std::thread::yield_now();
        }
        assert_eq!(slow.join().expect("joined").missing.len(), 2);
    });
}

#[test]
fn a_question_that_is_always_refused_does_not_stop_the_others() {
    let folder = tempfile::tempdir().expect("a folder");
    // As some do with what is too long for any minute.
    let server = Server::start(|request| match request.body.to_string().contains("Privacy?") {
        true => Reply::json(429, &error("request too large for your tokens per minute")),
        false => Reply::json(200, &completion("Very important")),
    });
    let (model, task) = (model(&server.base_url(), ""), task());
    let sampler = Sampler::with(folder.path(), Mode::Record, support::PACE, variables);
    let sampled = sampler.sample(&unit(&model, &task, 1)).expect("sampled");
    assert_eq!((sampled.asked, sampled.missing.len()), (1, 1));
    let told = sampled.shortfall().expect("missing");
    assert!(told.contains("answered 429: request too large"), "{told}");
    // It could be a limit per minute, which is waited for as long as for any.
    assert!(server.count() <= 60, "{}", server.count());
}

#[test]
fn what_is_on_its_way_is_kept_when_a_server_asks_for_too_long_a_wait() {
    let folder = tempfile::tempdir().expect("a folder");
    // The first is answered when the refusal of the second has been read.
    let (tell, told) = channel();
    let (told, tell) = (Mutex::new(told), Mutex::new(tell));
    let server = Server::start(move |request| {
        if request.number == 0 {
            told.lock().expect("no panic").recv().expect("the second is refused");
            return Reply::json(200, &completion("Very important"));
        }
        let body = error("come back tomorrow").to_string();
        let refused = Reply::bytes(429, &[("retry-after", "1e18".to_owned())], body.as_bytes());
        Reply::Read(refused, tell.lock().expect("no panic").clone())
    });
    let pace = Pace { concurrency: 2, ..support::PACE };
    let sampled = sample(&server, folder.path(), pace);
    assert_eq!((sampled.asked, server.count()), (1, 2));
    let told = sampled.shortfall().expect("missing");
    assert!(told.contains("come back tomorrow"), "{told}");
}
