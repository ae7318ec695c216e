//! The forecast for one check: on the best basis at hand, the number of answers it is likely to take.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use once_cell::unsync::OnceCell;

use super::{Answers, Basis, Likely, detect};
use crate::baseline::Tallies;
use crate::check::{Check, Input, Test, Who};
use crate::config::{Model, Respondent};
use crate::ground::diagnostic::Diagnostic;
use crate::profile::{Row, Table, View};
use crate::run::{RecordedAnswers, Run, of_snapshot};
use crate::stats::evidence::Design;
use crate::suite::Task;
use crate::verdict::{self, JudgingOptions, Schedule};

/// With fewer answers of its own a model is judged like one that has none.
const FEW: u32 = 5;

pub(super) struct Forecaster<'a> {
    pub run: &'a Run,
    recorded: RefCell<BTreeMap<(String, String), Rc<RecordedAnswers>>>,
    published: OnceCell<Tallies>,
}

/// What is asked of whom: everything but the subject's own answers.
struct ForecastInput<'a> {
    model: &'a Model,
    check: &'a Check,
    rate: f64,
    inputs: Vec<Input>,
    /// The most answers per question, by task.
    caps: BTreeMap<String, u32>,
    options: JudgingOptions,
}

/// The subject's tables at hand, and the answers asked per question behind them.
struct AnswersAtHand {
    tables: Vec<Table>,
    answers: f64,
}

/// What a check is likely to take, and what that rests on.
struct Based {
    /// Answers per question; `None` where it is too close to call.
    takes: Option<u32>,
    basis: Basis,
    /// Whether unread responses keep it undecided.
    unread: bool,
    ground: Option<AnswersAtHand>,
}

impl Based {
    /// There is nothing to go by.
    const LEAST: Based = Based { takes: None, basis: Basis::Least, unread: false, ground: None };
}

type BoxedDiagnostic = Box<Diagnostic>;

impl<'a> Forecaster<'a> {
    pub(super) fn new(run: &'a Run) -> Self {
        Forecaster { run, recorded: RefCell::default(), published: OnceCell::new() }
    }

    pub(super) fn seed(&self) -> u64 {
        self.run.config.sampling.seed
    }

    /// What is recorded of a model's answers to a task, read once.
    pub(super) fn recorded(
        &self,
        model: &Model,
        task: &Task,
    ) -> Result<Rc<RecordedAnswers>, BoxedDiagnostic> {
        let key = (model.name.clone(), task.id.clone());
        if let Some(known) = self.recorded.borrow().get(&key) {
            return Ok(Rc::clone(known));
        }
        let config = &self.run.config;
        let most = config.most_samples(model, task).max(config.samples(model, task));
        let read = Rc::new(self.run.recorded(model, task, most).map_err(Diagnostic::new)?);
        self.recorded.borrow_mut().insert(key, Rc::clone(&read));
        Ok(read)
    }

