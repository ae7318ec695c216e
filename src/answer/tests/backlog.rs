//! Rankings of more than 26 stories, which are named S1, S2, … An order is read only if every story is named once, and
//! nothing else can be meant.

use super::{all, read_as, testing};
use crate::answer::Invalid::{self, NotAPermutation};

/// The order that the answers give: the last story first, and then the others as they are shown.
fn order() -> Vec<usize> {
    std::iter::once(30).chain(1..30).collect()
}

fn said(of: impl Fn(usize, usize) -> String, between: &str) -> String {
    let named = order().into_iter().enumerate().map(|(at, story)| of(at + 1, story));
    named.collect::<Vec<_>>().join(between)
}

#[test]
fn orders_of_thirty_stories_are_read() {
    let wanted = order().iter().map(|story| format!("s{story}")).collect::<Vec<_>>().join(" ");
    let texts = [
        said(|_, story| format!("S{story}"), ", "),
        said(|_, story| format!("s{story}"), ","),
        said(|_, story| format!("S{story}"), " > "),
        said(|_, story| format!("S{story}"), "\n"),
        said(|at, story| format!("{at}. S{story}"), "\n"),
        said(|at, story| format!("{at}) **S{story}**"), "\n"),
        said(
            |at, story| format!("{at}. S{story}. As a customer, I want feature number {story} of the bank."),
            "\n",
        ),
        format!("My ranking:\n\n{}\n", said(|_, story| format!("S{story}"), "\n")),
        format!("{{\"answer\": [{}]}}", said(|_, story| format!("\"S{story}\""), ", ")),
    ];
    all(&testing::backlog(), Ok(&wanted), &texts.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn what_names_a_story_twice_or_leaves_one_out_is_no_order() {
    let all_but =
        |gone: &str, instead: &str| said(|_, story| format!("S{story}"), ", ").replace(gone, instead);
    let texts = [
        all_but("S12", "S1"),
        all_but("S12, ", ""),
        all_but("S2,", "S22,"),
        format!("{}, S1", all_but("S30, ", "")),
    ];
    all(&testing::backlog(), Err(NotAPermutation), &texts.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn other_names_are_never_taken_for_stories() {
    let question = testing::backlog();
    let letters = |at: usize| {
        let letter = |at: usize| char::from(b'A' + u8::try_from(at % 26).expect("a letter"));
        if at < 26 { letter(at).to_string() } else { format!("A{}", letter(at)) }
    };
    let texts = [
        // The letters that a model may make up beyond Z.
        (0..30).map(letters).collect::<Vec<_>>().join(", "),
        "A, AA".to_owned(),
        // Numbers without the S may be stories or places.
        said(|_, story| story.to_string(), ", "),
        said(|at, story| format!("{at}. {story}"), "\n"),
        // The S stands apart, or ranges leave stories out.
        said(|_, story| format!("S {story}"), ", "),
        "S30, S1-S29".to_owned(),
        "S30, S1 to S29".to_owned(),
        "S30, S1, ..., S29".to_owned(),
        // No story has this name.
        said(|_, story| format!("S{story}"), ", ") + ", S31",
        said(|_, story| format!("S0{story}"), ", "),
        // Groups, whose order is not said.
        said(|at, story| format!("S{story}{}", if at % 10 == 0 { " |" } else { "," }), " "),
        // Something after the order takes it back.
        said(|_, story| format!("S{story}"), ", ") + ", in reverse order",
        said(|_, story| format!("S{story}"), ", ") + ". I mean the opposite.",
        // Places that contradict the order.
        said(|at, story| format!("{}. S{story}", 31 - at), "\n"),
    ];
    for text in texts {
        assert!(
            matches!(
                read_as(&question, &text, false),
                Err(Invalid::Unclear
                    | NotAPermutation
                    | Invalid::UnknownOption
                    | Invalid::Ambiguous
                    | Invalid::WrongCount)
            ),
            "{text}: {:?}",
            read_as(&question, &text, false)
        );
    }
}
