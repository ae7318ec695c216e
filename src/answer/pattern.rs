//! The small language in which frames are written: words, `(this|that)` for alternatives (`(this|)` may be left out),
//! `$` for what the question is about, and `#` for the number of options that are asked for.

use super::tokens::{Token, TokenKind};

/// A frame that is ready to be matched.
#[derive(Debug, Clone)]
pub(super) struct Pattern(Vec<Node>);

#[derive(Debug, Clone)]
enum Node {
    Word(&'static str),
    Subject,
    Count,
    OneOf(Vec<Pattern>),
}

/// What `$` and `#` stand for in one question.
#[derive(Debug, Clone, Default)]
pub(super) struct Slots {
    /// Each way of naming what the question is about, as words.
    pub subjects: Vec<Vec<String>>,
    pub counts: Vec<String>,
    /// The stems of words that the question is about.
    pub topics: Vec<String>,
}

impl Pattern {
    pub(super) fn new(text: &'static str) -> Self {
        let mut rest = text;
        sequence(&mut rest)
    }

    /// Returns the place after the longest run of `tokens` from `at` on that this pattern matches.
    pub(super) fn matches(&self, tokens: &[Token], at: usize, slots: &Slots) -> Option<usize> {
        self.ends(tokens, vec![at], slots).into_iter().max().filter(|end| *end > at)
    }

    /// Returns the words that the pattern may begin with; `None` if it may begin with words that depend on the
    /// question.
    pub(super) fn firsts(&self) -> Option<Vec<&'static str>> {
        let mut firsts = Vec::new();
        self.begins(&mut firsts).map(|_| firsts)
    }

    /// Adds the words that the pattern may begin with to `firsts`, and returns whether it may be empty; `None` as for
    /// [`firsts`](Self::firsts).
    fn begins(&self, firsts: &mut Vec<&'static str>) -> Option<bool> {
        for node in &self.0 {
            let empty = match node {
                Node::Word(word) => {
                    firsts.push(word);
                    false
                }
                Node::Subject | Node::Count => return None,
                Node::OneOf(patterns) => {
                    let mut empty = false;
                    for pattern in patterns {
                        empty |= pattern.begins(firsts)?;
                    }
                    empty
                }
            };
            if !empty {
                return Some(false);
            }
        }
        Some(true)
    }

    /// Returns an example of words that match, with the longest of the alternatives.
    #[cfg(test)]
    pub(super) fn example(&self, subject: &str, count: &str) -> String {
        let words = self.0.iter().map(|node| match node {
            Node::Word(word) => (*word).to_owned(),
            Node::Subject => subject.to_owned(),
            Node::Count => count.to_owned(),
            Node::OneOf(patterns) => {
                let all = patterns.iter().map(|pattern| pattern.example(subject, count));
                all.max_by_key(String::len).unwrap_or_default()
            }
        });
        words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// Returns the places where a match may end, for the places where it may start.
    fn ends(&self, tokens: &[Token], starts: Vec<usize>, slots: &Slots) -> Vec<usize> {
        self.0.iter().fold(starts, |starts, node| {
            if starts.is_empty() {
                return starts;
            }
            let mut ends: Vec<usize> = match node {
                Node::OneOf(patterns) => {
                    patterns.iter().flat_map(|pattern| pattern.ends(tokens, starts.clone(), slots)).collect()
                }
                node => starts.iter().flat_map(|start| node.ends(tokens, *start, slots)).collect(),
            };
            ends.sort_unstable();
            ends.dedup();
            ends
        })
    }
}

impl Node {
    fn ends(&self, tokens: &[Token], at: usize, slots: &Slots) -> Vec<usize> {
        let is = |at: usize, word: &str| {
            tokens.get(at).is_some_and(|token| {
                !matches!(token.kind, TokenKind::Mark(_) | TokenKind::Break) && token.text == word
            })
        };
        match self {
            Node::Word(word) => is(at, word).then_some(at + 1).into_iter().collect(),
            Node::Count => {
                slots.counts.iter().any(|count| is(at, count)).then_some(at + 1).into_iter().collect()
            }
            Node::Subject => {
                let names = slots.subjects.iter();
                let named = names.filter(|words| words.iter().zip(at..).all(|(word, at)| is(at, word)));
                named.map(|words| at + words.len()).collect()
            }
            Node::OneOf(_) => Vec::new(),
        }
    }
}

/// Parses nodes up to `|`, `)` or the end.
fn sequence(rest: &mut &'static str) -> Pattern {
    let mut nodes = Vec::new();
    loop {
        *rest = rest.trim_start_matches(' ');
        match rest.chars().next() {
            None | Some('|' | ')') => return Pattern(nodes),
            Some('(') => {
                let mut patterns = Vec::new();
                while !rest.starts_with(')') && !rest.is_empty() {
                    *rest = &rest[1..];
                    patterns.push(sequence(rest));
                }
                *rest = rest.strip_prefix(')').unwrap_or(rest);
                nodes.push(Node::OneOf(patterns));
            }
            Some(_) => {
                let end = rest.find([' ', '|', '(', ')']).unwrap_or(rest.len());
                let (word, after) = rest.split_at(end);
                *rest = after;
                nodes.push(match word {
                    "$" => Node::Subject,
                    "#" => Node::Count,
                    word => Node::Word(word),
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::tokens::tokens;

    fn end(pattern: &'static str, text: &str) -> Option<usize> {
        let slots = Slots {
            subjects: vec![vec!["human".into(), "autonomy".into()]],
            counts: vec!["5".into(), "five".into()],
            topics: Vec::new(),
        };
        Pattern::new(pattern).matches(&tokens(text, 0..text.len()), 0, &slots)
    }

    #[test]
    fn what_it_may_begin_with() {
        for (pattern, wanted) in [
            ("my answer", Some(&["my"][..])),
            ("(my|the) answer", Some(&["my", "the"])),
            ("(so|) (i (do|)|we|) answer", Some(&["so", "i", "we", "answer"])),
            ("(so|) $ is", None),
            ("(my|#) answer", None),
            ("my $", Some(&["my"])),
        ] {
            assert_eq!(Pattern::new(pattern).firsts().as_deref(), wanted, "{pattern}");
        }
    }

    #[test]
    fn words_alternatives_and_slots() {
        for (pattern, text, wanted) in [
            ("my answer", "My answer: x", Some(2)),
            ("my (final|) answer", "my final answer", Some(3)),
            ("my (final|) answer", "my answer", Some(2)),
            ("(my|the) (top|) (#|) values", "the five values", Some(3)),
            ("$ (is|would (surely|) be)", "Human autonomy would be", Some(4)),
            ("my answer", "my, answer", None),
            ("my answer", "my", None),
            ("(a|)", "b", None),
        ] {
            assert_eq!(end(pattern, text), wanted, "{pattern} in {text}");
        }
    }
}
