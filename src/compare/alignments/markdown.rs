//! Shows respondents side by side as Markdown.

use std::fmt::Write as _;

use super::super::markdown::{list, section};
use super::{Alignments, legend};
use crate::report::escape::prose;

impl Alignments {
    /// Returns the tables as Markdown, each with its notes below it.
    #[must_use]
    pub(crate) fn markdown(&self) -> String {
        let mut text = format!("## {}\n", prose(&self.title()));
        let cells = |row: &[String]| row.iter().map(|cell| prose(cell)).collect::<Vec<String>>();
        let head = ["respondent", &self.groups[0], &self.groups[1], "answers"].map(str::to_owned);
        let rows = self.respondents.iter().map(|respondent| cells(&self.aligned(respondent)));
        section(&mut text, "Alignment", &cells(&head), rows);
        text += "\n";
        for line in self.related() {
            let _ = writeln!(text, "- {}", prose(&line));
        }
        if let Some(of) = &self.robustness {
            let title = format!("Robustness of the selections in {}", prose(&of.task));
            section(&mut text, &title, &cells(&of.head()), self.robust().iter().map(|row| cells(row)));
            text += "\n";
            for line in legend(of) {
                let _ = writeln!(text, "- {}", prose(&line));
            }
        }
        list(&mut text, "Not told", self.not_told.clone());
        list(&mut text, "Doubtful figures", self.doubts.clone());
        list(&mut text, "Left out", self.left_out.clone());
        text
    }
}
