//! The few requests to the API of GitHub or GitLab that a comment on a pull request or an issue takes.
//!
//! An entry counts as ours if its author is the one that we write as and its first line is our marker: anybody may
//! write a marker, and nobody else's entry is changed.

use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderName, HeaderValue};
use reqwest::{Client, Method, Url};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::{sleep, timeout};

use crate::config::is_this_machine;
use crate::ground::environment::from_environment;
use crate::ground::text::one_line;
use crate::provider::client;

/// The longest that one request may take.
const LIMIT: Duration = Duration::from_secs(30);
/// How often everything is tried while the forge is down.
const TRIES: u32 = 3;
/// The most entries of a page, and the most pages that are looked through.
const PER_PAGE: usize = 100;
const MOST_PAGES: usize = 50;
/// The longest answer that is read: a page of the longest entries.
const MOST_BYTES: usize = 64 << 20;

/// A repository at a forge.
pub(super) struct Forge {
    api: Url,
    /// Where the repository is below the API.
    place: String,
    token: String,
    /// The header that the token stands in.
    authorization: (HeaderName, HeaderValue),
    /// What the token lacks if the forge refuses, as an advice.
    lacks: &'static str,
    client: Client,
    /// The pause before everything is tried again.
    pause: Duration,
}

/// Why a request failed.
#[derive(Debug)]
pub(super) struct ForgeFailure {
    message: String,
    pub status: Option<u16>,
    /// Whether another try may succeed.
    may_pass: bool,
}

/// A comment or an issue, as the forge lists it.
#[derive(Deserialize)]
pub(super) struct ForgeEntry {
    /// The number of a comment, by which it is updated.
    pub id: u64,
    /// The number of an issue, by which it is updated.
    #[serde(default)]
    pub number: u64,
    #[serde(default)]
    body: Option<String>,
    #[serde(default, alias = "author")]
    user: Option<EntryAuthor>,
    /// Only pull requests have it, which are listed among the issues.
    #[serde(default)]
    pull_request: Option<Value>,
}

#[derive(Deserialize)]
struct EntryAuthor {
    #[serde(alias = "username")]
    login: String,
}

fn set(name: &str) -> Result<String, String> {
    from_environment(name).ok_or_else(|| format!("{name} is not set"))
}

impl Forge {
    /// Makes the client for a repository from GITHUB_API_URL, GITHUB_REPOSITORY and GITHUB_TOKEN; `permission` is what
    /// to do where it is refused.
    ///
    /// # Errors
    /// Returns the reason why the forge cannot be asked.
    pub(super) fn here(pause: u64, permission: &'static str) -> Result<Forge, String> {
        let (repository, token) = (set("GITHUB_REPOSITORY")?, set("GITHUB_TOKEN")?.trim().to_owned());
        let api = from_environment("GITHUB_API_URL").unwrap_or_else(|| "https://api.github.com".to_owned());
        let plain = |part: &&str| {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
            part.chars().any(|c| c != '.') && part.chars().all(plain)
        };
        let parts: Vec<&str> = repository.split('/').collect();
        if parts.len() != 2 || !parts.iter().all(plain) {
            return Err("GITHUB_REPOSITORY does not name a repository as OWNER/NAME".to_owned());
        }
        let header = (AUTHORIZATION, format!("Bearer {token}"), "GITHUB_TOKEN");
        Forge::at(("GITHUB_API_URL", &api), format!("repos/{repository}"), token, header, (pause, permission))
    }

    /// Makes the client for a project of GitLab's from CI_API_V4_URL, CI_MERGE_REQUEST_PROJECT_ID and GITLAB_TOKEN.
    ///
    /// # Errors
    /// Returns the reason why the forge cannot be asked.
    pub(super) fn gitlab(pause: u64, permission: &'static str) -> Result<Forge, String> {
        let (api, project, token) =
            (set("CI_API_V4_URL")?, set("CI_MERGE_REQUEST_PROJECT_ID")?, set("GITLAB_TOKEN")?);
        if !project.chars().all(|c| c.is_ascii_digit()) {
            return Err("CI_MERGE_REQUEST_PROJECT_ID is not the number of a project".to_owned());
        }
        let token = token.trim().to_owned();
        let header = (HeaderName::from_static("private-token"), token.clone(), "GITLAB_TOKEN");
        Forge::at(("CI_API_V4_URL", &api), format!("projects/{project}"), token, header, (pause, permission))
    }

