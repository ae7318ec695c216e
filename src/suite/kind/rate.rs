//! `rate`: how important is one value in one context, on a Likert scale (T2).

use std::ops::Range;

use super::{
    Capability, Kind, Result, TaskParts, alike, choices, contexts, item_of, order_forms, take_list,
    without_places,
};
use crate::ground::diagnostic::Source;
use crate::suite::file::RawSuite;
use crate::suite::{About, Order, Shape};

pub(super) const KIND: Kind = Kind {
    name: "rate",
    has: &[
        Capability::Scores,
        Capability::Values,
        Capability::Contexts,
        Capability::Levels,
        Capability::Scale,
    ],
    placeholders: &["context", "value", "definition", "options", "count"],
    required: &["context", "value", "options"],
    build,
};

fn build(raw: &mut RawSuite, source: &Source, kind: &Range<usize>) -> Result<TaskParts> {
    let levels = take_list(&mut raw.level, "level", 2, source, kind, |level| &level.id)?;
    let levels = choices(&levels, source)?;
    let contexts = contexts(raw, source, kind)?;
    alike::contexts(&contexts, &[], source)?;
    let values = without_places(take_list(&mut raw.value, "value", 1, source, kind, |value| &value.id)?);
    let defined = raw.prompt.as_ref().is_some_and(|prompt| prompt.get_ref().contains("{definition}"));
    alike::values(&values, defined, source)?;
    let mut items = Vec::with_capacity(contexts.len() * values.len());
    for context in &contexts {
        for value in &values {
            let id = value.id.get_ref();
            let own = [("value", value.label.clone()), ("definition", value.text.trim().to_owned())];
            let about = About::Value(id.clone());
            items.push(item_of(context, Some(id.clone()), about, levels.clone(), own));
        }
    }
    Ok(TaskParts {
        shape: Shape::Level,
        items,
        forms: order_forms(raw, Order::Listed, source)?,
        counterbalanced: true,
    })
}
