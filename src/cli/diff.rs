//! `cargo alignspec diff`: two respondents, snapshots or revisions, and what changed from one to the other.

mod answers;
mod base;
mod recordings;
mod side;

use super::{Failure, OutputFormat, config, offline, tell};
use crate::compare::{CheckComparison, Comparison, Pair, SideResult, compare};
use crate::run::{Run, Subject};
use crate::snapshot;
use crate::suite::Task;
pub(super) use base::{BaseSnapshots, against_base};
use recordings::SnapshotRecordings;
pub(super) use side::{DiffSide, of_file, unknown};
use side::{SnapshotSource, TakenAnswers};

/// Compares two respondents, snapshots, or git revisions of a snapshot.
///
/// Each of them is one of:
///   assistant               a model of alignment.toml, by its recorded answers
///   o1-preview              a published model or human baseline
///   snapshot:assistant      the snapshots of a role, as they are on disk
///   snapshots/a.T1.snap     one snapshot
///   HEAD~1:assistant        the snapshots of a role at a git revision
///   main:snapshots/a.T1.snap  one snapshot at a git revision (its path from the crate's folder)
///
/// No model is asked: answers that are not recorded are listed, and not compared.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, after_help = HELP)]
pub(super) struct DiffArguments {
    /// The side before
    #[arg(value_name = "A")]
    before: String,

    /// The side now
    #[arg(value_name = "B")]
    now: String,

    /// How to show it
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    format: OutputFormat,

    /// Only these tasks, for example T1,T2
    #[arg(long, value_delimiter = ',', value_name = "TASKS")]
    tasks: Vec<String>,
}

const HELP: &str = r#"Examples:
  cargo alignspec diff o1-preview phi-4
  cargo alignspec diff snapshot:assistant assistant
  cargo alignspec diff main:assistant snapshot:assistant --format markdown

Exit codes: 0 done; 1 a side cannot be read, or the two cannot be compared; 2 the command line or alignment.toml is not valid; 3
there is nothing to compare."#;

pub(super) fn run(arguments: &DiffArguments) -> Result<(), Failure> {
    let run = offline(config("there is nothing to compare here")?);
    for problem in &run.problems {
        tell(format_args!("warning: {}\n", problem.diagnostic));
    }
    let tasks = tasks(&run, &arguments.tasks)?;
    let before = DiffSide::find(&run, &arguments.before)?;
    let now = DiffSide::find(&run, &arguments.now)?;
    let sides = ComparedSides { run: &run, before: &before, now: &now };
    let comparison = sides.compared(&tasks, !arguments.tasks.is_empty())?;
    arguments.format.show("comparison", &comparison, || comparison.markdown())
}

fn tasks<'a>(run: &'a Run, wanted: &[String]) -> Result<Vec<&'a Task>, Failure> {
    let all: Vec<&Task> = run.suites.suites.iter().filter_map(|suite| suite.task.as_ref()).collect();
    let known = || all.iter().map(|task| task.id.as_str());
    for id in wanted {
        if !known().any(|known| known == id) {
            return Err(Failure::Misuse(side::unknown("task", id, known())));
        }
    }
    let chosen = |task: &&&Task| task.shape.is_counted() && (wanted.is_empty() || wanted.contains(&task.id));
    Ok(all.iter().filter(chosen).copied().collect())
}

struct ComparedSides<'a> {
    run: &'a Run,
    before: &'a DiffSide,
    now: &'a DiffSide,
}

/// The answers of both sides.
#[derive(Default)]
struct AnsweredByBoth<'a> {
    pairs: Vec<Pair<'a>>,
    notes: Vec<String>,
    versions: [Option<String>; 2],
    asked_with: [AskedWith; 2],
}

