//! Several keys that take turns (`key_env = ["A", "B"]`), and one that a program prints (`key_command`): fetched
//! when it is needed and when it has expired, and kept and shown nowhere.

use std::path::Path;
use std::sync::Arc;

use crate::support::server::{Gate, Received, Reply, Server};
use crate::support::shapes::runtime;
use crate::support::wire::question;
use crate::support::{
    PACE, completion, configured, misconfigured, no_variables, part_of, recorded, task, unit,
};
use alignspec::__testing::config::Model;
use alignspec::__testing::provider::{Wire, connect};
use alignspec::__testing::sample::{Mode, Pace, Sampler};
use serde_json::json;
use tempfile::{TempDir, tempdir};

const KEYS: [(&str, &str); 3] = [
    ("FIRST", "sk-first-0123456789abc"),
    ("SECOND", "sk-second-9876543210x"),
    ("THIRD", "sk-third-5555500000yz"),
];

fn three(name: &str) -> Option<String> {
    KEYS.iter().find(|(known, _)| *known == name).map(|(_, key)| (*key).to_owned())
}

fn several(server: &Server, keys: &str) -> Model {
    let root = server.base_url();
    configured(
        Path::new("/"),
        &format!("provider = \"openai\"\nmodel = \"m\"\nbase_url = \"{root}\"\nkey_env = {keys}"),
    )
}

/// Which of the keys each request came with.
fn order(server: &Server) -> Vec<usize> {
    let of = |request: Received| {
        let sent = request.header("authorization").expect("a key").to_owned();
        KEYS.iter().position(|(_, key)| sent == format!("Bearer {key}")).expect("one of them")
    };
    server.received().into_iter().map(of).collect()
}

fn asked(wire: &dyn Wire, times: usize) -> Vec<Result<String, String>> {
    let ask = || runtime().block_on(wire.ask(&question()));
    (0..times)
        .map(|_| ask().map(|reply| reply.response.text.clone()).map_err(|error| error.to_string()))
        .collect()
}

#[test]
fn keys_take_turns_and_what_their_headers_leave_is_not_passed_on() {
    let server = Server::start(|_| {
        Reply::json(200, &completion("x"))
            .header("x-ratelimit-remaining-requests", "0")
            .header("x-ratelimit-reset-requests", "60s")
    });
    let model = several(&server, "[\"FIRST\", \"SECOND\", \"THIRD\"]");
    let wire = connect(&model, PACE.limit, three).expect("a wire");
    assert!(KEYS.iter().all(|(_, key)| part_of(key, &format!("{wire:?} {model:?}")).is_none()));
    assert!(asked(&*wire, 7).iter().all(Result::is_ok));
    assert_eq!(order(&server), [0, 1, 2, 0, 1, 2, 0]);
    let reply = runtime().block_on(wire.ask(&question())).expect("a reply");
    assert_eq!(reply.limits, alignspec::__testing::provider::Limits::default());
}

#[test]
fn a_key_that_is_refused_or_limited_is_left_out_while_the_others_go_on() {
    for (status, wait) in [(401, ""), (402, ""), (403, ""), (429, "600")] {
        let server = Server::start(move |request| {
            if request.header("authorization").is_some_and(|key| key.contains("second")) {
                return Reply::json(status, &json!({ "error": { "message": "not this one" } }))
                    .header("retry-after", wait);
            }
            Reply::json(200, &completion("x"))
        });
        let wire = connect(&several(&server, "[\"FIRST\", \"SECOND\", \"THIRD\"]"), PACE.limit, three)
            .expect("a wire");
        assert!(asked(&*wire, 5).iter().all(Result::is_ok), "{status}");
        assert_eq!(order(&server), [0, 1, 2, 0, 2, 0], "{status}: asked once, and the question went on");
    }
    // Of a question that is wrong, no key is to blame, nor of a server that is busy.
    // What a filter has stopped is an answer, and no key is to blame for it either.
    let stopped = json!({ "error": { "code": "content_filter", "message": "no" } });
    let no = json!({ "error": { "message": "no" } });
    for (status, body, read) in [400, 404, 500, 503, 529]
        .map(|status| (status, &no, false))
        .into_iter()
        .chain([(403, &stopped, true)])
    {
        let body = body.clone();
        let server = Server::start(move |_| Reply::json(status, &body));
        let wire = connect(&several(&server, "[\"FIRST\", \"SECOND\"]"), PACE.limit, three).expect("a wire");
        assert!(asked(&*wire, 3).iter().all(|came| came.is_ok() == read), "{status}");
        assert_eq!(order(&server), [0, 1, 0], "{status}");
    }
}

