//! Batch endpoints: submitted once, collected by the same command later, and what failed asked again.

use std::fs;

use crate::support;
use crate::support::batches::{
    Outcome, PROVIDERS, Provider, Submission, complete, pending, refused, run, shortfall,
};
use crate::support::{KEY, PACE, no_variables, recorded, sample, sampler, task, unit, variables};
use alignspec::__testing::config::Budget;
use alignspec::__testing::sample::{Mode, Reason, Sampler};
use serde_json::{Value, json};
use tempfile::tempdir;

/// `2026-11-24 19:40 UTC` is some time.
fn timeless(text: &str) -> String {
    let Some((before, after)) = text.split_once(" since ") else { return text.to_owned() };
    let (time, after) = after.split_at("2026-11-24 19:40 UTC".len());
    assert!(time.starts_with("20") && time.ends_with(" UTC"), "{text}");
    format!("{before} since …{after}")
}

#[test]
fn a_batch_is_submitted_told_and_collected_by_the_same_command() {
    for name in PROVIDERS {
        let (provider, folder) = (Provider::start(name), tempdir().expect("a folder"));
        let (folder, model) = (folder.path(), provider.model(""));
        let first = run(folder, &model);
        assert_eq!((first.asked, first.missing.len()), (0, 4));
        let wanted = "4 of 4 responses are missing: in a batch since … (0 of 4 done): run the same command again later";
        assert_eq!(timeless(&first.shortfall().expect("missing")), wanted, "{name}");
        let kept = fs::read_to_string(pending(folder)).expect("the list");
        assert!(kept.contains("batch_0") && kept.contains(&format!("\"{name}\"")), "{kept}");
        let sent = provider.server.count();
        // Replaying asks nobody, and without a key nobody can be asked.
        for (mode, variables) in [(Mode::Replay, variables as fn(&str) -> _), (Mode::Auto, no_variables)] {
            let sampler = Sampler::with(folder, mode, PACE, variables);
            let sampled = sampler.sample(&unit(&model, &task(), 2)).expect("sampled");
            assert!(sampled.shortfall().expect("missing").contains("missing: not recorded"));
        }
        assert_eq!(provider.server.count(), sent);
        provider.state().done = Some(3);
        let told = shortfall(folder, &model);
        assert!(told.contains("3 of 4 done"), "{told}");
        assert_eq!((provider.server.count(), provider.made().len()), (sent + 1, 1), "asked how it stands");
        provider.end();
        let collected = run(folder, &model);
        assert_eq!((collected.asked, collected.shortfall()), (4, None));
        complete(folder, &model);
        let response = collected.responses[0].as_ref().expect("a response");
        assert_eq!(
            (response.text.as_str(), response.tokens_in, response.tokens_out),
            ("answer 0.0", Some(11), Some(3))
        );
        assert!(response.at.is_some() && response.model.as_deref() == Some("small-1-2025"));
        for (at, response) in collected.responses.iter().flatten().enumerate() {
            assert_eq!(response.text, format!("answer 0.{at}"), "{name}: each where it belongs");
        }
        let header = match name {
            "anthropic" => ("x-api-key", KEY.to_owned()),
            "azure" => ("api-key", KEY.to_owned()),
            "gemini" => ("x-goog-api-key", KEY.to_owned()),
            _ => ("authorization", format!("Bearer {KEY}")),
        };
        for received in provider.server.received() {
            assert_eq!(received.header(header.0), Some(&*header.1), "{}", received.target);
        }
        for shown in [kept, recorded(folder)] {
            assert!(!shown.contains(KEY));
        }
    }
}

#[test]
fn a_process_does_not_ask_again_at_once_how_a_batch_stands() {
    let (provider, folder) = (Provider::start("openai"), tempdir().expect("a folder"));
    let (model, task) = (provider.model(""), task());
    let sampler = sampler(folder.path(), Mode::Auto);
    for _ in 0..3 {
        assert_eq!(sampler.sample(&unit(&model, &task, 2)).expect("sampled").missing.len(), 4);
    }
    assert_eq!(provider.server.count(), 2, "a file and its batch");
    // More samples are a batch of their own.
    assert_eq!(sampler.sample(&unit(&model, &task, 3)).expect("sampled").missing.len(), 6);
    let sizes: Vec<usize> = provider.made().iter().map(|batch| batch.requests.len()).collect();
    assert_eq!(sizes, [4, 2]);
}

