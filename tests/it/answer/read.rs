//! `cargo alignspec read` as its user reads it: one response, lines of them, and what is recorded of a role.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use alignspec::__testing::answer::Invalid;
use serde_json::{Value, json};
use tempfile::tempdir;

const BINARY: &str = env!("CARGO_BIN_EXE_cargo-alignspec");

/// Runs it with this on standard input: exit code, standard output, standard error.
fn read(folder: &Path, arguments: &[&str], input: &[u8]) -> (Option<i32>, String, String) {
    let mut command = Command::new(BINARY);
    command.arg("read").args(arguments).current_dir(folder).env("ALIGNSPEC_MODE", "record");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("started");
    let (mut stdin, input) = (child.stdin.take().expect("piped"), input.to_owned());
    // It need not read what makes no sense to read.
    let writer = std::thread::spawn(move || stdin.write_all(&input).ok());
    let output = child.wait_with_output().expect("ended");
    writer.join().expect("no panic");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn shown(folder: &Path, arguments: &[&str], input: &str) -> String {
    let (code, out, told) = read(folder, arguments, input.as_bytes());
    assert!(code == Some(0) && told.is_empty(), "{code:?}: {out}{told}");
    out
}

/// What a line of JSON gives.
fn line(folder: &Path, arguments: &[&str], line: &Value) -> Value {
    let arguments = [arguments, &["--format", "jsonl"]].concat();
    let (_, out, told) = read(folder, &arguments, format!("{line}\n").as_bytes());
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{told}"))
}

/// An unread response says why in words, of which kind, and where.
fn unread(found: &Value, text: &str) {
    let why = found["unread"].as_str().unwrap_or_else(|| panic!("not unread: {found}"));
    assert!(!why.is_empty(), "no reason: {found}");
    let kind = found["kind"].as_str().expect("a kind");
    assert!(Invalid::ALL.iter().any(|known| known.label() == kind), "an unknown kind: {found}");
    place(found, text);
}

/// The place that stopped the reader is one of the text, or null.
fn place(found: &Value, text: &str) {
    let at = found.get("at").unwrap_or_else(|| panic!("no place: {found}"));
    if !at.is_null() {
        let at: [usize; 2] = serde_json::from_value(at.clone()).expect("two numbers");
        assert!(text.get(at[0]..at[1]).is_some(), "no place of the text: {found}");
    }
}

#[test]
fn one_response_is_told_with_its_options_as_they_were_shown() {
    let folder = tempdir().expect("a folder");
    let root = folder.path();
    assert_eq!(
        shown(root, &["T2", "medical.privacy"], "Very important\n"),
        "T2 medical.privacy, listed, sample 0\nanswer: very (Very important)\n"
    );
    // The first item, where none is named; a trade-off by its pair.
    assert_eq!(
        shown(root, &["T2"], "Very important"),
        "T2 medical.performance, listed, sample 0\nanswer: very (Very important)\n"
    );
    assert_eq!(
        shown(root, &["T3", "medical.autonomy/safety"], "Probably safety\r\n"),
        "T3 medical.autonomy/safety, stated, sample 0\nanswer: probably_safety (Probably safety)\n"
    );
    assert_eq!(
        shown(root, &["T1"], "Privacy\nSafety\nFairness\nTransparency\nAccountability\n"),
        "T1, shuffled, sample 0\nanswer: 5\n  privacy (Privacy)\n  fairness (Fairness)\n  accountability (Accountability)\n  safety (Safety)\n  transparency (Transparency)\n"
    );
    let ranking = shown(root, &["T4", "--seed", "7"], "F, E, D, C, A, B\n");
    let lines: Vec<&str> = ranking.lines().collect();
    assert_eq!(lines[..2], ["T4 medical, shuffled, sample 0", "answer, first to last:"], "{ranking}");
    for (line, start) in lines[2..].iter().zip([
        "  1. autonomy (F. As a patient, I ",
        "  2. privacy (E. As a patient, I ",
        "  3. fairness (D. As a patient, I ",
        "  4. safety (C. As a patient, I ",
        "  5. performance (A. As a patient, I ",
        "  6. transparency (B. As a patient, I ",
    ]) {
        assert!(line.starts_with(start) && line.ends_with("…)"), "{ranking}");
    }
    assert_eq!(
        shown(root, &["K1"], "Privacy is\ncontrol"),
        "K1, listed, sample 0\nanswer: kept as it is\n  |\n  | Privacy is\n  | control\n"
    );
}

#[test]
fn what_is_unread_or_refused_is_told_over_its_text() {
    let folder = tempdir().expect("a folder");
    let two = "Very important\u{1b}]0;title\u{7}\nor slightly important\n::error::x\n";
    let text = shown(folder.path(), &["T2", "medical.privacy"], two);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "T2 medical.privacy, listed, sample 0");
    assert!(lines[1].starts_with("unread: ") && lines[1].len() > "unread: ".len(), "{text}");
    let quoted: Vec<&str> = lines[2..].iter().copied().filter(|line| !line.contains('^')).collect();
    assert_eq!(
        quoted,
        ["  |", "  | Very important\\u{1b}]0;title\\u{7}", "  | or slightly important", "  | ::error::x"],
        "{text}"
    );
    assert!(!text.contains(['\u{1b}', '\u{7}']), "{text}");
    let text = shown(folder.path(), &["T2"], "I'm sorry, but I can't help with that.");
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[1].starts_with("refusal: ") && lines[1] != "refusal: refusal", "{text}");
    assert!(lines.contains(&"  | I'm sorry, but I can't help with that."), "{text}");
    // Nothing at all is a response, too.
    assert!(
        shown(folder.path(), &["T1"], "").lines().nth(1).is_some_and(|line| line.starts_with("unread: "))
    );
}

