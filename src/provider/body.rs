//! Tells what a body is by its bytes: a web page, a stream of events, or text, perhaps after a byte order mark.

use reqwest::StatusCode;
use serde_json::{Map, Value};

/// How many bytes of a page are searched for its title.
const MOST_HEAD: usize = 16 << 10;

/// Returns `bytes` without the byte order mark that some servers put before text.
pub(super) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes)
}

/// Returns whether a body begins like markup.
pub(super) fn is_markup(bytes: &[u8]) -> bool {
    without_mark(bytes).trim_ascii_start().starts_with(b"<")
}

/// What a body is by its first bytes, whatever its headers say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Begins {
    /// Markup.
    Markup,
    /// A JSON object or list.
    Json,
    /// Server-sent events.
    Events,
    /// Anything else, such as AWS's messages, whose first byte is zero.
    Other,
}

/// Tells how a body begins. `None` means that more bytes are needed.
pub(super) fn begins(bytes: &[u8]) -> Option<Begins> {
    const MARK: &[u8] = "\u{feff}".as_bytes();
    const FIELDS: [&[u8]; 4] = [b"data:", b"event:", b"id:", b"retry:"];
    if bytes.len() < MARK.len() && MARK.starts_with(bytes) {
        return None;
    }
    let rest = without_mark(bytes).trim_ascii_start();
    match rest.first()? {
        b'<' => Some(Begins::Markup),
        b'{' | b'[' => Some(Begins::Json),
        // A line that begins with a colon is a comment.
        b':' => Some(Begins::Events),
        _ if FIELDS.iter().any(|field| rest.starts_with(field)) => Some(Begins::Events),
        _ if FIELDS.iter().any(|field| field.starts_with(rest)) => None,
        _ => Some(Begins::Other),
    }
}

/// Returns whether a content type is that of a web page.
pub(super) fn is_page_type(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    matches!(kind.as_str(), "text/html" | "application/xhtml+xml")
}

/// Returns whether a content type is that of server-sent events.
pub(super) fn is_stream_type(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "text/event-stream"
}

/// Returns whether a content type comes in lines, of JSON or of events.
pub(super) fn is_lines_type(kind: &str) -> bool {
    const KINDS: [&str; 5] = [
        "application/x-ndjson",
        "application/ndjson",
        "application/jsonl",
        "application/x-jsonlines",
        "application/stream+json",
    ];
    let plain = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    is_stream_type(kind) || KINDS.contains(&plain.as_str())
}

/// Returns whether a content type is that of a file that is not text: a picture, sound, a document.
pub(super) fn is_file_type(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let group = kind.split('/').next().unwrap_or_default();
    matches!(group, "image" | "audio" | "video" | "font")
        || matches!(&*kind, "application/pdf" | "application/zip" | "application/msword")
}

/// Returns the title of a page, its heading, or the message of an error in XML. nginx puts its message into the
/// title (`400 No required SSL certificate was sent`), haproxy into a heading.
pub(super) fn title(page: &[u8]) -> Option<String> {
    let page = String::from_utf8_lossy(&page[..page.len().min(MOST_HEAD)]);
    // It has the same length, so that positions are the same in both.
    let lower = page.to_ascii_lowercase();
    ["title", "h1", "message", "h2"].iter().find_map(|tag| {
        let (mut from, open) = (0, format!("<{tag}"));
        loop {
            let at = from + lower[from..].find(&open)? + open.len();
            from = at;
            // `<h1>` and `<h1 class="…">` match, but not `<h10>`.
            if !lower[at..].starts_with(['>', ' ', '\n', '\r', '\t']) {
                continue;
            }
            let begin = at + lower[at..].find('>')? + 1;
            let end = begin + lower[begin..].find("</")?;
            let text = plain(&page[begin..end]);
            return (!text.is_empty()).then_some(text);
        }
    })
}

