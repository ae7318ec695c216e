//! How a server is reached: through the proxies and with the certificates that the environment names, and
//! what is told where that fails.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use crate::support::child::{ask, openai};
use crate::support::server::{Reply, Server};
use crate::support::{KEY, completion};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use serde_json::json;
use tempfile::tempdir;

#[test]
fn plain_http_off_this_machine_takes_the_proxy_and_on_it_does_not() {
    let proxy = Server::start(|request| Reply::json(200, &completion(&request.target)));
    let address = proxy.base_url().replace("/v1", "");
    let environment = [("HTTP_PROXY", &*address), ("http_proxy", &*address)];
    let (shown, _) = ask(&openai("http://alignspec.invalid/v1", "insecure_http = true"), &environment);
    assert_eq!(shown, "POST http://alignspec.invalid/v1/chat/completions");
    let server = Server::start(|_| Reply::json(200, &completion("direct")));
    assert_eq!(ask(&openai(&server.base_url(), ""), &environment).0, "direct");
}

#[test]
fn a_proxy_of_the_environment_is_used_and_sees_no_key() {
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        let proxy = Server::start(|_| Reply::json(403, &json!({})));
        let address = proxy.base_url().replace("/v1", "");
        let (shown, _) = ask(&openai("https://alignspec.invalid/v1", ""), &[(name, &address)]);
        assert!(shown.contains("alignspec.invalid cannot be reached"), "{shown}");
        let way = format!("through the proxy {}, which {name} names", address.replace("http://", ""));
        assert!(shown.contains(&way), "{shown}");
        let received = proxy.received();
        assert_eq!(received[0].target, "CONNECT alignspec.invalid:443", "{name}");
        assert!(!format!("{received:?}").contains(KEY));
    }
}

#[test]
fn a_dead_proxy_is_not_blamed_on_who_is_behind_it() {
    // A port that was free a moment ago.
    let port = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    let address = format!("http://user:{KEY}@{}", port.expect("a loopback port"));
    let environment = [("HTTPS_PROXY", &*address), ("HTTP_PROXY", &address), ("NO_PROXY", "direct.invalid")];
    for (base_url, by) in [("https://far.invalid/v1", "HTTPS_PROXY"), ("http://far.invalid/v1", "HTTP_PROXY")]
    {
        let (shown, _) = ask(&openai(base_url, "insecure_http = true"), &environment);
        let way = format!("the request goes through the proxy {}, which {by} names", port_of(&address));
        assert!(shown.contains(&way) && shown.contains("refused"), "{shown}");
    }
    let (shown, _) = ask(&openai("https://direct.invalid/v1", ""), &environment);
    assert!(shown.contains("cannot be reached") && !shown.contains("proxy"), "{shown}");
}

/// A proxy that speaks SOCKS 5 (RFC 1928) and leads everything to `target`, or turns it down; whom it was asked
/// for is told.
fn socks(target: Option<SocketAddr>) -> (String, Receiver<String>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port");
    let address = listener.local_addr().expect("an address");
    let (told, asked) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let told = told.clone();
            std::thread::spawn(move || lead(stream, target, &told).ok());
        }
    });
    (address.to_string(), asked)
}

fn lead(mut stream: TcpStream, target: Option<SocketAddr>, told: &Sender<String>) -> std::io::Result<()> {
    let mut exactly = |length: usize| {
        let mut bytes = vec![0; length];
        stream.read_exact(&mut bytes).map(|()| bytes)
    };
    let greeting = exactly(2)?;
    exactly(greeting[1].into())?;
    stream.write_all(&[5, 0])?;
    let mut exactly = |length: usize| {
        let mut bytes = vec![0; length];
        stream.read_exact(&mut bytes).map(|()| bytes)
    };
    // CONNECT, and the kind of address: 3 is a name, which the proxy looks up.
    let head = exactly(4)?;
    let host = match head[3] {
        3 => {
            let length = exactly(1)?[0];
            String::from_utf8_lossy(&exactly(length.into())?).into_owned()
        }
        1 => exactly(4)?.iter().map(u8::to_string).collect::<Vec<_>>().join("."),
        _ => String::from_utf8_lossy(&exactly(16)?).into_owned(),
    };
    exactly(2)?;
    told.send(host).ok();
    let Some(target) = target else { return stream.write_all(&[5, 5, 0, 1, 0, 0, 0, 0, 0, 0]) };
    stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])?;
    let onward = TcpStream::connect(target)?;
    let (mut from, mut to) = (stream.try_clone()?, onward.try_clone()?);
    std::thread::spawn(move || std::io::copy(&mut from, &mut to).ok());
    let (mut from, mut to) = (onward, stream);
    std::io::copy(&mut from, &mut to).map(|_| ())
}

