//! What is wrong with a folder of results: a file that is missing or was changed after the run. A result must agree with
//! itself, with its own numbers and with the plan of its run, and each run must have left its plan.
//!
//! Whoever can write all files can forge a yes, numbers and all. What is found here is what happens by accident
//! (half of an artifact, two folders that were put together) and by changing a word.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::gathered::LastRecords;
use super::planned::PlannedTrial;
use crate::check::{BESIDE, Test};
use crate::ground::text::one_line;
use crate::report::results::{
    BoundTest, FORMAT, GateMeaning, Record, SurveyFigures, TrialKind, TrialOutcome, VerdictNumbers, runs,
};
use crate::verdict::{self, Outcome};

/// What to do about a folder of results that something is wrong with.
const AGAIN: &str = "delete the folder of results, and run the tests again";

/// Returns a record for each run whose plan is missing. `last` are the records of the last runs in the folder.
///
/// # Errors
/// The folder's journal is there, and cannot be read.
pub(super) fn lost_plans(
    folder: &Path,
    all: &[Record],
    last: &LastRecords<'_>,
) -> Result<Vec<Record>, String> {
    let journal = runs::planned(folder)
        .map_err(|cause| format!("the journal of runs in {} cannot be read: {cause}", folder.display()))?;
    let mut told: Vec<Record> = Vec::new();
    let mut tell = |run: &str, of: Option<&Record>| {
        let run = one_line(run, 200);
        let target = of.map_or_else(String::new, |of| format!(" of the test target `{}`", of.target));
        let text = format!(
            "error: the results in {} are not complete: the run `{run}`{target} has left no plan there, so that nobody knows which of its results are missing. Files were removed, or not all were copied: copy the whole folder, or {AGAIN}",
            folder.display()
        );
        let mut record = damage(&format!("plan {run}"), format!("plan of the run `{run}`"), text);
        if let Some(of) = of {
            (record.package, record.target) = (of.package.clone(), of.target.clone());
        }
        if told.iter().all(|known| known.id != record.id) {
            told.push(record);
        }
    };
    let plans = || all.iter().filter(|record| record.kind == TrialKind::Plan);
    let mut newest: Vec<&&Record> = last.values().collect();
    newest.sort_by_key(|record| (&record.package, &record.target));
    for of in newest {
        let own =
            |plan: &Record| (&plan.run, &plan.package, &plan.target) == (&of.run, &of.package, &of.target);
        if !plans().any(own) {
            tell(&of.run, Some(of));
        }
    }
    // Where every file of a run is gone, the journal still knows of it.
    for runs::PlannedRun { order, run, plan } in journal {
        if !plans().any(|known| known.id == plan && (known.run == run || known.order >= Some(order))) {
            tell(&run, None);
        }
    }
    Ok(told)
}

/// Lets a record whose meaning for the gate is not that of its outcome say what the outcome says, and returns a record
/// that tells of it: somebody or something has changed the file, so that it is no yes.
pub(super) fn contradiction(record: &mut Record) -> Option<Record> {
    let (outcome, says) = (record.outcome, record.says);
    // Undecided checks pass where the config lets them.
    let allowed = says == GateMeaning::Nothing && outcome == TrialOutcome::Inconclusive;
    if says == outcome.says() || allowed {
        return against_itself(record).map(|why| changed(record, &why));
    }
    record.says = outcome.says();
    let why = format!(
        "contradicts itself: its outcome is `{}`, which means {}, but it says {}",
        outcome.words(),
        meaning(outcome.says()),
        meaning(says)
    );
    Some(changed(record, &why))
}

