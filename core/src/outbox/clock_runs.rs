//! Phones whose clocks are set wrong, asleep, restarted, and out of reach, with a reply that waits
//! beside the end of a window.
//!
//! Each run is one customer's message, one reply and what happens to the phone between the two and
//! after them: the wall clock set up to two days off, an hour for summer time, a night's sleep, the
//! app started again, the phone started again without a network, a quartz that runs off, answers of
//! the server with long and lopsided round trips. The clock, the window and the machine are the real
//! ones; true time is only known to the run, and to the server that judges what arrives.
//!
//! What must hold: nothing that the phone sends by a confirmed time arrives after the window, except
//! what was written in its last seconds, which is the server's to judge; nothing is delivered after
//! it at all; and no agent is asked about a reply that would have been in time.
//!
//! `RIPOSTE_SENDS=n`: how many replies (10,000). `RIPOSTE_SEED=n`: this run alone.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt;
use uuid::Uuid;

use crate::clock::{Clock, ClockSample, ManualClock};
use crate::model::{
    ClientKey, Command, ConversationId, DecisionReason, OutboxEntry, OutboxState, Outgoing, WindowFacts, WindowPolicy,
};
use crate::random::Random;
use crate::rules::sending::facts::{Facts, send_window};
use crate::rules::sending::queue::{Plan, Step, plan};
use crate::rules::table::{messenger_window, whatsapp_window};
use crate::rules::window::{ReplyWindow, reply_window, window_facts};
use crate::session::{OffsetKeeper, SavedOffset, ServerClock};

const LEA: ConversationId = ConversationId(1);
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;
/// How many things happen to a phone before its run ends.
const EVENTS: usize = 12;
/// The longest that a call takes before it times out.
const LONGEST_CALL_MS: i64 = 30_000;

#[derive(Default)]
struct Disk(Mutex<Option<SavedOffset>>);

#[async_trait]
impl OffsetKeeper for Disk {
    async fn load(&self) -> Option<SavedOffset> {
        self.0.lock().unwrap().clone()
    }

    async fn save(&self, offset: &SavedOffset) {
        *self.0.lock().unwrap() = Some(offset.clone());
    }
}

/// How a reply ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum End {
    /// The composer was closed: nothing was written.
    NotOffered,
    Delivered,
    /// It arrived after the window, and the server refused it.
    RefusedByServer,
    /// The agent was asked, and it would have been too late.
    Asked,
    /// It was still waiting.
    Waiting,
}

struct Run {
    random: Random,
    policy: WindowPolicy,
    facts: WindowFacts,
    true_now: DateTime<Utc>,
    /// The quartz of the phone, in millionths.
    off_ppm: i64,
    phone: ManualClock,
    disk: Arc<Disk>,
    clock: ServerClock,
}

