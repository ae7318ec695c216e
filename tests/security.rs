//! What a hostile answer, a hostile server or a careless config cannot do.
//!
//! What depends on the process's environment (proxies, certificates) runs in a process of its own:
//! this binary, started again to run only [`child`].

mod support;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use alignspec::sample::{Mode, Pace, Sampler};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use serde_json::json;
use support::consumer::Consumer;
use support::server::{Reply, Server};
use support::{KEY, PACE, completion, configured, misconfigured, model, sample, task, unit, variables};
use tempfile::tempdir;

const CHILD: &str = "ALIGNSPEC_TEST_CHILD";

/// Asks one question of the model that the variable describes, if this process was started to.
#[test]
fn child() {
    let Ok(fields) = std::env::var(CHILD) else { return };
    let (folder, task) = (tempdir().expect("a folder"), task());
    let pace = Pace { retries: 0, ..PACE };
    let sampler = Sampler::with(folder.path(), Mode::Record, pace, variables);
    let model = configured(Path::new("/"), &fields);
    let sampled = sampler.sample(&unit(&model, &task, 1)).expect("sampled");
    let text = sampled.responses[0].as_ref().map(|response| response.text.clone());
    println!("RESULT {}", text.or_else(|| sampled.shortfall()).expect("one of both"));
    println!("PEAK {}", peak());
}

/// The most memory this process has had, in MiB; 0 where the system does not tell.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix("kB")).map(str::trim);
    kib.and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) >> 10
}

/// What the child that asks this model with these variables says, and the memory it took.
fn ask(fields: &str, environment: &[(&str, &str)]) -> (String, u64) {
    let mut command = Command::new(std::env::current_exe().expect("this binary"));
    command.args(["child", "--exact", "--nocapture"]).env(CHILD, fields);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    command.env_remove("SSL_CERT_FILE").env_remove("SSL_CERT_DIR").env_remove("REQUEST_METHOD");
    let output = command.envs(environment.iter().copied()).output().expect("it runs");
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    let field = |name: &str| out.lines().find_map(|line| Some(line.split_once(name)?.1.trim().to_owned()));
    let result =
        field("RESULT ").unwrap_or_else(|| panic!("{out}{}", String::from_utf8_lossy(&output.stderr)));
    assert!(!out.contains(KEY), "{out}");
    (result, field("PEAK ").and_then(|peak| peak.parse().ok()).expect("a number"))
}

fn openai(base_url: &str, further: &str) -> String {
    format!(
        "provider = \"openai\"\nmodel = \"m\"\nkey_env = \"TEST_KEY\"\nbase_url = \"{base_url}\"\n{further}"
    )
}

/// The beginning of a gzip of zeros, and 65 kB that go on with 10 MB of them, as often as wanted:
/// of the fixed code, one literal and then "258 bytes as the one before", 13 bits each.
fn bomb() -> (Vec<u8>, Vec<u8>) {
    let bits = |text: &str| text.bytes().map(|bit| bit == b'1').collect::<Vec<bool>>();
    let mut stream = [bits("010"), bits("00110000")].concat();
    (0..16).for_each(|_| stream.extend(bits("1100010100000")));
    let byte = |bits: &[bool]| bits.iter().rev().fold(0_u8, |byte, bit| byte << 1 | u8::from(*bit));
    let bytes: Vec<u8> = stream.chunks_exact(8).map(byte).collect();
    let head = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255][..], &bytes[..2]].concat();
    (head, bytes[2..15].repeat(5000))
}

#[test]
fn a_decompression_bomb_ends_quickly_and_takes_little_memory() {
    let (head, again) = bomb();
    // 2 MB that are 310 MB of zeros: only what is decoded can be too much.
    let body = [head, again.repeat(30)].concat();
    let answer = Reply::bytes(200, &[("content-encoding", "gzip".to_owned())], &body);
    let server = Server::start(move |_| Reply::Bytes(answer.clone()));
    let (shown, peak) = ask(&openai(&server.base_url(), ""), &[]);
    assert!(shown.contains("answered more than 4 MiB"), "{shown}");
    assert!(peak < 150, "{peak} MiB");
}

