//! How the screen of one conversation is put together: what waits is read first, then the rows,
//! then the rules are asked, all for one instant.

use std::collections::HashMap;

use super::core::Core;
use super::inbox_list::sooner;
use super::money::Money;
use super::names::{Names, title};
use super::overlay::overlays;
use super::timeline::{self, Material};
use super::{
    Around, AssignedAgent, AssignedGroup, ChannelSection, Colleague, Composer, ConversationScreen, Error, SavedDraft,
};
use crate::model::{
    Agent, AgentGroup, Author, ChannelCapabilities, ChannelKind, ChannelState, ChargeKind, ClientKey, Command,
    ConversationId, LedgerEntry, Message, MessageId, OutboxEntry, Outgoing, Template, TemplateId,
};
use crate::rules::attention::{AttentionFacts, dot};
use crate::rules::compose::{composer, waits_for_answer};
use crate::rules::labels;
use crate::rules::window::{self, reply_window};
use crate::store::{self, CacheReader, Hole, Slice, StoreError, StoredConversation};

/// The most messages of one screen.
const MOST_MESSAGES: u32 = 500;

/// What was read, of one moment.
struct Read {
    stored: StoredConversation,
    slice: Slice,
    quoted: Vec<Message>,
    held_keys: Vec<ClientKey>,
    agents: Vec<Agent>,
    groups: Vec<AgentGroup>,
    money: Money,
    ledger: Vec<LedgerEntry>,
    templates: HashMap<TemplateId, Template>,
}

pub(super) async fn screen(
    core: &Core,
    id: ConversationId,
    around: Around,
    limit: u32,
) -> Result<(ConversationScreen, StoredConversation), Error> {
    // What waits before what is held: between the two reads an echo may become a row, never vanish.
    let (all_entries, draft) = core.store.outbox(move |outbox| Ok((outbox.entries()?, outbox.draft(id)?))).await?;
    let entries: Vec<OutboxEntry> =
        all_entries.iter().filter(|entry| entry.conversation_id == Some(id)).cloned().collect();
    let overlays = overlays(&all_entries);
    let waiting = all_entries.clone();
    let limit = usize::try_from(limit.clamp(1, MOST_MESSAGES)).unwrap_or(1);
    let read = core
        .store
        .read(move |cache| {
            let Some(mut stored) = cache.conversation(id)? else { return Ok(None) };
            overlays.lay(&mut stored);
            read(cache, stored, around, limit, &waiting).map(Some)
        })
        .await?
        .ok_or(Error::NotFound)?;
    let screen = put_together(core, &read, &entries);
    let draft = draft.map(|draft| SavedDraft { text: draft.text, reply_to: draft.reply_to });
    Ok((ConversationScreen { draft, ..screen }, read.stored))
}

fn read(
    cache: &CacheReader<'_>,
    stored: StoredConversation,
    around: Around,
    limit: usize,
    all_entries: &[OutboxEntry],
) -> Result<Read, StoreError> {
    let id = stored.conversation.id;
    let entries = || all_entries.iter().filter(move |entry| entry.conversation_id == Some(id));
    let around = match around {
        Around::Newest => store::Around::Newest,
        Around::Before { message } => store::Around::Before(message),
        Around::After { message } => store::Around::After(message),
        Around::Message { message } => store::Around::Message(message),
    };
    let slice = cache.messages(id, around, limit)?;
    let shown = |id: MessageId| slice.messages.iter().any(|stored| stored.message.id == id);
    let quotes = slice.messages.iter().filter_map(|stored| stored.message.reply_to);
    let quotes_of_echoes = entries().filter_map(|entry| match &entry.command {
        Command::SendMessage { reply_to, .. } => *reply_to,
        _ => None,
    });
    let mut quoted = Vec::new();
    for id in quotes.chain(quotes_of_echoes).filter(|id| !shown(*id)) {
        quoted.extend(cache.message(id)?.map(|stored| stored.message));
    }
    let mut held_keys = Vec::new();
    let mut templates = HashMap::new();
    for entry in entries() {
        if cache.message_by_key(entry.key)?.is_some() {
            held_keys.push(entry.key);
        }
        if let Command::SendMessage { content: Outgoing::Template { template_id, .. }, .. } = &entry.command
            && let Some(template) = cache.template(*template_id)?
        {
            templates.insert(*template_id, template);
        }
    }
    let ledger = cache.ledger_of(id)?;
    Ok(Read {
        money: Money::read(cache, &stored, &ledger, all_entries)?,
        ledger,
        agents: cache.agents()?,
        groups: cache.groups()?,
        stored,
        slice,
        quoted,
        held_keys,
        templates,
    })
}

