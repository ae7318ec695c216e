//! `extends = "builtin:T4"`: a suite that changes only what differs from another one.
//!
//! A key that the suite sets takes the place of the other one's key. Entries of a list of tables (`[[option]]`,
//! `[[context]]`, …) are known by their ids: one with an id of the other suite takes the place of that entry, whole, and
//! others come after. `remove` leaves entries out; with a context or a value go the stories and pairs of it. The id
//! must be the suite's own, since other questions are another task, and checks are not taken over, since each names the
//! task that it is for.

use std::ops::Range;

use toml::Spanned;

use super::BUILTIN;
use super::file::{RawRemove, RawSuite};
use super::joined::{Beside, Joined};
use crate::ground::diagnostic::{Diagnostic, Source};

type ExtendsResult<T> = Result<T, Box<Diagnostic>>;

/// What stands before the id of a suite that comes with the crate.
const SHIPPED: &str = "builtin:";

/// Adds to a suite what it takes from the one that it extends, if it does.
///
/// # Errors
/// There is no such suite, or it cannot be extended in this way.
pub(super) fn apply(raw: &mut RawSuite, joined: &mut Joined, beside: Beside<'_>) -> ExtendsResult<()> {
    let Some(extends) = raw.extends.take() else {
        return match &raw.remove {
            None => Ok(()),
            Some(remove) => {
                Err(Diagnostic::new("`remove` is set in a suite that does not extend another one")
                    .at(&joined.all, remove.span())
                    .help("add `extends = \"…\"`, or delete the entries here")
                    .into())
            }
        };
    };
    let source = find(&extends, joined, beside)?;
    let mut parent = RawSuite::read(&source)?;
    let wrong = |message: String| Diagnostic::new(message).at(&joined.all, extends.span());
    let name = extends.get_ref();
    if parent.extends.is_some() {
        let problem = wrong(format!("{name} extends another suite itself"));
        return Err(problem.help("extend that one, and set here what the other one changes").into());
    }
    if parent.id.get_ref() == raw.id.get_ref() {
        let message = format!("this suite has the id of the one that it extends, `{}`", raw.id.get_ref());
        return Err(Diagnostic::new(message)
            .at(&joined.all, raw.id.span())
            .help("give it an id of its own: other questions are another task")
            .into());
    }
    let Some(kind) = &parent.kind else {
        return Err(wrong(format!("{name} has only checks, and no task to extend")).into());
    };
    if let Some(own) = raw.kind.as_ref().filter(|own| own.get_ref() != kind.get_ref()) {
        let message = format!("`kind` is {}, but that of {name} is {}", own.get_ref(), kind.get_ref());
        return Err(Diagnostic::new(message)
            .at(&joined.all, own.span())
            .help("leave `kind` out: a suite has the kind of the one that it extends")
            .into());
    }
    // The text is read again behind as many spaces as come before it in the whole, so that its places are right.
    let start = joined.add(source.clone());
    let placed = Source::new(source.name.clone(), format!("{}{}", " ".repeat(start), source.text));
    parent = RawSuite::read(&placed)?;
    let remove = raw.remove.take().map(Spanned::into_inner).unwrap_or_default();
    removed(&mut parent, &remove, &joined.all)?;
    merge(raw, parent);
    Ok(())
}

/// Finds the file of the suite that is extended.
fn find(extends: &Spanned<String>, joined: &Joined, beside: Beside<'_>) -> ExtendsResult<Source> {
    let (name, own) = (extends.get_ref(), joined.source_at(0));
    let wrong = |message: String| Diagnostic::new(message).at(&joined.all, extends.span());
    let Some(id) = name.strip_prefix(SHIPPED) else {
        return beside(own, name, "toml").map_err(|why| {
            let problem = wrong(format!("the suite cannot be read from `{name}`")).label(why);
            problem
                .help(
                    "extends takes the path of a suite from here, or `builtin:` and the id of a shipped one",
                )
                .into()
        });
    };
    let id_of =
        |text: &'static str| text.lines().find_map(|line| line.strip_prefix("id = \"")?.strip_suffix('"'));
    let shipped = BUILTIN.iter().find(|(_, text)| id_of(text) == Some(id));
    let Some((file, text)) = shipped else {
        let known: Vec<String> =
            BUILTIN.iter().filter_map(|(_, text)| Some(format!("{SHIPPED}{}", id_of(text)?))).collect();
        let problem = wrong(format!("there is no shipped suite `{id}`"));
        return Err(problem.nearest(name, known.iter().map(String::as_str)).into());
    };
    Ok(Source::new(format!("{SHIPPED}{file}"), *text))
}

