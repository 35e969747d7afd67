//! What are things called on a screen?
//!
//! The names the core gives to what it shows, so that no app has wording of its own:
//! kinds of content, states of a channel, of a waiting command, of the connection, of a charge.

mod content;

pub use content::{content, deleted, edited, media_coming, preview, preview_kind};

use super::failure::refusal;
use crate::model::{
    AgentId, Author, ChannelKind, ChannelState, ChargeKind, ChargeState, DecisionReason, LedgerEntry, OutboxState,
    Phrase, PhraseKey, PhraseValue,
};

/// What can stand in the place of an empty list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Empty {
    /// The account's plan has no conversations.
    Plan,
    /// No conversation at all.
    Inbox,
    /// None that the filter lets through.
    Filter,
    /// Nothing found.
    Search,
    /// No template to restart with; carries the advice to make one per kind of answer.
    Templates,
    /// No saved reply.
    SavedReplies,
    /// Nothing waits to be sent.
    Outbox,
    /// No charge in this month.
    Ledger,
}

/// How the phone is connected to the inbox server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum ConnectionState {
    /// Paused by the app.
    Paused,
    /// The server does not answer; the core retries.
    Offline,
    /// Reading what changed.
    CatchingUp,
    /// Everything the server has published is here.
    Live,
    /// The keys are locked away until the device is unlocked; the core retries.
    Locked,
    /// The session has ended: sign in again.
    SignedOut,
}

/// An empty list.
pub fn empty(what: Empty) -> Phrase {
    Phrase::new(match what {
        Empty::Plan => PhraseKey::EmptyPlan,
        Empty::Inbox => PhraseKey::EmptyInbox,
        Empty::Filter => PhraseKey::EmptyFilter,
        Empty::Search => PhraseKey::EmptySearch,
        Empty::Templates => PhraseKey::EmptyTemplates,
        Empty::SavedReplies => PhraseKey::EmptySavedReplies,
        Empty::Outbox => PhraseKey::EmptyOutbox,
        Empty::Ledger => PhraseKey::EmptyLedger,
    })
}

/// The advice that stands in the list of templates.
pub fn template_advice() -> Phrase {
    Phrase::new(PhraseKey::TemplateAdvice)
}

/// How the phone is connected to the inbox server.
pub fn connection(state: ConnectionState) -> Phrase {
    Phrase::new(match state {
        ConnectionState::Live => PhraseKey::ConnectionLive,
        ConnectionState::CatchingUp => PhraseKey::ConnectionCatchingUp,
        ConnectionState::Offline | ConnectionState::Paused | ConnectionState::Locked => PhraseKey::ConnectionOffline,
        ConnectionState::SignedOut => PhraseKey::ConnectionSignedOut,
    })
}

/// That times are shown by an unconfirmed clock.
pub fn times_unconfirmed() -> Phrase {
    Phrase::new(PhraseKey::TimesUnconfirmed)
}

/// A colleague at the same conversation.
pub fn presence(name: &str, answering: bool) -> Phrase {
    let name = PhraseValue::Text(name.to_owned());
    match answering {
        true => Phrase::new(PhraseKey::PresenceAnswering).with("name", name),
        false => Phrase::new(PhraseKey::PresenceViewing).with("name", name),
    }
}

/// The name of a channel.
pub fn channel(kind: ChannelKind) -> Phrase {
    Phrase::new(match kind {
        ChannelKind::Whatsapp => PhraseKey::ChannelWhatsapp,
        ChannelKind::Messenger => PhraseKey::ChannelMessenger,
        ChannelKind::Instagram => PhraseKey::ChannelInstagram,
        ChannelKind::Widget => PhraseKey::ChannelWidget,
        ChannelKind::Unknown => PhraseKey::ChannelOther,
    })
}

/// Whether a channel can be used.
pub fn channel_state(state: ChannelState) -> Phrase {
    Phrase::new(match state {
        ChannelState::NotLinked => PhraseKey::ChannelNotLinked,
        ChannelState::Verifying => PhraseKey::ChannelVerifying,
        ChannelState::Connected => PhraseKey::ChannelConnected,
        ChannelState::Disconnected => PhraseKey::ChannelDisconnected,
        ChannelState::Unknown => PhraseKey::ChannelStateUnknown,
    })
}

/// Where a waiting command stands. Without a network it shows that it waits for one.
pub fn outbox(state: &OutboxState, online: bool) -> Phrase {
    match state {
        OutboxState::Queued { .. } | OutboxState::Uploading if !online => Phrase::new(PhraseKey::OutboxWaitsForNetwork),
        OutboxState::Queued { .. } => Phrase::new(PhraseKey::OutboxQueued),
        OutboxState::Uploading => Phrase::new(PhraseKey::OutboxUploading),
        OutboxState::InFlight => Phrase::new(PhraseKey::OutboxSending),
        OutboxState::Unknown => Phrase::new(PhraseKey::OutboxUnknown),
        OutboxState::Accepted => Phrase::new(PhraseKey::OutboxAccepted),
        OutboxState::NeedsDecision { reason, .. } => decision(*reason),
        OutboxState::Failed { code, .. } => refusal(code),
    }
}

