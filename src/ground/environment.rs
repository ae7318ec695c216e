//! The environment that a run is started in, as it is looked up.

/// Looks an environment variable up. A function, so that a test can hand in its own: the process's
/// environment cannot be changed safely while threads run.
pub type Variables = fn(&str) -> Option<String>;

/// The process's own environment; `None` for a variable that is unset, blank or not UTF-8.
pub fn from_environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}
