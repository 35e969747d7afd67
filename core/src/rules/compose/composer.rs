//! What stands where one writes?

use chrono::{DateTime, Utc};

use crate::model::{ChannelAccount, ChannelKind, ChannelState, Content, Message, Phrase, PhraseKey, WindowFacts};
use crate::rules::delivery::{self, DeliveryState};
use crate::rules::window::{self, ReplyWindow, reply_window};

/// What stands where one writes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum Composer {
    /// Free text.
    Open {
        /// Until when; none on a channel without a window.
        closes_at: Option<DateTime<Utc>>,
        /// Milliseconds until then.
        remaining_ms: Option<i64>,
        /// Only a person may answer now, not a bot.
        human_agent: bool,
    },
    /// Only *Restart the conversation*.
    RestartOnly {
        /// Closed since when; none when it never was open.
        since: Option<DateTime<Utc>>,
        /// Why.
        why: Phrase,
    },
    /// Nothing.
    Blocked {
        /// Why.
        why: Phrase,
    },
}

/// What stands where one writes at `now`, and when that changes by itself. A channel that is not
/// here yet (its row comes later) blocks, and says so.
pub fn composer(
    channel: Option<&ChannelAccount>,
    window: &WindowFacts,
    now: DateTime<Utc>,
) -> (Composer, Option<DateTime<Utc>>) {
    let blocked = |key| (Composer::Blocked { why: Phrase::new(key) }, None);
    let Some(channel) = channel else { return blocked(PhraseKey::BlockedChannelMissing) };
    if channel.kind == ChannelKind::Unknown {
        return blocked(PhraseKey::BlockedChannelKind);
    }
    match channel.state {
        ChannelState::Connected => {}
        ChannelState::NotLinked => return blocked(PhraseKey::BlockedNotLinked),
        ChannelState::Verifying => return blocked(PhraseKey::BlockedVerifying),
        ChannelState::Disconnected => return blocked(PhraseKey::BlockedDisconnected),
        ChannelState::Unknown => return blocked(PhraseKey::BlockedState),
    }
    let window = reply_window(&channel.window, window, now);
    match window {
        ReplyWindow::Unlimited => (Composer::Open { closes_at: None, remaining_ms: None, human_agent: false }, None),
        ReplyWindow::Open { closes_at, human_agent } => {
            let remaining_ms = closes_at.signed_duration_since(now).num_milliseconds();
            let open = Composer::Open { closes_at: Some(closes_at), remaining_ms: Some(remaining_ms), human_agent };
            (open, Some(closes_at))
        }
        ReplyWindow::Closed { since, .. } if channel.capabilities.templates => {
            (Composer::RestartOnly { since, why: window::phrase(&window) }, None)
        }
        // Messenger and Instagram have no template to restart with: one waits.
        ReplyWindow::Closed { .. } => blocked(PhraseKey::WaitForCustomer),
    }
}

/// What stands at the composer, in words: how long one may write, or why not.
pub fn phrase(composer: &Composer) -> Phrase {
    match composer {
        Composer::Open { closes_at: Some(closes_at), human_agent, .. } => {
            window::phrase(&ReplyWindow::Open { closes_at: *closes_at, human_agent: *human_agent })
        }
        Composer::Open { closes_at: None, .. } => window::phrase(&ReplyWindow::Unlimited),
        Composer::RestartOnly { why, .. } | Composer::Blocked { why } => why.clone(),
    }
}

/// Why a window is closed, in words; none while it is not.
pub fn closed_phrase(window: &ReplyWindow) -> Option<Phrase> {
    matches!(window, ReplyWindow::Closed { .. }).then(|| window::phrase(window))
}

/// *Restart the conversation*: what replaces the composer once the window is closed.
pub fn restart() -> Phrase {
    Phrase::new(PhraseKey::RestartConversation)
}

/// *You can write freely once the customer answers*, when the last thing said is a template of
/// ours and the window is closed. Takes the messages of a conversation, newest first.
pub fn waits_for_answer<'a>(
    newest_first: impl IntoIterator<Item = &'a Message>,
    window: &ReplyWindow,
) -> Option<Phrase> {
    if !matches!(window, ReplyWindow::Closed { .. }) {
        return None;
    }
    let last = newest_first.into_iter().find(|message| was_said(&message.content))?;
    let template = last.author.is_ours() && matches!(last.content, Content::Template { .. });
    let failed = delivery::state_of_message(last) == DeliveryState::Failed;
    (template && !failed).then(|| Phrase::new(PhraseKey::WaitsForAnswer))
}

