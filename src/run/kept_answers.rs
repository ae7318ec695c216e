//! Keeps recorded answers that were read for later processes, because finding and reading them again takes far longer
//! than judging them.
//!
//! Answers are kept under everything that they depend on ([`KeptKey`]): the program, the config, the suite, the
//! model, and every byte of the recording. Answers that were just asked for, and missing ones, are not kept.

mod kept_answer;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use std::collections::HashMap;

use kept_answer::KeptAnswer;

use super::Run;
use super::copies::AnswerPrint;
use super::portion::{self, FurtherAnswers, Portion};
use super::task_answers::{GrowingSample, SampledAnswer};
use crate::config::Model;
use crate::kept::{KeptFolder, KeptKey};
use crate::suite::Task;

/// The place where some answers of one model to one task are kept.
#[derive(Debug, Clone)]
pub(super) struct KeptPlace {
    kept: KeptFolder,
    name: String,
    key: KeptKey,
    /// The name and the key for all that is kept of the model's answers to the task.
    all: (String, KeptKey),
    state: [u8; 32],
}

/// Answers that were read together. Most models repeat a few answers many times, and many answers arrive in one
/// second, so each content and each moment is stored once.
#[derive(Default, Serialize, Deserialize)]
struct AnswerBlock {
    /// The names of versions, hosts and set-ups.
    names: [Vec<String>; 3],
    all_said: Vec<AnswerContent>,
    /// The moments in nanoseconds since 1970.
    moments: Vec<i128>,
    /// For each answer: the indices of its item and form, its repetition, the index of its content, and the index of
    /// its moment plus one.
    answers: Vec<[u32; 5]>,
    /// For each answer, in the same order: its print, and the number of tries that were lost before it.
    prints: Vec<(AnswerPrint, u32)>,
}

/// The content of an answer, which may be shared by answers to different questions.
#[derive(Serialize, Deserialize)]
struct AnswerContent {
    said: KeptAnswer,
    unknown: Option<String>,
    json: Option<bool>,
    /// Whether it was asked back, unread, contested, replaced, and gone.
    flags: [bool; 5],
    /// For each turn, the indices of its names.
    who: [[Option<u32>; 3]; 2],
}

impl Run {
    /// Returns the place of some answers in the current state of the recording; `None` if they cannot be kept.
    /// The `last` place is used again if the state is still the same.
    pub(super) fn place(
        &self,
        model: &Model,
        task: &Task,
        wanted: &[FurtherAnswers],
        last: Option<&KeptPlace>,
    ) -> Option<KeptPlace> {
        // What lies in the build folder may be a pull request's, too.
        if self.base.is_some() {
            return None;
        }
        let kept = KeptFolder::of_program()?;
        let state = self.sampler().state(model, task)?;
        if let Some(last) = last.filter(|last| last.state == state) {
            return Some(last.part(wanted));
        }
        let suite = self.suites.suites.iter().find(|suite| suite.task.as_ref() == Some(task))?;
        let mut key = KeptKey::of_program()?;
        key.part(self.config.source.text.as_bytes()).part(state);
        suite.texts().for_each(|text| {
            key.part(text.as_bytes());
        });
        // A comparison may ask with another model than the config's, and its answers are in the same recording. The
        // key holds the whole model, because finding out which settings shape answers takes longer.
        key.part(format!("{model:?}"));
        let name = format!("answers {} {} {}", self.config.root.display(), model.name, task.id);
        Some(KeptPlace { kept, name: String::new(), key: key.clone(), all: (name, key), state }.part(wanted))
    }

    /// Returns whether everything was read in the recording's state of this place. Another process may have changed
    /// the recording in the meantime.
    pub(super) fn is_of_what_was_read(&self, place: &KeptPlace, model: &Model, task: &Task) -> bool {
        self.sampler().state_read(model, task) == Some(place.state)
    }
}

