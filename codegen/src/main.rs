//! The `saga` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    saga_cli::cli::run(std::env::args_os()).into()
}
