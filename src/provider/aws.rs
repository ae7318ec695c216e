//! Signs requests with AWS credentials (`sign = "aws"`): where the credentials come from, when they are fetched
//! again, and what may have caused a refusal.
//!
//! The signature (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>)
//! and the fetching of a role's credentials are `object_store`'s, which caches them until five minutes before
//! they expire. Credentials come from variables, from a role (by a token of the identity provider, from a
//! container or an instance), or from `key_command`, which prints them like AWS's own `credential_process`
//! (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>).
//!
//! Each try of a request is signed anew with the current date. Credentials that a server accepted before and
//! now refuses are fetched again, once, unless they come from variables, which cannot have changed.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use object_store::RetryConfig;
use object_store::aws::{AmazonS3Builder, AwsAuthorizer, AwsCredential, AwsCredentialProvider};
use object_store::client::HttpRequestBody;
use reqwest::Request;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use secrecy::ExposeSecret;
use serde::Deserialize;
use tokio::sync::Mutex;

use super::command::Program;
use super::heads::Heads;
use super::http::MOST_MESSAGE;
use super::keyring::{AfterRefusal, KeyStatus, RequestHeaders};
use super::reach::choose_crypto;
use super::secrets::Secrets;
use super::{AskError, ConnectError};
use crate::config::{FIXED, Model, ROLES, Signing, is_region};
use crate::ground::diagnostic::secret::{masked, without_queries};
use crate::ground::environment::Variables;
use crate::ground::text::one_line;

/// Bedrock's name in a signature.
const SERVICE: &str = "bedrock";

/// The header that holds the session token.
const TOKEN: &str = "x-amz-security-token";

/// Variables with the region, if neither the config nor the address names one.
const REGIONS: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// The shortest text that may be a secret of AWS: a secret key has 40 characters, and a token hundreds.
const SHORTEST: usize = 30;

/// Further variables of a role, each with the key under which `object_store` takes its value.
const MORE: [(&str, &str); 3] = [
    ("AWS_ROLE_SESSION_NAME", "aws_role_session_name"),
    ("AWS_ENDPOINT_URL_STS", "aws_endpoint_url_sts"),
    ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "aws_metadata_endpoint"),
];

/// Credentials that can be sent. `Debug` shows no part of them.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Credential(Arc<AwsCredential>);

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credential")
    }
}

/// Signs the requests of a model.
pub(super) struct Signer {
    source: CredentialSource,
    region: String,
    headers: HeaderMap,
    now: Mutex<CurrentCredential>,
}

enum CredentialSource {
    /// Credentials from variables.
    Given(Credential),
    Role(Box<AmazonS3Builder>),
    Program(Box<Program>),
}

/// The current credentials.
#[derive(Default)]
struct CurrentCredential {
    role: Option<AwsCredentialProvider>,
    held: Option<Credential>,
    /// When the program must print new ones.
    until: Option<Timestamp>,
    number: u64,
    /// Whether a server has accepted them.
    taken: bool,
}

/// The credentials that a program prints.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PrintedCredential {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    expiration: Option<String>,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("region", &self.region).finish_non_exhaustive()
    }
}

impl Signer {
    /// Makes the signer for `model`, with the credentials that `program` prints, or else with those in the
    /// environment.
    pub(super) fn new(
        (model, signing): (&Model, &Signing),
        heads: &Heads,
        program: Option<Program>,
        variables: Variables,
    ) -> Result<Self, ConnectError> {
        if program.is_none() {
            are_there(model, variables)?;
        }
        let region = region(model, signing, variables)?;
        let source = match program {
            Some(program) => CredentialSource::Program(Box::new(program)),
            None => CredentialSource::of(&region, variables)?,
        };
        let headers = heads.with(None).unwrap_or_default();
        Ok(Signer { source, region, headers, now: Mutex::default() })
    }

