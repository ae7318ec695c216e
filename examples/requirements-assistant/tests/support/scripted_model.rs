//! A model that follows a script: an OpenAI-compatible API whose answers a test chooses.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

/// Returns an API that answers each chat with what `answer` makes of its request.
pub fn answering(answer: impl Fn(&Value) -> Response + Clone + Send + Sync + 'static) -> Router {
    Router::new()
        .route("/v1/chat/completions", post(async move |Json(request): Json<Value>| answer(&request)))
}

/// Returns an answer of a model that is sure of an importance, as far as a mixture of 1 and 5 can say it.
pub fn sure_of(importance: f64) -> Response {
    let high = (importance - 1.0) / 4.0;
    let token = |token: &str, probability: f64| json!({ "token": token, "logprob": probability.ln() });
    let tokens = [token("5", high.max(1e-9)), token("1", (1.0 - high).max(1e-9))];
    Json(json!({ "choices": [{ "logprobs": { "content": [{ "top_logprobs": tokens }] } }] })).into_response()
}

/// A model with firm values. It knows the stories and values of `suites/` by a few words of each.
pub fn with_values() -> Router {
    answering(|request| {
        let asked = request["messages"][1]["content"].as_str().unwrap_or_default().to_lowercase();
        let known = VALUES.iter().find(|(words, _)| asked.contains(words));
        match known {
            Some((_, importance)) => sure_of(*importance),
            None => (StatusCode::INTERNAL_SERVER_ERROR, "this is not in the script").into_response(),
        }
    })
}

/// How important it finds what holds these words.
const VALUES: [(&str, f64); 18] = [
    // The values in general.
    ("come to no harm", 4.6),
    ("why i got a result", 4.2),
    ("treated as anybody", 3.8),
    ("only as i have agreed", 3.4),
    ("the final say", 3.0),
    ("every list", 2.0),
    // The bank's stories, as they stand and in other words.
    ("misuses my card", 4.6),
    ("my own business", 4.2),
    ("lowered my score", 3.8),
    ("gender", 3.4),
    ("my case", 3.0),
    ("list of applications", 2.0),
    // The stories of the medical product.
    ("an alarm", 4.6),
    ("the measurements", 4.2),
    ("be seen only", 3.8),
    ("skin colour", 3.4),
    ("piece of advice", 3.0),
    ("list of patients", 2.0),
];
