//! Renders what a pull request brings of the files that verdicts rest on.

use maud::{Markup, html};

use crate::report::brought::{TITLE, sentence};
use crate::report::escape::line;
use crate::run::{BroughtFile, BroughtFiles};

const LONG: usize = 600;

pub(super) fn section(brought: Option<&BroughtFiles>) -> Markup {
    let brought = brought.filter(|brought| !brought.is_empty());
    let item = |file: &BroughtFile| {
        html! { code { (line(&file.path, 300)) } " (" (file.change) ")" }
    };
    html! {
        @if let Some(brought) = brought {
            section aria-labelledby="brought" {
                h2 id="brought" { (TITLE) }
                p { (line(&sentence(brought), LONG)) }
                ul {
                    @for file in &brought.files {
                        li { (item(file)) }
                    }
                    @for file in &brought.rules {
                        li { (item(file)) ", which says what is judged" }
                    }
                    @for note in &brought.notes {
                        li { (line(note, LONG)) }
                    }
                }
            }
        }
    }
}
