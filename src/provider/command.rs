//! A user's own program: the question goes to its standard input, and its standard output is the answer. With
//! `[model.stdio]`, both may be JSON in the program's own shape.
//!
//! It runs in the crate's folder and inherits the environment, except keys that only other models of the config
//! use. These variables hold what belongs to a question besides its prompt:
//!
//! | variable | holds |
//! | --- | --- |
//! | `ALIGNSPEC_MODEL` | `model` of the config, or the model's name |
//! | `ALIGNSPEC_SYSTEM` | the system prompt |
//! | `ALIGNSPEC_MESSAGES` | earlier turns: a JSON list of `{"role": …, "content": …}` |
//! | `ALIGNSPEC_SCHEMA` | the JSON schema of the answer |
//!
//! A variable without a value is unset. Exit status 75 (`EX_TEMPFAIL` in sysexits.h) says that another try may
//! succeed; any other but 0 ends the asking of the model.

use std::borrow::Cow;
use std::ffi::OsString;
use std::io;
use std::path::{MAIN_SEPARATOR, PathBuf};
use std::process::{ExitStatus, Stdio as Pipe};
use std::time::Duration;

use futures_util::future::try_join4;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use super::entry::Provider;
use super::flags::flagged;
use super::http::{MOST_BYTES, MOST_MESSAGE};
use super::key::ApiKey;
use super::own_answer::taken;
use super::placeholders::Placeholders;
use super::remarks::heeded_service;
use super::secrets::Secrets;
use super::{
    AskError, Asking, ConnectError, Finish, RedactedResponse, Reply, Request, Wire, error_body, strict,
};
use crate::config::{self, Model, Setting, Spec, Stdio, holds};
use crate::ground::diagnostic::secret::masked;
use crate::ground::environment::{self, Variables};
use crate::ground::text::one_line;

/// The exit status `EX_TEMPFAIL`, which asks the user to try again.
const TRY_AGAIN: i32 = 75;

/// How many bytes at the end of standard error are kept, whose last line is shown.
const LAST_WORDS: usize = 4 << 10;

pub(super) static PROVIDER: Provider = Provider {
    spec: Spec {
        about: "a program of your own, on this machine",
        example: &["command = [\"./assistant\"]"],
        takes: &[Setting::Command, Setting::Stdio],
        needs: Some((Setting::Command, "for example command = [\"./assistant\", \"--ask\"]")),
        instead: Some("pass it as an argument, if the program takes it"),
        converses: |model| {
            let input = model.stdio.as_ref().and_then(|stdio| stdio.input.as_ref());
            input.is_some_and(|input| holds(input, "{messages}"))
        },
        ..Spec::new("command")
    },
    connect: |model, limit, variables| Ok(Box::new(Program::new(model, limit, variables)?)),
};

#[derive(Debug)]
pub(super) struct Program {
    command: config::Command,
    program: PathBuf,
    model: String,
    secrets: Secrets,
    limit: Duration,
    /// How it is asked and answers in its own shape.
    stdio: Option<Stdio>,
}

impl Program {
    fn new(model: &Model, limit: Duration, variables: Variables) -> Result<Self, ConnectError> {
        let none = || ConnectError::Command { model: model.name.clone() };
        let command = model.command.clone().ok_or_else(none)?;
        let secrets = Secrets::of(model, &ApiKey::of(model, variables)?, variables);
        let program = Program::named(command, model.model.clone(), secrets, limit).ok_or_else(none)?;
        Ok(Program { stdio: model.stdio.clone(), ..program })
    }

    fn named(command: config::Command, model: String, secrets: Secrets, limit: Duration) -> Option<Self> {
        let name = command.line.first()?;
        // A name without a path is looked up in PATH. Platforms differ in what a relative path starts from.
        let is_path = name.contains(['/', MAIN_SEPARATOR]);
        let program = if is_path { command.folder.join(name) } else { PathBuf::from(name) };
        Some(Program { program, command, model, secrets, limit, stdio: None })
    }

