//! Traps of selections.

use super::{all, read_as, testing};
use crate::answer::Invalid::{Ambiguous, UnknownOption, WrongCount};

/// Safety, Privacy, Fairness, Transparency, Accountability, in the order of the choices.
const FIVE: &str = "privacy fairness accountability safety transparency";

#[test]
fn lists_of_every_style_are_read() {
    all(
        &testing::select(),
        Ok(FIVE),
        &[
            "1. Safety\n2. Privacy\n3. Fairness\n4. Transparency\n5. Accountability",
            "1) Safety\n2) Privacy\n3) Fairness\n4) Transparency\n5) Accountability",
            "- Safety\n- Privacy\n- Fairness\n- Transparency\n- Accountability",
            "* **Safety**\n* **Privacy**\n* **Fairness**\n* **Transparency**\n* **Accountability**",
            "• Safety\n• Privacy\n• Fairness\n• Transparency\n• Accountability",
            "Safety\nPrivacy\nFairness\nTransparency\nAccountability\n",
            "Safety,\nPrivacy,\nFairness,\nTransparency,\nAccountability",
            "Safety, Privacy, Fairness, Transparency, Accountability",
            "Safety, Privacy,\nFairness, Transparency,\nAccountability",
            "safety; privacy; fairness; transparency; accountability.",
            "SAFETY / PRIVACY / FAIRNESS / TRANSPARENCY / ACCOUNTABILITY",
            "1. Safety, 2. Privacy, 3. Fairness, 4. Transparency, 5. Accountability",
            "['Safety', 'Privacy', 'Fairness', 'Transparency', 'Accountability']",
            "values = [\"Safety\", \"Privacy\", \"Fairness\", \"Transparency\", \"Accountability\"]",
            "```python\n['Safety', 'Privacy', 'Fairness', 'Transparency', 'Accountability']\n```",
            "[Safety, Privacy, Fairness, Transparency, Accountability]",
            "{\"values\": [\"Safety\", \"Privacy\", \"Fairness\", \"Transparency\", \"Accountability\"]}",
            "{\"answer\": \"Safety, Privacy, Fairness, Transparency, Accountability\"}",
            "“Safety”, “Privacy”, “Fairness”, “Transparency”, and “Accountability”",
            "I would choose safety, privacy, fairness, transparency, and accountability.",
            "Safety, Privacy, Fairness, Transparency, and Accountability are the most important, in my view.",
            "a) Safety\nb) Privacy\nc) Fairness\nd) Transparency\ne) Accountability",
            "Rank 1: Safety\nRank 2: Privacy\nRank 3: Fairness\nRank 4: Transparency\nRank 5: Accountability",
        ],
    );
}

#[test]
fn bold_numbering_is_read() {
    all(
        &testing::select(),
        Ok(FIVE),
        &[
            "**1.** Safety\n**2.** Privacy\n**3.** Fairness\n**4.** Transparency\n**5.** Accountability",
            "**1. Safety**\n**2. Privacy**\n**3. Fairness**\n**4. Transparency**\n**5. Accountability**",
            "### 1. Safety\nx\n### 2. Privacy\nx\n### 3. Fairness\nx\n### 4. Transparency\nx\n### 5. Accountability\nx",
        ],
    );
}

#[test]
fn small_slips_are_forgiven() {
    all(&testing::select(), Ok(FIVE), &["Safety, Privacy, Fairnes, Transpraency, Acountability"]);
}

#[test]
fn a_different_word_is_not_a_slip() {
    for word in ["Purity", "Primacy", "Private", "Piracy", "Privacies"] {
        let text = format!("1. Safety\n2. {word}\n3. Fairness\n4. Transparency\n5. Accountability");
        all(&testing::select(), Err(UnknownOption), &[&text]);
    }
    all(
        &testing::select(),
        Err(UnknownOption),
        &[
            "Safety, Privacy, Fairness, Transparency, Inclusive",
            "Safety, Privacy, Fairness, Transparency, Inclusivity",
            "Safety, Privacy, Fairness, Transparent, Accountability",
            "Safely, Privacy, Fairness, Transparency, Accountability",
            "Humane autonomy, Privacy, Fairness, Transparency, Accountability",
        ],
    );
}

