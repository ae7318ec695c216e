//! `T2 closest to practitioners among practitioners, us-sample`: of the groups that are named, is the first the one
//! that the subject's answers are nearest to?
//!
//! Near is meant as in `mean difference`: the mean over the questions of the total variation distance, the share of
//! answers that would have to change. All groups are compared at the same levels: those that any of them does not
//! tell are pooled for all, since distances over more levels are larger. The value is the mean distance to the nearest
//! of the others less that to the first, −1 to 1; the check holds when it is above 0. With a tie, the first is not the
//! closest.
//!
//! The same answers are held against both sides: in each question and level, the difference of the two distances is the
//! subject's share itself, kept between the two sides' shares. So how far all answers are from anybody cancels out, and
//! what is bet on is a sum of shares within ends (`stats::sums`). That the first is nearer than each of the others is
//! shown for each at the whole error rate; that some other is not farther, at a part of it.

use super::distance::{grouped, groups, variation, variation_away};
use super::other_side::OtherSide;
use super::scale::{self, QuestionRows, lined_up, pooled};
use super::scope::Scope;
use super::syntax::{BuiltMeasure, Sentence, ShuffledChance, Syntax, Test};
use super::{Confidence, Ends, Input, Measure, Statistic, Tested, Undefined, Unit, find};
use crate::profile::Table;
use crate::stats::evidence::Design;
use crate::stats::sums::{Clip, ClippedShares, SumOfMeans, SummedQuestion, Worth};
use crate::suite::{Capability, Suites, Task};

pub(super) const SYNTAX: &[Syntax] = &[Syntax {
    form: "closest to {a baseline} among {baselines} [in CONTEXT]",
    example: "T2 closest to practitioners among practitioners, us-sample",
    needs: Capability::Levels,
    unit: Unit::Correlation,
    means: "mean difference from the nearest of the others less that from the first, which is to be above 0",
    chance: ShuffledChance::Shown("2,000 draws", "it has no bound"),
    build,
}];

#[derive(Debug, Clone)]
struct Closest {
    /// The first, which is to be the closest.
    first: OtherSide,
    others: Vec<String>,
}

fn build(sentence: &Sentence<'_>, scope: &Scope<'_>, task: &Task) -> BuiltMeasure {
    let first = OtherSide::of(sentence, scope, task)?;
    scale::levels(sentence, task)?;
    let wrong = |at: usize, message: String| {
        Err(Scope::wrong(sentence.entry, sentence.names[at].span.clone(), message))
    };
    let mut named: Vec<String> = Vec::new();
    for (at, word) in sentence.names.iter().enumerate().skip(1) {
        let name = scope.respondent(word, sentence.entry)?;
        if named.contains(&name) {
            return wrong(at, format!("`{name}` is named twice"));
        }
        named.push(name);
    }
    if !named.contains(&first.with) {
        return wrong(0, format!("`{}` is not among those named after `among`: add it there", first.with));
    }
    let others: Vec<String> = named.into_iter().filter(|name| *name != first.with).collect();
    if others.is_empty() {
        return wrong(1, format!("`{}` is compared with itself: name another after it", first.with));
    }
    Ok(Box::new(Closest { first, others }))
}

/// The questions on all sides, and which levels all of them tell.
#[derive(Debug)]
struct SharedQuestions {
    /// By the first and each of the others.
    rows: Vec<Vec<QuestionRows>>,
    /// By question: for each level its group, the last being what some side does not tell.
    groups: Vec<Vec<usize>>,
}

