//! Finds what a product that is asked in its own shape is never sent, although questions differ in nothing else: it would
//! be asked one question under several names, and agree with itself.

use std::collections::HashSet;

use super::trial_plan::tasks_of;
use crate::config::{Config, Model, Respondent};
use crate::ground::diagnostic::Diagnostic;
use crate::provider::sent_parts;
use crate::suite::{Suites, Task};

/// Returns a mistake for each product and task.
pub(super) fn unsent(config: &Config, suites: &Suites) -> Vec<Diagnostic> {
    let of_model = |model: &Model| -> Vec<Diagnostic> {
        let told = |task: &Task| {
            let (what, help) = lost(model, task)?;
            let message = format!("`{}` is never told {what} of {}", model.name, task.id);
            let at = Respondent::Asked(model).span();
            Some(Diagnostic::new(message).at(&config.source, at).help(help))
        };
        tasks_of(Respondent::Asked(model), suites).filter_map(told).collect()
    };
    config.models.iter().flat_map(of_model).collect()
}

/// Returns what of a task is lost on the way to a product, and what to do.
fn lost(model: &Model, task: &Task) -> Option<(&'static str, &'static str)> {
    let sent = sent_parts(model)?;
    let personas = || task.forms.iter().filter_map(|form| form.persona.as_deref());
    let is_set = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
    if personas().any(|persona| is_set(&persona.prefix)) {
        return Some((
            "the `prefix` of the personas",
            "send {prompt}, which begins with it, or use `system` and {system}",
        ));
    }
    if !sent.system && (is_set(&task.system) || personas().any(|persona| is_set(&persona.system))) {
        return Some(("the system prompt", "put {system} into the request"));
    }
    if !sent.options {
        let lists = task.shape.is_set() || task.shape.is_ranking();
        let numbers = model.own_shape().is_some_and(|place| place.structure.index.is_some());
        if lists && numbers {
            return Some(("the options, which `answer_index` counts,", "send \"{options}\""));
        }
        if task.forms.len() > 1 {
            return Some((
                "the options in the order and the words of the form",
                "send \"{options}\", or {prompt}",
            ));
        }
    }
    let contexts: HashSet<&str> = task.items.iter().filter_map(|item| item.context.as_deref()).collect();
    let by_context = sent.context && contexts.len() == task.items.len();
    if task.items.len() > 1 && !sent.item && !by_context {
        return Some((
            "which question it is asked",
            "send {item}, or {context} if each question has its own, or {prompt}",
        ));
    }
    None
}
