use super::*;
use crate::suite::{Suites, Task};

fn suites() -> Suites {
    crate::answer::readable(Suites::builtin())
}

fn task<'a>(suites: &'a Suites, id: &str) -> &'a Task {
    suites.task(id).expect("built in")
}

/// A table in which all answers of each question are at one level.
fn unanimous(task: &Task, level: usize, n: u32) -> Table {
    let row = |item: &crate::suite::Item| {
        let (width, known) = task.shape.layout(item.choices.len());
        let mut shares = vec![0.0; width];
        shares[level] = 1.0;
        Row { item: item.id.clone(), n, unread: 0, shares, known, joint: None }
    };
    Table { shape: task.shape, rows: task.items.iter().map(row).collect() }
}

fn watch(task: &Task, level: usize, each: u32) -> WatchedItems {
    let asked = task.items.iter().map(|item| (item.id.clone(), each)).collect();
    heard(&unanimous(task, level, each), &asked)
}

fn side(table: &Table) -> DriftSide<'_> {
    let responses = table.rows.iter().map(|row| row.n).sum();
    DriftSide { table, invalid: 0, responses, lost: None }
}

#[test]
fn the_weights_of_all_watches_add_up_to_one() {
    let weights = |most: usize| {
        (1..=most).flat_map(windows).map(|(_, log)| log.exp()).collect::<Vec<_>>().iter().sum::<f64>()
    };
    assert!(weights(10_000) <= 1.0 + 1e-9 && weights(10_000) > 0.998, "{}", weights(10_000));
    let sizes = |watch| windows(watch).into_iter().map(|(window, _)| window).collect::<Vec<_>>();
    assert_eq!((sizes(1), sizes(2), sizes(7)), (vec![1], vec![1, 2], vec![1, 2, 4, 7]));
}

#[test]
fn the_same_answers_are_no_evidence_and_others_are() {
    let suites = suites();
    let task = task(&suites, "T2");
    let before = unanimous(task, 4, 50);
    let mut dealings = TiltedDealings::default();
    let of = |watches: Vec<WatchedItems>, dealings: &mut TiltedDealings| {
        evidence(&[WatchedTask { task, before: side(&before), watches }], dealings)
    };
    let same = of(vec![watch(task, 4, 2); 5], &mut dealings);
    assert!(same.log < 0.0, "{same:?}");
    let swapped = of(vec![watch(task, 4, 2), watch(task, 4, 2), watch(task, 3, 2)], &mut dealings);
    assert!(swapped.log > 20.0, "{swapped:?}");
    // The change is in the last watch alone.
    assert_eq!((swapped.shown, swapped.in_one), (Some((3, 1)), false));
    // What came before is not undone by what came after, and evidence never falls.
    let back = of(vec![watch(task, 3, 2), watch(task, 4, 2), watch(task, 4, 2)], &mut dealings);
    assert!(back.log > 20.0 && back.shown == Some((1, 1)), "{back:?}");
}

#[test]
fn one_question_that_changed_is_named() {
    let suites = suites();
    let task = task(&suites, "T2");
    let before = unanimous(task, 4, 50);
    let mut one = watch(task, 4, 8);
    let other = watch(task, 0, 8);
    let item = task.items[5].id.clone();
    one.insert(item.clone(), other[&item].clone());
    let watched = WatchedTask { task, before: side(&before), watches: vec![one] };
    let found = evidence(&[watched], &mut TiltedDealings::default());
    assert_eq!(found.questions[0].1, item);
    assert!(found.in_one && found.log > 3.0, "{found:?}");
}

#[test]
fn responses_without_an_answer_are_answers_that_changed() {
    let suites = suites();
    let task = task(&suites, "T2");
    let before = unanimous(task, 4, 50);
    let asked: BTreeMap<String, u32> = task.items.iter().map(|item| (item.id.clone(), 2)).collect();
    let empty = Table { shape: task.shape, rows: Vec::new() };
    let watched = WatchedTask { task, before: side(&before), watches: vec![heard(&empty, &asked)] };
    let found = evidence(&[watched], &mut TiltedDealings::default());
    assert!(found.log > 20.0, "{found:?}");
}

#[test]
fn a_model_that_answers_nothing_any_more_shows_where_the_snapshot_is_of_several_samples() {
    let suites = suites();
    let task = task(&suites, "T2");
    let before = unanimous(task, 4, 50);
    // The head counts the newest sample alone.
    let side = DriftSide { invalid: 2, responses: 700, ..side(&before) };
    let asked: BTreeMap<String, u32> = task.items.iter().map(|item| (item.id.clone(), 2)).collect();
    let empty = Table { shape: task.shape, rows: Vec::new() };
    let of =
        |watches| evidence(&[WatchedTask { task, before: side, watches }], &mut TiltedDealings::default());
    let found = of(vec![heard(&empty, &asked)]);
    assert!(found.log > 20.0 && found.questions[0].1 == ALL, "{found:?}");
    assert!(of(vec![watch(task, 4, 2)]).log < 0.0);
}

#[test]
fn nothing_heard_is_no_evidence() {
    let suites = suites();
    let task = task(&suites, "T1");
    let before = Table { shape: task.shape, rows: Vec::new() };
    let none = WatchedTask { task, before: side(&before), watches: vec![WatchedItems::new()] };
    let found = evidence(&[none], &mut TiltedDealings::default());
    assert!(found.log <= 0.0 && found.questions.is_empty(), "{found:?}");
    assert_eq!(evidence(&[], &mut TiltedDealings::default()).shown, None);
}
