//! One table of figures in a tally file: n, and counts, shares or rankings.

mod people;
mod sums;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::answer::Invalid;
use crate::ground::diagnostic::{Diagnostic, Source};
use crate::ground::text::one_line;
use crate::profile::{Cell, Counts};
use crate::suite::{Item, Shape, Task};

/// The keys of one table of figures.
pub const FIELDS: [&str; 9] =
    ["n", "counts", "shares", "rankings", "not_permutations", "invalid", "partial", "doubt", "unusable"];

/// A value and its place in the file, in bytes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Placed<T>(pub T, pub Range<usize>);

/// The figures at one path (`T2.medical.privacy`, `T1.shuffled`).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct FiguresTable {
    /// The task's id, followed by the further keys of the table.
    pub path: Vec<(String, Range<usize>)>,
    /// The number of answers asked for, valid or invalid.
    n: Placed<u32>,
    invalid: u32,
    partial: bool,
    figures: Figures,
    pub irregular: u32,
    /// A known problem with the figures, which are used all the same.
    pub doubt: Option<String>,
    /// The reason why the figures cannot be used.
    unusable: Option<Placed<String>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Figures {
    Numbers(ChoiceNumbers),
    Rankings(Vec<Placed<Vec<Placed<String>>>>),
    /// What each person of a survey answered; `ranked` if in an order.
    People {
        answers: Vec<PersonAnswer>,
        ranked: bool,
    },
}

/// What one person answered to a question.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct PersonAnswer {
    pub who: Placed<String>,
    pub answers: Vec<Placed<String>>,
}

/// The number of answers by choice, as counts or as shares of n.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ChoiceNumbers {
    numbers: Vec<(Placed<String>, f64)>,
    place: Range<usize>,
    shares: bool,
}

/// Collects the tables with figures in `table`, at any depth.
pub(super) fn collect(
    table: &DeTable<'_>,
    path: &mut Vec<(String, Range<usize>)>,
    file: &Source,
    into: &mut Vec<FiguresTable>,
) -> Result<(), Diagnostic> {
    if table.iter().any(|(key, _)| FIELDS.contains(&key.get_ref().as_ref())) {
        into.push(read_figures(table, path, file)?);
        return Ok(());
    }
    for (key, value) in table {
        let name = key.get_ref().to_string();
        let DeValue::Table(inner) = value.get_ref() else {
            return Err(Diagnostic::new(format!("unknown field `{name}` in figures"))
                .at(file, key.span())
                .nearest(&name, FIELDS));
        };
        path.push((name, key.span()));
        collect(inner, path, file, into)?;
        path.pop();
    }
    Ok(())
}

fn read_figures(
    table: &DeTable<'_>,
    path: &[(String, Range<usize>)],
    file: &Source,
) -> Result<FiguresTable, Diagnostic> {
    let here = path.last().map_or(0..0, |(_, span)| span.clone());
    let (mut n, mut figures, mut irregular, mut invalid, mut partial) = (None, None, 0_u32, 0, false);
    let (mut doubt, mut unusable) = (None, None);
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        match (name, value.get_ref()) {
            ("n", _) => n = Some(Placed(whole(value, file)?, value.span())),
            ("invalid", _) => invalid = whole(value, file)?,
            ("partial", DeValue::Boolean(yes)) => partial = *yes,
            ("doubt", DeValue::String(why)) => doubt = Some(reason(name, why, value.span(), file)?.0),
            ("unusable", DeValue::String(why)) => unusable = Some(reason(name, why, value.span(), file)?),
            ("counts" | "shares", DeValue::Table(inner)) => {
                once(&figures, key, file)?;
                let numbers = by_name(inner, file)?;
                let (place, shares) = (value.span(), name == "shares");
                figures = Some(Figures::Numbers(ChoiceNumbers { numbers, place, shares }));
            }
            ("rankings", DeValue::Array(rows)) => {
                once(&figures, key, file)?;
                let rows: Result<Vec<_>, _> = rows.iter().map(|row| ranking(row, file)).collect();
                figures = Some(Figures::Rankings(rows?));
            }
            ("not_permutations", DeValue::Array(rows)) => {
                for row in rows.iter() {
                    check_run(row, file)?;
                    irregular = irregular.saturating_add(1);
                }
            }
            _ => return Err(no_such_field(key, file)),
        }
    }
    let n = n.ok_or_else(|| {
        Diagnostic::new("these figures have no `n`")
            .at(file, here.clone())
            .help("add n, the number of answers that the figures come from")
    })?;
    let figures = figures.ok_or_else(|| {
        Diagnostic::new("these figures have neither counts, shares nor rankings").at(file, here.clone())
    })?;
    if n.0 == 0 {
        return Err(Diagnostic::new("n is 0, but figures need at least one answer").at(file, n.1));
    }
    Ok(FiguresTable { path: path.to_vec(), n, invalid, partial, figures, irregular, doubt, unusable })
}

