//! What the requests of a plan take in tokens and money, before any is made.
//!
//! Costs are ranges, since the length of an answer is up to the model: from the likely requests with answers
//! of usual length, to the most requests with the longest answers. The usual and the longest are those of the
//! recording, or without one, a short answer and `max_tokens`.

use std::fmt;
use std::ops::AddAssign;

use crate::config::Model;
use crate::ground::format::thousands;
use crate::provider::{likely_longest, likely_shortest};
use crate::run::RecordedTokens;
use crate::suite::Task;

/// The most and the fewest characters in a token of a question; English text has about four.
const CHARACTERS: (f64, f64) = (5.0, 3.0);

/// Tokens and money, from the likely to the most. `Display` rounds both.
///
/// ```
/// let cost = alignspec::Cost { tokens: (12_345.0, 250_400.0), usd: Some((0.0123, 1.5)) };
/// assert_eq!(cost.to_string(), "about 12,000 to 250,000 tokens, $0.012 to $1.50");
/// let unknown = alignspec::Cost { usd: None, ..cost };
/// assert!(unknown.to_string().ends_with("(no price in the config)"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Cost {
    /// The tokens of questions and answers.
    pub tokens: (f64, f64),
    /// The US dollars, if every model among them has a price.
    pub usd: Option<(f64, f64)>,
}

/// The tokens of one question and its answer, from the likely to the most.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct TokensPerQuestion {
    asked: (f64, f64),
    said: (f64, f64),
}

impl TokensPerQuestion {
    /// Estimates the tokens from the recording, or from the length of the questions.
    pub(super) fn of(
        model: &Model,
        task: &Task,
        seed: u64,
        used: Option<RecordedTokens>,
    ) -> TokensPerQuestion {
        if let Some(used) = used {
            return TokensPerQuestion { asked: (used.asked, used.asked), said: (used.said, used.longest) };
        }
        let own = [&model.system, &task.system].into_iter().flatten().map(|words| words.chars().count());
        let before: usize = own.sum();
        let lengths =
            (0..task.items.len()).map(|item| task.question(seed, item, 0, 0).prompt.chars().count());
        let mean = (before + lengths.sum::<usize>() / task.items.len().max(1)) as f64;
        let said = (likely_shortest(model), likely_longest(model));
        TokensPerQuestion { asked: (mean / CHARACTERS.0, mean / CHARACTERS.1), said }
    }

    /// Returns the tokens for asking back: the question and its answer once more, then the words, which are
    /// no longer than the question, and another answer.
    pub(super) fn back(&self) -> TokensPerQuestion {
        let asked = (2.0 * self.asked.0 + self.said.0, 2.0 * self.asked.1 + self.said.1);
        TokensPerQuestion { asked, said: self.said }
    }

    pub(super) fn cost(&self, model: &Model, likely: u64, most: u64) -> Cost {
        let (likely, most) = (likely as f64, most as f64);
        let tokens = (likely * (self.asked.0 + self.said.0), most * (self.asked.1 + self.said.1));
        let usd = model.terms.price.map(|price| {
            (likely * price.usd(self.asked.0, self.said.0), most * price.usd(self.asked.1, self.said.1))
        });
        Cost { tokens, usd }
    }
}

impl Cost {
    /// Returns no cost, with no price missing.
    pub(super) fn none() -> Cost {
        Cost { tokens: (0.0, 0.0), usd: Some((0.0, 0.0)) }
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Cost) {
        self.tokens = (self.tokens.0 + other.tokens.0, self.tokens.1 + other.tokens.1);
        self.usd = self.usd.zip(other.usd).map(|(own, other)| (own.0 + other.0, own.1 + other.1));
    }
}

impl fmt::Display for Cost {
    /// `about 12,000 to 250,000 tokens, $0.01 to $0.35`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [few, many] = [self.tokens.0, self.tokens.1].map(|tokens| thousands(round(tokens)));
        write!(f, "about {few} to {many} tokens")?;
        match self.usd {
            None => write!(f, " (no price in the config)"),
            Some((_, most)) if most <= 0.0 => write!(f, ", free"),
            Some((least, most)) => write!(f, ", ${} to ${}", money(least), money(most)),
        }
    }
}

/// Rounds to two digits, since more would suggest a precision that is not there.
fn round(tokens: f64) -> u64 {
    let tokens = tokens.round().max(0.0);
    let unit = 10_f64.powf((tokens.max(1.0).log10().floor() - 1.0).max(0.0));
    ((tokens / unit).round() * unit) as u64
}

fn money(usd: f64) -> String {
    match usd {
        usd if usd >= 0.995 => format!("{usd:.2}"),
        usd => format!("{usd:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_rounded_and_a_missing_price_is_told() {
        let mut cost = Cost::none();
        cost += Cost { tokens: (12_345.0, 250_400.0), usd: Some((0.0123, 1.5)) };
        assert_eq!(cost.to_string(), "about 12,000 to 250,000 tokens, $0.012 to $1.50");
        cost += Cost { tokens: (4.0, 5.0), usd: None };
        assert_eq!(cost.to_string(), "about 12,000 to 250,000 tokens (no price in the config)");
        assert_eq!(Cost::none().to_string(), "about 0 to 0 tokens, free");
    }
}
