//! What is repeated thousands of times allocates nothing: draws of shuffled respondents and their correlation,
//! and the drawing of answers in simulations.
//!
//! The counting allocator is allocation-counter's, for this test binary alone.

#[allow(dead_code, reason = "the tests of drawing are in tests/it")]
#[path = "../examples/calibration/draw/mod.rs"]
mod draw;

use std::hint::black_box;
use std::path::Path;

use alignspec::__testing::baseline::Tallies;
use alignspec::__testing::baseline::Tallies;
use alignspec::__testing::diagnostic::Diagnostic;
use alignspec::__testing::stats::inclusion::FixedSize;
use alignspec::__testing::stats::rank::{Ranker, ranks};
use alignspec::__testing::stats::resample::{choose_first, multinomial, rng, shuffle};
use allocation_counter::measure;
use draw::Source;

fn allocations(of: impl FnOnce()) -> u64 {
    measure(of).count_total
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| drop(black_box(vec![1_u8]))), 1);
    // Growing is counted as well: a column that was made too small would not go unnoticed.
    let grown = allocations(|| (0..100).for_each(|at| black_box(&mut vec![0_u8; 1]).resize(at + 2, 0)));
    assert!(grown >= 200, "{grown}");
}

#[test]
fn correlating_shuffled_shares_allocates_nothing() {
    const CELLS: usize = 28;
    let mut shares: Vec<f64> = (0..CELLS).map(|cell| (cell * 11 % 14) as f64).collect();
    let other: Vec<f64> = (0..CELLS).map(|cell| (cell * 5 % CELLS) as f64).collect();
    let ranked = ranks(&other).expect("numbers");
    let (mut ranker, mut stream) = (Ranker::with_capacity(CELLS), rng(1, &["shuffled"]));
    let mut sum = 0.0;
    let count = allocations(|| {
        for _ in 0..1000 {
            shuffle(&mut stream, &mut shares);
            sum += ranker.spearman(&shares, &other).expect("an order").abs();
            sum += ranker.spearman_with_ranked(&shares, &ranked).expect("an order").abs();
        }
    });
    assert_eq!(count, 0);
    assert!(sum > 0.0);
}

#[test]
fn no_draw_allocates() {
    let mut stream = rng(1, &["draws"]);
    let sets = FixedSize::new(&[1.0, 0.75, 0.75, 0.25, 0.25, 0.0], 3).expect("sets");
    let (mut counts, mut order) = ([0; 4], [0; 28]);
    let count = allocations(|| {
        for _ in 0..1000 {
            black_box(sets.draw(&mut stream));
            multinomial(&mut stream, 50, &[0.2, 0.0, 0.3, 0.5], &mut counts).expect("as long");
            shuffle(&mut stream, &mut order);
            choose_first(&mut stream, &mut order, 5);
        }
    });
    assert_eq!(count, 0);
}

#[test]
fn drawing_answers_allocates_their_columns_once_and_counting_them_nothing() {
    let builtin = [("builtin".to_owned(), Diagnostic::new("builtin"))];
    let suites = alignspec::__testing::suite::load(Path::new("."), &builtin);
    let tallies = Tallies::load(Path::new("."), &builtin);
    for id in ["T1", "T2", "T3", "T4"] {
        let task = suites.task(id).expect("shipped");
        let profile = tallies.get("phi-4").expect("shipped").profile(task).expect("no slip");
        let source = Source::new(task, &profile.expect("figures")).expect("answers");
        let mut stream = rng(1, &[id]);
        let mut of = |samples: u32| allocations(|| drop(black_box(source.draw(samples, &mut stream))));
        let (few, many) = (of(10), of(1000));
        // One column a cell, whatever the number of answers, and the list of columns.
        let cells = source.draw(10, &mut rng(1, &[id])).profile(10);
        let cells = cells.items.values().map(|item| item.forms.len() as u64).sum::<u64>();
        assert_eq!((few, many), (cells + 1, cells + 1), "{id}");
        let drawn = source.draw(1000, &mut rng(1, &[id]));
        let mut profile = drawn.profile(1000);
        let again = allocations(|| {
            // Full, then fuller again: thousands of looks go up, and start anew.
            drawn.profile_into(1000, &mut profile);
            drawn.profile_into(1000, &mut profile);
        });
        assert_eq!(again, 0, "{id}");
    }
}
