//! Receipts record, beside a recording, which checks were planned when a model's first answers to a task were asked
//! for. A check that is added, or a bound that is moved, after the answers were seen is judged like any other. But
//! the error rate only holds for checks that were chosen beforehand, so a run reports what has changed.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::trial_plan::tasks_of;
use super::{Run, Subject};
use crate::check::{Check, Who};
use crate::config::{Model, Respondent};
use crate::ground::text::one_line;
use crate::snapshot;
use crate::suite::{OfRefusals, OfUnread, Task};

/// The most changes that are listed one by one.
const TOLD: usize = 6;

/// The words before the bound in a sentence.
const BOUNDS: [&str; 3] = [" >= ", " <= ", " within top "];

/// The texts of receipts, by model and task.
pub(crate) type Receipts = BTreeMap<(String, String), String>;

/// What was planned to be judged for one model's answers to one task.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Receipt {
    format: u32,
    /// The hash of all fields below.
    hash: String,
    error_rate: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline_uncertainty: Option<f64>,
    seed: u64,
    /// The hash of the task's questions, as in snapshots.
    questions: String,
    /// The hash of the values that stories stand for; empty for other tasks, and in receipts of earlier versions.
    #[serde(skip_serializing_if = "String::is_empty")]
    values: String,
    checks: Vec<NotedCheck>,
}

/// A check in a receipt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct NotedCheck {
    expect: String,
    weight: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unread: Option<OfUnread>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refusals: Option<OfRefusals>,
}

impl Run {
    /// Returns the receipts to write beside this run's recordings.
    pub(super) fn receipts(&self) -> Receipts {
        let receipts = self.receipts_of(|_, _| true);
        let text = |receipt| serde_json::to_string_pretty(&receipt).ok().map(|text| text + "\n");
        receipts.into_iter().filter_map(|(of, receipt)| Some((of, text(receipt)?))).collect()
    }

    /// Returns the receipts of this run for the wanted models and tasks. The run must know all its checks.
    fn receipts_of(&self, wanted: impl Fn(&Model, &Task) -> bool) -> BTreeMap<(String, String), Receipt> {
        let mut all = BTreeMap::new();
        for model in &self.config.models {
            for task in tasks_of(Respondent::Asked(model), &self.suites).filter(|task| wanted(model, task)) {
                all.insert((model.name.clone(), task.id.clone()), self.settings(task));
            }
        }
        let noted: Vec<_> = self.checks.iter().map(|check| (self.noted(check), read_tasks(check))).collect();
        for planned in &self.planned {
            let Subject::Check { check, .. } = planned.subject else { continue };
            let (noted, tasks) = &noted[check];
            for task in tasks {
                let receipt = all.get_mut(&(planned.model.clone(), task.clone()));
                receipt.into_iter().for_each(|receipt| receipt.checks.push(noted.clone()));
            }
        }
        all.into_iter().map(|(of, receipt)| (of, receipt.sealed())).collect()
    }

    /// Makes a receipt with the run's settings and no checks.
    fn settings(&self, task: &Task) -> Receipt {
        Receipt {
            format: 1,
            error_rate: self.config.verdict.error_rate,
            baseline_uncertainty: self.config.verdict.baseline_uncertainty,
            seed: self.config.sampling.seed,
            questions: snapshot::questions(task),
            values: values(task),
            ..Receipt::default()
        }
    }

    fn noted(&self, check: &Check) -> NotedCheck {
        let rule = self.unanswered(check);
        NotedCheck {
            expect: check.sentence.clone(),
            weight: check.entry.weight,
            unread: rule.unread,
            refusals: rule.refusals,
        }
    }

    /// Returns the receipt beside a recording; `None` if there is none, as with recordings of earlier versions. Nothing is
    /// told of the checks by one that does not have the hash of what it says.
    fn kept_receipt(&self, model: &Model, task: &Task) -> Option<Result<Receipt, DamagedReceipt>> {
        let bytes = self.sampler().receipt(model, task)?;
        let receipt: Option<Receipt> = serde_json::from_slice(&bytes).ok();
        let whole =
            receipt.filter(|receipt| receipt.format == 1 && receipt.clone().sealed().hash == receipt.hash);
        Some(whole.ok_or(DamagedReceipt))
    }

