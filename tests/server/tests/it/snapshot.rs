use std::collections::BTreeMap;
use std::time::Duration;

use riposte_server::{Options, SnapshotLimits};
use serde_json::{Value, json};

use crate::support::{Office, Phone, data, hours, reply};

/// Pages so small that everything is cut somewhere.
fn small_pages(options: &mut Options) {
    options.limits.snapshot = SnapshotLimits {
        rows: 2,
        conversations: 2,
        newest: 4,
        with_messages: 2,
        messages: 2,
        listed: 3,
        bytes: 1024 * 1024,
    };
}

async fn busy_office() -> (Office, Phone) {
    let office = Office::open_with(small_pages).await;
    let phone = office.phone("marc").await;
    for number in 1..=6 {
        let name = format!("customer {number}");
        office.customer(&name, &format!("3360000000{number}"));
        for text in ["un", "deux", "trois"] {
            office.writes(&name, text).await;
            office.clock.advance(Duration::from_secs(20));
        }
    }
    (office, phone)
}

#[tokio::test]
async fn it_gives_directories_then_the_newest_then_the_list_of_all() {
    let (_office, phone) = busy_office().await;
    let pages = phone.snapshot().await;
    assert!(pages.iter().all(|page| page["at"] == pages[0]["at"] && page["epoch"] == "e1"));
    let complete: Vec<bool> = pages.iter().map(|page| page["complete"] == true).collect();
    assert_eq!(complete.iter().filter(|complete| **complete).count(), 1);
    assert!(complete.last().unwrap());

    let rows: Vec<Value> = pages.iter().flat_map(|page| page["rows"].as_array().unwrap().clone()).collect();
    let rows = json!(rows);
    for kind in ["channel", "agent", "tariff"] {
        assert_eq!(data(&rows, kind).len(), 1, "{kind}");
    }
    assert_eq!(data(&rows, "conversation").len(), 4);
    assert_eq!(data(&rows, "contact").len(), 4);
    // Two messages of each of the first two, the last one of the others.
    assert_eq!(data(&rows, "message").len(), 2 + 2 + 1 + 1);

    let newest: Vec<&Value> = pages.iter().flat_map(|page| page["newest"].as_array().unwrap()).collect();
    assert_eq!(newest.len(), 4);
    assert!(newest.iter().all(|held| held["from"].is_i64()), "there is more of each");
    let visible: Vec<&Value> = pages.iter().flat_map(|page| page["visible"].as_array().unwrap()).collect();
    assert_eq!(visible.len(), 6);
    assert!(pages.iter().filter(|page| !page["visible"].as_array().unwrap().is_empty()).count() > 1);
}

#[tokio::test]
async fn a_conversation_whose_messages_are_all_in_hand_says_so() {
    let office = Office::open_with(small_pages).await;
    let phone = office.phone("marc").await;
    let id = office.lea_wrote(&phone).await;
    let pages = phone.snapshot().await;
    let newest: Vec<&Value> = pages.iter().flat_map(|page| page["newest"].as_array().unwrap()).collect();
    assert_eq!(newest, [&json!({ "conversation_id": id })]);
}

/// What a phone holds in the end: rows by kind and id, the greater version winning.
fn apply(held: &mut BTreeMap<(String, i64), (i64, Value)>, rows: &Value) {
    for row in rows.as_array().unwrap() {
        let key = (row["kind"].as_str().unwrap().to_owned(), row["id"].as_i64().unwrap());
        let seq = row["seq"].as_i64().unwrap();
        if row["op"] == "del" {
            held.remove(&key);
        } else if held.get(&key).is_none_or(|(version, _)| *version < seq) {
            held.insert(key, (seq, row["data"].clone()));
        }
    }
}

