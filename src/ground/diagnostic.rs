//! What is wrong with a file a user wrote, shown the way rustc shows it: the message, the file with
//! line and column, the words underlined, and the nearest thing that would have worked.
//!
//! What looks like a key, or stands where one does, is not shown (see `secret.rs`), and nothing that a terminal
//! or a CI system would act on.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};
use once_cell::sync::OnceCell;
use serde::{Deserialize, Serialize};

use crate::ground::text::one_line;

pub(crate) mod secret;

/// A text with the name it is known by (a path relative to the crate, or `builtin:…`).
#[derive(Debug, Clone)]
pub struct Source {
    /// A path relative to the crate with `/` between its parts, or `builtin:` and a file name.
    pub name: Arc<str>,
    /// The whole text, with `\n` as the end of each line.
    pub text: Arc<str>,
    /// Where the lines begin, in bytes; found when it is first needed.
    lines: Arc<OnceCell<Vec<usize>>>,
    /// The place in Rust that handed the text over, if it stands in no file.
    rust: Option<Arc<RustPlace>>,
}

/// A place in Rust code, from which a text comes that stands in no file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RustPlace {
    /// The path of the Rust file from the crate's folder.
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl PartialEq for Source {
    fn eq(&self, other: &Source) -> bool {
        (&self.name, &self.text) == (&other.name, &other.text)
    }
}

impl Eq for Source {}

impl Source {
    /// With line ends as they were written, whatever git or an editor made of them on another system: what
    /// is asked, and so every hash of it, does not depend on who checked the file out.
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        let text: Arc<str> = text.into();
        let marked = text.strip_prefix('\u{feff}');
        let text = match marked.unwrap_or(&text) {
            // A single byte is looked for much faster, in debug builds above all.
            rest if rest.contains('\r') && rest.contains("\r\n") => rest.replace("\r\n", "\n").into(),
            rest if marked.is_some() => rest.into(),
            _ => text,
        };
        Source { name: plain(&name.into()).into(), text, lines: Arc::default(), rust: None }
    }

    /// Makes the text of a Rust value. Its name is the place that handed it over, such as `tests/alignment.rs:12:5`.
    pub(crate) fn of_rust(place: RustPlace, text: &str) -> Self {
        let place = RustPlace { file: plain(&place.file), ..place };
        let name = format!("{}:{}:{}", place.file, place.line, place.column);
        Source { rust: Some(Arc::new(place)), ..Source::new(name, text) }
    }

    /// Returns the place in Rust that handed the text over, if it stands in no file.
    pub(crate) fn rust(&self) -> Option<&RustPlace> {
        self.rust.as_deref()
    }

    /// Returns the file that a mistake in the text is in: its own, or the Rust file that handed it over.
    pub(crate) fn file(&self) -> &str {
        self.rust().map_or(&self.name, |place| &place.file)
    }

    fn lines(&self) -> &[usize] {
        let ends = || self.text.match_indices('\n').map(|(end, _)| end + 1);
        self.lines.get_or_init(|| std::iter::once(0).chain(ends()).collect())
    }
}

/// One mistake in what a user wrote, with its place and what to do. `Display` shows it as compilers do, without keys and
/// without characters that a terminal would act on. It is boxed where it is an error, because it is large and rare.
///
/// ```
/// let folder = tempfile::tempdir()?;
/// let config = "[[model]]\nname = \"assistant\"\nprovider = \"opnai\"\n";
/// std::fs::write(folder.path().join("alignment.toml"), config)?;
/// let mistake = alignspec::plan(folder.path()).expect_err("no such provider");
/// assert_eq!(mistake.message(), "unknown provider `opnai`");
/// assert_eq!(mistake.position(), Some(("alignment.toml", 3, 12)));
/// assert!(mistake.to_string().contains("did you mean `openai`?"));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    message: String,
    place: Option<Box<(Source, Range<usize>)>>,
    label: Box<str>,
    help: Option<String>,
    /// Whether the line is shown, and not only where it stands.
    quoted: bool,
    /// Whether it is only a warning: what stands there is read all the same.
    warning: bool,
}

/// A warning without the text that it is about, to be kept beside what was read of that text.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct KeptWarning {
    message: String,
    /// The first byte that it is about, and the one after the last.
    span: Option<(usize, usize)>,
    label: String,
    help: Option<String>,
}

impl KeptWarning {
    /// The warning, about `source`, which has to be the text that it was kept of.
    pub(crate) fn about(self, source: &Source) -> Diagnostic {
        let (label, help) = (self.label.into(), self.help);
        let warning = Diagnostic { label, help, ..Diagnostic::warning(self.message) };
        match self.span {
            Some((from, to)) => warning.at(source, from..to),
            None => warning,
        }
    }
}

