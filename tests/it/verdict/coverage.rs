//! Intervals cover: a growing sample that is looked at after every answer leaves the truth outside, at
//! either end, no more often than the error rate allows. On truths drawn at random, of the families
//! that are hardest: shares near 0 and 1, exact ties, near ties in the order opposite to the
//! baseline's; with bounds at the truth and beside it.
//!
//! The long simulation on the published models is `examples/calibration`; this is quick, and harder.

use crate::support::small;
use crate::support::small::{FAMILIES, Family, Respondent, check, suites, tables};
use alignspec::__testing::check::{Check, Confidence, Unit};
use alignspec::__testing::stats::evidence::Design;
use alignspec::__testing::stats::resample::rng;
use alignspec::__testing::stats::sums::EndSearch;
use alignspec::__testing::suite::{Suites, Task};

/// Large, so that few runs show an excess.
const RATE: f64 = 0.2;
const MOST: usize = 30;

/// How often the truth was below the interval, and above it, at any look; and the looks at which an
/// interval was shorter than all there is.
#[derive(Debug, Default)]
struct Missed {
    runs: u32,
    below: u32,
    above: u32,
    narrowed: u32,
}

/// The bound of a check whose value is `truth`: there, or a step or little beside it.
fn bound(unit: Unit, truth: f64, at: u32) -> f64 {
    match unit {
        Unit::Place => (truth.floor() + f64::from(at % 3) - 1.0).clamp(1.0, 3.0),
        _ => (truth + [0.0, 0.01, -0.01, 0.25, -0.25][at as usize % 5]).clamp(0.0, 1.0),
    }
}

fn whole(unit: Unit, (low, high): (f64, f64)) -> bool {
    let (least, most) = match unit {
        Unit::Place => (1.0, 4.0),
        Unit::Correlation => (-1.0, 1.0),
        Unit::Number => (0.0, f64::INFINITY),
        Unit::Share | Unit::Index => (0.0, 1.0),
    };
    low <= least + 1e-9 && high >= most - 1e-9
}

/// Who is judged, and against whom.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Worlds {
    /// Each family against each, in turn.
    All,
    /// Nearly tied in the order opposite to a clear one, which is taken as it stands: any pair that is
    /// held for certain the wrong way round shows.
    Opposite,
}

/// One respondent after another, each asked 30 times: whether any look left out the truth.
fn missed(suites: &Suites, check: &Check, worlds: Worlds, runs: u32) -> Missed {
    let mut missed = Missed::default();
    let inputs = check.measure.inputs();
    let asked = |task: &&Task| inputs.iter().any(|input| input.task == task.id);
    let asked: Vec<&Task> = small::tasks(suites).into_iter().filter(asked).collect();
    for run in 0..runs {
        let mut rng = rng(1, &["coverage", &check.sentence, &run.to_string()]);
        let [truly, other, third] = [0, 1, 2].map(|who| {
            let family = match (worlds, who) {
                (Worlds::All, _) => FAMILIES[(run as usize / [1, 5, 25][who]) % FAMILIES.len()],
                (Worlds::Opposite, 0) => Family::NearTies,
                (Worlds::Opposite, _) => Family::Ordered,
            };
            Respondent::of(&asked, family, &mut rng)
        });
        // In every fourth run the subject is who it is compared with.
        let truly = if worlds == Worlds::All && run % 4 == 3 { other.clone() } else { truly };
        let exact = tables(suites, check, (&truly, usize::MAX), [&other, &third]);
        let Ok(truth) = check.measure.prepare(&exact, suites).and_then(|mut statistic| statistic(&exact))
        else {
            continue;
        };
        let answers = truly.draw(MOST, &mut rng);
        let sure = Confidence {
            rate: RATE,
            design: Design::Growing { most: MOST as u32 },
            bound: bound(check.unit, truth, run),
            search: EndSearch::Told,
            seed: 1,
        };
        let (mut below, mut above, mut narrowed) = (false, false, false);
        for n in 1..=MOST {
            let tables = tables(suites, check, (&answers, n), [&other, &third]);
            // Where there is no order yet there is no verdict.
            let Ok((low, high)) = check.measure.interval(&tables, suites, &sure) else { continue };
            below |= truth < low - 1e-9;
            above |= truth > high + 1e-9;
            narrowed |= !whole(check.unit, (low, high));
        }
        missed.runs += 1;
        missed.below += u32::from(below);
        missed.above += u32::from(above);
        missed.narrowed += u32::from(narrowed);
    }
    missed
}

