//! Each answer, and what it means for the command.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::answer::*;
use crate::backend::{BackendError, CommandState, Rejection, Rows};
use crate::model::{
    ClientKey, Command, ConversationId, Cursor, DecisionReason, MessageId, OutboxEntry, OutboxState, Outgoing,
};

const LEA: ConversationId = ConversationId(1);

fn now() -> DateTime<Utc> {
    "2026-11-02T09:00:00Z".parse().unwrap()
}

fn entry(command: Command) -> OutboxEntry {
    OutboxEntry {
        key: ClientKey(Uuid::from_u128(1)),
        once_key: None,
        position: 1,
        conversation_id: Some(LEA),
        command,
        epoch: "e1".into(),
        created_at: now(),
        attempts: 1,
        state: OutboxState::InFlight,
        file: None,
    }
}

fn message() -> OutboxEntry {
    let content = Outgoing::Text { body: "Oui".into() };
    entry(Command::SendMessage { conversation_id: LEA, content, reply_to: None })
}

fn rows() -> Rows {
    Rows { at: Cursor("e1.1".into()), rows: Vec::new(), more: false }
}

fn sent(entry: &OutboxEntry, answer: Result<CommandState, BackendError>) -> Reading {
    read(entry, Asked::Send, answer, now(), Tries { failures: 1, jitter: 1.0 })
}

fn verdict(answer: Result<CommandState, BackendError>) -> Verdict {
    sent(&message(), answer).verdict
}

fn rejected(code: &str) -> Result<CommandState, BackendError> {
    Ok(CommandState::Rejected(Rejection { code: code.into(), detail: String::new(), window: None }))
}

fn asks(reason: DecisionReason) -> Verdict {
    Verdict::Now(OutboxState::NeedsDecision { reason, since: now() })
}

fn queued(not_before: Option<DateTime<Utc>>) -> Verdict {
    Verdict::Now(OutboxState::Queued { not_before })
}

#[test]
fn every_answer_of_the_server_has_its_meaning() {
    assert_eq!(verdict(Ok(CommandState::Applied(rows()))), Verdict::Done);
    assert_eq!(verdict(Ok(CommandState::Accepted(rows()))), Verdict::Now(OutboxState::Accepted));
    assert_eq!(verdict(Ok(CommandState::Ambiguous(rows()))), asks(DecisionReason::Ambiguous));
    assert_eq!(verdict(Ok(CommandState::Cancelled)), Verdict::Dropped);
    assert_eq!(verdict(Ok(CommandState::Pending)), Verdict::AskAgain { at: now() + TimeDelta::seconds(1) });
}

#[test]
fn a_key_the_server_never_saw_goes_back_into_the_queue() {
    assert_eq!(verdict(Ok(CommandState::NotFound)), queued(None));
}

#[test]
fn a_refusal_keeps_its_code_and_some_refusals_are_questions() {
    let failed = |code: &str| Verdict::Now(OutboxState::Failed { code: code.into(), since: now() });
    assert_eq!(verdict(rejected("window_closed")), failed("window_closed"));
    assert_eq!(verdict(rejected("too_long")), failed("too_long"));
    assert_eq!(verdict(rejected("not_found")), asks(DecisionReason::LeftView));
    assert_eq!(verdict(rejected("epoch_changed")), asks(DecisionReason::ServerRestored));
    assert_eq!(verdict(rejected("key_expired")), asks(DecisionReason::TooOld));
    assert!(sent(&message(), rejected("upload_missing")).upload_again);
}

#[test]
fn a_refused_read_mark_troubles_nobody() {
    let mark = entry(Command::MarkRead { conversation_id: LEA, up_to: MessageId(1), tell_customer: true });
    assert_eq!(sent(&mark, rejected("not_found")).verdict, Verdict::Dropped);
    assert_eq!(sent(&mark, Err(BackendError::NotFound)).verdict, Verdict::Dropped);
}

#[test]
fn without_an_answer_only_the_key_can_tell() {
    let reading = sent(&message(), Err(BackendError::NoAnswer));
    assert_eq!(reading.verdict, Verdict::AskAgain { at: now() + TimeDelta::seconds(1) });
    assert!(reading.offline);
    let internal = BackendError::Refused { code: "internal".into(), detail: String::new() };
    assert!(matches!(verdict(Err(internal)), Verdict::AskAgain { .. }));
}

