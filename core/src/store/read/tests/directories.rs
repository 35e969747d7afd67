//! Every kind of row is read back as it was written.

use serde_json::value::RawValue;

use crate::model::{
    AllowanceId, ChannelId, ConversationId, Currency, LedgerEntry, LedgerId, Money, Op, Row, RowKind, TariffId,
    TemplateId,
};
use crate::store::tests::{Cache, at, del, put};

fn read(kind: RowKind, json: &str) -> Row {
    Row::from_json(kind, &RawValue::from_string(json.to_owned()).unwrap()).unwrap()
}

/// The wire's own examples, with words this build does not know.
const ROWS: &[(RowKind, &str)] = &[
    (
        RowKind::Agent,
        r#"{"id":3,"name":"Marc","status":"online","status_since":1789990000000,"administrator":true,"groups":[2,5]}"#,
    ),
    (RowKind::Agent, r#"{"id":4,"name":"Ada","status":"on the moon","status_since":1789990000000}"#),
    (RowKind::Group, r#"{"id":2,"name":"Sales","public":true}"#),
    (RowKind::SavedReply, r#"{"id":7,"title":"Merci","text":"Merci {{name}} !"}"#),
    (
        RowKind::Channel,
        r#"{"id":1,"kind":"whatsapp","name":"Atelier Nord","address":"33199000001","state":"connected","tariff":1,
        "window":{"length_ms":86400000},"capabilities":{"text_limit":{"most":4096,"unit":"characters"},"templates":true}}"#,
    ),
    (
        RowKind::Template,
        r#"{"id":5,"channel_id":1,"name":"order_update","language":"fr","category":"utility","source":"conversations",
        "status":"rejected","reason":"too vague","components":[{"part":"body","text":"Bonjour {{1}}"},{"part":"hologram"}]}"#,
    ),
    (
        RowKind::Tariff,
        r#"{"id":1,"name":"Page tariff","versions":[{"source":"example","example":true,"currency":"EUR",
        "model":{"model":"paid_cover","cover_ms":86400000},"markets":{"prefixes":[]},"rates":[{"market":"france","micros":50000}]}]}"#,
    ),
    (RowKind::Allowance, r#"{"id":9,"kind":"grant","total":1000,"left":998}"#),
    (RowKind::Allowance, r#"{"id":10,"kind":"plan","total":100,"left":1,"until":1790000000000}"#),
];

#[test]
fn directories_are_read_back_as_they_were_written() {
    let mut cache = Cache::empty();
    let rows: Vec<Row> = ROWS.iter().map(|(kind, json)| read(*kind, json)).collect();
    let items: Vec<_> = (1..).zip(&rows).map(|(seq, row)| put(seq, row.clone())).collect();
    cache.page(&items);
    let reader = cache.read();
    let held = |wanted: RowKind| -> Vec<Row> {
        match wanted {
            RowKind::Agent => reader.agents().unwrap().into_iter().map(Row::Agent).collect(),
            RowKind::Group => reader.groups().unwrap().into_iter().map(Row::Group).collect(),
            RowKind::SavedReply => reader.saved_replies().unwrap().into_iter().map(Row::SavedReply).collect(),
            RowKind::Channel => reader.channels().unwrap().into_iter().map(Row::Channel).collect(),
            RowKind::Template => reader.templates(ChannelId(1)).unwrap().into_iter().map(Row::Template).collect(),
            RowKind::Tariff => reader.tariff(TariffId(1)).unwrap().into_iter().map(Row::Tariff).collect(),
            _ => reader.allowances().unwrap().into_iter().map(Row::Allowance).collect(),
        }
    };
    for row in &rows {
        assert!(held(row.kind()).contains(row), "{row:?}");
    }
    let names: Vec<_> = reader.agents().unwrap().into_iter().map(|agent| agent.name).collect();
    assert_eq!(names, ["Ada", "Marc"], "by name");
    assert_eq!(reader.template(TemplateId(5)).unwrap().map(Row::Template), held(RowKind::Template).pop());
    assert_eq!(reader.channel(ChannelId(1)).unwrap().map(Row::Channel), held(RowKind::Channel).pop());
    assert_eq!(reader.templates(ChannelId(2)).unwrap(), []);
}

#[test]
fn a_deleted_directory_row_is_gone_and_an_older_deletion_is_not_obeyed() {
    let mut cache = Cache::empty();
    let rows: Vec<Row> = ROWS.iter().map(|(kind, json)| read(*kind, json)).collect();
    let items: Vec<_> = (11..).zip(&rows).map(|(seq, row)| put(seq, row.clone())).collect();
    cache.page(&items);
    let deletions: Vec<_> = (30..).zip(&rows).map(|(seq, row)| del(seq, row.kind(), row.id())).collect();
    let before = cache.dump();
    // An answer made them newer than the deletions that come next.
    let newer: Vec<_> = rows.iter().map(|row| crate::store::tests::row(90, row.clone())).collect();
    cache.rows(&newer);
    cache.page(&deletions);
    let held = |cache: &Cache| cache.dump().iter().filter(|line| !line.starts_with("tombstone")).count();
    assert_eq!(held(&cache), before.len());
    let again: Vec<_> = (91..).zip(&rows).map(|(seq, row)| del(seq, row.kind(), row.id())).collect();
    assert!(again.iter().all(|change| matches!(change.op, Op::Delete { .. })));
    cache.page(&again);
    assert_eq!(held(&cache), before.len() - rows.len());
}

#[test]
fn charges_are_read_by_time_and_by_conversation() {
    let mut cache = Cache::empty();
    let charge = |id: i64, minute: i64, priced: bool| {
        let price = Money { micros: 50_000, currency: Currency::EUR };
        let json = format!(
            r#"{{"id":{id},"conversation_id":{},"message_id":1,"channel_id":1,"at":0,"kind":"reply","state":"final"}}"#,
            id % 2
        );
        let Row::Ledger(entry) = read(RowKind::Ledger, &json) else { panic!("a charge") };
        LedgerEntry {
            at: at(minute),
            price: priced.then_some(price),
            market: priced.then(|| "france".to_owned()),
            allowance_id: (!priced).then_some(AllowanceId(9)),
            ..entry
        }
    };
    let all = [charge(1, 30, true), charge(2, 10, false), charge(3, 20, true)];
    let items: Vec<_> = (1..).zip(&all).map(|(seq, entry)| put(seq, Row::Ledger(entry.clone()))).collect();
    cache.page(&items);
    let ids = |entries: Vec<LedgerEntry>| entries.into_iter().map(|entry| entry.id).collect::<Vec<_>>();
    assert_eq!(cache.read().ledger(at(10), at(31)).unwrap(), [all[1].clone(), all[2].clone(), all[0].clone()]);
    assert_eq!(ids(cache.read().ledger(at(10), at(30)).unwrap()), [LedgerId(2), LedgerId(3)]);
    assert_eq!(ids(cache.read().ledger_of(ConversationId(1)).unwrap()), [LedgerId(3), LedgerId(1)]);
}
