//! A job summary in GitHub's Markdown: first each no, then what drifted, what could not run, and, folded,
//! what passed.

use std::collections::HashSet;
use std::fmt::Write as _;

use super::escape::{block, code};
use super::format::{FormatOutput, ReportFormat};
use super::gate::{Gate, headline};
use super::limit;
pub(super) use super::reason::reason;
use super::results::{BoundTest, GateMeaning, MovedItem, Record, TrialKind, TrialOutcome, VerdictNumbers};
use crate::ground::format::percent;

/// The most rows of a table, because GitHub limits the size; other reports have all of them.
const MOST_ROWS: usize = 300;
/// The number of failed trials whose texts are shown in full.
const MOST_TEXTS: usize = 60;

pub(super) static FORMAT: ReportFormat = ReportFormat {
    name: "markdown",
    about: "A job summary, for $GITHUB_STEP_SUMMARY",
    guide: "a job summary: what failed or is undecided, what drifted (old → new, largest shift first), what could not run, and, folded, the rest. It replaces the file. It ends at a megabyte with a line that says so, since GitHub drops a longer one whole",
    example: "summary.md",
    writes: FormatOutput::File(|run| Ok(limit::fit(render(run.named, run.stale), limit::MOST))),
};

/// Writes the summary of a run.
fn render(records: &[Record], stale: usize) -> String {
    let sign = match Gate::of(records) {
        Gate::Yes => "✅",
        Gate::No => "❌",
        Gate::CouldNotRun => "⚠️",
    };
    let mut text = format!("## {sign} {}\n", headline(records, stale));
    changed(&mut text, records);
    let undecided =
        |record: &&Record| record.kind == TrialKind::Check && record.outcome != TrialOutcome::Pass;
    let judged = records.iter().filter(undecided).filter(|record| record.says != GateMeaning::CouldNotRun);
    let judged: Vec<&Record> = judged
        .filter(|record| !matches!(record.outcome, TrialOutcome::Ignored | TrialOutcome::NotJudged))
        .collect();
    if !judged.is_empty() {
        text += "\n### Failed and undecided\n\n";
        reasons(&mut text, &judged);
        checks(&mut text, &judged);
    }
    drift(&mut text, records);
    listed(&mut text, "Could not run", records, |record| record.says == GateMeaning::CouldNotRun);
    texts(&mut text, records);
    let passed: Vec<&Record> = records.iter().filter(|record| record.says == GateMeaning::Yes).collect();
    if !passed.is_empty() {
        let _ = write!(text, "\n<details><summary>{} passed</summary>\n\n", passed.len());
        checks(&mut text, &passed);
        unanswered(&mut text, &passed);
        text += "\n</details>\n";
    }
    let ignored = |record: &Record| record.outcome == TrialOutcome::Ignored;
    listed(&mut text, "Ignored", records, ignored);
    let left_out =
        |record: &Record| record.outcome == TrialOutcome::NotJudged && record.says == GateMeaning::Nothing;
    listed(&mut text, "Not judged", records, left_out);
    text
}

/// Writes what drifted, in the words of `cargo alignspec diff`.
fn changed(text: &mut String, records: &[Record]) {
    let line = |(record, words): (&Record, &String)| {
        format!("- {} {}: {}", model(record), code(task(record)), code(words))
    };
    let lines: Vec<String> = drifted(records).map(line).collect();
    if lines.is_empty() {
        return;
    }
    *text += "\n### What changed\n\n";
    lines.iter().take(MOST_ROWS).for_each(|line| {
        let _ = writeln!(text, "{line}");
    });
    more(text, lines.len());
}

/// The words for what drifted, each with its snapshot's record.
pub(super) fn drifted(records: &[Record]) -> impl Iterator<Item = (&Record, &String)> {
    let drifted = records
        .iter()
        .filter(|record| record.says == GateMeaning::No && record.outcome == TrialOutcome::Drifted);
    drifted.flat_map(|record| {
        record.drift.iter().flat_map(|drift| &drift.words).map(move |words| (record, words))
    })
}

