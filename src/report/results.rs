//! The result of each trial, as data. If the variable [`VARIABLE`] names a folder, every trial writes one
//! JSON file there, and `cargo alignspec report` turns them into what people and CI read.
//!
//! There is a file for each trial, because nextest runs a process per test. A trial that begins writes the
//! record [`TrialOutcome::Unfinished`] and replaces it when it ends, so that a killed run's trials do not
//! pass. [`Record::run`] tells which records belong together; see [`folder`].

mod answers;
mod drift;
pub(crate) mod folder;
mod runs;

use serde::{Deserialize, Serialize};

use crate::check::chance::ChanceLevel;
use crate::check::{Check, Test, Unit};
use crate::ground::text::one_line;
use crate::run::{Judged, Lacking, Unjudged};
use crate::verdict::drift::Drift;
use crate::verdict::{self, HeldInSurveys};

use super::people::people;
pub(crate) use answers::{AnswersRecord, ExampleRecord, UsageRecord};
pub(crate) use drift::DriftRecord;
#[cfg(feature = "cli")]
pub(crate) use drift::{MovedItem, NamedShare};

pub(crate) use crate::ground::environment::RESULTS as VARIABLE;

/// The version of the record format; one that means something else gets another number.
pub(crate) const FORMAT: u32 = 1;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub format: u32,
    /// Identifies the file, and the trial across all runs.
    pub id: String,
    /// The run, the crate (a folder of the repository) and the test target that it belongs to.
    pub run: String,
    /// The number of the run in its folder, from one; `None` in records of versions without it.
    #[serde(default)]
    pub order: Option<u64>,
    #[serde(rename = "crate")]
    pub package: String,
    /// The crate's name in Cargo.toml.
    #[serde(default)]
    pub crate_name: String,
    pub target: String,
    /// The time of writing, in milliseconds since 1970.
    pub at: u64,
    /// The name that `cargo test` prints, without what a terminal would obey.
    pub name: String,
    pub model: Option<String>,
    pub kind: TrialKind,
    pub outcome: TrialOutcome,
    pub says: GateMeaning,
    /// What a failing test prints, or why one is ignored.
    pub text: Option<String>,
    pub place: Option<FilePlace>,
    pub seconds: f64,
    pub verdict: Option<VerdictNumbers>,
    pub drift: Option<DriftRecord>,
    /// The answers that a snapshot's trial has seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<AnswersRecord>,
    /// The largest contributors to the estimate.
    pub notable: Vec<String>,
    /// The invalid responses by task and reason.
    pub invalid: Vec<String>,
    /// The unread responses that count in the verdict whatever they meant, and those that were left out of
    /// it.
    #[serde(default)]
    pub unread: Vec<String>,
    /// The samples that were recorded more than once, or differently on the base branch, by task.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recorded: Vec<String>,
    /// What is known to be wrong with published figures that were read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<String>,
    /// What has changed about the check since its answers were taken, by task.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub since: Vec<String>,
    /// Why an undecided check was given no more answers.
    pub stopped: Option<String>,
    /// The commit of the base branch by whose files the run was judged, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// The purpose of the check that the suite gives.
    pub why: Option<String>,
    /// All trials of the run, if this is the record of its plan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub planned: Vec<folder::planned::PlannedTrial>,
    /// Whether the config lets undecided checks pass, in the record of the plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undecided_pass: Option<bool>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TrialKind {
    #[default]
    Check,
    Snapshot,
    Reading,
    /// A mistake in a file.
    File,
    /// The plan of the run, which is no trial.
    Plan,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TrialOutcome {
    Pass,
    Fail,
    Inconclusive,
    /// Responses are missing: the provider is down, the budget is used up, or there is no recording.
    Missing,
    /// Responses are with a provider's batch endpoint.
    Pending,
    /// The measure has no value for the answers.
    Undefined,
    /// A file, or what it refers to, is broken.
    BrokenFile,
    Drifted,
    NewSnapshot,
    /// The snapshot answers other questions, or cannot be compared.
    SuiteChanged,
    Ignored,
    /// It is planned, but the run has no result of it.
    NotJudged,
    /// It began but has no result, because it was killed or panicked.
    #[default]
    Unfinished,
}

/// What an outcome means for a gate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum GateMeaning {
    /// The answers do not show what is asked for, or a change waits for a review. Asking the same again will
    /// not help.
    No,
    /// It was not judged, and asking again may help.
    #[default]
    CouldNotRun,
    Yes,
    /// Ignored, or undecided where the config lets that pass.
    Nothing,
}

