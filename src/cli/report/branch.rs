//! The crate whose results are reported, and what is known of its base branch: what the pull request brings, and whether
//! the run was judged by the base branch's files where it had to be.

use crate::asking::Mode;
use crate::cli::{config_above, here, offline};
use crate::config::Config;
use crate::ground::environment::from_environment;
use crate::report::results::{GateMeaning, Record, TrialKind, TrialOutcome};
use crate::run::{BaseFiles, BaseFinding, BroughtFiles, Run};

/// The crate that the working folder is in.
#[derive(Default)]
pub(super) struct JudgedHere {
    /// The crate, if its config can be read. If not, the results say so.
    pub run: Option<Run>,
    pub brought: Option<BroughtFiles>,
    /// Why the results are not those of a run that was judged as it had to be.
    pub mistake: Option<Record>,
}

/// Reads the crate that the working folder is in.
pub(super) fn judged_here(records: &[Record]) -> JudgedHere {
    let Some(config) = here().and_then(|here| config_above(&here)).ok().flatten() else {
        return JudgedHere::default();
    };
    // Under nextest, a run's warnings about old words are not shown for tests that passed.
    with_base(config.clone(), records).unwrap_or_else(|why| JudgedHere {
        run: Some(offline(config)),
        brought: None,
        mistake: Some(mistake(&why)),
    })
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
    Ok(JudgedHere { run: Some(offline(config).keeping(copied)), brought, mistake })
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
