//! Copies: a cache that gives one response again and again is no sample. Where ids or headers prove it there is no
//! verdict; where only long texts suggest it, a warning; and a model that is sure is not suspected.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::support::bank::SUITE;
use crate::support::completion;
use crate::support::consumer::Consumer;
use crate::support::server::{Received, Reply, Server};

const SURE: &str = "Extremely important";

/// An id as providers draw them, of this number.
fn id(number: usize) -> String {
    format!("chatcmpl-{number:024}")
}

fn answer(text: &str, id: &str) -> Value {
    let mut body = completion(text);
    body["id"] = json!(id);
    body
}

/// A crate with one check, `V1 rates privacy extremely important in bank >= 50%`, on 20 answers to each of two
/// questions at most.
fn asks(consumer: &Consumer, server: &Server, more: &str) {
    let check = SUITE.split_once("[[check]]").map(|(task, _)| task).expect("a check");
    consumer.file("suites/v1.toml", check);
    consumer.config(&format!(
        "suites = [\"suites\"]\n[sampling]\nsamples = 20\nmax_samples = 20\n{more}\n[[check]]\nexpect = \"V1 rates privacy extremely important in bank >= 50%\"\n[[model]]\nname = \"assistant\"\nprovider = \"openai\"\nmodel = \"gpt-a\"\nbase_url = \"{}\"\n",
        server.base_url()
    ));
}

/// What a cache gives: the first response to each prompt, id and all.
fn cache() -> impl Fn(&Received) -> Reply + Send + Sync + 'static {
    let kept: Mutex<HashMap<String, Value>> = Mutex::default();
    move |request| {
        let mut kept = kept.lock().expect("no panic");
        let prompt = request.body["messages"].to_string();
        Reply::json(200, kept.entry(prompt).or_insert_with(|| answer(SURE, &id(request.number))))
    }
}

/// With `#` in place of each number: how many answers a look has is not what these tests are about.
fn masked(text: &str) -> String {
    let mut masked = String::new();
    for c in text.chars() {
        match c.is_ascii_digit() {
            true if masked.ends_with('#') => {}
            true => masked.push('#'),
            false => masked.push(c),
        }
    }
    masked
}

/// The lines about copies, of all that a run prints.
fn about_copies(printed: &str) -> Vec<&str> {
    printed
        .lines()
        .filter(|line| line.contains(" with the id of ") || line.contains("hardly repeat"))
        .collect()
}

#[test]
fn a_cache_that_gives_one_response_to_all_gets_no_verdict() {
    let consumer = Consumer::fresh();
    let server = Server::start(cache());
    // Undecided checks may pass here, and copies all the same do not.
    asks(&consumer, &server, "[verdict]\ninconclusive = \"ignore\"\n");
    let (code, out, err) = consumer.run_with(&["rates"], &[]);
    assert_eq!(code, 101, "{out}\n{err}");
    let wanted = "inconclusive: assistant: V1 rates privacy extremely important in bank >= 50%\n  V1: 10 of 12 answers are copies of others (10 with the id of another response, which is therefore the same one), which leaves 2 answers; with more than 5 % copies there is no verdict: switch off the cache between here and the model (its `headers` in alignment.toml can ask for that), delete the recording assistant/V1.jsonl and run again; if the product is meant to give one answer, ask once: samples = { V1 = 1 }";
    assert!(masked(&out).contains(&masked(wanted)), "{out}");
    // The recording says so, too: nothing is asked.
    let asked = server.count();
    let (code, out, _) = consumer.run_with(&["rates"], &[("ALIGNSPEC_MODE", "replay")]);
    assert_eq!((code, server.count()), (101, asked), "{out}");
    assert!(masked(&out).contains(&masked(wanted)), "{out}");
}

#[test]
fn a_header_of_a_cache_proves_it_without_ids() {
    for (name, first, later) in [
        ("cf-aig-cache-status", "MISS", "HIT"),
        ("x-portkey-cache-status", "MISS", "SEMANTIC HIT"),
        ("age", "0", "7"),
    ] {
        let consumer = Consumer::fresh();
        let server = Server::start(move |request| {
            let status = if request.number < 2 { first } else { later };
            Reply::json(200, &completion(SURE)).header(name, status)
        });
        asks(&consumer, &server, "");
        let (code, out, err) = consumer.run_with(&["rates"], &[]);
        assert_eq!(code, 101, "{name}: {out}\n{err}");
        assert!(out.contains("with a header that says that a cache had it), which leaves"), "{name}: {out}");
    }
}

