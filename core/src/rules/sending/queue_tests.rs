//! Each case: what waits, what is known, and what may happen next.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::facts::{Facts, SendWindow};
use super::queue::*;
use super::stops::{RETRIED_FOR, stopped_along};
use crate::model::{
    Assignee, ClientKey, Command, ConversationId, DecisionReason, MessageId, OutboxEntry, OutboxState, Outgoing,
    TemplateId,
};

const LEA: ConversationId = ConversationId(1);
const TOM: ConversationId = ConversationId(2);

/// The window of every case that does not say otherwise closes at noon.
fn at(time: &str) -> DateTime<Utc> {
    format!("2026-11-02T{time}Z").parse().unwrap()
}

fn key(number: u128) -> ClientKey {
    ClientKey(Uuid::from_u128(number))
}

fn text() -> Outgoing {
    Outgoing::Text { body: "Elle part ce soir.".into() }
}

fn template() -> Outgoing {
    Outgoing::Template { template_id: TemplateId(5), values: Vec::new() }
}

/// A command given at 09:00, the `number`th.
fn entry(number: u128, conversation: ConversationId, command: Command) -> OutboxEntry {
    OutboxEntry {
        key: key(number),
        once_key: None,
        position: i64::try_from(number).unwrap(),
        conversation_id: Some(conversation),
        command,
        epoch: "e1".into(),
        created_at: at("09:00:00"),
        attempts: 0,
        state: OutboxState::Queued { not_before: None },
        file: None,
    }
}

fn message(number: u128, conversation: ConversationId, content: Outgoing) -> OutboxEntry {
    entry(number, conversation, Command::SendMessage { conversation_id: conversation, content, reply_to: None })
}

fn read_mark(number: u128, conversation: ConversationId) -> OutboxEntry {
    let up_to = MessageId(9);
    entry(number, conversation, Command::MarkRead { conversation_id: conversation, up_to, tell_customer: true })
}

fn standing(mut entry: OutboxEntry, state: OutboxState) -> OutboxEntry {
    entry.state = state;
    entry
}

fn with_file(mut entry: OutboxEntry) -> OutboxEntry {
    entry.file = Some("media/aa".into());
    entry
}

fn sent_before(mut entry: OutboxEntry) -> OutboxEntry {
    entry.attempts = 1;
    entry
}

struct Case {
    now: DateTime<Utc>,
    online: bool,
    caught_up: bool,
    not_held_until: Option<DateTime<Utc>>,
    epoch: &'static str,
    windows: HashMap<ConversationId, SendWindow>,
    busy: HashSet<ClientKey>,
    uploaded: HashSet<ClientKey>,
    ask_at: HashMap<ClientKey, DateTime<Utc>>,
}

/// Online at 09:01, caught up, both windows open until noon since the day before.
fn known() -> Case {
    let open = SendWindow {
        open: true,
        opened_at: Some(at("09:00:00") - TimeDelta::hours(20)),
        sendable_until: Some(at("11:59:00")),
    };
    Case {
        now: at("09:01:00"),
        online: true,
        caught_up: true,
        not_held_until: None,
        epoch: "e1",
        windows: HashMap::from([(LEA, open), (TOM, open)]),
        busy: HashSet::new(),
        uploaded: HashSet::new(),
        ask_at: HashMap::new(),
    }
}

fn closed() -> SendWindow {
    SendWindow { open: false, opened_at: None, sendable_until: Some(DateTime::UNIX_EPOCH) }
}

impl Case {
    fn plan(&self, entries: &[OutboxEntry]) -> Plan {
        plan(
            entries,
            &Facts {
                now: self.now,
                online: self.online,
                caught_up: self.caught_up,
                not_held_until: self.not_held_until,
                epoch: Some(self.epoch),
                conversations: &self.windows,
                busy: &self.busy,
                uploaded: &self.uploaded,
                ask_at: &self.ask_at,
            },
        )
    }

    fn steps(&self, entries: &[OutboxEntry]) -> Vec<Step> {
        self.plan(entries).steps
    }
}

#[test]
fn messages_of_one_conversation_leave_one_by_one_in_order() {
    let (first, second) = (message(1, LEA, text()), message(2, LEA, text()));
    assert_eq!(known().steps(&[first.clone(), second.clone()]), [Step::Send(key(1))]);
    let under_way = standing(first.clone(), OutboxState::InFlight);
    assert_eq!(known().steps(&[under_way, second.clone()]), []);
    let with_server = standing(first, OutboxState::Accepted);
    assert_eq!(known().steps(&[with_server, second]), [Step::Ask(key(1)), Step::Send(key(2))]);
}