impl KeptPlace {
    /// Returns the place of other answers in the same state.
    pub(super) fn part(&self, wanted: &[FurtherAnswers]) -> KeptPlace {
        let (all, mut key) = self.all.clone();
        let name = format!("{all}{}", portion::name(wanted));
        key.part(name.as_bytes());
        KeptPlace { kept: self.kept.clone(), name, key, all: self.all.clone(), state: self.state }
    }

    /// Notes the recording's state in which answers were added to the `before` answers that were already there.
    pub(super) fn note(place: Option<&KeptPlace>, asked: &mut GrowingSample, before: usize) {
        let state = place.map(|place| place.state);
        if before == 0 || asked.state != state {
            asked.state = state.filter(|_| before == 0);
        }
    }

    /// Takes kept answers: those of a portion that are missing, or all answers of `whole`, which then replace the
    /// answers that it includes.
    pub(super) fn take(
        &self,
        asked: &mut GrowingSample,
        task: &Task,
        portion: &Portion,
        whole: &Portion,
    ) -> Option<()> {
        let before = asked.answers.len();
        let mut came = portion;
        if self.recall(asked, task).is_none() {
            let same = before == 0 || asked.state == Some(self.state);
            came = Some(whole).filter(|whole| same && portion.most() <= whole.most())?;
            let mut known = std::mem::take(&mut asked.answers);
            if self.part(&whole.whole()).recall(asked, task).is_none() {
                asked.answers = known;
                return None;
            }
            known.retain(|heard| !whole.has(task, heard));
            asked.answers.append(&mut known);
        }
        KeptPlace::note(Some(self), asked, before);
        came.whole().into_iter().for_each(|came| asked.grown(came.item, came.form, came.samples.end));
        Some(())
    }

    /// Adds the answers that are kept in this place, or returns `None` if there are none.
    pub(super) fn recall(&self, asked: &mut GrowingSample, task: &Task) -> Option<()> {
        let mut step: AnswerBlock = postcard::from_bytes(&self.kept.get(&self.name, &self.key)?).ok()?;
        let mut places: [Vec<Option<u32>>; 3] = Default::default();
        for (of, (places, names)) in places.iter_mut().zip(&step.names).enumerate() {
            places.extend(names.iter().map(|name| asked.place(of, name)));
        }
        for what in &mut step.all_said {
            what.named(&places)?;
        }
        let rows = step.answers.iter().zip(&step.prints);
        let heard = rows.map(|row| step.heard(row, task)).collect::<Option<Vec<_>>>()?;
        asked.answers.extend(heard);
        Some(())
    }

    /// Keeps the answers from index `first` on. Once the `whole` portion is complete, it is also kept as one block,
    /// for processes that look at the answers in other steps.
    pub(super) fn keep(&self, asked: &GrowingSample, first: usize, task: &Task, whole: &Portion) {
        self.put(AnswerBlock::of(asked, asked.answers.iter().skip(first)));
        let complete = whole.missing(|item, form| asked.known(item, form)).is_empty();
        let now = complete && asked.answers.iter().skip(first).any(|heard| whole.has(task, heard));
        if first > 0 && now && asked.state == Some(self.state) {
            let among = asked.answers.iter().filter(|heard| whole.has(task, heard));
            self.part(&whole.whole()).put(AnswerBlock::of(asked, among));
        }
    }

    fn put(&self, step: Option<AnswerBlock>) {
        if let Some(bytes) = step.and_then(|step| postcard::to_allocvec(&step).ok()) {
            self.kept.put(&self.name, &self.key, &bytes);
        }
    }
}

