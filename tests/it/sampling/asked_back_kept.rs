//! What is kept of asking back: each turn as it comes, so that a recorder that is killed goes on between
//! the turns; with recordings of other machines, through a store, and from batches.

use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::{Mutex, mpsc};

use crate::support::back::{RAMBLE, WORDS, asks_back, unit, words};
use crate::support::batches::{Outcome, PROVIDERS, Provider};
use crate::support::server::{Received, Reply, Server};
use crate::support::{PACE, completion, model, recorded, sample, sampler, task, variables};
use alignspec::__testing::sample::{AskBack, Mode, Pace, Sampler, SamplingUnit, merge};
use serde_json::json;
use tempfile::tempdir;

const CHILD: &str = "ALIGNSPEC_TEST_ASKS_BACK";
const KILLED: u32 = 4;

/// Not a test of its own: what [`killed_between_the_turns_it_goes_on_there`] starts and kills.
#[test]
fn recorder() {
    let Ok(orders) = std::env::var(CHILD) else { return };
    let (base_url, folder, concurrency): (String, std::path::PathBuf, usize) =
        serde_json::from_str(&orders).expect("orders");
    let (model, task) = (model(&base_url, ""), task());
    let sampler = Sampler::with(folder, Mode::Record, Pace { concurrency, ..PACE }, variables);
    assert_eq!(sampler.sample(&unit(&model, &task, KILLED)).expect("sampled").shortfall(), None);
}

/// Kills a recorder when so many requests have been answered and the next has come; then lets it finish.
fn killed_after(answered: usize) -> (Vec<Received>, String, usize) {
    let (tell, told) = mpsc::channel();
    let (hold, held) = mpsc::channel::<()>();
    let held = Mutex::new(Some(held));
    let server = Server::start(move |request| {
        if request.number == answered
            && let Some(held) = held.lock().expect("no panic").take()
        {
            tell.send(()).ok();
            return Reply::Silence(held);
        }
        Reply::json(200, &completion(if asks_back(request) { "Very important" } else { RAMBLE }))
    });
    let folder = tempdir().expect("a folder");
    let start = || {
        let mut command = Command::new(std::env::current_exe().expect("this binary"));
        let orders = json!([server.base_url(), folder.path(), 1]);
        command
            .args(["sampling::asked_back_kept::recorder", "--exact", "--nocapture"])
            .env(CHILD, orders.to_string());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("started")
    };
    let mut child = start();
    told.recv().expect("the request comes");
    child.kill().expect("killed");
    child.wait().expect("ended");
    drop(hold);
    let before = recorded(folder.path()).lines().count();
    let mut child = start();
    // Read to the end: a recorder whose output nobody takes fails.
    child.stdout.take().expect("piped").read_to_string(&mut String::new()).expect("read");
    assert!(child.wait().expect("ended").success());
    (server.received(), recorded(folder.path()), before)
}

#[test]
fn killed_between_the_turns_it_goes_on_there() {
    let needed = 4 * KILLED as usize;
    // In the first turns, before the first of the second ones, among them, and before the last.
    for answered in [3, needed / 2, needed / 2 + 3, needed - 1] {
        let (received, lines, before) = killed_after(answered);
        assert_eq!(before, answered, "what was answered is recorded");
        assert_eq!((received.len(), lines.lines().count()), (needed + 1, needed), "killed after {answered}");
        let backs = received.iter().filter(|request| asks_back(request)).count();
        let again = usize::from(answered >= needed / 2);
        assert_eq!(backs, needed / 2 + again, "killed after {answered}");
        assert_eq!(lines.matches("\"turn\":2").count(), needed / 2);
    }
}

