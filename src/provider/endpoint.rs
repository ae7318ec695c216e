//! A user's own service over HTTP, as `[model.http]` describes it ([`crate::config::Endpoint`]): often the
//! product whose assistant is tested.

use std::time::Duration;

use reqwest::Url;
use serde_json::{Value, json};

use super::body::{is_failure, is_of_an_outage, is_page, is_stream, without_mark};
use super::entry::Provider;
use super::flags::flagged;
use super::heads::Heads;
use super::http::{MOST_MESSAGE, RawReply, Server};
use super::own_answer::{TakenAnswer, taken};
use super::placeholders::Placeholders;
use super::sound::has_answer;
use super::{
    AskError, Asked, Asking, ConnectError, Finish, RedactedResponse, Reply, Request, Response, Wire,
    error_body,
};
use crate::config::{AnswerPlace, Endpoint, HttpMethod, Model, ProviderPlace, Setting, Spec, holds};
use crate::ground::environment::Variables;

pub(super) static PROVIDER: Provider = Provider {
    spec: Spec {
        about: "a service of your own",
        example: &["http = { url = \"https://example.com/ask\", body = { question = \"{prompt}\" } }"],
        place: ProviderPlace::Table,
        takes: &[Setting::Http],
        needs: Some((
            Setting::Http,
            "for example url = \"…\", body = { question = \"{prompt}\" }, text = \"/answer\"",
        )),
        instead: Some("put it into `body`, if the service takes it"),
        converses: |model| {
            let body = model.http.as_ref().and_then(|http| http.body.as_ref());
            body.is_some_and(|body| holds(body, "{messages}"))
        },
        ..Spec::new("http")
    },
    connect: |model, limit, variables| Ok(Box::new(Service::new(model, limit, variables)?)),
};

#[derive(Debug)]
pub(super) struct Service {
    server: Server,
    url: Url,
    endpoint: Endpoint,
    model: String,
    placeholders: Placeholders,
}

/// Returns the part of an endpoint that shapes an answer: everything but its host, and its headers, which hold keys.
pub(super) fn identity(endpoint: &Endpoint) -> Value {
    let url = Url::parse(&endpoint.url).ok();
    let query = url.as_ref().and_then(Url::query);
    let mut identity = json!({
        "method": method(endpoint.method).as_str(),
        "path": url.as_ref().map(Url::path),
        "query": query,
        "body": endpoint.body,
        "text": endpoint.text,
    });
    // This field is added only where it is set, so that recordings made before it existed keep their keys.
    if let Some(answer) = &endpoint.answer {
        identity["answer"] = answer.identity();
    }
    identity
}

/// Returns the values of a URL's query.
pub(super) fn query(url: &str) -> Value {
    let pairs = Url::parse(url).map(|url| url.query_pairs().map(|(_, value)| json!(value)).collect());
    Value::Array(pairs.unwrap_or_default())
}

fn method(method: HttpMethod) -> reqwest::Method {
    match method {
        HttpMethod::Get => reqwest::Method::GET,
        HttpMethod::Post => reqwest::Method::POST,
        HttpMethod::Put => reqwest::Method::PUT,
    }
}

impl Service {
    fn new(model: &Model, limit: Duration, variables: Variables) -> Result<Self, ConnectError> {
        let wrong = |cause: String| ConnectError::Endpoint { model: model.name.clone(), cause };
        let endpoint = model.http.clone().ok_or_else(|| wrong("it is missing".to_owned()))?;
        let url = Url::parse(&endpoint.url).map_err(|error| wrong(format!("its url: {error}")))?;
        // Configs are checked for wrong headers. The header is not shown here, since it may hold a key.
        let heads = Heads::of_templates(endpoint.headers.iter());
        let heads = heads.ok_or_else(|| wrong("a header cannot be sent".to_owned()))?;
        let query = query(&endpoint.url);
        let body = endpoint.body.clone().unwrap_or(Value::Null);
        Ok(Service {
            server: Server::new(url.clone(), heads, model, limit, variables)?,
            url,
            model: model.model.clone(),
            placeholders: Placeholders::of(&body, &query),
            endpoint,
        })
    }

