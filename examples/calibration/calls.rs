//! Answers saved: the checks that this repository ships, on the models they name, judged look by look
//! and in a fixed design of the same error rate, on the same answers.

use std::collections::BTreeMap;
use std::path::Path;

use alignspec::__testing::check::{Check, Scope, Undefined, Who, read};
use alignspec::__testing::diagnostic::Diagnostic;
use alignspec::__testing::stats::evidence::Design;
use alignspec::__testing::stats::resample::rng;
use alignspec::__testing::suite::load;
use alignspec::__testing::verdict::{self, JudgingOptions, Outcome, Schedule};

use super::world::{Answers, MODELS, MOST, SAMPLES, World};

/// Sizes of the fixed design that are tried.
const FIXED: [u32; 16] = [10, 15, 20, 25, 30, 35, 40, 50, 60, 70, 80, 100, 120, 140, 170, 200];

/// One shipped check on one model.
pub struct Planned {
    pub check: Check,
    pub model: &'static str,
}

/// The checks in `suites/` that name published models.
pub fn shipped(world: &World) -> Result<Vec<Planned>, String> {
    let entry = |path: &str| (path.to_owned(), Diagnostic::new(path.to_owned()));
    let files = [entry("suites/consistency.toml"), entry("suites/checks")];
    let suites = load(Path::new(env!("CARGO_MANIFEST_DIR")), &files);
    let scope = Scope { suites: &world.suites, respondents: world.tallies.names().collect() };
    let mut planned = Vec::new();
    for entry in suites.suites.iter().flat_map(|suite| &suite.checks) {
        for (name, _) in entry.models.iter().flatten() {
            let Some(model) = MODELS.iter().find(|model| *model == name) else { continue };
            let check = read(entry, &scope).map_err(|problem| problem.to_string())?;
            planned.push(Planned { check, model });
        }
    }
    Ok(planned)
}

/// What it took, over all replicates.
#[derive(Debug, Default)]
pub struct Saved {
    pub checks: u64,
    pub decided: u64,
    /// Answers per question, summed over checks.
    pub answers: u64,
    /// Requests of a run: each question as often as the check that needs it most.
    pub requests: u64,
    /// By size of the fixed design: checks decided, requests of a run.
    pub fixed: BTreeMap<u32, (u64, u64)>,
}

impl Saved {
    /// The smallest fixed design that decides as large a share of checks, and its requests.
    pub fn matching(&self) -> Option<(u32, u64)> {
        let enough = self.fixed.iter().find(|(_, (decided, _))| *decided >= self.decided);
        enough.map(|(size, (_, requests))| (*size, *requests))
    }
}

/// Judges all `planned` checks in `replicates` runs, a check at error rate `rate`.
pub fn run(world: &World, planned: &[Planned], rate: f64, replicates: u32) -> Result<Saved, String> {
    let mut saved = Saved::default();
    let tasks = ["T1", "T2", "T3", "T4"].map(str::to_owned);
    for replicate in 0..replicates {
        for model in MODELS {
            let mut rng = rng(2, &["calls", model, &replicate.to_string()]);
            let drawn = world.draw(model, &tasks, MOST, &mut rng);
            let mut most: BTreeMap<(String, usize), u32> = BTreeMap::new();
            for Planned { check, .. } in planned.iter().filter(|planned| planned.model == model) {
                let (size, decided) = sequential(world, check, model, &drawn, rate)?;
                saved.checks += 1;
                saved.decided += u64::from(decided);
                saved.answers += u64::from(size);
                for input in check.measure.inputs().into_iter().filter(|input| input.who == Who::Subject) {
                    for form in input.view.forms(world.task(&input.task)?) {
                        let most = most.entry((input.task.clone(), form)).or_default();
                        *most = size.max(*most);
                    }
                }
                for size in FIXED {
                    let decided = judged(world, check, model, &drawn, size, rate, Design::Fixed)?;
                    saved.fixed.entry(size).or_default().0 += u64::from(decided);
                }
            }
            for ((task, form), size) in most {
                let task = world.task(&task)?;
                let requests = |size| task.items.len() as u64 * u64::from(task.samples_in_form(size, form));
                saved.requests += requests(size);
                for size in FIXED {
                    saved.fixed.entry(size).or_default().1 += requests(size);
                }
            }
        }
    }
    Ok(saved)
}

/// Answers per question until a run stops asking for this check, and whether it was decided.
pub fn sequential(
    world: &World,
    check: &Check,
    model: &str,
    drawn: &Answers,
    rate: f64,
) -> Result<(u32, bool), String> {
    let design = Design::Growing { most: MOST };
    let mut given_up_at = verdict::next_check(SAMPLES, None);
    for look in Schedule::up_to(MOST, rate, 1, world.round(check)).looks() {
        if judged(world, check, model, drawn, *look, rate, design)? {
            return Ok((*look, true));
        }
        if *look >= given_up_at {
            given_up_at = verdict::next_check(SAMPLES, Some(*look));
            let tables = world.tables(check, model, Some((drawn, *look)))?;
            if verdict::hopeless(check, &tables, &world.suites, rate, *look, &options(design)) {
                return Ok((*look, false));
            }
        }
    }
    Ok((MOST, false))
}

fn options(design: Design) -> JudgingOptions {
    JudgingOptions { seed: 1, baseline_uncertainty: None, chance: false, design }
}

fn judged(
    world: &World,
    check: &Check,
    model: &str,
    drawn: &Answers,
    size: u32,
    rate: f64,
    design: Design,
) -> Result<bool, String> {
    let tables = world.tables(check, model, Some((drawn, size)))?;
    match verdict::decide(check, &tables, &world.suites, rate, &options(design))
        .map(|decision| decision.outcome)
    {
        Ok(outcome) => Ok(outcome != Outcome::Inconclusive),
        Err(Undefined::Statistic(_)) => Ok(false),
        Err(why) => Err(format!("{model}: {}: {why}", check.sentence)),
    }
}