#[test]
fn an_encoding_that_was_not_asked_for_is_not_decoded() {
    for encoding in ["br", "zstd", "deflate", "gzip, br", "rot13"] {
        let server = Server::start(move |_| Reply::Answer {
            status: 200,
            headers: vec![("content-encoding", encoding.to_owned())],
            body: vec![0x1f, 0x8b, 8, 0, 0, 0],
        });
        let task = task();
        let model = model(&server.base_url(), "");
        let shown = sample(tempdir().expect("a folder").path(), &unit(&model, &task, 1)).shortfall();
        let shown = shown.expect("no answer");
        assert!(
            shown.contains("answered no JSON") || shown.contains("cannot be reached"),
            "{encoding}: {shown}"
        );
        assert_eq!(server.received()[0].header("accept-encoding"), Some("gzip"));
    }
}

#[test]
fn bytes_that_are_no_text_are_an_error_and_no_panic() {
    for (bytes, wanted) in [
        (&b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{\"choices\": [{\"message\": {\"content\": \"\xff\xfe\"}}]}"[..], "answered no JSON"),
        (b"HTTP/1.1 429 \xff\r\nretry-after: \xff\xff\r\nx-ratelimit-remaining-requests: \xff\r\ncontent-type: \xff\r\nconnection: close\r\n\r\n\xff\xfe", "answered 429: \u{fffd}\u{fffd}"),
        (b"HTTP/1.1 302 Found\r\nlocation: \xff\r\nconnection: close\r\n\r\n", "redirects to"),
        (b"\xff\xff\xff\xff", "cannot be reached"),
    ] {
        let server = Server::start(move |_| Reply::Bytes(bytes.to_vec()));
        let (model, task) = (model(&server.base_url(), ""), task());
        let sampled = sample(tempdir().expect("a folder").path(), &unit(&model, &task, 1));
        let shown = sampled.shortfall().expect("no answer");
        assert!(shown.contains(wanted), "{shown}\n{wanted}");
    }
}

/// Text that a terminal or a CI system would act on, were it printed raw.
const HOSTILE: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}\n::set-env name=PATH::/tmp\n::add-mask::a\n  ::error::x\n##vso[task.setvariable variable=a]b\n##[add-mask]a\r::stop-commands::x\n";

fn assert_harmless(shown: &str) {
    let raw = |c: char| c == '\u{1b}' || c == '\u{7}' || c == '\u{9b}';
    assert!(!shown.contains(raw), "{shown:?}");
    for line in shown.split(['\n', '\r']) {
        assert!(!line.trim_start().starts_with("::"), "{line:?} in\n{shown}");
        assert!(!line.contains("##vso[") && !line.contains("##["), "{line:?} in\n{shown}");
    }
}

/// All files under `folder`.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn what_a_model_says_is_no_command_to_terminal_or_ci() {
    let (_one, consumer) = Consumer::fresh();
    consumer.file("suites/k5.toml", "id = \"K5\"\nkind = \"open\"\ntitle = \"t\"\nprompt = \"Say it.\"\n");
    consumer.file(
        "suites/t5.toml",
        "id = \"T5\"\nkind = \"select\"\ntitle = \"t\"\npick = 1\nprompt = \"Choose {pick}.\\n{options}\"\noption = [{ id = \"a\", label = \"Risk\" }, { id = \"b\", label = \"Cost\" }]\n[[check]]\nexpect = \"T5 selects a >= 50%\"\n",
    );
    let echo = |status| {
        Server::start(move |request| {
            let key = request.header("authorization").unwrap_or_default().to_owned();
            if status != 200 {
                return Reply::json(
                    status,
                    &json!({ "error": { "message": format!("{HOSTILE}{key}{HOSTILE}") } }),
                );
            }
            // A third of the answers are none, so that what is invalid is told, too.
            let answer = if request.number % 3 == 0 { format!("{HOSTILE}{key}") } else { "Risk".to_owned() };
            let mut body = completion(&answer);
            body["model"] = json!(format!("{HOSTILE}{key}"));
            Reply::json(200, &body)
        })
    };
    for status in [200, 403] {
        let server = echo(status);
        consumer.config(&format!(
            "suites = [\"suites\"]\n[sampling]\nsamples = 20\nmax_samples = 20\nretries = 0\n[[model]]\nname = \"m{status}\"\n{}",
            openai(&server.base_url(), "")
        ));
        for arguments in [&[][..], &["--nocapture"], &["--format=json", "-Zunstable-options"]] {
            let (_, out, err) = consumer.run_with(arguments, &[("TEST_KEY", KEY)]);
            assert!(server.count() > 0 && !out.is_empty(), "{out}{err}");
            assert_harmless(&out);
            assert_harmless(&err);
            assert!(!out.contains(KEY) && !err.contains(KEY), "{out}{err}");
        }
    }
    let kept = [files(&consumer.root.join("recordings")), files(&consumer.root.join("snapshots"))].concat();
    assert!(kept.len() >= 3, "{kept:?}");
    for path in kept {
        let text = std::fs::read_to_string(&path).expect("text");
        assert!(!text.contains(KEY) && !text.contains('\u{1b}'), "{}: {text}", path.display());
    }
}

