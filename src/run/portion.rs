//! Describes a portion of the answers to a task: how many answers to each question, in some of its forms. All
//! questions have equally many up to the first `samples`; beyond those, only the questions that a check reads get
//! more.

use std::fmt::Write as _;
use std::ops::Range;

use super::task_answers::SampledAnswer;
use crate::suite::Task;

/// A number of answers for each question of a task, in some of its forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Portion {
    /// The indices of the forms.
    forms: Vec<usize>,
    /// The number of answers, by item.
    each: Vec<u32>,
    /// The number that every item is asked for at first, and the most that an item may get that goes beyond it.
    steps: (u32, u32),
}

/// Further answers to one question in one form, as a range of samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FurtherAnswers {
    pub item: usize,
    pub form: usize,
    pub samples: Range<u32>,
}

impl Portion {
    /// Makes a portion with equally many answers to each question.
    pub(crate) fn even(task: &Task, forms: Vec<usize>, samples: u32) -> Portion {
        Portion { forms, each: vec![samples; task.items.len()], steps: (samples, samples) }
    }

    /// Makes a portion with `samples` answers (at most `most`) to the questions that a check reads, and at most
    /// `first` to the others.
    pub(super) fn of_check(
        task: &Task,
        forms: Vec<usize>,
        read: &[usize],
        samples: u32,
        (first, most): (u32, u32),
    ) -> Portion {
        let mut each = vec![samples.min(first); task.items.len()];
        for item in read {
            if let Some(each) = each.get_mut(*item) {
                *each = samples.min(most.max(first));
            }
        }
        Portion { forms, each, steps: (first, most) }
    }

    /// Returns what a batch should ask for to get these answers. A batch takes hours, whatever its size, so each
    /// question gets at once all answers of the first step or, if it goes beyond that step, the most that it may get.
    pub(crate) fn batched(&self) -> Portion {
        let (first, most) = self.steps;
        let whole = |each: &u32| if *each <= first { first } else { most.max(*each) };
        Portion { each: self.each.iter().map(whole).collect(), ..self.clone() }
    }

    /// Returns the indices of its forms.
    pub(crate) fn forms(&self) -> &[usize] {
        &self.forms
    }

    /// Returns the number of answers to an item.
    pub(crate) fn of_item(&self, item: usize) -> u32 {
        self.each.get(item).copied().unwrap_or(0)
    }

    /// Returns the largest number of answers to any item.
    pub(super) fn most(&self) -> u32 {
        self.each.iter().copied().max().unwrap_or(0)
    }

    /// Returns whether an answer belongs to the portion.
    pub(super) fn has(&self, task: &Task, heard: &SampledAnswer) -> bool {
        self.forms.contains(&heard.form)
            && heard.index < task.samples_in_form(self.of_item(heard.item), heard.form)
    }

    /// Returns which answers of the portion are missing; `known` says how many there are for an item in a form.
    pub(super) fn missing(&self, known: impl Fn(usize, usize) -> u32) -> Vec<FurtherAnswers> {
        let mut missing = Vec::new();
        for (item, each) in self.each.iter().enumerate() {
            for form in &self.forms {
                let samples = known(item, *form)..*each;
                if !samples.is_empty() {
                    missing.push(FurtherAnswers { item, form: *form, samples });
                }
            }
        }
        missing
    }

    /// Returns all answers of the portion.
    pub(super) fn whole(&self) -> Vec<FurtherAnswers> {
        self.missing(|_, _| 0)
    }
}

/// Returns a unique name for further answers. Consecutive questions with the same range are written together.
pub(super) fn name(wanted: &[FurtherAnswers]) -> String {
    let mut name = String::new();
    let mut forms: Vec<usize> = wanted.iter().map(|further| further.form).collect();
    forms.sort_unstable();
    forms.dedup();
    for form in forms {
        let mut own = wanted.iter().filter(|further| further.form == form).peekable();
        while let Some(first) = own.next() {
            let mut last = first.item;
            while let Some(next) = own.next_if(|next| next.item == last + 1 && next.samples == first.samples)
            {
                last = next.item;
            }
            // Writing to a string cannot fail.
            let _ = write!(name, " {form}:{}-{last}:{:?}", first.item, first.samples);
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suites() -> crate::suite::Suites {
        let entry = ("builtin".to_owned(), crate::ground::diagnostic::Diagnostic::new("built in"));
        crate::suite::load(std::path::Path::new("/"), &[entry])
    }

    #[test]
    fn beyond_the_first_answers_only_what_is_read_grows() {
        let suites = suites();
        let task = suites.task("T2").expect("built in");
        let of = |samples| Portion::of_check(task, vec![0, 1], &[3, 4], samples, (50, 1_000));
        let sizes = |portion: &Portion| [0, 3, 4, 5].map(|item| portion.of_item(item));
        assert_eq!(sizes(&of(20)), [20; 4]);
        assert_eq!(sizes(&of(50)), [50; 4]);
        assert_eq!(sizes(&of(100)), [50, 100, 100, 50]);
        assert_eq!(sizes(&of(2_000)), [50, 1_000, 1_000, 50]);
        // A batch has two steps only.
        assert_eq!(sizes(&of(20).batched()), [50; 4]);
        assert_eq!(sizes(&of(51).batched()), [50, 1_000, 1_000, 50]);
        let snapshot = Portion::even(task, vec![0, 1], 50);
        assert_eq!(snapshot.batched(), snapshot);
    }

    #[test]
    fn further_answers_have_one_name_each() {
        let suites = suites();
        let task = suites.task("T2").expect("built in");
        let of = |read: &[usize], samples| {
            let portion = Portion::of_check(task, vec![0, 1], read, samples, (50, 200));
            name(&portion.missing(|_, _| 50.min(samples - 1)))
        };
        assert_eq!(of(&[3, 4, 9], 60), " 0:3-4:50..60 0:9-9:50..60 1:3-4:50..60 1:9-9:50..60");
        assert_eq!(of(&[3], 20), " 0:0-27:19..20 1:0-27:19..20");
        assert_ne!(of(&[3], 60), of(&[4], 60));
    }
}
