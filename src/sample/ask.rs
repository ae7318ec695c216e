//! Asking: some questions at a time, each tried again while that may help, every response handed
//! on the moment it arrives.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use once_cell::sync::OnceCell;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::Reason;
use crate::config::Sampling;
use crate::respondent::{AskError, Request, Response, Wire};

/// The longest a test waits because a server asks it to. Beyond, the run ends and the next one
/// goes on.
const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// The longest pause between two tries that the server did not ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How fast, how long and how often a model is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Requests in flight per model, at least 1.
    pub concurrency: usize,
    /// What one request may take.
    pub limit: Duration,
    /// Times one request is tried again after a failure that may pass.
    pub retries: usize,
    /// The pause before the second try, doubled for each further one, with up to as much again at
    /// random; a server's `Retry-After` takes its place.
    pub pause: Duration,
}

impl From<&Sampling> for Pace {
    fn from(sampling: &Sampling) -> Pace {
        Pace {
            concurrency: sampling.concurrency,
            limit: Duration::from_secs(sampling.timeout),
            retries: sampling.retries,
            pause: Duration::from_millis(500),
        }
    }
}

/// The threads that asking runs on, started when something is asked for the first time.
pub(super) fn runtime() -> io::Result<&'static Runtime> {
    static RUNTIME: OnceCell<Runtime> = OnceCell::new();
    RUNTIME.get_or_try_init(|| {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Builder::new_multi_thread()
            .worker_threads(cores.min(4))
            .thread_name("alignspec-sample")
            .enable_all()
            .build()
    })
}

/// Asks `requests` (each with its question's place) and gives every response to `keep`.
///
/// Returns the places without a response, each with the reason. A failure that will not pass
/// (a wrong key, a wrong model) ends it at once, and so does an outage: as many questions given up
/// in a row as are asked at a time (two at least).
///
/// # Errors
/// `keep` failed: nothing more is asked.
pub(super) async fn ask<E>(
    wire: Arc<dyn Wire>,
    slots: Arc<Semaphore>,
    pace: Pace,
    requests: Vec<(usize, Request)>,
    mut keep: impl FnMut(usize, Response) -> Result<(), E>,
) -> Result<Vec<(usize, Reason)>, E> {
    let mut open: BTreeSet<usize> = requests.iter().map(|(place, _)| *place).collect();
    let mut queue = requests.into_iter();
    // Dropping it ends what is in flight.
    let mut flying: JoinSet<(usize, Result<Response, AskError>)> = JoinSet::new();
    let mut failed = Vec::new();
    let mut in_a_row = 0;
    let mut stopped = None;
    loop {
        while stopped.is_none() && flying.len() < pace.concurrency.max(1) {
            let Some((place, request)) = queue.next() else { break };
            let (wire, slots) = (Arc::clone(&wire), Arc::clone(&slots));
            flying.spawn(async move { (place, one(&*wire, &slots, pace, &request).await) });
        }
        // Once stopped, only what has already arrived is still taken.
        let joined = match stopped {
            None => flying.join_next().await,
            Some(_) => flying.try_join_next(),
        };
        let (place, answer) = match joined {
            None => break,
            Some(Ok(landed)) => landed,
            Some(Err(lost)) => match lost.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => continue,
            },
        };
        open.remove(&place);
        match answer {
            Ok(response) => {
                in_a_row = 0;
                keep(place, response)?;
            }
            Err(error) => {
                in_a_row += 1;
                let outage = in_a_row >= pace.concurrency.max(2);
                if outage || !error.may_pass() || waits_too_long(&error) {
                    stopped.get_or_insert_with(|| error.clone());
                }
                failed.push((place, Reason::Failed(error)));
            }
        }
    }
    if let Some(error) = stopped {
        failed.extend(open.into_iter().map(|place| (place, Reason::Stopped(error.clone()))));
    }
    Ok(failed)
}

async fn one(
    wire: &dyn Wire,
    slots: &Semaphore,
    pace: Pace,
    request: &Request,
) -> Result<Response, AskError> {
    // Fails only when closed, which nobody does.
    let _slot = slots.acquire().await;
    let pauses = ExponentialBuilder::new()
        .with_min_delay(pace.pause)
        .with_max_delay(LONGEST_PAUSE)
        .with_max_times(pace.retries)
        .with_jitter();
    (|| async { Ok(wire.ask(request).await?.response) })
        .retry(pauses)
        .when(AskError::may_pass)
        .adjust(|error, pause| {
            // None: it has been tried often enough.
            let pause = pause?;
            match error.retry_after() {
                _ if waits_too_long(error) => None,
                // A little later than asked for, so that not all come back at one moment.
                Some(wait) => Some(wait + pause.min(wait / 4)),
                None => Some(pause),
            }
        })
        .await
}

fn waits_too_long(error: &AskError) -> bool {
    error.retry_after().is_some_and(|wait| wait > LONGEST_WAIT)
}