impl Closest {
    fn shared(&self, tables: &[Table], suites: &Suites) -> Result<SharedQuestions, Undefined> {
        let task = find(suites, &self.first.task)?;
        let mut rows = vec![lined_up(task, [&tables[0], &tables[1]], &self.first)?];
        for (name, table) in self.others.iter().zip(&tables[2..]) {
            let other = OtherSide { with: name.clone(), ..self.first.clone() };
            let found = lined_up(task, [&tables[0], table], &other)?;
            if !found.iter().map(|rows| &rows.own).eq(rows[0].iter().map(|rows| &rows.own)) {
                let first = &self.first.with;
                return Err(Undefined::Other(format!(
                    "the figures of {first} and {name} are about different questions: one side's contexts are pooled, the other's are not"
                )));
            }
            rows.push(found);
        }
        let of = |question: usize| {
            let own = pooled(&rows[0][question].own, &tables[0]);
            let told = |level: usize| {
                let theirs = |(rows, table): (&Vec<QuestionRows>, &Table)| {
                    table.rows[rows[question].theirs].known.get(level) == Some(&true)
                };
                own.known[level] && rows.iter().zip(&tables[1..]).all(theirs)
            };
            groups(own.known.len(), told)
        };
        let groups = (0..rows[0].len()).map(of).collect();
        let shared = SharedQuestions { rows, groups };
        for other in 0..self.others.len() {
            let same = |question: usize| {
                let [first, other] = shared.sides(question, other, tables);
                first.iter().zip(&other).all(|(a, b)| (a - b).abs() < 1e-9)
            };
            if (0..shared.groups.len()).all(same) {
                let (first, other) = (&self.first.with, &self.others[other]);
                return Err(Undefined::Other(format!(
                    "{first} and {other} have the same figures, so that neither can be the closest"
                )));
            }
        }
        Ok(shared)
    }

    fn name(&self, side: usize) -> &str {
        side.checked_sub(1).map_or(&self.first.with, |other| &self.others[other])
    }
}

impl SharedQuestions {
    fn own(&self, question: usize, tables: &[Table]) -> Vec<f64> {
        grouped(&pooled(&self.rows[0][question].own, &tables[0]), &self.groups[question])
    }

    fn theirs(&self, question: usize, side: usize, tables: &[Table]) -> Vec<f64> {
        let row = self.rows[side][question].theirs;
        grouped(&tables[side + 1].rows[row], &self.groups[question])
    }

    /// The first's shares and those of one of the others.
    fn sides(&self, question: usize, other: usize, tables: &[Table]) -> [Vec<f64>; 2] {
        [0, other + 1].map(|side| self.theirs(question, side, tables))
    }

    /// The mean distance to the first and to each of the others.
    fn distances(&self, tables: &[Table]) -> Vec<f64> {
        let mean = |side: usize| {
            let each = (0..self.groups.len())
                .map(|question| variation(&self.own(question, tables), &self.theirs(question, side, tables)));
            each.sum::<f64>() / self.groups.len() as f64
        };
        (0..self.rows.len()).map(mean).collect()
    }

    /// The distance to one of the others less that to the first, as a sum over questions.
    fn sum(&self, other: usize, tables: &[Table], seed: u64) -> Option<SumOfMeans> {
        let weight = 1.0 / self.groups.len() as f64;
        let (mut questions, mut ends) = (Vec::new(), (0.0, 0.0));
        for (question, groups) in self.groups.iter().enumerate() {
            let [first, other] = self.sides(question, other, tables);
            let (mut clips, mut constant) = (Vec::new(), 0.0);
            // Half of |p − b| − |p − a|, which is p between them, less their middle, where b is the smaller.
            for (a, b) in first.iter().zip(&other) {
                let slope = if (a - b).abs() < 1e-12 { 0.0 } else { weight * (a - b).signum() };
                let clip = Clip { slope, low: (slope * a).min(slope * b), high: (slope * a).max(slope * b) };
                constant -= (clip.low + clip.high) / 2.0;
                clips.push(clip);
            }
            ends.0 += constant + clips.iter().map(|clip| clip.low).sum::<f64>();
            ends.1 += constant + clips.iter().map(|clip| clip.high).sum::<f64>();
            let worth = Worth::Clipped(ClippedShares { groups: groups.clone(), clips, constant });
            let forms = scale::forms(&self.rows[0][question].own, &tables[0], seed)?;
            questions.push(SummedQuestion { forms, worth });
        }
        Some(SumOfMeans::of(questions, ends))
    }

