//! One option of a list, with all that stands beside it and says something of it.

use std::ops::Range;

/// One option as it is named in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ListEntry {
    /// Place in `Item::choices`.
    pub choice: usize,
    /// Bytes of the text.
    pub span: Range<usize>,
    /// The number before it, or beside it in brackets.
    pub number: Option<usize>,
    /// It is the number of an option, in so many words: "option 4".
    pub named_number: bool,
    /// The `+` or `-` that its line begins with.
    pub sign: Option<char>,
    pub ticked: Option<bool>,
    /// A story was named by its text, not only by its letter.
    pub told: bool,
    /// Words say its place, and it stands there: "Most important: B".
    pub placed: bool,
    /// What the brackets behind it hold.
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
    /// A word or two that say what it is about.
    Label,
    /// An explanation.
    Explanation,
}
