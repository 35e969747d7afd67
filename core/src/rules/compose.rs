//! What can be written here, and does this text or file fit?
//!
//! The composer follows the messaging window and the channel's state; limits are the channel's
//! own, as data, counted as the channel counts.

use chrono::{DateTime, Utc};

use super::braces::{Piece, pieces};
use super::delivery::{self, DeliveryState};
use super::window::{self, ReplyWindow, reply_window};
use crate::model::{
    Agent, ChannelAccount, ChannelCapabilities, ChannelKind, ChannelState, Contact, Content, MediaKind, Message,
    Phrase, PhraseKey, PhraseValue, TextUnit, WindowFacts,
};

/// What stands where one writes.
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// What a text weighs against the channel's limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextCheck {
    /// Its length in the channel's own count.
    pub length: u32,
    /// The most that can be sent; none when there is no limit.
    pub most: Option<u32>,
    /// What is wrong with it; empty when it can go.
    pub faults: Vec<Phrase>,
}

/// A saved reply with its variables replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilledReply {
    /// The text. A variable nobody knows stays as it was written.
    pub text: String,
    /// The variables nobody knows, each once.
    pub unknown: Vec<String>,
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
    let failed = delivery::progress(&last.delivery).1 == DeliveryState::Failed;
    (template && !failed).then(|| Phrase::new(PhraseKey::WaitsForAnswer))
}

/// Whether somebody said it to the other side: not a note, an event or an emoji on a message.
fn was_said(content: &Content) -> bool {
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

/// Whether a text can be sent on a channel. Cheap: it runs at each keystroke.
pub fn check_text(body: &str, channel: &ChannelCapabilities) -> TextCheck {
    let unit = channel.text_limit.map_or(TextUnit::Characters, |limit| limit.unit);
    let length = match unit {
        TextUnit::Characters => body.chars().count(),
        TextUnit::Bytes => body.len(),
        TextUnit::Utf16 => body.encode_utf16().count(),
    };
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    let most = channel.text_limit.map(|limit| limit.most);
    let mut faults = Vec::new();
    if body.trim().is_empty() {
        faults.push(Phrase::new(PhraseKey::TextEmpty));
    }
    if let Some(most) = most.filter(|most| length > *most) {
        let (length, most) = (PhraseValue::Number(length.into()), PhraseValue::Number(most.into()));
        faults.push(Phrase::new(PhraseKey::TextTooLong).with("length", length).with("most", most));
    }
    TextCheck { length, most, faults }
}

/// What is wrong with a file for a channel; empty when it can go. Per file, the smaller of the
/// channel's and the server's limit counts.
pub fn check_media(
    kind: MediaKind,
    mime: &str,
    size_bytes: i64,
    channel: &ChannelCapabilities,
    server_most_bytes: Option<i64>,
) -> Vec<Phrase> {
    let Some(limit) = channel.media.iter().find(|limit| limit.kind == kind) else {
        return vec![Phrase::new(PhraseKey::MediaKindRefused)];
    };
    let mut faults = Vec::new();
    if !limit.mime.is_empty() && !limit.mime.iter().any(|taken| same_type(taken, mime)) {
        let mime = PhraseValue::Text(essence(mime).to_owned());
        faults.push(Phrase::new(PhraseKey::MediaTypeRefused).with("mime", mime));
    }
    if size_bytes <= 0 {
        faults.push(Phrase::new(PhraseKey::MediaEmpty));
    }
    let most = limit.most_bytes.min(server_most_bytes.unwrap_or(i64::MAX));
    if size_bytes > most {
        let (size, most) = (PhraseValue::SizeBytes(size_bytes), PhraseValue::SizeBytes(most));
        faults.push(Phrase::new(PhraseKey::MediaTooLarge).with("size", size).with("most", most));
    }
    faults
}

/// `audio/ogg; codecs=opus` is an `audio/ogg`.
fn essence(mime: &str) -> &str {
    mime.split(';').next().unwrap_or_default().trim()
}

fn same_type(one: &str, other: &str) -> bool {
    essence(one).eq_ignore_ascii_case(essence(other))
}

/// A saved reply with its `{{variables}}` replaced. One that nobody knows stays as it was
/// written, so that nothing is sent that reads as if it had been meant so.
pub fn fill_saved_reply(text: &str, variable: impl Fn(&str) -> Option<String>) -> FilledReply {
    let mut filled = FilledReply { text: String::with_capacity(text.len()), unknown: Vec::new() };
    for piece in pieces(text) {
        match piece {
            Piece::Words(words) => filled.text.push_str(words),
            Piece::Variable(name) => match variable(name) {
                Some(value) => filled.text.push_str(&value),
                None => {
                    filled.text.push_str(&format!("{{{{{name}}}}}"));
                    if !filled.unknown.iter().any(|unknown| unknown == name) {
                        filled.unknown.push(name.to_owned());
                    }
                }
            },
        }
    }
    filled
}

/// What a saved reply's variable stands for: the customer's attribute of that name, or `name`,
/// `first_name`, `username`, `phone` of the customer and `agent`, the name of who writes.
pub fn reply_variable(contact: &Contact, agent: Option<&Agent>, name: &str) -> Option<String> {
    let value = match (contact.attributes.get(name), name) {
        (Some(value), _) => Some(value.as_str()),
        (None, "name") => Some(contact.name.as_str()),
        (None, "first_name") => contact.name.split_whitespace().next(),
        (None, "username") => contact.username.as_deref(),
        (None, "phone") => contact.phone.as_deref(),
        (None, "agent") => agent.map(|agent| agent.name.as_str()),
        (None, _) => None,
    };
    value.map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned)
}

