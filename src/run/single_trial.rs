//! Runs one trial without planning the others: nextest starts a process for each test, and each needs only its own
//! part of the plan. A process that has planned the whole run keeps that part for every trial ([`KeptFolder`]), and
//! the figures that it needs from each baseline. Both are used as long as no file behind the plan has changed by a
//! byte.
//!
//! Only a plan without mistakes is kept, because every process has to report mistakes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use super::{BaseFinding, Planned, Profiles, Run, Subject, TargetCode, receipt};
use crate::asking::Sampler;
use crate::baseline::{Tallies, Tally};
use crate::check::{self, Scope, Who};
use crate::config::{Config, FILE};
use crate::ground::diagnostic::{Diagnostic, KeptWarning, Source};
use crate::ground::environment::from_environment;
use crate::ground::files::{self, Bounds};
use crate::kept::{KeptFolder, KeptKey, Seals};
use crate::suite::{self, CheckEntry, OfRefusals, OfUnread, Suites, Unanswered};
use inputs::{InputFile, Inputs};

/// The part of the plan that all trials share.
#[derive(Serialize, Deserialize)]
struct SharedPlan {
    /// A hash of all files that were read besides the config.
    inputs: [u8; 32],
    config: String,
    warnings: Vec<KeptWarning>,
    /// The places of the suite files whose checks are left out, each with its remaining text.
    without_checks: Vec<(usize, String)>,
    tasks: Vec<String>,
    judged: usize,
    trials: usize,
}

/// The part of the plan that one trial needs.
#[derive(Serialize, Deserialize)]
struct OwnPart {
    model: String,
    subject: LeanTrial,
    /// The places of the suite files that the trial needs.
    suites: Vec<usize>,
    /// The places of the baselines that the trial needs, and the names of the parts with their figures.
    tallies: Vec<(usize, String)>,
    /// The models and tasks that the trial may ask, whose receipts are stored as separate parts.
    receipts: Vec<(String, String)>,
    /// The line and column of the trial's check.
    place: Option<(usize, usize)>,
}

struct KeptPlan<'a> {
    bytes: &'a [u8],
    seals: Seals,
}

impl<'a> KeptPlan<'a> {
    const COMMON: &'static str = "common";

    fn of_trial(name: &str) -> String {
        format!("trial {name}")
    }

    fn of_tally(place: usize, tasks: &[&str]) -> String {
        format!("baseline {place} {tasks:?}")
    }

    fn get(&self, name: &str) -> Option<&'a [u8]> {
        parts::find(self.bytes, &self.seals, name)
    }
}

#[derive(Serialize, Deserialize)]
enum LeanTrial {
    Check { entry: LeanCheck, rate: u64 },
    Drift { task: String, rate: u64 },
    Reading { task: String },
}

/// A check as a file has it. Numbers are stored as bits, so that they stay exact.
#[derive(Serialize, Deserialize)]
struct LeanCheck {
    sentence: String,
    span: (usize, usize),
    /// The place of its suite file; `None` for the config.
    file: Option<usize>,
    models: Option<Vec<(String, (usize, usize))>>,
    why: Option<String>,
    weight: u64,
    unread: Option<OfUnread>,
    refusals: Option<OfRefusals>,
}

/// Returns the name of a crate's kept plan, and its key.
fn place(root: &Path, config: &Source, code: &TargetCode) -> Option<(String, KeptKey)> {
    let mut key = KeptKey::of_program()?;
    key.part(root.as_os_str().as_encoded_bytes()).part(config.text.as_bytes());
    code.functions.names().for_each(|name| {
        key.part(name);
    });
    for source in code.suites.sources() {
        key.part(source.name.as_bytes()).part(source.text.as_bytes());
    }
    let program = std::env::current_exe().ok()?;
    Some((format!("plan {} {}", root.display(), program.display()), key))
}

impl Run {
    /// Returns the run of one trial by its name, if the kept plan is still valid and has no mistakes, which
    /// [`Run::with`] reports.
    pub(crate) fn of_one(root: &Path, code: &TargetCode, name: &str) -> Option<Run> {
        let source = files::read_source(&root.join(FILE), FILE, &Bounds::of(root, &[])).ok()?;
        let (file, key) = place(root, &source, code)?;
        let bytes = KeptFolder::of_program()?.unsealed(&file)?;
        let parts = KeptPlan { bytes: &bytes, seals: key.of_parts() };
        let common: SharedPlan = postcard::from_bytes(parts.get(KeptPlan::COMMON)?).ok()?;
        let own: OwnPart = postcard::from_bytes(parts.get(&KeptPlan::of_trial(name))?).ok()?;
        let config = crate::provider::lean_config(root, &common.config, (source, common.warnings.clone()))
            .ok()?
            .within_environment(from_environment)
            .ok()?
            .with_rust(code.suites.clone());
        // Only a whole run copies the base branch's files, and tells why it cannot.
        if BaseFinding::of(&config, from_environment).ok()?.by_base {
            return None;
        }
        let inputs = Inputs::read(root, &config)?;
        if inputs.hash(root) != common.inputs {
            return None;
        }
        let sampler = Sampler::new(&config).ok()?.functions(code.functions.clone());
        own.run(name, common, config, (&inputs, &parts), sampler)
    }

