//! What is not a message is not lost: bots, accounts, opt-outs, fields of next year.

use riposte::model::{ChannelKind, TemplateCategory, TemplateComponent, TemplateStatus};
use riposte_server::{NewChannel, NewTemplate};
use serde_json::{Value, json};

use crate::persons::{post, post_at};
use crate::support::{Office, data};

fn text(id: &str, at: i64, body: &str) -> Value {
    json!({ "id": id, "from": "33639980044", "from_user_id": "FR.tariq1", "timestamp": at.to_string(), "type": "text",
            "text": { "body": body } })
}

/// 2026-11-02T08:00:00Z.
const T: i64 = 1_793_606_400;

#[tokio::test]
async fn while_a_bot_answers_the_customer_is_stored_opens_the_window_and_waits_for_no_agent() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let standby = json!({ "standby": true, "messages": [text("wamid.S1", T, "Quels sont vos horaires ?")] });
    post(&office, "standby", standby).await;
    let echo = json!({ "id": "wamid.S2", "to": "33639980044", "timestamp": (T + 5).to_string(), "type": "text",
                       "text": { "body": "De 9 h à 18 h" } });
    post(&office, "standby", json!({ "standby": { "message_echoes": [echo] } })).await;
    let conversation = phone.conversations().await.remove(0);
    assert_eq!(conversation["window"]["last_customer_at"], json!(T * 1000));
    assert_eq!((conversation.get("waiting_since"), conversation.get("last_customer_message_id")), (None, None));
    let messages = phone.messages(conversation["id"].as_i64().unwrap()).await;
    let authors: Vec<&Value> = messages.iter().map(|message| &message["author"]["by"]).collect();
    assert_eq!(authors, ["customer", "automation"]);

    let account = office.world.accounts().remove(0).provider_id;
    let passed = json!({ "type": "control_passed", "timestamp": (T + 60).to_string(),
                         "sender": { "phone_number": "33639980044" }, "recipient": { "phone_number_id": account } });
    post(&office, "messaging_handovers", passed).await;
    post(&office, "messages", json!({ "messages": [text("wamid.S3", T + 90, "Un conseiller ?")] })).await;
    let conversation = phone.conversations().await.remove(0);
    assert_eq!(conversation["waiting_since"], json!((T + 90) * 1000));
    let messages = phone.messages(conversation["id"].as_i64().unwrap()).await;
    assert_eq!(messages[2]["content"], json!({ "type": "system", "event": "control_passed_to_inbox" }));
}

#[tokio::test]
async fn a_number_taken_off_the_account_is_disconnected_until_it_is_back() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let channel = async || {
        let rows = phone.snapshot().await.remove(0);
        data(&rows["rows"], "channel").remove(0)
    };
    post(&office, "account_update", json!({ "event": "PARTNER_REMOVED", "phone_number": "33199000001" })).await;
    let removed = channel().await;
    assert_eq!((&removed["state"], &removed["notice"]), (&json!("disconnected"), &json!({ "why": "PARTNER_REMOVED" })));
    office.lea_wrote(&phone).await;
    let (status, answer) = phone.reply(phone.conversations().await[0]["id"].as_i64().unwrap(), "Bonjour").await;
    assert_eq!((status, &answer["error"]["code"]), (422, &json!("channel_not_connected")));
    post(&office, "account_update", json!({ "event": "ACCOUNT_RECONNECTED" })).await;
    let back = channel().await;
    assert_eq!((&back["state"], back.get("notice")), (&json!("connected"), None));

    // A restriction is a notice with its end, not a disconnection.
    let parts = json!([{ "restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING", "expiration": 1_793_696_400 }]);
    post(&office, "account_update", json!({ "event": "ACCOUNT_RESTRICTION", "restriction_info": parts })).await;
    let restricted = channel().await;
    let notice = json!({ "why": "RESTRICTED_BIZ_INITIATED_MESSAGING", "until": 1_793_696_400_000_i64 });
    assert_eq!((&restricted["state"], &restricted["notice"]), (&json!("connected"), &notice));
}

#[tokio::test]
async fn what_the_inbox_has_no_use_for_is_listed_once_with_its_name_and_count() {
    let office = Office::open().await;
    for _ in 0..3 {
        post(&office, "a_field_of_next_year", json!({ "something": 1 })).await;
    }
    post(&office, "user_preferences", json!({ "user_preferences": [{ "value": "stop" }] })).await;
    let listed = office.admin.set_aside(10).await.unwrap();
    let listed: Vec<_> =
        listed.iter().map(|item| (item.name.as_str(), item.times, item.raw.contains("value"))).collect();
    assert_eq!(listed, [("a_field_of_next_year", 3, true), ("user_preferences", 1, true)]);
}

