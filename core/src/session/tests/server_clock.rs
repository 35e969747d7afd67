use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;

use super::{Shelf, clock, nine};
use crate::clock::{Clock, ClockSample, ManualClock, SharedClock};
use crate::session::{ServerClock, ServerTime};

const HOUR: Duration = Duration::from_secs(3600);

async fn open(clock: &ManualClock, shelf: &Arc<Shelf>) -> ServerClock {
    ServerClock::open(Arc::new(clock.clone()), shelf.clone()).await
}

/// An answer that just came in: the server is so many milliseconds ahead of this device's nine o'clock.
fn told(clock: &ManualClock, ahead_ms: i64, round_trip_ms: u64) -> ClockSample {
    let passed = TimeDelta::from_std(clock.boot() - HOUR).unwrap();
    let server = nine() + passed + TimeDelta::milliseconds(ahead_ms);
    ClockSample { server, boot: clock.boot(), round_trip: Duration::from_millis(round_trip_ms) }
}

fn off_by(time: ServerTime) -> i64 {
    (time.at - nine()).num_milliseconds()
}

#[tokio::test]
async fn before_any_answer_the_wall_clock_is_shown_unconfirmed() {
    let (clock, shelf) = clock();
    let time = open(&clock, &shelf).await.now();
    assert_eq!((time.at, time.confirmed), (nine(), false));
}

#[tokio::test]
async fn the_answer_with_the_shortest_round_trip_counts() {
    let (clock, shelf) = clock();
    let server = open(&clock, &shelf).await;
    let samples = [told(&clock, 700, 900), told(&clock, 500, 80), told(&clock, 400, 600)];
    server.observe(&samples).await;
    assert_eq!(server.now(), ServerTime { at: nine() + TimeDelta::milliseconds(500), error_ms: 40, confirmed: true });
}

#[tokio::test]
async fn only_the_last_ten_answers_are_asked() {
    let (clock, shelf) = clock();
    let server = open(&clock, &shelf).await;
    server.observe(&[told(&clock, 500, 80)]).await;
    server.observe(&[told(&clock, 600, 300); 9]).await;
    assert_eq!(off_by(server.now()), 500);
    server.observe(&[told(&clock, 600, 300)]).await;
    assert_eq!(off_by(server.now()), 600);
}

#[tokio::test]
async fn setting_the_wall_clock_does_not_move_it() {
    let (clock, shelf) = clock();
    let server = open(&clock, &shelf).await;
    server.observe(&[told(&clock, 500, 80)]).await;
    clock.set_wall(nine() + TimeDelta::days(3));
    clock.advance(Duration::from_secs(1));
    assert_eq!(off_by(server.now()), 1500);
}

#[tokio::test]
async fn an_old_answer_slowly_loses_its_worth() {
    let (clock, shelf) = clock();
    let server = open(&clock, &shelf).await;
    server.observe(&[told(&clock, 500, 80)]).await;
    clock.advance(HOUR);
    // 50 ppm of an hour are 180 ms.
    assert_eq!(server.now().error_ms, 40 + 180);
    server.observe(&[told(&clock, 450, 200)]).await;
    assert_eq!(server.now().error_ms, 100);
}

#[tokio::test]
async fn a_server_whose_clock_was_set_is_believed_at_once() {
    let (clock, shelf) = clock();
    let server = open(&clock, &shelf).await;
    server.observe(&[told(&clock, 500, 80)]).await;
    server.observe(&[told(&clock, 60_000, 900)]).await;
    assert_eq!(off_by(server.now()), 60_000);
}

#[tokio::test]
async fn the_offset_survives_the_process() {
    let (clock, shelf) = clock();
    open(&clock, &shelf).await.observe(&[told(&clock, 500, 80)]).await;
    clock.set_wall(nine() - TimeDelta::days(1));
    clock.advance(Duration::from_secs(2));
    let time = open(&clock, &shelf).await.now();
    assert_eq!((off_by(time), time.confirmed), (2500, true));
}

#[tokio::test]
async fn the_offset_does_not_survive_a_restart_of_the_machine() {
    let (clock, shelf) = clock();
    open(&clock, &shelf).await.observe(&[told(&clock, 500, 80)]).await;
    clock.reboot();
    clock.advance(HOUR * 2);
    let server = open(&clock, &shelf).await;
    assert!(!server.now().confirmed);
    assert_eq!(server.now().at, clock.wall());
    // A wall clock that is behind what the server has said already is certainly wrong.
    clock.set_wall(nine() - TimeDelta::days(1));
    assert_eq!(off_by(server.now()), 500);
    server.observe(&[told(&clock, 7_000, 80)]).await;
    assert!(server.now().confirmed);
}

/// A machine that does not say which start it counts from.
struct Nameless(ManualClock);

impl Clock for Nameless {
    fn wall(&self) -> chrono::DateTime<chrono::Utc> {
        self.0.wall()
    }

    fn boot(&self) -> Duration {
        self.0.boot()
    }

    fn boot_id(&self) -> Option<String> {
        None
    }

    fn sleep_until(&self, at: Duration) -> crate::clock::Sleep {
        self.0.sleep_until(at)
    }
}

#[tokio::test]
async fn a_machine_without_boot_names_is_known_by_how_its_clocks_run_together() {
    let (clock, shelf) = clock();
    let nameless: SharedClock = Arc::new(Nameless(clock.clone()));
    ServerClock::open(nameless.clone(), shelf.clone()).await.observe(&[told(&clock, 500, 80)]).await;
    clock.advance(HOUR);
    assert!(ServerClock::open(nameless.clone(), shelf.clone()).await.now().confirmed);
    // Started anew ten hours later, and up again for longer than before: the wall clock tells.
    clock.reboot();
    clock.set_wall(nine() + TimeDelta::hours(10));
    clock.advance(HOUR * 3);
    assert!(!ServerClock::open(nameless, shelf.clone()).await.now().confirmed);
}

#[tokio::test]
async fn answers_that_agree_are_not_written_again_and_again() {
    let (clock, shelf) = clock();
    let server = open(&clock, &shelf).await;
    for _ in 0..100 {
        server.observe(&[told(&clock, 500, 80)]).await;
        clock.advance(Duration::from_secs(1));
    }
    assert_eq!(*shelf.writes.lock().unwrap(), 1);
    server.observe(&[told(&clock, 900, 80)]).await;
    assert_eq!(*shelf.writes.lock().unwrap(), 2);
}