    /// Returns what has changed about a check since the answers that it reads were recorded, with a line for each
    /// task.
    pub(super) fn since(&self, model: &str, check: &Check) -> Vec<String> {
        let Some(model) = self.model(model) else { return Vec::new() };
        let (mut told, read) = (Vec::new(), read_tasks(check));
        for task in self.suites.suites.iter().filter_map(|suite| suite.task.as_ref()) {
            let kept = if read.contains(&task.id) { self.kept_receipt(model, task) } else { None };
            let kept = match kept {
                None => continue,
                Some(Err(DamagedReceipt)) => {
                    told.push(format!("the receipt of the first answers to {} is damaged", task.id));
                    continue;
                }
                Some(Ok(kept)) => kept,
            };
            let own = std::slice::from_ref(&check.sentence);
            let kept = kept.about(own);
            let mut changes =
                kept.changes(&Receipt { checks: vec![self.noted(check)], ..self.settings(task) });
            // Removed checks are not changes of this check: other bounds of the same claim are checks of their own.
            changes.retain(|change| !change.starts_with("gone "));
            if !changes.is_empty() {
                told.push(format!("the first answers to {} were taken: {}", task.id, first_of(&changes)));
            }
        }
        told
    }

    /// Returns one line about what has changed since the recorded answers of all models and tasks were taken. Returns
    /// `None` if a file has a mistake, because its checks are not known then.
    pub(crate) fn changed_since(&self) -> Option<String> {
        if !self.problems.is_empty() || self.others > 0 {
            return None;
        }
        let (mut kept, mut damaged) = (BTreeMap::new(), Vec::new());
        for model in &self.config.models {
            for task in tasks_of(Respondent::Asked(model), &self.suites) {
                match self.kept_receipt(model, task) {
                    None => {}
                    Some(Ok(receipt)) => _ = kept.insert((model.name.clone(), task.id.clone()), receipt),
                    Some(Err(DamagedReceipt)) => damaged.push(format!("{} to {}", model.name, task.id)),
                }
            }
        }
        let notes: Vec<String> = told_damaged(&damaged).into_iter().chain(self.told_changes(&kept)).collect();
        (!notes.is_empty()).then(|| notes.join("\n"))
    }

    /// Returns one line about the checks and settings that differ from those of receipts.
    fn told_changes(&self, kept: &BTreeMap<(String, String), Receipt>) -> Option<String> {
        if kept.is_empty() {
            return None;
        }
        let mut by_changes: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let now = self.receipts_of(|model, task| kept.contains_key(&(model.name.clone(), task.id.clone())));
        for (of, now) in &now {
            let changes = kept.get(of).filter(|kept| kept.hash != now.hash).map(|kept| kept.changes(now));
            let Some(changes) = changes.filter(|changes| !changes.is_empty()) else { continue };
            by_changes.entry(first_of(&changes)).or_default().push(format!("{} to {}", of.0, of.1));
        }
        let told: Vec<String> =
            by_changes.into_iter().map(|(changes, of)| format!("{}: {changes}", of.join(", "))).collect();
        (!told.is_empty()).then(|| {
            format!(
                "note: what is judged has changed since the first answers were taken of {}. The error rate holds only for checks that were chosen before their answers were seen",
                told.join(" | ")
            )
        })
    }
}

/// A receipt that was cut or changed after it was written, or that another version wrote.
struct DamagedReceipt;

/// Says of whose answers the receipt is damaged.
fn told_damaged(of: &[String]) -> Option<String> {
    (!of.is_empty()).then(|| {
        format!(
            "note: the receipt of the first answers of {} is damaged: it was cut or changed after it was written, or another version wrote it. So nothing tells which checks were chosen before these answers were seen: restore it (recordings/<role>/<task>.receipt.json)",
            of.join(", ")
        )
    })
}

/// Turns a receipt into a part of the kept plan: its name and its bytes.
pub(super) fn part(((model, task), text): ((String, String), String)) -> (String, Vec<u8>) {
    (format!("receipt {model} {task}"), text.into_bytes())
}

