//! The base branch of a pull request, as git has it. A pull request can bring recordings, snapshots and baselines that
//! no model was asked for. They are listed ([`BroughtFiles`]); or, where a gate judges by the base branch only
//! (`trusted_recordings = "base"`), they are not read, and the base branch's take their place ([`BaseFiles`]).
//!
//! Never a yes by mistake: where a gate is to judge by the base branch and that cannot be had, nothing is judged. What
//! the pull request says itself cannot switch this off: the stricter of its own key and the base branch's counts, and
//! [`TRUSTED_RECORDINGS`] before both.

mod brought;
mod committed;
mod copied;
mod git;

use std::path::{Component, Path, PathBuf};

pub(crate) use brought::{BroughtFile, BroughtFiles};
pub(crate) use committed::{DeletedFile, deleted, ignored};
pub(crate) use copied::BaseFiles;

use crate::config::{Config, FILE, TrustedRecordings};
use crate::ground::diagnostic::{Diagnostic, nearest};
use crate::ground::environment::{BASE, TRUSTED_RECORDINGS, Variables, is_gate};
use crate::ground::text::one_line;

/// A commit, and where git knows of it.
#[derive(Debug, Clone)]
pub(crate) struct BaseBranch {
    /// The folder that git is run in: the crate's own, or that of the crate in a checkout of the base branch.
    folder: PathBuf,
    commit: String,
    /// The crate's folder in the repository: empty, or with a slash at its end.
    prefix: String,
    /// The top of the repository.
    top: PathBuf,
    /// What it was named.
    name: String,
}

/// What is known of the base branch, and whether it is judged by.
#[derive(Debug)]
pub(crate) struct BaseFinding {
    /// The base branch; `None` if nothing names one; or why the one that is named cannot be had.
    pub base: Result<Option<BaseBranch>, String>,
    /// Whether the base branch's files are judged by. It is known then.
    pub by_base: bool,
    /// What a reader has to know of the settings.
    pub notes: Vec<String>,
}

impl BaseBranch {
    /// Finds the base branch that the environment names, for the crate in `root`.
    ///
    /// # Errors
    /// The reason why it cannot be had, and what to do.
    fn find(root: &Path, variables: Variables) -> Result<Option<BaseBranch>, String> {
        let Some(name) = variables(BASE) else { return Ok(None) };
        let shown = one_line(&name, 200);
        let judged = BaseBranch::judged(root);
        // A relative path could be a folder that the pull request brings.
        let base = if Path::new(&name).is_absolute() {
            let base = BaseBranch::at(Path::new(&name), "HEAD", &name);
            let base = base.map_err(|why| format!("{BASE} is `{shown}`, where no base branch is: {why}"))?;
            if judged.as_ref().is_ok_and(|judged| judged.top == base.top) {
                return Err(format!(
                    "{BASE} is `{shown}`, which belongs to the repository that is judged: it must be a checkout of its own"
                ));
            }
            base
        } else {
            BaseBranch::at(root, &name, &name).map_err(|why| {
                format!(
                    "{BASE} is `{shown}`: {why}; fetch it (a shallow clone lacks it), or name another commit, or the absolute path of this crate's folder in a checkout of the base branch"
                )
            })?
        };
        match judged {
            Ok(judged) if judged.commit == base.commit => Err(format!(
                "{BASE} is `{shown}`, which is the very commit that is judged: on the base branch itself, set {TRUSTED_RECORDINGS}=any"
            )),
            _ => Ok(Some(base)),
        }
    }

    /// The commit whose files lie in the crate's folder.
    fn judged(root: &Path) -> Result<BaseBranch, String> {
        BaseBranch::at(root, "HEAD", "HEAD")
    }

    fn at(folder: &Path, revision: &str, name: &str) -> Result<BaseBranch, String> {
        if !folder.is_dir() {
            return Err("there is no such folder".to_owned());
        }
        let top = git::line(folder, &["rev-parse", "--show-toplevel"])?;
        let prefix = git::line(folder, &["rev-parse", "--show-prefix"])?;
        let commit = git::commit(folder, revision);
        let commit = commit.ok_or("it is no commit in the git repository here")?;
        let (folder, name) = (folder.to_owned(), name.to_owned());
        Ok(BaseBranch { folder, commit, prefix, top: PathBuf::from(top), name })
    }

    /// Names it for readers: `origin/main, 0123456789ab`.
    fn words(&self) -> String {
        let short = self.commit.get(..12).unwrap_or(&self.commit);
        match Path::new(&self.name).is_absolute() {
            true => short.to_owned(),
            false => format!("{}, {short}", one_line(&self.name, 100)),
        }
    }

    /// Returns the place in the repository of what the crate in `root` has at a path.
    fn place(&self, root: &Path, path: &Path) -> Result<String, String> {
        let outside =
            || format!("{} lies outside of the repository", one_line(&path.display().to_string(), 200));
        let within = path.strip_prefix(root).or_else(|_| path.strip_prefix(&self.top));
        let from = if path.starts_with(root) { self.prefix.as_str() } else { "" };
        let mut parts: Vec<&str> = from.split('/').filter(|part| !part.is_empty()).collect();
        for part in within.map_err(|_| outside())?.components() {
            match part {
                Component::CurDir => {}
                Component::ParentDir => _ = parts.pop().ok_or_else(outside)?,
                Component::Normal(part) => parts.push(part.to_str().ok_or("a path is not UTF-8")?),
                Component::RootDir | Component::Prefix(_) => return Err(outside()),
            }
        }
        match parts.is_empty() {
            true => Err("a folder of these files is the whole repository".to_owned()),
            false => Ok(parts.join("/")),
        }
    }

