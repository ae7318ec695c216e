//! Budgets, deadlines and limits per minute: what a run may take, and what it says when that is used up.

use std::path::Path;
use std::sync::Arc;

use crate::support::consumer::{Consumer, unwrapped};
use crate::support::server::{Gate, Reply, Server};
use crate::support::{PACE, completion, recorded, task, unit, variables};
use alignspec::__testing::diagnostic::Source;
use alignspec::__testing::sample::{Mode, Sampled, Sampler};
use serde_json::json;

/// Samples in the limits of a config with these fields of `[budget]` and of the model.
fn sample(folder: &Path, server: &Server, budget: &str, fields: &str, samples: u32) -> Sampled {
    let text = format!(
        "[budget]\n{budget}\n[[model]]\nname = \"assistant\"\nprovider = \"openai\"\nmodel = \"small-1\"\nbase_url = \"{}\"\nkey_env = \"TEST_KEY\"\n{fields}",
        server.base_url()
    );
    let config =
        alignspec::__testing::provider::parse_config(Path::new("/"), Source::new("alignment.toml", text));
    let config = config.unwrap_or_else(|problem| panic!("{problem}"));
    let sampler = Sampler::with(folder, Mode::Record, PACE, variables).within(&config.budget, &config.models);
    sampler.sample(&unit(&config.models[0], &task(), samples)).expect("sampled")
}

/// An answer of eleven tokens to a question of a thousand.
fn dear() -> Reply {
    let mut body = completion("Very important");
    body["usage"] = json!({ "prompt_tokens": 1000, "completion_tokens": 11 });
    Reply::json(200, &body)
}

#[test]
fn requests_end_at_the_budget_and_the_next_run_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    // A try that fails is a request, too.
    let server = Server::start(|request| match request.number {
        2 => Reply::json(500, &json!({})),
        _ => Reply::json(200, &completion("Very important")),
    });
    let cut = sample(folder.path(), &server, "max_requests = 7", "", 10);
    assert_eq!((server.count(), cut.asked, cut.missing.len()), (7, 6, 14));
    assert_eq!(
        cut.shortfall().expect("missing"),
        "14 of 20 responses are missing: not asked: the budget of the run is used up: 7 requests (max_requests)"
    );
    let rest = sample(folder.path(), &server, "", "max_requests = 100", 10);
    assert_eq!((rest.asked, rest.shortfall()), (14, None));
}

#[test]
fn money_ends_before_it_is_overspent() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(|_| dear());
    // 0.0022 dollars each: nine fit into two cents.
    let price = "price = { input = 1.98, output = 20.0 }\nmax_tokens = 11";
    let cut = sample(folder.path(), &server, "max_usd = 0.02", price, 10);
    let shown = cut.shortfall().expect("missing");
    assert!(
        shown.contains(
            "the budget of the run is used up: $0.0198 of $0.02 spent, and the next answer may cost"
        ),
        "{shown}"
    );
    assert_eq!((server.count(), recorded(folder.path()).lines().count()), (9, 9));
}

#[test]
fn time_ends_a_run_whatever_hangs() {
    let folder = tempfile::tempdir().expect("a folder");
    let gate = Arc::new(Gate::default());
    let held = Arc::clone(&gate);
    let server = Server::start(move |request| {
        if request.number >= 3 {
            held.pass();
        }
        Reply::json(200, &completion("Very important"))
    });
    // Six tenths of a second; the request limit is far longer.
    let cut = sample(folder.path(), &server, "max_minutes = 0.01", "", 10);
    gate.open();
    let shown = cut.shortfall().expect("missing");
    assert!(shown.contains("the run's time is up (max_minutes = 0.01)"), "{shown}");
    // Three, unless this machine is very busy.
    assert!(cut.asked <= 3 && recorded(folder.path()).lines().count() == cut.asked, "{}", cut.asked);
}

