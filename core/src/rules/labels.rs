//! What are things called on a screen?
//!
//! The names the core gives to what it shows, so that nobody after it has wording of their own:
//! kinds of content, states of a channel, of a waiting command, of the connection, of a charge.

use super::failure::refusal;
use crate::model::{
    AgentId, Author, ChannelKind, ChannelState, ChargeKind, ChargeState, Content, DecisionReason, LedgerEntry,
    MediaKind, OutboxState, Phrase, PhraseKey, PhraseValue, Preview,
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

/// How the phone stands with the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConnectionState {
    /// Everything arrives as it happens.
    Live,
    /// Reading what was missed.
    CatchingUp,
    /// No network.
    Offline,
    /// The session was ended.
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

/// How the phone stands with the server.
pub fn connection(state: ConnectionState) -> Phrase {
    Phrase::new(match state {
        ConnectionState::Live => PhraseKey::ConnectionLive,
        ConnectionState::CatchingUp => PhraseKey::ConnectionCatchingUp,
        ConnectionState::Offline => PhraseKey::ConnectionOffline,
        ConnectionState::SignedOut => PhraseKey::ConnectionSignedOut,
    })
}

/// That times are shown by a clock nobody has confirmed.
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

/// Where a waiting command stands. Without a network what waits says so, as it is nobody's turn.
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

/// What a content is called where its words are not enough; none for plain words. A file's
/// caption is shown beside it.
pub fn content(content: &Content) -> Option<Phrase> {
    Some(match content {
        Content::Text { .. } => return None,
        Content::Template { text, .. } | Content::Answer { title: text, .. } if !text.is_empty() => return None,
        Content::Contacts { cards } => {
            let count = i64::try_from(cards.len()).unwrap_or(i64::MAX);
            Phrase::new(PhraseKey::ContentContacts).with("count", PhraseValue::Number(count))
        }
        Content::Reaction { emoji: Some(emoji), .. } => reacted_with(emoji),
        Content::Order { products, .. } => {
            Phrase::new(PhraseKey::ContentOrderOf).with("count", PhraseValue::Number((*products).into()))
        }
        Content::Call { length_ms: Some(length) } => {
            Phrase::new(PhraseKey::ContentCallLasted).with("length", PhraseValue::DurationMs(*length))
        }
        Content::Call { length_ms: None } => Phrase::new(PhraseKey::ContentCallMissed),
        Content::System { event } => system(event),
        Content::Template { .. }
        | Content::Answer { .. }
        | Content::Media(_)
        | Content::Location { .. }
        | Content::Reaction { .. }
        | Content::Comment { .. }
        | Content::RequestWelcome
        | Content::Unsupported
        | Content::Unknown => kind_called(preview_kind(content)),
    })
}

/// The kind to write into a conversation's preview: the wire's word, finer for media
/// (`image`, `video`, `voice`, `audio`, `document`, `sticker`).
pub fn preview_kind(content: &Content) -> &'static str {
    match content {
        Content::Media(media) => match media.kind {
            MediaKind::Image => "image",
            MediaKind::Video => "video",
            MediaKind::Audio if media.voice => "voice",
            MediaKind::Audio => "audio",
            MediaKind::Document => "document",
            MediaKind::Sticker => "sticker",
            MediaKind::Unknown => "media",
        },
        other => other.kind(),
    }
}

/// What a preview's content is called where its words are not enough; none for plain words. Its
/// text, when there is one, is shown beside it.
pub fn preview(preview: &Preview) -> Option<Phrase> {
    match preview.kind.as_str() {
        "text" => None,
        "template" | "answer" if !preview.text.is_empty() => None,
        "reaction" if !preview.text.is_empty() => Some(reacted_with(&preview.text)),
        kind => Some(kind_called(kind)),
    }
}

