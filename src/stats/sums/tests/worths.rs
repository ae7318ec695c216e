//! Checks distances, entropies and clipped shares: the inequalities behind their bets, and how rarely they win.

use super::super::smooth::{EXCESS, KAPPAS, TANGENT, UP_TO};
use super::super::worth::OutcomeCounts;
use super::*;

/// Returns a grid of shares, from nearly one outcome to equal shares.
fn shares(outcomes: usize) -> Vec<Vec<f64>> {
    let steps = [0.0, 0.001, 0.02, 0.1, 0.3, 0.7, 1.0];
    let mut all: Vec<Vec<f64>> = vec![Vec::new()];
    for _ in 0..outcomes {
        all = all.iter().flat_map(|some| steps.map(|step| [some.as_slice(), &[step]].concat())).collect();
    }
    let whole = |some: &Vec<f64>| {
        let sum: f64 = some.iter().sum();
        (sum > 0.0).then(|| some.iter().map(|part| part / sum).collect::<Vec<f64>>())
    };
    all.iter().filter_map(whole).collect()
}

#[test]
fn what_the_entropys_bet_rests_on_holds_for_all_shares() {
    let mut nearest = f64::INFINITY;
    for outcomes in 2..=4 {
        for shares in shares(outcomes) {
            let entropy = entropy(shares.iter().copied());
            for (kappa, of_kappa) in KAPPAS.iter().zip(&EXCESS[outcomes - 2]) {
                for (stake, excess) in UP_TO.iter().zip(of_kappa) {
                    let powers =
                        shares.iter().filter(|share| **share > 0.0).map(|share| share.powf(1.0 - stake));
                    let mean = powers.sum::<f64>().ln();
                    let most = (stake + kappa * stake * stake) * entropy + excess * stake * stake;
                    assert!(mean <= most + 1e-12, "{shares:?} {stake} {kappa}: {mean} {most}");
                    nearest = nearest.min((most - mean) / (stake * stake));
                }
            }
        }
    }
    // The bound is no looser than it has to be.
    assert!(nearest < 0.01, "{nearest}");
}

#[test]
fn what_the_distances_bet_rests_on_holds_for_all_shares() {
    let mut nearest = f64::INFINITY;
    let all = shares(3);
    for p in all.iter().step_by(3) {
        for q in all.iter().step_by(7) {
            let middle = |at: usize| 0.5 * (p[at] + q[at]);
            let divergence = divergence(p, q) * std::f64::consts::LN_2;
            let constant: f64 =
                (0..3).filter(|at| q[*at] > 0.0).map(|at| 0.5 * q[at] * (q[at] / middle(at)).ln()).sum();
            for stake in [0.05, 0.3, 1.0] {
                let each = (0..3).filter(|at| p[*at] > 0.0).map(|at| {
                    let tangent = 0.5 * (p[at] / middle(at)).ln() + constant;
                    p[at] * (stake * (divergence - tangent)).exp()
                });
                let mean = each.sum::<f64>().ln();
                let most = TANGENT * stake * stake * divergence;
                assert!(mean <= most + 1e-12, "{p:?} {q:?} {stake}: {mean} {most}");
                if divergence > 1e-6 {
                    nearest = nearest.min(most / mean.max(1e-300));
                }
            }
        }
    }
    assert!(nearest < 1.2, "{nearest}");
}

/// The shares of three outcomes that others are compared with.
const GIVEN: [f64; 3] = [0.2, 0.5, 0.3];

fn mean(forms: &[OutcomeLaw]) -> Vec<f64> {
    (0..3).map(|at| forms.iter().map(|law| law[at]).sum::<f64>() / forms.len() as f64).collect()
}

/// A kind of worth, and a function that gives its value for some shares.
type WorthKind = (Worth, fn(&[f64]) -> f64);

fn kinds() -> Vec<WorthKind> {
    let groups = vec![0, 1, 2];
    let clip = |slope: f64, low: f64, high: f64| Clip { slope, low, high };
    let clips = vec![clip(0.5, 0.1, 0.2), clip(-1.0, -0.6, -0.1), clip(0.0, 0.0, 0.0)];
    vec![
        (
            Worth::JensenShannon(GivenShares {
                groups: groups.clone(),
                any_of: vec![GIVEN.to_vec()],
                weight: 1.0,
            }),
            |shares| divergence(shares, &GIVEN).sqrt(),
        ),
        (Worth::Entropy(ScaledEntropy { outcomes: 3, weight: 1.0 }), |shares| {
            entropy(shares.iter().copied())
        }),
        (Worth::Clipped(ClippedShares { groups, clips, constant: 0.05 }), |shares| {
            0.05 + (0.5 * shares[0]).clamp(0.1, 0.2) + (-shares[1]).clamp(-0.6, -0.1)
        }),
    ]
}

