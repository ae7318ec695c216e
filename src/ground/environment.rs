//! The environment that a run is started in: the variables that are read, which is also the table in the reference in
//! `docs/`, and how one is looked up.

/// Looks an environment variable up. A function, so that a test can hand in its own: the process's
/// environment cannot be changed safely while threads run.
pub type Variables = fn(&str) -> Option<String>;

/// The process's own environment; `None` for a variable that is unset, blank or not UTF-8.
pub fn from_environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// The name that nextest gives to a run, whatever process a test is in: letters, digits and dashes, so that files
/// can have it. `None` under cargo test, and for a name of anything else.
pub(crate) fn nextest_run(variables: Variables) -> Option<String> {
    let plain = |name: &String| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    variables("NEXTEST_RUN_ID").filter(|name| !name.is_empty()).filter(plain)
}

/// Whether this run is a gate: CI as insta recognizes it, a run whose results are kept, or one that is judged by the
/// base branch.
pub(crate) fn is_gate(variable: impl Fn(&str) -> Option<String>) -> bool {
    let ci = match variable("CI").as_deref() {
        Some("false" | "0" | "") => false,
        None => variable("TF_BUILD").is_some(),
        Some(_) => true,
    };
    let set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
    ci || set(RESULTS) || variable(TRUSTED_RECORDINGS).as_deref() == Some("base")
}

/// Whether [`PLAN`] is set, and neither blank nor 0, so that a run prints what it would take, and nothing is asked.
pub(crate) fn only_plans() -> bool {
    std::env::var_os(PLAN).is_some_and(|value| !["", "0"].contains(&value.to_string_lossy().trim()))
}

/// A variable, or several that are described together.
#[derive(Debug, Clone, Copy)]
pub struct Variable {
    /// The names that share the description.
    pub names: &'static [&'static str],
    /// What the variable does, in Markdown, as the reference says it.
    pub means: &'static str,
}

impl Variable {
    /// Whether people set it, and not alignspec for itself.
    pub(crate) fn by_people(&self) -> bool {
        !self.means.starts_with("set by")
    }
}

pub(crate) const PREFIX: &str = "ALIGNSPEC_";

/// Whether a variable is one of alignspec's own tests and scripts, such as those of the local model.
pub(crate) fn of_development(name: &str) -> bool {
    const BEGINNINGS: [&str; 2] = ["TEST_", "LOCAL_"];
    const NAMES: [&str; 6] = ["BLESS", "CACHE", "FUZZ", "OLLAMA_DESCRIPTION", "REAL_SERVER", "UPSTREAM"];
    name.strip_prefix(PREFIX).is_some_and(|own| {
        NAMES.contains(&own) || BEGINNINGS.iter().any(|beginning| own.starts_with(beginning))
    })
}

pub(crate) const MODE: &str = "ALIGNSPEC_MODE";
pub(crate) const PLAN: &str = "ALIGNSPEC_PLAN";
pub(crate) const PLAN_ANNOUNCED: &str = "ALIGNSPEC_PLAN_ANNOUNCED";
pub(crate) const RESULTS: &str = "ALIGNSPEC_RESULTS";
pub(crate) const MAX_REQUESTS: &str = "ALIGNSPEC_MAX_REQUESTS";
pub(crate) const MAX_USD: &str = "ALIGNSPEC_MAX_USD";
pub(crate) const BASE_RECORDINGS: &str = "ALIGNSPEC_BASE_RECORDINGS";
pub(crate) const BASE: &str = "ALIGNSPEC_BASE";
pub(crate) const TRUSTED_RECORDINGS: &str = "ALIGNSPEC_TRUSTED_RECORDINGS";
pub(crate) const STORES: &str = "ALIGNSPEC_STORES";
pub(crate) const MODEL: &str = "ALIGNSPEC_MODEL";
pub(crate) const SYSTEM: &str = "ALIGNSPEC_SYSTEM";
pub(crate) const MESSAGES: &str = "ALIGNSPEC_MESSAGES";
pub(crate) const SCHEMA: &str = "ALIGNSPEC_SCHEMA";

