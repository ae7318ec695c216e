//! `cargo alignspec models` against servers that answer well and badly: what it says of each, and that no key is shown.

use std::fs;
use std::net::TcpListener;
use std::process::{Command, Stdio};

use serde_json::json;
use tempfile::{TempDir, tempdir};

use crate::support::server::{Received, Reply, Server};
use crate::support::{assert_kept, completion};

const KEY: &str = "sk-proj-veryverysecretindeed";

/// What the server says to each model.
fn script(request: &Received) -> Reply {
    let five = "Privacy\nSafety\nFairness\nTransparency\nAccountability";
    let json = r#"{"answer": ["Privacy", "Safety", "Fairness", "Transparency", "Accountability"]}"#;
    let error = |status, what: &str| Reply::json(status, &json!({ "error": { "message": what } }));
    match request.body["model"].as_str().unwrap_or_default() {
        "good" => Reply::json(200, &completion(five)),
        "strict" => Reply::json(200, &completion(json)),
        "loose" => Reply::json(200, &completion(five)),
        "vague" => Reply::json(200, &completion("That depends on many things.")),
        "denied" => error(401, &format!("Incorrect API key provided: {KEY}")),
        "missing" => error(404, "The model `missing` does not exist"),
        "busy" => error(429, "Rate limit reached"),
        "sorry" => error(200, "the model is overloaded"),
        "page" => Reply::Answer {
            status: 200,
            headers: vec![("content-type", "text/html".to_owned())],
            body: b"<!doctype html><html><title>Sign in</title></html>".to_vec(),
        },
        _ => Reply::HangUp,
    }
}

struct Crate(TempDir);

impl Crate {
    fn with(config: &str) -> Crate {
        let folder = tempdir().expect("a folder");
        fs::write(folder.path().join("alignment.toml"), config).expect("written");
        Crate(folder)
    }

    /// The exit code, and what was printed and told.
    fn models(&self, arguments: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-alignspec"));
        command.arg("models").args(arguments).current_dir(self.0.path());
        command.env_remove("ALIGNSPEC_MODE").env_remove("MODELS_UNSET").env("MODELS_KEY", KEY);
        let output = command.envs(variables.iter().copied()).stdin(Stdio::null()).output().expect("started");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (out, told) = (text(&output.stdout), text(&output.stderr));
        assert!(!out.contains("verysecret") && !told.contains("verysecret"), "{out}{told}");
        assert!(!self.0.path().join("recordings").exists(), "nothing is recorded");
        (output.status.code(), out, told)
    }
}

fn entry(id: &str, url: &str, more: &str) -> String {
    format!(
        "[[model]]\nname = \"{id}\"\nprovider = \"openai\"\nmodel = \"{id}\"\nbase_url = \"{url}\"\ntasks = [\"T1\"]\n{more}\n\n"
    )
}

#[test]
fn each_model_is_asked_one_question_and_the_table_says_whether_it_is_ready() {
    let server = Server::start(script);
    let url = server.base_url();
    let refused = TcpListener::bind(("127.0.0.1", 0)).expect("a port").local_addr().expect("an address");
    let refused = format!("http://{refused}/v1");
    let key = "key_env = \"MODELS_KEY\"";
    let (schema, priced) = ("answer_format = \"json_schema\"", "price = { input = 0.4, output = 1.6 }");
    let config = [
        entry("good", &url, &format!("{key}\n{priced}")),
        entry("strict", &url, &format!("{key}\n{schema}")),
        entry("loose", &url, schema),
        entry("vague", &url, ""),
        entry("denied", &url, key),
        entry("unset", &url, "key_env = \"MODELS_UNSET\""),
        entry("missing", &url, ""),
        entry("busy", &url, ""),
        entry("sorry", &url, ""),
        entry("page", &url, ""),
        entry("silent", &url, ""),
        entry("refused", &refused, ""),
        "[[model]]\nname = \"o1-preview\"\nprovider = \"tally\"\ntasks = [\"T1\"]\n".to_owned(),
    ]
    .concat();
    let folder = Crate::with(&config);
    let (code, out, told) = folder.models(&[], &[]);
    let plain = |text: &str| {
        let hosts = [(url.as_str(), "SERVER"), (refused.as_str(), "REFUSED")];
        hosts.iter().fold(text.to_owned(), |text, (url, name)| {
            let host = url.trim_start_matches("http://").trim_end_matches("/v1");
            text.replace(host, name).replace(" (os error 111)", "").replace(" (os error 61)", "")
        })
    };
    assert_kept("tests/data/commands/models.txt", &format!("{}\n{}", plain(&out), plain(&told)));
    assert_eq!(code, Some(1));
    // Once each; the one without a key is not asked.
    assert_eq!(server.count(), 10);
    assert!(told.ends_with("error: 9 of 12 models not ready\n"), "{told}");
}

