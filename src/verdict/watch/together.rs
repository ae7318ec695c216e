//! All questions taken together: products of e-values, one for each way in which all may have changed a little.
//!
//! | way | what of each question |
//! | --- | --- |
//! | all up, all down | the cut through its scale that both sides together divide most evenly |
//! | each its own way | the same; up and down are averaged question by question |
//! | more usual, less usual | the answer that most of both sides give |
//! | answered less | whether there is an answer |
//!
//! Each way is taken at each tilt, and all are averaged.

use super::{LogEvidence, TILTS, log_average};

/// What of one question enters the products.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lead {
    pub ways: Option<LogEvidence>,
    pub usual: Option<LogEvidence>,
    pub none: Option<LogEvidence>,
}

impl Lead {
    pub(super) fn is_nothing(&self) -> bool {
        self.ways.is_none() && self.usual.is_none() && self.none.is_none()
    }
}

/// The logarithm of the average of all products.
pub(super) fn log_products(leads: &[Lead]) -> f64 {
    let mut products = Vec::new();
    for tilt in 0..TILTS.len() {
        let sum = |of: &dyn Fn(&Lead) -> Option<f64>| leads.iter().filter_map(of).sum::<f64>();
        let at = |evidence: Option<LogEvidence>, way: usize| evidence.map(|logs| logs[tilt][way]);
        products.push(sum(&|lead| at(lead.ways, 0)));
        products.push(sum(&|lead| at(lead.ways, 1)));
        products.push(sum(&|lead| lead.ways.map(|logs| log_average(&logs[tilt]))));
        products.push(sum(&|lead| at(lead.usual, 0)));
        products.push(sum(&|lead| at(lead.usual, 1)));
        products.push(sum(&|lead| at(lead.none, 0)));
    }
    log_average(&products)
}
