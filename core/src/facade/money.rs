//! What a quote needs from the store, and the price tag made of it.

use chrono::{DateTime, Utc};

use super::PriceTag;
use super::overlay::is_on_its_way;
use crate::model::{
    Allowance, ChannelId, ChargeKind, ChargeState, Command, Content, ConversationId, LedgerEntry, OutboxEntry,
    Outgoing, Tariff, TemplateId,
};
use crate::rules::billing::{self, Elsewhere, QuoteFacts, Waiting, charge_kind_of_outgoing};
use crate::rules::market::ContactAddress;
use crate::store::{CacheReader, StoreError, StoredConversation};

/// What a quote needs besides the conversation.
pub(super) struct Money {
    tariff: Option<Tariff>,
    allowances: Vec<Allowance>,
    /// The charged templates of the conversation, each with its category.
    charged_templates: Vec<(ChargeKind, DateTime<Utc>)>,
    /// What waits for this customer, in the order in which it leaves.
    waiting: Vec<ChargeKind>,
    /// What waits for other customers.
    elsewhere: Vec<Elsewhere>,
}

impl Money {
    /// Reads it. `ledger` is the conversation's, `entries` is everything that waits.
    pub(super) fn read(
        cache: &CacheReader<'_>,
        stored: &StoredConversation,
        ledger: &[LedgerEntry],
        entries: &[OutboxEntry],
    ) -> Result<Self, StoreError> {
        let tariff = match stored.channel.as_ref().and_then(|channel| channel.tariff) {
            Some(id) => cache.tariff(id)?,
            None => None,
        };
        let mut charged_templates = Vec::new();
        for entry in ledger {
            if entry.state != ChargeState::Void && entry.kind.is_template() {
                charged_templates.push((category(cache, entry)?, entry.at));
            }
        }
        let (waiting, elsewhere) = waiting(cache, entries, stored.conversation.id)?;
        Ok(Self { tariff, allowances: cache.allowances()?, charged_templates, waiting, elsewhere })
    }

    /// What sending costs now, with what waits in this phone's outbox before it.
    pub(super) fn price(&self, stored: &StoredConversation, kind: ChargeKind, now: DateTime<Utc>) -> Option<PriceTag> {
        let channel = stored.channel.as_ref()?;
        let contact = stored.contact.as_ref();
        let facts = QuoteFacts {
            policy: &channel.window,
            window: &stored.conversation.window,
            cover: stored.conversation.cover.as_ref(),
            charged_templates: &self.charged_templates,
            channel_id: channel.id,
            waiting: Waiting { here: &self.waiting, elsewhere: &self.elsewhere },
            allowances: &self.allowances,
            contact: ContactAddress {
                phone: contact.and_then(|contact| contact.phone.as_deref()),
                bsuid: contact.and_then(|contact| contact.bsuid.as_deref()),
            },
        };
        let quote = billing::quote(self.tariff.as_ref(), &facts, kind, now);
        Some(PriceTag { phrase: billing::phrase(&quote), quote })
    }
}

/// The category of a charged template. If the tariff charges all categories as one kind, the ledger
/// does not name it, but the template does.
fn category(cache: &CacheReader<'_>, entry: &LedgerEntry) -> Result<ChargeKind, StoreError> {
    if entry.kind != ChargeKind::Template {
        return Ok(entry.kind);
    }
    match cache.message(entry.message_id)?.map(|stored| stored.message.content) {
        Some(Content::Template { template_id, .. }) => kind_of_template(cache, template_id),
        Some(_) | None => Ok(entry.kind),
    }
}

fn kind_of_template(cache: &CacheReader<'_>, id: TemplateId) -> Result<ChargeKind, StoreError> {
    let template = cache.template(id)?;
    Ok(template.map_or(ChargeKind::Template, |template| ChargeKind::of_template(template.category)))
}

/// What waits and will be charged, here and elsewhere.
fn waiting(
    cache: &CacheReader<'_>,
    entries: &[OutboxEntry],
    here: ConversationId,
) -> Result<(Vec<ChargeKind>, Vec<Elsewhere>), StoreError> {
    let (mut waiting, mut elsewhere) = (Vec::new(), Vec::new());
    for entry in entries.iter().filter(|entry| is_on_its_way(&entry.state)) {
        let Command::SendMessage { conversation_id, content, .. } = &entry.command else { continue };
        let kind = match content {
            Outgoing::Template { template_id, .. } => Some(kind_of_template(cache, *template_id)?),
            Outgoing::Text { .. } | Outgoing::Media { .. } | Outgoing::Reaction { .. } => {
                charge_kind_of_outgoing(content)
            }
        };
        let Some(kind) = kind else { continue };
        if *conversation_id == here {
            waiting.push(kind);
        } else if let Some(channel_id) = channel_of(cache, *conversation_id)? {
            elsewhere.push(Elsewhere { conversation_id: *conversation_id, channel_id, kind });
        }
    }
    Ok((waiting, elsewhere))
}

fn channel_of(cache: &CacheReader<'_>, id: ConversationId) -> Result<Option<ChannelId>, StoreError> {
    Ok(cache.conversation(id)?.map(|stored| stored.conversation.channel_id))
}
