//! The kinds of task. A kind takes its fields from the file and says what its items are; a new kind
//! is one file here and one line in [`build`].

mod open;
mod rank;
mod rate;
mod select;
mod trade_off;

use std::collections::HashSet;
use std::ops::Range;

use toml::Spanned;

use super::file::{Raw, RawChoice, RawContext};
use super::question::placeholders;
use super::{About, Choice, Form, Item, Order, Shape, Task};
use crate::ground::diagnostic::{Diagnostic, Source};

type Result<T> = std::result::Result<T, Box<Diagnostic>>;

/// What a kind makes of its fields.
struct Parts {
    shape: Shape,
    items: Vec<Item>,
    forms: Vec<Form>,
    counterbalanced: bool,
    /// The placeholders a prompt may hold.
    placeholders: &'static [&'static str],
    /// Those it must hold for the question to make sense.
    required: &'static [&'static str],
}

pub(super) const KINDS: [&str; 5] = ["select", "rate", "trade_off", "rank", "open"];

/// The task of a suite file, or `None` for a file of checks only.
pub(super) fn build(raw: &mut Raw, source: &Source) -> Result<Option<Task>> {
    let Some(kind) = raw.kind.take() else {
        if let Some((field, span)) = raw.leftover() {
            return Err(problem(source, span, format!("`{field}` stands in a suite without a `kind`"))
                .help(format!("add `kind = \"…\"` (one of {}), or leave checks only", KINDS.join(", ")))
                .into());
        }
        return Ok(None);
    };
    let place = kind.span();
    let (name, parts) = match kind.get_ref().as_str() {
        "select" => ("select", select::build(raw, source, &place)?),
        "rate" => ("rate", rate::build(raw, source, &place)?),
        "trade_off" => ("trade_off", trade_off::build(raw, source, &place)?),
        "rank" => ("rank", rank::build(raw, source, &place)?),
        "open" => ("open", open::build()),
        other => {
            return Err(problem(source, place, format!("unknown kind `{other}`"))
                .nearest(other, KINDS)
                .into());
        }
    };
    let prompt = take(&mut raw.prompt, "prompt", source, &place)?;
    check_prompt(&prompt, &parts, source)?;
    let samples = match raw.samples.take() {
        Some(samples) if *samples.get_ref() == 0 => {
            return Err(problem(source, samples.span(), "`samples` is 0, so nothing would be asked")
                .help("leave it out for the config's default")
                .into());
        }
        Some(samples) if *samples.get_ref() > crate::suite::MOST_SAMPLES => {
            let what = format!("{} samples, more than {}", samples.get_ref(), crate::suite::MOST_SAMPLES);
            return Err(problem(source, samples.span(), what).into());
        }
        samples => samples.map(Spanned::into_inner),
    };
    let task = Task {
        id: raw.id.get_ref().clone(),
        title: raw.title.clone(),
        kind: name,
        shape: parts.shape,
        items: parts.items,
        forms: parts.forms,
        counterbalanced: parts.counterbalanced,
        samples,
        system: raw.system.take().map(Spanned::into_inner),
        language: language(raw, source)?,
        prompt: prompt.into_inner(),
    };
    if let Some((field, span)) = raw.leftover() {
        return Err(problem(source, span, format!("`{field}` does not belong to a task of kind {name}"))
            .help(format!("remove it, or change `kind` (one of {})", KINDS.join(", ")))
            .into());
    }
    Ok(Some(task))
}

/// The language tag of a suite, in the form of BCP 47.
fn language(raw: &mut Raw, source: &Source) -> Result<Option<String>> {
    let Some(tag) = raw.language.take() else { return Ok(None) };
    let mut parts = tag.get_ref().split('-');
    let primary = parts
        .next()
        .is_some_and(|part| (2..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_lowercase()));
    if !primary
        || !parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
    {
        return Err(problem(source, tag.span(), format!("`{}` is no language tag", tag.get_ref()))
            .help("write the tag of the language the answers are in, such as \"en\", \"de\" or \"pt-BR\"")
            .into());
    }
    Ok(Some(tag.into_inner()))
}

fn problem(source: &Source, span: Range<usize>, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(message).at(source, span)
}

fn check_prompt(prompt: &Spanned<String>, parts: &Parts, source: &Source) -> Result<()> {
    let found = placeholders(prompt.get_ref());
    for (_, name) in &found {
        if !parts.placeholders.contains(name) {
            return Err(problem(source, prompt.span(), format!("the prompt has no word for `{{{name}}}`"))
                .nearest(name, parts.placeholders.iter().copied())
                .into());
        }
    }
    for name in parts.required {
        if !found.iter().any(|(_, found)| found == name) {
            return Err(problem(source, prompt.span(), format!("the prompt never shows `{{{name}}}`"))
                .help("without it the question cannot be understood; put it where it belongs")
                .into());
        }
    }
    Ok(())
}

/// A field the kind needs.
fn take<T>(
    field: &mut Option<Spanned<T>>,
    name: &str,
    source: &Source,
    kind: &Range<usize>,
) -> Result<Spanned<T>> {
    field.take().ok_or_else(|| {
        problem(source, kind.clone(), format!("a task of this kind needs `{name}`")).label("this kind").into()
    })
}

