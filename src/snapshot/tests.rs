//! Which lines change.

use std::collections::BTreeMap;
use std::path::Path;

use super::*;
use crate::answer::Invalid;
use crate::diagnostic::Diagnostic;
use crate::profile::{Cell, Counts, ItemProfile, Profile};
use crate::suite::load;

fn judge(id: &str) -> Judge {
    let suites = load(Path::new("."), &[("builtin".to_owned(), Diagnostic::new("builtin"))]);
    let task = suites.task(id).expect("a built-in task").clone();
    Judge { task, rate: 1e-3, min_shift: 0.05 }
}

/// A snapshot of T2 items, by (item, answers *extremely*, other answers *very*), with invalid ones in
/// the first.
fn rated(judge: &Judge, items: &[(&str, u32, u32)], invalid: u32) -> String {
    let mut profile = Profile::new("m", &judge.task);
    for (at, (item, extremely, very)) in items.iter().enumerate() {
        let counts = [0, 0, 0, *very, *extremely].map(|count| Some(f64::from(count))).to_vec();
        let invalid = if at == 0 && invalid > 0 {
            BTreeMap::from([(Invalid::Refusal, invalid)])
        } else {
            BTreeMap::new()
        };
        let n = extremely + very;
        let cell = Cell { n, invalid, counts: Counts::Level { counts, rows: Vec::new() }, panel: false };
        let label = judge.task.forms[0].label.to_owned();
        profile.items.insert((*item).to_owned(), ItemProfile { forms: [(label, cell)].into() });
    }
    write(&judge.task, &profile)
}

fn composed(judge: &Judge, before: &str, now: &str) -> String {
    let drift = judge.compare(before, now).expect("comparable");
    judge.compose(before, now, &drift)
}

fn changed<'a>(before: &'a str, after: &'a str) -> Vec<&'a str> {
    assert_eq!(before.lines().count(), after.lines().count());
    before.lines().zip(after.lines()).filter(|(a, b)| a != b).map(|(_, b)| b).collect()
}

const P: &str = "medical.privacy";
const S: &str = "medical.safety";

#[test]
fn noise_leaves_every_byte_and_drift_changes_its_line() {
    let judge = judge("T2");
    let before = rated(&judge, &[(P, 48, 2), (S, 30, 20)], 1);
    let noise = rated(&judge, &[(P, 45, 5), (S, 33, 17)], 2);
    assert_ne!(before, noise);
    assert_eq!(composed(&judge, &before, &noise), before);
    let turned = rated(&judge, &[(P, 10, 40), (S, 33, 17)], 2);
    let text = composed(&judge, &before, &turned);
    assert_eq!(changed(&before, &text), [format!("{P}  n 50  extremely 10 · very 40")]);
    // What was stored is then what the answers are compared with: nothing drifts.
    assert_eq!(composed(&judge, &text, &turned), text);
}

#[test]
fn the_invalid_line_changes_when_its_share_drifted() {
    let judge = judge("T2");
    let before = rated(&judge, &[(P, 48, 2), (S, 30, 20)], 1);
    let refused = rated(&judge, &[(P, 45, 5), (S, 33, 17)], 60);
    let text = composed(&judge, &before, &refused);
    assert_eq!(changed(&before, &text), ["invalid 60 of 160 (60 refusal)"]);
}

#[test]
fn items_come_and_go_in_the_order_of_the_task() {
    let judge = judge("T2");
    let (three, two) = ([(P, 48, 2), ("medical.fairness", 50, 0), (S, 30, 20)], [(P, 47, 3), (S, 33, 17)]);
    let (three, two) = (rated(&judge, &three, 0), rated(&judge, &two, 0));
    let drift = judge.compare(&three, &two).expect("comparable");
    assert_eq!(drift.unmatched, ["medical.fairness"]);
    let fewer = composed(&judge, &three, &two);
    assert!(!fewer.contains("medical.fairness") && fewer.contains("extremely 48 · very 2"), "{fewer}");
    let subjects =
        |text: &str| text.lines().filter_map(text::subject_of).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(subjects(&composed(&judge, &two, &three)), subjects(&three));
}

#[test]
fn a_selection_changes_as_a_whole() {
    let judge = judge("T1");
    let write = |privacy: f64, safety: f64| {
        let mut profile = Profile::new("m", &judge.task);
        // 250 picks.
        let mut selected = vec![(250.0 - privacy - safety) / 10.0; 12];
        (selected[1], selected[5]) = (privacy, safety);
        let cell = Cell {
            n: 50,
            invalid: BTreeMap::new(),
            counts: Counts::Set { selected, rows: Vec::new() },
            panel: false,
        };
        let forms = [(judge.task.forms[0].label.to_owned(), cell)].into();
        profile.items.insert(String::new(), ItemProfile { forms });
        super::write(&judge.task, &profile)
    };
    let (before, noise, turned) = (write(48.0, 42.0), write(47.0, 43.0), write(17.0, 43.0));
    assert_eq!(composed(&judge, &before, &noise), before);
    assert_eq!(composed(&judge, &before, &turned), turned);
}

#[test]
fn other_questions_and_broken_texts_are_not_compared() {
    let judge = judge("T2");
    let text = rated(&judge, &[(P, 48, 2)], 0);
    let other = text.replace("questions ", "questions 0");
    assert!(judge.compare(&other, &text).is_err_and(|why| why.contains("the questions changed")));
    let headless = text.replace("invalid 0 of 50\n", "");
    assert!(judge.compare(&headless, &text).is_err_and(|why| why.contains("`invalid … of …`")));
    let t1 = self::judge("T1");
    let mixed = format!(
        "T1 x\nquestions {}\ninvalid 0 of 50\n\nprivacy  n 50  48\nsafety  n 20  9\n",
        questions(&t1.task)
    );
    assert!(t1.compare(&mixed, &mixed).is_err_and(|why| why.contains("another n")));
    let wrong = text.replace("extremely 48", "extremely 58");
    assert!(judge.compare(&wrong, &text).is_err_and(|why| why.contains("counts more than n")));
}