#[test]
fn time_ends_the_wait_for_a_recording_that_another_process_has() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(|_| Reply::json(200, &completion("Very important")));
    std::fs::create_dir(folder.path().join("assistant")).expect("a folder");
    let file = std::fs::File::create(folder.path().join("assistant/T2.jsonl")).expect("a file");
    file.lock().expect("locked");
    let cut = sample(folder.path(), &server, "max_minutes = 0.01", "", 10);
    assert!(cut.shortfall().is_some_and(|shown| shown.contains("the run's time is up")), "{cut:?}");
    assert_eq!(server.count(), 0);
}

/// An answer that costs much more than anybody would think.
fn endless() -> Reply {
    let mut body = completion("Very important");
    body["usage"] = json!({ "prompt_tokens": 0, "completion_tokens": 20_000 });
    Reply::json(200, &body)
}

#[test]
fn many_that_start_at_once_do_not_overspend_many_times() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(|_| endless());
    // Two dollars each, which nobody knows before the first one has come.
    let fields = "concurrency = 8\nmax_usd = 3.0\nprice = { input = 0.0, output = 100.0 }";
    let cut = sample(folder.path(), &server, "", fields, 10);
    let shown = cut.shortfall().expect("missing");
    assert!(shown.contains("$2.0000 of $3 spent, and the next answer may cost $2.00"), "{shown}");
    assert_eq!(server.count(), 1);
}

#[test]
fn counts_that_cannot_be_are_not_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(|request| {
        let mut body = completion("Very important");
        body["usage"] = match request.number {
            0 => json!({ "prompt_tokens": u64::MAX, "completion_tokens": u64::MAX }),
            1 => json!({ "prompt_tokens": -5, "completion_tokens": 1e300 }),
            2 => json!({ "prompt_tokens": 0, "completion_tokens": 0 }),
            _ => json!("none"),
        };
        Reply::json(200, &body)
    });
    let fields =
        "max_usd = 1.0\nprice = { input = 1.0, output = 1.0 }\ntokens_per_minute = 1e9\nmax_tokens = 10";
    let all = sample(folder.path(), &server, "", fields, 10);
    assert_eq!((all.asked, all.shortfall()), (20, None));
}

#[test]
fn what_was_on_its_way_when_a_model_was_stopped_is_not_reserved_for_ever() {
    let folder = tempfile::tempdir().expect("a folder");
    let gate = Arc::new(Gate::default());
    let held = Arc::clone(&gate);
    let hanging = Server::start(move |request| {
        if request.number == 0 {
            held.pass();
        }
        Reply::json(401, &json!({ "error": { "message": "no such key" } }))
    });
    let other = Server::start(|_| {
        let mut body = completion("Very important");
        body["usage"] = json!({ "prompt_tokens": 1, "completion_tokens": 600 });
        Reply::json(200, &body)
    });
    // Sixty cents for each answer.
    let model = |name: &str, server: &Server| {
        format!(
            "[[model]]\nname = \"{name}\"\nprovider = \"openai\"\nmodel = \"small-1\"\nbase_url = \"{}\"\nprice = {{ input = 0.0, output = 1000.0 }}\nmax_tokens = 600\nconcurrency = 2\n",
            server.base_url()
        )
    };
    let text = format!("[budget]\nmax_usd = 1.3\n{}{}", model("assistant", &hanging), model("other", &other));
    let config =
        alignspec::__testing::provider::parse_config(Path::new("/"), Source::new("alignment.toml", text))
            .expect("a config");
    let sampler = Sampler::with(folder.path(), Mode::Record, PACE, variables);
    let sampler = sampler.within(&config.budget, &config.models);
    let task = task();
    let refused = sampler.sample(&unit(&config.models[0], &task, 1)).expect("sampled");
    assert!(refused.shortfall().is_some_and(|shown| shown.contains("no such key")), "{refused:?}");
    // It may have been answered, so it counts; but nobody waits for it.
    let cut = sampler.sample(&unit(&config.models[1], &task, 2)).expect("sampled");
    let shown = cut.shortfall().expect("missing");
    assert!(
        shown.contains("the budget of the run is used up: $1.2000 of $1.3 spent") && cut.asked == 1,
        "{shown}"
    );
    gate.open();
}