#[test]
fn where_no_key_is_left_the_lane_hears_of_it() {
    for (status, wanted) in [(401, "401: no"), (403, "403: no"), (429, "429: no")] {
        let server = Server::start(move |_| {
            Reply::json(status, &json!({ "error": { "message": "no" } })).header("retry-after", "600")
        });
        let wire = connect(&several(&server, "[\"FIRST\", \"SECOND\"]"), PACE.limit, three).expect("a wire");
        let error = runtime().block_on(wire.ask(&question())).expect_err("no key is left");
        assert!(error.to_string().ends_with(wanted), "{error}");
        assert_eq!((error.may_pass(), order(&server)), (status == 429, vec![0, 1]));
        runtime().block_on(wire.ask(&question())).expect_err("nor the next time");
        assert_eq!(server.count(), 3, "one finds out");
    }
}

#[test]
fn what_several_keys_are_is_kept_for_a_run_and_shown_nowhere() {
    let server = Server::start(|request| {
        let all = KEYS.map(|(_, key)| key).join(" ");
        match request.header("authorization").is_some_and(|key| key.contains("first")) {
            true => Reply::json(401, &json!({ "error": { "message": all } })),
            false => Reply::json(200, &completion(&all)),
        }
    });
    let (model, task, folder) =
        (several(&server, "[\"FIRST\", \"SECOND\"]"), task(), tempdir().expect("a folder"));
    let sampler = Sampler::with(folder.path(), Mode::Record, PACE, three);
    for samples in [1, 2, 3] {
        let sampled = sampler.sample(&unit(&model, &task, samples)).expect("sampled");
        assert_eq!(sampled.shortfall(), None);
        let shown = format!("{} {sampled:?} {sampler:?}", recorded(folder.path()));
        for (name, key) in &KEYS[..2] {
            assert_eq!(part_of(key, &shown), None, "{name}: {shown}");
        }
    }
    assert_eq!(order(&server).iter().filter(|key| **key == 0).count(), 1, "refused once in the whole run");
    // All are to be there.
    let unset = sampler_reason(&several(&server, "[\"FIRST\", \"OTHER\"]"));
    assert!(unset.contains("OTHER, which holds the key of `assistant`, is not set"), "{unset}");
}

fn sampler_reason(model: &Model) -> String {
    let (task, folder) = (task(), tempdir().expect("a folder"));
    let sampler = Sampler::with(folder.path(), Mode::Record, PACE, three);
    sampler.sample(&unit(model, &task, 1)).expect("sampled").shortfall().expect("missing")
}

/// A crate with a program that prints a key, and counts how often it did.
#[cfg(unix)]
fn printing(script: &str) -> TempDir {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempdir().expect("a folder");
    let path = folder.path().join("token");
    std::fs::write(&path, format!("#!/bin/sh\necho x >> ran\n{script}\n")).expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("set");
    folder
}

fn ran(folder: &TempDir) -> usize {
    std::fs::read_to_string(folder.path().join("ran")).map_or(0, |text| text.lines().count())
}

/// `tok-…-1`, `tok-…-2`: each time another one.
const NUMBERED: &str = "echo \"tok-9f8e7d6c5b4a-$(wc -l < ran | tr -d ' ')\"";

#[cfg(unix)]
fn of_program(folder: &TempDir, server: &Server) -> Model {
    let fields = format!(
        "provider = \"openai\"\nmodel = \"m\"\nbase_url = \"{}\"\nkey_command = [\"./token\", \"--for\", \"vertex\"]",
        server.base_url()
    );
    configured(folder.path(), &fields)
}

