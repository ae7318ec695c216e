//! How the action gets its program, against a scripted forge: a release counts only where it is of the same sources and
//! has the checksum that was published for it. Whatever else there is, the program is built, and nothing else is run.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use crate::support::job::action;
use crate::support::server::{Reply, Server};

/// A program that says which version it is, and notes that it was run.
fn program(says: &str, runs: &Path) -> String {
    format!("#!/bin/sh\necho ran >>'{}'\necho 'cargo alignspec {says}'\n", runs.display())
}

fn executable(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(path, text).expect("written");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("set");
}

/// A runner, with a cargo that builds at once.
struct Runner {
    temp: tempfile::TempDir,
    name: String,
    version: String,
    sources: String,
}

impl Runner {
    fn new() -> Runner {
        let temp = tempfile::tempdir().expect("a folder");
        let output = Command::new(action().join("sources.sh")).output().expect("it runs");
        let told = String::from_utf8(output.stdout).expect("UTF-8");
        let of = |name: &str| {
            let found = told.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            found.unwrap_or_else(|| panic!("no {name} in {told}")).to_owned()
        };
        assert!(of("key").ends_with(&of("sources")) && of("sources").len() == 64, "{told}");
        let name = format!("cargo-alignspec-{}.tar.gz", of("target"));
        let runner = Runner { temp, name, version: of("version"), sources: of("sources") };
        assert_eq!(runner.version, env!("CARGO_PKG_VERSION"));
        let cargo = format!(
            "#!/bin/sh\nwhile [ $# -gt 0 ]; do if [ \"$1\" = --root ]; then root=$2; fi; last=$1; shift; done\n[ -f \"$last/Cargo.toml\" ] || exit 9\nmkdir -p \"$root/bin\"\ncp '{}' \"$root/bin/cargo-alignspec\"\n",
            runner.path("fresh").display()
        );
        executable(&runner.path("cargo/cargo"), &cargo);
        executable(&runner.path("fresh"), &program(&runner.version, &runner.path("built-ran")));
        runner
    }

    fn path(&self, name: &str) -> PathBuf {
        self.temp.path().join(name)
    }

    /// Packs a program as a release has it, and returns the two assets.
    fn pack(&self, text: &str) -> (Vec<u8>, String) {
        executable(&self.path("to-pack"), text);
        let packed = self.path("packed");
        let output = Command::new(action().join("pack.sh")).arg(self.path("to-pack")).arg(&packed).output();
        assert!(output.expect("it runs").status.success());
        let sums = fs::read_to_string(packed.join(format!("{}.sha256", self.name))).expect("sums");
        (fs::read(packed.join(&self.name)).expect("an archive"), sums)
    }

    /// Runs install.sh: exit code and output.
    fn install(&self, server: &str, variables: &[(&str, &str)]) -> (Option<i32>, String) {
        let path = format!("{}:{}", self.path("cargo").display(), std::env::var("PATH").expect("a path"));
        let output = Command::new(action().join("install.sh"))
            .env("RUNNER_TEMP", self.temp.path())
            .env("PATH", path)
            .env("REPOSITORY", "team/alignspec")
            .env("GITHUB_SERVER_URL", server)
            .env("NO_PROXY", "127.0.0.1")
            .envs(variables.iter().copied())
            .output()
            .expect("it runs");
        let text = String::from_utf8_lossy(&[output.stderr, output.stdout].concat()).into_owned();
        (output.status.code(), text)
    }

    /// The last line of a run that has to go well, and what it warned of before.
    fn told(&self, server: &str) -> (String, String) {
        let (code, text) = self.install(server, &[]);
        assert_eq!(code, Some(0), "{text}");
        let (before, last) = text.trim_end().rsplit_once('\n').unwrap_or(("", text.trim_end()));
        (last.to_owned(), before.to_owned())
    }

    fn installed(&self) -> String {
        fs::read_to_string(self.path("alignspec-cli/bin/cargo-alignspec")).expect("a program")
    }

    fn forget(&self) {
        fs::remove_dir_all(self.path("alignspec-cli")).ok();
    }

    fn says(&self, end: &str) -> String {
        format!("cargo alignspec {} {end}", self.version)
    }

    /// A forge that has a release with these assets.
    fn forge(&self, archive: Vec<u8>, sums: String) -> Server {
        let at = format!("GET /team/alignspec/releases/download/v{}/{}", self.version, self.name);
        let (archive, sums) = (Arc::new(archive), Arc::new(sums));
        Server::start(move |request| {
            let body = match request.target.strip_prefix(&at) {
                Some("") => archive.to_vec(),
                Some(".sha256") => sums.clone().as_bytes().to_vec(),
                _ => return Reply::Answer { status: 404, headers: Vec::new(), body: b"Not Found".to_vec() },
            };
            Reply::Answer { status: 200, headers: Vec::new(), body }
        })
    }
}

