//! Enumerates all possible answers to check that the bets win as rarely as they should.

use super::*;

/// How likely each outcome is in the answers to one form.
type OutcomeLaw = Vec<f64>;

/// Returns all possible answers in `rounds` rounds, each with its probability.
fn all_answers(laws: &[Vec<OutcomeLaw>], rounds: usize) -> Vec<(Vec<Vec<Vec<u16>>>, f64)> {
    let empty: Vec<Vec<Vec<u16>>> = laws.iter().map(|forms| vec![Vec::new(); forms.len()]).collect();
    let mut all = vec![(empty, 1.0)];
    for _ in 0..rounds {
        for (question, forms) in laws.iter().enumerate() {
            for (form, law) in forms.iter().enumerate() {
                let more = |(answers, chance): &(Vec<Vec<Vec<u16>>>, f64)| {
                    let answers = answers.clone();
                    let chance = *chance;
                    law.iter().enumerate().map(move |(outcome, likely)| {
                        let mut answers = answers.clone();
                        answers[question][form].push(outcome as u16);
                        (answers, chance * likely)
                    })
                };
                all = all.iter().flat_map(more).filter(|(_, chance)| *chance > 0.0).collect();
            }
        }
    }
    all
}

/// Returns the largest ratio, over all α, of the chance that evidence for a false claim ever reaches −ln α to α.
fn worst_ratio(
    laws: &[Vec<OutcomeLaw>],
    payoffs: &[Vec<Vec<f64>>],
    rounds: usize,
    claim: SumClaim,
    bound: f64,
) -> f64 {
    let worth = |payoffs: &Vec<Vec<f64>>| Worth::Largest(payoffs.iter().cloned().map(Payoff::of).collect());
    let worths: Vec<Worth> = payoffs.iter().map(worth).collect();
    worst_ratio_of(laws, &worths, rounds, claim, bound).0
}

/// Does the same for any kind of worth, and also returns the largest evidence.
fn worst_ratio_of(
    laws: &[Vec<OutcomeLaw>],
    worths: &[Worth],
    rounds: usize,
    claim: SumClaim,
    bound: f64,
) -> (f64, f64) {
    let evidence = |answers: &Vec<Vec<Vec<u16>>>| {
        let questions: Vec<SummedQuestion> = answers
            .iter()
            .zip(worths)
            .map(|(forms, worth)| SummedQuestion { forms: forms.clone(), worth: worth.clone() })
            .collect();
        SumOfMeans::of(questions, (-10.0, 10.0)).evidence(claim, bound)
    };
    let mut all: Vec<(f64, f64)> =
        all_answers(laws, rounds).iter().map(|(answers, chance)| (evidence(answers), *chance)).collect();
    assert!((all.iter().map(|(_, chance)| chance).sum::<f64>() - 1.0).abs() < 1e-9);
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut reached, mut worst) = (0.0, 0.0_f64);
    for (at, (evidence, chance)) in all.iter().enumerate() {
        reached += chance;
        let last = all.get(at + 1).is_none_or(|(next, _)| *next < *evidence);
        if last {
            worst = worst.max(reached / (-evidence).exp().min(1.0));
        }
    }
    (worst, all[0].0)
}

fn yes(share: f64) -> OutcomeLaw {
    vec![1.0 - share, share]
}

#[test]
fn a_sum_that_is_the_bound_is_refuted_as_rarely_as_the_rate_says() {
    // The cases have one form each, forms that differ, and shares of 0 and 1.
    let weighted = |weights: &[f64]| -> Vec<Vec<Vec<f64>>> {
        weights.iter().map(|weight| vec![vec![0.0, *weight]]).collect()
    };
    for (laws, weights, rounds) in [
        (vec![vec![yes(0.5)], vec![yes(0.5)]], vec![1.0, -1.0], 6),
        (vec![vec![yes(0.9)], vec![yes(0.3)], vec![yes(0.6)]], vec![0.5, 0.25, -1.0], 4),
        (vec![vec![yes(0.9), yes(0.1)], vec![yes(0.2), yes(0.7)]], vec![1.0, -0.5], 3),
        (vec![vec![yes(1.0)], vec![yes(0.0)], vec![yes(0.5)]], vec![0.5, -0.25, -1.0], 8),
        (vec![vec![yes(0.3)]], vec![1.0], 12),
    ] {
        let mean = |forms: &Vec<OutcomeLaw>| forms.iter().map(|law| law[1]).sum::<f64>() / forms.len() as f64;
        let sum: f64 = laws.iter().zip(&weights).map(|(forms, weight)| weight * mean(forms)).sum();
        for claim in [SumClaim::Above, SumClaim::Below] {
            let worst = worst_ratio(&laws, &weighted(&weights), rounds, claim, sum);
            assert!(worst <= 1.0 + 1e-6, "{claim:?} {laws:?}: {worst}");
        }
    }
}

