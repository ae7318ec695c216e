//! `cargo alignspec schema`: the JSON schemas of the files that users write, for editors.

use super::{Failure, say};

/// Prints the JSON schema of a file that you write, for editors.
///
/// An editor that knows taplo (Even Better TOML in VS Code, for example) follows the first line of a file that names a
/// schema by its path from there: `#:schema schemas/suite.schema.json`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  cargo alignspec schema alignment > alignment.schema.json
  cargo alignspec schema suite > suites/suite.schema.json")]
pub(super) struct SchemaArguments {
    /// The file that it is for: alignment.toml, a suite, or a baseline
    #[arg(value_enum, value_name = "FILE")]
    file: SchemaOf,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum SchemaOf {
    Alignment,
    Suite,
    Baseline,
}

#[expect(clippy::unnecessary_wraps, reason = "every command returns whether it did what it is for")]
pub(super) fn run(arguments: &SchemaArguments) -> Result<(), Failure> {
    let schema = match arguments.file {
        SchemaOf::Alignment => include_str!("../../schemas/alignment.schema.json"),
        SchemaOf::Suite => include_str!("../../schemas/suite.schema.json"),
        SchemaOf::Baseline => include_str!("../../schemas/baseline.schema.json"),
    };
    say(schema.trim_end());
    Ok(())
}
