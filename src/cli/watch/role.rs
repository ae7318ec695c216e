//! The watch of one role: what its snapshots hold, what it answers today, and what all watches up to now show.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Unit};

use super::floating;
use super::series::{self, CountedTask, CountedWatch, HeldSeries};
use super::told;
use crate::asking::{Mode, Pace, Sampler};
use crate::config::Model;
use crate::ground::environment::from_environment;
use crate::ground::format::counted;
use crate::ground::text::one_line;
use crate::plan::{Total, plan_of};
use crate::provider::asked_with;
use crate::run::{Planned, Run, Subject, WatchedAnswers};
use crate::snapshot::stored::{self, SnapshotText};
use crate::snapshot::{Answerers, Origin, Reworded, asked};
use crate::stats::dealing::TiltedDealings;
use crate::suite::Task;
use crate::verdict::watch::{WatchEvidence, WatchedTask, evidence};

/// Watches one role.
pub(super) struct Watcher<'a> {
    pub run: &'a Run,
    pub model: &'a Model,
    pub id: &'a str,
    pub folder: &'a Path,
    pub requests: u32,
    /// The error rate of the role's series.
    pub rate: f64,
}

/// What came of the watch of a role.
#[derive(Debug)]
pub(super) struct RoleWatch {
    pub role: String,
    pub model: String,
    pub outcome: RoleOutcome,
    /// What is to be known besides, a line each.
    pub notes: Vec<String>,
    /// What a run that asks everything anew would take.
    pub live: Option<Total>,
}

#[derive(Debug)]
pub(super) enum RoleOutcome {
    /// All was asked, and the answers of all watches were weighed.
    Weighed(Weighed),
    /// Why nothing can be said.
    CouldNotRun(Vec<String>),
}

/// What all watches of a role show.
#[derive(Debug)]
pub(super) struct Weighed {
    pub evidence: WatchEvidence,
    pub rate: f64,
    /// The number of watches that count.
    pub watches: usize,
    /// The number of answers of this watch, and of all.
    pub answers: [u32; 2],
    pub tasks: Vec<String>,
    /// The day of the newest snapshot's answers, if it is told.
    pub day: Option<Date>,
    /// The questions that show most, each with the shares that moved.
    pub moved: Vec<String>,
    /// Who answered for the snapshots, and who answers now, where the provider says that it is another version.
    pub versions: Option<[String; 2]>,
}

impl Weighed {
    /// Whether the answers say that the model changed.
    pub(super) fn is_sure(&self) -> bool {
        self.evidence.log >= -self.rate.ln()
    }
}

impl RoleWatch {
    /// Whether the model has changed, by its answers or by its provider's word.
    pub(super) fn says_no(&self) -> bool {
        matches!(&self.outcome, RoleOutcome::Weighed(found) if found.is_sure() || found.versions.is_some())
    }
}

/// Where more than one answer in so many came after a lost try, a watch that shows no change says nothing.
const MOST_LOST: u32 = 10;

/// A snapshot that is watched.
struct HeldTask<'a> {
    task: &'a Task,
    stored: SnapshotText,
    hash: String,
    /// The places of the questions that are asked in the same words as then.
    items: Vec<usize>,
    /// Whether there are others.
    reworded: bool,
}

