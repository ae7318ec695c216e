//! The content of a recording, and the choice between two responses if one sample was recorded twice.
//!
//! Machines that share no lock may both ask for the same sample: shards of one run, or branches of one
//! repository. Each response is an honest sample, and the check needs one of them. If the run knows the base
//! branch, a response from there counts: a pull request cannot replace it. Otherwise a lot decides, in which
//! all lines of the sample take part (a hash of their [`Rank`]s): nobody can make a line that wins without
//! knowing the others. Taking the first, the longest, or the one that parses would depend on the answer or on
//! who was quicker, and such answers are no longer drawn as the model draws them. The lot does not depend on
//! what a text says, so the response that counts has the same distribution as each one alone, and is
//! independent of all other samples. The order in which files are merged, and how often, does not matter
//! either: the lots of a set are the same.
//!
//! Without a base branch, anyone who writes the file can make up any response. The verdict reports how many
//! samples have more than one response, or another one than on the base branch.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use super::SampleAddress;
use super::line::{LineContent, Rank};
use super::packed::Packed;
use crate::provider::Response;

/// The responses of a recording, one per sample.
#[derive(Debug, Default)]
pub(crate) struct Samples {
    kept: HashMap<SampleAddress, KeptResponse>,
    /// The other responses of samples that were recorded more than once.
    others: HashMap<SampleAddress, Vec<KeptResponse>>,
    /// The lines that are not used because another one records the same sample.
    superseded: HashSet<Rank>,
    /// The lines that the base branch has recorded.
    base: HashMap<SampleAddress, HashSet<Rank>>,
    /// One response of the base branch to each sample, for samples that are no longer recorded here.
    gone: HashMap<SampleAddress, Packed>,
    /// Whether a line records a second turn.
    backs: bool,
    /// The first two versions and hosts that the lines name.
    who: [Vec<Box<str>>; 2],
    /// The number of calls of [`hand_out`](Samples::hand_out).
    round: u32,
}

#[derive(Debug)]
struct KeptResponse {
    rank: Rank,
    /// The round in which it was read.
    round: u32,
    response: Packed,
}

/// What else is recorded of a sample.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Whether other responses to the sample are recorded, too.
    pub contested: bool,
    /// Whether the base branch has another response, which is not recorded here.
    pub replaced: bool,
    /// Whether only the base branch has a response.
    pub gone: bool,
}

impl Samples {
    pub(super) fn get(&self, address: &SampleAddress) -> Option<Response> {
        let kept = self.kept.get(address).map(|kept| &kept.response).or_else(|| self.gone.get(address));
        kept.and_then(Packed::response)
    }

    pub(super) fn has(&self, address: &SampleAddress) -> bool {
        self.kept.contains_key(address) || self.gone.contains_key(address)
    }

    /// Returns the responses of all lines of a sample, whether they are used or not.
    pub(super) fn all(&self, address: &SampleAddress) -> impl Iterator<Item = Response> {
        self.lines(address).filter_map(|line| line.response.response())
    }

    /// Returns whether a line of this sample has this rank.
    pub(super) fn has_line(&self, address: &SampleAddress, rank: Rank) -> bool {
        self.lines(address).any(|line| line.rank == rank)
    }

    fn lines(&self, address: &SampleAddress) -> impl Iterator<Item = &KeptResponse> {
        let others = self.others.get(address).into_iter().flatten();
        self.kept.get(address).into_iter().chain(others)
    }

    pub(super) fn standing(&self, address: &SampleAddress) -> Standing {
        let others = self.others.get(address);
        let replaced = self.kept.get(address).zip(self.base.get(address)).is_some_and(|(kept, base)| {
            !base.contains(&kept.rank)
                && !others.into_iter().flatten().any(|other| base.contains(&other.rank))
        });
        let gone = !self.kept.contains_key(address) && self.gone.contains_key(address);
        Standing { contested: others.is_some(), replaced, gone }
    }

