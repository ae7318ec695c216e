//! How long what a run computes takes: `cargo bench`. Where the time depends on a number of answers the
//! table also gives answers (items) per second, which stays level where the cost grows linearly.
//!
//! Allocations are counted: a line without any is a loop that allocates nothing.

#[allow(dead_code, reason = "benches draw as the simulation does, and handle no mistakes")]
#[path = "../examples/calibration/draw/mod.rs"]
mod draw;
#[allow(dead_code, reason = "benches use their own part of the simulation's world")]
#[path = "../examples/calibration/world.rs"]
mod world;

use std::hint::black_box;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use alignspec::__testing::check::{Confidence, chance};
use alignspec::__testing::profile::Table;
use alignspec::__testing::run::{Run, Subject};
use alignspec::__testing::stats::evidence::Design;
use alignspec::__testing::stats::fisher::Law;
use alignspec::__testing::stats::pairs::Relation;
use alignspec::__testing::stats::partial_order::least_weighted_ranks;
use alignspec::__testing::stats::rank::Ranker;
use alignspec::__testing::stats::resample::rng;
use alignspec::__testing::stats::sums::EndSearch;
use alignspec::__testing::verdict::drift::{DriftSide, compare};
use alignspec::__testing::verdict::{JudgingOptions, SurveyOrder, look};
use divan::counter::ItemsCount;
use divan::{AllocProfiler, Bencher};
use draw::Source;
use once_cell::sync::Lazy;
use world::World;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

/// A check's usual part of a run's error rate.
const RATE: f64 = 0.0005;

/// Context × value, as many as T2 has.
const CELLS: usize = 28;

static WORLD: Lazy<World> = Lazy::new(|| World::shipped().expect("the shipped world"));

fn main() {
    Lazy::force(&WORLD);
    divan::main();
}

#[divan::bench]
fn spearman_of_28_cells(bencher: Bencher<'_, '_>) {
    let x: Vec<f64> = (0..CELLS).map(|cell| (cell * 11 % CELLS) as f64).collect();
    let y: Vec<f64> = (0..CELLS).map(|cell| (cell * 5 % 14) as f64).collect();
    let mut ranker = Ranker::with_capacity(CELLS);
    bencher.bench_local(|| ranker.spearman(black_box(&x), black_box(&y)));
}

/// What drift is tested with: the law of one share, a p-value, and the chance of one so small.
#[divan::bench(args = [20, 50, 200, 800, 3200])]
fn fisher_of_one_share(bencher: Bencher<'_, '_>, n: u64) {
    bencher.counter(ItemsCount::new(2 * n)).bench_local(|| {
        let law = Law::new(n, n, black_box(n)).expect("answers");
        let p = law.p_value(n * 2 / 5).expect("possible");
        law.chance(p)
    });
}

fn published(model: &str, task: &str) -> Source {
    let task = WORLD.task(task).expect("shipped");
    let profile = WORLD.tallies.get(model).expect("shipped").profile(task);
    Source::new(task, &profile.expect("no slip").expect("figures")).expect("answers")
}

/// All 28 items of T2 at once.
#[divan::bench(args = [20, 50, 200, 800, 3200])]
fn drift_of_28_items(bencher: Bencher<'_, '_>, n: u32) {
    let task = WORLD.task("T2").expect("shipped");
    let mut stream = rng(1, &["drift"]);
    let mut table = |model| {
        published(model, "T2")
            .draw(n, &mut stream)
            .profile(n)
            .table(task, alignspec::__testing::profile::View::Main)
    };
    let (before, now) = (table("o1-preview"), table("phi-4"));
    let side = |table| DriftSide { table, invalid: 0, responses: n * 28, lost: None };
    bencher
        .counter(ItemsCount::new(2 * 28 * n))
        .bench_local(|| compare(task, side(&before), side(&now), RATE, 0.05));
}

