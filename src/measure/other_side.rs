//! The other side of a comparison: whose figures the subject's answers are held against, and where.

use super::scope::Scope;
use super::syntax::Sentence;
use super::{Input, score};
use crate::ground::diagnostic::Diagnostic;
use crate::profile::View;
use crate::suite::{Suites, Task};

/// What a sentence such as `T2 Spearman with practitioners in medical` names.
#[derive(Debug, Clone)]
pub(super) struct OtherSide {
    pub task: String,
    pub with: String,
    /// The only context that is compared.
    pub context: Option<String>,
}

impl OtherSide {
    /// The first name of a sentence, and its context.
    pub(super) fn of(
        sentence: &Sentence<'_>,
        scope: &Scope<'_>,
        task: &Task,
    ) -> Result<OtherSide, Box<Diagnostic>> {
        let with = scope.respondent(&sentence.names[0], sentence.entry)?;
        let context = scope.context(task, &sentence.place, sentence.entry)?;
        Ok(OtherSide { task: task.id.clone(), with, context })
    }

    /// The subject's answers, then the other side's figures.
    pub(super) fn inputs(&self) -> Vec<Input> {
        vec![Input::subject(&self.task, View::Main), Input::of(&self.with, &self.task)]
    }

    /// The places of the items that are read of either side; `None` where all are.
    pub(super) fn reads(&self, suites: &Suites) -> Option<Vec<usize>> {
        score::items_in(suites.task(&self.task)?, self.context.as_deref())
    }
}
