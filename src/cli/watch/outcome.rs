//! What came of the watch of a role.

use jiff::civil::Date;

use super::series::GivenAlarm;
use crate::plan::Total;
use crate::verdict::watch::WatchEvidence;

/// What came of the watch of a role.
#[derive(Debug)]
pub(super) struct RoleWatch {
    pub role: String,
    pub model: String,
    pub outcome: RoleOutcome,
    /// The alarm that stands, of this watch or an earlier one.
    pub alarm: Option<GivenAlarm>,
    /// What is to be known besides, a line each.
    pub notes: Vec<String>,
    /// What a run that asks everything anew would take.
    pub live: Option<Total>,
}

#[derive(Debug)]
pub(super) enum RoleOutcome {
    /// All was asked, and the answers of all watches were weighed.
    Weighed(Box<Weighed>),
    /// Why nothing can be said.
    CouldNotRun(Vec<String>),
}

/// What all watches of a role show.
#[derive(Debug)]
pub(super) struct Weighed {
    pub evidence: WatchEvidence,
    pub rate: f64,
    /// The number of watches that count.
    pub watches: usize,
    /// The number of answers of this watch, and of all.
    pub answers: [u32; 2],
    pub tasks: Vec<String>,
    /// The day of the newest snapshot's answers, if it is told.
    pub day: Option<Date>,
    /// The questions that show most, each with the shares that moved.
    pub moved: Vec<String>,
    /// Who answered for the snapshots, and who answers now, where the provider says that it is another version.
    pub versions: Option<[String; 2]>,
    /// The checksums of the series before this watch and with it.
    pub sums: [Option<String>; 2],
}

impl Weighed {
    /// Whether the answers say that the model changed.
    pub(super) fn is_sure(&self) -> bool {
        self.evidence.is_sure(self.rate)
    }
}

impl RoleWatch {
    /// Whether the model has changed, by its answers or by its provider's word.
    pub(super) fn says_no(&self) -> bool {
        let weighed = |found: &Weighed| found.is_sure() || found.versions.is_some();
        self.alarm.is_some() || matches!(&self.outcome, RoleOutcome::Weighed(found) if weighed(found))
    }
}
