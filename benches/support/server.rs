//! The server of the sampling benches: a loopback server that answers chat completions as a list of rules
//! says, and counts what it did. It knows nothing of how it is asked.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

/// What becomes of a request.
pub enum Fate {
    /// An answer after so long, with further headers.
    Answer(Duration, String),
    /// A status without an answer, after so long, with further headers.
    Refuse(Duration, u16, String),
    /// The connection is closed after so long.
    HangUp(Duration),
    /// One of the last two, however the server is asked: the try that it costs is necessary.
    Chance(Box<Fate>),
}

/// What is known when a request arrives.
pub struct Arrival {
    /// Since the first request.
    pub since: Duration,
    /// How many came before.
    pub number: u64,
    /// How many others are being answered.
    pub answering: usize,
}

/// Decides on each request in turn.
pub type Rules = Box<dyn FnMut(&Arrival) -> Fate>;

/// What the server has done.
#[derive(Default)]
struct Counts {
    started: Option<Instant>,
    requests: u64,
    answering: usize,
    answered: u64,
    necessary: u64,
}

/// Runs until it is killed, and prints where it listens. `GET /counts` tells what it has done.
pub fn serve(rules: Rules) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (rules, counts) = (Rc::new(RefCell::new(rules)), Rc::<RefCell<Counts>>::default());
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a loopback port");
        println!("http://{}/v1", listener.local_addr().expect("an address"));
        loop {
            let Ok((stream, _)) = listener.accept().await else { continue };
            let (rules, counts) = (Rc::clone(&rules), Rc::clone(&counts));
            tokio::task::spawn_local(async move { converse(stream, &rules, &counts).await.ok() });
        }
    });
}

/// How many requests the server at `base_url` has had, how many answers it gave, and how many tries failed
/// whatever the pace.
pub fn counts(base_url: &str) -> [u64; 3] {
    use std::io::{Read as _, Write as _};
    let address = base_url.trim().trim_start_matches("http://").trim_end_matches("/v1");
    let mut stream = std::net::TcpStream::connect(address).expect("a connection");
    stream.write_all(b"GET /counts HTTP/1.1\r\nhost: x\r\n\r\n").expect("sent");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("read");
    let mut numbers = text.split_whitespace().map(|number| number.parse().expect("a number"));
    std::array::from_fn(|_| numbers.next().expect("a number"))
}

async fn converse(
    stream: TcpStream,
    rules: &RefCell<Rules>,
    counts: &RefCell<Counts>,
) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    while let Some(path) = request(&mut stream).await? {
        if path == "/counts" {
            let text = {
                let counts = counts.borrow();
                format!("{} {} {}", counts.requests, counts.answered, counts.necessary)
            };
            return stream.write_all(text.as_bytes()).await;
        }
        let mut fate = rules.borrow_mut()(&arrive(&mut counts.borrow_mut()));
        if let Fate::Chance(inner) = fate {
            counts.borrow_mut().necessary += 1;
            fate = *inner;
        }
        match fate {
            Fate::Chance(_) => {}
            Fate::Answer(latency, headers) => {
                counts.borrow_mut().answering += 1;
                tokio::time::sleep(latency).await;
                counts.borrow_mut().answering -= 1;
                stream.write_all(answer(&headers).as_bytes()).await?;
                counts.borrow_mut().answered += 1;
            }
            Fate::Refuse(latency, status, headers) => {
                tokio::time::sleep(latency).await;
                stream.write_all(refusal(status, &headers).as_bytes()).await?;
            }
            Fate::HangUp(latency) => {
                tokio::time::sleep(latency).await;
                return Ok(());
            }
        }
    }
    Ok(())
}

fn arrive(counts: &mut Counts) -> Arrival {
    let since = counts.started.get_or_insert_with(Instant::now).elapsed();
    counts.requests += 1;
    Arrival { since, number: counts.requests - 1, answering: counts.answering }
}

/// Reads a request, and gives its path.
async fn request(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<String>> {
    let (mut line, mut path, mut length) = (String::new(), None, 0);
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        let header = line.trim_end();
        if header.is_empty() {
            break;
        }
        if path.is_none() {
            path = header.split(' ').nth(1).map(str::to_owned);
        }
        let value = header.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        length = value.and_then(|(_, value)| value.trim().parse().ok()).unwrap_or(length);
    }
    stream.read_exact(&mut vec![0; length]).await?;
    Ok(path)
}

fn answer(headers: &str) -> String {
    let body = json!({
        "model": "m-1",
        "choices": [{ "message": { "content": "Very important" }, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": 120, "completion_tokens": 3 },
    });
    response("200 OK", headers, &body.to_string())
}

fn refusal(status: u16, headers: &str) -> String {
    let body = json!({ "error": { "message": "not now" } });
    response(&format!("{status} Refused"), headers, &body.to_string())
}

fn response(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\n{headers}content-length: {length}\r\n\r\n{body}"
    )
}
