//! Chooses the key for each request: the only one, the next of several, or one that a program prints.
//!
//! Several keys take turns. A key that is refused (401, 402, 403) is not used for the rest of the run, which is
//! reported once. A key that is limited (429) rests until its server accepts it again. The question is sent
//! again at once with another key, so the model's lane only sees a refusal if no key is left: its pace is that
//! of all keys together. The limits in a response's headers are those of one key, and are not passed on.
//!
//! Requests that are signed have no key in their headers: their [`RequestHeaders`] hold the credential
//! ([`aws`](super::aws)).
//!
//! A key from a program that has expired is fetched again, once: requests that are refused together wait for
//! the same new key. A key that no server has ever accepted is not fetched again.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use reqwest::Request;
use reqwest::header::HeaderMap;

use super::aws::{Credential, Signer};
use super::command::Program;
use super::heads::Heads;
use super::key::ApiKey;
use super::secrets::Secrets;
use super::{AskError, ConnectError};

/// How long a limited key rests if its server does not say. The time doubles with each limit in a row.
const FIRST_REST: Duration = Duration::from_secs(1);
const LONGEST_REST: Duration = Duration::from_secs(60);

/// The keys of a model, and the headers that they are sent in.
#[derive(Debug)]
pub(super) enum Keyring {
    /// One key, or none.
    Fixed(HeaderMap),
    Several(SeveralKeys),
    Printed(Box<PrintedKey>),
    Signed(Box<Signer>),
}

#[derive(Debug)]
pub(super) struct SeveralKeys {
    keys: Vec<NamedKey>,
    state: Mutex<KeyTurns>,
}

/// A key, with the name of its variable.
#[derive(Debug)]
struct NamedKey {
    variable: String,
    headers: HeaderMap,
}

#[derive(Debug)]
struct KeyTurns {
    /// The index of the key whose turn it is.
    next: usize,
    of: Vec<KeyRest>,
}

#[derive(Debug, Clone, Default)]
struct KeyRest {
    refused: bool,
    until: Option<Instant>,
    /// How often it was limited in a row.
    row: u32,
}

#[derive(Debug)]
pub(super) struct PrintedKey {
    heads: Heads,
    program: Program,
    now: tokio::sync::Mutex<CurrentKey>,
}

/// The current key of a program.
#[derive(Debug, Default)]
struct CurrentKey {
    headers: Option<HeaderMap>,
    number: u64,
    /// Whether a server has accepted it.
    taken: bool,
}

/// The headers of one request.
#[derive(Debug)]
pub(super) struct RequestHeaders {
    pub headers: HeaderMap,
    /// The key's index among several, or the number of the program's key.
    at: u64,
    /// The keys that this request was sent with before.
    tried: Vec<u64>,
    /// The credential that it is signed with, if it is signed.
    credential: Option<Credential>,
}

impl Keyring {
    /// Makes the keyring from keys with the names of their variables, or from a program that prints a key.
    pub(super) fn new(
        heads: Heads,
        keys: Vec<(String, ApiKey)>,
        program: Option<Program>,
    ) -> Result<Self, ConnectError> {
        if let Some(program) = program {
            let now = tokio::sync::Mutex::default();
            return Ok(Keyring::Printed(Box::new(PrintedKey { heads, program, now })));
        }
        let with = |variable: &str, key: Option<&ApiKey>| {
            heads.with(key).ok_or_else(|| ConnectError::BadKey { variable: variable.to_owned() })
        };
        match keys.as_slice() {
            [] => Ok(Keyring::Fixed(with("", None)?)),
            [(variable, key)] => Ok(Keyring::Fixed(with(variable, Some(key))?)),
            several => {
                let turned = several.iter().map(|(variable, key)| {
                    Ok(NamedKey { headers: with(variable, Some(key))?, variable: variable.clone() })
                });
                let state = KeyTurns { next: 0, of: vec![KeyRest::default(); several.len()] };
                Ok(Keyring::Several(SeveralKeys {
                    keys: turned.collect::<Result<_, _>>()?,
                    state: Mutex::new(state),
                }))
            }
        }
    }

