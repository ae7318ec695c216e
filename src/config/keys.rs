//! `key_env`: the name of a variable, which holds a key; and whose keys are kept from whom.

use reqwest::Url;
use secrecy::SecretString;
use toml::Spanned;

use super::Model;
use crate::diagnostic::secret::{is_name as is_secret, looks_like_key};
use crate::diagnostic::{KEY_HELP, secret};

/// A value that stands in the config is a secret by the name beside it from so many characters on.
const SHORTEST: usize = 8;

/// Whether `key_env` can be a variable's name.
///
/// # Errors
/// It looks like a key, or is no name; what stands there is not part of the message.
pub(super) fn is_name(name: &Spanned<String>) -> Result<(), (String, &'static str)> {
    let text = name.get_ref().as_str();
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && !text.is_empty();
    if secret::looks_like_key(text) {
        let message =
            "`key_env` holds what looks like a key (it is not shown), and not the name of a variable";
        return Err((message.to_owned(), KEY_HELP));
    }
    match plain {
        true => Ok(()),
        false => {
            Err(("`key_env` is no name of an environment variable (it is not shown)".to_owned(), KEY_HELP))
        }
    }
}

/// A program inherits the environment, but not the keys of the other models: they are no business of it. And
/// whoever repeats one of them all the same, it is taken out of what is kept and shown.
pub(super) fn hide(models: &mut [Model]) {
    let mut keys: Vec<String> = models.iter().flat_map(Model::variables).map(str::to_owned).collect();
    keys.sort();
    keys.dedup();
    let literals: Vec<SecretString> = models.iter().flat_map(literals).map(SecretString::from).collect();
    for model in models {
        model.literals.clone_from(&literals);
        let others = keys.iter().filter(|key| model.key_env.as_ref() != Some(key));
        model.other_keys = others.cloned().collect();
        if let Some(command) = &mut model.command {
            command.hidden.clone_from(&model.other_keys);
        }
    }
}

/// What stands in an entry itself and is a secret, though a variable should hold it: in a header, in an
/// address, among the parameters, in a command.
fn literals(model: &Model) -> Vec<String> {
    let mut found = Vec::new();
    let mut add = |name: &str, word: &str| {
        if !word.contains('{') && (is_secret(name) && word.len() >= SHORTEST || looks_like_key(word)) {
            found.push(word.to_owned());
        }
    };
    for (name, value) in model.http.iter().flat_map(|http| &http.headers) {
        value.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';')).for_each(|word| add(name, word));
    }
    for (name, value) in &model.headers {
        value.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';')).for_each(|word| add(name, word));
    }
    let urls = model.base_url.iter().chain(model.http.iter().map(|http| &http.url));
    for url in urls.filter_map(|url| Url::parse(url).ok()) {
        add("password", url.password().unwrap_or_default());
        url.query_pairs().for_each(|(name, value)| add(&name, &value));
    }
    for (name, value) in &model.parameters {
        add(name, value.as_str().unwrap_or_default());
    }
    for word in model.command.iter().flat_map(|command| &command.line) {
        let (name, value) = word.split_once('=').unwrap_or(("", word));
        add(name.trim_start_matches('-'), value);
    }
    found
}
