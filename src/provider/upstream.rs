//! What a provider reports about a response besides the model's version: the host that a router chose, the
//! set-up of the provider, the cost by its own count, and the id of the response, since the same response may
//! come twice from a cache.
//!
//! `system_fingerprint` is OpenAI's (<https://platform.openai.com/docs/api-reference/chat/object>), `provider`
//! and `usage.cost` are OpenRouter's (<https://openrouter.ai/docs/use-cases/usage-accounting>), and a header
//! has LiteLLM's cost (<https://docs.litellm.ai/docs/proxy/response_headers>); read 2026-11-26.
//!
//! Caches report that they answered: Cloudflare
//! (<https://developers.cloudflare.com/ai-gateway/features/caching/>), Portkey
//! (<https://portkey.ai/docs/aigw/api-reference/inference-api/response-schema>), Helicone
//! (<https://docs.helicone.ai/features/advanced-usage/caching>), common caches (`X-Cache`), and caches that
//! follow RFC 9211 (`Cache-Status`) or RFC 9111 (`Age`); read 2026-11-27.

use std::fmt;

use reqwest::header::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The header in which LiteLLM reports the cost of a request in US dollars.
const COST: &str = "x-litellm-response-cost";

/// The headers in which a cache says that it had the response (`HIT`, `SEMANTIC HIT`, `Hit from cloudfront`).
const CACHES: [&str; 4] = ["cf-aig-cache-status", "x-portkey-cache-status", "helicone-cache", "x-cache"];

/// What a provider reports about who answered. Each part is optional.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Upstream {
    /// The host that a router chose (`DeepInfra`).
    pub host: Option<String>,
    /// The set-up that the provider ran (`fp_44709d6fcb`).
    pub(crate) fingerprint: Option<String>,
    /// The cost of the response.
    pub usd: Option<Usd>,
    /// The id of the response (`chatcmpl-…`). Two responses with the same id are the same response.
    pub id: Option<String>,
    /// Whether a cache says that it gave the response.
    pub(crate) cached: bool,
}

impl Upstream {
    /// Reads what an answer reports. The words are the provider's own: see
    /// [`Server::safe`](super::http::Server::safe).
    pub(super) fn of(answer: &Value) -> Option<Box<Upstream>> {
        let word = |field: &str| {
            let word = answer.get(field).and_then(Value::as_str).map(str::trim);
            word.filter(|word| !word.is_empty()).map(str::to_owned)
        };
        let usd = answer.get("usage").and_then(|usage| usage.get("cost")?.as_f64()).and_then(Usd::of);
        Upstream {
            host: word("provider"),
            fingerprint: word("system_fingerprint"),
            usd,
            // Gemini's id has another name.
            id: word("id").or_else(|| word("responseId")),
            cached: false,
        }
        .told()
    }

    /// Returns `None` if nothing is reported.
    pub(crate) fn told(self) -> Option<Box<Upstream>> {
        (self != Upstream::default()).then(|| Box::new(self))
    }
}

/// Returns the cost of an answer that a gateway's headers report.
pub(super) fn cost(headers: &HeaderMap) -> Option<Usd> {
    Usd::of(headers.get(COST)?.to_str().ok()?.trim().parse().ok()?)
}

/// Returns whether a header says that the response came from a cache.
pub(super) fn is_cached(headers: &HeaderMap) -> bool {
    let value = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let says_hit = |text: &str| {
        let mut words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        words.any(|word| word.eq_ignore_ascii_case("hit"))
    };
    let own = CACHES.iter().filter_map(|name| value(name)).any(says_hit);
    // Each cache on the way is a member of the list, with `hit` as a parameter.
    let standard = value("cache-status").is_some_and(|list| {
        let parameters = list.split(',').flat_map(|cache| cache.split(';').skip(1));
        parameters.into_iter().any(|parameter| matches!(parameter.trim(), "hit" | "hit=?1"))
    });
    let age = value("age").and_then(|age| age.trim().parse::<u64>().ok());
    own || standard || age.is_some_and(|seconds| seconds > 0)
}

/// US dollars in billionths, so that a recorded amount is read back exactly.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "f64", try_from = "f64")]
pub struct Usd(u64);

/// The most that one answer may cost. A higher amount was not meant in dollars.
const MOST: f64 = 1_000_000.0;

impl Usd {
    /// Returns `None` if `usd` is not a plausible amount.
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

/// The error for a number that is not an amount of money.
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
        let all = json!({ "id": "gen-1", "provider": "DeepInfra", "system_fingerprint": "fp_1", "usage": { "cost": 0.0000123 } });
        let told = Upstream::of(&all).expect("told");
        assert_eq!((told.host.as_deref(), told.fingerprint.as_deref()), (Some("DeepInfra"), Some("fp_1")));
        assert_eq!((told.usd, told.id.as_deref()), (Some(Usd(12_300)), Some("gen-1")));
        let gemini = Upstream::of(&json!({ "responseId": "dRP" })).expect("told");
        assert_eq!(gemini.id.as_deref(), Some("dRP"));
        for nothing in [
            json!({}),
            json!({ "provider": { "name": "x" }, "system_fingerprint": null, "usage": { "cost": -1 } }),
            json!({ "provider": " ", "usage": { "cost": 1e9 } }),
        ] {
            assert_eq!(Upstream::of(&nothing), None, "{nothing}");
        }
    }

    #[test]
    fn a_cache_that_had_the_response_says_so() {
        for (name, value, wanted) in [
            ("cf-aig-cache-status", "HIT", true),
            ("cf-aig-cache-status", "MISS", false),
            ("x-portkey-cache-status", "SEMANTIC HIT", true),
            ("x-portkey-cache-status", "REFRESH", false),
            ("helicone-cache", "HIT", true),
            ("x-cache", "Hit from cloudfront", true),
            ("x-cache", "Miss from cloudfront", false),
            ("x-cache", "no_hit", false),
            ("cache-status", "Gateway; fwd=miss, Edge; hit; ttl=30", true),
            ("cache-status", "hit; fwd=uri-miss", false),
            ("cache-status", "Gateway; fwd=uri-miss; stored", false),
            ("age", "31", true),
            ("age", "0", false),
            ("x-litellm-cache-key", "abc", false),
        ] {
            let value = value.parse().expect("a value");
            let headers = HeaderMap::from_iter([(reqwest::header::HeaderName::from_static(name), value)]);
            assert_eq!(is_cached(&headers), wanted, "{headers:?}");
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
