//! Reads `alignment.toml`: which suites and models to run, how many samples to take, and at what error rate.

mod address;
mod budget;
mod certificate;
mod checked;
mod clarify;
mod drift;
mod fields;
mod headers;
mod keys;
mod misplaced;
mod model;
mod name;
mod outputs;
mod own_folders;
mod own_shape;
mod preset;
mod product;
mod provider;
mod renamed;
mod respondents;
mod signing;
mod stdio;
mod store;
mod suites;
mod surveys;
mod temperature;
mod transform;
mod trusted;
mod verdict_settings;

use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;
use toml::de::DeTable;

pub(crate) use address::is_this_machine;
pub use budget::Budget;
pub(crate) use certificate::Certificate;
pub(crate) use certificate::variable as certificate_variable;
pub(crate) use drift::DriftSettings;
#[cfg(feature = "cli")]
pub use fields::takes;
pub use fields::{tables, words};
pub(crate) use headers::{HeaderPart, parts};
pub(crate) use misplaced::{above, is_of_the_file};
use model::EntryReader;
pub use model::Model;
pub(crate) use model::{AnswerFormat, Price};
pub(crate) use outputs::{OutputKind, refused_output};
use own_folders::OwnFolder;
pub(crate) use own_shape::{AnswerPlace, AnswerSource};
pub use preset::TALLY;
pub(crate) use product::{Command, Endpoint, HttpMethod};
pub use product::{Message, Role};
pub(crate) use product::{holds, json_of, mentions};
pub use provider::Spec;
pub(crate) use provider::{ProviderPlace, Setting, SettingMisfit};
pub(crate) use respondents::{Counted, Respondent};
#[cfg(not(feature = "bedrock-sigv4"))]
pub(crate) use signing::FEATURE as SIGNING_FEATURE;
pub(crate) use signing::Signing;
pub(crate) use signing::is_amazons;
#[cfg(feature = "bedrock-sigv4")]
pub(crate) use signing::{FIXED, ROLES, is_region};
pub(crate) use stdio::Stdio;
pub use store::StoreLocation;
pub(crate) use trusted::TrustedRecordings;
pub(crate) use verdict_settings::{Inconclusive, VerdictSettings};

use crate::ground::diagnostic::{Diagnostic, KeptWarning, Source};
use crate::ground::files::{self, Bounds};
use crate::suite::file::RawCheck;
use crate::suite::{self, CheckEntry, RustSuites};

/// The name of the config file, which lies beside the Cargo.toml of the crate that runs the harness.
pub(crate) const FILE: &str = "alignment.toml";

/// A config that has been checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// The folder that paths are relative to: the crate's own.
    pub(crate) root: PathBuf,
    pub(crate) source: Source,
    /// Suite entries, each with the diagnostic to show when it cannot be read.
    pub suites: Vec<(String, Diagnostic)>,
    /// What the test target hands over as Rust values; `None` where that is not known.
    pub(crate) rust: Option<RustSuites>,
    pub(crate) baselines: Vec<(String, Diagnostic)>,
    /// The folder that `baselines` is relative to: the crate's own, unless they are copies from somewhere else.
    pub(crate) baselines_root: PathBuf,
    /// Folders outside the crate and its workspace in which files may lie anyway.
    pub(crate) outside: Vec<PathBuf>,
    pub(crate) snapshots: PathBuf,
    /// The folder of recordings, as an absolute path.
    pub recordings: PathBuf,
    /// Where recordings are shared with other machines.
    pub store: Option<StoreLocation>,
    /// Whose recordings, snapshots and baselines a gate judges by.
    pub(crate) trusted_recordings: TrustedRecordings,
    /// The table `[sampling]`: how many questions are asked, and how fast.
    pub sampling: Sampling,
    /// The table `[budget]`: what a run may ask and spend at most.
    pub budget: Budget,
    /// The table `[verdict]`: the error rate, and how undecided checks and unread responses are treated.
    pub verdict: VerdictSettings,
    /// The table `[drift]`: which changes of a snapshot are too small to matter, and when it is too old.
    pub drift: DriftSettings,
    /// The models that are asked.
    pub models: Vec<Model>,
    /// The respondents that are only counted; `respondents` gives both kinds in the order of their entries.
    pub(crate) counted: Vec<Counted>,
    /// Checks written in the config itself.
    pub checks: Vec<CheckEntry>,
    /// Warnings about keys with old names.
    pub(crate) warnings: Vec<Diagnostic>,
    /// The places of the keys `snapshots` and `recordings` in the file, in bytes.
    places: [Range<usize>; 2],
}

