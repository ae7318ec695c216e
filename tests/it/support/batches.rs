//! OpenAI's and Anthropic's batch endpoints as the tests play them: batches are kept, run until they are
//! told to end, and answer as a test says.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use alignspec::__testing::config::Model;
use alignspec::__testing::sample::Sampled;
use serde_json::{Value, json};

use super::server::{Received, Reply, Server};
use super::{completion, model_of, recorded, sample, task, unit};

/// What comes of a request in a batch.
#[derive(Debug, Clone)]
pub enum Outcome {
    Answer(String),
    /// An error of this status.
    Error(u16),
    Expired,
    /// No line at all.
    Nothing,
}

/// What happens when a batch is submitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Submission {
    Taken,
    /// Taken, but nobody hears of it.
    Unheard,
    /// The connection is lost before.
    Lost,
    Refused(u16),
}

/// A batch as it was submitted.
#[derive(Debug, Clone)]
pub struct Made {
    pub id: String,
    pub requests: Vec<Value>,
    pub metadata: Value,
}

impl Made {
    pub fn ids(&self) -> Vec<String> {
        self.requests
            .iter()
            .map(|request| {
                request.get("custom_id").unwrap_or(&request["key"]).as_str().expect("an id").to_owned()
            })
            .collect()
    }
}

pub type Answers = Box<dyn Fn(usize, usize) -> Outcome + Send>;

pub struct State {
    pub batches: Vec<Made>,
    pub files: Vec<Vec<u8>>,
    /// How many requests of a running batch are done; `None` when batches have ended.
    pub done: Option<u64>,
    /// Batches from this one on are running whatever `done` says.
    pub still: Option<usize>,
    pub submission: Submission,
    /// The next batch is taken, which is told here, and nothing is said of it until this is.
    pub hold: Option<(Sender<()>, Receiver<()>)>,
    /// What comes of a request, by its batch and its place in it.
    pub answers: Answers,
    /// OpenAI: batches fail with this code.
    pub failure: Option<&'static str>,
    /// Lines before the results.
    pub before: Vec<u8>,
    /// Whether batches can be listed.
    pub lists: bool,
    /// Everything is answered with this status.
    pub outage: Option<u16>,
    /// Results break off.
    pub torn: bool,
}

pub struct Provider {
    pub name: &'static str,
    pub server: Server,
    state: Arc<Mutex<State>>,
}

pub const PROVIDERS: [&str; 5] = ["openai", "openai_responses", "azure", "anthropic", "gemini"];

impl Provider {
    pub fn start(name: &'static str) -> Provider {
        let state = State {
            batches: Vec::new(),
            files: Vec::new(),
            done: Some(0),
            still: None,
            submission: Submission::Taken,
            hold: None,
            answers: Box::new(|batch, place| Outcome::Answer(format!("answer {batch}.{place}"))),
            failure: None,
            before: Vec::new(),
            lists: true,
            outage: None,
            torn: false,
        };
        let state = Arc::new(Mutex::new(state));
        let own = Arc::clone(&state);
        let server = Server::start(move |received| {
            let mut state = own.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(status) = state.outage {
                return Reply::json(status, &json!({ "error": { "message": "not now" } }));
            }
            match name {
                "anthropic" => state.anthropic(received),
                "gemini" => super::gemini_batches::answer(&mut state, received),
                _ => state.openai(name, received),
            }
        });
        Provider { name, server, state }
    }

    /// Its address, as it is written for this kind.
    pub fn base_url(&self) -> String {
        let root = matches!(self.name, "azure" | "gemini");
        if root { self.server.root() } else { self.server.base_url() }
    }

    pub fn model(&self, fields: &str) -> Model {
        model_of(self.name, "small-1", &self.base_url(), &format!("batch = true\n{fields}"))
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic in the server")
    }

    pub fn end(&self) {
        self.state().done = None;
    }

    pub fn made(&self) -> Vec<Made> {
        self.state().batches.clone()
    }
}