#[test]
fn conversations_do_not_wait_for_each_other() {
    let entries = [message(1, LEA, text()), message(2, TOM, text())];
    assert_eq!(known().steps(&entries), [Step::Send(key(1)), Step::Send(key(2))]);
}

#[test]
fn only_read_marks_pass_what_waits() {
    let waiting = standing(message(1, LEA, text()), OutboxState::Queued { not_before: Some(at("09:02:00")) });
    let closing = entry(2, LEA, Command::SetOpen { conversation_id: LEA, open: false, if_open: None });
    let plan = known().plan(&[waiting, closing, read_mark(3, LEA)]);
    assert_eq!(plan, Plan { steps: vec![Step::Send(key(3))], plan_again_at: Some(at("09:02:00")) });
}

#[test]
fn a_command_of_unknown_fate_is_asked_about_before_a_later_one_leaves() {
    let unknown = standing(sent_before(message(1, LEA, text())), OutboxState::Unknown);
    let entries = [unknown, message(2, LEA, text())];
    assert_eq!(known().steps(&entries), [Step::Ask(key(1))]);
    let asked = Case { ask_at: HashMap::from([(key(1), at("09:01:30"))]), ..known() };
    assert_eq!(asked.plan(&entries), Plan { steps: vec![], plan_again_at: Some(at("09:01:30")) });
}

#[test]
fn nothing_leaves_before_catching_up_which_is_asked_for_once() {
    let case = Case { caught_up: false, ..known() };
    assert_eq!(case.steps(&[message(1, LEA, text()), message(2, TOM, text())]), [Step::CatchUp]);
}

#[test]
fn without_a_network_nothing_leaves_and_nothing_is_judged() {
    // The customer may have written again: what is asked of the agent is asked once that is known.
    let case = Case { now: at("12:30:00"), online: false, ..known() };
    assert_eq!(case.plan(&[message(1, LEA, text())]), Plan::default());
}

#[test]
fn a_reply_that_waited_until_the_window_closed_is_asked_of_the_agent() {
    let case = Case { now: at("11:59:00"), ..known() };
    assert_eq!(case.steps(&[message(1, LEA, text())]), [Step::Stop(key(1), DecisionReason::WindowClosed)]);
    let case = Case { windows: HashMap::from([(LEA, closed())]), ..known() };
    assert_eq!(case.steps(&[message(1, LEA, text())]), [Step::Stop(key(1), DecisionReason::WindowClosed)]);
    // Also after a day: that the window closed says more than that time passed.
    let case = Case { now: at("09:00:00") + RETRIED_FOR, ..case };
    assert_eq!(case.steps(&[message(1, LEA, text())]), [Step::Stop(key(1), DecisionReason::WindowClosed)]);
}

#[test]
fn a_reply_written_in_the_last_minute_goes_out_and_the_server_judges_it() {
    let mut reply = message(1, LEA, text());
    reply.created_at = at("11:59:28");
    let case = Case { now: at("11:59:30"), ..known() };
    assert_eq!(case.steps(&[reply.clone()]), [Step::Send(key(1))]);
    assert_eq!(case.steps(&[sent_before(reply)]), [Step::Stop(key(1), DecisionReason::WindowClosed)]);
}

#[test]
fn a_template_needs_no_window() {
    let case = Case { windows: HashMap::from([(LEA, closed())]), ..known() };
    assert_eq!(case.steps(&[message(1, LEA, template())]), [Step::Send(key(1))]);
}

#[test]
fn a_template_that_waited_while_the_customer_wrote_again_is_asked_of_the_agent() {
    let opened = |time| SendWindow { open: true, opened_at: Some(at(time)), sendable_until: None };
    let since = |time| Case { windows: HashMap::from([(LEA, opened(time))]), ..known() };
    let waiting = message(1, LEA, template());
    let reopened = Step::Stop(key(1), DecisionReason::WindowReopened);
    assert_eq!(since("09:00:30").steps(std::slice::from_ref(&waiting)), [reopened]);
    // It was open when the agent chose the template all the same.
    assert_eq!(since("08:59:59").steps(&[waiting]), [Step::Send(key(1))]);
}

