//! The roles that a gate must judge, compared with the results: a role that does not exist, or has no result,
//! is no pass.

use super::results::{Record, TrialKind, TrialOutcome};
use crate::ground::text::one_line;

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
}
