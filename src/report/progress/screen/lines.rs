//! Lines that are redrawn at the bottom of a terminal (the feature `progress`).

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Lines at the bottom of a terminal, each cut to the terminal's width.
pub(in crate::report::progress) struct ScreenLines {
    all: MultiProgress,
    lines: Vec<ProgressBar>,
}

impl ScreenLines {
    /// Returns lines on standard error.
    pub(in crate::report::progress) fn on_stderr() -> Option<ScreenLines> {
        Some(ScreenLines::on(ProgressDrawTarget::stderr()))
    }

    pub(in crate::report::progress) fn on(target: ProgressDrawTarget) -> ScreenLines {
        ScreenLines { all: MultiProgress::with_draw_target(target), lines: Vec::new() }
    }

    /// Shows exactly these lines.
    pub(in crate::report::progress) fn show(&mut self, texts: Vec<String>) {
        if texts.len() < self.lines.len() {
            self.clear();
        }
        for gone in self.lines.drain(texts.len().min(self.lines.len())..) {
            self.all.remove(&gone);
        }
        while self.lines.len() < texts.len() {
            // A bar without a length is drawn only when it is told to.
            let line = self.all.add(ProgressBar::no_length());
            // The template is valid; the default style would show the message, too.
            if let Ok(style) = ProgressStyle::with_template("{wide_msg}") {
                line.set_style(style);
            }
            self.lines.push(line);
        }
        for (line, text) in self.lines.iter().zip(texts) {
            line.set_message(text);
        }
    }

    /// Removes the lines until they are shown again; the cursor is where they began.
    pub(in crate::report::progress) fn clear(&self) {
        // If the terminal is gone, there is nothing to clear.
        self.all.clear().ok();
    }
}
