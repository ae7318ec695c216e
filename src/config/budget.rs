//! The most that a run may use: `[budget]` in the config, which the environment can lower.

use serde::Deserialize;
use toml::Spanned;

use super::{Config, Model};
use crate::ground::diagnostic::{Diagnostic, Source};
use crate::ground::environment::{MAX_REQUESTS, MAX_USD, Variables};
use crate::ground::text::one_line;

/// The table `[budget]`. A model may also have limits of its own (`Terms`).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Budget {
    /// The most requests, including failed tries.
    pub max_requests: Option<u64>,
    /// The most US dollars, computed from the prices of the models.
    pub max_usd: Option<f64>,
    /// The most minutes, counted from the first request.
    pub max_minutes: Option<f64>,
}

const PRICE_HELP: &str = "add price = { input = …, output = … } to that [[model]], in US dollars per million tokens (0 for a local one)";

/// Environment variables that lower the budget of one run, for example in a CI job.
pub(crate) const LOWER_BUDGET: [&str; 2] = [MAX_REQUESTS, MAX_USD];

impl Budget {
    /// Returns this budget, lowered to what the environment allows. The environment cannot raise it.
    ///
    /// # Errors
    /// A variable does not hold a valid number: the fragment says which one, and what it accepts.
    pub(crate) fn lowered(&self, variables: Variables) -> Result<Budget, String> {
        let [requests, usd] = LOWER_BUDGET;
        let set = |name: &str| variables(name).filter(|text| !text.trim().is_empty());
        let wrong = |name: &str, text: &str| {
            format!("{name} is `{}`, which is not a number of 0 or more", one_line(text, 40))
        };
        let mut lowered = self.clone();
        if let Some(text) = set(requests) {
            let most: u64 = text.trim().parse().map_err(|_| wrong(requests, &text))?;
            lowered.max_requests = Some(self.max_requests.map_or(most, |own| own.min(most)));
        }
        if let Some(text) = set(usd) {
            let most = text.trim().parse().ok().filter(|most: &f64| most.is_finite() && *most >= 0.0);
            let most = most.ok_or_else(|| wrong(usd, &text))?;
            lowered.max_usd = Some(self.max_usd.map_or(most, |own| own.min(most)));
        }
        Ok(lowered)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawBudget {
    max_requests: Option<Spanned<u64>>,
    max_usd: Option<Spanned<f64>>,
    max_minutes: Option<Spanned<f64>>,
}

impl Config {
    /// Returns the config with its budget lowered to what the environment allows ([`LOWER_BUDGET`]).
    ///
    /// # Errors
    /// A variable holds no number, or dollars cannot be counted because a model has no price.
    pub(crate) fn within_environment(mut self, variables: Variables) -> Result<Config, Box<Diagnostic>> {
        self.budget = self.budget.lowered(variables).map_err(Diagnostic::new)?;
        let priceless = self.models.iter().find(|model| model.terms.price.is_none());
        match priceless.filter(|_| self.budget.max_usd.is_some()) {
            None => Ok(self),
            Some(model) => {
                let problem =
                    format!("{} cannot be enforced: `{}` has no price", LOWER_BUDGET[1], model.name);
                let problem = Diagnostic::new(problem).at(&self.source, model.span.clone());
                Err(Box::new(problem.help(PRICE_HELP)))
            }
        }
    }
}

pub(super) fn checked_budget(
    raw: RawBudget,
    models: &[Model],
    source: &Source,
) -> Result<Budget, Box<Diagnostic>> {
    for (name, number) in [("max_usd", &raw.max_usd), ("max_minutes", &raw.max_minutes)] {
        if let Some(number) =
            number.as_ref().filter(|number| !(number.get_ref() > &0.0 && number.get_ref().is_finite()))
        {
            return Err(Box::new(
                Diagnostic::new(format!("`{name}` is {}, but must be above 0", number.get_ref()))
                    .at(source, number.span())
                    .help("remove it for no limit; to ask no model at all, set ALIGNSPEC_MODE=replay"),
            ));
        }
    }
    let priceless = models.iter().find(|model| model.terms.price.is_none());
    if let (Some(most), Some(model)) = (&raw.max_usd, priceless) {
        return Err(Box::new(
            Diagnostic::new(format!("`max_usd` cannot be enforced: `{}` has no price", model.name))
                .at(source, most.span())
                .help(PRICE_HELP),
        ));
    }
    let inner = |number: Option<Spanned<f64>>| number.map(Spanned::into_inner);
    Ok(Budget {
        max_requests: raw.max_requests.map(Spanned::into_inner),
        max_usd: inner(raw.max_usd),
        max_minutes: inner(raw.max_minutes),
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_environment_lowers_a_budget_and_never_raises_it() {
        let model = "[[model]]\nname = \"m\"\nprovider = \"openai\"\nmodel = \"x\"\n";
        let priced = format!("[budget]\nmax_usd = 5\n{model}price = {{ input = 1, output = 1 }}");
        let budget = |text: &str, variables: Variables| -> Result<Budget, String> {
            let config = crate::provider::parse_config(Path::new("/x"), Source::new("alignment.toml", text))
                .expect("valid")
                .within_environment(variables);
            config.map(|config| config.budget).map_err(|problem| problem.to_string())
        };
        let ten: Variables = |name| Some(if name == LOWER_BUDGET[0] { "10" } else { " 0.5 " }.to_owned());
        let lowered = Budget { max_requests: Some(10), max_usd: Some(0.5), max_minutes: None };
        assert_eq!(budget(&priced, ten), Ok(lowered));
        let dear: Variables = |name| (name == LOWER_BUDGET[1]).then(|| "50".to_owned());
        assert_eq!(budget(&priced, dear).map(|budget| budget.max_usd), Ok(Some(5.0)));
        assert_eq!(budget(&priced, |_| Some(String::new())).map(|budget| budget.max_requests), Ok(None));
        let shown = budget(model, dear).expect_err("no price");
        assert!(shown.contains("ALIGNSPEC_MAX_USD cannot be enforced: `m` has no price"), "{shown}");
        let shown = budget(model, |name| (name == LOWER_BUDGET[0]).then(|| "many".to_owned()));
        assert!(
            shown.expect_err("no number").contains("ALIGNSPEC_MAX_REQUESTS is `many`, which is not a number")
        );
    }
}
