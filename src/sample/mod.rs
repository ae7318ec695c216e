//! Sampling: the responses of a model to a task's questions, replayed where they are recorded and
//! asked for where they are not.
//!
//! The only stage that touches the network or a clock. A [`Sampler`] serves a whole run; its calls
//! block, and are made from as many threads as there are tests. The first that needs a (model,
//! task) asks, the others wait and read: within a process by a mutex, between processes (nextest)
//! by the lock on the recording. Where everything is recorded, nothing is locked and no thread,
//! client or connection is started.

mod ask;
mod first;
pub(crate) mod interrupt;
mod key;
mod lane;
mod ledger;
mod line;
mod merge;
mod mode;
mod recording;
mod samples;
mod status;
#[cfg_attr(not(feature = "object-store"), path = "no_store.rs")]
mod store;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde_json::Value;
use thiserror::Error;

pub use ask::Pace;
pub use merge::{MergeError, Merged, merge};
pub use mode::{Mode, ModeError, VARIABLE};
pub use recording::RecordingError;
pub use status::Status;

use crate::config::{AnswerFormat, Budget, Config, Model, Provider, Store as Place};
use crate::respondent::{
    AskError, ConnectError, Functions, Request, Response, Variables, from_environment, identity,
};
use crate::suite::{Question, Task};
use ask::Asker;
use first::First;
use key::Keys;
use lane::Lane;
use ledger::Ledger;
use recording::{Address, Locked, Recording};
use store::Store;

/// What is sampled together: one model's responses to questions of one task.
///
/// Asking for more later is a unit with a longer list: what is recorded is not asked again.
#[derive(Debug, Clone)]
pub struct Unit<'a> {
    pub model: &'a Model,
    pub task: &'a Task,
    /// Questions of `task`, each (item, form, index) once.
    pub questions: Vec<Question<'a>>,
    /// The JSON schema of a question's answer; called where the model's answer format is one.
    pub schema: fn(&Question<'_>) -> Value,
}

/// The responses of a unit.
#[derive(Debug, Clone)]
pub struct Sampled {
    /// One per question, in the order of the questions; `None` where it is missing.
    pub responses: Vec<Option<Response>>,
    /// Every question without a response, in the order of the questions.
    pub missing: Vec<Missing>,
    /// How many of the responses this call asked for; the others were recorded before.
    pub asked: usize,
    /// Recorded responses that this unit did not ask for: of older wordings, other parameters,
    /// repetitions beyond its own, or others of a sample that was recorded twice.
    pub unused: usize,
}

/// A question without a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Its place in [`Unit::questions`].
    pub question: usize,
    pub reason: Reason,
}

/// Why there is no response.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Reason {
    /// And this mode does not ask.
    #[error("not recorded")]
    NotRecorded,
    /// Nor can it be asked.
    #[error("not recorded, and {0}")]
    NoConnection(ConnectError),
    /// It was asked, as often as the config allows.
    #[error("{0}")]
    Failed(AskError),
    /// It was not asked any more, after another one's failure.
    #[error("not asked any more: {0}")]
    Stopped(AskError),
    /// It was not asked, because the budget or the time of the run is used up.
    #[error("not asked: {0}")]
    Budget(String),
}

/// Why a unit cannot be sampled at all. What was recorded is untouched.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SampleError {
    #[error(transparent)]
    Recording(#[from] RecordingError),
    #[error("the threads for asking cannot be started: {0}")]
    Runtime(std::io::Error),
    /// The store that recordings are shared in; what is on disk is whole.
    #[error("the store {place} cannot be {what}: {cause}")]
    Store { place: String, what: &'static str, cause: String },
}

/// Whether a test can run, for the list of tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ready {
    /// Every response is recorded.
    Recorded,
    /// It can run: nothing stands in the way of asking, or it will fail with a reason.
    Runs,
    /// It is shown as ignored, for this reason.
    Ignored(String),
}

/// Samples the units of one run.
#[derive(Debug)]
pub struct Sampler {
    folder: PathBuf,
    store: Option<Store>,
    mode: Mode,
    pace: Pace,
    variables: Variables,
    /// Who answers for models that are functions.
    functions: Functions,
    recordings: Mutex<HashMap<PathBuf, Arc<Mutex<Recording>>>>,
    /// One per model that is asked.
    lanes: Mutex<BTreeMap<String, Arc<Lane>>>,
    ledger: Ledger,
    first: First,
}

