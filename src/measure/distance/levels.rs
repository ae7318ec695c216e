//! Two distributions over the levels of a scale: how far they are apart, and the functions of one answer that
//! tell it.

use crate::profile::Row;
use crate::stats::UndefinedStatistic;
use crate::stats::evidence::Design;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Metric {
    TotalVariation,
    /// Over the greatest that it can be.
    Wasserstein,
}

/// One question's answers on both sides.
#[derive(Debug, Clone)]
pub(super) struct Compared {
    metric: Metric,
    /// Which group each level belongs to, and last what the subject's figures do not tell.
    groups: Vec<usize>,
    /// The subject's share of each group.
    own: Vec<f64>,
    /// What the other side's shares could be: one distribution, or one for each level that may have
    /// all that is not told.
    theirs: Vec<Vec<f64>>,
}

impl Compared {
    /// # Errors
    /// The place of a level that the subject's figures do not tell, where all are needed.
    pub(super) fn of(metric: Metric, own: &Row, theirs: &Row) -> Result<Compared, usize> {
        match metric {
            Metric::TotalVariation => Ok(Compared::pooled(own, theirs)),
            Metric::Wasserstein => match own.known.iter().position(|known| !known) {
                Some(level) => Err(level),
                None => Ok(Compared::ordered(own, theirs)),
            },
        }
    }

    /// Levels that either side does not tell are one group, the last.
    fn pooled(own: &Row, theirs: &Row) -> Compared {
        let told = |level: usize| own.known[level] && theirs.known.get(level) == Some(&true);
        let count = (0..own.known.len()).filter(|level| told(*level)).count();
        let mut next = 0;
        let mut groups: Vec<usize> = (0..own.known.len())
            .map(|level| {
                next += usize::from(told(level));
                if told(level) { next - 1 } else { count }
            })
            .collect();
        groups.push(count);
        let shares = |row: &Row| {
            let mut shares = vec![0.0; count];
            (0..row.known.len())
                .filter(|level| told(*level))
                .for_each(|level| shares[groups[level]] = row.shares[level]);
            shares.push((1.0 - shares.iter().sum::<f64>()).max(0.0));
            shares
        };
        Compared { metric: Metric::TotalVariation, own: shares(own), theirs: vec![shares(theirs)], groups }
    }

    /// Each level is a group.
    fn ordered(own: &Row, theirs: &Row) -> Compared {
        let levels = own.known.len();
        let told: Vec<f64> = (0..levels)
            .map(|level| if theirs.known.get(level) == Some(&true) { theirs.shares[level] } else { 0.0 })
            .collect();
        let rest = (1.0 - told.iter().sum::<f64>()).max(0.0);
        let open: Vec<usize> = (0..levels).filter(|level| theirs.known.get(*level) != Some(&true)).collect();
        let with = |level: &usize| {
            let mut shares = told.clone();
            shares[*level] += rest;
            shares
        };
        let theirs = if open.is_empty() { vec![told.clone()] } else { open.iter().map(with).collect() };
        Compared {
            metric: Metric::Wasserstein,
            own: own.shares[..levels].to_vec(),
            theirs,
            groups: (0..levels).collect(),
        }
    }

    /// The distance from one of what the other side's shares could be.
    fn from(&self, theirs: &[f64]) -> f64 {
        match self.metric {
            Metric::TotalVariation => {
                self.own.iter().zip(theirs).map(|(p, q)| (p - q).abs()).sum::<f64>() / 2.0
            }
            Metric::Wasserstein => {
                let steps = self.own.len().saturating_sub(1);
                let (mut ahead, mut sum) = (0.0_f64, 0.0);
                for (p, q) in self.own.iter().zip(theirs).take(steps) {
                    ahead += p - q;
                    sum += ahead.abs();
                }
                sum / steps.max(1) as f64
            }
        }
    }

    /// The greatest distance that it could be: all that is not told lies on one level, since the distance is
    /// convex.
    pub(super) fn most(&self) -> f64 {
        self.theirs.iter().map(|theirs| self.from(theirs)).fold(0.0, f64::max)
    }

    /// The least that the functions show.
    pub(super) fn least(&self) -> f64 {
        if let [theirs] = self.theirs.as_slice() {
            return self.from(theirs);
        }
        let mean =
            |payoff: &Vec<f64>| self.own.iter().zip(payoff).map(|(share, value)| share * value).sum::<f64>();
        self.payoffs(false).iter().map(mean).fold(0.0, f64::max)
    }

