//! What a pull request brings of the files that verdicts rest on, as it stands below the gate's answer: in the
//! terminal, in the job summary and the comment, and on the page.

#[cfg(feature = "cli")]
use super::escape::{code, prose};
use crate::ground::format::counted;
use crate::ground::text::one_line;
use crate::run::{BroughtFile, BroughtFiles};

/// The heading above the list.
#[cfg(feature = "cli")]
pub(crate) const TITLE: &str = "From this pull request, not asked by this gate";
/// The most files that a terminal or a list shows.
const MOST: usize = 20;

/// Says how many files there are, and whether they count.
pub(crate) fn sentence(brought: &BroughtFiles) -> String {
    let base = brought.base.as_deref().unwrap_or("not known");
    let (files, count, do_not) = match brought.files.len() {
        0 => (None, "", ""),
        1 => (Some("1 file is".to_owned()), "counts", "does not count"),
        many => (Some(format!("{} are", counted(many, "file"))), "count", "do not count"),
    };
    let files = files.map(|files| format!("{files} from this pull request, not asked by this gate"));
    let by_base = format!("judged by the recordings, snapshots and baselines of the base branch ({base})");
    match (brought.by_base, files) {
        (false, Some(files)) => format!("{files} (base branch: {base}), and {count}"),
        (false, None) => String::new(),
        (true, Some(files)) => format!("{by_base}; {files}, and {do_not}"),
        (true, None) => by_base,
    }
}

/// Names files, and how they differ: `alignment.toml (changed)`.
fn named(file: &BroughtFile) -> String {
    format!("{} ({})", one_line(&file.path, 200), file.change)
}

/// Says what else the pull request changes: the config and the suites.
fn rules(brought: &BroughtFiles) -> Option<String> {
    let shown: Vec<String> = brought.rules.iter().take(MOST).map(named).collect();
    let more = brought.rules.len() - shown.len();
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    (!shown.is_empty()).then(|| format!("what is judged is changed, too: {}{more}", shown.join(", ")))
}

/// Says what a reader of a terminal has to know; empty if there is nothing.
pub(crate) fn in_terminal(brought: &BroughtFiles) -> String {
    let mut text = String::new();
    if brought.is_empty() {
        return text;
    }
    let said = sentence(brought);
    if !said.is_empty() {
        text += &format!("note: {said}\n");
    }
    for file in brought.files.iter().take(MOST) {
        text += &format!("  {}\n", named(file));
    }
    if let more @ 1.. = brought.files.len().saturating_sub(MOST) {
        text += &format!("  and {more} more\n");
    }
    if !brought.files.is_empty() && !brought.by_base {
        text += "  to judge by the base branch's instead, set `trusted_recordings = \"base\"`: docs/ci.md\n";
    }
    for note in rules(brought).iter().chain(&brought.notes) {
        text += &format!("note: {}\n", one_line(note, 600));
    }
    text
}

/// The rows of a list in GitHub's Markdown; none if there is nothing to say.
#[cfg(feature = "cli")]
pub(crate) fn rows(brought: &BroughtFiles) -> Vec<String> {
    if brought.is_empty() {
        return Vec::new();
    }
    let said = Some(sentence(brought)).filter(|said| !said.is_empty());
    let mut rows: Vec<String> = said.iter().map(|said| format!("- {}\n", prose(said))).collect();
    rows.extend(brought.files.iter().map(|file| format!("- {} ({})\n", code(&file.path), file.change)));
    let rules = brought
        .rules
        .iter()
        .map(|file| format!("- {} ({}), which says what is judged\n", code(&file.path), file.change));
    rows.extend(rules);
    rows.extend(brought.notes.iter().map(|note| format!("- {}\n", prose(note))));
    rows
}

/// The same as part of a job summary.
#[cfg(feature = "cli")]
pub(crate) fn in_summary(brought: &BroughtFiles) -> String {
    let rows = rows(brought);
    if rows.is_empty() {
        return String::new();
    }
    let mut text = format!("\n### {TITLE}\n\n");
    // The sentence, all that says what is judged, and notes fit; there may be thousands of files.
    rows.iter().take(200).for_each(|row| text += row);
    if let more @ 1.. = rows.len().saturating_sub(200) {
        text += &format!("- and {more} more\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brought(files: usize, by_base: bool) -> BroughtFiles {
        let file =
            |number: usize| BroughtFile { path: format!("recordings/m/T{number}.jsonl"), change: "changed" };
        BroughtFiles {
            base: Some("origin/main, 0123456789ab".to_owned()),
            by_base,
            files: (0..files).map(file).collect(),
            ..BroughtFiles::default()
        }
    }

    #[test]
    fn a_terminal_is_told_what_counts() {
        assert_eq!(in_terminal(&brought(0, false)), "");
        assert_eq!(
            in_terminal(&brought(1, false)),
            "note: 1 file is from this pull request, not asked by this gate (base branch: origin/main, 0123456789ab), and counts\n  recordings/m/T0.jsonl (changed)\n  to judge by the base branch's instead, set `trusted_recordings = \"base\"`: docs/ci.md\n"
        );
        let told = in_terminal(&brought(22, true));
        assert!(told.starts_with("note: judged by the recordings, snapshots and baselines of the base branch (origin/main, 0123456789ab); 22 files are from this pull request, not asked by this gate, and do not count\n"), "{told}");
        assert!(told.ends_with("T19.jsonl (changed)\n  and 2 more\n"), "{told}");
    }

    #[cfg(feature = "cli")]
    #[test]
    fn names_of_files_are_no_markup() {
        let mut brought = brought(0, false);
        brought
            .files
            .push(BroughtFile { path: "recordings/<img src=x>\n## @all|.jsonl".to_owned(), change: "added" });
        brought.notes.push("[x](http://y) <b>".to_owned());
        let text = in_summary(&brought);
        for bad in ["\n## @", "[x](", "<b>"] {
            assert!(!text.contains(bad), "{bad} in {text}");
        }
        assert!(in_summary(&BroughtFiles::default()).is_empty());
    }
}
