//! The four modes: what a run may ask, what it replays, and where it keeps responses.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use once_cell::sync::OnceCell;
use thiserror::Error;

use super::Sampler;
use crate::ground::diagnostic::nearest;
use crate::ground::environment::{BASE_RECORDINGS as BASE, Variables, nextest_run};

/// The environment variable that chooses the mode.
pub(crate) use crate::ground::environment::MODE as VARIABLE;

/// What a run may do when an answer is not recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Replays what is recorded and asks for the rest; without a key, the test is ignored.
    #[default]
    Auto,
    /// Never touches the network: what is not recorded is missing.
    Replay,
    /// Replays what is recorded and asks for the rest; without a key, that is an error.
    Record,
    /// Asks for everything anew and keeps it apart, under `live/<run>/`.
    Live,
}

/// An environment variable has a value that sampling cannot use.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub(crate) enum ModeError {
    #[error("{VARIABLE} is `{found}`, which is not a mode: {help}")]
    Unknown { found: String, help: String },
    #[error(
        "{BASE} is `{found}`, but there is no such folder: set it to the folder of the base branch's recordings, or unset it"
    )]
    NoBase { found: String },
}

/// Returns the folder of the base branch's recordings, or `None` if the environment names none.
pub(super) fn base(variables: Variables) -> Result<Option<PathBuf>, ModeError> {
    let Some(found) = variables(BASE).filter(|found| !found.is_empty()) else { return Ok(None) };
    let folder = PathBuf::from(&found);
    if folder.is_dir() {
        return Ok(Some(folder));
    }
    Err(ModeError::NoBase { found: crate::ground::text::one_line(&found, 200) })
}

impl Mode {
    const ALL: [Mode; 4] = [Mode::Auto, Mode::Replay, Mode::Record, Mode::Live];

    /// Returns the mode that `VARIABLE` names, or [`Mode::Auto`] if it is unset or empty.
    ///
    /// # Errors
    /// Returns an error if the variable names no mode.
    pub(crate) fn from_variables(variables: Variables) -> Result<Mode, ModeError> {
        let Some(found) = variables(VARIABLE).filter(|found| !found.is_empty()) else {
            return Ok(Mode::default());
        };
        if let Some(mode) = Mode::ALL.into_iter().find(|mode| mode.word() == found) {
            return Ok(mode);
        }
        let words = Mode::ALL.map(Mode::word);
        let help = match nearest(&found, words) {
            Some(word) => format!("did you mean `{word}`?"),
            None => format!("choose one of {}", words.join(", ")),
        };
        Err(ModeError::Unknown { found: crate::ground::text::one_line(&found, 40), help })
    }

    fn word(self) -> &'static str {
        match self {
            Mode::Auto => "auto",
            Mode::Replay => "replay",
            Mode::Record => "record",
            Mode::Live => "live",
        }
    }

    /// Returns the file in which this mode keeps the responses of `respondent` to `task`.
    ///
    /// It is `<recordings>/<respondent>/<task>.jsonl`, and in live mode
    /// `<recordings>/<respondent>/live/<run>/<task>.jsonl`. The run is nextest's own id if there is one, so
    /// that its processes share what they ask for, and otherwise one per process.
    pub(super) fn file(
        self,
        recordings: &Path,
        respondent: &str,
        task: &str,
        variables: Variables,
    ) -> PathBuf {
        let mut path = recordings.join(respondent);
        if self == Mode::Live {
            path.push("live");
            path.push(run(variables));
        }
        path.push(format!("{task}.jsonl"));
        path
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

fn run(variables: Variables) -> String {
    static OWN: OnceCell<String> = OnceCell::new();
    nextest_run(variables).unwrap_or_else(|| {
        let start = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
        OWN.get_or_init(|| format!("{}-{}", start(), std::process::id())).clone()
    })
}

impl Sampler {
    /// Makes a sampler whose recordings are copies of the base branch's: nothing is added to them, so nothing is asked.
    /// A live run asks everything anew, and keeps it elsewhere.
    pub(crate) fn of_the_base_branch(self) -> Sampler {
        let mode = if self.mode == Mode::Live { Mode::Live } else { Mode::Replay };
        Sampler { mode, store: None, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_chooses_and_a_slip_is_told() {
        let mode = |variables| Mode::from_variables(variables);
        assert_eq!(mode(|_| None), Ok(Mode::Auto));
        assert_eq!(mode(|_| Some(String::new())), Ok(Mode::Auto));
        assert_eq!(mode(|name| (name == VARIABLE).then(|| "live".to_owned())), Ok(Mode::Live));
        assert_eq!(
            mode(|_| Some("Repaly".to_owned())).expect_err("no mode").to_string(),
            "ALIGNSPEC_MODE is `Repaly`, which is not a mode: did you mean `replay`?"
        );
        assert!(
            mode(|_| Some("offline".to_owned())).expect_err("no mode").to_string().ends_with("record, live")
        );
    }

    #[test]
    fn live_answers_are_kept_apart_and_shared_by_one_nextest_run() {
        let file = |mode: Mode, variables: Variables| mode.file(Path::new("r"), "m", "T1", variables);
        assert_eq!(file(Mode::Auto, |_| None), Path::new("r/m/T1.jsonl"));
        assert_eq!(file(Mode::Live, |_| Some("a-1".to_owned())), Path::new("r/m/live/a-1/T1.jsonl"));
        let own = file(Mode::Live, |_| Some("../x".to_owned()));
        assert_eq!(own, file(Mode::Live, |_| None));
        assert_eq!(own.components().count(), 5);
    }
}
