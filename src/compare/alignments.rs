//! Many respondents side by side: how closely each agrees with two groups, whether agreement with one group goes with
//! agreement with the other, and how robust each respondent's selections are to the order and the wording of the
//! options.
//!
//! This module reads no files and knows no respondents. The caller measures; this orders the numbers, correlates the
//! two columns, and shows them (`Display` as text, [`markdown`](Alignments::markdown), and as JSON).

mod markdown;
mod text;

use serde::Serialize;

use crate::check::Unit;
use crate::stats::UndefinedStatistic;
use crate::stats::association::{Association, association};

/// Respondents side by side.
#[derive(Debug, Serialize)]
pub(crate) struct Alignments {
    /// What is measured with each group, such as `T2 Spearman`.
    pub(crate) by: String,
    /// The unit of the numbers.
    pub(crate) unit: Unit,
    pub(crate) groups: [String; 2],
    /// The respondents, in the order in which they were named.
    pub(crate) respondents: Vec<AlignedRespondent>,
    /// The correlation of the two columns, or why there is none.
    #[serde(flatten)]
    pub(crate) correlation: ColumnCorrelation,
    /// What robustness is measured on; `None` if no task selects among options.
    pub(crate) robustness: Option<RobustnessOf>,
    /// Why some numbers are missing.
    pub(crate) not_told: Vec<String>,
    /// Known problems of the published figures that were read.
    pub(crate) doubts: Vec<String>,
    /// Which responses have no answer and are left out.
    pub(crate) left_out: Vec<String>,
}

/// The numbers of one respondent; [`Alignments::not_told`] says why one is `None`.
#[derive(Debug, Serialize)]
pub(crate) struct AlignedRespondent {
    pub(crate) name: String,
    /// The fewest answers to any question that its alignment rests on.
    pub(crate) answers: Option<u32>,
    /// The alignment with the first and the second group.
    pub(crate) alignment: [Option<f64>; 2],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) robustness: Option<Robustness>,
}

/// The task that robustness is measured on.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RobustnessOf {
    /// The task's name, and how many options an answer selects.
    pub(crate) task: String,
    pub(crate) pick: usize,
}

/// How much a respondent's selections depend on how the options are shown.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct Robustness {
    /// The mean overlap (Jaccard) of the most selected options over all pairs of orders: S4 of the study.
    pub(crate) top: Option<f64>,
    /// The same for the options that at least 70 % of answers select: S5 of the study.
    pub(crate) chosen: Option<f64>,
    /// The standard deviation of the options' summed counts, for 50 answers to each order: S6 of the study.
    pub(crate) spread: Option<f64>,
    /// The overlap of the most selected options in the usual wording and in others.
    pub(crate) synonyms: Option<f64>,
}

/// Spearman's ρ of the two columns over the respondents, if there is one.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ColumnCorrelation {
    Correlation(RespondentCorrelation),
    /// Why there is none.
    NoCorrelation(String),
}

/// The correlation of the two columns, with its details.
#[derive(Debug, Serialize)]
pub(crate) struct RespondentCorrelation {
    /// The name of the coefficient.
    statistic: &'static str,
    /// How many respondents it covers, and of how many.
    n: usize,
    of: usize,
    rho: f64,
    /// The two-sided p-value.
    p: f64,
    /// How the p-value is computed.
    p_by: String,
    /// The lowest and the highest ρ if one respondent is left out.
    without_one: Option<[WithoutRespondent; 2]>,
    /// The respondents without whom one column has equal values only, so that ρ is undefined.
    undefined_without: Vec<String>,
}

/// ρ without one respondent.
#[derive(Debug, Serialize)]
struct WithoutRespondent {
    rho: f64,
    without: String,
}

impl ColumnCorrelation {
    /// Correlates the two columns. Unless `partial`, each respondent must have both numbers: dropping one silently
    /// would give a different correlation from the one that was asked for.
    pub(crate) fn of(
        respondents: &[AlignedRespondent],
        groups: &[String; 2],
        partial: bool,
    ) -> ColumnCorrelation {
        let none = ColumnCorrelation::NoCorrelation;
        let lacking: Vec<&str> = respondents
            .iter()
            .filter(|respondent| respondent.alignment.contains(&None))
            .map(|respondent| respondent.name.as_str())
            .collect();
        if !lacking.is_empty() && !partial {
            let (lack, it) = if lacking.len() == 1 { ("lacks", "it") } else { ("lack", "them") };
            return none(format!(
                "{} {lack} a number for one of the groups or both: leave {it} out, or add --partial to go on without {it}",
                lacking.join(", ")
            ));
        }
        let of_both = |respondent: &AlignedRespondent| match respondent.alignment {
            [Some(x), Some(y)] => Some((respondent.name.clone(), (x, y))),
            _ => None,
        };
        let (names, (x, y)): (Vec<String>, (Vec<f64>, Vec<f64>)) =
            respondents.iter().filter_map(of_both).unzip();
        match association(&x, &y) {
            Ok(found) => {
                ColumnCorrelation::Correlation(RespondentCorrelation::of(found, &names, respondents.len()))
            }
            Err(UndefinedStatistic::TooFew { n, least }) => none(format!(
                "at least {least} respondents must have a number for both groups, but only {n} {}",
                if n == 1 { "does" } else { "do" }
            )),
            Err(UndefinedStatistic::Constant { .. }) => {
                let equal = |column: &[f64]| association(column, column).is_err();
                let with = [(&x, &groups[0]), (&y, &groups[1])]
                    .map(|(column, group)| equal(column).then_some(group));
                let with: Vec<&str> = with.into_iter().flatten().map(String::as_str).collect();
                none(format!("all numbers with {} are equal, so they have no order", with.join(" and with ")))
            }
            Err(why) => none(why.to_string()),
        }
    }
}

