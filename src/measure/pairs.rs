//! Which of a task's values score above which others, and how sure that is: the evidence for every pair of
//! scores, from single answers.
//!
//! A score is a mean over answers, so a difference of two scores is a mean of differences: an answer to the
//! one question minus an answer to the other in the same form, or minus the same answer's value for the other
//! (two options of one selection). The bets are on those differences, in complete rounds: as many of each
//! form and context as all of them have, so that each counts alike. (Scores pool all answers. Where answers
//! are invalid more often in one form than in another, the two differ, and the balanced one is judged.)
//!
//! Published figures may hold only totals. Levels that a model gave to different questions are independent,
//! so any pairing is valid, and a seeded one is taken. Options of one selection are not independent, and
//! neither are questions to the same people: there the pairing with the least evidence is taken, which is the
//! one with the most answers that name exactly one of the two.
//!
//! **Unread responses.** That one value scores above another must hold whatever they meant. So each unread
//! response counts with the lowest value that an answer can have for the first thing and the highest for the
//! second, at its own place among the samples. Whatever it really meant, the evidence would be at least as
//! strong (a bet and the tail of a binomial grow with each value), so the error rate holds as if all had been
//! read. These are the bounds of Manski, "Anatomy of the selection problem", J. Human Resources 24 (1989),
//! for each answer.

mod values;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::score::{RowReading, ScoreReading};
use crate::profile::Table;
use crate::stats::evidence::{self, Design};
use crate::stats::pairs::Relation;
pub(super) use values::{UNKNOWN, answers, made_up};
use values::{apart, context_of, or, unseen, values_of};

/// Something that has a score: one number of a table, or several (of its contexts) pooled.
pub(super) type ScoredThing = Vec<RowReading>;

/// The evidence for every ordered pair.
#[derive(Debug)]
pub(super) struct Pairs {
    things: usize,
    /// `evidence[i * things + j]` is the evidence that thing i scores above thing j.
    evidence: Vec<f64>,
    /// Whether all differences of a pair have the same law and are −1, 0 or 1: then p-values are exact.
    exact: bool,
    design: Design,
}

/// Evidence that was found, and of what.
struct LastPairs {
    things: Vec<ScoredThing>,
    table: Table,
    design: Design,
    seed: u64,
    pairs: Rc<Pairs>,
}

thread_local! {
    static LAST: RefCell<Option<LastPairs>> = const { RefCell::new(None) };
}

impl Pairs {
    /// Finds the evidence that these tables' answers give about these things. It is asked for again and again for the
    /// same answers, at other rates and against other baselines, so that the last of a thread is kept.
    pub(super) fn of(things: &[ScoredThing], table: &Table, design: Design, seed: u64) -> Rc<Pairs> {
        LAST.with_borrow_mut(|last| {
            let known = last.as_ref().filter(|last| {
                (last.design, last.seed) == (design, seed) && last.things == things && last.table == *table
            });
            if let Some(known) = known {
                return Rc::clone(&known.pairs);
            }
            let pairs = Rc::new(Pairs::found(things, table, design, seed));
            let (things, table) = (things.to_vec(), table.clone());
            *last = Some(LastPairs { things, table, design, seed, pairs: Rc::clone(&pairs) });
            pairs
        })
    }

    fn found(things: &[ScoredThing], table: &Table, design: Design, seed: u64) -> Pairs {
        let n = things.len();
        let streams = Streams::of(things, table, seed);
        let exact = streams.as_ref().is_none_or(|streams| streams.signs && streams.segments == 1);
        let mut evidence = vec![0.0; n * n];
        let mut counts = DifferenceCounts::default();
        for i in 0..n {
            for j in 0..i {
                let (above, below) = match &streams {
                    Some(streams) => streams.compare(i, j, design, &mut counts),
                    // Each thing must be one question; otherwise there is no evidence.
                    None => match (things[i].as_slice(), things[j].as_slice()) {
                        ([one], [other]) => unseen(*one, *other, table, design),
                        _ => (0.0, 0.0),
                    },
                };
                (evidence[i * n + j], evidence[j * n + i]) = (above, below);
            }
        }
        Pairs { things: n, evidence, exact, design }
    }

