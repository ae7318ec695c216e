//! Tests which lines of a snapshot change.

use std::collections::BTreeMap;

use super::*;
use crate::answer::Invalid;
use crate::profile::{Cell, Counts, ItemProfile, Profile};
use crate::suite::Suites;

fn judge(id: &str) -> Judge {
    let suites = Suites::builtin();
    let task = suites.task(id).expect("a built-in task").clone();
    Judge { task, rate: 1e-3, min_shift: 0.05 }
}

/// Writes a snapshot of T2 items, each given as (item, answers *extremely*, answers *very*), with invalid responses
/// to the first item.
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
        let cell = Cell {
            n,
            invalid,
            gaps: Vec::new(),
            lost: Vec::new(),
            counts: Counts::Level { counts, rows: Vec::new() },
            panel: false,
        };
        let label = judge.task.forms[0].label.to_owned();
        profile.items.insert((*item).to_owned(), ItemProfile { forms: [(label, cell)].into() });
    }
    write(&judge.task, &profile)
}

fn composed(judge: &Judge, before: &str, now: &str) -> String {
    let drift = judge.compare(before, now).expect("comparable");
    judge.compose(before, now, &drift, &judge.reworded(before, now).expect("comparable"))
}

/// Returns the lines that differ, except the checksum and lines of the head that explain the changes.
fn changed<'a>(before: &'a str, after: &'a str) -> Vec<&'a str> {
    fn lines(text: &str) -> impl Iterator<Item = &str> {
        let told = |line: &&str| !["kept ", "drifted ", "sum "].iter().any(|start| line.starts_with(start));
        text.lines().filter(told)
    }
    assert_eq!(lines(before).count(), lines(after).count());
    lines(before).zip(lines(after)).filter(|(a, b)| a != b).map(|(_, b)| b).collect()
}

/// Returns what the head says about the drift.
fn drifted(text: &str) -> Option<&str> {
    text.lines().find_map(|line| line.strip_prefix("drifted "))
}

/// Returns the lines of counts.
fn body(text: &str) -> Vec<&str> {
    text::parts(text).1.filter(|line| text::subject_of(line).is_some()).collect()
}

fn kept(text: &str) -> Option<&str> {
    let line = text.lines().find_map(|line| line.strip_prefix("kept "))?;
    line.strip_suffix(": of earlier samples, from which this one did not drift")
}

const P: &str = "medical.privacy";
const S: &str = "medical.safety";

#[test]
fn noise_leaves_every_byte_and_drift_renews_every_line() {
    let judge = judge("T2");
    let before = rated(&judge, &[(P, 48, 2), (S, 30, 20)], 1);
    let noise = rated(&judge, &[(P, 45, 5), (S, 33, 17)], 2);
    assert_ne!(before, noise);
    assert_eq!(composed(&judge, &before, &noise), before);
    let turned = rated(&judge, &[(P, 48, 2), (S, 3, 47)], 2);
    let text = composed(&judge, &before, &turned);
    assert_eq!(
        drifted(&text),
        Some("1 of 2 questions (medical.safety): the others did not, and are of the same sample")
    );
    // The item that drifted comes first, and the others have the new answers, too.
    assert_eq!(
        body(&text),
        ["medical.safety   n 50  extremely 3 · very 47", "medical.privacy  n 50  extremely 48 · very 2"]
    );
    assert!(text.contains("\ninvalid 2 of 102 (2 refusal)\n"), "{text}");
    let moved = rated(&judge, &[(P, 44, 6), (S, 3, 47)], 2);
    assert!(
        composed(&judge, &before, &moved).contains("privacy  n 50  extremely 44 · very 6\n"),
        "not of two models"
    );
    // Compared with the stored text, the same answers do not drift.
    assert_eq!(composed(&judge, &text, &turned), text);
}

#[test]
fn the_invalid_line_changes_when_its_share_drifted() {
    let judge = judge("T2");
    let before = rated(&judge, &[(P, 48, 2), (S, 30, 20)], 1);
    let refused = rated(&judge, &[(P, 45, 5), (S, 33, 17)], 60);
    let text = composed(&judge, &before, &refused);
    assert_eq!(
        drifted(&text),
        Some("the share of invalid responses: the others did not, and are of the same sample")
    );
    assert_eq!((changed(&refused, &text), body(&text)), (Vec::new(), body(&refused)));
}

