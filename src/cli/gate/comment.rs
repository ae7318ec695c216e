//! `cargo alignspec gate comment`: creates or updates the one comment of a pull request. The gate's answer does not
//! depend on it: what goes wrong here is a warning.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use reqwest::Method;
use serde_json::json;

use crate::cli::forge::{Forge, ForgeFailure};
use crate::cli::{Failure, say};
use crate::ground::environment::from_environment;
use crate::ground::exit;
use crate::ground::text::one_line;
use crate::report::annotations;
use crate::report::comment::{MOST, marker};
use crate::report::escape::prose;

/// Creates or updates the one comment of a pull request.
///
/// Reads GITHUB_API_URL, GITHUB_REPOSITORY and GITHUB_TOKEN. Ends with 0 where the comment is there or none is to be,
/// and with 3 where it could not be written, with a warning.
#[derive(Debug, clap::Args)]
pub(super) struct CommentArguments {
    /// What `cargo alignspec report --comment` has written
    file: PathBuf,
    /// What started the workflow
    #[arg(long, default_value = "")]
    event: String,
    /// The number of the pull request
    #[arg(long, default_value = "")]
    number: String,
    /// Where the pull request's commits are, as OWNER/NAME
    #[arg(long, default_value = "")]
    head_repository: String,
    /// Who the token writes as: only comments of this author are updated
    #[arg(long, default_value = "github-actions[bot]")]
    author: String,
    /// The job summary, to which what is not done is added
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
    /// Milliseconds before all is tried again
    #[arg(long, default_value_t = 2_000)]
    pause: u64,
}

/// What happened to the comment.
enum CommentOutcome {
    Created,
    Updated,
}

pub(super) fn run(arguments: &CommentArguments) -> Result<(), Failure> {
    let repository = from_environment("GITHUB_REPOSITORY").unwrap_or_default();
    if arguments.event != "pull_request" {
        say("no comment: only a workflow that `pull_request` starts has one to write to");
        return Ok(());
    }
    // The repository of a fork that was deleted has no name.
    if arguments.head_repository.is_empty() || arguments.head_repository != repository {
        let why = "no comment: this pull request is from a fork, whose runs may not write to the repository";
        say(why);
        summarize(arguments.summary.as_deref(), why);
        return Ok(());
    }
    match commented(arguments) {
        Ok(CommentOutcome::Created) => say("the comment was created"),
        Ok(CommentOutcome::Updated) => say("the comment was updated"),
        Err(why) => {
            let why = format!("the comment could not be written: {why}");
            say(annotations::warning(&why).trim_end());
            summarize(arguments.summary.as_deref(), &why);
            return Err(Failure::Told(exit::NOTHING.code));
        }
    }
    Ok(())
}

fn commented(arguments: &CommentArguments) -> Result<CommentOutcome, String> {
    let CommentArguments { file, number, author, pause, .. } = arguments;
    let number: u64 = number
        .parse()
        .map_err(|_| format!("`{}` is not the number of a pull request", one_line(number, 40)))?;
    let (body, marker) = text(file)?;
    let text = json!({ "body": body });
    Forge::here(*pause)?.done("pull-requests", async |forge: &Forge| {
        let list = format!("issues/{number}/comments");
        if let Some(own) = forge.own((&list, ""), author, &marker).await? {
            match forge.ask(Method::PATCH, &format!("issues/comments/{}", own.id), "", Some(&text)).await {
                Ok(_) => return Ok(CommentOutcome::Updated),
                // Somebody has deleted it just now.
                Err(ForgeFailure { status: Some(404), .. }) => {}
                Err(failure) => return Err(failure),
            }
        }
        forge.ask(Method::POST, &list, "", Some(&text)).await?;
        Ok(CommentOutcome::Created)
    })
}

/// Returns the text of a comment, and its marker.
fn text(file: &Path) -> Result<(String, String), String> {
    let unreadable =
        |why: String| format!("{} cannot be read: {why}", one_line(&file.display().to_string(), 200));
    let mut body = String::new();
    let opened = fs::File::open(file).map_err(|error| unreadable(error.to_string()))?;
    // No character takes more bytes.
    let read = opened.take(4 * MOST as u64 + 1).read_to_string(&mut body);
    read.map_err(|error| unreadable(error.to_string()))?;
    if body.chars().count() > MOST {
        return Err(unreadable(format!("it has more than {MOST} characters")));
    }
    let first = body.lines().next().unwrap_or_default().trim_end().to_owned();
    let name = first.strip_prefix("<!-- alignspec-comment: ").and_then(|rest| rest.strip_suffix(" -->"));
    match name.filter(|name| marker(name) == first && !name.is_empty()) {
        Some(_) => Ok((body, first)),
        None => Err(unreadable("its first line is not the marker of a comment".to_owned())),
    }
}

/// Adds a line to the job summary, if there is one.
fn summarize(summary: Option<&Path>, text: &str) {
    let Some(path) = summary.filter(|path| !path.as_os_str().is_empty()) else { return };
    let opened = fs::OpenOptions::new().append(true).create(true).open(path);
    if let Err(error) = opened.and_then(|mut file| writeln!(file, "\n{}", prose(text))) {
        say(format!("the job summary cannot be written: {error}"));
    }
}
