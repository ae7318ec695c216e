//! Responses written by outsiders that were once read wrong: words around an answer may change it in ways that nobody
//! has listed.

use super::{all, testing, unread};
use crate::answer::{Finish, Invalid, read};

const FIVE: &str = "- Safety\n- Privacy\n- Fairness\n- Transparency\n- Accountability";

#[test]
fn a_level_is_not_read_out_of_what_denies_doubts_or_reports_it() {
    unread(
        &testing::likert(),
        &[
            "I hesitate to call it very important.",
            "Calling it very important would overdo it.",
            "My neighbour finds it very important.",
            "Once upon a time it was very important.",
            "Few would argue it is very important.",
            "Safety is very important.",
            "It would be very important if the data left the house.",
            "Very important?",
            "Very important, as the salesman put it.",
            "Very important — in theory.",
            "Very important on paper.",
            "Sort of very important",
            "No — very important",
        ],
    );
}

#[test]
fn what_follows_a_level_may_take_it_back_in_any_words() {
    unread(
        &testing::likert(),
        &[
            "Very important\n\nThat was the view of the board.",
            "Very important\n\nThe second box from the top, counted from the bottom.",
            "Very important\n\nStrike that.",
            "Very important\n\nSee the entry of my colleague.",
            "Very important\n\nAndere sehen das anders als ich es tue.",
            "Very important\n\nPrivacy is what they asked about; this is not my answer.",
            "Very important\n\n**Correction:** Extremely important",
            "Very important\n\nIt is not very important.",
        ],
    );
}

#[test]
fn a_list_is_not_chosen_where_its_heading_or_an_entry_may_say_otherwise() {
    let below = |heading: &str| format!("{heading}\n{FIVE}");
    for heading in [
        "Discarded:",
        "Of little weight:",
        "What I can do without:",
        "Nominees:",
        "Not on my list:",
        "### Dropped",
        "The five least important values:",
        "A critic's five:",
    ] {
        unread(&testing::select(), &[&below(heading)]);
    }
    unread(
        &testing::select(),
        &[
            &FIVE.replace("- Accountability", "### Less so\n- Accountability"),
            &FIVE.replace("Accountability", "Accountability: dropped"),
            &FIVE.replace("Accountability", "~~Accountability~~"),
            &FIVE.replace("Accountability", "Accountability (a stopgap)"),
            &FIVE.replace("- ", "- [ ] "),
            &FIVE.replace("- ", "❌ "),
            &format!("{FIVE}\n\nThese are gone from the list of those I need."),
            &format!("{FIVE}\n\nOn reflection, Dignity in place of Accountability."),
            "{\"rejected\": [\"Safety\", \"Privacy\", \"Fairness\", \"Transparency\", \"Accountability\"]}",
            "{\"answer\": [\"Safety\", \"Privacy\", \"Fairness\", \"Transparency\", \"Accountability\"], \"negated\": true}",
            "{\"answer\": \"Safety\", \"answer\": \"Privacy\"}",
        ],
    );
}

#[test]
fn a_ranking_has_its_direction_and_its_numbers() {
    unread(
        &testing::rank(),
        &[
            "Bottom up: F, E, D, C, A, B",
            "F, E, D, C, A, B (rising)",
            "F, E, D, C, A, B\n\nThe last one matters most.",
            "F - least important\nE\nD\nC\nA\nB - most important",
            "1. A\n1. B\n2. C\n3. D\n4. E\n5. F",
            "A: 2nd\nB: 1st\nC: 3rd\nD: 4th\nE: 5th\nF: 6th",
            "Equally: A, B, C, D, E, F",
            "A, B, C, D, E, F\n\nSorted by the effort of building them.",
            "[{\"story\": \"A\", \"rank\": 2}, {\"story\": \"B\", \"rank\": 1}, {\"story\": \"C\", \"rank\": 3}, \
             {\"story\": \"D\", \"rank\": 4}, {\"story\": \"E\", \"rank\": 5}, {\"story\": \"F\", \"rank\": 6}]",
            "{\"ranking\": [\"F\", \"E\", \"D\", \"C\", \"A\", \"B\"], \"direction\": \"ascending\"}",
        ],
    );
}

