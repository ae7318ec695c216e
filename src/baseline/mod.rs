//! Baselines: respondents that are only counted. Their figures, published or imported, come from TOML files,
//! which are called tallies, or from the tables of surveys in CSV. People and published models thus become profiles like any other.
//!
//! Partial distributions are allowed: a level that is not named is *unknown*, not zero.

mod builtin;
mod figures;
mod survey;

use std::ops::Range;
use std::path::{Path, PathBuf};

use once_cell::sync::OnceCell;
use serde::{Deserialize, Serialize};
use toml::de::{DeTable, DeValue};

use crate::ground::diagnostic::{Diagnostic, Source, nearest};
use crate::ground::unseen;
use crate::profile::Profile;
use crate::suite::Task;
pub(crate) use builtin::BUILTIN;
pub use figures::FIELDS;
use figures::FiguresTable;

/// The labels that a tally may use for forms. The list is closed, so that a misspelt form is an error and not a
/// form that no check ever looks at.
const FORMS: [&str; 8] =
    ["shuffled", "listed", "reversed", "synonyms", "stated", "swapped", "published", "further"];

/// How the names of baseline files end.
pub(crate) const ENDINGS: [&str; 2] = ["toml", "csv"];

/// The keys at the top of a tally file, besides its tables of figures.
pub const HEAD: [&str; 4] = ["name", "source", "note", "variant_of"];

/// A tally file, whose figures have not been compared with a task yet.
#[derive(Debug, Clone)]
pub struct Tally {
    /// The name that checks and the config use for it.
    pub name: String,
    /// The source of the figures.
    pub source_note: String,
    /// The name of the tally whose figures these are another reading of.
    pub variant_of: Option<String>,
    /// The file, for messages.
    pub file: Source,
    /// The figures. Those of a built-in tally are read when they are first needed, since most runs need none.
    figures: OnceCell<TallyFigures>,
}

/// The figures of a tally, for all or some of its tasks.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct TallyFigures {
    /// The ids of all tasks that the tally has figures for.
    tasks: Vec<String>,
    leaves: Vec<FiguresTable>,
}

/// A known problem with figures that are used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Doubt {
    /// The id of the item, and the label of the form (`""` if the source does not name it).
    pub item: String,
    pub form: String,
    pub why: String,
}

/// The part of a tally that is kept for a process that needs the figures of some tasks.
#[derive(Serialize, Deserialize)]
struct KeptTally {
    name: String,
    source_note: String,
    variant_of: Option<String>,
    figures: TallyFigures,
}

/// The result of reading tally files: the tallies, and the files that are wrong.
#[derive(Debug, Default)]
pub struct Tallies {
    /// The tallies, each with a different name.
    pub tallies: Vec<Tally>,
    /// The wrong files: each with its entry in the config, and what is wrong.
    pub problems: Vec<(String, Diagnostic)>,
}

impl Tallies {
    /// Reads `"builtin"`, files and folders, each relative to `root`. Two tallies must not have the same name.
    pub fn load(root: &Path, entries: &[(String, Diagnostic)]) -> Tallies {
        Tallies::load_from(root, entries, &[])
    }

    /// Does what [`load`](Self::load) does, and also allows files in the folders `outside`.
    pub(crate) fn load_from(root: &Path, entries: &[(String, Diagnostic)], outside: &[PathBuf]) -> Tallies {
        let mut loaded = Tallies::default();
        for (entry, unreadable) in entries {
            for source in crate::ground::files::sources(root, entry, outside, &BUILTIN, &ENDINGS) {
                let read = |source: Source| match entry.as_str() {
                    "builtin" => Tally::builtin(&source),
                    _ => Tally::read(&source),
                };
                match source.map_err(|why| unreadable.clone().label(why)).and_then(read) {
                    Ok(tally) => loaded.add(tally),
                    Err(problem) => loaded.problems.push((entry.clone(), problem)),
                }
            }
        }
        loaded
    }

