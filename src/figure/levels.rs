//! Charts of answers that are levels of a scale: ratings by value and by context, trade-offs by respondent and by context.

use super::bars::{BarChart, BarGroup, PartColours, RespondentBar};
use super::shares::PooledShares;
use super::{DrawnRespondent, canvas};
use crate::profile::Row;
use crate::suite::{About, Item, Task};

/// What the questions of a group have in common.
pub(super) struct LevelGroup<'a> {
    /// The id that rows of the group have in tables that pool contexts, without `overall.`; also what it is called in data.
    pub id: String,
    pub label: String,
    pub items: Vec<&'a Item>,
    /// Whether figures that pool all contexts are of this group.
    pub overall: bool,
}

/// Returns the questions by what they are about, in the order of the task; contexts are pooled.
pub(super) fn by_subject(task: &Task) -> Vec<LevelGroup<'_>> {
    grouped(task, |item| match &item.about {
        About::Value(value) => (value.clone(), word(item, "value", value), true),
        About::Pair(first, second) => {
            let label = format!("{} / {}", word(item, "first", first), word(item, "second", second));
            (format!("{first}/{second}"), label, true)
        }
        About::Choices => (item.id.clone(), item.id.replace('_', " "), false),
    })
}

/// Returns the questions by context; what they are about is pooled.
pub(super) fn by_context(task: &Task) -> Vec<LevelGroup<'_>> {
    grouped(task, |item| {
        let context = item.context.clone().unwrap_or_default();
        (context.clone(), context.replace('_', " "), false)
    })
}

/// Returns each question by itself, with its context before it.
pub(super) fn by_question(task: &Task) -> Vec<LevelGroup<'_>> {
    let mut groups = grouped(task, |item| {
        let context = item.context.as_deref().unwrap_or_default().replace('_', " ");
        let about = match &item.about {
            About::Pair(first, second) => format!("{} / {}", plain(first), plain(second)),
            About::Value(value) => plain(value),
            About::Choices => String::new(),
        };
        (item.id.clone(), format!("{context}: {about}"), false)
    });
    groups.retain(|group| !group.items.is_empty());
    groups
}

fn plain(id: &str) -> String {
    id.replace('_', " ")
}

/// The label that an item has for a placeholder, or else the id.
fn word(item: &Item, placeholder: &str, id: &str) -> String {
    let label = item.words.iter().find(|(known, _)| *known == placeholder);
    label.map_or_else(|| plain(id), |(_, label)| label.to_lowercase())
}

fn grouped<'a>(task: &'a Task, of: impl Fn(&Item) -> (String, String, bool)) -> Vec<LevelGroup<'a>> {
    let mut groups: Vec<LevelGroup<'a>> = Vec::new();
    for item in &task.items {
        let (id, label, overall) = of(item);
        match groups.iter_mut().find(|group| group.id == id) {
            Some(group) => group.items.push(item),
            None => groups.push(LevelGroup { id, label, items: vec![item], overall }),
        }
    }
    groups
}

/// Makes the chart of groups of questions; `None` where nobody has answered any.
pub(super) fn chart(
    task: &Task,
    groups: &[LevelGroup<'_>],
    respondents: &[&DrawnRespondent],
) -> Option<BarChart> {
    let first = task.items.first()?;
    let levels = first.choices.len();
    let (options, marked, colours) = match &first.about {
        About::Pair(one, other) => {
            let marked = (levels / 2, "on the side of the first value".to_owned());
            (opposed(first, one, other), marked, PartColours::Opposed)
        }
        _ => {
            let options: Vec<String> =
                first.choices.iter().rev().map(|choice| choice.label.to_lowercase()).collect();
            let top = options.first()?.clone();
            (options, (1, top), PartColours::Ordered)
        }
    };
    // Only those that have answered one of these questions: people were asked about no context in trade-offs.
    let answered = |one: &&&DrawnRespondent| {
        groups.iter().any(|group| bar(task, group, (0, **one), levels, colours).is_some())
    };
    let respondents: Vec<&DrawnRespondent> = respondents.iter().filter(answered).copied().collect();
    let mut drawn = Vec::new();
    for group in groups {
        let bars: Vec<RespondentBar> = respondents
            .iter()
            .enumerate()
            .filter_map(|(at, respondent)| bar(task, group, (at, *respondent), levels, colours))
            .collect();
        if !bars.is_empty() {
            drawn.push(BarGroup { item: group.id.clone(), label: group.label.clone(), bars });
        }
    }
    let palette = canvas::palette(respondents.iter().map(|respondent| respondent.people));
    let respondents = respondents.iter().map(|respondent| respondent.name.clone()).collect();
    (!drawn.is_empty()).then(|| BarChart {
        task: task.id.clone(),
        colours,
        options,
        marked,
        respondents,
        palette,
        groups: drawn,
    })
}

fn bar(
    task: &Task,
    group: &LevelGroup<'_>,
    (at, respondent): (usize, &DrawnRespondent),
    levels: usize,
    colours: PartColours,
) -> Option<RespondentBar> {
    let table = respondent.tables.get(&task.id)?;
    let row = |id: &str| table.row(id).map(|at| &table.rows[at]);
    let mut rows: Vec<&Row> = group.items.iter().filter_map(|item| row(&item.id)).collect();
    if rows.is_empty() && group.overall {
        rows.extend(row(&format!("overall.{}", group.id)));
    }
    let PooledShares { n, levels: mut parts } = PooledShares::of(&rows, levels)?;
    // A scale is drawn from its top, a trade-off from the side of its first value.
    if colours == PartColours::Ordered {
        parts.reverse();
    }
    Some(RespondentBar { respondent: at, n, parts, most: None })
}

/// The levels of a trade-off without its values: `definitely first`, `undecided`, `probably second`.
fn opposed(item: &Item, first: &str, second: &str) -> Vec<String> {
    let named = |id: &str| {
        let side =
            |value: &str, side: &str| Some(format!("{} {side}", id.strip_suffix(value)?.strip_suffix('_')?));
        side(first, "first").or_else(|| side(second, "second")).unwrap_or_else(|| id.to_owned())
    };
    item.choices.iter().map(|choice| plain(&named(&choice.id))).collect()
}
