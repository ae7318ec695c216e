//! Which shifts of ratings are flagged, by simulation on the published models: every question of T2 moved by a
//! little, or a few moved by much. Everything goes the way of a real run.

use alignspec::__testing::profile::Table;
use alignspec::__testing::snapshot::Judge;
use alignspec::__testing::stats::resample::{rng, shuffle};

use super::drift::{MIN_SHIFT, Models, RATE, snapshot};

/// A shift of some questions' answers.
pub struct Shift {
    pub name: &'static str,
    /// How many questions move; `None` for all.
    pub questions: Option<usize>,
    /// The share of answers that moves from one level to the one beside it.
    pub by: f64,
}

/// Those of the table, in its order.
pub const SHIFTS: [Shift; 8] = [
    Shift { name: "nothing", questions: None, by: 0.0 },
    Shift { name: "all 28 by 0.05", questions: None, by: 0.05 },
    Shift { name: "all 28 by 0.1", questions: None, by: 0.1 },
    Shift { name: "all 28 by 0.15", questions: None, by: 0.15 },
    Shift { name: "all 28 by 0.2", questions: None, by: 0.2 },
    Shift { name: "three by 0.3", questions: Some(3), by: 0.3 },
    Shift { name: "one by 0.3", questions: Some(1), by: 0.3 },
    Shift { name: "one by 0.5", questions: Some(1), by: 0.5 },
];

/// What came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Flagged {
    pub runs: u32,
    /// By single questions at the whole rate, as it was before there was a sum.
    pub alone: u32,
    /// By the sum of all questions, at half the rate.
    pub together: u32,
    /// By either, each at half the rate: what a run says.
    pub either: u32,
}

/// `runs` comparisons for each published model of `n` answers to each question of T2.
pub fn flagged(models: &Models, shift: &Shift, n: u32, runs: u32, seed: u64) -> Flagged {
    let at = models.tasks.iter().position(|task| task.id == "T2").expect("T2 is one of them");
    let judge = |rate: f64| Judge { task: models.tasks[at].clone(), rate, min_shift: MIN_SHIFT };
    // Single questions have half the rate of a task whose questions are also taken together.
    let (judge, whole) = (judge(RATE), judge(2.0 * RATE));
    let mut flagged = Flagged::default();
    for model in &models.models {
        let mut stream = rng(seed, &["shift", shift.name, &n.to_string(), &model.name]);
        let table = &model.tables[at];
        for _ in 0..runs {
            let mut chosen: Vec<usize> = (0..table.rows.len()).collect();
            if let Some(questions) = shift.questions {
                shuffle(&mut stream, &mut chosen);
                chosen.truncate(questions);
            }
            let before = snapshot(&judge.task, table, n, &mut stream);
            let now = snapshot(&judge.task, &moved(table, &chosen, shift.by), n, &mut stream);
            let drift = judge.compare(&before, &now).expect("comparable");
            let alone = whole.compare(&before, &now).expect("comparable");
            flagged.runs += 1;
            flagged.alone += u32::from(!alone.items.is_empty());
            flagged.together += u32::from(drift.general.is_some());
            flagged.either += u32::from(!drift.is_none());
        }
    }
    flagged
}

/// The table with a share of the answers at the top of the scale moved one level down, or up to it where there
/// are not so many.
pub fn moved(table: &Table, chosen: &[usize], by: f64) -> Table {
    let mut table = table.clone();
    for at in chosen {
        let shares = &mut table.rows[*at].shares;
        let top = shares.len() - 2;
        let (from, to) = if shares[top] >= by { (top, top - 1) } else { (top - 1, top) };
        let mut left = by;
        // From lower levels too, where one has not so many.
        for level in (0..=from).rev() {
            let part = left.min(shares[level]);
            if level != to {
                shares[level] -= part;
                shares[to] += part;
                left -= part;
            }
        }
    }
    table
}