#[tokio::test]
async fn taken_while_rows_change_and_followed_by_the_feed_it_ends_where_a_later_one_does() {
    let (office, phone) = busy_office().await;
    let (mut held, mut newest, mut next, mut turn) = (BTreeMap::new(), Vec::new(), None::<String>, 0);
    let at = loop {
        let path = next.as_ref().map_or("/v1/snapshot".to_owned(), |next| format!("/v1/snapshot?page={next}"));
        let (status, page) = phone.get(&path).await;
        assert_eq!(status, 200, "{page}");
        apply(&mut held, &page["rows"]);
        newest.extend(page["newest"].as_array().unwrap().iter().cloned());
        turn += 1;
        // Between any two pages a customer writes, and the agent answers and closes.
        office.writes(&format!("customer {}", turn % 6 + 1), &format!("entre-temps {turn}")).await;
        let id = phone.conversations().await[turn % 6]["id"].as_i64().unwrap();
        phone.reply(id, "Merci").await;
        phone.command(json!({ "kind": "conversation.set_open", "conversation_id": id, "open": turn % 2 == 0 })).await;
        office.world.idle().await;
        match page["next"].as_str() {
            Some(token) => next = Some(token.to_owned()),
            None => break page["at"].as_str().unwrap().to_owned(),
        }
    };
    let (items, _) = phone.changes(&at).await;
    apply(&mut held, &json!(items));

    assert_eq!(newest.len(), 4);
    let mut holds = 0;
    for list in &newest {
        let id = list["conversation_id"].as_i64().unwrap();
        let (_, answer) = phone.get(&format!("/v1/conversations/{id}")).await;
        let from = list["from"].as_i64().unwrap_or(0);
        let messages = phone.messages(id).await.into_iter().map(|message| ("message", message));
        let in_hand = messages.filter(|(_, message)| message["id"].as_i64().unwrap() >= from);
        let rows = ["conversation", "contact"].map(|kind| (kind, data(&answer["rows"], kind).remove(0)));
        for (kind, now) in rows.into_iter().chain(in_hand) {
            let mine = held.get(&(kind.to_owned(), now["id"].as_i64().unwrap()));
            assert_eq!(mine.map(|(_, mine)| mine), Some(&now), "{kind}");
            holds += 1;
        }
    }
    assert!(holds > 4 * 3, "only {holds} rows were compared");
    // Of the others it may hold something too, and then as it is now.
    for row in phone.conversations().await {
        for message in phone.messages(row["id"].as_i64().unwrap()).await {
            if let Some((_, mine)) = held.get(&("message".to_owned(), message["id"].as_i64().unwrap())) {
                assert_eq!(mine, &message);
            }
        }
    }
}

#[tokio::test]
async fn its_token_lives_an_hour_and_so_does_its_cursor_whatever_the_count() {
    let office = Office::open_with(|options| {
        small_pages(options);
        options.limits.page.behind = 1;
    })
    .await;
    let phone = office.phone("marc").await;
    let before = phone.cursor().await;
    let (_, first) = phone.get("/v1/snapshot").await;
    let at = first["at"].as_str().unwrap();
    assert_eq!(before, at, "nothing happened in between");
    office.lea_wrote(&phone).await;
    // Page by page, however many changes still lie ahead.
    let mut cursor = at.to_owned();
    loop {
        let (status, page) = phone.get(&format!("/v1/changes?since={cursor}&limit=1")).await;
        assert_eq!(status, 200, "{page}");
        cursor = page["to"].as_str().unwrap().to_owned();
        if page["more"] == false {
            break;
        }
        assert_eq!(page["items"].as_array().unwrap().len(), 1);
    }

    office.clock.advance(hours(1));
    let phone = office.sign_in("marc", phone.agent).await;
    let (status, answer) = phone.get(&format!("/v1/changes?since={at}")).await;
    assert_eq!((status, answer["error"]["reason"].as_str()), (410, Some("too_many")));
    let (status, answer) = phone.get(&format!("/v1/snapshot?page={}", first["next"].as_str().unwrap())).await;
    assert_eq!((status, answer["error"]["code"].as_str()), (410, Some("snapshot_needed")));
}

#[tokio::test]
async fn a_token_is_good_for_the_agent_who_got_it_only() {
    let office = Office::open_with(small_pages).await;
    let (marc, anne) = (office.phone("marc").await, office.phone("anne").await);
    let (_, first) = marc.get("/v1/snapshot").await;
    let next = first["next"].as_str().unwrap();
    assert_eq!(marc.get(&format!("/v1/snapshot?page={next}")).await.0, 200);
    assert_eq!(anne.get(&format!("/v1/snapshot?page={next}")).await.0, 410);
}

#[tokio::test]
async fn read_markers_and_two_months_of_charges_are_in_it() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let id = office.lea_wrote(&phone).await;
    let newest = phone.messages(id).await[0]["id"].clone();
    assert_eq!(phone.command(reply(id, "Elle part ce soir.")).await.0, 202);
    office.world.idle().await;
    let read =
        json!({ "kind": "conversation.mark_read", "conversation_id": id, "up_to": newest, "tell_customer": false });
    assert_eq!(phone.command(read).await.0, 200);
    let rows = async |phone: &Phone| {
        let pages = phone.snapshot().await;
        json!(pages.iter().flat_map(|page| page["rows"].as_array().unwrap().clone()).collect::<Vec<_>>())
    };
    let now = rows(&phone).await;
    assert_eq!(data(&now, "read_marker"), [json!({ "conversation_id": id, "up_to": newest })]);
    assert_eq!(data(&now, "ledger").len(), 1);
    let charge = data(&now, "ledger")[0]["id"].clone();
    let after = async |id: &Value| phone.get(&format!("/v1/ledger?month=2026-11&after={id}")).await.1;
    assert_eq!(data(&after(&json!(0)).await["rows"], "ledger").len(), 1);
    assert_eq!((after(&charge).await["rows"].clone(), after(&charge).await["more"].clone()), (json!([]), json!(false)));

    office.clock.advance(hours(24 * 65));
    let later = rows(&office.sign_in("marc", phone.agent).await).await;
    assert_eq!(data(&later, "ledger").len(), 0);
}
