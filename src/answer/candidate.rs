//! Candidates: the lists in a response that may be its answer, and the choice between them.
//!
//! * A list that only repeats what was offered (all options of a selection; all stories, with their
//!   texts and in the order shown) is not the answer where there is any other list.
//! * Neither is a list that is said not to be ("I would leave out …", "least important: …").
//! * One list that is a whole answer is the answer. Two that differ are ambiguous. A list that is
//!   no whole answer but stands on its own beside it is a rival, and makes it ambiguous too, unless
//!   it only repeats part of the answer; options named in running text are explanation.
//! * Where no list is a whole answer, the first one says what is wrong.

use super::Invalid;
use super::words::{Word, words};

/// One entry of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry {
    /// Place in `Item::choices`.
    Option(usize),
    /// Something that was not offered.
    Other,
    /// Two options in one entry, or one that contradicts itself.
    Unclear,
}

/// A list that may be the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub entries: Vec<Entry>,
    /// It stands on lines of its own, or is a sentence by itself.
    pub alone: bool,
    /// It is said not to be the answer.
    pub doubtful: bool,
    /// It only repeats what was offered.
    pub echo: bool,
}

/// What a whole answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Set { pick: usize },
    Ranking { count: usize },
}

impl Wanted {
    /// The answer `entries` are, or what is wrong with them.
    pub(super) fn read(self, entries: &[Entry]) -> Result<Vec<usize>, Invalid> {
        if entries.contains(&Entry::Unclear) {
            return Err(Invalid::Ambiguous);
        }
        if entries.contains(&Entry::Other) {
            return Err(Invalid::UnknownOption);
        }
        let mut options = options(entries);
        let mut distinct = options.clone();
        distinct.sort_unstable();
        distinct.dedup();
        let (count, wrong) = match self {
            Wanted::Set { pick } => (pick, Invalid::WrongCount),
            Wanted::Ranking { count } => (count, Invalid::NotAPermutation),
        };
        if distinct.len() != count || options.len() != count {
            return Err(wrong);
        }
        if let Wanted::Set { .. } = self {
            options = distinct;
        }
        Ok(options)
    }

    /// True when a list says nothing that `answer` does not.
    fn repeats(self, entries: &[Entry], answer: &[usize]) -> bool {
        if entries.iter().any(|entry| !matches!(entry, Entry::Option(_))) {
            return false;
        }
        let mut rest = answer.iter();
        match self {
            Wanted::Set { .. } => options(entries).iter().all(|option| answer.contains(option)),
            Wanted::Ranking { .. } => options(entries).iter().all(|option| rest.any(|next| next == option)),
        }
    }
}

pub(super) fn options(entries: &[Entry]) -> Vec<usize> {
    entries
        .iter()
        .filter_map(|entry| match entry {
            Entry::Option(option) => Some(*option),
            _ => None,
        })
        .collect()
}

/// The answer among `candidates`; `None` when there is none to choose from.
pub(super) fn judge(wanted: Wanted, mut candidates: Vec<Candidate>) -> Option<Result<Vec<usize>, Invalid>> {
    if candidates.iter().any(|candidate| !candidate.echo) {
        candidates.retain(|candidate| !candidate.echo);
    }
    candidates.first()?;
    candidates.retain(|candidate| !candidate.doubtful);
    let read: Vec<_> = candidates.iter().map(|candidate| wanted.read(&candidate.entries)).collect();
    let Some(answer) = read.iter().find_map(|read| read.as_ref().ok()) else {
        let first = candidates.iter().position(|candidate| candidate.alone).unwrap_or(0);
        return Some(read.into_iter().nth(first).unwrap_or(Err(Invalid::Ambiguous)));
    };
    let rival = candidates.iter().zip(&read).any(|(candidate, read)| match read {
        Ok(other) => other != answer,
        Err(_) => candidate.alone && !wanted.repeats(&candidate.entries, answer),
    });
    Some(if rival { Err(Invalid::Ambiguous) } else { Ok(answer.clone()) })
}

/// Words that say no.
pub(super) fn negates(word: &str) -> bool {
    matches!(
        word,
        "not" | "never" | "neither" | "nor" | "cannot" | "without" | "hardly" | "barely" | "scarcely"
    ) || word.ends_with("n't")
        || matches!(word, "isnt" | "dont" | "cant" | "wouldnt" | "wont" | "doesnt" | "aint")
}

const LEFT_OUT: [&str; 24] = [
    "except",
    "excluding",
    "exclude",
    "excluded",
    "excludes",
    "omit",
    "omitted",
    "omitting",
    "reject",
    "rejected",
    "unlike",
    "instead",
    "rather",
    "than",
    "least",
    "less",
    "lower",
    "lowest",
    "unimportant",
    "irrelevant",
    "removed",
    "skipped",
    "left",
    "leave",
];