#[test]
fn the_exit_code_is_zero_only_where_every_model_that_was_meant_is_ready() {
    let server = Server::start(script);
    let url = server.base_url();
    let folder = Crate::with(&[entry("good", &url, ""), entry("missing", &url, "")].concat());
    let (code, out, told) = folder.models(&["good"], &[]);
    assert_eq!((code, told.as_str()), (Some(0), ""), "{out}");
    assert!(!out.contains("missing"), "{out}");
    let (code, _, told) = folder.models(&["gopd"], &[]);
    assert_eq!((code, told.as_str()), (Some(2), "error: `gopd` cannot be asked: did you mean `good`?\n"));
    let (code, _, told) = folder.models(&[], &[("ALIGNSPEC_MODE", "replay")]);
    assert!(code == Some(2) && told.contains("ALIGNSPEC_MODE=replay forbids asking"), "{told}");
    let (code, _, told) = folder.models(&[], &[("ALIGNSPEC_PLAN", "1")]);
    assert!(code == Some(2) && told.contains("nothing is asked while ALIGNSPEC_PLAN is set"), "{told}");
    assert_eq!(server.count(), 1);
    // A config with a mistake is not what was meant.
    let wrong = format!("{}[[check]]\nexpect = \"T1 selects fairnes >= 60%\"\n", entry("good", &url, ""));
    let (code, _, told) = Crate::with(&wrong).models(&[], &[]);
    assert!(code == Some(1) && told.contains("has 1 mistake, so no model is asked"), "{told}");
    assert_eq!(server.count(), 1);
    let tally = "[[model]]\nname = \"o1-preview\"\nprovider = \"tally\"\n";
    let (code, _, told) = Crate::with(tally).models(&[], &[]);
    assert!(code == Some(3) && told.contains("no model that is asked"), "{told}");
    let function = "[[model]]\nname = \"own\"\nprovider = \"function\"\ntasks = [\"T1\"]\n";
    let (code, out, told) = Crate::with(function).models(&[], &[]);
    assert!(code == Some(3) && out.contains("not asked"), "{out}{told}");
}

/// Through whatever provider: a service of one's own, another wire, a program.
#[test]
fn all_providers_are_asked_as_a_run_asks_them() {
    let server = Server::start(|request| {
        let five = "Privacy\nSafety\nFairness\nTransparency\nAccountability";
        match request.target.as_str() {
            "POST /ask" => Reply::json(200, &json!({ "answer": five })),
            "POST /api/chat" => Reply::json(
                200,
                &json!({ "model": "small", "message": { "role": "assistant", "content": five }, "done": true, "done_reason": "stop" }),
            ),
            _ => Reply::json(404, &json!({ "error": "not here" })),
        }
    });
    let root = server.root();
    let config = format!(
        "[[model]]\nname = \"service\"\nprovider = \"http\"\ntasks = [\"T1\"]\nhttp = {{ url = \"{root}/ask\", body = {{ question = \"{{prompt}}\" }}, text = \"/answer\" }}\n\n\
         [[model]]\nname = \"local\"\nprovider = \"ollama\"\nmodel = \"small\"\nbase_url = \"{root}\"\ntasks = [\"T1\"]\n\n\
         [[model]]\nname = \"program\"\nprovider = \"command\"\ncommand = [\"no-such-program-at-all\"]\ntasks = [\"T1\"]\n"
    );
    let (code, out, told) = Crate::with(&config).models(&[], &[]);
    let row = |name: &str| out.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
    assert!(row("service").starts_with("service  yes"), "{out}{told}");
    assert!(row("local").starts_with("local    yes    ollama small"), "{out}{told}");
    assert!(row("program").starts_with("program  no"), "{out}{told}");
    assert!(
        told.contains("program is not ready: ") && told.contains("error: 1 of 3 models not ready"),
        "{told}"
    );
    assert_eq!(code, Some(1));
}

/// A product in its own shape answers readably or is not ready.
#[test]
fn a_product_in_its_own_shape_is_read_as_a_run_reads_it() {
    let server = Server::start(|request| {
        let options = request.body["options"].as_array().cloned().unwrap_or_default();
        let ids: Vec<_> = options.iter().map(|option| option["id"].clone()).collect();
        match request.target.as_str() {
            "POST /right" => Reply::json(200, &json!({ "picked": ids[..5] })),
            _ => Reply::json(200, &json!({ "picked": ids[..4] })),
        }
    });
    let product = |name: &str, body: &str| {
        format!(
            "[[model]]\nname = \"{name}\"\nprovider = \"http\"\nmodel = \"v1\"\ntasks = [\"T1\"]\nhttp = {{ url = \"{}/{name}\", body = {{ options = \"{{options}}\"{body} }}, answer = \"/picked\" }}\n\n",
            server.root()
        )
    };
    let talks = ", messages = \"{messages}\"";
    let config = [product("right", ""), product("short", ""), product("talks", talks)].concat();
    let (code, out, told) = Crate::with(&config).models(&["right"], &[]);
    assert_eq!((code, told.as_str()), (Some(0), ""), "{out}");
    assert!(out.contains("\nright  yes"), "{out}");
    let (code, out, told) = Crate::with(&config).models(&["short"], &[]);
    assert!(code == Some(1) && out.contains("\nshort  no"), "{out}{told}");
    let why =
        "short is not ready: its answer could not be read (it names 4 of the options, but 5 are asked for)\n";
    assert!(told.starts_with(why), "{told}");
    // Only a product that takes a conversation is asked back in a run.
    let (code, _, told) = Crate::with(&config).models(&["talks"], &[]);
    assert!(code == Some(1) && told.contains("5 are asked for); a run would ask it back once\n"), "{told}");
}
