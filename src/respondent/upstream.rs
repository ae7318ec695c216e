//! Who really answered, beyond the version of the model: the host that a router chose, the set-up that its
//! provider ran, and what the answer cost by their own count.
//!
//! `system_fingerprint` is OpenAI's (<https://platform.openai.com/docs/api-reference/chat/object>), `provider`
//! and `usage.cost` are OpenRouter's (<https://openrouter.ai/docs/use-cases/usage-accounting>), and a header
//! tells LiteLLM's cost (<https://docs.litellm.ai/docs/proxy/response_headers>); read 2026-11-26.

use std::fmt;

use reqwest::header::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The header in which LiteLLM tells what a request cost, in US dollars.
const COST: &str = "x-litellm-response-cost";

/// What a provider tells of who answered; each part where it does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Upstream {
    /// The host that a router chose (`DeepInfra`).
    pub host: Option<String>,
    /// The set-up that the provider ran (`fp_44709d6fcb`).
    pub(crate) fingerprint: Option<String>,
    /// What it cost.
    pub usd: Option<Usd>,
}

impl Upstream {
    /// What an answer tells. Words are the provider's own: see [`Server::safe`](super::http::Server::safe).
    pub(super) fn of(answer: &Value) -> Option<Box<Upstream>> {
        let word = |field: &str| {
            let word = answer.get(field).and_then(Value::as_str).map(str::trim);
            word.filter(|word| !word.is_empty()).map(str::to_owned)
        };
        let usd = answer.get("usage").and_then(|usage| usage.get("cost")?.as_f64()).and_then(Usd::of);
        Upstream { host: word("provider"), fingerprint: word("system_fingerprint"), usd }.told()
    }

    /// `None` where nothing is told.
    pub(crate) fn told(self) -> Option<Box<Upstream>> {
        (self != Upstream::default()).then(|| Box::new(self))
    }
}

/// What a gateway's headers say that an answer cost.
pub(super) fn cost(headers: &HeaderMap) -> Option<Usd> {
    Usd::of(headers.get(COST)?.to_str().ok()?.trim().parse().ok()?)
}

/// US dollars, in billionths: what is recorded is read again to the digit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "f64", try_from = "f64")]
pub struct Usd(u64);

/// The most that one answer is believed to cost: what is above was never meant in dollars.
const MOST: f64 = 1_000_000.0;

impl Usd {
    /// `None` where it is no amount.
    pub(crate) fn of(usd: f64) -> Option<Usd> {
        (0.0..=MOST).contains(&usd).then(|| Usd((usd * 1e9).round() as u64))
    }

    pub(crate) fn amount(self) -> f64 {
        self.0 as f64 / 1e9
    }
}

impl From<Usd> for f64 {
    fn from(usd: Usd) -> f64 {
        usd.amount()
    }
}

impl TryFrom<f64> for Usd {
    type Error = NoAmount;

    fn try_from(usd: f64) -> Result<Usd, NoAmount> {
        Usd::of(usd).ok_or(NoAmount)
    }
}

/// A number that is no amount of money.
#[derive(Debug)]
pub struct NoAmount;

impl fmt::Display for NoAmount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an amount in US dollars")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_told_is_found_and_what_is_no_word_is_not() {
        let all =
            json!({ "provider": "DeepInfra", "system_fingerprint": "fp_1", "usage": { "cost": 0.0000123 } });
        let told = Upstream::of(&all).expect("told");
        assert_eq!((told.host.as_deref(), told.fingerprint.as_deref()), (Some("DeepInfra"), Some("fp_1")));
        assert_eq!(told.usd, Some(Usd(12_300)));
        for nothing in [
            json!({}),
            json!({ "provider": { "name": "x" }, "system_fingerprint": null, "usage": { "cost": -1 } }),
            json!({ "provider": " ", "usage": { "cost": 1e9 } }),
        ] {
            assert_eq!(Upstream::of(&nothing), None, "{nothing}");
        }
    }

    #[test]
    fn an_amount_comes_back_to_the_digit() {
        for billionths in [0, 1, 12_300, 999_999_999, 123_456_789_012] {
            let text = serde_json::to_string(&Usd(billionths)).expect("JSON");
            assert_eq!(serde_json::from_str::<Usd>(&text).expect("an amount"), Usd(billionths), "{text}");
        }
        assert!(serde_json::from_str::<Usd>("-1").is_err());
    }
}
