//! What a model's id tells about it: whether it thinks, and what it refuses. The table is data (`families.rs`), each row
//! with its source and date. The config overrides it.

mod families;

use families::FAMILIES;

use crate::config::Model;

/// When a model thinks before it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Thinks {
    Never,
    /// It thinks if the request says so.
    Asked,
    /// It thinks unless the request says not to.
    Usually,
    Always,
}

/// The field of chat completions that limits an answer's length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    MaxTokens,
    MaxCompletionTokens,
}

impl Length {
    pub(super) fn field(self) -> &'static str {
        match self {
            Length::MaxTokens => "max_tokens",
            Length::MaxCompletionTokens => "max_completion_tokens",
        }
    }
}

/// The peculiarities of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Traits {
    pub thinks: Thinks,
    /// Whether it accepts a temperature other than its default.
    pub temperature: bool,
    /// Whether its thinking can be limited to a number of tokens.
    pub budget: bool,
    pub length: Length,
    /// The length limit that is sent where the API requires one and the config sets none.
    pub max_tokens: Option<u32>,
}

impl Traits {
    const PLAIN: Traits = Traits {
        thinks: Thinks::Never,
        temperature: true,
        budget: true,
        length: Length::MaxTokens,
        max_tokens: None,
    };

    /// The traits of a model with `reasoning = true`, whatever its id.
    const REASONS: Traits = Traits {
        thinks: Thinks::Always,
        temperature: false,
        length: Length::MaxCompletionTokens,
        ..Traits::PLAIN
    };

    /// Returns the traits of `model`: as the config says, or else as its id tells.
    pub(super) fn of(model: &Model) -> Traits {
        match model.reasoning {
            None => Traits::by_id(&model.model),
            Some(false) => Traits { thinks: Thinks::Asked, ..Traits::PLAIN },
            Some(true) => Traits { max_tokens: Traits::by_id(&model.model).max_tokens, ..Traits::REASONS },
        }
    }

    fn by_id(id: &str) -> Traits {
        let id = bare(id);
        let fits = |pattern: &&str| match pattern.strip_suffix('*') {
            Some(start) => id.starts_with(start),
            None => id == *pattern,
        };
        let family = FAMILIES.iter().find(|family| family.ids.iter().any(fits));
        family.map_or(Traits::PLAIN, |family| family.traits)
    }
}

/// Returns whether `model` thinks before it answers, with the parameters in the config.
pub(super) fn thinks(model: &Model) -> bool {
    let told = model.parameter("thinking.type").and_then(toml::Value::as_str);
    let nothing = |path| model.parameter(path).and_then(toml::Value::as_integer) == Some(0);
    let off = told == Some("disabled")
        || model.parameter("think") == Some(&toml::Value::Boolean(false))
        || nothing("generationConfig.thinkingConfig.thinkingBudget")
        || ["reasoning_effort", "reasoning.effort"]
            .iter()
            .any(|path| model.parameter(path).and_then(toml::Value::as_str) == Some("none"));
    match Traits::of(model).thinks {
        Thinks::Never => false,
        Thinks::Asked => matches!(told, Some("enabled" | "adaptive")),
        Thinks::Usually | Thinks::Always => !off,
    }
}

/// Returns `id` without a host's prefix, spelled as in the table.
fn bare(id: &str) -> String {
    let id = id.trim().to_ascii_lowercase();
    let id = id.rsplit_once('/').map_or(&*id, |(_, rest)| rest);
    let id = id.strip_prefix("ft:").unwrap_or(id);
    // Bedrock's ids look like `us.anthropic.claude-opus-5-v1:0`.
    let id = ["anthropic.", "openai.", "deepseek."]
        .iter()
        .find_map(|host| id.split_once(host).map(|(_, rest)| rest))
        .unwrap_or(id);
    id.replace('.', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole_and_every_row_has_its_source_and_date() {
        for family in FAMILIES {
            assert!(!family.ids.is_empty() && !family.source.is_empty(), "{family:?}");
            assert!(family.source.iter().all(|page| page.starts_with("https://")), "{family:?}");
            assert!(family.date.parse::<jiff::civil::Date>().is_ok(), "{family:?}");
            for id in family.ids {
                let plain = id.strip_suffix('*').unwrap_or(id);
                assert_eq!(bare(plain), plain, "it is written as ids are compared");
            }
        }
    }

    #[test]
    fn what_reasons_as_openai_does_is_known_by_its_id() {
        let reasons = |id: &str| {
            let traits = Traits::by_id(id);
            assert_eq!(!traits.temperature, traits.length == Length::MaxCompletionTokens, "{id}");
            !traits.temperature
        };
        for id in ["o1", "o1-mini", "o3", "o3-mini-2025-01-31", "o4-mini", "ft:o4-mini-2025-04-16:me::x"] {
            assert!(reasons(id), "{id}");
        }
        for id in ["gpt-5", "gpt-5-mini", "gpt-5.1-chat-latest", "gpt-5.6-sol", "gpt-6", "codex-mini-latest"]
        {
            assert!(reasons(id), "{id}");
        }
        for id in [
            "chat-latest",
            "gpt-daybreak-blue-latest",
            "gpt-daybreak-red-latest",
            "openai/gpt-6-sol",
            "openai/gpt-6.1-sol:free",
            "azure/o3",
            "litellm/openai/o4-mini",
            "openai/chat-latest",
            "OpenAI/GPT-5",
        ] {
            assert!(reasons(id), "{id}");
        }
        for id in [
            "gpt-4o",
            "gpt-4.1",
            "gpt-5-chat-latest",
            "openai/gpt-5-chat",
            "gpt-oss-120b",
            "openai/gpt-oss-20b",
            "openai-x",
            "olmo",
            "qwen3",
            "chatgpt-4o-latest",
            "mistral-large-latest",
            "",
        ] {
            assert!(!reasons(id), "{id}");
        }
    }

    #[test]
    fn what_claude_refuses_is_known_by_its_id() {
        for (id, thinks, temperature, most) in [
            ("claude-opus-5", Thinks::Usually, false, Some(32_000)),
            ("claude-opus-5-5", Thinks::Always, false, Some(32_000)),
            ("anthropic/claude-opus-5.5", Thinks::Always, false, Some(32_000)),
            ("~anthropic/claude-opus-latest", Thinks::Always, false, Some(32_000)),
            ("us.anthropic.claude-sonnet-5-v1:0", Thinks::Usually, false, Some(32_000)),
            ("claude-haiku-5-5", Thinks::Usually, false, Some(32_000)),
            ("claude-opus-4-8", Thinks::Asked, false, None),
            ("claude-opus-4-6", Thinks::Asked, true, None),
            ("claude-sonnet-4-5-20250929", Thinks::Asked, true, None),
            ("claude-3-5-haiku-latest", Thinks::Asked, true, None),
        ] {
            let traits = Traits::by_id(id);
            let found = (traits.thinks, traits.temperature, traits.max_tokens);
            assert_eq!(found, (thinks, temperature, most), "{id}");
            assert_eq!((traits.budget, traits.length), (temperature, Length::MaxTokens), "{id}");
        }
    }
}
