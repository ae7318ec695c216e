//! `rank`: put the user stories of one context in order (T4). A story is identified by its id, which is that of the
//! value it stands for unless the value has several stories. The letter beside it changes from sample to sample.
//!
//! Measures of values take the mean place of the stories of a value in each context.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use super::{
    Capability, Kind, Result, TaskParts, alike, contexts, item_of, named, order_forms, persona_forms,
    plain_id, problem, without_places,
};
use crate::ground::diagnostic::Source;
use crate::ground::unseen::{as_read, says_something};
use crate::suite::file::{RawContext, RawStory, RawSuite};
use crate::suite::{About, Choice, Item, Order, Shape};

pub(super) const KIND: Kind = Kind {
    name: "rank",
    has: &[Capability::Scores, Capability::Values, Capability::Contexts, Capability::Personas],
    placeholders: &["context", "options", "count"],
    required: &["context", "options"],
    build,
};

/// The most stories of a context: sets of them are bits of a 64-bit word.
const MOST: usize = 64;

/// The greatest number that mean places are multiplied by to be whole numbers (see [`parts_of_place`]).
const FINEST: u64 = 1_000_000;

fn build(raw: &mut RawSuite, source: &Source, kind: &Range<usize>) -> Result<TaskParts> {
    let contexts = contexts(raw, source, kind)?;
    let stories = without_places(std::mem::take(&mut raw.story));
    check_stories(&stories, &contexts, source)?;
    alike::contexts(&contexts, &stories, source)?;
    let items = contexts.iter().map(|context| item(context, &stories, source)).collect::<Result<Vec<_>>>()?;
    if parts_of_place(&items) > FINEST {
        let message = "the numbers of stories that values have are too different for exact mean places";
        let help = "give most values of a context the same number of stories";
        return Err(problem(source, kind.clone(), message).help(help).into());
    }
    let mut forms = order_forms(raw, Order::Shuffled, source)?;
    let main = forms.first().map_or(Order::Shuffled, |form| form.order);
    forms.extend(persona_forms(raw, main, source, kind)?);
    Ok(TaskParts { shape: Shape::Ranking, items, forms, counterbalanced: false })
}

/// Checks that each story belongs to an existing context, and that its id and its text are its own there.
fn check_stories(stories: &[RawStory], contexts: &[RawContext], source: &Source) -> Result<()> {
    let (mut ids, mut texts) = (HashSet::new(), HashSet::new());
    for story in stories {
        let (id, context) = (story.id(), story.context.get_ref());
        plain_id(&story.value, source)?;
        plain_id(id, source)?;
        named(&story.context, "context", contexts, |context| &context.id, source)?;
        if !ids.insert((context, id.get_ref())) {
            let (message, help) = match story.id {
                None => (
                    format!("a second story for {} in {context}", id.get_ref()),
                    "give each story of a value that has several in a context an `id` of its own",
                ),
                Some(_) => (
                    format!("a second story `{}` in {context}", id.get_ref()),
                    "rename one: an id names one story of a context",
                ),
            };
            return Err(problem(source, id.span(), message).help(help).into());
        }
        if !says_something(&story.text) {
            return Err(
                problem(source, id.span(), format!("the story `{}` has no text", id.get_ref())).into()
            );
        }
        if !texts.insert((context, as_read(&story.text))) {
            let message = format!("the story `{}` has the words of another one in {context}", id.get_ref());
            return Err(problem(source, id.span(), message)
                .help("remove it, or reword it: case, spaces and the full stop do not tell stories apart")
                .into());
        }
    }
    alike::spelled_once(stories.iter().map(|story| &story.value), "value", source)?;
    for context in contexts {
        let here = stories.iter().filter(|story| story.context.get_ref() == context.id.get_ref());
        alike::spelled_once(here.map(RawStory::id), "story", source)?;
    }
    Ok(())
}

/// Makes the question of a context: its stories, to be put in order.
fn item(context: &RawContext, stories: &[RawStory], source: &Source) -> Result<Item> {
    let id = context.id.get_ref();
    let choices: Vec<Choice> = stories
        .iter()
        .filter(|story| story.context.get_ref() == id)
        .map(|story| Choice {
            id: story.id().get_ref().clone(),
            label: story.text.trim().to_owned(),
            synonyms: Vec::new(),
            of_value: (story.id().get_ref() != story.value.get_ref()).then(|| story.value.get_ref().clone()),
        })
        .collect();
    // One story cannot be ranked.
    if !(2..=MOST).contains(&choices.len()) {
        let message = format!("{id} has {}; a ranking needs 2 to {MOST}", stories_of(choices.len()));
        return Err(problem(source, context.id.span(), message).into());
    }
    Ok(item_of(context, None, About::Choices, choices, []))
}

fn stories_of(count: usize) -> String {
    if count == 1 { "1 story".to_owned() } else { format!("{count} stories") }
}

/// Returns the least number by which every mean place of a value's stories is a whole number when multiplied: the least
/// common multiple of the numbers of stories that values have.
pub(crate) fn parts_of_place(items: &[Item]) -> u64 {
    let mut parts = 1_u64;
    for item in items.iter().filter(|item| item.choices.iter().any(|choice| choice.of_value.is_some())) {
        let mut of_value: BTreeMap<&str, u64> = BTreeMap::new();
        item.choices.iter().for_each(|choice| *of_value.entry(choice.value()).or_default() += 1);
        for stories in of_value.into_values() {
            parts = (parts / common_divisor(parts, stories)).saturating_mul(stories);
        }
    }
    parts
}

fn common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}
