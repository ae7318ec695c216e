//! The cost and the time of a side's answers, if its recordings tell them.

use serde::Serialize;

use crate::config::Price;
use crate::provider::{Response, Usd};

/// Cost and latency of one side.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Usage {
    pub(crate) name: String,
    /// The number of responses that were compared.
    pub(crate) responses: usize,
    /// The tokens of questions and of answers, including those of asking back, for responses whose provider
    /// counted them.
    pub(crate) tokens_in: Option<u64>,
    pub(crate) tokens_out: Option<u64>,
    /// The price of those tokens in US dollars by the config, or else by the provider.
    pub(crate) usd: Option<f64>,
    /// The milliseconds from a question to its response: the median, and the 95th percentile.
    pub(crate) median_ms: Option<u64>,
    pub(crate) p95_ms: Option<u64>,
}

impl Usage {
    /// Returns the usage; `None` where the responses tell neither tokens nor times.
    #[must_use]
    pub fn of(name: &str, responses: &[Response], price: Option<Price>) -> Option<Usage> {
        // A model that was asked back was asked, and paid for, twice.
        let turns = || responses.iter().flat_map(Response::turns);
        let counted: Vec<(u64, u64)> =
            turns().filter_map(|turn| turn.tokens_in.zip(turn.tokens_out)).collect();
        let (asked, said) = counted.iter().fold((0_u64, 0_u64), |(asked, said), one| {
            (asked.saturating_add(one.0), said.saturating_add(one.1))
        });
        let some = !counted.is_empty();
        let cost = |turn: &Response| turn.upstream.as_ref()?.usd.map(Usd::amount);
        let told = turns().filter_map(cost).reduce(|one, other| one + other);
        let mut times: Vec<u64> = turns().filter_map(|turn| turn.ms).collect();
        times.sort_unstable();
        (some || !times.is_empty()).then(|| Usage {
            name: name.to_owned(),
            responses: responses.len(),
            tokens_in: some.then_some(asked),
            tokens_out: some.then_some(said),
            usd: price.filter(|_| some).map(|price| price.usd(asked as f64, said as f64)).or(told),
            median_ms: quantile(&times, 0.5),
            p95_ms: quantile(&times, 0.95),
        })
    }
}

/// Returns the smallest value that so large a share of values does not exceed.
fn quantile(sorted: &[u64], share: f64) -> Option<u64> {
    let rank = (share * sorted.len() as f64).ceil().max(1.0) as usize;
    sorted.get(rank - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cost_is_of_counted_tokens_and_latency_of_timed_responses() {
        let response = |ms, tokens: Option<u64>| Response {
            ms,
            tokens_in: tokens,
            tokens_out: tokens,
            ..Response::default()
        };
        let mut responses: Vec<Response> = (1..=20).map(|at| response(Some(at * 10), Some(1000))).collect();
        responses.push(response(None, None));
        let price = Price { input: 1.0, output: 2.0 };
        let usage = Usage::of("a", &responses, Some(price)).expect("counted");
        assert_eq!((usage.responses, usage.tokens_in, usage.tokens_out), (21, Some(20_000), Some(20_000)));
        assert_eq!((usage.median_ms, usage.p95_ms), (Some(100), Some(190)));
        assert!((usage.usd.expect("priced") - 0.06).abs() < 1e-12);
        let mut back = response(Some(1), Some(3));
        back.back = Some(Box::new(response(Some(9), Some(4))));
        let usage = Usage::of("a", &[back], None).expect("counted");
        assert_eq!((usage.responses, usage.tokens_in, usage.p95_ms), (1, Some(7), Some(9)));
        assert_eq!(Usage::of("a", &[response(None, None)], Some(price)), None);
    }
}
