//! Who may sign in, and who is signed in: what an administrator ends and changes.

use riposte::model::AgentId;
use riposte_server::AdminError;
use serde_json::json;

use crate::support::{Office, PASSWORD, Phone, data};

async fn status(phone: &Phone) -> (u16, String) {
    let (status, answer) = phone.get("/v1/conversations").await;
    (status, answer["error"]["code"].as_str().unwrap_or_default().to_owned())
}

fn revoked() -> (u16, String) {
    (401, "session_revoked".to_owned())
}

#[tokio::test]
async fn one_session_is_ended_and_the_agents_other_one_goes_on() {
    let office = Office::open().await;
    let first = office.phone("marc").await;
    let second = office.sign_in("marc", first.agent).await;
    let open = office.admin.sessions().await.unwrap();
    assert_eq!(open.iter().map(|session| session.agent).collect::<Vec<_>>(), [first.agent, first.agent]);
    office.admin.end_session(open[0].id).await.unwrap();
    assert_eq!(status(&first).await, revoked());
    let refresh = first.post("/v1/session/refresh", &json!({ "refresh_token": first.refresh })).await;
    assert_eq!(refresh.0, 401);
    assert_eq!(status(&second).await.0, 200);
    assert!(matches!(office.admin.end_session(open[0].id).await, Err(AdminError::NotFound("session"))));
    office.admin.end_sessions(first.agent).await.unwrap();
    assert_eq!(status(&second).await, revoked());
    assert_eq!(office.admin.sessions().await.unwrap(), []);
}

#[tokio::test]
async fn a_new_password_ends_every_session_and_the_old_one_fails() {
    let office = Office::open().await;
    let (marc, anne) = (office.phone("marc").await, office.phone("anne").await);
    let short = office.admin.set_password(marc.agent, "short").await;
    assert!(matches!(short, Err(AdminError::BadPassword)), "{short:?}");
    assert_eq!(status(&marc).await.0, 200);
    office.admin.set_password(marc.agent, "another password").await.unwrap();
    assert_eq!((status(&marc).await, status(&anne).await.0), (revoked(), 200));
    assert_eq!(marc.sign_in("marc", PASSWORD).await.0, 401);
    assert_eq!(marc.sign_in("marc", "another password").await.0, 200);
}

#[tokio::test]
async fn an_agent_who_is_removed_is_out_and_their_conversations_are_for_the_others() {
    let office = Office::open().await;
    let (marc, anne) = (office.phone("marc").await, office.phone("anne").await);
    let id = office.lea_wrote(&marc).await;
    marc.reply(id, "Bonjour Léa").await;
    office.world.idle().await;
    let mine =
        json!({ "kind": "conversation.assign", "conversation_id": id, "to": { "kind": "agent", "id": marc.agent } });
    marc.command(mine).await;
    assert_eq!(anne.conversations().await.len(), 0);
    let cursor = anne.cursor().await;
    assert_eq!(office.admin.agent_of(" Marc@Example.com ").await.unwrap(), marc.agent);
    office.admin.remove_agent(marc.agent).await.unwrap();

    assert_eq!(status(&marc).await, revoked());
    assert_eq!(marc.sign_in("marc", PASSWORD).await.0, 401);
    let conversation = anne.conversation(id).await;
    assert_eq!(conversation.get("assignee"), None);
    assert_eq!(
        anne.messages(id).await[1]["author"],
        json!({ "by": "agent", "id": marc.agent }),
        "what they wrote stays"
    );
    let (items, _) = anne.changes(&cursor).await;
    assert!(items.iter().any(|item| item["kind"] == "agent" && item["op"] == "del" && item["id"] == marc.agent.0));
    let (_, page) = anne.get("/v1/snapshot").await;
    assert_eq!(data(&page["rows"], "agent").len(), 1);
    assert!(matches!(office.admin.remove_agent(AgentId(999)).await, Err(AdminError::NotFound("agent"))));
    // The address is free for a new agent, who sees what the office sees.
    let new = office.phone("marc").await;
    assert_ne!(new.agent, marc.agent);
    assert_eq!(new.conversations().await.len(), 1);
}

#[tokio::test]
async fn a_live_stream_ends_with_its_session() {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    let mut stream = phone.request(reqwest::Method::GET, "/v1/live").send().await.unwrap();
    assert!(stream.chunk().await.unwrap().is_some());
    office.admin.end_sessions(phone.agent).await.unwrap();
    let ended = async { while stream.chunk().await.is_ok_and(|chunk| chunk.is_some()) {} };
    tokio::time::timeout(std::time::Duration::from_secs(30), ended).await.unwrap();
}

#[tokio::test]
async fn beside_a_server_that_runs_a_session_is_ended_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let office = Office::open_with(|options| options.data = Some(folder.path().into())).await;
    let phone = office.phone("marc").await;
    let beside = riposte_server::beside(folder.path()).await.unwrap();
    assert_eq!(status(&phone).await.0, 200);
    beside.end_sessions(phone.agent).await.unwrap();
    assert_eq!(status(&phone).await, revoked());
    let nowhere = riposte_server::beside(&folder.path().join("nowhere")).await;
    assert!(matches!(nowhere.err(), Some(riposte_server::StartError::NoFolder(_))));
}
