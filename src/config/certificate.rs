//! `client_cert` and `client_key`: the certificate with which a client identifies itself. Each names a PEM file in
//! the crate or by an absolute path, or an environment variable (`{NAME}`) that holds a path or the PEM itself.

use std::ops::Range;
use std::path::PathBuf;

use toml::Spanned;

use super::provider::{ProviderPlace, Spec};
use super::{HeaderPart, parts};

/// The certificate that a server asks its clients for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Where the certificate is, as the config says.
    pub(crate) cert: String,
    /// Where its private key is; `None` if the certificate's file holds it.
    pub(crate) key: Option<String>,
    /// The folder that paths are relative to: the crate's own.
    pub(crate) folder: PathBuf,
}

impl Certificate {
    /// Returns the environment variables that it names.
    pub(super) fn variables(&self) -> impl Iterator<Item = &str> {
        [Some(&self.cert), self.key.as_ref()].into_iter().flatten().filter_map(|place| variable(place))
    }
}

/// Returns the variable that a value names, if the value is `{NAME}` and nothing else.
pub(crate) fn variable(place: &str) -> Option<&str> {
    match parts(place).as_slice() {
        [HeaderPart::Variable(name)] => Some(name),
        _ => None,
    }
}

/// Returns the certificate of an entry; or the place of a mistake, a message, and what to do.
pub(super) fn checked(
    cert: Option<Spanned<String>>,
    key: Option<Spanned<String>>,
    folder: PathBuf,
    provider: &Spec,
    address: Option<&str>,
) -> Result<Option<Certificate>, (Range<usize>, String, &'static str)> {
    for (name, place) in [("client_cert", &cert), ("client_key", &key)] {
        let Some(place) = place else { continue };
        let (text, wrong) = (place.get_ref(), |message, help| Err((place.span(), message, help)));
        if text.trim().is_empty() {
            return wrong(
                format!("`{name}` does not name a file"),
                "name a PEM file, or write `{NAME}` for an environment variable",
            );
        }
        if text.contains("-----BEGIN") || text.contains('\n') {
            let message = format!("`{name}` holds what looks like a certificate or a key (it is not shown)");
            return wrong(
                message,
                "name the file that it is in, or, in braces, the environment variable that holds it: \"{NAME}\"",
            );
        }
        if provider.place == ProviderPlace::Nowhere {
            let message = format!("`{name}` has no effect here");
            return wrong(message, "remove it: nothing is sent over a connection");
        }
        if address.is_some_and(|address| address.starts_with("http:")) {
            let message = format!("`{name}` has no effect on plain http");
            return wrong(message, "remove it, or use an https address");
        }
    }
    match (cert, key) {
        (None, None) => Ok(None),
        (None, Some(key)) => Err((
            key.span(),
            "`client_key` has no effect without `client_cert`".to_owned(),
            "name the certificate in `client_cert`",
        )),
        (Some(cert), key) => {
            let key = key.map(Spanned::into_inner);
            Ok(Some(Certificate { cert: cert.into_inner(), key, folder }))
        }
    }
}
