//! Renders the results of a run as a page: one file that loads nothing else. It can be read without its script, which
//! only sorts and filters, and it follows the reader's light or dark mode.

mod brought;
mod changes;
mod checks;
mod figures;
mod picture;
mod responses;
mod table;

use maud::{DOCTYPE, Markup, PreEscaped, html};

pub(crate) use figures::PageFigures;

use super::escape::line;
use super::format::{FormatOutput, ReportFormat, ReportedRun};
use super::gate::{Gate, headline};
use super::results::{GateMeaning, Record, TrialKind, TrialOutcome};
use super::roles;

const STYLE: &str = concat!(include_str!("page/style.css"), include_str!("../figure/chart.css"));
const SCRIPT: &str = include_str!("page/script.js");

/// The digests of [`STYLE`] and [`SCRIPT`]. With them, a browser neither runs nor applies anything else on the page,
/// even if a model's response contains it. A test checks the digests.
const STYLE_DIGEST: &str = "YGtbFx8XXI0+olRXguPY/JQ/eOTwB+XjcH8JfznNvkc=";
const SCRIPT_DIGEST: &str = "FLLZLjZuE4Hq+s/daMeMh6jvvCbsP0a1U/3oQfARJ6g=";

pub(super) static FORMAT: ReportFormat = ReportFormat {
    name: "html",
    about: "A page to look at, in one file that loads nothing from anywhere",
    guide: "a page to look at, in one file that loads nothing from anywhere: the gate's answer, a row for each role, what changed since the snapshots, each check with its interval beside its bound, the shares that moved, the study's [figures](figures.md#the-page) of the run's answers, what they took, and what could not be read or judged; it sorts and filters. `--beside RESPONDENT` draws somebody beside the roles",
    example: "page.html",
    writes: FormatOutput::File(|run| Ok(render(run, &run.beside.figures()?))),
};

/// Renders the page of a run, with figures of its answers and what the pull request brings, if it is one.
fn render(run: &ReportedRun<'_>, drawn: &PageFigures) -> String {
    let (records, stale, brought) = (run.named, run.stale, run.brought);
    let gate = Gate::of(records);
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{STYLE_DIGEST}'; script-src 'sha256-{SCRIPT_DIGEST}'; base-uri 'none'; form-action 'none'"
    );
    let said = line(&headline(records, stale), 400);
    let roles = roles_of(records);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (verdict(gate)) " · alignspec" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header class=(class_of(gate)) {
                    h1 { (verdict(gate)) }
                    p { (said.split_once(" — ").map_or(said.as_str(), |(_, parts)| parts)) }
                }
                (contents(records, &roles))
                main {
                    (brought::section(brought))
                    (changes::section(records))
                    (filter())
                    @for (at, role) in roles.iter().enumerate() {
                        (of_role(at, role, records, drawn))
                    }
                    (figures::of_all(drawn))
                    (checks::not_run(records))
                    (how_to_read())
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
    .into_string()
        + "\n"
}

fn verdict(gate: Gate) -> &'static str {
    match gate {
        Gate::Yes => "The gate passes",
        Gate::No => "The gate does not pass",
        Gate::CouldNotRun => "The gate could not run",
    }
}

fn class_of(gate: Gate) -> &'static str {
    match gate {
        Gate::Yes => "pass",
        Gate::No => "fail",
        Gate::CouldNotRun => "open",
    }
}

/// Returns the class that colours a trial's result. The text beside it says the same.
fn class(record: &Record) -> &'static str {
    match (record.outcome, record.says) {
        (TrialOutcome::Pass, _) => "pass",
        (TrialOutcome::Inconclusive, _) => "open",
        (_, GateMeaning::No) => "fail",
        _ => "open",
    }
}

/// Returns the word by which the script filters a row.
fn says(record: &Record) -> &'static str {
    match record.says {
        GateMeaning::Yes => "yes",
        GateMeaning::No => "no",
        GateMeaning::CouldNotRun => "not-run",
        GateMeaning::Nothing => "nothing",
    }
}

/// Returns the roles that have results, in the order of the run.
fn roles_of(records: &[Record]) -> Vec<&str> {
    let mut roles: Vec<&str> = Vec::new();
    for role in records.iter().filter_map(|record| record.model.as_deref()) {
        if !roles.contains(&role) {
            roles.push(role);
        }
    }
    roles
}

