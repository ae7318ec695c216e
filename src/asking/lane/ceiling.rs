//! A number of requests in flight above which a server has refused some.
//!
//! Now and then it is tested whether more may be in flight: one more at first, and more and more while that passes.
//! Tests become rarer when they fail (as in Netflix's concurrency-limits and Envoy's adaptive concurrency).

use std::time::{Duration, Instant};

/// How many answers above the ceiling raise it.
const PASSES: usize = 3;

const LONGEST_GAP: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(super) struct Ceiling {
    level: usize,
    /// By how many more requests the next trial goes.
    step: usize,
    /// When the next test begins, and the time between tests.
    next: Instant,
    gap: Duration,
    passed: usize,
}

impl Ceiling {
    pub(super) fn new(level: usize, gap: Duration, now: Instant) -> Ceiling {
        Ceiling { level, step: 1, next: now + gap, gap, passed: 0 }
    }

    /// Returns how many requests may be in flight now.
    pub(super) fn most(&self, now: Instant) -> usize {
        if now >= self.next { self.level + self.step } else { self.level }
    }

    /// Notes that a request that started as the `level`th in flight was answered.
    pub(super) fn answered(&mut self, level: usize) {
        if level > self.level {
            self.passed += 1;
            if self.passed >= PASSES.max(self.step) {
                self.level += self.step;
                self.step *= 2;
                self.passed = 0;
            }
        }
    }

    /// Notes that a request that started as the `level`th in flight was refused. Returns whether that was a
    /// trial above the ceiling, which says nothing else.
    pub(super) fn refused(&mut self, level: usize, now: Instant) -> bool {
        if level <= self.level {
            return false;
        }
        if now >= self.next {
            self.gap = (self.gap * 2).min(LONGEST_GAP);
            self.next = now + self.gap;
        }
        (self.step, self.passed) = (1, 0);
        true
    }
}
