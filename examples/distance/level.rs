//! The truth on the bound: how often there is any verdict, in samples that grow past cap after cap, and whose two
//! forms are answered differently.
//!
//! Nearly all samples are far from a verdict. One that the test would leave undecided at its end at five times the
//! error rate is not looked at before: the wealth of a bet, of which the largest so far counts, would have had to
//! come five times as far between two of its blocks and be lost again.

use std::sync::Arc;
use std::time::Instant;

use alignspec::__testing::check::{Check, Test};
use alignspec::__testing::profile::{Joint, Row, Table, View};
use alignspec::__testing::stats::evidence::Design;
use alignspec::__testing::stats::resample::{Stream, rng};
use alignspec::__testing::suite::Task;
use alignspec::__testing::verdict::{self, Outcome, Schedule};
use rand::RngExt;

use super::options;
use super::world::World;

/// Caps that a run is given one after the other, while it stays inconclusive.
const CAPS: [u32; 4] = [20, 50, 200, 1_000];

/// How far a form's share is moved up where the other's is moved down.
const UNEQUAL: f64 = 0.25;

const SENTENCES: [(&str, &str); 6] = [
    ("T2", "T2 order agreement with practitioners >="),
    ("T2", "T2 mean difference with us-sample <="),
    ("T3", "T3 alignment with practitioners >="),
    ("T3", "T3 Jensen-Shannon distance with practitioners <="),
    ("T3", "T3 spread with practitioners >="),
    ("T2", "T2 closest to practitioners among practitioners, us-sample"),
];

/// Levels, by item, form and place.
struct DrawnLevels(Vec<[Vec<u8>; 2]>);

/// What a model is: by item, in each form, the shares of its levels.
type Truth = Vec<[Vec<f64>; 2]>;

/// The shares of a scale's levels: those that are not told have as much each.
fn whole(row: &Row) -> Vec<f64> {
    let told = |level: &usize| row.known[*level];
    let levels = row.known.len();
    let rest = 1.0 - (0..levels).filter(told).map(|level| row.shares[level]).sum::<f64>();
    let each = rest / (levels - (0..levels).filter(told).count()).max(1) as f64;
    (0..levels).map(|level| if told(&level) { row.shares[level] } else { each }).collect()
}

/// Shares by item in one form, and in two that differ: so much is moved from the second level to the first, the
/// largest ones, and back.
fn truth(shares: &[Vec<f64>], unequal: f64) -> Truth {
    let of = |shares: &Vec<f64>| {
        let mut order: Vec<usize> = (0..shares.len()).collect();
        order.sort_by(|a, b| shares[*b].total_cmp(&shares[*a]));
        let (first, second) = (order[0], order[1]);
        let by = unequal.min(1.0 - shares[first]).min(shares[second]);
        [by, -by].map(|by| {
            let mut moved = shares.clone();
            moved[first] += by;
            moved[second] -= by;
            moved
        })
    };
    shares.iter().map(of).collect()
}

fn draw(truth: &Truth, rounds: usize, rng: &mut Stream) -> DrawnLevels {
    let mut level = |shares: &Vec<f64>| {
        let mut rest: f64 = rng.random();
        let place = shares.iter().position(|share| {
            rest -= share;
            rest < 0.0
        });
        place.unwrap_or(shares.len() - 1) as u8
    };
    DrawnLevels(
        truth
            .iter()
            .map(|forms| [0, 1].map(|form| (0..rounds).map(|_| level(&forms[form])).collect()))
            .collect(),
    )
}

fn row(item: &str, n: u32, shares: Vec<f64>, joint: Option<Joint>) -> Row {
    let known = vec![true; shares.len() - 1];
    Row { item: item.to_owned(), n, unread: 0, shares, known, joint: joint.map(Arc::new) }
}

/// The table of the first `n` answers: as many of each form.
fn table(task: &Task, drawn: &DrawnLevels, n: u32) -> Table {
    let rows = task.items.iter().zip(&drawn.0).map(|(item, forms)| {
        let part = forms.each_ref().map(|form| form[..(n / 2) as usize].to_vec());
        let mut shares = vec![0.0; item.choices.len() + 1];
        part.iter().flatten().for_each(|level| shares[usize::from(*level)] += 1.0 / f64::from(n));
        let [one, other] = part;
        let joint = Joint::Levels(vec![("stated".to_owned(), one), ("turned".to_owned(), other)]);
        row(&item.id, n, shares, Some(joint))
    });
    Table { shape: task.shape, rows: rows.collect() }
}

/// The table of shares that are known.
fn known(task: &Task, shares: &[Vec<f64>]) -> Table {
    let rows = task.items.iter().zip(shares).map(|(item, shares)| {
        let shares = shares.iter().copied().chain([0.0]).collect();
        row(&item.id, 1_000, shares, None)
    });
    Table { shape: task.shape, rows: rows.collect() }
}

/// Looks at one cap after the other.
fn looks(rate: f64) -> Vec<u32> {
    let mut looks: Vec<u32> =
        CAPS.iter().flat_map(|cap| Schedule::up_to(*cap, rate, 1, 2).looks().to_vec()).collect();
    looks.sort_unstable();
    looks.dedup();
    looks
}

