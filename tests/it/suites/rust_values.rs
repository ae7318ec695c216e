//! Suites and checks that a test target hands over as Rust values: they are read as files are, a mistake in one is shown
//! with its place in Rust, and the program `cargo alignspec` knows them from what the target kept, or says that it cannot.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::support::assert_kept;
use crate::support::consumer::Consumer;
#[cfg(unix)]
use crate::support::repository::Repository;

const MODEL: &str =
    "[sampling]\nretries = 0\n[[model]]\nname = \"assistant\"\nprovider = \"function\"\nmodel = \"1\"\n";

/// The built crate with a config that lists these suites, without what another test kept.
fn crate_with(suites: &str) -> Consumer {
    let consumer = Consumer::fresh();
    fs::remove_dir_all(kept(&consumer)).ok();
    consumer.config(&format!("suites = [{suites}]\n{MODEL}"));
    consumer
}

/// The folder of Rust values that the crate's targets keep.
fn kept(consumer: &Consumer) -> PathBuf {
    let root = consumer.root.canonicalize().expect("there");
    let name = blake3::hash(root.as_os_str().as_encoded_bytes()).to_hex()[..32].to_owned();
    consumer.target().join("alignspec/rust").join(name)
}

/// Runs the target, and returns its exit code and all that it printed.
fn run(consumer: &Consumer, arguments: &[&str], variables: &[(&str, &str)]) -> (i32, String) {
    let variables = [&[("ANSWER", "Known risks")], variables].concat();
    let (code, out, err) = consumer.run_target("values", arguments, &variables);
    (code, format!("{out}{err}"))
}

/// Runs the program in the crate.
fn program(consumer: &Consumer, line: &str) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-alignspec"));
    command.args(line.split(' ')).current_dir(&consumer.root).env("CARGO_TARGET_DIR", consumer.target());
    command.env("ANSWER", "Known risks").env("CARGO_NET_OFFLINE", "true").env("INSTA_UPDATE", "no");
    let output = command.env_remove("ALIGNSPEC_MODE").output().expect("the program runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout) + &text(&output.stderr))
}

#[test]
fn suites_from_a_loop_are_judged_as_suites_in_files() {
    let consumer = crate_with("\"rust\"");
    let results = consumer.root.join("out");
    let kept = [("ALIGNSPEC_RESULTS", results.to_str().expect("text"))];
    let (code, out) = run(&consumer, &["selects"], &kept);
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("3 passed"), "{out}");
    // Results name the place in Rust, as they name a line of a file.
    let records = fs::read_dir(&results).expect("kept").flatten();
    let records: String = records.filter_map(|entry| fs::read_to_string(entry.path()).ok()).collect();
    for line in [24, 34] {
        let place = format!("tests/values.rs\",\n    \"line\": {line},");
        assert!(records.contains(&place), "{line}: {records}");
    }
    let recordings = |task: &str| {
        fs::read_to_string(consumer.root.join(format!("recordings/assistant/{task}.jsonl")))
            .expect("recorded")
    };
    let recorded = (recordings("T5"), recordings("T6"));
    // The same suites as files: the same keys, so that all answers are replayed, and nothing is asked.
    let text = |id: &str, first: &str| {
        format!(
            "id = \"{id}\"\ntitle = \"What a release note must mention, {first} first\"\nkind = \"select\"\npick = 1\nsamples = 12\n\
             prompt = \"\"\"\nChoose exactly {{pick}} of these.\n\n{{options}}\n\nAnswer with its name only.\"\"\"\n\
             option = [{{ id = \"risks\", label = \"Known risks\", synonyms = [\"Risks that are known\"] }}, {{ id = \"changes\", label = \"What changed\" }}]\n\
             [[check]]\nexpect = \"{id} selects risks >= 50%\"\n"
        )
    };
    consumer.file("suites/t5.toml", &text("T5", "risks"));
    consumer.file("suites/t6.toml", &text("T6", "changes"));
    consumer.config(&format!("suites = [\"suites\"]\n{MODEL}"));
    let replay = [("ALIGNSPEC_MODE", "replay"), ("ANSWER", "panic")];
    let (_, out, err) = consumer.run_target("functions", &["selects"], &replay);
    assert!(out.contains("2 passed"), "{out}{err}");
    assert_eq!((recordings("T5"), recordings("T6")), recorded);
    // And back again.
    fs::remove_dir_all(consumer.root.join("suites")).expect("removed");
    consumer.config(&format!("suites = [\"rust\"]\n{MODEL}"));
    let (code, out) =
        run(&consumer, &["selects"], &[("ALIGNSPEC_MODE", "replay"), ("ANSWER", "What changed")]);
    assert_eq!(code, 0, "{out}");
    // Other answers, asked anew, are a no.
    let (code, out) = run(&consumer, &["selects"], &[("ALIGNSPEC_MODE", "live"), ("ANSWER", "What changed")]);
    assert_eq!(code, 101, "{out}");
    assert!(out.contains("our users asked for it") && out.contains("3 failed"), "{out}");
}