fn of<'a>(role: &'a str, records: &'a [Record]) -> impl Iterator<Item = &'a Record> + Clone {
    records.iter().filter(move |record| record.model.as_deref() == Some(role))
}

/// Renders a row for each role, with its counts and a link to its results.
fn contents(records: &[Record], roles: &[&str]) -> Markup {
    let count =
        |role: &str, keep: &dyn Fn(&Record) -> bool| of(role, records).filter(|record| keep(record)).count();
    let check = |record: &Record| record.kind == TrialKind::Check;
    let heads = table::number_heads(
        "Role",
        &[
            "Checks passed",
            "Checks that do not pass",
            "Snapshots as stored",
            "Snapshots changed or new",
            "Could not run",
            "Cost of answers",
        ],
    );
    let (_, unjudged) = roles::of_run(records);
    let why_not = |role: &str| unjudged.iter().find(|of| of.role == role).map(|of| of.why);
    let rows = html! {
        @for (at, role) in roles.iter().enumerate() {
            tr {
                th scope="row" {
                    a href=(format!("#role-{at}")) { (line(role, 100)) }
                    @if let Some(why) = why_not(role) { span class="soft" { " not judged: " (why) } }
                }
                td class="number" { (count(role, &|one| check(one) && one.says == GateMeaning::Yes)) }
                td class="number" { (count(role, &|one| check(one) && one.says == GateMeaning::No)) }
                td class="number" { (count(role, &|one| one.kind == TrialKind::Snapshot && one.says == GateMeaning::Yes)) }
                td class="number" { (count(role, &|one| one.kind == TrialKind::Snapshot && one.says == GateMeaning::No)) }
                td class="number" { (count(role, &|one| one.says == GateMeaning::CouldNotRun)) }
                td class="number" { (responses::usd(responses::paid(of(role, records)))) }
            }
        }
    };
    html! { nav aria-label="Roles" { (table::wide("The roles", "The results of each role", &heads, &rows)) } }
}

/// Renders the controls of the script. They stay hidden unless the script runs.
fn filter() -> Markup {
    html! {
        form id="filter" hidden {
            label { "Search " input name="words" type="search"; }
            label { "Show " select name="says" {
                option value="" { "all results" }
                option value="no" { "what does not pass" }
                option value="not-run" { "what could not run" }
                option value="yes" { "what passes" }
                option value="nothing" { "what does not count" }
            } }
            span id="told" role="status" {}
        }
    }
}

fn of_role(at: usize, role: &str, records: &[Record], drawn: &PageFigures) -> Markup {
    let checks = of(role, records).filter(|record| record.kind == TrialKind::Check);
    let snapshots = of(role, records).filter(|record| record.kind == TrialKind::Snapshot);
    html! {
        section aria-labelledby=(format!("role-{at}")) {
            h2 id=(format!("role-{at}")) { (line(role, 100)) }
            (checks::of_role(role, checks))
            (changes::snapshots(role, snapshots))
            (figures::of_role(role, drawn))
            (responses::took(role, of(role, records)))
            (responses::unread(of(role, records)))
        }
    }
}

fn how_to_read() -> Markup {
    html! {
        section aria-labelledby="reading" {
            h2 id="reading" { "How to read this page" }
            p {
                "The dot is the value found, the bar its interval at the check's error rate, the line the bound with the side that passes. "
                "A check passes where the whole interval is on that side, fails where none of it is, and is inconclusive otherwise. "
                "Chance is what answers without opinions would get. "
                "A snapshot holds the answers that somebody accepted last: a change that sampling does not explain fails until it is accepted."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_names_what_is_on_the_page() {
        for (name, text, digest) in [("style", STYLE, STYLE_DIGEST), ("script", SCRIPT, SCRIPT_DIGEST)] {
            let found = base64(ring::digest::digest(&ring::digest::SHA256, text.as_bytes()).as_ref());
            assert_eq!(found, digest, "of the {name}");
        }
    }

    fn base64(bytes: &[u8]) -> String {
        const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let part = |chunk: &[u8]| {
            let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte))
                << (8 * (3 - chunk.len()));
            let letter = |at: usize| {
                if at <= chunk.len() {
                    char::from(LETTERS[(bits >> (18 - 6 * at) & 63) as usize])
                } else {
                    '='
                }
            };
            (0..4).map(letter).collect::<String>()
        };
        bytes.chunks(3).map(part).collect()
    }
}
