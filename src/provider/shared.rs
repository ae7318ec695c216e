//! What the wires share: the address of a request and its key, the merging of bodies, and an answer's text
//! without what is not part of it.

use std::time::Duration;

use reqwest::Url;
use serde_json::{Map, Value};

use super::heads::Heads;
use super::http::Server;
use super::{AskError, ConnectError, error_body, specs};
use crate::config::{Model, ProviderPlace, SettingMisfit};
use crate::ground::environment::Variables;

/// The header in which a provider's key is sent, and the text before the key in it.
pub(super) struct KeyHeader(pub &'static str, pub &'static str);

/// Makes the server of `model`, where requests go to `path` below its address.
pub(super) fn server(
    model: &Model,
    path: &[&str],
    query: &[(&str, &str)],
    header: &KeyHeader,
    more: &[(&'static str, &'static str)],
    limit: Duration,
    variables: Variables,
) -> Result<Server, ConnectError> {
    model
        .fits(&specs())
        .map_err(|SettingMisfit { message, help, .. }| ConnectError::Setting { message, help })?;
    let url = endpoint(model, path, query)?;
    Server::new(url, Heads::of(model, header, more, variables)?, model, limit, variables)
}

/// Makes the URL of `path` below the address of `model`. A part that the address already ends with is not
/// repeated, since some people write the version into it (`…/v1`) and some do not.
fn endpoint(model: &Model, path: &[&str], query: &[(&str, &str)]) -> Result<Url, ConnectError> {
    let usual = match model.provider.place {
        ProviderPlace::Public(url) => url,
        ProviderPlace::Own(_) | ProviderPlace::Table | ProviderPlace::Nowhere => "",
    };
    let base = model.base_url.as_deref().unwrap_or(usual);
    let wrong = |cause: String| ConnectError::Url { model: model.name.clone(), cause };
    let mut url = Url::parse(base).map_err(|error| wrong(error.to_string()))?;
    let there: Vec<String> = url
        .path_segments()
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect();
    let said = (0..=path.len()).rev().find(|said| ends_with(&there, &path[..*said])).unwrap_or(0);
    match url.path_segments_mut() {
        Ok(mut parts) => parts.pop_if_empty().extend(&path[said..]),
        Err(()) => return Err(wrong("it cannot have a path".to_owned())),
    };
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    Ok(url)
}

fn ends_with(there: &[String], path: &[&str]) -> bool {
    let from = there.len().checked_sub(path.len());
    from.is_some_and(|from| there[from..].iter().zip(path).all(|(one, other)| one == other))
}

/// Merges `more` into `body`: tables are joined, any other value replaces the old one.
pub(super) fn merge(body: &mut Map<String, Value>, more: Map<String, Value>) {
    for (name, value) in more {
        match (body.get_mut(&name), value) {
            (Some(Value::Object(known)), Value::Object(value)) => merge(known, value),
            (_, value) => {
                body.insert(name, value);
            }
        }
    }
}

/// Returns `schema` without `keywords`, which the provider rejects. What they ask for is checked anyway when
/// the answer is read.
pub(super) fn without(schema: &Value, keywords: &[&str]) -> Value {
    match schema {
        Value::Object(fields) => {
            let fields = fields.iter().filter(|(name, _)| !keywords.contains(&name.as_str()));
            Value::Object(fields.map(|(name, value)| (name.clone(), without(value, keywords))).collect())
        }
        Value::Array(list) => list.iter().map(|value| without(value, keywords)).collect(),
        other => other.clone(),
    }
}

/// Joins the `text` of those parts of a list for which `says` is true.
pub(super) fn joined(parts: Option<&Value>, says: impl Fn(&Value) -> bool) -> String {
    let parts = parts.and_then(Value::as_array).into_iter().flatten();
    parts.filter(|part| says(part)).filter_map(|part| part.get("text").and_then(Value::as_str)).collect()
}

/// Returns `body`, with `stream` set if the answer is to come in pieces.
pub(super) fn in_pieces(mut body: Value, stream: bool) -> Value {
    if let Some(body) = body.as_object_mut().filter(|_| stream) {
        body.insert("stream".to_owned(), Value::Bool(true));
    }
    body
}

