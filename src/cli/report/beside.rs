//! What formats may ask for besides the results of a run: its answers, and what a comment compares with.

use std::cell::OnceCell;

use super::super::diff::{BaseSnapshots, against_base};
use super::super::drawn::{self, KnownHere, RoleAnswers};
use super::super::{Failure, tell};
use super::{CommentOptions, ReportArguments};
use crate::ground::text::one_line;
use crate::report::comment::{ComparedWithBase, PullRequestComment};
use crate::report::csv::CountedAnswers;
use crate::report::format::BesideRecords;
use crate::report::page::PageFigures;
use crate::report::results::Record;
use crate::report::roles;
use crate::run::Run;

/// What is known where the command runs.
pub(super) struct BesideRun<'a> {
    pub arguments: &'a ReportArguments,
    /// The crate that the working folder is in, or why there is none.
    pub run: &'a Result<Run, String>,
    pub records: &'a [Record],
    /// The records with the crate's name where there are several.
    pub named: &'a [Record],
    known: OnceCell<KnownHere>,
}

impl<'a> BesideRun<'a> {
    pub(super) fn new(
        arguments: &'a ReportArguments,
        run: &'a Result<Run, String>,
        records: &'a [Record],
        named: &'a [Record],
    ) -> Self {
        BesideRun { arguments, run, records, named, known: OnceCell::new() }
    }

    fn known(&self) -> &KnownHere {
        self.known.get_or_init(|| KnownHere::read(self.named))
    }

    /// Checks that each respondent of `--beside` is known, before anything is written.
    pub(super) fn check(&self) -> Result<(), Failure> {
        match self.arguments.beside.as_slice() {
            [] => Ok(()),
            names => self.known().others(names, &mut |_| {}).map(|_| ()),
        }
    }
}

impl BesideRecords for BesideRun<'_> {
    fn counted(&self) -> Vec<CountedAnswers<'_>> {
        let known = self.known();
        let (mut answers, missing) = drawn::of_records(known.suites(), self.named);
        for why in &missing {
            tell(format!("not in the tables: {}", one_line(why, 300)));
        }
        let mut surveys = known.surveys();
        surveys.retain(|survey| answers.iter().all(|of| of.role != survey.role));
        answers.append(&mut surveys);
        let counted =
            |RoleAnswers { role, task, profile }| CountedAnswers { respondent: role, task, profile };
        answers.into_iter().map(counted).collect()
    }

    fn figures(&self) -> Result<PageFigures, String> {
        let known = self.known();
        let (answers, mut missing) = drawn::of_records(known.suites(), self.named);
        let others = known.others(&self.arguments.beside, &mut |why| missing.push(why));
        let others = others.map_err(|failure| match failure {
            Failure::Misuse(why) | Failure::Refused(why) | Failure::CouldNotRun(why) => why,
            Failure::Told(_) => "the respondents of --beside cannot be read".to_owned(),
        })?;
        Ok(drawn::page(known.suites(), (&answers, missing), others))
    }

    fn comment(&self) -> PullRequestComment<'_> {
        let about = &self.arguments.about;
        PullRequestComment {
            name: &about.comment_name,
            base: compared(self.run, self.records, about),
            link: about.link.as_deref(),
        }
    }
}

/// Compares the roles that were judged with their snapshots on the base branch.
///
/// # Errors
/// Why nothing can be compared.
fn compared(
    run: &Result<Run, String>,
    records: &[Record],
    about: &CommentOptions,
) -> Result<ComparedWithBase, String> {
    let run = run.as_ref().map_err(Clone::clone)?;
    let base = BaseSnapshots::named(&about.base);
    let branch = one_line(about.base_name.as_deref().unwrap_or(&about.base), 100);
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let (_, unjudged) = roles::of_run(records);
    let judged = |role: &&str| {
        let has_results = records.iter().any(|record| record.model.as_deref() == Some(*role));
        has_results && unjudged.iter().all(|of| of.role != *role)
    };
    let roles = run.config.roles().filter(judged);
    let roles = roles.map(|role| against_base(run, role, (&base, &branch), today)).collect();
    Ok(ComparedWithBase { branch, roles })
}
