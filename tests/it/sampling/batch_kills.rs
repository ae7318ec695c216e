//! Batches and runs that end in the middle: nothing is lost or asked twice, whichever step was the last.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc;

use crate::support::batches::{Outcome, PROVIDERS, Provider, Submission, complete, pending, run, shortfall};
use crate::support::{PACE, model_of, recorded, sample, task, unit};
use serde_json::json;
use tempfile::tempdir;

#[test]
fn a_batch_whose_id_was_never_heard_is_found() {
    for name in PROVIDERS {
        let (provider, folder) = (Provider::start(name), tempdir().expect("a folder"));
        let (folder, model) = (folder.path(), provider.model(""));
        // Others of the same account, some of them larger or later.
        let elsewhere = tempdir().expect("a folder");
        let mut other = task();
        other.prompt = "{context} Is {value} important?\n{options}".to_owned();
        sample(elsewhere.path(), &unit(&model, &other, 2));
        provider.state().submission = Submission::Unheard;
        let told = shortfall(folder, &model);
        assert!(told.contains("broke off: "), "{told}");
        assert!(
            told.ends_with("run the same command again to find out whether the batch was accepted"),
            "{told}"
        );
        assert!(fs::read_to_string(pending(folder)).expect("a list").contains("\"id\": null"));
        provider.state().submission = Submission::Taken;
        for samples in [1, 3] {
            let apart = tempdir().expect("a folder");
            sample(apart.path(), &unit(&model, &other, samples));
        }
        let told = shortfall(folder, &model);
        let wanted =
            if name == "anthropic" { "which is not known until that batch ends" } else { "in a batch since" };
        assert!(told.contains(wanted), "{told}");
        assert_eq!(provider.made().len(), 4, "nothing is submitted again");
        provider.end();
        run(folder, &model);
        complete(folder, &model);
        assert_eq!(provider.made().len(), 4);
        assert!(recorded(folder).contains("answer 1."), "its own, and not another's");
    }
}

/// Not a test of its own: what [`a_process_that_is_killed_while_it_submits_leaves_its_batch_to_the_next`]
/// starts.
#[test]
fn submitter() {
    let Ok(orders) = std::env::var(CHILD) else { return };
    let (provider, base_url, folder): (String, String, PathBuf) =
        serde_json::from_str(&orders).expect("orders");
    run(&folder, &model_of(&provider, "small-1", &base_url, "batch = true"));
}

const CHILD: &str = "ALIGNSPEC_TEST_SUBMITTER";

#[test]
fn a_process_that_is_killed_while_it_submits_leaves_its_batch_to_the_next() {
    for name in PROVIDERS {
        let (provider, folder) = (Provider::start(name), tempdir().expect("a folder"));
        let (folder, model) = (folder.path(), provider.model(""));
        let (taken, heard) = mpsc::channel();
        let (tell, told) = mpsc::channel();
        provider.state().hold = Some((taken, told));
        let mut child = Command::new(std::env::current_exe().expect("this binary"))
            .args(["sampling::batch_kills::submitter", "--exact"])
            .env(CHILD, json!([name, provider.base_url(), folder]).to_string())
            .stdout(Stdio::null())
            .spawn()
            .expect("started");
        heard.recv().expect("a batch");
        child.kill().expect("killed");
        child.wait().expect("gone");
        drop(tell);
        assert!(shortfall(folder, &model).contains("batch"));
        provider.end();
        complete(folder, &model);
        assert_eq!(provider.made().len(), 1, "{name}");
    }
}

#[test]
fn a_batch_of_the_same_requests_is_not_taken_for_the_one_that_asked_them_again() {
    for name in PROVIDERS {
        let (provider, folder) = (Provider::start(name), tempdir().expect("a folder"));
        let (folder, model) = (folder.path(), provider.model(""));
        run(folder, &model);
        provider.end();
        provider.state().answers = Box::new(|batch, _| match batch {
            0 => Outcome::Error(500),
            _ => Outcome::Answer("said".to_owned()),
        });
        provider.state().submission = Submission::Unheard;
        provider.state().still = Some(1);
        run(folder, &model);
        provider.state().submission = Submission::Taken;
        for _ in 0..2 {
            let told = shortfall(folder, &model);
            assert!(told.contains("batch"), "{told}");
            assert_eq!(provider.made().len(), 2, "{name}: {told}");
        }
        provider.state().still = None;
        complete(folder, &model);
        assert_eq!(provider.made().len(), 2, "{name}");
    }
}

