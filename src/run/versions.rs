//! One sample, one version: answers of two versions of a model are answers of two models, and a verdict on
//! both together would be one on neither.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::config::Model;
use crate::respondent::one_line;
use crate::suite::Task;

/// How many answers of a sample a version gave, and when the last of them came, where recordings tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Part {
    pub answers: u32,
    pub last: Option<Timestamp>,
}

/// What is to be said where a sample is of more than one version, and its model is to be of one.
pub(super) fn mixed(model: &Model, task: &Task, parts: &BTreeMap<String, Part>) -> Option<String> {
    if parts.len() < 2 || model.any_version {
        return None;
    }
    let newest = newest(parts);
    let told: Vec<String> = parts
        .iter()
        .map(|(version, part)| {
            let last = if Some(version) == newest { ", the newest" } else { "" };
            let day = part.last.map_or_else(String::new, |last| format!(", the last on {}", day(last)));
            format!("`{}` ({} of them{day}{last})", one_line(version, 120), part.answers)
        })
        .collect();
    let old: Vec<String> = parts
        .keys()
        .filter(|version| Some(*version) != newest)
        .map(|version| format!("\"model\":\"{}\"", one_line(version, 120)))
        .collect();
    let file = format!("{}/{}.jsonl", model.name, task.id);
    let delete = match newest {
        Some(_) => format!("take the lines with {} out of the recording {file}", old.join(" or with ")),
        None => format!("take the lines of all but one out of the recording {file}"),
    };
    Some(format!(
        "{}: these answers are of {} versions of the model, {}, and no verdict is made of a mixture: {delete} and run again to ask the version of today what is missing, or write `any_version = true` below the model where its provider is meant to choose",
        task.id,
        parts.len(),
        told.join(" and ")
    ))
}

/// The UTC day of a moment.
pub(super) fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// The version that answered last, where that is told and one alone did.
fn newest(parts: &BTreeMap<String, Part>) -> Option<&String> {
    let last = parts.values().map(|part| part.last).max()??;
    let mut on_it = parts.iter().filter(|(_, part)| part.last == Some(last));
    let first = on_it.next().map(|(version, _)| version);
    first.filter(|_| on_it.next().is_none() && parts.values().all(|part| part.last.is_some()))
}

/// What is to be said where a check reads tasks that different versions have answered.
pub(super) fn across(model: &Model, tasks: &BTreeMap<String, String>) -> Option<String> {
    let mut by_version: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (task, version) in tasks {
        by_version.entry(version).or_default().push(task);
    }
    if by_version.len() < 2 || model.any_version {
        return None;
    }
    let told: Vec<String> = by_version
        .iter()
        .map(|(version, tasks)| format!("{} by `{}`", tasks.join(" and "), one_line(version, 120)))
        .collect();
    Some(format!(
        "the tasks of this check were answered by different versions of the model, {}, and no verdict is made of a mixture: delete the recordings of the older one below {} and run again, or write `any_version = true` below the model where its provider is meant to choose",
        told.join(", "),
        model.name
    ))
}
