//! The keys of alignment.toml, of suite files and of baselines, as the parsers know them. What is said of each stands
//! in `keys.toml`.

use std::collections::BTreeMap;
use std::fs;

use alignspec::__testing::baseline::{FIELDS, HEAD};
use alignspec::__testing::provider::{Spec, specs};
use alignspec::__testing::{config, suite};
use serde::Deserialize;

use super::table;
use super::tried::{self, kinds, providers};
use crate::docs::pages::root;

/// What is said of a key.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Key {
    /// It is a table, which has a section of its own.
    table: bool,
    /// A line that sets it.
    pub example: String,
    /// Other lines that the example needs.
    pub beside: Vec<String>,
    /// Keys of the provider's own lines that do not go with it.
    pub without: Vec<String>,
    /// What holds where it is left out.
    pub unset: String,
    /// False where the code only judges as if `unset` stood there.
    pub same: Option<bool>,
    means: String,
    /// Whether each of its words is tried on the providers.
    each: bool,
    /// Why the example cannot be tried here, and which providers take it.
    pub untried: Option<String>,
    pub only: Option<String>,
}

/// A provider says itself what it is, and which lines an entry needs besides `name` and `provider`.
pub(super) type Provider = &'static Spec;

/// All of them, by their names.
fn all_providers() -> BTreeMap<String, Provider> {
    specs().into_iter().map(|spec| (spec.name.to_owned(), spec)).collect()
}

pub(super) type Names = [&'static str];

fn section<T: for<'de> Deserialize<'de>>(name: &str) -> BTreeMap<String, T> {
    let text = fs::read_to_string(root().join("tests/it/docs/keys.toml")).expect("keys.toml");
    let mut all: toml::Table = toml::from_str(&text).expect("TOML");
    let one = all.remove(name).unwrap_or_else(|| panic!("keys.toml has no [{name}]"));
    one.try_into().unwrap_or_else(|error| panic!("keys.toml, [{name}]: {error}"))
}

/// What is said of the keys of a section: neither one more nor one less than the code knows.
fn keys_of(name: &str, known: &Names) -> BTreeMap<String, Key> {
    let keys: BTreeMap<String, Key> = section(name);
    for key in known {
        assert!(keys.contains_key(*key), "tests/it/docs/keys.toml says nothing of `{key}` in [{name}]");
    }
    for key in keys.keys() {
        assert!(known.contains(&key.as_str()), "the code has no `{key}` in [{name}]");
    }
    keys
}

/// The heading of a table's section.
fn anchor(table: &str) -> &str {
    match table {
        "option" | "level" => "option-level-and-neutral",
        "remove" => "the-table-remove",
        other => other,
    }
}

/// The rows of a table of keys, in the order of the code; `more` gives further cells.
fn rows(
    keys: &BTreeMap<String, Key>,
    known: &Names,
    takes: impl Fn(&str) -> Option<String>,
    more: impl Fn(&str, &Key) -> Vec<String>,
) -> Vec<Vec<String>> {
    let row = |name: &&str| {
        let key = &keys[*name];
        let mut cells = match key.table {
            true => vec![
                format!("`{name}`"),
                String::new(),
                String::new(),
                format!("a table, see [below](#{})", anchor(name)),
            ],
            false => {
                let example = takes(name).unwrap_or_else(|| format!("`{}`", key.example));
                let code = toml::from_str::<toml::Table>(&format!("x = {}", key.unset)).is_ok();
                let unset = if code { format!("`{}`", key.unset) } else { key.unset.clone() };
                vec![format!("`{name}`"), example, unset, key.means.clone()]
            }
        };
        cells.extend(more(name, key));
        cells
    };
    known.iter().map(row).collect()
}

/// The words that a key takes, where it takes no others.
fn takes<'a>(
    list: &'a [(&'static str, &'static Names)],
    path: String,
) -> impl Fn(&str) -> Option<String> + 'a {
    move |key| {
        let full = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        if full == "model.provider" {
            return Some("see [providers](#providers)".to_owned());
        }
        let (_, words) = list.iter().find(|(name, _)| *name == full)?;
        Some(words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "))
    }
}

/// The providers that take a key of `[[model]]`, or each of its words.
fn who_takes(
    name: &str,
    key: &Key,
    words: &[(&'static str, &'static Names)],
    all: &BTreeMap<String, Provider>,
) -> String {
    if !key.each {
        return providers(key, all);
    }
    let (_, words) = words.iter().find(|(known, _)| *known == format!("model.{name}")).expect("words");
    let each = words.iter().map(|word| {
        let key = Key { example: format!("{name} = \"{word}\""), ..key.clone() };
        format!("`{word}`: {}", providers(&key, all))
    });
    each.collect::<Vec<_>>().join("; ")
}

