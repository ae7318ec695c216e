//! The headers of every request, with placeholders for the key, which may differ between requests.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use super::ConnectError;
use super::key::ApiKey;
use crate::config::{HeaderPart, Model, parts};
use crate::ground::environment::Variables;

/// A piece of a header's value; `None` is the key.
type Piece = Option<SecretString>;

/// One header.
#[derive(Debug)]
struct Head {
    name: HeaderName,
    value: Vec<Piece>,
    /// Whether `Debug` hides the value, because it holds a key or something that the config calls a secret.
    secret: bool,
}

/// All headers of a request. `Debug` shows none of their values.
#[derive(Debug, Default)]
pub(super) struct Heads(Vec<Head>);

impl Heads {
    /// Makes the headers of the wire and those in the config of `model`, which replace headers of the same name.
    pub(super) fn of(
        model: &Model,
        key: &super::shared::KeyHeader,
        more: &[(&'static str, &'static str)],
        variables: Variables,
    ) -> Result<Heads, ConnectError> {
        let mut heads = Heads::default();
        for (name, value) in more {
            heads.put(HeaderName::from_static(name), vec![Some((*value).into())], false);
        }
        if model.has_key() {
            heads.put(HeaderName::from_static(key.0), vec![Some(key.1.into()), None], true);
        }
        for (name, value) in &model.headers {
            let wrong = || ConnectError::Setting {
                message: format!("the header `{name}` of `{}` cannot be sent", model.name),
                help: "use one line, without control characters".to_owned(),
            };
            let (mut pieces, mut secret) = (Vec::new(), false);
            for part in parts(value) {
                pieces.push(match part {
                    HeaderPart::Text(words) => Some(words.into()),
                    HeaderPart::Key => None,
                    HeaderPart::Variable(name) => {
                        secret = true;
                        Some(variable(model, name, variables)?)
                    }
                });
            }
            heads.put(name.parse().map_err(|_| wrong())?, pieces, secret);
            heads.are_sendable().map_err(|_| wrong())?;
        }
        Ok(heads)
    }

    /// Makes the headers of `[model.http]`. `Debug` hides all their values, since any may hold a key.
    pub(super) fn of_templates<'t>(
        templates: impl Iterator<Item = (&'t String, &'t String)>,
    ) -> Option<Heads> {
        let mut heads = Heads::default();
        for (name, template) in templates {
            let mut pieces: Vec<Piece> = Vec::new();
            for (at, text) in template.split("{key}").enumerate() {
                pieces.extend((at > 0).then_some(None));
                pieces.push(Some(text.into()));
            }
            heads.put(name.parse().ok()?, pieces, true);
        }
        heads.are_sendable().ok()?;
        Some(heads)
    }

    fn put(&mut self, name: HeaderName, value: Vec<Piece>, secret: bool) {
        self.0.retain(|known| known.name != name);
        let secret = secret || value.iter().any(Option::is_none);
        self.0.push(Head { name, value, secret });
    }

    /// Checks that the headers can be sent, with a key of one letter.
    fn are_sendable(&self) -> Result<(), ()> {
        self.filled("x").map(|_| ()).ok_or(())
    }

    /// Returns the headers with `key`, or without those that need a key where there is none.
    pub(super) fn with(&self, key: Option<&ApiKey>) -> Option<HeaderMap> {
        match key {
            Some(key) => self.filled(key.expose()),
            None => {
                let keyless = |head: &&Head| head.value.iter().all(Option::is_some);
                self.0.iter().filter(keyless).map(|head| head.filled("")).collect()
            }
        }
    }

    fn filled(&self, key: &str) -> Option<HeaderMap> {
        self.0.iter().map(|head| head.filled(key)).collect()
    }
}

impl Head {
    /// Returns the header with `key` in its place.
    fn filled(&self, key: &str) -> Option<(HeaderName, HeaderValue)> {
        let pieces = self.value.iter().map(|piece| piece.as_ref().map_or(key, ExposeSecret::expose_secret));
        let text = SecretString::from(pieces.collect::<String>());
        let mut value = HeaderValue::from_str(text.expose_secret()).ok()?;
        value.set_sensitive(self.secret);
        Some((self.name.clone(), value))
    }
}

fn variable(model: &Model, name: &str, variables: Variables) -> Result<SecretString, ConnectError> {
    let unset = || ConnectError::NoVariable { variable: name.to_owned(), model: model.name.clone() };
    Ok(SecretString::from(SecretString::from(variables(name).ok_or_else(unset)?).expose_secret().trim()))
}