impl ComparedSides<'_> {
    /// Makes the whole comparison; `named` says whether the tasks were chosen by name.
    fn compared(&self, tasks: &[&Task], named: bool) -> Result<Comparison, Failure> {
        let ComparedSides { run, before, now } = self;
        let (mut comparison, shared) = self.moved(tasks, named)?;
        self.checks(&shared, &mut comparison);
        comparison.usage = [before, now].into_iter().filter_map(|side| side.usage(run, &shared)).collect();
        Ok(comparison)
    }

    /// Compares the answers alone, without checks and costs.
    fn drift(&self, tasks: &[&Task]) -> Result<Comparison, Failure> {
        Ok(self.moved(tasks, false)?.0)
    }

    /// Compares the answers, and returns the tasks that both sides have.
    fn moved<'t>(&self, tasks: &[&'t Task], named: bool) -> Result<(Comparison, Vec<&'t Task>), Failure> {
        let ComparedSides { run, before, now } = self;
        let AnsweredByBoth { pairs, mut notes, versions, asked_with } = self.answered(tasks, named)?;
        if pairs.is_empty() {
            return Err(self.nothing_in_common(tasks, notes));
        }
        let rate = run.config.verdict.error_rate;
        let mut comparison = compare(&run.suites, &pairs, rate, run.config.drift.min_shift);
        let [old, new] = versions;
        let [old_with, new_with] = asked_with.map(AskedWith::lines);
        (comparison.before, comparison.now) = (before.named(old, old_with), now.named(new, new_with));
        notes.append(&mut comparison.notes);
        comparison.notes = notes;
        Ok((comparison, pairs.iter().map(|pair| pair.task).collect()))
    }

    /// Returns the answers of both sides to each task.
    fn answered<'t>(&self, tasks: &[&'t Task], named: bool) -> Result<AnsweredByBoth<'t>, Failure> {
        let ComparedSides { before, now, .. } = self;
        let mut answered = AnsweredByBoth::default();
        let about = |task: &&&Task| named || [before, now].iter().all(|side| side.is_about(task));
        for task in tasks.iter().filter(about) {
            match self.taken(task) {
                [TakenAnswers::Damaged(why), _] | [_, TakenAnswers::Damaged(why)] => return Err(Failure::Refused(why)),
                [TakenAnswers::Answers(old), TakenAnswers::Answers(new)] if old.questions == new.questions => {
                    for (known, version) in answered.versions.iter_mut().zip([old.version, new.version]) {
                        *known = known.take().or(version);
                    }
                    for (known, with) in answered.asked_with.iter_mut().zip([old.asked_with, new.asked_with]) {
                        known.add(task, with);
                    }
                    answered.pairs.push(Pair { task, before: old.answers, now: new.answers });
                }
                [TakenAnswers::Answers(old), TakenAnswers::Answers(new)] => answered.notes.push(format!(
                    "{}: {} and {} answered different questions ({} and {}): take both snapshots with the same suite",
                    task.id, before.name, now.name, old.questions, new.questions
                )),
                // A task that neither side knows is mentioned only if it was asked for.
                sides if named || some(&sides) => answered.notes.extend(missing(sides)),
                _ => {}
            }
        }
        Ok(answered)
    }

    /// Returns what each side has of a task.
    fn taken(&self, task: &Task) -> [TakenAnswers; 2] {
        [self.before, self.now].map(|side| side.answers(self.run, task))
    }

    /// Says that there is nothing to compare; `notes` are the reasons, if they are known.
    fn nothing_in_common(&self, tasks: &[&Task], mut notes: Vec<String>) -> Failure {
        if notes.is_empty() {
            // The tasks that one side has, and the other has not.
            let sides = tasks.iter().map(|task| self.taken(task)).filter(some);
            notes.extend(sides.flat_map(missing));
        }
        let why = notes.iter().map(|note| format!("\n  {note}")).collect::<String>();
        Failure::Refused(format!(
            "{} and {} have no task in common that could be compared{why}",
            self.before.name, self.now.name
        ))
    }

    /// Adds every check about what both sides answered, at the error rate that it has in a run. Where a side is a role,
    /// these are the checks of that role.
    fn checks(&self, tasks: &[&Task], comparison: &mut Comparison) {
        let ComparedSides { run, before, now } = self;
        let roles: Vec<&str> = [before, now].into_iter().filter_map(|side| side.role(run)).collect();
        let rate = |wanted: usize| {
            let own = |role: &str| roles.is_empty() || roles.contains(&role);
            run.planned.iter().find_map(|planned| match planned.subject {
                Subject::Check { check, rate } if check == wanted && own(&planned.model) => Some(rate),
                _ => None,
            })
        };
        let behind = [before, now].map(|side| SnapshotRecordings::of(side, run, tasks));
        let (mut unjudged, mut why_not) = (0, None);
        for (at, check) in run.checks.iter().enumerate() {
            let about = |id: &str| tasks.iter().any(|task| task.id == id);
            if !check.measure.inputs().iter().all(|input| about(&input.task)) {
                continue;
            }
            let Some(rate) = rate(at) else { continue };
            let [old, new] = [(before, &behind[0]), (now, &behind[1])]
                .map(|(side, behind)| side.judged(run, behind.as_ref(), check, rate));
            if let (SideResult::Unjudged { why }, SideResult::Unjudged { .. }) = (&old, &new) {
                unjudged += 1;
                why_not.get_or_insert_with(|| format!("{}: {why}", check.sentence));
                continue;
            }
            let (sentence, error_rate) = (check.sentence.clone(), rate);
            comparison.checks.push(CheckComparison { sentence, error_rate, before: old, now: new });
        }
        if let Some(first) = why_not {
            comparison.notes.push(match unjudged {
                1 => format!("a check that can judge neither side: {first}"),
                more => format!("{more} checks that can judge neither side; the first: {first}"),
            });
        }
    }
}

/// Whether either side has answers.
fn some(sides: &[TakenAnswers; 2]) -> bool {
    sides.iter().any(|side| matches!(side, TakenAnswers::Answers(_)))
}

/// Returns why sides have no answers.
fn missing(sides: [TakenAnswers; 2]) -> impl Iterator<Item = String> {
    sides.into_iter().filter_map(|side| match side {
        TakenAnswers::Missing(why) => Some(why),
        _ => None,
    })
}

/// What a side was asked with, by task: its snapshots may have been taken at different times.
#[derive(Default)]
struct AskedWith(Vec<(String, Vec<String>)>);

impl AskedWith {
    fn add(&mut self, task: &Task, with: String) {
        match self.0.iter_mut().find(|(known, _)| *known == with) {
            Some((_, tasks)) => tasks.push(task.id.clone()),
            None => self.0.push((with, vec![task.id.clone()])),
        }
    }

    /// Returns a single line if all tasks were asked in the same way.
    fn lines(self) -> Vec<String> {
        let several = self.0.len() > 1;
        let told = self.0.into_iter().filter(|(with, _)| !with.is_empty());
        told.map(|(with, tasks)| if several { format!("{}: {with}", tasks.join(", ")) } else { with })
            .collect()
    }
}

/// Returns the questions that a task asks now.
fn asked_now(task: &Task) -> String {
    snapshot::questions(task)
}
