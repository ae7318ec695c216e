//! Units: what a bound counts, how it is written, and which numbers it can be.

/// What a bound counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// 0 to 1, written as a percentage.
    Share,
    /// 0 to 1, written as a decimal.
    Index,
    /// −1 to 1.
    Correlation,
    /// 0 or more.
    Number,
    /// A place, from 1.
    Place,
}

/// Reads a share: `0.9`, `.9` or `90%`.
pub(crate) fn share(text: &str) -> Option<f64> {
    let (digits, scale) = match text.strip_suffix('%') {
        Some(digits) => (digits, 100.0),
        None => (text, 1.0),
    };
    let plain = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-'));
    let number = digits.parse::<f64>().ok().filter(|_| plain)?;
    number.is_finite().then_some(number / scale)
}

impl Unit {
    /// Returns the lowest and the highest number of this unit.
    pub(crate) fn ends(self) -> (f64, f64) {
        match self {
            Unit::Share | Unit::Index => (0.0, 1.0),
            Unit::Correlation => (-1.0, 1.0),
            Unit::Number => (0.0, f64::MAX),
            Unit::Place => (1.0, f64::MAX),
        }
    }

    pub(crate) fn accept(self, bound: f64, text: &str) -> Result<(), String> {
        let what = match self {
            Unit::Share => "a share lies between 0% and 100%",
            Unit::Index => "this number lies between 0 and 1",
            Unit::Correlation => "a correlation lies between -1 and 1",
            Unit::Number => "this number is never negative",
            Unit::Place => "places count from 1",
        };
        let (low, high) = self.ends();
        if (low..=high).contains(&bound) {
            return Ok(());
        }
        let percent = self == Unit::Share && bound > 1.0 && bound <= 100.0 && !text.ends_with('%');
        let hint = if percent { format!("; did you mean {text}%?") } else { String::new() };
        Err(format!("no answers can give {text}: {what}{hint}"))
    }

    /// Checks that a bound, as it is written, can be what was meant. For example, `0.9%` is hardly meant as a
    /// share, and a count has no percent sign.
    pub(crate) fn means(self, text: &str, at_least: bool) -> Result<(), String> {
        let Some(digits) = text.strip_suffix('%') else { return Ok(()) };
        if matches!(self, Unit::Number | Unit::Place) {
            return Err(format!(
                "this is a number, not a share: write {digits}, or the number that is meant, without %"
            ));
        }
        let number = digits.parse::<f64>().unwrap_or_default().abs();
        // An upper bound on something rare may well be a few in a thousand.
        let rare = self == Unit::Share && !at_least;
        if number > 0.0 && number < 1.0 && !rare {
            let meant = Unit::Share.exact(number);
            return Err(format!(
                "{text} is less than one in a hundred: did you mean {meant}, which equals {digits}?"
            ));
        }
        Ok(())
    }

    /// Whether a value can be on the wrong side of the bound.
    pub(crate) fn can_fail(self, bound: f64, at_least: bool) -> bool {
        self.open(bound, at_least, self.ends()).is_ok()
    }

    /// Checks that values from `low` to `high` can be on either side of a bound. A check that cannot fail, or cannot
    /// pass, says nothing of the answers.
    pub(crate) fn open(self, bound: f64, at_least: bool, (low, high): (f64, f64)) -> Result<(), String> {
        let (sign, all, none) = match at_least {
            true => (">=", bound <= low, bound > high),
            false => ("<=", bound >= high, bound < low),
        };
        let bound = self.exact(bound);
        let why = match (low == high, (low, high) == self.ends()) {
            (true, _) => format!(": its number is always {}", self.exact(low)),
            (false, true) => String::new(),
            (false, false) => format!(": its number lies between {} and {}", self.show(low), self.show(high)),
        };
        match (all, none) {
            (true, _) => {
                Err(format!("all answers satisfy {sign} {bound}, so this check could not fail{why}"))
            }
            (_, true) => Err(format!("no answers satisfy {sign} {bound}, so this check could not pass{why}")),
            _ => Ok(()),
        }
    }

    /// Writes a value of this unit as reports print it.
    pub fn show(self, value: f64) -> String {
        let text = match self {
            Unit::Share => format!("{:.1}%", value * 100.0),
            Unit::Index | Unit::Correlation => format!("{value:.3}"),
            // The upper end of what is not bounded.
            Unit::Number if value >= 1e12 => "any number".to_owned(),
            Unit::Number => format!("{value:.2}"),
            Unit::Place => format!("{value:.1}"),
        };
        // A number that rounds to zero has no sign.
        match text.strip_prefix('-') {
            Some(rest) if !rest.contains(|digit: char| ('1'..='9').contains(&digit)) => rest.to_owned(),
            _ => text,
        }
    }

    pub(crate) fn exact(self, bound: f64) -> String {
        let trim = |number: f64| {
            let text = format!("{number:.10}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        };
        if self == Unit::Share { format!("{}%", trim(bound * 100.0)) } else { trim(bound) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_has_no_sign() {
        assert_eq!(
            [-0.0001, 0.0, -0.2].map(|value| Unit::Correlation.show(value)),
            ["0.000", "0.000", "-0.200"]
        );
        assert_eq!(Unit::Share.show(-0.0), "0.0%");
    }
}
