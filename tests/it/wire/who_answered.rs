//! Who really answered: the host behind a router, the provider's set-up and the cost are recorded where they are
//! told, and nothing of them where they are not.

use crate::support::server::{Reply, Server};
use crate::support::{KEY, completion, model, part_of, recorded, sample, task, unit};
use alignspec::__testing::provider::Response;
use serde_json::json;
use tempfile::tempdir;

/// OpenRouter's answer, and LiteLLM's header.
fn told(number: usize) -> Reply {
    let mut body = completion("Very important");
    body["provider"] = json!("DeepInfra");
    body["system_fingerprint"] = json!(format!("fp_{number}"));
    body["usage"]["cost"] = json!(0.000_012_3);
    Reply::json(200, &body).header("x-litellm-response-cost", "0.5")
}

#[test]
fn what_is_told_is_recorded_and_read_again() {
    let server = Server::start(|request| told(request.number));
    let (model, task, folder) = (model(&server.base_url(), ""), task(), tempdir().expect("a folder"));
    let asked = sample(folder.path(), &unit(&model, &task, 1));
    let again = sample(folder.path(), &unit(&model, &task, 1));
    assert_eq!((asked.responses.clone(), server.count()), (again.responses, 2));
    let line = recorded(folder.path());
    let wanted = ",\"model\":\"small-1-2025\",\"upstream\":\"DeepInfra\",\"fingerprint\":\"fp_0\",\"tokens_in\":11,\"tokens_out\":3,\"usd\":0.0000123,\"ms\":";
    assert!(line.contains(wanted) || line.contains(&wanted.replace("0.0000123", "1.23e-5")), "{line}");
    let upstream = |response: &Response| {
        let upstream = response.upstream.as_deref().expect("told");
        (upstream.host.clone(), upstream.usd.map(f64::from))
    };
    let first = asked.responses[0].as_ref().map(upstream);
    assert_eq!(
        first,
        Some((Some("DeepInfra".to_owned()), Some(0.000_012_3))),
        "the body's own cost goes first"
    );
}

#[test]
fn a_header_tells_the_cost_where_the_body_does_not_and_nothing_is_kept_of_neither() {
    for (cost, wanted) in [(Some("0.0031"), true), (Some("None"), false), (Some("-1"), false), (None, false)]
    {
        let server = Server::start(move |_| {
            let reply = Reply::json(200, &completion("Very important"));
            cost.into_iter().fold(reply, |reply, cost| reply.header("x-litellm-response-cost", cost))
        });
        let (model, task, folder) = (model(&server.base_url(), ""), task(), tempdir().expect("a folder"));
        sample(folder.path(), &unit(&model, &task, 1));
        let line = recorded(folder.path());
        assert_eq!(line.contains(",\"usd\":0.0031,"), wanted, "{cost:?}: {line}");
        assert!(!line.contains("upstream") && !line.contains("fingerprint"), "{line}");
        assert!(wanted || line.contains(",\"tokens_out\":3,\"ms\":"), "{line}");
    }
}

#[test]
fn no_part_of_a_key_is_in_it() {
    let server = Server::start(|_| {
        let mut body = completion("Very important");
        body["provider"] = json!(format!("host\u{1b}[1m {KEY}"));
        body["system_fingerprint"] = json!(KEY);
        Reply::json(200, &body)
    });
    let (model, task, folder) = (model(&server.base_url(), ""), task(), tempdir().expect("a folder"));
    let sampled = sample(folder.path(), &unit(&model, &task, 1));
    let shown = format!("{} {sampled:?}", recorded(folder.path()));
    assert!(shown.contains("\"upstream\":\"host [key]\",\"fingerprint\":\"[key]\""), "{shown}");
    assert_eq!(part_of(KEY, &shown), None, "{shown}");
}
