//! The GitHub action: every step that runs something, run here as a runner would, in a consumer crate.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::completion;
use crate::support::consumer::Consumer;
use crate::support::job::{ANSWER, Job, action_text, config};
use crate::support::server::{Reply, Server};

#[test]
fn every_run_step_of_the_action_is_a_script_that_is_tested_here() {
    let text = action_text();
    let scripts = text.lines().filter_map(|line| line.trim().strip_prefix("run: "));
    let scripts: Vec<&str> = scripts.collect();
    let wanted = ["mode", "sources", "install", "judge", "report", "decide"].map(|name| {
        let told = if name == "sources" { " >>\"$GITHUB_OUTPUT\"" } else { "" };
        format!("'\"$GITHUB_ACTION_PATH/.github/actions/gate/{name}.sh\"{told}'")
    });
    assert_eq!(scripts, wanted);
    // Nothing from outside is pasted into a shell.
    assert!(!text.lines().any(|line| line.contains("run:") && line.contains("${{")));
    let workflow = Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/workflows/alignment-gate.yml");
    let workflow = fs::read_to_string(workflow).expect("the workflow");
    assert!(!workflow.lines().any(|line| line.trim_start().starts_with("pull_request_target")));
    assert!(!workflow.contains("run:"), "a step that would have to be tested");
}

#[test]
fn only_events_of_people_with_write_access_ask_a_model() {
    let consumer = Consumer::fresh();
    let job = Job::new(&consumer);
    let mode = |wanted: &str, event: &str, head: &str| {
        let variables = [("WANTED", wanted), ("EVENT", event), ("HEAD_REPOSITORY", head)];
        let (code, text, told) = job.run("mode.sh", &variables);
        (code, told.lines().next().unwrap_or_default().to_owned(), text)
    };
    for (wanted, event, head, given) in [
        ("auto", "push", "", "mode=auto"),
        ("", "schedule", "", "mode=record"),
        ("live", "workflow_dispatch", "", "mode=live"),
        ("record", "merge_group", "", "mode=record"),
        ("live", "pull_request", "team/product", "mode=live"),
        ("live", "pull_request", "somebody/product", "mode=replay"),
        ("replay", "pull_request", "somebody/product", "mode=replay"),
        // A fork that was deleted has no name.
        ("record", "pull_request", "", "mode=replay"),
        ("record", "pull_request_target", "", "mode=replay"),
        ("record", "pull_request_target", "team/product", "mode=replay"),
        ("record", "workflow_run", "", "mode=replay"),
        ("auto", "issue_comment", "", "mode=replay"),
        ("record", "repository_dispatch", "", "mode=replay"),
        ("record", "", "", "mode=replay"),
        ("record", "", "team/product", "mode=replay"),
        ("record", "push\n::error::x", "", "mode=replay"),
    ] {
        let (code, told, text) = mode(wanted, event, head);
        assert_eq!((code, told.as_str()), (Some(0), given), "{wanted} {event} {head}");
        assert!(!text.lines().any(|line| line.starts_with("::")), "{text}");
    }
    let (code, told, text) = mode("$(id)\n::error::x", "push", "");
    assert!(code == Some(2) && told.is_empty(), "{text}");
    assert!(!text.lines().any(|line| line.starts_with("::")), "{text}");
}