#[test]
fn a_socks_proxy_leads_there_and_looks_the_name_up() {
    let server = Server::start(|_| Reply::json(200, &completion("through it")));
    let target = server.root().replace("http://", "").parse().expect("an address");
    let (address, asked) = socks(Some(target));
    let fields = openai("http://alignspec.invalid/v1", "insecure_http = true");
    for name in ["ALL_PROXY", "HTTP_PROXY"] {
        let (shown, _) = ask(&fields, &[(name, &format!("socks5h://{address}"))]);
        assert_eq!(
            (shown.as_str(), asked.recv()),
            ("through it", Ok("alignspec.invalid".to_owned())),
            "{name}"
        );
    }
    // Without the h, this machine looks it up, and may know no such name.
    let (shown, _) = ask(&fields, &[("ALL_PROXY", &format!("socks5://{address}"))]);
    assert!(shown.contains("cannot be reached"), "{shown}");
    // Plain http on this machine takes no proxy of this kind either.
    assert_eq!(
        ask(&openai(&server.base_url(), ""), &[("ALL_PROXY", "socks5h://127.0.0.1:9")]).0,
        "through it"
    );
    let (address, _asked) = socks(None);
    for base_url in ["http://alignspec.invalid/v1", "https://alignspec.invalid/v1"] {
        let fields = openai(base_url, "insecure_http = true");
        let (shown, _) = ask(&fields, &[("ALL_PROXY", &format!("socks5h://{address}"))]);
        let way = format!("the request goes through the proxy {address}, which ALL_PROXY names");
        assert!(shown.contains("alignspec.invalid cannot be reached") && shown.contains(&way), "{shown}");
    }
}

fn port_of(address: &str) -> &str {
    address.rsplit_once('@').map_or(address, |(_, place)| place)
}

/// A TLS server that always answers the same, with a certificate of a private authority; its base URL,
/// and the authority's own certificate.
fn private(text: &str) -> (String, String) {
    offering(&[], text)
}

/// The same, for a server that offers these protocols.
fn offering(protocols: &[&str], text: &str) -> (String, String) {
    let mut authority = CertificateParams::new([]).expect("parameters");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let certificate = authority.self_signed(&key).expect("signed").pem();
    let issuer = Issuer::new(authority, key);
    let key = KeyPair::generate().expect("a key");
    let leaf = CertificateParams::new(["localhost".to_owned()]).expect("parameters");
    let leaf = leaf.signed_by(&key, &issuer).expect("signed");
    let config =
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into());
    let mut config = config.expect("a config");
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    let config = Arc::new(config);
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port");
    let port = listener.local_addr().expect("an address").port();
    let answer = Reply::bytes(200, &[], completion(text).to_string().as_bytes());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (config, answer) = (Arc::clone(&config), answer.clone());
            // A client that refuses the certificate ends its own thread only.
            std::thread::spawn(move || serve(stream, config, &answer).ok());
        }
    });
    (format!("https://localhost:{port}/v1"), certificate)
}

fn serve(stream: TcpStream, config: Arc<rustls::ServerConfig>, answer: &[u8]) -> std::io::Result<()> {
    let session = rustls::ServerConnection::new(config).map_err(std::io::Error::other)?;
    let mut tls = rustls::StreamOwned::new(session, stream);
    let mut seen = Vec::new();
    let mut chunk = [0; 4096];
    // Only the body ends in a brace; what HTTP/2 begins with is told to who asked (RFC 9113, 3.4).
    let preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    while !seen.ends_with(b"}") {
        match tls.read(&mut chunk)? {
            0 => return Ok(()),
            length => seen.extend_from_slice(&chunk[..length]),
        }
        if seen.starts_with(preface) && tls.conn.alpn_protocol() == Some(b"h2") {
            SPOKE_HTTP_2.store(true, Ordering::SeqCst);
            return Ok(());
        }
    }
    tls.write_all(answer)?;
    tls.conn.send_close_notify();
    tls.flush()
}

