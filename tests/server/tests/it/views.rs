use riposte::model::Assignee;
use riposte::model::ConversationId;
use serde_json::json;

use crate::support::{Office, data, told};

fn item(kind: &str, id: i64, op: &str) -> (String, i64, String) {
    (kind.to_owned(), id, op.to_owned())
}

#[tokio::test]
async fn a_conversation_assigned_to_another_agent_leaves_the_view_with_its_contact() {
    let office = Office::open().await;
    let (marc, anne) = (office.phone("marc").await, office.phone("anne").await);
    let id = office.lea_wrote(&marc).await;
    let contact = marc.conversation(id).await["contact_id"].as_i64().unwrap();
    let cursor = marc.cursor().await;

    let to = json!({ "kind": "agent", "id": anne.agent });
    let (status, answer) =
        marc.command(json!({ "kind": "conversation.assign", "conversation_id": id, "to": to })).await;
    assert_eq!((status, answer["rows"].as_array().unwrap().len()), (200, 0), "out of sight already");

    assert_eq!(
        told(&marc.changes(&cursor).await.0),
        [item("conversation", id, "del"), item("contact", contact, "del")]
    );
    assert_eq!(marc.get(&format!("/v1/conversations/{id}")).await.0, 404);
    assert_eq!(marc.get(&format!("/v1/conversations/{id}/messages")).await.0, 404);
    assert_eq!(marc.reply(id, "Encore moi").await.0, 404);
    assert_eq!(told(&anne.changes(&cursor).await.0), [item("conversation", id, "put")]);

    // What happens there is no news for who does not see it.
    let cursor = marc.cursor().await;
    office.writes("lea", "Vous êtes là ?").await;
    assert!(marc.changes(&cursor).await.0.is_empty());
}

#[tokio::test]
async fn coming_back_it_is_announced_with_its_contact_and_a_later_visible_since() {
    let office = Office::open().await;
    let (marc, anne) = (office.phone("marc").await, office.phone("anne").await);
    let id = office.lea_wrote(&marc).await;
    let contact = marc.conversation(id).await["contact_id"].as_i64().unwrap();
    let newest = marc.messages(id).await[0]["id"].clone();
    marc.command(
        json!({ "kind": "conversation.mark_read", "conversation_id": id, "up_to": newest, "tell_customer": false }),
    )
    .await;
    let before = marc.conversation(id).await["visible_since"].as_i64().unwrap();
    let cursor = marc.cursor().await;

    let assign = |to: Assignee| office.admin.assign(ConversationId(id), to);
    assign(Assignee::Agent(anne.agent)).await.unwrap();
    office.writes("lea", "Pendant ce temps").await;
    let away = marc.cursor().await;
    assign(Assignee::None).await.unwrap();

    // A phone that saw it go, and one that slept through all of it, end up alike.
    for since in [&away, &cursor] {
        let (items, _) = marc.changes(since).await;
        let told = told(&items);
        assert!(told.contains(&item("contact", contact, "put")), "{told:?}");
        assert!(told.contains(&item("conversation", id, "put")), "{told:?}");
        assert!(told.contains(&item("read_marker", id, "put")), "{told:?}");
        assert!(!told.iter().any(|(kind, _, op)| kind == "message" || op == "del"), "{told:?}");
        let conversation = &items.iter().find(|item| item["kind"] == "conversation").unwrap()["data"];
        assert!(conversation["visible_since"].as_i64().unwrap() > before);
    }
    // Its messages are fetched again.
    assert_eq!(marc.messages(id).await.len(), 2);
    // Messages from now on come through the feed again.
    let cursor = marc.cursor().await;
    office.writes("lea", "Merci").await;
    assert!(told(&marc.changes(&cursor).await.0).iter().any(|(kind, ..)| kind == "message"));
}

#[tokio::test]
async fn groups_and_rank_decide_who_sees_what() {
    let office = Office::open().await;
    let orders = office.admin.add_group("Orders", false).await.unwrap();
    let marc = office.phone_in("marc", false, &[orders]).await;
    let anne = office.phone("anne").await;
    let head = office.phone_in("head", true, &[]).await;
    let id = office.lea_wrote(&marc).await;
    let sees = async |phone: &crate::support::Phone| phone.get(&format!("/v1/conversations/{id}")).await.0 == 200;
    assert!(sees(&marc).await && sees(&anne).await && sees(&head).await, "without an assignee every agent sees it");

    office.admin.assign(ConversationId(id), Assignee::Group(orders)).await.unwrap();
    assert!(sees(&marc).await && !sees(&anne).await && sees(&head).await);

    let cursor = anne.cursor().await;
    office.admin.set_public(orders, true).await.unwrap();
    assert!(sees(&anne).await);
    assert!(told(&anne.changes(&cursor).await.0).contains(&item("conversation", id, "put")));

    office.admin.set_public(orders, false).await.unwrap();
    assert!(!sees(&anne).await);
    office.admin.set_groups(anne.agent, vec![orders]).await.unwrap();
    assert!(sees(&anne).await);
    office.admin.set_groups(anne.agent, Vec::new()).await.unwrap();
    office.admin.set_administrator(anne.agent, true).await.unwrap();
    assert!(sees(&anne).await);
}

#[tokio::test]
async fn an_agent_who_comes_later_sees_what_there_is() {
    let office = Office::open().await;
    let marc = office.phone("marc").await;
    let id = office.lea_wrote(&marc).await;
    let anne = office.phone("anne").await;
    let pages = anne.snapshot().await;
    let rows = json!(pages.iter().flat_map(|page| page["rows"].as_array().unwrap().clone()).collect::<Vec<_>>());
    assert_eq!(data(&rows, "conversation")[0]["id"], id);
    assert_eq!(data(&rows, "message").len(), 1);
}

#[tokio::test]
async fn a_customer_seen_in_another_conversation_stays() {
    let office = Office::open().await;
    let (marc, anne) = (office.phone("marc").await, office.phone("anne").await);
    let second =
        riposte_server::NewChannel::new(riposte::model::ChannelKind::Whatsapp, "Atelier Sud").at("33199000002");
    office.admin.add_simulated_channel("sud", second).await.unwrap();
    let id = office.lea_wrote(&marc).await;
    office.world.writes("lea", "sud", "Bonjour").await.unwrap();
    office.world.idle().await;
    let cursor = marc.cursor().await;
    office.admin.assign(ConversationId(id), Assignee::Agent(anne.agent)).await.unwrap();
    assert_eq!(told(&marc.changes(&cursor).await.0), [item("conversation", id, "del")]);
}

#[tokio::test]
async fn a_read_marker_is_its_agents_alone() {
    let office = Office::open().await;
    let (marc, anne) = (office.phone("marc").await, office.phone("anne").await);
    let id = office.lea_wrote(&marc).await;
    let newest = marc.messages(id).await[0]["id"].clone();
    let cursor = marc.cursor().await;
    let read =
        json!({ "kind": "conversation.mark_read", "conversation_id": id, "up_to": newest, "tell_customer": false });
    assert_eq!(marc.command(read).await.0, 200);
    assert_eq!(told(&marc.changes(&cursor).await.0), [item("read_marker", id, "put")]);
    assert!(anne.changes(&cursor).await.0.is_empty());
}