impl State {
    pub fn take(
        &mut self,
        requests: Vec<Value>,
        metadata: Value,
        shown: impl Fn(&State, usize) -> Value,
    ) -> Reply {
        match self.submission {
            Submission::Refused(status) => {
                let error = json!({ "type": "x", "message": "words of the provider" });
                return Reply::json(status, &json!({ "type": "error", "error": error }));
            }
            Submission::Lost => return Reply::HangUp,
            Submission::Taken | Submission::Unheard => {}
        }
        let at = self.batches.len();
        self.batches.push(Made { id: format!("batch_{at}"), requests, metadata });
        if let Some((taken, told)) = self.hold.take() {
            taken.send(()).ok();
            return Reply::Silence(told);
        }
        match self.submission {
            Submission::Unheard => Reply::HangUp,
            _ => Reply::json(200, &shown(self, at)),
        }
    }

    /// A page of two, the newest first.
    pub fn list(&self, after: Option<&str>, shown: impl Fn(&State, usize) -> Value) -> Reply {
        if !self.lists {
            return Reply::json(404, &json!({ "error": { "message": "no such place" } }));
        }
        let places = (0..self.batches.len()).rev();
        let places = places.skip_while(|at| after.is_some_and(|after| self.batches[*at].id != after));
        let places = places.skip(usize::from(after.is_some())).take(2);
        Reply::json(200, &json!({ "data": places.map(|at| shown(self, at)).collect::<Vec<_>>() }))
    }

    pub fn results(&self, lines: Vec<Value>) -> Reply {
        let mut body = self.before.clone();
        lines.iter().for_each(|line| body.extend_from_slice(format!("{line}\n").as_bytes()));
        if self.torn {
            let length = body.len().to_string();
            body.truncate(body.len() / 2);
            return Reply::Bytes(Reply::bytes(200, &[("content-length", length)], &body));
        }
        Reply::Answer { status: 200, headers: Vec::new(), body }
    }

    fn openai(&mut self, name: &str, received: &Received) -> Reply {
        let (target, query) = received.target.split_once('?').unwrap_or((&received.target, ""));
        let after = query.split('&').find_map(|pair| pair.strip_prefix("after="));
        let target = target.replacen("/openai/v1", "/v1", usize::from(name == "azure"));
        let path = match name {
            "openai" => "/v1/chat/completions",
            "azure" => "/chat/completions",
            _ => "/v1/responses",
        };
        match target.split('/').collect::<Vec<_>>()[..] {
            ["POST ", "v1", "files"] => {
                self.files.push(uploaded(received));
                Reply::json(200, &json!({ "id": format!("file-{}", self.files.len() - 1), "object": "file" }))
            }
            ["POST ", "v1", "batches"] => {
                let body = &received.body;
                assert_eq!((&body["endpoint"], &body["completion_window"]), (&json!(path), &json!("24h")));
                let file = body["input_file_id"].as_str().and_then(|id| id.strip_prefix("file-"));
                let file = &self.files[file.and_then(|at| at.parse::<usize>().ok()).expect("a file")];
                let requests: Vec<Value> = String::from_utf8_lossy(file)
                    .lines()
                    .map(|line| serde_json::from_str(line).expect("JSON"))
                    .collect();
                for request in &requests {
                    assert_eq!((&request["method"], &request["url"]), (&json!("POST"), &json!(path)));
                    assert_eq!(request["body"]["model"], json!("small-1"));
                }
                self.take(requests, body["metadata"].clone(), State::of_openai)
            }
            ["GET ", "v1", "files", id] => Reply::json(200, &json!({ "id": id, "status": "processed" })),
            ["GET ", "v1", "batches"] => self.list(after, State::of_openai),
            ["GET ", "v1", "batches", id] => match self.place(id) {
                Some(at) => Reply::json(200, &self.of_openai(at)),
                None => Reply::json(404, &json!({ "error": { "message": "No such batch" } })),
            },
            ["GET ", "v1", "files", file, "content"] => {
                let (kind, at) = file.split_once('_').expect("a kind");
                let at: usize = at.parse().expect("a place");
                let lines = self.batches[at].ids().into_iter().enumerate().filter_map(|(place, id)| {
                    let (errors, line) = match (self.answers)(at, place) {
                        Outcome::Answer(text) => {
                            let chat = name != "openai_responses";
                            let body = if chat { completion(&text) } else { response(&text) };
                            (
                                false,
                                json!({ "response": { "status_code": 200, "body": body }, "error": null }),
                            )
                        }
                        Outcome::Error(status) => {
                            let body = json!({ "error": { "message": "words of the provider" } });
                            (
                                true,
                                json!({ "response": { "status_code": status, "body": body }, "error": null }),
                            )
                        }
                        Outcome::Expired => {
                            let error = json!({ "code": "batch_expired", "message": "ran out of time" });
                            (true, json!({ "response": null, "error": error }))
                        }
                        Outcome::Nothing => return None,
                    };
                    let mut line = line;
                    line["custom_id"] = json!(id);
                    (errors == (kind == "errors")).then_some(line)
                });
                let mut lines: Vec<Value> = lines.collect();
                // In no order.
                lines.reverse();
                self.results(lines)
            }
            _ => panic!("{}", received.target),
        }
    }

