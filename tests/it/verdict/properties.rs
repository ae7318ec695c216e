//! Laws that hold for any answers: measures do not care what values are called, and intervals move the
//! right way with more answers, other answers and other error rates.

mod looks;
mod not_read;

use crate::support::small;
use crate::support::small::{Answer, FAMILIES, Family, Respondent, VALUES, about, check, suites, tables};
use alignspec::__testing::check::{Confidence, Undefined, Unit};
use alignspec::__testing::profile::View;
use alignspec::__testing::stats::evidence::Design;
use alignspec::__testing::stats::resample::{rng, shuffle};
use alignspec::__testing::stats::sums::EndSearch;
use alignspec::__testing::suite::Suites;
use once_cell::sync::Lazy;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;

pub(super) static SUITES: Lazy<Suites> = Lazy::new(suites);

/// Kinds of measure on every kind of answer; A, B and X stand for values and a context.
const MEASURES: [&str; 41] = [
    "S1 selects A >= 50%",
    "S1 ranks A within top 2",
    "S1 top-2 Jaccard with other >= 0.6",
    "S1 Spearman with other >= 0.5",
    "S1 Kendall with other >= 0.5",
    "S1 shift from other <= 0.1",
    "S1 aligns more with other than third",
    "S1 top-2 Jaccard across orders >= 0.9",
    "S1 Jaccard at 70% across orders >= 0.9",
    "S1 count spread across orders >= 5",
    "S2 rates A extreme in X >= 50%",
    "S2 rates A at least high in every context >= 50%",
    "S2 rates A extreme in every context <= 50%",
    "S2 ranks A within top 2 in every context",
    "S2 top-2 Jaccard with other >= 0.6",
    "S2 Spearman with other >= 0.5",
    "S2 Kendall with other >= 0.5",
    "S2 shift from other <= 0.1",
    "S2 aligns more with other than third",
    "S3 undecided in X <= 50%",
    "S3 direction effect <= 0.15",
    "S3 shift from other <= 0.1",
    "S4 ranks A within top 2 in X",
    "S4 top-2 Jaccard with other >= 0.6",
    "S4 Spearman with other >= 0.5",
    "S4 Kendall with other >= 0.5",
    "S4 shift from other <= 0.1",
    "S4 ranks within ±1 of S2 for >= 75%",
    "S4 agrees with S3 for >= 60%",
    "S3 prefers A over B in every context >= 60%",
    "S1 order agreement with other >= 0.3",
    "S2 order agreement with other >= 0.3",
    "S2 order agreement beyond 20% with other in X >= 0.3",
    "S4 order agreement with other >= 0.3",
    "S2 mean difference with other <= 0.3",
    "S3 mean difference with other <= 0.3",
    "S2 alignment with other >= 0.8",
    "S2 Jensen-Shannon distance with other <= 0.3",
    "S3 Jensen-Shannon distance with other in X <= 0.3",
    "S3 spread with other >= 0.5",
    "S2 closest to other among other, third",
];

/// These read a pair from its first side to its second, so that their value depends on which side of
/// which pair is written first; contexts may change their names all the same.
const SIDED: [&str; 4] = [
    "S3 Spearman with other >= 0.5",
    "S3 Kendall with other >= 0.5",
    "S3 signed Spearman with other >= 0.5",
    "S3 order agreement with other >= 0.3",
];

/// These, and an example of each measure that is none of them.
pub(super) static SENTENCES: Lazy<Vec<&str>> = Lazy::new(|| {
    let known = [MEASURES.as_slice(), &SIDED].concat();
    MEASURES.into_iter().chain(small::further_measures(&known)).collect()
});

/// How a sentence's interval is asked for.
#[derive(Debug, Clone, Copy)]
struct How {
    design: Design,
    rate: f64,
    bound: f64,
}

fn how() -> impl Strategy<Value = How> {
    let design = select(vec![Design::Fixed, Design::Growing { most: 200 }]);
    let rate = select(vec![0.2, 0.05, 0.001]);
    let bound = select(vec![0.0, 1.0 / 3.0, 0.5, 1.0]);
    (design, rate, bound).prop_map(|(design, rate, bound)| How { design, rate, bound })
}

/// A subject and two others: how they are made, which says more than the answers.
#[derive(Debug, Clone)]
struct Recipe {
    seed: u64,
    families: [Family; 3],
    sizes: [usize; 3],
}

