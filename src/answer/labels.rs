//! What a label is read back as: before a suite is used, each of its labels goes through the reader in
//! the ways in which a model would give it.

use serde_json::json;

use super::{Answer, Finish, read};
use crate::suite::{Question, Shape, Task};

/// A label that cannot be read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The label, or the synonym, as the suite has it.
    pub label: String,
    /// What a model would write, and what became of it.
    pub why: String,
}

/// The first label of `task` that does not come back as itself: bare, quoted, bold, with a full stop and
/// as JSON it must; with a bullet or a number it must not come back as another.
pub fn unreadable(task: &Task) -> Option<Unreadable> {
    let mut seen: Vec<Vec<&str>> = Vec::new();
    for (place, item) in task.items.iter().enumerate() {
        let labels: Vec<&str> = item.choices.iter().map(|choice| choice.label.as_str()).collect();
        // The levels of a rating are the same for every value.
        if seen.contains(&labels) {
            continue;
        }
        seen.push(labels);
        for form in 0..task.forms.len() {
            let question = task.question(0, place, form, 0);
            let found = (0..question.shown.len()).find_map(|at| in_question(&question, at));
            if found.is_some() {
                return found;
            }
        }
    }
    None
}

fn in_question(question: &Question<'_>, at: usize) -> Option<Unreadable> {
    let pick = match question.task.shape {
        Shape::Set { pick } => pick,
        Shape::Level => 1,
        Shape::Ranking => question.shown.len(),
        Shape::Text => return None,
    };
    let count = question.shown.len();
    // The option itself first, then as many others as an answer takes.
    let chosen: Vec<usize> = (0..pick.min(count)).map(|next| (at + next) % count).collect();
    let text = |at: usize| match question.shown[at].marker {
        Some(letter) => letter.to_string(),
        None => question.shown[at].text.clone(),
    };
    let texts: Vec<String> = chosen.iter().map(|at| text(*at)).collect();
    let wanted = expected(question, &chosen);
    let lines = |line: &dyn Fn(usize, &str) -> String| {
        texts.iter().enumerate().map(|(at, text)| line(at + 1, text)).collect::<Vec<_>>().join("\n")
    };
    let level = question.task.shape == Shape::Level;
    let value = if level { json!(texts[0]) } else { json!(texts) };
    let must = [
        lines(&|_, text| text.to_owned()),
        lines(&|_, text| format!("**{text}**")),
        lines(&|_, text| format!("\"{text}\"")),
        lines(&|_, text| format!("{text}.")),
        json!({ "answer": value }).to_string(),
    ];
    let may = [lines(&|at, text| format!("{at}. {text}")), lines(&|_, text| format!("- {text}"))];
    let must = must.into_iter().map(|text| (text, true));
    must.chain(may.into_iter().map(|text| (text, false))).find_map(|(text, must)| {
        let why = match read(question, &text, &Finish::Stop) {
            Ok(answer) if answer == wanted => return None,
            Err(_) if !must => return None,
            Ok(other) => format!("is read as {}", named(question, &other)),
            Err(unread) => format!("is not read: {}", unread.why),
        };
        let shown = text.replace('\n', " / ");
        Some(Unreadable { label: question.shown[at].text.clone(), why: format!("`{shown}` {why}") })
    })
}

fn expected(question: &Question<'_>, chosen: &[usize]) -> Answer {
    let mut choices: Vec<usize> = chosen.iter().map(|at| question.shown[*at].choice).collect();
    match question.task.shape {
        Shape::Level => Answer::Level(choices[0]),
        Shape::Ranking => Answer::Ranking(choices),
        Shape::Set { .. } | Shape::Text => {
            choices.sort_unstable();
            Answer::Set(choices)
        }
    }
}

fn named(question: &Question<'_>, answer: &Answer) -> String {
    let label = |choice: &usize| format!("`{}`", question.item.choices[*choice].label);
    match answer {
        Answer::Level(level) => label(level),
        Answer::Set(choices) | Answer::Ranking(choices) => {
            choices.iter().map(label).collect::<Vec<_>>().join(", ")
        }
        Answer::Text(text) => format!("the text `{text}`"),
    }
}
