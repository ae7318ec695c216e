//! Forecasts how many answers a check takes, by judging it on the first answers there are, or on the same
//! answers repeated.

use std::sync::Arc;

use super::{JudgingOptions, Outcome, evidence, outcome_at};
use crate::check::{Check, Undefined, Who};
use crate::profile::{Joint, Row, Table, UNREAD, View};
use crate::stats::evidence::Design;
use crate::suite::Suites;

/// A check that needs more than this many times its answers is too close to call.
const MOST: u32 = 50;

/// A forecast is exact to this part of itself.
const GRAIN: u32 = 32;

/// Forecasts the number of responses per item at which the check is decided, if the model goes on as it
/// answered so far, with as many responses unread. `None` if not even fifty times as many would suffice.
///
/// Where the answers decide it already, the number is at most theirs: the first part that would have sufficed
/// (of the answers themselves where they are known one by one, otherwise of the same shares). A forecast has
/// no error rate. It errs on the late side, by up to a fifth where answers differ, because luck ends a test
/// early more often than it prolongs it.
#[must_use]
pub(crate) fn likely(
    check: &Check,
    tables: &[Table],
    suites: &Suites,
    rate: f64,
    bound: f64,
    options: &JudgingOptions,
) -> Option<u32> {
    let now = evidence(check, tables, suites).least_per_item;
    let decides = |n: u32| {
        let at = at(check, tables, suites, n, rate, bound, options);
        at.is_ok_and(|outcome| outcome != Outcome::Inconclusive)
    };
    match now {
        0 => None,
        now if decides(now) => first(0, now, |n| n == now || decides(n)),
        now => first(now, now.saturating_mul(MOST), decides),
    }
}

/// Returns the first number above `from`, and at most `most`, that is enough, by doubling and then halving
/// the gap. One number may be enough by the luck of rounding and the next one not; as answers come in one by
/// one, the first counts.
fn first(from: u32, most: u32, enough: impl Fn(u32) -> bool) -> Option<u32> {
    let (mut low, mut high) = (from, from);
    loop {
        high = high.saturating_mul(2).clamp(1, most);
        if enough(high) {
            break;
        }
        if high == most {
            return None;
        }
        low = high;
    }
    while high - low > (high / GRAIN).max(1) {
        let middle = low + (high - low) / 2;
        if enough(middle) { high = middle } else { low = middle }
    }
    Some(high)
}

/// Judges the check on `n` answers per item like those there are.
///
/// # Errors
/// The measure has no value.
pub(super) fn at(
    check: &Check,
    tables: &[Table],
    suites: &Suites,
    n: u32,
    rate: f64,
    bound: f64,
    options: &JudgingOptions,
) -> Result<Outcome, Undefined> {
    let now = evidence(check, tables, suites).least_per_item.max(1);
    let multiple = f64::from(n) / f64::from(now);
    let tables = first_of(check, tables, multiple);
    let design = match options.design {
        Design::Fixed => Design::Fixed,
        Design::Growing { most } => Design::Growing { most: most.max(n) },
    };
    outcome_at(check, &tables, suites, rate, bound, &JudgingOptions { design, ..*options })
}

/// Returns how many answers per question one answer in each row of the subject's tables stands for: 1, unless
/// a row pools questions (all responses, valid or not) or holds one of several forms that share the answers.
pub(crate) fn per_answer(check: &Check, suites: &Suites) -> f64 {
    let inputs = check.measure.inputs();
    let own = inputs.iter().filter(|input| input.who == Who::Subject);
    let each = own.filter_map(|input| {
        let task = suites.task(&input.task)?;
        let forms = task.forms.len().max(1) as f64;
        Some(match input.view {
            View::Validity if task.counterbalanced => 1.0 / task.items.len().max(1) as f64,
            View::Validity => 1.0 / (task.items.len().max(1) as f64 * forms),
            View::Form(_) if task.counterbalanced => forms,
            View::Form(_) | View::Main => 1.0,
        })
    });
    each.fold(0.0, f64::max)
}

/// Returns the tables of a check with `multiple` times as many answers of the subject; see [`resized`].
pub(crate) fn first_of(check: &Check, tables: &[Table], multiple: f64) -> Vec<Table> {
    let own = check.measure.inputs().into_iter().map(|input| input.who == Who::Subject);
    let each = tables.iter().zip(own);
    each.map(|(table, own)| if own { resized(table, multiple) } else { table.clone() }).collect()
}

