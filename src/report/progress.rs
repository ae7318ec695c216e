//! The progress of asking, on standard error: on a terminal a live line per model, redrawn a few times a
//! second (the feature `progress`); elsewhere a line every few seconds. Standard output belongs to libtest alone.
//!
//! Nothing is shown, and no thread is started, before something is asked ([`ProgressDisplay::start`]). Other
//! output while live lines are shown must go through [`ProgressDisplay::aside`], or come soon after a trial
//! ends: libtest-mimic prints a trial's line from another thread, without notice, right after its closure has
//! returned. So the end of a [`RunningTrial`] removes the live lines for a moment.

mod line;
mod meter;
mod screen;

use std::io::{self, Write as _};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::asking::Status;
use crate::ground::sync::hold;
use meter::Meters;
use screen::Screen;

/// The time between two looks at the source.
const TICK: Duration = Duration::from_millis(200);

/// The time that libtest-mimic may take to print the line of a trial that has ended. It takes microseconds;
/// if a busy machine takes longer, a line is garbled and nothing is lost.
const HOLD: Duration = Duration::from_millis(150);

/// Returns the number of questions that are neither answered nor given up.
fn open(status: &Status) -> u64 {
    status.wanted.saturating_sub(status.arrived.saturating_add(status.failed))
}

#[derive(Clone)]
pub(crate) struct ProgressDisplay {
    shared: Arc<SharedDisplay>,
}

struct SharedDisplay {
    begun: Instant,
    state: Mutex<DisplayState>,
    /// Signals that the display is over.
    over: Condvar,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What is shown, and whether anything may be shown now.
struct DisplayState {
    screen: Screen,
    /// The source of what is shown; `None` before something is asked.
    source: Option<Box<dyn Fn() -> Vec<Status> + Send>>,
    meters: Meters,
    /// The number of running trials. Without one nothing is asked, and libtest-mimic may print its summary.
    running: usize,
    /// The time until which live lines are hidden.
    held: Duration,
    over: bool,
}

/// A running trial; its end makes room for libtest-mimic's line.
pub(crate) struct RunningTrial<'a>(&'a ProgressDisplay);

impl ProgressDisplay {
    /// Makes a display on standard error that shows nothing yet.
    pub(crate) fn on_stderr() -> ProgressDisplay {
        let state = Mutex::new(DisplayState::on(Screen::of_stderr()));
        let (over, thread) = (Condvar::new(), Mutex::new(None));
        ProgressDisplay { shared: Arc::new(SharedDisplay { begun: Instant::now(), state, over, thread }) }
    }

    /// Shows what `source` says from now on.
    pub(crate) fn start(&self, source: impl Fn() -> Vec<Status> + Send + 'static) {
        hold(&self.shared.state).source = Some(Box::new(source));
        let shared = Arc::clone(&self.shared);
        let watch = move || {
            let mut state = hold(&shared.state);
            while !state.over {
                state.tick(shared.begun.elapsed());
                let waited = shared.over.wait_timeout(state, TICK);
                (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
            }
        };
        // If no thread can be started, the run goes on without a display.
        let thread = std::thread::Builder::new().name("alignspec-progress".to_owned()).spawn(watch).ok();
        *hold(&self.shared.thread) = thread;
    }

    /// Marks a trial as running while the result is held.
    pub(crate) fn turn(&self) -> RunningTrial<'_> {
        hold(&self.shared.state).running += 1;
        RunningTrial(self)
    }

    /// Prints something else, by `print`, while no live line is shown.
    pub(crate) fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        // While this lock is held, nothing is drawn.
        let state = hold(&self.shared.state);
        state.clear();
        print()
    }

    /// Prints `text` and shows nothing more, because the process is about to end.
    ///
    /// The live lines stay above the text. The terminal has printed `^C` somewhere near them and the cursor's
    /// place is unknown, so clearing could clear the wrong lines.
    pub(crate) fn last_word(&self, text: impl FnOnce() -> String) {
        let mut state = hold(&self.shared.state);
        state.over = true;
        let text = text();
        // The text is written in one piece, and a failure to write it is ignored.
        match &mut state.screen {
            Screen::Terminal(_) => io::stderr().write_all(format!("\n{text}\n").as_bytes()).ok(),
            Screen::Log(log) => log.write_all(format!("{text}\n").as_bytes()).and_then(|()| log.flush()).ok(),
        };
    }

    /// Removes the live lines for good.
    pub(crate) fn end(&self) {
        let mut state = hold(&self.shared.state);
        state.clear();
        state.over = true;
        drop(state);
        self.shared.over.notify_all();
        if let Some(thread) = hold(&self.shared.thread).take() {
            // The thread only waits and draws, so its result does not matter.
            thread.join().ok();
        }
    }
}

impl Drop for RunningTrial<'_> {
    fn drop(&mut self) {
        let shared = &self.0.shared;
        hold(&shared.state).turn_ended(shared.begun.elapsed());
    }
}

impl DisplayState {
    fn on(screen: Screen) -> DisplayState {
        let held = Duration::ZERO;
        DisplayState { screen, source: None, meters: Meters::default(), running: 0, held, over: false }
    }

