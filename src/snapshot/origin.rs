//! Writes and reads the lines of a snapshot's head that say where its answers come from.
//!
//! All of it is text from outside (a provider's version, a file's note), so it is shown as one printable line.

use jiff::civil::Date;

use super::text;
use crate::ground::format::{first_few, noun};
use crate::ground::text::one_line;

/// Who answered, when and how often.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Origin {
    /// It is not known, as for simulated answers.
    #[default]
    Untold,
    /// A model was asked.
    Asked {
        /// The id by which it was asked.
        model: String,
        /// The versions that the provider named in its responses.
        versions: Vec<String>,
        /// The hosts behind a router that the responses named.
        hosts: Vec<String>,
        /// How it was asked: a line with the system prompt, and one with the settings.
        with: Vec<String>,
        /// The UTC day of the newest response; old recordings do not have it.
        day: Option<Date>,
        /// The number of responses to each question, valid or not.
        n: u32,
    },
    /// Published or imported figures, with the name of the tally and its source.
    Told { name: String, source: String },
}

impl Origin {
    /// The lines of a snapshot's head that say so.
    pub(crate) fn lines(&self) -> Vec<String> {
        match self {
            Origin::Untold => Vec::new(),
            Origin::Asked { model, versions, hosts, with, day, n } => {
                let day = day.map_or_else(String::new, |day| format!("{day}, "));
                let model = format!(
                    "model {}{}{}",
                    one_line(model, 120),
                    named("answered by", versions),
                    named("through", hosts)
                );
                let with = with.iter().map(|line| one_line(line, MOST_ASKED_WITH));
                let sampled = format!("sampled {day}{n} {} to each question", noun(*n as usize, "response"));
                std::iter::once(model).chain(with).chain([sampled]).collect()
            }
            Origin::Told { name, source } => {
                vec![format!("source {}: {}", one_line(name, 120), one_line(source, 300))]
            }
        }
    }
}

fn named(how: &str, versions: &[String]) -> String {
    /// If there are more versions, a router chose among them.
    const SHOWN: usize = 4;
    let mut versions: Vec<String> = versions.iter().map(|version| one_line(version, 120)).collect();
    // They are sorted, because the order of responses is random.
    versions.sort();
    versions.dedup();
    if versions.is_empty() { String::new() } else { format!(", {how} {}", first_few(&versions, SHOWN)) }
}

/// Who answered for a snapshot, as the lines of its head say it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Answerers {
    /// The id that the model was asked by.
    pub model: Option<String>,
    /// The versions that the provider named, as they are listed.
    pub versions: String,
    /// The lines that say what it was asked with.
    pub with: Vec<String>,
    pub day: Option<Date>,
}

impl Answerers {
    pub(crate) fn of(lines: &[String]) -> Answerers {
        let mut found = Answerers::default();
        for line in lines {
            if let Some(rest) = line.strip_prefix("model ") {
                let rest = rest.split_once(", through ").map_or(rest, |(rest, _)| rest);
                let (model, versions) = rest.split_once(", answered by ").unwrap_or((rest, ""));
                (found.model, found.versions) = (Some(model.to_owned()), versions.to_owned());
            } else if let Some(rest) = line.strip_prefix("sampled ") {
                found.day = rest.split_once(',').and_then(|(day, _)| day.parse().ok());
            } else if is_asked_with(line) {
                found.with.push(line.clone());
            }
        }
        found
    }

    /// Says that a provider named a version for these answers and names none for others, so that a change of it does not show.
    pub(crate) fn unnamed(&self, named_now: bool) -> Option<String> {
        (!self.versions.is_empty() && !named_now).then(|| {
            format!(
                "the snapshot was answered by `{}`, and the provider no longer says which version answers: another one would not show by its name",
                one_line(&self.versions, 120)
            )
        })
    }

    /// Whether a version is one of those; also where it is not known, since none is listed or not all are.
    #[cfg(feature = "cli")]
    pub(crate) fn may_include(&self, version: &str) -> bool {
        let (version, all) = (one_line(version, 120), self.versions.as_str());
        let not_all = all.rsplit(' ').next() == Some("more");
        all.is_empty() || not_all || all == version || all.split(", ").any(|one| one == version)
    }
}

/// Whether a line of the head says where the answers come from.
pub(super) fn is_one(line: &str) -> bool {
    let starts = ["model ", "sampled ", "source ", KEPT, DRIFTED, RENEWED];
    starts.iter().any(|start| line.starts_with(start)) || is_asked_with(line)
}

