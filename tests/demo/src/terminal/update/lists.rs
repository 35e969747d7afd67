//! The screens that are lists: inbox, outbox, search, usage, settings.

use riposte::facade::{Around, AssigneeFilter, WaitingCommand};
use riposte::model::{AgentStatus, ChannelKind};

use super::super::event::{Act, Choice, Effect, Filter, Place};
use super::super::state::{Entry, Menu, Popup, Screen, State};
use super::{go, open, popup};

const CHANNELS: [ChannelKind; 4] =
    [ChannelKind::Whatsapp, ChannelKind::Messenger, ChannelKind::Instagram, ChannelKind::Widget];

pub(super) fn act(state: &mut State, place: Place, act: Act) -> Vec<Effect> {
    match (place, act) {
        (Place::Inbox, Act::Back) => Vec::new(),
        (_, Act::Back) => go(state, Place::Inbox),
        (_, Act::Go(to)) => go(state, to),
        (_, Act::Card(row)) => card(state, row),
        (Place::Inbox, Act::Filter(filter)) => change_filter(state, filter),
        (Place::Search, Act::Type(text)) => {
            state.search.field.insert(&text.replace('\n', " "));
            look(state)
        }
        (Place::Search, Act::Edit(edit)) => {
            state.search.field.edit(edit);
            look(state)
        }
        (Place::Usage, Act::Month(months)) => month(state, months),
        (Place::Settings, Act::Status) => status(state),
        (Place::Settings, Act::SignOut) => vec![Effect::SignOut { force: false }],
        (_, Act::Move(rows)) => walk(state, place, rows),
        (_, Act::First) => walk(state, place, i32::MIN / 2),
        (_, Act::Last) => walk(state, place, i32::MAX / 2),
        (_, Act::Enter) => enter(state, place),
        (_, Act::Row(row)) => {
            match place {
                Place::Inbox => state.inbox.list.chosen = row,
                Place::Outbox => state.outbox.chosen = row,
                Place::Search => state.search.hits.chosen = row,
                Place::Settings => state.settings = row.min(1),
                Place::Usage => {}
            }
            walk(state, place, 0);
            enter(state, place)
        }
        _ => Vec::new(),
    }
}

/// A row of the inbox was clicked, maybe beside another screen.
pub(super) fn card(state: &mut State, row: usize) -> Vec<Effect> {
    state.inbox.list.chosen = row;
    state.inbox.list.step(0);
    let id = state.inbox.list.chosen().map(|row| row.id);
    id.map_or_else(Vec::new, |id| open(state, id))
}

fn walk(state: &mut State, place: Place, rows: i32) -> Vec<Effect> {
    match place {
        Place::Inbox => {
            let at_the_end = state.inbox.list.chosen + 1 >= state.inbox.list.rows.len();
            state.inbox.list.step(rows);
            // Moving on at the end asks for more.
            if rows > 0 && at_the_end && !state.inbox.list.rows.is_empty() {
                return further(state);
            }
        }
        Place::Outbox => state.outbox.step(rows),
        Place::Search => state.search.hits.step(rows),
        Place::Settings => state.settings = super::super::state::step(state.settings, rows, 2),
        Place::Usage => {}
    }
    Vec::new()
}

/// The next page: what is on the phone, then what only the server has.
fn further(state: &mut State) -> Vec<Effect> {
    if !state.inbox.more {
        return vec![Effect::LoadMore];
    }
    state.inbox.query.limit = (state.inbox.query.limit + 50).min(500);
    vec![Effect::ReadInbox(state.inbox.query.clone())]
}