impl Diagnostic {
    /// The warning as it is kept without its text.
    pub(crate) fn kept(&self) -> KeptWarning {
        KeptWarning {
            message: self.message.clone(),
            span: self.place.as_deref().map(|(_, span)| (span.start, span.end)),
            label: self.label.to_string(),
            help: self.help.clone(),
        }
    }

    /// A mistake without a place in a file (an unreadable folder, an unset variable).
    #[doc(hidden)]
    pub fn new(message: impl Into<String>) -> Self {
        let (label, message) = (Box::default(), message.into());
        Diagnostic { message, place: None, label, help: None, quoted: true, warning: false }
    }

    /// What is read all the same, and should be written differently.
    pub(crate) fn warning(message: impl Into<String>) -> Self {
        Diagnostic { warning: true, ..Diagnostic::new(message) }
    }

    /// Says where it stands, but shows nothing of the text: what is in it is a secret, or no text of ours.
    pub(crate) fn unquoted(mut self) -> Self {
        self.quoted = false;
        self
    }

    /// Underlines `span` (bytes of the source's text). A span outside the text is clamped.
    pub(crate) fn at(mut self, source: &Source, span: Range<usize>) -> Self {
        let end = source.text.len();
        let from = span.start.min(end);
        self.place = Some(Box::new((source.clone(), from..span.end.clamp(from, end))));
        self
    }

    /// Moves a place in `from`, a text that was put together, to where it came from.
    pub(crate) fn rehomed(
        self,
        from: &Source,
        home: impl FnOnce(Range<usize>) -> (Source, Range<usize>),
    ) -> Self {
        match self.place.as_deref() {
            Some((source, span)) if source == from => {
                let (source, span) = home(span.clone());
                self.at(&source, span)
            }
            _ => self,
        }
    }

    /// The words beside the underline.
    pub(crate) fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into().into();
        self
    }

    /// What to do about it.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds "did you mean …" when one of `known` is close to `found`, and the whole list otherwise.
    pub(crate) fn nearest<'a>(self, found: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let known: Vec<&str> = known.into_iter().collect();
        match nearest(found, known.iter().copied()) {
            Some(best) => self.help(format!("did you mean `{best}`?")),
            None if known.is_empty() => self,
            None => self.help(format!("known: {}", known.join(", "))),
        }
    }

    /// What a TOML reader found, with a suggestion where it names the fields or variants it expected.
    pub(crate) fn toml(source: &Source, error: &toml::de::Error) -> Self {
        let message = error.message().trim().to_owned();
        let span = error.span().unwrap_or(0..0);
        let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
        let unknown = message.starts_with("unknown field") || message.starts_with("unknown variant");
        let mut diagnostic = Diagnostic::new(message.clone()).at(source, span);
        if let (true, [found, known @ ..]) = (unknown, quoted.as_slice()) {
            let what = if message.starts_with("unknown field") { "unknown field" } else { "unknown word" };
            diagnostic.message = format!("{what} `{found}`");
            diagnostic = match known.contains(&"key_env") && secret::is_name(found) {
                true => diagnostic.help(KEY_HELP),
                false => diagnostic.nearest(found, known.iter().copied()),
            };
        }
        if message == "invalid type: map, expected a sequence" {
            return diagnostic.listed();
        }
        diagnostic
    }

    /// What is wrong where a list was expected: of a table in single brackets, that each needs double ones.
    fn listed(self) -> Self {
        let quoted = self.place.as_deref().and_then(|(source, span)| source.text.get(span.clone()));
        let name = quoted.and_then(|text| text.strip_prefix('[')?.split(']').next());
        let Some(name) = name.filter(|name| !name.starts_with('[')).map(|name| name.trim().to_owned()) else {
            return self;
        };
        let message = format!("[{name}] is a single table, but there can be several");
        Diagnostic { message, ..self }.help(format!("write [[{name}]]"))
    }

    /// What to do about it.
    #[cfg(feature = "cli")]
    pub(crate) fn to_do(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// Returns what is wrong, in one line, without the place and the help.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the file's name from the crate's folder, with line and column (in characters) counted from one; `None` for
    /// a mistake that stands in no file. For the text of a Rust value, it is the place in Rust that handed it over.
    pub fn position(&self) -> Option<(&str, usize, usize)> {
        let (source, span) = self.place.as_deref()?;
        if let Some(RustPlace { file, line, column }) = source.rust() {
            return Some((file, *line, *column));
        }
        let lines = source.lines();
        let line = lines.partition_point(|begins| *begins <= span.start);
        let begins = line.checked_sub(1).and_then(|line| lines.get(line)).copied().unwrap_or(0);
        let column = source.text.get(begins..span.start).unwrap_or_default().chars().count() + 1;
        Some((&source.name, line.max(1), column))
    }
}

