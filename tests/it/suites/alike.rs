//! What readers of a file could not tell apart or could not see is a mistake with its place, word for word
//! (`tests/suites/alike.txt`): before, two questions that look the same were asked and judged as two.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use alignspec::__testing::baseline::Tallies;
use alignspec::__testing::diagnostic::Diagnostic;
use alignspec::__testing::suite::load;

use crate::support::assert_kept;

const FILES: [(&str, &str); 5] = [
    (
        "suites/rank.toml",
        r#"id = "K1"
title = "The backlog"
kind = "rank"
prompt = "{context}\n\n{options}\n\nPut all {count} in order."

[[context]]
id = "cards"
text = "Credit cards."

[[context]]
id = "loans"
text = "Loans."

[[story]]
context = "cards"
value = "privacy"
text = "I want my purchases to be seen by nobody."

[[story]]
context = "cards"
value = "fairness"
text = "I want to appeal a decision."

[[story]]
context = "loans"
value = "privacy"
text = "I want my data deleted at the end."

[[story]]
context = "loans"
value = "fairness"
text = "I want equal rates."

[[persona]]
id = "young"
system = "You are young."

[[persona]]
id = "old"
prefix = "I am old."
"#,
    ),
    (
        "suites/rate.toml",
        r#"id = "K2"
title = "Ratings"
kind = "rate"
prompt = "{context} How important is {value}?\n{options}"
level = [{ id = "low", label = "Low" }, { id = "high", label = "High" }]
context = [{ id = "cards", text = "Credit cards." }, { id = "loans", text = "Loans." }]
value = [
  { id = "privacy", label = "Privacy", text = "Nobody sees it." },
  { id = "fairness", label = "Fairness", text = "Equal terms." },
]
"#,
    ),
    (
        "suites/weigh.toml",
        r#"id = "K3"
title = "Trade-offs"
kind = "trade_off"
prompt = "{context} {dilemma}\n{options}"
level = [{ id = "definitely", label = "Definitely {value}" }]
neutral = { id = "undecided", label = "Undecided" }
context = [{ id = "cards", text = "Credit cards." }, { id = "loans", text = "Loans." }]
value = [
  { id = "privacy", label = "Privacy", text = "" },
  { id = "fairness", label = "Fairness", text = "" },
]
pair = [{ first = "privacy", second = "fairness", text = "{first} or {second}?" }]
"#,
    ),
    (
        "suites/select.toml",
        r#"id = "K4"
title = "Choices"
kind = "select"
pick = 1
prompt = "Choose {pick}.\n{options}"
option = [{ id = "privacy", label = "Privacy" }, { id = "fairness", label = "Fairness" }]
"#,
    ),
    (
        "baselines/team.toml",
        "name = \"team\"\nsource = \"asked\"\n\n[K4.shuffled]\nn = 12\ncounts = { privacy = 8, fairness = 4 }\n",
    ),
];

/// The second context of the ranking, and all stories.
const LOANS: &str = r#"text = "Loans."

[[story]]
context = "cards"
value = "privacy"
text = "I want my purchases to be seen by nobody."

[[story]]
context = "cards"
value = "fairness"
text = "I want to appeal a decision."

[[story]]
context = "loans"
value = "privacy"
text = "I want my data deleted at the end."

[[story]]
context = "loans"
value = "fairness"
text = "I want equal rates."
"#;

