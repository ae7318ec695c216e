//! `open`: a question whose answers are kept for people to read and never scored (K1).

use super::Parts;
use crate::suite::{About, Form, Item, Order, Shape};

pub(super) fn build() -> Parts {
    Parts {
        shape: Shape::Text,
        items: vec![Item {
            id: String::new(),
            context: None,
            about: About::Choices,
            choices: Vec::new(),
            words: Vec::new(),
        }],
        forms: vec![Form::ordered(Order::Listed)],
        counterbalanced: false,
        placeholders: &[],
        required: &[],
    }
}
