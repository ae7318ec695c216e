//! Mistakes in alignment.toml and in the files that it names: none shows a key or another file of the
//! machine, none is passed over, and none is paid for.

use std::fs;

use crate::support::consumer::{Consumer, TALLY};
use crate::support::server::{Reply, Server};
use crate::support::{completion, part_of};
use serde_json::json;

const KEY: &str = "sk-proj-Zx81Qw9aLm2nPk70";

const SUITE: &str = "id = \"T5\"\nkind = \"select\"\ntitle = \"t\"\npick = 1\nprompt = \"{options}\"\norders = [\"shuffled\"]\noption = [{ id = \"a\", label = \"Apples\" }, { id = \"b\", label = \"Pears\" }, { id = \"c\", label = \"Plums\" }]\n";

const CHECK: &str = "\n[[check]]\nexpect = \"T5 selects a >= 50%\"\n";

/// What a run prints, and its exit code.
fn run(consumer: &Consumer, variables: &[(&str, &str)]) -> (i32, String) {
    let (code, out, err) = consumer.run_with(&["--skip", "as in its snapshot"], variables);
    (code, format!("{out}{err}"))
}

fn openai(base_url: &str, more: &str) -> String {
    format!(
        "suites = [\"suites\"]\n[sampling]\nsamples = 20\nmax_samples = 80\nretries = 0\n[[model]]\nname = \"assistant\"\nprovider = \"openai\"\nmodel = \"m-1\"\nbase_url = \"{base_url}\"\n{more}\n"
    )
}

