//! A table with a row for each response, as a notebook exports it. Columns that are not ours are left alone.

use super::{COLUMNS, ImportArguments, ImportedRow, Said};
use crate::ground::csv::{CsvCell, records};
use crate::ground::diagnostic::{Diagnostic, Source};
use crate::provider::finish_of;

/// What separates ids in a cell.
const BETWEEN: [char; 4] = ['|', ',', ';', '>'];

/// Reads the responses of a table.
///
/// # Errors
/// The first mistake in the table, with its place.
pub(super) fn rows(file: &Source, arguments: &ImportArguments) -> Result<Vec<ImportedRow>, Box<Diagnostic>> {
    let records = records(file)?;
    let Some((header, rows)) = records.split_first() else {
        return Err(Diagnostic::new("this file is empty").at(file, 0..0).into());
    };
    let columns = Columns::of(file, header, arguments)?;
    let (mut seen, mut line) = (0, 1);
    let mut read = Vec::with_capacity(rows.len());
    for row in rows {
        let start = row[0].span.start;
        line += file.text[seen..start].bytes().filter(|byte| *byte == b'\n').count();
        seen = start;
        read.push(columns.row(file, header.len(), row, line)?);
    }
    Ok(read)
}

/// Where our columns stand in the header.
struct Columns([Option<usize>; COLUMNS.len()]);

impl Columns {
    fn of(
        file: &Source,
        header: &[CsvCell],
        arguments: &ImportArguments,
    ) -> Result<Columns, Box<Diagnostic>> {
        let place = |ours: &str| {
            let theirs = arguments.theirs(ours);
            header.iter().position(|cell| cell.text == theirs)
        };
        let columns = Columns(COLUMNS.map(place));
        // A file that is named by mistake is not quoted.
        let head = |message: String| Diagnostic::new(message).at(file, 0..0).unquoted();
        for (ours, theirs) in &arguments.column {
            if place(ours).is_none() {
                let problem = head(format!(
                    "the first line names no column `{theirs}`, which --column gives for {ours}"
                ));
                return Err(problem.into());
            }
        }
        let twice = header.iter().enumerate().find(|(at, cell)| {
            columns.0.contains(&Some(*at))
                && header.iter().filter(|other| other.text == cell.text).count() > 1
        });
        if let Some((_, cell)) = twice {
            return Err(head(format!("the first line names the column `{}` twice", cell.text)).into());
        }
        match (columns.has("text"), columns.has("answer")) {
            (false, false) => Err(head(
                "the first line names neither a column `text` nor `answer`".to_owned(),
            )
            .help("name the column of the responses: --column text=THEIRS; cells are separated by commas")
            .into()),
            (true, true) => Err(head("the first line names both a column `text` and `answer`".to_owned())
                .help("keep one of them: how a response is read is for alignspec or for you to say")
                .into()),
            _ => Ok(columns),
        }
    }

    fn at(&self, name: &str) -> Option<usize> {
        self.0[COLUMNS.iter().position(|known| *known == name)?]
    }

    fn has(&self, name: &str) -> bool {
        self.at(name).is_some()
    }

    fn row(
        &self,
        file: &Source,
        width: usize,
        row: &[CsvCell],
        line: usize,
    ) -> Result<ImportedRow, Box<Diagnostic>> {
        let start = row[0].span.start;
        if row.len() != width {
            let message = format!("this row has {} cells, but the header has {width}", row.len());
            let problem = Diagnostic::new(message).at(file, start..row[row.len() - 1].span.end);
            return Err(problem.help("a cell that contains a comma must be in double quotes").into());
        }
        let cell = |name: &str| self.at(name).map(|at| row[at].text.clone()).filter(|text| !text.is_empty());
        let said = match (cell("text"), cell("answer")) {
            (Some(text), _) => Said::Text(text),
            (_, Some(ids)) => Said::Ids(ids_of(&ids)),
            _ => Said::Nothing("the cell is empty".to_owned()),
        };
        Ok(ImportedRow {
            place: format!("line {line}"),
            role: cell("role").or_else(|| cell("model").filter(|_| !self.has("role"))),
            task: cell("task"),
            context: cell("context"),
            item: cell("item"),
            said,
            prompt: cell("prompt"),
            shown: cell("shown"),
            finish: cell("finish").map(|word| finish_of(&word)),
            cached: cell("cached").is_some_and(|word| !["false", "0", "no"].contains(&&*word.to_lowercase())),
        })
    }
}

/// Splits the ids of a cell.
pub(super) fn ids_of(cell: &str) -> Vec<String> {
    cell.split(BETWEEN).map(|id| id.trim().to_owned()).collect()
}
