//! What CI and people get to read of a run, from the run itself to the files: a consumer crate with trials
//! of every outcome, a provider that says hostile things, and the exact reports of both.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::consumer::Consumer;
use crate::support::reported::{Gate, SUITE, crowded, mended, server};
use crate::support::server::{Reply, Server};
use crate::support::{assert_kept, completion};
use alignspec::__testing::report::{FORMATS, ReportFormat};
use serde_json::json;

/// A report is what its file says; durations and ports are not the same twice.
fn assert_is(name: &str, found: &str, server: &Server) {
    let host = server.root().replace("http://", "");
    let mut text = found.replace(&host, "the-server").replace(&host.replace(':', "&#58;"), "the-server");
    // Which of two trials asked first is a matter of threads.
    for later in ["no longer asked after a failure: ", "no longer asked after a failure&#58; "] {
        text = text.replace(later, "");
    }
    while let Some(at) = text.find(" time=\"") {
        let end = text[at + 7..].find('"').expect("a closing quote") + at + 8;
        text.replace_range(at..end, "");
    }
    // Latency is in seconds with one digit.
    for tenths in 0..600 {
        let latency = format!(">{}.{} s<", tenths / 10, tenths % 10);
        text = text.replace(&latency, ">some s<");
    }
    assert_kept(&format!("tests/reports/{name}"), &text);
}

#[test]
fn every_outcome_is_reported_and_nothing_hostile_gets_out() {
    let consumer = Consumer::fresh();
    let (server, gate) = (server(), Gate::new());
    crowded(&consumer, &server);
    let (code, out) = gate.run(&consumer, &[]);
    assert_eq!(code, 101, "a no wins over what could not run:\n{out}");
    // All formats of the list, so that a new one is tried as soon as it is in it.
    let formats: Vec<&ReportFormat> =
        FORMATS.iter().copied().filter(|format| !format.example.is_empty()).collect();
    let options = formats.iter().flat_map(|format| {
        let file = format.value_name().map(|_| format!("out/{}", format.example));
        [Some(format!("--{}", format.name)), file].into_iter().flatten()
    });
    let options: Vec<String> = options.collect();
    let output = gate.report(&options.iter().map(String::as_str).collect::<Vec<_>>());
    let (printed, said) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr).into_owned());
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(
        said,
        "gate: says no — 3 of 5 roles judged, 2 not (1 no key, 1 could not run), 1 of 4 checks failed, 1 undecided, 1 snapshot drifted, 3 could not run, 1 check passed, 2 snapshots as stored, 2 ignored\n"
    );
    let read = |name: &str| fs::read_to_string(gate.folder.path().join("out").join(name)).expect("written");
    for format in &formats {
        let text = match format.value_name() {
            Some(_) => read(format.example),
            None => printed.to_string(),
        };
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "--{} obeys models: {text}", format.name);
        // What is kept of the page is its body, below.
        if format.name != "html" {
            assert_is(format.example, &text, &server);
        }
    }
    let (summary, junit, svg) = (read("summary.md"), read("junit.xml"), read("intervals.svg"));
    // Renderers other than browsers have no variables.
    assert!(!svg.contains("var(") && !svg.contains("--"), "{svg}");
    let page = read("page.html");
    // The page loads nothing, and runs nothing but its own script, which its head and its last lines hold.
    let (head, body) = page.split_once("<body>").expect("a body");
    let (body, script) = body.split_once("<script>").expect("a script");
    assert!(head.contains("default-src 'none'") && !head.contains("unsafe"), "{head}");
    assert!(!script.trim_end().trim_end_matches("</script></body></html>").contains("</"), "{script}");
    for bad in [" onerror", " onload", " onclick", " src=", " href=\"h", " style=", "<img"] {
        let tag = |tag: &str| tag.split('>').next().is_some_and(|tag| format!("<{tag}").contains(bad));
        assert!(!body.split('<').skip(1).any(tag), "{bad} in {body}");
    }
    assert_is("page.html", &body.replace("><", ">\n<"), &server);
    // Each line that GitHub would obey is one of ours.
    let all = [summary.as_str(), &junit, &svg, body].concat();
    let obeyed = |line: &&str| line.trim_start().starts_with("::") || line.contains("##[");
    assert_eq!(all.lines().find(obeyed), None);
    let ours = |line: &str| line.starts_with("::error ") || line.starts_with("::notice ");
    assert!(printed.lines().all(ours), "{printed}");
    for bad in ["<script", "<b>", "\u{1b}", "\u{202e}"] {
        assert!(!junit.contains(bad) && !svg.contains(bad), "{bad}");
        assert!(bad == "<b>" || !body.contains(bad), "{bad} on the page");
        assert!(!summary.contains(bad) && (bad.starts_with('<') || !printed.contains(bad)), "{bad}");
    }
    // JUnit is read back as it was meant.
    let report = quick_junit::Report::deserialize_from_str(&junit).expect("JUnit XML");
    assert_eq!((report.tests, report.failures, report.errors), (11, 3, 3));
    // So is the picture, as XML.
    let mut reader = quick_xml::Reader::from_str(&svg);
    reader.config_mut().check_end_names = true;
    while !matches!(reader.read_event().expect("well-formed"), quick_xml::events::Event::Eof) {}
}

