//! Responses of every shape: what a wire makes of one, held against what is right.

use std::path::Path;

use alignspec::__testing::config::Model;
use alignspec::__testing::provider::{AskError, Finish, Response, connect};
use once_cell::sync::OnceCell;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::server::{Reply, Server};
use super::wire::question;
use super::{PACE, completion, configured, model_of, variables};

/// What is to become of what a server sends.
#[derive(Debug)]
pub enum Wanted {
    Read(Finish, &'static str),
    /// An error that is tried again, with these words.
    Again(&'static str),
    /// An error that ends the model's turn, with these words.
    Ends(&'static str),
}

pub use Wanted::{Again, Ends, Read};

pub fn unknown(word: &str) -> Finish {
    Finish::Unknown(word.to_owned())
}

pub fn runtime() -> &'static Runtime {
    static RUNTIME: OnceCell<Runtime> = OnceCell::new();
    RUNTIME.get_or_init(|| Runtime::new().expect("threads"))
}

/// A model of this provider; of `http`, `set` is further lines of `[model.http]`.
pub fn asked(provider: &str, server: &Server, set: &str) -> Model {
    let root = server.root();
    match provider {
        "http" => {
            let http = format!("url = \"{root}/ask\"\nbody = {{ q = \"{{prompt}}\" }}\n{set}");
            configured(Path::new("/"), &format!("provider = \"http\"\n[model.http]\n{http}"))
        }
        // Gemini's wire, at Vertex AI.
        "vertex" => model_of("gemini", "small-1", &format!("{root}/v1/projects/p/locations/l"), set),
        provider => model_of(provider, "small-1", &root, set),
    }
}

pub fn made_of(
    provider: &str,
    set: &str,
    status: u16,
    kind: &str,
    body: &[u8],
) -> Result<Response, AskError> {
    let (kind, body) = (kind.to_owned(), body.to_vec());
    // Some do not say of what kind it is.
    let headers = if kind.is_empty() { vec![] } else { vec![("content-type", kind)] };
    let server =
        Server::start(move |_| Reply::Answer { status, headers: headers.clone(), body: body.clone() });
    let wire = connect(&asked(provider, &server, set), PACE.limit, variables).expect("a wire");
    runtime().block_on(wire.ask(&question())).map(|reply| reply.response.into_response())
}

pub fn check(what: &str, made: Result<Response, AskError>, wanted: &Wanted) {
    match (made, wanted) {
        (Ok(response), Read(finish, text)) => {
            assert_eq!((&response.finish, response.text.as_str()), (finish, *text), "{what}");
        }
        (Err(error), Again(words)) => {
            assert!(error.may_pass(), "{what}: it ends the model's turn: {error}");
            assert!(error.to_string().contains(words), "{what}: {error}\n{words}");
        }
        (Err(error), Ends(words)) => {
            assert!(!error.may_pass(), "{what}: it is tried again: {error}");
            assert!(error.to_string().contains(words), "{what}: {error}\n{words}");
        }
        (made, wanted) => panic!("{what}: {made:?} instead of {wanted:?}"),
    }
}

/// Checks bodies of JSON that come with 200.
pub fn bodies(provider: &str, cases: Vec<(Value, Wanted)>) {
    for (body, wanted) in cases {
        let bytes = body.to_string();
        let made = made_of(provider, "", 200, "application/json", bytes.as_bytes());
        check(&format!("{provider}: {body}"), made, &wanted);
    }
}

/// A chat completion whose only choice has these fields, too.
pub fn choice(fields: Value) -> Value {
    let mut body = completion("Very important");
    for (field, value) in fields.as_object().expect("fields") {
        body["choices"][0][field] = value.clone();
    }
    body
}

pub fn content(content: Value) -> Value {
    choice(json!({ "message": { "role": "assistant", "content": content } }))
}

pub const VERY: &str = "Very important";

/// Every wire, with an answer that says [`VERY`], is whole, and ends well.
pub fn wholes() -> [(&'static str, Value); 8] {
    let parts = json!({ "role": "model", "parts": [{ "text": VERY }] });
    let gemini = json!({ "candidates": [{ "content": parts, "finishReason": "STOP" }] });
    let item = json!({ "type": "message", "status": "completed", "content": [{ "type": "output_text", "text": VERY }] });
    let message = json!({ "role": "assistant", "content": [{ "text": VERY }] });
    [
        ("openai", completion(VERY)),
        ("azure", completion(VERY)),
        ("openai_responses", json!({ "status": "completed", "output": [item] })),
        ("anthropic", json!({ "content": [{ "type": "text", "text": VERY }], "stop_reason": "end_turn" })),
        ("gemini", gemini.clone()),
        ("vertex", gemini),
        (
            "ollama",
            json!({ "message": { "role": "assistant", "content": VERY }, "done": true, "done_reason": "stop" }),
        ),
        ("bedrock", json!({ "output": { "message": message }, "stopReason": "end_turn" })),
    ]
}

/// The body of [`wholes`] at this provider.
pub fn whole(provider: &str) -> Value {
    let all = wholes().into_iter().find(|(known, _)| *known == provider);
    all.expect("a wire").1
}

/// `body` with `value` at the end of the list at `at`, or as the value there.
pub fn put(mut body: Value, at: &str, value: Value) -> Value {
    let (parent, field) = at.rsplit_once('/').expect("a pointer");
    let within = body.pointer_mut(parent).unwrap_or_else(|| panic!("{at} in a body"));
    match within.get_mut(field) {
        Some(Value::Array(list)) => list.push(value),
        _ => within[field] = value,
    }
    body
}
