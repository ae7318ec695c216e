//! Which key goes with a request: the only one, the next of several, or one that a program prints.
//!
//! Several keys take turns. One that is refused (401, 402, 403) is left out for the rest of the run, which is told
//! once; one that is limited (429) sits out until its server takes it again. The question goes on at once with
//! another, so that the model's lane hears of a refusal only where no key is left: its pace is that of all keys
//! together. What headers leave of a limit is one key's, and no measure of what all may ask: it is not passed on.
//!
//! Requests that are signed have no key in their headers: what signs them goes with the pass ([`aws`](super::aws)).
//!
//! A key of a program that has expired is fetched anew, once: requests that are turned down together wait for
//! the same one, and one that no server ever took is not fetched again.

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

/// So long a key sits out that is limited, where its server does not say; doubled each time in a row.
const FIRST_REST: Duration = Duration::from_secs(1);
const LONGEST_REST: Duration = Duration::from_secs(60);

/// The keys of a model, and the headers they go into.
#[derive(Debug)]
pub(super) enum Keyring {
    /// One, or none.
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

/// A key, by the name of its variable.
#[derive(Debug)]
struct NamedKey {
    variable: String,
    headers: HeaderMap,
}

#[derive(Debug)]
struct KeyTurns {
    /// Whose turn it is.
    next: usize,
    of: Vec<KeyRest>,
}

#[derive(Debug, Clone, Default)]
struct KeyRest {
    refused: bool,
    until: Option<Instant>,
    /// Limited so many times in a row.
    row: u32,
}

#[derive(Debug)]
pub(super) struct PrintedKey {
    heads: Heads,
    program: Program,
    now: tokio::sync::Mutex<CurrentKey>,
}

/// The key of now.
#[derive(Debug, Default)]
struct CurrentKey {
    headers: Option<HeaderMap>,
    number: u64,
    /// A server took it.
    taken: bool,
}

/// The headers of one request.
#[derive(Debug)]
pub(super) struct RequestHeaders {
    pub headers: HeaderMap,
    /// The key's place among several, or its number.
    at: u64,
    /// Keys that this request has gone with.
    tried: Vec<u64>,
    /// With what it is signed, where it is.
    credential: Option<Credential>,
}

impl Keyring {
    /// Each key with the name of its variable; or a program that prints one.
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

    /// Whether a request that is turned down may go again with another key.
    pub(super) fn has_others(&self) -> bool {
        !matches!(self, Keyring::Fixed(_))
    }

    /// Whether what a server says of its limits is one key's of several.
    pub(super) fn is_several(&self) -> bool {
        matches!(self, Keyring::Several(_))
    }

    /// Whether nothing that tells who asks goes with a request.
    pub(super) fn is_keyless(&self) -> bool {
        matches!(self, Keyring::Fixed(headers) if !headers.values().any(|value| value.is_sensitive()))
    }

    /// The headers of the next request.
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

    /// Signs a request, where that is how it shows whose it is; the last thing that is done to it.
    pub(super) fn sign(&self, pass: &RequestHeaders, request: &mut Request) -> Result<(), AskError> {
        match (self, &pass.credential) {
            (Keyring::Signed(signer), Some(credential)) => signer.sign(credential, request),
            _ => Ok(()),
        }
    }

    /// What signs the requests, where they are signed.
    pub(super) fn signer(&self) -> Option<&Signer> {
        match self {
            Keyring::Signed(signer) => Some(signer),
            _ => None,
        }
    }

    /// What became of a request: the headers to send it with again, where there are others.
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

/// What a server says of a key.
#[derive(Debug, Clone, Copy)]
pub(super) enum KeyStatus {
    /// It may ask, whatever it is told.
    Taken,
    /// It may not, or no more.
    Refused { status: u16 },
    /// Not now.
    Limited { wait: Option<Duration> },
}

/// What becomes of a request whose key, or what signs it, is the only one of its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AfterRefusal {
    /// Its answer counts.
    Stay,
    /// It goes once more with the one that another request has seen to.
    Newer,
    /// It goes once more with one that is fetched anew.
    Renew,
}

impl KeyStatus {
    /// Of a request that went with `pass`, where the key of now has this number, and `taken` tells whether a server
    /// ever took it: only such a one is worth fetching anew, and once for each request.
    pub(super) fn of_one(self, pass: &RequestHeaders, now: u64, taken: &mut bool) -> AfterRefusal {
        match self {
            // Which key that was does not matter: it was not this one that failed.
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

    /// This one and those before it, for the next one.
    pub(super) fn tried(&self) -> Vec<u64> {
        self.tried.iter().copied().chain([self.at]).collect()
    }
}

#[cfg(feature = "bedrock-sigv4")]
impl RequestHeaders {
    /// One that goes signed.
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
    /// The next key that has not been tried, is not refused and does not sit out.
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

    /// Where none is free: the one that is free first, so that its server says how long that takes.
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
                // Of the last one, the model's turn ends with its server's own words.
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
        // A panic elsewhere leaves it whole: each change is one step.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
