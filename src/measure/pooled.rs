//! The scores of values, each pooled over all cells of it that are compared together, as those of its contexts.

use super::pairs::ScoredThing;
use super::score::Score;
use crate::profile::Table;

/// One entry for each value: its cells, pooled.
#[derive(Debug, Clone, Default)]
pub(super) struct PooledValues(pub Vec<(String, Vec<Score>)>);

impl PooledValues {
    pub(super) fn add(&mut self, cell: Score) {
        match self.0.iter_mut().find(|(value, _)| *value == cell.value) {
            Some((_, cells)) => cells.push(cell),
            None => self.0.push((cell.value.clone(), vec![cell])),
        }
    }

    pub(super) fn scores(&self, table: &Table) -> Vec<f64> {
        let mean =
            |cells: &[Score]| cells.iter().map(|cell| cell.score(table)).sum::<f64>() / cells.len() as f64;
        self.0.iter().map(|(_, cells)| (mean(cells) * 1e9).round() / 1e9).collect()
    }

    pub(super) fn things(&self) -> Vec<ScoredThing> {
        self.0.iter().map(|(_, cells)| cells.iter().flat_map(Score::parts).collect()).collect()
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.0.iter().map(|(value, _)| value.clone()).collect()
    }
}