impl Watcher<'_> {
    pub(super) fn watch(&self) -> RoleWatch {
        let mut notes = Vec::new();
        let outcome = match self.weighed(&mut notes) {
            Ok(found) => RoleOutcome::Weighed(found),
            Err(why) => RoleOutcome::CouldNotRun(why),
        };
        let (role, model) = (self.model.name.clone(), self.model.model.clone());
        RoleWatch { role, model, outcome, notes, live: self.live() }
    }

    fn weighed(&self, notes: &mut Vec<String>) -> Result<Weighed, Vec<String>> {
        let held = self.held(notes)?;
        let open = || HeldSeries::open(self.folder, &self.model.name, self.id).map_err(|why| vec![why]);
        let hashes: BTreeMap<String, String> =
            held.iter().map(|held| (held.task.id.clone(), held.hash.clone())).collect();
        let mut series = open()?;
        notes.append(&mut series.told);
        let lost = series.lost;
        series.still_held(&hashes)?;
        series.keep(&hashes);
        if series.watches.is_empty() && !lost {
            notes.extend(self.begins());
        }
        let known = series.has(self.id);
        // Nobody waits for the lock while the model is asked.
        drop(series);
        let (mut heard, mut versions, mut lost_answers) = (BTreeMap::new(), BTreeSet::new(), 0);
        if known {
            notes.push(format!("watch {} is counted already, so nothing was asked", self.id));
        } else {
            for (task, answers) in self.asked(&held)? {
                versions.extend(answers.answers.versions.iter().cloned());
                notes.extend(told_of(task, &answers));
                lost_answers += answers.answers.lost[0];
                let hash = hashes.get(&task.id).cloned().unwrap_or_default();
                heard.insert(task.id.clone(), CountedTask { snapshot: hash, items: answers.items });
            }
        }
        let mut series = open()?;
        series.keep(&hashes);
        if !lost {
            notes.append(&mut series.told);
        }
        if !heard.is_empty() {
            if series.has(self.id) {
                notes.push(format!(
                    "watch {} was counted meanwhile by another process, so it counts once",
                    self.id
                ));
            }
            let at = Timestamp::now().round(Unit::Second).map_or_else(|_| String::new(), |at| at.to_string());
            let watch =
                CountedWatch { id: self.id.to_owned(), at, versions, lost: lost_answers, tasks: heard };
            series.add(watch).map_err(|why| vec![why])?;
        }
        // Of the watch itself, so that one that is looked at again says the same.
        let own = series.watches.iter().find(|watch| watch.id == self.id);
        let (now, after_lost) = own.map(|watch| (watch.versions.clone(), watch.lost)).unwrap_or_default();
        let found = self.found(&held, &series.watches, now);
        if found.is_sure() || found.versions.is_some() {
            return Ok(found);
        }
        no_sign(found, lost, after_lost)
    }

    /// Returns what the first watch of a series says.
    fn begins(&self) -> Vec<String> {
        let mut notes = vec![format!(
            "this is the first watch of the series: no earlier one of this role is in {}",
            self.folder.display()
        )];
        notes.extend(floating::told(self.model).map(|why| {
            format!(
                "`{}` is a name that floats ({why}): its provider may put another model behind it at any time",
                one_line(&self.model.model, 120)
            )
        }));
        notes
    }

    /// The role's snapshots, if they are of what would be asked today.
    fn held(&self, notes: &mut Vec<String>) -> Result<Vec<HeldTask<'_>>, Vec<String>> {
        let (mut held, mut wrong) = (Vec::new(), Vec::new());
        let drift = |planned: &&Planned| planned.model == self.model.name;
        for planned in self.run.planned.iter().filter(drift) {
            let Subject::Drift { task, .. } = &planned.subject else { continue };
            let Some(task) = self.run.suites.task(task) else { continue };
            match stored::text(&self.run.config.snapshots, &self.model.name, task) {
                Err(why) => wrong.push(why),
                Ok(None) => notes.push(format!("{} has no snapshot yet, so it is not watched", task.id)),
                Ok(Some(stored)) => match self.of_today(task, stored, notes) {
                    Ok(one) => held.push(one),
                    Err(why) => wrong.push(why),
                },
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        if held.is_empty() {
            return Err(vec![format!(
                "there is no snapshot to compare with: run `cargo alignspec record --role {0}`, review what is pending, and accept it with `cargo alignspec accept --role {0}`",
                self.model.name
            )]);
        }
        Ok(held)
    }

    fn of_today<'t>(
        &self,
        task: &'t Task,
        stored: SnapshotText,
        notes: &mut Vec<String>,
    ) -> Result<HeldTask<'t>, String> {
        let [then, today] = [Answerers::of(&stored.says.origin), Answerers::of(&self.today(task))];
        let advice = "run `cargo test`, review what changed, and accept the new snapshot";
        if then.model.is_some() && then.model != today.model {
            return Err(format!(
                "the snapshot of {} is of `{}`, and alignment.toml names `{}`: {advice}",
                task.id,
                then.model.unwrap_or_default(),
                today.model.unwrap_or_default()
            ));
        }
        if !then.with.is_empty() && then.with != today.with {
            return Err(format!(
                "the snapshot of {} was asked with another system prompt or other settings than alignment.toml has: {advice}",
                task.id
            ));
        }
        let reworded = match &stored.says.asked {
            Some(before) => Reworded::between(before, &asked(task)),
            None => Reworded::default(),
        };
        let row = |at: &usize| stored.says.table.row(&task.items[*at].id).is_some();
        let items: Vec<usize> = if reworded.is_none() && !stored.says.table.rows.is_empty() {
            (0..task.items.len()).collect()
        } else {
            (0..task.items.len()).filter(row).collect()
        };
        if items.is_empty() {
            return Err(format!(
                "no question of the snapshot of {} is asked in the same words today: {advice}",
                task.id
            ));
        }
        notes.extend(stored::left_out(&stored.says, task));
        if let Some(most) = self.run.config.drift.max_age
            && let Some(days) = then.day.and_then(age).filter(|days| *days > i64::from(most))
        {
            notes.push(format!(
                "the snapshot of {} is {days} days old, and `max_age` is {most}: for a new one, delete it and the recordings of {1}, run `cargo alignspec record --role {1}`, and accept what is pending",
                task.id, self.model.name
            ));
        }
        let hash = series::hash(&stored.text);
        Ok(HeldTask { task, stored, hash, items, reworded: !reworded.is_none() })
    }

    /// What the head of a snapshot of today would say, but for who answers.
    fn today(&self, task: &Task) -> Vec<String> {
        let n = self.run.config.samples(self.model, task);
        let (versions, hosts) = (Vec::new(), Vec::new());
        let model = self.model.model.clone();
        Origin::Asked { model, versions, hosts, with: asked_with(self.model), day: None, n }.lines()
    }

    /// Asks all tasks. Where a response is missing, nothing of the watch counts; what came is kept, and the same watch
    /// goes on from there.
    fn asked<'t>(&self, held: &'t [HeldTask<'_>]) -> Result<Vec<(&'t Task, WatchedAnswers)>, Vec<String>> {
        let tasks: Vec<(&Task, Vec<usize>)> =
            held.iter().map(|held| (held.task, held.items.clone())).collect();
        eprintln!("asking {} {}", self.model.name, counted(self.requests as usize, "question"));
        let plan = self.run.watch_plan(&self.model.name, self.id, &tasks, self.requests);
        let config = &self.run.config;
        let (folder, pace) = (series::answers(self.folder, self.id), Pace::from(&config.sampling));
        let sampler = Sampler::with(folder, Mode::Record, pace, from_environment);
        let sampler = sampler.within(&config.budget, &config.models);
        let (mut all, mut wrong) = (Vec::new(), Vec::new());
        for ((task, _), places) in tasks.into_iter().zip(&plan).filter(|(_, places)| !places.is_empty()) {
            match self.run.watch(self.model, task, places, &sampler) {
                Ok(answers) => all.push((task, answers)),
                Err(why) => wrong.push(why.to_string()),
            }
        }
        if wrong.is_empty() {
            return Ok(all);
        }
        wrong.push(format!(
            "what was answered is kept in {}: the same watch goes on from there with `--id {}`",
            series::answers(self.folder, self.id).display(),
            self.id
        ));
        Err(wrong)
    }

    fn found(&self, held: &[HeldTask<'_>], watches: &[CountedWatch], now: BTreeSet<String>) -> Weighed {
        let tasks: Vec<WatchedTask<'_>> = held
            .iter()
            .map(|held| {
                let heard = |watch: &CountedWatch| {
                    watch.tasks.get(&held.task.id).map(|counted| counted.items.clone()).unwrap_or_default()
                };
                let mut before = held.stored.says.side();
                // What could not be read is counted over all questions, those included that are reworded since.
                if held.reworded {
                    (before.invalid, before.responses) = (0, 0);
                }
                WatchedTask { task: held.task, before, watches: watches.iter().map(heard).collect() }
            })
            .collect();
        let evidence = evidence(&tasks, &mut TiltedDealings::default());
        let answers = |watch: &CountedWatch| -> u32 {
            watch.tasks.values().flat_map(|counted| counted.items.values()).map(|item| item.asked).sum()
        };
        let own = watches.iter().find(|watch| watch.id == self.id).map_or(0, answers);
        let then: Vec<Answerers> = held.iter().map(|held| Answerers::of(&held.stored.says.origin)).collect();
        Weighed {
            rate: self.rate,
            watches: watches.len(),
            answers: [own, watches.iter().map(answers).sum()],
            tasks: held.iter().map(|held| held.task.id.clone()).collect(),
            day: then.iter().filter_map(|answerers| answerers.day).max(),
            moved: told::moved(&tasks, &evidence),
            evidence,
            versions: self.versions(&then, &now),
        }
    }

    /// What the provider calls the versions of then and of now, where now has another one.
    fn versions(&self, then: &[Answerers], now: &BTreeSet<String>) -> Option<[String; 2]> {
        let known = |version: &&String| then.iter().any(|answerers| answerers.may_include(version));
        let other: Vec<String> =
            now.iter().filter(|version| !known(version)).map(|version| one_line(version, 120)).collect();
        let before: BTreeSet<&str> = then.iter().map(|answerers| answerers.versions.as_str()).collect();
        let before = before.into_iter().collect::<Vec<_>>().join(", ");
        (!other.is_empty() && !self.model.any_version).then(|| [before, other.join(", ")])
    }

    /// What a run of this role takes that asks everything anew.
    fn live(&self) -> Option<Total> {
        let mut config = self.run.config.clone();
        // Nothing is recorded there.
        config.recordings = self.folder.join("answers").join(".none");
        let run = Run::offline(config);
        let plan = plan_of(&run, |planned| planned.model == self.model.name).ok()?;
        Some(plan.total(Some(&self.model.name)))
    }
}

/// How many days ago a day was.
fn age(day: Date) -> Option<i64> {
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
    today.since(day).ok().map(|span| i64::from(span.get_days()))
}

/// Returns what a watch without a sign of a change found.
///
/// # Errors
/// A change may have been missed: `lost` says that earlier watches are lost, and `after_lost` answers came after lost tries.
fn no_sign(found: Weighed, lost: bool, after_lost: u32) -> Result<Weighed, Vec<String>> {
    if lost {
        return Err(vec![
            "earlier watches are lost, which may have found a change: this one is counted, and the next one goes on from it".to_owned(),
        ]);
    }
    if after_lost > found.answers[0] / MOST_LOST {
        return Err(vec![format!(
            "{after_lost} of {} answers came after tries that were lost, which may have shown a change: find out why requests fail",
            found.answers[0]
        )]);
    }
    Ok(found)
}

/// Returns what is to be told of the answers to one task.
fn told_of(task: &Task, answers: &WatchedAnswers) -> Vec<String> {
    let told = [answers.answers.invalid_summary(), answers.answers.recorded_summary()];
    told.into_iter().flatten().map(|told| format!("{}: {told}", task.id)).collect()
}
