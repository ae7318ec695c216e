//! One response of an import, read as recorded ones are; by its letters only where it is known what these stood for.

use std::borrow::Cow;

use super::shown::{ShownOrder, listed};
use super::{ImportedRow, Said};
use crate::answer::{self, Answer, Finish, Invalid};
use crate::ground::text::one_line;
use crate::suite::{Item, Marker, Question, Shape, Task};

/// What a response was read as, or why it is no answer.
pub(super) type ReadRow = Result<Answer, (Invalid, String)>;

/// Reads a response.
///
/// # Errors
/// It names options by letters, and what these stood for is not known.
pub(super) fn read(
    task: &Task,
    item: usize,
    row: &ImportedRow,
    shown: Option<&ShownOrder>,
    seed: u64,
) -> Result<ReadRow, String> {
    let finish = row.finish.clone().unwrap_or(Finish::Stop);
    let text = match &row.said {
        Said::Text(text) => text,
        Said::Ids(ids) => return Ok(whole(&finish).and_then(|()| of_ids(task, &task.items[item], ids))),
        Said::Nothing(why) => return Ok(Err((Invalid::Empty, why.clone()))),
    };
    let ranking = task.shape.is_ranking();
    let places = bare_letters(text).filter(|_| !ranking && finish == Finish::Stop);
    let lettered = shown.filter(|shown| shown.letters);
    if let Some((places, shown)) = places.as_ref().zip(lettered) {
        let choice = |at: &usize| shown.choices.get(*at).map(|at| task.items[item].choices[*at].id.clone());
        return Ok(match places.iter().map(choice).collect::<Option<Vec<_>>>() {
            Some(ids) => of_ids(task, &task.items[item], &ids),
            None => Err((Invalid::UnknownOption, "a letter that no option has".to_owned())),
        });
    }
    // The reader takes a letter before an option for the number of an entry: that it is the option's own is seen here.
    let text = match ranking || places.is_some() {
        true => Cow::from(text),
        false => match without_letters(text, &task.items[item], shown) {
            Ok(text) => Cow::from(text),
            Err(why) => return Ok(Err((Invalid::Ambiguous, why))),
        },
    };
    let read_as = |marked: bool, turned: bool| {
        let mut question = task.question(seed, item, 0, 0);
        put_as_shown(&mut question, shown, marked && ranking);
        if turned {
            question.shown.reverse();
        }
        answer::read(&question, &text, &finish).map_err(|unread| (unread.reason, unread.why))
    };
    let mut read = read_as(lettered.is_some(), false);
    // Stories in the order shown repeat the question. Where that order is not known, no order is taken for it.
    if read.is_err() && ranking && shown.is_none() {
        read = read_as(false, true).or(read);
    }
    // In whatever order the options were shown, its letters would be an answer: only that order says which.
    if read.is_err()
        && shown.is_none()
        && (places.is_some() || ranking && (read_as(true, false).is_ok() || read_as(true, true).is_ok()))
    {
        return Err("its response names options by their letters, and in which order they were shown is not known: add a column `shown`, or `prompt` with each option on a line of its own".to_owned());
    }
    Ok(read)
}

/// Returns why ids are no answer that was cut off, declined, or ended nobody knows how.
fn whole(finish: &Finish) -> Result<(), (Invalid, String)> {
    let reason = match finish {
        Finish::Stop | Finish::Other => return Ok(()),
        Finish::Length => Invalid::CutOff,
        Finish::Filter => Invalid::Refusal,
        Finish::Unknown(_) => Invalid::UnknownFinish,
    };
    Err((reason, reason.label().to_owned()))
}

