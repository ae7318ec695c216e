//! Gets the responses of a model to a task's questions: recorded ones are replayed, others are asked for.
//!
//! This is the only stage that uses the network or a clock. A [`Sampler`] serves a whole run. Its calls block,
//! and come from as many threads as there are tests. The first that needs a model and a task asks, others wait and
//! read: by a mutex in a process, by the recording's lock between them. If all is recorded, nothing is locked or started.

mod absent;
mod ask;
mod batch;
mod declined;
mod first_question;
pub(crate) mod interrupt;
mod lane;
mod ledger;
mod mode;
mod notes;
#[cfg(feature = "cli")]
mod once;
mod pace;
mod queue;
mod ready;
mod reason;
mod state;
mod status;
#[cfg_attr(not(feature = "object-store"), path = "no_store.rs")]
mod store;
mod turns;
mod unit;
mod wires;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use thiserror::Error;

pub use mode::Mode;
pub(crate) use mode::ModeError;
#[cfg(feature = "cli")]
pub(crate) use mode::VARIABLE;
#[cfg(feature = "cli")]
pub(crate) use once::{NotAnswered, ask_once};
pub use pace::Pace;
pub use ready::Ready;
pub use reason::Reason;
pub(crate) use status::Status;
pub use unit::{AskBack, Sampled, SamplingUnit};

use crate::config::{Budget, Config, Model, StoreLocation};
use crate::ground::environment::{Variables, from_environment};
use crate::ground::sync::hold;
use crate::provider::{Functions, Response, Wire};
use crate::recording::line::Turn;
use crate::recording::locked::Locked;
use crate::recording::pending::PendingBatches;
use crate::recording::receipt;
use crate::recording::seen::ContentHashes;
use crate::recording::{Recording, RecordingError};
use crate::suite::Task;
use ask::Asker;
use batch::{Batcher, RunningBatches};
use first_question::BeforeFirstQuestion;
use lane::Lane;
use ledger::Ledger;
use notes::PassNotes;
use store::Store;
use turns::{OpenQuestions, TurnPass, Turns};
use wires::Wires;

