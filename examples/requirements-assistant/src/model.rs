//! The model: how important one story is, asked by the API that OpenAI defined and many servers speak.
//!
//! Each story is asked about by itself, so that neither its place in the backlog nor its neighbours change the answer.
//! The model is to say a number, and its importance is the mean of the numbers that it might say, by their
//! probabilities (`logprobs`). So one request tells what many drawn answers would, and it tells the same each time.

use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use thiserror::Error;

use crate::Backlog;

/// The longest that the model may take for a story.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// The least probability that the numbers must have together. Below it, the model was about to say something else.
const LEAST_ON_NUMBERS: f64 = 0.1;

/// A model behind an OpenAI-compatible API.
#[derive(Debug, Clone)]
pub struct Model {
    client: Client,
    url: String,
    name: String,
    key: Option<String>,
}

/// Why the model gave no importance.
#[derive(Debug, Error)]
pub enum ModelError {
    /// It could not be reached, or did not answer in time.
    #[error("the model cannot be reached: {0}")]
    Unreachable(#[from] reqwest::Error),
    /// It answered with an error.
    #[error("the model answers {status}: {body}")]
    Status {
        /// The status of its answer.
        status: StatusCode,
        /// The beginning of what it said.
        body: String,
    },
    /// It answered with something that has no importance in it.
    #[error("the model's answer cannot be used: {0}")]
    Unusable(String),
}

impl Model {
    /// Makes a client of the model `name` at `base_url`, such as `https://api.openai.com/v1`. Asks nothing yet.
    ///
    /// # Errors
    /// The client cannot be made.
    pub fn new(base_url: &str, name: &str, key: Option<String>) -> Result<Model, ModelError> {
        // It fails only if there is a provider already, which does as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().timeout(TIME_LIMIT).build()?;
        let url = format!("{}/chat/completions", base_url.trim_end_matches('/'));
        Ok(Model { client, url, name: name.to_owned(), key })
    }

    /// Asks how important a story of the backlog is, from 1 to 5.
    pub(crate) async fn importance(&self, backlog: &Backlog, story: &str) -> Result<f64, ModelError> {
        let mut request = self.client.post(&self.url).json(&self.question(backlog, story));
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        let answer = request.send().await?;
        let (status, body) = (answer.status(), answer.text().await?);
        if !status.is_success() {
            return Err(ModelError::Status { status, body: body.chars().take(200).collect() });
        }
        importance_in(&body)
    }

    fn question(&self, backlog: &Backlog, story: &str) -> Value {
        let mut system = format!("You help the team of {} to prioritise its backlog.", backlog.domain);
        if let Some(persona) = &backlog.persona {
            system = format!("{system} {persona}");
        }
        let user = format!(
            "Rate how important this is to the people whom it serves, from 1 (not important at all) to 5 (extremely important). Answer with one number and nothing else.\n\n{story}\n\nNumber:"
        );
        json!({
            "model": self.name,
            "messages": [{ "role": "system", "content": system }, { "role": "user", "content": user }],
            "max_tokens": 1,
            "logprobs": true,
            "top_logprobs": 20,
        })
    }
}

/// The part of a chat completion that is read.
#[derive(Deserialize)]
struct Completion {
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    logprobs: Option<LogProbs>,
}

#[derive(Deserialize)]
struct LogProbs {
    content: Vec<Token>,
}

#[derive(Deserialize)]
struct Token {
    top_logprobs: Vec<PossibleToken>,
}

/// A token that the model might say, and the logarithm of its probability.
#[derive(Deserialize)]
struct PossibleToken {
    token: String,
    logprob: f64,
}

/// Returns the mean of the numbers that the model might say first.
fn importance_in(body: &str) -> Result<f64, ModelError> {
    let unusable = |why: String| Err(ModelError::Unusable(why));
    let completion: Completion = match serde_json::from_str(body) {
        Ok(completion) => completion,
        Err(error) => return unusable(format!("it is no chat completion: {error}")),
    };
    let first = completion.choices.first().and_then(|choice| choice.logprobs.as_ref()?.content.first());
    let Some(first) = first else { return unusable("it has no logprobs".to_owned()) };
    let (mut total, mut sum) = (0.0, 0.0);
    for possible in &first.top_logprobs {
        let probability = possible.logprob.exp();
        if let Ok(number @ 1..=5) = possible.token.trim().parse::<u8>() {
            total += probability;
            sum += probability * f64::from(number);
        }
    }
    // Written so that it holds of a total that is not a number, too.
    if !(LEAST_ON_NUMBERS..=1.01).contains(&total) {
        let why =
            format!("the numbers 1 to 5 have a probability of {total:.2} in it, and 0.10 to 1 is needed");
        return unusable(why);
    }
    Ok(sum / total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completion(tokens: &[(&str, f64)]) -> String {
        let possible =
            |(token, probability): &(&str, f64)| json!({ "token": token, "logprob": probability.ln() });
        let tokens: Vec<Value> = tokens.iter().map(possible).collect();
        json!({ "choices": [{ "logprobs": { "content": [{ "top_logprobs": tokens }] } }] }).to_string()
    }

    #[test]
    fn an_importance_is_the_mean_of_the_numbers_that_the_model_might_say() {
        let of = |tokens: &[(&str, f64)]| importance_in(&completion(tokens)).expect("an importance");
        assert!((of(&[("4", 1.0)]) - 4.0).abs() < 1e-9);
        assert!((of(&[("5", 0.3), ("1", 0.1), ("This", 0.6)]) - 4.0).abs() < 1e-9);
        // Some tokenizers keep the space before a number.
        assert!((of(&[(" 2", 0.2), ("2", 0.2), ("4", 0.4), ("9", 0.1)]) - 3.0).abs() < 1e-9);
    }

    #[test]
    fn an_answer_without_an_importance_is_never_given_one() {
        let why = |body: &str| importance_in(body).expect_err("no importance").to_string();
        let told = |what: &str| format!("the model's answer cannot be used: {what}");
        assert_eq!(why(r#"{"choices":[]}"#), told("it has no logprobs"));
        assert_eq!(why(r#"{"choices":[{"message":{"content":"4"}}]}"#), told("it has no logprobs"));
        let few = "the numbers 1 to 5 have a probability of 0.05 in it, and 0.10 to 1 is needed";
        assert_eq!(why(&completion(&[("I", 0.9), ("3", 0.05), ("7", 0.05)])), told(few));
        let many = "the numbers 1 to 5 have a probability of 2.00 in it, and 0.10 to 1 is needed";
        assert_eq!(why(&completion(&[("3", 1.0), (" 3", 1.0)])), told(many));
        assert!(why("<html>").starts_with(&told("it is no chat completion: ")), "{}", why("<html>"));
    }
}
