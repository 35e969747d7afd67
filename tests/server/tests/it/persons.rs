//! One person is one, and two are two: by ids before numbers, and by the provider's time.

use proptest::prelude::*;
use riposte::model::ChannelKind;
use riposte_server::channels::whatsapp::webhook::read;
use riposte_server::sim::customer::Customer;
use serde_json::{Value, json};

use crate::support::{Office, Phone, data};

/// 2026-11-02T08:00:00Z, an hour before the office opens.
const T: i64 = 1_793_606_400;

pub async fn post(office: &Office, field: &str, value: Value) {
    post_at(office, field, T, value).await;
}

/// Posts a webhook with one change, whose entry is of that second.
pub async fn post_at(office: &Office, field: &str, at: i64, mut value: Value) {
    let account = office.world.accounts().remove(0);
    value["messaging_product"] = json!("whatsapp");
    value["metadata"] = json!({ "display_phone_number": "33199000001", "phone_number_id": account.provider_id });
    let change = json!({ "field": field, "value": value });
    let entry = json!({ "id": account.business_id, "time": at, "changes": [change] });
    let body = json!({ "object": "whatsapp_business_account", "entry": [entry] }).to_string();
    office.running.inbox().receive(ChannelKind::Whatsapp, read(body.as_bytes())).await.unwrap();
}

/// Somebody with a number, an id and a name, each of which may be missing.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Who(Option<&'static str>, Option<&'static str>, Option<&'static str>);

const BRUNO: Who = Who(Some("33639980022"), Some("FR.bruno1aaaa"), Some("Bruno Keller"));
const AMELIE: Who = Who(Some("33639980011"), Some("FR.amelie1bbb"), Some("Amélie Roux"));

fn put(value: &mut Value, field: &str, text: Option<&str>) {
    if let Some(text) = text {
        value[field] = json!(text);
    }
}

fn card(who: Who) -> Value {
    let mut card = json!({ "profile": {} });
    put(&mut card["profile"], "name", who.2);
    put(&mut card, "wa_id", who.0);
    put(&mut card, "user_id", who.1);
    card
}

fn text(who: Who, id: &str, at: i64, body: &str) -> Value {
    let mut item = json!({ "id": id, "timestamp": at.to_string(), "type": "text", "text": { "body": body } });
    put(&mut item, "from", who.0);
    put(&mut item, "from_user_id", who.1);
    item
}

async fn says(office: &Office, who: Who, id: &str, at: i64, body: &str) {
    post(office, "messages", json!({ "contacts": [card(who)], "messages": [text(who, id, at, body)] })).await;
}

fn notice(kind: &str, who: Who, id: &str, at: i64, system: Value) -> Value {
    let mut item = json!({ "id": id, "timestamp": at.to_string(), "type": "system", "system": system });
    item["system"]["type"] = json!(kind);
    put(&mut item, "from", who.0);
    put(&mut item, "from_user_id", who.1);
    json!({ "messages": [item] })
}

async fn contacts(phone: &Phone) -> Vec<Value> {
    let (_, answer) = phone.get("/v1/conversations?limit=200").await;
    let mut contacts = data(&answer["rows"], "contact");
    contacts.sort_by_key(|contact| contact["id"].as_i64());
    contacts
}

/// The contact of a name with what its conversation says.
async fn called(phone: &Phone, name: &str) -> (Value, Vec<String>) {
    let contact = contacts(phone).await.into_iter().find(|contact| contact["name"] == name);
    let contact = contact.unwrap_or_else(|| panic!("nobody is called {name}"));
    let conversations = phone.conversations().await;
    let of = conversations.iter().find(|one| one["contact_id"] == contact["id"]).unwrap();
    let messages = phone.messages(of["id"].as_i64().unwrap()).await;
    let words = messages.iter().map(|message| message["content"]["body"].as_str().unwrap_or("·").to_owned());
    (contact, words.collect())
}

async fn office() -> (Office, Phone) {
    let office = Office::open().await;
    let phone = office.phone("marc").await;
    (office, phone)
}

#[tokio::test]
async fn a_card_belongs_to_whom_it_names() {
    let (office, phone) = office().await;
    let value = json!({ "contacts": [card(BRUNO)],
                        "messages": [text(BRUNO, "1", T, "un"), text(Who(Some("33639980033"), None, None), "2", T, "deux")] });
    post(&office, "messages", value).await;
    let names: Vec<Value> = contacts(&phone).await.iter().map(|contact| contact["name"].clone()).collect();
    assert_eq!(names, ["Bruno Keller", "+33639980033"]);
    // One sender and a card of somebody else: the card says nothing about the sender.
    post(&office, "messages", json!({ "contacts": [card(AMELIE)], "messages": [text(Who(Some("33639980044"), None, None), "3", T, "trois")] })).await;
    assert_eq!(called(&phone, "+33639980044").await.0.get("bsuid"), None);
}

