//! The command line of the reference server.
#![allow(clippy::print_stdout, reason = "a command line speaks")]

mod cli;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    // Clap words what is wrong with a command line, and exits with 2.
    let asked = cli::Cli::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("riposte-server: the machine gives no threads: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(cli::run(asked)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("riposte-server: {error}");
            ExitCode::FAILURE
        }
    }
}
