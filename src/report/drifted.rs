//! The text about a drift, for an engineer with a red build: what moved and how far, what could have been
//! detected, and what was not compared.

use std::fmt::Write as _;

use crate::ground::format::{counted, first_few, percent, rate};
use crate::snapshot::{Reworded, some};
use crate::verdict::drift::{Drift, GeneralShift, ItemShift, POWER};

/// Describes what drifted, largest shift first.
pub(crate) fn drifted(drift: &Drift) -> String {
    let name = |item: &str| if item.is_empty() { "answers".to_owned() } else { item.to_owned() };
    let line = |what: String, shift: &ItemShift| {
        format!("  {what}: shift {:.2}, p {:.1e}: {}", shift.shift, shift.p, moved(shift, usize::MAX))
    };
    let mut lines = vec![format!("{} (error rate {})", headline(drift), rate(drift.rate))];
    lines.extend(drift.items.iter().map(|shift| line(name(&shift.item), shift)));
    lines.extend(drift.general.iter().map(|shift| {
        let largest = shift.largest.iter().map(|item| format!("{} ({})", item.item, moved(item, 1)));
        let largest = largest.collect::<Vec<_>>().join(", ");
        let who = if drift.items.is_empty() { "all" } else { "the others" };
        format!("  {who} together: shift {:.2}, p {:.1e}: most in {largest}", shift.size, shift.p)
    }));
    lines.extend(drift.invalid.iter().map(|shift| line("responses".to_owned(), shift)));
    if !drift.unmatched.is_empty() {
        let items: Vec<String> = drift.unmatched.iter().map(|item| name(item)).collect();
        lines.push(format!("  answered on one side only: {}", items.join(", ")));
    }
    lines.push(format!("  {}", detectable(drift)));
    lines.extend(in_doubt(drift).map(|note| format!("  {note}")));
    lines.extend(not_compared(drift).map(|note| format!("  {note}")));
    lines.join("\n")
}

/// Lists the first `most` shares of a question that moved, as in "extremely 90% → 34%, very 10% → 60%".
fn moved(shift: &ItemShift, most: usize) -> String {
    let moved = shift.moved.iter().take(most);
    let moved: Vec<String> =
        moved.map(|(name, old, new)| format!("{name} {} → {}", percent(*old), percent(*new))).collect();
    moved.join(", ")
}

/// Describes a general shift in two parts: what moved, and by how much.
pub(crate) fn general(shift: &GeneralShift) -> (String, String) {
    let all = match shift.left_out {
        0 => counted(shift.questions, "question"),
        _ => format!("the other {}", counted(shift.questions, "question")),
    };
    match &shift.direction {
        Some(direction) => {
            let way = if direction.mean > 0.0 { "higher" } else { "lower" };
            let what = format!("rates {} of {all} {way}", direction.questions);
            (what, format!("by {:.2} on average", direction.mean.abs()))
        }
        None => (format!("answers {all} differently"), format!("by {:.2} on average", shift.size)),
    }
}

/// Describes in one line what moved.
fn headline(drift: &Drift) -> String {
    let mut moved = Vec::new();
    if !drift.items.is_empty() {
        moved.push(format!("{} of {} drifted", drift.items.len(), counted(drift.compared, "question")));
    }
    if let Some(shift) = &drift.general {
        let (what, how) = general(shift);
        moved.push(format!("a general shift: {what}, {how}"));
    }
    if let Some(shift) = &drift.invalid {
        let (_, before, now) = shift.moved.first().cloned().unwrap_or_default();
        let how = if now > before { "rose" } else { "fell" };
        moved.push(format!(
            "the share of invalid responses {how} from {} to {}",
            percent(before),
            percent(now)
        ));
    }
    if !drift.unmatched.is_empty() {
        moved.push(format!("{} answered on one side only", counted(drift.unmatched.len(), "question")));
    }
    if drift.items.is_empty() && drift.compared > 0 {
        let alone = if drift.general.is_some() { " by itself" } else { "" };
        moved.push(format!("none of the {} compared drifted{alone}", counted(drift.compared, "question")));
    }
    moved.join("; ")
}

/// Describes which questions changed, and the result for the others.
pub(crate) fn suite_changed(reworded: &Reworded, drift: &Drift) -> String {
    let others = match drift.compared {
        0 => "no other question to compare".to_owned(),
        n if drift.is_none() => {
            let doubt = in_doubt(drift).map_or_else(String::new, |doubt| format!(" for certain: {doubt}"));
            format!("{} compared: none drifted{doubt}", counted(n, "other question"))
        }
        _ => format!("of the others, {}", drifted(drift)),
    };
    format!(
        "the suite changed: {reworded}; {others}\n  answers to questions that changed are not compared; nor are invalid responses, which are counted over all questions"
    )
}