#[tokio::test]
async fn a_card_that_names_nobody_belongs_to_the_only_sender() {
    let (office, phone) = office().await;
    let nobody = Who(None, None, Some("Léa"));
    let lea = Who(Some("33612345678"), Some("FR.lea"), None);
    post(
        &office,
        "messages",
        json!({ "contacts": [card(nobody)], "messages": [text(lea, "1", T, "un"), text(lea, "2", T, "deux")] }),
    )
    .await;
    assert_eq!(called(&phone, "Léa").await.1, ["un", "deux"]);
}

#[tokio::test]
async fn a_number_taken_over_by_another_person_is_another_person() {
    for with_bsuid in [true, false] {
        let (office, phone) = office().await;
        let bruno = Who(BRUNO.0, BRUNO.1.filter(|_| with_bsuid), BRUNO.2);
        says(&office, bruno, "wamid.B1", T - 9_000_000, "Mon dossier médical est joint.").await;
        says(&office, AMELIE, "wamid.A1", T, "Bonjour, j'ai changé de téléphone bientôt.").await;
        let moved = json!({ "wa_id": "33639980022", "user_id": "FR.amelie2ccc" });
        post(&office, "messages", notice("user_changed_number", AMELIE, "wamid.A2", T + 60, moved)).await;
        let (amelie, hers) = called(&phone, "Amélie Roux").await;
        assert_eq!((&amelie["phone"], &amelie["bsuid"]), (&json!("33639980022"), &json!("FR.amelie2ccc")));
        assert_eq!(hers, ["Bonjour, j'ai changé de téléphone bientôt.", "·"]);
        let (theirs, words) = called(&phone, "Bruno Keller").await;
        assert_eq!((theirs.get("phone"), theirs.get("bsuid").cloned()), (None, bruno.1.map(|id| json!(id))));
        assert_eq!(words, ["Mon dossier médical est joint."]);

        // No answer to Bruno reaches her phone.
        let bruno = phone.conversations().await.into_iter().find(|one| one["contact_id"] == theirs["id"]).unwrap();
        known_to_whatsapp(&office, "bruno", None, Some("FR.bruno1aaaa"));
        known_to_whatsapp(&office, "amélie", Some("33639980022"), Some("FR.amelie2ccc"));
        if with_bsuid {
            says(&office, Who(None, BRUNO.1, None), "wamid.B2", T + 120, "Je suis là").await;
            phone.reply(bruno["id"].as_i64().unwrap(), "Reçu").await;
            assert_eq!(office.world.ledger().pop().unwrap().customer.as_deref(), Some("bruno"));
        } else {
            let (status, answer) = phone.reply(bruno["id"].as_i64().unwrap(), "Reçu").await;
            assert!(status >= 400 && office.world.ledger().is_empty(), "{answer}");
        }
    }
}

fn known_to_whatsapp(office: &Office, name: &str, phone: Option<&str>, bsuid: Option<&str>) {
    let (phone, bsuid) = (phone.map(str::to_owned), bsuid.map(str::to_owned));
    office.world.add_customer(name, Customer { name: name.to_owned(), phone, bsuid, ..Customer::default() });
}

#[tokio::test]
async fn without_any_notice_another_id_under_the_same_number_is_another_person() {
    let (office, phone) = office().await;
    says(&office, BRUNO, "1", T, "de Bruno").await;
    says(&office, Who(BRUNO.0, Some("FR.new"), Some("Chloé")), "2", T + 60, "de Chloé").await;
    says(&office, Who(BRUNO.0, None, None), "3", T + 90, "sans identifiant").await;
    says(&office, Who(BRUNO.0, None, None), "4", T + 30, "en retard").await;
    assert_eq!(
        called(&phone, "Bruno Keller").await,
        (called(&phone, "Bruno Keller").await.0, vec!["de Bruno".into(), "en retard".into()])
    );
    let (chloe, hers) = called(&phone, "Chloé").await;
    assert_eq!((chloe["phone"].as_str(), hers), (BRUNO.0, vec!["de Chloé".into(), "sans identifiant".into()]));
}

