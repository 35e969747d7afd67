use super::*;
use crate::model::{AgentGroupId, AgentId, ChannelId, ContactId, ConversationId, QuietHours, Seq, WindowFacts};
use crate::rules::table::at;

const MARC: AgentId = AgentId(3);
const NORA: AgentId = AgentId(4);

pub(super) fn marc() -> Agent {
    Agent {
        id: MARC,
        name: "Marc".to_owned(),
        status: AgentStatus::Online,
        status_since: at("2 08:00"),
        administrator: false,
        groups: vec![AgentGroupId(2)],
    }
}

/// Unassigned; the customer wrote at ten on the second.
pub(super) fn waiting() -> Conversation {
    Conversation {
        id: ConversationId(1),
        channel_id: ChannelId(1),
        contact_id: ContactId(1),
        open: true,
        assignee: None,
        group: None,
        activity_at: at("2 10:00"),
        preview: None,
        last_customer_message_id: Some(MessageId(10)),
        waiting_since: Some(at("2 10:00")),
        window: WindowFacts::default(),
        cover: None,
        visible_since: Seq(0),
        messages_seq: Seq(0),
        joined: Vec::new(),
    }
}

pub(super) fn assigned_to(agent: AgentId) -> Conversation {
    Conversation { assignee: Some(agent), ..waiting() }
}

fn message(author: Author, content: Content) -> Message {
    serde_json::from_value(serde_json::json!({
        "id": 10, "conversation_id": 1, "author": author, "at": at("2 10:00").timestamp_millis(), "content": content
    }))
    .unwrap()
}

fn bonjour() -> Message {
    message(Author::Customer, Content::Text { body: "Bonjour".to_owned() })
}

/// Nora writes a note for her colleagues.
fn note(mentions: &[AgentId]) -> Message {
    message(Author::Agent { id: NORA }, Content::Comment { body: "Tu peux ?".to_owned(), mentions: mentions.to_vec() })
}

/// What Marc's phone does, if everything but what a test changes is as usual.
struct Scene {
    message: Message,
    conversation: Conversation,
    me: Agent,
    read: Option<MessageId>,
    on_screen: bool,
    preferences: NotificationPreferences,
}

impl Default for Scene {
    fn default() -> Self {
        let preferences = NotificationPreferences::default();
        Self {
            message: bonjour(),
            conversation: assigned_to(MARC),
            me: marc(),
            read: Some(MessageId(9)),
            on_screen: false,
            preferences,
        }
    }
}

impl Scene {
    fn heard(&self) -> NotificationDecision {
        let facts = NotifyFacts {
            message: &self.message,
            conversation: &self.conversation,
            me: &self.me,
            my_marker: self.read,
            on_screen: self.on_screen,
            preferences: &self.preferences,
            wall_clock: &WallClock::default(),
        };
        notify(&facts, at("2 23:00"))
    }

    fn on_badge(&self) -> bool {
        counts_on_badge(&self.conversation, self.read, &self.me, &self.preferences)
    }
}

fn notified(reason: NotificationReason) -> NotificationDecision {
    NotificationDecision::Show { reason }
}

fn silent(why: SilenceReason) -> NotificationDecision {
    NotificationDecision::Silent { why }
}

#[test]
fn an_agent_is_notified_of_their_own_and_of_unassigned_conversations() {
    assert_eq!(Scene::default().heard(), notified(NotificationReason::Mine));
    let nobodys = Scene { conversation: waiting(), ..Scene::default() };
    assert_eq!(nobodys.heard(), notified(NotificationReason::Unassigned));
    let colleagues = Scene { conversation: assigned_to(NORA), ..Scene::default() };
    assert_eq!(colleagues.heard(), silent(SilenceReason::NotTheirs));
}

#[test]
fn a_groups_conversation_is_for_its_people() {
    let of_group = |id| Conversation { group: Some(AgentGroupId(id)), ..waiting() };
    assert_eq!(
        Scene { conversation: of_group(2), ..Scene::default() }.heard(),
        notified(NotificationReason::Unassigned)
    );
    assert_eq!(Scene { conversation: of_group(5), ..Scene::default() }.heard(), silent(SilenceReason::NotTheirs));
    let taken_in_another = Conversation { assignee: Some(MARC), ..of_group(5) };
    assert_eq!(
        Scene { conversation: taken_in_another, ..Scene::default() }.heard(),
        notified(NotificationReason::Mine)
    );
}

#[test]
fn a_mention_notifies_in_any_conversation() {
    let called = Scene { message: note(&[MARC]), conversation: assigned_to(NORA), ..Scene::default() };
    assert_eq!(called.heard(), notified(NotificationReason::Mention));
    assert_eq!(Scene { message: note(&[NORA]), ..Scene::default() }.heard(), silent(SilenceReason::NotForAgents));
    let own = message(Author::Agent { id: MARC }, note(&[MARC]).content);
    assert_eq!(Scene { message: own, ..Scene::default() }.heard(), silent(SilenceReason::NotForAgents));
}

