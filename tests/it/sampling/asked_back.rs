//! Asking back: a model whose response cannot be read is asked once more, in the same conversation, for
//! the bare answer; what can be read is not, and no turn is asked twice or lost, wherever a run ends.

use std::borrow::Cow;
use std::path::Path;

use crate::support;
use crate::support::back::{RAMBLE, asks_back, server, unit, words};
use crate::support::server::{Received, Reply, Server};
use crate::support::{PACE, completion, model, model_of, no_variables, recorded, sample, task, variables};
use alignspec::__testing::answer::{Answer, Invalid, read};
use alignspec::__testing::diagnostic::Source;
use alignspec::__testing::provider::{Finish, Response};
use alignspec::__testing::sample::{Mode, Ready, Sampled, Sampler, SamplingUnit};
use alignspec::__testing::suite::Question;
use serde_json::{Value, json};
use tempfile::tempdir;

const REFUSAL: &str = "I'm sorry, but I cannot answer that.";

/// What is made of the turns that count.
fn answers(unit: &SamplingUnit<'_>, sampled: &Sampled) -> Vec<Result<Answer, Invalid>> {
    let read = |(question, response): (Cow<'_, Question<'_>>, &Option<Response>)| {
        let response = response.as_ref().expect("a response").last();
        read(&question, &response.text, &response.finish).map_err(|unread| unread.reason)
    };
    unit.questions.iter().zip(&sampled.responses).map(read).collect()
}

#[test]
fn what_can_be_read_is_asked_nothing_twice() {
    let server = server("Very important", "Not important");
    let (model, task) = (model(&server.base_url(), ""), task());
    let folder = tempdir().expect("a folder");
    let unit = unit(&model, &task, 5);
    let sampled = sample(folder.path(), &unit);
    assert_eq!((sampled.asked, sampled.shortfall(), server.count()), (10, None, 10));
    assert!(!recorded(folder.path()).contains("\"turn\""), "{}", recorded(folder.path()));
    assert_eq!(answers(&unit, &sampled), vec![Ok(Answer::Level(1)); 10]);
    assert_eq!((sample(folder.path(), &unit).asked, server.count()), (0, 10));
}

#[test]
fn who_rambles_is_asked_back_once_and_replayed_without_a_network() {
    let server = server(RAMBLE, "Very important");
    let (model, task) = (model(&server.base_url(), ""), task());
    let folder = tempdir().expect("a folder");
    let unit = unit(&model, &task, 2);
    let sampled = sample(folder.path(), &unit);
    assert_eq!((sampled.asked, sampled.shortfall(), sampled.unused, server.count()), (8, None, 0, 8));
    assert_eq!(answers(&unit, &sampled), vec![Ok(Answer::Level(1)); 4]);
    // Each turn with its own text, finish, tokens and time.
    for response in sampled.responses.iter().flatten() {
        let back = response.back.as_deref().expect("asked back");
        assert_eq!((&*response.text, &*back.text), (RAMBLE, "Very important"));
        for turn in response.turns() {
            assert_eq!((turn.tokens_in, turn.tokens_out, &turn.finish), (Some(11), Some(3), &Finish::Stop));
            assert!(turn.ms.is_some() && turn.at.is_some());
        }
    }
    let lines = recorded(folder.path());
    assert_eq!((lines.lines().count(), lines.matches("\"turn\":2").count()), (8, 4), "{lines}");
    let asked = server.count();
    drop(server);
    for (mode, variables) in [(Mode::Replay, variables as fn(&str) -> _), (Mode::Auto, no_variables)] {
        let replayed = Sampler::with(folder.path(), mode, PACE, variables).sample(&unit).expect("replayed");
        assert_eq!((replayed.asked, &replayed.responses), (0, &sampled.responses), "{asked}");
    }
}

