//! Reads what a provider's headers say about its limits: how long to wait, and what is left.
//!
//! `Retry-After` is from RFC 9110, in seconds or as a date; `retry-after-ms` is from OpenAI and Azure.
//! `x-ratelimit-…` is from OpenAI, and from most that follow it
//! (<https://platform.openai.com/docs/guides/rate-limits>). `anthropic-ratelimit-…` is from Anthropic
//! (<https://docs.anthropic.com/en/api/rate-limits>). A gateway passes on the headers of the provider behind it
//! with a prefix (`llm_provider-retry-after` is from LiteLLM); its own take precedence.

use std::time::{Duration, SystemTime};

use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

use super::{Limits, Window};

/// Returns how long the server asks to wait, or `None` if it does not say or the header cannot be read.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    retry_after_at(headers, now())
}

/// Returns what is left of the limits that `headers` report.
pub(super) fn read_limits(headers: &HeaderMap) -> Limits {
    read_at(headers, now())
}

fn now() -> Timestamp {
    // Before 1970 or after 9999 the clock is wrong, and waits are then short.
    Timestamp::try_from(SystemTime::now()).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn retry_after_at(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let now = clock(headers, now);
    let ms = number(headers, "retry-after-ms");
    if let Some(wait) = ms.and_then(|ms| Duration::try_from_secs_f64(ms / 1000.0).ok()) {
        return Some(wait);
    }
    let text = text(headers, RETRY_AFTER.as_str())?;
    if let Ok(number) = text.parse::<f64>() {
        return seconds(number, now);
    }
    Some(until(date(text)?, now))
}

/// Returns the time by the server's clock, if it reports it, since the clock of this machine may be minutes off.
fn clock(headers: &HeaderMap, now: Timestamp) -> Timestamp {
    text(headers, DATE.as_str()).and_then(date).unwrap_or(now)
}

fn date(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(text).ok()
}

fn read_at(headers: &HeaderMap, now: Timestamp) -> Limits {
    let now = clock(headers, now);
    let window = |what: &str| {
        ["x-ratelimit-{part}-{what}", "anthropic-ratelimit-{what}-{part}"].iter().find_map(|pattern| {
            let name = |part: &str| pattern.replace("{part}", part).replace("{what}", what);
            let remaining = number(headers, &name("remaining")).filter(|remaining| *remaining >= 0.0)?;
            let reset = reset(text(headers, &name("reset"))?, now)?;
            Some(Window { limit: number(headers, &name("limit")), remaining, reset })
        })
    };
    Limits { requests: window("requests"), tokens: window("tokens") }
}

/// Reads a reset: `6m0s`, `120ms`, plain seconds, or a moment in RFC 3339 or as a number since 1970.
fn reset(text: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(number) = text.parse::<f64>() {
        return seconds(number, now);
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(until(moment, now));
    }
    let wait: SignedDuration = text.parse().ok()?;
    wait.try_into().ok()
}

/// Reads a number of seconds, or a moment since 1970 in seconds (LiteLLM) or milliseconds (OpenRouter). No wait
/// takes thirty years, and no future moment is before 2001, so the two cannot be confused.
fn seconds(number: f64, now: Timestamp) -> Option<Duration> {
    let moment = match number {
        1e9..1e11 => number,
        1e11..1e14 => number / 1000.0,
        wait => return Duration::try_from_secs_f64(wait).ok(),
    };
    let moment = SignedDuration::try_from_secs_f64(moment).ok()?;
    Some(until(Timestamp::from_duration(moment).ok()?, now))
}

fn until(moment: Timestamp, now: Timestamp) -> Duration {
    // A moment that has passed is no wait.
    moment.duration_since(now).try_into().unwrap_or_default()
}

/// Returns the header with this name, or else the one whose name ends with it.
fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let value = headers.get(name).or_else(|| {
        let passed_on = |known: &str| {
            let before = known.strip_suffix(name).filter(|_| name != DATE.as_str());
            before.is_some_and(|before| before.ends_with(['-', '_', '.']))
        };
        let passed_on = headers.iter().filter(|(known, _)| passed_on(known.as_str()));
        passed_on.min_by_key(|(known, _)| known.as_str().len()).map(|(_, value)| value)
    });
    value?.to_str().ok().map(str::trim)
}