impl AnswerBlock {
    fn of<'a>(
        asked: &GrowingSample,
        answers: impl Iterator<Item = &'a SampledAnswer>,
    ) -> Option<AnswerBlock> {
        let small = |number: usize| u32::try_from(number).ok();
        let mut step = AnswerBlock { names: asked.names().map(<[String]>::to_vec), ..AnswerBlock::default() };
        let (mut known, mut seconds) = (HashMap::new(), HashMap::new());
        for heard in answers {
            let what = AnswerContent::of(heard);
            let next = small(step.all_said.len())?;
            let said = *known.entry(postcard::to_allocvec(&what).ok()?).or_insert(next);
            if said == next {
                step.all_said.push(what);
            }
            let mut moment = 0;
            if let Some(at) = heard.at.map(Timestamp::as_nanosecond) {
                let next = small(step.moments.len() + 1)?;
                moment = *seconds.entry(at).or_insert(next);
                if moment == next {
                    step.moments.push(at);
                }
            }
            step.answers.push([small(heard.item)?, small(heard.form)?, heard.index, said, moment]);
            step.prints.push((heard.print, heard.lost));
        }
        Some(step)
    }

    /// Returns one of the answers; `None` if it cannot be an answer to the task.
    fn heard(&self, (row, beside): (&[u32; 5], &(AnswerPrint, u32)), task: &Task) -> Option<SampledAnswer> {
        let ([item, form, index, said, moment], (print, lost)) = (*row, *beside);
        let (item, form) = (item as usize, form as usize);
        if item >= task.items.len() || form >= task.forms.len() {
            return None;
        }
        let AnswerContent { said, unknown, json, flags, who } = self.all_said.get(said as usize)?;
        let [back, unread, contested, replaced, gone] = *flags;
        let at = match (moment as usize).checked_sub(1) {
            None => None,
            Some(place) => Some(Timestamp::from_nanosecond(*self.moments.get(place)?).ok()?),
        };
        let (answer, unknown, json, who) = (said.answer()?, unknown.clone(), *json, *who);
        Some(SampledAnswer {
            item,
            form,
            index,
            answer,
            unknown,
            back,
            unread,
            json,
            contested,
            replaced,
            gone,
            who,
            at,
            lost,
            print,
        })
    }
}

impl AnswerContent {
    fn of(heard: &SampledAnswer) -> AnswerContent {
        AnswerContent {
            said: KeptAnswer::of(&heard.answer),
            unknown: heard.unknown.clone(),
            json: heard.json,
            flags: [heard.back, heard.unread, heard.contested, heard.replaced, heard.gone],
            who: heard.who,
        }
    }

