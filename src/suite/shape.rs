//! The shape of an answer. What follows from it is a method of [`Shape`]: here how options are shown and shares are
//! laid out, in `answer/shape.rs` how text is read, in `profile/shape.rs` how answers are counted and compared.

/// What an answer to a task looks like; decides how text is read and shares are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Different choices, in no order.
    Set {
        /// How many choices an answer has.
        pick: usize,
    },
    /// One level of an ordered scale.
    Level,
    /// All choices, first to last.
    Ranking,
    /// Free text, kept for reading.
    Text,
}

impl Shape {
    /// Whether its answers are counted: all but free text.
    pub(crate) fn is_counted(self) -> bool {
        self != Shape::Text
    }

    pub(crate) fn is_set(self) -> bool {
        matches!(self, Shape::Set { .. })
    }

    pub(crate) fn is_level(self) -> bool {
        self == Shape::Level
    }

    /// Whether an answer puts all options in order. They are shown with a letter each, and named by it.
    pub(crate) fn is_ranking(self) -> bool {
        self == Shape::Ranking
    }

    /// How many of so many options an answer names; `None` for free text.
    pub(crate) fn named(self, options: usize) -> Option<usize> {
        match self {
            Shape::Set { pick } => Some(pick),
            Shape::Level => Some(1),
            Shape::Ranking => Some(options),
            Shape::Text => None,
        }
    }

    /// How many shares a question with so many options has, and which of its levels are told: all of them,
    /// and none where it has no levels.
    pub(crate) fn layout(self, options: usize) -> (usize, Vec<bool>) {
        match self {
            Shape::Set { .. } => (options, Vec::new()),
            Shape::Ranking => (options * options, Vec::new()),
            Shape::Level | Shape::Text => (options + 1, vec![true; options]),
        }
    }
}