/// Why a unit cannot be sampled at all. Its recording is not changed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SampleError {
    #[error(transparent)]
    Recording(#[from] RecordingError),
    #[error("the threads for asking cannot be started: {0}")]
    Runtime(std::io::Error),
    /// The store that recordings are shared in failed. What is on disk is whole.
    #[error("the store {place} cannot be {what}: {cause}")]
    Store { place: String, what: &'static str, cause: String },
}

/// Samples the units of one run.
#[derive(Debug)]
pub struct Sampler {
    folder: PathBuf,
    /// The folder of the base branch's recordings. Its responses take precedence over others to the same
    /// sample.
    base: Option<PathBuf>,
    store: Option<Store>,
    mode: Mode,
    pace: Pace,
    variables: Variables,
    wires: Wires,
    recordings: Mutex<HashMap<PathBuf, Arc<Mutex<Recording>>>>,
    /// The hashes of the recordings' files.
    hashes: Mutex<ContentHashes>,
    /// The lanes, one for each model that is asked.
    lanes: Mutex<BTreeMap<String, Arc<Lane>>>,
    ledger: Ledger,
    first: BeforeFirstQuestion,
    /// Batches that were asked about lately.
    running: RunningBatches,
    /// Whether nothing is asked because the config has a mistake.
    mistaken: bool,
    /// The receipts to put beside new recordings, by model and task.
    receipts: BTreeMap<(String, String), String>,
}

impl Sampler {
    /// Makes a sampler with the settings of `config`, in the mode that the environment names.
    ///
    /// # Errors
    /// Returns an error if the environment names an unknown mode, or a folder of recordings that does not exist.
    pub(crate) fn new(config: &Config) -> Result<Sampler, ModeError> {
        let mode = Mode::from_variables(from_environment)?;
        let sampler = Sampler::with(&config.recordings, mode, Pace::from(&config.sampling), from_environment);
        let sampler = sampler.within(&config.budget, &config.models);
        let sampler = Sampler { base: mode::base(from_environment)?, ..sampler };
        Ok(match &config.store {
            Some(place) => sampler.sharing(place),
            None => sampler,
        })
    }

    /// Makes a sampler that keeps recordings under `folder` and looks keys up in `variables`.
    pub fn with(folder: impl Into<PathBuf>, mode: Mode, pace: Pace, variables: Variables) -> Sampler {
        let (wires, recordings, hashes, lanes, first) = Default::default();
        let folder = folder.into();
        let ledger = Ledger::new(Budget::default(), &[], &folder, variables);
        let running = RunningBatches::default();
        Sampler {
            folder,
            base: None,
            store: None,
            mode,
            pace,
            variables,
            wires,
            recordings,
            hashes,
            lanes,
            ledger,
            first,
            running,
            mistaken: false,
            receipts: BTreeMap::new(),
        }
    }

    /// Limits the sampler to a budget, and to the limits of each of the `models`.
    #[must_use]
    pub fn within(mut self, budget: &Budget, models: &[Model]) -> Sampler {
        self.ledger = Ledger::new(budget.clone(), models, &self.folder, self.variables);
        self
    }

    /// Shares the recordings through a store, which needs the feature `object-store`. Call
    /// [`finish`](Sampler::finish) when the run ends.
    #[must_use]
    pub fn sharing(self, place: &StoreLocation) -> Sampler {
        Sampler { store: Some(Store::new(place)), ..self }
    }

    /// Adds the functions that answer for models with `provider = "function"`.
    pub fn functions(self, functions: Functions) -> Sampler {
        Sampler { wires: Wires::with(functions), ..self }
    }

    /// Stops the sampler from asking, because the config has a mistake: what would be asked and paid for
    /// might not be what is meant.
    pub(crate) fn ask_nothing(&mut self) {
        self.mistaken = true;
    }

    /// Returns whether what is asked is kept for later runs.
    pub(crate) fn may_record(&self) -> bool {
        matches!(self.mode, Mode::Auto | Mode::Record) && !self.mistaken
    }

    /// Sets the receipts to put beside new recordings, by model and task.
    #[must_use]
    pub(crate) fn beginning_with(self, receipts: BTreeMap<(String, String), String>) -> Sampler {
        Sampler { receipts, ..self }
    }

    /// Returns the receipt beside the recording of a model's answers to a task.
    pub(crate) fn receipt(&self, model: &Model, task: &Task) -> Option<Vec<u8>> {
        receipt::read(&Mode::Replay.file(&self.folder, &model.name, &task.id, self.variables))
    }

    /// Returns which questions the sampler may ask.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Calls `then` once before the first question is asked, or never if none is asked.
    pub(crate) fn when_asking(&self, then: impl FnOnce() + Send + 'static) {
        self.first.set(then);
    }

    /// Returns the folder in which the responses of `model` are kept.
    pub(crate) fn kept(&self, model: &str) -> PathBuf {
        let file = self.mode.file(&self.folder, model, "", self.variables);
        file.parent().map_or_else(|| self.folder.clone(), Path::to_owned)
    }

    /// Returns whether `model` may be asked: in a mode that asks, and with its key set.
    pub(crate) fn asks(&self, model: &Model) -> bool {
        let known = model.unset(|variable| (self.variables)(variable).is_some()).is_none();
        self.mode != Mode::Replay && !self.mistaken && known
    }

    /// Returns the responses of `unit` that are recorded, and `None` for the others. In every mode, nothing
    /// is asked, locked or written.
    pub(crate) fn recorded(&self, unit: &SamplingUnit<'_>) -> Result<Vec<Option<Response>>, SampleError> {
        let recording = self.recording_in(Mode::Replay, unit);
        let mut recording = hold(&recording);
        recording.refresh()?;
        if recording.len() == 0 {
            return Ok(vec![None; unit.questions.len()]);
        }
        let turns = Turns::of(unit);
        Ok((0..unit.questions.len()).map(|place| turns.response(place, &recording)).collect())
    }

    /// Returns whether the recorded responses of `unit` may come from more than one version of its model. Those
    /// of other models that had the role before count too.
    pub(crate) fn has_versions(&self, unit: &SamplingUnit<'_>) -> bool {
        self.mode != Mode::Live && hold(&self.recording(unit)).has_versions()
    }

    /// Returns the responses of `unit`. Those that are not recorded are asked for if the mode allows it, and
    /// the model is asked back where a response cannot be read.
    ///
    /// This blocks until all have arrived or are given up. Do not call it inside a tokio runtime.
    ///
    /// # Errors
    /// Returns an error if the recording is damaged or cannot be written, or if threads cannot be started. A
    /// model that does not answer is not an error: see [`Sampled::missing`].
    pub fn sample(&self, unit: &SamplingUnit<'_>) -> Result<Sampled, SampleError> {
        let mut responses = Vec::with_capacity(unit.questions.len());
        let sampled = self.sample_each(unit, &mut |_, response| responses.push(response))?;
        Ok(Sampled { responses, ..sampled })
    }

    /// Does what [`sample`](Self::sample) does, but gives the responses to `each` one by one, in the order of
    /// their questions and with their places, instead of holding all at once.
    ///
    /// # Errors
    /// As [`sample`](Self::sample).
    pub fn sample_each(
        &self,
        unit: &SamplingUnit<'_>,
        each: &mut dyn FnMut(usize, Option<Response>),
    ) -> Result<Sampled, SampleError> {
        let turns = Turns::of(unit);
        let recording = self.recording(unit);
        let mut recording = hold(&recording);
        recording.refresh()?;
        let mut open = self.open(&turns, &recording);
        if open.is_empty() {
            recording.replayed(self.mode == Mode::Replay)?;
        }
        if !open.is_empty() {
            self.pull(unit, &mut recording)?;
            open = self.open(&turns, &recording);
        }
        if open.is_empty() {
            return Ok(turns.sampled(&recording, Vec::new(), 0, each));
        }
        let wire = match self.wire(unit) {
            Ok(wire) => wire,
            // A model that cannot be asked is not asked back either: such a response stays unread.
            Err(reason) => {
                let open = OpenQuestions { back: Vec::new(), ..open };
                let first = open.first.first().map(|place| unit.questions.get(*place));
                let reason = absent::why(reason, &recording, first.as_deref());
                return Ok(turns.sampled(&recording, open.missing(&reason), 0, each));
            }
        };
        let locked = recording.lock_within(|| self.ledger.time_left().ok().flatten())?;
        let Some(mut locked) = locked else {
            let reason = Reason::Budget(self.ledger.out_of_time());
            return Ok(turns.sampled(&recording, open.missing(&reason), 0, each));
        };
        self.put_receipt(unit, &locked)?;
        let (missing, asked) = self.ask(&turns, &wire, &mut locked)?;
        drop(locked);
        self.push(unit, &recording, asked);
        Ok(turns.sampled(&recording, missing, asked, each))
    }

    /// Puts the receipt beside a recording that begins. Under the lock: of several processes that are about to ask, the
    /// first finds nothing recorded. What is with a batch endpoint is asked, whatever may be recorded of it.
    fn put_receipt(&self, unit: &SamplingUnit<'_>, locked: &Locked<'_>) -> Result<(), RecordingError> {
        let (recording, of) = (locked.recording(), (unit.model.name.clone(), unit.task.id.clone()));
        let receipt = self.receipts.get(&of).filter(|_| self.may_record() && recording.len() == 0);
        if let Some(receipt) = receipt
            && PendingBatches::read(recording.path())?.batches.is_empty()
        {
            receipt::put(recording.path(), receipt);
        }
        Ok(())
    }

    /// What is still to be asked. Where nothing can be, and no other machine may have asked, it does not
    /// matter what of the responses could be asked back.
    fn open(&self, turns: &Turns<'_>, recording: &Recording) -> OpenQuestions {
        let back = self.mode != Mode::Replay || self.store.is_some();
        OpenQuestions {
            first: turns.open(Turn::First, recording),
            back: if back { turns.open(Turn::Back, recording) } else { Vec::new() },
        }
    }

    /// Returns the wire to the model, or why there is none.
    fn wire(&self, unit: &SamplingUnit<'_>) -> Result<Arc<dyn Wire>, Reason> {
        match self.mode {
            Mode::Replay => Err(Reason::NotRecorded),
            _ if self.mistaken => Err(Reason::Mistake),
            // The next run would ask again and collect nothing.
            Mode::Live if unit.model.batch => Err(Reason::Batch(
                "live mode asks everything again in each run, but a batch takes more than one run: use record mode, or remove `batch`"
                    .to_owned(),
            )),
            _ => {
                let wire = self.wires.to(unit.model, self.pace.limit, self.variables);
                wire.map_err(Reason::NoConnection)
            }
        }
    }

    /// Asks the open questions, and then back if all of them have a response. Returns the places where a turn
    /// is missing, each with the reason, and how many turns came.
    fn ask(
        &self,
        turns: &Turns<'_>,
        wire: &Arc<dyn Wire>,
        locked: &mut Locked<'_>,
    ) -> Result<(Vec<(usize, Reason)>, usize), SampleError> {
        let mut asked = 0;
        for turn in [Turn::First, Turn::Back] {
            // Another process may have asked meanwhile.
            let pass = turns.pass(turn, locked.recording());
            if pass.places.is_empty() {
                continue;
            }
            let (missing, came) = self.take(&pass, wire, locked)?;
            asked += came;
            let missing = pass.missing(missing, locked.recording());
            if !missing.is_empty() {
                return Ok((missing, asked));
            }
        }
        Ok((Vec::new(), asked))
    }

    /// Asks one turn of some questions.
    fn take(
        &self,
        pass: &TurnPass<'_>,
        wire: &Arc<dyn Wire>,
        locked: &mut Locked<'_>,
    ) -> Result<(Vec<(usize, Reason)>, usize), SampleError> {
        locked.mend()?;
        let runtime = ask::runtime().map_err(SampleError::Runtime)?;
        let (model, wire) = (pass.unit.model, Arc::clone(wire));
        let (lane, ledger, pace) = (self.lane(model), &self.ledger, self.pace);
        if model.batch {
            let batcher = Batcher { pass, wire, lane, ledger, pace, running: &self.running };
            return runtime.block_on(batcher.ask(locked));
        }
        let mut notes = PassNotes::new(pass, locked)?;
        let item = |place: usize| pass.unit.questions.place(place).0.id.clone();
        let back = !pass.turn.is_first();
        let asker = Asker { model, back, wire, lane, ledger, pace, item: &item };
        self.first.happens();
        let asked = asker.ask(pass.places.clone(), |place| pass.request(place), &mut notes);
        let missing = runtime.block_on(asked)?;
        Ok((missing, notes.settle()?))
    }

    fn recording(&self, unit: &SamplingUnit<'_>) -> Arc<Mutex<Recording>> {
        self.recording_in(self.mode, unit)
    }

    fn recording_in(&self, mode: Mode, unit: &SamplingUnit<'_>) -> Arc<Mutex<Recording>> {
        let path = mode.file(&self.folder, &unit.model.name, &unit.task.id, self.variables);
        let base = self.base.as_ref().filter(|_| mode != Mode::Live);
        let base = base.map(|base| mode.file(base, &unit.model.name, &unit.task.id, self.variables));
        let new = |path: PathBuf| Arc::new(Mutex::new(Recording::new(path).after_base(base)));
        Arc::clone(hold(&self.recordings).entry(path.clone()).or_insert_with(|| new(path)))
    }

    fn lane(&self, model: &Model) -> Arc<Lane> {
        let new = || Lane::new(&model.name, &self.pace, model.terms.concurrency);
        Arc::clone(hold(&self.lanes).entry(model.name.clone()).or_insert_with(new))
    }
}
