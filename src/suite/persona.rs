//! `[[persona]]`: who a question is put for. Each persona is a further form of a task's questions, with words for the
//! system prompt or before the question, so that a check can ask whether the answer depends on who asks.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use toml::Spanned;

use super::file::RawPersona;
use super::{Form, Order};
use crate::ground::diagnostic::{Diagnostic, Source};
use crate::ground::sync::hold;
use crate::ground::unseen::{as_read, says_something};

/// Somebody who is said to ask, or a role that the model is to take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Persona {
    /// Its words for the system prompt, which come last there.
    pub(crate) system: Option<String>,
    /// Its words before the question.
    pub(crate) prefix: Option<String>,
}

/// The most personas of a task: each asks all questions once more.
const MOST: usize = 16;

/// What stands before a persona's id in the name of its form.
const AS: &str = "as-";

/// Returns the forms of a list of personas, in the main order.
///
/// # Errors
/// A persona has no words, or there are too many.
pub(super) fn forms(
    list: Vec<Spanned<RawPersona>>,
    main: Order,
    source: &Source,
) -> Result<Vec<Form>, Box<Diagnostic>> {
    let wrong = |at: Range<usize>, message: String| Diagnostic::new(message).at(source, at);
    if let Some(entry) = list.get(MOST) {
        let message = format!("{} personas, but at most {MOST} are possible", list.len());
        return Err(wrong(entry.span(), message).into());
    }
    let mut forms = Vec::with_capacity(list.len());
    let mut words_of: Vec<(String, [Option<String>; 2])> = Vec::with_capacity(list.len());
    for entry in list {
        let span = entry.span();
        let RawPersona { id, system, prefix } = entry.into_inner();
        let words = |words: Option<String>| words.map(|words| words.trim().to_owned());
        let persona = Persona { system: words(system), prefix: words(prefix) };
        let all = [&persona.system, &persona.prefix];
        let silent = |words: &String| !says_something(words);
        if all.iter().all(|words| words.is_none()) || all.into_iter().flatten().any(silent) {
            let message = format!("the persona `{}` has no words", id.get_ref());
            let help =
                "give it `system`, words for the system prompt, or `prefix`, words before the question";
            return Err(wrong(span, message).help(help).into());
        }
        let said = all.map(|words| words.as_deref().map(as_read));
        if let Some((other, _)) = words_of.iter().find(|(_, known)| *known == said) {
            let message = format!("the personas `{other}` and `{}` have words that read alike", id.get_ref());
            let help = "the same question would be asked twice under two names: remove one, or reword it";
            return Err(wrong(span, message).help(help).into());
        }
        words_of.push((id.get_ref().clone(), said));
        let label = kept(format!("{AS}{}", id.get_ref()));
        forms.push(Form { label, persona: Some(Arc::new(persona)), ..Form::ordered(main) });
    }
    Ok(forms)
}

/// Keeps the name of a form for as long as the program runs, as the names of all other forms are. There are as many as
/// personas in the files that are read, each kept once.
fn kept(label: String) -> &'static str {
    static LABELS: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut labels = hold(&LABELS);
    if let Some(known) = labels.get(label.as_str()) {
        return known;
    }
    let label: &'static str = Box::leak(label.into_boxed_str());
    labels.insert(label);
    label
}
