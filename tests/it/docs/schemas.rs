//! The JSON schemas of the files that users write (`schemas/`), for editors: made from what the parsers take, and from
//! what `keys.toml` says of each key. `ALIGNSPEC_BLESS=1 cargo test --test it -- docs::schemas` writes them anew, and
//! `scripts/check_schemas.py` tries them on good files and on broken ones.

use std::fs;

use alignspec::__testing::baseline::{FIELDS, HEAD};
use alignspec::__testing::keys::{TakenKey, TakenValue};
use alignspec::__testing::provider::specs;
use alignspec::__testing::suite::TaskKind;
use alignspec::__testing::{config, suite};
use serde_json::{Map, Value, json};

use super::pages::root;
use crate::support::assert_kept;

/// What an id is made of: the rule of suite files.
const ID: &str = "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$";

/// What the reader of a key asks for beyond its type, by the path of the key. A path that there is not is a mistake.
fn further(file: &str, path: &str) -> Option<Value> {
    let most = 100_000;
    let providers = || {
        let presets = fs::read_to_string(root().join("src/config/presets.toml")).expect("presets");
        let presets: toml::Table = presets.parse().expect("TOML");
        let hosts = presets["preset"].as_array().expect("a list").iter();
        let hosts = hosts.map(|host| host["name"].as_str().expect("a name").to_owned());
        let own = specs().into_iter().chain([&config::TALLY]).map(|spec| spec.name.to_owned());
        json!({ "enum": own.chain(hosts).collect::<Vec<_>>() })
    };
    Some(match (file, path) {
        ("config", "sampling.samples" | "sampling.step") => json!({ "minimum": 1, "maximum": most }),
        ("config", "sampling.max_samples") => json!({ "minimum": 1, "maximum": most }),
        ("config", "sampling.concurrency") => json!({ "minimum": 1, "maximum": 10_000 }),
        ("config", "sampling.timeout") => json!({ "minimum": 1, "maximum": 604_800 }),
        ("config", "sampling.retries") => json!({ "maximum": 1_000 }),
        ("config", "verdict.error_rate") => json!({ "exclusiveMinimum": 0, "maximum": 0.5 }),
        ("config", "verdict.baseline_uncertainty") => {
            json!({ "oneOf": [{ "const": false }, { "type": "number", "minimum": 0.5, "maximum": 0.99 }] })
        }
        ("config", "drift.min_shift") => json!({ "minimum": 0, "maximum": 0.5 }),
        ("config", "model.http.answer_index" | "model.stdio.answer_index") => json!({ "enum": [0, 1] }),
        ("config", "budget.max_usd" | "budget.max_minutes" | "model.max_usd") => json!({ "minimum": 0 }),
        ("config", "model.requests_per_minute" | "model.tokens_per_minute") => {
            json!({ "exclusiveMinimum": 0 })
        }
        ("config", "model.price.input" | "model.price.output") => json!({ "minimum": 0 }),
        ("config", "model.concurrency") => json!({ "minimum": 1 }),
        ("config", "model.provider") => providers(),
        ("config", "model.temperature") => {
            json!({ "oneOf": [{ "type": "number", "minimum": 0 }, { "const": "none" }] })
        }
        ("config", "model.key_env") => {
            json!({ "oneOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" }, "minItems": 1 }] })
        }
        ("config", "model.parameters" | "model.http.body" | "model.stdio.input") => json!({}),
        (_, "check.weight") => json!({ "exclusiveMinimum": 0 }),
        ("suite", "kind") => json!({ "enum": TaskKind::NAMES }),
        ("suite", "samples") => json!({ "minimum": 1, "maximum": most }),
        ("suite", "pick") => json!({ "minimum": 1, "maximum": 63 }),
        ("suite", "orders" | "wordings" | "directions") => json!({ "minItems": 1, "uniqueItems": true }),
        ("suite", "language") => json!({ "pattern": "^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$" }),
        ("suite", "stories") => json!({ "pattern": "\\.csv$" }),
        ("suite", "id") => json!({ "pattern": ID }),
        ("suite", path) if path.ends_with(".id") || matches!(path, "story.value" | "story.context") => {
            json!({ "pattern": ID })
        }
        _ => return None,
    })
}