#[test]
fn a_busy_server_names_the_earliest_moment() {
    let busy = |seconds| Err(BackendError::Busy { retry_after: Some(Duration::from_secs(seconds)) });
    assert_eq!(verdict(busy(30)), queued(Some(now() + TimeDelta::seconds(30))));
    assert_eq!(verdict(busy(0)), queued(Some(now() + TimeDelta::seconds(1))));
}

#[test]
fn at_the_end_of_time_nothing_is_tried_earlier_and_nothing_breaks() {
    let tries = Tries { failures: 9, jitter: 1.0 };
    let end = DateTime::<Utc>::MAX_UTC;
    for error in [BackendError::NoAnswer, BackendError::Busy { retry_after: Some(Duration::MAX) }] {
        assert_eq!(next_try(&error, end, tries), end);
    }
    assert_eq!(
        read(&message(), Asked::Send, Ok(CommandState::Pending), end, tries).verdict,
        Verdict::AskAgain { at: end }
    );
}

#[test]
fn a_failed_question_leaves_the_command_unknown() {
    let told =
        |error, failures| read(&message(), Asked::Fate, Err(error), now(), Tries { failures, jitter: 1.0 }).verdict;
    let again = |seconds| Verdict::AskAgain { at: now() + TimeDelta::seconds(seconds) };
    let busy = || BackendError::Busy { retry_after: Some(Duration::from_secs(30)) };
    assert_eq!(told(busy(), 1), again(30));
    for error in [
        BackendError::Busy { retry_after: None },
        BackendError::NoAnswer,
        BackendError::Locked,
        BackendError::SessionRevoked,
        BackendError::TokenExpired,
        BackendError::Refused { code: "forbidden".into(), detail: String::new() },
    ] {
        assert_eq!([told(error.clone(), 1), told(error, 4)], [again(1), again(8)]);
    }
    let forgotten = BackendError::Refused { code: "key_expired".into(), detail: String::new() };
    assert_eq!(told(forgotten, 1), asks(DecisionReason::TooOld));
}

#[test]
fn a_command_that_could_not_be_sent_without_a_session_was_not_executed() {
    assert!(matches!(verdict(Err(BackendError::Locked)), Verdict::Now(OutboxState::Queued { .. })));
    assert!(matches!(verdict(Err(BackendError::SessionRevoked)), Verdict::Now(OutboxState::Queued { .. })));
}

#[test]
fn pauses_double_up_to_a_minute_and_are_spread() {
    let ms = |attempts, jitter| pause(attempts, jitter).num_milliseconds();
    assert_eq!([ms(0, 1.0), ms(1, 1.0), ms(4, 1.0)], [500, 1000, 8000]);
    assert_eq!([ms(20, 1.0), ms(u32::MAX, 1.0)], [60_000, 60_000]);
    assert_eq!([ms(1, 0.5), ms(1, 0.0)], [500, 0]);
}

#[test]
fn what_the_server_has_stays_with_it_whatever_the_question_for_its_end_brings() {
    let has_it = OutboxEntry { state: OutboxState::Accepted, ..message() };
    let told = |answer| read(&has_it, Asked::Fate, answer, now(), Tries { failures: 1, jitter: 1.0 }).verdict;
    let again = Verdict::AskAgain { at: now() + TimeDelta::seconds(1) };
    assert_eq!(told(Ok(CommandState::Accepted(rows()))), again, "its row is not for this agent");
    assert_eq!(told(Ok(CommandState::Pending)), again);
    assert_eq!(told(Err(BackendError::NoAnswer)), again);
    assert_eq!(told(Ok(CommandState::Applied(rows()))), Verdict::Done);
    assert_eq!(told(Ok(CommandState::NotFound)), asks(DecisionReason::Ambiguous), "never sent again by itself");
    let expired = BackendError::Refused { code: "key_expired".into(), detail: String::new() };
    assert_eq!(told(Err(expired)), Verdict::Dropped);
}
