//! A command that is safe: on disk before it is acknowledged.

use riposte::facade::Draft;
use riposte::model::{ClientKey, Command, ConversationId, OutboxState, Outgoing};
use riposte::store::NewEntry;
use uuid::Uuid;

use super::{Base, Bound, Row, Unit, us};
use crate::Outcome;
use crate::args::Args;
use crate::bare::Bare;
use crate::feed::{Feed, Kind};
use crate::measure::{Rounds, in_wall};
use crate::ours::Ours;
use crate::report::Progress;

/// Commands for each round of the others: how long a disk takes varies from one to the next.
const COMMANDS: usize = 20;
/// All of them together stay below what an outbox takes.
const MOST_COMMANDS: usize = 400;

const REPLY: &str = "It leaves tonight and will be with you on Thursday.";

pub(super) fn durable(args: &Args, progress: &Progress) -> Outcome<Row> {
    progress.tick("queueing commands");
    let feed = Feed::new(Kind::Words);
    let folder = tempfile::tempdir()?;
    let ours = Ours::open(folder.path(), &feed)?;
    let mut bare = Bare::outbox(folder.path())?;
    let rounds = Rounds::run(
        (args.rounds() * COMMANDS).min(MOST_COMMANDS),
        || {
            let entry = entry(ClientKey(Uuid::now_v7()), feed.now());
            let enqueue = ours.store().outbox(move |outbox| outbox.enqueue(entry));
            Ok(us(in_wall(|| Ok(ours.runtime().block_on(enqueue)?))?.0))
        },
        || queue_bare(&mut bare, feed.now().timestamp_millis()),
    )?;
    Ok(Row::new("enqueue", "a reply into the outbox, on disk", Unit::Microseconds, Bound::AtMost(1.3), &rounds)
        .note("Time on the wall, most of it the disk's. Bare: one INSERT, one commit, the same pragmas."))
}

/// The same through the facade: judged by the rules, queued, its draft forgotten.
pub(super) fn send(base: &Base, args: &Args, progress: &Progress) -> Outcome<Row> {
    progress.tick("sending replies");
    let now = base.feed.now();
    let running = base.phone.start_and_settle()?;
    let conversation = running.account.conversation(base.feed.recent(0));
    // The first one learns that the server is busy; the others wait behind it, as without a network.
    let reply = || Draft::Text { body: REPLY.to_owned(), reply_to: None };
    let mut bare = Bare::outbox(base.bare.path())?;
    let rounds = if base.phone.wait(conversation.send(reply(), None)).is_ok() {
        base.phone.settle(&running)?;
        Rounds::run(
            (args.rounds() * COMMANDS).min(MOST_COMMANDS),
            || Ok(us(in_wall(|| Ok(base.phone.wait(conversation.send(reply(), None))?))?.0)),
            || queue_bare(&mut bare, now.timestamp_millis()),
        )?
    } else {
        return Err("the conversation that was active last cannot be answered".into());
    };
    base.phone.stop(running)?;
    Ok(Row::new("send", "a reply as an app sends it", Unit::Microseconds, Bound::Shown, &rounds)
        .note("The same with the window judged before, the echo announced, the draft forgotten."))
}

fn queue_bare(bare: &mut Bare, now_ms: i64) -> Outcome<f64> {
    let (key, command) = (Uuid::now_v7(), serde_json::to_string(&command())?);
    Ok(us(in_wall(|| bare.enqueue(key.into_bytes(), 1, &command, now_ms))?.0))
}

fn entry(key: ClientKey, now: chrono::DateTime<chrono::Utc>) -> NewEntry {
    NewEntry {
        key,
        once_key: None,
        conversation_id: Some(ConversationId(1)),
        command: command(),
        epoch: "e1".to_owned(),
        created_at: now,
        state: OutboxState::Queued { not_before: None },
        file: None,
    }
}

fn command() -> Command {
    let content = Outgoing::Text { body: REPLY.to_owned() };
    Command::SendMessage { conversation_id: ConversationId(1), content, reply_to: None }
}
