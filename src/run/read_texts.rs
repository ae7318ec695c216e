//! Reads each text of a response only once, because most models repeat the same few words, and reading takes far
//! longer than comparing.

use std::collections::HashMap;

use super::advice;
use crate::answer::{self, Answer, Finish, Grammar, Invalid};
use crate::ground::text::one_line;
use crate::provider::Response;
use crate::suite::{Question, Shown};

/// Longer texts hardly ever repeat.
const LONGEST: usize = 200;

/// The most different texts that are remembered for a question.
const MOST: usize = 200;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct TextReading {
    pub answer: Result<Answer, Invalid>,
    /// A name in the response that is not an option.
    pub unknown: Option<String>,
    /// Whether the response is JSON; `None` if it is empty.
    pub json: Option<bool>,
}

impl TextReading {
    fn of(grammar: &Grammar, question: &Question<'_>, response: &Response) -> TextReading {
        let read = match response.structure.as_deref() {
            None => answer::read_with(grammar, question, &response.text, &response.finish),
            own => answer::read_as(question, &response.text, &response.finish, own),
        };
        let unknown = read.as_ref().err().filter(|unread| unread.reason == Invalid::UnknownOption);
        let unknown = unknown.and_then(|unread| response.text.get(unread.at.clone()?));
        TextReading {
            unknown: unknown.map(|text| one_line(text, 40)),
            answer: read.map_err(|unread| unread.reason),
            json: advice::is_json(response),
        }
    }
}

/// The short texts of one task that have been read, by the indices of the item and the form that they answer.
#[derive(Debug, Default)]
pub(super) struct ReadTexts(HashMap<(usize, usize), QuestionTexts>);

/// The texts that answered a question, as it was last shown.
#[derive(Debug)]
struct QuestionTexts {
    shown: Vec<Shown>,
    grammar: Grammar,
    texts: HashMap<String, TextReading>,
}

impl QuestionTexts {
    fn of(question: &Question<'_>) -> QuestionTexts {
        QuestionTexts { shown: question.shown.clone(), grammar: Grammar::of(question), texts: HashMap::new() }
    }
}

impl ReadTexts {
    /// Reads a response. If the model ended it by itself, the result depends only on the text and the question: its
    /// item, its form, and the options as they were shown. `place` gives the item and form.
    pub(super) fn read(
        &mut self,
        place: Option<(usize, usize)>,
        question: &Question<'_>,
        response: &Response,
    ) -> TextReading {
        let Some(place) = place else { return TextReading::of(&Grammar::of(question), question, response) };
        let texts = self.0.entry(place).or_insert_with(|| QuestionTexts::of(question));
        if texts.shown != question.shown {
            *texts = QuestionTexts::of(question);
        }
        let whole = response.finish == Finish::Stop && response.text.len() <= LONGEST;
        let whole = whole && response.structure.is_none();
        if let Some(read) = texts.texts.get(&response.text).filter(|_| whole) {
            return read.clone();
        }
        let read = TextReading::of(&texts.grammar, question, response);
        if whole && texts.texts.len() < MOST {
            texts.texts.insert(response.text.clone(), read.clone());
        }
        read
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::Suites;

    fn builtin() -> Suites {
        Suites::builtin()
    }

    #[test]
    fn what_is_said_again_is_read_as_if_it_were_said_alone() {
        let suites = builtin();
        let finishes = [Finish::Stop, Finish::Length, Finish::Filter, Finish::Unknown("x".to_owned())];
        // Every text is tried with every question in turn, so that a result from the wrong question would show.
        for task in suites.suites.iter().filter_map(|suite| suite.task.as_ref()) {
            let mut said = ReadTexts::default();
            for round in 0..3 {
                for (item, form) in (0..task.items.len().min(4))
                    .flat_map(|item| (0..task.forms.len()).map(move |form| (item, form)))
                {
                    let question = task.question(7, item, form, round);
                    let words = question.shown.iter().map(|shown| shown.text.clone());
                    let others = [
                        "",
                        "{",
                        "Banana",
                        "I cannot answer that.",
                        "B, A, C, D, E, F",
                        "not very important",
                    ];
                    for text in words.chain(others.map(str::to_owned)) {
                        for finish in &finishes {
                            let response = Response {
                                text: text.clone(),
                                finish: finish.clone(),
                                ..Response::default()
                            };
                            let wanted = TextReading::of(&Grammar::of(&question), &question, &response);
                            assert_eq!(
                                said.read(Some((item, form)), &question, &response),
                                wanted,
                                "{} {text} {finish:?}",
                                task.id
                            );
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn an_order_of_its_own_is_read_by_its_own() {
        let suites = builtin();
        let task = suites.task("T4").expect("built in");
        let response =
            Response { text: "A, B, C, D, E, F".to_owned(), finish: Finish::Stop, ..Response::default() };
        let mut said = ReadTexts::default();
        let orders: Vec<TextReading> =
            (0..20).map(|index| said.read(Some((0, 0)), &task.question(7, 0, 0, index), &response)).collect();
        let alone = |index| {
            let question = task.question(7, 0, 0, index);
            TextReading::of(&Grammar::of(&question), &question, &response)
        };
        let alone: Vec<TextReading> = (0..20).map(alone).collect();
        assert_eq!(orders, alone);
        assert!(orders.iter().any(|order| *order != orders[0]), "the letters stand for other stories");
    }
}