/// Returns a response without the letters before its options.
///
/// # Errors
/// A letter stands before another option than the one that had it, or before words that are no option.
fn without_letters(text: &str, item: &Item, shown: Option<&ShownOrder>) -> Result<String, String> {
    let lettered = shown.filter(|shown| shown.letters);
    let mut lines = Vec::new();
    for line in text.lines() {
        if let Some((choice, Some(letter))) = listed(line, item) {
            let at = letter as usize - 'A' as usize;
            if lettered.is_some_and(|order| order.choices.get(at) != Some(&choice)) {
                return Err(format!(
                    "it puts the letter {letter} before another option than the one that had it"
                ));
            }
            lines.push(item.choices[choice].label.as_str());
        } else if let Some(letter) =
            letter_in(line, item.choices.len()).filter(|_| shown.is_none_or(|shown| shown.letters))
        {
            return Err(format!("it has the letter {letter} before words that are no option"));
        } else {
            lines.push(line);
        }
    }
    Ok(lines.join("\n"))
}

/// Returns a letter of an option that a line has by itself, with a mark behind it: `A.`, `(B)`, `C:`.
fn letter_in(line: &str, options: usize) -> Option<char> {
    let words = line.split(|c: char| c.is_whitespace() || "(*[\"'".contains(c));
    let letter = |word: &str| {
        let mut characters = word.chars();
        let letter = characters.next().filter(char::is_ascii_uppercase)?;
        let marked = characters.next().is_some_and(|mark| ".):]".contains(mark));
        let is_one = marked && characters.all(|c| !c.is_alphanumeric());
        (is_one && (letter as usize - 'A' as usize) < options).then_some(letter)
    };
    words.filter_map(letter).next()
}

/// Puts the options in the order in which they were shown, with letters or without.
fn put_as_shown(question: &mut Question<'_>, order: Option<&ShownOrder>, letters: bool) {
    if let Some(order) = order {
        question.shown.sort_by_key(|shown| order.choices.iter().position(|choice| *choice == shown.choice));
    }
    let count = question.shown.len();
    for (at, shown) in question.shown.iter_mut().enumerate() {
        shown.marker = letters.then(|| Marker::of(at, count));
    }
}

/// Returns the places of the letters of a response that has nothing else: `B`, `(B)`, `A, C and E`.
fn bare_letters(text: &str) -> Option<Vec<usize>> {
    let words =
        text.split(|c: char| c.is_whitespace() || ",;.:()*".contains(c)).filter(|word| !word.is_empty());
    let letter = |word: &str| match word.as_bytes() {
        [letter @ b'A'..=b'Z'] => Some(usize::from(letter - b'A')),
        _ => None,
    };
    let places: Option<Vec<usize>> = words.map(letter).collect();
    places.filter(|places| !places.is_empty())
}

/// Reads ids exactly.
fn of_ids(task: &Task, item: &Item, ids: &[String]) -> Result<Answer, (Invalid, String)> {
    let mut places = Vec::with_capacity(ids.len());
    for id in ids {
        let at = item.choices.iter().position(|choice| choice.id == *id);
        let at = at.ok_or_else(|| {
            (Invalid::UnknownOption, format!("no option has the id `{}`", one_line(id, 60)))
        })?;
        if places.contains(&at) {
            let kind = if task.shape.is_ranking() { Invalid::NotAPermutation } else { Invalid::WrongCount };
            return Err((kind, format!("`{id}` is named twice")));
        }
        places.push(at);
    }
    let (found, all) = (places.len(), item.choices.len());
    match task.shape {
        Shape::Level if found == 1 => Ok(Answer::Level(places[0])),
        Shape::Level => Err((Invalid::Ambiguous, format!("{found} levels are named"))),
        Shape::Set { pick } if found == pick => {
            places.sort_unstable();
            Ok(Answer::Set(places))
        }
        Shape::Set { pick } => {
            Err((Invalid::WrongCount, format!("{found} options are named, and {pick} were asked for")))
        }
        Shape::Ranking if found == all => Ok(Answer::Ranking(places)),
        Shape::Ranking => Err((Invalid::NotAPermutation, format!("{found} of {all} options are ranked"))),
        Shape::Text => Err((Invalid::Unclear, "free text is not counted".to_owned())),
    }
}
