//! The kinds of task. A kind takes its fields from the file, and says what its items are and what checks can ask
//! about them. A new kind with an existing shape needs one file here, a `mod`, and a line in `kinds!` below.

mod alike;
mod open;
mod rank;
mod rate;
mod select;
mod trade_off;

use std::collections::HashSet;
use std::fmt;
use std::ops::Range;

use toml::Spanned;

use super::file::{RawChoice, RawContext, RawSuite};
use super::{About, Choice, Form, Item, Order, Shape, Task, persona};
use crate::ground::diagnostic::{Diagnostic, Source};
use crate::ground::template::placeholders;
use crate::ground::unseen::as_read;
pub(crate) use rank::parts_of_place;

type Result<T> = std::result::Result<T, Box<Diagnostic>>;

/// A kind of task: its name in suite files, what checks can ask about it, and how it builds a task from a file's
/// fields.
struct Kind {
    name: &'static str,
    has: &'static [Capability],
    /// The placeholders that a prompt may contain.
    placeholders: &'static [&'static str],
    /// The placeholders that it must contain for the question to make sense.
    required: &'static [&'static str],
    build: fn(&mut RawSuite, &Source, &Range<usize>) -> Result<TaskParts>,
}

/// What a kind builds from its fields.
struct TaskParts {
    shape: Shape,
    items: Vec<Item>,
    forms: Vec<Form>,
    counterbalanced: bool,
}

/// Declares a variant of [`TaskKind`] for each `Variant => file`, described by the `KIND` in that file.
macro_rules! kinds {
    ($($variant:ident => $file:ident),* $(,)?) => {
        /// The kinds of task.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum TaskKind {
            $(#[doc = concat!("See `suite/kind/", stringify!($file), ".rs`.")] $variant),*
        }

        impl TaskKind {
            /// All kinds, in the order in which messages list them.
            pub(crate) const ALL: &'static [TaskKind] = &[$(TaskKind::$variant),*];

            /// The names of the kinds in suite files.
            pub const NAMES: &'static [&'static str] = &[$($file::KIND.name),*];

            fn kind(self) -> &'static Kind {
                match self { $(TaskKind::$variant => &$file::KIND),* }
            }
        }
    };
}

kinds! {
    Select => select,
    Rate => rate,
    TradeOff => trade_off,
    Rank => rank,
    Open => open,
}

impl TaskKind {
    /// Returns the kind's name in suite files.
    pub fn name(self) -> &'static str {
        self.kind().name
    }

    /// Returns whether its tasks have a capability.
    pub(crate) fn has(self, what: Capability) -> bool {
        self.kind().has.contains(&what)
    }
}

impl fmt::Display for TaskKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A property of a task that checks can rely on. A measure names what it needs and a kind what its tasks have, so
/// that neither depends on the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Capability {
    /// The answers are counted and have scores, as all answers except free text do.
    Scores,
    /// Each value has a score of its own, so values can be ranked.
    Values,
    /// Each value has a score in each context, so two tasks can be compared.
    Contexts,
    /// The answers select options, and the forms show these in different orders or words.
    Selection,
    /// The answers are levels of a scale.
    Levels,
    /// Each question rates one value on a scale of levels.
    Scale,
    /// Each question weighs two values on a scale with two sides and a middle.
    Pairs,
    /// The answers choose or rank values, and personas may put the questions.
    Personas,
}

impl Capability {
    /// Returns the kinds whose tasks have this capability.
    pub(crate) fn kinds(self) -> Vec<TaskKind> {
        TaskKind::ALL.iter().copied().filter(|kind| kind.has(self)).collect()
    }
}

/// Builds the task of a suite file; `None` for a file with checks only.
pub(super) fn build(raw: &mut RawSuite, source: &Source) -> Result<Option<Task>> {
    let Some(kind) = raw.kind.take() else {
        if let Some((field, span)) = raw.leftover() {
            return Err(problem(source, span, format!("`{field}` is set in a suite that has no `kind`"))
                .help(format!(
                    "add `kind = \"…\"` (one of {}), or keep only checks",
                    TaskKind::NAMES.join(", ")
                ))
                .into());
        }
        return Ok(None);
    };
    let place = kind.span();
    let name = kind.get_ref().as_str();
    let Some(kind) = TaskKind::ALL.iter().copied().find(|known| known.name() == name) else {
        return Err(problem(source, place, format!("unknown kind `{name}`"))
            .nearest(name, TaskKind::NAMES.iter().copied())
            .into());
    };
    let parts = (kind.kind().build)(raw, source, &place)?;
    let prompt = take(&mut raw.prompt, "prompt", source, &place)?;
    check_prompt(&prompt, kind.kind(), source)?;
    let samples = match raw.samples.take() {
        Some(samples) if *samples.get_ref() == 0 => {
            return Err(problem(source, samples.span(), "`samples` is 0, so no model would be asked")
                .help("remove it to use the default of alignment.toml")
                .into());
        }
        Some(samples) if *samples.get_ref() > crate::suite::MOST_SAMPLES => {
            let what = format!(
                "{} samples, but at most {} are possible",
                samples.get_ref(),
                crate::suite::MOST_SAMPLES
            );
            return Err(problem(source, samples.span(), what).into());
        }
        samples => samples.map(Spanned::into_inner),
    };
    let task = Task {
        id: raw.id.get_ref().clone(),
        title: raw.title.clone().unwrap_or_default(),
        kind,
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
        return Err(problem(source, span, format!("`{field}` does not belong to a task of kind {kind}"))
            .help(format!("remove it, or change `kind` (one of {})", TaskKind::NAMES.join(", ")))
            .into());
    }
    Ok(Some(task))
}

