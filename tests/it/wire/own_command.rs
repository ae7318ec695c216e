//! A program of one's own: what it is told, what is read from it, and that it ends when its time does.
#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::support::{KEY, PACE, configured, misconfigured, recorded, sample, task, unit, variables};
use alignspec::__testing::config::Model;
use alignspec::__testing::diagnostic::Source;
use alignspec::__testing::provider::identity;
use alignspec::__testing::sample::{Mode, Pace, Sampled, Sampler};
use tempfile::tempdir;

/// A model that runs this as a shell script: `sh` is the program here, no shell is ours.
fn script(root: &Path, text: &str, fields: &str) -> Model {
    fs::write(root.join("ask.sh"), text).expect("written");
    configured(root, &format!("provider = \"command\"\ncommand = [\"sh\", \"ask.sh\", \"--ask\"]\n{fields}"))
}

fn asked(text: &str, fields: &str) -> Sampled {
    let (folder, task) = (tempdir().expect("a folder"), task());
    sample(folder.path(), &unit(&script(folder.path(), text, fields), &task, 1))
}

fn text(sampled: &Sampled) -> &str {
    let response = sampled.responses[0].as_ref();
    response.map_or_else(|| panic!("{:?}", sampled.shortfall()), |response| &response.text)
}

/// Why there is no answer, and how often it was tried: the script may call `count`.
fn failure(text: &str) -> (String, usize) {
    let (folder, task) = (tempdir().expect("a folder"), task());
    let text = format!("echo x >> tries\n{text}");
    let sampled = sample(folder.path(), &unit(&script(folder.path(), &text, ""), &task, 1));
    let tries = fs::read_to_string(folder.path().join("tries")).unwrap_or_default();
    (sampled.shortfall().unwrap_or_else(|| panic!("answered: {text}")), tries.lines().count())
}

#[test]
fn the_question_goes_in_and_the_answer_comes_out() {
    let (folder, mut task) = (tempdir().expect("a folder"), task());
    task.system = Some("One\noption.".to_owned());
    let show = r#"printf '%s|' "$1" "$ALIGNSPEC_MODEL" "$ALIGNSPEC_SYSTEM" "$ALIGNSPEC_MESSAGES" "${ALIGNSPEC_SCHEMA-unset}"; ls; cat; echo"#;
    let model =
        script(folder.path(), show, "model = \"v7\"\nmessages = [{ role = \"user\", content = \"Hi\" }]");
    let sampled = sample(&folder.path().join("recordings"), &unit(&model, &task, 1));
    let prompt = task.question(1, 0, 0, 0).prompt;
    let wanted = format!(
        "--ask|v7|One\noption.|[{{\"role\":\"user\",\"content\":\"Hi\"}}]|unset|ask.sh\nrecordings\n{prompt}"
    );
    assert_eq!(text(&sampled), wanted);
    // Nothing was set for this one.
    let bare = asked("printf '%s' \"${ALIGNSPEC_SYSTEM-none}${ALIGNSPEC_MESSAGES-none}\"", "");
    assert_eq!(text(&bare), "nonenone");
    let schema = asked("printf '%s' \"$ALIGNSPEC_SCHEMA\"", "answer_format = \"json_schema\"");
    assert_eq!(text(&schema), "{\"type\":\"string\"}");
}

#[test]
fn a_path_is_relative_to_the_crate_and_arguments_are_no_shell_line() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, task) = (tempdir().expect("a folder"), task());
    fs::create_dir(folder.path().join("bin")).expect("a folder");
    let program = folder.path().join("bin/ask");
    fs::write(&program, "#!/bin/sh\nprintf '%s' \"$1\"").expect("written");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("executable");
    let fields = "provider = \"command\"\ncommand = [\"./bin/ask\", \"$(touch hacked); `id` > x\"]";
    let sampled = sample(folder.path(), &unit(&configured(folder.path(), fields), &task, 1));
    assert_eq!(text(&sampled), "$(touch hacked); `id` > x");
    assert!(!folder.path().join("hacked").exists() && !folder.path().join("x").exists());
}

