//! What the body of an error tells, whichever provider wrote it: the words, how long to wait, and
//! whether waiting helps at all.

use std::time::Duration;

use serde_json::Value;

/// The provider's own words, wherever it puts them; the whole body where none are found.
///
/// `{"error": {"message": …}}` is OpenAI's, Anthropic's, Google's and llama.cpp's, `{"error": "…"}`
/// Ollama's and Together's, `{"object": "error", "message": …}` vLLM's, `{"detail": …}` what FastAPI
/// makes (DeepInfra), with a list for a body of the wrong form; Google's chat completions put it all
/// into a list of one. OpenRouter names the failure and gives the words of the host behind it as
/// `metadata.raw`.
pub(super) fn message(body: &Value) -> String {
    let error = inner(body);
    let words = words(error).unwrap_or_else(|| error.to_string());
    let raw = error.get("metadata").and_then(|metadata| metadata.get("raw")).and_then(Value::as_str);
    match raw.map(str::trim).filter(|raw| !raw.is_empty()) {
        Some(raw) => format!("{words}: {raw}"),
        None => words,
    }
}

/// Whether what stands in an error's field says that something failed: many services send the field along
/// with a whole answer, empty in one way or another.
pub(super) fn failed(error: Option<&Value>) -> bool {
    match error {
        None | Some(Value::Null) => false,
        Some(Value::Bool(failed)) => *failed,
        Some(Value::Number(code)) => code.as_f64() != Some(0.0),
        Some(Value::String(words)) => !words.trim().is_empty(),
        Some(Value::Array(list)) => list.iter().any(|one| failed(Some(one))),
        Some(Value::Object(fields)) => fields.values().any(|one| failed(Some(one))),
    }
}

/// Whether a body, of whatever service, says of itself that it is an error and no answer.
pub(super) fn refuses(body: &Value) -> bool {
    let is = |field: &str, words: &[&str]| {
        let word = body.get(field).and_then(Value::as_str).unwrap_or_default();
        words.iter().any(|known| word.eq_ignore_ascii_case(known))
    };
    let no = |field| body.get(field) == Some(&Value::Bool(false));
    // `fault` is Apigee's, `errorMessage` AWS Lambda's.
    ["error", "errors", "fault", "errorMessage"].iter().any(|field| failed(body.get(field)))
        || is("object", &["error"])
        || is("type", &["error"])
        || is("status", &["error", "fail", "failed", "failure"])
        || no("success")
        || no("ok")
}

fn inner(body: &Value) -> &Value {
    let body = body.as_array().and_then(|list| list.first()).unwrap_or(body);
    body.get("error").filter(|error| failed(Some(error))).unwrap_or(body)
}

fn words(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(list) => list.first().and_then(words),
        Value::Object(_) => {
            ["message", "detail", "error", "msg"].iter().find_map(|field| words(value.get(field)?))
        }
        _ => None,
    }
}

/// The wait that Google's errors ask for (`"retryDelay": "21s"`,
/// <https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto>).
pub(super) fn wait(body: &Value) -> Option<Duration> {
    let text = details(body).find_map(|detail| detail.get("retryDelay"))?.as_str()?;
    Duration::try_from_secs_f64(text.strip_suffix('s')?.parse().ok()?).ok()
}

/// Whether it is a used-up account, or a day's or month's allowance, which no waiting helps.
pub(super) fn used_up(body: &Value) -> bool {
    let error = inner(body);
    let is =
        |value: &Value, field: &str, wanted: &str| value.get(field).and_then(Value::as_str) == Some(wanted);
    let openai = is(error, "code", "insufficient_quota") || is(error, "type", "insufficient_quota");
    let anthropic =
        error.get("details").is_some_and(|details| is(details, "error_code", "enforced_spend_limit_reached"));
    let mut violations = details(body).filter_map(|detail| detail.get("violations")?.as_array()).flatten();
    let google = violations.any(|violation| {
        violation.get("quotaId").and_then(Value::as_str).is_some_and(|quota| quota.contains("PerDay"))
    });
    openai || anthropic || google
}

fn details(body: &Value) -> impl Iterator<Item = &Value> {
    inner(body).get("details").and_then(Value::as_array).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_providers_words_are_found() {
        for (body, wanted) in [
            (json!({ "error": { "message": "a", "type": "x" } }), "a"),
            (json!({ "type": "error", "error": { "type": "overloaded_error", "message": "a" } }), "a"),
            (json!({ "error": "a" }), "a"),
            (json!({ "error": null, "message": "a" }), "a"),
            (json!({ "object": "error", "message": "a", "code": 404 }), "a"),
            (json!({ "object": "error", "message": { "detail": [{ "loc": ["body"], "msg": "a" }] } }), "a"),
            (json!({ "detail": "a" }), "a"),
            (json!({ "detail": { "error": "a" } }), "a"),
            (json!({ "detail": [{ "type": "missing", "loc": ["body", "model"], "msg": "a" }] }), "a"),
            (json!([{ "error": { "code": 400, "message": "a", "status": "INVALID_ARGUMENT" } }]), "a"),
            (
                json!({ "error": { "message": "a", "metadata": { "raw": "b", "provider_name": "c" } } }),
                "a: b",
            ),
            (json!({ "odd": 1 }), "{\"odd\":1}"),
            (json!({}), "{}"),
            (json!("a"), "a"),
        ] {
            assert_eq!(message(&body), wanted, "{body}");
        }
    }

    #[test]
    fn an_empty_error_tells_of_no_failure() {
        for empty in
            [json!(null), json!(""), json!(" "), json!(false), json!(0), json!([]), json!({}), json!([null])]
        {
            assert!(!failed(Some(&empty)), "{empty}");
        }
        assert!(!failed(Some(&json!({ "code": null, "message": "" }))) && !failed(None));
        for error in [json!("x"), json!(true), json!(429), json!(["x"]), json!({ "message": "x" })] {
            assert!(failed(Some(&error)), "{error}");
        }
    }

    #[test]
    fn a_wait_stands_in_the_details() {
        let body = |delay: &str| {
            let info = json!({ "@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay });
            json!({ "error": { "code": 429, "details": [{ "@type": "other" }, info] } })
        };
        assert_eq!(wait(&body("21s")), Some(Duration::from_secs(21)));
        assert_eq!(wait(&body("0.5s")), Some(Duration::from_millis(500)));
        for nonsense in ["21", "soon", "-3s", "NaNs", ""] {
            assert_eq!(wait(&body(nonsense)), None, "{nonsense}");
        }
        assert_eq!(wait(&json!({ "error": { "details": {} } })), None);
    }

    #[test]
    fn what_no_waiting_helps_is_known() {
        let google =
            |quota: &str| json!({ "error": { "details": [{ "violations": [{ "quotaId": quota }] }] } });
        assert!(used_up(&google("GenerateRequestsPerDayPerProjectPerModel-FreeTier")));
        assert!(!used_up(&google("GenerateRequestsPerMinutePerProjectPerModel")));
        assert!(used_up(&json!({ "error": { "code": "insufficient_quota" } })));
        let spent = json!({ "type": "rate_limit_error", "details": { "error_code": "enforced_spend_limit_reached" } });
        assert!(used_up(&json!({ "type": "error", "error": spent })));
        assert!(!used_up(&json!({ "error": { "type": "rate_limit_error" } })));
    }
}