/// What `keys.toml` says of a key.
fn meaning(keys: &toml::Table, file: &str, path: &str) -> Option<String> {
    let (table, key) = path.rsplit_once('.').unwrap_or(("", path));
    let table = match (file, table) {
        ("config", "") => "config".to_owned(),
        (_, "check") => "config.check".to_owned(),
        ("config", table) => format!("config.{table}"),
        ("suite", "option" | "level" | "neutral") => "suite.choice".to_owned(),
        ("suite", "") => "suite".to_owned(),
        (file, "") => file.to_owned(),
        (file, table) => format!("{file}.{table}"),
    };
    let means = keys.get(&table)?.get(key)?.get("means")?.as_str()?;
    // A link of the reference is its text here.
    let mut plain = String::new();
    let mut rest = means;
    while let Some((before, after)) = rest.split_once('[') {
        plain += before;
        let Some((text, link)) = after.split_once("](") else {
            plain.push('[');
            rest = after;
            continue;
        };
        plain += text;
        rest = link.split_once(')').map_or("", |(_, rest)| rest);
    }
    Some(plain + rest)
}

fn schema_of(takes: &TakenValue, keys: &toml::Table, file: &str, path: &str) -> Value {
    let inner = |takes: &TakenValue| schema_of(takes, keys, file, path);
    let mut schema = match takes {
        TakenValue::Bool => json!({ "type": "boolean" }),
        TakenValue::Whole { unsigned: true } => json!({ "type": "integer", "minimum": 0 }),
        TakenValue::Whole { unsigned: false } => json!({ "type": "integer" }),
        TakenValue::Number => json!({ "type": "number" }),
        TakenValue::Text => json!({ "type": "string" }),
        TakenValue::Word(words) => json!({ "enum": words }),
        // What is said of a list is said once, of the whole.
        TakenValue::List(entry) => json!({ "type": "array", "items": bare(inner(entry), entry) }),
        TakenValue::Map(entry) => {
            json!({ "type": "object", "additionalProperties": bare(inner(entry), entry) })
        }
        TakenValue::Table(of) => table(of, keys, file, path),
        TakenValue::Own => {
            assert!(further(file, path).is_some(), "{file}: what `{path}` takes is not said in {}", file!());
            json!({})
        }
    };
    let fields = schema.as_object_mut().expect("an object");
    if let Some(Value::Object(more)) = further(file, path) {
        fields.extend(more);
    }
    if let Some(means) = meaning(keys, file, path) {
        fields.insert("description".to_owned(), json!(means));
    }
    schema
}

/// The schema of an entry of a list, without what is said of the list.
fn bare(mut schema: Value, entry: &TakenValue) -> Value {
    let fields = schema.as_object_mut().expect("an object");
    fields.remove("description");
    if !matches!(entry, TakenValue::Table(_)) {
        ["minItems", "uniqueItems"].into_iter().for_each(|key| drop(fields.remove(key)));
    }
    schema
}

