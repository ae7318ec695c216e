//! Keys, whoever repeats them and however the request fails: no eight characters in a row of one are in
//! anything that is printed, kept or reported.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::consumer::Consumer;
use crate::support::part_of;
use crate::support::server::{Received, Reply, Server};
use alignspec::__testing::respondent::specs;
use serde_json::{Value, json};

/// Of most models; of one other; and one that stands in the config itself, in a header.
const SECRETS: [&str; 3] = ["sk-proj-Zx81Qw9aLm2nPk70", "AIzaSy7Hd-92kLmQ04vTx_8", "Lit4Jq7Wz2Xk9Rb5"];

const SUITE: &str = "id = \"T5\"\nkind = \"select\"\ntitle = \"t\"\npick = 1\nprompt = \"{options}\"\norders = [\"shuffled\"]\noption = [{ id = \"a\", label = \"Apples\" }, { id = \"b\", label = \"Pears\" }]\n[[check]]\nexpect = \"T5 selects a >= 50%\"\n";

/// All secrets, as somebody would repeat them.
fn all() -> String {
    format!("{} and {} and {}", SECRETS[0], SECRETS[1], SECRETS[2])
}

/// An answer as every provider words it.
fn answer(text: &str, version: &str, end: &str) -> Value {
    json!({
        "id": text,
        "model": version,
        "provider": version,
        "system_fingerprint": version,
        "modelVersion": version,
        "status": "completed",
        "choices": [{ "index": 0, "message": { "role": "assistant", "content": text }, "finish_reason": end }],
        "output": [{ "type": "message", "status": "completed", "content": [{ "type": "output_text", "text": text }] }],
        "type": "message",
        "role": "assistant",
        "content": [{ "type": "text", "text": text }],
        "stop_reason": end,
        "candidates": [{ "content": { "parts": [{ "text": text }] }, "finishReason": end }],
        "message": { "role": "assistant", "content": text },
        "done": true,
        "done_reason": end,
        "answer": text,
    })
}

fn error(message: &str) -> Value {
    json!({ "error": { "message": message, "type": message, "code": message } })
}

/// A response that breaks off within its body.
fn broken(status: u16, body: &str) -> Reply {
    let length = (body.len() + 100).to_string();
    Reply::Bytes(Reply::bytes(status, &[("content-length", length)], body.as_bytes()))
}

fn text(status: u16, kind: &str, body: &str) -> Reply {
    Reply::Answer { status, headers: vec![("content-type", kind.to_owned())], body: body.as_bytes().to_vec() }
}

