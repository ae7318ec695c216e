//! Reads the body of an error, whichever provider wrote it: its words, how long to wait, and whether waiting helps.

use std::time::Duration;

use serde_json::Value;

use super::{Finish, Response};

/// Returns the provider's own words, wherever it puts them, or the whole body if there are none.
///
/// `{"error": {"message": …}}` is the form of OpenAI, Anthropic, Google and llama.cpp, `{"error": "…"}` that of
/// Ollama and Together, `{"object": "error", "message": …}` that of vLLM, and `{"detail": …}` that of FastAPI
/// (DeepInfra), with a list for a malformed body. Google's chat completions put it all into a list of one.
/// OpenRouter names the failure and has the words of the host behind it in `metadata.raw`. Prism and other
/// validators list the problems in `validation`; the first is shown.
pub(super) fn message(body: &Value) -> String {
    let error = inner(body);
    let words = words(error).or_else(|| words(first(body))).unwrap_or_else(|| error.to_string());
    let raw = error.get("metadata").and_then(|metadata| metadata.get("raw")).and_then(Value::as_str);
    let raw = raw.map(str::to_owned).or_else(|| self::words(error.get("validation")?));
    match raw.as_deref().map(str::trim).filter(|raw| !raw.is_empty()) {
        Some(raw) => format!("{words}: {raw}"),
        None => words,
    }
}

/// Returns whether an error's field says that something failed. Many services send an empty one with a whole answer.
pub(super) fn failed(error: Option<&Value>) -> bool {
    match error {
        None | Some(Value::Null) => false,
        Some(Value::Bool(failed)) => *failed,
        Some(Value::Number(code)) => code.as_f64() != Some(0.0),
        Some(Value::String(words)) => !words.trim().is_empty(),
        Some(Value::Array(list)) => list.iter().any(|one| failed(Some(one))),
        // A code of 0 says that all went well, whatever the words beside it.
        Some(Value::Object(fields)) => {
            let well = |field| fields.get(field).is_some_and(|code| *code == 0 || *code == "0");
            !well("code") && !well("status_code") && fields.values().any(|one| failed(Some(one)))
        }
    }
}

/// Returns whether a body of any service says that it is an error and not an answer.
pub(super) fn refuses(body: &Value) -> bool {
    let is = |field: &str, words: &[&str]| {
        let word = body.get(field).and_then(Value::as_str).unwrap_or_default();
        words.iter().any(|known| word.eq_ignore_ascii_case(known))
    };
    let no = |field| body.get(field) == Some(&Value::Bool(false));
    error_in(body).is_some()
        || status(body).is_some()
        || failed(body.get("errorMessage"))
        || is("object", &["error"])
        || is("type", &["error"])
        || is("status", FAILED)
        || no("success")
        || no("ok")
}

/// Words in `status` that say that the body is not a whole answer.
const FAILED: &[&str] =
    &["error", "fail", "failed", "failure", "incomplete", "cancelled", "canceled", "aborted"];

/// Returns the field and value of `body` that say that it failed. The field `own`, in which the wire says how
/// the answer ended, is left out.
pub(super) fn mark(body: &Value, own: &str) -> Option<String> {
    let body = body.as_object()?;
    let is_well =
        |word: &str| ["ok", "success", "succeeded"].iter().any(|well| word.eq_ignore_ascii_case(well));
    let well =
        ["message", "msg"].iter().any(|field| body.get(*field).and_then(Value::as_str).is_some_and(is_well));
    let fails = |name: &str, value: &Value| match (name, value) {
        ("success" | "ok", Value::Bool(well)) => !well,
        ("errorMessage", value) => failed(Some(value)),
        ("object" | "type", Value::String(word)) => word.eq_ignore_ascii_case("error"),
        ("status", Value::String(word)) => FAILED.iter().any(|failed| word.eq_ignore_ascii_case(failed)),
        // Codes may be a provider's own; HTTP statuses are read as such.
        ("code" | "status" | "status_code", Value::Number(code)) => {
            !well && code.as_u64().is_some_and(|code| code >= 400)
        }
        _ => false,
    };
    let found = body.iter().find(|(name, value)| *name != own && fails(name, value));
    found.map(|(name, value)| {
        format!("`{name}` is `{}`", value.as_str().map_or(value.to_string(), str::to_owned))
    })
}

