//! What a general shift is, and what is none.

use super::super::{Drift, DriftSide, compare};
use crate::profile::{Row, Table};
use crate::suite::{Shape, Suites, Task};

const N: u32 = 50;
const RATE: f64 = 0.05 / 140.0;
const FLOOR: f64 = 0.05;

fn task(id: &str) -> Task {
    let suites = Suites::builtin();
    suites.task(id).expect("built in").clone()
}

/// Each question of T2 with so many of [`N`] answers at the top of the scale, and the others one below.
fn rated(task: &Task, top: impl Fn(usize) -> u32) -> Table {
    let row = |(at, item): (usize, &crate::suite::Item)| {
        let share = f64::from(top(at)) / f64::from(N);
        let shares = vec![0.0, 0.0, 0.0, 1.0 - share, share, 0.0];
        Row { item: item.id.clone(), n: N, unread: 0, shares, known: vec![true; 5], joint: None }
    };
    Table { shape: Shape::Level, rows: task.items.iter().enumerate().map(row).collect() }
}

fn drift(task: &Task, before: &Table, now: &Table, floor: f64) -> Drift {
    let side = |table| DriftSide { table, invalid: 0, responses: N * task.items.len() as u32, lost: None };
    compare(task, side(before), side(now), RATE, floor)
}

#[test]
fn what_no_question_shows_by_itself_is_seen_in_all_of_them() {
    let task = task("T2");
    let before = rated(&task, |at| 15 + at as u32 % 15);
    let now = rated(&task, |at| 24 + at as u32 % 15);
    let drift = drift(&task, &before, &now, FLOOR);
    assert!(drift.items.is_empty(), "nine of fifty show nothing: {:?}", drift.items);
    let general = drift.general.expect("a general shift");
    assert_eq!(general.questions, 28);
    assert!(general.p < RATE && (general.size - 0.18).abs() < 0.08, "{general:?}");
    let direction = general.direction.expect("all rise");
    assert_eq!(direction.questions, 28);
    assert!((direction.mean - 0.18).abs() < 1e-9, "{direction:?}");
    assert_eq!(general.largest.len(), 3);
}

#[test]
fn moves_in_both_directions_have_none() {
    let task = task("T2");
    let before = rated(&task, |_| 25);
    let now = rated(&task, |at| if at % 2 == 0 { 34 } else { 16 });
    let general = drift(&task, &before, &now, FLOOR).general.expect("a general shift");
    assert_eq!(general.direction, None);
}

#[test]
fn the_same_answers_and_a_single_question_that_moved_are_no_general_shift() {
    let task = task("T2");
    let before = rated(&task, |_| 25);
    let same = drift(&task, &before, &before, FLOOR);
    assert!(same.is_none(), "{same:?}");
    let one = drift(&task, &before, &rated(&task, |at| if at == 3 { 50 } else { 25 }), FLOOR);
    assert_eq!(one.items.len(), 1, "{one:?}");
    assert_eq!(one.items[0].item, task.items[3].id);
    assert_eq!(one.general, None, "the others did not move");
}

#[test]
fn what_drifted_by_itself_is_not_what_the_others_are_told_of() {
    let task = task("T2");
    let before = rated(&task, |_| 15);
    let drift = drift(&task, &before, &rated(&task, |at| if at == 3 { 50 } else { 24 }), FLOOR);
    assert_eq!(drift.items.len(), 1, "{drift:?}");
    let general = drift.general.expect("the others moved as well");
    assert_eq!(general.questions, 27);
    assert!(general.largest.iter().all(|shift| shift.item != task.items[3].id), "{general:?}");
}

#[test]
fn a_shift_below_the_floor_does_not_block() {
    let task = task("T2");
    let (before, now) = (rated(&task, |_| 15), rated(&task, |_| 24));
    assert!(drift(&task, &before, &now, FLOOR).general.is_some());
    assert_eq!(drift(&task, &before, &now, 0.3).general, None);
}

#[test]
fn the_options_of_one_selection_are_not_taken_together() {
    let task = task("T1");
    let row = |shares: &[f64]| Row {
        item: task.items[0].id.clone(),
        n: N,
        unread: 0,
        shares: shares.to_vec(),
        known: Vec::new(),
        joint: None,
    };
    let options = task.items[0].choices.len();
    let table = |by: f64| {
        let shares: Vec<f64> =
            (0..options).map(|at| 5.0 / 12.0 + if at % 2 == 0 { by } else { -by }).collect();
        Table { shape: Shape::Set { pick: 5 }, rows: vec![row(&shares)] }
    };
    assert_eq!(drift(&task, &table(0.0), &table(0.12), FLOOR).general, None);
}