fn reacted_with(emoji: &str) -> Phrase {
    if emoji.is_empty() {
        return Phrase::new(PhraseKey::ContentReactionRemoved);
    }
    Phrase::new(PhraseKey::ContentReaction).with("emoji", PhraseValue::Text(emoji.to_owned()))
}

/// A kind by the wire's word, when nothing more is known of it.
fn kind_called(kind: &str) -> Phrase {
    Phrase::new(match kind {
        "image" => PhraseKey::ContentPhoto,
        "video" => PhraseKey::ContentVideo,
        "voice" => PhraseKey::ContentVoice,
        "audio" => PhraseKey::ContentAudio,
        "document" => PhraseKey::ContentDocument,
        "sticker" => PhraseKey::ContentSticker,
        "media" => PhraseKey::ContentFile,
        "location" => PhraseKey::ContentLocation,
        "contacts" => PhraseKey::ContentContact,
        "reaction" => PhraseKey::ContentReactionRemoved,
        "template" => PhraseKey::ContentTemplate,
        "answer" => PhraseKey::ContentAnswer,
        "order" => PhraseKey::ContentOrder,
        "call" => PhraseKey::ContentCall,
        "comment" => PhraseKey::ContentComment,
        "system" => PhraseKey::ContentSystem,
        "request_welcome" => PhraseKey::ContentRequestWelcome,
        "unsupported" => PhraseKey::ContentUnsupported,
        _ => PhraseKey::ContentUnknown,
    })
}

/// Something that happened, by the provider's word.
fn system(event: &str) -> Phrase {
    Phrase::new(match event {
        "user_changed_number" | "customer_changed_number" => PhraseKey::ContentNumberChanged,
        "customer_identity_changed" => PhraseKey::ContentIdentityChanged,
        _ => PhraseKey::ContentSystem,
    })
}

/// A file that the server still fetches from the provider.
pub fn media_coming() -> Phrase {
    Phrase::new(PhraseKey::ContentMediaComing)
}

/// The author above a message, when it is not a name; none for the customer and for colleagues,
/// who have theirs.
pub fn author(author: &Author, me: AgentId) -> Option<Phrase> {
    Some(Phrase::new(match author {
        Author::Customer => return None,
        Author::Agent { id } if *id == me => PhraseKey::AuthorYou,
        Author::Agent { .. } => return None,
        Author::PhoneApp => PhraseKey::AuthorPhoneApp,
        Author::Automation => PhraseKey::AuthorAutomation,
        Author::System => PhraseKey::AuthorSystem,
        Author::Unknown => PhraseKey::AuthorUnknown,
    }))
}

/// A colleague whose name is not here.
pub fn colleague() -> Phrase {
    Phrase::new(PhraseKey::AuthorColleague)
}

/// A message its customer took back.
pub fn deleted() -> Phrase {
    Phrase::new(PhraseKey::ContentDeleted)
}

