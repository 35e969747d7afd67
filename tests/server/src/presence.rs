//! Who looks at which conversation now. In memory only: a presence expires after half a minute.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use riposte::model::{AgentId, ConversationId};
use tokio::sync::watch;

/// How long what an agent said of their presence holds.
const HOLDS: Duration = Duration::from_secs(30);

/// An agent on a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Seen {
    pub(crate) agent_id: AgentId,
    pub(crate) conversation_id: ConversationId,
    pub(crate) answering: bool,
}

/// Who views or answers what, as they said within the last 30 seconds.
pub(crate) struct Presence {
    /// Per agent and session: who has two phones looks at two places.
    known: Mutex<BTreeMap<(AgentId, i64), (Seen, Duration)>>,
    changed: watch::Sender<()>,
}

impl Presence {
    pub(crate) fn new() -> Self {
        Self { known: Mutex::default(), changed: watch::Sender::new(()) }
    }

    /// An agent's phone says where they are (`None`: nowhere).
    pub(crate) fn say(&self, agent: AgentId, session: i64, at: Option<(ConversationId, bool)>, now: Duration) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match at {
            Some((conversation_id, answering)) => {
                known.insert((agent, session), (Seen { agent_id: agent, conversation_id, answering }, now + HOLDS));
            }
            None => {
                known.remove(&(agent, session));
            }
        }
        drop(known);
        self.changed.send_replace(());
    }

    /// Everybody who is somewhere, once per place, and when the first of them is forgotten.
    pub(crate) fn all(&self, now: Duration) -> (Vec<Seen>, Option<Duration>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, (_, until)| *until > now);
        let first = known.values().map(|(_, until)| *until).min();
        let mut places = BTreeMap::new();
        for (seen, _) in known.values() {
            *places.entry((seen.agent_id, seen.conversation_id)).or_insert(false) |= seen.answering;
        }
        let seen = |((agent_id, conversation_id), answering)| Seen { agent_id, conversation_id, answering };
        (places.into_iter().map(seen).collect(), first)
    }

    /// Rings when a presence changes.
    pub(crate) fn subscribe(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_presence_is_forgotten_after_thirty_seconds() {
        let presence = Presence::new();
        let start = Duration::from_secs(100);
        presence.say(AgentId(3), 1, Some((ConversationId(7), true)), start);
        let (seen, first) = presence.all(start + Duration::from_secs(29));
        assert_eq!(seen.len(), 1);
        assert_eq!(first, Some(start + HOLDS));
        assert!(presence.all(start + HOLDS).0.is_empty());
    }

    #[test]
    fn a_phone_is_in_one_place_and_can_leave_it() {
        let presence = Presence::new();
        presence.say(AgentId(3), 1, Some((ConversationId(7), false)), Duration::ZERO);
        presence.say(AgentId(3), 1, Some((ConversationId(8), true)), Duration::ZERO);
        assert_eq!(presence.all(Duration::ZERO).0.len(), 1);
        presence.say(AgentId(3), 1, None, Duration::ZERO);
        assert!(presence.all(Duration::ZERO).0.is_empty());
    }

    #[test]
    fn one_phone_that_leaves_does_not_hide_the_other() {
        let presence = Presence::new();
        presence.say(AgentId(3), 1, Some((ConversationId(7), true)), Duration::ZERO);
        presence.say(AgentId(3), 2, Some((ConversationId(7), false)), Duration::ZERO);
        let here = Seen { agent_id: AgentId(3), conversation_id: ConversationId(7), answering: true };
        assert_eq!(presence.all(Duration::ZERO).0, [here]);
        presence.say(AgentId(3), 1, None, Duration::ZERO);
        assert_eq!(presence.all(Duration::ZERO).0, [Seen { answering: false, ..here }]);
    }
}
