//! How a response was read: the answer by its option ids, or why and where it was not read. It is written for
//! people and, as the fields of a JSON object, for programs.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value, json};

use super::excerpt::{block, marked};
use crate::answer::{self, Answer, AnswerStructure, Finish, Invalid, Unread};
use crate::ground::text::one_line;
use crate::suite::Question;

/// A response with the question it answers, and how it is read.
#[derive(Debug)]
pub(crate) struct ReadResponse<'a> {
    question: &'a Question<'a>,
    text: &'a str,
    /// How the text is read, if it is JSON in a product's own shape.
    structure: Option<AnswerStructure>,
    read: Result<Answer, Unread>,
}

impl<'a> ReadResponse<'a> {
    /// Reads a text, which is JSON in a product's own shape if it has a `structure`.
    pub(crate) fn of(
        question: &'a Question<'a>,
        text: &'a str,
        finish: &Finish,
        structure: Option<&AnswerStructure>,
    ) -> ReadResponse<'a> {
        let read = answer::read_as(question, text, finish, structure);
        ReadResponse { question, text, structure: structure.cloned(), read }
    }

    /// Returns why it is no answer; a refusal is one of the reasons.
    pub(crate) fn reason(&self) -> Option<Invalid> {
        self.read.as_ref().err().map(|unread| unread.reason)
    }

    /// Writes `T2 medical.privacy, listed, sample 0`.
    pub(crate) fn head(&self) -> String {
        let Question { task, item, form, index, .. } = self.question;
        let name = format!("{} {}", task.id, item.id);
        format!("{}, {}, sample {index}", name.trim_end(), form.label)
    }

    /// Describes how it is read, each option with its words as they were shown; the text, if it was not read.
    pub(crate) fn told(&self) -> String {
        match &self.read {
            Ok(Answer::Level(level)) => {
                format!("answer: {} ({})", self.id(*level), self.shown(*level))
            }
            Ok(Answer::Set(chosen)) => {
                let line = |choice: &usize| format!("\n  {} ({})", self.id(*choice), self.shown(*choice));
                format!("answer: {}{}", chosen.len(), chosen.iter().map(line).collect::<String>())
            }
            Ok(Answer::Ranking(order)) => {
                let line = |(place, choice): (usize, &usize)| {
                    format!("\n  {}. {} ({})", place + 1, self.id(*choice), self.shown(*choice))
                };
                format!("answer, first to last:{}", order.iter().enumerate().map(line).collect::<String>())
            }
            Ok(Answer::Text(text)) => format!("answer: kept as it is\n{}", block(text)),
            Err(unread) => self.marked(unread),
        }
    }

    /// Describes how it is read in one line, followed by the text.
    pub(crate) fn listed(&self) -> String {
        let answer = match &self.read {
            Ok(Answer::Level(level)) => self.id(*level).to_owned(),
            Ok(Answer::Set(chosen)) => self.ids(chosen).join(", "),
            Ok(Answer::Ranking(order)) => self.ids(order).join(" > "),
            Ok(Answer::Text(_)) => "kept as it is".to_owned(),
            Err(unread) => return self.marked(unread),
        };
        format!("answer: {answer}\n{}", block(self.text))
    }

    /// Returns `{"answer": …}`, `{"unread": why, "kind": …, "at": …}` or `{"refusal": why, "at": …}`.
    pub(crate) fn fields(&self) -> Map<String, Value> {
        let mut fields = Map::new();
        let mut add = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        match &self.read {
            Ok(Answer::Level(level)) => drop(add("answer", json!(self.id(*level)))),
            Ok(Answer::Set(places) | Answer::Ranking(places)) => {
                add("answer", json!(self.ids(places)));
            }
            Ok(Answer::Text(text)) => drop(add("answer", json!(text))),
            Err(unread) => {
                if unread.reason == Invalid::Refusal {
                    add("refusal", json!(why(unread)));
                } else {
                    add("unread", json!(why(unread)));
                    add("kind", json!(unread.reason.label()));
                }
                add("at", json!(unread.at.as_ref().map(|at| [at.start, at.end])));
            }
        }
        fields
    }

    /// Returns the same fields, with the question and the text.
    pub(crate) fn listed_fields(&self) -> Map<String, Value> {
        let Question { task, item, form, index, .. } = self.question;
        let asked = [
            ("task", json!(task.id)),
            ("item", json!(item.id)),
            ("form", json!(form.label)),
            ("sample", json!(index)),
        ];
        let asked = asked.into_iter().map(|(name, value)| (name.to_owned(), value));
        let text = [("text".to_owned(), json!(self.text))];
        let structure = self.structure.iter().map(|structure| ("structure".to_owned(), json!(structure)));
        asked.chain(self.fields()).chain(text).chain(structure).collect()
    }

    fn marked(&self, unread: &Unread) -> String {
        let (name, kind) = match unread.reason {
            Invalid::Refusal => ("refusal", String::new()),
            reason if reason.label() == unread.why => ("unread", String::new()),
            reason => ("unread", format!(" ({reason})")),
        };
        let why = one_line(why(unread), 250);
        marked(name, &format!("{why}{kind}"), self.text, unread.at.as_ref())
    }

    fn ids(&self, choices: &[usize]) -> Vec<&str> {
        choices.iter().map(|choice| self.id(*choice)).collect()
    }

    fn id(&self, choice: usize) -> &str {
        self.question.item.choices.get(choice).map_or("", |choice| choice.id.as_str())
    }

    /// Returns the words of an option, after the letter it was shown with.
    fn shown(&self, choice: usize) -> String {
        let Some(shown) = self.question.shown.iter().find(|shown| shown.choice == choice) else {
            return String::new();
        };
        let text = one_line(&shown.text, 80);
        shown.marker.map_or(text.clone(), |letter| format!("{letter}. {text}"))
    }
}

