//! What a report format declares of itself: its option, what is told of it elsewhere, and the function that writes it.
//! Each format is one file in this folder with a `FORMAT`, and all of them are listed in [`super::FORMATS`].

use std::fmt;

use super::comment::PullRequestComment;
use super::csv::CountedAnswers;
use super::page::PageFigures;
use super::results::Record;
use crate::run::BroughtFiles;

/// A format, as its file declares it.
pub struct ReportFormat {
    /// The name of its option, without the dashes.
    pub name: &'static str,
    /// What `--help` and the reference say of it: a line without a full stop at its end.
    pub about: &'static str,
    /// What `docs/ci.md` says of it: a cell of a table, in Markdown.
    pub guide: &'static str,
    /// The file in `tests/reports/` that holds it for a run with every outcome. It is empty for a format whose output
    /// is not the same twice, and for one that takes more than a run's results: these have tests of their own.
    pub example: &'static str,
    pub(crate) writes: FormatOutput,
}

/// Makes a format of a run; the error says what it cannot be made of.
pub(crate) type Render<T> = fn(&ReportedRun<'_>) -> Result<T, String>;

/// Where a format goes, and the function that makes it of a run.
pub(crate) enum FormatOutput {
    /// To the file that its option names.
    File(Render<String>),
    /// To several files, by name, in the folder that its option names.
    Folder(Render<Vec<(&'static str, String)>>),
    /// To standard output; its option takes no value.
    Printed(Render<String>),
}

/// What a format is made of. Text in it comes from models, providers and files: see [`super::escape`].
pub(crate) struct ReportedRun<'a> {
    /// The results, in which two crates of a workspace may have the same names.
    pub records: &'a [Record],
    /// The results, with the crate's name where there are several: what people read.
    pub named: &'a [Record],
    /// How many results of earlier runs are left out.
    pub stale: usize,
    /// What the pull request brings itself, where the base branch is named.
    pub brought: Option<&'a BroughtFiles>,
    pub beside: &'a dyn BesideRecords,
}

/// What a format may ask for besides the results. It is looked up only where a format asks.
pub(crate) trait BesideRecords {
    /// Returns the counted answers of the run and of the groups of people.
    fn counted(&self) -> Vec<CountedAnswers<'_>>;

    /// Draws the answers of the run.
    ///
    /// # Errors
    /// Whose answers cannot be drawn beside them.
    fn figures(&self) -> Result<PageFigures, String>;

    /// Returns what a comment says besides the results.
    fn comment(&self) -> PullRequestComment<'_>;
}

impl ReportFormat {
    /// Returns what stands for the value of its option; `None` where it takes no value.
    pub fn value_name(&self) -> Option<&'static str> {
        match self.writes {
            FormatOutput::File(_) => Some("FILE"),
            FormatOutput::Folder(_) => Some("DIR"),
            FormatOutput::Printed(_) => None,
        }
    }
}

impl fmt::Debug for ReportFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::super::FORMATS;

    #[test]
    fn every_format_is_told_of_and_has_a_file_of_its_own() {
        for (at, format) in FORMATS.iter().enumerate() {
            for told in [format.about, format.guide] {
                assert!(!told.is_empty() && !told.ends_with('.'), "--{}: `{told}`", format.name);
            }
            let same = FORMATS[..at].iter().find(|other| {
                other.name == format.name || !format.example.is_empty() && other.example == format.example
            });
            assert!(same.is_none(), "{format:?} and {same:?} have a name or an example in common");
        }
    }
}
