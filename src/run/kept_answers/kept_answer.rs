//! One answer in the form in which it is kept: its content, or why it was not read.

use serde::{Deserialize, Serialize};

use crate::answer::{Answer, Invalid};

#[derive(Serialize, Deserialize)]
pub(super) enum KeptAnswer {
    Set(Vec<usize>),
    Level(usize),
    Ranking(Vec<usize>),
    Text(String),
    /// The index of the reason in [`Invalid::ALL`].
    Invalid(usize),
}

impl KeptAnswer {
    pub(super) fn of(answer: &Result<Answer, Invalid>) -> KeptAnswer {
        match answer {
            Ok(Answer::Set(places)) => KeptAnswer::Set(places.clone()),
            Ok(Answer::Level(place)) => KeptAnswer::Level(*place),
            Ok(Answer::Ranking(places)) => KeptAnswer::Ranking(places.clone()),
            Ok(Answer::Text(text)) => KeptAnswer::Text(text.clone()),
            Err(reason) => {
                let place = Invalid::ALL.iter().position(|known| known == reason);
                KeptAnswer::Invalid(place.unwrap_or(Invalid::ALL.len()))
            }
        }
    }

    pub(super) fn answer(&self) -> Option<Result<Answer, Invalid>> {
        Some(match self {
            KeptAnswer::Set(places) => Ok(Answer::Set(places.clone())),
            KeptAnswer::Level(place) => Ok(Answer::Level(*place)),
            KeptAnswer::Ranking(places) => Ok(Answer::Ranking(places.clone())),
            KeptAnswer::Text(text) => Ok(Answer::Text(text.clone())),
            KeptAnswer::Invalid(place) => Err(*Invalid::ALL.get(*place)?),
        })
    }
}