#[test]
fn an_event_notifies_no_agent() {
    let quiet = [
        message(Author::Customer, Content::Reaction { to: None, emoji: Some("👍".to_owned()) }),
        message(Author::Customer, Content::RequestWelcome),
        message(Author::System, Content::System { event: "user_changed_number".to_owned() }),
        message(Author::Agent { id: NORA }, Content::Text { body: "Bonjour Léa".to_owned() }),
        message(Author::PhoneApp, Content::Text { body: "Bonjour Léa".to_owned() }),
        Message { deleted_at: Some(at("2 10:01")), ..bonjour() },
    ];
    for message in quiet {
        assert_eq!(Scene { message, ..Scene::default() }.heard(), silent(SilenceReason::NotForAgents));
    }
    let missed_call = message(Author::Customer, Content::Call { length_ms: None });
    assert_eq!(Scene { message: missed_call, ..Scene::default() }.heard(), notified(NotificationReason::Mine));
}

#[test]
fn never_for_what_is_on_screen_or_read_elsewhere() {
    assert_eq!(Scene { on_screen: true, ..Scene::default() }.heard(), silent(SilenceReason::OnScreen));
    assert_eq!(Scene { read: Some(MessageId(10)), ..Scene::default() }.heard(), silent(SilenceReason::Read));
    assert_eq!(Scene { read: None, ..Scene::default() }.heard(), notified(NotificationReason::Mine));
}

#[test]
fn an_offline_agent_is_not_called_and_an_invisible_one_gets_no_new_ones() {
    let being = |status| Agent { status, ..marc() };
    assert_eq!(Scene { me: being(AgentStatus::Offline), ..Scene::default() }.heard(), silent(SilenceReason::Offline));
    assert_eq!(Scene { me: being(AgentStatus::Unknown), ..Scene::default() }.heard(), silent(SilenceReason::Offline));
    assert_eq!(
        Scene { me: being(AgentStatus::Invisible), ..Scene::default() }.heard(),
        notified(NotificationReason::Mine)
    );
    let new = Scene { me: being(AgentStatus::Invisible), conversation: waiting(), ..Scene::default() };
    assert_eq!(new.heard(), silent(SilenceReason::NotTheirs));
}

#[test]
fn each_sort_can_be_switched_off_and_each_channel_muted() {
    let without = |change: fn(&mut NotificationPreferences)| {
        let mut preferences = NotificationPreferences::default();
        change(&mut preferences);
        preferences
    };
    let off = silent(SilenceReason::SwitchedOff);
    assert_eq!(Scene { preferences: without(|p| p.mine = false), ..Scene::default() }.heard(), off);
    let nobodys = Scene { preferences: without(|p| p.unassigned = false), conversation: waiting(), ..Scene::default() };
    assert_eq!(nobodys.heard(), off);
    let called = Scene { preferences: without(|p| p.mentions = false), message: note(&[MARC]), ..Scene::default() };
    assert_eq!(called.heard(), off);
    let muted = || without(|p| p.muted_channels.push(ChannelId(1)));
    assert_eq!(Scene { preferences: muted(), ..Scene::default() }.heard(), silent(SilenceReason::Muted));
    let called = Scene { preferences: muted(), message: note(&[MARC]), ..Scene::default() };
    assert_eq!(called.heard(), notified(NotificationReason::Mention), "a mention notifies all the same");
}

#[test]
fn in_quiet_hours_there_is_no_notification_and_the_badge_still_counts() {
    let quiet_hours = Some(QuietHours { from_minute: 22 * 60, until_minute: 7 * 60 });
    let preferences = NotificationPreferences { quiet_hours, ..NotificationPreferences::default() };
    let scene = Scene { preferences, ..Scene::default() };
    assert_eq!(scene.heard(), silent(SilenceReason::Quiet { until: at("3 07:00") }));
    assert!(scene.on_badge());
}

#[test]
fn the_badge_counts_what_would_notify_and_is_unread() {
    assert!(Scene::default().on_badge());
    assert!(Scene { conversation: waiting(), ..Scene::default() }.on_badge());
    assert!(!Scene { conversation: assigned_to(NORA), ..Scene::default() }.on_badge());
    assert!(!Scene { read: Some(MessageId(10)), ..Scene::default() }.on_badge());
    assert!(!Scene { conversation: Conversation { open: false, ..assigned_to(MARC) }, ..Scene::default() }.on_badge());
    let offline = Agent { status: AgentStatus::Offline, ..marc() };
    assert!(Scene { me: offline, ..Scene::default() }.on_badge(), "what waits, waits");
    let muted = NotificationPreferences { muted_channels: vec![ChannelId(1)], ..Default::default() };
    assert!(!Scene { preferences: muted, ..Scene::default() }.on_badge());
}

#[test]
fn preferences_of_an_older_build_keep_the_defaults_of_what_it_did_not_know() {
    let old: NotificationPreferences = serde_json::from_str(r#"{ "unassigned": false }"#).unwrap();
    assert_eq!(old, NotificationPreferences { unassigned: false, ..NotificationPreferences::default() });
    assert_eq!(old.remind_before_ms, [7_200_000, 1_800_000]);
}
