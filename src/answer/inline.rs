//! Lists inside a line: `A, B and C`, `A > B > C`, `1. A, 2. B`.
//!
//! What stands between two named options decides whether they are entries of one list: commas and
//! the like and a few words (`and`, `then`) join them; up to three other words between two joints
//! are an entry that was not offered (`Safety, Justice, Privacy`); anything else ends the list.

use super::candidate::Entry;
use super::words::words;

/// A named option in a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spot {
    /// Bytes: `start..end`.
    pub start: usize,
    pub end: usize,
    pub entry: Entry,
}

/// A list in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    pub start: usize,
    pub end: usize,
    pub entries: Vec<Entry>,
}

/// What joins the entries of a kind of list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Joints {
    /// Characters that join.
    pub marks: &'static [char],
    /// Words that join.
    pub words: &'static [&'static str],
    /// White space alone joins, numbers must count the entries, and no other words are allowed
    /// between entries: for letters, which are also words, and for orders.
    pub letters: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Gap {
    Joined,
    /// Joined, with an entry that was not offered in between.
    Strange,
    /// Joined, but not as a list of things that all hold (`or`, `=`).
    Unclear,
    Broken,
}

/// The lists of two entries or more in `text`.
pub(super) fn runs(text: &str, spots: &[Spot], joints: Joints) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for spot in spots {
        let gap = match runs.last() {
            Some(run) if run.end <= spot.start => {
                joints.gap(&text[run.end..spot.start], run.entries.len() + 1)
            }
            Some(_) => Gap::Unclear,
            None => Gap::Broken,
        };
        match (runs.last_mut(), gap) {
            (Some(run), Gap::Joined) => run.extend(spot, None),
            (Some(run), Gap::Strange) => run.extend(spot, Some(Entry::Other)),
            (Some(run), Gap::Unclear) => run.extend(spot, Some(Entry::Unclear)),
            _ => runs.push(Run { start: spot.start, end: spot.end, entries: vec![spot.entry] }),
        }
    }
    runs.retain(|run| run.entries.len() > 1);
    runs
}

impl Run {
    fn extend(&mut self, spot: &Spot, between: Option<Entry>) {
        self.entries.extend(between);
        self.entries.push(spot.entry);
        self.end = spot.end;
    }
}

/// Longer gaps are no joints.
const GAP: usize = 240;

impl Joints {
    /// What `gap` is before entry number `place`.
    fn gap(&self, gap: &str, place: usize) -> Gap {
        if gap.len() > GAP || gap.contains('\n') {
            return Gap::Broken;
        }
        let gap = if self.letters { gap.to_owned() } else { without_brackets(gap) };
        let (mut joined, mut strange, mut unclear, mut done) = (false, 0_usize, false, 0);
        for word in words(&gap) {
            if !self.marks_only(&gap[done..word.start], &mut joined, &mut unclear) {
                return Gap::Broken;
            }
            done = word.end;
            let number = word.text.len() <= 3 && word.text.chars().all(|c| c.is_ascii_digit());
            let rest = &gap[word.end..];
            match word.text.as_str() {
                "or" => unclear = true,
                text if self.words.contains(&text) => joined = true,
                _ if number && rest.starts_with(['.', ')', ':', ']']) => {
                    done += 1;
                    // `A (2), B (1)` and `3. A, 1. B` give ranks.
                    let behind = !joined && gap[..word.start].contains('(');
                    unclear |= self.letters && (behind || word.text != place.to_string());
                    joined = true;
                }
                _ if number && !self.letters => {}
                _ => strange += 1,
            }
        }
        if !self.marks_only(&gap[done..], &mut joined, &mut unclear) || strange > 3 {
            return Gap::Broken;
        }
        match (unclear, strange, joined || (self.letters && !gap.is_empty())) {
            (true, ..) => Gap::Unclear,
            (false, 0, true) => Gap::Joined,
            (false, 1.., true) if !self.letters => Gap::Strange,
            _ => Gap::Broken,
        }
    }

    /// True when nothing ends the list here.
    fn marks_only(&self, text: &str, joined: &mut bool, unclear: &mut bool) -> bool {
        text.chars().all(|c| match c {
            ' ' | '\t' | '"' | '\'' | '`' | '*' | '_' | '(' | ')' | '[' | ']' | '{' | '}' => true,
            '=' | '<' | '~' | '≈' | '?' if self.letters => {
                // `=>` and `>=` point on, `=` alone is a tie and `<` the other way round.
                *unclear |= !text.contains('>') || c != '=';
                true
            }
            c if self.marks.contains(&c) => {
                *joined = true;
                true
            }
            _ => false,
        })
    }
}

/// `Safety (no harm), Privacy` is `Safety , Privacy`.
fn without_brackets(text: &str) -> String {
    let mut rest = text;
    let mut outside = String::with_capacity(text.len());
    while let Some((before, after)) = rest.split_once('(') {
        let Some((_, after)) = after.split_once(')') else { break };
        outside.push_str(before);
        rest = after;
    }
    outside.push_str(rest);
    outside
}

#[cfg(test)]
mod tests {
    use super::*;

    const SET: Joints = Joints { marks: &[',', ';', '/'], words: &["and"], letters: false };
    const ORDER: Joints = Joints { marks: &[',', '>', '-', '→'], words: &["then"], letters: true };

    fn read(text: &str, joints: Joints) -> Vec<Vec<Entry>> {
        let spots: Vec<Spot> = text
            .char_indices()
            .filter(|(_, c)| c.is_ascii_uppercase())
            .map(|(at, c)| Spot { start: at, end: at + 1, entry: Entry::Option(usize::from(c as u8 - b'A')) })
            .collect();
        runs(text, &spots, joints).into_iter().map(|run| run.entries).collect()
    }

    #[test]
    fn joints_join() {
        let abc = [[Entry::Option(0), Entry::Option(1), Entry::Option(2)]];
        for text in ["A, B, C", "A; B and C", "1. A, 2. B, 3. C", "A (x, y), B (z) and C", "'A','B','C'"] {
            assert_eq!(read(text, SET), abc, "{text}");
        }
        for text in ["A, B, C", "A > B > C", "A -> B -> C", "A→B→C", "A B C", "(A), (B), (C)", "A >= B => C"]
        {
            assert_eq!(read(text, ORDER), abc, "{text}");
        }
    }

    #[test]
    fn a_word_between_joints_was_not_offered() {
        let strange = [[Entry::Option(0), Entry::Other, Entry::Option(1)]];
        assert_eq!(read("A, x y, B", SET), strange);
        assert_eq!(read("A, the x B", SET), strange);
        assert_eq!(read("A, a b c d, B", SET), Vec::<Vec<Entry>>::new());
    }

    #[test]
    fn ties_alternatives_and_turned_arrows_are_unclear() {
        let unclear = [[Entry::Option(0), Entry::Unclear, Entry::Option(1)]];
        assert_eq!(read("A or B", SET), unclear);
        for text in ["A = B", "A < B", "A <- B", "A ~ B", "A (2), B (1)", "2. A, 1. B"] {
            assert_eq!(read(text, ORDER), unclear, "{text}");
        }
    }

    #[test]
    fn sentences_and_lines_end_a_list() {
        for text in ["A. B", "A is B", "A\nB", "A: B"] {
            assert_eq!(read(text, SET), Vec::<Vec<Entry>>::new(), "{text}");
            assert_eq!(read(text, ORDER), Vec::<Vec<Entry>>::new(), "{text}");
        }
    }
}