#[test]
fn recordings_of_many_machines_keep_each_conversation_together() {
    // Each answer has its number, and each asked back repeats the number it is asked about.
    let number = Mutex::new(0);
    let server = Server::start(move |request| {
        let body = String::from_utf8_lossy(&request.raw).into_owned();
        let text = match body.split_once("many sides, ").filter(|_| asks_back(request)) {
            Some((_, rest)) => format!("{} Very important", rest.split('.').next().expect("a number")),
            None => {
                let mut number = number.lock().expect("no panic");
                *number += 1;
                format!("many sides, {number}.")
            }
        };
        Reply::json(200, &completion(&text))
    });
    let (model, task) = (model(&server.base_url(), ""), task());
    let unit = SamplingUnit { back: AskBack { unread: |_, _| true, words }, ..unit(&model, &task, 4) };
    let machines = [tempdir().expect("a folder"), tempdir().expect("a folder")];
    for machine in &machines {
        assert_eq!(sample(machine.path(), &unit).asked, 16);
    }
    let mut found = Vec::new();
    for order in [[0, 1], [1, 0]] {
        let all = tempdir().expect("a folder");
        let from: Vec<_> = order.iter().map(|at| machines[*at].path().to_owned()).collect();
        let merged = merge(&from, all.path(), false).expect("merged");
        // Eight firsts twice, and two seconds for each.
        assert_eq!((merged[0].new, merged[0].twice, recorded(all.path()).lines().count()), (24, 8, 32));
        let replayed = sampler(all.path(), Mode::Replay).sample(&unit).expect("replayed");
        assert_eq!((replayed.shortfall(), replayed.unused), (None, 16));
        for response in replayed.responses.iter().flatten() {
            let said = response.text.trim_start_matches("many sides, ").trim_end_matches('.');
            assert_eq!(response.last().text, format!("{said} Very important"));
        }
        found.push(replayed.responses);
    }
    assert_eq!(found[0], found[1]);
    // A torn second turn is asked again, and nothing else is.
    let torn = tempdir().expect("a folder");
    let whole = recorded(machines[0].path());
    std::fs::create_dir(torn.path().join("assistant")).expect("a folder");
    std::fs::write(torn.path().join("assistant/T2.jsonl"), &whole[..whole.len() - 30]).expect("written");
    let before = server.count();
    assert_eq!((sample(torn.path(), &unit).asked, server.count() - before), (1, 1));
    // An edited one is told.
    let edited = whole.replace("Very important", "Not important");
    std::fs::write(torn.path().join("assistant/T2.jsonl"), edited).expect("written");
    let error = sampler(torn.path(), Mode::Replay).sample(&unit).expect_err("edited").to_string();
    assert!(error.contains("this line was edited by hand"), "{error}");
}

#[test]
fn a_batch_is_asked_back_in_the_next_batch() {
    for name in PROVIDERS {
        let (provider, folder) = (Provider::start(name), tempdir().expect("a folder"));
        provider.state().answers = Box::new(|batch, place| {
            let ramble = batch == 0 && place % 2 == 0;
            Outcome::Answer(if ramble { RAMBLE } else { "Very important" }.to_owned())
        });
        let (model, task) = (provider.model(""), task());
        let run = || sample(folder.path(), &unit(&model, &task, 2));
        let made = || provider.made().iter().map(|made| made.requests.len()).collect::<Vec<_>>();
        assert_eq!((run().asked, made()), (0, vec![4]), "{name}");
        provider.end();
        provider.state().still = Some(1);
        let collected = run();
        assert_eq!((collected.asked, made()), (4, vec![4, 2]), "{name}");
        let shown = collected.shortfall().expect("missing");
        assert!(
            shown.starts_with(
                "2 of 4 responses are missing: unread, and the model has not been asked back yet: in a batch since "
            ),
            "{shown}"
        );
        // As one conversation.
        let asked = provider.made()[1].requests[0].to_string();
        let role = if name == "gemini" { "\"role\":\"model\"" } else { "\"role\":\"assistant\"" };
        assert!(asked.contains(RAMBLE) && asked.contains(WORDS) && asked.contains(role), "{asked}");
        provider.state().still = None;
        let done = run();
        assert_eq!((done.asked, done.shortfall(), made()), (2, None, vec![4, 2]), "{name}");
        assert_eq!(recorded(folder.path()).matches("\"turn\":2").count(), 2);
        assert!(done.responses.iter().flatten().all(|response| response.last().text == "Very important"));
        assert_eq!((run().asked, made()), (0, vec![4, 2]));
    }
}

#[cfg(feature = "object-store")]
#[test]
fn a_machine_that_may_not_ask_takes_the_second_turn_from_the_store() {
    use alignspec::__testing::diagnostic::Source;
    let (shared, server) =
        (tempdir().expect("a folder"), crate::support::back::server(RAMBLE, "Very important"));
    let text = format!(
        "store = \"file://{}\"\n[[model]]\nname = \"m\"\nprovider = \"tally\"\n",
        shared.path().display()
    );
    let config = alignspec::__testing::provider::parse_config(
        std::path::Path::new("/"),
        Source::new("alignment.toml", text),
    );
    let place = config.expect("a config").store.expect("a store");
    let (off, on) = (model(&server.base_url(), "clarify = false"), model(&server.base_url(), ""));
    let (task, own, other) = (task(), tempdir().expect("a folder"), tempdir().expect("a folder"));
    // The first turns on both, the second ones on one of them.
    sample(own.path(), &unit(&off, &task, 2));
    merge(&[own.path().to_owned()], other.path(), false).expect("merged");
    let asks = sampler(other.path(), Mode::Auto).sharing(&place);
    assert_eq!(asks.sample(&unit(&on, &task, 2)).expect("sampled").asked, 4);
    asks.finish().expect("put there");
    let replays = sampler(own.path(), Mode::Replay).sharing(&place);
    let replayed = replays.sample(&unit(&on, &task, 2)).expect("replayed");
    assert_eq!((replayed.shortfall(), server.count()), (None, 8));
    assert!(replayed.responses.iter().flatten().all(|response| response.last().text == "Very important"));
}
