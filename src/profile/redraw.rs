//! Draws the answers of a table again, as another sample of the same size might have had them: what a survey of as
//! many other people would have found.
//!
//! If answers are known one by one, as many are drawn from them with replacement (the bootstrap: Efron, Ann. Statist.
//! 7, 1979). From published totals, answers are simulated by their shares. A level is drawn by its share. A selection
//! is drawn at the size of an answer with maximum entropy, given the share of each option (`stats::inclusion`); extra
//! options stand for picks that the figures do not report. Questions are drawn independently, because totals do not
//! show which answers belong to the same person. The number of unread responses stays the same.

use std::sync::Arc;

use rand::RngExt;

use super::{Joint, Row, Table, UNREAD};
use crate::stats::inclusion::FixedSize;
use crate::stats::pairs::has;
use crate::stats::resample::{Stream, binomial, multinomial};
use crate::suite::Shape;

/// A table that is prepared for repeated draws.
#[derive(Debug)]
pub(crate) struct TableRedraw {
    shape: Shape,
    rows: Vec<RowRedraw>,
}

/// How the answers of one row are drawn.
#[derive(Debug)]
enum RowRedraw {
    /// From the row's own answers, one by one.
    Answers,
    /// From groups of this many shares, where each group adds up to one.
    Shares(usize),
    /// From a distribution over selections, whose first members are these options; the others are extra options.
    Sets { sets: FixedSize, options: Vec<usize> },
    /// Option by option, if no distribution over selections has their shares.
    Options,
}

impl TableRedraw {
    pub(crate) fn of(table: &Table) -> TableRedraw {
        let rows = table.rows.iter().map(|row| RowRedraw::of(row, table.shape)).collect();
        TableRedraw { shape: table.shape, rows }
    }

    /// Draws a sample as large as `table`, from which `self` was made, into `again`, which must have the same rows.
    pub(crate) fn draw(&self, table: &Table, again: &mut Table, rng: &mut Stream) {
        for ((redraw, row), again) in self.rows.iter().zip(&table.rows).zip(&mut again.rows) {
            redraw.draw(row, again, self.shape, rng);
        }
    }
}

impl RowRedraw {
    fn of(row: &Row, shape: Shape) -> RowRedraw {
        match (row.joint.as_deref(), shape) {
            (Some(Joint::Sets(_) | Joint::Rankings(_) | Joint::People(_) | Joint::Levels(_)), _) => {
                RowRedraw::Answers
            }
            (_, Shape::Set { pick }) => RowRedraw::sets(row, pick),
            (_, Shape::Ranking) => RowRedraw::Shares(row.shares.len().isqrt()),
            (_, Shape::Level | Shape::Text) => RowRedraw::Shares(row.shares.len()),
        }
    }

    fn sets(row: &Row, pick: usize) -> RowRedraw {
        let options: Vec<usize> = (0..row.shares.len()).filter(|at| row.tells(*at)).collect();
        let mut shares: Vec<f64> = options.iter().map(|at| row.shares[*at].clamp(0.0, 1.0)).collect();
        let untold = pick as f64 - shares.iter().sum::<f64>();
        if untold > 1e-9 {
            let nobodys = untold.ceil();
            shares.resize(shares.len() + nobodys as usize, untold / nobodys);
        }
        match FixedSize::new(&shares, pick) {
            Ok(sets) => RowRedraw::Sets { sets, options },
            Err(_) => RowRedraw::Options,
        }
    }

    fn draw(&self, row: &Row, again: &mut Row, shape: Shape, rng: &mut Stream) {
        let n = u64::from(row.n);
        let of_n = |count: u64| count as f64 / f64::from(row.n.max(1));
        match self {
            RowRedraw::Answers => answers(row, again, shape, rng),
            RowRedraw::Shares(length) => {
                let mut counts = vec![0; (*length).max(1)];
                let groups = row.shares.chunks(counts.len()).zip(again.shares.chunks_mut(counts.len()));
                for (shares, again) in groups {
                    // Shares that are all zero stay as they are.
                    if multinomial(rng, n, shares, &mut counts[..shares.len()]).is_ok() {
                        again.iter_mut().zip(&counts).for_each(|(share, count)| *share = of_n(*count));
                    }
                }
            }
            RowRedraw::Sets { sets, options } => {
                let mut counts = vec![0; sets.inclusion.len()];
                sets.add_counts(rng, n, &mut counts);
                options.iter().zip(&counts).for_each(|(at, count)| again.shares[*at] = of_n(*count));
            }
            RowRedraw::Options => {
                for (at, share) in row.shares.iter().enumerate().filter(|(at, _)| row.tells(*at)) {
                    again.shares[at] = of_n(binomial(rng, n, share.clamp(0.0, 1.0)));
                }
            }
        }
    }
}

/// Draws as many of the answers that were read, with replacement, and puts the unread ones last.
fn drawn<T: Clone>(all: &[T], unread: impl Fn(&T) -> bool, rng: &mut Stream) -> Vec<T> {
    let (without, read): (Vec<&T>, Vec<&T>) = all.iter().partition(|answer| unread(answer));
    let again = read.iter().map(|_| read[rng.random_range(0..read.len())].clone());
    let mut again: Vec<T> = again.collect();
    again.extend(without.into_iter().cloned());
    again
}

