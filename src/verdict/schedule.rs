//! The schedule of a check's looks: after how many answers per item it is judged.
//!
//! Looks cost nothing statistically, only time, since answers that are asked for together arrive together. So
//! they start where a verdict is first possible, and each comes after a tenth more answers.

/// The sample sizes at which a check is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    looks: Vec<u32>,
}

impl Schedule {
    /// Plans looks from the first size at which unanimous answers could decide at error rate `rate` (a coin
    /// that falls n times the same way: 2^−n) up to `most`. Each has a tenth more answers than the last and
    /// at least `step` more, and is a multiple of `round`, the number of answers that takes every form once.
    #[must_use]
    pub fn up_to(most: u32, rate: f64, step: u32, round: u32) -> Self {
        let first = -rate.clamp(f64::MIN_POSITIVE, 0.5).log2();
        let round = round.max(1);
        let whole = |size: u32| size.next_multiple_of(round);
        let most = whole(most);
        let mut looks = Vec::new();
        let mut look = whole((first.ceil() as u32).max(step));
        while look < most {
            looks.push(look);
            look = whole(look + (look / 10).max(step).max(1));
        }
        looks.push(most);
        Schedule { looks }
    }

    /// Plans one look, for figures that cannot grow.
    #[must_use]
    pub fn fixed() -> Self {
        Schedule { looks: vec![u32::MAX] }
    }

    /// Returns the sample size of the last look.
    pub fn most(&self) -> u32 {
        self.looks.last().copied().unwrap_or(0)
    }

    /// Returns the sample sizes of all looks, ascending.
    pub fn looks(&self) -> &[u32] {
        &self.looks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_start_where_a_verdict_is_possible_and_grow_by_a_tenth() {
        assert_eq!(Schedule::up_to(13, 0.01, 1, 1).looks(), [7, 8, 9, 10, 11, 12, 13]);
        assert_eq!(Schedule::up_to(50, 0.001, 10, 1).looks(), [10, 20, 30, 40, 50]);
        assert_eq!(Schedule::up_to(4, 0.001, 1, 1).looks(), [4]);
        assert_eq!(Schedule::up_to(13, 0.01, 1, 2).looks(), [8, 10, 12, 14]);
        assert_eq!(Schedule::up_to(1, 0.01, 1, 2).looks(), [2]);
        let long = Schedule::up_to(200, 3e-4, 1, 1);
        assert!(long.looks().len() < 40 && long.looks().windows(2).all(|pair| pair[0] < pair[1]));
    }
}
