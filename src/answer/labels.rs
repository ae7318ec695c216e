//! Checks before a suite is used that each of its labels can be read back, in the spellings that a model would use.

use serde_json::json;

use super::{Answer, Finish, read};
use crate::ground::diagnostic::Diagnostic;
use crate::suite::{Question, Suite, Suites, Task};

/// A label that cannot be read back.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Unreadable {
    label: String,
    /// What a model would write, and how that was read.
    why: String,
}

/// Returns the suites whose labels can all be read back; the others become problems, each shown at its label.
///
/// A label must come back as itself when it is bare, quoted, bold, followed by a full stop or in JSON. With a bullet
/// or a number it must not come back as another label. The shipped suites are not checked again in every run.
pub(crate) fn readable(mut suites: Suites) -> Suites {
    let all = std::mem::take(&mut suites.suites);
    for suite in all {
        let shipped = suite.source.name.starts_with("builtin:");
        match suite.task.as_ref().filter(|_| !shipped).and_then(unreadable) {
            Some(found) => suites.problems.push((suite.source.name.to_string(), problem(&suite, &found))),
            None => suites.suites.push(suite),
        }
    }
    suites
}

fn problem(suite: &Suite, found: &Unreadable) -> Diagnostic {
    let text = &suite.source.text;
    let literal = [format!("\"{}\"", found.label), format!("'{}'", found.label)];
    let place =
        literal.iter().find_map(|literal| text.find(literal).map(|at| at + 1..at + literal.len() - 1));
    // A label that is assembled from parts or has escapes does not appear literally in the file.
    let place = place.or_else(|| text.find("label").map(|at| at..at + "label".len()));
    Diagnostic::new(format!(
        "the label `{}` could not be recognized in an answer: {}",
        found.label, found.why
    ))
    .at(&suite.source, place.unwrap_or(0..0))
    .help("reword it, so that an answer which names it is read as this option and no other")
}

fn unreadable(task: &Task) -> Option<Unreadable> {
    let mut seen: Vec<Vec<String>> = Vec::new();
    for place in 0..task.items.len() {
        for form in 0..task.forms.len() {
            let question = task.question(0, place, form, 0);
            let mut texts: Vec<String> = (0..question.shown.len()).map(|at| text(&question, at)).collect();
            texts.sort_unstable();
            // All questions of a rating share their levels, so each set of texts is tried once.
            if !seen.contains(&texts) {
                seen.push(texts);
                let found = (0..question.shown.len()).find_map(|at| in_question(&question, at));
                if found.is_some() {
                    return found;
                }
            }
        }
    }
    None
}

/// Returns what a model writes for the option at a place: its letter, or its text.
fn text(question: &Question<'_>, at: usize) -> String {
    let shown = &question.shown[at];
    shown.marker.map_or_else(|| shown.text.clone(), String::from)
}

fn in_question(question: &Question<'_>, at: usize) -> Option<Unreadable> {
    let shape = question.task.shape;
    let pick = shape.named(question.shown.len())?;
    let count = question.shown.len();
    // The option itself comes first, then as many others as an answer needs.
    let chosen: Vec<usize> = (0..pick.min(count)).map(|next| (at + next) % count).collect();
    let texts: Vec<String> = chosen.iter().map(|at| text(question, *at)).collect();
    let wanted = shape.naming(chosen.iter().map(|at| question.shown[*at].choice).collect());
    let lines = |line: &dyn Fn(usize, &str) -> String| {
        texts.iter().enumerate().map(|(at, text)| line(at + 1, text)).collect::<Vec<_>>().join("\n")
    };
    let value = if shape.is_level() { json!(texts[0]) } else { json!(texts) };
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

#[cfg(test)]
mod tests {
    use super::*;

    fn suite(labels: &[&str]) -> Suites {
        let level = |(at, label): (usize, &&str)| format!("{{ id = \"l{at}\", label = {} }}", json!(label));
        let levels: Vec<String> = labels.iter().enumerate().map(level).collect();
        let text = format!(
            "id = \"R\"\nkind = \"rate\"\ntitle = \"x\"\nprompt = \"{{value}} in {{context}}?\\n{{options}}\"\n\
             level = [{}]\ncontext = [{{ id = \"c\", text = \"x\" }}]\nvalue = [{{ id = \"v\", label = \"V\", text = \"x\" }}]",
            levels.join(", ")
        );
        let suite = Suite::from_text("mine.toml", &text).expect("a suite");
        Suites { suites: vec![suite], ..Suites::default() }
    }

    #[test]
    fn labels_that_differ_are_fine() {
        for labels in [
            &["-2", "-1", "0", "+1", "+2"][..],
            &["1%", "10%", "100%"],
            &["< 10", "10–50", "> 50"],
            &["A+", "A", "A-"],
            &["👎 bad", "😐 neutral", "👍 good"],
            &["1. Low", "2. High"],
            &["Wait and see", "Act now"],
            &["Re-use", "Reuse", "Refuse"],
            &["Yes", "No"],
            &["1", "2", "3", "4", "5"],
            &["I agree", "I disagree"],
        ] {
            let checked = readable(suite(labels));
            assert!(checked.problems.is_empty(), "{labels:?}: {}", checked.problems[0].1);
            assert_eq!(checked.suites.len(), 1, "{labels:?}");
        }
    }

    #[test]
    fn labels_that_cannot_be_told_apart_refuse_the_suite_at_their_place() {
        for (labels, at) in [(&["Good*", "Good"][..], "Good*"), (&["?", "!"], "!")] {
            let checked = readable(suite(labels));
            assert!(checked.suites.is_empty(), "{labels:?}");
            let told = checked.problems[0].1.to_string();
            assert!(told.contains(&format!("the label `{at}`")) && told.contains("mine.toml:5"), "{told}");
        }
    }

    #[test]
    fn every_shipped_label_comes_back_as_itself() {
        for suite in crate::suite::Suites::builtin().suites {
            assert_eq!(suite.task.as_ref().and_then(unreadable), None, "{}", suite.id);
        }
    }
}
