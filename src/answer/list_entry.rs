//! One option of a list, with all that stands beside it and says something of it.

use std::ops::Range;

/// One option as it is named in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ListEntry {
    /// Place in `Item::choices`.
    pub choice: usize,
    /// Bytes of the text.
    pub span: Range<usize>,
    /// The number that stands before the option, or beside it in brackets.
    pub number: Option<usize>,
    /// Whether words say that it is the number of an option, as in "option 4".
    pub named_number: bool,
    /// The `+` or `-` that the option's line begins with.
    pub sign: Option<char>,
    pub ticked: Option<bool>,
    /// Whether a story was named by its text, and not only by its letter.
    pub told: bool,
    /// Whether words before the option say its place, as in "Most important: B".
    pub placed: bool,
    /// What the brackets behind the option hold.
    pub note: Note,
}

impl ListEntry {
    /// An option by its name alone.
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

/// Words in brackets behind an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Note {
    None,
    /// One to three words that say what the option is about.
    Label,
    /// An explanation of the choice.
    Explanation,
}
