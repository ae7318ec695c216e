//! The recipes of CONTRIBUTING.md, tried: `tests/toys/` holds a patch for each, with a measure and a task kind that
//! nobody needs. A recipe names just the files that its patch touches, and the patch fits the code as it is.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
#[cfg(unix)]
use std::process::Command;

/// Recipe, patch, and what stands for `NAME` in the recipe.
const TOYS: [(&str, &str, &str); 2] =
    [("a measure", "measure.patch", "favourite"), ("a task kind", "task_kind.patch", "agree")];

/// What a patch does to one file.
struct Change {
    path: String,
    /// Lines that stand there, and what is to stand in their place; none stand in a new file.
    hunks: Vec<(String, String)>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The changes of a patch in git's format.
fn changes(patch: &str) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    for line in read(&format!("tests/toys/{patch}")).split_inclusive('\n') {
        if line.starts_with("diff --git ") {
            changes.push(Change { path: String::new(), hunks: Vec::new() });
            continue;
        }
        let change = changes.last_mut().expect("a patch begins with `diff --git`");
        if let Some(path) = line.strip_prefix("+++ b/") {
            change.path = path.trim_end().to_owned();
        } else if line.starts_with("@@ ") {
            change.hunks.push(Default::default());
        } else if let Some((old, new)) = change.hunks.last_mut() {
            let (sign, text) = line.split_at(1);
            if sign != "+" {
                old.push_str(text);
            }
            if sign != "-" {
                new.push_str(text);
            }
        }
    }
    changes
}

/// The file of a change with it, or why it does not fit.
fn changed(change: &Change) -> Result<String, String> {
    let path = root().join(&change.path);
    if let [(old, new)] = change.hunks.as_slice()
        && old.is_empty()
    {
        return if path.exists() { Err(format!("{} is there", change.path)) } else { Ok(new.clone()) };
    }
    let mut text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", change.path))?;
    for (old, new) in &change.hunks {
        match text.matches(old.as_str()).count() {
            1 => text = text.replace(old.as_str(), new),
            found => return Err(format!("{} has these lines {found} times:\n{old}", change.path)),
        }
    }
    Ok(text)
}

/// The files that the numbered steps of a recipe begin with.
fn named(recipe: &str, name: &str) -> BTreeSet<String> {
    let text = read("CONTRIBUTING.md");
    let headings = [format!("### Add {recipe}\n"), format!("### {recipe}\n")];
    let start = headings.iter().find_map(|heading| text.find(heading.as_str()));
    let section = &text[start.unwrap_or_else(|| panic!("CONTRIBUTING.md has no `### Add {recipe}`")) + 4..];
    let section = section.split("\n#").next().unwrap_or_default();
    let step = |line: &str| {
        let (number, rest) = line.split_once(". `")?;
        number.parse::<u32>().ok()?;
        Some(rest.split('`').next()?.replace("NAME", name))
    };
    section.lines().filter_map(step).collect()
}

#[test]
fn a_recipe_names_the_files_that_its_patch_touches() {
    for (recipe, patch, name) in TOYS {
        let touched: BTreeSet<String> = changes(patch).into_iter().map(|change| change.path).collect();
        assert_eq!(named(recipe, name), touched, "the recipe for {recipe}, and tests/toys/{patch}");
    }
}

#[test]
fn the_patches_fit_the_code_as_it_is() {
    for (_, patch, _) in TOYS {
        for change in changes(patch) {
            if let Err(why) = changed(&change) {
                panic!("tests/toys/{patch} no longer applies: {why}");
            }
        }
    }
}

#[cfg(unix)]
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").flatten() {
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        match path.is_dir() {
            true if ["target", ".git", "recordings"].iter().any(|name| entry.file_name() == *name) => {}
            true => copy(&path, &to),
            false => {
                fs::copy(&path, &to).expect("copied");
            }
        }
    }
}

#[test]
#[cfg(unix)]
#[ignore = "builds the crate a second time, with the patches: cargo test --test it toys -- --ignored"]
fn the_toys_build_and_judge() {
    let folder = tempfile::tempdir().expect("a folder");
    copy(root(), folder.path());
    for change in TOYS.iter().flat_map(|(_, patch, _)| changes(patch)) {
        fs::write(folder.path().join(&change.path), changed(&change).expect("it fits")).expect("written");
    }
    fs::write(folder.path().join("suites/toy.toml"), read("tests/toys/suite.toml")).expect("written");
    let judged = |further: &str| {
        let config = read("tests/toys/alignment.toml") + further;
        fs::write(folder.path().join("alignment.toml"), config).expect("written");
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the build folder");
        let run = Command::new(env!("CARGO"))
            .args(["test", "--offline", "--test", "alignment", "--target-dir"])
            .arg(target)
            .args(["--", "--nocapture", "--skip", "snapshot"])
            .current_dir(folder.path())
            .output()
            .expect("cargo runs");
        [run.stdout, run.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat()
    };
    let (good, bad) = (judged(""), judged("[[check]]\nexpect = \"T1 favourit >= 70%\"\n"));
    for (said, line) in [
        (&good, "pass: o1-preview: T1 favourite >= 70%"),
        (&good, "pass: assistant: T9 rates privacy agree >= 50%"),
        (&good, "pass: assistant: T9 rates speed agree <= 50%"),
        (&good, "3 passed; 0 failed"),
        (&bad, "did you mean `favourite`? For example: T1 favourite >= 90%"),
    ] {
        assert!(said.contains(line), "no `{line}` in\n{said}");
    }
}