#[cfg(unix)]
#[test]
fn a_key_is_fetched_once_and_again_when_it_has_expired() {
    // The first one is good for three questions; 403 with the words of a token that has expired.
    for (status, words) in [(401, "no"), (403, "The security token included in the request is expired")] {
        let server = Server::start(move |request| {
            let first = request.header("authorization").is_some_and(|key| key.ends_with("-1"));
            match first && request.number >= 3 {
                true => Reply::json(status, &json!({ "error": { "message": words } })),
                false => Reply::json(200, &completion("x")),
            }
        });
        let folder = printing(NUMBERED);
        let wire = connect(&of_program(&folder, &server), PACE.limit, no_variables).expect("a wire");
        assert_eq!(ran(&folder), 0, "only when it is needed");
        assert!(asked(&*wire, 6).iter().all(Result::is_ok));
        assert_eq!((ran(&folder), server.count()), (2, 7));
        assert_eq!(server.received()[6].header("authorization"), Some("Bearer tok-9f8e7d6c5b4a-2"));
    }
}

#[cfg(unix)]
#[test]
fn requests_that_are_turned_down_together_fetch_one_key() {
    let gate = Arc::new(Gate::default());
    let open = Arc::clone(&gate);
    let server = Server::start(move |request| {
        let first = request.header("authorization").is_some_and(|key| key.ends_with("-1"));
        if !first || request.number == 0 {
            return Reply::json(200, &completion("x"));
        }
        // All eight are on their way when the first of them is turned down.
        if request.number == 8 {
            open.open();
        }
        open.pass();
        Reply::json(401, &json!({ "error": { "message": "expired" } }))
    });
    let (folder, recordings, task) = (printing(NUMBERED), tempdir().expect("a folder"), task());
    let model = of_program(&folder, &server);
    let pace = Pace { concurrency: 8, ..PACE };
    let sampler = Sampler::with(recordings.path(), Mode::Record, pace, no_variables);
    let wire = connect(&model, PACE.limit, no_variables).expect("a wire");
    assert!(asked(&*wire, 1)[0].is_ok());
    let all = (0..8).map(|_| async { wire.ask(&question()).await.map(|reply| reply.response.text.clone()) });
    let all: Vec<_> = runtime().block_on(futures(all.collect()));
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    assert_eq!((ran(&folder), server.count()), (2, 17));
    // A run of many units fetches one of its own.
    for samples in [1, 2] {
        assert_eq!(sampler.sample(&unit(&model, &task, samples)).expect("sampled").shortfall(), None);
    }
    assert_eq!(ran(&folder), 3);
    assert_eq!(
        part_of("tok-9f8e7d6c5b4a", &format!("{wire:?} {sampler:?} {}", recorded(recordings.path()))),
        None
    );
}

/// All of them at the same time.
async fn futures<F: Future>(all: Vec<F>) -> Vec<F::Output> {
    let mut all: Vec<_> = all.into_iter().map(|one| (Box::pin(one), None)).collect();
    std::future::poll_fn(|context| {
        let mut open = false;
        for (one, came) in all.iter_mut().filter(|(_, came)| came.is_none()) {
            match one.as_mut().poll(context) {
                std::task::Poll::Ready(value) => *came = Some(value),
                std::task::Poll::Pending => open = true,
            }
        }
        if open { std::task::Poll::Pending } else { std::task::Poll::Ready(()) }
    })
    .await;
    all.into_iter().filter_map(|(_, came)| came).collect()
}

#[cfg(unix)]
#[test]
fn a_key_that_no_server_took_is_not_fetched_again_and_no_403_is_about_a_key_unless_it_says_so() {
    for (status, words, wanted) in
        [(401, "no", "401: no"), (403, "not for your region", "403: not for your region")]
    {
        let server = Server::start(move |_| Reply::json(status, &json!({ "error": { "message": words } })));
        let folder = printing(NUMBERED);
        let wire = connect(&of_program(&folder, &server), PACE.limit, no_variables).expect("a wire");
        let came = asked(&*wire, 3);
        assert!(
            came.iter().all(|came| came.as_ref().is_err_and(|error| error.ends_with(wanted))),
            "{came:?}"
        );
        assert_eq!((ran(&folder), server.count()), (1, 3));
    }
}

