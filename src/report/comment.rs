//! A comment on a pull request, in GitHub's Markdown: the gate's answer, what the answers now say other than the base
//! branch's snapshots, whose these are and how old, what failed, and what the answers cost. It fits into what GitHub
//! takes: whole rows are left out, counted, and to be found elsewhere. A hidden marker tells the comment from others.

use std::fmt::Write as _;

use jiff::civil::Date;

use super::brought;
use super::escape::{code, prose};
use super::format::{FormatOutput, ReportFormat};
use super::gate::{Gate, headline};
use super::markdown::{answers, chance, model, reason, sentence, shown, verdict};
use super::results::{GateMeaning, Record, TrialKind, TrialOutcome};
use crate::ground::format::{counted, percent, thousands};

/// The most characters that GitHub takes.
pub(crate) const MOST: usize = 65_536;
/// Room for the note that says how many rows of a part are left out.
const NOTE: usize = 200;
/// The most shares of one question that a row shows.
const MOST_SHARES: usize = 3;

pub(super) static FORMAT: ReportFormat = ReportFormat {
    name: "comment",
    about: "A comment for a pull request, of at most 65,536 characters",
    guide: "[a comment](#the-comment) for a pull request, of at most 65,536 characters",
    example: "",
    writes: FormatOutput::File(|run| {
        let brought = run.brought.map_or_else(Vec::new, brought::rows);
        Ok(render((run.named, run.stale), brought, &run.beside.comment()))
    }),
};

/// What a comment says besides the results.
#[derive(Debug)]
pub(crate) struct PullRequestComment<'a> {
    /// Tells this gate's comment from that of another one, in the marker.
    pub name: &'a str,
    /// The comparison with the base branch, or why there is none.
    pub base: Result<ComparedWithBase, String>,
    /// Where the page and all results are.
    pub link: Option<&'a str>,
}

/// The answers now against the snapshots of a base branch.
#[derive(Debug, Default)]
pub(crate) struct ComparedWithBase {
    /// The name of the branch, for readers.
    pub branch: String,
    pub roles: Vec<RoleAgainstBase>,
}

/// The answers of a role against its snapshots on the base branch.
#[derive(Debug, Default)]
pub(crate) struct RoleAgainstBase {
    pub role: String,
    pub baselines: Vec<BaselineOfTasks>,
    /// Who answers now.
    pub now: Option<String>,
    /// What changed, in words, largest shift first; or what could have been seen.
    pub words: Vec<String>,
    pub changed: Vec<ChangedSinceBase>,
    /// What the answers now took in tokens and money.
    pub cost: Option<String>,
    /// What is not compared, and why.
    pub notes: Vec<String>,
}

/// The snapshots of some tasks that are of the same answers.
#[derive(Debug, PartialEq)]
pub(crate) struct BaselineOfTasks {
    pub tasks: Vec<String>,
    /// Who answered.
    pub who: String,
    /// The day of the answers, and how many days ago that is.
    pub day: Option<(Date, i64)>,
}

/// A question whose answers have changed.
#[derive(Debug)]
pub(crate) struct ChangedSinceBase {
    pub task: String,
    pub item: String,
    /// Shares by name, before and now; the one that moved most first.
    pub shares: Vec<(String, f64, f64)>,
    pub shift: f64,
    pub p: f64,
}

/// A part of the comment of which rows may be left out.
struct CommentPart {
    head: String,
    rows: Vec<String>,
    /// Where rows that are left out stand instead.
    elsewhere: &'static str,
}

const IN_SUMMARY: &str = "in the job summary and on the page";
const ON_PAGE: &str = "in `cargo alignspec diff`";

/// The first line of a comment: nobody sees it, and the next run knows the comment by it.
pub(crate) fn marker(name: &str) -> String {
    format!("<!-- alignspec-comment: {name} -->")
}

