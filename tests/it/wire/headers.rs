//! `headers` of a model: what a gateway wants beside the key is sent with every question, and never kept or
//! shown.

use std::path::Path;

use crate::support::server::{Reply, Server};
use crate::support::shapes::runtime;
use crate::support::wire::question;
use crate::support::{
    KEY, PACE, completion, configured, misconfigured, model_of, part_of, recorded, sample, task, unit,
    variables,
};
use alignspec::__testing::provider::{connect, identity, specs};
use alignspec::__testing::sample::{Mode, Ready, Sampler};
use serde_json::json;
use tempfile::tempdir;

const TOKEN: &str = "tok-9f8e7d6c5b4a3210";

fn both(name: &str) -> Option<String> {
    if name == "GATEWAY_TOKEN" { Some(format!("{TOKEN}\n")) } else { variables(name) }
}

#[test]
fn headers_are_sent_on_every_wire_with_what_their_names_stand_for() {
    let headers = r#"headers = { x-tenant = "acme", x-gateway = "Bearer {GATEWAY_TOKEN}", x-both = "{key}:{GATEWAY_TOKEN}", x-config = '{"retry":{"attempts":3}}' }"#;
    for provider in specs().into_iter().filter(|spec| spec.instead.is_none()).map(|spec| spec.name) {
        let server = Server::start(|_| Reply::json(500, &json!({ "error": { "message": "busy" } })));
        let model = model_of(provider, "m-1", &server.root(), headers);
        let wire = connect(&model, PACE.limit, both).expect("a wire");
        assert!(!format!("{wire:?} {model:?}").contains(TOKEN), "{provider}");
        runtime().block_on(wire.ask(&question())).expect_err("busy");
        let received = server.received().remove(0);
        for (name, wanted) in [
            ("x-tenant", "acme".to_owned()),
            ("x-gateway", format!("Bearer {TOKEN}")),
            ("x-both", format!("{KEY}:{TOKEN}")),
            ("x-config", "{\"retry\":{\"attempts\":3}}".to_owned()),
        ] {
            assert_eq!(received.header(name), Some(&*wanted), "{provider}");
        }
    }
    // One's own takes the place of the wire's.
    let server = Server::start(|_| Reply::json(200, &completion("x")));
    let own = model_of(
        "openai",
        "m",
        &server.base_url(),
        "headers = { Authorization = \"Basic {GATEWAY_TOKEN}\" }",
    );
    let wire = connect(&own, PACE.limit, both).expect("a wire");
    runtime().block_on(wire.ask(&question())).expect("a reply");
    let sent = server.received().remove(0);
    let all: Vec<&str> =
        sent.headers.iter().filter(|(name, _)| name == "authorization").map(|(_, value)| &**value).collect();
    assert_eq!(all, [format!("Basic {TOKEN}")]);
}

#[test]
fn what_comes_from_the_environment_is_kept_and_shown_nowhere() {
    let server = Server::start(|request| {
        let all = format!("{:?}", request.headers);
        if request.number == 0 {
            Reply::json(200, &completion(&all))
        } else {
            Reply::json(401, &json!({ "error": all }))
        }
    });
    let headers = "headers = { x-gateway = \"{GATEWAY_TOKEN}\" }";
    let (model, task, folder) =
        (model_of("openai", "m", &server.base_url(), headers), task(), tempdir().expect("a folder"));
    let sampler = Sampler::with(folder.path(), Mode::Record, PACE, both);
    let sampled = sampler.sample(&unit(&model, &task, 1)).expect("sampled");
    let shown =
        format!("{} {} {sampled:?}", recorded(folder.path()), sampled.shortfall().expect("one is missing"));
    assert!(shown.contains("[key]"), "{shown}");
    assert_eq!((part_of(TOKEN, &shown), part_of(KEY, &shown)), (None, None), "{shown}");
    // And no part of what finds a recording.
    assert_eq!(identity(&model), identity(&model_of("openai", "m", &server.base_url(), "")));
}

#[test]
fn a_variable_that_is_not_set_is_like_a_key_that_is_not() {
    let headers = "headers = { x-gateway = \"{GATEWAY_TOKEN}\" }";
    let (model, task, folder) =
        (model_of("openai", "m", "http://127.0.0.1:9", headers), task(), tempdir().expect("a folder"));
    let unset = connect(&model, PACE.limit, variables).expect_err("unset").to_string();
    assert_eq!(
        unset,
        "the environment variable GATEWAY_TOKEN, which a header of `assistant` uses, is not set"
    );
    let sampler = Sampler::with(folder.path(), Mode::Auto, PACE, variables);
    let Ready::Ignored(why) = sampler.ready(&unit(&model, &task, 1)) else { panic!("it runs") };
    assert!(why.ends_with("2 of 2 responses are not recorded, and GATEWAY_TOKEN is not set"), "{why}");
    let shown = sample(folder.path(), &unit(&model, &task, 1)).shortfall().expect("missing");
    assert!(shown.contains("GATEWAY_TOKEN, which a header of `assistant` uses, is not set"), "{shown}");
}

#[test]
fn a_key_in_a_header_is_refused_and_never_shown() {
    let key = "sk-proj-Zx81Qw9aLm2nPk70";
    let entry = |provider: &str, headers: &str| {
        format!("provider = \"{provider}\"\nmodel = \"m\"\nheaders = {{ {headers} }}")
    };
    for (provider, headers, wanted) in [
        ("openai", format!("x-any = \"{key}\""), "`x-any` holds what looks like a key"),
        (
            "openai",
            format!("authorization = \"Bearer {key}\""),
            "`authorization` holds what looks like a key",
        ),
        ("openai", "x-api-key = \"opensesame\"".to_owned(), "`x-api-key` holds what looks like a key"),
        ("openai", "host = \"h\"".to_owned(), "`host` is set by the connection"),
        ("openai", "x = \"{key}\"".to_owned(), "no key is configured to put here"),
        ("openai", "x = \"a\\nb\"".to_owned(), "the value of `x` cannot be sent"),
        ("function", "x = \"a\"".to_owned(), "`headers` has no effect here"),
    ] {
        let shown = misconfigured(&entry(provider, &headers));
        assert!(shown.contains(wanted) && shown.contains("alignment.toml:5"), "{shown}\n{wanted}");
        assert!(part_of(key, &shown).is_none() && !shown.contains("opensesame"), "{shown}");
    }
    configured(Path::new("/"), &entry("openai", "authorization = \"Bearer {GATEWAY_TOKEN}\""));
}
