//! Shares of answers: `selects`, `rates`, `prefers`, `undecided`.
//!
//! Each is the share of valid answers that say a certain thing, in 0 ..= 1: pooled over the contexts, in one
//! context, or, for "in every context", in the context where it is lowest (for `>=`) or highest (for `<=`).
//!
//! Unread responses widen the interval: at its lower end none of them says it, at its upper end all of them
//! do.
//!
//! A growing share of one question's answers is tested at its bound by exact error spending (`yes_path`). The
//! ends beyond the bound are those of the bet, which holds for shares pooled over several questions, too.

use super::null::{self, ByChance, Shuffled};
use super::scope::Scope;
use super::score::about;
use super::syntax::{BuiltMeasure, PlaceInTask, Sentence, ShuffledChance, Syntax, Test};
use super::yes_path::{YesPath, beside};
use super::{Confidence, Ends, Input, Measure, Statistic, Tested, Undefined, Unit, find};
use crate::ground::diagnostic::Diagnostic;
use crate::profile::{Row, Table, View};
use crate::stats::evidence::Design;
use crate::stats::resample::Stream;
use crate::stats::spending::MOST_FORMS;
use crate::suite::{About, Capability, Item, Suites, Task};

/// The shares that other labels would get are estimates, too, so a level made of them is no bound that is
/// known beforehand.
const ESTIMATED: ShuffledChance = ShuffledChance::Shown(
    "exact up to 50,000 combinations of the contexts' values, otherwise 2,000 draws",
    "what other labels would get is itself only an estimate",
);

pub(super) const SYNTAX: &[Syntax] = &[
    Syntax {
        form: "selects {a value} >= X",
        example: "T1 selects fairness >= 90%",
        needs: Capability::Selection,
        unit: Unit::Share,
        means: "share of answers that select it",
        chance: ESTIMATED,
        build: selects,
    },
    Syntax {
        form: "rates {a value} at least LEVEL [in CONTEXT or every context] >= X",
        example: "T2 rates privacy at least very important in medical >= 90%",
        needs: Capability::Scale,
        unit: Unit::Share,
        means: "share of ratings at or above the level",
        chance: ESTIMATED,
        build: |sentence, scope, task| rates(sentence, scope, task, true),
    },
    Syntax {
        form: "rates {a value} LEVEL [in CONTEXT or every context] >= X",
        example: "T2 rates privacy extremely important in every context >= 50%",
        needs: Capability::Scale,
        unit: Unit::Share,
        means: "share of ratings at just this level",
        chance: ESTIMATED,
        build: |sentence, scope, task| rates(sentence, scope, task, false),
    },
    Syntax {
        form: "prefers {a value} over {another value} [in CONTEXT or every context] >= X",
        example: "T3 prefers safety over autonomy in every context >= 60%",
        needs: Capability::Pairs,
        unit: Unit::Share,
        means: "share of answers on the first value's side",
        chance: ESTIMATED,
        build: prefers,
    },
    Syntax {
        form: "undecided [in CONTEXT or every context] <= X",
        example: "T3 undecided <= 50%",
        needs: Capability::Pairs,
        unit: Unit::Share,
        means: "share of answers in the middle",
        chance: ShuffledChance::NoPart("the number of undecided answers is the same under any labels"),
        build: undecided,
    },
];

