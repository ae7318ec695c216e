//! The roles of a run that nobody judged. One that a gate must judge is no pass where it does not exist, or has no result;
//! of all others it is told that they were not judged.

use super::results::{GateMeaning, Record, TrialKind, TrialOutcome};
use crate::ground::text::one_line;

/// A role of which nothing was judged.
#[derive(Debug, PartialEq)]
pub(crate) struct UnjudgedRole<'a> {
    pub role: &'a str,
    pub why: &'static str,
}

/// Returns how many roles a run has, and those of them that were not judged. In a workspace, each crate has roles of its own.
pub(crate) fn of_run(records: &[Record]) -> (usize, Vec<UnjudgedRole<'_>>) {
    let key = |record: &'_ Record| (record.package.clone(), record.model.clone());
    let mut seen: Vec<(String, Option<String>)> = Vec::new();
    let mut unjudged = Vec::new();
    for record in records {
        let Some(role) = record.model.as_deref() else { continue };
        if seen.contains(&key(record)) {
            continue;
        }
        seen.push(key(record));
        let own = || records.iter().filter(|of| (&of.package, &of.model) == (&record.package, &record.model));
        if !own().any(is_judged) {
            unjudged.push(UnjudgedRole { role, why: why_not(own()) });
        }
    }
    (seen.len(), unjudged)
}

/// Whether answers of the role were looked at; undecided checks are, too.
fn is_judged(record: &Record) -> bool {
    matches!(record.says, GateMeaning::Yes | GateMeaning::No) || record.outcome == TrialOutcome::Inconclusive
}

fn why_not<'a>(own: impl Iterator<Item = &'a Record> + Clone) -> &'static str {
    let ignored = |record: &&Record| record.outcome == TrialOutcome::Ignored;
    let keyless = |record: &&Record| record.text.as_deref().is_some_and(|text| text.ends_with(" is not set"));
    if own.clone().filter(ignored).any(|record| keyless(&record)) {
        "no key"
    } else if own.clone().any(|record| record.says == GateMeaning::CouldNotRun) {
        "could not run"
    } else if own.clone().any(|record| ignored(&record)) {
        "ignored"
    } else {
        "left out"
    }
}

/// Writes `3 of 16 roles judged, 13 not (no key)`; `None` where all were judged. Of a single role, the counts of trials say it.
pub(crate) fn judged_of_all(records: &[Record]) -> Option<String> {
    let (all, unjudged) = of_run(records);
    if unjudged.is_empty() || all < 2 {
        return None;
    }
    let of = |why: &str| unjudged.iter().filter(|role| role.why == why).count();
    let reasons = ["no key", "could not run", "ignored", "left out"].map(|why| (of(why), why));
    let mut reasons: Vec<(usize, &str)> = reasons.into_iter().filter(|(count, _)| *count > 0).collect();
    reasons.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    let reasons = match reasons[..] {
        [(_, only)] => only.to_owned(),
        _ => reasons.iter().map(|(count, why)| format!("{count} {why}")).collect::<Vec<_>>().join(", "),
    };
    let not = unjudged.len();
    Some(format!("{} of {all} roles judged, {not} not ({reasons})", all - not))
}

/// Returns one record for each of `roles` that was not judged, which says why; `unknown` says what is wrong
/// with a role that the config does not have.
pub(crate) fn unjudged(
    roles: &[String],
    records: &[Record],
    unknown: impl Fn(&str) -> Option<String>,
) -> Vec<Record> {
    let of = |role: &str| records.iter().filter(|record| record.model.as_deref() == Some(role)).count();
    let judged = |role: &str| {
        let mut own = records.iter().filter(|record| record.model.as_deref() == Some(role));
        own.any(|record| !matches!(record.outcome, TrialOutcome::Ignored | TrialOutcome::NotJudged))
    };
    let why = |role: &String| {
        let shown = one_line(role, 100);
        let why = match unknown(role) {
            Some(why) => why,
            None if of(role) == 0 => {
                format!("the role `{shown}` was not judged: there are no results for it")
            }
            None if !judged(role) => {
                format!("the role `{shown}` was not judged: all its tests are ignored or left out")
            }
            None => return None,
        };
        let mut record = Record {
            id: format!("role {role}"),
            name: format!("role {shown}"),
            kind: TrialKind::File,
            text: Some(format!("error: {why}")),
            ..Record::default()
        };
        record.ends(TrialOutcome::BrokenFile);
        Some(record)
    };
    roles.iter().filter_map(why).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_judged_by_its_own_results_only() {
        let record = |role: &str, outcome: TrialOutcome| {
            let mut record = Record { model: Some(role.to_owned()), ..Record::default() };
            record.ends(outcome);
            record
        };
        let records = [
            record("sales-bot", TrialOutcome::Pass),
            record("keyless", TrialOutcome::Ignored),
            record("half", TrialOutcome::Ignored),
            record("half", TrialOutcome::Missing),
        ];
        let roles = ["sales-bot", "bot", "keyless", "half", "bear"].map(str::to_owned);
        let unknown = |role: &str| (role == "bear").then(|| "no model is named `bear`".to_owned());
        let found = unjudged(&roles, &records, unknown);
        let texts: Vec<&str> = found.iter().filter_map(|record| record.text.as_deref()).collect();
        assert_eq!(
            texts,
            [
                "error: the role `bot` was not judged: there are no results for it",
                "error: the role `keyless` was not judged: all its tests are ignored or left out",
                "error: no model is named `bear`",
            ]
        );
        assert!(found.iter().all(|record| record.says == super::super::results::GateMeaning::CouldNotRun));
    }

    #[test]
    fn of_each_role_that_nobody_judged_it_is_told_why() {
        let record = |package: &str, role: &str, outcome: TrialOutcome, text: &str| {
            let mut record = Record { package: package.to_owned(), ..Record::default() };
            (record.model, record.text) = (Some(role.to_owned()), Some(text.to_owned()));
            record.ends(outcome);
            record
        };
        let keyless = "b: 20 of 20 responses are not recorded, and SOME_KEY is not set";
        let mut records = vec![
            record("", "a", TrialOutcome::Pass, ""),
            record("", "a", TrialOutcome::Ignored, keyless),
            record("", "b", TrialOutcome::Ignored, keyless),
            record("", "b", TrialOutcome::NotJudged, "left out by the command line"),
        ];
        assert_eq!(judged_of_all(&records).as_deref(), Some("1 of 2 roles judged, 1 not (no key)"));
        // The role of another crate is another role.
        records.push(record("gates/other", "a", TrialOutcome::NotJudged, "left out by the command line"));
        records.push(record("", "c", TrialOutcome::Ignored, keyless));
        assert_eq!(
            judged_of_all(&records).as_deref(),
            Some("1 of 4 roles judged, 3 not (2 no key, 1 left out)")
        );
        records.extend(
            ["d", "e"]
                .map(|role| record("", role, TrialOutcome::Missing, "T1: 8 of 8 responses are missing")),
        );
        records.push(record("", "e", TrialOutcome::Inconclusive, ""));
        assert_eq!(
            judged_of_all(&records).as_deref(),
            Some("2 of 6 roles judged, 4 not (2 no key, 1 could not run, 1 left out)")
        );
        assert_eq!((judged_of_all(&records[..2]), judged_of_all(&[])), (None, None));
        assert_eq!(judged_of_all(&records[2..4]), None);
    }
}
