//! One question, asked once: without a lane, a second try or a recording. It shows whether a model can be asked at all.

use std::io;
use std::time::Duration;

use tokio::runtime::Builder;

use super::unit::{AskBack, SamplingUnit};
use crate::config::Model;
use crate::ground::environment::Variables;
use crate::provider::{AskError, ConnectError, Functions, Response};
use crate::suite::{Questions, Task};

/// Why a question has no answer.
#[derive(Debug)]
pub(crate) enum NotAnswered {
    /// Nothing could be sent.
    Connect(ConnectError),
    /// It was sent, or sending failed.
    Ask(AskError),
    /// This machine has no room for a request.
    Runtime(io::Error),
}

/// Asks a model the first question of a task, in the form in which a run asks it first. It blocks, and may be called by
/// several threads.
pub(crate) fn ask_once(
    model: &Model,
    task: &Task,
    seed: u64,
    schema: fn(&crate::suite::Question<'_>) -> serde_json::Value,
    (limit, variables): (Duration, Variables),
) -> Result<Response, NotAnswered> {
    let questions = Questions::new(task, seed, std::iter::once((0, 0, 0)));
    let unit = SamplingUnit { model, task, questions, schema, back: AskBack::NEVER };
    let request = unit.request(&unit.questions.get(0));
    let wire = Functions::new().connect(model, limit, variables).map_err(NotAnswered::Connect)?;
    let runtime = Builder::new_current_thread().enable_all().build().map_err(NotAnswered::Runtime)?;
    let reply = runtime.block_on(wire.ask(&request)).map_err(NotAnswered::Ask)?;
    Ok(reply.response.into_response())
}