/// Returns whether a body that is not an answer has words that say why.
pub(super) fn explains(body: &Value) -> bool {
    let body = first(body);
    body.is_object() && (refuses(body) || words(inner(body)).is_some())
}

/// Returns the status of a failure, if the body has one.
pub(super) fn status(body: &Value) -> Option<u16> {
    let of = |value: &Value| {
        let fields = ["code", "status", "statusCode", "status_code"].iter();
        let numbers = fields.filter_map(|field| match value.get(field)? {
            Value::Number(number) => u16::try_from(number.as_u64()?).ok(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        });
        numbers.into_iter().find(|code| (400..600).contains(code))
    };
    of(inner(body)).or_else(|| of(first(body)))
}

/// Codes and types of errors that say that a filter stopped the question or its answer, as OpenAI, Azure,
/// LiteLLM, Qwen and Zhipu send them.
const FILTERED: &[&str] = &[
    "content_filter",
    "content_policy_violation",
    "moderation_blocked",
    "data_inspection_failed",
    "datainspectionfailed",
    "1301",
];

/// Words of such errors that have no code, as DeepSeek, Qwen, Anthropic and OpenAI send them.
const FILTERED_WORDS: &[&str] = &[
    "content exists risk",
    "datainspectionfailed",
    "blocked by content filtering policy",
    "flagged as potentially violating our usage policy",
    "limited access to this content for safety reasons",
];

/// Returns whether an error says that a filter stopped the question or its answer
/// (<https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-filter>,
/// <https://openrouter.ai/docs/api/reference/errors-and-debugging>). This is an answer, since asking again
/// would not help, and no reason to stop asking the model.
pub(super) fn filtered(status: u16, body: &Value) -> bool {
    let error = inner(body);
    if !matches!(status, 400 | 403 | 422 | 451) || !error.is_object() {
        return false;
    }
    let is = |field| {
        let word = error.get(field).and_then(Value::as_str).unwrap_or_default();
        FILTERED.contains(&&*word.to_ascii_lowercase())
    };
    let flagged = error
        .get("metadata")
        .is_some_and(|metadata| ["flagged_input", "reasons"].iter().any(|field| failed(metadata.get(field))));
    let said = words(error).unwrap_or_default().to_lowercase();
    is("code") || is("type") || flagged || FILTERED_WORDS.iter().any(|words| said.contains(words))
}

/// Reads what a model at Groq said if it was not the JSON that was asked for
/// (<https://console.groq.com/docs/structured-outputs>). Groq answers this with status 400, and another try may
/// succeed. But it counts as an answer that cannot be read: if it were asked again, only answers that fit would
/// be counted.
pub(super) fn misshapen(body: &Value) -> Option<Response> {
    let error = inner(body);
    if error.get("code").and_then(Value::as_str) != Some(MISSHAPEN) {
        return None;
    }
    let text = error.get("failed_generation").and_then(Value::as_str).unwrap_or_default().to_owned();
    Some(Response { text, finish: Finish::Unknown(MISSHAPEN.to_owned()), ..Response::default() })
}

const MISSHAPEN: &str = "json_validate_failed";

/// Returns whether an error is an answer all the same: stopped by a filter, or misshapen.
pub(super) fn answers(status: u16, body: &Value) -> bool {
    filtered(status, body) || matches!(status, 400 | 422) && misshapen(body).is_some()
}

/// Returns the first of a list, since Google's chat completions put everything into a list of one.
fn first(body: &Value) -> &Value {
    body.as_array().and_then(|list| list.first()).unwrap_or(body)
}

/// Returns the error within a body, or the body itself.
fn inner(body: &Value) -> &Value {
    error_in(body).unwrap_or_else(|| first(body))
}

pub(super) fn error_in(body: &Value) -> Option<&Value> {
    let body = first(body);
    let fields = ["error", "errors", "fault", "base_resp"].iter();
    let errors = fields.filter_map(|field| body.get(field));
    let gateways = body.as_object().into_iter().flatten().filter(|(name, _)| name.starts_with("x_"));
    let theirs =
        gateways.flat_map(|(_, of)| ["error", "errors"].into_iter().filter_map(|field| of.get(field)));
    errors.chain(theirs).find(|error| failed(Some(error))).map(first)
}

pub(super) fn words(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(list) => list.first().and_then(words),
        Value::Object(_) => {
            let fields = [
                "message",
                "Message",
                "detail",
                "error",
                "msg",
                "status_msg",
                "faultstring",
                "errorMessage",
                "title",
            ];
            fields.iter().find_map(|field| words(value.get(field)?))
        }
        _ => None,
    }
}

