//! CSV (RFC 4180) that a spreadsheet opens as data: no text is run as a formula.

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
/// an apostrophe is put before it. It is put before an apostrophe, too: where a text begins with one, taking it
/// away gives the original. Numbers keep their sign: see [`number`].
pub(crate) fn text(text: &str) -> String {
    // Leading spaces do not stop a spreadsheet.
    let first = text.trim_start_matches(' ').chars().next();
    let runs =
        matches!(first, Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\'' | '＝' | '＋' | '－' | '＠'));
    if runs { format!("'{text}") } else { text.to_owned() }
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
            ("\t=1", "'\t=1"),
            ("  =1", "'  =1"),
            ("'s", "''s"),
            ("privacy", "privacy"),
            ("a=b", "a=b"),
        ] {
            assert_eq!(text(said), kept);
        }
        assert_eq!(number(Some(-0.5)), "-0.5");
        assert_eq!((number(None), number(Some(f64::NAN))), (String::new(), String::new()));
    }

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let row = ["a", "b,c", "d\"e", "f\ng", " h"].map(str::to_owned).to_vec();
        assert_eq!(csv([row]), "a,\"b,c\",\"d\"\"e\",\"f\ng\",\" h\"\n");
    }
}
