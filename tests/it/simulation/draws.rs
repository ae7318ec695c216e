//! Drawn answers against the shipped baselines, and against profiles that a user could bring.

use std::collections::BTreeMap;
use std::path::Path;

use alignspec::__testing::baseline::{Tallies, Tally};
use alignspec::__testing::diagnostic::Diagnostic;
use alignspec::__testing::profile::{Cell, Counts, Joint, OTHER, Profile, Table, View};
use alignspec::__testing::stats::resample::rng;
use alignspec::__testing::suite::{Shape, Suites, Task, load};

use crate::simulation::draw::{Source, Undrawable};

struct Shipped {
    suites: Suites,
    tallies: Tallies,
}

fn shipped() -> Shipped {
    let builtin = [("builtin".to_owned(), Diagnostic::new("builtin"))];
    Shipped { suites: load(Path::new("."), &builtin), tallies: Tallies::load(Path::new("."), &builtin) }
}

impl Shipped {
    fn task(&self, id: &str) -> &Task {
        self.suites.task(id).expect("a shipped task")
    }

    fn profile(&self, who: &str, task: &str) -> Profile {
        let tally = self.tallies.get(who).expect("a shipped tally");
        tally.profile(self.task(task)).expect("valid").expect("figures")
    }

    fn source(&self, who: &str, task: &str) -> Source {
        Source::new(self.task(task), &self.profile(who, task)).expect("drawable")
    }
}

/// Every share within four and a half standard deviations; those of 0 and 1 exact.
fn close(drawn: &Table, wanted: &Table) {
    assert!(!drawn.rows.is_empty());
    for row in &drawn.rows {
        let published = &wanted.rows[wanted.row(&row.item).expect("published")];
        assert_eq!(row.known, published.known);
        assert_eq!(row.shares.len(), published.shares.len());
        for (share, p) in row.shares.iter().zip(&published.shares) {
            let deviation = (p * (1.0 - p)).max(0.0).sqrt() / f64::from(row.n).sqrt();
            assert!((share - p).abs() <= 4.5 * deviation + 1e-12, "{}: {share} is not {p}", row.item);
        }
    }
}

#[test]
fn shares_of_many_answers_are_those_of_the_source() {
    let shipped = shipped();
    for id in ["T1", "T2", "T3", "T4"] {
        let task = shipped.task(id);
        for who in ["phi-4", "deepseek-v3", "wizardlm-2-8x22b"] {
            let published = shipped.profile(who, id);
            let drawn = shipped.source(who, id).draw(4000, &mut rng(1, &["law", id, who])).profile(4000);
            close(&drawn.table(task, View::Main), &published.table(task, View::Main));
            assert_eq!(drawn.totals().1, 0);
            assert_eq!((&drawn.respondent, &drawn.task), (&published.respondent, &published.task));
            assert_eq!(drawn.items.len(), task.items.len());
            for item in drawn.items.values() {
                assert_eq!(item.forms.len(), task.forms.len());
            }
        }
    }
    // Each form of T1 has its own counts.
    let (t1, published) = (shipped.task("T1"), shipped.profile("phi-4", "T1"));
    let drawn = shipped.source("phi-4", "T1").draw(4000, &mut rng(2, &[])).profile(4000);
    for form in ["shuffled", "listed", "reversed"] {
        close(&drawn.table(t1, View::Form(form)), &published.table(t1, View::Form(form)));
    }
}

fn is_overall(item: &str) -> bool {
    item.starts_with("overall.")
}

#[test]
fn all_tallies_that_are_simulated_can_be_drawn_from() {
    let shipped = shipped();
    // Some selections of the other models cannot be right, and nothing is simulated on them.
    let simulated = |tally: &&Tally| !tally.file.name.starts_with("builtin:other-models/");
    for tally in shipped.tallies.tallies.iter().filter(simulated) {
        for id in tally.tasks() {
            let profile = shipped.profile(&tally.name, id);
            let source = match Source::new(shipped.task(id), &profile) {
                Ok(source) => source,
                // The human groups' trade-offs were published with the contexts pooled only.
                Err(Undrawable::NoAnswers { .. })
                    if id == "T3" && profile.items.keys().all(|item| is_overall(item)) =>
                {
                    continue;
                }
                Err(why) => panic!("{why}"),
            };
            let drawn = source.draw(3, &mut rng(1, &["all"])).profile(3);
            // Contexts pooled are not asked.
            assert!(drawn.items.keys().all(|item| !is_overall(item)));
            for (item, answers) in &drawn.items {
                for (form, cell) in &answers.forms {
                    consistent(shipped.task(id), cell);
                    assert!(cell.n > 0, "{} {id} {item} {form}", tally.name);
                }
            }
        }
    }
}

