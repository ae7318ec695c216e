//! How a product's own assistant is called (`[model.http]`, `command`), and the earlier turns of a conversation
//! (`messages`).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::PathBuf;

use reqwest::Url;
use reqwest::header::{HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use toml::Spanned;

use super::address::check_url;
use super::model::RawModel;
use super::own_shape::{AnswerPlace, RawAnswerPlace, is_pointer, misplaced_placeholder};
use super::provider::{ProviderPlace, Setting, Spec, listed, taking};

/// An earlier turn of the conversation, sent before the question: an entry of `messages` in a `[[model]]`.
///
/// ```
/// use alignspec::{Message, Role};
///
/// let turn = Message { role: Role::Assistant, content: "How can I help?".to_owned() };
/// assert_eq!(serde_json::to_string(&turn)?, r#"{"role":"assistant","content":"How can I help?"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Who said it.
    pub role: Role,
    /// What was said, word for word.
    pub content: String,
}

/// Who said an earlier turn of the conversation.
///
/// ```
/// use alignspec::{Message, Role};
///
/// /// How many turns of a conversation were the model's.
/// fn answered(turns: &[Message]) -> usize {
///     turns.iter().filter(|turn| turn.role == Role::Assistant).count()
/// }
///
/// assert_eq!(answered(&[Message { role: Role::User, content: "Hello".to_owned() }]), 0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The side that asks.
    User,
    /// The model that is asked.
    Assistant,
}

/// A program that is asked: the question on its standard input, the answer on its standard output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The program and its arguments. No shell is involved.
    pub(crate) line: Vec<String>,
    /// The folder it runs in: the crate's own.
    pub(crate) folder: PathBuf,
    /// Variables that it does not inherit: the keys of the config's other models.
    pub hidden: Vec<String>,
}

/// The table `[model.http]`: the user's own service.
///
/// Placeholders may stand in the values of the URL's query and in strings of the body: `{prompt}`, `{system}` and
/// `{model}`, `{context}`, `{task}` and `{item}`. `"{options}"`, `"{messages}"` and `"{schema}"` must be a whole string
/// of the body. They are replaced in the parsed JSON and the decoded query, never in the raw text, and the inserted
/// values are not scanned for placeholders again.
#[derive(Debug, Clone, PartialEq)]
pub struct Endpoint {
    pub(crate) url: String,
    pub(crate) method: HttpMethod,
    /// `{key}` in a value stands for the key.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Option<Value>,
    /// A JSON pointer to the text of the answer; `None` if the whole body is the answer.
    pub(crate) text: Option<String>,
    /// Where the answer is in the service's own shape; `None` if it is text.
    pub(crate) answer: Option<AnswerPlace>,
    /// JSON pointers to the tokens of the question and of the answer, and to the version that answered.
    pub(crate) tokens_in: Option<String>,
    pub(crate) tokens_out: Option<String>,
    pub(crate) version: Option<String>,
}

/// How a service is called.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum HttpMethod {
    Get,
    #[default]
    Post,
    Put,
}

/// Headers that the connection sets itself.
const TRANSPORT: [&str; 6] =
    ["accept-encoding", "connection", "content-length", "host", "te", "transfer-encoding"];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawEndpoint {
    url: Spanned<String>,
    method: Option<HttpMethod>,
    #[serde(default)]
    headers: BTreeMap<String, Spanned<String>>,
    body: Option<Spanned<toml::Value>>,
    text: Option<Spanned<String>>,
    answer: Option<Spanned<String>>,
    answer_index: Option<Spanned<i64>>,
    answer_level: Option<Spanned<i64>>,
    answer_id: Option<Spanned<String>>,
    transform: Option<Spanned<String>>,
    tokens_in: Option<Spanned<String>>,
    tokens_out: Option<Spanned<String>>,
    version: Option<Spanned<String>>,
}

impl RawEndpoint {
    pub(super) fn address(&self) -> &str {
        self.url.get_ref()
    }
}

/// What the endpoint must have a place for, according to the rest of the entry.
pub(super) struct EndpointNeeds<'c> {
    /// The text of the config.
    pub source: &'c str,
    pub insecure_http: bool,
    /// Whether the entry has a system prompt.
    pub system: bool,
    pub key: bool,
    pub messages: bool,
    pub schema: bool,
}

