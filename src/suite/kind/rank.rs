//! `rank`: put the user stories of one context in order (T4). A story is known by the value it
//! stands for; the letter it is shown under changes from sample to sample.

use std::collections::HashSet;
use std::ops::Range;

use super::{Parts, Result, contexts, order_forms, plain_id, problem};
use crate::ground::diagnostic::Source;
use crate::suite::file::Raw;
use crate::suite::{About, Choice, Item, Order, Shape};

pub(super) fn build(raw: &mut Raw, source: &Source, kind: &Range<usize>) -> Result<Parts> {
    let contexts = contexts(raw, source, kind)?;
    let stories = std::mem::take(&mut raw.story);
    let mut seen = HashSet::new();
    for story in stories.iter().map(|story| story.get_ref()) {
        plain_id(&story.value, source)?;
        if !contexts.iter().any(|context| context.id.get_ref() == story.context.get_ref()) {
            return Err(problem(
                source,
                story.context.span(),
                format!("unknown context `{}`", story.context.get_ref()),
            )
            .nearest(story.context.get_ref(), contexts.iter().map(|context| context.id.get_ref().as_str()))
            .into());
        }
        if !seen.insert((story.context.get_ref(), story.value.get_ref())) {
            return Err(problem(
                source,
                story.value.span(),
                format!("a second story for {} in {}", story.value.get_ref(), story.context.get_ref()),
            )
            .help("each value has one story in a context")
            .into());
        }
    }
    let mut items = Vec::with_capacity(contexts.len());
    for context in &contexts {
        let choices: Vec<Choice> = stories
            .iter()
            .map(|story| story.get_ref())
            .filter(|story| story.context.get_ref() == context.id.get_ref())
            .map(|story| Choice {
                id: story.value.get_ref().clone(),
                label: story.text.trim().to_owned(),
                synonyms: Vec::new(),
            })
            .collect();
        // Letters name the stories, and rankings of one are no rankings.
        if !(2..=26).contains(&choices.len()) {
            return Err(problem(
                source,
                context.id.span(),
                format!(
                    "{} has {} `[[story]]`; a ranking needs 2 to 26",
                    context.id.get_ref(),
                    choices.len()
                ),
            )
            .into());
        }
        items.push(Item {
            id: context.id.get_ref().clone(),
            context: Some(context.id.get_ref().clone()),
            about: About::Choices,
            choices,
            words: vec![("context", context.text.trim().to_owned())],
        });
    }
    if items.is_empty() {
        return Err(problem(source, kind.clone(), "a task of this kind needs a `[[context]]`").into());
    }
    Ok(Parts {
        shape: Shape::Ranking,
        items,
        forms: order_forms(raw, Order::Shuffled, source)?,
        counterbalanced: false,
        placeholders: &["context", "options", "count"],
        required: &["context", "options"],
    })
}