#[test]
fn plain_answers_are_read_at_every_level_alike() {
    for (id, label) in [
        ("not_at_all", "Not at all important"),
        ("slightly", "Slightly important"),
        ("moderately", "Moderately important"),
        ("very", "Very important"),
        ("extremely", "Extremely important"),
    ] {
        let low = label.to_lowercase();
        for text in [
            label.to_owned(),
            format!("**{label}**."),
            format!("I would rate it as {low}."),
            format!("I would say this is {low} to me."),
            format!("Privacy is {low} here."),
            format!("My answer: {label}"),
            format!("Sure! Here's my answer:\n\n{label}"),
            format!("{label}\n\nExplanation: patients share such data with their doctor."),
            format!("{low}, because the data is personal"),
            format!("<think>Perhaps.</think>{label}"),
            format!("{{\"rating\": \"{label}\", \"reason\": \"The data is personal.\"}}"),
        ] {
            all(&testing::likert(), Ok(id), &[&text]);
        }
    }
}

#[test]
fn the_providers_own_word_comes_first() {
    let question = testing::likert();
    let reason = |finish: Finish| read(&question, "Very important", &finish).map_err(|unread| unread.reason);
    assert_eq!(reason(Finish::Filter), Err(Invalid::Refusal));
    assert_eq!(reason(Finish::Unknown("pause_turn".to_owned())), Err(Invalid::UnknownFinish));
    assert_eq!(reason(Finish::Length), Err(Invalid::CutOff));
    assert!(reason(Finish::Stop).is_ok() && reason(Finish::Other).is_ok());
    let why = read(&question, "x", &Finish::Unknown("pause_turn".to_owned())).map_err(|unread| unread.why);
    assert_eq!(why, Err("it is not certain that the answer is complete text: pause_turn".to_owned()));
}

#[test]
fn the_place_and_the_reason_are_told() {
    let told = |text: &str| {
        let unread = read(&testing::likert(), text, &Finish::Stop).expect_err("unread");
        format!("{} @ {}", unread.why, unread.at.map_or("", |at| &text[at]))
    };
    assert_eq!(
        told("Nobody would say it is very important."),
        "`Nobody would say it is very important` before the answer may change its meaning @ Nobody would say it is very important"
    );
    assert_eq!(
        told("I hesitate to say it is very important."),
        "`hesitate to say it is very important` is where an option should be @ hesitate to say it is very important"
    );
    assert_eq!(
        told("Very important or slightly important"),
        "the explanation names another option (`slightly`) @ slightly important"
    );
}

#[test]
fn a_suite_in_another_language_has_its_own_frames_and_no_english_ones() {
    let mut german = testing::likert().task.clone();
    german.language = Some("de".to_owned());
    let question = german.question(1, 0, 0, 0);
    all(
        &question,
        Ok("very"),
        &["Very important", "Meine Antwort lautet: Very important", "**Very important**"],
    );
    unread(
        &question,
        &[
            "I would say very important",
            "Nicht gewählt: very important",
            "Very important, weil es wichtig ist",
        ],
    );
    german.language = Some("fi".to_owned());
    let question = german.question(1, 0, 0, 0);
    all(&question, Ok("very"), &["Very important."]);
    unread(&question, &["Answer: Very important", "Antwort: Very important"]);
}

#[test]
fn a_reason_that_disowns_the_answer_or_is_for_the_other_side_stops_the_reader() {
    unread(
        &testing::likert(),
        &[
            "Extremely important, because that is what one is supposed to say.",
            "I would rate it very important, since the survey punishes lower ratings.",
            "Very important\n\nHaving weighed it up, the level above fits better.",
            "Extremely important that it be left out of the discussion.",
            "Very important, because I was told to put that.",
            "Moderately important. The true level is two rungs above this.",
            "Very important\n\nReason: the form would not let me continue with the field blank.",
        ],
    );
    unread(
        &testing::trade_off(),
        &[
            "Definitely safety\n\nSafety is the one I would let go of when the two collide.",
            "Probably safety. Patients deserve to choose for themselves, and that settles it for me.",
            "Undecided\n\nHarm to the patient outweighs everything, so the decision is easy.",
            "Definitely safety, because I was told to put that.",
        ],
    );
    all(
        &testing::trade_off(),
        Ok("probably_safety"),
        &[
            "Probably safety. The safety of patients must not be put at risk in a medical system.",
            "Probably safety, because lives depend on it.",
        ],
    );
    all(
        &testing::trade_off(),
        Ok("undecided"),
        &["Undecided. Both values are essential in a medical system."],
    );
}
