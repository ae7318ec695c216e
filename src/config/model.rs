//! `[[model]]`: one respondent of the config.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use super::own::{Command, Endpoint, Message, Needs, RawEndpoint, endpoint};
use crate::diagnostic::{Diagnostic, Source};

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
    /// Name of the environment variable that holds the key.
    pub key_env: Option<String>,
    pub system: Option<String>,
    /// Sent when set; a provider's default otherwise, except temperature (1.0 by default).
    pub temperature: Option<f64>,
    pub max_tokens: Option<u32>,
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
    /// Earlier turns of the conversation, sent before the question.
    pub messages: Vec<Message>,
    /// `[model.http]`; there is one where the provider is [`Provider::Http`].
    pub http: Option<Endpoint>,
    /// There is one where the provider is [`Provider::Command`].
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
    /// Ollama's own chat endpoint.
    Ollama,
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
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawModel {
    name: Spanned<String>,
    provider: Spanned<Provider>,
    model: Option<String>,
    base_url: Option<Spanned<String>>,
    key_env: Option<String>,
    system: Option<String>,
    temperature: Option<Spanned<f64>>,
    max_tokens: Option<u32>,
    #[serde(default)]
    parameters: BTreeMap<String, toml::Value>,
    answer_format: Option<AnswerFormat>,
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
    batch: bool,
    #[serde(default)]
    messages: Vec<Message>,
    #[serde(default)]
    insecure_http: bool,
    http: Option<Spanned<RawEndpoint>>,
    command: Option<Spanned<Vec<String>>>,
}

