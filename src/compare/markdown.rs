//! A comparison as Markdown, for a pull request.

use std::fmt::Write as _;

use super::Comparison;
use super::text::{asked_with, basis, drift_cells, further, named, ranked, used, verdicts};

impl Comparison {
    /// As Markdown: the summary first, tables after it.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text = format!("## {} → {}\n\n", escape(&named(&self.before)), escape(&named(&self.now)));
        for line in &self.summary {
            let _ = writeln!(text, "- {}", escape(&line.text));
        }
        if let Some(more) = further(self.further) {
            let _ = writeln!(text, "- {more}");
        }
        list(&mut text, "Asked with", asked_with(self));
        if !self.checks.is_empty() {
            let head = ["check", &escape(&self.before.name), &escape(&self.now.name)].map(str::to_owned);
            let rows = self.checks.iter().map(|check| {
                let [before, now] = verdicts(check);
                vec![escape(&check.sentence), before, now]
            });
            section(&mut text, "Checks", &head, rows);
        }
        let ranked = self.tasks.iter().flat_map(|task| {
            let row = |ranks: &super::Ranks| {
                let context = ranks.context.as_deref().unwrap_or_default();
                vec![escape(&task.task), escape(context), escape(&self::ranked(ranks))]
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
                    drift_cells(&task.task, item).iter().map(|cell| escape(cell)).collect();
                cells.push(if item.changed { "yes" } else { "" }.to_owned());
                cells
            });
            section(&mut text, &format!("Drift in {}", escape(&task.task)), &head, rows);
        }
        let used = self.usage.iter().map(|usage| format!("{}: {}", usage.name, used(usage)));
        list(&mut text, "Cost and latency", used.collect());
        list(&mut text, "Not compared", self.notes.clone());
        let _ = writeln!(text, "\n{}", escape(&basis(self)));
        text
    }
}

fn list(text: &mut String, title: &str, lines: Vec<String>) {
    if !lines.is_empty() {
        let _ = writeln!(text, "\n### {title}\n");
        lines.iter().for_each(|line| {
            let _ = writeln!(text, "- {}", escape(line));
        });
    }
}

fn section(text: &mut String, title: &str, head: &[String], rows: impl Iterator<Item = Vec<String>>) {
    let _ = writeln!(text, "\n### {title}\n\n| {} |", head.join(" | "));
    let _ = writeln!(text, "|{}", " --- |".repeat(head.len()));
    for row in rows {
        let _ = writeln!(text, "| {} |", row.join(" | "));
    }
}

/// Names and versions come from elsewhere: nothing in them is markup, a mention or a link.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '@' => escaped.push_str("&#64;"),
            '\n' | '\r' => escaped.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' => {
                escaped.push('\\');
                escaped.push(letter);
            }
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_no_markup() {
        assert_eq!(escape("a|b <img> @all\n[x](y) `c`"), "a\\|b &lt;img&gt; &#64;all \\[x\\](y) \\`c\\`");
    }
}
