//! What is flagged, what is not, and how often.

use super::*;
use crate::stats::resample::{Stream, multinomial, rng};
use crate::suite::{Shape, Suites};

fn task(id: &str) -> Task {
    let suites = Suites::builtin();
    suites.task(id).expect("a built-in task").clone()
}

fn levels(task: &Task, items: &[[u64; 5]]) -> Table {
    let row = |(at, counts): (usize, &[u64; 5])| {
        let n: u64 = counts.iter().sum();
        let mut shares: Vec<f64> = counts.iter().map(|count| *count as f64 / n as f64).collect();
        shares.push(0.0);
        let item = task.items[at].id.clone();
        Row { item, n: u32::try_from(n).expect("few"), unread: 0, shares, known: vec![true; 5], joint: None }
    };
    let rows = items.iter().enumerate().map(row).filter(|row| row.n > 0).collect();
    Table { shape: Shape::Level, rows }
}

fn side(table: &Table) -> DriftSide<'_> {
    DriftSide { table, invalid: 0, responses: table.rows.iter().map(|row| row.n).sum(), lost: None }
}

fn drawn(stream: &mut Stream, n: u64, shares: &[f64; 5]) -> [u64; 5] {
    let mut counts = [0; 5];
    multinomial(stream, n, shares, &mut counts).expect("shares");
    counts
}

#[test]
fn noise_is_let_be_and_a_turn_is_told() {
    let t2 = task("T2");
    let before = levels(&t2, &[[0, 0, 0, 2, 48], [0, 0, 5, 20, 25]]);
    let noise = levels(&t2, &[[0, 0, 0, 5, 45], [0, 0, 8, 14, 28]]);
    let turn = levels(&t2, &[[0, 0, 0, 40, 10], [0, 0, 8, 14, 28]]);
    let drift = compare(&t2, side(&before), side(&noise), 1e-3, 0.05);
    assert!(drift.is_none() && drift.compared == 2 && drift.answers == (50, 50), "{drift:?}");
    assert!(drift.detectable.is_some_and(|shift| (0.3..0.5).contains(&shift)), "{drift:?}");
    let drift = compare(&t2, side(&before), side(&turn), 1e-3, 0.05);
    assert_eq!(drift.items.len(), 1);
    let shift = &drift.items[0];
    assert!(shift.item == "medical.performance" && (shift.shift - 0.76).abs() < 1e-12, "{shift:?}");
    assert!(shift.p < 1e-12 && shift.detectable.is_some());
    assert_eq!(shift.moved[0], ("very".to_owned(), 0.04, 0.8));
}

#[test]
fn the_floor_lets_small_shifts_be() {
    let t2 = task("T2");
    let before = levels(&t2, &[[0, 0, 0, 5_000, 5_000]]);
    let now = levels(&t2, &[[0, 0, 0, 5_400, 4_600]]);
    assert!(compare(&t2, side(&before), side(&now), 1e-3, 0.05).is_none());
    assert_eq!(compare(&t2, side(&before), side(&now), 1e-3, 0.04).items.len(), 1);
}

#[test]
fn unlike_sizes_and_few_answers() {
    let t2 = task("T2");
    let before = levels(&t2, &[[0, 0, 0, 0, 3], [0, 0, 0, 0, 200]]);
    let now = levels(&t2, &[[3, 0, 0, 0, 0], [0, 0, 0, 20, 0]]);
    let drift = compare(&t2, side(&before), side(&now), 1e-3, 0.05);
    // All three turned, and still three are too few to say so: that is told.
    assert_eq!(drift.blind, ["medical.performance"]);
    assert_eq!(drift.items.iter().map(|shift| shift.item.as_str()).collect::<Vec<_>>(), ["medical.privacy"]);
}

#[test]
fn a_changed_share_of_invalid_responses_is_drift() {
    let t2 = task("T2");
    let table = levels(&t2, &[[0, 0, 0, 2, 48]]);
    let of = |invalid: u32| DriftSide { table: &table, invalid, responses: 100, lost: None };
    assert!(compare(&t2, of(2), of(6), 1e-3, 0.05).is_none());
    let drift = compare(&t2, of(2), of(40), 1e-3, 0.05);
    let invalid = drift.invalid.as_ref().expect("drifted");
    assert!((invalid.shift - 0.38).abs() < 1e-12 && drift.items.is_empty() && !drift.is_none());
}

