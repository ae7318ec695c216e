//! `T1 top-5 Jaccard across personas`: whether the first k values are the same whoever asks: the mean pairwise Jaccard
//! index of the top k of the main form and of each `[[persona]]`. Of rankings, `across orders` asks the same of the orders in
//! which the stories are shown.
//!
//! Without a context the scores of all contexts are pooled first, as for `ranks … within top`.

use super::null::{self, ByChance};
use super::pairs::Pairs;
use super::pooled::PooledValues;
use super::scope::Scope;
use super::score;
use super::syntax::{BuiltMeasure, PlaceInTask, Sentence, ShuffledChance, Syntax};
use super::{Confidence, Ends, Input, Measure, Statistic, Undefined, Unit, find, tops};
use crate::profile::{Table, View};
use crate::stats::overlap;
use crate::stats::resample::Stream;
use crate::suite::{Capability, Suites, Task};

pub(super) const SYNTAX: &[Syntax] = &[Syntax {
    form: "top-K Jaccard across personas [in CONTEXT] >= X",
    example: "T1 top-5 Jaccard across personas >= 0.8",
    needs: Capability::Personas,
    unit: Unit::Index,
    means: "overlap of the K first values, mean over all pairs of the main form and the personas",
    chance: ShuffledChance::Beaten("2,000 draws"),
    build,
}];

#[derive(Debug)]
struct AcrossPersonas {
    task: String,
    k: usize,
    context: Option<String>,
    views: Vec<View>,
}

fn build(sentence: &Sentence<'_>, scope: &Scope<'_>, task: &Task) -> BuiltMeasure {
    let k = tops::k_of(sentence, task)?;
    let context = match sentence.place {
        PlaceInTask::All => None,
        _ => scope.context(task, &sentence.place, sentence.entry)?,
    };
    let personas = task.forms.iter().filter(|form| form.persona.is_some());
    let views: Vec<View> =
        std::iter::once(View::Main).chain(personas.map(|form| View::Form(form.label))).collect();
    if views.len() < 2 {
        let message = format!("{} has no [[persona]] to compare", task.id);
        return Err(Scope::wrong(sentence.entry, sentence.task.span.clone(), message));
    }
    null::enough_ways(sentence, tops::ways_to_choose(task, k).saturating_pow(views.len() as u32 - 1))?;
    Ok(Box::new(AcrossPersonas { task: task.id.clone(), k, context, views }))
}

/// The same of the orders in which a ranking's stories are shown.
pub(super) fn across_orders(sentence: &Sentence<'_>, scope: &Scope<'_>, task: &Task) -> BuiltMeasure {
    let k = tops::k_of(sentence, task)?;
    let context = match sentence.place {
        PlaceInTask::All => None,
        _ => scope.context(task, &sentence.place, sentence.entry)?,
    };
    let orders = task.forms.iter().filter(|form| form.persona.is_none());
    let views: Vec<View> = orders.map(|form| View::Form(form.label)).collect();
    if views.len() < 2 {
        let message = format!(
            "the stories of {} are shown in one order only, so there is nothing to compare: write orders = [\"shuffled\", \"listed\", \"reversed\"] in its suite",
            task.id
        );
        return Err(Scope::wrong(sentence.entry, sentence.task.span.clone(), message));
    }
    null::enough_ways(sentence, tops::ways_to_choose(task, k).saturating_pow(views.len() as u32 - 1))?;
    Ok(Box::new(AcrossPersonas { task: task.id.clone(), k, context, views }))
}

impl AcrossPersonas {
    /// Returns the values of each view. All views must have all questions: a persona that was not asked is no agreement.
    fn values(&self, tables: &[Table], suites: &Suites) -> Result<Vec<PooledValues>, Undefined> {
        let task = find(suites, &self.task)?;
        let mut views = Vec::with_capacity(tables.len());
        for (table, view) in tables.iter().zip(&self.views) {
            let who = match view {
                View::Form(label) => format!(" {label}"),
                _ => String::new(),
            };
            let missing = score::missing(task, table, self.context.as_deref(), false);
            if let Some(question) = missing.first() {
                return Err(Undefined::NoAnswers(format!("{question}{who}")));
            }
            let mut values = PooledValues::default();
            for cell in score::cells(task, table, false)? {
                if self.context.is_none() || cell.context == self.context {
                    values.add(cell);
                }
            }
            views.push(values);
        }
        Ok(views)
    }

