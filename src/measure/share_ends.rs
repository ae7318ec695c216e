//! Bounds of several shares of one row at once.

use crate::profile::Row;
use crate::stats::UndefinedStatistic;
use crate::stats::evidence::Design;

/// Bounds of shares, of which there are `parts`: whatever responses that were not read meant; and as a sample,
/// each end wrong with a chance of at most the rate over their number.
pub(super) fn share_ends(
    shares: &[f64],
    row: &Row,
    sample: Option<(Design, f64)>,
    parts: usize,
) -> Result<Vec<(f64, f64)>, UndefinedStatistic> {
    let (n, all, unread) = (f64::from(row.n), row.responses(), f64::from(row.unread));
    let parts = 2.0 * parts as f64;
    let ends = |share: &f64| {
        let yes = share.min(1.0) * n;
        Ok(match sample {
            Some((design, rate)) => (
                design.share_at_least(yes, all, rate / parts)?,
                design.share_at_most(yes + unread, all, rate / parts)?,
            ),
            None => (yes / f64::from(all), (yes + unread) / f64::from(all)),
        })
    };
    shares.iter().map(ends).collect()
}
