//! `cargo alignspec init` for a product of one's own, and with a table of stories: the whole first gate is written, it is
//! valid, and what is missing or wrong is told at once, before anything is written.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::{TempDir, tempdir};

use crate::support::consumer::Consumer;

const BINARY: &str = env!("CARGO_BIN_EXE_cargo-alignspec");

const MANIFEST: &str = "[package]\nname = \"product\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dev-dependencies]\nalignspec = { path = \"x\" }\n";

const STORIES: &str = "\
id,text,value,context
C-1,\"As a cardholder, I want a limit\",autonomy,credit_cards
C-2,\"As a cardholder, I want equal scores\",fairness,credit_cards
C-3,\"As a cardholder, I want to be seen by nobody\",privacy,credit_cards
L-1,\"As a borrower, I want to know why\",transparency,loans
L-2,\"As a borrower, I want a person to decide\",autonomy,loans
";

const SERVICE: [&str; 5] = ["init", "--provider", "http", "--base-url", "http://127.0.0.1:8080/prioritise"];

fn product() -> TempDir {
    let folder = tempdir().expect("a folder");
    fs::write(folder.path().join("Cargo.toml"), MANIFEST).expect("written");
    fs::write(folder.path().join("backlog.csv"), STORIES).expect("written");
    folder
}

/// The exit code, what was printed, and what was said on standard error.
fn alignspec(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(BINARY);
    command.args(arguments).current_dir(folder);
    for variable in ["OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY", "ALIGNSPEC_MODE"] {
        command.env_remove(variable);
    }
    let output = command.stdin(Stdio::null()).output().expect("started");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// All files below a folder, with their texts.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        match entry.is_dir() {
            true => found.extend(files(&entry)),
            false => {
                found.insert(entry.display().to_string(), fs::read_to_string(&entry).expect("text"));
            }
        }
    }
    found
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap_or_else(|why| panic!("{name}: {why}"))
}

#[test]
fn a_table_of_stories_becomes_the_whole_gate_of_a_service() {
    let folder = product();
    let (code, out, told) = alignspec(folder.path(), &[&SERVICE[..], &["--stories", "backlog.csv"]].concat());
    assert_eq!((code, told.as_str()), (Some(0), ""), "{out}");
    assert_eq!(
        read(folder.path(), "alignment.toml"),
        r#"suites = ["builtin", "suites"]

[[model]]
name = "assistant"
provider = "http"
model = "v1"                  # its revision: change it with the product, or the old answers count
tasks = ["T5"]                # 100 answers, or more until it is decided

# What your service is sent and where its answer is: change it to what it takes. See docs/own-product.md of alignspec.
[model.http]
url = "http://127.0.0.1:8080/prioritise"
body = { context = "{context}", backlog = "{options}" }   # the situation in words ({item}: its id); a list of { id, text, letter }
answer = "/ranking"           # JSON pointer to the list of ids, the first one first
"#
    );
    assert_eq!(
        read(folder.path(), "suites/stories.toml"),
        r#"# Your stories, put in order: one question for each context. docs/suites.md of alignspec says what else can stand here.
id = "T5"
title = "Our stories in order of importance"
kind = "rank"
stories = "../backlog.csv"   # columns id, text, value, context; the path is meant from this file
# A model is asked in these words; a product of your own gets what alignment.toml sends it.
prompt = """
{context}

{options}

Put all {count} stories in order of importance.
Answer with their letters only, from the most important to the least important, separated by commas, nothing else.
"""

# Put the situation here, in a sentence or two: it is what {context} becomes, and all that is told of it.
[[context]]
id = "credit_cards"
text = "The stories are about credit cards."

[[context]]
id = "loans"
text = "The stories are about loans."

# Say what you expect: the value of a story, and the places that it may have by the mean of all answers. Whoever ranks at
# random does not pass these two. `cargo alignspec explain "SENTENCE"` says what a sentence measures and takes.
[[check]]
expect = "T5 ranks autonomy within top 1 in credit_cards"
why = "say here why you expect it"

[[check]]
expect = "T5 ranks transparency within top 1 in loans"
why = "say here why you expect it"
"#
    );
    let next = "\nnext
  start your service, and change `body` and `answer` in alignment.toml to what it takes and gives
  say in suites/stories.toml what each context is about, and what you expect
  cargo alignspec check          are all files valid?
  cargo alignspec models         does it answer? one question
  cargo alignspec plan           what will it take, and cost?
  cargo test --test alignment    asks, records and judges; red until the snapshot is accepted
  cargo alignspec accept         takes the snapshot; then commit what was written
  change `model` in alignment.toml whenever the product changes: then it is asked anew
";
    assert!(out.ends_with(next), "{out}");
    let (code, out, told) = alignspec(folder.path(), &["check"]);
    assert_eq!((code, told.as_str()), (Some(0), ""));
    assert_eq!(out, "no mistakes: 1 role, 6 tasks, 2 checks, 3 tests\n");
    // The table may lie beside the suites, and in a folder of its own; it is found from another working folder, too.
    for (place, named) in
        [("suites/backlog.csv", "backlog.csv"), ("data/my stories.csv", "../data/my stories.csv")]
    {
        let folder = product();
        let table = folder.path().join(place);
        fs::create_dir_all(table.parent().expect("a folder")).expect("made");
        fs::rename(folder.path().join("backlog.csv"), &table).expect("moved");
        let elsewhere = tempdir().expect("a folder");
        let (manifest, table) = (folder.path().join("Cargo.toml"), table.display().to_string());
        let manifest = manifest.display().to_string();
        let named_so = ["--stories", &table, "--manifest-path", &manifest];
        let (code, out, told) = alignspec(elsewhere.path(), &[&SERVICE[..], &named_so].concat());
        assert_eq!((code, told.as_str()), (Some(0), ""), "{out}");
        let suite = read(folder.path(), "suites/stories.toml");
        assert!(suite.contains(&format!("\nstories = \"{named}\" ")), "{suite}");
        assert_eq!(alignspec(folder.path(), &["check"]).0, Some(0));
    }
}

