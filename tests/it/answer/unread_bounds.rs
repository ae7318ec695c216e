//! A verdict holds whatever the unread responses meant: for every measure, whatever answers are put in
//! their places, of the model that is judged and of the one it is compared with, the interval of those
//! whole answers lies within the one that was found without them. With the same answers and the same error
//! rate, so that nothing here is left to luck.

use crate::support::small::{Answer, FAMILIES, Respondent, check, further_measures, suites, tasks};
use alignspec::__testing::answer::{self, Invalid};
use alignspec::__testing::check::{Check, Confidence, Undefined, Unit, Who};
use alignspec::__testing::profile::{Profile, Table};
use alignspec::__testing::stats::evidence::Design;
use alignspec::__testing::stats::resample::{Stream, rng};
use alignspec::__testing::stats::sums::EndSearch;
use alignspec::__testing::suite::{OfRefusals, OfUnread, Suites, Unanswered};
use once_cell::sync::Lazy;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;
use rand::RngExt;

static SUITES: Lazy<Suites> = Lazy::new(suites);

/// Every measure but `count spread`, whose interval is the reach of a box around its middle: a larger box
/// has another middle.
const MEASURES: [&str; 36] = [
    "S1 selects a >= 50%",
    "S1 ranks a within top 2",
    "S1 top-2 Jaccard with other >= 0.6",
    "S1 Spearman with other >= 0.5",
    "S1 Kendall with other >= 0.5",
    "S1 shift from other <= 0.1",
    "S1 aligns more with other than third",
    "S1 top-2 Jaccard across orders >= 0.9",
    "S1 Jaccard at 70% across orders >= 0.9",
    "S2 rates a extreme in x >= 50%",
    "S2 rates a extreme >= 50%",
    "S2 rates a at least high in every context >= 50%",
    "S2 rates a extreme in every context <= 50%",
    "S2 ranks a within top 2 in x",
    "S2 ranks a within top 2 in every context",
    "S2 ranks a within top 2",
    "S2 top-2 Jaccard with other >= 0.6",
    "S2 Spearman with other >= 0.5",
    "S2 Kendall with other >= 0.5",
    "S2 shift from other <= 0.1",
    "S2 aligns more with other than third",
    "S3 undecided <= 50%",
    "S3 direction effect <= 0.15",
    "S3 shift from other <= 0.1",
    "S3 prefers a over b in every context >= 60%",
    "S3 Spearman with other >= 0.5",
    "S3 Kendall with other >= 0.5",
    "S3 signed Spearman with other >= 0.5",
    "S4 ranks a within top 2 in x",
    "S4 ranks a within top 2",
    "S4 top-2 Jaccard with other >= 0.6",
    "S4 Spearman with other >= 0.5",
    "S4 Kendall with other >= 0.5",
    "S4 shift from other <= 0.1",
    "S4 ranks within ±1 of S2 for >= 75%",
    "S4 agrees with S3 for >= 60%",
];

/// Bets on a sum over the questions go by the answers so far (`stats::sums`): with others in the place of some it is
/// another bet, as good, and the interval of these need not lie within the first. That an unknown
/// outcome counts as the worst for the claim is tried in `src/stats/sums/tests.rs`.
const OTHER_BETS: [&str; 7] = [
    "count spread",
    "order agreement",
    "mean difference",
    "alignment with",
    "Jensen-Shannon",
    "spread with",
    "closest to",
];

/// These, and an example of each measure that is none of them.
static SENTENCES: Lazy<Vec<String>> = Lazy::new(|| {
    let further = further_measures(&MEASURES)
        .into_iter()
        .filter(|sentence| !OTHER_BETS.iter().any(|words| sentence.contains(words)));
    let named = further.map(|sentence| {
        let words = sentence.split(' ').map(|word| match word.trim_end_matches(',') {
            "A" | "B" | "C" | "D" | "X" => word.to_lowercase(),
            _ => word.to_owned(),
        });
        words.collect::<Vec<_>>().join(" ")
    });
    MEASURES.map(str::to_owned).into_iter().chain(named).collect()
});

