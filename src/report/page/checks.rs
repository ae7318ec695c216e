//! Renders the checks of a role as a table, and lists what could not run.

use maud::{Markup, html};

use super::{class, picture, says, table};
use crate::ground::format::counted;
use crate::report::escape::{block, line};
use crate::report::markdown::{answers, chance, reason, resurveys, sentence, shown};
use crate::report::results::{GateMeaning, Record, TrialKind};

/// The longest sentence or note that is shown whole.
const LONG: usize = 400;

/// Renders a row for each check.
pub(super) fn of_role<'a>(role: &str, checks: impl Iterator<Item = &'a Record>) -> Markup {
    let mut checks: Vec<&Record> = checks.collect();
    if checks.is_empty() {
        return html! {};
    }
    // Checks that need a look come first; otherwise the order of the run is kept.
    checks.sort_by_key(|record| record.says);
    let caption = format!("{}, those that do not pass first", counted(checks.len(), "check"));
    let heads = html! {
        th scope="col" data-sort="text" { "Verdict" }
        th scope="col" data-sort="text" { "Check" }
        th scope="col" { "Interval and bound" }
        th scope="col" class="number" data-sort="number" { "Found" }
        th scope="col" class="number" { "Interval" }
        th scope="col" class="number" { "Bound" }
        th scope="col" class="number" data-sort="number" { "Answers" }
        th scope="col" { "By chance" }
    };
    let rows = html! { @for record in checks { (row(record)) } };
    let name = format!("Checks of {}", line(role, 100));
    html! {
        h3 { "Checks" }
        (table::wide(&name, &caption, &heads, &rows))
    }
}

fn row(record: &Record) -> Markup {
    html! {
        tr data-says=(says(record)) {
            td class={ "verdict " (class(record)) } { (record.outcome.words()) }
            td class="what" { (described(record)) }
            @if let Some(numbers) = &record.verdict {
                @let (found, interval, bound) = shown(numbers);
                td class="picture" { (picture::interval(record, numbers)) }
                td class="number" data-key=(numbers.estimate.map_or_else(String::new, |found| found.to_string())) { (found) }
                td class="number" { (interval) }
                td class="number" { (bound) }
                td class="number" data-key=(numbers.n) { (answers(numbers)) }
                td { (chance(numbers).unwrap_or_default()) }
            } @else {
                td {} td class="number" data-key="" {} td {} td {} td class="number" data-key="" {} td {}
            }
        }
    }
}

/// Renders the sentence of a check, with the details of the verdict folded below it.
fn described(record: &Record) -> Markup {
    let printed = record.text.as_deref().map(block);
    let notes = notes(record);
    let told = record.why.is_some() || printed.is_some() || record.stopped.is_some();
    let told = told || !record.notable.is_empty() || !notes.is_empty();
    let sentence = line(sentence(record), LONG);
    html! {
        @if told {
            details {
                summary { (sentence) }
                @if let Some(why) = &record.why { p { "Why it is asked for: " (line(why, LONG)) } }
                @if !record.notable.is_empty() {
                    p { "What contributes most:" }
                    ul { @for one in &record.notable { li { (line(one, LONG)) } } }
                }
                @for note in &notes { p { (note) } }
                @if let Some(stopped) = &record.stopped { p { "No more was asked: " (line(stopped, LONG)) } }
                @if let Some(place) = &record.place { p class="soft" { (line(&place.file, LONG)) ":" (place.line) } }
                @if let Some(printed) = printed { pre { (printed) } }
            }
        } @else { (sentence) }
    }
}

/// Returns the notes that are shown whether a check passes or not: doubtful figures, changes since its answers were
/// recorded, and what other surveys would say.
fn notes(record: &Record) -> Vec<String> {
    let doubts = record.doubts.iter().map(|doubt| format!("Doubtful: {}", line(doubt, LONG)));
    let since = record.since.iter().map(|since| format!("Changed since {}", line(since, LONG)));
    doubts.chain(since).chain(resurveys(record, |words| line(words, LONG))).collect()
}

/// Lists the trials of all roles that were not judged.
pub(super) fn not_run(records: &[Record]) -> Markup {
    // A task that is only read has no table, so its failures are listed here.
    let unread = |record: &Record| record.kind == TrialKind::Reading && record.says == GateMeaning::No;
    let open = |record: &&Record| {
        matches!(record.says, GateMeaning::CouldNotRun | GateMeaning::Nothing) || unread(record)
    };
    let open: Vec<&Record> = records.iter().filter(open).collect();
    if open.is_empty() {
        return html! {};
    }
    let heads = html! { th scope="col" { "What" } th scope="col" { "Test" } th scope="col" { "Why" } };
    let rows = html! {
        @for record in open {
            tr {
                td class={ "verdict " (class(record)) } { (record.outcome.words()) }
                td class="what" { (line(&record.name, LONG)) }
                td { (line(&reason(record), LONG)) }
            }
        }
    };
    html! {
        section aria-labelledby="not-run" {
            h2 id="not-run" { "Not judged" }
            (table::wide("Not judged", "What could not run, was left out or does not count", &heads, &rows))
        }
    }
}
