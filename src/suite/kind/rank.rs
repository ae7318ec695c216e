//! `rank`: put the user stories of one context in order (T4). A story is identified by the value that it stands for;
//! the letter beside it changes from sample to sample.

use std::collections::HashSet;
use std::ops::Range;

use super::{
    Capability, Kind, Result, TaskParts, contexts, item_of, named, order_forms, plain_id, problem,
    without_places,
};
use crate::ground::diagnostic::Source;
use crate::suite::file::{RawContext, RawStory, RawSuite};
use crate::suite::{About, Choice, Item, Order, Shape};

pub(super) const KIND: Kind = Kind {
    name: "rank",
    has: &[Capability::Scores, Capability::Values, Capability::Contexts],
    placeholders: &["context", "options", "count"],
    required: &["context", "options"],
    build,
};

fn build(raw: &mut RawSuite, source: &Source, kind: &Range<usize>) -> Result<TaskParts> {
    let contexts = contexts(raw, source, kind)?;
    let stories = without_places(std::mem::take(&mut raw.story));
    check_stories(&stories, &contexts, source)?;
    let items = contexts.iter().map(|context| item(context, &stories, source)).collect::<Result<Vec<_>>>()?;
    Ok(TaskParts {
        shape: Shape::Ranking,
        items,
        forms: order_forms(raw, Order::Shuffled, source)?,
        counterbalanced: false,
    })
}

/// Checks that each story belongs to an existing context and is the only one for its value there.
fn check_stories(stories: &[RawStory], contexts: &[RawContext], source: &Source) -> Result<()> {
    let mut seen = HashSet::new();
    for story in stories {
        let (value, context) = (story.value.get_ref(), story.context.get_ref());
        plain_id(&story.value, source)?;
        named(&story.context, "context", contexts, |context| &context.id, source)?;
        if !seen.insert((context, value)) {
            let second = format!("a second story for {value} in {context}");
            return Err(problem(source, story.value.span(), second)
                .help("each value must have one story in a context")
                .into());
        }
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
            id: story.value.get_ref().clone(),
            label: story.text.trim().to_owned(),
            synonyms: Vec::new(),
        })
        .collect();
    // Letters name the stories, and one story cannot be ranked.
    if !(2..=26).contains(&choices.len()) {
        let message = format!("{id} has {} `[[story]]`; a ranking needs 2 to 26", choices.len());
        return Err(problem(source, context.id.span(), message).into());
    }
    Ok(item_of(context, None, About::Choices, choices, []))
}
