//! Statistics on plain numbers: overlap, rank correlation, exact tests, intervals, seeded draws and
//! multiplicity. Nothing in here knows what a language model, a check or a value is.
//!
//! Three rules hold throughout:
//!
//! - **No `NaN` leaves this module.** What cannot be computed is an [`UndefinedStatistic`] that says why.
//! - **The same seed gives the same numbers**, whatever thread asks for them and in whatever order:
//!   every stream of random numbers is named ([`resample::rng`]).
//! - **Loops that run thousands of times do not allocate**: they take a scratch buffer
//!   ([`rank::Ranker`]) or a slice to write into.
//!
//! | module | answers |
//! | --- | --- |
//! | `association` | do two numbers of the same things go together, and does that hang on one of them? (feature `cli`) |
//! | [`rank`] | do two lists of numbers order things alike? Spearman, Kendall |
//! | [`overlap`] | do two lists agree on what comes first? Jaccard of sets and of top-k |
//! | [`dealing`] | may two shares be one, looked at again and again? conditional e-values |
//! | [`deviance`] | did many shares change, taken together? exact likelihood ratios, added up |
//! | [`fisher`] | could two shares be one? exact, with the p-values there can be |
//! | [`inclusion`] | sets of a fixed size with given shares of each option, drawn with maximum entropy |
//! | [`interval`] | how far could a share be from the one seen? Clopper–Pearson |
//! | [`evidence`] | what may one say at any time of a growing sample? bets, anytime-valid p-values |
//! | [`partial_order`] | how well could two orders agree, if only some pairs are certain? |
//! | [`pairs`] | which things are paired with which, of any number of things |
//! | [`spending`] | how many yeses show that a share is above a bound, at every n? exact error spending |
//! | [`resample`] | seeded draws: multinomial counts, shuffles, choices |
//! | [`sums`] | what may one say at any time of a sum of means, one for each question? |
//! | [`multiplicity`] | many questions at one error rate: weighted Bonferroni |

#[cfg(feature = "cli")]
pub(crate) mod association;
pub(crate) mod dealing;
pub(crate) mod deviance;
pub(crate) mod evidence;
pub(crate) mod fisher;
pub(crate) mod inclusion;
pub(crate) mod interval;
pub(crate) mod multiplicity;
mod number_cache;
pub(crate) mod overlap;
pub(crate) mod pairs;
pub(crate) mod partial_order;
pub(crate) mod rank;
pub(crate) mod resample;
pub(crate) mod spending;
pub(crate) mod sums;

/// Which of two inputs a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WhichInput {
    /// The first argument.
    First,
    /// The second argument.
    Second,
    /// Both arguments.
    Both,
}

impl std::fmt::Display for WhichInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            WhichInput::First => "in the first list",
            WhichInput::Second => "in the second list",
            WhichInput::Both => "in both lists",
        })
    }
}

/// Why a statistic has no value for the numbers it was given.
///
/// The messages are fragments that follow the name of what was to be computed.
///
/// ```
/// use alignspec::__testing::stats::{UndefinedStatistic, rank};
/// let why = rank::spearman(&[1.0, 1.0, 1.0], &[1.0, 2.0, 3.0]).unwrap_err();
/// assert_eq!(why.to_string(), "all values in the first list are equal, so they have no order");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UndefinedStatistic {
    /// All values are equal, so that they order nothing.
    #[error("all values {which} are equal, so they have no order")]
    Constant {
        /// The list whose values are equal.
        which: WhichInput,
    },
    /// Fewer values than the statistic needs.
    #[error("{n} values are too few, at least {least} are needed")]
    TooFew {
        /// The number of values there are.
        n: usize,
        /// The number that is needed.
        least: usize,
    },
    /// There is nothing to compute on: no values, no answers, or two empty sets.
    #[error("there is nothing to compare")]
    Empty,
    /// Two lists that should describe the same things differ in length.
    #[error("one list has {first} values and the other {second}")]
    LengthMismatch {
        /// The length of the first list.
        first: usize,
        /// The length of the second list.
        second: usize,
    },
    /// The statistic is not defined for this number.
    #[error("{what} must be {must}")]
    OutOfRange {
        /// What the number is.
        what: &'static str,
        /// What it must be.
        must: &'static str,
    },
}

pub(crate) fn same_length(first: usize, second: usize) -> Result<(), UndefinedStatistic> {
    if first == second { Ok(()) } else { Err(UndefinedStatistic::LengthMismatch { first, second }) }
}
