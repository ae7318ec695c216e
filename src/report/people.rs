//! What other surveys of as many people would say of a check, in words.

use crate::run::people::PeopleNote;
use crate::verdict::{HeldInSurveys, Outcome};

/// `practitioners: the same five in 61 % of re-surveys of 140; the estimate meets the bound in 73 %`
pub(crate) fn people(note: &PeopleNote) -> String {
    let names: Vec<&str> = note.baselines.iter().map(|(name, _)| name.as_str()).collect();
    let sizes: Vec<String> = (note.baselines.iter())
        .map(|(_, [fewest, most])| match fewest == most {
            true => fewest.to_string(),
            false => format!("{fewest} to {most}"),
        })
        .collect();
    let of = format!("of re-surveys of {}", sizes.join(" and "));
    let parts: Vec<String> = [
        note.same.as_ref().map(|(what, share)| format!("{what} in {}", share_of_surveys(*share))),
        note.meets.map(|share| format!("the estimate meets the bound in {}", share_of_surveys(share))),
    ]
    .into_iter()
    .flatten()
    .enumerate()
    .map(|(at, part)| if at == 0 { format!("{part} {of}") } else { part })
    .collect();
    format!("{}: {}", names.join(" and "), parts.join("; "))
}

/// In how many re-surveys a verdict holds.
pub(crate) fn surveys(surveys: &HeldInSurveys) -> String {
    let HeldInSurveys { outcome, held, of, asked } = surveys;
    let verb = if *outcome == Outcome::Pass { "passes" } else { "fails" };
    format!(
        "it {verb} in {held} of {of} re-surveys of its baseline ({} are required)",
        share_of_surveys(*asked)
    )
}

/// `61 %`; what is not all, or not none, is not shown as that.
fn share_of_surveys(share: f64) -> String {
    match share * 100.0 {
        percent if percent > 99.0 && percent < 100.0 - 1e-9 => "over 99 %".to_owned(),
        percent if percent > 1e-9 && percent < 1.0 => "less than 1 %".to_owned(),
        percent => format!("{percent:.0} %"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_same_comes_first_and_no_share_is_rounded_to_all_or_none() {
        let of = |name: &str, people: [u32; 2]| (name.to_owned(), people);
        let top = PeopleNote {
            baselines: vec![of("practitioners", [140, 140])],
            same: Some(("the same five".to_owned(), 0.6134)),
            meets: Some(0.9996),
        };
        assert_eq!(
            people(&top),
            "practitioners: the same five in 61 % of re-surveys of 140; the estimate meets the bound in over 99 %"
        );
        let two = PeopleNote {
            baselines: vec![of("practitioners", [140, 140]), of("us-sample", [516, 607])],
            same: None,
            meets: Some(0.0004),
        };
        assert_eq!(
            people(&two),
            "practitioners and us-sample: the estimate meets the bound in less than 1 % of re-surveys of 140 and 516 to 607"
        );
    }
}
