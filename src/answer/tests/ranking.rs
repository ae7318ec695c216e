//! Traps of rankings. The letters A to F stand for performance, privacy, fairness, autonomy, safety and transparency;
//! in the reversed form they stand for these in reverse order.

use super::{all, read_as, testing, unread};
use crate::answer::Invalid::NotAPermutation;

const ORDER: &str = "privacy performance fairness autonomy safety transparency";

#[test]
fn orders_of_every_style_are_read() {
    all(
        &testing::rank(),
        Ok(ORDER),
        &[
            "B, A, C, D, E, F",
            "B,A,C,D,E,F.",
            "B > A > C > D > E > F",
            "B>A>C>D>E>F",
            "B -> A -> C -> D -> E -> F",
            "B-A-C-D-E-F",
            "B → A → C → D → E → F",
            "B A C D E F",
            "b, a, c, d, e, f",
            "(B), (A), (C), (D), (E), (F)",
            "**B**, **A**, **C**, **D**, **E**, **F**",
            "\"B\", \"A\", \"C\", \"D\", \"E\", \"F\"",
            "['B', 'A', 'C', 'D', 'E', 'F']",
            "[B, A, C, D, E, F]",
            "{\"ranking\": [\"B\", \"A\", \"C\", \"D\", \"E\", \"F\"]}",
            "{\"answer\": \"B, A, C, D, E, F\"}",
            "[\"Story B\", \"Story A\", \"Story C\", \"Story D\", \"Story E\", \"Story F\"]",
            "Story B, Story A, Story C, Story D, Story E, and Story F",
            "My ranking: B, A, C, D, E, F",
            "From most to least important: B, A, C, D, E, F.",
            "B\nA\nC\nD\nE\nF",
            "1. B\n2. A\n3. C\n4. D\n5. E\n6. F",
            "1) B\n2) A\n3) C\n4) D\n5) E\n6) F",
            "**1.** B\n**2.** A\n**3.** C\n**4.** D\n**5.** E\n**6.** F",
            "1. **B.**\n2. **A.**\n3. **C.**\n4. **D.**\n5. **E.**\n6. **F.**",
            "- (B)\n- (A)\n- (C)\n- (D)\n- (E)\n- (F)",
            "B)\nA)\nC)\nD)\nE)\nF)",
            "1. Story B\n2. Story A\n3. Story C\n4. Story D\n5. Story E\n6. Story F",
            "**Story B** – it matters here\n**Story A** – readings as they are\n**Story C** – all the people\n**Story D** – their own choice\n\
             **Story E** – an alarm rings\n**Story F** – it can explain",
            "1. B, 2. A, 3. C, 4. D, 5. E, 6. F",
            "1st: B\n2nd: A\n3rd: C\n4th: D\n5th: E\n6th: F",
            "```\nB, A, C, D, E, F\n```",
            "Sure! Here is my ranking:\n\nB, A, C, D, E, F\n\nReasoning: a patient must be able to trust the system.",
        ],
    );
}

#[test]
fn lines_that_repeat_the_stories_are_read() {
    all(
        &testing::rank(),
        Ok(ORDER),
        &[
            "1. B. As a patient, I want my readings kept between me and my doctor.\n\
         2. A. As a patient, I want readings that are right every time.\n\
         3. C. As a patient, I want it to work on any skin.\n\
         4. D. As a patient, I want to decide when it measures.\n\
         5. E. As a doctor, I want an alarm before a patient comes to harm.\n\
         6. F. As a doctor, I want to see how a warning came about.",
            "1. As a patient, I want my readings kept between me and my doctor.\n\
         2. As a patient, I want readings that are right every time.\n\
         3. As a patient, I want it to work on any skin.\n\
         4. As a patient, I want to decide when it measures.\n\
         5. As a doctor, I want an alarm before a patient comes to harm.\n\
         6. As a doctor, I want to see how a warning came about.",
            "- As a patient, I want my readings...\n- As a patient, I want readings…\n- As a patient, I want it to\n\
         - As a patient, I want to decide\n- As a doctor, I want an alarm\n- As a doctor, I want to see",
            "B: readings kept private\nA: readings that fit\nC: works for everyone\nD: choose it freely\nE: an alarm rings\nF: warnings that explain",
        ],
    );
}

