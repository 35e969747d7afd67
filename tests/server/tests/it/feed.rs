use riposte_server::Options;
use serde_json::json;

use crate::support::{Office, hours, told};

fn small_pages(options: &mut Options) {
    options.limits.page.items = 3;
}

#[tokio::test]
async fn without_a_cursor_a_snapshot_is_needed() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let (status, answer) = phone.get("/v1/changes").await;
    assert_eq!((status, answer["error"]["code"].as_str()), (410, Some("snapshot_needed")));
    assert_eq!(answer["error"]["reason"], "first");
}

#[tokio::test]
async fn a_message_comes_with_its_contact_and_its_conversation() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let cursor = phone.cursor().await;
    let id = office.lea_wrote(&phone).await;
    let (items, _) = phone.changes(&cursor).await;
    let kinds: Vec<_> = told(&items).into_iter().map(|(kind, ..)| kind).collect();
    assert_eq!(kinds, ["contact", "message", "conversation"]);
    let (contact, message, conversation) = (&items[0]["data"], &items[1]["data"], &items[2]["data"]);
    assert_eq!(contact["phone"], "33612345678");
    assert_eq!(message["content"], json!({ "type": "text", "body": "Bonjour, ma commande ?" }));
    assert_eq!(message["conversation_id"], id);
    assert_eq!(conversation["preview"]["text"], "Bonjour, ma commande ?");
    assert_eq!(conversation["last_customer_message_id"], message["id"]);
    assert_eq!(conversation["waiting_since"], message["at"]);
    assert_eq!(conversation["window"]["last_customer_at"], message["at"]);
    assert_eq!(conversation["messages_seq"], items[1]["seq"]);
    assert!(conversation["visible_since"].as_i64() < items[1]["seq"].as_i64());
}

#[tokio::test]
async fn however_the_feed_is_cut_its_items_rise_and_none_is_missing() {
    let office = Office::open_with(small_pages).await;
    let phone = office.phone("marc").await;
    let cursor = phone.cursor().await;
    for (name, number) in [("lea", "33611111111"), ("tom", "33622222222"), ("zoe", "33633333333")] {
        office.customer(name, number);
        office.writes(name, "Bonjour").await;
        office.writes(name, "Encore moi").await;
    }
    let (items, end) = phone.changes(&cursor).await;
    let seqs: Vec<i64> = items.iter().map(|item| item["seq"].as_i64().unwrap()).collect();
    assert!(seqs.is_sorted_by(|a, b| a < b), "{seqs:?}");
    assert_eq!(items.len(), 3 * (1 + 2 + 1));
    assert_eq!(end, phone.cursor().await);

    let (one_by_one, _) = {
        let (mut items, mut cursor) = (Vec::new(), cursor);
        loop {
            let (_, page) = phone.get(&format!("/v1/changes?since={cursor}&limit=1")).await;
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            cursor = page["to"].as_str().unwrap().to_owned();
            if page["more"] == false {
                break (items, cursor);
            }
        }
    };
    assert_eq!(one_by_one, items);
}

#[tokio::test]
async fn a_page_holds_no_more_bytes_than_it_may() {
    let office = Office::open_with(|options| options.limits.page.bytes = 2_000).await;
    let phone = office.phone("marc").await;
    let cursor = phone.cursor().await;
    office.customer("lea", "33611111111");
    for _ in 0..3 {
        office.writes("lea", &"long ".repeat(250)).await;
    }
    let (_, page) = phone.get(&format!("/v1/changes?since={cursor}")).await;
    assert_eq!(page["more"], true);
    assert_eq!(phone.changes(&cursor).await.0.len(), 1 + 3 + 1);
}

#[tokio::test]
async fn a_cursor_of_another_history_asks_for_a_snapshot() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let cursor = phone.cursor().await;
    office.admin.restored().await.unwrap();
    let (status, answer) = phone.get(&format!("/v1/changes?since={cursor}")).await;
    assert_eq!((status, answer["error"]["reason"].as_str()), (410, Some("epoch")));
    // A history that never was, and one that has not come yet.
    for odd in ["e9.1", "e2.999999999"] {
        let (status, answer) = phone.get(&format!("/v1/changes?since={odd}")).await;
        assert_eq!((status, answer["error"]["reason"].as_str()), (410, Some("epoch")), "{odd}");
    }
}