/// Returns why a response is unread; a refusal needs no further reason.
fn why(unread: &Unread) -> &str {
    match unread.reason {
        Invalid::Refusal if unread.why == Invalid::Refusal.label() => "it declines to answer",
        _ => &unread.why,
    }
}

/// The number of responses that were read, and of the others by reason.
#[derive(Debug, Default)]
pub(crate) struct ReadingCounts {
    read: usize,
    pub refusals: usize,
    unread: BTreeMap<Invalid, usize>,
}

impl ReadingCounts {
    pub(crate) fn add(&mut self, reading: &ReadResponse<'_>) {
        match reading.reason() {
            None => self.read += 1,
            Some(Invalid::Refusal) => self.refusals += 1,
            Some(reason) => *self.unread.entry(reason).or_default() += 1,
        }
    }

    pub(crate) fn fields(&self) -> Map<String, Value> {
        let unread: Map<String, Value> =
            self.unread.iter().map(|(reason, count)| (reason.label().to_owned(), json!(count))).collect();
        let fields = [
            ("read", json!(self.read)),
            ("unread", Value::Object(unread)),
            ("refusals", json!(self.refusals)),
        ];
        fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// Writes `88 read, 12 unread (9 ambiguous, 3 cut off), no refusals`.
impl fmt::Display for ReadingCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} read, {} unread", self.read, self.unread.values().sum::<usize>())?;
        if !self.unread.is_empty() {
            let mut reasons: Vec<(&Invalid, &usize)> = self.unread.iter().collect();
            reasons.sort_by_key(|(reason, count)| (std::cmp::Reverse(**count), **reason));
            let reasons: Vec<String> =
                reasons.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
            write!(f, " ({})", reasons.join(", "))?;
        }
        match self.refusals {
            0 => f.write_str(", no refusals"),
            1 => f.write_str(", 1 refusal"),
            more => write!(f, ", {more} refusals"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::Suite;

    const RATED: &str = "id = \"R\"\nkind = \"rate\"\ntitle = \"x\"\nprompt = \"{context} {value}: {options}\"\nlevel = [{ id = \"no\", label = \"Bad\" }, { id = \"yes\", label = \"Good\" }]\ncontext = [{ id = \"c\", text = \"x\" }]\nvalue = [{ id = \"v\", label = \"V\", text = \"x\" }]\n";

    fn unread(reason: Invalid, why: &str) -> Result<Answer, Unread> {
        Err(Unread { reason, why: why.to_owned(), at: Some(6..19) })
    }

    #[test]
    fn why_and_where_it_was_not_read_is_told_and_counted() {
        let suite = Suite::from_text("r.toml", RATED).expect("a suite");
        let task = suite.task.expect("a task");
        let question = task.question(1, 0, 0, 2);
        let text = "Good, not that good";
        let of = |read| ReadResponse { question: &question, text, structure: None, read };
        let unclear = of(unread(Invalid::Unclear, "the words after the answer\nmay change it"));
        assert_eq!(
            unclear.told(),
            "unread: the words after the answer may change it (unclear)\n  |\n  | Good, not that good\n  |       ^^^^^^^^^^^^^"
        );
        assert_eq!(unclear.listed(), unclear.told());
        assert_eq!(
            Value::Object(unclear.listed_fields()).to_string(),
            "{\"task\":\"R\",\"item\":\"c.v\",\"form\":\"listed\",\"sample\":2,\"unread\":\"the words after the answer\\nmay change it\",\"kind\":\"unclear\",\"at\":[6,19],\"text\":\"Good, not that good\"}"
        );
        let refused = of(unread(Invalid::Refusal, "it declines"));
        assert!(refused.told().starts_with("refusal: it declines\n  |\n"), "{}", refused.told());
        assert_eq!(
            Value::Object(refused.fields()).to_string(),
            "{\"refusal\":\"it declines\",\"at\":[6,19]}"
        );
        let mut tally = ReadingCounts::default();
        assert_eq!(tally.to_string(), "0 read, 0 unread, no refusals");
        let cut = of(unread(Invalid::CutOff, "cut off"));
        for reading in [&cut, &unclear, &unclear, &refused, &of(Ok(Answer::Level(1)))] {
            tally.add(reading);
        }
        assert_eq!(tally.to_string(), "1 read, 3 unread (2 unclear, 1 cut off), 1 refusal");
    }
}