fn enter(state: &mut State, place: Place) -> Vec<Effect> {
    match place {
        Place::Inbox => card(state, state.inbox.list.chosen),
        Place::Outbox => {
            if let Some(waiting) = state.outbox.chosen() {
                state.popup = Some(Popup::Menu(about(state, waiting)));
            }
            Vec::new()
        }
        Place::Search => {
            let Some(hit) = state.search.hits.chosen() else { return Vec::new() };
            let (id, message) = (hit.conversation_id, hit.message_id);
            let mut effects = open(state, id);
            if let (Some(message), Some(talk)) = (message, &mut state.talk) {
                talk.around = Around::Message { message };
                talk.chosen = Some(message.to_string());
                effects.push(super::read(talk));
            }
            effects
        }
        Place::Usage => Vec::new(),
        Place::Settings if state.settings == 0 => status(state),
        Place::Settings => vec![Effect::SignOut { force: false }],
    }
}

/// The actions on a waiting command.
fn about(state: &State, waiting: &WaitingCommand) -> Menu {
    let mut entries = popup::actions(state, &waiting.actions, Some(waiting.key), waiting.conversation_id);
    if let Some(id) = waiting.conversation_id {
        let label = state.labels.open_conversation.to_owned();
        entries.push(Entry {
            label,
            detail: waiting.conversation_title.clone().unwrap_or_default(),
            choice: Choice::Conversation(id),
        });
    }
    Menu {
        title: state.labels.kind(&waiting.kind).to_owned(),
        entries,
        chosen: 0,
        empty: state.labels.nothing_to_do.to_owned(),
    }
}

fn change_filter(state: &mut State, filter: Filter) -> Vec<Effect> {
    let query = &mut state.inbox.query;
    match filter {
        Filter::Assignee => query.assignee = next_whose(query.assignee, &state.directory.groups),
        Filter::Channel => {
            query.channel = match query.channel {
                None => CHANNELS.first().copied(),
                Some(kind) => CHANNELS.iter().copied().skip_while(|other| *other != kind).nth(1),
            };
        }
        Filter::Open => {
            query.open = match query.open {
                Some(true) => Some(false),
                Some(false) => None,
                None => Some(true),
            };
        }
        Filter::Unread => query.unread_only = !query.unread_only,
        Filter::Unanswered => query.unanswered_only = !query.unanswered_only,
        Filter::Closing => query.closing_soon = !query.closing_soon,
    }
    query.limit = 50;
    state.inbox.list.chosen = 0;
    vec![Effect::ReadInbox(state.inbox.query.clone())]
}

/// All, mine, unassigned, then each group's.
fn next_whose(whose: AssigneeFilter, groups: &[riposte::model::AgentGroup]) -> AssigneeFilter {
    let group =
        |at: usize| groups.get(at).map_or(AssigneeFilter::All, |group| AssigneeFilter::AgentGroup { id: group.id });
    match whose {
        AssigneeFilter::All => AssigneeFilter::Mine,
        AssigneeFilter::Mine => AssigneeFilter::Unassigned,
        AssigneeFilter::Unassigned => group(0),
        AssigneeFilter::AgentGroup { id } => {
            let at = groups.iter().position(|group| group.id == id);
            group(at.map_or(usize::MAX, |at| at + 1))
        }
    }
}

fn look(state: &mut State) -> Vec<Effect> {
    vec![Effect::Search(state.search.field.text().to_owned())]
}

fn month(state: &mut State, months: i32) -> Vec<Effect> {
    let (year, month) = state.usage.month;
    let counted = year * 12 + i32::try_from(month).unwrap_or(1) - 1 + months;
    let to = (counted.div_euclid(12), u32::try_from(counted.rem_euclid(12)).unwrap_or(0) + 1);
    state.usage.month = to;
    state.usage.shown = None;
    vec![Effect::Month(to.0, to.1)]
}

fn status(state: &mut State) -> Vec<Effect> {
    let next = match state.status() {
        AgentStatus::Online => AgentStatus::Invisible,
        AgentStatus::Invisible => AgentStatus::Offline,
        AgentStatus::Offline | AgentStatus::Unknown => AgentStatus::Online,
    };
    // Until the server's row comes the choice itself is shown.
    if let Some(me) = &mut state.directory.me {
        me.status = next;
    }
    state.at = Screen::Main(Place::Settings);
    vec![Effect::Status(next)]
}
