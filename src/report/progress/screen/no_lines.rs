//! Without the feature `progress` nothing is redrawn: a terminal gets a line every few seconds, as a log does.

/// Lines of a terminal, which never exist.
pub(in crate::report::progress) enum ScreenLines {}

impl ScreenLines {
    pub(in crate::report::progress) fn on_stderr() -> Option<ScreenLines> {
        None
    }

    pub(in crate::report::progress) fn show(&mut self, _: Vec<String>) {
        match *self {}
    }

    pub(in crate::report::progress) fn clear(&self) {
        match *self {}
    }
}
