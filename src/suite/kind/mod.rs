//! The kinds of task. A kind takes its fields from the file and says what its items are and what checks can
//! ask of them; a new kind of an existing shape is one file here, with a `mod` and a line in `kinds!` below.

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
use super::{About, Choice, Form, Item, Order, Shape, Task};
use crate::ground::diagnostic::{Diagnostic, Source};
use crate::ground::template::placeholders;

type Result<T> = std::result::Result<T, Box<Diagnostic>>;

/// A kind of task: its name in suite files, what checks can ask of it, and what it makes of a file's fields.
struct Kind {
    name: &'static str,
    has: &'static [Capability],
    /// The placeholders a prompt may hold.
    placeholders: &'static [&'static str],
    /// Those it must hold for the question to make sense.
    required: &'static [&'static str],
    build: fn(&mut RawSuite, &Source, &Range<usize>) -> Result<TaskParts>,
}

/// What a kind makes of its fields.
struct TaskParts {
    shape: Shape,
    items: Vec<Item>,
    forms: Vec<Form>,
    counterbalanced: bool,
}

/// Makes of `Variant => file` the variant of [`TaskKind`] that is described by the `KIND` of that file.
macro_rules! kinds {
    ($($variant:ident => $file:ident),* $(,)?) => {
        /// The kinds of task.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum TaskKind {
            $(#[doc = concat!("See `suite/kind/", stringify!($file), ".rs`.")] $variant),*
        }

        impl TaskKind {
            /// Every kind, in the order in which they are named to people.
            pub(crate) const ALL: &'static [TaskKind] = &[$(TaskKind::$variant),*];

            /// Their names in suite files.
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
    /// Its name in suite files.
    pub fn name(self) -> &'static str {
        self.kind().name
    }

    /// Whether checks can ask this of its tasks.
    pub(crate) fn has(self, what: Capability) -> bool {
        self.kind().has.contains(&what)
    }
}

impl fmt::Display for TaskKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a check can ask of a task. A measure names what it needs, a kind what its tasks have, and neither
/// knows of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Capability {
    /// Its answers are counted and have scores: all but free text.
    Scores,
    /// Each value has a score of its own, so that they can be put in order.
    Values,
    /// The same, and in each context by itself, so that two tasks can be held against each other.
    Contexts,
    /// Its answers select options, and its forms show those in different orders or words.
    Selection,
    /// Each question rates one value on a scale of levels.
    Scale,
    /// Each question weighs two values, on a scale with two sides and a middle.
    Pairs,
}

impl Capability {
    /// The kinds whose tasks have it.
    pub(crate) fn kinds(self) -> Vec<TaskKind> {
        TaskKind::ALL.iter().copied().filter(|kind| kind.has(self)).collect()
    }
}

/// The task of a suite file, or `None` for a file of checks only.
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
        title: raw.title.clone(),
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

/// The language tag of a suite, in the form of BCP 47.
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
            return Err(problem(
                source,
                id.span(),
                format!("the {name} `{}` is defined twice", id.get_ref()),
            )
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
        .help("an id starts with a letter or digit, followed by letters, digits, `_` or `-`, 64 at most")
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
                .help("an answer with that word could mean either; use another word")
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
fn order_forms(raw: &mut RawSuite, default: Order, source: &Source) -> Result<Vec<Form>> {
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
        return Err(problem(source, span, format!("`{name}` is empty, so no model would be asked")).into());
    }
    if list.iter().enumerate().any(|(at, entry)| list[..at].contains(entry)) {
        return Err(problem(source, span, format!("`{name}` lists the same entry twice")).into());
    }
    Ok(list)
}
