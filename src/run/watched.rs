//! What a watch asks.

use crate::stats::resample::{Stream, choose_first};

/// Spreads requests over questions: to each the same number, and one more to as many as there are left, which are
/// drawn from the stream.
///
/// ```
/// use alignspec::__testing::run::spread_requests;
/// use alignspec::__testing::stats::resample::rng;
/// let each = spread_requests(53, 100, &mut rng(1, &["watch"]));
/// assert_eq!((each.iter().sum::<u32>(), each.iter().min(), each.iter().max()), (100, Some(&1), Some(&2)));
/// ```
#[must_use]
pub fn spread_requests(questions: usize, requests: u32, stream: &mut Stream) -> Vec<u32> {
    let Some(all) = u32::try_from(questions).ok().filter(|all| *all > 0) else { return Vec::new() };
    let mut each = vec![requests / all; questions];
    let left = (requests % all) as usize;
    let mut places: Vec<usize> = (0..questions).collect();
    choose_first(stream, &mut places, left);
    places.into_iter().take(left).for_each(|place| each[place] += 1);
    each
}
