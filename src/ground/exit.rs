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
pub(crate) const NOT_RUN: Exit = Exit {
    code: 102,
    means: "could not run, and nothing said no: answers are missing (provider, budget, recording) or in a batch, a file has a mistake, a test panicked; or `ALIGNSPEC_PLAN` is set, so that only the plan was printed",
};
/// A run that SIGINT ended: 128 and the number of the signal, as shells have it.
pub(crate) const INTERRUPTED: Exit = Exit { code: 130, means: "ended by Ctrl-C (SIGINT)" };
/// A run that SIGTERM ended: 128 and the number of the signal.
pub(crate) const TERMINATED: Exit = Exit { code: 143, means: "ended by SIGTERM" };

pub(crate) const REFUSED: Exit =
    Exit { code: 1, means: "refused or failed, because of the contents of a file or an error of the system" };
pub(crate) const MISUSED: Exit =
    Exit { code: 2, means: "the command line, or the alignment.toml that it leads to, is not valid" };
pub(crate) const NOTHING: Exit = Exit {
    code: 3,
    means: "there is nothing to show, or what the test target hands over as Rust values is not known",
};

pub(crate) const GATE_NO: Exit = Exit { code: 1, means: "the gate says no, as 101 above" };
pub(crate) const GATE_NOT_RUN: Exit = Exit {
    code: 3,
    means: "the gate could not run, as 102 above; or nothing was judged, or there are no results",
};

pub(crate) const WATCH_CHANGED: Exit = Exit {
    code: 1,
    means: "a model has changed, by its answers or by the version that its provider reports",
};
pub(crate) const WATCH_NOT_RUN: Exit = Exit {
    code: 3,
    means: "a role could not be watched, and none is known to have changed: answers are missing (key, provider, budget), there is no snapshot of what is asked today, a file has a mistake, the series or the issue could not be written",
};

/// The exit codes of a test target under `cargo test`. 0 and 101 are libtest's.
pub const OF_TESTS: [Exit; 5] = [
    Exit { code: 0, means: "every test passed or was ignored" },
    Exit {
        code: 101,
        means: "says no: a check failed, is undecided or has no value for these answers; or a snapshot drifted, is new, or belongs to a changed suite",
    },
    NOT_RUN,
    INTERRUPTED,
    TERMINATED,
];

/// Of `cargo alignspec accept`, `across`, `diff`, `merge` and `read`.
pub const OF_PROGRAM: [Exit; 4] = [Exit { code: 0, means: "done" }, REFUSED, MISUSED, NOTHING];

/// Of `cargo alignspec report`.
pub const OF_REPORT: [Exit; 4] = [
    Exit { code: 0, means: "the gate says yes" },
    GATE_NO,
    Exit { means: "the command line is not valid", ..MISUSED },
    GATE_NOT_RUN,
];

/// Of `cargo alignspec watch`.
pub const OF_WATCH: [Exit; 4] = [
    Exit { code: 0, means: "all roles were watched, and nothing shows that a model changed" },
    WATCH_CHANGED,
    MISUSED,
    WATCH_NOT_RUN,
];
