//! Checks settings of `[sampling]` and `[verdict]` for values that make no sense.

use toml::Spanned;
use toml::de::DeTable;

use super::{Sampling, VerdictSettings};
use crate::ground::diagnostic::{Diagnostic, Source};

pub(super) fn sampling(raw: Option<Spanned<Sampling>>, source: &Source) -> Result<Sampling, Box<Diagnostic>> {
    let Some(raw) = raw else { return Ok(Sampling::default()) };
    let span = raw.span();
    let sampling = raw.into_inner();
    let zero = [
        ("samples", u64::from(sampling.samples)),
        ("step", u64::from(sampling.step)),
        ("concurrency", sampling.concurrency as u64),
        ("timeout", sampling.timeout),
    ];
    let most = [
        ("samples", u64::from(sampling.samples), u64::from(crate::suite::MOST_SAMPLES)),
        ("max_samples", u64::from(sampling.max_samples.unwrap_or(0)), u64::from(crate::suite::MOST_SAMPLES)),
        ("step", u64::from(sampling.step), u64::from(crate::suite::MOST_SAMPLES)),
        ("concurrency", sampling.concurrency as u64, 10_000),
        ("timeout", sampling.timeout, 604_800),
        ("retries", sampling.retries as u64, 1_000),
    ];
    if let Some((name, number, most)) = most.iter().find(|(_, number, most)| number > most) {
        return Err(Box::new(
            Diagnostic::new(format!("`{name}` is {number}, but must be at most {most}")).at(source, span),
        ));
    }
    if let Some((name, _)) = zero.iter().find(|(_, number)| *number == 0) {
        return Err(Box::new(
            Diagnostic::new(format!("`{name}` is 0, so no model could be asked")).at(source, span),
        ));
    }
    match sampling.max_samples {
        Some(max_samples) if max_samples < sampling.samples => {
            let samples = sampling.samples;
            let message = format!(
                "`max_samples` is {max_samples}, but the first look already takes `samples` = {samples}"
            );
            Err(Box::new(
                Diagnostic::new(message).at(source, span).help("raise `max_samples`, or lower `samples`"),
            ))
        }
        _ => Ok(sampling),
    }
}

pub(super) fn verdict(
    raw: Option<Spanned<VerdictSettings>>,
    source: &Source,
) -> Result<VerdictSettings, Box<Diagnostic>> {
    let Some(raw) = raw else { return Ok(VerdictSettings::default()) };
    let table = raw.span();
    let verdict = raw.into_inner();
    // The values are read without their places.
    let span = |key: &str| {
        let file = DeTable::parse(&source.text).ok();
        let value = file.as_ref().and_then(|file| file.get_ref().get("verdict")?.get_ref().get(key));
        value.map_or_else(|| table.clone(), Spanned::span)
    };
    if let Some(share) = verdict.baseline_uncertainty.filter(|share| !super::surveys::SHARES.contains(share))
    {
        let message = format!(
            "baseline_uncertainty is {share}, but must be false or a share of surveys from 0.5 to 0.99"
        );
        let help = "with 0.95, a verdict must hold in 95 % of redrawn surveys, each with as many people as its baseline";
        let span = span("baseline_uncertainty");
        return Err(Box::new(Diagnostic::new(message).at(source, span).help(help)));
    }
    if verdict.error_rate > 0.0 && verdict.error_rate <= 0.5 {
        return Ok(verdict);
    }
    Err(Box::new(
        Diagnostic::new(format!(
            "error_rate is {}, which cannot be a chance of being wrong",
            verdict.error_rate
        ))
        .at(source, span("error_rate"))
        .help("choose a number above 0 and at most 0.5; the default is 0.05"),
    ))
}
