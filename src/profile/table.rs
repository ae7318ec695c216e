//! Tables: the shares of one view of a profile, with a row for each item, ready to be measured.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Cell, Counts, ItemProfile, Profile, UNREAD, by_reason};
use crate::answer::Invalid;
use crate::suite::{Shape, Task, Unanswered};

/// The part of a profile that a table shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum View {
    /// The forms that a check means if it names none: the task's first form, or all forms pooled if they
    /// counterbalance each other or the source does not distinguish them.
    Main,
    /// A single form.
    Form(&'static str),
    /// Valid against invalid responses, with all items pooled: one row of two shares.
    Validity,
}

impl View {
    /// Returns the places of the forms that the view uses.
    pub fn forms(self, task: &Task) -> Vec<usize> {
        let all = 0..task.forms.len();
        match self {
            View::Validity => all.collect(),
            View::Main if task.counterbalanced => all.collect(),
            View::Main => all.take(1).collect(),
            // Forms that counterbalance each other share their samples, so none is asked alone.
            View::Form(_) if task.counterbalanced => all.collect(),
            View::Form(label) => all.filter(|form| task.forms[*form].label == label).collect(),
        }
    }
}

/// The shares of one view.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The shape of the answers, which says how the shares of a row are laid out.
    pub shape: Shape,
    /// A row for each item.
    pub rows: Vec<Row>,
}

/// The shares of one item.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The item's id (`overall.…` for pooled contexts).
    pub item: String,
    /// The number of valid answers.
    pub n: u32,
    /// The number of unread responses to which every interval gives the value that is worst for the verdict. Shares
    /// do not include them.
    pub unread: u32,
    /// For a set, the share of answers that selected each choice: these add up to `pick` if all are reported, and a
    /// choice that is not reported has an upper bound. For a level, the share of each level, then of "other" (0
    /// unless the source leaves levels out). For a ranking of k options, k × k shares: choice c at place p is
    /// `shares[c * k + p]`.
    pub shares: Vec<f64>,
    /// For a level, whether the source reports each level's share. For a set, whether it reports each choice's; empty
    /// if it reports all.
    pub known: Vec<bool>,
    /// The answers one by one, if they are known.
    pub joint: Option<Arc<Joint>>,
}

/// Answers one by one, in the order of the samples. The row's unread responses are among them, at their
/// place: as an empty set, an empty ranking, or the level [`UNREAD`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Joint {
    /// Each set as a bit mask of its choices.
    Sets(Vec<u64>),
    /// Each ranking as places in the item's choices, first to last.
    Rankings(Vec<Vec<u8>>),
    /// The levels form by form, so that answers to the same form of two items can be paired. A form that was asked
    /// without a valid answer is included as an empty list.
    Levels(Vec<(String, Vec<u8>)>),
    /// Rankings of the people of a survey, of whom some may have ranked for several items, as in [`Joint::Panel`].
    People(Vec<Vec<u8>>),
    /// Answers are not known one by one, and items depend on each other because the same people may have answered
    /// several.
    Panel,
}

impl Row {
    /// Returns the number of valid answers and unread responses.
    pub fn responses(&self) -> u32 {
        self.n.saturating_add(self.unread)
    }

    /// Returns the row without its unread responses, as if they had never been asked for.
    pub fn without_unread(&self) -> Row {
        if self.unread == 0 {
            return self.clone();
        }
        let joint = self.joint.as_deref().map(|joint| {
            Arc::new(match joint {
                Joint::Sets(sets) => Joint::Sets(sets.iter().copied().filter(|set| *set != 0).collect()),
                Joint::Rankings(orders) => {
                    Joint::Rankings(orders.iter().filter(|order| !order.is_empty()).cloned().collect())
                }
                Joint::Levels(forms) => {
                    let read = |form: &Vec<u8>| form.iter().copied().filter(|at| *at != UNREAD).collect();
                    Joint::Levels(forms.iter().map(|(label, form)| (label.clone(), read(form))).collect())
                }
                Joint::People(orders) => Joint::People(orders.clone()),
                Joint::Panel => Joint::Panel,
            })
        });
        Row { unread: 0, joint, ..self.clone() }
    }

    /// Returns whether the source reports the share of this choice or level.
    pub fn tells(&self, at: usize) -> bool {
        self.known.get(at) != Some(&false)
    }

    /// Writes the mean place of each choice of a ranking row, from 1, to `into`.
    pub fn mean_ranks(&self, into: &mut Vec<f64>) {
        let k = self.shares.len().isqrt();
        into.clear();
        into.extend(
            self.shares
                .chunks_exact(k.max(1))
                .map(|places| places.iter().zip(1u32..).map(|(s, p)| s * f64::from(p)).sum::<f64>()),
        );
    }
}

impl Table {
    /// Returns the place of an item's row.
    pub fn row(&self, item: &str) -> Option<usize> {
        self.rows.iter().position(|row| row.item == item)
    }

