//! What is repeated thousands of times allocates nothing: drawing answers, and resampling them.
//!
//! The counting allocator is allocation-counter's, for this test binary alone.

#[path = "../benches/support/resampling.rs"]
mod resampling;

use std::hint::black_box;
use std::path::Path;

use alignspec::__testing::diagnostic::Diagnostic;
use alignspec::__testing::profile::draw::Source;
use alignspec::__testing::respondent::tally::Tallies;
use alignspec::__testing::stats::inclusion::FixedSize;
use alignspec::__testing::stats::resample::{
    Dirichlet, bayesian_bootstrap, beta, choose_first, dirichlet, multinomial, permutation, rng, shuffle,
};
use allocation_counter::measure;
use resampling::Resampling;

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
fn resampling_a_correlation_allocates_nothing() {
    for n in [50, 800] {
        let mut resampling = Resampling::new(n);
        let mut sum = 0.0;
        let count = allocations(|| {
            for _ in 0..1000 {
                sum += resampling.once().expect("an order");
            }
        });
        assert_eq!(count, 0);
        assert!(sum.abs() > 0.0);
    }
}

#[test]
fn no_draw_allocates() {
    let mut stream = rng(1, &["draws"]);
    let sets = FixedSize::new(&[1.0, 0.75, 0.75, 0.25, 0.25, 0.0], 3).expect("sets");
    let posterior = Dirichlet::posterior(&[11, 8, 5, 26], 0.5).expect("a posterior");
    let (mut shares, mut counts, mut order, mut weights) = ([0.0; 4], [0; 4], [0; 28], [0.0; 28]);
    let count = allocations(|| {
        for _ in 0..1000 {
            black_box(sets.draw(&mut stream));
            posterior.draw(&mut stream, &mut shares).expect("as long");
            dirichlet(&mut stream, &[1e-9, 0.5, 2.0, 1e-9], &mut shares).expect("as long");
            // All so small that it is drawn on a logarithmic scale.
            dirichlet(&mut stream, &[1e-9, 1e-9, 1e-9, 1e-9], &mut shares).expect("as long");
            black_box(beta(&mut stream, 45.5, 5.5).expect("a share"));
            multinomial(&mut stream, 50, &[0.2, 0.0, 0.3, 0.5], &mut counts).expect("as long");
            permutation(&mut stream, &mut order);
            shuffle(&mut stream, &mut order);
            choose_first(&mut stream, &mut order, 5);
            bayesian_bootstrap(&mut stream, &mut weights);
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
