//! What of a user's file is not repeated: keys that stand in it by mistake, and characters that a terminal
//! or a CI system would act on.

use crate::ground::text::is_bidi;

/// How keys of the common services begin.
const BEGINNINGS: &[&str] = &[
    "sk-",
    "sk_",
    "pk-",
    "rk_",
    "gsk_",
    "xai-",
    "hf_",
    "AIza",
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat_",
    "glpat-",
    "AKIA",
    "ASIA",
    "ya29.",
    "eyJ",
    "pplx-",
    "r8_",
    "fw_",
    "nvapi-",
    "csk-",
    "key-",
    "xoxb-",
    "xoxp-",
    "AQ.",
];

/// Names of settings whose values are secret.
const NAMES: &[&str] = &[
    "key",
    "api_key",
    "apikey",
    "access_key",
    "secret",
    "secret_key",
    "client_secret",
    "token",
    "access_token",
    "auth",
    "auth_token",
    "authorization",
    "proxy_authorization",
    "bearer",
    "password",
    "passwd",
    "pwd",
    "credential",
    "credentials",
    "cookie",
    "subscription_key",
    "signature",
];

/// Names that are others' as part of a longer one.
const ALONE: &[&str] = &["code", "sig"];

/// Whether a setting, header or part of a query with this name holds a secret (`x-api-key`, `Authorization`).
pub(crate) fn is_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace(['-', '.'], "_");
    let ends =
        |known: &&str| name.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('_'));
    NAMES.iter().any(ends) || ALONE.contains(&name.as_str())
}

/// Whether a word looks like a key: it begins as those of a known service do, or no person would write it.
pub(crate) fn looks_like_key(word: &str) -> bool {
    let rest = BEGINNINGS.iter().find_map(|beginning| word.strip_prefix(beginning));
    if rest.is_some_and(|rest| rest.len() >= 6) {
        return true;
    }
    // Long, and letters and digits mixed without a break.
    word.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| {
        let digits = part.bytes().filter(u8::is_ascii_digit).count();
        part.len() >= 20 && digits >= 3 && part.len() - digits >= 3
    })
}

/// `text` of the same length in bytes, with a `*` for each byte of what looks like a key or stands where a
/// secret does, and a `?` for each byte of a character that is no text.
pub(crate) fn masked(text: &str) -> String {
    let mut hidden = vec![false; text.len()];
    let mut hide = |from: usize, to: usize| hidden[from..to].iter_mut().for_each(|byte| *byte = true);
    let of_word = |c: char| c.is_ascii_alphanumeric() || "-_.+/=~".contains(c);
    for (at, word) in runs(text, of_word) {
        // `x=sk-…`, `a/sk-…`: each part by itself, too.
        for (inner, part) in runs(word, |c| c.is_ascii_alphanumeric() || "-_.~".contains(c)) {
            if looks_like_key(part) {
                hide(at + inner, at + inner + part.len());
            }
        }
    }
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        for (from, to) in secrets_of(line) {
            hide(start + from, start + to);
        }
        start += line.len();
    }
    let mut shown = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let command = c == '#' && ["##[", "##vso["].iter().any(|command| text[at..].starts_with(command));
        let odd = (c.is_control() && !matches!(c, '\n' | '\r' | '\t')) || is_bidi(c) || command;
        match hidden[at] {
            true => (0..c.len_utf8()).for_each(|_| shown.push('*')),
            false if odd => (0..c.len_utf8()).for_each(|_| shown.push('?')),
            false => shown.push(c),
        }
    }
    shown
}

/// `text` without the queries of addresses, which may hold a signature.
#[cfg(any(feature = "object-store", feature = "bedrock-sigv4"))]
pub(crate) fn without_queries(text: &str) -> String {
    let mut parts = text.split('?');
    let mut safe = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| c.is_whitespace() || "\"')>,".contains(c)).unwrap_or(part.len());
        safe.push_str("?…");
        safe.push_str(&part[end..]);
    }
    safe
}

/// The stretches of `text` of which all characters fit, each with its place.
fn runs(text: &str, fits: impl Fn(char) -> bool) -> impl Iterator<Item = (usize, &str)> {
    let parts = text.split(move |c: char| !fits(c)).filter(|part| !part.is_empty());
    parts.map(|part| (part.as_ptr().addr() - text.as_ptr().addr(), part))
}

/// Where the values of secret settings stand in a line of TOML: what is between the quotes. A value that has
/// `{key}` in it names the place of a key and is none.
fn secrets_of(line: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(sign) = line[at..].find('=').map(|sign| at + sign) {
        at = sign + 1;
        let before = line[..sign].trim_end().trim_end_matches(['"', '\'']);
        let name = before.rsplit(|c: char| !(c.is_ascii_alphanumeric() || "-_".contains(c))).next();
        let rest = &line[at..];
        let value = rest.trim_start();
        let from = at + rest.len() - value.len();
        let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'')) else { continue };
        let length = value[1..].find(quote).unwrap_or(value.trim_end().len().max(1) - 1);
        let (from, to) = (from + 1, from + 1 + length);
        if name.is_some_and(is_name) && !line[from..to].contains("{key}") {
            found.push((from, to));
        }
        at = to;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_from_names() {
        for key in [
            "sk-proj-a1b2c3d4e5",
            "AIzaSyA1234567890abcdefghijklmnopqrstuv",
            "gsk_abcdefgh1234",
            "0123456789abcdef0123456789abcdef",
            "xai-aaaaaaaaaaaa",
        ] {
            assert!(looks_like_key(key), "{key}");
        }
        for name in [
            "OPENAI_API_KEY",
            "AZURE_OPENAI_KEY_2",
            "gpt-4.1-mini-2025-04-14",
            "meta-llama/Llama-3.1-405B-Instruct",
            "HF_TOKEN",
            "practitioners-as-published",
            "sk-x",
        ] {
            assert!(!looks_like_key(name), "{name}");
        }
        for name in ["key", "x-api-key", "Authorization", "OPENAI_TOKEN", "cookie", "code"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["key_env", "max_tokens", "tokens_in", "zip_code", "content-type", "monkey"] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[cfg(any(feature = "object-store", feature = "bedrock-sigv4"))]
    #[test]
    fn no_signature_is_told() {
        let text = "Error performing GET https://a.blob.core.windows.net/c/k?sv=1&sig=secret in 2 s: is it there? (no)";
        let wanted = "Error performing GET https://a.blob.core.windows.net/c/k?… in 2 s: is it there?… (no)";
        assert_eq!(without_queries(text), wanted);
    }

    #[test]
    fn what_is_masked_has_its_length_and_its_places() {
        for (text, wanted) in [
            ("key_env = \"sk-proj-a1b2c3\" # x", "key_env = \"**************\" # x"),
            ("key = \"hunter2\"\nmodel = \"x\"", "key = \"*******\"\nmodel = \"x\""),
            ("headers = { x-api-key = 'pw', a = \"b\" }", "headers = { x-api-key = '**', a = \"b\" }"),
            ("a = { authorization = \"Bearer {key}\" }", "a = { authorization = \"Bearer {key}\" }"),
            ("\"token\" = \"open", "\"token\" = \"****"),
            ("url = \"https://h/?k=sk-a1b2c3d4\"", "url = \"https://h/?k=***********\""),
            ("x\u{1b}[31m\u{202e}é", "x?[31m???é"),
        ] {
            assert_eq!(masked(text), wanted);
            assert_eq!(masked(text).len(), text.len(), "{text}");
        }
    }
}