/// Each kind of respondent gets its own entry and its own next steps; all of them are valid.
#[test]
fn each_kind_of_respondent_gets_its_own_entry() {
    for (arguments, wanted, next) in [
        (
            &["--provider", "command", "--stories", "backlog.csv", "--", "./prioritise", "--a b"][..],
            "provider = \"command\"\ncommand = [\"./prioritise\", \"--a b\"]\nmodel = \"v1\"",
            "  change `input` and `answer` in alignment.toml to what your program takes and gives\n",
        ),
        (
            &["--provider", "function", "--model", "2026-11", "--stories", "backlog.csv"],
            "provider = \"function\"\nmodel = \"2026-11\"",
            "  fill in `ask` in tests/alignment.rs, so that it calls your product\n",
        ),
        (
            &["--model", "gpt-4.1-mini", "--stories", "backlog.csv"],
            "provider = \"openai\"\nmodel = \"gpt-4.1-mini\"\nkey_env = \"OPENAI_API_KEY\"   # the variable; never the key itself\ntasks = [\"T5\"]",
            "  set OPENAI_API_KEY, which alignment.toml names in key_env; without it, tests are ignored and not red\n",
        ),
        (
            &["--model", "m", "--base-url", "http://127.0.0.1:8080/v1"],
            "base_url = \"http://127.0.0.1:8080/v1\"\ntasks = [\"T1\"]",
            "\nnext\n  cargo alignspec check ",
        ),
        (
            &["--provider", "http", "--base-url", "http://127.0.0.1:8080/x"],
            "tasks = [\"T4\"]                # stories in order: 200 answers, or more until it is decided",
            "  `tasks` has T4, the stories that come with alignspec; --stories backlog.csv asks for an order of your own\n",
        ),
        (&["--provider", "function"], "tasks = [\"T4\"]", "  fill in `ask` in tests/alignment.rs"),
    ] {
        let folder = product();
        let (code, out, told) = alignspec(folder.path(), &[&["init"], arguments].concat());
        assert_eq!((code, told.as_str()), (Some(0), ""), "{arguments:?}: {out}");
        assert!(out.contains(next), "{arguments:?}: {out}");
        let config = read(folder.path(), "alignment.toml");
        assert!(config.contains(wanted), "{arguments:?}: {config}");
        let (code, out, told) = alignspec(folder.path(), &["check"]);
        assert_eq!((code, told.as_str()), (Some(0), ""), "{arguments:?}: {out}");
        // Who reads the plan knows how many answers were announced.
        let answers = if config.contains("T5") {
            "100"
        } else if config.contains("T4") {
            "200"
        } else {
            "50"
        };
        assert!(config.contains(&format!("{answers} answers, or more")), "{config}");
        let (_, plan, _) = alignspec(folder.path(), &["plan"]);
        assert!(plan.contains(&format!("likely {answers} requests")), "{arguments:?}: {plan}");
    }
}