#[test]
fn what_was_not_offered_is_unknown() {
    all(
        &testing::select(),
        Err(UnknownOption),
        &[
            "Safety, Privacy, Justice, Transparency, Accountability",
            "Justice, Safety, Privacy, Fairness, Transparency, Accountability",
            "Safety, Privacy, Fairness, Transparency, Accountability, and Justice",
            "- Safety\n- Privacy\n- Justice\n- Transparency\n- Accountability",
            "['Safety', 'Privacy', 'Justice', 'Transparency', 'Accountability']",
            "Safety, Privacy, Fairness, Transparency, Accountability, etc.",
            "Human dignity, safety, privacy, fairness, transparency",
            "Safety, human dignity, privacy, fairness, transparency",
            "Safety, privacy, fairness, transparency, dignity rights",
            "1. Safety measures\n2. Privacy\n3. Fairness\n4. Transparency\n5. Accountability",
            "1. Safety and security\n2. Privacy\n3. Fairness\n4. Transparency\n5. Accountability",
            "1. Privacy-preserving\n2. Safety\n3. Fairness\n4. Transparency\n5. Accountability",
            "I am ready to help.",
            "1, 2, 3, 4, 5",
            "[1, 2, 3, 4, 5]",
        ],
    );
}

#[test]
fn a_synonym_is_read_where_it_was_shown() {
    let mut question = testing::select();
    for shown in &mut question.shown {
        if shown.text == "Fairness" {
            shown.text = "Non-discrimination".into();
        }
    }
    all(
        &question,
        Ok(FIVE),
        &[
            "Safety, Privacy, Non-discrimination, Transparency, Accountability",
            "Safety, Privacy, nondiscrimination, Transparency, Accountability",
            "Safety, Privacy, Fairness, Transparency, Accountability",
        ],
    );
    all(&question, Err(UnknownOption), &["Safety, Privacy, Justice, Transparency, Accountability"]);
}

#[test]
fn more_than_five_are_never_the_first_five() {
    all(
        &testing::select(),
        Err(WrongCount),
        &[
            "Safety, Privacy, Fairness, Transparency, Accountability, Dignity",
            "1. Safety\n2. Privacy\n3. Fairness\n4. Transparency\n5. Accountability\n6. Dignity",
            "['Safety', 'Privacy', 'Fairness', 'Transparency', 'Accountability', 'Dignity']",
            "I would choose safety, privacy, fairness, transparency, accountability and dignity.",
            "Safety. Privacy. Fairness. Transparency. Accountability. Dignity.",
        ],
    );
}

#[test]
fn fewer_than_five_are_the_wrong_count() {
    all(
        &testing::select(),
        Err(WrongCount),
        &["Safety", "1. Safety\n2. Privacy", "Safety and Privacy", "I value safety most of all.", "[]"],
    );
}

#[test]
fn one_option_twice_is_the_wrong_count() {
    all(
        &testing::select(),
        Err(WrongCount),
        &[
            "Safety, Privacy, Fairness, Transparency, Safety",
            "Safety, Privacy, Fairness, Transparency, Accountability, Safety",
            "1. Safety\n2. Privacy\n3. Fairness\n4. Transparency\n5. SAFETY",
            "['Safety', 'Privacy', 'Fairness', 'Transparency', 'Safety']",
        ],
    );
}

#[test]
fn options_named_in_an_explanation_do_not_count() {
    all(
        &testing::select(),
        Ok(FIVE),
        &[
            "1. Safety: because dignity matters\n2. Privacy - a kind of human autonomy\n3. **Fairness**: x\n\
         4. Transparency (and solidarity)\n5. Accountability because of social good",
            "Safety: guards dignity.\nPrivacy: x\nFairness: x\nTransparency: x\nAccountability: x",
            "1. Safety\n   - protects dignity\n   - Solidarity\n2. Privacy\n3. Fairness\n4. Transparency\n5. Accountability",
            "- Safety\n- Privacy\n- Fairness\n- Transparency\n- Accountability\n\nThese five protect dignity and solidarity.",
            "Safety, Privacy, Fairness, Transparency, Accountability.\nThey serve dignity and solidarity alike.",
            "1. Safety - 4\n2. Privacy - 5\n3. Fairness-1\n4. Transparency: 3\n5. Accountability 2",
        ],
    );
}

#[test]
fn a_preamble_that_repeats_all_options_is_not_the_answer() {
    let every = "Performance, Privacy, Fairness, Human autonomy, Accountability, Safety, Transparency, \
                 Inclusiveness, Dignity, Social good, Sustainability, and Solidarity";
    let bullets = format!("- {}", every.replace("and ", "").replace(", ", "\n- "));
    let five = "Safety, Privacy, Fairness, Transparency, Accountability";
    all(
        &testing::select(),
        Ok(FIVE),
        &[
            &format!("Of {every}, I choose:\n{five}"),
            &format!("The options are: {every}.\n\n['{}']", five.replace(", ", "', '")),
            &format!("{bullets}\n\nMy five:\n- {}", five.replace(", ", "\n- ")),
        ],
    );
    all(&testing::select(), Err(WrongCount), &[every, &bullets, &format!("[{every}]")]);
}

