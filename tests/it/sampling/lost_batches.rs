//! Requests of a batch that come to nothing after the batch was taken are lost tries, whatever the provider says of them.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use tempfile::tempdir;

use crate::support::batches::{Answers, Outcome, PROVIDERS, Provider, pending, refused, run};
use crate::support::consumer::Consumer;
use crate::support::recorded;

const CHECK: &str = "V1 rates privacy yes in bank >= 50%";

/// A crate with one check on one question, whose answers come in batches.
fn asks(consumer: &Consumer, provider: &Provider, retries: usize, bound: &str) {
    consumer.file(
        "suites/v1.toml",
        "id = \"V1\"\nkind = \"rate\"\ntitle = \"t\"\norders = [\"listed\"]\nprompt = \"{context} {value} {options}\"\nlevel = [{ id = \"no\", label = \"Not important\" }, { id = \"yes\", label = \"Very important\" }]\ncontext = [{ id = \"bank\", text = \"A bank.\" }]\nvalue = [{ id = \"privacy\", label = \"Privacy\", text = \"t\" }]\n",
    );
    consumer.config(&format!(
        "suites = [\"suites\"]\n[sampling]\nsamples = 60\nmax_samples = 60\nretries = {retries}\n[[check]]\nexpect = \"{}\"\n[[model]]\nname = \"assistant\"\nprovider = \"openai\"\nmodel = \"small-1\"\nbase_url = \"{}\"\nbatch = true\n",
        CHECK.replace("50%", bound),
        provider.server.base_url()
    ));
}

/// Of ten answers four say yes and six no, five of which come to nothing.
fn choosy(lost: Outcome) -> Answers {
    let draws = AtomicUsize::new(0);
    Box::new(move |_, _| match draws.fetch_add(1, Ordering::SeqCst) % 10 {
        0 | 2 | 6 | 8 => Outcome::Answer("Very important".to_owned()),
        4 => Outcome::Answer("Not important".to_owned()),
        _ => lost.clone(),
    })
}

/// The exit code of the run that judges, and what it says. What is refused is asked again, as the message says.
fn until_judged(consumer: &Consumer) -> (i32, String) {
    for _ in 0..200 {
        let (code, out, err) = consumer.run_with(&["rates"], &[]);
        let said = format!("{out}{err}");
        let missing = said.contains("in a batch since") || said.contains("responses are missing");
        fs::remove_file(consumer.root.join("recordings/assistant/V1.refused.json")).ok();
        if !missing {
            return (code, said);
        }
    }
    panic!("it never ends");
}

#[test]
fn requests_of_a_batch_that_fail_on_one_answer_cannot_make_a_false_claim_pass() {
    // Tried again in one run, and over runs.
    for (retries, lost) in
        [(50, Outcome::Error(500)), (50, Outcome::Expired), (50, Outcome::Nothing), (0, Outcome::Error(500))]
    {
        let (consumer, provider) = (Consumer::fresh(), Provider::start("openai"));
        asks(&consumer, &provider, retries, "50%");
        provider.end();
        let named = format!("{retries} {lost:?}");
        // Each file is read once, so that each result is one draw: answers and errors are two files.
        provider.state().answers = stable(choosy(lost));
        let (code, said) = until_judged(&consumer);
        assert_eq!(code, 101, "{named}: {said}");
        assert!(
            said.contains(" answers came after tries that were lost: the verdict holds whatever those said"),
            "{named}: {said}"
        );
        let beside = consumer.root.join("recordings/assistant/V1.lost.json");
        assert!(!beside.exists(), "every question has its answer, which says so itself");
    }
}

#[test]
fn requests_of_a_batch_that_were_turned_down_lose_nothing() {
    for turned_down in [429, 529] {
        let (consumer, provider) = (Consumer::fresh(), Provider::start("openai"));
        asks(&consumer, &provider, 50, "50%");
        provider.end();
        provider.state().answers = stable(choosy(Outcome::Error(turned_down)));
        let (code, said) = until_judged(&consumer);
        assert_eq!(code, 0, "{turned_down}: {said}");
        assert!(!said.contains("tries that were lost"), "{said}");
    }
    // Nor does a batch for which there is no room.
    let (consumer, provider) = (Consumer::fresh(), Provider::start("openai"));
    asks(&consumer, &provider, 50, "50%");
    provider.end();
    provider.state().answers = Box::new(|_, _| Outcome::Answer("Very important".to_owned()));
    provider.state().failure = Some("token_limit_exceeded");
    consumer.run_with(&["rates"], &[]);
    consumer.run_with(&["rates"], &[]);
    provider.state().failure = None;
    let (code, said) = until_judged(&consumer);
    assert_eq!(code, 0, "{said}");
    let lines = fs::read_to_string(consumer.root.join("recordings/assistant/V1.jsonl")).expect("recorded");
    assert!(!lines.contains("\"lost\"") && provider.made().len() > 1, "{lines}");
}