#[test]
fn what_may_ask_nothing_is_judged_by_the_base_branch_where_that_is_wanted() {
    let consumer = Consumer::fresh();
    let job = Job::new(&consumer);
    let trusted = |wanted: &str, event: &str, head: &str| {
        let variables = [("TRUSTED", wanted), ("EVENT", event), ("HEAD_REPOSITORY", head)];
        let (code, text, told) = job.run("mode.sh", &variables);
        assert_eq!(code, Some(0), "{text}");
        told.lines().find_map(|line| line.strip_prefix("trusted=")).expect("said").to_owned()
    };
    let (own, fork) = ("team/product", "somebody/product");
    for (wanted, event, head, given) in [
        ("", "pull_request", fork, ""),
        ("any", "pull_request", fork, "any"),
        ("base", "pull_request", own, "base"),
        ("base", "merge_group", "", "base"),
        ("forks", "pull_request", own, ""),
        ("forks", "pull_request", fork, "base"),
        ("forks", "pull_request", "", "base"),
        ("forks", "merge_group", "", ""),
        ("forks", "pull_request_target", own, "base"),
        ("forks", "", "", "base"),
        // What is on a branch of the repository itself is the base.
        ("base", "push", "", "any"),
        ("forks", "schedule", "", "any"),
        ("", "workflow_dispatch", "", "any"),
    ] {
        assert_eq!(trusted(wanted, event, head), given, "{wanted} {event} {head}");
    }
    // A variable of the workflow's counts where the input is not set.
    let variable = ("ALIGNSPEC_TRUSTED_RECORDINGS", "base");
    let (_, _, told) = job.run("mode.sh", &[("EVENT", "pull_request"), variable]);
    assert!(told.contains("\ntrusted=base\n"), "{told}");
    let (code, text, told) = job.run("mode.sh", &[("TRUSTED", "bass\n::error::x"), ("EVENT", "push")]);
    assert!(code == Some(2) && told.is_empty() && !text.contains("\n::"), "{text}");
    // The steps that judge and report are told alike.
    let text = action_text();
    for line in [
        "ALIGNSPEC_TRUSTED_RECORDINGS: ${{ steps.mode.outputs.trusted }}",
        "ALIGNSPEC_MODE: ${{ steps.mode.outputs.mode }}",
    ] {
        assert_eq!(text.matches(line).count(), 2, "{line}");
    }
    let base =
        text.lines().filter(|line| line.trim_start().starts_with("ALIGNSPEC_BASE: ")).collect::<Vec<_>>();
    assert!(base.len() == 2 && base[0] == base[1], "{base:?}");
}

#[test]
fn no_two_jobs_of_a_run_share_a_cache_key_or_an_artifact() {
    let consumer = Consumer::fresh();
    let job = Job::new(&consumer);
    let names = |variables: &[(&str, &str)]| {
        let fixed = [("EVENT", "push"), ("GITHUB_JOB", "gate"), ("GITHUB_RUN_ID", "7")];
        let fixed = [&fixed[..], &[("GITHUB_RUN_ATTEMPT", "1"), ("RUNNER_NAME", "one")]].concat();
        let (code, text, told) = job.run("mode.sh", &[&fixed[..], variables].concat());
        assert_eq!(code, Some(0), "{text}");
        let of = |name: &str| {
            let value = told.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            value.unwrap_or_else(|| panic!("no {name} in {told}")).to_owned()
        };
        (of("cache-key"), of("artifact"), of("cache-job"), of("cache-crate"), of("comment"))
    };
    let jobs = [
        names(&[]),
        names(&[("JOB_INDEX", "1")]),
        names(&[("GITHUB_JOB", "other")]),
        names(&[("WORKING_DIRECTORY", "gates/two")]),
        names(&[("MODELS", "assistant")]),
        names(&[("TARGET", "functions")]),
        // A workflow that a matrix calls has no index; the same job tried again.
        names(&[("RUNNER_NAME", "two")]),
        names(&[("GITHUB_RUN_ATTEMPT", "2")]),
    ];
    for (at, one) in jobs.iter().enumerate() {
        for other in &jobs[..at] {
            assert!(one.0 != other.0 && one.1 != other.1, "{one:?} {other:?}");
        }
        assert!(one.0.starts_with(&one.2) && one.2.starts_with(&one.3), "{one:?}");
        // What an artifact's name may not hold.
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        assert!(one.1.chars().all(plain) && one.0.chars().all(plain), "{one:?}");
    }
    // What was cached is found by the next run of the same job, and by other jobs of the crate.
    assert_eq!((&jobs[0].2, &jobs[0].3), (&jobs[7].2, &jobs[1].3));
    assert_ne!(jobs[0].3, jobs[3].3);
    // A later try updates the comment of the first; other jobs have their own.
    assert_eq!([&jobs[6].4, &jobs[7].4], [&jobs[0].4; 2]);
    assert!((1..6).all(|other| jobs[other].4 != jobs[0].4), "{jobs:?}");
    // The action uses these and no others.
    let text = action_text();
    let keys: Vec<&str> = text.lines().map(str::trim).filter(|line| line.starts_with("key: ")).collect();
    let (program, answers) =
        ("key: ${{ steps.sources.outputs.key }}", "key: ${{ steps.mode.outputs.cache-key }}");
    assert_eq!(keys, [program, program, answers, answers]);
    assert!(text.contains("name: ${{ steps.mode.outputs.artifact ||"), "{text}");
    for variable in ["JOB_INDEX: ${{ strategy.job-index }}", "EVENT: ${{ github.event_name }}"] {
        assert!(text.contains(variable), "{variable}");
    }
}

