//! Mistakes in how a product is asked and answers in its own shape: what is told, exactly, and where.

use crate::support::misconfigured;

/// What is told of a service, without its first lines.
fn service(http: &str) -> String {
    misconfigured(&format!("provider = \"http\"\n[model.http]\nurl = \"https://example.com\"\n{http}"))
}

fn program(stdio: &str) -> String {
    misconfigured(&format!("provider = \"command\"\ncommand = [\"x\"]\n[model.stdio]\n{stdio}"))
}

const OPTIONS: &str = "body = { backlog = \"{options}\" }\n";

#[test]
fn each_is_told_in_its_place() {
    let answered = |keys: &str| service(&format!("{OPTIONS}{keys}"));
    for (found, wanted) in [
        (
            service("body = { q = \"These: {options}\" }"),
            r#"error: `{options}` stands inside a longer string, where it is not replaced
 --> alignment.toml:6:8
  |
6 | body = { q = "These: {options}" }
  |        ^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: make "{options}" a whole string for the list of options, or write {prompt}, which holds them in words"#,
        ),
        (
            service("body = { q = [\"{Option}\"] }"),
            r#"error: `{Option}` is not a placeholder
 --> alignment.toml:6:8
  |
6 | body = { q = ["{Option}"] }
  |        ^^^^^^^^^^^^^^^^^^^^
  |
  = help: did you mean `{options}`?"#,
        ),
        (
            answered("answer = \"ranking\""),
            r#"error: `ranking` is not a JSON pointer
 --> alignment.toml:7:10
  |
7 | answer = "ranking"
  |          ^^^^^^^^^
  |
  = help: a JSON pointer starts with a slash: /choices/0/text"#,
        ),
        (
            answered("answer = \"/r\"\nanswer_id = \"id\""),
            r#"error: `id` is not a JSON pointer
 --> alignment.toml:8:13
  |
8 | answer_id = "id"
  |             ^^^^
  |
  = help: a JSON pointer starts with a slash: /choices/0/text"#,
        ),
        (
            answered("answer = \"/r\"\nanswer_index = 2"),
            r#"error: `answer_index` is 2, but options are counted from 0 or 1
 --> alignment.toml:8:16
  |
8 | answer_index = 2
  |                ^
  |
  = help: write the number that stands for the first option"#,
        ),
        (
            answered("text = \"/r\"\nanswer_index = 1"),
            r#"error: `answer_index` has no effect without `answer`
 --> alignment.toml:8:16
  |
8 | answer_index = 1
  |                ^
  |
  = help: add answer = "/ranking", the JSON pointer to the answer in the product's own shape"#,
        ),
        (
            answered("text = \"/r\"\nanswer = \"/r\""),
            r#"error: `text` is set beside an answer in the service's own shape
 --> alignment.toml:8:10
  |
8 | answer = "/r"
  |          ^^^^
  |
  = help: remove one of them: a text at `answer` is read as text, too"#,
        ),
        (
            answered("answers = \"/r\""),
            r#"error: unknown field `answers`
 --> alignment.toml:7:1
  |
7 | answers = "/r"
  | ^^^^^^^
  |
  = help: did you mean `answer`?"#,
        ),
        (
            misconfigured(&format!(
                "provider = \"http\"\nsystem = \"S\"\nhttp = {{ url = \"https://x\", {} }}",
                OPTIONS.trim_end()
            )),
            r#"error: the system prompt would never be sent
 --> alignment.toml:5:8
  |
5 | http = { url = "https://x", body = { backlog = "{options}" } }
  |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: put {system} into a string of `body`, or remove `system`"#,
        ),
        (
            program("input = { n = 1 }"),
            r#"error: the question is never sent
 --> alignment.toml:6:9
  |
6 | input = { n = 1 }
  |         ^^^^^^^^^
  |
  = help: put {prompt} into a string of `input`, or make "{options}" a whole string of it"#,
        ),
        (
            program("input = { o = \"{options}\" }\nanswer_level = 1"),
            r#"error: `answer_level` has no effect without `answer`
 --> alignment.toml:7:16
  |
7 | answer_level = 1
  |                ^
  |
  = help: add answer = "/ranking", the JSON pointer to the answer in the product's own shape"#,
        ),
        (
            misconfigured("provider = \"function\"\n[model.stdio]\nanswer = \"/r\""),
            r#"error: [model.stdio] is for the provider `command`
 --> alignment.toml:4:1
  |
4 | [model.stdio]
  | ^^^^^^^^^^^^^
  |
  = help: set provider = "command""#,
        ),
    ] {
        assert_eq!(found.trim_end(), wanted, "found\n{found}");
    }
}

#[cfg(not(feature = "transform"))]
#[test]
fn a_transform_needs_its_feature() {
    let found = service(&format!("{OPTIONS}transform = \"r\""));
    let wanted = r#"error: `transform` needs alignspec's feature `transform`, which is off
 --> alignment.toml:7:13
  |
7 | transform = "r"
  |             ^^^
  |
  = help: in Cargo.toml: alignspec = { …, features = ["transform"] }"#;
    assert_eq!(found.trim_end(), wanted);
}

#[cfg(feature = "transform")]
#[test]
fn a_wrong_expression_is_told_at_its_byte() {
    for (expression, wanted) in [
        (
            "\"items[?score > `3`\"",
            r#"error: `transform` is not a JMESPath expression: Expected ']' -- found Eof
 --> alignment.toml:7:32
  |
7 | transform = "items[?score > `3`"
  |                                ^
  |
  = help: for example transform = "sort_by(items, &score)[].id"; see https://jmespath.org"#,
        ),
        (
            "'\"ränge\" | sort_bye(@, &score)'",
            r#"error: `transform` is not a JMESPath expression: Call to undefined function sort_bye
 --> alignment.toml:7:32
  |
7 | transform = '"ränge" | sort_bye(@, &score)'
"#,
        ),
        ("\"\"", "error: `transform` is not a JMESPath expression: "),
    ] {
        let found = service(&format!("{OPTIONS}transform = {expression}"));
        assert!(found.starts_with(wanted), "{wanted}\n{found}");
        assert!(found.contains("alignment.toml:7:"), "{found}");
    }
    let both = service(&format!("{OPTIONS}answer = \"/r\"\ntransform = \"r\""));
    assert!(
        both.starts_with("error: `answer` and `transform` are both set\n --> alignment.toml:8:13\n"),
        "{both}"
    );
}
