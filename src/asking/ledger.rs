//! A run's ledger: requests, money and time against the budget, and the config's limits per minute.
//!
//! Every request is entered before it is sent, at an estimate of its price, and settled when its
//! answer is there. A run is one process, or all processes of one nextest run: those share the
//! ledger in a small file under an operating-system lock. It is only written where something
//! limits the run.
//!
//! Limits per minute are kept by the generic cell rate algorithm (ITU-T I.371, "virtual
//! scheduling"): all it needs to know is when the next request would be due, which is one number
//! that processes can share; no queue and no timer.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::config::{Budget, Model, Price};
use crate::ground::environment::{Variables, nextest_run};
use crate::ground::sync::hold;
use crate::ground::text::one_line;

/// How many seconds' worth of a minute's limit may be used up ahead of time. Providers' own token buckets allow
/// such short bursts.
const AHEAD: f64 = 1.0;

/// The folder below the recordings that holds the ledgers of nextest runs.
const FOLDER: &str = ".runs";

#[derive(Debug)]
pub(super) struct Ledger {
    budget: Budget,
    own: Mutex<Books>,
    /// The file that the run's processes share.
    shared: Option<PathBuf>,
}

/// What has been entered so far.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(default)]
struct Books {
    /// When the ledger was last changed, in Unix seconds.
    seen: f64,
    /// When the first request was entered, in Unix seconds.
    started: Option<f64>,
    models: BTreeMap<String, Account>,
}

#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(default)]
struct Account {
    requests: u64,
    /// The number of requests in flight.
    flying: u64,
    /// The number of requests that were answered.
    answered: u64,
    /// The US dollars spent on answers that came.
    spent: f64,
    /// The US dollars spent on the most expensive answer.
    dearest: f64,
    /// The US dollars that are estimated for the requests in flight.
    reserved: f64,
    /// When the next request, and the next token, is due, in Unix seconds.
    request_due: f64,
    token_due: f64,
}

/// The tokens and US dollars that a request will probably take.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Estimate {
    pub tokens: f64,
    pub usd: f64,
    /// Whether the length of an answer is only a guess, because none has come yet.
    pub guessed: bool,
}

/// Whether a request may be sent.
#[derive(Debug, PartialEq)]
pub(super) enum Grant {
    Given(Estimate),
    /// A limit per minute delays it by this time.
    Later(Duration, String),
    /// The money is reserved for requests in flight, which may turn out cheaper.
    Reserved(String),
    /// The budget is used up, as the text says.
    Over(String),
}

impl Ledger {
    /// Makes the ledger of this run, which is shared if nextest gives the run an id.
    pub(super) fn new(budget: Budget, models: &[Model], recordings: &Path, variables: Variables) -> Ledger {
        let limited = budget != Budget::default() || models.iter().any(is_limited);
        let run = nextest_run(variables).filter(|_| limited);
        let shared = run.map(|run| recordings.join(FOLDER).join(format!("{run}.json")));
        Ledger { budget, own: Mutex::default(), shared }
    }

    /// Enters a request of `model`, if the budget and its limits allow it now.
    pub(super) fn enter(&self, model: &Model, estimate: Estimate) -> io::Result<Grant> {
        self.change(|books, now| books.enter(&self.budget, model, estimate, now))
    }

    /// Enters as many of a batch's requests as the budget allows. Returns how many, and why no more. They
    /// count as spent at once, at their estimate, because their answers come in a later run. Limits per
    /// minute do not apply to batches.
    pub(super) fn enter_batch(
        &self,
        model: &Model,
        estimates: &[Estimate],
    ) -> io::Result<(usize, Option<String>)> {
        self.change(|books, now| {
            for (entered, estimate) in estimates.iter().enumerate() {
                if let Some(Grant::Reserved(why) | Grant::Over(why)) =
                    books.over(&self.budget, model, *estimate)
                {
                    return (entered, Some(why));
                }
                let account = books.models.entry(model.name.clone()).or_default();
                account.requests += 1;
                account.spent += estimate.usd;
                books.started.get_or_insert(now);
            }
            (estimates.len(), None)
        })
    }

    /// Takes back the cost of a batch that was entered, but that the provider did not accept. Its requests
    /// still count.
    pub(super) fn refund(&self, model: &Model, estimates: &[Estimate]) -> io::Result<()> {
        let usd: f64 = estimates.iter().map(|estimate| estimate.usd).sum();
        self.change(|books, _| {
            let account = books.models.entry(model.name.clone()).or_default();
            account.spent = (account.spent - usd).max(0.0);
        })
    }

