//! Sampling against an ideal: requests ÷ concurrency × latency, and not a millisecond more.
//!
//! `cargo bench --bench sampling` starts this program again as a server that answers every chat
//! completion after 50 ms, and for each size once more as a client in a process of its own, so that
//! its CPU time and its peak memory are one size's. Reads /proc, so it is for Linux.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use alignspec::config::Config;
use alignspec::diagnostic::{Diagnostic, Source};
use alignspec::sample::{Back, Mode, Pace, Sampler, Unit};
use alignspec::suite;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

const LATENCY: Duration = Duration::from_millis(50);

/// Requests and concurrency; the last three show whether a request costs the same among many.
const SIZES: [(u32, usize); 5] = [(1_400, 64), (14_000, 256), (1_000, 256), (10_000, 256), (100_000, 256)];

fn main() {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        Some("serve") => serve(),
        Some("sample") => {
            let all: Vec<String> = arguments.collect();
            let [base_url, requests, concurrency] = all.as_slice() else { panic!("three arguments") };
            sample(base_url, requests.parse().expect("a number"), concurrency.parse().expect("a number"));
        }
        // `cargo bench` passes --bench; under `cargo test --benches` there is nothing to measure.
        Some("--bench") => compare(),
        _ => {}
    }
}

fn compare() {
    let own = std::env::current_exe().expect("this program");
    let mut server = Command::new(&own).arg("serve").stdout(Stdio::piped()).spawn().expect("a server");
    let mut base_url = String::new();
    let out = server.stdout.take().expect("piped");
    std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut base_url).expect("an address");
    println!("requests  concurrency   ideal    wall  ratio  CPU per request  peak memory");
    for (requests, concurrency) in SIZES {
        let arguments =
            ["sample".to_owned(), base_url.trim().to_owned(), requests.to_string(), concurrency.to_string()];
        let done = Command::new(&own).args(arguments).status().expect("a client");
        assert!(done.success());
    }
    server.kill().expect("killed");
    server.wait().expect("ended");
}

/// Samples, and prints a line of the table.
fn sample(base_url: &str, requests: u32, concurrency: usize) {
    let text = format!(
        "[[model]]\nname = \"assistant\"\nprovider = \"openai\"\nmodel = \"m\"\nbase_url = \"{base_url}\""
    );
    let config = Config::parse(Path::new("/"), Source::new("alignment.toml", text)).expect("a config");
    let entries = [("builtin".to_owned(), Diagnostic::new("built in"))];
    let suites = suite::load(Path::new("/"), &entries);
    // 28 questions of real length, in two forms.
    let task = suites.task("T2").expect("T2 is built in");
    let (items, forms) = (task.items.len() as u32, task.forms.len() as u32);
    let place = |number: u32| task.question(1, (number % items) as usize, 0, number / items);
    assert!(forms > 0);
    let questions = (0..requests).map(place).collect();
    let unit = Unit { model: &config.models[0], task, questions, schema: |_| json!({}), back: Back::NEVER };
    let folder = tempfile::tempdir().expect("a folder");
    let pace = Pace { concurrency, ..Pace::from(&config.sampling) };
    let sampler = Sampler::with(folder.path(), Mode::Record, pace, |_| None);
    let (started, before) = (Instant::now(), cpu());
    let sampled = sampler.sample(&unit).expect("sampled");
    let (wall, used) = (started.elapsed(), cpu() - before);
    assert_eq!((sampled.asked, sampled.missing.len()), (requests as usize, 0));
    let ideal = LATENCY.as_secs_f64() * f64::from(requests) / concurrency as f64;
    println!(
        "{requests:>8}  {concurrency:>11}  {ideal:>5.2} s {:>5.2} s  {:>5.3}  {:>12.3} ms  {:>8.1} MB",
        wall.as_secs_f64(),
        wall.as_secs_f64() / ideal,
        1e3 * used.as_secs_f64() / f64::from(requests),
        peak_memory()
    );
    std::io::stdout().flush().expect("flushed");
}

/// CPU time of this process so far: user and system.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    // Of the main thread only; the others are under task/.
    let threads = std::fs::read_dir("/proc/self/task").map(|tasks| {
        tasks
            .flatten()
            .filter_map(|task| std::fs::read_to_string(task.path().join("schedstat")).ok())
            .collect()
    });
    let threads: Vec<String> = threads.unwrap_or_else(|_| vec![stat]);
    let nanoseconds = |text: &String| text.split(' ').next()?.parse::<u64>().ok();
    Duration::from_nanos(threads.iter().filter_map(nanoseconds).sum())
}

/// In megabytes.
fn peak_memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kilobytes.unwrap_or(f64::NAN) * 1024.0 / 1e6
}

/// Answers every request after [`LATENCY`], and prints where.
fn serve() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a loopback port");
        println!("http://{}/v1", listener.local_addr().expect("an address"));
        loop {
            let Ok((stream, _)) = listener.accept().await else { continue };
            tokio::spawn(async move { answer(stream).await.ok() });
        }
    });
}

async fn answer(stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let body = json!({
        "model": "m-1",
        "choices": [{ "message": { "content": "Very important" }, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": 120, "completion_tokens": 3 },
    })
    .to_string();
    let reply = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = BufReader::new(stream);
    let (mut line, mut request) = (String::new(), Vec::new());
    loop {
        let mut length = 0;
        loop {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let header = line.trim_end();
            if header.is_empty() {
                break;
            }
            let value =
                header.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
            length = value.and_then(|(_, value)| value.trim().parse().ok()).unwrap_or(length);
        }
        request.resize(length, 0);
        stream.read_exact(&mut request).await?;
        tokio::time::sleep(LATENCY).await;
        stream.write_all(reply.as_bytes()).await?;
    }
}