type Failure = (&'static str, fn(&Received) -> Reply);

/// Ways to repeat a key.
const FAILURES: [Failure; 22] = [
    ("the answer", |_| Reply::json(200, &answer(&all(), "v", "stop"))),
    ("a part of the answer", |_| Reply::json(200, &answer(&all()[3..20], "v", "stop"))),
    ("the version", |_| Reply::json(200, &answer("Apples", &all(), "stop"))),
    ("how it ended", |_| Reply::json(200, &answer("Apples", "v", &all()))),
    ("torn by escapes", |_| {
        let torn =
            SECRETS.map(|key| format!("{}\u{1b}[0m{}\u{7}{}", &key[..6], &key[6..11], &key[11..])).join(" ");
        Reply::json(200, &answer(&torn, &torn, &torn))
    }),
    ("401", |_| Reply::json(401, &error(&all()))),
    ("403, in small letters", |_| Reply::json(403, &error(&all().to_lowercase()))),
    ("400, torn by escapes", |_| {
        Reply::json(400, &error(&SECRETS.map(|key| format!("{}\u{1b}[1m{}", &key[..7], &key[7..])).join(" ")))
    }),
    ("400, cut by the longest message", |_| {
        Reply::json(400, &error(&format!("{}{}", "x".repeat(285), all())))
    }),
    ("400, cut in the second key", |_| Reply::json(400, &error(&format!("{}{}", "x".repeat(260), all())))),
    ("401, broken off within the first key", |_| {
        broken(401, &format!("{{\"error\":{{\"message\":\"no: {}", &SECRETS[0][..20]))
    }),
    ("401, broken off within the other key", |_| broken(401, &format!("no: {}", &SECRETS[1][..20]))),
    ("200, broken off", |_| broken(200, &format!("{{\"answer\":\"{}", &all()[..50]))),
    ("500, no JSON", |_| text(500, "text/plain", &all())),
    ("500, the request", |request| {
        text(500, "text/plain", &format!("{:?} {}", request.headers, request.target))
    }),
    ("200, the request", |request| Reply::json(200, &answer(&format!("{:?}", request.headers), "v", "stop"))),
    ("200, no JSON", |_| text(200, "application/json", &format!("{{ {}", all()))),
    ("200, a page", |_| text(200, "text/html", &format!("<html><body>{}</body></html>", all()))),
    ("200, an error", |_| Reply::json(200, &error(&all()))),
    ("a redirect", |_| {
        Reply::json(307, &json!({}))
            .header("location", format!("https://{}.example/{}", SECRETS[0], SECRETS[1]))
    }),
    ("a redirect that is none", |_| Reply::json(302, &json!({})).header("location", all())),
    ("429, in headers", |_| {
        Reply::json(429, &error(&all()))
            .header("retry-after", all())
            .header("x-ratelimit-remaining-requests", all())
    }),
];

/// A crate that asks a server as every provider.
fn config(server: &Server) -> String {
    let mut text =
        "suites = [\"suites\"]\n[sampling]\nsamples = 2\nmax_samples = 2\nretries = 0\ntimeout = 20\n"
            .to_owned();
    let root = server.root();
    // What is one's own has no wire to the server's address, and stands below.
    for name in specs().into_iter().filter(|spec| spec.instead.is_none()).map(|spec| spec.name) {
        text += &format!(
            "[[model]]\nname = \"{name}\"\nprovider = \"{name}\"\nbase_url = \"{root}\"\nkey_env = \"FIRST_KEY\"\nmodel = \"m\"\n"
        );
    }
    text += &format!(
        "[[model]]\nname = \"other\"\nprovider = \"openai\"\nmodel = \"m\"\nbase_url = \"{root}\"\nkey_env = \"OTHER_KEY\"\n"
    );
    text += &format!(
        "[[model]]\nname = \"streamed\"\nprovider = \"openai\"\nmodel = \"m\"\nbase_url = \"{root}\"\nkey_env = [\"FIRST_KEY\", \"OTHER_KEY\"]\nstream = true\n"
    );
    text += "[[model]]\nname = \"program\"\nprovider = \"command\"\ncommand = [\"./says\"]\nkey_env = \"FIRST_KEY\"\n";
    text += &format!(
        "[[model]]\nname = \"service\"\nprovider = \"http\"\nkey_env = \"FIRST_KEY\"\n[model.http]\nurl = \"{root}/ask\"\nheaders = {{ authorization = \"Bearer {{key}}\", x-tenant-key = \"{}\" }}\nbody = {{ q = \"{{prompt}}\" }}\ntext = \"/answer\"\nversion = \"/model\"\n",
        SECRETS[2]
    );
    text
}

/// All files under `folder`.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Fails where a part of a secret is in what was printed, kept or reported.
fn assert_kept(what: &str, consumer: &Consumer, printed: &str, results: &Path) {
    let report = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-alignspec"));
        command.args(["alignspec", "report"]).arg(results).args(arguments).current_dir(&consumer.root);
        let output = command.output().expect("it runs");
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    };
    let mut all = vec![("the terminal".to_owned(), printed.to_owned())];
    for form in ["--markdown", "--junit", "--svg", "--json"] {
        all.push((form.to_owned(), report(&[form, "-"])));
    }
    all.push(("--annotations".to_owned(), report(&["--annotations"])));
    let folders = ["recordings", "snapshots"].map(|name| consumer.root.join(name));
    for path in folders.iter().map(PathBuf::as_path).chain([results]).flat_map(files) {
        let text = String::from_utf8_lossy(&fs::read(&path).expect("a file")).into_owned();
        all.push((path.display().to_string(), text));
    }
    for (name, text) in all {
        for secret in SECRETS {
            assert_eq!(part_of(secret, &text), None, "{what}: in {name}:\n{text}");
        }
    }
}

fn clear(consumer: &Consumer) {
    for name in ["recordings", "snapshots"] {
        let _ = fs::remove_dir_all(consumer.root.join(name));
    }
}

#[cfg(unix)]
#[test]
fn no_output_holds_a_part_of_a_key_whoever_repeats_it() {
    use std::os::unix::fs::PermissionsExt;

    let consumer = Consumer::fresh();
    consumer.file("suites/t5.toml", SUITE);
    let at = Arc::new(AtomicUsize::new(0));
    let now = Arc::clone(&at);
    let server = Server::start(move |request| FAILURES[now.load(Ordering::SeqCst)].1(request));
    consumer.config(&config(&server));
    let folder = tempfile::tempdir().expect("a folder");
    let mut asked = 0;
    for (place, (what, _)) in FAILURES.iter().enumerate() {
        clear(&consumer);
        at.store(place, Ordering::SeqCst);
        // A program says it on both of its outputs, and fails every other time.
        let says = format!(
            "#!/bin/sh\ncat > /dev/null\nprintf '%s' '{0}'\nprintf '%s\\n' '{0}' >&2\nprintf '%s' '{1}' | cut -c 1-20 >&2\nexit {2}\n",
            all(),
            SECRETS[place % 3],
            place % 2
        );
        consumer.file("says", &says);
        fs::set_permissions(consumer.root.join("says"), fs::Permissions::from_mode(0o755)).expect("set");
        let results = folder.path().join(place.to_string());
        let path = results.display().to_string();
        let variables = [("FIRST_KEY", SECRETS[0]), ("OTHER_KEY", SECRETS[1]), ("ALIGNSPEC_RESULTS", &*path)];
        let (code, out, err) = consumer.run_with(&["--nocapture"], &variables);
        assert!((0..=102).contains(&code), "{what}: {out}{err}");
        assert!(server.count() >= asked + 10, "{what}: each provider is asked: {out}{err}");
        asked = server.count();
        assert_kept(what, &consumer, &format!("{out}{err}"), &results);
    }
}

