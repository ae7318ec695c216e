//! Functions of the test target that answer: the product's own code, called directly.

use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use once_cell::sync::OnceCell;
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use super::entry::Provider;
use super::http::{MOST_BYTES, MOST_MESSAGE};
use super::key::ApiKey;
use super::secrets::Secrets;
use super::{
    AskError, Asked, Asking, ConnectError, Finish, Message, OwnAnswer, QuestionContext, QuestionOption,
    Reply, Request, Wire, connect,
};
use crate::config::{Config, Model, Respondent, Spec};
use crate::ground::diagnostic::{Diagnostic, nearest};
use crate::ground::environment::Variables;
use crate::ground::panics::{Caught, quietly};

/// The provider of functions. [`Functions`] connects them, so that this entry cannot.
pub(super) static PROVIDER: Provider = Provider {
    spec: Spec {
        about: "a function that the test target hands to `Harness`",
        instead: Some("the function decides how it answers"),
        ..Spec::new("function")
    },
    connect: |model, _, _| Err(Functions::new().unknown(&model.name)),
};

fn is_function(model: &Model) -> bool {
    *model.provider == PROVIDER.spec
}

/// The question that a function is asked, in words and in parts. The parts are those of the form in which it is put: its
/// options are in the order shown, in the words shown.
///
/// ```
/// use alignspec::{Answer, Question};
///
/// async fn ask(question: Question) -> Result<Answer, String> {
///     let mut ids: Vec<String> = question.options.iter().map(|option| option.id.clone()).collect();
///     match question.kind {
///         "rank" => Ok(Answer::ranking(ids)),
///         "rate" => Ok(Answer::level(ids.pop().unwrap_or_default())),
///         kind => Err(format!("{} is of the kind {kind}: {}", question.task, question.prompt)),
///     }
/// }
/// # drop(alignspec::Harness::new().respondent("assistant", ask));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Question {
    /// The question, as a model would read it.
    pub prompt: String,
    /// The system prompt: the text in the config, then that of the task.
    pub system: Option<String>,
    /// Earlier turns of the conversation.
    pub messages: Vec<Message>,
    /// The JSON schema that an answer should have, if `answer_format` is `json_schema`.
    pub schema: Option<Value>,
    /// The kind of its task: `select`, `rate`, `trade_off`, `rank` or `open`.
    pub kind: &'static str,
    /// The id of its task, such as `T4`.
    pub task: String,
    /// Its id within the task, such as `medical`; empty if the task has one question.
    pub item: String,
    /// The situation that it is about, if its task has contexts.
    pub context: Option<QuestionContext>,
    /// Its options in the order shown: what is selected or ranked, or the levels of a scale.
    pub options: Vec<QuestionOption>,
}

impl Question {
    fn of(request: &Request) -> Question {
        let Request { system, messages, prompt, schema, asked } = request.clone();
        let Asked { kind, task, item, context, options } = asked;
        Question { prompt, system, messages, schema, kind, task, item, context, options }
    }
}

type FunctionAnswer = Pin<Box<dyn Future<Output = Result<OwnAnswer, String>> + Send>>;
type Function = Arc<dyn Fn(Question) -> FunctionAnswer + Send + Sync>;

/// Functions, each with the name of the model that it answers for.
#[derive(Clone, Default)]
pub struct Functions(Vec<(String, Function)>);

impl Functions {
    /// Makes an empty list of functions.
    pub fn new() -> Functions {
        Functions::default()
    }

    /// Registers `ask` to answer for the model `name`.
    pub fn register<F, A, T, E>(&mut self, name: impl Into<String>, ask: F)
    where
        F: Fn(Question) -> A + Send + Sync + 'static,
        A: Future<Output = Result<T, E>> + Send + 'static,
        T: Into<OwnAnswer>,
        E: fmt::Display,
    {
        let function = move |question: Question| -> FunctionAnswer {
            let answer = ask(question);
            Box::pin(async move { answer.await.map(Into::into).map_err(|error| error.to_string()) })
        };
        self.0.push((name.into(), Arc::new(function)));
    }

    /// Makes the wire to `model`, as [`connect`] does, or to the function with its name.
    ///
    /// # Errors
    /// As [`connect`], and if no function has that name.
    pub fn connect(
        &self,
        model: &Model,
        limit: Duration,
        variables: Variables,
    ) -> Result<Box<dyn Wire>, ConnectError> {
        if !is_function(model) {
            return connect(model, limit, variables);
        }
        let found = self.0.iter().find(|(name, _)| *name == model.name);
        let Some((_, function)) = found else { return Err(self.unknown(&model.name)) };
        // The function reads its key itself. The key is needed here to take it out of the answer.
        let secrets = Secrets::of(model, &ApiKey::of(model, variables)?, variables);
        Ok(Box::new(CalledFunction {
            name: model.name.clone(),
            function: Arc::clone(function),
            secrets,
            limit,
        }))
    }

    /// Makes the error that no function answers for `model`.
    pub(super) fn unknown(&self, model: &str) -> ConnectError {
        let names: Vec<&str> = self.0.iter().map(|(name, _)| name.as_str()).collect();
        let known = match names.as_slice() {
            [] => String::new(),
            names => format!(" (registered: {})", names.join(", ")),
        };
        let help = match nearest(model, names) {
            Some(best) => format!("did you mean `{best}`?"),
            None => how_to(model),
        };
        ConnectError::Function { model: model.to_owned(), known, help }
    }

