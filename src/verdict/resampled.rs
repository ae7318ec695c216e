//! The interval of a statistic that has no exact one: its spread over draws of what the shares could
//! be, given the answers.
//!
//! Shares are drawn from Dirichlet posteriors whose prior counts as one answer spread evenly over the
//! choices, so that a unanimous item varies too. Draws break the ties that shares of 0 and 1 cause;
//! centring at the estimate and widening by the draws' bias keeps that from passing for evidence.

use rand::Rng;

use super::{Options, tail};
use crate::check::{Check, Statistic, Undefined, Unit, Who};
use crate::profile::{Joint, Row, Table};
use crate::stats::resample;
use crate::suite::Shape;

const DRAWS: usize = 200;
/// Fewer answers than this to any item leave everything open.
const FEWEST: u32 = 4;
/// The standard deviation of 200 draws is itself uncertain by 5 %; two of those.
const MONTE_CARLO: f64 = 1.1;

pub(super) fn interval(
    check: &Check,
    tables: &[Table],
    statistic: &mut Statistic,
    estimate: f64,
    rate: f64,
    options: &Options,
) -> Result<(f64, f64), Undefined> {
    let unit = check.measure.unit();
    let inputs = check.measure.inputs();
    let (least, most) = limits(unit, estimate);
    // The spread of so few answers says nothing about the next one.
    if super::exact::subjects(check, tables).flat_map(|table| &table.rows).any(|row| row.n < FEWEST) {
        return Ok((least, most));
    }
    let drawn: Vec<bool> =
        inputs.iter().map(|input| input.who == Who::Subject || options.baseline_uncertainty).collect();
    let mut rng = resample::rng(options.seed, &["verdict", &check.sentence]);
    let mut draw = tables.to_vec();
    let mut values = Vec::with_capacity(DRAWS);
    for _ in 0..DRAWS {
        for at in (0..tables.len()).filter(|at| drawn[*at]) {
            redraw(&tables[at], &mut draw[at], &mut rng)?;
        }
        // Two views of the same answers are drawn apart; that only widens their difference.
        match statistic(&draw) {
            Ok(value) => values.push(scale(unit, value)),
            Err(Undefined::Statistic(_)) => {}
            Err(why) => return Err(why),
        }
    }
    if values.len() < DRAWS / 2 {
        return Err(Undefined::Other("the answers are too alike to say how far they could vary".to_owned()));
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let centre = scale(unit, estimate);
    // A measure that moves in steps may not move in any draw. So few draws cannot vouch for a small
    // error rate, but unanimity can: a coin that fell the same way n times, (1/2)^n (the sign test).
    if variance == 0.0 && !unanimous_enough(check, tables, rate) {
        return Ok((least, most));
    }
    let half = tail(rate) * variance.sqrt() * MONTE_CARLO + (mean - centre).abs();
    let back = |value: f64| unscale(unit, value).clamp(least, most);
    Ok((back(centre - half), back(centre + half)))
}

fn unanimous_enough(check: &Check, tables: &[Table], rate: f64) -> bool {
    let rows = super::exact::subjects(check, tables).flat_map(|table| &table.rows).map(|row| row.n);
    rows.min().is_some_and(|n| 0.5_f64.powi(n.min(1000) as i32) <= rate)
}

/// Fisher's z (1921) for correlations: their spread then hardly depends on their size.
fn scale(unit: Unit, value: f64) -> f64 {
    if unit == Unit::Correlation { (value / 2.0).clamp(-0.9999, 0.9999).atanh() } else { value }
}

fn unscale(unit: Unit, value: f64) -> f64 {
    if unit == Unit::Correlation { value.tanh() * 2.0 } else { value }
}

/// The values a unit can have; differences of correlations reach twice as far.
fn limits(unit: Unit, estimate: f64) -> (f64, f64) {
    match unit {
        Unit::Share | Unit::Index => (0.0, 1.0),
        Unit::Correlation if estimate.abs() <= 1.0 => (-1.0, 1.0),
        Unit::Correlation => (-2.0, 2.0),
        Unit::Number => (0.0, f64::MAX),
        Unit::Place => (1.0, f64::MAX),
    }
}

fn redraw<R: Rng>(table: &Table, into: &mut Table, rng: &mut R) -> Result<(), Undefined> {
    for (row, out) in table.rows.iter().zip(&mut into.rows) {
        match table.shape {
            Shape::Set { .. } => selection(row, out, rng)?,
            Shape::Ranking => ranking(row, out, rng)?,
            Shape::Level | Shape::Text => {
                let n = f64::from(row.n);
                let prior = 1.0 / row.shares.len() as f64;
                // "Other" is a level too, where the source leaves levels out; else it stays empty.
                let last = row.shares.len() - 1;
                let open = row.shares[last] > 0.0 || row.known.contains(&false);
                let alpha: Vec<f64> = (row.shares.iter().enumerate())
                    .map(|(at, share)| match at {
                        at if at == last && !open => 0.0,
                        at if row.known.get(at) == Some(&false) => 0.0,
                        _ => share * n + prior,
                    })
                    .collect();
                resample::dirichlet(rng, &alpha, &mut out.shares)?;
            }
        }
    }
    Ok(())
}

/// Each option's selection share by itself: the answers of a published selection are not known one by
/// one. That leaves out that picks exclude each other.
fn selection<R: Rng>(row: &Row, out: &mut Row, rng: &mut R) -> Result<(), Undefined> {
    let n = f64::from(row.n);
    for (share, drawn) in row.shares.iter().zip(&mut out.shares) {
        *drawn = resample::beta(rng, share * n + 0.5, (1.0 - share) * n + 0.5)?;
    }
    Ok(())
}

/// Rubin's Bayesian bootstrap (1981) of whole rankings, with one answer's weight on even places.
fn ranking<R: Rng>(row: &Row, out: &mut Row, rng: &mut R) -> Result<(), Undefined> {
    let k = row.shares.len().isqrt();
    if let Some(Joint::Rankings(orders)) = row.joint.as_deref() {
        let mut weights = vec![0.0; orders.len() + 1];
        let alpha = vec![1.0; orders.len() + 1];
        resample::dirichlet(rng, &alpha, &mut weights)?;
        out.shares.fill(weights[orders.len()] / k as f64);
        for (order, weight) in orders.iter().zip(&weights) {
            for (place, choice) in order.iter().enumerate() {
                out.shares[usize::from(*choice) * k + place] += weight;
            }
        }
        return Ok(());
    }
    // Only places are stored (a snapshot): each option's by itself.
    let n = f64::from(row.n);
    for choice in 0..k {
        let at = choice * k..(choice + 1) * k;
        let alpha: Vec<f64> = row.shares[at.clone()].iter().map(|share| share * n + 1.0 / k as f64).collect();
        resample::dirichlet(rng, &alpha, &mut out.shares[at])?;
    }
    Ok(())
}
