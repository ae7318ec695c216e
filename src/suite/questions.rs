//! Many questions of one task, without all their texts at once: a few are made and kept, of more only their
//! places, and each is made when it is wanted.

use std::borrow::Cow;

use super::{Form, Item, Question, Task};

/// Up to so many are kept as they are.
const FEW: usize = 4096;

/// Questions of one task, in an order.
#[derive(Debug, Clone)]
pub struct Questions<'a>(Held<'a>);

#[derive(Debug, Clone)]
enum Held<'a> {
    Made(Vec<Question<'a>>),
    Places { task: &'a Task, seed: u64, places: Vec<[u32; 3]> },
}

impl<'a> Questions<'a> {
    /// The questions at these places: of an item, of a form, and which repetition.
    pub fn new(task: &'a Task, seed: u64, places: impl Iterator<Item = (usize, usize, u32)>) -> Self {
        let small = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        let places: Vec<[u32; 3]> =
            places.map(|(item, form, index)| [small(item), small(form), index]).collect();
        let held = Held::Places { task, seed, places };
        let all = Questions(held);
        if all.len() > FEW { all } else { all.iter().map(Cow::into_owned).collect::<Vec<_>>().into() }
    }

    pub fn len(&self) -> usize {
        match &self.0 {
            Held::Made(questions) => questions.len(),
            Held::Places { places, .. } => places.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The question at a place.
    ///
    /// # Panics
    /// There are not so many.
    pub fn get(&self, place: usize) -> Cow<'_, Question<'a>> {
        match &self.0 {
            Held::Made(questions) => Cow::Borrowed(&questions[place]),
            Held::Places { task, seed, places } => {
                let [item, form, index] = places[place];
                Cow::Owned(task.question(*seed, item as usize, form as usize, index))
            }
        }
    }

    /// What the question at a place is about, how it is put, and which repetition it is.
    ///
    /// # Panics
    /// There are not so many.
    pub fn place(&self, place: usize) -> (&'a Item, &'a Form, u32) {
        match &self.0 {
            Held::Made(questions) => {
                let Question { item, form, index, .. } = questions[place];
                (item, form, index)
            }
            Held::Places { task, places, .. } => {
                let [item, form, index] = places[place];
                (&task.items[item as usize], &task.forms[form as usize], index)
            }
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = Cow<'_, Question<'a>>> {
        (0..self.len()).map(|place| self.get(place))
    }
}

impl<'a> From<Vec<Question<'a>>> for Questions<'a> {
    fn from(questions: Vec<Question<'a>>) -> Self {
        Questions(Held::Made(questions))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::diagnostic::Diagnostic;

    #[test]
    fn many_are_the_same_questions_as_a_few() {
        let suites = crate::suite::load(
            std::path::Path::new("."),
            &[("builtin".to_owned(), Diagnostic::new("built in"))],
        );
        let task = suites.task("T2").expect("built in");
        let (items, forms) = (task.items.len(), task.forms.len());
        let place = |number: usize| (number % items, number / items % forms, number as u32);
        let of = |count: usize| Questions::new(task, 7, (0..count).map(place));
        let (few, many) = (of(100), of(FEW + 1));
        assert!(matches!((&few.0, &many.0), (Held::Made(_), Held::Places { .. })));
        assert_eq!((few.len(), many.len(), of(0).is_empty()), (100, FEW + 1, true));
        for place in 0..few.len() {
            assert_eq!(few.get(place), many.get(place));
            assert_eq!(few.place(place), many.place(place));
            let (item, form, index) = many.place(place);
            let question = many.get(place);
            assert_eq!((question.item, question.form, question.index), (item, form, index));
        }
        assert!(few.iter().eq(many.iter().take(100)));
    }
}
