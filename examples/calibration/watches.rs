//! Watches, by simulation on the published models: how often a series of them cries wolf, and how soon it finds that
//! another model answers. What a watch asks, what it hears and how that is weighed is the run's own code; only the
//! answers are drawn.
//!
//! Shared by `examples/calibration` (thousands of series) and `tests/it/verdict/calibration_watch.rs` (few).

use std::collections::BTreeMap;
use std::path::Path;

use alignspec::__testing::baseline::Tallies;
use alignspec::__testing::diagnostic::Diagnostic;
use alignspec::__testing::profile::{Cell, ItemProfile, Profile, Table, View};
use alignspec::__testing::run::spread_requests;
use alignspec::__testing::snapshot::read;
use alignspec::__testing::stats::dealing::{TiltedDealings, log_sum};
use alignspec::__testing::stats::resample::{Stream, rng};
use alignspec::__testing::suite::{Suites, Task, load};
use alignspec::__testing::verdict::drift::DriftSide;
use alignspec::__testing::verdict::watch::{WatchedItems, WatchedTask, gain, heard};

use super::drift::{draw, snapshot};
use super::shifts::moved;

/// Answers to each question of a snapshot, as a config has it by default.
const ANSWERS: u32 = 50;

/// The error rate of the series of a role, where the run has one role: that of the run.
pub const RATE: f64 = 0.05;

/// A role: its tasks, and the shares that its answers come from.
#[derive(Clone)]
pub struct WatchedModel {
    pub name: String,
    pub tasks: Vec<(Task, Table)>,
}

/// All published models that come with the crate, with the tasks that their figures tell.
pub fn published() -> Vec<WatchedModel> {
    let builtin = [("builtin".to_owned(), Diagnostic::new("builtin"))];
    let suites: Suites = load(Path::new("."), &builtin);
    let tallies = Tallies::load(Path::new("."), &builtin);
    let model = |tally: &&alignspec::__testing::baseline::Tally| {
        tally.file.name.starts_with("builtin:models/") || tally.file.name.starts_with("builtin:other-models/")
    };
    let mut models = Vec::new();
    for tally in tallies.tallies.iter().filter(model) {
        let mut tasks = Vec::new();
        for id in ["T1", "T2", "T3", "T4"] {
            let task = suites.task(id).expect("built in");
            if let Ok(Some(profile)) = tally.profile(task) {
                let table = profile.table(task, View::Main);
                if table.rows.len() == task.items.len() {
                    tasks.push((task.clone(), table));
                }
            }
        }
        models.push(WatchedModel { name: tally.name.clone(), tasks });
    }
    models
}

impl WatchedModel {
    /// Those of its tasks that are named.
    pub fn only(&self, ids: &[&str]) -> WatchedModel {
        let tasks = self.tasks.iter().filter(|(task, _)| ids.contains(&task.id.as_str())).cloned().collect();
        WatchedModel { name: self.name.clone(), tasks }
    }

    /// The same with a share of the answers to each rating moved to the level beside.
    pub fn moved(&self, by: f64) -> WatchedModel {
        let all = |table: &Table| moved(table, &(0..table.rows.len()).collect::<Vec<_>>(), by);
        let tasks = self.tasks.iter().map(|(task, table)| (task.clone(), all(table))).collect();
        WatchedModel { name: format!("{} moved by {by}", self.name), tasks }
    }
}

/// What one watch of `requests` hears of a model.
fn watch(model: &WatchedModel, requests: u32, stream: &mut Stream) -> Vec<WatchedItems> {
    let questions: usize = model.tasks.iter().map(|(task, _)| task.items.len()).sum();
    let mut each = spread_requests(questions, requests, stream).into_iter();
    let mut all = Vec::new();
    for (task, table) in &model.tasks {
        let (mut profile, mut asked) = (Profile::new("watched", task), BTreeMap::new());
        for row in &table.rows {
            let n = each.next().unwrap_or(0);
            asked.insert(row.item.clone(), n);
            if n > 0 {
                let mut cell = Cell::empty(table.shape, row.shares.len());
                (cell.n, cell.counts) = (n, draw(table.shape, row, n, stream));
                let label = task.forms.first().map_or("", |form| form.label);
                let item = ItemProfile { forms: [(label.to_owned(), cell)].into() };
                profile.items.insert(row.item.clone(), item);
            }
        }
        all.push(heard(&profile.table(task, View::Main), &asked));
    }
    all
}