    /// Returns whether a request that is refused may be sent again with another key.
    pub(super) fn has_others(&self) -> bool {
        !matches!(self, Keyring::Fixed(_))
    }

    /// Returns whether there are several keys, so that the limits of one do not count.
    pub(super) fn is_several(&self) -> bool {
        matches!(self, Keyring::Several(_))
    }

    /// Returns whether requests are sent without anything that says who asks.
    pub(super) fn is_keyless(&self) -> bool {
        matches!(self, Keyring::Fixed(headers) if !headers.values().any(|value| value.is_sensitive()))
    }

    /// Returns the headers of the next request.
    pub(super) async fn pass(&self, secrets: &Secrets) -> Result<RequestHeaders, AskError> {
        match self {
            Keyring::Fixed(headers) => Ok(RequestHeaders::new(headers.clone(), 0, Vec::new())),
            Keyring::Several(several) => Ok(several.pass(Vec::new()).unwrap_or_else(|| several.soonest())),
            Keyring::Printed(printed) => {
                let mut now = printed.now.lock().await;
                if now.headers.is_none() {
                    printed.fetch(&mut now, secrets).await?;
                }
                Ok(now.pass(Vec::new()))
            }
            Keyring::Signed(signer) => signer.pass(secrets).await,
        }
    }

    /// Signs a request, if that is needed. It must not be changed afterwards.
    pub(super) fn sign(&self, pass: &RequestHeaders, request: &mut Request) -> Result<(), AskError> {
        match (self, &pass.credential) {
            (Keyring::Signed(signer), Some(credential)) => signer.sign(credential, request),
            _ => Ok(()),
        }
    }

    /// Returns the signer, if requests are signed.
    pub(super) fn signer(&self) -> Option<&Signer> {
        match self {
            Keyring::Signed(signer) => Some(signer),
            _ => None,
        }
    }

    /// Returns the headers to send a request again with, if there are others that may help.
    pub(super) async fn after(
        &self,
        pass: &RequestHeaders,
        came: KeyStatus,
        secrets: &Secrets,
    ) -> Result<Option<RequestHeaders>, AskError> {
        match self {
            Keyring::Fixed(_) => Ok(None),
            Keyring::Several(several) => Ok(several.after(pass, came)),
            Keyring::Signed(signer) => signer.after(pass, came, secrets).await,
            Keyring::Printed(printed) => printed.after(pass, came, secrets).await,
        }
    }
}

impl PrintedKey {
    async fn after(
        &self,
        pass: &RequestHeaders,
        came: KeyStatus,
        secrets: &Secrets,
    ) -> Result<Option<RequestHeaders>, AskError> {
        let mut now = self.now.lock().await;
        let (number, taken) = (now.number, &mut now.taken);
        match came.of_one(pass, number, taken) {
            AfterRefusal::Stay => return Ok(None),
            AfterRefusal::Newer => {}
            AfterRefusal::Renew => self.fetch(&mut now, secrets).await?,
        }
        Ok(Some(now.pass(pass.tried())))
    }
}

/// What a server says about a key.
#[derive(Debug, Clone, Copy)]
pub(super) enum KeyStatus {
    /// The key was accepted, whatever the answer is.
    Taken,
    /// The key was refused.
    Refused { status: u16 },
    /// The key has reached its limit for now.
    Limited { wait: Option<Duration> },
}

/// What to do after a response to a request, if there is only one key or credential at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AfterRefusal {
    /// Use the response.
    Stay,
    /// Send the request again with the key that another request has already fetched.
    Newer,
    /// Fetch the key again, and send the request again with it.
    Renew,
}

impl KeyStatus {
    /// Decides what to do after a response to a request with `pass`. The current key has the number `now`; `taken`
    /// says whether a server has ever accepted it. Only such a key is worth fetching again, once for each request.
    pub(super) fn of_one(self, pass: &RequestHeaders, now: u64, taken: &mut bool) -> AfterRefusal {
        match self {
            // If it was another key that was accepted, nothing needs to be done.
            KeyStatus::Taken => *taken |= now == pass.at,
            KeyStatus::Refused { .. } if now > pass.at => return AfterRefusal::Newer,
            KeyStatus::Refused { .. } if *taken && pass.tried.is_empty() => return AfterRefusal::Renew,
            KeyStatus::Refused { .. } | KeyStatus::Limited { .. } => {}
        }
        AfterRefusal::Stay
    }
}