#[test]
fn a_word_beside_each_option_says_what_it_is_about() {
    all(
        &testing::rank(),
        Ok(ORDER),
        &[
            "B (privacy), A (accuracy), C (fairness), D (choice), E (alarm), F (explanations)",
            "B (privacy) > A (right readings) > C (fair access) > D (control) > E (safety) > F (clarity)",
            "1. B (data privacy)\n2. A (accuracy)\n3. C (skin color)\n4. D (choice)\n5. E (alarms)\n6. F (trust)",
        ],
    );
    unread(
        &testing::rank(),
        &[
            "B (bad), A (poor), C (meh), D (okay), E (good), F (great)",
            "B (privacy), A, C, D, E, F",
            "B (alarm), A (accuracy), C (fairness), D (choice), E (safety), F (trust)",
            "B (privacy), A (accuracy), C (fairness), D (choice), E (alarm), F (dropped)",
            "B (privacy), A (accuracy), C (fairness), D (choice), E (alarm), F (not trust)",
            "B (privacy last), A (accuracy), C (fairness), D (choice), E (alarm), F (trust)",
        ],
    );
}

#[test]
fn places_are_named_where_they_come() {
    all(
        &testing::rank(),
        Ok(ORDER),
        &[
            "Most important: B\nThen: A, C, D, E\nLeast important: F",
            "First: B\nNext: A, C, D, E\nLast: F",
            "- Most important: B\n- Then: A, C, D, E\n- Least important: F",
            "**Most important:** B\n**Followed by:** A, C, D, E\n**Least important:** F",
            "B, then A, then C, then D, then E, and finally F.",
            "First B, then A, then C, then D, then E, and last F.",
            "First comes B, then A, then C, then D, then E, and finally F.",
            "Most important: B\nSecond: A\nThird: C\nFourth: D\nFifth: E\nLeast important: F",
            "🥇 B\n🥈 A\n🥉 C\n4. D\n5. E\n6. F",
        ],
    );
    unread(
        &testing::rank(),
        &[
            "Least important: B\nThen: A, C, D, E\nMost important: F",
            "Most important: B, A\nThen: C, D\nLeast important: E, F",
            "Most important: B\nLeast important: F\nThen: A, C, D, E",
            "Most important: B, A, C\nLeast important: D, E, F",
            "Least important: B, A, C, D, E, F",
            "Most important: B\nThird: A\nSecond: C\nFourth: D\nFifth: E\nLeast important: F",
            "🥉 B\n🥈 A\n🥇 C\n4. D\n5. E\n6. F",
            "Last: B\nThen: A, C, D, E\nFirst: F",
            "B, A, C, D, E, F\nMost important: F",
            "B, A, C, D, E, F\nFirst: B\nLast: A",
        ],
    );
}

#[test]
fn an_answer_is_the_story_itself_not_its_place_in_the_shuffled_list() {
    all(
        &testing::rank_reversed(),
        Ok("safety transparency autonomy fairness privacy performance"),
        &[
            "B, A, C, D, E, F",
            "[\"B\", \"A\", \"C\", \"D\", \"E\", \"F\"]",
            "1. As a doctor, I want an alarm before a patient comes to harm.\n2. A\n3. C\n4. D\n5. E\n6. F",
        ],
    );
}

#[test]
fn duplicates_make_a_ranking_invalid() {
    all(
        &testing::rank(),
        Err(NotAPermutation),
        &[
            "B, A, C, D, E, B",
            "B, A, C, D, E, F, B",
            "1. B\n2. A\n3. C\n4. D\n5. E\n6. B",
            "[\"B\", \"A\", \"C\", \"D\", \"E\", \"E\"]",
            "B > A > C > D > E > E",
        ],
    );
}

#[test]
fn a_story_left_out_makes_it_no_permutation() {
    all(&testing::rank(), Err(NotAPermutation), &["B, A, C, D, E", "B", "1. B\n2. A", "[\"B\"]", "[]"]);
}