#[test]
fn only_what_failed_is_asked_again_and_not_for_ever() {
    for name in PROVIDERS {
        let (provider, folder) = (Provider::start(name), tempdir().expect("a folder"));
        let (folder, model) = (folder.path(), provider.model(""));
        run(folder, &model);
        provider.end();
        provider.state().answers = Box::new(|_, place| match place {
            0 => Outcome::Error(500),
            1 => Outcome::Expired,
            2 => Outcome::Nothing,
            _ => Outcome::Answer("said".to_owned()),
        });
        let part = run(folder, &model);
        assert_eq!((part.asked, part.missing.len()), (1, 3), "{name}");
        assert!(matches!(part.missing[0].reason, Reason::Pending { all: 3, .. }));
        let made = provider.made();
        assert_eq!(made[1].ids(), made[0].ids()[..3], "the same ids");
        // Twice more is what PACE allows; then it is told, once and for all.
        provider.state().answers = Box::new(|_, _| Outcome::Error(500));
        for batches in [3, 3, 3] {
            let told = shortfall(folder, &model);
            assert_eq!(provider.made().len(), batches, "{told}");
        }
        let told = shortfall(folder, &model);
        let file = refused(folder).display().to_string();
        assert!(told.contains("answered 500: words of the provider: fix that, then delete "), "{told}");
        assert!(told.contains(&file) && !pending(folder).exists(), "{told}");
        fs::remove_file(&file).expect("deleted");
        provider.state().answers = Box::new(|_, _| Outcome::Answer("said".to_owned()));
        run(folder, &model);
        complete(folder, &model);
        assert_eq!(provider.made().len(), 4);
    }
}

#[test]
fn what_is_refused_is_not_asked_in_every_run_again() {
    for name in PROVIDERS {
        let (provider, folder) = (Provider::start(name), tempdir().expect("a folder"));
        let (folder, model) = (folder.path(), provider.model(""));
        run(folder, &model);
        provider.end();
        provider.state().answers = Box::new(|_, place| match place {
            0 => Outcome::Error(400),
            _ => Outcome::Answer("said".to_owned()),
        });
        for _ in 0..2 {
            let told = shortfall(folder, &model);
            assert!(
                told.starts_with("1 of 4 responses are missing: a request in a batch failed: 127.0.0.1:"),
                "{told}"
            );
            assert!(told.contains("answered 400: words of the provider: fix that"), "{told}");
        }
        // Nor does it go on with more of the same.
        let more = sample(folder, &unit(&model, &task(), 3));
        assert_eq!((more.missing.len(), provider.made().len()), (3, 1));
    }
}

#[test]
fn a_batch_that_fails_as_a_whole_is_told() {
    let (provider, folder) = (Provider::start("openai"), tempdir().expect("a folder"));
    let (folder, model) = (folder.path(), provider.model(""));
    run(folder, &model);
    provider.end();
    provider.state().failure = Some("invalid_json_line");
    for _ in 0..2 {
        let told = shortfall(folder, &model);
        assert!(
            told.contains("answered with a batch that failed (batch_0): words of the provider: fix"),
            "{told}"
        );
    }
    fs::remove_file(refused(folder)).expect("deleted");
    // Too much is waiting: that passes.
    provider.state().failure = Some("token_limit_exceeded");
    run(folder, &model);
    assert!(shortfall(folder, &model).contains("in a batch since"));
    assert_eq!(provider.made().len(), 3);
    provider.state().failure = None;
    run(folder, &model);
    complete(folder, &model);
}

#[test]
fn a_submission_that_is_refused_leaves_nothing_behind() {
    for name in PROVIDERS {
        let (provider, folder) = (Provider::start(name), tempdir().expect("a folder"));
        let (folder, model, task) = (folder.path(), provider.model(""), task());
        provider.state().submission = Submission::Refused(401);
        let sampler = sampler(folder, Mode::Auto);
        let told = sampler.sample(&unit(&model, &task, 2)).expect("sampled").shortfall().expect("missing");
        assert!(told.ends_with("answered 401: words of the provider"), "{told}");
        assert!(!pending(folder).exists());
        // Not in this run: another task would hear the same.
        let (sent, mut other) = (provider.server.count(), task.clone());
        other.id = "T5".to_owned();
        let told = sampler.sample(&unit(&model, &other, 2)).expect("sampled").shortfall().expect("missing");
        assert!(
            told.contains("no longer asked after a failure: ") && provider.server.count() == sent,
            "{told}"
        );
        provider.state().submission = Submission::Taken;
        run(folder, &model);
        provider.end();
        complete(folder, &model);
    }
}

#[test]
fn many_threads_and_processes_submit_once() {
    let (provider, folder) = (Provider::start("anthropic"), tempdir().expect("a folder"));
    let (model, task) = (provider.model(""), task());
    let shared = sampler(folder.path(), Mode::Auto);
    for missing in [4, 0] {
        std::thread::scope(|scope| {
            for thread in 0..6 {
                let (shared, model, task, folder) = (&shared, &model, &task, folder.path());
                scope.spawn(move || {
                    // Every other thread stands for a process of its own; the shared one does not ask
                    // again so soon.
                    let own = sampler(folder, Mode::Auto);
                    let sampler = if thread % 2 == 0 && missing > 0 { shared } else { &own };
                    assert_eq!(
                        sampler.sample(&unit(model, task, 2)).expect("sampled").missing.len(),
                        missing
                    );
                });
            }
        });
        provider.end();
    }
    assert_eq!((provider.made().len(), recorded(folder.path()).lines().count()), (1, 4));
}

