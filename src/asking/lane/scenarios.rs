//! Tests how a lane copes with each kind of server, by a simulated clock: how long it takes for all answers,
//! compared with the shortest possible time, and how many requests it needs.

use super::servers::{self, Bucket, no, told, yes};
use super::simulation::{Arrival, LATENCY, ServerRules, SimulatedResult, SimulatedWork, roll, run, status};

const MANY: usize = 1_400;
const ABREAST: usize = 64;
const PLAIN: f64 = LATENCY * MANY as f64 / ABREAST as f64;

/// Runs a scenario, prints its result, and checks that nothing is lost.
fn all(name: &str, questions: usize, abreast: usize, rules: ServerRules<'_>) -> SimulatedResult {
    let came = run(SimulatedWork::new(questions, abreast), rules);
    let extra = 100.0 * came.extra(questions);
    eprintln!(
        "{name}: {:.2} s, {} requests ({extra:.1} % extra), {} lost",
        came.took, came.requests, came.lost
    );
    assert_eq!((came.lost, came.stopped), (0, false), "{name}");
    came
}

#[test]
fn without_faults_it_is_as_fast_as_allowed() {
    let came = all("no faults", MANY, ABREAST, &mut |_| yes());
    assert!(came.took < 1.15 * PLAIN && came.requests == MANY as u64);
}

#[test]
fn a_lone_refusal_holds_its_own_question_only() {
    let mut refused = None;
    let came = all("one 429", MANY, ABREAST, &mut |arrival: &Arrival| match arrival.number {
        300 => {
            refused = Some(arrival.place);
            no(Some(5.0))
        }
        _ => yes(),
    });
    // All others have gone meanwhile, and the refused one has waited as long as the server asked.
    let (last, before) = (came.starts[MANY], came.starts[MANY - 1]);
    assert!(refused.is_some() && last > 5.0 && last < 5.5 && before < 1.2 * PLAIN, "{last} {before}");
}

#[test]
fn a_burst_holds_the_lane_as_long_as_asked() {
    let shut = |since: f64| (0.4..3.4).contains(&since);
    let came = all("burst", MANY, ABREAST, &mut |arrival: &Arrival| match shut(arrival.since) {
        true => no(Some(3.0)),
        false => yes(),
    });
    let during = came.starts.iter().filter(|start| (0.5..3.4).contains(*start)).count();
    assert!(during <= 3 && came.took < 1.5 * (3.0 + PLAIN) && came.extra(MANY) < 0.05, "{during}");
}

#[test]
fn a_steady_share_of_refusals_slows_nothing() {
    for share in [0.02, 0.1, 0.2] {
        let mut refusals = 0;
        let came = all("steady share", 20 * MANY, ABREAST, &mut |arrival: &Arrival| {
            let refuses = roll(arrival.number) < share;
            refusals += u64::from(refuses);
            if refuses { no(Some(1.0)) } else { yes() }
        });
        assert_eq!(came.requests, 20 * MANY as u64 + refusals);
        let busy = 20.0 * PLAIN / (1.0 - share);
        assert!(came.took < 1.15 * busy + 6.0, "{share}: {} against {busy}", came.took);
    }
}

#[test]
fn a_busy_server_that_asks_for_a_short_wait_is_seldom_taken_for_a_full_one() {
    let ideal = PLAIN + 0.2;
    let late = (0..200_u64).filter(|run| {
        let came = all("short wait", MANY, ABREAST, &mut |arrival: &Arrival| {
            if roll(arrival.number + run * 100_000) < 0.1 { no(Some(0.2)) } else { yes() }
        });
        came.took > 1.5 * ideal
    });
    let late = late.count();
    assert!(late <= 12, "{late} of 200 runs took more than 1.5 of the ideal time");
}

