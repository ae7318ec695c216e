//! The tables of watches, as docs/watch.md has them.

use alignspec::__testing::stats::dealing::TiltedDealings;

use super::watches::{RATE, WatchSeries, WatchedModel, delays, false_alarms, published, swaps};

const SEED: u64 = 20_251_106;

/// The middle of sorted numbers of watches, and the one that nine in ten reach.
fn told(delays: &[usize], most: usize) -> String {
    let at = |share: f64| {
        let place = ((delays.len() as f64 * share).ceil() as usize).clamp(1, delays.len()) - 1;
        if delays[place] == usize::MAX { format!("more than {most}") } else { delays[place].to_string() }
    };
    format!("{} ({})", at(0.5), at(0.9))
}

/// Prints all tables, with so many series of an unchanged model.
pub fn report(series: u32) {
    let models = published();
    println!("{} models\n", models.len());
    println!("nothing changed, 52 watches, rate {RATE}: series with an alarm");
    for requests in [50, 100, 200] {
        let alarms = false_alarms(&models, series, 52, requests, SEED);
        println!(
            "  {requests} requests: {alarms} of {series} ({:.2} %)",
            100.0 * f64::from(alarms) / f64::from(series)
        );
    }
    println!("\none model takes another's place: watches until the alarm, median (nine in ten)");
    for requests in [25, 50, 100] {
        for from in [1, 20] {
            swapped(&models, requests, from, 10.min(series / 20).max(3));
        }
    }
    println!(
        "\nevery rating moves by a share of answers to the level beside: watches until the alarm, median (nine in ten)"
    );
    for by in [0.05, 0.1, 0.15, 0.2, 0.3] {
        for requests in [50, 100, 200, 400] {
            shifted(&models, &["T2"], by, requests, 40.min(series / 20).max(3));
        }
    }
}

fn swapped(models: &[WatchedModel], requests: u32, from: usize, runs: u32) {
    let mut dealings = TiltedDealings::default();
    let (mut all, mut medians) = (Vec::new(), Vec::new());
    let most = from + 11;
    for (before, now) in swaps(models) {
        let series = WatchSeries { before: &before, now: &now, from, requests, most };
        let delays = delays(&series, runs, SEED, &mut dealings);
        medians.push((delays[(delays.len() - 1) / 2], before.name.clone(), now.name.clone()));
        all.extend(delays);
    }
    all.sort_unstable();
    medians.sort();
    let within = |most: usize| medians.iter().filter(|(median, ..)| *median <= most).count();
    println!(
        "  {requests} requests, from watch {from}: {}; of {} pairs, the median is 1 for {}, at most 2 for {}, at most 4 for {}; slowest {:?}",
        told(&all, 12),
        medians.len(),
        within(1),
        within(2),
        within(4),
        &medians[medians.len().saturating_sub(3)..]
    );
}

fn shifted(models: &[WatchedModel], ids: &[&str], by: f64, requests: u32, runs: u32) {
    let mut dealings = TiltedDealings::default();
    let mut all = Vec::new();
    for model in
        models.iter().filter(|model| ids.iter().all(|id| model.tasks.iter().any(|(task, _)| task.id == *id)))
    {
        let before = model.only(ids);
        let now = before.moved(by);
        let series = WatchSeries { before: &before, now: &now, from: 1, requests, most: 52 };
        all.extend(delays(&series, runs, SEED, &mut dealings));
    }
    all.sort_unstable();
    println!(
        "  {} by {by}, {requests} requests: {} of {} series",
        ids.join(" and "),
        told(&all, 52),
        all.len()
    );
}
