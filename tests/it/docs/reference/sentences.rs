//! The forms of checks, as measures declare them. That they are true is tried in `verdict/forms.rs`.

use alignspec::__testing::check::{SentenceForm, Unit, forms};

use super::table;

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
    let row = |form: SentenceForm| {
        let kinds: Vec<String> = form.kinds.iter().map(|kind| format!("`{kind}`")).collect();
        vec![
            format!("`{}`", form.pattern),
            kinds.join(", "),
            form.means.to_owned(),
            unit(form.unit).to_owned(),
            form.chance.map_or_else(|why| format!("no: {why}"), |()| "yes".to_owned()),
            form.shuffled.to_owned(),
            format!("`{}`", form.example),
        ]
    };
    let rows = forms().into_iter().map(row).collect();
    format!(
        "## Checks\n\nA sentence is the id of a task and one of these forms; `<=` and `>=` may stand for each other. What each \
         means, with examples, is in [checks](checks.md).\n\n{}",
        table(
            &[
                "after the task's id",
                "kinds of task",
                "the number",
                "bound",
                "`beats chance`",
                "level of shuffled labels",
                "example"
            ],
            rows
        )
    )
}