#[test]
fn an_item_on_one_side_only_is_never_passed_over() {
    let t2 = task("T2");
    let both = levels(&t2, &[[0, 0, 0, 2, 48], [0, 0, 0, 2, 48]]);
    let one = levels(&t2, &[[0, 0, 0, 2, 48]]);
    // Not asked any more, or not before.
    assert_eq!(compare(&t2, side(&both), side(&one), 1e-3, 0.05).unmatched, ["medical.privacy"]);
    assert_eq!(compare(&t2, side(&one), side(&both), 1e-3, 0.05).unmatched, ["medical.privacy"]);
    // 28 items were asked 50 times each: 50 valid answers, then none.
    let of = |table, invalid| DriftSide { table, invalid, responses: 1400, lost: None };
    let drift = compare(&t2, of(&both, 1300), of(&one, 1350), 1e-3, 0.05);
    assert_eq!(drift.unmatched, ["medical.privacy"]);
    // One valid answer, then none, of a model that hardly ever gives any.
    let rare = levels(&t2, &[[0, 0, 0, 2, 48], [0, 0, 0, 0, 1]]);
    let drift = compare(&t2, of(&rare, 1349), of(&one, 1350), 1e-3, 0.05);
    assert!(drift.is_none() && drift.silent == ["medical.privacy"], "{drift:?}");
}

#[test]
fn where_the_questions_are_others_invalid_responses_are_not_compared() {
    let t2 = task("T2");
    let one = levels(&t2, &[[0, 0, 0, 2, 48]]);
    let both = levels(&t2, &[[0, 0, 0, 2, 48], [0, 0, 0, 0, 1]]);
    let pooled = Pooled::Apart { before: 2, now: 4 };
    let compare = |before: &Table, invalid: u32, now: &Table, then: u32| {
        let before = DriftSide { table: before, invalid, responses: 100, lost: None };
        let now = DriftSide { table: now, invalid: then, responses: 200, lost: None };
        compare_pooled(&t2, before, now, pooled, 1e-3, 0.05)
    };
    assert!(compare(&one, 0, &one, 150).is_none());
    // 50 responses to each question on both sides, of which one was valid, then none.
    let drift = compare(&both, 49, &one, 150);
    assert!(drift.is_none() && drift.silent == ["medical.privacy"], "{drift:?}");
    // Fewer invalid responses than it was asked: it was not.
    assert_eq!(compare(&both, 49, &one, 49).unmatched, ["medical.privacy"]);
}

#[test]
fn nothing_is_flagged_more_often_than_stated() {
    let t2 = task("T2");
    let mut stream = rng(3, &["rate"]);
    for (n, m) in [(5, 5), (20, 50)] {
        let mut flagged = 0;
        for _ in 0..600 {
            let shares = [0.05, 0.1, 0.15, 0.3, 0.4];
            let mut table = |n| {
                let items: Vec<[u64; 5]> = (0..8).map(|_| drawn(&mut stream, n, &shares)).collect();
                levels(&t2, &items)
            };
            let (before, now) = (table(n), table(m));
            flagged += u32::from(!compare(&t2, side(&before), side(&now), 0.1, 0.0).is_none());
        }
        // 60 expected at most; 4 standard deviations are 29.
        assert!(flagged < 89, "{n} {m}: {flagged}");
    }
}

#[test]
fn the_stated_shift_is_found_as_often_as_stated() {
    let t2 = task("T2");
    let mut stream = rng(4, &["power"]);
    let (still, at) = ([0, 0, 10, 15, 25], [0, 0, 0, 25, 25]);
    let before = levels(&t2, &[at, still, still, still]);
    let stated = compare(&t2, side(&before), side(&before), 1e-3, 0.05).detectable.expect("some");
    let mut found = 0;
    for _ in 0..400 {
        let moved = drawn(&mut stream, 50, &[0.0, 0.0, 0.0, 0.5 - stated, 0.5 + stated]);
        let now = levels(&t2, &[moved, still, still, still]);
        found += u32::from(!compare(&t2, side(&before), side(&now), 1e-3, 0.05).is_none());
    }
    // 320 expected at least; 3 standard deviations are 24.
    assert!(found >= 296, "{found} at {stated}");
}

