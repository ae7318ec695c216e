//! Reads answers that a product gives in its own shape: a list, an object, a number or a name, as JSON. Nothing is
//! guessed: what could mean two things is unread.
//!
//! Names are compared exactly, with the ids of the options, the texts as they were shown, and the letters. A whole
//! answer has one kind of name.

mod agreement;
mod entry;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::entry::{chosen, in_order, wanted, what};
use super::{Answer, Finish, Invalid, Unread};
use crate::ground::text::one_line;
use crate::suite::{Question, Shape};

/// The longest name that a reason repeats, in characters.
const LONGEST_NAME: usize = 60;

/// The field of an object that names its option, unless the config says otherwise.
const ID: &str = "/id";

/// What is known of a text that is JSON in a product's own shape, and how it is to be read. It is recorded beside the
/// text, so that a replay reads it in the same way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerStructure {
    /// Whether the product was told a letter for each option.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) letters: bool,
    /// The number of the first option of a list (`answer_index`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) index: Option<i64>,
    /// The number of the lowest level of a scale (`answer_level`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) level: Option<i64>,
    /// The JSON pointer to the name in an object (`answer_id`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    /// The shape that a function says its answer has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) shape: Option<GivenShape>,
    /// Why there is no answer in the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) failed: Option<String>,
}

/// The shape that a function says its answer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum GivenShape {
    Selection,
    Ranking,
    Level,
}

impl GivenShape {
    fn fits(self, shape: Shape) -> bool {
        match self {
            GivenShape::Selection => shape.is_set(),
            GivenShape::Ranking => shape.is_ranking(),
            GivenShape::Level => shape.is_level(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            GivenShape::Selection => "a selection",
            GivenShape::Ranking => "a ranking",
            GivenShape::Level => "a level",
        }
    }
}

/// Reads a text that is JSON in a product's own shape.
pub(super) fn read(
    structure: &AnswerStructure,
    question: &Question<'_>,
    text: &str,
    finish: &Finish,
) -> Result<Answer, Unread> {
    let unread = |reason, why: String| Err(Unread { reason, why, at: None });
    match finish {
        Finish::Filter => {
            return unread(Invalid::Refusal, "the product says that it was filtered or refused".to_owned());
        }
        Finish::Unknown(reason) => {
            return unread(
                Invalid::UnknownFinish,
                format!("it is not certain that the answer is whole: {reason}"),
            );
        }
        Finish::Length => {
            let why = "it is cut off: it is longer than what is kept of an answer, 64 KiB";
            return unread(Invalid::CutOff, why.to_owned());
        }
        Finish::Stop | Finish::Other => {}
    }
    if let Some(why) = &structure.failed {
        return unread(Invalid::Unclear, why.clone());
    }
    let value = serde_json::from_str(text).map_err(|_| Unread {
        reason: Invalid::Unclear,
        why: "it is not JSON, although it is recorded as an answer in the product's own shape".to_owned(),
        at: None,
    })?;
    let reader = StructureReader { structure, question };
    reader.answer(&value).map_err(|stop| Unread {
        at: stop.name.as_ref().and_then(|name| place(text, name)),
        reason: stop.reason,
        why: stop.why,
    })
}

/// Returns the bytes of a name in the text, without its quotes.
fn place(text: &str, name: &str) -> Option<std::ops::Range<usize>> {
    let quoted = Value::String(name.to_owned()).to_string();
    let start = text.find(&quoted)?;
    Some(start + 1..start + quoted.len() - 1)
}

/// Why an answer in a product's own shape is unread, and the name that is the reason.
struct StructureStop {
    reason: Invalid,
    why: String,
    name: Option<String>,
}

impl StructureStop {
    fn new(reason: Invalid, why: impl Into<String>) -> Self {
        StructureStop { reason, why: why.into(), name: None }
    }

    fn unclear<T>(why: impl Into<String>) -> Result<T, Self> {
        Err(StructureStop::new(Invalid::Unclear, why))
    }
}

/// What an entry names its option by.
#[derive(Debug, Clone, PartialEq)]
enum EntryName {
    Text(String),
    Number(i64),
}

struct StructureReader<'a> {
    structure: &'a AnswerStructure,
    question: &'a Question<'a>,
}

