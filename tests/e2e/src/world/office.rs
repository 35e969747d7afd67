//! Brings a story's cast into the server and to WhatsApp's side.

use riposte::clock::ManualClock;
use riposte::model::ChannelKind;
use riposte_server::sim::Simulator;
use riposte_server::sim::cast::bring_in as bring;
use riposte_server::{Options, Running};

use super::WorldError;
use crate::story::Cast;

pub(super) fn options(cast: &Cast, clock: &ManualClock) -> Options {
    let mut options = Options::story(clock);
    options.account_name.clone_from(&cast.account.name);
    options.utc_offset_minutes = cast.account.utc_offset_minutes;
    options
}

/// The same call that tests of other languages make over HTTP (`POST /sim/cast`).
pub(super) async fn bring_in(cast: &Cast, server: &Running, simulator: &Simulator) -> Result<(), WorldError> {
    bring(cast, &server.admin(), simulator).await?;
    Ok(())
}

/// Whether a channel's messages are read on a page of a web site instead of at a provider.
pub(super) fn is_widget(cast: &Cast, channel: &str) -> bool {
    cast.channels.get(channel).is_some_and(|part| part.kind == ChannelKind::Widget)
}