#[test]
fn an_item_without_dissent_costs_next_to_nothing() {
    let t2 = task("T2");
    let moved = ([0, 0, 0, 10, 40], [0, 0, 0, 32, 18]);
    let alone = compare(&t2, side(&levels(&t2, &[moved.0])), side(&levels(&t2, &[moved.1])), 1e-3, 0.05);
    let with = |of: [u64; 5]| {
        let mut items = vec![[0, 0, 0, 0, 50]; 20];
        items.push(of);
        levels(&t2, &items)
    };
    let among = compare(&t2, side(&with(moved.0)), side(&with(moved.1)), 1e-3, 0.05);
    // Of several questions the sum has half of the rate, which doubles the p-value and no more.
    assert_eq!(among.items[0].p, 2.0 * alone.items[0].p);
}

#[test]
fn what_left_is_told_beside_what_came() {
    let told = |moves: &[f64]| both_ways(moves.to_vec(), 2, |change| *change);
    assert_eq!(told(&[0.5, 0.4, 0.3, -0.2, -0.9]), (vec![0.5, -0.2], 3));
    assert_eq!(told(&[0.5, -0.4, 0.3]), (vec![0.5, -0.4], 1));
    assert_eq!(told(&[0.5, 0.4, 0.3]), (vec![0.5, 0.4], 1));
    assert_eq!(told(&[-0.5]), (vec![-0.5], 0));
    assert_eq!(told(&[]), (vec![], 0));
}

/// As many of each question as were asked, with the rest of the responses invalid.
fn lossy(table: &Table, each: u32) -> DriftSide<'_> {
    let (valid, items) = (table.rows.iter().map(|row| row.n).sum::<u32>(), 28);
    DriftSide { table, invalid: each * items - valid, responses: each * items, lost: None }
}

#[test]
fn a_question_that_loses_its_answers_has_changed_though_those_left_are_alike() {
    let t2 = task("T2");
    let with = |n: u64| {
        let mut items = [[0, 0, 0, 2, 48]; 28];
        items[3] = [0, 0, 0, 0, n];
        levels(&t2, &items)
    };
    let (before, now) = (with(50), with(30));
    // Of all responses they are too few to show.
    let drift = compare(&t2, lossy(&before, 50), lossy(&now, 50), 1e-3, 0.05);
    assert_eq!((drift.items.len(), drift.invalid.is_none()), (1, true), "{drift:?}");
    let shift = &drift.items[0];
    assert_eq!(shift.moved[0], ("no answer".to_owned(), 0.0, 0.4));
    assert!((shift.shift - 0.4).abs() < 1e-12 && shift.item == t2.items[3].id, "{shift:?}");
    // Where the lines are of several samples it is not known how often each was asked.
    let mut mixed = lossy(&now, 50);
    mixed.invalid += 5;
    assert!(compare(&t2, lossy(&before, 50), mixed, 1e-3, 0.05).is_none());
}

#[test]
fn losing_as_many_answers_as_before_is_no_drift() {
    let t2 = task("T2");
    let mut stream = rng(3, &["lossy"]);
    let (rate, runs) = (0.05, 200);
    let mut draw = || {
        let item = |at: usize| {
            // Questions differ in how often they are answered.
            let mut counts = [0; 6];
            let lost = 0.3 * at as f64 / 28.0;
            let shares = [0.1, 0.2, 0.3, 0.2, 0.2].map(|share| share * (1.0 - lost));
            let all = [&shares[..], &[lost]].concat();
            multinomial(&mut stream, 50, &all, &mut counts).expect("shares");
            [counts[0], counts[1], counts[2], counts[3], counts[4]]
        };
        let items: Vec<[u64; 5]> = (0..28).map(item).collect();
        levels(&t2, &items)
    };
    let flagged = (0..runs).filter(|_| {
        let (before, now) = (draw(), draw());
        !compare(&t2, lossy(&before, 50), lossy(&now, 50), rate, 0.0).is_none()
    });
    // Ten are due at most; three standard deviations more would be luck.
    let flagged = flagged.count();
    assert!(flagged <= 19, "{flagged} of {runs}");
}

fn some(count: u32, which: &str) -> AfterLost {
    AfterLost { count, which: which.to_owned() }
}