/// A message its customer changed.
pub fn edited() -> Phrase {
    Phrase::new(PhraseKey::ContentEdited)
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
    use crate::model::{
        AllowanceId, ChannelId, ContactCard, ConversationId, Currency, LedgerId, Media, MessageId, Money,
    };
    use crate::rules::table::at;

    fn media(kind: MediaKind, voice: bool) -> Content {
        Content::Media(Media {
            kind,
            media_id: None,
            mime: String::new(),
            size_bytes: None,
            name: String::new(),
            caption: "Devant la porte".to_owned(),
            voice,
        })
    }

    #[test]
    fn plain_words_need_no_label() {
        assert_eq!(content(&Content::Text { body: "Bonjour".to_owned() }), None);
    }

    #[test]
    fn everything_else_says_what_it_is() {
        let key = |what: &Content| content(what).unwrap().key;
        assert_eq!(key(&media(MediaKind::Image, false)), PhraseKey::ContentPhoto);
        assert_eq!(key(&media(MediaKind::Audio, true)), PhraseKey::ContentVoice);
        assert_eq!(key(&media(MediaKind::Audio, false)), PhraseKey::ContentAudio);
        assert_eq!(key(&media(MediaKind::Unknown, false)), PhraseKey::ContentFile);
        assert_eq!(key(&Content::Reaction { to: None, emoji: Some("👍".to_owned()) }), PhraseKey::ContentReaction);
        assert_eq!(key(&Content::Reaction { to: None, emoji: Some(String::new()) }), PhraseKey::ContentReactionRemoved);
        assert_eq!(key(&Content::Reaction { to: None, emoji: None }), PhraseKey::ContentReactionRemoved);
        assert_eq!(key(&Content::Call { length_ms: None }), PhraseKey::ContentCallMissed);
        assert_eq!(key(&Content::Call { length_ms: Some(125_000) }), PhraseKey::ContentCallLasted);
        assert_eq!(key(&Content::System { event: "user_changed_number".to_owned() }), PhraseKey::ContentNumberChanged);
        assert_eq!(key(&Content::System { event: "new_event".to_owned() }), PhraseKey::ContentSystem);
        assert_eq!(key(&Content::Unsupported), PhraseKey::ContentUnsupported);
    }

    #[test]
    fn cards_and_products_are_counted() {
        let card = ContactCard { name: "Nora".to_owned(), phones: Vec::new() };
        let counted = |key, count| Some(Phrase::new(key).with("count", PhraseValue::Number(count)));
        let two = Content::Contacts { cards: vec![card.clone(), card] };
        assert_eq!(content(&two), counted(PhraseKey::ContentContacts, 2));
        let order = Content::Order { products: 1, body: String::new() };
        assert_eq!(content(&order), counted(PhraseKey::ContentOrderOf, 1));
    }

    fn previewed(kind: &str, text: &str) -> Option<PhraseKey> {
        let shortened = Preview {
            message_id: MessageId(1),
            author: Author::Customer,
            at: at("2 10:00"),
            kind: kind.to_owned(),
            text: text.to_owned(),
        };
        preview(&shortened).map(|phrase| phrase.key)
    }

    #[test]
    fn a_preview_says_what_its_content_says() {
        for what in [media(MediaKind::Video, false), media(MediaKind::Sticker, false), Content::Unsupported] {
            assert_eq!(previewed(preview_kind(&what), ""), content(&what).map(|phrase| phrase.key));
        }
        assert_eq!(previewed("text", "Bonjour"), None);
        assert_eq!(previewed("template", "Bonjour Léa"), None);
        assert_eq!(previewed("reaction", "👍"), Some(PhraseKey::ContentReaction));
        assert_eq!(previewed("media", ""), Some(PhraseKey::ContentFile), "from a server that does not say more");
        assert_eq!(previewed("hologram", ""), Some(PhraseKey::ContentUnknown));
    }

    #[test]
    fn without_a_network_what_waits_says_when_it_will_go() {
        let queued = OutboxState::Queued { not_before: None };
        assert_eq!(outbox(&queued, false).key, PhraseKey::OutboxWaitsForNetwork);
        assert_eq!(outbox(&queued, true).key, PhraseKey::OutboxQueued);
        let on_the_wire = outbox(&OutboxState::InFlight, false).key;
        assert_eq!(on_the_wire, PhraseKey::OutboxSending, "nobody knows yet that it did not arrive");
    }

    #[test]
    fn a_refused_command_says_why() {
        let failed = OutboxState::Failed { code: "no_credit".to_owned(), since: at("2 10:00") };
        assert_eq!(outbox(&failed, true), refusal("no_credit"));
    }

    #[test]
    fn ones_own_messages_are_by_you_and_the_companys_phone_is_named() {
        let by = |who: Author| author(&who, AgentId(3)).map(|phrase| phrase.key);
        assert_eq!(by(Author::Agent { id: AgentId(3) }), Some(PhraseKey::AuthorYou));
        assert_eq!(by(Author::Agent { id: AgentId(4) }), None, "a colleague has a name");
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
