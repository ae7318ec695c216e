//! How a product is asked and answers in its own shape: the template of its request, and where its answer stands.

use std::ops::Range;

use serde_json::Value;
use toml::Spanned;

use super::Model;
use super::product::{WrongSetting, any};
use super::transform::Transform;
use crate::answer::AnswerStructure;
use crate::ground::diagnostic::nearest;

/// Placeholders that stand for a text inside a longer string of a template.
const IN_TEXT: [&str; 6] = ["prompt", "system", "model", "context", "task", "item"];

/// Placeholders that stand for a list or a table: each must be a whole string.
const WHOLE: [&str; 3] = ["options", "messages", "schema"];

/// Where the answer stands in what a product gives back, and how it is read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AnswerPlace {
    /// Where the answer is found.
    pub(crate) at: AnswerSource,
    /// The rules for reading it. Whether the product was told letters is known when it is asked.
    pub(crate) structure: AnswerStructure,
    /// Where `answer_index` and `answer_level` stand in the config.
    pub(crate) index_at: Option<Range<usize>>,
    pub(crate) level_at: Option<Range<usize>>,
}

impl Model {
    /// Returns where its answers are, if it is a product whose answers are taken in its own shape.
    pub(crate) fn own_shape(&self) -> Option<&AnswerPlace> {
        let service = self.http.as_ref().and_then(|http| http.answer.as_ref());
        service.or(self.stdio.as_ref().and_then(|stdio| stdio.answer.as_ref()))
    }
}

/// Where an answer is found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum AnswerSource {
    /// A JSON pointer.
    Pointer(String),
    /// An expression that makes the answer of the whole body.
    Transform(Transform),
}

impl AnswerPlace {
    /// Returns the pointer to the answer; for a transform, that to the whole body.
    pub(crate) fn pointer(&self) -> &str {
        match &self.at {
            AnswerSource::Pointer(pointer) => pointer,
            AnswerSource::Transform(_) => "",
        }
    }

    /// Returns what shapes an answer of it, for the key of a recording.
    pub(crate) fn identity(&self) -> Value {
        let (pointer, transform) = match &self.at {
            AnswerSource::Pointer(pointer) => (Some(pointer.as_str()), None),
            AnswerSource::Transform(transform) => (None, Some(transform.text())),
        };
        serde_json::json!({ "pointer": pointer, "transform": transform, "structure": self.structure })
    }
}

/// The keys of an answer in a product's own shape, as they are written.
pub(super) struct RawAnswerPlace {
    pub answer: Option<Spanned<String>>,
    pub transform: Option<Spanned<String>>,
    pub index: Option<Spanned<i64>>,
    pub level: Option<Spanned<i64>>,
    pub id: Option<Spanned<String>>,
}

impl RawAnswerPlace {
    /// Checks the keys; `source` is the text of the config. Returns `None` if none is set.
    pub(super) fn checked(self, source: &str) -> Result<Option<AnswerPlace>, WrongSetting> {
        let unused = [
            ("answer_index", self.index.as_ref().map(Spanned::span)),
            ("answer_level", self.level.as_ref().map(Spanned::span)),
            ("answer_id", self.id.as_ref().map(Spanned::span)),
        ];
        if let Some(index) = self.index.as_ref().filter(|index| !(0..=1).contains(index.get_ref())) {
            let message =
                format!("`answer_index` is {}, but options are counted from 0 or 1", index.get_ref());
            return Err((index.span(), message, "write the number that stands for the first option".into()));
        }
        for pointer in [&self.answer, &self.id].into_iter().flatten() {
            is_pointer(pointer)?;
        }
        let at = match (self.answer, self.transform) {
            (Some(_), Some(transform)) => {
                let message = "`answer` and `transform` are both set".to_owned();
                return Err((
                    transform.span(),
                    message,
                    "remove one of them: each says where the answer is".into(),
                ));
            }
            (Some(answer), None) => AnswerSource::Pointer(answer.into_inner()),
            (None, Some(transform)) => AnswerSource::Transform(Transform::checked(&transform, source)?),
            (None, None) => {
                let set = unused.into_iter().find_map(|(name, span)| Some((name, span?)));
                return match set {
                    None => Ok(None),
                    Some((name, span)) => Err((
                        span,
                        format!("`{name}` has no effect without `answer`"),
                        "add answer = \"/ranking\", the JSON pointer to the answer in the product's own shape".into(),
                    )),
                };
            }
        };
        let (index_at, level_at) =
            (self.index.as_ref().map(Spanned::span), self.level.as_ref().map(Spanned::span));
        let structure = AnswerStructure {
            index: self.index.map(Spanned::into_inner),
            level: self.level.map(Spanned::into_inner),
            id: self.id.map(Spanned::into_inner),
            ..AnswerStructure::default()
        };
        Ok(Some(AnswerPlace { at, structure, index_at, level_at }))
    }
}

/// Checks that a text is a JSON pointer.
pub(super) fn is_pointer(pointer: &Spanned<String>) -> Result<(), WrongSetting> {
    let text = pointer.get_ref();
    if text.is_empty() || text.starts_with('/') {
        return Ok(());
    }
    let message = format!("`{text}` is not a JSON pointer");
    Err((pointer.span(), message, "a JSON pointer starts with a slash: /choices/0/text".into()))
}

/// Returns a mistake about a placeholder of a template that stands where it is not replaced, or that is a slip of
/// another one, and what to do.
pub(super) fn misplaced_placeholder(template: &Value) -> Option<(String, String)> {
    let mut wrong = None;
    any(template, &mut |text| {
        wrong = slip(text);
        wrong.is_some()
    });
    wrong
}

fn slip(text: &str) -> Option<(String, String)> {
    if text != "{options}" && text.contains("{options}") {
        return Some((
            "`{options}` stands inside a longer string, where it is not replaced".to_owned(),
            "make \"{options}\" a whole string for the list of options, or write {prompt}, which holds them in words"
                .to_owned(),
        ));
    }
    let name = text.strip_prefix('{')?.strip_suffix('}')?;
    let known = || IN_TEXT.into_iter().chain(WHOLE).chain(["key"]);
    let word = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphabetic() || c == '_');
    if !word || known().any(|known| known == name) {
        return None;
    }
    let best = nearest(name, known())?;
    Some((format!("`{{{name}}}` is not a placeholder"), format!("did you mean `{{{best}}}`?")))
}