fn table(of: &[TakenKey], keys: &toml::Table, file: &str, path: &str) -> Value {
    let under = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    let properties: Map<String, Value> = of
        .iter()
        .map(|key| (key.name.to_owned(), schema_of(&key.takes, keys, file, &under(key.name))))
        .collect();
    let required: Vec<&str> = of.iter().filter(|key| key.required).map(|key| key.name).collect();
    let mut schema = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn whole(title: &str, mut schema: Value) -> String {
    let fields = schema.as_object_mut().expect("an object");
    let mut all = Map::new();
    all.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    all.insert("title".to_owned(), json!(title));
    all.append(fields);
    serde_json::to_string_pretty(&Value::Object(all)).expect("JSON") + "\n"
}

fn keys() -> toml::Table {
    fs::read_to_string(root().join("tests/it/docs/keys.toml")).expect("keys.toml").parse().expect("TOML")
}

#[test]
fn the_config_has_its_schema() {
    let mut schema = schema_of(&config::takes(), &keys(), "config", "");
    schema["required"] = json!(["model"]);
    schema["properties"]["model"]["minItems"] = json!(1);
    assert_kept("schemas/alignment.schema.json", &whole("alignspec: alignment.toml", schema));
}

#[test]
fn suites_have_their_schema() {
    let mut schema = schema_of(&suite::takes(), &keys(), "suite", "");
    // A task has a prompt and a title, unless it takes them from the suite that it extends.
    schema["required"] = json!(["id"]);
    schema["if"] = json!({ "not": { "required": ["extends"] } });
    schema["then"] = json!({
        "required": ["title"],
        "properties": { "remove": false },
        "if": { "required": ["kind"] },
        "then": { "required": ["prompt"] },
        "else": { "required": ["check"] },
    });
    schema["properties"]["persona"]["items"]["anyOf"] =
        json!([{ "required": ["system"] }, { "required": ["prefix"] }]);
    schema["properties"]["persona"]["maxItems"] = json!(16);
    assert_kept("schemas/suite.schema.json", &whole("alignspec: a suite file", schema));
}

#[test]
fn baselines_have_their_schema() {
    let keys = keys();
    let numbers = |most: Option<u32>| {
        let mut number = json!({ "type": "number", "minimum": 0 });
        if let Some(most) = most {
            number["maximum"] = json!(most);
        }
        json!({ "type": "object", "additionalProperties": number })
    };
    let of = |name: &str| match name {
        "n" => json!({ "type": "integer", "minimum": 1 }),
        "invalid" => json!({ "type": "integer", "minimum": 0 }),
        "counts" => numbers(None),
        "shares" => numbers(Some(1)),
        "rankings" => {
            json!({ "type": "array", "items": { "type": "array", "items": { "type": "string" }, "uniqueItems": true } })
        }
        "not_permutations" => json!({ "type": "array", "items": numbers(None) }),
        "partial" => json!({ "type": "boolean" }),
        "doubt" | "unusable" => json!({ "type": "string", "minLength": 1 }),
        other => panic!("{other} is a new key of figures: say here what it takes"),
    };
    let described = |path: &str, mut schema: Value| {
        schema["description"] = json!(meaning(&keys, "baseline", path).unwrap_or_else(|| panic!("{path}")));
        schema
    };
    let fields: Map<String, Value> = FIELDS
        .iter()
        .map(|name| ((*name).to_owned(), described(&format!("figures.{name}"), of(name))))
        .collect();
    let given = ["counts", "shares", "rankings"].map(|name| json!({ "required": [name] }));
    let figures = json!({ "type": "object", "properties": fields, "additionalProperties": false, "required": ["n"], "oneOf": given });
    let text = |name: &str| described(name, json!({ "type": "string", "minLength": 1 }));
    let head: Map<String, Value> = HEAD.iter().map(|name| ((*name).to_owned(), text(name))).collect();
    let schema = json!({
        "type": "object",
        "properties": head,
        "required": ["name", "source"],
        "additionalProperties": { "$ref": "#/$defs/figures" },
        "$defs": {
            "figures": {
                "description": "figures, or tables of them: [TASK], [TASK.FORM], [TASK.CONTEXT.VALUE]",
                "type": "object",
                "if": { "anyOf": FIELDS.map(|name| json!({ "required": [name] })) },
                "then": figures,
                "else": { "additionalProperties": { "$ref": "#/$defs/figures" } },
            },
        },
    });
    assert_kept("schemas/baseline.schema.json", &whole("alignspec: a baseline", schema));
}

#[test]
fn the_command_prints_what_is_shipped() {
    for name in ["alignment", "suite", "baseline"] {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_cargo-alignspec"));
        let output = command.args(["alignspec", "schema", name]).output().expect("it runs");
        let shipped =
            fs::read_to_string(root().join(format!("schemas/{name}.schema.json"))).expect("shipped");
        assert_eq!(String::from_utf8(output.stdout).expect("text"), shipped, "{name}");
    }
}
