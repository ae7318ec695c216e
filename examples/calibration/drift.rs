//! How often drift is flagged, by simulation on the eight published models: A/A, where nothing
//! changed, and A/B, where one model takes another's place. Everything goes the way of a real run:
//! answers → profile → snapshot text → comparison.
//!
//! Shared by `examples/calibration` (thousands of runs) and `tests/it/verdict/calibration_drift.rs` (few).

use std::path::Path;

use alignspec::__testing::baseline::Tallies;
use alignspec::__testing::diagnostic::Diagnostic;
use alignspec::__testing::profile::{Cell, Counts, ItemProfile, Joint, Profile, Row, Table, View};
use alignspec::__testing::snapshot::{Judge, write};
use alignspec::__testing::stats::resample::{Stream, multinomial, rng, shuffle};
use alignspec::__testing::suite::{Shape, Suites, Task, load};
use rand::RngExt;

/// What one snapshot may use of the run's error rate in this repository: a run of 103 checks and
/// 37 snapshots divides 0.05 over all of them.
pub const RATE: f64 = 0.05 / 140.0;

/// The floor a run has unless its config says otherwise.
pub const MIN_SHIFT: f64 = 0.05;

/// Who answers, with what shares.
pub struct Respondent {
    pub name: String,
    /// One a task, in the order of [`Models::tasks`].
    pub tables: Vec<Table>,
}

/// The published models and the tasks T1 to T4.
pub struct Models {
    pub tasks: Vec<Task>,
    pub models: Vec<Respondent>,
}

impl Models {
    pub fn shipped() -> Models {
        let builtin = [("builtin".to_owned(), Diagnostic::new("builtin"))];
        let suites: Suites = load(Path::new("."), &builtin);
        let tallies = Tallies::load(Path::new("."), &builtin);
        let ids = ["T1", "T2", "T3", "T4"];
        let tasks: Vec<Task> = ids.iter().filter_map(|id| suites.task(id)).cloned().collect();
        let published = tallies.tallies.iter().filter(|tally| tally.file.name.starts_with("builtin:models/"));
        let models: Vec<Respondent> = published
            .map(|tally| Respondent {
                name: tally.name.clone(),
                tables: tasks
                    .iter()
                    .map(|task| match tally.profile(task) {
                        Ok(Some(profile)) => profile.table(task, View::Main),
                        other => panic!("{} has no figures for {}: {other:?}", tally.name, task.id),
                    })
                    .collect(),
            })
            .collect();
        assert_eq!((tasks.len(), models.len()), (4, 8));
        Models { tasks, models }
    }

    /// A respondent without opinions: every answer equally likely, which is all the noise there can be.
    pub fn even(&self) -> Respondent {
        let even = |row: &Row, shape: Shape| {
            let mut row = row.clone();
            match shape {
                Shape::Set { pick } => {
                    let share = pick as f64 / row.shares.len() as f64;
                    row.shares.fill(share);
                }
                Shape::Level => {
                    let levels = row.known.len();
                    row.known.fill(true);
                    row.shares.fill(1.0 / levels as f64);
                    row.shares[levels] = 0.0;
                }
                // Every turn of every ranking in both directions: each story as often at each place.
                Shape::Ranking => {
                    let k = u8::try_from(row.shares.len().isqrt()).unwrap_or(1);
                    let turned = |by: u8| (0..k).map(move |at| (at + by) % k);
                    let there = (0..k).map(|by| turned(by).collect::<Vec<u8>>());
                    let back = (0..k).map(|by| turned(by).rev().collect());
                    row.joint = Some(Joint::Rankings(there.chain(back).collect()).into());
                }
                Shape::Text => {}
            }
            row
        };
        let table = |table: &Table| Table {
            shape: table.shape,
            rows: table.rows.iter().map(|row| even(row, table.shape)).collect(),
        };
        Respondent { name: "even".to_owned(), tables: self.models[0].tables.iter().map(table).collect() }
    }
}

/// The text of a snapshot of `n` answers to each item, drawn from `table`'s shares.
pub fn snapshot(task: &Task, table: &Table, n: u32, stream: &mut Stream) -> String {
    let mut profile = Profile::new("drawn", task);
    for row in &table.rows {
        let mut cell = Cell::empty(table.shape, row.shares.len());
        (cell.n, cell.counts) = (n, draw(table.shape, row, n, stream));
        let label = task.forms.first().map_or("", |form| form.label);
        let item = ItemProfile { forms: [(label.to_owned(), cell)].into() };
        profile.items.insert(row.item.clone(), item);
    }
    write(task, &profile)
}

