//! Lists and objects inside a response: JSON, Python, and what models write for them.
//!
//! Read are JSON values; lists and sets with single quotes, with a comma too many, or without quotes
//! (`[Safety, Privacy]`, of two entries at least, because `[1]` is a footnote and `[A]` a letter);
//! objects in the same liberal way. Values may be nested eight deep, and at most 64 places of a
//! response are tried, as long as that takes no more than reading it a few times over.
//!
//! An object says its answer under a key such as `answer`, `choices`, `ranking` or `rating`; what
//! stands under other keys (`reasoning`, `rejected`) is not read, and two answers that differ are
//! none. An entry that is an object itself is known by its `value`, `name`, `option` or the like.

use std::ops::Range;

/// A value somewhere in a text.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// A string, or an entry without quotes (numbers and `true` too).
    Text(String),
    List(Vec<Value>),
    /// In order, with repeated keys kept.
    Map(Vec<(String, Value)>),
}

/// What a value says.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Said {
    Text(String),
    /// One text an entry; `None` for one that is no text.
    List(Vec<Option<String>>),
    /// An object without a (single) answer.
    Unclear,
}

const DEPTH: u8 = 8;
const TRIES: usize = 64;

const ANSWERS: [&str; 20] = [
    "answer",
    "answers",
    "finalanswer",
    "choice",
    "choices",
    "chosen",
    "selection",
    "selections",
    "selected",
    "selectedvalues",
    "values",
    "topvalues",
    "topfive",
    "ranking",
    "rank",
    "order",
    "rating",
    "level",
    "result",
    "response",
];

const ENTRIES: [&str; 9] =
    ["value", "name", "option", "answer", "label", "title", "story", "letter", "choice"];

/// The outermost values of `text`, in order, with their places.
pub(super) fn values(text: &str) -> Vec<(Range<usize>, Value)> {
    let mut found = Vec::new();
    let (mut from, mut spent) = (0, 0);
    for _ in 0..TRIES {
        // What does not close is read to its end: a few times, not each time.
        if spent > 4 * text.len() {
            break;
        }
        let Some(start) = text[from..].find(['[', '{']).map(|at| from + at) else { break };
        let mut reader = Reader { text, at: start };
        let value = reader.value(DEPTH);
        spent += reader.at - start;
        match value {
            Some(value) if !loose(&text[start..reader.at], &value) => {
                found.push((start..reader.at, value));
                from = reader.at;
            }
            _ => from = start + 1,
        }
    }
    found
}

/// The value that is all of `text`.
pub(super) fn whole(text: &str) -> Option<Value> {
    let text = text.trim();
    if !text.starts_with(['[', '{']) {
        return None;
    }
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(DEPTH)?;
    (reader.at == text.len() && !loose(text, &value)).then_some(value)
}

/// Brackets around one word without quotes.
fn loose(written: &str, value: &Value) -> bool {
    match value {
        Value::List(entries) => {
            entries.len() == 1 && !written.contains(['"', '\'']) && matches!(entries[0], Value::Text(_))
        }
        _ => false,
    }
}

impl Value {
    /// What the value says, looking into objects for their answer.
    pub(super) fn said(&self) -> Said {
        match self {
            Value::Text(text) => Said::Text(text.clone()),
            Value::List(entries) => Said::List(entries.iter().map(entry).collect()),
            Value::Map(pairs) => {
                let mut answers = pairs.iter().filter(|(key, _)| ANSWERS.contains(&plain(key).as_str()));
                match (answers.next(), answers.next()) {
                    (Some((_, answer)), None) => answer.said(),
                    (Some((_, first)), Some((_, second))) if answers.next().is_none() && first == second => {
                        first.said()
                    }
                    _ => Said::Unclear,
                }
            }
        }
    }

    /// Every text in it, keys too.
    pub(super) fn texts(&self) -> Vec<&str> {
        match self {
            Value::Text(text) => vec![text],
            Value::List(entries) => entries.iter().flat_map(Value::texts).collect(),
            Value::Map(pairs) => pairs
                .iter()
                .flat_map(|(key, value)| std::iter::once(key.as_str()).chain(value.texts()))
                .collect(),
        }
    }
}

fn entry(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::List(_) => None,
        Value::Map(pairs) => {
            let mut named = pairs.iter().filter(|(key, _)| ENTRIES.contains(&plain(key).as_str()));
            match (named.next(), named.next()) {
                (Some((_, Value::Text(text))), None) => Some(text.clone()),
                _ => None,
            }
        }
    }
}