#[test]
fn a_program_that_reads_nothing_or_writes_much_elsewhere_is_not_waited_for() {
    let (folder, mut task) = (tempdir().expect("a folder"), task());
    task.prompt = task.prompt.replace("{context}", &format!("{{context}}{}", "long ".repeat(100_000)));
    let model = script(folder.path(), "echo done", "");
    let sampled = sample(folder.path(), &unit(&model, &task, 1));
    assert_eq!(text(&sampled), "done");
    assert_eq!(text(&asked("head -c 3000000 /dev/zero >&2; echo done", "")), "done");
    // Until the end, before a word is said.
    assert_eq!(text(&asked("cat > question; wc -l < question | tr -d ' '", "")), "3");
}

#[test]
fn how_it_ends_says_whether_it_is_tried_again() {
    // Both questions once, and then one at a time, for as long as what is down is tried.
    let again = 3;
    for (text, wanted, tries) in [
        (
            "echo first >&2; printf '\\033[31m::error::no\\nmoney\\033[0m\\n\\n' >&2; exit 3",
            "the program `sh` ended with exit status 3: money",
            1,
        ),
        ("printf '::set-env name=A::b\\n' >&2; exit 3", "exit status 3: : :set-env name=A::b", 1),
        ("exit 1", "ended with exit status 1 and said nothing on standard error", 1),
        ("echo busy >&2; exit 75", "ended with exit status 75: busy", again),
        ("kill -9 $$", "was killed (signal: 9 (SIGKILL))", 1),
        ("printf 'Tr\\350s important'", "printed text that is not UTF-8", again),
        ("exec cat /dev/zero", "printed more than 4 MiB", again),
    ] {
        let (shown, tried) = failure(text);
        assert!(shown.contains(wanted), "{shown}\n{wanted}");
        assert!(if tries == again { tried >= again } else { tried == tries }, "{tried}: {shown}");
    }
}

#[test]
fn one_that_is_not_there_stops_the_model_with_its_name() {
    let (folder, task) = (tempdir().expect("a folder"), task());
    for (command, wanted) in [
        ("no-such-program-here", "the program `no-such-program-here` is not found in PATH"),
        ("./no/such", "the program `./no/such` is not found"),
        ("./", "the program `./` cannot be started"),
    ] {
        let fields = format!("provider = \"command\"\ncommand = [\"{command}\"]");
        let sampled = sample(folder.path(), &unit(&configured(folder.path(), &fields), &task, 9));
        let shown = sampled.shortfall().expect("missing");
        assert!(shown.contains(wanted) && sampled.missing.len() == 18, "{shown}");
    }
}

#[test]
fn its_time_ends_it_and_all_that_it_has_started() {
    let (folder, task) = (tempdir().expect("a folder"), task());
    // The one it starts waits for a pipe that nobody writes to.
    let text = "mkfifo gate; (read line < gate; echo alive > alive) & echo $! > child; wait";
    let model = script(folder.path(), text, "");
    let pace = Pace { limit: Duration::from_millis(1500), retries: 0, ..PACE };
    let sampler = Sampler::with(folder.path().join("r"), Mode::Record, pace, variables);
    let started = Instant::now();
    let sampled = sampler.sample(&unit(&model, &task, 1)).expect("sampled");
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
    let shown = sampled.shortfall().expect("missing");
    assert!(shown.contains("the program `sh` gave no answer within 1.5s"), "{shown}");
    let child = fs::read_to_string(folder.path().join("child")).expect("it started one");
    // It ends a moment after it is told to; one that nobody has asked about yet is a zombie.
    let alive = || {
        let stat = fs::read_to_string(format!("/proc/{}/stat", child.trim())).unwrap_or_default();
        let state = stat.rsplit(')').next().unwrap_or_default().trim_start().to_owned();
        !state.is_empty() && !state.starts_with(['Z', 'X'])
    };
    while alive() {
        assert!(started.elapsed() < Duration::from_secs(30), "{child} goes on");
        std::thread::yield_now();
    }
}