#[test]
fn a_batch_that_never_was_is_submitted() {
    for name in PROVIDERS {
        let (provider, folder) = (Provider::start(name), tempdir().expect("a folder"));
        let (folder, model) = (folder.path(), provider.model(""));
        provider.state().submission = Submission::Lost;
        run(folder, &model);
        provider.state().submission = Submission::Taken;
        assert!(shortfall(folder, &model).contains("in a batch since"));
        assert_eq!(provider.made().len(), 1);
        provider.end();
        complete(folder, &model);
        assert_eq!(provider.made().len(), 1);
    }
}

#[test]
fn where_batches_cannot_be_listed_a_person_decides() {
    let (provider, folder) = (Provider::start("openai"), tempdir().expect("a folder"));
    let (folder, model) = (folder.path(), provider.model(""));
    provider.state().submission = Submission::Unheard;
    run(folder, &model);
    provider.state().submission = Submission::Taken;
    provider.state().lists = false;
    let told = shortfall(folder, &model);
    assert!(
        told.contains("does not list batches: check with the provider whether it was accepted"),
        "{told}"
    );
    assert!(told.contains(&pending(folder).display().to_string()), "{told}");
    assert_eq!(provider.made().len(), 1);
    let list = fs::read_to_string(pending(folder)).expect("the list");
    fs::write(pending(folder), list.replace("\"id\": null", "\"id\": \"batch_0\"")).expect("written");
    provider.end();
    complete(folder, &model);
}

#[test]
fn a_run_that_is_killed_while_it_collects_loses_nothing() {
    for name in PROVIDERS {
        let (provider, folder) = (Provider::start(name), tempdir().expect("a folder"));
        let (folder, model) = (folder.path(), provider.model(""));
        run(folder, &model);
        provider.end();
        let list = fs::read(pending(folder)).expect("the list");
        complete(folder, &model);
        let whole = recorded(folder);
        // The list is only changed when all is recorded: a kill before leaves the old one, and of the
        // recording any part.
        for length in (0..whole.len()).step_by(97) {
            fs::write(pending(folder), &list).expect("written");
            fs::write(folder.join("assistant/T2.jsonl"), &whole[..length]).expect("written");
            complete(folder, &model);
        }
        // With all recorded nothing is left to do but to forget it, when it is next looked at.
        fs::write(pending(folder), &list).expect("written");
        let sent = provider.server.count();
        assert_eq!((run(folder, &model).shortfall(), provider.server.count()), (None, sent));
        assert_eq!(provider.made().len(), 1, "{name}");
        let more = sample(folder, &unit(&model, &task(), 3));
        assert_eq!((more.missing.len(), provider.made().len()), (2, 2));
        assert!(!fs::read_to_string(pending(folder)).expect("a list").contains("batch_0"));
    }
}

#[test]
fn results_that_break_off_are_read_again() {
    for name in PROVIDERS {
        let (provider, folder) = (Provider::start(name), tempdir().expect("a folder"));
        let (folder, model) = (folder.path(), provider.model(""));
        run(folder, &model);
        provider.end();
        provider.state().torn = true;
        let torn = run(folder, &model);
        assert!((1..4).contains(&torn.asked), "what came is kept: {}", torn.asked);
        assert!(torn.shortfall().expect("missing").contains("broke off"), "{torn:?}");
        provider.state().torn = false;
        complete(folder, &model);
        assert_eq!(provider.made().len(), 1);
    }
}

#[test]
fn an_outage_or_a_wrong_key_leaves_the_batch_where_it_is() {
    for status in [401, 503] {
        let (provider, folder) = (Provider::start("anthropic"), tempdir().expect("a folder"));
        let (folder, model) = (folder.path(), provider.model(""));
        run(folder, &model);
        provider.state().outage = Some(status);
        let before = provider.server.count();
        // More than is in it: nothing else is submitted to a server that does not answer.
        let told = sample(folder, &unit(&model, &task(), 3)).shortfall().expect("missing");
        assert!(told.contains(&format!("answered {status}: ")), "{told}");
        assert!(
            told.contains("the result of the batch of 20") && told.contains("is not known yet"),
            "{told}"
        );
        assert_eq!(provider.server.count() - before, if status == 503 { 1 + PACE.retries } else { 1 });
        provider.state().outage = None;
        provider.end();
        complete(folder, &model);
        assert_eq!(provider.made().len(), 1);
    }
}
