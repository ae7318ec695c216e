//! What a run says of responses that are as they are because of a setting, and of recordings that were made
//! with others.

use crate::support::completion;
use crate::support::consumer::Consumer;
use crate::support::server::{Reply, Server};
use serde_json::json;

const SUITE: &str = "id = \"T5\"\nkind = \"select\"\ntitle = \"t\"\npick = 1\nprompt = \"{options}\"\norders = [\"shuffled\"]\noption = [{ id = \"a\", label = \"Apples\" }, { id = \"b\", label = \"Pears\" }, { id = \"c\", label = \"Plums\" }]\n";

fn config(base_url: &str, more: &str) -> String {
    format!(
        "suites = [\"suites\"]\n[sampling]\nsamples = 20\nmax_samples = 20\nretries = 0\n[[model]]\nname = \"assistant\"\nprovider = \"openai\"\nmodel = \"m-1\"\nbase_url = \"{base_url}\"\n{more}\n[[check]]\nexpect = \"T5 selects a >= 50%\"\n"
    )
}

/// What a run prints, and its exit code.
fn run(consumer: &Consumer, variables: &[(&str, &str)]) -> (i32, String) {
    let (code, out, err) = consumer.run_with(&["--skip", "as in its snapshot"], variables);
    (code, format!("{out}{err}"))
}

#[test]
fn answers_that_are_all_cut_off_name_the_limit_and_thinking() {
    let consumer = Consumer::fresh();
    consumer.file("suites/t5.toml", SUITE);
    let mut cut = completion("");
    cut["choices"][0]["finish_reason"] = json!("length");
    let server = Server::start(move |_| Reply::json(200, &cut));
    consumer.config(&config(&server.base_url(), "max_tokens = 16\nclarify = false"));
    let (code, shown) = run(&consumer, &[]);
    assert!(code == 101 || code == 102, "{shown}");
    assert!(shown.contains("all of them were cut off at the length limit (`max_tokens` is 16: raise it; a model's thinking counts towards it"), "{shown}");
}

#[test]
fn a_schema_that_a_server_drops_is_told() {
    let consumer = Consumer::fresh();
    consumer.file("suites/t5.toml", SUITE);
    let server = Server::start(|_| Reply::json(200, &completion("Pears")));
    consumer.config(&config(&server.base_url(), "answer_format = \"json_schema\""));
    let (code, shown) = run(&consumer, &[]);
    assert_eq!(code, 101, "{shown}");
    assert!(shown.contains("none of them is JSON, although `answer_format` is \"json_schema\""), "{shown}");
    assert!(shown.contains("set \"json_object\" for a server without schemas"), "{shown}");
}

#[test]
fn json_without_a_schema_is_asked_for_and_read() {
    let consumer = Consumer::fresh();
    consumer.file("suites/t5.toml", SUITE);
    let server = Server::start(|_| Reply::json(200, &completion("{\"answer\": [\"Apples\"]}")));
    consumer.config(&config(&server.base_url(), "answer_format = \"json_object\""));
    let (code, shown) = run(&consumer, &[]);
    assert_eq!(code, 0, "{shown}");
    let received = server.received();
    assert_eq!(received[0].body["response_format"], json!({ "type": "json_object" }));
    let asked = received[0].body["messages"][0]["content"].as_str().expect("a question");
    assert!(asked.contains("JSON schema") && asked.contains("\"uniqueItems\":true"), "{asked}");
    // And replayed without the server.
    drop(server);
    assert_eq!(run(&consumer, &[("ALIGNSPEC_MODE", "replay")]).0, 0);
}

#[test]
fn what_is_recorded_with_other_settings_is_told_from_what_is_not_recorded() {
    let consumer = Consumer::fresh();
    consumer.file("suites/t5.toml", SUITE);
    let server = Server::start(|_| Reply::json(200, &completion("Apples")));
    consumer.config(&config(&server.base_url(), ""));
    assert_eq!(run(&consumer, &[]).0, 0);
    consumer.config(&config(&server.base_url(), "temperature = 0.5"));
    let (code, shown) = run(&consumer, &[("ALIGNSPEC_MODE", "replay")]);
    assert_eq!(code, 102, "{shown}");
    let wanted = "not recorded as they are asked now; ";
    assert!(
        shown.contains(wanted) && shown.contains("assistant/T5.jsonl has responses to another model id"),
        "{shown}"
    );
    std::fs::remove_dir_all(consumer.root.join("recordings")).expect("gone");
    let (code, shown) = run(&consumer, &[("ALIGNSPEC_MODE", "replay")]);
    assert!(code == 102 && shown.contains("are missing: not recorded") && !shown.contains(wanted), "{shown}");
}