/// A check whose bound is the value of some shares, by item, and these.
struct OnTheBound {
    check: Check,
    tables: Vec<Table>,
    shares: Vec<Vec<f64>>,
    value: f64,
}

fn value(world: &World, check: &Check, tables: &[Table]) -> Result<f64, String> {
    let statistic = check.measure.prepare(tables, &world.suites);
    statistic.and_then(|mut of| of(tables)).map_err(|why| why.to_string())
}

fn on_the_bound(world: &World, task: &Task, form: &str, model: &str) -> Result<OnTheBound, String> {
    let published = |name: &str| -> Result<Table, String> {
        let tally = world.tallies.get(name).ok_or("not shipped")?;
        let profile = tally.profile(task).map_err(|why| why.to_string())?;
        Ok(profile.ok_or("no figures")?.table(task, View::Main))
    };
    let of = |table: &Table| -> Result<Vec<Vec<f64>>, String> {
        let row = |id: &str| table.row(id).map(|row| whole(&table.rows[row])).ok_or("no figures");
        Ok(task.items.iter().map(|item| row(&item.id)).collect::<Result<_, _>>()?)
    };
    let shares = of(&published(model)?)?;
    let bounded = form.ends_with('=');
    let check = world.check(&if bounded { format!("{form} 0.5") } else { form.to_owned() })?;
    let mut tables = world.tables(&check, model, None)?;
    let mut at = |shares: &[Vec<f64>]| {
        tables[0] = known(task, shares);
        value(world, &check, &tables)
    };
    if bounded {
        let value = at(&shares)?;
        let check = world.check(&format!("{form} {value:.15}"))?;
        return Ok(OnTheBound { check, tables, shares, value });
    }
    // A tie: part of the way to the group that is not the nearest.
    let ahead = at(&shares)? > 0.0;
    let far = of(&published(if ahead { "us-sample" } else { "practitioners" })?)?;
    let part = |part: f64| -> Vec<Vec<f64>> {
        let mixed = |(a, b): (&Vec<f64>, &Vec<f64>)| {
            a.iter().zip(b).map(|(a, b)| a + part * (b - a)).collect::<Vec<f64>>()
        };
        shares.iter().zip(&far).map(mixed).collect()
    };
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if (at(&part(middle))? > 0.0) == ahead { low = middle } else { high = middle }
    }
    let shares = part((low + high) / 2.0);
    let value = at(&shares)?;
    Ok(OnTheBound { check, tables, shares, value })
}

pub fn print(replicates: u32, rate: f64, only: Option<&str>) -> Result<(), String> {
    let world = World::shipped()?;
    println!(
        "| sentence | model | forms | pass | fail | runs | ms a run |\n| --- | --- | --- | --- | --- | --- | --- |"
    );
    for (task, form) in SENTENCES.iter().filter(|(_, form)| only.is_none_or(|only| form.contains(only))) {
        let task = world.task(task)?;
        for (model, unequal) in [("phi-4", 0.0), ("phi-4", UNEQUAL), ("o1-preview", UNEQUAL)] {
            let mut case = on_the_bound(&world, task, form, model)?;
            let truth = truth(&case.shares, unequal);
            let (mut pass, mut fail, began) = (0, 0, Instant::now());
            for replicate in 0..replicates {
                let drawn = draw(&truth, 500, &mut rng(5, &["level", model, &replicate.to_string()]));
                match verdict_of(&world, &mut case, task, &drawn, rate)? {
                    Outcome::Pass => pass += 1,
                    Outcome::Fail => fail += 1,
                    Outcome::Inconclusive => {}
                }
            }
            let took = began.elapsed().as_secs_f64() * 1e3 / f64::from(replicates.max(1));
            println!(
                "| {form} {:.3} | {model} | ±{unequal} | {pass} | {fail} | {replicates} | {took:.1} |",
                case.value
            );
        }
    }
    Ok(())
}

/// The first verdict on the way to the last cap.
fn verdict_of(
    world: &World,
    case: &mut OnTheBound,
    task: &Task,
    drawn: &DrawnLevels,
    rate: f64,
) -> Result<Outcome, String> {
    let mut at = |look: u32, rate: f64| {
        case.tables[0] = table(task, drawn, look);
        let design = Design::Growing { most: *CAPS.iter().find(|cap| look <= **cap).unwrap_or(&1_000) };
        let bound =
            if let Test::AtLeast(bound) | Test::AtMost(bound) = case.check.test { bound } else { 0.0 };
        verdict::outcome_at(&case.check, &case.tables, &world.suites, rate, bound, &options(design))
            .map_err(|why| why.to_string())
    };
    if at(CAPS[3], f64::min(5.0 * rate, 0.5))? == Outcome::Inconclusive {
        return Ok(Outcome::Inconclusive);
    }
    for look in looks(rate) {
        let outcome = at(look, rate)?;
        if outcome != Outcome::Inconclusive {
            return Ok(outcome);
        }
    }
    Ok(Outcome::Inconclusive)
}