// From a table's shares, since blends of models and a respondent without opinions are drawn as well.
pub fn draw(shape: Shape, row: &Row, n: u32, stream: &mut Stream) -> Counts {
    match (shape, row.joint.as_deref()) {
        (Shape::Set { .. }, _) => {
            let mut selected = vec![0.0; row.shares.len()];
            let mut order: Vec<usize> = (0..row.shares.len()).collect();
            for _ in 0..n {
                systematic(&row.shares, &mut order, stream, &mut selected);
            }
            Counts::Set { selected, untold: Vec::new(), rows: Vec::new() }
        }
        (Shape::Ranking, Some(Joint::Rankings(published))) => {
            let rows = (0..n).map(|_| published[stream.random_range(0..published.len())].clone());
            Counts::Ranking { rows: rows.collect() }
        }
        _ => {
            let mut counts = vec![0; row.shares.len()];
            multinomial(stream, u64::from(n), &row.shares, &mut counts).expect("shares");
            let told = row.known.iter().zip(&counts);
            let counts = told.map(|(known, count)| known.then_some(*count as f64)).collect();
            Counts::Level { counts, rows: Vec::new() }
        }
    }
}

/// One answer that selects each option with its share (they add up to the number of picks): the shares
/// are laid end to end in random order, and cut at every whole number from a random start (Madow 1949).
fn systematic(shares: &[f64], order: &mut [usize], stream: &mut Stream, selected: &mut [f64]) {
    shuffle(stream, order);
    let mut at = stream.random::<f64>();
    for &option in order.iter() {
        at += shares[option];
        if at >= 1.0 {
            at -= 1.0;
            selected[option] += 1.0;
        }
    }
}

/// What came of runs in which nothing changed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Same {
    pub runs: u32,
    /// Runs with any snapshot flagged.
    pub flagged: u32,
    /// Runs with any snapshot whose text is not the same: what a plain comparison flags.
    pub text: u32,
    /// Snapshots compared, and flagged.
    pub snapshots: u32,
    pub snapshots_flagged: u32,
}

/// A/A: each run draws all snapshots of all `respondents` twice, `n` answers an item.
pub fn same(models: &Models, respondents: &[Respondent], n: u32, runs: u32, seed: u64) -> Same {
    let mut same = Same { runs, ..Same::default() };
    let judges = judges(models);
    for run in 0..runs {
        let mut stream = rng(seed, &["A/A", &n.to_string(), &run.to_string()]);
        let (mut flagged, mut text) = (0, false);
        for respondent in respondents {
            for (judge, table) in judges.iter().zip(&respondent.tables) {
                let before = snapshot(&judge.task, table, n, &mut stream);
                let now = snapshot(&judge.task, table, n, &mut stream);
                text |= before != now;
                flagged += u32::from(!judge.compare(&before, &now).expect("comparable").is_none());
                same.snapshots += 1;
            }
        }
        same.snapshots_flagged += flagged;
        same.flagged += u32::from(flagged > 0);
        same.text += u32::from(text);
    }
    same
}

/// What came of one model taking another's place.
#[derive(Debug, Clone)]
pub struct Changed {
    pub before: String,
    pub now: String,
    pub runs: u32,
    /// Runs with any of the four snapshots flagged, with any but T4's, and for each of them. T4 was
    /// published as five to ten rankings a context: drawn from so few, models may look more different
    /// than they are.
    pub any: u32,
    pub any_but_t4: u32,
    pub tasks: Vec<u32>,
}

/// A/B: every ordered pair of different models, `n` answers an item.
pub fn changed(models: &Models, n: u32, runs: u32, seed: u64) -> Vec<Changed> {
    let judges = judges(models);
    let mut all = Vec::new();
    for before in &models.models {
        for now in models.models.iter().filter(|now| now.name != before.name) {
            let mut stream = rng(seed, &["A/B", &n.to_string(), &before.name, &now.name]);
            let mut changed = Changed {
                before: before.name.clone(),
                now: now.name.clone(),
                runs,
                any: 0,
                any_but_t4: 0,
                tasks: vec![0; judges.len()],
            };
            for _ in 0..runs {
                let (mut any, mut any_but_t4) = (false, false);
                for (at, judge) in judges.iter().enumerate() {
                    let old = snapshot(&judge.task, &before.tables[at], n, &mut stream);
                    let new = snapshot(&judge.task, &now.tables[at], n, &mut stream);
                    let drifted = !judge.compare(&old, &new).expect("comparable").is_none();
                    changed.tasks[at] += u32::from(drifted);
                    any |= drifted;
                    any_but_t4 |= drifted && judge.task.id != "T4";
                }
                changed.any += u32::from(any);
                changed.any_but_t4 += u32::from(any_but_t4);
            }
            all.push(changed);
        }
    }
    all
}

/// One a task, as a run has them.
pub fn judges(models: &Models) -> Vec<Judge> {
    let judge = |task: &Task| Judge { task: task.clone(), rate: RATE, min_shift: MIN_SHIFT };
    models.tasks.iter().map(judge).collect()
}
