//! What git, an editor or a stranger makes of the files a run reads: each is told with its file and what to
//! do, none becomes a verdict, and nothing that was paid for is lost. The real consumer crate asks a scripted
//! server.

use std::fs;

use crate::support::bank::{SUITE, World, read};
use crate::support::completion;
use crate::support::consumer::Consumer;
use crate::support::server::{Received, Reply, Server};

#[test]
fn a_mangled_snapshot_is_no_verdict() {
    let consumer = Consumer::fresh();
    let world = World::new(&consumer);
    let file = world.snapshot();
    let text = read(&file);
    let line = text.lines().find(|line| line.starts_with("bank.privacy")).expect("a line");
    let other = line.replace("extremely 20", "very 20");
    let conflict = format!("<<<<<<< HEAD\n{line}\n=======\n{other}\n>>>>>>> main");
    let take = "is a git conflict marker, `<<<<<<< HEAD`: keep one side as a whole";
    world.refused(&file, text.replace(line, &conflict).as_bytes(), take);
    // Above what is compared, in insta's own lines.
    world.refused(&file, text.replacen("source: ", "<<<<<<< HEAD\nsource: ", 1).as_bytes(), take);
    let edited = "the snapshot was changed after it was written";
    for (mangled, wanted) in [
        (text.replace(line, &format!("{line}\n{other}")), edited),
        (text.replace(line, &format!("junk\n{line}")), edited),
        (text.replace("extremely 20", "extremely 19"), edited),
        (text.replace(&format!("{line}\n"), ""), edited),
        (text[..text.len() / 2].to_owned(), ""),
        (String::new(), "it is empty: restore it with git, or delete it"),
    ] {
        world.refused(&file, mangled.as_bytes(), wanted);
    }
    world.refused(&file, b"\xff\xfe", "it is not text");
    // Settings in the head are newer than sums, so this one was cut.
    let cut = &text[..text.find("\nsum ").expect("a sum")];
    world.refused(&file, cut.as_bytes(), "the snapshot is cut off: its last line is not the checksum");
    // One of old, without a sum and lines on what was asked, is held to what its lines say.
    let newer = ["system ", "settings ", "asked "];
    let of_old = cut.lines().filter(|line| !newer.iter().any(|word| line.starts_with(word)));
    let of_old: String = of_old.map(|line| format!("{line}\n")).collect();
    for (mangled, wanted) in [
        (of_old.replace(line, &format!("{line}\n{other}")), "repeats a line above it"),
        (of_old.replace(line, &format!("junk\n{line}")), "does not belong in a snapshot: `junk`"),
        (of_old.replace("extremely 20", "extremely 19"), "do not add up to 20"),
    ] {
        world.refused(&file, mangled.as_bytes(), wanted);
    }
    // Line ends of another system are none of its words.
    for text in [of_old, text.replace('\n', "\r\n")] {
        fs::write(&file, text).expect("written");
        let (code, out, _) = world.replay();
        assert_eq!(code, 0, "{out}");
    }
}

#[test]
fn a_snapshot_of_a_role_or_suite_that_is_gone_is_told() {
    let consumer = Consumer::fresh();
    let world = World::new(&consumer);
    fs::copy(world.snapshot(), world.path("snapshots/assistant.V9.snap")).expect("copied");
    fs::write(world.path("snapshots/other__test.snap"), "---\nsource: x\n---\nother\n").expect("written");
    let (code, _, err) = world.replay();
    let told = "warning: these snapshots belong to no role and task of this run, so nothing judges them: snapshots/assistant.V9.snap\n  restore the role or the suite, or delete the snapshots\n";
    assert!(code == 0 && err.contains(told), "{err}");
}

#[test]
fn line_ends_of_another_system_are_the_same_questions() {
    let consumer = Consumer::fresh();
    let world = World::new(&consumer);
    let asked = world.server.count();
    for name in ["suites/v1.toml", "alignment.toml", "recordings/assistant/V1.jsonl"] {
        let text = read(&world.path(name));
        consumer.file(name, &text.replace('\n', "\r\n"));
        let (code, out, err) = world.replay();
        assert_eq!(code, 0, "{name}: {out}{err}");
    }
    let suite = read(&world.path("suites/v1.toml"));
    consumer.file("suites/v1.toml", &format!("\u{feff}{suite}"));
    // And in a mode that would ask.
    let (code, out, _) = consumer.run_with(&[], &[]);
    assert_eq!((code, world.server.count()), (0, asked), "{out}");
}