/// P(at least `count` of `n`), each with a chance of `rate`.
fn tail(count: u32, n: u32, rate: f64) -> f64 {
    let mut chance = (1.0 - rate).powf(f64::from(n));
    let mut fewer = 0.0;
    for at in 0..count {
        fewer += chance;
        chance *= f64::from(n - at) / f64::from(at + 1) * rate / (1.0 - rate);
    }
    1.0 - fewer
}

fn all_cover(worlds: &[Worlds], runs: u32, sentences: &[&str]) {
    let suites = suites();
    let mut found = String::new();
    let mut wrong = Vec::new();
    for sentence in sentences {
        let check = check(&suites, sentence);
        for worlds in worlds.iter().copied() {
            let missed = missed(&suites, &check, worlds, runs);
            found += &format!("{sentence} {worlds:?}: {missed:?}\n");
            // An interval that never says anything never misses. (The opposite world has measures that
            // have no value there, or that it leaves open.)
            let silent = worlds == Worlds::All && missed.narrowed * 10 < missed.runs;
            let often =
                [missed.below, missed.above].iter().any(|count| tail(*count, missed.runs, RATE) < 1e-6);
            if silent || often || (worlds == Worlds::All && missed.runs < runs / 2) {
                wrong.push(format!("{sentence} {worlds:?}"));
            }
        }
    }
    println!("{found}");
    assert!(wrong.is_empty(), "{wrong:?}\n{found}");
}

#[test]
fn the_tail_is_the_binomials() {
    assert!((tail(2, 3, 0.5) - 0.5).abs() < 1e-12 && (tail(0, 9, 0.1) - 1.0).abs() < 1e-12);
    // What the tests below would call too often.
    assert!(tail(40, 100, 0.2) > 1e-6 && tail(42, 100, 0.2) < 1e-6);
}

#[test]
fn shares_are_covered() {
    all_cover(
        &[Worlds::All],
        120,
        &[
            "S1 selects a >= 50%",
            "S2 rates a extreme in every context >= 50%",
            "S2 rates b at least high in every context <= 50%",
            "S3 prefers a over b in every context >= 60%",
            "S3 undecided <= 50%",
        ],
    );
}

#[test]
fn drift_and_effects_are_covered() {
    all_cover(
        &[Worlds::All],
        50,
        &[
            "S3 direction effect <= 0.15",
            "S1 shift from other <= 0.1",
            "S2 shift from other <= 0.1",
            "S1 Jaccard at 70% across orders >= 0.9",
            "S1 count spread across orders >= 5",
        ],
    );
}

#[test]
fn tops_and_places_are_covered() {
    all_cover(
        &[Worlds::All, Worlds::Opposite],
        50,
        &[
            "S1 top-2 Jaccard with other >= 0.6",
            "S2 top-2 Jaccard with other >= 0.6",
            "S4 top-1 Jaccard with other >= 0.6",
            "S1 top-2 Jaccard across orders >= 0.9",
            "S1 ranks b within top 2",
            "S2 ranks b within top 2 in every context",
            "S4 ranks b within top 2 in x",
        ],
    );
}

#[test]
fn correlations_and_agreements_are_covered() {
    all_cover(
        &[Worlds::All, Worlds::Opposite],
        50,
        &[
            "S1 Spearman with other >= 0.5",
            "S3 Spearman with other >= 0.5",
            "S4 Spearman with other >= 0.5",
            "S1 Kendall with other >= 0.5",
            "S2 Kendall with other >= 0.5",
            "S1 aligns more with other than third",
            "S4 ranks within ±1 of S2 for >= 75%",
            "S4 agrees with S3 for >= 60%",
        ],
    );
}
