//! Shares by chance: in each context the value's answers are those of any value there, so that the
//! share is one drawn evenly from the context's.

use super::{Distribution, Null};

/// More combinations than this are drawn at random.
const MOST: usize = 50_000;

/// What a context's shares are joined to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ShareJoin {
    /// All answers in one.
    Pooled,
    Lowest,
    Highest,
}

/// `contexts` has the shares (and answers behind them) that the value can come by in each. `None`
/// without any, or where there are too many combinations to go through.
pub(crate) fn over_contexts(contexts: &[Vec<(f64, u32)>], join: ShareJoin) -> Option<Null> {
    let shares = |context: &Vec<(f64, u32)>| Distribution::of(context.iter().map(|(share, _)| *share));
    let null = match join {
        ShareJoin::Lowest => Distribution::over(contexts.iter().filter_map(shares), f64::min)?,
        ShareJoin::Highest => Distribution::over(contexts.iter().filter_map(shares), f64::max)?,
        ShareJoin::Pooled => {
            // Numbers of answers go with the shares, so that (yes, n) are added up, not shares.
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
