//! A server that asks its clients who they are (mutual TLS): `client_cert` and `client_key`, and what is told
//! where they are missing, unreadable, or another's.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use crate::support::child::{ask, openai};
use crate::support::server::Reply;
use crate::support::{PACE, completion, configured, misconfigured, part_of, variables};
use alignspec::__testing::provider::connect;
use once_cell::sync::OnceCell;
use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::server::WebPkiClientVerifier;
use tempfile::{TempDir, tempdir};

/// An authority with a server's certificate and a client's, each in a file of the folder.
fn authority(folder: &TempDir, name: &str) -> Arc<rustls::ServerConfig> {
    let mut authority = CertificateParams::new([]).expect("parameters");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let root = authority.self_signed(&key).expect("signed");
    let issuer = Issuer::new(authority, key);
    let leaf = |names: &[String], usage| {
        let key = KeyPair::generate().expect("a key");
        let mut leaf = CertificateParams::new(names.to_vec()).expect("parameters");
        leaf.extended_key_usages = vec![usage];
        (leaf.signed_by(&key, &issuer).expect("signed"), key)
    };
    let (client, its_key) = leaf(&[], ExtendedKeyUsagePurpose::ClientAuth);
    let write = |file: &str, text: &str| {
        std::fs::write(folder.path().join(format!("{name}-{file}.pem")), text).expect("written")
    };
    write("ca", &root.pem());
    write("client", &client.pem());
    write("key", &its_key.serialize_pem());
    write("both", &format!("{}{}", client.pem(), its_key.serialize_pem()));
    let (server, key) = leaf(&["localhost".to_owned()], ExtendedKeyUsagePurpose::ServerAuth);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut known = rustls::RootCertStore::empty();
    known.add(root.der().clone()).expect("a root");
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(known), Arc::clone(&provider));
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_client_cert_verifier(verifier.build().expect("a verifier"))
        .with_single_cert(vec![server.der().clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into());
    Arc::new(config.expect("a config"))
}

/// Its base URL.
fn serve(config: Arc<rustls::ServerConfig>) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let config = Arc::clone(&config);
            std::thread::spawn(move || answer(stream, config).ok());
        }
    });
    format!("https://localhost:{port}/v1")
}

fn answer(stream: TcpStream, config: Arc<rustls::ServerConfig>) -> std::io::Result<()> {
    let session = rustls::ServerConnection::new(config).map_err(std::io::Error::other)?;
    let mut tls = rustls::StreamOwned::new(session, stream);
    let (mut seen, mut chunk) = (Vec::new(), [0; 4096]);
    // Only the body ends in a brace.
    while !seen.ends_with(b"}") {
        match tls.read(&mut chunk)? {
            0 => return Ok(()),
            length => seen.extend_from_slice(&chunk[..length]),
        }
    }
    tls.write_all(&Reply::bytes(200, &[], completion("known").to_string().as_bytes()))?;
    tls.conn.send_close_notify();
    tls.flush()
}

#[cfg(target_os = "linux")]
#[test]
fn a_server_is_shown_the_certificate_that_it_asks_for() {
    let folder = tempdir().expect("a folder");
    let place = |name: &str| folder.path().join(name).to_str().expect("a path").to_owned();
    let base_url = serve(authority(&folder, "own"));
    authority(&folder, "other");
    let trusted = place("own-ca.pem");
    let environment = [("SSL_CERT_FILE", trusted.as_str())];
    let fields = |cert: &str, key: &str| format!("client_cert = {cert:?}\nclient_key = {key:?}");
    let two = fields(&place("own-client.pem"), &place("own-key.pem"));
    let both = format!("client_cert = {:?}", place("own-both.pem"));
    // Relative to the crate's folder, which is `/` there.
    let relative = both.replace("\"/", "\"");
    for fields in [two, both, relative] {
        assert_eq!(ask(&openai(&base_url, &fields), &environment).0, "known", "{fields}");
    }
    let (shown, _) = ask(&openai(&base_url, ""), &environment);
    assert!(shown.contains("it asks for a client certificate: name one in `client_cert`"), "{shown}");
    let other = fields(&place("other-client.pem"), &place("other-key.pem"));
    let (shown, _) = ask(&openai(&base_url, &other), &environment);
    assert!(shown.contains("it does not accept the client certificate"), "{shown}");
}

