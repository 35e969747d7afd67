use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use crate::model::{
    AgentGroupId, AgentId, Assignee, ChannelId, ChannelKind, Conversation, ConversationId, ListPosition, MessageId,
    WindowFacts,
};
use crate::store::tests::{Cache, at, channel, contact, conversation, marker, put};
use crate::store::{Closing, InboxCount, InboxFilter, Overlays, StoredConversation, Whose};

const MARC: AgentId = AgentId(3);
const NORA: AgentId = AgentId(4);
const SALES: AgentGroupId = AgentGroupId(2);

/// Five conversations, the highest id the most recently active.
fn cache() -> Cache {
    let mut cache = Cache::empty();
    let unread = Some(MessageId(50));
    let window = |minute| WindowFacts { last_customer_at: Some(at(minute)), ..WindowFacts::default() };
    cache.page(&[
        put(1, channel(1, ChannelKind::Whatsapp, Some(24))),
        put(2, channel(2, ChannelKind::Widget, None)),
        put(3, contact(1, "Léa", Some("33612345678"))),
        put(11, Conversation { assignee: Some(MARC), last_customer_message_id: unread, ..conversation(1) }),
        put(12, Conversation { channel_id: ChannelId(2), waiting_since: Some(at(2)), ..conversation(2) }),
        put(13, Conversation { assignee: Some(NORA), group: Some(SALES), window: window(30), ..conversation(3) }),
        put(14, Conversation { group: Some(SALES), window: window(600), ..conversation(4) }),
        put(15, Conversation { open: false, assignee: Some(MARC), ..conversation(5) }),
    ]);
    cache
}

fn list(cache: &Cache, filter: &InboxFilter) -> Vec<i64> {
    cache.read().inbox(filter, None, 100).unwrap().iter().map(|stored| stored.conversation.id.0).collect()
}

fn whose(whose: Whose) -> InboxFilter {
    InboxFilter { whose, ..InboxFilter::all() }
}

#[test]
fn newest_activity_comes_first_and_ids_decide_where_it_is_equal() {
    let mut cache = cache();
    assert_eq!(list(&cache, &InboxFilter::all()), [5, 4, 3, 2, 1]);
    cache.page(&[put(20, Conversation { activity_at: at(4), ..conversation(9) })]);
    assert_eq!(list(&cache, &InboxFilter::all()), [5, 9, 4, 3, 2, 1]);
}

#[test]
fn each_list_has_its_conversations() {
    let cache = cache();
    assert_eq!(list(&cache, &whose(Whose::Mine(MARC))), [5, 1]);
    assert_eq!(list(&cache, &whose(Whose::Unassigned)), [4, 2]);
    assert_eq!(list(&cache, &whose(Whose::Group(SALES))), [4, 3]);
    assert_eq!(list(&cache, &InboxFilter { open: Some(true), ..InboxFilter::all() }), [4, 3, 2, 1]);
    assert_eq!(list(&cache, &InboxFilter { open: Some(false), ..InboxFilter::all() }), [5]);
    assert_eq!(list(&cache, &InboxFilter { channel: Some(ChannelKind::Widget), ..InboxFilter::all() }), [2]);
    assert_eq!(list(&cache, &InboxFilter { unread_only: true, ..InboxFilter::all() }), [1]);
    assert_eq!(list(&cache, &InboxFilter { unanswered_only: true, ..InboxFilter::all() }), [2]);
    let open_and_mine = InboxFilter { open: Some(true), ..whose(Whose::Mine(MARC)) };
    assert_eq!(list(&cache, &open_and_mine), [1]);
}

#[test]
fn a_window_is_closing_when_it_is_open_and_ends_soon() {
    let cache = cache();
    let closing = |after: i64, before: i64| {
        let closing = Some(Closing { after: at(after), before: at(before) });
        list(&cache, &InboxFilter { closing, ..InboxFilter::all() })
    };
    // Conversation 3 closes 24 hours after minute 30, conversation 4 after minute 600.
    let day = 24 * 60;
    assert_eq!(closing(day - 60, day + 29), [0; 0]);
    assert_eq!(closing(day - 60, day + 30), [3]);
    assert_eq!(closing(day - 60, day + 600), [4, 3]);
    assert_eq!(closing(day + 30, day + 600), [4]);
}