/// Totals and rows say the same.
fn consistent(task: &Task, cell: &Cell) {
    let n = cell.n as usize;
    match (&cell.counts, task.shape) {
        (Counts::Set { selected, rows, .. }, Shape::Set { pick }) => {
            assert_eq!(rows.len(), n);
            assert!(rows.iter().all(|row| row.count_ones() as usize == pick));
            for (choice, count) in selected.iter().enumerate() {
                assert_eq!(*count, rows.iter().filter(|row| *row >> choice & 1 == 1).count() as f64);
            }
        }
        (Counts::Level { counts, rows }, Shape::Level) => {
            assert_eq!(rows.len(), n);
            for (level, count) in counts.iter().enumerate() {
                let drawn = rows.iter().filter(|row| usize::from(**row) == level).count() as f64;
                assert!(count.map_or(drawn == 0.0, |count| count == drawn));
            }
        }
        (Counts::Ranking { rows }, Shape::Ranking) => assert_eq!(rows.len(), n),
        (counts, shape) => panic!("{counts:?} for {shape:?}"),
    }
}

#[test]
fn a_profile_of_fewer_answers_holds_the_first_of_them() {
    let shipped = shipped();
    for id in ["T1", "T2", "T3", "T4"] {
        let (task, source) = (shipped.task(id), shipped.source("phi-4", id));
        let drawn = source.draw(50, &mut rng(3, &[id]));
        let all = drawn.profile(50);
        for samples in [0, 1, 20, 21] {
            let part = drawn.profile(samples);
            // The same stream, cut short, gives the same.
            assert_eq!(source.draw(samples, &mut rng(3, &[id])).profile(samples), part);
            for (item, answers) in &part.items {
                for (at, form) in task.forms.iter().enumerate() {
                    let (cell, whole) = (&answers.forms[form.label], &all.items[item].forms[form.label]);
                    assert_eq!(cell.n, task.samples_in_form(samples, at));
                    consistent(task, cell);
                    let n = cell.n as usize;
                    match (&cell.counts, &whole.counts) {
                        (Counts::Set { rows, .. }, Counts::Set { rows: all, .. }) => {
                            assert_eq!(rows, &all[..n])
                        }
                        (Counts::Level { rows, .. }, Counts::Level { rows: all, .. }) => {
                            assert_eq!(rows, &all[..n]);
                        }
                        (Counts::Ranking { rows }, Counts::Ranking { rows: all }) => {
                            assert_eq!(rows, &all[..n])
                        }
                        other => panic!("{other:?}"),
                    }
                }
            }
        }
        assert_eq!(drawn.profile(51), all);
    }
}

#[test]
fn one_seed_gives_one_profile_and_another_seed_another() {
    let shipped = shipped();
    for id in ["T1", "T2", "T3", "T4"] {
        let draw = |seed| shipped.source("llama-3.1-405b", id).draw(50, &mut rng(seed, &[id])).profile(50);
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }
}

#[test]
fn a_profile_written_over_is_as_good_as_new() {
    let shipped = shipped();
    let mut stream = rng(4, &[]);
    let mut profile = shipped.profile("us-sample", "T1");
    for id in ["T1", "T2", "T3", "T4", "T4"] {
        let drawn = shipped.source("phi-4", id).draw(50, &mut stream);
        for samples in [50, 7, 30] {
            drawn.profile_into(samples, &mut profile);
            assert_eq!(profile, drawn.profile(samples));
        }
    }
}

