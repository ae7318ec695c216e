//! The turns of a unit: each question, and asking back, once, where the response to it cannot be read.
//!
//! Asking back is a turn of the same conversation: the question, the response, then the words that ask
//! for the bare answer. It has a key of its own, a hash of the first turn's key, of what was said in it
//! and of those words. So its line is recorded like any other: appended when it comes, found again by a
//! run that goes on where another was killed, united with those of other machines in any order, and of
//! two lines for one turn one counts, as for a question. A second turn whose first one another line stands for
//! is not used, since it belongs to another conversation.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::reason::{Missing, Reason};
use super::unit::{Sampled, SamplingUnit};
use crate::provider::{Message, Request, Response, Role};
use crate::recording::line::Turn;
use crate::recording::locked::Locked;
use crate::recording::{Recording, RecordingError, SampleAddress};

/// A unit with the places of its responses in the recording.
pub(super) struct Turns<'u> {
    pub unit: &'u SamplingUnit<'u>,
    /// Of the first turns, one a question.
    pub addresses: Vec<SampleAddress>,
}

/// Places of a unit's questions that want a turn.
#[derive(Debug, Default)]
pub(super) struct OpenQuestions {
    pub first: Vec<usize>,
    pub back: Vec<usize>,
}

impl OpenQuestions {
    pub(super) fn is_empty(&self) -> bool {
        self.first.is_empty() && self.back.is_empty()
    }

    /// All of them, for one reason.
    pub(super) fn missing(self, reason: &Reason) -> Vec<(usize, Reason)> {
        let first = self.first.into_iter().map(|place| (place, reason.clone()));
        let back = self.back.into_iter().map(|place| (place, because(Turn::Back, reason.clone())));
        first.chain(back).collect()
    }
}

/// Why a turn is missing, so that asking back is told from asking.
pub(super) fn because(turn: Turn, reason: Reason) -> Reason {
    match turn {
        Turn::First => reason,
        Turn::Back => Reason::Back(Box::new(reason)),
    }
}

