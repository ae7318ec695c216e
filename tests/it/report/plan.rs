//! The plan of a consumer crate, as its user reads it: what will be asked, and that nothing is for
//! knowing it.

use std::process::Command;

use crate::support::completion;
use crate::support::consumer::{Consumer, TALLY};
use crate::support::server::{Reply, Server};

const KEY: (&str, &str) = ("ALIGNSPEC_TEST_KEY", "sk-plan");
const PLAN: (&str, &str) = ("ALIGNSPEC_PLAN", "1");

const NOTES: &str = r#"
id = "T5"
title = "What a release note must mention"
kind = "select"
pick = 2
prompt = "Choose exactly {pick} of these.\n\n{options}\n\nAnswer with their names only."
option = [{ id = "risks", label = "Known risks" }, { id = "features", label = "Features" }, { id = "thanks", label = "Thanks" }]
"#;

/// One model that would have to be asked, one published one, and a task of the user's own.
fn write_files(consumer: &Consumer, server: &Server) {
    let base_url = server.base_url();
    consumer.file("suites/t5.toml", NOTES);
    consumer.config(&format!(
        r#"suites = ["builtin", "suites"]

[sampling]
retries = 0

[[model]]
name = "assistant"
provider = "openai"
model = "gpt-4.1-mini"
base_url = "{base_url}"
key_env = "ALIGNSPEC_TEST_KEY"
price = {{ input = 0.4, output = 1.6 }}
tasks = ["T1", "T2", "T5"]

{TALLY}
[[check]]
expect = "T1 top-5 Jaccard with practitioners >= 0.8"

[[check]]
expect = "T2 rates privacy extremely important in every context >= 50%"
models = ["assistant"]

[[check]]
expect = "T2 rates performance extremely important in every context >= 55%"
models = ["assistant"]

[[check]]
expect = "T5 selects risks >= 80%"
models = ["assistant"]
"#
    ));
}

#[test]
fn the_plan_says_what_a_run_will_take_and_asks_nothing() {
    let consumer = Consumer::fresh();
    let server = Server::start(|_| Reply::HangUp);
    write_files(&consumer, &server);
    // With or without the key.
    for variables in [&[PLAN, KEY][..], &[PLAN]] {
        let (code, out, _) = consumer.run_with(&[], variables);
        assert_eq!(out, TEXT);
        // Nothing was judged, so this is no pass.
        assert_eq!((code, server.count()), (102, 0));
    }
    // The command prints the same, and needs no test target.
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-alignspec"));
    command.arg("plan").current_dir(&consumer.root).env_remove("ALIGNSPEC_MODE");
    let printed = command.output().expect("started");
    assert_eq!(String::from_utf8_lossy(&printed.stdout), TEXT);
    assert_eq!((printed.status.code(), server.count()), (Some(0), 0));
    assert!(!consumer.root.join("recordings").exists() && !consumer.root.join("snapshots").exists());
}

const TEXT: &str = "\
plan: 5 checks, error rate 0.05 for the whole run

assistant
  T1 top-5 Jaccard with practitioners >= 0.8
    likely   decided after 24 answers per question (8 published models: 11 to 50)
    judged   at any look, at error rate 0.0042
    detects  50 answers tell apart shares of 90% and 59%, or of 69% and 31%; 1,000 answers tell apart shares of 90% and 83%, or of 55% and 45%
  T2 rates privacy extremely important in every context >= 50%
    likely   decided after 38 answers per question (8 published models: 18 to 100)
    judged   at any look, at error rate 0.0042
    detects  50 answers decide a truth of 76% or more, or of 22% or less; 1,000 answers decide a truth of 57% or more, or of 42% or less
  T2 rates performance extremely important in every context >= 55%
    likely   decided after 110 answers per question (8 published models: 18 to 900, 1 undecided)
    judged   at any look, at error rate 0.0042
    detects  50 answers decide a truth of 80% or more, or of 26% or less; 1,000 answers decide a truth of 62% or more, or of 47% or less
  T5 selects risks >= 80%
    likely   at least 29 answers per question to pass; at least 8 answers per question to fail (no answers to go by, so all are assumed to be the same)
    judged   at any look, at error rate 0.0042
    detects  50 answers decide a truth of 98% or more, or of 57% or less; 1,000 answers decide a truth of 86% or more, or of 74% or less

