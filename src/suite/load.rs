//! Finds and reads suite files. A file that cannot be read becomes a [`Diagnostic`] and the others are still loaded,
//! so that one typing error is one failing test.

use std::path::{Path, PathBuf};

use super::file::RawSuite;
use super::kind::{self, plain_id};
use super::{BUILTIN, Suite, Unanswered};
use crate::ground::diagnostic::{Diagnostic, Source};

/// The suites that were loaded, and the files that are wrong.
#[derive(Debug, Default, Clone)]
pub struct Suites {
    /// The suites, in the order of their entries and files.
    pub suites: Vec<Suite>,
    /// The entries of the config whose files are wrong, each with the mistake.
    pub problems: Vec<(String, Diagnostic)>,
}

/// Reads `"builtin"`, files, and folders (their `*.toml` files sorted by name, without sub-folders), each relative to
/// `root`. All must lie in the crate's folder `root` or in its workspace.
pub fn load(root: &Path, entries: &[(String, Diagnostic)]) -> Suites {
    load_from(root, entries, &[])
}

/// Like [`load`], but files may also lie in the folders `outside`.
pub(crate) fn load_from(root: &Path, entries: &[(String, Diagnostic)], outside: &[PathBuf]) -> Suites {
    let mut loaded = Suites::default();
    for (entry, unreadable) in entries {
        for source in crate::ground::files::sources(root, entry, outside, &BUILTIN) {
            match source {
                Ok(source) => loaded.add(&source),
                Err(why) => {
                    let problem = unreadable.clone().label(why);
                    loaded.problems.push((entry.clone(), problem));
                }
            }
        }
    }
    loaded
}

impl Suites {
    /// Returns the suites that come with the crate.
    pub fn builtin() -> Suites {
        let unread = Diagnostic::new("the built-in suites cannot be read");
        load(Path::new(""), &[("builtin".to_owned(), unread)])
    }

    fn add(&mut self, source: &Source) {
        match parse(source) {
            Ok(suite) => match self.suites.iter().find(|known| known.id == suite.id) {
                Some(known) => {
                    let twice = Diagnostic::new(format!("the suite id `{}` is used twice", suite.id))
                        .at(source, id_place(source))
                        .help(format!("the other one is in {}; rename one", known.source.name));
                    self.problems.push((source.name.to_string(), twice));
                }
                None => self.suites.push(suite),
            },
            Err(problem) => self.problems.push((source.name.to_string(), *problem)),
        }
    }

    /// Returns the task with this id.
    pub fn task(&self, id: &str) -> Option<&super::Task> {
        self.suites.iter().filter_map(|suite| suite.task.as_ref()).find(|task| task.id == id)
    }

    /// Returns the task with this id, or the message that there is none.
    pub(crate) fn loaded(&self, id: &str) -> Result<&super::Task, String> {
        self.task(id).ok_or_else(|| format!("the task {id} is not loaded"))
    }
}

impl Suite {
    /// Reads a suite from the text of its file; mistakes are reported under `name`.
    ///
    /// ```
    /// use alignspec::__testing::suite::{Shape, Suite};
    ///
    /// let text = "id = \"K1\"\ntitle = \"Knowledge\"\nkind = \"open\"\nprompt = \"Define privacy.\"";
    /// let suite = Suite::from_text("k1.toml", text)?;
    /// assert_eq!(suite.task.map(|task| task.shape), Some(Shape::Text));
    /// # Ok::<(), Box<alignspec::__testing::diagnostic::Diagnostic>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The first mistake in the text, with its place.
    pub fn from_text(name: &str, text: &str) -> Result<Suite, Box<Diagnostic>> {
        parse(&Source::new(name, text))
    }
}

fn id_place(source: &Source) -> std::ops::Range<usize> {
    let start = source.text.find("id").unwrap_or(0);
    start..start + source.text[start..].find('\n').unwrap_or(0)
}

/// Reads one suite from its text.
pub(crate) fn parse(source: &Source) -> Result<Suite, Box<Diagnostic>> {
    let mut raw = RawSuite::read(source)?;
    plain_id(&raw.id, source)?;
    let task = kind::build(&mut raw, source)?;
    let unanswered = Unanswered { unread: raw.unread, refusals: raw.refusals };
    let mut checks = Vec::with_capacity(raw.check.len());
    for check in std::mem::take(&mut raw.check) {
        let mut entry = check.entry(source)?;
        entry.unanswered = entry.unanswered.or(unanswered);
        checks.push(entry);
    }
    if task.is_none() && checks.is_empty() {
        return Err(Box::new(
            Diagnostic::new("this suite has neither a task nor a check")
                .at(source, raw.id.span())
                .help("add `kind` and its questions, or a `[[check]]`"),
        ));
    }
    Ok(Suite { id: raw.id.into_inner(), source: source.clone(), task, checks, unanswered })
}
