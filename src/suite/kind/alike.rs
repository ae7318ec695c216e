//! What a reader of a suite could not tell apart, or could not read at all: ids that differ only in case, and texts that
//! differ only in marks, spaces or the case of letters. Two questions that read alike are one question that is asked
//! twice under two names.

use toml::Spanned;

use super::{Result, problem};
use crate::ground::diagnostic::Source;
use crate::ground::unseen::{as_read, says_something, twins};
use crate::suite::file::{RawContext, RawStory, RawValue};

/// Checks that no two different ids differ only in case.
pub(super) fn spelled_once<'a>(
    ids: impl IntoIterator<Item = &'a Spanned<String>>,
    name: &str,
    source: &Source,
) -> Result<()> {
    let ids: Vec<&Spanned<String>> = ids.into_iter().collect();
    let Some((later, first)) = twins(ids.iter().map(|id| id.get_ref().as_str())) else { return Ok(()) };
    let place = ids.iter().find(|id| id.get_ref() == later).map_or(0..0, |id| id.span());
    let message = format!("the {name} `{later}` differs from `{first}` only in case");
    Err(problem(source, place, message)
        .help("write both alike if they mean the same; otherwise rename one, so that readers can tell them apart")
        .into())
}

/// Checks that the texts of contexts say something, and that no two read alike. Where each context has stories, these
/// tell contexts apart, too.
pub(super) fn contexts(contexts: &[RawContext], stories: &[RawStory], source: &Source) -> Result<()> {
    let asked = |context: &RawContext| {
        let mut stories: Vec<String> = stories
            .iter()
            .filter(|story| story.context.get_ref() == context.id.get_ref())
            .map(|story| as_read(&story.text))
            .collect();
        stories.sort_unstable();
        (as_read(&context.text), stories)
    };
    let seen: Vec<(String, Vec<String>)> = contexts.iter().map(asked).collect();
    for (at, context) in contexts.iter().enumerate() {
        let (id, place) = (context.id.get_ref(), context.id.span());
        if !says_something(&context.text) {
            let message = format!("the context `{id}` has no text");
            return Err(problem(source, place, message).help("say what the situation is").into());
        }
        if let Some(same) = seen[..at].iter().position(|known| *known == seen[at]) {
            let other = contexts[same].id.get_ref();
            let message = format!("the contexts `{other}` and `{id}` have texts that read alike");
            return Err(problem(source, place, message)
                .help("the same question would be asked twice under two names: remove one, or reword it")
                .into());
        }
    }
    Ok(())
}

/// Checks that no two values read alike: by their labels, and by their definitions where the prompt shows these.
pub(super) fn values(values: &[RawValue], defined: bool, source: &Source) -> Result<()> {
    let shown = |value: &RawValue| {
        (as_read(&value.label), if defined { as_read(&value.text) } else { String::new() })
    };
    for (at, value) in values.iter().enumerate() {
        let (id, place) = (value.id.get_ref(), value.id.span());
        if as_read(&value.label).is_empty() {
            return Err(problem(source, place, format!("the value `{id}` has an empty label")).into());
        }
        if let Some(other) = values[..at].iter().find(|known| shown(known) == shown(value)) {
            let message = format!("the values `{}` and `{id}` read alike in a question", other.id.get_ref());
            return Err(problem(source, place, message)
                .help("the same question would be asked twice under two names: give one another label")
                .into());
        }
    }
    Ok(())
}