    /// Stores the plan for the processes that run its trials.
    pub(crate) fn keep_plan(&self, code: &TargetCode) {
        // A plan that is kept is one of the crate's own files, all of which the config names itself.
        if self.problems.is_empty()
            && self.base.is_none()
            && self.suites.suites.iter().flat_map(|suite| &suite.files).all(is_shipped)
            && let Some((file, key)) = place(&self.config.root, &self.config.source, code)
            && let Some(kept) = KeptFolder::of_program()
            && let Some(parts) = self.plan_to_keep()
        {
            kept.put_unsealed(&file, &parts::join(&key.of_parts(), parts));
        }
    }

    /// Returns the parts of the plan by their names.
    fn plan_to_keep(&self) -> Option<Vec<(String, Vec<u8>)>> {
        let inputs = Inputs::read(&self.config.root, &self.config)?;
        let own_text = |(place, file): (usize, &InputFile)| {
            let source = file.source();
            let text = without_checks(&source.text)?;
            (text != *source.text).then_some((place, text))
        };
        let sources = inputs.suites.iter().enumerate();
        let external = sources.filter(|(_, file)| !file.is_builtin());
        let common = SharedPlan {
            inputs: inputs.hash(&self.config.root),
            config: without_checks(&self.config.source.text)?,
            warnings: self.config.warnings.iter().map(Diagnostic::kept).collect(),
            without_checks: external.filter_map(own_text).collect(),
            tasks: self.tasks.clone(),
            judged: self.judged,
            trials: self.planned.len(),
        };
        let mut tallies = BTreeMap::new();
        let mut parts = vec![(KeptPlan::COMMON.to_owned(), postcard::to_allocvec(&common).ok()?)];
        for planned in &self.planned {
            let own = self.own(planned, &inputs, &mut tallies)?;
            parts.push((KeptPlan::of_trial(&planned.name), postcard::to_allocvec(&own).ok()?));
        }
        parts.extend(tallies);
        parts.extend(self.receipts().into_iter().map(receipt::part));
        Some(parts)
    }

    /// Returns the part that a trial needs, and adds the figures that it needs to those of other trials.
    fn own(
        &self,
        planned: &Planned,
        inputs: &Inputs,
        figures: &mut BTreeMap<String, Vec<u8>>,
    ) -> Option<OwnPart> {
        let (mut names, mut tasks) = (BTreeSet::from([planned.model.clone()]), BTreeSet::<&str>::new());
        let suite = |source: &Source| inputs.suites.iter().position(|known| known.is(source));
        let mut place = None;
        let checks;
        let subject = match &planned.subject {
            Subject::Check { check, rate } => {
                let check = &self.checks[*check];
                place = check.entry.place();
                checks = check.measure.inputs();
                tasks.extend(checks.iter().map(|input| input.task.as_str()).chain([check.task.as_str()]));
                for input in &checks {
                    if let Who::Respondent(name) = &input.who {
                        names.insert(name.clone());
                    }
                }
                let of_config = check.entry.source.name == self.config.source.name;
                let file = if of_config { None } else { Some(suite(&check.entry.source)?) };
                LeanTrial::Check { entry: LeanCheck::of(&check.entry, file), rate: rate.to_bits() }
            }
            Subject::Drift { task, rate } => {
                tasks.insert(task);
                LeanTrial::Drift { task: task.clone(), rate: rate.to_bits() }
            }
            Subject::Reading { task } => {
                tasks.insert(task);
                LeanTrial::Reading { task: task.clone() }
            }
        };
        let of_tasks = self
            .suites
            .suites
            .iter()
            .filter(|suite| suite.task.as_ref().is_some_and(|task| tasks.contains(task.id.as_str())));
        let suites = of_tasks.map(|of| suite(&of.source)).collect::<Option<Vec<_>>>()?;
        // A drift trial compares only answers to its own task.
        let told: Vec<&str> = match &planned.subject {
            Subject::Drift { task, .. } => vec![task],
            _ => tasks.into_iter().collect(),
        };
        let mut tallies = Vec::new();
        for name in &names {
            let Some(tally) = self.tallies.get(self.config.tally_of(name)) else { continue };
            let place = inputs.tallies.iter().position(|known| known.is(&tally.file))?;
            let part = KeptPlan::of_tally(place, &told);
            if !figures.contains_key(&part) {
                figures.insert(part.clone(), tally.part(&told)?);
            }
            tallies.push((place, part));
        }
        let asked = names.iter().filter(|name| self.model(name).is_some());
        let receipts = asked.flat_map(|name| told.iter().map(|task| (name.clone(), (*task).to_owned())));
        let (model, receipts) = (planned.model.clone(), receipts.collect());
        Some(OwnPart { model, subject, suites, tallies, receipts, place })
    }
}

