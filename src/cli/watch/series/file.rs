//! The file of a series: its contents as JSON, with a checksum as the last field.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ground::text::one_line;
use crate::verdict::watch::WatchedItems;

/// The newest version of the file's form. The first one has neither alarms nor missed watches; files without these are
/// written as such.
pub(super) const VERSION: u32 = 2;

/// The largest file, in bytes: thousands of watches.
pub(super) const MOST: u64 = 64 << 20;

/// What one watch heard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::cli::watch) struct CountedWatch {
    pub id: String,
    /// When it was counted (UTC).
    pub at: String,
    /// The versions that the provider reported.
    #[serde(default)]
    pub versions: BTreeSet<String>,
    /// How many of its answers came after tries that were lost.
    #[serde(default)]
    pub lost: u32,
    /// By task.
    pub tasks: BTreeMap<String, CountedTask>,
}

impl CountedWatch {
    /// Returns when it was counted, if that is more than a day ago, or if it cannot be told: a job that is tried again asks
    /// for the same watch within hours, and an id that is always the same would watch once and never again.
    pub(in crate::cli::watch) fn of_another_day(&self) -> Option<&str> {
        let at: Option<Timestamp> = self.at.parse().ok();
        let recent =
            at.is_some_and(|at| Timestamp::now().duration_since(at) < SignedDuration::from_hours(24));
        (!recent).then_some(self.at.as_str())
    }

    /// How many answers it has.
    pub(in crate::cli::watch) fn answers(&self) -> u32 {
        self.tasks.values().flat_map(|counted| counted.items.values()).map(|item| item.asked).sum()
    }
}

/// What one watch heard of one task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::cli::watch) struct CountedTask {
    /// The hash of the snapshot that it is compared with.
    pub snapshot: String,
    pub items: WatchedItems,
}

/// An alarm that was given: that the model has changed, by its answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::cli::watch) struct GivenAlarm {
    /// The watch that gave it, and when (UTC).
    pub watch: String,
    pub at: String,
    /// The evidence, and the error rate at which it was enough.
    pub evidence: String,
    pub error_rate: String,
    /// The hashes of the snapshots that it is about, by task.
    pub snapshots: BTreeMap<String, String>,
}

/// What a series consists of.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct SeriesContents {
    pub watches: Vec<CountedWatch>,
    pub alarms: Vec<GivenAlarm>,
    /// The ids of watches that are known to be lost.
    pub missed: BTreeSet<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeriesFile {
    version: u32,
    role: String,
    watches: Vec<CountedWatch>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    alarms: Vec<GivenAlarm>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    missed: BTreeSet<String>,
    sum: String,
}

pub(super) enum UnreadableSeries {
    Newer(u64),
    Damaged(String),
}

/// Reads the file of a role's series. The second part of the result is its checksum.
pub(super) fn read(bytes: &[u8], role: &str) -> Result<(SeriesContents, String), UnreadableSeries> {
    let damaged = |why: &str| UnreadableSeries::Damaged(one_line(why, 200));
    let value: serde_json::Value =
        serde_json::from_slice(bytes).map_err(|error| damaged(&error.to_string()))?;
    if let Some(version) = value["version"].as_u64().filter(|version| *version > u64::from(VERSION)) {
        return Err(UnreadableSeries::Newer(version));
    }
    let file: SeriesFile = serde_json::from_value(value).map_err(|error| damaged(&error.to_string()))?;
    if file.role != role {
        return Err(damaged("it is of another role"));
    }
    let SeriesFile { version, watches, alarms, missed, sum, .. } = file;
    let contents = SeriesContents { watches, alarms, missed };
    if version != contents.version() || contents.sum(role).as_ref() != Some(&sum) {
        return Err(damaged("its checksum does not match"));
    }
    let ids: BTreeSet<&str> = contents.watches.iter().map(|watch| watch.id.as_str()).collect();
    if ids.len() != contents.watches.len() {
        return Err(damaged("a watch is in it twice"));
    }
    Ok((contents, sum))
}

impl SeriesContents {
    /// Returns the text of the file, and its checksum.
    pub(super) fn written(&self, role: &str) -> Result<(String, String), String> {
        let unwritable = || "the series of watches cannot be written as JSON".to_owned();
        let sum = self.sum(role).ok_or_else(unwritable)?;
        let file = SeriesFile {
            version: self.version(),
            role: role.to_owned(),
            watches: self.watches.clone(),
            alarms: self.alarms.clone(),
            missed: self.missed.clone(),
            sum: sum.clone(),
        };
        let text = serde_json::to_string_pretty(&file).map_err(|_| unwritable())?;
        Ok((text + "\n", sum))
    }

    fn version(&self) -> u32 {
        if self.alarms.is_empty() && self.missed.is_empty() { 1 } else { VERSION }
    }

    fn sum(&self, role: &str) -> Option<String> {
        let text = match self.version() {
            1 => serde_json::to_string(&(1, role, &self.watches)),
            version => serde_json::to_string(&(version, role, &self.watches, &self.alarms, &self.missed)),
        };
        Some(blake3::hash(text.ok()?.as_bytes()).to_hex()[..16].to_owned())
    }
}

/// How many watches a damaged file seems to have.
pub(super) fn of_damaged(bytes: &[u8]) -> usize {
    String::from_utf8_lossy(bytes).matches("\"id\":").count()
}
