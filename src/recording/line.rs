//! One line of a recording: readable JSON with a checksum of its bytes.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::SampleAddress;
use super::key::QuestionKey;
use crate::ground::text::is_bidi;
use crate::provider::{AnswerStructure, Finish, Response, Upstream, Usd, printable};

/// The longest text that is kept, in bytes. A longer one counts as cut off by a length limit.
const MOST_TEXT: usize = 64 << 10;

/// The text between the fields and the 8 digits of the checksum.
const SUM: &str = ",\"sum\":\"";

/// The fields in the order in which they are written. `item` and `form` are there for people: the key covers
/// them too.
#[derive(Serialize, Deserialize)]
struct LineFields<'a> {
    #[serde(borrow)]
    item: Cow<'a, str>,
    #[serde(borrow)]
    form: Cow<'a, str>,
    sample: u32,
    #[serde(borrow)]
    key: Cow<'a, str>,
    /// The number of the turn: 2 if the model was asked back. A first turn has no number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    turn: Option<u8>,
    #[serde(borrow)]
    text: Cow<'a, str>,
    /// How the text is read, if it is JSON in a product's own shape.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    structure: Option<Cow<'a, AnswerStructure>>,
    finish: Finish,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    model: Option<Cow<'a, str>>,
    /// The host that a router chose. The next field is the set-up of the provider.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    upstream: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    fingerprint: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tokens_in: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tokens_out: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tokens_reasoning: Option<u64>,
    /// The cost by the provider's own count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    usd: Option<Usd>,
    /// Milliseconds from the question to its response. The next field is the UTC second when it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ms: Option<u64>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    at: Option<Cow<'a, str>>,
    /// The provider's id of the response. The next field says whether it came from a cache.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    id: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    cached: bool,
    /// The number of tries before it whose answers were lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lost: Option<u32>,
}

/// The content of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LineContent {
    pub key: QuestionKey,
    pub sample: u32,
    pub turn: Turn,
    pub response: Response,
    pub rank: Rank,
}

/// The turn in a conversation that a line records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Turn {
    /// The response to the question.
    #[default]
    First,
    /// The response to being asked back.
    Back,
}

impl Turn {
    pub(crate) fn is_first(&self) -> bool {
        *self == Turn::First
    }
}

impl LineContent {
    pub(super) fn address(&self) -> SampleAddress {
        (self.key, self.sample)
    }
}

/// The hash of a line's fields, which only equal lines share. Its first digits are the checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Rank([u8; 32]);

impl Rank {
    fn of(fields: &str) -> Rank {
        Rank(*blake3::hash(fields.as_bytes()).as_bytes())
    }

    /// Returns the lot that a line draws among all lines of its sample. `all` has their ranks in order.
    pub(super) fn lot(self, all: &[Rank]) -> Rank {
        let mut hash = blake3::Hasher::new();
        all.iter().chain([&self]).for_each(|rank| {
            hash.update(&rank.0);
        });
        Rank(*hash.finalize().as_bytes())
    }

    /// Returns 8 hexadecimal digits, which reveal slips and edits but do not stop a forger.
    fn checksum(&self) -> [u8; 8] {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        std::array::from_fn(|at| {
            let byte = self.0[at / 2];
            DIGITS[usize::from(if at % 2 == 0 { byte >> 4 } else { byte & 15 })]
        })
    }
}

/// The reason why a line cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// It is not a JSON object. It is torn if it is the last line.
    NotJson,
    /// Its checksum is missing, or does not fit.
    Edited,
    /// The checksum fits, but the fields do not: another version wrote it.
    Fields,
}

/// Returns the line (with its line break) that records `response`, and its rank.
pub(super) fn write(
    item: &str,
    form: &str,
    (key, sample): SampleAddress,
    turn: Turn,
    response: &Response,
) -> serde_json::Result<(String, Rank)> {
    let upstream = response.upstream.as_deref();
    let fields = LineFields {
        item: Cow::Borrowed(item),
        form: Cow::Borrowed(form),
        sample,
        key: Cow::Owned(key.to_string()),
        turn: (!turn.is_first()).then_some(2),
        text: Cow::Borrowed(&response.text),
        structure: response.structure.as_deref().map(Cow::Borrowed),
        finish: response.finish.clone(),
        model: response.model.as_deref().map(Cow::Borrowed),
        upstream: upstream.and_then(|upstream| upstream.host.as_deref()).map(Cow::Borrowed),
        fingerprint: upstream.and_then(|upstream| upstream.fingerprint.as_deref()).map(Cow::Borrowed),
        tokens_in: response.tokens_in,
        tokens_out: response.tokens_out,
        tokens_reasoning: response.tokens_reasoning,
        usd: upstream.and_then(|upstream| upstream.usd),
        ms: response.ms,
        at: response.at.as_deref().map(Cow::Borrowed),
        id: upstream.and_then(|upstream| upstream.id.as_deref()).map(Cow::Borrowed),
        cached: upstream.is_some_and(|upstream| upstream.cached),
        lost: response.lost,
    };
    let mut line = harmless(serde_json::to_string(&fields)?);
    let rank = Rank::of(&line);
    line.pop();
    line.push_str(SUM);
    line.extend(rank.checksum().map(char::from));
    line.push_str("\"}\n");
    Ok((line, rank))
}