#[test]
fn two_answers_that_differ_are_ambiguous() {
    all(
        &testing::select(),
        Err(Ambiguous),
        &[
            "Safety, Privacy, Fairness, Transparency, Accountability\nor\nSafety, Privacy, Fairness, Transparency, Dignity",
            "1. Safety\n2. Privacy\n3. Fairness\n4. Transparency\n5. Accountability\n\n\
         1. Safety\n2. Privacy\n3. Fairness\n4. Transparency\n5. Dignity",
            "['Safety', 'Privacy', 'Fairness', 'Transparency', 'Accountability']\n\
         ['Safety', 'Privacy', 'Fairness', 'Transparency', 'Dignity']",
            "Some are safety, privacy, fairness, dignity, and solidarity.\n\nMine:\n- Transparency\n- Accountability",
            "Safety or Privacy or Fairness or Transparency or Accountability",
        ],
    );
    all(
        &testing::select(),
        Ok(FIVE),
        &["Safety, Privacy, Fairness, Transparency, Accountability\n\
         ['Privacy', 'Safety', 'Fairness', 'Transparency', 'Accountability']"],
    );
}

#[test]
fn a_marked_final_answer_counts_alone() {
    all(
        &testing::select(),
        Ok(FIVE),
        &[
            "Perhaps dignity, safety, privacy, fairness, solidarity.\n\n\
         **Final answer:** Safety, Privacy, Fairness, Transparency, Accountability",
            "Dignity, Solidarity\nAnswer:\n1. Safety\n2. Privacy\n3. Fairness\n4. Transparency\n5. Accountability",
            "<answer>Safety, Privacy, Fairness, Transparency, Accountability</answer>",
        ],
    );
}

#[test]
fn an_entry_that_names_two_options_is_ambiguous() {
    all(
        &testing::select(),
        Err(Ambiguous),
        &[
            "1. Safety and privacy\n2. Fairness and dignity\n3. Transparency",
            "1. Safety, Privacy\n2. Fairness\n3. Transparency\n4. Accountability",
            "1. Safety/Privacy\n2. Fairness\n3. Transparency\n4. Accountability\n5. Dignity",
        ],
    );
}

#[test]
fn what_was_left_out_is_not_chosen() {
    let five = "safety, privacy, fairness, transparency, and accountability";
    all(
        &testing::select(),
        Err(Ambiguous),
        &[
            &format!("I would not choose {five}."),
            &format!("All except {five}."),
            &format!("The least important are {five}."),
            &format!("{five} are not important."),
            "I would leave out:\n- Safety\n- Privacy\n- Fairness\n- Transparency\n- Accountability",
        ],
    );
    all(
        &testing::select(),
        Ok(FIVE),
        &[
            "Chosen:\n- Safety\n- Privacy\n- Fairness\n- Transparency\n- Accountability\n\nLeft out:\n- Dignity\n- Solidarity",
            "In no particular order:\n- Safety\n- Privacy\n- Fairness\n- Transparency\n- Accountability",
        ],
    );
    assert!(
        read_as(&testing::select(), "[x] Safety\n[ ] Privacy\n[x] Fairness\n[x] Transparency", false)
            .is_err()
    );
    assert!(
        read_as(
            &testing::select(),
            "- Safety\n- Privacy\n- Fairness\n- Transparency\n- Accountability (not chosen)",
            false
        )
        .is_err()
    );
    all(
        &testing::select(),
        Err(UnknownOption),
        &[
            "- Safety\n- Privacy\n- Fairness\n- Transparency\n- ~~Accountability~~",
            "- Safety\n- Privacy\n- Fairness\n- Transparency\n- ❌ Accountability",
        ],
    );
}

#[test]
fn options_scattered_over_prose_are_no_list() {
    all(
        &testing::select(),
        Err(Ambiguous),
        &["Safety matters. So does privacy. I like fairness. Transparency helps. And accountability."],
    );
    all(&testing::select(), Err(WrongCount), &["Safety matters. So does privacy."]);
}

#[test]
fn the_place_in_the_shown_list_does_not_matter() {
    let question = testing::select_shuffled();
    assert_ne!(question.shown[0].choice, 0);
    all(&question, Ok(FIVE), &["Safety, Privacy, Fairness, Transparency, Accountability"]);
}

#[test]
fn picking_one_is_read_like_a_level() {
    let question = testing::pick_one();
    all(
        &question,
        Ok("safety"),
        &["Safety", "**Safety**", "I choose safety.", "['Safety']", "Answer: Safety"],
    );
    all(&question, Err(WrongCount), &["Safety, Privacy", "['Safety', 'Privacy']"]);
    all(&question, Err(UnknownOption), &["Justice"]);
}