/// Takes the entries out of a suite that are to be removed.
fn removed(parent: &mut RawSuite, remove: &RawRemove, source: &Source) -> ExtendsResult<()> {
    out("option", &mut parent.option, &remove.option, source, |entry| entry.id.get_ref().clone())?;
    out("level", &mut parent.level, &remove.level, source, |entry| entry.id.get_ref().clone())?;
    out("context", &mut parent.context, &remove.context, source, |entry| entry.id.get_ref().clone())?;
    out("value", &mut parent.value, &remove.value, source, |entry| entry.id.get_ref().clone())?;
    out("pair", &mut parent.pair, &remove.pair, source, pair_id)?;
    out("story", &mut parent.story, &remove.story, source, story_id)?;
    out("persona", &mut parent.persona, &remove.persona, source, |entry| entry.id.get_ref().clone())?;
    // What is about a context or a value that is gone goes with it.
    let among =
        |ids: &[Spanned<String>], id: &Spanned<String>| ids.iter().any(|gone| gone.get_ref() == id.get_ref());
    parent.story.retain(|story| !among(&remove.context, &story.get_ref().context));
    parent.pair.retain(|pair| {
        let pair = pair.get_ref();
        !among(&remove.value, &pair.first) && !among(&remove.value, &pair.second)
    });
    Ok(())
}

/// Takes entries with these ids out of a list; an id that none has is a mistake.
fn out<T>(
    list: &str,
    entries: &mut Vec<Spanned<T>>,
    ids: &[Spanned<String>],
    source: &Source,
    of: impl Fn(&T) -> String,
) -> ExtendsResult<()> {
    for id in ids {
        let before = entries.len();
        let known: Vec<String> = entries.iter().map(|entry| of(entry.get_ref())).collect();
        entries.retain(|entry| of(entry.get_ref()) != *id.get_ref());
        if entries.len() == before {
            let place: Range<usize> = id.span();
            let message = format!("the extended suite has no {list} `{}` to remove", id.get_ref());
            let problem = Diagnostic::new(message).at(source, place);
            return Err(problem.nearest(id.get_ref(), known.iter().map(String::as_str)).into());
        }
    }
    Ok(())
}

fn pair_id(pair: &super::file::RawPair) -> String {
    format!("{}/{}", pair.first.get_ref(), pair.second.get_ref())
}

fn story_id(story: &super::file::RawStory) -> String {
    format!("{}.{}", story.context.get_ref(), story.id().get_ref())
}

/// Fills a suite with what it does not set itself.
fn merge(own: &mut RawSuite, parent: RawSuite) {
    fn or<T>(own: &mut Option<T>, parent: Option<T>) {
        *own = own.take().or(parent);
    }
    or(&mut own.title, parent.title);
    or(&mut own.kind, parent.kind);
    or(&mut own.prompt, parent.prompt);
    or(&mut own.system, parent.system);
    or(&mut own.language, parent.language);
    or(&mut own.samples, parent.samples);
    or(&mut own.unread, parent.unread);
    or(&mut own.refusals, parent.refusals);
    or(&mut own.orders, parent.orders);
    or(&mut own.wordings, parent.wordings);
    or(&mut own.directions, parent.directions);
    or(&mut own.pick, parent.pick);
    or(&mut own.neutral, parent.neutral);
    or(&mut own.stories, parent.stories);
    over(&mut own.option, parent.option, |entry| entry.id.get_ref().clone());
    over(&mut own.level, parent.level, |entry| entry.id.get_ref().clone());
    over(&mut own.context, parent.context, |entry| entry.id.get_ref().clone());
    over(&mut own.value, parent.value, |entry| entry.id.get_ref().clone());
    over(&mut own.persona, parent.persona, |entry| entry.id.get_ref().clone());
    over(&mut own.pair, parent.pair, pair_id);
    over(&mut own.story, parent.story, story_id);
}

/// Puts each entry in the place of the parent's entry with its id, and the others after all of the parent's.
fn over<T>(own: &mut Vec<Spanned<T>>, parent: Vec<Spanned<T>>, id: impl Fn(&T) -> String) {
    let mut rest = std::mem::take(own);
    for entry in parent {
        let at = rest.iter().position(|new| id(new.get_ref()) == id(entry.get_ref()));
        own.push(at.map_or(entry, |at| rest.remove(at)));
    }
    own.append(&mut rest);
}
