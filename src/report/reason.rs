//! Why a trial has no verdict, in one line.

use super::results::{Record, TrialKind, TrialOutcome};

/// Returns in one line why a trial has no verdict, to follow the line that names it.
pub(super) fn reason(record: &Record) -> String {
    if let (TrialOutcome::Missing, Some(stopped)) = (record.outcome, &record.stopped) {
        return stopped.clone();
    }
    let lines: Vec<&str> = record.text.as_deref().unwrap_or_default().lines().collect();
    match lines.as_slice() {
        [] if record.outcome == TrialOutcome::Unfinished => "the run ended before it did".to_owned(),
        // The lines after a diagnostic's first are a picture of the place.
        [first, rest @ ..] if record.kind == TrialKind::File => {
            let what = first.trim_start_matches("error: ");
            let place = rest.first().and_then(|line| line.trim_start().strip_prefix("--> "));
            // A name may have the line already.
            let named = |place: &&str| place.rsplit_once(':').is_some_and(|(line, _)| line == record.name);
            match place.filter(|place| !named(place)) {
                Some(place) => format!("{place}: {what}"),
                None => what.to_owned(),
            }
        }
        // What was not judged for want of answers has one line, and what to do.
        [first, second, ..]
            if record.outcome == TrialOutcome::Missing && second.trim_start().starts_with("to do ") =>
        {
            (*first).to_owned()
        }
        [first] => (*first).to_owned(),
        [_, second, ..] => second.trim().to_owned(),
        [] => String::new(),
    }
}
