//! A backlog, and the order that the importances of its stories give it.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The longest backlog that is taken: each story is a question to the model.
const MOST_STORIES: usize = 100;

/// A request: the stories to put in order, and for whom.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backlog {
    /// The product that the stories are about, such as "an app of a bank".
    pub domain: String,
    /// The stories, in any order: it does not count.
    pub backlog: Vec<Story>,
    /// Who asks, in a sentence for the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persona: Option<String>,
}

/// A user story.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Story {
    /// Its name in the backlog. The model does not see it.
    pub id: String,
    /// Its text, which the model rates.
    pub text: String,
}

/// An answer: all stories of the backlog, the most important one first.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Ranking {
    /// The stories in order.
    pub ranking: Vec<RankedStory>,
}

/// A story in its place.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct RankedStory {
    /// Its name in the backlog.
    pub id: String,
    /// Why it has this place.
    pub reason: String,
}

/// Why a request is not a backlog that can be put in order.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum InvalidBacklog {
    /// There are too few stories, or too many.
    #[error("the backlog has {0} stories, and 2 to {MOST_STORIES} can be put in order")]
    Size(usize),
    /// An answer could not tell two stories apart.
    #[error("two stories have the id {0:?}")]
    SameId(String),
    /// There is nothing to rate.
    #[error("the story {0:?} has no text")]
    NoText(String),
}

impl Backlog {
    /// Checks that there is something to put in order, before a model is asked.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), InvalidBacklog> {
        if !(2..=MOST_STORIES).contains(&self.backlog.len()) {
            return Err(InvalidBacklog::Size(self.backlog.len()));
        }
        let mut ids = HashSet::new();
        for story in &self.backlog {
            if !ids.insert(&story.id) {
                return Err(InvalidBacklog::SameId(story.id.clone()));
            }
            if story.text.trim().is_empty() {
                return Err(InvalidBacklog::NoText(story.id.clone()));
            }
        }
        Ok(())
    }
}

impl Ranking {
    /// Puts stories in the order of their importance. Equal ones are ordered by their ids, so that the order in which
    /// they came has no say.
    pub(crate) fn by_importance(mut stories: Vec<(Story, f64)>) -> Ranking {
        stories.sort_by(|(a, first), (b, second)| second.total_cmp(first).then_with(|| a.id.cmp(&b.id)));
        let ranked = |(story, importance): (Story, f64)| RankedStory {
            id: story.id,
            reason: format!("the model gives it an importance of {importance:.2} on a scale from 1 to 5"),
        };
        Ranking { ranking: stories.into_iter().map(ranked).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn story(id: &str) -> Story {
        Story { id: id.to_owned(), text: format!("As a user, I want {id}.") }
    }

    fn backlog(ids: &[&str]) -> Backlog {
        let stories = ids.iter().map(|id| story(id)).collect();
        Backlog { domain: "a shop".to_owned(), backlog: stories, persona: None }
    }

    #[test]
    fn importance_decides_and_not_the_order_of_the_input() {
        let rated =
            |ids: [(&str, f64); 3]| Ranking::by_importance(ids.map(|(id, score)| (story(id), score)).into());
        let ranking = rated([("a", 2.5), ("b", 4.0), ("c", 2.5)]);
        let ids: Vec<_> = ranking.ranking.iter().map(|story| story.id.as_str()).collect();
        assert_eq!(ids, ["b", "a", "c"]);
        assert_eq!(ranking, rated([("c", 2.5), ("b", 4.0), ("a", 2.5)]));
        assert_eq!(
            ranking.ranking[0].reason,
            "the model gives it an importance of 4.00 on a scale from 1 to 5"
        );
    }

    #[test]
    fn what_cannot_be_put_in_order_is_told() {
        assert_eq!(backlog(&["a", "b"]).check(), Ok(()));
        assert_eq!(backlog(&["a"]).check(), Err(InvalidBacklog::Size(1)));
        assert_eq!(backlog(&["a"; 101]).check(), Err(InvalidBacklog::Size(101)));
        assert_eq!(backlog(&["a", "b", "a"]).check(), Err(InvalidBacklog::SameId("a".to_owned())));
        let mut empty = backlog(&["a", "b"]);
        empty.backlog[1].text = " \n".to_owned();
        assert_eq!(empty.check(), Err(InvalidBacklog::NoText("b".to_owned())));
    }
}