    /// Returns what the base branch's own alignment.toml says.
    fn trusts(&self) -> Result<TrustedRecordings, String> {
        let path = format!("{}{FILE}", self.prefix);
        let broken = |what: &str| {
            format!(
                "{FILE} of the base branch {what}, so it is not known whose recordings it trusts: set {TRUSTED_RECORDINGS}"
            )
        };
        if git::files(&self.folder, &self.commit, &path)?.is_empty() {
            // A crate that is new has none there. One that was moved has left its own elsewhere.
            let all = git::all_files(&self.folder, &self.commit)?;
            let is_config = |file: &&git::TreeFile| file.path.rsplit('/').next() == Some(FILE);
            return match all.iter().find(is_config) {
                None => Ok(TrustedRecordings::Any),
                Some(other) => Err(broken(&format!("is not {path} but {}", one_line(&other.path, 200)))),
            };
        }
        let object = format!("{}:{path}", self.commit);
        let text = git::git(&self.folder, &["cat-file", "blob", &object]);
        let text = text.map_err(|why| broken(&format!("cannot be read ({why})")))?;
        let text = String::from_utf8(text).map_err(|_| broken("is not UTF-8"))?;
        let table: toml::Table = text.parse().map_err(|_| broken("is not TOML"))?;
        match table.get(TrustedRecordings::KEY) {
            None => Ok(TrustedRecordings::Any),
            Some(value) => value
                .as_str()
                .and_then(TrustedRecordings::of_word)
                .ok_or_else(|| broken("has an unknown `trusted_recordings`")),
        }
    }
}

impl BaseFinding {
    /// Finds out whose files a run of this config is judged by.
    ///
    /// # Errors
    /// It is to be judged by the base branch, and that is not known; or a variable has an unknown value.
    pub(crate) fn of(config: &Config, variables: Variables) -> Result<BaseFinding, Box<Diagnostic>> {
        let told = variables(TRUSTED_RECORDINGS).map(|word| told(&word)).transpose()?;
        let (own, key) = (config.trusted_recordings, TrustedRecordings::KEY);
        let base = BaseBranch::find(&config.root, variables);
        let mut found =
            BaseFinding { base, by_base: told == Some(TrustedRecordings::Base), notes: Vec::new() };
        // Where no base branch is named, only what is said here counts.
        let theirs = match &found.base {
            Ok(Some(base)) => base.trusts(),
            Ok(None) => Ok(own),
            Err(why) => Err(why.clone()),
        };
        match (&theirs, told) {
            (Ok(theirs), _) if *theirs != own => found.notes.push(format!(
                "`{key}` is \"{}\" here, and \"{}\" on the base branch",
                own.word(),
                theirs.word()
            )),
            (Err(why), Some(_)) if found.base.is_ok() => found.notes.push(why.clone()),
            _ => {}
        }
        if told.is_none() && is_gate(variables) {
            let theirs = theirs.map_err(|why| unknown(&why))?;
            found.by_base = [own, theirs].contains(&TrustedRecordings::Base);
        }
        if found.by_base {
            match &found.base {
                Ok(Some(_)) => {}
                Ok(None) => {
                    return Err(cannot(&format!(
                        "nothing names the base branch: set {BASE} to its commit, or to the absolute path of this crate's folder in a checkout of it"
                    )));
                }
                Err(why) => return Err(cannot(why)),
            }
        }
        Ok(found)
    }

    /// Puts the base branch's files in the place of the crate's own, if these are not to count.
    ///
    /// # Errors
    /// The base branch's files cannot be had.
    pub(crate) fn applied(
        &self,
        config: Config,
        live: bool,
    ) -> Result<(Config, Option<BaseFiles>), Box<Diagnostic>> {
        match &self.base {
            Ok(Some(base)) if self.by_base => {
                let copied = BaseFiles::copy(base, config, live).map_err(|why| cannot(&why))?;
                Ok((copied.0, Some(copied.1)))
            }
            _ => Ok((config, None)),
        }
    }
}

/// Reads the variable.
fn told(word: &str) -> Result<TrustedRecordings, Box<Diagnostic>> {
    TrustedRecordings::of_word(word).ok_or_else(|| {
        let words = [TrustedRecordings::Any, TrustedRecordings::Base].map(TrustedRecordings::word);
        let help = match nearest(word, words) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("choose one of {}", words.join(", ")),
        };
        let problem = format!("{TRUSTED_RECORDINGS} is `{}`, which it cannot be", one_line(word, 40));
        Box::new(Diagnostic::new(problem).help(help))
    })
}

fn unknown(why: &str) -> Box<Diagnostic> {
    let problem =
        "the base branch cannot be read, so it is not known whether its recordings are to be judged by";
    Box::new(Diagnostic::new(problem).help(why))
}

fn cannot(why: &str) -> Box<Diagnostic> {
    let problem = "the recordings of the base branch are to be judged by, and they cannot be had";
    Box::new(Diagnostic::new(problem).help(why))
}