    /// Returns the headers of the next request, with the credentials to sign it with.
    pub(super) async fn pass(&self, secrets: &Secrets) -> Result<RequestHeaders, AskError> {
        let mut now = self.now.lock().await;
        self.refresh(&mut now, secrets).await?;
        Ok(self.pass_of(&now, Vec::new()))
    }

    /// Returns the credentials to send a request again with, if it was refused and that may help.
    pub(super) async fn after(
        &self,
        pass: &RequestHeaders,
        came: KeyStatus,
        secrets: &Secrets,
    ) -> Result<Option<RequestHeaders>, AskError> {
        let mut now = self.now.lock().await;
        let (number, taken) = (now.number, &mut now.taken);
        match came.of_one(pass, number, taken) {
            AfterRefusal::Newer => Ok(Some(self.pass_of(&now, pass.tried()))),
            AfterRefusal::Renew if !self.is_given() => {
                let before = now.held.take();
                (now.role, now.until) = (None, None);
                self.refresh(&mut now, secrets).await?;
                let same = before == now.held;
                Ok((!same).then(|| self.pass_of(&now, pass.tried())))
            }
            AfterRefusal::Renew | AfterRefusal::Stay => Ok(None),
        }
    }

    /// Signs a request as it is. The signature does not cover later changes.
    pub(super) fn sign(&self, credential: &Credential, request: &mut Request) -> Result<(), AskError> {
        let failed = |what: &str| self.failed(&format!("cannot sign the request: {what}"));
        let body = match request.body() {
            None => Vec::new(),
            Some(body) => body.as_bytes().ok_or_else(|| failed("its body is not known yet"))?.to_vec(),
        };
        let draft = http::Request::builder().method(request.method()).uri(request.url().as_str());
        let mut draft =
            draft.body(HttpRequestBody::from(body)).map_err(|error| failed(&error.to_string()))?;
        *draft.headers_mut() = request.headers().clone();
        let signer = AwsAuthorizer::new(&credential.0, SERVICE, &self.region);
        signer.try_authorize(&mut draft, None).map_err(|error| failed(&error.to_string()))?;
        let mut headers = std::mem::take(draft.headers_mut());
        for name in [AUTHORIZATION.as_str(), TOKEN] {
            headers.get_mut(name).into_iter().for_each(|value| value.set_sensitive(true));
        }
        *request.headers_mut() = headers;
        Ok(())
    }

    /// Returns a hint at what may have caused a refusal with these words.
    pub(super) fn aside(&self, words: &str) -> String {
        let (words, region) = (words.to_lowercase(), &self.region);
        let says = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
        if says(&["signature expired", "signature not yet current"]) {
            return " (the clock of this machine is more than five minutes off: correct it)".to_owned();
        }
        if says(&["security token", "token is expired", "expiredtoken"]) {
            return format!(
                " (the credentials have expired, belong to no account, or lack the AWS_SESSION_TOKEN that temporary ones need: fetch new ones; signed for region {region})"
            );
        }
        if says(&["signature", "credential should be scoped"]) {
            return format!(
                " (signed for region {region}: the region must be that of the address, AWS_SECRET_ACCESS_KEY must belong to AWS_ACCESS_KEY_ID, and no proxy may change the request)"
            );
        }
        if says(&["not authorized to perform", "access denied", "accessdenied", "have access to the model"]) {
            return " (these credentials lack the permission bedrock:InvokeModel (with `stream`: bedrock:InvokeModelWithResponseStream) for this model, or the account has no access to the model)".to_owned();
        }
        String::new()
    }

    fn is_given(&self) -> bool {
        matches!(self.source, CredentialSource::Given(_))
    }

    fn pass_of(&self, now: &CurrentCredential, tried: Vec<u64>) -> RequestHeaders {
        RequestHeaders::signed(self.headers.clone(), now.number, tried, now.held.clone())
    }

