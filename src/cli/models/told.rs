//! What `cargo alignspec models` writes of a model: its key, what to do about a failure, and the table.

use crate::asking::NotAnswered;
use crate::config::Model;
use crate::ground::environment::Variables;
use crate::provider::{AskError, ConnectError};

/// Writes where the key comes from and whether it is there; nothing of the key itself.
pub(in crate::cli) fn key(model: &Model, variables: Variables) -> String {
    let state = |name: &String| {
        let set = variables(name).is_some();
        format!("{name} {}", if set { "set" } else { "not set" })
    };
    match (&model.sign, &model.key_command) {
        (_, Some(_)) => "printed by `key_command`".to_owned(),
        (Some(_), None) => "AWS credentials".to_owned(),
        (None, None) if model.key_env.is_empty() => "none named".to_owned(),
        (None, None) => model.key_env.iter().map(state).collect::<Vec<_>>().join(", "),
    }
}

/// Says what to do where a model did not answer.
pub(super) fn to_do(model: &Model, why: &NotAnswered) -> &'static str {
    match why {
        NotAnswered::Connect(ConnectError::NoKey { .. } | ConnectError::NoVariable { .. }) => {
            "set this variable where the tests run; never write a key into a file"
        }
        NotAnswered::Connect(_) => "mend this in alignment.toml or in the environment",
        NotAnswered::Runtime(_) => "see how many processes and open files this machine allows",
        NotAnswered::Ask(AskError::Status { status, exhausted, .. }) => match status {
            _ if *exhausted => "see the provider's page about your account: waiting does not help",
            401 | 403 if model.key_env.is_empty() && model.sign.is_none() && model.key_command.is_none() => {
                "name the variable that holds the key: key_env = \"…\""
            }
            401 | 403 => "see whether the key is that of this provider, and may use this model",
            404 => "see whether `model` is the provider's own name for it, and `base_url` its address",
            429 => "wait and try again, or lower `concurrency` and `requests_per_minute`",
            500.. => "try again later: the fault is the server's",
            _ => "compare alignment.toml with what the server says",
        },
        NotAnswered::Ask(AskError::Timeout { .. }) => {
            "try a longer --timeout, or see whether the server works"
        }
        NotAnswered::Ask(AskError::Connection { .. }) => {
            "see whether the server runs, `base_url` is its address, and a proxy (HTTPS_PROXY) is needed or in the way"
        }
        NotAnswered::Ask(AskError::Untrusted { .. }) => {
            "name the certificates that are trusted here in SSL_CERT_FILE, or mend the server's"
        }
        NotAnswered::Ask(AskError::Redirect { .. }) => "put the final address into alignment.toml",
        NotAnswered::Ask(AskError::Unreadable { may_pass: true, .. }) => {
            "try again; if it stays, see what the server's own log says"
        }
        NotAnswered::Ask(AskError::Unreadable { .. }) => {
            "see whether the address is that of the provider's API, and `provider` the right one"
        }
        NotAnswered::Ask(AskError::Own { .. }) => {
            "run the program by hand with a question on its standard input"
        }
    }
}

/// Writes rows as columns that are two spaces apart.
pub(in crate::cli) fn columns<const N: usize>(rows: &[[String; N]]) -> String {
    let mut widths = [0; N];
    for row in rows {
        widths.iter_mut().zip(row).for_each(|(width, cell)| *width = (*width).max(cell.chars().count()));
    }
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}
