//! Reads a `[[model]]` entry part by part, and keeps the places of settings that its provider may not take.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;

use super::{AnswerFormat, Model, Price, RawModel, Terms};
use crate::config::address::check_url;
use crate::config::certificate::Certificate;
use crate::config::preset::{self, NamedProvider, Preset};
use crate::config::product::{Command, Endpoint, EndpointNeeds, endpoint, misplaced};
use crate::config::provider::Spec;
use crate::config::respondents::SettledEntry;
use crate::config::signing::{self, Signing};
use crate::config::stdio::{self, Stdio};
use crate::config::{certificate, headers, keys, name};
use crate::ground::diagnostic::{Diagnostic, Source};

type ConfigResult<T> = Result<T, Box<Diagnostic>>;

/// What is needed to read entries: the folder of the config, its text, and all providers.
#[derive(Debug, Clone, Copy)]
pub(in crate::config) struct EntryReader<'c> {
    pub root: &'c Path,
    pub source: &'c Source,
    pub known: &'c [&'static Spec],
}

impl EntryReader<'_> {
    /// Makes a diagnostic at a place in the source.
    pub(in crate::config) fn problem(self, span: Range<usize>, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(message).at(self.source, span)
    }

    /// Makes such a diagnostic that also says what to do.
    pub(in crate::config) fn wrong<H: Into<String>>(
        self,
        (span, message, help): (Range<usize>, String, H),
    ) -> Box<Diagnostic> {
        Box::new(self.problem(span, message).help(help))
    }

    /// Makes such a diagnostic without showing the line, which may hold a secret.
    fn hidden<H: Into<String>>(self, (span, message, help): (Range<usize>, String, H)) -> Box<Diagnostic> {
        Box::new(self.problem(span, message).unquoted().help(help))
    }
}

/// Returns the model of an entry, and what still has to be checked against its provider.
pub(in crate::config) fn checked(
    raw: Spanned<RawModel>,
    reader: EntryReader<'_>,
) -> ConfigResult<(Model, SettledEntry)> {
    let mut raw = raw.into_inner();
    let named = preset::named(&raw.provider, reader)?;
    let NamedProvider { provider, preset } = named;
    says_who(&raw, provider, reader)?;
    let places = places(&raw);
    let (sign, base_url) = address(&mut raw, named, reader)?;
    refused(&raw, preset, &places, reader)?;
    let key_env = key_env(&mut raw, preset);
    // The keys to hide from a program are known once all models are read: see `respondents::read_respondents`.
    let program = |line: Vec<String>| Command { line, folder: reader.root.to_owned(), hidden: Vec::new() };
    let key_command = raw.key_command.take().map(|line| program(line.into_inner()));
    let has_key = !key_env.is_empty() || (key_command.is_some() && sign.is_none());
    let certificate = certificate(&mut raw, provider, base_url.as_deref(), reader)?;
    let headers = headers::checked(std::mem::take(&mut raw.headers), provider, has_key)
        .map_err(|wrong| reader.hidden(wrong))?;
    let samples = samples(std::mem::take(&mut raw.samples), reader)?;
    let terms = terms(&mut raw, reader)?;
    let (http, stdio) = (service(&mut raw, has_key, reader)?, program_shape(&mut raw, reader)?);
    let answer_format = format_of(&raw);
    let model = Model {
        has_id: raw.model.is_some(),
        model: raw.model.unwrap_or_else(|| raw.name.get_ref().clone()),
        span: raw.name.span(),
        name: raw.name.into_inner(),
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
        tasks: raw.tasks.map(|list| list.into_iter().map(|s| (s.get_ref().clone(), s.span())).collect()),
        samples,
        terms,
        batch: raw.batch.is_some_and(Spanned::into_inner),
        stream: raw.stream.is_some_and(Spanned::into_inner),
        stream_usage: !preset.is_some_and(|preset| preset.lacks("stream_options")),
        clarify: false,
        any_version: raw.any_version,
        messages: raw.messages,
        http,
        command: raw.command.map(|line| program(line.into_inner())),
        stdio,
    };
    Ok((model, SettledEntry { places, clarify: raw.clarify }))
}

