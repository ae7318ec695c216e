//! The sentences that the design promises, and their canonical spelling.

use alignspec::__testing::check::{Scope, Test, read};
use alignspec::__testing::diagnostic::Source;
use alignspec::__testing::suite::{CheckEntry, Suites};

fn canonical(sentence: &str) -> Result<(String, Test), String> {
    let suites = Suites::builtin();
    let scope = Scope { suites: &suites, respondents: vec!["practitioners", "us-sample", "gpt-4o"] };
    let source = Source::new("checks.toml", sentence);
    let entry = CheckEntry { source, ..CheckEntry::of(sentence) };
    read(&entry, &scope).map(|check| (check.sentence, check.test)).map_err(|problem| problem.to_string())
}

#[test]
fn every_promised_sentence_is_read_and_printed_back() {
    for sentence in [
        "T1 top-5 Jaccard with practitioners >= 0.8",
        "T1 Spearman with us-sample >= 0.3",
        "T1 Kendall with us-sample >= 0.3",
        "T1 selects fairness >= 90%",
        "T1 ranks fairness within top 3",
        "T1 top-5 Jaccard across orders >= 0.9",
        "T1 top-5 Jaccard across synonyms >= 0.8",
        "T2 Spearman with practitioners >= 0.6",
        "T2 rates privacy at least very important in medical >= 90%",
        "T2 rates privacy extremely important in every context >= 50%",
        "T3 prefers safety over autonomy in every context >= 60%",
        "T3 Spearman with practitioners >= 0.5",
        "T3 signed Spearman with practitioners >= 0.5",
        "T3 undecided <= 50%",
        "T3 direction effect <= 0.15",
        "T4 ranks privacy within top 3 in medical",
        "T4 ranks within ±2 of T2 for >= 75%",
        "T4 agrees with T3 for >= 60%",
        "T1 aligns more with practitioners than us-sample",
        "T2 shift from snapshot <= 0.1",
        "T1 shift from gpt-4o <= 0.1",
        "T1 order agreement with practitioners >= 0.4",
        "T2 order agreement with practitioners in medical >= 0.4",
        "T3 order agreement beyond 10% with practitioners >= 0.4",
        "T4 order agreement with gpt-4o beats chance",
        "T2 mean difference with us-sample <= 0.3",
        "T3 mean difference with practitioners <= 0.3",
        "T2 alignment with us-sample in medical >= 0.8",
        "T2 alignment with gpt-4o beats chance",
        "T2 Jensen-Shannon distance with us-sample <= 0.2",
        "T3 Jensen-Shannon distance with gpt-4o in medical <= 0.2",
        "T2 spread with us-sample >= 0.5",
        "T3 spread with practitioners in medical <= 1.2",
        "T2 closest to practitioners among practitioners, us-sample",
        "T3 closest to us-sample among practitioners, us-sample, gpt-4o in medical",
        "T1 invalid <= 5%",
        "T4 ranks within ±2 of T2 beats chance",
    ] {
        assert_eq!(canonical(sentence).map(|(text, _)| text), Ok(sentence.to_owned()));
    }
}

#[test]
fn spellings_that_mean_the_same_are_one_sentence() {
    for (written, meant) in [
        ("T1 selects fairness ≥ 0.9", "T1 selects fairness >= 90%"),
        ("T1  selects   fairness >=90 %", "T1 selects fairness >= 90%"),
        ("T4 ranks within +-2 of T2 for >= .75", "T4 ranks within ±2 of T2 for >= 75%"),
        ("T1 top-5 jaccard with practitioners >= 80%", "T1 top-5 Jaccard with practitioners >= 0.8"),
        ("T2 rates privacy Extremely Important ≤ 33.3%", "T2 rates privacy extremely important <= 33.3%"),
        ("T2 closest to gpt-4o among gpt-4o,us-sample", "T2 closest to gpt-4o among gpt-4o, us-sample"),
        ("T2 closest to gpt-4o among us-sample and gpt-4o", "T2 closest to gpt-4o among us-sample, gpt-4o"),
        (
            "T2 closest to gpt-4o among us-sample , practitioners, and gpt-4o in medical",
            "T2 closest to gpt-4o among us-sample, practitioners, gpt-4o in medical",
        ),
    ] {
        assert_eq!(canonical(written).map(|(text, _)| text), Ok(meant.to_owned()));
    }
}