    /// Makes sure that the current credentials have not expired.
    async fn refresh(&self, now: &mut CurrentCredential, secrets: &Secrets) -> Result<(), AskError> {
        let credential = match &self.source {
            CredentialSource::Given(credential) => credential.clone(),
            CredentialSource::Role(role) => self.fetched(role, now).await?,
            CredentialSource::Program(program) => match &now.held {
                Some(held) if now.until.is_none_or(|until| Timestamp::now() < until) => held.clone(),
                _ => {
                    let (credential, until) = printed(program).await?;
                    now.until = until;
                    credential
                }
            },
        };
        if now.held.as_ref() == Some(&credential) {
            return Ok(());
        }
        let AwsCredential { key_id, secret_key, token } = &*credential.0;
        for secret in [key_id, secret_key].into_iter().chain(token) {
            secrets.learn(secret);
        }
        if !can_be_sent(&credential) {
            return Err(self.failed("hold a line break or control characters, so they cannot be sent"));
        }
        (now.held, now.taken) = (Some(credential), false);
        now.number += 1;
        Ok(())
    }

    async fn fetched(
        &self,
        role: &AmazonS3Builder,
        now: &mut CurrentCredential,
    ) -> Result<Credential, AskError> {
        let failed = |error: object_store::Error| {
            self.failed(&format!("cannot be fetched: {}", without_queries(&error.to_string())))
        };
        let provider = match &now.role {
            Some(provider) => Arc::clone(provider),
            None => {
                choose_crypto();
                let store = role.clone().build().map_err(failed)?;
                Arc::clone(now.role.insert(Arc::clone(store.credentials())))
            }
        };
        provider.get_credential().await.map(Credential).map_err(failed)
    }

    fn failed(&self, what: &str) -> AskError {
        let what = one_line(&veiled(&masked(what)), MOST_MESSAGE);
        AskError::Own { who: "the AWS credentials".to_owned(), what, may_pass: false, started: false }
    }
}

impl CredentialSource {
    /// Reads the credentials that the environment names. Plain credentials take precedence over a role.
    fn of(region: &str, variables: Variables) -> Result<CredentialSource, ConnectError> {
        let set = |name: &str| set(variables, name);
        if let [Some(key_id), Some(secret_key)] = FIXED.map(set) {
            let plain = |text: String| text.trim().to_owned();
            let token = set("AWS_SESSION_TOKEN").map(plain);
            let given = AwsCredential { key_id: plain(key_id), secret_key: plain(secret_key), token };
            let given = Credential(Arc::new(given));
            return match can_be_sent(&given) {
                true => Ok(CredentialSource::Given(given)),
                false => Err(ConnectError::BadKey { variable: format!("{} or AWS_SESSION_TOKEN", FIXED[0]) }),
            };
        }
        let whole = ROLES.iter().find(|source| source.iter().all(|name| set(name).is_some()));
        let retry =
            RetryConfig { max_retries: 3, retry_timeout: Duration::from_secs(60), ..RetryConfig::default() };
        // The builder needs a bucket, which is never used.
        let mut role = AmazonS3Builder::new().with_bucket_name("none").with_region(region).with_retry(retry);
        for name in whole.into_iter().copied().flatten().copied().chain(MORE.map(|(name, _)| name)) {
            let known = MORE.iter().find(|(variable, _)| *variable == name).map(|(_, known)| *known);
            let known = known.map_or_else(|| name.to_ascii_lowercase(), str::to_owned);
            if let (Some(value), Ok(known)) = (set(name), known.parse()) {
                role = role.with_config(known, value.trim().trim_end_matches('/'));
            }
        }
        Ok(CredentialSource::Role(Box::new(role)))
    }
}

/// Returns the value of a variable, unless it is blank.
fn set(variables: Variables, name: &str) -> Option<String> {
    variables(name).filter(|value| !value.trim().is_empty())
}

/// Checks that the environment names credentials.
fn are_there(model: &Model, variables: Variables) -> Result<(), ConnectError> {
    let Some(missing) = model.unset(|name| set(variables, name).is_some()) else { return Ok(()) };
    Err(ConnectError::Setting {
        message: format!("the requests of `{}` must be signed, but {missing} is not set", model.name),
        help: format!(
            "set {} and {} (and AWS_SESSION_TOKEN), or the variables of a role, or have a program print the credentials: key_command = [\"aws\", \"configure\", \"export-credentials\"]",
            FIXED[0], FIXED[1]
        ),
    })
}