#[test]
fn a_rate_is_found_and_kept() {
    for (rate, burst, retry_after) in
        [(100.0, 50.0, Some(1.0)), (100.0, 50.0, None), (300.0, 30.0, Some(1.0)), (20.0, 20.0, Some(0.2))]
    {
        let came = all("rate", MANY, ABREAST, &mut *servers::bucket(rate, burst, retry_after));
        let ideal = (MANY as f64 - burst) / rate;
        assert!(came.took < 1.2 * ideal + 1.0, "{rate}, {burst}: {} against {ideal}", came.took);
        // Some guesses are too high, so the lane closes once more.
        assert!(came.extra(MANY) < 0.15, "{rate}, {burst}: {}", came.extra(MANY));
    }
}

#[test]
fn a_cap_on_what_is_in_flight_is_found_and_kept() {
    for retry_after in [None, Some(0.0)] {
        let came = all("cap", MANY, ABREAST, &mut *servers::cap(8, retry_after));
        assert!(came.took < 1.3 * LATENCY * MANY as f64 / 8.0, "{}", came.took);
        // A server that asks for no wait is believed at first, sometimes several times in a row.
        let extra = if retry_after.is_some() { 0.3 } else { 0.05 };
        assert!(came.extra(MANY) < extra, "{}", came.extra(MANY));
    }
}

#[test]
fn a_window_that_no_header_tells_of_is_waited_out() {
    for (quota, window) in [(20, 10.0), (20, 60.0), (200, 60.0)] {
        let came = all("window", 3 * quota, 16, &mut *servers::windows(quota as u32, window, 0.0, None));
        assert!(came.took < 1.2 * 2.0 * window, "{quota} in {window}: {}", came.took);
    }
}

#[test]
fn an_outage_and_a_slow_start_are_sat_out_by_one_request_at_a_time() {
    let came = all("outage", MANY, ABREAST, &mut *servers::outage(0.4, 5.4, status(500, None)));
    let during = came.starts.iter().filter(|start| (0.5..5.4).contains(*start)).count();
    assert!(during < 15 && came.took < 1.5 * (5.0 + PLAIN), "{during}");
    let came = all("slow start", MANY, ABREAST, &mut *servers::outage(0.0, 10.0, status(429, None)));
    assert!(came.took < 1.5 * (10.0 + PLAIN) && came.extra(MANY) < 0.05);
}

#[test]
fn it_is_tried_for_two_minutes_and_no_longer() {
    for questions in [1, 5, MANY] {
        let came = run(SimulatedWork::new(questions, ABREAST), &mut |_| no(None));
        eprintln!("{questions}: {:.1} s, {} requests", came.took, came.requests);
        assert!(came.stopped && came.took > 120.0 && came.took < 140.0, "{}", came.took);
        assert!(came.requests < 100, "{}", came.requests);
    }
    // The server opens just in time.
    all("open after 119 s", MANY, ABREAST, &mut *servers::outage(0.0, 119.0, status(429, None)));
}

#[test]
fn told_limits_are_kept_whether_they_refill_steadily_or_at_once() {
    let mut bucket = Bucket::new(60.0, 300.0);
    let came = all("told bucket", MANY, ABREAST, &mut |arrival: &Arrival| match bucket.take(arrival.since) {
        true => told(300.0, bucket.tokens.floor(), (300.0 - bucket.tokens) / 60.0),
        false => no(Some(1.0)),
    });
    assert!(came.took < 1.2 * 1100.0 / 60.0 && came.extra(MANY) < 0.05, "{}", came.took);
    let (mut current, mut used) = (0, 0.0);
    let came = all("told window", 1_000, ABREAST, &mut |arrival: &Arrival| {
        let index = (arrival.since / 5.0) as usize;
        if index != current {
            (current, used) = (index, 0.0);
        }
        let reset = 5.0 * (index + 1) as f64 - arrival.since;
        used += 1.0;
        if used <= 200.0 { told(200.0, 200.0 - used, reset) } else { no(Some(reset.ceil())) }
    });
    assert!(came.took < 1.2 * 20.0 && came.extra(1_000) < 0.05, "{}", came.took);
}
