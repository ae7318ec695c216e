//! Renders what changed since the snapshots: first in words, then each share that moved, before and now.

use maud::{Markup, html};

use super::{class, picture, says, table};
use crate::ground::format::counted;
use crate::report::escape::line;
use crate::report::markdown::{drifted, reason, sentence};
use crate::report::results::{DriftRecord, MovedItem, Record, TrialKind};

const LONG: usize = 400;
/// The most items of one snapshot that are drawn.
const MOST: usize = 100;

/// Renders what changed, in the words of `cargo alignspec diff`; or that nothing did, if snapshots were compared.
pub(super) fn section(records: &[Record]) -> Markup {
    let changed: Vec<(&Record, &String)> = drifted(records).collect();
    let compared = records.iter().any(|record| record.kind == TrialKind::Snapshot);
    html! {
        @if compared {
            section aria-labelledby="changed" {
                h2 id="changed" { "What changed since the snapshots" }
                @if changed.is_empty() {
                    p { "Nothing that could be compared changed by more than sampling explains." }
                } @else {
                    ul {
                        @for (record, words) in changed {
                            li { b { (line(record.model.as_deref().unwrap_or_default(), 100)) } ": " (line(words, LONG)) }
                        }
                    }
                }
            }
        }
    }
}

/// Renders a row for each snapshot of a role.
pub(super) fn snapshots<'a>(role: &str, snapshots: impl Iterator<Item = &'a Record>) -> Markup {
    let snapshots: Vec<&Record> = snapshots.collect();
    if snapshots.is_empty() {
        return html! {};
    }
    let heads = html! {
        th scope="col" data-sort="text" { "Verdict" }
        th scope="col" data-sort="text" { "Snapshot" }
        th scope="col" { "What moved (ring: accepted, dot: now)" }
    };
    let rows = html! {
        @for record in snapshots {
            tr data-says=(says(record)) {
                td class={ "verdict " (class(record)) } { (record.outcome.words()) }
                td class="what" { (line(sentence(record), LONG)) }
                td { (moved(record)) }
            }
        }
    };
    let name = format!("Snapshots of {}", line(role, 100));
    html! {
        h3 { "Snapshots" }
        (table::wide(&name, "The current answers compared with the accepted ones", &heads, &rows))
    }
}

fn moved(record: &Record) -> Markup {
    let Some(drift) = &record.drift else { return html! { (line(&reason(record), LONG)) } };
    let items: Vec<(&MovedItem, String)> = items(drift);
    html! {
        @if let Some(general) = &drift.general { p { (line(&general.words, LONG)) } }
        @for (item, name) in items.iter().take(MOST) {
            p { (name) span class="soft" { " · shift " (format!("{:.2}", item.shift)) ", p " (format!("{:.1e}", item.p)) } }
            (picture::shares(&item.moved))
        }
        @if items.len() > MOST { p { "… and " (items.len() - MOST) " more." } }
        @for item in &drift.unmatched { p { (line(item, LONG)) ": answered on one side only" } }
        @if let Some(doubt) = &drift.doubt { p { (line(doubt, LONG)) } }
        @if items.is_empty() && drift.general.is_none() && drift.doubt.is_none() {
            @match drift.detectable {
                Some(shift) => { p class="soft" { "Nothing. A shift of " (format!("{shift:.2}")) " in one question would likely have been seen (" (counted(drift.compared, "question")) " compared)." } }
                None => { p class="soft" { "Nothing was seen, but so few answers could not show a change." } }
            }
        }
    }
}

fn items(drift: &DriftRecord) -> Vec<(&MovedItem, String)> {
    let named =
        |item: &MovedItem| if item.item.is_empty() { "answers".to_owned() } else { line(&item.item, LONG) };
    let items = drift.items.iter().map(|item| (item, named(item)));
    items.chain(drift.invalid.iter().map(|item| (item, "invalid responses".to_owned()))).collect()
}
