//! What is worth showing at a moment: the rate of each model, and the lines that are due.
//!
//! The time is passed in as the duration since the start, so that nothing here waits or reads a clock.

use std::time::Duration;

use super::line::{line, name};
use super::open;
use crate::asking::Status;

/// Models that are done sooner get no line.
const WORTH: Duration = Duration::from_secs(1);

/// Checks ask batch by batch, and between two of them a model has nothing to do for a moment. Its line should
/// neither flicker nor be taken for the last one.
const LINGER: Duration = Duration::from_secs(2);

/// The time between two lines of a model in a log.
const EVERY: Duration = Duration::from_secs(5);

/// The memory of the rate in seconds: an answer this long ago counts 1/e of a new one.
const MEMORY: f64 = 8.0;

/// A rate in answers per second, in which recent answers count most.
#[derive(Debug, Default)]
struct AnswerRate {
    answers: f64,
    seconds: f64,
}

impl AnswerRate {
    fn add(&mut self, answers: u64, time: Duration) {
        let seconds = time.as_secs_f64();
        let kept = (-seconds / MEMORY).exp();
        let answers = answers as f64;
        self.answers = self.answers * kept + answers;
        self.seconds = self.seconds * kept + seconds;
    }

    /// Returns the rate, once it is known.
    fn get(&self) -> Option<f64> {
        (self.seconds >= 0.5).then(|| self.answers / self.seconds)
    }
}

#[derive(Debug)]
struct Meter {
    status: Status,
    read: Duration,
    rate: AnswerRate,
    /// When it first had something to do, after a time without.
    since: Duration,
    /// When it last had something to do.
    busy: Duration,
    /// When it last got a line in the log, after which it still gets a last one.
    told: Option<Duration>,
}

impl Meter {
    fn read(&mut self, now: Duration, status: Status) {
        let was_open = open(&self.status) > 0;
        let arrived = status.arrived.saturating_sub(self.status.arrived);
        if was_open || arrived > 0 {
            self.rate.add(arrived, now.saturating_sub(self.read));
        }
        if was_open || open(&status) > 0 || arrived > 0 {
            if !was_open && self.idle(now) {
                (self.since, self.rate) = (now, AnswerRate::default());
            }
            self.busy = now;
        }
        (self.status, self.read) = (status, now);
    }

    fn idle(&self, now: Duration) -> bool {
        now.saturating_sub(self.busy) >= LINGER
    }

    fn line(&self, width: usize) -> String {
        line(&self.status, self.rate.get(), width)
    }
}

/// All models that have been asked for something.
#[derive(Debug, Default)]
pub(super) struct Meters {
    meters: Vec<Meter>,
}

impl Meters {
    pub(super) fn read(&mut self, now: Duration, statuses: Vec<Status>) {
        for status in statuses {
            match self.meters.iter_mut().find(|meter| meter.status.model == status.model) {
                Some(meter) => meter.read(now, status),
                None if open(&status) == 0 => {}
                None => self.meters.push(Meter {
                    status,
                    read: now,
                    rate: AnswerRate::default(),
                    since: now,
                    busy: now,
                    told: None,
                }),
            }
        }
    }

    /// Returns the lines that a terminal shows.
    pub(super) fn live(&self, now: Duration) -> Vec<String> {
        let worth = |meter: &&Meter| !meter.idle(now) && meter.busy.saturating_sub(meter.since) >= WORTH;
        let meters: Vec<&Meter> = self.meters.iter().filter(worth).collect();
        let width = meters.iter().map(|meter| name(&meter.status).chars().count()).max().unwrap_or(0);
        meters.into_iter().map(|meter| meter.line(width)).collect()
    }

