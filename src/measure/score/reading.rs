//! How a number is read from a row of a table, and from a single answer.

use crate::profile::Row;
use crate::stats::pairs::has;

/// How a number is read from a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::measure) enum ScoreReading {
    /// One share.
    Share { at: usize, sign: f64 },
    /// The levels before the middle minus those after it.
    Net { levels: usize },
    /// − the mean place of certain choices (a set) among `k`. In one answer this is a whole number of `parts` of a
    /// place, which is 1 where no value has several stories.
    Place { stories: u64, k: usize, parts: u32 },
}

impl ScoreReading {
    /// Returns the number that is read from a row.
    pub(in crate::measure) fn number_in(self, row: &Row) -> f64 {
        match self {
            ScoreReading::Share { at, sign } => sign * row.shares[at],
            ScoreReading::Net { levels } => {
                let middle = levels / 2;
                let first: f64 = row.shares[..middle].iter().sum();
                let second: f64 = row.shares[levels - middle..levels].iter().sum();
                first - second
            }
            ScoreReading::Place { stories, k, .. } => {
                let place = |choice: usize| {
                    let places = &row.shares[choice * k..(choice + 1) * k];
                    places.iter().zip(1u32..).map(|(share, place)| share * f64::from(place)).sum::<f64>()
                };
                // This is called for every draw of a chance level: only the stories are visited.
                let (mut sum, mut left) = (0.0, stories);
                while left != 0 {
                    sum += place(left.trailing_zeros() as usize);
                    left &= left - 1;
                }
                -sum / f64::from(stories.count_ones().max(1))
            }
        }
    }

    /// Returns how many stories it reads the places of, where it reads places.
    pub(in crate::measure) fn stories(self) -> Option<u32> {
        if let ScoreReading::Place { stories, .. } = self { Some(stories.count_ones()) } else { None }
    }

    /// Returns how many of the whole numbers that stand for one answer make up a unit of the score.
    pub(in crate::measure) fn parts(self) -> u32 {
        if let ScoreReading::Place { parts, .. } = self { parts } else { 1 }
    }

    /// Returns the lowest and the highest value that one answer can have.
    pub(in crate::measure) fn range(self) -> (f64, f64) {
        match self {
            ScoreReading::Share { sign, .. } => (sign.min(0.0), sign.max(0.0)),
            ScoreReading::Net { .. } => (-1.0, 1.0),
            ScoreReading::Place { k, .. } => (-(k as f64), -1.0),
        }
    }

    /// Returns the share that it reads, where answers do not exclude each other.
    pub(in crate::measure) fn share_of(self, row: &Row) -> Option<f64> {
        match self {
            ScoreReading::Share { at, sign } if sign > 0.0 => row.shares.get(at).copied(),
            _ => None,
        }
    }

    /// Returns the value of one selection. Like that of the other shapes it is a small whole number, and its
    /// mean is the score.
    pub(in crate::measure) fn of_set(self, set: u64) -> i32 {
        match self {
            ScoreReading::Share { at, sign } if has(set, at) => sign as i32,
            _ => 0,
        }
    }

    pub(in crate::measure) fn of_level(self, level: u8) -> i32 {
        let level = usize::from(level);
        match self {
            ScoreReading::Share { at, sign } if level == at => sign as i32,
            ScoreReading::Net { levels } if level < levels / 2 => 1,
            ScoreReading::Net { levels } if level >= levels - levels / 2 && level < levels => -1,
            _ => 0,
        }
    }

    /// Returns the value of one ranking: − the mean place of the choices, in [`parts`](Self::parts) of a place.
    pub(in crate::measure) fn of_ranking(self, order: &[u8]) -> i32 {
        let ScoreReading::Place { stories, parts, .. } = self else { return 0 };
        let places = order.iter().zip(1_u32..).filter(|(choice, _)| has(stories, usize::from(**choice)));
        let sum: u32 = places.map(|(_, place)| place).sum();
        // A task has so few stories, and `parts` is so limited, that this is far from overflowing.
        i32::try_from(sum * (parts / stories.count_ones().max(1))).map_or(0, |place| -place)
    }

    pub(super) fn told(self, row: &Row) -> Option<usize> {
        match self {
            ScoreReading::Share { at, .. } => (!row.tells(at)).then_some(at),
            ScoreReading::Net { levels } => (0..levels).find(|level| !row.tells(*level)),
            ScoreReading::Place { .. } => None,
        }
    }
}
