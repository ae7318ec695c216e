//! The forms of checks, as measures declare them; which kinds of task each goes with is tried on the built-in tasks.

use std::collections::BTreeMap;

use alignspec::__testing::check::{Form, Scope, Unit, forms, read};
use alignspec::__testing::diagnostic::Diagnostic;
use alignspec::__testing::respondent::tally::Tallies;
use alignspec::__testing::suite::{About, CheckEntry, Suites, Task, load};

use super::keys::words_of;
use super::table;
use crate::docs::pages::root;

/// What the placeholders of a form stand for in `task`.
fn filled(form: &Form, task: &Task, other: &str) -> Option<String> {
    let item = task.items.first()?;
    let values = task.values();
    let (first, second) = match &item.about {
        About::Pair(first, second) => (first.as_str(), second.as_str()),
        _ => (*values.first()?, *values.get(1)?),
    };
    let level = item.choices.first()?.label.to_lowercase();
    let text = form.pattern.replace("[in CONTEXT | in every context]", "").replace("[in CONTEXT]", "");
    let text = text.replace("OTHER-VALUE", second).replace("OTHER-BASELINE", "us-sample");
    let text = text.replace("SNAPSHOT-OR-RESPONDENT", "snapshot").replace("OTHER-TASK", other);
    let text = text.replace("VALUE", first).replace("BASELINE", "practitioners").replace("LEVEL", &level);
    let text = text.replace("top-K", "top-2").replace("±K", "±2").replace(" K", " 2");
    let text = text.replace("at SHARE", "at 70%").replace("SHARE", "50%").replace("INDEX", "0.5");
    let text = text.replace("CORRELATION", "0.5").replace("NUMBER", "5");
    Some(format!("{} {text}", task.id))
}

fn kinds(form: &Form, suites: &Suites, respondents: &[&str]) -> Vec<String> {
    let tasks: Vec<&Task> = suites.suites.iter().filter_map(|suite| suite.task.as_ref()).collect();
    let scope = Scope { suites, respondents: respondents.to_vec() };
    let fits = |task: &Task| {
        tasks.iter().any(|other| {
            let sentence = filled(form, task, &other.id);
            sentence.is_some_and(|sentence| read(&CheckEntry::of(&sentence), &scope).is_ok())
        })
    };
    tasks.iter().filter(|task| fits(task)).map(|task| format!("`{}`", task.kind)).collect()
}

fn unit(unit: Option<Unit>) -> &'static str {
    match unit {
        None => "no bound",
        Some(Unit::Share) => "SHARE: 0 to 100%",
        Some(Unit::Index) => "INDEX: 0 to 1",
        Some(Unit::Correlation) => "CORRELATION: -1 to 1",
        Some(Unit::Number) => "NUMBER: 0 or more",
        Some(Unit::Place) => "a place, from 1",
    }
}

pub(super) fn written() -> String {
    let builtin = || vec![("builtin".to_owned(), Diagnostic::new("builtin"))];
    let (suites, baselines) = (load(root(), &builtin()), Tallies::load(root(), &builtin()));
    let respondents: Vec<&str> = baselines.names().collect();
    let words: BTreeMap<String, String> = words_of("check");
    let scope = Scope { suites: &suites, respondents: respondents.clone() };
    let forms = forms();
    for example in words.keys() {
        assert!(
            forms.iter().any(|form| form.example == example),
            "no form of check has the example `{example}`"
        );
    }
    let mut rows = Vec::new();
    for form in &forms {
        if let Err(problem) = read(&CheckEntry::of(form.example), &scope) {
            panic!("the example of a form cannot be read: {problem}");
        }
        let means = words.get(form.example);
        let means = means.unwrap_or_else(|| panic!("keys.toml says nothing of the check `{}`", form.example));
        let kinds = kinds(form, &suites, &respondents);
        assert!(!kinds.is_empty(), "no built-in task goes with `{}`", form.pattern);
        rows.push(vec![
            format!("`{}`", form.pattern),
            kinds.join(", "),
            means.clone(),
            unit(form.unit).to_owned(),
            form.chance.map_or_else(|why| format!("no: {why}"), |()| "yes".to_owned()),
            format!("`{}`", form.example),
        ]);
    }
    format!(
        "## Checks\n\nA sentence is the id of a task and one of these forms; `<=` and `>=` may stand for each other. What each \
         means, with examples, is in [checks](checks.md).\n\n{}",
        table(
            &["after the task's id", "kinds of task", "the number", "bound", "`beats chance`", "example"],
            rows
        )
    )
}