/// Returns the variables of its keys: its own, or the usual one of the preset's host.
fn key_env(raw: &mut RawModel, preset: Option<&'static Preset>) -> Vec<String> {
    match (raw.key_env.take(), &raw.key_command, preset) {
        (Some(own), ..) => own.into_inner().0,
        (None, None, Some(preset)) => preset.key_env.iter().cloned().collect(),
        (None, ..) => Vec::new(),
    }
}

/// Returns the certificate of an entry, if it has one.
fn certificate(
    raw: &mut RawModel,
    provider: &Spec,
    base_url: Option<&str>,
    reader: EntryReader<'_>,
) -> ConfigResult<Option<Certificate>> {
    let (cert, key) = (raw.client_cert.take(), raw.client_key.take());
    let address = base_url.or(raw.http.as_ref().map(|http| http.get_ref().address()));
    let checked = certificate::checked(cert, key, reader.root.to_owned(), provider, address);
    checked.map_err(|wrong| reader.hidden(wrong))
}

fn service(raw: &mut RawModel, has_key: bool, reader: EntryReader<'_>) -> ConfigResult<Option<Endpoint>> {
    let needs = EndpointNeeds {
        source: &reader.source.text,
        insecure_http: raw.insecure_http,
        system: raw.system.as_deref().is_some_and(|system| !system.trim().is_empty()),
        key: has_key,
        messages: !raw.messages.is_empty(),
        schema: format_of(raw) == AnswerFormat::JsonSchema,
    };
    let http = raw.http.take().map(|http| endpoint(http, &needs)).transpose();
    http.map_err(|wrong| reader.wrong(wrong))
}

/// Reads how a program is asked in its own shape.
fn program_shape(raw: &mut RawModel, reader: EntryReader<'_>) -> ConfigResult<Option<Stdio>> {
    let has_system = raw.system.as_deref().is_some_and(|system| !system.trim().is_empty());
    let stdio =
        raw.stdio.take().map(|stdio| stdio::checked(stdio, &reader.source.text, has_system)).transpose();
    stdio.map_err(|wrong| reader.wrong(wrong))
}

fn format_of(raw: &RawModel) -> AnswerFormat {
    raw.answer_format.as_ref().map_or(AnswerFormat::Text, |format| *format.get_ref())
}

/// Checks that the entry names its model and has only fields that its provider knows.
fn says_who(raw: &RawModel, provider: &Spec, reader: EntryReader<'_>) -> ConfigResult<()> {
    let (span, name) = (raw.name.span(), raw.name.get_ref());
    name::checked(name).map_err(|(message, help)| reader.wrong((span.clone(), message, help)))?;
    keys::checked(raw.key_env.as_ref(), raw.key_command.as_ref()).map_err(|wrong| reader.hidden(wrong))?;
    if let Some(wrong) = misplaced(raw, span.clone(), provider, reader.known) {
        return Err(reader.wrong(wrong));
    }
    if provider.has_ids() && raw.model.is_none() {
        let message = format!("the model `{name}` needs `model`, the id that its provider knows it by");
        return Err(Box::new(reader.problem(span, message)));
    }
    if raw.model.as_deref().is_some_and(|model| model.trim().is_empty()) {
        let message = format!("`model` of `{name}` is empty: write the id that its provider knows it by");
        return Err(Box::new(reader.problem(span, message)));
    }
    Ok(())
}

/// Returns how requests are signed, and their base address.
fn address(
    raw: &mut RawModel,
    named: NamedProvider,
    reader: EntryReader<'_>,
) -> ConfigResult<(Option<Signing>, Option<String>)> {
    let base_url = match raw.base_url.take() {
        Some(url) => {
            check_url(&url, raw.insecure_http).map_err(|message| reader.problem(url.span(), message))?;
            Some(url.into_inner().trim_end_matches('/').to_owned())
        }
        None => named.preset.map(|preset| preset.base_url.clone()),
    };
    let entry = signing::SignedEntry {
        provider: named.provider,
        known: reader.known,
        base_url,
        has_key_env: raw.key_env.is_some(),
        headers: &raw.headers,
    };
    signing::checked(raw.sign.take(), raw.region.take(), entry).map_err(|wrong| reader.wrong(wrong))
}