/// Returns the table with `multiple` times as many answers: the first ones, or the same answers repeated.
pub(crate) fn resized(table: &Table, multiple: f64) -> Table {
    Table { shape: table.shape, rows: table.rows.iter().map(|row| resized_row(row, multiple)).collect() }
}

fn resized_row(row: &Row, multiple: f64) -> Row {
    let size = |n: usize| (n as f64 * multiple).round().max(1.0) as usize;
    fn part<T: Clone>(answers: &[T], size: usize) -> Vec<T> {
        answers.iter().cloned().cycle().take(size).collect()
    }
    let joint = row.joint.as_deref().map(|joint| match joint {
        Joint::Sets(sets) => Joint::Sets(part(sets, size(sets.len()))),
        Joint::Rankings(orders) => Joint::Rankings(part(orders, size(orders.len()))),
        Joint::People(orders) => Joint::People(orders.clone()),
        Joint::Panel => Joint::Panel,
        Joint::Levels(forms) => Joint::Levels(
            forms.iter().map(|(label, form)| (label.clone(), part(form, size(form.len())))).collect(),
        ),
    });
    let told = |row: &Row| {
        let unread = (f64::from(row.unread) * multiple).round() as u32;
        Row { n: size(row.n as usize) as u32, unread, ..row.clone() }
    };
    let Some(joint) = joint else { return told(row) };
    if matches!(joint, Joint::Panel | Joint::People(_)) {
        return Row { joint: Some(Arc::new(joint)), ..told(row) };
    }
    let (n, all) = read_of(&joint);
    let unread = (all - n) as u32;
    // The first answers are known; beyond them, the shares are the best guess.
    let shares = if multiple < 1.0 { shares(&joint, n, row) } else { row.shares.clone() };
    Row { n: n as u32, unread, shares, joint: Some(Arc::new(joint)), ..row.clone() }
}

/// Returns how many of the responses were read, and how many there are.
pub(super) fn read_of(joint: &Joint) -> (usize, usize) {
    match joint {
        Joint::Sets(sets) => (sets.iter().filter(|set| **set != 0).count(), sets.len()),
        Joint::Rankings(orders) => (orders.iter().filter(|order| !order.is_empty()).count(), orders.len()),
        Joint::Levels(forms) => {
            let levels = || forms.iter().flat_map(|(_, form)| form);
            (levels().filter(|level| **level != UNREAD).count(), levels().count())
        }
        Joint::Panel | Joint::People(_) => (0, 0),
    }
}

