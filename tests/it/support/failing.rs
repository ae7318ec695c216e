//! A server that fails now and then, for tests that kill whoever records its answers.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde_json::json;

use super::completion;
use super::server::{Received, Reply};

/// What a recorder or the server tells.
pub enum News {
    /// So many requests have come since the last kill.
    Now,
    /// The recorder with this number has ended, for good or to be started again.
    Ended(usize),
}

/// Counts what it is asked and what it has answered, and tells when it is time for the next kill.
#[derive(Clone)]
pub struct Failing {
    countdown: Arc<Mutex<Option<usize>>>,
    answered: Arc<AtomicUsize>,
    tell: Arc<Mutex<Sender<News>>>,
}

impl Failing {
    pub fn new(tell: &Sender<News>) -> Failing {
        let tell = Arc::new(Mutex::new(tell.clone()));
        Failing { countdown: Arc::default(), answered: Arc::default(), tell }
    }

    /// After so many more requests it is time; `None`: never again.
    pub fn kill_after(&self, requests: Option<usize>) {
        *self.countdown.lock().expect("no panic") = requests;
    }

    /// How many requests it has answered.
    pub fn answers(&self) -> usize {
        self.answered.load(Ordering::SeqCst)
    }

    /// A tenth is refused, one in twenty fails, one in fifty hangs up; the rest is answered with `text`.
    pub fn reply(&self, request: &Received, text: &str) -> Reply {
        self.count();
        let draw = ChaCha8Rng::seed_from_u64(request.number as u64).random_range(0..100);
        let error = json!({ "error": { "message": "not now" } });
        match draw {
            0..10 => Reply::json(429, &error).header("retry-after-ms", "5"),
            10..15 => Reply::json(500, &error),
            15..17 => Reply::HangUp,
            _ => {
                self.answered.fetch_add(1, Ordering::SeqCst);
                Reply::json(200, &completion(text))
            }
        }
    }

    fn count(&self) {
        let mut left = self.countdown.lock().expect("no panic");
        *left = match *left {
            Some(0) => {
                self.tell.lock().expect("no panic").send(News::Now).ok();
                None
            }
            left => left.map(|left| left - 1),
        };
    }
}

/// Some time for the recorder to get anywhere in what it does next.
pub fn a_moment(rng: &mut ChaCha8Rng) {
    let (pause, start) = (Duration::from_micros(rng.random_range(0..3000)), Instant::now());
    while start.elapsed() < pause {
        std::hint::spin_loop();
    }
}
