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
use crate::run::{Extent, Portion, RecordedAnswers, Run, of_snapshot};
use crate::stats::evidence::Design;
use crate::suite::Task;
use crate::verdict::{self, JudgingOptions, Schedule};

/// A model with fewer answers of its own is forecast like one that has none.
const FEW: u32 = 5;

pub(super) struct Forecaster<'a> {
    pub run: &'a Run,
    recorded: RefCell<BTreeMap<(String, String), Rc<RecordedAnswers>>>,
    published: OnceCell<Tallies>,
}

/// A check to be forecast, with all but the subject's own answers.
struct ForecastInput<'a> {
    model: &'a Model,
    check: &'a Check,
    rate: f64,
    inputs: Vec<Input>,
    /// How far its asking may go.
    extent: Extent,
    options: JudgingOptions,
}

/// The subject's tables at hand, and the number of answers per question behind them.
struct AnswersAtHand {
    tables: Vec<Table>,
    answers: f64,
}

/// The number of answers that a check likely takes, and what that rests on.
struct Based {
    /// The number of answers per question; `None` where it is too close to call.
    takes: Option<u32>,
    basis: Basis,
    /// Whether unread responses keep it undecided.
    unread: bool,
    ground: Option<AnswersAtHand>,
}

impl Based {
    /// The forecast where there is nothing to go by.
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

    /// Reads the recorded answers of a model to a task, once.
    pub(super) fn recorded(
        &self,
        model: &Model,
        task: &Task,
    ) -> Result<Rc<RecordedAnswers>, BoxedDiagnostic> {
        let key = (model.name.clone(), task.id.clone());
        if let Some(known) = self.recorded.borrow().get(&key) {
            return Ok(Rc::clone(known));
        }
        let read = Rc::new(self.run.recorded(model, task).map_err(Diagnostic::new)?);
        self.recorded.borrow_mut().insert(key, Rc::clone(&read));
        Ok(read)
    }