#[test]
fn nobody_is_asked_a_third_time_and_who_declines_is_not_pressed() {
    for (first, back, turns, declines) in
        [(RAMBLE, RAMBLE, 4, false), (RAMBLE, REFUSAL, 4, true), (REFUSAL, "Very important", 2, true)]
    {
        let server = server(first, back);
        let (model, task) = (model(&server.base_url(), ""), task());
        let folder = tempdir().expect("a folder");
        let unit = unit(&model, &task, 1);
        for asked in [turns, 0] {
            let sampled = sample(folder.path(), &unit);
            assert_eq!((sampled.asked, sampled.shortfall()), (asked, None), "{first} {back}");
            for answer in answers(&unit, &sampled) {
                // For which other reason it is unread is the reader's affair.
                let found = (answer.is_err(), answer == Err(Invalid::Refusal));
                assert_eq!(found, (true, declines), "{first} {back}: {answer:?}");
            }
        }
        assert_eq!(server.count(), turns, "{first} {back}");
    }
}

#[test]
fn only_where_the_config_says_so() {
    for (fields, count) in [
        ("clarify = false", 2),
        ("answer_format = \"json_schema\"", 2),
        ("answer_format = \"json_schema\"\nclarify = true", 4),
    ] {
        let server = server(RAMBLE, "Very important");
        let (model, task) = (model(&server.base_url(), fields), task());
        let folder = tempdir().expect("a folder");
        let sampled = sample(folder.path(), &unit(&model, &task, 1));
        assert_eq!((server.count(), sampled.asked, sampled.shortfall()), (count, count, None), "{fields}");
        let schemas = server.received().iter().filter(|got| !got.body["response_format"].is_null()).count();
        assert_eq!(schemas, if fields.contains("schema") { count } else { 0 }, "{fields}");
    }
}

#[test]
fn turning_it_off_and_on_leaves_the_recording_as_it_is() {
    let server = server(RAMBLE, "Very important");
    let (on, off) = (model(&server.base_url(), ""), model(&server.base_url(), "clarify = false"));
    let task = task();
    let folder = tempdir().expect("a folder");
    assert_eq!(sample(folder.path(), &unit(&off, &task, 1)).asked, 2);
    // An old recording, or one made without: replayed, and where no key is, it stays as it is.
    for (mode, variables) in
        [(Mode::Replay, variables as fn(&str) -> _), (Mode::Auto, no_variables), (Mode::Record, no_variables)]
    {
        let sampler = Sampler::with(folder.path(), mode, PACE, variables);
        let wanted = if mode == Mode::Auto { Ready::Recorded } else { Ready::Runs };
        assert_eq!(sampler.ready(&unit(&on, &task, 1)), wanted);
        let replayed = sampler.sample(&unit(&on, &task, 1)).expect("replayed");
        assert_eq!((replayed.shortfall(), server.count()), (None, 2), "{mode}");
        assert!(replayed.responses.iter().flatten().all(|response| response.back.is_none()));
    }
    // With the key, only what is missing is asked.
    let back = sample(folder.path(), &unit(&on, &task, 1));
    assert_eq!((back.asked, back.shortfall(), server.count()), (2, None, 4));
    assert!(back.responses.iter().flatten().all(|response| response.last().text == "Very important"));
    let before = sample(folder.path(), &unit(&off, &task, 1));
    assert_eq!((before.asked, before.unused), (0, 2));
    assert!(before.responses.iter().flatten().all(|response| response.last().text == RAMBLE));
    assert_eq!(sample(folder.path(), &unit(&on, &task, 1)).responses, back.responses);
}

