//! Recognizes copies: one response that is returned again and again, by a cache or because of a fixed seed. Fifty
//! copies of one answer are one answer, but would look like certainty.
//!
//! Only the provider can prove a copy: by the id of a response, which belongs to one response only, or by a header
//! that a cache sets. Copies count once. If more than [`MOST`] percent of a sample are copies, there is no verdict
//! ([`FEW`] are always tolerated). Equal texts prove nothing, since a model that is sure of a short answer repeats
//! it. There is only a warning if nearly all texts are equal ([`ALIKE`]) and so long that this is improbable
//! ([`LONG`]).

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::task_answers::SampledAnswer;
use crate::config::Model;
use crate::ground::format::counted;
use crate::provider::Response;
use crate::suite::{Question, Task};

/// The largest share of a sample's answers, in percent, that may be copies and are then left out.
pub(super) const MOST: u32 = 5;

/// This many copies are left out of a sample of any size, because in a small sample one copy is already a large
/// share.
const FEW: u32 = 2;

/// A text is long if it has this many characters more than the options that it may repeat.
const LONG: usize = 40;

/// The share of equal long texts, in percent, from which there is a warning.
const ALIKE: u32 = 90;

/// The fewest repetitions for such a warning.
const FEWEST: u32 = 10;

/// Shorter ids are not unique enough (`chatcmpl-123`), or the same for all responses, so they prove nothing.
const SHORTEST_ID: usize = 16;

/// Hashes that tell whether an answer is a copy of another one; zero for anything that is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AnswerPrint {
    /// The hashes of each turn's response id and text.
    turns: [(u64, u64); 2],
    prompt: u64,
    /// Whether a cache header says that the response was cached.
    cached: bool,
    /// Whether the text is so long that it hardly repeats by chance.
    long: bool,
}

impl AnswerPrint {
    pub(super) fn of(question: &Question<'_>, response: &Response) -> AnswerPrint {
        let upstreams = || response.turns().map(|turn| turn.upstream.as_deref());
        let id = |turn: &Response| {
            let id = turn.upstream.as_deref()?.id.as_deref()?;
            (id.len() >= SHORTEST_ID).then(|| hash(id))
        };
        let cached = upstreams().flatten().any(|upstream| upstream.cached);
        // A product that ranks by rules gives the same list each time, with much around it.
        let last = response.last();
        let long = last.structure.is_none() && is_long(question, &last.text);
        if !cached && !long && response.turns().all(|turn| id(turn).is_none()) {
            return AnswerPrint::default();
        }
        let mut turns = [(0, 0); 2];
        for (print, turn) in turns.iter_mut().zip(response.turns()) {
            *print = (id(turn).unwrap_or(0), hash(&turn.text));
        }
        AnswerPrint { turns, prompt: hash(&question.prompt), cached, long }
    }

    /// Returns the ids of its turns, each with the hash of the text that it belongs to.
    fn ids(&self) -> impl Iterator<Item = (u64, u64)> + use<> {
        self.turns.into_iter().filter(|(id, _)| *id != 0)
    }

    /// Returns the hashes of the prompt and of the final text.
    fn says(&self) -> (u64, u64) {
        let [(_, first), (_, back)] = self.turns;
        (self.prompt, if back == 0 { first } else { back })
    }
}

/// Returns whether a response is much longer than the options that it may name.
fn is_long(question: &Question<'_>, text: &str) -> bool {
    let options = question.shown.iter().map(|shown| shown.text.chars().count());
    let named = if question.task.shape.is_level() { options.max().unwrap_or(0) } else { options.sum() };
    text.trim().chars().count() >= named + LONG
}

/// Returns the first eight bytes of a text's hash, but never zero.
fn hash(text: &str) -> u64 {
    let hash = blake3::hash(text.as_bytes());
    hash.as_bytes().iter().take(8).fold(0_u64, |all, byte| all << 8 | u64::from(*byte)).max(1)
}

/// The number of copies in a sample, and of equal texts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct CopyCounts {
    answers: u32,
    /// The number of answers with the id of another answer, and of answers from a cache.
    same_id: u32,
    cached: u32,
    /// The number of long answers to a prompt that had one before; of these, how many repeat an earlier text, and how
    /// many an earlier id.
    repeated: u32,
    same_text: u32,
    repeated_ids: u32,
}

