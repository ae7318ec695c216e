//! A comparison as Markdown, for a pull request.

use std::fmt::Write as _;

use super::Comparison;
use super::text::{asked_with, basis, drift_cells, further, named, ranked, used, verdicts};
use crate::report::escape::prose;

impl Comparison {
    /// Writes the comparison as Markdown: the summary first, tables after it.
    #[must_use]
    pub(crate) fn markdown(&self) -> String {
        let mut text = format!("## {} → {}\n\n", prose(&named(&self.before)), prose(&named(&self.now)));
        for line in &self.summary {
            let _ = writeln!(text, "- {}", prose(&line.text));
        }
        if let Some(more) = further(self.further) {
            let _ = writeln!(text, "- {more}");
        }
        list(&mut text, "Not compared", self.notes.clone());
        list(&mut text, "Asked with", asked_with(self));
        if !self.checks.is_empty() {
            let head = ["check", &prose(&self.before.name), &prose(&self.now.name)].map(str::to_owned);
            let rows = self.checks.iter().map(|check| {
                let [before, now] = verdicts(check);
                vec![prose(&check.sentence), before, now]
            });
            section(&mut text, "Checks", &head, rows);
        }
        let ranked = self.tasks.iter().flat_map(|task| {
            let row = |ranks: &super::Ranks| {
                let context = ranks.context.as_deref().unwrap_or_default();
                vec![prose(&task.task), prose(context), prose(&self::ranked(ranks))]
            };
            task.ranks.iter().map(row).collect::<Vec<_>>()
        });
        let ranked: Vec<Vec<String>> = ranked.collect();
        if !ranked.is_empty() {
            section(
                &mut text,
                "Ranks now",
                &["task", "context", "values"].map(str::to_owned),
                ranked.into_iter(),
            );
        }
        for task in self.tasks.iter().filter(|task| !task.items.is_empty()) {
            let head = ["question", "shift", "p", "share of answers", "changed"].map(str::to_owned);
            let rows = task.items.iter().map(|item| {
                let mut cells: Vec<String> =
                    drift_cells(&task.task, item).iter().map(|cell| prose(cell)).collect();
                cells.push(if item.changed { "yes" } else { "" }.to_owned());
                cells
            });
            section(&mut text, &format!("Drift in {}", prose(&task.task)), &head, rows);
        }
        let used = self.usage.iter().map(|usage| format!("{}: {}", usage.name, used(usage)));
        list(&mut text, "Cost and latency", used.collect());
        let _ = writeln!(text, "\n{}", prose(&basis(self)));
        text
    }
}

pub(super) fn list(text: &mut String, title: &str, lines: Vec<String>) {
    if !lines.is_empty() {
        let _ = writeln!(text, "\n### {title}\n");
        lines.iter().for_each(|line| {
            let _ = writeln!(text, "- {}", prose(line));
        });
    }
}

pub(super) fn section(
    text: &mut String,
    title: &str,
    head: &[String],
    rows: impl Iterator<Item = Vec<String>>,
) {
    let _ = writeln!(text, "\n### {title}\n\n| {} |", head.join(" | "));
    let _ = writeln!(text, "|{}", " --- |".repeat(head.len()));
    for row in rows {
        let _ = writeln!(text, "| {} |", row.join(" | "));
    }
}