/// Returns the wait that Google's errors ask for (`"retryDelay": "21s"`,
/// <https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto>).
pub(super) fn wait(body: &Value) -> Option<Duration> {
    let text = details(body).find_map(|detail| detail.get("retryDelay"))?.as_str()?;
    Duration::try_from_secs_f64(text.strip_suffix('s')?.parse().ok()?).ok()
}

/// Returns whether an account, or the allowance of a day or month, is used up, so that waiting does not help.
pub(super) fn used_up(body: &Value) -> bool {
    let error = inner(body);
    let is =
        |value: &Value, field: &str, wanted: &str| value.get(field).and_then(Value::as_str) == Some(wanted);
    let openai = is(error, "code", "insufficient_quota") || is(error, "type", "insufficient_quota");
    let anthropic =
        error.get("details").is_some_and(|details| is(details, "error_code", "enforced_spend_limit_reached"));
    // Only its words set this error 400 apart from others.
    let broke = words(error).is_some_and(|words| words.to_lowercase().contains("credit balance is too low"));
    let mut violations = details(body).filter_map(|detail| detail.get("violations")?.as_array()).flatten();
    let google = violations.any(|violation| {
        violation.get("quotaId").and_then(Value::as_str).is_some_and(|quota| quota.contains("PerDay"))
    });
    openai || anthropic || broke || google
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
            (json!({ "choices": null, "base_resp": { "status_code": 1002, "status_msg": "a" } }), "a"),
            (json!({ "success": false, "errors": [{ "code": 7009, "message": "a" }] }), "a"),
            (json!({ "title": "a", "status": 503 }), "a"),
            (json!({ "error": true, "message": "a" }), "a"),
            (json!({ "code": 500, "msg": "a", "data": null }), "a"),
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
    fn a_body_says_of_itself_that_it_is_an_error() {
        for error in [
            json!({ "error": "x" }),
            json!({ "errors": [{ "message": "x" }], "data": null }),
            json!({ "statusCode": 502, "body": "{}" }),
            json!({ "type": "about:blank", "title": "x", "status": 503 }),
            json!({ "code": "429", "message": "x" }),
            json!({ "errorMessage": "x", "errorType": "Runtime.ExitError" }),
            json!({ "status": "ERROR", "message": "x" }),
            json!({ "success": false }),
            json!([{ "error": { "code": 429, "message": "x" } }]),
        ] {
            assert!(refuses(&error), "{error}");
        }
        for answer in [
            json!({ "answer": "x", "error": null, "errors": [], "code": 0, "status": "ok" }),
            json!({ "answer": "x", "status": 200, "success": true, "base_resp": { "status_code": 0, "status_msg": "success" } }),
            json!(["x"]),
            json!("error"),
            json!({ "message": "x" }),
        ] {
            assert!(!refuses(&answer), "{answer}");
        }
    }

    #[test]
    fn what_a_filter_has_stopped_is_known() {
        let code = |code: &str| json!({ "error": { "code": code, "message": "x" } });
        let words = |words: &str| json!({ "error": { "code": "invalid_request_error", "message": words } });
        let moderated =
            json!({ "error": { "code": 403, "message": "x", "metadata": { "flagged_input": "y" } } });
        for body in [
            code("content_filter"),
            code("data_inspection_failed"),
            code("1301"),
            words("Content Exists Risk"),
            words("<400> InternalError.Algo.DataInspectionFailed: Input text data may contain …"),
            words("Output blocked by content filtering policy"),
            words("Invalid prompt: we've limited access to this content for safety reasons."),
            moderated,
        ] {
            assert!(filtered(400, &body) && filtered(403, &body), "{body}");
            assert!(!filtered(429, &body) && !filtered(500, &body), "{body}");
        }
        for body in [code("model_not_found"), words("the model `content_filter` does not exist"), json!("x")]
        {
            assert!(!filtered(400, &body), "{body}");
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
        let broke =
            "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing.";
        assert!(used_up(&json!({ "error": { "type": "invalid_request_error", "message": broke } })));
    }
}