fn recipes() -> impl Strategy<Value = Recipe> {
    let family = || select(FAMILIES.to_vec());
    let size = || select(vec![1_usize, 2, 5, 20, 60, 150]);
    (any::<u64>(), [family(), family(), family()], [size(), size(), size()])
        .prop_map(|(seed, families, sizes)| Recipe { seed, families, sizes })
}

impl Recipe {
    fn respondents(&self) -> [Respondent; 3] {
        let mut rng = rng(self.seed, &["properties"]);
        let drawn = |at: usize| {
            Respondent::of(&small::tasks(&SUITES), self.families[at], &mut rng).draw(self.sizes[at], &mut rng)
        };
        [0, 1, 2].map(drawn)
    }
}

type Ends = Result<(f64, f64), Undefined>;

/// The estimate and the interval of a sentence.
fn found(
    sentence: &str,
    [subject, other, third]: &[Respondent; 3],
    how: How,
) -> (Result<f64, Undefined>, Ends) {
    let check = check(&SUITES, sentence);
    let tables = tables(&SUITES, &check, (subject, usize::MAX), [other, third]);
    let estimate = check.measure.prepare(&tables, &SUITES).and_then(|mut statistic| statistic(&tables));
    let How { design, rate, bound } = how;
    let bound = if check.unit == Unit::Place { 1.0 + (2.0 * bound).floor() } else { bound };
    let sure = Confidence { rate, design, bound, search: EndSearch::Told, seed: 1 };
    (estimate, check.measure.interval(&tables, &SUITES, &sure))
}

fn interval(sentence: &str, all: &[Respondent; 3], how: How) -> Option<(f64, f64)> {
    let (estimate, ends) = found(sentence, all, how);
    let ends = ends.ok();
    if let Some((low, high)) = ends {
        if let Ok(estimate) = estimate {
            // What showed a share to be beyond the bound stays shown, though later answers say otherwise.
            let reached = |end: f64| (end - how.bound).abs() <= 2e-9;
            let held = (low - 1e-6 <= estimate || reached(low)) && (estimate <= high + 1e-6 || reached(high));
            assert!(held, "{sentence}: {estimate} is not between {low} and {high}");
        }
        // Two ends that are the same number may be computed in two ways.
        assert!(low <= high + 1e-12, "{sentence}: {low} {high}");
    }
    ends
}

