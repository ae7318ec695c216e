//! Where a respondent's answers to a task come from, as a snapshot of them says it.

use super::{Run, TaskAnswers};
use crate::config::{Counted, Respondent};
use crate::provider::asked_with;
use crate::snapshot::Origin;
use crate::suite::Task;

impl Run {
    /// Returns where these answers of a role come from.
    pub(crate) fn origin(&self, role: &str, task: &Task, answers: &TaskAnswers) -> Origin {
        let model = match self.config.respondent(role) {
            None => return Origin::Untold,
            Some(Respondent::Counted(Counted { tally: name, .. })) => {
                let source = self.tallies.get(name).map(|tally| tally.source_note.clone());
                return Origin::Told { name: name.clone(), source: source.unwrap_or_default() };
            }
            Some(Respondent::Asked(model)) => model,
        };
        Origin::Asked {
            model: model.model.clone(),
            versions: answers.versions.clone(),
            hosts: answers.parts.hosts.keys().cloned().collect(),
            with: asked_with(model),
            day: answers.day,
            n: self.config.samples(model, task),
        }
    }
}
