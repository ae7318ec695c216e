//! Checks that one sample comes from one version. Answers of two versions are answers of two models, and a verdict on
//! both together would be about neither. The same holds for two hosts behind a router, which may run the model
//! differently (reduced precision, another template). A response for which the provider reports no version does not
//! count as another version.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::config::Model;
use crate::ground::text::one_line;
use crate::suite::Task;

/// The number of answers from one version in a sample, and when the last of them came, if recordings tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct VersionCount {
    pub answers: u32,
    pub last: Option<Timestamp>,
}

/// The number of answers from each version, host and set-up, if responses tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct VersionCounts {
    pub versions: BTreeMap<String, VersionCount>,
    pub hosts: BTreeMap<String, VersionCount>,
    pub fingerprints: BTreeMap<String, VersionCount>,
}

impl VersionCounts {
    /// Writes `answered by 2 hosts: DeepInfra (20), Together (30)`, and the same for set-ups, for reports on a sample
    /// that has several.
    pub(crate) fn told(&self) -> Vec<String> {
        /// If there are more, a router chose among them, and naming them says little.
        const SHOWN: usize = 4;
        let several =
            [(&self.hosts, "hosts"), (&self.fingerprints, "set-ups of the provider (fingerprints)")];
        let several = several.into_iter().filter(|(parts, _)| parts.len() > 1).map(|(parts, what)| {
            let shown = parts.iter().take(SHOWN);
            let mut shown: Vec<String> =
                shown.map(|(name, part)| format!("{} ({})", one_line(name, 60), part.answers)).collect();
            shown.extend((parts.len() > SHOWN).then(|| format!("{} more", parts.len() - SHOWN)));
            format!("answered by {} {what}: {}", parts.len(), shown.join(", "))
        });
        several.collect()
    }
}

/// Returns the message about a sample that comes from more than one version or host, unless the model's
/// `any_version` allows that.
pub(super) fn mixed(model: &Model, task: &Task, parts: &VersionCounts) -> Option<String> {
    if model.any_version {
        return None;
    }
    of_several(model, task, &parts.versions, ("versions of the model", "model", "today's version"))
        .or_else(|| of_several(model, task, &parts.hosts, HOSTS))
}

/// The plural of what differs, the field of a recorded line that names it, and who will be asked for the missing
/// answers.
type VersionWords = (&'static str, &'static str, &'static str);

const HOSTS: VersionWords = ("hosts behind a router", "upstream", "the host that the router chooses today");

fn of_several(
    model: &Model,
    task: &Task,
    parts: &BTreeMap<String, VersionCount>,
    (what, field, whom): VersionWords,
) -> Option<String> {
    if parts.len() < 2 {
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
        .map(|version| format!("\"{field}\":\"{}\"", one_line(version, 120)))
        .collect();
    let file = format!("{}/{}.jsonl", model.name, task.id);
    let delete = match newest {
        Some(_) => format!("delete the lines with {} from the recording {file}", old.join(" or with ")),
        None => format!("delete the lines of all but one of them from the recording {file}"),
    };
    let one = if field == "upstream" {
        "; a router stays with one host if its settings name it (OpenRouter: `parameters = { provider = { only = [\"…\"] } }`)"
    } else {
        ""
    };
    Some(format!(
        "{}: these answers come from {} {what}, {}, and a mixture gets no verdict: {delete} and run again to ask {whom} what is missing, or, if the provider is meant to choose, write `any_version = true` below the model{one}",
        task.id,
        parts.len(),
        told.join(" and ")
    ))
}

pub(super) fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// Returns the version that answered last, if recordings tell and there is only one.
fn newest(parts: &BTreeMap<String, VersionCount>) -> Option<&String> {
    let last = parts.values().map(|part| part.last).max()??;
    let mut on_it = parts.iter().filter(|(_, part)| part.last == Some(last));
    let first = on_it.next().map(|(version, _)| version);
    first.filter(|_| on_it.next().is_none() && parts.values().all(|part| part.last.is_some()))
}

/// Returns the message about a check whose tasks were answered by different versions, unless the model's
/// `any_version` allows that.
pub(super) fn across(model: &Model, tasks: &BTreeMap<String, String>, what: &str) -> Option<String> {
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
        "the tasks of this check were answered by different {what}, {}, and a mixture gets no verdict: delete the recordings of one of them below {} and run again, or, if the provider is meant to choose, write `any_version = true` below the model",
        told.join(", "),
        model.name
    ))
}
