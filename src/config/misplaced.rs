//! Recognizes settings in the wrong place of alignment.toml. In TOML, everything after a `[[model]]` belongs to that
//! model, so a setting for the whole file that comes later is read as one of the last model's.

use crate::ground::diagnostic::{Diagnostic, Source};

/// Settings of the whole file, which must come before the first `[table]`.
const OF_THE_FILE: [&str; 7] =
    ["suites", "baselines", "snapshots", "recordings", "store", "trusted_recordings", "outside"];

/// Settings that are often written outside of their table.
const OF_TABLES: [(&str, &str); 15] = [
    ("tasks", "[model]"),
    ("step", "sampling"),
    ("samples", "sampling"),
    ("max_samples", "sampling"),
    ("seed", "sampling"),
    ("retries", "sampling"),
    ("timeout", "sampling"),
    ("concurrency", "sampling"),
    ("error_rate", "verdict"),
    ("inconclusive", "verdict"),
    ("max_minutes", "budget"),
    ("max_usd", "budget"),
    ("max_requests", "budget"),
    ("max_age", "drift"),
    ("min_shift", "drift"),
];

/// Says what to do about a setting of the whole file that stands below a model.
pub(crate) fn above(name: &str) -> String {
    format!(
        "move `{name}` above the first [table] of alignment.toml: in TOML, what follows a [[model]] belongs to that model"
    )
}

/// Returns whether an entry of a list belongs to the file's own `suites` and is not a task.
pub(crate) fn is_of_the_file(entry: &str) -> bool {
    entry == "builtin" || entry == "suites" || entry.contains(['/', '\\']) || entry.ends_with(".toml")
}

/// Returns the diagnostic of a TOML error; if a setting is in the wrong place, it says where the setting belongs.
pub(super) fn told(source: &Source, error: &toml::de::Error) -> Diagnostic {
    let diagnostic = Diagnostic::toml(source, error);
    let Some(name) =
        diagnostic.message().strip_prefix("unknown field `").and_then(|rest| rest.split('`').next())
    else {
        return diagnostic;
    };
    if OF_THE_FILE.contains(&name) {
        let help = above(name);
        return diagnostic.help(help);
    }
    let table = OF_TABLES.iter().find(|(known, _)| *known == name).map(|(_, table)| *table);
    match table {
        Some(table) => diagnostic.help(format!("it belongs in [{table}]")),
        None => diagnostic,
    }
}
