//! Keys: read from the variable the config names, held as secrets, and taken out of any text a
//! provider sends back.

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

/// What stands where a provider repeated the key.
const REDACTED: &str = "[key]";

/// Keys shorter than this are placeholders ("x", "none"): replacing them would garble the text.
const SHORTEST: usize = 6;

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

    /// `text` without the key, should a provider or a proxy have repeated it.
    pub(super) fn redact(&self, text: String) -> String {
        let key = self.0.expose_secret();
        if key.len() < SHORTEST || !text.contains(key) {
            return text;
        }
        text.replace(key, REDACTED)
    }
}
