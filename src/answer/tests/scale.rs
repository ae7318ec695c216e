//! Traps in reading levels.

use super::{all, testing, unread};

#[test]
fn levels_of_every_style_are_read() {
    all(
        &testing::likert(),
        Ok("very"),
        &[
            "Very important",
            "very important.",
            "VERY IMPORTANT!",
            "\"Very important\"",
            "“Very important.”",
            "**Very important**",
            "- Very important",
            "4. Very important",
            "`Very important`",
            "```\nVery important\n```",
            "{\"answer\": \"Very important\"}",
            "['Very important']",
            "Very_Important",
            "very-important",
            "Answer: Very important",
            "**Answer:** Very important",
            "Rating: **Very important**",
            "Privacy: Very important",
            "The answer is \"Very important\".",
            "I would say it is very important.",
            "I'd rate privacy as very important, because patients trust it.",
            "Very important. Privacy that is lost cannot be restored.",
            "Very important, as it cannot be undone.",
            "Very important - patient data is sensitive here",
            "Very important\n\nBecause patients must not suffer.",
            "<think>Extremely important? Or slightly important?</think>Very important",
            "\\boxed{\\text{Very important}}",
            "<answer>Very important</answer>",
        ],
    );
}

#[test]
fn very_important_never_becomes_important() {
    let question = testing::scale_with_important();
    all(&question, Ok("very"), &["Very important", "It is very important."]);
    all(&question, Ok("plain"), &["Important", "It is important.", "**Important**"]);
    all(&question, Ok("not_at_all"), &["Not at all important"]);
    unread(
        &question,
        &[
            "Extremely important",
            "Somewhat important",
            "It is most important",
            "It is highly important.",
            "Unimportant",
        ],
    );
    unread(&question, &["Not important", "It isn't important.", "not very important"]);
}

#[test]
fn levels_that_share_words_are_told_apart() {
    for (text, id) in [
        ("Not at all important", "not_at_all"),
        ("Slightly important", "slightly"),
        ("Moderately important", "moderately"),
        ("Very important", "very"),
        ("Extremely important", "extremely"),
    ] {
        all(
            &testing::likert(),
            Ok(id),
            &[text, &text.to_uppercase(), &format!("It is {}.", text.to_lowercase())],
        );
    }
}

#[test]
fn an_answer_that_names_two_levels_is_ambiguous_not_the_first() {
    unread(
        &testing::likert(),
        &[
            "Very important or extremely important",
            "Slightly important, Moderately important.",
            "Very important (not extremely important)",
            "Between moderately important and very important",
            "Very important. Well, for some it is only slightly important.",
            "['Very important', 'Extremely important']",
            "Answer: Very important\nAnswer: Slightly important",
            "**Very important** is too strong; slightly important fits.",
        ],
    );
}

#[test]
fn a_negated_level_is_ambiguous() {
    unread(
        &testing::likert(),
        &[
            "not very important",
            "This is not very important.",
            "It isn't extremely important.",
            "Slightly important is not a valid answer.",
            "Slightly important, not really important",
            "I would never say very important.",
            "It cannot be very important",
        ],
    );
}

#[test]
fn a_level_that_is_asked_or_conditional_or_only_mentioned_is_ambiguous() {
    unread(
        &testing::likert(),
        &[
            "Very important?",
            "Is it very important?",
            "If it is very important, then so be it.",
            "It might be very important.",
            "For the system to be considered very important, it must meet conditions.",
            "It is very important to note that I am a language model.",
            "Very important considerations apply here.",
            "Very important, or maybe less.",
            "Very important.\nActually, let me think again.",
        ],
    );
}

#[test]
fn an_unknown_level_is_unknown() {
    unread(
        &testing::likert(),
        &[
            "Important",
            "Somewhat important",
            "It's not too important.",
            "Highly important",
            "No, I am ready to help!",
            "Neutral",
        ],
    );
}

#[test]
fn a_number_is_unknown_where_no_numbers_were_offered() {
    unread(&testing::likert(), &["4", "4.", "5/5", "Rating: 3", "{\"answer\": 4}", "#1"]);
}