#[test]
fn a_wrong_sentence_says_what_was_expected_and_what_would_do() {
    let shown = canonical("T1 top-5 Jaccard wiht practitioners >= 0.8").expect_err("a slip");
    assert_eq!(
        shown,
        "error: `wiht` does not fit here\n \
           --> checks.toml:1:18\n  \
            |\n\
         1 | T1 top-5 Jaccard wiht practitioners >= 0.8\n  \
            |                  ^^^^ expected `with` or `across`\n  \
            |\n  \
            = help: did you mean `with`? For example: T1 top-5 Jaccard with practitioners >= 0.8"
    );
    for (wrong, part) in [
        ("", "is empty"),
        ("T1", "is incomplete"),
        ("T1 Spearman with practitioners >=", "is incomplete"),
        ("T1 Spearman with practitioners >= 1.2", "a correlation lies between -1 and 1"),
        ("T1 Spearman with practitioners >= NaN", "expected a number"),
        ("T1 Spearman with practitioners >= 0.5 please", "expected the end"),
    ] {
        let shown = canonical(wrong).expect_err(wrong);
        assert!(shown.contains(part), "`{wrong}` should say `{part}`:\n{shown}");
    }
}

#[test]
fn a_list_of_groups_says_what_is_wrong_with_it_and_where() {
    for (wrong, part, under) in [
        ("T2 closest to gpt-4o", "expected `among`", ""),
        ("T2 closest to gpt-4o among", "expected a baseline", ""),
        ("T2 closest to gpt-4o among in medical", "expected a baseline", "^^"),
        ("T2 closest to gpt-4o among gpt-4o", "expected `,` and another baseline", ""),
        ("T2 closest to gpt-4o among gpt-4o, us-sampel", "did you mean `us-sample`?", "^^^^^^^^^"),
        (
            "T2 closest to gpt-4o among us-sample, practitioners",
            "not among those named after `among`",
            "^^^^^^",
        ),
        (
            "T2 closest to gpt-4o among gpt-4o, us-sample, us-sample",
            "`us-sample` is named twice",
            "^^^^^^^^^",
        ),
        ("T2 closest to gpt-4o among gpt-4o, us-sample >= 0.1", "expected the end", "^^"),
        ("T1 closest to gpt-4o among gpt-4o, us-sample", "this check needs rate or trade_off", "^^"),
    ] {
        let shown = canonical(wrong).expect_err(wrong);
        assert!(shown.contains(part), "`{wrong}` should say `{part}`:\n{shown}");
        let marks: String = shown.chars().filter(|mark| *mark == '^').collect();
        assert!(under.is_empty() || marks == under, "{shown}");
    }
}

#[test]
fn chance_can_be_beaten_where_more_is_better_and_labels_play_a_part() {
    for sentence in [
        "T1 top-5 Jaccard with practitioners beats chance",
        "T1 Spearman with practitioners beats chance",
        "T1 top-5 Jaccard across orders beats chance",
        "T4 agrees with T3 beats chance",
    ] {
        assert_eq!(canonical(sentence), Ok((sentence.to_owned(), Test::BeatsChance)));
    }
    for (wrong, why) in [
        ("T1 shift from gpt-4o beats chance", "a smaller shift is better; give a bound with `<=` or `>=`"),
        ("T3 direction effect beats chance", "a smaller effect is better; give a bound with `<=` or `>=`"),
        ("T1 invalid beats chance", "no labels that could be shuffled; give a bound with `<=` or `>=`"),
        (
            "T3 undecided in medical beats chance",
            "is the same under any labels; give a bound with `<=` or `>=`",
        ),
        (
            "T2 Jensen-Shannon distance with gpt-4o beats chance",
            "a smaller distance is better; give a bound with `<=` or `>=`",
        ),
        (
            "T2 spread with gpt-4o beats chance",
            "answers are as various under any labels; give a bound with `<=` or `>=`",
        ),
        ("T1 top-1 Jaccard with practitioners beats chance", "only 12 ways to shuffle the labels, too few"),
        ("T1 top-11 Jaccard across synonyms beats chance", "only 12 ways to shuffle the labels, too few"),
        ("T1 selects fairness beats chance", "other labels would get is itself only an estimate"),
        ("T1 count spread across orders beats chance", "is itself only an estimate"),
        ("T2 rates privacy extremely important beats chance", "is itself only an estimate"),
        ("T3 prefers safety over autonomy in every context beats chance", "is itself only an estimate"),
    ] {
        let shown = canonical(wrong).expect_err(wrong);
        assert!(shown.contains(why), "`{wrong}` should say `{why}`:\n{shown}");
    }
    let shown = canonical("T1 shift from gpt-4o beats chance").expect_err("refused");
    assert!(shown.contains("checks.toml:1:22") && shown.contains("^^^^^"), "{shown}");
    for sentence in ["T1 shift from gpt-4o maybe", "T3 undecided maybe"] {
        let shown = canonical(sentence).expect_err("refused");
        assert!(shown.contains("`>=` or `<=`") && !shown.contains("beats"), "{shown}");
    }
}
