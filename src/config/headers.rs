//! `headers` of a model: further headers, for example for a gateway. `{NAME}` in a value is replaced by that
//! environment variable, which is treated as a secret, and `{key}` by the key.

use std::collections::BTreeMap;

use toml::Spanned;

use super::certificate::Certificate;
use super::model::Model;
use super::product::{WrongSetting, check_header};
use super::provider::{ProviderPlace, Spec};
use crate::ground::diagnostic::secret::{is_name as is_secret, looks_like_key};

/// A part of a header's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HeaderPart<'t> {
    Text(&'t str),
    Key,
    Variable(&'t str),
}

/// Splits a value into its parts. Braces around anything but a name are text, since some headers hold JSON.
pub(crate) fn parts(value: &str) -> Vec<HeaderPart<'_>> {
    let (mut parts, mut rest, mut from) = (Vec::new(), value, 0);
    while let Some(open) = rest[from..].find('{').map(|at| from + at) {
        let name = rest[open + 1..].split_once('}').map(|(name, _)| name).filter(|name| is_variable(name));
        let Some(name) = name else {
            from = open + 1;
            continue;
        };
        if open > 0 {
            parts.push(HeaderPart::Text(&rest[..open]));
        }
        parts.push(if name == "key" { HeaderPart::Key } else { HeaderPart::Variable(name) });
        (rest, from) = (&rest[open + name.len() + 2..], 0);
    }
    if !rest.is_empty() {
        parts.push(HeaderPart::Text(rest));
    }
    parts
}

fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

impl Model {
    /// Returns the environment variables that must be set before the model can be asked: those of its key, of its
    /// headers and of its certificate.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &str> {
        let of_headers = self.headers.values().flat_map(|value| parts(value)).filter_map(|part| match part {
            HeaderPart::Variable(name) => Some(name),
            HeaderPart::Text(_) | HeaderPart::Key => None,
        });
        let of_certificate = self.certificate.iter().flat_map(Certificate::variables);
        self.key_env.iter().map(String::as_str).chain(of_headers).chain(of_certificate)
    }
}

/// Returns the headers of an entry; or the place of a mistake, a message, and what to do.
pub(super) fn checked(
    raw: BTreeMap<String, Spanned<String>>,
    provider: &Spec,
    key: bool,
) -> Result<BTreeMap<String, String>, WrongSetting> {
    if let (Some(value), Some(help)) = (raw.values().next(), elsewhere(provider.place)) {
        return Err((value.span(), "`headers` has no effect here".to_owned(), help.into()));
    }
    for (name, value) in &raw {
        check_header(name, value, key)?;
        let texts = parts(value.get_ref()).into_iter().filter_map(|part| match part {
            HeaderPart::Text(text) => Some(text),
            HeaderPart::Key | HeaderPart::Variable(_) => None,
        });
        let mut words = texts.flat_map(|text| text.split([' ', ',', ';', '"', ':']));
        // Words such as `Bearer`, and placeholders, are not secrets.
        let secret = |word: &str| looks_like_key(word) || is_secret(name) && word.len() >= 8;
        if words.any(secret) {
            let message = format!("`{name}` holds what looks like a key (it is not shown)");
            let help = "put it into an environment variable, and write the variable's name in braces: \"Bearer {NAME}\"";
            return Err((value.span(), message, help.into()));
        }
    }
    Ok(raw.into_iter().map(|(name, value)| (name, value.into_inner())).collect())
}

/// For a provider without a wire of its own, returns what to do with its headers.
fn elsewhere(place: ProviderPlace) -> Option<&'static str> {
    match place {
        ProviderPlace::Table => Some("write them in [model.http]"),
        ProviderPlace::Nowhere => Some("remove it: nothing is sent"),
        ProviderPlace::Public(_) | ProviderPlace::Own(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_braces_are_variables_and_other_braces_are_text() {
        use HeaderPart::{Key, Text, Variable};
        for (value, wanted) in [
            ("acme", vec![Text("acme")]),
            ("Bearer {TOKEN}", vec![Text("Bearer "), Variable("TOKEN")]),
            ("{key}{A_1} x", vec![Key, Variable("A_1"), Text(" x")]),
            ("{\"retry\":{\"attempts\":3}}", vec![Text("{\"retry\":{\"attempts\":3}}")]),
            ("{} {1} {a b} {", vec![Text("{} {1} {a b} {")]),
            ("{{X}}", vec![Text("{"), Variable("X"), Text("}")]),
            ("", vec![]),
        ] {
            assert_eq!(parts(value), wanted, "{value}");
        }
    }
}