/// The share of answers that are certain choices, over certain items.
#[derive(Debug)]
struct ChoiceShare {
    task: String,
    /// The places in the row's shares that count as "yes"; in reversed pairs they are counted from the other
    /// end.
    yes: Vec<usize>,
    /// What the item must be about; `None` for all items.
    about: Option<String>,
    context: Option<String>,
    /// Whether contexts are judged one by one, and then whether the lowest or the highest counts.
    every: Option<Extreme>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Extreme {
    Lowest,
    Highest,
}

fn selects(sentence: &Sentence<'_>, scope: &Scope<'_>, task: &Task) -> BuiltMeasure {
    let value = scope.value(task, &sentence.names[0], sentence.entry)?;
    let yes = task.items[0].choices.iter().position(|choice| choice.id == value).into_iter().collect();
    share(task, sentence, scope, yes, None)
}

fn rates(sentence: &Sentence<'_>, scope: &Scope<'_>, task: &Task, at_least: bool) -> BuiltMeasure {
    let value = scope.value(task, &sentence.names[0], sentence.entry)?;
    let Some(word) = &sentence.level else {
        let span = sentence.entry.span.clone();
        return Err(Scope::wrong(sentence.entry, span, "no level is named".to_owned()));
    };
    let level = scope.level(task, word, sentence.entry)?;
    let top = task.items[0].choices.len();
    let yes = if at_least { (level..top).collect() } else { vec![level] };
    share(task, sentence, scope, yes, Some(value))
}

fn prefers(sentence: &Sentence<'_>, scope: &Scope<'_>, task: &Task) -> BuiltMeasure {
    let first = scope.value(task, &sentence.names[0], sentence.entry)?;
    let second = scope.value(task, &sentence.names[1], sentence.entry)?;
    let pair = task.items.iter().find_map(|item| match &item.about {
        About::Pair(a, b) if *a == first && *b == second => Some((about(item), false, item.choices.len())),
        About::Pair(a, b) if *a == second && *b == first => Some((about(item), true, item.choices.len())),
        _ => None,
    });
    let Some((pair, reversed, levels)) = pair else {
        let mut pairs: Vec<String> = task.items.iter().map(about).collect();
        pairs.sort();
        pairs.dedup();
        let span = sentence.names[0].span.start..sentence.names[1].span.end;
        return Err(Box::new(
            Diagnostic::new(format!("{} does not weigh {first} against {second}", task.id))
                .at(&sentence.entry.source, span)
                .help(format!("its pairs are {}", pairs.join(", "))),
        ));
    };
    let half = levels / 2;
    let yes = if reversed { (levels - half..levels).collect() } else { (0..half).collect() };
    share(task, sentence, scope, yes, Some(pair))
}

fn undecided(sentence: &Sentence<'_>, scope: &Scope<'_>, task: &Task) -> BuiltMeasure {
    let middle = task.items[0].choices.len() / 2;
    share(task, sentence, scope, vec![middle], None)
}

fn share(
    task: &Task,
    sentence: &Sentence<'_>,
    scope: &Scope<'_>,
    yes: Vec<usize>,
    about: Option<String>,
) -> BuiltMeasure {
    let context = scope.context(task, &sentence.place, sentence.entry)?;
    let every = (sentence.place == PlaceInTask::Every).then_some(match sentence.test {
        Some(Test::AtMost(_)) => Extreme::Highest,
        _ => Extreme::Lowest,
    });
    Ok(Box::new(ChoiceShare { task: task.id.clone(), yes, about, context, every }))
}

impl ChoiceShare {
    /// Returns the rows it reads, in groups: a single group, or one for each context.
    fn groups(&self, table: &Table, suites: &Suites) -> Result<Vec<(String, Vec<usize>)>, Undefined> {
        let task = find(suites, &self.task)?;
        let mut groups: Vec<(String, Vec<usize>)> = Vec::new();
        for item in task.items.iter().filter(|item| self.asks(item)) {
            let row = table.row(&item.id).ok_or_else(|| {
                let question =
                    if item.id.is_empty() { task.id.clone() } else { format!("{} {}", task.id, item.id) };
                Undefined::NoAnswers(question)
            })?;
            if let Some(at) = self.yes.iter().find(|at| !table.rows[row].tells(**at)) {
                return Err(Undefined::untold(task, item, *at, &table.rows[row]));
            }
            let name = match self.every {
                Some(_) => item.context.clone().unwrap_or_default(),
                None => String::new(),
            };
            match groups.iter_mut().find(|(known, _)| *known == name) {
                Some((_, rows)) => rows.push(row),
                None => groups.push((name, vec![row])),
            }
        }
        if groups.is_empty() { Err(Undefined::NothingShared(task.id.clone())) } else { Ok(groups) }
    }

    /// Whether the check is about this item.
    fn asks(&self, item: &Item) -> bool {
        self.about.as_ref().is_none_or(|wanted| about(item) == *wanted)
            && self.context.as_ref().is_none_or(|context| item.context.as_ref() == Some(context))
    }

