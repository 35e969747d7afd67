//! Phones in a process of another language: one line to it, one line back.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::{Addressed, Answer, Ask, Device};
use crate::phone::{PhoneError, missing};

/// How long, in real time, one answer may take: more than the longest wait that an ask names.
const PATIENCE: Duration = Duration::from_secs(90);

/// The process. It ends with its last phone.
pub struct Line {
    pipes: tokio::sync::Mutex<Pipes>,
    child: Mutex<Child>,
    folder: PathBuf,
}

struct Pipes {
    to: ChildStdin,
    from: UnboundedReceiver<String>,
}

impl Line {
    /// Starts the process. Its phones keep their files under `folder`, which both ends must see.
    pub fn start(command: &[String], folder: PathBuf) -> std::io::Result<Arc<Self>> {
        let (program, arguments) = command.split_first().ok_or_else(|| std::io::Error::other("no command"))?;
        std::fs::create_dir_all(&folder)?;
        let mut child = Command::new(program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let gone = || std::io::Error::other("the process has no pipes");
        let (to, output) = (child.stdin.take().ok_or_else(gone)?, child.stdout.take().ok_or_else(gone)?);
        let (line, from) = unbounded_channel();
        std::thread::spawn(move || {
            for read in BufReader::new(output).lines().map_while(Result::ok) {
                if line.send(read).is_err() {
                    return;
                }
            }
        });
        let pipes = tokio::sync::Mutex::new(Pipes { to, from });
        Ok(Arc::new(Self { pipes, child: Mutex::new(child), folder }))
    }

    async fn exchange(&self, ask: &Addressed) -> Result<Answer, PhoneError> {
        let died = |what: &str| missing(format!("the phone's process {what}"));
        let mut line = serde_json::to_string(ask).map_err(|error| missing(error.to_string()))?;
        line.push('\n');
        let mut pipes = self.pipes.lock().await;
        pipes.to.write_all(line.as_bytes()).and_then(|()| pipes.to.flush()).map_err(|_| died("is gone"))?;
        let read = tokio::time::timeout(PATIENCE, pipes.from.recv()).await;
        let read = read.map_err(|_| died("does not answer"))?.ok_or_else(|| died("ended"))?;
        serde_json::from_str(&read).map_err(|error| missing(format!("no answer ({error}): {read}")))
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let child = self.child.get_mut().unwrap_or_else(PoisonError::into_inner);
        // It may have ended by itself already.
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// A phone of that process.
pub struct Elsewhere {
    key: String,
    line: Arc<Line>,
}

impl Device for Elsewhere {
    type Maker = Arc<Line>;

    fn make(line: &Arc<Line>, key: &str) -> Self {
        Self { key: key.to_owned(), line: line.clone() }
    }

    fn folder(line: &Arc<Line>) -> std::io::Result<TempDir> {
        tempfile::Builder::new().prefix("riposte-story-").tempdir_in(&line.folder)
    }

    async fn ask(&mut self, ask: Ask) -> Result<Value, PhoneError> {
        self.line.exchange(&Addressed { phone: self.key.clone(), ask }).await?.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn asked(script: &str) -> Result<Value, String> {
        let folder = tempfile::tempdir().unwrap();
        let command = ["sh", "-c", script].map(str::to_owned);
        let line = Line::start(&command, folder.path().to_owned()).unwrap();
        Elsewhere::make(&line, "marc").ask(Ask::Pause).await.map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn the_answer_is_the_next_line_of_the_process() {
        assert_eq!(asked(r#"read ask; echo '{"done":{"settled":true}}'"#).await.unwrap()["settled"], true);
        assert_eq!(asked(r#"read ask; echo '{"failed":"no such phone"}'"#).await.unwrap_err(), "no such phone");
        let refused = asked(r#"read ask; echo '{"refused":{"code":"full","phrase":{}}}'"#).await;
        assert_eq!(refused.unwrap_err(), "the core refused: full");
    }

    #[tokio::test]
    async fn a_process_that_ends_or_writes_something_else_is_an_error() {
        assert_eq!(asked("read ask").await.unwrap_err(), "the phone's process ended");
        // It writes what it read.
        assert!(asked("cat").await.unwrap_err().starts_with("no answer"));
    }
}