/// Reads what a line (without its line break) records.
pub(super) fn read_line(line: &[u8]) -> Result<LineContent, Flaw> {
    let text = std::str::from_utf8(line).map_err(|_| Flaw::NotJson)?;
    // Git may have replaced the line breaks by those of another system.
    let text = text.strip_suffix('\r').unwrap_or(text);
    let sealed = text.strip_suffix("\"}").and_then(|rest| {
        let (fields, sum) = rest.split_at_checked(rest.len().checked_sub(8)?)?;
        let fields = format!("{}}}", fields.strip_suffix(SUM)?);
        let rank = Rank::of(&fields);
        Some((fields, rank, sum))
    });
    let Some((fields, rank, _)) = sealed.filter(|(_, rank, sum)| rank.checksum() == sum.as_bytes()) else {
        let object = serde_json::from_str::<serde_json::Value>(text).is_ok_and(|value| value.is_object());
        return Err(if object { Flaw::Edited } else { Flaw::NotJson });
    };
    let fields: LineFields<'_> = serde_json::from_str(&fields).map_err(|_| Flaw::Fields)?;
    let [host, fingerprint, id] =
        [fields.upstream, fields.fingerprint, fields.id].map(|word| word.map(Cow::into_owned));
    let response = Response {
        text: fields.text.into_owned(),
        structure: fields.structure.map(|structure| Box::new(structure.into_owned())),
        finish: printable(fields.finish),
        model: fields.model.map(Cow::into_owned),
        upstream: Upstream { host, fingerprint, usd: fields.usd, id, cached: fields.cached }.told(),
        tokens_in: fields.tokens_in,
        tokens_out: fields.tokens_out,
        tokens_reasoning: fields.tokens_reasoning,
        ms: fields.ms,
        at: fields.at.map(Cow::into_owned),
        lost: fields.lost,
        back: None,
    };
    let key = QuestionKey::read(&fields.key).ok_or(Flaw::Fields)?;
    let turn = match fields.turn {
        None => Turn::First,
        Some(2) => Turn::Back,
        Some(_) => return Err(Flaw::Fields),
    };
    Ok(LineContent { key, sample: fields.sample, turn, response, rank })
}

/// Returns `response` as it can be stored, so that a run uses exactly what a replay will use.
pub(super) fn kept(mut response: Response) -> Response {
    if response.text.len() > MOST_TEXT {
        let cut = (0..=MOST_TEXT).rev().find(|at| response.text.is_char_boundary(*at)).unwrap_or(0);
        response.text.truncate(cut);
        // The unused memory would otherwise be kept as long as the answer.
        response.text.shrink_to_fit();
        // The provider's own word for the end takes precedence.
        if matches!(response.finish, Finish::Stop | Finish::Other) {
            response.finish = Finish::Length;
        }
    }
    response
}

