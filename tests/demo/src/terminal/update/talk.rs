//! The conversation in front, and what is written in it.

use riposte::facade::{Around, CommentRow, Composer, Draft, GapRow, MessageRow, Side, TimelineRow};
use riposte::model::Content;

use super::super::event::{Act, Choice, Effect, Place};
use super::super::state::{Entry, Form, FormField, Menu, Popup, Purpose, Sheet, State, Talk, row_key, step};
use super::{go, lists, open, popup, read};

pub(super) fn act(state: &mut State, act: Act) -> Vec<Effect> {
    let Some(talk) = state.talk.as_mut() else { return go(state, Place::Inbox) };
    match act {
        Act::Back => back(state),
        Act::Card(row) => lists::card(state, row),
        Act::Go(place) => go(state, place),
        Act::Move(rows) => walk(talk, rows),
        Act::First => walk(talk, i32::MIN / 2),
        Act::Last => newest(talk),
        Act::Row(row) => {
            talk.chosen = talk.rows().get(row).map(|row| row_key(row).to_owned());
            enter(state)
        }
        Act::Enter => enter(state),
        Act::Type(text) => {
            if text == "@" && talk.composer.comment {
                return mention(state);
            }
            talk.chosen = None;
            if !may_type(talk) {
                return Vec::new();
            }
            talk.composer.field.insert(&text);
            typed(talk)
        }
        Act::Edit(edit) => {
            talk.composer.field.edit(edit);
            typed(talk)
        }
        Act::Comment => {
            talk.composer.comment = !talk.composer.comment;
            talk.composer.mentions.clear();
            typed(talk)
        }
        Act::SavedReplies => saved_replies(state),
        Act::Restart => sheet(state),
        Act::Assign => assign(state),
        Act::SetOpen => {
            let open = talk.screen.as_ref().is_some_and(|screen| screen.open);
            vec![Effect::SetOpen(talk.id, !open)]
        }
        Act::File => file(state),
        _ => Vec::new(),
    }
}

/// If nothing can be written, only a comment can be typed.
fn may_type(talk: &Talk) -> bool {
    let open = talk.screen.as_ref().is_none_or(|screen| matches!(screen.composer, Composer::Open { .. }));
    open || talk.composer.comment
}

/// What was typed is checked at once and kept soon.
pub(super) fn typed(talk: &mut Talk) -> Vec<Effect> {
    talk.composer.unsaved = true;
    if talk.composer.comment {
        return Vec::new();
    }
    vec![Effect::Check(talk.composer.field.text().to_owned(), talk.composer.reply_to)]
}

fn draft(talk: &Talk) -> Draft {
    Draft::Text { body: talk.composer.field.text().to_owned(), reply_to: talk.composer.reply_to }
}

fn back(state: &mut State) -> Vec<Effect> {
    let Some(talk) = state.talk.as_mut() else { return go(state, Place::Inbox) };
    if talk.chosen.is_some() || talk.around != Around::Newest {
        return newest(talk);
    }
    if talk.composer.reply_to.take().is_some() {
        return typed(talk);
    }
    if talk.composer.comment {
        talk.composer.comment = false;
        return typed(talk);
    }
    go(state, Place::Inbox)
}

fn newest(talk: &mut Talk) -> Vec<Effect> {
    talk.chosen = None;
    if talk.around == Around::Newest {
        return Vec::new();
    }
    talk.around = Around::Newest;
    vec![read(talk)]
}

/// Selects another row. After the last one is the composer; before the first one, older rows are
/// loaded.
fn walk(talk: &mut Talk, rows: i32) -> Vec<Effect> {
    let length = talk.rows().len();
    let at = talk.chosen.as_deref().and_then(|key| talk.rows().iter().position(|row| row_key(row) == key));
    let to = match at {
        None if rows < 0 => length.checked_sub(1).map(|last| step(last, rows + 1, length)),
        None => None,
        Some(at) if rows > 0 && at + 1 >= length => return newest(talk),
        Some(at) => Some(step(at, rows, length)),
    };
    let fetch = rows < 0 && to == Some(0) && talk.screen.as_ref().is_some_and(|screen| screen.more_before);
    talk.chosen = to.and_then(|to| talk.rows().get(to)).map(|row| row_key(row).to_owned());
    if !fetch {
        return Vec::new();
    }
    if talk.loading {
        talk.more_wanted = true;
        return Vec::new();
    }
    older(talk)
}

