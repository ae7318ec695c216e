//! Recordings shared through a store: what one machine asked for, another does not; nothing is lost
//! where it is out of reach, and nothing damaged is taken from it.

#[path = "it/support/mod.rs"]
mod support;

use std::fs;
use std::path::{Path, PathBuf};

use alignspec::__testing::config::{Model, StoreLocation};
use alignspec::__testing::diagnostic::Source;
use alignspec::__testing::provider::Response;
use alignspec::__testing::sample::{Mode, Ready, Sampler};
use alignspec::__testing::suite::Task;
use support::consumer::{Consumer, verdicts};
use support::server::{Reply, Server};
use support::{PACE, completion, model, no_variables, recorded, task, unit, variables};
use tempfile::{TempDir, tempdir};

/// A server that numbers its answers.
fn counting() -> Server {
    Server::start(|request| Reply::json(200, &completion(&format!("answer {}", request.number))))
}

/// As alignment.toml has it.
fn place(text: &str) -> StoreLocation {
    let text = format!("store = {text:?}\n[[model]]\nname = \"m\"\nprovider = \"tally\"\n");
    let config =
        alignspec::__testing::provider::parse_config(Path::new("/"), Source::new("alignment.toml", text))
            .expect("a valid config");
    config.store.expect("a store")
}

/// A folder that machines share, and what they ask.
struct World {
    shared: TempDir,
    server: Server,
    model: Model,
    task: Task,
}

impl World {
    fn new() -> World {
        let server = counting();
        let model = model(&server.base_url(), "");
        World { shared: tempdir().expect("a folder"), server, model, task: task() }
    }

    fn place(&self) -> StoreLocation {
        place(&format!("file://{}", self.shared.path().display()))
    }

    /// A machine with these recordings of its own.
    fn machine(&self, own: &Path, mode: Mode) -> Sampler {
        Sampler::with(own, mode, PACE, variables).sharing(&self.place())
    }

    /// Asks for so many samples of both items, as one run.
    fn run(&self, own: &Path, samples: u32) -> (usize, Vec<Option<Response>>) {
        let machine = self.machine(own, Mode::Auto);
        let sampled = machine.sample(&unit(&self.model, &self.task, samples)).expect("sampled");
        assert_eq!(sampled.shortfall(), None);
        machine.finish().expect("put there");
        (sampled.asked, sampled.responses)
    }

    fn replay(&self, own: &Path, samples: u32) -> Result<Vec<Option<Response>>, String> {
        let sampled = self.machine(own, Mode::Replay).sample(&unit(&self.model, &self.task, samples));
        let sampled = sampled.map_err(|error| error.to_string())?;
        sampled.shortfall().map_or(Ok(sampled.responses), Err)
    }

    fn folder(&self) -> PathBuf {
        self.shared.path().join("assistant/T2")
    }

    /// Paths of the parts that are there.
    fn parts(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.folder()) else { return Vec::new() };
        let mut parts: Vec<PathBuf> = entries.map(|entry| entry.expect("read").path()).collect();
        parts.sort();
        parts
    }
}

#[test]
fn what_one_machine_asked_for_another_replays() {
    let world = World::new();
    let [one, other, third] = [(); 3].map(|()| tempdir().expect("a folder"));
    let (asked, responses) = world.run(one.path(), 2);
    assert_eq!((asked, world.parts().len(), world.server.count()), (4, 1, 4));
    assert_eq!(world.replay(other.path(), 2), Ok(responses.clone()));
    // Without a key and without recordings of its own, a test can run.
    let machine = Sampler::with(third.path(), Mode::Auto, PACE, no_variables).sharing(&world.place());
    assert_eq!(machine.ready(&unit(&world.model, &world.task, 2)), Ready::Recorded);
    // Who needs more asks for that alone, and shares it.
    let (asked, more) = world.run(other.path(), 3);
    assert_eq!(
        (asked, world.parts().len(), more.iter().filter(|one| responses.contains(one)).count()),
        (2, 2, 4)
    );
    assert_eq!(world.run(one.path(), 3), (0, more));
    assert_eq!((world.parts().len(), world.server.count()), (2, 6), "nothing was new to it");
}

#[test]
fn what_two_machines_asked_for_at_once_reads_the_same_everywhere() {
    let world = World::new();
    let [one, other, third] = [(); 3].map(|()| tempdir().expect("a folder"));
    let unit = unit(&world.model, &world.task, 2);
    let machines = [one.path(), other.path()].map(|own| {
        let machine = world.machine(own, Mode::Record);
        assert_eq!(machine.sample(&unit).expect("sampled").asked, 4);
        machine
    });
    machines.iter().for_each(|machine| machine.finish().expect("put there"));
    assert_eq!((world.parts().len(), world.server.count()), (2, 8));
    let third = world.replay(third.path(), 2).expect("all there");
    for own in [one, other] {
        // Each goes on with what it has until it needs more; then all are the same.
        world.run(own.path(), 3);
        assert_eq!(world.replay(own.path(), 2).as_ref(), Ok(&third));
    }
    assert_eq!(world.server.count(), 10);
}

