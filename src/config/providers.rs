//! What a config says that only its providers can judge: which settings one takes, and whether it converses. A
//! provider says so where its wire is; here the mistake is shown in its place.

use toml::Spanned;

use super::model::Places;
use super::provider::Spec;
use super::{Config, clarify};
use crate::ground::diagnostic::Diagnostic;

/// What of an entry is still to be held against its provider.
#[derive(Debug, Clone)]
pub(crate) struct Settled {
    pub(super) places: Places,
    pub(super) clarify: Option<Spanned<bool>>,
}

impl Config {
    /// Holds each model against its provider, one of the `known`: whether it takes the settings of `[[model]]`, and
    /// whether the model can be asked back.
    ///
    /// # Errors
    /// It does not: the diagnostic shows which setting.
    pub(super) fn held(mut self, known: &[&'static Spec]) -> Result<Config, Box<Diagnostic>> {
        for (model, entry) in self.models.iter_mut().zip(std::mem::take(&mut self.settled)) {
            let problem = |span, message: String| Diagnostic::new(message).at(&self.source, span);
            if let Err(wrong) = model.fits(known) {
                let span = entry.places.of(&wrong.field).unwrap_or_else(|| model.span.clone());
                return Err(Box::new(problem(span, wrong.message).help(wrong.help)));
            }
            let usual = self.sampling.clarify;
            let can = (model.provider.converses)(model);
            model.clarify = clarify::checked(entry.clarify.as_ref(), usual, can, model)
                .map_err(|(span, message, help)| problem(span, message).help(help))?;
        }
        Ok(self)
    }
}