#[test]
fn a_misuse_is_told_with_the_nearest_name() {
    let folder = tempdir().expect("a folder");
    for (arguments, wanted) in [
        (&["T9"][..], "error: no task is named `T9`: did you mean `T1`?\n"),
        (
            &["T2", "medcal.privacy"],
            "error: no item of T2 is named `medcal.privacy`: did you mean `medical.privacy`?\n",
        ),
        (
            &["T3", "medical.safety/autonomy"],
            "error: no item of T3 is named `medical.safety/autonomy`: did you mean `medical.autonomy/safety`?\n",
        ),
        (&["T1", "privacy"], "error: T1 has only one question, which has no name: remove the item\n"),
        (
            &[],
            "error: name the task that the response answers, for example `cargo alignspec read T1`, or a --role\n",
        ),
        (
            &["T4", "nowhere"],
            "error: no item of T4 is named `nowhere`: there are medical, banking, marketing, streaming\n",
        ),
        (&["T9", "--format", "jsonl"], "error: no task is named `T9`: did you mean `T1`?\n"),
    ] {
        let (code, out, told) = read(folder.path(), arguments, b"x");
        assert_eq!((code, out.as_str(), told.as_str()), (Some(2), "", wanted), "{arguments:?}");
    }
    for arguments in
        [&["T1", "--unread"][..], &["T1", "--role", "x"], &["T1", "--task", "T2"], &["--sed", "7"]]
    {
        assert_eq!(read(folder.path(), arguments, b"x").0, Some(2), "{arguments:?}");
    }
    let (code, out, told) = read(folder.path(), &["T1"], b"ab\xff");
    assert_eq!((code, out.as_str()), (Some(1), ""), "{told}");
    assert!(told.contains("standard input is not UTF-8 text: the first wrong byte is at 2"), "{told}");
    let help = shown(folder.path(), &["--help"], "");
    for part in
        ["cargo alignspec read --role assistant --task T1 --unread", "\"finish\": \"stop\"", "Exit codes: 0"]
    {
        assert!(help.contains(part), "no {part} in\n{help}");
    }
}

const RATED: &str = "id = \"R\"\nkind = \"rate\"\ntitle = \"x\"\nprompt = \"How good is {value} in {context}?\\n{options}\"\nlevel = [{ id = \"no\", label = \"Bad\" }, { id = \"yes\", label = \"Good\" }]\ncontext = [{ id = \"c\", text = \"a clinic\" }]\nvalue = [{ id = \"v\", label = \"Privacy\", text = \"x\" }, { id = \"w\", label = \"Safety\", text = \"x\" }]\n";

