//! Finds and reads suite files. A file that cannot be read becomes a [`Diagnostic`] and the others are still loaded,
//! so that one typing error is one failing test.

use std::path::{Component, Path, PathBuf};

use super::file::{self, RawSuite};
use super::joined::{Beside, Joined};
use super::kind::{self, plain_id};
use super::rust::{self, RUST, RustSuites, RustText};
use super::{BUILTIN, CheckEntry, ENDINGS, Suite, Unanswered, extends, spelling, stories};
use crate::ground::diagnostic::{Diagnostic, Source};
use crate::ground::files::{self, Bounds};

/// The suites that were loaded, and the files that are wrong.
#[derive(Debug, Default, Clone)]
pub struct Suites {
    /// The suites, in the order of their entries and files.
    pub suites: Vec<Suite>,
    /// The checks that the test target hands over by themselves.
    pub checks: Vec<CheckEntry>,
    /// The entries of the config whose files are wrong, each with the mistake.
    pub problems: Vec<(String, Diagnostic)>,
}

/// Reads `"builtin"`, files, and folders (their `*.toml` files sorted by name, without sub-folders), each relative to
/// `root`. All must lie in the crate's folder `root` or in its workspace.
pub fn load(root: &Path, entries: &[(String, Diagnostic)]) -> Suites {
    load_from(root, entries, &[], None)
}

/// Like [`load`], but files may also lie in the folders `outside`, and the entry `rust` stands for what the test target
/// hands over (`None` where that is not known).
pub(crate) fn load_from(
    root: &Path,
    entries: &[(String, Diagnostic)],
    outside: &[PathBuf],
    rust: Option<&RustSuites>,
) -> Suites {
    let mut loaded = Suites::default();
    let bounds = Bounds::of(root, outside);
    // A path is meant from the file that it stands in.
    let beside = |naming: &Source, path: &str, ending: &str| {
        let folder = match naming.rust() {
            // A Rust value is in no folder of suites: it means paths from the crate's.
            Some(_) => Path::new(""),
            None => Path::new(&*naming.name).parent().unwrap_or(Path::new("")),
        };
        let place = folder.join(path);
        files::read_text(&root.join(&place), &plain_path(&place), &bounds, &[ending])
    };
    let folder = entries.iter().any(|(entry, _)| entry != RUST && plain_path(Path::new(entry)) == RUST);
    for (entry, unreadable) in entries {
        if entry == RUST {
            match rust::nothing(root, unreadable, rust, folder) {
                Some(problem) => loaded.problems.push((entry.clone(), problem)),
                None => rust.into_iter().for_each(|rust| loaded.add_rust(rust, &beside)),
            }
            continue;
        }
        for source in files::sources(root, entry, outside, &BUILTIN, &ENDINGS) {
            match source {
                Ok(source) => loaded.add(&source, &beside),
                Err(why) => {
                    let problem = unreadable.clone().label(why);
                    loaded.problems.push((entry.clone(), problem));
                }
            }
        }
    }
    loaded
}

/// Reads a suite that is not written yet, and the files that it names, as if it lay in the crate in `root`.
///
/// # Errors
/// The first mistake, with its place.
#[cfg(feature = "cli")]
pub(crate) fn parse_in(root: &Path, source: &Source) -> Result<Suite, Box<Diagnostic>> {
    let bounds = Bounds::of(root, &[]);
    parse_with(source, &|naming, path, ending| {
        let folder = Path::new(&*naming.name).parent().unwrap_or(Path::new(""));
        // Its folder need not be there yet, so that nothing can be reached through it.
        let place = plain_path(&folder.join(path));
        files::read_text(&root.join(&place), &place, &bounds, &[ending])
    })
}

/// Writes a path for messages: `shared/b.csv` for `suites/../shared/b.csv`.
fn plain_path(path: &Path) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.components() {
        match part {
            Component::ParentDir if parts.last().is_some_and(|last| *last != "..") => _ = parts.pop(),
            Component::CurDir => {}
            Component::RootDir => parts.push(""),
            other => parts.push(other.as_os_str().to_str().unwrap_or("?")),
        }
    }
    parts.join("/")
}

impl Suites {
    /// Returns the suites that come with the crate.
    pub fn builtin() -> Suites {
        let unread = Diagnostic::new("the built-in suites cannot be read");
        load(Path::new(""), &[("builtin".to_owned(), unread)])
    }

    /// Adds what the test target hands over.
    fn add_rust(&mut self, rust: &RustSuites, beside: Beside<'_>) {
        for suite in rust.iter() {
            let source = suite.source();
            match suite.holds {
                RustText::Suite => self.add(&source, beside),
                RustText::Checks => match file::read_checks(&source) {
                    Ok(checks) => self.checks.extend(checks),
                    Err(problem) => self.problems.push((source.name.to_string(), *problem)),
                },
            }
        }
    }

    fn add(&mut self, source: &Source, beside: Beside<'_>) {
        match parse_with(source, beside) {
            Ok(suite) => match self.suites.iter().find(|known| known.id.eq_ignore_ascii_case(&suite.id)) {
                Some(known) => {
                    let but = if known.id == suite.id { "" } else { ", but for the case of letters" };
                    let twice = Diagnostic::new(format!("the suite id `{}` is used twice{but}", suite.id))
                        .at(source, id_place(source))
                        .help(format!("the other one is in {}; rename one", known.source.name));
                    self.problems.push((source.name.to_string(), twice));
                }
                None => match spelling::mistake(&suite, &self.suites) {
                    Some(problem) => self.problems.push((source.name.to_string(), problem)),
                    None => self.suites.push(suite),
                },
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

/// Reads one suite from its text alone, so that it must name no files.
pub(crate) fn parse(source: &Source) -> Result<Suite, Box<Diagnostic>> {
    let none =
        |_: &Source, _: &str, _: &str| Err("a suite that is not in a file has no files beside it".to_owned());
    parse_with(source, &none)
}

/// Reads one suite from its text and the files that it names.
fn parse_with(source: &Source, beside: Beside<'_>) -> Result<Suite, Box<Diagnostic>> {
    let mut joined = Joined::of(source);
    let raw = RawSuite::read(source)?;
    build(raw, source, &mut joined, beside).map_err(|problem| joined.home(*problem))
}

fn build(
    mut raw: RawSuite,
    source: &Source,
    joined: &mut Joined,
    beside: Beside<'_>,
) -> Result<Suite, Box<Diagnostic>> {
    plain_id(&raw.id, source)?;
    extends::apply(&mut raw, joined, beside)?;
    if raw.title.is_none() {
        return Err(Diagnostic::new("missing field `title`").at(source, 0..source.text.len()).into());
    }
    stories::add(&mut raw, joined, beside)?;
    let task = kind::build(&mut raw, &joined.all)?;
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
    let files = joined.others();
    Ok(Suite { id: raw.id.into_inner(), source: source.clone(), files, task, checks, unanswered })
}