pub(super) fn checked(
    raw: Spanned<RawModel>,
    root: &Path,
    source: &Source,
) -> Result<Model, Box<Diagnostic>> {
    let raw = raw.into_inner();
    let span = raw.name.span();
    let name = raw.name.get_ref().clone();
    let provider = *raw.provider.get_ref();
    let problem = |span: Range<usize>, message: String| Diagnostic::new(message).at(source, span);
    // The name becomes a folder and part of a test's name.
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if !plain || !name.starts_with(|c: char| c.is_ascii_alphanumeric()) || name.contains("__") {
        return Err(Box::new(
            problem(span, format!("`{name}` cannot be a name"))
                .help("letters, digits, `-`, `_` and `.`, starting with a letter or digit, without `__`"),
        ));
    }
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
    let temperature = match raw.temperature {
        Some(t) if !(0.0..=10.0).contains(t.get_ref()) => {
            return Err(Box::new(problem(
                t.span(),
                format!("the temperature is {}, not between 0 and 10", t.get_ref()),
            )));
        }
        t => t.map(Spanned::into_inner),
    };
    let base_url = match raw.base_url {
        Some(url) => {
            check_url(&url, raw.insecure_http).map_err(|message| problem(url.span(), message))?;
            Some(url.into_inner().trim_end_matches('/').to_owned())
        }
        None => None,
    };
    let mut samples = BTreeMap::new();
    for (task, number) in raw.samples {
        if *number.get_ref() == 0 {
            return Err(Box::new(
                problem(number.span(), format!("0 samples of {task}, so nothing would be asked"))
                    .help("leave the task out of the model's `suites` instead"),
            ));
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
        key: raw.key_env.is_some(),
        messages: !raw.messages.is_empty(),
        schema: raw.answer_format == Some(AnswerFormat::JsonSchema),
    };
    let http = raw.http.map(|http| endpoint(http, &needs)).transpose();
    let http = http.map_err(|(span, message, help)| problem(span, message).help(help))?;
    // Which keys it does not get is known when all models are: see `Config::parse`.
    let command = raw.command.map(|line| {
        let (line, hidden) = (line.into_inner(), Vec::new());
        Command { line, folder: root.to_owned(), hidden }
    });
    let terms = Terms {
        concurrency: raw.concurrency.map(Spanned::into_inner),
        requests_per_minute: above_zero(raw.requests_per_minute, "requests_per_minute")?,
        tokens_per_minute: above_zero(raw.tokens_per_minute, "tokens_per_minute")?,
        price: raw.price.map(Spanned::into_inner),
        max_requests: raw.max_requests.map(Spanned::into_inner),
        max_usd: above_zero(raw.max_usd, "max_usd")?,
    };
    Ok(Model {
        model: raw.model.unwrap_or_else(|| name.clone()),
        name,
        span,
        provider,
        base_url,
        key_env: raw.key_env,
        system: raw.system,
        temperature,
        max_tokens: raw.max_tokens,
        parameters: raw.parameters,
        answer_format: raw.answer_format.unwrap_or(AnswerFormat::Text),
        suites: raw.suites.map(|list| list.into_iter().map(|s| (s.get_ref().clone(), s.span())).collect()),
        samples,
        terms,
        batch: raw.batch,
        messages: raw.messages,
        http,
        command,
    })
}

/// A field that this provider lacks, or has no use for: told, since it would change nothing.
fn misplaced(
    raw: &RawModel,
    name: Range<usize>,
    provider: Provider,
) -> Option<(Range<usize>, String, &'static str)> {
    match (&raw.http, provider) {
        (None, Provider::Http) => {
            let message = "the provider `http` needs [model.http]".to_owned();
            return Some((
                name,
                message,
                "for example url = \"…\", body = { question = \"{prompt}\" }, text = \"/answer\"",
            ));
        }
        (Some(http), other) if other != Provider::Http => {
            let message = "[model.http] is for the provider `http`".to_owned();
            return Some((http.span(), message, "set provider = \"http\""));
        }
        _ => {}
    }
    match (&raw.command, provider) {
        (None, Provider::Command) => {
            let message = "the provider `command` needs `command`".to_owned();
            return Some((name, message, "for example command = [\"./assistant\", \"--ask\"]"));
        }
        (Some(command), other) if other != Provider::Command => {
            let message = "`command` is for the provider `command`".to_owned();
            return Some((command.span(), message, "set provider = \"command\""));
        }
        (Some(command), _) if command.get_ref().first().is_none_or(|program| program.trim().is_empty()) => {
            let message = "`command` names no program".to_owned();
            return Some((command.span(), message, "the program, then its arguments, each a string"));
        }
        _ => {}
    }
    let own = match provider {
        Provider::Http => "`http`: put it into its `body`, if it knows it",
        Provider::Command => "`command`: give it as an argument, if the program knows it",
        Provider::Function => "`function`: it answers as it likes",
        _ => return None,
    };
    let useless = [
        ("temperature", raw.temperature.is_some()),
        ("max_tokens", raw.max_tokens.is_some()),
        ("parameters", !raw.parameters.is_empty()),
        ("base_url", raw.base_url.is_some()),
    ];
    let (field, _) = useless.into_iter().find(|(_, set)| *set)?;
    Some((name, format!("`{field}` has no effect on the provider {own}"), "remove it"))
}

/// Plain http is for this machine only, unless the config says otherwise: a key or a prompt would cross
/// the network readable.
pub(super) fn check_url(url: &Spanned<String>, insecure_http: bool) -> Result<(), String> {
    let parsed = reqwest::Url::parse(url.get_ref())
        .map_err(|error| format!("`{}` is no URL: {error}", url.get_ref()))?;
    match parsed.scheme() {
        "https" => Ok(()),
        "http" if insecure_http || is_this_machine(&parsed) => Ok(()),
        "http" => Err(format!(
            "plain http to {}: use https (http is for this machine only; insecure_http = true allows it)",
            parsed.host_str().unwrap_or_default()
        )),
        other => Err(format!("an address is http or https, not {other}")),
    }
}

/// Whether `url` leads to this machine whatever the network says.
pub(crate) fn is_this_machine(url: &reqwest::Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