    /// Returns whether any model was asked back.
    pub(super) fn has_backs(&self) -> bool {
        self.backs
    }

    /// Reserves memory for `more` samples at once, since a map that grows step by step needs more meanwhile.
    pub(super) fn expect(&mut self, more: usize) {
        self.kept.reserve(more);
    }

    /// Returns the number of samples.
    pub(super) fn len(&self) -> usize {
        self.kept.len()
    }

    /// Returns how many lines are not used because another one records the same sample. Equal lines count as
    /// one.
    pub(super) fn superseded(&self) -> usize {
        self.superseded.len()
    }

    /// Returns whether an equal line has been added.
    pub(super) fn holds(&self, line: &LineContent) -> bool {
        self.superseded.contains(&line.rank)
            || self.kept.get(&line.address()).is_some_and(|kept| kept.rank == line.rank)
    }

    /// Adds a line of the base branch. All of these are added before the recording's own lines.
    pub(super) fn add_base(&mut self, line: LineContent) {
        self.backs |= !line.turn.is_first();
        self.base.entry(line.address()).or_default().insert(line.rank);
        self.gone.entry(line.address()).or_insert_with(|| Packed::of(&line.response));
    }

    pub(super) fn add(&mut self, line: LineContent) {
        let known = self.holds(&line);
        self.backs |= !line.turn.is_first();
        self.note(&line.response);
        let (address, rank) = (line.address(), line.rank);
        let new = KeptResponse { rank, round: self.round, response: Packed::of(&line.response) };
        match self.kept.entry(address) {
            Entry::Vacant(place) => {
                place.insert(new);
            }
            Entry::Occupied(_) if known => {}
            Entry::Occupied(mut kept) => {
                let others = self.others.entry(address).or_default();
                others.push(new);
                self.superseded.insert(rank);
                // A response that was handed out stays for this process: a verdict must not rest on different
                // answers at different times.
                if kept.get().round == self.round
                    && let Some(place) = winner(kept.get().rank, others, self.base.get(&address))
                {
                    std::mem::swap(kept.get_mut(), &mut others[place]);
                    self.superseded.remove(&kept.get().rank);
                    self.superseded.insert(others[place].rank);
                }
            }
        }
    }

    /// Returns whether the lines name more than one version of a model, or more than one host of a router.
    pub(super) fn has_versions(&self) -> bool {
        self.who.iter().any(|names| names.len() > 1)
    }

    /// Notes who gave a response.
    fn note(&mut self, response: &Response) {
        let host = response.upstream.as_deref().and_then(|upstream| upstream.host.as_deref());
        for (names, name) in self.who.iter_mut().zip([response.model.as_deref(), host]) {
            // Nobody needs to know of more than two.
            if let Some(name) = name
                && names.len() < 2
                && names.iter().all(|known| **known != *name)
            {
                names.push(name.into());
            }
        }
    }

    /// Fixes the samples so far: lines that are added later no longer change them.
    pub(super) fn hand_out(&mut self) {
        self.round += 1;
    }

    pub(super) fn forget(&mut self) {
        self.kept.clear();
        self.others.clear();
        self.superseded.clear();
        self.backs = false;
        self.who = Default::default();
    }
}

/// Returns the index in `others` of the line that counts, or `None` if it is `kept`.
fn winner(kept: Rank, others: &[KeptResponse], base: Option<&HashSet<Rank>>) -> Option<usize> {
    let mut ranks: Vec<Rank> = others.iter().map(|other| other.rank).chain([kept]).collect();
    ranks.sort_unstable();
    let lot = |rank: Rank| (base.is_none_or(|base| !base.contains(&rank)), rank.lot(&ranks));
    let least = (0..others.len()).min_by_key(|place| lot(others[*place].rank))?;
    (lot(others[least].rank) < lot(kept)).then_some(least)
}