    fn tick(&mut self, now: Duration) {
        let Some(source) = &self.source else { return };
        self.meters.read(now, source());
        match &mut self.screen {
            Screen::Terminal(lines) if self.running > 0 && now >= self.held => {
                lines.show(self.meters.live(now));
            }
            Screen::Terminal(_) => {}
            Screen::Log(log) => {
                let due = self.meters.due(now, self.running == 0);
                let text: String = due.into_iter().map(|line| line + "\n").collect();
                if !text.is_empty() {
                    // The text is written in one piece, so that no other line falls into it. A log that
                    // cannot be written does not end the run.
                    log.write_all(text.as_bytes()).and_then(|()| log.flush()).ok();
                }
            }
        }
    }

    fn turn_ended(&mut self, now: Duration) {
        self.running = self.running.saturating_sub(1);
        self.held = now + HOLD;
        self.clear();
        if self.running == 0 && matches!(self.screen, Screen::Log(_)) {
            // The last line must not wait for a tick that may come after libtest-mimic's summary.
            self.tick(now);
        }
    }

    fn clear(&self) {
        if let Screen::Terminal(lines) = &self.screen {
            lines.clear();
        }
    }
}

#[cfg(all(test, feature = "progress"))]
mod tests {
    use std::io::Write;
    use std::sync::atomic::{AtomicU64, Ordering};

    use indicatif::{InMemoryTerm, ProgressDrawTarget, TermLike as _};

    use super::*;
    use screen::ScreenLines;

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    /// A state whose models, 100 answers each, are as far as the number says.
    fn state(screen: Screen, models: &'static [&'static str]) -> (DisplayState, Arc<AtomicU64>) {
        let arrived = Arc::new(AtomicU64::new(0));
        let mut state = DisplayState::on(screen);
        let count = Arc::clone(&arrived);
        state.source = Some(Box::new(move || {
            let arrived = count.load(Ordering::SeqCst);
            let status = |model: &&str| Status {
                model: (*model).to_owned(),
                wanted: 100,
                arrived,
                ..Status::default()
            };
            models.iter().map(status).collect()
        }));
        state.running = 2;
        (state, arrived)
    }

    fn terminal(columns: u16) -> (InMemoryTerm, Screen) {
        let terminal = InMemoryTerm::new(10, columns);
        let target = ProgressDrawTarget::term_like_with_hz(Box::new(terminal.clone()), 255);
        (terminal, Screen::Terminal(ScreenLines::on(target)))
    }

    #[test]
    fn a_trial_that_ends_finds_a_clean_line_for_a_moment() {
        let (terminal, screen) = terminal(60);
        let (mut state, arrived) = state(screen, &["assistant", "m"]);
        state.tick(seconds(0.0));
        assert_eq!(terminal.contents(), "");
        arrived.store(20, Ordering::SeqCst);
        state.tick(seconds(2.0));
        let lines = "assistant  20/100 answers  10/s  8 s left\nm          20/100 answers  10/s  8 s left";
        assert_eq!(terminal.contents(), lines);
        state.turn_ended(seconds(2.1));
        terminal.write_line("test assistant::T1 ... ok").expect("in memory");
        state.tick(seconds(2.2));
        assert_eq!(terminal.contents(), "test assistant::T1 ... ok");
        state.tick(seconds(2.3));
        assert!(terminal.contents().starts_with("test assistant::T1 ... ok\nassistant  20/100 answers  "));
        assert_eq!(terminal.contents().lines().count(), 3);
        // Without a trial that runs, nothing comes back: libtest-mimic prints its summary now.
        state.turn_ended(seconds(2.4));
        state.tick(seconds(3.0));
        assert_eq!(terminal.contents(), "test assistant::T1 ... ok");
    }

    #[test]
    fn lines_that_are_done_go_and_none_is_wider_than_the_terminal() {
        let (terminal, screen) = terminal(20);
        let (mut state, arrived) = state(screen, &["assistant", "m"]);
        state.tick(seconds(0.0));
        state.tick(seconds(1.0));
        assert_eq!(terminal.contents(), "assistant  0/100 ans\nm          0/100 ans");
        arrived.store(100, Ordering::SeqCst);
        state.tick(seconds(1.2));
        state.tick(seconds(4.0));
        assert_eq!(terminal.contents(), "");
    }

    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            hold(&self.0).write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_last_line_of_a_log_comes_before_the_summary() {
        let log = Arc::default();
        let (mut state, arrived) = state(Screen::Log(Box::new(Log(Arc::clone(&log)))), &["m"]);
        state.tick(seconds(0.0));
        arrived.store(50, Ordering::SeqCst);
        state.tick(seconds(5.0));
        arrived.store(100, Ordering::SeqCst);
        state.turn_ended(seconds(5.1));
        assert_eq!(String::from_utf8_lossy(&hold(&log)), "m  50/100 answers  10/s  5 s left\n");
        state.turn_ended(seconds(5.2));
        let all = "m  50/100 answers  10/s  5 s left\nm  100/100 answers\n";
        assert_eq!(String::from_utf8_lossy(&hold(&log)), all);
    }
}
