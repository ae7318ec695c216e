//! A service of one's own: what `[model.http]` sends, what it reads, and which mistakes it tells.

use std::path::Path;

use crate::support::server::{Reply, Server};
use crate::support::{KEY, configured, misconfigured, recorded, sample, task, unit};
use alignspec::__testing::config::Model;
use alignspec::__testing::provider::{Response, identity};
use serde_json::{Value, json};
use tempfile::tempdir;

fn service(server: &Server, model: &str, http: &str) -> Model {
    let url = server.base_url();
    configured(
        Path::new("/"),
        &format!("provider = \"http\"\n{model}\n[model.http]\n{}", http.replace("URL", &url)),
    )
}

/// What comes of one question to a service that says this.
fn one(reply: impl Fn() -> Reply + Send + Sync + 'static, http: &str) -> Result<Response, String> {
    let server = Server::start(move |_| reply());
    let model = service(&server, "", &format!("url = \"URL/ask\"\nbody = {{ q = \"{{prompt}}\" }}\n{http}"));
    let (folder, task) = (tempdir().expect("a folder"), task());
    let sampled = sample(folder.path(), &unit(&model, &task, 1));
    let response = sampled.responses[0].clone().map(|response| Response { ms: None, at: None, ..response });
    response.ok_or_else(|| format!("{} after {}", sampled.shortfall().expect("a reason"), server.count()))
}

#[test]
fn sends_the_template_with_its_placeholders_filled() {
    let server = Server::start(|_| Reply::json(200, &json!({ "answer": "Very important" })));
    let mut task = task();
    task.system = Some("One\n\"option\".".to_owned());
    let model = service(
        &server,
        "key_env = \"TEST_KEY\"\nmodel = \"v7\"",
        r#"url = "URL/ask?tenant=bank&v={model}"
        headers = { Authorization = "ApiKey {key}", x-team = "risk" }
        body = { question = "{prompt}", who = ["{system}", "{model}!"], deep = { n = 1, on = true } }
        text = "/answer""#,
    );
    let folder = tempdir().expect("a folder");
    let sampled = sample(folder.path(), &unit(&model, &task, 1));
    assert_eq!(sampled.shortfall(), None);
    let received = server.received();
    assert_eq!(received[0].target, "POST /v1/ask?tenant=bank&v=v7");
    assert_eq!(received[0].header("authorization"), Some(&*format!("ApiKey {KEY}")));
    assert_eq!(received[0].header("x-team"), Some("risk"));
    let prompt = &task.question(1, 0, 0, 0).prompt;
    assert_eq!(
        received[0].body,
        json!({
            "question": prompt, "who": ["One\n\"option\".", "v7!"], "deep": { "n": 1, "on": true },
        })
    );
    assert!(!recorded(folder.path()).contains(KEY));
}

#[test]
fn nothing_of_a_question_is_lost() {
    let server = Server::start(|_| Reply::json(200, &json!({ "answer": "x" })));
    let mut task = task();
    task.system = Some("S".to_owned());
    let prompt = task.question(1, 0, 0, 0).prompt;
    let turns = "messages = [{ role = \"user\", content = \"{prompt}?\" }]";
    let user = |content: &str| json!({ "role": "user", "content": content });
    for (model, body, wanted) in [
        ("", "{ q = \"{prompt}\" }", json!({ "q": format!("S\n\n{prompt}") })),
        (
            turns,
            "{ q = \"{messages}\" }",
            json!({ "q": [
            { "role": "system", "content": "S" }, user("{prompt}?"), user(&prompt),
        ] }),
        ),
        (
            turns,
            "{ q = \"{prompt}\", s = \"{system}\", h = \"{messages}\" }",
            json!({
                "q": prompt, "s": "S", "h": [user("{prompt}?")],
            }),
        ),
        // JSON as text; its strings are filled in after it is read.
        (
            "",
            r#"'{"q": "{prompt}", "s": "{system}", "f": "{schema}"}'"#,
            json!({
                "q": prompt, "s": "S", "f": null,
            }),
        ),
        (
            "answer_format = \"json_schema\"",
            "{ q = \"{prompt}\", s = \"{system}\", f = \"{schema}\" }",
            json!({
                "q": prompt, "s": "S", "f": { "type": "string" },
            }),
        ),
    ] {
        let model = service(&server, model, &format!("url = \"URL\"\nbody = {body}\ntext = \"/answer\""));
        let before = server.count();
        sample(tempdir().expect("a folder").path(), &unit(&model, &task, 1));
        assert_eq!(server.received()[before].body, wanted, "{body}");
    }
}