#[test]
fn numbers_are_read_where_they_were_offered() {
    let question = testing::numbers();
    all(
        &question,
        Ok("n5"),
        &["5", "5.", "**5**", "Rating: 5", "I'd say 5", "5, because it matters", "{\"answer\": 5}"],
    );
    unread(&question, &["4.5", "10", "0", "-1", "five"]);
    unread(
        &question,
        &["4/5", "1-5", "1 to 5", "3 out of 5", "1 out of 10", "50 or 5%", "5. Privacy is a right."],
    );
}

#[test]
fn the_scale_repeated_is_not_an_answer_unless_one_is_marked() {
    let list = "- Not at all important\n- Slightly important\n- Moderately important\n- Very important\n- Extremely important";
    unread(&testing::likert(), &[list, &format!("{list}\n\nVery important")]);
    all(
        &testing::likert(),
        Ok("very"),
        &[&format!("{list}\n\nAnswer: Very important"), &format!("{list}\n\nMy answer is very important.")],
    );
    unread(
        &testing::likert(),
        &[
            &format!("{list}\n\n**Very important**"),
            &list.replace("Very important", "**Very important**"),
            "Not at all, slightly important … I choose **very important**.",
        ],
    );
    let bold = list.replace("- ", "- **").replace("important", "important**");
    unread(&testing::likert(), &[&bold]);
}

#[test]
fn safety_alone_is_not_probably_safety() {
    let question = testing::trade_off();
    unread(
        &question,
        &[
            "Safety",
            "safety.",
            "I would choose safety",
            "Probably",
            "I would probably choose safety",
            "Human autonomy",
            "autonomy",
        ],
    );
    all(&question, Ok("probably_safety"), &["Probably safety", "PROBABLY SAFETY", "**Probably Safety**"]);
    all(&question, Ok("definitely_safety"), &["Definitely safety", "definitely safety, since lives matter"]);
    all(&question, Ok("definitely_autonomy"), &["Definitely human autonomy", "definitely Human Autonomy."]);
    all(&question, Ok("undecided"), &["Undecided", "I'm undecided.", "I am undecided"]);
    unread(&question, &["Probably safety, definitely human autonomy", "Not undecided"]);
    unread(&question, &["Definitely undecided", "decided", "Most probably safety"]);
}

#[test]
fn the_direction_in_which_a_trade_off_is_put_does_not_matter() {
    for question in [testing::trade_off(), testing::trade_off_swapped()] {
        all(&question, Ok("probably_safety"), &["Probably safety"]);
        all(&question, Ok("definitely_autonomy"), &["Definitely human autonomy"]);
    }
}

#[test]
fn a_misspelt_level_is_none() {
    unread(
        &testing::likert(),
        &[
            "Extremly important",
            "Vrey important",
            "Every important",
            "Sightly important",
            "Extremly imporant",
        ],
    );
    unread(&testing::trade_off(), &["Provably safety", "Probable safety"]);
}

#[test]
fn a_number_that_is_said_to_be_an_options_is_its_place() {
    unread(
        &testing::likert(),
        &[
            "Option 1: Very important",
            "Level 1: Very important",
            "Score 1: Very important",
            "My rating is 1. Very important",
            "I choose option 1: Very important",
            "Answer: option 5, Very important",
        ],
    );
    let read = [
        "Option 4: Very important",
        "1. Very important",
        "Answer: 1. Very important",
        "I choose option 4: Very important",
    ];
    all(&testing::likert(), Ok("very"), &read);
}

#[test]
fn signs_of_a_scale_or_of_a_denial_say_something() {
    let texts = ["★☆☆☆☆ Very important", "Very important ★☆☆☆☆", "⚪ Very important", "!Very important"];
    unread(&testing::likert(), &texts);
    all(&testing::likert(), Ok("very"), &["⭐ Very important", "✅ Very important", "Very important!"]);
}

#[test]
fn a_level_of_another_thing_is_none() {
    let texts = ["It is very important that you ask a doctor.", "It is very important to answer honestly."];
    unread(&testing::likert(), &texts);
    all(&testing::likert(), Ok("very"), &["Very important to me.", "It is very important."]);
}
