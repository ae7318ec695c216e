//! Settings of insta that would store new answers without a review or let a drifted snapshot pass. A
//! snapshot's verdict is never insta's (see [`drift`](super::drift)), so none of them hides a drift. Where
//! people run tests, a variable that stores changes is obeyed, after a loud warning. In a gate nobody
//! reviews, so every such setting is an error, and nothing is stored.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::config::Config;
use crate::ground::diagnostic::{Diagnostic, Source};
use crate::ground::environment::is_gate;
use crate::ground::text::one_line;
use crate::run::{Problem, Run, Subject};
use crate::snapshot::some;

/// What a setting does to the snapshots of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Harm {
    All,
    /// Snapshots that drifted are overwritten, and new ones are stored.
    Drifted,
    /// No snapshot is overwritten, but a drift does not fail the test.
    Silenced,
}

/// One setting of insta that does harm.
#[derive(Debug, Clone, PartialEq, Eq)]
struct InstaSetting {
    text: String,
    undo: String,
    harm: Harm,
    /// The place of the setting, if it is in a file.
    place: Option<(Source, usize)>,
}

/// Whether a variable of insta's says to store a snapshot that changed, or that is new. `cargo insta test`
/// sets one, and reports pending snapshots itself. In a gate no variable counts, and files never count,
/// because a change could bring its own.
pub(super) fn stores(new: bool) -> bool {
    stores_by(|name| env::var(name).ok(), new)
}

fn stores_by(variable: impl Fn(&str) -> Option<String>, new: bool) -> bool {
    let is = |name: &str, value: &str| variable(name).is_some_and(|set| set == value);
    let update = ["always", "1", "force"].iter().any(|value| is("INSTA_UPDATE", value));
    let old = is("INSTA_FORCE_UPDATE", "1") || is("INSTA_FORCE_UPDATE_SNAPSHOTS", "1");
    let unseen = new && is("INSTA_UPDATE", "unseen");
    let its_own = is("INSTA_FORCE_PASS", "1") && is("INSTA_CARGO_INSTA", "1");
    !is_gate(&variable) && (update || old || unseen || its_own)
}

/// Says what a variable of insta's has made the snapshot without a review.
pub(super) fn taken_unseen(model: &str, task: &str, why: &str) -> String {
    // A first snapshot takes the place of none.
    let level = if why.starts_with("new: ") { "note" } else { "warning" };
    let why = why.split("\n  to do ").next().unwrap_or(why);
    format!(
        "{level}: {model}: {}: {} stored these answers as the snapshot, and nobody reviewed them: {}\n  to undo   restore the snapshot with git, or delete it; then run without that variable",
        task,
        storing(),
        one_line(why, 400)
    )
}

/// Whether insta may store anything, which it may not in a gate with harmful settings. Nor may it store a snapshot that
/// is `new` there without a review: the next attempt at the same test would find it and pass.
pub(super) fn may_store(root: &Path, new: bool) -> bool {
    let variable = |name: &str| env::var(name).ok();
    let unseen = || takes_unseen(variable, file(root));
    !is_gate(variable) || (here(root).is_empty() && !(new && unseen()))
}

/// Whether a setting of insta's says to store new snapshots at once.
fn takes_unseen(variable: impl Fn(&str) -> Option<String>, file: Option<(&str, String)>) -> bool {
    match variable("INSTA_UPDATE").filter(|set| !set.is_empty()) {
        Some(set) => set == "unseen",
        None => file.is_some_and(|(_, text)| position(&text, "update", "unseen").is_some()),
    }
}

/// Returns the variables of insta's that have a snapshot stored that changed or is new, for messages.
pub(super) fn storing() -> String {
    let names = ["INSTA_UPDATE", "INSTA_FORCE_UPDATE", "INSTA_FORCE_UPDATE_SNAPSHOTS", "INSTA_CARGO_INSTA"];
    let shown = |name: &str| {
        let value = env::var(name).ok().filter(|value| !value.is_empty())?;
        Some(format!("{name}={}", one_line(&value, 20)))
    };
    names.into_iter().filter_map(shown).collect::<Vec<_>>().join(" and ")
}

/// Returns the harmful settings for the crate in `root`.
fn here(root: &Path) -> Vec<InstaSetting> {
    harms(|name| env::var(name).ok(), file(root))
}

