//! Ctrl-C and a request to terminate: a last word, then the end, within a second and whatever hangs.
//!
//! Nothing has to be finished first: a response is in its recording, in one piece, before it counts as
//! arrived, and what is in flight is noted before it is sent: the next run asks for it again, and counts it as lost.
//!
//! tokio's `signal` and not the crate `ctrlc`: the runtime is here anyway, so it brings one small crate
//! more and not two, and it tells the two signals apart, which the exit code must.

use std::io;
use std::process;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::time;

use crate::ground::exit;

/// How long the last word may take, where the terminal does not read or a lock is held.
const LAST_WORD: Duration = Duration::from_millis(800);

/// Signals so close together are one press of Ctrl-C: nextest passes on what the terminal may have sent to
/// all of the process group.
const ONE_PRESS: Duration = Duration::from_millis(200);

/// From now on an interrupt ends the process, with 130 (or 143, when it was asked to terminate), after
/// `last_word` has been called. A second one ends it at once.
///
/// # Errors
/// The system does not let it watch; an interrupt then ends the process as it always did.
pub(crate) fn watch(last_word: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    // Before this returns: no interrupt after it is missed.
    let mut signals = {
        let _inside = runtime.enter();
        Signals::new()?
    };
    // A thread of its own, since those that ask may be busy, and one for the last word, since it may hang.
    let watch = move || {
        let code = runtime.block_on(async move {
            let code = signals.next().await;
            let (say, said) = oneshot::channel::<()>();
            let speaker = std::thread::Builder::new().name("alignspec-last-word".to_owned());
            let spoken = speaker.spawn(move || {
                last_word();
                say.send(()).ok();
            });
            if spoken.is_ok() {
                tokio::select! {
                    _ = said => {}
                    () = time::sleep(LAST_WORD) => {}
                    () = signals.again() => {}
                }
            }
            code
        });
        crate::provider::end_programs();
        process::exit(code);
    };
    std::thread::Builder::new().name("alignspec-interrupt".to_owned()).spawn(watch).map(drop)
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// The exit code of the next one: 128 and its number, as shells have it.
    async fn next(&mut self) -> i32 {
        tokio::select! {
            _ = self.interrupt.recv() => exit::INTERRUPTED.into(),
            _ = self.terminate.recv() => exit::TERMINATED.into(),
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Signals> {
        Ok(Signals)
    }

    async fn next(&mut self) -> i32 {
        if tokio::signal::ctrl_c().await.is_err() {
            // It cannot be watched for: then this never happens.
            std::future::pending::<()>().await;
        }
        exit::INTERRUPTED.into()
    }
}

impl Signals {
    /// A signal that is not the first one's echo.
    async fn again(&mut self) {
        let echoes = async {
            loop {
                self.next().await;
            }
        };
        let _: Result<(), _> = time::timeout(ONE_PRESS, echoes).await;
        self.next().await;
    }
}