#[test]
fn items_come_and_go_in_the_order_of_the_task() {
    let judge = judge("T2");
    let (three, two) = ([(P, 48, 2), ("medical.fairness", 50, 0), (S, 30, 20)], [(P, 47, 3), (S, 33, 17)]);
    let (three, two) = (rated(&judge, &three, 0), rated(&judge, &two, 0));
    let drift = judge.compare(&three, &two).expect("comparable");
    assert_eq!(drift.unmatched, ["medical.fairness"]);
    let fewer = composed(&judge, &three, &two);
    assert_eq!(body(&fewer), body(&two));
    let more = composed(&judge, &two, &three);
    assert!(body(&more)[0].starts_with("medical.fairness "), "{more}");
    let items = |text: &str| {
        let table = read(&judge.task, text).expect("a snapshot").table;
        table.rows.into_iter().map(|row| row.item).collect::<Vec<_>>()
    };
    assert_eq!(items(&more), items(&three), "read in the order of the task");
}

#[test]
fn a_selection_changes_as_a_whole() {
    let judge = judge("T1");
    let write = |privacy: f64, safety: f64| {
        let mut profile = Profile::new("m", &judge.task);
        // The answers have 250 picks in all.
        let mut selected = vec![(250.0 - privacy - safety) / 10.0; 12];
        (selected[1], selected[5]) = (privacy, safety);
        let cell = Cell {
            n: 50,
            invalid: BTreeMap::new(),
            gaps: Vec::new(),
            lost: Vec::new(),
            counts: Counts::Set { selected, untold: Vec::new(), rows: Vec::new() },
            panel: false,
        };
        let forms = [(judge.task.forms[0].label.to_owned(), cell)].into();
        profile.items.insert(String::new(), ItemProfile { forms });
        super::write(&judge.task, &profile)
    };
    let (before, noise, turned) = (write(48.0, 42.0), write(47.0, 43.0), write(17.0, 43.0));
    assert_eq!(composed(&judge, &before, &noise), before);
    let text = composed(&judge, &before, &turned);
    assert_eq!((changed(&turned, &text).len(), drifted(&text)), (0, Some("1 of 1 questions (T1)")));
}

/// Returns an altered text with a new checksum.
fn resealed(text: &str) -> String {
    whole::sealed(text.split("\nsum ").next().expect("a text"))
}

/// Returns a snapshot in the old form, in which questions had no hashes of their own.
fn of_old(text: &str) -> String {
    text[..text.find("\nasked ").expect("its last part")].to_owned()
}

#[test]
fn the_head_says_whose_answers_these_are_and_is_not_compared() {
    let judge = judge("T2");
    let origin = |model: &str, day: i8| Origin::Asked {
        with: Vec::new(),
        model: model.to_owned(),
        versions: vec![format!("{model}-1")],
        hosts: Vec::new(),
        day: Some(jiff::civil::date(2026, 11, day)),
        n: 50,
    };
    let of = |model: &str, day: i8, privacy: u32| {
        let text = rated(&judge, &[(P, privacy, 50 - privacy), (S, 30, 20)], 0);
        let lines = origin(model, day).lines().join("\n");
        resealed(&text.replacen("\ninvalid ", &format!("\n{lines}\ninvalid "), 1))
    };
    let (before, twin, other) = (of("a", 1, 48), of("b", 20, 47), of("c", 24, 8));
    assert_eq!(composed(&judge, &before, &twin), before);
    let text = composed(&judge, &before, &other);
    let head: Vec<&str> = text::parts(&text).0.skip(2).collect();
    assert_eq!(
        head,
        [
            "model c, answered by c-1",
            "sampled 2026-11-24, 50 responses to each question",
            "drifted 1 of 2 questions (medical.privacy): the others did not, and are of the same sample",
            "invalid 0 of 100",
        ]
    );
    let stored = read(&judge.task, &text).expect("a snapshot");
    assert_eq!((stored.origin.len(), stored.table.rows.len()), (3, 2));
    assert_eq!(stored.asked, Some(asked(&judge.task)));
}

#[test]
fn questions_that_changed_are_told_and_only_the_others_compared() {
    const F: &str = "medical.fairness";
    let before = self::judge("T2");
    let mut now = before.clone();
    let at = |task: &Task, id: &str| task.item(id).expect("an item").0;
    // One question is reworded, one is removed, and one is new.
    let reworded = at(&now.task, P);
    now.task.items[reworded].words[2].1 += ", in other words";
    let gone = at(&now.task, F);
    let mut new = now.task.items.remove(gone);
    new.id = "medical.dignity".to_owned();
    now.task.items.push(new);
    let old = rated(&before, &[(P, 48, 2), (F, 50, 0), (S, 30, 20)], 1);
    let counts = |safety: u32| [(P, 5, 45), (S, safety, 50 - safety), ("medical.dignity", 25, 25)];
    let text = rated(&now, &counts(33), 40);
    let change = now.reworded(&old, &text).expect("comparable");
    let told = "1 question new (medical.dignity), 1 gone (medical.fairness), 1 reworded (medical.privacy)";
    assert_eq!(change.to_string(), told);
    let drift = now.compare(&old, &text).expect("comparable");
    assert!(drift.is_none() && drift.compared == 1, "{drift:?}");
    let merged = now.compose(&old, &text, &drift, &change);
    let is = body(&merged);
    // The line that is kept has the same bytes, including its spaces.
    assert!(is.contains(&body(&old)[2]) && is.len() == 3, "{merged}");
    assert!(
        is.iter().any(|line| line.starts_with("medical.privacy") && line.ends_with("extremely 5 · very 45"))
    );
    assert!(merged.contains("\ninvalid 40 of 190 in the newest sample (40 refusal)\n"), "{merged}");
    assert_eq!(kept(&merged), Some("1 of 3 questions"));
    // The accepted snapshot is what later answers are compared with.
    assert!(now.reworded(&merged, &text).is_ok_and(|change| change.is_none()));
    let drift = now.compare(&old, &rated(&now, &counts(2), 0)).expect("comparable");
    assert_eq!(drift.items.iter().map(|shift| &*shift.item).collect::<Vec<_>>(), [S]);
}

