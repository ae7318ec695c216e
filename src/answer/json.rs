//! Reads answers in JSON: the first object or list in a response, in the few shapes that models use. An unknown or
//! repeated member name stops the reader.

use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::Invalid;
use super::entries::{Grammar, ListEntry};
use super::guard::{self, ExplanationPlace};
use super::reader::{AnswerReader, Lists, ReadingStop};
use super::tokens::{TokenKind, tokens};

/// Names of the member that holds the answer, reduced to letters and digits.
const ANSWER: &str = "answer answers finalanswer response result output choice choices selected selection selections \
    pick picks values selectedvalues chosenvalues topvalues topfive top5 top5values mostimportant \
    mostimportantvalues ranking rankings rankedstories rankedlist order ordering orderofimportance \
    rating level importance importancelevel importancerating opinion preference label stories";

/// Names of the member that names the option of an entry.
const NAME: &str =
    "value name option story letter id choice label storyid userstory item answer title selection";

/// Names of the member that gives the rank of an entry.
const RANK: &str = "rank position place ranking";

/// Names of members that hold an explanation.
const REASON: &str = "explanation reason reasoning rationale justification why comment description thoughts";

/// Names of members that repeat what the question is about.
const SUBJECT: &str = "value topic subject item question";

/// A JSON value whose objects keep repeated members.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json {
    Text(String),
    Other,
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// Returns the first object or list in `text`, and its place.
pub(super) fn find(text: &str, part: Range<usize>) -> Option<(Range<usize>, Json)> {
    let start = part.start + text[part.clone()].find(['{', '['])?;
    let mut values = serde_json::Deserializer::from_str(&text[start..part.end]).into_iter::<Json>();
    let value = values.next()?.ok()?;
    let empty = matches!(&value, Json::List(list) if list.is_empty());
    (!empty).then(|| (start..start + values.byte_offset(), value))
}