impl RequestHeaders {
    fn new(headers: HeaderMap, at: u64, tried: Vec<u64>) -> RequestHeaders {
        RequestHeaders { headers, at, tried, credential: None }
    }

    /// Returns this request's key and those it was sent with before.
    pub(super) fn tried(&self) -> Vec<u64> {
        self.tried.iter().copied().chain([self.at]).collect()
    }
}

#[cfg(feature = "bedrock-sigv4")]
impl RequestHeaders {
    /// Makes the headers of a signed request.
    pub(super) fn signed(
        headers: HeaderMap,
        at: u64,
        tried: Vec<u64>,
        credential: Option<Credential>,
    ) -> RequestHeaders {
        RequestHeaders { credential, ..RequestHeaders::new(headers, at, tried) }
    }
}

impl CurrentKey {
    fn pass(&self, tried: Vec<u64>) -> RequestHeaders {
        RequestHeaders::new(self.headers.clone().unwrap_or_default(), self.number, tried)
    }
}

impl PrintedKey {
    async fn fetch(&self, now: &mut CurrentKey, secrets: &Secrets) -> Result<(), AskError> {
        let key = self.program.key().await?;
        let headers = self.heads.with(Some(&key));
        secrets.learn(key.expose());
        let unusable =
            || self.program.printed("a key that cannot be sent: it has line breaks or control characters");
        *now =
            CurrentKey { headers: Some(headers.ok_or_else(unusable)?), number: now.number + 1, taken: false };
        Ok(())
    }
}

impl SeveralKeys {
    /// Returns the next key that is not in `tried`, was not refused, and does not rest.
    fn pass(&self, tried: Vec<u64>) -> Option<RequestHeaders> {
        let (mut state, now) = (self.state(), Instant::now());
        let free = |at: &usize| {
            let rest = &state.of[*at];
            !rest.refused && rest.until.is_none_or(|until| until <= now) && !tried.contains(&(*at as u64))
        };
        let count = self.keys.len();
        let at = (state.next..state.next + count).map(|at| at % count).find(free)?;
        state.next = (at + 1) % count;
        Some(RequestHeaders::new(self.keys[at].headers.clone(), at as u64, tried))
    }

    /// Returns the key that is free first, for when none is free. Its server then says how long that takes.
    fn soonest(&self) -> RequestHeaders {
        let state = self.state();
        let at = (0..self.keys.len()).min_by_key(|at| (state.of[*at].refused, state.of[*at].until));
        let at = at.unwrap_or(0);
        RequestHeaders::new(self.keys[at].headers.clone(), at as u64, Vec::new())
    }

    fn after(&self, pass: &RequestHeaders, came: KeyStatus) -> Option<RequestHeaders> {
        let at = usize::try_from(pass.at).unwrap_or(0);
        let mut state = self.state();
        let others = state.of.iter().filter(|rest| !rest.refused).count();
        let rest = state.of.get_mut(at)?;
        match came {
            KeyStatus::Taken => (rest.row, rest.until) = (0, None),
            KeyStatus::Refused { status } => {
                // If the last key is refused, the model's error shows the server's own words.
                if !std::mem::replace(&mut rest.refused, true) && others > 1 {
                    eprintln!(
                        "warning: the key in {} was refused ({status}) and is no longer used; the other keys of `key_env` still are",
                        self.keys[at].variable
                    );
                }
            }
            KeyStatus::Limited { wait } => {
                let usual = FIRST_REST.saturating_mul(1 << rest.row.min(6)).min(LONGEST_REST);
                rest.until = Instant::now().checked_add(wait.unwrap_or(usual));
                rest.row += 1;
            }
        }
        drop(state);
        if matches!(came, KeyStatus::Taken) { None } else { self.pass(pass.tried()) }
    }

    fn state(&self) -> MutexGuard<'_, KeyTurns> {
        // Another thread's panic leaves the state whole, since each change is one step.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