/// Returns a record for each result that is not as the plan of its run has it.
pub(super) fn against_plans(records: &[Record]) -> Vec<Record> {
    let plans: HashMap<_, &Record> = records
        .iter()
        .filter(|record| record.kind == TrialKind::Plan)
        .map(|plan| ((&plan.run, &plan.package, &plan.target), plan))
        .collect();
    let (mut told, mut seen) = (Vec::new(), HashSet::new());
    for record in records.iter().filter(|record| record.kind != TrialKind::Plan) {
        let Some(plan) = plans.get(&(&record.run, &record.package, &record.target)) else { continue };
        let planned = plan.planned.iter().find(|planned| planned.id == record.id);
        let undecided = record.outcome == TrialOutcome::Inconclusive && record.says == GateMeaning::Nothing;
        let again = !seen.insert((&record.run, &record.package, &record.target, &record.id));
        let why = if again {
            "is there twice in one run"
        } else if planned.is_none() && record.kind != TrialKind::File {
            "contradicts the plan of its run, which has no such trial"
        } else if planned.is_some_and(|planned| !is_of(record, planned)) {
            "contradicts the plan of its run, in which its name, its role or its kind is another"
        } else if record.outcome == TrialOutcome::Ignored
            && planned.is_some_and(|planned| planned.ignored.is_none())
        {
            "contradicts the plan of its run: it is ignored, but was planned to be judged"
        } else if undecided && plan.undecided_pass == Some(false) {
            "contradicts the plan of its run: it is undecided and says nothing for the gate, but undecided checks fail in this run"
        } else {
            continue;
        };
        told.push(changed(record, why));
    }
    told
}

/// Whether a record is about what was planned under its id.
fn is_of(record: &Record, planned: &PlannedTrial) -> bool {
    (&record.name, &record.model, record.kind) == (&planned.name, &planned.model, planned.kind)
}

/// Returns how a check's bound contradicts its sentence, which the record has as its name.
fn against_name(record: &Record, numbers: &VerdictNumbers) -> Option<String> {
    let sign = match numbers.test {
        BoundTest::AtLeast => ">=",
        BoundTest::AtMost => "<=",
        // Such a sentence ends with other words.
        BoundTest::BeatsChance => "beats chance",
    };
    let (place, _) = ["beats chance", ">=", "<="]
        .iter()
        .filter_map(|sign| Some((record.name.rfind(sign)?, sign)))
        .max()?;
    let said = &record.name[place..];
    let wanted = match (numbers.test, numbers.bound) {
        (BoundTest::BeatsChance, _) => sign.to_owned(),
        (_, bound) => format!("{sign} {}", numbers.unit.exact(bound?)),
    };
    // A name that was too long for its line is cut.
    let differs = said != wanted && !said.ends_with('…');
    differs
        .then(|| format!("contradicts itself: its sentence says `{said}`, but it was judged by `{wanted}`"))
}

/// Returns how a record contradicts its own numbers; the message is a fragment.
fn against_itself(record: &Record) -> Option<String> {
    use TrialOutcome::{Ignored, Inconclusive, NotJudged, Pass};
    let judged = record.verdict.is_some() || record.drift.is_some() || record.answers.is_some();
    let words = record.outcome.words();
    match (record.kind, record.outcome) {
        (TrialKind::Plan, _) => None,
        // Only a report says so, of trials that have no file.
        (_, NotJudged) => {
            Some("cannot be one: it says `not judged`, and such trials leave no file".to_owned())
        }
        (_, Ignored) if judged => {
            Some("contradicts itself: its outcome is `ignored`, but it holds answers".to_owned())
        }
        (TrialKind::Check, outcome) => match &record.verdict {
            Some(numbers) => against_name(record, numbers).or_else(|| against_numbers(outcome, numbers)),
            None => matches!(outcome, Pass | TrialOutcome::Fail)
                .then(|| format!("contradicts itself: its outcome is `{words}`, but it has no numbers")),
        },
        (TrialKind::Snapshot, Pass | Inconclusive) => match &record.drift {
            None if record.outcome == Pass => Some(
                "contradicts itself: its outcome is `pass`, but it has no comparison with a snapshot"
                    .to_owned(),
            ),
            Some(drift) if drift.found_any() => {
                Some(format!("contradicts itself: its outcome is `{words}`, but the answers drifted in it"))
            }
            Some(drift) if drift.doubt.is_some() && record.outcome == Pass => Some(
                "contradicts itself: its outcome is `pass`, but whether the answers drifted is in doubt"
                    .to_owned(),
            ),
            _ => None,
        },
        _ => None,
    }
}

