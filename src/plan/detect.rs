//! The smallest differences that a number of answers can detect (`stats::spending`, `stats::evidence`), if
//! answers come in exactly these shares: how far a share must be from its bound, or two shares from each
//! other if their order decides.

use crate::check::{Check, Test, Tested};
use crate::stats::evidence::of_values;
use crate::stats::spending::first_above;
use crate::suite::Suites;

/// Checks that take more answers per question than this are out of reach.
const MOST: u32 = 10_000;

/// What a number of answers per question would likely decide.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Detects {
    /// The number of answers per question.
    pub answers: u32,
    pub told: Told,
}

/// What can be told apart; `None` where not even unanimous answers suffice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Told {
    /// The nearest values of the measure above and below its bound, in the measure's unit.
    FromBound { above: Option<f64>, below: Option<f64> },
    /// Which of two values is in more answers: the largest share that is told from 90 %, and the least share
    /// above one half that is told from its complement. The two values are assumed to be independent.
    Shares { from_ninety: Option<f64>, around_half: Option<f64> },
    /// Which of two neighbours in a ranking comes first: the least share of answers with that order.
    Neighbours { agree: Option<f64> },
}

/// Returns what each of these numbers of answers detects at the check's error rate. It is empty where no
/// single number says it: for shifts of many shares at once, or bounds that depend on the answers.
pub(super) fn detects(check: &Check, suites: &Suites, rate: f64, sizes: &[u32]) -> Vec<Detects> {
    let told = |answers: u32| told(check, suites, rate, f64::from(answers));
    sizes.iter().filter_map(|answers| Some(Detects { answers: *answers, told: told(*answers)? })).collect()
}

/// Returns the fewest answers per question that could show the measure to be above the check's bound, and
/// below it, if they are as clear as answers can be; `None` where no number could.
pub(crate) fn least(check: &Check, suites: &Suites, rate: f64) -> (Option<u32>, Option<u32>) {
    match (check.measure.tested(suites), check.test) {
        (
            Tested::Mean { lowest, pooled, spent, above, below },
            Test::AtLeast(bound) | Test::AtMost(bound),
        ) => {
            let share = |value: f64| (value - lowest) / (1.0 - lowest);
            let first = |bound: f64, share: f64, rate: f64| match spent {
                Some(forms) => first_of(bound, share, MOST, rate, forms),
                None => (1..=MOST).find(|n| refutes(bound, share, f64::from(*n) * pooled, rate)),
            };
            // The lowest share, or effect without a sign, is 0.
            let down = first(1.0 - share(bound), 1.0 - share(0.0), rate / below);
            (first(share(bound), 1.0, rate / above), down)
        }
        // Unanimous answers are a coin that falls n times the same way: 2^−n.
        (Tested::Order | Tested::Mean { .. } | Tested::Shares, _) => {
            let least = Some((-rate.log2()).ceil() as u32);
            (least, least)
        }
    }
}

fn told(check: &Check, suites: &Suites, rate: f64, answers: f64) -> Option<Told> {
    match (check.measure.tested(suites), check.test) {
        (Tested::Shares, _) | (Tested::Mean { .. }, Test::BeatsChance) => None,
        (
            Tested::Mean { lowest, pooled, spent, above, below },
            Test::AtLeast(bound) | Test::AtMost(bound),
        ) => {
            // Values become shares of the way from the lowest value to 1.
            let share = |value: f64| (value - lowest) / (1.0 - lowest);
            let value = |share: f64| lowest + share * (1.0 - lowest);
            let n = answers * pooled;
            let up = beyond(share(bound), n, rate / above, spent).map(value);
            let down = beyond(1.0 - share(bound), n, rate / below, spent).map(|share| value(1.0 - share));
            // An effect without a sign cannot be below 0.
            let down = down.filter(|down| *down >= 0.0);
            Some(Told::FromBound { above: up, below: down })
        }
        (Tested::Order, _) => {
            let enough = -rate.ln();
            let task = suites.task(&check.task)?;
            if task.shape.is_ranking() {
                let stories = task.items.iter().map(|item| item.choices.len()).max().unwrap_or(2);
                // The difference of one place, in a ranking where all places are possible.
                let step = 1.0 / (stories.max(2) - 1) as f64;
                let won = |share: f64| {
                    of_values(&[(step, share * answers), (-step, (1.0 - share) * answers)]) >= enough
                };
                return Some(Told::Neighbours { agree: lowest_that(0.5, 1.0, won) });
            }
            let won = |one: f64, other: f64| {
                let (up, down) = (one * (1.0 - other) * answers, other * (1.0 - one) * answers);
                of_values(&[(1.0, up), (-1.0, down)]) >= enough
            };
            Some(Told::Shares {
                from_ninety: lowest_that(0.1, 1.0, |gap| won(0.9, 1.0 - gap)).map(|gap| 1.0 - gap),
                around_half: lowest_that(0.5, 1.0, |share| won(share, 1.0 - share)),
            })
        }
    }
}