    /// Returns the number of unread responses that count, over all rows.
    pub fn unread(&self) -> u32 {
        self.rows.iter().map(|row| row.unread).fold(0, u32::saturating_add)
    }

    /// Whether these are figures of a survey of people.
    pub(crate) fn is_survey(&self) -> bool {
        self.rows.iter().any(|row| matches!(row.joint.as_deref(), Some(Joint::Panel | Joint::People(_))))
    }

    /// Returns the table without its unread responses, as if they had never been asked for.
    #[must_use]
    pub fn without_unread(&self) -> Table {
        Table { shape: self.shape, rows: self.rows.iter().map(Row::without_unread).collect() }
    }
}

impl Profile {
    /// Returns the shares of a view, with a row for each item that has valid answers there. Responses without
    /// an answer are left out.
    pub fn table(&self, task: &Task, view: View) -> Table {
        self.table_with(task, view, Unanswered::LEFT_OUT)
    }

    /// Returns the same table, in which responses without an answer count according to `rule`. In a view of valid
    /// against invalid responses, the shares already include them.
    pub fn table_with(&self, task: &Task, view: View, rule: Unanswered) -> Table {
        let counted = self.with_lost(rule);
        if let Cow::Owned(profile) = &counted {
            return profile.table_of(task, view, rule);
        }
        self.table_of(task, view, rule)
    }

    /// Returns the table of a profile in which answers after lost tries already count as `rule` demands.
    fn table_of(&self, task: &Task, view: View, rule: Unanswered) -> Table {
        if view == View::Validity {
            return Table { shape: Shape::Level, rows: self.validity().into_iter().collect() };
        }
        let mut rows = Vec::new();
        // The task's own order comes first, so that tables of different profiles have matching rows.
        let own = task.items.iter().map(|item| item.id.as_str());
        let further = self.items.keys().map(String::as_str).filter(|id| task.item(id).is_none());
        for id in own.chain(further) {
            let Some(item) = self.items.get(id) else { continue };
            rows.extend(row(id, chosen(item, task, view), rule));
        }
        Table { shape: task.shape, rows }
    }

    /// Returns the items and forms whose answers are in a view's table.
    pub(crate) fn cells_of(&self, task: &Task, view: View) -> impl Iterator<Item = (&str, &str)> {
        self.items.iter().flat_map(move |(id, item)| {
            chosen(item, task, view).into_iter().map(move |(form, _)| (id.as_str(), form))
        })
    }

    /// Returns one row with the shares of valid and invalid responses; lost answers may have been either.
    fn validity(&self) -> Option<Row> {
        let (valid, invalid) = self.totals();
        let cells = self.items.values().flat_map(|item| item.forms.values());
        let lost = cells.filter_map(|cell| cell.invalid.get(&Invalid::Lost)).sum();
        let invalid = invalid - lost;
        let counts = vec![Some(f64::from(valid)), Some(f64::from(invalid))];
        let counts = Counts::Level { counts, rows: Vec::new() };
        let cell = Cell { n: valid + invalid, counts, ..Cell::empty(Shape::Level, 0) };
        let row = row("", vec![("", &cell)], Unanswered::LEFT_OUT);
        row.map(|row| Row { unread: lost, ..row })
    }

    /// Returns the valid responses of a view, and the invalid ones by reason, the most frequent first.
    pub fn responses(&self, task: &Task, view: View) -> (u32, Vec<(Invalid, u32)>) {
        let items = self.items.values().flat_map(|item| chosen(item, task, view));
        let cells: Vec<&Cell> = items.map(|(_, cell)| cell).collect();
        (cells.iter().map(|cell| cell.n).sum(), by_reason(&cells))
    }
}

fn chosen<'a>(item: &'a ItemProfile, task: &Task, view: View) -> Vec<(&'a str, &'a Cell)> {
    let form = |(label, cell): (&'a String, &'a Cell)| (label.as_str(), cell);
    match view {
        View::Form(label) => item.forms.get_key_value(label).map(form).into_iter().collect(),
        View::Main | View::Validity => {
            let first = task.forms.first().map(|form| form.label).filter(|_| !task.counterbalanced);
            match first.and_then(|label| item.forms.get_key_value(label)) {
                Some(first) => vec![form(first)],
                None => item.forms.iter().map(form).collect(),
            }
        }
    }
}

/// Returns the number of a cell's responses without an answer that count by the rule.
fn unread(cell: &Cell, rule: Unanswered) -> u32 {
    let counts = |reason: &Invalid| rule.counts(*reason == Invalid::Refusal);
    cell.invalid.iter().filter(|(reason, _)| counts(reason)).map(|(_, count)| *count).sum()
}

