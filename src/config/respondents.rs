//! The respondents of the `[[model]]` entries: each is a [`Model`] to ask, or published figures, which are only
//! [`Counted`]. Entries are checked against their providers here, where a mistake can be shown in its place.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;

use super::model::{self, EntryReader, Places, RawModel, Tasks};
use super::preset::TALLY;
use super::provider::SettingMisfit;
use super::{Config, Model, clarify, keys};
use crate::ground::diagnostic::Diagnostic;

/// Published or imported figures in a role (`provider = "tally"`). Nobody is asked, and their number is fixed.
#[derive(Debug, Clone)]
pub(crate) struct Counted {
    /// The role, under which snapshots are kept.
    pub(crate) name: String,
    /// Where the name stands in the config.
    pub(crate) span: Range<usize>,
    /// The name of the baseline that holds the figures.
    pub(crate) tally: String,
    tasks: Tasks,
    samples: BTreeMap<String, u32>,
}

/// A respondent of the config.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Respondent<'c> {
    Asked(&'c Model),
    Counted(&'c Counted),
}

impl<'c> Respondent<'c> {
    pub(crate) fn name(self) -> &'c str {
        match self {
            Respondent::Asked(model) => &model.name,
            Respondent::Counted(counted) => &counted.name,
        }
    }

    /// Returns where the name stands in the config.
    pub(crate) fn span(self) -> Range<usize> {
        match self {
            Respondent::Asked(model) => model.span.clone(),
            Respondent::Counted(counted) => counted.span.clone(),
        }
    }

    /// Returns the tasks that its entry chooses.
    pub(crate) fn tasks(self) -> &'c Tasks {
        match self {
            Respondent::Asked(model) => &model.tasks,
            Respondent::Counted(counted) => &counted.tasks,
        }
    }

    /// Returns the tasks for which its entry fixes a number of answers.
    pub(crate) fn sampled(self) -> impl Iterator<Item = &'c String> {
        match self {
            Respondent::Asked(model) => model.samples.keys(),
            Respondent::Counted(counted) => counted.samples.keys(),
        }
    }

    /// Returns whether the entry includes a task.
    pub(crate) fn has(self, task: &str) -> bool {
        self.tasks().as_ref().is_none_or(|tasks| tasks.iter().any(|(id, _)| id == task))
    }

    /// Returns the model, if this respondent is asked.
    pub(crate) fn asked(self) -> Option<&'c Model> {
        match self {
            Respondent::Asked(model) => Some(model),
            Respondent::Counted(_) => None,
        }
    }
}

impl Config {
    /// Returns all respondents, in the order of their entries.
    pub(crate) fn respondents(&self) -> impl Iterator<Item = Respondent<'_>> + Clone {
        let asked = self.models.iter().map(Respondent::Asked);
        let mut all: Vec<_> = asked.chain(self.counted.iter().map(Respondent::Counted)).collect();
        all.sort_by_key(|respondent| respondent.span().start);
        all.into_iter()
    }

    pub(crate) fn respondent(&self, name: &str) -> Option<Respondent<'_>> {
        self.respondents().find(|respondent| respondent.name() == name)
    }

    /// Returns the name of the baseline that holds a respondent's figures: the one its entry gives, or its own name.
    pub(crate) fn tally_of<'n>(&'n self, name: &'n str) -> &'n str {
        self.counted.iter().find(|counted| counted.name == name).map_or(name, |counted| &counted.tally)
    }

    /// Returns the roles, in the order of their entries.
    pub(crate) fn roles(&self) -> impl Iterator<Item = &str> + Clone {
        self.respondents().map(Respondent::name)
    }
}

/// The parts of an entry that still have to be checked against its provider.
#[derive(Debug)]
pub(super) struct SettledEntry {
    pub places: Places,
    pub clarify: Option<Spanned<bool>>,
}

/// Reads all entries and checks them against their providers. `clarify` says whether models are asked back if their
/// own entry does not say.
///
/// # Errors
/// An entry is invalid, or its provider does not take a setting: the diagnostic shows where.
pub(super) fn read_respondents(
    entries: Vec<Spanned<RawModel>>,
    reader: EntryReader<'_>,
    clarify: bool,
) -> Result<(Vec<Model>, Vec<Counted>), Box<Diagnostic>> {
    let (mut models, mut settled) = (Vec::<Model>::with_capacity(entries.len()), Vec::new());
    for entry in entries {
        let (model, held) = model::checked(entry, reader)?;
        if models.iter().any(|known| known.name.eq_ignore_ascii_case(&model.name)) {
            let message = format!("two models are named `{}`", model.name);
            let help = "recordings and snapshots are kept under the name, so it must be unique (some file systems do not tell upper from lower case)";
            return Err(reader.wrong((model.span, message, help)));
        }
        models.push(model);
        settled.push(held);
    }
    keys::hide(&mut models);
    if models.is_empty() {
        let message = "no model is configured, so nothing would be tested".to_owned();
        return Err(reader.wrong((0..0, message, "add a [[model]] with `name` and `provider`")));
    }
    for (model, entry) in models.iter_mut().zip(settled) {
        held(model, entry, reader, clarify)?;
    }
    let (counted, asked): (Vec<_>, Vec<_>) = models.into_iter().partition(|model| *model.provider == TALLY);
    let counted = counted.into_iter().map(|entry| Counted {
        name: entry.name,
        span: entry.span,
        tally: entry.model,
        tasks: entry.tasks,
        samples: entry.samples,
    });
    Ok((asked, counted.collect()))
}

/// Checks a model against its provider: whether it takes the settings, and whether the model can be asked back.
fn held(
    model: &mut Model,
    entry: SettledEntry,
    reader: EntryReader<'_>,
    usual: bool,
) -> Result<(), Box<Diagnostic>> {
    if let Err(SettingMisfit { field, message, help }) = model.fits(reader.known) {
        let span = entry.places.place_of(&field).unwrap_or_else(|| model.span.clone());
        return Err(reader.wrong((span, message, help)));
    }
    let can = (model.provider.converses)(model);
    let clarify = clarify::checked(entry.clarify.as_ref(), usual, can, model);
    model.clarify = clarify.map_err(|wrong| reader.wrong(wrong))?;
    Ok(())
}
