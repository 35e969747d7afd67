//! Overlays: menus, forms, the sheet of templates.

use riposte::facade::{Decision, Draft, MessageAction, MessageRow, NewTemplate};
use riposte::model::{
    ClientKey, ConversationId, MessageId, TemplateButton, TemplateCategory, TemplateComponent, TemplateValue,
};

use super::super::event::{Act, Choice, Effect, Place};
use super::super::field::{Edit, Field};
use super::super::state::{Entry, Form, FormField, Menu, Popup, Purpose, Screen, Sheet, State, step};
use super::{go, open, read, talk, tour};

/// The emojis that people answer with most.
const EMOJIS: [&str; 6] = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

pub(super) fn act(state: &mut State, act: Act) -> Vec<Effect> {
    if act == Act::Back {
        // Leaving a template's form returns to the templates.
        let channel = match state.popup.take() {
            Some(Popup::Form(Form {
                purpose: Purpose::Values(channel, _) | Purpose::NewTemplate(channel), ..
            })) => channel,
            _ => return Vec::new(),
        };
        state.popup = Some(Popup::Sheet(Sheet { channel, list: Default::default(), loading: true }));
        return vec![Effect::Templates(channel, state.talk.as_ref().map(|talk| talk.id))];
    }
    match &mut state.popup {
        Some(Popup::Menu(menu)) => {
            let length = menu.entries.len();
            let chosen = match act {
                Act::Move(rows) => {
                    menu.chosen = step(menu.chosen, rows, length);
                    return Vec::new();
                }
                Act::Row(row) => menu.entries.get(row),
                Act::Enter => menu.entries.get(menu.chosen),
                _ => return Vec::new(),
            };
            let Some(choice) = chosen.map(|entry| entry.choice.clone()) else { return Vec::new() };
            state.popup = None;
            choose(state, choice)
        }
        Some(Popup::Form(form)) => match typing(form, act) {
            Typed::Nothing => Vec::new(),
            Typed::Changed => changed(state),
            Typed::Entered => entered(state),
        },
        Some(Popup::Sheet(_)) => sheet(state, act),
        None => Vec::new(),
    }
}

/// The screen for signing in is a form of its own.
pub(super) fn sign_in(state: &mut State, act: Act) -> Vec<Effect> {
    let Screen::SignIn(form) = &mut state.at else { return Vec::new() };
    match typing(form, act) {
        Typed::Nothing | Typed::Changed => Vec::new(),
        Typed::Entered => {
            let [server, email, password] = [0, 1, 2].map(|at| text_of(form, at));
            form.faults.clear();
            form.tried = true;
            vec![Effect::SignIn { server, email, password }]
        }
    }
}

enum Typed {
    Nothing,
    Changed,
    Entered,
}

fn typing(form: &mut Form, act: Act) -> Typed {
    let last = form.fields.len().saturating_sub(1);
    let Some(at) = form.fields.get_mut(form.focus) else { return Typed::Nothing };
    match act {
        Act::Next => form.focus = if form.focus >= last { 0 } else { form.focus + 1 },
        Act::Previous => form.focus = form.focus.checked_sub(1).unwrap_or(last),
        Act::Row(row) => form.focus = row.min(last),
        Act::Edit(Edit::Left | Edit::Right) if !at.options.is_empty() => return turn(at),
        Act::Type(text) if !at.options.is_empty() && text == " " => return turn(at),
        Act::Type(_) | Act::Edit(_) if !at.options.is_empty() => {}
        Act::Type(text) => {
            at.field.insert(&text);
            return Typed::Changed;
        }
        Act::Edit(edit) => {
            at.field.edit(edit);
            return Typed::Changed;
        }
        // Enter goes on to what is still empty, and then does it.
        Act::Enter if form.focus < last && !form.tried => form.focus += 1,
        Act::Enter => return Typed::Entered,
        _ => {}
    }
    Typed::Nothing
}

fn turn(at: &mut FormField) -> Typed {
    let now = at.options.iter().position(|option| option == at.field.text()).unwrap_or(0);
    let next = at.options.get((now + 1) % at.options.len().max(1));
    at.field = Field::of(next.map_or("", String::as_str));
    Typed::Changed
}

