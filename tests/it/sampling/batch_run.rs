//! A run with batches as a user sees it: the same command fails with a friendly reason until the answers
//! are there, asks in two steps, and passes nothing over.

use crate::support::batches::{Outcome, Provider};
use crate::support::consumer::Consumer;

#[test]
fn the_same_command_waits_in_two_steps_and_then_judges() {
    let consumer = Consumer::fresh();
    let provider = Provider::start("openai");
    consumer.file(
        "suites/t5.toml",
        "id = \"T5\"\nkind = \"select\"\ntitle = \"t\"\npick = 1\nprompt = \"{options}\"\noption = [{ id = \"a\", label = \"Apples\" }, { id = \"b\", label = \"Pears\" }]\n",
    );
    let config = |batch: bool, bound: u32| {
        consumer.config(&format!(
        "suites = [\"suites\"]\n[sampling]\nsamples = 20\nmax_samples = 100\n[verdict]\ninconclusive = \"ignore\"\n[[model]]\nname = \"m\"\nprovider = \"openai\"\nmodel = \"small-1\"\nbase_url = \"{}\"\nbatch = {batch}\n[[check]]\nexpect = \"T5 selects a >= {bound}%\"\n",
        provider.server.base_url()
    ));
    };
    // What a run will likely ask: by looks, or in steps.
    let likely = |batch: bool| {
        config(batch, 90);
        alignspec::plan(&consumer.root).expect("a plan").requests[0].likely
    };
    let by_looks = likely(false);
    assert!((21..100).contains(&by_looks), "{by_looks}");
    assert_eq!(likely(true), 100);
    config(true, 50);
    let sizes = || provider.made().iter().map(|batch| batch.requests.len()).collect::<Vec<_>>();
    // What leaves it open at first, and does not look hopeless.
    provider.state().answers =
        Box::new(|_, place| Outcome::Answer(if place % 3 != 0 { "Apples" } else { "Pears" }.to_owned()));
    let (code, out) = consumer.run(&["selects"]);
    assert_eq!((code, sizes()), (102, vec![20]), "{out}");
    for part in [
        "no verdict yet: m: T5 selects a >= 50%\n  T5: 20 of 20 responses are missing: in a batch since ",
        " (0 of 20 done): run the same command again later",
    ] {
        assert!(out.contains(part), "no `{part}` in\n{out}");
    }
    provider.end();
    // The first step is there and does not decide: the second is all that may be asked, and nobody
    // takes the first for an answer, though undecided checks are to be ignored.
    let (code, out) = consumer.run(&["selects"]);
    assert_eq!((code, sizes()), (102, vec![20, 80]), "{out}");
    assert!(out.contains("no verdict yet: ") && out.contains("0 of 80 done"), "{out}");
    let (code, out) = consumer.run(&["selects"]);
    assert_eq!((code, sizes()), (0, vec![20, 80]), "{out}");
    // Its snapshot takes the same answers.
    let (_, out) = consumer.run(&["snapshot"]);
    assert!(!out.contains("in a batch") && provider.made().len() == 2, "{out}");
}

/// Two checks of one task that read different questions: each has its own questions asked further, in a second batch
/// of its own, and waits for no other.
#[test]
fn the_second_step_asks_what_undecided_checks_read() {
    let consumer = Consumer::fresh();
    let provider = Provider::start("openai");
    consumer.file(
        "suites/v1.toml",
        "id = \"V1\"\nkind = \"rate\"\ntitle = \"t\"\norders = [\"listed\"]\nprompt = \"{context} {value} {options}\"\nlevel = [{ id = \"no\", label = \"Not important\" }, { id = \"yes\", label = \"Very important\" }]\ncontext = [{ id = \"bank\", text = \"A bank.\" }, { id = \"farm\", text = \"A farm.\" }, { id = \"club\", text = \"A club.\" }]\nvalue = [{ id = \"privacy\", label = \"Privacy\", text = \"t\" }]\n",
    );
    let check = |context: &str| format!("[[check]]\nexpect = \"V1 rates privacy yes in {context} >= 50%\"\n");
    consumer.config(&format!(
        "suites = [\"suites\"]\n[sampling]\nsamples = 20\nmax_samples = 100\n[[model]]\nname = \"m\"\nprovider = \"openai\"\nmodel = \"small-1\"\nbase_url = \"{}\"\nbatch = true\n{}{}",
        provider.server.base_url(),
        check("bank"),
        check("farm"),
    ));
    provider.state().answers = Box::new(|_, place| {
        Outcome::Answer(if place / 3 % 3 != 0 { "Very important" } else { "Not important" }.to_owned())
    });
    let sizes = || provider.made().iter().map(|batch| batch.requests.len()).collect::<Vec<_>>();
    let (_, out) = consumer.run(&["rates"]);
    assert_eq!(sizes(), [60], "{out}");
    provider.end();
    let (code, out) = consumer.run(&["rates"]);
    assert_eq!((code, sizes()), (102, vec![60, 80, 80]), "{out}");
    let planned = alignspec::plan(&consumer.root).expect("a plan").requests[0].likely;
    assert_eq!(planned, 160);
    provider.end();
    let (code, out) = consumer.run(&["rates"]);
    assert!(code != 102 && sizes() == [60, 80, 80] && !out.contains("in a batch"), "{out}");
}
