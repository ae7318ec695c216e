//! Where progress is written: lines that are redrawn on a terminal, or a log.

use std::fmt;
use std::io::{IsTerminal as _, Write};

pub(super) use lines::ScreenLines;

#[cfg(feature = "progress")]
pub(super) mod lines;
#[cfg(not(feature = "progress"))]
#[path = "screen/no_lines.rs"]
pub(super) mod lines;

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
        let lines =
            if std::io::stderr().is_terminal() && !dumb && !ci { ScreenLines::on_stderr() } else { None };
        lines.map_or_else(|| Screen::Log(Box::new(std::io::stderr())), Screen::Terminal)
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
