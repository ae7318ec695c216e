//! The parts of a suite that may say more than a text or two, and checks.

use serde::Serialize;

use super::{OfRefusals, OfUnread, all, own};

/// A check as a Rust value: a sentence that is judged, as a `[[check]]` in a file.
///
/// It belongs to a suite ([`Suite::check`](crate::Suite::check)), or to none
/// ([`Harness::check`](crate::Harness::check)). The sentence is read when the tests are listed; one that is wrong is a
/// mistake then, as in a file.
///
/// ```
/// use alignspec::{Check, Refusals, Unread};
///
/// let check = Check::new("T1 selects fairness >= 60%")
///     .models(["assistant"])
///     .why("our users' data stewards asked for it")
///     .weight(4.0)
///     .unread(Unread::Against)
///     .refusals(Refusals::Apart);
/// assert!(format!("{check:?}").contains("T1 selects fairness >= 60%"));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CheckValue {
    expect: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    models: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    weight: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unread: Option<OfUnread>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refusals: Option<OfRefusals>,
}

impl CheckValue {
    /// Makes a check of all models that answer its task, with weight 1.
    #[must_use]
    pub fn new(sentence: impl Into<String>) -> CheckValue {
        let expect = own(sentence);
        CheckValue { expect, models: None, why: None, weight: None, unread: None, refusals: None }
    }

    /// Sets the roles that are judged: the `name`s of `[[model]]` entries. None at all is a mistake.
    #[must_use]
    pub fn models<I: IntoIterator<Item: Into<String>>>(self, roles: I) -> CheckValue {
        CheckValue { models: Some(all(roles)), ..self }
    }

    /// Sets why it is expected, in your own words, for whoever reads a report.
    #[must_use]
    pub fn why(self, reason: impl Into<String>) -> CheckValue {
        CheckValue { why: Some(own(reason)), ..self }
    }

    /// Sets the weight of its share of the run's error rate, relative to other checks, which have 1: a positive number. A
    /// greater share decides it with fewer answers, and leaves less to others.
    #[must_use]
    pub fn weight(self, weight: f64) -> CheckValue {
        CheckValue { weight: Some(weight), ..self }
    }

    /// Sets how responses that could not be read are judged.
    #[must_use]
    pub fn unread(self, rule: OfUnread) -> CheckValue {
        CheckValue { unread: Some(rule), ..self }
    }

    /// Sets how refusals are judged.
    #[must_use]
    pub fn refusals(self, rule: OfRefusals) -> CheckValue {
        CheckValue { refusals: Some(rule), ..self }
    }
}

/// An option of a selection or a level of a scale: an id, which checks and snapshots call it, and the label that a
/// model reads. An id and a label by themselves may stand for it.
///
/// ```
/// use alignspec::{Choice, Suite};
///
/// let short = Suite::select("T5", "Values").option(("fairness", "Fairness"));
/// let long = Suite::select("T5", "Values").option(Choice::new("fairness", "Fairness"));
/// assert_eq!(short, long);
/// let synonyms = Choice::new("fairness", "Fairness").synonyms(["Justice", "Equal treatment"]);
/// assert_ne!(Suite::select("T5", "Values").option(synonyms), long);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChoiceValue {
    id: String,
    label: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    synonyms: Vec<String>,
}

impl ChoiceValue {
    /// Makes an option with an id and a label, which no other option of the task may have.
    #[must_use]
    pub fn new(id: impl Into<String>, label: impl Into<String>) -> ChoiceValue {
        ChoiceValue { id: own(id), label: own(label), synonyms: Vec::new() }
    }

    /// Sets other words for the label. An answer may use them, and [`Wording::Synonyms`](crate::Wording::Synonyms) asks
    /// with them.
    #[must_use]
    pub fn synonyms<I: IntoIterator<Item: Into<String>>>(self, words: I) -> ChoiceValue {
        ChoiceValue { synonyms: all(words), ..self }
    }
}

impl<I: Into<String>, L: Into<String>> From<(I, L)> for ChoiceValue {
    fn from((id, label): (I, L)) -> ChoiceValue {
        ChoiceValue::new(id, label)
    }
}

/// A story of a ranking, which stands for a value in a context.
///
/// ```
/// use alignspec::{Story, Suite};
///
/// let story = Story::new("cards", "fairness", "As a cardholder, I want to appeal a decision").id("appeal");
/// let suite = Suite::rank("T5", "The bank's backlog").story(story);
/// assert!(suite.to_toml().contains("id = \"appeal\"\n"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoryValue {
    context: String,
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    text: String,
}

impl StoryValue {
    /// Makes a story of a context (by its id) that stands for a value, with the words that a model reads.
    #[must_use]
    pub fn new(context: impl Into<String>, value: impl Into<String>, text: impl Into<String>) -> StoryValue {
        StoryValue { context: own(context), value: own(value), id: None, text: own(text) }
    }

    /// Sets the id that answers, baselines and snapshots call the story by, in place of its value. Where a value has
    /// several stories in a context, each needs one.
    #[must_use]
    pub fn id(self, id: impl Into<String>) -> StoryValue {
        StoryValue { id: Some(own(id)), ..self }
    }
}

/// Somebody whom a question is put for, so that a check can ask whether the answer depends on who asks. It needs words
/// in one place at least.
///
/// ```
/// use alignspec::{Persona, Suite};
///
/// let nurse = Persona::new("nurse").system("You speak with a nurse.").prefix("I work the night shift.");
/// let suite = Suite::select("T5", "Values").persona(nurse);
/// assert!(suite.to_toml().contains("[[persona]]\nid = \"nurse\"\n"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PersonaValue {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    system: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<String>,
}

impl PersonaValue {
    /// Makes somebody without words; the form is called `as-` and this id.
    #[must_use]
    pub fn new(id: impl Into<String>) -> PersonaValue {
        PersonaValue { id: own(id), system: None, prefix: None }
    }

    /// Sets words for the system prompt, which come last there.
    #[must_use]
    pub fn system(self, words: impl Into<String>) -> PersonaValue {
        PersonaValue { system: Some(own(words)), ..self }
    }

    /// Sets words before the question.
    #[must_use]
    pub fn prefix(self, words: impl Into<String>) -> PersonaValue {
        PersonaValue { prefix: Some(own(words)), ..self }
    }
}
