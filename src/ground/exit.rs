//! The exit codes, in one place: the code returns these, and the reference in `docs/` lists them.

/// An exit code and what it means.
#[derive(Debug, Clone, Copy)]
pub struct Exit {
    /// What the process ends with.
    pub code: u8,
    /// When it ends so, in Markdown, as the reference says it.
    pub means: &'static str,
}

/// A test target in which nothing says no, but something could not run. One more than libtest's for failed tests.
pub(crate) const NOT_RUN: u8 = 102;
/// A run that SIGINT ended: 128 and the number of the signal, as shells have it.
pub(crate) const INTERRUPTED: u8 = 130;
/// A run that SIGTERM ended: 128 and the number of the signal.
pub(crate) const TERMINATED: u8 = 143;

/// `cargo alignspec`: refused or failed.
pub(crate) const REFUSED: u8 = 1;
/// `cargo alignspec`: the command line is not valid.
pub(crate) const MISUSED: u8 = 2;
/// `cargo alignspec`: there is nothing to show.
pub(crate) const NOTHING: u8 = 3;

/// `cargo alignspec watch`: a model has changed.
pub(crate) const WATCH_CHANGED: u8 = 1;
/// `cargo alignspec watch`: a role could not be watched.
pub(crate) const WATCH_NOT_RUN: u8 = 3;

/// `cargo alignspec report`: the gate says no.
pub(crate) const GATE_NO: u8 = 1;
/// `cargo alignspec report`: the gate could not run.
pub(crate) const GATE_NOT_RUN: u8 = 3;

/// The exit codes of a test target under `cargo test`. 0 and 101 are libtest's.
pub const OF_TESTS: [Exit; 5] = [
    Exit { code: 0, means: "every test passed or was ignored" },
    Exit {
        code: 101,
        means: "says no: a check failed, is undecided or has no value for these answers; or a snapshot drifted, is new, or belongs to a changed suite",
    },
    Exit {
        code: NOT_RUN,
        means: "could not run, and nothing said no: answers are missing (provider, budget, recording) or in a batch, a file has a mistake, a test panicked",
    },
    Exit { code: INTERRUPTED, means: "ended by Ctrl-C (SIGINT)" },
    Exit { code: TERMINATED, means: "ended by SIGTERM" },
];

/// Of `cargo alignspec accept`, `across`, `diff`, `merge` and `read`.
pub const OF_PROGRAM: [Exit; 4] = [
    Exit { code: 0, means: "done" },
    Exit {
        code: REFUSED,
        means: "refused or failed, because of the contents of a file or an error of the system",
    },
    Exit { code: MISUSED, means: "the command line, or the alignment.toml that it leads to, is not valid" },
    Exit { code: NOTHING, means: "there is nothing to show" },
];

/// Of `cargo alignspec report`.
pub const OF_REPORT: [Exit; 4] = [
    Exit { code: 0, means: "the gate says yes" },
    Exit { code: GATE_NO, means: "the gate says no, as 101 above" },
    Exit { code: MISUSED, means: "the command line is not valid" },
    Exit {
        code: GATE_NOT_RUN,
        means: "the gate could not run, as 102 above; or nothing was judged, or there are no results",
    },
];

/// Of `cargo alignspec watch`.
pub const OF_WATCH: [Exit; 4] = [
    Exit { code: 0, means: "all roles were watched, and nothing shows that a model changed" },
    Exit {
        code: WATCH_CHANGED,
        means: "a model has changed, by its answers or by the version that its provider reports",
    },
    Exit { code: MISUSED, means: "the command line, or the alignment.toml that it leads to, is not valid" },
    Exit {
        code: WATCH_NOT_RUN,
        means: "a role could not be watched, and none is known to have changed: answers are missing (key, provider, budget), there is no snapshot of what is asked today, a file has a mistake, the series or the issue could not be written",
    },
];