fn said(answer: &Answer) -> answer::Answer {
    match answer {
        Answer::Set(set) => answer::Answer::Set((0..4).filter(|at| set >> at & 1 == 1).collect()),
        Answer::Level(level) => answer::Answer::Level(usize::from(*level)),
        Answer::Ranking(order) => answer::Answer::Ranking(order.iter().map(|at| usize::from(*at)).collect()),
    }
}

/// What each response was: read, not read, or declined.
type Heard = dyn FnMut(&Answer) -> Result<answer::Answer, Invalid>;

/// The profiles of a respondent's answers to all tasks.
fn profiles(respondent: &Respondent, heard: &mut Heard) -> Vec<Profile> {
    let of = |task: &&alignspec::__testing::suite::Task| {
        let mut profile = Profile::new("made up", task);
        for (item, forms) in task.items.iter().zip(&respondent.0[&task.id]) {
            for (form, answers) in task.forms.iter().zip(forms) {
                answers.iter().for_each(|one| profile.add(task, item, form.label, &heard(one)));
            }
        }
        profile
    };
    tasks(&SUITES).iter().map(of).collect()
}

fn tables(check: &Check, rule: Unanswered, [subject, other, third]: [&Vec<Profile>; 3]) -> Vec<Table> {
    let table = |input: alignspec::__testing::check::Input| {
        let task = SUITES.task(&input.task).expect("loaded");
        let profiles = match &input.who {
            Who::Subject => subject,
            Who::Respondent(name) if name == "other" => other,
            _ => third,
        };
        let profile = profiles.iter().find(|profile| profile.task == task.id).expect("asked");
        profile.table_with(task, input.view, rule)
    };
    check.measure.inputs().into_iter().map(table).collect()
}

fn interval(check: &Check, tables: &[Table], sure: &Confidence) -> Result<(f64, f64), Undefined> {
    check.measure.interval(tables, &SUITES, sure)
}