/// Returns the harmful settings as mistakes, if this run is a gate and a snapshot is among the trials that
/// run (by name).
pub(super) fn mistakes(run: &Run, root: &Path, runs: impl Fn(&str) -> bool) -> Vec<Problem> {
    let mut drift = run.planned.iter().filter(|planned| matches!(planned.subject, Subject::Drift { .. }));
    if !is_gate(|name| env::var(name).ok()) || !drift.any(|planned| runs(&planned.name)) {
        return Vec::new();
    }
    here(root).into_iter().map(InstaSetting::mistake).collect()
}

impl InstaSetting {
    fn mistake(self) -> Problem {
        let what = match self.harm {
            Harm::All => "would overwrite every snapshot in a gate, where nobody reviews them",
            Harm::Drifted => "would overwrite snapshots that drifted in a gate, where nobody reviews them",
            Harm::Silenced => "would let snapshots that drifted pass in a gate",
        };
        let mut diagnostic = Diagnostic::new(format!("{} {what}", self.text));
        let mut name = self.text;
        if let Some((source, at)) = &self.place {
            let length = source.text[*at..].lines().next().map_or(0, str::len);
            diagnostic = diagnostic.at(source, *at..at + length);
            let line = source.text[..*at].matches('\n').count() + 1;
            name = format!("{}:{line}", source.name);
        }
        let undo = self.undo;
        let diagnostic = diagnostic
            .help(format!("{undo}; accept snapshots outside of a gate, with `cargo alignspec accept`"));
        Problem { name, diagnostic }
    }
}

/// Returns the warning, if one of the trials that run (by name) has a snapshot that could be overwritten.
pub(super) fn warning(run: &Run, root: &Path, runs: impl Fn(&str) -> bool) -> Option<String> {
    // A setting that would only let a drift pass does no harm, since the verdict is not insta's.
    let found: Vec<InstaSetting> = here(root).into_iter().filter(|one| one.harm != Harm::Silenced).collect();
    if found.is_empty() || !may_store(root, false) {
        return None;
    }
    let drift = run.planned.iter().filter(|planned| runs(&planned.name));
    let files = drift.filter_map(|planned| match &planned.subject {
        Subject::Drift { task, .. } => {
            let path = crate::snapshot::stored::path(
                &run.config.snapshots,
                &planned.model,
                &run.suites.task(task)?.id,
            );
            path.exists().then(|| shown(root, &path))
        }
        Subject::Check { .. } | Subject::Reading { .. } => None,
    });
    let files: Vec<String> = files.collect();
    (!files.is_empty()).then(|| words(&found, &files, &folder(&run.config, root)))
}

fn folder(config: &Config, root: &Path) -> String {
    shown(root, &config.snapshots)
}

/// Returns a path relative to the crate's folder.
fn shown(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}

/// Whether insta has no setting that concerns a snapshot that passes: no file, and no variable except an
/// `INSTA_UPDATE` about changed and new snapshots only, such as the `no` that CI sets.
pub(super) fn leave_alone_what_stands(root: &Path) -> bool {
    let of_changes = ["", "auto", "no", "new", "unseen"];
    let harmless = |name: &OsStr, value: &OsStr| {
        !name.as_encoded_bytes().starts_with(b"INSTA_")
            || (name == "INSTA_UPDATE" && of_changes.iter().any(|known| value == *known))
    };
    env::vars_os().all(|(name, value)| harmless(&name, &value)) && file(root).is_none()
}

/// Returns insta's settings file by its place in the workspace, which begins at the lock file.
fn file(root: &Path) -> Option<(&'static str, String)> {
    let named = env::var_os("INSTA_WORKSPACE_ROOT").map(PathBuf::from);
    let workspace = root.ancestors().find(|folder| folder.join("Cargo.lock").exists()).unwrap_or(root);
    let workspace = named.as_deref().unwrap_or(workspace);
    [".config/insta.yaml", "insta.yaml", ".insta.yaml"]
        .into_iter()
        .find_map(|name| Some((name, std::fs::read_to_string(workspace.join(name)).ok()?)))
}

