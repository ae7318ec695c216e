//! The client of the sampling benches: asks a server so many questions of T2 in record mode, and tells
//! what that took. It runs in a process of its own, so that CPU time and peak memory are one run's. Reads
//! /proc, so it is for Linux.

use std::collections::HashSet;
use std::path::Path;
use std::time::{Duration, Instant};

use alignspec::__testing::diagnostic::{Diagnostic, Source};
use alignspec::__testing::provider::Response;
use alignspec::__testing::sample::{AskBack, Mode, Pace, Sampler, SamplingUnit};
use alignspec::__testing::suite::{self, Questions};
use serde_json::{Value, json};

/// What came of a run.
pub struct Outcome {
    pub wall: Duration,
    pub cpu: Duration,
    /// Questions without an answer, and why.
    pub lost: usize,
    pub why: Option<String>,
    /// Lines of the recording, and samples that have one.
    pub lines: usize,
    pub samples: usize,
    /// The peak, in megabytes.
    pub memory: f64,
}

/// Samples the answers to `requests` questions, `concurrency` at a time.
pub fn sample(base_url: &str, requests: u32, concurrency: usize) -> Outcome {
    let text = format!(
        "[[model]]\nname = \"assistant\"\nprovider = \"openai\"\nmodel = \"m\"\nbase_url = \"{base_url}\""
    );
    let config =
        alignspec::__testing::provider::parse_config(Path::new("/"), Source::new("alignment.toml", text))
            .expect("a config");
    let entries = [("builtin".to_owned(), Diagnostic::new("built in"))];
    let suites = suite::load(Path::new("/"), &entries);
    // 28 questions of real length, in two forms.
    let task = suites.task("T2").expect("T2 is built in");
    let (items, forms) = (task.items.len() as u32, task.forms.len() as u32);
    let place = |number: u32| ((number % items) as usize, 0, number / items);
    assert!(forms > 0);
    let questions = Questions::new(task, 1, (0..requests).map(place));
    let unit = SamplingUnit {
        model: &config.models[0],
        task,
        questions,
        schema: |_| json!({}),
        back: AskBack::NEVER,
    };
    let folder = tempfile::tempdir().expect("a folder");
    let pace = Pace { concurrency, ..Pace::from(&config.sampling) };
    let sampler = Sampler::with(folder.path(), Mode::Record, pace, |_| None);
    let (started, before) = (Instant::now(), cpu());
    // As a run does: each answer is read and dropped.
    let mut characters = 0;
    let mut each = |_, response: Option<Response>| characters += response.map_or(0, |said| said.text.len());
    let sampled = sampler.sample_each(&unit, &mut each).expect("sampled");
    let (wall, cpu, memory) = (started.elapsed(), cpu() - before, peak_memory());
    assert!(characters > 0 || sampled.asked == 0);
    let recording = folder.path().join("assistant").join("T2.jsonl");
    let recording = std::fs::read_to_string(recording).unwrap_or_default();
    let sample = |line: &str| {
        let line: Value = serde_json::from_str(line).expect("a whole line");
        (line["key"].to_string(), line["sample"].to_string())
    };
    let samples: HashSet<_> = recording.lines().map(sample).collect();
    Outcome {
        wall,
        cpu,
        lost: sampled.missing.len(),
        why: sampled.shortfall(),
        lines: recording.lines().count(),
        samples: samples.len(),
        memory,
    }
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