    /// Translates the stored indices of names to the current ones; `None` if a name is missing.
    fn named(&mut self, places: &[Vec<Option<u32>>; 3]) -> Option<()> {
        for (of, place) in self.who.iter_mut().flat_map(|turn| turn.iter_mut().enumerate()) {
            if let Some(known) = place {
                *place = Some((*places[of].get(*known as usize)?)?);
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::{Answer, Invalid};

    fn heard(number: u32) -> SampledAnswer {
        let answers = [
            Ok(Answer::Level(3)),
            Err(Invalid::Refusal),
            Ok(Answer::Set(vec![0, 2])),
            Ok(Answer::Ranking(vec![1, 0, 2])),
            Ok(Answer::Text("a".to_owned())),
        ];
        let flag = |bit: u32| number >> bit & 1 == 1;
        SampledAnswer {
            item: number as usize % 7,
            form: 0,
            index: number / 7,
            answer: answers[number as usize % answers.len()].clone(),
            unknown: flag(1).then(|| format!("x{}", number % 3)),
            back: flag(2),
            unread: flag(3),
            json: flag(1).then_some(flag(2)),
            contested: flag(3),
            replaced: flag(4),
            gone: flag(5),
            who: [[None; 3]; 2],
            at: flag(2).then(|| Timestamp::from_second(i64::from(number / 9)).unwrap_or_default()),
            lost: number % 2,
            print: AnswerPrint::default(),
        }
    }

    #[test]
    fn what_is_kept_is_what_was_read() {
        let suites = crate::suite::Suites::builtin();
        let task = suites.task("T2").expect("built in");
        let mut asked = GrowingSample::default();
        asked.answers.extend((0..300).map(heard));
        let (one, other) = (asked.place(0, "m-1"), asked.place(1, "host"));
        asked.answers[5].who = [[one, other, None], [None, other, None]];
        let step = AnswerBlock::of(&asked, asked.answers.iter().skip(2)).expect("kept");
        assert!(step.all_said.len() < 250, "what is said again stands once: {}", step.all_said.len());
        let bytes = postcard::to_allocvec(&step).expect("written");
        let step: AnswerBlock = postcard::from_bytes(&bytes).expect("read");
        let found: Vec<SampledAnswer> = step
            .answers
            .iter()
            .zip(&step.prints)
            .map(|row| step.heard(row, task).expect("an answer"))
            .collect();
        assert_eq!(format!("{found:?}"), format!("{:?}", &asked.answers[2..]));
        for row in [[99, 0, 0, 0, 0], [0, 99, 0, 0, 0], [0, 0, 0, 999, 0], [0, 0, 0, 0, 999]] {
            assert!(step.heard((&row, &Default::default()), task).is_none(), "{row:?}");
        }
    }

    /// Makes a portion of this many answers to each question in the first form.
    fn even(task: &Task, samples: u32) -> Portion {
        Portion::even(task, vec![0], samples)
    }

    fn further(samples: std::ops::Range<u32>) -> [FurtherAnswers; 1] {
        [FurtherAnswers { item: 0, form: 0, samples }]
    }

    /// Keeps answers 0 to 2 and then 2 to 10 of each item from two looks, the second in another state if `other`.
    fn kept_in_two_looks(folder: &std::path::Path, task: &Task, other: bool) -> (KeptPlace, GrowingSample) {
        let key = KeptKey::of_program().expect("a program");
        let all_of = ("answers".to_owned(), key.clone());
        let state = |number: u8| [number; 32];
        let place = KeptPlace {
            kept: KeptFolder::at(folder),
            name: String::new(),
            key,
            all: all_of,
            state: state(0),
        };
        let mut asked = GrowingSample::default();
        for (range, state) in [(0..2, state(0)), (2..10, state(u8::from(other)))] {
            let place = KeptPlace { state, ..place.part(&further(range.clone())) };
            let first = asked.answers.len();
            for index in range.clone() {
                asked.answers.push(SampledAnswer { item: 0, index, ..heard(index * 7 + 3) });
            }
            asked.grown(0, 0, range.end);
            KeptPlace::note(Some(&place), &mut asked, first);
            place.keep(&asked, first, task, &even(task, 10));
        }
        (place, asked)
    }

    #[test]
    fn what_was_kept_in_steps_is_found_in_others() {
        let suites = crate::suite::Suites::builtin();
        let task = suites.task("T1").expect("built in");
        let take = |place: &KeptPlace, samples: u32| {
            let mut asked = GrowingSample::default();
            let place = place.part(&further(0..samples));
            place.take(&mut asked, task, &even(task, samples), &even(task, 10)).map(|()| asked)
        };
        for other in [false, true] {
            let folder = tempfile::tempdir().expect("a folder");
            let (place, whole) = kept_in_two_looks(folder.path(), task, other);
            let first = take(&place, 2).expect("the first look is kept");
            assert_eq!((first.known(0, 0), first.answers.len()), (2, 2));
            // Answers that were read in two states of the recording are not kept as one block.
            let Some(found) = take(&place, 4).filter(|_| !other) else {
                assert!(other && take(&place, 4).is_none(), "all of them were kept together");
                continue;
            };
            assert_eq!(found.known(0, 0), 10);
            // They are also found after a first look of its own.
            let mut grown = take(&place, 2).expect("kept");
            let next = place.part(&further(2..4));
            next.take(&mut grown, task, &even(task, 4), &even(task, 10)).expect("all of them are kept");
            assert_eq!(format!("{:?}", grown.answers), format!("{:?}", whole.answers));
            assert_eq!(format!("{:?}", found.answers), format!("{:?}", whole.answers));
            assert!(take(&place, 12).is_none(), "nobody has kept so many");
        }
    }
}
