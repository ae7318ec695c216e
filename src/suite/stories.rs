//! `stories = "backlog.csv"`: the user stories of a ranking, from a table with a row for each.

use toml::Spanned;

use super::TaskKind;
use super::file::{RawStory, RawSuite};
use super::joined::{Beside, Joined};
#[cfg(feature = "cli")]
use super::kind::plain_id;
use crate::ground::csv::{CsvCell, CsvColumn, CsvTable};
use crate::ground::diagnostic::{Diagnostic, Source};

/// The columns of the table, all of them required.
pub(super) const COLUMNS: [CsvColumn; 4] = [
    CsvColumn { name: "id", required: true },
    CsvColumn { name: "text", required: true },
    CsvColumn { name: "value", required: true },
    CsvColumn { name: "context", required: true },
];

/// Adds the stories of the file that a ranking names to those of the suite itself.
///
/// # Errors
/// The file cannot be read, or is wrong.
pub(super) fn add(
    raw: &mut RawSuite,
    joined: &mut Joined,
    beside: Beside<'_>,
) -> Result<(), Box<Diagnostic>> {
    let ranks = raw.kind.as_ref().is_some_and(|kind| kind.get_ref() == TaskKind::Rank.name());
    // A suite of another kind is told that `stories` does not belong to it.
    let Some(path) = raw.stories.take_if(|_| ranks) else { return Ok(()) };
    let naming = joined.source_at(path.span().start).clone();
    let file = beside(&naming, path.get_ref(), "csv").map_err(|why| {
        let problem = Diagnostic::new(format!("the stories cannot be read from `{}`", path.get_ref()));
        problem.at(&joined.all, path.span()).label(why)
    })?;
    let table = CsvTable::read(&file, &COLUMNS)?;
    let start = joined.add(file.clone());
    for row in table.rows() {
        raw.story.push(story(row, start).map_err(|(cell, column)| empty_cell(&file, cell, column))?);
    }
    if table.rows().is_empty() {
        return Err(no_story(&file));
    }
    Ok(())
}

fn empty_cell(file: &Source, cell: &CsvCell, column: &str) -> Box<Diagnostic> {
    let message = format!("this story has no `{column}`");
    Diagnostic::new(message).at(file, cell.span.clone()).help("fill the cell, or remove the row").into()
}

fn no_story(file: &Source) -> Box<Diagnostic> {
    Diagnostic::new("this file has no story").at(file, 0..0).help("write one on each line").into()
}

/// Makes a story of a row, with its places in the whole text; otherwise returns the cell that is empty.
fn story(row: &[CsvCell], start: usize) -> Result<Spanned<RawStory>, (&CsvCell, &'static str)> {
    if let Some((cell, column)) = row.iter().zip(COLUMNS).find(|(cell, _)| cell.text.is_empty()) {
        return Err((cell, column.name));
    }
    let place = |cell: &CsvCell| start + cell.span.start..start + cell.span.end;
    let spanned = |cell: &CsvCell| Spanned::new(place(cell), cell.text.clone());
    let [id, text, value, context] = [0, 1, 2, 3].map(|at| &row[at]);
    let story = RawStory {
        context: spanned(context),
        value: spanned(value),
        id: Some(spanned(id)),
        text: one_line(&text.text),
    };
    Ok(Spanned::new(place(id), story))
}

/// Returns a text with each run of white space, line ends among them, as one space: a story is one line of the prompt.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The stories of one context in a table.
#[cfg(feature = "cli")]
#[derive(Debug)]
pub(crate) struct StoriesOfContext {
    pub id: String,
    /// How many there are.
    pub stories: usize,
    /// The values that they stand for, in the order of the table.
    pub values: Vec<String>,
}

/// Returns the contexts of a table of stories, in its order.
///
/// # Errors
/// The first mistake in the table, with its place.
#[cfg(feature = "cli")]
pub(crate) fn contexts_of(file: &Source) -> Result<Vec<StoriesOfContext>, Box<Diagnostic>> {
    let table = CsvTable::read(file, &COLUMNS)?;
    let (mut found, mut places): (Vec<StoriesOfContext>, Vec<std::ops::Range<usize>>) = Default::default();
    for row in table.rows() {
        let [value, context] = [2, 3].map(|at| &row[at]);
        if let Err((cell, column)) = story(row, 0) {
            return Err(empty_cell(file, cell, column));
        }
        for cell in [value, context] {
            plain_id(&Spanned::new(cell.span.clone(), cell.text.clone()), file)?;
        }
        let at = found.iter().position(|known| known.id == context.text).unwrap_or_else(|| {
            found.push(StoriesOfContext { id: context.text.clone(), stories: 0, values: Vec::new() });
            places.push(context.span.clone());
            found.len() - 1
        });
        found[at].stories += 1;
        if !found[at].values.contains(&value.text) {
            found[at].values.push(value.text.clone());
        }
    }
    if found.is_empty() {
        return Err(no_story(file));
    }
    let of_context = |at: usize, message: String| Diagnostic::new(message).at(file, places[at].clone());
    if let Some(at) = found.iter().position(|context| context.id == "overall") {
        let message = "`overall` is reserved: it means all contexts pooled".to_owned();
        return Err(of_context(at, message).help("give the context another id").into());
    }
    if let Some(at) = found.iter().position(|context| context.stories < 2) {
        let message = format!("`{}` is the context of one story only, which cannot be ranked", found[at].id);
        return Err(of_context(at, message)
            .help("give the story the context of others, or remove it")
            .into());
    }
    if found.iter().all(|context| context.values.len() < 2) {
        let message =
            "all stories of a context stand for the same value, so that no value is ranked before another";
        let help = "give the stories of a context different values, such as privacy and fairness";
        return Err(of_context(0, message.to_owned()).help(help).into());
    }
    Ok(found)
}