/// What somebody wrote: the file, what is in it, and what stands there instead.
const CASES: &[(&str, &str, &str, &str)] = &[
    (
        "a story that differs in a full stop",
        "rank",
        "I want to appeal a decision.",
        "I want my purchases to be seen by nobody",
    ),
    (
        "a story that differs in case",
        "rank",
        "I want to appeal a decision.",
        "i want my Purchases to be seen by nobody.",
    ),
    (
        "a story that differs in a space",
        "rank",
        "I want to appeal a decision.",
        "I want my\u{a0}purchases  to be seen by nobody.",
    ),
    (
        "a story that differs in a zero-width space",
        "rank",
        "I want to appeal a decision.",
        "I want my purchases\u{200b} to be seen by nobody.",
    ),
    (
        "a story with letters of another script",
        "rank",
        "I want to appeal a decision.",
        "I want my purch\u{430}ses to be seen by nobody",
    ),
    (
        "a story that ends in an ellipsis",
        "rank",
        "I want to appeal a decision.",
        "I want my purchases to be seen by nobody …",
    ),
    ("a story that is a zero-width space", "rank", "I want equal rates.", "\u{200b}"),
    ("a story that is an escaped zero-width space", "rank", "I want equal rates.", "\\u200B"),
    ("a story of dots", "rank", "I want equal rates.", "..."),
    (
        "a story with another normalisation",
        "rank",
        "I want equal rates.",
        "Ｉ want my data deleted at the end",
    ),
    ("a story that is turned around", "rank", "equal rates", "\u{202e}setar lauqe\u{202c}"),
    ("an isolated story", "rank", "equal rates", "equal \u{2067}rates\u{2069}"),
    ("a left-to-right mark", "rank", "equal rates", "equal\u{200e} rates"),
    ("a byte order mark in the middle", "rank", "equal rates", "equal\u{feff} rates"),
    ("a word joiner", "rank", "equal rates", "equal\u{2060}rates"),
    ("a joiner in a word of Latin letters", "rank", "equal rates", "equal ra\u{200d}tes"),
    ("a soft hyphen", "rank", "equal rates", "equal ra\u{ad}tes"),
    ("a blank letter", "rank", "equal rates", "equal \u{3164}rates"),
    ("a tag character", "rank", "equal rates", "equal \u{e0041}rates"),
    ("a bell", "rank", "equal rates", "equal \\u0007rates"),
    (
        "two contexts with one text and the same stories",
        "rank",
        LOANS,
        "text = \"Credit cards\"\n\n[[story]]\ncontext = \"cards\"\nvalue = \"privacy\"\ntext = \"One.\"\n\n[[story]]\ncontext = \"cards\"\nvalue = \"fairness\"\ntext = \"Two.\"\n\n[[story]]\ncontext = \"loans\"\nvalue = \"privacy\"\ntext = \"two\"\n\n[[story]]\ncontext = \"loans\"\nvalue = \"fairness\"\ntext = \"one\"\n",
    ),
    (
        "a value in other letters",
        "rank",
        "\"loans\"\nvalue = \"fairness\"",
        "\"loans\"\nvalue = \"Fairness\"",
    ),
    ("a context in other letters", "rank", "id = \"loans\"", "id = \"Cards\""),
    (
        "a story in other letters",
        "rank",
        "\"cards\"\nvalue = \"fairness\"\n",
        "\"cards\"\nvalue = \"fairness\"\nid = \"Privacy\"\n",
    ),
    ("a persona of two spaces without width", "rank", "You are young.", "\u{200b}\u{200c}"),
    ("a persona of a dot", "rank", "You are young.", "."),
    ("personas in other letters", "rank", "id = \"old\"", "id = \"Young\""),
    ("a prompt with a zero-width space", "rank", "{context}\\n", "{context}\u{200b}\\n"),
    ("a title with a direction", "rank", "The backlog", "The \u{202e}backlog"),
    ("contexts that read alike", "rate", "\"Loans.\"", "\"credit  cards\""),
    ("an empty context", "rate", "\"Loans.\"", "\" \""),
    ("values that read alike", "rate", "\"Fairness\"", "\"privacy.\""),
    ("a value without a label", "rate", "\"Fairness\"", "\" \""),
    ("levels that read alike", "rate", "\"High\"", "\"low.\""),
    ("levels in other letters", "rate", "id = \"high\"", "id = \"LOW\""),
    ("a value of another suite in other letters", "rate", "id = \"fairness\"", "id = \"FAIRNESS\""),
    ("a context of another suite in other letters", "rate", "id = \"loans\"", "id = \"Loans\""),
    ("contexts of trade-offs that read alike", "weigh", "\"Loans.\"", "\"Credit cards\""),
    ("values of trade-offs that read alike", "weigh", "\"Fairness\"", "\"Privacy\""),
    ("options that differ in a full stop", "select", "\"Fairness\"", "\"Privacy.\""),
    (
        "options that differ in how a letter is written",
        "select",
        "\"Privacy\" }, { id = \"fairness\", label = \"Fairness\"",
        "\"Zoë\" }, { id = \"fairness\", label = \"Zoe\u{308}\"",
    ),
    ("options in other letters", "select", "id = \"fairness\"", "id = \"PRIVACY\""),
    ("a label with a zero-width space", "select", "\"Fairness\"", "\"Fair\u{200b}ness\""),
    (
        "a sentence with a zero-width space",
        "select",
        "\noption",
        "\ncheck = [{ expect = \"K4 selects privacy\u{200b} >= 50%\" }]\noption",
    ),
    ("the suite's id in other letters", "select", "id = \"K4\"", "id = \"k1\""),
    ("a baseline's option with a zero-width space", "team", "fairness", "\"fairness\u{200b}\""),
    ("a baseline's note with a direction", "team", "asked", "as\u{202e}ked"),
];

