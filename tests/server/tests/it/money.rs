//! The ledger under other tariffs, with plans and months, and as the provider's reports come in.

use riposte::model::{ChannelKind, Content, DeliveryStatus, OffsetChange};
use riposte_server::channels::event::{Addressed, Customer, Event, InboundMessage, Parsed, StatusReport};
use riposte_server::sim::Reports;
use serde_json::{Value, json};

use crate::support::{Office, Phone, data, hours, minutes};

/// Léa has written to an office whose number is priced by Meta's own tariff.
async fn under_metas_tariff() -> (Office, Phone, i64) {
    let office = Office::open().await;
    let meta = office.admin.add_meta_tariff().await.unwrap();
    office.admin.set_tariff(office.channel, Some(meta)).await.unwrap();
    lea(office).await
}

async fn under_the_pages_tariff() -> (Office, Phone, i64) {
    lea(Office::open().await).await
}

async fn lea(office: Office) -> (Office, Phone, i64) {
    let phone = office.phone("marc").await;
    let id = office.lea_wrote(&phone).await;
    (office, phone, id)
}

async fn receive(office: &Office, event: Event) {
    let account = office.world.accounts().remove(0).provider_id;
    let parsed = Parsed { events: vec![Addressed { account, event }], unreadable: Vec::new() };
    office.running.inbox().receive(ChannelKind::Whatsapp, parsed).await.unwrap();
}

/// A report about the newest message that the provider took.
async fn reported(office: &Office, status: DeliveryStatus, billable: Option<bool>) {
    let message_id = office.world.ledger().pop().unwrap().id.unwrap();
    let at = "2026-11-02T09:00:30Z".parse().unwrap();
    receive(
        office,
        Event::Status(StatusReport { message_id, key: None, status, at, error: None, billable, free_until: None }),
    )
    .await;
}

async fn states(phone: &Phone) -> Vec<Value> {
    phone.ledger().await.iter().map(|row| row["state"].clone()).collect()
}

async fn allowances(phone: &Phone) -> Vec<Value> {
    let pages = phone.snapshot().await;
    let rows = json!(pages.iter().flat_map(|page| page["rows"].as_array().unwrap().clone()).collect::<Vec<_>>());
    data(&rows, "allowance")
}