#[tokio::test]
async fn three_weeks_are_read_from_the_feed_and_more_than_thirty_days_are_not() {
    let office = Office::open().await;
    let mut phone = office.phone("marc").await;
    let id = office.lea_wrote(&phone).await;
    let cursor = phone.cursor().await;
    office.writes("lea", "Elle devait partir hier").await;
    office.clock.advance(hours(21 * 24));
    office.writes("lea", "Toujours là ?").await;
    phone = office.sign_in("marc", phone.agent).await;
    assert!(!phone.changes(&cursor).await.0.is_empty());

    office.clock.advance(hours(10 * 24 + 1));
    office.writes("lea", "Allô ?").await;
    phone = office.sign_in("marc", phone.agent).await;
    let (status, answer) = phone.get(&format!("/v1/changes?since={cursor}")).await;
    assert_eq!((status, answer["error"]["reason"].as_str()), (410, Some("too_old")), "{answer}");
    assert!(answer["error"]["detail"].as_str().unwrap().starts_with("the feed begins at"));
    assert_eq!(phone.messages(id).await.len(), 4);
}

#[tokio::test]
async fn a_cursor_with_too_much_after_it_asks_for_a_snapshot() {
    let office = Office::open_with(|options| options.limits.page.behind = 5).await;
    let phone = office.phone("marc").await;
    let cursor = phone.cursor().await;
    office.customer("lea", "33611111111");
    for _ in 0..4 {
        office.writes("lea", "Bonjour").await;
    }
    let (status, answer) = phone.get(&format!("/v1/changes?since={cursor}")).await;
    assert_eq!((status, answer["error"]["reason"].as_str()), (410, Some("too_many")), "{answer}");
}

#[tokio::test]
async fn what_is_gone_from_a_directory_is_told() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let id = office.admin.add_saved_reply("Hello", "Hello {{name}}").await.unwrap();
    let cursor = phone.cursor().await;
    office.admin.remove_saved_reply(id).await.unwrap();
    let (items, _) = phone.changes(&cursor).await;
    assert_eq!(told(&items), [("saved_reply".to_owned(), id.0, "del".to_owned())]);
}

#[tokio::test]
async fn history_is_read_backwards_and_forwards_without_a_hole() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let id = office.lea_wrote(&phone).await;
    for count in 0..6 {
        office.writes("lea", &format!("message {count}")).await;
    }
    let ids: Vec<i64> = phone.messages(id).await.iter().map(|message| message["id"].as_i64().unwrap()).collect();
    assert_eq!(ids.len(), 7);
    let ask = async |query: String| {
        let (_, answer) = phone.get(&format!("/v1/conversations/{id}/messages?{query}")).await;
        let ids: Vec<i64> = answer["rows"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()).collect();
        (ids, answer["more"] == true)
    };
    assert_eq!(ask("limit=3".into()).await, (ids[4..].to_vec(), true));
    assert_eq!(ask(format!("limit=3&before={}", ids[4])).await, (ids[1..4].to_vec(), true));
    assert_eq!(ask(format!("limit=3&before={}", ids[1])).await, (ids[..1].to_vec(), false));
    assert_eq!(ask(format!("limit=2&after={}", ids[0])).await, (ids[1..3].to_vec(), true));
    assert_eq!(ask(format!("limit=9&after={}", ids[4])).await, (ids[5..].to_vec(), false));
}

#[tokio::test]
async fn the_list_of_conversations_goes_on_from_a_place_in_it() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    for (name, number) in [("lea", "33611111111"), ("tom", "33622222222"), ("zoe", "33633333333")] {
        office.customer(name, number);
        office.writes(name, "Bonjour").await;
    }
    let (_, first) = phone.get("/v1/conversations?limit=2").await;
    assert_eq!(first["more"], true);
    let listed = crate::support::data(&first["rows"], "conversation");
    assert_eq!(crate::support::data(&first["rows"], "contact").len(), 2);
    let last = listed.last().unwrap();
    let path = format!("/v1/conversations?limit=2&before={},{}", last["activity_at"], last["id"]);
    let (_, second) = phone.get(&path).await;
    assert_eq!(second["more"], false);
    assert_eq!(crate::support::data(&second["rows"], "conversation").len(), 1);
}
