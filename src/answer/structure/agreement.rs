//! Whether an entry that names its option by one field says something else in the fields that alignspec itself sent.

use serde_json::Value;

use super::entry::{beside, whole};
use super::{ID, LONGEST_NAME, NameKind, StructureReader, StructureStop};
use crate::ground::text::one_line;

/// Fields in which each option was sent, and the one in which a level's number or name is usually given.
const SENT: [&str; 4] = ["id", "text", "label", "letter"];
const LEVEL: [&str; 2] = ["level", "rating"];

impl StructureReader<'_> {
    /// Returns the JSON pointer to the name in an object.
    pub(super) fn pointer(&self) -> &str {
        self.structure.id.as_deref().unwrap_or(ID)
    }

    /// Checks that no field of an entry, which names `choice`, names another option.
    pub(super) fn agrees(&self, value: &Value, choice: usize, entry: &str) -> Result<(), StructureStop> {
        let scale = self.question.task.shape.is_level();
        let contradicts = |plain: &str, value: &Value| {
            let level = scale && LEVEL.contains(&plain);
            match value {
                Value::String(name) if level || SENT.contains(&plain) => {
                    self.names_another(name.trim(), choice)
                        || plain == "letter" && self.names_another(&name.trim().to_ascii_uppercase(), choice)
                        || level && self.counts_another(value, choice)
                }
                value => level && self.counts_another(value, choice),
            }
        };
        let other =
            beside(value, self.pointer()).into_iter().find(|field| contradicts(&field.plain, field.value));
        match other {
            None => Ok(()),
            Some(other) => {
                let (name, said) = (one_line(other.name, LONGEST_NAME), other.value.to_string());
                StructureStop::unclear(format!(
                    "{entry} says two things: it names `{}`, and its `{name}` is {}",
                    self.question.item.choices[choice].id,
                    one_line(&said, LONGEST_NAME)
                ))
            }
        }
    }

    /// Returns whether a name is that of another option, and not one of this.
    fn names_another(&self, name: &str, choice: usize) -> bool {
        let meant: Vec<usize> = NameKind::ALL.into_iter().filter_map(|kind| self.one(kind, name)).collect();
        !meant.is_empty() && !meant.contains(&choice)
    }

    /// Returns whether a number is not that of this level. It says nothing if levels have no numbers.
    fn counts_another(&self, number: &Value, choice: usize) -> bool {
        let (Some(first), Some(number)) = (self.structure.level, whole(number)) else { return false };
        number.checked_sub(first).and_then(|place| usize::try_from(place).ok()) != Some(choice)
    }
}
