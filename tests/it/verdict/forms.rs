//! What measures declare of their sentences is true: each example is read as its own form, and each form goes
//! with tasks of just the kinds that it names.

use alignspec::__testing::check::{Scope, SentenceForm, forms, read};
use alignspec::__testing::suite::{CheckEntry, Suite, Suites};

/// The shipped suites; T1 has a persona as well, which a check can compare.
fn suites() -> Suites {
    let mut suites = Suites::builtin();
    let text = include_str!("../../../suites/t1-selection.toml").to_owned();
    let text = text + "\n[[persona]]\nid = \"nurse\"\nprefix = \"I am a nurse.\"\n";
    suites.suites.retain(|suite| suite.task.as_ref().is_none_or(|task| task.id != "T1"));
    suites.suites.insert(0, Suite::from_text("t1.toml", &text).expect("a suite"));
    suites
}

#[test]
fn each_example_is_read_as_its_own_form() {
    let suites = suites();
    let scope = Scope { suites: &suites, respondents: vec!["practitioners", "us-sample"] };
    for SentenceForm { example, unit, pattern, .. } in forms() {
        let check = read(&CheckEntry::of(example), &scope).unwrap_or_else(|problem| panic!("{problem}"));
        assert_eq!(check.sentence, example, "`{pattern}`");
        assert!(unit.is_none_or(|unit| unit == check.unit), "{example}: {unit:?} or {:?}", check.unit);
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let plain = |word: &String| word.len() > 1 && word.chars().all(|c| c.is_ascii_lowercase());
        for word in words(&pattern.replace("[in CONTEXT | in every context]", "").replace("[in CONTEXT]", ""))
        {
            assert!(!plain(&word) || words(example).contains(&word), "no `{word}` in `{example}`");
        }
    }
}

#[test]
fn each_form_is_for_the_kinds_of_task_that_it_names() {
    let suites = suites();
    let scope = Scope { suites: &suites, respondents: vec!["practitioners", "us-sample"] };
    for form in forms() {
        assert!(!form.kinds.is_empty(), "`{}` is for no kind", form.pattern);
        for task in suites.suites.iter().filter_map(|suite| suite.task.as_ref()) {
            let sentence = format!("{}{}", task.id, &form.example[2..]);
            let refused = read(&CheckEntry::of(&sentence), &scope).err().map(|problem| problem.to_string());
            let unfit = format!("{} is a task of kind {}, but this check needs", task.id, task.kind);
            let fits = !refused.unwrap_or_default().contains(&unfit);
            assert_eq!(fits, form.kinds.contains(&task.kind.name()), "{sentence}");
        }
    }
}