/// Asks for more rows above.
pub(super) fn older(talk: &mut Talk) -> Vec<Effect> {
    talk.loading = true;
    talk.limit = (talk.limit + 50).min(500);
    // Older rows on the phone are there at once, also without a network.
    vec![read(talk), Effect::LoadOlder(talk.id)]
}

fn enter(state: &mut State) -> Vec<Effect> {
    let Some(talk) = state.talk.as_mut() else { return Vec::new() };
    match talk.chosen_row().cloned() {
        Some(TimelineRow::Gap(GapRow { .. })) if !talk.loading => {
            talk.loading = true;
            return vec![Effect::LoadOlder(talk.id)];
        }
        Some(TimelineRow::Message(bubble)) => {
            let entries = about_bubble(state, &bubble);
            return menu(state, entries);
        }
        Some(TimelineRow::Comment(comment)) => {
            let entries = about_comment(state, &comment);
            return menu(state, entries);
        }
        Some(TimelineRow::Event(_) | TimelineRow::Gap(_)) => return Vec::new(),
        None => {}
    }
    let composer = talk.screen.as_ref().map(|screen| &screen.composer);
    if talk.composer.comment {
        return comment(talk);
    }
    match composer {
        Some(Composer::Open { .. }) => send(state),
        Some(Composer::RestartOnly { .. }) => sheet(state),
        Some(Composer::Blocked { .. }) | None => Vec::new(),
    }
}

fn send(state: &mut State) -> Vec<Effect> {
    let Some(talk) = state.talk.as_mut() else { return Vec::new() };
    if talk.composer.field.text().trim().is_empty() {
        return Vec::new();
    }
    if let Some(fault) = talk.composer.checked().and_then(|check| check.faults.first()).cloned() {
        let fault = state.say(&fault);
        state.complain(fault);
        return Vec::new();
    }
    let draft = draft(talk);
    talk.composer.field.take();
    talk.composer.reply_to = None;
    // The core deletes the draft when it takes the message.
    talk.composer.unsaved = false;
    talk.around = Around::Newest;
    vec![Effect::Send(talk.id, draft), read(talk), Effect::ReadOutbox]
}

fn comment(talk: &mut Talk) -> Vec<Effect> {
    if talk.composer.field.text().trim().is_empty() {
        return Vec::new();
    }
    let body = talk.composer.field.take();
    // A colleague whose name was deleted again is not mentioned.
    let called = talk.composer.mentions.drain(..).filter(|(_, name)| body.contains(&format!("@{name}")));
    let mentions = called.map(|(id, _)| id).collect();
    talk.composer.comment = false;
    talk.composer.unsaved = true;
    vec![Effect::Say(talk.id, body, mentions), read(talk)]
}

fn menu(state: &mut State, entries: Vec<Entry>) -> Vec<Effect> {
    let (title, empty) = (state.labels.this_message.to_owned(), state.labels.nothing_to_do.to_owned());
    state.popup = Some(Popup::Menu(Menu { title, entries, chosen: 0, empty }));
    Vec::new()
}

fn about_bubble(state: &State, bubble: &MessageRow) -> Vec<Entry> {
    let labels = state.labels;
    let entry = |label: &str, choice| Entry { label: label.to_owned(), detail: String::new(), choice };
    let conversation = state.talk.as_ref().map(|talk| talk.id);
    let capabilities = state.talk.as_ref().and_then(|talk| Some(&talk.screen.as_ref()?.channel.as_ref()?.capabilities));
    let mut entries = match (bubble.message_id, bubble.client_key, conversation) {
        // A message that the provider failed is retried as the same message.
        (Some(id), None, _) => popup::actions_of_message(state, bubble, id),
        (Some(id), Some(key), _) => {
            let waits = state.outbox.rows.iter().any(|waiting| waiting.key == key);
            match waits {
                true => popup::actions(state, &bubble.actions, Some(key), conversation),
                false => popup::actions_of_message(state, bubble, id),
            }
        }
        (None, key, conversation) => popup::actions(state, &bubble.actions, key, conversation),
    };
    if let Content::Media(media) = &bubble.content
        && let Some(id) = media.media_id
    {
        entries.push(entry(labels.open_file, Choice::Media(id)));
    }
    if let (Some(id), Some(capabilities)) = (bubble.message_id, capabilities) {
        if capabilities.quotes {
            entries.push(entry(labels.quote, Choice::Quote(id)));
        }
        if capabilities.reactions && bubble.side == Side::Customer {
            entries.push(entry(labels.react, Choice::React(id)));
        }
    }
    entries
}

