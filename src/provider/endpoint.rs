//! A user's own service over HTTP, as `[model.http]` describes it ([`crate::config::Endpoint`]): often the
//! product whose assistant is tested.
//!
//! No part of a question is lost: a system prompt without a placeholder (`{system}` or `"{messages}"`) is put
//! before the question, with an empty line in between.

use std::time::Duration;

use reqwest::Url;
use serde_json::{Map, Value, json};

use super::body::{is_failure, is_of_an_outage, is_page, is_stream, without_mark};
use super::entry::Provider;
use super::flags::flagged;
use super::heads::Heads;
use super::http::{MOST_MESSAGE, RawReply, Server};
use super::remarks::around;
use super::sound::has_answer;
use super::{
    AskError, Asking, ConnectError, Finish, RedactedResponse, Reply, Request, Response, Wire, error_body,
};
use crate::config::{Endpoint, HttpMethod, Model, ProviderPlace, Setting, Spec, holds, mentions};
use crate::ground::environment::Variables;
use crate::ground::template;

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
    /// Whether `{prompt}` occurs anywhere.
    prompt: bool,
    system: bool,
    messages: bool,
}

/// Returns the part of an endpoint that shapes an answer: everything but its host, and its headers, which hold keys.
pub(super) fn identity(endpoint: &Endpoint) -> Value {
    let url = Url::parse(&endpoint.url).ok();
    let query = url.as_ref().and_then(Url::query);
    json!({
        "method": method(endpoint.method).as_str(),
        "path": url.as_ref().map(Url::path),
        "query": query,
        "body": endpoint.body,
        "text": endpoint.text,
    })
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
        let query = url.query_pairs().map(|(_, value)| Value::String(value.into_owned())).collect::<Vec<_>>();
        let query = Value::Array(query);
        let body = endpoint.body.clone().unwrap_or(Value::Null);
        let sent = |placeholder| mentions(&query, placeholder) || mentions(&body, placeholder);
        Ok(Service {
            server: Server::new(url.clone(), heads, model, limit, variables)?,
            url,
            model: model.model.clone(),
            prompt: sent("{prompt}"),
            system: sent("{system}"),
            messages: holds(&body, "{messages}"),
            endpoint,
        })
    }

    fn words<'a>(&'a self, request: &'a Request) -> PlaceholderValues<'a> {
        let system = request.system.as_deref().unwrap_or_default();
        let prompt = match system {
            "" => request.prompt.clone(),
            _ if self.system || self.messages => request.prompt.clone(),
            system => format!("{system}\n\n{}", request.prompt),
        };
        // The list holds what has no placeholder of its own: the question and the system prompt are left out if
        // they have one.
        let mut messages = request.conversation();
        if self.prompt {
            messages.pop();
        }
        if self.system && request.system.is_some() {
            messages.remove(0);
        }
        let schema = request.schema.as_ref();
        PlaceholderValues { prompt, system, model: &self.model, messages, schema }
    }

    async fn call(&self, request: &Request) -> Result<Reply, AskError> {
        let words = self.words(request);
        let mut url = self.url.clone();
        if self.url.query().is_some() {
            let pairs = self.url.query_pairs().map(|(name, value)| (name, words.fill(&value)));
            url.query_pairs_mut().clear().extend_pairs(pairs);
        }
        let body = self.endpoint.body.as_ref().map(|body| words.value(body));
        let raw = self.server.send(method(self.endpoint.method), url, body.as_ref()).await?;
        let (limits, usd, cached) = (raw.limits, raw.usd, raw.cached);
        Ok(Reply { response: self.response(raw)?.with_heads(usd, cached), limits })
    }

    fn response(&self, raw: RawReply) -> Result<RedactedResponse, AskError> {
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
        let Some(pointer) = &self.endpoint.text else {
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
        let value = server.json(bytes)?;
        // The text at the pointer may be the words of an error.
        if error_body::refuses(&value) {
            return Err(server.failure(&value, raw.retry_after));
        }
        let text = self.text_at(&value, pointer)?;
        let (around, own) = around(&value, pointer);
        let finish = if flagged(&value) { Finish::Filter } else { Finish::Other };
        let finish = server.heed_service(finish, &around, own)?;
        let at = |pointer: &Option<String>| pointer.as_ref().and_then(|pointer| value.pointer(pointer));
        let version = at(&self.endpoint.version).and_then(Value::as_str);
        Ok(self.server.safe(Response {
            text,
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

/// The values of the placeholders.
struct PlaceholderValues<'a> {
    prompt: String,
    system: &'a str,
    model: &'a str,
    messages: Vec<Value>,
    schema: Option<&'a Value>,
}

impl PlaceholderValues<'_> {
    fn value(&self, body: &Value) -> Value {
        match body {
            Value::String(text) if text == "{messages}" => Value::Array(self.messages.clone()),
            Value::String(text) if text == "{schema}" => self.schema.cloned().unwrap_or(Value::Null),
            Value::String(text) => Value::String(self.fill(text)),
            Value::Array(list) => list.iter().map(|value| self.value(value)).collect(),
            Value::Object(fields) => {
                let fields = fields.iter().map(|(name, value)| (name.clone(), self.value(value)));
                Value::Object(fields.collect::<Map<_, _>>())
            }
            other => other.clone(),
        }
    }

    fn fill(&self, text: &str) -> String {
        template::fill(
            text,
            &[("prompt", self.prompt.as_str()), ("system", self.system), ("model", self.model)],
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_replaced_once_and_in_the_finished_json() {
        let prompt = "say \"{model}\"\n{system}, {schema}".to_owned();
        let messages = vec![json!({ "role": "user" })];
        let words = PlaceholderValues { prompt, system: "s\\", model: "m", messages, schema: None };
        let template =
            json!({ "q": ["{model}: {prompt}{prompt", 1], "{model}": "{messages}", "x": "{schema}" });
        assert_eq!(
            words.value(&template),
            json!({
                "q": ["m: say \"{model}\"\n{system}, {schema}{prompt", 1],
                "{model}": [{ "role": "user" }],
                "x": null,
            })
        );
        assert_eq!(words.fill("{system}{}ä{"), "s\\{}ä{");
    }
}
