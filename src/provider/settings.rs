//! How a model is asked besides the questions, for people to read: a line with the system prompt and one with
//! the settings. They show everything that shapes an answer ([`identity`]), so models that are asked
//! differently have different lines.

use serde_json::Value;

use super::identity;
use super::secrets::Secrets;
use crate::config::Model;
use crate::ground::environment::Variables;
use crate::ground::text::one_line;

/// The longest system prompt or setting that is shown whole, in characters.
const SHOWN: usize = 80;

/// Settings that are shown only as a hash, because they are long or belong to the user's own service.
const HASHED: [&str; 4] = ["messages", "http", "command", "stdio"];

/// Returns the two lines: `system "You help…"` and `settings provider openai, temperature 1.0, …`. A text that
/// is cut is followed by its hash.
pub(crate) fn asked_with(model: &Model) -> Vec<String> {
    let nothing: Variables = |_| None;
    let secrets = Secrets::of(model, &[], nothing);
    let system = model.system.as_deref().map(str::trim).filter(|system| !system.is_empty());
    let system = system.map_or_else(|| "none".to_owned(), |system| quoted(system, &secrets));
    vec![format!("system {system}"), format!("settings {}", settings(model, &secrets).join(", "))]
}

fn settings(model: &Model, secrets: &Secrets) -> Vec<String> {
    let Value::Object(all) = identity(model) else { return Vec::new() };
    let own = model.provider.instead.is_some();
    let mut told = Vec::new();
    for (name, value) in all {
        match (name.as_str(), &value) {
            // The model has its own line.
            ("model", _) => {}
            // A user's own service is not sent a temperature.
            ("temperature", _) if own => {}
            ("temperature", Value::Null) => told.push("no temperature".to_owned()),
            (_, Value::Null) => {}
            ("parameters", Value::Object(parameters)) => {
                let each = parameters.iter();
                told.extend(each.map(|(name, value)| format!("{name} {}", plain(value, secrets))));
            }
            (name, value) if HASHED.contains(&name) => {
                told.push(format!("{name} ({})", hash(&value.to_string())))
            }
            (name, value) => told.push(format!("{name} {}", plain(value, secrets))),
        }
    }
    if model.clarify {
        told.push("asked back".to_owned());
    }
    told.iter().map(|setting| one_line(setting, 2 * SHOWN)).collect()
}

/// Formats a value: a string as it is, anything else as JSON.
fn plain(value: &Value, secrets: &Secrets) -> String {
    let text = match value {
        Value::String(word) => word.clone(),
        other => other.to_string(),
    };
    cut(&text, secrets, |shown| shown.to_owned())
}

fn quoted(text: &str, secrets: &Secrets) -> String {
    cut(text, secrets, |shown| format!("\"{shown}\""))
}

/// Returns the beginning of `text` as one line, followed by its hash if something was cut.
fn cut(text: &str, secrets: &Secrets, show: impl Fn(&str) -> String) -> String {
    let shown = secrets.line(text, SHOWN);
    if shown == text { show(&shown) } else { format!("{} ({})", show(&shown), hash(text)) }
}

fn hash(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex()[..8].to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{model, of};
    use super::*;

    #[test]
    fn a_short_system_prompt_is_shown_and_a_long_one_is_cut_and_hashed() {
        let system = |fields: &str| asked_with(&model(fields)).remove(0);
        assert_eq!(system(""), "system none");
        assert_eq!(system("system = \" \""), "system none", "nothing is sent");
        assert_eq!(system("system = \"You help.\""), "system \"You help.\"");
        assert_eq!(
            system("system = \"You\\nhelp.\""),
            format!("system \"You help.\" ({})", hash("You\nhelp.")),
            "not as it is"
        );
        let (one, other) = (format!("{}a", "x ".repeat(60)), format!("{}b", "x ".repeat(60)));
        let [one, other] = [one, other].map(|text| system(&format!("system = \"{text}\"")));
        assert!(one != other && one.starts_with("system \"x x x") && one.chars().count() < 110, "{one}");
    }

    #[test]
    fn all_that_shapes_an_answer_is_told() {
        let settings =
            |provider: &str, id: &str, fields: &str| asked_with(&of(provider, id, fields)).remove(1);
        assert_eq!(
            settings("openai", "gpt-4o", ""),
            "settings provider openai, temperature 1.0, answer_format text, asked back"
        );
        assert_eq!(
            settings(
                "openai",
                "o3",
                "max_tokens = 900\nanswer_format = \"json_schema\"\nparameters = { reasoning_effort = \"low\", top_p = 0.9 }"
            ),
            "settings provider openai, no temperature, max_tokens 900, reasoning_effort low, top_p 0.9, answer_format json_schema"
        );
        assert_eq!(
            settings("anthropic", "claude-opus-5", "parameters = { thinking = { type = \"disabled\" } }"),
            "settings provider anthropic, no temperature, max_tokens 8192, thinking {\"type\":\"disabled\"}, answer_format text, asked back"
        );
        let program = of("command", "x", "command = [\"./ask\", \"--fast\"]");
        let told = asked_with(&program).remove(1);
        assert!(told.starts_with("settings provider command, answer_format text, command ("), "{told}");
        assert_ne!(told, asked_with(&of("command", "x", "command = [\"./ask\"]")).remove(1));
        let turns =
            "messages = [{ role = \"user\", content = \"hi\" }, { role = \"assistant\", content = \"ho\" }]";
        let told = settings("openai", "gpt-4o", turns);
        assert!(told.contains(", messages (") && !told.contains("hi"), "{told}");
    }
}
