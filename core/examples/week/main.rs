//! A customer's week, and what it costs under four tariffs: `cargo run -p riposte --example week`.

mod facts;
mod story;
mod tell;

use std::io::Write;

fn main() -> std::io::Result<()> {
    let text = tell::week().map_err(std::io::Error::other)?;
    std::io::stdout().write_all(text.as_bytes())
}
