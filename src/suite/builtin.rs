//! The suites that come with the crate: `suites = ["builtin"]`.

/// (file name, text) of each shipped suite. The files hold questions only: what a team expects of
/// its models is for the team to say.
pub(crate) const BUILTIN: [(&str, &str); 5] = [
    ("t1-selection.toml", include_str!("../../suites/t1-selection.toml")),
    ("t2-importance.toml", include_str!("../../suites/t2-importance.toml")),
    ("t3-trade-offs.toml", include_str!("../../suites/t3-trade-offs.toml")),
    ("t4-prioritisation.toml", include_str!("../../suites/t4-prioritisation.toml")),
    ("k1-knowledge.toml", include_str!("../../suites/k1-knowledge.toml")),
];
