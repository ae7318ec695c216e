//! The program behind `cargo alignspec`; everything is in [`alignspec::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    alignspec::cli::run(std::env::args_os())
}
