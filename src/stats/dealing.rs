//! How the yeses of two samples were dealt, as evidence that they come from two shares: conditional e-values.
//!
//! Of n + m answers, t say yes. If both samples come from one share, then every way to deal the yeses to the two is
//! equally likely, whatever the share is: the number w in the new sample is hypergeometric. For a tilt λ,
//!
//! ```text
//! e = exp(λ w) / E[exp(λ W) | t],   W hypergeometric
//! ```
//!
//! is not negative and has the mean 1 given t, so it is an *e-value*: by Markov's inequality it reaches 1/α with a
//! probability of at most α. It is the likelihood ratio of Fisher's noncentral hypergeometric law, in which the odds of
//! a yes in the new sample are exp(λ) times those in the old one. Nothing has to be known or guessed of the share
//! itself. Products of e-values over independent questions are e-values, and so are averages of any e-values.
//!
//! Both samples need only be exchangeable. Where each is dealt in equal parts to several forms of a question, they
//! vary less than that, which errs towards no change.
//!
//! Sources: Fisher, J. R. Stat. Soc. 98 (1935), the noncentral law; Vovk and Wang, Ann. Statist. 49 (2021), e-values and how
//! they are merged; Turner, Ly and Grünwald, J. Stat. Plan. Inference 230 (2024), e-values for k samples; Ramdas,
//! Grünwald, Vovk and Shafer, Stat. Sci. 38 (2023), the survey.

use std::collections::HashMap;

use super::fisher::Law;

/// The tilts: changes of the odds by a factor of 1.6, 3.3 and 20.
pub const TILTS: [f64; 3] = [0.5, 1.2, 3.0];

/// The natural logarithms of the e-values of one dealing: for each tilt, that the share rose and that it fell.
pub type LogEvidence = [[f64; 2]; TILTS.len()];

/// No evidence of anything.
pub const NO_EVIDENCE: LogEvidence = [[0.0; 2]; TILTS.len()];

/// The yeses in one sample, and how many answers it has.
pub type YesesOf = (u64, u64);

/// Weighs dealings, and remembers what does not depend on where the yeses went: many questions have the same numbers.
#[derive(Debug, Default)]
pub struct TiltedDealings {
    /// By the sizes of both samples and all yeses: the logarithms of the means.
    known: HashMap<[u64; 3], LogEvidence>,
}

impl TiltedDealings {
    /// The evidence that the share changed from the sample `before` to the sample `now`.
    ///
    /// There is none where a sample is empty, or all answers are yes, or none is.
    ///
    /// ```
    /// use alignspec::__testing::stats::dealing::{NO_EVIDENCE, TiltedDealings};
    /// let mut dealings = TiltedDealings::default();
    /// // 50 of 50 before and 0 of 3 now: the strongest tilt says most, and says that the share fell.
    /// let [.., [rose, fell]] = dealings.evidence((50, 50), (0, 3));
    /// assert!(fell > 7.0 && rose < -8.8);
    /// assert_eq!(dealings.evidence((50, 50), (3, 3)), NO_EVIDENCE);
    /// ```
    pub fn evidence(&mut self, before: YesesOf, now: YesesOf) -> LogEvidence {
        let ((old, n), (new, m)) = (before, now);
        let yes = old.saturating_add(new);
        if n == 0 || m == 0 || yes == 0 || yes == n.saturating_add(m) || old > n || new > m {
            return NO_EVIDENCE;
        }
        let means = *self.known.entry([n, m, yes]).or_insert_with(|| log_means(n, m, yes));
        let mut evidence = NO_EVIDENCE;
        for ((evidence, means), tilt) in evidence.iter_mut().zip(means).zip(TILTS) {
            let tilted = tilt * new as f64;
            *evidence = [tilted - means[0], -tilted - means[1]];
        }
        evidence
    }
}

/// The logarithms of E[exp(λW)] and E[exp(−λW)] for each tilt.
fn log_means(n: u64, m: u64, yes: u64) -> LogEvidence {
    let Ok(law) = Law::new(m, n, yes) else { return NO_EVIDENCE };
    let mut means = NO_EVIDENCE;
    for (mean, tilt) in means.iter_mut().zip(TILTS) {
        *mean = [tilt, -tilt].map(|tilt| log_mean(&law, tilt));
    }
    means
}

fn log_mean(law: &Law, tilt: f64) -> f64 {
    // Relative to the largest term, so that nothing overflows.
    let term = |(w, chance): (u64, f64)| chance.ln() + tilt * w as f64;
    let largest = law.outcomes().map(term).fold(f64::NEG_INFINITY, f64::max);
    largest + law.outcomes().map(|outcome| (term(outcome) - largest).exp()).sum::<f64>().ln()
}

/// The logarithm of a sum, from the logarithms of what is added up; minus infinity where there is nothing.
#[must_use]
pub fn log_sum(logs: &[f64]) -> f64 {
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        return largest;
    }
    largest + logs.iter().map(|log| (log - largest).exp()).sum::<f64>().ln()
}

/// The logarithm of an average of e-values, from their logarithms; 0, which is no evidence, where there are none.
#[must_use]
pub fn log_average(logs: &[f64]) -> f64 {
    if logs.is_empty() { 0.0 } else { log_sum(logs) - (logs.len() as f64).ln() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_over_all_dealings_is_one() {
        for (n, m, yes) in [(50, 3, 50), (50, 21, 40), (20, 400, 300), (1, 1, 1), (50, 5200, 2600)] {
            let law = Law::new(m, n, yes).expect("a law");
            let mut sums = [[0.0; 2]; TILTS.len()];
            let mut dealings = TiltedDealings::default();
            for (w, chance) in law.outcomes() {
                let evidence = dealings.evidence((yes - w, n), (w, m));
                for (sums, logs) in sums.iter_mut().zip(evidence) {
                    sums.iter_mut().zip(logs).for_each(|(sum, log)| *sum += chance * log.exp());
                }
            }
            for sum in sums.as_flattened() {
                assert!((sum - 1.0).abs() < 1e-6, "{n} {m} {yes}: {sum}");
            }
        }
    }

    #[test]
    fn what_cannot_differ_is_no_evidence_and_what_can_be_is_finite() {
        let mut dealings = TiltedDealings::default();
        for (before, now) in
            [((0, 0), (1, 2)), ((1, 2), (0, 0)), ((0, 9), (0, 9)), ((9, 9), (1, 1)), ((3, 2), (1, 2))]
        {
            assert_eq!(dealings.evidence(before, now), NO_EVIDENCE, "{before:?} {now:?}");
        }
        let evidence = dealings.evidence((0, 10_000), (10_000, 10_000));
        assert!(evidence.as_flattened().iter().all(|log| log.is_finite()), "{evidence:?}");
    }

    #[test]
    fn sums_and_averages_of_logarithms_do_not_overflow() {
        assert!((log_sum(&[1000.0, 1000.0]) - (1000.0 + 2.0_f64.ln())).abs() < 1e-9);
        assert_eq!((log_sum(&[]), log_average(&[])), (f64::NEG_INFINITY, 0.0));
        assert!((log_average(&[0.0, 3.0_f64.ln()]) - 2.0_f64.ln()).abs() < 1e-12);
    }
}