    /// Returns, for each context, the shares (with the answers behind them) that the value could have under
    /// any label; `None` where labels play no part, or where the figures of a value do not tell its share.
    fn by_any_label(&self, task: &Task, table: &Table) -> Option<Vec<Vec<(f64, u32)>>> {
        if task.shape.is_set() {
            let row = table.rows.first().filter(|row| !row.known.contains(&false))?;
            return Some(vec![row.shares.iter().map(|share| (*share, row.n)).collect()]);
        }
        // Where all questions count, every label counts anyway.
        self.about.as_ref()?;
        let asked = |item: &&Item| self.about.as_deref() == Some(about(item).as_str());
        let contexts: Vec<&Option<String>> = (task.items.iter().filter(asked))
            .map(|item| &item.context)
            .filter(|context| self.context.is_none() || **context == self.context)
            .collect();
        let shares = |context: &&Option<String>| {
            let mut shares = Vec::new();
            for item in task.items.iter().filter(|item| item.context == **context) {
                let Some(row) = table.row(&item.id).map(|at| &table.rows[at]) else { continue };
                let levels = row.known.len();
                let pair = matches!(item.about, About::Pair(..));
                for turned in [false, true].into_iter().take(1 + usize::from(pair)) {
                    let at = |level: &usize| if turned { levels - 1 - level } else { *level };
                    if self.yes.iter().map(at).any(|at| row.known.get(at) != Some(&true)) {
                        return None;
                    }
                    shares.push((self.yes.iter().map(|level| row.shares[at(level)]).sum(), row.n));
                }
            }
            Some(shares)
        };
        contexts.iter().map(shares).collect()
    }

    fn yes(&self, row: &Row) -> f64 {
        self.yes.iter().map(|at| row.shares[*at]).sum()
    }

    /// What the answers to a single question say else: its other options, the most frequent first.
    fn instead(&self, row: &Row, suites: &Suites) -> Vec<String> {
        let item =
            suites.task(&self.task).and_then(|task| task.items.iter().find(|item| item.id == row.item));
        let Some(item) = item else { return Vec::new() };
        let mut others: Vec<(f64, &str)> = (item.choices.iter().enumerate())
            .filter(|(at, _)| !self.yes.contains(at) && row.tells(*at))
            .filter_map(|(at, choice)| Some((*row.shares.get(at)?, choice.id.as_str())))
            .collect();
        // Of a level, what the source does not tell comes last.
        others.extend(row.shares.get(item.choices.len()).map(|share| (*share, "not told")));
        others.retain(|(share, _)| *share > 0.0);
        others.sort_by(|a, b| b.0.total_cmp(&a.0));
        let said: Vec<String> = others
            .into_iter()
            .take(3)
            .map(|(share, option)| format!("{option} {}", Unit::Share.show(share)))
            .collect();
        let said = if said.is_empty() { "none".to_owned() } else { said.join(", ") };
        vec![format!("other answers: {said}")]
    }

    fn pooled(&self, table: &Table, rows: &[usize]) -> f64 {
        let n: f64 = rows.iter().map(|row| f64::from(table.rows[*row].n)).sum();
        let yes: f64 =
            rows.iter().map(|row| self.yes(&table.rows[*row]) * f64::from(table.rows[*row].n)).sum();
        if n > 0.0 { yes / n } else { 0.0 }
    }
}

/// Returns how many forms share the answers to a question of the task.
fn forms_of(task: &Task) -> usize {
    if task.counterbalanced { task.forms.len().max(1) } else { 1 }
}

impl Measure for ChoiceShare {
    fn inputs(&self) -> Vec<Input> {
        vec![Input::subject(&self.task, View::Main)]
    }

    fn prepare(&self, tables: &[Table], suites: &Suites) -> Result<Statistic, Undefined> {
        let groups = self.groups(&tables[0], suites)?;
        let own = ChoiceShare {
            task: self.task.clone(),
            yes: self.yes.clone(),
            about: None,
            context: None,
            every: self.every,
        };
        Ok(Box::new(move |tables| {
            let shares = groups.iter().map(|(_, rows)| own.pooled(&tables[0], rows));
            Ok(match own.every {
                Some(Extreme::Highest) => shares.fold(0.0, f64::max),
                _ => shares.fold(1.0, f64::min),
            })
        }))
    }

    fn explain(&self, tables: &[Table], suites: &Suites) -> Vec<String> {
        let Ok(groups) = self.groups(&tables[0], suites) else { return Vec::new() };
        let mut said: Vec<(f64, String)> = Vec::new();
        if self.every.is_some() {
            for (context, rows) in &groups {
                let share = self.pooled(&tables[0], rows);
                said.push((share, format!("{context} {}", Unit::Share.show(share))));
            }
        } else if let [(_, rows)] = groups.as_slice()
            && rows.len() > 1
        {
            for row in rows.iter().map(|row| &tables[0].rows[*row]) {
                let share = self.yes(row);
                said.push((share, format!("{} {}", row.item, Unit::Share.show(share))));
            }
        } else if let [(_, rows)] = groups.as_slice()
            && let [row] = rows.as_slice()
        {
            return self.instead(&tables[0].rows[*row], suites);
        }
        said.sort_by(|a, b| {
            if self.every == Some(Extreme::Highest) { b.0.total_cmp(&a.0) } else { a.0.total_cmp(&b.0) }
        });
        said.into_iter().take(3).map(|(_, text)| text).collect()
    }

