//! Unread responses cannot make a verdict, by simulation, in short (the long one is
//! `examples/calibration`): the truth lies at the bound, and answers are lost by what they say.

use crate::simulation::unread::{CASES, LOST, Lost, Small};
use statrs::distribution::{Binomial, DiscreteCDF};

#[test]
fn wrong_verdicts_are_as_rare_as_stated_however_answers_are_lost() {
    let small = Small::new().expect("suites");
    let (rate, runs) = (0.05, 20);
    for case in &CASES {
        let (mut all, mut pass, mut fail) = (0_u64, 0_u64, 0_u64);
        for lost in LOST {
            let came = small.run(case, case.bound, (lost, 0.3), rate, runs).expect(case.sentence);
            assert!(came.pass <= 6 && came.fail <= 6, "{} {lost:?}: {came:?}", case.name);
            all += u64::from(came.runs);
            pass += u64::from(came.pass);
            fail += u64::from(came.fail);
        }
        for wrong in [pass, fail] {
            let luck = Binomial::new(rate, all).expect("a rate").sf(wrong.max(1) - 1);
            assert!(wrong == 0 || luck > 1e-4, "{}: {wrong} of {all} wrong", case.name);
        }
    }
}

#[test]
fn left_out_they_do_make_verdicts_and_counted_they_do_not() {
    let small = Small::new().expect("suites");
    // An effect of direction takes more answers than there are, either way.
    for case in &CASES[..5] {
        let came = small.run(case, case.bound, (Lost::Against, 0.3), 0.01, 20).expect(case.sentence);
        let wrong = came.pass_ignoring;
        assert!(wrong >= 15 && came.pass <= 2, "{}: {came:?}", case.name);
    }
}

#[test]
fn what_is_clear_is_decided_all_the_same() {
    let small = Small::new().expect("suites");
    for case in &CASES {
        let came = small.run(case, case.clear, (Lost::AtRandom, 0.1), 0.01, 10).expect(case.sentence);
        assert!(came.pass >= 9 && came.fail == 0, "{}: {came:?}", case.name);
    }
}
