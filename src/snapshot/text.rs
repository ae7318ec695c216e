//! Writes a profile as the text of a snapshot, and reads the text back as a table.
//!
//! Its parts have an empty line between them: the head, a line of counts per item (those that drifted first),
//! a line per question that has answers after lost tries, a line per question that says how it is worded, and a
//! checksum of all that. Old snapshots have the first two parts alone.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::counts;
use super::origin::{self, Origin};
use super::whole;
use super::wording::{self, QuestionHash, asked, questions};
use crate::ground::text::one_line;
use crate::profile::{AfterLost, Profile, Row, Table, View};
use crate::suite::{Item, Task};

/// A snapshot that was read back.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// The hash of everything that was asked.
    pub(crate) questions: String,
    /// Each question's name with the hash of its words; `None` in an old snapshot, which only has one hash of all
    /// questions.
    pub(crate) asked: Option<Vec<QuestionHash>>,
    /// The lines that say where the answers come from, as they were written.
    pub(crate) origin: Vec<String>,
    /// The number of responses that were no answer, and of all responses.
    pub(crate) invalid: u32,
    pub(crate) responses: u32,
    /// The shares for questions whose words have not changed; answers to other words are not read.
    pub table: Table,
    /// Which responses to an item came after tries whose answers were lost. Of earlier versions, none is known.
    pub(crate) lost: BTreeMap<String, AfterLost>,
}

/// Writes the main view of a profile as text.
#[must_use]
pub fn write(task: &Task, profile: &Profile) -> String {
    write_from(task, profile, &Origin::Untold)
}

/// Writes the same, and where the answers come from.
#[must_use]
pub(crate) fn write_from(task: &Task, profile: &Profile, origin: &Origin) -> String {
    let table = profile.table(task, View::Main);
    // The head ends at the first empty line, so a title must not contain one.
    let mut text = format!("{} {}\nquestions {}\n", task.id, one_line(&task.title, 300), questions(task));
    origin.lines().iter().for_each(|line| text.extend([line, "\n"]));
    let (valid, invalid) = profile.responses(task, View::Main);
    let total: u32 = invalid.iter().map(|(_, count)| count).sum();
    text += &invalid_line(total, valid + total);
    let reasons: Vec<String> = invalid.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    let _ = writeln!(
        text,
        "{}",
        if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) }
    );
    text.push('\n');
    let mut lines: Vec<(String, String)> = Vec::new();
    for row in &table.rows {
        let Some((_, item)) = task.item(&row.item) else { continue };
        lines.extend(task.shape.lines(item, row));
    }
    let width = lines.iter().map(|(subject, _)| subject.chars().count()).max().unwrap_or(0);
    for (subject, counts) in lines {
        let _ = writeln!(text, "{subject:width$}  {counts}");
    }
    text.push('\n');
    let lost = profile.lost_in(task, View::Main);
    for (item, lost) in task.items.iter().filter_map(|item| Some((item, lost.get(&item.id)?))) {
        let AfterLost { count, which } = lost;
        let _ = writeln!(text, "{AFTER_LOST}{count} ({which})  {}", wording::name(task, &item.id));
    }
    if !lost.is_empty() {
        text.push('\n');
    }
    asked(task).iter().for_each(|asked| text.extend([&wording::line(asked), "\n"]));
    whole::sealed(&text)
}

/// Returns the head of a snapshot, and the lines after it.
pub(super) fn parts(text: &str) -> (impl Iterator<Item = &str>, impl Iterator<Item = &str>) {
    let mut lines = text.lines();
    let head = lines.clone().take_while(|line| !line.trim().is_empty());
    lines.by_ref().find(|line| line.trim().is_empty());
    (head, lines)
}

/// Returns the first word of a line of counts, which says what it is about; `None` for any other line.
pub(super) fn subject_of(line: &str) -> Option<&str> {
    let (subject, rest) = line.split_once(char::is_whitespace)?;
    rest.trim_start().starts_with("n ").then_some(subject)
}

/// Returns the position of a subject's line: by item, then by option.
pub(super) fn place_of(task: &Task, subject: &str) -> (usize, usize) {
    let (item, choice) = about(task, subject);
    let Some((at, item)) = task.item(item) else { return (usize::MAX, 0) };
    (at, item.choices.iter().position(|known| known.id == choice).unwrap_or(0))
}

/// Returns the item and the option that a subject names.
pub(super) fn about<'a>(task: &Task, subject: &'a str) -> (&'a str, &'a str) {
    let (item, choice) = task.shape.about(subject);
    (item, choice.unwrap_or_default())
}

const AFTER_LOST: &str = "after lost tries ";

/// Reads a line that says which responses to a question came after lost tries, with the question's name.
pub(super) fn lost_of(line: &str) -> Option<(AfterLost, &str)> {
    let (count, rest) = line.strip_prefix(AFTER_LOST)?.split_once(" (")?;
    let (which, name) = rest.split_once(')')?;
    Some((AfterLost { count: count.parse().ok()?, which: which.to_owned() }, name.trim()))
}

/// Whether a line is the one that counts invalid responses.
pub(super) fn is_invalid(line: &str) -> bool {
    line.starts_with(INVALID)
}

const INVALID: &str = "invalid ";

pub(super) fn invalid_line(invalid: u32, of: u32) -> String {
    format!("{INVALID}{invalid} of {of}")
}