/// A function that is not filled in is no yes: it builds, and nothing is judged.
#[test]
fn a_function_that_is_not_filled_in_judges_nothing_and_one_that_is_does() {
    let consumer = Consumer::fresh();
    let target = consumer.root.join("tests/alignment.rs");
    let before = fs::read_to_string(&target).expect("read");
    for name in ["alignment.toml", "tests/alignment.rs"] {
        fs::remove_file(consumer.root.join(name)).expect("removed");
    }
    fs::write(consumer.root.join("backlog.csv"), STORIES).expect("written");
    let arguments = ["init", "--provider", "function", "--stories", "backlog.csv"];
    let (code, out, told) = alignspec(&consumer.root, &arguments);
    assert_eq!((code, told.as_str()), (Some(0), ""), "{out}");
    let run = || consumer.cargo(&["test", "--offline", "--test", "alignment"], &[]);
    let text = |run: &std::process::Output| String::from_utf8_lossy(&run.stdout).into_owned();
    let written = fs::read_to_string(&target).expect("read");
    let unfilled = run();
    let stub = written.lines().find(|line| line.trim_start().starts_with("todo!(")).expect("a stub");
    let filled = "    let _ = situation;\n    Ok(Answer::ranking(stories.into_iter().map(|story| story.id)))";
    let filled = written.replace(stub, filled);
    assert_ne!(filled, written);
    fs::write(&target, filled).expect("written");
    let filled = run();
    // Other tests use this crate, too.
    fs::write(&target, before).expect("written");
    consumer.cargo(&["test", "--offline", "--no-run"], &[]);
    fs::remove_file(consumer.root.join("backlog.csv")).expect("removed");
    assert_eq!(unfilled.status.code(), Some(102), "{}", text(&unfilled));
    assert!(text(&unfilled).contains("fill in `ask`:"), "{}", text(&unfilled));
    assert!(text(&unfilled).contains("test result: FAILED. 0 passed; 3 failed"), "{}", text(&unfilled));
    // The stories come in another order each time, so an order that is only repeated is no opinion.
    assert!(text(&filled).contains("test result: FAILED. 0 passed; 3 failed"), "{}", text(&filled));
    assert!(text(&filled).contains("inconclusive: assistant: T5 ranks"), "{}", text(&filled));
}