/// True when a sentence about a list says that it is what was *not* chosen.
pub(super) fn leaves_out(sentence: &str) -> bool {
    let words: Vec<Word> = words(sentence);
    let has = |wanted: &str| words.iter().any(|word| word.text == wanted);
    // "not in any particular order", "from most to least important"
    let order = has("order") && (has("particular") || has("specific"));
    let range = has("most") && has("least");
    words.iter().any(|word| {
        let word = word.text.as_str();
        (negates(word) && !order) || (LEFT_OUT.contains(&word) && !(range && word == "least"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIVE: Wanted = Wanted::Set { pick: 2 };
    const ORDER: Wanted = Wanted::Ranking { count: 3 };

    fn list(options: &[usize]) -> Candidate {
        let entries = options.iter().map(|option| Entry::Option(*option)).collect();
        Candidate { entries, alone: true, doubtful: false, echo: false }
    }

    #[test]
    fn sets_are_sorted_and_orders_are_not() {
        assert_eq!(judge(FIVE, vec![list(&[3, 1])]), Some(Ok(vec![1, 3])));
        assert_eq!(judge(ORDER, vec![list(&[2, 0, 1])]), Some(Ok(vec![2, 0, 1])));
        assert_eq!(judge(FIVE, vec![]), None);
    }

    #[test]
    fn a_duplicate_is_the_wrong_count_in_a_set_and_no_permutation_in_an_order() {
        assert_eq!(judge(FIVE, vec![list(&[1, 1])]), Some(Err(Invalid::WrongCount)));
        assert_eq!(judge(FIVE, vec![list(&[1, 2, 1])]), Some(Err(Invalid::WrongCount)));
        assert_eq!(judge(ORDER, vec![list(&[1, 2, 1])]), Some(Err(Invalid::NotAPermutation)));
        assert_eq!(judge(ORDER, vec![list(&[1, 2])]), Some(Err(Invalid::NotAPermutation)));
    }

    #[test]
    fn two_answers_that_differ_are_ambiguous() {
        assert_eq!(judge(FIVE, vec![list(&[1, 2]), list(&[1, 3])]), Some(Err(Invalid::Ambiguous)));
        assert_eq!(judge(FIVE, vec![list(&[1, 2]), list(&[2, 1])]), Some(Ok(vec![1, 2])));
        assert_eq!(judge(ORDER, vec![list(&[0, 1, 2]), list(&[0, 2, 1])]), Some(Err(Invalid::Ambiguous)));
    }

    #[test]
    fn a_rival_on_its_own_is_ambiguous_and_an_explanation_is_not() {
        let rival = list(&[1, 2, 3]);
        assert_eq!(judge(FIVE, vec![list(&[1, 2]), rival.clone()]), Some(Err(Invalid::Ambiguous)));
        let explanation = Candidate { alone: false, ..rival };
        assert_eq!(judge(FIVE, vec![list(&[1, 2]), explanation]), Some(Ok(vec![1, 2])));
        assert_eq!(judge(FIVE, vec![list(&[1, 2]), list(&[2])]), Some(Ok(vec![1, 2])));
        assert_eq!(judge(ORDER, vec![list(&[2, 1, 0]), list(&[2, 0])]), Some(Ok(vec![2, 1, 0])));
        assert_eq!(judge(ORDER, vec![list(&[2, 1, 0]), list(&[0, 2])]), Some(Err(Invalid::Ambiguous)));
    }

    #[test]
    fn echoes_and_what_was_left_out_are_set_aside() {
        let echo = Candidate { echo: true, ..list(&[0, 1, 2, 3]) };
        assert_eq!(judge(FIVE, vec![echo.clone(), list(&[1, 2])]), Some(Ok(vec![1, 2])));
        assert_eq!(judge(FIVE, vec![echo]), Some(Err(Invalid::WrongCount)));
        let out = Candidate { doubtful: true, ..list(&[1, 2]) };
        assert_eq!(judge(FIVE, vec![out.clone(), list(&[0, 3])]), Some(Ok(vec![0, 3])));
        assert_eq!(judge(FIVE, vec![out]), Some(Err(Invalid::Ambiguous)));
    }

    #[test]
    fn what_is_said_to_be_left_out() {
        for text in
            ["I would not choose:", "I left out", "The least important:", "all except", "I don't pick"]
        {
            assert!(leaves_out(text), "{text}");
        }
        for text in [
            "In no particular order:",
            "not in any particular order:",
            "From most to least important:",
            "My five:",
        ] {
            assert!(!leaves_out(text), "{text}");
        }
    }
}
