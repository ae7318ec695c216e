//! `open`: a question whose answers are kept for people to read and never scored (K1).

use std::ops::Range;

use super::{Kind, Parts, Result};
use crate::ground::diagnostic::Source;
use crate::suite::file::Raw;
use crate::suite::{About, Form, Item, Order, Shape};

pub(super) const KIND: Kind = Kind { name: "open", has: &[], placeholders: &[], required: &[], build };

fn build(_: &mut Raw, _: &Source, _: &Range<usize>) -> Result<Parts> {
    Ok(Parts {
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
