//! Rust's phones as a process: reads asks from standard input, writes answers to standard output.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    match riposte_e2e::line::serve::serve(std::io::stdin().lock(), std::io::stdout().lock()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("phone: {error}");
            ExitCode::FAILURE
        }
    }
}
