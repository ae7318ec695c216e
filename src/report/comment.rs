//! A comment on a pull request, in GitHub's Markdown: the gate's answer and of which roles it is, what the answers now say
//! other than the base branch's snapshots, what failed, whose the snapshots are and how old, and what the answers cost. It
//! fits into what GitHub takes: whole rows are left out, counted, and to be found elsewhere. A hidden marker tells the
//! comment from others.

mod parts;

use jiff::civil::Date;

use super::escape::{code, prose};
use super::format::{FormatOutput, ReportFormat};
use super::gate::{Gate, headline};
use super::markdown::{answers, chance, drifted, model, reason, sentence, shown, verdict};
use super::results::{GateMeaning, Record, TrialKind, TrialOutcome};
use super::roles;
use crate::ground::format::{counted, percent};
use parts::{CommentPart, IN_DIFF, fit};

/// The most characters that GitHub takes.
pub(crate) const MOST: usize = 65_536;
/// The most shares of one question that a row shows.
const MOST_SHARES: usize = 3;
/// The most roles that are named of those that were not judged for one reason.
const MOST_ROLES: usize = 20;

pub(super) static FORMAT: ReportFormat = ReportFormat {
    name: "comment",
    about: "A comment for a pull request, of at most 65,536 characters",
    guide: "[a comment](#the-comment) for a pull request, of at most 65,536 characters",
    example: "",
    writes: FormatOutput::File(|run| Ok(render(run.named, run.stale, &run.beside.comment()))),
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

/// The first line of a comment: nobody sees it, and the next run knows the comment by it.
pub(crate) fn marker(name: &str) -> String {
    format!("<!-- alignspec-comment: {name} -->")
}

/// Writes the comment.
fn render(records: &[Record], stale: usize, comment: &PullRequestComment<'_>) -> String {
    let sign = match Gate::of(records) {
        Gate::Yes => "✅",
        Gate::No => "❌",
        Gate::CouldNotRun => "⚠️",
    };
    let mut head = format!("{}\n## {sign} {}\n", marker(comment.name), headline(records, stale));
    head += &not_judged(records);
    let (mut parts, whose) = match &comment.base {
        Ok(base) => compared(base),
        Err(why) => {
            let why = vec![format!("- {}\n", prose(why))];
            (Vec::new(), vec![CommentPart::list("### Not compared with the base branch\n", why)])
        }
    };
    parts.push(changed_here(records, &comment.base));
    parts.extend(judged(records));
    parts.extend(whose);
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

/// The roles that nobody judged, by the reason why.
fn not_judged(records: &[Record]) -> String {
    let (_, unjudged) = roles::of_run(records);
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for role in &unjudged {
        match reasons.iter_mut().find(|(why, _)| *why == role.why) {
            Some((_, roles)) => roles.push(role.role),
            None => reasons.push((role.why, vec![role.role])),
        }
    }
    let line = |(why, roles): &(&str, Vec<&str>)| {
        let named: Vec<String> = roles.iter().take(MOST_ROLES).map(|role| code(role)).collect();
        let more = match roles.len().saturating_sub(MOST_ROLES) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!("\nNot judged, {why}: {}{more}\n", named.join(", "))
    };
    reasons.iter().map(line).collect()
}

/// What changed since this pull request's own snapshots, of roles that are not compared with the base branch.
fn changed_here(records: &[Record], base: &Result<ComparedWithBase, String>) -> CommentPart {
    let is_compared = |role: &str| match base {
        Ok(base) => {
            base.roles.iter().any(|of| of.role == role && !(of.words.is_empty() && of.changed.is_empty()))
        }
        Err(_) => false,
    };
    let rows = drifted(records)
        .filter(|(record, _)| !is_compared(record.model.as_deref().unwrap_or_default()))
        .map(|(record, words)| format!("- {}: {}\n", model(record), prose(words)));
    CommentPart::list("### What changed since the snapshots of this pull request\n", rows.collect())
}

/// What changed since the base branch's snapshots; and, for the end, whose these are and what is not compared.
fn compared(base: &ComparedWithBase) -> (Vec<CommentPart>, Vec<CommentPart>) {
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
    let changed = vec![
        CommentPart::list(&format!("### What changed since the snapshots on {branch}\n"), words)
            .from(IN_DIFF),
        CommentPart::table(
            "",
            &["role", "question", "then → now", "shift", "p"],
            "| --- | --- | --- | ---: | ---: |",
            rows,
        )
        .from(IN_DIFF),
    ];
    let whose = vec![
        CommentPart::table(
            &format!("### The snapshots on {branch}\n"),
            &["role", "tasks", "answered then by", "answered", "answers now"],
            "| --- | --- | --- | --- | --- |",
            baselines,
        )
        .from(IN_DIFF),
        CommentPart::folded("Not compared", notes).from(IN_DIFF),
    ];
    (changed, whose)
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

#[cfg(test)]
mod tests {
    use super::*;

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
        let text = render(&[], 0, &PullRequestComment { name: "gate", base, link: None });
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