static PEM: OnceCell<String> = OnceCell::new();

fn of_environment(name: &str) -> Option<String> {
    match name {
        "CLIENT_PEM" => PEM.get().cloned(),
        "CLIENT_PATH" => Some("/nowhere/secret-place.pem".to_owned()),
        name => variables(name),
    }
}

#[test]
fn a_certificate_that_cannot_be_used_is_told_and_nothing_of_its_key() {
    let folder = tempdir().expect("a folder");
    authority(&folder, "own");
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("a file");
    PEM.set(read("own-both.pem")).expect("once");
    std::fs::write(
        folder.path().join("locked.pem"),
        read("own-key.pem").replace("PRIVATE", "ENCRYPTED PRIVATE"),
    )
    .expect("written");
    let made = |fields: &str| {
        let model = configured(folder.path(), &openai("https://localhost:9/v1", fields));
        connect(&model, PACE.limit, of_environment)
            .map(|wire| format!("{wire:?}"))
            .map_err(|error| error.to_string())
    };
    let shown = made("client_cert = \"{CLIENT_PEM}\"").expect("a wire");
    let key = read("own-key.pem").lines().nth(1).expect("a line").to_owned();
    assert_eq!(part_of(&key, &shown), None);
    for (fields, wanted) in [
        ("client_cert = \"none.pem\"", "none.pem cannot be read (No such file"),
        ("client_cert = \".\"", ". is not a file"),
        ("client_cert = \"own-key.pem\"", "own-key.pem holds no certificate"),
        ("client_cert = \"own-client.pem\"", "own-client.pem holds no private key"),
        ("client_cert = \"own-client.pem\"\nclient_key = \"own-ca.pem\"", "own-ca.pem holds no private key"),
        ("client_cert = \"own-client.pem\"\nclient_key = \"locked.pem\"", "an encrypted private key"),
        ("client_cert = \"{CLIENT_PATH}\"", "the file that the variable CLIENT_PATH names cannot be read"),
        ("client_cert = \"{UNSET}\"", "variable UNSET, which"),
    ] {
        let shown = made(fields).expect_err(fields);
        assert!(shown.contains(wanted) && shown.contains("`assistant`"), "{shown}\n{wanted}");
        assert!(part_of(&key, &shown).is_none() && !shown.contains("secret-place"), "{shown}");
    }
    let openai = |fields: &str| format!("provider = \"openai\"\nmodel = \"m\"\n{fields}");
    for (fields, wanted) in [
        (openai("client_key = \"a.pem\""), "`client_key` has no effect without `client_cert`"),
        (openai("client_cert = \"\""), "`client_cert` does not name a file"),
        (
            openai(&format!("client_cert = '''{}'''", read("own-both.pem"))),
            "`client_cert` holds what looks like a certificate or a key",
        ),
        (
            openai("base_url = \"http://127.0.0.1:9\"\nclient_cert = \"a.pem\""),
            "`client_cert` has no effect on plain http",
        ),
        ("provider = \"tally\"\nclient_cert = \"a.pem\"".to_owned(), "`client_cert` has no effect here"),
        (openai("client_certificate = \"a.pem\""), "unknown field `client_certificate`"),
    ] {
        let shown = misconfigured(&fields);
        assert!(shown.contains(wanted) && shown.contains("alignment.toml:"), "{shown}\n{wanted}");
        assert_eq!(part_of(&key, &shown), None, "{shown}");
    }
}
