//! Answers from the core or from the backstage.

use riposte::facade::{Changed, ConversationScreen, Error};
use riposte::model::{ConversationId, PhraseKey};

use super::super::event::{Choice, Effect, News, Place, Stage, StageNews};
use super::super::field::Field;
use super::super::state::{Entry, Form, FormField, Menu, Popup, Purpose, Screen, StageState, State};
use super::{beginning, open, read, talk, tour};

pub(super) fn take(state: &mut State, news: News) -> Vec<Effect> {
    match news {
        News::Opened(account) => return opened(state, &account),
        News::NobodySignedIn => ask_who(state),
        News::SignedOut => {
            state.who = None;
            state.talk = None;
            state.popup = None;
            ask_who(state);
        }
        News::Unsent(count) => {
            let title = format!("{count} {}", state.labels.unsent);
            let label = state.labels.sign_out_anyway.to_owned();
            let entries = vec![Entry { label, detail: String::new(), choice: Choice::SignOut }];
            state.popup = Some(Popup::Menu(Menu { title, entries, chosen: 0, empty: String::new() }));
        }
        News::Changed(changes) => return changed(state, &changes),
        News::Connection(connection, phrase) => state.connection = Some((connection, phrase)),
        News::Inbox(page, counts) => {
            let standing = state.inbox.list.chosen().map(|row| row.id);
            state.inbox.more = page.next.is_some();
            state.inbox.notice = page.notice;
            state.inbox.valid_until = page.valid_until;
            state.inbox.counts = counts;
            state.inbox.read_at = state.now;
            // The selection is a conversation, not a line: the list moves under it.
            let again = page.rows.iter().position(|row| Some(row.id) == standing);
            state.inbox.list.replace(page.rows);
            if let Some(again) = again {
                state.inbox.list.chosen = again;
            }
        }
        News::More => {
            state.inbox.query.limit = (state.inbox.query.limit + 50).min(500);
            return vec![Effect::ReadInbox(state.inbox.query.clone())];
        }
        News::Directory(directory) => {
            let known = &mut state.directory;
            known.me = Some(directory.me);
            known.agents = directory.agents;
            known.groups = directory.groups;
            known.saved_replies = directory.saved_replies;
            known.channels = directory.channels;
        }
        News::Outbox(waiting) => state.outbox.replace(waiting),
        News::Found { text, hits } => {
            // An answer to an outdated request is ignored.
            if text == state.search.field.text() {
                state.search.hits.replace(hits);
                state.search.asked = text;
            }
        }
        News::Month(month) => {
            if (month.year, month.month) == state.usage.month {
                state.usage.shown = Some(*month);
            }
        }
        News::Talk(screen) => return show(state, *screen),
        News::Older(id) => {
            if let Some(talk) = state.talk.as_mut().filter(|talk| talk.id == id) {
                talk.loading = false;
                return if std::mem::take(&mut talk.more_wanted) { talk::older(talk) } else { vec![read(talk)] };
            }
        }
        News::Checked(text, check) => {
            if let Some(talk) = &mut state.talk {
                talk.composer.check = (text, check);
            }
        }
        News::Words(id, text) => return words(state, id, &text),
        News::File(file) => {
            let written = format!("{} {}", state.labels.file_here, file.path);
            state.tell(written);
        }
        News::Templates(choices) => {
            if let Some(Popup::Sheet(sheet)) = &mut state.popup {
                sheet.list.replace(choices);
                sheet.loading = false;
            }
        }
        News::Preview(id, preview) => {
            let faults: Vec<String> = preview.faults.iter().map(|fault| state.say(fault)).collect();
            if let Some(Popup::Form(form)) = &mut state.popup
                && matches!(&form.purpose, Purpose::Values(_, choice) if choice.template.id == id)
            {
                form.preview = preview.text;
                form.faults = faults;
            }
        }
        News::TemplateFaults(faults) => {
            let faults: Vec<String> = faults.iter().map(|fault| state.say(fault)).collect();
            if let Some(Popup::Form(form)) = &mut state.popup {
                form.faults = faults;
            }
        }
        News::Created => {
            let written = state.labels.submitted;
            state.popup = None;
            let effects = talk::sheet(state);
            state.tell(written);
            return effects;
        }
        News::Failed(error) => failed(state, &error),
        // Internal to the app.
        News::Ready(_) => {}
        News::Stage(news) => return staged(state, &news),
        News::Taken(taken) => {
            if let Some(stage) = &mut state.stage {
                stage.taken = taken;
            }
        }
        News::Broken(what) => {
            if let Some(stage) = &mut state.stage {
                (stage.busy, stage.lost) = (false, false);
            }
            state.complain(what);
        }
    }
    Vec::new()
}

fn opened(state: &mut State, account: &riposte::facade::Account) -> Vec<Effect> {
    state.who = Some(account.info());
    if let Some(stage) = &mut state.stage {
        stage.lost = false;
    }
    state.popup = None;
    state.notice = None;
    // An app that was killed begins at its list; the tour goes on where it was.
    let again = state.talk.take().map(|talk| talk.id).filter(|_| state.scene == Some(4));
    state.at = Screen::Main(Place::Inbox);
    let mut effects = beginning(state);
    if let Some(id) = again {
        effects.extend(open(state, id));
    }
    effects
}