/// Checks that a preset's host takes the settings.
fn refused(
    raw: &RawModel,
    preset: Option<&'static Preset>,
    places: &Places,
    reader: EntryReader<'_>,
) -> ConfigResult<()> {
    let settings = [
        ("batch", "batch", raw.batch.as_ref().is_some_and(|batch| *batch.get_ref())),
        ("answer_format", "json_object", format_of(raw) == AnswerFormat::JsonObject),
    ];
    match preset.and_then(|preset| preset.refuses(&settings)) {
        None => Ok(()),
        Some((field, message, help)) => {
            let span = places.place_of(field).unwrap_or_else(|| raw.name.span());
            Err(reader.wrong((span, message, help)))
        }
    }
}

/// Checks the entry's own numbers of answers, by task.
fn samples(
    raw: BTreeMap<String, Spanned<u32>>,
    reader: EntryReader<'_>,
) -> ConfigResult<BTreeMap<String, u32>> {
    let mut samples = BTreeMap::new();
    for (task, number) in raw {
        if *number.get_ref() == 0 {
            return Err(Box::new(
                reader
                    .problem(number.span(), format!("0 samples of {task}, so the model would not be asked"))
                    .help("remove the task from the model's `tasks` instead"),
            ));
        }
        if *number.get_ref() > crate::suite::MOST_SAMPLES {
            let message = format!(
                "{} samples of {task}, but at most {} are possible",
                number.get_ref(),
                crate::suite::MOST_SAMPLES
            );
            return Err(Box::new(reader.problem(number.span(), message)));
        }
        samples.insert(task, number.into_inner());
    }
    Ok(samples)
}

/// Reads how fast the model may be asked, and its price and limits.
fn terms(raw: &mut RawModel, reader: EntryReader<'_>) -> ConfigResult<Terms> {
    let above_zero = |number: Option<Spanned<f64>>, what: &str| match number {
        Some(number) if !(number.get_ref().is_finite() && *number.get_ref() > 0.0) => {
            let message = format!("`{what}` is {}, but must be above 0", number.get_ref());
            Err(Box::new(reader.problem(number.span(), message)))
        }
        number => Ok(number.map(Spanned::into_inner)),
    };
    if let Some(none) = raw.concurrency.as_ref().filter(|number| *number.get_ref() == 0) {
        let message = "`concurrency` is 0, so the model could not be asked";
        return Err(Box::new(reader.problem(none.span(), message)));
    }
    if let Some(price) = &raw.price {
        let Price { input, output } = price.get_ref();
        if [input, output].into_iter().any(|usd| !(usd.is_finite() && *usd >= 0.0)) {
            let message = "a price must be 0 or more, in US dollars per million tokens";
            return Err(Box::new(reader.problem(price.span(), message)));
        }
    }
    if let (Some(most), None) = (&raw.max_usd, &raw.price) {
        let message = format!("`max_usd` of `{}` cannot be enforced without its price", raw.name.get_ref());
        return Err(Box::new(
            reader
                .problem(most.span(), message)
                .help("add price = { input = …, output = … }, in US dollars per million tokens"),
        ));
    }
    Ok(Terms {
        concurrency: raw.concurrency.take().map(Spanned::into_inner),
        requests_per_minute: above_zero(raw.requests_per_minute.take(), "requests_per_minute")?,
        tokens_per_minute: above_zero(raw.tokens_per_minute.take(), "tokens_per_minute")?,
        price: raw.price.take().map(Spanned::into_inner),
        max_requests: raw.max_requests.take().map(Spanned::into_inner),
        max_usd: above_zero(raw.max_usd.take(), "max_usd")?,
    })
}

fn places(raw: &RawModel) -> Places {
    let mut places = Places::default();
    // If `base_url` is missing, the place to show is that of `provider`, which requires it.
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
    places
}

/// The places of settings that a provider may not take.
#[derive(Debug, Clone, Default)]
pub(in crate::config) struct Places(BTreeMap<String, Range<usize>>);

impl Places {
    fn put(&mut self, field: &str, span: Option<Range<usize>>) {
        if let Some(span) = span {
            self.0.insert(field.to_owned(), span);
        }
    }

    /// Returns the place of `field`, or of the table that it is in.
    pub(in crate::config) fn place_of(&self, field: &str) -> Option<Range<usize>> {
        self.0.get(field).or_else(|| self.0.get(field.rsplit_once('.')?.0)).cloned()
    }
}
