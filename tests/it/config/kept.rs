//! nextest starts a process per test, and each takes its part of the plan and the answers from what an
//! earlier one has kept in the build folder. Nothing of that may ever be out of date, or change a word.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use crate::support::bank::{World, read};
use crate::support::consumer::Consumer;
use tempfile::{TempDir, tempdir};

const CHECK: &str = "assistant::V1 rates privacy extremely important in bank >= 50%";
const SNAPSHOT: &str = "assistant::V1 as in its snapshot";
const PUBLISHED: &str = "human::V1 rates privacy extremely important in bank >= 50%";
const STORED: &str = "human::V1 as in its snapshot";

const BASELINE: &str = "name = \"people\"\nsource = \"nowhere\"\n[V1.bank.privacy]\nn = 40\ncounts = { extremely = 30, very = 10 }\n[V1.bank.safety]\nn = 40\ncounts = { very = 40 }\n";

/// The built test target in a crate with a recorded and a published model.
struct Target<'a> {
    world: World<'a>,
    /// A build folder of its own: what is kept in the usual one is other tests', too.
    build: TempDir,
    program: PathBuf,
}

/// What a test printed, and whether it took all that it needs from what was kept: then it keeps nothing itself.
#[derive(Debug, PartialEq)]
struct Ran {
    code: Option<i32>,
    printed: String,
    alone: bool,
}

/// The files of a folder, and when each was put there; `None` where there is no folder.
type Kept = Option<BTreeMap<PathBuf, SystemTime>>;

impl Target<'_> {
    fn new(consumer: &Consumer) -> Target<'_> {
        let world = World::new(consumer);
        consumer.file("baselines/people.toml", BASELINE);
        world.config("[[model]]\nname = \"human\"\nprovider = \"tally\"\nmodel = \"people\"\n", 20);
        let config = read(&world.path("alignment.toml"));
        consumer.config(&format!("baselines = [\"baselines\"]\n{config}"));
        let build = tempdir().expect("a folder");
        // What cargo marks a build folder with.
        fs::copy(consumer.target().join("CACHEDIR.TAG"), build.path().join("CACHEDIR.TAG")).expect("copied");
        let program = build.path().join("alignment");
        fs::copy(consumer.command(&[]).get_program(), &program).expect("copied");
        Target { world, build, program }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        let unset = ["CI", "NEXTEST", "NEXTEST_RUN_ID", "ALIGNSPEC_RESULTS", "ALIGNSPEC_PLAN"];
        for variable in unset.into_iter().chain(["CARGO_MANIFEST_DIR", "CARGO_PKG_NAME"]) {
            command.env_remove(variable);
        }
        command.args(["--color", "never"]).args(arguments).current_dir(&self.world.consumer.root);
        // What insta shows of a snapshot tells that its answers are others.
        command.env("INSTA_UPDATE", "no").env("INSTA_OUTPUT", "diff").env("ALIGNSPEC_MODE", "replay");
        command
    }

    fn list(&self) {
        assert!(self.command(&["--list"]).env("NEXTEST", "1").output().expect("it runs").status.success());
    }

    fn run(&self, name: &str, variables: &[(&str, &str)]) -> Ran {
        let before = self.kept();
        let output = self.command(&["--exact", name, "--nocapture"]).envs(variables.iter().copied()).output();
        let output = output.expect("it runs");
        let printed = [output.stdout, output.stderr].concat();
        let printed = String::from_utf8_lossy(&printed).into_owned();
        let alone = before.is_some() && before == self.kept();
        // How many were left out is the same, whoever knows of them.
        let line = |line: &str| line.split("; finished in").next().unwrap_or_default().to_owned() + "\n";
        // That checks have changed since answers were taken is told of the whole run, and not of a single trial.
        let own =
            printed.lines().filter(|line| !line.is_empty() && !line.starts_with("note: what is judged"));
        // A mistake is told by a trial of its own, on another thread.
        let mut printed: Vec<String> = own.map(line).collect();
        printed.sort();
        Ran { code: output.status.code(), printed: printed.concat(), alone }
    }

    /// Where it keeps what it has found.
    fn folder(&self) -> PathBuf {
        self.build.path().join("alignspec")
    }

    fn kept(&self) -> Kept {
        let files = fs::read_dir(self.folder()).ok()?;
        let put = |entry: fs::DirEntry| Some((entry.path(), entry.metadata().ok()?.modified().ok()?));
        Some(files.filter_map(|entry| put(entry.ok()?)).collect())
    }

    /// That each test says the same as one process for all of them: twice, since the first keeps what it finds.
    fn same(&self, what: &str, variables: &[(&str, &str)]) -> [Ran; 4] {
        [CHECK, SNAPSHOT, PUBLISHED, STORED].map(|name| {
            let nextest = [variables, &[("NEXTEST", "1"), ("NEXTEST_RUN_ID", "r")]].concat();
            let whole = self.run(name, variables);
            let first = self.run(name, &nextest);
            let again = self.run(name, &nextest);
            for ran in [&first, &again] {
                assert_eq!((ran.code, &ran.printed), (whole.code, &whole.printed), "{what}: {name}");
            }
            again
        })
    }
}

