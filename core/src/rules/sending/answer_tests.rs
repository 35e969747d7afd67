//! Each answer, and what it means for the command.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::answer::*;
use crate::model::{ClientKey, Command, ConversationId, DecisionReason, MessageId, OutboxEntry, OutboxState, Outgoing};
use crate::rules::backoff::Failures;

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

/// So many failures in a row, and the longest wait after them.
fn failures(count: u32) -> Failures {
    Failures { count, random: u64::MAX }
}

fn sent(entry: &OutboxEntry, answer: Answer) -> Reading {
    read(entry, Question::Execute, answer, now(), failures(1))
}

fn verdict(answer: Answer) -> Verdict {
    sent(&message(), answer).verdict
}

fn rejected(code: &str) -> Answer {
    Answer::Rejected(code.into())
}

fn call_failed(failure: CallFailure) -> Answer {
    Answer::Failed(failure)
}

fn refused(code: &str) -> Answer {
    call_failed(CallFailure::Refused(code.into()))
}

fn busy(retry_after_ms: Option<i64>) -> Answer {
    call_failed(CallFailure::Busy { retry_after_ms })
}

/// Ask again in so many milliseconds.
fn again(ms: i64) -> Verdict {
    Verdict::AskAgain { at: now() + TimeDelta::milliseconds(ms) }
}

fn asks(reason: DecisionReason) -> Verdict {
    Verdict::Now(OutboxState::NeedsDecision { reason, since: now() })
}

fn queued(not_before: Option<DateTime<Utc>>) -> Verdict {
    Verdict::Now(OutboxState::Queued { not_before })
}

#[test]
fn every_answer_of_the_server_has_its_meaning() {
    assert_eq!(verdict(Answer::Applied), Verdict::Done);
    assert_eq!(verdict(Answer::Accepted { with_message: false }), Verdict::Now(OutboxState::Accepted));
    assert_eq!(verdict(Answer::Accepted { with_message: true }), Verdict::Done);
    assert_eq!(verdict(Answer::Ambiguous), asks(DecisionReason::Ambiguous));
    assert_eq!(verdict(Answer::Cancelled), Verdict::Dropped);
    assert_eq!(verdict(Answer::Pending), again(1_000));
}

#[test]
fn a_key_the_server_never_saw_goes_back_into_the_queue() {
    assert_eq!(verdict(Answer::NeverSeen), queued(None));
}

#[test]
fn a_refusal_keeps_its_code_and_some_refusals_are_questions() {
    let failed = |code: &str| Verdict::Now(OutboxState::Failed { code: code.into(), since: now() });
    assert_eq!(verdict(rejected("window_closed")), failed("window_closed"));
    assert_eq!(verdict(rejected("too_long")), failed("too_long"));
    assert_eq!(verdict(rejected("not_found")), asks(DecisionReason::LeftView));
    assert_eq!(verdict(rejected("epoch_changed")), asks(DecisionReason::ServerRestored));
    assert_eq!(verdict(rejected("key_expired")), asks(DecisionReason::TooOld));
    assert_eq!(verdict(call_failed(CallFailure::KeyForgotten)), asks(DecisionReason::TooOld));
    assert!(sent(&message(), rejected("upload_missing")).upload_again);
}

#[test]
fn a_refused_read_mark_is_dropped_without_a_question() {
    let mark = entry(Command::MarkRead { conversation_id: LEA, up_to: MessageId(1), tell_customer: true });
    assert_eq!(sent(&mark, rejected("not_found")).verdict, Verdict::Dropped);
    assert_eq!(sent(&mark, call_failed(CallFailure::NotFound)).verdict, Verdict::Dropped);
}

#[test]
fn without_an_answer_only_the_key_can_tell() {
    let reading = sent(&message(), call_failed(CallFailure::NoAnswer));
    assert_eq!(reading.verdict, again(500));
    assert!(reading.offline);
    assert!(matches!(verdict(refused("internal")), Verdict::AskAgain { .. }));
    assert!(matches!(verdict(refused("pending")), Verdict::AskAgain { .. }));
}

#[test]
fn a_busy_server_names_the_earliest_moment() {
    assert_eq!(verdict(busy(Some(30_000))), queued(Some(now() + TimeDelta::seconds(30))));
    assert_eq!(verdict(busy(Some(0))), queued(Some(now() + TimeDelta::milliseconds(500))));
}

#[test]
fn at_the_end_of_time_nothing_is_tried_earlier_and_nothing_breaks() {
    let end = DateTime::<Utc>::MAX_UTC;
    for answer in [Answer::Pending, call_failed(CallFailure::NoAnswer)] {
        let reading = read(&message(), Question::Execute, answer, end, failures(9));
        assert_eq!(reading.verdict, Verdict::AskAgain { at: end });
    }
    let reading = read(&message(), Question::Execute, busy(Some(i64::MAX)), end, failures(9));
    assert_eq!(reading.verdict, queued(Some(end)));
}

#[test]
fn a_failed_question_leaves_the_command_unknown() {
    let learned = |answer, count| read(&message(), Question::Fate, answer, now(), failures(count)).verdict;
    assert_eq!(learned(busy(Some(30_000)), 1), again(30_000));
    for failure in [
        CallFailure::Busy { retry_after_ms: None },
        CallFailure::NoAnswer,
        CallFailure::NoSession,
        CallFailure::Refused("forbidden".into()),
    ] {
        let answer = call_failed(failure);
        assert_eq!([learned(answer.clone(), 1), learned(answer, 4)], [again(500), again(4_000)]);
    }
    assert_eq!(learned(refused("key_expired"), 1), asks(DecisionReason::TooOld));
}

#[test]
fn a_command_that_could_not_be_sent_without_a_session_was_not_executed() {
    let reading = sent(&message(), call_failed(CallFailure::NoSession));
    assert!(matches!(reading.verdict, Verdict::Now(OutboxState::Queued { .. })) && reading.offline);
}

#[test]
fn an_accepted_command_stays_accepted_whatever_the_question_about_its_end_brings() {
    let accepted = OutboxEntry { state: OutboxState::Accepted, ..message() };
    let learned = |answer| read(&accepted, Question::Fate, answer, now(), failures(1)).verdict;
    assert_eq!(learned(Answer::Accepted { with_message: false }), again(1_000), "its row is not for this agent");
    assert_eq!(learned(Answer::Pending), again(1_000));
    assert_eq!(learned(call_failed(CallFailure::NoAnswer)), again(500));
    assert_eq!(learned(Answer::Applied), Verdict::Done);
    assert_eq!(learned(Answer::NeverSeen), asks(DecisionReason::Ambiguous), "never sent again by itself");
    assert_eq!(learned(refused("key_expired")), Verdict::Dropped);
}
