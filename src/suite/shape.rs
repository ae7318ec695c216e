//! The shape of an answer. Everything that depends on it is a method of [`Shape`]: here, how options are shown and
//! shares are laid out; in `answer/shape.rs`, how text is read; in `profile/shape.rs`, how answers are counted and
//! compared.

/// What an answer to a task looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Several different choices, without order.
    Set {
        /// The number of choices in an answer.
        pick: usize,
    },
    /// One level of an ordered scale.
    Level,
    /// All choices, from first to last.
    Ranking,
    /// Free text, which is kept for people to read.
    Text,
}

impl Shape {
    /// Returns whether its answers are counted, as all except free text are.
    pub(crate) fn is_counted(self) -> bool {
        self != Shape::Text
    }

    pub(crate) fn is_set(self) -> bool {
        matches!(self, Shape::Set { .. })
    }

    pub(crate) fn is_level(self) -> bool {
        self == Shape::Level
    }

    /// Returns whether an answer puts all options in order. Each is then shown with a letter, and named by it.
    pub(crate) fn is_ranking(self) -> bool {
        self == Shape::Ranking
    }

    /// Returns how many of these options an answer names; `None` for free text.
    pub(crate) fn named(self, options: usize) -> Option<usize> {
        match self {
            Shape::Set { pick } => Some(pick),
            Shape::Level => Some(1),
            Shape::Ranking => Some(options),
            Shape::Text => None,
        }
    }

    /// Returns how many shares a question with this many options has, and for each of its levels that it is known
    /// (empty if it has no levels).
    pub(crate) fn layout(self, options: usize) -> (usize, Vec<bool>) {
        match self {
            Shape::Set { .. } => (options, Vec::new()),
            Shape::Ranking => (options * options, Vec::new()),
            Shape::Level | Shape::Text => (options + 1, vec![true; options]),
        }
    }
}