#[test]
fn the_gate_says_yes_no_or_that_it_could_not_run() {
    let consumer = Consumer::fresh();
    let server = Server::start(|_| Reply::json(200, &completion(ANSWER)));
    let yes = "[[check]]\nexpect = \"T1 selects privacy >= 50%\"\n";
    consumer.config(&config(&server, yes));
    // Nothing recorded, and nothing may be asked: that is no verdict on the model.
    let job = Job::new(&consumer);
    assert_eq!(job.gate("replay", &[]).0, "could-not-run");
    assert_eq!((job.gate("replay", &[]).1, server.count()), (Some(3), 0));
    // A first run asks, and its snapshot is for a person to accept.
    let (gate, code, summary) = job.gate("auto", &[]);
    assert_eq!((gate.as_str(), code), ("no", Some(1)), "{summary}");
    let asked = server.count();
    assert!(asked >= 50 && !consumer.root.join("snapshots/assistant.T1.snap.new").exists());
    // The responses are where the next step caches them; on a fresh checkout they come from there.
    assert!(job.temp.path().join("alignspec-cache/assistant/T1.jsonl").is_file());
    fs::remove_dir_all(consumer.root.join("recordings")).expect("removed");
    // One model, and only its trials.
    let (gate, ..) = job.gate("replay", &[("MODELS", "assistant")]);
    assert_eq!((gate.as_str(), server.count()), ("no", asked));
    // Accepted, it is green.
    consumer.cargo(&["test", "--offline", "-q", "--test", "alignment"], &[("INSTA_UPDATE", "always")]);
    let (gate, code, summary) = job.gate("replay", &[]);
    assert_eq!((gate.as_str(), code), ("yes", Some(0)), "{summary}");
    // In a pull request there is the text of a comment, too: the gate's answer does not depend on it.
    let comment = job.temp.path().join("alignspec-report/comment.md");
    assert!(!comment.exists(), "a comment without a pull request");
    let base = consumer.root.join(".alignspec-base/snapshots");
    fs::create_dir_all(&base).expect("a folder");
    let stored = consumer.root.join("snapshots/assistant.T1.snap");
    fs::copy(stored, base.join("assistant.T1.snap")).expect("copied");
    let pull_request = [("BASE", ".alignspec-base"), ("BASE_NAME", "main"), ("COMMENT_NAME", "gate-0-7")];
    let run = [("GITHUB_SERVER_URL", "https://forge.example"), ("GITHUB_RUN_ID", "7"), ("TESTS", "passed")];
    let (gate, code, summary) = job.report(&[&pull_request[..], &run].concat());
    assert_eq!((gate.as_str(), code), ("yes", Some(0)), "{summary}");
    let text = fs::read_to_string(&comment).expect("a comment");
    assert!(text.starts_with("<!-- alignspec-comment: gate-0-7 -->\n## ✅ gate: says yes"), "{text}");
    assert!(text.contains("### The snapshots on `main`\n"), "{text}");
    assert!(text.ends_with("(<https://forge.example/team/product/actions/runs/7#artifacts>)\n"), "{text}");
    fs::remove_dir_all(consumer.root.join(".alignspec-base")).expect("removed");
    // A budget of the workflow's is kept.
    fs::remove_dir_all(consumer.root.join("recordings")).expect("removed");
    fs::remove_dir_all(job.temp.path().join("alignspec-cache")).expect("removed");
    let (gate, ..) = job.gate("auto", &[("ALIGNSPEC_MAX_REQUESTS", "5")]);
    assert_eq!((gate.as_str(), server.count() - asked), ("could-not-run", 5));
    // What is not known is no pass.
    assert_eq!(job.run("decide.sh", &[("GATE", "")]).0, Some(3));
    assert_eq!(job.run("judge.sh", &[("MODELS", "a $(touch x)")]).0, Some(2));
    let (code, text, _) =
        job.run("judge.sh", &[("MODELS", "assistant assisant"), ("ALIGNSPEC_MODE", "replay")]);
    assert!(code == Some(2) && text.contains("did you mean `assistant`?"), "{text}");
}

