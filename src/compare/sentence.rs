//! What changed in one question, as a sentence in the reader's words, by the kind of the question.
//!
//! A sentence has a head, which is the same for the same change in other contexts (`rates privacy extremely
//! important less often`), and a detail with the numbers (`90% → 34% of answers`).

use super::labels::{Labels, context, inside};
use crate::ground::format::percent;
use crate::profile::{Row, ShareMove};
use crate::suite::{self, Item, Shape, Task};
use crate::verdict::drift::{self, GeneralShift, ItemShift, both_ways};

/// What changed in one question.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Statement {
    pub task: String,
    pub item: String,
    pub context: Option<String>,
    pub head: String,
    pub detail: String,
    pub shift: f64,
}

/// A question that both sides answered differently.
pub(super) struct ChangedQuestion<'a> {
    pub task: &'a Task,
    pub labels: &'a Labels,
    pub old: &'a Row,
    pub new: &'a Row,
    /// The p-value up to which a share has changed by itself.
    pub threshold: f64,
}

/// On both sides, a ranked value is above another only if its mean place is better by this much.
const GAP: f64 = 0.5;

impl ChangedQuestion<'_> {
    pub(super) fn statement(&self, shift: f64) -> Option<Statement> {
        let (_, item) = self.task.item(&self.new.item)?;
        let (head, detail) = match (self.task.shape, &item.about) {
            (Shape::Set { .. }, _) => self.selected(item),
            (Shape::Ranking, _) => self.ranked(item),
            (Shape::Level, suite::About::Pair(first, second)) => self.traded(item, first, second, shift),
            (Shape::Level, suite::About::Value(value)) => self.rated(item, &self.labels.value(value)),
            (Shape::Level, suite::About::Choices) => self.rated(item, "it"),
            (Shape::Text, _) => return None,
        };
        let context = item.context.as_deref().map(context);
        let (task, item) = (self.task.id.clone(), item.id.clone());
        Some(Statement { task, item, context, head, detail, shift })
    }

    fn p(&self, (before, now): ShareMove) -> f64 {
        drift::p_of((before, self.old.n), (now, self.new.n))
    }

    fn holds(&self, moved: ShareMove) -> bool {
        self.p(moved) <= self.threshold
    }

    /// Returns the moves that hold by themselves, largest first; if none does, the one that shows the change
    /// best.
    fn told<T>(&self, mut moves: Vec<(T, ShareMove)>) -> Vec<(T, ShareMove)> {
        moves.retain(|(_, (before, now))| (before - now).abs() > 1e-9);
        if moves.iter().any(|(_, moved)| self.holds(*moved)) {
            moves.retain(|(_, moved)| self.holds(*moved));
            moves.sort_by(|(_, a), (_, b)| size(*b).total_cmp(&size(*a)));
        } else {
            moves.sort_by(|(_, a), (_, b)| self.p(*a).total_cmp(&self.p(*b)));
            moves.truncate(1);
        }
        moves
    }

    /// Writes `selects fairness less often`: `90% → 34% of answers; performance more often: 2% → 60%`.
    fn selected(&self, item: &Item) -> (String, String) {
        let moves = self.old.shares.iter().copied().zip(self.new.shares.iter().copied());
        let moves =
            item.choices.iter().zip(moves).map(|(choice, moved)| (self.labels.value(&choice.id), moved));
        let told = |(at, _): &(usize, _)| self.old.tells(*at) && self.new.tells(*at);
        let moves = moves.enumerate().filter(told).map(|(_, moved)| moved);
        let (told, more) = both_ways(self.told(moves.collect()), 3, |(_, (before, now))| now - before);
        let mut told = told.into_iter();
        let Some((value, moved)) = told.next() else { return self.otherwise() };
        let mut detail = of_answers(moved);
        for (value, moved) in told {
            detail += &format!("; {value} {}: {}", often(moved), arrow(moved));
        }
        if more > 0 {
            detail += &format!("; and {more} more");
        }
        (format!("selects {value} {}", often(moved)), detail)
    }

    /// Writes `rates privacy extremely important less often`: `90% → 34% of answers`.
    fn rated(&self, item: &Item, value: &str) -> (String, String) {
        let levels = self.levels(item.choices.len());
        let top = item.choices.len().saturating_sub(1);
        let told = self.told(levels);
        let Some(most) = told.first() else { return self.otherwise() };
        // Most readers think of the top of the scale; another level is named only where it says more.
        let top = told.iter().find(|(at, moved)| *at == top && size(*moved) >= 0.6 * size(most.1));
        let (at, moved) = top.unwrap_or(most);
        match item.choices.get(*at) {
            Some(level) => {
                (format!("rates {value} {} {}", inside(&level.label), often(*moved)), of_answers(*moved))
            }
            None => self.otherwise(),
        }
    }

    /// Returns the moves of the levels that both sides tell, by their places.
    fn levels(&self, count: usize) -> Vec<(usize, ShareMove)> {
        let told =
            |at: &usize| self.old.known.get(*at) == Some(&true) && self.new.known.get(*at) == Some(&true);
        (0..count).filter(told).map(|at| (at, (self.old.shares[at], self.new.shares[at]))).collect()
    }

    fn traded(&self, item: &Item, first: &str, second: &str, shift: f64) -> (String, String) {
        let (first, second) = (self.labels.value(first), self.labels.value(second));
        let (count, levels) = (item.choices.len(), self.levels(item.choices.len()));
        let middle = count / 2;
        let of = |at: usize| if at < middle { &first } else { &second };
        if levels.len() == count {
            let sum = |range: std::ops::Range<usize>| -> ShareMove {
                (self.old.shares[range.clone()].iter().sum(), self.new.shares[range].iter().sum())
            };
            // For each side: its value, the other value, and how often it is preferred.
            let sides = [(&first, &second, sum(0..middle)), (&second, &first, sum(count - middle..count))];
            let mostly = |moved: ShareMove| self.holds(moved) && size(moved) >= 0.5 * shift;
            for (at, (value, other, moved)) in sides.into_iter().enumerate() {
                let against = sides[1 - at].2;
                if moved.0 < against.0 && moved.1 > against.1 && mostly(moved) {
                    return (format!("now prefers {value} over {other}"), of_answers(moved));
                }
            }
            let mut sides: Vec<_> = sides.into_iter().filter(|(.., moved)| mostly(*moved)).collect();
            sides.sort_by(|(.., a), (.., b)| size(*b).total_cmp(&size(*a)));
            if let Some((value, other, moved)) = sides.first() {
                let head = match moved {
                    (before, now) if *before >= 0.5 && *now < 0.5 => {
                        format!("no longer mostly prefers {value} over {other}")
                    }
                    (before, now) if *before < 0.5 && *now >= 0.5 => {
                        format!("now mostly prefers {value} over {other}")
                    }
                    moved => format!("prefers {value} over {other} {}", often(*moved)),
                };
                return (head, of_answers(*moved));
            }
        }
        let told = self.told(levels);
        let Some((at, moved)) = told.first() else { return self.otherwise() };
        if *at == middle && count % 2 == 1 {
            return (
                format!("is undecided between {first} and {second} {}", often(*moved)),
                of_answers(*moved),
            );
        }
        let (value, other) = if of(*at) == &first { (&first, &second) } else { (&second, &first) };
        let level = item.choices.get(*at).map_or_else(String::new, |level| inside(&level.label));
        // The opinion is the same, but it is held more or less firmly.
        let side = if *at < middle { 0..middle } else { count - middle..count };
        let sure = |at: usize| at.abs_diff(middle);
        let change = |at: usize| self.new.shares[at] - self.old.shares[at];
        let from = side.filter(|from| change(*from) * change(*at) < 0.0);
        if let Some(from) = from.max_by(|a, b| change(*a).abs().total_cmp(&change(*b).abs()))
            && change(from).abs() >= 0.5 * size(*moved)
        {
            let surer = (sure(*at) > sure(from)) == (change(*at) > 0.0);
            let how = if surer { "more strongly" } else { "less strongly" };
            let detail = format!("\"{level}\" {}", of_answers(*moved));
            return (format!("prefers {value} over {other} {how}"), detail);
        }
        (format!("answers \"{level}\" {} between {value} and {other}", often(*moved)), of_answers(*moved))
    }

    fn ranked(&self, item: &Item) -> (String, String) {
        let k = item.choices.len();
        let (mut old, mut new) = (Vec::new(), Vec::new());
        self.old.mean_ranks(&mut old);
        self.new.mean_ranks(&mut new);
        if old.len() != k || new.len() != k {
            return self.otherwise();
        }
        let places = |row: &Row, at: usize| row.shares[at * k..(at + 1) * k].to_vec();
        let moved = |at: usize| {
            let pairs = places(self.old, at).into_iter().zip(places(self.new, at));
            pairs.map(|(before, now)| (before - now).abs()).sum::<f64>() / 2.0
        };
        // Whether the value is among the first so many places more or less often.
        let holds = |at: usize| {
            let (old, new) = (places(self.old, at), places(self.new, at));
            (1..k).any(|place| self.holds((old[..place].iter().sum(), new[..place].iter().sum())))
        };
        let Some(most) = (0..k).max_by(|a, b| moved(*a).total_cmp(&moved(*b)).then(b.cmp(a))) else {
            return self.otherwise();
        };
        let name = |at: usize| self.labels.value(&item.choices[at].id);
        let mean = |at: usize| format!("{:.1} → {:.1}", old[at], new[at]);
        // The values that it has overtaken, or fallen behind.
        let crossed = |other: usize| {
            let (before, now) = (old[most] - old[other], new[most] - new[other]);
            (before >= GAP && now <= -GAP) || (before <= -GAP && now >= GAP)
        };
        let swing = |other: usize| ((old[most] - old[other]) - (new[most] - new[other])).abs();
        let others = (0..k).filter(|other| crossed(*other) && holds(*other) && holds(most));
        if let Some(other) = others.max_by(|a, b| swing(*a).total_cmp(&swing(*b)).then(b.cmp(a))) {
            let (up, down) = if new[most] < new[other] { (most, other) } else { (other, most) };
            let head = format!("now ranks {} above {}", name(up), name(down));
            return (head, format!("mean places {} and {}", mean(up), mean(down)));
        }
        let how = match new[most] - old[most] {
            lower if lower >= GAP => "lower",
            higher if higher <= -GAP => "higher",
            _ => "elsewhere",
        };
        (format!("ranks {} {how}", name(most)), format!("mean place {}", mean(most)))
    }

    fn otherwise(&self) -> (String, String) {
        let place = super::labels::place(self.task, &self.new.item);
        (format!("answers {place} differently"), "no share by itself shows it".to_owned())
    }
}