#[test]
fn a_title_of_many_lines_is_one_here() {
    let mut judge = judge("T2");
    judge.task.title = "questions\n\ninvalid 9 of 9".to_owned();
    let text = rated(&judge, &[(P, 48, 2)], 0);
    assert!(text.starts_with("T2 questions invalid 9 of 9\nquestions "), "{text}");
    assert!(read(&judge.task, &text).is_ok_and(|stored| stored.responses == 50));
}

#[test]
fn options_that_changed_are_not_read_as_those_of_today() {
    let mut judge = self::judge("T1");
    let text = |n: &str| {
        format!("T1 x\nquestions 00000000\ninvalid 0 of 50\n\nprivacy  n 50  48\ndignity  n 50  2\n{n}")
    };
    let old = read(&judge.task, &text("")).expect("of another suite, and no mistake");
    assert!(old.table.rows.is_empty() && old.asked.is_none());
    judge.task.items[0].choices[0].label += "!";
    let now = resealed(&text("\nasked 123456  T1\n"));
    let now = read(&judge.task, &now).expect("of another suite, and no mistake");
    assert!(now.table.rows.is_empty() && now.asked == Some(vec![("T1".to_owned(), "123456".to_owned())]));
}

#[test]
fn snapshots_of_old_are_compared_while_the_questions_are_the_same() {
    let judge = judge("T2");
    let text = rated(&judge, &[(P, 48, 2), (S, 30, 20)], 0);
    let before = of_old(&text);
    assert_eq!(composed(&judge, &before, &text), before);
    let turned = rated(&judge, &[(P, 10, 40), (S, 30, 20)], 0);
    let after = composed(&judge, &before, &turned);
    // From then on the snapshot has the current form.
    let asked = |text: &str| text.lines().filter(|line| line.starts_with("asked ")).count();
    assert_eq!((asked(&after), body(&after)), (asked(&text), body(&turned)));
}

#[test]
fn other_questions_and_broken_texts_are_not_compared() {
    let judge = judge("T2");
    let text = rated(&judge, &[(P, 48, 2)], 0);
    let other = of_old(&text).replace("questions ", "questions 0");
    assert!(judge.compare(&other, &text).is_err_and(|why| why.contains("the questions changed")));
    assert!(judge.reworded(&other, &text).is_err());
    let headless = resealed(&text.replace("invalid 0 of 50\n", ""));
    assert!(judge.compare(&headless, &text).is_err_and(|why| why.contains("`invalid … of …`")));
    let t1 = self::judge("T1");
    let mixed = format!(
        "T1 x\nquestions {}\ninvalid 0 of 50\n\nprivacy  n 50  48\nsafety  n 20  9\n",
        questions(&t1.task)
    );
    assert!(t1.compare(&mixed, &mixed).is_err_and(|why| why.contains("a different n")));
    let wrong = text.replace("extremely 48", "extremely 58");
    assert!(judge.compare(&wrong, &text).is_err_and(|why| why.contains("was changed after it was written")));
    for (wrong, wanted) in [("extremely 58", "has a count above n"), ("extremely 47", "do not add up to 50")]
    {
        let wrong = of_old(&text.replace("extremely 48", wrong));
        assert!(judge.compare(&wrong, &of_old(&text)).is_err_and(|why| why.contains(wanted)), "{wrong}");
    }
    let ranked = self::judge("T1");
    let lacking =
        format!("T1 x\nquestions {}\ninvalid 0 of 50\n\nprivacy  n 50  48\n", questions(&ranked.task));
    assert!(
        ranked
            .compare(&lacking, &lacking)
            .is_err_and(|why| why.contains("have 1 line of counts instead of 12"))
    );
}