/// Merges unread responses that count into a cell's answers: at their places, or at the end if their places are not
/// known.
fn with_unread<T: Clone>(answers: &[T], cell: &Cell, rule: Unanswered, unread_as: &T) -> Vec<T> {
    let all = answers.len() + unread(cell, rule) as usize;
    let mut merged = Vec::with_capacity(all);
    let mut from = 0;
    for (before, reason) in &cell.gaps {
        let upto = (*before as usize).clamp(from, answers.len());
        merged.extend_from_slice(&answers[from..upto]);
        from = upto;
        if rule.counts(*reason == Invalid::Refusal) {
            merged.push(unread_as.clone());
        }
    }
    merged.extend_from_slice(&answers[from..]);
    merged.resize(all.max(merged.len()), unread_as.clone());
    merged
}

/// Pools cells into a row; `None` if there is no valid answer.
fn row<'a>(id: &str, forms: Vec<(&'a str, &'a Cell)>, rule: Unanswered) -> Option<Row> {
    let all: Vec<&Cell> = forms.iter().map(|(_, cell)| *cell).collect();
    let cells: Vec<&Cell> = forms.iter().map(|(_, cell)| *cell).filter(|cell| cell.n > 0).collect();
    let n: u32 = cells.iter().map(|cell| cell.n).sum();
    let first = cells.first()?;
    let total = f64::from(n);
    let mut known = Vec::new();
    // Counts are added before they are divided, so that equal counts give exactly equal shares.
    let (mut shares, joint) = match &first.counts {
        Counts::Set { selected, .. } => {
            known = told(selected.len(), &cells);
            sets(selected.len(), n, &all, rule)
        }
        Counts::Level { counts, .. } => {
            // If one of the pooled sources does not report a level, it is not known for the pooled row.
            known = vec![true; counts.len()];
            let mut shares = vec![0.0; counts.len() + 1];
            for cell in &cells {
                if let Counts::Level { counts, .. } = &cell.counts {
                    for (level, count) in counts.iter().enumerate() {
                        known[level] &= count.is_some();
                    }
                }
            }
            for cell in &cells {
                if let Counts::Level { counts, .. } = &cell.counts {
                    for (level, count) in counts.iter().enumerate().filter(|(level, _)| known[*level]) {
                        shares[level] += count.unwrap_or(0.0);
                    }
                }
            }
            let named: f64 = shares.iter().sum();
            shares[counts.len()] = (total - named).max(0.0);
            (shares, levels(&forms, rule))
        }
        Counts::Ranking { rows } => {
            let k = rows.first().map_or(0, Vec::len);
            let mut shares = vec![0.0; k * k];
            let mut orders = Vec::with_capacity(n as usize);
            for cell in &all {
                if let Counts::Ranking { rows } = &cell.counts {
                    for order in rows {
                        for (place, choice) in order.iter().enumerate() {
                            shares[usize::from(*choice) * k + place] += 1.0;
                        }
                    }
                    orders.extend(with_unread(rows, cell, rule, &Vec::new()));
                }
            }
            let people = all.iter().any(|cell| cell.panel);
            (shares, Some(if people { Joint::People(orders) } else { Joint::Rankings(orders) }))
        }
        Counts::Text { .. } => return None,
    };
    shares.iter_mut().for_each(|share| *share /= total);
    let unread = all.iter().map(|cell| unread(cell, rule)).sum();
    Some(Row { item: id.to_owned(), n, unread, shares, known, joint: joint.map(Arc::new) })
}

/// Returns for each option whether all cells report it; empty if they report all options.
fn told(options: usize, cells: &[&Cell]) -> Vec<bool> {
    let mut told = Vec::new();
    for cell in cells {
        if let Counts::Set { untold, .. } = &cell.counts
            && !untold.is_empty()
        {
            told.resize(options, true);
            untold.iter().for_each(|at| told[*at] = false);
        }
    }
    told
}

/// Returns how often each option was selected, and the selections one by one if they are known.
fn sets(options: usize, n: u32, cells: &[&Cell], rule: Unanswered) -> (Vec<f64>, Option<Joint>) {
    let mut counts = vec![0.0; options];
    let (mut masks, mut known) = (Vec::new(), 0);
    for cell in cells {
        if let Counts::Set { selected, rows, .. } = &cell.counts {
            counts.iter_mut().zip(selected).for_each(|(sum, count)| *sum += count);
            masks.extend(with_unread(rows, cell, rule, &0));
            known += rows.len();
        }
    }
    if cells.iter().any(|cell| cell.panel) {
        return (counts, Some(Joint::Panel));
    }
    (counts, (known == n as usize).then_some(Joint::Sets(masks)))
}

/// Returns the levels one by one, if they are known.
fn levels(forms: &[(&str, &Cell)], rule: Unanswered) -> Option<Joint> {
    if forms.iter().any(|(_, cell)| cell.panel) {
        return Some(Joint::Panel);
    }
    let of = |(label, cell): &(&str, &Cell)| match &cell.counts {
        Counts::Level { rows, .. } if rows.len() == cell.n as usize => {
            Some(((*label).to_owned(), with_unread(rows, cell, rule, &UNREAD)))
        }
        _ => None,
    };
    forms.iter().map(of).collect::<Option<Vec<_>>>().map(Joint::Levels)
}
