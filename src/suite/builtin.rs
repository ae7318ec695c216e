//! The suites that come with the crate: `suites = ["builtin"]`.

/// The name and the text of each shipped suite. These files hold only questions, because each team decides what to
/// expect of its models.
pub(crate) const BUILTIN: [(&str, &str); 5] = [
    ("t1-selection.toml", include_str!("../../suites/t1-selection.toml")),
    ("t2-importance.toml", include_str!("../../suites/t2-importance.toml")),
    ("t3-trade-offs.toml", include_str!("../../suites/t3-trade-offs.toml")),
    ("t4-prioritisation.toml", include_str!("../../suites/t4-prioritisation.toml")),
    ("k1-knowledge.toml", include_str!("../../suites/k1-knowledge.toml")),
];

/// How the names of suite files end.
pub(crate) const ENDINGS: [&str; 1] = ["toml"];
