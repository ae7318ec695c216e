//! Reads a selection: all lists of a response must name the same options, as many as are asked for.

use super::entries::{ListEntry, Note};
use super::reader::{Lists, ReadingStop};
use super::{Answer, Invalid};

pub(super) fn answer(pick: usize, lists: &Lists) -> Result<Answer, ReadingStop> {
    let mut answer: Option<Vec<usize>> = None;
    for list in lists {
        let set = one(pick, list)?;
        match &answer {
            Some(known) if *known != set => {
                return Err(stop(
                    Invalid::Ambiguous,
                    "a second list names different options".to_owned(),
                    list,
                ));
            }
            _ => answer = Some(set),
        }
    }
    answer.map(Answer::Set).ok_or_else(|| stop(Invalid::WrongCount, "no option is named".to_owned(), &[]))
}

fn one(pick: usize, list: &[ListEntry]) -> Result<Vec<usize>, ReadingStop> {
    let boxed = list.iter().filter(|entry| entry.ticked.is_some()).count();
    if boxed > 0 && boxed < list.len() {
        return Err(stop(Invalid::Unclear, "some options have a box and others have none".to_owned(), list));
    }
    signed_alike(list)?;
    let chosen: Vec<ListEntry> = list.iter().filter(|entry| entry.ticked != Some(false)).cloned().collect();
    in_order(&chosen)?;
    evenly_labelled(&chosen)?;
    let mut set: Vec<usize> = chosen.iter().map(|entry| entry.choice).collect();
    set.sort_unstable();
    set.dedup();
    if set.len() != pick || chosen.len() != pick {
        let again = if set.len() < chosen.len() { ", one more than once" } else { "" };
        let why = format!("it names {} options{again}, but {pick} are asked for", chosen.len());
        return Err(stop(Invalid::WrongCount, why, list));
    }
    Ok(set)
}

/// Checks that lines do not begin with a plus for some options and a minus for others: that would list options for
/// and against.
pub(super) fn signed_alike(list: &[ListEntry]) -> Result<(), ReadingStop> {
    let has = |sign| list.iter().find(|entry| entry.sign == Some(sign));
    match (has('+'), has('-')) {
        (Some(_), Some(other)) => {
            let why = "some options have a plus before them, and this has a minus";
            Err(ReadingStop::new(Invalid::Unclear, why, other.span.clone()))
        }
        _ => Ok(()),
    }
}

/// Checks the numbers of a list: if one entry has a number, all must, counting from 1. An entry whose rank is given
/// in words needs none.
pub(super) fn in_order(list: &[ListEntry]) -> Result<(), ReadingStop> {
    let numbered = list.iter().any(|entry| entry.number.is_some());
    let fits =
        |entry: &ListEntry, place| entry.number == Some(place) || (entry.placed && entry.number.is_none());
    let wrong = list.iter().zip(1..).find(|(entry, place)| numbered && !fits(entry, *place));
    wrong.map_or(Ok(()), |(entry, place)| {
        let why = format!("the numbers next to the options are not 1, 2, 3, …: this is number {place}");
        Err(ReadingStop::new(Invalid::Unclear, why, entry.span.clone()))
    })
}

/// Checks the notes in brackets: if one option has a word that says what it is about, all must have one. A note
/// beside one option alone may qualify that option.
pub(super) fn evenly_labelled(list: &[ListEntry]) -> Result<(), ReadingStop> {
    let labelled = list.iter().any(|entry| entry.note == Note::Label);
    let bare = list.iter().find(|entry| labelled && entry.note == Note::None);
    bare.map_or(Ok(()), |entry| {
        let why = "other options have a word in brackets, but this one has none";
        Err(ReadingStop::new(Invalid::Unclear, why, entry.span.clone()))
    })
}

pub(super) fn stop(reason: Invalid, why: String, list: &[ListEntry]) -> ReadingStop {
    let at = list
        .first()
        .zip(list.last())
        .map(|(first, last)| first.span.start..last.span.end.max(first.span.end));
    ReadingStop { reason, why, at, begun: !list.is_empty() }
}
