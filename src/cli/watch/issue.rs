//! The one issue of a repository in which watches tell that a model has changed.
//!
//! It is found among the open issues by its author and its marker. If there is none, one is opened. People close it
//! when they have accepted a new snapshot or gone back to the model of before.

use reqwest::Method;
use serde_json::json;

use super::outcome::RoleWatch;
use super::told;
use crate::cli::forge::Forge;
use crate::report::escape::prose;

/// The first line of the issue, which no reader sees.
const MARKER: &str = "<!-- alignspec watch -->";
/// The longest body of an issue, in characters, with room to spare.
const MOST_BODY: usize = 60_000;

/// Opens or updates the issue, if a model has changed. Returns what was done.
///
/// # Errors
/// Why it could not be done, in words.
pub(super) fn put(watched: &[RoleWatch], author: &str, pause: u64) -> Result<String, String> {
    let changed: Vec<&RoleWatch> = watched.iter().filter(|watch| watch.says_no()).collect();
    if changed.is_empty() {
        return Ok("no issue: no model is known to have changed".to_owned());
    }
    let roles: Vec<&str> = changed.iter().map(|watch| watch.role.as_str()).collect();
    let title = format!("The model behind {} has changed", roles.join(", "));
    let text = json!({ "title": title, "body": body(watched) });
    Forge::here(pause, "give the job `permissions: issues: write`")?.done(async |forge: &Forge| {
        if let Some(own) = forge.own(("issues", "state=open&"), author, MARKER).await? {
            let number = own.number;
            forge.ask(Method::PATCH, &format!("issues/{number}"), "", Some(&text)).await?;
            return Ok(format!("issue {number} was updated"));
        }
        let opened = forge.ask(Method::POST, "issues", "", Some(&text)).await?;
        Ok(match opened["number"].as_u64() {
            Some(number) => format!("issue {number} was opened"),
            None => "an issue was opened".to_owned(),
        })
    })
}

/// The body of the issue, in Markdown. What models and providers say is escaped.
fn body(watched: &[RoleWatch]) -> String {
    let mut text = format!("{MARKER}\n\n`cargo alignspec watch` found a change behind an unchanged name.\n");
    for watch in watched {
        text += &format!("\n### {}\n\n", prose(&told::headline(watch)));
        for line in told::details(watch) {
            text += &format!("- {}\n", prose(line.trim()));
        }
    }
    text += "\nTo go on with this model: delete the role's recordings, run `cargo alignspec record`, review the snapshots, and accept them. Or go back to a version of the model with a date. A snapshot that did not drift, though it is named here, is renewed by `cargo alignspec accept --renew`. Then close this issue: with a new snapshot, the series of watches begins anew.\n";
    match text.char_indices().nth(MOST_BODY) {
        Some((end, _)) => format!("{}\n\n… cut here.\n", &text[..end]),
        None => text,
    }
}
