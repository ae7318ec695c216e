//! AWS's Signature Version 4 as a service checks it, by the algorithm that AWS publishes
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>): written apart from
//! what signs, and judged by the vectors of AWS's own test suite.

use std::fmt::Write as _;

use jiff::{Timestamp, tz::TimeZone};
use ring::digest::{SHA256, digest};
use ring::hmac::{HMAC_SHA256, Key, sign};

use super::server::Received;

/// Who signs, as the service knows them.
pub struct Account {
    pub key_id: String,
    pub secret: String,
    pub token: Option<String>,
}

impl Account {
    /// One whose three secrets are told from others' by their name.
    pub fn new(name: &str) -> Account {
        Account {
            key_id: format!("AKIA{}7Q4XW2ZK", name.to_uppercase()),
            secret: format!("{name}/wJalrX+UtnFEMI/K7MDENG/bPxRfiCY"),
            token: Some(format!("{name}-token-IQoJb3JpZ2luX2VjEJr+/wEaCXVz==")),
        }
    }

    /// Each part that may be shown nowhere.
    pub fn secrets(&self) -> Vec<&str> {
        [Some(&self.key_id), Some(&self.secret), self.token.as_ref()]
            .into_iter()
            .flatten()
            .map(|s| &**s)
            .collect()
    }
}

/// Where and when a signature is good.
pub struct Scope<'s> {
    pub date: &'s str,
    pub region: &'s str,
    pub service: &'s str,
}

/// The signature of a request whose query is empty; `path` as it is sent.
pub fn signature(
    secret: &str,
    scope: &Scope<'_>,
    (method, path): (&str, &str),
    headers: &[(&str, &str)],
    body: &[u8],
) -> String {
    let mut request = format!("{method}\n{}\n\n", encoded(path));
    for (name, value) in headers {
        let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
        writeln!(request, "{name}:{value}").expect("a text");
    }
    let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    write!(request, "\n{}\n{}", names.join(";"), sha256(body)).expect("a text");
    let Scope { date, region, service } = scope;
    let day = &date[..8];
    let told = format!(
        "AWS4-HMAC-SHA256\n{date}\n{day}/{region}/{service}/aws4_request\n{}",
        sha256(request.as_bytes())
    );
    let first = format!("AWS4{secret}").into_bytes();
    let key = [day, region, service, "aws4_request"].iter().fold(first, |key, part| hmac(&key, part));
    hex(&hmac(&key, &told))
}

/// What is wrong with the signature of a request to Bedrock.
pub fn wrong(request: &Received, account: &Account, region: &str) -> Option<String> {
    let said = request.header("authorization").unwrap_or_default();
    let Some(fields) = said.strip_prefix("AWS4-HMAC-SHA256 ") else {
        return Some(format!("not signed: {said}"));
    };
    let field =
        |name: &str| fields.split(", ").find_map(|field| field.strip_prefix(name)).unwrap_or_default();
    let date = request.header("x-amz-date").unwrap_or_default();
    let now = Timestamp::now();
    let then = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", date);
    let then = then.ok().and_then(|then| then.to_zoned(TimeZone::UTC).ok()).map(|then| then.timestamp());
    if then.is_none_or(|then| now.duration_since(then).abs().as_secs() >= 300) {
        return Some(format!("of another time: {date}"));
    }
    let credential = format!("{}/{}/{region}/bedrock/aws4_request", account.key_id, &date[..8]);
    if field("Credential=") != credential {
        return Some(format!("of another scope: {}", field("Credential=")));
    }
    if request.header("x-amz-security-token") != account.token.as_deref() {
        return Some("another token".to_owned());
    }
    let names: Vec<&str> = field("SignedHeaders=").split(';').collect();
    let needed = request.headers.iter().map(|(name, _)| name.as_str());
    let needed = needed.filter(|name| name.starts_with("x-amz-") || ["host", "content-type"].contains(name));
    if let Some(unsigned) = needed.into_iter().find(|name| !names.contains(name)) {
        return Some(format!("{unsigned} is not signed"));
    }
    if !names.is_sorted() {
        return Some(format!("not in order: {names:?}"));
    }
    let value = |name: &str| request.header(name).unwrap_or("(missing)").to_owned();
    if request.header("x-amz-content-sha256").is_some_and(|hash| hash != sha256(&request.raw)) {
        return Some("another body".to_owned());
    }
    let values: Vec<String> = names.iter().map(|name| value(name)).collect();
    let headers: Vec<(&str, &str)> = names.iter().copied().zip(values.iter().map(String::as_str)).collect();
    let target = request.target.split_once(' ').expect("method and path");
    let scope = Scope { date, region, service: "bedrock" };
    let wanted = signature(&account.secret, &scope, target, &headers, &request.raw);
    (field("Signature=") != wanted).then(|| format!("{} instead of {wanted}", field("Signature=")))
}

/// A path once more encoded: every byte but those that never are.
fn encoded(path: &str) -> String {
    let mut text = String::new();
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                text.push(byte.into())
            }
            other => write!(text, "%{other:02X}").expect("a text"),
        }
    }
    text
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    sign(&Key::new(HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

fn sha256(bytes: &[u8]) -> String {
    hex(digest(&SHA256, bytes).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `get-vanilla`, `get-utf8`, `post-x-www-form-urlencoded` and `post-sts-header-before` of AWS's test suite.
#[test]
fn signatures_are_those_of_awss_test_suite() {
    let scope = Scope { date: "20150830T123600Z", region: "us-east-1", service: "service" };
    let usual = [("host", "example.amazonaws.com"), ("x-amz-date", "20150830T123600Z")];
    let form = [&[("content-type", "application/x-www-form-urlencoded")][..], &usual].concat();
    let token = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";
    let session = [&usual[..], &[("x-amz-security-token", token)]].concat();
    for (target, headers, body, wanted) in [
        (("GET", "/"), &usual[..], "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        (("GET", "/ሴ"), &usual, "", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"),
        (
            ("POST", "/"),
            &form,
            "Param1=value1",
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        ),
        (("POST", "/"), &session, "", "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"),
    ] {
        let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        assert_eq!(signature(secret, &scope, target, headers, body.as_bytes()), wanted, "{target:?}");
    }
}
