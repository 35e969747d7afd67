//! What agents ask for, executed once per key.
//!
//! A command is begun in one transaction: its key is taken and everything the server decides by
//! itself is done. What needs a provider is asked of it outside any transaction, and a second one
//! writes down what came of it. The caller may go away meanwhile: the work goes on.

mod desk;
mod finish;
mod keys;
mod send;
mod tell_read;
mod templates;

use riposte::model::{AgentId, ClientKey, Command, MessageId, RowKind};
use serde_json::Value;

use crate::app::Shared;
use crate::db::DbError;
use crate::feed::{Item, Place, Writer, account, refer, rows_by_ref};
use crate::inbox;
use crate::problem::Problem;

pub(crate) use keys::{cancel, find};

/// What a key became.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum State {
    Pending,
    Applied(Refs),
    Accepted(Refs),
    Ambiguous(Refs),
    Rejected(Problem),
    Cancelled,
}

/// The rows of an answer, by kind and id: they are answered with as they are when asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Refs(pub(crate) Vec<(String, i64)>);

impl Refs {
    fn and(mut self, kind: RowKind, id: i64) -> Result<Self, DbError> {
        self.0.push(refer(kind, id)?);
        Ok(self)
    }

    fn of(kind: RowKind, id: i64) -> Result<Self, DbError> {
        Self::default().and(kind, id)
    }
}

/// A command with its key and the history it was made for.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) agent: AgentId,
    pub(crate) key: ClientKey,
    pub(crate) epoch: String,
    pub(crate) command: Command,
    /// The whole body: the same key with another one is another command.
    pub(crate) body: Value,
}

/// What the first transaction leaves to do.
enum Begun {
    /// Nothing: this is the end of it.
    Done(State),
    /// The customer may be shown that their message was read; the command is over all the same.
    TellRead(State, Box<tell_read::TellRead>),
    /// A message has to be handed to the provider.
    Send(Box<send::Sending>),
    /// The provider has to be asked about templates.
    Templates(Box<templates::Asking>),
}

/// Executes a command, or says what its key became.
pub(crate) async fn execute(app: &Shared, order: Order) -> Result<State, Problem> {
    let shared = app.clone();
    let work = app.tasks.spawn(async move { run(&shared, order).await });
    work.await.unwrap_or_else(|_| Err(Problem::internal()))
}

async fn run(app: &Shared, order: Order) -> Result<State, Problem> {
    let upload = send::upload_size(app, &order).await?;
    let begun = {
        let order = order.clone();
        app.write(move |w| begin(w, &order, upload)).await?
    };
    match begun {
        Begun::Done(state) => Ok(state),
        Begun::TellRead(state, tell) => {
            tell_read::tell(app, *tell);
            Ok(state)
        }
        Begun::Send(sending) => send::hand_over(app, &order, *sending).await,
        Begun::Templates(asking) => templates::ask(app, &order, *asking).await,
    }
}

fn begin(w: &mut Writer<'_>, order: &Order, upload: Option<u64>) -> Result<Begun, Problem> {
    if let Some(known) = keys::take(w, order)? {
        return Ok(Begun::Done(known));
    }
    match decide(w, order, upload) {
        Ok(Begun::Done(state)) => {
            keys::end(w, order, &state)?;
            Ok(Begun::Done(state))
        }
        Ok(Begun::TellRead(state, tell)) => {
            keys::end(w, order, &state)?;
            Ok(Begun::TellRead(state, tell))
        }
        Ok(begun) => Ok(begun),
        // A refusal comes before anything is written, so there is nothing to undo.
        Err(problem) if problem.is_final() => {
            let state = State::Rejected(problem);
            keys::end(w, order, &state)?;
            Ok(Begun::Done(state))
        }
        Err(problem) => Err(problem),
    }
}

fn decide(w: &mut Writer<'_>, order: &Order, upload: Option<u64>) -> Result<Begun, Problem> {
    let account = account(w.tx)?.ok_or_else(Problem::internal)?;
    let here = Place { epoch: account.epoch, seq: account.seq };
    if order.epoch != here.epoch_word() {
        return Err(Problem::refused("epoch_changed", format!("this is the history {}", here.epoch_word())));
    }
    if !account.conversations {
        return Err(Problem::new(403, "not_allowed", "the account's plan has no conversations"));
    }
    let me = order.agent;
    match &in_its_conversation(w, &order.command)? {
        Command::SendMessage { conversation_id, content, reply_to } => {
            send::begin(w, order, *conversation_id, content, *reply_to, upload)
        }
        Command::RetryMessage { message_id, attempt } => send::begin_again(w, order, *message_id, *attempt),
        Command::AddComment { conversation_id, body, mentions } => {
            desk::comment(w, order, *conversation_id, body, mentions).map(Begun::Done)
        }
        Command::Assign { conversation_id, to, if_assignee } => {
            desk::assign(w, me, *conversation_id, *to, *if_assignee).map(Begun::Done)
        }
        Command::SetOpen { conversation_id, open, if_open } => {
            desk::set_open(w, me, *conversation_id, *open, *if_open).map(Begun::Done)
        }
        Command::MarkRead { conversation_id, up_to, tell_customer } => {
            desk::mark_read(w, me, *conversation_id, *up_to, *tell_customer)
        }
        Command::SetStatus { status } => desk::set_status(w, me, *status).map(Begun::Done),
        Command::CreateTemplate { .. } | Command::RefreshTemplates { .. } => templates::begin(w, order),
    }
}

/// A command for a conversation that became part of another is for that one.
fn in_its_conversation(w: &Writer<'_>, command: &Command) -> Result<Command, DbError> {
    let mut command = command.clone();
    match &mut command {
        Command::SendMessage { conversation_id, .. }
        | Command::AddComment { conversation_id, .. }
        | Command::Assign { conversation_id, .. }
        | Command::SetOpen { conversation_id, .. }
        | Command::MarkRead { conversation_id, .. } => *conversation_id = inbox::current(w.tx, *conversation_id)?,
        Command::RetryMessage { .. }
        | Command::SetStatus { .. }
        | Command::CreateTemplate { .. }
        | Command::RefreshTemplates { .. } => {}
    }
    Ok(command)
}

/// What was under way when the server stopped. It is not known whether the provider has those
/// messages; the server does not call again.
pub(crate) fn recover(w: &mut Writer<'_>) -> Result<(), DbError> {
    const HANDED_OVER: &str =
        "SELECT agent_id, key, message_id FROM command WHERE state = 'pending' AND message_id IS NOT NULL";
    let under_way: Vec<(i64, String, i64)> = {
        let mut statement = w.tx.prepare(HANDED_OVER)?;
        let found = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        found.collect::<Result<_, _>>()?
    };
    for (agent, key, message) in under_way {
        send::nobody_knows(w, AgentId(agent), &key, MessageId(message))?;
    }
    templates::recover(w)
}

/// The rows of an answer as this agent sees them now, and the cursor they were read at.
pub(crate) async fn rows(app: &Shared, me: AgentId, refs: Refs) -> Result<(Place, Vec<Item>), Problem> {
    app.read(move |tx| {
        let account = account(tx)?.ok_or_else(Problem::internal)?;
        let rows = rows_by_ref(tx, me, &refs.0)?;
        Ok((Place { epoch: account.epoch, seq: account.seq }, rows))
    })
    .await
}