/// That a saved reply has a variable nobody knows.
pub fn unknown_variable(name: &str) -> Phrase {
    Phrase::new(PhraseKey::SavedReplyUnknown).with("name", PhraseValue::Text(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        AgentId, Author, ContactId, ConversationId, DeliveryFact, DeliveryStatus, MediaLimit, MessageId, TemplateId,
        TextLimit,
    };
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
    fn to_somebody_who_never_wrote_only_a_template_goes() {
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
    fn a_channel_nobody_knows_blocks_and_says_so() {
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

    fn limited(most: u32, unit: TextUnit) -> ChannelCapabilities {
        ChannelCapabilities { text_limit: Some(TextLimit { most, unit }), ..ChannelCapabilities::default() }
    }

    #[test]
    fn a_text_is_counted_as_the_channel_counts() {
        let length = |unit| check_text("é👍", &limited(10, unit)).length;
        assert_eq!((length(TextUnit::Characters), length(TextUnit::Bytes), length(TextUnit::Utf16)), (2, 6, 3));
    }

    #[test]
    fn a_text_over_the_limit_names_the_limit() {
        let check = |body: &str| check_text(body, &limited(4, TextUnit::Characters)).faults;
        assert_eq!(check("abcd"), []);
        let too_long = Phrase::new(PhraseKey::TextTooLong)
            .with("length", PhraseValue::Number(5))
            .with("most", PhraseValue::Number(4));
        assert_eq!(check("abcde"), [too_long]);
        assert_eq!(check(" \n"), [Phrase::new(PhraseKey::TextEmpty)]);
        assert_eq!(check_text(&"a".repeat(100_000), &ChannelCapabilities::default()).faults, []);
    }

    #[test]
    fn a_file_goes_within_the_smaller_limit_of_channel_and_server() {
        let keys = |kind, mime: &str, size, server| {
            let faults = check_media(kind, mime, size, &whatsapp().capabilities, server);
            faults.into_iter().map(|fault| fault.key).collect::<Vec<_>>()
        };
        let five_mb = 5 * 1024 * 1024;
        let image = |size, server| keys(MediaKind::Image, "image/jpeg", size, server);
        assert_eq!(image(five_mb, None), []);
        assert_eq!(image(five_mb + 1, None), [PhraseKey::MediaTooLarge]);
        assert_eq!(image(1_001, Some(1_000)), [PhraseKey::MediaTooLarge]);
        assert_eq!(image(five_mb + 1, Some(i64::MAX)), [PhraseKey::MediaTooLarge]);
        assert_eq!(image(0, None), [PhraseKey::MediaEmpty]);
        assert_eq!(keys(MediaKind::Image, "image/heic", 1, None), [PhraseKey::MediaTypeRefused]);
        assert_eq!(keys(MediaKind::Image, "IMAGE/JPEG; q=1", 1, None), []);
        assert_eq!(keys(MediaKind::Sticker, "image/webp", 1, None), [PhraseKey::MediaKindRefused]);
    }

    #[test]
    fn a_file_of_any_type_goes_where_no_type_is_listed() {
        let any = MediaLimit { kind: MediaKind::Document, most_bytes: 100, mime: Vec::new() };
        let channel = ChannelCapabilities { media: vec![any], ..ChannelCapabilities::default() };
        assert_eq!(check_media(MediaKind::Document, "text/x-odd", 100, &channel, None), []);
    }

    fn lea() -> Contact {
        Contact {
            id: ContactId(88),
            name: "Léa Martin".to_owned(),
            phone: None,
            bsuid: None,
            username: None,
            language: None,
            attributes: [("order".to_owned(), "C-42".to_owned())].into(),
        }
    }

    #[test]
    fn a_saved_reply_speaks_of_this_customer() {
        let filled =
            fill_saved_reply("Bonjour {{first_name}}, {{ order }} part.", |name| reply_variable(&lea(), None, name));
        assert_eq!(filled, FilledReply { text: "Bonjour Léa, C-42 part.".to_owned(), unknown: Vec::new() });
    }

    #[test]
    fn a_variable_nobody_knows_stays_and_is_named_once() {
        let filled = fill_saved_reply("{{phone}} {{size}} {{phone}} {{", |name| reply_variable(&lea(), None, name));
        assert_eq!(filled.text, "{{phone}} {{size}} {{phone}} {{");
        assert_eq!(filled.unknown, ["phone", "size"]);
    }
}