#[test]
fn a_conversation_that_left_my_view_is_not_written_to() {
    let case = Case { windows: HashMap::new(), ..known() };
    let left = || vec![Step::Stop(key(1), DecisionReason::LeftView)];
    assert_eq!(case.steps(&[message(1, LEA, text())]), left());
    assert_eq!(
        case.steps(&[entry(1, LEA, Command::Assign { conversation_id: LEA, to: Assignee::None, if_assignee: None })]),
        left()
    );
    // Before catching up it may be our own ignorance, also when waiting for it took too long.
    let case = Case { caught_up: false, ..case };
    assert_eq!(case.steps(&[message(1, LEA, text())]), [Step::CatchUp]);
    let case = Case { not_held_until: Some(at("09:01:30")), ..case };
    assert_eq!(case.steps(&[message(1, LEA, text())]), [Step::Send(key(1))]);
}

#[test]
fn old_knowledge_is_no_reason_to_ask_the_agent_and_none_to_send() {
    let soon = |case: &Case| Some(case.now + TimeDelta::seconds(30));
    let behind = |case: Case| Case { caught_up: false, not_held_until: soon(&case), ..case };
    let opened = SendWindow { open: true, opened_at: Some(at("09:00:30")), sendable_until: None };
    let reopened = Case { windows: HashMap::from([(LEA, opened)]), ..known() };
    for (case, waiting) in [
        (Case { now: at("12:30:00"), ..known() }, message(1, LEA, text())),
        (Case { windows: HashMap::from([(LEA, closed())]), ..known() }, message(1, LEA, text())),
        (reopened, message(1, LEA, template())),
        (Case { now: at("09:00:00") + RETRIED_FOR, ..known() }, message(1, LEA, template())),
    ] {
        let waiting = [waiting, message(2, TOM, template())];
        let case = behind(case);
        assert!(case.steps(&waiting).iter().all(|step| *step == Step::Send(key(2))), "{:?}", case.steps(&waiting));
        // Nothing else may ever read what changed: catching up is tried again when the time is over.
        assert_eq!(case.plan(&waiting[..1]), Plan { steps: vec![], plan_again_at: case.not_held_until });
        let case = Case { not_held_until: None, ..case };
        assert_eq!(case.steps(&waiting[..1]), [Step::CatchUp]);
        let case = Case { caught_up: true, ..case };
        assert!(
            matches!(case.steps(&waiting[..1])[..], [Step::Stop(_, _)]),
            "and once it is known, the agent is asked"
        );
    }
    assert_eq!(behind(known()).steps(&[message(1, LEA, text())]), [Step::Send(key(1))]);
}

#[test]
fn after_a_day_the_agent_is_asked() {
    let case = Case { now: at("09:00:00") + RETRIED_FOR, ..known() };
    let comment = entry(1, LEA, Command::AddComment { conversation_id: LEA, body: "?".into(), mentions: vec![] });
    let too_old = || vec![Step::Stop(key(1), DecisionReason::TooOld)];
    assert_eq!(case.steps(&[message(1, LEA, template())]), too_old());
    assert_eq!(case.steps(&[comment]), too_old());
    assert_eq!(case.steps(&[read_mark(1, LEA)]), [Step::Send(key(1))]);
}

#[test]
fn a_key_is_asked_for_as_long_as_the_server_remembers_it() {
    let unknown = [standing(sent_before(message(1, LEA, text())), OutboxState::Unknown)];
    let after = |span| Case { now: at("09:00:00") + span, ..known() };
    assert_eq!(after(RETRIED_FOR).steps(&unknown), [Step::Ask(key(1))]);
    assert_eq!(after(KEY_KNOWN_FOR).steps(&unknown), [Step::Stop(key(1), DecisionReason::TooOld)]);
}

#[test]
fn no_pause_outlasts_a_server_whose_clock_was_set_back() {
    let in_two_days = at("09:01:00") + TimeDelta::days(2);
    let waiting = standing(message(1, LEA, text()), OutboxState::Queued { not_before: Some(in_two_days) });
    assert_eq!(known().steps(&[waiting]), [Step::Send(key(1))]);
    let unknown = standing(sent_before(message(1, LEA, text())), OutboxState::Unknown);
    let accepted = standing(sent_before(message(2, TOM, text())), OutboxState::Accepted);
    let ask_at = HashMap::from([(key(1), in_two_days), (key(2), in_two_days)]);
    assert_eq!(Case { ask_at, ..known() }.steps(&[unknown, accepted]), [Step::Ask(key(1)), Step::Ask(key(2))]);
    let soon = standing(message(1, LEA, text()), OutboxState::Queued { not_before: Some(at("09:16:00")) });
    assert_eq!(known().plan(&[soon]), Plan { steps: vec![], plan_again_at: Some(at("09:16:00")) });
}