/// With some of the answers after lost tries.
fn after<'a>(table: &'a Table, lost: &'a BTreeMap<String, AfterLost>) -> DriftSide<'a> {
    DriftSide { lost: Some(lost), ..side(table) }
}

#[test]
fn what_a_few_lost_tries_cannot_explain_is_certain_and_what_many_can_is_in_doubt() {
    let t2 = task("T2");
    let before = levels(&t2, &[[0, 0, 0, 2, 48], [0, 0, 5, 20, 25]]);
    let noise = levels(&t2, &[[0, 0, 0, 5, 45], [0, 0, 8, 14, 28]]);
    let turn = levels(&t2, &[[0, 0, 0, 40, 10], [0, 0, 8, 14, 28]]);
    let none = BTreeMap::new();
    let of = |count: u32| BTreeMap::from([(t2.items[0].id.clone(), some(count, "a"))]);
    let compared = |now, lost: u32| compare(&t2, after(&before, &none), after(now, &of(lost)), 1e-3, 0.05);
    for (now, lost, drifted, doubt) in
        [(&noise, 1, 0, 0), (&noise, 3, 0, 0), (&noise, 20, 0, 1), (&turn, 3, 1, 0), (&turn, 30, 0, 1)]
    {
        let drift = compared(now, lost);
        assert_eq!((drift.items.len(), drift.doubt.items.len()), (drifted, doubt), "{lost}: {drift:?}");
        assert_eq!(drift.doubt.lost, (0, lost));
    }
    // A level that nobody chose is what all that was lost may have said.
    let sure = levels(&t2, &[[0, 0, 0, 0, 50]]);
    let drift = compare(&t2, after(&sure, &none), after(&sure, &of(20)), 1e-3, 0.05);
    assert_eq!(drift.doubt.items, [t2.items[0].id.clone()]);
    // The same answers, of which the same came so, are the snapshot and its own recording.
    let drift = compare(&t2, after(&sure, &of(20)), after(&sure, &of(20)), 1e-3, 0.05);
    assert!(drift.is_none() && drift.doubt.is_none());
    let others = BTreeMap::from([(t2.items[0].id.clone(), some(20, "b"))]);
    let drift = compare(&t2, after(&sure, &of(20)), after(&sure, &others), 1e-3, 0.05);
    assert!(drift.is_none() && !drift.doubt.is_none());
}

/// Answers of a model to all questions, as they come where each "very" is lost with this chance until something else comes,
/// and how many came after a lost try.
fn chosen(stream: &mut Stream, task: &Task, loses: f64) -> (Table, BTreeMap<String, AfterLost>) {
    let (mut items, mut lost) = (Vec::new(), BTreeMap::new());
    for item in &task.items {
        let mut counts = [0; 5];
        for _ in 0..50 {
            let mut tries = 0;
            loop {
                let said = drawn(stream, 1, &[0.1, 0.1, 0.2, 0.3, 0.3]);
                let very = said[3] == 1;
                if very && drawn(stream, 1, &[loses, 1.0 - loses, 0.0, 0.0, 0.0])[0] == 1 {
                    tries += 1;
                    continue;
                }
                counts.iter_mut().zip(said).for_each(|(count, one)| *count += one);
                break;
            }
            if tries > 0 {
                lost.entry(item.id.clone()).or_insert_with(|| some(0, "a")).count += 1;
            }
        }
        items.push(counts);
    }
    (levels(task, &items), lost)
}

#[test]
fn whoever_loses_answers_makes_no_drift_that_is_certain() {
    let t2 = task("T2");
    let mut stream = rng(5, &["lost"]);
    let (runs, rate) = (40, 0.05);
    let [mut as_came, mut certain, mut doubtful] = [0; 3];
    for _ in 0..runs {
        let (before, none) = chosen(&mut stream, &t2, 0.0);
        let (now, lost) = chosen(&mut stream, &t2, 0.7);
        as_came += usize::from(!compare(&t2, side(&before), side(&now), rate, 0.05).is_none());
        let drift = compare(&t2, after(&before, &none), after(&now, &lost), rate, 0.05);
        certain += usize::from(!drift.is_none());
        doubtful += usize::from(!drift.doubt.is_none());
    }
    // Without their number, all are flagged.
    assert_eq!((as_came, certain, doubtful), (runs, 0, runs));
}
