//! Tests many sizes of each kind of server, so that the lane's numbers do not only fit one.
//!
//! `extra` is how many requests may be refused: some until the lane knows of a limit, and then one in twenty.
//! There are more if another job takes requests in lumps as large as what is saved up. A window that nothing
//! reports is found by pauses that grow by a third, which is more than one in twenty if the window is small.

use super::servers::{self, SimulatedServer};
use super::simulation::{SimulatedWork, run, status};

/// A server and what it is asked. `ideal` is the shortest possible time in seconds, `ratio` how many times as
/// long it may take, and `extra` how many requests may be refused.
struct Variant {
    name: String,
    work: SimulatedWork,
    ideal: f64,
    ratio: f64,
    extra: f64,
    server: Box<dyn Fn() -> SimulatedServer>,
}

/// Half of the allowed requests start at once before a limit is known, and some more before it is certain.
const AT_FIRST: f64 = 48.0;

/// How often each variant is tried: pauses are drawn at random, and what counts is the usual run and not one of bad luck.
const TRIES: usize = 9;

fn check(variants: Vec<Variant>) {
    for Variant { name, work, ideal, ratio, extra, server } in variants {
        let (mut took, mut vain) = (Vec::new(), Vec::new());
        for _ in 0..TRIES {
            let came = run(work, &mut *server());
            assert_eq!((came.lost, came.stopped), (0, false), "{name}");
            took.push(came.took);
            vain.push(came.requests - work.questions as u64);
        }
        took.sort_by(f64::total_cmp);
        vain.sort_unstable();
        let (took, vain) = (took[TRIES / 2], vain[TRIES / 2]);
        eprintln!("{name}: {took:.2} of {ideal:.2} s, {vain} of {} in vain", work.questions);
        assert!(took <= ratio * ideal, "{name}: {took:.2} against {ideal:.2} s");
        assert!(vain as f64 <= extra, "{name}: {vain} in vain");
    }
}

#[test]
fn rates_of_any_size_are_found() {
    let mut all = Vec::new();
    for (rate, burst, questions, latency) in [
        (100.0, 50.0, 1_400, 0.05),
        (100.0, 10.0, 1_400, 0.05),
        (20.0, 20.0, 700, 0.05),
        (20.0, 100.0, 700, 1.0),
        (400.0, 400.0, 4_000, 0.05),
        (300.0, 30.0, 1_400, 0.05),
    ] {
        for retry in [Some(1.0), None, Some(0.2)] {
            let work = SimulatedWork { questions, concurrency: 64, latency };
            let ideal = (questions as f64 - burst) / rate + latency;
            all.push(Variant {
                name: format!("bucket of {rate}/s and {burst}, retry {retry:?}, latency {latency}"),
                work,
                ideal: ideal.max(work.plain()),
                ratio: 1.5,
                extra: AT_FIRST + 0.1 * questions as f64,
                server: Box::new(move || servers::bucket(rate, burst, retry)),
            });
        }
    }
    check(all);
}

#[test]
fn what_other_jobs_leave_is_found() {
    let mut all = Vec::new();
    for (rate, burst, share, questions, latency, ratio) in [
        (100.0, 50.0, 0.5, 700, 0.05, 1.5),
        (100.0, 50.0, 0.3, 1_400, 0.05, 1.5),
        (100.0, 50.0, 0.7, 700, 0.05, 1.5),
        (30.0, 30.0, 0.5, 700, 0.05, 1.5),
        // Each wait of a second costs a third of what the server gives in that time.
        (300.0, 100.0, 0.5, 3_000, 0.05, 1.9),
        (40.0, 40.0, 0.5, 700, 1.0, 1.5),
    ] {
        for retry in [Some(1.0), None] {
            let work = SimulatedWork { questions, concurrency: 64, latency };
            all.push(Variant {
                name: format!("bucket of {rate}/s and {burst}, others take {share}, retry {retry:?}"),
                work,
                ideal: (questions as f64 - burst) / (rate * (1.0 - share)) + latency,
                ratio,
                extra: AT_FIRST + 0.35 * questions as f64,
                server: Box::new(move || servers::shared(rate, burst, share, 0.5, retry)),
            });
        }
    }
    check(all);
}

