//! What the comment on a pull request says: the gate's answer, and the answers now against the base branch's snapshots.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::support::consumer::Consumer;
use crate::support::reported::{Gate, SUITE, ageless};
use crate::support::server::{Reply, Server};
use crate::support::{assert_kept, completion};

const HOSTILE: &str =
    "b | `tick` <img src=x onerror=alert(1)> @team [x](http://evil) \u{1b}[31m --> ::error::x";

/// One model that likes apples, and one that likes pears.
fn server() -> Server {
    Server::start(|request| {
        let fruit = if request.body["model"] == "a-1" { "Apples" } else { "Pears" };
        let mut body = completion(fruit);
        body["model"] = format!("{}-2026-11-01", request.body["model"].as_str().unwrap_or_default()).into();
        Reply::json(200, &body)
    })
}

fn config(server: &Server, model: &str) -> String {
    format!(
        "suites = [\"suites\"]\n[sampling]\nsamples = 20\nmax_samples = 20\n[[model]]\nname = \"assistant\"\nprovider = \"openai\"\nmodel = \"{model}\"\nbase_url = \"{}\"\nprice = {{ input = 1.0, output = 2.0 }}\n[[check]]\nexpect = \"T5 selects a >= 50%\"\nmodels = [\"assistant\"]\n",
        server.base_url()
    )
}

/// The comment that a report in the crate's folder writes, and what the program printed.
fn comment(consumer: &Consumer, gate: &Gate, more: &[&str]) -> (String, Output) {
    let file = gate.folder.path().join("comment.md");
    let _ = fs::remove_file(&file);
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-alignspec"));
    command.args(["alignspec", "report"]).arg(&gate.results).arg("--comment").arg(&file).args(more);
    let output = command.current_dir(&consumer.root).output().expect("it runs");
    (fs::read_to_string(file).unwrap_or_default(), output)
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for file in fs::read_dir(from).expect("a folder").flatten() {
        fs::copy(file.path(), to.join(file.file_name())).expect("copied");
    }
}