/// Reads the line that counts invalid responses: their number, and that of all responses.
pub(super) fn invalid_of(line: &str) -> Option<(u32, u32)> {
    let mut words = line.strip_prefix(INVALID)?.split_whitespace();
    let (invalid, of, all) = (words.next()?, words.next()?, words.next()?);
    let (invalid, all) = (invalid.parse().ok()?, all.parse().ok().filter(|_| of == "of")?);
    (invalid <= all).then_some((invalid, all))
}

/// Marks the line that counts invalid responses as being about the newest sample only.
pub(super) fn of_newest(line: &str) -> String {
    let end = line.find(" (").unwrap_or(line.len());
    format!("{} in the newest sample{}", &line[..end], &line[end..])
}

/// Returns the number of answers in a line of counts.
pub(super) fn n_of(line: &str) -> Option<u32> {
    subject_of(line)?;
    line.split_whitespace().nth(2)?.parse().ok()
}

/// Reads a snapshot's text back.
///
/// # Errors
/// The fragment says what is wrong, and in which line.
pub fn read(task: &Task, text: &str) -> Result<Stored, String> {
    whole::check(text)?;
    // The first line is the task's own title.
    let head = || parts(text).0.skip(1);
    let after = || parts(text).1;
    let named = head().find_map(|line| line.strip_prefix("questions ")).map(str::trim);
    let named = named.ok_or("the snapshot has no `questions` line")?.to_owned();
    let (invalid, responses) =
        head().find_map(invalid_of).ok_or("the snapshot has no line `invalid … of …`")?;
    let listed: Vec<QuestionHash> = after().filter_map(wording::read_question).collect();
    let listed = (!listed.is_empty()).then_some(listed);
    let unasked = |subject: &&str| {
        let name = wording::name(task, about(task, subject).0);
        listed.as_ref().is_some_and(|listed| !listed.iter().any(|one| one.0 == name))
    };
    if let Some(lost) = after().filter_map(subject_of).find(unasked) {
        return Err(format!(
            "the snapshot has answers to `{}`, but no `asked` line for it; its end may have been cut off: {}",
            one_line(lost, 100),
            whole::TO_DO
        ));
    }
    let wordings = if listed.is_some() { asked(task) } else { Vec::new() };
    let all_as_now = listed.is_none() && named == questions(task);
    // Reworded questions may have had other options, so their counts cannot be read.
    let as_now = |subject: &str| {
        let name = wording::name(task, about(task, subject).0);
        let same =
            |listed: &Vec<QuestionHash>| listed.iter().any(|one| one.0 == name && wordings.contains(one));
        listed.as_ref().map_or(all_as_now, same)
    };
    let mut table = Table { shape: task.shape, rows: Vec::new() };
    let first = head().count() + 3;
    let mut lost = BTreeMap::new();
    for (number, line) in after().enumerate() {
        if let Some((after_lost, name)) = lost_of(line) {
            let item =
                task.items.iter().find(|item| wording::name(task, &item.id) == name && as_now(&item.id));
            lost.extend(item.map(|item| (item.id.clone(), after_lost)));
            continue;
        }
        let Some(subject) = subject_of(line).filter(|subject| as_now(subject)) else { continue };
        let bad = |what: &str| {
            format!(
                "line {} of the snapshot {what}: `{}`: {}",
                first + number,
                one_line(line.trim(), 200),
                whole::TO_DO
            )
        };
        read_line(task, subject, line, &mut table).map_err(bad)?;
    }
    counts::check(task, &table, text)?;
    // Rows are sorted in the task's order, whatever the order of the lines.
    table.rows.sort_by_key(|row| task.item(&row.item).map(|(at, _)| at));
    let origin = head().filter(|line| origin::is_one(line)).map(str::to_owned).collect();
    Ok(Stored { questions: named, asked: listed, origin, invalid, responses, table, lost })
}

fn read_line(task: &Task, subject: &str, line: &str, table: &mut Table) -> Result<(), &'static str> {
    let mut words = line.split_whitespace().skip(2);
    let n: u32 =
        words.next().and_then(|n| n.parse().ok()).filter(|n| *n > 0).ok_or("has no number after n")?;
    let of = |count: &str| {
        let count: f64 = count.parse().map_err(|_| "has a count that is not a number")?;
        if (0.0..=f64::from(n) + 1e-6).contains(&count) {
            Ok(count / f64::from(n))
        } else {
            Err("has a count above n")
        }
    };
    let (item, choice) = task.shape.about(subject);
    if choice.is_none() && task.shape.is_ranking() {
        return Err("does not name a story");
    }
    // An item that the suite no longer has cannot be compared; the `questions` line says that it changed.
    let Some((_, item)) = task.item(item) else { return Ok(()) };
    let at = match choice {
        Some(id) => {
            Some(item.choices.iter().position(|choice| choice.id == id).ok_or("names an unknown option")?)
        }
        None => None,
    };
    task.shape.read(item, at, row_of(item, n, table)?, words, of)
}

/// Returns the row of an item in a table, adding it if it is new. All lines of an item must have `n` answers.
fn row_of<'t>(item: &Item, n: u32, table: &'t mut Table) -> Result<&'t mut Row, &'static str> {
    if table.row(&item.id).is_none() {
        let (width, known) = table.shape.layout(item.choices.len());
        table.rows.push(Row {
            item: item.id.clone(),
            n,
            unread: 0,
            shares: vec![0.0; width],
            known,
            joint: None,
        });
    }
    let row = table.rows.iter_mut().find(|row| row.item == item.id).ok_or("has no row")?;
    if row.n != n {
        return Err("has a different n from the lines before it, which count the same answers");
    }
    Ok(row)
}