fn text_of(form: &Form, at: usize) -> String {
    form.fields.get(at).map(|field| field.field.text().trim().to_owned()).unwrap_or_default()
}

// Templates -------------------------------------------------------------------------------------

fn sheet(state: &mut State, act: Act) -> Vec<Effect> {
    let conversation = state.talk.as_ref().map(|talk| talk.id);
    let Some(Popup::Sheet(Sheet { channel, list, loading })) = &mut state.popup else { return Vec::new() };
    let channel = *channel;
    match act {
        Act::Move(rows) => list.step(rows),
        Act::Refresh => {
            *loading = true;
            return vec![Effect::RefreshTemplates(channel), Effect::Templates(channel, conversation)];
        }
        Act::NewTemplate => {
            state.popup = Some(Popup::Form(new_template(state, channel)));
            return changed(state);
        }
        Act::Enter | Act::Row(_) => {
            if let Act::Row(row) = act {
                list.chosen = row;
                list.step(0);
            }
            let Some(choice) = list.chosen().cloned() else { return Vec::new() };
            if !choice.usable {
                let why = choice.why_not.as_ref().map(|why| state.say(why)).unwrap_or_default();
                state.complain(why);
                return Vec::new();
            }
            let fields = choice.variables.iter().map(|name| FormField::new(&format!("{{{{{name}}}}}"), ""));
            let form = Form {
                title: choice.template.name.clone(),
                fields: fields.collect(),
                focus: 0,
                preview: choice.text.clone(),
                faults: Vec::new(),
                button: button(state, choice.price.as_ref()),
                price: choice.price.as_ref().map(|price| state.say(&price.phrase)).unwrap_or_default(),
                tried: false,
                purpose: Purpose::Values(channel, Box::new(choice)),
            };
            state.popup = Some(Popup::Form(form));
            return changed(state);
        }
        _ => {}
    }
    Vec::new()
}

/// *Send the WhatsApp template*, with its price on it where there is one.
fn button(state: &State, price: Option<&riposte::facade::PriceTag>) -> String {
    use riposte::model::{Phrase, PhraseKey, PhraseValue};
    match price.map(|price| &price.quote) {
        Some(riposte::facade::PriceQuote::Costs { price, estimate: false, .. }) => {
            state.say(&Phrase::new(PhraseKey::SendTemplatePriced).with("price", PhraseValue::Money(*price)))
        }
        _ => state.say_key(PhraseKey::SendTemplate),
    }
}

fn new_template(state: &State, channel: riposte::model::ChannelId) -> Form {
    let labels = state.labels;
    let mut category = FormField::new(labels.category, labels.utility);
    category.options = vec![labels.utility.to_owned(), labels.marketing.to_owned()];
    let language = if std::ptr::eq(labels, super::super::labels::Labels::of(riposte::texts::Language::French)) {
        "fr"
    } else {
        "en"
    };
    Form {
        purpose: Purpose::NewTemplate(channel),
        title: labels.new_template.to_owned(),
        fields: vec![
            FormField::new(labels.name, ""),
            FormField::new(labels.language, language),
            category,
            FormField::new(labels.header, ""),
            FormField::new(labels.body, ""),
            FormField::new(labels.footer, ""),
            FormField::new(labels.buttons, ""),
            FormField::new(labels.samples, ""),
        ],
        focus: 0,
        preview: String::new(),
        faults: Vec::new(),
        button: labels.submit.to_owned(),
        price: String::new(),
        tried: false,
    }
}