#[test]
fn a_run_that_was_cut_short_is_made_up_for() {
    let world = World::new();
    let (own, other) = (tempdir().expect("a folder"), tempdir().expect("a folder"));
    // Never finished: killed, say.
    world.machine(own.path(), Mode::Auto).sample(&unit(&world.model, &world.task, 2)).expect("sampled");
    assert_eq!(world.parts().len(), 0);
    let (asked, responses) = world.run(own.path(), 3);
    assert_eq!((asked, world.parts().len()), (2, 1));
    assert_eq!(world.replay(other.path(), 3), Ok(responses));
    // A long run shares some before its end.
    let machine = world.machine(other.path(), Mode::Auto);
    machine.sample(&unit(&world.model, &world.task, 60)).expect("sampled");
    assert_eq!(world.parts().len(), 2);
}

#[test]
fn a_store_out_of_reach_stops_those_who_need_it_and_only_them() {
    let world = World::new();
    let own = tempdir().expect("a folder");
    let unit = unit(&world.model, &world.task, 1);
    fs::write(world.shared.path().join("file"), "").expect("written");
    let nowhere = place(&world.shared.path().join("file/store").display().to_string());
    for (mode, what) in [(Mode::Auto, "created"), (Mode::Record, "created"), (Mode::Replay, "opened")] {
        let machine = Sampler::with(own.path(), mode, PACE, variables).sharing(&nowhere);
        let error = machine.sample(&unit).expect_err("out of reach").to_string();
        assert!(error.starts_with(&format!("the store {nowhere} cannot be {what}: ")), "{error}");
        // It is not passed over: the test will fail with it.
        let machine = Sampler::with(own.path(), mode, PACE, no_variables).sharing(&nowhere);
        assert_eq!(machine.ready(&unit), Ready::Runs);
    }
    assert_eq!(world.server.count(), 0);
    world.run(own.path(), 1);
    let machine = Sampler::with(own.path(), Mode::Auto, PACE, variables).sharing(&nowhere);
    assert_eq!(machine.sample(&unit).expect("all is on disk").asked, 0);
    assert!(machine.finish().is_ok());
}

#[test]
fn what_cannot_be_put_there_stays_here_until_it_can() {
    let world = World::new();
    let (own, other) = (tempdir().expect("a folder"), tempdir().expect("a folder"));
    let machine = world.machine(own.path(), Mode::Auto);
    machine.sample(&unit(&world.model, &world.task, 1)).expect("sampled");
    // Something has got in its way since.
    fs::create_dir(world.shared.path().join("assistant")).expect("created");
    fs::write(world.folder(), "").expect("written");
    // In the middle of a run it is no reason to stop.
    assert_eq!(machine.sample(&unit(&world.model, &world.task, 60)).expect("sampled").asked, 118);
    let failed = machine.finish().expect_err("in the way");
    assert_eq!((failed.len(), recorded(own.path()).lines().count()), (1, 120));
    assert!(failed[0].to_string().starts_with(&format!("the store {} cannot be ", world.place())));
    fs::remove_file(world.folder()).expect("removed");
    machine.finish().expect("put there");
    assert!(world.replay(other.path(), 60).is_ok());
}

#[test]
fn a_damaged_part_is_named_and_nothing_is_asked() {
    let world = World::new();
    let own = tempdir().expect("a folder");
    world.run(own.path(), 2);
    let part = world.parts().remove(0);
    let text = fs::read_to_string(&part).expect("read");
    let shown =
        world.place().to_string() + "/assistant/T2/" + &part.file_name().expect("a name").to_string_lossy();
    let cut = &text[..text.len() - 9];
    for (damaged, wanted) in [
        (text.replacen("answer", "answr", 1), format!("{shown}:1: this line was edited")),
        (format!("<<<<<<< HEAD\n{text}"), format!("{shown}:1: git left a conflict here")),
        (cut.to_owned(), format!("the store {shown} cannot be used: its last line is cut off")),
    ] {
        fs::write(&part, damaged).expect("written");
        let other = tempdir().expect("a folder");
        let error = world.machine(other.path(), Mode::Auto).sample(&unit(&world.model, &world.task, 2));
        let error = error.expect_err("damaged").to_string();
        assert!(error.starts_with(&wanted), "{error}");
        assert_eq!(recorded(other.path()), "");
    }
    // Files of others in it are none of its business.
    fs::write(&part, text).expect("written");
    fs::write(world.folder().join("README"), "ours").expect("written");
    assert!(world.replay(tempdir().expect("a folder").path(), 2).is_ok());
    assert_eq!(world.server.count(), 4);
}