    /// Enters the result of a request: its tokens and US dollars. With `None`, nobody knows them; since it
    /// may have been answered and paid for, it then counts at its estimate.
    pub(super) fn settle(&self, model: &Model, entered: Estimate, came: Option<Estimate>) -> io::Result<()> {
        self.change(|books, _| {
            let account = books.account(model);
            account.lands(entered);
            if let Some(came) = came {
                account.answered += 1;
                account.dearest = account.dearest.max(came.usd);
            }
            let came = came.unwrap_or(entered);
            account.spent += came.usd;
            if let Some(per_minute) = model.terms.tokens_per_minute {
                account.token_due += (came.tokens - entered.tokens) * 60.0 / per_minute;
            }
        })
    }

    /// Enters that a request was turned down. It costs nothing, but counts as a request and towards the
    /// limits per minute.
    pub(super) fn turned_down(&self, model: &Model, entered: Estimate) -> io::Result<()> {
        self.change(|books, _| books.account(model).lands(entered))
    }

    /// Returns how much of the run's time is left, or `None` if the time is not limited.
    pub(super) fn time_left(&self) -> io::Result<Option<Duration>> {
        let Some(minutes) = self.budget.max_minutes else { return Ok(None) };
        let left = |started: f64, now: f64| Some(seconds(started + 60.0 * minutes - now));
        {
            // The start does not change, so the file need not be read each time.
            let (mut own, now) = (hold(&self.own), now());
            own.at(now);
            if let Some(started) = own.started {
                return Ok(left(started, now));
            }
        }
        self.change(|books, now| left(*books.started.get_or_insert(now), now))
    }

    pub(super) fn out_of_time(&self) -> String {
        let minutes = self.budget.max_minutes.unwrap_or_default();
        format!("the run's time is up (max_minutes = {minutes}): run it again to go on, or raise [budget]")
    }

    /// Returns the US dollars spent on `model` in this run, or `None` if it has no price.
    pub(super) fn spent(&self, model: &str) -> Option<f64> {
        let books = hold(&self.own);
        books.models.get(model).map(|account| account.spent).filter(|spent| *spent > 0.0)
    }

    /// Changes the books at the current time.
    fn change<T>(&self, change: impl FnOnce(&mut Books, f64) -> T) -> io::Result<T> {
        let change = |books: &mut Books| {
            // Under the lock, no other process's time is later than this.
            let now = now();
            books.at(now);
            change(books, now)
        };
        let mut own = hold(&self.own);
        let Some(path) = &self.shared else { return Ok(change(&mut own)) };
        crate::ground::regular::check(path, 1)?;
        let mut file = open(path)?;
        file.lock()?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        // The file is empty, or half written after a power cut. What this process knows is better than starting
        // from nothing.
        let mut books = read_books(&text).unwrap_or_else(|| own.clone());
        let result = change(&mut books);
        let text = serde_json::to_string(&books)?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(text.as_bytes())?;
        file.set_len(text.len() as u64)?;
        *own = books;
        Ok(result)
    }
}

fn is_limited(model: &Model) -> bool {
    let terms = &model.terms;
    terms.max_requests.is_some()
        || terms.max_usd.is_some()
        || terms.requests_per_minute.is_some()
        || terms.tokens_per_minute.is_some()
}

impl Account {
    fn lands(&mut self, entered: Estimate) {
        self.flying = self.flying.saturating_sub(1);
        // Sums of fractions are not exact, so this begins again at zero.
        self.reserved = if self.flying == 0 { 0.0 } else { (self.reserved - entered.usd).max(0.0) };
    }
}

impl Books {
    /// Sets the current time. If the clock was set back, noted times move back with it, so that nobody waits
    /// until the clock has caught up.
    fn at(&mut self, now: f64) {
        let back = self.seen - now;
        if back > 0.0 {
            self.started = self.started.map(|started| started - back);
            for account in self.models.values_mut() {
                account.request_due -= back;
                account.token_due -= back;
            }
        }
        self.seen = now;
    }

    fn account(&mut self, model: &Model) -> &mut Account {
        self.models.entry(model.name.clone()).or_default()
    }

