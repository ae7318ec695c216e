//! `cargo alignspec across` as its user reads it, and its numbers against SciPy's (tests/reference/across.json, written
//! by scripts/across_reference.py). What people get wrong with it is in tests/mistakes/commands.toml.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use alignspec::__testing::stats::association::association;
use serde::Deserialize;
use serde_json::Value;
use tempfile::{TempDir, tempdir};

use crate::support::assert_kept;

const BINARY: &str = env!("CARGO_BIN_EXE_cargo-alignspec");
const HERE: &str = env!("CARGO_MANIFEST_DIR");

/// The study's groups 1 and 2.
const FIFTEEN: [&str; 15] = [
    "gemini-1.5-flash",
    "gemini-2.0-flash-exp",
    "o1-mini",
    "o1-preview",
    "deepseek-v3",
    "wizardlm-2-8x22b",
    "phi-4",
    "llama-3.1-405b",
    "gpt-4o",
    "gpt-4o-mini",
    "gemini-1.5-pro",
    "gemma-2-27b",
    "claude-3.5-sonnet",
    "llama-3.3-70b",
    "llama-3.1-70b",
];

const AS_PUBLISHED: [&str; 2] = ["--groups", "us-sample,practitioners_as_published"];

/// A published model in a role of another name, one that would have to be asked T1, and one T2.
const CONFIG: &str = r#"
[[model]]
name = "ours"
provider = "tally"
model = "gpt-4o"

[[model]]
name = "asked"
provider = "openai"
model = "gpt-4.1-mini"
base_url = "http://127.0.0.1:9/v1"
tasks = ["T1"]

[[model]]
name = "rated"
provider = "openai"
model = "gpt-4.1-mini"
base_url = "http://127.0.0.1:9/v1"
tasks = ["T2"]
"#;

fn consumer() -> TempDir {
    let folder = tempdir().expect("a folder");
    fs::write(folder.path().join("alignment.toml"), CONFIG).expect("written");
    folder
}

