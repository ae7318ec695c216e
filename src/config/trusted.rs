//! `trusted_recordings`: whose recordings, snapshots and baselines a gate judges by.

use serde::Deserialize;

/// Whose files count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TrustedRecordings {
    /// Those that lie in the folders, whoever has put them there.
    #[default]
    Any,
    /// In a gate, only those of the base branch.
    Base,
}

impl TrustedRecordings {
    /// The name of the key.
    pub(crate) const KEY: &str = "trusted_recordings";

    /// Returns what a word means, if it is one of the two.
    pub(crate) fn of_word(word: &str) -> Option<TrustedRecordings> {
        [TrustedRecordings::Any, TrustedRecordings::Base].into_iter().find(|one| one.word() == word)
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            TrustedRecordings::Any => "any",
            TrustedRecordings::Base => "base",
        }
    }
}