#[test]
fn a_conversation_carries_what_its_screens_need() {
    let mut cache = cache();
    cache.page(&[put(20, marker(1, 49))]);
    let stored = cache.read().conversation(ConversationId(1)).unwrap().unwrap();
    assert_eq!(stored.contact.as_ref().map(|contact| contact.name.as_str()), Some("Léa"));
    assert_eq!(stored.channel.as_ref().map(|channel| channel.kind), Some(ChannelKind::Whatsapp));
    assert_eq!(stored.marker, Some(MessageId(49)));
    assert!(stored.is_unread() && !stored.stale);
    let without = cache.read().conversation(ConversationId(2)).unwrap().unwrap();
    assert_eq!((without.contact, without.marker), (None, None));
}

#[test]
fn a_closed_conversation_leaves_the_list_of_open_ones_before_the_server_knows() {
    let cache = cache();
    let overlays =
        Overlays { open: [(ConversationId(4), false), (ConversationId(5), true)].into(), ..Overlays::default() };
    let open = InboxFilter { open: Some(true), overlays, ..InboxFilter::all() };
    assert_eq!(list(&cache, &open), [5, 3, 2, 1]);
    assert_eq!(list(&cache, &InboxFilter { open: Some(false), ..open }), [4]);
}

#[test]
fn an_assigned_conversation_moves_between_the_lists_before_the_server_knows() {
    let cache = cache();
    let assignee: BTreeMap<_, _> = [
        (ConversationId(4), Assignee::Agent(MARC)),
        (ConversationId(1), Assignee::Group(SALES)),
        (ConversationId(3), Assignee::None),
    ]
    .into();
    let overlays = Overlays { assignee, ..Overlays::default() };
    let list = |whose| list(&cache, &InboxFilter { whose, overlays: overlays.clone(), ..InboxFilter::all() });
    assert_eq!(list(Whose::Mine(MARC)), [5, 4]);
    assert_eq!(list(Whose::Unassigned), [3, 2, 1]);
    assert_eq!(list(Whose::Group(SALES)), [4, 1]);
    assert_eq!(list(Whose::All), [5, 4, 3, 2, 1]);
}

#[test]
fn what_was_read_here_is_read_before_the_server_knows_and_never_unread_again_by_it() {
    let mut cache = cache();
    let read = |up_to| Overlays { read_up_to: [(ConversationId(1), MessageId(up_to))].into(), ..Overlays::default() };
    let unread =
        |cache: &Cache, overlays| list(cache, &InboxFilter { unread_only: true, overlays, ..InboxFilter::all() });
    assert_eq!(unread(&cache, read(49)), [1]);
    assert_eq!(unread(&cache, read(50)), [0; 0]);
    // Another device has read further than what waits here.
    cache.page(&[put(20, marker(1, 50))]);
    assert_eq!(unread(&cache, read(10)), [0; 0]);
}

#[test]
fn the_numbers_beside_the_lists_are_those_of_the_lists() {
    let cache = cache();
    let count = |open, unread| InboxCount { open, unread };
    let counts = cache.read().inbox_counts(MARC, &Overlays::default()).unwrap();
    assert_eq!((counts.mine, counts.unassigned, counts.all), (count(1, 1), count(2, 0), count(4, 1)));
    assert_eq!(counts.groups, [(SALES, count(2, 0))].into());

    let overlays = Overlays {
        open: [(ConversationId(1), false), (ConversationId(5), true)].into(),
        assignee: [(ConversationId(4), Assignee::Agent(MARC))].into(),
        read_up_to: BTreeMap::new(),
    };
    let counts = cache.read().inbox_counts(MARC, &overlays).unwrap();
    assert_eq!((counts.mine, counts.unassigned, counts.all), (count(2, 0), count(1, 0), count(4, 0)));
}

/// A conversation in some state.
fn some_conversation(id: i64) -> impl Strategy<Value = Conversation> {
    let agent = prop::option::of(prop_oneof![Just(MARC), Just(NORA)]);
    let last = prop::option::of((1_i64..5).prop_map(MessageId));
    (any::<bool>(), agent, any::<bool>(), 1_i64..3, 0_i64..6, last, any::<bool>()).prop_map(
        move |(open, assignee, grouped, channel, minute, last_customer_message_id, waits)| Conversation {
            open,
            assignee,
            group: grouped.then_some(SALES),
            channel_id: ChannelId(channel),
            activity_at: at(minute),
            last_customer_message_id,
            waiting_since: waits.then(|| at(1)),
            ..conversation(id)
        },
    )
}

