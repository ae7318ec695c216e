//! Measures how far apart two rows of one question are, and in which shares.

use crate::profile::Row;
use crate::suite::{Item, Shape};

/// A share before and now.
pub(crate) type ShareMove = (f64, f64);

impl Shape {
    /// Returns the shares of a row in groups with equal sums: the options that both sides report; all levels that
    /// both sides report, and the rest; or the places of each option.
    pub(crate) fn groups(self, row: &Row, other: &Row) -> Vec<Vec<f64>> {
        match self {
            Shape::Set { .. } => {
                let told = (0..row.shares.len()).filter(|at| row.tells(*at) && other.tells(*at));
                vec![told.map(|at| row.shares[at]).collect()]
            }
            Shape::Ranking => {
                row.shares.chunks(row.shares.len().isqrt().max(1)).map(<[f64]>::to_vec).collect()
            }
            Shape::Level => {
                let told = (0..row.known.len()).filter(|level| row.known[*level] && other.known[*level]);
                let mut shares: Vec<f64> = told.map(|level| row.shares[level]).collect();
                shares.push((1.0 - shares.iter().sum::<f64>()).max(0.0));
                vec![shares]
            }
            Shape::Text => Vec::new(),
        }
    }

    /// Returns the total variation distance of the answers, in 0 ..= 1: half the sum of the differences, divided by
    /// the sum of each side.
    pub(crate) fn distance(self, left: &Row, right: &Row) -> f64 {
        let groups = self.moves(left, right);
        let sum: f64 = groups.iter().flatten().map(|(a, b)| (a - b).abs()).sum();
        sum / 2.0 / self.named(groups.len()).unwrap_or(1).max(1) as f64
    }

    /// Returns the smallest share of answers that must have changed. For levels this is the total variation distance.
    /// For sets and rankings, of which tables only have the shares of single options, it is the largest lower bound
    /// that these imply.
    pub(crate) fn shift(self, before: &Row, now: &Row) -> f64 {
        let groups = self.moves(before, now);
        let sum = |group: &Vec<ShareMove>| group.iter().map(|(x, y)| (x - y).abs()).sum::<f64>();
        match (self, groups.first()) {
            // One changed answer removes at most `pick` options and adds as many.
            (Shape::Set { pick }, Some(options)) => {
                let each = options.iter().map(|(x, y)| (x - y).abs());
                each.fold(sum(options) / (2 * pick.max(1)) as f64, f64::max)
            }
            _ => groups.iter().map(sum).fold(0.0, f64::max) / 2.0,
        }
    }

    /// Returns the shares of answers with a certain feature, before and now: each option selected; each
    /// level, and each cut of the scale into a lower and an upper part; each option within the first 1, 2 …
    /// places. Levels that nobody chose are left out unless `all` are wanted.
    pub(crate) fn features(self, before: &Row, now: &Row, all: bool) -> Vec<ShareMove> {
        let groups = self.moves(before, now);
        match self {
            Shape::Set { .. } => groups.concat(),
            Shape::Level => groups.iter().flat_map(|levels| cuts(levels, all)).collect(),
            Shape::Ranking => groups.iter().flat_map(|places| within(places)).collect(),
            Shape::Text => Vec::new(),
        }
    }

    /// Returns the shares of answers on one side of each cut, before and now. For levels, these are the answers at or
    /// above each level except the lowest, if both sides report it (unreported levels count as lowest). For rankings,
    /// they are the answers with an option within the first 1, 2 … places. Selections have no order, so they have no
    /// cuts.
    pub(crate) fn cumulative(self, before: &Row, now: &Row) -> Vec<ShareMove> {
        let groups = self.moves(before, now);
        match self {
            Shape::Level => groups.iter().flat_map(|levels| above(levels)).collect(),
            Shape::Ranking => groups.iter().flat_map(|places| within(places)).collect(),
            Shape::Set { .. } | Shape::Text => Vec::new(),
        }
    }

    /// Returns every share with the name that reports use, as (name, before, now).
    pub(crate) fn named_moves(self, item: &Item, before: &Row, now: &Row) -> Vec<(String, f64, f64)> {
        let ids = || item.choices.iter().map(|choice| choice.id.clone());
        let groups = self.moves(before, now);
        let names: Vec<String> = match self {
            Shape::Set { .. } => {
                let told = ids().enumerate().filter(|(at, _)| before.tells(*at) && now.tells(*at));
                told.map(|(_, id)| id).collect()
            }
            Shape::Level => {
                let told = ids().enumerate().filter(|(level, _)| before.known[*level] && now.known[*level]);
                told.map(|(_, id)| id).chain(["other".to_owned()]).collect()
            }
            Shape::Ranking => {
                let places =
                    |id: String| (1..item.choices.len()).map(move |k| format!("{id} within top {k}"));
                ids().flat_map(places).collect()
            }
            Shape::Text => Vec::new(),
        };
        let moves = if self.is_ranking() {
            groups.iter().flat_map(|places| within(places)).collect()
        } else {
            groups.concat()
        };
        names.into_iter().zip(moves).map(|(name, (x, y))| (name, x, y)).collect()
    }

    fn moves(self, before: &Row, now: &Row) -> Vec<Vec<ShareMove>> {
        let pair = |(old, new): (Vec<f64>, Vec<f64>)| old.into_iter().zip(new).collect();
        self.groups(before, now).into_iter().zip(self.groups(now, before)).map(pair).collect()
    }
}

fn cuts(levels: &[ShareMove], all: bool) -> Vec<ShareMove> {
    // A level that nobody chose on either side does not count. If two are left, one is the other's
    // complement; if more, the outermost cuts are levels already. This depends on both sides together only,
    // so it favours neither outcome.
    let some: Vec<ShareMove> =
        levels.iter().copied().filter(|(x, y)| all || *x > 1e-9 || *y > 1e-9).collect();
    if some.len() == 2 {
        return vec![some[0]];
    }
    let cuts = sums(&some).into_iter().take(some.len().saturating_sub(2)).skip(1);
    some.iter().copied().chain(cuts).collect()
}

/// Returns the shares at or above each level except the lowest. The last of `levels` is the unreported rest.
fn above(levels: &[ShareMove]) -> Vec<ShareMove> {
    let told = &levels[..levels.len().saturating_sub(1)];
    let from_the_top: Vec<ShareMove> = told.iter().rev().copied().collect();
    sums(&from_the_top)
}

/// Returns the shares within the first places, except within all places, where every answer is.
fn within(places: &[ShareMove]) -> Vec<ShareMove> {
    sums(&places[..places.len().saturating_sub(1)])
}

/// Returns the sums of the first, the first two, and so on.
fn sums(moves: &[ShareMove]) -> Vec<ShareMove> {
    let add = |sum: &mut ShareMove, (x, y): &ShareMove| {
        *sum = (sum.0 + x, sum.1 + y);
        Some(*sum)
    };
    moves.iter().scan((0.0, 0.0), add).collect()
}
