//! Against servers that others wrote, which `scripts/real-servers` installs and starts: what is sent is
//! understood, what comes back is read, and their errors are told plainly. What they sent is kept as tests of
//! their own in `gateway_errors`, which need no server.

use std::time::{Duration, Instant};

use alignspec::__testing::provider::{Request, connect};
use alignspec::__testing::sample::{Mode, Pace, Sampler};
use tempfile::tempdir;

use crate::support::shapes::runtime;
use crate::support::wire::question;
use crate::support::{PACE, configured, model_of, sample, task, unit, variables};

fn address() -> String {
    std::env::var("ALIGNSPEC_REAL_SERVER").expect("scripts/real-servers run sets it")
}

/// What one question comes to with these fields of the model.
fn told(provider: &str, fields: &str) -> String {
    let wire = connect(&model_of(provider, "small-1", &address(), fields), PACE.limit, variables);
    match runtime().block_on(wire.expect("a wire").ask(&question())) {
        Ok(reply) => reply.response.into_response().text,
        Err(error) => format!("{}: {error}", if error.may_pass() { "again" } else { "ends" }),
    }
}

#[test]
#[ignore = "needs a server: scripts/real-servers run aimock -- cargo test --test it real_servers::aimock -- --ignored"]
fn aimock_understands_every_wire() {
    for (provider, base) in
        [("openai", "/v1"), ("openai_responses", "/v1"), ("anthropic", ""), ("gemini", ""), ("ollama", "")]
    {
        let model = model_of(provider, "small-1", &format!("{}{base}", address()), "");
        let (task, folder) = (task(), tempdir().expect("a folder"));
        let sampled = sample(folder.path(), &unit(&model, &task, 3));
        assert_eq!((sampled.asked, sampled.shortfall()), (6, None), "{provider}");
        let texts: Vec<&str> =
            sampled.responses.iter().flatten().map(|response| response.text.as_str()).collect();
        assert_eq!(texts[0], "Very important", "{provider}");
        assert_eq!(texts[5], "Extremely important", "{provider}");
    }
}

#[test]
#[ignore = "needs a server: scripts/real-servers run aimock -- cargo test --test it real_servers::aimock -- --ignored"]
fn aimock_faults_are_told_and_got_through() {
    let chaos = |what: &str| told("openai", &format!("headers = {{ \"x-aimock-chaos-{what}\" = \"1\" }}"));
    for (what, wanted) in [
        ("ratelimit", "answered 429: Chaos: rate limit exceeded"),
        ("drop", "answered 500: Chaos: request dropped"),
        ("malformed", "answered with text that is not JSON"),
        ("disconnect", "broke off"),
    ] {
        let shown = chaos(what);
        assert!(shown.starts_with("again: ") && shown.contains(wanted), "{what}: {shown}");
    }
    let faults = "headers = { \"x-aimock-chaos-ratelimit\" = \"0.1\", \"x-aimock-chaos-drop\" = \"0.1\", \"x-aimock-chaos-disconnect\" = \"0.05\", \"x-aimock-chaos-malformed\" = \"0.05\" }";
    let model = model_of("openai", "small-1", &format!("{}/v1", address()), faults);
    let (task, folder) = (task(), tempdir().expect("a folder"));
    let pace = Pace { concurrency: 8, retries: 12, ..PACE };
    let sampler = Sampler::with(folder.path(), Mode::Record, pace, variables);
    let sampled = sampler.sample(&unit(&model, &task, 40)).expect("sampled");
    assert_eq!(sampled.shortfall(), None);
}

#[test]
#[ignore = "needs a server: scripts/real-servers run litellm -- cargo test --test it real_servers::litellm -- --ignored"]
fn litellm_answers_and_says_when_its_limit_is_reached() {
    let base_url = address();
    let wire =
        |id: &str| connect(&model_of("openai", id, &base_url, ""), PACE.limit, variables).expect("a wire");
    let unknown = runtime().block_on(wire("nope").ask(&question())).expect_err("400");
    assert!(!unknown.may_pass(), "{unknown}");
    let wanted = "answered 400: /chat/completions: Invalid model name passed in model=nope";
    assert!(unknown.to_string().contains(wanted), "{unknown}");
    let (known, request) = (wire("small-1"), Request { prompt: "Privacy?".to_owned(), ..question() });
    let mut answers = 0;
    // It allows 20 a minute; a minute may end in between.
    let refused = (0..60).find_map(|_| {
        let asked = runtime().block_on(known.ask(&request));
        answers += usize::from(asked.is_ok());
        asked.err()
    });
    let refused = refused.expect("a limit");
    assert!((20..60).contains(&answers) && refused.may_pass(), "{answers}: {refused}");
    let wanted = "answered 429: litellm.RateLimitError: Model rate limit exceeded. RPM limit=20";
    assert!(refused.to_string().contains(wanted), "{refused}");
    // Said by no header of its own, but by one that it hands on.
    assert_eq!(refused.retry_after().map(|wait| wait.as_secs()), Some(60));
}