    async fn call(&self, request: &Request) -> Result<Reply, AskError> {
        if self.placeholders.loses_system(request) {
            let what = "no question: the task has a system prompt, and the request has no place for it: put {system} into a string of `body`";
            return Err(self.server.unreadable(what, false));
        }
        let words = self.placeholders.words(request, &self.model);
        let mut url = self.url.clone();
        if self.url.query().is_some() {
            let pairs = self.url.query_pairs().map(|(name, value)| (name, words.fill(&value)));
            url.query_pairs_mut().clear().extend_pairs(pairs);
        }
        let body = self.endpoint.body.as_ref().map(|body| words.value(body));
        let raw = self.server.send(method(self.endpoint.method), url, body.as_ref()).await?;
        let (limits, usd, cached) = (raw.limits, raw.usd, raw.cached);
        Ok(Reply { response: self.response(raw, &request.asked)?.with_heads(usd, cached), limits })
    }

    fn response(&self, raw: RawReply, asked: &Asked) -> Result<RedactedResponse, AskError> {
        let server = &self.server;
        // Some statuses of success come without an answer.
        if !has_answer(raw.status.as_u16()) {
            return Err(server.no_answer(raw.status));
        }
        let bytes = without_mark(&raw.bytes);
        if is_page(bytes) || raw.html && raw.is_page() {
            let what = format!("{}: is the url of [model.http] right?", server.page(bytes));
            return Err(server.unreadable(what, is_of_an_outage(bytes)));
        }
        if let Some(kind) = &raw.other {
            let what = format!("a file of type `{}`, which is not text", server.line(kind, MOST_MESSAGE));
            return Err(server.unreadable(what, false));
        }
        if raw.stream || is_stream(bytes) {
            return Err(server.streamed(""));
        }
        let own = self.endpoint.answer.as_ref();
        let Some(pointer) = self.endpoint.text.as_deref().or(own.map(AnswerPlace::pointer)) else {
            let text =
                std::str::from_utf8(bytes).map_err(|_| server.unreadable("text that is not UTF-8", true))?;
            // The whole body is the answer, unless it is an error.
            return match serde_json::from_slice(bytes) {
                Ok(value) if error_body::refuses(&value) => Err(server.failure(&value, raw.retry_after)),
                _ if is_failure(text) => {
                    Err(server.unreadable(format!("an error: {}", server.line(text, MOST_MESSAGE)), true))
                }
                _ => Ok(server.safe(Response { text: text.to_owned(), ..Response::default() })),
            };
        };
        let value = server.product_json(bytes)?;
        // The text at the pointer may be the words of an error.
        if error_body::refuses(&value) {
            return Err(server.failure(&value, raw.retry_after));
        }
        let taken = match own {
            Some(place) => taken(&value, place, asked, self.placeholders.options)
                .map_err(|what| server.unreadable(what, true))?,
            None => TakenAnswer { text: self.text_at(&value, pointer)?, structure: None },
        };
        let finish = if flagged(&value) { Finish::Filter } else { Finish::Other };
        let finish = server.heed_service(finish, &value, pointer)?;
        let at = |pointer: &Option<String>| pointer.as_ref().and_then(|pointer| value.pointer(pointer));
        let version = at(&self.endpoint.version).and_then(Value::as_str);
        Ok(self.server.safe(Response {
            text: taken.text,
            structure: taken.structure,
            finish,
            model: version.map(str::to_owned),
            tokens_in: at(&self.endpoint.tokens_in).and_then(Value::as_u64),
            tokens_out: at(&self.endpoint.tokens_out).and_then(Value::as_u64),
            ..Response::default()
        }))
    }

    /// Returns the text at `pointer`. An answer that is not a string is returned as JSON.
    fn text_at(&self, value: &Value, pointer: &str) -> Result<String, AskError> {
        let nothing = |what: &str| Err(self.server.unreadable(format!("{what} at {pointer:?}"), true));
        match value.pointer(pointer) {
            Some(Value::String(page)) if is_page(page.as_bytes()) => nothing("an HTML page"),
            Some(Value::String(text)) => Ok(text.clone()),
            Some(Value::Null) | None => nothing("JSON with nothing"),
            Some(found) => Ok(found.to_string()),
        }
    }
}

impl Wire for Service {
    fn ask<'a>(&'a self, request: &'a Request) -> Asking<'a> {
        Box::pin(self.call(request))
    }
}
