//! The crate whose results are reported, and what is known of its base branch: what the pull request brings, and whether
//! the run was judged by the base branch's files where it had to be.

use crate::asking::Mode;
use crate::cli::rust_suites::with_rust_if_known;
use crate::cli::{Failure, config_alone_above, here, offline};
use crate::config::{Config, FILE};
use crate::ground::environment::from_environment;
use crate::ground::text::one_line;
use crate::report::results::{GateMeaning, Record, TrialKind, TrialOutcome};
use crate::run::{BaseFiles, BaseFinding, BroughtFiles, Run};

/// The crate that the working folder is in.
pub(super) struct JudgedHere {
    /// The crate, or why there is none. Whether that matters is for the reports to say: the results tell of mistakes in
    /// the config.
    pub run: Result<Run, String>,
    pub brought: Option<BroughtFiles>,
    /// Why the results are not those of a run that was judged as it had to be.
    pub mistake: Option<Record>,
}

/// Reads the crate that the working folder is in.
pub(super) fn judged_here(records: &[Record]) -> JudgedHere {
    let config = match config_here() {
        Ok(config) => config,
        Err(why) => return JudgedHere { run: Err(why), brought: None, mistake: None },
    };
    // Under nextest, a run's warnings about old words are not shown for tests that passed.
    with_base(config.clone(), records).unwrap_or_else(|why| JudgedHere {
        run: Ok(offline(config)),
        brought: None,
        mistake: Some(mistake(&why)),
    })
}

fn config_here() -> Result<Config, String> {
    let config = here().and_then(|here| config_alone_above(&here)).map_err(|failed| match failed {
        Failure::Misuse(why) | Failure::Refused(why) | Failure::CouldNotRun(why) => {
            let what = why.lines().next().unwrap_or_default().trim_start_matches("error: ");
            format!("{FILE} has a mistake: {}", one_line(what, 300))
        }
        Failure::Told(_) => format!("{FILE} cannot be read"),
    })?;
    config
        .map(with_rust_if_known)
        .ok_or_else(|| format!("there is no {FILE} in the working folder or above it"))
}

fn with_base(config: Config, records: &[Record]) -> Result<JudgedHere, String> {
    let found = BaseFinding::of(&config, from_environment).map_err(|problem| problem.to_string())?;
    let mut brought = BroughtFiles::find(&found, &config);
    // The tests may have been told to, and this report not.
    if let Some(brought) = &mut brought {
        brought.by_base |= records.iter().any(|record| record.base.is_some());
    }
    let live = Mode::from_variables(from_environment) == Ok(Mode::Live);
    let (config, copied) = found.applied(config, live).map_err(|problem| problem.to_string())?;
    let wanted = copied.as_ref().map(BaseFiles::commit);
    // A yes of a run that read other files is none.
    let other = |record: &&Record| record.says == GateMeaning::Yes && record.base.as_deref() != wanted;
    let mistake = wanted.and_then(|_| records.iter().find(other)).map(|record| {
        mistake(&format!(
            "error: `{}` was not judged by the base branch's files, as it has to be: give the tests the same settings as this report",
            record.name
        ))
    });
    Ok(JudgedHere { run: Ok(offline(config).keeping(copied)), brought, mistake })
}

fn mistake(why: &str) -> Record {
    let mut record = Record {
        id: "base branch".to_owned(),
        name: "the base branch".to_owned(),
        kind: TrialKind::File,
        text: Some(why.trim_end().to_owned()),
        ..Record::default()
    };
    record.ends(TrialOutcome::BrokenFile);
    record
}
