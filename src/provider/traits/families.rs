//! What the ids of models tell beyond their provider's API: one row for each family. The first row that fits counts; a
//! model that fits none has no peculiarities. An entry of alignment.toml overrides the row (`reasoning`, `temperature`,
//! `max_tokens`).

use super::{Length, Thinks, Traits};

/// A family of models.
#[derive(Debug)]
pub(super) struct Family {
    /// What an id begins with, or all of it (no `*` at the end). Ids are compared in lower case, with `-` for `.`, and
    /// without what hosts put before them (`openai/`, `us.anthropic.`, `ft:`).
    pub ids: &'static [&'static str],
    pub traits: Traits,
    /// The pages that say so, and the day when they were read.
    #[cfg_attr(not(test), expect(dead_code, reason = "it is there to be read by people and by a test"))]
    pub source: &'static [&'static str],
    #[cfg_attr(not(test), expect(dead_code, reason = "it is there to be read by people and by a test"))]
    pub date: &'static str,
}

pub(super) static FAMILIES: &[Family] = &[
    Family {
        ids: &["gpt-5-chat*"],
        traits: Traits::PLAIN,
        source: &["https://platform.openai.com/docs/models/gpt-5-chat-latest"],
        date: "2026-11-26",
    },
    Family {
        ids: &[
            "o1*",
            "o2*",
            "o3*",
            "o4*",
            "o5*",
            "o6*",
            "o7*",
            "o8*",
            "o9*",
            "gpt-5*",
            "gpt-6*",
            "gpt-7*",
            "gpt-8*",
            "gpt-9*",
            "codex-*",
            "chat-latest",
            "gpt-daybreak-*",
        ],
        traits: Traits {
            thinks: Thinks::Always,
            temperature: false,
            length: Length::MaxCompletionTokens,
            ..Traits::PLAIN
        },
        source: &[
            "https://platform.openai.com/docs/guides/reasoning",
            "https://platform.openai.com/docs/guides/latest-model",
        ],
        date: "2026-11-26",
    },
    Family {
        ids: &["gpt-oss*"],
        traits: Traits { thinks: Thinks::Always, ..Traits::PLAIN },
        source: &["https://platform.openai.com/docs/models/gpt-oss-120b"],
        date: "2026-11-26",
    },
    // These models always reject `disabled` and `budget_tokens`.
    Family {
        ids: &[
            "claude-opus-5-5*",
            "claude-sonnet-5-5*",
            "claude-fable-*",
            "claude-mythos-*",
            "claude-opus-latest",
            "claude-sonnet-latest",
            "claude-opus-6*",
            "claude-sonnet-6*",
        ],
        traits: Traits {
            thinks: Thinks::Always,
            temperature: false,
            budget: false,
            max_tokens: Some(32_000),
            ..Traits::PLAIN
        },
        source: &[
            "https://platform.claude.com/docs/en/models/opus-5-5/migration-guide",
            "https://openrouter.ai/docs/cookbook/evaluate-and-optimize/model-migrations/claude-5-5",
        ],
        date: "2026-11-26",
    },
    Family {
        ids: &["claude-opus-5*", "claude-sonnet-5*", "claude-haiku-5*", "claude-haiku-latest"],
        traits: Traits {
            thinks: Thinks::Usually,
            temperature: false,
            budget: false,
            max_tokens: Some(32_000),
            ..Traits::PLAIN
        },
        source: &["https://platform.claude.com/docs/en/models/opus-5/migration-guide"],
        date: "2026-11-26",
    },
    Family {
        ids: &["claude-opus-4-7*", "claude-opus-4-8*"],
        traits: Traits { thinks: Thinks::Asked, temperature: false, budget: false, ..Traits::PLAIN },
        source: &["https://platform.claude.com/docs/en/about-claude/models/migration-guide"],
        date: "2026-11-26",
    },
    Family {
        ids: &["claude-*"],
        traits: Traits { thinks: Thinks::Asked, ..Traits::PLAIN },
        source: &["https://platform.claude.com/docs/en/build-with-claude/extended-thinking"],
        date: "2026-11-26",
    },
    Family {
        ids: &["gemini-2-5-flash-lite*", "gemini-2-0-*"],
        traits: Traits::PLAIN,
        source: &["https://ai.google.dev/gemini-api/docs/thinking"],
        date: "2026-11-26",
    },
    Family {
        ids: &["gemini-2-5*", "gemini-3*", "gemini-4*", "gemini-flash-latest", "gemini-pro-latest"],
        traits: Traits { thinks: Thinks::Usually, ..Traits::PLAIN },
        source: &["https://ai.google.dev/gemini-api/docs/thinking"],
        date: "2026-11-26",
    },
    // Open models that think. Their servers take a temperature, as for any other model.
    Family {
        ids: &[
            "deepseek-r1*",
            "deepseek-reasoner*",
            "qwq*",
            "qwen3*",
            "magistral*",
            "kimi-k2-thinking*",
            "minimax-m*",
            "glm-4-5*",
            "glm-4-6*",
            "grok-3-mini*",
            "grok-4*",
        ],
        traits: Traits { thinks: Thinks::Usually, ..Traits::PLAIN },
        source: &["https://openrouter.ai/docs/use-cases/reasoning-tokens"],
        date: "2026-11-26",
    },
];
