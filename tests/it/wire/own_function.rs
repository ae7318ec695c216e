//! Functions of the test target that answer for a model.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support;
use crate::support::consumer::Consumer;
use crate::support::{KEY, PACE, configured, misconfigured, no_variables, recorded, task, unit, variables};
use alignspec::__testing::config::{Message, Model, Role};
use alignspec::__testing::provider::{Functions, connect};
use alignspec::__testing::sample::{Mode, Pace, Sampled, Sampler};
use alignspec::Question;
use serde_json::json;
use tempfile::tempdir;

fn function(fields: &str) -> Model {
    configured(Path::new("/"), &format!("provider = \"function\"\n{fields}"))
}

fn sample(folder: &Path, functions: &Functions, model: &Model, samples: u32) -> Sampled {
    let sampler = Sampler::with(folder, Mode::Auto, PACE, variables).functions(functions.clone());
    sampler.sample(&unit(model, &task(), samples)).expect("sampled")
}

#[test]
fn it_gets_the_question_and_its_answers_are_recorded() {
    let (asked, folder) = (Arc::new(Mutex::new(Vec::new())), tempdir().expect("a folder"));
    let mut functions = Functions::new();
    let log = Arc::clone(&asked);
    functions.register("assistant", move |question: Question| {
        log.lock().expect("no panic").push(question);
        async { Ok::<_, String>("Very important".to_owned()) }
    });
    let model = function(
        "system = \"S\"\nmessages = [{ role = \"assistant\", content = \"Hi\" }]\nanswer_format = \"json_schema\"",
    );
    let sampled = sample(folder.path(), &functions, &model, 1);
    assert_eq!((sampled.asked, sampled.shortfall()), (2, None));
    let question = asked.lock().expect("no panic")[0].clone();
    assert_eq!(question.prompt, task().question(1, 0, 0, 0).prompt);
    assert_eq!(question.system.as_deref(), Some("S"));
    assert_eq!(question.messages, [Message { role: Role::Assistant, content: "Hi".to_owned() }]);
    assert_eq!(question.schema, Some(json!({ "type": "string" })));
    // Recorded: the function is not asked again, not even needed, until the revision changes.
    assert_eq!(sample(folder.path(), &Functions::new(), &model, 1).shortfall(), None);
    let revised = Model { model: "v2".to_owned(), ..model };
    assert_eq!(sample(folder.path(), &functions, &revised, 1).asked, 2);
}

#[test]
fn an_error_is_tried_again_and_a_panic_ends_the_models_turn() {
    let fails = |panics: bool| {
        let calls = Arc::new(AtomicUsize::new(0));
        let (mut functions, counted) = (Functions::new(), Arc::clone(&calls));
        functions.register("assistant", move |_: Question| {
            counted.fetch_add(1, Ordering::SeqCst);
            async move {
                tokio::task::yield_now().await;
                assert!(!panics, "{KEY} \u{1b}[31m::error::gone");
                Err::<String, _>(format!("{KEY}\n::error::busy"))
            }
        });
        let folder = tempdir().expect("a folder");
        let sampled = sample(folder.path(), &functions, &function("key_env = \"TEST_KEY\""), 1);
        assert_eq!(recorded(folder.path()), "");
        (sampled.shortfall().expect("missing"), calls.load(Ordering::SeqCst))
    };
    let missing = "2 of 2 responses are missing: the function `assistant`";
    let (shown, calls) = fails(false);
    // Both questions once, and then one at a time, for as long as what is down is tried.
    assert_eq!(shown, format!("{missing} failed: [key] ::error::busy"));
    assert!((3..80).contains(&calls), "{calls}");
    let (shown, calls) = fails(true);
    assert_eq!(calls, 1, "{shown}");
    assert!(shown.starts_with(&format!("{missing} panicked at tests/it/wire/own_function.rs:")), "{shown}");
    assert!(shown.ends_with(": [key] ::error::gone"), "{shown}");
}

#[test]
fn its_time_is_limited() {
    let mut functions = Functions::new();
    functions.register("assistant", async |_: Question| {
        std::future::pending::<()>().await;
        Ok::<_, String>(String::new())
    });
    let (folder, model, task) = (tempdir().expect("a folder"), function(""), task());
    let pace = Pace { limit: Duration::from_millis(50), retries: 0, ..PACE };
    let sampler = Sampler::with(folder.path(), Mode::Record, pace, variables).functions(functions);
    let shown = sampler.sample(&unit(&model, &task, 1)).expect("sampled").shortfall().expect("missing");
    assert!(shown.contains("the function `assistant` gave no answer within 50ms"), "{shown}");
}

#[test]
fn without_a_function_the_model_cannot_be_asked() {
    let why = |functions: &Functions, fields: &str| {
        let connected = functions.connect(&function(fields), PACE.limit, no_variables);
        connected.err().map(|why| why.to_string())
    };
    let how = "write alignspec::harness!(Harness::new().respondent(\"assistant\", ask)) in the test target";
    let wanted = format!("no function is registered for `assistant`: {how}");
    assert_eq!(why(&Functions::new(), ""), Some(wanted.clone()));
    assert_eq!(
        connect(&function(""), PACE.limit, no_variables).err().map(|why| why.to_string()),
        Some(wanted)
    );
    let mut functions = Functions::new();
    functions.register("asistant", async |_: Question| Ok::<_, String>(String::new()));
    let wanted = "no function is registered for `assistant` (registered: asistant): did you mean `asistant`?";
    assert_eq!(why(&functions, ""), Some(wanted.to_owned()));
    assert_eq!(format!("{functions:?}"), "{\"asistant\"}");
    functions.register("assistant", async |_: Question| Ok::<_, String>(String::new()));
    assert_eq!(why(&functions, ""), None);
    assert!(why(&functions, "key_env = \"TEST_KEY\"").expect("no key").contains("TEST_KEY"));
    assert!(
        misconfigured("provider = \"function\"\ntemperature = 0.5").contains("`temperature` has no effect")
    );
}

