//! What the bytes of a body are, whatever they say: a web page, a stream of events, text with a mark
//! before it.

/// `bytes` without the mark that some servers put before text in UTF-8.
pub(super) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes)
}

/// Whether it is markup, where JSON was asked for.
pub(super) fn is_markup(bytes: &[u8]) -> bool {
    without_mark(bytes).trim_ascii_start().starts_with(b"<")
}

/// Whether a content type is a web page's.
pub(super) fn is_page_type(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    matches!(kind.as_str(), "text/html" | "application/xhtml+xml")
}

/// Whether a text is a web page, or the XML in which a server in front of a service tells of an error. A
/// piece of HTML may be an answer.
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

/// Whether it is server-sent events.
pub(super) fn is_stream(bytes: &[u8]) -> bool {
    let start = bytes.trim_ascii_start();
    ["data:", "event:", ":"].iter().any(|field| start.starts_with(field.as_bytes()))
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
    fn other_bodies_are_known() {
        for kind in ["text/html", "Text/HTML; charset=utf-8", " TEXT/HTML ;x", "application/xhtml+xml"] {
            assert!(is_page_type(kind), "{kind}");
        }
        assert!(!is_page_type("text/plain") && !is_page_type("text/html2"));
        assert_eq!(without_mark("\u{feff}x".as_bytes()), b"x");
        assert!(is_stream(b"\ndata: {}") && is_stream(b": wait\n\ndata: {}") && !is_stream(b"{}"));
    }
}