impl OwnPart {
    fn run(
        self,
        name: &str,
        common: SharedPlan,
        config: Config,
        (inputs, parts): (&Inputs, &KeptPlan<'_>),
        sampler: Sampler,
    ) -> Option<Run> {
        let mut suites = Suites::default();
        for place in self.suites {
            let original = inputs.suites.get(place)?.source();
            let short = common.without_checks.iter().find(|(known, _)| *known == place);
            let short = short.map(|(_, text)| Source::new(&*original.name, text.as_str()));
            let mut suite = suite::load_one(short.as_ref().unwrap_or(&original)).ok()?;
            suite.source = original;
            suites.suites.push(suite);
        }
        let mut tallies = Tallies::default();
        for (place, part) in self.tallies {
            tallies.tallies.push(Tally::of_part(parts.get(&part)?, &inputs.tallies.get(place)?.source())?);
        }
        let mut checks = Vec::new();
        let subject = match self.subject {
            LeanTrial::Check { entry, rate } => {
                let source = match entry.file {
                    None => config.source.clone(),
                    Some(place) => inputs.suites.get(place)?.source(),
                };
                let respondents = tallies.names().chain(config.roles()).collect();
                let scope = Scope { suites: &suites, respondents };
                checks.push(check::read(&entry.with(&source), &scope).ok()?);
                Subject::Check { check: 0, rate: f64::from_bits(rate) }
            }
            LeanTrial::Drift { task, rate } => Subject::Drift { task, rate: f64::from_bits(rate) },
            LeanTrial::Reading { task } => Subject::Reading { task },
        };
        let planned = vec![Planned { name: name.to_owned(), model: self.model, subject, place: self.place }];
        let receipts = receipt::of_parts(self.receipts, |name| parts.get(name));
        let (problems, profiles) = (Vec::new(), Profiles::new(sampler.beginning_with(receipts)));
        let SharedPlan { tasks, judged, trials, .. } = common;
        let others = trials.checked_sub(1)?;
        // The process that planned the run has already given the warnings.
        let (cautions, warned) = (Vec::new(), Mutex::default());
        Some(Run {
            config,
            suites,
            tallies,
            checks,
            planned,
            problems,
            cautions,
            warned,
            profiles,
            tasks,
            judged,
            others,
            brought: None,
            base: None,
        })
    }
}

impl LeanCheck {
    fn of(entry: &CheckEntry, file: Option<usize>) -> LeanCheck {
        let span = |span: &std::ops::Range<usize>| (span.start, span.end);
        let models = entry.models.as_ref();
        let models = models.map(|all| all.iter().map(|(name, at)| (name.clone(), span(at))).collect());
        LeanCheck {
            sentence: entry.sentence.clone(),
            span: span(&entry.span),
            file,
            models,
            why: entry.why.clone(),
            weight: entry.weight.to_bits(),
            unread: entry.unanswered.unread,
            refusals: entry.unanswered.refusals,
        }
    }

    fn with(self, source: &Source) -> CheckEntry {
        let span = |(start, end): (usize, usize)| start..end;
        let models = self.models.map(|all| all.into_iter().map(|(name, at)| (name, span(at))).collect());
        CheckEntry {
            sentence: self.sentence,
            span: span(self.span),
            source: source.clone(),
            models,
            why: self.why,
            weight: f64::from_bits(self.weight),
            unanswered: Unanswered { unread: self.unread, refusals: self.refusals },
        }
    }
}

fn is_shipped(file: &Source) -> bool {
    file.name.starts_with("builtin:")
}

/// Returns a TOML text without its `[[check]]` entries, of which there may be thousands.
fn without_checks(text: &str) -> Option<String> {
    let mut table: toml::Table = text.parse().ok()?;
    match table.remove("check") {
        None => Some(text.to_owned()),
        Some(_) => toml::to_string(&table).ok(),
    }
}

mod inputs;
mod parts;