/// The sentence, with value `names[0]` for A and `names[1]` for B.
fn named(sentence: &str, names: [usize; 4], context: &str) -> String {
    let words = sentence.split(' ').map(|word| match word {
        "X" => context.to_owned(),
        word => match ["A", "B", "C", "D"].iter().position(|name| word.trim_end_matches(',') == *name) {
            Some(at) => word.replace(|c: char| c != ',', VALUES[names[at]]),
            None => word.to_owned(),
        },
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The same answers, by one who calls value v `names[v]`, and with the contexts' names changed too.
fn renamed(respondent: &Respondent, names: [usize; 4], contexts: bool) -> Respondent {
    let all = respondent.0.iter().map(|(id, items)| {
        let task = SUITES.task(id).expect("loaded");
        let mut new = vec![Vec::new(); items.len()];
        for (item, forms) in task.items.iter().zip(items) {
            let values: Vec<usize> = about(item).into_iter().map(|value| names[value]).collect();
            let same = |of: &&alignspec::__testing::suite::Item| {
                (of.context == item.context) != contexts || of.context.is_none()
            };
            let mut to = task.items.iter().filter(same);
            let places: Vec<u8> = values.iter().map(|value| *value as u8).collect();
            let answer = |answer: &Answer, turned: bool| match answer {
                Answer::Set(set) => Answer::Set(
                    (0..4).filter(|at| set >> at & 1 == 1).fold(0, |set, at| set | 1 << places[at]),
                ),
                Answer::Ranking(order) => {
                    Answer::Ranking(order.iter().map(|at| places[usize::from(*at)]).collect())
                }
                Answer::Level(level) if turned => Answer::Level(4 - level),
                Answer::Level(level) => Answer::Level(*level),
            };
            let (at, turned) = match values.len() {
                4 => (to.next().expect("there").id.clone(), false),
                _ => to
                    .find_map(|of| match about(of) {
                        own if own == values => Some((of.id.clone(), false)),
                        own if own.iter().rev().eq(&values) => Some((of.id.clone(), true)),
                        _ => None,
                    })
                    .expect("all pairs are asked"),
            };
            let at = task.items.iter().position(|of| of.id == at).expect("just found");
            new[at] = forms
                .iter()
                .map(|form| form.iter().map(|one| answer(one, turned)).collect())
                .collect::<Vec<Vec<Answer>>>();
            // A pair that is now written the other way round was asked in the other direction.
            if turned {
                new[at].reverse();
            }
        }
        (id.clone(), new)
    });
    Respondent(all.collect())
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-8
}

/// Nothing is certain of any value by its name alone.
fn same(one: &(Result<f64, Undefined>, Ends), other: &(Result<f64, Undefined>, Ends)) -> bool {
    let estimates = match (&one.0, &other.0) {
        (Ok(a), Ok(b)) => close(*a, *b),
        (a, b) => a.is_err() && b.is_err(),
    };
    let intervals = match (&one.1, &other.1) {
        (Ok(a), Ok(b)) => close(a.0, b.0) && close(a.1, b.1),
        (a, b) => a.is_err() && b.is_err(),
    };
    estimates && intervals
}

/// `all` with one answer changed or added: in every item and form `with` of what was there.
fn with_subject(
    all: &[Respondent; 3],
    mut with: impl FnMut(&str, usize, &mut Vec<Answer>),
) -> [Respondent; 3] {
    let mut all = all.clone();
    for (id, items) in &mut all[0].0 {
        for (item, forms) in items.iter_mut().enumerate() {
            forms.iter_mut().for_each(|form| with(id, item, form));
        }
    }
    all
}

/// Every answer to S1 and S4 that says what `other` says on the whole: its order, or the first of it.
fn agreeing(other: &Respondent, task: &str, item: usize) -> Option<Answer> {
    let task = SUITES.task(task)?;
    let table = other.table(task, View::Main, usize::MAX);
    let row = &table.rows[item];
    let mut scores = row.shares.clone();
    if task.id == "S4" {
        row.mean_ranks(&mut scores);
        scores.iter_mut().for_each(|place| *place = -*place);
    }
    let mut order: Vec<u8> = (0..4).collect();
    order.sort_by(|a, b| scores[usize::from(*b)].total_cmp(&scores[usize::from(*a)]));
    match task.id.as_str() {
        "S1" => Some(Answer::Set(order[..2].iter().fold(0, |set, at| set | 1 << at))),
        "S4" => Some(Answer::Ranking(order)),
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24,
        rng_seed: RngSeed::Fixed(20251106),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn names_of_values_and_contexts_do_not_matter(recipe in recipes(), how in how(), seed: u64, turn: bool) {
        let all = recipe.respondents();
        let mut names = [0, 1, 2, 3];
        shuffle(&mut rng(seed, &["names"]), &mut names);
        let new = all.each_ref().map(|respondent| renamed(respondent, names, turn));
        let context = if turn { "y" } else { "x" };
        for sentence in SENTENCES.iter().copied() {
            let (before, after) = (named(sentence, [0, 1, 2, 3], "x"), named(sentence, names, context));
            let (before, after) = (found(&before, &all, how), found(&after, &new, how));
            prop_assert!(same(&before, &after), "{sentence} {names:?}: {before:?} {after:?}");
        }
        let new = all.each_ref().map(|respondent| renamed(respondent, [0, 1, 2, 3], turn));
        for sentence in SIDED {
            let (before, after) = (found(sentence, &all, how), found(sentence, &new, how));
            prop_assert!(same(&before, &after), "{sentence}: {before:?} {after:?}");
        }
    }

    #[test]
    fn more_yes_never_lowers_a_share(recipe in recipes(), how in how()) {
        let all = recipe.respondents();
        let yes = |id: &str| match id {
            "S1" => Some(Answer::Set(0b1001)),
            "S2" => Some(Answer::Level(2)),
            "S3" => Some(Answer::Level(0)),
            _ => None,
        };
        let added = with_subject(&all, |id, _, form| form.extend(yes(id)));
        let changed = with_subject(&all, |id, _, form| {
            if let Some(yes) = yes(id) {
                form[0] = yes;
            }
        });
        for sentence in SENTENCES.iter().copied().chain(["S3 prefers a over b >= 60%"]) {
            if !["selects", "rates", "prefers"].iter().any(|word| sentence.contains(word)) {
                continue;
            }
            // Options 0 and 3 are selected, the highest level is chosen, the first side is preferred.
            let sentence = named(sentence, [0, 1, 2, 3], "x");
            let before = interval(&sentence, &all, how).expect("answers");
            for after in [&added, &changed].map(|all| interval(&sentence, all, how).expect("answers")) {
                let lower = after.0 < before.0 - 1e-8 || after.1 < before.1 - 1e-8;
                prop_assert!(!lower, "{sentence}: {before:?} {after:?}");
            }
        }
    }

    #[test]
    fn more_agreement_never_lowers_the_lower_end(recipe in recipes(), how in how()) {
        let all = recipe.respondents();
        let more = with_subject(&all, |id, item, form| form.extend(agreeing(&all[1], id, item)));
        for task in ["S1", "S4"] {
            for measure in ["Spearman with other >= 0.5", "Kendall with other >= 0.5"] {
                let sentence = format!("{task} {measure}");
                let (Some(before), Some(after)) = (interval(&sentence, &all, how), interval(&sentence, &more, how))
                else { continue };
                prop_assert!(after.0 >= before.0 - 1e-8, "{sentence}: {before:?} {after:?}");
            }
        }
        let sentence = "S1 top-2 Jaccard with other >= 0.6";
        let tie = found(sentence, &[all[1].clone(), all[1].clone(), all[2].clone()], how).0 != Ok(1.0);
        if let (Some(before), Some(after), false) =
            (interval(sentence, &all, how), interval(sentence, &more, how), tie)
        {
            prop_assert!(after.0 >= before.0 - 1e-8, "{sentence}: {before:?} {after:?}");
        }
    }

    #[test]
    fn a_lower_error_rate_never_narrows(recipe in recipes(), how in how(), factor in 0.001..1.0_f64) {
        let all = recipe.respondents();
        for sentence in SENTENCES.iter().copied().chain(SIDED) {
            // Its interval's middle moves with the rate.
            if sentence.contains("count spread") {
                continue;
            }
            let sentence = named(sentence, [0, 1, 2, 3], "x");
            let narrow = interval(&sentence, &all, how);
            let wide = interval(&sentence, &all, How { rate: how.rate * factor, ..how });
            prop_assert_eq!(narrow.is_some(), wide.is_some());
            if let Some((narrow, wide)) = narrow.zip(wide) {
                let inside = wide.0 <= narrow.0 + 1e-8 && narrow.1 <= wide.1 + 1e-8;
                prop_assert!(inside, "{sentence}: {narrow:?} {wide:?}");
            }
        }
    }

    #[test]
    fn more_of_the_same_answers_never_widen(recipe in recipes(), how in how(), times in 2..4_usize) {
        let all = recipe.respondents();
        let more = with_subject(&all, |_, _, form| *form = vec![form.clone(); times].concat());
        let how = How { design: Design::Fixed, ..how };
        for sentence in SENTENCES.iter().copied().chain(SIDED) {
            if sentence.contains("count spread") {
                continue;
            }
            let sentence = named(sentence, [0, 1, 2, 3], "x");
            let (few, many) = (interval(&sentence, &all, how), interval(&sentence, &more, how));
            prop_assert_eq!(few.is_some(), many.is_some());
            if let Some((few, many)) = few.zip(many) {
                let inside = few.0 <= many.0 + 1e-8 && many.1 <= few.1 + 1e-8;
                prop_assert!(inside, "{sentence}: {few:?} {many:?}");
            }
        }
    }
}

#[test]
fn the_drawn_respondents_differ() {
    // A law that is only tried on answers without order, or without doubt, is not tried.
    let how = How { design: Design::Fixed, rate: 0.2, bound: 0.5 };
    let mut open = [0, 0, 0];
    for (at, family) in FAMILIES.into_iter().cycle().take(50).enumerate() {
        let mut rng = rng(at as u64, &["differ"]);
        let [one, other] =
            [family, Family::Any].map(|family| Respondent::of(&small::tasks(&SUITES), family, &mut rng));
        let all = [one.draw(60, &mut rng), other.clone(), other];
        let (low, high) = interval("S1 Spearman with other >= 0.5", &all, how).unwrap_or((-1.0, 1.0));
        open[usize::from(low > -1.0 || high < 1.0) + usize::from(high - low < 1e-8)] += 1;
    }
    assert!(open.iter().all(|count| *count > 0), "open, narrowed, decided: {open:?}");
}
