//! What a config says that only its providers can judge: which settings one takes, and whether it converses. A
//! provider says so where its wire is; here the mistake is shown in its place.

use toml::Spanned;

use super::model::Places;
use super::{Config, Model, clarify};
use crate::ground::diagnostic::Diagnostic;

/// A setting that its provider does not take.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Wrong {
    /// The field of `[[model]]`; of `parameters`, the field in it: `parameters.stream`.
    pub field: String,
    pub message: String,
    pub help: String,
}

impl Wrong {
    pub(crate) fn new(field: &str, message: impl Into<String>, help: impl Into<String>) -> Wrong {
        Wrong { field: field.to_owned(), message: message.into(), help: help.into() }
    }
}

/// What of an entry is still to be held against its provider.
#[derive(Debug, Clone)]
pub(crate) struct Settled {
    pub(super) places: Places,
    pub(super) clarify: Option<Spanned<bool>>,
}

impl Config {
    /// Holds each model against its provider: whether it takes the settings of `[[model]]`, and can be asked back
    /// because it `converses`.
    ///
    /// # Errors
    /// It does not: the diagnostic shows which setting.
    pub(crate) fn held_against(
        mut self,
        takes: fn(&Model) -> Result<(), Wrong>,
        converses: fn(&Model) -> bool,
    ) -> Result<Config, Box<Diagnostic>> {
        for (model, entry) in self.models.iter_mut().zip(std::mem::take(&mut self.settled)) {
            let problem = |span, message: String| Diagnostic::new(message).at(&self.source, span);
            if let Err(wrong) = takes(model) {
                let span = entry.places.of(&wrong.field).unwrap_or_else(|| model.span.clone());
                return Err(Box::new(problem(span, wrong.message).help(wrong.help)));
            }
            let usual = self.sampling.clarify;
            model.clarify = clarify::checked(entry.clarify.as_ref(), usual, converses(model), model)
                .map_err(|(span, message, help)| problem(span, message).help(help))?;
        }
        Ok(self)
    }
}