/// Changes a file, calls `then`, and gives the file back.
fn with(file: &Path, change: impl Fn(String) -> String, then: impl FnOnce()) {
    let before = read(file);
    let after = change(before.clone());
    assert_ne!(before, after, "nothing was changed in {}", file.display());
    fs::write(file, after).expect("written");
    then();
    fs::write(file, before).expect("given back");
}

fn codes(ran: &[Ran; 4]) -> [Option<i32>; 4] {
    [0, 1, 2, 3].map(|place: usize| ran[place].code)
}

#[test]
fn what_is_kept_is_never_out_of_date() {
    let consumer = Consumer::fresh();
    let target = Target::new(&consumer);
    let asked = target.world.server.count();
    target.list();
    let green = target.same("at first", &[]);
    assert!(green.iter().all(|ran| ran.alone), "the plan was kept: {green:#?}");
    let wanted = codes(&green);
    assert_eq!([wanted[0], wanted[1]], [Some(0), Some(0)], "{green:#?}");
    for ran in &green {
        assert!(ran.printed.contains("; 3 filtered out"), "as libtest says it: {}", ran.printed);
    }

    // Every file that a verdict depends on.
    let recording = target.world.recording();
    let config = target.world.path("alignment.toml");
    let suite = target.world.path("suites/v1.toml");
    let baseline = target.world.path("baselines/people.toml");
    let changed = |what: &str, file: &Path, change: &dyn Fn(String) -> String| {
        with(file, change, || {
            let ran = target.same(what, &[]);
            assert_ne!(ran, green, "{what} is seen");
        });
        assert_eq!(codes(&target.same(&format!("without {what}"), &[])), wanted);
    };
    changed("a missing line", &recording, &|text| text.split_inclusive('\n').skip(1).collect::<String>());
    changed("an edited line", &recording, &|text| text.replacen("Extremely", "extremely", 1));
    changed("a torn line", &recording, &|text| text[..text.len() - 20].to_owned());
    changed("an empty recording", &recording, &|_| String::new());
    changed("another model", &config, &|text| text.replace("gpt-a", "gpt-b"));
    changed("more samples", &config, &|text| text.replace("20", "22"));
    changed("a mistake", &config, &|text| format!("{text}\nnonsense = 1\n"));
    changed("another bound", &suite, &|text| text.replace(">= 50%", ">= 51%"));
    changed("other words", &suite, &|text| text.replace("How important", "How very important"));
    changed("another level", &suite, &|text| text.replace("Not important", "Unimportant"));
    changed("other counts", &baseline, &|text| {
        text.replace("extremely = 30, very = 10", "extremely = 3, very = 37")
    });

    changed("another number of answers", &baseline, &|text| {
        text.replace("n = 40\ncounts = { very = 40 }", "n = 41\ncounts = { very = 41 }")
    });
    changed("another source", &baseline, &|text| text.replace("nowhere", "elsewhere"));

    // The share of the error rate is of all checks.
    with(
        &config,
        |text| format!("{text}[[check]]\nexpect = \"V1 invalid <= 5%\"\n"),
        || {
            target.same("another check", &[]);
        },
    );
    // A file that nobody lists, and one more in a folder that is.
    for (name, text) in [("suites/v2.toml", "id = \"V2\"\n"), ("baselines/other.toml", "name = 1\n")] {
        consumer.file(name, text);
        assert!(target.same(name, &[]).iter().all(|ran| ran.code != Some(0)), "{name}");
        fs::remove_file(target.world.path(name)).expect("removed");
    }
    // What the environment says.
    let base = tempfile::tempdir().expect("a folder");
    fs::create_dir(base.path().join("assistant")).expect("a folder");
    let text = read(&recording).replace("\"sample\":3,", "\"sample\":3, ");
    fs::write(base.path().join("assistant/V1.jsonl"), text).expect("written");
    let folder = base.path().display().to_string();
    for variable in [
        ("ALIGNSPEC_BASE_RECORDINGS", folder.as_str()),
        ("ALIGNSPEC_BASE_RECORDINGS", "/nowhere"),
        ("ALIGNSPEC_MODE", "auto"),
        ("ALIGNSPEC_MODE", "nonsense"),
        ("ALIGNSPEC_MAX_REQUESTS", "few"),
        ("ALIGNSPEC_MODUS", "replay"),
        ("CI", "true"),
    ] {
        target.same(&format!("{variable:?}"), &[variable]);
    }
    // insta's settings are no part of the plan, and count all the same.
    let force = [("CI", "true"), ("INSTA_FORCE_PASS", "1")];
    assert_eq!(target.same("a setting that silences", &force)[1].code, Some(102));
    assert_eq!(target.world.server.count(), asked, "nobody was asked");
    damaged(&target);
}