/// Whether `n` answers, of which `share` say yes, refute "at most `bound`" at `rate`.
fn refutes(bound: f64, share: f64, n: f64, rate: f64) -> bool {
    if bound >= 1.0 {
        return false;
    }
    // A single answer refutes a share of 0.
    if bound <= 0.0 {
        return share * n >= 1.0 - 1e-9;
    }
    let win = (1.0 - bound) / bound;
    of_values(&[(win, share * n), (-1.0, (1.0 - share) * n)]) >= -rate.ln()
}

/// Returns the first number of answers, at most `most` and in `forms` forms by turns, of which `share` say
/// yes that refutes "at most `bound`" at `rate` by exact error spending.
fn first_of(bound: f64, share: f64, most: u32, rate: f64, forms: u32) -> Option<u32> {
    let rounds = 1..=most / forms;
    let yes = rounds.map(|round| (share * f64::from(round * forms) + 1e-6) as u32);
    first_above(bound.max(0.0), rate, forms, yes).map(|round| round * forms)
}

/// Returns the least share above `bound` at which `n` answers refute "at most `bound`" at `rate`: by exact
/// error spending where they come in `spent` forms of one question, otherwise by betting.
fn beyond(bound: f64, n: f64, rate: f64, spent: Option<u32>) -> Option<f64> {
    lowest_that(bound, 1.0, |share| match spent {
        Some(forms) => first_of(bound, share, n as u32, rate, forms).is_some(),
        None => refutes(bound, share, n, rate),
    })
}

/// Returns the lowest number from `low` to `high` that holds, if all higher ones hold, too.
fn lowest_that(mut low: f64, mut high: f64, holds: impl Fn(f64) -> bool) -> Option<f64> {
    if !holds(high) {
        return None;
    }
    // Thirty halvings are far more exact than what is shown.
    for _ in 0..30 {
        let middle = 0.5 * (low + high);
        if holds(middle) { high = middle } else { low = middle }
    }
    Some(high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::evidence::Design;

    #[test]
    fn the_nearest_share_is_where_the_interval_leaves_the_bound() {
        let growing = Design::Growing { most: 200 };
        for (bound, n) in [(0.5, 50_u32), (0.9, 200), (0.2, 100)] {
            let share = beyond(bound, f64::from(n), 0.001, None).expect("some share");
            let low = |share: f64| growing.share(share * f64::from(n), n, 0.001).expect("bounds").low;
            assert!(low(share + 1e-3) >= bound && low(share - 1e-3) < bound, "{bound} {n}: {share}");
        }
        // 50 of 50 answers do not show that there are more than 90 %.
        assert_eq!(beyond(0.9, 50.0, 0.001, None), None);
        assert_eq!(beyond(0.9, 50.0, 0.001, Some(1)), None);
        // One answer is enough against none at all, and nothing is above all.
        assert!(beyond(0.0, 50.0, 0.001, None).is_some_and(|share| (share - 0.02).abs() < 1e-6));
        assert_eq!(beyond(1.0, 50.0, 0.001, None), None);
        assert!(beyond(0.0, 50.0, 0.001, Some(2)).is_some_and(|share| (share - 0.02).abs() < 1e-6));
        assert_eq!(beyond(1.0, 50.0, 0.001, Some(1)), None);
        // Nearer than by betting.
        assert!(beyond(0.5, 200.0, 0.001, Some(2)) < beyond(0.5, 200.0, 0.001, None));
    }
}
