//! `[[model]]`: one respondent of the config.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

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
}

pub(super) fn checked(raw: Spanned<RawModel>, source: &Source) -> Result<Model, Box<Diagnostic>> {
    let raw = raw.into_inner();
    let span = raw.name.span();
    let name = raw.name.into_inner();
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
    if provider != Provider::Tally && raw.model.is_none() {
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
            check_url(&url).map_err(|message| problem(url.span(), message))?;
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
    })
}

/// Plain http is for this machine only: a key or a prompt would cross the network readable.
fn check_url(url: &Spanned<String>) -> Result<(), String> {
    let parsed = reqwest::Url::parse(url.get_ref())
        .map_err(|error| format!("`{}` is no URL: {error}", url.get_ref()))?;
    let host = parsed.host_str().unwrap_or_default();
    let loopback = host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback());
    match parsed.scheme() {
        "https" => Ok(()),
        "http" if loopback => Ok(()),
        "http" => Err(format!("plain http to {host}: use https (http is for this machine only)")),
        other => Err(format!("a base_url is http or https, not {other}")),
    }
}
