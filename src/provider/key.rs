//! Keys: read from the variables the config names, and held as secrets.

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use super::ConnectError;
use crate::config::Model;
use crate::ground::environment::Variables;

/// The key of a model. `Debug` shows no part of it.
#[derive(Debug)]
pub(super) struct ApiKey(SecretString);

impl ApiKey {
    /// The keys of `model`, each with the name of its variable.
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

    /// What was handed over as a key: a line break at the end is how files and pipes do it, and no part of it.
    /// `None` where it cannot be sent.
    pub(super) fn read(text: &str) -> Option<ApiKey> {
        let text = text.trim();
        HeaderValue::from_str(text).is_ok().then(|| ApiKey(SecretString::from(text)))
    }

    /// For [`Secrets`](super::secrets::Secrets), which takes it out of what comes back.
    pub(super) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}
