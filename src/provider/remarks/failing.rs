//! Finds fields at the top of a product's reply that say, however they are written, that it has no answer of its own.

use serde_json::Value;

use super::super::finish::word;

// Names are compared in lower case and without signs.
const FAILED_IF_FALSE: [&str; 5] = ["ok", "success", "issuccess", "succeeded", "successful"];
const FAILED_IF_TRUE: [&str; 13] = [
    "degraded",
    "failed",
    "fallback",
    "haserror",
    "hasfailed",
    "incomplete",
    "isdegraded",
    "iserror",
    "isfallback",
    "isincomplete",
    "ispartial",
    "partial",
    "usedfallback",
];
/// Fields with the code of an error, which is 0 or nothing if there is none.
const CODES: [&str; 3] = ["errcode", "errno", "errorcode"];
/// Words in place of such a code.
const WELL: [&str; 9] = ["", "0", "false", "no", "no_error", "none", "null", "ok", "success"];

/// Returns the field of `body`, other than `own`, that says so, and its value.
pub(super) fn failing(body: &Value, own: &str) -> Option<String> {
    let fields = body.as_object()?.iter().filter(|(name, _)| *name != own);
    let (name, value) = fields.into_iter().find(|(name, value)| fails(name, value))?;
    Some(format!("`{name}` is `{}`", word(Some(value)).unwrap_or_else(|| value.to_string())))
}

fn fails(name: &str, value: &Value) -> bool {
    let plain: String =
        name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let is = |names: &[&str]| names.contains(&plain.as_str());
    let says = |flag: bool, words: [&str; 3]| match value {
        Value::Bool(said) => *said == flag,
        Value::Number(number) => number.as_f64() == Some(f64::from(u8::from(flag))),
        Value::String(said) => words.iter().any(|word| said.trim().eq_ignore_ascii_case(word)),
        _ => false,
    };
    let coded = || match value {
        Value::Number(code) => code.as_f64() != Some(0.0),
        Value::String(code) => !WELL.contains(&code.trim().to_ascii_lowercase().as_str()),
        Value::Bool(failed) => *failed,
        _ => false,
    };
    is(&FAILED_IF_FALSE) && says(false, ["false", "no", "0"])
        || is(&FAILED_IF_TRUE) && says(true, ["true", "yes", "1"])
        || is(&CODES) && coded()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_failure_is_known_in_any_spelling() {
        for body in [
            json!({ "success": "false" }),
            json!({ "success": 0 }),
            json!({ "OK": "No" }),
            json!({ "partial": "true" }),
            json!({ "is_partial": 1 }),
            json!({ "error_code": 17 }),
            json!({ "errorCode": "E17" }),
            json!({ "fallback": true }),
            json!({ "degraded": true }),
        ] {
            assert!(failing(&body, "r").is_some(), "{body}");
        }
        for body in [
            json!({ "success": "true", "ok": 1, "partial": "false", "failed": 0 }),
            json!({ "error_code": 0, "errno": null, "errcode": "0", "errorCode": "OK" }),
            json!({ "fallback": null, "degraded": false, "success": null }),
            json!({ "r": { "fallback": true } }),
            json!(["fallback"]),
        ] {
            assert_eq!(failing(&body, "r"), None, "{body}");
        }
        assert_eq!(failing(&json!({ "success": "false" }), "success"), None, "the answer itself");
    }
}