/// Writes the comment; `brought` says what the pull request brings, in rows.
fn render(
    (records, stale): (&[Record], usize),
    brought: Vec<String>,
    comment: &PullRequestComment<'_>,
) -> String {
    let sign = match Gate::of(records) {
        Gate::Yes => "✅",
        Gate::No => "❌",
        Gate::CouldNotRun => "⚠️",
    };
    let head = format!("{}\n## {sign} {}\n", marker(comment.name), headline(records, stale));
    let mut parts = vec![CommentPart::list(&format!("### {}\n", brought::TITLE), brought)];
    parts.extend(match &comment.base {
        Ok(base) => compared(base),
        Err(why) => vec![CommentPart::list("### Not compared with the base branch\n", vec![item(why)])],
    });
    parts.extend(judged(records));
    if let Ok(base) = &comment.base {
        let costs = base
            .roles
            .iter()
            .filter_map(|role| Some(format!("- {}: {}\n", code(&role.role), prose(role.cost.as_deref()?))));
        parts.push(CommentPart::list(
            "### What the answers took, whenever they were asked for\n",
            costs.collect(),
        ));
    }
    let tail = match comment.link {
        Some(link) => format!("\n[The page and all results](<{link}>)\n"),
        None => String::new(),
    };
    fit(&head, parts, &tail, MOST)
}

/// What changed since the base branch's snapshots, and whose these are.
fn compared(base: &ComparedWithBase) -> Vec<CommentPart> {
    let branch = code(&base.branch);
    let mut baselines = Vec::new();
    let (mut words, mut changed, mut notes) = (Vec::new(), Vec::new(), Vec::new());
    for role in &base.roles {
        let name = code(&role.role);
        for baseline in &role.baselines {
            let now = role.now.as_deref().map_or_else(|| "—".to_owned(), code);
            let (tasks, who) = (code(&baseline.tasks.join(", ")), code(&baseline.who));
            baselines.push(format!("| {name} | {tasks} | {who} | {} | {now} |\n", taken(baseline.day)));
        }
        words.extend(role.words.iter().map(|words| format!("- {name}: {}\n", prose(words))));
        changed.extend(role.changed.iter().map(|one| (one.shift, row(&name, one))));
        notes.extend(role.notes.iter().map(|note| format!("- {name}: {}\n", prose(note))));
    }
    changed.sort_by(|a, b| b.0.total_cmp(&a.0));
    let rows = changed.into_iter().map(|(_, row)| row).collect();
    vec![
        CommentPart::list(&format!("### What changed since the snapshots on {branch}\n"), words)
            .from(ON_PAGE),
        CommentPart::table(
            "",
            &["role", "question", "then → now", "shift", "p"],
            "| --- | --- | --- | ---: | ---: |",
            rows,
        )
        .from(ON_PAGE),
        CommentPart::table(
            &format!("### The snapshots on {branch}\n"),
            &["role", "tasks", "answered then by", "answered", "answers now"],
            "| --- | --- | --- | --- | --- |",
            baselines,
        )
        .from(ON_PAGE),
        CommentPart::list("### Not compared\n", notes).from(ON_PAGE),
    ]
}

