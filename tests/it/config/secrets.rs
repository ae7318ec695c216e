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
use alignspec::__testing::provider::specs;
use serde_json::{Value, json};

/// Of most models; of one other; and one that stands in the config itself, in a header.
const SECRETS: [&str; 3] = ["sk-proj-Zx81Qw9aLm2nPk70", "AIzaSy7Hd-92kLmQ04vTx_8", "Lit4Jq7Wz2Xk9Rb5"];

const SUITE: &str = "id = \"T5\"\nkind = \"select\"\ntitle = \"t\"\npick = 1\nprompt = \"{options}\"\norders = [\"shuffled\"]\noption = [{ id = \"a\", label = \"Apples\" }, { id = \"b\", label = \"Pears\" }]\n[[check]]\nexpect = \"T5 selects a >= 50%\"\n";

/// All secrets, as somebody would repeat them.
fn all() -> String {
    format!("{} and {} and {}", SECRETS[0], SECRETS[1], SECRETS[2])
}

/// Makes the body of an answer: what was said, by which version, and why it ended.
type Answer<'a> = &'a dyn Fn(&str, &str, &str) -> Value;

/// The body of an answer as this provider words it, from its own file; or as the service of `config` does.
fn answer(provider: &str, said: &str, version: &str, end: &str) -> Value {
    let spec = specs().into_iter().find(|spec| spec.name == provider && !spec.answer.is_empty());
    let template = spec.map_or(SERVICE, |spec| spec.answer);
    let filled = |word: &str| json!(word).to_string();
    let body = [("TEXT", said), ("VERSION", version), ("END", end)]
        .into_iter()
        .fold(template.to_owned(), |body, (place, word)| {
            body.replace(&format!("\"{place}\""), &filled(word))
        });
    serde_json::from_str(&body).unwrap_or_else(|error| panic!("the `answer` of {provider}: {error}"))
}

const SERVICE: &str = r#"{"answer":"TEXT","model":"VERSION"}"#;

/// The provider that a request is for: the first part of its path.
fn provider(request: &Received) -> &str {
    request.target.split('/').nth(1).unwrap_or_default()
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

type Failure = (&'static str, fn(&Received, Answer<'_>) -> Reply);

/// An answer that repeats no key: each provider's is read.
const PLAIN: &str = "a plain answer";

/// Ways to repeat a key, after an answer that repeats none.
const FAILURES: [Failure; 23] = [
    (PLAIN, |_, answer| Reply::json(200, &answer("Apples", "v", "stop"))),
    ("the answer", |_, answer| Reply::json(200, &answer(&all(), "v", "stop"))),
    ("a part of the answer", |_, answer| Reply::json(200, &answer(&all()[3..20], "v", "stop"))),
    ("the version", |_, answer| Reply::json(200, &answer("Apples", &all(), "stop"))),
    ("how it ended", |_, answer| Reply::json(200, &answer("Apples", "v", &all()))),
    ("torn by escapes", |_, answer| {
        let torn =
            SECRETS.map(|key| format!("{}\u{1b}[0m{}\u{7}{}", &key[..6], &key[6..11], &key[11..])).join(" ");
        Reply::json(200, &answer(&torn, &torn, &torn))
    }),
    ("401", |_, _| Reply::json(401, &error(&all()))),
    ("403, in small letters", |_, _| Reply::json(403, &error(&all().to_lowercase()))),
    ("400, torn by escapes", |_, _| {
        Reply::json(400, &error(&SECRETS.map(|key| format!("{}\u{1b}[1m{}", &key[..7], &key[7..])).join(" ")))
    }),
    ("400, cut by the longest message", |_, _| {
        Reply::json(400, &error(&format!("{}{}", "x".repeat(285), all())))
    }),
    ("400, cut in the second key", |_, _| Reply::json(400, &error(&format!("{}{}", "x".repeat(260), all())))),
    ("401, broken off within the first key", |_, _| {
        broken(401, &format!("{{\"error\":{{\"message\":\"no: {}", &SECRETS[0][..20]))
    }),
    ("401, broken off within the other key", |_, _| broken(401, &format!("no: {}", &SECRETS[1][..20]))),
    ("200, broken off", |_, _| broken(200, &format!("{{\"answer\":\"{}", &all()[..50]))),
    ("500, no JSON", |_, _| text(500, "text/plain", &all())),
    ("500, the request", |request, _| {
        text(500, "text/plain", &format!("{:?} {}", request.headers, request.target))
    }),
    ("200, the request", |request, answer| {
        Reply::json(200, &answer(&format!("{:?}", request.headers), "v", "stop"))
    }),
    ("200, no JSON", |_, _| text(200, "application/json", &format!("{{ {}", all()))),
    ("200, a page", |_, _| text(200, "text/html", &format!("<html><body>{}</body></html>", all()))),
    ("200, an error", |_, _| Reply::json(200, &error(&all()))),
    ("a redirect", |_, _| {
        Reply::json(307, &json!({}))
            .header("location", format!("https://{}.example/{}", SECRETS[0], SECRETS[1]))
    }),
    ("a redirect that is none", |_, _| Reply::json(302, &json!({})).header("location", all())),
    ("429, in headers", |_, _| {
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
            "[[model]]\nname = \"{name}\"\nprovider = \"{name}\"\nbase_url = \"{root}/{name}\"\nkey_env = \"FIRST_KEY\"\nmodel = \"m\"\n"
        );
    }
    text += &format!(
        "[[model]]\nname = \"other\"\nprovider = \"openai\"\nmodel = \"m\"\nbase_url = \"{root}/openai\"\nkey_env = \"OTHER_KEY\"\n"
    );
    text += &format!(
        "[[model]]\nname = \"streamed\"\nprovider = \"openai\"\nmodel = \"m\"\nbase_url = \"{root}/openai\"\nkey_env = [\"FIRST_KEY\", \"OTHER_KEY\"]\nstream = true\n"
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

/// All ways to get a report, as its command line lists them: into a file, which is standard output here, or by a
/// switch.
fn report_formats() -> Vec<Vec<String>> {
    let program = alignspec::__testing::cli::command();
    let report = program.find_subcommand("report").expect("a command");
    let formats = report.get_arguments().filter_map(|argument| {
        let option = format!("--{}", argument.get_long()?);
        let into_file =
            argument.get_value_names().is_some_and(|names| names.iter().any(|name| name == "FILE"));
        match argument.get_action().takes_values() {
            true => into_file.then(|| vec![option, "-".to_owned()]),
            false => Some(vec![option]),
        }
    });
    formats.collect()
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
    for format in report_formats() {
        all.push((format.join(" "), report(&format.iter().map(String::as_str).collect::<Vec<_>>())));
    }
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
    let server = Server::start(move |request| {
        let answer = |said: &str, version: &str, end: &str| answer(provider(request), said, version, end);
        FAILURES[now.load(Ordering::SeqCst)].1(request, &answer)
    });
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
        for spec in specs().into_iter().filter(|spec| spec.instead.is_none() && *what == PLAIN) {
            let path = consumer.root.join(format!("recordings/{}/T5.jsonl", spec.name));
            let recorded = fs::read_to_string(path).unwrap_or_default();
            assert!(recorded.contains("Apples"), "the `answer` of {spec:?} is read: {out}{err}");
        }
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
        let server = Server::start(move |request| {
            script(request, &|said, version, end| answer("bedrock", said, version, end))
        });
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
