//! What a recording holds, and which of two responses counts where one sample was recorded twice.
//!
//! Two machines that share no lock may both ask for the same sample: shards of one run, branches
//! of one repository. Each response is an honest sample, and the check needs one of them. The one
//! with the smaller [`Rank`] counts: a hash of its line, as good as a lot drawn. Taking the first,
//! the longer, or the one that parses would be a choice that looks at the answer or at who was
//! quicker, and answers chosen so are no longer drawn as the model draws them. The rank has nothing to
//! do with what a text says, so the one that counts is distributed as either alone, and it remains
//! independent of all other samples, which have no part in the choice. Nor does it matter in which
//! order files are merged, or how often: the smallest of a set is the smallest.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use super::line::{Rank, Recorded};
use crate::respondent::Response;

use super::recording::Address;

/// The responses of a recording, one per sample.
#[derive(Debug, Default)]
pub(super) struct Samples {
    kept: HashMap<Address, Kept>,
    /// The lines whose sample another line stands for.
    superseded: HashSet<Rank>,
    /// Whether a line is of a model that was asked back.
    backs: bool,
    /// Grows with every [`hand_out`](Samples::hand_out).
    round: u64,
}

#[derive(Debug)]
struct Kept {
    rank: Rank,
    /// The one it was read in.
    round: u64,
    response: Response,
}

impl Samples {
    pub(super) fn get(&self, address: &Address) -> Option<&Response> {
        self.kept.get(address).map(|kept| &kept.response)
    }

    /// Whether any model was asked back.
    pub(super) fn has_backs(&self) -> bool {
        self.backs
    }

    /// How many samples there are.
    pub(super) fn len(&self) -> usize {
        self.kept.len()
    }

    /// How many lines are not used, because another one records the same sample. Equal lines are one.
    pub(super) fn superseded(&self) -> usize {
        self.superseded.len()
    }

    /// Whether such a line has been added.
    pub(super) fn holds(&self, line: &Recorded) -> bool {
        self.superseded.contains(&line.rank)
            || self.kept.get(&line.address()).is_some_and(|kept| kept.rank == line.rank)
    }

    pub(super) fn add(&mut self, line: Recorded) {
        let round = self.round;
        self.backs |= !line.turn.is_first();
        let (address, rank) = (line.address(), line.rank);
        let new = Kept { rank, round, response: line.response };
        match self.kept.entry(address) {
            Entry::Vacant(place) => {
                place.insert(new);
            }
            Entry::Occupied(kept) if kept.get().rank == rank => {}
            Entry::Occupied(mut kept) => {
                // What was handed out stays, for this process: a verdict must not rest on one answer
                // at one look and on another at the next.
                let stays = kept.get().round < round || kept.get().rank < rank;
                let other = if stays { rank } else { kept.insert(new).rank };
                self.superseded.insert(other);
            }
        }
    }

    /// How many versions the providers of these responses named.
    pub(super) fn versions(&self) -> usize {
        let named = self.kept.values().filter_map(|kept| kept.response.model.as_deref());
        named.collect::<HashSet<&str>>().len()
    }

    /// From now on no sample that is there is changed by a line added later.
    pub(super) fn hand_out(&mut self) {
        self.round += 1;
    }

    pub(super) fn forget(&mut self) {
        self.kept.clear();
        self.superseded.clear();
        self.backs = false;
    }
}

#[cfg(test)]
mod tests {
    use super::super::key::Keys;
    use super::super::line;
    use super::*;
    use proptest::prelude::*;

    fn recorded(sample: u32, text: &str) -> Recorded {
        let key = Keys::new(&serde_json::Value::Null, None).key("", "", "", None);
        let response = Response { text: text.to_owned(), ..Response::default() };
        let (line, _) = line::write("i", "f", (key, sample), line::Turn::First, &response).expect("JSON");
        line::read(line.trim_end().as_bytes()).expect("a line")
    }

    /// All samples with their texts, and how many lines are unused.
    fn all(samples: &Samples) -> (Vec<(u32, String)>, usize) {
        let text = |(address, kept): (&Address, &Kept)| (address.1, kept.response.text.clone());
        let mut all: Vec<(u32, String)> = samples.kept.iter().map(text).collect();
        all.sort();
        (all, samples.superseded())
    }

    fn added(lines: &[(u32, u8)]) -> Samples {
        let mut samples = Samples::default();
        for (sample, text) in lines {
            samples.add(recorded(*sample, &text.to_string()));
        }
        samples
    }

    #[test]
    fn what_was_handed_out_stays_and_is_counted_alike() {
        let (one, other) = (recorded(0, "one"), recorded(0, "other"));
        let (small, large) = if one.rank < other.rank { (one, other) } else { (other, one) };
        let mut samples = Samples::default();
        samples.add(large.clone());
        samples.hand_out();
        samples.add(small.clone());
        assert_eq!(samples.get(&small.address()), Some(&large.response));
        assert_eq!((samples.len(), samples.superseded()), (1, 1));
        assert!(samples.holds(&small) && samples.holds(&large));
        let mut next = Samples::default();
        next.add(large);
        next.add(small.clone());
        assert_eq!(next.get(&small.address()), Some(&small.response));
        assert_eq!((next.len(), next.superseded()), (1, 1));
    }

    #[test]
    fn no_text_is_preferred_over_all_samples() {
        let wins = (0..400).filter(|sample| {
            let samples =
                [recorded(*sample, "Extremely important, privacy comes first."), recorded(*sample, "")];
            samples[0].rank < samples[1].rank
        });
        let wins = wins.count();
        // Four standard deviations around a half.
        assert!((160..=240).contains(&wins), "{wins}");
    }

    proptest! {
        #[test]
        fn neither_order_nor_repetition_counts(
            lines in proptest::collection::vec((0_u32..6, 0_u8..4), 0..30),
            seed: u64,
        ) {
            let whole = all(&added(&lines));
            let mut turned = lines.clone();
            turned.reverse();
            turned.rotate_left(usize::try_from(seed % 7).unwrap_or(0).min(lines.len()));
            prop_assert_eq!(&all(&added(&turned)), &whole);
            turned.extend(lines);
            prop_assert_eq!(&all(&added(&turned)), &whole);
        }
    }
}