/// What the agent is asked, and why.
pub fn decision(reason: DecisionReason) -> Phrase {
    Phrase::new(match reason {
        DecisionReason::WindowClosed => PhraseKey::DecisionWindowClosed,
        DecisionReason::WindowReopened => PhraseKey::DecisionWindowReopened,
        DecisionReason::LeftView => PhraseKey::DecisionLeftView,
        DecisionReason::TooOld => PhraseKey::DecisionTooOld,
        DecisionReason::EarlierRefused => PhraseKey::DecisionEarlierRefused,
        DecisionReason::Ambiguous => PhraseKey::DecisionAmbiguous,
        DecisionReason::ServerRestored => PhraseKey::DecisionServerRestored,
    })
}

/// The author above a message, when it is not a name; none for the customer. Colleagues have
/// names: *a colleague* is for one whose name is not here.
pub fn author(author: &Author, me: Option<AgentId>) -> Option<Phrase> {
    Some(Phrase::new(match author {
        Author::Customer => return None,
        Author::Agent { id } if Some(*id) == me => PhraseKey::AuthorYou,
        Author::Agent { .. } => PhraseKey::AuthorColleague,
        Author::PhoneApp => PhraseKey::AuthorPhoneApp,
        Author::Automation => PhraseKey::AuthorAutomation,
        Author::System => PhraseKey::AuthorSystem,
        Author::Unknown => PhraseKey::AuthorUnknown,
    }))
}

/// Messages that are not on this phone.
pub fn history_gap() -> Phrase {
    Phrase::new(PhraseKey::HistoryGap)
}

/// A charge's kind.
pub fn charge_kind(kind: ChargeKind) -> Phrase {
    Phrase::new(match kind {
        ChargeKind::Reply => PhraseKey::LedgerReply,
        ChargeKind::Template => PhraseKey::LedgerTemplate,
        ChargeKind::Marketing => PhraseKey::LedgerMarketing,
        ChargeKind::Utility => PhraseKey::LedgerUtility,
        ChargeKind::Authentication => PhraseKey::LedgerAuthentication,
        ChargeKind::Unknown => PhraseKey::LedgerOther,
    })
}

/// Whether a charge stands. Until the provider has reported, it is an estimate and called so.
pub fn charge_state(state: ChargeState) -> Phrase {
    Phrase::new(match state {
        ChargeState::Provisional | ChargeState::Unknown => PhraseKey::LedgerProvisional,
        ChargeState::Final => PhraseKey::LedgerFinal,
        ChargeState::Void => PhraseKey::LedgerVoid,
    })
}

/// What a charge cost: its price, an allowance, or *not priced*.
pub fn charge_price(entry: &LedgerEntry) -> Phrase {
    match (entry.allowance_id, entry.price) {
        (Some(_), _) => Phrase::new(PhraseKey::LedgerAllowance),
        (None, Some(price)) => Phrase::new(PhraseKey::LedgerPrice).with("price", PhraseValue::Money(price)),
        (None, None) => Phrase::new(PhraseKey::LedgerNotPriced),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AllowanceId, ChannelId, ConversationId, Currency, LedgerId, MessageId, Money};
    use crate::rules::table::at;

    #[test]
    fn without_a_network_a_waiting_command_shows_when_it_leaves() {
        let queued = OutboxState::Queued { not_before: None };
        assert_eq!(outbox(&queued, false).key, PhraseKey::OutboxWaitsForNetwork);
        assert_eq!(outbox(&queued, true).key, PhraseKey::OutboxQueued);
        let on_the_wire = outbox(&OutboxState::InFlight, false).key;
        assert_eq!(on_the_wire, PhraseKey::OutboxSending, "that it did not arrive is not known yet");
    }

    #[test]
    fn a_refused_command_shows_why() {
        let failed = OutboxState::Failed { code: "no_credit".to_owned(), since: at("2 10:00") };
        assert_eq!(outbox(&failed, true), refusal("no_credit"));
    }

    #[test]
    fn ones_own_messages_are_by_you_and_the_companys_phone_is_named() {
        let by = |who: Author| author(&who, Some(AgentId(3))).map(|phrase| phrase.key);
        assert_eq!(by(Author::Agent { id: AgentId(3) }), Some(PhraseKey::AuthorYou));
        assert_eq!(by(Author::Agent { id: AgentId(4) }), Some(PhraseKey::AuthorColleague));
        assert_eq!(by(Author::Customer), None);
        assert_eq!(by(Author::PhoneApp), Some(PhraseKey::AuthorPhoneApp));
    }

    #[test]
    fn a_charge_without_a_price_is_not_zero() {
        let entry = LedgerEntry {
            id: LedgerId(1),
            conversation_id: ConversationId(1),
            message_id: MessageId(1),
            channel_id: ChannelId(1),
            at: at("2 10:00"),
            kind: ChargeKind::Reply,
            market: None,
            country: None,
            price: None,
            allowance_id: None,
            state: ChargeState::Final,
        };
        assert_eq!(charge_price(&entry).key, PhraseKey::LedgerNotPriced);
        let five_cents = Some(Money { micros: 50_000, currency: Currency::EUR });
        let priced = LedgerEntry { price: five_cents, ..entry.clone() };
        assert_eq!(charge_price(&priced).key, PhraseKey::LedgerPrice);
        let included = LedgerEntry { allowance_id: Some(AllowanceId(1)), ..priced };
        assert_eq!(charge_price(&included).key, PhraseKey::LedgerAllowance);
    }
}