#[test]
fn a_release_of_the_same_sources_is_installed_and_the_next_run_asks_nobody() {
    let runner = Runner::new();
    let text = program(&runner.version, &runner.path("release-ran"));
    let (archive, sums) = runner.pack(&text);
    let forge = runner.forge(archive, sums);
    assert_eq!(runner.told(&forge.root()), (runner.says("comes from the release"), String::new()));
    assert_eq!((runner.installed(), forge.count()), (text, 2));
    assert_eq!(runner.told(&forge.root()), (runner.says("comes from the cache"), String::new()));
    assert_eq!(forge.count(), 2, "the cache has it");
    // What the cache has of other sources, or what does not run, is not this revision's.
    fs::write(runner.path("alignspec-cli/sources"), "0000\n").expect("written");
    assert_eq!(runner.told(&forge.root()).0, runner.says("comes from the release"));
    executable(&runner.path("alignspec-cli/bin/cargo-alignspec"), &program("0.0.9", &runner.path("old-ran")));
    assert_eq!(runner.told(&forge.root()).0, runner.says("comes from the release"));
    // Without the name of a repository, or with a strange one, no forge is asked.
    for repository in ["", "team", "a/b/c", "../x", "team/$(id)", "team/alignspec?x"] {
        runner.forget();
        let count = forge.count();
        let (code, told) = runner.install(&forge.root(), &[("REPOSITORY", repository)]);
        assert!(code == Some(0) && told.ends_with("was built\n"), "{repository}: {told}");
        assert_eq!(forge.count(), count, "{repository}");
    }
    runner.forget();
    let (code, told) = runner.install("http://forge.example", &[]);
    assert!(code == Some(0) && told.ends_with("was built\n"), "{told}");
    assert_eq!(runner.installed(), fs::read_to_string(runner.path("fresh")).expect("read"));
}

#[test]
fn without_a_release_for_this_machine_it_is_built() {
    let runner = Runner::new();
    let (archive, sums) = runner.pack(&program(&runner.version, &runner.path("release-ran")));
    let none = Server::start(|_| Reply::Answer { status: 404, headers: Vec::new(), body: Vec::new() });
    let (last, before) = runner.told(&none.root());
    assert_eq!(last, runner.says("was built"));
    assert!(before.starts_with("there is no release v") && !before.contains("::warning"), "{before}");
    assert_eq!(none.count(), 1);
    // The release of the same version was built from other sources: an old one.
    runner.forget();
    let old = runner.forge(archive, sums.replace(&runner.sources, &"0".repeat(64)));
    let (last, before) = runner.told(&old.root());
    assert_eq!((last, old.count()), (runner.says("was built"), 1));
    assert!(before.contains("is of other sources than this revision of the action"), "{before}");
    assert!(!runner.path("release-ran").exists());
    // Where nothing can be built either, it says what to do.
    runner.forget();
    fs::remove_file(runner.path("cargo/cargo")).expect("removed");
    for tool in [
        "bash",
        "sed",
        "find",
        "sort",
        "xargs",
        "cat",
        "sha256sum",
        "curl",
        "tar",
        "grep",
        "mktemp",
        "rm",
        "mkdir",
        "mv",
        "head",
        "dirname",
        "uname",
    ] {
        let found = std::env::split_paths(&std::env::var_os("PATH").expect("a path"))
            .map(|folder| folder.join(tool))
            .find(|path| path.is_file());
        symlink(found.unwrap_or_else(|| panic!("no {tool}")), runner.path("cargo").join(tool))
            .expect("a link");
    }
    let only = runner.path("cargo").display().to_string();
    let (code, told) = runner.install(&none.root(), &[("PATH", &only)]);
    assert!(code == Some(1) && told.contains("there is no cargo here: install a Rust toolchain"), "{told}");
    assert!(!runner.path("alignspec-cli/bin/cargo-alignspec").exists());
}

