//! The few requests to GitHub's API that a comment on a pull request takes.
//!
//! A comment counts as this gate's own if its author is the one that the gate writes as and its first line is the
//! gate's marker: anybody may write a marker, and nobody else's comment is changed.

use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use reqwest::{Client, Method, Url};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::config::is_this_machine;
use crate::ground::text::one_line;
use crate::provider::client;

/// The longest that one request may take.
const LIMIT: Duration = Duration::from_secs(30);
/// How often all is tried where the forge is down.
const TRIES: u32 = 3;
/// The most comments of a page, and the most pages that are looked through.
const PER_PAGE: usize = 100;
const MOST_PAGES: usize = 50;
/// The longest answer that is read: a page of the longest comments.
const MOST_BYTES: usize = 64 << 20;

/// A pull request at a forge.
pub(super) struct PullRequest {
    api: Url,
    repository: String,
    number: u64,
    authorization: HeaderValue,
    client: Client,
    /// How long is waited before all is tried again.
    pause: Duration,
}

/// What became of a comment.
#[derive(Debug, PartialEq)]
pub(super) enum CommentOutcome {
    Created,
    Updated,
}

/// Why a request came to nothing.
#[derive(Debug)]
struct ForgeFailure {
    message: String,
    status: Option<u16>,
    /// Whether another try may end otherwise.
    may_pass: bool,
}

#[derive(Deserialize)]
struct KnownComment {
    id: u64,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    user: Option<CommentAuthor>,
}

#[derive(Deserialize)]
struct CommentAuthor {
    login: String,
}

impl PullRequest {
    /// # Errors
    /// Why the forge cannot be asked.
    pub(super) fn at(
        api: &str,
        repository: &str,
        number: u64,
        token: &str,
        pause: Duration,
    ) -> Result<PullRequest, String> {
        let api = Url::parse(api).map_err(|error| format!("GITHUB_API_URL is no address: {error}"))?;
        if api.scheme() != "https" && !(api.scheme() == "http" && is_this_machine(&api)) {
            return Err("GITHUB_API_URL does not begin with https://, so no token is sent there".to_owned());
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let parts: Vec<&str> = repository.split('/').collect();
        if !matches!(parts[..], [owner, name] if [owner, name].iter().all(|part| !part.is_empty() && part.chars().all(plain)))
        {
            return Err("GITHUB_REPOSITORY does not name a repository as OWNER/NAME".to_owned());
        }
        let mut authorization = HeaderValue::from_str(&format!("Bearer {token}"))
            .map_err(|_| "the token has characters that no token has".to_owned())?;
        authorization.set_sensitive(true);
        let client = client(&api, None)?;
        Ok(PullRequest { api, repository: repository.to_owned(), number, authorization, client, pause })
    }

    /// Updates the comment that `author` wrote with this marker, or creates one.
    ///
    /// # Errors
    /// Why it could not be done, in words.
    pub(super) async fn put(&self, author: &str, marker: &str, body: &str) -> Result<CommentOutcome, String> {
        let mut tries = 1;
        loop {
            // A request that failed may have been done all the same, so each try looks again what is there.
            match self.once(author, marker, body).await {
                Ok(outcome) => return Ok(outcome),
                Err(failure) if failure.may_pass && tries < TRIES => {
                    tries += 1;
                    sleep(self.pause).await;
                }
                Err(failure) => return Err(failure.words(tries)),
            }
        }
    }

    async fn once(&self, author: &str, marker: &str, body: &str) -> Result<CommentOutcome, ForgeFailure> {
        let text = json!({ "body": body });
        if let Some(id) = self.own(author, marker).await? {
            let path = format!("issues/comments/{id}");
            match self.ask(Method::PATCH, &path, "", Some(&text)).await {
                Ok(_) => return Ok(CommentOutcome::Updated),
                // Somebody has deleted it just now.
                Err(failure) if failure.status == Some(404) => {}
                Err(failure) => return Err(failure),
            }
        }
        let path = format!("issues/{}/comments", self.number);
        self.ask(Method::POST, &path, "", Some(&text)).await?;
        Ok(CommentOutcome::Created)
    }

    /// Returns the first comment of `author` that begins with the marker.
    async fn own(&self, author: &str, marker: &str) -> Result<Option<u64>, ForgeFailure> {
        let path = format!("issues/{}/comments", self.number);
        for page in 1..=MOST_PAGES {
            let query = format!("per_page={PER_PAGE}&page={page}");
            let found = self.ask(Method::GET, &path, &query, None).await?;
            let found: Vec<KnownComment> = serde_json::from_value(found)
                .map_err(|error| ForgeFailure::of(format!("the list of comments cannot be read: {error}")))?;
            let own = found.iter().find(|comment| {
                let by = comment.user.as_ref().is_some_and(|user| user.login == author);
                let first = comment.body.as_deref().and_then(|body| body.lines().next());
                by && first.is_some_and(|first| first.trim_end() == marker)
            });
            if let Some(comment) = own {
                return Ok(Some(comment.id));
            }
            if found.len() < PER_PAGE {
                return Ok(None);
            }
        }
        let most = PER_PAGE * MOST_PAGES;
        Err(ForgeFailure::of(format!(
            "the pull request has more than {most} comments, and this gate's is not among them"
        )))
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        query: &str,
        body: Option<&Value>,
    ) -> Result<Value, ForgeFailure> {
        let mut url = self.api.clone();
        url.set_path(&format!("{}/repos/{}/{path}", self.api.path().trim_end_matches('/'), self.repository));
        url.set_query(Some(query).filter(|query| !query.is_empty()));
        let mut request = self.client.request(method.clone(), url);
        request = request
            .header(AUTHORIZATION, self.authorization.clone())
            .header(ACCEPT, "application/vnd.github+json")
            .header("X-GitHub-Api-Version", "2022-11-28");
        if let Some(body) = body {
            request = request.json(body);
        }
        let what = format!("{method} {path}");
        let asked = async {
            let mut reply = request.send().await?;
            let status = reply.status();
            let mut bytes = Vec::new();
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
                return Err(ForgeFailure::passing(format!("{what}: no answer within {} s", LIMIT.as_secs())));
            }
            Ok(Err(error)) => {
                let why = one_line(&error.without_url().to_string(), 200);
                return Err(ForgeFailure::passing(format!("{what}: {why}")));
            }
            Ok(Ok(answer)) => answer,
        };
        let answer: Option<Value> = serde_json::from_slice(&bytes).ok();
        if status.is_success() {
            return answer.ok_or_else(|| ForgeFailure::passing(format!("{what}: the answer is no JSON")));
        }
        let said = answer.as_ref().and_then(|answer| answer["message"].as_str()).unwrap_or_default();
        let said = if said.is_empty() { String::new() } else { format!(" ({})", one_line(said, 200)) };
        let code = status.as_u16();
        Err(ForgeFailure {
            message: format!("{what}: {code}{said}"),
            status: Some(code),
            may_pass: code == 429 || code >= 500,
        })
    }
}

impl ForgeFailure {
    fn of(message: String) -> ForgeFailure {
        ForgeFailure { message, status: None, may_pass: false }
    }

    fn passing(message: String) -> ForgeFailure {
        ForgeFailure { message, status: None, may_pass: true }
    }

    fn words(&self, tries: u32) -> String {
        let to_do = match self.status {
            Some(401) => "; give the step a token that is valid",
            Some(403 | 404) => "; give the job `permissions: pull-requests: write`",
            _ => "",
        };
        let tried = if tries > 1 { format!(", after {tries} tries") } else { String::new() };
        format!("{}{tried}{to_do}", self.message)
    }
}
