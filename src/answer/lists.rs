//! Lists that stand on lines of their own.
//!
//! Lines of one style (numbered, bulleted, bare) make one list, whatever prose stands between them,
//! until the numbers start again or a line that ends in a colon introduces another list. Deeper
//! indented lines explain the entry above them. Lists that name no option are explanation. The line
//! above a list may say that it is what was left out.

use super::candidate::{Candidate, Entry, leaves_out};
use super::lines::{Line, Mark, line};

/// What a line is to a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Entry(Entry),
    Prose,
}

/// What was found in a text.
#[derive(Debug, Default)]
pub(super) struct Lists {
    pub candidates: Vec<Candidate>,
    /// The other lines, and entries that turned out to be sentences.
    pub prose: Vec<String>,
    /// There is a list that names no option.
    pub strange: bool,
    /// The numbers of some list do not only go up.
    pub descending: bool,
}

/// A list while it is read.
#[derive(Debug)]
struct Block<'t> {
    style: Mark,
    indent: usize,
    first: u32,
    last: u32,
    entries: Vec<Entry>,
    body: &'t str,
    doubtful: bool,
    closed: bool,
    /// Some number is smaller than the one before it.
    down: bool,
}

/// The lists of `text`; `classify` says what each line is.
pub(super) fn lists(text: &str, classify: impl Fn(&Line<'_>) -> Class) -> Lists {
    let mut found = Lists::default();
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut intro = "";
    let mut current: Option<usize> = None;
    // The latest list of each style.
    let mut latest: [Option<usize>; 3] = [None; 3];
    for text in text.split('\n').filter(|text| !text.trim().is_empty()) {
        let line = line(text, true);
        let entry = match classify(&line) {
            Class::Entry(entry) => entry,
            Class::Prose => {
                found.prose.push(text.trim().to_owned());
                intro = text;
                if text.trim_end_matches(['*', '_', ' ']).ends_with(':') {
                    latest.iter().flatten().for_each(|place| blocks[*place].closed = true);
                }
                continue;
            }
        };
        let above = current.map(|current| &blocks[current]);
        let deeper =
            above.is_some_and(|above| line.indent >= above.indent + 2 && !above.continued_by(line.mark));
        if deeper {
            continue;
        }
        let style = match line.mark {
            Mark::Bare => 0,
            Mark::Bullet => 1,
            Mark::Number(_) => 2,
        };
        let place = match latest[style].filter(|place| blocks[*place].takes(line.mark)) {
            Some(place) => {
                blocks[place].push(line.mark, entry);
                place
            }
            None => {
                blocks.push(Block::new(&line, entry, leaves_out(intro)));
                blocks.len() - 1
            }
        };
        (latest[style], current) = (Some(place), Some(place));
        intro = "";
    }
    for block in blocks {
        let sentence = block.entries.len() == 1 && !matches!(block.entries[0], Entry::Option(_));
        if sentence {
            found.prose.push(block.body.to_owned());
        } else if block.entries.iter().all(|entry| *entry == Entry::Other) {
            found.strange = true;
        } else {
            found.descending |= block.down;
            found.candidates.push(Candidate {
                entries: block.entries,
                alone: true,
                doubtful: block.doubtful,
                echo: false,
            });
        }
    }
    found
}

impl<'t> Block<'t> {
    fn new(line: &Line<'t>, entry: Entry, doubtful: bool) -> Self {
        let number = match line.mark {
            Mark::Number(number) => number,
            _ => 0,
        };
        Block {
            style: line.mark,
            indent: line.indent,
            first: number,
            last: number,
            entries: vec![entry],
            body: line.body,
            doubtful,
            closed: false,
            down: false,
        }
    }

    /// The next number of this list.
    fn continued_by(&self, mark: Mark) -> bool {
        matches!((self.style, mark), (Mark::Number(_), Mark::Number(number)) if number == self.last + 1)
    }

    fn takes(&self, mark: Mark) -> bool {
        match (self.style, mark) {
            (Mark::Number(_), Mark::Number(number)) => {
                // `1.` before every entry is how Markdown may be written; a list may count down.
                let down = self.first > 1 && number < self.last;
                let up = number >= self.last && !(number == self.last && self.first != self.last);
                self.continued_by(mark) || (!self.closed && (up || down))
            }
            (Mark::Bullet, Mark::Bullet) | (Mark::Bare, Mark::Bare) => !self.closed,
            _ => false,
        }
    }

    fn push(&mut self, mark: Mark, entry: Entry) {
        if let Mark::Number(number) = mark {
            self.down |= number < self.last;
            self.last = number;
        }
        self.entries.push(entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Entries are letters; everything marked is an entry.
    fn read(text: &str) -> Lists {
        lists(text, |line| {
            let mut chars = line.body.chars();
            match (chars.next(), chars.next(), line.mark) {
                (Some(letter @ 'A'..='Z'), None | Some(':'), _) => {
                    Class::Entry(Entry::Option(usize::from(letter as u8 - b'A')))
                }
                (_, _, Mark::Bare) => Class::Prose,
                _ => Class::Entry(Entry::Other),
            }
        })
    }

    fn options(text: &str) -> Vec<Vec<usize>> {
        let list = |candidate: &Candidate| crate::answer::candidate::options(&candidate.entries);
        read(text).candidates.iter().map(list).collect()
    }

    #[test]
    fn prose_between_entries_does_not_end_a_list() {
        assert_eq!(options("Here:\n1. A\nbecause\n\n2. B\nso it is\n3. C\nDone."), [[0, 1, 2]]);
        assert_eq!(options("A\n\nbecause\n\nB"), [[0, 1]]);
        assert_eq!(options("1. A\n1. B\n1. C"), [[0, 1, 2]]);
    }

    #[test]
    fn deeper_lines_explain() {
        assert_eq!(options("1. A\n   - B: x\n   - y\n2. C\n   - D"), [[0, 2]]);
        assert_eq!(options("- A\n    - B\n- C"), [[0, 2]]);
        assert_eq!(options("1. A\n  2. B"), [[0, 1]]);
    }

    #[test]
    fn a_restart_or_an_introduction_begins_another_list() {
        assert_eq!(options("1. A\n2. B\n1. C\n2. D"), [[0, 1], [2, 3]]);
        assert_eq!(options("- A\n- B\nMine:\n- C"), [vec![0, 1], vec![2]]);
        assert_eq!(options("1. A\nThis means:\n- x\n- y\n2. B"), [[0, 1]]);
    }

    #[test]
    fn a_list_of_nothing_known_is_explanation() {
        let found = read("1. A\n2. B\n\nNotes:\n- x y\n- z");
        assert_eq!(found.candidates.len(), 1);
        assert!(found.strange);
    }

    #[test]
    fn counting_down_is_noticed() {
        let found = read("3. A\n2. B\n1. C");
        assert_eq!((found.candidates.len(), found.descending), (1, true));
        assert!(read("2. A\n1. B\n3. C").descending);
        assert!(!read("1. A\n2. B").descending);
    }

    #[test]
    fn the_line_above_may_say_it_was_left_out() {
        assert!(read("I did not choose:\n- A\n- B").candidates[0].doubtful);
        assert!(!read("I chose:\n- A\n- B").candidates[0].doubtful);
    }
}
