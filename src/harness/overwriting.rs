//! Loud words before a run that would overwrite its own baseline: settings of insta that store new
//! answers without a review, or let a drifted snapshot pass.

use std::path::Path;

use crate::config::Config;
use crate::run::{Run, Subject};
use crate::snapshot::some;

/// What a setting does to the snapshots of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Harm {
    /// All are written anew.
    All,
    /// Those that drifted, and new ones, are.
    Drifted,
    /// None are, but no drift fails.
    Silenced,
}

/// One setting of insta that does harm.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Setting {
    /// As it is written.
    text: String,
    /// How one takes it back.
    undo: String,
    harm: Harm,
}

/// The warning, where one of the trials that run (by name) has a snapshot in danger.
pub(super) fn warning(run: &Run, root: &Path, runs: impl Fn(&str) -> bool) -> Option<String> {
    let found = harms(|name| std::env::var(name).ok(), file(root));
    if found.is_empty() {
        return None;
    }
    let drift = run.planned.iter().filter(|planned| runs(&planned.name));
    let files = drift.filter_map(|planned| match &planned.subject {
        Subject::Drift { task, .. } => {
            let path = super::drift::path(&run.config, &planned.model, run.suites.task(task)?);
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

/// A path as one types it in the crate's folder.
fn shown(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}

/// insta's settings file, by its place in the workspace, which begins at the lock file.
fn file(root: &Path) -> Option<(&'static str, String)> {
    let workspace = root.ancestors().find(|folder| folder.join("Cargo.lock").exists()).unwrap_or(root);
    [".config/insta.yaml", "insta.yaml", ".insta.yaml"]
        .into_iter()
        .find_map(|name| Some((name, std::fs::read_to_string(workspace.join(name)).ok()?)))
}

/// The settings that do harm, as insta reads them: a variable that is set goes before the file.
fn harms(variable: impl Fn(&str) -> Option<String>, file: Option<(&str, String)>) -> Vec<Setting> {
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
        // `cargo insta test` lets all tests run to their end, and tells of what is pending itself.
        let its_own = harm == Harm::Silenced && is("INSTA_CARGO_INSTA", "1");
        if is(name, value) && !its_own {
            found.push(Setting { text: format!("{name}={value}"), undo: format!("unset {name}"), harm });
        }
    }
    let Some((name, text)) = file else { return found };
    for (field, value, over, harm) in [
        ("update", "force", "INSTA_UPDATE", Harm::All),
        ("force_update", "true", "INSTA_UPDATE", Harm::All),
        ("update", "always", "INSTA_UPDATE", Harm::Drifted),
        ("force_pass", "true", "INSTA_FORCE_PASS", Harm::Silenced),
    ] {
        // These names stand in no other section of the file.
        let set = text.lines().any(|line| {
            let line = line.split('#').next().unwrap_or(line);
            let pair = line.split_once(':').map(|(name, value)| (name.trim(), value.trim()));
            pair.is_some_and(|(name, set)| name == field && set.trim_matches(['"', '\'']) == value)
        });
        if set && variable(over).is_none_or(|set| set.is_empty()) {
            let text = format!("`{field}: {value}` in {name}");
            found.push(Setting { undo: format!("remove {text}"), text, harm });
        }
    }
    found
}

fn words(found: &[Setting], files: &[String], folder: &str) -> String {
    let join = |part: fn(&Setting) -> &str, by: &str| found.iter().map(part).collect::<Vec<_>>().join(by);
    let has = |harm: Harm| found.iter().any(|setting| setting.harm == harm);
    let (what, then, stored) = if has(Harm::All) {
        (
            "overwrites every snapshot below, drifted or not",
            "the new answers become the baseline of every later run, and nobody has reviewed them",
            true,
        )
    } else if has(Harm::Drifted) {
        (
            "overwrites every snapshot below that drifted or whose suite changed, and lets its test pass",
            "the new answers become the baseline of every later run, and nobody has reviewed them",
            true,
        )
    } else {
        ("lets the tests of the snapshots below pass even where they drifted", "a drift goes unseen", false)
    };
    let rule = "=".repeat(72);
    let mut lines = vec![rule.clone(), format!("warning: {} {what}", join(|one| &one.text, " and "))];
    lines.push(format!("  {}", some(files)));
    lines.push(format!("  {then}"));
    if stored {
        lines.push(format!("  to undo it:         git checkout -- {folder}"));
    }
    lines.push(format!(
        "  to review instead:  {}; run it again; `cargo insta review`",
        join(|one| &one.undo, ", ")
    ));
    lines.push(rule);
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(set: &[(&str, &str)], file: Option<&str>) -> Vec<Setting> {
        let variable =
            |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        harms(variable, file.map(|text| ("insta.yaml", text.to_owned())))
    }

    fn of(set: &[(&str, &str)]) -> Vec<Setting> {
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
                 to review instead:  unset INSTA_UPDATE, unset INSTA_FORCE_PASS; run it again; `cargo insta review`\n\
                 {rule}"
            )
        );
        let silenced = words(&of(&[("INSTA_FORCE_PASS", "1")]), &files[..1], "snapshots");
        assert!(silenced.contains("pass even where they drifted") && !silenced.contains("git checkout"));
    }
}