/// Returns the receipts of some models and tasks from the parts of the kept plan.
pub(super) fn of_parts<'a>(
    wanted: Vec<(String, String)>,
    get: impl Fn(&str) -> Option<&'a [u8]>,
) -> Receipts {
    let of = |(model, task): (String, String)| {
        let text = get(&format!("receipt {model} {task}"))?;
        Some(((model, task), String::from_utf8(text.to_vec()).ok()?))
    };
    wanted.into_iter().filter_map(of).collect()
}

/// Lists the first changes and how many more there are. Each is shortened, because anybody may have written the file.
fn first_of(changes: &[String]) -> String {
    let mut text =
        changes.iter().take(TOLD).map(|change| one_line(change, 300)).collect::<Vec<_>>().join("; ");
    if let more @ 1.. = changes.len().saturating_sub(TOLD) {
        text += &format!("; and {more} more");
    }
    text
}

/// Returns a hash of the values that a task's stories stand for; nothing for a task without stories. No answer depends on
/// them, but checks are about values.
fn values(task: &Task) -> String {
    if !task.shape.is_ranking() {
        return String::new();
    }
    let mut hasher = blake3::Hasher::new();
    for item in &task.items {
        for part in item.choices.iter().flat_map(|story| [&*item.id, &story.id, story.value()]) {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
    }
    hasher.finalize().to_hex()[..32].to_owned()
}

/// Returns the tasks in which a check reads answers of its subject.
fn read_tasks(check: &Check) -> BTreeSet<String> {
    let own = check.measure.inputs().into_iter().filter(|input| input.who == Who::Subject);
    own.map(|input| input.task).collect()
}

/// Splits a sentence into the part up to its bound, and the bound with the comparison before it. The first part has
/// the comparison, too, since at least and at most are different claims.
fn split(sentence: &str) -> (&str, &str) {
    let places = BOUNDS.iter().filter_map(|bound| Some((sentence.rfind(bound)?, bound.len())));
    let (place, length) = places.max().unwrap_or((sentence.len(), 0));
    (&sentence[..place + length], sentence[place..].trim())
}

impl Receipt {
    fn sealed(mut self) -> Receipt {
        self.checks.sort_by(|a, b| a.expect.cmp(&b.expect));
        self.hash = String::new();
        let text = serde_json::to_vec(&self).unwrap_or_default();
        blake3::hash(&text).to_hex()[..32].clone_into(&mut self.hash);
        self
    }

    /// Keeps only the checks with one of the `sentences`; if there are none, those that differ from one only in the
    /// bound.
    fn about(mut self, sentences: &[String]) -> Receipt {
        let same = |check: &NotedCheck| sentences.contains(&check.expect);
        let exact = self.checks.iter().any(same);
        let claims: Vec<&str> = sentences.iter().map(|sentence| split(sentence).0).collect();
        self.checks
            .retain(|check| if exact { same(check) } else { claims.contains(&split(&check.expect).0) });
        self
    }

    /// Lists the differences between this receipt and `now`.
    fn changes<'a>(&'a self, now: &'a Receipt) -> Vec<String> {
        let mut told = Vec::new();
        let by_sentence = |receipt: &'a Receipt| -> BTreeMap<&'a str, &'a NotedCheck> {
            receipt.checks.iter().map(|check| (check.expect.as_str(), check)).collect()
        };
        let (before, after) = (by_sentence(self), by_sentence(now));
        let mut gone: Vec<&NotedCheck> =
            self.checks.iter().filter(|check| !after.contains_key(check.expect.as_str())).collect();
        for check in &now.checks {
            let NotedCheck { expect, .. } = check;
            if let Some(before) = before.get(expect.as_str()) {
                told.extend(before.otherwise(check));
                continue;
            }
            let (claim, _) = split(expect);
            let before = gone.iter().position(|before| split(&before.expect).0 == claim);
            match before.map(|at| gone.remove(at)) {
                Some(before) => {
                    told.push(format!("`{expect}` (was {})", split(&before.expect).1));
                    told.extend(before.otherwise(check));
                }
                None => told.push(format!("new `{expect}`")),
            }
        }
        told.extend(gone.iter().map(|check| format!("gone `{}`", check.expect)));
        let share = |share: Option<f64>| share.map_or_else(|| "false".to_owned(), |share| share.to_string());
        let settings = [
            ("error_rate", self.error_rate.to_string(), now.error_rate.to_string()),
            ("baseline_uncertainty", share(self.baseline_uncertainty), share(now.baseline_uncertainty)),
            ("seed", self.seed.to_string(), now.seed.to_string()),
        ];
        let settings = settings.into_iter().filter(|(_, before, now)| before != now);
        told.extend(settings.map(|(name, before, now)| format!("{name} {now} (was {before})")));
        if self.questions != now.questions {
            told.push("its questions are different".to_owned());
        }
        if !self.values.is_empty() && self.values != now.values {
            told.push("its stories stand for other values".to_owned());
        }
        told
    }
}

