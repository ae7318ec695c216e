//! Whether a model's name says which version of it answers, or leaves that to the provider.

use crate::config::Model;

/// Returns why a provider may put another model behind this name without telling; `None` where the name has a date or
/// a number of a version at its end, or is none that a provider gave.
pub(super) fn told(model: &Model) -> Option<&'static str> {
    // Programs, functions and endpoints of one's own have no versions of a provider.
    if ["command", "function", "http"].contains(&model.provider.name) {
        return None;
    }
    let name = model.model.to_ascii_lowercase();
    if name.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| part == "latest") {
        return Some("it says `latest`");
    }
    (!has_version(&name)).then_some("it has no date and no number of a version")
}

/// Whether one part of a name is a date (`20260930`, `2026-09-30`, `0613`) or, at its end, a version of three digits
/// (`002`).
fn has_version(name: &str) -> bool {
    let parts: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let digits =
        |part: &str, count: usize| part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
    let day = |parts: &[&str]| matches!(parts, [year, month, day] if digits(year, 4) && digits(month, 2) && digits(day, 2));
    let last = parts.last().copied().unwrap_or_default();
    let marked = last.strip_prefix('v').is_some_and(|number| number.len() == 1 && digits(number, 1));
    parts.iter().any(|part| digits(part, 8) || digits(part, 4))
        || parts.windows(3).any(day)
        || digits(last, 3)
        || (marked && parts.len() > 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_numbers_at_the_end_are_versions() {
        for name in [
            "gpt-4.1-mini-2025-04-14",
            "claude-sonnet-4-20250514",
            "gpt-4-0613",
            "gemini-1.5-pro-002",
            "anthropic.claude-3-haiku-20240307-v1:0",
            "mistral-large-2411",
        ] {
            assert!(has_version(name), "{name}");
        }
        for name in ["gpt-4.1-mini", "gpt-4o", "llama3.1:8b", "claude-sonnet-4", "gemini-2.0-flash", "m"] {
            assert!(!has_version(name), "{name}");
        }
    }
}
