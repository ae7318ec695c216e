//! Checks a model's name, which becomes a folder, a file and part of a test's name.

/// The longest name: with a task's id, a separator and a file extension it still fits in a file name.
const LONGEST: usize = 80;

/// Checks that `name` is valid everywhere as the name of a folder below the recordings.
///
/// # Errors
/// The message says what is wrong, and what to do.
pub(super) fn checked(name: &str) -> Result<(), (String, String)> {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    let ends = name.starts_with(|c: char| c.is_ascii_alphanumeric()) && !name.ends_with('.');
    if !plain || !ends || name.contains("__") || name.contains("..") {
        let help = "use letters, digits, `-`, `_` and `.`; start with a letter or digit; do not use `__` or `..`, or end with `.`";
        return Err((format!("`{name}` cannot be a name"), help.to_owned()));
    }
    if name.len() > LONGEST {
        let message = format!("a name of {} characters is too long for the name of a file", name.len());
        return Err((message, format!("use at most {LONGEST}")));
    }
    Ok(())
}
