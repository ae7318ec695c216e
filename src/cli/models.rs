//! `cargo alignspec models`: one question to each model that is asked, to see whether a run could ask it.

mod told;

use std::time::Duration;

use super::{Failure, config, offline, say, tell, warn};
use crate::answer;
use crate::asking::{Mode, NotAnswered, ask_once};
use crate::config::{AnswerFormat, FILE, Model};
use crate::ground::diagnostic::nearest;
use crate::ground::environment::{PLAN, from_environment, only_plans};
use crate::ground::format::counted;
use crate::ground::text::one_line;
use crate::provider::{ConnectError, Response};
use crate::run::{Run, would_ask};
use crate::suite::Task;
use told::{columns, to_do};

pub(super) use told::key;

/// Asks each model one question, and says whether it is ready: reached, key found, version, structured output, price.
///
/// The question is the first of a task that the model is asked in a run. Nothing is recorded. Keys are never shown. A
/// function of the test target cannot be asked from here.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(super) struct ModelsArguments {
    /// Only these roles; all that are asked where none is named
    #[arg(value_name = "ROLE")]
    roles: Vec<String>,

    /// The longest that a model may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
}

const HELP: &str = "\
Examples:
  cargo alignspec models
  cargo alignspec models assistant --timeout 10

Exit codes: 0 every model is ready; 1 a model is not: the lines below the table say why, and what to do; 2 the command line or
alignment.toml is not valid, or ALIGNSPEC_MODE=replay or ALIGNSPEC_PLAN forbids asking; 3 there is no model to ask.";

pub(super) fn run(arguments: &ModelsArguments) -> Result<(), Failure> {
    let run = offline(config("no model can be asked")?);
    run.cautions().iter().for_each(warn);
    let models = arguments.models(&run)?;
    may_ask().map_err(Failure::Misuse)?;
    let mistakes = run.problems.iter().filter(|problem| problem.name.starts_with(FILE)).count();
    if mistakes > 0 {
        let mistakes = counted(mistakes, "mistake");
        return Err(Failure::Refused(format!(
            "{FILE} has {mistakes}, so no model is asked: `cargo alignspec check` shows where"
        )));
    }
    let limit = Duration::from_secs(arguments.timeout);
    // They are asked at the same time: one that does not answer holds up no other.
    let found: Vec<AskedModel<'_>> = std::thread::scope(|scope| {
        let asked: Vec<_> =
            models.iter().map(|model| scope.spawn(|| AskedModel::of(&run, model, limit))).collect();
        let lost = |model| AskedModel {
            model,
            outcome: ModelOutcome::NotReady(
                "the program failed".to_owned(),
                "report this as a bug".to_owned(),
            ),
        };
        asked
            .into_iter()
            .zip(&models)
            .map(|(thread, model)| thread.join().unwrap_or_else(|_| lost(model)))
            .collect()
    });
    let head = ["role", "ready", "model", "version", "key", "structured", "price"].map(str::to_owned);
    let rows: Vec<[String; 7]> = std::iter::once(head).chain(found.iter().map(AskedModel::row)).collect();
    say(columns(&rows));
    found.iter().for_each(AskedModel::tell);
    match found.iter().filter(|found| matches!(found.outcome, ModelOutcome::NotReady(..))).count() {
        0 if found.iter().all(|found| matches!(found.outcome, ModelOutcome::NotAsked)) => {
            Err(Failure::CouldNotRun(
                "no model was asked: functions can be asked by the test target only".to_owned(),
            ))
        }
        0 => Ok(()),
        some => Err(Failure::Refused(format!("{some} of {} not ready", counted(found.len(), "model")))),
    }
}

/// Whether the environment lets a command ask models.
///
/// # Errors
/// It does not: the message says why.
pub(super) fn may_ask() -> Result<(), String> {
    const TO_DO: &str = "unset it, or run this where models may be asked";
    if only_plans() {
        return Err(format!("nothing is asked while {PLAN} is set: {TO_DO}"));
    }
    match Mode::from_variables(from_environment) {
        Ok(Mode::Replay) => Err(format!("ALIGNSPEC_MODE=replay forbids asking: {TO_DO}")),
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

impl ModelsArguments {
    /// Returns the models that are meant, in the order of the file.
    fn models<'r>(&self, run: &'r Run) -> Result<Vec<&'r Model>, Failure> {
        let all = || run.config.models.iter();
        for role in &self.roles {
            if all().any(|model| model.name == *role) {
                continue;
            }
            let shown = one_line(role, 100);
            let counted = run.config.roles().any(|name| name == role);
            let why = match nearest(role, all().map(|model| model.name.as_str())) {
                _ if counted => "it holds published answers, which nobody is asked for".to_owned(),
                Some(near) => format!("did you mean `{near}`?"),
                None => "no model of alignment.toml that is asked has this name".to_owned(),
            };
            return Err(Failure::Misuse(format!("`{shown}` cannot be asked: {why}")));
        }
        let named = |model: &&Model| self.roles.is_empty() || self.roles.contains(&model.name);
        let models: Vec<&Model> = all().filter(named).collect();
        if models.is_empty() {
            let why = "alignment.toml has no model that is asked: its answers are published ones";
            return Err(Failure::CouldNotRun(why.to_owned()));
        }
        Ok(models)
    }
}

