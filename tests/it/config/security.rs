//! What a hostile answer, a hostile server or a careless config cannot do.

use std::path::{Path, PathBuf};

use crate::support::child::{ask, openai};
use crate::support::consumer::Consumer;
use crate::support::server::{Reply, Server};
use crate::support::{KEY, completion, configured, misconfigured, model, sample, task, unit};
use serde_json::json;
use tempfile::tempdir;

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
    assert!(shown.contains("answered with more than 4 MiB"), "{shown}");
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
            shown.contains("answered with text that is not JSON") || shown.contains("broke off"),
            "{encoding}: {shown}"
        );
        assert_eq!(server.received()[0].header("accept-encoding"), Some("gzip"));
    }
}

#[test]
fn bytes_that_are_no_text_are_an_error_and_no_panic() {
    for (bytes, wanted) in [
        (&b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{\"choices\": [{\"message\": {\"content\": \"\xff\xfe\"}}]}"[..], "answered with text that is not JSON"),
        (b"HTTP/1.1 429 \xff\r\nretry-after: \xff\xff\r\nx-ratelimit-remaining-requests: \xff\r\ncontent-type: \xff\r\nconnection: close\r\n\r\n\xff\xfe", "answered 429: \u{fffd}\u{fffd}"),
        (b"HTTP/1.1 302 Found\r\nlocation: \xff\r\nconnection: close\r\n\r\n", "redirects to"),
        (b"\xff\xff\xff\xff", "broke off"),
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
    let consumer = Consumer::fresh();
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
            .contains("must start with http:// or https://, not file://")
    );
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
