//! When a report was first known here, which is what the tick flashes from.

use chrono::{DateTime, Utc};

use crate::model::{Author, ClientKey, DeliveryFact, DeliveryStatus, Message, MessageId, ProviderError};
use crate::store::tests::{Cache, at, cursor, message, put, report, row};

fn with(reports: &[DeliveryFact]) -> Message {
    Message { author: Author::Automation, delivery: reports.to_vec(), ..message(1, 1) }
}

fn known(cache: &Cache) -> Vec<(DeliveryFact, DateTime<Utc>)> {
    let held = cache.read().message(MessageId(1)).unwrap().unwrap();
    assert_eq!(held.message.delivery, held.known.iter().map(|known| known.fact.clone()).collect::<Vec<_>>());
    held.known.into_iter().map(|known| (known.fact, known.first_known_at)).collect()
}

fn page(cache: &mut Cache, seq: i64, row: Message, now: DateTime<Utc>) {
    let from = cache.read().cursor().unwrap().unwrap();
    cache.write(|cache| cache.apply_page(&from, &cursor(seq), &[put(seq, row)], now)).unwrap();
}

#[test]
fn a_report_keeps_the_moment_at_which_it_was_first_known() {
    let mut cache = Cache::empty();
    let (sent, delivered) = (report(DeliveryStatus::Sent, 1), report(DeliveryStatus::Delivered, 2));
    page(&mut cache, 1, with(std::slice::from_ref(&sent)), at(10));
    page(&mut cache, 2, with(&[sent.clone(), delivered.clone()]), at(11));
    assert_eq!(known(&cache), [(sent.clone(), at(10)), (delivered.clone(), at(11))]);
    // The same again, by another way and later.
    cache.write(|cache| cache.apply_rows(&[row(2, with(&[sent.clone(), delivered.clone()]))], at(12))).unwrap();
    assert_eq!(known(&cache), [(sent, at(10)), (delivered, at(11))]);
}

#[test]
fn another_attempt_is_another_report() {
    let mut cache = Cache::empty();
    let first = DeliveryFact {
        error: Some(ProviderError { code: 131_026, subcode: None, detail: "Message undeliverable".to_owned() }),
        ..report(DeliveryStatus::Failed, 1)
    };
    let second = DeliveryFact { attempt: 2, ..report(DeliveryStatus::Failed, 3) };
    page(&mut cache, 1, with(std::slice::from_ref(&first)), at(10));
    page(&mut cache, 2, with(&[first.clone(), second.clone()]), at(11));
    assert_eq!(known(&cache), [(first, at(10)), (second, at(11))]);
}

#[test]
fn a_word_this_build_does_not_know_is_kept() {
    let mut cache = Cache::empty();
    let warned = report(DeliveryStatus::Other("warned".to_owned()), 1);
    page(&mut cache, 1, with(std::slice::from_ref(&warned)), at(10));
    assert_eq!(known(&cache), [(warned, at(10))]);
}

#[test]
fn a_message_is_found_by_the_key_of_its_command() {
    let mut cache = Cache::empty();
    let key = ClientKey(uuid::Uuid::from_u128(7));
    page(&mut cache, 1, Message { client_key: Some(key), ..message(1, 1) }, at(10));
    let held = cache.read().message_by_key(key).unwrap().unwrap();
    assert_eq!((held.message.id, held.message.client_key), (MessageId(1), Some(key)));
    assert_eq!(cache.read().message_by_key(ClientKey(uuid::Uuid::from_u128(8))).unwrap(), None);
}
