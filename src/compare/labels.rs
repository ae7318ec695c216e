//! The words for values and contexts that readers know: the labels of the suites, as used inside a sentence.

use std::collections::HashMap;

use crate::suite::{About, Suites, Task};

/// The labels of values, by id. A ranked story has no label but its text, so its value's label in other tasks
/// is used.
pub(super) struct Labels(HashMap<String, String>);

impl Labels {
    /// Takes the labels of `task`; for a value without one there, that of the first task that has one.
    pub(super) fn of(suites: &Suites, task: &Task) -> Labels {
        let mut labels = HashMap::new();
        let mut add = |id: &str, label: &str| {
            labels.entry(id.to_owned()).or_insert_with(|| inside(label));
        };
        let others = suites.suites.iter().filter_map(|suite| suite.task.as_ref());
        for task in std::iter::once(task).chain(others) {
            for item in &task.items {
                let word = |name: &str| item.words.iter().find(|(known, _)| *known == name);
                let mut named = |id: &str, name: &str| {
                    if let Some((_, label)) = word(name) {
                        add(id, label);
                    }
                };
                match &item.about {
                    About::Value(value) => named(value, "value"),
                    About::Pair(first, second) => {
                        named(first, "first");
                        named(second, "second");
                    }
                    About::Choices if task.shape.is_set() => {
                        item.choices.iter().for_each(|choice| add(&choice.id, &choice.label));
                    }
                    About::Choices => {}
                }
            }
        }
        Labels(labels)
    }

    pub(super) fn value(&self, id: &str) -> String {
        self.0.get(id).cloned().unwrap_or_else(|| plain(id))
    }
}

pub(super) fn context(id: &str) -> String {
    plain(id)
}

/// Returns a question's place: `T2 marketing.privacy`, `T1`.
pub(super) fn place(task: &Task, item: &str) -> String {
    format!("{} {item}", task.id).trim_end().to_owned()
}

fn plain(id: &str) -> String {
    id.replace('_', " ")
}

/// Returns a label as it is written inside a sentence: `Human autonomy` becomes `human autonomy`, `GDPR`
/// stays. It is kept to one line, since a suite may come from somebody else.
pub(super) fn inside(label: &str) -> String {
    let label = crate::ground::text::one_line(label, 60);
    let mut letters = label.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().chain(label.chars().skip(1)).collect()
        }
        _ => label,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_stand_inside_a_sentence() {
        assert_eq!([inside("Human autonomy"), inside("GDPR"), inside("")], ["human autonomy", "GDPR", ""]);
        let suites = Suites::builtin();
        let labels = Labels::of(&suites, suites.task("T2").expect("T2"));
        assert_eq!(
            (labels.value("autonomy"), labels.value("social_good")),
            ("human autonomy".into(), "social good".into())
        );
        assert_eq!(labels.value("no_such"), "no such");
        // Another suite may call the same value by another name: each question has its own suite's.
        let mut other = suites.task("T2").expect("T2").clone();
        for (name, label) in other.items.iter_mut().flat_map(|item| &mut item.words) {
            if *name == "value" && label.as_str() == "Human autonomy" {
                *label = "Free choice".to_owned();
            }
        }
        assert_eq!(Labels::of(&suites, &other).value("autonomy"), "free choice");
    }
}