/// Returns the places of the copies among answers, and their counts. Of several copies, the first by repetition, form
/// and item counts, in whatever order they came.
pub(super) fn find_copies<'a>(
    answers: impl Iterator<Item = (usize, &'a SampledAnswer)>,
) -> (BTreeSet<usize>, CopyCounts) {
    let (mut counts, mut copies, mut prints) = (CopyCounts::default(), BTreeSet::new(), Vec::new());
    for (place, heard) in answers {
        counts.answers += 1;
        if heard.print != AnswerPrint::default() {
            prints.push(((heard.index, heard.form, heard.item), place, heard.print));
        }
    }
    prints.sort_unstable_by_key(|(order, ..)| *order);
    let all = || prints.iter().map(|(.., print)| print);
    let vague = of_several_texts(all());
    // These answers were generated for the same prompt in this sample. A cached answer with the same text is a copy
    // of one of them.
    let generated: HashSet<_> = all().filter(|print| !print.cached).map(AnswerPrint::says).collect();
    let (mut ids, mut prompts) = (HashSet::new(), HashSet::new());
    let (mut said, mut from_cache) = (HashSet::new(), HashSet::new());
    for (_, place, print) in &prints {
        let own: BTreeSet<u64> = print.ids().map(|(id, _)| id).filter(|id| !vague.contains(id)).collect();
        let same_id = own.iter().any(|id| ids.contains(id));
        ids.extend(own);
        let says = print.says();
        let same_hit = print.cached && (generated.contains(&says) || !from_cache.insert(says));
        if same_id || same_hit {
            copies.insert(*place);
            counts.same_id += u32::from(same_id);
            counts.cached += u32::from(!same_id);
        }
        if print.long {
            let same_text = !said.insert(says);
            if !prompts.insert(print.prompt) {
                counts.repeated += 1;
                counts.same_text += u32::from(same_text);
                counts.repeated_ids += u32::from(same_id);
            }
        }
    }
    (copies, counts)
}

/// Returns the ids that belong to more than one text. A provider that repeats ids in this way does not identify
/// responses by them.
fn of_several_texts<'a>(prints: impl Iterator<Item = &'a AnswerPrint>) -> HashSet<u64> {
    let (mut texts, mut several) = (HashMap::new(), HashSet::new());
    for (id, text) in prints.flat_map(AnswerPrint::ids) {
        if *texts.entry(id).or_insert(text) != text {
            several.insert(id);
        }
    }
    several
}

impl CopyCounts {
    fn copies(&self) -> u32 {
        self.same_id + self.cached
    }

    /// Writes `540 of 560 answers are copies of others (540 with the id of another response …)`.
    fn counted(&self) -> String {
        let CopyCounts { answers, same_id, cached, .. } = self;
        let how = [
            (same_id, "the id of another response, which is therefore the same one"),
            (cached, "a header that says that a cache had it"),
        ];
        let how: Vec<String> = how
            .iter()
            .filter(|(count, _)| **count > 0)
            .map(|(count, what)| format!("{count} with {what}"))
            .collect();
        let copies = self.copies();
        let are = if copies == 1 { "is a copy of another" } else { "are copies of others" };
        format!("{copies} of {answers} answers {are} ({})", how.join(", "))
    }

    /// Describes the copies that were left out, if there are any, and warns if nearly all texts are equal.
    pub(super) fn told(&self) -> impl Iterator<Item = String> {
        let left_out = (self.copies() > 0).then(|| format!("{}, and left out", self.counted()));
        left_out.into_iter().chain(self.alike())
    }

    /// Returns the warning that nearly all long texts are equal.
    pub(crate) fn alike(&self) -> Option<String> {
        let CopyCounts { repeated, same_text, repeated_ids, .. } = *self;
        if repeated < FEWEST || !at_least(same_text, repeated, ALIKE) {
            return None;
        }
        let percent = |count: u32| u64::from(count) * 100 / u64::from(repeated);
        Some(format!(
            "of {repeated} repeated answers with {LONG} characters and more beside the options, {} % have the text of an earlier answer to the same prompt and {} % its response id: long texts hardly repeat by chance, so a cache or a fixed seed may give one answer again and again, which counts as many answers here; turn off the cache or the seed, or ask once (`samples`)",
            percent(same_text),
            percent(repeated_ids)
        ))
    }
}

fn at_least(part: u32, whole: u32, percent: u32) -> bool {
    u64::from(part) * 100 >= u64::from(whole) * u64::from(percent)
}

/// Returns the message about a sample with so many copies that it gets no verdict.
pub(super) fn too_many(model: &Model, task: &Task, counts: &CopyCounts) -> Option<String> {
    let copies = counts.copies();
    if copies <= FEW || u64::from(copies) * 100 <= u64::from(counts.answers) * u64::from(MOST) {
        return None;
    }
    Some(format!(
        "{}: {}, which leaves {}; with more than {MOST} % copies there is no verdict: switch off the cache between here and the model (its `headers` in alignment.toml can ask for that), delete the recording {}/{}.jsonl and run again; if the product is meant to give one answer, ask once: samples = {{ {} = {} }}",
        task.id,
        counts.counted(),
        counted((counts.answers - copies) as usize, "answer"),
        model.name,
        task.id,
        task.id,
        task.round()
    ))
}
