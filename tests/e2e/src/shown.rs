//! Everything that a phone shows, to compare one phone with another, and waiting until it is idle.

use std::collections::BTreeMap;

use riposte::facade::{Account, Around, AssigneeFilter, Error, InboxQuery};
use riposte::model::ConversationId;

use crate::world::World;

/// Longer than anything takes.
const LONG_MS: u64 = 20_000;

/// Waits until nothing is on its way. Fails if a file turns out to be damaged.
pub async fn rest(world: &World, account: &Account) -> Result<(), String> {
    loop {
        world.simulator().idle().await;
        let head = world.server().head();
        if !account.settled(LONG_MS).await.map_err(|error| error.to_string())? {
            return Err("it does not become idle".to_owned());
        }
        world.simulator().idle().await;
        if world.server().head() == head {
            return Ok(());
        }
    }
}

/// All conversations, by the customer's name.
pub async fn conversations(account: &Account) -> Result<BTreeMap<String, ConversationId>, Error> {
    let query = InboxQuery { assignee: AssigneeFilter::All, open: None, limit: 100, ..InboxQuery::default() };
    let rows = account.inbox().page(query).await?.rows;
    Ok(rows.into_iter().map(|row| (row.title, row.id)).collect())
}

/// Everything that a phone shows, a line each, fetched where it is not here.
pub async fn all(account: &Account) -> Result<Vec<String>, Error> {
    let query = InboxQuery { assignee: AssigneeFilter::All, open: None, limit: 100, ..InboxQuery::default() };
    for row in account.inbox().page(query.clone()).await?.rows {
        while account.conversation(row.id).load_older().await? {}
    }
    let inbox = account.inbox();
    let rows = inbox.page(query).await?.rows;
    let mut lines = vec![
        format!("{:?}", account.me().await?),
        format!("{:?}", inbox.agents().await?),
        format!("{:?}", inbox.groups().await?),
        format!("{:?}", inbox.channels().await?),
        format!("{:?}", inbox.saved_replies().await?),
        format!("{:?}", inbox.counts().await?),
    ];
    for row in &rows {
        lines.push(format!("{row:?}"));
        let screen = account.conversation(row.id).screen(Around::Newest, 500).await?;
        lines.extend(screen.rows.iter().map(|row| format!("{row:?}")));
        lines.push(format!("{:?}", screen.composer));
    }
    for words in ["commande", "histoire", "Léa", "34612345678", "réponse"] {
        lines.push(format!("{:?}", inbox.search(words.to_owned()).await?));
    }
    for channel in inbox.channels().await? {
        lines.push(format!("{:?}", account.templates(channel.id).list(None).await?));
    }
    lines.push(format!("{:?}", account.usage().month(2026, 11).await?));
    lines.push(format!("{:?}", account.outbox().waiting().await?));
    Ok(lines)
}