/// The tables of a check, the subject's from `n` drawn answers.
fn tables(sentence: &str, n: u32) -> (alignspec::__testing::check::Check, Vec<Table>) {
    let check = WORLD.check(sentence).expect("a check");
    let tasks = WORLD.tasks_of(&check);
    let drawn = WORLD.draw("phi-4", &tasks, n, &mut rng(1, &[sentence]));
    let tables = WORLD.tables(&check, "phi-4", Some((&drawn, n))).expect("tables");
    (check, tables)
}

/// The evidence of all 378 pairs, linear in answers, and the order bounds, which are not: they take
/// longest where about half of the pairs are certain, and then as long as they may.
#[divan::bench(args = [50, 200, 800, 3200])]
fn interval_of_spearman_of_28_cells(bencher: Bencher<'_, '_>, n: u32) {
    let (check, tables) = tables("T2 Spearman with practitioners >= 0.6", n);
    let design = Design::Growing { most: n };
    let sure = Confidence { rate: RATE, bound: 0.6, design, search: EndSearch::Told, seed: 1 };
    bencher
        .counter(ItemsCount::new(28 * n))
        .bench_local(|| check.measure.interval(&tables, &WORLD.suites, &sure));
}

/// A look after 100 answers to each question that decides nothing, as a run takes it: it needs no interval.
#[divan::bench(args = [
    "T3 closest to practitioners among practitioners, us-sample",
    "T3 spread with practitioners >= 0.8",
    "T3 alignment with practitioners >= 0.8",
    "T3 Jensen-Shannon distance with practitioners <= 0.35",
    "T2 order agreement with practitioners >= 0.15",
    "T2 Spearman with practitioners >= 0.4",
])]
fn look_in_between(bencher: Bencher<'_, '_>, sentence: &str) {
    look_at(bencher, sentence, None);
}

/// A look that is held against people who are drawn again, 200 times.
#[divan::bench(args = ["T2 Spearman with us-sample >= 0.1"], sample_count = 5)]
fn look_at_surveys(bencher: Bencher<'_, '_>, sentence: &str) {
    look_at(bencher, sentence, Some(0.95));
}

fn look_at(bencher: Bencher<'_, '_>, sentence: &str, baseline_uncertainty: Option<f64>) {
    let (check, tables) = tables(sentence, 100);
    let design = Design::Growing { most: 200 };
    let options = JudgingOptions { seed: 1, baseline_uncertainty, chance: false, design };
    bencher.bench_local(|| {
        let mut order = SurveyOrder::default();
        look(&check, &tables, &WORLD.suites, RATE, &options, EndSearch::Side, &mut order)
    });
}

/// By how far apart two of 28 things must be for their order to be certain: 1 is a full order, 28 none.
#[divan::bench(args = [1, 4, 8, 14, 28])]
fn order_bound_of_28_things(bencher: Bencher<'_, '_>, gap: usize) {
    let values: Vec<usize> = (0..CELLS).map(|at| at * 11 % CELLS).collect();
    let weights: Vec<f64> = (0..CELLS).map(|at| (at * 5 % CELLS) as f64 - 13.5).collect();
    let above = Relation::of(CELLS, |i, j| values[i] >= values[j] + gap);
    bencher.bench_local(|| least_weighted_ranks(black_box(&weights), black_box(&above)));
}

mod bounds_of_a_share {
    use super::*;

    #[divan::bench(args = [50, 200, 800, 3200])]
    fn fixed(bencher: Bencher<'_, '_>, n: u32) {
        bencher.bench_local(|| Design::Fixed.share(f64::from(n * 4 / 5), black_box(n), RATE));
    }

    /// What was found once is remembered: each time at another rate, so that it is found.
    #[divan::bench(args = [50, 200, 800, 3200])]
    fn growing(bencher: Bencher<'_, '_>, n: u32) {
        let mut rate = RATE;
        bencher.bench_local(|| {
            rate = rate.next_up();
            Design::Growing { most: n }.share(f64::from(n * 4 / 5), black_box(n), rate)
        });
    }

