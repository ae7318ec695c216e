//! A model that is asked back: one that rambles at first, and the unit that reads it.

use alignspec::__testing::answer::{Invalid, read};
use alignspec::__testing::config::Model;
use alignspec::__testing::provider::Response;
use alignspec::__testing::sample::{AskBack, SamplingUnit};
use alignspec::__testing::suite::{Question, Task};

use super::completion;
use super::server::{Received, Reply, Server};

/// What nobody can read.
pub const RAMBLE: &str = "Well, that is a question with many sides to it.";
/// What asks back.
pub const WORDS: &str = "The answer alone, please.";

fn unread(question: &Question<'_>, response: &Response) -> bool {
    read(question, &response.text, &response.finish).is_err_and(|unread| unread.reason != Invalid::Refusal)
}

pub fn words(question: &Question<'_>) -> String {
    format!("{WORDS} {}", question.item.id)
}

pub fn unit<'a>(model: &'a Model, task: &'a Task, samples: u32) -> SamplingUnit<'a> {
    SamplingUnit { back: AskBack { unread, words }, ..super::unit(model, task, samples) }
}

/// Whether a request asks back, on any wire.
pub fn asks_back(request: &Received) -> bool {
    String::from_utf8_lossy(&request.raw).contains(WORDS)
}

/// A server that says one thing when it is asked, and another when it is asked back.
pub fn server(first: &'static str, back: &'static str) -> Server {
    Server::start(move |request| Reply::json(200, &completion(if asks_back(request) { back } else { first })))
}