/// The place of a check or a mistake: a file of the repository, with line and column from one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
// Keeps the name that messages about a damaged file use.
#[serde(expecting = "struct Place")]
pub(crate) struct FilePlace {
    pub file: String,
    pub line: usize,
    pub column: usize,
}

/// A verdict's numbers, in the unit of its measure, without those that are not finite.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(expecting = "struct Numbers")]
pub(crate) struct VerdictNumbers {
    pub unit: Unit,
    pub estimate: Option<f64>,
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub test: BoundTest,
    pub bound: Option<f64>,
    pub n: u32,
    pub least_per_item: u32,
    /// The number of unread responses among these; the interval holds whatever they meant.
    #[serde(default)]
    pub unread: u32,
    pub error_rate: f64,
    pub chance: Option<ChanceFigures>,
    /// The number of further answers per question that would likely decide it.
    pub further: Option<u32>,
    /// What other surveys of as many people would say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<PeopleFigures>,
    /// In how many of those the verdict holds, where that is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surveys: Option<SurveyFigures>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BoundTest {
    AtLeast,
    AtMost,
    BeatsChance,
}

/// What chance alone gives: with shuffled labels (the mean, and the end of the 95 % beyond which it would
/// surprise), and answering at random.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(expecting = "struct ByChance")]
pub(crate) struct ChanceFigures {
    pub shuffled: Option<f64>,
    pub shuffled_95: Option<f64>,
    pub random: Option<f64>,
}

/// What surveys that are drawn again would say of a check: as words, and as shares of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(expecting = "struct People")]
pub(crate) struct PeopleFigures {
    pub words: String,
    /// Those that have the same in the first places.
    pub same: Option<f64>,
    /// Those in which the estimate meets the bound.
    pub meets: Option<f64>,
}

/// In how many of `of` surveys a verdict holds, and the share that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(expecting = "struct Surveys")]
pub(crate) struct SurveyFigures {
    pub held: u32,
    pub of: u32,
    pub asked: f64,
}

impl TrialOutcome {
    /// Returns what it means for a gate in which undecided checks fail.
    pub(crate) fn says(self) -> GateMeaning {
        match self {
            Self::Pass => GateMeaning::Yes,
            Self::Fail
            | Self::Inconclusive
            | Self::Undefined
            | Self::Drifted
            | Self::NewSnapshot
            | Self::SuiteChanged => GateMeaning::No,
            Self::Missing | Self::Pending | Self::BrokenFile | Self::Unfinished => GateMeaning::CouldNotRun,
            Self::Ignored | Self::NotJudged => GateMeaning::Nothing,
        }
    }

    #[cfg(feature = "cli")]
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
            Self::Missing => "answers missing",
            Self::Pending => "in a batch",
            Self::Undefined => "undefined",
            Self::BrokenFile => "mistake in a file",
            Self::Drifted => "drifted",
            Self::NewSnapshot => "new snapshot",
            Self::SuiteChanged => "suite changed",
            Self::Ignored => "ignored",
            Self::NotJudged => "not judged",
            Self::Unfinished => "did not finish",
        }
    }
}

impl Record {
    pub(crate) fn ends(&mut self, outcome: TrialOutcome) {
        self.outcome = outcome;
        self.says = outcome.says();
    }

    pub(crate) fn judged(&mut self, check: &Check, judged: &Judged) {
        let verdict = &judged.verdict;
        self.ends(match verdict.outcome {
            verdict::Outcome::Pass => TrialOutcome::Pass,
            verdict::Outcome::Fail => TrialOutcome::Fail,
            // If it is asked again, it may get the answers that are missing.
            verdict::Outcome::Inconclusive if judged.short => TrialOutcome::Missing,
            verdict::Outcome::Inconclusive => TrialOutcome::Inconclusive,
        });
        let (test, bound) = match check.test {
            Test::AtLeast(bound) => (BoundTest::AtLeast, Some(bound)),
            Test::AtMost(bound) => (BoundTest::AtMost, Some(bound)),
            // The level is known where the chance level is reported.
            Test::BeatsChance => {
                let null = verdict.chance.as_ref().and_then(|chance| chance.shuffled);
                (BoundTest::BeatsChance, null.map(|null| null.upper))
            }
        };
        self.verdict = Some(VerdictNumbers {
            unit: check.unit,
            estimate: finite(verdict.estimate),
            low: finite(verdict.interval.0),
            high: finite(verdict.interval.1),
            test,
            bound,
            n: verdict.answers.total,
            least_per_item: verdict.answers.least_per_item,
            unread: verdict.answers.unread,
            error_rate: verdict.rate,
            chance: verdict.chance.as_ref().map(|chance| by_chance(chance, check.test)),
            further: verdict.further,
            people: judged.people.as_ref().map(|note| PeopleFigures {
                words: line(&people(note)),
                same: note.same.as_ref().and_then(|(_, share)| finite(*share)),
                meets: note.meets.and_then(finite),
            }),
            surveys: verdict.surveys.map(|HeldInSurveys { held, of, asked, .. }| SurveyFigures {
                held,
                of,
                asked,
            }),
        });
        self.notable = plain(&judged.because);
        self.invalid = plain(&judged.invalid);
        self.unread = plain(&judged.unread);
        self.recorded = plain(&judged.recorded);
        self.doubts = plain(&judged.doubts);
        self.since = plain(&judged.since);
        self.stopped = judged.stopped.as_deref().map(line);
        self.why = check.entry.why.as_deref().map(line);
    }

