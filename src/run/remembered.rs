//! Recorded answers as they were read, kept for the next process that needs them: to find them in a
//! recording and to read each anew takes far longer than to judge them.
//!
//! They are kept by all that they depend on ([`Key`]): the program, the config, the suite, the model, and every
//! byte of the recording. What is asked or missing is not kept.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use std::ops::Range;

use super::Run;
use super::heard::{Asked, Heard};
use crate::answer::{Answer, Invalid};
use crate::config::Model;
use crate::kept::{Kept, Key};
use crate::respondent::identity;
use crate::suite::Task;

/// Where some answers of one model to one task are kept.
#[derive(Debug)]
pub(super) struct Place {
    kept: Kept,
    name: String,
    key: Key,
    state: [u8; 32],
}

/// Answers that were read together.
#[derive(Serialize, Deserialize)]
struct Step {
    /// Of versions, hosts and set-ups.
    names: [Vec<String>; 3],
    answers: Vec<Row>,
}

#[derive(Serialize, Deserialize)]
struct Row {
    item: usize,
    form: usize,
    index: u32,
    said: Said,
    unknown: Option<String>,
    json: Option<bool>,
    /// Asked back, unread, contested, replaced, gone.
    flags: [bool; 5],
    /// Places in the names, of each turn.
    who: [[Option<u32>; 3]; 2],
    /// Nanoseconds since 1970.
    at: Option<i128>,
}

#[derive(Serialize, Deserialize)]
enum Said {
    Set(Vec<usize>),
    Level(usize),
    Ranking(Vec<usize>),
    Text(String),
    /// A place in [`Invalid::ALL`].
    Invalid(usize),
}

impl Run {
    /// Where the answers to some forms and samples are kept in the state of now; `None` where they cannot be.
    pub(super) fn place(&self, model: &Model, task: &Task, wanted: &[(usize, Range<u32>)]) -> Option<Place> {
        let kept = Kept::of_program()?;
        let state = self.sampler().state(model, task)?;
        let suite = self.suites.suites.iter().find(|suite| suite.task.as_ref() == Some(task))?;
        let mut key = Key::of_program()?;
        key.part(self.config.source.text.as_bytes()).part(suite.source.name.as_bytes());
        key.part(suite.source.text.as_bytes()).part(state);
        // A comparison asks as another model than the config says, whose answers lie in the same recording.
        key.part(identity(model).to_string()).part(format!("{:?} {}", model.system, model.any_version));
        let root = self.config.root.display();
        let name = format!("answers {root} {} {} {wanted:?}", model.name, task.id);
        key.part(name.as_bytes());
        Some(Place { kept, name, key, state })
    }

    /// Whether the place is of the state of now, after something was read.
    pub(super) fn is_of_now(&self, place: &Place, model: &Model, task: &Task) -> bool {
        self.sampler().state(model, task) == Some(place.state)
    }
}

impl Place {
    /// Adds the answers that are kept here; `None` where there are none.
    pub(super) fn recall(&self, asked: &mut Asked, task: &Task) -> Option<()> {
        let step: Step = postcard::from_bytes(&self.kept.get(&self.name, &self.key)?).ok()?;
        let fits = |row: &Row| row.item < task.items.len() && row.form < task.forms.len();
        if !step.answers.iter().all(fits) {
            return None;
        }
        let mut places: [Vec<Option<u32>>; 3] = Default::default();
        for (of, (places, names)) in places.iter_mut().zip(&step.names).enumerate() {
            places.extend(names.iter().map(|name| asked.place(of, name)));
        }
        let heard = step.answers.into_iter().map(|row| row.heard(&places)).collect::<Option<Vec<_>>>()?;
        asked.answers.extend(heard);
        Some(())
    }

    /// Keeps the answers from the one at `first` on.
    pub(super) fn keep(&self, asked: &Asked, first: usize) {
        let answers = asked.answers.iter().skip(first).map(Row::of).collect();
        let step = Step { names: asked.names().map(<[String]>::to_vec), answers };
        if let Ok(bytes) = postcard::to_allocvec(&step) {
            self.kept.put(&self.name, &self.key, &bytes);
        }
    }
}

impl Row {
    fn of(heard: &Heard) -> Row {
        let said = match &heard.answer {
            Ok(Answer::Set(places)) => Said::Set(places.clone()),
            Ok(Answer::Level(place)) => Said::Level(*place),
            Ok(Answer::Ranking(places)) => Said::Ranking(places.clone()),
            Ok(Answer::Text(text)) => Said::Text(text.clone()),
            Err(reason) => {
                let place = Invalid::ALL.iter().position(|known| known == reason);
                Said::Invalid(place.unwrap_or(Invalid::ALL.len()))
            }
        };
        Row {
            item: heard.item,
            form: heard.form,
            index: heard.index,
            said,
            unknown: heard.unknown.clone(),
            json: heard.json,
            flags: [heard.back, heard.unread, heard.contested, heard.replaced, heard.gone],
            who: heard.who,
            at: heard.at.map(Timestamp::as_nanosecond),
        }
    }

    /// With the places that the names have now; `None` where a name is lacking.
    fn heard(self, places: &[Vec<Option<u32>>; 3]) -> Option<Heard> {
        let answer = match self.said {
            Said::Set(places) => Ok(Answer::Set(places)),
            Said::Level(place) => Ok(Answer::Level(place)),
            Said::Ranking(places) => Ok(Answer::Ranking(places)),
            Said::Text(text) => Ok(Answer::Text(text)),
            Said::Invalid(place) => Err(*Invalid::ALL.get(place)?),
        };
        let [back, unread, contested, replaced, gone] = self.flags;
        let at = match self.at {
            None => None,
            Some(at) => Some(Timestamp::from_nanosecond(at).ok()?),
        };
        let mut who = self.who;
        for (of, place) in who.iter_mut().flat_map(|turn| turn.iter_mut().enumerate()) {
            if let Some(known) = place {
                *place = Some((*places[of].get(*known as usize)?)?);
            }
        }
        Some(Heard {
            item: self.item,
            form: self.form,
            index: self.index,
            answer,
            unknown: self.unknown,
            back,
            unread,
            json: self.json,
            contested,
            replaced,
            gone,
            who,
            at,
        })
    }
}
