//! The turns of a unit: each question, and asking back once if the response to it cannot be read.
//!
//! Asking back continues the conversation: the question, the response, then the words that ask for the bare
//! answer. This turn has its own key, a hash of the first turn's key, of its response and of those words. So it
//! is recorded like any other: appended when it comes, found by a later run, merged with those of other
//! machines in any order, and of two lines for one turn only one counts. A second turn is not used if another
//! line replaces its first turn, since it then belongs to another conversation.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::reason::{Missing, Reason};
use super::unit::{Sampled, SamplingUnit};
use crate::provider::{Message, Request, Response, Role};
use crate::recording::line::Turn;
use crate::recording::locked::Locked;
use crate::recording::{Recording, RecordingError, SampleAddress};

/// A unit with the addresses of its responses in the recording.
pub(super) struct Turns<'u> {
    pub unit: &'u SamplingUnit<'u>,
    /// The addresses of the first turns, one for each question.
    pub addresses: Vec<SampleAddress>,
}

/// The places of the questions that need a turn.
#[derive(Debug, Default)]
pub(super) struct OpenQuestions {
    pub first: Vec<usize>,
    pub back: Vec<usize>,
}

impl OpenQuestions {
    pub(super) fn is_empty(&self) -> bool {
        self.first.is_empty() && self.back.is_empty()
    }

    /// Returns all places, each with the same reason.
    pub(super) fn missing(self, reason: &Reason) -> Vec<(usize, Reason)> {
        let first = self.first.into_iter().map(|place| (place, reason.clone()));
        let back = self.back.into_iter().map(|place| (place, because(Turn::Back, reason.clone())));
        first.chain(back).collect()
    }
}

/// Wraps the reason for a missing turn, so that asking back differs from asking.
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

    /// Returns the places that need this turn, each sample once.
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

    /// Returns what to ask in this turn.
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

    /// Returns the recorded response to the question at a place, with the second turn if there is one.
    pub(super) fn response(&self, place: usize, recording: &Recording) -> Option<Response> {
        let said = recording.get(&self.addresses[place])?;
        let back = self.back(place, &said, recording).map(Box::new);
        Some(Response { back, ..said })
    }

    fn back(&self, place: usize, said: &Response, recording: &Recording) -> Option<Response> {
        // Most recordings have no second turns, so no keys are made for them.
        let wanted = self.unit.model.clarify && recording.has_backs();
        wanted.then(|| recording.get(&self.back_address(place, said))).flatten()
    }

    fn back_address(&self, place: usize, said: &Response) -> SampleAddress {
        let (key, sample) = self.addresses[place];
        (key.back(&said.text, &(self.unit.back.words)(&self.unit.questions.get(place))), sample)
    }

    /// Returns the result of the unit. The responses themselves are given to `each`, in the order of the
    /// questions. A place with a reason is missing, whatever its first turn says.
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

/// One turn of the questions of a unit that need it.
pub(super) struct TurnPass<'u> {
    pub unit: &'u SamplingUnit<'u>,
    pub turn: Turn,
    pub places: Vec<usize>,
    /// The addresses of this turn, by place.
    pub addresses: Cow<'u, [SampleAddress]>,
    /// The response of the turn before, by place.
    said: HashMap<usize, String>,
}

impl TurnPass<'_> {
    /// Returns the request for the question at a place.
    pub(super) fn request(&self, place: usize) -> Request {
        let question = &self.unit.questions.get(place);
        let first = self.unit.request(question);
        let Some(said) = self.said.get(&place) else { return first };
        let words = (self.unit.back.words)(question);
        if said.trim().is_empty() {
            // Providers reject a turn without text. An empty response adds nothing to the question, so the
            // words that ask back join it.
            return Request { prompt: format!("{}\n\n{words}", first.prompt), ..first };
        }
        let mut messages = first.messages;
        messages.push(Message { role: Role::User, content: first.prompt });
        messages.push(Message { role: Role::Assistant, content: said.clone() });
        Request { messages, prompt: words, ..first }
    }

    /// Adds the response to the question at a place to the recording.
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