#[test]
fn hostile_results_are_kept_harmless_or_refused() {
    let strange = |line: Value| format!("{line}\n").into_bytes();
    let answer = json!({ "status_code": 200, "body": support::completion("not asked for") });
    let (provider, folder) = (Provider::start("openai"), tempdir().expect("a folder"));
    let (folder, model) = (folder.path(), provider.model(""));
    run(folder, &model);
    provider.end();
    let first = provider.made()[0].ids()[0].clone();
    for (before, wanted) in [
        (b"no JSON\n".to_vec(), "answered with a line that is not JSON"),
        (vec![b' '; 5 << 20], "answered with a file with a line of more than 4 MiB"),
    ] {
        provider.state().before = before;
        let told = shortfall(folder, &model);
        assert!(told.contains(wanted), "{told}");
        assert_eq!(recorded(folder), "");
    }
    let ids = ["", "x", "../../x", &first.to_uppercase(), &format!("{}-7", &first[..32])];
    let mut before: Vec<u8> =
        ids.iter().flat_map(|id| strange(json!({ "custom_id": id, "response": answer }))).collect();
    before.extend(strange(json!({ "custom_id": [1], "response": answer })));
    before.extend(b"\r\n\n");
    provider.state().before = before;
    provider.state().answers =
        Box::new(|_, place| Outcome::Answer(format!("\u{1b}[31m{place}\u{202e} ::set-env:: {KEY}")));
    complete(folder, &model);
    let kept = recorded(folder);
    assert!(!kept.contains(KEY) && kept.contains("[key]") && !kept.contains("not asked for"), "{kept}");
    assert!(!kept.contains(['\u{1b}', '\u{202e}']));
}

#[test]
fn an_id_that_is_none_goes_into_no_address() {
    let (provider, folder) = (Provider::start("openai"), tempdir().expect("a folder"));
    let (folder, model) = (folder.path(), provider.model(""));
    run(folder, &model);
    provider.state().batches[0].id = "batch_1".to_owned();
    let told = shortfall(folder, &model);
    assert!(told.contains("the batch batch_0 no longer exists, or it belongs to another account"), "{told}");
    assert_eq!(provider.made().len(), 1);
    let elsewhere = tempdir().expect("a folder");
    provider.state().submission = Submission::Unheard;
    run(elsewhere.path(), &model);
    provider.state().submission = Submission::Taken;
    provider.state().batches[1].id = "../files?x=\u{1b}".to_owned();
    let told = shortfall(elsewhere.path(), &model);
    assert!(told.contains("answered with JSON without a usable id for the batch"), "{told}");
}

#[test]
fn the_budget_cuts_a_batch() {
    let (provider, folder) = (Provider::start("anthropic"), tempdir().expect("a folder"));
    let (folder, model, task) = (folder.path(), provider.model(""), task());
    let budget = Budget { max_requests: Some(3), ..Budget::default() };
    let sampler = || sampler(folder, Mode::Auto).within(&budget, std::slice::from_ref(&model));
    let cut = sampler().sample(&unit(&model, &task, 2)).expect("sampled");
    let told = cut.shortfall().expect("missing");
    assert!(told.contains("0 of 3 done") && told.ends_with("(and one other reason)"), "{told}");
    assert!(
        matches!(&cut.missing[3].reason, Reason::Budget(why) if why.contains("3 requests (max_requests)"))
    );
    // The next run has a budget of its own.
    sampler().sample(&unit(&model, &task, 2)).expect("sampled");
    let sizes: Vec<usize> = provider.made().iter().map(|batch| batch.requests.len()).collect();
    assert_eq!(sizes, [3, 1]);
    let price = provider.model("price = { input = 1.0, output = 1.0 }\nmax_tokens = 1000000\nmax_usd = 2.5");
    let elsewhere = tempdir().expect("a folder");
    let rich = support::sampler(elsewhere.path(), Mode::Auto)
        .within(&Budget::default(), std::slice::from_ref(&price));
    let told = rich.sample(&unit(&price, &task, 2)).expect("sampled").shortfall().expect("missing");
    assert!(told.contains("0 of 2 done") && told.contains("one other reason"), "{told}");
    // Limits per minute are of requests that are sent one by one.
    let slow = provider.model("requests_per_minute = 1\ntokens_per_minute = 1");
    let elsewhere = tempdir().expect("a folder");
    assert!(shortfall(elsewhere.path(), &slow).contains("0 of 4 done"));
}

#[test]
fn live_mode_takes_no_batch_and_a_damaged_list_is_told() {
    let (provider, folder) = (Provider::start("openai"), tempdir().expect("a folder"));
    let (folder, model, task) = (folder.path(), provider.model(""), task());
    let live = sampler(folder, Mode::Live).sample(&unit(&model, &task, 2)).expect("sampled");
    assert!(live.shortfall().expect("missing").contains("use record mode, or remove `batch`"));
    assert_eq!(provider.server.count(), 0);
    run(folder, &model);
    let sent = provider.server.count();
    fs::write(pending(folder), "[{\"id\":").expect("written");
    let error = sampler(folder, Mode::Auto).sample(&unit(&model, &task, 2)).expect_err("damaged").to_string();
    assert!(error.contains("T2.batch.json cannot be read: ") && error.contains("restore it"), "{error}");
    assert_eq!(provider.server.count(), sent);
}