#[test]
fn a_recording_that_git_mangled_is_told_and_not_cut() {
    let consumer = Consumer::fresh();
    let world = World::new(&consumer);
    let file = world.recording();
    let text = read(&file);
    for end in ["<<<<<<< HEAD\n", "<<<<<<< HEAD"] {
        let wanted = ":41: git left a conflict here: remove the lines that start with <<<<<<<";
        world.refused(&file, format!("{text}{end}").as_bytes(), wanted);
    }
    world.refused(&file, format!("{text}hello\n").as_bytes(), ":41: this line is not a recorded response");
    world.refused(&file, format!("{text}hello").as_bytes(), ":41: this line is not a recorded response");
    world.refused(&file, &text.as_bytes()[..text.len() - 9], "not recorded, and the last line of");
    // All of the last line is there but its end: it counts, and is not paid for again.
    let asked = world.server.count();
    fs::write(&file, text.trim_end()).expect("written");
    let (code, out, _) = consumer.run_with(&[], &[]);
    assert_eq!((code, world.server.count()), (0, asked), "{out}");
    // More is added below it, and an empty line is nothing.
    fs::write(&file, format!("\n{}", text.trim_end())).expect("written");
    world.config("", 21);
    let (_, out, _) = consumer.run_with(&["snapshot"], &[]);
    assert_eq!((world.server.count(), read(&file).trim().lines().count()), (asked + 2, 42), "{out}");
}

#[test]
fn a_line_that_was_cut_off_is_told_when_it_is_taken_out() {
    let consumer = Consumer::fresh();
    let world = World::new(&consumer);
    let text = read(&world.recording());
    fs::write(world.recording(), &text[..text.len() - 9]).expect("written");
    let (code, _, err) = consumer.run_with(&[], &[]);
    let told = "V1.jsonl:40: this line was cut off when a run was killed or the disk was full: it is removed, and its response is asked for again";
    assert!(code == 0 && err.contains(told), "{err}");
    assert_eq!(read(&world.recording()).lines().count(), 40);
}

#[test]
fn the_first_recording_tells_git_how_to_treat_it() {
    let consumer = Consumer::fresh();
    let world = World::new(&consumer);
    let file = world.path("recordings/.gitattributes");
    assert!(read(&file).contains("*.jsonl text eol=lf merge=union linguist-generated\n"));
    // Whoever changes or deletes it has the last word.
    fs::write(&file, "# mine\n").expect("written");
    world.config("", 22);
    consumer.run_with(&[], &[]);
    assert_eq!(read(&file), "# mine\n");
    fs::remove_file(&file).expect("deleted");
    world.config("", 23);
    consumer.run_with(&[], &[]);
    assert!(!file.exists());
}

/// Somebody's `git checkout`, editor or clean-up, while 40 answers come one by one.
#[cfg(unix)]
#[test]
fn what_happens_to_a_recording_during_a_run_takes_no_answer_with_it() {
    let consumer = Consumer::fresh();
    let file = consumer.root.join("recordings/assistant/V1.jsonl");
    let there = file.clone();
    let server = Server::start(move |request: &Received| {
        match request.number {
            10 => fs::remove_file(&there).expect("deleted"),
            20 => {
                fs::write(there.with_extension("other"), "").expect("written");
                fs::rename(there.with_extension("other"), &there).expect("replaced");
            }
            30 => fs::write(&there, "").expect("cut off in its place"),
            35 => {
                let line = read(&there).lines().next().expect("a line").to_owned();
                let mut open = fs::OpenOptions::new().append(true).open(&there).expect("opened");
                std::io::Write::write_all(&mut open, format!("{line}\n").as_bytes())
                    .expect("added by others");
            }
            _ => {}
        }
        Reply::json(200, &completion("Extremely important"))
    });
    consumer.file("suites/v1.toml", SUITE);
    consumer.config(&format!(
        "suites = [\"suites\"]\n[sampling]\nsamples = 20\nmax_samples = 20\nconcurrency = 1\n[[model]]\nname = \"assistant\"\nprovider = \"openai\"\nmodel = \"gpt-a\"\nbase_url = \"{}\"\n",
        server.base_url()
    ));
    let (_, out, err) = consumer.run_with(&["snapshot"], &[("INSTA_UPDATE", "no")]);
    let lines: std::collections::BTreeSet<String> = read(&file).lines().map(str::to_owned).collect();
    assert_eq!((server.count(), lines.len()), (40, 40), "{out}{err}");
    let told = "was deleted, replaced or cut off while answers were added to it: they are written again";
    assert_eq!(err.matches(told).count(), 3, "{err}");
    let (_, out, err) = consumer.run_with(&["snapshot"], &[("INSTA_UPDATE", "no")]);
    assert_eq!(server.count(), 40, "{out}{err}");
}

#[test]
fn numbers_that_no_run_comes_to_an_end_of_are_told() {
    let consumer = Consumer::fresh();
    let world = World::new(&consumer);
    let most = u32::MAX;
    let told = |wanted: &str| {
        let (code, out, err) = world.replay();
        assert!(code == 102 && out.contains(wanted) && !err.contains("panicked"), "{wanted}: {out}{err}");
    };
    world.config("", most);
    told("`samples` is 4294967295, but must be at most 100000");
    world.config(&format!("samples = {{ V1 = {most} }}\n"), 20);
    told("4294967295 samples of V1, but at most 100000 are possible");
    world.config("", 20);
    consumer.file("suites/v1.toml", &SUITE.replacen("kind =", &format!("samples = {most}\nkind ="), 1));
    told("4294967295 samples, but at most 100000 are possible");
}