fn no_such_field(key: &Spanned<Cow<'_, str>>, file: &Source) -> Diagnostic {
    let name = key.get_ref().as_ref();
    let takes = match name {
        "counts" | "shares" => "a table of numbers by option",
        "rankings" | "not_permutations" => "a list of lists of options",
        "partial" => "true or false",
        "doubt" | "unusable" => "a text that says what is wrong with the figures",
        "n" | "invalid" => "a whole number",
        _ => {
            let problem = Diagnostic::new(format!("`{name}` is not a field of figures"));
            return problem.at(file, key.span()).nearest(name, FIELDS);
        }
    };
    Diagnostic::new(format!("the value of `{name}` is of another kind than it takes"))
        .at(file, key.span())
        .help(format!("`{name}` takes {takes}"))
}

/// Reads the text of `doubt` or `unusable`.
fn reason(name: &str, why: &str, place: Range<usize>, file: &Source) -> Result<Placed<String>, Diagnostic> {
    if why.trim().is_empty() {
        let empty = Diagnostic::new(format!("`{name}` is empty")).at(file, place);
        return Err(empty.help("say what is wrong with the figures, or remove the line"));
    }
    Ok(Placed(one_line(why, 500), place))
}

/// Checks that figures are given only once.
fn once(figures: &Option<Figures>, key: &Spanned<Cow<'_, str>>, file: &Source) -> Result<(), Diagnostic> {
    if figures.is_none() {
        return Ok(());
    }
    Err(Diagnostic::new("figures are given twice")
        .at(file, key.span())
        .help("keep one of counts, shares or rankings"))
}

/// Reads a table of numbers by the names of choices.
fn by_name(table: &DeTable<'_>, file: &Source) -> Result<Vec<(Placed<String>, f64)>, Diagnostic> {
    let named = table.iter().map(|(choice, number)| {
        Ok((Placed(choice.get_ref().to_string(), choice.span()), positive(number, file)?))
    });
    named.collect()
}

/// Checks that a run that is not a permutation is at least a table of ranks.
fn check_run(row: &Spanned<DeValue<'_>>, file: &Source) -> Result<(), Diagnostic> {
    let DeValue::Table(ranks) = row.get_ref() else {
        return Err(Diagnostic::new("a run is written as { value = rank, … }").at(file, row.span()));
    };
    by_name(ranks, file).map(|_| ())
}

fn whole(value: &Spanned<DeValue<'_>>, file: &Source) -> Result<u32, Diagnostic> {
    let number = match value.get_ref() {
        DeValue::Integer(integer) => {
            u32::from_str_radix(&integer.as_str().replace('_', ""), integer.radix()).ok()
        }
        _ => None,
    };
    number.ok_or_else(|| Diagnostic::new("expected a whole number, 0 or more").at(file, value.span()))
}

fn positive(value: &Spanned<DeValue<'_>>, file: &Source) -> Result<f64, Diagnostic> {
    let number = match value.get_ref() {
        DeValue::Integer(_) => whole(value, file).ok().map(f64::from),
        DeValue::Float(float) => float.as_str().replace('_', "").parse::<f64>().ok(),
        _ => None,
    };
    number
        .filter(|number| number.is_finite() && *number >= 0.0)
        .ok_or_else(|| Diagnostic::new("expected a number, 0 or more").at(file, value.span()))
}

fn ranking(row: &Spanned<DeValue<'_>>, file: &Source) -> Result<Placed<Vec<Placed<String>>>, Diagnostic> {
    let expected =
        || Diagnostic::new("a ranking is a list of value ids, most important first").at(file, row.span());
    let DeValue::Array(places) = row.get_ref() else { return Err(expected()) };
    let names = places.iter().map(|place| match place.get_ref() {
        DeValue::String(id) => Ok(Placed(id.to_string(), place.span())),
        _ => Err(expected()),
    });
    Ok(Placed(names.collect::<Result<Vec<_>, _>>()?, row.span()))
}

impl FiguresTable {
    /// Makes figures of the people of a survey.
    pub(super) fn of_people(
        path: Vec<(String, Range<usize>)>,
        n: Placed<u32>,
        figures: Figures,
    ) -> FiguresTable {
        let (doubt, unusable) = (None, None);
        FiguresTable { path, n, invalid: 0, partial: false, figures, irregular: 0, doubt, unusable }
    }

    /// Returns the problem if the file says that the figures cannot be used.
    pub(super) fn unusable(&self, task: &Task, file: &Source) -> Option<Diagnostic> {
        let Placed(why, place) = self.unusable.as_ref()?;
        let problem = Diagnostic::new(format!("these figures of {} cannot be used: {why}", task.id));
        Some(problem.at(file, place.clone()).help(
            "compare with another respondent; if the figures are those of a model in alignment.toml, list its other tasks there (`tasks = […]`)",
        ))
    }

