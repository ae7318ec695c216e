//! How a server is reached, and why it could not be: the process's clients, the proxy between, and whose
//! certificates are trusted.

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use hyper_util::client::proxy::matcher::Matcher;
use once_cell::sync::OnceCell;
use reqwest::redirect::Policy;
use reqwest::{Client, Identity, Url};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{AlertDescription, CertificateError, InvalidMessage, RootCertStore};

use crate::config::is_this_machine;
use crate::ground::text::one_line;

/// The time a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(20);

/// Redirects within one server that are followed.
const MOST_REDIRECTS: usize = 5;

/// The variable that names a file of certificates, which then are all that are trusted.
const CERTIFICATES: &str = "SSL_CERT_FILE";

/// What every TLS connection of the process is to use, unless the process has chosen already.
pub(crate) fn choose_crypto() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Fails only when another thread was quicker, which is as good.
        rustls::crypto::ring::default_provider().install_default().ok();
    }
}

/// The client for `url`, which shows its server this certificate, where there is one. Else it is the process's:
/// made at the first use, since reading the machine's certificates takes up to 60 ms, and shared, since it holds
/// the connections.
///
/// # Errors
/// Why there is none.
pub(crate) fn client(url: &Url, shown: Option<Identity>) -> Result<Client, String> {
    static PLAIN: OnceCell<Client> = OnceCell::new();
    static SECURE: OnceCell<Client> = OnceCell::new();
    let here = url.scheme() == "http" && is_this_machine(url);
    let shared = if here { &PLAIN } else { &SECURE };
    match shown {
        Some(shown) => made(here, Some(shown)),
        None => shared.get_or_try_init(|| made(here, None)).cloned(),
    }
}

/// A client for this machine, or for all others.
fn made(here: bool, shown: Option<Identity>) -> Result<Client, String> {
    choose_crypto();
    let builder = Client::builder()
        .user_agent(concat!("alignspec/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT)
        .redirect(Policy::custom(|attempt| {
            let first = attempt.previous().first();
            let home = first.is_some_and(|first| first.origin() == attempt.url().origin());
            // 301 to 303 would turn the question into a GET without a body.
            let same_method = matches!(attempt.status().as_u16(), 307 | 308);
            match home && same_method && attempt.previous().len() <= MOST_REDIRECTS {
                true => attempt.follow(),
                false => attempt.stop(),
            }
        }));
    // Without a network there is no proxy between, and plain http needs no certificates. All else goes
    // through the proxies that the environment names.
    let client = if here {
        builder.no_proxy().tls_certs_only([]).build()
    } else {
        if let Some(file) = std::env::var_os(CERTIFICATES).filter(|file| !file.is_empty()) {
            certificates(Path::new(&file))?;
        }
        match shown {
            Some(shown) => builder.identity(shown).build(),
            None => builder.build(),
        }
    };
    client.map_err(|error| causes(&error))
}

/// Whether `file` holds certificates that can be trusted. Where it does not, none would be, or those of
/// the machine, and nobody would be told.
fn certificates(file: &Path) -> Result<(), String> {
    let wrong = |what: &str| {
        let file = one_line(&file.display().to_string(), 200);
        format!("{CERTIFICATES} names {file}, which {what}: name a file of certificates in PEM, or unset it")
    };
    let read = CertificateDer::pem_file_iter(file).map_err(|error| match error {
        rustls::pki_types::pem::Error::Io(error) => wrong(&format!("cannot be read ({error})")),
        _ => wrong("cannot be read"),
    })?;
    let found = read.filter_map(Result::ok);
    match RootCertStore::empty().add_parsable_certificates(found) {
        (0, _) => Err(wrong("holds no certificate")),
        _ => Ok(()),
    }
}

/// Host and port, for messages. A URL may hold a password; this does not.
pub(super) fn name(url: &Url) -> String {
    let host = url.host_str().unwrap_or("a server without a name");
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// The proxy on the way to `url`, as host and port, and the variable that names it.
pub(super) fn proxy(url: &Url) -> Option<String> {
    if url.scheme() == "http" && is_this_machine(url) {
        return None;
    }
    let between = Matcher::from_env().intercept(&url.as_str().parse().ok()?)?;
    let host = between.uri().host()?;
    let address = between.uri().port_u16().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let own =
        if url.scheme() == "https" { ["HTTPS_PROXY", "https_proxy"] } else { ["HTTP_PROXY", "http_proxy"] };
    let set = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let variable = own.into_iter().chain(["ALL_PROXY", "all_proxy"]).find(set)?;
    Some(format!("the proxy {address}, which {variable} names"))
}

/// Why TLS came to nothing, where no other try would end otherwise.
pub(super) fn untrusted(error: &reqwest::Error) -> Option<String> {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(tls) = tls_of(error) {
            return tls_words(tls);
        }
        cause = error.source();
    }
    None
}

/// The error of TLS that `error` is or carries: an error of the system's passes over the one within it when
/// it is asked for its source.
fn tls_of<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return Some(tls);
    }
    tls_of(error.downcast_ref::<std::io::Error>()?.get_ref()?)
}

fn tls_words(error: &rustls::Error) -> Option<String> {
    let own = std::env::var_os(CERTIFICATES).is_some_and(|file| !file.is_empty());
    Some(match error {
        rustls::Error::InvalidCertificate(wrong) => match wrong {
            CertificateError::UnknownIssuer | CertificateError::BadSignature if own => format!(
                "its certificate is not signed by any authority in the file that {CERTIFICATES} names: add the certificate of its authority there"
            ),
            CertificateError::UnknownIssuer | CertificateError::BadSignature => format!(
                "its certificate is not signed by any authority that this machine trusts: name a file with the certificate of its authority (PEM) in {CERTIFICATES}"
            ),
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "its certificate has expired: renew it, or correct this machine's clock".to_owned()
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "its certificate is not valid yet: is this machine's clock correct?".to_owned()
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "its certificate is for another name: use the host name in the certificate".to_owned()
            }
            CertificateError::Revoked => "its certificate has been revoked".to_owned(),
            other => format!("its certificate is not accepted: {}", one_line(&other.to_string(), 200)),
        },
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            "it does not speak TLS: should the address start with http:// instead of https://?".to_owned()
        }
        rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => {
            "it asks for a client certificate: name one in `client_cert` and `client_key`".to_owned()
        }
        rustls::Error::AlertReceived(
            AlertDescription::UnknownCA
            | AlertDescription::BadCertificate
            | AlertDescription::CertificateUnknown
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateRevoked
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::DecryptError
            | AlertDescription::AccessDenied,
        ) => "it does not accept the client certificate: is `client_cert` the one that it knows?".to_owned(),
        _ => return None,
    })
}

/// An error with what lies under it; the URL is left out, it may hold a password.
pub(super) fn causes(error: &reqwest::Error) -> String {
    let mut source = Error::source(error);
    let mut deepest = String::new();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !text.is_empty() {
            deepest = text;
        }
        source = cause.source();
    }
    if deepest.is_empty() { "the request could not be sent".to_owned() } else { deepest }
}
