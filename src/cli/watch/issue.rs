//! The one issue of a repository in which watches tell that a model has changed.
//!
//! It is found among the open issues by its author, the one that the watch writes as, and by a marker in its first line:
//! anybody may write a marker, and nobody else's issue is changed. Where there is none, one is opened. It is closed by people, when they have accepted a new snapshot or gone back to the model of before.

use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use reqwest::{Client, Method, Url};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::role::RoleWatch;
use super::told;
use crate::config::is_this_machine;
use crate::ground::environment::from_environment;
use crate::ground::text::one_line;
use crate::provider::client;
use crate::report::escape::prose;

/// The first line of the issue, which no reader sees.
const MARKER: &str = "<!-- alignspec watch -->";
/// The longest that one request may take.
const LIMIT: Duration = Duration::from_secs(30);
/// How often all is tried where the forge is down.
const TRIES: u32 = 3;
/// The most issues of a page, and the most pages that are looked through.
const PER_PAGE: usize = 100;
const MOST_PAGES: usize = 20;
/// The longest answer that is read.
const MOST_BYTES: usize = 64 << 20;
/// The longest body of an issue, in characters, with room to spare.
const MOST_BODY: usize = 60_000;

/// The issues of a repository.
struct Issues {
    api: Url,
    repository: String,
    authorization: HeaderValue,
    client: Client,
    pause: Duration,
}

/// Why a request came to nothing.
#[derive(Debug)]
struct IssueFailure {
    message: String,
    status: Option<u16>,
    /// Whether another try may end otherwise.
    may_pass: bool,
}

#[derive(Deserialize)]
struct KnownIssue {
    number: u64,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    user: Option<IssueAuthor>,
    /// Pull requests are listed among the issues.
    #[serde(default)]
    pull_request: Option<Value>,
}

#[derive(Deserialize)]
struct IssueAuthor {
    login: String,
}

/// Opens or updates the issue, if a model has changed. Returns what was done.
///
/// # Errors
/// Why it could not be done, in words.
pub(super) fn put(watched: &[RoleWatch], author: &str, pause: u64) -> Result<String, String> {
    let changed: Vec<&RoleWatch> = watched.iter().filter(|watch| watch.says_no()).collect();
    if changed.is_empty() {
        return Ok("no issue: no model is known to have changed".to_owned());
    }
    let set = |name: &str| from_environment(name).ok_or_else(|| format!("{name} is not set"));
    let (repository, token) = (set("GITHUB_REPOSITORY")?, set("GITHUB_TOKEN")?);
    let api = from_environment("GITHUB_API_URL").unwrap_or_else(|| "https://api.github.com".to_owned());
    let issues = Issues::of(&api, &repository, &token, Duration::from_millis(pause))?;
    let roles: Vec<&str> = changed.iter().map(|watch| watch.role.as_str()).collect();
    let title = format!("The model behind {} has changed", roles.join(", "));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|cause| format!("the forge cannot be asked: {cause}"))?;
    runtime.block_on(issues.put(author, &json!({ "title": title, "body": body(watched) })))
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
    text += "\nTo go on with this model: delete the role's recordings, run `cargo alignspec record`, review the snapshots, and accept them. Or go back to a version of the model with a date. Then close this issue: with a new snapshot, the series of watches begins anew.\n";
    match text.char_indices().nth(MOST_BODY) {
        Some((end, _)) => format!("{}\n\n… cut here.\n", &text[..end]),
        None => text,
    }
}

impl Issues {
    fn of(api: &str, repository: &str, token: &str, pause: Duration) -> Result<Issues, String> {
        let api = Url::parse(api).map_err(|error| format!("GITHUB_API_URL is no address: {error}"))?;
        if api.scheme() != "https" && !(api.scheme() == "http" && is_this_machine(&api)) {
            return Err("GITHUB_API_URL does not begin with https://, so no token is sent there".to_owned());
        }
        let plain = |part: &&str| {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
            !part.is_empty() && !part.chars().all(|c| c == '.') && part.chars().all(plain)
        };
        let parts: Vec<&str> = repository.split('/').collect();
        if parts.len() != 2 || !parts.iter().all(plain) {
            return Err("GITHUB_REPOSITORY does not name a repository as OWNER/NAME".to_owned());
        }
        let mut authorization = HeaderValue::from_str(&format!("Bearer {token}"))
            .map_err(|_| "GITHUB_TOKEN has characters that no token has".to_owned())?;
        authorization.set_sensitive(true);
        let client = client(&api, None)?;
        Ok(Issues { api, repository: repository.to_owned(), authorization, client, pause })
    }

