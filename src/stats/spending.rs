//! Exact error spending: how many of n answers must say yes to show that a share is above a bound, at
//! every n, when one looks after every answer and may go on for ever.
//!
//! Answers are yes with the same chance each. If that is the bound, the number of yes among the first n
//! is known exactly, and so is the chance to have reached a boundary by then: the binomial recursion,
//! from which the paths that have reached it are taken out. At each n the boundary is put as low as it
//! can be while that chance stays within [`spent`]: a part of the error rate that depends on n alone.
//! What whole numbers leave unused at one n is there at the next. So the boundary at n depends on the
//! bound, the rate and n, and on nothing else: not on when one looks, how many answers are asked at
//! once, or how many may be asked at most. A verdict that was reached stays reached.
//!
//! **Two forms.** Where a question is put in two forms by turns, their shares may differ and only their
//! mean is bounded. Then whole rounds of both are counted, and the recursion is kept for forms that are
//! alike, for forms as unlike as can be, and for three steps between; the boundary stays within the rate
//! in all of them. (For a fixed number of answers alike forms are the worst: Hoeffding 1956, theorem 4.
//! `scripts/spending_reference.py` looks at 200 steps between for bounds from 2 % to 98 %: alike forms
//! are the worst there, too.)
//!
//! Sources: Lan and DeMets, "Discrete sequential boundaries for clinical trials", Biometrika 70 (1983),
//! for spending; Armitage, McPherson and Rowe, "Repeated significance tests on accumulating data", J. R.
//! Statist. Soc. A 132 (1969), for the recursion; Hoeffding, "On the distribution of the number of
//! successes in independent trials", Ann. Math. Statist. 27 (1956).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use once_cell::sync::Lazy;

/// How much of the error rate may be used up within how many answers, joined by straight lines; after the
/// last of them, the rest is divided over all answers that may still come.
///
/// A third within 16 answers, since a share near 0 or 1 that is far from its bound is decided there; half
/// within 50, for the other far ones; most of the rest by 200, for shares near their bounds. With it every
/// share that is 0.3 from a bound of 10 to 90 % takes at most 1.25 · ln(1 / α) / KL answers, at rates up to
/// 1 %. `scripts/spending_choice.py` compares it with others and says what it costs shares near their bounds.
const SPENT: [(f64, f64); 4] = [(0.0, 0.0), (16.0, 0.35), (50.0, 0.5), (200.0, 0.9)];

/// The part of the error rate that may be used up within the first `n` answers: from 0 to 1, never
/// falling, and a function of `n` alone.
///
/// ```
/// use alignspec::__testing::stats::spending::spent;
/// assert!(spent(0) == 0.0 && (spent(16) - 0.35).abs() < 1e-12 && (spent(200) - 0.9).abs() < 1e-12);
/// assert!(spent(1_000) < 1.0 && spent(1_000_000) < 1.0);
/// ```
pub fn spent(n: u32) -> f64 {
    let n = f64::from(n);
    let mut lines = SPENT.iter().zip(SPENT.iter().skip(1));
    if let Some(((from, before), (to, after))) = lines.find(|(_, (to, _))| n <= *to) {
        return before + (after - before) * (n - from) / (to - from);
    }
    let [.., (last, main)] = SPENT;
    1.0 - (1.0 - main) * last / n
}

/// The forms that are told apart: the same question by turns in one or two.
pub(crate) const MOST_FORMS: u32 = 2;

/// How unlike two forms are, as parts of the most that their mean allows.
const UNLIKE: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];

/// What rounding may cost of the rate, and paths too unlikely to follow: 1e-15 of the rate each.
const MARGIN: f64 = 1e-9;
const NEGLIGIBLE: f64 = 1e-15;

/// One recursion: paths that have not reached the boundary, by their number of yes.
struct Recursion {
    /// The chance of 0, 1, … yes in a round.
    round: Vec<f64>,
    /// The chance of each number of yes, from the boundary's `least` up.
    alive: Vec<f64>,
    /// The chance to have reached the boundary.
    reached: f64,
    /// The part of `reached` that the next round may add.
    room: f64,
}

impl Recursion {
    /// One more round of answers.
    fn step(&mut self) {
        let more = self.round.len() - 1;
        let before = std::mem::take(&mut self.alive);
        let mut after = vec![0.0; before.len() + more];
        for (at, chance) in before.iter().enumerate() {
            for (yes, part) in self.round.iter().enumerate() {
                after[at + yes] += chance * part;
            }
        }
        self.alive = after;
    }
}

/// The fewest yes in 1, 2, … rounds that show that the share is above the bound.
struct Boundary {
    rate: f64,
    forms: u32,
    recursions: Vec<Recursion>,
    /// The number of yes that the first entry of each `alive` stands for.
    least: u32,
    fewest: Vec<u32>,
}

