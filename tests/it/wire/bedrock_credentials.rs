//! Where the credentials come from that requests to Bedrock are signed with (variables, a role, a program), and when
//! they are fetched anew.

use std::sync::OnceLock;

use super::bedrock_signed::{REGION, answer, asked, checked, entry, model, refused, session};
use crate::support::server::{Reply, Server};
use crate::support::shapes::runtime;
use crate::support::sigv4::{Account, wrong};
use crate::support::wire::question;
use crate::support::{PACE, configured, no_variables, part_of, task, unit};
use alignspec::__testing::config::Model;
use alignspec::__testing::environment::Variables;
use alignspec::__testing::provider::connect;
use alignspec::__testing::sample::{Mode, Ready, Sampler};
use serde_json::{Value, json};
use tempfile::tempdir;

/// What a role's endpoint says of the account `name`.
fn of_role(name: &str) -> Value {
    let Account { key_id, secret, token } = Account::new(name);
    json!({ "AccessKeyId": key_id, "SecretAccessKey": secret, "Token": token, "Expiration": "2099-01-01T00:00:00Z" })
}

/// A service for `good` requests of the first account, and then of the second.
fn of_two(good: usize) -> Server {
    Server::start(move |request| match wrong(request, &Account::new("first"), REGION) {
        None if request.number >= good => refused("The security token included in the request is expired"),
        None => Reply::json(200, &answer(&format!("{:?}", request.headers))),
        Some(_) => checked(request, &Account::new("second")),
    })
}

#[test]
fn a_containers_role_is_fetched_once_and_again_when_it_has_expired() {
    static VARIABLES: OnceLock<[(&str, String); 3]> = OnceLock::new();
    fn variables(name: &str) -> Option<String> {
        let all = VARIABLES.get()?;
        all.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
    }
    let folder = tempdir().expect("a folder");
    let token = folder.path().join("token");
    std::fs::write(&token, "pod-token-1").expect("written");
    let role = Server::start(|request| {
        let known = request.header("authorization") == Some("pod-token-1");
        let name = if request.number == 0 { "first" } else { "second" };
        if known { Reply::json(200, &of_role(name)) } else { Reply::json(401, &json!({})) }
    });
    VARIABLES
        .set([
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{}/v1/credentials", role.root())),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", token.display().to_string()),
            ("AWS_DEFAULT_REGION", REGION.to_owned()),
        ])
        .expect("once");
    let server = of_two(3);
    let said = asked(&model(&server, "m", ""), variables, 6);
    assert!(said.iter().all(Result::is_ok), "{said:?}");
    assert!(format!("{said:?}").contains("[key]"), "the server repeats what it is sent: {said:?}");
    for secret in Account::new("first").secrets() {
        assert_eq!(part_of(secret, &format!("{said:?}")), None, "{said:?}");
    }
    assert_eq!((role.count(), server.count()), (2, 7), "one request went twice");
    // What was never taken is not fetched again.
    let none = Server::start(|_| refused("The request signature we calculated does not match"));
    let said = asked(&model(&none, "m", ""), variables, 2);
    assert!(said.iter().all(|said| said.as_ref().is_err_and(|said| said.contains(" 403: "))), "{said:?}");
    assert_eq!((role.count(), none.count()), (3, 2));
}

#[test]
fn an_instances_role_is_fetched_where_the_environment_names_its_endpoint() {
    static ENDPOINT: OnceLock<String> = OnceLock::new();
    fn variables(name: &str) -> Option<String> {
        ENDPOINT.get().filter(|_| name == "AWS_EC2_METADATA_SERVICE_ENDPOINT").cloned()
    }
    let metadata = Server::start(|request| match request.target.as_str() {
        "PUT /latest/api/token" => Reply::Answer { status: 200, headers: Vec::new(), body: b"imds".to_vec() },
        _ if request.header("x-aws-ec2-metadata-token") != Some("imds") => Reply::json(401, &json!({})),
        "GET /latest/meta-data/iam/security-credentials/" => {
            Reply::Answer { status: 200, headers: Vec::new(), body: b"role-1".to_vec() }
        }
        "GET /latest/meta-data/iam/security-credentials/role-1" => Reply::json(200, &of_role("first")),
        _ => Reply::json(404, &json!({})),
    });
    ENDPOINT.set(format!("{}/", metadata.root())).expect("once");
    let server = of_two(9);
    let model = model(&server, "m", "region = \"us-west-2\"");
    assert!(asked(&model, variables, 2).iter().all(Result::is_ok));
    assert_eq!((metadata.count(), server.count()), (3, 2));
}

#[test]
fn a_role_that_cannot_be_fetched_is_told_and_costs_nothing() {
    fn variables(name: &str) -> Option<String> {
        ["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"].contains(&name).then(|| "/nowhere/at/all".to_owned())
    }
    let server = Server::start(|_| Reply::json(200, &answer("x")));
    let wire =
        connect(&model(&server, "m", "region = \"us-west-2\""), PACE.limit, variables).expect("a wire");
    let error = runtime().block_on(wire.ask(&question())).expect_err("no role");
    let shown = error.to_string();
    assert!(
        shown.contains("the AWS credentials cannot be fetched: ") && shown.contains("/nowhere"),
        "{shown}"
    );
    assert!(error.costs_nothing() && !error.may_pass() && server.count() == 0, "{shown}");
}

