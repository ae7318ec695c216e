//! API keys, which are read from the variables that the config names and held as secrets.

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use super::ConnectError;
use crate::config::Model;
use crate::ground::environment::Variables;

/// An API key. `Debug` shows no part of it.
#[derive(Debug)]
pub(super) struct ApiKey(SecretString);

impl ApiKey {
    /// Reads the keys of `model`, each with the name of its variable.
    pub(super) fn of(model: &Model, variables: Variables) -> Result<Vec<(String, ApiKey)>, ConnectError> {
        let one = |variable: &String| {
            let value = variables(variable).map(SecretString::from);
            let value = value.filter(|value| !value.expose_secret().trim().is_empty());
            let Some(value) = value else {
                return Err(ConnectError::NoKey { variable: variable.clone(), model: model.name.clone() });
            };
            let key = ApiKey::read(value.expose_secret());
            let key = key.ok_or_else(|| ConnectError::BadKey { variable: variable.clone() })?;
            Ok((variable.clone(), key))
        };
        model.key_env.iter().map(one).collect()
    }

    /// Reads a key from `text`, without the line break that files and pipes put at its end. Returns `None` if
    /// the key cannot be sent in a header.
    pub(super) fn read(text: &str) -> Option<ApiKey> {
        let text = text.trim();
        HeaderValue::from_str(text).is_ok().then(|| ApiKey(SecretString::from(text)))
    }

    /// Returns the key in plain text, for the request and for [`Secrets`](super::secrets::Secrets).
    pub(super) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}