#[test]
#[ignore = "needs a server: scripts/real-servers run litellm -- cargo test --test it real_servers::litellm -- --ignored"]
fn litellm_limit_is_waited_out() {
    let model = model_of("openai", "small-2", &address(), "");
    let (task, folder) = (task(), tempdir().expect("a folder"));
    let pace = Pace { concurrency: 16, pause: Duration::from_millis(500), ..PACE };
    let sampler = Sampler::with(folder.path(), Mode::Record, pace, variables);
    let started = Instant::now();
    // Two items, and 20 answers are allowed a minute.
    let sampled = sampler.sample(&unit(&model, &task, 20)).expect("sampled");
    let took = started.elapsed();
    eprintln!(
        "{} answers in {took:.1?}, {} asked",
        sampled.responses.iter().flatten().count(),
        sampled.asked
    );
    assert_eq!((sampled.responses.iter().flatten().count(), sampled.shortfall()), (40, None));
    // It asks for a wait of a minute: a second one is for a pace that was not learnt from the first.
    assert!(took < Duration::from_secs(120), "{took:?}");
}

#[test]
#[ignore = "needs a server: scripts/real-servers run prism -- cargo test --test it real_servers::prism -- --ignored"]
fn prism_finds_what_is_sent_as_openai_describes_it() {
    // It does not look into the bodies of chat completions: of their description only the answer is used.
    assert_eq!(told("openai", ""), "string");
    let schema = "answer_format = \"json_schema\"\nmax_tokens = 20\nparameters = { top_p = 0.9 }";
    let thinks = "temperature = \"none\"\nparameters = { reasoning = { effort = \"low\" } }";
    for fields in ["", schema, thinks] {
        let said = told("openai_responses", fields);
        assert!(said.starts_with("The image depicts a scenic landscape"), "{fields}: {said}");
    }
    let wrong = told("openai_responses", "parameters = { top_p = \"much\" }");
    assert!(wrong.starts_with("ends: "), "{wrong}");
    assert!(wrong.contains("answered 422: Your request is not valid"), "{wrong}");
    assert!(wrong.ends_with(": Request body property top_p must be number"), "{wrong}");
}

#[test]
#[ignore = "needs a server: scripts/real-servers run prism -- cargo test --test it real_servers::prism -- --ignored"]
fn prism_says_that_a_key_is_missing() {
    let entry = format!("provider = \"openai\"\nmodel = \"m\"\nbase_url = \"{}\"\n", address());
    let wire = connect(&configured(std::path::Path::new("/"), &entry), PACE.limit, variables);
    let shown = runtime().block_on(wire.expect("a wire").ask(&question())).expect_err("401").to_string();
    assert!(shown.contains("answered 401: Your request does not fullfil the security"), "{shown}");
    assert!(shown.ends_with("(no key was sent: name its variable in `key_env`)"), "{shown}");
}

#[test]
#[ignore = "needs a server: scripts/real-servers run ollama -- cargo test --test it real_servers::ollama -- --ignored"]
fn ollama_as_it_describes_itself_takes_what_is_sent() {
    let schema = "answer_format = \"json_schema\"\nmax_tokens = 20\nparameters = { top_p = 0.9, seed = 1 }";
    let further =
        "temperature = \"none\"\nparameters = { think = false, keep_alive = \"5m\", logprobs = true }";
    for fields in ["", "answer_format = \"json_object\"", schema, further] {
        let said = told("ollama", fields);
        assert_eq!(said, "Hello! How can I help you today?", "{fields}: the description's own example");
    }
    let wrong = told("ollama", "parameters = { top_p = \"much\" }");
    assert!(wrong.starts_with("ends: "), "{wrong}");
    assert!(wrong.contains("answered 422: Your request is not valid"), "{wrong}");
}