/// Describes what changed in one line that follows a name, the largest shifts first.
pub(crate) fn changed_in_short(reworded: &Reworded, drift: &Drift) -> String {
    let mut parts = Vec::new();
    if !reworded.is_none() {
        parts.push(format!("the suite changed: {reworded}"));
    }
    let shown = |shift: &ItemShift| {
        let text = format!("{} {}", shift.item, moved(shift, 1));
        format!("{} (shift {:.2}, p {:.1e})", text.trim(), shift.shift, shift.p)
    };
    let drifted: Vec<String> = drift.items.iter().chain(&drift.invalid).map(shown).collect();
    if !drifted.is_empty() {
        parts.push(format!("drifted: {}", some(&drifted)));
    }
    parts.extend(drift.general.iter().map(|shift| {
        let (what, how) = general(shift);
        format!("a general shift: {what}, {how} (p {:.1e})", shift.p)
    }));
    if !drift.unmatched.is_empty() {
        parts.push(format!("answered on one side only: {}", some(&drift.unmatched)));
    }
    parts.iter().map(|part| format!("; {part}")).collect()
}

/// Describes what was compared where nothing drifted, what could have been detected, and whose the snapshot
/// is.
pub(crate) fn undrifted(model: &str, task: &str, drift: &Drift, whose: &str) -> String {
    let mut text = format!("pass: {model}: {task} as in its snapshot\n");
    let _ = writeln!(
        text,
        "  found     no drift in {} (error rate {})",
        counted(drift.compared, "question"),
        rate(drift.rate)
    );
    let _ = write!(text, "  answers   {}", detectable(drift));
    if drift.doubt.lost != (0, 0) {
        let _ = write!(text, "\n  lost      {}: no drift whatever those said", after_lost(drift));
    }
    if let Some(note) = not_compared(drift) {
        let _ = write!(text, "\n  notable   {note}");
    }
    if !whose.is_empty() {
        let _ = write!(text, "\n  snapshot  {whose}");
    }
    text
}

/// Describes why a comparison in which nothing drifted shows nothing.
pub(crate) fn blind(model: &str, task: &str, drift: &Drift) -> String {
    format!(
        "inconclusive: {model}: {task} as in its snapshot\n  answers   {} at the error rate {}\n  to do     ask for more `samples`; where the stored answers are too few, delete the snapshot and accept a new one",
        detectable(drift),
        rate(drift.rate)
    )
}

/// Describes a comparison in which nothing is certain to have drifted, where something may have.
pub(crate) fn uncertain(model: &str, task: &str, drift: &Drift) -> Option<String> {
    let doubt = in_doubt(drift)?;
    Some(format!(
        "inconclusive: {model}: {task} as in its snapshot\n  found     no drift that is certain in {} (error rate {})\n  lost      {doubt}\n  to do     find out why requests fail or are cut off after the model may have answered (the server's log, `timeout`, runs that were ended), and record again; where the stored answers came after such tries, delete the snapshot and accept a new one",
        counted(drift.compared, "question"),
        rate(drift.rate)
    ))
}

/// Describes what may have drifted, depending on what lost tries said.
pub(crate) fn in_doubt(drift: &Drift) -> Option<String> {
    let doubt = &drift.doubt;
    if doubt.is_none() {
        return None;
    }
    let mut what: Vec<String> = Vec::new();
    if !doubt.items.is_empty() {
        let name = |item: &String| if item.is_empty() { "the answers".to_owned() } else { item.clone() };
        what.push(some(&doubt.items.iter().map(name).collect::<Vec<_>>()));
    }
    if doubt.general {
        what.push("all questions taken together".to_owned());
    }
    if doubt.invalid {
        what.push("the share of invalid responses".to_owned());
    }
    Some(format!("{}: what those said decides over {}", after_lost(drift), what.join(", and ")))
}

/// Writes `3 answers before and 12 now came after tries that were lost`.
fn after_lost(drift: &Drift) -> String {
    let (before, now) = drift.doubt.lost;
    format!("{} before and {now} now came after tries that were lost", counted(before as usize, "answer"))
}

/// Lists items without a valid answer on one side, where invalid responses may be the reason.
pub(crate) fn not_compared(drift: &Drift) -> Option<String> {
    let items = drift.silent.join(", ");
    (!drift.silent.is_empty()).then(|| format!("not compared, all responses invalid on one side: {items}"))
}

/// Describes the smallest shift that so many answers could have shown.
fn detectable(drift: &Drift) -> String {
    let answers = match drift.answers {
        (least, most) if least == most => format!("{least} answers to each question"),
        (least, most) => format!("{least} to {most} answers to a question"),
    };
    let blind = match drift.blind.as_slice() {
        [] => String::new(),
        blind => format!("; too few to show any: {}", first_few(blind, 3)),
    };
    match drift.detectable {
        Some(shift) => format!(
            "{answers} would show a shift of {shift:.2} or more with a probability of {}{blind}",
            percent(POWER)
        ),
        None => format!("{answers} are too few to show any shift"),
    }
}