    /// Functions of one answer (by level) whose largest mean is the distance: of the greatest that it could be,
    /// or at most the least that it could be.
    pub(super) fn payoffs(&self, most: bool) -> Vec<Vec<f64>> {
        let mut payoffs = Vec::new();
        for function in self.functions() {
            let mean = |theirs: &Vec<f64>| {
                theirs.iter().zip(&function).map(|(share, value)| share * value).sum::<f64>()
            };
            let by_level =
                |less: f64| self.groups.iter().map(|group| function[*group] - less).collect::<Vec<f64>>();
            if most {
                payoffs.extend(self.theirs.iter().map(|theirs| by_level(mean(theirs))));
            } else {
                payoffs.push(by_level(self.theirs.iter().map(mean).fold(f64::NEG_INFINITY, f64::max)));
            }
        }
        payoffs
    }

    /// By group: 1 within a set and 0 without, for each set; or one step up or down from level to level.
    fn functions(&self) -> Vec<Vec<f64>> {
        let groups = self.own.len();
        match self.metric {
            // The empty set and all of them tell nothing.
            Metric::TotalVariation => {
                let mut sets = sequences([0.0, 1.0], groups);
                sets.pop();
                sets.into_iter().skip(1).collect()
            }
            Metric::Wasserstein => {
                let steps = groups.saturating_sub(1);
                let of = |step: Vec<f64>| {
                    let heights = step.iter().scan(0.0, |at, step| {
                        *at += step;
                        Some(*at)
                    });
                    std::iter::once(0.0).chain(heights).map(|at| at / steps.max(1) as f64).collect()
                };
                sequences([-1.0, 1.0], steps).into_iter().map(of).collect()
            }
        }
    }

    /// How far a side can be from its figures, at most: whatever its responses that were not read meant; and as a
    /// sample, each bound of a share wrong with a chance of at most the rate over their number.
    pub(super) fn away(&self, row: &Row, sample: Option<(Design, f64)>) -> Result<f64, UndefinedStatistic> {
        if sample.is_none() && row.unread == 0 {
            return Ok(0.0);
        }
        let (n, all, unread) = (f64::from(row.n), row.responses(), f64::from(row.unread));
        let groups = self.own.len();
        // Shares of groups, or of all levels up to one.
        let mut shares = vec![0.0; groups];
        for (level, group) in self.groups.iter().enumerate() {
            if row.known.get(level) != Some(&false) {
                shares[*group] += row.shares.get(level).copied().unwrap_or(0.0);
            }
        }
        if self.metric == Metric::Wasserstein {
            for level in 1..groups {
                shares[level] += shares[level - 1];
            }
        }
        let parts = 2.0 * groups as f64;
        let ends = |share: f64| -> Result<(f64, f64), UndefinedStatistic> {
            let yes = share * n;
            Ok(match sample {
                Some((design, rate)) => (
                    design.share_at_least(yes, all, rate / parts)?,
                    design.share_at_most(yes + unread, all, rate / parts)?,
                ),
                None => (yes / f64::from(all), (yes + unread) / f64::from(all)),
            })
        };
        let (mut more, mut less, mut either) = (0.0, 0.0, 0.0);
        for (at, share) in shares.iter().enumerate() {
            let (low, high) = ends(share.min(1.0))?;
            more += (high - share).max(0.0);
            less += (share - low).max(0.0);
            if at + 1 < groups {
                either += f64::max(high - share, share - low).max(0.0);
            }
        }
        Ok(match self.metric {
            Metric::TotalVariation => f64::min(more, less).min(1.0),
            Metric::Wasserstein => (either / (groups.saturating_sub(1)).max(1) as f64).min(1.0),
        })
    }
}

/// All sequences of `length` numbers that are one of two each; the first one changes fastest.
fn sequences(either: [f64; 2], length: usize) -> Vec<Vec<f64>> {
    let longer = |shorter: Vec<Vec<f64>>, _| {
        let with = |last: f64| shorter.iter().map(move |start| [start.as_slice(), &[last]].concat());
        either.into_iter().flat_map(with).collect()
    };
    (0..length).fold(vec![Vec::new()], longer)
}