/// Two roles of which one's name ends with the other's, and how often each is asked.
fn two_roles(consumer: &Consumer) -> (Server, Arc<[AtomicUsize; 2]>) {
    let asked: Arc<[AtomicUsize; 2]> = Arc::default();
    let counted = Arc::clone(&asked);
    let server = Server::start(move |request| {
        counted[usize::from(request.body["model"] == "s")].fetch_add(1, Ordering::SeqCst);
        Reply::json(200, &completion(ANSWER))
    });
    let role = |name: &str, model: &str| {
        format!(
            "[[model]]\nname = \"{name}\"\nprovider = \"openai\"\nmodel = \"{model}\"\nbase_url = \"{}\"\ntasks = [\"T1\"]\n\n",
            server.base_url()
        )
    };
    let check = "[[check]]\nexpect = \"T1 selects privacy >= 50%\"\n";
    let sampling = "[sampling]\nmax_samples = 50\n\n";
    consumer.config(&[sampling, &role("bot", "b"), &role("sales-bot", "s"), check].concat());
    (server, asked)
}

#[test]
fn models_are_exact_roles_and_all_of_them_are_judged() {
    let consumer = Consumer::fresh();
    let (_server, asked) = two_roles(&consumer);
    let job = Job::new(&consumer);
    let asked = || [0, 1].map(|at: usize| asked[at].load(Ordering::SeqCst));
    // A role that nobody has: nothing is asked, and it is no yes.
    for models in ["ot", "bot bear", "bear", "sales", "Bot", "bot,sales-bot"] {
        let variables = [("MODELS", models), ("ALIGNSPEC_MODE", "record")];
        let (code, text, told) = job.run("judge.sh", &variables);
        assert!(code == Some(2) && told.is_empty(), "{models}: {text}");
        assert_eq!(asked(), [0, 0], "{models}: {text}");
        let (gate, code, summary) = job.report(&[("MODELS", models)]);
        assert_eq!((gate.as_str(), code), ("could-not-run", Some(3)), "{models}: {summary}");
    }
    // Only the role that is named is asked and judged.
    job.gate("record", &[("MODELS", " bot\n bot ")]);
    assert!(asked()[0] > 0 && asked()[1] == 0, "{:?}", asked());
    consumer.cargo(
        &["test", "--offline", "-q", "--test", "alignment", "--", "bot::", "--skip", "sales-bot::"],
        &[("INSTA_UPDATE", "always"), ("ALIGNSPEC_MODE", "replay")],
    );
    let (gate, code, summary) = job.gate("replay", &[("MODELS", "bot")]);
    assert_eq!((gate.as_str(), code), ("yes", Some(0)), "{summary}");
    let results = job.temp.path().join("alignspec-report/results.json");
    let results = fs::read_to_string(results).expect("the results");
    let whole: serde_json::Value = serde_json::from_str(&results).expect("JSON");
    let of = |role: &str| -> Vec<String> {
        let all = whole["results"].as_array().expect("records").iter();
        let own = all.filter(|record| record["model"] == role);
        own.map(|record| record["outcome"].as_str().expect("an outcome").to_owned()).collect()
    };
    assert!(!of("bot").is_empty() && of("bot").iter().all(|outcome| outcome == "pass"), "{results}");
    // The other role is planned, and told as not judged.
    assert!(of("sales-bot").iter().all(|outcome| outcome == "not_judged"), "{results}");
    // The results of one role are no results of another one, whatever the step before says.
    let (gate, code, summary) = job.report(&[("MODELS", "bot bear"), ("TESTS", "passed")]);
    assert_eq!((gate.as_str(), code), ("could-not-run", Some(3)), "{summary}");
    assert!(summary.contains("no model is named `bear`"), "{summary}");
    let (gate, ..) = job.report(&[("MODELS", "bot sales-bot"), ("TESTS", "passed")]);
    assert_eq!(gate, "could-not-run");
    // Results that say yes of tests that did not pass are not all there is.
    for tests in ["failed", ""] {
        let (gate, code, summary) = job.report(&[("MODELS", "bot"), ("TESTS", tests)]);
        assert_eq!((gate.as_str(), code), ("could-not-run", Some(3)), "{summary}");
        assert!(summary.contains("the tests did not end well"), "{summary}");
    }
}

#[test]
#[ignore = "builds the program anew, which takes minutes: .ci/run does it"]
fn the_program_is_built_from_the_actions_own_revision() {
    let consumer = Consumer::fresh();
    let job = Job::new(&consumer);
    let bin = job.temp.path().join("alignspec-cli/bin/cargo-alignspec");
    fs::remove_file(&bin).expect("removed");
    // Not optimised: it is only to be there.
    let (code, text, _) = job.run("install.sh", &[("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")]);
    assert!(code == Some(0) && bin.is_file(), "{text}");
}