#[test]
fn exit_codes_tell_no_from_could_not_run() {
    let consumer = Consumer::fresh();
    let (server, gate) = (server(), Gate::new());
    crowded(&consumer, &server);
    mended(&consumer);
    // Only what could not run.
    let (code, out) = gate.run(&consumer, &["--exact", "down::T5 selects a >= 50%"]);
    assert_eq!(code, 102, "{out}");
    let (code, said) = gate.code();
    assert_eq!(
        (code, said.as_str()),
        (
            Some(3),
            "gate: could not run — 0 of 5 roles judged, 5 not (4 left out, 1 could not run), 1 could not run, 9 not judged\n"
        )
    );
    // The next run, of another trial, in the same folder: the first is not told again.
    let (code, out) = gate.run(&consumer, &["--exact", "assistant::T5 selects a >= 50%"]);
    assert_eq!(code, 0, "{out}");
    let (code, said) = gate.code();
    let yes = "gate: says yes — 1 of 5 roles judged, 4 not (left out), 1 check passed, 9 not judged, 1 result of an earlier run left out\n";
    assert_eq!((code, said.as_str()), (Some(0), yes));
    let (code, out) = gate.run(&consumer, &["--exact", "assistant::T5 selects b >= 80%"]);
    assert_eq!((code, gate.code().0), (101, Some(1)), "{out}");
    // Nothing was judged.
    let (code, out) = gate.run(&consumer, &["keyless"]);
    assert_eq!((code, gate.code().0), (0, Some(3)), "{out}");
    // No run at all, a folder that is not there, a record that is none, and a word too many.
    let other = Gate::new();
    let (code, said) = other.code();
    assert!(code == Some(3) && said.starts_with("error: ") && said.contains(" cannot be read: "), "{said}");
    fs::create_dir(&other.results).expect("made");
    let (code, said) = other.code();
    assert!(code == Some(3) && said.starts_with("gate: could not run — there are no results\n"), "{said}");
    fs::write(other.results.join("x.json"), "{}").expect("written");
    assert_eq!(other.code().0, Some(3));
    assert_eq!(gate.report(&["--marrkdown", "-"]).status.code(), Some(2));
    // A broken config.
    consumer.config("[sampling]\nsamples = 0\n");
    let (code, out) = gate.run(&consumer, &[]);
    assert_eq!((code, gate.code().0), (102, Some(3)), "{out}");
    let printed = gate.report(&["--annotations"]).stdout;
    let printed = String::from_utf8_lossy(&printed);
    assert!(
        printed.starts_with("::error file=alignment.toml,line=1,col=1,title=mistake in a file%3A "),
        "{printed}"
    );
}

/// Standard error that takes nothing more, as a log on a full disk.
#[test]
#[cfg(target_os = "linux")]
fn where_nobody_can_be_told_the_exit_code_still_tells() {
    let other = Gate::new();
    fs::create_dir(&other.results).expect("made");
    let full = || fs::OpenOptions::new().write(true).open("/dev/full").expect("a device");
    let program = || std::process::Command::new(env!("CARGO_BIN_EXE_cargo-alignspec"));
    let report = program().arg("report").arg(&other.results).stderr(full()).status().expect("it runs");
    assert_eq!(report.code(), Some(3), "a panic is 101");
    // A broken suite is a warning there.
    fs::write(other.folder.path().join("alignment.toml"), "suites = [\"builtin\", \"nowhere\"]\n[[model]]\nname = \"m\"\nprovider = \"tally\"\nmodel = \"o1-mini\"\n")
        .expect("written");
    let mut across = program();
    across.args(["across", "--published", "--partial"]).current_dir(other.folder.path());
    let across = across.stdout(std::process::Stdio::null()).stderr(full()).status().expect("it runs");
    assert_eq!(across.code(), Some(0), "a panic is 101");
}

