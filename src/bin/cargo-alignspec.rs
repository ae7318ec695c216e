//! The program behind `cargo alignspec`; everything is in the library, so that tests reach it.

use std::process::ExitCode;

fn main() -> ExitCode {
    alignspec::__private::cargo_alignspec(std::env::args_os())
}