    /// Makes the program of `key_command`, which prints a key.
    pub(super) fn of_key(command: config::Command, limit: Duration) -> Result<Self, ConnectError> {
        let none = || ConnectError::Setting {
            message: "`key_command` does not name a program".to_owned(),
            help: "list the program, then its arguments, each as a string".to_owned(),
        };
        Program::named(command, String::new(), Secrets::default(), limit).ok_or_else(none)
    }

    /// Runs the program and returns the secret that it prints, which no error shows.
    pub(super) async fn prints(&self) -> Result<SecretString, AskError> {
        let nothing = Request::default();
        let ran = tokio::time::timeout(self.limit, self.run(&nothing)).await;
        match ran {
            Ok(Ok(response)) => Ok(SecretString::from(response.into_response().text)),
            // No question was asked. The last line may repeat a key.
            Ok(Err(AskError::Own { who, what, may_pass, .. })) => {
                let (who, what) = (format!("{who} of `key_command`"), masked(&what));
                Err(AskError::Own { who, what, may_pass, started: false })
            }
            Ok(Err(error)) => Err(error),
            Err(_) => {
                let who = format!("{} of `key_command`", self.name());
                let what = format!("printed no key within {:?}", self.limit);
                Err(AskError::Own { who, what, may_pass: true, started: false })
            }
        }
    }

    /// Runs the program and returns the key that it prints.
    pub(super) async fn key(&self) -> Result<ApiKey, AskError> {
        let printed = self.prints().await?;
        let text = printed.expose_secret().trim();
        if text.is_empty() {
            return Err(self.printed("nothing: the key is read from its standard output"));
        }
        if text.contains(char::is_whitespace) || text.starts_with(['{', '[']) {
            return Err(self.printed("more than a key (the output is not shown): it must print only the key"));
        }
        ApiKey::read(text).ok_or_else(|| self.printed("a key that cannot be sent: it has control characters"))
    }

    /// Makes the error for output that is not a key.
    pub(super) fn printed(&self, what: &str) -> AskError {
        let who = format!("{} of `key_command`", self.name());
        AskError::Own { who, what: format!("printed {what}"), may_pass: false, started: false }
    }

    async fn call(&self, request: &Request) -> Result<Reply, AskError> {
        match tokio::time::timeout(self.limit, self.run(request)).await {
            Ok(answer) => answer.map(|response| Reply { response, ..Reply::default() }),
            Err(_) => Err(AskError::Timeout { server: self.name(), limit: self.limit }),
        }
    }

    async fn run(&self, request: &Request) -> Result<RedactedResponse, AskError> {
        let input = self.input(request)?;
        let mut command = Command::new(&self.program);
        command.args(&self.command.line[1..]).current_dir(&self.command.folder).kill_on_drop(true);
        command.stdin(Pipe::piped()).stdout(Pipe::piped()).stderr(Pipe::piped());
        for key in &self.command.hidden {
            command.env_remove(key);
        }
        for (variable, value) in self.variables(request) {
            match value {
                Some(value) => command.env(variable, value),
                None => command.env_remove(variable),
            };
        }
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn().map_err(|error| self.not_started(&error))?;
        let mut group = ProcessGroup::of(&child);
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let write = async {
            if let Some(mut stdin) = stdin {
                // A program may answer without reading its question.
                let _ = stdin.write_all(input.as_bytes()).await;
            }
            Ok(())
        };
        let ended = async { child.wait().await.map_err(|error| self.broke(&error)) };
        // The first error drops the other futures, and the program with them.
        let (_, bytes, last_words, status) =
            try_join4(write, self.read(stdout), self.last_words(stderr), ended).await?;
        group.has_ended();
        if !status.success() {
            return Err(self.failed(status, &last_words));
        }
        let text = String::from_utf8(bytes)
            .map_err(|_| self.error("printed text that is not UTF-8".to_owned(), true))?;
        // The line break at the end of the output is not part of the answer, and neither is a byte order mark.
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        self.said(text.trim_end_matches(['\r', '\n']), request)
    }

