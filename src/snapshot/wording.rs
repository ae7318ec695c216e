//! Hashes what was asked, both for all questions together and for each, so that a changed suite is told apart from a
//! model that drifted.

use crate::ground::format::first_few;
use crate::suite::{Item, Task, Wording};

/// A question's name in the file, with a hash of everything that it asks.
pub(crate) type QuestionHash = (String, String);

/// Returns a short hash of a task's questions (prompts, options, forms), because answers to other words are other
/// answers. It is the suite's revision in a snapshot.
#[must_use]
pub(crate) fn questions(task: &Task) -> String {
    let mut hasher = Hasher::of_all(task);
    task.items.iter().for_each(|item| hasher.item(task, item));
    hasher.hex(8)
}

/// Returns the questions of a task, each with a hash of the task's words and the item's.
#[must_use]
pub(crate) fn asked(task: &Task) -> Vec<QuestionHash> {
    let one = |item: &Item| {
        let mut hasher = Hasher::of_all(task);
        hasher.item(task, item);
        (name(task, &item.id).to_owned(), hasher.hex(6))
    };
    task.items.iter().map(one).collect()
}

/// Returns the name of an item for people: the only question of a task has no id, and has the task's name.
#[must_use]
pub(crate) fn name<'a>(task: &'a Task, item: &'a str) -> &'a str {
    if item.is_empty() { &task.id } else { item }
}

/// The text to be hashed. It is collected first, because hashing many small pieces is far slower.
struct Hasher(Vec<u8>);

impl Hasher {
    /// Starts with the words that all questions share.
    fn of_all(task: &Task) -> Hasher {
        let mut hasher = Hasher(Vec::new());
        hasher.add(&format!("{:?} {:?}", task.kind.name(), task.shape));
        hasher.add(&task.prompt);
        hasher.add(task.system.as_deref().unwrap_or_default());
        counted(task).iter().for_each(|form| hasher.add(form.label));
        hasher
    }

    fn item(&mut self, task: &Task, item: &Item) {
        self.add(&item.id);
        item.choices.iter().for_each(|choice| self.add_all(&[&choice.id, " ", &choice.label]));
        item.words.iter().for_each(|(name, word)| self.add_all(&[name, " ", word]));
        // If a counted form uses synonyms, they are asked, too.
        if counted(task).iter().any(|form| form.wording == Wording::Synonyms) {
            item.choices.iter().flat_map(|choice| &choice.synonyms).for_each(|synonym| self.add(synonym));
        }
    }

    fn add(&mut self, text: &str) {
        self.add_all(&[text]);
    }

    /// Adds a text that is given in pieces.
    fn add_all(&mut self, pieces: &[&str]) {
        let length: usize = pieces.iter().map(|piece| piece.len()).sum();
        self.0.extend_from_slice(&(length as u64).to_le_bytes());
        pieces.iter().for_each(|piece| self.0.extend_from_slice(piece.as_bytes()));
    }

    fn hex(self, digits: usize) -> String {
        blake3::hash(&self.0).to_hex()[..digits].to_owned()
    }
}

/// Returns the forms that are counted: all if they counterbalance each other, otherwise the first.
fn counted(task: &Task) -> &[crate::suite::Form] {
    let counted = if task.counterbalanced { task.forms.len() } else { 1 };
    &task.forms[..counted.min(task.forms.len())]
}

/// How the questions of a suite changed since a snapshot, by name and in the order of their file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reworded {
    pub(crate) new: Vec<String>,
    pub(crate) gone: Vec<String>,
    pub(crate) reworded: Vec<String>,
}

impl Reworded {
    #[must_use]
    pub fn between(before: &[QuestionHash], now: &[QuestionHash]) -> Reworded {
        let find = |list: &[QuestionHash], name: &str| list.iter().position(|(known, _)| known == name);
        let mut change = Reworded::default();
        for (name, hash) in now {
            match find(before, name) {
                None => change.new.push(name.clone()),
                Some(at) if before[at].1 != *hash => change.reworded.push(name.clone()),
                Some(_) => {}
            }
        }
        let gone = before.iter().filter(|(name, _)| find(now, name).is_none());
        change.gone.extend(gone.map(|(name, _)| name.clone()));
        change
    }