/// Returns whether a line of the head says how a model was asked; old snapshots have no such line.
pub(crate) fn is_asked_with(line: &str) -> bool {
    ["system ", "settings "].iter().any(|start| line.starts_with(start))
}

/// The most characters of such a line.
const MOST_ASKED_WITH: usize = 1_000;

const KEPT: &str = "kept ";

const DRIFTED: &str = "drifted ";

const RENEWED: &str = "renewed ";

/// How often a snapshot was renewed without a review, and the hash of the one that was last judged in full.
#[cfg(feature = "cli")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Renewals {
    pub times: u32,
    pub judged: String,
}

#[cfg(feature = "cli")]
impl Renewals {
    /// Reads them in the head of a snapshot; `None` where it was judged in full.
    ///
    /// # Errors
    /// The line cannot be read.
    pub(crate) fn of(head: &[String]) -> Result<Option<Renewals>, String> {
        let Some(line) = head.iter().find(|line| line.starts_with(RENEWED)) else { return Ok(None) };
        let words: Vec<&str> = line.split(' ').collect();
        let read = match words[..] {
            [_, times, _, "since", judged] => {
                let plain = !judged.is_empty() && judged.chars().all(|c| c.is_ascii_hexdigit());
                times.parse().ok().filter(|times| *times > 0 && plain).map(|times| (times, judged.to_owned()))
            }
            _ => None,
        };
        let (times, judged) =
            read.ok_or_else(|| format!("its line `{}` does not say how often", one_line(line, 120)))?;
        Ok(Some(Renewals { times, judged }))
    }

    /// The line of the head that says so.
    pub(crate) fn line(&self) -> String {
        let Renewals { times, judged } = self;
        format!("{RENEWED}{times} {} since {judged}", noun(*times as usize, "time"))
    }
}

/// Returns whether the same model, asked in the same way, answered in both texts. An old text that does not say how
/// it was asked counts as alike.
pub(super) fn alike(before: &str, now: &str) -> bool {
    fn head(text: &str) -> impl Iterator<Item = &str> {
        text::parts(text).0.skip(1)
    }
    fn who(text: &str) -> Option<&str> {
        head(text).find(|line| ["model ", "source "].iter().any(|start| line.starts_with(start)))
    }
    let with = |text| head(text).filter(|line| is_asked_with(line)).collect::<Vec<&str>>();
    let [old, new] = [before, now].map(with);
    who(before) == who(now) && (old.is_empty() || new.is_empty() || old == new)
}

/// Writes the line about the drift in a renewed snapshot: which items drifted and out of how many, whether invalid
/// responses did, and whether all items did when taken together.
pub(super) fn drifted(items: &[String], all: usize, invalid: bool, general: bool) -> String {
    let some = (!items.is_empty()).then(|| format!("{} of {all} questions", items.len()));
    let invalid = invalid.then(|| "the share of invalid responses".to_owned());
    let what: Vec<String> = some.into_iter().chain(invalid).collect();
    let named = if items.is_empty() { String::new() } else { format!(" ({})", super::some(items)) };
    let what = what.join(" and ") + &named;
    if general {
        let together = match items.len() {
            0 => format!("all {all} questions taken together"),
            some => format!("the other {} questions taken together", all.saturating_sub(some)),
        };
        let both = [what, together].into_iter().filter(|part| !part.is_empty());
        return format!("{DRIFTED}{}", both.collect::<Vec<_>>().join(", and "));
    }
    let others = if items.len() < all { ": the others did not, and are of the same sample" } else { "" };
    format!("{DRIFTED}{what}{others}")
}