#[cfg(unix)]
#[test]
fn a_program_that_prints_no_key_is_told_and_nothing_of_a_key() {
    let key = "ya29.a0AfH6SMBx81Qw9aLm2nPk70Vb3QQ";
    for (script, wanted) in [
        ("true".to_owned(), "printed nothing: the key is read from its standard output"),
        (format!("echo 'token: {key}'"), "printed more than a key (the output is not shown)"),
        (
            format!("echo '{{\"accessToken\":\"{key}\"}}'"),
            "printed more than a key (the output is not shown)",
        ),
        (format!("printf 'a%b%s' '\\001' {key}"), "printed a key that cannot be sent"),
        (
            "echo 'please run: gcloud auth login' >&2; exit 1".to_owned(),
            "ended with exit status 1: please run: gcloud auth login",
        ),
        (format!("echo 'no: {key}' >&2; exit 1"), "ended with exit status 1: no: ****"),
    ] {
        let server = Server::start(|_| Reply::json(200, &completion("x")));
        let folder = printing(&script);
        let wire = connect(&of_program(&folder, &server), PACE.limit, no_variables).expect("a wire");
        let error = runtime().block_on(wire.ask(&question())).expect_err("no key");
        let shown = error.to_string();
        assert!(shown.starts_with("the program `./token` of `key_command` "), "{shown}");
        assert!(shown.contains(wanted) && error.costs_nothing() && !error.may_pass(), "{shown}");
        assert_eq!((part_of(key, &shown), server.count()), (None, 0), "{shown}");
    }
    let folder = tempdir().expect("a folder");
    let server = Server::start(|_| Reply::json(200, &completion("x")));
    let wire = connect(&of_program(&folder, &server), PACE.limit, no_variables).expect("a wire");
    let shown = runtime().block_on(wire.ask(&question())).expect_err("no program").to_string();
    assert!(shown.contains("is not found"), "{shown}");
}

#[cfg(unix)]
#[test]
fn it_goes_where_a_key_goes_and_is_taken_out_of_what_comes_back() {
    let server = Server::start(|request| Reply::json(200, &completion(&format!("{:?}", request.headers))));
    let folder = printing(NUMBERED);
    let root = server.root();
    let entries = [
        format!(
            "provider = \"openai\"\nmodel = \"m\"\nbase_url = \"{root}\"\nheaders = {{ x-also = \"t {{key}}\" }}"
        ),
        format!(
            "provider = \"http\"\n[model.http]\nurl = \"{root}/ask\"\nbody = \"\\\"{{prompt}}\\\"\"\nheaders = {{ x-also = \"t {{key}}\" }}"
        ),
    ];
    for (at, entry) in entries.iter().enumerate() {
        let command = "key_command = [\"./token\"]\n";
        let entry = entry.replacen("[model.http]", &format!("{command}[model.http]"), 1);
        let entry = if at == 0 { format!("{entry}\n{command}") } else { entry };
        let wire = connect(&configured(folder.path(), &entry), PACE.limit, no_variables).expect("a wire");
        let reply = runtime().block_on(wire.ask(&question())).expect("a reply");
        let sent = server.received()[at].header("x-also").map(str::to_owned);
        assert_eq!(sent, Some(format!("t tok-9f8e7d6c5b4a-{}", at + 1)));
        assert!(reply.response.text.contains("[key]"), "{}", reply.response.text);
        assert_eq!(part_of("tok-9f8e7d6c5b4a", &reply.response.text), None);
    }
}

#[test]
fn mistakes_are_told_in_place() {
    let openai = |fields: &str| format!("provider = \"openai\"\nmodel = \"m\"\n{fields}");
    let key = "sk-proj-Zx81Qw9aLm2nPk70";
    for (fields, wanted) in [
        (openai("key_env = []"), "`key_env` does not name a variable"),
        (openai("key_env = [\"A\", \"A\"]"), "`key_env` names A twice"),
        (openai("key_env = 5"), "expected the name of an environment variable, or a list of such names"),
        (openai(&format!("key_env = [\"A\", \"{key}\"]")), "`key_env` holds what looks like a key"),
        (openai("key_command = []"), "`key_command` does not name a program"),
        (
            openai(&format!("key_command = [\"echo\", \"{key}\"]")),
            "`key_command` holds what looks like a key",
        ),
        (openai("key_env = \"A\"\nkey_command = [\"x\"]"), "`key_env` and `key_command` are both set"),
        (openai("key_env = [\"A\", \"B\"]\nbatch = true"), "a batch belongs to the account of one key"),
        (openai("key_comand = [\"x\"]"), "did you mean `key_command`?"),
        ("provider = \"tally\"\nkey_command = [\"x\"]".to_owned(), "`key_command` has no effect here"),
    ] {
        let shown = misconfigured(&fields);
        assert!(shown.contains(wanted) && shown.contains("alignment.toml:"), "{shown}\n{wanted}");
        assert_eq!(part_of(key, &shown), None, "{shown}");
    }
}
