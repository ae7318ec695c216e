//! An estimate and its interval beside the bound, as a bar of one line.
//!
//! The bar never contradicts the verdict: the bound stands between two cells, and what is on one side of it in
//! numbers is on that side of it in the bar, however near.

use crate::check::Unit;

/// What a bar shows, in the unit of a measure.
#[derive(Debug, Clone, Copy)]
pub(super) struct VerdictBar {
    pub unit: Unit,
    pub estimate: f64,
    pub interval: (f64, f64),
    /// The number that the estimate is compared with, if it is known.
    pub bound: Option<f64>,
}

impl VerdictBar {
    /// Draws the bar with the ends of its scale in at most `width` columns; `None` where so few show nothing, or a
    /// number is not finite.
    pub(super) fn drawn(&self, width: usize) -> Option<String> {
        const FEWEST: usize = 10;
        let VerdictBar { unit, estimate, interval: (low, high), bound } = *self;
        if ![estimate, low, high].iter().chain(&bound).all(|number| number.is_finite()) {
            return None;
        }
        let (from, to) = self.scale();
        let ends = (unit.exact(from), unit.exact(to));
        let room = ends.0.chars().count() + ends.1.chars().count() + 2 + usize::from(bound.is_some());
        let cells = width.checked_sub(room).filter(|cells| *cells >= FEWEST)?;
        let share = |number: f64| ((number - from) / (to - from)).clamp(0.0, 1.0);
        let lowest = low.min(estimate);
        let highest = high.max(estimate);
        // Where there is something on a side of the bound, there is a cell for it.
        let place = bound.map(|bound| {
            let place = (share(bound) * cells as f64).round() as usize;
            place.clamp(usize::from(lowest < bound), cells - usize::from(highest > bound))
        });
        // The cell of a number, on its own side of the bound.
        let cell = |number: f64| {
            let cell = ((share(number) * cells as f64) as usize).min(cells - 1);
            match (bound, place) {
                (Some(bound), Some(place)) if number < bound => cell.min(place - 1),
                (Some(bound), Some(place)) if number > bound => cell.max(place),
                _ => cell,
            }
        };
        let (low, high, found) = (cell(low), cell(high), cell(estimate));
        let mut text = format!("{} ", ends.0);
        for at in 0..=cells {
            if place == Some(at) {
                text.push('│');
            }
            if at < cells {
                text.push(if at == found {
                    '●'
                } else if (low..=high).contains(&at) {
                    '━'
                } else {
                    '·'
                });
            }
        }
        text.push(' ');
        text.push_str(&ends.1);
        Some(text)
    }

    /// The ends of the unit's scale, or else those that the numbers need.
    fn scale(&self) -> (f64, f64) {
        let least = match self.unit {
            Unit::Share | Unit::Index => return (0.0, 1.0),
            Unit::Correlation => return (-1.0, 1.0),
            Unit::Number => 0.0,
            Unit::Place => 1.0,
        };
        let numbers = [self.estimate, self.interval.1].into_iter().chain(self.bound);
        (least, numbers.fold(least + 1.0, f64::max).ceil())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(unit: Unit, estimate: f64, interval: (f64, f64), bound: f64) -> String {
        VerdictBar { unit, estimate, interval, bound: Some(bound) }.drawn(29).unwrap_or_default()
    }

    #[test]
    fn the_bound_stands_between_what_is_below_and_what_is_above() {
        for (unit, estimate, interval, bound, wanted) in [
            (Unit::Share, 0.32, (0.2, 0.46), 0.5, "0% ····━━●━━━│·········· 100%"),
            (Unit::Share, 0.52, (0.334, 0.702), 0.5, "0% ······━━━━│●━━━━····· 100%"),
            (Unit::Index, 0.667, (0.667, 0.667), 0.8, "0 ················●··│····· 1"),
            (Unit::Correlation, -0.2, (-0.5, 0.1), 0.3, "-1 ·····━━━━●━━━··│········ 1"),
            (Unit::Place, 3.0, (2.0, 5.0), 2.0, "1 ······│━━━━━━●━━━━━━━━━━━ 5"),
        ] {
            let found = drawn(unit, estimate, interval, bound);
            assert!(found.chars().count() <= 29, "{found}");
            assert_eq!(found, wanted, "{unit:?} {estimate} {interval:?} {bound}");
        }
    }

    #[test]
    fn what_is_on_one_side_in_numbers_is_on_that_side_of_the_bar() {
        for bound in [0.0, 0.001, 0.024, 0.5, 0.976, 0.999, 1.0] {
            for estimate in (0..=1000).map(|at| f64::from(at) / 1000.0) {
                let found = drawn(Unit::Share, estimate, (estimate, estimate), bound);
                let at = |mark: char| found.find(mark).unwrap_or_else(|| panic!("no {mark} in {found}"));
                if estimate < bound {
                    assert!(at('●') < at('│'), "{estimate} {bound}: {found}");
                }
                if estimate > bound {
                    assert!(at('●') > at('│'), "{estimate} {bound}: {found}");
                }
            }
        }
    }

    #[test]
    fn what_cannot_be_drawn_is_left_out() {
        let bar = VerdictBar { unit: Unit::Index, estimate: 0.5, interval: (0.4, 0.6), bound: None };
        assert_eq!(bar.drawn(14).as_deref(), Some("0 ····━●━··· 1"));
        assert_eq!(bar.drawn(13), None);
        assert_eq!(VerdictBar { bound: Some(f64::NAN), ..bar }.drawn(40), None);
    }
}