impl Sampler {
    /// As `config` says, in the mode that the environment names.
    ///
    /// # Errors
    /// It names none.
    pub fn new(config: &Config) -> Result<Sampler, ModeError> {
        let mode = Mode::from_variables(from_environment)?;
        let sampler = Sampler::with(&config.recordings, mode, Pace::from(&config.sampling), from_environment);
        let sampler = sampler.within(&config.budget, &config.models);
        Ok(match &config.store {
            Some(place) => sampler.sharing(place),
            None => sampler,
        })
    }

    /// With recordings under `folder`, and keys looked up in `variables`.
    pub fn with(folder: impl Into<PathBuf>, mode: Mode, pace: Pace, variables: Variables) -> Sampler {
        let (functions, recordings, lanes, first) = Default::default();
        let folder = folder.into();
        let ledger = Ledger::new(Budget::default(), &[], &folder, variables);
        Sampler { folder, store: None, mode, pace, variables, functions, recordings, lanes, ledger, first }
    }

    /// Within a budget, and the limits of `models` of their own.
    #[must_use]
    pub fn within(mut self, budget: &Budget, models: &[Model]) -> Sampler {
        self.ledger = Ledger::new(budget.clone(), models, &self.folder, self.variables);
        self
    }

    /// How far each model that has been asked has got in this process.
    pub fn status(&self) -> Vec<Status> {
        let now = Instant::now();
        let status = |lane: &Arc<Lane>| lane.status(now);
        let mut all: Vec<Status> = hold(&self.lanes).values().map(status).collect();
        for status in &mut all {
            status.spent = self.ledger.spent(&status.model);
        }
        all
    }

    /// And with what is recorded shared in a store, which needs the feature `object-store`: call
    /// [`finish`](Sampler::finish) when the run ends.
    #[must_use]
    pub fn sharing(self, place: &Place) -> Sampler {
        Sampler { store: Some(Store::new(place)), ..self }
    }

    /// With `functions` for the models that are functions.
    pub fn functions(self, functions: Functions) -> Sampler {
        Sampler { functions, ..self }
    }

    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Calls `then` before the first question is asked; never, where none is.
    pub(crate) fn when_asking(&self, then: impl FnOnce() + Send + 'static) {
        self.first.set(then);
    }

    /// Where the responses of `model` are kept.
    pub(crate) fn kept(&self, model: &str) -> PathBuf {
        let file = self.mode.file(&self.folder, model, "", self.variables);
        file.parent().map_or_else(|| self.folder.clone(), Path::to_owned)
    }

    /// Whether a test that needs `unit` can run. Reads the recording only where the answer depends
    /// on it: in auto mode, for a model whose key is not set.
    pub fn ready(&self, unit: &Unit<'_>) -> Ready {
        let Some(variable) = &unit.model.key_env else { return Ready::Runs };
        if self.mode != Mode::Auto || (self.variables)(variable).is_some() {
            return Ready::Runs;
        }
        let recording = self.recording(unit);
        let mut recording = hold(&recording);
        if recording.refresh().is_err() {
            // The test is to fail with it, not to be passed over.
            return Ready::Runs;
        }
        let addresses = unit.addresses();
        let missing = |recording: &Recording| {
            addresses.iter().filter(|address| recording.get(address).is_none()).count()
        };
        if missing(&recording) > 0 && self.pull(unit, &mut recording).is_err() {
            return Ready::Runs;
        }
        let missing = missing(&recording);
        match missing {
            0 => Ready::Recorded,
            _ => Ready::Ignored(format!(
                "{missing} of {} responses are not recorded, and {variable} is not set",
                unit.questions.len()
            )),
        }
    }

    /// Whether `model` may be asked: in a mode that asks, and with the key that is named for it.
    pub(crate) fn asks(&self, model: &Model) -> bool {
        let key = model.key_env.as_ref().is_none_or(|variable| (self.variables)(variable).is_some());
        self.mode != Mode::Replay && !model.is_tally() && key
    }