/// A ranking whose stories are those of a table, and how its people rank them.
const RANKING: &str = "id = \"V1\"\ntitle = \"v\"\nkind = \"rank\"\nprompt = \"{context} {options}\"\nstories = \"../backlog.csv\"\ncontext = [{ id = \"bank\", text = \"A bank.\" }]\n[[check]]\nexpect = \"V1 ranks privacy within top 1\"\n";
const RANKED: &str = "name = \"people\"\nsource = \"nowhere\"\n[V1.bank]\nn = 40\nrankings = [ORDERS]\n";

#[test]
fn a_table_that_a_suite_names_is_never_out_of_date() {
    let consumer = Consumer::fresh();
    let target = Target::new(&consumer);
    consumer.file("suites/v1.toml", RANKING);
    consumer.file(
        "backlog.csv",
        "id,text,value,context\nhidden,I want it hidden,privacy,bank\nfast,I want it fast,speed,bank\n",
    );
    let orders = ["[\"hidden\", \"fast\"]"; 40].join(", ");
    consumer.file("baselines/people.toml", &RANKED.replace("ORDERS", &orders));
    consumer.config(
        "suites = [\"suites\"]\nbaselines = [\"baselines\"]\n[[model]]\nname = \"human\"\nprovider = \"tally\"\nmodel = \"people\"\n",
    );
    target.list();
    let judged = || {
        let nextest = [("NEXTEST", "1"), ("NEXTEST_RUN_ID", "r")];
        target.run("human::V1 ranks privacy within top 1", &nextest)
    };
    assert_eq!([judged().code, judged().code], [Some(0), Some(0)]);
    let table = target.world.path("backlog.csv");
    // The other story is now the one of privacy; and then the figures rank a story that there is not.
    let turned = |text: String| {
        text.replace("privacy", "x")
            .replace("speed", "privacy")
            .replace("hidden,x", "hidden,speed")
            .replace(",x,", ",speed,")
    };
    with(&table, turned, || assert_ne!(judged().code, Some(0), "the values of the table are seen"));
    with(
        &table,
        |text| text.replace("fast,", "quick,"),
        || assert_ne!(judged().code, Some(0), "its ids are seen"),
    );
    assert_eq!(judged().code, Some(0));
}

/// What is damaged or cannot be kept is worked out again. A part of the test above, since there is one folder
/// for both.
fn damaged(target: &Target<'_>) {
    target.list();
    let green = target.same("at first", &[]);
    let kept = target.folder();
    // Mangled, exchanged for one another, and cut.
    let found = fs::read_dir(&kept).expect("a folder").flatten().map(|entry| entry.path());
    let read = |file: PathBuf| Some((fs::read(&file).ok().filter(|bytes| !bytes.is_empty())?, file));
    let (texts, all): (Vec<Vec<u8>>, Vec<PathBuf>) = found.filter_map(read).unzip();
    for mangle in 0..12_usize {
        for (place, file) in all.iter().enumerate() {
            let mut bytes = texts[place].clone();
            let length = bytes.len();
            match mangle {
                0 => *bytes.last_mut().expect("bytes") ^= 1,
                1 => bytes.clone_from(&texts[(place + 1) % texts.len()]),
                2 => bytes.truncate(40),
                // A bit here and there: in a table of parts, in the parts themselves.
                _ => bytes[(mangle - 3) * length / 9] ^= 4,
            }
            fs::write(file, bytes).expect("written");
        }
        assert_eq!(codes(&target.same("mangled", &[])), codes(&green));
        target.list();
    }
    // No folder can be made.
    let aside = kept.with_extension("aside");
    fs::rename(&kept, &aside).expect("renamed");
    fs::write(&kept, "no folder").expect("written");
    let ran = target.same("unwritable", &[]);
    fs::remove_file(&kept).expect("removed");
    fs::rename(&aside, &kept).expect("renamed");
    assert_eq!(codes(&ran), codes(&green));
    assert!(ran.iter().all(|ran| !ran.alone), "nothing could be kept");
}