    /// Forecasts the answers that a check of a respondent takes, and how many it asks for per question.
    pub(super) fn check(
        &self,
        who: Respondent<'_>,
        check: &Check,
        rate: f64,
    ) -> Result<(Answers, u32), BoxedDiagnostic> {
        let inputs = check.measure.inputs();
        let Respondent::Asked(model) = who else { return Ok((self.once(who.name(), check, &inputs), 0)) };
        let extent = self.run.extent(&model.name, check);
        let (schedule, _) = self.run.schedule(&extent, rate);
        let most = schedule.most();
        let first = schedule.looks().first().copied().unwrap_or(most);
        let options = self.run.options(Design::Growing { most }, false);
        let question = ForecastInput { model, check, rate, inputs, extent, options };
        let others = match self.others(&question)? {
            Ok(others) => others,
            Err(why) => return Ok((Answers::Unjudged { why }, first)),
        };
        let fixed = self.fixed(&question);
        let Based { takes, basis, unread, ground } = match others {
            Some(others) => self.based(&question, &others)?,
            None => Based::LEAST,
        };
        // A check is decided at the first look that has enough answers.
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
            // A check is written to pass, and nothing suggests that it will not.
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

    /// Returns where a check that stays undecided is given up if the model goes on as it answered so far, by
    /// the same rule as in a run; otherwise the most answers.
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

    /// Whether the task or the model fixes the number of answers.
    fn fixed(&self, question: &ForecastInput<'_>) -> bool {
        let fixed = |id: &str| {
            let task = self.run.suites.task(id);
            question.model.samples.contains_key(id) || task.is_some_and(|task| task.samples.is_some())
        };
        question.extent.tasks().all(fixed)
    }

    fn once(&self, name: &str, check: &Check, inputs: &[Input]) -> Answers {
        let rule = self.run.unanswered(check);
        let tables: Result<Vec<Table>, String> = inputs
            .iter()
            .map(|input| {
                let who = if input.who == Who::Subject { Some(name) } else { None };
                // Only the subject's answers are counted.
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
        self.run.suites.loaded(&input.task)
    }

    /// Returns the tables of all but the subject, with empty ones in its places. `Ok(None)` where another
    /// model has yet to be asked, and `Err` where the check cannot be judged.
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
                        let complete = recorded.complete(&forms, 0..task.items.len());
                        let samples = complete.min(self.run.config.samples(other, task));
                        if samples == 0 {
                            return Ok(Ok(None));
                        }
                        let all = Portion::even(task, forms, samples);
                        Ok(recorded.first(task, &all).profile.table_with(task, input.view, rule))
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

    /// Returns the number of answers it takes, on the best basis there is.
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

    /// Returns the number of answers it takes by one set of answers; `None` where the measure has no value on
    /// them.
    fn takes(&self, question: &ForecastInput<'_>, ground: &AnswersAtHand) -> Option<Option<u32>> {
        let (check, suites) = (question.check, &self.run.suites);
        let now = verdict::evidence(check, &ground.tables, suites).least_per_item;
        let n = verdict::forecast(check, &ground.tables, suites, question.rate, &question.options).ok()?;
        Some(n.map(|n| (ground.answers * f64::from(n) / f64::from(now.max(1))).ceil() as u32))
    }

    /// Whether some number of answers would suffice if all of them could be read.
    fn takes_if_read(&self, question: &ForecastInput<'_>, ground: &AnswersAtHand) -> bool {
        if ground.tables.iter().all(|table| table.unread() == 0) {
            return false;
        }
        let tables = ground.tables.iter().map(Table::without_unread).collect();
        let read = AnswersAtHand { tables, answers: ground.answers };
        self.takes(question, &read).flatten().is_some()
    }

    /// Returns the model's own recorded answers, if every question has some.
    fn own(
        &self,
        question: &ForecastInput<'_>,
        others: &[Table],
    ) -> Result<Option<(AnswersAtHand, u32)>, BoxedDiagnostic> {
        let mut sources = Vec::new();
        // A fixed number of answers to one task does not limit the others.
        let (mut all, mut limit) = (0, None::<u32>);
        for input in question.inputs.iter().filter(|input| input.who == Who::Subject) {
            let Ok(task) = self.task(input) else { return Ok(None) };
            let (recorded, forms) = (self.recorded(question.model, task)?, input.view.forms(task));
            let cap = question.extent.most_of(&task.id);
            let read = question.extent.read(&task.id).iter().copied();
            let complete = recorded.complete(&forms, read).min(cap);
            if complete < FEW.min(cap) || complete == 0 {
                return Ok(None);
            }
            all = all.max(complete);
            if complete < cap {
                limit = Some(limit.map_or(complete, |limit| limit.min(complete)));
            }
            sources.push((task, recorded));
        }
        let answers = limit.unwrap_or(all);
        let mut sources = sources.into_iter();
        let rule = self.run.unanswered(question.check);
        let tables = question.inputs.iter().zip(others).filter_map(|(input, other)| {
            if input.who != Who::Subject {
                return Some(other.clone());
            }
            let (task, recorded) = sources.next()?;
            let portion = question.extent.portion(task, input.view, answers)?;
            Some(recorded.first(task, &portion).profile.table_with(task, input.view, rule))
        });
        let ground = AnswersAtHand { tables: tables.collect(), answers: f64::from(answers) };
        Ok(Some((ground, answers)))
    }

    /// Returns its stored snapshot, which holds only the main view, and only places of rankings.
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

    /// Uses the published models instead, of which the middle one says how many answers it takes.
    fn stand_ins(&self, question: &ForecastInput<'_>, others: &[Table]) -> Option<Based> {
        let published = self.published.get_or_init(|| {
            let builtin = ("builtin".to_owned(), Diagnostic::new("the built-in baselines cannot be read"));
            Tallies::load(Path::new(""), &[builtin])
        });
        let models = published.tallies.iter().filter(|tally| tally.file.name.starts_with("builtin:models/"));
        // A model that is itself the baseline says nothing about how another one compares.
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
        let most = question.extent.most().unwrap_or(0);
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

    /// Fills the subject's places in the tables, and brings each to as many answers as the largest, since a
    /// run asks for equally many.
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