    /// Makes the cell of `item` from the figures, and checks that they fit it.
    pub(super) fn cell(&self, task: &Task, item: &Item, file: &Source) -> Result<Cell, Diagnostic> {
        let mut invalid = BTreeMap::new();
        if self.invalid > 0 {
            // A tally does not say why answers are invalid, or whether some were refusals, so they all count as
            // unread.
            invalid.insert(Invalid::Ambiguous, self.invalid);
        }
        let problem = |message: String| Diagnostic::new(message).at(file, self.n.1.clone());
        let n = self.n.0;
        let spoiled = self.invalid.saturating_add(self.irregular);
        let valid = n
            .checked_sub(spoiled)
            .ok_or_else(|| problem(format!("there are {spoiled} invalid answers, but n is {n}")))?;
        let counts = match (&self.figures, task.shape) {
            (Figures::Numbers(numbers), Shape::Set { pick }) => {
                numbers.selected(pick, self.partial, valid, item, file)?
            }
            (Figures::Numbers(numbers), Shape::Level) => numbers.levels(valid, item, file)?,
            (Figures::Rankings(rows), Shape::Ranking) => {
                if self.irregular > 0 {
                    *invalid.entry(Invalid::NotAPermutation).or_default() += spoiled - self.invalid;
                }
                if rows.len() != valid as usize {
                    return Err(problem(format!(
                        "there are {} rankings, but n leaves room for {valid}",
                        rows.len()
                    ))
                    .help("n is the number of rankings, not_permutations and invalid answers together"));
                }
                let rows: Result<Vec<Vec<u8>>, Diagnostic> =
                    rows.iter().map(|row| permutation(row, item, file)).collect();
                Counts::Ranking { rows: rows? }
            }
            (Figures::People { answers, ranked }, _) => people::counts(answers, *ranked, task, item, file)?,
            _ => {
                let wanted = if task.shape == Shape::Ranking { "rankings" } else { "counts or shares" };
                return Err(problem(format!(
                    "{} is a task of kind {}, which needs {wanted}",
                    task.id, task.kind
                )));
            }
        };
        // Surveys print shares, or list their people, who answered more than one question.
        let panel = matches!(
            &self.figures,
            Figures::Numbers(ChoiceNumbers { shares: true, .. }) | Figures::People { .. }
        );
        Ok(Cell { n: valid, invalid, gaps: Vec::new(), lost: Vec::new(), counts, panel })
    }
}

impl ChoiceNumbers {
    fn by_choice(&self, valid: u32, item: &Item, file: &Source) -> Result<Vec<Option<f64>>, Diagnostic> {
        let mut counts = vec![None; item.choices.len()];
        for (Placed(id, place), number) in &self.numbers {
            let Some(at) = item.choices.iter().position(|choice| choice.id == *id) else {
                return Err(Diagnostic::new(format!("unknown option `{id}`"))
                    .at(file, place.clone())
                    .nearest(id, item.choices.iter().map(|choice| choice.id.as_str())));
            };
            if self.shares && *number > 1.0 {
                return Err(Diagnostic::new(format!("a share of {number} is more than 1"))
                    .at(file, place.clone())
                    .help("shares lie between 0 and 1; use `counts` for numbers of answers"));
            }
            counts[at] = Some(if self.shares { number * f64::from(valid) } else { *number });
        }
        Ok(counts)
    }
}

fn permutation(row: &Placed<Vec<Placed<String>>>, item: &Item, file: &Source) -> Result<Vec<u8>, Diagnostic> {
    let Placed(row, place) = row;
    let mut order: Vec<u8> = Vec::with_capacity(item.choices.len());
    for Placed(id, here) in row {
        let at = item.choices.iter().position(|choice| choice.id == *id);
        let at = at.and_then(|at| u8::try_from(at).ok()).ok_or_else(|| {
            Diagnostic::new(format!("unknown option `{id}`"))
                .at(file, here.clone())
                .nearest(id, item.choices.iter().map(|choice| choice.id.as_str()))
        })?;
        if order.contains(&at) {
            return Err(Diagnostic::new(format!("`{id}` occurs twice in one ranking"))
                .at(file, here.clone())
                .help("put a run that is not a permutation into `not_permutations`"));
        }
        order.push(at);
    }
    if order.len() == item.choices.len() {
        return Ok(order);
    }
    Err(Diagnostic::new(format!("{} of {} options are ranked", order.len(), item.choices.len()))
        .at(file, place.clone())
        .help("put a run that is not a permutation into `not_permutations`"))
}