    fn of_openai(&self, at: usize) -> Value {
        let all = self.batches[at].requests.len();
        let mut batch = json!({
            "id": self.batches[at].id,
            "object": "batch",
            "created_at": jiff::Timestamp::now().as_second(),
            "metadata": self.batches[at].metadata,
            "status": "in_progress",
            "errors": null,
            "output_file_id": null,
            "error_file_id": null,
        });
        if let Some(done) = self.done(at) {
            batch["request_counts"] = json!({ "total": all, "completed": done, "failed": 0 });
        } else if let Some(code) = self.failure {
            batch["status"] = json!("failed");
            batch["errors"] = json!({ "object": "list", "data": [{ "code": code, "message": "words of the provider", "line": 1 }] });
        } else {
            batch["status"] = json!("completed");
            batch["output_file_id"] = json!(format!("output_{at}"));
            batch["error_file_id"] = json!(format!("errors_{at}"));
        }
        batch
    }

    pub fn done(&self, at: usize) -> Option<u64> {
        self.done.or(self.still.filter(|still| at >= *still).map(|_| 0))
    }

    pub fn place(&self, id: &str) -> Option<usize> {
        self.batches.iter().position(|batch| batch.id == id)
    }
}

/// The file in a form.
fn uploaded(received: &Received) -> Vec<u8> {
    let kind = received.header("content-type").expect("a kind");
    let boundary = kind.strip_prefix("multipart/form-data; boundary=").expect("a form");
    let form = String::from_utf8(received.raw.clone()).expect("UTF-8");
    let delimiter = format!("\r\n--{boundary}");
    let form = format!("\r\n{form}");
    let parts: Vec<&str> = form.split(&delimiter).collect();
    let [before, purpose, file, after] = parts[..] else { panic!("{form}") };
    assert_eq!((before, after), ("", "--\r\n"));
    assert_eq!(purpose, "\r\ncontent-disposition: form-data; name=\"purpose\"\r\n\r\nbatch");
    let (head, body) = file.split_once("\r\n\r\n").expect("a head");
    assert!(head.contains("name=\"file\"; filename=\""), "{head}");
    body.as_bytes().to_vec()
}

fn response(text: &str) -> Value {
    json!({
        "model": "small-1-2025",
        "status": "completed",
        "output": [{ "type": "message", "content": [{ "type": "output_text", "text": text }] }],
        "usage": { "input_tokens": 11, "output_tokens": 3 },
    })
}

pub fn pending(folder: &Path) -> PathBuf {
    folder.join("assistant/T2.batch.json")
}

pub fn refused(folder: &Path) -> PathBuf {
    folder.join("assistant/T2.refused.json")
}

/// A run of its own: two samples of two items.
pub fn run(folder: &Path, model: &Model) -> Sampled {
    sample(folder, &unit(model, &task(), 2))
}

pub fn shortfall(folder: &Path, model: &Model) -> String {
    run(folder, model).shortfall().expect("missing")
}

/// All four samples are recorded, each once.
pub fn complete(folder: &Path, model: &Model) {
    assert_eq!(run(folder, model).shortfall(), None);
    let text = recorded(folder);
    assert_eq!(text.lines().count(), 4, "{text}");
    assert!(!pending(folder).exists() && !refused(folder).exists());
}