    fn at(
        (variable, api): (&str, &str),
        place: String,
        token: String,
        (header, value, of): (HeaderName, String, &str),
        (pause, lacks): (u64, &'static str),
    ) -> Result<Forge, String> {
        let api = Url::parse(api).map_err(|error| format!("{variable} is not an address: {error}"))?;
        if api.scheme() != "https" && !(api.scheme() == "http" && is_this_machine(&api)) {
            return Err(format!("{variable} does not begin with https://, so no token is sent there"));
        }
        let mut value = HeaderValue::from_str(&value)
            .map_err(|_| format!("{of} has characters that cannot be in a token"))?;
        value.set_sensitive(true);
        let client = client(&api, None)?;
        let pause = Duration::from_millis(pause);
        Ok(Forge { api, place, token, authorization: (header, value), lacks, client, pause })
    }

    /// Returns the name of who the token is of, at GitLab.
    ///
    /// # Errors
    /// The forge does not say.
    pub(super) async fn own_name(&self) -> Result<String, ForgeFailure> {
        let told = self.ask_at(Method::GET, "user", "", None).await?;
        let name = told["username"].as_str().filter(|name| !name.is_empty());
        name.map(str::to_owned)
            .ok_or_else(|| ForgeFailure::lasting("GET user: the answer has no `username`".to_owned()))
    }

    /// Does something at the forge, and tries everything again while the forge is down. A request that failed may have
    /// been carried out all the same, so `once` must look at what is there each time.
    ///
    /// # Errors
    /// Returns the reason why it could not be done, in words.
    pub(super) fn done<T>(&self, once: impl AsyncFn(&Forge) -> Result<T, ForgeFailure>) -> Result<T, String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|cause| format!("the forge cannot be asked: {cause}"))?;
        let done = runtime.block_on(async {
            let mut tries = 1;
            loop {
                match once(self).await {
                    Err(failure) if failure.may_pass && tries < TRIES => {
                        tries += 1;
                        sleep(self.pause).await;
                    }
                    done => return done.map_err(|failure| failure.words(tries, self.lacks)),
                }
            }
        });
        // The token is never shown, even if a server repeats it.
        done.map_err(|why| why.replace(&self.token, "…"))
    }

    /// Returns the first entry of a list that `author` wrote and that begins with the marker.
    ///
    /// # Errors
    /// The list cannot be read, or is too long to be read to its end.
    pub(super) async fn own(
        &self,
        list: (&str, &str),
        author: &str,
        marker: &str,
    ) -> Result<Option<ForgeEntry>, ForgeFailure> {
        let (path, only) = list;
        for page in 1..=MOST_PAGES {
            let query = format!("{only}per_page={PER_PAGE}&page={page}");
            let found = self.ask(Method::GET, path, &query, None).await?;
            let found: Vec<ForgeEntry> = serde_json::from_value(found).map_err(|error| {
                let why = one_line(&error.to_string(), 200);
                ForgeFailure::lasting(format!("the list {path} cannot be read: {why}"))
            })?;
            let last = found.len() < PER_PAGE;
            let own = found.into_iter().find(|entry| {
                let first = entry.body.as_deref().and_then(|body| body.lines().next());
                let by = entry.user.as_ref().is_some_and(|user| user.login == author);
                by && entry.pull_request.is_none() && first.is_some_and(|first| first.trim_end() == marker)
            });
            if own.is_some() || last {
                return Ok(own);
            }
        }
        let most = PER_PAGE * MOST_PAGES;
        Err(ForgeFailure::lasting(format!(
            "the list {path} has more than {most} entries, and ours is not among them"
        )))
    }

    /// Sends one request and returns its answer.
    ///
    /// # Errors
    /// The forge does not answer, refuses, or says something that is not JSON.
    pub(super) async fn ask(
        &self,
        method: Method,
        path: &str,
        query: &str,
        body: Option<&Value>,
    ) -> Result<Value, ForgeFailure> {
        let placed = format!("{}/{path}", self.place);
        let failed = |failure: ForgeFailure| failure.about(&placed, path);
        self.ask_at(method, &placed, query, body).await.map_err(failed)
    }

    /// Sends one request to a path below the API.
    async fn ask_at(
        &self,
        method: Method,
        path: &str,
        query: &str,
        body: Option<&Value>,
    ) -> Result<Value, ForgeFailure> {
        let mut url = self.api.clone();
        url.set_path(&format!("{}/{path}", self.api.path().trim_end_matches('/')));
        url.set_query(Some(query).filter(|query| !query.is_empty()));
        let mut request = self
            .client
            .request(method.clone(), url)
            .header(self.authorization.0.clone(), self.authorization.1.clone())
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
            return answer.ok_or_else(|| ForgeFailure::passing(format!("{what}: the answer is not JSON")));
        }
        let said = answer.as_ref().and_then(|answer| answer["message"].as_str()).unwrap_or_default();
        let said = if said.is_empty() { String::new() } else { format!(" ({})", one_line(said, 200)) };
        let code = status.as_u16();
        let may_pass = code == 429 || code >= 500;
        Err(ForgeFailure { message: format!("{what}: {code}{said}"), status: Some(code), may_pass })
    }
}

impl ForgeFailure {
    fn lasting(message: String) -> ForgeFailure {
        ForgeFailure { message, status: None, may_pass: false }
    }

    fn passing(message: String) -> ForgeFailure {
        ForgeFailure { message, status: None, may_pass: true }
    }

    /// The same failure, with a shorter path.
    fn about(self, placed: &str, path: &str) -> ForgeFailure {
        ForgeFailure { message: self.message.replacen(placed, path, 1), ..self }
    }

    fn words(&self, tries: u32, lacks: &str) -> String {
        let to_do = match self.status {
            Some(401) => "; give the step a token that is valid".to_owned(),
            Some(403 | 404) => format!("; {lacks}"),
            Some(410) => "; the repository has no issues: switch them on".to_owned(),
            _ => String::new(),
        };
        let tried = if tries > 1 { format!(", after {tries} tries") } else { String::new() };
        format!("{}{tried}{to_do}", self.message)
    }
}