    pub(crate) fn unjudged(&mut self, why: &Unjudged) {
        self.ends(match why {
            Unjudged::Missing(_) | Unjudged::Mixed(_) => TrialOutcome::Missing,
            Unjudged::Copies(_) => TrialOutcome::Inconclusive,
            Unjudged::Pending(_) => TrialOutcome::Pending,
            Unjudged::Profile(_) => TrialOutcome::BrokenFile,
            Unjudged::Undefined(_) => TrialOutcome::Undefined,
        });
    }

    /// Notes why there is no profile.
    pub(crate) fn lacking(&mut self, lacking: Lacking) -> Lacking {
        self.ends(match lacking {
            Lacking::Responses(_) | Lacking::Mixed(_) => TrialOutcome::Missing,
            Lacking::Copies(_) => TrialOutcome::Inconclusive,
            Lacking::Pending(_) => TrialOutcome::Pending,
            Lacking::File(_) => TrialOutcome::BrokenFile,
        });
        lacking
    }

    pub(crate) fn compared(&mut self, drift: &Drift, words: Vec<String>) {
        self.ends(if drift.is_none() { TrialOutcome::Pass } else { TrialOutcome::Drifted });
        self.drift = Some(DriftRecord::new(drift, &words));
    }
}

fn by_chance(chance: &ChanceLevel, test: Test) -> ChanceFigures {
    let surprising = chance.shuffled.map(|null| match test {
        Test::AtMost(_) => null.lower,
        Test::AtLeast(_) | Test::BeatsChance => null.upper,
    });
    ChanceFigures {
        shuffled: chance.shuffled.and_then(|null| finite(null.mean)),
        shuffled_95: surprising.and_then(finite),
        random: chance.uniform.and_then(|uniform| finite(uniform.mean)),
    }
}

/// Returns the number if it is finite, since JSON has no others.
fn finite(number: f64) -> Option<f64> {
    number.is_finite().then_some(number)
}

fn plain(texts: &[String]) -> Vec<String> {
    texts.iter().map(|text| line(text)).collect()
}

/// Escapes text, so that readers of the folder need not trust models or files of others.
fn line(text: &str) -> String {
    one_line(text, 500)
}

#[cfg(test)]
mod tests {
    use super::TrialOutcome::{
        BrokenFile, Fail, Inconclusive, Missing, NewSnapshot, Pending, Undefined, Unfinished,
    };
    use super::*;
    use crate::verdict::drift::ItemShift;

    #[test]
    fn what_nobody_looked_at_is_neither_yes_nor_no() {
        for outcome in [Missing, Pending, BrokenFile, Unfinished] {
            assert_eq!(outcome.says(), GateMeaning::CouldNotRun);
        }
        for outcome in [Fail, Inconclusive, Undefined, NewSnapshot] {
            assert_eq!(outcome.says(), GateMeaning::No);
        }
        assert_eq!(Record::default().says, Record::default().outcome.says());
    }

    #[test]
    fn a_shift_keeps_no_terminal_commands() {
        let moved = vec![("a\u{1b}[31m\n::error::x".to_owned(), 0.1, 0.9)];
        let shift = ItemShift { item: "T2".to_owned(), shift: 0.8, p: 1e-9, moved, detectable: None };
        assert_eq!(MovedItem::from(&shift).moved[0].name, "a ::error::x");
    }
}