#[test]
fn a_distance_that_is_the_bound_is_refuted_as_rarely_as_the_rate_says() {
    // The cases are total variation from one half with two and three levels, and with forms that differ.
    let two = vec![vec![-0.25, 0.25], vec![0.25, -0.25]];
    let half = |law: &[f64]| (law[1] - 0.5).abs() / 2.0;
    for shares in [[0.8, 0.5], [0.2, 0.9], [0.5, 0.5], [1.0, 0.4]] {
        let laws: Vec<Vec<OutcomeLaw>> = shares.iter().map(|share| vec![yes(*share)]).collect();
        let distance: f64 = laws.iter().map(|forms| half(&forms[0])).sum();
        for claim in [SumClaim::Above, SumClaim::Below] {
            let worst = worst_ratio(&laws, &[two.clone(), two.clone()], 6, claim, distance);
            assert!(worst <= 1.0 + 1e-6, "{claim:?} {shares:?}: {worst}");
        }
    }
    let sets: Vec<Vec<f64>> = (1..7_u32)
        .map(|set| {
            (0..3).map(|level| f64::from(set >> level & 1) - f64::from(set.count_ones()) / 3.0).collect()
        })
        .collect();
    let law = vec![0.6, 0.3, 0.1];
    let distance = 0.6 - 1.0 / 3.0;
    let unlike = vec![vec![0.9, 0.05, 0.05], vec![0.3, 0.55, 0.15]];
    for (forms, rounds) in [(vec![law], 7), (unlike, 3)] {
        for claim in [SumClaim::Above, SumClaim::Below] {
            let worst = worst_ratio(
                std::slice::from_ref(&forms),
                std::slice::from_ref(&sets),
                rounds,
                claim,
                distance,
            );
            assert!(worst <= 1.0 + 1e-6, "{claim:?}: {worst}");
        }
    }
}

fn question(outcomes: Vec<u16>, weight: f64) -> SummedQuestion {
    SummedQuestion { forms: vec![outcomes], worth: Worth::Largest(vec![Payoff::of(vec![0.0, weight])]) }
}

#[test]
fn an_end_is_where_the_evidence_crosses_and_the_asked_bound_is_decided_as_it_stands() {
    let outcomes =
        |yes: usize| (0..60).map(|at| u16::from(at * yes / 60 != (at + 1) * yes / 60)).collect::<Vec<u16>>();
    let sum = SumOfMeans::of(&[question(outcomes(50), 1.0), question(outcomes(10), -1.0)], (-1.0, 1.0));
    let estimate = 40.0 / 60.0;
    for rate in [0.2, 0.01, 1e-4] {
        let enough = -f64::ln(rate);
        let (low, high) = sum.interval(estimate, 0.0, rate, EndSearch::Told);
        assert!(low < estimate && estimate < high);
        for (claim, end, out) in [(SumClaim::Above, low, -1e-3), (SumClaim::Below, high, 1e-3)] {
            assert!(sum.evidence(claim, end) >= enough, "{claim:?} {rate} {end}");
            assert!(sum.evidence(claim, end - out) < enough, "{claim:?} {rate} {end}");
        }
        // These bounds lie between two thousandths, one on either side of what is refuted.
        for asked in [low - 0.0005, low + 0.0005] {
            let own = sum.low(estimate, asked, rate, EndSearch::Told);
            assert_eq!(own >= asked, sum.evidence(SumClaim::Above, asked) >= enough, "{asked} {own}");
            // Without a search, the end is on the same side.
            let side = sum.low(estimate, asked, rate, EndSearch::Side);
            assert!(side <= own && (side >= asked) == (own >= asked), "{asked}: {own} {side}");
            assert_eq!(side > asked, own > asked, "{asked}: {own} {side}");
        }
    }
}

