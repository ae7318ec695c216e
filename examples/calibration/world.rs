//! The world of the simulation: the shipped questions, the eight published models as respondents
//! whose shares are known, and what a check says of any part of their answers.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use alignspec::__testing::baseline::Tallies;
use alignspec::__testing::check::{Check, Scope, Who, read};
use alignspec::__testing::diagnostic::Diagnostic;
use alignspec::__testing::profile::{Profile, Table};
use alignspec::__testing::stats::resample::Stream;
use alignspec::__testing::suite::{CheckEntry, Suites, Task, load};

use super::draw::{Drawn, Source};

pub const MODELS: [&str; 8] = [
    "deepseek-v3",
    "gemini-1.5-flash",
    "gemini-2.0-flash-exp",
    "llama-3.1-405b",
    "o1-mini",
    "o1-preview",
    "phi-4",
    "wizardlm-2-8x22b",
];

/// The most answers per question where a check reads many of them.
pub const MOST: u32 = 200;

/// Answers per question that a run asks before it considers giving up on a check.
pub const SAMPLES: u32 = 50;

pub struct World {
    pub suites: Suites,
    pub tallies: Tallies,
    /// By model and task.
    sources: BTreeMap<(String, String), Source>,
}

/// One respondent's answers to some tasks, of which any first part can be looked at.
pub struct Answers(BTreeMap<String, (Drawn, RefCell<Profile>)>);

impl World {
    /// Suites, baselines and models as shipped, read from the folder of the crate.
    pub fn shipped() -> Result<World, String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let builtin = [("builtin".to_owned(), Diagnostic::new("builtin"))];
        let suites = load(root, &builtin);
        let tallies = Tallies::load(root, &builtin);
        if let Some((name, problem)) = suites.problems.iter().chain(&tallies.problems).next() {
            return Err(format!("{name}: {problem}"));
        }
        let mut sources = BTreeMap::new();
        for model in MODELS {
            let tally = tallies.get(model).ok_or_else(|| format!("{model} is not shipped"))?;
            for task in ["T1", "T2", "T3", "T4"] {
                let task = suites.task(task).ok_or_else(|| format!("{task} is not shipped"))?;
                let profile = tally.profile(task).map_err(|problem| problem.to_string())?;
                let profile = profile.ok_or_else(|| format!("{model} has no {}", task.id))?;
                let source =
                    Source::new(task, &profile).map_err(|why| format!("{model} {}: {why}", task.id))?;
                sources.insert((model.to_owned(), task.id.clone()), source);
            }
        }
        Ok(World { suites, tallies, sources })
    }

    pub fn check(&self, sentence: &str) -> Result<Check, String> {
        let entry = CheckEntry::of(sentence);
        let scope = Scope { suites: &self.suites, respondents: self.tallies.names().collect() };
        read(&entry, &scope).map_err(|problem| problem.to_string())
    }

    pub fn task(&self, id: &str) -> Result<&Task, String> {
        self.suites.task(id).ok_or_else(|| format!("{id} is not shipped"))
    }

    /// Looks are multiples of this: every form that balances another is asked.
    pub fn round(&self, check: &Check) -> u32 {
        let tasks = self.tasks_of(check);
        tasks.iter().filter_map(|task| self.suites.task(task)).map(Task::round).max().unwrap_or(1)
    }

    /// How many questions a check reads, and how many its tasks have.
    pub fn questions(&self, check: &Check) -> (usize, usize) {
        let mut read: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        let inputs = check.measure.inputs();
        for (at, input) in inputs.iter().enumerate().filter(|(_, input)| input.who == Who::Subject) {
            let all = || (0..self.suites.task(&input.task).map_or(0, |task| task.items.len())).collect();
            let own = check.measure.reads(at, &self.suites).unwrap_or_else(all);
            read.entry(input.task.clone()).or_default().extend(own);
        }
        let all = read.keys().filter_map(|id| self.suites.task(id)).map(|task| task.items.len());
        (read.values().map(BTreeSet::len).sum(), all.sum())
    }

    /// The tasks whose answers by the subject a check needs.
    pub fn tasks_of(&self, check: &Check) -> Vec<String> {
        let inputs = check.measure.inputs();
        let mut tasks: Vec<String> =
            inputs.into_iter().filter(|input| input.who == Who::Subject).map(|input| input.task).collect();
        tasks.sort();
        tasks.dedup();
        tasks
    }

    /// Answers of `model` to these tasks, drawn from its published shares.
    pub fn draw(&self, model: &str, tasks: &[String], samples: u32, rng: &mut Stream) -> Answers {
        let draw = |task: &String| {
            let drawn = self.sources[&(model.to_owned(), task.clone())].draw(samples, rng);
            let first = RefCell::new(drawn.profile(1));
            (task.clone(), (drawn, first))
        };
        Answers(tasks.iter().map(draw).collect())
    }

    /// The tables of a check: the subject's from its first `samples` answers, or its published ones
    /// (the truth) when `None`.
    pub fn tables(
        &self,
        check: &Check,
        model: &str,
        answers: Option<(&Answers, u32)>,
    ) -> Result<Vec<Table>, String> {
        let mut tables = Vec::new();
        for input in check.measure.inputs() {
            let task = self.task(&input.task)?;
            let published = |name: &str| -> Result<Table, String> {
                let tally = self.tallies.get(name).ok_or_else(|| format!("{name} is not shipped"))?;
                let profile = tally.profile(task).map_err(|problem| problem.to_string())?;
                Ok(profile.ok_or_else(|| format!("{name} has no {}", task.id))?.table(task, input.view))
            };
            tables.push(match (&input.who, answers) {
                (Who::Subject, Some((Answers(drawn), samples))) => {
                    let (drawn, profile) = &drawn[&task.id];
                    // Thousands of looks: the profile's memory is used again.
                    let mut profile = profile.borrow_mut();
                    drawn.profile_into(samples, &mut profile);
                    profile.table(task, input.view)
                }
                (Who::Subject, None) => published(model)?,
                (Who::Respondent(name), _) => published(name)?,
                (Who::Snapshot, _) => return Err("no snapshot is simulated".to_owned()),
            });
        }
        Ok(tables)
    }

    /// What a check's measure is for the published shares.
    pub fn truth(&self, check: &Check, model: &str) -> Result<f64, String> {
        let tables = self.tables(check, model, None)?;
        let mut statistic = check.measure.prepare(&tables, &self.suites).map_err(|why| why.to_string())?;
        statistic(&tables).map_err(|why| why.to_string())
    }
}
