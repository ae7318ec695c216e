//! The trials that the command line leaves out. It cannot leave out mistakes in files.
//!
//! Every verdict depends on all files: the error rate is divided over all checks, and a check that cannot be
//! read is missing from that division. So a filter, `--exact`, `--skip` and `--ignored` choose among the
//! trials of models, and the trials of mistakes always run. nextest runs a process per test, and no process
//! knows what the others run, so there each test fails as long as a file has a mistake.

use libtest_mimic::{Arguments, Trial};

use super::print_plan::chosen;
use crate::ground::diagnostic::{Diagnostic, nearest};
use crate::ground::text::one_line;
use crate::run::{Problem, Run};

/// Returns the trials that run, which always include the mistakes. If the command line would leave out a
/// mistake, the selection is made here and removed from `arguments`.
pub(super) fn with_mistakes(
    arguments: &mut Arguments,
    mistakes: Vec<Trial>,
    mut others: Vec<Trial>,
) -> Vec<Trial> {
    let hidden = |trial: &Trial| arguments.is_filtered_out(trial) || arguments.is_ignored(trial);
    // Tools that list the ignored tests (as nextest does) take all others for not ignored.
    let lists_ignored = arguments.list && arguments.ignored;
    if lists_ignored || !mistakes.iter().any(hidden) {
        return mistakes.into_iter().chain(others).collect();
    }
    let all = others.len();
    // A benchmark runs no tests and asks no model.
    others.retain(|trial| !arguments.bench && !arguments.is_filtered_out(trial));
    if !arguments.list {
        let left_out = all - others.len();
        eprintln!(
            "note: the command line leaves out {left_out} of {all} tests of models. Mistakes in files are always shown, because every verdict depends on all files"
        );
    }
    arguments.filter = None;
    arguments.skip.clear();
    arguments.bench = false;
    arguments.include_ignored |= std::mem::take(&mut arguments.ignored);
    mistakes.into_iter().chain(others).collect()
}

/// Returns the mistake in a filter that selects nothing, if it can only be meant for this target: it is
/// nearly a role's name, begins with one, or is the name of the target. Cargo would report an empty run as a
/// success. Any other filter may be meant for another target, so there is only a note.
pub(super) fn misspelt(arguments: &Arguments, run: &Run, target: &str) -> Option<Problem> {
    let filter = arguments.filter.as_deref().filter(|_| !arguments.list)?;
    if run.planned.iter().any(|planned| runs(arguments, &planned.name)) {
        return None;
    }
    let none = format!("no test has `{}` in its name", one_line(filter, 200));
    let found = filter.split("::").next().unwrap_or(filter);
    let roles = || run.planned.iter().map(|planned| planned.model.as_str());
    let help = match nearest(found, roles()) {
        _ if filter == target => format!("to choose the test target, write `--test {target}`"),
        Some(role) if role != found => {
            format!("did you mean `{}`?", one_line(&filter.replacen(found, role, 1), 200))
        }
        Some(role) if arguments.exact && role == filter => {
            format!("without `--exact`, `{role}::` selects all of this role")
        }
        Some(role) if role == found => {
            let names = run.planned.iter().filter(|planned| planned.model == role);
            let names: Vec<&str> = names.map(|planned| planned.name.as_str()).take(3).collect();
            format!("tests of {role} are `{}` and others", names.join("`, `"))
        }
        _ => match run.planned.iter().find(|planned| arguments.exact && ends_with(&planned.name, filter)) {
            Some(whole) => format!("with `--exact`, write the whole name: `{}`", one_line(&whole.name, 300)),
            None => {
                eprintln!("note: {none}, so nothing is judged{}", near(filter, run));
                return None;
            }
        },
    };
    let diagnostic = Diagnostic::new(none).help(help);
    Some(Problem { name: "command line".to_owned(), diagnostic })
}

/// Says that the command line leaves out all tests, where no filter does: cargo reports an empty run as a success.
pub(super) fn nothing_left(arguments: &Arguments, trials: &[Trial]) -> Option<String> {
    let none = !trials.is_empty() && trials.iter().all(|trial| arguments.is_filtered_out(trial));
    if !none || arguments.list || arguments.filter.is_some() {
        return None;
    }
    let why = match (arguments.ignored, arguments.skip.is_empty()) {
        (true, true) => "--ignored runs only tests that are ignored, and none is",
        (true, false) => "--ignored and --skip leave out all tests",
        (false, _) => "--skip leaves out all tests",
    };
    Some(format!("note: {why}, so nothing is judged"))
}

/// Whether a name is that of a role, `::`, and a certain rest.
fn ends_with(name: &str, rest: &str) -> bool {
    name.split_once("::").is_some_and(|(_, own)| own == rest)
}

/// Says which names come near a filter that is in none of them: those that have it in other letters, or else the one
/// that is nearest; nothing where it is like none of them.
fn near(filter: &str, run: &Run) -> String {
    const MOST: usize = 3;
    let wanted = filter.to_lowercase();
    let names = || run.planned.iter().map(|planned| planned.name.as_str());
    let mut found: Vec<&str> =
        names().filter(|name| name.to_lowercase().contains(&wanted)).take(MOST).collect();
    if found.is_empty() {
        let parts = names().chain(names().filter_map(|name| Some(name.split_once("::")?.1)));
        let part = nearest(filter, parts);
        found.extend(part.and_then(|part| names().find(|name| *name == part || ends_with(name, part))));
    }
    let found: Vec<String> = found.into_iter().map(|name| format!("`{}`", one_line(name, 300))).collect();
    if found.is_empty() { String::new() } else { format!("; near it: {}", found.join(", ")) }
}

/// Whether the command line lets a trial run.
pub(super) fn runs(arguments: &Arguments, name: &str) -> bool {
    if arguments.exact {
        let skipped = arguments.skip.iter().any(|part| part == name);
        return arguments.filter.as_ref().is_none_or(|wanted| wanted == name) && !skipped;
    }
    chosen(arguments, name)
}

/// Returns the mistake of a command line that lets no thread run the trials: they would never end.
pub(super) fn no_threads(arguments: &Arguments) -> Option<Diagnostic> {
    (arguments.test_threads == Some(0)).then(|| {
        Diagnostic::new("--test-threads is 0, so that no test would ever run")
            .help("write `--test-threads=1` to run one at a time, or leave it out")
    })
}

/// Returns how many trials run at a time, if the user does not say.
///
/// libtest-mimic runs one per core. But trials of models that are asked mostly wait, the slow ones for
/// minutes, and should neither hold up one another nor those that only compute: they get a thread each,
/// and the others one per core. How fast a model is asked is not decided here but by its own limits.
pub(super) fn threads(run: &Run, plan: Option<&crate::plan::Plan>, arguments: &Arguments) -> Option<usize> {
    /// The most threads, because each needs a stack. Further trials wait for their turn.
    const MOST: usize = 256;
    if plan.is_none_or(|plan| plan.total(None).is_nothing()) {
        return arguments.test_threads;
    }
    match arguments.test_threads {
        None => {
            let asked = |name: &str| run.model(name).is_some_and(|model| run.asks(model));
            let waiting = run.planned.iter().filter(|planned| asked(&planned.model));
            let waiting = waiting.filter(|planned| chosen(arguments, &planned.name)).count();
            let cores = std::thread::available_parallelism().map_or(1, usize::from);
            Some((waiting + cores).min(MOST.max(cores)))
        }
        // On one thread, libtest-mimic prints the first half of a trial's line before the trial runs, and
        // progress would fall into it. With two, the trials themselves ensure that only one runs at a time.
        Some(1) => Some(2),
        more => more,
    }
}