#[test]
fn keys_of_other_models_are_no_business_of_a_program() {
    let command = |fields: &str| {
        let text = format!(
            "[[model]]\nname = \"a\"\nprovider = \"command\"\ncommand = [\"x\"]\n{fields}\n[[model]]\nname = \"b\"\nprovider = \"openai\"\nmodel = \"m\"\nkey_env = \"B_KEY\"\n[[model]]\nname = \"c\"\nprovider = \"openai\"\nmodel = \"m\"\nkey_env = \"C_KEY\""
        );
        let config =
            alignspec::__testing::provider::parse_config(Path::new("/"), Source::new("alignment.toml", text))
                .expect("valid");
        config.models[0].command.as_ref().expect("a command").hidden.clone()
    };
    assert_eq!(command(""), ["B_KEY", "C_KEY"]);
    assert_eq!(command("key_env = \"C_KEY\""), ["B_KEY"]);
    // PATH is set in every process; as another model's key it is not inherited.
    let folder = tempdir().expect("a folder");
    let mut model = script(folder.path(), "printf '%s' \"${CARGO_MANIFEST_DIR-gone}\"", "");
    let (task, own) = (task(), env!("CARGO_MANIFEST_DIR"));
    assert_eq!(text(&sample(&folder.path().join("one"), &unit(&model, &task, 1))), own);
    model.command.as_mut().expect("a command").hidden.push("CARGO_MANIFEST_DIR".to_owned());
    assert_eq!(text(&sample(&folder.path().join("two"), &unit(&model, &task, 1))), "gone");
}

#[test]
fn its_key_is_in_no_recording_and_no_error() {
    let folder = tempdir().expect("a folder");
    let (model, task) = (script(folder.path(), &format!("echo '{KEY}'"), "key_env = \"TEST_KEY\""), task());
    let sampled = sample(folder.path(), &unit(&model, &task, 1));
    assert_eq!(text(&sampled), "[key]");
    assert!(!recorded(folder.path()).contains(KEY));
    let model =
        script(folder.path(), &format!("echo '{KEY}' >&2; exit 1"), "key_env = \"TEST_KEY\"\nmodel = \"2\"");
    let shown = format!("{:?}", sample(folder.path(), &unit(&model, &task, 1)));
    assert!(shown.contains("exit status 1: [key]") && !shown.contains(KEY), "{shown}");
}

#[test]
fn the_line_belongs_to_the_identity_and_the_folder_does_not() {
    let of = |root: &str, line: &str| {
        identity(&configured(Path::new(root), &format!("provider = \"command\"\ncommand = {line}")))
            .to_string()
    };
    assert_eq!(of("/a", "[\"x\", \"1\"]"), of("/b", "[\"x\", \"1\"]"));
    assert_ne!(of("/a", "[\"x\", \"1\"]"), of("/a", "[\"x\", \"2\"]"));
}

#[test]
fn mistakes_are_shown_in_place() {
    for (fields, wanted) in [
        ("provider = \"command\"", "the provider `command` needs `command`"),
        ("provider = \"command\"\ncommand = []", "`command` does not name a program"),
        ("provider = \"command\"\ncommand = [\" \"]", "`command` does not name a program"),
        ("provider = \"command\"\ncommand = \"./ask --now\"", "invalid type: string"),
        (
            "provider = \"openai\"\nmodel = \"m\"\ncommand = [\"x\"]",
            "`command` is for the provider `command`",
        ),
        ("provider = \"command\"\ncommand = [\"x\"]\nmax_tokens = 5", "`max_tokens` has no effect"),
    ] {
        let shown = misconfigured(fields);
        assert!(shown.contains(wanted) && shown.contains("alignment.toml:"), "{shown}");
    }
}