static SPOKE_HTTP_2: AtomicBool = AtomicBool::new(false);

#[cfg(target_os = "linux")]
#[test]
fn http_2_is_spoken_where_it_is_offered() {
    let (base_url, certificate) = offering(&["h2", "http/1.1"], "never said: this server only listens");
    let folder = tempdir().expect("a folder");
    let path = folder.path().join("ca.pem");
    std::fs::write(&path, certificate).expect("written");
    let (shown, _) = ask(&openai(&base_url, ""), &[("SSL_CERT_FILE", path.to_str().expect("a path"))]);
    assert!(shown.contains("broke off"), "{shown}");
    assert!(SPOKE_HTTP_2.load(Ordering::SeqCst));
}

#[cfg(target_os = "linux")]
#[test]
fn a_private_authority_is_trusted_where_the_environment_names_it() {
    let (base_url, certificate) = private("over TLS");
    let folder = tempdir().expect("a folder");
    let path = folder.path().join("ca.pem");
    std::fs::write(&path, certificate).expect("written");
    let path = path.to_str().expect("a path");
    let fields = openai(&base_url, "");
    let (shown, _) = ask(&fields, &[]);
    let wanted = "cannot be trusted: its certificate is not signed by any authority that this machine trusts: name a file";
    assert!(shown.contains(wanted) && shown.contains("in SSL_CERT_FILE"), "{shown}");
    assert_eq!(ask(&fields, &[("SSL_CERT_FILE", path)]).0, "over TLS");
    // Another authority's.
    let other = folder.path().join("other.pem");
    std::fs::write(&other, private("x").1).expect("written");
    let (shown, _) = ask(&fields, &[("SSL_CERT_FILE", other.to_str().expect("a path"))]);
    assert!(shown.contains("not signed by any authority in the file that SSL_CERT_FILE names"), "{shown}");
    let (shown, _) =
        ask(&openai(&base_url.replace("localhost", "127.0.0.1"), ""), &[("SSL_CERT_FILE", path)]);
    assert!(shown.contains("its certificate is for another name"), "{shown}");
    // Past the proxy, for a host that NO_PROXY names.
    let proxy = Server::start(|_| Reply::json(403, &json!({})));
    let address = proxy.base_url().replace("/v1", "");
    let environment =
        [("SSL_CERT_FILE", path), ("HTTPS_PROXY", &address), ("NO_PROXY", "localhost,127.0.0.1")];
    assert_eq!(ask(&fields, &environment).0, "over TLS");
    assert_eq!(proxy.count(), 0);
}

#[test]
fn a_file_of_certificates_that_is_none_is_told_and_nothing_is_asked() {
    let folder = tempdir().expect("a folder");
    let place = |name: &str| folder.path().join(name).to_str().expect("a path").to_owned();
    std::fs::write(place("junk.pem"), "no certificate\n").expect("written");
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    std::fs::write(place("broken.pem"), broken).expect("written");
    for (name, wanted) in [
        ("missing.pem", "cannot be read (No such file"),
        ("junk.pem", "holds no certificate"),
        ("broken.pem", "holds no certificate"),
    ] {
        let environment = [("SSL_CERT_FILE", &*place(name))];
        let (shown, _) = ask(&openai("https://alignspec.invalid/v1", ""), &environment);
        let wanted = format!("SSL_CERT_FILE names {}, which {wanted}", place(name));
        assert!(shown.contains(&wanted), "{shown}\n{wanted}");
    }
    let server = Server::start(|_| Reply::json(200, &completion("in the clear")));
    let plain = ask(&openai(&server.base_url(), ""), &[("SSL_CERT_FILE", &place("missing.pem"))]);
    assert_eq!(plain.0, "in the clear");
}

#[test]
fn a_server_without_tls_is_told_at_once() {
    // It answers a greeting of TLS as an HTTP server does.
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            if stream.read(&mut [0; 1024]).is_ok_and(|length| length > 0) {
                stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").ok();
            }
        }
    });
    let (shown, _) = ask(&openai(&format!("https://{address}/v1"), ""), &[]);
    assert!(
        shown.contains("does not speak TLS: should the address start with http:// instead of https://?"),
        "{shown}"
    );
}
