//! Tallies: published or imported counts, from a TOML file. Both the human groups and the published
//! models enter here, as profiles like any other.
//!
//! Partial distributions are legal: a level that is not named is *unknown*, not zero.

use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::leaf::{self, Leaf};
use crate::ground::diagnostic::{Diagnostic, Source, nearest};
use crate::profile::Profile;
use crate::suite::Task;

/// The tallies that come with the crate: `baselines = ["builtin"]`.
pub(crate) const BUILTIN: [(&str, &str); 11] = [
    ("practitioners.toml", include_str!("../../baselines/practitioners.toml")),
    ("practitioners-as-published.toml", include_str!("../../baselines/practitioners-as-published.toml")),
    ("us-sample.toml", include_str!("../../baselines/us-sample.toml")),
    ("models/deepseek-v3.toml", include_str!("../../baselines/models/deepseek-v3.toml")),
    ("models/gemini-1.5-flash.toml", include_str!("../../baselines/models/gemini-1.5-flash.toml")),
    ("models/gemini-2.0-flash-exp.toml", include_str!("../../baselines/models/gemini-2.0-flash-exp.toml")),
    ("models/llama-3.1-405b.toml", include_str!("../../baselines/models/llama-3.1-405b.toml")),
    ("models/o1-mini.toml", include_str!("../../baselines/models/o1-mini.toml")),
    ("models/o1-preview.toml", include_str!("../../baselines/models/o1-preview.toml")),
    ("models/phi-4.toml", include_str!("../../baselines/models/phi-4.toml")),
    ("models/wizardlm-2-8x22b.toml", include_str!("../../baselines/models/wizardlm-2-8x22b.toml")),
];

/// Form labels a tally may use. A closed list, so that a misspelt form is an error and not a form
/// that no check ever looks at.
const FORMS: [&str; 8] =
    ["shuffled", "listed", "reversed", "synonyms", "stated", "swapped", "published", "further"];

/// One tally file, read but not yet held against a task.
#[derive(Debug, Clone)]
pub struct Tally {
    pub name: String,
    /// Where the figures come from.
    pub source_note: String,
    pub variant_of: Option<String>,
    pub file: Source,
    leaves: Vec<Leaf>,
}

/// What reading tally files gave: tallies, and the files that are wrong.
#[derive(Debug, Default)]
pub struct Tallies {
    pub tallies: Vec<Tally>,
    pub problems: Vec<(String, Diagnostic)>,
}

impl Tallies {
    /// Reads `"builtin"`, files and folders, each relative to `root`; a built-in tally gives way to
    /// one of the user's with the same name.
    pub fn load(root: &Path, entries: &[(String, Diagnostic)]) -> Tallies {
        Tallies::load_from(root, entries, &[])
    }

    /// As [`load`](Self::load), but files may lie in the folders `outside`, too.
    pub(crate) fn load_from(root: &Path, entries: &[(String, Diagnostic)], outside: &[PathBuf]) -> Tallies {
        let mut loaded = Tallies::default();
        for (entry, unreadable) in entries {
            for source in crate::ground::files::sources(root, entry, outside, &BUILTIN) {
                match source
                    .map_err(|why| unreadable.clone().label(why))
                    .and_then(|source| Tally::read(&source))
                {
                    Ok(tally) => loaded.add(tally),
                    Err(problem) => loaded.problems.push((entry.clone(), problem)),
                }
            }
        }
        loaded
    }

    fn add(&mut self, tally: Tally) {
        if let Some(known) = self.tallies.iter().find(|known| known.name == tally.name) {
            let twice = Diagnostic::new(format!("two baselines are named `{}`", tally.name))
                .at(&tally.file, place_of_name(&tally.file))
                .help(format!("the other one is {}; rename one", known.file.name));
            self.problems.push((tally.file.name.to_string(), twice));
        } else {
            self.tallies.push(tally);
        }
    }