    /// The responses of `unit` that are recorded, `None` for the others, in any mode: nothing is asked,
    /// locked or written.
    pub(crate) fn recorded(&self, unit: &Unit<'_>) -> Result<Vec<Option<Response>>, SampleError> {
        let recording = self.recording_in(Mode::Replay, unit);
        let mut recording = hold(&recording);
        recording.refresh()?;
        if recording.len() == 0 {
            return Ok(vec![None; unit.questions.len()]);
        }
        Ok(unit.addresses().iter().map(|address| recording.get(address).cloned()).collect())
    }

    /// The responses of `unit`, asked for where they are not recorded and the mode allows it.
    ///
    /// Blocks until all have arrived or are given up; not to be called inside a tokio runtime.
    ///
    /// # Errors
    /// The recording is damaged or cannot be written, or threads cannot be started. A model that
    /// does not answer is no error here: see [`Sampled::missing`].
    pub fn sample(&self, unit: &Unit<'_>) -> Result<Sampled, SampleError> {
        let addresses = unit.addresses();
        let recording = self.recording(unit);
        let mut recording = hold(&recording);
        recording.refresh()?;
        let absent = |recording: &Recording| -> Vec<usize> {
            let mut seen = HashSet::new();
            let absent =
                |place: &usize| recording.get(&addresses[*place]).is_none() && seen.insert(addresses[*place]);
            (0..addresses.len()).filter(absent).collect()
        };
        let mut places = absent(&recording);
        if !places.is_empty() {
            self.pull(unit, &mut recording)?;
            places = absent(&recording);
        }
        if places.is_empty() {
            return Ok(sampled(&recording, &addresses, Vec::new(), 0));
        }
        let unreachable = match self.mode {
            Mode::Replay => Some(Reason::NotRecorded),
            _ if unit.model.provider == Provider::Tally => Some(Reason::NotRecorded),
            _ => None,
        };
        let wire = match unreachable {
            Some(reason) => Err(reason),
            None => {
                let wire = self.functions.connect(unit.model, self.pace.limit, self.variables);
                wire.map_err(Reason::NoConnection)
            }
        };
        let wire = match wire {
            Ok(wire) => Arc::from(wire),
            Err(reason) => {
                let missing = places.into_iter().map(|place| (place, reason.clone())).collect();
                return Ok(sampled(&recording, &addresses, missing, 0));
            }
        };
        let mut locked = recording.lock()?;
        // Another process may have asked meanwhile.
        let places = absent(locked.recording());
        if places.is_empty() {
            return Ok(sampled(locked.recording(), &addresses, Vec::new(), 0));
        }
        locked.mend()?;
        let mut asked = 0;
        let keep = |place: usize, response: Response| {
            append(&mut locked, &unit.questions[place], addresses[place], response)?;
            asked += 1;
            Ok::<(), RecordingError>(())
        };
        let runtime = ask::runtime().map_err(SampleError::Runtime)?;
        let request = |place: usize| unit.request(&unit.questions[place]);
        let (lane, ledger, pace) = (self.lane(unit.model), &self.ledger, self.pace);
        let asker = Asker { model: unit.model, wire, lane, ledger, pace };
        self.first.happens();
        let missing = runtime.block_on(asker.ask(places, request, keep))?;
        locked.settle()?;
        drop(locked);
        self.push(unit, &recording, asked);
        Ok(sampled(&recording, &addresses, missing, asked))
    }

    fn recording(&self, unit: &Unit<'_>) -> Arc<Mutex<Recording>> {
        self.recording_in(self.mode, unit)
    }

    fn recording_in(&self, mode: Mode, unit: &Unit<'_>) -> Arc<Mutex<Recording>> {
        let path = mode.file(&self.folder, &unit.model.name, &unit.task.id, self.variables);
        let mut recordings = hold(&self.recordings);
        Arc::clone(
            recordings.entry(path.clone()).or_insert_with(|| Arc::new(Mutex::new(Recording::new(path)))),
        )
    }

    fn lane(&self, model: &Model) -> Arc<Lane> {
        let new = || Lane::new(&model.name, &self.pace, model.terms.concurrency);
        Arc::clone(hold(&self.lanes).entry(model.name.clone()).or_insert_with(new))
    }
}

