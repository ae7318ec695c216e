//! What a snapshot's trial notes of its answers for reports: the counts, what they took, and examples of responses without
//! an answer.

use std::env;

use crate::answer::{self, Invalid};
use crate::compare::Usage;
use crate::ground::text::one_line;
use crate::profile::View;
use crate::report::results::{AnswersRecord, ExampleRecord, Record, UsageRecord, VARIABLE};
use crate::run::{Run, TaskAnswers};
use crate::suite::Task;

/// The number of examples, each of another reason.
const EXAMPLES: usize = 3;

/// Notes a role's answers to a task. Nothing is asked, and recordings are read again only where a report wants it.
pub(super) fn note(run: &Run, role: &str, task: &Task, answers: &TaskAnswers, record: &mut Record) {
    if env::var_os(VARIABLE).is_none_or(|folder| folder.is_empty()) {
        return;
    }
    let Some(mut noted) = AnswersRecord::of(task, &answers.profile) else { return };
    // Recordings that cannot be read have failed the trial before.
    if let Some(model) = run.model(role)
        && let Ok(responses) = run.responses_to(model, task)
    {
        let (questions, responses): (Vec<_>, Vec<_>) = responses.into_iter().unzip();
        noted.took = Usage::of(role, &responses, model.terms.price).map(|took| UsageRecord {
            responses: took.responses,
            tokens_in: took.tokens_in,
            tokens_out: took.tokens_out,
            usd: took.usd.filter(|usd| usd.is_finite()),
            median_ms: took.median_ms,
            p95_ms: took.p95_ms,
        });
        let (_, invalid) = answers.profile.responses(task, View::Main);
        let mut open: Vec<Invalid> = invalid.into_iter().map(|(reason, _)| reason).take(EXAMPLES).collect();
        for (question, response) in questions.iter().zip(&responses) {
            if open.is_empty() {
                break;
            }
            let last = response.last();
            let read = answer::read_as(question, &last.text, &last.finish, last.structure.as_deref());
            let Err(unread) = read else { continue };
            let Some(at) = open.iter().position(|reason| *reason == unread.reason) else { continue };
            open.remove(at);
            noted.examples.push(ExampleRecord {
                item: question.item.id.clone(),
                reason: unread.reason.to_string(),
                text: one_line(&last.text, 300),
            });
        }
    }
    record.answers = Some(noted);
}