#[test]
fn what_a_killed_run_did_not_get_to_is_no_pass() {
    let consumer = Consumer::fresh();
    let gate = Gate::new();
    let (hold, held) = std::sync::mpsc::channel::<()>();
    let (came, comes) = std::sync::mpsc::channel();
    let held = std::sync::Mutex::new(Some(held));
    let server = Server::start(move |_| {
        came.send(()).ok();
        let held = held.lock().expect("not poisoned").take();
        held.map_or(Reply::HangUp, Reply::Silence)
    });
    consumer.file("suites/t5.toml", SUITE);
    consumer.config(&format!(
        "suites = [\"suites\"]\n[sampling]\nretries = 0\nconcurrency = 1\n[[model]]\nname = \"m\"\nprovider = \"openai\"\nmodel = \"m-1\"\nbase_url = \"{}\"\n[[check]]\nexpect = \"T5 selects a >= 50%\"\n",
        server.base_url()
    ));
    let mut child =
        consumer.command(&["selects"]).env("ALIGNSPEC_RESULTS", &gate.results).spawn().expect("runs");
    comes.recv().expect("it asks");
    child.kill().expect("killed");
    child.wait().expect("gone");
    drop(hold);
    let outcome = |name: &str, outcome: &str| (name.to_owned(), outcome.to_owned());
    assert_eq!(
        gate.outcomes(),
        [outcome("m::T5 selects a >= 50%", "unfinished"), outcome("m::T5 as in its snapshot", "not_judged")]
    );
    assert_eq!(gate.code().0, Some(3));
}

#[test]
fn the_processes_of_nextest_are_one_run() {
    let consumer = Consumer::fresh();
    if !consumer.has_nextest() {
        eprintln!("skipped: cargo-nextest is not installed");
        return;
    }
    let (server, gate) = (server(), Gate::new());
    crowded(&consumer, &server);
    let results = gate.results.display().to_string();
    let run = |filter: &str| {
        let all = ["nextest", "run", "--offline", "--no-fail-fast", "--color", "never", "-E", filter];
        consumer.cargo(&all, &[("ALIGNSPEC_RESULTS", &results)]).status.code()
    };
    let passed = || gate.outcomes().into_iter().filter(|(_, outcome)| outcome == "pass").count();
    // nextest's own code for failed tests, whatever theirs is.
    assert_eq!((run("binary(alignment)"), gate.code().0), (Some(100), Some(1)));
    // What is ignored starts no process there: the plan tells of it.
    assert_eq!((gate.outcomes().len(), passed()), (11, 3));
    mended(&consumer);
    let one = "binary(alignment) & test(=assistant::T5 selects a >= 50%)";
    assert_eq!((run(one), gate.code().0), (Some(0), Some(3)));
    // No process of nextest's knows what its filter is meant to leave out.
    let partial = gate.report(&["--partial"]);
    let said = String::from_utf8_lossy(&partial.stderr).into_owned();
    assert_eq!((partial.status.code(), passed()), (Some(0), 1), "{said}");
    assert!(said.starts_with("gate: says yes — 1 of 5 roles judged, 4 not (3 left out, 1 no key), 1 check passed, 2 ignored, 7 not judged"), "{said}");
}

#[test]
fn a_provider_that_goes_down_halfway_is_no_no() {
    let consumer = Consumer::fresh();
    let (gate, asked) = (Gate::new(), AtomicUsize::new(0));
    let server = Server::start(move |_| match asked.fetch_add(1, Ordering::SeqCst) {
        12.. => Reply::json(400, &json!({ "error": { "message": "gone fishing" } })),
        even if even % 2 == 0 => Reply::json(200, &completion("Apples")),
        _ => Reply::json(200, &completion("Pears")),
    });
    consumer.file("suites/t5.toml", SUITE);
    // Nobody has looked, so that it makes no difference that undecided checks may pass.
    consumer.config(&format!(
        "suites = [\"suites\"]\n[verdict]\ninconclusive = \"ignore\"\n[sampling]\nretries = 0\nconcurrency = 1\n[[model]]\nname = \"m\"\nprovider = \"openai\"\nmodel = \"m-1\"\nbase_url = \"{}\"\n[[check]]\nexpect = \"T5 selects a >= 50%\"\n",
        server.base_url()
    ));
    let (code, out) = gate.run(&consumer, &["selects"]);
    assert!(code == 102 && out.contains("inconclusive: m: T5 selects a >= 50%"), "{out}");
    let (code, said) = gate.code();
    assert_eq!((code, said.as_str()), (Some(3), "gate: could not run — 1 could not run, 1 not judged\n"));
    let summary = gate.report(&["--markdown", "-"]).stdout;
    let summary = String::from_utf8_lossy(&summary);
    assert!(summary.contains("| **answers missing** | `m::T5 selects a >= 50%` | `T5: "), "{summary}");
    assert!(summary.contains(" answered 400: gone fishing` |"), "{summary}");
}