#[test]
fn a_change_is_told_against_the_base_branch_though_the_pull_request_has_accepted_it() {
    let consumer = Consumer::fresh();
    let (server, gate) = (server(), Gate::new());
    consumer.file("suites/t5.toml", SUITE);
    consumer.config(&config(&server, "a-1"));
    consumer.run_with(&[], &[("INSTA_UPDATE", "always")]);
    let base = gate.folder.path().join("base");
    copy(&consumer.root.join("snapshots"), &base.join("snapshots"));
    // The pull request gives the role to another model, and accepts its snapshot.
    consumer.config(&config(&server, "b-1"));
    consumer.run_with(&["snapshot"], &[("INSTA_UPDATE", "always")]);
    let (code, out) = gate.run(&consumer, &[]);
    assert_eq!(code, 101, "{out}");
    let base = base.display().to_string();
    let about = ["--base", &base, "--base-name", "main", "--comment-name", "gate-0"];
    let link = ["--link", "https://forge.example/team/product/actions/runs/7#artifacts"];
    let (text, output) = comment(&consumer, &gate, &[&about[..], &link].concat());
    assert_eq!(
        output.status.code(),
        Some(1),
        "the gate's answer: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_kept("tests/reports/comment.md", &ageless(&text));
    // Back to the model of the base branch: nothing changed, and it says what could have been seen.
    consumer.config(&config(&server, "a-1"));
    consumer.run_with(&["snapshot"], &[("INSTA_UPDATE", "always")]);
    let (code, out) = gate.run(&consumer, &[]);
    assert_eq!(code, 0, "{out}");
    let (text, output) = comment(&consumer, &gate, &about);
    assert_eq!(output.status.code(), Some(0));
    assert_kept("tests/reports/comment_unchanged.md", &ageless(&text));
}

#[test]
fn what_cannot_be_compared_is_said_and_changes_no_answer_of_the_gate() {
    let consumer = Consumer::fresh();
    let (server, gate) = (server(), Gate::new());
    consumer.file("suites/t5.toml", SUITE);
    consumer.config(&config(&server, "a-1"));
    consumer.run_with(&[], &[("INSTA_UPDATE", "always")]);
    gate.run(&consumer, &[]);
    let said = |base: &str| {
        let (text, output) = comment(&consumer, &gate, &["--base", base]);
        assert_eq!(output.status.code(), Some(0), "{text}");
        assert!(text.starts_with("<!-- alignspec-comment: gate -->\n## ✅ gate: says yes"), "{text}");
        text
    };
    let empty = gate.folder.path().join("empty");
    fs::create_dir_all(&empty).expect("a folder");
    let text = said(&empty.display().to_string());
    assert!(
        text.contains(
            "<details><summary>Not compared: 1</summary>\n\n- `assistant`: there is no snapshot of \\`assistant\\` on the base branch"
        ),
        "{text}"
    );
    // A damaged snapshot there.
    fs::create_dir_all(empty.join("snapshots")).expect("a folder");
    fs::write(
        empty.join("snapshots/assistant.T5.snap"),
        "---\nsource: x\n---\nT5 t\nquestions 0\n\nnonsense\n",
    )
    .expect("written");
    let text = said(&empty.display().to_string());
    assert!(text.contains("<summary>Not compared: 1</summary>\n"), "{text}");
    // No such revision, and a name that is an option of git's.
    for base in ["nowhere", "--upload-pack=x"] {
        let (text, output) = comment(&consumer, &gate, &[&format!("--base={base}")]);
        assert_eq!(output.status.code(), Some(0), "{text}");
        assert!(text.contains("<summary>Not compared: 1</summary>\n"), "{base}: {text}");
    }
    // Neither is a word that is no link or no name.
    for wrong in [["--link", "javascript:alert(1)"], ["--link", "x y"], ["--comment-name", "a -->"]] {
        let (text, output) = comment(&consumer, &gate, &wrong);
        assert_eq!((output.status.code(), text.as_str()), (Some(2), ""), "{wrong:?}");
    }
}

#[test]
fn failures_stand_first_and_who_was_not_judged_is_named() {
    let consumer = Consumer::fresh();
    let (server, gate) = (server(), Gate::new());
    consumer.file("suites/t5.toml", SUITE);
    consumer.config(&config(&server, "a-1"));
    consumer.run_with(&[], &[("INSTA_UPDATE", "always")]);
    let keyless = "[[model]]\nname = \"keyless\"\nprovider = \"openai\"\nmodel = \"k-1\"\nbase_url = \"http://127.0.0.1:9\"\nkey_env = \"NO_SUCH_KEY_HERE\"\n";
    consumer.config(&(config(&server, "b-1") + keyless));
    gate.run(&consumer, &[]);
    let empty = gate.folder.path().join("empty");
    fs::create_dir_all(&empty).expect("a folder");
    let (text, output) = comment(&consumer, &gate, &["--base", &empty.display().to_string()]);
    assert_eq!(output.status.code(), Some(1), "{text}");
    let parts = [
        " gate: says no — 1 of 2 roles judged, 1 not (no key), 1 of 1 checks failed, 1 snapshot drifted",
        "\nNot judged, no key: `keyless`\n",
        // The base branch cannot be compared; what drifted is said all the same.
        "### What changed since the snapshots of this pull request\n\n- `assistant`: selects apples less often: 100% → 0% of answers",
        "### Failed and undecided\n",
        "### Snapshots to review\n",
        "<details><summary>Not compared: 1</summary>\n\n- `assistant`: there is no snapshot",
    ];
    let places: Vec<Option<usize>> = parts.iter().map(|part| text.find(part)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?}\n{text}");
    // A mistake has its line, and the config is not said to be missing.
    consumer.config("[sampling]\nsamplez = 1\n");
    gate.run(&consumer, &[]);
    let (text, _) = comment(&consumer, &gate, &[]);
    assert!(
        text.contains("alignment.toml&#58;2&#58;1&#58; unknown field")
            || text.contains("alignment.toml:2:1: unknown field"),
        "{text}"
    );
    assert!(text.contains("alignment.toml has a mistake") && !text.contains("cannot be read"), "{text}");
}

#[test]
fn hostile_names_are_text_and_a_long_comment_is_cut_at_whole_rows() {
    let consumer = Consumer::fresh();
    // A provider that says hostile things where it names its model.
    let server = Server::start(|request| {
        let mut body = completion(if request.body["model"] == "a-1" { "Apples" } else { "Pears" });
        body["model"] = HOSTILE.into();
        Reply::json(200, &body)
    });
    let gate = Gate::new();
    consumer.file("suites/t5.toml", SUITE);
    consumer.config(&config(&server, "a-1"));
    consumer.run_with(&[], &[("INSTA_UPDATE", "always")]);
    let base = gate.folder.path().join("base");
    copy(&consumer.root.join("snapshots"), &base.join("snapshots"));
    let checks: String = (100..=999)
        .map(|bound| {
            let bound = f64::from(bound) / 10.0;
            format!("[[check]]\nexpect = \"T5 selects a >= {bound}%\"\nmodels = [\"assistant\"]\n")
        })
        .collect();
    let (head, _) = config(&server, "b-1")
        .split_once("[[check]]")
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .expect("checks");
    consumer.config(&(head + &checks));
    let (code, out) = gate.run(&consumer, &[]);
    assert_eq!(code, 101, "{out}");
    let base = base.display().to_string();
    let (text, output) = comment(&consumer, &gate, &["--base-name", HOSTILE, "--base", &base]);
    assert_eq!(output.status.code(), Some(1));
    // Nothing that comes from outside stands outside of code, where it would be markup.
    for bad in ["<img", "\u{1b}", "@team", "](http", "::error"] {
        let bare = text.split('`').step_by(2).collect::<String>();
        let bare = bare.replace("<code>", "").replace("&#64;<!-- -->team", "");
        assert!(!bare.contains(bad), "{bad} in {text}");
    }
    assert!(text.contains("tick") && !text.contains('\u{1b}'), "{text}");
    let count = text.chars().count();
    assert!((60_000..=65_536).contains(&count), "{count}");
    let rows = text.lines().filter(|line| line.starts_with("| **")).count();
    let told = text.lines().find_map(|line| line.strip_prefix("… and ")).expect("a number");
    let left: usize = told.split(' ').next().and_then(|n| n.parse().ok()).expect("a number");
    assert!(told.ends_with("more, left out here: in the job summary and on the page."), "{told}");
    // Each check, and the snapshot.
    assert_eq!(rows + left, 901, "{told}");
}
