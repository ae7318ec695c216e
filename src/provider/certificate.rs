//! The certificate with which a client proves its identity, and its private key, which no message shows.

use std::fs;
use std::io::Read;
use std::path::Path;

use reqwest::Identity;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use secrecy::{ExposeSecret, SecretString};

use super::ConnectError;
use crate::config::{Certificate, Model, certificate_variable};
use crate::ground::environment::Variables;
use crate::ground::text::one_line;

/// The most bytes that a certificate or key may have.
const MOST_BYTES: u64 = 1 << 20;

/// Reads the client certificate of `model`, if it has one.
pub(super) fn identity(model: &Model, variables: Variables) -> Result<Option<Identity>, ConnectError> {
    let Some(certificate) = &model.certificate else { return Ok(None) };
    let wrong = |what: String| {
        ConnectError::Setting {
        message: format!("the client certificate of `{}` cannot be used: {what}", model.name),
        help: "provide a certificate and its private key in PEM, in one file or in two (`client_cert`, `client_key`)"
            .to_owned(),
    }
    };
    let read = |field: &str, place: &str| {
        read_place(model, certificate, place, variables).map_err(|why| match why {
            CertificateProblem::Unset(error) => error,
            CertificateProblem::Unread(what) => wrong(format!("{what} (named by `{field}`)")),
        })
    };
    let cert = read("client_cert", &certificate.cert)?;
    let key = certificate.key.as_ref().map(|place| read("client_key", place)).transpose()?;
    let key = key.as_ref().unwrap_or(&cert);
    let shown = |place: &str| one_line(place, 120);
    if !CertificateDer::pem_slice_iter(cert.expose_secret().as_bytes()).any(|found| found.is_ok()) {
        return Err(wrong(format!("{} holds no certificate", shown(&certificate.cert))));
    }
    let place = certificate.key.as_ref().unwrap_or(&certificate.cert);
    if PrivateKeyDer::from_pem_slice(key.expose_secret().as_bytes()).is_err() {
        let locked = key.expose_secret().contains("ENCRYPTED");
        let what = if locked {
            "an encrypted private key, and alignspec does not ask for passwords"
        } else {
            "no private key"
        };
        return Err(wrong(format!("{} holds {what}", shown(place))));
    }
    // From a file with both, the certificate and the key are each read once.
    let both = match &certificate.key {
        Some(_) => SecretString::from(format!("{}\n{}", cert.expose_secret(), key.expose_secret())),
        None => cert,
    };
    let identity = Identity::from_pem(both.expose_secret().as_bytes());
    identity.map(Some).map_err(|_| wrong(format!("{} cannot be read as PEM", shown(&certificate.cert))))
}

enum CertificateProblem {
    Unset(ConnectError),
    Unread(String),
}

/// Reads the file or the variable that `place` names.
fn read_place(
    model: &Model,
    certificate: &Certificate,
    place: &str,
    variables: Variables,
) -> Result<SecretString, CertificateProblem> {
    let Some(name) = certificate_variable(place) else {
        return file(&certificate.folder.join(place))
            .map_err(|why| CertificateProblem::Unread(format!("{} {why}", one_line(place, 120))));
    };
    let unset = || ConnectError::NoVariable { variable: name.to_owned(), model: model.name.clone() };
    let value = SecretString::from(variables(name).ok_or_else(|| CertificateProblem::Unset(unset()))?);
    if value.expose_secret().contains("-----BEGIN") {
        return Ok(value);
    }
    let path = certificate.folder.join(value.expose_secret().trim());
    // No message shows the path, since the variable may hold anything.
    file(&path)
        .map_err(|why| CertificateProblem::Unread(format!("the file that the variable {name} names {why}")))
}

fn file(path: &Path) -> Result<SecretString, String> {
    let unreadable = |error: std::io::Error| format!("cannot be read ({error})");
    let about = fs::metadata(path).map_err(unreadable)?;
    if !about.is_file() {
        return Err("is not a file".to_owned());
    }
    let mut text = String::new();
    let file = fs::File::open(path).map_err(unreadable)?;
    match file.take(MOST_BYTES + 1).read_to_string(&mut text) {
        Ok(length) if length as u64 <= MOST_BYTES => Ok(SecretString::from(text)),
        Ok(_) => Err("is too long for a certificate".to_owned()),
        Err(_) => Err("is not text, so it is not PEM".to_owned()),
    }
}