/// What came of asking one model.
struct AskedModel<'a> {
    model: &'a Model,
    outcome: ModelOutcome,
}

enum ModelOutcome {
    Ready {
        version: Option<String>,
        structured: &'static str,
        /// What the provider itself says of the cost.
        priced: bool,
        /// Why the answer could not be read, and whether a run would ask back about it.
        unread: Option<(String, bool)>,
    },
    /// Why, and what to do.
    NotReady(String, String),
    /// The test target alone can ask it.
    NotAsked,
}

impl<'a> AskedModel<'a> {
    fn of(run: &Run, model: &'a Model, limit: Duration) -> AskedModel<'a> {
        let mut tasks = run.suites.suites.iter().filter_map(|suite| suite.task.as_ref());
        let task = tasks
            .find(|task| model.tasks.as_ref().is_none_or(|own| own.iter().any(|(id, _)| *id == task.id)));
        let Some(task) = task else {
            let why = "no task is there that it could be asked about".to_owned();
            return AskedModel {
                model,
                outcome: ModelOutcome::NotReady(why, "add a task to its `tasks`".to_owned()),
            };
        };
        let seed = run.config.sampling.seed;
        let outcome = match ask_once(model, task, seed, answer::schema, (limit, from_environment)) {
            Ok(response) => outcome(model, task, seed, response),
            Err(NotAnswered::Connect(ConnectError::Function { .. })) => ModelOutcome::NotAsked,
            Err(why) => {
                let to_do = to_do(model, &why).to_owned();
                let why = match why {
                    NotAnswered::Connect(error) => error.to_string(),
                    NotAnswered::Ask(error) => error.to_string(),
                    NotAnswered::Runtime(error) => format!("this machine cannot send a request: {error}"),
                };
                ModelOutcome::NotReady(one_line(&why, 1_000), to_do)
            }
        };
        AskedModel { model, outcome }
    }

    fn row(&self) -> [String; 7] {
        let none = || "-".to_owned();
        let (ready, version, structured, priced) = match &self.outcome {
            ModelOutcome::Ready { version, structured, priced, .. } => {
                let version =
                    version.as_deref().map_or("not reported".to_owned(), |version| one_line(version, 60));
                ("yes", version, (*structured).to_owned(), *priced)
            }
            ModelOutcome::NotReady(..) => ("no", none(), none(), false),
            ModelOutcome::NotAsked => ("not asked", none(), none(), false),
        };
        let price = match self.model.terms.price {
            Some(price) => format!("${} in, ${} out", price.input, price.output),
            None if priced => "reported".to_owned(),
            None => "not known".to_owned(),
        };
        let id = match self.model.model.as_str() {
            "" => self.model.provider.name.to_owned(),
            id => format!("{} {}", self.model.provider.name, one_line(id, 60)),
        };
        [
            self.model.name.clone(),
            ready.to_owned(),
            id,
            version,
            key(self.model, from_environment),
            structured,
            price,
        ]
    }

    /// Says below the table what is wrong or odd.
    fn tell(&self) {
        let name = &self.model.name;
        match &self.outcome {
            ModelOutcome::NotReady(why, to_do) => {
                tell(format_args!("{name} is not ready: {why}\n  to do     {to_do}"))
            }
            ModelOutcome::Ready { unread: Some((why, back)), .. } => {
                let back = if *back { ": a run would ask it back once" } else { "" };
                tell(format_args!("note: {name} answered, but this answer could not be read ({why}){back}"));
            }
            ModelOutcome::NotAsked => tell(format_args!(
                "note: {name} is a function, which the test target alone can ask: `cargo test --test alignment` does"
            )),
            ModelOutcome::Ready { .. } => {}
        }
    }
}

/// Looks at what a model said.
fn outcome(model: &Model, task: &Task, seed: u64, response: Response) -> ModelOutcome {
    let question = &task.question(seed, 0, 0, 0);
    let read = answer::read_as(question, &response.text, &response.finish, response.structure.as_deref());
    let back = would_ask(model, question, &response);
    let is_json =
        serde_json::from_str::<serde_json::Value>(response.text.trim()).is_ok_and(|value| value.is_object());
    let structured = match model.answer_format {
        AnswerFormat::Text => "not asked for",
        AnswerFormat::JsonSchema | AnswerFormat::JsonObject if is_json && read.is_ok() => "yes",
        AnswerFormat::JsonSchema | AnswerFormat::JsonObject => {
            let why = "it did not answer with the JSON that `answer_format` asks for".to_owned();
            let to_do = "leave `answer_format` out if the server ignores it, or use a model that honours it";
            return ModelOutcome::NotReady(why, to_do.to_owned());
        }
    };
    let unread = read.err().map(|unread| one_line(&unread.why, 200));
    // A model may say it better when it is asked again. A product answers in the same shape each time.
    if let (Some(why), true) = (&unread, model.own_shape().is_some()) {
        let back = if back { "; a run would ask it back once" } else { "" };
        let why = format!("its answer could not be read ({why}){back}");
        let to_do = "compare `answer` and the keys beside it in alignment.toml with what the product gives: docs/own-product.md says what is read";
        return ModelOutcome::NotReady(why, to_do.to_owned());
    }
    ModelOutcome::Ready {
        version: response.model,
        structured,
        priced: response.upstream.is_some_and(|upstream| upstream.usd.is_some()),
        unread: unread.map(|why| (why, back)),
    }
}