#[test]
fn an_accepted_command_blocks_nothing_and_is_asked_about_if_its_row_has_not_come() {
    let entries = [standing(sent_before(message(1, LEA, text())), OutboxState::Accepted), message(2, LEA, text())];
    let send = || Step::Send(key(2));
    assert_eq!(known().steps(&entries), [Step::Ask(key(1)), send()]);
    let busy = Case { busy: HashSet::from([key(1)]), ..known() };
    assert_eq!(busy.steps(&entries), [send()]);
    let asked = Case { ask_at: HashMap::from([(key(1), at("09:01:30"))]), ..known() };
    assert_eq!(asked.plan(&entries), Plan { steps: vec![send()], plan_again_at: Some(at("09:01:30")) });
    let behind = Case { caught_up: false, ..known() };
    assert_eq!(behind.steps(&entries[..1]), [Step::CatchUp], "its row may be on the way, and nothing else asks");
    let until = Some(at("09:01:30"));
    let slow = Case { not_held_until: until, ..behind };
    assert_eq!(slow.plan(&entries), Plan { steps: vec![send()], plan_again_at: until });
    let offline = Case { online: false, ..slow };
    assert_eq!(offline.plan(&entries), Plan::default());
    let forgotten = Case { now: at("09:00:00") + KEY_KNOWN_FOR, ..known() };
    assert_eq!(forgotten.steps(&entries[..1]), [Step::Drop(key(1))]);
}

#[test]
fn a_restored_server_may_have_what_was_sent_and_cannot_have_what_was_not() {
    let case = Case { epoch: "e2", ..known() };
    let restored = || vec![Step::Stop(key(1), DecisionReason::ServerRestored)];
    assert_eq!(case.steps(&[sent_before(message(1, LEA, text()))]), restored());
    let unknown = standing(sent_before(message(1, LEA, text())), OutboxState::Unknown);
    assert_eq!(case.steps(&[unknown]), restored());
    let accepted = standing(sent_before(message(1, LEA, text())), OutboxState::Accepted);
    assert_eq!(case.steps(std::slice::from_ref(&accepted)), restored());
    let busy = Case { busy: HashSet::from([key(1)]), ..Case { epoch: "e2", ..known() } };
    assert_eq!(busy.steps(&[accepted, message(2, LEA, text())]), [], "what comes behind it waits for that");
    let mark = standing(sent_before(read_mark(1, LEA)), OutboxState::Unknown);
    assert_eq!(case.steps(&[mark]), [Step::Drop(key(1))]);
    assert_eq!(case.steps(&[message(1, LEA, text())]), [Step::Send(key(1))]);
}

#[test]
fn an_attachment_travels_before_its_message() {
    let photo = with_file(message(1, LEA, text()));
    assert_eq!(known().steps(&[photo.clone(), message(2, LEA, text())]), [Step::Upload(key(1))]);
    let case = Case { uploaded: HashSet::from([key(1)]), ..known() };
    assert_eq!(case.steps(&[photo]), [Step::Send(key(1))]);
}

#[test]
fn a_busy_command_is_left_alone() {
    let case = Case { busy: HashSet::from([key(1)]), ..known() };
    assert_eq!(case.steps(&[message(1, LEA, text()), message(2, LEA, text())]), []);
}

#[test]
fn behind_a_refused_message_the_later_ones_are_asked_about_and_comments_go_on() {
    let refused = message(1, LEA, text());
    let note = entry(2, LEA, Command::AddComment { conversation_id: LEA, body: "?".into(), mentions: vec![] });
    let entries =
        [refused.clone(), note, message(3, LEA, text()), message(4, TOM, text()), message(5, LEA, template())];
    let earlier = DecisionReason::EarlierRefused;
    assert_eq!(stopped_along(&entries, &refused, earlier), [(key(3), earlier), (key(5), earlier)]);
}