/// Returns a piece of markup without its tags and with its entities decoded.
fn plain(markup: &str) -> String {
    let mut text = String::new();
    for (at, piece) in markup.split('<').enumerate() {
        let outside = if at == 0 { Some(piece) } else { piece.split_once('>').map(|(_, rest)| rest) };
        text.push_str(outside.unwrap_or_default());
    }
    for (written, sign) in
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", " "), ("&amp;", "&")]
    {
        text = text.replace(written, sign);
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns whether a text is a web page, or an error in XML from a server before the service. A piece of HTML
/// is not, since it may be an answer.
pub(super) fn is_page(text: &[u8]) -> bool {
    let start = text.trim_ascii_start();
    let start = start[..start.len().min(256)].to_ascii_lowercase();
    let begins = |tag: &str| {
        let rest = start.strip_prefix(tag.as_bytes());
        rest.is_some_and(|rest| rest.first().is_none_or(|next| !next.is_ascii_alphanumeric()))
    };
    ["<!doctype", "<html", "<head", "<body", "<title", "<?xml", "<error"].iter().any(|tag| begins(tag))
        || (begins("<!--") && start.windows(5).any(|part| part == b"<html"))
}

/// Returns whether a page reports an outage, which may pass, and not a wrong address.
pub(super) fn is_of_an_outage(page: &[u8]) -> bool {
    let start = String::from_utf8_lossy(&page[..page.len().min(4096)]).to_ascii_lowercase();
    ["bad gateway", "unavailable", "gateway time", "too many requests", "internal server error", "timed out"]
        .iter()
        .any(|words| start.contains(words))
}

/// Returns whether a text is not an answer but a failure reported by a server before the service: the reason
/// phrase of a status alone, or the words of Envoy or Cloudflare.
pub(super) fn is_failure(text: &str) -> bool {
    let text = text.trim().trim_end_matches('.').to_ascii_lowercase();
    let of = |code: u16| {
        let status = StatusCode::from_u16(code).ok()?;
        let reason = status.canonical_reason()?.to_ascii_lowercase();
        // Without its number, a reason that blames the request may be an option of a suite (`Forbidden`).
        Some(text == format!("{code} {reason}") || (code == 429 || code >= 500) && text == reason)
    };
    let cloudflare = text.strip_prefix("error code: ").is_some_and(|code| code.parse::<u16>().is_ok());
    cloudflare
        || text == "no healthy upstream"
        || text.starts_with("upstream connect error or disconnect/reset before headers")
        || (400..600).any(|code| of(code) == Some(true))
}

/// Returns whether a body is a stream: server-sent events, or several JSON objects one after the other.
pub(super) fn is_stream(bytes: &[u8]) -> bool {
    // Comments, which keep such a stream alive, and other fields may come first.
    let lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let beside: [&[u8]; 3] = [b":", b"id:", b"retry:"];
    let mut lines =
        lines.filter(|line| !line.is_empty() && !beside.iter().any(|name| line.starts_with(name)));
    let first = lines.next().unwrap_or_default();
    if first.starts_with(b"event:") {
        return lines.next().is_some_and(|line| line.starts_with(b"data:"));
    }
    // In prose, no JSON follows such a word.
    if let Some(data) = first.strip_prefix(b"data:") {
        return matches!(data.trim_ascii_start().first(), Some(b'{' | b'['));
    }
    let objects = serde_json::Deserializer::from_slice(bytes).into_iter::<Map<String, Value>>();
    objects.take(2).filter(Result::is_ok).count() == 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_known_by_how_it_begins() {
        for page in [
            "<html><body>502 Bad Gateway</body></html>",
            "\n <!DOCTYPE html>\n<p>x</p>",
            "<HTML lang=\"en\">",
            "<head><title>x",
            "<!-- cached --><html>",
            "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>",
            "<Error><Code>SlowDown</Code></Error>",
        ] {
            assert!(is_page(page.as_bytes()) && is_markup(page.as_bytes()), "{page}");
        }
        for text in
            ["<b>Privacy</b>", "<p>Very</p>", "<answer>B</answer>", "<header>", "< 10", "x <html>", ""]
        {
            assert!(!is_page(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn a_page_tells_its_title() {
        for (page, wanted) in [
            (
                "<html>\r\n<head><title>413 Request Entity Too Large</title></head>\r\n<body>\r\n<center><h1>413</h1>",
                Some("413 Request Entity Too Large"),
            ),
            (
                "<html><head><title>400 No required SSL certificate was sent</title></head><body><center><h1>400 Bad Request</h1></center>",
                Some("400 No required SSL certificate was sent"),
            ),
            (
                "<html><body><h1>504 Gateway Time-out</h1>\nThe server didn't respond in time.\n</body></html>",
                Some("504 Gateway Time-out"),
            ),
            (
                "<!DOCTYPE html>\n<TITLE lang=\"en\">\n  Sign in &amp; go <b>on</b>\n</TITLE>",
                Some("Sign in & go on"),
            ),
            (
                "<?xml version=\"1.0\"?><Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>",
                Some("Please reduce your request rate."),
            ),
            ("<html><title></title><h1 class=\"a\"><span>502</span> Bad</h1>", Some("502")),
            ("<html><titles>x</titles>busy</html>", None),
            ("<html><title>never ends", None),
            ("", None),
        ] {
            assert_eq!(title(page.as_bytes()).as_deref(), wanted, "{page}");
        }
    }

    #[test]
    fn other_bodies_are_known() {
        for kind in ["text/html", "Text/HTML; charset=utf-8", " TEXT/HTML ;x", "application/xhtml+xml"] {
            assert!(is_page_type(kind), "{kind}");
        }
        assert!(!is_page_type("text/plain") && !is_page_type("text/html2"));
        assert_eq!(without_mark("\u{feff}x".as_bytes()), b"x");
        for stream in [
            "\ndata: {}",
            "id: 1\nretry: 5\ndata: {}",
            ": wait\n\ndata: {}",
            "event: x\ndata: y",
            "{\"a\":1}\n{\"a\":2}\n",
        ] {
            assert!(is_stream(stream.as_bytes()), "{stream}");
        }
        for whole in ["{}", "data: none", "event: none", "Very", "{\"a\":1} {", ": x", ""] {
            assert!(!is_stream(whole.as_bytes()), "{whole}");
        }
    }

    #[test]
    fn the_first_bytes_tell_what_comes() {
        use Begins::{Events, Json, Markup, Other};
        for (bytes, wanted) in [
            ("\u{feff} \n<!doctype", Some(Markup)),
            ("\u{feff}{", Some(Json)),
            (": wait", Some(Events)),
            ("\r\ndata:", Some(Events)),
            ("event: x", Some(Events)),
            ("data none", Some(Other)),
            ("Very", Some(Other)),
            ("\0\0", Some(Other)),
            ("eve", None),
            (" \n", None),
            ("", None),
        ] {
            assert_eq!(begins(bytes.as_bytes()), wanted, "{bytes:?}");
        }
        assert_eq!(begins(&"\u{feff}".as_bytes()[..2]), None);
    }

    #[test]
    fn what_servers_say_before_a_service_is_known() {
        for failure in [
            "502 Bad Gateway",
            "Internal Server Error\n",
            "Too Many Requests",
            "429 too many requests",
            "404 Not Found",
            "error code: 1015",
            "no healthy upstream",
            "upstream connect error or disconnect/reset before headers. reset reason: overflow",
        ] {
            assert!(is_failure(failure), "{failure}");
        }
        for text in ["Forbidden", "Conflict", "Gone", "502", "Very important", "error code: x", ""] {
            assert!(!is_failure(text), "{text}");
        }
        assert!(
            is_of_an_outage(b"<html><h1>502 Bad Gateway</h1></html>") && !is_of_an_outage(b"<html>Log in")
        );
    }
}
