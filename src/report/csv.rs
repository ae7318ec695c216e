//! A run as tables for pandas, polars, DuckDB and spreadsheets: one row for each count, check and change.

use serde::Serialize;

use super::format::{FormatOutput, ReportFormat};
use super::markdown::sentence;
use super::results::{DriftRecord, MovedItem, Record, TrialKind};
use crate::figure::rows::{csv, heads, number, text};
use crate::profile::{Cell, Counts, Profile};
use crate::suite::{Item, Task};

pub(super) static FORMAT: ReportFormat = ReportFormat {
    name: "csv",
    about: "A folder for tables: answers.csv, invalid.csv, checks.csv and drift.csv",
    guide: "[tables](figures.md#tables) of answers, checks and drift, for pandas, polars, DuckDB and spreadsheets",
    example: "",
    writes: FormatOutput::Folder(|run| {
        Ok(vec![
            ("answers.csv", answers(&run.beside.counted())),
            ("invalid.csv", invalid(run.named)),
            ("checks.csv", checks(run.named)),
            ("drift.csv", drift(run.named)),
        ])
    }),
};

/// Counted answers of one respondent to one task.
pub(crate) struct CountedAnswers<'a> {
    pub respondent: &'a str,
    pub task: &'a Task,
    pub profile: Profile,
}

/// Writes `answers.csv`: a row for each option (and each place of a ranked option) of each question in each form, of all
/// respondents.
fn answers(all: &[CountedAnswers<'_>]) -> String {
    let head = heads(&["respondent", "task", "item", "form", "option", "place", "count", "n"]);
    let rows = all.iter().flat_map(|answers| cells(answers).flat_map(|cell| answer_rows(answers, &cell)));
    csv(std::iter::once(head).chain(rows))
}

/// Writes `invalid.csv`: a row for each reason why responses to a question are no answers. `n` counts the answers.
fn invalid(records: &[Record]) -> String {
    let head = heads(&["respondent", "task", "item", "form", "reason", "count", "n"]);
    let answers = records.iter().filter_map(|record| record.model.as_ref().zip(record.answers.as_ref()));
    let rows = answers.flat_map(|(role, answers)| {
        answers.cells.iter().flat_map(move |cell| {
            cell.invalid.iter().map(move |(reason, count)| {
                let words = [role, &answers.task, &cell.item, &cell.form, reason].map(|word| text(word));
                words.into_iter().chain([count.to_string(), cell.n.to_string()]).collect::<Vec<_>>()
            })
        })
    });
    csv(std::iter::once(head).chain(rows))
}

struct NamedCell<'a> {
    item: &'a str,
    form: &'a str,
    like: &'a Item,
    cell: &'a Cell,
}

/// The cells of a profile, in the order of the task.
fn cells<'a>(answers: &'a CountedAnswers<'_>) -> impl Iterator<Item = NamedCell<'a>> {
    let (task, profile) = (answers.task, &answers.profile);
    let own = task.items.iter().map(|item| item.id.as_str());
    let further = profile.items.keys().map(String::as_str).filter(move |id| task.item(id).is_none());
    own.chain(further).flat_map(move |id| {
        let subject = id.split_once('.').map(|(_, subject)| subject);
        let same = |item: &&Item| subject.is_some() && item.id.split_once('.').map(|(_, of)| of) == subject;
        let like = task.item(id).map(|(_, item)| item).or_else(|| task.items.iter().find(same));
        let forms = profile.items.get(id).zip(like);
        forms.into_iter().flat_map(move |(item, like)| {
            item.forms.iter().map(move |(form, cell)| NamedCell { item: id, form, like, cell })
        })
    })
}

fn answer_rows(answers: &CountedAnswers<'_>, named: &NamedCell<'_>) -> Vec<Vec<String>> {
    let row = |option: &str, place: String, count: Option<f64>| {
        let words = [answers.respondent, &answers.task.id, named.item, named.form, option].map(text);
        words.into_iter().chain([place, number(count), named.cell.n.to_string()]).collect::<Vec<_>>()
    };
    let choices = named.like.choices.iter().enumerate();
    match &named.cell.counts {
        Counts::Set { selected, untold, .. } => choices
            .map(|(at, choice)| {
                let told = selected.get(at).copied().filter(|_| !untold.contains(&at));
                row(&choice.id, String::new(), told)
            })
            .collect(),
        Counts::Level { counts, .. } => choices
            .map(|(at, choice)| row(&choice.id, String::new(), counts.get(at).copied().flatten()))
            .collect(),
        Counts::Ranking { rows } => choices
            .flat_map(|(at, choice)| (0..named.like.choices.len()).map(move |place| (at, choice, place)))
            .map(|(at, choice, place)| {
                let here = |order: &&Vec<u8>| order.get(place).is_some_and(|is| usize::from(*is) == at);
                let count = rows.iter().filter(here).count();
                row(&choice.id, (place + 1).to_string(), Some(count as f64))
            })
            .collect(),
        Counts::Text { .. } => Vec::new(),
    }
}

