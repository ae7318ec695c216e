//! Verdicts with unread responses against values found by trying every meaning that those could have had
//! (`scripts/unread_reference.py` writes them): bounds of a share, a paired and a mean difference.

use alignspec::__testing::answer::{Answer, Invalid};
use alignspec::__testing::check::{Check, Scope, read};
use alignspec::__testing::profile::{Profile, Table};
use alignspec::__testing::stats::evidence::Design;
use alignspec::__testing::suite::{CheckEntry, Suite, Suites, Task, Unanswered};
use alignspec::__testing::verdict::{JudgingOptions, Outcome, decide, interval};
use once_cell::sync::Lazy;
use serde_json::Value;

static REFERENCE: Lazy<Value> =
    Lazy::new(|| serde_json::from_str(include_str!("../../reference/unread.json")).expect("JSON"));

static SUITES: Lazy<Suites> = Lazy::new(|| {
    let values = "value = [{ id = \"a\", label = \"Aa\", text = \"a\" }, { id = \"b\", label = \"Bb\", text = \"b\" }]\ncontext = [{ id = \"x\", text = \"x\" }]\n";
    let texts = [
        "id = \"S\"\ntitle = \"s\"\nkind = \"select\"\npick = 1\nprompt = \"{options}\"\noption = [{ id = \"a\", label = \"Aa\" }, { id = \"b\", label = \"Bb\" }]\n".to_owned(),
        format!("id = \"R\"\ntitle = \"r\"\nkind = \"rate\"\nprompt = \"{{context}} {{value}} {{options}}\"\nlevel = [{{ id = \"low\", label = \"Low\" }}, {{ id = \"top\", label = \"Top\" }}]\n{values}"),
        format!("id = \"P\"\ntitle = \"p\"\nkind = \"trade_off\"\nprompt = \"{{context}} {{dilemma}} {{options}}\"\nlevel = [{{ id = \"definitely\", label = \"Definitely {{value}}\" }}]\nneutral = {{ id = \"undecided\", label = \"Undecided\" }}\npair = [{{ first = \"a\", second = \"b\", text = \"?\" }}]\n{values}"),
    ];
    let suites =
        texts.iter().map(|text| Suite::from_text("made up", text).unwrap_or_else(|why| panic!("{why}")));
    Suites { suites: suites.collect(), ..Suites::default() }
});

fn cases(name: &str) -> &'static [Value] {
    let cases = REFERENCE[name].as_array().expect("a list");
    assert!(!cases.is_empty());
    cases
}

fn text<'a>(case: &'a Value, key: &str) -> &'a str {
    case[key].as_str().unwrap_or_else(|| panic!("no text {key} in {case}"))
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("no number: {value}"))
}

fn check(sentence: &str) -> Check {
    let scope = Scope { suites: &SUITES, respondents: Vec::new() };
    read(&CheckEntry::of(sentence), &scope).unwrap_or_else(|why| panic!("{why}"))
}

fn task(id: &str) -> &'static Task {
    SUITES.task(id).expect("made up")
}

/// Responses to one question in one form, each a letter.
fn add(profile: &mut Profile, task: &Task, item: usize, form: &str, letters: &str, of: fn(char) -> Answer) {
    for letter in letters.chars() {
        let answer = if letter == '?' { Err(Invalid::Unclear) } else { Ok(of(letter)) };
        profile.add(task, &task.items[item], form, &answer);
    }
}

fn tables(check: &Check, profile: &Profile) -> Vec<Table> {
    let views = check.measure.inputs().into_iter().map(|input| input.view);
    views.map(|view| profile.table_with(task(&check.task), view, Unanswered::default())).collect()
}

fn options(design: Design) -> JudgingOptions {
    JudgingOptions { seed: 1, baseline_uncertainty: None, chance: false, design }
}

fn growing() -> Design {
    let most = REFERENCE["most"].as_u64().and_then(|most| u32::try_from(most).ok());
    Design::Growing { most: most.expect("a number") }
}

#[track_caller]
fn close(found: (f64, f64), wanted: &Value, case: &Value) {
    let wanted = (number(&wanted[0]), number(&wanted[1]));
    assert!((found.0 - wanted.0).abs() < 1e-8 && (found.1 - wanted.1).abs() < 1e-8, "{found:?}: {case}");
}

#[test]
fn a_share_is_the_worst_of_all_that_the_unread_could_have_meant() {
    let check = check("S selects a >= 50%");
    for case in cases("shares") {
        let unread = "?".repeat(usize::try_from(case["unread"].as_u64().expect("a number")).expect("few"));
        let (mut profile, task) = (Profile::new("made up", task("S")), task("S"));
        let form = task.forms[0].label;
        let of = |letter| Answer::Set(vec![usize::from(letter == '0')]);
        add(&mut profile, task, 0, form, &format!("{}{unread}", text(case, "read")), of);
        let tables = tables(&check, &profile);
        // A growing share is tested at its bound by itself (`verdict::spending`); what is shown beyond the
        // bound is the end of the bet. With the bound out of the way, each end is seen.
        let ends = |design: Design, bounds: [f64; 2]| {
            let at = |bound: f64| {
                let found =
                    interval(&check, &tables, &SUITES, number(&case["rate"]), bound, &options(design));
                found.expect("a share")
            };
            (at(bounds[0]).0, at(bounds[1]).1)
        };
        close(ends(Design::Fixed, [0.5; 2]), &case["fixed"], case);
        close(ends(growing(), [1.0 - 1e-7, 1e-7]), &case["growing"], case);
    }
}

#[test]
fn a_pair_is_decided_at_the_rate_that_holds_whatever_they_meant() {
    let check = check("R ranks a within top 1 in x");
    for case in cases("pairs") {
        let (mut profile, task) = (Profile::new("made up", task("R")), task("R"));
        let of = |letter| Answer::Level(usize::from(letter == '1'));
        for (item, key) in ["one", "other"].into_iter().enumerate() {
            add(&mut profile, task, item, task.forms[0].label, text(case, key), of);
        }
        let tables = tables(&check, &profile);
        for (design, key) in [(Design::Fixed, "fixed"), (growing(), "growing")] {
            let p = number(&case[key]);
            let at =
                |rate| decide(&check, &tables, &SUITES, rate, &options(design)).expect("a place").outcome;
            assert_eq!(at(p * 1.000_001), Outcome::Pass, "{key}: {case}");
            assert_eq!(at(p * 0.999_999), Outcome::Inconclusive, "{key}: {case}");
        }
    }
}

#[test]
fn a_mean_difference_is_the_worst_as_well() {
    let check = check("P direction effect <= 0.5");
    for case in cases("effects") {
        let (mut profile, task) = (Profile::new("made up", task("P")), task("P"));
        // The first level sides with the pair's first value, which the swapped direction names last.
        let stated = |letter| {
            Answer::Level(match letter {
                '+' => 0,
                '-' => 2,
                _ => 1,
            })
        };
        let swapped = |letter| {
            Answer::Level(match letter {
                '+' => 2,
                '-' => 0,
                _ => 1,
            })
        };
        add(&mut profile, task, 0, "stated", text(case, "stated"), stated);
        add(&mut profile, task, 0, "swapped", text(case, "swapped"), swapped);
        let found = interval(
            &check,
            &tables(&check, &profile),
            &SUITES,
            number(&case["rate"]),
            0.5,
            &options(Design::Fixed),
        );
        close(found.expect("an effect"), &case["effect"], case);
    }
}
