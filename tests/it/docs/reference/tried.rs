//! Examples of keys, read by the real parsers: each works, what holds where a key is left out is what the code has,
//! and which providers and kinds of task take a key is found by trying.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::fs;
use std::path::Path;

use alignspec::__testing::baseline::Tally;
use alignspec::__testing::config::Config;
use alignspec::__testing::diagnostic::{Diagnostic, Source};
use alignspec::__testing::provider::parse_config;
use alignspec::__testing::suite::{Suite, TaskKind, load};

use super::keys::{Key, Provider};
use crate::docs::pages::root;

const MODEL: &str = "[[model]]\nname = \"m\"\nprovider = \"tally\"\nprice = { input = 0, output = 0 }\n";

fn parsed(text: &str) -> Result<Config, String> {
    let source = Source::new("alignment.toml", text);
    parse_config(Path::new("/"), source).map_err(|problem| problem.to_string())
}

type Keys = BTreeMap<String, Key>;

/// Reads the examples of a table of alignment.toml.
pub(super) fn config(path: &str, keys: &Keys) {
    let tried = keys.iter().filter(|(_, key)| !key.example.is_empty() && key.untried.is_none());
    let works = |text: &str| {
        if let Err(problem) = parsed(text) {
            panic!("an example of keys.toml does not work:\n{text}\n{problem}");
        }
    };
    match path {
        // Each model's provider takes some of them: see `providers`.
        "model" => {}
        "" => tried.for_each(|(_, key)| works(&format!("{}\n{MODEL}", key.example))),
        "sampling" | "verdict" | "budget" | "drift" => tried.for_each(|(name, key)| {
            let with = |line: &str| format!("[{path}]\n{line}\n{MODEL}");
            works(&with(&key.example));
            let unset = format!("{name} = {}", key.unset);
            if toml::from_str::<toml::Table>(&unset).is_ok() && key.same.unwrap_or(true) {
                let (set, left_out) = (sections(&with(&unset)), sections(MODEL));
                assert_eq!(set, left_out, "`{name}` left out is not as keys.toml says");
            }
        }),
        _ => {
            let all: Vec<&str> = tried.map(|(_, key)| key.example.as_str()).collect();
            let (all, base) = (all.join("\n"), "[[model]]\nname = \"m\"\n");
            works(&match path {
                "model.price" => {
                    format!(
                        "{base}provider = \"openai\"\nmodel = \"x\"\nprice = {{ {} }}",
                        all.replace('\n', ", ")
                    )
                }
                "model.messages" => {
                    format!("{base}provider = \"openai\"\nmodel = \"x\"\n[[model.messages]]\n{all}")
                }
                // An answer is text, or in the service's own shape.
                "model.http" => {
                    let without = |start: &str| {
                        let lines = all.lines().filter(|line| !line.starts_with(start)).collect::<Vec<_>>();
                        format!("{base}provider = \"http\"\n[model.http]\n{}", lines.join("\n"))
                    };
                    works(&without("answer"));
                    without("text")
                }
                "model.stdio" => {
                    format!("{base}provider = \"command\"\ncommand = [\"x\"]\n[model.stdio]\n{all}")
                }
                "check" => format!("{MODEL}[[check]]\n{all}"),
                other => panic!("how are the examples of [{other}] tried?"),
            });
        }
    }
}

/// What a config says in the tables that have values of their own where nothing is set.
fn sections(text: &str) -> [String; 3] {
    let config = parsed(text).unwrap_or_else(|problem| panic!("{text}\n{problem}"));
    let shown = |part: &dyn Debug| format!("{part:?}");
    [shown(&config.sampling), shown(&config.verdict), shown(&config.drift)]
}

fn key_of(line: &str) -> &str {
    line.split(['=', ' ']).next().unwrap_or_default()
}

