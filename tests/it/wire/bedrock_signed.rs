//! Bedrock asked with credentials of AWS (`sign = "aws"`): every request is checked as the service checks it, and
//! what signs it is shown nowhere.

use std::path::Path;
use std::sync::Mutex;

use crate::support::server::{Received, Reply, Server};
use crate::support::shapes::runtime;
use crate::support::sigv4::{Account, wrong};
use crate::support::wire::question;
use crate::support::{PACE, configured, misconfigured, part_of, recorded, task, unit};
use alignspec::__testing::config::Model;
use alignspec::__testing::environment::Variables;
use alignspec::__testing::provider::{Request, connect};
use alignspec::__testing::sample::{Mode, Sampler};
use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::tempdir;

pub(super) const REGION: &str = "us-west-2";

/// An entry at this address, with further fields.
pub(super) fn entry(base_url: &str, fields: &str) -> String {
    format!("provider = \"bedrock\"\nmodel = \"m\"\nbase_url = \"{base_url}\"\n{fields}")
}

/// Credentials as they are, of a session.
pub(super) fn session(name: &str) -> Option<String> {
    let account = Account::new("main");
    match name {
        "AWS_ACCESS_KEY_ID" => Some(account.key_id),
        "AWS_SECRET_ACCESS_KEY" => Some(format!(" {}\n", account.secret)),
        "AWS_SESSION_TOKEN" => account.token,
        "AWS_REGION" => Some(REGION.to_owned()),
        _ => None,
    }
}

/// And those that last.
fn lasting(name: &str) -> Option<String> {
    session(name).filter(|_| name != "AWS_SESSION_TOKEN")
}

pub(super) fn model(server: &Server, id: &str, fields: &str) -> Model {
    let fields = format!(
        "provider = \"bedrock\"\nmodel = \"{id}\"\nbase_url = \"{}\"\nsign = \"aws\"\n{fields}",
        server.root()
    );
    configured(Path::new("/"), &fields)
}

pub(super) fn answer(text: &str) -> Value {
    json!({
        "output": { "message": { "role": "assistant", "content": [{ "text": text }] } },
        "stopReason": "end_turn",
        "usage": { "inputTokens": 5, "outputTokens": 2, "totalTokens": 7 },
    })
}

/// As the service words it.
pub(super) fn refused(words: &str) -> Reply {
    Reply::json(403, &json!({ "message": words }))
}

/// A service that answers whoever signs as this account, and says what is wrong otherwise.
pub(super) fn checked(request: &Received, account: &Account) -> Reply {
    match wrong(request, account, REGION) {
        None => Reply::json(200, &answer("x")),
        Some(what) => Reply::json(400, &json!({ "message": what })),
    }
}

/// Asks so many times with one wire.
pub(super) fn asked(model: &Model, variables: Variables, times: usize) -> Vec<Result<String, String>> {
    let wire = connect(model, PACE.limit, variables).expect("a wire");
    let ask = |_| {
        let reply = runtime().block_on(wire.ask(&question()));
        reply.map(|reply| reply.response.text.clone()).map_err(|error| error.to_string())
    };
    (0..times).map(ask).collect()
}

#[test]
fn every_request_is_signed_as_the_service_checks_it() {
    let system = Request { system: Some("You help a bänk.".to_owned()), ..question() };
    let arn = "arn:aws:bedrock:us-west-2:123456789012:inference-profile/us.amazon.nova-lite-v1:0";
    for (variables, token) in [(session as Variables, true), (lasting, false)] {
        let server = Server::start(move |request| {
            let mut account = Account::new("main");
            account.token = account.token.filter(|_| token);
            checked(request, &account)
        });
        for id in ["anthropic.claude-3-5-sonnet-20240620-v1:0", arn, "amazon.titan-text-premier"] {
            for (fields, request) in [
                ("", &question()),
                ("region = \"us-west-2\"\nheaders = { x-tenant = \"a  b\", X-Trace = \"1\" }", &system),
            ] {
                let wire = connect(&model(&server, id, fields), PACE.limit, variables).expect("a wire");
                let reply = runtime().block_on(wire.ask(request));
                let said = reply.map(|reply| reply.response.text.clone()).map_err(|error| error.to_string());
                assert_eq!(said, Ok("x".to_owned()), "{id} {fields}");
                let sent = server.received().pop().expect("one");
                assert_eq!(sent.body.get("system").is_some(), request.system.is_some());
                assert_eq!(sent.header("x-tenant").is_some(), !fields.is_empty());
            }
        }
    }
}

#[test]
fn what_checks_signatures_finds_what_is_wrong() {
    let account = Account::new("main");
    let server = Server::start(|_| Reply::json(200, &answer("x")));
    assert_eq!(asked(&model(&server, "a:0", ""), session, 1), [Ok("x".to_owned())]);
    let sent = server.received().remove(0);
    assert_eq!(sent.target, "POST /model/a:0/converse");
    assert_eq!(wrong(&sent, &account, REGION), None);
    let changed = |change: fn(&mut Received)| {
        let mut sent = sent.clone();
        change(&mut sent);
        wrong(&sent, &account, REGION)
    };
    for (what, change) in [
        ("the body", (|sent| sent.raw.push(b' ')) as fn(&mut Received)),
        ("the path", |sent| sent.target = "POST /model/a%3A0/converse".to_owned()),
        ("a header", |sent| sent.headers.retain(|(name, _)| name != "x-amz-security-token")),
        ("a further header", |sent| sent.headers.push(("x-amz-more".to_owned(), "1".to_owned()))),
        ("the date", |sent| {
            for (name, value) in &mut sent.headers {
                if name == "x-amz-date" {
                    value.replace_range(0..4, "2015");
                }
            }
        }),
    ] {
        assert!(changed(change).is_some(), "{what}");
    }
    assert!(wrong(&sent, &Account::new("other"), REGION).is_some());
    assert!(wrong(&sent, &account, "us-east-1").is_some());
}