/// Returns the harmful settings as insta reads them: a variable that is set comes before the file.
fn harms(variable: impl Fn(&str) -> Option<String>, file: Option<(&str, String)>) -> Vec<InstaSetting> {
    let is = |name: &str, value: &str| variable(name).is_some_and(|set| set == value);
    let mut found = Vec::new();
    for (name, value, harm) in [
        ("INSTA_UPDATE", "force", Harm::All),
        ("INSTA_FORCE_UPDATE", "1", Harm::All),
        ("INSTA_FORCE_UPDATE_SNAPSHOTS", "1", Harm::All),
        ("INSTA_UPDATE", "always", Harm::Drifted),
        ("INSTA_UPDATE", "1", Harm::Drifted),
        ("INSTA_FORCE_PASS", "1", Harm::Silenced),
    ] {
        // `cargo insta test` lets all tests run to their end, and reports pending snapshots itself.
        let its_own = harm == Harm::Silenced && is("INSTA_CARGO_INSTA", "1");
        if is(name, value) && !its_own {
            let (text, undo) = (format!("{name}={value}"), format!("unset {name}"));
            found.push(InstaSetting { text, undo, harm, place: None });
        }
    }
    let Some((name, text)) = file else { return found };
    let source = Source::new(name, text);
    for (field, value, over, off, harm) in [
        ("update", "force", "INSTA_UPDATE", "no", Harm::All),
        ("force_update", "true", "INSTA_UPDATE", "no", Harm::All),
        ("update", "always", "INSTA_UPDATE", "no", Harm::Drifted),
        ("force_pass", "true", "INSTA_FORCE_PASS", "0", Harm::Silenced),
    ] {
        let place = position(&source.text, field, value);
        if let Some(at) = place
            && variable(over).is_none_or(|set| set.is_empty())
        {
            let text = format!("`{field}: {value}` in {name}");
            let undo = format!("remove {text}, or set {over}={off}");
            found.push(InstaSetting { undo, text, harm, place: Some((source.clone(), at)) });
        }
    }
    found
}

/// Returns where a field of insta's settings file has a value. No other section of the file has fields with
/// these names.
fn position(text: &str, field: &str, value: &str) -> Option<usize> {
    let plain = |word: &str| word.trim().trim_matches(['"', '\'']).to_lowercase();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let code = line.split('#').next().unwrap_or(line);
        let mut pairs = code.split(['{', '}', ',']).filter_map(|part| part.rsplit_once(':'));
        if pairs
            .any(|(name, set)| plain(name.rsplit(':').next().unwrap_or(name)) == field && plain(set) == value)
        {
            return Some(at);
        }
        at += line.len();
    }
    None
}

