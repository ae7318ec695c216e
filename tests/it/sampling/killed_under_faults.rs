//! Killing recorders while the server fails, two of them at once on the same folder: no answer is lost but what was
//! in flight, and none is recorded twice. `ALIGNSPEC_TEST_KILLS=100` makes it longer.

use std::io::Read;
use std::process::Child;
use std::sync::mpsc::{self, Sender};

use crate::support::failing::{Failing, News, a_moment};
use crate::support::server::Server;
use crate::support::{Recorder, model, recorded, sampler, task, unit};
use alignspec::__testing::sample::Mode;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use tempfile::tempdir;

const CONCURRENCY: usize = 8;

fn start(recorder: &Recorder, number: usize, tell: &Sender<News>) -> Child {
    let mut child = recorder.command("sampling::recorder_killed::recorder").spawn().expect("started");
    let (mut output, tell) = (child.stdout.take().expect("piped"), tell.clone());
    std::thread::spawn(move || {
        // Ends when the recorder does.
        output.read_to_string(&mut String::new()).ok();
        tell.send(News::Ended(number)).ok();
    });
    child
}

#[test]
fn two_recorders_that_are_killed_while_a_server_fails_lose_and_double_nothing() {
    let kills: usize = std::env::var("ALIGNSPEC_TEST_KILLS").map_or(12, |n| n.parse().expect("a number"));
    // Per item, of which there are two: more than are answered before the last kill.
    let samples = u32::try_from(12 * kills).expect("not so many");
    let needed = 2 * samples as usize;
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let (tell, told) = mpsc::channel();
    let failing = Failing::new(&tell);
    let served = failing.clone();
    let server = Server::start(move |request| served.reply(request, "Very important"));
    let folder = tempdir().expect("a folder");
    let recorder = Recorder {
        base_url: server.base_url(),
        folder: folder.path().to_owned(),
        samples,
        concurrency: CONCURRENCY,
    };
    let mut children = [0, 1].map(|number| start(&recorder, number, &tell));
    let (mut killed, mut finished, mut tries) = (0, [false; 2], 0);
    failing.kill_after(Some(rng.random_range(0..2 * CONCURRENCY)));
    while finished != [true; 2] {
        match told.recv().expect("one of them tells") {
            News::Now => {
                a_moment(&mut rng);
                // The one that waits for the other's lock is killed as well.
                let number = rng.random_range(0..2);
                children[number].kill().ok();
                killed += 1;
                let more = rng.random_range(0..2 * CONCURRENCY);
                failing.kill_after((killed < kills).then_some(more));
            }
            News::Ended(number) => {
                finished[number] = children[number].wait().expect("ended").success();
                if !finished[number] {
                    // Killed, or a question has used up its tries: the same command goes on.
                    tries += 1;
                    assert!(tries < 20 * kills, "they never finish");
                    children[number] = start(&recorder, number, &tell);
                }
            }
        }
    }
    assert_eq!(killed, kills, "all was recorded before the last kill");
    let (lines, answers) = (recorded(folder.path()).matches('\n').count(), failing.answers());
    assert_eq!(lines, needed, "every sample is recorded once");
    let (model, task) = (model(&server.base_url(), ""), task());
    let replayed = sampler(folder.path(), Mode::Replay).sample(&unit(&model, &task, samples));
    let replayed = replayed.expect("an undamaged recording");
    assert_eq!((replayed.shortfall(), replayed.unused), (None, 0), "nothing is lost or there twice");
    let lost = answers - needed;
    println!("{kills} kills, {tries} starts more, {answers} answers for {needed} samples");
    assert!(lost <= kills * CONCURRENCY, "{lost} answers lost in {kills} kills");
}