/// What is printed of a mistake, from its line to an empty one. Of several, always the same one, in whatever order they are
/// printed.
fn mistake(out: &str) -> String {
    let mistakes = out.match_indices("error: ").map(|(from, _)| {
        let text = &out[from..];
        text[..text.find("\n\n").unwrap_or(text.len())].trim_end().to_owned()
    });
    mistakes.filter(|mistake| mistake.contains("--> ")).max().unwrap_or_else(|| panic!("no mistake in {out}"))
}

#[test]
fn a_mistake_is_shown_with_its_place_in_rust_and_no_filter_hides_it() {
    let consumer = crate_with("\"rust\"");
    let mut printed = String::new();
    for values in ["sentence", "label", "twice"] {
        let mut shown = Vec::new();
        // A filter that selects another test, and ones that select none.
        for arguments in [&["T6 selects"][..], &["--exact", "nothing"], &["--skip", "tests/values.rs"]] {
            let (code, out) = run(&consumer, arguments, &[("VALUES", values)]);
            assert_ne!(code, 0, "{values} {arguments:?}: {out}");
            shown.push(mistake(&out));
        }
        assert!(shown.iter().all(|other| *other == shown[0]), "{shown:#?}");
        let (_, listed) = run(&consumer, &["--list"], &[("VALUES", values)]);
        assert!(listed.lines().any(|line| line.starts_with("[file] tests/values.rs:")), "{listed}");
        write!(printed, "{values}\n\n{}\n\n\n", shown[0]).expect("written");
    }
    assert_kept("tests/suites/rust_values.txt", &printed);
}

#[test]
fn values_and_the_config_announce_each_other() {
    let consumer = crate_with("\"builtin\"");
    let mut printed = String::new();
    let mut add = |what: &str, (code, out): (i32, String)| {
        assert_eq!(code, 102, "{what}: {out}");
        write!(printed, "{what}\n\n{}\n\n\n", mistake(&out)).expect("written");
    };
    add("values that are not announced", run(&consumer, &["nothing"], &[]));
    consumer.config(&format!("suites = [\"rust\"]\n{MODEL}"));
    add("announced, and none there", run(&consumer, &["nothing"], &[("VALUES", "none")]));
    // A target without the method is no other.
    let (code, out, err) = consumer.run_target("functions", &["nothing"], &[]);
    add("announced, and another target", (code, out + &err));
    // A folder of that name is another thing.
    consumer.file("rust/t8.toml", "id = \"T8\"\ntitle = \"x\"\nkind = \"open\"\nprompt = \"Why?\"\n");
    add("a folder of that name", run(&consumer, &["nothing"], &[]));
    consumer.config(&format!("suites = [\"rust\", \"./rust\"]\n{MODEL}"));
    let (_, listed) = run(&consumer, &["--list"], &[]);
    let both = ["assistant::T8 is kept for reading", "assistant::T5 as in its snapshot"];
    assert!(both.iter().all(|name| listed.contains(name)) && !listed.contains("[file]"), "{listed}");
    consumer.config(&format!("suites = [\"./rust\"]\n{MODEL}"));
    let (_, listed) = run(&consumer, &["--list"], &[("VALUES", "none")]);
    fs::remove_dir_all(consumer.root.join("rust")).expect("removed");
    assert!(listed.contains("assistant::T8 is kept for reading"), "{listed}");
    assert_kept("tests/suites/rust_announced.txt", &printed);
}

