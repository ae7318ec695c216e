//! The pages that are written for people, cut into what is read as prose and what stands in code blocks.

use std::fs;
use std::path::{Path, PathBuf};

/// A page of Markdown.
pub(super) struct Page {
    /// Its path from the crate's folder, with slashes.
    pub name: String,
    pub text: String,
}

/// A fenced block: the words after its fence, the line that its text starts on, and the text.
pub(super) struct Block<'a> {
    pub words: Vec<&'a str>,
    pub line: usize,
    pub text: String,
}

pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(super) fn page(name: &str) -> Page {
    let text = fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    Page { name: name.to_owned(), text }
}

/// All of them: those at the top of the repository, and the chapters.
pub(super) fn pages() -> Vec<Page> {
    let top = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"];
    top.into_iter().map(page).chain(chapters()).collect()
}

/// The chapters of the book, with its table of contents.
pub(super) fn chapters() -> Vec<Page> {
    let entries = fs::read_dir(root().join("docs")).expect("the folder of chapters");
    let mut names: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    names.retain(|path| path.extension().is_some_and(|end| end == "md"));
    names.sort();
    let name = |path: PathBuf| format!("docs/{}", path.file_name().expect("a name").to_string_lossy());
    names.into_iter().map(|path| page(&name(path))).collect()
}

impl Page {
    /// Its lines with their numbers, and whether each is in a fenced block or is one's fence.
    fn lines(&self) -> impl Iterator<Item = (usize, &str, bool)> {
        let mut inside = false;
        self.text.lines().enumerate().map(move |(at, line)| {
            let fence = line.trim_start().starts_with("```");
            if fence {
                inside = !inside;
            }
            (at + 1, line, inside || fence)
        })
    }

    /// Lines of prose, tables and headings, each with its number.
    pub(super) fn prose(&self) -> impl Iterator<Item = (usize, &str)> {
        self.lines().filter(|(.., code)| !code).map(|(at, line, _)| (at, line))
    }

    pub(super) fn blocks(&self) -> Vec<Block<'_>> {
        let mut blocks = Vec::new();
        let mut open: Option<Block<'_>> = None;
        for (at, line) in self.text.lines().enumerate() {
            let bare = line.trim_start();
            match (bare.strip_prefix("```"), &mut open) {
                (Some(words), None) => {
                    let words = words.split_whitespace().collect();
                    open = Some(Block { words, line: at + 2, text: String::new() });
                }
                (Some(_), Some(_)) => blocks.extend(open.take()),
                (None, Some(block)) => block.text += &format!("{line}\n"),
                (None, None) => {}
            }
        }
        assert!(open.is_none(), "{}: a code block has no end", self.name);
        blocks
    }

    /// What stands between single backticks in prose, with its line.
    pub(super) fn spans(&self) -> impl Iterator<Item = (usize, &str)> {
        self.prose().flat_map(|(at, line)| line.split('`').skip(1).step_by(2).map(move |span| (at, span)))
    }

    /// The ids that its headings get, as GitHub and mdBook make them.
    pub(super) fn anchors(&self) -> Vec<String> {
        let headings = self.prose().filter(|(_, line)| line.starts_with('#'));
        let mut anchors: Vec<String> = Vec::new();
        for (_, line) in headings {
            let plain = slug(line.trim_start_matches('#'));
            let same = anchors.iter().filter(|known| **known == plain).count();
            anchors.push(if same == 0 { plain } else { format!("{plain}-{same}") });
        }
        anchors
    }
}

fn slug(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}
