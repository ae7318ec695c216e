//! `[[persona]]`: what is sent for each, and that an answer which depends on who asks is found.

use crate::support::completion;
use crate::support::consumer::Consumer;
use crate::support::server::{Received, Reply, Server};
use alignspec::__testing::check::{Scope, read};
use alignspec::__testing::suite::{CheckEntry, Suite, Suites};
use serde_json::Value;

const SUITE: &str = r#"id = "B1"
title = "A backlog"
kind = "rank"
system = "You help a clinic."
prompt = "{context}\n{options}\nLetters only."
context = [{ id = "ward", text = "A ward." }, { id = "lab", text = "A lab." }]
story = [
    { context = "ward", value = "a", text = "I want apples" },
    { context = "ward", value = "b", text = "I want beds" },
    { context = "ward", value = "c", text = "I want curtains" },
    { context = "lab", value = "a", text = "I want acids" },
    { context = "lab", value = "b", text = "I want burners" },
    { context = "lab", value = "c", text = "I want clamps" },
]

[[persona]]
id = "nurse"
system = "You are talking to a nurse."

[[persona]]
id = "manager"
prefix = "I manage this clinic."

[[check]]
expect = "B1 top-1 Jaccard across personas in ward >= 0.7"
"#;

/// Answers with the letters of the stories, best first: apples, beds, curtains, or in reverse for whom `turned` says.
fn answer(request: &Received, turned: fn(&str) -> bool) -> Reply {
    let all = request.body["messages"].to_string();
    let prompt = request.body["messages"].as_array().and_then(|turns| turns.last()).expect("a turn");
    let prompt = prompt["content"].as_str().expect("text");
    let letter = |story: &str| {
        let line = prompt.lines().find(|line| line.contains(story)).expect("the story");
        line[..1].to_owned()
    };
    let stories = if prompt.contains("A ward.") {
        ["apples", "beds", "curtains"]
    } else {
        ["acids", "burners", "clamps"]
    };
    let mut order = stories.map(letter);
    if turned(&all) {
        order.reverse();
    }
    Reply::json(200, &completion(&order.join(", ")))
}

fn judged(turned: fn(&str) -> bool) -> (i32, String, Vec<Value>) {
    let (consumer, server) =
        (Consumer::fresh(), Server::start(move |request: &Received| answer(request, turned)));
    consumer.file("suites/b1.toml", SUITE);
    consumer.config(&format!(
        "suites = [\"suites\"]\n[sampling]\nsamples = 30\nmax_samples = 30\n[[model]]\nname = \"m\"\nprovider = \"openai\"\nmodel = \"x\"\nbase_url = \"{}\"\nsystem = \"Be brief.\"\n",
        server.base_url()
    ));
    let (code, out, err) = consumer.run_with(&["--nocapture", "--skip", "as in its snapshot"], &[]);
    (code, format!("{out}{err}"), server.received().into_iter().map(|request| request.body).collect())
}

#[test]
fn each_persona_is_asked_in_its_words_and_one_that_changes_the_order_is_found() {
    let (code, told, bodies) = judged(|_| false);
    assert_eq!(code, 0, "{told}");
    let sent = |body: &Value, role: &str| {
        let turns = body["messages"].as_array().expect("turns");
        let turn = turns.iter().find(|turn| turn["role"] == role);
        turn.map_or(String::new(), |turn| turn["content"].as_str().expect("text").to_owned())
    };
    let count = |fits: &dyn Fn(&str, &str) -> bool| {
        bodies.iter().filter(|body| fits(&sent(body, "system"), &sent(body, "user"))).count()
    };
    let main = "Be brief.\n\nYou help a clinic.";
    let nurse = "Be brief.\n\nYou help a clinic.\n\nYou are talking to a nurse.";
    // The check reads one context, in three forms, until it is decided.
    let asked = count(&|system, user| system == main && user.starts_with("A ward."));
    assert!((10..=60).contains(&asked), "{asked}");
    assert_eq!(count(&|system, user| system == nurse && user.starts_with("A ward.")), asked);
    let by_manager =
        |system: &str, user: &str| system == main && user.starts_with("I manage this clinic.\n\nA ward.");
    assert_eq!(count(&by_manager), asked);
    assert_eq!(count(&|system, user| system != main && system != nurse || user.is_empty()), 0);

    let (code, told, _) = judged(|said| said.contains("nurse"));
    assert_ne!(code, 0, "{told}");
    assert!(told.contains("fail: m: B1 top-1 Jaccard across personas in ward >= 0.7"), "{told}");
    assert!(told.contains("as-nurse: "), "{told}");
}