/// Returns the language tag of a suite, in the form of BCP 47.
fn language(raw: &mut RawSuite, source: &Source) -> Result<Option<String>> {
    let Some(tag) = raw.language.take() else { return Ok(None) };
    let mut parts = tag.get_ref().split('-');
    let primary = parts
        .next()
        .is_some_and(|part| (2..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_lowercase()));
    if !primary
        || !parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
    {
        return Err(problem(source, tag.span(), format!("`{}` is not a language tag", tag.get_ref()))
            .help("write the tag of the language that answers are in, such as \"en\", \"de\" or \"pt-BR\"")
            .into());
    }
    Ok(Some(tag.into_inner()))
}

fn problem(source: &Source, span: Range<usize>, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(message).at(source, span)
}

fn check_prompt(prompt: &Spanned<String>, kind: &Kind, source: &Source) -> Result<()> {
    let found = placeholders(prompt.get_ref());
    for (_, name) in &found {
        if !kind.placeholders.contains(name) {
            return Err(problem(
                source,
                prompt.span(),
                format!("unknown placeholder `{{{name}}}` in the prompt"),
            )
            .nearest(name, kind.placeholders.iter().copied())
            .into());
        }
    }
    for name in kind.required {
        if !found.iter().any(|(_, found)| found == name) {
            return Err(problem(source, prompt.span(), format!("the prompt never shows `{{{name}}}`"))
                .help("without it the question cannot be understood; put it where it belongs")
                .into());
        }
    }
    Ok(())
}

/// Takes a field that the kind needs.
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

/// Takes a list that the kind needs, with at least `least` entries and no id twice.
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
            return Err(problem(
                source,
                id.span(),
                format!("the {name} `{}` is defined twice", id.get_ref()),
            )
            .help("rename or remove one")
            .into());
        }
    }
    alike::spelled_once(list.iter().map(|entry| id(entry.get_ref())), name, source)?;
    Ok(std::mem::take(list))
}

/// Checks an id: ids appear in sentences, file names and TOML keys, so they have only letters, digits, `_` and `-`.
pub(super) fn plain_id(id: &Spanned<String>, source: &Source) -> Result<()> {
    const LONGEST: usize = 64;
    let text = id.get_ref();
    let plain = (1..=LONGEST).contains(&text.len())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if plain && text.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return Ok(());
    }
    Err(problem(source, id.span(), format!("`{text}` cannot be an id"))
        .help("an id starts with a letter or digit, followed by letters, digits, `_` or `-`, 64 at most")
        .into())
}

/// Reads choices, and checks that no two share a word.
fn choices(list: &[Spanned<RawChoice>], source: &Source) -> Result<Vec<Choice>> {
    let mut seen: Vec<(String, String)> = Vec::new();
    for entry in list {
        let raw = entry.get_ref();
        for word in std::iter::once(&raw.label).chain(&raw.synonyms) {
            let key = as_read(word);
            if key.is_empty() {
                return Err(problem(source, entry.span(), "an option has an empty label").into());
            }
            if let Some((_, owner)) = seen.iter().find(|(known, _)| *known == key) {
                return Err(problem(
                    source,
                    entry.span(),
                    format!("`{word}` names both `{owner}` and `{}`", raw.id.get_ref()),
                )
                .help("an answer with that word, or with one that reads like it, could mean either; use another word")
                .into());
            }
            seen.push((key, raw.id.get_ref().clone()));
        }
    }
    Ok(list.iter().map(|entry| entry.get_ref().into()).collect())
}

fn contexts(raw: &mut RawSuite, source: &Source, kind: &Range<usize>) -> Result<Vec<RawContext>> {
    let list = take_list(&mut raw.context, "context", 1, source, kind, |context| &context.id)?;
    if let Some(reserved) = list.iter().find(|context| context.get_ref().id.get_ref() == "overall") {
        return Err(
            problem(source, reserved.span(), "`overall` is reserved: it means all contexts pooled").into()
        );
    }
    Ok(without_places(list))
}

/// Drops the places of a list's entries, if only the places of their fields are needed.
fn without_places<T>(list: Vec<Spanned<T>>) -> Vec<T> {
    list.into_iter().map(Spanned::into_inner).collect()
}

/// Returns the `thing` in a list that an id names.
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

/// Makes a question in a context, with the id that distinguishes it within the context and its own words.
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

/// Takes the personas, each of which is a further form in the main order.
fn persona_forms(raw: &mut RawSuite, main: Order, source: &Source, kind: &Range<usize>) -> Result<Vec<Form>> {
    let list = take_list(&mut raw.persona, "persona", 0, source, kind, |persona| &persona.id)?;
    persona::forms(list, main, source)
}

/// Returns the forms of a kind that varies the order of its options.
fn order_forms(raw: &mut RawSuite, default: Order, source: &Source) -> Result<Vec<Form>> {
    let orders = distinct(raw.orders.take(), "orders", vec![default], source)?;
    Ok(orders.into_iter().map(Form::ordered).collect())
}

/// Returns a list of settings, which must not be empty or have duplicates.
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
        return Err(problem(source, span, format!("`{name}` is empty, so no model would be asked")).into());
    }
    if list.iter().enumerate().any(|(at, entry)| list[..at].contains(entry)) {
        return Err(problem(source, span, format!("`{name}` lists the same entry twice")).into());
    }
    Ok(list)
}
