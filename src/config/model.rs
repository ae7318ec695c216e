//! `[[model]]`: one respondent of the config.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use secrecy::SecretString;
use serde::Deserialize;
use toml::Spanned;

use super::address::check_url;
use super::certificate::Certificate;
use super::keys::Names;
use super::own::{Command, Endpoint, Message, Needs, RawEndpoint, endpoint, misplaced};
use super::preset::Named;
use super::signing::{Scheme, Signing};
use super::temperature::Temperature;
use crate::ground::diagnostic::{Diagnostic, Source};
use crate::respondent;

/// A configured respondent.
#[derive(Debug, Clone)]
pub struct Model {
    /// The role: recordings and snapshots are kept under it.
    pub name: String,
    /// Where the name stands in the config.
    pub span: Range<usize>,
    pub provider: Provider,
    /// The id the provider knows it by; for a tally, the tally's name (the model's own by default).
    pub model: String,
    pub base_url: Option<String>,
    /// Names of the environment variables that hold the key, or several keys that take turns.
    pub key_env: Vec<String>,
    /// A program that prints a key, which does not last.
    pub key_command: Option<Command>,
    /// Whether requests go signed, instead of with a key; `key_command` prints the credentials then.
    pub sign: Option<Signing>,
    /// What it is shown where it asks who is there.
    pub certificate: Option<Certificate>,
    /// What is sent beside: `{NAME}` in a value is that variable of the environment, `{key}` the key. No
    /// part of what finds a recording.
    pub headers: BTreeMap<String, String>,
    /// The variables of the config's other keys: nothing of them is kept or shown either.
    pub other_keys: Vec<String>,
    /// Nor of what stands as a secret in the config itself.
    pub literals: Vec<SecretString>,
    pub system: Option<String>,
    /// Sent when set; 1.0 otherwise, or nothing where the provider's default is that anyway or the
    /// model reasons.
    pub temperature: Option<f64>,
    /// None is sent, whatever its provider's default is (`temperature = "none"`).
    pub no_temperature: bool,
    pub max_tokens: Option<u32>,
    /// Whether the model reasons before it answers, and is asked as such models are; known by its id
    /// where it is `None`.
    pub reasoning: Option<bool>,
    /// Azure's dated API; its v1 API where it is `None`.
    pub api_version: Option<String>,
    /// Further fields of the request body, as they are (`top_k`, `top_p`, `reasoning_effort`…).
    pub parameters: BTreeMap<String, toml::Value>,
    pub answer_format: AnswerFormat,
    /// Which tasks it is asked, all when `None`; each with its place.
    pub suites: Option<Vec<(String, Range<usize>)>>,
    /// Answers per item for some tasks, by task id: so many, and never more.
    pub samples: BTreeMap<String, u32>,
    /// How fast it may be asked, and at what price.
    pub terms: Terms,
    /// Whether it is asked through the provider's batch endpoint: cheaper, and answered within a day.
    pub batch: bool,
    /// Whether answers are asked for in pieces (`stream`), for endpoints that give no others; a recording's key
    /// has no part of it. And whether the tokens are asked for with them.
    pub stream: bool,
    pub stream_usage: bool,
    /// Whether it is asked back, once and in the same conversation, where its response cannot be read.
    /// A recording's key has no part of it.
    pub clarify: bool,
    /// Whether one sample may be of several versions of the model, as the provider reports them.
    pub any_version: bool,
    /// Earlier turns of the conversation, sent before the question.
    pub messages: Vec<Message>,
    /// `[model.http]`; there is one where the provider is `Provider::Http`.
    pub http: Option<Endpoint>,
    /// There is one where the provider is `Provider::Command`.
    pub command: Option<Command>,
}

/// How fast a model may be asked, what it costs, and how much of that is wanted.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Terms {
    /// Requests in flight at most; `[sampling] concurrency` where it is `None`.
    pub concurrency: Option<usize>,
    pub requests_per_minute: Option<f64>,
    /// Tokens of questions and answers.
    pub tokens_per_minute: Option<f64>,
    pub price: Option<Price>,
    /// The most requests of a run, tries that failed included.
    pub max_requests: Option<u64>,
    /// The most a run may spend on it.
    pub max_usd: Option<f64>,
}

