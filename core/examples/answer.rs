//! Signs in, lists who waits, and answers the first of them: the facade in one page.
//!
//! ```sh
//! # An inbox server with a simulated WhatsApp, in a folder that is removed when it ends (Ctrl-C):
//! cargo run -p riposte-server -- story --listen 127.0.0.1:8060 --at "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
//!
//! # In another terminal: the people of the stories, and a message from one of them.
//! curl -sS -H 'content-type: application/json' -d @tests/scenarios/cast.json http://127.0.0.1:8060/sim/cast
//! curl -sS -H 'content-type: application/json' -d '{"on":"whatsapp","content":{"type":"text","body":"Is my order ready?"}}' \
//!     http://127.0.0.1:8060/sim/customers/lea/says
//!
//! cargo run -p riposte --example answer -- http://127.0.0.1:8060 marc@example.com 'correct horse' 'It ships tonight.'
//! ```

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use riposte::facade::{
    Account, Around, AssigneeFilter, Composer, Config, Draft, Error, InboxQuery, MemorySecretStore, MessageRow,
    Riposte, SendProgress, TimelineRow,
};
use riposte::model::ClientKey;

#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error("usage: answer SERVER EMAIL PASSWORD REPLY")]
    Usage,
    #[error("{0}")]
    Core(#[from] Error),
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            // If standard error is closed, nothing more can be done.
            writeln!(std::io::stderr(), "answer: {failed}").ok();
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Failed> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [server, email, password, reply] = <[String; 4]>::try_from(arguments).map_err(|_| Failed::Usage)?;

    // An app gives a folder of its own that lasts, and its Keychain or Keystore.
    let folder = tempfile::tempdir()?;
    let data = folder.path().to_string_lossy().into_owned();
    let riposte = Riposte::open(Config::new(data, Arc::new(MemorySecretStore::new())))?;
    let account = riposte.sign_in(server, email, password).await?;
    let answered = answer_the_first(&account, reply).await;
    riposte.pause().await?; // no file is open below the folder any more
    answered
}

/// Waits for a customer who waits, answers, and waits until the answer has arrived.
async fn answer_the_first(account: &Account, reply: String) -> Result<(), Failed> {
    let mut out = std::io::stdout();
    // Subscribed before the first read, so that nothing falls in between.
    let changes = account.changes();
    let waiting = InboxQuery { assignee: AssigneeFilter::All, unanswered_only: true, ..InboxQuery::default() };
    let first = loop {
        let rows = account.inbox().page(waiting.clone()).await?.rows;
        for row in &rows {
            let newest = row.preview.as_ref().map_or("", |preview| preview.text.as_str());
            writeln!(out, "{}: {newest}", row.title)?;
        }
        match rows.into_iter().next() {
            Some(row) => break row,
            None => changes.next().await,
        };
    };

    let conversation = account.conversation(first.id);
    let screen = conversation.screen(Around::Newest, 50).await?;
    if let Composer::RestartOnly { why, .. } | Composer::Blocked { why } = &screen.composer {
        writeln!(out, "{}", account.words(why))?; // a sentence of the core, in the language of `Config`
        return Ok(());
    }
    if let Some(price) = &screen.reply_price {
        writeln!(out, "{}", account.words(&price.phrase))?;
    }
    // Durable when it returns. It leaves when there is a network, once, and in order.
    let key = conversation.send(Draft::Text { body: reply, reply_to: None }, None).await?;
    loop {
        let screen = conversation.screen(Around::Newest, 50).await?;
        if screen.rows.iter().filter_map(bubble).any(|bubble| arrived(bubble, key)) {
            return Ok(writeln!(out, "✓")?);
        }
        if changes.next().await.is_none() {
            return Ok(());
        }
    }
}

fn bubble(row: &TimelineRow) -> Option<&MessageRow> {
    match row {
        TimelineRow::Message(bubble) => Some(bubble),
        TimelineRow::Comment(_) | TimelineRow::Event(_) | TimelineRow::Gap(_) => None,
    }
}

fn arrived(bubble: &MessageRow, key: ClientKey) -> bool {
    let there = matches!(bubble.progress, Some(SendProgress::Delivered | SendProgress::Read | SendProgress::Played));
    bubble.client_key == Some(key) && there
}
