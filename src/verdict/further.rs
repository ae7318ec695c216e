//! How many answers a check would likely take: judged on the same answers, given that often again.

use std::sync::Arc;

use super::{Options, Outcome, evidence, interval, outcome};
use crate::check::{Check, Undefined, Who};
use crate::profile::{Joint, Row, Table};
use crate::stats::evidence::Design;
use crate::suite::Suites;

/// The sizes that are tried, as multiples of what there is. Beyond them a check is too close to call.
const MULTIPLES: [f64; 14] = [1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 7.0, 10.0, 15.0, 20.0, 30.0, 50.0];

/// Answers per item at which the check would be decided if further answers were as those there are;
/// `None` if not even fifty times as many would do.
///
/// Where the answers decide it already, they decide at their own size. It is a forecast and no
/// statement at an error rate: half of the time it takes more.
#[must_use]
pub fn likely(
    check: &Check,
    tables: &[Table],
    suites: &Suites,
    rate: f64,
    bound: f64,
    options: &Options,
) -> Option<u32> {
    let now = evidence(check, tables).least_per_item;
    MULTIPLES.iter().find_map(|multiple| {
        let n = (f64::from(now) * multiple).ceil() as u32;
        let decided = at(check, tables, suites, n, rate, bound, options).ok()? != Outcome::Inconclusive;
        decided.then_some(n)
    })
}

/// What the check would come to with `n` answers per item like those there are.
///
/// # Errors
/// The measure has no value.
pub fn at(
    check: &Check,
    tables: &[Table],
    suites: &Suites,
    n: u32,
    rate: f64,
    bound: f64,
    options: &Options,
) -> Result<Outcome, Undefined> {
    let now = evidence(check, tables).least_per_item.max(1);
    let multiple = f64::from(n) / f64::from(now);
    let own = check.measure.inputs().into_iter().map(|input| input.who == Who::Subject);
    let tables: Vec<Table> = tables
        .iter()
        .zip(own)
        .map(|(table, own)| if own { stretched(table, multiple) } else { table.clone() })
        .collect();
    let design = match options.design {
        Design::Fixed => Design::Fixed,
        Design::Growing { most } => Design::Growing { most: most.max(n) },
    };
    let interval = interval(check, &tables, suites, rate, bound, &Options { design, ..*options })?;
    Ok(outcome(check.test, bound, interval))
}

/// The same shares from `multiple` times as many answers.
fn stretched(table: &Table, multiple: f64) -> Table {
    let more = |n: usize| (n as f64 * multiple).round().max(1.0) as usize;
    let rows = table.rows.iter().map(|row| {
        let joint = row.joint.as_deref().map(|joint| {
            Arc::new(match joint {
                Joint::Sets(sets) => {
                    Joint::Sets(sets.iter().copied().cycle().take(more(sets.len())).collect())
                }
                Joint::Rankings(orders) => {
                    Joint::Rankings(orders.iter().cloned().cycle().take(more(orders.len())).collect())
                }
                Joint::Levels(forms) => Joint::Levels(
                    forms
                        .iter()
                        .map(|form| form.iter().copied().cycle().take(more(form.len())).collect())
                        .collect(),
                ),
            })
        });
        Row { n: more(row.n as usize) as u32, joint, ..row.clone() }
    });
    Table { shape: table.shape, rows: rows.collect() }
}