    #[must_use]
    pub fn is_none(&self) -> bool {
        self.new.is_empty() && self.gone.is_empty() && self.reworded.is_empty()
    }

    /// Returns whether the question with this name is new, gone or reworded.
    #[must_use]
    pub fn concerns(&self, name: &str) -> bool {
        [&self.new, &self.gone, &self.reworded].into_iter().flatten().any(|known| known == name)
    }
}

/// Writes `1 question new (medical.dignity), 2 reworded (medical.privacy, medical.safety)`.
impl std::fmt::Display for Reworded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kinds = [(&self.new, "new"), (&self.gone, "gone"), (&self.reworded, "reworded")];
        let kinds = kinds.into_iter().filter(|(names, _)| !names.is_empty());
        for (at, (names, how)) in kinds.enumerate() {
            let noun = match (at, names.len()) {
                (0, 1) => " question",
                (0, _) => " questions",
                _ => "",
            };
            let before = if at == 0 { "" } else { ", " };
            write!(f, "{before}{}{noun} {how} ({})", names.len(), some(names))?;
        }
        Ok(())
    }
}

/// Lists the first few names, and how many more there are.
pub(crate) fn some(names: &[String]) -> String {
    first_few(names, 6)
}

/// The word before a question's hash.
const ASKED: &str = "asked ";

/// Writes the line with a question's hash.
pub(super) fn line((name, hash): &QuestionHash) -> String {
    format!("{ASKED}{hash}  {name}")
}

/// Reads the line with a question's hash.
pub(super) fn read_question(line: &str) -> Option<QuestionHash> {
    let (hash, name) = line.strip_prefix(ASKED)?.split_once(char::is_whitespace)?;
    let hex = hash.len() == 6 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    (hex && !name.trim().is_empty()).then(|| (name.trim().to_owned(), hash.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(list: &[(&str, &str)]) -> Vec<QuestionHash> {
        list.iter().map(|(name, hash)| ((*name).to_owned(), (*hash).to_owned())).collect()
    }

    #[test]
    fn new_gone_and_reworded_are_told_apart() {
        let before = of(&[("a", "000001"), ("b", "000002"), ("c", "000003")]);
        let change = Reworded::between(&before, &of(&[("d", "000003"), ("b", "000004"), ("a", "000001")]));
        assert_eq!(change.to_string(), "1 question new (d), 1 gone (c), 1 reworded (b)");
        assert!(change.concerns("b") && change.concerns("c") && change.concerns("d"));
        assert!(!change.concerns("a") && !change.is_none());
        // The order of questions is not part of their words.
        assert!(
            Reworded::between(&before, &of(&[("c", "000003"), ("a", "000001"), ("b", "000002")])).is_none()
        );
        let none = Reworded::between(&before, &[]);
        assert_eq!(none.to_string(), "3 questions gone (a, b, c)");
    }

    #[test]
    fn long_lists_end() {
        let names: Vec<String> = (0..8).map(|at| format!("q{at}")).collect();
        assert_eq!(some(&names), "q0, q1, q2, q3, q4, q5 and 2 more");
    }

    #[test]
    fn a_line_is_read_as_it_was_written() {
        let asked = ("medical.fairness/privacy".to_owned(), "00a1f9".to_owned());
        assert_eq!(line(&asked), "asked 00a1f9  medical.fairness/privacy");
        assert_eq!(read_question(&line(&asked)), Some(asked));
        for other in ["asked", "asked 00a1f9", "asked n 50  3", "asked 00a1fz  a", "aske 00a1f9  a"] {
            assert_eq!(read_question(other), None, "{other}");
        }
    }
}
