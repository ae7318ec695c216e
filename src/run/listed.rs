//! The recorded responses of a model to a task, each with the question that it answers.

use std::borrow::Cow;

use super::Portion;
use super::Run;
use super::profiles::unit;
use crate::config::Model;
use crate::provider::Response;
use crate::suite::{Question, Task};

/// How many samples of every item are looked up at a time.
const STEP: u32 = 32;

/// The recorded responses to one task that a run finds.
#[derive(Debug)]
pub(crate) struct Listed<'a> {
    /// The responses, ordered by item, form and sample.
    pub responses: Vec<(Question<'a>, Response)>,
    /// The number of other responses in the recording: answers to questions that are no longer asked, answers with
    /// other parameters, and those beyond the most samples that a run uses.
    pub unused: usize,
}

impl Run {
    /// Lists all that is recorded of a model's answers to a task, in every form, up to the most samples that
    /// a run may need. It asks and writes nothing.
    ///
    /// # Errors
    /// The recording is damaged or cannot be read.
    pub(crate) fn listed<'a>(&'a self, model: &'a Model, task: &'a Task) -> Result<Listed<'a>, String> {
        let most = self.config.most_of_any(model, task);
        let mut listed = Listed { responses: Vec::new(), unused: 0 };
        let mut from = 0;
        while from < most {
            let until = from.saturating_add(STEP).min(most);
            let all = Portion::even(task, (0..task.forms.len()).collect(), until);
            let wanted = all.missing(|_, _| from);
            let unit = unit(&self.config, model, task, &wanted);
            let sampled = self.sampler().sample(&unit).map_err(|error| error.to_string())?;
            let known = listed.responses.len();
            let questions = unit.questions.iter().map(Cow::into_owned);
            let found = questions.zip(sampled.responses);
            listed.responses.extend(found.filter_map(|(question, response)| Some((question, response?))));
            // These responses in the recording have not been found so far.
            listed.unused = sampled.unused.saturating_sub(known);
            if listed.unused == 0 {
                break;
            }
            from = until;
        }
        let place = |question: &Question<'_>| {
            let item = task.items.iter().position(|item| item.id == question.item.id);
            let form = task.forms.iter().position(|form| form.label == question.form.label);
            (item, form, question.index)
        };
        listed.responses.sort_by_cached_key(|(question, _)| place(question));
        Ok(listed)
    }
}
