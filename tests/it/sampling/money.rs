//! What costs nothing is not booked: what nobody got, and what was turned down.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::server::{Gate, Reply, Server};
use crate::support::{PACE, completion, task, unit, variables};
use alignspec::__testing::diagnostic::Source;
use alignspec::__testing::sample::{Mode, Pace, Sampler};
use serde_json::json;

/// What is booked, and what is told, when a model of these fields is asked twenty questions that cost ten
/// cents each, within a dollar.
fn booked(fields: &str, concurrency: usize) -> (Option<f64>, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let text = format!("[budget]\nmax_usd = 1.0\n[[model]]\nname = \"assistant\"\n{fields}");
    let config =
        alignspec::__testing::provider::parse_config(folder.path(), Source::new("alignment.toml", text));
    let config = config.unwrap_or_else(|problem| panic!("{problem}"));
    let pace = Pace { concurrency, ..PACE };
    let sampler = Sampler::with(folder.path(), Mode::Record, pace, variables);
    let sampler = sampler.within(&config.budget, &config.models);
    let sampled = sampler.sample(&unit(&config.models[0], &task(), 10)).expect("sampled");
    let spent = sampler.status().first().and_then(|status| status.spent);
    (spent, sampled.shortfall().unwrap_or_default())
}

fn openai(base_url: &str) -> String {
    format!(
        "provider = \"openai\"\nmodel = \"m\"\nmax_tokens = 1\nprice = {{ input = 1, output = 100000 }}\nbase_url = \"{base_url}\"\n"
    )
}

#[test]
fn what_nobody_got_costs_nothing() {
    // A port that was free a moment ago refuses.
    let port = TcpListener::bind(("127.0.0.1", 0)).expect("a port").local_addr().expect("an address").port();
    let command = |line: &str| {
        format!("provider = \"command\"\nprice = {{ input = 1, output = 100 }}\ncommand = {line}\n")
    };
    for (what, fields, wanted) in [
        ("a refused connection", openai(&format!("http://127.0.0.1:{port}/v1")), "cannot be reached"),
        ("a name that is none", openai("https://alignspec.invalid/v1"), "cannot be reached"),
        ("a program that is none", command("[\"./no-such-program\"]"), "is not found"),
    ] {
        let (spent, told) = booked(&fields, 4);
        assert!(told.contains(wanted), "{what}: {told}");
        assert_eq!(spent, None, "{what} is booked: {told}");
    }
}

#[test]
fn what_is_turned_down_costs_nothing_however_many_were_sent_at_once() {
    for status in [401, 403, 404, 429, 500] {
        // All are on their way before the first one is turned down.
        let (gate, arrived) = (Arc::new(Gate::default()), Arc::new(AtomicUsize::new(0)));
        let server = Server::start(move |_| {
            if arrived.fetch_add(1, Ordering::SeqCst) + 1 >= 4 {
                gate.open();
            }
            gate.pass();
            Reply::json(status, &json!({ "error": { "message": "no" } }))
        });
        let (spent, told) = booked(&openai(&server.base_url()), 4);
        assert!(told.contains(&format!("answered {status}")) && server.count() >= 4, "{told}");
        assert_eq!(spent, None, "{status} is booked: {told}");
    }
}

#[test]
fn what_was_answered_or_may_have_been_is_booked() {
    let server = Server::start(|request| match request.number {
        0 => Reply::json(200, &completion("Very important")),
        _ => Reply::HangUp,
    });
    let (spent, told) = booked(&openai(&server.base_url()), 1);
    assert!(spent.is_some_and(|spent| spent > 0.3), "{spent:?}: {told}");
}
