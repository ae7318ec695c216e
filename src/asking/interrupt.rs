//! Handles Ctrl-C and requests to terminate: a last message, then the end, within a second, even if something hangs.
//!
//! Nothing has to be finished first: a response is in its recording, in one piece, before it counts as
//! arrived, and what is in flight is noted before it is sent: the next run asks for it again, and counts it as lost.
//!
//! This uses tokio's `signal` and not the crate `ctrlc`: the runtime is here anyway, so it adds one small crate
//! instead of two, and it tells the two signals apart, as the exit code must.

use std::io;
use std::pin::pin;
use std::process;
use std::time::Duration;

use futures_util::future;
#[cfg(unix)]
use futures_util::future::Either;
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::time;

use crate::ground::exit;

/// How long the last message may take, if the terminal does not read or a lock is held.
const LAST_WORD: Duration = Duration::from_millis(800);

/// Signals this close together are one press of Ctrl-C: nextest passes on a signal that the terminal may have
/// sent to the whole process group.
const ONE_PRESS: Duration = Duration::from_millis(200);

/// Makes an interrupt call `last_word` and end the process with exit code 130 (143 for a request to terminate).
/// A second interrupt ends it at once.
///
/// # Errors
/// Returns an error if signals cannot be watched. An interrupt then ends the process as usual.
pub(crate) fn watch(last_word: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    // Signals are watched before this returns, so that none is missed afterwards.
    let mut signals = {
        let _inside = runtime.enter();
        Signals::new()?
    };
    // The watcher has its own thread, since those that ask may be busy. The last message has another, since it
    // may hang.
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
                let (late, again) = (pin!(time::sleep(LAST_WORD)), pin!(signals.again()));
                future::select(said, future::select(late, again)).await;
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

    /// Waits for the next signal and returns its exit code: 128 plus its number, as in shells.
    async fn next(&mut self) -> i32 {
        let (interrupt, terminate) = (pin!(self.interrupt.recv()), pin!(self.terminate.recv()));
        match future::select(interrupt, terminate).await {
            Either::Left(_) => exit::INTERRUPTED.code.into(),
            Either::Right(_) => exit::TERMINATED.code.into(),
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
            // Ctrl-C cannot be watched, so this waits forever.
            std::future::pending::<()>().await;
        }
        exit::INTERRUPTED.code.into()
    }
}

impl Signals {
    /// Waits for a signal that is not an echo of the first.
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
