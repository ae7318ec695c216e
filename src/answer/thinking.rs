//! Finds the answer in a response: after leaked thinking, and without the tokens of a chat template.
//!
//! Thinking comes first or not at all: a block in any other place is ordinary text, which stops the reader. A block
//! that never ends leaves nothing to read.

use std::ops::Range;

/// Names of thinking tags, which may have a name space (`seed:think`) and attributes.
const TAGS: [&str; 9] = [
    "think",
    "thinking",
    "thought",
    "thoughts",
    "reasoning",
    "analysis",
    "reflection",
    "scratchpad",
    "reason",
];

/// The brackets around such tags.
const BRACKETS: [(&str, &str); 3] = [("<", ">"), ("[", "]"), ("◁", "▷")];

/// Tokens that chat templates put after a complete message.
const ENDS: [&str; 8] = [
    "<|end|>",
    "<|return|>",
    "<|im_end|>",
    "<|eot_id|>",
    "<|endoftext|>",
    "<|end_of_text|>",
    "</s>",
    "<end_of_turn>",
];

/// The marker before the final message in the harmony format (<https://cookbook.openai.com/articles/openai-harmony>).
const FINAL: &str = "<|channel|>final<|message|>";

/// Returns the part of `text` that holds the answer and the words around it.
pub(super) fn answer_part(text: &str) -> Range<usize> {
    let mut start = text.rfind(FINAL).map_or(0, |at| at + FINAL.len());
    start += after_blocks(&text[start..]);
    let mut end = text.len();
    loop {
        let trimmed = text[start..end].trim_end();
        let cut = ENDS.into_iter().find_map(|tail| trimmed.strip_suffix(tail)).unwrap_or(trimmed);
        if cut.len() == end - start {
            return start..end;
        }
        end = start + cut.len();
    }
}

/// Returns where the text continues after thinking at its start: 0 if there is none, the end if it never ends.
fn after_blocks(text: &str) -> usize {
    for (open, close) in BRACKETS {
        let opened = tag_at(text.trim_start(), open, close).is_some_and(|(closing, _)| !closing);
        if !opened && !text.contains(&format!("{open}/")) {
            continue;
        }
        let last = text.match_indices(open).filter_map(|(at, _)| {
            let (closing, length) = tag_at(&text[at..], open, close)?;
            closing.then_some(at + length)
        });
        match (opened, last.last()) {
            // If the prompt opened the thinking block, the response only closes it.
            (_, Some(end)) if opened || !has_opening(text, open, close) => return end,
            (true, None) => return text.len(),
            _ => {}
        }
    }
    0
}

fn has_opening(text: &str, open: &str, close: &str) -> bool {
    text.match_indices(open)
        .any(|(at, _)| tag_at(&text[at..], open, close).is_some_and(|(closing, _)| !closing))
}

/// Returns the length of the thinking tag that `text` starts with, and whether the tag is a closing one.
fn tag_at(text: &str, open: &str, close: &str) -> Option<(bool, usize)> {
    /// The most bytes of a tag with its attributes.
    const LONGEST: usize = 80;
    let inner = text.strip_prefix(open)?;
    let (closing, inner) = match inner.strip_prefix('/') {
        Some(inner) => (true, inner),
        None => (false, inner),
    };
    let part = |c: char| c.is_ascii_alphanumeric() || c == ':' || c == '_';
    let name = inner.split(|c| !part(c)).next()?;
    let name = name.rsplit(':').next().unwrap_or_default().to_ascii_lowercase();
    if !TAGS.contains(&name.as_str()) {
        return None;
    }
    let near = (0..=LONGEST.min(inner.len())).rev().find(|at| inner.is_char_boundary(*at))?;
    let end = inner[..near].find(close)?;
    Some((closing, text.len() - inner.len() + end + close.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinking_before_the_answer_is_left_out() {
        for text in [
            "<think>Very?</think>\nX",
            "<think>a<think>b</think>c</think>X",
            "<seed:think>Very</seed:think>X",
            "<thinking mode='deep'>Very</thinking> X",
            "<analysis a=\"b\">Very</analysis>X",
            "[THINK]Very[/THINK]X",
            "◁think▷Very◁/think▷X",
            "Very, I think.</think>X",
            "<|channel|>analysis<|message|>Very<|end|><|start|>assistant<|channel|>final<|message|>X<|return|>",
            "X<|im_end|>",
        ] {
            assert_eq!(text[answer_part(text)].trim(), "X", "{text}");
        }
    }

    #[test]
    fn what_never_ends_leaves_nothing_and_other_tags_stay() {
        assert_eq!(&"<think>Very"[answer_part("<think>Very")], "");
        for text in ["X <think>hm</think>", "<reasoning_step>hm</reasoning_step>X", "<x>X", "analysis X", ""]
        {
            assert_eq!(answer_part(text), 0..text.len(), "{text}");
        }
    }
}
