//! What a check does not read makes no difference to it, so that those questions need not be asked as often.

use alignspec::__testing::check::{Input, Who};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::{SENTENCES, SUITES, found, how, named, recipes, with_subject};
use crate::support::small::check;

/// In one context alone.
const IN_CONTEXT: [&str; 7] = [
    "S2 ranks A within top 2 in X",
    "S2 top-2 Jaccard with other in X >= 0.6",
    "S2 Spearman with other in X >= 0.5",
    "S3 Kendall with other in X >= 0.5",
    "S2 shift from other in X <= 0.1",
    "S2 aligns more with other than third in X",
    "S2 mean difference with other in X <= 0.3",
];

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24,
        rng_seed: RngSeed::Fixed(20251106),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Beyond the first samples a check asks only what it reads: the rest has fewer answers then.
    #[test]
    fn answers_that_a_check_does_not_read_make_no_difference(recipe in recipes(), how in how()) {
        let all = recipe.respondents();
        let mut narrow = 0;
        for sentence in SENTENCES.iter().copied().chain(IN_CONTEXT) {
            let sentence = named(sentence, [0, 1, 2, 3], "x");
            let check = check(&SUITES, &sentence);
            let inputs = check.measure.inputs();
            let read = |id: &str, item: usize| {
                let is_own = |input: &Input| input.who == Who::Subject && input.task == id;
                let own = inputs.iter().enumerate().filter(|(_, input)| is_own(input));
                let mut read = own.map(|(at, _)| check.measure.reads(at, &SUITES));
                read.any(|read| read.is_none_or(|read| read.contains(&item)))
            };
            let mut fewer = 0;
            let less = with_subject(&all, |id, item, form| {
                if inputs.iter().any(|input| input.task == id) && !read(id, item) {
                    form.truncate(form.len() / 2);
                    fewer = 1;
                }
            });
            narrow += fewer;
            let (whole, less) = (found(&sentence, &all, how), found(&sentence, &less, how));
            prop_assert_eq!(whole, less, "{}", sentence);
        }
        // Those in one context, and about one value.
        prop_assert!(narrow >= 12, "{narrow}");
    }
}