/// The providers that take a key of `[[model]]`.
pub(super) fn providers(key: &Key, all: &BTreeMap<String, Provider>) -> String {
    if let Some(only) = &key.only {
        return only.clone();
    }
    let asked: Vec<(&String, &Provider)> = all.iter().collect();
    let mut problems = Vec::new();
    let mut takes = |(name, provider): &(&String, &Provider)| {
        let named = |line: &&&str| {
            let own = key_of(line);
            own != key_of(&key.example) && !key.without.iter().any(|other| other == own)
        };
        let mut lines =
            vec![format!("name = \"{}\"", "m"), format!("provider = \"{name}\""), key.example.clone()];
        lines.retain(|line| key_of(line) != key_of(&key.example) || *line == key.example);
        lines.extend(provider.example.iter().filter(named).map(|line| (*line).to_owned()));
        for line in &key.beside {
            // Lines for one provider stand in place of its own.
            let own = lines.iter().position(|known| key_of(known) == key_of(line));
            match (own, key_of(line) == "http") {
                (Some(at), _) => lines[at].clone_from(line),
                (None, true) => {}
                (None, false) => lines.push(line.clone()),
            }
        }
        let result = parsed(&format!("[[model]]\n{}\n", lines.join("\n")));
        problems.extend(result.as_ref().err().cloned());
        result.is_ok()
    };
    if ["name", "provider"].contains(&key_of(&key.example)) {
        return "all".to_owned();
    }
    let (yes, no): (Vec<_>, Vec<_>) = asked.iter().partition(|one| takes(one));
    let list = |some: &[&(&String, &Provider)]| {
        some.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    };
    assert!(!yes.is_empty(), "no provider takes `{}`:\n{}", key.example, problems.join("\n"));
    match (yes.as_slice(), no.as_slice()) {
        (_, []) => "all".to_owned(),
        (yes, no) if yes.len() > no.len() => format!("all but {}", list(no)),
        (yes, _) => list(yes),
    }
}

/// The kinds of task that take a key of a suite file.
pub(super) fn kinds(name: &str, key: &Key) -> String {
    let files = one_of_each_kind();
    let taken = files.iter().filter(|(_, file)| {
        let text = fs::read_to_string(root().join("suites").join(file)).expect("a suite");
        let of_table = [format!("[{name}]"), format!("[[{name}]]")];
        let has = text.lines().any(|line| key_of(line) == name || of_table.iter().any(|table| line == table));
        let text = match (has, key.example.is_empty()) {
            (true, _) => text,
            (false, false) => format!("{}\n{text}", key.example),
            // What its entries hold does not matter where the kind takes none.
            (false, true) => format!("{text}\n[[{name}]]\n{}", entry(name)),
        };
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("suite.toml"), text).expect("written");
        let suites = load(folder.path(), &[("suite.toml".to_owned(), Diagnostic::new("unreadable"))]);
        match suites.problems.first().map(|(_, problem)| problem.to_string()) {
            None => true,
            Some(problem) => {
                assert!(
                    problem.contains("does not belong to a task of kind"),
                    "`{name}` in {file}: {problem}"
                );
                false
            }
        }
    });
    let taken: Vec<String> = taken.map(|(kind, _)| format!("`{kind}`")).collect();
    assert!(!taken.is_empty(), "no kind of task takes `{name}`");
    if taken.len() == files.len() { "all".to_owned() } else { taken.join(", ") }
}

/// A suite that comes with the crate for each kind of task that there is; a kind without one cannot be tried.
fn one_of_each_kind() -> Vec<(&'static str, String)> {
    let builtin = [("builtin".to_owned(), Diagnostic::new("builtin"))];
    let suites = load(root(), &builtin).suites;
    let file = |kind: &'static str| {
        let of_kind = |suite: &&Suite| suite.task.as_ref().is_some_and(|task| task.kind.name() == kind);
        let name = suites.iter().find(of_kind)?.source.name.trim_start_matches("builtin:").to_owned();
        Some((kind, name))
    };
    TaskKind::NAMES.iter().filter_map(|kind| file(kind)).collect()
}

/// An entry of a list of a suite file.
fn entry(list: &str) -> &'static str {
    match list {
        "context" => "id = \"x\"\ntext = \"x\"",
        "value" => "id = \"x\"\nlabel = \"x\"\ntext = \"x\"",
        "pair" => "first = \"x\"\nsecond = \"y\"\ntext = \"x\"",
        "story" => "context = \"x\"\nvalue = \"x\"\ntext = \"x\"",
        "check" => "expect = \"T1 invalid <= 5%\"",
        _ => "id = \"x\"\nlabel = \"x\"",
    }
}

/// Reads the examples of a baseline file.
pub(super) fn baseline(head: &Keys, figures: &Keys) {
    let top: Vec<&str> = head.values().map(|key| key.example.as_str()).collect();
    for (name, key) in figures {
        let mut lines = vec![key.example.as_str()];
        let other = |name: &str| figures.get(name).map_or("", |key| key.example.as_str());
        lines.extend((name != "n").then(|| other("n")));
        lines.extend((!["counts", "shares", "rankings"].contains(&name.as_str())).then(|| other("counts")));
        let text = format!("{}\n[T1.shuffled]\n{}\n", top.join("\n"), lines.join("\n"));
        if let Err(problem) = Tally::read(&Source::new("baseline.toml", text.as_str())) {
            panic!("an example of keys.toml does not work:\n{text}\n{problem}");
        }
    }
}
