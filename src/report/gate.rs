//! The result of a whole run, in one line and one exit code.

use serde::Serialize;

use super::results::{GateMeaning, Record, TrialKind, TrialOutcome};
use super::roles::judged_of_all;
use crate::ground::exit;

/// The decision of a gate about a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Gate {
    Yes,
    No,
    CouldNotRun,
}

impl Gate {
    /// Decides about a run. "No" comes before "could not run", because it stays true when the rest is asked
    /// again, and a retry after the other code must never remove a no. If nothing was judged, the gate could
    /// not run.
    pub(crate) fn of(records: &[Record]) -> Gate {
        let any = |says: GateMeaning| records.iter().any(|record| record.says == says);
        if any(GateMeaning::No) {
            Gate::No
        } else if any(GateMeaning::CouldNotRun) || !any(GateMeaning::Yes) {
            Gate::CouldNotRun
        } else {
            Gate::Yes
        }
    }

    /// Returns the exit code of `cargo alignspec report`; 2 is an invalid command line.
    pub(crate) fn code(self) -> u8 {
        match self {
            Gate::Yes => 0,
            Gate::No => exit::GATE_NO.code,
            Gate::CouldNotRun => exit::GATE_NOT_RUN.code,
        }
    }
}

/// Writes `gate: says no — 3 of 16 roles judged, 13 not (no key), 2 of 9 checks failed, 1 snapshot drifted, 26 ignored`.
pub(crate) fn headline(records: &[Record], stale: usize) -> String {
    let count = |keep: &dyn Fn(&Record) -> bool| records.iter().filter(|record| keep(record)).count();
    let came = |outcome: TrialOutcome| count(&|record| record.outcome == outcome);
    let not_run = |record: &Record| matches!(record.outcome, TrialOutcome::Ignored | TrialOutcome::NotJudged);
    let ran = count(&|record| record.kind == TrialKind::Check && !not_run(record));
    let mut parts: Vec<String> = judged_of_all(records).into_iter().collect();
    let mut say = |count: usize, one: &str, more: &str| match count {
        0 => {}
        1 => parts.push(format!("1 {one}")),
        count => parts.push(format!("{count} {more}")),
    };
    match came(TrialOutcome::Fail) {
        0 => {}
        failed => say(failed, &format!("of {ran} checks failed"), &format!("of {ran} checks failed")),
    }
    let undecided =
        count(&|record| record.outcome == TrialOutcome::Inconclusive && record.says == GateMeaning::No);
    say(undecided, "undecided", "undecided");
    say(came(TrialOutcome::Undefined), "without a value", "without a value");
    say(came(TrialOutcome::Drifted), "snapshot drifted", "snapshots drifted");
    say(came(TrialOutcome::NewSnapshot), "new snapshot to review", "new snapshots to review");
    say(came(TrialOutcome::SuiteChanged), "snapshot of a changed suite", "snapshots of changed suites");
    let down = |record: &Record| {
        record.says == GateMeaning::CouldNotRun && record.outcome != TrialOutcome::NotJudged
    };
    say(count(&down), "could not run", "could not run");
    let passed = |kind: TrialKind| count(&|record| record.kind == kind && record.says == GateMeaning::Yes);
    say(passed(TrialKind::Check), "check passed", "checks passed");
    say(passed(TrialKind::Snapshot), "snapshot as stored", "snapshots as stored");
    say(passed(TrialKind::Reading), "task answered for reading", "tasks answered for reading");
    let allowed = count(&|record| !not_run(record) && record.says == GateMeaning::Nothing);
    say(allowed, "undecided, as allowed", "undecided, as allowed");
    say(came(TrialOutcome::Ignored), "ignored", "ignored");
    say(came(TrialOutcome::NotJudged), "not judged", "not judged");
    say(stale, "result of an earlier run left out", "results of earlier runs left out");
    let said = match Gate::of(records) {
        Gate::Yes => "says yes",
        Gate::No => "says no",
        Gate::CouldNotRun => "could not run",
    };
    if parts.is_empty() {
        parts.push("there are no results".to_owned());
    }
    format!("gate: {said} — {}", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: TrialKind, outcome: TrialOutcome) -> Record {
        let mut record = Record { kind, ..Record::default() };
        record.ends(outcome);
        record
    }

    #[test]
    fn no_wins_over_could_not_run_and_nothing_is_no_yes() {
        let (pass, fail) =
            (record(TrialKind::Check, TrialOutcome::Pass), record(TrialKind::Check, TrialOutcome::Fail));
        let (down, ignored) = (
            record(TrialKind::Check, TrialOutcome::Missing),
            record(TrialKind::Check, TrialOutcome::Ignored),
        );
        let of = |records: &[&Record]| {
            let records: Vec<Record> = records.iter().map(|record| (*record).clone()).collect();
            (Gate::of(&records).code(), headline(&records, 0))
        };
        let said = |code: u8, text: &str| (code, text.to_owned());
        assert_eq!(
            of(&[&pass, &fail, &down, &ignored]),
            said(1, "gate: says no — 1 of 3 checks failed, 1 could not run, 1 check passed, 1 ignored")
        );
        assert_eq!(of(&[&pass, &down]), said(3, "gate: could not run — 1 could not run, 1 check passed"));
        assert_eq!(of(&[&ignored, &ignored]), said(3, "gate: could not run — 2 ignored"));
        assert_eq!(of(&[]), said(3, "gate: could not run — there are no results"));
        assert_eq!(of(&[&pass, &pass, &ignored]), said(0, "gate: says yes — 2 checks passed, 1 ignored"));
        let drifted = record(TrialKind::Snapshot, TrialOutcome::Drifted);
        let mut allowed = record(TrialKind::Check, TrialOutcome::Inconclusive);
        assert_eq!(
            of(&[&drifted, &drifted, &allowed]),
            said(1, "gate: says no — 1 undecided, 2 snapshots drifted")
        );
        allowed.says = GateMeaning::Nothing;
        let left_out = record(TrialKind::Check, TrialOutcome::NotJudged);
        assert_eq!(of(&[&pass, &left_out]), said(0, "gate: says yes — 1 check passed, 1 not judged"));
        assert_eq!(of(&[&left_out]), said(3, "gate: could not run — 1 not judged"));
        let lost = Record { says: GateMeaning::CouldNotRun, ..left_out };
        assert_eq!(of(&[&pass, &lost]), said(3, "gate: could not run — 1 check passed, 1 not judged"));
        assert_eq!(
            of(&[&pass, &allowed]),
            said(0, "gate: says yes — 1 check passed, 1 undecided, as allowed")
        );
    }
}