#[tokio::test]
async fn a_new_user_id_is_the_same_person_and_answers_go_to_it() {
    let (office, phone) = office().await;
    let hidden = Who(None, Some("FR.old"), Some("Noor"));
    says(&office, hidden, "1", T, "un").await;
    let changed = json!({ "previous_user_id": "FR.old", "user_id": "FR.new" });
    // The first words under the new id may come before the notice, or after it.
    says(&office, Who(None, Some("FR.new"), Some("Noor")), "3", T + 90, "trois").await;
    post(&office, "messages", notice("user_changed_user_id", Who(None, None, None), "2", T + 60, changed)).await;
    let (noor, words) = called(&phone, "Noor").await;
    assert_eq!((noor["bsuid"].as_str(), words.len(), contacts(&phone).await.len()), (Some("FR.new"), 3, 1));
    says(&office, hidden, "4", T + 30, "en retard").await;
    let id = phone.conversations().await[0]["id"].as_i64().unwrap();
    known_to_whatsapp(&office, "noor", None, Some("FR.new"));
    phone.reply(id, "Bonjour").await;
    assert_eq!(office.world.ledger().pop().unwrap().customer.as_deref(), Some("noor"));
}

#[tokio::test]
async fn a_late_message_turns_neither_the_number_nor_the_name_back() {
    let (office, phone) = office().await;
    says(&office, AMELIE, "1", T, "un").await;
    let moved = json!({ "wa_id": "33639980077" });
    post(&office, "messages", notice("user_changed_number", AMELIE, "2", T + 60, moved)).await;
    says(&office, Who(Some("33639980077"), AMELIE.1, Some("Amélie B.")), "3", T + 120, "trois").await;
    says(&office, AMELIE, "4", T + 30, "en retard").await;
    let (amelie, words) = called(&phone, "Amélie B.").await;
    assert_eq!((amelie["phone"].as_str(), words.len(), contacts(&phone).await.len()), (Some("33639980077"), 4, 1));
}

#[tokio::test]
async fn what_waits_for_a_half_goes_to_the_whole() {
    let (office, phone) = office().await;
    says(&office, Who(Some("33639980033"), None, Some("Noor Haddad")), "1", T, "Bonjour").await;
    says(&office, Who(None, Some("FR.noor1eee"), Some("Noor Haddad")), "2", T + 60, "Et en bleu ?").await;
    let second = phone.conversations().await[0]["id"].as_i64().unwrap();
    says(&office, Who(Some("33639980033"), Some("FR.noor1eee"), Some("Noor Haddad")), "3", T + 120, "Allô ?").await;
    let joined = phone.conversations().await.remove(0);
    assert_eq!(joined["joined"], json!([second]));
    // The phone was offline and does not know yet.
    let (status, answer) = phone.reply(second, "Oui, en bleu aussi.").await;
    assert_ne!(status, 404, "{answer}");
    let comment = json!({ "kind": "comment.add", "conversation_id": second, "body": "Il attend", "mentions": [] });
    let (status, answer) = phone.command(comment).await;
    assert_eq!((status, &data(&answer["rows"], "message")[0]["conversation_id"]), (200, &joined["id"]), "{answer}");
    assert_eq!(
        called(&phone, "Noor Haddad").await.1,
        ["Bonjour", "Et en bleu ?", "Allô ?", "Oui, en bleu aussi.", "Il attend"]
    );
}

#[tokio::test]
async fn a_joining_that_was_wrong_is_undone_and_stays_undone() {
    let (office, phone) = office().await;
    says(&office, Who(Some("33639980033"), None, Some("Paul")), "1", T, "de Paul").await;
    says(&office, Who(None, Some("FR.zoe"), Some("Zoé")), "2", T + 60, "de Zoé").await;
    let before = (contacts(&phone).await, phone.conversations().await.len());
    says(&office, Who(Some("33639980033"), Some("FR.zoe"), Some("Zoé")), "3", T + 120, "la carte SIM de Paul").await;
    assert_eq!(contacts(&phone).await.len(), 1);
    let cursor = phone.cursor().await;

    let joining = office.admin.joinings(10).await.unwrap().remove(0);
    office.admin.separate(joining.id).await.unwrap();
    assert!(office.admin.separate(joining.id).await.is_err());
    let after = contacts(&phone).await;
    let ids = |contacts: &[Value]| contacts.iter().map(|contact| contact["id"].clone()).collect::<Vec<_>>();
    assert_eq!((ids(&after), phone.conversations().await.len()), (ids(&before.0), before.1));
    assert_eq!(called(&phone, "Zoé").await.1, ["de Zoé"]);
    // What was written since stays where it was; nothing says whose it is.
    let kept = phone.conversations().await.into_iter().find(|one| one["contact_id"] == after[0]["id"]).unwrap();
    assert_eq!(phone.messages(kept["id"].as_i64().unwrap()).await.len(), 2);
    assert_eq!(kept.get("joined"), None);
    // A phone that follows the feed has both again.
    let (items, _) = phone.changes(&cursor).await;
    let put = |kind: &str, id: &Value| {
        items.iter().any(|item| item["kind"] == kind && item["op"] == "put" && item["id"] == *id)
    };
    assert!(put("contact", &after[1]["id"]) && put("message", &json!(2)), "{items:?}");

    says(&office, Who(Some("33639980033"), Some("FR.zoe"), Some("Zoé")), "4", T + 180, "encore").await;
    assert_eq!(contacts(&phone).await.len(), 2);
    assert_eq!(called(&phone, "Zoé").await.1, ["de Zoé", "encore"]);
}