impl RespondentCorrelation {
    fn of(found: Association, names: &[String], of: usize) -> RespondentCorrelation {
        let without_one = found.without_one.map(|(least, most)| {
            [least, most].map(|end| WithoutRespondent { rho: end.rho, without: names[end.row].clone() })
        });
        RespondentCorrelation {
            statistic: "Spearman",
            n: found.n,
            of,
            rho: found.rho,
            p: found.p,
            p_by: match found.exact {
                true => "exact, over all orders".to_owned(),
                false => format!("Student's t with {} degrees of freedom", found.n - 2),
            },
            without_one,
            undefined_without: found.undefined_without.iter().map(|row| names[*row].clone()).collect(),
        }
    }

    /// Describes the correlation (`over 15 respondents: Spearman's ρ -0.536 …`), and how much it depends on any one
    /// respondent.
    fn told(&self) -> Vec<String> {
        let rho = |rho: f64| Unit::Correlation.show(rho);
        let over = if self.n == self.of { self.n.to_string() } else { format!("{} of {}", self.n, self.of) };
        let p = if self.p < 0.001 { "below 0.001".to_owned() } else { format!("{:.3}", self.p) };
        let mut lines = vec![format!(
            "over {over} respondents: {}'s ρ of the two columns {}, p {p} (two-sided; {})",
            self.statistic,
            rho(self.rho),
            self.p_by
        )];
        lines.extend(self.without_one.as_ref().map(|[least, most]| match rho(least.rho) == rho(most.rho) {
            true => format!("leaving any one out: {}", rho(least.rho)),
            false => format!(
                "leaving one out: {} (without {}) to {} (without {})",
                rho(least.rho),
                least.without,
                rho(most.rho),
                most.without
            ),
        }));
        for name in &self.undefined_without {
            lines.push(format!(
                "without {name} there is no ρ: all others have equal numbers with one of the groups"
            ));
        }
        lines
    }
}

impl Alignments {
    /// Returns the lines about the correlation.
    fn related(&self) -> Vec<String> {
        match &self.correlation {
            ColumnCorrelation::Correlation(found) => found.told(),
            ColumnCorrelation::NoCorrelation(why) => {
                vec![format!("no correlation over the respondents: {why}")]
            }
        }
    }

    fn title(&self) -> String {
        format!("{} with {}, and with {}", self.by, self.groups[0], self.groups[1])
    }

    /// Returns a row: the name, the number with each group, and the number of answers.
    fn aligned(&self, respondent: &AlignedRespondent) -> [String; 4] {
        let [first, second] = respondent.alignment.map(|value| shown(value, self.unit));
        let answers = respondent.answers.map_or_else(|| "—".to_owned(), |answers| answers.to_string());
        [respondent.name.clone(), first, second, answers]
    }

    /// Returns the rows of the table of robustness.
    fn robust(&self) -> Vec<[String; 5]> {
        let rows = self.respondents.iter().map(|respondent| {
            let Robustness { top, chosen, spread, synonyms } = respondent.robustness.unwrap_or_default();
            let [top, chosen, synonyms] = [top, chosen, synonyms].map(|index| shown(index, Unit::Index));
            [respondent.name.clone(), top, chosen, shown(spread, Unit::Number), synonyms]
        });
        rows.collect()
    }
}

impl RobustnessOf {
    /// Returns the head of the table of robustness.
    fn head(&self) -> [String; 5] {
        ["respondent", &format!("top {} (S4)", self.pick), "at 70% (S5)", "spread (S6)", "synonyms"]
            .map(str::to_owned)
    }
}

fn shown(value: Option<f64>, unit: Unit) -> String {
    value.map_or_else(|| "—".to_owned(), |value| unit.show(value))
}

/// Explains the columns of the table of robustness.
fn legend(of: &RobustnessOf) -> [String; 4] {
    let pick = of.pick;
    [
        format!(
            "S4: overlap (Jaccard) of the {pick} most selected, mean over all pairs of the orders shuffled, listed and reversed"
        ),
        "S5: the same for the options that at least 70 % of answers select".to_owned(),
        "S6: standard deviation of the options' summed counts, for 50 answers to each order".to_owned(),
        format!("synonyms: overlap of the {pick} most selected in the usual words and in others"),
    ]
}
