//! Keys: read from the variable the config names, and held as secrets.

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use super::ConnectError;
use crate::config::Model;

/// Looks an environment variable up. A function, so that a test can hand in its own: the process's
/// environment cannot be changed safely while threads run.
pub type Variables = fn(&str) -> Option<String>;

/// The process's own environment; `None` for a variable that is unset, blank or not UTF-8.
pub fn from_environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// The key of a model. `Debug` shows no part of it.
#[derive(Debug)]
pub(super) struct Key(SecretString);

impl Key {
    /// The key of `model`, or `None` where it names no variable.
    pub(super) fn of(model: &Model, variables: Variables) -> Result<Option<Key>, ConnectError> {
        let Some(variable) = &model.key_env else { return Ok(None) };
        let value = variables(variable).map(SecretString::from);
        let value = value.filter(|value| !value.expose_secret().trim().is_empty());
        let Some(value) = value else {
            return Err(ConnectError::NoKey { variable: variable.clone(), model: model.name.clone() });
        };
        // A line break at the end is how files and pipes hand keys over, not part of the key.
        let key = Key(SecretString::from(value.expose_secret().trim()));
        match key.header("") {
            Some(_) => Ok(Some(key)),
            None => Err(ConnectError::BadKey { variable: variable.clone() }),
        }
    }

    /// The key after `prefix`, as a header that `Debug` hides.
    pub(super) fn header(&self, prefix: &str) -> Option<HeaderValue> {
        self.within(&format!("{prefix}{{key}}"))
    }

    /// `template` with the key in place of `{key}`, as a header that `Debug` hides.
    pub(super) fn within(&self, template: &str) -> Option<HeaderValue> {
        let text = SecretString::from(template.replace("{key}", self.0.expose_secret()));
        let mut header = HeaderValue::from_str(text.expose_secret()).ok()?;
        header.set_sensitive(true);
        Some(header)
    }

    /// For [`Secrets`](super::secrets::Secrets), which takes it out of what comes back.
    pub(super) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}