fn some_overlays() -> impl Strategy<Value = Overlays> {
    let id = || (1_i64..14).prop_map(ConversationId);
    let to = prop_oneof![Just(Assignee::Agent(MARC)), Just(Assignee::Group(SALES)), Just(Assignee::None)];
    let read = (1_i64..5).prop_map(MessageId);
    (btree_map(id(), any::<bool>(), 0..5), btree_map(id(), to, 0..5), btree_map(id(), read, 0..5))
        .prop_map(|(open, assignee, read_up_to)| Overlays { open, assignee, read_up_to })
}

fn some_filter() -> impl Strategy<Value = InboxFilter> {
    let whose =
        prop_oneof![Just(Whose::All), Just(Whose::Unassigned), Just(Whose::Mine(MARC)), Just(Whose::Group(SALES))];
    let channel = prop::option::of(Just(ChannelKind::Widget));
    (whose, channel, any::<Option<bool>>(), any::<bool>(), any::<bool>(), some_overlays()).prop_map(
        |(whose, channel, open, unread_only, unanswered_only, overlays)| InboxFilter {
            whose,
            channel,
            open,
            unread_only,
            unanswered_only,
            closing: None,
            overlays,
        },
    )
}

/// The list as one would say it: lay over everything, filter everything, sort everything.
fn plainly(cache: &Cache, filter: &InboxFilter) -> Vec<StoredConversation> {
    let mut all = cache.read().inbox(&InboxFilter::all(), None, 1_000).unwrap();
    all.iter_mut().for_each(|stored| filter.overlays.lay(stored));
    all.retain(|stored| {
        let row = &stored.conversation;
        (match filter.whose {
            Whose::All => true,
            Whose::Unassigned => row.assignee.is_none(),
            Whose::Mine(me) => row.assignee == Some(me),
            Whose::Group(group) => row.group == Some(group),
        }) && filter.channel.is_none_or(|kind| stored.channel.as_ref().unwrap().kind == kind)
            && filter.open.is_none_or(|open| row.open == open)
            && (!filter.unread_only || stored.is_unread())
            && (!filter.unanswered_only || row.waiting_since.is_some())
    });
    all.sort_by_key(|stored| std::cmp::Reverse((stored.conversation.activity_at, stored.conversation.id)));
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn pages_of_any_size_put_together_are_the_whole_list(
        rows in (1_i64..13).prop_flat_map(|many| (1..=many).map(some_conversation).collect::<Vec<_>>()),
        markers in vec((1_i64..13, 1_i64..5), 0..6),
        filter in some_filter(),
        limit in 1_usize..5,
    ) {
        let mut cache = Cache::empty();
        let mut items = vec![
            put(1, channel(1, ChannelKind::Whatsapp, Some(24))),
            put(2, channel(2, ChannelKind::Widget, None)),
        ];
        for row in rows {
            items.push(put(3 + i64::try_from(items.len()).unwrap(), row));
        }
        for (id, up_to) in markers {
            items.push(put(3 + i64::try_from(items.len()).unwrap(), marker(id, up_to)));
        }
        cache.page(&items);

        let mut paged: Vec<StoredConversation> = Vec::new();
        loop {
            let before = paged.last().map(|stored| {
                ListPosition { activity_at: stored.conversation.activity_at, id: stored.conversation.id }
            });
            let page = cache.read().inbox(&filter, before, limit).unwrap();
            let ended = page.len() < limit;
            paged.extend(page);
            if ended {
                break;
            }
        }
        prop_assert_eq!(&paged, &plainly(&cache, &filter));

        // And the numbers beside the lists count what the lists show.
        let counts = cache.read().inbox_counts(MARC, &filter.overlays).unwrap();
        let counted = |whose| {
            let open = InboxFilter { whose, open: Some(true), overlays: filter.overlays.clone(), ..InboxFilter::all() };
            let rows = plainly(&cache, &open);
            let unread = rows.iter().filter(|stored| stored.is_unread()).count();
            InboxCount { open: u32::try_from(rows.len()).unwrap(), unread: u32::try_from(unread).unwrap() }
        };
        prop_assert_eq!(counts.all, counted(Whose::All));
        prop_assert_eq!(counts.mine, counted(Whose::Mine(MARC)));
        prop_assert_eq!(counts.unassigned, counted(Whose::Unassigned));
        prop_assert_eq!(counts.groups.get(&SALES).copied().unwrap_or_default(), counted(Whose::Group(SALES)));
    }
}
