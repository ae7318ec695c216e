//! A run of one trial, without planning the others: nextest starts a process per test, and each needs of the
//! plan only its own part. Whoever has planned the whole run keeps that part for all trials
//! ([`KeptFolder`]), and of each baseline the figures that they need; both are used as long as every file that the
//! plan was made of is the same to the byte.
//!
//! Only a plan without mistakes is kept, since a mistake is told by every process.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use super::{Planned, Profiles, Run, Subject, receipt};
use crate::asking::Sampler;
use crate::check::{self, Scope, Who};
use crate::config::{Config, FILE};
use crate::ground::diagnostic::{Diagnostic, KeptWarning, Source};
use crate::ground::environment::from_environment;
use crate::ground::files::{self, Bounds};
use crate::kept::{KeptFolder, KeptKey, Seals};
use crate::respondent::Functions;
use crate::respondent::tally::{self, Tallies, Tally};
use crate::suite::{self, CheckEntry, OfRefusals, OfUnread, Suites, Unanswered};

/// What all trials share.
#[derive(Serialize, Deserialize)]
struct SharedPlan {
    /// The files besides the config: a hash of all that was read.
    inputs: [u8; 32],
    /// The config without its checks.
    config: String,
    /// What is warned of in it.
    warnings: Vec<KeptWarning>,
    /// The suite files whose checks are left out, by place.
    without_checks: Vec<(usize, String)>,
    tasks: Vec<String>,
    judged: usize,
    trials: usize,
}

/// What one trial needs.
#[derive(Serialize, Deserialize)]
struct OwnPart {
    model: String,
    subject: LeanTrial,
    /// Places of the suite files that it speaks of.
    suites: Vec<usize>,
    /// Places of the baselines that it speaks of, and the names of the parts with their figures.
    tallies: Vec<(usize, String)>,
    /// Models that it may ask and their tasks, whose receipts are parts of their own.
    receipts: Vec<(String, String)>,
    /// Line and column of its check.
    place: Option<(usize, usize)>,
}

/// A kept plan.
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

/// A check as it stands in a file; numbers by their bits, so that they are the same numbers.
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

/// All files that a plan is made of, besides the config.
struct Inputs {
    suites: Vec<Source>,
    tallies: Vec<Source>,
}

impl Inputs {
    /// As the config names them; `None` where one cannot be read.
    fn read(root: &Path, config: &Config) -> Option<Inputs> {
        let read = |entries: &[(String, Diagnostic)], builtin: &[(&str, &str)]| {
            let all =
                entries.iter().flat_map(|(entry, _)| files::sources(root, entry, &config.outside, builtin));
            all.collect::<Result<Vec<Source>, String>>().ok()
        };
        let suites = read(&config.suites, &suite::BUILTIN)?;
        Some(Inputs { suites, tallies: read(&config.baselines, &tally::BUILTIN)? })
    }