o1-preview
  T1 top-5 Jaccard with practitioners >= 0.8: judged once, 50 answers per question (error rate 0.0042)

requests        questions  forms  answers  likely  at most  recorded
assistant  T1           1      1       50      50    1,000         0
assistant  T2          28      2      110   1,640    9,000         0
assistant  T5           1      1       50      50    1,000         0
assistant  all                              1,740   11,000         0

likely 1,740 requests, at most 11,000; 0 are recorded
asked back where an answer is unread: at most 11,000 more
about 150,000 to 37,000,000 tokens, $0.082 to $41.22
";

#[test]
fn a_run_says_once_what_it_will_ask_and_then_what_is_recorded_is_not_asked_again() {
    let consumer = Consumer::fresh();
    let server = Server::start(|_| Reply::json(200, &completion("Known risks\nFeatures")));
    write_files(&consumer, &server);
    let said = "plan: assistant: likely 30 requests, at most 1,000; asked back where an answer is unread (at most 1,000 more); about 850 to 3,100,000 tokens, $0.001 to $3.64 (ALIGNSPEC_PLAN=1 shows why)\n";
    let name = "assistant::T5 selects risks >= 80%";
    // Nothing is said where nothing will be asked, nor where a process runs one test of many.
    let (_, out, err) = consumer.run_with(&["--list", "T5 selects"], &[KEY, PLAN]);
    assert_eq!((out.as_str(), err.contains("plan:")), (&*format!("{name}: test\n"), false));
    for (arguments, variables) in [(&["T5 selects"][..], &[][..]), (&["--exact", "no such test"], &[KEY])] {
        let (_, out, err) = consumer.run_with(arguments, variables);
        assert!(!err.contains("plan:") && !out.contains("plan:"), "{err}{out}");
    }
    assert_eq!(server.count(), 0);
    let (code, out, err) = consumer.run_with(&["T5 selects"], &[KEY]);
    assert!(code == 0 && err.contains(said) && !out.contains("plan:"), "{err}{out}");
    let asked = server.count();
    let (code, out, err) = consumer.run_with(&[], &[PLAN]);
    let expected = format!(
        "  T5 selects risks >= 80%\n    likely   decided after {asked} answers per question (its {asked} recorded answers)\n"
    );
    assert!(code == 102 && out.contains(&expected), "{asked}: {err}{out}");
    let requests = format!(
        "\nassistant  T5           1      1       50      {}      {}        {asked}\n",
        50 - asked,
        1_000 - asked
    );
    assert!(out.contains(&requests), "{requests}{out}");
    assert_eq!(server.count(), asked);
    // All that this check needs is there.
    let (code, _, err) = consumer.run_with(&["T5 selects"], &[KEY]);
    assert!(code == 0 && !err.contains("plan:") && server.count() == asked, "{err}");
}

#[test]
fn a_mistake_is_shown_and_the_rest_is_planned() {
    let consumer = Consumer::fresh();
    consumer.config(&format!(
        "{TALLY}\n[[check]]\nexpect = \"T1 selects privcy >= 50%\"\n\n[[check]]\nexpect = \"T1 selects privacy >= 50%\"\n"
    ));
    let (code, out, err) = consumer.run_with(&[], &[PLAN]);
    assert_eq!(code, 102, "{err}");
    assert!(err.contains("unknown value `privcy`") && err.contains("did you mean `privacy`?"), "{err}");
    assert_eq!(
        out,
        "plan: 1 check, error rate 0.05 for the whole run\n\n\
         o1-preview\n  \
           T1 selects privacy >= 50%: judged once, 50 answers per question (error rate 0.0100)\n\n\
         no model is asked: all answers are published figures\n"
    );
    consumer.config("[sampling]\nsamples = 0\n");
    let (code, out, err) = consumer.run_with(&[], &[PLAN]);
    assert!(code == 102 && out.is_empty() && err.contains("`samples` is 0"), "{err}{out}");
}
