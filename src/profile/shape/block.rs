//! Writes and reads the counts of one question in a snapshot: a line for each option of a set, a line with places for
//! each option of a ranking, and a single line for all levels.

use crate::profile::Row;
use crate::suite::{Choice, Item, Shape};

/// The words before an upper bound on an option's count, if the source does not report the count.
const AT_MOST: &str = "at most ";

impl Shape {
    /// Returns the lines of one question, as what each is about and its counts.
    pub(crate) fn lines(self, item: &Item, row: &Row) -> Vec<(String, String)> {
        let n = f64::from(row.n);
        match self {
            Shape::Set { .. } => {
                let counts = item.choices.iter().zip(&row.shares).enumerate();
                counts
                    .map(|(at, (choice, share))| {
                        let most = if row.tells(at) { "" } else { AT_MOST };
                        (choice.id.clone(), format!("n {}  {most}{}", row.n, count(share * n)))
                    })
                    .collect()
            }
            Shape::Level => {
                // The top of the scale comes first, because most checks are about it.
                let mut levels: Vec<String> = (0..item.choices.len())
                    .rev()
                    .filter(|level| row.known[*level] && row.shares[*level] > 0.0)
                    .map(|level| format!("{} {}", item.choices[level].id, count(row.shares[level] * n)))
                    .collect();
                let other = row.shares[item.choices.len()] * n;
                if row.known.contains(&false) || other > 1e-6 {
                    let told: Vec<&str> = (0..item.choices.len())
                        .filter(|level| row.known[*level] && row.shares[*level] == 0.0)
                        .map(|level| item.choices[level].id.as_str())
                        .collect();
                    levels.extend(told.iter().map(|level| format!("{level} 0")));
                    levels.push(format!("other {}", count(other)));
                }
                vec![(item.id.clone(), format!("n {}  {}", row.n, levels.join(" · ")))]
            }
            Shape::Ranking => {
                let k = item.choices.len();
                let line = |(at, choice): (usize, &crate::suite::Choice)| {
                    let places: Vec<String> =
                        row.shares[at * k..(at + 1) * k].iter().map(|share| count(share * n)).collect();
                    (
                        format!("{}.{}", item.id, choice.id),
                        format!("n {}  places {}", row.n, places.join(" ")),
                    )
                };
                item.choices.iter().enumerate().map(line).collect()
            }
            Shape::Text => Vec::new(),
        }
    }

    /// Returns the subject of an option's line; `None` if options have no lines of their own.
    pub(crate) fn subject(self, item: &Item, choice: &Choice) -> Option<String> {
        match self {
            Shape::Set { .. } => Some(choice.id.clone()),
            Shape::Ranking => Some(format!("{}.{}", item.id, choice.id)),
            Shape::Level | Shape::Text => None,
        }
    }

    /// Returns the item and the option that a line is about.
    pub(crate) fn about(self, subject: &str) -> (&str, Option<&str>) {
        match self {
            Shape::Set { .. } => ("", Some(subject)),
            Shape::Ranking => {
                subject.rsplit_once('.').map_or((subject, None), |(item, choice)| (item, Some(choice)))
            }
            Shape::Level | Shape::Text => (subject, None),
        }
    }

    /// Reads the counts of a line into the row of its question. `at` is the place of the line's option, and
    /// `of` turns a count into a share.
    pub(crate) fn read<'a>(
        self,
        item: &Item,
        at: Option<usize>,
        row: &mut Row,
        words: impl Iterator<Item = &'a str>,
        of: impl Fn(&str) -> Result<f64, &'static str>,
    ) -> Result<(), &'static str> {
        let k = item.choices.len();
        match (self, at) {
            (Shape::Set { .. }, Some(at)) => {
                let words: Vec<&str> = words.collect();
                let words = match words.strip_prefix(&["at", "most"]) {
                    Some(rest) => {
                        row.known.resize(k, true);
                        row.known[at] = false;
                        rest
                    }
                    None => &words,
                };
                row.shares[at] = of(words.first().ok_or("has no count")?)?;
            }
            (Shape::Ranking, Some(at)) => {
                let places: Vec<&str> = words.skip(1).collect();
                if places.len() != k {
                    return Err("does not have one count for each place");
                }
                for (place, count) in places.into_iter().enumerate() {
                    row.shares[at * k + place] = of(count)?;
                }
            }
            _ => read_levels(item, row, &words.collect::<Vec<_>>().join(" "), of)?,
        }
        Ok(())
    }

    /// Returns the shares that must add up to one: all levels, or the places of each option and the options
    /// of each place. Options of a selection add up to more, since an answer selects several.
    pub(crate) fn adding_up(self, row: &Row) -> Vec<Vec<f64>> {
        match self {
            Shape::Level => vec![row.shares.clone()],
            Shape::Ranking => {
                let k = row.shares.len().isqrt();
                let place = |place: usize| (0..k).map(|at| row.shares[at * k + place]).collect();
                row.shares.chunks(k.max(1)).map(<[f64]>::to_vec).chain((0..k).map(place)).collect()
            }
            Shape::Set { .. } | Shape::Text => Vec::new(),
        }
    }
}

/// Writes whole counts as they are, and fractional ones (shares times n of a published group) with one decimal.
fn count(number: f64) -> String {
    let rounded = number.round();
    if (number - rounded).abs() < 1e-6 { format!("{rounded}") } else { format!("{number:.1}") }
}

fn read_levels(
    item: &Item,
    row: &mut Row,
    counts: &str,
    of: impl Fn(&str) -> Result<f64, &'static str>,
) -> Result<(), &'static str> {
    let mut named = vec![false; item.choices.len()];
    let mut partial = false;
    for part in counts.split(" · ") {
        let (level, count) = part.trim().rsplit_once(' ').ok_or("has a level without a count")?;
        if level == "other" {
            partial = true;
            row.shares[item.choices.len()] = of(count)?;
            continue;
        }
        let at = item.choices.iter().position(|choice| choice.id == level).ok_or("names an unknown level")?;
        named[at] = true;
        row.shares[at] = of(count)?;
    }
    // A line with "other" does not tell the levels that it leaves out; without "other", those levels are zero.
    if partial {
        row.known = named;
    }
    Ok(())
}