#[test]
fn the_program_knows_the_values_from_what_the_target_kept() {
    let consumer = crate_with("\"builtin\", \"rust\"");
    consumer.config(&format!("suites = [\"rust\"]\n{MODEL}"));
    // Nothing is kept yet: no command says that all is well.
    for line in [
        "check",
        "check --short",
        "plan",
        "explain T5_selects",
        "watch",
        "accept",
        "diff assistant assistant",
    ] {
        let (code, out) = program(&consumer, line);
        assert_eq!(code, 3, "{line}: {out}");
        let wanted = "error: `suites` in alignment.toml has \"rust\", and no test target of this crate has kept its Rust values yet: run `cargo test --test alignment --test functions --test values -- --list`, which keeps them and asks nothing";
        assert!(out.contains(wanted), "{line}: {out}");
    }
    let (code, out) = program(&consumer, "doctor");
    assert!(code == 1 && out.contains("Rust values"), "{out}");
    // Listing keeps them.
    let (_, listed) = run(&consumer, &["--list"], &[]);
    assert!(listed.contains("assistant::T6 selects risks >= 50%"), "{listed}");
    let (code, out) = program(&consumer, "check");
    assert_eq!((code, out.as_str()), (0, "no mistakes: 1 role, 2 tasks, 3 checks, 5 tests\n"));
    let (code, out) = program(&consumer, "plan T6");
    assert!(code == 0 && out.contains("T6 selects risks >= 50%"), "{out}");
    let (code, out) = program(&consumer, "doctor");
    assert!(out.contains("suites and checks of the test target: tests/values.rs"), "{code} {out}");
    // A mistake has the place in Rust.
    run(&consumer, &["--list"], &[("VALUES", "sentence")]);
    let (code, out) = program(&consumer, "check --short");
    assert_eq!(
        (code, out.lines().next()),
        (1, Some("tests/values.rs:14:27: error: `selcts` does not fit here"))
    );
    // What is older than the sources is said to be.
    run(&consumer, &["--list"], &[]);
    let source = fs::read(consumer.root.join("tests/values.rs")).expect("read");
    fs::write(consumer.root.join("tests/values.rs"), &source).expect("written");
    let (code, out) = program(&consumer, "check");
    let note = "note: tests/values.rs is newer than the Rust values that the test target kept; `cargo test --test alignment --test functions --test values -- --list` brings them up to date, and asks nothing\n";
    assert!(code == 0 && out.contains(note), "{out}");
    // A damaged file is refused, whatever is damaged.
    let path = kept(&consumer).join("values.json");
    let whole = fs::read_to_string(&path).expect("kept");
    for damaged in [
        whole.replace("selects risks >= 50%", "selects risks >= 10%"),
        whole.replace("\"line\": ", "\"line\": 1"),
        whole[..whole.len() / 2].to_owned(),
        String::new(),
    ] {
        assert_ne!(damaged, whole);
        fs::write(&path, damaged).expect("written");
        let (code, out) = program(&consumer, "check");
        assert!(code == 3 && out.contains("values.json are damaged: run `cargo test"), "{out}");
    }
    // `record` runs the target anyway, so it has the values kept itself.
    fs::remove_dir_all(kept(&consumer)).expect("removed");
    let (code, out) = program(&consumer, "record --test values");
    assert!(code != 3 && out.contains("plan: assistant: likely 24 requests"), "{out}");
    assert!(consumer.root.join("recordings/assistant/T6.jsonl").is_file(), "{out}");
    // Two targets that differ.
    fs::write(&path, &whole).expect("written");
    run(&consumer, &["--list"], &[("VALUES", "sentence")]);
    fs::write(path.with_file_name("another.json"), whole).expect("written");
    let (code, out) = program(&consumer, "check");
    assert!(code == 3 && out.contains("two test targets hand over different Rust values"), "{out}");
}

#[test]
fn a_process_for_each_test_judges_the_same() {
    let consumer = crate_with("\"rust\"");
    let (code, out) = run(&consumer, &["selects"], &[]);
    assert_eq!(code, 0, "{out}");
    let alone = [("ALIGNSPEC_MODE", "replay"), ("NEXTEST", "1"), ("NEXTEST_RUN_ID", "r")];
    let names = ["T5 selects risks >= 50%", "T6 selects risks >= 50%", "T5 selects changes <= 60%"];
    // The first plans the whole run and keeps the plan, and the others read their part of it.
    for name in names.iter().chain(&names) {
        let (code, out) = run(&consumer, &["--exact", &format!("assistant::{name}"), "--nocapture"], &alone);
        assert!(code == 0 && out.contains("1 passed"), "{name}: {out}");
    }
    // A kept plan of other values does not hide a mistake.
    let mistaken = [&alone[..], &[("VALUES", "sentence")]].concat();
    let (code, out) = run(&consumer, &["--exact", &format!("assistant::{}", names[0])], &mistaken);
    assert!(code == 102 && out.contains("tests/values.rs:14:"), "{out}");
    // Nor does one of a target that handed nothing over.
    consumer.config(&format!("suites = [\"builtin\"]\n{MODEL}tasks = [\"K1\"]\n"));
    let name = "assistant::K1 is kept for reading";
    let none = [("NEXTEST", "1"), ("NEXTEST_RUN_ID", "r"), ("VALUES", "none")];
    let (code, out) = run(&consumer, &["--exact", name], &none);
    assert!(code == 0 && out.contains("1 passed"), "{out}");
    let (code, out) = run(&consumer, &["--exact", name], &none[..2]);
    assert!(code == 102 && out.contains("does not announce it"), "{out}");
}

#[cfg(unix)]
#[test]
fn a_pull_request_that_changes_the_rust_file_is_said_to_bring_it() {
    let consumer = crate_with("\"rust\"");
    let repository = Repository::new(&consumer.root);
    let source = fs::read(consumer.root.join("tests/values.rs")).expect("read");
    repository.git(&["add", "--force", "tests/values.rs"]);
    repository.commit();
    repository.git(&["rm", "--quiet", "--cached", "tests/values.rs"]);
    repository.git(&["commit", "--quiet", "-m", "without"]);
    repository.git(&["checkout", "--quiet", "-b", "fork"]);
    repository.git(&["add", "--force", "tests/values.rs"]);
    repository.git(&["commit", "--quiet", "-m", "with"]);
    let (_, out) = run(&consumer, &["nothing"], &[("ALIGNSPEC_BASE", "main~1")]);
    assert!(!out.contains("tests/values.rs"), "{out}");
    let (_, out) = run(&consumer, &["nothing"], &[("ALIGNSPEC_BASE", "main")]);
    assert!(out.contains("tests/values.rs"), "{out}");
    assert_eq!(fs::read(consumer.root.join("tests/values.rs")).expect("read"), source);
}