    fn pairs(&self) -> impl Iterator<Item = (usize, usize)> {
        let views = self.views.len();
        (0..views).flat_map(move |a| (a + 1..views).map(move |b| (a, b)))
    }
}

impl Measure for AcrossPersonas {
    fn inputs(&self) -> Vec<Input> {
        self.views.iter().map(|view| Input::subject(&self.task, *view)).collect()
    }

    fn prepare(&self, tables: &[Table], suites: &Suites) -> Result<Statistic, Undefined> {
        let values = self.values(tables, suites)?;
        let (k, pairs): (usize, Vec<(usize, usize)>) = (self.k, self.pairs().collect());
        Ok(Box::new(move |tables| {
            let scores: Vec<Vec<f64>> =
                values.iter().zip(tables).map(|(values, table)| values.scores(table)).collect();
            let mut sum = 0.0;
            for (a, b) in &pairs {
                sum += overlap::top_k_jaccard(&scores[*a], &scores[*b], k)?.value;
            }
            Ok(sum / pairs.len() as f64)
        }))
    }

    fn interval(&self, tables: &[Table], suites: &Suites, sure: &Confidence) -> Ends {
        let members: Vec<Vec<(f64, f64)>> = self
            .values(tables, suites)?
            .iter()
            .zip(tables)
            .map(|(values, table)| Pairs::of(&values.things(), table, sure.design, sure.seed))
            .map(|pairs| tops::members(&pairs, self.k))
            .collect();
        let compared = self.pairs().count() as f64;
        let (mut low, mut high) = (1.0_f64, 0.0);
        for (a, b) in self.pairs() {
            let of_two = |rate| tops::of_two(&members[a], &members[b], self.k, sure.bound, rate);
            // The mean reaches a bound if each pair does, so each pair is tested at the whole rate.
            low = low.min(of_two(sure.rate).0);
            high += of_two(sure.rate / compared).1 / compared;
        }
        Ok((low, high))
    }

    fn range(&self, suites: &Suites) -> Option<(f64, f64)> {
        Some(tops::range(suites.task(&self.task)?.values_in(self.context.as_deref()).len(), self.k))
    }

    fn reads(&self, _: usize, suites: &Suites) -> Option<Vec<usize>> {
        score::items_in(suites.task(&self.task)?, self.context.as_deref())
    }

    fn explain(&self, tables: &[Table], suites: &Suites) -> Vec<String> {
        let Ok(values) = self.values(tables, suites) else { return Vec::new() };
        let main = values[0].scores(&tables[0]);
        let mut said: Vec<(f64, String)> = Vec::new();
        for at in 1..values.len() {
            let theirs = values[at].scores(&tables[at]);
            let alike = overlap::top_k_jaccard(&main, &theirs, self.k).map_or(1.0, |found| found.value);
            let moved = score::most_different(&values[0].names(), &main, &theirs);
            if let (View::Form(label), Some(first)) = (self.views[at], moved.first()) {
                said.push((alike, format!("{label}: {first}")));
            }
        }
        said.sort_by(|a, b| a.0.total_cmp(&b.0));
        said.into_iter().take(3).map(|(_, text)| text).collect()
    }

    fn by_chance(&self, tables: &[Table], suites: &Suites, _: &mut Stream) -> ByChance {
        let Ok(values) = self.values(tables, suites) else { return ByChance::unknown() };
        let [main, persona] = values.as_slice() else { return ByChance::unknown() };
        let null = null::overlap::overlap_null(&main.scores(&tables[0]), &persona.scores(&tables[1]), self.k);
        // What a uniform respondent gets depends on the numbers of stories, and is drawn.
        ByChance::of(null, None)
    }
}
