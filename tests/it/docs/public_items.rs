//! Every public item of the library has an example that is built: a type and a function one of its own, a method one of
//! its own or a call in an example of its type.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::house::files;

/// A documented item: its name, its documentation, and the file and line where it is defined.
struct Item<'t> {
    name: &'t str,
    docs: String,
    place: String,
}

impl Item<'_> {
    /// The code of its examples.
    fn examples(&self) -> String {
        self.docs.split("```").skip(1).step_by(2).collect()
    }
}

/// The names that `src/lib.rs` hands on, as they are called where they are defined, each with its room.
fn handed_on(text: &str) -> Vec<(&str, &str)> {
    let mut names = Vec::new();
    // What follows is for the macro.
    let shown = text.split("/// What [`harness!`]").next().unwrap_or_default();
    for part in shown.split("\npub use ").skip(1) {
        let part = part.split(';').next().unwrap_or_default();
        let list = part.split_once('{').map_or(part, |(_, list)| list.trim_end_matches('}'));
        let words = list.split(',').filter_map(|one| one.trim().split(" as ").next());
        let room = part.split("::").next().unwrap_or_default();
        let last = words.filter_map(|path| path.rsplit("::").next()).filter(|name| !name.is_empty());
        names.extend(last.map(|name| (room, name)));
    }
    names
}

/// The public items that lines with this indent define: of a file without one, of an `impl` with four spaces.
fn items<'t>(place: &str, first: usize, lines: &[&'t str], indent: &str) -> Vec<Item<'t>> {
    let (mut docs, mut hidden, mut items) = (String::new(), false, Vec::new());
    for (at, line) in lines.iter().enumerate() {
        let Some(line) = line.strip_prefix(indent).filter(|line| !line.starts_with(' ')) else { continue };
        if let Some(text) = line.strip_prefix("///") {
            docs += &format!("{}\n", text.strip_prefix(' ').unwrap_or(text));
            continue;
        }
        if line.starts_with("#[") || line.starts_with(['}', ')', ']']) {
            hidden |= line == "#[doc(hidden)]";
            continue;
        }
        let kinds = ["pub fn ", "pub const fn ", "pub async fn ", "pub struct ", "pub enum ", "pub trait "];
        let defined = kinds.iter().find_map(|kind| line.strip_prefix(kind)).filter(|_| !hidden);
        if let Some(rest) = defined {
            let name = rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or(rest);
            let place = format!("{place}:{}", first + at + 1);
            items.push(Item { name, docs: std::mem::take(&mut docs), place });
        }
        (docs, hidden) = (String::new(), false);
    }
    items
}

/// The items of a file, and the methods of its types by the type.
fn defined<'t>(place: &str, text: &'t str) -> (Vec<Item<'t>>, Vec<(&'t str, Item<'t>)>) {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines: Vec<&str> = code.lines().collect();
    let mut methods = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(of) = line.strip_prefix("impl ").and_then(|rest| rest.strip_suffix(" {")) else { continue };
        if of.contains(' ') {
            continue;
        }
        let end = lines[at..].iter().position(|line| *line == "}").map_or(lines.len(), |end| at + end);
        let own = items(place, at + 1, &lines[at + 1..end], "    ");
        methods.extend(own.into_iter().map(|item| (of, item)));
    }
    (items(place, 0, &lines, ""), methods)
}

/// The public items that no example shows.
fn without_example(lib: &str, texts: &[(String, String)]) -> Vec<String> {
    let public = handed_on(lib);
    let (mut types, mut methods) = (BTreeMap::new(), Vec::new());
    for (place, text) in texts {
        let (all, own) = defined(place, text);
        let room = place.trim_start_matches("src/").split(['/', '.']).next().unwrap_or_default();
        types.extend(all.into_iter().map(|item| ((room, item.name), item)));
        methods.extend(own.into_iter().map(|(of, item)| ((room, of), item)));
    }
    let mut wrong = Vec::new();
    for (room, name) in public {
        let Some(item) = types.get(&(room, name)) else {
            wrong.push(format!("{name}: it is not found in src/"));
            continue;
        };
        let own: Vec<&Item<'_>> =
            methods.iter().filter(|(of, _)| *of == (room, name)).map(|(_, item)| item).collect();
        // An example of the type, of one of its methods, or of the function itself.
        let shown: String = own.iter().copied().chain([item]).map(Item::examples).collect();
        if item.examples().is_empty() {
            wrong.push(format!("{}: {name} has no example", item.place));
        }
        for method in own {
            let calls = [".", "::"].map(|by| format!("{by}{}(", method.name));
            if method.examples().is_empty() && !calls.iter().any(|call| shown.contains(call)) {
                wrong.push(format!("{}: {name}::{} is called in no example", method.place, method.name));
            }
        }
    }
    wrong
}

#[test]
fn every_public_item_has_an_example() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    files(&root.join("src"), &mut all);
    let texts: Vec<(String, String)> = all
        .iter()
        .map(|path| {
            let within = path.strip_prefix(root).expect("in it").display().to_string();
            (within, fs::read_to_string(path).expect("text"))
        })
        .collect();
    let lib = fs::read_to_string(root.join("src/lib.rs")).expect("text");
    assert!(handed_on(&lib).len() > 20, "only {:?} were found", handed_on(&lib));
    let wrong = without_example(&lib, &texts);
    assert!(wrong.is_empty(), "an example is missing:\n{}", wrong.join("\n"));
}

#[test]
fn an_item_without_an_example_is_found() {
    let lib = "mod a;\n\npub use a::One;\npub use a::b::{OwnTwo as Two, made};\n\n/// What [`harness!`] and\npub mod x {}\n";
    let text = "/// A type.\n///\n/// ```\n/// One::new().shown();\n/// ```\n#[derive(Debug)]\npub struct One;\n\n\
        impl One {\n    /// Makes it.\n    pub fn new() -> One {\n        One\n    }\n\n    /// Is shown.\n    pub fn shown(&self) {}\n\n\
        \x20   /// Is not.\n    #[must_use]\n    pub fn missing(&self) {}\n\n    #[doc(hidden)]\n    pub fn hidden(&self) {}\n\n\
        \x20   pub(crate) fn own(&self) {}\n}\n\n/// Another.\npub struct OwnTwo {\n    pub field: u8,\n}\n\n\
        /// Made.\n///\n/// ```\n/// made()\n/// ```\npub fn made() {}\n";
    let wrong = without_example(lib, &[("src/a.rs".to_owned(), text.to_owned())]);
    assert_eq!(
        wrong,
        ["src/a.rs:20: One::missing is called in no example", "src/a.rs:29: OwnTwo has no example",]
    );
}