    /// The answers that a check of a respondent is likely to take, and how many it has asked for per question.
    pub(super) fn check(
        &self,
        who: Respondent<'_>,
        check: &Check,
        rate: f64,
    ) -> Result<(Answers, u32), BoxedDiagnostic> {
        let inputs = check.measure.inputs();
        let Respondent::Asked(model) = who else { return Ok((self.once(who.name(), check, &inputs), 0)) };
        let caps = self.run.caps(&model.name, &inputs);
        let (schedule, _) = self.run.schedule(&caps, rate);
        let most = schedule.most();
        let first = schedule.looks().first().copied().unwrap_or(most);
        let options = self.run.options(Design::Growing { most }, false);
        let question = ForecastInput { model, check, rate, inputs, caps, options };
        let others = match self.others(&question)? {
            Ok(others) => others,
            Err(why) => return Ok((Answers::Unjudged { why }, first)),
        };
        let fixed = self.fixed(&question);
        let Based { takes, basis, unread, ground } = match others {
            Some(others) => self.based(&question, &others)?,
            None => Based::LEAST,
        };
        // It is decided when it is looked at.
        let look = |takes: u32| schedule.looks().iter().find(|look| **look >= takes).copied();
        if basis == Basis::Least {
            let later = |least: u32| least.max(first);
            let (above, below) = detect::least(check, &self.run.suites, rate);
            let (above, below) = (above.map(later), below.map(later));
            let (pass, fail) = if let Test::AtMost(_) = check.test { (below, above) } else { (above, below) };
            let within = |least: &u32| *least <= most;
            let likely = match pass.into_iter().chain(fail).min() {
                Some(least) if within(&least) => Likely::AtLeast { pass, fail, most },
                takes => Likely::Undecided { most, fixed, takes, unread, asks: most },
            };
            // A check is written to pass; nothing says that it will not.
            let asks = pass.and_then(look).unwrap_or(most);
            return Ok((Answers::Asked { likely, basis }, asks));
        }
        let basis = match basis {
            Basis::Published { models, range, undecided } => {
                let range = range.and_then(|(least, most)| look(least).zip(look(most)));
                Basis::Published { models, range, undecided }
            }
            basis => basis,
        };
        Ok(match takes.and_then(look) {
            Some(look) => (Answers::Asked { likely: Likely::Decided(look), basis }, look),
            None => {
                let asks = self.stops_at(&question, &schedule, ground.as_ref());
                let likely = Likely::Undecided { most, fixed, takes, unread, asks };
                (Answers::Asked { likely, basis }, asks)
            }
        })
    }

    /// Where a check that stays undecided is given up if the model goes on as it answered so far, as a run
    /// would give it up; else the most.
    fn stops_at(
        &self,
        question: &ForecastInput<'_>,
        schedule: &Schedule,
        ground: Option<&AnswersAtHand>,
    ) -> u32 {
        let Some(ground) = ground.filter(|ground| ground.answers > 0.0) else { return schedule.most() };
        let ForecastInput { check, rate, options, .. } = question;
        let samples = self.run.config.sampling.samples;
        verdict::given_up(schedule, samples, |look| {
            let tables = verdict::first_of(check, &ground.tables, f64::from(look) / ground.answers);
            verdict::hopeless(check, &tables, &self.run.suites, *rate, look, options)
        })
    }

    /// Whether the number of answers is fixed by the task or the model.
    fn fixed(&self, question: &ForecastInput<'_>) -> bool {
        let fixed = |id: &String| {
            let task = self.run.suites.task(id);
            question.model.samples.contains_key(id) || task.is_some_and(|task| task.samples.is_some())
        };
        question.caps.keys().all(fixed)
    }

    fn once(&self, name: &str, check: &Check, inputs: &[Input]) -> Answers {
        let rule = self.run.unanswered(check);
        let tables: Result<Vec<Table>, String> = inputs
            .iter()
            .map(|input| {
                let who = if input.who == Who::Subject { Some(name) } else { None };
                // Only the subject's are counted.
                let Some(who) = who else { return Ok(empty(self.task(input)?)) };
                let task = self.task(input)?;
                Ok(self.run.answers(who, task, None, input.view)?.profile.table_with(task, input.view, rule))
            })
            .collect();
        match tables {
            Ok(tables) => {
                let least = f64::from(verdict::evidence(check, &tables, &self.run.suites).least_per_item);
                let answers = least * verdict::per_answer(check, &self.run.suites);
                Answers::Once { answers: answers.round() as u32 }
            }
            Err(why) => Answers::Unjudged { why },
        }
    }