impl<'u> Turns<'u> {
    pub(super) fn of(unit: &'u SamplingUnit<'u>) -> Turns<'u> {
        Turns { unit, addresses: unit.addresses() }
    }

    /// The places that want this turn, each sample once.
    pub(super) fn open(&self, turn: Turn, recording: &Recording) -> Vec<usize> {
        if turn == Turn::Back && !self.unit.model.clarify {
            return Vec::new();
        }
        let mut seen = HashSet::new();
        let open = |place: &usize| {
            let wants = match turn {
                Turn::First => !recording.has(&self.addresses[*place]),
                Turn::Back => recording.get(&self.addresses[*place]).is_some_and(|said| {
                    self.back(*place, &said, recording).is_none()
                        && (self.unit.back.unread)(&self.unit.questions.get(*place), &said)
                }),
            };
            wants && seen.insert(self.addresses[*place])
        };
        (0..self.addresses.len()).filter(open).collect()
    }

    /// What is to be asked of this turn.
    pub(super) fn pass(&self, turn: Turn, recording: &Recording) -> TurnPass<'_> {
        let places = self.open(turn, recording);
        let (mut addresses, mut said) = (Cow::Borrowed(self.addresses.as_slice()), HashMap::new());
        if turn == Turn::Back {
            for place in &places {
                let Some(response) = recording.get(&self.addresses[*place]) else { continue };
                addresses.to_mut()[*place] = self.back_address(*place, &response);
                said.insert(*place, response.text);
            }
        }
        TurnPass { unit: self.unit, turn, places, addresses, said }
    }

    /// What is recorded of the question at a place: its response, and what came of asking back.
    pub(super) fn response(&self, place: usize, recording: &Recording) -> Option<Response> {
        let said = recording.get(&self.addresses[place])?;
        let back = self.back(place, &said, recording).map(Box::new);
        Some(Response { back, ..said })
    }

    fn back(&self, place: usize, said: &Response, recording: &Recording) -> Option<Response> {
        // Most recordings have none, and their keys need not be made.
        let wanted = self.unit.model.clarify && recording.has_backs();
        wanted.then(|| recording.get(&self.back_address(place, said))).flatten()
    }

    fn back_address(&self, place: usize, said: &Response) -> SampleAddress {
        let (key, sample) = self.addresses[place];
        (key.back(&said.text, &(self.unit.back.words)(&self.unit.questions.get(place))), sample)
    }

    /// What came of the unit, without the responses, which are given to `each` in the order of the questions. A
    /// place with a reason is missing, whatever its first turn says.
    pub(super) fn sampled(
        &self,
        recording: &Recording,
        missing: Vec<(usize, Reason)>,
        asked: usize,
        each: &mut dyn FnMut(usize, Option<Response>),
    ) -> Sampled {
        let reasons: HashMap<SampleAddress, Reason> =
            missing.into_iter().map(|(place, reason)| (self.addresses[place], reason)).collect();
        let mut found: HashSet<SampleAddress> = HashSet::with_capacity(self.addresses.len());
        let mut sampled = Sampled {
            responses: Vec::new(),
            of: self.addresses.len(),
            missing: Vec::new(),
            asked,
            unused: 0,
            contested: Vec::new(),
            replaced: Vec::new(),
            gone: Vec::new(),
        };
        for (place, address) in self.addresses.iter().enumerate() {
            let response = self.response(place, recording);
            if let Some(response) = &response {
                found.insert(*address);
                found.extend(response.back.as_ref().map(|_| self.back_address(place, response)));
            }
            let standing = recording.standing(address);
            sampled.contested.extend(standing.contested.then_some(place));
            sampled.replaced.extend(standing.replaced.then_some(place));
            sampled.gone.extend(standing.gone.then_some(place));
            let response = response.filter(|_| !reasons.contains_key(address));
            if response.is_none() {
                let reason = reasons.get(address).cloned().unwrap_or(Reason::NotRecorded);
                sampled.missing.push(Missing { question: place, reason });
            }
            each(place, response);
        }
        sampled.unused = (recording.len() + recording.superseded()).saturating_sub(found.len());
        sampled
    }
}

/// One turn of those questions of a unit that want it.
pub(super) struct TurnPass<'u> {
    pub unit: &'u SamplingUnit<'u>,
    pub turn: Turn,
    pub places: Vec<usize>,
    /// Where the turn is recorded, by place.
    pub addresses: Cow<'u, [SampleAddress]>,
    /// What was said in the turn before, by place.
    said: HashMap<usize, String>,
}

impl TurnPass<'_> {
    /// What is sent.
    pub(super) fn request(&self, place: usize) -> Request {
        let question = &self.unit.questions.get(place);
        let first = self.unit.request(question);
        let Some(said) = self.said.get(&place) else { return first };
        let words = (self.unit.back.words)(question);
        if said.trim().is_empty() {
            // Providers refuse a turn without a word. Nothing has been said since the question, and so
            // the words that ask back join it.
            return Request { prompt: format!("{}\n\n{words}", first.prompt), ..first };
        }
        let mut messages = first.messages;
        messages.push(Message { role: Role::User, content: first.prompt });
        messages.push(Message { role: Role::Assistant, content: said.clone() });
        Request { messages, prompt: words, ..first }
    }

    /// Adds what came of a place to the recording.
    pub(super) fn keep(
        &self,
        locked: &mut Locked<'_>,
        place: usize,
        response: Response,
    ) -> Result<(), RecordingError> {
        let (item, form, _) = self.unit.questions.place(place);
        locked.append(&item.id, form.label, self.addresses[place], self.turn, response)
    }

    /// Those of the reasons whose turn did not come after all.
    pub(super) fn missing(
        &self,
        reasons: Vec<(usize, Reason)>,
        recording: &Recording,
    ) -> Vec<(usize, Reason)> {
        let absent = |place: usize| !recording.has(&self.addresses[place]);
        let reasons = reasons.into_iter().filter(|(place, _)| absent(*place));
        reasons.map(|(place, reason)| (place, because(self.turn, reason))).collect()
    }
}
