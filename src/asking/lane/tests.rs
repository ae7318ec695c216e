//! Tests what a lane allows, with times that each test passes in.

use super::*;
use crate::provider::Window;

fn lane(most: usize, retries: usize) -> Arc<Lane> {
    let (limit, pause) = (Duration::from_secs(1), Duration::from_millis(500));
    Lane::new("m", &Pace { concurrency: most, limit, retries, pause }, None)
}

fn start(lane: &Arc<Lane>, mine: usize, now: Instant) -> Option<Ticket> {
    match lane.turn(mine, now) {
        Admission::Now(ticket) => {
            ticket.sent();
            Some(ticket)
        }
        _ => None,
    }
}

/// Starts as many requests as may start now.
fn fill(lane: &Arc<Lane>, now: Instant) -> Vec<Ticket> {
    let mut tickets = Vec::new();
    while let Some(ticket) = start(lane, tickets.len(), now) {
        tickets.push(ticket);
    }
    tickets
}

fn status(status: u16, retry_after: Option<u64>) -> AskError {
    let retry_after = retry_after.map(Duration::from_secs);
    let (server, message) = ("s".to_owned(), "no".to_owned());
    AskError::Status { server, status, message, retry_after, exhausted: false }
}

fn answer(lane: &Lane, ticket: Ticket, now: Instant) {
    lane.answered(ticket, &Limits::default(), None, None, now);
}

/// This long after a failure, all of a lane's first pauses are over.
const A_WHILE: Duration = Duration::from_secs(15);

#[test]
fn the_window_doubles_each_round_up_to_what_is_allowed() {
    let (lane, now) = (lane(64, 4), Instant::now());
    let _unit = lane.enter(1000);
    let mut rounds = Vec::new();
    for _ in 0..4 {
        let tickets = fill(&lane, now);
        rounds.push(tickets.len());
        tickets.into_iter().for_each(|ticket| answer(&lane, ticket, now));
    }
    assert_eq!(rounds, [32, 64, 64, 64]);
}

#[test]
fn a_lone_refusal_is_its_questions_own_and_a_burst_holds_the_lane_as_long_as_asked() {
    let (lane, now) = (lane(16, 4), Instant::now());
    let _unit = lane.enter(1000);
    let tickets = fill(&lane, now);
    assert_eq!(tickets.len(), 8);
    let refuse = |ticket| lane.failed(ticket, &status(429, Some(10)), 0, now);
    let nexts: Vec<AfterFailure> = tickets.into_iter().map(refuse).collect();
    // Requests that are not back yet may be answered. Only the last one shows that none was.
    let (last, alone) = nexts.split_last().expect("eight");
    let ten = Some(Duration::from_secs(10));
    assert!(alone.iter().all(|next| matches!(next, AfterFailure::Alone { asked, .. } if *asked == ten)));
    assert_eq!(*last, AfterFailure::Held);
    assert!(start(&lane, 0, now + Duration::from_secs(9)).is_none());
    let (waits, left) = lane.status(now).waiting.expect("it waits");
    assert!(waits.contains("429") && left >= Duration::from_secs(10) && left <= Duration::from_secs(11));
    // One request finds out whether it is over, and then four may go.
    let later = now + Duration::from_secs(12);
    let mut probe = fill(&lane, later);
    assert_eq!(probe.len(), 1);
    answer(&lane, probe.remove(0), later);
    assert_eq!(fill(&lane, later).len(), 4);
}

#[test]
fn few_are_on_their_way_of_which_it_is_not_known_yet_whether_they_are_refused() {
    let (lane, now) = (lane(64, 4), Instant::now());
    let _unit = lane.enter(1000);
    let tickets = fill(&lane, now);
    assert_eq!(tickets.len(), 32);
    let later = now + Duration::from_millis(100);
    tickets.into_iter().for_each(|ticket| answer(&lane, ticket, later));
    // At 64 per 100 ms, 6.4 start in the tenth of that after which a refusal is probably back. Twice as many
    // may be in flight.
    let first = fill(&lane, later);
    assert_eq!(first.len(), 13);
    let then = later + Duration::from_millis(10);
    let Admission::Later(Some(moment)) = lane.turn(13, later) else { panic!("it waits") };
    assert_eq!(moment, then);
    let mut second = Vec::new();
    while let Some(ticket) = start(&lane, first.len() + second.len(), then) {
        second.push(ticket);
    }
    assert_eq!(second.len(), 13);
}

#[test]
fn answers_to_what_had_started_before_do_not_hide_an_outage() {
    let (lane, mut now) = (lane(64, 4), Instant::now());
    let _unit = lane.enter(1000);
    let mut before = fill(&lane, now);
    now += Duration::from_millis(50);
    let mut own = 0;
    loop {
        answer(&lane, before.pop().expect("one that had started"), now);
        now += Duration::from_millis(5);
        let ticket = start(&lane, 0, now).expect("a turn");
        match lane.failed(ticket, &status(500, None), own, now) {
            AfterFailure::Own { .. } => own += 1,
            next => break assert_eq!(next, AfterFailure::Held),
        }
    }
    assert!((3..8).contains(&own), "{own}");
}

