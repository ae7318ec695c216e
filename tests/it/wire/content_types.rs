//! Answers whose head says of what kind they are wrongly, or not at all: servers and gateways that set `text/html` for
//! all, or nothing. What the bytes are counts: a good stream and a good table are read, and a page stays one, with
//! its title.

use crate::support::frames::{converse, framed};
use crate::support::server::{Reply, Server};
use crate::support::shapes::{Again, Ends, Read, VERY, asked, check, made_of, runtime, wholes};
use crate::support::streams::{DONE, READ, all_wires, bytes, chat, events, gemini};
use crate::support::wire::question;
use crate::support::{PACE, variables};
use alignspec::__testing::provider::{Finish, connect};
use serde_json::Value;
use std::sync::mpsc::channel;

/// What heads say; empty is none.
const KINDS: [&str; 7] = [
    "text/html",
    "text/html; charset=utf-8",
    "",
    "text/plain",
    "application/json",
    "application/octet-stream",
    "application/xhtml+xml",
];

#[test]
fn a_good_stream_is_read_whatever_its_head_says() {
    for (provider, data) in all_wires(&["Very ", "important"]) {
        for kind in KINDS {
            let made = made_of(provider, "stream = true", 200, kind, &bytes(provider, &data));
            check(&format!("{provider} as {kind:?}"), made, &READ);
        }
    }
    for begin in [": OPENROUTER PROCESSING\n\n", "\u{feff}", "\r\n\r\n", "id: 1\nretry: 5\n", "event: x\n"] {
        let text = format!("{begin}{}{DONE}", events(&chat()));
        check(begin, made_of("openai", "stream = true", 200, "text/html", text.as_bytes()), &READ);
    }
}

/// Its faults are those of a stream, too.
#[test]
fn a_stream_with_another_head_is_held_to_the_same() {
    for (provider, data) in all_wires(&["Very ", "important"]) {
        for kind in KINDS {
            let open = if provider == "gemini" || provider == "vertex" { &data[..1] } else { &data[..2] };
            let made = made_of(provider, "stream = true", 200, kind, &bytes(provider, open));
            let shown = made.expect_err("it broke off");
            assert!(shown.may_pass(), "{provider} as {kind:?}: {shown}");
        }
    }
    let mixed =
        events(&chat()[..3]) + "<html><title>502 Bad Gateway</title></html>\n" + &events(&chat()[3..]);
    let made = made_of("openai", "stream = true", 200, "text/html", mixed.as_bytes());
    check("a page within", made, &Again("a line that belongs to no event: <html>"));
    let mut damaged = framed(&converse(&["Very ", "important"]));
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    check("damaged", made_of("bedrock", "stream = true", 200, "", &damaged), &Again("damaged"));
    damaged[9] ^= 1;
    check(
        "another's bytes",
        made_of("bedrock", "stream = true", 200, "text/html", &damaged),
        &Ends("an HTML page"),
    );
}

#[test]
fn a_page_stays_one_with_its_title() {
    let page =
        "\n<!DOCTYPE html><html><head><title>Sign in to Acme</title></head><body>data: {}</body></html>";
    let outage = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>nginx</body></html>";
    for (provider, _) in wholes() {
        for set in ["stream = true", ""] {
            for kind in KINDS.into_iter().chain(["text/event-stream"]) {
                let what = format!("{provider} as {kind:?} {set}");
                let made = |page: &str| made_of(provider, set, 200, kind, page.as_bytes());
                check(&what, made(page), &Ends("an HTML page (\u{201c}Sign in to Acme\u{201d})"));
                check(&what, made(outage), &Again("an HTML page (\u{201c}502 Bad Gateway\u{201d})"));
            }
            // What calls itself one, and is nothing else that is known.
            check(provider, made_of(provider, set, 200, "text/html", b"Log in"), &Ends("an HTML page"));
        }
    }
}

#[test]
fn a_good_whole_answer_is_read_whatever_its_head_says() {
    for (provider, body) in wholes() {
        for set in ["stream = true", ""] {
            for kind in KINDS {
                let text = serde_json::to_string_pretty(&body).expect("JSON");
                let made = made_of(provider, set, 200, kind, format!("\n{text}\n").as_bytes());
                check(&format!("{provider} as {kind:?} {set}"), made, &READ);
            }
        }
    }
    let answer = br#"{"answer": "Very important"}"#;
    for kind in ["text/html", ""] {
        let made = made_of("http", "text = \"/answer\"", 200, kind, answer);
        check(kind, made, &Read(Finish::Other, VERY));
    }
    // A stream that nobody asked for is told as one.
    let made = made_of("openai", "", 200, "text/html", events(&chat()).as_bytes());
    check("a stream", made, &Ends("a stream of events"));
}

/// Nothing is decided before enough has come.
#[test]
fn a_stream_may_come_in_drops() {
    let text = events(&chat()) + DONE;
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        text.len()
    );
    for cut in [0, 1, 4, 5, 6] {
        let (first, rest) =
            ([head.as_bytes(), &text.as_bytes()[..cut]].concat(), text.as_bytes()[cut..].to_vec());
        // Whoever would wait for the second half is gone at once.
        let server = Server::start(move |_| Reply::Halting(first.clone(), channel().1, rest.clone()));
        let wire =
            connect(&asked("openai", &server, "stream = true"), PACE.limit, variables).expect("a wire");
        let made = runtime().block_on(wire.ask(&question())).map(|reply| reply.response.into_response());
        check(&format!("cut at {cut}"), made, &READ);
    }
}

/// Gemini answers with a list where events were not asked for.
#[test]
fn a_list_is_no_stream_of_events() {
    let list = Value::Array(gemini(&["Very ", "important"])).to_string();
    for kind in ["application/json", ""] {
        let made = made_of("gemini", "stream = true", 200, kind, list.as_bytes());
        check(kind, made, &Again("JSON without `candidates`"));
    }
}