/// Writes the purpose (`why`) of each check that failed, once.
fn reasons(text: &mut String, records: &[&Record]) {
    let mut told: Vec<(&str, &str)> = Vec::new();
    let mut known: HashSet<(&str, &str)> = HashSet::new();
    for record in records {
        if let Some(why) = &record.why {
            let reason = (sentence(record), why.as_str());
            if known.insert(reason) {
                told.push(reason);
            }
        }
    }
    for (sentence, why) in told.iter().take(MOST_ROWS) {
        let _ = writeln!(text, "- {}: {}", code(sentence), code(why));
    }
    if !told.is_empty() {
        *text += "\n";
    }
}

/// Writes the table of checks; each bound is in its sentence.
fn checks(text: &mut String, records: &[&Record]) {
    let shown_records = || records.iter().take(MOST_ROWS);
    let with_people = shown_records().any(|record| resurveys(record, code).is_some());
    let (title, line, blank) = if with_people { (" re-surveys |", " --- |", "  |") } else { ("", "", "") };
    let _ = writeln!(text, "| verdict | model | check | found | interval | n | chance |{title}");
    let _ = writeln!(text, "| --- | --- | --- | ---: | ---: | ---: | --- |{line}");
    for record in shown_records() {
        let _ = write!(text, "| {} | {} | {} |", verdict(record), model(record), code(sentence(record)));
        match &record.verdict {
            Some(numbers) => {
                let (found, interval, _) = shown(numbers);
                let _ = write!(
                    text,
                    " {found} | {interval} | {} | {} |",
                    answers(numbers),
                    chance(numbers).unwrap_or_default()
                );
                match resurveys(record, code) {
                    Some(words) => _ = writeln!(text, " {words} |"),
                    None => _ = writeln!(text, "{blank}"),
                }
            }
            None => _ = writeln!(text, "  |  |  |  |{blank}"),
        }
    }
    more(text, records.len());
}

