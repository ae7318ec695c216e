//! A side's answers, checks and costs, from recordings, published figures or snapshots. No model is asked.

use super::asked_now;
use super::recordings::SnapshotRecordings;
use super::side::{self, DiffSide, SideKind, TakenAnswers};
use crate::check::{Check, Who};
use crate::compare::{ComparedAnswers, SideResult, Usage};
use crate::config::{Model, Respondent};
use crate::profile::{Table, View};
use crate::provider::asked_with;
use crate::report::terminal::word;
use crate::run::{Lacking, Run, of_snapshot, with_unread};
use crate::stats::evidence::Design;
use crate::suite::Task;
use crate::verdict::{self, Outcome, Verdict};

impl DiffSide {
    /// Returns the answers that a snapshot has, or would have.
    pub(super) fn answers(&self, run: &Run, task: &Task) -> TakenAnswers {
        if matches!(self.kind, SideKind::Snapshots { .. }) {
            return self.stored(task);
        }
        let model = self.model(run);
        if self.respondent(run).is_some_and(|respondent| !respondent.has(&task.id)) {
            return TakenAnswers::Missing(format!("{}: {} is not asked this task", task.id, self.name));
        }
        match run.answers(&self.name, task, None, View::Main) {
            Ok(found) => {
                let (valid, invalid) = found.profile.responses(task, View::Main);
                let invalid: u32 = invalid.iter().map(|(_, count)| count).sum();
                let table = found.profile.table(task, View::Main);
                let lost = found.profile.lost_in(task, View::Main);
                let answers = ComparedAnswers { table, invalid, responses: valid + invalid, lost };
                let (questions, version) = (asked_now(task), found.version());
                let asked_with = model.map(|model| asked_with(model).join("; ")).unwrap_or_default();
                TakenAnswers::Answers(Box::new(side::SideAnswers { answers, questions, version, asked_with }))
            }
            Err(Lacking::Mixed(why) | Lacking::Copies(why)) => TakenAnswers::Damaged(why),
            Err(lacking @ (Lacking::Responses(_) | Lacking::Pending(_))) => TakenAnswers::Missing(format!(
                "{}: {lacking}; record them with `cargo alignspec record --role {}`",
                self.name, self.name
            )),
            // A baseline need not have every task, but a recording must be readable.
            Err(Lacking::File(why)) if model.is_none() => TakenAnswers::Missing(why),
            Err(Lacking::File(why)) => TakenAnswers::Damaged(why),
        }
    }