fn put_together(core: &Core, read: &Read, entries: &[OutboxEntry]) -> ConversationScreen {
    let now = core.now();
    let me = core.me();
    let conversation = &read.stored.conversation;
    let channel = read.stored.channel.as_deref();
    let names = || Names { me, agents: &read.agents, groups: &read.groups };
    let customer = title(read.stored.contact.as_ref());
    let no_capabilities = ChannelCapabilities::default();
    let at_the_end = !read.slice.more_after;
    let edge = at_edge(&read.slice.holes);

    let (rows, mut valid_until) = timeline::rows(&Material {
        names: names(),
        customer: &customer,
        kind: channel.map_or(ChannelKind::Unknown, |channel| channel.kind),
        capabilities: channel.map_or(&no_capabilities, |channel| &channel.capabilities),
        messages: &read.slice.messages,
        holes: edge.between,
        quoted: &read.quoted,
        entries,
        held_keys: &read.held_keys,
        at_the_end,
        ledger: &read.ledger,
        templates: &read.templates,
        online: core.outbox.feed.online(),
        now,
    });
    let (composer, composer_until) = composer(channel, &conversation.window, now);
    sooner(&mut valid_until, composer_until);
    let difference = channel.and_then(|channel| window::difference(&channel.window, &conversation.window, now));
    let (window_difference, difference_until) =
        difference.map_or((None, None), |(phrase, until)| (Some(phrase), until));
    sooner(&mut valid_until, difference_until);
    let facts = AttentionFacts { conversation, me, my_marker: read.stored.marker, agents: &read.agents };
    let (dot, dot_until) = dot(&facts, now);
    sooner(&mut valid_until, dot_until);

    let price = || read.money.price(&read.stored, ChargeKind::Reply, now);
    let newest_first = read.slice.messages.iter().rev().map(|stored| &stored.message);
    let waits_for_answer = channel
        .filter(|_| at_the_end)
        .and_then(|channel| waits_for_answer(newest_first, &reply_window(&channel.window, &conversation.window, now)));

    ConversationScreen {
        id: conversation.id,
        title: customer.clone(),
        contact: read.stored.contact.clone(),
        channel: channel.map(|channel| ChannelSection {
            id: channel.id,
            kind: channel.kind,
            name: channel.name.clone(),
            address: channel.address.clone(),
            state: channel.state,
            notice: (channel.state != ChannelState::Connected).then(|| labels::channel_state(channel.state)),
            capabilities: channel.capabilities.clone(),
        }),
        assignee: conversation.assignee.map(|id| AssignedAgent {
            id,
            name: names().agent(id).unwrap_or_default(),
            me: id == me,
        }),
        group: conversation.group.map(|id| AssignedGroup { id, name: names().group(id).unwrap_or_default() }),
        open: conversation.open,
        dot,
        reply_price: if matches!(composer, Composer::Open { .. }) { price() } else { None },
        composer,
        window_difference,
        waits_for_answer,
        unread_from: unread_from(read),
        rows,
        colleagues: colleagues(core, read),
        draft: None,
        more_before: read.slice.more_before || edge.older_missing,
        more_after: read.slice.more_after,
        times_confirmed: core.server_clock.now().confirmed,
        valid_until,
    }
}

/// Holes at the old edge are not rows: the screen says that there is more before it.
struct Edge<'a> {
    between: &'a [Hole],
    older_missing: bool,
}

fn at_edge(holes: &[Hole]) -> Edge<'_> {
    match holes.split_first() {
        Some((first, rest)) if first.after.is_none() => Edge { between: rest, older_missing: true },
        _ => Edge { between: holes, older_missing: false },
    }
}

fn unread_from(read: &Read) -> Option<MessageId> {
    let unread = read.slice.messages.iter().map(|stored| &stored.message).find(|message| {
        message.author == Author::Customer && read.stored.marker.is_none_or(|marker| message.id > marker)
    });
    unread.map(|message| message.id)
}

fn colleagues(core: &Core, read: &Read) -> Vec<Colleague> {
    let presence = core.syncer.presence();
    let presence = presence.borrow();
    let here =
        presence.iter().filter(|one| one.conversation_id == read.stored.conversation.id && one.agent_id != core.me());
    here.filter_map(|one| {
        let agent = read.agents.iter().find(|agent| agent.id == one.agent_id)?;
        Some(Colleague { id: agent.id, name: agent.name.clone(), answering: one.answering })
    })
    .collect()
}