fn answers(row: &Row, again: &mut Row, shape: Shape, rng: &mut Stream) {
    let Some(joint) = row.joint.as_deref() else { return };
    let (step, options) = (1.0 / f64::from(row.n.max(1)), row.shares.len());
    again.shares.fill(0.0);
    let shares = &mut again.shares;
    let joint = match joint {
        Joint::Sets(sets) => {
            let sets = drawn(sets, |set| *set == 0, rng);
            let chosen = |at: usize| sets.iter().filter(|set| has(**set, at)).count();
            shares.iter_mut().enumerate().for_each(|(at, share)| *share = chosen(at) as f64 * step);
            Joint::Sets(sets)
        }
        Joint::Rankings(orders) | Joint::People(orders) => {
            let orders = drawn(orders, Vec::is_empty, rng);
            let k = options.isqrt();
            for order in &orders {
                for (place, choice) in order.iter().enumerate() {
                    shares[usize::from(*choice) * k + place] += step;
                }
            }
            if matches!(joint, Joint::People(_)) { Joint::People(orders) } else { Joint::Rankings(orders) }
        }
        Joint::Levels(forms) => {
            let forms: Vec<(String, Vec<u8>)> = (forms.iter())
                .map(|(label, levels)| (label.clone(), drawn(levels, |level| *level == UNREAD, rng)))
                .collect();
            let levels = forms.iter().flat_map(|(_, levels)| levels).filter(|level| **level != UNREAD);
            levels.for_each(|level| shares[usize::from(*level).min(options - 1)] += step);
            Joint::Levels(forms)
        }
        Joint::Panel => Joint::Panel,
    };
    debug_assert!(shape == Shape::Level || !matches!(joint, Joint::Levels(_)), "levels are those of a scale");
    again.joint = Some(Arc::new(joint));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::resample::rng;

    fn row(shares: &[f64], known: &[bool], n: u32, joint: Option<Joint>) -> Row {
        let (shares, known) = (shares.to_vec(), known.to_vec());
        Row { item: String::new(), n, unread: 0, shares, known, joint: joint.map(Arc::new) }
    }

    /// Returns the mean and the standard deviation of each share over 2,000 draws, and the last of these draws.
    fn many(row: Row, shape: Shape) -> (Vec<(f64, f64)>, Row) {
        let table = Table { shape, rows: vec![row] };
        let (redraw, mut again, mut rng) = (TableRedraw::of(&table), table.clone(), rng(1, &["redraw"]));
        let mut sums = vec![(0.0, 0.0); table.rows[0].shares.len()];
        const DRAWS: usize = 2_000;
        for _ in 0..DRAWS {
            redraw.draw(&table, &mut again, &mut rng);
            for (sum, share) in sums.iter_mut().zip(&again.rows[0].shares) {
                *sum = (sum.0 + share, sum.1 + share * share);
            }
        }
        let each = sums.into_iter().map(|(sum, squares)| {
            let mean = sum / DRAWS as f64;
            (mean, (squares / DRAWS as f64 - mean * mean).max(0.0).sqrt())
        });
        (each.collect(), again.rows.remove(0))
    }

    #[test]
    fn shares_are_those_of_the_figures_and_vary_as_those_of_a_sample() {
        let level = [0.6, 0.3, 0.1];
        let set = [0.9, 0.5, 0.35, 0.2];
        let sets = Joint::Sets([0b0011_u64, 0b0101, 0b0011, 0b1001].repeat(25));
        let levels =
            Joint::Levels(vec![("a".to_owned(), [0, 0, 1].repeat(20)), ("b".to_owned(), vec![2; 20])]);
        for (name, row, shape) in [
            ("levels", row(&level, &[true; 2], 100, Some(Joint::Panel)), Shape::Level),
            ("selections", row(&set, &[], 100, None), Shape::Set { pick: 2 }),
            ("known selections", row(&[1.0, 0.5, 0.25, 0.25], &[], 100, Some(sets)), Shape::Set { pick: 2 }),
            ("known levels", row(&[0.5, 0.25, 0.25, 0.0], &[true; 3], 80, Some(levels)), Shape::Level),
        ] {
            let (wanted, n, forms) = (row.shares.clone(), f64::from(row.n), name == "known levels");
            let (found, last) = many(row, shape);
            for (share, (mean, deviation)) in wanted.iter().zip(found) {
                let of_sample = (share * (1.0 - share) / n).sqrt();
                assert!(
                    (mean - share).abs() < 4.0 * of_sample / 2_000_f64.sqrt() + 1e-9,
                    "{name}: {mean} {share}"
                );
                // With several forms, each keeps its own number of answers.
                assert!(
                    forms || (deviation - of_sample).abs() < 0.1 * of_sample + 1e-9,
                    "{name}: {deviation}"
                );
            }
            assert!((last.shares.iter().sum::<f64>() - wanted.iter().sum::<f64>()).abs() < 0.2, "{name}");
        }
    }

    #[test]
    fn what_is_certain_or_not_told_stays_so() {
        let untold = row(&[1.0, 0.0, 0.5, 0.6], &[true, true, true, false], 50, None);
        let (found, last) = many(untold, Shape::Set { pick: 2 });
        assert_eq!((found[0], found[1]), ((1.0, 0.0), (0.0, 0.0)));
        assert!((found[2].0 - 0.5).abs() < 0.01 && (last.shares[3] - 0.6).abs() < 1e-12);
        let orders = Joint::Rankings(vec![vec![1, 0], vec![1, 0], Vec::new()]);
        let (_, last) = many(row(&[0.0, 1.0, 1.0, 0.0], &[], 2, Some(orders.clone())), Shape::Ranking);
        assert_eq!((last.joint.as_deref(), last.shares), (Some(&orders), vec![0.0, 1.0, 1.0, 0.0]));
    }
}
