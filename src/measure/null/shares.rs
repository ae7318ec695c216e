//! Shares by chance: in each context the value's answers are replaced by those of a value drawn evenly from
//! all values there.

use super::{Distribution, Null};

/// Where there are more combinations than this, random ones are drawn.
const MOST: usize = 50_000;

/// How the shares of all contexts are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ShareJoin {
    Pooled,
    Lowest,
    Highest,
}

/// Returns the distribution of the joined share. `contexts` has the shares (and the answers behind them) that
/// the value can get in each. `None` if there are none, or too many combinations to try all.
pub(crate) fn over_contexts(contexts: &[Vec<(f64, u32)>], join: ShareJoin) -> Option<Null> {
    let shares = |context: &Vec<(f64, u32)>| Distribution::of(context.iter().map(|(share, _)| *share));
    let null = match join {
        ShareJoin::Lowest => Distribution::over(contexts.iter().filter_map(shares), f64::min)?,
        ShareJoin::Highest => Distribution::over(contexts.iter().filter_map(shares), f64::max)?,
        ShareJoin::Pooled => {
            // Shares are pooled by their numbers of answers, as (yes, n).
            let ways = contexts.iter().try_fold(1_usize, |ways, context| ways.checked_mul(context.len()));
            ways.filter(|ways| (1..=MOST).contains(ways))?;
            let mut sums = vec![(0.0, 0.0)];
            for context in contexts {
                let add = |(yes, all): (f64, f64)| {
                    context.iter().map(move |(share, n)| (yes + share * f64::from(*n), all + f64::from(*n)))
                };
                sums = sums.into_iter().flat_map(add).collect();
            }
            Distribution::of(sums.into_iter().map(|(yes, n)| if n > 0.0 { yes / n } else { 0.0 }))?
        }
    };
    Some(null.exact())
}

#[cfg(test)]
mod tests {
    use super::super::ChanceMethod;
    use super::*;

    #[test]
    fn answers_are_pooled_and_the_lowest_is_the_lowest() {
        let contexts = [vec![(0.0, 10), (1.0, 10)], vec![(0.5, 30), (1.0, 10)]];
        // (0+15)/40, (0+10)/20, (10+15)/40, (10+10)/20
        let pooled = over_contexts(&contexts, ShareJoin::Pooled).expect("contexts");
        assert_eq!((pooled.lower, pooled.upper), (0.375, 1.0));
        assert!((pooled.mean - (0.375 + 0.5 + 0.625 + 1.0) / 4.0).abs() < 1e-12);
        assert_eq!(pooled.method, ChanceMethod::Exact { outcomes: 4 });
        let lowest = over_contexts(&contexts, ShareJoin::Lowest).expect("contexts");
        assert!((lowest.mean - (0.0 + 0.0 + 0.5 + 1.0) / 4.0).abs() < 1e-12);
        let highest = over_contexts(&contexts, ShareJoin::Highest).expect("contexts");
        assert!((highest.mean - (0.5 + 1.0 + 1.0 + 1.0) / 4.0).abs() < 1e-12);
        assert_eq!(over_contexts(&[], ShareJoin::Lowest), None);
        assert_eq!(over_contexts(&vec![vec![(0.5, 1); 10]; 5], ShareJoin::Pooled), None);
    }
}