/// What the gate found.
fn judged(records: &[Record]) -> Vec<CommentPart> {
    let check = |record: &&Record| {
        record.kind == TrialKind::Check
            && !matches!(record.outcome, TrialOutcome::Pass | TrialOutcome::Ignored | TrialOutcome::NotJudged)
            && record.says != GateMeaning::CouldNotRun
    };
    let checks = records.iter().filter(check).map(|record| {
        let (found, interval, n, by_chance) = match &record.verdict {
            Some(numbers) => {
                let (found, interval, _) = shown(numbers);
                (found, interval, answers(numbers), chance(numbers).unwrap_or_default())
            }
            None => Default::default(),
        };
        let (what, who) = (code(sentence(record)), model(record));
        format!("| {} | {who} | {what} | {found} | {interval} | {n} | {by_chance} |\n", verdict(record))
    });
    let snapshot = |record: &&Record| record.kind == TrialKind::Snapshot && record.says == GateMeaning::No;
    let snapshots = records
        .iter()
        .filter(snapshot)
        .map(|record| format!("| {} | {} | {} |\n", verdict(record), model(record), code(sentence(record))));
    let open = records.iter().filter(|record| record.says == GateMeaning::CouldNotRun);
    let open = open.map(|record| {
        format!("| {} | {} | {} |\n", verdict(record), code(&record.name), code(&reason(record)))
    });
    vec![
        CommentPart::table(
            "### Failed and undecided\n",
            &["verdict", "model", "check", "found", "interval", "n", "chance"],
            "| --- | --- | --- | ---: | ---: | ---: | --- |",
            checks.collect(),
        ),
        CommentPart::table(
            "### Snapshots to review\n",
            &["verdict", "model", "snapshot of this pull request"],
            "| --- | --- | --- |",
            snapshots.collect(),
        ),
        CommentPart::table(
            "### Could not run\n",
            &["what", "test", "why"],
            "| --- | --- | --- |",
            open.collect(),
        ),
    ]
}

fn item(text: &str) -> String {
    format!("- {}\n", prose(text))
}

fn row(role: &str, one: &ChangedSinceBase) -> String {
    let question = format!("{} {}", one.task, one.item);
    let shares = one.shares.iter().filter(|(_, then, now)| then != now).take(MOST_SHARES);
    let shares: Vec<String> = shares
        .map(|(name, then, now)| format!("{} {} → {}", code(name), percent(*then), percent(*now)))
        .collect();
    let (question, shares) = (code(question.trim_end()), shares.join(", "));
    format!("| {role} | {question} | {shares} | {:.2} | {:.1e} |\n", one.shift, one.p)
}

/// Writes `2026-11-20, 7 days ago`.
fn taken(day: Option<(Date, i64)>) -> String {
    match day {
        None => "not told".to_owned(),
        Some((day, 0)) => format!("{day}, today"),
        Some((day, ago)) if ago > 0 => {
            format!("{day}, {} ago", counted(usize::try_from(ago).unwrap_or(usize::MAX), "day"))
        }
        // Clocks differ.
        Some((day, _)) => day.to_string(),
    }
}

impl CommentPart {
    fn list(title: &str, rows: Vec<String>) -> CommentPart {
        let head = if title.is_empty() { "\n".to_owned() } else { format!("\n{title}\n") };
        CommentPart { head, rows, elsewhere: IN_SUMMARY }
    }

    fn table(title: &str, columns: &[&str], line: &str, rows: Vec<String>) -> CommentPart {
        let mut part = CommentPart::list(title, rows);
        let _ = write!(part.head, "| {} |\n{line}\n", columns.join(" | "));
        part
    }

    fn from(self, elsewhere: &'static str) -> CommentPart {
        CommentPart { elsewhere, ..self }
    }
}

