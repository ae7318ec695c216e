//! `key_env` (names of variables that hold keys), `key_command` (a program that prints one), and the rules that keep
//! the keys of one model from others.

use std::fmt;
use std::ops::Range;

use reqwest::Url;
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};
use toml::Spanned;

use super::Model;
use super::product::names_no_program;
use crate::ground::diagnostic::secret::{is_name as is_secret, looks_like_key};
use crate::ground::diagnostic::{KEY_HELP, secret};

/// The shortest value that counts as a secret because of the name beside it.
const SHORTEST: usize = 8;

/// The value of `key_env`: one name, or several.
#[derive(Debug)]
pub(super) struct KeyVariables(pub Vec<String>);

impl<'de> Deserialize<'de> for KeyVariables {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<KeyVariables, D::Error> {
        deserializer.deserialize_any(KeyVariablesVisitor)
    }
}

struct KeyVariablesVisitor;

impl<'de> Visitor<'de> for KeyVariablesVisitor {
    type Value = KeyVariables;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of an environment variable, or a list of such names")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<KeyVariables, E> {
        Ok(KeyVariables(vec![name.to_owned()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<KeyVariables, A::Error> {
        let mut names = Vec::new();
        while let Some(name) = list.next_element()? {
            names.push(name);
        }
        Ok(KeyVariables(names))
    }
}

/// Checks `key_env` and `key_command`; returns the place of a mistake, a message, and what to do.
pub(super) fn checked(
    names: Option<&Spanned<KeyVariables>>,
    command: Option<&Spanned<Vec<String>>>,
) -> Result<(), (Range<usize>, String, &'static str)> {
    let command_help =
        "the program, then its arguments, each a string: [\"gcloud\", \"auth\", \"print-access-token\"]";
    if let Some(command) = command {
        let line = command.get_ref();
        if names_no_program(line) {
            return Err((command.span(), "`key_command` does not name a program".to_owned(), command_help));
        }
        if line.iter().any(|word| looks_like_key(word)) {
            let message =
                "`key_command` holds what looks like a key (it is not shown), not a program that prints one";
            return Err((command.span(), message.to_owned(), KEY_HELP));
        }
        if names.is_some() {
            let message = "`key_env` and `key_command` are both set".to_owned();
            return Err((command.span(), message, "remove one of them"));
        }
    }
    let Some(names) = names else { return Ok(()) };
    let wrong = |message: String, help| Err((names.span(), message, help));
    let list = &names.get_ref().0;
    for (at, name) in list.iter().enumerate() {
        is_name(name).map_err(|(message, help)| (names.span(), message, help))?;
        if list[..at].contains(name) {
            return wrong(format!("`key_env` names {name} twice"), "name each variable once");
        }
    }
    match list.is_empty() {
        true => wrong("`key_env` does not name a variable".to_owned(), "remove it if no key is sent"),
        false => Ok(()),
    }
}

/// Checks that a value of `key_env` can be the name of a variable.
///
/// # Errors
/// It looks like a key, or is not a name. The message does not repeat the value, which may be secret.
fn is_name(text: &str) -> Result<(), (String, &'static str)> {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && !text.is_empty();
    if secret::looks_like_key(text) {
        let message = "`key_env` holds what looks like a key (it is not shown), not the name of a variable";
        return Err((message.to_owned(), KEY_HELP));
    }
    match plain {
        true => Ok(()),
        false => Err((
            "`key_env` is not the name of an environment variable (it is not shown)".to_owned(),
            KEY_HELP,
        )),
    }
}

/// Hides the keys of each model from the programs of all others, which inherit the environment otherwise. If one of
/// these keys still appears in an output, it is removed before anything is stored or shown.
pub(super) fn hide(models: &mut [Model]) {
    let mut keys: Vec<String> = models.iter().flat_map(Model::secret_variables).map(str::to_owned).collect();
    keys.sort();
    keys.dedup();
    let literals: Vec<SecretString> = models.iter().flat_map(literals).map(SecretString::from).collect();
    for model in models {
        model.literals.clone_from(&literals);
        let others = keys.iter().filter(|key| !model.key_env.contains(key));
        model.other_keys = others.cloned().collect();
        // A program that prints AWS credentials may find its own model's credentials in the environment.
        let hidden = model.other_keys.iter().filter(|key| !model.signs_with(key));
        let hidden: Vec<String> = hidden.cloned().collect();
        for command in model.command.iter_mut().chain(&mut model.key_command) {
            command.hidden.clone_from(&hidden);
        }
    }
}

/// Returns secrets that are written in the entry itself instead of in a variable: in a header, an address, a
/// parameter or a command.
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
    for word in model.command.iter().chain(&model.key_command).flat_map(|command| &command.line) {
        let (name, value) = word.split_once('=').unwrap_or(("", word));
        add(name.trim_start_matches('-'), value);
    }
    found
}
