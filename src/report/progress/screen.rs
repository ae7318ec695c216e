//! Where progress is written: lines that are redrawn on a terminal, or a log.

use std::fmt;
use std::io::{IsTerminal as _, Write};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Standard error: a terminal or a log.
pub(super) enum Screen {
    Terminal(ScreenLines),
    Log(Box<dyn Write + Send>),
}

impl Screen {
    /// Returns a terminal if standard error is one that can be redrawn, or else a log.
    pub(super) fn of_stderr() -> Screen {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let dumb = set("TERM").is_none_or(|term| term == "dumb") && cfg!(unix);
        let ci = set("CI").is_some_and(|ci| ci != "false" && ci != "0");
        if std::io::stderr().is_terminal() && !dumb && !ci {
            return Screen::Terminal(ScreenLines::on(ProgressDrawTarget::stderr()));
        }
        Screen::Log(Box::new(std::io::stderr()))
    }
}

impl fmt::Debug for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Screen::Terminal(_) => "Terminal",
            Screen::Log(_) => "Log",
        })
    }
}

/// Lines at the bottom of a terminal, each cut to the terminal's width.
pub(super) struct ScreenLines {
    all: MultiProgress,
    lines: Vec<ProgressBar>,
}

impl ScreenLines {
    pub(super) fn on(target: ProgressDrawTarget) -> ScreenLines {
        ScreenLines { all: MultiProgress::with_draw_target(target), lines: Vec::new() }
    }

    /// Shows exactly these lines.
    pub(super) fn show(&mut self, texts: Vec<String>) {
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
    pub(super) fn clear(&self) {
        // If the terminal is gone, there is nothing to clear.
        self.all.clear().ok();
    }
}