    /// Returns the lines that are due in a log; `over` says that nothing is asked for any more.
    pub(super) fn due(&mut self, now: Duration, over: bool) -> Vec<String> {
        let mut lines = Vec::new();
        for meter in &mut self.meters {
            let busy = open(&meter.status) > 0;
            let last = meter.told.unwrap_or(meter.since).max(meter.since);
            if busy && !over && now.saturating_sub(last) >= EVERY {
                meter.told = Some(now);
                lines.push(meter.line(0));
            } else if !busy && meter.told.is_some() && (over || meter.idle(now)) {
                meter.told = None;
                lines.push(meter.line(0));
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(model: &str, arrived: u64, wanted: u64) -> Status {
        Status { model: model.to_owned(), arrived, wanted, ..Status::default() }
    }

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[test]
    fn a_live_line_comes_after_a_second_and_outlasts_the_gaps_between_batches() {
        let mut meters = Meters::default();
        meters.read(seconds(0.0), vec![at("m", 0, 100), at("replayed", 0, 0)]);
        meters.read(seconds(0.9), vec![at("m", 9, 100)]);
        assert!(meters.live(seconds(0.9)).is_empty());
        meters.read(seconds(1.0), vec![at("m", 10, 100)]);
        assert_eq!(meters.live(seconds(1.0)), ["m  10/100 answers  10/s  9 s left"]);
        meters.read(seconds(2.0), vec![at("m", 100, 100)]);
        meters.read(seconds(3.9), vec![at("m", 100, 100)]);
        assert_eq!(meters.live(seconds(3.9)), ["m  100/100 answers"]);
        meters.read(seconds(4.0), vec![at("m", 100, 100)]);
        assert!(meters.live(seconds(4.0)).is_empty());
        // It starts anew, with the rate of now.
        meters.read(seconds(9.0), vec![at("m", 100, 200)]);
        assert!(meters.live(seconds(9.0)).is_empty());
        meters.read(seconds(10.0), vec![at("m", 102, 200)]);
        assert_eq!(meters.live(seconds(10.0)), ["m  102/200 answers  2.0/s  49 s left"]);
    }

    #[test]
    fn names_are_padded_to_one_column() {
        let mut meters = Meters::default();
        meters.read(seconds(0.0), vec![at("long-name", 0, 10), at("m", 0, 10)]);
        meters.read(seconds(2.0), vec![at("long-name", 0, 10), at("m", 4, 10)]);
        let lines = ["long-name  0/10 answers", "m          4/10 answers  2.0/s  3 s left"];
        assert_eq!(meters.live(seconds(2.0)), lines);
    }

    #[test]
    fn a_rate_follows_what_is_new_within_seconds() {
        let mut rate = AnswerRate::default();
        (0..200).for_each(|_| rate.add(10, seconds(0.2)));
        assert!((rate.get().unwrap_or(0.0) - 50.0).abs() < 0.01);
        (0..200).for_each(|_| rate.add(1, seconds(0.2)));
        assert!((rate.get().unwrap_or(0.0) - 5.0).abs() < 0.4, "{rate:?}");
    }

    #[test]
    fn a_log_has_a_line_every_five_seconds_and_a_last_one() {
        let mut meters = Meters::default();
        let mut log = Vec::new();
        for second in 0..14 {
            let now = Duration::from_secs(second);
            meters.read(now, vec![at("m", (second * 10).min(110), 110), at("quick", second.min(3), 3)]);
            log.extend(meters.due(now, false).into_iter().map(|line| format!("{second}: {line}")));
        }
        assert_eq!(
            log,
            [
                "5: m  50/110 answers  10/s  6 s left",
                "10: m  100/110 answers  10/s  1 s left",
                "13: m  110/110 answers"
            ]
        );
        assert!(meters.due(Duration::from_secs(14), true).is_empty(), "the last line is told once");
    }

    #[test]
    fn the_end_of_the_run_does_not_wait_for_the_last_line() {
        let mut meters = Meters::default();
        for second in 0..=5 {
            meters.read(Duration::from_secs(second), vec![at("m", second, 6)]);
        }
        assert_eq!(meters.due(seconds(5.0), false), ["m  5/6 answers  1.0/s  1 s left"]);
        meters.read(seconds(5.5), vec![at("m", 6, 6)]);
        assert!(meters.due(seconds(5.5), false).is_empty());
        assert_eq!(meters.due(seconds(5.5), true), ["m  6/6 answers"]);
    }
}