fn ask_who(state: &mut State) {
    let labels = state.labels;
    let known = |form: &Form, at: usize| form.fields.get(at).map(|field| field.field.text().to_owned());
    let server = match &state.at {
        Screen::SignIn(form) => known(form, 0).unwrap_or_default(),
        _ => state.server.clone(),
    };
    let mut password = FormField::new(labels.password, "");
    password.secret = true;
    state.at = Screen::SignIn(Form {
        purpose: Purpose::SignIn,
        title: labels.sign_in.to_owned(),
        fields: vec![FormField::new(labels.server, &server), FormField::new(labels.email, ""), password],
        focus: usize::from(!server.is_empty()),
        preview: String::new(),
        faults: Vec::new(),
        button: labels.sign_in.to_owned(),
        price: String::new(),
        tried: false,
    });
}

/// Reads again what is on screen and in the batch.
fn changed(state: &mut State, changes: &[Changed]) -> Vec<Effect> {
    let all = changes.contains(&Changed::Overflow);
    let about = |change: Changed| all || changes.contains(&change);
    let mut effects = Vec::new();
    // Waiting commands are shown in the list and in the conversation.
    let outbox = about(Changed::Outbox);
    if about(Changed::Inbox) || outbox {
        effects.push(Effect::ReadInbox(state.inbox.query.clone()));
    }
    if outbox {
        effects.push(Effect::ReadOutbox);
    }
    if about(Changed::Directory) {
        effects.push(Effect::Directory);
        if let Some(Popup::Sheet(sheet)) = &state.popup {
            effects.push(Effect::Templates(sheet.channel, state.talk.as_ref().map(|talk| talk.id)));
        }
    }
    if state.stage.is_some() && !changes.contains(&Changed::Connection) {
        effects.push(Effect::Stage(Stage::Count));
    }
    if let Some(talk) = &state.talk {
        let here = about(Changed::Conversation { id: talk.id });
        if here || outbox || about(Changed::Usage) || about(Changed::Directory) || about(Changed::Connection) {
            effects.push(read(talk));
        }
    }
    effects
}

fn show(state: &mut State, screen: ConversationScreen) -> Vec<Effect> {
    let Some(talk) = state.talk.as_mut().filter(|talk| talk.id == screen.id) else { return Vec::new() };
    let first = talk.screen.is_none();
    let mut effects = Vec::new();
    if first {
        // Opening it marks it as read: where *new* began is kept for as long as it is looked at.
        talk.unread_from = screen.unread_from;
        if let Some(draft) = screen.draft.clone().filter(|_| talk.composer.field.is_empty()) {
            talk.composer.field = Field::of(&draft.text);
            talk.composer.reply_to = draft.reply_to;
        }
    }
    talk.screen = Some(screen);
    talk.read_at = state.now;
    if first {
        effects.extend(talk::typed(talk));
        talk.composer.unsaved = false;
    }
    if first && state.sheet_for.take() == Some(talk.id) && state.popup.is_none() {
        effects.extend(talk::sheet(state));
    }
    effects
}

/// A text for the composer: a saved reply, or a cancelled message.
fn words(state: &mut State, id: ConversationId, text: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    if state.talk.as_ref().is_none_or(|talk| talk.id != id) {
        effects = open(state, id);
    }
    if let Some(talk) = &mut state.talk {
        talk.chosen = None;
        talk.composer.field.insert(text);
        effects.extend(talk::typed(talk));
    }
    effects
}

fn failed(state: &mut State, error: &Error) {
    let labels = state.labels;
    let written = match error {
        Error::Refused { phrase, .. } => state.say(phrase),
        Error::Offline => state.say_key(PhraseKey::ConnectionOffline),
        Error::SignedOut => state.say_key(PhraseKey::ConnectionSignedOut),
        Error::NotFound => labels.not_found.to_owned(),
        Error::Locked => labels.locked.to_owned(),
        Error::Full => labels.no_room.to_owned(),
        Error::Paused | Error::Storage { .. } | Error::Bug { .. } => format!("{} {error}", labels.failed),
    };
    if let Screen::SignIn(form) = &mut state.at {
        form.faults = vec![written];
        return;
    }
    // A conversation that left the agent's view is no longer shown.
    if *error == Error::NotFound && matches!(state.at, Screen::Talk) {
        state.talk = None;
        state.at = Screen::Main(Place::Inbox);
    }
    if let Some(talk) = &mut state.talk {
        (talk.loading, talk.more_wanted) = (false, false);
    }
    state.complain(written);
}

fn staged(state: &mut State, news: &StageNews) -> Vec<Effect> {
    state.now = news.now;
    let lost = state.stage.is_some_and(|stage| stage.lost);
    state.stage = Some(StageState { network: news.network, taken: news.taken, busy: false, lost });
    let mut effects = vec![Effect::ReadInbox(state.inbox.query.clone()), Effect::ReadOutbox];
    if let Some(talk) = &state.talk {
        effects.push(read(talk));
    }
    if let Some((scene, id)) = news.scene {
        effects.extend(tour::begin(state, scene, id));
    }
    effects
}