/// A list the kind needs, with at least `least` entries and no id twice.
fn take_list<T>(
    list: &mut Vec<Spanned<T>>,
    name: &str,
    least: usize,
    source: &Source,
    kind: &Range<usize>,
    id: impl Fn(&T) -> &Spanned<String>,
) -> Result<Vec<Spanned<T>>> {
    if list.len() < least {
        return Err(problem(
            source,
            kind.clone(),
            format!("a task of this kind needs at least {least} `[[{name}]]`, found {}", list.len()),
        )
        .into());
    }
    let mut seen = HashSet::new();
    for entry in list.iter() {
        let id = id(entry.get_ref());
        plain_id(id, source)?;
        if !seen.insert(id.get_ref()) {
            return Err(problem(source, id.span(), format!("the {name} `{}` is there twice", id.get_ref()))
                .help("rename or remove one")
                .into());
        }
    }
    Ok(std::mem::take(list))
}

/// Ids stand in sentences, file names and TOML keys: letters, digits, `_` and `-` only.
pub(super) fn plain_id(id: &Spanned<String>, source: &Source) -> Result<()> {
    // An id becomes part of a file's name.
    const LONGEST: usize = 64;
    let text = id.get_ref();
    let plain = (1..=LONGEST).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if plain && text.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return Ok(());
    }
    Err(problem(source, id.span(), format!("`{text}` cannot be an id"))
        .help("an id starts with a letter or digit and goes on with letters, digits, `_` or `-`, 64 at most")
        .into())
}

/// Choices whose words cannot be taken for one another.
fn choices(list: &[Spanned<RawChoice>], source: &Source) -> Result<Vec<Choice>> {
    let mut seen: Vec<(String, String)> = Vec::new();
    for entry in list {
        let raw = entry.get_ref();
        for word in std::iter::once(&raw.label).chain(&raw.synonyms) {
            let key = word.trim().to_lowercase();
            if key.is_empty() {
                return Err(problem(source, entry.span(), "an option has an empty label").into());
            }
            if let Some((_, owner)) = seen.iter().find(|(known, _)| *known == key) {
                return Err(problem(
                    source,
                    entry.span(),
                    format!("`{word}` names both `{owner}` and `{}`", raw.id.get_ref()),
                )
                .help("an answer could not be told apart; use another word")
                .into());
            }
            seen.push((key, raw.id.get_ref().clone()));
        }
    }
    Ok(list.iter().map(|entry| entry.get_ref().into()).collect())
}

fn contexts(raw: &mut Raw, source: &Source, kind: &Range<usize>) -> Result<Vec<RawContext>> {
    let list = take_list(&mut raw.context, "context", 1, source, kind, |context| &context.id)?;
    if let Some(reserved) = list.iter().find(|context| context.get_ref().id.get_ref() == "overall") {
        return Err(
            problem(source, reserved.span(), "`overall` is reserved: it means all contexts pooled").into()
        );
    }
    Ok(without_places(list))
}

/// The entries of a list, where the places of their fields are enough.
fn without_places<T>(list: Vec<Spanned<T>>) -> Vec<T> {
    list.into_iter().map(Spanned::into_inner).collect()
}

/// The `thing` of a list that an id names.
fn named<'a, T>(
    id: &Spanned<String>,
    thing: &str,
    list: &'a [T],
    of: impl Fn(&T) -> &Spanned<String>,
    source: &Source,
) -> Result<&'a T> {
    let ids = list.iter().map(|entry| of(entry).get_ref().as_str());
    list.iter().find(|entry| of(entry).get_ref() == id.get_ref()).ok_or_else(|| {
        problem(source, id.span(), format!("unknown {thing} `{}`", id.get_ref()))
            .nearest(id.get_ref(), ids)
            .into()
    })
}

/// A question of a context, with the id that tells it from the context's others and the words that are its
/// own.
fn item_of(
    context: &RawContext,
    id: Option<String>,
    about: About,
    choices: Vec<Choice>,
    own: impl IntoIterator<Item = (&'static str, String)>,
) -> Item {
    let of = context.id.get_ref();
    let mut words = vec![("context", context.text.trim().to_owned())];
    words.extend(own);
    let id = id.map_or_else(|| of.clone(), |id| format!("{of}.{id}"));
    Item { id, context: Some(of.clone()), about, choices, words }
}

/// The forms of a kind that varies the order of its options.
fn order_forms(raw: &mut Raw, default: Order, source: &Source) -> Result<Vec<Form>> {
    let orders = distinct(raw.orders.take(), "orders", vec![default], source)?;
    Ok(orders.into_iter().map(Form::ordered).collect())
}

/// A list of settings without repetition, not empty.
fn distinct<T: PartialEq + Clone>(
    list: Option<Spanned<Vec<T>>>,
    name: &str,
    default: Vec<T>,
    source: &Source,
) -> Result<Vec<T>> {
    let Some(list) = list else { return Ok(default) };
    let span = list.span();
    let list = list.into_inner();
    if list.is_empty() {
        return Err(problem(source, span, format!("`{name}` is empty, so nothing would be asked")).into());
    }
    if list.iter().enumerate().any(|(at, entry)| list[..at].contains(entry)) {
        return Err(problem(source, span, format!("`{name}` names the same one twice")).into());
    }
    Ok(list)
}