    /// Returns what in the budget forbids one more request.
    fn over(&mut self, budget: &Budget, model: &Model, estimate: Estimate) -> Option<Grant> {
        let (requests, spent, reserved) = self.models.values().fold((0, 0.0, 0.0), |sum, account| {
            (sum.0 + account.requests, sum.1 + account.spent, sum.2 + account.reserved)
        });
        let terms = &model.terms;
        let account = self.models.entry(model.name.clone()).or_default();
        let whose = format!("of {}", model.name);
        for (requests, most, whose) in
            [(requests, budget.max_requests, "of the run"), (account.requests, terms.max_requests, &whose)]
        {
            if most.is_some_and(|most| requests >= most) {
                return Some(Grant::Over(format!(
                    "the budget {whose} is used up: {requests} requests (max_requests)"
                )));
            }
        }
        let (flying, answered) = (account.flying, account.answered);
        let of_model = (account.spent, account.reserved, terms.max_usd, whose.as_str());
        for (spent, reserved, most, whose) in [(spent, reserved, budget.max_usd, "of the run"), of_model] {
            let Some(most) = most else { continue };
            if spent + estimate.usd > most {
                return Some(Grant::Over(format!(
                    "the budget {whose} is used up: ${spent:.4} of ${most} spent, and the next answer may cost ${:.4} (max_usd)",
                    estimate.usd
                )));
            }
            if spent + reserved + estimate.usd > most {
                let why = format!("the rest of the budget {whose} is reserved for requests in flight");
                return Some(Grant::Reserved(why));
            }
            // Many guesses that are all too low would overspend the budget many times.
            if estimate.guessed && flying > 0 && answered == 0 {
                let why = "waiting for the first answer to learn what one costs".to_owned();
                return Some(Grant::Reserved(why));
            }
        }
        None
    }

    fn enter(&mut self, budget: &Budget, model: &Model, mut estimate: Estimate, now: f64) -> Grant {
        if estimate.guessed {
            // Another process may know better.
            estimate.usd = estimate.usd.max(self.account(model).dearest);
        }
        if let Some(grant) = self.over(budget, model, estimate) {
            return grant;
        }
        let terms = &model.terms;
        let account = self.models.entry(model.name.clone()).or_default();
        for (per_minute, due, what) in [
            (terms.requests_per_minute, account.request_due, "requests_per_minute"),
            (terms.tokens_per_minute, account.token_due, "tokens_per_minute"),
        ] {
            let wait = seconds(due - AHEAD - now);
            if let Some(most) = per_minute.filter(|_| !wait.is_zero()) {
                return Grant::Later(wait, format!("{what} = {most}"));
            }
        }
        if let Some(most) = terms.requests_per_minute {
            account.request_due = account.request_due.max(now) + 60.0 / most;
        }
        if let Some(most) = terms.tokens_per_minute {
            account.token_due = account.token_due.max(now) + estimate.tokens * 60.0 / most;
        }
        account.requests += 1;
        account.flying += 1;
        account.reserved += estimate.usd;
        self.started.get_or_insert(now);
        Grant::Given(estimate)
    }
}

impl Price {
    /// Returns what this many tokens cost, in US dollars.
    pub(crate) fn usd(&self, tokens_in: f64, tokens_out: f64) -> f64 {
        (self.input * tokens_in + self.output * tokens_out) / 1e6
    }
}

/// Reads the books in `text`. If a process was killed while writing, the end of an older, longer text may
/// follow them.
fn read_books(text: &str) -> Option<Books> {
    serde_json::Deserializer::from_str(text).into_iter().next()?.ok()
}

fn open(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent().filter(|folder| !folder.is_dir()) {
        std::fs::create_dir_all(folder)?;
        // Ledgers are not committed.
        std::fs::write(folder.join(".gitignore"), "*\n")?;
    }
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
}

/// Converts seconds, at least 0 and at most about 30 years.
fn seconds(seconds: f64) -> Duration {
    const MOST: f64 = 1e9;
    if seconds > 0.0 { Duration::from_secs_f64(seconds.min(MOST)) } else { Duration::ZERO }
}

fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64())
}

/// Describes a failure to read or write the ledger.
pub(super) fn unwritable(cause: &io::Error) -> String {
    one_line(&format!("the run's ledger under recordings/{FOLDER} cannot be written: {cause}"), 300)
}

#[cfg(test)]
mod tests;