    pub fn get(&self, name: &str) -> Option<&Tally> {
        self.tallies.iter().find(|tally| tally.name == name)
    }

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
    /// Not TOML, no name or source, an unknown field, or counts that cannot be counts.
    pub fn read(file: &Source) -> Result<Tally, Diagnostic> {
        if !crate::ground::files::sets(&file.text, &["name", "source"]) {
            let other = Diagnostic::new("this is no baseline: it sets neither `name` nor `source`");
            return Err(other.at(file, 0..0).unquoted());
        }
        let table = DeTable::parse(&file.text).map_err(|error| Diagnostic::toml(file, &error))?;
        let mut tally = Tally {
            name: String::new(),
            source_note: String::new(),
            variant_of: None,
            file: file.clone(),
            leaves: Vec::new(),
        };
        for (key, value) in table.get_ref() {
            let name = key.get_ref().as_ref();
            match (name, value.get_ref()) {
                ("name", DeValue::String(text)) => tally.name = text.to_string(),
                ("source", DeValue::String(text)) => tally.source_note = text.to_string(),
                ("variant_of", DeValue::String(text)) => tally.variant_of = Some(text.to_string()),
                ("note", DeValue::String(_)) => {}
                (_, DeValue::Table(inner)) => {
                    leaf::collect(inner, &mut vec![(name.to_owned(), key.span())], file, &mut tally.leaves)?;
                }
                _ => {
                    return Err(Diagnostic::new(format!("unknown field `{name}` in a baseline"))
                        .at(file, key.span())
                        .nearest(name, ["name", "source", "note", "variant_of"]));
                }
            }
        }
        for (field, text) in [("name", &tally.name), ("source", &tally.source_note)] {
            if text.trim().is_empty() {
                return Err(Diagnostic::new(format!("this baseline has no `{field}`"))
                    .at(file, 0..0)
                    .help("`name` is what checks call it; `source` says where the figures come from"));
            }
        }
        Ok(tally)
    }

    /// Ids of the tasks it has figures for.
    pub fn tasks(&self) -> Vec<&str> {
        let mut tasks: Vec<&str> = Vec::new();
        for leaf in &self.leaves {
            if !tasks.contains(&leaf.path[0].0.as_str()) {
                tasks.push(&leaf.path[0].0);
            }
        }
        tasks
    }

    /// Its profile of `task`; `None` when it has no figures for it.
    ///
    /// # Errors
    /// A context, value, pair, level or form that the task does not have; figures that do not add up.
    pub fn profile(&self, task: &Task) -> Result<Option<Profile>, Diagnostic> {
        let mut profile = Profile::new(&self.name, task);
        for leaf in self.leaves.iter().filter(|leaf| leaf.path[0].0 == task.id) {
            let (item, form) = self.resolve(task, leaf)?;
            // `overall.x` is answered with the choices of x in any context.
            let like = task.items.iter().find(|known| known.id == item || same_subject(&known.id, &item));
            let Some(like) = like else { continue };
            let cell = leaf.cell(task, like, &self.file)?;
            profile.items.entry(item).or_default().forms.insert(form, cell);
        }
        Ok((!profile.items.is_empty()).then_some(profile))
    }

    /// The item and the form a leaf's path names.
    fn resolve(&self, task: &Task, leaf: &Leaf) -> Result<(String, String), Diagnostic> {
        let parts = &leaf.path[1..];
        let known = |id: &str| {
            task.item(id).is_some()
                || id
                    .strip_prefix("overall.")
                    .is_some_and(|rest| task.items.iter().any(|i| subject(&i.id) == Some(rest)))
        };
        let names: Vec<&str> = parts.iter().map(|(name, _)| name.as_str()).collect();
        // The whole path is an item, or all but its last part, which is then the form.
        if known(&names.join(".")) {
            return Ok((names.join("."), String::new()));
        }
        let Some(((last, span), head)) = parts.split_last() else {
            return Err(Diagnostic::new(format!("[{}] names no item of {}", task.id, task.id))
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

/// The item's id without its context.
fn subject(id: &str) -> Option<&str> {
    id.split_once('.').map(|(_, rest)| rest)
}

fn same_subject(item: &str, overall: &str) -> bool {
    overall.strip_prefix("overall.").is_some_and(|rest| subject(item) == Some(rest))
}
