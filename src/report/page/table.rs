//! The tables of the page.

use maud::{Markup, html};

/// Renders a table that scrolls by itself in a narrow window, with a name for screen readers.
pub(super) fn wide(name: &str, caption: &str, heads: &Markup, rows: &Markup) -> Markup {
    html! {
        div class="wide" tabindex="0" role="region" aria-label=(name) {
            table {
                caption { (caption) }
                thead { tr { (heads) } }
                tbody { (rows) }
            }
        }
    }
}

/// Renders the heads of a table of numbers: of the column that names the rows, and of the numbers.
pub(super) fn number_heads(first: &str, numbers: &[&str]) -> Markup {
    html! {
        th scope="col" { (first) }
        @for head in numbers { th scope="col" class="number" { (head) } }
    }
}
