//! Does a conversation want this agent's attention?
//!
//! The dot is the inbox's own (Brevo, "Conversations inbox"): none when read, answered or closed;
//! purple when new and unassigned, or new and mine; red when missed, or when the assigned agent
//! is offline or did not answer within 30 seconds, until an agent answers or the assigned one is back.

use chrono::{DateTime, Utc};

use super::time::plus_ms;
use crate::model::{Agent, AgentId, AgentStatus, Conversation, MessageId};

/// The dot on a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
pub enum Dot {
    /// Read, answered or closed.
    None,
    /// New and unassigned, or new and mine.
    Purple,
    /// Missed, or its agent is offline or did not answer in time.
    Red,
}

/// What the dot looks at.
#[derive(Debug, Clone, Copy)]
pub struct AttentionFacts<'a> {
    /// The conversation.
    pub conversation: &'a Conversation,
    /// Who looks.
    pub me: AgentId,
    /// How far I have read it.
    pub my_marker: Option<MessageId>,
    /// Everybody who answers customers.
    pub agents: &'a [Agent],
}

/// How long an assigned agent has to answer.
const ANSWER_MS: i64 = 30_000;

/// The dot at `now`, and when it changes by itself. Red goes before purple.
///
/// A customer who waits makes it red when the assigned agent is offline, or has been there for
/// 30 seconds without answering, or, with no agent assigned, if none was there. It is
/// purple if it is new to me and either mine or unassigned.
pub fn dot(facts: &AttentionFacts<'_>, now: DateTime<Utc>) -> (Dot, Option<DateTime<Utc>>) {
    let conversation = facts.conversation;
    let Some(waiting_since) = conversation.waiting_since.filter(|_| conversation.open) else {
        return (Dot::None, None);
    };
    let new_to_me = is_unread(conversation, facts.my_marker);
    let purple_if = |purple: bool| if purple { Dot::Purple } else { Dot::None };
    let Some(assignee) = conversation.assignee else {
        return if missed_by_all(facts, waiting_since) { (Dot::Red, None) } else { (purple_if(new_to_me), None) };
    };
    let mine = assignee == facts.me;
    let due = match facts.agents.iter().find(|agent| agent.id == assignee) {
        Some(agent) if !is_there(agent) => return (Dot::Red, None),
        // Back since the customer wrote: the time to answer begins then.
        Some(agent) => plus_ms(waiting_since.max(agent.status_since), ANSWER_MS),
        None => plus_ms(waiting_since, ANSWER_MS),
    };
    if now < due { (purple_if(mine && new_to_me), Some(due)) } else { (Dot::Red, None) }
}

fn is_there(agent: &Agent) -> bool {
    works(agent.status)
}

/// Invisible agents work; offline ones do not, and one with an unknown status is taken for offline.
pub fn works(status: AgentStatus) -> bool {
    match status {
        AgentStatus::Online | AgentStatus::Invisible => true,
        AgentStatus::Offline | AgentStatus::Unknown => false,
    }
}

/// No agent who could answer was there when the customer wrote, or none is there any more.
///
/// Of each agent only the present status is known, and since when they are there or away (turning
/// invisible is neither coming nor going). One who came later was
/// not there then; one who left later was.
fn missed_by_all(facts: &AttentionFacts<'_>, waiting_since: DateTime<Utc>) -> bool {
    let group = facts.conversation.group;
    let mut candidates =
        facts.agents.iter().filter(|agent| group.is_none_or(|group| agent.groups.contains(&group))).peekable();
    // Not one is known: the directory is still on its way, which is no reason for alarm.
    if candidates.peek().is_none() {
        return false;
    }
    let (mut there_then, mut there_now) = (false, false);
    for agent in candidates {
        let since_before = agent.status_since <= waiting_since;
        there_then |= is_there(agent) == since_before;
        there_now |= is_there(agent);
    }
    !there_then || !there_now
}

