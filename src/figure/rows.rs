//! CSV (RFC 4180) that a spreadsheet opens as data: no text is run as a formula.

use crate::ground::text::is_bidi;

/// Writes rows of cells as CSV.
pub(crate) fn csv(rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| escaped(cell)).collect();
        text.push_str(&cells.join(","));
        text.push('\n');
    }
    text
}

/// Returns a text as it stands in a cell. A spreadsheet runs what begins with `=`, `+`, `-`, `@`, a tab or a line break, so
/// an apostrophe is put before it: at the start of the text, and after each `;`, tab and line break in it, where programs
/// that take those for the end of a cell begin another one. It is put before an apostrophe there, too, so that taking
/// one away at each of these places gives the original. Numbers keep their sign: see [`number`]. Control characters,
/// which a terminal would obey, and those that reorder text are replaced.
pub(crate) fn text(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut begins = true;
    for (at, c) in text.char_indices() {
        if begins && runs(&text[at..]) {
            kept.push('\'');
        }
        begins = matches!(c, ';' | '\t' | '\r' | '\n');
        let steers = c.is_control() && !begins || is_bidi(c);
        kept.push(if steers { char::REPLACEMENT_CHARACTER } else { c });
    }
    kept
}

/// Whether a spreadsheet would run a cell of this text, or take an apostrophe from it. Leading spaces and quotes do not stop
/// it.
fn runs(cell: &str) -> bool {
    let first = cell.trim_start_matches([' ', '"']).chars().next();
    matches!(first, Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\'' | '＝' | '＋' | '－' | '＠'))
}

/// Returns a number with all its digits; an empty cell where there is none.
pub(crate) fn number(number: Option<f64>) -> String {
    number.filter(|number| number.is_finite()).map_or_else(String::new, |number| number.to_string())
}

/// Returns the first row of a table.
pub(crate) fn heads(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn escaped(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) || cell.starts_with(' ') || cell.ends_with(' ') {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_text() {
        for (said, kept) in [
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-x", "'-x"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t'=1"),
            ("  =1", "'  =1"),
            ("'s", "''s"),
            ("privacy", "privacy"),
            ("a=b", "a=b"),
            // Where `;`, a tab or a line break ends a cell, another one begins.
            ("a;=1+1", "a;'=1+1"),
            ("a; \"=1", "a;' \"=1"),
            ("a\n@x\t+1;'y", "a\n'@x\t'+1;''y"),
            ("a;b-c", "a;b-c"),
            ("\"=1", "'\"=1"),
            ("\u{1b}[31m=\u{9b}1m\u{202e}", "\u{fffd}[31m=\u{fffd}1m\u{fffd}"),
        ] {
            assert_eq!(text(said), kept);
        }
        assert_eq!(number(Some(-0.5)), "-0.5");
        assert_eq!((number(None), number(Some(f64::NAN))), (String::new(), String::new()));
    }

    #[test]
    fn taking_the_apostrophes_away_gives_the_text() {
        let signs = ['=', ';', '\'', 'a', ' ', '\t', '"', '\n'];
        for number in 0..signs.len().pow(4) {
            let said: String = (0..4).map(|at| signs[number / signs.len().pow(at) % signs.len()]).collect();
            let (mut back, mut begins) = (String::new(), true);
            for c in text(&said).chars() {
                if !(begins && c == '\'') {
                    back.push(c);
                }
                begins = matches!(c, ';' | '\t' | '\n' | '\r');
            }
            assert_eq!(back, said, "{:?}", text(&said));
        }
    }

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let row = ["a", "b,c", "d\"e", "f\ng", " h"].map(str::to_owned).to_vec();
        assert_eq!(csv([row]), "a,\"b,c\",\"d\"\"e\",\"f\ng\",\" h\"\n");
    }
}