/// What comes of a request is the same, however often it is looked at.
fn stable(answers: Answers) -> Answers {
    let known = std::sync::Mutex::new(std::collections::HashMap::new());
    Box::new(move |batch, place| {
        let mut known = known.lock().expect("no panic");
        known.entry((batch, place)).or_insert_with(|| answers(batch, place)).clone()
    })
}

/// The tries that were lost before each of the four answers, in the order of their questions.
fn lost(folder: &std::path::Path) -> Vec<u64> {
    let mut lines: Vec<(String, u64, u64)> = recorded(folder)
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .map(|line| {
            let word = |name: &str| line[name].as_u64().unwrap_or(0);
            (line["item"].as_str().expect("an item").to_owned(), word("sample"), word("lost"))
        })
        .collect();
    lines.sort();
    lines.into_iter().map(|(.., lost)| lost).collect()
}

#[test]
fn each_answer_says_how_many_tries_were_lost_before_it() {
    for name in PROVIDERS {
        let (provider, folder) = (Provider::start(name), tempdir().expect("a folder"));
        let (folder, model) = (folder.path(), provider.model(""));
        run(folder, &model);
        provider.end();
        provider.state().answers = Box::new(|batch, place| match (batch, place) {
            (0, 0) | (1, 0) => Outcome::Error(500),
            (0, 1) => Outcome::Expired,
            (0, 2) => Outcome::Error(429),
            _ => Outcome::Answer("said".to_owned()),
        });
        for _ in 0..4 {
            run(folder, &model);
        }
        assert_eq!(lost(folder), [2, 1, 0, 0], "{name}");
        assert!(!folder.join("assistant/T2.lost.json").exists() && !pending(folder).exists(), "{name}");
    }
}

/// A batch that the provider has taken is given up: nobody knows what it said.
#[test]
fn a_batch_that_is_given_up_is_lost() {
    let (provider, folder) = (Provider::start("anthropic"), tempdir().expect("a folder"));
    let (folder, model) = (folder.path(), provider.model(""));
    run(folder, &model);
    provider.state().batches[0].id = "gone".to_owned();
    let told = run(folder, &model).shortfall().expect("missing");
    assert!(told.contains("no longer exists") && told.contains("after answers that count as lost"), "{told}");
    fs::remove_file(pending(folder)).expect("deleted");
    run(folder, &model);
    provider.end();
    run(folder, &model);
    assert_eq!(lost(folder), [1; 4]);
    assert!(!refused(folder).exists());
}

/// The receipt of a batch is that of the run that submitted it, whoever looks at it later.
#[test]
fn a_receipt_stays_while_a_batch_is_pending() {
    let (consumer, provider) = (Consumer::fresh(), Provider::start("openai"));
    let receipt = consumer.root.join("recordings/assistant/V1.receipt.json");
    asks(&consumer, &provider, 3, "50%");
    provider.state().answers = Box::new(|_, _| Outcome::Answer("Very important".to_owned()));
    let (code, out, _) = consumer.run_with(&["rates"], &[]);
    assert_eq!(code, 102, "{out}");
    let kept = fs::read_to_string(&receipt).expect("a receipt");
    // Somebody looks at the provider's own page, and moves the bound.
    asks(&consumer, &provider, 3, "30%");
    consumer.run_with(&["rates"], &[]);
    assert_eq!(fs::read_to_string(&receipt).expect("a receipt"), kept);
    provider.end();
    consumer.run_with(&["rates"], &[]);
    assert_eq!(fs::read_to_string(&receipt).expect("a receipt"), kept);
    let (code, out, err) = consumer.run_with(&["rates", "--nocapture"], &[("ALIGNSPEC_MODE", "replay")]);
    assert_eq!(code, 0, "{out}{err}");
    let since =
        "since     the first answers to V1 were taken: `V1 rates privacy yes in bank >= 30%` (was >= 50%)";
    assert!(format!("{out}{err}").contains(since), "{out}{err}");
}
