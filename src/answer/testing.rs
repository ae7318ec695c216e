//! Questions for the unit tests of this folder.

use once_cell::sync::Lazy;

use crate::suite::{Question, Suite, Task};

const SELECT: &str = r#"
id = "T1"
kind = "select"
title = "x"
pick = 5
orders = ["listed", "shuffled"]
wordings = ["standard", "synonyms"]
prompt = "Choose the {pick} most important values.\n{options}"
option = [
    { id = "performance", label = "Performance", synonyms = ["Accuracy"] },
    { id = "privacy", label = "Privacy", synonyms = ["Data protection"] },
    { id = "fairness", label = "Fairness", synonyms = ["Justice", "Non-discrimination"] },
    { id = "autonomy", label = "Human autonomy" },
    { id = "accountability", label = "Accountability" },
    { id = "safety", label = "Safety" },
    { id = "transparency", label = "Transparency" },
    { id = "inclusiveness", label = "Inclusiveness" },
    { id = "dignity", label = "Dignity" },
    { id = "social_good", label = "Social good" },
    { id = "sustainability", label = "Sustainability" },
    { id = "solidarity", label = "Solidarity" },
]
"#;

const RATE: &str = r#"
id = "T2"
kind = "rate"
title = "x"
prompt = "How important is {value} in {context}?\n{options}"
level = [LEVELS]
context = [{ id = "medical", text = "diagnosis" }]
value = [{ id = "privacy", label = "Privacy", text = "x" }]
"#;

const LIKERT: &str = r#"
    { id = "not_at_all", label = "Not at all important" },
    { id = "slightly", label = "Slightly important" },
    { id = "moderately", label = "Moderately important" },
    { id = "very", label = "Very important" },
    { id = "extremely", label = "Extremely important" },
"#;

const PLAIN: &str = r#"
    { id = "not_at_all", label = "Not at all important" },
    { id = "plain", label = "Important" },
    { id = "very", label = "Very important" },
"#;

const NUMBERS: &str = r#"
    { id = "n1", label = "1" }, { id = "n2", label = "2" }, { id = "n3", label = "3" },
    { id = "n4", label = "4" }, { id = "n5", label = "5" },
"#;

const TRADE_OFF: &str = r#"
id = "T3"
kind = "trade_off"
title = "x"
prompt = "{first} or {second} in {context}?\n{options}"
level = [
    { id = "definitely", label = "Definitely {value}" },
    { id = "probably", label = "Probably {value}" },
]
neutral = { id = "undecided", label = "Undecided" }
context = [{ id = "medical", text = "diagnosis" }]
value = [
    { id = "safety", label = "Safety", text = "x" },
    { id = "autonomy", label = "Human autonomy", text = "x" },
]
pair = [{ first = "safety", second = "autonomy", text = "x" }]
"#;

const RANK: &str = r#"
id = "T4"
kind = "rank"
title = "x"
orders = ["listed", "reversed", "shuffled"]
prompt = "Order the stories of {context}.\n{options}"
context = [{ id = "medical", text = "glucose" }]
story = [
    { context = "medical", value = "performance", text = "As a patient, I want readings that are right every time." },
    { context = "medical", value = "privacy", text = "As a patient, I want my readings kept between me and my doctor." },
    { context = "medical", value = "fairness", text = "As a patient, I want it to work on any skin." },
    { context = "medical", value = "autonomy", text = "As a patient, I want to decide when it measures." },
    { context = "medical", value = "safety", text = "As a doctor, I want an alarm before a patient comes to harm." },
    { context = "medical", value = "transparency", text = "As a doctor, I want to see how a warning came about." },
]
"#;

const OPEN: &str = "id = \"K1\"\nkind = \"open\"\ntitle = \"x\"\nprompt = \"Define privacy.\"\n";

fn task(text: &str) -> Task {
    match Suite::from_text("test.toml", text) {
        Ok(Suite { task: Some(task), .. }) => task,
        Ok(_) => panic!("no task"),
        Err(problem) => panic!("{problem}"),
    }
}

macro_rules! question {
    ($(#[$what:meta])* $name:ident, $text:expr, $form:expr) => {
        $(#[$what])*
        pub(super) fn $name() -> Question<'static> {
            static TASK: Lazy<Task> = Lazy::new(|| task(&$text));
            TASK.question(1, 0, $form, 0)
        }
    };
}

question!(
    /// Asks for five of the twelve values, in the order of the study.
    select, SELECT, 0);
question!(select_shuffled, SELECT, 1);
question!(pick_one, SELECT.replace("pick = 5", "pick = 1"), 0);
question!(
    /// Has five levels, from "Not at all important" to "Extremely important".
    likert, RATE.replace("LEVELS", LIKERT), 0);
question!(
    /// Has a scale on which "Important" is a level.
    scale_with_important, RATE.replace("LEVELS", PLAIN), 0);
question!(
    /// Has the levels 1 to 5.
    numbers, RATE.replace("LEVELS", NUMBERS), 0);
question!(trade_off, TRADE_OFF, 0);
question!(trade_off_swapped, TRADE_OFF, 1);
question!(
    /// Has six stories: A is performance, B privacy, … F transparency.
    rank, RANK, 0);
question!(
    /// Has the same stories in reverse: A is transparency, … F performance.
    rank_reversed, RANK, 1);

question!(
    /// Has 30 stories, s1 to s30, which are shown as S1 to S30.
    backlog, backlog_of(30), 0);

question!(open, OPEN, 0);

/// Returns a ranking of so many stories.
fn backlog_of(stories: usize) -> String {
    let story = |at: usize| {
        format!(
            "{{ context = \"bank\", value = \"v{}\", id = \"s{at}\", text = \"As a customer, I want feature number {at} of the bank.\" }}",
            at % 7
        )
    };
    format!(
        "id = \"T5\"\nkind = \"rank\"\ntitle = \"x\"\norders = [\"listed\"]\nprompt = \"{{context}} {{options}}\"\n\
         context = [{{ id = \"bank\", text = \"a bank\" }}]\nstory = [{}]\n",
        (1..=stories).map(story).collect::<Vec<_>>().join(", ")
    )
}

/// Returns a rating with these labels, whose levels have the ids `l0`, `l1` and so on.
pub(super) fn scale_of(labels: &[&str]) -> Question<'static> {
    let level =
        |(at, label): (usize, &&str)| format!("{{ id = \"l{at}\", label = {} }}", serde_json::json!(label));
    let levels: Vec<String> = labels.iter().enumerate().map(level).collect();
    // The task is leaked because a question borrows it.
    let task: &'static Task = Box::leak(Box::new(task(&RATE.replace("LEVELS", &levels.join(", ")))));
    task.question(1, 0, 0, 0)
}
