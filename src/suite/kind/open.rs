//! `open`: a question whose answers are kept for people to read and are never scored (K1).

use std::ops::Range;

use super::{Kind, Result, TaskParts};
use crate::ground::diagnostic::Source;
use crate::suite::file::RawSuite;
use crate::suite::{About, Form, Item, Order, Shape};

pub(super) const KIND: Kind = Kind { name: "open", has: &[], placeholders: &[], required: &[], build };

fn build(_: &mut RawSuite, _: &Source, _: &Range<usize>) -> Result<TaskParts> {
    Ok(TaskParts {
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
    })
}
