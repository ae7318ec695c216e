//! Judges one planned check, in looks of growing size, until it is decided or the samples run out.

use std::collections::BTreeMap;

use super::{Extent, Judged, Run, TaskAnswers, Unjudged, of_snapshot, unanswered, versions, who};
use crate::answer::Invalid;
use crate::check::{Check, Input, Undefined, Who};
use crate::config::{AnswerFormat, Model};
use crate::profile::Table;
use crate::stats::sums::EndSearch;
use crate::suite::{Task, Unanswered};
use crate::verdict::{self, Decision, Outcome, Schedule};

/// A check of one model that is being judged, with everything that its looks share.
pub(super) struct Judging<'a> {
    run: &'a Run,
    model: &'a str,
    check: &'a Check,
    rate: f64,
    inputs: Vec<Input>,
    /// How far the check may go on asking.
    extent: Extent,
    schedule: Schedule,
    options: verdict::JudgingOptions,
    /// How responses without an answer count.
    rule: Unanswered,
}

/// The tables of one look, and the notes about the responses behind them.
type LookTables = (Vec<Table>, ResponseNotes);

/// Notes about responses without an answer.
#[derive(Debug, Default)]
struct ResponseNotes {
    /// Descriptions of all of them, by task.
    invalid: BTreeMap<String, String>,
    /// Descriptions of those that count against the verdict and those that are left out, by respondent and
    /// task.
    unread: BTreeMap<String, Vec<String>>,
    /// Other notes about the recordings of the subject's samples, by task.
    recorded: BTreeMap<String, String>,
    /// Warnings that nearly all long answers are equal, by task.
    alike: BTreeMap<String, String>,
    refusals: bool,
    /// Whether answers of the subject came after lost tries, so that they count as unread.
    lost: bool,
    /// Whether unread responses of the subject count.
    responses_unread: bool,
    /// The version of the subject that answered, and the host that ran it, by task.
    versions: BTreeMap<String, String>,
    hosts: BTreeMap<String, String>,
}

/// The state after the last look.
struct LastLook {
    looked: LookTables,
    decision: Result<Decision, Undefined>,
    /// Why no more answers are asked for, if the check is undecided.
    stopped: Option<String>,
    short: bool,
}