/// A crate with a program that prints what `script` says, and counts how often it did.
#[cfg(unix)]
fn printing(script: &str, server: &Server) -> (tempfile::TempDir, Model) {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempdir().expect("a folder");
    let path = folder.path().join("print");
    std::fs::write(&path, format!("#!/bin/sh\necho x >> ran\n{script}\n")).expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("set");
    let fields = entry(
        &server.root(),
        "sign = \"aws\"\nregion = \"us-west-2\"\nkey_command = [\"./print\", \"export-credentials\"]",
    );
    let model = configured(folder.path(), &fields);
    (folder, model)
}

#[cfg(unix)]
#[test]
fn a_program_prints_credentials_once_and_again_when_they_have_expired() {
    let printed = |name: &str| {
        let Account { key_id, secret, token } = Account::new(name);
        json!({ "Version": 1, "AccessKeyId": key_id, "SecretAccessKey": secret, "SessionToken": token, "Expiration": "2099-01-01T00:00:00+00:00" })
    };
    let script = format!(
        "if [ \"$(wc -l < ran | tr -d ' ')\" = 1 ]; then echo '{}'; else echo '{}'; fi",
        printed("first"),
        printed("second")
    );
    let server = of_two(2);
    let (folder, model) = printing(&script, &server);
    let wire = connect(&model, PACE.limit, no_variables).expect("a wire");
    for _ in 0..4 {
        runtime().block_on(wire.ask(&question())).expect("a reply");
    }
    let ran = std::fs::read_to_string(folder.path().join("ran")).expect("a count");
    assert_eq!((ran.lines().count(), server.count()), (2, 5));
    for secret in [Account::new("first"), Account::new("second")].iter().flat_map(Account::secrets) {
        assert_eq!(part_of(secret, &format!("{wire:?}")), None);
    }
}

#[cfg(unix)]
#[test]
fn a_program_that_prints_something_else_is_told_and_nothing_of_a_secret() {
    let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKE9";
    let json = |more: &str| {
        format!("echo '{{\"AccessKeyId\":\"AKIAXX7Q4XW2ZK9\",\"SecretAccessKey\":\"{secret}\"{more}}}'")
    };
    for (script, wanted) in [
        (
            format!("echo {secret}"),
            "printed no credentials (the output is not shown): it must print JSON with `AccessKeyId`",
        ),
        ("true".to_owned(), "printed no credentials"),
        (json(",\"Expiration\":\"2020-01-01T00:00:00Z\""), "printed credentials that have expired"),
        (json(",\"Expiration\":\"soon\""), "printed credentials whose `Expiration` is not a time"),
        (json(",\"SessionToken\":\"a\\\\nb\""), "the AWS credentials hold a line break"),
        (format!("{} >&2; exit 3", json("")), "ended with exit status 3"),
    ] {
        let server = Server::start(|_| Reply::json(200, &answer("x")));
        let (_folder, model) = printing(&script, &server);
        let wire = connect(&model, PACE.limit, no_variables).expect("a wire");
        let error = runtime().block_on(wire.ask(&question())).expect_err("no credentials");
        let shown = error.to_string();
        assert!(shown.contains(wanted) && error.costs_nothing(), "{shown}\n{wanted}");
        assert_eq!((part_of(secret, &shown), server.count()), (None, 0), "{shown}");
    }
}

#[test]
fn where_there_are_no_credentials_nothing_is_asked() {
    fn half(name: &str) -> Option<String> {
        session(name).filter(|_| name != "AWS_SECRET_ACCESS_KEY")
    }
    let server = Server::start(|_| Reply::json(200, &answer("x")));
    let (model, task, folder) = (model(&server, "m", ""), task(), tempdir().expect("a folder"));
    for (variables, missing) in
        [(no_variables as Variables, "AWS_ACCESS_KEY_ID"), (half, "AWS_SECRET_ACCESS_KEY")]
    {
        let auto = Sampler::with(folder.path(), Mode::Auto, PACE, variables);
        let Ready::Ignored(reason) = auto.ready(&unit(&model, &task, 1)) else { panic!("it runs") };
        assert!(reason.contains(&format!("{missing} is not set")), "{reason}");
        let record = Sampler::with(folder.path(), Mode::Record, PACE, variables);
        let shown = record.sample(&unit(&model, &task, 1)).expect("sampled").shortfall().expect("none");
        assert!(shown.contains(missing), "{shown}");
    }
    fn nowhere(name: &str) -> Option<String> {
        session(name).filter(|_| name != "AWS_REGION")
    }
    let shown = connect(&model, PACE.limit, nowhere).expect_err("no region").to_string();
    assert!(
        shown.contains("the region to sign the requests of") && shown.contains("set `region`"),
        "{shown}"
    );
    fn torn(name: &str) -> Option<String> {
        session(name).map(|value| if name == "AWS_SESSION_TOKEN" { "a\nb".to_owned() } else { value })
    }
    let shown = connect(&model, PACE.limit, torn).expect_err("a torn token").to_string();
    assert!(shown.contains("AWS_SESSION_TOKEN") && shown.contains("line breaks"), "{shown}");
    assert_eq!(server.count(), 0);
}
