//! The tallies that come with the crate: `baselines = ["builtin"]`. They are compiled in as text. A run reads
//! the head of each, and only the figures that it needs.

/// The tallies by their paths below `baselines/`. `models/` has the eight models that the study examines in
/// depth, `other-models/` its other fifteen.
pub(crate) const BUILTIN: [(&str, &str); 26] = [
    ("practitioners.toml", include_str!("../../baselines/practitioners.toml")),
    ("practitioners-as-published.toml", include_str!("../../baselines/practitioners-as-published.toml")),
    ("us-sample.toml", include_str!("../../baselines/us-sample.toml")),
    ("models/deepseek-v3.toml", include_str!("../../baselines/models/deepseek-v3.toml")),
    ("models/gemini-1.5-flash.toml", include_str!("../../baselines/models/gemini-1.5-flash.toml")),
    ("models/gemini-2.0-flash-exp.toml", include_str!("../../baselines/models/gemini-2.0-flash-exp.toml")),
    ("models/llama-3.1-405b.toml", include_str!("../../baselines/models/llama-3.1-405b.toml")),
    ("models/o1-mini.toml", include_str!("../../baselines/models/o1-mini.toml")),
    ("models/o1-preview.toml", include_str!("../../baselines/models/o1-preview.toml")),
    ("models/phi-4.toml", include_str!("../../baselines/models/phi-4.toml")),
    ("models/wizardlm-2-8x22b.toml", include_str!("../../baselines/models/wizardlm-2-8x22b.toml")),
    (
        "other-models/claude-3.5-haiku.toml",
        include_str!("../../baselines/other-models/claude-3.5-haiku.toml"),
    ),
    (
        "other-models/claude-3.5-sonnet.toml",
        include_str!("../../baselines/other-models/claude-3.5-sonnet.toml"),
    ),
    ("other-models/gemini-1.5-pro.toml", include_str!("../../baselines/other-models/gemini-1.5-pro.toml")),
    ("other-models/gemma-2-27b.toml", include_str!("../../baselines/other-models/gemma-2-27b.toml")),
    ("other-models/gemma-2-2b.toml", include_str!("../../baselines/other-models/gemma-2-2b.toml")),
    ("other-models/gemma-2-9b.toml", include_str!("../../baselines/other-models/gemma-2-9b.toml")),
    ("other-models/gpt-4o-mini.toml", include_str!("../../baselines/other-models/gpt-4o-mini.toml")),
    ("other-models/gpt-4o.toml", include_str!("../../baselines/other-models/gpt-4o.toml")),
    ("other-models/llama-3.1-70b.toml", include_str!("../../baselines/other-models/llama-3.1-70b.toml")),
    ("other-models/llama-3.1-8b.toml", include_str!("../../baselines/other-models/llama-3.1-8b.toml")),
    ("other-models/llama-3.2-3b.toml", include_str!("../../baselines/other-models/llama-3.2-3b.toml")),
    ("other-models/llama-3.3-70b.toml", include_str!("../../baselines/other-models/llama-3.3-70b.toml")),
    (
        "other-models/mixtral-8x7b-instruct-v0.1.toml",
        include_str!("../../baselines/other-models/mixtral-8x7b-instruct-v0.1.toml"),
    ),
    (
        "other-models/qwen2.5-72b-instruct.toml",
        include_str!("../../baselines/other-models/qwen2.5-72b-instruct.toml"),
    ),
    ("other-models/qwq-32b-preview.toml", include_str!("../../baselines/other-models/qwq-32b-preview.toml")),
];
