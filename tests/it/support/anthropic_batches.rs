//! Anthropic's batch endpoint as the tests play it.

use serde_json::{Value, json};

use super::batches::{Outcome, State};
use super::server::{Received, Reply};

impl State {
    pub fn anthropic(&mut self, received: &Received) -> Reply {
        assert_eq!(received.header("anthropic-version"), Some("2023-06-01"));
        let (target, query) = received.target.split_once('?').unwrap_or((&received.target, ""));
        let after = query.split('&').find_map(|pair| pair.strip_prefix("after_id="));
        match target.split('/').collect::<Vec<_>>()[..] {
            ["POST ", "v1", "messages", "batches"] => {
                let requests = received.body["requests"].as_array().expect("requests").clone();
                assert!(requests.iter().all(|request| request["params"]["model"] == json!("small-1")));
                self.take(requests, Value::Null, State::of_anthropic)
            }
            ["GET ", "v1", "messages", "batches"] => self.list(after, State::of_anthropic),
            ["GET ", "v1", "messages", "batches", id] => match self.place(id) {
                Some(at) => Reply::json(200, &self.of_anthropic(at)),
                None => {
                    Reply::json(404, &json!({ "type": "error", "error": { "message": "No such batch" } }))
                }
            },
            ["GET ", "v1", "messages", "batches", id, "results"] => {
                let at = self.place(id).expect("a batch");
                let line = |(place, id): (usize, String)| {
                    let result = match (self.answers)(at, place) {
                        Outcome::Answer(text) => json!({ "type": "succeeded", "message": message(&text) }),
                        Outcome::Error(status) => {
                            let kind = match status {
                                429 => "rate_limit_error",
                                529 => "overloaded_error",
                                ..500 => "invalid_request_error",
                                _ => "api_error",
                            };
                            let error = json!({ "type": kind, "message": "words of the provider" });
                            json!({ "type": "errored", "error": { "type": "error", "error": error } })
                        }
                        Outcome::Expired => json!({ "type": "expired" }),
                        Outcome::Nothing => return None,
                    };
                    Some(json!({ "custom_id": id, "result": result }))
                };
                self.results(self.batches[at].ids().into_iter().enumerate().filter_map(line).collect())
            }
            _ => panic!("{}", received.target),
        }
    }

    fn of_anthropic(&self, at: usize) -> Value {
        let (all, done) = (self.batches[at].requests.len() as u64, self.done(at));
        let counts = match done {
            Some(done) => json!({ "processing": all - done, "succeeded": done, "errored": 0 }),
            None => json!({ "processing": 0, "succeeded": all, "errored": 0 }),
        };
        json!({
            "id": self.batches[at].id,
            "type": "message_batch",
            "created_at": jiff::Timestamp::now().to_string(),
            "processing_status": if done.is_some() { "in_progress" } else { "ended" },
            "request_counts": counts,
            // Not to be followed: the key would go there.
            "results_url": "http://198.51.100.1/results",
        })
    }
}

fn message(text: &str) -> Value {
    json!({
        "model": "small-1-2025",
        "content": [{ "type": "text", "text": text }],
        "stop_reason": "end_turn",
        "usage": { "input_tokens": 11, "output_tokens": 3 },
    })
}