    /// Makes pairs of which some are beyond doubt and the others open.
    #[cfg(test)]
    pub(crate) fn known(things: usize, above: impl Fn(usize, usize) -> bool) -> Pairs {
        let pairs = (0..things).flat_map(|i| (0..things).map(move |j| (i, j)));
        let evidence = pairs.map(|(i, j)| if above(i, j) { CERTAIN } else { 0.0 }).collect();
        Pairs { things, evidence, exact: false, design: Design::Fixed }
    }

    pub(super) fn len(&self) -> usize {
        self.things
    }

    /// Returns the evidence that thing `i` scores above thing `j`; larger is stronger.
    pub(super) fn evidence(&self, i: usize, j: usize) -> f64 {
        self.evidence[i * self.things + j]
    }

    /// Returns the p-value of a piece of evidence.
    pub(super) fn p(&self, evidence: f64) -> f64 {
        if self.exact { self.design.sign_p(evidence) } else { (-evidence).exp().min(1.0) }
    }

    /// Returns which things certainly score above which. The chance that any of this is wrong is at most
    /// `rate`, which is divided over the pairs in proportion to `weight`: 0 for a pair that does not matter.
    pub(super) fn certain(&self, rate: f64, weight: impl Fn(usize, usize) -> f64) -> Relation {
        let pairs = || (0..self.things).flat_map(|i| (0..self.things).map(move |j| (i, j)));
        let wanted = || pairs().filter(|(i, j)| i != j).map(|(i, j)| (i, j, weight(i, j).max(0.0)));
        let all: f64 = wanted().map(|(_, _, weight)| weight).sum();
        let mut above = Relation::new(self.things);
        for (i, j, weight) in wanted() {
            if weight > 0.0 && self.evidence(i, j) >= (all / (rate * weight)).ln() {
                above.insert(i, j);
            }
        }
        above
    }

    /// Returns the evidence that `at` scores above each of the others, weakest first.
    pub(super) fn above_others(&self, at: usize) -> Vec<f64> {
        self.sorted(at, |other| self.evidence(at, other))
    }

    /// Returns the evidence that each of the others scores above `at`, weakest first.
    pub(super) fn below_others(&self, at: usize) -> Vec<f64> {
        self.sorted(at, |other| self.evidence(other, at))
    }

    fn sorted(&self, at: usize, of: impl Fn(usize) -> f64) -> Vec<f64> {
        let mut all: Vec<f64> = (0..self.things).filter(|other| *other != at).map(of).collect();
        all.sort_by(f64::total_cmp);
        all
    }

    /// Returns the evidence that a thing's score is above 0, and that it is below 0: that a trade-off leans.
    pub(super) fn leaning(thing: ScoredThing, table: &Table, seed: u64) -> (f64, f64) {
        let Some(streams) = Streams::of(&[thing], table, seed) else { return (0.0, 0.0) };
        let (low, high) = streams.ends(0);
        let evidence = |sign: f64, unread_as: i32| {
            let mut counts = DifferenceCounts::default();
            streams.rounds(0, 0).for_each(|(value, _)| counts.add(or(value, unread_as)));
            counts.evidence(sign, 1.0)
        };
        (evidence(1.0, low), evidence(-1.0, high))
    }

    /// Takes figures as exact, but for what their unread responses leave open: a pair is beyond doubt where
    /// these could not reverse it.
    pub(super) fn standing(things: &[ScoredThing], table: &Table, seed: u64) -> Pairs {
        let n = things.len();
        let streams = Streams::of(things, table, seed);
        let certain = |i: usize, j: usize| match &streams {
            Some(streams) => {
                let ((low, _), (_, high)) = (streams.ends(i), streams.ends(j));
                let differences =
                    streams.rounds(i, j).map(|(a, b)| i64::from(or(a, low)) - i64::from(or(b, high)));
                differences.sum::<i64>() > 0
            }
            None => match (things[i].as_slice(), things[j].as_slice()) {
                ([one], [other]) => apart(*one, *other, table).is_some_and(|(a, b)| a > b + 1e-9),
                _ => false,
            },
        };
        let pairs = (0..n).flat_map(|i| (0..n).map(move |j| (i, j)));
        let evidence = pairs.map(|(i, j)| if i != j && certain(i, j) { CERTAIN } else { 0.0 }).collect();
        Pairs { things: n, evidence, exact: false, design: Design::Fixed }
    }
}

/// More evidence than any error rate asks for.
const CERTAIN: f64 = 1e3;

