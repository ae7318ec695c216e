//! Checks that figures by option or level add up to the number of answers, neither more nor less.

use std::ops::Range;

use super::{ChoiceNumbers, Placed};
use crate::ground::diagnostic::{Diagnostic, Source};
use crate::profile::Counts;
use crate::suite::Item;

/// How far a printed share may be off because it was rounded to two digits.
const ROUNDING: f64 = 0.005;

/// How far sums of whole numbers and of shares may be off because computers round.
const EXACT: f64 = 1e-6;

impl ChoiceNumbers {
    /// Returns how often each option was selected in `valid` answers, each of which selects `pick`.
    pub(super) fn selected(
        &self,
        pick: usize,
        partial: bool,
        valid: u32,
        item: &Item,
        file: &Source,
    ) -> Result<Counts, Diagnostic> {
        let counts = self.by_choice(valid, item, file)?;
        if let (false, Some(at)) = (partial, counts.iter().position(Option::is_none)) {
            return Err(Diagnostic::new(format!("`{}` is missing", item.choices[at].id))
                .at(file, self.place.clone())
                .help("write 0 if nobody chose it, or `partial = true` if it is not known"));
        }
        self.none_above(valid, file)?;
        let (found, all) = (counts.iter().flatten().sum::<f64>(), pick as f64 * f64::from(valid));
        let short = all - found > self.slack(valid) + EXACT;
        let answers = format!("{valid} answers of {pick} picks each");
        if found - all > self.slack(valid) + EXACT {
            let help = if self.shares {
                "correct them: each is a share of the answers, not of the picks"
            } else {
                "correct them, or n: the number of answers, not of picks"
            };
            return Err(self.refused(found, &format!("{answers} give at most"), all, valid, file).help(help));
        }
        if short && !partial {
            let problem = self.refused(found, &format!("{answers} give"), all, valid, file);
            return Err(problem.help(
                "correct them or n; if some are known to be missing, leave out each option that the source does not give and add `partial = true`",
            ));
        }
        // If picks are missing, a 0 may stand for some of them. An option that is not told may have all that
        // are missing, but at most one for each answer.
        let most = (all - found + self.slack(valid)).clamp(0.0, f64::from(valid));
        let told = |count: &Option<f64>| count.is_some_and(|count| !short || count > 0.0);
        let untold: Vec<usize> = (counts.iter().enumerate())
            .filter(|(_, count)| partial && most > EXACT && !told(count))
            .map(|(at, _)| at)
            .collect();
        let mut selected: Vec<f64> = counts.into_iter().map(|count| count.unwrap_or(0.0)).collect();
        untold.iter().for_each(|at| selected[*at] = most);
        Ok(Counts::Set { selected, untold, rows: Vec::new() })
    }

    /// Returns how many of `valid` answers are at each level, with `None` for a level that is not named.
    pub(super) fn levels(&self, valid: u32, item: &Item, file: &Source) -> Result<Counts, Diagnostic> {
        let counts = self.by_choice(valid, item, file)?;
        let (found, all) = (counts.iter().flatten().sum::<f64>(), f64::from(valid));
        if found - all > self.slack(valid) + EXACT {
            let problem = self.refused(found, &format!("{valid} answers give at most"), all, valid, file);
            return Err(problem.help("correct them or n"));
        }
        // The remaining answers are at levels that are not named, if there are any.
        if all - found > self.slack(valid) + EXACT && counts.iter().all(Option::is_some) {
            let problem = self.refused(found, &format!("{valid} answers give"), all, valid, file);
            return Err(problem.help(
                "correct them or n; count what was no answer as `invalid`, and leave out each level that the source does not give",
            ));
        }
        Ok(Counts::Level { counts, rows: Vec::new() })
    }

    /// Checks that no option was chosen more often than there are answers.
    fn none_above(&self, valid: u32, file: &Source) -> Result<(), Diagnostic> {
        let above = |(_, number): &&(Placed<String>, f64)| !self.shares && *number > f64::from(valid) + EXACT;
        match self.numbers.iter().find(above) {
            None => Ok(()),
            Some((Placed(id, place), number)) => {
                let number = written(*number);
                let message = format!("`{id}` was chosen {number} times, but there are {valid} answers");
                Err(Diagnostic::new(message).at(file, place.clone()).help("correct it, or n"))
            }
        }
    }

    /// Returns by how many answers the sum may be off because each printed share was rounded.
    fn slack(&self, valid: u32) -> f64 {
        if self.shares { ROUNDING * f64::from(valid) * self.numbers.len() as f64 } else { 0.0 }
    }

    /// Makes the error that the figures add up to `found` instead of `all`, as shares if they are shares.
    fn refused(&self, found: f64, give: &str, all: f64, valid: u32, file: &Source) -> Diagnostic {
        let place: Range<usize> = self.place.clone();
        if !self.shares {
            let message = format!("these add up to {}, but {give} {}", written(found), written(all));
            return Diagnostic::new(message).at(file, place);
        }
        let share = |sum: f64| written(sum / f64::from(valid.max(1)));
        let off = written(ROUNDING * self.numbers.len() as f64);
        Diagnostic::new(format!(
            "these shares add up to {}, but {give} {} (up to {off} off where each is rounded to two digits)",
            share(found),
            share(all)
        ))
        .at(file, place)
    }
}

/// Formats a number without digits that come from rounding.
fn written(number: f64) -> String {
    format!("{}", (number * 1e4).round() / 1e4)
}