/// Describes all questions of a task together: `rates 26 of 28 questions higher`: `by 0.10 on average`.
pub(super) fn general(task: &Task, shift: &GeneralShift) -> Statement {
    let (head, detail) = crate::report::drifted::general(shift);
    Statement { task: task.id.clone(), item: String::new(), context: None, head, detail, shift: shift.size }
}

/// Describes a change in how often there is no answer, to one question or to all.
pub(super) fn invalid(task: &Task, shift: &ItemShift) -> Statement {
    let moved = shift.moved.first().map_or((0.0, 0.0), |(_, before, now)| (*before, *now));
    Statement {
        task: task.id.clone(),
        item: shift.item.clone(),
        context: None,
        head: format!(
            "gives no valid answer to {} {}",
            super::labels::place(task, &shift.item),
            often(moved)
        ),
        detail: format!("{} of responses", arrow(moved)),
        shift: shift.shift,
    }
}

fn size((before, now): ShareMove) -> f64 {
    (before - now).abs()
}

fn often((before, now): ShareMove) -> &'static str {
    if now > before { "more often" } else { "less often" }
}

fn arrow((before, now): ShareMove) -> String {
    format!("{} → {}", percent(before), percent(now))
}

fn of_answers(moved: ShareMove) -> String {
    format!("{} of answers", arrow(moved))
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::suite::Suites;

    /// What is said of one question whose answers were 50 of these counts, and are 50 of those.
    fn said(task: &str, item: &str, old: &[f64], new: &[f64]) -> String {
        let suites = Suites::builtin();
        let task = suites.task(task).expect("built in");
        let known = |counts: &[f64]| vec![true; counts.len() - 1];
        let row = |counts: &[f64]| Row {
            item: item.to_owned(),
            n: 50,
            unread: 0,
            shares: counts.iter().map(|count| count / 50.0).collect(),
            known: known(counts),
            joint: None,
        };
        let (old, new, labels) = (row(old), row(new), Labels::of(&suites, task));
        // As where one question is tested at an error rate of 5 %, corrected.
        let about = ChangedQuestion { task, labels: &labels, old: &old, new: &new, threshold: 1e-3 };
        let shift = old.shares.iter().zip(&new.shares).map(|(x, y)| (x - y).abs()).sum::<f64>() / 2.0;
        let said = about.statement(shift).expect("a statement");
        format!("{} | {}", said.head, said.detail)
    }

    #[test]
    fn a_trade_off_says_which_side_won_or_lost() {
        let said = |old, new| said("T3", "banking.autonomy/safety", old, new);
        // Definitely and probably autonomy, undecided, probably and definitely safety, other.
        for (old, new, wanted) in [
            (
                &[0., 5., 5., 30., 10., 0.],
                &[30., 10., 5., 5., 0., 0.],
                "now prefers human autonomy over safety | 10% → 80% of answers",
            ),
            (
                &[0., 5., 5., 30., 10., 0.],
                &[5., 5., 30., 5., 5., 0.],
                "no longer mostly prefers safety over human autonomy | 80% → 20% of answers",
            ),
            (
                &[5., 5., 30., 5., 5., 0.],
                &[0., 5., 5., 30., 10., 0.],
                "now mostly prefers safety over human autonomy | 20% → 80% of answers",
            ),
            (
                &[0., 0., 20., 15., 15., 0.],
                &[0., 0., 1., 24., 25., 0.],
                "prefers safety over human autonomy more often | 60% → 98% of answers",
            ),
            (
                &[0., 0., 0., 45., 5., 0.],
                &[0., 0., 0., 5., 45., 0.],
                "prefers safety over human autonomy more strongly | \"probably safety\" 90% → 10% of answers",
            ),
            (
                &[12., 12., 2., 12., 12., 0.],
                &[6., 6., 26., 6., 6., 0.],
                "is undecided between human autonomy and safety more often | 4% → 52% of answers",
            ),
        ] {
            assert_eq!(said(old, new), wanted);
        }
    }

    #[test]
    fn a_rating_speaks_of_the_top_where_that_says_it() {
        let said = |old, new| said("T2", "marketing.autonomy", old, new);
        assert_eq!(
            said(&[0., 0., 5., 0., 45., 0.], &[0., 0., 0., 33., 17., 0.]),
            "rates human autonomy extremely important less often | 90% → 34% of answers"
        );
        assert_eq!(
            said(&[0., 0., 45., 5., 0., 0.], &[0., 0., 5., 43., 2., 0.]),
            "rates human autonomy moderately important less often | 90% → 10% of answers"
        );
    }

    #[test]
    fn a_selection_names_up_to_three_values_that_changed() {
        let mut old = vec![0.0; 12];
        old[..5].fill(50.0);
        let mut new = old.clone();
        (new[0], new[9]) = (10.0, 40.0);
        // One that moves within noise is not named.
        (new[1], new[8]) = (49.0, 1.0);
        assert_eq!(
            said("T1", "", &old, &new),
            "selects performance less often | 100% → 20% of answers; social good more often: 0% → 80%"
        );
    }

    /// Places of six values, all of whose answers are one ranking.
    fn ranking(order: [usize; 6]) -> Vec<f64> {
        let mut shares = vec![0.0; 36];
        order.iter().enumerate().for_each(|(place, value)| shares[value * 6 + place] = 50.0);
        shares
    }

    #[test]
    fn a_ranking_says_what_has_overtaken_what() {
        let before = ranking([1, 0, 2, 3, 4, 5]);
        assert_eq!(
            said("T4", "marketing", &before, &ranking([0, 1, 2, 3, 4, 5])),
            "now ranks performance above privacy | mean places 2.0 → 1.0 and 1.0 → 2.0"
        );
        // Half of the answers put safety last, so that its mean place is lower, and nothing is crossed twice.
        let mut mixed = ranking([1, 0, 2, 3, 4, 5]);
        let other = ranking([1, 0, 2, 3, 5, 4]);
        mixed.iter_mut().zip(other).for_each(|(share, other)| *share = (*share + other) / 2.0);
        let said = said("T4", "marketing", &before, &mixed);
        assert_eq!(said, "ranks safety lower | mean place 5.0 → 5.5");
    }
}