    fn add(&mut self, tally: Tally) {
        let same = |known: &&Tally| known.name.eq_ignore_ascii_case(&tally.name);
        if let Some(known) = self.tallies.iter().find(same) {
            let but = if known.name == tally.name { "" } else { ", but for the case of letters" };
            let twice = Diagnostic::new(format!("two baselines are named `{}`{but}", tally.name))
                .at(&tally.file, place_of_name(&tally.file))
                .help(format!("the other one is {}; rename one", known.file.name));
            self.problems.push((tally.file.name.to_string(), twice));
        } else {
            self.tallies.push(tally);
        }
    }

    /// Checks the figures of all files against their tasks, so that mistakes are reported even if no check
    /// reads the figures. Built-in tallies are left out: a test of this crate checks them.
    pub fn hold_against<'t>(&mut self, tasks: impl Iterator<Item = &'t Task>) {
        let tasks: Vec<&Task> = tasks.collect();
        for tally in self.tallies.iter().filter(|tally| survey::is_one(&tally.file)) {
            if let Some(problem) = tally.of_unknown_task(&tasks) {
                self.problems.push((tally.file.name.to_string(), problem));
            }
        }
        for task in tasks {
            for tally in self.tallies.iter().filter(|tally| !tally.file.name.starts_with("builtin:")) {
                if let Err(problem) = tally.held_against(task) {
                    self.problems.push((tally.file.name.to_string(), problem));
                }
            }
        }
    }

    /// Returns the tally with this name.
    pub fn get(&self, name: &str) -> Option<&Tally> {
        self.tallies.iter().find(|tally| tally.name == name)
    }

    /// Iterates over the names of all tallies, in the order of the files.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tallies.iter().map(|tally| tally.name.as_str())
    }
}

fn place_of_name(file: &Source) -> Range<usize> {
    let start = file.text.find("name").unwrap_or(0);
    start..start + file.text[start..].find('\n').unwrap_or(0)
}

impl Tally {
    /// Reads a tally file.
    ///
    /// # Errors
    /// Returns an error if it is not TOML, has no name or source, has an unknown field, or has counts that
    /// cannot be counts.
    pub fn read(file: &Source) -> Result<Tally, Diagnostic> {
        Tally::read_all(file).map(|(tally, figures)| Tally { figures: figures.into(), ..tally })
    }