/// Returns the shares of answers that are known one by one, in the row's layout.
pub(super) fn shares(joint: &Joint, n: usize, row: &Row) -> Vec<f64> {
    let mut counts = vec![0.0; row.shares.len()];
    let mut count = |at: usize| {
        if let Some(count) = counts.get_mut(at) {
            *count += 1.0;
        }
    };
    let read = |level: &&u8| **level != UNREAD;
    match joint {
        Joint::Sets(sets) => sets.iter().for_each(|set| {
            (0..row.shares.len()).filter(|at| set >> at & 1 == 1).for_each(&mut count);
        }),
        Joint::Rankings(orders) => orders.iter().for_each(|order| {
            order.iter().enumerate().for_each(|(place, choice)| {
                count(usize::from(*choice) * order.len() + place);
            });
        }),
        Joint::Panel | Joint::People(_) => return row.shares.clone(),
        Joint::Levels(forms) => forms.iter().flat_map(|(_, form)| form).filter(read).for_each(|level| {
            let told = row.known.get(usize::from(*level)) == Some(&true);
            count(if told { usize::from(*level) } else { row.known.len() });
        }),
    }
    counts.iter_mut().for_each(|count| *count /= n.max(1) as f64);
    counts
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::check::{Scope, read};
    use crate::stats::resample::rng;
    use crate::stats::spending::first_above;
    use crate::suite::{CheckEntry, Shape, Suite};

    const SUITE: &str = "id = \"T5\"\ntitle = \"t\"\nkind = \"select\"\npick = 1\nprompt = \"{options} {pick}\"\n[[option]]\nid = \"a\"\nlabel = \"A\"\n[[option]]\nid = \"b\"\nlabel = \"B\"\n[[option]]\nid = \"c\"\nlabel = \"C\"\n";

    fn check(sentence: &str) -> (Check, Suites) {
        let suite = Suite::from_text("t5.toml", SUITE).expect("a suite");
        let suites = Suites { suites: vec![suite], ..Suites::default() };
        let entry = CheckEntry::of(sentence);
        let check = read(&entry, &Scope { suites: &suites, respondents: Vec::new() }).expect("a check");
        (check, suites)
    }

    fn table(shares: [f64; 3], n: u32, joint: Option<Vec<u64>>) -> Table {
        let joint = joint.map(|sets| Arc::new(Joint::Sets(sets)));
        let row =
            Row { item: String::new(), n, unread: 0, shares: shares.to_vec(), known: Vec::new(), joint };
        Table { shape: Shape::Set { pick: 1 }, rows: vec![row] }
    }

    const OPTIONS: JudgingOptions = JudgingOptions {
        seed: 1,
        baseline_uncertainty: None,
        chance: false,
        design: Design::Growing { most: 200 },
    };

    /// The mean number of answers after which "at most `bound`" is refuted, when `share` of them say yes.
    fn mean_stopping_time(share: f64, bound: f64, rate: f64) -> f64 {
        let mut rng = rng(20_251_106, &["stopping"]);
        let mut total = 0.0;
        for _ in 0..1000 {
            let mut yes = 0;
            let path = (0..5_000).map(|_| {
                yes += u32::from(rng.random_bool(share));
                yes
            });
            total += f64::from(first_above(bound, rate, 1, path).expect("refuted"));
        }
        total / 1000.0
    }

    #[test]
    fn a_forecast_is_near_the_mean_stopping_time() {
        let (check, suites) = check("T5 selects a >= 50%");
        for (share, rate) in [(0.95, 0.001), (0.8, 0.001), (0.65, 0.0005), (0.99, 0.01), (0.7, 0.01)] {
            let mean = mean_stopping_time(share, 0.5, rate);
            // From fewer answers than it takes, from about as many, and from many more.
            for now in [20, 100, 2000] {
                let table = table([share, 1.0 - share, 0.0], now, None);
                let n = likely(&check, &[table], &suites, rate, 0.5, &OPTIONS).expect("decided");
                // Of few answers that are nearly all alike, one that is not weighs much.
                let near = (f64::from(n) / mean - 1.0).abs() < 0.25 || (f64::from(n) - mean).abs() < 6.0;
                assert!(near, "{share} {rate} from {now}: {n}, {mean}");
            }
        }
    }

    #[test]
    fn the_first_answers_are_taken_as_they_came() {
        let (check, suites) = check("T5 selects a >= 50%");
        // Twenty of one kind, then twenty of the other: the first ones decide.
        let sets = [vec![0b1; 20], vec![0b10; 20]].concat();
        let of = |sets: Vec<u64>| {
            let table = table([0.7, 0.3, 0.0], sets.len() as u32, Some(sets));
            at(&check, &[table], &suites, 20, 0.001, 0.5, &OPTIONS)
        };
        assert_eq!(of(sets.clone()), Ok(Outcome::Pass));
        assert_eq!(of(sets.into_iter().rev().collect()), Ok(Outcome::Fail));
    }

    #[test]
    fn what_lies_on_the_bound_has_no_forecast_and_no_answer_gives_none() {
        let (check, suites) = check("T5 selects a >= 50%");
        let of = |n| likely(&check, &[table([0.5, 0.5, 0.0], n, None)], &suites, 0.001, 0.5, &OPTIONS);
        assert_eq!((of(40), of(0)), (None, None));
    }

    #[test]
    fn rows_that_pool_questions_are_told_apart() {
        let of = |sentence| {
            let (check, mut suites) = check(sentence);
            let task = suites.suites[0].task.as_mut().expect("a task");
            task.items.push(task.items[0].clone());
            task.forms.push(task.forms[0].clone());
            let plain = per_answer(&check, &suites);
            suites.suites[0].task.as_mut().expect("a task").counterbalanced = true;
            (plain, per_answer(&check, &suites))
        };
        // Two items in two forms: four responses a sample, or two where the forms share the samples.
        assert_eq!(of("T5 invalid <= 5%"), (0.25, 0.5));
        assert_eq!(of("T5 selects a >= 50%"), (1.0, 1.0));
    }
}