/// The table `[sampling]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sampling {
    /// Answers per item and form, unless the task or the model sets another number. A snapshot holds exactly this
    /// many, even if checks ask for more: see [`snapshot`](crate::snapshot).
    pub(crate) samples: u32,
    /// The most answers per item, for checks that fewer do not decide; `None` to let that depend on how many items a
    /// check reads.
    pub(crate) max_samples: Option<u32>,
    /// The fewest further answers per item that are asked for at once. A larger step saves time; a smaller one saves
    /// answers.
    pub(crate) step: u32,
    /// The most requests to one model at the same time.
    pub(crate) concurrency: usize,
    /// The seed of every random draw: which forms are asked, resampling, chance levels.
    pub seed: u64,
    /// The longest time that one request may take, in seconds.
    pub(crate) timeout: u64,
    /// How many times a request is retried after a failure that may be temporary.
    pub(crate) retries: usize,
    /// Whether models are asked back when a response cannot be read, unless their entry says otherwise.
    pub(crate) clarify: bool,
}

impl Default for Sampling {
    fn default() -> Self {
        Sampling {
            samples: 50,
            max_samples: None,
            step: 1,
            concurrency: 16,
            seed: 20_251_106,
            timeout: 120,
            retries: 4,
            clarify: true,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConfig {
    suites: Option<Vec<Spanned<String>>>,
    baselines: Option<Vec<Spanned<String>>>,
    #[serde(default)]
    outside: Vec<PathBuf>,
    snapshots: Option<Spanned<String>>,
    recordings: Option<Spanned<String>>,
    store: Option<Spanned<String>>,
    #[serde(default)]
    trusted_recordings: TrustedRecordings,
    #[serde(default)]
    sampling: Option<Spanned<Sampling>>,
    #[serde(default)]
    verdict: Option<Spanned<VerdictSettings>>,
    #[serde(default)]
    budget: budget::RawBudget,
    #[serde(default)]
    drift: drift::RawDrift,
    #[serde(default)]
    model: Vec<Spanned<model::RawModel>>,
    #[serde(default)]
    check: Vec<RawCheck>,
}

impl Config {
    /// Reads `alignment.toml` in `root`; `known` lists all providers.
    ///
    /// # Errors
    /// The file is missing, is not TOML, or has impossible settings: the diagnostic shows where.
    pub fn read(root: &Path, known: &[&'static Spec]) -> Result<Config, Box<Diagnostic>> {
        let path = root.join(FILE);
        let source = files::read_source(&path, FILE, &Bounds::of(root, &[])).map_err(|why| {
            Diagnostic::new(format!("{FILE} cannot be read: {why}"))
                .help(format!("it belongs next to Cargo.toml: {}", path.display()))
        })?;
        let config = Config::parse(root, source, known)?;
        config.within_bounds()?;
        Ok(config)
    }

    /// Reads the config from `text`, a shorter text that is equivalent to `source` except for its checks. Places in
    /// `text` are not places in the source, so this is only for configs without mistakes. The warnings were stored
    /// with their places in the source.
    ///
    /// # Errors
    /// As for [`Config::read`].
    pub(crate) fn lean(
        root: &Path,
        text: &str,
        (source, warnings): (Source, Vec<KeptWarning>),
        known: &[&'static Spec],
    ) -> Result<Config, Box<Diagnostic>> {
        let config = Config::parse(root, Source::new(FILE, text), known)?;
        config.within_bounds()?;
        let warnings = warnings.into_iter().map(|warning| warning.about(&source)).collect();
        Ok(Config { source, warnings, ..config })
    }

    /// Checks that the folders that are written to lie inside the crate or its workspace, or are listed in `outside`.
    fn within_bounds(&self) -> Result<(), Box<Diagnostic>> {
        let bounds = Bounds::of(&self.root, &self.outside);
        for (name, (folder, span)) in [
            ("snapshots", (&self.snapshots, &self.places[0])),
            ("recordings", (&self.recordings, &self.places[1])),
        ] {
            if !bounds.holds(folder) {
                let problem = Diagnostic::new(format!("`{name}` lies outside the crate and its workspace"));
                let help = "if that is intended, list its folder in `outside = [\"…\"]`";
                return Err(Box::new(problem.at(&self.source, span.clone()).help(help)));
            }
        }
        Ok(())
    }

    /// Parses the config in `source`; paths are relative to `root`.
    ///
    /// # Errors
    /// As for [`Config::read`].
    pub fn parse(root: &Path, source: Source, known: &[&'static Spec]) -> Result<Config, Box<Diagnostic>> {
        let (raw, warnings) = raw(&source)?;
        let store = store::checked(raw.store, root, &source)?;
        let sampling = checked::sampling(raw.sampling, &source)?;
        let verdict = checked::verdict(raw.verdict, &source)?;
        let drift = drift::checked_drift(raw.drift, &source)?;
        let (models, counted) = respondents::read_respondents(
            raw.model,
            EntryReader { root, source: &source, known },
            sampling.clarify,
        )?;
        let budget = budget::checked_budget(raw.budget, &models, &source)?;
        let folder = |own: Option<Spanned<String>>, usual: &str| {
            root.join(own.map_or_else(|| usual.to_owned(), Spanned::into_inner))
        };
        let suites = entries(raw.suites, "suites", &source);
        let baselines = entries(raw.baselines, "baselines", &source);
        let [kept, recorded] = [("snapshots", &raw.snapshots), ("recordings", &raw.recordings)]
            .map(|(key, own)| OwnFolder::of(key, own.as_ref()));
        let of_files = suites.iter().filter(|(entry, _)| entry != suite::RUST).cloned().collect::<Vec<_>>();
        let read = [("suites", of_files.as_slice()), ("baselines", baselines.as_slice())];
        own_folders::check([&kept, &recorded], &read, root, &source)?;
        let checks = raw.check.into_iter().map(|check| check.entry(&source)).collect::<Result<_, _>>()?;
        Ok(Config {
            root: root.to_owned(),
            baselines_root: root.to_owned(),
            suites,
            rust: None,
            baselines,
            outside: raw.outside,
            places: [&raw.snapshots, &raw.recordings].map(|own| own.as_ref().map_or(0..0, Spanned::span)),
            snapshots: folder(raw.snapshots, "snapshots"),
            recordings: folder(raw.recordings, "recordings"),
            store,
            trusted_recordings: raw.trusted_recordings,
            sampling,
            budget,
            verdict,
            drift,
            models,
            counted,
            checks,
            warnings,
            source,
        })
    }
}

/// Parses the file, and returns warnings about keys with old names.
fn raw(source: &Source) -> Result<(RawConfig, Vec<Diagnostic>), Box<Diagnostic>> {
    let told = |error: toml::de::Error| Box::new(misplaced::told(source, &error));
    let mut file = DeTable::parse(&source.text).map_err(told)?;
    let warnings = renamed::renamed(file.get_mut(), source)?;
    // A provider's own settings may be such characters, as those that end an answer.
    crate::ground::unseen::in_toml(source, &["parameters"])?;
    Ok((RawConfig::deserialize(toml::Deserializer::from(file)).map_err(told)?, warnings))
}

/// Returns the entries of a list, each with the diagnostic to show if it cannot be read. Without a list, only the
/// built-in files are used.
fn entries(list: Option<Vec<Spanned<String>>>, what: &str, source: &Source) -> Vec<(String, Diagnostic)> {
    let Some(list) = list else {
        let unread = Diagnostic::new(format!("the built-in {what} cannot be read"));
        return vec![("builtin".to_owned(), unread)];
    };
    let entry = |entry: Spanned<String>| {
        let problem = Diagnostic::new(format!("no {what} at `{}`", entry.get_ref())).at(source, entry.span());
        (entry.into_inner(), problem)
    };
    list.into_iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, Box<Diagnostic>> {
        crate::provider::parse_config(Path::new("/x"), Source::new(FILE, text))
    }

    #[test]
    fn defaults_are_the_documented_ones() {
        let config = parse("[[model]]\nname = \"m\"\nprovider = \"tally\"\n").expect("valid");
        assert_eq!((config.sampling.samples, config.sampling.seed), (50, 20_251_106));
        assert_eq!(config.suites[0].0, "builtin");
        assert_eq!(config.snapshots, Path::new("/x/snapshots"));
        assert_eq!(config.drift.min_shift, 0.05);
        let config = parse("[drift]\nmin_shift = 0\n[[model]]\nname = \"m\"\nprovider = \"tally\"\n");
        assert_eq!(config.expect("valid").drift.min_shift, 0.0);
    }

    #[test]
    fn mistakes_are_shown_in_place() {
        for (text, wanted) in [
            ("sutes = []\n[[model]]\nname=\"m\"\nprovider=\"tally\"", "did you mean `suites`?"),
            ("[[model]]\nname=\"m\"\nprovider=\"taly\"", "did you mean `tally`?"),
            ("[[model]]\nname=\"a/b\"\nprovider=\"tally\"", "cannot be a name"),
            ("[[model]]\nname=\"m\"\nprovider=\"openai\"", "needs `model`"),
            (
                "[[model]]\nname=\"m\"\nprovider=\"tally\"\n[[model]]\nname=\"M\"\nprovider=\"tally\"",
                "two models",
            ),
            ("[verdict]\nerror_rate=0.0\n[[model]]\nname=\"m\"\nprovider=\"tally\"", "error_rate is 0"),
            ("[drift]\nmax_age=0\n[[model]]\nname=\"m\"\nprovider=\"tally\"", "max_age is 0"),
            (
                "[drift]\nmin_shift = 0.51\n[[model]]\nname=\"m\"\nprovider=\"tally\"",
                "hardly any change could be a drift",
            ),
            ("[drift]\nmin_shift=5\n[[model]]\nname=\"m\"\nprovider=\"tally\"", "min_shift is 5"),
            (
                "[drift]\nmin_shfit=0.1\n[[model]]\nname=\"m\"\nprovider=\"tally\"",
                "did you mean `min_shift`?",
            ),
            ("", "no model is configured"),
        ] {
            let shown = parse(text).expect_err(text).to_string();
            assert!(shown.contains(wanted) && shown.contains("alignment.toml:"), "{shown}");
        }
    }
}