/// Writes the line about how many items of a composed snapshot come from earlier samples.
pub(super) fn kept(items: usize, all: usize) -> Option<String> {
    let what = match items {
        0 => return None,
        // This is the only item of its task, or the only one left.
        _ if items == all => format!("all {all} questions").replace("all 1 questions", "the question"),
        _ => format!("{items} of {all} questions"),
    };
    Some(format!("{KEPT}{what}: of earlier samples, from which this one did not drift"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(versions: &[&str], day: Option<Date>, n: u32) -> Vec<String> {
        let versions = versions.iter().map(|version| (*version).to_owned()).collect();
        let (model, hosts, with) = ("gpt-b".to_owned(), Vec::new(), Vec::new());
        Origin::Asked { model, versions, hosts, with, day, n }.lines()
    }

    #[test]
    fn says_what_is_known_and_no_more() {
        let day = Some(jiff::civil::date(2026, 11, 24));
        assert_eq!(
            asked(&["gpt-b-2", "gpt-b-1", "gpt-b-2"], day, 50),
            [
                "model gpt-b, answered by gpt-b-1, gpt-b-2",
                "sampled 2026-11-24, 50 responses to each question"
            ]
        );
        assert_eq!(asked(&[], None, 1), ["model gpt-b", "sampled 1 response to each question"]);
        let many = asked(&["a", "b", "c", "d", "e", "f"], None, 2);
        assert_eq!(many[0], "model gpt-b, answered by a, b, c, d and 2 more");
        assert!(Origin::Untold.lines().is_empty());
    }

    #[test]
    fn who_answers_is_told_by_the_model_and_by_what_it_is_asked_with() {
        let head = |lines: &str| format!("T x\nquestions 0\n{lines}invalid 0 of 1\n\n");
        let old = head("model a\nsampled 1 response to each question\n");
        let [one, other] =
            ["none", "\"You help.\""].map(|system| head(&format!("model a\nsystem {system}\n")));
        assert!(alike(&one, &one) && !alike(&one, &other));
        assert!(alike(&old, &one) && alike(&old, &other), "not told");
        assert!(!alike(&old, &head("model b\n")));
        let with = vec!["system \"a\nb\"".to_owned()];
        let (model, versions, hosts) = ("m".to_owned(), Vec::new(), Vec::new());
        let asked = Origin::Asked { model, versions, hosts, with, day: None, n: 1 };
        assert_eq!(asked.lines(), ["model m", "system \"a b\"", "sampled 1 response to each question"]);
    }

    #[test]
    fn a_version_that_is_no_longer_named_is_told() {
        let before = Answerers::of(&asked(&["gpt-b-1"], None, 1));
        assert!(before.unnamed(false).is_some_and(|told| told.contains("answered by `gpt-b-1`, and")));
        assert_eq!(before.unnamed(true), None);
        assert_eq!(Answerers::of(&asked(&[], None, 1)).unnamed(false), None, "it never was");
    }

    #[cfg(feature = "cli")]
    #[test]
    fn who_answered_is_read_back() {
        let day = Some(jiff::civil::date(2026, 11, 24));
        let of = |versions: &[&str]| Answerers::of(&asked(versions, day, 50));
        let found = of(&["gpt-b-1", "gpt-b-2"]);
        assert_eq!((found.model.as_deref(), found.day), (Some("gpt-b"), day));
        assert!(found.may_include("gpt-b-1") && found.may_include("gpt-b-2") && !found.may_include("gpt-b"));
        assert!(of(&["a", "b", "c", "d", "e", "f"]).may_include("z"), "not all are listed");
        assert!(of(&[]).may_include("z"), "not told");
        assert!(of(&["a, b"]).may_include("a, b"));
        let through = ["model m, answered by v, through h".to_owned(), "system none".to_owned()];
        let found = Answerers::of(&through);
        assert_eq!((found.versions, found.with), ("v".to_owned(), vec!["system none".to_owned()]));
    }

    #[test]
    fn what_is_kept_and_what_drifted_is_said_in_words() {
        let end = ": of earlier samples, from which this one did not drift";
        assert_eq!(kept(25, 28), Some(format!("kept 25 of 28 questions{end}")));
        assert_eq!(kept(1, 1), Some(format!("kept the question{end}")));
        assert_eq!(kept(0, 1), None);
        let names = ["a".to_owned(), "b".to_owned()];
        let end = ": the others did not, and are of the same sample";
        assert_eq!(drifted(&names, 28, false, false), format!("drifted 2 of 28 questions (a, b){end}"));
        assert_eq!(
            drifted(&names, 2, true, false),
            "drifted 2 of 2 questions and the share of invalid responses (a, b)"
        );
        let alone = drifted(&[], 28, true, false);
        assert_eq!(alone, format!("drifted the share of invalid responses{end}"));
        assert_eq!(drifted(&[], 28, false, true), "drifted all 28 questions taken together");
        assert_eq!(
            drifted(&names, 28, false, true),
            "drifted 2 of 28 questions (a, b), and the other 26 questions taken together"
        );
    }

    #[test]
    fn text_from_elsewhere_stays_in_its_line() {
        assert_eq!(
            asked(&["v1\u{1b}[31m\nquestions 0"], None, 2)[0],
            "model gpt-b, answered by v1 questions 0"
        );
        let told = Origin::Told { name: "m".to_owned(), source: "a\n\nb".to_owned() };
        assert_eq!(told.lines(), ["source m: a b"]);
    }
}