/// Bounds at the very ends of what the sum can be, and some that are a thousandth but for rounding: 1 − 0.066, for example.
#[test]
fn without_a_search_an_end_is_on_the_side_of_the_bound_where_the_told_one_is() {
    const ALL: usize = 1_200;
    let outcomes = |yes: usize| -> Vec<u16> {
        (0..ALL).map(|at| u16::from(at * yes / ALL != (at + 1) * yes / ALL)).collect()
    };
    let side = |end: f64, asked: f64| ((end - asked) * 1e12).round() as i64;
    for yes in [0, 20, 400, 1_180, ALL] {
        let sum = SumOfMeans::of([question(outcomes(yes), 1.0)], (0.0, 1.0));
        let estimate = yes as f64 / ALL as f64;
        for step in (0..=1_000).step_by(50).chain([66, 68, 70, 191, 193, 316, 318, 680]) {
            let step = f64::from(step) / 1e3;
            for asked in [step, 1.0 - step, step + 1e-13] {
                let ends = [EndSearch::Told, EndSearch::Side].map(|search| {
                    [sum.low(estimate, asked, 0.01, search), sum.high(estimate, asked, 0.01, search)]
                });
                let [told, found] = ends.map(|ends| ends.map(|end| side(end, asked).signum()));
                assert_eq!(told, found, "{yes} {asked}: {ends:?}");
            }
        }
    }
}

#[test]
fn what_is_not_known_speaks_for_neither_claim() {
    let known = |unknown: usize| {
        let mut outcomes = vec![1; 40];
        outcomes[..unknown].fill(UNKNOWN_OUTCOME);
        SumOfMeans::of(&[question(outcomes, 1.0)], (0.0, 1.0))
    };
    let evidence = [0, 4, 40].map(|unknown| known(unknown).evidence(SumClaim::Above, 0.5));
    assert!(evidence[0] > evidence[1] && evidence[1] > 1.0 && evidence[2] == 0.0, "{evidence:?}");
    assert_eq!(known(40).evidence(SumClaim::Below, 0.5), 0.0);
}

/// Answers are lost if they speak for one side, and never otherwise, which is the worst kind of loss.
#[test]
fn a_claim_is_as_rarely_wrong_whichever_answers_are_lost() {
    // Outcome 2 is a lost no; outcome 3 is a lost yes.
    let unknown =
        |answers: &[u16]| answers.iter().map(|at| if *at > 1 { UNKNOWN_OUTCOME } else { *at }).collect();
    let laws = [vec![vec![0.3, 0.3, 0.4, 0.0]], vec![vec![0.5, 0.2, 0.0, 0.3]]];
    let mut reached = [0.0; 2];
    for (answers, chance) in all_answers(&laws, 4) {
        let questions: Vec<SummedQuestion> = answers
            .iter()
            .zip([1.0, -1.0])
            .map(|(forms, weight)| question(unknown(&forms[0]), weight))
            .collect();
        let sum = SumOfMeans::of(questions, (-1.0, 1.0));
        for (claim, reached) in [SumClaim::Above, SumClaim::Below].into_iter().zip(&mut reached) {
            // The shares of yes are 0.3 and 0.5.
            *reached += if sum.evidence(claim, -0.2) >= 2.0_f64.ln() { chance } else { 0.0 };
        }
    }
    assert!(reached.iter().all(|reached| *reached <= 0.5), "{reached:?}");
}

#[test]
fn what_cannot_be_is_refuted_and_a_far_bound_no_later_than_a_near_one() {
    let sum = SumOfMeans::of(&[question(vec![1; 6], 0.5), question(vec![0; 6], -0.25)], (-1.0, 1.0));
    assert_eq!(sum.evidence(SumClaim::Below, 0.51), f64::INFINITY);
    assert_eq!(sum.evidence(SumClaim::Above, -0.26), f64::INFINITY);
    // No sum is above the largest possible one, or below the smallest.
    assert_eq!([0.5, 0.6].map(|bound| sum.evidence(SumClaim::Above, bound)), [0.0; 2]);
    assert_eq!([-0.25, -0.3].map(|bound| sum.evidence(SumClaim::Below, bound)), [0.0; 2]);
    // Whatever bound is asked, the ends stay where the evidence puts them.
    for asked in [-0.9, -0.26, -0.1, 0.2, 0.6, 0.9] {
        let (low, high) = sum.interval(0.5, asked, 0.01, EndSearch::Told);
        assert!(
            (low - sum.low(0.5, 2.0, 0.01, EndSearch::Told)).abs() <= 1e-3 && high <= 0.501,
            "{asked}: {low} {high}"
        );
    }
}

mod worths;