/// What every bet on payoffs rests on, also where the smooth bet is taken instead.
#[test]
fn of_the_options_one_pays_at_most_what_the_question_counts_with() {
    let mut past = OutcomeCounts::default();
    for outcomes in [&[][..], &[0, 0, 1], &[2; 20]] {
        outcomes.iter().for_each(|outcome| past.add(*outcome, 1));
        for ((worth, value), claim) in kinds()
            .into_iter()
            .flat_map(|kind| [SumClaim::Above, SumClaim::Below].map(|claim| (kind.clone(), claim)))
        {
            let options = worth.options(claim, &past);
            for shares in shares(3) {
                let mean =
                    |payoff: &Payoff| shares.iter().zip(&payoff.values).map(|(p, x)| p * x).sum::<f64>();
                let least = options.iter().map(mean).fold(f64::INFINITY, f64::min);
                let counts = if claim == SumClaim::Above { value(&shares) } else { -value(&shares) };
                assert!(least <= counts + 1e-9, "{worth:?} {claim:?} {shares:?}: {least} {counts}");
            }
        }
    }
}

#[test]
fn what_is_the_bound_is_refuted_as_rarely_as_the_rate_says() {
    let laws: [(Vec<Vec<OutcomeLaw>>, usize); 4] = [
        (vec![vec![vec![0.6, 0.3, 0.1]]], 5),
        (vec![vec![vec![0.9, 0.05, 0.05], vec![0.3, 0.55, 0.15]]], 2),
        (vec![vec![vec![0.2, 0.5, 0.3]], vec![vec![0.0, 0.9, 0.1]]], 2),
        (vec![vec![vec![1.0, 0.0, 0.0]], vec![vec![0.3, 0.7, 0.0]]], 4),
    ];
    for (worth, value) in kinds() {
        let mut strongest = [0.0_f64; 2];
        for (laws, rounds) in &laws {
            let worths = vec![worth.clone(); laws.len()];
            let sum: f64 = laws.iter().map(|forms| value(&mean(forms))).sum();
            for (at, claim) in [SumClaim::Above, SumClaim::Below].into_iter().enumerate() {
                let (worst, most) = worst_ratio_of(laws, &worths, *rounds, claim, sum);
                assert!(worst <= 1.0 + 1e-6, "{claim:?} {laws:?} {worth:?}: {worst}");
                strongest[at] = strongest[at].max(most);
            }
        }
        // At least one bet is placed.
        assert!(strongest.iter().any(|most| *most > 0.1), "{worth:?}: {strongest:?}");
    }
}

/// Returns answers in turn, as often as these shares say.
fn answers(shares: [usize; 3], rounds: usize) -> Vec<u16> {
    let all: usize = shares.iter().sum();
    let place = |at: usize| match at * 7 % all {
        place if place < shares[0] => 0,
        place if place < shares[0] + shares[1] => 1,
        _ => 2,
    };
    (0..rounds).map(place).collect()
}

#[test]
fn a_bound_away_from_the_value_is_refuted_and_answers_that_are_not_known_speak_for_neither_claim() {
    for (worth, value) in kinds() {
        let shares = [6, 3, 1];
        let truth = value(&[0.6, 0.3, 0.1]);
        let sum = |unknown: usize| {
            let mut outcomes = answers(shares, 400);
            outcomes[..unknown].fill(UNKNOWN_OUTCOME);
            let question = SummedQuestion { forms: vec![outcomes; 2], worth: worth.clone() };
            SumOfMeans::of(vec![question; 4], (-10.0, 10.0))
        };
        for (claim, bound) in [(SumClaim::Above, 4.0 * truth - 0.6), (SumClaim::Below, 4.0 * truth + 0.6)] {
            let evidence = [0, 40, 400].map(|unknown| sum(unknown).evidence(claim, bound));
            assert!(evidence[0] > 5.0, "{claim:?} {worth:?}: {evidence:?}");
            assert!(evidence[0] > evidence[1] && evidence[2] == 0.0, "{claim:?} {worth:?}: {evidence:?}");
        }
        let (low, high) = sum(0).interval(4.0 * truth, 0.0, 0.01, EndSearch::Told);
        assert!(low > 4.0 * truth - 0.6 && high < 4.0 * truth + 0.6, "{worth:?}: {low} {high}");
    }
}