#[test]
fn no_output_holds_a_part_of_a_key_that_a_function_repeats() {
    let consumer = Consumer::fresh();
    consumer.file("suites/t5.toml", SUITE);
    let model =
        |name: &str, more: &str| format!("[[model]]\nname = \"{name}\"\nprovider = \"function\"\n{more}\n");
    consumer.config(&format!(
        "suites = [\"suites\"]\n[sampling]\nsamples = 2\nmax_samples = 2\nretries = 0\n{}{}",
        model("assistant", "key_env = \"FIRST_KEY\""),
        model("echo", "key_env = \"OTHER_KEY\"")
    ));
    let folder = tempfile::tempdir().expect("a folder");
    let keys = format!("{} and {}", SECRETS[0], SECRETS[1]);
    let cut = format!("{} {}", &SECRETS[0][..20], &SECRETS[1][5..]);
    let torn = format!("{}\u{1b}[0m{}", &SECRETS[0][..7], &SECRETS[0][7..]);
    for (place, words) in [&keys, &cut, &torn].into_iter().enumerate() {
        for kind in ["", "panic ", "fail "] {
            clear(&consumer);
            let results = folder.path().join(format!("{place}{}", kind.trim()));
            let path = results.display().to_string();
            let told = format!("{kind}{words}");
            let variables = [
                ("FIRST_KEY", SECRETS[0]),
                ("OTHER_KEY", SECRETS[1]),
                ("ALIGNSPEC_RESULTS", &*path),
                ("ANSWER", &told),
            ];
            let (_, out, err) = consumer.run_target("functions", &["--nocapture"], &variables);
            assert!(out.contains("T5 selects a >= 50%"), "{out}{err}");
            assert_kept(kind, &consumer, &format!("{out}{err}"), &results);
        }
    }
}

/// An answer of [`answer`] as Bedrock words it; any other reply as it is.
#[cfg(feature = "bedrock-sigv4")]
fn of_bedrock(reply: Reply) -> Reply {
    let Reply::Answer { status, headers, body } = reply else { return reply };
    let told: Value = serde_json::from_slice(&body).unwrap_or_default();
    let first = &told["choices"][0];
    let said = json!({
        "output": { "message": { "role": "assistant", "content": [{ "text": first["message"]["content"] }] } },
        "stopReason": first["finish_reason"],
    });
    let body = if first.is_null() { body } else { said.to_string().into_bytes() };
    Reply::Answer { status, headers, body }
}

/// In this process, since the crate of the other tests is built without the feature: what is kept, and all that
/// what is printed and reported is made of.
#[cfg(feature = "bedrock-sigv4")]
#[test]
fn no_output_holds_a_part_of_what_a_request_is_signed_with() {
    use alignspec::__testing::sample::{Mode, Sampler};

    use crate::support::{PACE, configured, recorded, task, unit};

    fn variables(name: &str) -> Option<String> {
        let names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
        let at = names.iter().position(|known| *known == name)?;
        Some(SECRETS[at].to_owned())
    }
    for (what, script) in FAILURES {
        let server = Server::start(move |request| of_bedrock(script(request)));
        let model = configured(
            Path::new("/"),
            &format!(
                "provider = \"bedrock\"\nmodel = \"m:0\"\nbase_url = \"{}\"\nsign = \"aws\"\nregion = \"us-east-1\"",
                server.root()
            ),
        );
        let (task, folder) = (task(), tempfile::tempdir().expect("a folder"));
        let sampler = Sampler::with(folder.path(), Mode::Record, PACE, variables);
        let sampled = sampler.sample(&unit(&model, &task, 1)).expect("sampled");
        let sent = server.received().remove(0);
        assert_eq!(sent.header("x-amz-security-token"), Some(SECRETS[2]), "{what}");
        assert!(sent.header("authorization").is_some_and(|signed| signed.contains(SECRETS[0])), "{what}");
        let shortfall = sampled.shortfall();
        let shown = format!("{shortfall:?} {sampled:?} {sampler:?} {model:?} {}", recorded(folder.path()));
        for secret in SECRETS {
            assert_eq!(part_of(secret, &shown), None, "{what}: {shown}");
        }
    }
}