/// A provider, how its model is configured, what it answers, and the conversation in the body of a request.
type Case = (&'static str, String, fn(&str) -> Value, fn(&Value) -> Value);

#[test]
fn the_conversation_is_right_on_every_wire() {
    let chat = |body: &Value| body["messages"].clone();
    let http = "[model.http]\nurl = \"URL/ask\"\ntext = \"/text\"\nbody = ";
    let cases: [Case; 8] = [
        ("openai", String::new(), completion, chat),
        ("azure", String::new(), completion, chat),
        (
            "openai_responses",
            String::new(),
            |text| {
                let content = json!([{ "type": "output_text", "text": text }]);
                json!({ "status": "completed", "output": [{ "type": "message", "role": "assistant", "content": content }] })
            },
            |body| match &body["input"] {
                Value::String(text) => json!([{ "role": "user", "content": text }]),
                input => input.clone(),
            },
        ),
        (
            "anthropic",
            String::new(),
            |text| json!({ "content": [{ "type": "text", "text": text }], "stop_reason": "end_turn" }),
            chat,
        ),
        (
            "gemini",
            String::new(),
            |text| json!({ "candidates": [{ "content": { "parts": [{ "text": text }] }, "finishReason": "STOP" }] }),
            |body| {
                let turn = |turn: &Value| {
                    let role = if turn["role"] == "model" { "assistant" } else { "user" };
                    assert_eq!(turn["parts"].as_array().map(Vec::len), Some(1), "{turn}");
                    json!({ "role": role, "content": turn["parts"][0]["text"] })
                };
                body["contents"].as_array().expect("contents").iter().map(turn).collect()
            },
        ),
        (
            "ollama",
            String::new(),
            |text| json!({ "message": { "role": "assistant", "content": text }, "done": true, "done_reason": "stop" }),
            chat,
        ),
        ("http", format!("{http}{{ messages = \"{{messages}}\" }}"), |text| json!({ "text": text }), chat),
        (
            "http",
            format!("{http}{{ messages = \"{{messages}}\", q = \"{{prompt}}\" }}"),
            |text| json!({ "text": text }),
            |body| {
                let mut turns = body["messages"].clone();
                turns.as_array_mut().expect("turns").push(json!({ "role": "user", "content": body["q"] }));
                turns
            },
        ),
    ];
    let earlier = "messages = [{ role = \"user\", content = \"Hello\" }, { role = \"assistant\", content = \"Good day\" }]";
    for (provider, further, answer, conversation) in cases {
        let server = Server::start(move |request| {
            Reply::json(200, &answer(if asks_back(request) { "Very important" } else { RAMBLE }))
        });
        let model = if provider == "http" {
            let further = further.replace("URL", &server.root());
            support::configured(Path::new("/"), &format!("provider = \"http\"\n{earlier}\n{further}"))
        } else {
            model_of(provider, "small-1", &server.root(), &format!("{earlier}\n{further}"))
        };
        let mut task = task();
        task.items.truncate(1);
        let folder = tempdir().expect("a folder");
        let unit = unit(&model, &task, 1);
        let sampled = sample(folder.path(), &unit);
        assert_eq!((sampled.shortfall(), server.count()), (None, 2), "{provider}");
        assert_eq!(answers(&unit, &sampled), [Ok(Answer::Level(1))], "{provider}");
        let prompt = &unit.questions.get(0).prompt;
        let before = json!([
            { "role": "user", "content": "Hello" },
            { "role": "assistant", "content": "Good day" },
            { "role": "user", "content": prompt },
        ]);
        let mut whole = before.clone();
        let turns = whole.as_array_mut().expect("turns");
        turns.push(json!({ "role": "assistant", "content": RAMBLE }));
        turns.push(json!({ "role": "user", "content": words(&unit.questions.get(0)) }));
        let received = server.received();
        let sent: Vec<Value> = received.iter().map(|request| conversation(&request.body)).collect();
        assert_eq!(sent, [before, whole], "{provider}");
        // Nothing else differs.
        let rest = |request: &Received| {
            let mut body = request.body.clone();
            for field in ["messages", "input", "contents", "q"] {
                body.as_object_mut().expect("a body").remove(field);
            }
            (request.target.clone(), body)
        };
        assert_eq!(rest(&received[0]), rest(&received[1]), "{provider}");
    }
}

#[test]
fn who_says_nothing_is_sent_no_empty_turn() {
    let server = server(" \n", "Very important");
    let (model, task) = (model(&server.base_url(), ""), task());
    let unit = unit(&model, &task, 1);
    let sampled = sample(tempdir().expect("a folder").path(), &unit);
    assert_eq!(answers(&unit, &sampled), vec![Ok(Answer::Level(1)); 2]);
    let question = &unit.questions.get(0);
    assert_eq!(
        server.received()[2].body["messages"],
        json!([{ "role": "user", "content": format!("{}\n\n{}", question.prompt, words(question)) }])
    );
}

#[test]
fn a_failure_to_ask_back_is_missing_and_loses_nothing() {
    // It never ends, or ends for good.
    for (status, told) in [(500, "answered 500"), (400, "answered 400")] {
        let server = Server::start(move |request| match asks_back(request) {
            true => Reply::json(status, &json!({ "error": { "message": "not now" } })),
            false => Reply::json(200, &completion(RAMBLE)),
        });
        let task = task();
        let folder = tempdir().expect("a folder");
        let down = model(&server.base_url(), "");
        let sampled = sample(folder.path(), &unit(&down, &task, 1));
        let shown = sampled.shortfall().expect("missing");
        assert!(
            shown.starts_with(
                "2 of 2 responses are missing: unread, and the model has not been asked back yet: "
            ) && shown.contains(told)
                && shown.ends_with("(with `clarify = false`, it stays unread)"),
            "{shown}"
        );
        assert_eq!((sampled.asked, recorded(folder.path()).lines().count()), (2, 2));
        // As it is when it is read without asking, and what the message tells to do.
        let off = model(&server.base_url(), "clarify = false");
        assert_eq!(sample(folder.path(), &unit(&off, &task, 1)).shortfall(), None);
        let up = support::back::server(RAMBLE, "Very important");
        let up_model = model(&up.base_url(), "");
        let rest = sample(folder.path(), &unit(&up_model, &task, 1));
        assert_eq!((rest.asked, rest.shortfall(), up.count()), (2, None, 2), "{status}");
    }
}

#[test]
fn a_conversation_that_is_turned_down_stops_nothing_else() {
    // As where it has become too long for the model.
    let server = Server::start(|request| match (asks_back(request), request.number) {
        (true, 4) => Reply::json(400, &json!({ "error": { "message": "too long" } })),
        (back, _) => Reply::json(200, &completion(if back { "Very important" } else { RAMBLE })),
    });
    let (model, task) = (model(&server.base_url(), ""), task());
    let folder = tempdir().expect("a folder");
    let sampler = support::sampler(folder.path(), Mode::Auto);
    let cut = sampler.sample(&unit(&model, &task, 2)).expect("sampled");
    let shown = cut.shortfall().expect("missing");
    assert!(
        shown.starts_with("1 of 4 responses are missing: unread") && shown.contains("400: too long"),
        "{shown}"
    );
    // The others were asked back all the same, and the model can be asked more.
    assert_eq!((cut.asked, server.count()), (7, 8));
    let more = sampler.sample(&unit(&model, &task, 3)).expect("sampled");
    assert_eq!((more.asked, more.shortfall()), (5, None));
}

/// Samples within a budget and at a price.
fn within(folder: &Path, server: &Server, budget: &str, samples: u32) -> Sampled {
    let text = format!(
        "[budget]\n{budget}\n[[model]]\nname = \"assistant\"\nprovider = \"openai\"\nmodel = \"small-1\"\nbase_url = \"{}\"\nkey_env = \"TEST_KEY\"\nmax_tokens = 10\nprice = {{ input = 1000.0, output = 1000.0 }}\n",
        server.base_url()
    );
    let config =
        alignspec::__testing::provider::parse_config(Path::new("/"), Source::new("alignment.toml", text))
            .expect("a config");
    let sampler = Sampler::with(folder, Mode::Record, PACE, variables).within(&config.budget, &config.models);
    sampler.sample(&unit(&config.models[0], &task(), samples)).expect("sampled")
}

#[test]
fn the_budget_counts_both_turns() {
    let server = server(RAMBLE, "Very important");
    let folder = tempdir().expect("a folder");
    let cut = within(folder.path(), &server, "max_requests = 5", 2);
    assert_eq!((server.count(), cut.asked, cut.missing.len()), (5, 5, 3));
    let shown = cut.shortfall().expect("missing");
    assert!(
        shown.starts_with(
            "3 of 4 responses are missing: unread, and the model has not been asked back yet: not asked: the budget of the run is used up: 5 requests (max_requests)"
        ),
        "{shown}"
    );
    let rest = within(folder.path(), &server, "max_requests = 5", 2);
    assert_eq!((rest.asked, rest.shortfall(), server.count()), (3, None, 8));
    // Fourteen tokens a turn, at a tenth of a cent each. The next one would be asked about all that has been
    // said: that is what it is taken to cost before it is asked.
    let folder = tempdir().expect("a folder");
    let cut = within(folder.path(), &server, "max_usd = 0.1", 2);
    let shown = cut.shortfall().expect("missing");
    assert!(shown.contains("$0.0560 of $0.1 spent, and the next answer may cost $0.0"), "{shown}");
    assert_eq!((cut.asked, cut.missing.len()), (4, 4), "{shown}");
}