impl Boundary {
    fn new(share: f64, rate: f64, forms: u32) -> Boundary {
        let share = share.clamp(0.0, 1.0);
        let rounds = match forms {
            1 => vec![vec![1.0 - share, share]],
            _ => UNLIKE.map(|part| two_forms(share, part * share.min(1.0 - share))).to_vec(),
        };
        let of = |round| Recursion { round, alive: vec![1.0], reached: 0.0, room: 0.0 };
        Boundary {
            rate,
            forms,
            recursions: rounds.into_iter().map(of).collect(),
            least: 0,
            fewest: Vec::new(),
        }
    }

    /// Finds the boundary one round further.
    fn extend(&mut self) {
        let rounds = u32::try_from(self.fewest.len()).unwrap_or(u32::MAX).saturating_add(1);
        let all = self.rate * spent(rounds.saturating_mul(self.forms)) * (1.0 - MARGIN);
        for recursion in &mut self.recursions {
            recursion.step();
            recursion.room = all - recursion.reached;
        }
        // From the most yes there can be, as far down as all of them have room.
        let mut size = self.recursions.first().map_or(0, |recursion| recursion.alive.len());
        while let Some(top) = size.checked_sub(1) {
            if !self.recursions.iter().all(|recursion| recursion.alive[top] <= recursion.room) {
                break;
            }
            for recursion in &mut self.recursions {
                let chance = recursion.alive[top];
                recursion.room -= chance;
                recursion.reached += chance;
            }
            size = top;
        }
        self.fewest.push(self.least.saturating_add(u32::try_from(size).unwrap_or(u32::MAX)));
        let floor = self.rate * NEGLIGIBLE;
        let unlikely = |at: usize| self.recursions.iter().all(|recursion| recursion.alive[at] < floor);
        let dropped = (0..size.saturating_sub(1)).take_while(|at| unlikely(*at)).count();
        for recursion in &mut self.recursions {
            recursion.alive.truncate(size);
            recursion.alive.drain(..dropped);
        }
        self.least = self.least.saturating_add(u32::try_from(dropped).unwrap_or(u32::MAX));
    }

    /// The fewest yes within `rounds` rounds, from 1; more than there are answers where none are enough.
    fn fewest(&mut self, rounds: usize) -> u32 {
        while self.fewest.len() < rounds {
            self.extend();
        }
        rounds.checked_sub(1).map_or(u32::MAX, |at| self.fewest[at])
    }
}

/// The chance of 0, 1 and 2 yes from two forms with shares `apart` above and below the mean.
fn two_forms(mean: f64, apart: f64) -> Vec<f64> {
    let (one, other) = ((mean + apart).min(1.0), (mean - apart).max(0.0));
    vec![(1.0 - one) * (1.0 - other), one * (1.0 - other) + other * (1.0 - one), one * other]
}

/// Boundaries by bound, rate and forms.
type BoundaryKey = (u64, u64, u32);
static BOUNDARIES: Lazy<Mutex<HashMap<BoundaryKey, Arc<Mutex<Boundary>>>>> = Lazy::new(Mutex::default);

/// As many as some megabytes hold.
const MOST_FOUND: usize = 1_000;

/// The first round, from 1, after which the answers show that the share is above `share`, at error rate
/// `rate`: `None` if they never do. `yes` has the number of yes among all answers after 1, 2, … rounds of
/// one answer in each of `forms` forms (one or two).
///
/// If the share (the mean of the forms' shares) is `share` or less, this is `Some` with a chance of at most
/// `rate`, however many rounds there are.
///
/// ```
/// use alignspec::__testing::stats::spending::first_above;
/// // Nine yes in a row show at 1 % that more than half of the answers are yes.
/// assert_eq!(first_above(0.5, 0.01, 1, 1..=50), Some(9));
/// // Nothing shows that there are more than all of them.
/// assert_eq!(first_above(1.0, 0.01, 1, 1..=50), None);
/// ```
pub fn first_above(share: f64, rate: f64, forms: u32, yes: impl IntoIterator<Item = u32>) -> Option<u32> {
    // Written so that a number that is none is refused too.
    let usable = rate > 0.0 && rate < 1.0 && share >= 0.0;
    if !usable || !(1..=MOST_FORMS).contains(&forms) {
        return None;
    }
    let boundary = {
        let mut found = BOUNDARIES.lock().unwrap_or_else(PoisonError::into_inner);
        if found.len() >= MOST_FOUND {
            found.clear();
        }
        let new = || Arc::new(Mutex::new(Boundary::new(share, rate, forms)));
        Arc::clone(found.entry((share.to_bits(), rate.to_bits(), forms)).or_insert_with(new))
    };
    let mut boundary = boundary.lock().unwrap_or_else(PoisonError::into_inner);
    let reached = |(at, yes): (usize, u32)| yes >= boundary.fewest(at + 1);
    let first = yes.into_iter().enumerate().position(reached)?;
    u32::try_from(first + 1).ok()
}

/// The fewest yes after 1, 2, … `rounds` rounds; see [`first_above`].
#[must_use]
pub fn boundary(share: f64, rate: f64, forms: u32, rounds: u32) -> Vec<u32> {
    let mut boundary = Boundary::new(share, rate, forms);
    (1..=rounds).map(|rounds| boundary.fewest(rounds as usize)).collect()
}

#[cfg(test)]
mod tests;