/// Whether it is a message to the other side: not a note, an event or an emoji on a message.
pub(super) fn was_said(content: &Content) -> bool {
    match content {
        Content::Comment { .. } | Content::System { .. } | Content::Reaction { .. } | Content::RequestWelcome => false,
        Content::Text { .. }
        | Content::Media(_)
        | Content::Location { .. }
        | Content::Contacts { .. }
        | Content::Template { .. }
        | Content::Answer { .. }
        | Content::Order { .. }
        | Content::Call { .. }
        | Content::Unsupported
        | Content::Unknown => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AgentId, Author, ConversationId, DeliveryFact, DeliveryStatus, MessageId, TemplateId};
    use crate::rules::table::{at, messenger, whatsapp, whatsapp_window, widget};
    use crate::rules::window::{ClosedWhy, window_facts};

    fn customer_wrote(time: &str) -> WindowFacts {
        window_facts(&whatsapp_window(), &[at(time)], &[], None)
    }

    fn blocked_by(channel: Option<&ChannelAccount>) -> Option<PhraseKey> {
        match composer(channel, &customer_wrote("2 10:00"), at("2 11:00")).0 {
            Composer::Blocked { why } => Some(why.key),
            Composer::Open { .. } | Composer::RestartOnly { .. } => None,
        }
    }

    #[test]
    fn in_the_window_one_writes_and_sees_the_time_left() {
        let (composer, valid_until) = composer(Some(&whatsapp()), &customer_wrote("2 10:00"), at("3 09:59:59.999"));
        let closes_at = Some(at("3 10:00"));
        assert_eq!(composer, Composer::Open { closes_at, remaining_ms: Some(1), human_agent: false });
        assert_eq!(valid_until, closes_at);
        assert_eq!(phrase(&composer).key, PhraseKey::WindowOpenUntil);
    }

    #[test]
    fn after_it_only_a_restart_is_left() {
        let (composer, valid_until) = composer(Some(&whatsapp()), &customer_wrote("2 10:00"), at("3 10:00"));
        let Composer::RestartOnly { since, why } = composer else { panic!("{composer:?}") };
        assert_eq!((since, why.key, valid_until), (Some(at("3 10:00")), PhraseKey::WindowEnded, None));
    }

    #[test]
    fn to_a_customer_who_never_wrote_only_a_template_goes() {
        let (composer, _) = composer(Some(&whatsapp()), &WindowFacts::default(), at("3 10:00"));
        let Composer::RestartOnly { since, why } = composer else { panic!("{composer:?}") };
        assert_eq!((since, why.key), (None, PhraseKey::WindowNeverOpened));
    }

    #[test]
    fn on_messenger_a_person_has_longer_and_then_waits() {
        let late = |now| composer(Some(&messenger()), &customer_wrote("2 10:00"), at(now)).0;
        assert_eq!(phrase(&late("3 10:00")).key, PhraseKey::WindowHumanAgentUntil);
        assert_eq!(late("9 10:00"), Composer::Blocked { why: Phrase::new(PhraseKey::WaitForCustomer) });
    }

    #[test]
    fn on_the_widget_one_always_writes() {
        let (composer, valid_until) = composer(Some(&widget()), &WindowFacts::default(), at("3 10:00"));
        assert_eq!(composer, Composer::Open { closes_at: None, remaining_ms: None, human_agent: false });
        assert_eq!((phrase(&composer).key, valid_until), (PhraseKey::WindowUnlimited, None));
    }

    #[test]
    fn a_channel_works_once_it_is_linked_and_verified() {
        let with = |state| blocked_by(Some(&ChannelAccount { state, ..whatsapp() }));
        assert_eq!(with(ChannelState::Connected), None);
        assert_eq!(with(ChannelState::NotLinked), Some(PhraseKey::BlockedNotLinked));
        assert_eq!(with(ChannelState::Verifying), Some(PhraseKey::BlockedVerifying));
        assert_eq!(with(ChannelState::Disconnected), Some(PhraseKey::BlockedDisconnected));
        assert_eq!(with(ChannelState::Unknown), Some(PhraseKey::BlockedState));
    }

    #[test]
    fn an_unknown_channel_blocks_the_composer_and_shows_why() {
        assert_eq!(blocked_by(None), Some(PhraseKey::BlockedChannelMissing));
        let unknown = ChannelAccount { kind: ChannelKind::Unknown, ..whatsapp() };
        assert_eq!(blocked_by(Some(&unknown)), Some(PhraseKey::BlockedChannelKind));
    }

    fn message(author: Author, content: Content) -> Message {
        Message {
            id: MessageId(1),
            conversation_id: ConversationId(1),
            client_key: None,
            author,
            at: at("3 11:00"),
            content,
            reply_to: None,
            edited_at: None,
            deleted_at: None,
            attempt: 1,
            delivery: Vec::new(),
        }
    }

    #[test]
    fn after_a_template_it_waits_for_the_customers_answer() {
        let agent = Author::Agent { id: AgentId(3) };
        let template = Content::Template {
            template_id: TemplateId(5),
            name: String::new(),
            text: String::new(),
            values: Vec::new(),
        };
        let sent = message(agent, template);
        let comment = message(agent, Content::Comment { body: "Vu".to_owned(), mentions: Vec::new() });
        let answer = message(Author::Customer, Content::Text { body: "Oui".to_owned() });
        let closed = ReplyWindow::Closed { since: Some(at("3 10:00")), why: ClosedWhy::Ended };
        let waits = Some(Phrase::new(PhraseKey::WaitsForAnswer));
        assert_eq!(waits_for_answer([&sent, &answer], &closed), waits);
        assert_eq!(waits_for_answer([&comment, &sent], &closed), waits, "a comment says nothing to the customer");
        assert_eq!(waits_for_answer([&answer, &sent], &closed), None);
        assert_eq!(waits_for_answer([&sent], &ReplyWindow::Unlimited), None);
        let report = DeliveryFact { attempt: 1, status: DeliveryStatus::Failed, at: at("3 11:01"), error: None };
        let failed = Message { delivery: vec![report], ..sent };
        assert_eq!(waits_for_answer([&failed], &closed), None, "nothing to wait for");
    }
}