#[test]
fn a_refused_request_leaves_its_place_empty_until_an_answer_comes() {
    let (lane, now) = (lane(8, 4), Instant::now());
    let _unit = lane.enter(1000);
    let mut tickets = fill(&lane, now);
    lane.failed(tickets.remove(0), &status(429, Some(10)), 0, now);
    assert!(start(&lane, 0, now).is_none());
    answer(&lane, tickets.remove(0), now);
    let more = fill(&lane, now);
    assert_eq!(more.len(), 2);
    // If no answer comes, the place stays empty for a moment.
    lane.failed(tickets.remove(0), &status(429, Some(10)), 0, now);
    assert!(start(&lane, 0, now).is_none() && start(&lane, 0, now + Duration::from_secs(1)).is_some());
}

#[test]
fn an_outage_is_tried_by_one_request_at_a_time_and_costs_no_tries() {
    let (lane, mut now) = (lane(16, 3), Instant::now());
    let _unit = lane.enter(1000);
    answer(&lane, start(&lane, 0, now).expect("a turn"), now);
    let mut tickets = fill(&lane, now).into_iter();
    let fail = |ticket, now| lane.failed(ticket, &status(500, None), 0, now);
    let own: Vec<AfterFailure> = tickets.by_ref().take(3).map(|ticket| fail(ticket, now)).collect();
    assert!(own.iter().all(|next| matches!(next, AfterFailure::Own { .. })));
    // The fourth failure in a row closes the lane, for all in flight.
    assert!(tickets.all(|ticket| fail(ticket, now) == AfterFailure::Held));
    for _ in 0..2 {
        assert!(start(&lane, 0, now).is_none());
        now += A_WHILE;
        let probes = fill(&lane, now);
        assert_eq!(probes.len(), 1);
        for probe in probes {
            assert_eq!(fail(probe, now), AfterFailure::Held);
        }
    }
    // The outage is over.
    now += A_WHILE;
    fill(&lane, now).into_iter().for_each(|probe| answer(&lane, probe, now));
    assert_eq!(fill(&lane, now).len(), 4);
}

#[test]
fn an_outage_that_lasts_ends_the_unit_and_the_next_may_try_once() {
    let (lane, mut now) = (lane(1, 2), Instant::now());
    let unit = lane.enter(10);
    answer(&lane, start(&lane, 0, now).expect("a turn"), now);
    let began = now;
    let mut tries = 0;
    let mut until_it_stops = |lane: &Arc<Lane>| loop {
        now += A_WHILE;
        let ticket = start(lane, 0, now).expect("a turn");
        tries += 1;
        if lane.failed(ticket, &status(500, None), tries, now) == AfterFailure::Stop {
            return (now, std::mem::take(&mut tries));
        }
    };
    let (ended, tries) = until_it_stops(&lane);
    // Two failures and probes for two minutes.
    assert!(ended - began >= Duration::from_secs(120) && tries == 2 + 1 + 120 / 15, "{tries}");
    drop(unit);
    assert_eq!(lane.status(Instant::now()).failed, 10);
    let _unit = lane.enter(10);
    assert_eq!(until_it_stops(&lane).1, 1);
}

#[test]
fn a_question_that_fails_by_itself_is_not_tried_as_long_as_a_server() {
    let (lane, mut now) = (lane(1, 4), Instant::now());
    let _unit = lane.enter(1);
    answer(&lane, start(&lane, 0, now).expect("a turn"), now);
    let began = now;
    loop {
        now += A_WHILE;
        let ticket = start(&lane, 0, now).expect("a turn");
        if lane.failed(ticket, &status(500, None), 7, now) == AfterFailure::Stop {
            break;
        }
    }
    assert!(now - began < Duration::from_secs(90), "{:?}", now - began);
}

#[test]
fn what_was_never_up_is_given_up_sooner() {
    let (lane, mut now) = (lane(8, 4), Instant::now());
    let _unit = lane.enter(100);
    let began = now;
    for place in 0.. {
        now += Duration::from_secs(5);
        let ticket = start(&lane, 0, now).expect("a turn");
        if lane.failed(ticket, &status(500, None), place, now) == AfterFailure::Stop {
            break;
        }
    }
    assert!(now - began < Duration::from_secs(45), "{:?}", now - began);
}

#[test]
fn what_will_not_pass_stops_the_model_for_good() {
    let (lane, now) = (lane(8, 4), Instant::now());
    let _unit = lane.enter(10);
    let ticket = start(&lane, 0, now).expect("a turn");
    assert_eq!(lane.failed(ticket, &status(401, None), 0, now), AfterFailure::Stop);
    assert!(matches!(lane.turn(0, now), Admission::Never(error) if error == status(401, None)));
}

#[test]
fn units_share_the_window() {
    let (lane, now) = (lane(8, 4), Instant::now());
    let _units = [lane.enter(10), lane.enter(10)];
    assert_eq!(fill(&lane, now).len(), 4);
    let all: Vec<Ticket> = std::iter::from_fn(|| start(&lane, 0, now)).collect();
    assert_eq!(all.len(), 8);
}