#[test]
fn what_is_not_as_it_was_published_is_not_run() {
    let runner = Runner::new();
    let (_, sums) = runner.pack(&program(&runner.version, &runner.path("release-ran")));
    let (archive, others) = runner.pack(&program(&runner.version, &runner.path("tampered-ran")));
    let checked = |archive: Vec<u8>, sums: &str, wanted: &str| {
        runner.forget();
        let forge = runner.forge(archive, sums.to_owned());
        let (last, before) = runner.told(&forge.root());
        assert_eq!(last, runner.says("was built"), "{wanted}");
        assert!(before.contains("::warning title=alignspec::") && before.contains(wanted), "{before}");
        assert!(!runner.path("tampered-ran").exists(), "{wanted}: it was run");
        assert_eq!(runner.installed(), fs::read_to_string(runner.path("fresh")).expect("read"));
    };
    let not_published = "does not have the checksum that was published for it: it is not run";
    checked(archive.clone(), &sums, not_published);
    checked(archive[..archive.len() / 2].to_vec(), &others, not_published);
    checked(Vec::new(), &others, not_published);
    // No checksum of the archive, and one of another file.
    let without: Vec<&str> = others.lines().filter(|line| line.ends_with("  sources")).collect();
    checked(archive.clone(), &(without.join("\n") + "\n"), not_published);
    checked(archive.clone(), &others.replace(&runner.name, "other.tar.gz"), not_published);
    // Its checksum is right, but it is of another version, no program, or a link.
    let (old, sums) = runner.pack(&program("0.0.9", &runner.path("old-ran")));
    checked(old, &sums, "does not run here");
    let (broken, sums) = runner.pack("\u{0}");
    checked(broken, &sums, "does not run here");
    let folder = runner.path("linked");
    fs::create_dir_all(&folder).expect("made");
    symlink(runner.path("fresh"), folder.join("cargo-alignspec")).expect("a link");
    let made = Command::new("tar")
        .arg("-czf")
        .arg(runner.path("linked.tar.gz"))
        .arg("-C")
        .arg(&folder)
        .arg("cargo-alignspec")
        .status();
    assert!(made.expect("tar runs").success());
    let linked = fs::read(runner.path("linked.tar.gz")).expect("read");
    let sum = Command::new("sha256sum").arg(runner.path("linked.tar.gz")).output().expect("it runs").stdout;
    let sum = String::from_utf8_lossy(&sum)[..64].to_owned();
    checked(linked, &format!("{sum}  {}\n{}  sources\n", runner.name, runner.sources), "does not run here");
}

#[test]
fn a_forge_that_is_down_or_out_of_reach_is_told_and_it_is_built() {
    let runner = Runner::new();
    let told = |server: &str, wanted: &str| {
        runner.forget();
        let (last, before) = runner.told(server);
        assert_eq!(last, runner.says("was built"), "{wanted}");
        assert!(
            before.contains("::warning title=alignspec::the release v") && before.contains(wanted),
            "{before}"
        );
    };
    let down =
        Server::start(|_| Reply::Answer { status: 502, headers: Vec::new(), body: b"Bad Gateway".to_vec() });
    told(&down.root(), ".sha256: 502), so cargo alignspec is built instead");
    let rude = Server::start(|_| Reply::HangUp);
    told(&rude.root(), "no answer), so cargo alignspec is built instead");
    told("http://127.0.0.1:1", "no answer), so cargo alignspec is built instead");
    // Down between the two.
    let (_, sums) = runner.pack(&program(&runner.version, &runner.path("release-ran")));
    let name = runner.name.clone();
    let half = Server::start(move |request| match request.target.ends_with(".sha256") {
        true => Reply::Answer { status: 200, headers: Vec::new(), body: sums.clone().into_bytes() },
        false => Reply::Answer { status: 502, headers: Vec::new(), body: Vec::new() },
    });
    told(&half.root(), &format!("({name}: 502)"));
    assert_eq!(half.count(), 2);
    // It sends somewhere else, where nothing is safe.
    let away = Server::start(|_| {
        let moved = Reply::Answer { status: 302, headers: Vec::new(), body: Vec::new() };
        moved.header("location", "ftp://127.0.0.1:1/x")
    });
    told(&away.root(), "no answer)");
}

#[test]
fn a_release_is_published_for_the_tag_of_its_version_only() {
    let runner = Runner::new();
    let log = runner.path("gh.log");
    executable(&runner.path("cargo/gh"), &format!("#!/bin/sh\necho \"$@\" >>'{}'\n", log.display()));
    runner.pack(&program(&runner.version, &runner.path("release-ran")));
    let publish = |tag: &str| {
        let path = format!("{}:{}", runner.path("cargo").display(), std::env::var("PATH").expect("a path"));
        let output = Command::new(action().join("publish.sh"))
            .arg(runner.path("packed"))
            .envs([
                ("PATH", path.as_str()),
                ("GITHUB_REF_NAME", tag),
                ("GITHUB_REPOSITORY", "team/alignspec"),
            ])
            .output()
            .expect("it runs");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, told) = publish("v9.9.9");
    assert!(code == Some(1) && told.contains("the tag is \"v9.9.9\", and the version is"), "{told}");
    assert!(!log.exists());
    let tag = format!("v{}", runner.version);
    assert_eq!(publish(&tag).0, Some(0));
    let said = fs::read_to_string(&log).expect("asked");
    assert!(
        said.starts_with(&format!("release view {tag} --repo team/alignspec\nrelease upload {tag} ")),
        "{said}"
    );
    assert!(
        said.contains(&format!("/{}\n", runner.name)) || said.contains(&format!("/{} ", runner.name)),
        "{said}"
    );
    assert!(!said.contains("--clobber"), "{said}");
}
