//! Recognizes a response that was visibly cut off inside a JSON value or a block of code, whatever its provider says
//! about how it ended.

use std::ops::Range;

use serde::de::IgnoredAny;
use serde_json::Deserializer;

/// The most JSON values, and brackets that might begin one, that are tried. No real answer has more.
const MOST_VALUES: usize = 64;

const FENCE: &str = "```";

/// Returns why `text[part]` is incomplete, or `None` if nothing shows that it is. Free text may use brackets for
/// anything, so there only a value at the very beginning of the response counts.
pub(super) fn breaks_off(text: &str, part: Range<usize>, free: bool) -> Option<&'static str> {
    let said = text[part].trim();
    let (block, open) = open_block(said);
    let start = if free { block.filter(|at| *at == 0).map_or(said, |_| open) } else { said };
    if breaks_off_in_json(start, free) {
        return Some("it breaks off in the middle of a JSON value");
    }
    // Some models leave out the closing fence. If the block holds a complete JSON value, nothing is missing.
    let whole = open.starts_with(['{', '[']) && serde_json::from_str::<IgnoredAny>(open).is_ok();
    let breaks_off = block.is_some_and(|at| !free || at == 0) && !open.is_empty() && !whole;
    breaks_off.then_some("it breaks off in the middle of a block of code")
}

/// Returns the place of a fence that opens a block which is never closed, and the text of that block.
fn open_block(said: &str) -> (Option<usize>, &str) {
    let (mut open, mut at) = (None, 0);
    for line in said.split_inclusive('\n') {
        let fences = line.matches(FENCE).count();
        if fences % 2 == 1 {
            let name = |c: char| !c.is_alphanumeric();
            let first = line.find(FENCE).unwrap_or_default() + FENCE.len();
            let after = &line[first..];
            // The name of a language may stand on the line of the fence; the block begins on the next one.
            let begin = if line.ends_with('\n') {
                line.len()
            } else {
                first + after.find(name).unwrap_or(after.len())
            };
            open = if open.is_some() { None } else { Some((at, at + begin)) };
        }
        at += line.len();
    }
    open.map_or((None, said), |(at, begin)| (Some(at), said[begin..].trim()))
}

/// Returns whether a JSON value in `said` is incomplete.
fn breaks_off_in_json(said: &str, only_first: bool) -> bool {
    let mut rest = said;
    for _ in 0..MOST_VALUES {
        let Some(at) = rest.find(['{', '[']).filter(|at| !only_first || *at == 0) else { return false };
        rest = &rest[at..];
        let mut values = Deserializer::from_str(rest).into_iter::<IgnoredAny>();
        match values.next() {
            Some(Err(error)) if error.is_eof() => return true,
            Some(Ok(_)) => rest = &rest[values.byte_offset()..],
            _ => rest = &rest[1..],
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(text: &str, free: bool) -> Option<&'static str> {
        breaks_off(text, 0..text.len(), free)
    }

    #[test]
    fn what_breaks_off_is_seen() {
        for text in [
            "{\"answer\": \"Privacy",
            "{\"answer\": \"Privacy\"",
            "{\"answer\":\"Privacy\",",
            "[\"Privacy\"",
            "```json\n{\"answer\": \"Privacy\"",
            "```json {\"answer\": \"Privacy\"",
            " {",
        ] {
            assert_eq!(why(text, false), Some("it breaks off in the middle of a JSON value"), "{text}");
            assert!(why(text, true).is_some(), "{text}");
        }
        for text in
            ["My answer:\n{\"answer\": \"Privacy\"", "{\"answer\":\"Privacy\"}\n{\"answer\":\"Privacy"]
        {
            assert_eq!(why(text, false), Some("it breaks off in the middle of a JSON value"), "{text}");
        }
        for text in ["```\nPrivacy", "```json\nPrivacy, Safety"] {
            assert_eq!(why(text, false), Some("it breaks off in the middle of a block of code"), "{text}");
        }
    }

    #[test]
    fn what_is_whole_is_not() {
        for text in [
            "Privacy",
            "",
            "[ ] Safety\n[x] Privacy",
            "[Privacy]",
            "\\boxed{Privacy}",
            "{Privacy}",
            "[A] Privacy",
            "{\"answer\": \"Privacy\"}",
            "{\"answer\": \"Privacy\"} and more",
            "```json\n{\"answer\": \"Privacy\"}\n```",
            // The closing fence may be a stop sequence, so that it is not part of the response.
            "```json\n{\"answer\": \"Privacy\"}\n",
            "```\nPrivacy\n```",
            "```Privacy```",
            "Privacy\n```",
        ] {
            assert_eq!(why(text, false), None, "{text}");
        }
        for text in ["A list [1", "See:\n```\nlet a = [", "Privacy {"] {
            assert_eq!(why(text, true), None, "{text}");
        }
    }

    #[test]
    fn it_takes_little_time_whatever_is_there() {
        let begun = std::time::Instant::now();
        for text in
            ["[".repeat(30_000), "[\"".repeat(15_000), "[\"[\",".repeat(6_000) + "!", "```\n".repeat(8_001)]
        {
            why(&text, false);
        }
        assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
    }
}