#[test]
fn each_try_is_signed_with_its_own_date_and_no_secret_is_kept() {
    let account = Account::new("main");
    let server = Server::start(move |request| {
        if request.number == 0 {
            // The next second is another date.
            let then = Timestamp::now().as_second();
            while Timestamp::now().as_second() == then {
                std::thread::yield_now();
            }
            return Reply::json(503, &json!({ "message": "busy" })).header("retry-after", "0");
        }
        match wrong(request, &Account::new("main"), REGION) {
            None => Reply::json(200, &answer(&format!("{:?}", request.headers))),
            Some(what) => Reply::json(400, &json!({ "message": what })),
        }
    });
    let (model, task, folder) = (model(&server, "m:0", ""), task(), tempdir().expect("a folder"));
    let sampler = Sampler::with(folder.path(), Mode::Auto, PACE, session);
    let sampled = sampler.sample(&unit(&model, &task, 1)).expect("sampled");
    assert_eq!((sampled.shortfall(), sampled.asked, server.count()), (None, 2, 3));
    let dates: Vec<_> =
        server.received().iter().map(|sent| sent.header("x-amz-date").map(str::to_owned)).collect();
    assert!(dates[0] < dates[1], "{dates:?}");
    assert_eq!(wrong(&server.received()[0], &account, REGION), None, "the first one, too");
    let recording = recorded(folder.path());
    assert!(recording.contains("[key]"), "{recording}");
    for shown in [recording, format!("{sampled:?} {model:?} {sampler:?}")] {
        for secret in account.secrets() {
            assert_eq!(part_of(secret, &shown), None, "{shown}");
        }
    }
}

#[test]
fn a_refusal_says_what_may_be_behind_it() {
    static WORDS: Mutex<&str> = Mutex::new("");
    let server = Server::start(|_| refused(*WORDS.lock().expect("words")));
    let model = model(&server, "m", "");
    for (words, wanted) in [
        (
            "Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z",
            "the clock of this machine",
        ),
        ("The security token included in the request is expired", "have expired, belong to no account"),
        ("The security token included in the request is invalid.", "signed for region us-west-2"),
        (
            "The request signature we calculated does not match the signature you provided.",
            "must belong to AWS_ACCESS_KEY_ID",
        ),
        (
            "Credential should be scoped to a valid region.",
            "signed for region us-west-2: the region must be that of the address",
        ),
        (
            "User: arn:aws:iam::1:user/x is not authorized to perform: bedrock:InvokeModel on resource: y",
            "lack the permission bedrock:InvokeModel",
        ),
        (
            "You don't have access to the model with the specified model ID.",
            "the account has no access to the model",
        ),
    ] {
        *WORDS.lock().expect("words") = words;
        let before = server.count();
        let said = asked(&model, session, 1).remove(0).expect_err(words);
        assert!(said.contains(wanted) && !said.contains("no key was sent"), "{said}\n{wanted}");
        assert_eq!(server.count(), before + 1, "what stands in variables is the same another time");
    }
}

#[test]
fn what_cannot_be_meant_is_told_in_place() {
    let amazon = "https://bedrock-runtime.us-east-1.amazonaws.com";
    for (fields, wanted) in [
        (entry(amazon, "sign = \"aws\"\nkey_env = \"K\""), "`key_env` and `sign` are both set"),
        (entry(amazon, "sign = \"aws\"\nregion = \"eu-west-1\""), "but `base_url` is in us-east-1"),
        (entry(amazon, "sign = \"aws\"\nregion = \"Ireland\""), "`region` is not the name of a region"),
        (entry(amazon, "sign = \"sigv4\""), "known: aws"),
        (
            entry(amazon, "sign = \"aws\"\nheaders = { Authorization = \"{X}\" }"),
            "`Authorization` is part of the signature",
        ),
        (
            entry(amazon, "sign = \"aws\"\nheaders = { x-also = \"{key}\" }"),
            "no key is configured to put here",
        ),
        ("provider = \"openai\"\nmodel = \"m\"\nsign = \"aws\"".to_owned(), "`sign` has no effect here"),
        ("provider = \"openai\"\nmodel = \"m\"\nregion = \"us-east-1\"".to_owned(), "`region` has no effect"),
    ] {
        let shown = misconfigured(&fields);
        assert!(shown.contains(wanted) && shown.contains("alignment.toml:"), "{shown}\n{wanted}");
    }
    let model = configured(
        Path::new("/"),
        "provider = \"bedrock\"\nmodel = \"m\"\nregion = \"eu-west-1\"\nsign = \"aws\"",
    );
    assert_eq!(model.base_url.as_deref(), Some("https://bedrock-runtime.eu-west-1.amazonaws.com"));
    let model = configured(Path::new("/"), &entry(amazon, "sign = \"aws\""));
    assert_eq!(model.sign.and_then(|sign| sign.region).as_deref(), Some("us-east-1"));
}
