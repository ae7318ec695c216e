//! Traps in reading selections.

use super::{all, read_as, testing, unread};
use crate::answer::Invalid::WrongCount;

/// Safety, Privacy, Fairness, Transparency and Accountability, in the order of the choices.
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
            "### 1. Safety\nIt keeps people whole.\n### 2. Privacy\nData stays home.\n### 3. Fairness\nThe same for all.\n\
             ### 4. Transparency\nThe system is open.\n### 5. Accountability\nSomebody is in charge.",
        ],
    );
}

#[test]
fn a_misspelt_option_is_none() {
    unread(&testing::select(), &["Safety, Privacy, Fairnes, Transparency, Accountability"]);
}

#[test]
fn a_different_word_is_not_a_slip() {
    for word in ["Purity", "Primacy", "Private", "Piracy", "Privacies"] {
        let text = format!("1. Safety\n2. {word}\n3. Fairness\n4. Transparency\n5. Accountability");
        unread(&testing::select(), &[&text]);
    }
    unread(
        &testing::select(),
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
    unread(
        &testing::select(),
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
    unread(&question, &["Safety, Privacy, Justice, Transparency, Accountability"]);
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
        ],
    );
}

#[test]
fn fewer_than_five_are_the_wrong_count() {
    all(
        &testing::select(),
        Err(WrongCount),
        &["Safety", "1. Safety\n2. Privacy", "Safety and Privacy", "[]"],
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
fn an_explanation_names_no_other_option() {
    unread(
        &testing::select(),
        &[
            "1. Safety: because dignity matters\n2. Privacy\n3. Fairness\n4. Transparency\n5. Accountability",
            "1. Safety\n2. Privacy\n3. Fairness\n4. Transparency (and solidarity)\n5. Accountability",
            "1. Safety\n   - Solidarity\n2. Privacy\n3. Fairness\n4. Transparency\n5. Accountability",
            "Safety, Privacy, Fairness, Transparency, Accountability.\nThey serve dignity and solidarity alike.",
            "1. Safety - 4\n2. Privacy - 5\n3. Fairness-1\n4. Transparency: 3\n5. Accountability 2",
        ],
    );
    all(
        &testing::select(),
        Ok(FIVE),
        &[
            "1. Safety: because people come to harm\n2. Privacy - a right of users\n3. **Fairness**: the same for all\n\
         4. Transparency (open to users)\n5. Accountability because somebody must be in charge",
            "- Safety\n- Privacy\n- Fairness\n- Transparency\n- Accountability\n\n\
             These five values protect the people who use such a system. Privacy and safety help them daily.",
        ],
    );
}

#[test]
fn the_options_repeated_as_shown_are_not_the_answer() {
    let every = "Performance, Privacy, Fairness, Human autonomy, Accountability, Safety, Transparency, \
                 Inclusiveness, Dignity, Social good, Sustainability, and Solidarity";
    let bullets = format!("- {}", every.replace("and ", "").replace(", ", "\n- "));
    let five = "Safety, Privacy, Fairness, Transparency, Accountability";
    let bulleted = five.replace(", ", "\n- ");
    all(&testing::select(), Ok(FIVE), &[&format!("{bullets}\n\nMy five values:\n- {bulleted}")]);
    all(&testing::select(), Err(WrongCount), &[every, &bullets, &format!("[{every}]")]);
    unread(
        &testing::select(),
        &[&format!("Of {every}, I choose:\n{five}"), &format!("The options are: {every}.\n\n{five}")],
    );
}

#[test]
fn two_answers_that_differ_are_ambiguous() {
    unread(
        &testing::select(),
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
         My answer: ['Privacy', 'Safety', 'Fairness', 'Transparency', 'Accountability']"],
    );
}

#[test]
fn a_marked_answer_is_read_and_what_stood_before_it_is_not_overlooked() {
    all(
        &testing::select(),
        Ok(FIVE),
        &[
            "**Final answer:** Safety, Privacy, Fairness, Transparency, Accountability",
            "<answer>Safety, Privacy, Fairness, Transparency, Accountability</answer>",
        ],
    );
    unread(
        &testing::select(),
        &[
            "Perhaps dignity, safety, privacy, fairness, solidarity.\n\n\
         **Final answer:** Safety, Privacy, Fairness, Transparency, Accountability",
            "Dignity, Solidarity\nAnswer:\n1. Safety\n2. Privacy\n3. Fairness\n4. Transparency\n5. Accountability",
        ],
    );
}

#[test]
fn an_entry_that_names_two_options_is_ambiguous() {
    unread(
        &testing::select(),
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
    unread(
        &testing::select(),
        &[
            &format!("I would not choose {five}."),
            &format!("All except {five}."),
            &format!("The least important are {five}."),
            &format!("{five} are not important."),
            "Chosen:\n- Safety\n- Privacy\n- Fairness\n- Transparency\n- Accountability\n\nLeft out:\n- Dignity\n- Solidarity",
            "I would leave out:\n- Safety\n- Privacy\n- Fairness\n- Transparency\n- Accountability",
        ],
    );
    all(
        &testing::select(),
        Ok(FIVE),
        &["In no particular order:\n- Safety\n- Privacy\n- Fairness\n- Transparency\n- Accountability"],
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
    unread(
        &testing::select(),
        &[
            "- Safety\n- Privacy\n- Fairness\n- Transparency\n- ~~Accountability~~",
            "- Safety\n- Privacy\n- Fairness\n- Transparency\n- ❌ Accountability",
        ],
    );
}

#[test]
fn options_scattered_over_prose_are_no_list() {
    unread(
        &testing::select(),
        &["Safety matters. So does privacy. I like fairness. Transparency helps. And accountability."],
    );
    unread(&testing::select(), &["Safety matters. So does privacy.", "I value safety most of all."]);
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
    unread(&question, &["Justice"]);
}

#[test]
fn a_plus_and_a_minus_are_for_and_against() {
    let five = |signs: [&str; 5]| {
        let names = ["Safety", "Privacy", "Fairness", "Transparency", "Accountability"];
        signs.iter().zip(names).map(|(sign, name)| format!("{sign} {name}")).collect::<Vec<_>>().join("\n")
    };
    let mixed = five(["+", "+", "+", "+", "-"]);
    unread(&testing::select(), &[&mixed]);
    all(&testing::select(), Ok(FIVE), &[&five(["+"; 5]), &five(["-"; 5]), &five(["-", "-", "*", "-", "-"])]);
}

#[test]
fn one_word_beside_a_list_is_no_reason() {
    let with = |comment: &str| {
        format!(
            "{{\"answer\": [\"Safety\", \"Privacy\", \"Fairness\", \"Transparency\", \"Accountability\"], \"comment\": \"{comment}\"}}"
        )
    };
    unread(&testing::select(), &[&with("reversed"), &with("excluded")]);
    all(&testing::select(), Ok(FIVE), &[&with(""), &with("These values protect the people who use it.")]);
}