    /// A hash of them, and of what lies in the folders that are looked at although nobody lists them.
    fn hash(&self, root: &Path) -> [u8; 32] {
        let mut hash = blake3::Hasher::new();
        let mut part = |bytes: &[u8]| {
            hash.update(&(bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        for list in [&self.suites, &self.tallies] {
            part(&list.len().to_le_bytes());
            for source in list {
                part(source.name.as_bytes());
                // What comes with the program is known by the program.
                if !source.name.starts_with("builtin:") {
                    part(source.text.as_bytes());
                }
            }
        }
        for folder in ["suites", "baselines"].map(|name| root.join(name)) {
            for name in files::list(&folder).unwrap_or_default() {
                part(name.as_bytes());
                let file = folder.join(&name);
                let text = file.is_file().then(|| std::fs::read(&file).unwrap_or_default());
                part(&[u8::from(text.is_some())]);
                part(&text.unwrap_or_default());
            }
        }
        *hash.finalize().as_bytes()
    }
}

/// The name under which a crate's plan is kept, and the key that it is kept by.
fn place(root: &Path, config: &Source, functions: &Functions) -> Option<(String, KeptKey)> {
    let mut key = KeptKey::of_program()?;
    key.part(root.as_os_str().as_encoded_bytes()).part(config.text.as_bytes());
    functions.names().for_each(|name| {
        key.part(name);
    });
    let program = std::env::current_exe().ok()?;
    Some((format!("plan {} {}", root.display(), program.display()), key))
}

impl Run {
    /// Returns the run of one trial by its name, if the kept plan is still valid. Mistakes are reported by
    /// [`Run::with`].
    pub(crate) fn of_one(root: &Path, functions: &Functions, name: &str) -> Option<Run> {
        let source = files::read_source(&root.join(FILE), FILE, &Bounds::of(root, &[])).ok()?;
        let (file, key) = place(root, &source, functions)?;
        let bytes = KeptFolder::of_program()?.unsealed(&file)?;
        let parts = KeptPlan { bytes: &bytes, seals: key.of_parts() };
        let common: SharedPlan = postcard::from_bytes(parts.get(KeptPlan::COMMON)?).ok()?;
        let own: OwnPart = postcard::from_bytes(parts.get(&KeptPlan::of_trial(name))?).ok()?;
        let config = crate::respondent::lean_config(root, &common.config, (source, common.warnings.clone()))
            .ok()?
            .within_environment(from_environment)
            .ok()?;
        let inputs = Inputs::read(root, &config)?;
        if inputs.hash(root) != common.inputs {
            return None;
        }
        let sampler = Sampler::new(&config).ok()?.functions(functions.clone());
        own.run(name, common, config, (&inputs, &parts), sampler)
    }

    /// Stores the plan for the processes that run its trials.
    pub(crate) fn keep_plan(&self, functions: &Functions) {
        if self.problems.is_empty()
            && let Some((file, key)) = place(&self.config.root, &self.config.source, functions)
            && let Some(kept) = KeptFolder::of_program()
            && let Some(parts) = self.plan_to_keep()
        {
            kept.put_unsealed(&file, &parts::join(&key.of_parts(), parts));
        }
    }

    /// The parts of the plan by their names.
    fn plan_to_keep(&self) -> Option<Vec<(String, Vec<u8>)>> {
        let inputs = Inputs::read(&self.config.root, &self.config)?;
        let own_text = |(place, source): (usize, &Source)| {
            let text = without_checks(&source.text)?;
            (text != *source.text).then_some((place, text))
        };
        let sources = inputs.suites.iter().enumerate();
        let external = sources.filter(|(_, source)| !source.name.starts_with("builtin:"));
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

    /// What a trial needs; the figures that it needs are added to those of others.
    fn own(
        &self,
        planned: &Planned,
        inputs: &Inputs,
        figures: &mut BTreeMap<String, Vec<u8>>,
    ) -> Option<OwnPart> {
        let mut names: BTreeSet<String> = BTreeSet::from([planned.model.clone()]);
        let mut tasks: BTreeSet<&str> = BTreeSet::new();
        let suite = |source: &Source| inputs.suites.iter().position(|known| known == source);
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
        // Of a drift, only the answers to its own task are compared.
        let told: Vec<&str> = match &planned.subject {
            Subject::Drift { task, .. } => vec![task],
            _ => tasks.into_iter().collect(),
        };
        let mut tallies = Vec::new();
        for name in &names {
            let Some(tally) = self.tallies.get(self.config.tally_of(name)) else { continue };
            let place = inputs.tallies.iter().position(|known| *known == tally.file)?;
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
            let original = inputs.suites.get(place)?;
            let short = common.without_checks.iter().find(|(known, _)| *known == place);
            let mut suite = match short {
                Some((_, text)) => suite::load_one(&Source::new(&*original.name, text.as_str())),
                None => suite::load_one(original),
            }
            .ok()?;
            suite.source = original.clone();
            suites.suites.push(suite);
        }
        let mut tallies = Tallies::default();
        for (place, part) in self.tallies {
            tallies.tallies.push(Tally::of_part(parts.get(&part)?, inputs.tallies.get(place)?)?);
        }
        let mut checks = Vec::new();
        let subject = match self.subject {
            LeanTrial::Check { entry, rate } => {
                let source = match entry.file {
                    None => &config.source,
                    Some(place) => inputs.suites.get(place)?,
                };
                let respondents = tallies.names().chain(config.roles()).collect();
                let scope = Scope { suites: &suites, respondents };
                checks.push(check::read(&entry.with(source), &scope).ok()?);
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
        // The process that planned the whole run has told them.
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

/// A TOML text without its `[[check]]`s, which may be thousands.
fn without_checks(text: &str) -> Option<String> {
    let mut table: toml::Table = text.parse().ok()?;
    match table.remove("check") {
        None => Some(text.to_owned()),
        Some(_) => toml::to_string(&table).ok(),
    }
}

mod parts;
