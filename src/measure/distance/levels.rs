//! Two distributions over the levels of a scale: how far they are apart, and the functions of one answer that
//! tell it.

use crate::measure::share_ends::share_ends;
use crate::profile::Row;
use crate::stats::UndefinedStatistic;
use crate::stats::evidence::Design;
use crate::stats::sums::{GivenShares, Payoff, Worth, divergence};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Metric {
    TotalVariation,
    /// Over the greatest that it can be.
    Wasserstein,
    /// The root of the divergence to the base 2.
    JensenShannon,
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
    /// Where these are several: the levels that are not told as one.
    told: Option<Box<Compared>>,
}

impl Compared {
    /// # Errors
    /// The place of a level that the subject's figures do not tell, where all are needed.
    pub(super) fn of(metric: Metric, own: &Row, theirs: &Row) -> Result<Compared, usize> {
        match metric {
            Metric::TotalVariation => Ok(Compared::pooled(own, theirs)),
            Metric::Wasserstein | Metric::JensenShannon => match own.known.iter().position(|known| !known) {
                Some(level) => Err(level),
                None => Ok(Compared::whole(metric, own, theirs)),
            },
        }
    }

    /// Levels that either side does not tell are one group, the last.
    fn pooled(own: &Row, theirs: &Row) -> Compared {
        let told = |level: usize| own.known[level] && theirs.known.get(level) == Some(&true);
        let groups = groups(own.known.len(), told);
        let metric = Metric::TotalVariation;
        let (own, theirs) = (grouped(own, &groups), vec![grouped(theirs, &groups)]);
        Compared { metric, own, theirs, groups, told: None }
    }

    /// Each level is a group.
    fn whole(metric: Metric, own: &Row, theirs: &Row) -> Compared {
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
        let all = theirs;
        let theirs = if open.is_empty() { vec![told.clone()] } else { open.iter().map(with).collect() };
        let pooled = (theirs.len() > 1).then(|| Compared { metric, ..Compared::pooled(own, all) });
        Compared {
            metric,
            own: own.shares[..levels].to_vec(),
            theirs,
            groups: (0..levels).collect(),
            told: pooled.map(Box::new),
        }
    }

    /// The distance from one of what the other side's shares could be.
    fn from(&self, theirs: &[f64]) -> f64 {
        match self.metric {
            Metric::TotalVariation => variation(&self.own, theirs),
            Metric::Wasserstein => {
                let steps = self.own.len().saturating_sub(1);
                let (mut ahead, mut sum) = (0.0_f64, 0.0);
                for (p, q) in self.own.iter().zip(theirs).take(steps) {
                    ahead += p - q;
                    sum += ahead.abs();
                }
                sum / steps.max(1) as f64
            }
            Metric::JensenShannon => divergence(&self.own, theirs).sqrt(),
        }
    }

    /// The greatest distance that it could be: all that is not told lies on one level, since the distance (or its
    /// square) is convex.
    pub(super) fn most(&self) -> f64 {
        self.theirs.iter().map(|theirs| self.from(theirs)).fold(0.0, f64::max)
    }

    /// The least that the functions show; or that it could be, with shares that are not told as the subject's.
    pub(super) fn least(&self) -> f64 {
        if let [theirs] = self.theirs.as_slice() {
            return self.from(theirs);
        }
        if let (Metric::JensenShannon, Some(told)) = (self.metric, &self.told) {
            return told.most();
        }
        let mean =
            |payoff: &Vec<f64>| self.own.iter().zip(payoff).map(|(share, value)| share * value).sum::<f64>();
        self.payoffs(false).iter().map(mean).fold(0.0, f64::max)
    }

    /// What the question counts with in a sum: the greatest distance that it could be, or at most the least.
    pub(super) fn worth(&self, weight: f64, most: bool) -> Worth {
        if self.metric == Metric::JensenShannon {
            let of = if most { self } else { self.told.as_deref().unwrap_or(self) };
            let (groups, any_of) = (of.groups.clone(), of.theirs.clone());
            return Worth::JensenShannon(GivenShares { groups, any_of, weight });
        }
        let scaled = |values: Vec<f64>| Payoff::of(values.iter().map(|value| value * weight).collect());
        Worth::Largest(self.payoffs(most).into_iter().map(scaled).collect())
    }

