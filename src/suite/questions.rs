//! A list of questions of one task that does not hold all their texts at once. A short list is made and kept; of a
//! long one only the places are kept, and each question is made when it is needed.

use std::borrow::Cow;

use super::{Form, Item, Question, Task};

/// Up to this many questions are made and kept.
const FEW: usize = 4096;

/// Questions of one task, in a fixed order.
#[derive(Debug, Clone)]
pub struct Questions<'a>(QuestionPlaces<'a>);

#[derive(Debug, Clone)]
enum QuestionPlaces<'a> {
    Made(Vec<Question<'a>>),
    Places { maker: Maker<'a>, places: Vec<[u32; 3]> },
}

/// Makes questions of one task. Most forms put an item in the same words to every sample; such a question is made
/// once and then copied.
#[derive(Debug, Clone)]
struct Maker<'a> {
    task: &'a Task,
    seed: u64,
    /// A question for each item and form that always has the same words: item by item, then form by form.
    alike: Vec<Option<Question<'a>>>,
}

impl<'a> Maker<'a> {
    fn new(task: &'a Task, seed: u64, places: &[[u32; 3]]) -> Maker<'a> {
        let mut maker = Maker { task, seed, alike: vec![None; task.items.len() * task.forms.len()] };
        for place @ [item, form, index] in places {
            let fixed = task.forms.get(*form as usize).is_some_and(Form::is_fixed);
            if fixed && maker.alike(*place).is_none() {
                let question = task.question(seed, *item as usize, *form as usize, *index);
                let at = maker.at(*place);
                maker.alike[at] = Some(question);
            }
        }
        maker
    }

    fn at(&self, [item, form, _]: [u32; 3]) -> usize {
        item as usize * self.task.forms.len() + form as usize
    }

    fn alike(&self, place: [u32; 3]) -> Option<&Question<'a>> {
        self.alike.get(self.at(place))?.as_ref()
    }

    fn make(&self, place: [u32; 3]) -> Question<'a> {
        let [item, form, index] = place;
        match self.alike(place) {
            Some(alike) => Question { index, ..alike.clone() },
            None => self.task.question(self.seed, item as usize, form as usize, index),
        }
    }
}

impl<'a> Questions<'a> {
    /// Makes the list of questions at these places: item, form and repetition.
    pub fn new(task: &'a Task, seed: u64, places: impl Iterator<Item = (usize, usize, u32)>) -> Self {
        let small = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        let places: Vec<[u32; 3]> =
            places.map(|(item, form, index)| [small(item), small(form), index]).collect();
        let maker = Maker::new(task, seed, &places);
        if places.len() > FEW {
            return Questions(QuestionPlaces::Places { maker, places });
        }
        places.into_iter().map(|place| maker.make(place)).collect::<Vec<_>>().into()
    }

    /// Returns the number of questions.
    pub fn len(&self) -> usize {
        match &self.0 {
            QuestionPlaces::Made(questions) => questions.len(),
            QuestionPlaces::Places { places, .. } => places.len(),
        }
    }

    /// Returns whether there is no question.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the question at a place.
    ///
    /// # Panics
    /// The place is out of range.
    pub fn get(&self, place: usize) -> Cow<'_, Question<'a>> {
        match &self.0 {
            QuestionPlaces::Made(questions) => Cow::Borrowed(&questions[place]),
            QuestionPlaces::Places { maker, places } => Cow::Owned(maker.make(places[place])),
        }
    }

    /// Returns the question at a place, or one for another sample with the same words.
    ///
    /// # Panics
    /// The place is out of range.
    pub(crate) fn alike(&self, place: usize) -> Cow<'_, Question<'a>> {
        match &self.0 {
            QuestionPlaces::Places { maker, places } => match maker.alike(places[place]) {
                Some(alike) => Cow::Borrowed(alike),
                None => Cow::Owned(maker.make(places[place])),
            },
            QuestionPlaces::Made(_) => self.get(place),
        }
    }

    /// Returns the item, the form and the repetition of the question at a place.
    ///
    /// # Panics
    /// The place is out of range.
    pub fn place(&self, place: usize) -> (&'a Item, &'a Form, u32) {
        match &self.0 {
            QuestionPlaces::Made(questions) => {
                let Question { item, form, index, .. } = questions[place];
                (item, form, index)
            }
            QuestionPlaces::Places { maker: Maker { task, .. }, places } => {
                let [item, form, index] = places[place];
                (&task.items[item as usize], &task.forms[form as usize], index)
            }
        }
    }

    /// Iterates over the questions in order; each is made when it is reached.
    pub fn iter(&self) -> impl Iterator<Item = Cow<'_, Question<'a>>> {
        (0..self.len()).map(|place| self.get(place))
    }
}

impl<'a> From<Vec<Question<'a>>> for Questions<'a> {
    fn from(questions: Vec<Question<'a>>) -> Self {
        Questions(QuestionPlaces::Made(questions))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_are_the_same_questions_as_a_few() {
        let suites = crate::suite::Suites::builtin();
        let task = suites.task("T2").expect("built in");
        let (items, forms) = (task.items.len(), task.forms.len());
        let place = |number: usize| (number % items, number / items % forms, number as u32);
        let of = |count: usize| Questions::new(task, 7, (0..count).map(place));
        let (few, many) = (of(100), of(FEW + 1));
        assert!(matches!((&few.0, &many.0), (QuestionPlaces::Made(_), QuestionPlaces::Places { .. })));
        assert_eq!((few.len(), many.len(), of(0).is_empty()), (100, FEW + 1, true));
        for place in 0..few.len() {
            assert_eq!(few.get(place), many.get(place));
            assert_eq!(few.place(place), many.place(place));
            let (item, form, index) = many.place(place);
            let question = many.get(place);
            assert_eq!((question.item, question.form, question.index), (item, form, index));
            assert_eq!(Question { index, ..many.alike(place).into_owned() }, *question);
        }
        assert!(few.iter().eq(many.iter().take(100)));
    }

    #[test]
    fn what_is_put_alike_is_the_question_that_the_task_puts() {
        let suites = crate::suite::Suites::builtin();
        for task in suites.suites.iter().filter_map(|suite| suite.task.as_ref()) {
            let (items, forms) = (task.items.len(), task.forms.len());
            let place = |number: usize| (number % items, number / items % forms, (number / 3) as u32);
            let count = 4 * items * forms;
            let questions = Questions::new(task, 7, (0..count).map(place));
            for (number, question) in questions.iter().enumerate() {
                let (item, form, index) = place(number);
                assert_eq!(*question, task.question(7, item, form, index), "{} {number}", task.id);
            }
        }
    }
}