const SUITE: &str = r#"
id = "T5"
kind = "select"
title = "What a release note must mention"
pick = 1
prompt = "Choose exactly {pick} of these.\n\n{options}\n\nAnswer with its name only."
option = [{ id = "risks", label = "Known risks" }, { id = "changes", label = "What changed" }]

[[check]]
expect = "T5 selects risks >= 50%"
models = ["assistant"]
"#;

const ECHO: &str = "\n[[model]]\nname = \"echo\"\nprovider = \"function\"\n";

#[test]
fn a_crate_tests_its_own_code() {
    let consumer = Consumer::fresh();
    consumer.file("suites/t5.toml", SUITE);
    let config = |model: &str| {
        consumer.config(&format!(
            "suites = [\"suites\"]\n[sampling]\nretries = 0\n[[model]]\nname = \"assistant\"\nprovider = \"function\"\n{model}{ECHO}"
        ));
    };
    let run = |answer: &str| {
        let (code, out, err) = consumer.run_target("functions", &["assistant"], &[("ANSWER", answer)]);
        (code, format!("{out}{err}"))
    };
    config("");
    let (code, out) = run("panic");
    assert!(code == 102 && out.contains("the function `assistant` panicked at tests/functions.rs:"), "{out}");
    // Nothing that a panic says begins a line, or reaches the terminal raw.
    assert!(out.contains(": : :error::no more") && !out.contains(['\u{1b}']), "{out}");
    let (_, out) = run("Known risks");
    assert!(out.contains("there is no snapshot yet"), "{out}");
    assert!(
        out.contains("test assistant::T5 selects risks >= 50%") || out.contains("1 passed; 1 failed"),
        "{out}"
    );
    let recorded = || std::fs::read_to_string(consumer.root.join("recordings/assistant/T5.jsonl"));
    let first = recorded().expect("a recording");
    assert!(first.lines().count() >= 50 && first.contains("Known risks"), "{first}");
    // Answered before, whatever the function would say now; a new revision is asked.
    let (_, out) = run("What changed");
    assert!(out.contains("1 passed; 1 failed"), "{out}");
    config("model = \"v2\"\n");
    let (_, out) = run("What changed");
    assert!(out.contains("0 passed; 2 failed") && out.contains("fail: assistant: T5 selects risks"), "{out}");
}

#[test]
fn functions_and_models_that_do_not_fit_are_failing_trials() {
    let consumer = Consumer::fresh();
    consumer.file("suites/t5.toml", SUITE);
    let config = |models: &str| consumer.config(&format!("suites = [\"suites\"]\n{models}"));
    let run = |target: &str| consumer.run_target(target, &["alignment.toml"], &[]);
    config(&format!("[[model]]\nname = \"assistent\"\nprovider = \"function\"\n{ECHO}"));
    let (code, out, _) = run("functions");
    assert!(code == 102 && out.contains("0 passed; 3 failed"), "{out}");
    for part in [
        "no function is registered for `assistent`",
        " --> alignment.toml:3:8",
        "did you mean `assistant`?",
        "there is no [[model]] for the function `assistant`",
        "did you mean `assistent`?",
    ] {
        assert!(out.contains(part), "no `{part}` in\n{out}");
    }
    config(&format!("[[model]]\nname = \"assistant\"\nprovider = \"tally\"\n{ECHO}"));
    let (_, out, _) = run("functions");
    assert!(
        out.contains(
            "the function `assistant` would not be asked: the provider of its model is not `function`"
        ),
        "{out}"
    );
    config(ECHO);
    let (_, out, _) = run("alignment");
    assert!(out.contains("alignspec::harness!(Harness::new().respondent(\"echo\", ask))"), "{out}");
}

#[test]
fn one_that_blocks_holds_up_no_other_model_and_its_time_is_up_all_the_same() {
    let (gate, folder) = (Arc::new(support::server::Gate::default()), tempdir().expect("a folder"));
    let mut functions = Functions::new();
    let held = Arc::clone(&gate);
    // As products do that were not written to be awaited.
    functions.register("assistant", move |_: Question| {
        held.pass();
        async { Ok::<_, String>("Very important".to_owned()) }
    });
    functions.register("other", |_: Question| async { Ok::<_, String>("Very important".to_owned()) });
    let pace = Pace { limit: Duration::from_millis(300), retries: 0, ..PACE };
    let sampler = Sampler::with(folder.path(), Mode::Auto, pace, variables).functions(functions);
    let (blocking, task) = (function(""), task());
    let other = Model { name: "other".to_owned(), ..blocking.clone() };
    std::thread::scope(|scope| {
        let blocked = scope.spawn(|| sampler.sample(&unit(&blocking, &task, 1)).expect("sampled"));
        let answered = sampler.sample(&unit(&other, &task, 5)).expect("sampled");
        assert_eq!(answered.shortfall(), None);
        let shown = blocked.join().expect("no panic").shortfall().expect("missing");
        assert!(shown.contains("gave no answer within 300ms"), "{shown}");
    });
    gate.open();
}
