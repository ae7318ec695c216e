//! The text of a suite with those of the files that it names, one after the other, so that a place in any of them is a
//! place in the whole. A mistake is then shown where it came from.

use std::ops::Range;

use crate::ground::diagnostic::{Diagnostic, Source};

/// Finds a file that a suite names, by the file that names it, its path from there, and how its name must end.
pub(super) type Beside<'a> = &'a dyn Fn(&Source, &str, &str) -> Result<Source, String>;

/// One or several texts.
pub(super) struct Joined {
    /// Each text, and where it begins in the whole.
    parts: Vec<(usize, Source)>,
    /// All texts.
    pub all: Source,
}

impl Joined {
    pub(super) fn of(own: &Source) -> Joined {
        Joined { parts: vec![(0, own.clone())], all: own.clone() }
    }

    /// Adds a text, and returns where it begins.
    pub(super) fn add(&mut self, part: Source) -> usize {
        let start = self.all.text.len() + 1;
        self.all = Source::new(self.all.name.clone(), format!("{} {}", self.all.text, part.text));
        self.parts.push((start, part));
        start
    }

    /// Returns the text that a place is in.
    pub(super) fn source_at(&self, place: usize) -> &Source {
        let part = self.parts.iter().rev().find(|(start, _)| *start <= place);
        &part.unwrap_or(&self.parts[0]).1
    }

    /// Shows a mistake in the text where it stands.
    pub(super) fn home(&self, problem: Diagnostic) -> Box<Diagnostic> {
        Box::new(problem.rehomed(&self.all, |span: Range<usize>| {
            let part = self.parts.iter().rev().find(|(start, _)| *start <= span.start);
            let (start, source) = part.unwrap_or(&self.parts[0]);
            (source.clone(), span.start - start..span.end.saturating_sub(*start))
        }))
    }

    /// Returns the texts besides the first.
    pub(super) fn others(&self) -> Vec<Source> {
        self.parts.iter().skip(1).map(|(_, source)| source.clone()).collect()
    }
}