fn plain(key: &str) -> String {
    key.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn value(&mut self, depth: u8) -> Option<Value> {
        let deeper = depth.checked_sub(1)?;
        match self.peek()? {
            '[' => self.list(']', deeper),
            '{' => self.braces(deeper),
            '"' | '\'' => self.string().map(Value::Text),
            _ => self.bare().map(Value::Text),
        }
    }

    /// The next character that is no white space.
    fn peek(&mut self) -> Option<char> {
        let rest = &self.text[self.at..];
        let trimmed = rest.trim_start();
        self.at += rest.len() - trimmed.len();
        trimmed.chars().next()
    }

    fn eat(&mut self, wanted: char) -> bool {
        let there = self.peek() == Some(wanted);
        if there {
            self.at += wanted.len_utf8();
        }
        there
    }

    fn list(&mut self, close: char, depth: u8) -> Option<Value> {
        self.at += 1;
        let mut entries = Vec::new();
        while !self.eat(close) {
            entries.push(self.value(depth)?);
            if !self.eat(',') {
                return self.eat(close).then_some(Value::List(entries));
            }
        }
        Some(Value::List(entries))
    }

    /// An object, or a Python set.
    fn braces(&mut self, depth: u8) -> Option<Value> {
        let open = self.at;
        self.at += 1;
        let mut pairs = Vec::new();
        while !self.eat('}') {
            let key = match self.peek()? {
                '"' | '\'' => self.string()?,
                '[' | '{' => return None,
                _ => self.bare()?,
            };
            if !self.eat(':') {
                if !pairs.is_empty() {
                    return None;
                }
                self.at = open;
                return self.list('}', depth);
            }
            pairs.push((key, self.value(depth)?));
            if !self.eat(',') {
                return self.eat('}').then_some(Value::Map(pairs));
            }
        }
        Some(Value::Map(pairs))
    }

    /// Up to the next comma, colon or bracket on the line.
    fn bare(&mut self) -> Option<String> {
        let rest = &self.text[self.at..];
        let end = rest.find([',', ':', '[', ']', '{', '}', '"', '\n'])?;
        let text = rest[..end].trim();
        self.at += end;
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn string(&mut self) -> Option<String> {
        let quote = self.peek()?;
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = &self.text[self.at..];
            let end = rest.find([quote, '\\', '\n'])?;
            text.push_str(&rest[..end]);
            let after = &rest[end + 1..];
            self.at += end + 1;
            match rest[end..].chars().next()? {
                '\n' => return None,
                '\\' => text.push(self.escape()?),
                // The apostrophe of 'a patient's data' ends nothing.
                '\'' if !after.trim_start_matches([' ', '\t']).starts_with([',', ']', '}', ':', '\n']) => {
                    text.push('\'');
                }
                _ => return Some(text),
            }
        }
    }

    fn escape(&mut self) -> Option<char> {
        let c = self.text[self.at..].chars().next()?;
        self.at += c.len_utf8();
        Some(match c {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' | 'f' => ' ',
            'u' => {
                let first = self.hex()?;
                let low = self.text[self.at..].starts_with("\\u");
                if (0xd800..0xdc00).contains(&first) && low {
                    self.at += 2;
                    let second = self.hex()?.checked_sub(0xdc00)?;
                    char::from_u32(0x10000 + ((first - 0xd800) << 10) + second)?
                } else {
                    char::from_u32(first)?
                }
            }
            other => other,
        })
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        self.at += 4;
        u32::from_str_radix(digits, 16).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(texts: &[&str]) -> Said {
        Said::List(texts.iter().map(|text| Some((*text).to_owned())).collect())
    }

    fn said(text: &str) -> Vec<Said> {
        values(text).iter().map(|(_, value)| value.said()).collect()
    }

    #[test]
    fn lists_of_every_spelling() {
        for text in [
            "[\"A\", \"B\"]",
            "['A', 'B']",
            "['A', \"B\",]",
            "[A, B]",
            "{'A', 'B'}",
            "{A, B}",
            "x = [\n  'A',\n  'B',\n]\n",
            "Here it is: {\"answer\": [\"A\", \"B\"]}.",
            "{\"reason\": \"[C]\", \"Final answer\": ['A', 'B']}",
            "{answer: [A, B]}",
            "{\"answer\": {\"ranking\": [\"A\", \"B\"]}}",
            "[{\"name\": \"A\", \"why\": \"C\"}, {\"name\": \"B\"}]",
            "[\"\\u0041\", \"B\"]",
        ] {
            assert_eq!(said(text), [list(&["A", "B"])], "{text}");
        }
    }

    #[test]
    fn apostrophes_and_escapes() {
        assert_eq!(said("['a patient's data', 'it\\'s']"), [list(&["a patient's data", "it's"])]);
        assert_eq!(said("{\"answer\": \"\\ud83d\\ude00\\n\"}"), [Said::Text("😀\n".into())]);
    }

    #[test]
    fn brackets_that_are_no_list() {
        for text in ["[1]", "[A] [B]", "(A, B)", "[A", "['A', 'B'", "[A, B\nC]", "{A}", "]["] {
            assert_eq!(said(text), [], "{text}");
        }
    }

    #[test]
    fn objects_without_one_answer_are_unclear() {
        for text in [
            "{\"rejected\": [\"A\"]}",
            "{\"A\": 1, \"B\": 2}",
            "{\"answer\": \"A\", \"answer\": \"B\"}",
            "{\"answer\": \"A\", \"choice\": \"B\"}",
        ] {
            assert_eq!(said(text), [Said::Unclear], "{text}");
        }
        assert_eq!(said("{\"answer\": \"A\", \"choice\": \"A\"}"), [Said::Text("A".into())]);
    }

    #[test]
    fn whole_is_whole() {
        assert!(whole(" {\"answer\": \"A\"} ").is_some());
        assert!(whole("{\"answer\": \"A\"} because").is_none());
        assert!(whole("{\"answer\": \"A\"").is_none());
    }

    #[test]
    fn brackets_without_end_take_no_time() {
        for text in ["[", "{", "[[],", "{\"a\":", "['", "[{", "[a,", "\\u", "[\"\\u"] {
            let text = text.repeat(1_000_000 / text.len());
            assert!(whole(&text).is_none());
            values(&text);
        }
    }
}