    /// How far a side may be from its figures, on average: see [`variation_away`].
    fn away(
        &self,
        side: Option<usize>,
        tables: &[Table],
        sample: Option<(Design, f64)>,
    ) -> Result<f64, Undefined> {
        let mut sum = 0.0;
        for (question, groups) in self.groups.iter().enumerate() {
            let row = match side {
                None => pooled(&self.rows[0][question].own, &tables[0]),
                Some(side) => pooled(&[self.rows[side][question].theirs], &tables[side + 1]),
            };
            let each = sample.map(|(design, rate)| (design, rate / self.groups.len() as f64));
            sum += variation_away(&row, groups.len() - 1, each)?;
        }
        Ok(sum / self.groups.len() as f64)
    }
}

/// The mean distance to the nearest of the others less that to the first.
fn lead(distances: &[f64]) -> f64 {
    distances[1..].iter().copied().fold(f64::INFINITY, f64::min) - distances[0]
}

impl Measure for Closest {
    fn inputs(&self) -> Vec<Input> {
        let others = self.others.iter().map(|name| Input::of(name, &self.first.task));
        self.first.inputs().into_iter().chain(others).collect()
    }

    fn prepare(&self, tables: &[Table], suites: &Suites) -> Result<Statistic, Undefined> {
        let shared = self.shared(tables, suites)?;
        Ok(Box::new(move |tables| Ok(lead(&shared.distances(tables)))))
    }

    fn tested(&self, _: &Suites) -> Tested {
        Tested::Shares
    }

    fn implied(&self) -> Option<Test> {
        Some(Test::AtLeast(0.0))
    }

    fn interval(&self, tables: &[Table], suites: &Suites, sure: &Confidence) -> Ends {
        let shared = self.shared(tables, suites)?;
        let distances = shared.distances(tables);
        let rate = sure.rate;
        let parts = self.others.len() as f64;
        let (mut low, mut high) = (1.0_f64, 1.0_f64);
        for other in 0..self.others.len() {
            let lead = distances[other + 1] - distances[0];
            let off = shared.away(Some(0), tables, None)? + shared.away(Some(other + 1), tables, None)?;
            let ends = match shared.sum(other, tables, sure.seed) {
                Some(sum) => (
                    sum.low(lead, sure.bound + off, rate, sure.search),
                    sum.high(lead, sure.bound - off, rate / parts, sure.search),
                ),
                None => {
                    // Both distances change by at most as much as the answers do.
                    let own = 2.0 * shared.away(None, tables, Some((sure.design, rate / parts)))?;
                    (lead - own, lead + own)
                }
            };
            low = low.min(ends.0 - off);
            high = high.min(ends.1 + off);
        }
        Ok((low.max(-1.0), high))
    }

    fn reads(&self, _: usize, suites: &Suites) -> Option<Vec<usize>> {
        self.first.reads(suites)
    }

    fn explain(&self, tables: &[Table], suites: &Suites) -> Vec<String> {
        let Ok(shared) = self.shared(tables, suites) else { return Vec::new() };
        let distances = shared.distances(tables);
        let mut order: Vec<usize> = (0..distances.len()).collect();
        order.sort_by(|a, b| distances[*a].total_cmp(&distances[*b]));
        let each: Vec<String> = order
            .iter()
            .map(|side| format!("{} from {}", Unit::Index.show(distances[*side]), self.name(*side)))
            .collect();
        let mut said = vec![format!("mean difference {}", each.join(", "))];
        // The nearest of the others, and where it is nearer than the first.
        let nearest = order.into_iter().find(|side| *side > 0).unwrap_or(1);
        let mut nearer: Vec<(f64, &str)> = (0..shared.groups.len())
            .map(|question| {
                let own = shared.own(question, tables);
                let [first, other] = shared.sides(question, nearest - 1, tables);
                (variation(&own, &first) - variation(&own, &other), shared.rows[0][question].label.as_str())
            })
            .filter(|(by, _)| *by > 1e-9)
            .collect();
        nearer.sort_by(|a, b| b.0.total_cmp(&a.0));
        let told = nearer.iter().take(2).map(|(by, label)| {
            format!("{label} is nearer to {} by {}", self.name(nearest), Unit::Index.show(*by))
        });
        said.extend(told);
        said
    }
}