/// The place of a mistake, a message, and what to do.
pub(super) type WrongSetting = (Range<usize>, String, Cow<'static, str>);

/// Reads an entry's endpoint, and checks that everything to be sent has a place in it.
pub(super) fn endpoint(
    raw: Spanned<RawEndpoint>,
    needs: &EndpointNeeds<'_>,
) -> Result<Endpoint, WrongSetting> {
    let whole = raw.span();
    let raw = raw.into_inner();
    check_url(&raw.url, needs.insecure_http)
        .map_err(|message| (raw.url.span(), message, "give the address of the service".into()))?;
    let method = raw.method.unwrap_or_default();
    let body = match &raw.body {
        Some(body) if method == HttpMethod::Get => {
            let help = "put the question into the query of the URL";
            return Err((body.span(), "a GET request has no body".to_owned(), help.into()));
        }
        Some(body) => Some(body_of(body)?),
        None => None,
    };
    for (name, value) in &raw.headers {
        check_header(name, value, needs.key)?;
    }
    let slip = body.as_ref().and_then(misplaced_placeholder);
    if let (Some((message, help)), Some(body)) = (slip, &raw.body) {
        return Err((body.span(), message, help.into()));
    }
    if let Some((what, help)) = unsent(&raw, body.as_ref(), needs) {
        return Err((whole, what.to_owned(), help.into()));
    }
    let pointers = [&raw.text, &raw.tokens_in, &raw.tokens_out, &raw.version];
    pointers.into_iter().flatten().try_for_each(is_pointer)?;
    let own = raw.answer.as_ref().map(Spanned::span).or(raw.transform.as_ref().map(Spanned::span));
    if let (Some(_), Some(span)) = (&raw.text, own) {
        let message = "`text` is set beside an answer in the service's own shape".to_owned();
        return Err((span, message, "remove one of them: a text at `answer` is read as text, too".into()));
    }
    let answer = RawAnswerPlace {
        answer: raw.answer,
        transform: raw.transform,
        index: raw.answer_index,
        level: raw.answer_level,
        id: raw.answer_id,
    };
    let answer = answer.checked(needs.source)?;
    let inner = |pointer: Option<Spanned<String>>| pointer.map(Spanned::into_inner);
    Ok(Endpoint {
        url: raw.url.into_inner(),
        method,
        headers: raw.headers.into_iter().map(|(name, value)| (name, value.into_inner())).collect(),
        body,
        text: inner(raw.text),
        answer,
        tokens_in: inner(raw.tokens_in),
        tokens_out: inner(raw.tokens_out),
        version: inner(raw.version),
    })
}

/// Returns a mistake about something that would never be sent, or a key in the wrong place, and what to do.
fn unsent(
    raw: &RawEndpoint,
    body: Option<&Value>,
    needs: &EndpointNeeds<'_>,
) -> Option<(&'static str, &'static str)> {
    let query = Url::parse(raw.url.get_ref())
        .map(|url| url.query_pairs().map(|(_, value)| Value::String(value.into_owned())).collect::<Vec<_>>());
    let query = Value::Array(query.unwrap_or_default());
    let sent = |placeholder: &str| {
        mentions(&query, placeholder) || body.is_some_and(|body| mentions(body, placeholder))
    };
    let whole_string = |placeholder: &str| body.is_some_and(|body| holds(body, placeholder));
    if raw.url.get_ref().contains("{key}") || sent("{key}") {
        let help = "for example headers = { authorization = \"Bearer {key}\" }";
        return Some(("the key belongs in a header", help));
    }
    let in_words = sent("{prompt}") || whole_string("{messages}");
    if !in_words && !whole_string("{options}") && !sent("{item}") {
        let help = "put {prompt} into a string of `body`, or into a value of the URL's query, or make \"{options}\" a whole string of `body`";
        return Some(("the question is never sent", help));
    }
    if needs.system && !in_words && !sent("{system}") {
        let help = "put {system} into a string of `body`, or remove `system`";
        return Some(("the system prompt would never be sent", help));
    }
    if needs.messages && !whole_string("{messages}") {
        let help = "put \"{messages}\" where the body holds them";
        return Some(("`messages` would never be sent", help));
    }
    if needs.schema && !whole_string("{schema}") {
        let help = "put \"{schema}\" where the body holds it, or set `answer_format` to \"text\"";
        return Some(("the schema of the answer would never be sent", help));
    }
    if needs.key && !raw.headers.values().any(|value| value.get_ref().contains("{key}")) {
        let help = "put {key} into a header, or remove `key_env`";
        return Some(("the key would never be sent", help));
    }
    None
}

pub(super) fn body_of(body: &Spanned<toml::Value>) -> Result<Value, WrongSetting> {
    match body.get_ref() {
        toml::Value::String(text) => serde_json::from_str(text).map_err(|error| {
            let message = format!("this body is not JSON: {error}");
            (body.span(), message, "write a TOML table, or the text of the JSON that is sent".into())
        }),
        other => Ok(json_of(other)),
    }
}

pub(super) fn check_header(name: &str, value: &Spanned<String>, key: bool) -> Result<(), WrongSetting> {
    let wrong = |message: String, help: &'static str| Err((value.span(), message, help.into()));
    let Ok(parsed) = name.parse::<HeaderName>() else {
        return wrong(format!("`{name}` cannot be the name of a header"), "use letters, digits and hyphens");
    };
    if TRANSPORT.contains(&parsed.as_str()) {
        return wrong(format!("`{name}` is set by the connection"), "remove it");
    }
    if HeaderValue::from_str(value.get_ref()).is_err() {
        return wrong(
            format!("the value of `{name}` cannot be sent"),
            "use one line, without control characters",
        );
    }
    if value.get_ref().contains("{key}") && !key {
        return wrong(
            "no key is configured to put here".to_owned(),
            "name the variable that holds it in `key_env`",
        );
    }
    Ok(())
}

/// Returns whether any string in `value` contains `placeholder`.
pub(crate) fn mentions(value: &Value, placeholder: &str) -> bool {
    any(value, &mut |text| text.contains(placeholder))
}

/// Returns whether any string in `value` equals `placeholder`.
pub(crate) fn holds(value: &Value, placeholder: &str) -> bool {
    any(value, &mut |text| text == placeholder)
}

/// Returns whether any string in `value` is `wanted`. Each string is looked at until one is.
pub(super) fn any(value: &Value, wanted: &mut impl FnMut(&str) -> bool) -> bool {
    match value {
        Value::String(text) => wanted(text),
        Value::Array(list) => list.iter().any(|value| any(value, wanted)),
        Value::Object(fields) => fields.values().any(|value| any(value, wanted)),
        _ => false,
    }
}

/// Converts a TOML value to JSON, with the keys of tables in alphabetical order.
pub(crate) fn json_of(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => json!(text),
        toml::Value::Integer(number) => json!(number),
        toml::Value::Float(number) => json!(number),
        toml::Value::Boolean(truth) => json!(truth),
        toml::Value::Datetime(moment) => json!(moment.to_string()),
        toml::Value::Array(list) => list.iter().map(json_of).collect(),
        toml::Value::Table(table) => {
            let mut entries: Vec<_> = table.iter().collect();
            // Another crate may enable toml's `preserve_order`, but the key of a recording must not depend on that.
            entries.sort_by_key(|(name, _)| *name);
            let fields = entries.into_iter().map(|(name, value)| (name.clone(), json_of(value)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
    }
}

/// Returns a mistake about a field that this provider does not have or has no use for. `known` are all providers.
pub(super) fn misplaced(
    raw: &RawModel,
    name: Range<usize>,
    provider: &Spec,
    known: &[&'static Spec],
) -> Option<(Range<usize>, String, String)> {
    let tables = [
        (Setting::Http, "[model.http]", raw.http.as_ref().map(Spanned::span)),
        (Setting::Command, "`command`", raw.command.as_ref().map(Spanned::span)),
        (Setting::Stdio, "[model.stdio]", raw.stdio.as_ref().map(Spanned::span)),
    ];
    for (setting, shown, span) in tables {
        match (span, provider.needs.filter(|(needed, _)| *needed == setting)) {
            (None, Some((_, example))) => {
                let message = format!("the provider `{}` needs {shown}", provider.name);
                return Some((name, message, example.to_owned()));
            }
            (Some(span), _) if !provider.takes(setting) => {
                let whose = taking(known, setting);
                let message = format!("{shown} is for the provider {}", listed(&whose));
                let help = whose.first().map(|whose| format!("set provider = \"{whose}\""));
                return Some((span, message, help.unwrap_or_default()));
            }
            _ => {}
        }
    }
    if let Some(command) = raw.command.as_ref().filter(|line| names_no_program(line.get_ref())) {
        let help = "the program, then its arguments, each a string";
        return Some((command.span(), "`command` does not name a program".to_owned(), help.to_owned()));
    }
    if let Some(command) = raw.key_command.as_ref().filter(|_| provider.place == ProviderPlace::Nowhere) {
        let message = "`key_command` has no effect here".to_owned();
        let help = "remove it: nothing is sent that a key could be part of";
        return Some((command.span(), message, help.to_owned()));
    }
    let instead = provider.instead?;
    let useless = [
        ("temperature", raw.temperature.is_some()),
        ("max_tokens", raw.max_tokens.is_some()),
        ("parameters", !raw.parameters.is_empty()),
        ("base_url", raw.base_url.is_some()),
    ];
    let (field, _) = useless.into_iter().find(|(_, set)| *set)?;
    let message = format!("`{field}` has no effect for the provider `{}`: {instead}", provider.name);
    Some((name, message, "remove it".to_owned()))
}

/// Returns whether a command line does not name a program.
pub(super) fn names_no_program(line: &[String]) -> bool {
    line.first().is_none_or(|program| program.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_become_json_in_the_order_of_their_names() {
        let table: toml::Table = toml::from_str("b = 1\na = { d = [1.5, true], c = \"x\" }").expect("TOML");
        let json = json_of(&toml::Value::Table(table));
        assert_eq!(json.to_string(), r#"{"a":{"c":"x","d":[1.5,true]},"b":1}"#);
    }

    #[test]
    fn placeholders_are_looked_for_in_values_and_not_in_names() {
        let body = json!({ "{system}": [{ "q": "Please: {prompt}" }, "{messages}"] });
        assert!(mentions(&body, "{prompt}") && !holds(&body, "{prompt}"));
        assert!(holds(&body, "{messages}") && !mentions(&body, "{system}"));
    }
}
