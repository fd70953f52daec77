//! The `cargo saga` command: the same as `saga`, but cargo passes the name of the
//! subcommand as the first argument.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments: Vec<_> = std::env::args_os().collect();
    if arguments.get(1).is_some_and(|first| first == "saga") {
        arguments.remove(1);
    }
    saga_cli::cli::run(arguments).into()
}