/// Compares a check's outcome with its interval and bound.
fn against_numbers(outcome: TrialOutcome, numbers: &VerdictNumbers) -> Option<String> {
    let wanted = match outcome {
        TrialOutcome::Pass => Outcome::Pass,
        TrialOutcome::Fail => Outcome::Fail,
        TrialOutcome::Inconclusive | TrialOutcome::Missing => Outcome::Inconclusive,
        _ => return None,
    };
    let differs = |what: &str| {
        Some(format!("contradicts its own numbers: its outcome is `{}`, but {what}", outcome.words()))
    };
    if numbers.n == 0 {
        return differs("it rests on no answers");
    }
    if !(numbers.error_rate > 0.0 && numbers.error_rate < 1.0) {
        return differs("its error rate is not between 0 and 1");
    }
    let test = match (numbers.test, numbers.bound) {
        (BoundTest::AtLeast, Some(bound)) => Test::AtLeast(bound),
        (BoundTest::AtMost, Some(bound)) => Test::AtMost(bound),
        (BoundTest::BeatsChance, _) => Test::BeatsChance,
        (_, None) => return differs("it has no bound"),
    };
    // The level of chance is not in all records of such a check.
    let bound = numbers.bound?;
    // A number that is not finite is not written.
    let interval = (numbers.low.unwrap_or(f64::NEG_INFINITY), numbers.high.unwrap_or(f64::INFINITY));
    let near = 1e-6 * (1.0 + numbers.estimate.unwrap_or_default().abs());
    let reached = |end: f64| (end - bound).abs() <= 2.0 * BESIDE;
    let holds = |estimate: f64| {
        (interval.0 - near <= estimate || reached(interval.0))
            && (estimate <= interval.1 + near || reached(interval.1))
    };
    // Only an undecided check may have an estimate that is not finite, and is not written.
    if !numbers.estimate.map_or(wanted == Outcome::Inconclusive, holds) {
        return differs("its estimate is not in its interval");
    }
    let held = numbers.surveys.is_none_or(|SurveyFigures { held, of, asked }| {
        f64::from(held) >= (asked * f64::from(of) - 1e-9).ceil().min(f64::from(of))
    });
    if !held {
        let what = "it holds in fewer surveys than are asked for";
        return if wanted == Outcome::Inconclusive { None } else { differs(what) };
    }
    // Numbers that were written and read again may differ in their last digit.
    let slack = 1e-9 * (1.0 + bound.abs());
    let stands = [bound - slack, bound, bound + slack]
        .into_iter()
        .any(|bound| verdict::outcome(test, bound, interval) == wanted);
    if stands { None } else { differs("its interval is not on that side of its bound") }
}

fn changed(record: &Record, why: &str) -> Record {
    let name = one_line(&record.name, 200);
    let text = format!("error: the result of `{name}` {why}. The file was changed after the run: {AGAIN}");
    damage(&format!("contradiction {}", record.id), format!("result of {name}"), text)
}

fn damage(id: &str, name: String, text: String) -> Record {
    let mut told = Record {
        format: FORMAT,
        id: id.to_owned(),
        name,
        kind: TrialKind::File,
        text: Some(text),
        ..Record::default()
    };
    told.ends(TrialOutcome::BrokenFile);
    told
}