impl Run {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        let wrote_at: DateTime<Utc> = "2026-10-24T09:00:00Z".parse().unwrap();
        let policy = if random.percent(75) { whatsapp_window() } else { messenger_window() };
        let reach_ms = if policy.human_agent_ms.is_some() { 7 * DAY_MS } else { DAY_MS };
        // Most of them near the end: that is where it matters.
        let before_ms = if random.percent(70) { 10 * MINUTE_MS } else { 12 * HOUR_MS };
        let true_now = wrote_at + TimeDelta::milliseconds(reach_ms - random.between(0, before_ms));
        let phone = ManualClock::new(true_now);
        let disk = Arc::new(Disk::default());
        let clock = opened(&phone, &disk);
        let facts = window_facts(&policy, &[wrote_at], &[], None);
        let off_ppm = random.between(-50, 50);
        let mut run = Self { random, policy, facts, true_now, off_ppm, phone, disk, clock };
        // It has been online at some time: that is how it knows of the message.
        run.call();
        run
    }

    fn closes_at(&self) -> DateTime<Utc> {
        match reply_window(&self.policy, &self.facts, self.facts.last_customer_at.unwrap()) {
            ReplyWindow::Open { closes_at, .. } if self.policy.human_agent_ms.is_none() => closes_at,
            _ => self.facts.last_customer_at.unwrap() + TimeDelta::milliseconds(7 * DAY_MS),
        }
    }

    fn passes(&mut self, ms: i64) {
        self.true_now += TimeDelta::milliseconds(ms);
        let shown_ms = ms + ms * self.off_ppm / 1_000_000;
        self.phone.advance(Duration::from_millis(u64::try_from(shown_ms).unwrap()));
    }

    /// A call that is answered: when it arrived. Its answer carries the server's time.
    fn call(&mut self) -> DateTime<Utc> {
        let longest_ms = if self.random.percent(90) { 2_000 } else { LONGEST_CALL_MS };
        let (there_ms, back_ms) = (self.random.between(0, longest_ms / 2), self.random.between(0, longest_ms / 2));
        let from = self.phone.boot();
        self.passes(there_ms);
        let arrived = self.true_now;
        self.passes(back_ms);
        let round_trip = self.phone.boot().saturating_sub(from);
        let sample = ClockSample { server: arrived, boot: from + round_trip / 2, round_trip };
        self.clock.observe(&[sample]).now_or_never().unwrap();
        arrived
    }

    /// What happens to a phone in a pocket.
    fn something_happens(&mut self) {
        match self.random.below(10) {
            0 => {
                let by_ms = self.random.between(-2 * DAY_MS, 2 * DAY_MS);
                self.phone.set_wall(self.true_now + TimeDelta::milliseconds(by_ms));
            }
            // A phone that keeps local time and calls it UTC.
            1 => {
                let by_ms = self.random.one_of(&[-HOUR_MS, HOUR_MS]).unwrap();
                self.phone.set_wall(self.phone.wall() + TimeDelta::milliseconds(by_ms));
            }
            2 => self.passes(8 * HOUR_MS),
            3 => self.clock = opened(&self.phone, &self.disk),
            4 => {
                self.phone.reboot();
                self.clock = opened(&self.phone, &self.disk);
                let ms = self.random.between(0, 20 * MINUTE_MS);
                self.passes(ms);
            }
            5 | 6 => {
                let ms = self.random.between(0, 90 * MINUTE_MS);
                self.passes(ms);
            }
            _ => {
                let ms = self.random.between(0, 2 * MINUTE_MS);
                self.passes(ms);
            }
        }
    }

    fn writes(&mut self) -> Option<OutboxEntry> {
        let now = self.clock.now();
        let open = send_window(&self.policy, &self.facts, now.at, now.error_ms).open;
        open.then(|| OutboxEntry {
            key: ClientKey(Uuid::from_u128(1)),
            once_key: None,
            position: 1,
            conversation_id: Some(LEA),
            command: Command::SendMessage {
                conversation_id: LEA,
                content: Outgoing::Text { body: "Elle part ce soir.".into() },
                reply_to: None,
            },
            epoch: "e1".into(),
            created_at: now.at,
            attempts: 0,
            state: OutboxState::Queued { not_before: None },
            file: None,
        })
    }

    fn planned(&self, entry: &OutboxEntry, caught_up: bool, too_slow: bool) -> Plan {
        let now = self.clock.now();
        let window = send_window(&self.policy, &self.facts, now.at, now.error_ms);
        let facts = Facts {
            now: now.at,
            online: true,
            caught_up,
            not_held_until: too_slow.then(|| now.at + TimeDelta::seconds(10)),
            epoch: Some("e1"),
            conversations: &HashMap::from([(LEA, window)]),
            busy: &HashSet::new(),
            uploaded: &HashSet::new(),
            ask_at: &HashMap::new(),
        };
        plan(std::slice::from_ref(entry), &facts)
    }

    fn ends(mut self) -> Result<End, String> {
        for _ in 0..self.random.below(EVENTS / 2) {
            self.something_happens();
        }
        let Some(entry) = self.writes() else { return Ok(End::NotOffered) };
        let written = self.phone.boot();
        for _ in 0..EVENTS {
            // Most replies are written offline, or they would have left long ago.
            if self.random.percent(40)
                && let Some(end) = self.is_online(&entry, written)?
            {
                return Ok(end);
            }
            self.something_happens();
        }
        Ok(End::Waiting)
    }

    /// The network is back: what changed is read first, which also shows the server's time. Sometimes
    /// that takes too long, and a reply with no known obstacle leaves all the same.
    fn is_online(&mut self, entry: &OutboxEntry, written: Duration) -> Result<Option<End>, String> {
        let too_slow = self.random.percent(10);
        if too_slow {
            self.passes(3_000);
        } else {
            self.call();
        }
        let decided = self.clock.now();
        match self.planned(entry, !too_slow, too_slow).steps.as_slice() {
            [Step::Send(_)] => {
                let arrived = self.call();
                let late = arrived >= self.closes_at();
                let just_written = self.phone.boot().checked_sub(written).is_some_and(|age| age.as_secs() <= 65)
                    && decided.at - entry.created_at <= TimeDelta::seconds(5);
                if late && decided.confirmed && !just_written {
                    return Err(format!("sent at {decided:?}, arrived at {arrived}, closed at {}", self.closes_at()));
                }
                // The server judges by the provider's rule, in its own words.
                let since = arrived - self.facts.last_customer_at.unwrap();
                let allowed_ms = if self.policy.human_agent_ms.is_some() { 7 * DAY_MS } else { DAY_MS };
                Ok(Some(if since.num_milliseconds() < allowed_ms { End::Delivered } else { End::RefusedByServer }))
            }
            [Step::Stop(_, DecisionReason::WindowClosed)] => {
                // A minute for the way, and the error of this phone's clock: no more time is lost.
                let margin_ms = MINUTE_MS + 2 * decided.error_ms;
                let left_ms = (self.closes_at() - self.true_now).num_milliseconds();
                if decided.confirmed && left_ms > margin_ms {
                    return Err(format!("asked at {decided:?} with {left_ms} ms left"));
                }
                Ok(Some(End::Asked))
            }
            [Step::Stop(_, DecisionReason::TooOld)] => Ok(Some(End::Asked)),
            [] => Ok(None),
            other => Err(format!("{other:?}")),
        }
    }
}