fn number(headers: &HeaderMap, name: &str) -> Option<f64> {
    text(headers, name)?.parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderName, HeaderValue};

    fn headers(list: &[(&str, &str)]) -> HeaderMap {
        let header = |(name, value): &(&str, &str)| {
            let name: HeaderName = name.parse().expect("a name");
            (name, HeaderValue::from_str(value).expect("a value"))
        };
        list.iter().map(header).collect()
    }

    fn noon() -> Timestamp {
        "2026-11-24T12:00:00Z".parse().expect("a moment")
    }

    #[test]
    fn a_wait_is_seconds_milliseconds_or_a_date() {
        let wait = |name, value| retry_after_at(&headers(&[(name, value)]), noon());
        assert_eq!(wait("retry-after", "7"), Some(Duration::from_secs(7)));
        assert_eq!(wait("retry-after", "0.25"), Some(Duration::from_millis(250)));
        assert_eq!(wait("retry-after-ms", "1500"), Some(Duration::from_millis(1500)));
        assert_eq!(wait("retry-after", "Tue, 24 Nov 2026 12:01:30 GMT"), Some(Duration::from_secs(90)));
        assert_eq!(wait("retry-after", "Tue, 24 Nov 2026 11:59:00 GMT"), Some(Duration::ZERO));
        for nonsense in ["soon", "-3", "NaN", "inf", "1e300", "Tue, 99 Nov 2026 12:00:00 GMT"] {
            assert_eq!(wait("retry-after", nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn a_date_is_read_by_the_servers_clock() {
        let wait = |date| {
            let list = [("retry-after", "Tue, 24 Nov 2026 12:10:05 GMT"), ("date", date)];
            retry_after_at(&headers(&list), noon())
        };
        assert_eq!(wait("Tue, 24 Nov 2026 12:10:00 GMT"), Some(Duration::from_secs(5)));
        assert_eq!(wait("just now"), Some(Duration::from_secs(605)));
        let both = headers(&[("retry-after-ms", "-5"), ("retry-after", "7")]);
        assert_eq!(retry_after_at(&both, noon()), Some(Duration::from_secs(7)));
    }

    #[test]
    fn openai_and_anthropic_say_what_is_left() {
        let openai = headers(&[
            ("x-ratelimit-limit-requests", "60"),
            ("x-ratelimit-remaining-requests", "59"),
            ("x-ratelimit-reset-requests", "1s"),
            ("x-ratelimit-limit-tokens", "150000"),
            ("x-ratelimit-remaining-tokens", "149984"),
            ("x-ratelimit-reset-tokens", "6m0s"),
        ]);
        let window = |limit, remaining, seconds| {
            Some(Window { limit: Some(limit), remaining, reset: Duration::from_secs(seconds) })
        };
        let wanted = Limits { requests: window(60.0, 59.0, 1), tokens: window(150_000.0, 149_984.0, 360) };
        assert_eq!(read_at(&openai, noon()), wanted);
        let anthropic = headers(&[
            ("anthropic-ratelimit-requests-limit", "50"),
            ("anthropic-ratelimit-requests-remaining", "0"),
            ("anthropic-ratelimit-requests-reset", "2026-11-24T12:00:30Z"),
        ]);
        assert_eq!(read_at(&anthropic, noon()), Limits { requests: window(50.0, 0.0, 30), tokens: None });
        assert_eq!(read_at(&headers(&[("x-ratelimit-remaining-requests", "5")]), noon()), Limits::default());
    }

    #[test]
    fn a_gateway_passes_on_what_the_provider_behind_it_says() {
        // LiteLLM 1.80 sends these headers.
        let passed_on = headers(&[
            ("llm_provider-retry-after", "3"),
            ("llm_provider-x-ratelimit-limit-requests", "60"),
            ("llm_provider-x-ratelimit-remaining-requests", "0"),
            ("llm_provider-x-ratelimit-reset-requests", "1s"),
        ]);
        assert_eq!(retry_after_at(&passed_on, noon()), Some(Duration::from_secs(3)));
        let window = Window { limit: Some(60.0), remaining: 0.0, reset: Duration::from_secs(1) };
        assert_eq!(read_at(&passed_on, noon()).requests, Some(window));
        let both = headers(&[("llm_provider-retry-after", "30"), ("retry-after", "2")]);
        assert_eq!(retry_after_at(&both, noon()), Some(Duration::from_secs(2)));
        let ms = headers(&[("llm_provider-retry-after-ms", "250"), ("llm_provider-retry-after", "1")]);
        assert_eq!(retry_after_at(&ms, noon()), Some(Duration::from_millis(250)));
        let claude = headers(&[
            ("llm_provider-anthropic-ratelimit-requests-remaining", "4"),
            ("llm_provider-anthropic-ratelimit-requests-reset", "2026-11-24T12:00:30Z"),
        ]);
        let reset = read_at(&claude, noon()).requests.map(|window| window.reset);
        assert_eq!(reset, Some(Duration::from_secs(30)));
        assert_eq!(retry_after_at(&headers(&[("noretry-after", "3")]), noon()), None);
    }

    #[test]
    fn a_reset_may_be_a_moment_since_1970() {
        // Noon is 1795521600. The moments are three seconds later, in seconds and in milliseconds, and one
        // second before.
        for (text, wanted) in
            [("1795521603", 3.0), ("1795521603.5", 3.5), ("1795521603000", 3.0), ("1795521599", 0.0)]
        {
            let list =
                headers(&[("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", text)]);
            let reset = read_at(&list, noon()).requests.map(|window| window.reset.as_secs_f64());
            assert_eq!(reset, Some(wanted), "{text}");
            let wait = retry_after_at(&headers(&[("retry-after", text)]), noon());
            assert_eq!(wait.map(|wait| wait.as_secs_f64()), Some(wanted), "{text}");
        }
        let slow = headers(&[
            ("date", "Tue, 24 Nov 2026 12:10:00 GMT"),
            ("x-ratelimit-remaining-requests", "0"),
            ("x-ratelimit-reset-requests", "1795522203"),
        ]);
        let reset = read_at(&slow, noon()).requests.map(|window| window.reset);
        assert_eq!(reset, Some(Duration::from_secs(3)), "by the clock of the server");
    }

    #[test]
    fn a_reset_is_read_in_every_spelling() {
        for (text, millis) in [("120ms", 120), ("1m26.4s", 86_400), ("17ms", 17), ("0s", 0), ("2.5", 2500)] {
            assert_eq!(reset(text, noon()), Some(Duration::from_millis(millis)), "{text}");
        }
        assert_eq!(reset("whenever", noon()), None);
        assert_eq!(reset("2026-11-24T11:00:00Z", noon()), Some(Duration::ZERO));
    }
}