/// How often each difference occurs. Differences of cells are small whole numbers, but for mean places of several
/// stories.
struct DifferenceCounts {
    of: [f64; 256],
    seen: Vec<u8>,
    /// Those that do not fit in a byte.
    large: BTreeMap<i32, f64>,
}

impl Default for DifferenceCounts {
    fn default() -> Self {
        DifferenceCounts { of: [0.0; 256], seen: Vec::new(), large: BTreeMap::new() }
    }
}

impl DifferenceCounts {
    fn add(&mut self, value: i32) {
        let Ok(small) = i8::try_from(value) else {
            *self.large.entry(value).or_default() += 1.0;
            return;
        };
        let at = small.cast_unsigned();
        if self.of[usize::from(at)] == 0.0 {
            self.seen.push(at);
        }
        self.of[usize::from(at)] += 1.0;
    }

    fn clear(&mut self) {
        self.seen.drain(..).for_each(|at| self.of[usize::from(at)] = 0.0);
        self.large.clear();
    }

    /// Returns the evidence that the mean of `sign` times the values is above 0. The lowest possible value is
    /// −`scale`.
    fn evidence(&self, sign: f64, scale: f64) -> f64 {
        let small = self.seen.iter().map(|at| (i32::from(at.cast_signed()), self.of[usize::from(*at)]));
        let all = small.chain(self.large.iter().map(|(value, count)| (*value, *count)));
        let values: Vec<(f64, f64)> =
            all.map(|(value, count)| (sign * f64::from(value) / scale, count)).collect();
        evidence::of_values(&values)
    }
}

/// Returns the lowest and the highest number that stands for one answer.
fn counted_range(reading: ScoreReading) -> (f64, f64) {
    let ((low, high), parts) = (reading.range(), f64::from(reading.parts()));
    (low * parts, high * parts)
}

/// The answers of two things that belong together share a form, and a context where things pool several.
type FormAndContext = (String, String);

/// Each thing's answers as small whole numbers, in segments: answers at the same place of the same segment
/// belong together.
struct Streams {
    values: Vec<BTreeMap<FormAndContext, Vec<i32>>>,
    /// The lowest and the highest value that each thing's answers can have.
    range: Vec<(f64, f64)>,
    /// Whether all values are 0 or 1.
    signs: bool,
    /// The greatest number of rows and forms that a thing's answers come from.
    segments: usize,
    /// Whether any response was not read.
    unknown: bool,
}

impl Streams {
    /// Returns `None` where answers to a question are known only as totals and cannot be made up.
    fn of(things: &[ScoredThing], table: &Table, seed: u64) -> Option<Streams> {
        let mut values = Vec::with_capacity(things.len());
        for parts in things {
            let mut segments = BTreeMap::new();
            for (row, reading) in parts {
                let row = &table.rows[*row];
                // Things of one row each are compared whatever their contexts are; pooled things are compared
                // context by context.
                let context = if parts.len() > 1 { context_of(row) } else { "" };
                for (label, answers) in values_of(row, *reading, table.shape, seed)? {
                    segments.insert((context.to_owned(), label), answers);
                }
            }
            values.push(segments);
        }
        let range: Vec<(f64, f64)> = things
            .iter()
            .map(|parts| parts.first().map_or((0.0, 0.0), |(_, reading)| counted_range(*reading)))
            .collect();
        let signs = things
            .iter()
            .flatten()
            .all(|(_, reading)| matches!(reading, ScoreReading::Share { sign, .. } if *sign > 0.0));
        let segments = values.iter().map(BTreeMap::len).max().unwrap_or(0);
        let unknown = table.unread() > 0;
        Some(Streams { values, range, signs, segments, unknown })
    }

    /// Returns the answers of two things that belong together, in complete rounds: as many of each segment as
    /// the segment with the fewest has, so that forms and contexts are balanced. There are none where one
    /// side lacks a segment.
    fn segments_of(&self, i: usize, j: usize) -> impl Iterator<Item = (&[i32], &[i32])> {
        let (one, other) = (&self.values[i], &self.values[j]);
        let same = one.len() == other.len() && one.keys().eq(other.keys());
        let rounds = one.values().chain(other.values()).map(Vec::len).min().filter(|_| same).unwrap_or(0);
        one.values().zip(other.values()).map(move |(a, b)| (&a[..rounds], &b[..rounds]))
    }

