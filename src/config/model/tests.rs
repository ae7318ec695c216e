use std::path::Path;

use crate::config::Config;
use crate::ground::diagnostic::{Diagnostic, Source};

/// Parses a model with further `fields`, which start on line 5.
fn parse(provider: &str, fields: &str) -> Result<Config, Box<Diagnostic>> {
    let text = format!("[[model]]\nname=\"m\"\nprovider=\"{provider}\"\nmodel=\"x\"\n{fields}");
    crate::provider::parse_config(Path::new("/x"), Source::new("alignment.toml", text))
}

#[test]
fn settings_that_a_provider_has_are_taken() {
    for (provider, fields) in [
        ("openai", "reasoning=false\ntemperature=3\nbatch=true"),
        ("gemini", "batch=false"),
        ("openai_responses", "parameters={ text={ verbosity=\"low\" }, reasoning={ effort=\"low\" } }"),
        ("azure", "base_url=\"https://x.openai.azure.com\"\napi_version=\"2025-04-01-preview\""),
        ("anthropic", "parameters={ thinking={ type=\"enabled\", budget_tokens=1024 } }"),
        ("gemini", "parameters={ generationConfig={ thinkingConfig={ thinkingBudget=0 } } }"),
    ] {
        assert!(parse(provider, fields).is_ok(), "{provider} {fields}");
    }
}

#[test]
fn settings_that_a_provider_does_not_take_are_shown_in_place() {
    for (provider, fields, at, wanted) in [
        ("azure", "", (3, 10), "the model `m` needs `base_url`"),
        ("azure", "base_url=\"https://x\"\napi_version=\"preview\"", (6, 13), "`preview` is not a version"),
        ("openai", "api_version=\"2024-10-21\"", (5, 13), "provider `openai` does not support `api_version`"),
        ("ollama", "reasoning=true", (5, 11), "provider `ollama` does not support `reasoning`"),
        ("anthropic", "temperature=\"none\"", (5, 13), "no temperature is ever sent to `m`"),
        ("openai", "temperature=\"cold\"", (5, 13), "invalid type: another text"),
        ("ollama", "batch=true", (5, 7), "provider `ollama` does not support `batch`"),
        (
            "bedrock",
            "base_url=\"https://x\"\nbatch=true",
            (6, 7),
            "provider `bedrock` does not support `batch`",
        ),
        ("openai", "batch=true\nstream=true", (6, 8), "`stream` has no effect with `batch`"),
        (
            "anthropic",
            "answer_format=\"json_object\"",
            (5, 15),
            "provider `anthropic` does not support `json_object`",
        ),
        ("tally", "batch=true", (5, 7), "provider `tally` does not support `batch`"),
        ("anthropic", "temperature=1.5", (5, 13), "the temperature is 1.5, but must be between 0 and 1"),
        ("openai", "temperature=-1", (5, 13), "the temperature is -1, but must be between 0 and 10"),
        ("openai", "parameters={ seed=1, stream=true }", (5, 22), "`stream` cannot be set in `parameters`"),
        ("openai_responses", "[model.parameters]\ntext.format=1", (6, 1), "`text.format` cannot be set in"),
        (
            "gemini",
            "parameters={ generationConfig={ temperature=1 } }",
            (5, 14),
            "`generationConfig.temperature` cannot be set in",
        ),
        (
            "anthropic",
            "temperature=1\nparameters={ thinking={ type=\"adaptive\" } }",
            (5, 13),
            "`temperature` is set, but `m` is set to think",
        ),
        (
            "anthropic",
            "max_tokens=1024\nparameters={ thinking={ budget_tokens=1024 } }",
            (6, 14),
            "1024 tokens for thinking do not fit",
        ),
    ] {
        let problem = parse(provider, fields).expect_err(fields);
        assert!(problem.message().starts_with(wanted), "{problem}");
        assert_eq!(problem.position(), Some(("alignment.toml", at.0, at.1)), "{problem}");
    }
}

#[test]
fn what_newer_claudes_answer_with_an_error_is_shown_in_place() {
    let parse = |id: &str, fields: &str| {
        let text = format!("[[model]]\nname=\"m\"\nprovider=\"anthropic\"\nmodel=\"{id}\"\n{fields}");
        crate::provider::parse_config(Path::new("/x"), Source::new("alignment.toml", text))
    };
    let budget = "max_tokens=9000\nparameters={ thinking={ type=\"enabled\", budget_tokens=1024 } }";
    let off = "parameters={ thinking={ type=\"disabled\" } }";
    for (id, fields, line, wanted) in [
        ("claude-opus-5", "temperature=0.5", 5, "`claude-opus-5` takes only its own temperature of 1"),
        ("claude-opus-4-7", "temperature=0", 5, "`claude-opus-4-7` takes only its own temperature of 1"),
        ("claude-sonnet-5", budget, 6, "`claude-sonnet-5` takes no budget of tokens for thinking"),
        ("claude-opus-5-5", budget, 6, "`claude-opus-5-5` takes no budget of tokens for thinking"),
        ("claude-opus-5-5", off, 5, "`claude-opus-5-5` always thinks, and rejects `disabled`"),
    ] {
        let problem = parse(id, fields).expect_err(fields);
        assert!(problem.message().starts_with(wanted), "{problem}");
        assert_eq!(problem.position().map(|(_, line, _)| line), Some(line), "{problem}");
    }
    for (id, fields) in [
        ("claude-opus-5", "temperature=1"),
        ("claude-opus-5", off),
        ("claude-opus-5", "reasoning=false\ntemperature=0.5"),
        (
            "claude-opus-5-5",
            "parameters={ thinking={ type=\"adaptive\" }, output_config={ effort=\"low\" } }",
        ),
        ("claude-sonnet-4-5", budget),
        ("claude-sonnet-4-5", "temperature=0.5"),
    ] {
        assert!(parse(id, fields).is_ok(), "{id} {fields}");
    }
}