async fn left(phone: &Phone, kind: &str) -> Vec<i64> {
    let of_kind = |row: &&Value| row["kind"] == kind;
    allowances(phone).await.iter().filter(of_kind).map(|row| row["left"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn until_the_pricing_report_a_charge_is_provisional() {
    let (office, phone, id) = under_the_pages_tariff().await;
    office.world.reports(Reports::Held);
    phone.reply(id, "Elle part ce soir.").await;
    assert_eq!(states(&phone).await, ["provisional"]);
    reported(&office, DeliveryStatus::Sent, None).await;
    assert_eq!(states(&phone).await, ["provisional"], "a tick is no pricing report");
    reported(&office, DeliveryStatus::Sent, Some(true)).await;
    assert_eq!(states(&phone).await, ["final"], "it may come with a status that is known already");
}

#[tokio::test]
async fn what_the_provider_asks_nothing_for_is_void_under_its_own_tariff_and_not_under_the_pages() {
    for (page, state) in [(true, "final"), (false, "void")] {
        let (office, phone, id) = if page { under_the_pages_tariff().await } else { under_metas_tariff().await };
        office.world.reports(Reports::Held);
        phone.reply(id, "Elle part ce soir.").await;
        reported(&office, DeliveryStatus::Delivered, Some(false)).await;
        assert_eq!(states(&phone).await, [state]);
    }
}

#[tokio::test]
async fn under_metas_tariff_the_months_first_replies_are_free() {
    let (office, phone, id) = under_metas_tariff().await;
    phone.reply(id, "un").await;
    phone.reply(id, "deux").await;
    office.world.idle().await;
    assert_eq!(left(&phone, "monthly").await, [998], "each reply takes one");
    let month = allowances(&phone).await.remove(0);
    assert_eq!((&month["channel_id"], &month["total"]), (&json!(office.channel), &json!(1_000)));
    assert_eq!(
        month["from"],
        json!("2026-10-31T23:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_millis())
    );

    office.world.fail_next(131026);
    phone.reply(id, "trois").await;
    office.world.idle().await;
    assert_eq!(left(&phone, "monthly").await, [998], "a failed one gives its unit back");
    let ledger = phone.ledger().await;
    assert_eq!(states(&phone).await, ["final", "final", "void"]);
    assert_eq!((&ledger[0]["market"], &ledger[0]["country"]), (&json!("france"), &json!("FR")));
    assert!(ledger.iter().all(|row| row["kind"] == "reply"));
}

#[tokio::test]
async fn under_metas_tariff_a_message_is_charged_when_it_arrives() {
    let (office, phone, id) = under_metas_tariff().await;
    office.world.set_phone("lea", |phone| phone.reachable = false).unwrap();
    phone.reply(id, "Elle part ce soir.").await;
    office.world.idle().await;
    assert_eq!(states(&phone).await, ["provisional"]);
    let sent_at = phone.ledger().await[0]["at"].as_i64().unwrap();
    office.wait(minutes(10)).await;
    office.world.set_phone("lea", |phone| phone.reachable = true).unwrap();
    office.world.idle().await;
    assert_eq!(states(&phone).await, ["final"]);
    assert_eq!(phone.ledger().await[0]["at"].as_i64().unwrap() - sent_at, 10 * 60_000);
}

#[tokio::test]
async fn a_plan_runs_from_billing_date_to_billing_date_and_the_next_period_is_known_before() {
    let (office, phone, id) = under_the_pages_tariff().await;
    // Billed on the third: the period that runs ends at midnight tonight where the account is.
    office.admin.set_plan(5, "2026-06-03".parse().unwrap()).await.unwrap();
    assert_eq!(left(&phone, "plan").await, [5, 5], "this period and the next");
    phone.reply(id, "de cette période").await;
    office.world.idle().await;
    assert_eq!(left(&phone, "plan").await, [4, 5]);

    office.wait(hours(14) + minutes(5)).await;
    office.customer("carmen", "34612345678");
    office.writes("carmen", "Hola").await;
    let phone = office.sign_in("marc", phone.agent).await;
    let carmen = phone.conversations().await.iter().map(|row| row["id"].as_i64().unwrap()).max().unwrap();
    phone.reply(carmen, "de la suivante").await;
    office.world.idle().await;
    assert_eq!(left(&phone, "plan").await, [4, 4, 5], "the one after it is known now, too");
}

fn said(customer: Customer, id: &str, at: &str) -> Event {
    Event::Message(Box::new(InboundMessage {
        customer,
        message_id: id.to_owned(),
        at: at.parse().unwrap(),
        content: Content::Text { body: "Bonjour".to_owned() },
        media: None,
        refers_to: None,
        echo: false,
        free_entry: false,
        new_phone: None,
        new_bsuid: None,
        standby: false,
        part_of: None,
    }))
}

#[tokio::test]
async fn a_month_begins_when_the_clocks_of_the_account_say_so() {
    let (office, phone, _) = under_the_pages_tariff().await;
    // The last of November, 22:30 in UTC: half an hour before midnight in winter time.
    office.wait(hours(28 * 24 + 13)).await;
    office.writes("lea", "Tard").await;
    office.wait(minutes(30)).await;
    let phone = office.sign_in("marc", phone.agent).await;
    let id = phone.conversations().await[0]["id"].as_i64().unwrap();
    phone.reply(id, "Très tard").await;
    office.world.idle().await;
    assert_eq!(phone.ledger().await.len(), 1, "still November");
    let at = "2026-11-15T01:00:00Z".parse().unwrap();
    office.admin.set_clock_changes(vec![OffsetChange { at, utc_offset_minutes: 120 }]).await.unwrap();
    assert!(phone.ledger().await.is_empty(), "by a clock that was put forward in between it was December");
    let december = phone.get("/v1/ledger?month=2026-12").await.1;
    assert_eq!(data(&december["rows"], "ledger").len(), 1);
}

#[tokio::test]
async fn a_brazilian_number_with_and_without_its_ninth_digit_is_one_customer() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    for (number, id) in [("551187654321", "1"), ("5511987654321", "2"), ("551187654321", "3")] {
        let customer = Customer { phone: Some(number.into()), ..Customer::default() };
        receive(&office, said(customer, id, "2026-11-02T08:00:00Z")).await;
    }
    let conversations = phone.conversations().await;
    assert_eq!(conversations.len(), 1);
    assert_eq!(phone.messages(conversations[0]["id"].as_i64().unwrap()).await.len(), 3);
    let landline = Customer { phone: Some("551132654321".into()), ..Customer::default() };
    receive(&office, said(landline, "4", "2026-11-02T08:00:00Z")).await;
    assert_eq!(phone.conversations().await.len(), 2);
}

#[tokio::test]
async fn a_final_charge_keeps_its_price_when_the_customer_moves_to_another_country() {
    let (office, phone, id) = under_the_pages_tariff().await;
    phone.reply(id, "Elle part ce soir.").await;
    office.world.idle().await;
    let before = phone.ledger().await;
    assert_eq!((&before[0]["state"], &before[0]["market"]), (&json!("final"), &json!("france")));

    let lea = Customer { phone: Some("33612345678".into()), ..Customer::default() };
    let content = Content::System { event: "user_changed_number".to_owned() };
    let plain = InboundMessage::plain(lea, "moved".to_owned(), "2026-11-02T09:10:00Z".parse().unwrap(), content);
    let moved = InboundMessage { new_phone: Some("34612345678".to_owned()), ..plain };
    receive(&office, Event::Message(Box::new(moved))).await;
    assert_eq!(phone.ledger().await, before);
}
