//! What is known of single scores: bounds of each by itself, and whether those of the other side leave open which
//! pairs count.

use crate::measure::Undefined;
use crate::measure::score::{RowReading, Score, ScoreReading};
use crate::profile::{Row, Table};
use crate::stats::evidence::Design;

/// The lowest and the highest score that cells can have.
pub(super) fn range(cells: &[Score]) -> (f64, f64) {
    cells.iter().flat_map(Score::parts).next().map_or((0.0, 1.0), |(_, reading)| reading.range())
}

/// Whether which scores differ by the margin is the same whatever the other side's responses that were not
/// read meant.
pub(super) fn certain(theirs: &[Score], table: &Table, margin: f64) -> Result<bool, Undefined> {
    if table.unread() == 0 {
        return Ok(true);
    }
    let ends: Vec<(f64, f64)> =
        theirs.iter().map(|cell| ends(&cell.parts(), table, None)).collect::<Result<_, _>>()?;
    let open = |i: usize, j: usize| ends[i].1 - ends[j].0 >= margin && ends[i].0 - ends[j].1 < margin;
    let pairs = (0..ends.len()).flat_map(|i| (0..ends.len()).map(move |j| (i, j)));
    Ok(!pairs.into_iter().any(|(i, j)| i != j && open(i, j)))
}

/// Bounds of a cell's score, whatever responses that were not read meant: for the answers as they stand, or as
/// a sample, each end wrong with a chance of at most the rate.
pub(super) fn ends(
    parts: &[RowReading],
    table: &Table,
    sample: Option<(Design, f64)>,
) -> Result<(f64, f64), Undefined> {
    let rows = parts.len().max(1) as f64;
    let (mut low, mut high, mut all) = (0.0, 0.0, 0.0);
    for (row, reading) in parts {
        let row = &table.rows[*row];
        let (least, most) = reading.range();
        let span = (most - least).max(f64::MIN_POSITIVE);
        let (n, responses) = (f64::from(row.n), row.responses());
        let part = (reading.number_in(row) - least) / span * n;
        let (from, upto) = match sample {
            None => (part / f64::from(responses), (part + f64::from(row.unread)) / f64::from(responses)),
            Some((design, rate)) => bounds(row, *reading, part, design, rate / rows)?,
        };
        let weight = if sample.is_some() { 1.0 } else { f64::from(responses) };
        low += weight * (least + span * from);
        high += weight * (least + span * upto);
        all += weight;
    }
    Ok((low / all, high / all))
}

/// Bounds of a mean of answers, on a scale from 0 to 1, of which all responses that were read make up `part`.
fn bounds(
    row: &Row,
    reading: ScoreReading,
    part: f64,
    design: Design,
    rate: f64,
) -> Result<(f64, f64), Undefined> {
    let (all, unread) = (row.responses(), f64::from(row.unread));
    // Where answers are not known one by one, nothing is known of the places of several stories together.
    if matches!(reading, ScoreReading::Place { stories, .. } if stories.count_ones() != 1) {
        return Ok((0.0, 1.0));
    }
    if let ScoreReading::Share { .. } = reading {
        return Ok((
            design.share_at_least(part, all, rate)?,
            design.share_at_most(part + unread, all, rate)?,
        ));
    }
    let on_scale = |unread_as: f64| {
        let mut values = values(reading, row);
        values.iter_mut().for_each(|(value, count)| {
            *value = 2.0 * *value - 1.0;
            *count *= f64::from(row.n);
        });
        values.push((unread_as, unread));
        design.mean(&values, rate)
    };
    Ok(((1.0 + on_scale(-1.0)?.low) / 2.0, (1.0 + on_scale(1.0)?.high) / 2.0))
}

/// The values that answers have, on a scale from 0 to 1, with the share of answers that have each.
fn values(reading: ScoreReading, row: &Row) -> Vec<(f64, f64)> {
    match reading {
        ScoreReading::Share { at, sign } => {
            let yes = if sign > 0.0 { 1.0 } else { 0.0 };
            vec![(yes, row.shares[at]), (1.0 - yes, 1.0 - row.shares[at])]
        }
        ScoreReading::Net { levels } => {
            let value = |level: usize| match level {
                level if level < levels / 2 => 1.0,
                level if level >= levels - levels / 2 => 0.0,
                _ => 0.5,
            };
            (0..levels).map(|level| (value(level), row.shares[level])).collect()
        }
        ScoreReading::Place { stories, k, .. } => {
            let choice = stories.trailing_zeros() as usize;
            let value = |place: usize| 1.0 - place as f64 / (k.max(2) - 1) as f64;
            (0..k).map(|place| (value(place), row.shares[choice * k + place])).collect()
        }
    }
}
