//! Traps in reading answers: what is read, and above all what is not.

mod backlog;
mod hostile;
mod ranking;
mod scale;
mod select;
mod strangers;

use super::{Answer, Finish, Invalid, read, testing};
use crate::suite::Question;

/// Returns the ids of an answer, or why there is none.
fn read_as(question: &Question<'_>, text: &str, cut_off: bool) -> Result<String, Invalid> {
    let id = |choice: &usize| question.item.choices[*choice].id.clone();
    let finish = if cut_off { Finish::Length } else { Finish::Stop };
    let read = read(question, text, &finish).map_err(|unread| unread.reason);
    read.map(|answer| match answer {
        Answer::Set(choices) | Answer::Ranking(choices) => {
            choices.iter().map(id).collect::<Vec<_>>().join(" ")
        }
        Answer::Level(level) => id(&level),
        Answer::Text(text) => text,
    })
}

/// Asserts that every text is read as the same answer, or is unread for the same reason.
fn all(question: &Question<'_>, expected: Result<&str, Invalid>, texts: &[&str]) {
    let expected = expected.map(str::to_owned);
    let read = texts.iter().map(|text| (text, read_as(question, text, false)));
    let wrong: Vec<_> = read.filter(|(_, read)| *read != expected).collect();
    assert!(wrong.is_empty(), "expected {expected:?}, read {wrong:#?}");
}

/// Asserts that no text is read as an answer.
fn unread(question: &Question<'_>, texts: &[&str]) {
    let read = texts.iter().filter_map(|text| read_as(question, text, false).ok().map(|read| (text, read)));
    let wrong: Vec<_> = read.collect();
    assert!(wrong.is_empty(), "should be unread: {wrong:#?}");
}

#[test]
fn nothing_and_only_thinking_are_empty() {
    for question in [testing::select(), testing::likert(), testing::rank(), testing::open()] {
        let texts = [
            "",
            " \n\t",
            "<think>Very important. A, B, C, D, E, F</think>",
            "<think>Very",
            "\u{200b}",
            "```\n```",
        ];
        all(&question, Err(Invalid::Empty), &texts);
    }
}

#[test]
fn a_response_without_end_is_cut_off() {
    for (question, text) in [
        (testing::select(), "Safety, Privacy, Fairness, Transparency, Accountability"),
        (testing::likert(), "Very important"),
        (testing::rank(), "B, A, C, D, E, F"),
        (testing::open(), "Privacy is"),
        (testing::likert(), ""),
        (testing::likert(), "<think>It is"),
        (testing::likert(), "{\"answer\": \"Very important"),
        (testing::likert(), "{\"answer\": \"Very important\"}\n\nBecause"),
    ] {
        assert_eq!(read_as(&question, text, true), Err(Invalid::CutOff), "{text}");
    }
}

/// Some providers report "stop" for a response whose connection broke.
#[test]
fn what_visibly_breaks_off_is_cut_off_whatever_is_said_of_its_end() {
    let question = testing::likert();
    for text in [
        "{\"answer\": \"Very important",
        "{\"answer\": \"Very important\"",
        "{\"answer\":\"Very important\",",
        "[\"Very important\"",
        "Very important\n{\"answer\": \"Very important\"",
        "```json\n{\"answer\": \"Very important\"",
        "```\nVery important",
    ] {
        for finish in [Finish::Stop, Finish::Other] {
            let reason = read(&question, text, &finish).map_err(|unread| unread.reason);
            assert_eq!(reason, Err(Invalid::CutOff), "{text}");
        }
    }
    all(
        &question,
        Ok("very"),
        &["```json\n{\"answer\": \"Very important\"}", "[Very important]", "```Very important```"],
    );
    all(
        &testing::open(),
        Err(Invalid::CutOff),
        &["{\"answer\": \"Privacy is", "```json\n{\"answer\": \"Privacy\""],
    );
    all(&testing::open(), Ok("A list [1"), &["A list [1"]);
}

#[test]
fn json_that_is_whole_is_read_although_the_limit_was_reached() {
    let whole = read_as(&testing::likert(), "{\"answer\": \"Very important\"}\n   ", true);
    assert_eq!(whole, Ok("very".into()));
    let short = read_as(&testing::select(), "[\"Safety\"]", true);
    assert_eq!(short, Err(Invalid::WrongCount));
}

#[test]
fn a_refusal_is_one_only_where_no_answer_is_found() {
    for question in [testing::select(), testing::likert(), testing::rank()] {
        let texts = [
            "I'm sorry, but I can't choose between these.",
            "As an AI, I cannot choose. It depends on people.",
            "I don’t have personal opinions.",
        ];
        all(&question, Err(Invalid::Refusal), &texts);
    }
    let asked = "As an AI I don't have personal opinions, but here is one.\n\nAnswer: Very important";
    all(&testing::likert(), Ok("very"), &[asked]);
    all(
        &testing::rank(),
        Ok("privacy performance fairness autonomy safety transparency"),
        &["As an AI, I do not have feelings, but:\nB, A, C, D, E, F"],
    );
}

#[test]
fn free_text_is_kept_as_it_came_without_thinking() {
    let question = testing::open();
    all(
        &question,
        Ok("**Privacy** is\n- control"),
        &[
            "**Privacy** is\n- control",
            "<think>Hm.</think>\n**Privacy** is\n- control\n",
            "{\"answer\": \"**Privacy** is\\n- control\"}",
        ],
    );
    all(&question, Ok("{\"privacy\": \"control\"}"), &["{\"privacy\": \"control\"}"]);
}

#[test]
fn structured_answers_follow_the_schema() {
    let json = |answer: serde_json::Value| serde_json::json!({ "answer": answer }).to_string();
    let five = ["Safety", "Privacy", "Fairness", "Transparency", "Accountability"];
    let select = testing::select();
    let sorted = "privacy fairness accountability safety transparency";
    all(&select, Ok(sorted), &[&json(five.into()), &format!("```json\n{}\n```", json(five.into()))]);
    let twice = json(vec!["Safety", "Safety", "Fairness", "Transparency", "Accountability"].into());
    all(&select, Err(Invalid::WrongCount), &[&twice, &json(five[..4].into())]);
    unread(&select, &[&json(vec!["Safety", "Justice", "Fairness"].into())]);
    all(&testing::likert(), Ok("very"), &[&json("Very important".into())]);
    all(&testing::trade_off(), Ok("probably_safety"), &[&json("Probably safety".into())]);
    let rank = testing::rank();
    let order = "privacy performance fairness autonomy safety transparency";
    all(&rank, Ok(order), &[&json(vec!["B", "A", "C", "D", "E", "F"].into())]);
    let twice = json(vec!["B", "B", "C", "D", "E", "F"].into());
    all(&rank, Err(Invalid::NotAPermutation), &[&twice]);
    all(&testing::open(), Ok("x"), &[&json("x".into())]);
}