#[test]
fn plain_http_leaves_this_machine_only_when_the_config_says_so() {
    let off = |base: &str| openai(base, "");
    for base in [
        "http://example.com/v1",
        "http://127.0.0.1.example.com/v1",
        "http://localhost.example.com/v1",
        "http://127.0.0.1@example.com/v1",
        "http://0.0.0.0/v1",
        "http://192.168.0.1:8080/v1",
        "http://[fe80::1]/v1",
    ] {
        let shown = misconfigured(&off(base));
        assert!(shown.contains("plain http to") && shown.contains("insecure_http = true"), "{shown}");
        configured(Path::new("/"), &openai(base, "insecure_http = true"));
        configured(Path::new("/"), &off(&base.replace("http:", "https:")));
    }
    for base in ["http://localhost:1/v1", "http://127.8.9.1/v1", "http://[::1]:1/v1"] {
        configured(Path::new("/"), &off(base));
    }
    assert!(
        misconfigured(&openai("file:///etc/passwd", "insecure_http = true"))
            .contains("http or https, not file")
    );
}

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
        let received = proxy.received();
        assert_eq!(received[0].target, "CONNECT alignspec.invalid:443", "{name}");
        assert!(!format!("{received:?}").contains(KEY));
    }
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
    assert!(shown.contains("cannot be reached"), "{shown}");
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
    assert!(shown.contains("cannot be reached") && shown.contains("certificate"), "{shown}");
    assert_eq!(ask(&fields, &[("SSL_CERT_FILE", path)]).0, "over TLS");
    // Past the proxy, for a host that NO_PROXY names.
    let proxy = Server::start(|_| Reply::json(403, &json!({})));
    let address = proxy.base_url().replace("/v1", "");
    let environment =
        [("SSL_CERT_FILE", path), ("HTTPS_PROXY", &address), ("NO_PROXY", "localhost,127.0.0.1")];
    assert_eq!(ask(&fields, &environment).0, "over TLS");
    assert_eq!(proxy.count(), 0);
}

#[test]
fn a_key_in_a_header_of_ones_own_does_not_follow_a_redirect() {
    let other = Server::start(|_| Reply::json(200, &json!({ "a": "stolen" })));
    let target = other.base_url();
    let server = Server::start(move |_| Reply::json(307, &json!({})).header("location", &*target));
    let fields = format!(
        "provider = \"http\"\nkey_env = \"TEST_KEY\"\n[model.http]\nurl = \"{}\"\nbody = {{ q = \"{{prompt}}\" }}\nheaders = {{ x-key = \"{{key}}\" }}",
        server.base_url()
    );
    let (model, task) = (configured(Path::new("/"), &fields), task());
    let sampled = sample(tempdir().expect("a folder").path(), &unit(&model, &task, 1));
    let shown = format!("{} {sampled:?} {model:?}", sampled.shortfall().expect("no answer"));
    assert!(shown.contains("redirects to 127.0.0.1:") && !shown.contains(KEY), "{shown}");
    assert_eq!((server.count(), other.count()), (1, 0));
}
