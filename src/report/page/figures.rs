//! The study's figures of a run: each role beside people, and all roles together.

use maud::{Markup, html};

use crate::figure::{Figure, patterns};
use crate::report::escape::line;

const LONG: usize = 400;

/// The figures that a page shows.
#[derive(Debug, Default)]
pub(crate) struct PageFigures {
    /// Of each role, beside people and whoever else is drawn.
    pub roles: Vec<(String, Vec<Figure>)>,
    /// Of all of them together.
    pub all: Vec<Figure>,
    /// Answers that are not drawn, and why.
    pub missing: Vec<String>,
}

/// The figures of a role, folded, since there are many of them.
pub(super) fn of_role(role: &str, drawn: &PageFigures) -> Markup {
    let figures = drawn.roles.iter().find(|(name, _)| name == role).map(|(_, figures)| figures.as_slice());
    html! {
        @if let Some(figures) = figures.filter(|figures| !figures.is_empty()) {
            h3 { "Figures" }
            details open[drawn.roles.len() == 1] {
                summary { (figures.len()) " figures of the answers of " (line(role, 100)) }
                @for figure in figures { (one(figure, role)) }
            }
        }
    }
}

/// The figures of all roles, and what is not drawn.
pub(super) fn of_all(drawn: &PageFigures) -> Markup {
    let some = !drawn.all.is_empty() || drawn.roles.iter().any(|(_, figures)| !figures.is_empty());
    html! {
        @if some { (patterns()) }
        @if !drawn.all.is_empty() || !drawn.missing.is_empty() {
            section aria-labelledby="figures" {
                h2 id="figures" { "Figures of all roles" }
                @if !drawn.missing.is_empty() {
                    p { "Not drawn:" }
                    ul { @for why in &drawn.missing { li { (line(why, LONG)) } } }
                }
                @for figure in &drawn.all { (one(figure, "all roles")) }
            }
        }
    }
}

fn one(figure: &Figure, whose: &str) -> Markup {
    html! {
        figure {
            figcaption { b { (figure.title) } " " span class="soft" { (figure.caption) } }
            div class="wide" tabindex="0" role="region" aria-label={ (figure.title) ", " (line(whose, 100)) } { (figure.drawn()) }
        }
    }
}