const COLUMNS: [&str; 4] = ["key", "example, or all that it takes", "unless set", "meaning"];

fn of_config() -> String {
    let words = config::words();
    let mut text =
        "## alignment.toml\n\nKeys at the top stand above the first `[table]`: in TOML, what follows a \
                    `[[model]]` belongs to that model.\n\n"
            .to_owned();
    for (path, known) in config::tables() {
        let name = if path.is_empty() { "config".to_owned() } else { format!("config.{path}") };
        let keys = keys_of(&name, known);
        tried::config(path, &keys);
        text += &match path {
            "" => String::new(),
            "model" | "check" => format!("\n### [[{path}]]\n\n"),
            "model.messages" => "\n### Entries of messages\n\n".to_owned(),
            "model.price" => "\n### The table price\n\n".to_owned(),
            _ => format!("\n### [{path}]\n\n"),
        };
        if path == "check" {
            text += "In alignment.toml and in suite files alike.\n\n";
        }
        let takes = takes(&words, path.to_owned());
        text += &match path {
            "model" => {
                let all = all_providers();
                let of = |name: &str, key: &Key| vec![who_takes(name, key, &words, &all)];
                let rows = rows(&keys, known, takes, of);
                table(&[&COLUMNS[..], &["providers"]].concat(), rows)
            }
            _ => table(&COLUMNS, rows(&keys, known, takes, |_, _| Vec::new())),
        };
    }
    text
}

fn of_providers() -> String {
    let row = |spec: Provider| vec![format!("`{}`", spec.name), spec.about.to_owned()];
    let own = specs().into_iter().chain([&config::TALLY]).map(row).collect();
    let hosts: toml::Table =
        toml::from_str(&fs::read_to_string(root().join("src/config/presets.toml")).expect("presets"))
            .expect("TOML");
    let others = hosts["preset"].as_array().expect("a list").iter().map(|host| {
        let text =
            |field: &str| host.get(field).and_then(|text| text.as_str()).map(|text| format!("`{text}`"));
        let lacks = host.get("lacks").and_then(|lacks| lacks.as_array()).into_iter().flatten();
        let lacks: Vec<String> = lacks.filter_map(|one| Some(format!("`{}`", one.as_str()?))).collect();
        let [name, url] = ["name", "base_url"].map(|field| text(field).unwrap_or_default());
        vec![name, url, text("key_env").unwrap_or_else(|| "none".to_owned()), lacks.join(", ")]
    });
    let others = others.collect();
    format!(
        "\n### Providers\n\n{}\nHosts that speak chat completions: `openai` with this address and key variable, \
         unless the entry has its own.\n\n{}",
        table(&["`provider`", "who answers"], own),
        table(&["`provider`", "`base_url`", "`key_env`", "does not take"], others)
    )
}

fn of_suites() -> String {
    let words = suite::words();
    let mut text = "\n## Suite files\n\n`[[check]]` has the keys of [alignment.toml](#check).\n\n".to_owned();
    for (path, known) in suite::tables() {
        // Options, levels and the neutral level have the same keys, and checks those of alignment.toml.
        let (name, title) = match path {
            "" => ("suite".to_owned(), String::new()),
            "level" | "neutral" | "check" => continue,
            "option" => ("suite.choice".to_owned(), "\n### [[option]], [[level]] and neutral\n\n".to_owned()),
            "remove" => ("suite.remove".to_owned(), "\n### The table remove\n\n".to_owned()),
            _ => (format!("suite.{path}"), format!("\n### [[{path}]]\n\n")),
        };
        let keys = keys_of(&name, known);
        let takes = takes(&words, path.to_owned());
        text += &title;
        text += &match path {
            "" => {
                let rows = rows(&keys, known, takes, |name, key| vec![kinds(name, key)]);
                table(&[&COLUMNS[..], &["kinds"]].concat(), rows)
            }
            _ => table(&COLUMNS, rows(&keys, known, takes, |_, _| Vec::new())),
        };
    }
    text
}

fn of_baselines() -> String {
    let (head, figures) = (keys_of("baseline", &HEAD), keys_of("baseline.figures", &FIELDS));
    tried::baseline(&head, &figures);
    let none = |_: &str| None;
    format!(
        "\n## Baseline files\n\n{}\n### Figures\n\nA table `[TASK]`, `[TASK.FORM]`, `[TASK.CONTEXT.VALUE]`, \
         `[TASK.CONTEXT.\"VALUE/VALUE\"]` or `[TASK.CONTEXT]`, with:\n\n{}",
        table(&COLUMNS, rows(&head, &HEAD, none, |_, _| Vec::new())),
        table(&COLUMNS, rows(&figures, &FIELDS, none, |_, _| Vec::new()))
    )
}

pub(super) fn written() -> String {
    [of_config(), of_providers(), of_suites(), of_baselines()].concat()
}