/// The new template as far as the form is filled in.
fn composed(state: &State, form: &Form) -> NewTemplate {
    let [name, language, category, header, body, footer, buttons, samples] =
        [0, 1, 2, 3, 4, 5, 6, 7].map(|at| text_of(form, at));
    let listed = |text: &str| -> Vec<String> {
        text.split(',').map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect()
    };
    let mut components = Vec::new();
    if !header.is_empty() {
        components.push(TemplateComponent::HeaderText { text: header });
    }
    components.push(TemplateComponent::Body { text: body });
    if !footer.is_empty() {
        components.push(TemplateComponent::Footer { text: footer });
    }
    let buttons: Vec<TemplateButton> =
        listed(&buttons).into_iter().map(|text| TemplateButton::QuickReply { text }).collect();
    if !buttons.is_empty() {
        components.push(TemplateComponent::Buttons { buttons });
    }
    let samples = listed(&samples).into_iter().enumerate();
    let samples = samples.map(|(at, value)| TemplateValue { name: (at + 1).to_string(), value }).collect();
    let category =
        if category == state.labels.marketing { TemplateCategory::Marketing } else { TemplateCategory::Utility };
    NewTemplate { name, language, category, components, samples }
}

// Forms -----------------------------------------------------------------------------------------

fn values(form: &Form, names: &[String]) -> Vec<TemplateValue> {
    let typed =
        names.iter().enumerate().map(|(at, name)| TemplateValue { name: name.clone(), value: text_of(form, at) });
    typed.filter(|value| !value.value.is_empty()).collect()
}

/// Something was typed in a form: the core says what it makes of it.
fn changed(state: &mut State) -> Vec<Effect> {
    let Some(Popup::Form(form)) = &state.popup else { return Vec::new() };
    match &form.purpose {
        Purpose::Values(channel, choice) => {
            vec![Effect::Preview(*channel, choice.template.id, values(form, &choice.variables))]
        }
        Purpose::NewTemplate(channel) => vec![Effect::CheckTemplate(*channel, composed(state, form))],
        Purpose::File | Purpose::SignIn => Vec::new(),
    }
}

fn entered(state: &mut State) -> Vec<Effect> {
    let Some(Popup::Form(form)) = &mut state.popup else { return Vec::new() };
    form.tried = true;
    if !form.faults.is_empty() {
        return Vec::new();
    }
    let Some(Popup::Form(form)) = &state.popup else { return Vec::new() };
    match &form.purpose {
        Purpose::Values(_, choice) => {
            let values = values(form, &choice.variables);
            let draft = Draft::Template { template_id: choice.template.id, values };
            let Some(talk) = &state.talk else { return Vec::new() };
            let effects = vec![Effect::Send(talk.id, draft), read(talk)];
            state.popup = None;
            effects
        }
        Purpose::NewTemplate(channel) => vec![Effect::CreateTemplate(*channel, composed(state, form))],
        Purpose::File => {
            let (path, caption) = (text_of(form, 0), text_of(form, 1));
            let Some(talk) = &state.talk else { return Vec::new() };
            let (id, reply_to) = (talk.id, talk.composer.reply_to);
            let draft = Draft::Media { mime: mime(&path), path, name: String::new(), caption, voice: false, reply_to };
            state.popup = None;
            vec![Effect::Send(id, draft)]
        }
        Purpose::SignIn => Vec::new(),
    }
}

/// A file's type by its name, as far as channels take them; anything else is a file.
fn mime(path: &str) -> String {
    let ending = path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let mime = match ending.as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "webp" => "image/webp",
        "mp4" => "video/mp4",
        "mp3" => "audio/mpeg",
        "ogg" | "opus" => "audio/ogg",
        "m4a" => "audio/mp4",
        "pdf" => "application/pdf",
        "txt" => "text/plain",
        _ => "application/octet-stream",
    };
    mime.to_owned()
}

// Menus -----------------------------------------------------------------------------------------

/// What the core offers about a command that waits, in the order in which it offers it.
pub(super) fn actions(
    state: &State,
    actions: &[MessageAction],
    key: Option<ClientKey>,
    conversation: Option<ConversationId>,
) -> Vec<Entry> {
    let labels = state.labels;
    let entry = |label: &str, choice| Entry { label: label.to_owned(), detail: String::new(), choice };
    let entries = actions.iter().filter_map(|action| {
        Some(match action {
            MessageAction::Retry => entry(labels.retry, Choice::Retry(key?)),
            MessageAction::Cancel => entry(labels.cancel, Choice::Cancel(key?)),
            MessageAction::Edit => entry(labels.edit, Choice::Decide(key?, Decision::Edit)),
            MessageAction::Restart => entry(labels.restart, Choice::Restart(conversation)),
            MessageAction::SendAnyway => entry(labels.send_anyway, Choice::Decide(key?, Decision::Send)),
            MessageAction::Discard => entry(labels.discard, Choice::Decide(key?, Decision::Discard)),
        })
    });
    entries.collect()
}