/// Returns the answer with the index 0 in a list, or the first where none has it.
pub(super) fn the_first(list: Option<&Value>) -> Option<&Value> {
    let list = list?.as_array()?;
    list.iter().find(|one| one.get("index").and_then(Value::as_u64) == Some(0)).or(list.first())
}

/// Returns the whole number at `path` in an answer.
pub(super) fn count(answer: &Value, path: &[&str]) -> Option<u64> {
    path.iter().try_fold(answer, |value, part| value.get(part))?.as_u64()
}

/// Adds up the counts that are given. Returns `None` if none is.
pub(super) fn sum(counts: &[Option<u64>]) -> Option<u64> {
    counts.iter().flatten().copied().reduce(u64::saturating_add)
}

/// Returns the part of `text` after the thinking that an open model, served raw, puts before its answer. It is
/// empty if the thinking does not end, since the response was then cut off before any answer.
pub(super) fn after_thinking(text: &str) -> &str {
    let Some(thinking) = text.trim_start().strip_prefix("<think>") else { return text };
    thinking.split_once("</think>").map_or("", |(_, answer)| answer.trim_start())
}

impl Server {
    /// Returns the error for an `answer` with nothing in `field`, in the answer's own words where it has any.
    pub(super) fn nothing_in(&self, answer: &Value, field: &str, speech: &str) -> AskError {
        if error_body::explains(answer) {
            return self.failure(answer, None);
        }
        let what = match answer.get(field) {
            Some(Value::Array(_)) => format!("an empty list of `{field}`, and no reason why"),
            _ => format!("JSON without `{field}`: does it speak {speech}?"),
        };
        self.unreadable(what, true)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::provider::tests::model;

    #[test]
    fn an_address_may_name_the_version_or_not() {
        let url = |base: &str, path: &[&str]| {
            let model = model(&format!("base_url = \"{base}\""));
            endpoint(&model, path, &[]).map(|url| url.to_string())
        };
        for base in
            ["https://x.example", "https://x.example/", "https://x.example/v1", "https://x.example/v1/"]
        {
            assert_eq!(
                url(base, &["v1", "messages"]),
                Ok("https://x.example/v1/messages".to_owned()),
                "{base}"
            );
        }
        assert_eq!(url("https://x.example/a/v1", &["v1", "b"]), Ok("https://x.example/a/v1/b".to_owned()));
        assert_eq!(url("https://x.example/v1/a", &["v1", "b"]), Ok("https://x.example/v1/a/v1/b".to_owned()));
        let whole = "https://x.example/v1/chat/completions";
        assert_eq!(url(whole, &["chat", "completions"]), Ok(whole.to_owned()));
    }

    #[test]
    fn parts_of_a_body_are_joined() {
        let Value::Object(mut body) = json!({ "a": { "b": 1, "c": 2 }, "d": [1] }) else { unreachable!() };
        let Value::Object(more) = json!({ "a": { "c": 3, "e": 4 }, "d": [2], "f": 5 }) else {
            unreachable!()
        };
        merge(&mut body, more);
        let wanted = json!({ "a": { "b": 1, "c": 3, "e": 4 }, "d": [2], "f": 5 });
        assert_eq!(Value::Object(body).to_string(), wanted.to_string());
    }

    #[test]
    fn keywords_are_left_out_at_any_depth() {
        let schema =
            json!({ "properties": { "a": { "type": "array", "uniqueItems": true, "minItems": 2 } } });
        let wanted = json!({ "properties": { "a": { "type": "array", "minItems": 2 } } });
        assert_eq!(without(&schema, &["uniqueItems"]), wanted);
    }

    #[test]
    fn only_thinking_before_the_answer_is_cut() {
        for (text, wanted) in [
            ("Very important", "Very important"),
            ("<think>Is it?\n</think>\n\nVery important", "Very important"),
            ("\n<think></think>A", "A"),
            ("<think>It is", ""),
            ("A <think>B</think>", "A <think>B</think>"),
            ("  A", "  A"),
        ] {
            assert_eq!(after_thinking(text), wanted, "{text:?}");
        }
    }
}
