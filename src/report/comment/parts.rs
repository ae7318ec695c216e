//! The parts of a comment: tables and lists of which whole rows are left out where they do not fit.

use std::fmt::Write as _;

use crate::ground::format::thousands;

/// Room for the note that says how many rows of a part are left out.
const NOTE: usize = 200;

/// A part of the comment of which rows may be left out.
pub(super) struct CommentPart {
    head: String,
    rows: Vec<String>,
    /// What stands behind the rows.
    foot: &'static str,
    /// Where rows that are left out stand instead.
    elsewhere: &'static str,
}

const IN_SUMMARY: &str = "in the job summary and on the page";
pub(super) const IN_DIFF: &str = "in `cargo alignspec diff`";

impl CommentPart {
    pub(super) fn list(title: &str, rows: Vec<String>) -> CommentPart {
        let head = if title.is_empty() { "\n".to_owned() } else { format!("\n{title}\n") };
        CommentPart { head, rows, foot: "", elsewhere: IN_SUMMARY }
    }

    pub(super) fn table(title: &str, columns: &[&str], line: &str, rows: Vec<String>) -> CommentPart {
        let mut part = CommentPart::list(title, rows);
        let _ = write!(part.head, "| {} |\n{line}\n", columns.join(" | "));
        part
    }

    /// A list that stands folded below a line that says how many rows it has.
    pub(super) fn folded(title: &str, rows: Vec<String>) -> CommentPart {
        let head = format!("\n<details><summary>{title}: {}</summary>\n\n", rows.len());
        CommentPart { head, rows, foot: "\n</details>\n", elsewhere: IN_SUMMARY }
    }

    pub(super) fn from(self, elsewhere: &'static str) -> CommentPart {
        CommentPart { elsewhere, ..self }
    }
}

/// The length of a text, so that no way to count characters comes to more.
fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Puts the parts that have rows between `head` and `tail`, with as many whole rows as fit. A part that needs less
/// than its share of the room leaves the rest to the others.
pub(super) fn fit(head: &str, parts: Vec<CommentPart>, tail: &str, most: usize) -> String {
    let parts: Vec<CommentPart> = parts.into_iter().filter(|part| !part.rows.is_empty()).collect();
    let fixed: usize = parts.iter().map(|part| length(&part.head) + length(part.foot) + NOTE).sum();
    let mut left = most.saturating_sub(length(head) + length(tail) + fixed);
    let needs: Vec<usize> = parts.iter().map(|part| part.rows.iter().map(|row| length(row)).sum()).collect();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|at| needs[*at]);
    let mut taken = vec![0; parts.len()];
    for (done, at) in order.iter().enumerate() {
        let share = left / (order.len() - done);
        let mut used = 0;
        for row in &parts[*at].rows {
            let more = length(row);
            if used + more > share {
                break;
            }
            used += more;
            taken[*at] += 1;
        }
        left -= used;
    }
    let mut text = head.to_owned();
    for (part, taken) in parts.iter().zip(taken) {
        text += &part.head;
        part.rows[..taken].iter().for_each(|row| text += row);
        if let more @ 1.. = part.rows.len() - taken {
            let _ =
                write!(text, "\n… and {} more, left out here: {}.\n", thousands(more as u64), part.elsewhere);
        }
        text += part.foot;
    }
    text + tail
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(rows: usize, row: &str) -> CommentPart {
        CommentPart::table("### Part\n", &["a"], "| --- |", vec![format!("| {row} |\n"); rows])
    }

    #[test]
    fn whole_rows_are_left_out_and_counted_and_all_parts_get_room() {
        let whole = fit("head\n", vec![part(2, "x"), part(0, "y")], "tail\n", 1_000);
        assert_eq!(whole, "head\n\n### Part\n\n| a |\n| --- |\n| x |\n| x |\ntail\n");
        for most in (1_200..60_000).step_by(777) {
            let parts = vec![part(5_000, "é😀 long"), part(3, "short"), part(900, "other")];
            let text = fit("head\n", parts, "tail\n", most);
            assert!(length(&text) <= most && text.chars().count() <= most, "{most}: {}", length(&text));
            assert!(text.ends_with("tail\n"), "{text}");
            let rows = |row: &str| text.lines().filter(|line| *line == format!("| {row} |")).count();
            let told: Vec<usize> = text
                .lines()
                .filter_map(|line| {
                    line.strip_prefix("… and ")?.split(' ').next()?.replace(',', "").parse().ok()
                })
                .collect();
            assert_eq!(rows("short"), 3, "{most}");
            let all = rows("é😀 long") + rows("short") + rows("other") + told.iter().sum::<usize>();
            assert_eq!(all, 5_903, "{most}");
            assert!(rows("é😀 long") > 0 && rows("other") > 0, "{most}: one part took all the room");
        }
    }
}
