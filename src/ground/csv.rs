//! Reads tables in CSV (RFC 4180) that people export from a spreadsheet, each cell with its place in the file.
//!
//! It is strict on purpose. Usual readers (such as the `csv` crate) accept any bytes: a quote that is never closed
//! swallows the rest of the file, and text after a closing quote is glued to it. What such a file means is a guess, and
//! a guess here would become a question that is asked, or a person who is counted. It also keeps the place of each
//! cell, so that a message can show the line and the column.

use std::ops::Range;

use crate::ground::diagnostic::{Diagnostic, Source};
use crate::ground::unseen::{problem, unseen};

type CsvResult<T> = Result<T, Box<Diagnostic>>;

/// A cell: its text without quotes and outer white space, and its bytes in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CsvCell {
    pub text: String,
    pub span: Range<usize>,
}

/// The rows of a file, each with one cell for each column that was asked for.
#[derive(Debug)]
pub(crate) struct CsvTable {
    rows: Vec<Vec<CsvCell>>,
}

/// A column that a file must or may have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CsvColumn {
    pub name: &'static str,
    pub required: bool,
}

/// Separators that spreadsheets of some languages write in place of commas.
const OTHERS: [(char, &str); 3] = [(';', "semicolons"), ('\t', "tabs"), ('|', "bars")];

impl CsvTable {
    /// Reads a file whose header names these columns, in any order. Each row then has a cell for each of `columns`, in
    /// the order asked for; a column that the file does not have gives empty cells.
    ///
    /// # Errors
    /// The first mistake in the file, with its place.
    pub(crate) fn read(source: &Source, columns: &[CsvColumn]) -> CsvResult<CsvTable> {
        if !source.text.trim().is_empty() && !names_one(&source.text, columns) {
            let problem =
                Diagnostic::new("the first line of this file names none of the columns that it must have");
            return Err(problem.at(source, 0..0).unquoted().help(first_line(columns)).into());
        }
        // Before cells are read: quotes between other marks would look misplaced.
        if let Some(problem) = separated_otherwise(source) {
            return Err(problem.into());
        }
        let records = records(source)?;
        let Some((header, rows)) = records.split_first() else {
            return Err(wrong(source, 0..0, "this file is empty").help(first_line(columns)).into());
        };
        let places = header_places(source, header, columns)?;
        let mut table = CsvTable { rows: Vec::with_capacity(rows.len()) };
        for row in rows {
            if row.len() != header.len() {
                let message =
                    format!("this row has {} cells, but the header has {}", row.len(), header.len());
                let help = "a cell that contains a comma must be in double quotes";
                return Err(wrong(source, row[0].span.start..row[row.len() - 1].span.end, message)
                    .help(help)
                    .into());
            }
            for cell in row {
                plain(source, cell)?;
            }
            let end = row[row.len() - 1].span.end;
            let none = || CsvCell { text: String::new(), span: row[0].span.start..end };
            table.rows.push(places.iter().map(|at| at.map_or_else(none, |at| row[at].clone())).collect());
        }
        Ok(table)
    }

    pub(crate) fn rows(&self) -> &[Vec<CsvCell>] {
        &self.rows
    }
}

/// Whether a text begins with a header that names one of these columns. Messages tell nothing of any other file, which
/// may be somebody's private one that is named by mistake.
fn names_one(text: &str, columns: &[CsvColumn]) -> bool {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let mut words = first.split([',', ';', '\t', '|']).map(|word| word.trim().trim_matches('"'));
    words.any(|word| columns.iter().any(|column| column.name.eq_ignore_ascii_case(word.trim())))
}

fn first_line(columns: &[CsvColumn]) -> String {
    let names: Vec<&str> =
        columns.iter().filter(|column| column.required).map(|column| column.name).collect();
    format!("its first line names the columns: {}", names.join(","))
}

fn wrong(source: &Source, span: Range<usize>, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(message).at(source, span)
}