impl StructureReader<'_> {
    fn answer(&self, value: &Value) -> Result<Answer, StructureStop> {
        let shape = self.question.task.shape;
        if let Some(given) = self.structure.shape.filter(|given| !given.fits(shape)) {
            return StructureStop::unclear(format!(
                "it is {}, but {} is asked for",
                given.name(),
                wanted(shape)
            ));
        }
        match (shape, value) {
            (Shape::Text, _) => {
                StructureStop::unclear(format!("it is {}, but free text is asked for", what(value)))
            }
            (Shape::Level, Value::Array(_)) => {
                StructureStop::unclear("it is a list, but one level of the scale is asked for")
            }
            (Shape::Level, value) => {
                let name = self.name(value, "the answer")?;
                let level = self.choices(&[name])?[0];
                self.agrees(value, level, "the answer")?;
                Ok(Answer::Level(level))
            }
            (Shape::Set { pick: 1 }, Value::String(_)) => self.list(std::slice::from_ref(value)),
            (Shape::Set { .. } | Shape::Ranking, Value::Array(list)) => self.list(list),
            (Shape::Set { .. } | Shape::Ranking, value) => {
                StructureStop::unclear(format!("it is {}, but a list is asked for", what(value)))
            }
        }
    }

    fn list(&self, list: &[Value]) -> Result<Answer, StructureStop> {
        let (shape, count) = (self.question.task.shape, self.question.shown.len());
        let wanted = shape.named(count).unwrap_or(count);
        let short = match shape {
            Shape::Ranking => Invalid::NotAPermutation,
            _ => Invalid::WrongCount,
        };
        // A list far too long is not read: it may have millions of entries.
        if list.len() > count {
            let why = format!("it has {} entries, but {count} options were shown", list.len());
            return Err(StructureStop::new(short, why));
        }
        let entry = |place: usize| format!("entry {} of the list", place + 1);
        let named = |(place, value)| self.name(value, &entry(place));
        let names: Vec<EntryName> = list.iter().enumerate().map(named).collect::<Result<_, _>>()?;
        in_order(list, self.pointer(), shape)?;
        let choices = self.choices(&names)?;
        for (place, (value, choice)) in list.iter().zip(&choices).enumerate() {
            self.agrees(value, *choice, &entry(place))?;
        }
        let mut distinct = choices.clone();
        distinct.sort_unstable();
        distinct.dedup();
        let twice = (1..choices.len()).find(|at| choices[..*at].contains(&choices[*at]));
        if let Some(at) = twice {
            let why = format!("its entry {} names an option that is named before", at + 1);
            return Err(StructureStop::new(short, why));
        }
        if choices.len() != wanted {
            let why = format!("it names {} of the options, but {wanted} are asked for", choices.len());
            return Err(StructureStop::new(short, why));
        }
        Ok(match shape {
            Shape::Ranking => Answer::Ranking(choices),
            _ => Answer::Set(distinct),
        })
    }

    /// Returns what an entry names its option by.
    fn name(&self, value: &Value, entry: &str) -> Result<EntryName, StructureStop> {
        match value {
            Value::Object(_) => {
                let pointer = self.pointer();
                chosen(value, pointer, entry)?;
                match value.pointer(pointer) {
                    // A number that is called an id need not be a place.
                    Some(Value::Number(number)) if self.structure.id.is_none() => {
                        StructureStop::unclear(format!(
                            "the `id` of {entry} is the number {number}: set `answer_id` and `answer_index` if it counts the options"
                        ))
                    }
                    Some(Value::Object(_)) => {
                        StructureStop::unclear(format!("{entry} has an object at \"{pointer}\", not a name"))
                    }
                    Some(found) => self.name(found, entry),
                    None => {
                        StructureStop::unclear(format!("{entry} is an object with nothing at \"{pointer}\""))
                    }
                }
            }
            Value::String(text) => Ok(EntryName::Text(text.clone())),
            Value::Number(number) => match number.as_i64() {
                Some(number) => Ok(EntryName::Number(number)),
                None => StructureStop::unclear(format!("{entry} is {number}, which is not a whole number")),
            },
            other => StructureStop::unclear(format!("{entry} is {}", what(other))),
        }
    }

    /// Returns the choices that all names of an answer stand for.
    fn choices(&self, names: &[EntryName]) -> Result<Vec<usize>, StructureStop> {
        let numbers: Option<Vec<i64>> = names
            .iter()
            .map(|name| if let EntryName::Number(number) = name { Some(*number) } else { None })
            .collect();
        let texts: Option<Vec<&str>> = names
            .iter()
            .map(|name| if let EntryName::Text(text) = name { Some(text.as_str()) } else { None })
            .collect();
        match (texts, numbers) {
            (Some(texts), _) => self.named(&texts),
            (None, Some(numbers)) => self.numbered(&numbers),
            (None, None) => StructureStop::unclear("some of its entries are numbers and others are names"),
        }
    }

    fn numbered(&self, numbers: &[i64]) -> Result<Vec<usize>, StructureStop> {
        let scale = self.question.task.shape.is_level();
        let (key, first) = match scale {
            true => ("answer_level", self.structure.level),
            false => ("answer_index", self.structure.index),
        };
        let Some(first) = first else {
            let what = if scale { "the lowest level" } else { "the first option" };
            return StructureStop::unclear(format!(
                "it has numbers, and nothing says what they count from: set `{key}` to the number of {what}"
            ));
        };
        let count = self.question.shown.len();
        let choice = |number: &i64| {
            let place = number.checked_sub(first).and_then(|place| usize::try_from(place).ok());
            let place = place.filter(|place| *place < count).ok_or_else(|| {
                let last = first.saturating_add(i64::try_from(count).unwrap_or(i64::MAX) - 1);
                let what = if scale { "levels" } else { "options" };
                StructureStop::new(
                    Invalid::UnknownOption,
                    format!("the number {number} is none of the {what}, which are {first} to {last}"),
                )
            })?;
            // A scale has numbers of its own, whichever end is shown first.
            Ok(if scale { place } else { self.question.shown[place].choice })
        };
        numbers.iter().map(choice).collect()
    }

    /// Reads names of one kind: all are ids, or all are texts as shown, or all are letters. None may stand for two
    /// options.
    fn named(&self, names: &[&str]) -> Result<Vec<usize>, StructureStop> {
        for name in names {
            let meant: Vec<(NameKind, usize)> =
                NameKind::ALL.into_iter().filter_map(|kind| Some((kind, self.one(kind, name)?))).collect();
            let Some((first, choice)) = meant.first() else { return Err(self.unknown(name)) };
            if let Some((other, _)) = meant.iter().find(|(_, other)| other != choice) {
                let shown = one_line(name, LONGEST_NAME);
                let why = format!(
                    "`{shown}` is the {} of one option and the {} of another",
                    first.name(),
                    other.name()
                );
                let name = Some((*name).to_owned());
                return Err(StructureStop { reason: Invalid::Ambiguous, why, name });
            }
        }
        let of = |kind| names.iter().map(|name| self.one(kind, name)).collect::<Option<Vec<usize>>>();
        match NameKind::ALL.into_iter().find_map(of) {
            Some(choices) => Ok(choices),
            None => {
                StructureStop::unclear("its names are of different kinds: ids, texts and letters do not mix")
            }
        }
    }

    /// Returns the choice with this name.
    fn one(&self, kind: NameKind, name: &str) -> Option<usize> {
        let shown = || self.question.shown.iter().enumerate();
        let mut found = shown().filter(|(place, shown)| match kind {
            NameKind::Id => self.question.item.choices[shown.choice].id == name,
            NameKind::Text => shown.text == name,
            NameKind::Letter => {
                self.structure.letters && self.question.letter(*place).is_some_and(|letter| letter == name)
            }
        });
        let (_, first) = found.next()?;
        found.next().is_none().then_some(first.choice)
    }

    fn unknown(&self, name: &str) -> StructureStop {
        let shown = one_line(name, LONGEST_NAME);
        let near =
            self.question.item.choices.iter().find(|choice| choice.id.eq_ignore_ascii_case(name.trim()));
        let why = match near {
            Some(near) => {
                format!(
                    "`{shown}` is not one of the options: names are compared exactly, and the id is `{}`",
                    near.id
                )
            }
            None => format!("`{shown}` is not one of the options"),
        };
        StructureStop { reason: Invalid::UnknownOption, why, name: Some(name.to_owned()) }
    }
}

/// What a name is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NameKind {
    Id,
    Text,
    Letter,
}

impl NameKind {
    const ALL: [NameKind; 3] = [NameKind::Id, NameKind::Text, NameKind::Letter];

    fn name(self) -> &'static str {
        match self {
            NameKind::Id => "id",
            NameKind::Text => "text",
            NameKind::Letter => "letter",
        }
    }
}