#[test]
fn a_question_may_go_into_the_query() {
    let server =
        Server::start(|_| Reply::Answer { status: 200, headers: vec![], body: "Very important\n".into() });
    let model = service(&server, "", "url = \"URL/ask?q={prompt}&x=1%262\"\nmethod = \"GET\"");
    let (folder, task) = (tempdir().expect("a folder"), task());
    let sampled = sample(folder.path(), &unit(&model, &task, 1));
    let received = server.received();
    let (path, query) = received[0].target.split_once('?').expect("a query");
    assert_eq!((path, &received[0].body), ("GET /v1/ask", &Value::Null));
    assert!(query.starts_with("q=A+clinic.+How+important+is+Privacy%3F%0A"), "{query}");
    assert!(query.ends_with("&x=1%262"), "{query}");
    // The whole body is the answer, where no pointer says otherwise.
    assert_eq!(sampled.responses[0].as_ref().map(|response| &*response.text), Some("Very important\n"));
}

#[test]
fn reads_what_the_pointers_point_at() {
    let body = json!({
        "answer": ["Very important"], "n": 5, "usage": { "in": 11, "out": 3 }, "build": "\u{1b}[1m2026-11",
    });
    let pointers = "tokens_in = \"/usage/in\"\ntokens_out = \"/usage/out\"\nversion = \"/build\"";
    let read = |text: &str| {
        let body = body.clone();
        one(move || Reply::json(200, &body), &format!("text = \"{text}\"\n{pointers}"))
    };
    let wanted = Response {
        text: "Very important".to_owned(),
        model: Some("2026-11".to_owned()),
        tokens_in: Some(11),
        tokens_out: Some(3),
        ..Response::default()
    };
    assert_eq!(read("/answer/0"), Ok(wanted));
    assert_eq!(read("/answer").map(|response| response.text), Ok(r#"["Very important"]"#.to_owned()));
    let why = read("/anwser").expect_err("nothing there");
    assert!(why.contains("answered with JSON with nothing at \"/anwser\""), "{why}");
}

#[test]
fn failures_are_those_of_every_provider() {
    let text = |bytes: &'static [u8]| {
        one(move || Reply::Answer { status: 200, headers: vec![], body: bytes.into() }, "")
    };
    let why = text(b"Tr\xe8s important").expect_err("Latin-1");
    assert!(why.contains("answered with text that is not UTF-8"), "{why}");
    assert_eq!(text(b"<b>Privacy</b>").map(|response| response.text), Ok("<b>Privacy</b>".to_owned()));
    let page = || Reply::Answer {
        status: 200,
        headers: vec![("content-type", "text/html".to_owned())],
        body: "Log in".into(),
    };
    let why = one(page, "").expect_err("a page");
    assert!(
        why.contains("an HTML page: is the url of [model.http] right?") && why.ends_with(" after 1"),
        "{why}"
    );
    let pointed = |status, body: Value| one(move || Reply::json(status, &body), "text = \"/a\"");
    let why = pointed(404, json!({ "detail": "no such assistant" })).expect_err("404");
    assert!(why.contains("answered 404: no such assistant") && why.ends_with(" after 1"), "{why}");
    let why = pointed(200, json!({ "error": { "message": "busy", "code": 502 } })).expect_err("502");
    assert!(why.contains("answered 502: busy"), "{why}");
    // Many services send the field along.
    assert!(pointed(200, json!({ "a": "x", "error": false })).is_ok());
    let why = one(|| Reply::Bytes(Reply::bytes(200, &[], &vec![b'x'; 5 << 20])), "").expect_err("too long");
    assert!(why.contains("answered with more than 4 MiB"), "{why}");
    let away = || Reply::json(307, &json!({})).header("location", "http://127.0.0.9:9/");
    assert!(one(away, "").expect_err("a redirect").contains("redirects to 127.0.0.9:9"));
}

#[test]
fn what_is_sent_belongs_to_the_identity_and_where_it_goes_does_not() {
    let of = |http: &str| {
        let fields = format!("provider = \"http\"\nkey_env = \"K\"\n[model.http]\n{http}");
        identity(&configured(Path::new("/"), &fields)).to_string()
    };
    let headers = "headers = { authorization = \"{key}\" }";
    let here = of(&format!("url = \"http://127.0.0.1:1/ask\"\nbody = {{ q = \"{{prompt}}\" }}\n{headers}"));
    let there = of(
        "url = \"https://example.com/ask\"\nbody = { q = \"{prompt}\" }\nheaders = { x = \"Bearer {key}\" }",
    );
    assert_eq!(here, there);
    for other in [
        "url = \"http://127.0.0.1:1/v2\"\nbody = { q = \"{prompt}\" }",
        "url = \"http://127.0.0.1:1/ask\"\nbody = { question = \"{prompt}\" }",
        "url = \"http://127.0.0.1:1/ask\"\nbody = { q = \"{prompt}\" }\ntext = \"/a\"",
        "url = \"http://127.0.0.1:1/ask\"\nbody = { q = \"{prompt}\" }\nmethod = \"PUT\"",
    ] {
        assert_ne!(here, of(&format!("{other}\n{headers}")), "{other}");
    }
}

#[test]
fn mistakes_are_told_before_anything_is_sent() {
    let http = |model: &str, http: &str| {
        misconfigured(&format!("provider = \"http\"\n{model}\n[model.http]\n{http}"))
    };
    let good = "url = \"https://example.com\"\nbody = { q = \"{prompt}\" }";
    for (shown, wanted) in [
        (misconfigured("provider = \"http\""), "the provider `http` needs [model.http]"),
        (
            misconfigured(&format!("provider = \"openai\"\nmodel = \"m\"\n[model.http]\n{good}")),
            "is for the provider `http`",
        ),
        (
            http("", "url = \"https://example.com\"\nbody = { q = \"{question}\" }"),
            "the question is never sent",
        ),
        (http("", "url = \"https://example.com\"\nbody = { q = \"{promt}\" }"), "did you mean `{prompt}`?"),
        (http("", "url = \"http://example.com\"\nbody = { q = \"{prompt}\" }"), "plain http to example.com"),
        (
            http("", "url = \"ftp://example.com\""),
            "an address must start with http:// or https://, not ftp://",
        ),
        (
            http("", "url = \"https://example.com?q={prompt}\"\nmethod = \"GET\"\nbody = {}"),
            "a GET request has no body",
        ),
        (http("", "url = \"https://example.com\"\nmethod = \"DELETE\""), "unknown word `DELETE`"),
        (http("", "url = \"https://example.com\"\nbody = \"{prompt}\""), "this body is not JSON"),
        (http("", &format!("{good}\ntext = \"answer\"")), "`answer` is not a JSON pointer"),
        (http("", &format!("{good}\nheaders = {{ a = \"{{key}}\" }}")), "no key is configured to put here"),
        (http("", &format!("{good}\nheaders = {{ Host = \"a\" }}")), "`Host` is set by the connection"),
        (
            http("", &format!("{good}\nheaders = {{ \"a b\" = \"a\" }}")),
            "`a b` cannot be the name of a header",
        ),
        (http("", &format!("{good}\nheaders = {{ a = \"b\\nc: d\" }}")), "the value of `a` cannot be sent"),
        (http("key_env = \"K\"", good), "the key would never be sent"),
        (
            http("key_env = \"K\"", "url = \"https://example.com?k={key}\"\nbody = { q = \"{prompt}\" }"),
            "the key belongs in a header",
        ),
        (http("messages = [{ role = \"user\", content = \"x\" }]", good), "`messages` would never be sent"),
        (http("messages = [{ role = \"system\", content = \"x\" }]", good), "unknown word `system`"),
        (http("answer_format = \"json_schema\"", good), "the schema of the answer would never be sent"),
        (http("temperature = 0.5", good), "`temperature` has no effect for the provider `http`"),
        (http("", &format!("{good}\ntxt = \"/a\"")), "did you mean `text`?"),
    ] {
        assert!(shown.contains(wanted) && shown.contains("alignment.toml:"), "{shown}\n{wanted}");
    }
    configured(
        Path::new("/"),
        "provider = \"http\"\ninsecure_http = true\n[model.http]\nurl = \"http://example.com\"\nbody = { q = \"{prompt}\" }",
    );
}