fn meaning(says: GateMeaning) -> &'static str {
    match says {
        GateMeaning::No => "a no",
        GateMeaning::CouldNotRun => "that it could not run",
        GateMeaning::Yes => "a yes",
        GateMeaning::Nothing => "nothing for the gate",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Unit;

    #[test]
    fn a_verdict_agrees_with_its_interval_and_bound() {
        let of = |outcome, test, low, high, bound| {
            let numbers = VerdictNumbers {
                unit: Unit::Share,
                estimate: Some(0.8),
                low,
                high,
                test,
                bound,
                n: 20,
                least_per_item: 20,
                unread: 0,
                error_rate: 0.05,
                chance: None,
                further: None,
                people: None,
                surveys: None,
            };
            against_numbers(outcome, &numbers).is_none()
        };
        use BoundTest::{AtLeast, AtMost, BeatsChance};
        use TrialOutcome::{Fail, Inconclusive, Missing, Pass};
        let (low, high) = (Some(0.7), Some(0.9));
        for (outcome, test, bound, agrees) in [
            (Pass, AtLeast, 0.6, true),
            (Pass, AtLeast, 0.75, false),
            (Pass, AtMost, 0.95, true),
            (Pass, AtMost, 0.6, false),
            (Fail, AtMost, 0.6, true),
            (Fail, AtLeast, 0.6, false),
            (Pass, BeatsChance, 0.6, true),
            (Pass, BeatsChance, 0.75, false),
            (Fail, BeatsChance, 0.9, true),
            (Inconclusive, AtLeast, 0.8, true),
            (Inconclusive, AtLeast, 0.95, false),
            (Missing, AtMost, 0.6, false),
            // An end may be the bound itself.
            (Pass, AtLeast, 0.7, true),
            (Pass, AtLeast, 0.7 + 1e-13, true),
        ] {
            assert_eq!(of(outcome, test, low, high, Some(bound)), agrees, "{outcome:?} {test:?} {bound}");
        }
        // What was taken out is no proof.
        assert!(!of(Pass, AtLeast, None, high, Some(0.6)) && !of(Pass, AtLeast, low, high, None));
        assert!(!of(Pass, AtLeast, Some(0.85), high, Some(0.6)), "an interval without its estimate");
    }

    #[test]
    fn numbers_that_no_run_writes_are_no_verdict() {
        let of = |outcome, changes: &[(&str, f64)]| {
            let mut numbers = serde_json::json!({
                "unit": "share", "estimate": 0.8, "low": 0.5, "high": 0.9, "test": "at_least", "bound": 0.6, "n": 9,
                "least_per_item": 9, "error_rate": 0.05, "chance": null, "further": null,
            });
            for (key, value) in changes {
                numbers[*key] = serde_json::json!(value);
            }
            numbers["n"] = serde_json::json!(numbers["n"].as_f64().unwrap_or_default() as u32);
            against_numbers(outcome, &serde_json::from_value(numbers).expect("numbers"))
        };
        use TrialOutcome::{Fail, Inconclusive, Missing, Pass};
        assert_eq!(of(Inconclusive, &[]), None);
        for (key, value, why) in [
            ("estimate", 0.95, "its estimate is not in its interval"),
            ("n", 0.0, "it rests on no answers"),
            ("error_rate", 0.0, "its error rate is not between 0 and 1"),
            ("error_rate", 1.0, "its error rate is not between 0 and 1"),
            ("error_rate", -0.1, "its error rate is not between 0 and 1"),
        ] {
            for (outcome, low, high) in
                [(Inconclusive, 0.5, 0.9), (Missing, 0.5, 0.9), (Pass, 0.7, 0.9), (Fail, 0.2, 0.5)]
            {
                let estimate = if outcome == Fail { 0.3 } else { 0.8 };
                let changes = [("low", low), ("high", high), ("estimate", estimate), (key, value)];
                let told = of(outcome, &changes);
                assert!(told.as_ref().is_some_and(|told| told.contains(why)), "{outcome:?} {key}: {told:?}");
            }
        }
    }

    #[test]
    fn a_verdict_holds_in_as_many_surveys_as_are_asked_for() {
        let of = |outcome, held| {
            let surveys = Some(SurveyFigures { held, of: 200, asked: 0.95 });
            let text = r#"{"unit":"share","estimate":0.8,"low":0.7,"high":0.9,"test":"at_least","bound":0.6,"n":9,"least_per_item":9,"error_rate":0.05,"chance":null,"further":null}"#;
            let numbers: VerdictNumbers = serde_json::from_str(text).expect("numbers");
            against_numbers(outcome, &VerdictNumbers { surveys, ..numbers }).is_none()
        };
        assert!(of(TrialOutcome::Pass, 190) && !of(TrialOutcome::Pass, 189));
        assert!(of(TrialOutcome::Inconclusive, 189) && !of(TrialOutcome::Inconclusive, 190));
    }
}