/// Finds the region that requests are signed for.
fn region(model: &Model, signing: &Signing, variables: Variables) -> Result<String, ConnectError> {
    let of_environment = || {
        let named = REGIONS.into_iter().find_map(|name| set(variables, name))?;
        Some(named.trim().to_owned())
    };
    let region = signing.region.clone().or_else(of_environment);
    let wrong = |message: String| ConnectError::Setting {
        message,
        help: "set `region` below the model, for example region = \"us-east-1\"".to_owned(),
    };
    match region {
        Some(region) if is_region(&region) => Ok(region),
        Some(_) => Err(wrong(format!("{} is not the name of a region", REGIONS.join(" or ")))),
        None => Err(wrong(format!(
            "the region to sign the requests of `{}` for is not known: neither the config, nor the address, nor {} names one",
            model.name,
            REGIONS.join(" or ")
        ))),
    }
}

/// Reads the credentials that a program prints, and when it must print new ones.
async fn printed(program: &Program) -> Result<(Credential, Option<Timestamp>), AskError> {
    let text = program.prints().await.map_err(veiled_error)?;
    let printed: PrintedCredential = serde_json::from_str(text.expose_secret()).map_err(|_| {
        program.printed(
            "no credentials (the output is not shown): it must print JSON with `AccessKeyId`, `SecretAccessKey` and, for temporary ones, `SessionToken` and `Expiration`, as `aws configure export-credentials` does",
        )
    })?;
    let now = Timestamp::now();
    let until = match printed.expiration.map(|end| end.parse::<Timestamp>()) {
        None => None,
        Some(Err(_)) => return Err(program.printed("credentials whose `Expiration` is not a time")),
        Some(Ok(end)) if end <= now => return Err(program.printed("credentials that have expired")),
        // They are used for nine tenths of their time, so that they do not expire on the way.
        Some(Ok(end)) => now.checked_add(end.duration_since(now) / 10 * 9).ok(),
    };
    let plain = |text: String| text.trim().to_owned();
    let credential = AwsCredential {
        key_id: plain(printed.access_key_id),
        secret_key: plain(printed.secret_access_key),
        token: printed.session_token.map(plain).filter(|token| !token.is_empty()),
    };
    Ok((Credential(Arc::new(credential)), until))
}

/// Returns whether no part is empty, and the parts that are sent in headers can be.
fn can_be_sent(credential: &Credential) -> bool {
    let AwsCredential { key_id, secret_key, token } = &*credential.0;
    let sendable = |text: &String| HeaderValue::from_str(text).is_ok();
    let whole = !key_id.is_empty() && !secret_key.is_empty();
    whole && sendable(key_id) && token.as_ref().is_none_or(sendable)
}

/// Hides words that look like secrets of AWS, for messages from before the secrets are known. Such words are
/// long and mix cases and digits.
fn veiled(text: &str) -> String {
    let of_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
    let is_secret = |word: &str| {
        let has = |is: fn(&char) -> bool| word.chars().any(|c| is(&c));
        word.len() >= SHORTEST
            && has(char::is_ascii_uppercase)
            && has(char::is_ascii_lowercase)
            && has(char::is_ascii_digit)
    };
    text.split_inclusive(|c| !of_word(c))
        .map(|part| {
            let word = part.trim_end_matches(|c| !of_word(c));
            if is_secret(word) { format!("…{}", &part[word.len()..]) } else { part.to_owned() }
        })
        .collect()
}

/// Hides possible secrets in a program's error.
fn veiled_error(error: AskError) -> AskError {
    match error {
        AskError::Own { who, what, may_pass, started } => {
            AskError::Own { who, what: veiled(&what), may_pass, started }
        }
        other => other,
    }
}