#[test]
fn behind_a_reply_that_came_too_late_all_later_free_text_is_asked_about() {
    let late = message(1, LEA, text());
    let entries = [late.clone(), message(2, LEA, text()), message(3, LEA, template())];
    let closed = DecisionReason::WindowClosed;
    assert_eq!(stopped_along(&entries, &late, closed), [(key(2), closed)]);
}

#[test]
fn a_question_blocks_nothing_that_is_written_after_it() {
    let since = at("09:00:00");
    let asked = standing(message(1, LEA, text()), OutboxState::NeedsDecision { reason: DecisionReason::TooOld, since });
    assert_eq!(known().steps(&[asked, message(2, LEA, text())]), [Step::Send(key(2))]);
}

/// The table of RELIABILITY.md.
#[test]
fn the_table_in_the_documentation_is_made_by_the_rule() {
    let queued = || message(1, LEA, text());
    let at_state = |state| standing(sent_before(queued()), state);
    let since = at("09:00:00");
    let rows = [
        ("queued", queued()),
        ("queued, with a file the server does not have", with_file(queued())),
        ("queued again, after it was sent once", sent_before(queued())),
        (
            "queued, not before another moment",
            standing(queued(), OutboxState::Queued { not_before: Some(at("09:02:00")) }),
        ),
        ("uploading", standing(queued(), OutboxState::Uploading)),
        ("in flight", at_state(OutboxState::InFlight)),
        ("unknown", at_state(OutboxState::Unknown)),
        ("accepted", at_state(OutboxState::Accepted)),
        ("needs a decision", at_state(OutboxState::NeedsDecision { reason: DecisionReason::TooOld, since })),
        ("failed", at_state(OutboxState::Failed { code: "too_long".into(), since })),
        ("a read mark, queued", read_mark(1, LEA)),
        ("a read mark, unknown", standing(sent_before(read_mark(1, LEA)), OutboxState::Unknown)),
    ];
    let closed_window = || HashMap::from([(LEA, closed())]);
    let open = SendWindow { open: true, opened_at: None, sendable_until: None };
    let open_window = || HashMap::from([(LEA, open)]);
    let columns = [
        ("no network", Case { online: false, caught_up: false, ..known() }),
        ("behind", Case { caught_up: false, ..known() }),
        ("caught up", known()),
        ("window closed", Case { windows: closed_window(), ..known() }),
        ("out of view", Case { windows: HashMap::new(), ..known() }),
        ("a day old", Case { now: at("09:00:00") + RETRIED_FOR, windows: open_window(), ..known() }),
        ("six days old", Case { now: at("09:00:00") + KEY_KNOWN_FOR, windows: open_window(), ..known() }),
        ("server restored", Case { epoch: "e2", ..known() }),
    ];
    let mut table = format!(
        "| |{}\n|---|{}\n",
        columns.iter().map(|(name, _)| format!(" {name} |")).collect::<String>(),
        "---|".repeat(columns.len())
    );
    for (name, entry) in rows {
        let cells = columns.iter().map(|(_, case)| format!(" {} |", in_words(case, &entry)));
        table += &format!("| {name} |{}\n", cells.collect::<String>());
    }
    let page = include_str!("../../../RELIABILITY.md");
    assert!(page.contains(&table), "RELIABILITY.md should have this table:\n{table}");
}

fn in_words(case: &Case, entry: &OutboxEntry) -> String {
    let alone = case.steps(std::slice::from_ref(entry));
    // Whether a message behind it leaves shows whether this one blocks its lane.
    let both = case.steps(&[entry.clone(), message(9, LEA, template())]);
    let passes = both.iter().any(|step| match step {
        Step::Send(at) | Step::Stop(at, _) => *at == key(9),
        Step::CatchUp => alone.is_empty(),
        Step::Ask(_) | Step::Upload(_) | Step::Drop(_) => false,
    });
    let does = match alone.first() {
        None if passes => return "out of the queue".into(),
        None => return "waits".into(),
        Some(Step::CatchUp) => "catch up".to_owned(),
        Some(Step::Ask(_)) => "ask the server".into(),
        Some(Step::Upload(_)) => "upload".into(),
        Some(Step::Send(_)) => "send".into(),
        Some(Step::Drop(_)) => "drop".into(),
        Some(Step::Stop(_, reason)) => format!("`{}`", serde_json::to_value(reason).unwrap().as_str().unwrap()),
    };
    if passes && !matches!(entry.command, Command::MarkRead { .. }) {
        format!("{does}, out of the queue")
    } else {
        does
    }
}