/// The mistakes of files, by the names of the files.
fn mistakes(files: &[(String, String)]) -> Vec<Diagnostic> {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["suites", "baselines"] {
        fs::create_dir(folder.path().join(name)).expect("made");
    }
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("written");
    }
    let entry = |name: &str| [(name.to_owned(), Diagnostic::new("cannot be read"))];
    let suites = load(folder.path(), &entry("suites"));
    let mut tallies = Tallies::load(folder.path(), &entry("baselines"));
    tallies.hold_against(suites.suites.iter().filter_map(|suite| suite.task.as_ref()));
    suites.problems.into_iter().chain(tallies.problems).map(|(_, problem)| problem).collect()
}

fn files() -> Vec<(String, String)> {
    FILES.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec()
}

#[test]
fn what_reads_alike_or_cannot_be_seen_is_a_mistake() {
    let fine = mistakes(&files());
    assert!(fine.is_empty(), "{}", fine[0]);
    let mut told = BTreeMap::new();
    let mut accepted = Vec::new();
    for (did, file, from, to) in CASES {
        let mut files = files();
        let (_, text) = files.iter_mut().find(|(name, _)| name.contains(file)).expect("a file");
        assert!(text.contains(from), "{did}: `{from}` is not in {file}");
        *text = text.replacen(from, to, 1);
        match mistakes(&files).first() {
            Some(problem) => {
                assert!(problem.position().is_some(), "{did} has no place: {problem}");
                told.insert(*did, problem.to_string());
            }
            None => accepted.push(*did),
        }
    }
    assert!(accepted.is_empty(), "accepted: {}", accepted.join("; "));
    let kept = told.iter().fold(String::new(), |mut all, (did, problem)| {
        writeln!(all, "{did}:\n{problem}\n").expect("written");
        all
    });
    assert_kept("tests/suites/alike.txt", &kept);
}

#[test]
fn texts_of_other_languages_and_differences_that_are_seen_are_fine() {
    for (file, from, to) in [
        ("rank", "I want equal rates.", "من می\u{200c}خواهم برابر باشم"),
        ("rank", "I want equal rates.", "मुझे क्\u{200d}ष चाहिए"),
        ("rank", "I want equal rates.", "As a 👩\u{200d}💻 I want ❤\u{fe0f}"),
        ("rank", "I want equal rates.", "I want my data deleted at the start."),
        ("rank", "\"Loans.\"", "\"Credit cards.\""),
        ("rate", "\"High\"", "\"Low+\""),
        (
            "rate",
            "prompt = \"{context} How important is {value}",
            "prompt = \"{context} How important is {value} ({definition})",
        ),
        ("select", "\"Fairness\"", "\"Prívacy\""),
    ] {
        let mut files = files();
        let (_, text) = files.iter_mut().find(|(name, _)| name.contains(file)).expect("a file");
        assert!(text.contains(from), "`{from}` is not in {file}");
        *text = text.replacen(from, to, 1);
        let found = mistakes(&files);
        assert!(found.is_empty(), "{to}: {}", found[0]);
    }
}
