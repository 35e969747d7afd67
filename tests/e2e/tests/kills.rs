//! A process that is killed at every point of everything a phone does, power cuts at the same points,
//! and disks that are full, broken or read-only: what was reported as queued leaves once, what was taken
//! back does not, and the phone shows what a phone shows that nothing happened to.
//!
//! Each test runs its flow in processes of its own: itself, made by its environment the phone that
//! dies (`riposte_e2e::kills`). `--nocapture` prints how many points each flow has.
//! `RIPOSTE_KILLS=all`: power cuts, failing disks and half writes at all points too, not at every few.
//! `RIPOSTE_KILL=AT:HOW:SEED`: this one only, as a failure prints it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

use std::sync::Arc;

use riposte_e2e::kills::child::Order;
use riposte_e2e::kills::flow::{Flow, act};
use riposte_e2e::kills::run::{Blows, every_point};
use riposte_e2e::kills::shim::{Blow, How, Shim};

/// By default one point in so many sees half a write, a power cut, and a disk that takes nothing; the
/// shortest flow has 17 points.
const SOME: u64 = 12;

async fn struck_at_every_point(test: &'static str, flow: Flow) {
    if let Some(order) = Order::of_this_process() {
        act(&order).await.expect("the flow");
        // Nothing is closed in order: a phone's system ends an app like that.
        std::process::exit(0);
    }
    let folder = tempfile::tempdir().unwrap();
    let Some(shim) = Shim::build(folder.path()).expect("disk.c compiles") else {
        println!("{test}: skipped, it needs Linux and a C compiler (cc)");
        return;
    };
    let all = std::env::var("RIPOSTE_KILLS").is_ok_and(|what| what == "all");
    let every = if all { 1 } else { SOME };
    let blows = Blows { halves_every: every, cuts_every: every, failing_every: every, only: only() };
    let tally = every_point(Arc::new(shim), test, flow, blows).await.unwrap_or_else(|what| panic!("{what}"));
    let kills = tally.times(&[How::Before, How::Half, How::After]);
    let cuts = tally.times(&[How::Cut, How::CutSome]);
    let failing = tally.times(&[How::Full, How::Broken, How::ReadOnly]);
    // Flow, points, kills, power cuts, failing disks; then what the points are.
    println!("| {} | {} | {kills} | {cuts} | {failing} | {:?}", flow.word(), tally.points, tally.calls);
    // A flow that nothing struck proves nothing.
    assert!(only().is_some() || tally.points > 10 && cuts > 0 && failing > 1, "{tally:?}");
}

fn only() -> Option<Blow> {
    let said = std::env::var("RIPOSTE_KILL").ok()?;
    let parts: Vec<&str> = said.split(':').collect();
    let [at, how, seed] = parts.as_slice() else { panic!("RIPOSTE_KILL=AT:HOW:SEED") };
    let how = How::named(how).expect("a way to be struck");
    Some(Blow { at: at.parse().expect("a number"), how, seed: seed.parse().expect("a number") })
}

macro_rules! struck {
    ($($test:ident: $flow:ident,)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            struck_at_every_point(stringify!($test), Flow::$flow).await;
        }
    )*};
}

struck! {
    while_commands_are_queued: Enqueue,
    while_a_message_is_taken_sent_and_reconciled: Send,
    while_a_message_of_unknown_fate_is_asked_for: Recover,
    while_a_photo_is_uploaded: Upload,
    while_changes_are_read: Page,
    while_somebody_signs_in: Snapshot,
    while_another_history_is_read: Epoch,
    while_files_of_the_first_version_are_migrated: Migration,
    while_an_account_is_paused_and_resumed: Pause,
    while_somebody_signs_out: SignOut,
    while_a_queued_message_is_cancelled: CancelQueued,
    while_a_message_of_unknown_fate_is_cancelled: CancelSent,
}
