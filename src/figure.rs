//! The study's figures, of whatever respondents there are: first as data, then as SVG and as CSV.
//!
//! What is drawn follows from the shape of a task's answers, so that a user's own tasks have figures, too. Each mark
//! of an SVG holds the exact numbers that it shows as `data-` attributes. Colours come from classes: a file of its own
//! brings their rules along ([`Figure::file`]), and the report's page has them in its style ([`Figure::drawn`]).
//!
//! Charts are drawn here by hand. plotters and charming were compared: see `docs/figures.md`.

mod agreement;
mod bars;
mod canvas;
mod levels;
mod map;
mod matrix;
pub(crate) mod rows;
mod shares;
mod study;

use std::collections::BTreeMap;

use maud::{Markup, PreEscaped};

use canvas::Placement;
pub(crate) use canvas::patterns;
pub(crate) use study::{WantedFigures, figures};

use crate::profile::Table;
use agreement::{AgreementMap, AgreementMatrix};
use bars::BarChart;

/// A respondent whose answers are drawn.
#[derive(Debug, Clone, Default)]
pub(crate) struct DrawnRespondent {
    pub name: String,
    /// Whether these are people, with whom others are compared.
    pub people: bool,
    /// The shares of its answers, by the id of the task.
    pub tables: BTreeMap<String, Table>,
}

/// One figure.
#[derive(Debug)]
pub(crate) struct Figure {
    /// What it is called among others: `t2-levels-by-value`.
    pub name: String,
    pub title: String,
    /// What the marks and the intervals mean.
    pub caption: String,
    content: FigureContent,
}

#[derive(Debug)]
enum FigureContent {
    Bars(BarChart),
    Matrix(AgreementMatrix),
    Map(AgreementMap),
}

impl Figure {
    /// Draws it for a page that has the rules of charts and [`patterns`].
    pub(crate) fn drawn(&self) -> Markup {
        PreEscaped(closed(&self.svg(Placement::Page)))
    }

    /// Writes it as a file of its own, on white.
    pub(crate) fn file(&self) -> String {
        closed(&self.svg(Placement::File)) + "\n"
    }

    fn svg(&self, placement: Placement) -> Markup {
        match &self.content {
            FigureContent::Bars(chart) => bars::drawn(chart, self, placement),
            FigureContent::Matrix(matrix) => matrix::drawn(matrix, self, placement),
            FigureContent::Map(map) => map::drawn(map, self, placement),
        }
    }

    /// Writes its data as CSV, a row for each mark.
    pub(crate) fn csv(&self) -> String {
        rows::csv(match &self.content {
            FigureContent::Bars(chart) => chart.rows(),
            FigureContent::Matrix(matrix) => matrix.rows(),
            FigureContent::Map(map) => map.rows(),
        })
    }
}

/// Closes empty elements in short, as XML and a page's SVG have it: a chart has thousands of them.
fn closed(svg: &Markup) -> String {
    let elements = ["path", "rect", "circle"];
    elements.iter().fold(svg.0.clone(), |text, name| text.replace(&format!("\"></{name}>"), "\"/>"))
}