/// Escapes characters that JSON leaves alone but that a terminal or a diff would obey. They only occur inside
/// strings, where `\u` means the same.
pub(crate) fn harmless(json: String) -> String {
    let obeyed = |c: char| c.is_control() || is_bidi(c);
    if !json.contains(obeyed) {
        return json;
    }
    let escape = |c: char| match obeyed(c) {
        true => format!("\\u{:04x}", u32::from(c)),
        false => c.to_string(),
    };
    json.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::super::key::Keys;
    use super::*;
    use proptest::prelude::*;

    fn response(text: &str) -> Response {
        let (text, model) = (text.to_owned(), Some("m-1".to_owned()));
        Response { text, finish: Finish::Stop, model, tokens_in: Some(3), ..Response::default() }
    }

    fn key() -> QuestionKey {
        Keys::new(&serde_json::Value::Null, None).key("", "", "", None)
    }

    #[test]
    fn a_line_is_readable_and_its_order_stable() {
        let (line, _) =
            write("medical.privacy", "listed", (key(), 4), Turn::First, &response("Very\nimportant"))
                .expect("JSON");
        let wanted = format!(
            r#"{{"item":"medical.privacy","form":"listed","sample":4,"key":"{}","text":"Very\nimportant","finish":"stop","model":"m-1","tokens_in":3,"sum":""#,
            key()
        );
        assert!(line.starts_with(&wanted) && line.ends_with("\"}\n"), "{line}");
    }

    #[test]
    fn an_edit_is_told_from_a_torn_line() {
        let (line, _) = write("i", "f", (key(), 0), Turn::First, &response("Very important")).expect("JSON");
        let line = line.trim_end();
        assert!(read_line(format!("{line}\r").as_bytes()).is_ok());
        for edited in [line.replace("Very", "Not"), line.replace("\"sum", "\"x"), "{}".to_owned()] {
            assert_eq!(read_line(edited.as_bytes()), Err(Flaw::Edited), "{edited}");
        }
        for torn in (0..line.len()).map(|end| &line[..end]).chain(["<<<<<<< HEAD", "7"]) {
            assert_eq!(read_line(torn.as_bytes()), Err(Flaw::NotJson), "{torn}");
        }
        let sealed = |fields: &str| {
            let sum = Rank::of(fields).checksum().map(char::from);
            format!("{}{SUM}{}\"}}", fields.trim_end_matches('}'), String::from_iter(sum))
        };
        assert_eq!(read_line(sealed("{\"item\":\"i\"}").as_bytes()), Err(Flaw::Fields));
        let (back, _) = write("i", "f", (key(), 0), Turn::Back, &response("x")).expect("JSON");
        assert!(back.contains(&format!("\"key\":\"{}\",\"turn\":2,\"text\"", key())), "{back}");
        let (fields, _) = back.split_once(SUM).expect("sealed");
        let third = format!("{}}}", fields.replace("\"turn\":2", "\"turn\":3"));
        assert_eq!(read_line(sealed(&third).as_bytes()), Err(Flaw::Fields), "of a later version");
    }

    #[test]
    fn long_texts_are_cut_at_a_character() {
        let cut = kept(response(&"é".repeat(MOST_TEXT)));
        assert_eq!((cut.text.len(), cut.finish), (MOST_TEXT, Finish::Length));
        assert_eq!(kept(response("x")), response("x"));
        for finish in [Finish::Filter, Finish::Unknown("pause_turn".to_owned())] {
            let long = Response { finish: finish.clone(), ..response(&"x".repeat(MOST_TEXT + 1)) };
            let cut = kept(long);
            assert_eq!((cut.text.len(), cut.finish), (MOST_TEXT, finish));
        }
    }

    #[test]
    fn how_it_ended_comes_back() {
        let unknown = |word: &str| Finish::Unknown(word.to_owned());
        for (finish, wanted) in [
            (Finish::Stop, r#","finish":"stop","#),
            (Finish::Length, r#","finish":"length","#),
            (Finish::Filter, r#","finish":"filter","#),
            (Finish::Other, r#","finish":"other","#),
            (unknown("pause_turn"), r#","finish":{"unknown":"pause_turn"},"#),
            (unknown("a \"b\" {c}"), r#","finish":{"unknown":"a \"b\" {c}"},"#),
        ] {
            let response = Response { finish, ..response("Very important") };
            let (line, _) = write("i", "f", (key(), 0), Turn::First, &response).expect("JSON");
            assert!(line.contains(wanted), "{line}");
            assert_eq!(read_line(line.trim_end().as_bytes()).map(|read| read.response), Ok(response));
        }
        // A finish that was written by hand or by another version is made printable too.
        let response = Response { finish: unknown("a\n::error::b"), ..response("x") };
        let (line, _) = write("i", "f", (key(), 0), Turn::First, &response).expect("JSON");
        let read = read_line(line.trim_end().as_bytes()).map(|read| read.response.finish);
        assert_eq!(read, Ok(unknown("a ::error::b")));
    }

    proptest! {
        #[test]
        fn any_text_comes_back_and_none_is_obeyed(text in any::<String>(), sample: u32, back: bool) {
            let turn = if back { Turn::Back } else { Turn::First };
            let text = format!("{text}\u{9b}\u{7f}\u{202e}\u{1b}[1m");
            let (line, rank) = write("i", "f", (key(), sample), turn, &response(&text)).expect("JSON");
            prop_assert!(!line.trim_end_matches('\n').contains(|c: char| c.is_control() || is_bidi(c)));
            let read = read_line(line.trim_end_matches('\n').as_bytes());
            prop_assert_eq!(read, Ok(LineContent { key: key(), sample, turn, response: response(&text), rank }));
        }
    }
}