impl Reason {
    /// Whether one failure is behind both.
    fn is_like(&self, other: &Reason) -> bool {
        use Reason::{Failed, Stopped};
        match (self, other) {
            (Failed(one) | Stopped(one), Failed(other) | Stopped(other)) => one == other,
            (one, other) => one == other,
        }
    }
}

impl Sampled {
    /// "12 of 50 responses are missing: not recorded"; `None` when none is. The most frequent
    /// reason, and how many others there are.
    pub fn shortfall(&self) -> Option<String> {
        let mut reasons: Vec<(&Reason, usize)> = Vec::new();
        for missing in &self.missing {
            match reasons.iter_mut().find(|(reason, _)| reason.is_like(&missing.reason)) {
                Some((reason, count)) => {
                    *count += 1;
                    // Who was asked says more than who was not asked any more.
                    if matches!(missing.reason, Reason::Failed(_)) {
                        *reason = &missing.reason;
                    }
                }
                None => reasons.push((&missing.reason, 1)),
            }
        }
        let others = reasons.len().saturating_sub(1);
        // The first of the most frequent ones, whatever their order.
        let (reason, _) = reasons.into_iter().rev().max_by_key(|(_, count)| *count)?;
        let (missing, all) = (self.missing.len(), self.responses.len());
        let others = match others {
            0 => String::new(),
            1 => " (and one other reason)".to_owned(),
            more => format!(" (and {more} other reasons)"),
        };
        Some(format!("{missing} of {all} responses are missing: {reason}{others}"))
    }
}

impl Unit<'_> {
    /// The model's words and the task's: who it is, then what it does here.
    fn system(&self) -> Option<String> {
        let words = [self.model.system.as_deref(), self.task.system.as_deref()];
        let words: Vec<&str> =
            words.into_iter().flatten().map(str::trim).filter(|words| !words.is_empty()).collect();
        (!words.is_empty()).then(|| words.join("\n\n"))
    }

    fn schema(&self, question: &Question<'_>) -> Option<Value> {
        match self.model.answer_format {
            AnswerFormat::Text => None,
            AnswerFormat::JsonSchema => Some((self.schema)(question)),
        }
    }

    fn request(&self, question: &Question<'_>) -> Request {
        Request {
            system: self.system(),
            messages: self.model.messages.clone(),
            prompt: question.prompt.clone(),
            schema: self.schema(question),
        }
    }

    /// Where each question's response is recorded.
    fn addresses(&self) -> Vec<Address> {
        let keys = Keys::new(&identity(self.model), self.system().as_deref());
        let address = |question: &Question<'_>| {
            let schema = self.schema(question);
            let key = keys.key(&question.item.id, question.form.label, &question.prompt, schema.as_ref());
            (key, question.index)
        };
        self.questions.iter().map(address).collect()
    }
}

fn append(
    locked: &mut Locked<'_>,
    question: &Question<'_>,
    address: Address,
    response: Response,
) -> Result<(), RecordingError> {
    locked.append(&question.item.id, question.form.label, address, response)
}

fn sampled(
    recording: &Recording,
    addresses: &[Address],
    missing: Vec<(usize, Reason)>,
    asked: usize,
) -> Sampled {
    let responses: Vec<Option<Response>> =
        addresses.iter().map(|address| recording.get(address).cloned()).collect();
    let found: HashSet<&Address> =
        addresses.iter().filter(|address| recording.get(address).is_some()).collect();
    let unused = (recording.len() + recording.superseded()).saturating_sub(found.len());
    let reasons: HashMap<Address, Reason> =
        missing.into_iter().map(|(place, reason)| (addresses[place], reason)).collect();
    let reason = |address| reasons.get(address).cloned().unwrap_or(Reason::NotRecorded);
    let missing = responses.iter().zip(addresses).enumerate().filter(|(_, (response, _))| response.is_none());
    let missing =
        missing.map(|(question, (_, address))| Missing { question, reason: reason(address) }).collect();
    Sampled { responses, missing, asked, unused }
}

/// A panic elsewhere leaves these maps and recordings whole: each change is one step.
fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