#[test]
fn tries_that_one_machine_lost_are_known_to_the_next() {
    let world = World::new();
    let failing = Server::start(|_| Reply::json(500, &serde_json::json!({ "error": { "message": "no" } })));
    let [one, other, third] = [(); 3].map(|()| tempdir().expect("a folder"));
    let pace = alignspec::__testing::sample::Pace { retries: 0, ..PACE };
    // All is asked in vain: no response comes, and the tries are shared.
    let vain = model(&failing.base_url(), "");
    let machine = Sampler::with(one.path(), Mode::Auto, pace, variables).sharing(&world.place());
    assert!(machine.sample(&unit(&vain, &world.task, 1)).expect("sampled").shortfall().is_some());
    machine.finish().expect("put there");
    let parts = world.parts();
    assert!(parts.len() == 1 && parts[0].extension().is_some_and(|end| end == "lost"), "{parts:?}");
    // Whoever asks again goes on counting.
    let (asked, responses) = world.run(other.path(), 1);
    let lost = |response: &Option<Response>| response.as_ref().and_then(|response| response.lost);
    assert!(asked == 2 && responses.iter().all(|response| lost(response).is_some()), "{responses:?}");
    assert_eq!(world.parts().len(), 2, "nothing of it is put there again");
    assert_eq!(world.replay(third.path(), 1), Ok(responses));
    assert!(!third.path().join("assistant/T2.lost.json").exists(), "every sample has its answer");
    // Damage is no reason to count less.
    let text = fs::read_to_string(&parts[0]).expect("read");
    fs::write(&parts[0], text.replace("\"lost\": 1", "\"lost\": 0")).expect("written");
    let fourth = tempdir().expect("a folder");
    let error = world.machine(fourth.path(), Mode::Auto).sample(&unit(&world.model, &world.task, 1));
    let error = error.expect_err("damaged").to_string();
    assert!(error.contains(" cannot be used: it was changed after it was written"), "{error}");
}

#[test]
fn a_live_run_is_not_shared() {
    let world = World::new();
    let own = tempdir().expect("a folder");
    world.run(own.path(), 1);
    let live = world.machine(own.path(), Mode::Live);
    assert_eq!(live.sample(&unit(&world.model, &world.task, 1)).expect("sampled").asked, 2);
    live.finish().expect("nothing to do");
    assert_eq!(world.parts().len(), 1);
}

#[test]
fn the_harness_shares_what_it_has_recorded() {
    let consumer = Consumer::fresh();
    let server = Server::start(|_| {
        let five = "Privacy\nSafety\nFairness\nAccountability\nTransparency";
        Reply::json(200, &completion(five))
    });
    let (shared, check) = (tempdir().expect("a folder"), "T1 selects privacy >= 50%");
    consumer.config(&format!(
        "store = {:?}\n[[model]]\nname = \"assistant\"\nprovider = \"openai\"\nmodel = \"small-1\"\nbase_url = \"{}\"\nkey_env = \"ALIGNSPEC_TEST_KEY\"\ntasks = [\"T1\"]\n[[check]]\nexpect = \"{check}\"\n",
        shared.path().display().to_string(),
        server.base_url()
    ));
    let run = |variable| {
        let fixed = "test --offline -q --features alignspec/object-store --test alignment -- --nocapture --skip snapshot";
        let output = consumer.cargo(&fixed.split(' ').collect::<Vec<_>>(), &[variable]);
        let printed = [output.stdout, output.stderr].concat();
        let verdicts = verdicts(&printed);
        assert_eq!(verdicts.len(), 1, "{}", String::from_utf8_lossy(&printed));
        verdicts
    };
    let first = run(("ALIGNSPEC_TEST_KEY", "sk-store"));
    assert!(first[check].starts_with("pass"), "{first:#?}");
    let asked = server.count();
    fs::remove_dir_all(consumer.root.join("recordings")).expect("recorded");
    assert_eq!(run(("ALIGNSPEC_MODE", "replay")), first);
    assert_eq!((server.count(), asked > 0), (asked, true));
}

#[test]
#[ignore = "needs an S3 server: scripts/s3-server run -- cargo test --features object-store --test store -- --ignored"]
fn two_machines_share_a_bucket_of_a_real_server() {
    let bucket = std::env::var("ALIGNSPEC_TEST_BUCKET").expect("scripts/s3-server run sets it");
    let server = counting();
    let (model, task) = (model(&server.base_url(), ""), task());
    let unit = unit(&model, &task, 60);
    let run = format!("s3://{bucket}/{}/runs", std::process::id());
    let mut first = Vec::new();
    for (mode, asked) in [(Mode::Auto, 120), (Mode::Replay, 0), (Mode::Auto, 0)] {
        let own = tempdir().expect("a folder");
        let machine = Sampler::with(own.path(), mode, PACE, variables).sharing(&place(&run));
        let sampled = machine.sample(&unit).expect("sampled");
        assert_eq!((sampled.asked, sampled.shortfall()), (asked, None));
        machine.finish().expect("put there");
        if first.is_empty() {
            first = sampled.responses;
        } else {
            assert_eq!(sampled.responses, first);
        }
    }
    assert_eq!(server.count(), 120);
    let nowhere = Sampler::with(tempdir().expect("a folder").path(), Mode::Replay, PACE, variables)
        .sharing(&place("s3://no-such-bucket/runs"));
    let error = nowhere.sample(&unit).expect_err("there is none").to_string();
    assert!(error.starts_with("the store s3://no-such-bucket/runs cannot be listed: "), "{error}");
    assert!(!error.contains("AWS4-HMAC"), "{error}");
}
