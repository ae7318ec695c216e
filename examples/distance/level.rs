//! The truth on the bound: how often there is any verdict, in samples that grow past cap after cap, and whose two
//! forms are answered differently.

use std::sync::Arc;

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

/// T2's levels, by item, form and place.
struct DrawnLevels(Vec<[Vec<u8>; 2]>);

/// What a model is: by item, in each form, the shares of its levels.
type Truth = Vec<[Vec<f64>; 2]>;

fn truth(task: &Task, published: &Table, unequal: f64) -> Truth {
    let of = |row: &Row| {
        let (levels, top) = (row.known.len(), row.known.len() - 1);
        let by = unequal.min(row.shares[top]).min(1.0 - row.shares[top]);
        [by, -by].map(|by| {
            let yes = row.shares[top] + by;
            let mut shares = vec![(1.0 - yes) / (levels - 1) as f64; levels];
            shares[top] = yes;
            shares
        })
    };
    task.items.iter().filter_map(|item| published.row(&item.id)).map(|row| of(&published.rows[row])).collect()
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

/// The table of the first `n` answers: as many of each form.
fn table(task: &Task, drawn: &DrawnLevels, n: u32) -> Table {
    let rows = task.items.iter().zip(&drawn.0).map(|(item, forms)| {
        let part = forms.each_ref().map(|form| form[..(n / 2) as usize].to_vec());
        let levels = item.choices.len();
        let mut shares = vec![0.0; levels + 1];
        part.iter().flatten().for_each(|level| shares[usize::from(*level)] += 1.0 / f64::from(n));
        let [one, other] = part;
        let joint = Joint::Levels(vec![("stated".to_owned(), one), ("turned".to_owned(), other)]);
        Row {
            item: item.id.clone(),
            n,
            unread: 0,
            shares,
            known: vec![true; levels],
            joint: Some(Arc::new(joint)),
        }
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

pub fn print(replicates: u32, rate: f64, only: Option<&str>) -> Result<(), String> {
    let world = World::shipped()?;
    let task = world.task("T2")?;
    println!("| sentence | model | forms | pass | fail | runs |\n| --- | --- | --- | --- | --- | --- |");
    for form in ["T2 order agreement with practitioners >=", "T2 mean difference with us-sample <="] {
        if only.is_some_and(|only| !form.contains(only)) {
            continue;
        }
        for (model, unequal) in [("phi-4", 0.0), ("phi-4", UNEQUAL), ("o1-preview", UNEQUAL)] {
            let check = world.check(&format!("{form} 0.5"))?;
            let mut tables = world.tables(&check, model, None)?;
            let published =
                world.tallies.get(model).ok_or("no model")?.profile(task).map_err(|why| why.to_string())?;
            let truth = truth(task, &published.ok_or("no figures")?.table(task, View::Main), unequal);
            let value = world.truth(&check, model)?;
            let check = world.check(&format!("{form} {value:.15}"))?;
            let (mut pass, mut fail) = (0, 0);
            for replicate in 0..replicates {
                let drawn = draw(&truth, 500, &mut rng(5, &["level", model, &replicate.to_string()]));
                for look in looks(rate) {
                    tables[0] = table(task, &drawn, look);
                    let design =
                        Design::Growing { most: *CAPS.iter().find(|cap| look <= **cap).unwrap_or(&1_000) };
                    let decision = verdict::decide(&check, &tables, &world.suites, rate, &options(design));
                    match decision.map_err(|why| why.to_string())?.outcome {
                        Outcome::Pass => pass += 1,
                        Outcome::Fail => fail += 1,
                        Outcome::Inconclusive => continue,
                    }
                    break;
                }
            }
            println!("| {form} {value:.3} | {model} | ±{unequal} | {pass} | {fail} | {replicates} |");
        }
    }
    Ok(())
}
