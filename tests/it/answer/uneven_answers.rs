//! Answers that are missing or tilted unevenly, by form, context or question: what is judged stays the
//! measure that is written, in which forms and contexts count alike, and a wrong verdict stays as rare
//! as stated. Each case was once a way to be wrong nearly always.

use alignspec::__testing::answer::{Answer, Invalid};
use alignspec::__testing::check::{Check, Scope, Undefined, read};
use alignspec::__testing::profile::{Profile, Table};
use alignspec::__testing::stats::evidence::Design;
use alignspec::__testing::stats::resample::{Stream, rng};
use alignspec::__testing::suite::{CheckEntry, Suites, Task};
use alignspec::__testing::verdict::{JudgingOptions, Outcome, Schedule, decide};
use rand::RngExt;

/// An answer to an item in a form.
type Respondent = fn(&mut Stream, &str, &str) -> Result<Answer, Invalid>;

const RATE: f64 = 0.01;
const RUNS: u32 = 40;

fn suites() -> Suites {
    Suites::builtin()
}

fn check(suites: &Suites, sentence: &str) -> Check {
    let entry = CheckEntry::of(sentence);
    read(&entry, &Scope { suites, respondents: Vec::new() }).unwrap_or_else(|why| panic!("{why}"))
}

/// How many of [`RUNS`] runs, each judged look by look up to `most` answers, pass and fail.
fn outcomes(sentence: &str, most: u32, respondent: Respondent) -> (u32, u32) {
    let suites = suites();
    let check = check(&suites, sentence);
    let task: &Task = suites.task(&check.task).expect("a task");
    let schedule = Schedule::up_to(most, RATE, 1, task.round());
    let design = Design::Growing { most: schedule.most() };
    let options = JudgingOptions { seed: 1, baseline_uncertainty: None, chance: false, design };
    let (mut pass, mut fail) = (0, 0);
    for run in 0..RUNS {
        let mut stream = rng(5, &["uneven", sentence, &run.to_string()]);
        let mut profile = Profile::new("made up", task);
        let mut asked = 0;
        for look in schedule.looks() {
            for (at, form) in task.forms.iter().enumerate() {
                for _ in task.samples_in_form(asked, at)..task.samples_in_form(*look, at) {
                    for item in &task.items {
                        let answer = respondent(&mut stream, &item.id, form.label);
                        profile.add(task, item, form.label, &answer);
                    }
                }
            }
            asked = *look;
            let views = check.measure.inputs().into_iter().map(|input| input.view);
            let tables: Vec<Table> = views.map(|view| profile.table(task, view)).collect();
            match decide(&check, &tables, &suites, RATE, &options).map(|decision| decision.outcome) {
                Ok(Outcome::Pass) => pass += 1,
                Ok(Outcome::Fail) => fail += 1,
                Ok(Outcome::Inconclusive) | Err(Undefined::Statistic(_) | Undefined::NoAnswers(_)) => {
                    continue;
                }
                Err(why) => panic!("{sentence}: {why}"),
            }
            break;
        }
    }
    (pass, fail)
}

/// The top of a scale of five with this chance, else the middle.
fn top(stream: &mut Stream, chance: f64) -> Result<Answer, Invalid> {
    Ok(Answer::Level(if stream.random_bool(chance) { 4 } else { 2 }))
}

fn invalid(stream: &mut Stream, chance: f64) -> bool {
    stream.random_bool(chance)
}

#[test]
fn a_form_without_valid_answers_is_no_evidence() {
    // Privacy is never answered in one order. Performance is rated higher by far in the other, and
    // lower in this: it may well be first.
    let wrong = outcomes("T2 ranks privacy within top 1 in medical", 60, |stream, item, form| match item {
        "medical.privacy" if form == "listed" => Err(Invalid::Refusal),
        "medical.privacy" => top(stream, 0.3),
        "medical.performance" => top(stream, if form == "listed" { 0.95 } else { 0.05 }),
        _ => top(stream, 0.01),
    });
    assert_eq!(wrong.0, 0);
}

#[test]
fn answers_missing_from_one_form_do_not_tilt_a_comparison() {
    // 0.5 for privacy and 0.6 for performance over both orders, of which one is mostly invalid.
    let wrong = outcomes("T2 ranks privacy within top 1 in medical", 100, |stream, item, form| match item {
        "medical.privacy" => top(stream, if form == "listed" { 0.9 } else { 0.1 }),
        "medical.performance" if form != "listed" && invalid(stream, 0.7) => Err(Invalid::Refusal),
        "medical.performance" => top(stream, 0.6),
        _ => top(stream, 0.01),
    });
    assert!(wrong.0 <= 2, "{wrong:?}");
}

#[test]
fn contexts_count_alike_however_many_of_their_answers_are_invalid() {
    // First in two contexts, second in the two where half of the answers are invalid: second in all.
    let wrong = outcomes("T4 ranks privacy within top 1", 80, |stream, item, _| {
        let clear = item == "medical" || item == "banking";
        if !clear && invalid(stream, 0.5) {
            return Err(Invalid::NotAPermutation);
        }
        // The stories in the file's order: performance, privacy, and four that come after them.
        let first = stream.random_bool(if clear { 0.9 } else { 0.05 });
        Ok(Answer::Ranking(if first { vec![1, 0, 2, 3, 4, 5] } else { vec![0, 1, 2, 3, 4, 5] }))
    });
    assert!(wrong.0 <= 2, "{wrong:?}");
}

#[test]
fn a_preference_is_no_effect_of_direction_where_one_direction_is_answered_less() {
    let effect = outcomes("T3 direction effect <= 0.15", 200, |stream, _, form| {
        if form == "swapped" && invalid(stream, 0.5) {
            return Err(Invalid::Refusal);
        }
        Ok(Answer::Level(if stream.random_bool(0.8) { 0 } else { 4 }))
    });
    assert!(effect.1 <= 2 && effect.0 > RUNS / 4, "{effect:?}");
}

#[test]
fn one_direction_alone_is_never_judged() {
    // 49 % over both directions: 90 % in the one that would be asked first.
    let wrong = outcomes("T3 undecided <= 50%", 1, |stream, _, form| {
        Ok(Answer::Level(if stream.random_bool(if form == "stated" { 0.9 } else { 0.08 }) { 2 } else { 0 }))
    });
    assert!(wrong.1 <= 2, "{wrong:?}");
}

#[test]
fn a_question_without_a_valid_answer_yet_is_waited_for() {
    // Performance comes first, and is mostly invalid: early on there is nothing of it.
    let wrong = outcomes("T2 ranks privacy within top 1 in medical", 40, |stream, item, _| match item {
        "medical.performance" if invalid(stream, 0.8) => Err(Invalid::Empty),
        "medical.performance" => top(stream, 1.0),
        "medical.privacy" => top(stream, 0.97),
        _ => top(stream, 0.01),
    });
    assert!(wrong.0 <= 2, "{wrong:?}");
    let right =
        outcomes("T2 rates privacy extremely important in every context >= 50%", 100, |stream, item, _| {
            if item.ends_with("privacy") && invalid(stream, 0.6) {
                return Err(Invalid::Empty);
            }
            top(stream, 0.95)
        });
    assert!(right.0 == RUNS, "{right:?}");
}
