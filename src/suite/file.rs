//! The TOML of a suite file as it is written, with the place of everything that can be wrong.
//!
//! All kinds share one set of fields. Each kind takes the fields that it uses (in `kind/`), and
//! [`RawSuite::leftover`] then finds a field that does not belong to it.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::{CheckEntry, Choice, Direction, OfRefusals, OfUnread, Order, Unanswered, Wording};
use crate::ground::diagnostic::{Diagnostic, Source};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSuite {
    pub id: Spanned<String>,
    pub title: Option<String>,
    pub extends: Option<Spanned<String>>,
    pub remove: Option<Spanned<RawRemove>>,
    pub kind: Option<Spanned<String>>,
    pub prompt: Option<Spanned<String>>,
    pub system: Option<Spanned<String>>,
    pub language: Option<Spanned<String>>,
    pub samples: Option<Spanned<u32>>,
    pub unread: Option<OfUnread>,
    pub refusals: Option<OfRefusals>,
    pub orders: Option<Spanned<Vec<Order>>>,
    pub wordings: Option<Spanned<Vec<Wording>>>,
    pub directions: Option<Spanned<Vec<Direction>>>,
    pub pick: Option<Spanned<usize>>,
    pub neutral: Option<Spanned<RawChoice>>,
    #[serde(default)]
    pub option: Vec<Spanned<RawChoice>>,
    #[serde(default)]
    pub level: Vec<Spanned<RawChoice>>,
    #[serde(default)]
    pub context: Vec<Spanned<RawContext>>,
    #[serde(default)]
    pub value: Vec<Spanned<RawValue>>,
    #[serde(default)]
    pub pair: Vec<Spanned<RawPair>>,
    #[serde(default)]
    pub story: Vec<Spanned<RawStory>>,
    pub stories: Option<Spanned<String>>,
    #[serde(default)]
    pub persona: Vec<Spanned<RawPersona>>,
    #[serde(default)]
    pub check: Vec<RawCheck>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawChoice {
    pub id: Spanned<String>,
    pub label: String,
    #[serde(default)]
    pub synonyms: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawContext {
    pub id: Spanned<String>,
    pub text: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawValue {
    pub id: Spanned<String>,
    pub label: String,
    pub text: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPair {
    pub first: Spanned<String>,
    pub second: Spanned<String>,
    pub text: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStory {
    pub context: Spanned<String>,
    pub value: Spanned<String>,
    pub id: Option<Spanned<String>>,
    pub text: String,
}

impl RawStory {
    /// The id by which answers, baselines and snapshots name it: its own, or that of its value.
    pub(super) fn id(&self) -> &Spanned<String> {
        self.id.as_ref().unwrap_or(&self.value)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPersona {
    pub id: Spanned<String>,
    pub system: Option<String>,
    pub prefix: Option<String>,
}

/// What a suite leaves out of the one that it extends.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawRemove {
    pub option: Vec<Spanned<String>>,
    pub level: Vec<Spanned<String>>,
    pub context: Vec<Spanned<String>>,
    pub value: Vec<Spanned<String>>,
    pub pair: Vec<Spanned<String>>,
    pub story: Vec<Spanned<String>>,
    pub persona: Vec<Spanned<String>>,
}

/// Keys that show that a file is meant to be a suite, however broken it is.
const OURS: [&str; 6] = ["id", "kind", "prompt", "check", "option", "extends"];

/// A `[[check]]` entry, in a suite file or in alignment.toml.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawCheck {
    pub expect: Spanned<String>,
    pub models: Option<Vec<Spanned<String>>>,
    pub why: Option<String>,
    pub weight: Option<Spanned<f64>>,
    pub unread: Option<OfUnread>,
    pub refusals: Option<OfRefusals>,
}

/// The text of checks that belong to no suite.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawChecks {
    check: Vec<RawCheck>,
}

/// Reads the text of checks that belong to no suite.
pub(super) fn read_checks(source: &Source) -> Result<Vec<CheckEntry>, Box<Diagnostic>> {
    let raw: RawChecks = toml::from_str(&source.text).map_err(|error| Diagnostic::toml(source, &error))?;
    raw.check.into_iter().map(|check| check.entry(source)).collect()
}

impl RawCheck {
    /// Returns the entry, or a diagnostic about an invalid weight.
    pub(crate) fn entry(self, source: &Source) -> Result<CheckEntry, Box<Diagnostic>> {
        let weight = match self.weight {
            Some(weight) if !(weight.get_ref().is_finite() && *weight.get_ref() > 0.0) => {
                return Err(Box::new(
                    Diagnostic::new(format!(
                        "a check's weight is {}, but must be a positive number",
                        weight.get_ref()
                    ))
                    .at(source, weight.span())
                    .help("the run's error rate is divided over the checks in proportion to their weights"),
                ));
            }
            Some(weight) => weight.into_inner(),
            None => 1.0,
        };
        let span = inside(source, &self.expect);
        Ok(CheckEntry {
            sentence: self.expect.into_inner(),
            span,
            source: source.clone(),
            models: self
                .models
                .map(|models| models.into_iter().map(|m| (m.get_ref().clone(), m.span())).collect()),
            why: self.why,
            weight,
            unanswered: Unanswered { unread: self.unread, refusals: self.refusals },
        })
    }
}

/// Returns the place of a string's text inside its quotes. A string with escapes does not appear literally in the
/// file, so the place of the whole string literal is returned.
pub(crate) fn inside(source: &Source, string: &Spanned<String>) -> Range<usize> {
    let span = string.span();
    match source.text.get(span.clone()).and_then(|literal| literal.find(string.get_ref().as_str())) {
        Some(offset) => span.start + offset..span.start + offset + string.get_ref().len(),
        None => span,
    }
}

impl RawSuite {
    pub(super) fn read(source: &Source) -> Result<RawSuite, Box<Diagnostic>> {
        let suite = toml::from_str(&source.text).map_err(|error| {
            if crate::ground::files::sets(&source.text, &OURS) {
                return Box::new(Diagnostic::toml(source, &error));
            }
            let other = Diagnostic::new("this is not a suite: it has no `id`, no `kind` and no [[check]]");
            Box::new(
                other.at(source, 0..0).unquoted().help("a suite begins with id = \"…\" and title = \"…\""),
            )
        })?;
        crate::ground::unseen::in_toml(source, &[])?;
        Ok(suite)
    }

    /// Returns a field that is set although the kind did not take it.
    pub(super) fn leftover(&self) -> Option<(&'static str, Range<usize>)> {
        fn first<T>(name: &'static str, list: &[Spanned<T>]) -> Option<(&'static str, Range<usize>)> {
            list.first().map(|entry| (name, entry.span()))
        }
        fn one<T>(name: &'static str, field: &Option<Spanned<T>>) -> Option<(&'static str, Range<usize>)> {
            field.as_ref().map(|field| (name, field.span()))
        }
        one("prompt", &self.prompt)
            .or_else(|| one("system", &self.system))
            .or_else(|| one("language", &self.language))
            .or_else(|| one("samples", &self.samples))
            .or_else(|| one("orders", &self.orders))
            .or_else(|| one("wordings", &self.wordings))
            .or_else(|| one("directions", &self.directions))
            .or_else(|| one("pick", &self.pick))
            .or_else(|| one("neutral", &self.neutral))
            .or_else(|| first("option", &self.option))
            .or_else(|| first("level", &self.level))
            .or_else(|| first("context", &self.context))
            .or_else(|| first("value", &self.value))
            .or_else(|| first("pair", &self.pair))
            .or_else(|| first("story", &self.story))
            .or_else(|| one("stories", &self.stories))
            .or_else(|| first("persona", &self.persona))
    }
}

impl From<&RawChoice> for Choice {
    fn from(raw: &RawChoice) -> Self {
        Choice {
            id: raw.id.get_ref().clone(),
            label: raw.label.clone(),
            synonyms: raw.synonyms.clone(),
            of_value: None,
        }
    }
}