#[test]
fn windows_of_any_length_are_waited_out() {
    let mut all = Vec::new();
    for (quota, window, early, concurrency, latency) in [
        (20_u32, 10.0, 0.0, 16, 0.05),
        (20, 10.0, 7.0, 16, 0.05),
        (20, 60.0, 0.0, 16, 0.05),
        (20, 60.0, 25.0, 16, 1.0),
        (200, 60.0, 40.0, 64, 1.0),
        (50, 5.0, 0.0, 64, 0.05),
    ] {
        for windows in [3_u32, 6] {
            let work = SimulatedWork { questions: (quota * windows) as usize, concurrency, latency };
            all.push(Variant {
                name: format!("{windows} windows of {quota} in {window} s, {early} s early"),
                work,
                ideal: window * f64::from(windows - 1) - early + work.plain() / f64::from(windows),
                ratio: 1.5,
                extra: AT_FIRST / 2.0 + 8.0 * f64::from(windows),
                server: Box::new(move || servers::windows(quota, window, early, None)),
            });
        }
    }
    check(all);
}

#[test]
fn outages_of_any_length_are_sat_out() {
    let mut all = Vec::new();
    for (down, code, latency) in
        [(2.0, 500, 0.05), (5.0, 500, 0.05), (20.0, 500, 0.05), (20.0, 503, 1.0), (5.0, 529, 0.05)]
    {
        let work = SimulatedWork { questions: 1_400, concurrency: 64, latency };
        let from = 8.0 * latency;
        all.push(Variant {
            name: format!("{down} s of {code}, latency {latency}"),
            work,
            ideal: work.plain() + down,
            ratio: 1.5,
            extra: 0.05 * work.questions as f64,
            server: Box::new(move || servers::outage(from, from + down, status(code, None))),
        });
    }
    for (up, down) in [(1.0, 1.0), (2.0, 5.0)] {
        let work = SimulatedWork::new(2_800, 64);
        let ideal = work.plain() + (work.plain() / up).floor() * down;
        all.push(Variant {
            name: format!("{up} s up and {down} s of 529"),
            work,
            ideal,
            // A probe may miss a wave of a second by chance, which costs another one.
            ratio: 2.0,
            extra: 0.05 * work.questions as f64,
            server: Box::new(move || servers::waves(up, down, status(529, None))),
        });
    }
    check(all);
}

#[test]
fn caps_of_any_height_are_kept() {
    let caps = [(8, 64), (3, 16), (30, 64), (8, 8)].map(|(most, concurrency)| {
        let work = SimulatedWork::new(1_400, concurrency);
        Variant {
            name: format!("{most} at a time, of {concurrency}"),
            work,
            ideal: work.latency * work.questions as f64 / most as f64,
            ratio: 1.5,
            extra: AT_FIRST.min(0.05 * work.questions as f64),
            server: Box::new(move || servers::cap(most, None)),
        }
    });
    check(caps.into());
}

#[test]
fn busy_backends_slow_nothing_for_long() {
    let mut all = Vec::new();
    for (share, retry) in [(0.02, None), (0.1, None), (0.2, None)] {
        let work = SimulatedWork::new(5 * 1_400, 64);
        all.push(Variant {
            name: format!("{share} are refused, retry {retry:?}"),
            work,
            // A false alarm may cost some seconds.
            ideal: work.plain() / (1.0 - share) + 10.0,
            ratio: 1.5,
            extra: 1.2 * share / (1.0 - share) * work.questions as f64,
            server: Box::new(move || servers::busy(share, retry)),
        });
    }
    check(all);
}