/// US dollars per million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    pub input: f64,
    /// Reasoning included.
    pub output: f64,
}

impl Model {
    /// Whether its answers are published figures, which cannot be asked for more.
    pub fn is_tally(&self) -> bool {
        self.provider == Provider::Tally
    }
}

/// Who answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// Chat completions as OpenAI defined them; any server that speaks it, with `base_url`.
    Openai,
    /// OpenAI's Responses API.
    OpenaiResponses,
    /// Azure OpenAI: chat completions of a deployment.
    Azure,
    /// Anthropic's Messages API.
    Anthropic,
    /// Google's Gemini API.
    Gemini,
    /// Ollama's own chat endpoint.
    Ollama,
    /// Amazon Bedrock's Converse API.
    Bedrock,
    /// A service of one's own, described in `[model.http]`.
    Http,
    /// A program of one's own, on this machine.
    Command,
    /// A function that the test target hands to [`Harness`](crate::Harness).
    Function,
    /// A published or imported profile.
    Tally,
}

/// How the answer is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerFormat {
    /// Words, as a person would.
    Text,
    /// `response_format` with a JSON schema made from the item's options.
    JsonSchema,
    /// JSON of whatever shape, for servers without schemas: the schema is told in the question.
    JsonObject,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawModel {
    name: Spanned<String>,
    provider: Spanned<Named>,
    model: Option<String>,
    pub(super) base_url: Option<Spanned<String>>,
    key_env: Option<Spanned<Names>>,
    pub(super) key_command: Option<Spanned<Vec<String>>>,
    sign: Option<Spanned<Scheme>>,
    region: Option<Spanned<String>>,
    client_cert: Option<Spanned<String>>,
    client_key: Option<Spanned<String>>,
    #[serde(default)]
    headers: BTreeMap<String, Spanned<String>>,
    system: Option<String>,
    pub(super) temperature: Option<Spanned<Temperature>>,
    pub(super) max_tokens: Option<u32>,
    reasoning: Option<Spanned<bool>>,
    api_version: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) parameters: BTreeMap<Spanned<String>, toml::Value>,
    answer_format: Option<Spanned<AnswerFormat>>,
    suites: Option<Vec<Spanned<String>>>,
    #[serde(default)]
    samples: BTreeMap<String, Spanned<u32>>,
    concurrency: Option<Spanned<usize>>,
    requests_per_minute: Option<Spanned<f64>>,
    tokens_per_minute: Option<Spanned<f64>>,
    price: Option<Spanned<Price>>,
    max_requests: Option<Spanned<u64>>,
    max_usd: Option<Spanned<f64>>,
    #[serde(default)]
    messages: Vec<Message>,
    #[serde(default)]
    insecure_http: bool,
    pub(super) http: Option<Spanned<RawEndpoint>>,
    pub(super) command: Option<Spanned<Vec<String>>>,
    batch: Option<Spanned<bool>>,
    stream: Option<Spanned<bool>>,
    clarify: Option<Spanned<bool>>,
    #[serde(default)]
    any_version: bool,
}