    /// Functions of one answer (by level) whose largest mean is the distance: of the greatest that it could be,
    /// or at most the least that it could be.
    fn payoffs(&self, most: bool) -> Vec<Vec<f64>> {
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
            // It has too many, and is bet on otherwise.
            Metric::JensenShannon => Vec::new(),
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

    /// How far a side can be from its figures, at most: see [`variation_away`].
    pub(super) fn away(&self, row: &Row, sample: Option<(Design, f64)>) -> Result<f64, UndefinedStatistic> {
        let levels = row.known.len();
        if self.metric != Metric::Wasserstein {
            let away = variation_away(row, levels, sample)?;
            // The Jensen–Shannon distance is a metric, and at most the root of the total variation (Lin, 1991).
            return Ok(if self.metric == Metric::JensenShannon { away.sqrt() } else { away });
        }
        // Shares of all levels up to one.
        let mut shares = shares_told(row, levels);
        (1..levels).for_each(|level| shares[level] += shares[level - 1]);
        let ends = share_ends(&shares[..levels.saturating_sub(1)], row, sample, levels)?;
        let either =
            ends.iter().zip(&shares).map(|((low, high), share)| (high - share).max(share - low).max(0.0));
        Ok((either.sum::<f64>() / (levels.saturating_sub(1)).max(1) as f64).min(1.0))
    }
}

/// For each level its group: one for each that is told, and the last for all others. It is also that of "other".
pub(in crate::measure) fn groups(levels: usize, told: impl Fn(usize) -> bool) -> Vec<usize> {
    let rest = (0..levels).filter(|level| told(*level)).count();
    let mut next = 0;
    let group = |level: usize| {
        next += usize::from(told(level));
        if told(level) { next - 1 } else { rest }
    };
    (0..levels).map(group).chain([rest]).collect()
}

/// The shares of the groups.
pub(in crate::measure) fn grouped(row: &Row, groups: &[usize]) -> Vec<f64> {
    let rest = groups.last().copied().unwrap_or(0);
    let mut shares = vec![0.0; rest + 1];
    let told = (0..row.known.len()).filter(|level| groups[*level] < rest);
    told.for_each(|level| shares[groups[level]] = row.shares[level]);
    shares[rest] = (1.0 - shares.iter().sum::<f64>()).max(0.0);
    shares
}

/// The total variation distance: the share of answers that would have to change.
pub(in crate::measure) fn variation(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(p, q)| (p - q).abs()).sum::<f64>() / 2.0
}

/// The shares of levels that are told; the others have 0.
fn shares_told(row: &Row, levels: usize) -> Vec<f64> {
    let told = |level: usize| row.known.get(level) == Some(&true);
    (0..levels).map(|level| if told(level) { row.shares[level] } else { 0.0 }).collect()
}

/// How far a side can be from its figures in total variation, at most: whatever its responses that were not read
/// meant; and as a sample, with a chance of at most the rate that it is farther.
pub(in crate::measure) fn variation_away(
    row: &Row,
    levels: usize,
    sample: Option<(Design, f64)>,
) -> Result<f64, UndefinedStatistic> {
    if sample.is_none() && row.unread == 0 {
        return Ok(0.0);
    }
    let mut shares = shares_told(row, levels);
    let rest = (1.0 - shares.iter().sum::<f64>()).max(0.0);
    if rest > 1e-9 {
        shares.push(rest);
    }
    let ends = share_ends(&shares, row, sample, levels + 1)?;
    let (mut more, mut less) = (0.0, 0.0);
    for ((low, high), share) in ends.iter().zip(&shares) {
        more += (high - share).max(0.0);
        less += (share - low).max(0.0);
    }
    Ok(f64::min(more, less).min(1.0))
}

/// All sequences of `length` numbers that are one of two each; the first one changes fastest.
fn sequences(either: [f64; 2], length: usize) -> Vec<Vec<f64>> {
    let longer = |shorter: Vec<Vec<f64>>, _| {
        let with = |last: f64| shorter.iter().map(move |start| [start.as_slice(), &[last]].concat());
        either.into_iter().flat_map(with).collect()
    };
    (0..length).fold(vec![Vec::new()], longer)
}