    /// Reads the head of a built-in tally, which begins with plain lines. A test of this crate checks that each
    /// one does.
    fn builtin(file: &Source) -> Result<Tally, Diagnostic> {
        let head = file.text.split("\n[").next().unwrap_or_default();
        let field = |name: &str| {
            let mut lines = head.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(" = \""));
            lines.next()?.strip_suffix('"').filter(|text| !text.contains(['"', '\\']))
        };
        let Some((name, source_note)) = field("name").zip(field("source")) else { return Tally::read(file) };
        Ok(Tally {
            name: name.to_owned(),
            source_note: source_note.to_owned(),
            variant_of: field("variant_of").map(str::to_owned),
            file: file.clone(),
            figures: OnceCell::new(),
        })
    }

    fn figures(&self) -> &TallyFigures {
        self.figures
            .get_or_init(|| Tally::read_all(&self.file).map_or_else(|_| TallyFigures::default(), |all| all.1))
    }

    /// Returns the tally with the figures of `tasks` only, as bytes for another process.
    pub(crate) fn part(&self, tasks: &[&str]) -> Option<Vec<u8>> {
        let TallyFigures { tasks: all, leaves } = self.figures();
        let wanted = leaves.iter().filter(|leaf| tasks.contains(&leaf.path[0].0.as_str()));
        let figures = TallyFigures { tasks: all.clone(), leaves: wanted.cloned().collect() };
        let (name, source_note) = (self.name.clone(), self.source_note.clone());
        let part = KeptTally { name, source_note, variant_of: self.variant_of.clone(), figures };
        postcard::to_allocvec(&part).ok()
    }

    /// Reads a tally from bytes that [`part`](Self::part) made. `file` is where it came from.
    pub(crate) fn of_part(part: &[u8], file: &Source) -> Option<Tally> {
        let KeptTally { name, source_note, variant_of, figures } = postcard::from_bytes(part).ok()?;
        Some(Tally { name, source_note, variant_of, file: file.clone(), figures: figures.into() })
    }

    fn read_all(file: &Source) -> Result<(Tally, TallyFigures), Diagnostic> {
        if survey::is_one(file) {
            return survey::read(file).map_err(|problem| *problem);
        }
        if !crate::ground::files::sets(&file.text, &["name", "source"]) {
            let other = Diagnostic::new("this is not a baseline: it has neither `name` nor `source`");
            return Err(other.at(file, 0..0).unquoted());
        }
        let table = DeTable::parse(&file.text).map_err(|error| Diagnostic::toml(file, &error))?;
        unseen::in_toml(file, &[]).map_err(|problem| *problem)?;
        let mut tally = Tally {
            name: String::new(),
            source_note: String::new(),
            variant_of: None,
            file: file.clone(),
            figures: OnceCell::new(),
        };
        let mut leaves: Vec<FiguresTable> = Vec::new();
        for (key, value) in table.get_ref() {
            let name = key.get_ref().as_ref();
            match (name, value.get_ref()) {
                ("name", DeValue::String(text)) => tally.name = text.to_string(),
                ("source", DeValue::String(text)) => tally.source_note = text.to_string(),
                ("variant_of", DeValue::String(text)) => tally.variant_of = Some(text.to_string()),
                ("note", DeValue::String(_)) => {}
                (_, DeValue::Table(inner)) => {
                    figures::collect(inner, &mut vec![(name.to_owned(), key.span())], file, &mut leaves)?;
                }
                _ => {
                    return Err(Diagnostic::new(format!("unknown field `{name}` in a baseline"))
                        .at(file, key.span())
                        .nearest(name, HEAD));
                }
            }
        }
        for (field, text) in [("name", &tally.name), ("source", &tally.source_note)] {
            if text.trim().is_empty() {
                return Err(Diagnostic::new(format!("this baseline has no `{field}`"))
                    .at(file, 0..0)
                    .help("add it: `name` is what checks call the baseline, `source` says where the figures come from"));
            }
        }
        let mut tasks: Vec<String> = Vec::new();
        for leaf in &leaves {
            if !tasks.contains(&leaf.path[0].0) {
                tasks.push(leaf.path[0].0.clone());
            }
        }
        Ok((tally, TallyFigures { tasks, leaves }))
    }

    /// Returns the mistake that answers name a task that is not among these.
    fn of_unknown_task(&self, tasks: &[&Task]) -> Option<Diagnostic> {
        let known = |leaf: &&FiguresTable| !tasks.iter().any(|task| task.id == leaf.path[0].0);
        let (name, place) = &self.figures().leaves.iter().find(known)?.path[0];
        let problem =
            Diagnostic::new(format!("there is no task `{name}` here")).at(&self.file, place.clone());
        Some(problem.nearest(name, tasks.iter().map(|task| task.id.as_str())))
    }

    /// Returns whether it is one of the published models that come with the crate.
    #[cfg(feature = "cli")]
    pub(crate) fn is_published_model(&self) -> bool {
        ["builtin:models/", "builtin:other-models/"].iter().any(|home| self.file.name.starts_with(home))
    }

    /// Returns the ids of the tasks that it has figures for.
    pub fn tasks(&self) -> Vec<&str> {
        self.figures().tasks.iter().map(String::as_str).collect()
    }

    /// Returns its profile of `task`, or `None` if it has no figures for it.
    ///
    /// # Errors
    /// Returns an error if the figures name a context, value, pair, level or form that the task does not have,
    /// if they do not add up, or if the file says that they cannot be used.
    pub fn profile(&self, task: &Task) -> Result<Option<Profile>, Diagnostic> {
        let profile = self.held_against(task)?;
        let unusable = self.of_task(task).find_map(|leaf| leaf.unusable(task, &self.file));
        unusable.map_or(Ok(profile), Err)
    }

    /// Returns the known problems with the figures of `task` that are used.
    pub(crate) fn doubts(&self, task: &Task) -> Vec<Doubt> {
        let doubtful = self.of_task(task).filter_map(|leaf| {
            let (item, form) = self.resolve(task, leaf).ok()?;
            Some(Doubt { item, form, why: leaf.doubt.clone()? })
        });
        doubtful.collect()
    }

    fn of_task(&self, task: &Task) -> impl Iterator<Item = &FiguresTable> {
        self.figures().leaves.iter().filter(|leaf| leaf.path[0].0 == task.id)
    }

    /// Returns the profile of those figures of `task` that can be used.
    fn held_against(&self, task: &Task) -> Result<Option<Profile>, Diagnostic> {
        let mut profile = Profile::new(&self.name, task);
        for leaf in self.of_task(task) {
            let (item, form) = self.resolve(task, leaf)?;
            if leaf.unusable(task, &self.file).is_some() {
                continue;
            }
            // `overall.x` has the same choices as x has in any context.
            let like = task.items.iter().find(|known| known.id == item || same_subject(&known.id, &item));
            let Some(like) = like else { continue };
            let cell = leaf.cell(task, like, &self.file)?;
            profile.items.entry(item).or_default().forms.insert(form, cell);
        }
        Ok((!profile.items.is_empty()).then_some(profile))
    }

    /// Returns the item and the form that the path of a leaf names.
    fn resolve(&self, task: &Task, leaf: &FiguresTable) -> Result<(String, String), Diagnostic> {
        let parts = &leaf.path[1..];
        let known = |id: &str| {
            task.item(id).is_some()
                || id
                    .strip_prefix("overall.")
                    .is_some_and(|rest| task.items.iter().any(|i| subject(&i.id) == Some(rest)))
        };
        let names: Vec<&str> = parts.iter().map(|(name, _)| name.as_str()).collect();
        // The item is the whole path, or all but its last part, which is then the form.
        if known(&names.join(".")) {
            return Ok((names.join("."), String::new()));
        }
        let Some(((last, span), head)) = parts.split_last() else {
            return Err(Diagnostic::new(format!("[{}] does not name an item of {}", task.id, task.id))
                .at(&self.file, leaf.path[0].1.clone())
                .nearest("", task.items.iter().map(|item| item.id.as_str())));
        };
        let head: Vec<&str> = head.iter().map(|(name, _)| name.as_str()).collect();
        if known(&head.join(".")) {
            if FORMS.contains(&last.as_str()) {
                return Ok((head.join("."), last.clone()));
            }
            return Err(Diagnostic::new(format!("unknown form `{last}`"))
                .at(&self.file, span.clone())
                .nearest(last, FORMS));
        }
        let found = names.join(".");
        let best = nearest(&found, task.items.iter().map(|item| item.id.as_str()));
        let problem =
            Diagnostic::new(format!("{} has no item `{found}`", task.id)).at(&self.file, span.clone());
        Err(match best {
            Some(best) => problem.help(format!("did you mean `{best}`?")),
            None => problem.help(format!("its items look like `{}`", task.items[0].id)),
        })
    }
}

/// Returns the id of an item without its context.
fn subject(id: &str) -> Option<&str> {
    id.split_once('.').map(|(_, rest)| rest)
}

fn same_subject(item: &str, overall: &str) -> bool {
    overall.strip_prefix("overall.").is_some_and(|rest| subject(item) == Some(rest))
}

#[cfg(test)]
mod tests;