pub(super) fn checked(
    raw: Spanned<RawModel>,
    root: &Path,
    clarify: bool,
    source: &Source,
) -> Result<Model, Box<Diagnostic>> {
    let mut raw = raw.into_inner();
    let span = raw.name.span();
    let name = raw.name.get_ref().clone();
    let Named { provider, preset } = *raw.provider.get_ref();
    let answer_format = raw.answer_format.as_ref().map_or(AnswerFormat::Text, |format| *format.get_ref());
    let problem = |span: Range<usize>, message: String| Diagnostic::new(message).at(source, span);
    super::name::checked(&name).map_err(|(message, help)| problem(span.clone(), message).help(help))?;
    super::keys::checked(raw.key_env.as_ref(), raw.key_command.as_ref())
        .map_err(|(span, message, help)| problem(span, message).unquoted().help(help))?;
    if let Some((span, message, help)) = misplaced(&raw, span.clone(), provider) {
        return Err(Box::new(problem(span, message).help(help)));
    }
    let own = matches!(provider, Provider::Http | Provider::Command | Provider::Function);
    if provider != Provider::Tally && !own && raw.model.is_none() {
        return Err(Box::new(problem(
            span,
            format!("the model `{name}` needs `model`, the id its provider knows it by"),
        )));
    }
    let mut places = Places::default();
    // One that is missing is missing because of the provider.
    places.put("base_url", Some(raw.provider.span()));
    places.put("temperature", raw.temperature.as_ref().map(Spanned::span));
    places.put("reasoning", raw.reasoning.as_ref().map(Spanned::span));
    places.put("answer_format", raw.answer_format.as_ref().map(Spanned::span));
    places.put("batch", raw.batch.as_ref().map(Spanned::span));
    places.put("stream", raw.stream.as_ref().map(Spanned::span));
    places.put("api_version", raw.api_version.as_ref().map(Spanned::span));
    for parameter in raw.parameters.keys() {
        places.put(&format!("parameters.{}", parameter.get_ref()), Some(parameter.span()));
    }
    let base_url = match raw.base_url {
        Some(url) => {
            check_url(&url, raw.insecure_http).map_err(|message| problem(url.span(), message))?;
            Some(url.into_inner().trim_end_matches('/').to_owned())
        }
        None => preset.map(|preset| preset.base_url.clone()),
    };
    let entry = super::signing::Entry {
        provider,
        base_url,
        has_key_env: raw.key_env.is_some(),
        headers: &raw.headers,
    };
    let (sign, base_url) = super::signing::checked(raw.sign, raw.region, entry)
        .map_err(|(span, message, help)| problem(span, message).help(help))?;
    let settings = [
        ("batch", "batch", raw.batch.as_ref().is_some_and(|batch| *batch.get_ref())),
        ("answer_format", "json_object", answer_format == AnswerFormat::JsonObject),
    ];
    if let Some((field, message, help)) = preset.and_then(|preset| preset.refuses(&settings)) {
        return Err(Box::new(problem(places.of(field).unwrap_or(span), message).help(help)));
    }
    let key_env = match (raw.key_env, &raw.key_command, preset) {
        (Some(own), ..) => own.into_inner().0,
        (None, None, Some(preset)) => preset.key_env.iter().cloned().collect(),
        (None, ..) => Vec::new(),
    };
    // Which keys a program does not get is known when all models are: see `Config::parse`.
    let program = |line: Vec<String>| Command { line, folder: root.to_owned(), hidden: Vec::new() };
    let key_command = raw.key_command.map(|line| program(line.into_inner()));
    let has_key = !key_env.is_empty() || (key_command.is_some() && sign.is_none());
    let address = base_url.as_deref().or(raw.http.as_ref().map(|http| http.get_ref().address()));
    let certificate =
        super::certificate::checked(raw.client_cert, raw.client_key, root.to_owned(), provider, address)
            .map_err(|(span, message, help)| problem(span, message).unquoted().help(help))?;
    let headers = super::headers::checked(std::mem::take(&mut raw.headers), provider, has_key)
        .map_err(|(span, message, help)| problem(span, message).unquoted().help(help))?;
    let mut samples = BTreeMap::new();
    for (task, number) in raw.samples {
        if *number.get_ref() == 0 {
            return Err(Box::new(
                problem(number.span(), format!("0 samples of {task}, so nothing would be asked"))
                    .help("leave the task out of the model's `suites` instead"),
            ));
        }
        if *number.get_ref() > crate::suite::MOST_SAMPLES {
            let message =
                format!("{} samples of {task}, more than {}", number.get_ref(), crate::suite::MOST_SAMPLES);
            return Err(Box::new(problem(number.span(), message)));
        }
        samples.insert(task, number.into_inner());
    }
    let above_zero = |number: Option<Spanned<f64>>, what: &str| match number {
        Some(number) if !(number.get_ref().is_finite() && *number.get_ref() > 0.0) => {
            Err(Box::new(problem(number.span(), format!("`{what}` is {}, not above 0", number.get_ref()))))
        }
        number => Ok(number.map(Spanned::into_inner)),
    };
    if let Some(none) = raw.concurrency.as_ref().filter(|number| *number.get_ref() == 0) {
        return Err(Box::new(problem(
            none.span(),
            "`concurrency` is 0, so nothing could be asked".to_owned(),
        )));
    }
    if let Some(price) = &raw.price {
        let Price { input, output } = price.get_ref();
        if [input, output].into_iter().any(|usd| !(usd.is_finite() && *usd >= 0.0)) {
            return Err(Box::new(problem(
                price.span(),
                "a price is 0 or more, in US dollars per million tokens".to_owned(),
            )));
        }
    }
    if let (Some(most), None) = (&raw.max_usd, &raw.price) {
        return Err(Box::new(
            problem(most.span(), format!("`max_usd` of `{name}` cannot be kept without its prices"))
                .help("add price = { input = …, output = … }, in US dollars per million tokens"),
        ));
    }
    let needs = Needs {
        insecure_http: raw.insecure_http,
        key: has_key,
        messages: !raw.messages.is_empty(),
        schema: answer_format == AnswerFormat::JsonSchema,
    };
    let http = raw.http.map(|http| endpoint(http, &needs)).transpose();
    let http = http.map_err(|(span, message, help)| problem(span, message).help(help))?;
    let command = raw.command.map(|line| program(line.into_inner()));
    let terms = Terms {
        concurrency: raw.concurrency.map(Spanned::into_inner),
        requests_per_minute: above_zero(raw.requests_per_minute, "requests_per_minute")?,
        tokens_per_minute: above_zero(raw.tokens_per_minute, "tokens_per_minute")?,
        price: raw.price.map(Spanned::into_inner),
        max_requests: raw.max_requests.map(Spanned::into_inner),
        max_usd: above_zero(raw.max_usd, "max_usd")?,
    };
    let mut model = Model {
        model: raw.model.unwrap_or_else(|| name.clone()),
        name,
        span,
        provider,
        base_url,
        key_env,
        key_command,
        sign,
        certificate,
        headers,
        other_keys: Vec::new(),
        literals: Vec::new(),
        system: raw.system,
        temperature: raw.temperature.as_ref().and_then(|temperature| temperature.get_ref().0),
        no_temperature: raw.temperature.is_some_and(|temperature| temperature.get_ref().0.is_none()),
        max_tokens: raw.max_tokens,
        reasoning: raw.reasoning.map(Spanned::into_inner),
        api_version: raw.api_version.map(Spanned::into_inner),
        parameters: raw.parameters.into_iter().map(|(name, value)| (name.into_inner(), value)).collect(),
        answer_format,
        suites: raw.suites.map(|list| list.into_iter().map(|s| (s.get_ref().clone(), s.span())).collect()),
        samples,
        terms,
        batch: raw.batch.is_some_and(Spanned::into_inner),
        stream: raw.stream.is_some_and(Spanned::into_inner),
        stream_usage: !preset.is_some_and(|preset| preset.lacks("stream_options")),
        clarify: false,
        any_version: raw.any_version,
        messages: raw.messages,
        http,
        command,
    };
    if let Err(wrong) = respondent::check(&model) {
        let span = places.of(&wrong.field).unwrap_or_else(|| model.span.clone());
        return Err(Box::new(problem(span, wrong.message).help(wrong.help)));
    }
    model.clarify = super::clarify::checked(raw.clarify, clarify, &model)
        .map_err(|(span, message, help)| problem(span, message).help(help))?;
    Ok(model)
}

/// Where the settings stand that a provider may not take.
#[derive(Default)]
struct Places(BTreeMap<String, Range<usize>>);

impl Places {
    fn put(&mut self, field: &str, span: Option<Range<usize>>) {
        if let Some(span) = span {
            self.0.insert(field.to_owned(), span);
        }
    }

    /// Of `field`, or of the table it is in.
    fn of(&self, field: &str) -> Option<Range<usize>> {
        self.0.get(field).or_else(|| self.0.get(field.rsplit_once('.')?.0)).cloned()
    }
}

#[cfg(test)]
mod tests;
