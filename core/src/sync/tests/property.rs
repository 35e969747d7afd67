//! Whatever is cut, lost, repeated or restarted, in the end the phone shows what a phone shows
//! that had one clean run.
//!
//! `RIPOSTE_SEEDS=n` tries that many seeds, 300 by default; `RIPOSTE_SEED=s` replays one. What
//! happens follows from the seed; when the phone's tasks get their turn does not, so a seed that
//! failed may have to be replayed a few times.

use futures_util::StreamExt;
use futures_util::stream;

use super::phone::{Phone, Seen};
use super::server::{CallKind, Fate, Server};
use super::world::World;
use crate::backend::SnapshotReason;
use crate::model::{AgentId, ConversationId, MessageId};
use crate::random::Random;
use crate::store::HistoryPart;
use crate::sync::Trigger;

const SEEDS: u64 = 300;

/// What happens in one run.
const EVENTS: usize = 40;

fn seeds() -> Vec<u64> {
    let number = |name| std::env::var(name).ok().map(|text| text.parse::<u64>().expect(name));
    match number("RIPOSTE_SEED") {
        Some(seed) => vec![seed],
        None => (0..number("RIPOSTE_SEEDS").unwrap_or(SEEDS)).collect(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cut_lost_repeated_or_restarted_it_ends_like_one_clean_run() {
    // Each in a task of its own, so that the seed is printed whatever goes wrong.
    let runs = stream::iter(seeds()).map(|seed| async move { (seed, tokio::spawn(run(seed)).await) });
    // A run mostly waits for its clock and its disk.
    let mut runs = runs.buffer_unordered(8);
    while let Some((seed, run)) = runs.next().await {
        assert!(run.is_ok(), "seed {seed} failed: RIPOSTE_SEED={seed} replays it");
    }
}

async fn run(seed: u64) {
    let mut random = Random(seed);
    let server = Server::new();
    let mut everybody: Vec<ConversationId> = Vec::new();
    server.happens(|world| {
        world.agent(3, "Marc");
        everybody.extend((0..random.below(7)).map(|n| world.customer_appears(&format!("customer {n}"))));
    });
    let mut phone = Phone::new(&server).await;
    for _ in 0..EVENTS {
        if random.below(3) > 0 {
            server.happens(|world| something_happens(world, &mut everybody, &mut random));
        } else {
            phone = something_befalls(phone, &server, &everybody, &mut random).await;
        }
    }
    // From here on nothing goes wrong.
    server.set_bell(true);
    server.faults_stop();
    server.happens(|world| world.most_behind = 10_000);
    phone.sync.resume().await;
    phone.has_all().await;
    phone.holds_nothing_wrong().await;
    phone.as_time_passes(phone.scrolls_everywhere()).await;

    let clean = Phone::new(&server).await;
    clean.has_all().await;
    clean.as_time_passes(clean.scrolls_everywhere()).await;
    let seen = clean.sees().await;
    seen.is(&Seen::at(&server));
    phone.sees().await.is(&seen);
}

/// At the server.
fn something_happens(world: &mut World, everybody: &mut Vec<ConversationId>, random: &mut Random) {
    let who = random.one_of(everybody);
    match (random.below(16), who) {
        (0 | 1, _) | (_, None) => everybody.push(world.customer_appears("new")),
        (2..=6, Some(id)) => {
            for _ in 0..=random.below(5) {
                world.customer_says(id, "words");
            }
        }
        (7 | 8, Some(_)) => {
            let messages: Vec<MessageId> = world.all_messages();
            if let Some(message) = random.one_of(&messages) {
                world.message_is_changed(message, "other words");
            }
        }
        (9, Some(id)) => world.assign(id, random.one_of(&[None, Some(AgentId(3)), Some(AgentId(4))]).flatten()),
        (10, Some(id)) => world.leaves(id),
        (11, Some(id)) => world.returns(id),
        (12, Some(id)) => {
            if let Some(last) = world.messages(id).last() {
                world.read_up_to(id, last.id);
            }
        }
        (13, Some(_)) => world.agent(4 + i64::try_from(random.below(3)).unwrap(), "colleague"),
        (14, Some(_)) => world.agent_is_gone(4),
        _ => match random.below(6) {
            0 => world.restored(),
            1 => world.most_behind = 5 + random.below(20),
            2 => world.most_behind = 10_000,
            _ => world.feed_is_pruned(),
        },
    }
}

/// The phone, or the network between.
async fn something_befalls(phone: Phone, server: &Server, everybody: &[ConversationId], random: &mut Random) -> Phone {
    const FATES: [Fate; 6] =
        [Fate::Lost, Fate::Cut(1), Fate::Stale, Fate::Turned, Fate::Busy(5), Fate::Needed(SnapshotReason::TooOld)];
    match random.below(12) {
        0..=2 => server.next(CallKind::Changes, (0..=random.below(3)).map(|_| FATES[random.below(FATES.len())])),
        3 => server.next(CallKind::Snapshot, [Fate::Cut(0), Fate::Lost, Fate::Forgotten]),
        4 => server.next(CallKind::History, [Fate::Lost]),
        5 => server.set_bell(random.below(2) == 0),
        6 => {
            // In the middle of the next snapshot.
            let mut seed = Random(random.0);
            let mut everybody = everybody.to_vec();
            server.meanwhile(|_| {});
            server.meanwhile(move |world| something_happens(world, &mut everybody, &mut seed));
        }
        7 => return phone.killed_and_started().await,
        8 => {
            phone.sync.pause().await;
            phone.sync.resume().await;
        }
        9 => phone.sync.ask(Trigger::Push),
        10 => {
            if let Some(id) = random.one_of(everybody) {
                // It may be gone, and the network too: both are fine.
                phone.sync.fill(id, HistoryPart::Newest).await.ok();
            }
        }
        _ => {
            phone.as_time_passes(phone.sync.catch_up()).await;
        }
    }
    phone
}
