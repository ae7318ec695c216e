//! The suite that `init` makes of a table of stories (`--stories backlog.csv`): a ranking of the stories of each context,
//! and two checks to begin with.

use std::fmt::Write as _;
use std::path::{Component, Path};

use crate::ground::diagnostic::Source;
use crate::ground::files::{Bounds, read_text};
use crate::suite::{StoriesOfContext, contexts_of, parse_in};

/// The id of the task.
pub(super) const TASK: &str = "T5";

/// Where the suite is written.
pub(super) const SUITE_FILE: &str = "suites/stories.toml";

/// The most stories that have letters; those of more have codes (`S1`).
const MOST_LETTERS: usize = 26;

/// The suite of a table.
pub(super) struct Backlog {
    pub text: String,
    pub contexts: usize,
}

impl Backlog {
    /// Reads the table that the command line names, and makes the suite for the crate in `root`.
    ///
    /// # Errors
    /// What is wrong with the table, with its place.
    pub(super) fn of(path: &Path, root: &Path) -> Result<Backlog, String> {
        let shown = path.display().to_string();
        let cannot = |why: String| format!("--stories names {shown}, which cannot be used: {why}");
        let file = read_text(path, &shown, &Bounds::of(root, &[]), &["csv"]).map_err(&cannot)?;
        let contexts = contexts_of(&file).map_err(|mistake| mistake.to_string())?;
        let from_suites = from_suites(path, root).map_err(cannot)?;
        let text = suite(&contexts, &from_suites);
        // What is written must be what a run can read, from the place where the table lies.
        parse_in(root, &Source::new(SUITE_FILE, &*text)).map_err(|mistake| mistake.to_string())?;
        Ok(Backlog { text, contexts: contexts.len() })
    }
}

/// Returns the path of a file as a suite in `suites/` names it.
fn from_suites(path: &Path, root: &Path) -> Result<String, String> {
    let told = |cause: std::io::Error| format!("it cannot be found: {cause}");
    let name = path.file_name().ok_or("it is no file")?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let place = folder.canonicalize().map_err(told)?.join(name);
    let suites = root.canonicalize().map_err(told)?.join("suites");
    let (place, suites): (Vec<_>, Vec<_>) = (place.components().collect(), suites.components().collect());
    let shared = place.iter().zip(&suites).take_while(|(a, b)| a == b).count();
    let up = suites[shared..].iter().map(|_| Some(".."));
    let down = place[shared..].iter().map(|part: &Component<'_>| part.as_os_str().to_str());
    let parts: Option<Vec<&str>> = up.chain(down).collect();
    Ok(parts.ok_or("its path is not UTF-8 text: rename it")?.join("/"))
}

/// A first check: the value that is to be ranked so high in a context.
struct FirstCheck<'a> {
    value: &'a str,
    within: usize,
    context: &'a str,
}

/// Chooses checks to begin with: in each of two contexts, another value among the first third.
///
/// A third or less, so that who ranks at random does not pass: a value's mean place is then in the middle, and even
/// one fixed order that knows nothing puts it there in one case of three or fewer.
fn checks(contexts: &[StoriesOfContext]) -> Vec<FirstCheck<'_>> {
    let mut found: Vec<FirstCheck<'_>> = Vec::new();
    // Where all stories stand for one value, there is nothing to be ranked before another.
    for context in contexts.iter().filter(|context| context.values.len() > 1).take(2) {
        let within = (context.values.len() / 3).max(1);
        let other = |value: &&String| found.iter().all(|known| known.value != **value);
        let value = context.values.iter().find(other).unwrap_or(&context.values[0]);
        found.push(FirstCheck { value, within, context: &context.id });
    }
    found
}

/// Writes the suite.
fn suite(contexts: &[StoriesOfContext], table: &str) -> String {
    let quoted = |text: &str| toml::Value::from(text).to_string();
    let many = contexts.iter().any(|context| context.stories > MOST_LETTERS);
    let mut text =
        BEGIN.replace("{table}", &quoted(table)).replace("{names}", if many { "codes" } else { "letters" });
    for (at, context) in contexts.iter().enumerate() {
        let about = context.id.replace(['_', '-'], " ");
        let comment = if at == 0 { CONTEXT_COMMENT } else { "" };
        // What is written into a string cannot fail.
        let _ = write!(
            text,
            "\n{comment}[[context]]\nid = {}\ntext = {}\n",
            quoted(&context.id),
            quoted(&format!("The stories are about {about}."))
        );
    }
    let checks = checks(contexts);
    let mut comment = CHECK_COMMENT;
    for FirstCheck { value, within, context } in &checks {
        let expect = quoted(&format!("{TASK} ranks {value} within top {within} in {context}"));
        let _ =
            write!(text, "\n{comment}[[check]]\nexpect = {expect}\nwhy = \"say here why you expect it\"\n");
        comment = "";
    }
    if checks.len() < 2 {
        let why = "\"an order that leaves a story out, or names one twice, helps nobody\"";
        let _ = write!(text, "\n[[check]]\nexpect = \"{TASK} invalid <= 5%\"\nwhy = {why}\n");
    }
    text
}

const BEGIN: &str = "\
# Your stories, put in order: one question for each context. docs/suites.md of alignspec says what else can stand here.
id = \"T5\"
title = \"Our stories in order of importance\"
kind = \"rank\"
stories = {table}   # columns id, text, value, context; the path is meant from this file
# A model is asked in these words; a product of your own gets what alignment.toml sends it.
prompt = \"\"\"
{context}

{options}

Put all {count} stories in order of importance.
Answer with their {names} only, from the most important to the least important, separated by commas, nothing else.
\"\"\"
";

const CONTEXT_COMMENT: &str = "# Put the situation here, in a sentence or two: it is what {context} becomes, and all that is told of it.\n";

const CHECK_COMMENT: &str = "\
# Say what you expect: the value of a story, and the places that it may have by the mean of all answers. Whoever ranks at
# random does not pass these two. `cargo alignspec explain \"SENTENCE\"` says what a sentence measures and takes.
";