/// Returns the mistake that the header is separated by other marks than commas.
fn separated_otherwise(source: &Source) -> Option<Diagnostic> {
    let line = source.text.lines().find(|line| !line.trim().is_empty())?;
    let (_, name) = OTHERS.iter().find(|(mark, _)| !line.contains(',') && line.contains(*mark))?;
    let at = source.text.find(line)?;
    let message = format!("the columns seem to be separated by {name}, but only commas are read");
    let help = "export the file as CSV with commas (in a spreadsheet: \"CSV UTF-8 (comma delimited)\")";
    Some(wrong(source, at..at + line.len(), message).help(help))
}

/// Finds each column in the header.
fn header_places(
    source: &Source,
    header: &[CsvCell],
    columns: &[CsvColumn],
) -> CsvResult<Vec<Option<usize>>> {
    let known = || columns.iter().map(|column| column.name);
    for (at, cell) in header.iter().enumerate() {
        if header[..at].iter().any(|before| before.text == cell.text) {
            return Err(wrong(
                source,
                cell.span.clone(),
                format!("the column `{}` stands here twice", cell.text),
            )
            .into());
        }
        if !known().any(|name| name == cell.text) {
            let message = match cell.text.as_str() {
                "" => "a column has no name".to_owned(),
                name => format!("unknown column `{name}`"),
            };
            return Err(wrong(source, cell.span.clone(), message).nearest(&cell.text, known()).into());
        }
    }
    let place = |column: &CsvColumn| header.iter().position(|cell| cell.text == column.name);
    if let Some(missing) = columns.iter().find(|column| column.required && place(column).is_none()) {
        let all = header[0].span.start..header[header.len() - 1].span.end;
        return Err(wrong(source, all, format!("there is no column `{}`", missing.name))
            .help(first_line(columns))
            .into());
    }
    Ok(columns.iter().map(place).collect())
}

/// Checks that a cell is text, and not something that only a spreadsheet works out.
fn plain(source: &Source, cell: &CsvCell) -> CsvResult<()> {
    let formula =
        cell.text.starts_with(['=', '@']) || cell.text.starts_with("+=") || cell.text.starts_with("-=");
    let error =
        ["#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!"].contains(&cell.text.as_str());
    if formula || error {
        let what = if formula { "a spreadsheet's formula" } else { "a spreadsheet's error" };
        return Err(wrong(source, cell.span.clone(), format!("this cell is {what}, not its value"))
            .help("write the value itself, or export the values from the spreadsheet")
            .into());
    }
    let Some((_, odd)) = unseen(&cell.text) else { return Ok(()) };
    let found = source.text.get(cell.span.clone()).and_then(unseen);
    let place = found.map(|(at, c)| cell.span.start + at..cell.span.start + at + c.len_utf8());
    Err(problem(source, place.unwrap_or_else(|| cell.span.clone()), odd).into())
}

/// Splits a text into records; lines without a cell are skipped.
pub(crate) fn records(source: &Source) -> CsvResult<Vec<Vec<CsvCell>>> {
    let text: &str = &source.text;
    let (mut all, mut at) = (Vec::new(), 0);
    while at < text.len() {
        let mut record = Vec::new();
        loop {
            let (cell, end) = cell(source, at)?;
            record.push(cell);
            at = end;
            match text.as_bytes().get(at) {
                Some(b',') => at += 1,
                Some(_) => {
                    at += if text[at..].starts_with("\r\n") { 2 } else { 1 };
                    break;
                }
                None => break,
            }
        }
        if record.iter().any(|cell| !cell.text.is_empty()) {
            all.push(record);
        }
    }
    Ok(all)
}