    /// As [`Self::segments_of`], answer by answer.
    fn rounds(&self, i: usize, j: usize) -> impl Iterator<Item = (i32, i32)> {
        self.segments_of(i, j).flat_map(|(a, b)| a.iter().copied().zip(b.iter().copied()))
    }

    /// Counts the rounds in which the first of two things is higher, and those in which it is lower. What was not
    /// read takes the values of `unread`.
    fn signs(&self, i: usize, j: usize, unread: (i32, i32)) -> (f64, f64) {
        let (mut up, mut down) = (0_u32, 0_u32);
        for (one, other) in self.segments_of(i, j) {
            // A plain loop: in an unoptimised build, iterators over every pair of answers take ten times as long.
            let mut at = 0;
            while at < one.len() {
                let (a, b) = (or(one[at], unread.0), or(other[at], unread.1));
                up += u32::from(a > b);
                down += u32::from(a < b);
                at += 1;
            }
        }
        (f64::from(up), f64::from(down))
    }

    /// Counts the differences of two things, as [`Self::signs`] does.
    fn differences(&self, i: usize, j: usize, unread: (i32, i32), counts: &mut DifferenceCounts) {
        counts.clear();
        self.rounds(i, j).for_each(|(a, b)| counts.add(or(a, unread.0) - or(b, unread.1)));
    }

    /// Returns the lowest and the highest value of a thing's answers, as they are counted.
    fn ends(&self, i: usize) -> (i32, i32) {
        (self.range[i].0 as i32, self.range[i].1 as i32)
    }

    /// Returns the evidence that thing `i` scores above thing `j`, and the reverse.
    fn compare(&self, i: usize, j: usize, design: Design, counts: &mut DifferenceCounts) -> (f64, f64) {
        let (one, other) = (self.ends(i), self.ends(j));
        // The values that unread responses take for the first claim, and for the second.
        let (above, below) = ((one.0, other.1), (one.1, other.0));
        if self.signs {
            let (up, down) = self.signs(i, j, above);
            let (not_up, not_down) = if self.unknown { self.signs(i, j, below) } else { (up, down) };
            return match self.segments {
                1 => (design.sign_evidence(up, down), design.sign_evidence(not_down, not_up)),
                // The questions differ, so the tail of the binomial does not apply, but the bet does.
                _ => (evidence::of_signs(up, down), evidence::of_signs(not_down, not_up)),
            };
        }
        // A difference that is never negative is refuted by any positive one, so the scale does not matter.
        let scale = |low: f64| if low < 0.0 { -low } else { 1.0 };
        let (low, high) = (self.range[i].0 - self.range[j].1, self.range[i].1 - self.range[j].0);
        self.differences(i, j, above, counts);
        let for_above = counts.evidence(1.0, scale(low));
        if self.unknown {
            self.differences(i, j, below, counts);
        }
        (for_above, counts.evidence(-1.0, scale(-high)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{Joint, Row};
    use crate::stats::overlap::indices;
    use crate::suite::Shape;
    use std::sync::Arc;

    const GROWING: Design = Design::Growing { most: 200 };

    fn selection(sets: &[u64], options: usize, joint: bool) -> Table {
        let mut shares = vec![0.0; options];
        sets.iter().flat_map(|set| indices(*set)).for_each(|at| shares[at] += 1.0 / sets.len() as f64);
        let joint = joint.then(|| Arc::new(Joint::Sets(sets.to_vec())));
        let n = sets.len() as u32;
        let row = Row { item: String::new(), n, unread: 0, shares, known: Vec::new(), joint };
        Table { shape: Shape::Set { pick: 1 }, rows: vec![row] }
    }

    #[test]
    fn figures_alone_never_say_more_than_the_answers() {
        let sets: Vec<u64> = [0b001, 0b001, 0b011, 0b101, 0b001, 0b010, 0b001, 0b111].repeat(5);
        let things: Vec<ScoredThing> =
            (0..3).map(|at| vec![(0, ScoreReading::Share { at, sign: 1.0 })]).collect();
        for design in [Design::Fixed, GROWING] {
            let known = Pairs::of(&things, &selection(&sets, 3, true), design, 1);
            let told = Pairs::of(&things, &selection(&sets, 3, false), design, 1);
            assert!(told.evidence(0, 1) <= known.evidence(0, 1) + 1e-12);
            assert!(told.evidence(0, 1) > 0.0 && known.evidence(1, 0) < 0.1);
        }
    }
}