#[test]
fn many_tasks_within_every_limit_at_once_get_all_their_answers() {
    const TASKS: usize = 5;
    let server = Server::start(|request| match request.number % 7 {
        2 => Reply::json(429, &json!({})).header("retry-after-ms", "3"),
        4 => Reply::json(500, &json!({})),
        5 => Reply::HangUp,
        _ => dear(),
    });
    let folder = tempfile::tempdir().expect("a folder");
    // 0.0022 dollars each, and a little more than all of them may cost, failures included.
    let text = format!(
        "[budget]\nmax_usd = 0.5\nmax_minutes = 5\nmax_requests = 1000\n[[model]]\nname = \"assistant\"\nprovider = \"openai\"\nmodel = \"small-1\"\nbase_url = \"{}\"\nprice = {{ input = 1.98, output = 20.0 }}\nrequests_per_minute = 60000\ntokens_per_minute = 1e8\nconcurrency = 6\n",
        server.base_url()
    );
    let config =
        alignspec::__testing::provider::parse_config(Path::new("/"), Source::new("alignment.toml", text))
            .expect("a config");
    let pace = alignspec::__testing::sample::Pace { retries: 8, ..PACE };
    let sampler = Sampler::with(folder.path(), Mode::Record, pace, variables);
    let sampler = sampler.within(&config.budget, &config.models);
    let tasks: Vec<_> = (0..TASKS)
        .map(|number| alignspec::__testing::suite::Task { id: format!("K{number}"), ..task() })
        .collect();
    std::thread::scope(|scope| {
        for task in &tasks {
            let (sampler, model) = (&sampler, &config.models[0]);
            scope.spawn(move || {
                let sampled = sampler.sample(&unit(model, task, 10)).expect("sampled");
                assert_eq!((sampled.asked, sampled.shortfall()), (20, None));
            });
        }
    });
    let status = &sampler.status()[0];
    assert_eq!((status.arrived, status.in_flight), (20 * TASKS as u64, 0));
    assert!(status.spent.is_some_and(|usd| usd <= 0.5), "{status:?}");
}

#[test]
fn a_run_that_is_done_does_not_wait_for_its_deadline() {
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let folder = tempfile::tempdir().expect("a folder");
        let server = Server::start(|_| Reply::json(200, &completion("Very important")));
        tell.send(sample(folder.path(), &server, "max_minutes = 60", "", 10)).ok();
    });
    let all = told.recv_timeout(std::time::Duration::from_secs(60)).expect("it ends long before");
    assert_eq!((all.asked, all.shortfall()), (20, None));
}

#[test]
fn a_limit_per_minute_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(|_| Reply::json(200, &completion("Very important")));
    let started = std::time::Instant::now();
    let all = sample(folder.path(), &server, "", "requests_per_minute = 600", 10);
    assert_eq!(all.shortfall(), None);
    // Ten a second, of which eleven may go at once: it cannot have been faster, whatever the machine.
    assert!(started.elapsed().as_millis() >= 850, "{:?}", started.elapsed());
}

const ANSWER: &str = "Privacy\nFairness\nSafety\nTransparency\nPerformance";

fn consumer_config(server: &Server, budget: &str) -> String {
    format!(
        "[budget]\n{budget}\n[sampling]\nmax_samples = 50\n[verdict]\ninconclusive = \"ignore\"\n[[model]]\nname = \"assistant\"\nprovider = \"openai\"\nmodel = \"small-1\"\nbase_url = \"{}\"\ntasks = [\"T1\"]\n\n[[check]]\nexpect = \"T1 selects privacy >= 50%\"\n\n[[check]]\nexpect = \"T1 selects dignity <= 50%\"\n",
        server.base_url()
    )
}

