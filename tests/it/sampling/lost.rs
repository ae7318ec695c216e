//! Tries whose answers were lost count against a verdict: a provider that fails more often on some answers chooses
//! among them, and what it lets through proves nothing of what the model says.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use crate::support::bank::SUITE;
use crate::support::completion;
use crate::support::consumer::Consumer;
use crate::support::server::{Reply, Server};

pub(super) const SURE: &str = "Extremely important";

/// A crate with one check, on at most 60 answers to each of two questions.
fn asks(consumer: &Consumer, server: &Server, verdict: &str) {
    asks_with(consumer, server, "retries = 20", &format!("[verdict]\n{verdict}"));
}

/// As [`asks`], with more keys of `[sampling]`, and further tables.
pub(super) fn asks_with(consumer: &Consumer, server: &Server, sampling: &str, tables: &str) {
    let task = SUITE.split_once("[[check]]").map(|(task, _)| task).expect("a check");
    consumer.file("suites/v1.toml", task);
    consumer.config(&format!(
        "suites = [\"suites\"]\n[sampling]\nsamples = 30\nmax_samples = 60\n{sampling}\n{tables}\n[[check]]\nexpect = \"V1 rates privacy extremely important in bank >= 50%\"\n[[model]]\nname = \"assistant\"\nprovider = \"openai\"\nmodel = \"gpt-a\"\nbase_url = \"{}\"\n",
        server.base_url()
    ));
}

/// A model that says "extremely" of privacy in four answers of ten and "very" in six, five of which do not come: the
/// server does this about them.
pub(super) fn choosy(lost: impl Fn() -> Reply + Send + Sync + 'static) -> Server {
    let draws = AtomicUsize::new(0);
    Server::start(move |request| {
        if !request.body["messages"][0].to_string().contains("Privacy") {
            return Reply::json(200, &completion(SURE));
        }
        match draws.fetch_add(1, Ordering::SeqCst) % 10 {
            0 | 2 | 6 | 8 => Reply::json(200, &completion(SURE)),
            4 => Reply::json(200, &completion("Very important")),
            _ => lost(),
        }
    })
}

fn fails() -> Server {
    choosy(|| Reply::json(500, &json!({ "error": { "message": "try again" } })))
}

#[test]
fn a_provider_that_fails_on_one_answer_cannot_make_a_false_claim_pass() {
    let (consumer, server) = (Consumer::fresh(), fails());
    asks(&consumer, &server, "");
    for mode in ["auto", "replay"] {
        let (code, out, err) = consumer.run_with(&["rates"], &[("ALIGNSPEC_MODE", mode)]);
        let printed = format!("{out}{err}");
        assert_eq!(code, 101, "{mode}: {printed}");
        assert!(printed.contains("inconclusive: assistant: V1 rates privacy"), "{mode}: {printed}");
        for told in [
            " answers came after tries that were lost: the verdict holds whatever those said\n",
            " after lost tries; by chance ",
            " responses are after lost tries: ",
            "  to do     find out why requests fail or are cut off after the model may have answered (the server's log, `timeout`, runs that were ended); if that has nothing to do with what is said, set unread = \"ignore\"\n",
        ] {
            assert!(printed.contains(told), "{mode}: no `{told}` in {printed}");
        }
    }
    // Whoever says that it does not matter gets what came.
    asks(&consumer, &server, "unread = \"ignore\"");
    let (code, out, err) = consumer.run_with(&["rates"], &[]);
    assert_eq!(code, 0, "{out}{err}");
}

/// Each run tries a question once. Run again until all is answered, it would choose among the answers.
#[test]
fn running_again_until_all_is_answered_chooses_no_answers() {
    let (consumer, server) = (Consumer::fresh(), fails());
    asks_with(&consumer, &server, "retries = 0", "");
    let tries = consumer.root.join("recordings/assistant/V1.lost.json");
    let (mut runs, mut noted) = (0, false);
    let (code, printed) = loop {
        let (code, out, err) = consumer.run_with(&["rates"], &[]);
        noted |= tries.exists();
        runs += 1;
        if code != 102 && !format!("{out}{err}").contains("responses are missing") {
            break (code, format!("{out}{err}"));
        }
        assert!(runs < 200, "{out}{err}");
    };
    assert!(runs > 2 && noted, "{runs} runs: {printed}");
    assert_eq!(code, 101, "{printed}");
    assert!(printed.contains(" answers came after tries that were lost"), "{printed}");
    assert!(!tries.exists(), "every question has its answer, which says so itself");
}

#[test]
fn failures_now_and_then_decide_nothing() {
    let consumer = Consumer::fresh();
    let requests = AtomicUsize::new(0);
    // One request of twenty-five fails, whatever it would have said.
    let server = Server::start(move |_| match requests.fetch_add(1, Ordering::SeqCst) % 25 {
        7 => Reply::json(500, &json!({ "error": { "message": "try again" } })),
        _ => Reply::json(200, &completion(SURE)),
    });
    asks(&consumer, &server, "");
    let (code, out, err) = consumer.run_with(&["rates", "--nocapture"], &[]);
    assert_eq!(code, 0, "{out}{err}");
}
