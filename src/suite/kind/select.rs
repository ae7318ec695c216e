//! `select`: pick k of n options, in no order (T1).

use std::ops::Range;

use super::{
    Capability, Kind, Result, TaskParts, choices, distinct, order_forms, persona_forms, problem, take,
    take_list,
};
use crate::ground::diagnostic::Source;
use crate::suite::file::RawSuite;
use crate::suite::{About, Form, Item, Order, Shape, Wording};

pub(super) const KIND: Kind = Kind {
    name: "select",
    has: &[Capability::Scores, Capability::Values, Capability::Selection, Capability::Personas],
    placeholders: &["pick", "options", "count"],
    required: &["options"],
    build,
};

fn build(raw: &mut RawSuite, source: &Source, kind: &Range<usize>) -> Result<TaskParts> {
    let pick = take(&mut raw.pick, "pick", source, kind)?;
    let options = take_list(&mut raw.option, "option", 2, source, kind, |option| &option.id)?;
    // Sets are stored as the bits of a 64-bit word.
    if options.len() > 64 {
        return Err(problem(
            source,
            kind.clone(),
            format!("{} options, but at most 64 are possible", options.len()),
        )
        .into());
    }
    if !(1..options.len()).contains(pick.get_ref()) {
        return Err(problem(
            source,
            pick.span(),
            format!("`pick` is {}, but there are {} options", pick.get_ref(), options.len()),
        )
        .help(format!("choose a number between 1 and {}", options.len() - 1))
        .into());
    }
    let choices = choices(&options, source)?;
    let wordings = raw.wordings.take();
    let place = wordings.as_ref().map_or(kind.clone(), |wordings| wordings.span());
    let wordings = distinct(wordings, "wordings", vec![Wording::Standard], source)?;
    if wordings.contains(&Wording::Synonyms) && choices.iter().all(|choice| choice.synonyms.is_empty()) {
        return Err(
            problem(source, place, "the wording `synonyms` needs options that have `synonyms`").into()
        );
    }
    let ordered = order_forms(raw, Order::Shuffled, source)?;
    let main = ordered.first().map_or(Order::Shuffled, |form| form.order);
    let mut forms = Vec::new();
    for wording in wordings {
        match wording {
            Wording::Standard => forms.extend(ordered.iter().cloned()),
            // Synonyms are only asked in the main order, so that one thing varies at a time.
            Wording::Synonyms => forms.push(Form::synonyms(main)),
        }
    }
    forms.extend(persona_forms(raw, main, source, kind)?);
    let words = vec![("pick", pick.get_ref().to_string())];
    Ok(TaskParts {
        shape: Shape::Set { pick: pick.into_inner() },
        items: vec![Item { id: String::new(), context: None, about: About::Choices, choices, words }],
        forms,
        counterbalanced: false,
    })
}
