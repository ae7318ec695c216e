//! Reads an order of all options: all lists of a response must give the same one.

use super::entries::{ListEntry, is_mark};
use super::reader::{AnswerReader, Lists, ReadingStop};
use super::set::{evenly_labelled, in_order, signed_alike, stop};
use super::{Answer, Invalid};
use crate::suite::Question;

impl AnswerReader<'_> {
    /// Reads a named rank and its options: "Most important: B", "Then: A, C". The first rank must come before all
    /// others and the last after them, each with one option.
    pub(super) fn placed(&mut self) -> Result<bool, ReadingStop> {
        if !self.grammar.shape.is_ranking() || self.lead.is_some() && !self.lists.is_empty() {
            return Ok(false);
        }
        let listed = self.lists.last().map_or(0, Vec::len);
        let count = self.grammar.count;
        let mut start = self.at;
        while is_mark(self.tokens.get(start), '-') || is_mark(self.tokens.get(start), '•') {
            start += 1;
        }
        for (role, fits) in [
            ("first", listed == 0),
            ("next", (1..count).contains(&listed)),
            ("last", listed > 0 && listed + 1 == count),
        ] {
            let Some(end) = self.find(role, start).filter(|_| fits) else { continue };
            let at = self.after_mark(end);
            let found = self.grammar.list(self.tokens, at);
            // "First comes B, then A" gives every option its own rank.
            let one = |entries: &Vec<ListEntry>| {
                entries[0].number.is_none()
                    && entries[1..].iter().all(|entry| entry.placed && role == "first")
            };
            if found.is_some_and(|(entries, _)| role == "next" || one(&entries)) {
                self.at = at;
                let read = self.statement()?;
                let list = self.lists.last_mut().into_iter().flatten();
                list.skip(listed).for_each(|entry| entry.placed = true);
                return Ok(read);
            }
        }
        Ok(false)
    }
}

pub(super) fn answer(question: &Question<'_>, lists: &Lists) -> Result<Answer, ReadingStop> {
    let count = question.shown.len();
    let mut answer: Option<Vec<usize>> = None;
    for list in lists {
        if let Some(boxed) = list.iter().find(|entry| entry.ticked == Some(false)) {
            return Err(ReadingStop::new(
                Invalid::Unclear,
                "there is an empty checkbox next to this",
                boxed.span.clone(),
            ));
        }
        signed_alike(list)?;
        in_order(list)?;
        evenly_labelled(list)?;
        let order: Vec<usize> = list.iter().map(|entry| entry.choice).collect();
        let mut distinct = order.clone();
        distinct.sort_unstable();
        distinct.dedup();
        if distinct.len() != count || order.len() != count {
            let again = if distinct.len() < order.len() { ", one more than once" } else { "" };
            let why = format!(
                "it names {} options{again}, but each of the {count} options is to be named once",
                order.len()
            );
            return Err(stop(Invalid::NotAPermutation, why, list));
        }
        // Stories repeated word for word in the order shown are the question, not an answer.
        if list.iter().all(|entry| entry.told)
            && order.iter().eq(question.shown.iter().map(|shown| &shown.choice))
        {
            return Err(stop(
                Invalid::Unclear,
                "it repeats the stories in the order in which they were shown".to_owned(),
                list,
            ));
        }
        match &answer {
            Some(known) if *known != order => {
                return Err(stop(Invalid::Ambiguous, "a second list has a different order".to_owned(), list));
            }
            _ => answer = Some(order),
        }
    }
    let none = || stop(Invalid::NotAPermutation, "no option is named".to_owned(), &[]);
    answer.map(Answer::Ranking).ok_or_else(none)
}
