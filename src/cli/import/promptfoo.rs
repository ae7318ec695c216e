//! What `promptfoo eval --output results.json` writes: `results.results` has an entry for each response.

use std::collections::HashMap;

use serde_json::Value;

use super::{ImportArguments, ImportedRow, Said};
use crate::answer::Finish;
use crate::ground::diagnostic::Source;
use crate::ground::text::one_line;
use crate::provider::finish_of;
use crate::provider::strict::read_json;

/// How promptfoo marks an entry whose request failed.
const FAILED: u64 = 2;

/// Reads the responses of promptfoo's file.
///
/// # Errors
/// It is not JSON, or not promptfoo's.
pub(super) fn rows(file: &Source, arguments: &ImportArguments) -> Result<Vec<ImportedRow>, String> {
    let name = &file.name;
    let text = file.text.trim_start_matches('\u{feff}');
    let all = read_json(text.as_bytes()).map_err(|error| format!("{name} is not JSON: {error}"))?;
    let list = all.pointer("/results/results").or_else(|| all.get("results")).and_then(Value::as_array);
    let list = list.ok_or_else(|| {
        format!("{name} has no list at results.results, so it is not what `promptfoo eval --output results.json` writes")
    })?;
    let mut seen = HashMap::new();
    for (at, id) in list.iter().enumerate().filter_map(|(at, entry)| Some((at, entry.get("id")?.as_str()?))) {
        if let Some(first) = seen.insert(id, at) {
            let (first, again) = (first + 1, at + 1);
            return Err(format!(
                "results {first} and {again} of {name} have one id, so that an answer would count twice"
            ));
        }
    }
    Ok(list.iter().enumerate().map(|(at, entry)| row(at + 1, entry, arguments)).collect())
}

fn row(number: usize, entry: &Value, arguments: &ImportArguments) -> ImportedRow {
    let provider = entry.get("provider");
    let named = |field: &str| provider?.get(field)?.as_str().filter(|name| !name.is_empty());
    let role = provider.and_then(Value::as_str).or_else(|| named("label")).or_else(|| named("id"));
    let variable = |ours: &str| match entry.get("vars")?.get(arguments.theirs(ours))? {
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        other @ Value::Number(_) => Some(other.to_string()),
        _ => None,
    };
    let response = entry.get("response");
    let said_of = |field: &str| response?.pointer(field).filter(|value| !value.is_null());
    // What is neither true nor false is no certain no.
    let holds = |field: &str| said_of(field).is_some_and(|value| *value != Value::Bool(false));
    let refused = holds("/isRefusal") || holds("/guardrails/flagged");
    let ended = said_of("/finishReason").map(|reason| match reason {
        Value::String(reason) => finish_of(reason),
        other => finish_of(&other.to_string()),
    });
    ImportedRow {
        place: format!("result {number}"),
        role: role.map(str::to_owned),
        task: variable("task"),
        context: variable("context"),
        item: variable("item"),
        said: said(entry),
        prompt: entry
            .pointer("/prompt/raw")
            .or_else(|| entry.get("prompt"))
            .and_then(Value::as_str)
            .map(words),
        shown: variable("shown"),
        finish: if refused { Some(Finish::Filter) } else { ended },
        cached: holds("/cached"),
    }
}

/// Returns the response. `error` is also where promptfoo says why an assertion failed, so that it alone says nothing of
/// the request.
fn said(entry: &Value) -> Said {
    let error = entry.pointer("/response/error").is_some_and(|error| !error.is_null());
    let failed = error || entry.get("failureReason").and_then(Value::as_u64) == Some(FAILED);
    match entry.pointer("/response/output") {
        Some(Value::String(text)) if !failed => Said::Text(text.clone()),
        Some(Value::Array(list)) if !failed && !list.is_empty() && list.iter().all(Value::is_string) => {
            Said::Ids(list.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        }
        Some(output @ (Value::Array(_) | Value::Object(_) | Value::Number(_) | Value::Bool(_)))
            if !failed =>
        {
            Said::Text(output.to_string())
        }
        _ => {
            let why = entry.pointer("/response/error").or_else(|| entry.get("error")).and_then(Value::as_str);
            let why = why.map(|why| format!(": {}", one_line(why, 150)));
            Said::Nothing(format!("there is no response{}", why.unwrap_or_default()))
        }
    }
}

/// Returns the words of a prompt, which may be a conversation in JSON.
fn words(prompt: &str) -> String {
    let messages = serde_json::from_str::<Vec<Value>>(prompt).ok();
    let texts = messages.and_then(|messages| {
        let text = |message: &Value| message.get("content")?.as_str().map(str::to_owned);
        messages.iter().map(text).collect::<Option<Vec<_>>>()
    });
    texts.map_or_else(|| prompt.to_owned(), |texts| texts.join("\n"))
}
