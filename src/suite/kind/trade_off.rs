//! `trade_off`: which of two values comes first, on a scale with two sides (T3). The scale is written once, for one
//! side, and mirrored. An answer is always stored as a side of the *pair*, whichever value was named first.

use std::ops::Range;

use super::{
    Capability, Kind, Result, TaskParts, alike, choices, contexts, distinct, item_of, named, problem, take,
    take_list, without_places,
};
use crate::ground::diagnostic::Source;
use crate::suite::file::{RawChoice, RawPair, RawSuite, RawValue};
use crate::suite::{About, Choice, Direction, Form, Shape};

pub(super) const KIND: Kind = Kind {
    name: "trade_off",
    has: &[Capability::Scores, Capability::Levels, Capability::Pairs],
    placeholders: &["context", "dilemma", "first", "second", "options", "count"],
    required: &["context", "options"],
    build,
};

fn build(raw: &mut RawSuite, source: &Source, kind: &Range<usize>) -> Result<TaskParts> {
    let levels = take_list(&mut raw.level, "level", 1, source, kind, |level| &level.id)?;
    if let Some(silent) = levels.iter().find(|level| !level.get_ref().label.contains("{value}")) {
        return Err(problem(
            source,
            silent.span(),
            "the label of this level does not say which value it is for: it has no `{value}`",
        )
        .help("write e.g. `label = \"Definitely {value}\"`")
        .into());
    }
    let neutral = take(&mut raw.neutral, "neutral", source, kind)?.into_inner();
    choices(&levels, source)?;
    let contexts = contexts(raw, source, kind)?;
    let values = take_list(&mut raw.value, "value", 2, source, kind, |value| &value.id)?;
    let values = without_places(values);
    alike::contexts(&contexts, &[], source)?;
    alike::values(&values, false, source)?;
    let pairs = pairs(raw, source, kind)?;
    let levels = without_places(levels);
    let value = |id| named(id, "value", &values, |value: &RawValue| &value.id, source);
    let mut items = Vec::with_capacity(contexts.len() * pairs.len());
    for context in &contexts {
        for pair in &pairs {
            let (first, second) = (value(&pair.first)?, value(&pair.second)?);
            let ids = [first.id.get_ref(), second.id.get_ref()];
            items.push(item_of(
                context,
                Some(format!("{}/{}", ids[0], ids[1])),
                About::Pair(ids[0].clone(), ids[1].clone()),
                scale(&levels, &neutral, first, second),
                [
                    ("dilemma", pair.text.trim().to_owned()),
                    ("first", first.label.clone()),
                    ("second", second.label.clone()),
                ],
            ));
        }
    }
    let directions =
        distinct(raw.directions.take(), "directions", vec![Direction::Stated, Direction::Swapped], source)?;
    Ok(TaskParts {
        shape: Shape::Level,
        items,
        forms: directions.into_iter().map(Form::directed).collect(),
        counterbalanced: true,
    })
}

/// Reads the pairs, each of two different values and none twice.
fn pairs(raw: &mut RawSuite, source: &Source, kind: &Range<usize>) -> Result<Vec<RawPair>> {
    if raw.pair.is_empty() {
        return Err(problem(source, kind.clone(), "a task of this kind needs at least one `[[pair]]`").into());
    }
    let pairs = without_places(std::mem::take(&mut raw.pair));
    let mut seen: Vec<[&str; 2]> = Vec::new();
    for pair in &pairs {
        let ids = [pair.first.get_ref().as_str(), pair.second.get_ref().as_str()];
        if ids[0] == ids[1] || seen.contains(&ids) || seen.contains(&[ids[1], ids[0]]) {
            return Err(problem(
                source,
                pair.first.span(),
                format!("{}/{} repeats a pair, or pairs a value with itself", ids[0], ids[1]),
            )
            .help("list each pair once, with two different values; the reversed direction is a form, not another pair")
            .into());
        }
        seen.push(ids);
    }
    Ok(pairs)
}

/// Returns the scale: definitely A, probably A, undecided, probably B, definitely B.
fn scale(levels: &[RawChoice], neutral: &RawChoice, first: &RawValue, second: &RawValue) -> Vec<Choice> {
    let side = |level: &RawChoice, value: &RawValue| Choice {
        id: format!("{}_{}", level.id.get_ref(), value.id.get_ref()),
        label: level.label.replace("{value}", &value.label.to_lowercase()),
        synonyms: level
            .synonyms
            .iter()
            .map(|word| word.replace("{value}", &value.label.to_lowercase()))
            .collect(),
        of_value: None,
    };
    let mut scale: Vec<Choice> = levels.iter().map(|level| side(level, first)).collect();
    scale.push(neutral.into());
    scale.extend(levels.iter().rev().map(|level| side(level, second)));
    scale
}