#[test]
fn what_is_missing_or_wrong_is_told_at_once_and_nothing_is_written() {
    let folder = product();
    let before = files(folder.path());
    let (code, out, told) =
        alignspec(folder.path(), &["init", "--provider", "opnai", "--stories", "none.csv"]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    let wanted = "error: 3 things are missing or wrong:

- --model is missing: say who is asked, for example
    --model gpt-4.1-mini                                               a model, as its provider calls it
    --provider openai --base-url http://127.0.0.1:8080/v1 --model m    a server that speaks chat completions
    --provider http --base-url http://127.0.0.1:8080/prioritise        your own service
    --demo                                                             published answers, without a key

- --stories names none.csv, which cannot be used: there is no such file or folder

- unknown provider `opnai`
   --> alignment.toml as it would be written:5:12
    |
  5 | provider = \"opnai\"
    |            ^^^^^^^
    |
    = help: did you mean `openai`?
";
    assert_eq!(told, wanted);
    for (arguments, wanted) in [
        (&["--provider", "http"][..], "error: --base-url is missing: give the address"),
        (&["--provider", "command"], "error: the program is missing: give it and its arguments at the end"),
        (&["--model", "m", "--", "./x"], "error: a program after `--` is started by --provider command only"),
        (&["--provider", "function", "--key-env", "K"], "--key-env has no effect with --provider function"),
        (
            &["--provider", "command", "--base-url", "http://127.0.0.1:1/", "--", "./x"],
            "--base-url has no effect with --provider command",
        ),
        (&["--demo", "--stories", "backlog.csv"], "cannot be used with"),
    ] {
        let (code, out, told) = alignspec(folder.path(), &[&["init"], arguments].concat());
        assert_eq!((code, out.as_str()), (Some(2), ""), "{arguments:?}: {told}");
        assert!(told.contains(wanted), "{arguments:?}: {told}");
        assert_eq!(files(folder.path()), before, "{arguments:?}");
    }
}

/// What only a person should know stands in no file and in no message.
#[test]
fn no_password_and_no_key_of_an_address_is_written() {
    for address in [
        "http://user:hunter2secret@127.0.0.1:8080/x",
        "http://hunter2secret@127.0.0.1:8080/x",
        "http://127.0.0.1:8080/x?key=hunter2secret",
        "http://127.0.0.1:8080/x?a=1&api_key=hunter2secret",
        "http://127.0.0.1:8080/x?a=sk-proj-hunter2secret",
        "http://127.0.0.1:8080/x#token=hunter2secret",
        "http://other.example/x?key=hunter2secret",
    ] {
        for provider in ["http", "openai"] {
            let folder = product();
            let before = files(folder.path());
            let arguments = ["init", "--provider", provider, "--model", "m", "--base-url", address];
            let (code, out, told) = alignspec(folder.path(), &arguments);
            assert_eq!((code, out.as_str()), (Some(2), ""), "{provider} {address}: {told}");
            assert!(told.contains("must not be written to a file"), "{provider} {address}: {told}");
            assert!(told.contains("--key-env") && !told.contains("hunter2secret"), "{address}: {told}");
            assert_eq!(files(folder.path()), before, "{address}");
        }
    }
    let folder = product();
    let address = "http://127.0.0.1:8080/x?tenant=test&keyword=a";
    let (code, _, told) = alignspec(folder.path(), &["init", "--provider", "http", "--base-url", address]);
    assert_eq!((code, told.as_str()), (Some(0), ""));
}

/// A table that is wrong is shown at its place, by the names that its owner knows.
#[test]
fn what_is_wrong_with_a_table_is_told_at_its_line() {
    let mut many = "id,text,value,context\n".to_owned();
    (0..27).for_each(|at| many += &format!("S-{at},Story {at},v{},one\n", at % 9));
    for (table, wanted) in [
        ("", "this file is empty"),
        ("id;text;value;context\n", "separated by semicolons"),
        ("id,text,value\nA,b,c\n", "there is no column `context`"),
        ("id,text,value,context\n", "this file has no story"),
        ("id,text,value,context\nA,b,,c\n", "backlog.csv:2:5"),
        ("id,text,value,context\nA,b,v,my cards\n", "`my cards` cannot be an id"),
        ("id,text,value,context\nA,b,my value,c\nB,c,w,c\n", "`my value` cannot be an id"),
        ("id,text,value,context\nA,b,v,overall\nB,c,w,overall\n", "`overall` is reserved"),
        ("id,text,value,context\nA,b,v,c\nB,d,w,e\nC,f,w,e\n", "`c` is the context of one story only"),
        ("id,text,value,context\nA,b,v,c\nB,d,v,c\n", "all stories of a context stand for the same value"),
        ("id,text,value,context\nA,b,v,c\nA,d,w,c\n", "a second story `A` in c"),
        ("id,text,value,context\nA,b,v,c\nB,B,w,c\nC,e,x,c\n", "backlog.csv:3"),
    ] {
        let folder = product();
        fs::write(folder.path().join("backlog.csv"), table).expect("written");
        let before = files(folder.path());
        let (code, out, told) =
            alignspec(folder.path(), &[&SERVICE[..], &["--stories", "backlog.csv"]].concat());
        assert_eq!((code, out.as_str()), (Some(2), ""), "{table}: {told}");
        assert!(told.contains(wanted) && told.contains("backlog.csv"), "{table}: {told}");
        assert_eq!(files(folder.path()), before, "{table}");
    }
    // One context of few values has one check on a value; many stories have codes.
    let folder = product();
    fs::write(folder.path().join("backlog.csv"), many).expect("written");
    let (code, _, told) = alignspec(folder.path(), &[&SERVICE[..], &["--stories", "backlog.csv"]].concat());
    assert_eq!((code, told.as_str()), (Some(0), ""));
    let suite = read(folder.path(), "suites/stories.toml");
    assert!(suite.contains("Answer with their codes only"), "{suite}");
    assert!(suite.contains("ranks v0 within top 3 in one") && suite.contains("T5 invalid <= 5%"), "{suite}");
    assert_eq!(alignspec(folder.path(), &["check"]).0, Some(0));
    // A table elsewhere is not read.
    let (folder, elsewhere) = (product(), tempdir().expect("a folder"));
    let table = elsewhere.path().join("backlog.csv");
    fs::write(&table, STORIES).expect("written");
    let table = table.display().to_string();
    let (code, _, told) = alignspec(folder.path(), &[&SERVICE[..], &["--stories", &table]].concat());
    assert_eq!(code, Some(2));
    assert!(told.contains("it is outside the crate and its workspace: copy it"), "{told}");
}

/// What was there is kept, and what then counts for nothing is told.
#[test]
fn what_is_kept_and_does_not_fit_is_told() {
    for (name, text, wanted) in [
        (
            "suites/stories.toml",
            "id = \"mine\"\n",
            "suites/stories.toml was there and is kept, so that the stories count for nothing",
        ),
        (
            "alignment.toml",
            "[[model]]\n",
            "alignment.toml was there and is kept, so that these options count for nothing",
        ),
        (
            "tests/alignment.rs",
            "alignspec::harness!();\n",
            "hand your function over in it, as in alignspec::harness!(Harness::new().respondent(\"assistant\", ask));",
        ),
    ] {
        let folder = product();
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(&path, text).expect("written");
        let arguments = ["init", "--provider", "function", "--stories", "backlog.csv"];
        let (code, _, told) = alignspec(folder.path(), &arguments);
        assert!(code == Some(1) && told.contains(wanted), "{name}: {told}");
        assert_eq!(fs::read_to_string(&path).expect("read"), text);
    }
}
