//! An order of all options: every list of the response gives the same one.

use super::reader::{Lists, Stop};
use super::set::{in_order, stop};
use super::{Answer, Invalid};
use crate::suite::Question;

pub(super) fn answer(question: &Question<'_>, lists: &Lists) -> Result<Answer, Stop> {
    let count = question.shown.len();
    let mut answer: Option<Vec<usize>> = None;
    for list in lists {
        if let Some(boxed) = list.iter().find(|entry| entry.ticked == Some(false)) {
            return Err(Stop::new(Invalid::Unclear, "an empty box stands beside this", boxed.span.clone()));
        }
        in_order(list)?;
        let order: Vec<usize> = list.iter().map(|entry| entry.choice).collect();
        let mut distinct = order.clone();
        distinct.sort_unstable();
        distinct.dedup();
        if distinct.len() != count || order.len() != count {
            let again = if distinct.len() < order.len() { ", one more than once" } else { "" };
            let why = format!("it names {} options{again}, and all {count} are asked for once", order.len());
            return Err(stop(Invalid::NotAPermutation, why, list));
        }
        // Stories as they were shown, word for word, are the question and no answer to it.
        if list.iter().all(|entry| entry.told)
            && order.iter().eq(question.shown.iter().map(|shown| &shown.choice))
        {
            return Err(stop(Invalid::Unclear, "it repeats the stories as they were shown".to_owned(), list));
        }
        match &answer {
            Some(known) if *known != order => {
                return Err(stop(Invalid::Ambiguous, "a second list has another order".to_owned(), list));
            }
            _ => answer = Some(order),
        }
    }
    let none = || stop(Invalid::NotAPermutation, "no option is named".to_owned(), &[]);
    answer.map(Answer::Ranking).ok_or_else(none)
}
