//! One model's progress in words: `assistant  312/1,400 answers  41/s  63% of limit  26 s left  $0.42`.

use std::time::Duration;

use crate::asking::Status;
use crate::ground::format::thousands;
use crate::ground::text::one_line;

/// Longer names are cut, so that the numbers stay visible.
const MOST_NAME: usize = 40;
const MOST_REASON: usize = 120;

/// Returns a model's name as it is shown.
pub(super) fn name(status: &Status) -> String {
    one_line(&status.model, MOST_NAME)
}

/// Writes the line of `status`, with its name padded to `width` characters. `rate` is in answers per second.
pub(super) fn line(status: &Status, rate: Option<f64>, width: usize) -> String {
    let name = name(status);
    let mut parts = vec![
        format!("{name:width$}"),
        format!("{}/{} answers", thousands(status.arrived), thousands(status.wanted)),
    ];
    if status.failed > 0 {
        parts.push(format!("{} given up", thousands(status.failed)));
    }
    let open = super::open(status);
    match (&status.waiting, rate) {
        _ if open == 0 => {}
        (Some((reason, left)), _) => {
            parts.push(format!("waiting {}: {}", span(*left), one_line(reason, MOST_REASON)));
        }
        (None, rate) => {
            let rate = rate.filter(|rate| *rate > 0.0);
            parts.extend(rate.map(speed));
            parts.extend(status.limit_used.map(|share| format!("{:.0}% of limit", share * 100.0)));
            let left = rate.and_then(|rate| Duration::try_from_secs_f64(open as f64 / rate).ok());
            parts.extend(left.map(|left| format!("{} left", span(left))));
        }
    }
    parts.extend(status.spent.map(dollars));
    parts.join("  ")
}

/// Writes a speed: `41/s`, `4.1/s`, or `12/min` for slow ones.
fn speed(rate: f64) -> String {
    match rate {
        9.95.. => format!("{rate:.0}/s"),
        0.95.. => format!("{rate:.1}/s"),
        _ if rate * 60.0 >= 9.95 => format!("{:.0}/min", rate * 60.0),
        _ => format!("{:.1}/min", rate * 60.0),
    }
}

/// Writes a time, rounded up: `26 s`, `4 min`, `2 h 05 min`.
fn span(time: Duration) -> String {
    let seconds = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    let minutes = seconds.div_ceil(60);
    match seconds {
        0..=99 => format!("{seconds} s"),
        _ if minutes < 100 => format!("{minutes} min"),
        _ => format!("{} h {:02} min", minutes / 60, minutes % 60),
    }
}

/// Writes an amount as `$0.42`, or as `$0.0042` where there are no cents yet.
fn dollars(spent: f64) -> String {
    if spent > 0.0 && spent < 0.1 { format!("${spent:.4}") } else { format!("${spent:.2}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status() -> Status {
        Status { model: "assistant".to_owned(), wanted: 1400, arrived: 312, ..Status::default() }
    }

    #[test]
    fn says_what_is_known_and_nothing_else() {
        assert_eq!(line(&status(), None, 0), "assistant  312/1,400 answers");
        let all = Status { limit_used: Some(0.634), spent: Some(0.42), ..status() };
        assert_eq!(
            line(&all, Some(41.2), 0),
            "assistant  312/1,400 answers  41/s  63% of limit  27 s left  $0.42"
        );
        let failed = Status { failed: 3, ..status() };
        assert_eq!(
            line(&failed, Some(0.5), 0),
            "assistant  312/1,400 answers  3 given up  30/min  37 min left"
        );
        let done = Status { arrived: 1399, failed: 1, limit_used: Some(0.2), ..status() };
        assert_eq!(line(&done, Some(41.0), 12), "assistant     1,399/1,400 answers  1 given up");
    }

    #[test]
    fn waiting_says_why_in_one_line_whatever_the_server_wrote() {
        let reason = "429 too many\n::error::requests\u{1b}[2J".to_owned();
        let waiting = Some((reason, Duration::from_millis(11_200)));
        let waits = Status { waiting, spent: Some(0.0042), ..status() };
        assert_eq!(
            line(&waits, Some(41.0), 0),
            "assistant  312/1,400 answers  waiting 12 s: 429 too many ::error::requests  $0.0042"
        );
        let named = Status { model: "\u{1b}[31m::set-env x".to_owned(), ..status() };
        assert_eq!(line(&named, None, 0), ": :set-env x  312/1,400 answers");
    }

    #[test]
    fn numbers_have_as_many_digits_as_they_deserve() {
        let speeds: Vec<String> = [123.4, 9.96, 4.12, 0.96, 0.2, 0.01].into_iter().map(speed).collect();
        assert_eq!(speeds, ["123/s", "10/s", "4.1/s", "1.0/s", "12/min", "0.6/min"]);
        let spans = [0, 1, 26, 99, 100, 3600, 5940, 7500].map(|seconds| span(Duration::from_secs(seconds)));
        assert_eq!(spans, ["0 s", "1 s", "26 s", "99 s", "2 min", "60 min", "99 min", "2 h 05 min"]);
        assert_eq!([0.0, 0.0042, 0.1, 12.345].map(dollars), ["$0.00", "$0.0042", "$0.10", "$12.35"]);
    }
}