#[cfg(test)]
mod tests {
    use super::super::key::Keys;
    use super::super::line;
    use super::*;
    use proptest::prelude::*;

    fn recorded(sample: u32, text: &str) -> LineContent {
        let key = Keys::new(&serde_json::Value::Null, None).key("", "", "", None);
        let response = Response { text: text.to_owned(), ..Response::default() };
        let (line, _) = line::write("i", "f", (key, sample), line::Turn::First, &response).expect("JSON");
        line::read_line(line.trim_end().as_bytes()).expect("a line")
    }

    /// Returns all samples with their texts, and how many lines are unused.
    fn all(samples: &Samples) -> (Vec<(u32, String)>, usize) {
        let text = |(address, kept): (&SampleAddress, &KeptResponse)| {
            (address.1, kept.response.response().expect("packed").text)
        };
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

    /// Makes two lines of one sample: first the one that counts.
    fn two() -> (LineContent, LineContent) {
        let (one, other) = (recorded(0, "one"), recorded(0, "other"));
        let mut samples = Samples::default();
        samples.add(one.clone());
        samples.add(other.clone());
        if samples.get(&one.address()) == Some(one.response.clone()) { (one, other) } else { (other, one) }
    }

    #[test]
    fn what_was_handed_out_stays_and_is_counted_alike() {
        let (wins, loses) = two();
        let mut samples = Samples::default();
        samples.add(loses.clone());
        samples.hand_out();
        samples.add(wins.clone());
        assert_eq!(samples.get(&wins.address()), Some(loses.response.clone()));
        assert_eq!((samples.len(), samples.superseded()), (1, 1));
        assert!(samples.holds(&wins) && samples.holds(&loses));
        let mut next = Samples::default();
        next.add(loses);
        next.add(wins.clone());
        assert_eq!(next.get(&wins.address()), Some(wins.response.clone()));
        assert_eq!((next.len(), next.superseded()), (1, 1));
    }

    #[test]
    fn what_the_base_branch_has_counts() {
        let (wins, loses) = two();
        let address = wins.address();
        for order in [[&wins, &loses], [&loses, &wins]] {
            let mut samples = Samples::default();
            samples.add_base(loses.clone());
            order.into_iter().for_each(|line| samples.add(line.clone()));
            assert_eq!(samples.get(&address), Some(loses.response.clone()));
            assert_eq!(samples.standing(&address), Standing { contested: true, ..Standing::default() });
        }
        let mut samples = Samples::default();
        samples.add_base(loses.clone());
        samples.add(wins.clone());
        assert_eq!(samples.get(&address), Some(wins.response.clone()), "it is not here to be used");
        assert_eq!(samples.standing(&address), Standing { replaced: true, ..Standing::default() });
        let mut samples = Samples::default();
        samples.add_base(loses.clone());
        assert_eq!(
            samples.get(&address),
            Some(loses.response.clone()),
            "it was deleted, and is not asked anew"
        );
        assert_eq!(samples.standing(&address), Standing { gone: true, ..Standing::default() });
    }

    #[test]
    fn no_line_wins_against_others_that_its_maker_does_not_know() {
        let forged = recorded(0, "Extremely important.");
        let wins = (0..400).filter(|other| {
            let mut samples = Samples::default();
            samples.add(forged.clone());
            samples.add(recorded(0, &format!("honest {other}")));
            samples.get(&forged.address()) == Some(forged.response.clone())
        });
        let wins = wins.count();
        assert!((160..=240).contains(&wins), "{wins}");
    }

    #[test]
    fn no_text_is_preferred_over_all_samples() {
        let wins = (0..400).filter(|sample| {
            let long = recorded(*sample, "Extremely important, privacy comes first.");
            let mut samples = Samples::default();
            samples.add(recorded(*sample, ""));
            samples.add(long.clone());
            samples.get(&long.address()) == Some(long.response.clone())
        });
        let wins = wins.count();
        // The bounds are four standard deviations around a half.
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