/// The exit code, what was printed, and what was said on standard error.
fn across(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(BINARY);
    // In record mode, a run would ask.
    command.arg("across").args(arguments).current_dir(folder).env("ALIGNSPEC_MODE", "record");
    let output = command.stdin(Stdio::null()).output().expect("started");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn shown(folder: &Path, arguments: &[&str]) -> String {
    let (code, out, told) = across(folder, arguments);
    assert!(code == Some(0) && told.is_empty(), "{code:?}: {told}");
    out
}

fn json(folder: &Path, arguments: &[&str]) -> Value {
    serde_json::from_str(&shown(folder, &[arguments, &["--format", "json"]].concat())).expect("JSON")
}

/// Compares with a file of tests/data/across.
fn is(name: &str, found: &str) {
    assert_kept(&format!("tests/data/across/{name}"), found);
}

#[derive(Deserialize)]
struct Reference {
    alignment: Value,
    robustness: Value,
    over: Vec<Over>,
    drawn: Vec<Drawn>,
}

#[derive(Deserialize)]
struct Over {
    models: Vec<String>,
    group: String,
    #[serde(flatten)]
    related: Related,
}

#[derive(Deserialize)]
struct Drawn {
    x: Vec<f64>,
    y: Vec<f64>,
    #[serde(flatten)]
    related: Related,
}

#[derive(Deserialize)]
struct Related {
    rho: f64,
    p: f64,
    least: Option<f64>,
    most: Option<f64>,
    undefined_without: Vec<usize>,
}

fn reference() -> Reference {
    serde_json::from_str(include_str!("../../reference/across.json")).expect("the reference file is valid")
}

/// Both numbers, or none on either side.
fn same(found: &Value, wanted: &Value, what: &str) {
    match (found.as_f64(), wanted.as_f64()) {
        (Some(found), Some(wanted)) => {
            assert!((found - wanted).abs() < 1e-12, "{what}: {found}, not {wanted}")
        }
        (found, wanted) => assert_eq!(found, wanted, "{what}"),
    }
}

#[test]
fn the_studys_correlation_over_fifteen_models_comes_out() {
    let folder = consumer();
    let study = [&FIFTEEN[..], &AS_PUBLISHED].concat();
    let text = shown(folder.path(), &study);
    assert!(
        text.contains(
            "\nover 15 respondents: Spearman's ρ of the two columns -0.536, p 0.040 (two-sided; Student's t with 13 \
             degrees of freedom)\nleaving one out: -0.705 (without o1-mini) to -0.429 (without o1-preview)\n"
        ),
        "{text}"
    );
    is("study.txt", &text);
    is("study.md", &shown(folder.path(), &[&study[..], &["--format", "markdown"]].concat()));
    is("study.json", &shown(folder.path(), &[&study[..], &["--format", "json"]].concat()));
    // With the figures as they were published for the practitioners themselves, it is weaker.
    let text = shown(folder.path(), &FIFTEEN);
    assert!(
        text.contains("\nover 15 respondents: Spearman's ρ of the two columns -0.500, p 0.058 ("),
        "{text}"
    );
}

#[test]
fn all_published_models_are_shown_with_what_is_wrong_with_their_figures() {
    let folder = consumer();
    is("published.txt", &shown(folder.path(), &["--published", "--partial"]));
}

#[test]
fn every_number_is_scipys() {
    let (folder, reference) = (consumer(), reference());
    for Over { models, group, related } in &reference.over {
        let groups = format!("us-sample,{group}");
        let models: Vec<&str> = models.iter().map(String::as_str).collect();
        let found = json(folder.path(), &[&models[..], &["--groups", &groups]].concat());
        for respondent in found["respondents"].as_array().expect("a list") {
            let name = respondent["name"].as_str().expect("a name");
            let wanted = &reference.alignment[name];
            same(&respondent["alignment"][0], &wanted["us-sample"], name);
            same(&respondent["alignment"][1], &wanted[group.as_str()], name);
        }
        let found = &found["correlation"];
        assert_eq!((&found["n"], &found["of"]), (&models.len().into(), &models.len().into()));
        same(&found["rho"], &related.rho.into(), "rho");
        same(&found["p"], &related.p.into(), "p");
        same(&found["without_one"][0]["rho"], &related.least.into(), "the least");
        same(&found["without_one"][1]["rho"], &related.most.into(), "the most");
    }
    let found = json(folder.path(), &["--published", "--partial"]);
    let respondents = found["respondents"].as_array().expect("a list");
    assert_eq!(respondents.len(), 23);
    for respondent in respondents {
        let name = respondent["name"].as_str().expect("a name");
        for number in ["top", "chosen", "spread", "synonyms"] {
            let wanted = &reference.robustness[name][number];
            same(&respondent["robustness"][number], wanted, &format!("{name} {number}"));
        }
    }
}

#[test]
fn the_correlation_of_any_columns_is_scipys_too() {
    let drawn = reference().drawn;
    assert!(drawn.len() > 25, "{}", drawn.len());
    for Drawn { x, y, related } in drawn {
        let found = association(&x, &y).expect("a correlation");
        let near = |found: f64, wanted: f64| (found - wanted).abs() < 1e-12;
        assert!(near(found.rho, related.rho) && near(found.p, related.p), "{x:?} {y:?}: {found:?}");
        assert_eq!(found.exact, x.len() <= 8);
        assert_eq!(found.undefined_without, related.undefined_without);
        let ends = found.without_one.map(|(least, most)| (least.rho, most.rho));
        match (ends, related.least.zip(related.most)) {
            (Some(found), Some(wanted)) => {
                assert!(near(found.0, wanted.0) && near(found.1, wanted.1), "{x:?} {y:?}: {found:?}");
            }
            (found, wanted) => assert_eq!(found, wanted),
        }
    }
}

#[test]
fn a_role_is_a_respondent_and_nothing_is_asked() {
    let folder = consumer();
    let (code, out, told) = across(folder.path(), &["ours", "asked", "rated", "phi-4", "o1-mini"]);
    assert_eq!(code, Some(1), "{told}");
    assert!(out.starts_with(
        "T2 Spearman with us-sample, and with practitioners\n\n  respondent  us-sample  practitioners  answers\n  \
         ours        0.750      0.716          50\n  asked       —          —              —\n"
    ), "{out}");
    assert!(out.contains(
        "\nnot told\n  asked is not asked T2\n  asked: T1: 50 of 50 responses are missing: not recorded\n  rated: T2: "
    ), "{out}");
    assert_eq!(
        told,
        "error: no correlation over the respondents: asked, rated lack a number for one of the groups or both: leave \
         them out, or add --partial to go on without them\n"
    );
    assert!(!folder.path().join("recordings").exists());
    // Without them, it is over the three that are left, and says so.
    let partial = json(folder.path(), &["ours", "asked", "rated", "phi-4", "o1-mini", "--partial"]);
    assert_eq!((&partial["correlation"]["n"], &partial["correlation"]["of"]), (&3.into(), &5.into()));
    // The role's figures under their own name are the same answers.
    let (code, out, told) = across(folder.path(), &["ours", "gpt-4o", "phi-4"]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert_eq!(told, "error: `ours` and `gpt-4o` are the same answers: they would count twice\n");
}

#[test]
fn a_model_with_the_name_of_a_published_one_is_not_taken_for_it() {
    let folder = tempdir().expect("a folder");
    fs::write(folder.path().join("alignment.toml"), CONFIG.replace("\"asked\"", "\"gpt-4o-mini\""))
        .expect("written");
    let (code, out, told) = across(folder.path(), &["--published", "--partial"]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(
        told.starts_with(
            "error: `gpt-4o-mini` is a model of alignment.toml, so that the published one cannot"
        ),
        "{told}"
    );
}

#[test]
fn recorded_answers_and_snapshots_stand_beside_published_ones() {
    // This crate's own: a real local model.
    let sides = ["smollm2-135m", "snapshot:phi-4", "o1-mini", "o1-preview"];
    let (code, out, told) = across(Path::new(HERE), &sides);
    assert_eq!((code, told.as_str()), (Some(0), ""));
    assert!(out.contains("\n  snapshot:phi-4  0.739      0.473          50\n"), "{out}");
    assert!(out.contains("\n  snapshot:phi-4: a snapshot does not keep forms apart\n"), "{out}");
    assert!(out.contains("responses to T1 (shuffled) have no answer\n"), "{out}");
    // Of four, p is over all orders.
    assert!(out.contains(" (two-sided; exact, over all orders)\n"), "{out}");
}

#[test]
fn the_chapters_example_is_what_is_shown() {
    let chapter = fs::read_to_string(Path::new(HERE).join("docs/across.md")).expect("the chapter");
    let example = chapter.replace("\r\n", "\n");
    let example =
        example.split("```text\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let text = shown(consumer().path(), &["gemini-1.5-flash", "o1-mini", "o1-preview", "phi-4"]);
    assert!(text.starts_with(&format!("{example}\n")), "{text}");
}
