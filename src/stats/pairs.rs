//! Sets of things, and sets of ordered pairs of any number of things, as bits. All set membership in `stats`
//! and `check` is asked here, because a place out of range must panic in release builds, too: a shift past
//! the end of a word is silently taken modulo its width where overflow checks are off.

use super::overlap::MAX_OPTIONS;

/// Whether option `at` is in a set of at most [`MAX_OPTIONS`].
///
/// # Panics
/// There is no such option.
pub fn has(set: u64, at: usize) -> bool {
    assert!(at < MAX_OPTIONS, "a set of {MAX_OPTIONS} options has no option {at}");
    set >> at & 1 == 1
}

/// Returns the set with option `at`.
///
/// # Panics
/// There is no such option.
pub fn with(set: u64, at: usize) -> u64 {
    assert!(at < MAX_OPTIONS, "a set of {MAX_OPTIONS} options has no option {at}");
    set | 1 << at
}

/// Returns the set of the first `n` options.
pub(crate) fn ones(n: u32) -> u64 {
    if n >= u64::BITS { u64::MAX } else { (1 << n) - 1 }
}

/// Returns the set with each option moved `by` places up.
///
/// # Panics
/// An option would fall off the end.
pub(crate) fn shifted(set: u64, by: u32) -> u64 {
    assert!(
        set == 0 || by <= set.leading_zeros(),
        "a set of {MAX_OPTIONS} options has no room to move by {by}"
    );
    set.checked_shl(by).unwrap_or(0)
}

/// Ordered pairs of any number of things: for each thing, the others that it is paired with (those that it
/// certainly stands above, for example).
///
/// ```
/// use alignspec::__testing::stats::pairs::Relation;
/// let above = Relation::of(100, |i, j| i == j + 1);
/// assert!(above.has(99, 98) && !above.has(98, 99));
/// assert_eq!((above.count(99), above.count(0)), (1, 0));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    things: usize,
    /// The number of words for each thing.
    words: usize,
    bits: Vec<u64>,
}

const WORD: usize = u64::BITS as usize;

impl Relation {
    /// Makes a relation without pairs.
    pub fn new(things: usize) -> Relation {
        let words = things.div_ceil(WORD);
        Relation { things, words, bits: vec![0; things * words] }
    }

    /// Makes a relation of the pairs (i, j) of different things for which `holds(i, j)`.
    pub fn of(things: usize, holds: impl Fn(usize, usize) -> bool) -> Relation {
        let mut relation = Relation::new(things);
        for i in 0..things {
            for j in (0..things).filter(|j| *j != i) {
                if holds(i, j) {
                    relation.insert(i, j);
                }
            }
        }
        relation
    }

    /// Returns the number of things.
    pub fn things(&self) -> usize {
        self.things
    }

    /// Whether the relation has the pair (i, j).
    ///
    /// # Panics
    /// There is no such thing.
    pub fn has(&self, i: usize, j: usize) -> bool {
        self.word(i, j) & (1 << (j % WORD)) != 0
    }

    /// Adds the pair (i, j).
    ///
    /// # Panics
    /// There is no such thing.
    pub fn insert(&mut self, i: usize, j: usize) {
        self.word(i, j);
        self.bits[i * self.words + j / WORD] |= 1 << (j % WORD);
    }

    /// Returns the number of things that `i` is paired with.
    pub fn count(&self, i: usize) -> usize {
        self.row(i).iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Returns the relation with each pair reversed.
    #[must_use]
    pub fn turned(&self) -> Relation {
        Relation::of(self.things, |i, j| self.has(j, i))
    }

    /// Returns the relation with all pairs that follow from its own: what is above something is above all
    /// that is below that.
    #[must_use]
    pub fn closed(&self) -> Relation {
        let mut closed = self.clone();
        for middle in 0..closed.things {
            let below = closed.row(middle).to_vec();
            for i in 0..closed.things {
                if closed.has(i, middle) {
                    closed.row_mut(i).iter_mut().zip(&below).for_each(|(word, more)| *word |= more);
                }
            }
        }
        closed
    }

    /// Whether all that `i` is paired with, except `except`, is paired with `j`, too.
    pub(crate) fn within(&self, i: usize, j: usize, except: usize) -> bool {
        let row = self.row(i).iter().zip(self.row(j)).enumerate();
        row.into_iter().all(|(at, (own, other))| {
            let own = if at == except / WORD { own & !(1 << (except % WORD)) } else { *own };
            own & !other == 0
        })
    }

    /// Returns what `i` is paired with: bit j % 64 of word j / 64.
    pub(crate) fn row(&self, i: usize) -> &[u64] {
        &self.bits[i * self.words..(i + 1) * self.words]
    }

    fn row_mut(&mut self, i: usize) -> &mut [u64] {
        &mut self.bits[i * self.words..(i + 1) * self.words]
    }

    fn word(&self, i: usize, j: usize) -> u64 {
        assert!(i < self.things && j < self.things, "of {} things there is no pair {i}, {j}", self.things);
        self.bits[i * self.words + j / WORD]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::path::{Path, PathBuf};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20))]
        #[test]
        fn pairs_are_what_was_put_in(n in 2..1_000_usize, step in 1..50_usize, at in 0..1_000_usize) {
            let holds = |i: usize, j: usize| (i * 7 + j * step).is_multiple_of(5);
            let relation = Relation::of(n, holds);
            let (turned, i) = (relation.turned(), at % n);
            let wanted = |j: &usize| *j != i && holds(i, *j);
            prop_assert_eq!(relation.count(i), (0..n).filter(wanted).count());
            for j in 0..n {
                prop_assert_eq!(relation.has(i, j), wanted(&j));
                prop_assert_eq!(turned.has(j, i), wanted(&j));
            }
        }

        #[test]
        fn above_what_is_above_is_above(n in 2..300_usize) {
            let closed = Relation::of(n, |i, j| i == j + 1).closed();
            prop_assert_eq!(closed, Relation::of(n, |i, j| i > j));
        }
    }

    #[test]
    #[should_panic(expected = "has no option 64")]
    fn an_option_beyond_the_last_stops_the_program() {
        has(1, std::hint::black_box(64));
    }

    /// Code without its tests, in a folder of `src/`.
    fn sources(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                sources(&path, found);
            } else if !path.ends_with("tests.rs") {
                let text = std::fs::read_to_string(&path).expect("a source file");
                let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned();
                found.push((path, code));
            }
        }
    }

    #[test]
    fn bits_are_shifted_in_this_file_only() {
        let mut found = Vec::new();
        for folder in ["stats", "measure", "check"] {
            sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder), &mut found);
        }
        assert!(found.len() > 30, "{} files", found.len());
        for (path, code) in found.iter().filter(|(path, _)| !path.ends_with("stats/pairs.rs")) {
            let shifts = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            let shifts: Vec<&str> =
                shifts.filter(|line| line.contains(" << ") || line.contains(" >> ")).collect();
            assert!(shifts.is_empty(), "{} shifts bits itself: {shifts:?}", path.display());
        }
    }
}
