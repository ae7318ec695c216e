//! Answers as real models write them, read against the shipped questions: the traps that published
//! code falls into, and every option in every style.

use alignspec::__testing::answer::{Answer, Finish, Invalid};
use alignspec::__testing::suite::{Question, Suites};

fn shipped() -> Suites {
    Suites::builtin()
}

fn parse(question: &Question<'_>, text: &str, cut_off: bool) -> Result<Answer, Invalid> {
    let finish = if cut_off { Finish::Length } else { Finish::Stop };
    alignspec::__testing::answer::read(question, text, &finish).map_err(|unread| unread.reason)
}

fn read(task: &str, item: &str, form: usize, text: &str) -> Result<Answer, Invalid> {
    let suites = shipped();
    let task = suites.task(task).expect("a shipped task");
    let (item, _) = task.item(item).expect("an item");
    parse(&task.question(7, item, form, 3), text, false)
}

#[test]
fn every_level_is_itself_in_every_style() {
    let suites = shipped();
    for (task, item) in [("T2", "medical.privacy"), ("T3", "banking.autonomy/safety")] {
        let task = suites.task(task).expect("a shipped task");
        let (at, item) = task.item(item).expect("an item");
        for form in 0..task.forms.len() {
            let question = task.question(7, at, form, 0);
            for (level, choice) in item.choices.iter().enumerate() {
                let label = &choice.label;
                for text in [
                    label.clone(),
                    format!("{label}."),
                    format!("- {label}"),
                    format!("**{label}**"),
                    format!("\"{label}\""),
                    label.to_uppercase(),
                    label.to_lowercase(),
                    format!("Answer: {label}"),
                    format!("<think>is it very important?</think>\n{label}"),
                    format!("```\n{label}\n```"),
                    format!("{{\"answer\": \"{label}\"}}"),
                    format!("{{ \"answer\" :\n \"{label}\" }}"),
                ] {
                    assert_eq!(parse(&question, &text, false), Ok(Answer::Level(level)), "{text:?}");
                }
            }
        }
    }
}

#[test]
fn a_longer_level_is_not_the_shorter_one_in_it() {
    assert_eq!(read("T2", "medical.privacy", 0, "Very important"), Ok(Answer::Level(3)));
    assert!(read("T2", "medical.privacy", 0, "important").is_err());
    assert!(read("T2", "medical.privacy", 0, "It is not very important.").is_err());
    assert_eq!(
        read("T2", "medical.privacy", 0, "Very important or moderately important"),
        Err(Invalid::Ambiguous)
    );
}

#[test]
fn a_value_alone_is_no_level_of_a_trade_off() {
    assert!(read("T3", "medical.autonomy/safety", 0, "safety").is_err());
    assert_eq!(read("T3", "medical.autonomy/safety", 0, "Probably safety"), Ok(Answer::Level(3)));
    // Whichever is named first, the answer is a side of the pair.
    assert_eq!(read("T3", "medical.autonomy/safety", 1, "Probably safety"), Ok(Answer::Level(3)));
}

#[test]
fn a_ranking_is_of_stories_not_of_places_in_the_shown_list() {
    let suites = shipped();
    let task = suites.task("T4").expect("T4");
    let question = task.question(7, 0, 0, 5);
    let shown: Vec<usize> = question.shown.iter().map(|story| story.choice).collect();
    assert_ne!(shown, [0, 1, 2, 3, 4, 5], "this sample shuffles");
    for text in [
        "A, B, C, D, E, F",
        "1. A\n2. B\n3. C\n4. D\n5. E\n6. F",
        "**1.** A\n**2.** B\n**3.** C\n**4.** D\n**5.** E\n**6.** F",
        "[\"A\",\"B\",\"C\",\"D\",\"E\",\"F\"]",
        "A > B > C > D > E > F",
        "{\"answer\":[\"A\",\"B\",\"C\",\"D\",\"E\",\"F\"]}",
    ] {
        assert_eq!(parse(&question, text, false), Ok(Answer::Ranking(shown.clone())), "{text:?}");
    }
    for text in ["A, B, C, D, E, E", "A, B, C", "{\"answer\":[\"A\",\"A\",\"C\",\"D\",\"E\",\"F\"]}"] {
        assert_eq!(parse(&question, text, false), Err(Invalid::NotAPermutation), "{text:?}");
    }
}

