//! What the responses of a role took, and those that are no answers.

use maud::{Markup, html};

use super::table;
use crate::ground::format::thousands;
use crate::report::escape::line;
use crate::report::results::{AnswersRecord, ExampleRecord, Record, UsageRecord};

const LONG: usize = 400;

fn answers<'a>(records: impl Iterator<Item = &'a Record>) -> Vec<&'a AnswersRecord> {
    records.filter_map(|record| record.answers.as_ref()).collect()
}

/// What the answers behind a role's snapshots cost; `None` where that is not known of all of them.
pub(super) fn paid<'a>(records: impl Iterator<Item = &'a Record>) -> Option<f64> {
    let took: Vec<&UsageRecord> = answers(records).into_iter().filter_map(|one| one.took.as_ref()).collect();
    if took.is_empty() { None } else { took.iter().map(|took| took.usd).sum() }
}

/// Dollars, or a dash where they are not known.
pub(super) fn usd(usd: Option<f64>) -> String {
    usd.map_or_else(|| "—".to_owned(), |usd| format!("${usd:.4}"))
}

/// Tokens, cost and latency, a row a task. Responses that a recording had count as well: they were paid for once.
pub(super) fn took<'a>(role: &str, records: impl Iterator<Item = &'a Record>) -> Markup {
    let answers = answers(records);
    let rows: Vec<(&str, &UsageRecord)> =
        answers.iter().filter_map(|one| Some((one.task.as_str(), one.took.as_ref()?))).collect();
    let number = |number: Option<u64>| number.map_or_else(|| "—".to_owned(), thousands);
    let seconds =
        |ms: Option<u64>| ms.map_or_else(|| "—".to_owned(), |ms| format!("{:.1} s", ms as f64 / 1000.0));
    let sum = |of: &dyn Fn(&UsageRecord) -> Option<u64>| {
        rows.iter().map(|(_, took)| of(took)).try_fold(0_u64, |sum, one| Some(sum.saturating_add(one?)))
    };
    let paid: Option<f64> = rows.iter().map(|(_, took)| took.usd).sum();
    if rows.is_empty() {
        return html! {};
    }
    let heads = table::number_heads(
        "Task",
        &["Responses", "Tokens asked", "Tokens answered", "Cost", "Median latency", "95 % within"],
    );
    let body = html! {
        @for (task, took) in &rows {
            tr {
                th scope="row" { (line(task, 100)) }
                td class="number" { (took.responses) }
                td class="number" { (number(took.tokens_in)) }
                td class="number" { (number(took.tokens_out)) }
                td class="number" { (usd(took.usd)) }
                td class="number" { (seconds(took.median_ms)) }
                td class="number" { (seconds(took.p95_ms)) }
            }
        }
        @if rows.len() > 1 {
            tr {
                th scope="row" { "All" }
                td class="number" { (rows.iter().map(|(_, took)| took.responses).sum::<usize>()) }
                td class="number" { (number(sum(&|took| took.tokens_in))) }
                td class="number" { (number(sum(&|took| took.tokens_out))) }
                td class="number" { (usd(paid)) }
                td {} td {}
            }
        }
    };
    let name = format!("What the responses of {} took", line(role, 100));
    let caption = "Of the answers behind the snapshots, asked for now or recorded earlier";
    html! {
        h3 { "What the responses took" }
        (table::wide(&name, caption, &heads, &body))
    }
}

/// Responses of a role that were not read, or were recorded more than once, each line once; with examples.
pub(super) fn unread<'a>(records: impl Iterator<Item = &'a Record> + Clone) -> Markup {
    let mut lines: Vec<String> = Vec::new();
    for text in
        records.clone().flat_map(|record| record.invalid.iter().chain(&record.unread).chain(&record.recorded))
    {
        let text = line(text, LONG);
        if !lines.contains(&text) {
            lines.push(text);
        }
    }
    let answers = answers(records);
    let examples: Vec<(&str, &ExampleRecord)> = answers
        .iter()
        .flat_map(|one| one.examples.iter().map(|example| (one.task.as_str(), example)))
        .collect();
    html! {
        @if !lines.is_empty() || !examples.is_empty() {
            h3 { "Responses without an answer" }
            ul { @for text in &lines { li { (text) } } }
        }
        @if !examples.is_empty() {
            p { "Examples:" }
            ul {
                @for (task, example) in &examples {
                    li { (line(&format!("{task} {}", example.item), 200)) ", " (line(&example.reason, 100)) ": " q { (line(&example.text, LONG)) } }
                }
            }
        }
    }
}