#[test]
fn every_line_gives_a_line_in_order() {
    let folder = tempdir().expect("a folder");
    let lines = [
        json!({ "task": "T2", "item": "medical.privacy", "text": "Very important" }),
        json!({ "task": "T1", "text": "Safety, Privacy, Fairness, Transparency, Accountability", "finish": "stop" }),
        json!({ "task": "T4", "text": "F, E, D, C, A, B", "finish": "other", "read": "anything", "right": [] }),
        json!({ "suite": RATED, "text": "Good", "finish": null }),
        json!({ "task": "T9", "suite": RATED, "item": "c.w", "text": "Bad" }),
        json!({ "task": "K1", "text": "a\u{202e}b" }),
    ];
    let input: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    let (code, out, told) =
        read(folder.path(), &["--format", "jsonl", "--seed", "7"], format!("\u{feff}{input}\n").as_bytes());
    assert_eq!((code, told.as_str()), (Some(0), ""));
    assert_eq!(
        out,
        "{\"answer\":\"very\"}\n\
         {\"answer\":[\"privacy\",\"fairness\",\"accountability\",\"safety\",\"transparency\"]}\n\
         {\"answer\":[\"autonomy\",\"privacy\",\"fairness\",\"safety\",\"performance\",\"transparency\"]}\n\
         {\"answer\":\"yes\"}\n\
         {\"answer\":\"no\"}\n\
         {\"answer\":\"a\\u202eb\"}\n"
    );
}

#[test]
fn a_line_says_what_was_not_read_and_why() {
    let folder = tempdir().expect("a folder");
    let root = folder.path();
    let text = "Very important, or slightly important?";
    unread(&line(root, &["T2"], &json!({ "text": text })), text);
    let found = line(root, &["T2"], &json!({ "text": text }));
    let keys: Vec<&str> = found.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(keys, ["unread", "kind", "at"]);
    // The length limit cut it, whatever it says.
    let cut = line(root, &["T2"], &json!({ "text": "Very important", "finish": "length" }));
    assert_eq!(cut["kind"], "cut off", "{cut}");
    let declines = "I'm sorry, but I can't help with that.";
    let refused = line(root, &["T2"], &json!({ "text": declines }));
    assert!(refused["refusal"].is_string() && refused.get("unread").is_none(), "{refused}");
    place(&refused, declines);
}

#[test]
fn the_command_line_says_what_lines_leave_out() {
    let folder = tempdir().expect("a folder");
    let root = folder.path();
    let ranked = json!({ "text": "A, B, C, D, E, F" });
    let first = line(root, &["T4"], &ranked);
    let banking = line(root, &["T4", "banking"], &ranked);
    assert!(first != banking && first["answer"].is_array(), "{first} {banking}");
    // A line's own word comes first; the item of the command line is none of another task.
    let own = json!({ "task": "T4", "item": "medical", "text": "A, B, C, D, E, F" });
    assert_eq!(line(root, &["T4", "banking"], &own), first);
    let other = json!({ "task": "T2", "text": "Very important" });
    assert_eq!(line(root, &["T4", "banking"], &other), json!({ "answer": "very" }));
    // Letters are those of the seed, the form and the sample.
    assert_ne!(line(root, &["T4", "--seed", "7"], &ranked), first);
    let sample = |sample: u32| json!({ "text": "A, B, C, D, E, F", "form": "shuffled", "sample": sample });
    assert_eq!(line(root, &["T4"], &sample(0)), first);
    assert_ne!(line(root, &["T4"], &sample(1)), first);
    fs::write(
        root.join("alignment.toml"),
        "[sampling]\nseed = 7\n[[model]]\nname = \"phi-4\"\nprovider = \"tally\"\n",
    )
    .expect("written");
    let seven = line(root, &["T4"], &ranked);
    assert_ne!(seven, first);
    assert_eq!(line(root, &["T4", "--seed", "20251106"], &ranked), first);
}