#[test]
fn a_letter_that_was_not_shown_is_unknown() {
    unread(&testing::rank(), &["B, A, C, D, E, G", "B, A, X, X", "[\"B\", \"G\"]", "1, 2, 3, 4, 5, 6"]);
}

#[test]
fn the_article_is_no_letter() {
    unread(&testing::rank(), &["A patient needs safety.", "I think all of them matter.", "A good doctor"]);
    unread(&testing::rank(), &["1. B\n3. C\n4. D\n5. E\n6. F"]);
    unread(&testing::rank(), &["1. B\n2. A patient must be safe\n3. C\n4. D\n5. E\n6. F"]);
}

#[test]
fn numbers_number_the_list_and_name_nothing() {
    unread(&testing::rank(), &["1\n2\n3\n4\n5\n6", "1. x\n2. y\n3. z"]);
    unread(
        &testing::rank(),
        &[
            "A: 2\nB: 1\nC: 3\nD: 4\nE: 5\nF: 6",
            "6. B\n5. A\n4. C\n3. D\n2. E\n1. F",
            "2. A\n1. B\n3. C\n4. D\n5. E\n6. F",
            "2. A, 1. B, 3. C, 4. D, 5. E, 6. F",
        ],
    );
    assert!(read_as(&testing::rank(), "A (2), B (1), C (3), D (4), E (5), F (6)", false).is_err());
    assert!(read_as(&testing::rank(), "A=2, B=1, C=3, D=4, E=5, F=6", false).is_err());
    assert!(
        read_as(&testing::rank(), "{\"A\": 2, \"B\": 1, \"C\": 3, \"D\": 4, \"E\": 5, \"F\": 6}", false)
            .is_err()
    );
}

#[test]
fn a_letter_with_another_storys_text_is_ambiguous() {
    unread(
        &testing::rank(),
        &[
            "1. A. As a patient, I want my readings kept between me and my doctor.\n2. B\n3. C\n4. D\n5. E\n6. F",
        ],
    );
}

#[test]
fn ties_and_rankings_from_below_are_ambiguous() {
    unread(
        &testing::rank(),
        &[
            "B = A > C > D > E > F",
            "B < A < C < D < E < F",
            "B or A, C, D, E, F",
            "From least to most important: B, A, C, D, E, F",
            "Least important first: B, A, C, D, E, F",
        ],
    );
}

#[test]
fn the_stories_repeated_as_shown_are_not_a_ranking() {
    let question = testing::rank();
    let echo: Vec<String> =
        question.shown.iter().zip('A'..).map(|(shown, c)| format!("{c}. {}", shown.text)).collect();
    let echo = echo.join("\n");
    unread(&question, &[&echo, &format!("Here are the stories:\n{echo}")]);
    all(&question, Ok(ORDER), &[&format!("{echo}\n\nMy ranking:\nB, A, C, D, E, F")]);
    all(&question, Ok("performance privacy fairness autonomy safety transparency"), &["A, B, C, D, E, F"]);
}

#[test]
fn two_rankings_that_differ_are_ambiguous() {
    unread(
        &testing::rank(),
        &[
            "B, A, C, D, E, F\nor\nA, B, C, D, E, F",
            "1. B\n2. A\n3. C\n4. D\n5. E\n6. F\n\nA > B > C > D > E > F",
            "B, A, C, D, E, F\n\nC, B, A",
            "D: B, A, C, D, E, F",
        ],
    );
    all(&testing::rank(), Ok(ORDER), &["B, A, C, D, E, F\n\nSo, my final answer is: B, A, C, D, E, F"]);
}

#[test]
fn stories_ranked_in_running_text_are_ambiguous() {
    unread(&testing::rank(), &["Story B is the best. Then (A). C: good."]);
}

#[test]
fn groups_are_no_order() {
    unread(
        &testing::rank(),
        &["B, A, C | D, E, F", "B, A, C; D, E, F", "B > A, C > D > E > F", "| B, A | C | D | E | F |"],
    );
    all(
        &testing::rank(),
        Ok(ORDER),
        &["B | A | C | D | E | F", "| B | A | C | D | E | F |", "B; A; C; D; E; F"],
    );
}