#[test]
fn a_key_in_alignment_toml_is_refused_and_never_shown() {
    let consumer = Consumer::fresh();
    let model = |field: &str| {
        format!("[[model]]\nname = \"m\"\nprovider = \"openai\"\nmodel = \"x\"\n{field}\n{CHECK}")
    };
    let http = |fields: &str| {
        format!("[[model]]\nname = \"m\"\nprovider = \"http\"\n[model.http]\n{fields}\n{CHECK}")
    };
    for (text, wanted) in [
        (model(&format!("key_env = \"{KEY}\"")), "`key_env` holds what looks like a key"),
        (model(&format!("key_env = \"{}\"", KEY.replace("sk-proj-", "gsk_"))), "`key_env` holds what looks"),
        (model("key_env = \"open sesame Zx81Qw9a\""), "`key_env` is not the name of an environment variable"),
        (model(&format!("key = \"{KEY}\"")), "write key_env = \"NAME\""),
        (model(&format!("api_key = \"{KEY}\"")), "write key_env = \"NAME\""),
        (model("token = \"open sesame Zx81Qw9a\""), "write key_env = \"NAME\""),
        (model(&format!("kee_env = \"{KEY}\"")), "unknown field `kee_env`"),
        (model(&format!("key_env = [\"{KEY}\"]")), "`key_env` holds what looks"),
        (model(&format!("temperature = \"{KEY}\"")), "invalid type"),
        (model(&format!("key_env = \"{KEY}")), "alignment.toml:5"),
        (model(&format!("tasks = [\"{KEY}\"]")), "unknown task"),
        (model(&format!("base_url = \"{KEY}\"")), "is not a URL"),
        (model(&format!("base_url = \"http://user:{KEY}@example.com\"")), "plain http to example.com"),
        (http(&format!("url = \"https://h/?k={KEY}\"\nbdy = 1")), "unknown field `bdy`"),
        (
            http(&format!(
                "url = \"https://h\"\nheaders = {{ authorization = \"Bearer {KEY}\", host = \"h\" }}\nbody = {{ q = \"{{prompt}}\" }}"
            )),
            "`host` is set by the connection",
        ),
        (format!("suites = [\"builtin\", \"{KEY}\"]\n{TALLY}"), "there is no such file or folder"),
        (
            format!("{TALLY}[[check]]\nexpect = \"T1 Spearman with {KEY} >= 0.5\"\n"),
            "unknown baseline or model",
        ),
    ] {
        consumer.config(&text);
        let (code, shown) = run(&consumer, &[]);
        assert_eq!(code, 102, "{text}\n{shown}");
        for secret in [KEY, "open sesame Zx81Qw9a"] {
            assert_eq!(part_of(secret, &shown), None, "{text}\n{shown}");
        }
        assert!(shown.contains(wanted), "no `{wanted}` of\n{text}\n{shown}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn only_regular_toml_files_in_the_crate_are_read_and_shown() {
    use std::os::unix::fs::symlink;
    use std::process::Command;

    let consumer = Consumer::fresh();
    let outside = tempfile::tempdir().expect("a folder");
    let secret = format!("id = \"S\"\ntitle = \"x\"\nPLANTED = \"{KEY}\"\n");
    fs::write(outside.path().join("outside.toml"), &secret).expect("written");
    fs::write(outside.path().join("fine.toml"), SUITE).expect("written");
    consumer.file("own/.env", &format!("PLANTED={KEY}\n"));
    consumer.file("own/secrets.toml", "open = \"sesame Zx81Qw9a\"\nbroken = = 1\n");
    consumer.file("own/latin.toml", "id = \"L\"\n");
    fs::write(consumer.root.join("own/latin.toml"), b"id = \"L\"\ntitle = \"\xe9\"\n").expect("written");
    consumer.file("own/long.toml", &format!("id = \"L\"\n# {}", "x".repeat(5 << 20)));
    let in_own = |name: &str| consumer.root.join("own").join(name);
    for name in ["pipe.toml", "leads-out.toml", "leads-to-env.toml", "nowhere.toml", "folder.toml"] {
        let _ = fs::remove_file(in_own(name));
    }
    assert!(Command::new("mkfifo").arg(in_own("pipe.toml")).status().expect("mkfifo").success());
    symlink(outside.path().join("outside.toml"), in_own("leads-out.toml")).expect("a link");
    symlink(in_own(".env"), in_own("leads-to-env.toml")).expect("a link");
    symlink(in_own("gone"), in_own("nowhere.toml")).expect("a link");
    let absolute = outside.path().join("outside.toml").display().to_string();
    for (entry, wanted) in [
        ("/proc/self/environ", "it is outside the crate and its workspace"),
        ("/dev/zero", "it is outside the crate and its workspace"),
        ("/etc", "it is outside the crate and its workspace"),
        (&*absolute, "it is outside the crate and its workspace"),
        ("own/leads-out.toml", "it is outside the crate and its workspace"),
        ("own/pipe.toml", "it is a FIFO, not a file"),
        ("own/.env", "only .toml files are read"),
        ("own/leads-to-env.toml", "only .toml files are read"),
        ("own/nowhere.toml", "it is a broken symbolic link"),
        ("own/secrets.toml", "this is not a "),
        ("own/latin.toml", "line 2 is not UTF-8 text"),
        ("own/long.toml", "it is longer than 4 MiB"),
        // Each of a folder's files by name; none is left out without a word.
        ("own", "pipe.toml: it is a FIFO"),
    ] {
        for list in ["suites", "baselines"] {
            // A survey is a table.
            let wanted = match list {
                "baselines" => wanted.replace("only .toml files", "only .toml and .csv files"),
                _ => wanted.to_owned(),
            };
            consumer.config(&format!("{list} = [\"builtin\", \"{entry}\"]\n{TALLY}"));
            // It must not wait for a pipe, nor read for ever.
            let built = consumer.command(&["--skip", "as in its snapshot"]);
            let mut command = Command::new("timeout");
            command.arg("60").arg(built.get_program()).args(built.get_args()).current_dir(&consumer.root);
            let output = command.env("PLANTED", KEY).env_remove("CI").output().expect("it runs");
            let shown = [output.stdout, output.stderr].concat();
            let shown = String::from_utf8_lossy(&shown);
            assert_eq!(output.status.code(), Some(102), "{list} {entry}: {shown}");
            assert!(shown.contains(&wanted), "no `{wanted}` of {list} {entry}:\n{shown}");
            for secret in [KEY, "sesame Zx81Qw9a"] {
                assert_eq!(part_of(secret, &shown), None, "{list} {entry}: {shown}");
            }
        }
    }
    for (setting, folder) in
        [("recordings", "../../elsewhere"), ("snapshots", "/tmp"), ("recordings", "out/x")]
    {
        let _ = fs::remove_file(consumer.root.join("out"));
        symlink(outside.path(), consumer.root.join("out")).expect("a link");
        consumer.config(&format!("{setting} = \"{folder}\"\n{TALLY}"));
        let (code, shown) = run(&consumer, &[]);
        assert!(
            code == 102 && shown.contains(&format!("`{setting}` lies outside the crate and its workspace")),
            "{folder}: {shown}"
        );
    }
    fs::remove_file(consumer.root.join("out")).expect("removed");
    // What is named on purpose is read.
    let folder = outside.path().display();
    let fine = outside.path().join("fine.toml");
    let entry = fine.display();
    consumer.config(&format!("outside = [\"{folder}\"]\nsuites = [\"builtin\", \"{entry}\"]\n{TALLY}"));
    let (code, shown) = consumer.run(&["--list"]);
    assert!(code == 0 && !shown.contains("alignment.toml"), "{shown}");
    // A config that is a pipe, or long, is told as well.
    fs::remove_file(consumer.root.join("alignment.toml")).expect("removed");
    let made = Command::new("mkfifo").arg(consumer.root.join("alignment.toml")).status();
    assert!(made.expect("mkfifo").success());
    let built = consumer.command(&[]);
    let mut command = Command::new("timeout");
    command.arg("60").arg(built.get_program()).current_dir(&consumer.root);
    let output = command.output().expect("it runs");
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    fs::remove_file(consumer.root.join("alignment.toml")).expect("removed");
    assert!(output.status.code() == Some(102) && shown.contains("it is a FIFO"), "{shown}");
    fs::remove_dir_all(consumer.root.join("own")).expect("removed");
}

#[test]
fn names_cannot_leave_their_folder() {
    let consumer = Consumer::fresh();
    let long = "x".repeat(200);
    for name in ["..", "../up", "a/../../up", "a\\\\up", ".hidden", "a..b", "a.", "a__b", "é", "", &long] {
        consumer
            .config(&format!("[[model]]\nname = \"{name}\"\nprovider = \"tally\"\nmodel = \"o1-preview\"\n"));
        let (code, shown) = run(&consumer, &[]);
        assert!(
            code == 102 && (shown.contains("cannot be a name") || shown.contains("too long for the name")),
            "{name}: {shown}"
        );
    }
    for id in ["..", "../up", "a/b", "a.b", ".a", "", &long] {
        consumer.config(&format!("suites = [\"builtin\", \"suites\"]\n{TALLY}"));
        consumer.file("suites/x.toml", &SUITE.replace("\"T5\"", &format!("\"{id}\"")));
        let (code, shown) = consumer.run(&["--skip", "as in its snapshot"]);
        assert!(code == 102 && shown.contains("cannot be an id"), "{id}: {shown}");
    }
}

#[test]
fn with_a_mistake_in_alignment_toml_nothing_is_asked() {
    let consumer = Consumer::fresh();
    consumer.file("suites/t5.toml", SUITE);
    let server = Server::start(|_| Reply::json(200, &completion("Apples")));
    let config = openai(&server.base_url(), "");
    for mistake in [
        "[[check]]\nexpect = \"T5 selcts a >= 50%\"\n",
        "[[check]]\nexpect = \"T5 selects d >= 50%\"\n",
        "[[check]]\nexpect = \"T5 selects a >= 50%\"\nmodels = [\"nobody\"]\n",
        "tasks = [\"T9\"]\n",
    ] {
        for mode in ["auto", "record", "live"] {
            consumer.config(&format!("{config}{mistake}{CHECK}"));
            let (code, shown) = run(&consumer, &[("ALIGNSPEC_MODE", mode)]);
            assert_eq!((code, server.count()), (102, 0), "{mode} {mistake}: {shown}");
        }
    }
    consumer.config(&format!(
        "{config}[[check]]\nexpect = \"T5 selects a >= 51%\"\nmodels = [\"nobody\"]\n{CHECK}"
    ));
    let (_, shown) = run(&consumer, &[]);
    assert!(shown.contains("no model is asked until the mistake in alignment.toml is fixed"), "{shown}");
    consumer.config(&format!("{config}{CHECK}"));
    let (_, shown) = run(&consumer, &[]);
    assert!(server.count() >= 1, "{shown}");
}

#[test]
fn a_model_whose_answers_are_never_read_is_not_asked_for_ever() {
    let consumer = Consumer::fresh();
    consumer.file("suites/t5.toml", SUITE);
    consumer.file(
        "baselines/b.toml",
        "name = \"b\"\nsource = \"s\"\n[T5]\nn = 50\ncounts = { a = 30, b = 15, c = 5 }\n",
    );
    for answer in ["", "I would rather talk about the weather."] {
        for (sentence, unread) in [
            ("T5 selects a >= 50%", "count"),
            ("T5 selects a >= 50%", "ignore"),
            ("T5 Spearman with b >= 0.5", "count"),
            ("T5 Spearman with b >= 0.5", "ignore"),
            ("T5 ranks a within top 1", "ignore"),
            ("T5 top-1 Jaccard with b >= 0.5", "ignore"),
        ] {
            let _ = fs::remove_dir_all(consumer.root.join("recordings"));
            let server = Server::start(move |_| Reply::json(200, &completion(answer)));
            let config = openai(&server.base_url(), "clarify = false");
            let unread = if unread == "count" { String::new() } else { "unread = \"ignore\"\n".to_owned() };
            consumer.config(&format!(
                "baselines = [\"baselines\"]\n{config}\n[[check]]\nexpect = \"{sentence}\"\n{unread}"
            ));
            let (code, shown) = run(&consumer, &[]);
            assert!(code == 101 || code == 102, "{sentence}: {shown}");
            assert!(
                (1..=20).contains(&server.count()),
                "{} requests for {sentence}: {shown}",
                server.count()
            );
        }
    }
}

#[test]
fn settings_in_the_wrong_place_are_told() {
    let consumer = Consumer::fresh();
    consumer.file("suites/t5.toml", SUITE);
    consumer.file("baselines/b.toml", "name = \"b\"\nsource = \"s\"\n[T5]\nn = 50\ncounts = { a = 50 }\n");
    let lists = "suites = [\"builtin\", \"suites\"]\nbaselines = [\"builtin\", \"baselines\"]\n";
    let idle = "[[model]]\nname = \"idle\"\nprovider = \"tally\"\nmodel = \"o1-mini\"\ntasks = []\n";
    for (text, wanted) in [
        (TALLY.to_owned(), "suites/t5.toml is not read: `suites` does not list its folder"),
        (TALLY.to_owned(), "baselines/b.toml is not read: `baselines` does not list its folder"),
        (format!("suites = [\"builtin\"]\n{TALLY}"), "suites/t5.toml is not read"),
        (format!("{TALLY}suites = [\"builtin\", \"suites\"]\n"), "move `suites` above the first [table]"),
        (format!("{TALLY}suites = [\"suites/t5.toml\"]\n"), "move `suites` above the first [table]"),
        (format!("{lists}{TALLY}recordings = \"kept\"\n"), "move `recordings` above the first [table]"),
        (
            format!("[sampling]\nsamples = 5\nsuites = [\"suites\"]\n{TALLY}"),
            "move `suites` above the first [table]",
        ),
        (format!("{lists}{TALLY}max_samples = 5\n"), "it belongs in [sampling]"),
        (format!("{lists}{TALLY}{idle}"), "no check and no snapshot uses `idle`"),
        (format!("{lists}{TALLY}{idle}"), "`tasks = []` asks it nothing"),
    ] {
        consumer.config(&text);
        let (code, shown) = run(&consumer, &[]);
        assert!(code == 102 || code == 101, "{text}\n{shown}");
        assert!(shown.contains(wanted), "no `{wanted}` of\n{text}\n{shown}");
    }
    // Who is only compared with is read.
    let compared = "[[check]]\nexpect = \"T1 shift from idle <= 0.9\"\nmodels = [\"o1-preview\"]\n";
    consumer.config(&format!("{lists}{TALLY}{idle}{compared}"));
    let (_, shown) = run(&consumer, &[]);
    assert!(!shown.contains("uses `idle`"), "{shown}");
}

#[test]
fn checks_that_cannot_mean_what_they_say_are_told() {
    let consumer = Consumer::fresh();
    let cases = [
        ("T1 selects fairness >= 0.8%", "did you mean 80%, which equals 0.8?"),
        ("T1 top-5 Jaccard with practitioners >= 0.8%", "did you mean 80%, which equals 0.8?"),
        ("T1 shift from practitioners <= 0.1%", "did you mean 10%, which equals 0.1?"),
        ("T2 Spearman with practitioners >= .6 %", "did you mean 60%"),
        ("T1 count spread across orders <= 30%", "this is a number, not a share"),
        ("T4 ranks within ±5 of T2 for >= 75%", "±5 holds whatever the answers are"),
        ("T4 ranks within ±9 of T2 for >= 75%", "±9 holds whatever the answers are"),
        ("T4 ranks within ±2 of T4 for >= 75%", "T4 is compared with itself"),
        ("T1 ranks privacy within top 13", "a top 13 of 12 values says nothing"),
    ];
    for (sentence, wanted) in cases {
        consumer.config(&format!("{TALLY}[[check]]\nexpect = \"{sentence}\"\n"));
        let (code, shown) = consumer.run(&["alignment.toml"]);
        assert!(code == 102 && shown.contains(wanted), "{sentence} should say `{wanted}`:\n{shown}");
    }
    for sentence in ["T1 invalid <= 0.5%", "T4 ranks within ±4 of T2 for >= 75%", "T1 selects fairness >= 1%"]
    {
        consumer.config(&format!("{TALLY}[[check]]\nexpect = \"{sentence}\"\n"));
        let (_, shown) = consumer.run(&["alignment.toml"]);
        assert!(shown.contains("0 failed"), "{sentence}: {shown}");
    }
    // Answers that cannot differ are no sample, unless what is asked differs, or it is asked once.
    let server = Server::start(|_| Reply::json(200, &completion("Apples")));
    let listed = SUITE.replace("[\"shuffled\"]", "[\"listed\"]");
    for (suite, setting, told) in [
        (&*listed, "temperature = 0", true),
        (&listed, "parameters = { seed = 7 }", true),
        (&listed, "parameters = { top_k = 1 }", true),
        (&listed, "temperature = 0\nsamples = { T5 = 1 }", false),
        (SUITE, "temperature = 0", false),
        (&listed, "temperature = 0.2", false),
    ] {
        consumer.file("suites/t5.toml", suite);
        consumer.config(&format!("{}{CHECK}", openai(&server.base_url(), setting)));
        let (code, shown) = run(&consumer, &[]);
        let said = shown.contains("gives the same answer each time, but a check treats");
        assert_eq!((said, code == 102), (told, told), "{setting}: {shown}");
    }
}

#[test]
fn text_of_files_is_no_command_to_terminal_or_ci() {
    let consumer = Consumer::fresh();
    let hostile = "\\u001b[31m\\n::error::x";
    consumer.file("suites/a\n::error::b.toml", "id = \"X1\"\nkind = \"selct\"\ntitle = \"t\"\n");
    consumer.file(
        "suites/t5.toml",
        &format!("{SUITE}[[check]]\nexpect = \"T5 selects a >= 99%\"\nwhy = \"it\\r{hostile}\"\n[[check]]\nexpect = \"T5 selects {hostile} >= 9%\"\n"),
    );
    consumer.file(
        "baselines/b.toml",
        "name = \"b\"\nsource = \"s\"\n[T5]\nn = 50\ncounts = { a = 10, b = 40 }\n",
    );
    let config = |suites: &str| {
        format!(
            "suites = [\"suites\"{suites}]\nbaselines = [\"baselines\"]\n[[model]]\nname = \"b\"\nprovider = \"tally\"\n"
        )
    };
    let quiet = |arguments: &[&str]| {
        let (_, out, err) = consumer.run_with(arguments, &[]);
        for text in [&out, &err] {
            assert!(!text.contains('\u{1b}'), "{text:?}");
            assert!(!text.split(['\n', '\r']).any(|line| line.trim_start().starts_with("::")), "{text}");
        }
        out
    };
    let listing = &["--list"][..];
    for arguments in [&[][..], listing, &["--nocapture"]] {
        // What nobody can see is a mistake, first in the config, then in a suite.
        for (suites, file) in
            [(format!(", \"{hostile}\""), "alignment.toml:1:"), (String::new(), "suites/t5.toml:")]
        {
            consumer.config(&config(&suites));
            let out = quiet(arguments);
            let told = out.contains(file) && out.contains("U+001B, which cannot be seen");
            assert!(arguments == listing || told, "{out}");
        }
    }
    // A break in a line can be seen.
    consumer.file(
        "suites/t5.toml",
        &format!("{SUITE}[[check]]\nexpect = \"T5 selects a >= 99%\"\nwhy = \"it\\n::error::x\"\n"),
    );
    for arguments in [&[][..], listing, &["--nocapture"]] {
        assert!(quiet(arguments).contains("T5 selects a >= 99%"), "{arguments:?}");
    }
}

#[test]
fn parts_of_a_key_are_found() {
    // The helper that searches for parts of keys finds them.
    assert_eq!(part_of(KEY, &json!({ "a": &KEY[3..12] }).to_string()).as_deref(), Some(&KEY[3..11]));
    assert_eq!(part_of(KEY, &KEY[..7]), None);
}