fn about_comment(state: &State, comment: &CommentRow) -> Vec<Entry> {
    let conversation = state.talk.as_ref().map(|talk| talk.id);
    popup::actions(state, &comment.actions, comment.client_key, conversation)
}

fn saved_replies(state: &mut State) -> Vec<Effect> {
    let entries = state.directory.saved_replies.iter().map(|reply| Entry {
        label: reply.title.clone(),
        detail: reply.text.clone(),
        choice: Choice::Insert(reply.id),
    });
    let empty = state.say_key(riposte::model::PhraseKey::EmptySavedReplies);
    let menu = Menu { title: state.labels.saved_replies.to_owned(), entries: entries.collect(), chosen: 0, empty };
    state.popup = Some(Popup::Menu(menu));
    Vec::new()
}

fn assign(state: &mut State) -> Vec<Effect> {
    use riposte::model::Assignee;
    let (labels, known) = (state.labels, &state.directory);
    let me = known.me.as_ref().map(|me| me.id);
    let entry = |label: &str, detail: &str, to| Entry {
        label: label.to_owned(),
        detail: detail.to_owned(),
        choice: Choice::AssignTo(to),
    };
    let mut entries = Vec::new();
    // The agent first: assigning to oneself is most common.
    for agent in known.agents.iter().filter(|agent| Some(agent.id) == me) {
        entries.push(entry(&agent.name, labels.me, Assignee::Agent(agent.id)));
    }
    for agent in known.agents.iter().filter(|agent| Some(agent.id) != me) {
        entries.push(entry(&agent.name, labels.status_of(agent.status), Assignee::Agent(agent.id)));
    }
    for group in &known.groups {
        entries.push(entry(&group.name, "", Assignee::Group(group.id)));
    }
    entries.push(entry(labels.no_one, "", Assignee::None));
    let menu = Menu { title: labels.assign_to.to_owned(), entries, chosen: 0, empty: String::new() };
    state.popup = Some(Popup::Menu(menu));
    Vec::new()
}

fn mention(state: &mut State) -> Vec<Effect> {
    let me = state.directory.me.as_ref().map(|me| me.id);
    let colleagues = state.directory.agents.iter().filter(|agent| Some(agent.id) != me);
    let entries = colleagues.map(|agent| Entry {
        label: agent.name.clone(),
        detail: state.labels.status_of(agent.status).to_owned(),
        choice: Choice::Mention(agent.id, agent.name.clone()),
    });
    let menu =
        Menu { title: state.labels.mention.to_owned(), entries: entries.collect(), chosen: 0, empty: String::new() };
    state.popup = Some(Popup::Menu(menu));
    Vec::new()
}

fn file(state: &mut State) -> Vec<Effect> {
    let labels = state.labels;
    state.popup = Some(Popup::Form(Form {
        purpose: Purpose::File,
        title: labels.send_file.to_owned(),
        fields: vec![FormField::new(labels.path, ""), FormField::new(labels.caption, "")],
        focus: 0,
        preview: String::new(),
        faults: Vec::new(),
        button: labels.send_file.to_owned(),
        price: String::new(),
        tried: false,
    }));
    Vec::new()
}

/// The sheet of templates, where the channel has any.
pub(super) fn sheet(state: &mut State) -> Vec<Effect> {
    let Some(talk) = &state.talk else { return Vec::new() };
    let Some(channel) = talk.screen.as_ref().and_then(|screen| screen.channel.as_ref()) else { return Vec::new() };
    if !channel.capabilities.templates {
        let written = state.say_key(riposte::model::PhraseKey::TemplatesNotHere);
        state.complain(written);
        return Vec::new();
    }
    let (channel, id) = (channel.id, talk.id);
    state.popup = Some(Popup::Sheet(Sheet { channel, list: Default::default(), loading: true }));
    vec![Effect::Templates(channel, Some(id))]
}

/// Opens a conversation with the sheet of templates over it.
pub(super) fn restart(state: &mut State, id: riposte::model::ConversationId) -> Vec<Effect> {
    if state.talk.as_ref().is_some_and(|talk| talk.id == id) {
        return sheet(state);
    }
    state.sheet_for = Some(id);
    open(state, id)
}
