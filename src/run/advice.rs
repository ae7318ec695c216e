//! Gives advice if the responses hint at wrong settings: many are cut off, or none is in the JSON that was asked for.

use crate::config::{AnswerFormat, Model};
use crate::provider::{Response, longest_sent};

/// A model with fewer responses gets no advice, because the pattern may be chance.
const FEWEST: u32 = 5;

/// Counts of a model's responses, on which advice depends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ResponseLooks {
    pub all: u32,
    pub cut: u32,
    /// The number of responses that are JSON.
    pub json: u32,
    /// The number of responses that are other text.
    pub plain: u32,
}

/// Returns whether a response is in JSON; `None` if it is empty.
pub(super) fn is_json(response: &Response) -> Option<bool> {
    let text = response.text.trim_start();
    let fenced =
        text.strip_prefix("```").map(|rest| rest.trim_start_matches(char::is_alphabetic).trim_start());
    let text = fenced.unwrap_or(text);
    (!text.is_empty()).then(|| text.starts_with(['{', '[']))
}

/// Returns advice about the settings of `model`, if its responses call for any.
pub(super) fn advice_for(model: &Model, looks: ResponseLooks) -> Option<String> {
    let ResponseLooks { all, cut, json, plain } = looks;
    if all >= FEWEST && 2 * cut >= all {
        let which = if cut == all { "all of them".to_owned() } else { format!("{cut} of {all}") };
        let limit = match longest_sent(model) {
            Some(most) => format!("`max_tokens` is {most}: raise it"),
            None => "no `max_tokens` is set, so the server's own limit applies: set one".to_owned(),
        };
        return Some(format!(
            "{which} were cut off at the length limit ({limit}; a model's thinking counts towards it, so leave room for a few thousand tokens, or have it think less)"
        ));
    }
    if json > 0 || plain < FEWEST {
        return None;
    }
    let (asked, other) = match model.answer_format {
        AnswerFormat::Text => return None,
        AnswerFormat::JsonSchema => {
            ("json_schema", "set \"json_object\" for a server without schemas, or \"text\"")
        }
        AnswerFormat::JsonObject => ("json_object", "set \"text\""),
    };
    Some(format!(
        "none of them is JSON, although `answer_format` is \"{asked}\": the server seems to ignore it silently ({other})"
    ))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    use crate::ground::diagnostic::Source;

    fn model(fields: &str) -> Model {
        let text = format!("[[model]]\nname = \"m\"\nprovider = \"openai\"\nmodel = \"x\"\n{fields}");
        let config = crate::provider::parse_config(Path::new("/"), Source::new("alignment.toml", text));
        config.expect("a valid config").models.remove(0)
    }

    #[test]
    fn what_is_json_is_seen_at_its_beginning() {
        for (text, wanted) in [
            ("{\"answer\": ", Some(true)),
            (" [1]", Some(true)),
            ("```json\n{\"a\": 1}\n```", Some(true)),
            ("```\nPrivacy\n```", Some(false)),
            ("Privacy", Some(false)),
            (" \n", None),
        ] {
            let response = Response { text: text.to_owned(), ..Response::default() };
            assert_eq!(is_json(&response), wanted, "{text}");
        }
    }

    #[test]
    fn a_setting_behind_all_responses_is_named() {
        let told = |fields: &str, [all, cut, json, plain]: [u32; 4]| {
            advice_for(&model(fields), ResponseLooks { all, cut, json, plain }).unwrap_or_default()
        };
        let cut = told("max_tokens = 16", [20, 20, 0, 0]);
        assert!(
            cut.starts_with("all of them were cut off at the length limit (`max_tokens` is 16: raise"),
            "{cut}"
        );
        assert!(cut.contains("a model's thinking counts towards it"), "{cut}");
        let some = told("", [20, 11, 0, 20]);
        assert!(
            some.starts_with("11 of 20 were cut off at the length limit")
                && some.contains("no `max_tokens` is set"),
            "{some}"
        );
        let schema = told("answer_format = \"json_schema\"", [20, 0, 0, 20]);
        assert!(
            schema.contains("although `answer_format` is \"json_schema\"") && schema.contains("json_object"),
            "{schema}"
        );
        let object = told("answer_format = \"json_object\"", [20, 0, 0, 20]);
        assert!(object.contains("is \"json_object\"") && object.contains("set \"text\""), "{object}");
        for (fields, looks) in [
            ("answer_format = \"json_schema\"", [20, 0, 1, 19]),
            ("answer_format = \"json_schema\"", [4, 0, 0, 4]),
            ("answer_format = \"json_schema\"", [20, 0, 0, 0]),
            ("", [20, 0, 0, 20]),
            ("", [20, 9, 0, 20]),
            ("", [4, 4, 0, 0]),
        ] {
            assert_eq!(told(fields, looks), "", "{fields} {looks:?}");
        }
    }
}
