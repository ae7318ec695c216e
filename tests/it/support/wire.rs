//! What holds on every wire, tested with each provider's own bodies.

use std::time::Duration;

use alignspec::__testing::config::Model;
use alignspec::__testing::provider::{self, AskError, Request, Response, connect};
use once_cell::sync::OnceCell;
use serde_json::{Value, json};
use tempfile::tempdir;
use tokio::runtime::Runtime;

use super::server::{Received, Reply, Server};
use super::{KEY, PACE, model_of, recorded, sample, task, unit, variables};

/// A provider, as the tests play it.
pub struct Wire {
    pub provider: &'static str,
    /// The model's id.
    pub id: &'static str,
    /// Fields of every model.
    pub fields: &'static str,
    /// The header with the key, and what stands before the key in it.
    pub key: (&'static str, &'static str),
    /// An answer that says so, of the version given.
    pub answer: fn(text: &str, version: &str) -> Value,
    /// The body of an error.
    pub error: fn(status: u16, message: &str) -> Value,
}

/// What is wanted of a response, with the id that it must have; what else it tells of who answered is as it is.
pub fn with_id(wanted: Response, heard: &Result<Response, AskError>, id: &Value) -> Response {
    let upstream = heard.as_ref().expect("a response").upstream.clone();
    let told = upstream.as_deref().and_then(|upstream| upstream.id.as_deref());
    assert_eq!((told, told.is_some()), (id.as_str(), true));
    Response { upstream, ..wanted }
}

impl Wire {
    pub fn model(&self, server: &Server, fields: &str) -> Model {
        model_of(self.provider, self.id, &server.root(), &format!("{}\n{fields}", self.fields))
    }

    /// Asks a server with this script once.
    pub fn ask(
        &self,
        fields: &str,
        request: &Request,
        script: impl Fn(&Received) -> Reply + Send + Sync + 'static,
    ) -> (Result<provider::Reply, AskError>, Received) {
        let server = Server::start(script);
        let wire = connect(&self.model(&server, fields), PACE.limit, variables).expect("a wire");
        let reply = runtime().block_on(wire.ask(request));
        (reply, server.received().remove(0))
    }

    /// What is sent of `request`, with the key that must come with it.
    pub fn sent(&self, fields: &str, request: &Request) -> Received {
        let body = (self.answer)("x", "v");
        let (reply, received) = self.ask(fields, request, move |_| Reply::json(200, &body));
        reply.expect("a reply");
        let key = format!("{}{KEY}", self.key.1);
        assert_eq!(received.header(self.key.0), Some(&*key));
        assert_eq!(received.header("content-type"), Some("application/json"));
        let elsewhere = received.headers.iter().filter(|(_, value)| value.contains(KEY)).count();
        assert!(elsewhere == 1 && !received.target.contains(KEY) && !received.body.to_string().contains(KEY));
        received
    }

    /// What is made of an answer with this status and body.
    pub fn response(&self, status: u16, body: Value) -> Result<Response, AskError> {
        let reply = self.ask("", &question(), move |_| Reply::json(status, &body)).0;
        reply.map(|reply| reply.response.into_response())
    }

    /// All that holds of every provider.
    pub fn keeps_the_rules(&self) {
        self.stops_where_nothing_passes();
        self.goes_on_where_it_may_pass();
        self.shows_the_key_nowhere();
    }

    fn stops_where_nothing_passes(&self) {
        for status in [400, 401, 403, 404, 413, 422] {
            let words = format!("words of the provider, {KEY}");
            let error = self.response(status, (self.error)(status, &words)).expect_err("an error");
            let place = if status == 404 { " (asked at /" } else { "" };
            let wanted = format!("answered {status}: words of the provider, [key]{place}");
            assert!(error.to_string().contains(&wanted), "{error}");
            assert!(!error.may_pass() && error.retry_after().is_none(), "{error}");
        }
    }

    fn goes_on_where_it_may_pass(&self) {
        for status in [408, 429, 500, 502, 503, 529] {
            let body = (self.error)(status, "busy");
            let script = move |_: &Received| Reply::json(status, &body).header("retry-after", "7");
            let error = self.ask("", &question(), script).0.expect_err("an error");
            assert!(error.to_string().ends_with(&format!("answered {status}: busy")), "{error}");
            assert!(error.may_pass(), "{error}");
            assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
        }
        // What is no answer of this kind, and is worth another try.
        for body in [json!({}), json!([]), json!("x"), json!(null), json!({ "odd": [1] })] {
            let error = self.response(200, body).expect_err("an error");
            assert!(error.may_pass() && error.to_string().contains("does it speak"), "{error}");
        }
        let (answer, error) = ((self.answer)("x", "v"), (self.error)(529, "busy"));
        let server = Server::start(move |request| match request.number {
            0 => Reply::json(529, &error).header("retry-after", "0"),
            _ => Reply::json(200, &answer),
        });
        let (model, task) = (self.model(&server, ""), task());
        let sampled = sample(tempdir().expect("a folder").path(), &unit(&model, &task, 1));
        assert_eq!((sampled.shortfall(), sampled.asked, server.count()), (None, 2, 3));
    }

    fn shows_the_key_nowhere(&self) {
        let answer = self.answer;
        let server = Server::start(move |request| {
            let all = format!("{:?}", request.headers);
            Reply::json(200, &answer(&all, &all))
        });
        let (model, task, folder) = (self.model(&server, ""), task(), tempdir().expect("a folder"));
        let sampled = sample(folder.path(), &unit(&model, &task, 1));
        let recording = recorded(folder.path());
        assert!(recording.contains("[key]"), "{recording}");
        for shown in [recording, format!("{sampled:?} {model:?}")] {
            assert!(!shown.contains(KEY), "{shown}");
        }
        assert!(server.received()[0].header(self.key.0).is_some_and(|value| value.ends_with(KEY)));
    }
}

/// A question without a system prompt.
pub fn question() -> Request {
    Request { prompt: "How important is privacy?".to_owned(), ..Request::default() }
}

/// A question with all there can be, whose schema has the keywords that not every provider takes.
pub fn full_question() -> Request {
    let list = json!({ "type": "array", "minItems": 2, "maxItems": 2, "uniqueItems": true });
    let schema = json!({ "type": "object", "properties": { "answer": list } });
    Request { system: Some("You help a bank.".to_owned()), schema: Some(schema), ..question() }
}

/// The schema of [`full_question`] with these `keywords` of a list, and no others.
pub fn schema(keywords: Value) -> Value {
    let mut list = json!({ "type": "array" });
    for (name, value) in keywords.as_object().expect("keywords") {
        list[name] = value.clone();
    }
    json!({ "type": "object", "properties": { "answer": list } })
}

/// One for all: the connections of a process are shared.
fn runtime() -> &'static Runtime {
    static RUNTIME: OnceCell<Runtime> = OnceCell::new();
    RUNTIME.get_or_init(|| Runtime::new().expect("threads"))
}
