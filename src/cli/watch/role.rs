//! The watch of one role: what its snapshots hold, what it answers today, and what all watches up to now show.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::{Timestamp, Unit};

use super::floating;
use super::held::HeldTask;
use super::outcome::{RoleOutcome, RoleWatch, Weighed};
use super::series::{self, CountedTask, CountedWatch, GivenAlarm, HeldSeries, SnapshotHashes};
use super::told;
use crate::asking::{Mode, Pace, Sampler};
use crate::config::Model;
use crate::ground::environment::from_environment;
use crate::ground::format::{counted, rate};
use crate::ground::text::one_line;
use crate::plan::{Total, plan_of};
use crate::run::{Run, WatchedAnswers};
use crate::snapshot::Answerers;
use crate::stats::dealing::TiltedDealings;
use crate::suite::Task;
use crate::verdict::watch::{NoCalm, WatchedTask, evidence, no_calm};

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

/// What is known of a series before anything is asked.
struct SeriesBefore {
    /// Whether the watch is counted already.
    known: bool,
    /// Whether earlier watches are lost.
    lost: bool,
    /// Whether there is none yet.
    begins: bool,
    /// How many questions the watch asks.
    requests: u32,
}

impl Watcher<'_> {
    pub(super) fn watch(&self) -> RoleWatch {
        let (mut notes, mut alarm) = (Vec::new(), None);
        let outcome = match self.weighed(&mut notes, &mut alarm) {
            Ok(found) => RoleOutcome::Weighed(Box::new(found)),
            Err(why) => RoleOutcome::CouldNotRun(why),
        };
        let (role, model) = (self.model.name.clone(), self.model.model.clone());
        RoleWatch { role, model, outcome, alarm, notes, live: self.live() }
    }

    fn weighed(
        &self,
        notes: &mut Vec<String>,
        alarm: &mut Option<GivenAlarm>,
    ) -> Result<Weighed, Vec<String>> {
        let held = self.held(notes)?;
        let hashes: SnapshotHashes =
            held.iter().map(|held| (held.task.id.clone(), held.hash.clone())).collect();
        // Nobody waits for the lock while the model is asked.
        let before = self.before(&hashes, notes, alarm)?;
        let heard = if before.known {
            notes.push(format!("watch {} is counted already, so nothing was asked", self.id));
            None
        } else {
            Some(self.heard(&held, (before.requests, &hashes), notes)?)
        };
        let mut series = self.open(&hashes)?;
        series.keep(&hashes);
        if !before.lost {
            notes.append(&mut series.told);
        }
        let lost = before.lost || series.lost;
        let was = series.sum.clone();
        if let Some(watch) = heard {
            if series.has(self.id) {
                notes.push(format!(
                    "watch {} was counted meanwhile by another process, so it counts once",
                    self.id
                ));
            }
            series.add(watch).map_err(|why| vec![why])?;
        }
        if before.begins {
            notes.extend(self.begins());
        }
        // Of the watch itself, so that one that is looked at again says the same.
        let own = series.watches.iter().find(|watch| watch.id == self.id);
        if before.known {
            counted_today(own)?;
        }
        let (now, after_lost) = own.map(|watch| (watch.versions.clone(), watch.lost)).unwrap_or_default();
        let mut found = self.found(&held, &series.watches, &now);
        if found.answers[0] > 0 {
            notes.extend(self.unnamed(&held, &now));
        }
        if found.is_sure() && series.standing(&hashes).is_none() {
            series.give(self.alarm(&found, &held)).map_err(|why| vec![why])?;
        }
        *alarm = series.standing(&hashes).cloned();
        found.sums = [was, series.sum.clone()];
        if found.is_sure() || found.versions.is_some() || alarm.is_some() {
            return Ok(found);
        }
        match no_calm(found.answers[0], after_lost, lost) {
            None => Ok(found),
            Some(why) => Err(vec![no_sign(why, found.answers[0])]),
        }
    }

    fn open(&self, hashes: &SnapshotHashes) -> Result<HeldSeries, Vec<String>> {
        HeldSeries::open(self.folder, &self.model.name, self.id, hashes).map_err(|why| vec![why])
    }

    /// Looks at the series before anything is asked.
    fn before(
        &self,
        hashes: &SnapshotHashes,
        notes: &mut Vec<String>,
        alarm: &mut Option<GivenAlarm>,
    ) -> Result<SeriesBefore, Vec<String>> {
        let mut series = self.open(hashes)?;
        notes.append(&mut series.told);
        series.still_held(hashes)?;
        series.keep(hashes);
        *alarm = series.standing(hashes).cloned();
        let begins = series.watches.is_empty() && !series.lost;
        let requests = series.begun.unwrap_or(self.requests);
        if requests != self.requests {
            notes.push(format!(
                "watch {} began with {}, so it goes on with as many, and not with {}: another number takes another `--id`",
                self.id,
                counted(requests as usize, "request"),
                self.requests
            ));
        }
        Ok(SeriesBefore { known: series.has(self.id), lost: series.lost, begins, requests })
    }

    /// Asks, and returns what the watch heard.
    fn heard(
        &self,
        held: &[HeldTask<'_>],
        (requests, hashes): (u32, &SnapshotHashes),
        notes: &mut Vec<String>,
    ) -> Result<CountedWatch, Vec<String>> {
        HeldSeries::begin(self.folder, &self.model.name, self.id, (requests, hashes))
            .map_err(|why| vec![why])?;
        let (mut tasks, mut versions, mut lost) = (BTreeMap::new(), BTreeSet::new(), 0);
        for (task, answers) in self.asked(held, requests)? {
            versions.extend(answers.answers.versions.iter().cloned());
            notes.extend(told_of(task, &answers));
            lost += answers.answers.lost[0];
            let snapshot = hashes.get(&task.id).cloned().unwrap_or_default();
            tasks.insert(task.id.clone(), CountedTask { snapshot, items: answers.items });
        }
        Ok(CountedWatch { id: self.id.to_owned(), at: now(), versions, lost, tasks })
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

    /// Asks all tasks. Where a response is missing, nothing of the watch counts; what came is kept, and the same watch
    /// goes on from there.
    fn asked<'t>(
        &self,
        held: &'t [HeldTask<'_>],
        requests: u32,
    ) -> Result<Vec<(&'t Task, WatchedAnswers)>, Vec<String>> {
        let tasks: Vec<(&Task, Vec<usize>)> =
            held.iter().map(|held| (held.task, held.items.clone())).collect();
        let plan = self.run.watch_plan(&self.model.name, self.id, &tasks, requests);
        let config = &self.run.config;
        let (folder, pace) = (series::answers(self.folder, self.id), Pace::from(&config.sampling));
        let sampler = Sampler::with(folder.clone(), Mode::Record, pace, from_environment);
        let sampler = sampler.within(&config.budget, &config.models);
        if sampler.asks(self.model) {
            eprintln!("asking {} {}", self.model.name, counted(requests as usize, "question"));
        }
        let (mut all, mut wrong) = (Vec::new(), Vec::new());
        for ((task, _), places) in tasks.into_iter().zip(&plan).filter(|(_, places)| !places.is_empty()) {
            match self.run.watch(self.model, task, places, &sampler) {
                Ok(answers) => all.push((task, answers)),
                Err(why) => wrong.push((task, why)),
            }
        }
        if wrong.is_empty() {
            return Ok(all);
        }
        let mut wrong = told::failures(&wrong);
        if HeldSeries::is_kept(self.folder, &self.model.name, self.id) {
            wrong.push(format!(
                "what was answered is kept in {}: the same watch goes on from there with `--id {}`",
                folder.display(),
                self.id
            ));
        }
        Err(wrong)
    }

    fn found(&self, held: &[HeldTask<'_>], watches: &[CountedWatch], now: &BTreeSet<String>) -> Weighed {
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
        let own = watches.iter().find(|watch| watch.id == self.id).map_or(0, CountedWatch::answers);
        let then: Vec<Answerers> = held.iter().map(HeldTask::answerers).collect();
        Weighed {
            rate: self.rate,
            watches: watches.len(),
            answers: [own, watches.iter().map(CountedWatch::answers).sum()],
            tasks: held.iter().map(|held| held.task.id.clone()).collect(),
            day: then.iter().filter_map(|answerers| answerers.day).max(),
            moved: told::moved(&tasks, &evidence),
            evidence,
            versions: self.versions(&then, now),
            sums: [None, None],
        }
    }

    /// The alarm that this watch gives. It is about the snapshots of the questions that show most.
    fn alarm(&self, found: &Weighed, held: &[HeldTask<'_>]) -> GivenAlarm {
        let tasks: BTreeSet<usize> =
            told::telling(&found.evidence).map(|(at, ..)| *at).filter(|at| *at < held.len()).collect();
        let of = |held: &HeldTask<'_>| (held.task.id.clone(), held.hash.clone());
        let snapshots = match tasks.is_empty() {
            true => held.iter().map(of).collect(),
            false => tasks.into_iter().map(|at| of(&held[at])).collect(),
        };
        GivenAlarm {
            watch: self.id.to_owned(),
            at: now(),
            evidence: told::amount(found.evidence.log),
            error_rate: rate(self.rate),
            snapshots,
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

    /// Says that the provider named a version for the snapshots and names none now.
    fn unnamed(&self, held: &[HeldTask<'_>], now: &BTreeSet<String>) -> BTreeSet<String> {
        let told = |held: &HeldTask<'_>| held.answerers().unnamed(!now.is_empty());
        held.iter().filter(|_| !self.model.any_version).filter_map(told).collect()
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

/// The time, to the second.
fn now() -> String {
    Timestamp::now().round(Unit::Second).map_or_else(|_| String::new(), |at| at.to_string())
}

/// Refuses a watch that is counted already, and not of today.
fn counted_today(watch: Option<&CountedWatch>) -> Result<(), Vec<String>> {
    let Some((watch, at)) = watch.and_then(|watch| Some((watch, watch.of_another_day()?))) else {
        return Ok(());
    };
    Err(vec![format!(
        "watch {} was counted at {at}, so nothing was asked, and nothing is known of today: give each watch an `--id` of its own",
        watch.id
    )])
}

/// Says why a watch without a sign of a change says nothing.
fn no_sign(why: NoCalm, answers: u32) -> String {
    match why {
        NoCalm::EarlierLost => "earlier watches are lost, which may have found a change: this one is counted, and the next one goes on from it".to_owned(),
        NoCalm::AfterLost(lost) => format!(
            "{lost} of {answers} answers came after tries that were lost, which may have shown a change: find out why requests fail"
        ),
    }
}

/// Returns what is to be told of the answers to one task.
fn told_of(task: &Task, answers: &WatchedAnswers) -> Vec<String> {
    let told = [answers.answers.invalid_summary(), answers.answers.recorded_summary()];
    told.into_iter().flatten().map(|told| format!("{}: {told}", task.id)).collect()
}
