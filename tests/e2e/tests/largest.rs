//! The largest rows that a server may hold, read by a real phone: no page is larger than a phone takes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use riposte::clock::ManualClock;
use riposte::facade::{Around, AssigneeFilter, InboxQuery, TimelineRow};
use riposte::model::{
    ChannelId, ChannelKind, ContactCard, Content, TemplateCategory, TemplateComponent, TemplateStatus,
};
use riposte_e2e::phone::{PASSWORD, email};
use riposte_e2e::pocket::Pocket;
use riposte_server::channels::event::{Addressed, Customer, Event, InboundMessage, Parsed};
use riposte_server::{Admin, NewAgent, NewChannel, NewTemplate, Options, Running, start};
use serde_json::{Value, json};

/// What a phone reads of one answer, unpacked.
const PHONE_READS_BYTES: usize = 16 * 1024 * 1024;
/// Six bytes each in JSON.
const WIDE: &str = "\u{1}";

async fn server(clock: &ManualClock) -> (Running, ChannelId) {
    let server = start(Options::story(clock)).await.unwrap();
    let admin = server.admin();
    let marc = NewAgent {
        name: "Marc".into(),
        email: email("marc"),
        password: PASSWORD.into(),
        administrator: true,
        groups: Vec::new(),
    };
    admin.add_agent(marc).await.unwrap();
    let new = NewChannel::new(ChannelKind::Whatsapp, "Atelier Nord").at("33199000001");
    let channel = admin.add_simulated_channel("atelier", new).await.unwrap();
    (server, channel)
}

async fn write(server: &Running, customer: usize, contents: Vec<Content>) {
    let account = server.simulator().unwrap().accounts().remove(0).provider_id;
    let event = |(number, content)| {
        let who = Customer {
            phone: Some(format!("336000000{customer:02}")),
            name: Some(WIDE.repeat(200)),
            username: Some(WIDE.repeat(200)),
            ..Customer::default()
        };
        let at = "2026-11-02T08:00:00Z".parse().unwrap();
        let message = InboundMessage::plain(who, format!("{customer}.{number}"), at, content);
        Addressed { account: account.clone(), event: Event::Message(Box::new(message)) }
    };
    let events = contents.into_iter().enumerate().map(event).collect();
    let parsed = Parsed { events, unreadable: Vec::new() };
    server.inbox().receive(ChannelKind::Whatsapp, parsed).await.unwrap();
}

fn text(characters: usize) -> Content {
    Content::Text { body: WIDE.repeat(characters) }
}

/// Every kind of content that a customer fills, as large as a webhook of 3 MB carries it.
fn largest_of_each() -> Vec<Content> {
    let wide = || WIDE.repeat(500_000);
    let card =
        ContactCard { name: wide(), phones: vec!["33600000000".into()], company: String::new(), emails: Vec::new() };
    vec![
        text(500_000),
        Content::Contacts { cards: vec![card] },
        Content::Location { latitude_e6: 1, longitude_e6: 1, name: wide(), address: String::new() },
        Content::Order { products: 1, body: wide() },
        Content::System { event: wide() },
    ]
}

async fn directories(admin: &Admin, channel: ChannelId) {
    for number in 0..8 {
        admin.add_saved_reply(&format!("reply {number}"), &WIDE.repeat(400_000)).await.unwrap();
        let template = NewTemplate {
            channel,
            provider_id: number.to_string(),
            name: format!("template_{number}"),
            language: "fr".into(),
            category: TemplateCategory::Utility,
            status: TemplateStatus::Approved,
            reason: None,
            components: vec![TemplateComponent::Body { text: WIDE.repeat(400_000) }],
            made_here: true,
        };
        admin.add_template(template).await.unwrap();
    }
}

/// Every page of the snapshot, by its size.
async fn page_sizes(server: &Running) -> Vec<usize> {
    let http = riposte_server::channels::graph::client().unwrap().no_gzip().build().unwrap();
    let body = json!({ "email": email("marc"), "password": PASSWORD, "device_id": "d", "device_name": "d", "platform": "script" });
    let session = http.post(format!("{}/v1/session", server.url())).json(&body).send().await.unwrap();
    let session: Value = session.json().await.unwrap();
    let (mut sizes, mut next) = (Vec::new(), String::new());
    loop {
        let page = http.get(format!("{}/v1/snapshot{next}", server.url()));
        let page =
            page.bearer_auth(session["access_token"].as_str().unwrap()).send().await.unwrap().bytes().await.unwrap();
        sizes.push(page.len());
        let page: Value = serde_json::from_slice(&page).unwrap();
        match page["next"].as_str() {
            Some(token) => next = format!("?page={token}"),
            None => return sizes,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_reads_the_largest_rows_of_every_kind() {
    let clock = ManualClock::new("2026-11-02T09:00:00Z".parse().unwrap());
    let (server, channel) = server(&clock).await;
    directories(&server.admin(), channel).await;
    // Twenty conversations whose last twenty messages together are 24 MB, and one of the largest single messages.
    for customer in 0..20 {
        write(&server, customer, (0..20).map(|_| text(10_000)).collect()).await;
    }
    write(&server, 20, largest_of_each()).await;

    let sizes = page_sizes(&server).await;
    assert!(
        sizes.iter().sum::<usize>() > PHONE_READS_BYTES,
        "cut or not, there is more than a phone reads at once: {sizes:?}"
    );
    assert!(sizes.iter().all(|size| *size <= PHONE_READS_BYTES / 2), "{sizes:?}");

    let mut phone = Pocket::new(&clock).unwrap();
    let account = phone.sign_in(server.url(), "marc").await.unwrap();
    assert!(account.settled(60_000).await.unwrap());
    let inbox = account.inbox();
    assert_eq!(inbox.saved_replies().await.unwrap().len(), 8);
    assert_eq!(account.templates(channel).list(None).await.unwrap().len(), 8);
    let query = || InboxQuery { assignee: AssigneeFilter::All, open: None, limit: 100, ..InboxQuery::default() };
    let rows = inbox.page(query()).await.unwrap().rows;
    assert_eq!(rows.len(), 21);
    let mut read = Vec::new();
    for row in rows {
        let conversation = account.conversation(row.id);
        while conversation.load_older().await.unwrap() {}
        let screen = conversation.screen(Around::Newest, 500).await.unwrap();
        let messages = screen.rows.iter().filter(|row| !matches!(row, TimelineRow::Gap(_)));
        read.push(messages.count());
    }
    read.sort_unstable();
    assert_eq!(read.pop(), Some(20));
    assert_eq!(read.iter().filter(|count| **count == 20).count(), 19, "{read:?}");

    // What comes while the phone is there comes through the feed.
    write(&server, 21, largest_of_each()).await;
    account.network_available();
    assert!(account.settled(60_000).await.unwrap());
    assert_eq!(inbox.page(query()).await.unwrap().rows.len(), 22);
    phone.close().await.unwrap();
    server.stop().await;
}