    fn respondent<'a>(&self, run: &'a Run) -> Option<Respondent<'a>> {
        match self.kind {
            SideKind::Respondent => run.config.respondent(&self.name),
            SideKind::Snapshots { .. } => None,
        }
    }

    /// Returns the role of alignment.toml that the side is of.
    pub(super) fn role(&self, run: &Run) -> Option<&str> {
        let name = match &self.kind {
            SideKind::Respondent => &self.name,
            SideKind::Snapshots { role, .. } => role,
        };
        run.config.roles().any(|role| role == name).then_some(name.as_str())
    }

    /// Returns the model, if the side is one that is asked.
    fn model<'a>(&self, run: &'a Run) -> Option<&'a Model> {
        self.respondent(run)?.asked()
    }

    /// Judges a check: for a model that is asked, exactly as a run judges its recording; for snapshots, as a
    /// run judges the recording behind them, or else by their own counts.
    pub(super) fn judged(
        &self,
        run: &Run,
        behind: Option<&SnapshotRecordings>,
        check: &Check,
        rate: f64,
    ) -> SideResult {
        let asked = self.model(run).is_some();
        let recorded = behind
            .and_then(|behind| behind.judges(self, run, check))
            .and_then(|(run, role)| run.judge(role, check, rate, false).ok());
        let counted = recorded.is_none();
        let verdict = if let Some(judged) = recorded {
            Ok(judged.verdict)
        } else if asked {
            run.judge(&self.name, check, rate, false)
                .map(|judged| judged.verdict)
                .map_err(|why| why.to_string())
        } else {
            self.tables(run, check).and_then(|tables| {
                let options = run.options(Design::Fixed, false);
                verdict::judge(check, &tables, &run.suites, rate, &options).map_err(|why| why.to_string())
            })
        };
        match verdict {
            Ok(verdict) => SideResult::Judged {
                outcome: word(verdict.outcome),
                estimate: verdict.estimate,
                interval: verdict.interval,
                shown: check.unit.show(verdict.estimate),
                basis: if counted { self.basis(run, check, rate, &verdict) } else { String::new() },
            },
            Err(why) => SideResult::Unjudged { why },
        }
    }

    /// Says how many answers a verdict rests on: a snapshot holds the first answers to each question, while
    /// the run went on until it had a verdict.
    fn basis(&self, run: &Run, check: &Check, rate: f64, verdict: &Verdict) -> String {
        let SideKind::Snapshots { role, .. } = &self.kind else { return String::new() };
        let n = verdict.answers.least_per_item;
        let judged = run.model(role).and_then(|_| run.judge(role, check, rate, false).ok());
        match judged.map(|judged| judged.verdict.answers.least_per_item).filter(|had| *had > n) {
            Some(had) => format!(", from {n} answers; the run had {had}"),
            None if verdict.outcome == Outcome::Inconclusive => format!(", from {n} answers"),
            None => String::new(),
        }
    }

    /// The tables of a check about this side, where it has answers to the questions that are asked now.
    pub(in crate::cli) fn tables_now(&self, run: &Run, check: &Check) -> Result<Vec<Table>, String> {
        let own = check.measure.inputs().into_iter().filter(|input| input.who == Who::Subject);
        for task in own.filter_map(|input| run.suites.task(&input.task)) {
            match (&self.kind, self.respondent(run)) {
                (SideKind::Respondent, Some(respondent)) if !respondent.has(&task.id) => {
                    return Err(format!("{} is not asked {}", self.name, task.id));
                }
                (SideKind::Snapshots { .. }, _) => match self.stored(task) {
                    TakenAnswers::Answers(found) if found.questions != asked_now(task) => {
                        return Err(format!("it answers other questions of {} than are asked now", task.id));
                    }
                    TakenAnswers::Answers(_) => {}
                    TakenAnswers::Missing(why) | TakenAnswers::Damaged(why) => return Err(why),
                },
                _ => {}
            }
        }
        self.tables(run, check)
    }

    /// Returns the shares of its answers to a task; `None` where it is not asked, or is not about it.
    ///
    /// # Errors
    /// Answers are missing or cannot be read, or are to other questions.
    pub(in crate::cli) fn table_now(&self, run: &Run, task: &Task) -> Result<Option<Table>, String> {
        let told = run.tallies.get(run.config.tally_of(&self.name));
        let lacks = match (&self.kind, self.model(run), told) {
            (SideKind::Respondent, None, Some(tally)) => !tally.tasks().contains(&task.id.as_str()),
            _ => false,
        };
        let asked = self.respondent(run).is_none_or(|respondent| respondent.has(&task.id));
        if lacks || !asked || !self.is_about(task) {
            return Ok(None);
        }
        match self.answers(run, task) {
            TakenAnswers::Answers(found) if found.questions != asked_now(task) => {
                Err(format!("{}: it answers other questions of {} than are asked now", self.name, task.id))
            }
            TakenAnswers::Answers(found) => Ok(Some(found.answers.table)),
            TakenAnswers::Missing(why) | TakenAnswers::Damaged(why) => Err(why),
        }
    }

    /// How many of its responses to a view of a task have no answer, and how many there are; `None` where they
    /// are not told or not there.
    pub(in crate::cli) fn unread(&self, run: &Run, task: &Task, view: View) -> Option<(u32, u32)> {
        if matches!(self.kind, SideKind::Snapshots { .. }) {
            let TakenAnswers::Answers(found) = self.stored(task) else { return None };
            return Some((found.answers.invalid, found.answers.responses));
        }
        let (valid, invalid) = run.answers(&self.name, task, None, view).ok()?.profile.responses(task, view);
        let invalid: u32 = invalid.iter().map(|(_, count)| count).sum();
        Some((invalid, valid + invalid))
    }

    /// Returns the tables of a check about this side, with all answers there are.
    fn tables(&self, run: &Run, check: &Check) -> Result<Vec<Table>, String> {
        let rule = run.unanswered(check);
        if let (SideKind::Respondent, Ok(Some(question))) = (&self.kind, run.silent(&self.name, check)) {
            return Err(format!("there is no valid answer to {question}"));
        }
        let of = |name: &str, task: &Task, view: View| {
            let answers = run.answers(name, task, None, view).map_err(|lacking| lacking.to_string())?;
            Ok::<Table, String>(answers.profile.table_with(task, view, rule))
        };
        let mut tables = Vec::new();
        for input in check.measure.inputs() {
            let task = run.suites.loaded(&input.task)?;
            tables.push(match (&input.who, &self.kind) {
                (Who::Subject, SideKind::Respondent) => of(&self.name, task, input.view)?,
                (Who::Subject, SideKind::Snapshots { .. }) => match (self.stored(task), input.view) {
                    (TakenAnswers::Answers(_), View::Form(_) | View::Validity) => {
                        return Err("a snapshot does not keep forms apart".to_owned());
                    }
                    (TakenAnswers::Answers(found), View::Main) => {
                        let responses = (found.answers.invalid, found.answers.responses);
                        with_unread(found.answers.table, responses, task.items.len(), rule)
                    }
                    (TakenAnswers::Missing(why) | TakenAnswers::Damaged(why), _) => return Err(why),
                },
                (Who::Respondent(name), _) => of(name, task, input.view)?,
                (Who::Snapshot, kind) => {
                    let role = match kind {
                        SideKind::Respondent => &self.name,
                        SideKind::Snapshots { role, .. } => role,
                    };
                    of_snapshot(
                        crate::snapshot::stored::stored_snapshot(&run.config.snapshots, role, task)?,
                        task,
                        rule,
                    )
                }
            });
        }
        Ok(tables)
    }

    /// Returns the cost and the times of the answers to these tasks.
    pub(super) fn usage(&self, run: &Run, tasks: &[&Task]) -> Option<Usage> {
        let model = self.model(run)?;
        // Recordings that cannot be read have been reported with the answers.
        let responses = tasks.iter().filter_map(|task| run.responses(model, task).ok());
        let responses: Vec<_> = responses.flatten().collect();
        Usage::of(&self.name, &responses, model.terms.price)
    }
}