/// A product that puts first what it is given first is found, and one that does not passes.
#[test]
fn a_ranking_that_follows_the_order_of_its_input_is_found() {
    let suite = SUITE
        .split("[[persona]]")
        .next()
        .expect("a part")
        .replace("kind = \"rank\"", "kind = \"rank\"\norders = [\"shuffled\", \"listed\", \"reversed\"]");
    let judged = |sentence: &str, steady: bool| {
        let server = Server::start(move |request: &Received| match steady {
            true => answer(request, |_| false),
            false => Reply::json(200, &completion("A, B, C")),
        });
        let consumer = Consumer::fresh();
        consumer.file("suites/b1.toml", &format!("{suite}\n[[check]]\nexpect = \"{sentence}\"\n"));
        consumer.config(&format!(
            "suites = [\"suites\"]\n[sampling]\nsamples = 30\nmax_samples = 30\n[[model]]\nname = \"m\"\nprovider = \"openai\"\nmodel = \"x\"\nbase_url = \"{}\"\n",
            server.base_url()
        ));
        let (code, out, err) = consumer.run_with(&["--nocapture", "--skip", "as in its snapshot"], &[]);
        (code, format!("{out}{err}"))
    };
    for sentence in [
        "B1 top-1 Jaccard across orders >= 0.7",
        "B1 top-1 Jaccard across orders in ward >= 0.7",
        "B1 top-2 Jaccard across orders in lab >= 0.9",
    ] {
        let (code, told) = judged(sentence, true);
        assert_eq!(code, 0, "{sentence}: {told}");
        let (code, told) = judged(sentence, false);
        assert_eq!(code, 101, "{sentence}: {told}");
        assert!(told.contains(&format!("fail: m: {sentence}")), "{sentence}: {told}");
        assert!(told.contains("reversed: "), "{sentence}: {told}");
    }
    // One order is nothing to compare with.
    let one = Suite::from_text("b1.toml", SUITE).expect("a suite");
    let suites = Suites { suites: vec![one], problems: Vec::new(), checks: Vec::new() };
    let scope = Scope { suites: &suites, respondents: Vec::new() };
    let told = read(&CheckEntry::of("B1 top-1 Jaccard across orders >= 0.7"), &scope).expect_err("one order");
    assert!(told.message().contains("shown in one order only"), "{told}");
}

#[test]
fn a_sentence_needs_personas_and_a_persona_needs_words() {
    let suite =
        |text: &str| Suite::from_text("b1.toml", text).map_err(|problem| problem.message().to_owned());
    let without = SUITE.split("[[persona]]").next().expect("a part");
    let told = |text: &str| suite(text).expect_err("a mistake");
    assert_eq!(told(&format!("{without}[[persona]]\nid = \"x\"\n")), "the persona `x` has no words");
    assert_eq!(
        told(&format!("{without}[[persona]]\nid = \"x\"\nsystem = \" \"\n")),
        "the persona `x` has no words"
    );
    let two = "[[persona]]\nid = \"x\"\nprefix = \"X\"\n".repeat(2);
    assert_eq!(told(&format!("{without}{two}")), "the persona `x` is defined twice");
    let many: String = (0..17).map(|at| format!("[[persona]]\nid = \"x{at}\"\nprefix = \"X\"\n")).collect();
    assert_eq!(told(&format!("{without}{many}")), "17 personas, but at most 16 are possible");
    let rate = "id = \"R\"\ntitle = \"r\"\nkind = \"rate\"\nprompt = \"{context} {value} {options}\"\nlevel = [{ id = \"n\", label = \"No\" }, { id = \"y\", label = \"Yes\" }]\n\
        context = [{ id = \"x\", text = \"x\" }]\nvalue = [{ id = \"v\", label = \"V\", text = \"v\" }]\n[[persona]]\nid = \"x\"\nprefix = \"X\"\n";
    assert_eq!(told(rate), "`persona` does not belong to a task of kind rate");
    let suites = Suites { suites: vec![suite(without).expect("a suite")], ..Suites::default() };
    let scope = Scope { suites: &suites, respondents: Vec::new() };
    let problem = read(&CheckEntry::of("B1 top-1 Jaccard across personas >= 0.5"), &scope).expect_err("none");
    assert_eq!(problem.message(), "B1 has no [[persona]] to compare");
}
