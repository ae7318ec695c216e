//! Shows respondents side by side as text for a terminal.

use std::fmt;

use super::super::text::table;
use super::{Alignments, legend};

impl fmt::Display for Alignments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.title())?;
        let rows = self.respondents.iter().map(|respondent| self.aligned(respondent));
        table(f, ["respondent", &self.groups[0], &self.groups[1], "answers"], rows.collect())?;
        writeln!(f)?;
        self.related().iter().try_for_each(|line| writeln!(f, "{line}"))?;
        if let Some(of) = &self.robustness {
            writeln!(f, "\nrobustness of the selections in {}", of.task)?;
            table(f, of.head().each_ref().map(String::as_str), self.robust())?;
            legend(of).iter().try_for_each(|line| writeln!(f, "{line}"))?;
        }
        for (title, lines) in
            [("not told", &self.not_told), ("doubtful figures", &self.doubts), ("left out", &self.left_out)]
        {
            if !lines.is_empty() {
                writeln!(f, "\n{title}")?;
                lines.iter().try_for_each(|line| writeln!(f, "  {line}"))?;
            }
        }
        Ok(())
    }
}