    /// Returns what the program gets on its standard input.
    fn input<'a>(&self, request: &'a Request) -> Result<Cow<'a, str>, AskError> {
        let Some(template) = self.stdio.as_ref().and_then(|stdio| stdio.input.as_ref()) else {
            return Ok(Cow::Borrowed(&request.prompt));
        };
        let placeholders = Placeholders::of(template, &Value::Null);
        if placeholders.loses_system(request) {
            let what = "is not asked: the task has a system prompt, and `input` has no place for it: put {system} into a string of it";
            return Err(AskError::Own {
                who: self.name(),
                what: what.to_owned(),
                may_pass: false,
                started: false,
            });
        }
        Ok(Cow::Owned(placeholders.words(request, &self.model).value(template).to_string()))
    }

    /// Makes the response from what the program printed.
    fn said(&self, text: &str, request: &Request) -> Result<RedactedResponse, AskError> {
        let Some(place) = self.stdio.as_ref().and_then(|stdio| stdio.answer.as_ref()) else {
            return Ok(self.secrets.said(text));
        };
        let printed =
            |what: String| self.error(format!("printed {}", self.secrets.line(&what, MOST_MESSAGE)), true);
        let value = strict::read_product(text.as_bytes())
            .map_err(|error| printed(format!("what is not JSON: {}", strict::what(&error))))?;
        if error_body::refuses(&value) {
            let words = error_body::words(&value).map_or_else(String::new, |words| format!(": {words}"));
            return Err(printed(format!("an error in place of an answer{words}")));
        }
        let letters = self.stdio.as_ref().and_then(|stdio| stdio.input.as_ref());
        let letters = letters.is_some_and(|input| holds(input, "{options}"));
        let taken = taken(&value, place, &request.asked, letters).map_err(printed)?;
        let finish = if flagged(&value) { Finish::Filter } else { Finish::Other };
        let finish = heeded_service(finish, &value, place.pointer()).map_err(printed)?;
        Ok(self.secrets.gave(taken, finish))
    }

    fn variables(&self, request: &Request) -> [(&'static str, Option<OsString>); 4] {
        let messages = (!request.messages.is_empty()).then(|| json!(request.messages).to_string().into());
        [
            (environment::MODEL, Some(OsString::from(&self.model))),
            (environment::SYSTEM, request.system.as_ref().map(OsString::from)),
            (environment::MESSAGES, messages),
            (environment::SCHEMA, request.schema.as_ref().map(|schema| schema.to_string().into())),
        ]
    }

    async fn read(&self, output: Option<impl AsyncRead + Unpin>) -> Result<Vec<u8>, AskError> {
        let mut bytes = Vec::new();
        if let Some(output) = output {
            let mut output = output.take(MOST_BYTES as u64 + 1);
            output.read_to_end(&mut bytes).await.map_err(|error| self.broke(&error))?;
        }
        match bytes.len() > MOST_BYTES {
            true => Err(self.error(format!("printed more than {} MiB", MOST_BYTES >> 20), true)),
            false => Ok(bytes),
        }
    }

    /// Returns the end of the program's standard error. All of it is read, or the program would wait.
    async fn last_words(&self, output: Option<impl AsyncRead + Unpin>) -> Result<Vec<u8>, AskError> {
        let mut kept = Vec::new();
        let Some(mut output) = output else { return Ok(kept) };
        let mut chunk = [0; LAST_WORDS];
        loop {
            match output.read(&mut chunk).await.map_err(|error| self.broke(&error))? {
                0 => return Ok(kept),
                length => kept.extend_from_slice(&chunk[..length]),
            }
            let beyond = kept.len().saturating_sub(LAST_WORDS);
            kept.drain(..beyond);
        }
    }

    fn failed(&self, status: ExitStatus, last_words: &[u8]) -> AskError {
        // The text is split first, since `one_line` would join its lines.
        let text = String::from_utf8_lossy(last_words);
        let last = text.lines().rev().map(|line| self.secrets.line(line, MOST_MESSAGE));
        let last = last.into_iter().find(|line| !line.is_empty());
        let what = match status.code() {
            Some(code) => format!("ended with exit status {code}"),
            None => format!("was killed ({status})"),
        };
        let what = match last {
            Some(line) => format!("{what}: {line}"),
            None => format!("{what} and said nothing on standard error"),
        };
        self.error(what, status.code() == Some(TRY_AGAIN))
    }

    fn not_started(&self, error: &io::Error) -> AskError {
        let (what, may_pass) = match error.kind() {
            io::ErrorKind::NotFound if self.program.is_absolute() => {
                let folder = self.command.folder.display();
                (
                    format!(
                        "is not found, or the interpreter in its first line is not found (looked for from {folder})"
                    ),
                    false,
                )
            }
            io::ErrorKind::NotFound => ("is not found in PATH".to_owned(), false),
            io::ErrorKind::PermissionDenied => {
                ("cannot be started: it is not executable, or this user may not run it".to_owned(), false)
            }
            // The file is being written, or there are too many processes.
            io::ErrorKind::ExecutableFileBusy | io::ErrorKind::WouldBlock => {
                (format!("cannot be started: {error}"), true)
            }
            _ => (format!("cannot be started: {error}"), false),
        };
        AskError::Own { who: self.name(), what, may_pass, started: false }
    }

    fn broke(&self, error: &io::Error) -> AskError {
        self.error(format!("gave output that cannot be read: {error}"), true)
    }

    fn error(&self, what: String, may_pass: bool) -> AskError {
        AskError::Own { who: self.name(), what, may_pass, started: true }
    }

    /// Returns the program's name without its arguments, for messages.
    fn name(&self) -> String {
        let name = self.command.line.first().map_or("", String::as_str);
        format!("the program `{}`", one_line(name, MOST_MESSAGE))
    }
}

