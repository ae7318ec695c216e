//! Replaces `aws.rs` if the feature `bedrock-sigv4` is off. A config that asks for signatures is rejected
//! ([`config::Signing`](crate::config::Signing)), and so is a model made in code.

use reqwest::Request;

use super::command::Program;
use super::heads::Heads;
use super::keyring::{KeyStatus, RequestHeaders};
use super::secrets::Secrets;
use super::{AskError, ConnectError};
use crate::config::{Model, SIGNING_FEATURE, Signing};
use crate::ground::environment::Variables;

/// A signer. Without the feature there is none.
#[derive(Debug)]
pub(super) enum Signer {}

/// A credential. Without the feature there is none.
#[derive(Debug)]
pub(super) enum Credential {}

impl Signer {
    pub(super) fn new(
        _: (&Model, &Signing),
        _: &Heads,
        _: Option<Program>,
        _: Variables,
    ) -> Result<Self, ConnectError> {
        Err(ConnectError::Setting {
            message: format!("`sign` needs alignspec's feature `{SIGNING_FEATURE}`, which is off"),
            help: format!("in Cargo.toml: alignspec = {{ …, features = [\"{SIGNING_FEATURE}\"] }}"),
        })
    }

    pub(super) async fn pass(&self, _: &Secrets) -> Result<RequestHeaders, AskError> {
        match *self {}
    }

    pub(super) async fn after(
        &self,
        _: &RequestHeaders,
        _: KeyStatus,
        _: &Secrets,
    ) -> Result<Option<RequestHeaders>, AskError> {
        match *self {}
    }

    pub(super) fn sign(&self, _: &Credential, _: &mut Request) -> Result<(), AskError> {
        match *self {}
    }

    pub(super) fn aside(&self, _: &str) -> String {
        match *self {}
    }
}
