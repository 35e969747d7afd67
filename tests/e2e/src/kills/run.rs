//! All points of a flow, several side by side.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::Outcome;
use super::flow::Flow;
use super::scene::Scene;
use super::shim::{Blow, How, Shim, Struck};

/// Runs of a flow side by side.
const LANES: u64 = 3;
/// After so many runs a scene starts from the beginning: its history only makes everything longer.
const RUNS_OF_A_SCENE: u64 = 40;

/// Which blows a flow gets.
#[derive(Debug, Clone)]
pub struct Blows {
    /// Kills after half of what is written to a file: at one point in so many. Before a call a process
    /// is killed at every point, and after half and the whole of what it sends to the network.
    pub halves_every: u64,
    /// Power cuts: at one point in so many.
    pub cuts_every: u64,
    /// Disks that take nothing: at one point in so many.
    pub failing_every: u64,
    /// Only this one.
    pub only: Option<Blow>,
}

/// How often each thing happened.
#[derive(Debug, Default, Clone)]
pub struct Tally {
    /// The number of points of the flow.
    pub points: u64,
    /// How often it was struck in each way.
    pub blows: BTreeMap<How, u64>,
    /// The points by their call.
    pub calls: BTreeMap<String, u64>,
    /// Questions to the agent.
    pub asked: u64,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.points = self.points.max(other.points);
        other.blows.iter().for_each(|(how, times)| *self.blows.entry(*how).or_default() += times);
        other.calls.iter().for_each(|(call, times)| *self.calls.entry(call.clone()).or_default() += times);
        self.asked += other.asked;
    }

    /// How often it was struck in one of these ways.
    pub fn times(&self, hows: &[How]) -> u64 {
        hows.iter().filter_map(|how| self.blows.get(how)).sum()
    }
}

/// Strikes a flow at all its points. `test` is the test that does the flow in a process of its own.
pub async fn every_point(shim: Arc<Shim>, test: &'static str, flow: Flow, blows: Blows) -> Outcome<Tally> {
    if let Some(blow) = blows.only {
        let mut scene = Scene::set().await?;
        let mut tally = Tally::default();
        strike(&mut scene, &shim, test, flow, blow, &mut tally).await?;
        scene.leave().await;
        return Ok(tally);
    }
    let mut all = Tally::default();
    let mut scene = Scene::set().await?;
    let read_only = Blow { at: u64::MAX, how: How::ReadOnly, seed: 0 };
    strike(&mut scene, &shim, test, flow, read_only, &mut all).await?;
    scene.leave().await;
    let (next, failed) = (Arc::new(AtomicU64::new(1)), Arc::new(AtomicBool::new(false)));
    let lane = |_| {
        let (shim, blows, next, failed) = (shim.clone(), blows.clone(), next.clone(), failed.clone());
        tokio::spawn(async move {
            let result = lane(&shim, test, flow, &blows, &next, &failed).await;
            failed.fetch_or(result.is_err(), Ordering::Relaxed);
            result
        })
    };
    let lanes: Vec<_> = (0..LANES).map(lane).collect();
    for lane in lanes {
        all.add(&lane.await.map_err(super::said)??);
    }
    Ok(all)
}

/// Takes one point after the other until the flow ends before the next one comes.
async fn lane(
    shim: &Shim,
    test: &'static str,
    flow: Flow,
    blows: &Blows,
    next: &AtomicU64,
    failed: &AtomicBool,
) -> Outcome<Tally> {
    let mut tally = Tally::default();
    let mut scene = Scene::set().await?;
    let mut runs = 0;
    while !failed.load(Ordering::Relaxed) {
        let at = next.fetch_add(1, Ordering::Relaxed);
        let first = Blow { at, how: How::Before, seed: 0 };
        let struck = strike(&mut scene, shim, test, flow, first, &mut tally).await?;
        let Struck::At { call, bytes, .. } = struck else { break };
        tally.points = tally.points.max(at);
        *tally.calls.entry(call.clone()).or_default() += 1;
        for blow in further(blows, at, &call, bytes) {
            strike(&mut scene, shim, test, flow, blow, &mut tally).await?;
            runs += 1;
        }
        runs += 1;
        if runs >= RUNS_OF_A_SCENE {
            scene.clean_phone_agrees().await.map_err(|what| format!("at the end of a scene: {what}"))?;
            scene.leave().await;
            scene = Scene::set().await?;
            runs = 0;
        }
    }
    scene.clean_phone_agrees().await.map_err(|what| format!("at the end of a scene: {what}"))?;
    scene.leave().await;
    Ok(tally)
}

/// What else happens at a point, once it is known what it is.
fn further(blows: &Blows, at: u64, call: &str, bytes: u64) -> Vec<Blow> {
    let mut hows = Vec::new();
    if call == "send" {
        hows.extend([(How::Half, 0), (How::After, 0)]);
    } else if bytes > 1 && at.is_multiple_of(blows.halves_every) {
        hows.push((How::Half, 0));
    }
    if at.is_multiple_of(blows.cuts_every) {
        hows.extend([(How::Cut, 0), (How::CutSome, 2 * at), (How::CutSome, 2 * at + 1)]);
    }
    // Where the network is next, the disk is met one point later.
    if at.is_multiple_of(blows.failing_every) && call != "send" {
        hows.extend([(How::Full, 0), (How::Broken, 0)]);
    }
    hows.into_iter().map(|(how, seed)| Blow { at, how, seed }).collect()
}

async fn strike(
    scene: &mut Scene,
    shim: &Shim,
    test: &'static str,
    flow: Flow,
    blow: Blow,
    tally: &mut Tally,
) -> Outcome<Struck> {
    let Blow { at, how, seed } = blow;
    let found = scene.strike(shim, test, flow, blow).await.map_err(|what| {
        format!("{}, point {at}, {how}: {what}\nagain: RIPOSTE_KILL={at}:{how}:{seed} cargo test -p riposte-e2e --test kills {test} -- --exact --nocapture", flow.word())
    })?;
    if matches!(found.struck, Struck::At { .. }) || how == How::ReadOnly {
        *tally.blows.entry(how).or_default() += 1;
    }
    tally.asked += found.asked as u64;
    Ok(found.struck)
}
