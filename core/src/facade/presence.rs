//! Shows colleagues which conversation this agent looks at or answers.

use super::core::Core;
use crate::model::ConversationId;

/// Sends which conversation is on screen, if one is. Best effort: the server forgets it after 30 seconds.
pub(super) async fn tell_colleagues(core: &Core) {
    if let Some(shown) = core.visits.now() {
        send(core, Some(shown.conversation), shown.answering).await;
    }
}

/// Sends that this agent looks at no conversation any more.
pub(super) async fn tell_nothing_is_on_screen(core: &Core) {
    send(core, None, false).await;
}

async fn send(core: &Core, shown: Option<ConversationId>, answering: bool) {
    let sent = async { Ok(core.backend.presence(shown, answering).await?) };
    core.while_active(sent).await.ok();
}