#[test]
fn pooled_answers_stand_for_every_form_and_untold_levels_stay_untold() {
    let shipped = shipped();
    let drawn = shipped.source("phi-4", "T3").draw(21, &mut rng(5, &[])).profile(21);
    let forms = &drawn.items["medical.fairness/performance"].forms;
    assert_eq!((forms["stated"].n, forms["swapped"].n), (11, 10));
    let drawn = shipped.source("phi-4", "T2").draw(2000, &mut rng(5, &[])).profile(2000);
    let cell = &drawn.items["streaming.autonomy"].forms["listed"];
    let Counts::Level { counts, rows } = &cell.counts else { panic!("{cell:?}") };
    assert_eq!(counts[..3], [None, None, None]);
    let other = rows.iter().filter(|row| **row == OTHER).count() as f64;
    assert_eq!(counts.iter().flatten().sum::<f64>() + other, 1000.0);
    assert!(other > 900.0);
}

#[test]
fn forms_that_are_neither_told_nor_pooled_are_not_asked() {
    let shipped = shipped();
    let t1 = shipped.task("T1");
    let mut profile = shipped.profile("phi-4", "T1");
    let forms = &mut profile.items.get_mut("").expect("T1's item").forms;
    forms.retain(|form, _| form == "listed" || form == "shuffled");
    // Nor are answers to it drawn from where all were invalid.
    forms.get_mut("listed").expect("listed").n = 0;
    let drawn = Source::new(t1, &profile).expect("drawable").draw(5, &mut rng(1, &[])).profile(5);
    assert_eq!(drawn.items[""].forms.keys().collect::<Vec<_>>(), ["shuffled"]);
}

#[test]
fn sets_that_are_known_one_by_one_are_drawn_as_they_are() {
    let shipped = shipped();
    let t1 = shipped.task("T1");
    let seen = shipped.source("phi-4", "T1").draw(5, &mut rng(6, &[])).profile(5);
    let again = Source::new(t1, &seen).expect("drawable").draw(200, &mut rng(7, &[])).profile(200);
    let sets = |profile: &Profile| match profile.table(t1, View::Main).rows[0].joint.as_deref() {
        Some(Joint::Sets(sets)) => sets.clone(),
        other => panic!("{other:?}"),
    };
    let (seen, again) = (sets(&seen), sets(&again));
    assert!(again.iter().all(|set| seen.contains(set)) && seen.iter().all(|set| again.contains(set)));
}

#[test]
fn what_cannot_be_drawn_is_an_error_that_says_where() {
    let shipped = shipped();
    let error =
        |task: &Task, profile: &Profile| Source::new(task, profile).expect_err("undrawable").to_string();
    let (t1, t2) = (shipped.task("T1"), shipped.task("T2"));
    let profile = shipped.profile("phi-4", "T1");
    assert_eq!(error(t2, &profile), "phi-4 has no valid answers to the questions of T2");
    assert_eq!(
        error(&Task { shape: Shape::Text, ..t1.clone() }, &profile),
        "T1 asks for free text, which cannot be drawn"
    );
    assert_eq!(
        error(&Task { shape: Shape::Set { pick: 4 }, ..t1.clone() }, &profile),
        "the selections of phi-4 in T1.shuffled are not those of sets of 4: the sum of the inclusion \
         probabilities must be within a few percent of the size of the set"
    );
    let mut fewer = t1.clone();
    fewer.items[0].choices.pop();
    let elsewhere = "the answers of phi-4 to T1.shuffled are not to the question that is asked there now";
    assert_eq!(error(&fewer, &profile), elsewhere);
    assert_eq!(error(&Task { shape: Shape::Level, ..t1.clone() }, &profile), elsewhere);
    let ranking = Counts::Ranking { rows: vec![vec![0, 12]] };
    let cell = Cell {
        n: 1,
        invalid: BTreeMap::new(),
        gaps: Vec::new(),
        lost: Vec::new(),
        counts: ranking,
        panel: false,
    };
    let mut ranked = profile.clone();
    ranked.items.get_mut("").expect("T1's item").forms.insert("shuffled".to_owned(), cell);
    assert_eq!(error(&Task { shape: Shape::Ranking, ..t1.clone() }, &ranked), elsewhere);
}
