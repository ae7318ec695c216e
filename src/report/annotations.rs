//! GitHub's workflow commands: an annotation on the line of each check that failed. Only this file prints
//! `::` at the start of a line. GitHub defines the commands and their escapes (docs.github.com, "workflow
//! commands", and actions/toolkit's `command.ts`).

use super::escape::{block, line};
use super::format::{FormatOutput, ReportFormat};
use super::results::{GateMeaning, Record, TrialOutcome};

/// The number of annotations of a kind that GitHub shows for each step; it silently drops the others.
const SHOWN: usize = 10;

pub(super) static FORMAT: ReportFormat = ReportFormat {
    name: "annotations",
    about: "Print GitHub's commands for annotations on the lines of failed checks",
    guide: "GitHub's commands that mark the line of each check that failed (errors) or is undecided (notices), on standard output",
    example: "annotations.txt",
    writes: FormatOutput::Printed(|run| Ok(render(run.named))),
};

/// Writes one command per line: errors for what stops the gate, notices for what is undecided.
fn render(records: &[Record]) -> String {
    let undecided = |record: &Record| record.outcome == TrialOutcome::Inconclusive;
    let stops = |record: &Record| matches!(record.says, GateMeaning::No | GateMeaning::CouldNotRun);
    let errors: Vec<&Record> = records.iter().filter(|it| stops(it) && !undecided(it)).collect();
    let notices: Vec<&Record> = records.iter().filter(|it| undecided(it)).collect();
    commands("error", &errors) + &commands("notice", &notices)
}

/// Writes a warning that is about no line of a file.
pub(crate) fn warning(text: &str) -> String {
    format!("::warning title=alignspec::{}\n", data(&line(text, 1_000)))
}

fn commands(kind: &str, records: &[&Record]) -> String {
    let fit = if records.len() > SHOWN { SHOWN - 1 } else { SHOWN };
    let mut text: String = records.iter().take(fit).map(|record| command(kind, record)).collect();
    if records.len() > fit {
        let more = records.len() - fit;
        text += &format!("::{kind} title=alignspec::{more} more, in the job summary\n");
    }
    text
}

fn command(kind: &str, record: &Record) -> String {
    let title = format!("{}: {}", record.outcome.words(), line(&record.name, 200));
    let mut properties = Vec::new();
    if let Some(place) = &record.place {
        properties.push(format!("file={}", property(&line(&place.file, 400))));
        properties.push(format!("line={}", place.line));
        properties.push(format!("col={}", place.column));
    }
    properties.push(format!("title={}", property(&title)));
    let text = record.text.as_deref().map_or_else(|| super::markdown::reason(record), block);
    format!("::{kind} {}::{}\n", properties.join(","), data(&text))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::results::FilePlace;

    #[test]
    fn a_command_is_one_line_whatever_a_model_says() {
        let place = FilePlace { file: "suites/a,b: 100%.toml".to_owned(), line: 12, column: 3 };
        let mut record = Record { name: "m::T1 x, y >= 5%".into(), place: Some(place), ..Record::default() };
        record.ends(TrialOutcome::Fail);
        record.text = Some("fail: m\n  notable  50%::stop\n::error::x\r\n::set-env name=A::b".to_owned());
        assert_eq!(
            render(&[record]),
            "::error file=suites/a%2Cb%3A 100%25.toml,line=12,col=3,title=fail%3A m%3A%3AT1 x%2C y >= 5%25::\
             fail: m%0A  notable  50%25::stop%0A: :error::x%0A: :set-env name=A::b\n"
        );
    }

    #[test]
    fn a_warning_is_one_command() {
        assert_eq!(warning("50%\n::error::x\u{1b}[31m"), "::warning title=alignspec::50%25 ::error::x\n");
    }

    #[test]
    fn what_github_would_drop_is_counted() {
        let mut record = Record { name: "m".to_owned(), ..Record::default() };
        record.ends(TrialOutcome::Inconclusive);
        let text = render(&vec![record.clone(); SHOWN]);
        assert_eq!(text, "::notice title=inconclusive%3A m::\n".repeat(SHOWN));
        let text = render(&vec![record; SHOWN + 5]);
        assert_eq!(text.lines().count(), SHOWN);
        assert!(text.ends_with("::notice title=alignspec::6 more, in the job summary\n"), "{text}");
    }
}