#[test]
fn a_line_that_cannot_be_understood_says_so_and_the_others_are_read() {
    let folder = tempdir().expect("a folder");
    let lines = [
        ("no JSON", "this line is not JSON like"),
        ("[1]", "this line is not JSON like"),
        ("{\"task\": \"T2\"}", "missing field `text`"),
        ("{\"task\": \"T2\", \"text\": 5}", "invalid type"),
        ("{\"text\": \"x\"}", "this line has no `task`"),
        ("{\"task\": \"T9\", \"text\": \"x\"}", "did you mean `T1`?"),
        (
            "{\"task\": \"T2\", \"item\": \"medical.privcy\", \"text\": \"x\"}",
            "did you mean `medical.privacy`?",
        ),
        (
            "{\"task\": \"T2\", \"itme\": \"medical.privacy\", \"text\": \"x\"}",
            "unknown field `itme`: did you mean `item`?",
        ),
        ("{\"task\": \"T2\", \"text\": \"x\", \"finish\": 3}", "`finish` is not a word"),
        ("{\"task\": \"T4\", \"text\": \"x\", \"form\": \"listd\"}", "no form of T4 is named `listd`"),
        ("{\"suite\": \"id = 5\", \"text\": \"x\"}", "suite:1:6"),
        (
            "{\"suite\": \"id = \\\"X\\\"\\ntitle = \\\"x\\\"\\nkind = \\\"selct\\\"\", \"text\": \"x\"}",
            "did you mean `select`?",
        ),
        (
            "{\"suite\": \"id = \\\"X\\\"\\ntitle = \\\"x\\\"\\n[[check]]\\nexpect = \\\"T1 invalid <= 5%\\\"\", \"text\": \"x\"}",
            "has checks, but no task",
        ),
        ("{\"task\": \"\\u001b[31m\u{202e}\", \"text\": \"x\"}", "no task is named ``"),
    ];
    let good = "{\"task\": \"T2\", \"text\": \"Very important\"}\n";
    let input: String = lines.iter().map(|(line, _)| format!("{line}\n{good}")).collect();
    let (code, out, told) = read(folder.path(), &["--format", "jsonl"], input.as_bytes());
    assert_eq!(code, Some(1), "{told}");
    assert_eq!(told, format!("error: {} of {} lines cannot be understood\n", lines.len(), 2 * lines.len()));
    let found: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(found.len(), 2 * lines.len(), "{out}");
    for (at, (pair, (line, wanted))) in found.chunks(2).zip(lines).enumerate() {
        let why = pair[0]["error"].as_str().unwrap_or_else(|| panic!("{line} is read as {}", pair[0]));
        assert!(why.contains(wanted), "{line}: {why}");
        assert_eq!(pair[0]["line"], 2 * at + 1);
        assert_eq!(pair[1], json!({ "answer": "very" }), "after {line}");
    }
    assert!(!out.contains(['\u{1b}', '\u{202e}']), "{out}");
    let (code, out, _) =
        read(folder.path(), &["--format", "jsonl"], b"{\"task\": \"T2\", \"text\": \"\xff\"}\n");
    assert!(code == Some(1) && out.starts_with("{\"error\":"), "{out}");
}

#[test]
fn each_line_is_answered_before_the_next_is_there() {
    let folder = tempdir().expect("a folder");
    let mut command = Command::new(BINARY);
    command.args(["alignspec", "read", "T2", "--format", "jsonl"]).current_dir(folder.path());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("started");
    let (mut stdin, stdout) = (child.stdin.take().expect("piped"), child.stdout.take().expect("piped"));
    let mut stdout = BufReader::new(stdout);
    for (text, wanted) in [("Very important", "very"), ("Slightly important", "slightly")] {
        writeln!(stdin, "{}", json!({ "text": text })).expect("written");
        let mut line = String::new();
        stdout.read_line(&mut line).expect("read");
        assert_eq!(line, format!("{{\"answer\":\"{wanted}\"}}\n"));
    }
    // A line without an end is too long at some point, and is not kept.
    let long = vec![b'x'; 1 << 20];
    (0..20).for_each(|_| stdin.write_all(&long).expect("written"));
    write!(stdin, "\n{}", json!({ "text": "Very important" })).expect("written");
    drop(stdin);
    let rest: Vec<String> = stdout.lines().map(|line| line.expect("read")).collect();
    assert_eq!(rest, ["{\"error\":\"this line has more than 16 MiB\",\"line\":3}", "{\"answer\":\"very\"}"]);
    let ended = child.wait_with_output().expect("ended");
    let told = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!((ended.status.code(), &*told), (Some(1), "error: 1 of 4 lines cannot be understood\n"));
}