    fn reads(&self, _: usize, suites: &Suites) -> Option<Vec<usize>> {
        let items = &suites.task(&self.task)?.items;
        Some((0..items.len()).filter(|at| self.asks(&items[*at])).collect())
    }

    fn range(&self, suites: &Suites) -> Option<(f64, f64)> {
        // Every rating is at or above the lowest level.
        (self.yes.len() >= suites.task(&self.task)?.items.first()?.choices.len()).then_some((1.0, 1.0))
    }

    fn tested(&self, suites: &Suites) -> Tested {
        let Some(task) = suites.task(&self.task) else { return Tested::Order };
        let asked = task.items.iter().filter(|item| self.asks(item)).count().max(1) as f64;
        let groups = if self.every.is_some() { task.contexts().len().max(1) as f64 } else { 1.0 };
        let (above, below) = match self.every {
            Some(Extreme::Highest) => (groups, 1.0),
            _ => (1.0, groups),
        };
        let (pooled, forms) = (asked / groups, forms_of(task));
        let spent = u32::try_from(forms).ok().filter(|forms| pooled <= 1.0 && *forms <= MOST_FORMS);
        Tested::Mean { lowest: 0.0, pooled, spent, above, below }
    }

    fn interval(&self, tables: &[Table], suites: &Suites, sure: &Confidence) -> Ends {
        let groups = self.groups(&tables[0], suites)?;
        let task = find(suites, &self.task)?;
        let forms = forms_of(task);
        let parts = groups.len().max(1) as f64;
        let mut interval: Option<(f64, f64)> = None;
        for (_, rows) in &groups {
            let of = |count: fn(&Row) -> u32| {
                let counts = rows.iter().map(|row| count(&tables[0].rows[*row]));
                counts.fold(0, u32::saturating_add)
            };
            let (n, unread) = (of(|row| row.n), of(|row| row.unread));
            let yes = self.pooled(&tables[0], rows) * f64::from(n);
            let all = n.saturating_add(unread);
            // All contexts reach a bound if each one does, so each is tested at the whole rate: to err, one
            // that does not must be misjudged. That some context does not takes the rate divided over them.
            let (whole, part) = (sure.rate, sure.rate / parts);
            let (for_low, for_high) = match self.every {
                Some(Extreme::Highest) => (part, whole),
                _ => (whole, part),
            };
            let at_most = yes + f64::from(unread);
            let own = (
                sure.design.share_at_least(yes, all, for_low)?,
                sure.design.share_at_most(at_most, all, for_high)?,
            );
            let path = || match rows.as_slice() {
                [row] if sure.design != Design::Fixed => YesPath::of(&tables[0].rows[*row], &self.yes, forms),
                _ => None,
            };
            let own = match path() {
                Some(path) => beside(own, sure.bound, path.side(sure.bound, (for_low, for_high))),
                None => own,
            };
            interval = Some(match (interval, self.every) {
                (None, _) => own,
                (Some((low, high)), Some(Extreme::Highest)) => (low.max(own.0), high.max(own.1)),
                (Some((low, high)), _) => (low.min(own.0), high.min(own.1)),
            });
        }
        interval.ok_or_else(|| Undefined::NothingShared(self.task.clone()))
    }

    fn by_chance(&self, tables: &[Table], suites: &Suites, _: &mut Stream) -> ByChance {
        let Ok(task) = find(suites, &self.task) else { return ByChance::unknown() };
        let options = task.items[0].choices.len();
        let named = task.shape.named(options).unwrap_or(1) * self.yes.len();
        let uniform = self.every.is_none().then_some(named as f64 / options as f64);
        let shuffled = match self.by_any_label(task, &tables[0]) {
            Some(contexts) => {
                let join = match self.every {
                    None => null::shares::ShareJoin::Pooled,
                    Some(Extreme::Lowest) => null::shares::ShareJoin::Lowest,
                    Some(Extreme::Highest) => null::shares::ShareJoin::Highest,
                };
                let null = null::shares::over_contexts(&contexts, join);
                null.map_or(Shuffled::Unknown, Shuffled::Known)
            }
            None => Shuffled::Meaningless,
        };
        ByChance { shuffled, uniform }
    }
}