fn words(found: &[InstaSetting], files: &[String], folder: &str) -> String {
    let join =
        |part: fn(&InstaSetting) -> &str, by: &str| found.iter().map(part).collect::<Vec<_>>().join(by);
    let has = |harm: Harm| found.iter().any(|setting| setting.harm == harm);
    let what = if has(Harm::All) {
        "overwrites every snapshot below, drifted or not"
    } else if found.iter().all(|setting| setting.place.is_some()) {
        "overwrites every snapshot below that drifted or whose suite changed"
    } else {
        "overwrites every snapshot below that drifted or whose suite changed, and lets its test pass"
    };
    let rule = "=".repeat(72);
    [
        rule.clone(),
        format!("warning: {} {what}", join(|one| &one.text, " and ")),
        format!("  {}", some(files)),
        "  the new answers become the baseline of every later run, and nobody has reviewed them".to_owned(),
        format!("  to undo it:         git checkout -- {folder}"),
        format!(
            "  to review instead:  {}, run again, then `cargo insta review`",
            join(|one| &one.undo, ", ")
        ),
        rule,
    ]
    .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(set: &[(&str, &str)], file: Option<&str>) -> Vec<InstaSetting> {
        let variable =
            |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        harms(variable, file.map(|text| ("insta.yaml", text.to_owned())))
    }

    fn of(set: &[(&str, &str)]) -> Vec<InstaSetting> {
        with(set, None)
    }

    #[test]
    fn settings_that_do_harm_are_known_and_the_others_are_let_be() {
        for (name, value, harm) in [
            ("INSTA_UPDATE", "force", Harm::All),
            ("INSTA_FORCE_UPDATE", "1", Harm::All),
            ("INSTA_FORCE_UPDATE_SNAPSHOTS", "1", Harm::All),
            ("INSTA_UPDATE", "always", Harm::Drifted),
            ("INSTA_UPDATE", "1", Harm::Drifted),
            ("INSTA_FORCE_PASS", "1", Harm::Silenced),
        ] {
            let found = of(&[(name, value)]);
            assert_eq!((found.len(), &*found[0].text, found[0].harm), (1, &*format!("{name}={value}"), harm));
        }
        for value in ["auto", "new", "unseen", "no", "", "0"] {
            assert_eq!(of(&[("INSTA_UPDATE", value), ("INSTA_FORCE_PASS", "0")]), [], "{value}");
        }
        assert_eq!(of(&[("INSTA_FORCE_PASS", "1"), ("INSTA_CARGO_INSTA", "1")]), []);
    }

    #[test]
    fn the_settings_file_counts_where_no_variable_does() {
        let text = "behavior:\n  update: \"force\" # why\n  force_pass: true\n";
        let found: Vec<Harm> = with(&[], Some(text)).iter().map(|setting| setting.harm).collect();
        assert_eq!(found, [Harm::All, Harm::Silenced]);
        let found = with(&[("INSTA_UPDATE", "no")], Some(text));
        assert_eq!((found.len(), &*found[0].text), (1, "`force_pass: true` in insta.yaml"));
        let harmless = "behavior:\n  # update: force\n  update: new\n  force_pass: false\n";
        assert_eq!(with(&[], Some(harmless)), []);
    }

    #[test]
    fn the_warning_says_what_is_overwritten_and_how_to_undo_it() {
        let files: Vec<String> = (1..=8).map(|at| format!("snapshots/m.T{at}.snap")).collect();
        let both = of(&[("INSTA_UPDATE", "force"), ("INSTA_FORCE_PASS", "1")]);
        let rule = "=".repeat(72);
        assert_eq!(
            words(&both, &files, "snapshots"),
            format!(
                "{rule}\n\
                 warning: INSTA_UPDATE=force and INSTA_FORCE_PASS=1 overwrites every snapshot below, drifted or not\n  \
                 snapshots/m.T1.snap, snapshots/m.T2.snap, snapshots/m.T3.snap, snapshots/m.T4.snap, snapshots/m.T5.snap, snapshots/m.T6.snap and 2 more\n  \
                 the new answers become the baseline of every later run, and nobody has reviewed them\n  \
                 to undo it:         git checkout -- snapshots\n  \
                 to review instead:  unset INSTA_UPDATE, unset INSTA_FORCE_PASS, run again, then `cargo insta review`\n\
                 {rule}"
            )
        );
        let file = with(&[], Some("behavior: { update: always }\n"));
        let said = words(&file, &files[..1], "snapshots");
        assert!(said.contains("whose suite changed\n") && !said.contains("lets its test pass"), "{said}");
    }

    #[test]
    fn only_a_variable_outside_of_a_gate_stores_what_changed() {
        let stores = |set: &[(&str, &str)], new: bool| {
            stores_by(
                |name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()),
                new,
            )
        };
        for set in [
            &[("INSTA_UPDATE", "always")][..],
            &[("INSTA_UPDATE", "force")],
            &[("INSTA_FORCE_UPDATE", "1")],
            &[("INSTA_FORCE_PASS", "1"), ("INSTA_CARGO_INSTA", "1")],
        ] {
            assert!(stores(set, false), "{set:?}");
            for gate in [("CI", "true"), ("TF_BUILD", ""), ("ALIGNSPEC_RESULTS", "x")] {
                assert!(!stores(&[set, &[gate]].concat(), false), "{set:?} {gate:?}");
            }
            assert!(stores(&[set, &[("CI", "false"), ("ALIGNSPEC_RESULTS", "")]].concat(), false));
        }
        assert!(!stores(&[("INSTA_FORCE_PASS", "1")], false) && !stores(&[("INSTA_UPDATE", "new")], true));
        let unseen = [("INSTA_UPDATE", "unseen")];
        assert!(stores(&unseen, true) && !stores(&unseen, false));
    }

    #[test]
    fn a_setting_in_a_gate_is_shown_where_it_stands() {
        let text = "behavior:\n  update: \"no\"\n  'force_pass': True # for now\n";
        let problem = with(&[], Some(text)).remove(0).mistake();
        assert_eq!(problem.name, "insta.yaml:3");
        let shown = problem.diagnostic.to_string();
        for part in
            ["`force_pass: true` in insta.yaml would let", "--> insta.yaml:3:1", "set INSTA_FORCE_PASS=0"]
        {
            assert!(shown.contains(part), "no {part} in\n{shown}");
        }
        let problem = of(&[("INSTA_UPDATE", "always")]).remove(0).mistake();
        assert_eq!(problem.name, "INSTA_UPDATE=always");
        assert!(problem.diagnostic.to_string().contains("help: unset INSTA_UPDATE; "));
    }
}