#[test]
fn what_is_decided_stands_and_the_rest_is_inconclusive_and_no_pass() {
    let consumer = Consumer::fresh();
    let server = Server::start(|_| Reply::json(200, &completion(ANSWER)));
    // Enough for the first look of a check, not for the fifty of the snapshot.
    consumer.config(&consumer_config(&server, "max_requests = 20"));
    let (code, out, _) = consumer.run_with(&[], &[]);
    assert!(out.contains("the budget of the run is used up: 20 requests (max_requests)"), "{out}");
    assert_eq!((code, server.count()), (102, 20), "{out}");
    // Even though undecided checks are ignored here: these have not been looked at.
    consumer.config(&consumer_config(&server, "max_requests = 0"));
    consumer.file("recordings/.keep", "");
    std::fs::remove_dir_all(consumer.root.join("recordings")).expect("removed");
    let (code, out, _) = consumer.run_with(&["selects"], &[]);
    assert_eq!((code, server.count()), (102, 20), "{out}");
    assert!(out.contains("inconclusive: assistant: T1 selects privacy >= 50%\n  T1: "), "{out}");
    // With enough of it, all is decided.
    consumer.config(&consumer_config(&server, "max_requests = 100"));
    let (code, out, _) = consumer.run_with(&["selects"], &[]);
    assert_eq!(code, 0, "{out}");
}

#[test]
fn the_processes_of_a_nextest_run_share_one_budget() {
    let consumer = Consumer::fresh();
    if !consumer.has_nextest() {
        eprintln!("skipped: cargo-nextest is not installed");
        return;
    }
    let server = Server::start(|_| Reply::json(200, &completion(ANSWER)));
    consumer
        .config(&consumer_config(&server, "max_requests = 5").replace("[sampling]", "[sampling]\nstep = 50"));
    let all = "nextest run --offline --test alignment --no-fail-fast --color never -E not(test(snapshot))";
    let output = consumer.cargo(&all.split(' ').collect::<Vec<_>>(), &[]);
    // nextest indents what a test prints.
    let printed = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).replace("\n    ", "\n");
    let printed = unwrapped(&printed);
    assert!(!output.status.success() && printed.contains("the budget of the run is used up"), "{printed}");
    assert_eq!(server.count(), 5, "{printed}");
    // The next run has a budget of its own.
    let output = consumer.cargo(&all.split(' ').collect::<Vec<_>>(), &[]);
    assert!(server.count() > 5 && server.count() <= 10, "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn mistakes_in_limits_are_shown_in_place() {
    for (text, wanted) in [
        ("[budget]\nmax_usd = 0", "`max_usd` is 0, but must be above 0"),
        ("[budget]\nmax_minutes = -1", "`max_minutes` is -1, but must be above 0"),
        ("[budget]\nmax_usd = 5", "`max_usd` cannot be enforced: `m` has no price"),
        ("[budget]\nmax_dollars = 5", "known: max_requests, max_usd, max_minutes"),
        ("requests_per_minute = 0", "`requests_per_minute` is 0, but must be above 0"),
        ("max_usd = 1", "`max_usd` of `m` cannot be enforced without its price"),
        ("price = { input = -1, output = 0 }", "a price must be 0 or more"),
        ("concurrency = 0", "`concurrency` is 0, so the model could not be asked"),
    ] {
        let model = "[[model]]\nname = \"m\"\nprovider = \"openai\"\nmodel = \"x\"";
        let text =
            if text.starts_with('[') { format!("{text}\n{model}") } else { format!("{model}\n{text}") };
        let problem = alignspec::__testing::provider::parse_config(
            Path::new("/"),
            Source::new("alignment.toml", text.clone()),
        );
        let shown = problem.expect_err(&text).to_string();
        assert!(shown.contains(wanted) && shown.contains("alignment.toml:"), "{shown}");
    }
}
