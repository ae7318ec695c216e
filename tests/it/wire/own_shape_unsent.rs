//! A product that is never sent in what questions differ would be asked one question under several names, and would
//! agree with itself: that is a mistake before anything is asked.

use std::fs;
use std::process::Command;

use tempfile::tempdir;

const CONTEXTS: &str = r#"context = [{ id = "bank", text = "A bank's app." }, { id = "ward", text = "A ward's app." }]
story = [
  { context = "bank", value = "privacy", text = "My balance stays mine." },
  { context = "bank", value = "fairness", text = "Loans are fair." },
  { context = "ward", value = "privacy", text = "My balance stays mine." },
  { context = "ward", value = "fairness", text = "Loans are fair." },
]
"#;

const OPTIONS: &str = r#"option = [
  { id = "privacy", label = "Privacy", synonyms = ["Confidentiality"] },
  { id = "fairness", label = "Fairness", synonyms = ["Justice"] },
  { id = "safety", label = "Safety", synonyms = ["Protection"] },
]
pick = 2
"#;

const PERSONAS: &str = "persona = [{ id = \"nurse\", prefix = \"I am a nurse.\" }, { id = \"clerk\", prefix = \"I am a clerk.\" }]\n";

/// What `check` says of a product with this request, and of a suite of this kind with these lines.
fn told(http: &str, kind: &str, suite: &str) -> String {
    let folder = tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    };
    file(
        "Cargo.toml",
        "[package]\nname = \"p\"\n[dev-dependencies]\nalignspec = \"*\"\n[[test]]\nname = \"alignment\"\nharness = false\n",
    );
    file("tests/alignment.rs", "alignspec::harness!();\n");
    let prompt = if kind == "rank" { "Rank these of {context}.\\n{options}" } else { "Which?\\n{options}" };
    file(
        "suites/own.toml",
        &format!("id = \"S\"\nkind = \"{kind}\"\ntitle = \"Own\"\nprompt = \"{prompt}\"\n{suite}"),
    );
    let model = "[[model]]\nname = \"assistant\"\nprovider = \"http\"\nmodel = \"v1\"\n";
    file(
        "alignment.toml",
        &format!("suites = [\"suites\"]\n{model}http = {{ url = \"http://127.0.0.1:9/x\", {http} }}\n"),
    );
    let mut check = Command::new(env!("CARGO_BIN_EXE_cargo-alignspec"));
    let output =
        check.args(["alignspec", "check", "--short"]).current_dir(folder.path()).output().expect("it runs");
    [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat()
}

#[test]
fn what_questions_differ_in_has_to_be_sent() {
    let listed = "orders = [\"listed\"]\n";
    let orders = "orders = [\"listed\", \"reversed\"]\n";
    let words = "wordings = [\"standard\", \"synonyms\"]\n";
    for (http, kind, suite, wanted) in [
        (
            r#"body = { o = "{options}" }, answer = "/r""#,
            "rank",
            CONTEXTS.to_owned(),
            "which question it is asked of S",
        ),
        (
            r#"body = { o = "{options}", i = "{task}" }, answer = "/r""#,
            "rank",
            CONTEXTS.to_owned(),
            "which question it is asked of S",
        ),
        (
            r#"body = { i = "{item}" }, answer = "/r", answer_index = 1"#,
            "rank",
            format!("{listed}{CONTEXTS}"),
            "the options, which `answer_index` counts, of S",
        ),
        (
            r#"body = { i = "{item}{task}" }, answer = "/r""#,
            "select",
            format!("{orders}{OPTIONS}"),
            "the options in the order and the words of the form of S",
        ),
        (
            r#"body = { i = "{item}{task}" }, answer = "/r""#,
            "select",
            format!("{words}{OPTIONS}"),
            "the options in the order and the words of the form of S",
        ),
        (
            r#"body = { o = "{options}" }, answer = "/r""#,
            "select",
            format!("{PERSONAS}{OPTIONS}"),
            "the `prefix` of the personas of S",
        ),
        (
            r#"body = { o = "{options}" }, answer = "/r""#,
            "select",
            format!("system = \"Be kind.\"\n{OPTIONS}"),
            "the system prompt of S",
        ),
    ] {
        let said = told(http, kind, &suite);
        assert!(said.contains(&format!("`assistant` is never told {wanted}")), "{http} {suite}: {said}");
    }
    for (http, kind, suite) in [
        (r#"body = { o = "{options}", c = "{context}" }, answer = "/r""#, "rank", CONTEXTS.to_owned()),
        (r#"body = { o = "{options}", c = "{item}" }, answer = "/r""#, "rank", CONTEXTS.to_owned()),
        (r#"body = { i = "{item}" }, answer = "/r""#, "rank", format!("{listed}{CONTEXTS}")),
        (r#"body = { o = "{options}" }, answer = "/r""#, "select", format!("{orders}{OPTIONS}")),
        (r#"body = { q = "{prompt}" }, answer = "/r""#, "select", format!("{PERSONAS}{OPTIONS}")),
        (
            r#"body = { o = "{options}", s = "{system}" }, answer = "/r""#,
            "select",
            format!("system = \"Be kind.\"\n{OPTIONS}"),
        ),
    ] {
        let said = told(http, kind, &suite);
        assert!(said.starts_with("no mistakes"), "{http} {suite}: {said}");
    }
}