/// Reads the cell that begins at `from`, and returns the place of the comma or line end after it.
fn cell(source: &Source, from: usize) -> CsvResult<(CsvCell, usize)> {
    let text: &str = &source.text;
    let ends = |at: usize| text[at..].find([',', '\n', '\r']).map_or(text.len(), |length| at + length);
    let start = from + (text[from..].len() - text[from..].trim_start_matches([' ', '\t']).len());
    if !text[start..].starts_with('"') {
        let end = ends(from);
        let inside = text[from..end].trim();
        if let Some(quote) = inside.find('"') {
            let at = start + quote;
            return Err(wrong(source, at..at + 1, "a quote stands in the middle of a cell")
                .help("put the whole cell in double quotes, and write each quote in it twice")
                .into());
        }
        return Ok((CsvCell { text: inside.to_owned(), span: start..start + inside.len() }, end));
    }
    let (mut inside, mut at) = (String::new(), start + 1);
    loop {
        let Some(quote) = text[at..].find('"') else {
            return Err(wrong(source, start..start + 1, "this quote is never closed")
                .help("put a double quote at the end of the cell, and write each quote in it twice")
                .into());
        };
        inside.push_str(&text[at..at + quote]);
        at += quote + 1;
        if !text[at..].starts_with('"') {
            break;
        }
        inside.push('"');
        at += 1;
    }
    let end = ends(at);
    if !text[at..end].trim().is_empty() {
        return Err(wrong(source, at..end, "text stands after the closing quote of a cell")
            .help("put the whole cell in double quotes, and write each quote in it twice")
            .into());
    }
    let inside = inside.replace("\r\n", "\n").trim().to_owned();
    Ok((CsvCell { text: inside, span: start..at }, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [CsvColumn; 3] = [
        CsvColumn { name: "id", required: true },
        CsvColumn { name: "text", required: true },
        CsvColumn { name: "place", required: false },
    ];

    fn read(text: &str) -> Result<Vec<Vec<String>>, String> {
        let source = Source::new("a.csv", text);
        let table = CsvTable::read(&source, &COLUMNS).map_err(|wrong| {
            let (_, line, column) = wrong.position().expect("a place");
            format!("{line}:{column} {}", wrong.message())
        })?;
        Ok(table.rows().iter().map(|row| row.iter().map(|cell| cell.text.clone()).collect()).collect())
    }

    #[test]
    fn cells_are_read_in_the_order_asked_for_however_they_are_written() {
        let wanted = Ok(vec![
            vec!["a".to_owned(), "one, \"two\"\nthree".to_owned(), String::new()],
            vec!["b".to_owned(), "four".to_owned(), String::new()],
        ]);
        for text in [
            "id,text\na,\"one, \"\"two\"\"\nthree\"\nb,four",
            "text,id\n\"one, \"\"two\"\"\nthree\",a\nfour,b\n\n",
            "\u{feff}id,text\r\na,\"one, \"\"two\"\"\r\nthree\"\r\n\r\nb,four\r\n",
            "\"id\" , \"text\"\na , \"one, \"\"two\"\"\nthree\" \n  b ,  four  \n,\n",
        ] {
            assert_eq!(read(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn what_is_not_certain_is_a_mistake_with_its_place() {
        for (text, wanted) in [
            ("", "1:1 this file is empty"),
            ("id;text\na;b", "1:1 the columns seem to be separated by semicolons, but only commas are read"),
            (
                "id;text\na;\"b\"",
                "1:1 the columns seem to be separated by semicolons, but only commas are read",
            ),
            ("id\ttext\na\tb", "1:1 the columns seem to be separated by tabs, but only commas are read"),
            ("id,txt\n", "1:4 unknown column `txt`"),
            ("id,text,\n", "1:9 a column has no name"),
            ("id,text,id\n", "1:9 the column `id` stands here twice"),
            ("id\na", "1:1 there is no column `text`"),
            ("id,text\na", "2:1 this row has 1 cells, but the header has 2"),
            ("id,text\na,b,c", "2:1 this row has 3 cells, but the header has 2"),
            ("id,text\na,\"b\nc,d\n", "2:3 this quote is never closed"),
            ("id,text\na,\"b\" c\n", "2:6 text stands after the closing quote of a cell"),
            ("id,text\na,b \"c\"\n", "2:5 a quote stands in the middle of a cell"),
            ("id,text\na,=A1&B1\n", "2:3 this cell is a spreadsheet's formula, not its value"),
            ("id,text\na,#REF!\n", "2:3 this cell is a spreadsheet's error, not its value"),
            ("id,text\na,b\u{7}\n", "2:4 this text has the character U+0007, which cannot be seen"),
        ] {
            assert_eq!(read(text), Err(wanted.to_owned()), "{text:?}");
        }
    }
}
