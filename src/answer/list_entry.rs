//! One entry of a list: an option, and what is said beside it.

use std::ops::Range;

/// An option as a list names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ListEntry {
    /// Index into `Item::choices`.
    pub choice: usize,
    /// The bytes of the text where it is named.
    pub span: Range<usize>,
    /// The number before the option, or in brackets after it.
    pub number: Option<usize>,
    /// Whether words say that the number is an option's, as in "option 4".
    pub named_number: bool,
    /// The `+` or `-` at the start of the option's line.
    pub sign: Option<char>,
    pub ticked: Option<bool>,
    /// Whether a story was named by its text rather than by its letter alone.
    pub told: bool,
    /// Whether words before the option give its rank, as in "Most important: B".
    pub placed: bool,
    /// What the brackets after the option hold.
    pub note: Note,
}

impl ListEntry {
    /// Makes an entry that is an option's name and nothing else.
    pub(super) fn bare(choice: usize, span: Range<usize>) -> Self {
        ListEntry {
            choice,
            span,
            number: None,
            named_number: false,
            sign: None,
            ticked: None,
            told: false,
            placed: false,
            note: Note::None,
        }
    }
}

/// The meaning of the brackets after an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Note {
    None,
    /// One to three words that say what the option is about.
    Label,
    /// An explanation of the choice.
    Explanation,
}
