//! Streams as public reports show them: what good ones look like that differ from the documentation, and bad ones
//! that look good.

use crate::support::shapes::{Again, Read};
use crate::support::streams::{READ, chat, checked, gemini, messages, piece, say, stop};
use alignspec::__testing::provider::Finish;
use serde_json::{Value, json};

/// These pieces, each with an identity of its own.
fn each_its_own(mut data: Vec<Value>) -> Vec<Value> {
    for (at, piece) in data.iter_mut().enumerate() {
        piece["id"] = json!(format!("chatcmpl-{at}"));
    }
    data
}

/// Open WebUI before Ollama, some versions of LiteLLM, SGLang behind ms-swift, Foundry Local.
#[test]
fn pieces_that_each_have_an_id_of_their_own_are_one_answer() {
    let three = vec![say("Ve"), say("ry "), say("important"), stop()];
    checked("openai", &each_its_own(three.clone()), &READ);
    // Of two, nobody can tell.
    checked("openai", &each_its_own(vec![say("Very "), say("important"), stop()]), &Again("its own `id`"));
    // An id that comes back, or stays for a while, is another answer's.
    let mut back = each_its_own(three);
    back[2]["id"] = json!("chatcmpl-0");
    checked("openai", &back, &Again("different `id`s"));
}

/// Kilo Code's and OpenCode's gateways.
#[test]
fn what_it_cost_may_come_after_the_end() {
    let bill = json!({ "object": "billing.summary", "billing": { "source": "request", "cost_cny": { "total": "0.1" } } });
    let usage =
        json!({ "id": "other", "model": "small-1-2025", "choices": [], "usage": { "prompt_tokens": 11 } });
    checked("openai", &[&chat()[..], std::slice::from_ref(&bill)].concat(), &READ);
    checked("openai", &[&chat()[..5], &[usage]].concat(), &READ);
    // Before the end it is none of the wire's own, and text or a code never is.
    checked("openai", &[&chat()[..4], &[bill], &chat()[4..]].concat(), &Again("of unknown shape"));
    let failed = json!({ "code": 502, "object": "billing.summary" });
    checked("openai", &[&chat()[..], &[failed]].concat(), &Again("502"));
}

/// Foundry Local numbered the pieces of one answer as if they were several.
#[test]
fn pieces_of_other_choices_are_not_left_out() {
    let mut data = vec![say("Very "), say("important"), stop()];
    data[1]["choices"][0]["index"] = json!(1);
    checked("openai", &data, &Again("another of its `choices`"));
    let mut data = gemini(&["Very ", "important"]);
    data[1]["candidates"][0]["index"] = json!(1);
    checked("gemini", &data, &Again("another of its `candidates`"));
}

#[test]
fn only_the_model_speaks() {
    let user = piece(json!({ "role": "user", "content": "Very " }), None);
    checked("openai", &[user, say("important"), stop()], &Again("`role` is `user`"));
    let mut data = messages(&["Very ", "important"]);
    data[0]["message"]["role"] = json!("user");
    checked("anthropic", &data, &Again("`role` is `user`"));
    let mut data = gemini(&["Very ", "important"]);
    data[0]["candidates"][0]["content"]["role"] = json!("user");
    checked("gemini", &data, &Again("`role` is `user`"));
}

/// Anthropic lets another model go on with an answer that one has begun.
#[test]
fn an_answer_of_two_models_is_none() {
    let fallback = json!({ "type": "content_block_start", "index": 1, "content_block": { "type": "fallback", "from": { "model": "a" }, "to": { "model": "b" } } });
    let mut data = messages(&["Very ", "important"]);
    data.insert(5, fallback);
    checked("anthropic", &data, &Again("another model goes on"));
    checked("anthropic", &messages(&["Very important"]), &Read(Finish::Stop, "Very important"));
}
