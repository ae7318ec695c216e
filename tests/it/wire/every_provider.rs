//! What holds for every provider of the list, by the `answer` in its own file: one that was just added is tried, too.

use alignspec::__testing::provider::{Finish, specs};
use serde_json::{Value, json};

use super::beside_the_end::{marks, with};
use crate::support::shapes::{VERY, made_of};

/// Words for a good end, of which each provider knows one or needs none.
const ENDS: [&str; 3] = ["stop", "end_turn", "STOP"];

fn answer(template: &str, end: &str) -> Value {
    let text = template
        .replace("TEXT", VERY)
        .replace("VERSION", "small-1")
        .replace("\"END\"", &format!("\"{end}\""));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

#[test]
fn an_answer_that_says_it_failed_is_none_at_any_provider() {
    let own = specs().into_iter().filter(|spec| !spec.answer.is_empty());
    for (name, template) in own.map(|spec| (spec.name, spec.answer)) {
        let made = |body: &Value| made_of(name, "", 200, "application/json", body.to_string().as_bytes());
        let is_good = |body: &Value| {
            let ends = |finish: &Finish| matches!(finish, Finish::Stop | Finish::Other);
            made(body).is_ok_and(|response| response.text == VERY && ends(&response.finish))
        };
        let good = ENDS.map(|end| answer(template, end)).into_iter().find(is_good);
        let good = good.unwrap_or_else(|| panic!("{name}: its `answer` is read with none of {ENDS:?}"));
        let failed = [(json!({ "status": "failed" }), "")];
        for (mark, _) in marks().into_iter().chain(failed) {
            let made = made(&with(good.clone(), "", &mark));
            assert!(
                made.is_err(),
                "{name}: {made:?}, although the body says {mark}: does the wire call `sound` and `heed`?"
            );
        }
    }
}