fn opened(phone: &ManualClock, disk: &Arc<Disk>) -> ServerClock {
    ServerClock::open(Arc::new(phone.clone()), disk.clone()).now_or_never().unwrap()
}

#[test]
fn no_reply_leaves_after_its_window_whatever_happened_to_the_clocks() {
    let number = |name| std::env::var(name).ok().map(|text| text.parse::<u64>().expect(name));
    if let Some(seed) = number("RIPOSTE_SEED") {
        println!("seed {seed}: {:?}", Run::new(seed).ends());
        return;
    }
    let wanted = number("RIPOSTE_SENDS").unwrap_or(10_000);
    let mut ends: HashMap<End, u64> = HashMap::new();
    let (mut seed, mut left) = (0, 0);
    while left < wanted {
        seed += 1;
        let end = Run::new(seed).ends().unwrap_or_else(|what| panic!("RIPOSTE_SEED={seed}: {what}"));
        *ends.entry(end).or_default() += 1;
        left += u64::from(matches!(end, End::Delivered | End::RefusedByServer));
    }
    let mut counted: Vec<_> = ends.iter().collect();
    counted.sort();
    println!("{left} replies left in {seed} runs: {counted:?}");
    // A property whose cases never happen proves nothing.
    for end in [End::NotOffered, End::Delivered, End::RefusedByServer, End::Asked, End::Waiting] {
        assert!(ends.contains_key(&end), "{end:?} never came up in {seed} runs");
    }
}
