//! The plan of a whole run, as one more record in its folder. What was planned and has no result there is
//! reported as not judged, and never counts as passed.
//!
//! The plan of a run does not depend on what the command line selects, so all processes and shards of a run
//! write the same trials. Only a process that runs the whole selection knows what was left out on purpose.
//! Under nextest none does: a trial without a result may be filtered out, be in a shard whose folder is not
//! here, or never have started.

#[cfg(feature = "cli")]
use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::{ResultsFolder, id};
use crate::ground::environment::{from_environment, nextest_run};
use crate::ground::regular::read_bounded;
use crate::report::results::{FORMAT, Record, TrialKind, TrialOutcome, line};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(expecting = "struct Entry")]
pub(crate) struct PlannedTrial {
    pub id: String,
    pub name: String,
    pub model: Option<String>,
    pub kind: TrialKind,
    /// Whether the command line left it out.
    pub left_out: bool,
    /// Why it is ignored; under nextest, no process then runs it.
    #[serde(default)]
    pub ignored: Option<String>,
    /// Whether it is not a trial but a snapshot that no trial judges.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub orphan: bool,
}

#[derive(Debug, Default)]
pub(crate) struct WholePlan(Vec<PlannedTrial>);

impl WholePlan {
    /// Notes a trial by its record, with why it is ignored; `left_out` says that the command line does not
    /// select it.
    pub(crate) fn add(&mut self, record: &Record, left_out: bool, ignored: Option<&str>) {
        // nextest tells each process to leave out what other processes run.
        let left_out = left_out && nextest_run(from_environment).is_none();
        let Record { id, name, model, kind, .. } = record.clone();
        let ignored = ignored.map(line);
        self.0.push(PlannedTrial { id, name, model, kind, left_out, ignored, orphan: false });
    }

    /// Notes snapshots that no trial judges.
    pub(crate) fn orphans(&mut self, names: &[String]) {
        self.0.extend(names.iter().map(|name| PlannedTrial {
            id: id(&[name, "orphan"]),
            name: line(name),
            model: None,
            kind: TrialKind::Snapshot,
            left_out: true,
            ignored: None,
            orphan: true,
        }));
    }
}

impl ResultsFolder {
    /// Returns the run whose plan is beside the results.
    fn known(&self) -> Option<String> {
        let path = self.folder.as_ref()?.join(format!("{}.json", self.plan_id()));
        let known: Record = serde_json::from_slice(&read_bounded(&path, super::MOST).ok()?).ok()?;
        Some(known.run)
    }

    pub(super) fn plan_id(&self) -> String {
        id(&[&self.package(), &self.target, "plan"])
    }

    /// Whether this process writes the plan of its run.
    pub(crate) fn plans(&self) -> bool {
        let Some(folder) = &self.folder else { return false };
        self.known().is_none_or(|run| run != self.entered(folder).name)
    }

    /// Writes the plan beside the results; `undecided_pass` says whether the config lets undecided checks pass.
    pub(crate) fn whole(&self, whole: WholePlan, undecided_pass: Option<bool>) {
        // Where nothing is selected, an earlier run's results could be mistaken for this run's.
        let nothing = whole.0.iter().all(|entry| entry.left_out);
        if !self.plans() || (nothing && self.known().is_none()) {
            return;
        }
        let mut record = Record {
            format: FORMAT,
            id: self.plan_id(),
            crate_name: self.crate_name.clone(),
            package: self.package(),
            target: self.target.clone(),
            name: "the plan".to_owned(),
            kind: TrialKind::Plan,
            planned: whole.0,
            undecided_pass,
            ..Record::default()
        };
        record.ends(TrialOutcome::NotJudged);
        self.write(&mut record);
    }
}

/// Removes the plans from some records, and adds the planned trials that have no record as not judged.
#[cfg(feature = "cli")]
pub(super) fn settle(records: &mut Vec<Record>) {
    let (plans, results) = std::mem::take(records).into_iter().partition(|it| it.kind == TrialKind::Plan);
    let plans: Vec<Record> = plans;
    *records = results;
    let known: HashSet<String> = records.iter().map(|record| record.id.clone()).collect();
    let mut lacking: Vec<Record> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for plan in plans {
        let (package, target, run) = (&plan.package, &plan.target, &plan.run);
        for entry in plan.planned.into_iter().filter(|entry| !known.contains(&entry.id)) {
            let wanted = !entry.left_out || entry.kind == TrialKind::File;
            let ignored = entry.ignored.filter(|_| wanted);
            match places.get(&entry.id).and_then(|place| lacking.get_mut(*place)) {
                Some(known) if wanted && known.outcome != TrialOutcome::Ignored => not_judged(known, wanted),
                Some(_) => {}
                None => {
                    let mut record = Record {
                        format: FORMAT,
                        id: entry.id,
                        run: run.clone(),
                        order: plan.order,
                        crate_name: plan.crate_name.clone(),
                        package: package.clone(),
                        target: target.clone(),
                        at: plan.at,
                        name: entry.name,
                        model: entry.model,
                        kind: entry.kind,
                        ..Record::default()
                    };
                    if ignored.is_some() {
                        record.ends(TrialOutcome::Ignored);
                        record.text = ignored;
                    } else {
                        not_judged(&mut record, wanted);
                    }
                    if entry.orphan {
                        let why = "this snapshot belongs to no role and task of this run: restore them, or delete it";
                        record.text = Some(why.to_owned());
                    }
                    places.insert(record.id.clone(), lacking.len());
                    lacking.push(record);
                }
            }
        }
    }
    records.append(&mut lacking);
}

/// Marks a record as not judged; `wanted` says that the command line did not leave it out.
#[cfg(feature = "cli")]
fn not_judged(record: &mut Record, wanted: bool) {
    record.ends(TrialOutcome::NotJudged);
    let why = if wanted {
        record.says = super::GateMeaning::CouldNotRun;
        "planned, but it has no result here: a filter left it out, a shard's folder is missing, or it never started; give the folders of all shards, or --partial if a filter leaves it out on purpose"
    } else {
        "left out by the command line"
    };
    record.text = Some(why.to_owned());
}

/// Counts planned trials without a result as left out on purpose, except mistakes in files.
#[cfg(feature = "cli")]
pub(crate) fn partial(records: &mut [Record]) {
    for record in records {
        if record.outcome == TrialOutcome::NotJudged && record.kind != TrialKind::File {
            not_judged(record, false);
        }
    }
}