    /// Returns the names of the models that the functions answer for.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// Finds the mismatches between these functions and the models of `config`.
    pub(crate) fn problems(&self, config: &Config) -> Vec<Diagnostic> {
        let mut problems = Vec::new();
        let wanted = || config.models.iter().filter(|model| is_function(model));
        for model in wanted() {
            if !self.0.iter().any(|(name, _)| *name == model.name) {
                let problem = Diagnostic::new(format!("no function is registered for `{}`", model.name))
                    .at(&config.source, model.span.clone());
                let problem = match self.0.is_empty() {
                    true => problem.help(how_to(&model.name)),
                    false => problem.nearest(&model.name, self.0.iter().map(|(name, _)| name.as_str())),
                };
                problems.push(problem);
            }
        }
        for (place, (name, _)) in self.0.iter().enumerate() {
            if self.0[..place].iter().any(|(known, _)| known == name) {
                problems.push(Diagnostic::new(format!("two functions are registered for `{name}`")));
            }
            match config.respondent(name) {
                Some(Respondent::Asked(model)) if is_function(model) => {}
                Some(other) => problems.push(
                    Diagnostic::new(format!(
                        "the function `{name}` would not be asked: the provider of its model is not `function`"
                    ))
                    .at(&config.source, other.span())
                    .help("set provider = \"function\", or register the function under another name"),
                ),
                None => {
                    let problem = Diagnostic::new(format!("there is no [[model]] for the function `{name}`"));
                    problems.push(match wanted().next() {
                        Some(_) => problem.nearest(name, wanted().map(|model| model.name.as_str())),
                        None => problem.help(format!(
                            "add a [[model]] with name = \"{name}\" and provider = \"function\""
                        )),
                    });
                }
            }
        }
        problems
    }
}

fn how_to(model: &str) -> String {
    format!("write alignspec::harness!(Harness::new().respondent(\"{model}\", ask)) in the test target")
}

impl fmt::Debug for Functions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

struct CalledFunction {
    name: String,
    function: Function,
    secrets: Secrets,
    limit: Duration,
}

impl fmt::Debug for CalledFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Called").field("name", &self.name).finish_non_exhaustive()
    }
}

impl CalledFunction {
    async fn call(&self, request: &Request) -> Result<Reply, AskError> {
        let question = Question::of(request);
        let who = format!("the function `{}`", self.name);
        let error = |what, may_pass| AskError::Own { who: who.clone(), what, may_pass, started: true };
        let line = |text: &str| self.secrets.line(text, MOST_MESSAGE);
        let threads =
            threads().map_err(|cause| error(format!("cannot be run: no threads: {cause}"), false))?;
        let function = Arc::clone(&self.function);
        // The task is dropped when the time is up, which ends it unless it blocks.
        let mut task = JoinSet::new();
        let answer = async move {
            // The call may panic before it returns a future.
            caught(quietly(|| function(question))?).await
        };
        task.spawn_on(answer, threads.handle());
        let answer = tokio::time::timeout(self.limit, task.join_next()).await;
        // The task catches panics, and nothing else ends it early.
        match answer.map(|answer| answer.and_then(Result::ok).unwrap_or_else(|| Ok(Err("ended".to_owned()))))
        {
            Err(_) => Err(AskError::Timeout { server: who, limit: self.limit }),
            Ok(Err(Caught { message, place })) => {
                let place = place.map_or_else(String::new, |place| format!(" at {place}"));
                let message = line(&message);
                Err(error(format!("panicked{place}: {message}"), false))
            }
            Ok(Ok(Err(cause))) => Err(error(format!("failed: {}", line(&cause)), true)),
            Ok(Ok(Ok(answer))) => match answer.taken() {
                long if long.text.len() > MOST_BYTES => {
                    Err(error(format!("answered with more than {} MiB", MOST_BYTES >> 20), true))
                }
                taken => Ok(Reply { response: self.secrets.gave(taken, Finish::Other), ..Reply::default() }),
            },
        }
    }
}

/// Returns the runtime of the functions. It is separate and has many threads, so that a function that blocks
/// instead of awaiting delays neither other models nor the clock.
fn threads() -> io::Result<&'static Runtime> {
    static RUNTIME: OnceCell<Runtime> = OnceCell::new();
    RUNTIME.get_or_try_init(|| {
        Builder::new_multi_thread().worker_threads(32).thread_name("alignspec-function").enable_all().build()
    })
}

/// Returns the answer, or the panic on the way to it, after which the future is not polled again.
async fn caught(mut answer: FunctionAnswer) -> Result<Result<OwnAnswer, String>, Caught> {
    poll_fn(move |context| match quietly(|| answer.as_mut().poll(context)) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(answer)) => Poll::Ready(Ok(answer)),
        Err(panic) => Poll::Ready(Err(panic)),
    })
    .await
}

impl Wire for CalledFunction {
    fn ask<'a>(&'a self, request: &'a Request) -> Asking<'a> {
        Box::pin(self.call(request))
    }
}
