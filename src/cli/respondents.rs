//! Which respondents a command is about, for those that take any number of them.

use super::Failure;
use super::diff::DiffSide;
use crate::run::Run;

#[derive(Debug, clap::Args)]
pub(super) struct RespondentOptions {
    /// Who is meant; all models of alignment.toml where nobody is named and --published is not given
    #[arg(value_name = "RESPONDENT")]
    pub respondents: Vec<String>,

    /// Every published model that comes with alignspec, besides those that are named
    #[arg(long)]
    pub published: bool,
}

/// Says what a respondent is, before a command's own help.
pub(super) fn help(of_command: &str) -> String {
    format!(
        "A respondent is
  assistant               a model of alignment.toml, by its recorded answers
  o1-preview              a published model, or any other baseline
  snapshot:assistant      the snapshots of a role; HEAD~1:assistant those at a git revision

{of_command}"
    )
}

impl RespondentOptions {
    /// Returns the names that are meant: as given, then the published models that are not named.
    ///
    /// # Errors
    /// No published model is loaded, or one has the name of a model of alignment.toml.
    fn names(&self, run: &Run) -> Result<Vec<String>, Failure> {
        let mut names = self.respondents.clone();
        if !self.published {
            if names.is_empty() {
                names.extend(run.config.roles().map(str::to_owned));
            }
            return Ok(names);
        }
        let published = run.tallies.tallies.iter().filter(|tally| tally.is_published_model());
        let published: Vec<&str> = published.map(|tally| tally.name.as_str()).collect();
        if published.is_empty() {
            return Err(Failure::CouldNotRun(
                "no published model is loaded: `baselines` in alignment.toml does not list \"builtin\""
                    .to_owned(),
            ));
        }
        if let Some(role) = published.iter().find(|name| run.model(name).is_some()) {
            return Err(Failure::Misuse(format!(
                "`{role}` is a model of alignment.toml, so that the published one cannot be meant: rename the model, or name the respondents one by one"
            )));
        }
        let named = |name: &&str| self.respondents.iter().any(|named| named == name);
        names.extend(published.into_iter().filter(|name| !named(name)).map(str::to_owned));
        Ok(names)
    }

    /// Returns what these names mean.
    pub(super) fn sides(&self, run: &Run) -> Result<Vec<DiffSide>, Failure> {
        self.names(run)?.iter().map(|name| DiffSide::find(run, name)).collect()
    }
}
