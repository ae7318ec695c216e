//! Decides which responses without an answer count against a verdict, and what reports say about them.

use super::{Lacking, Run};
use crate::answer::Invalid;
use crate::check::{Check, Undefined, Who};
use crate::ground::format;
use crate::profile::{Profile, Table, View};
use crate::snapshot::Stored;
use crate::suite::{OfRefusals, OfUnread, Task, Unanswered};
use crate::verdict::{Decision, Outcome};

impl Run {
    /// Returns whether this look ends the asking for a check.
    pub(super) fn settles(&self, look: &Result<Decision, Undefined>, first: bool) -> Result<bool, Undefined> {
        match look {
            Ok(decision) => Ok(decision.outcome != Outcome::Inconclusive),
            // If none of the first `samples` could be read, more would not help.
            Err(why @ Undefined::NoAnswers(_)) if first => Err(why.clone()),
            // A few answers may all be equal or all be invalid, so that there is no order yet.
            Err(Undefined::Statistic(_) | Undefined::NoAnswers(_)) => Ok(false),
            // Another model that is asked may still answer. Published figures do not grow. If a role was asked but
            // nobody answered, the last look reports that.
            Err(Undefined::Lacks { who, .. }) => Ok(self.model(who).is_none()),
            Err(why) => Err(why.clone()),
        }
    }

    /// Returns how a check treats responses without an answer. The first of these that says so decides: the check,
    /// its file, the suite of its task, the config.
    pub(crate) fn unanswered(&self, check: &Check) -> Unanswered {
        let of_task = |id: &str| {
            let suites = self.suites.suites.iter();
            let mut own = suites.filter(|suite| suite.task.as_ref().is_some_and(|task| task.id == id));
            own.next().map(|suite| suite.unanswered).unwrap_or_default()
        };
        check.entry.unanswered.or(of_task(&check.task)).or(self.config.verdict.unanswered())
    }

    /// Returns a question that would drop out of a comparison because all responses to it are unread, in figures that
    /// do not grow or in those of the respondent that is compared with. Without that question it would be another
    /// measure. (For a growing sample, and for shares, the verdict checks this.)
    pub(crate) fn silent(&self, who: &str, check: &Check) -> Result<Option<String>, Lacking> {
        let rule = self.unanswered(check);
        if check.measure.is_share(&self.suites) {
            return Ok(None);
        }
        let grows = self.model(who).is_some();
        for (at, input) in check.measure.inputs().iter().enumerate() {
            let (name, own) = match &input.who {
                Who::Subject => (who, true),
                Who::Respondent(name) => (name.as_str(), false),
                Who::Snapshot => continue,
            };
            let Some(task) = self.suites.task(&input.task).filter(|_| !(own && grows)) else { continue };
            let answers = self.answers(name, task, None, input.view)?;
            let counts = |(reason, _): (&Invalid, &u32)| rule.counts(*reason == Invalid::Refusal);
            let table = answers.profile.table(task, input.view);
            let read = check.measure.reads(at, &self.suites);
            let items = task.items.iter().enumerate();
            let items = items.filter(|(place, _)| read.as_ref().is_none_or(|read| read.contains(place)));
            let mut items = items.map(|(_, item)| item).filter(|item| table.row(&item.id).is_none());
            let silent = items.find(|item| {
                let forms = answers.profile.items.get(&item.id).into_iter().flat_map(|item| &item.forms);
                forms.flat_map(|(_, cell)| &cell.invalid).any(counts)
            });
            if let Some(item) = silent {
                return Ok(Some(format!("{} {} by {name}", task.id, item.id)));
            }
        }
        Ok(None)
    }
}

/// Adds to an error about missing answers what came `instead` of them.
pub(super) fn explained(why: Undefined, instead: &[&str]) -> Undefined {
    match why {
        Undefined::NoAnswers(question) if !instead.is_empty() => {
            Undefined::NoAnswers(format!("{question} ({})", instead.join("; ")))
        }
        why => why,
    }
}

/// Describes which responses of `who` without an answer to a task count, and which are left out.
pub(super) fn told(
    who: Option<&str>,
    profile: &Profile,
    task: &Task,
    view: View,
    rule: Unanswered,
) -> Vec<String> {
    if view == View::Validity {
        return Vec::new();
    }
    let (valid, invalid) = profile.responses(task, view);
    let all = valid + invalid.iter().map(|(_, count)| count).sum::<u32>();
    let (counted, left_out): (Vec<_>, Vec<_>) =
        invalid.into_iter().partition(|(reason, _)| rule.counts(*reason == Invalid::Refusal));
    let of = who.map_or_else(|| task.id.clone(), |who| format!("{} of {who}", task.id));
    let sum = |list: &[(Invalid, u32)]| list.iter().map(|(_, count)| count).sum::<u32>();
    let mut said = Vec::new();
    let (lost, counted): (Vec<_>, Vec<_>) =
        counted.into_iter().partition(|(reason, _)| *reason == Invalid::Lost);
    if sum(&lost) > 0 {
        said.push(format!(
            "{of}: {} of {all} answers came after tries that were lost: the verdict holds whatever those said",
            sum(&lost)
        ));
    }
    if sum(&counted) > 0 {
        let reasons: Vec<String> = counted.iter().map(|(reason, n)| format!("{n} {reason}")).collect();
        said.push(format!(
            "{of}: {} of {all} responses have no answer ({}): the verdict holds whatever they mean",
            sum(&counted),
            reasons.join(", ")
        ));
    }
    let apart = rule.refusals == Some(OfRefusals::Apart);
    let (apart, ignored): (Vec<_>, Vec<_>) =
        left_out.into_iter().partition(|(reason, _)| apart && *reason == Invalid::Refusal);
    if sum(&ignored) > 0 {
        debug_assert_eq!(rule.unread, Some(OfUnread::Ignore), "only this leaves out what is unread");
        let refusals = ignored.iter().filter(|(reason, _)| *reason == Invalid::Refusal);
        let refusals = match refusals.map(|(_, count)| *count).sum::<u32>() {
            0 => String::new(),
            n => format!(", {n} of them refusals"),
        };
        let n = sum(&ignored);
        said.push(format!(
            "{of}: {} left out{refusals} (unread = \"ignore\")",
            format::counted(n as usize, "unread answer")
        ));
    }
    if sum(&apart) > 0 {
        let n = sum(&apart);
        said.push(format!(
            "{of}: {} left out (refusals = \"apart\")",
            format::counted(n as usize, "refusal")
        ));
    }
    said
}

/// Returns a snapshot's answers with its unread responses: for each question, as many as were asked for but are not
/// among its answers. A snapshot does not record refusals by question, so they count like the others.
pub(crate) fn of_snapshot(stored: Stored, task: &Task, rule: Unanswered) -> Table {
    let questions = stored.asked.as_ref().map_or(task.items.len(), Vec::len);
    with_unread(stored.table, (stored.invalid, stored.responses), questions, rule)
}

/// Adds unread responses to a table of answers to this many questions, as [`of_snapshot`] does.
pub(crate) fn with_unread(
    mut table: Table,
    (invalid, responses): (u32, u32),
    questions: usize,
    rule: Unanswered,
) -> Table {
    // Rounded up: of responses that are not spread evenly, rather one too many counts as unread.
    let asked = responses.div_ceil(u32::try_from(questions.max(1)).unwrap_or(u32::MAX));
    if rule.counts(false) {
        table.rows.iter_mut().for_each(|row| row.unread = asked.saturating_sub(row.n).min(invalid));
    }
    table
}