/// What other surveys of as many people would say: `practitioners: the same five in 61 % of re-surveys of 140`.
pub(super) fn resurveys(record: &Record, words: impl Fn(&str) -> String) -> Option<String> {
    let numbers = record.verdict.as_ref()?;
    let held = numbers.surveys.map(|surveys| format!("held in {} of {}", surveys.held, surveys.of));
    let people = numbers.people.as_ref().map(|people| words(&people.words));
    let all: Vec<String> = people.into_iter().chain(held).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

/// Writes the notes about responses without an answer or recorded twice, about checks that have changed, and about
/// doubtful figures, of trials that passed and did not print them all.
fn unanswered(text: &mut String, records: &[&Record]) {
    let notes = |record: &Record| {
        [&record.unread[..], &record.recorded, &record.since, &record.doubts].concat().join("; ")
    };
    let told: Vec<(&str, String)> =
        records.iter().map(|record| (record.name.as_str(), notes(record))).collect();
    let told: Vec<_> = told.into_iter().filter(|(_, notes)| !notes.is_empty()).collect();
    if !told.is_empty() {
        *text += "\n";
    }
    for (name, notes) in told.iter().take(MOST_ROWS) {
        let _ = writeln!(text, "- {}: {}", code(name), code(notes));
    }
    more(text, told.len());
}

/// Writes the outcome of a trial, in bold if it stops the gate.
pub(super) fn verdict(record: &Record) -> String {
    match record.says {
        GateMeaning::No | GateMeaning::CouldNotRun => format!("**{}**", record.outcome.words()),
        GateMeaning::Yes | GateMeaning::Nothing => record.outcome.words().to_owned(),
    }
}

pub(super) fn model(record: &Record) -> String {
    record.model.as_deref().map_or_else(|| "—".to_owned(), code)
}

/// Returns a trial's name without its model.
pub(super) fn sentence(record: &Record) -> &str {
    let model = record.model.as_deref().unwrap_or_default();
    record.name.strip_prefix(model).and_then(|rest| rest.strip_prefix("::")).unwrap_or(&record.name)
}

/// Writes how many responses were judged, and how many of them are unread.
pub(super) fn answers(numbers: &VerdictNumbers) -> String {
    match numbers.unread {
        0 => numbers.n.to_string(),
        unread => format!("{} ({unread} unread)", numbers.n),
    }
}

/// Writes the estimate, the interval and the bound as the terminal shows them.
pub(super) fn shown(numbers: &VerdictNumbers) -> (String, String, String) {
    let show = |number: Option<f64>| number.map_or_else(|| "—".to_owned(), |value| numbers.unit.show(value));
    let bound = match numbers.test {
        BoundTest::AtLeast => format!("≥ {}", show(numbers.bound)),
        BoundTest::AtMost => format!("≤ {}", show(numbers.bound)),
        BoundTest::BeatsChance => match numbers.bound {
            Some(bound) => format!("> {} by chance", numbers.unit.show(bound)),
            None => "beats chance".to_owned(),
        },
    };
    (show(numbers.estimate), format!("{} to {}", show(numbers.low), show(numbers.high)), bound)
}

pub(super) fn chance(numbers: &VerdictNumbers) -> Option<String> {
    let (chance, unit) = (numbers.chance?, numbers.unit);
    let mut parts = Vec::new();
    if let Some(mean) = chance.shuffled {
        let side = if numbers.test == BoundTest::AtMost { "at least" } else { "at most" };
        let end = chance.shuffled_95.map(|end| format!(" (95 % {side} {})", unit.show(end)));
        parts.push(format!("{} shuffled{}", unit.show(mean), end.unwrap_or_default()));
    }
    parts.extend(chance.random.map(|mean| format!("{} random", unit.show(mean))));
    Some(parts.join(", "))
}

/// Writes what drifted, the largest shift first.
fn drift(text: &mut String, records: &[Record]) {
    let failed: Vec<&Record> = records
        .iter()
        .filter(|record| record.kind == TrialKind::Snapshot && record.says == GateMeaning::No)
        .collect();
    if failed.is_empty() {
        return;
    }
    *text += "\n### Drift\n\n| model | task | item | old → new | shift | p |\n| --- | --- | --- | --- | ---: | ---: |\n";
    let mut rows: Vec<(f64, String)> = Vec::new();
    for record in failed {
        let start = format!("| {} | {} |", model(record), code(task(record)));
        let Some(drift) = record.drift.as_ref().filter(|_| record.outcome == TrialOutcome::Drifted) else {
            let what = match record.outcome {
                TrialOutcome::NewSnapshot => "nothing to compare with yet",
                TrialOutcome::Inconclusive => {
                    let doubt = record.drift.as_ref().and_then(|drift| drift.doubt.as_deref());
                    doubt.unwrap_or("too few answers to show any change")
                }
                _ => "not comparable",
            };
            rows.push((-1.0, format!("{start} — | **{}**: {what} |  |  |\n", record.outcome.words())));
            continue;
        };
        if let Some(shift) = &drift.general {
            let row = format!(
                "{start} {} | a general shift: {} | {:.2} | {:.1e} |\n",
                if drift.items.is_empty() { "all together" } else { "the others together" },
                shift.words,
                shift.size,
                shift.p
            );
            // A general shift comes before single items, since it is about all of them.
            rows.push((1.0 + shift.size, row));
        }
        for (moved, item) in drift
            .items
            .iter()
            .map(|moved| {
                (moved, if moved.item.is_empty() { "answers".to_owned() } else { code(&moved.item) })
            })
            .chain(drift.invalid.iter().map(|moved| (moved, "invalid responses".to_owned())))
        {
            let row =
                format!("{start} {item} | {} | {:.2} | {:.1e} |\n", shares(moved), moved.shift, moved.p);
            rows.push((moved.shift, row));
        }
        for item in &drift.unmatched {
            rows.push((0.0, format!("{start} {} | answered on one side only |  |  |\n", code(item))));
        }
    }
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    let count = rows.len();
    rows.into_iter().take(MOST_ROWS).for_each(|(_, row)| *text += &row);
    more(text, count);
}

fn task(record: &Record) -> &str {
    sentence(record).split(' ').next().unwrap_or_default()
}

fn shares(moved: &MovedItem) -> String {
    let moved = moved.moved.iter();
    let moved: Vec<String> =
        moved.map(|of| format!("{} {} → {}", code(&of.name), percent(of.before), percent(of.now))).collect();
    moved.join(", ")
}

fn listed(text: &mut String, title: &str, records: &[Record], keep: impl Fn(&Record) -> bool) {
    let kept: Vec<&Record> = records.iter().filter(|record| keep(record)).collect();
    if kept.is_empty() {
        return;
    }
    let _ = write!(text, "\n### {title}\n\n| what | test | why |\n| --- | --- | --- |\n");
    for record in kept.iter().take(MOST_ROWS) {
        let _ =
            writeln!(text, "| {} | {} | {} |", verdict(record), code(&record.name), code(&reason(record)));
    }
    more(text, kept.len());
}

/// Writes what `cargo test` printed of each failed trial.
fn texts(text: &mut String, records: &[Record]) {
    let stops = |record: &&Record| matches!(record.says, GateMeaning::No | GateMeaning::CouldNotRun);
    let failed = records.iter().filter(stops).filter(|record| record.text.is_some()).take(MOST_TEXTS);
    let texts: Vec<String> = failed.filter_map(|record| record.text.as_deref()).map(block).collect();
    if texts.is_empty() {
        return;
    }
    *text += "\n<details><summary>What the tests printed</summary>\n\n";
    // Everything up to the closing tag is HTML, with or without blank lines, so nothing in it is Markdown.
    let _ = writeln!(text, "{}", maud::html! { pre { (texts.join("\n\n")) } }.into_string());
    *text += "\n</details>\n";
}

fn more(text: &mut String, count: usize) {
    if count > MOST_ROWS {
        let _ = writeln!(text, "\n… and {} more.", count - MOST_ROWS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::results::DriftRecord;

    #[test]
    fn a_run_without_results_says_so() {
        assert_eq!(render(&[], 0), "## ⚠️ gate: could not run — there are no results\n");
    }

    #[test]
    fn a_pass_that_rests_on_doubtful_figures_says_so() {
        let mut record = Record { name: "m::T3 undecided <= 50%".into(), ..Record::default() };
        record.model = Some("m".to_owned());
        record.ends(TrialOutcome::Pass);
        record.doubts = vec!["m, T3 streaming.a/b: a copy, it seems".to_owned()];
        let text = render(&[record], 0);
        assert!(
            text.contains("\n- `m::T3 undecided <= 50%`: `m, T3 streaming.a/b: a copy, it seems`\n"),
            "{text}"
        );
    }

    #[test]
    fn the_largest_shift_comes_first_and_long_tables_end() {
        let moved =
            |item: &str, shift: f64| MovedItem { item: item.to_owned(), shift, p: 0.001, moved: Vec::new() };
        let mut record = Record {
            kind: TrialKind::Snapshot,
            name: "m::T2 as in its snapshot".into(),
            ..Record::default()
        };
        record.model = Some("m".to_owned());
        record.ends(TrialOutcome::Drifted);
        record.drift = Some(DriftRecord {
            words: Vec::new(),
            items: (0..MOST_ROWS).map(|at| moved(&format!("i{at}"), at as f64 / 1000.0)).collect(),
            general: None,
            invalid: Some(moved("", 0.9)),
            unmatched: vec!["gone".to_owned()],
            not_compared: Vec::new(),
            doubt: None,
            compared: MOST_ROWS,
            detectable: None,
            error_rate: 0.01,
        });
        let text = render(&[record], 0);
        let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| `m`")).collect();
        assert_eq!(rows[0], "| `m` | `T2` | invalid responses |  | 0.90 | 1.0e-3 |");
        assert_eq!(rows[1], "| `m` | `T2` | `i299` |  | 0.30 | 1.0e-3 |");
        assert!(rows.len() == MOST_ROWS && text.ends_with("\n… and 2 more.\n"), "{text}");
    }
}