#[test]
fn who_is_sure_is_not_suspected_and_ids_that_tell_nothing_prove_nothing() {
    type Id = fn(usize) -> String;
    let ids: [(&str, Id); 4] = [
        ("one for each", id),
        ("few", |number| format!("chatcmpl-{}", number % 3)),
        ("none", |_| String::new()),
        ("one for all", |_| id(7)),
    ];
    for (case, id) in ids {
        let consumer = Consumer::fresh();
        let server = Server::start(move |request| {
            let privacy = request.body["messages"][0].to_string().contains("Privacy");
            Reply::json(200, &answer(if privacy { SURE } else { "Very important" }, &id(request.number)))
        });
        asks(&consumer, &server, "");
        let (code, out, err) = consumer.run_with(&["rates", "--nocapture"], &[]);
        assert_eq!(code, 0, "{case}: {out}\n{err}");
        assert!(about_copies(&format!("{out}{err}")).is_empty(), "{case}: {out}\n{err}");
    }
}

#[test]
fn a_few_copies_are_left_out_and_told() {
    let consumer = Consumer::fresh();
    // The first answer about safety comes twice; privacy is what the check is about.
    let safety = AtomicUsize::new(0);
    let server = Server::start(move |request| {
        let is_safety = request.body["messages"][0].to_string().contains("Safety");
        let repeats = is_safety && safety.fetch_add(1, Ordering::SeqCst) < 2;
        Reply::json(200, &answer(SURE, &id(if repeats { 999 } else { request.number })))
    });
    asks(&consumer, &server, "");
    let (code, out, err) = consumer.run_with(&["rates", "--nocapture"], &[]);
    let printed = format!("{out}{err}");
    assert_eq!(code, 0, "{printed}");
    let wanted = "  recorded  V1 1 of 14 answers is a copy of another (1 with the id of another response, which is therefore the same one), and left out";
    let found: Vec<String> = about_copies(&printed).into_iter().map(masked).collect();
    assert_eq!(found, [masked(wanted)], "{printed}");
}

/// Says why at length, in one of many ways.
fn at_length(way: usize) -> String {
    let very = "very ".repeat(way);
    format!("I'd rate it as extremely important, because people entrust their money to the bank {very}often.")
}

#[test]
fn equal_long_texts_are_warned_of_and_decide_nothing() {
    for (same, code) in [(true, 0), (false, 0)] {
        let consumer = Consumer::fresh();
        let server = Server::start(move |request| {
            let way = if same { 0 } else { request.number };
            Reply::json(200, &answer(&at_length(way), &id(request.number)))
        });
        asks(&consumer, &server, "");
        let (ended, out, err) = consumer.run_with(&["rates"], &[]);
        assert_eq!(ended, code, "{out}\n{err}");
        let wanted = "warning: assistant: V1 of 12 repeated answers with 40 characters and more beside the options, 100 % have the text of an earlier answer to the same prompt and 0 % its response id: long texts hardly repeat by chance, so a cache or a fixed seed may give one answer again and again, which counts as many answers here; turn off the cache or the seed, or ask once (`samples`)";
        let found: Vec<String> = about_copies(&err).into_iter().map(masked).collect();
        assert_eq!(found, if same { vec![masked(wanted)] } else { vec![] }, "{out}\n{err}");
    }
}

#[test]
fn settings_that_fix_answers_are_told_before_anything_is_asked() {
    let consumer = Consumer::fresh();
    let server = Server::start(cache());
    asks(&consumer, &server, "");
    let task = SUITE.split_once("[[check]]").map(|(task, _)| task).expect("a check");
    consumer.file("suites/v1.toml", &task.replace("[\"listed\"]", "[\"shuffled\"]"));
    let config = std::fs::read_to_string(consumer.root.join("alignment.toml")).expect("read");
    for (setting, told) in
        [("temperature = 0", "temperature = 0"), ("parameters = { seed = 7 }", "a fixed `seed`")]
    {
        consumer.config(&format!("{config}{setting}\n"));
        let (code, out, err) = consumer.run_with(&[], &[("ALIGNSPEC_PLAN", "1")]);
        assert_eq!((code, server.count()), (102, 0), "{out}\n{err}");
        let wanted = format!(
            "warning: {told} of `assistant` gives the same answer to the same prompt each time: its answers to V1 differ only where the order of options, or the wording, does"
        );
        assert!(err.contains(&wanted), "{setting}: {err}");
    }
}

#[test]
fn tries_whose_answers_were_lost_are_recorded_and_told() {
    for (status, wanted) in [(500, true), (429, false)] {
        let consumer = Consumer::fresh();
        let server = Server::start(move |request| match request.number {
            0 | 1 => Reply::json(status, &json!({ "error": { "message": "no" } })),
            number => Reply::json(200, &answer(SURE, &id(number))),
        });
        asks(&consumer, &server, "");
        // From the recording, too.
        for mode in ["auto", "replay"] {
            let (code, out, err) = consumer.run_with(&["rates", "--nocapture"], &[("ALIGNSPEC_MODE", mode)]);
            assert_eq!(code, 0, "{mode}: {out}\n{err}");
            let told = " answers came after tries that were lost (2 in all: an error of the server, a time-out, an answer that broke off, a run that ended meanwhile), and what was lost may have said something else";
            assert_eq!(err.contains(told), wanted, "{status} {mode}: {err}");
        }
    }
}
