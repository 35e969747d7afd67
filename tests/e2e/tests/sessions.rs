//! Who is signed in, over real HTTP: tokens that end, answers that are lost, a phone that sleeps, a
//! safe that is locked, a session that is over, two accounts on one phone.
//!
//! What must hold in all of it: no agent is signed out without need, what waits stays and leaves
//! once, and only ever as the agent who wrote it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use riposte::clock::ManualClock;
use riposte::facade::{
    Account, Around, AssigneeFilter, AuthorLabel, ConnectionState, Draft, Error, InboxQuery, SecretStore, SendProgress,
    Side, SignOut, TimelineRow,
};
use riposte::model::{ClientKey, ConversationId, DecisionReason};
use riposte_e2e::pocket::Pocket;
use riposte_e2e::story::{Story, folder};
use riposte_e2e::world::World;
use riposte_server::faults::{Endpoint, Fault, Plan, Rule};
use riposte_server::sim::{Link, LinkState};
use secrecy::ExposeSecret;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Longer than any of this takes; only a fault reaches it.
const LONG_MS: u64 = 20_000;

async fn office() -> World {
    let cast = std::fs::read_to_string(folder().join("cast.json")).unwrap();
    let story = Story::parse(&cast, r#"{ "story": "sessions", "steps": [] }"#).unwrap();
    let world = World::start(&story.cast).await.unwrap();
    world.simulator().writes("lea", "whatsapp", "Bonjour").await.unwrap();
    world.simulator().writes("paul", "whatsapp", "Un devis ?").await.unwrap();
    world
}

/// A phone with one account and a network of its own.
struct Phone {
    pocket: Pocket,
    link: Link,
    account: Arc<Account>,
}

impl Phone {
    async fn of(world: &World, agent: &str) -> Self {
        let mut pocket = Pocket::new(world.clock()).unwrap();
        let link = world.simulator().link(agent).await.unwrap();
        let account = pocket.sign_in(link.url(), agent).await.unwrap();
        rest(world, &account).await;
        Self { pocket, link, account }
    }

    /// The app is closed and started again on the same files.
    async fn restarted(self) -> Self {
        let Self { mut pocket, link, account } = self;
        let id = account.id();
        drop(account);
        pocket.close().await.unwrap();
        let account = pocket.account(&id).await.unwrap();
        Self { pocket, link, account }
    }

    /// From now on what it sends arrives and what is answered does not, and nothing of it was under
    /// way: a late ring of the doorbell would make it ask, learn that it is offline, and send nothing.
    async fn hangs(&self, world: &World) {
        self.link.set_doorbell(false);
        rest(world, &self.account).await;
        self.link.set(LinkState::Hanging).await.unwrap();
        self.link.set_doorbell(true);
    }

    async fn network(&self, state: LinkState) {
        self.link.set(state).await.unwrap();
        if state == LinkState::Up {
            self.account.network_available();
        }
    }
}

/// Nothing is on its way any more.
async fn rest(world: &World, account: &Account) {
    loop {
        world.simulator().idle().await;
        let head = world.server().head();
        assert!(account.settled(LONG_MS).await.unwrap(), "it did not become idle");
        world.simulator().idle().await;
        if world.server().head() == head {
            return;
        }
    }
}

async fn of(account: &Account, customer: &str) -> ConversationId {
    let query = InboxQuery { assignee: AssigneeFilter::All, open: None, limit: 50, ..InboxQuery::default() };
    let rows = account.inbox().page(query).await.unwrap().rows;
    rows.iter().find(|row| row.title == customer).unwrap().id
}

async fn replies(account: &Account, to: ConversationId, body: &str) -> ClientKey {
    let draft = Draft::Text { body: body.to_owned(), reply_to: None };
    account.conversation(to).send(draft, None).await.unwrap()
}

async fn waiting(account: &Account) -> Vec<(String, SendProgress)> {
    let waiting = account.outbox().waiting().await.unwrap();
    waiting.into_iter().map(|command| (command.text, command.progress)).collect()
}

fn queued(texts: &[&str]) -> Vec<(String, SendProgress)> {
    texts.iter().map(|text| ((*text).to_owned(), SendProgress::Queued)).collect()
}

async fn texts(account: &Account, of: ConversationId) -> Vec<String> {
    let screen = account.conversation(of).screen(Around::Newest, 50).await.unwrap();
    let bubbles = screen.rows.into_iter().filter_map(|row| match row {
        TimelineRow::Message(bubble) => Some(bubble.content.text().to_owned()),
        TimelineRow::Comment(_) | TimelineRow::Event(_) | TimelineRow::Gap(_) => None,
    });
    bubbles.collect()
}

async fn received(world: &World) -> Vec<String> {
    world.taken_by_provider(None).await.unwrap()
}

/// Looks again until it is so: what the phone does of itself is not waited for by anything else.
async fn becomes(account: &Account, wanted: ConnectionState) {
    let changes = account.changes();
    let there = async {
        while account.connection() != wanted {
            changes.next().await;
        }
    };
    let ended = tokio::time::timeout(Duration::from_millis(LONG_MS), there).await;
    assert!(ended.is_ok(), "it stays {:?} and does not become {wanted:?}", account.connection());
}

fn on_refresh(world: &World, fault: Fault) {
    let rules = vec![Rule { on: Some(Endpoint::Refresh), percent: 100, fault }];
    world.server().faults().set(Plan { seed: 1, rules });
}

fn happened(world: &World, fault: Fault) -> u64 {
    world.server().faults().counts().get(fault.name()).copied().unwrap_or_default()
}

/// Changes nothing and is counted.
const COUNTED: Fault = Fault::Delay { ms: 0 };

/// The server ends the session of this token: an administrator did it, or the agent elsewhere.
async fn ends_the_session(world: &World, phone: &Phone) {
    let secret = phone.pocket.safe.get(phone.account.id()).unwrap();
    let kept: BTreeMap<String, serde_json::Value> = serde_json::from_str(secret.expose_secret()).unwrap();
    let address = world.server_url();
    let address = address.strip_prefix("http://").unwrap();
    let token = kept["access"].as_str().unwrap();
    let call = format!(
        "DELETE /v1/session HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    );
    let mut wire = tokio::net::TcpStream::connect(address).await.unwrap();
    wire.write_all(call.as_bytes()).await.unwrap();
    let mut answer = String::new();
    wire.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 2"), "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_who_call_at_once_with_an_ended_token_cause_one_refresh() {
    let mut world = office().await;
    let phone = Phone::of(&world, "marc").await;
    let id = of(&phone.account, "Léa Martin").await;
    on_refresh(&world, COUNTED);
    world.go_to("+16m").unwrap();
    let calls = (0..50).map(|number| {
        let conversation = phone.account.conversation(id);
        async move {
            match number % 3 {
                0 => conversation.load_older().await.map(drop),
                1 => {
                    let draft = Draft::Text { body: format!("réponse {number}"), reply_to: None };
                    conversation.send(draft, None).await.map(drop)
                }
                _ => conversation.set_open(true).await.map(drop),
            }
        }
    });
    for called in futures_util::future::join_all(calls).await {
        called.unwrap();
    }
    rest(&world, &phone.account).await;
    assert_eq!(happened(&world, COUNTED), 1);
    let mut sent = received(&world).await;
    let in_all = sent.len();
    sent.sort();
    sent.dedup();
    assert_eq!((sent.len(), in_all), (17, 17));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_answer_of_a_refresh_is_lost_again_and_again_and_nobody_is_signed_out() {
    let mut world = office().await;
    let mut phone = Phone::of(&world, "marc").await;
    let id = of(&phone.account, "Léa Martin").await;
    for (round, fault) in [Fault::DroppedAfter, Fault::Truncated, Fault::DroppedAfter].into_iter().enumerate() {
        on_refresh(&world, fault);
        world.go_to("+16m").unwrap();
        // The server has made new tokens, and this phone never heard of them.
        replies(&phone.account, id, &format!("réponse {round}")).await;
        while happened(&world, fault) < 2 {
            phone.account.network_available();
            assert!(phone.account.settled(LONG_MS).await.unwrap());
        }
        // Whether it was sent is open as long as the server cannot be asked; that it waits is certain.
        let [(text, progress)] = &waiting(&phone.account).await[..] else { panic!("it does not wait") };
        assert_eq!(text, &format!("réponse {round}"));
        assert!(matches!(progress, SendProgress::Queued | SendProgress::Unknown), "{progress:?}");
        assert_ne!(phone.account.connection(), ConnectionState::SignedOut);
        world.server().faults().calm();
        // Killed in between or not: the old token is still the one in the safe, and good.
        if round == 1 {
            phone = phone.restarted().await;
        }
        phone.account.network_available();
        rest(&world, &phone.account).await;
        assert_eq!(phone.account.connection(), ConnectionState::Live);
        assert_eq!(received(&world).await.len(), round + 1);
    }
    assert_eq!(received(&world).await, ["réponse 0", "réponse 1", "réponse 2"]);
    world.stop().await;
}

/// How the app was treated while the phone slept.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Asleep {
    /// Frozen where it stood, without a word.
    Frozen,
    /// Told to pause, and resumed.
    Paused,
    /// Ended, and started again.
    Killed,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hours_of_sleep_in_the_middle_of_sending_while_tokens_and_the_window_end() {
    for asleep in [Asleep::Frozen, Asleep::Paused, Asleep::Killed] {
        let mut world = office().await;
        let mut phone = Phone::of(&world, "marc").await;
        let (lea, paul) = (of(&phone.account, "Léa Martin").await, of(&phone.account, "Paul Roux").await);
        // Two hours before the window ends Paul writes again, Léa does not.
        world.go_to("+22h").unwrap();
        world.simulator().writes("paul", "whatsapp", "Alors ?").await.unwrap();
        rest(&world, &phone.account).await;
        // One reply arrives and its answer does not; two wait behind it, one for each.
        phone.hangs(&world).await;
        replies(&phone.account, lea, "arrivée").await;
        let arrives = async {
            while received(&world).await.is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_millis(LONG_MS), arrives).await.expect("it never arrived");
        replies(&phone.account, lea, "trop tard").await;
        if asleep == Asleep::Paused {
            phone.account.pause().await.unwrap();
        }
        world.go_to("+3h").unwrap();
        // Connections do not outlive the sleep.
        phone.network(LinkState::Down).await;
        match asleep {
            Asleep::Frozen => {}
            Asleep::Paused => phone.account.resume().await.unwrap(),
            Asleep::Killed => phone = phone.restarted().await,
        }
        replies(&phone.account, paul, "à temps").await;
        on_refresh(&world, COUNTED);
        phone.network(LinkState::Up).await;
        rest(&world, &phone.account).await;
        assert_eq!(received(&world).await, ["arrivée", "à temps"], "{asleep:?}");
        assert_eq!(happened(&world, COUNTED), 1, "{asleep:?}");
        let closed = SendProgress::NeedsDecision { reason: DecisionReason::WindowClosed };
        assert_eq!(waiting(&phone.account).await, [("trop tard".to_owned(), closed)], "{asleep:?}");
        assert_eq!(texts(&phone.account, lea).await, ["Bonjour", "arrivée", "trop tard"], "{asleep:?}");
        assert_eq!(phone.account.connection(), ConnectionState::Live, "{asleep:?}");
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_phone_that_was_just_started_reads_and_writes_while_its_safe_is_locked_and_sends_once_unlocked() {
    let world = office().await;
    let phone = Phone::of(&world, "marc").await;
    let id = of(&phone.account, "Léa Martin").await;
    phone.pocket.safe.set_locked(true);
    let phone = phone.restarted().await;
    becomes(&phone.account, ConnectionState::Locked).await;
    assert_eq!(texts(&phone.account, id).await, ["Bonjour"]);
    replies(&phone.account, id, "depuis l’écran verrouillé").await;
    assert!(phone.account.settled(LONG_MS).await.unwrap());
    assert_eq!(waiting(&phone.account).await, queued(&["depuis l’écran verrouillé"]));
    // What needs the server reports why it is not there.
    let older = phone.account.conversation(id).load_older().await;
    assert!(matches!(older, Ok(false) | Err(Error::Locked)), "{older:?}");
    // No agent can sign in; an agent who is signed in stays.
    let mut other = phone;
    let again = other.pocket.sign_in(other.link.url(), "ines").await;
    assert_eq!(again.err(), Some(Error::Locked));
    assert_eq!(other.pocket.app().unwrap().accounts().len(), 1);
    assert!(received(&world).await.is_empty());

    other.pocket.safe.set_locked(false);
    other.account.network_available();
    rest(&world, &other.account).await;
    assert_eq!(received(&world).await, ["depuis l’écran verrouillé"]);
    assert_eq!((waiting(&other.account).await, other.account.connection()), (vec![], ConnectionState::Live));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_safe_that_locks_in_the_middle_keeps_nobody_from_anything_longer_than_it_is_locked() {
    let mut world = office().await;
    let phone = Phone::of(&world, "marc").await;
    let id = of(&phone.account, "Léa Martin").await;
    phone.pocket.safe.set_locked(true);
    // While the token is valid, nothing shows.
    replies(&phone.account, id, "un").await;
    rest(&world, &phone.account).await;
    assert_eq!(received(&world).await, ["un"]);
    // New tokens that cannot be kept are not used; also over a pause.
    world.go_to("+16m").unwrap();
    replies(&phone.account, id, "deux").await;
    phone.account.network_available();
    becomes(&phone.account, ConnectionState::Locked).await;
    phone.account.pause().await.unwrap();
    phone.account.resume().await.unwrap();
    becomes(&phone.account, ConnectionState::Locked).await;
    // Paused on the way to a token it is not known to have stayed here; it waits all the same.
    assert_eq!(waiting(&phone.account).await.len(), 1);
    assert_eq!(received(&world).await, ["un"]);

    phone.pocket.safe.set_locked(false);
    // By itself, half a minute later, without an event.
    world.go_to("+31s").unwrap();
    becomes(&phone.account, ConnectionState::Live).await;
    rest(&world, &phone.account).await;
    assert_eq!(received(&world).await, ["un", "deux"]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ended_session_keeps_its_outbox_for_the_agent_who_wrote_it_and_for_nobody_else() {
    for ended_by in ["revoked", "unused for two months"] {
        let mut world = office().await;
        let mut phone = Phone::of(&world, "marc").await;
        let marc = phone.account.id();
        let id = of(&phone.account, "Léa Martin").await;
        phone.network(LinkState::Down).await;
        assert!(phone.account.settled(LONG_MS).await.unwrap());
        replies(&phone.account, id, "de Marc").await;
        if ended_by == "revoked" {
            ends_the_session(&world, &phone).await;
        } else {
            world.go_to("+61d").unwrap();
        }
        phone.network(LinkState::Up).await;
        becomes(&phone.account, ConnectionState::SignedOut).await;
        assert_eq!(waiting(&phone.account).await, queued(&["de Marc"]), "{ended_by}");
        // The session is over for good; what was read is still there, and more can be written.
        phone = phone.restarted().await;
        becomes(&phone.account, ConnectionState::SignedOut).await;
        assert_eq!(texts(&phone.account, id).await, ["Bonjour", "de Marc"], "{ended_by}");
        assert_eq!(waiting(&phone.account).await, queued(&["de Marc"]), "{ended_by}");

        // Inès signs in on Marc's phone: nothing of his is hers.
        let ines = phone.pocket.sign_in(phone.link.url(), "ines").await.unwrap();
        rest(&world, &ines).await;
        assert_ne!(ines.id(), marc);
        assert_eq!((waiting(&ines).await, received(&world).await), (vec![], vec![]), "{ended_by}");
        assert_eq!(texts(&ines, id).await, ["Bonjour"], "{ended_by}");

        // Marc signs in again: it leaves as him, or he is asked where it has become too late.
        let again = phone.pocket.sign_in(phone.link.url(), "marc").await.unwrap();
        assert_eq!(again.id(), marc);
        rest(&world, &again).await;
        if ended_by == "revoked" {
            assert_eq!((waiting(&again).await, received(&world).await), (vec![], vec!["de Marc".to_owned()]));
        } else {
            let closed = SendProgress::NeedsDecision { reason: DecisionReason::WindowClosed };
            assert_eq!(waiting(&again).await, [("de Marc".to_owned(), closed)]);
            assert!(received(&world).await.is_empty());
        }
        // The object of before is not a second door to the same outbox.
        assert_eq!(phone.account.resume().await, Err(Error::SignedOut));
        rest(&world, &ines).await;
        assert_eq!(who_wrote(&ines, id).await, if ended_by == "revoked" { vec!["Marc Petit"] } else { vec![] });
        world.stop().await;
    }
}

/// Who of us wrote in a conversation, as a phone shows it.
async fn who_wrote(account: &Account, id: ConversationId) -> Vec<String> {
    let screen = account.conversation(id).screen(Around::Newest, 50).await.unwrap();
    let ours = screen.rows.into_iter().filter_map(|row| match row {
        TimelineRow::Message(bubble) if bubble.side == Side::Ours => match bubble.author {
            AuthorLabel::You => Some("you".to_owned()),
            AuthorLabel::Person { name } => Some(name),
            AuthorLabel::Described { phrase } => Some(account.words(&phrase)),
        },
        TimelineRow::Message(_) | TimelineRow::Comment(_) | TimelineRow::Event(_) | TimelineRow::Gap(_) => None,
    });
    ours.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_agents_of_one_server_on_one_phone_do_not_mix_whatever_becomes_of_one() {
    let world = office().await;
    let mut pocket = Pocket::new(world.clock()).unwrap();
    // Each account has a network of its own here, so that one can be cut.
    let links = [world.simulator().link("marc").await.unwrap(), world.simulator().link("ines").await.unwrap()];
    let marc = pocket.sign_in(links[0].url(), "marc").await.unwrap();
    let ines = pocket.sign_in(links[1].url(), "ines").await.unwrap();
    for account in [&marc, &ines] {
        rest(&world, account).await;
    }
    let id = of(&marc, "Léa Martin").await;

    // One is offline, the other sends.
    links[0].set(LinkState::Down).await.unwrap();
    assert!(marc.settled(LONG_MS).await.unwrap());
    replies(&marc, id, "de Marc").await;
    replies(&ines, id, "d’Inès").await;
    rest(&world, &ines).await;
    assert_eq!(received(&world).await, ["d’Inès"]);
    assert_eq!((waiting(&marc).await, waiting(&ines).await), (queued(&["de Marc"]), vec![]));
    assert_eq!((marc.connection(), ines.connection()), (ConnectionState::Offline, ConnectionState::Live));

    // The app is started again with one account locked.
    let ids = [marc.id(), ines.id()];
    drop((marc, ines));
    pocket.close().await.unwrap();
    links[0].set(LinkState::Up).await.unwrap();
    pocket.safe.set_locked_for(&ids[0], true);
    let (marc, ines) = (pocket.account(&ids[0]).await.unwrap(), pocket.account(&ids[1]).await.unwrap());
    becomes(&marc, ConnectionState::Locked).await;
    replies(&ines, id, "encore Inès").await;
    rest(&world, &ines).await;
    assert_eq!(received(&world).await, ["d’Inès", "encore Inès"]);
    assert_eq!(waiting(&marc).await, queued(&["de Marc"]));

    // One signs out: what is the other's stays, on the disk, in the safe and on the wire.
    assert_eq!(ines.sign_out(false).await.unwrap(), SignOut::Done);
    assert!(!pocket.account_folder(&ids[1]).exists() && pocket.account_folder(&ids[0]).exists());
    assert_eq!(pocket.app().unwrap().accounts().iter().map(|info| &info.id).collect::<Vec<_>>(), [&ids[0]]);
    pocket.safe.set_locked_for(&ids[0], false);
    marc.network_available();
    rest(&world, &marc).await;
    assert_eq!(received(&world).await, ["d’Inès", "encore Inès", "de Marc"]);
    assert_eq!(who_wrote(&marc, id).await, ["Inès Ferrand", "Inès Ferrand", "you"]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_agent_of_two_servers_on_one_phone_is_two_accounts() {
    let (first, second) = (office().await, office().await);
    second.simulator().writes("lea", "whatsapp", "Chez l’autre").await.unwrap();
    let clock: &ManualClock = first.clock();
    let mut pocket = Pocket::new(clock).unwrap();
    let link = first.simulator().link("marc").await.unwrap();
    let here = pocket.sign_in(link.url(), "marc").await.unwrap();
    let there = pocket.sign_in(second.server_url(), "marc").await.unwrap();
    rest(&first, &here).await;
    rest(&second, &there).await;
    assert_ne!(here.id(), there.id());
    // Everything that could be mistaken is the same: agent, conversation, customer.
    assert_eq!(here.info().agent_id, there.info().agent_id);
    let (id, other) = (of(&here, "Léa Martin").await, of(&there, "Léa Martin").await);
    assert_eq!(id, other);

    link.set(LinkState::Down).await.unwrap();
    assert!(here.settled(LONG_MS).await.unwrap());
    replies(&here, id, "pour ici").await;
    replies(&there, id, "pour là-bas").await;
    here.conversation(id)
        .save_draft(riposte::facade::SavedDraft { text: "un brouillon".to_owned(), reply_to: None })
        .await
        .unwrap();
    rest(&second, &there).await;
    assert_eq!((received(&first).await, received(&second).await), (vec![], vec!["pour là-bas".to_owned()]));
    assert_eq!(texts(&here, id).await, ["Bonjour", "pour ici"]);
    assert_eq!(texts(&there, id).await, ["Bonjour", "Chez l’autre", "pour là-bas"]);
    assert_eq!(there.conversation(id).screen(Around::Newest, 10).await.unwrap().draft, None);

    // One server goes away for good; the other account does not care.
    let heard = here.changes();
    second.stop().await;
    link.set(LinkState::Up).await.unwrap();
    here.network_available();
    rest(&first, &here).await;
    assert_eq!(received(&first).await, ["pour ici"]);
    assert!(heard.next().await.is_some_and(|changes| !changes.is_empty()));
    assert!(there.settled(LONG_MS).await.unwrap());
    assert_eq!(there.connection(), ConnectionState::Offline);
    assert_eq!(waiting(&here).await, vec![]);
    first.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_left_of_an_earlier_sign_in_neither_sends_nor_signs_anybody_out() {
    let world = office().await;
    let mut phone = Phone::of(&world, "marc").await;
    let lea = of(&phone.account, "Léa Martin").await;
    phone.network(LinkState::Down).await;
    replies(&phone.account, lea, "Un").await;
    phone.network(LinkState::Up).await;

    let again = phone.pocket.sign_in(phone.link.url(), "marc").await.unwrap();
    let before = &phone.account;
    assert!(matches!(before.sign_out(true).await, Err(Error::SignedOut)));
    let draft = Draft::Text { body: "Trop tard".to_owned(), reply_to: None };
    // Its files are closed, and who tries to open them hears why they stay so.
    assert_eq!(before.conversation(lea).send(draft, None).await.err(), Some(Error::Paused));
    assert_eq!(before.resume().await, Err(Error::SignedOut));

    rest(&world, &again).await;
    assert_eq!(received(&world).await, ["Un"]);
    replies(&again, lea, "Deux").await;
    rest(&world, &again).await;
    assert_eq!(received(&world).await, ["Un", "Deux"]);
}
