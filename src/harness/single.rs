//! The process of a single test, as nextest starts one for each.

use std::path::Path;

use libtest_mimic::Arguments;

use super::{environment, overwriting};
use crate::ground::environment::only_plans;
use crate::report::results::folder::ResultsFolder;
use crate::run::{Run, TargetCode};

/// Whether each test has a process of its own.
pub(super) fn processes() -> bool {
    std::env::var_os("NEXTEST").is_some()
}

/// Returns the run of the one trial that the command line names, if the whole plan is known and without
/// mistakes and there is nothing else to report; otherwise the whole run has to be read.
pub(super) fn run(
    root: &Path,
    code: &TargetCode,
    arguments: &Arguments,
    results: &ResultsFolder,
) -> Option<Run> {
    let name = arguments.filter.as_deref().filter(|_| arguments.exact && arguments.skip.is_empty())?;
    if !processes() || arguments.list || arguments.bench || only_plans() || results.plans() {
        return None;
    }
    if !environment::unknown("").is_empty() {
        return None;
    }
    let run = Run::of_one(root, code, name)?;
    overwriting::mistakes(&run, root, |_| true).is_empty().then_some(run)
}