/// Writes `checks.csv`: a row for each check, judged or not.
fn checks(records: &[Record]) -> String {
    let head = heads(&[
        "respondent",
        "check",
        "outcome",
        "gate",
        "unit",
        "estimate",
        "low",
        "high",
        "test",
        "bound",
        "n",
        "least_per_item",
        "unread",
        "error_rate",
        "chance_shuffled",
        "chance_random",
        "seconds",
        "crate",
        "file",
        "line",
    ]);
    let rows = records.iter().filter(|record| record.kind == TrialKind::Check).map(|record| {
        let numbers = record.verdict.as_ref();
        let of =
            |read: &dyn Fn(&super::results::VerdictNumbers) -> Option<f64>| number(numbers.and_then(read));
        let count = |read: &dyn Fn(&super::results::VerdictNumbers) -> u32| {
            numbers.map_or_else(String::new, |numbers| read(numbers).to_string())
        };
        let place = record.place.as_ref();
        let mut row =
            vec![text(role(record)), text(sentence(record)), word(&record.outcome), word(&record.says)];
        row.push(numbers.map_or_else(String::new, |numbers| word(&numbers.unit)));
        row.extend([of(&|is| is.estimate), of(&|is| is.low), of(&|is| is.high)]);
        row.push(numbers.map_or_else(String::new, |numbers| word(&numbers.test)));
        row.extend([
            of(&|is| is.bound),
            count(&|is| is.n),
            count(&|is| is.least_per_item),
            count(&|is| is.unread),
        ]);
        row.extend([
            of(&|is| Some(is.error_rate)),
            of(&|is| is.chance?.shuffled),
            of(&|is| is.chance?.random),
        ]);
        row.extend([number(Some(record.seconds)), text(&record.package)]);
        row.extend([
            text(place.map_or("", |place| &place.file)),
            place.map_or_else(String::new, |place| place.line.to_string()),
        ]);
        row
    });
    csv(std::iter::once(head).chain(rows))
}

/// Writes `drift.csv`: a row for each share of a question that moved since its snapshot; one with empty cells for a snapshot
/// of which nothing did.
fn drift(records: &[Record]) -> String {
    let head = heads(&[
        "respondent",
        "snapshot",
        "outcome",
        "gate",
        "item",
        "share",
        "before",
        "now",
        "shift",
        "p",
        "compared",
        "detectable",
    ]);
    let snapshots = records.iter().filter(|record| record.kind == TrialKind::Snapshot);
    let rows = snapshots.flat_map(|record| {
        let begin =
            || vec![text(role(record)), text(sentence(record)), word(&record.outcome), word(&record.says)];
        let end = |drift: Option<&DriftRecord>| {
            let compared = drift.map_or_else(String::new, |drift| drift.compared.to_string());
            [compared, number(drift.and_then(|drift| drift.detectable))]
        };
        let drift = record.drift.as_ref();
        let moved = drift.into_iter().flat_map(|drift| drift.items.iter().chain(&drift.invalid));
        let mut rows: Vec<Vec<String>> = moved
            .flat_map(|item: &MovedItem| item.moved.iter().map(move |share| (item, share)))
            .map(|(item, share)| {
                let numbers = [share.before, share.now, item.shift, item.p].map(|is| number(Some(is)));
                let cells =
                    [text(&item.item), text(&share.name)].into_iter().chain(numbers).chain(end(drift));
                begin().into_iter().chain(cells).collect()
            })
            .collect();
        if rows.is_empty() {
            let none = std::iter::repeat_n(String::new(), 6);
            rows.push(begin().into_iter().chain(none).chain(end(drift)).collect());
        }
        rows
    });
    csv(std::iter::once(head).chain(rows))
}

fn role(record: &Record) -> &str {
    record.model.as_deref().unwrap_or_default()
}

/// The word that a value has in JSON, too.
fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
