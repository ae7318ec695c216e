//! All results as JSON, for programs.

use serde::Serialize;

use super::format::{FormatOutput, ReportFormat, ReportedRun};
use super::gate::{Gate, headline};
use super::results::{FORMAT as VERSION, Record};
use crate::run::BroughtFiles;

pub(super) static FORMAT: ReportFormat = ReportFormat {
    name: "json",
    about: "All results as JSON",
    guide: "all records, with the gate's verdict",
    example: "",
    writes: FormatOutput::File(render),
};

/// The contents of the file.
#[derive(Serialize)]
struct JsonReport<'a> {
    /// What it means; another number means something else.
    version: u32,
    gate: Gate,
    exit_code: u8,
    headline: &'a str,
    stale: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    from_pull_request: Option<&'a BroughtFiles>,
    results: &'a [Record],
}

fn render(run: &ReportedRun<'_>) -> Result<String, String> {
    let gate = Gate::of(run.records);
    let whole = JsonReport {
        version: VERSION,
        gate,
        exit_code: gate.code(),
        headline: &headline(run.records, run.stale),
        stale: run.stale,
        from_pull_request: run.brought,
        results: run.records,
    };
    serde_json::to_string_pretty(&whole).map(|text| text + "\n").map_err(|error| error.to_string())
}