/// Whether the customer wrote something that this agent has not read.
pub fn is_unread(conversation: &Conversation, marker: Option<MessageId>) -> bool {
    conversation.last_customer_message_id.is_some_and(|last| marker.is_none_or(|read| read < last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AgentGroupId, ChannelId, ContactId, ConversationId, Seq, WindowFacts};
    use crate::rules::table::at;
    use proptest::prelude::*;

    const MARC: AgentId = AgentId(3);
    const NORA: AgentId = AgentId(4);

    /// The customer wrote at ten on the second and no agent has answered.
    fn waiting() -> Conversation {
        Conversation {
            id: ConversationId(1),
            channel_id: ChannelId(1),
            contact_id: ContactId(1),
            open: true,
            assignee: None,
            group: None,
            activity_at: at("2 10:00"),
            preview: None,
            last_customer_message_id: Some(MessageId(10)),
            waiting_since: Some(at("2 10:00")),
            window: WindowFacts::default(),
            cover: None,
            visible_since: Seq(0),
            messages_seq: Seq(0),
            joined: Vec::new(),
        }
    }

    fn assigned_to(agent: AgentId) -> Conversation {
        Conversation { assignee: Some(agent), ..waiting() }
    }

    fn agent(id: AgentId, status: AgentStatus, since: &str) -> Agent {
        Agent { id, name: String::new(), status, status_since: at(since), administrator: false, groups: Vec::new() }
    }

    /// Both came at nine.
    fn both_online() -> Vec<Agent> {
        [MARC, NORA].map(|id| agent(id, AgentStatus::Online, "2 09:00")).into()
    }

    /// The dot that Marc sees.
    fn marc_sees(conversation: &Conversation, read: i64, agents: &[Agent], now: &str) -> (Dot, Option<DateTime<Utc>>) {
        let facts = AttentionFacts { conversation, me: MARC, my_marker: Some(MessageId(read)), agents };
        dot(&facts, at(now))
    }

    #[test]
    fn answered_or_closed_there_is_none() {
        let answered = Conversation { waiting_since: None, ..assigned_to(MARC) };
        assert_eq!(marc_sees(&answered, 0, &both_online(), "3 10:00"), (Dot::None, None));
        let closed = Conversation { open: false, ..assigned_to(MARC) };
        assert_eq!(marc_sees(&closed, 0, &both_online(), "3 10:00"), (Dot::None, None));
    }

    #[test]
    fn new_and_unassigned_is_purple_until_read() {
        assert_eq!(marc_sees(&waiting(), 9, &both_online(), "2 10:05"), (Dot::Purple, None));
        assert_eq!(marc_sees(&waiting(), 10, &both_online(), "2 10:05"), (Dot::None, None));
    }

    #[test]
    fn new_and_mine_is_purple_until_opened_and_red_after_thirty_seconds() {
        let (mine, agents, due) = (assigned_to(MARC), both_online(), Some(at("2 10:00:30")));
        assert_eq!(marc_sees(&mine, 9, &agents, "2 10:00:29.999"), (Dot::Purple, due));
        assert_eq!(marc_sees(&mine, 10, &agents, "2 10:00:29.999"), (Dot::None, due));
        assert_eq!(marc_sees(&mine, 10, &agents, "2 10:00:30"), (Dot::Red, None), "opening is not answering");
    }

    #[test]
    fn new_and_a_colleagues_is_nothing_to_me_until_it_is_late() {
        let theirs = assigned_to(NORA);
        assert_eq!(marc_sees(&theirs, 9, &both_online(), "2 10:00:29.999"), (Dot::None, Some(at("2 10:00:30"))));
        assert_eq!(marc_sees(&theirs, 9, &both_online(), "2 10:00:30"), (Dot::Red, None));
    }

    #[test]
    fn it_is_red_while_its_agent_is_offline_and_not_when_back() {
        let with_nora = |status, since| [agent(MARC, AgentStatus::Online, "2 09:00"), agent(NORA, status, since)];
        let sees = |agents: &[Agent], now| marc_sees(&assigned_to(NORA), 9, agents, now);
        assert_eq!(sees(&with_nora(AgentStatus::Offline, "2 09:30"), "2 10:00:01").0, Dot::Red);
        assert_eq!(sees(&with_nora(AgentStatus::Offline, "2 10:00:10"), "2 10:00:11").0, Dot::Red, "left unanswered");
        let back = with_nora(AgentStatus::Online, "2 11:00");
        assert_eq!(sees(&back, "2 11:00"), (Dot::None, Some(at("2 11:00:30"))));
        assert_eq!(sees(&back, "2 11:00:30"), (Dot::Red, None), "and does not answer");
    }

    #[test]
    fn an_invisible_agent_works_and_one_of_unknown_status_does_not() {
        let nora = |status| [agent(NORA, status, "2 09:00")];
        assert_eq!(marc_sees(&assigned_to(NORA), 9, &nora(AgentStatus::Invisible), "2 10:00:01").0, Dot::None);
        assert_eq!(marc_sees(&assigned_to(NORA), 9, &nora(AgentStatus::Unknown), "2 10:00:01").0, Dot::Red);
    }

    #[test]
    fn unassigned_and_missed_while_no_agent_was_there_is_red_until_answered() {
        let came_later = [agent(MARC, AgentStatus::Online, "2 10:30"), agent(NORA, AgentStatus::Offline, "1 18:00")];
        assert_eq!(marc_sees(&waiting(), 9, &came_later, "2 11:00").0, Dot::Red);
        assert_eq!(marc_sees(&waiting(), 10, &came_later, "2 11:00").0, Dot::Red, "reading is not answering");
        let somebody_was = [agent(MARC, AgentStatus::Online, "2 10:30"), agent(NORA, AgentStatus::Offline, "2 10:10")];
        assert_eq!(marc_sees(&waiting(), 9, &somebody_was, "2 11:00").0, Dot::Purple);
        let all_left = [agent(NORA, AgentStatus::Offline, "2 10:10")];
        assert_eq!(marc_sees(&waiting(), 9, &all_left, "2 11:00").0, Dot::Red);
    }

    #[test]
    fn of_a_groups_conversation_only_its_people_count() {
        let group = Some(AgentGroupId(2));
        let of_the_group = Agent { groups: vec![AgentGroupId(2)], ..agent(NORA, AgentStatus::Offline, "2 09:00") };
        let agents = [agent(MARC, AgentStatus::Online, "2 09:00"), of_the_group];
        assert_eq!(marc_sees(&Conversation { group, ..waiting() }, 9, &agents, "2 11:00").0, Dot::Red);
        assert_eq!(marc_sees(&waiting(), 9, &agents, "2 11:00").0, Dot::Purple);
    }

    #[test]
    fn before_the_directory_is_here_nothing_is_called_missed() {
        assert_eq!(marc_sees(&waiting(), 9, &[], "2 11:00").0, Dot::Purple);
    }

    #[test]
    fn unread_is_newer_than_ones_own_marker() {
        assert!(is_unread(&waiting(), None));
        assert!(is_unread(&waiting(), Some(MessageId(9))));
        assert!(!is_unread(&waiting(), Some(MessageId(10))));
        assert!(!is_unread(&Conversation { last_customer_message_id: None, ..waiting() }, None));
    }

    fn any_agent(id: AgentId) -> impl Strategy<Value = Agent> {
        let status = prop_oneof![
            Just(AgentStatus::Online),
            Just(AgentStatus::Offline),
            Just(AgentStatus::Invisible),
            Just(AgentStatus::Unknown)
        ];
        (status, -60_i64..60).prop_map(move |(status, second)| Agent {
            status_since: plus_ms(at("2 10:00"), second * 1_000),
            ..agent(id, status, "2 10:00")
        })
    }

    proptest! {
        #[test]
        fn the_dot_stays_until_the_instant_it_names(
            marc in any_agent(MARC), nora in any_agent(NORA), to in 0_usize..4, read in 9_i64..11, open: bool,
            waits: bool, now_ms in 0_i64..120_000, later_ms in 0_i64..120_000,
        ) {
            let assignee = [None, Some(MARC), Some(NORA), Some(AgentId(9))][to];
            let waiting_since = Some(at("2 10:00")).filter(|_| waits);
            let conversation = Conversation { assignee, open, waiting_since, ..waiting() };
            let agents = [marc, nora];
            let facts =
                AttentionFacts { conversation: &conversation, me: MARC, my_marker: Some(MessageId(read)), agents: &agents };
            let now = plus_ms(at("2 10:01"), now_ms);
            let (first, until) = dot(&facts, now);
            let later = plus_ms(now, later_ms);
            let still = until.map_or(later, |until| later.min(plus_ms(until, -1)));
            prop_assert!(until.is_none_or(|until| until > now), "it lies ahead");
            prop_assert_eq!(dot(&facts, still), (first, until));
            if let Some(until) = until {
                prop_assert_eq!(dot(&facts, until).0, Dot::Red, "no agent answered in time");
            }
        }
    }
}