impl<'a> Judging<'a> {
    pub(super) fn of(run: &'a Run, model: &'a str, check: &'a Check, rate: f64) -> Judging<'a> {
        let inputs = check.measure.inputs();
        let extent = run.extent(model, check);
        let (schedule, design) = run.schedule(&extent, rate);
        let (options, rule) = (run.options(design, false), run.unanswered(check));
        Judging { run, model, check, rate, inputs, extent, schedule, options, rule }
    }

    /// Judges the check, as [`Run::judge`] describes.
    pub(super) fn judge(&self, chance: bool) -> Result<Judged, Unjudged> {
        let Judging { run, check, rate, options, .. } = self;
        let LastLook { looked: (tables, told), decision, mut stopped, short } = self.looks()?;
        if let Some(question) = run.silent(self.model, check)? {
            return Err(Undefined::NoAnswers(question).into());
        }
        let mut verdict = verdict::told(check, &tables, &run.suites, *rate, options, decision?)?;
        // Only the last look has a chance level, which takes many draws.
        let mut people = None;
        if chance || verdict.outcome != Outcome::Pass {
            verdict.chance = run.chance(self.model, check, &tables, options.seed);
            people = run.people(self.model, check, &tables, &verdict, options);
        }
        if verdict.read_alone.is_some() {
            stopped = stopped.map(|stopped| format!("{stopped}, with so many responses unread"));
        }
        // If too few surveys agree, a larger share of the error rate would not help.
        let tightened = (verdict.outcome == Outcome::Inconclusive && verdict.surveys.is_none())
            .then(|| {
                let whole = run.config.verdict.error_rate;
                verdict::tightened(check, &tables, &run.suites, (*rate, whole), run.judged, options)
            })
            .flatten();
        let mut because = check.measure.explain(&tables, &run.suites);
        because.extend(self.inputs.iter().filter_map(|input| self.left_out(input)));
        Ok(Judged {
            because,
            people,
            invalid: told.invalid.into_values().collect(),
            unread: told.unread.into_values().flatten().collect(),
            recorded: told.recorded.into_values().collect(),
            doubts: run.doubts(self.model, check),
            since: run.since(self.model, check),
            warned: told.alike.into_values().collect(),
            refusals: told.refusals,
            lost: told.lost,
            responses_unread: told.responses_unread,
            product: run.model(self.model).is_some_and(Model::is_product),
            in_own_shape: run.model(self.model).is_some_and(|model| model.own_shape().is_some()),
            as_text: run.model(self.model).is_some_and(|model| model.answer_format == AnswerFormat::Text),
            stopped: stopped.filter(|_| verdict.outcome == Outcome::Inconclusive),
            tightened,
            share: check.measure.is_share(&run.suites),
            short: short && verdict.outcome == Outcome::Inconclusive,
            verdict,
        })
    }

    /// Takes looks until the check is decided, the samples run out, or more of them would not help.
    fn looks(&self) -> Result<LastLook, Unjudged> {
        let Judging { run, check, rate, options, .. } = self;
        let samples = run.config.sampling.samples;
        let mut found: Option<(LookTables, Result<Decision, Undefined>)> = None;
        let (mut stopped, mut short) = (None, false);
        let mut given_up_at = verdict::next_check(samples, None);
        let mut order = verdict::SurveyOrder::default();
        for size in self.schedule.looks() {
            let looked = match self.look(*size) {
                Ok(looked) => looked,
                Err(why @ (Unjudged::Pending(_) | Unjudged::Mixed(_) | Unjudged::Copies(_))) => {
                    return Err(why);
                }
                // The last decision stands, undecided, with the reason why no more answers came.
                Err(why) if found.is_some() => {
                    (stopped, short) = (Some(why.to_string()), true);
                    break;
                }
                Err(why) => return Err(why),
            };
            // Only the interval that is shown is looked for, and that of the last look surely is.
            let search = if *size == self.schedule.most() { EndSearch::Told } else { EndSearch::Side };
            let decision = verdict::look(check, &looked.0, &run.suites, *rate, options, search, &mut order);
            let settled = run.settles(&decision, *size >= samples);
            let settled = settled.map_err(|why| unanswered::explained(why, &looked.1.instead()))?;
            let ((tables, _), decision) = found.insert((looked, decision));
            if settled {
                break;
            }
            // After the last look there is nothing that could be given up.
            if *size >= given_up_at && *size < self.schedule.most() {
                given_up_at = verdict::next_check(samples, Some(*size));
                stopped = self.given_up(*size, tables, decision.as_ref().ok());
                if stopped.is_some() {
                    break;
                }
            }
        }
        let (looked, decision) = found.ok_or_else(|| Unjudged::Profile("no look is planned".to_owned()))?;
        Ok(LastLook { looked, decision, stopped, short })
    }

    /// Returns why no more answers are asked for after a look that decides nothing; `None` to go on.
    fn given_up(&self, size: u32, tables: &[Table], decision: Option<&Decision>) -> Option<String> {
        let Judging { run, check, rate, options, .. } = self;
        if let Some(Decision { standing, bound, .. }) = decision
            && *standing != Outcome::Inconclusive
        {
            return verdict::surveys::never_hold(check, tables, &run.suites, options, (*bound, *standing))
                .then(|| format!("after {size} answers per question: more of them would hardly change in how many surveys it holds"));
        }
        verdict::hopeless(check, tables, &run.suites, *rate, size, options).then(|| {
            format!(
                "after {size} answers per question: going on to the {} that may be asked would decide it with a chance of less than 5 %",
                self.schedule.most()
            )
        })
    }

    /// Returns the tables of the check's inputs at one look, with notes about the responses behind them.
    fn look(&self, size: u32) -> Result<LookTables, Unjudged> {
        let mut told = ResponseNotes::default();
        let mut tables = Vec::new();
        let mut pending = None;
        for input in &self.inputs {
            match self.table(input, size, &mut told) {
                Ok(table) => tables.push(table),
                // The other inputs are sent to batches now, so that they need not wait for this batch to end.
                Err(Unjudged::Pending(why)) => pending = pending.or(Some(why)),
                Err(why) => return Err(why),
            }
        }
        let across = self.run.model(self.model).and_then(|model| {
            versions::across(model, &told.versions, "versions of the model")
                .or_else(|| versions::across(model, &told.hosts, "hosts behind a router"))
        });
        if let Some(why) = across {
            return Err(Unjudged::Mixed(why));
        }
        pending.map_or(Ok((tables, told)), |why| Err(Unjudged::Pending(why)))
    }

    fn table(&self, input: &Input, size: u32, told: &mut ResponseNotes) -> Result<Table, Unjudged> {
        let Judging { run, rule, .. } = self;
        let task = run.suites.loaded(&input.task).map_err(Unjudged::Profile)?;
        let Some(who) = who(input, self.model) else {
            let stored = crate::snapshot::stored::stored_snapshot(&run.config.snapshots, self.model, task)
                .map_err(Unjudged::Profile)?;
            return Ok(of_snapshot(stored, task, *rule));
        };
        // The subject is judged on the answers of this look; another model is compared with all its answers.
        let own = (input.who == Who::Subject).then(|| self.extent.portion(task, input.view, size)).flatten();
        let answers = run.answers(who, task, own, input.view)?;
        if input.who == Who::Subject {
            told.of_subject(task, &answers);
        }
        let other = (input.who != Who::Subject).then_some(who);
        let profile = answers.profile.with_lost(*rule);
        let said = unanswered::told(other, &profile, task, input.view, *rule);
        let (_, invalid) = profile.responses(task, input.view);
        if input.who == Who::Subject {
            told.lost |= invalid.iter().any(|(reason, _)| *reason == Invalid::Lost);
            let unread = |reason: Invalid| reason != Invalid::Lost && rule.counts(reason == Invalid::Refusal);
            told.responses_unread |= invalid.iter().any(|(reason, _)| unread(*reason));
        }
        let declined = invalid.iter().any(|(reason, _)| *reason == Invalid::Refusal);
        told.refusals |= declined && rule.counts(true);
        told.unread.insert(format!("{} {:?} {}", who, input.view, task.id), said);
        Ok(profile.table_with(task, input.view, *rule))
    }

    /// Describes what a comparison with the model's snapshot leaves out.
    fn left_out(&self, input: &Input) -> Option<String> {
        let task = self.run.suites.task(&input.task).filter(|_| input.who == Who::Snapshot)?;
        crate::snapshot::stored::left_out(
            &crate::snapshot::stored::stored_snapshot(&self.run.config.snapshots, self.model, task).ok()?,
            task,
        )
    }
}

impl ResponseNotes {
    /// Describes what came in place of answers that count: invalid responses, and answers after lost tries.
    fn instead(&self) -> Vec<&str> {
        let recorded = self.recorded.values().filter(|_| self.lost);
        self.invalid.values().chain(recorded).map(String::as_str).collect()
    }

    /// Adds the notes about the subject's answers to a task.
    fn of_subject(&mut self, task: &Task, answers: &TaskAnswers) {
        if let Some(text) = answers.invalid_summary() {
            self.invalid.insert(task.id.clone(), format!("{} {text}", task.id));
        }
        if let Some(text) = answers.recorded_summary() {
            self.recorded.insert(task.id.clone(), format!("{} {text}", task.id));
        }
        if let Some(text) = answers.copies.alike() {
            self.alike.insert(task.id.clone(), format!("{} {text}", task.id));
        }
        let only = |names: &BTreeMap<String, versions::VersionCount>| {
            names.keys().next().filter(|_| names.len() == 1).cloned()
        };
        self.versions.extend(only(&answers.parts.versions).map(|version| (task.id.clone(), version)));
        self.hosts.extend(only(&answers.parts.hosts).map(|host| (task.id.clone(), host)));
    }
}