/// What stands before the line and the column in the text of a Rust value.
const OF_RUST: &str = "this value as TOML";

/// What to do about a key that stands in a file.
pub(crate) const KEY_HELP: &str = "do not put a key into a file: write key_env = \"NAME\", the name of the environment variable that holds it";

/// Text of a file, or about one, without what is not repeated; line by line.
fn plain(text: &str) -> String {
    let masked = secret::masked(text);
    masked.lines().map(|line| one_line(line, usize::MAX)).collect::<Vec<_>>().join("\n")
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (message, label) = (plain(&self.message), plain(&self.label));
        let help = self.help.as_deref().map(plain);
        let text = self.place.as_deref().map(|(source, _)| secret::masked(&source.text)).unwrap_or_default();
        let level = if self.warning { Level::WARNING } else { Level::ERROR };
        let mut group = match (self.place.as_deref(), self.position()) {
            (Some((source, span)), Some((name, line, column))) if self.quoted && source.rust().is_some() => {
                let origin = Origin::path(name).line(line).char_column(column);
                let annotation = AnnotationKind::Primary.span(span.clone()).label(&label);
                let shown = Snippet::source(&text).path(OF_RUST).annotation(annotation);
                level.primary_title(&message).element(origin).element(shown)
            }
            (Some((source, span)), _) if self.quoted => level.primary_title(&message).element(
                Snippet::source(&text)
                    .path(&*source.name)
                    .annotation(AnnotationKind::Primary.span(span.clone()).label(&label)),
            ),
            (Some(_), Some((name, line, column))) => {
                let origin = Origin::path(name).line(line).char_column(column);
                level.primary_title(&message).element(origin)
            }
            _ => annotate_snippets::Group::with_title(level.primary_title(&message)),
        };
        if let Some(help) = &help {
            group = group.element(Level::HELP.message(help));
        }
        f.write_str(&Renderer::plain().render(&[group]))
    }
}

impl std::error::Error for Diagnostic {}

/// The word of `known` closest to `found`, if it is close enough to be a slip of the finger.
pub(crate) fn nearest<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let found = found.to_lowercase();
    known
        .into_iter()
        .map(|word| (strsim::damerau_levenshtein(&found, &word.to_lowercase()), word))
        .filter(|(distance, word)| *distance <= 1 + word.chars().count() / 4)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_place_and_the_nearest_word() {
        let source = Source::new("suites/t1.toml", "id = \"T1\"\nkind = \"selct\"\n");
        let shown =
            Diagnostic::new("unknown kind `selct`").at(&source, 17..24).nearest("selct", ["select", "rate"]);
        assert_eq!(shown.position(), Some(("suites/t1.toml", 2, 8)));
        assert_eq!(
            shown.to_string(),
            "error: unknown kind `selct`\n \
               --> suites/t1.toml:2:8\n  \
                |\n\
             2 | kind = \"selct\"\n  \
                |        ^^^^^^^\n  \
                |\n  \
                = help: did you mean `select`?"
        );
    }

    #[test]
    fn a_rust_value_is_shown_with_the_line_of_its_text() {
        let place = RustPlace { file: "tests/alignment.rs".to_owned(), line: 12, column: 5 };
        let source = Source::of_rust(place, "id = \"T1\"\nkind = \"selct\"\n");
        assert_eq!((&*source.name, source.file()), ("tests/alignment.rs:12:5", "tests/alignment.rs"));
        let shown = Diagnostic::new("unknown kind `selct`").at(&source, 17..24).help("write another");
        assert_eq!(shown.position(), Some(("tests/alignment.rs", 12, 5)));
        assert_eq!(
            shown.to_string(),
            "error: unknown kind `selct`\n \
               --> tests/alignment.rs:12:5\n  \
                |\n \
               ::: this value as TOML:2:8\n  \
                |\n\
             2 | kind = \"selct\"\n  \
                |        ^^^^^^^\n  \
                |\n  \
                = help: write another"
        );
    }

    #[test]
    fn a_span_past_the_end_is_clamped() {
        let source = Source::new("x", "ab");
        assert!(Diagnostic::new("cut").at(&source, 7..9).to_string().contains("x:1:3"));
    }
}