#[test]
fn who_only_waits_leaves_the_window_to_the_others() {
    let (lane, now) = (lane(8, 4), Instant::now());
    let (mut one, _other) = (lane.enter(1), lane.enter(10));
    let _waits_for = start(&lane, 0, now).expect("a turn");
    one.asks(false);
    let others = fill(&lane, now);
    assert_eq!(others.len(), 7);
    one.asks(true);
    assert!(start(&lane, 6, now).is_none());
    drop(others);
    assert_eq!(fill(&lane, now).len(), 4);
    one.asks(false);
    drop(one);
    assert_eq!(fill(&lane, now).len(), 7);
}

#[test]
fn what_the_headers_leave_is_not_overdrawn() {
    let (lane, now) = (lane(8, 4), Instant::now());
    let _unit = lane.enter(10);
    let minute = Duration::from_secs(60);
    let limits = |remaining| {
        let window = Window { limit: Some(60.0), remaining, reset: minute };
        Limits { requests: Some(window), tokens: None }
    };
    let mut tickets = fill(&lane, now).into_iter();
    let first = tickets.next().expect("a ticket");
    lane.answered(first, &limits(30.0), None, None, now);
    assert!(start(&lane, 7, now).is_some());
    // Seven are in flight and six are left: one of sixty takes a second to come back.
    lane.answered(tickets.next().expect("a ticket"), &limits(6.0), None, None, now);
    let (why, wait) = lane.status(now).waiting.expect("it waits");
    assert!(why.contains("limit per minute") && wait < 3 * Duration::from_secs(1), "{wait:?}");
    assert_eq!(lane.status(now).limit_used, Some(0.9));
}

#[test]
fn who_asks_for_no_wait_again_and_again_is_asked_ever_more_seldom() {
    let (lane, mut now) = (lane(8, 4), Instant::now());
    let _unit = lane.enter(10);
    for ticket in fill(&lane, now) {
        lane.failed(ticket, &status(429, Some(0)), 0, now);
    }
    let mut refuse = || {
        let ticket = start(&lane, 0, now).expect("a turn");
        assert_eq!(lane.failed(ticket, &status(429, Some(0)), 0, now), AfterFailure::Held);
        let wait = lane.status(now).waiting.map_or(Duration::ZERO, |(_, wait)| wait);
        now += wait + Duration::from_millis(1);
        wait
    };
    // The first wait is as short as the server asked, since it may be right.
    let waits: Vec<Duration> = (0..20).map(|_| refuse()).collect();
    assert!(waits[0] < Duration::from_millis(200) && waits[19] > Duration::from_secs(1), "{waits:?}");
}

#[test]
fn what_else_holds_it_is_looked_at_again_when_something_lands_but_a_servers_wait_is_kept() {
    let (lane, now) = (lane(8, 4), Instant::now());
    let _unit = lane.enter(10);
    let mut tickets = fill(&lane, now);
    let (soon, late) = (Duration::from_secs(10), Duration::from_secs(60));
    lane.waits(now + late, "requests_per_minute = 1");
    assert!(start(&lane, 0, now + soon).is_none());
    assert_eq!(lane.status(now).waiting, Some(("requests_per_minute = 1".to_owned(), late)));
    answer(&lane, tickets.remove(0), now);
    assert!(matches!(lane.turn(0, now), Admission::Now(_)));
    let last = tickets.remove(0);
    for ticket in tickets {
        lane.failed(ticket, &status(429, Some(10)), 0, now);
    }
    lane.waits(now + late, "requests_per_minute = 1");
    // It had started before the lane was closed.
    answer(&lane, last, now);
    assert!(start(&lane, 0, now + soon - Duration::from_millis(1)).is_none());
    assert!(start(&lane, 0, now + late).is_some());
}

#[test]
fn headers_of_any_size_do_no_harm() {
    let (lane, now) = (lane(8, 4), Instant::now());
    let _unit = lane.enter(10);
    let numbers = [0.0, f64::MIN_POSITIVE, 1.0, 1e18, f64::MAX];
    for limit in numbers.into_iter().chain([-1.0, f64::MIN]).map(Some).chain([None]) {
        for remaining in numbers {
            for reset in [Duration::ZERO, Duration::from_secs(1), Duration::MAX] {
                let window = Some(Window { limit, remaining, reset });
                let later = now + LONGEST_WAIT * 2;
                let ticket = start(&lane, 0, later).expect("a turn");
                let limits = Limits { requests: window, tokens: window };
                lane.answered(ticket, &limits, Some(10_000_000), Some(u64::MAX), now);
                let wait = lane.status(now).waiting.map_or(Duration::ZERO, |(_, wait)| wait);
                assert!(wait <= LONGEST_WAIT, "{window:?}: {wait:?}");
                let used = lane.status(now).limit_used;
                assert!(used.is_none_or(|used| (0.0..=1.0).contains(&used)), "{window:?}: {used:?}");
            }
        }
    }
}
