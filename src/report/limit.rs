//! GitHub drops a job summary of more than a megabyte altogether, so a longer one is cut.

/// GitHub takes 1 MiB for each step; the rest is room for what the step itself writes.
pub(crate) const MOST: usize = 1_000_000;

const ENDS: &str = "\n\n**This summary is cut off here, at the length that GitHub shows. The other reports are complete.**\n";

/// Returns the first lines of a Markdown text, with a note below, in at most `most` bytes. Tags that are left
/// open are closed.
pub(crate) fn fit(text: String, most: usize) -> String {
    if text.len() <= most {
        return text;
    }
    let (mut kept, mut open) = (0, Vec::new());
    for line in text.split_inclusive('\n') {
        let mut after = open.clone();
        follow(line, &mut after);
        let closing: usize = after.iter().map(|tag: &&str| tag.len() + 4).sum();
        if kept + line.len() + closing + ENDS.len() > most {
            break;
        }
        (kept, open) = (kept + line.len(), after);
    }
    let closing: String = open.iter().rev().map(|tag| format!("</{tag}>\n")).collect();
    format!("{}{closing}{ENDS}", &text[..kept])
}

/// Tracks the tags that a line opens and closes, among those that span several lines.
fn follow(line: &str, open: &mut Vec<&'static str>) {
    let mut rest = line;
    while let Some(at) = rest.find('<') {
        rest = &rest[at..];
        for tag in ["details", "pre"] {
            if rest.strip_prefix('<').and_then(|rest| rest.strip_prefix(tag)).is_some_and(ends_name) {
                open.push(tag);
            }
            if rest.strip_prefix("</").and_then(|rest| rest.strip_prefix(tag)).is_some_and(ends_name) {
                open.pop();
            }
        }
        rest = &rest[1..];
    }
}

fn ends_name(rest: &str) -> bool {
    rest.starts_with(['>', ' '])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_open_is_closed_and_the_reader_is_told() {
        let text = format!(
            "## head\n\n<details><summary>x</summary>\n\n<pre>{}</pre>\n\n</details>\n",
            "é\n".repeat(500)
        );
        assert_eq!(fit(text.clone(), text.len()), text);
        for most in 150..text.len() {
            let cut = fit(text.clone(), most);
            assert!(cut.len() <= most, "{most}: {}", cut.len());
            let count = |part: &str| cut.matches(part).count();
            assert_eq!((count("<details"), count("<pre")), (count("</details>"), count("</pre>")), "{cut}");
            assert!(cut.starts_with("## head\n") && cut.ends_with(ENDS), "{cut}");
        }
    }
}