/// alignspec's own variables, which people, CI jobs or `cargo alignspec` set for a test target.
pub const OURS: [Variable; 10] = [
    Variable {
        names: &[MODE],
        means: "which questions may be asked: `auto` (the default), `record`, `replay` or `live`",
    },
    Variable {
        names: &[PLAN],
        means: "anything but `0` or nothing: print what a run will likely take, run nothing, and end with 102, because nothing was judged",
    },
    Variable {
        names: &[RESULTS],
        means: "the absolute path of a folder: every trial writes its outcome there, for `cargo alignspec report`. The run then counts as a gate: no snapshots are stored",
    },
    Variable {
        names: &[MAX_REQUESTS],
        means: "lowers `[budget] max_requests` for this run; it never raises it",
    },
    Variable {
        names: &[MAX_USD],
        means: "lowers `[budget] max_usd` for this run; every model that is asked needs a `price`",
    },
    Variable {
        names: &[BASE_RECORDINGS],
        means: "the folder of the base branch's recordings, when a pull request is judged: a response that is recorded there takes precedence",
    },
    Variable {
        names: &[BASE],
        means: "the base branch of the pull request that is judged: a git revision, or the absolute path of the crate's folder in a checkout of it. Files that differ from it are listed",
    },
    Variable {
        names: &[TRUSTED_RECORDINGS],
        means: "`base`: judge by the base branch's recordings, snapshots and baselines only, and ask nothing unless the mode is `live`. `any`: by those that are here. It counts before `trusted_recordings` in alignment.toml, which a pull request can change",
    },
    Variable {
        names: &[PLAN_ANNOUNCED],
        means: "set by `cargo alignspec record`, which has announced the plan already",
    },
    Variable {
        names: &[STORES],
        means: "set by a test target for a process of its own, in which insta stores what is new or has drifted without printing it",
    },
];

/// What alignspec sets for a program that answers (`provider = "command"`).
pub const HANDED: [Variable; 4] = [
    Variable { names: &[MODEL], means: "the `model` of the `[[model]]`, or its name" },
    Variable { names: &[SYSTEM], means: "the system prompt; not set where there is none" },
    Variable { names: &[MESSAGES], means: "the earlier turns, as JSON; not set where there are none" },
    Variable {
        names: &[SCHEMA],
        means: "the JSON schema that the answer must have; not set where there is none",
    },
];

/// Variables of other tools that change what a run does. (The variables that `key_env`, `headers`, `client_cert`
/// and `client_key` name in alignment.toml are read besides.)
pub const OTHERS: [Variable; 15] = [
    Variable {
        names: &["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"],
        means: "the proxy for requests to a server, also in lower case and as `socks5h://…`; plain http to this machine uses none",
    },
    Variable { names: &["SSL_CERT_FILE"], means: "a PEM file of certificates; only these are then trusted" },
    Variable {
        names: &[
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
            "AWS_REGION",
            "AWS_DEFAULT_REGION",
        ],
        means: "credentials and region for `sign = \"aws\"`; those of a role, a container or an instance (`AWS_WEB_IDENTITY_TOKEN_FILE`, …) are read as AWS's own tools read them",
    },
    Variable {
        names: &["CI"],
        means: "anything but `false`, `0` or empty: progress is printed as a log, and the run counts as a gate",
    },
    Variable { names: &["TF_BUILD"], means: "the run counts as a gate, where `CI` is not set" },
    Variable {
        names: &["TERM"],
        means: "`dumb`, or not set: progress is printed as a log. `dumb`: verdicts are printed in ASCII, without colours",
    },
    Variable {
        names: &["LC_ALL", "LC_CTYPE", "LANG"],
        means: "the locale, by the first of these that is set: where it is not UTF-8, verdicts are printed in ASCII",
    },
    Variable { names: &["NO_COLOR"], means: "anything but empty: verdicts are printed without colours" },
    Variable {
        names: &[
            "INSTA_UPDATE",
            "INSTA_FORCE_UPDATE",
            "INSTA_FORCE_UPDATE_SNAPSHOTS",
            "INSTA_FORCE_PASS",
            "INSTA_CARGO_INSTA",
            "INSTA_WORKSPACE_ROOT",
        ],
        means: "how insta stores snapshots; in a gate, settings that would store a snapshot or hide a drift are mistakes",
    },
    Variable {
        names: &["INSTA_OUTPUT"],
        means: "what insta prints of a snapshot that is new or has drifted: nothing unless this is set, for example to `diff`",
    },
    Variable {
        names: &["NEXTEST", "NEXTEST_RUN_ID"],
        means: "set by cargo-nextest: which processes belong to one run, which has one budget",
    },
    Variable {
        names: &["GITHUB_WORKSPACE"],
        means: "the folder of the checkout, to which the paths in annotations are relative",
    },
    Variable {
        names: &["GITHUB_REPOSITORY", "GITHUB_TOKEN", "GITHUB_API_URL"],
        means: "of `cargo alignspec watch --issue`: the repository as `OWNER/NAME`, the token that may write its issues, and the API, GitHub's own unless set",
    },
    Variable {
        names: &["CI_API_V4_URL", "CI_MERGE_REQUEST_PROJECT_ID", "GITLAB_TOKEN"],
        means: "of the note that GitLab's template writes: the API, the merge request's project, and the token that may write its notes",
    },
    Variable {
        names: &["CARGO", "CARGO_MANIFEST_DIR", "CARGO_PKG_NAME"],
        means: "set by cargo: its own path, and the crate whose tests run",
    },
];