#[tokio::test]
async fn the_company_never_becomes_its_own_customer() {
    let (office, phone) = office().await;
    let own = "33199000001";
    let echo = |from: &str, to: &str, id: &str| {
        json!({ "message_echoes": [{ "id": id, "from": from, "to": to, "timestamp": T.to_string(), "type": "text",
                                     "text": { "body": "Je vous rappelle" } }] })
    };
    post(&office, "smb_message_echoes", echo("33612345678", own, "1")).await;
    let call = json!({ "calls": [{ "id": "2", "from": own, "to": own, "event": "terminate", "direction": "USER_INITIATED",
                                   "timestamp": T.to_string() }] });
    post(&office, "calls", call).await;
    post(&office, "messages", json!({ "messages": [text(Who(Some(own), None, None), "3", T, "à moi-même")] })).await;
    let contacts = contacts(&phone).await;
    assert_eq!((contacts.len(), contacts[0]["phone"].as_str()), (1, Some("33612345678")));
    let messages = phone.messages(phone.conversations().await[0]["id"].as_i64().unwrap()).await;
    assert_eq!((messages.len(), &messages[0]["author"]), (1, &json!({ "by": "phone_app" })));
    assert_eq!(office.admin.set_aside(10).await.unwrap().len(), 2);
}

/// What can happen to three people who share two numbers over a day, at distinct seconds.
fn histories() -> impl Strategy<Value = (Vec<(usize, i64)>, Vec<prop::sample::Index>)> {
    (1_usize..7).prop_flat_map(|count| {
        let steps = prop::collection::vec((0_usize..5, 0_i64..1000), count);
        (steps, prop::collection::vec(any::<prop::sample::Index>(), 2 * count))
    })
}

/// Everyone has an id. Bruno and Chloé have had one number, Amélie goes from one number to another.
const PEOPLE: [Who; 5] = [
    BRUNO,
    Who(BRUNO.0, Some("FR.chloe"), Some("Chloé")),
    AMELIE,
    Who(Some("33639980077"), AMELIE.1, Some("Amélie B.")),
    Who(None, AMELIE.1, Some("Amélie C.")),
];

#[test]
fn any_order_of_the_same_messages_gives_the_same_people() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    proptest!(ProptestConfig { cases: 24, ..ProptestConfig::default() }, |((steps, order) in histories())| {
        let posted = |order: Vec<usize>| runtime.block_on(async {
            let (office, phone) = office().await;
            for index in order {
                let (who, at) = steps[index];
                says(&office, PEOPLE[who], &format!("m{index}"), T + at * 3 + i64::try_from(index).unwrap(), &format!("m{index}")).await;
            }
            let mut people = Vec::new();
            for contact in contacts(&phone).await {
                let name = contact["name"].as_str().unwrap().to_owned();
                let mut words = called(&phone, &name).await.1;
                words.sort();
                people.push((name, contact["phone"].clone(), contact["bsuid"].clone(), words));
            }
            people.sort_by(|one, other| one.0.cmp(&other.0));
            people
        });
        let straight: Vec<usize> = (0..steps.len()).collect();
        let mut shuffled = straight.clone();
        // Some come twice.
        for index in &order {
            let from = index.index(shuffled.len());
            let moved = shuffled.remove(from);
            shuffled.push(moved);
        }
        shuffled.extend(order.iter().take(2).map(|index| index.index(steps.len())));
        prop_assert_eq!(posted(straight), posted(shuffled));
    });
}