/// The length of a text, so that no way to count characters comes to more.
fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Puts the parts that have rows between `head` and `tail`, with as many whole rows as fit. A part that needs less
/// than its share of the room leaves the rest to the others.
fn fit(head: &str, parts: Vec<CommentPart>, tail: &str, most: usize) -> String {
    let parts: Vec<CommentPart> = parts.into_iter().filter(|part| !part.rows.is_empty()).collect();
    let fixed: usize = parts.iter().map(|part| length(&part.head) + NOTE).sum();
    let mut left = most.saturating_sub(length(head) + length(tail) + fixed);
    let needs: Vec<usize> = parts.iter().map(|part| part.rows.iter().map(|row| length(row)).sum()).collect();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|at| needs[*at]);
    let mut taken = vec![0; parts.len()];
    for (done, at) in order.iter().enumerate() {
        let share = left / (order.len() - done);
        let mut used = 0;
        for row in &parts[*at].rows {
            let more = length(row);
            if used + more > share {
                break;
            }
            used += more;
            taken[*at] += 1;
        }
        left -= used;
    }
    let mut text = head.to_owned();
    for (part, taken) in parts.iter().zip(taken) {
        text += &part.head;
        part.rows[..taken].iter().for_each(|row| text += row);
        if let more @ 1.. = part.rows.len() - taken {
            let _ =
                write!(text, "\n… and {} more, left out here: {}.\n", thousands(more as u64), part.elsewhere);
        }
    }
    text + tail
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(rows: usize, row: &str) -> CommentPart {
        CommentPart::table("### Part\n", &["a"], "| --- |", vec![format!("| {row} |\n"); rows])
    }

    #[test]
    fn whole_rows_are_left_out_and_counted_and_all_parts_get_room() {
        let whole = fit("head\n", vec![part(2, "x"), part(0, "y")], "tail\n", 1_000);
        assert_eq!(whole, "head\n\n### Part\n\n| a |\n| --- |\n| x |\n| x |\ntail\n");
        for most in (1_200..60_000).step_by(777) {
            let parts = vec![part(5_000, "é😀 long"), part(3, "short"), part(900, "other")];
            let text = fit("head\n", parts, "tail\n", most);
            assert!(length(&text) <= most && text.chars().count() <= most, "{most}: {}", length(&text));
            assert!(text.ends_with("tail\n"), "{text}");
            let rows = |row: &str| text.lines().filter(|line| *line == format!("| {row} |")).count();
            let told: Vec<usize> = text
                .lines()
                .filter_map(|line| {
                    line.strip_prefix("… and ")?.split(' ').next()?.replace(',', "").parse().ok()
                })
                .collect();
            assert_eq!(rows("short"), 3, "{most}");
            let all = rows("é😀 long") + rows("short") + rows("other") + told.iter().sum::<usize>();
            assert_eq!(all, 5_903, "{most}");
            assert!(rows("é😀 long") > 0 && rows("other") > 0, "{most}: one part took all the room");
        }
    }

    #[test]
    fn a_name_with_markup_stays_a_name() {
        let hostile = "a|b <img src=x> @all [x](http://y)\n## h --> `c`";
        let changed = ChangedSinceBase {
            task: "T1".to_owned(),
            item: hostile.to_owned(),
            shares: vec![(hostile.to_owned(), 0.5, 0.25)],
            shift: 0.25,
            p: 0.001,
        };
        let role = RoleAgainstBase {
            role: hostile.to_owned(),
            baselines: vec![BaselineOfTasks {
                tasks: vec!["T1".to_owned()],
                who: hostile.to_owned(),
                day: Some((jiff::civil::date(2026, 11, 20), 7)),
            }],
            now: Some(hostile.to_owned()),
            words: vec![hostile.to_owned()],
            changed: vec![changed],
            cost: Some(hostile.to_owned()),
            notes: vec![hostile.to_owned()],
        };
        let base = Ok(ComparedWithBase { branch: "main".to_owned(), roles: vec![role] });
        let comment = PullRequestComment { name: "gate", base, link: None };
        let text = render((&[], 0), Vec::new(), &comment);
        assert!(text.starts_with("<!-- alignspec-comment: gate -->\n## ⚠️ gate: could not run"), "{text}");
        assert!(text.contains("| 2026-11-20, 7 days ago |"), "{text}");
        assert_eq!(text.matches("-->").count(), 1 + text.matches("<!-- -->").count(), "{text}");
        for bad in ["<img", "\n## h", "@all", "[x]("] {
            assert!(!text.contains(bad), "{bad} in {text}");
        }
    }

    #[test]
    fn ages_are_in_days() {
        let day = jiff::civil::date(2026, 11, 20);
        assert_eq!(taken(Some((day, 0))), "2026-11-20, today");
        assert_eq!(taken(Some((day, 1))), "2026-11-20, 1 day ago");
        assert_eq!((taken(Some((day, -1))), taken(None)), ("2026-11-20".to_owned(), "not told".to_owned()));
    }
}
