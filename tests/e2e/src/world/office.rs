//! Brings a story's cast into the server and to WhatsApp's side, as an administrator would.

use riposte::clock::ManualClock;
use riposte_server::sim::Simulator;
use riposte_server::{Options, Running};

use super::WorldError;
use crate::story::Cast;

pub(super) fn options(_cast: &Cast, _clock: &ManualClock) -> Options {
    Options {}
}

pub(super) async fn bring_in(_cast: &Cast, _server: &Running, _simulator: &Simulator) -> Result<(), WorldError> {
    Ok(())
}