impl Wire for Program {
    fn ask<'a>(&'a self, request: &'a Request) -> Asking<'a> {
        Box::pin(self.call(request))
    }
}

/// The process group of a program: everything that it has started and that has not left the group. Dropping it
/// kills the group, if the program has not ended yet (the time is up, the output is too long, the run ends).
struct ProcessGroup {
    #[cfg(unix)]
    id: Option<rustix::process::Pid>,
}

#[cfg(unix)]
impl ProcessGroup {
    fn of(child: &Child) -> ProcessGroup {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        let id = id.and_then(rustix::process::Pid::from_raw);
        running().extend(id);
        ProcessGroup { id }
    }

    /// Forgets the group, since another one may have its number from now on.
    fn has_ended(&mut self) {
        running().retain(|id| Some(*id) != self.id);
        self.id = None;
    }
}

/// Returns the groups of all running programs, for a process that ends without dropping them.
#[cfg(unix)]
fn running() -> std::sync::MutexGuard<'static, Vec<rustix::process::Pid>> {
    static RUNNING: std::sync::Mutex<Vec<rustix::process::Pid>> = std::sync::Mutex::new(Vec::new());
    RUNNING.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Kills all running programs and everything that they have started. Ctrl-C in a terminal does not reach them,
/// since each is in its own process group.
#[cfg(unix)]
pub(crate) fn end_programs() {
    for id in running().drain(..) {
        let _ = rustix::process::kill_process_group(id, rustix::process::Signal::KILL);
    }
}

/// Does nothing: programs end when they are dropped.
#[cfg(not(unix))]
pub(crate) fn end_programs() {}

#[cfg(unix)]
impl Drop for ProcessGroup {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            running().retain(|known| *known != id);
            // This fails if the program has just ended, which is as good.
            let _ = rustix::process::kill_process_group(id, rustix::process::Signal::KILL);
        }
    }
}

#[cfg(not(unix))]
impl ProcessGroup {
    fn of(_: &Child) -> ProcessGroup {
        ProcessGroup {}
    }

    fn has_ended(&mut self) {}
}