/// Returns the text of a free answer: a string, or the text of an object's only member if that is an answer.
pub(super) fn text(value: &Json) -> Option<&str> {
    match value {
        Json::Object(members) => match members.as_slice() {
            [(name, Json::Text(text))] if among(ANSWER, &plain(name)) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// Returns the options that a JSON value lists.
pub(super) fn entries(
    grammar: &Grammar,
    value: &Json,
    at: &Range<usize>,
) -> Result<Vec<ListEntry>, ReadingStop> {
    Shapes { grammar, at }.answer(value)
}

struct Shapes<'a> {
    grammar: &'a Grammar,
    at: &'a Range<usize>,
}

impl Shapes<'_> {
    fn stop(&self, why: String) -> ReadingStop {
        ReadingStop::new(Invalid::Unclear, why, self.at.clone())
    }

    fn answer(&self, value: &Json) -> Result<Vec<ListEntry>, ReadingStop> {
        match value {
            Json::Text(text) => self.text(text),
            Json::Other => Err(self.stop("a JSON value that is neither text nor a number".to_owned())),
            Json::List(list) => self.list(list),
            Json::Object(members) => self.object(members),
        }
    }

    /// Reads a text inside JSON by the same rules as a text outside of it.
    fn text(&self, text: &str) -> Result<Vec<ListEntry>, ReadingStop> {
        let tokens = tokens(text, 0..text.len());
        let lists: Result<Lists, ReadingStop> = AnswerReader::new(self.grammar, text, &tokens, None).lists();
        // A place inside the JSON value is not a place in the response.
        let lists = lists.map_err(|stop| ReadingStop { at: Some(self.at.clone()), ..stop })?;
        match <[Vec<ListEntry>; 1]>::try_from(lists) {
            Ok([list]) => Ok(self.placed(list)),
            Err(_) => Err(self.stop(format!("`{text}` is not an option"))),
        }
    }

    fn placed(&self, list: Vec<ListEntry>) -> Vec<ListEntry> {
        list.into_iter().map(|entry| ListEntry { span: self.at.clone(), ..entry }).collect()
    }

    /// Reads a text that names one option and nothing else.
    fn name(&self, text: &str) -> Result<ListEntry, ReadingStop> {
        let mut tokens = tokens(text, 0..text.len());
        if tokens.len() > 1 && tokens.last().is_some_and(|token| token.kind == TokenKind::Mark('.')) {
            tokens.pop();
        }
        let found =
            self.grammar.list(&tokens, 0).filter(|(list, end)| list.len() == 1 && *end == tokens.len());
        let entry = found.and_then(|(list, _)| self.placed(list).pop());
        entry.ok_or_else(|| {
            ReadingStop::new(
                Invalid::UnknownOption,
                format!("`{text}` is not one of the options"),
                self.at.clone(),
            )
        })
    }

    fn list(&self, list: &[Json]) -> Result<Vec<ListEntry>, ReadingStop> {
        let entry = |value: &Json| match value {
            Json::Text(text) => self.name(text),
            Json::Object(members) => self.entry(members),
            _ => Err(self.stop("an entry of the list is neither text nor an object".to_owned())),
        };
        list.iter().map(entry).collect()
    }

    fn object(&self, members: &[(String, Json)]) -> Result<Vec<ListEntry>, ReadingStop> {
        let numbered = members.iter().zip(1..).all(|((name, _), place)| name.trim() == format!("{place}"));
        if numbered && !members.is_empty() && !self.grammar.shape.is_level() {
            return self.list(&members.iter().map(|(_, value)| value.clone()).collect::<Vec<_>>());
        }
        let mut answer = None;
        for (name, value) in members {
            let key = plain(name);
            if among(ANSWER, &key) && answer.is_none() {
                answer = Some(value);
            } else if !self.explains(&key, value)?
                && !self.is_subject(&key, value)
                && !is_confidence(&key, value)
            {
                return Err(
                    self.stop(format!("`{name}` is not a field that is known to leave an answer unchanged"))
                );
            }
        }
        answer.map_or_else(
            || Err(self.stop("no field of the object holds an answer".to_owned())),
            |value| self.answer(value),
        )
    }

    /// Reads an entry that is an object: its option, and its rank if it has one. As in any list, the ranks must
    /// follow the order of the entries, or the response is unread.
    fn entry(&self, members: &[(String, Json)]) -> Result<ListEntry, ReadingStop> {
        let (mut entry, mut rank) = (None, None);
        for (name, value) in members {
            let key = plain(name);
            match value {
                Json::Text(text) if among(RANK, &key) && rank.is_none() => {
                    rank = Some(text.parse().map_err(|_| self.stop(format!("`{text}` is not a rank")))?);
                }
                Json::Text(text) if among(NAME, &key) => {
                    let named = self.name(text)?;
                    if entry.as_ref().is_some_and(|known: &ListEntry| known.choice != named.choice) {
                        return Err(self.stop(format!("an entry names two options; the second is `{text}`")));
                    }
                    entry = Some(named);
                }
                value if self.explains(&key, value)? => {}
                _ => {
                    return Err(self
                        .stop(format!("`{name}` is not a field that is known to leave an entry unchanged")));
                }
            }
        }
        let entry = entry.ok_or_else(|| self.stop("an entry of the list names no option".to_owned()))?;
        Ok(ListEntry { number: rank, ..entry })
    }

    /// Returns whether a member is an explanation. One that may change the answer stops the reader.
    fn explains(&self, key: &str, value: &Json) -> Result<bool, ReadingStop> {
        let Json::Text(text) = value else { return Ok(false) };
        if !among(REASON, key) {
            return Ok(false);
        }
        let said = tokens(text, 0..text.len());
        let options = (0..said.len()).filter(|at| self.grammar.options.at(&said, *at).is_some());
        let named = options.filter(|at| !self.grammar.shape.is_ranking() || said[*at].text != "a").count();
        let stops = guard::stops(
            self.grammar.frames,
            &self.grammar.slots,
            &said,
            ExplanationPlace::Later,
            self.grammar.shape.is_ranking(),
        );
        // A single word is not a reason: it may be "reversed".
        let one = said.iter().filter(|token| token.kind == TokenKind::Word).count() < 2;
        if !said.is_empty() && (named > 0 || stops.is_some() || one || !self.grammar.explains) {
            return Err(self.stop(format!("the field `{key}` may change the answer")));
        }
        Ok(true)
    }

    /// Returns whether a member repeats what the question is about.
    fn is_subject(&self, key: &str, value: &Json) -> bool {
        let Json::Text(text) = value else { return false };
        let said: Vec<String> = tokens(text, 0..text.len()).into_iter().map(|token| token.text).collect();
        among(SUBJECT, key) && self.grammar.slots.subjects.contains(&said)
    }
}

/// Returns whether a member is a numeric confidence, which does not change the answer.
fn is_confidence(key: &str, value: &Json) -> bool {
    key == "confidence" && matches!(value, Json::Text(text) if text.parse::<f64>().is_ok())
}

fn among(names: &str, name: &str) -> bool {
    names.split(' ').any(|known| known == name)
}

/// Returns a name reduced to lower-case letters and digits.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
        Ok(Json::Text(number.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Json, E> {
        Ok(Json::Text(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Json, E> {
        Ok(Json::Text(number.to_string()))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(Json::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Json::Object(members))
    }
}