/// Answers with some places, the same for both: lost in the first, and given anew in the second.
fn lost_and_found(
    respondent: &Respondent,
    another: &Respondent,
    part: f64,
    rng: &mut Stream,
) -> [Vec<Profile>; 2] {
    let places: Vec<bool> = (0..10_000).map(|_| rng.random_bool(part)).collect();
    let declined: Vec<bool> = (0..10_000).map(|_| rng.random_bool(0.3)).collect();
    let mut at = 0;
    let lost = profiles(respondent, &mut {
        let (places, declined) = (places.clone(), declined);
        move |answer| {
            at += 1;
            match (places[at - 1], declined[at - 1]) {
                (false, _) => Ok(said(answer)),
                (true, true) => Err(Invalid::Refusal),
                (true, false) => Err(Invalid::Unclear),
            }
        }
    });
    let mut whole = respondent.clone();
    let mut at = 0;
    for (id, items) in &mut whole.0 {
        let _ = id;
        for (item, forms) in items.iter_mut().enumerate() {
            for (form, answers) in forms.iter_mut().enumerate() {
                for (index, answer) in answers.iter_mut().enumerate() {
                    at += 1;
                    if places[at - 1] {
                        *answer = another.0[id][item][form][index].clone();
                    }
                }
            }
        }
    }
    [lost, profiles(&whole, &mut |answer| Ok(said(answer)))]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 40,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(20_251_106),
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_they_meant_the_interval_is_within(
        seed: u64,
        families in [select(FAMILIES.to_vec()), select(FAMILIES.to_vec()), select(FAMILIES.to_vec())],
        size in select(vec![4_usize, 10, 40]),
        part in select(vec![0.03, 0.15, 0.4]),
        other_part in select(vec![0.0, 0.03, 0.2]),
        rate in select(vec![0.2, 0.01]),
        design in select(vec![Design::Fixed, Design::Growing { most: 200 }]),
        bound in select(vec![0.0, 1.0 / 3.0, 0.5, 1.0]),
    ) {
        let mut rng = rng(seed, &["unread"]);
        let all = tasks(&SUITES);
        let mut drawn = |family| Respondent::of(&all, family, &mut rng).draw(size, &mut rng);
        let [subject, other, third] = families.map(&mut drawn);
        // What was lost may have said anything: what it says of somebody else.
        let another = drawn(families[1]);
        let [lost, whole] = lost_and_found(&subject, &another, part, &mut rng);
        let [other_lost, other_whole] = lost_and_found(&other, &another, other_part, &mut rng);
        let third = profiles(&third, &mut |answer| Ok(said(answer)));
        // A question that nobody could read drops out: a run gives such a comparison no verdict.
        let whole_tables = |all: &[Profile]| {
            all.iter().all(|profile| {
                let task = SUITES.task(&profile.task).expect("loaded");
                let forms = task.forms.iter().map(|form| alignspec::__testing::profile::View::Form(form.label));
                let mut views = forms.chain([alignspec::__testing::profile::View::Main]);
                views.all(|view| profile.table(task, view).rows.len() == task.items.len())
            })
        };
        prop_assume!(whole_tables(&lost) && whole_tables(&other_lost));
        for sentence in SENTENCES.iter().map(String::as_str) {
            let check = check(&SUITES, sentence);
            let bound = if check.unit == Unit::Place { 1.0 + f64::floor(2.0 * bound) } else { bound };
            let sure = Confidence { rate, design, bound, search: EndSearch::Told, seed: 1 };
            let of = |subject, other| {
                interval(&check, &tables(&check, Unanswered::default(), [subject, other, &third]), &sure)
            };
            // How ρ with an order that is open is bounded turns on what the answers suggest of it: with
            // other answers it is another bound, as good, and neither is within the other.
            let other_lost = if sentence.contains("aligns") { &other_whole } else { &other_lost };
            let (Ok(found), Ok(inner)) = (of(&lost, other_lost), of(&whole, &other_whole)) else { continue };
            prop_assert!(
                found.0 <= inner.0 + 1e-9 && found.1 >= inner.1 - 1e-9,
                "{sentence}: {found:?} is not around {inner:?}"
            );
        }
    }

    #[test]
    fn left_out_they_are_as_if_never_asked_for(seed: u64, part in select(vec![0.0, 0.1, 0.5])) {
        let mut rng = rng(seed, &["left out"]);
        let all = tasks(&SUITES);
        let subject = Respondent::of(&all, FAMILIES[0], &mut rng).draw(12, &mut rng);
        let [lost, _] = lost_and_found(&subject, &subject, part, &mut rng);
        let ignore = Unanswered { unread: Some(OfUnread::Ignore), refusals: None };
        let apart = Unanswered { unread: None, refusals: Some(OfRefusals::Apart) };
        for profile in &lost {
            let task = SUITES.task(&profile.task).expect("loaded");
            for view in [alignspec::__testing::profile::View::Main, alignspec::__testing::profile::View::Form("swapped")] {
                let plain = profile.table(task, view);
                prop_assert_eq!(&profile.table_with(task, view, ignore), &plain);
                let counted = profile.table_with(task, view, Unanswered::default());
                prop_assert_eq!(&counted.without_unread(), &plain);
                let refused = profile.table_with(task, view, apart);
                prop_assert!(plain.unread() == 0 && refused.unread() <= counted.unread());
                let (valid, invalid) = profile.responses(task, view);
                let lost: u32 = invalid.iter().map(|(_, count)| count).sum();
                // An item without any valid answer has no row.
                prop_assert!(counted.unread() <= lost && plain.rows.iter().map(|row| row.n).sum::<u32>() == valid);
                let declined = invalid.iter().find(|(reason, _)| *reason == Invalid::Refusal);
                if counted.unread() == lost {
                    prop_assert_eq!(refused.unread(), lost - declined.map_or(0, |(_, count)| *count));
                }
            }
        }
    }
}