/// What the core offers about a message that the provider failed.
pub(super) fn actions_of_message(state: &State, bubble: &MessageRow, id: MessageId) -> Vec<Entry> {
    let labels = state.labels;
    let entry = |label: &str, choice| Entry { label: label.to_owned(), detail: String::new(), choice };
    let conversation = state.talk.as_ref().map(|talk| talk.id);
    let entries = bubble.actions.iter().filter_map(|action| match action {
        MessageAction::Retry => Some(entry(labels.retry, Choice::Again(id))),
        MessageAction::Edit => Some(entry(labels.edit, Choice::Reuse(bubble.content.text().to_owned()))),
        MessageAction::Restart => Some(entry(labels.restart, Choice::Restart(conversation))),
        // These are about what still waits here.
        MessageAction::Cancel | MessageAction::SendAnyway | MessageAction::Discard => None,
    });
    entries.collect()
}

pub(super) fn choose(state: &mut State, choice: Choice) -> Vec<Effect> {
    let id = state.talk.as_ref().map(|talk| talk.id);
    match (choice, id) {
        (Choice::AssignTo(to), Some(id)) => vec![Effect::Assign(id, to)],
        (Choice::Insert(reply), Some(id)) => vec![Effect::SavedReply(id, reply)],
        (Choice::Mention(agent, name), Some(_)) => {
            let Some(talk) = &mut state.talk else { return Vec::new() };
            talk.composer.field.insert(&format!("@{name} "));
            talk.composer.mentions.push((agent, name));
            Vec::new()
        }
        (Choice::Quote(message), Some(_)) => {
            let Some(talk) = &mut state.talk else { return Vec::new() };
            talk.composer.reply_to = Some(message);
            talk.chosen = None;
            talk::typed(talk)
        }
        (Choice::React(message), Some(_)) => {
            let emoji = |emoji: &&str| Entry {
                label: (*emoji).to_owned(),
                detail: String::new(),
                choice: Choice::Emoji(message, Some((*emoji).to_owned())),
            };
            let mut entries: Vec<Entry> = EMOJIS.iter().map(emoji).collect();
            let label = state.labels.take_reaction.to_owned();
            entries.push(Entry { label, detail: String::new(), choice: Choice::Emoji(message, None) });
            let title = state.labels.react.to_owned();
            state.popup = Some(Popup::Menu(Menu { title, entries, chosen: 0, empty: String::new() }));
            Vec::new()
        }
        (Choice::Emoji(message, emoji), Some(id)) => vec![Effect::React(id, message, emoji)],
        (Choice::Media(media), Some(id)) => vec![Effect::Media(id, media)],
        (Choice::Again(message), Some(id)) => vec![Effect::Again(id, message)],
        (Choice::Retry(key), _) => vec![Effect::Retry(key)],
        (Choice::Cancel(key), _) => vec![Effect::Cancel(key)],
        (Choice::Decide(key, decision), _) => vec![Effect::Decide(key, decision)],
        (Choice::Reuse(text), Some(_)) => {
            let Some(talk) = &mut state.talk else { return Vec::new() };
            talk.composer.field.insert(&text);
            talk.chosen = None;
            talk::typed(talk)
        }
        (Choice::Restart(Some(id)), _) => talk::restart(state, id),
        (Choice::Conversation(id), _) => open(state, id),
        (Choice::Scene(scene), _) => tour::play(state, scene),
        (Choice::SignOut, _) => {
            let mut effects = go(state, Place::Inbox);
            effects.push(Effect::SignOut { force: true });
            effects
        }
        _ => Vec::new(),
    }
}
