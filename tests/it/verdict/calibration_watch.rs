//! A short version of what `cargo run --release --example calibration -- watch` measures.

use alignspec::__testing::stats::dealing::TiltedDealings;

use crate::simulation::watches::{WatchSeries, delays, false_alarms, published, swaps};

const SEED: u64 = 7;

#[test]
fn an_unchanged_model_hardly_ever_raises_an_alarm_and_a_changed_one_soon_does() {
    let models = published();
    assert_eq!(models.len(), 23);
    // Measured: 2 of 2,000 series of 52 watches.
    assert_eq!(false_alarms(&models, 23, 8, 50, SEED), 0);
    let mut dealings = TiltedDealings::default();
    let mut found = Vec::new();
    for (before, now) in swaps(&models).iter().step_by(29) {
        let series = WatchSeries { before, now, from: 3, requests: 100, most: 8 };
        found.extend(delays(&series, 1, SEED, &mut dealings));
    }
    found.sort_unstable();
    assert!(found[found.len() / 2] <= 2, "{found:?}");
    let mut found = Vec::new();
    for before in models.iter().filter(|model| model.tasks.len() > 2) {
        let before = before.only(&["T2"]);
        let now = before.moved(0.1);
        let series = WatchSeries { before: &before, now: &now, from: 1, requests: 100, most: 10 };
        found.extend(delays(&series, 1, SEED, &mut dealings));
    }
    found.sort_unstable();
    assert!(found[found.len() / 2] <= 6, "{found:?}");
}