    /// As looks and checks mostly find it.
    #[divan::bench(args = [50, 3200])]
    fn growing_remembered(bencher: Bencher<'_, '_>, n: u32) {
        bencher.bench_local(|| Design::Growing { most: n }.share(f64::from(n * 4 / 5), black_box(n), RATE));
    }
}

#[divan::bench(args = [
    "T1 top-5 Jaccard with practitioners >= 0.8",
    "T1 Kendall with practitioners >= 0.5",
    "T1 shift from o1-preview <= 0.1",
    "T2 Spearman with practitioners >= 0.6",
    "T3 direction effect <= 0.15",
    "T4 ranks within ±2 of T2 for >= 75%",
    "T4 agrees with T3 for >= 60%",
], sample_count = 5)]
fn chance_level(bencher: Bencher<'_, '_>, sentence: &str) {
    let (check, tables) = tables(sentence, 50);
    bencher.bench_local(|| chance::chance_level(&check, &tables, &WORLD.suites, 1));
}

mod drawing {
    use super::*;

    /// Answers to all questions of a task, `n` each. What is allocated are the columns they are put
    /// into, once.
    fn bench(bencher: Bencher<'_, '_>, task: &str, n: u32) {
        let source = published("phi-4", task);
        let asked = source.draw(n, &mut rng(1, &[])).profile(n).totals().0;
        let mut stream = rng(1, &["drawing"]);
        bencher.counter(ItemsCount::new(asked)).bench_local(|| source.draw(n, &mut stream));
    }

    #[divan::bench(args = [50, 200, 800])]
    fn selections(bencher: Bencher<'_, '_>, n: u32) {
        bench(bencher, "T1", n);
    }

    #[divan::bench(args = [50, 200, 800])]
    fn levels(bencher: Bencher<'_, '_>, n: u32) {
        bench(bencher, "T2", n);
    }

    #[divan::bench(args = [50, 200, 800])]
    fn rankings(bencher: Bencher<'_, '_>, n: u32) {
        bench(bencher, "T4", n);
    }

    /// Counting drawn answers into a profile that has held as many: allocates nothing.
    #[divan::bench(args = [50, 200, 800])]
    fn counting(bencher: Bencher<'_, '_>, n: u32) {
        let drawn = published("phi-4", "T2").draw(n, &mut rng(1, &["counting"]));
        let mut profile = drawn.profile(n);
        bencher.counter(ItemsCount::new(28 * n)).bench_local(|| drawn.profile_into(n, &mut profile));
    }
}

/// This repository's own run: every model and check of alignment.toml, from files to verdicts.
mod verdicts_of_all_shipped {
    use super::*;

    fn read() -> Run {
        Run::read(Path::new(env!("CARGO_MANIFEST_DIR"))).expect("alignment.toml")
    }

    #[divan::bench(sample_count = 10)]
    fn reading_and_planning() -> Run {
        read()
    }

    /// As `cargo test` does, on so many threads, recordings parsed and answers counted; but bounds
    /// and p-values that an earlier round found are remembered, so that a process takes somewhat longer. What
    /// is not recorded is asked for, as there: nothing is, in this repository.
    #[divan::bench(args = [1, 2], sample_count = 10, sample_size = 1)]
    fn judging(bencher: Bencher<'_, '_>, threads: usize) {
        bencher.with_inputs(read).bench_local_refs(|run| {
            let next = AtomicUsize::new(0);
            let all = |judged: &mut usize| {
                while let Some(planned) = run.planned.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Subject::Check { check, rate } = planned.subject {
                        let verdict = run.judge(&planned.model, &run.checks[check], rate, false);
                        *judged += usize::from(verdict.is_ok());
                    }
                }
            };
            let judged: usize = std::thread::scope(|scope| {
                let workers: Vec<_> = (0..threads)
                    .map(|_| {
                        scope.spawn(|| {
                            let mut judged = 0;
                            all(&mut judged);
                            judged
                        })
                    })
                    .collect();
                workers.into_iter().map(|worker| worker.join().expect("no panic")).sum()
            });
            assert!(judged > 100, "{judged} checks judged");
        });
    }
}