    fn task(&self, input: &Input) -> Result<&'a Task, String> {
        self.run.suites.task(&input.task).ok_or_else(|| format!("the task {} is not loaded", input.task))
    }

    /// The tables of all but the subject, with empty ones in its places: `Ok(None)` where another model
    /// has yet to be asked, `Err` where the check cannot be judged.
    #[allow(clippy::type_complexity, reason = "a broken recording is another thing than a missing one")]
    fn others(
        &self,
        question: &ForecastInput<'_>,
    ) -> Result<Result<Option<Vec<Table>>, String>, BoxedDiagnostic> {
        let rule = self.run.unanswered(question.check);
        let mut tables = Vec::with_capacity(question.inputs.len());
        for input in &question.inputs {
            let task = match self.task(input) {
                Ok(task) => task,
                Err(why) => return Ok(Err(why)),
            };
            let table = match &input.who {
                Who::Subject => Ok(empty(task)),
                Who::Snapshot => crate::snapshot::stored::stored_snapshot(
                    &self.run.config.snapshots,
                    &question.model.name,
                    task,
                )
                .map(|stored| of_snapshot(stored, task, rule)),
                Who::Respondent(name) => match self.run.model(name) {
                    None => self
                        .run
                        .answers(name, task, None, input.view)
                        .map_err(String::from)
                        .map(|answers| answers.profile.table_with(task, input.view, rule)),
                    Some(other) => {
                        let recorded = self.recorded(other, task)?;
                        let forms = input.view.forms(task);
                        let samples = recorded.complete(&forms).min(self.run.config.samples(other, task));
                        if samples == 0 {
                            return Ok(Ok(None));
                        }
                        Ok(recorded.first(task, samples, &forms).profile.table_with(task, input.view, rule))
                    }
                },
            };
            match table {
                Ok(table) => tables.push(table),
                Err(why) => return Ok(Err(why)),
            }
        }
        Ok(Ok(Some(tables)))
    }

    /// The answers it takes, on the best basis there is.
    fn based(&self, question: &ForecastInput<'_>, others: &[Table]) -> Result<Based, BoxedDiagnostic> {
        if let Some((ground, answers)) = self.own(question, others)?
            && let Some(takes) = self.takes(question, &ground)
        {
            let unread = takes.is_none() && self.takes_if_read(question, &ground);
            return Ok(Based { takes, basis: Basis::Recorded { answers }, unread, ground: Some(ground) });
        }
        if let Some(ground) = self.snapshot(question, others)
            && let Some(takes) = self.takes(question, &ground)
        {
            let unread = takes.is_none() && self.takes_if_read(question, &ground);
            let basis = Basis::Snapshot { answers: ground.answers.round() as u32 };
            return Ok(Based { takes, basis, unread, ground: Some(ground) });
        }
        Ok(self.stand_ins(question, others).unwrap_or(Based::LEAST))
    }

    /// From one ground: `None` where the measure has no value on it.
    fn takes(&self, question: &ForecastInput<'_>, ground: &AnswersAtHand) -> Option<Option<u32>> {
        let (check, suites) = (question.check, &self.run.suites);
        let now = verdict::evidence(check, &ground.tables, suites).least_per_item;
        let n = verdict::forecast(check, &ground.tables, suites, question.rate, &question.options).ok()?;
        Some(n.map(|n| (ground.answers * f64::from(n) / f64::from(now.max(1))).ceil() as u32))
    }

    /// Whether some number of answers would do if all of them could be read.
    fn takes_if_read(&self, question: &ForecastInput<'_>, ground: &AnswersAtHand) -> bool {
        if ground.tables.iter().all(|table| table.unread() == 0) {
            return false;
        }
        let tables = ground.tables.iter().map(Table::without_unread).collect();
        let read = AnswersAtHand { tables, answers: ground.answers };
        self.takes(question, &read).flatten().is_some()
    }

    /// The model's own recorded answers, where there are some to every question.
    fn own(
        &self,
        question: &ForecastInput<'_>,
        others: &[Table],
    ) -> Result<Option<(AnswersAtHand, u32)>, BoxedDiagnostic> {
        let mut sources = Vec::new();
        // What a fixed number of answers limits does not limit the others.
        let (mut all, mut limit) = (0, None::<u32>);
        for input in question.inputs.iter().filter(|input| input.who == Who::Subject) {
            let Ok(task) = self.task(input) else { return Ok(None) };
            let (recorded, forms) = (self.recorded(question.model, task)?, input.view.forms(task));
            let cap = question.caps.get(&task.id).copied().unwrap_or(0);
            let complete = recorded.complete(&forms).min(cap);
            if complete < FEW.min(cap) || complete == 0 {
                return Ok(None);
            }
            all = all.max(complete);
            if complete < cap {
                limit = Some(limit.map_or(complete, |limit| limit.min(complete)));
            }
            sources.push((task, recorded, forms, cap, input.view));
        }
        let answers = limit.unwrap_or(all);
        let mut sources = sources.into_iter();
        let rule = self.run.unanswered(question.check);
        let tables = question.inputs.iter().zip(others).filter_map(|(input, other)| {
            if input.who != Who::Subject {
                return Some(other.clone());
            }
            let (task, recorded, forms, cap, view) = sources.next()?;
            Some(recorded.first(task, answers.min(cap), &forms).profile.table_with(task, view, rule))
        });
        let ground = AnswersAtHand { tables: tables.collect(), answers: f64::from(answers) };
        Ok(Some((ground, answers)))
    }

    /// Its stored snapshot, which holds the main view only, and of rankings only places.
    fn snapshot(&self, question: &ForecastInput<'_>, others: &[Table]) -> Option<AnswersAtHand> {
        let rule = self.run.unanswered(question.check);
        let subject = |input: &Input, task: &Task| {
            if input.view != View::Main || task.shape.is_ranking() {
                return None;
            }
            crate::snapshot::stored::stored_snapshot(&self.run.config.snapshots, &question.model.name, task)
                .ok()
                .map(|stored| of_snapshot(stored, task, rule))
        };
        self.ground(question, others, subject)
    }

    /// The published models in its place: how many answers the middle one takes.
    fn stand_ins(&self, question: &ForecastInput<'_>, others: &[Table]) -> Option<Based> {
        let published = self.published.get_or_init(|| {
            let builtin = ("builtin".to_owned(), Diagnostic::new("the built-in baselines cannot be read"));
            Tallies::load(Path::new(""), &[builtin])
        });
        let models = published.tallies.iter().filter(|tally| tally.file.name.starts_with("builtin:models/"));
        // A model that is compared with says nothing of how another one compares.
        let compared =
            |name: &str| question.inputs.iter().any(|input| input.who == Who::Respondent(name.to_owned()));
        let mut found: Vec<(Option<u32>, AnswersAtHand)> = models
            .filter(|tally| !compared(&tally.name))
            .filter_map(|tally| {
                let subject =
                    |input: &Input, task: &Task| Some(tally.profile(task).ok()??.table(task, input.view));
                let ground = self.ground(question, others, subject)?;
                Some((self.takes(question, &ground)?, ground))
            })
            .collect();
        let most = question.caps.values().copied().max().unwrap_or(0);
        found.sort_by_key(|(takes, _)| takes.unwrap_or(u32::MAX));
        let takes = found.iter().filter_map(|(takes, _)| *takes);
        let decided: Vec<u32> = takes.filter(|takes| *takes <= most).collect();
        let basis = Basis::Published {
            models: found.len(),
            range: decided.first().copied().zip(decided.last().copied()),
            undecided: found.len() - decided.len(),
        };
        let middle = found.len() / 2;
        let (takes, ground) = (middle < found.len()).then(|| found.swap_remove(middle))?;
        Some(Based { takes, basis, unread: false, ground: Some(ground) })
    }

    /// Tables with the subject's places filled; each of them is brought to as many answers as the
    /// largest, as the run would ask for equally many.
    fn ground(
        &self,
        question: &ForecastInput<'_>,
        others: &[Table],
        subject: impl Fn(&Input, &Task) -> Option<Table>,
    ) -> Option<AnswersAtHand> {
        let least = |table: &Table| table.rows.iter().map(Row::responses).min();
        let mut tables = others.to_vec();
        let mut most = 0;
        for (table, input) in tables.iter_mut().zip(&question.inputs) {
            if input.who == Who::Subject {
                *table = subject(input, self.task(input).ok()?)?;
                most = most.max(least(table).unwrap_or(0));
            }
        }
        for (table, input) in tables.iter_mut().zip(&question.inputs) {
            let Some(n) = least(table).filter(|n| input.who == Who::Subject && *n < most) else { continue };
            *table = verdict::resized(table, f64::from(most) / f64::from(n));
        }
        let answers = f64::from(most) * verdict::per_answer(question.check, &self.run.suites);
        Some(AnswersAtHand { tables, answers })
    }
}

fn empty(task: &Task) -> Table {
    Table { shape: task.shape, rows: Vec::new() }
}