#[test]
fn a_sample_of_two_versions_is_judged_by_nothing() {
    let consumer = Consumer::fresh();
    let world = World::new(&consumer);
    let (old, new) = ("small-1-2025", "small-1-2026");
    // The alias moved between two runs: half of the answers are of each version.
    let moved = |text: &str| -> String {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let whole = lines.len();
        lines.iter_mut().skip(whole / 2).for_each(|line| *line = later(&line.replace(old, new)));
        lines.join("\n") + "\n"
    };
    let text = read(&world.recording());
    let mixed = moved(&text);
    fs::write(world.recording(), &mixed).expect("written");
    let (code, out, _) = world.replay();
    assert_eq!(code, 102, "{out}");
    let told = "V1: these answers come from 2 versions of the model, `small-1-2025` (";
    assert!(out.matches(told).count() == 2, "the check and the snapshot: {out}");
    assert!(out.contains("a mixture gets no verdict: delete the lines with"), "{out}");
    // What is told helps: the old lines out, and only they are asked again.
    let rest: String =
        mixed.lines().filter(|line| line.contains(new)).map(|line| format!("{line}\n")).collect();
    let newest = rest.lines().count();
    fs::write(world.recording(), rest).expect("written");
    let asked = world.server.count();
    consumer.run_with(&[], &[("INSTA_UPDATE", "no")]);
    assert_eq!((world.server.count(), newest), (asked + 20, 20));
    // And where the provider is meant to choose, it may.
    fs::write(world.recording(), &mixed).expect("written");
    world.config("any_version = true\n", 20);
    let (code, out, _) = world.replay();
    assert_eq!(code, 0, "{out}");
}

#[test]
fn a_sample_of_two_hosts_is_judged_by_nothing_and_set_ups_are_told() {
    let consumer = Consumer::fresh();
    let world = World::new(&consumer);
    let text = read(&world.recording());
    let lines: Vec<&str> = text.lines().collect();
    // Of every other answer so; what says nothing is no other host.
    let with = |first: &str, second: &str| -> String {
        let fields = |at: usize| match at % 4 {
            0 => first,
            2 => second,
            _ => "",
        };
        let told = lines.iter().enumerate().map(|(at, line)| {
            let named = "\"model\":\"small-1-2025\"";
            resealed(&line.replace(named, &format!("{named}{}", fields(at)))) + "\n"
        });
        told.collect()
    };
    let hosts = with(",\"upstream\":\"DeepInfra\"", ",\"upstream\":\"Together\"");
    fs::write(world.recording(), &hosts).expect("written");
    let (code, out, _) = world.replay();
    assert_eq!(code, 102, "{out}");
    let told = "V1: these answers come from 2 hosts behind a router, `DeepInfra` (";
    assert!(out.matches(told).count() == 2, "the check and the snapshot: {out}");
    assert!(out.contains("write `any_version = true`") && out.contains("only = ["), "{out}");
    let one = with(",\"upstream\":\"Together\"", ",\"upstream\":\"Together\"");
    let set_ups = with(",\"fingerprint\":\"fp_1\"", ",\"fingerprint\":\"fp_2\"");
    for (text, fields, wanted) in [
        (&one, "", None),
        (&set_ups, "", Some("answered by 2 set-ups of the provider (fingerprints): fp_1 (")),
        (&hosts, "any_version = true\n", Some("answered by 2 hosts: DeepInfra (")),
    ] {
        fs::write(world.recording(), text).expect("written");
        world.config(fields, 20);
        let replay = [("ALIGNSPEC_MODE", "replay"), ("INSTA_UPDATE", "no")];
        let (code, out, err) = consumer.run_with(&["--nocapture"], &replay);
        assert_eq!(code, 0, "{out}{err}");
        let told =
            format!("{out}{err}").lines().find(|line| line.contains("answered by 2")).map(str::to_owned);
        assert_eq!(told.is_some(), wanted.is_some(), "{out}{err}");
        assert!(wanted.is_none_or(|wanted| told.is_some_and(|told| told.contains(wanted))), "{out}{err}");
    }
}

/// A recorded line of a later day, with the checksum of its own bytes.
fn later(line: &str) -> String {
    let (before, at) = line.split_once(",\"at\":\"").expect("a time");
    resealed(&format!("{before},\"at\":\"2099{}", &at[4..]))
}

/// A recorded line that was changed, with the checksum of its own bytes.
fn resealed(line: &str) -> String {
    let (fields, _) = line.rsplit_once(",\"sum\":\"").expect("sealed");
    let hash = blake3::hash(format!("{fields}}}").as_bytes());
    format!("{fields},\"sum\":\"{}\"}}", &hash.to_hex()[..8])
}
