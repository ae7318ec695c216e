//! The test target of a crate: whether it is there, and whether its source calls the harness. One that does not call it
//! judges nothing, and is green all the same.

use std::fs;
use std::path::{Path, PathBuf};

use crate::ground::text::one_line;

/// Whether an entry of `[[test]]` brings its own `main`.
pub(super) fn is_own_harness(test: &toml::Value) -> bool {
    test.get("harness").and_then(toml::Value::as_bool) == Some(false)
}

/// Returns why no test target of the package runs the checks; `None` if one does, or if there is no package here.
pub(super) fn without_target(root: &Path) -> Option<String> {
    let text = fs::read_to_string(root.join("Cargo.toml")).ok()?;
    let table: toml::Table = toml::from_str(&text).ok()?;
    let tests = table.get("test").and_then(toml::Value::as_array).map_or(&[][..], Vec::as_slice);
    let mut why = None;
    // A crate may have other targets with a `main` of their own: one that judges is enough.
    for target in tests.iter().filter(|test| is_own_harness(test)) {
        let found = of_target(root, target)?;
        why.get_or_insert(found);
    }
    Some(why.unwrap_or_else(|| {
        "Cargo.toml has no test target with `harness = false`, so `cargo test` judges nothing: `cargo alignspec init` adds one".to_owned()
    }))
}

/// Returns why a test target does not run the checks; `None` if it does.
fn of_target(root: &Path, target: &toml::Value) -> Option<String> {
    let of = |key: &str| target.get(key).and_then(toml::Value::as_str);
    let name = of("name").unwrap_or("alignment");
    let path = of("path").map_or_else(|| format!("tests/{name}.rs"), str::to_owned);
    let shown = [one_line(name, 100), one_line(&path, 200)];
    let [name_shown, path_shown] = &shown;
    let candidates = [PathBuf::from(&path), PathBuf::from(format!("tests/{name}/main.rs"))];
    let Some(file) = candidates.iter().map(|file| root.join(file)).find(|file| file.is_file()) else {
        return Some(format!(
            "the test target `{name_shown}` of Cargo.toml has no file {path_shown}, so `cargo test` judges nothing"
        ));
    };
    // What cannot be read is told by the build.
    let source = String::from_utf8_lossy(&fs::read(&file).ok()?).into_owned();
    if calls(&source) {
        return None;
    }
    let file = one_line(&file.strip_prefix(root).unwrap_or(&file).display().to_string(), 200);
    Some(format!(
        "{file}, the test target `{name_shown}` of Cargo.toml, does not call the harness, so `cargo test` judges nothing: write `alignspec::harness!();` in it, in place of a `main` of its own"
    ))
}

/// Whether a source calls the harness, outside of comments and texts.
pub(super) fn calls(source: &str) -> bool {
    const CALL: &str = "harness!";
    let code = code(source);
    code.match_indices(CALL).any(|(at, _)| {
        let longer = code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        !longer && code[at + CALL.len()..].trim_start().starts_with(['(', '{', '['])
    })
}

/// A source without its comments, and without what is in its texts.
fn code(source: &str) -> String {
    let mut left = source;
    let mut code = String::with_capacity(source.len());
    while let Some(first) = left.chars().next() {
        let word = code.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let skipped = match first {
            '/' if left.starts_with("//") => left.find('\n').unwrap_or(left.len()),
            '/' if left.starts_with("/*") => block_comment(left),
            '"' => text(left),
            'r' if !word => raw_text(left),
            // A mark of a text as one character; anything else after it is a lifetime.
            '\'' if left.starts_with("'\"'") => 3,
            '\'' if left.starts_with("'\\\"'") => 4,
            _ => 0,
        };
        match skipped {
            0 => {
                code.push(first);
                left = &left[first.len_utf8()..];
            }
            some => {
                code.push(' ');
                left = &left[some..];
            }
        }
    }
    code
}

/// The length of a comment of `/*` and `*/`, which may hold others.
fn block_comment(source: &str) -> usize {
    let (mut depth, mut at) = (0_u32, 0);
    while at < source.len() {
        let (open, close) = (source[at..].starts_with("/*"), source[at..].starts_with("*/"));
        match (open, close) {
            (true, _) => depth += 1,
            (_, true) => depth -= 1,
            _ => {}
        }
        let step = source[at..].chars().next().map_or(1, char::len_utf8);
        at += if open || close { 2 } else { step };
        if depth == 0 {
            break;
        }
    }
    at
}

/// The length of a text in quotation marks.
fn text(source: &str) -> usize {
    let mut escaped = false;
    for (at, c) in source.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    source.len()
}

/// The length of a raw text, such as `r#"…"#`; 0 where there is none.
fn raw_text(source: &str) -> usize {
    let marks = source[1..].bytes().take_while(|byte| *byte == b'#').count();
    let begin = 1 + marks;
    if !source[begin..].starts_with('"') {
        return 0;
    }
    let end = format!("\"{}", "#".repeat(marks));
    source[begin + 1..].find(&end).map_or(source.len(), |at| begin + 1 + at + end.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_harness_is_known_by_its_macro() {
        for source in [
            "//! x\nalignspec::harness!();\n",
            "use alignspec::__testing::harness;\nharness!();\n",
            "mod helpers; /* a /* b */ c */ ::alignspec::harness! {\n}\n",
            "const MARK: char = '\"';\nalignspec::harness!(Harness::new());",
            "fn of<'a>(x: &'a str) -> &'a str { x }\nalignspec::harness!();",
            "const TEXT: &str = r#\"a \" b\"#; alignspec::harness!();",
        ] {
            assert!(calls(source), "{source}");
        }
        for source in [
            "",
            "fn main() {}\n",
            "// alignspec::harness!();\nfn main() {}\n",
            "fn main() {} // alignspec::harness!();",
            "/* x\nalignspec::harness!();\n/* y */ harness!(); */\nfn main() {}\n",
            "const TEXT: &str = \"\\\" alignspec::harness!()\";\n",
            "const TEXT: &str = r##\"\"# alignspec::harness!()\"##;\n",
            "my_harness!();\n",
            "/* never closed alignspec::harness!();\n",
        ] {
            assert!(!calls(source), "{source}");
        }
    }
}