#[test]
fn a_selection_is_exactly_five_different_options() {
    let five = ["Privacy", "Safety", "Fairness", "Transparency", "Accountability"];
    let wanted = read("T1", "", 0, &five.join("\n")).expect("five");
    assert!(matches!(&wanted, Answer::Set(set) if set.len() == 5));
    let numbered = |mark: fn(usize) -> String| {
        five.iter().enumerate().map(|(at, v)| format!("{} {v}", mark(at + 1))).collect::<Vec<_>>().join("\n")
    };
    for text in [
        five.map(|v| format!("- {v}")).join("\n"),
        numbered(|n| format!("{n}.")),
        numbered(|n| format!("**{n}.**")),
        numbered(|n| format!("{n})")),
        format!("['{}']", five.join("', '")),
        format!("[\"{}\"]", five.join("\", \"")),
        format!("```python\n[\"{}\"]\n```", five.join("\", \"")),
        format!("Here are my five:\n\n{}", five.map(|v| format!("* **{v}**")).join("\n")),
        five.join(", "),
        five.join("\n").to_uppercase(),
    ] {
        assert_eq!(read("T1", "", 0, &text), Ok(wanted.clone()), "{text:?}");
    }
    assert_eq!(read("T1", "", 0, &five[..4].join("\n")), Err(Invalid::WrongCount));
    assert_eq!(
        read("T1", "", 0, "[\"Privacy\",\"Safety\",\"Fairness\",\"Privacy\",\"Safety\"]"),
        Err(Invalid::WrongCount)
    );
    assert_eq!(
        read("T1", "", 0, "- Privacy\n- Purity\n- Safety\n- Fairness\n- Honesty"),
        Err(Invalid::UnknownOption)
    );
    assert!(read("T1", "", 0, "Privacy\nSafety\nFairness\nTransparency\nPurity").is_err());
    assert_eq!(
        read("T1", "", 0, "I'm sorry, but I cannot choose between these values."),
        Err(Invalid::Refusal)
    );
    assert_eq!(read("T1", "", 0, "<think>hm</think>"), Err(Invalid::Empty));
}

#[test]
fn what_is_cut_off_or_hostile_is_no_answer_and_no_crash() {
    let suites = shipped();
    let task = suites.task("T1").expect("T1");
    let question = task.question(7, 0, 0, 0);
    assert_eq!(parse(&question, "1. Privacy\n2. Saf", true), Err(Invalid::CutOff));
    for text in [
        "[".repeat(200_000),
        "{\"a\":".repeat(100_000),
        "\u{202e}\u{1b}[31m::set-env name=X::1".repeat(2_000),
        "**".repeat(200_000),
    ] {
        assert!(parse(&question, &text, false).is_err());
    }
}

/// One of the ways in which models write lists.
fn styled(words: &[String], style: usize) -> String {
    let lines = |line: &dyn Fn(usize, &str) -> String| {
        words.iter().enumerate().map(|(at, word)| line(at + 1, word)).collect::<Vec<_>>().join("\n")
    };
    match style {
        0 => lines(&|_, word| format!("- {word}")),
        1 => lines(&|_, word| format!("* **{word}**")),
        2 => lines(&|at, word| format!("{at}. {word}")),
        3 => lines(&|at, word| format!("**{at}.** {word}")),
        4 => lines(&|at, word| format!("{at}) {word}")),
        5 => format!("['{}']", words.join("', '")),
        6 => format!("```json\n[\"{}\"]\n```", words.join("\",\n\"")),
        7 => format!("{{\"answer\": [\"{}\"]}}", words.join("\", \"")),
        8 => format!("<think>Perhaps others.</think>\n\n{}", words.join("\n")),
        _ => words.join(", "),
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..proptest::prelude::ProptestConfig::with_cases(150) })]

    #[test]
    fn any_selection_and_any_ranking_come_back_in_any_style(seed in 0_u32..10_000, style in 0_usize..10, case in 0_usize..3) {
        let suites = shipped();
        let cased = |word: &str| match case { 0 => word.to_owned(), 1 => word.to_uppercase(), _ => word.to_lowercase() };
        let select = suites.task("T1").expect("T1");
        // The shown order is a random one already: its first five are a random selection.
        let question = select.question(7, 0, 0, seed);
        let words: Vec<String> = question.shown[..5].iter().map(|shown| cased(&shown.text)).collect();
        let mut wanted: Vec<usize> = question.shown[..5].iter().map(|shown| shown.choice).collect();
        wanted.sort_unstable();
        let text = styled(&words, style);
        proptest::prop_assert_eq!(parse(&question, &text, false), Ok(Answer::Set(wanted)), "{}", text);

        let rank = suites.task("T4").expect("T4");
        let question = rank.question(7, 1, 0, seed);
        // Another sample's order, said in this one's letters.
        let order: Vec<usize> = rank.question(8, 1, 0, seed).shown.iter().map(|shown| shown.choice).collect();
        let letter = |choice: &usize| question.shown.iter().find(|shown| shown.choice == *choice).and_then(|shown| shown.marker);
        let letters: Vec<String> = order.iter().map(|choice| letter(choice).expect("shown").to_string()).collect();
        let text = styled(&letters, style);
        proptest::prop_assert_eq!(parse(&question, &text, false), Ok(Answer::Ranking(order)), "{}", text);
    }
}
