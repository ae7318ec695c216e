//! Checks that a snapshot is as a run wrote it, not altered by a merge, an editor or a full disk. The last line is a
//! checksum of all lines above it. Old snapshots have none, so only their lines are checked.

use std::collections::HashSet;

use super::origin;
use super::text::{is_invalid, lost_of, subject_of};
use super::wording;

/// The word before the checksum.
const SUM: &str = "sum ";

/// What to do about a text that is not whole.
pub(crate) const TO_DO: &str = "restore it with git, or delete it and run again to write a new one";

/// Returns the text with its checksum at the end.
pub(super) fn sealed(text: &str) -> String {
    let text = text.trim_end();
    format!("{text}\n\n{SUM}{}\n", sum(text.lines()))
}

pub(super) fn is_sum(line: &str) -> bool {
    line.strip_prefix(SUM)
        .is_some_and(|sum| sum.len() == 8 && sum.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Hashes lines without their line ends, which git may change, and without empty lines at the end.
fn sum<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let mut text = String::new();
    let mut empty = 0;
    for line in lines.map(str::trim_end) {
        if line.is_empty() {
            empty += 1;
            continue;
        }
        (0..std::mem::take(&mut empty)).for_each(|_| text.push('\n'));
        text.extend([line, "\n"]);
    }
    blake3::hash(text.as_bytes()).to_hex()[..8].to_owned()
}

/// Finds a marker that git leaves where two sides changed the same lines.
pub(super) fn marker(text: &str) -> Option<(usize, &str)> {
    let starts = ["<<<<<<<", "|||||||", ">>>>>>>"];
    let is = |line: &str| {
        let word = line.split(' ').next().unwrap_or_default();
        starts.contains(&word) || line == "======="
    };
    text.lines().enumerate().find(|(_, line)| is(line.trim_end())).map(|(at, line)| (at + 1, line.trim_end()))
}

/// Checks that `text` has only lines of a snapshot, each once.
///
/// # Errors
/// The fragment says what is wrong, in which line, and what to do.
pub(super) fn check(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err(format!("the snapshot is empty: {TO_DO}"));
    }
    if let Some((line, marker)) = marker(text) {
        return Err(format!(
            "line {line} of the snapshot is a git conflict marker, `{}`: keep one side as a whole, and run again",
            crate::ground::text::one_line(marker, 60)
        ));
    }
    let lines: Vec<&str> = text.trim_end().lines().map(str::trim_end).collect();
    if let Some((last, above)) = lines.split_last()
        && is_sum(last)
        && !last.ends_with(&sum(above.iter().copied()))
    {
        return Err(format!(
            "the snapshot was changed after it was written: the checksum in its last line, `{last}`, does not match: {TO_DO}"
        ));
    }
    if is_cut(&lines) {
        return Err(format!(
            "the snapshot is cut off: its last line is not the checksum that was written with it: {TO_DO}"
        ));
    }
    ours(&lines)
}

/// Returns whether the checksum is missing from a snapshot that was written with one. Settings in the head and lost tries
/// are newer than checksums. Lines of questions are a little older, but no release wrote them without a checksum: only a
/// snapshot of the first form, which has counts alone, is believed without.
fn is_cut(lines: &[&str]) -> bool {
    let head = lines.iter().take_while(|line| !line.is_empty());
    let newer = head.into_iter().any(|line| line.starts_with("settings "))
        || lines.iter().any(|line| lost_of(line).is_some() || wording::read_question(line).is_some());
    newer && !lines.last().is_some_and(|last| is_sum(last))
}

/// Checks that every line can stand in a snapshot, and occurs once.
fn ours(lines: &[&str]) -> Result<(), String> {
    let head = lines.iter().position(|line| line.is_empty()).unwrap_or(lines.len());
    let mut seen: HashSet<String> = HashSet::new();
    for (at, line) in lines.iter().enumerate() {
        let key = match at {
            // The first line is the task's own title.
            0 => continue,
            _ if line.is_empty() => continue,
            _ if at < head => in_head(line),
            _ if at + 1 == lines.len() && is_sum(line) => continue,
            _ => match wording::read_question(line) {
                Some((name, _)) => Some(format!("asked {name}")),
                None => match lost_of(line) {
                    Some((_, name)) => Some(format!("lost {name}")),
                    None => subject_of(line).map(|subject| format!("n {subject}")),
                },
            },
        };
        let shown = || crate::ground::text::one_line(line, 120);
        let Some(key) = key else {
            return Err(format!("line {} does not belong in a snapshot: `{}`: {TO_DO}", at + 1, shown()));
        };
        if !seen.insert(key) {
            return Err(format!(
                "line {} of the snapshot repeats a line above it, as after a git merge that kept both sides: `{}`: keep one side as a whole, and run again",
                at + 1,
                shown()
            ));
        }
    }
    Ok(())
}

/// Returns a key for what a line of the head is about.
fn in_head(line: &str) -> Option<String> {
    if line.starts_with("questions ") || is_invalid(line) || origin::is_one(line) {
        return line.split(' ').next().map(|word| format!("head {word}"));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "T2 x\nquestions 00000000\ninvalid 0 of 50\n\nmedical.privacy  n 50  extremely 50\n\nasked 123456  medical.privacy\n";

    #[test]
    fn a_sealed_text_is_whole_and_any_change_is_told() {
        let text = sealed(TEXT);
        assert_eq!(check(&text), Ok(()));
        assert_eq!(check(&text.replace('\n', "\r\n")), Ok(()), "git's line ends");
        let (old, _) = TEXT.split_once("\nasked ").expect("questions");
        assert_eq!(check(old), Ok(()), "of old");
        let why = check(TEXT).expect_err("without its checksum");
        assert!(why.contains("its last line is not the checksum that was written with it"), "{why}");
        for at in 0..text.trim_end().len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            let Ok(other) = String::from_utf8(bytes) else { continue };
            // White space at the end of a line, or above the checksum, is not read.
            let read = |text: &str| text.replace(|c: char| c.is_whitespace() && c != ' ', "");
            if read(&other) == read(&text) {
                continue;
            }
            assert!(check(&other).is_err(), "{at}: {other}");
        }
    }

    #[test]
    fn what_git_leaves_is_told_with_what_to_do() {
        for (text, wanted) in [
            ("", "the snapshot is empty"),
            (
                "T2 x\nquestions 0\ninvalid 0 of 1\n\n<<<<<<< HEAD\na  n 1  x 1\n=======\na  n 1  y 1\n>>>>>>> b\n",
                "line 5 of the snapshot is a git conflict marker, `<<<<<<< HEAD`: keep one side as a whole",
            ),
            (
                "T2 x\nquestions 0\ninvalid 0 of 1\n\na  n 1  x 1\na  n 1  y 1\n",
                "line 6 of the snapshot repeats",
            ),
            ("T2 x\nquestions 0\nquestions 1\ninvalid 0 of 1\n\n", "line 3 of the snapshot repeats"),
            ("T2 x\nquestions 0\ninvalid 0 of 1\n\nnonsense here\n", "line 5 does not belong in a snapshot"),
            ("T2 x\nquestions 0\nhm\ninvalid 0 of 1\n\n", "line 3 does not belong in a snapshot: `hm`"),
        ] {
            let why = check(text).expect_err(text);
            assert!(why.contains(wanted), "{why}");
        }
    }
}