impl NotedCheck {
    /// Describes how a check differs from the same check in `now`, apart from its bound.
    fn otherwise(&self, now: &NotedCheck) -> Option<String> {
        let mut told = Vec::new();
        if (self.weight - now.weight).abs() > 1e-12 {
            told.push(format!("weight {} (was {})", now.weight, self.weight));
        }
        if (self.unread, self.refusals) != (now.unread, now.refusals) {
            told.push("another rule for responses without an answer".to_owned());
        }
        (!told.is_empty()).then(|| format!("`{}` with {}", now.expect, told.join(" and ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt(checks: &[(&str, f64)]) -> Receipt {
        let checks = checks.iter().map(|(expect, weight)| NotedCheck {
            expect: (*expect).to_owned(),
            weight: *weight,
            unread: None,
            refusals: None,
        });
        Receipt { format: 1, error_rate: 0.05, seed: 1, checks: checks.collect(), ..Receipt::default() }
            .sealed()
    }

    #[test]
    fn what_changed_is_named_with_what_it_was() {
        let before = receipt(&[
            ("T1 selects privacy >= 60%", 1.0),
            ("T1 ranks safety within top 5", 1.0),
            ("T1 selects safety <= 90%", 1.0),
            ("T1 invalid <= 5%", 1.0),
        ]);
        assert!(before.changes(&before).is_empty());
        let mut now = receipt(&[
            ("T1 selects privacy >= 50%", 1.0),
            ("T1 ranks safety within top 3", 2.0),
            ("T1 selects safety <= 90%", 4.0),
            ("T1 selects dignity >= 20%", 1.0),
        ]);
        now = Receipt { error_rate: 0.1, baseline_uncertainty: Some(0.95), ..now }.sealed();
        assert_ne!(before.hash, now.hash);
        assert_eq!(
            before.changes(&now),
            [
                "`T1 ranks safety within top 3` (was within top 5)",
                "`T1 ranks safety within top 3` with weight 2 (was 1)",
                "new `T1 selects dignity >= 20%`",
                "`T1 selects privacy >= 50%` (was >= 60%)",
                "`T1 selects safety <= 90%` with weight 4 (was 1)",
                "gone `T1 invalid <= 5%`",
                "error_rate 0.1 (was 0.05)",
                "baseline_uncertainty 0.95 (was false)",
            ]
        );
    }

    #[test]
    fn of_two_bounds_of_one_claim_each_check_is_held_against_its_own() {
        let before = receipt(&[("T1 selects privacy >= 60%", 1.0), ("T1 selects privacy <= 90%", 1.0)]);
        let same = ["T1 selects privacy <= 90%".to_owned()];
        let now = receipt(&[("T1 selects privacy <= 90%", 1.0)]);
        assert!(before.clone().about(&same).changes(&now).is_empty());
        let other = ["T1 selects privacy >= 70%".to_owned()];
        let found = before.about(&other).changes(&receipt(&[("T1 selects privacy >= 70%", 1.0)]));
        assert_eq!(found[0], "`T1 selects privacy >= 70%` (was >= 60%)");
    }
}
