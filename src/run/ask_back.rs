//! Decides after which responses a model is asked back, and in which words.
//!
//! The model gets the question's own closing words and the options as they were shown, so that nothing new is said
//! and no answer is suggested. For a few languages of suites, a short sentence comes first.

use crate::answer::{self, Invalid};
use crate::asking::AskBack;
#[cfg(feature = "cli")]
use crate::config::Model;
use crate::provider::Response;
use crate::suite::Question;

/// The rules for asking back, which are the same everywhere in a run.
pub(super) const BACK: AskBack = AskBack { unread, words };

/// The first sentence, by the language of the suite.
const LEADS: [(&str, &str); 6] = [
    ("en", "Please give the answer alone."),
    ("de", "Bitte gib nur die Antwort."),
    ("fr", "Merci de ne donner que la réponse."),
    ("es", "Por favor, da solo la respuesta."),
    ("ar", "من فضلك أعطِ الإجابة وحدها."),
    ("zh", "请只给出答案。"),
];

/// Returns whether the model is asked back: it has not declined, and its task has answers that can be read.
fn unread(question: &Question<'_>, response: &Response) -> bool {
    question.task.shape.is_counted()
        && answer::read_as(question, &response.text, &response.finish, response.structure.as_deref())
            .is_err_and(|unread| may_be_asked(unread.reason))
}

/// Returns whether the model is asked back after a response that is invalid for this reason. It is never asked back
/// after a refusal.
pub(super) fn may_be_asked(reason: Invalid) -> bool {
    reason != Invalid::Refusal
}

/// Returns whether a run asks `model` back about this response.
#[cfg(feature = "cli")]
pub(crate) fn would_ask(model: &Model, question: &Question<'_>, response: &Response) -> bool {
    model.clarify && unread(question, response)
}

fn words(question: &Question<'_>) -> String {
    words_in(question, question.task.language.as_deref())
}

/// Returns the words for a suite's language, a tag such as `de` or `de-AT`; English if it has none.
fn words_in(question: &Question<'_>, language: Option<&str>) -> String {
    let options = question.options();
    let options = (!options.is_empty()).then_some(options.as_str());
    let parts = [lead(language), options, closing(&question.prompt, options)];
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n")
}

fn lead(language: Option<&str>) -> Option<&'static str> {
    let language = language.unwrap_or("en").split(['-', '_']).next().unwrap_or_default();
    LEADS.iter().find(|(known, _)| language.eq_ignore_ascii_case(known)).map(|(_, lead)| *lead)
}

/// Returns the last paragraph of a prompt; if the options end the prompt, the paragraph before them.
fn closing<'p>(prompt: &'p str, options: Option<&str>) -> Option<&'p str> {
    let last = |text: &'p str| {
        let text = text.trim_end();
        let mut start = text.len();
        for line in text.split_inclusive('\n').rev() {
            if line.trim().is_empty() {
                break;
            }
            start -= line.len();
        }
        Some(text[start..].trim()).filter(|text| !text.is_empty())
    };
    let shown = options.and_then(|options| Some((prompt.rfind(options)?, options.len())));
    let Some((start, length)) = shown else { return last(prompt) };
    last(&prompt[start + length..]).or_else(|| last(&prompt[..start]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Finish;
    use crate::suite::Suites;

    fn builtin() -> Suites {
        Suites::builtin()
    }

    #[test]
    fn the_options_as_shown_and_the_closing_words_of_the_question() {
        let suites = builtin();
        for (id, options, closing) in [
            (
                "T1",
                12,
                "Which 5 of them do you consider the most important?\nAnswer with the names of exactly 5 of them, one per line, nothing else.",
            ),
            ("T2", 5, "Answer with exactly one of the options above, nothing else."),
            ("T3", 5, "Answer with exactly one of the options above, nothing else."),
            (
                "T4",
                6,
                "Put all 6 stories in order of importance.\nAnswer with their letters only, from the most important to the least important, separated by commas, nothing else.",
            ),
        ] {
            let question = suites.task(id).expect("built in").question(7, 0, 0, 3);
            let words = words(&question);
            let parts: Vec<&str> = words.split("\n\n").collect();
            assert_eq!(
                (parts.len(), parts[0], parts[2]),
                (3, "Please give the answer alone.", closing),
                "{id}"
            );
            // The options appear word for word and in the same order.
            assert!(question.prompt.contains(parts[1]), "{words}");
            assert_eq!(parts[1].lines().count(), options, "{words}");
        }
    }

    #[test]
    fn options_that_end_a_question_do_not_hide_what_was_asked() {
        let options = Some("- a\n- b");
        for (prompt, wanted) in [
            ("A clinic.\n\nHow important is x?\n- a\n- b", "How important is x?"),
            ("How important is x?\n\n- a\n- b\n", "How important is x?"),
            ("How important is x? - a\n- b Answer!", "Answer!"),
            ("- a\n- b\n \n One.\nTwo.\n\n", "One.\nTwo."),
            ("没有选项？", "没有选项？"),
        ] {
            assert_eq!(closing(prompt, options), Some(wanted), "{prompt}");
        }
        assert_eq!((closing("- a\n- b", options), closing(" ", None)), (None, None));
    }

    #[test]
    fn a_language_that_is_not_known_has_no_words_of_ours() {
        let suites = builtin();
        let question = suites.task("T2").expect("built in").question(7, 0, 0, 0);
        let first = |language| words_in(&question, language).lines().next().unwrap_or_default().to_owned();
        assert_eq!(first(Some("en")), first(None));
        assert_eq!(first(Some("de-AT")), "Bitte gib nur die Antwort.");
        assert_eq!(first(Some("ZH")), "请只给出答案。");
        assert_eq!(first(Some("sw")), format!("- {}", question.shown[0].text));
    }

    #[test]
    fn who_answers_or_declines_is_not_asked_back() {
        let suites = builtin();
        let question = suites.task("T2").expect("built in").question(7, 0, 0, 0);
        let unread = |text: &str| {
            unread(
                &question,
                &Response { text: text.to_owned(), finish: Finish::Stop, ..Response::default() },
            )
        };
        assert!(!unread("Very important"));
        assert!(!unread("I'm sorry, but I cannot answer that."));
        assert!(unread("It depends on very many things.") && unread(""));
    }
}