#[tokio::test]
async fn a_message_taken_back_takes_its_parts_along() {
    for revoked_first in [false, true] {
        let office = Office::open().await;
        let channel = NewChannel::new(ChannelKind::Messenger, "Atelier").at("104001");
        office.admin.add_simulated_channel("page", channel).await.unwrap();
        let phone = office.phone("marc").await;
        let page = office.world.accounts().into_iter().find(|account| account.key == "page").unwrap().provider_id;
        let event = |message: Value| {
            let item = json!({ "sender": { "id": "7001" }, "recipient": { "id": page }, "timestamp": T * 1000,
                               "message": message });
            json!({ "object": "page", "entry": [{ "id": page, "messaging": [item] }] }).to_string()
        };
        let file =
            |name: &str| json!({ "type": "file", "payload": { "url": format!("https://files.invalid/{name}") } });
        let said = event(json!({ "mid": "m_1", "text": "Voilà", "attachments": [file("a"), file("b")] }));
        let unsent = event(json!({ "mid": "m_1", "is_deleted": true }));
        for body in if revoked_first { [unsent, said] } else { [said, unsent] } {
            let (kind, parsed) = riposte_server::channels::messenger::webhook::read(body.as_bytes());
            office.running.inbox().receive(kind.unwrap(), parsed).await.unwrap();
        }
        let conversation = phone.conversations().await[0]["id"].as_i64().unwrap();
        let messages = phone.messages(conversation).await;
        assert_eq!(messages.len(), 3);
        for message in messages {
            assert_eq!((&message["content"]["body"], message["deleted_at"].is_i64()), (&json!(""), true));
        }
    }
}

#[tokio::test]
async fn a_time_in_the_future_counts_as_of_its_arrival() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let now = 1_793_610_000;
    post(&office, "messages", json!({ "messages": [text("1", now + 86_400, "demain")] })).await;
    let conversation = phone.conversations().await.remove(0);
    assert_eq!(conversation["window"]["last_customer_at"], json!(now * 1000));
    assert_eq!(conversation["activity_at"], json!(now * 1000));
}

#[tokio::test]
async fn an_answer_from_the_companys_own_phone_counts_whatever_the_order_of_arrival() {
    let said = json!({ "messages": [text("1", T, "Bonjour")] });
    let echo = json!({ "message_echoes": [{ "id": "2", "from": "33199000001", "to": "33639980044", "type": "text",
                       "timestamp": (T + 60).to_string(), "text": { "body": "Bonjour !" } }] });
    for echo_first in [false, true] {
        let office = Office::open().await;
        let phone = office.phone("marc").await;
        if echo_first {
            post(&office, "smb_message_echoes", echo.clone()).await;
        }
        post(&office, "messages", said.clone()).await;
        post(&office, "smb_message_echoes", echo.clone()).await;
        assert_eq!(phone.conversations().await[0].get("waiting_since"), None);
        // What is written after it waits.
        post(&office, "messages", json!({ "messages": [text("3", T + 90, "Une question")] })).await;
        assert_eq!(phone.conversations().await[0]["waiting_since"], json!((T + 90) * 1000));
    }
}

#[tokio::test]
async fn late_news_of_a_template_change_nothing_and_it_is_found_by_its_id() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let components = vec![TemplateComponent::Body { text: "Bonjour".into() }];
    let new = NewTemplate {
        channel: office.channel,
        provider_id: "700000001".into(),
        name: "promo".into(),
        language: "en_US".into(),
        category: TemplateCategory::Utility,
        status: TemplateStatus::Approved,
        reason: None,
        components,
        made_here: true,
    };
    office.admin.add_template(new).await.unwrap();
    let template = async || {
        let pages = phone.snapshot().await;
        data(&pages[0]["rows"], "template").remove(0)
    };
    // `post` dates an entry; later news first.
    let news = |event: &str| json!({ "event": event, "message_template_id": 700_000_001, "message_template_language": "en-US" });
    post_at(&office, "message_template_status_update", T + 60, news("PAUSED")).await;
    post_at(&office, "message_template_status_update", T, news("APPROVED")).await;
    post_at(&office, "message_template_status_update", T + 90, news("FLAGGED")).await;
    assert_eq!(template().await["status"], "paused");
    post_at(&office, "message_template_status_update", T + 120, news("REINSTATED")).await;
    assert_eq!(template().await["status"], "approved");
    let category = |word: &str| json!({ "new_category": word, "message_template_id": 700_000_001 });
    post_at(&office, "template_category_update", T + 60, category("MARKETING")).await;
    post_at(&office, "template_category_update", T, category("UTILITY")).await;
    assert_eq!(template().await["category"], "marketing");
}

#[tokio::test]
async fn a_connection_is_reused_only_after_the_whole_request_was_read() {
    let office = Office::open().await;
    let client = riposte_server::channels::graph::client().unwrap().build().unwrap();
    for path in ["/v1/commands", "/nothing", "/v1/uploads/zz"] {
        let url = format!("{}{path}", office.running.url());
        let refused = client.post(&url).body(vec![b' '; 3_000_000]).send().await;
        // The client may see the end of the connection before it has sent everything.
        if let Ok(answer) = refused {
            assert_eq!(
                answer.headers().get("connection").map(|value| value.as_bytes()),
                Some(b"close".as_slice()),
                "{path}"
            );
        }
        let again = client.get(format!("{}/v1/about", office.running.url())).send().await.unwrap();
        assert_eq!(again.status().as_u16(), 200);
    }
    let small = client.post(format!("{}/v1/session", office.running.url())).body("{}").send().await.unwrap();
    assert_eq!((small.status().as_u16(), small.headers().get("connection")), (400, None));
}
