//! Settings that stand in the wrong place of alignment.toml. In TOML all that follows a `[[model]]` is the
//! model's, so that a setting of the whole file, written below, is read as one of the last model.

use crate::ground::diagnostic::{Diagnostic, Source};

/// Settings of the whole file, which stand above every `[table]`.
const OF_THE_FILE: [&str; 6] = ["suites", "baselines", "snapshots", "recordings", "store", "outside"];

/// Settings of a table, which are often written elsewhere.
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

/// What to do about a setting of the whole file that stands below a model.
pub(crate) fn above(name: &str) -> String {
    format!(
        "move `{name}` above the first [table] of alignment.toml: in TOML, what follows a [[model]] belongs to that model"
    )
}

/// Whether an entry of a list is one of the file's own `suites`, and no task.
pub(crate) fn is_of_the_file(entry: &str) -> bool {
    entry == "builtin" || entry == "suites" || entry.contains(['/', '\\']) || entry.ends_with(".toml")
}

/// What the TOML reader found in `source`; of a setting that stands in the wrong place, where it goes.
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