/// A series of watches: the snapshots are of `before`; `now` answers from watch `from` on (counted from 1).
pub struct WatchSeries<'a> {
    pub before: &'a WatchedModel,
    pub now: &'a WatchedModel,
    pub from: usize,
    pub requests: u32,
    pub most: usize,
}

impl WatchSeries<'_> {
    /// The number of the watch that raises the alarm; `None` if none of them does.
    pub fn alarm(&self, rate: f64, dealings: &mut TiltedDealings, stream: &mut Stream) -> Option<usize> {
        let stored: Vec<_> = self
            .before
            .tasks
            .iter()
            .map(|(task, table)| read(task, &snapshot(task, table, ANSWERS, stream)).expect("a snapshot"))
            .collect();
        let mut tasks: Vec<WatchedTask<'_>> = self
            .before
            .tasks
            .iter()
            .zip(&stored)
            .map(|((task, _), stored)| {
                let responses = stored.table.rows.iter().map(|row| row.n).sum();
                let before = DriftSide { table: &stored.table, invalid: 0, responses, lost: None };
                WatchedTask { task, before, watches: Vec::new() }
            })
            .collect();
        let mut log = f64::NEG_INFINITY;
        for number in 1..=self.most {
            let model = if number < self.from { self.before } else { self.now };
            for (task, heard) in tasks.iter_mut().zip(watch(model, self.requests, stream)) {
                task.watches.push(heard);
            }
            log = log_sum(&[log, gain(&tasks, number, dealings)]);
            if log >= -rate.ln() {
                return Some(number);
            }
        }
        None
    }
}

/// How many series of `watches` of an unchanged model raise an alarm; the models take turns.
pub fn false_alarms(models: &[WatchedModel], series: u32, watches: usize, requests: u32, seed: u64) -> u32 {
    let mut dealings = TiltedDealings::default();
    let mut alarms = 0;
    for number in 0..series {
        let model = &models[number as usize % models.len()];
        let mut stream = rng(seed, &["watch", "unchanged", &number.to_string()]);
        let same = WatchSeries { before: model, now: model, from: 1, requests, most: watches };
        alarms += u32::from(same.alarm(RATE, &mut dealings, &mut stream).is_some());
    }
    alarms
}

/// After how many watches of the new model the alarm comes, sorted; `usize::MAX` where it came before the change or
/// not at all.
pub fn delays(series: &WatchSeries<'_>, runs: u32, seed: u64, dealings: &mut TiltedDealings) -> Vec<usize> {
    let mut delays: Vec<usize> = (0..runs)
        .map(|run| {
            let names = [&*series.before.name, &series.now.name];
            let of =
                [&series.requests.to_string(), &series.from.to_string(), &run.to_string()].map(String::clone);
            let mut stream = rng(seed, &["watch", names[0], names[1], &of[0], &of[1], &of[2]]);
            let alarm = series.alarm(RATE, dealings, &mut stream);
            alarm.filter(|at| *at >= series.from).map_or(usize::MAX, |at| at + 1 - series.from)
        })
        .collect();
    delays.sort_unstable();
    delays
}

/// All ordered pairs of models that were asked some of the same tasks, with those tasks: one takes the other's place.
pub fn swaps(models: &[WatchedModel]) -> Vec<(WatchedModel, WatchedModel)> {
    let ids = |model: &WatchedModel| model.tasks.iter().map(|(task, _)| task.id.clone()).collect::<Vec<_>>();
    let mut pairs = Vec::new();
    for before in models {
        for now in models.iter().filter(|now| now.name != before.name) {
            let theirs = ids(now);
            let common: Vec<String> = ids(before).into_iter().filter(|id| theirs.contains(id)).collect();
            let common: Vec<&str> = common.iter().map(String::as_str).collect();
            pairs.push((before.only(&common), now.only(&common)));
        }
    }
    pairs
}