    async fn put(&self, author: &str, text: &Value) -> Result<String, String> {
        let mut tries = 1;
        loop {
            // A request that failed may have been done all the same, so each try looks again what is there.
            match self.once(author, text).await {
                Ok(done) => return Ok(done),
                Err(failure) if failure.may_pass && tries < TRIES => {
                    tries += 1;
                    sleep(self.pause).await;
                }
                Err(failure) => return Err(failure.words(tries)),
            }
        }
    }

    async fn once(&self, author: &str, text: &Value) -> Result<String, IssueFailure> {
        if let Some(number) = self.own(author).await? {
            self.ask(Method::PATCH, &format!("issues/{number}"), "", Some(text)).await?;
            return Ok(format!("issue {number} was updated"));
        }
        let opened = self.ask(Method::POST, "issues", "", Some(text)).await?;
        Ok(match opened["number"].as_u64() {
            Some(number) => format!("issue {number} was opened"),
            None => "an issue was opened".to_owned(),
        })
    }

    /// The number of the open issue of `author` that begins with the marker.
    async fn own(&self, author: &str) -> Result<Option<u64>, IssueFailure> {
        for page in 1..=MOST_PAGES {
            let query = format!("state=open&per_page={PER_PAGE}&page={page}");
            let found = self.ask(Method::GET, "issues", &query, None).await?;
            let found: Vec<KnownIssue> = serde_json::from_value(found).map_err(|error| {
                let why = one_line(&error.to_string(), 200);
                IssueFailure::of(format!("the list of issues cannot be read: {why}"))
            })?;
            let own = found.iter().find(|issue| {
                let first = issue.body.as_deref().and_then(|body| body.lines().next());
                let by = issue.user.as_ref().is_some_and(|user| user.login == author);
                by && issue.pull_request.is_none() && first.is_some_and(|first| first.trim_end() == MARKER)
            });
            if let Some(issue) = own {
                return Ok(Some(issue.number));
            }
            if found.len() < PER_PAGE {
                return Ok(None);
            }
        }
        let most = PER_PAGE * MOST_PAGES;
        Err(IssueFailure::of(format!(
            "more than {most} issues are open, and the watch's is not among the newest"
        )))
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        query: &str,
        body: Option<&Value>,
    ) -> Result<Value, IssueFailure> {
        let mut url = self.api.clone();
        url.set_path(&format!("{}/repos/{}/{path}", self.api.path().trim_end_matches('/'), self.repository));
        url.set_query(Some(query).filter(|query| !query.is_empty()));
        let mut request = self
            .client
            .request(method.clone(), url)
            .header(AUTHORIZATION, self.authorization.clone())
            .header(ACCEPT, "application/vnd.github+json")
            .header("X-GitHub-Api-Version", "2022-11-28");
        if let Some(body) = body {
            request = request.json(body);
        }
        let what = format!("{method} {path}");
        let asked = async {
            let mut reply = request.send().await?;
            let (status, mut bytes) = (reply.status(), Vec::new());
            while let Some(part) = reply.chunk().await? {
                bytes.extend_from_slice(&part);
                if bytes.len() > MOST_BYTES {
                    break;
                }
            }
            Ok::<_, reqwest::Error>((status, bytes))
        };
        let (status, bytes) = match timeout(LIMIT, asked).await {
            Err(_) => {
                return Err(IssueFailure::passing(format!("{what}: no answer within {} s", LIMIT.as_secs())));
            }
            Ok(Err(error)) => {
                let why = one_line(&error.without_url().to_string(), 200);
                return Err(IssueFailure::passing(format!("{what}: {why}")));
            }
            Ok(Ok(answer)) => answer,
        };
        let answer: Option<Value> = serde_json::from_slice(&bytes).ok();
        if status.is_success() {
            return answer.ok_or_else(|| IssueFailure::passing(format!("{what}: the answer is no JSON")));
        }
        let said = answer.as_ref().and_then(|answer| answer["message"].as_str()).unwrap_or_default();
        let said = if said.is_empty() { String::new() } else { format!(" ({})", one_line(said, 200)) };
        let code = status.as_u16();
        let may_pass = code == 429 || code >= 500;
        Err(IssueFailure { message: format!("{what}: {code}{said}"), status: Some(code), may_pass })
    }
}

impl IssueFailure {
    fn of(message: String) -> IssueFailure {
        IssueFailure { message, status: None, may_pass: false }
    }

    fn passing(message: String) -> IssueFailure {
        IssueFailure { message, status: None, may_pass: true }
    }

    fn words(&self, tries: u32) -> String {
        let to_do = match self.status {
            Some(401) => "; give the step a token that is valid",
            Some(403 | 404) => "; give the job `permissions: issues: write`",
            Some(410) => "; the repository has no issues: switch them on",
            _ => "",
        };
        let tried = if tries > 1 { format!(", after {tries} tries") } else { String::new() };
        format!("{}{tried}{to_do}", self.message)
    }
}
