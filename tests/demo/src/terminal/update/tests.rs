use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::backend::TestBackend;
use riposte::facade::{
    AssigneeFilter, Composer, ConversationScreen, Dot, Draft, GapRow, InboxPage, InboxRow, SavedDraft, TimelineRow,
    WindowBadge,
};
use riposte::model::{ConversationId, MessageId, Phrase, PhraseKey};
use riposte::texts::{self, Language, Locale as Zone};

use super::super::event::{Filter, News};
use super::super::ink::Palette;
use super::super::labels::Labels;
use super::super::view;
use super::*;

fn now() -> DateTime<Utc> {
    "2026-11-02T09:00:00Z".parse().unwrap()
}

fn state() -> State {
    let zone = Zone { language: Language::English, utc_offset_minutes: 0 };
    let mut state =
        State::new(Labels::of(Language::English), Arc::new(move |phrase| texts::words(phrase, &zone, now())), now(), 0);
    state.at = Screen::Main(Place::Inbox);
    state
}

fn row(id: i64, name: &str) -> InboxRow {
    InboxRow {
        id: ConversationId(id),
        title: name.into(),
        channel: None,
        preview: None,
        at: now(),
        dot: Dot::Purple,
        unread: true,
        waiting_since: None,
        open: true,
        window: Some(WindowBadge::Open { remaining_ms: 90_000, urgent: true }),
        assignee: None,
        group: None,
    }
}

fn listed(state: &mut State, rows: Vec<InboxRow>) {
    let page = InboxPage { rows, next: None, notice: None, valid_until: None };
    update(state, Event::News(News::Inbox(page, Default::default())));
}

fn screen(id: i64, composer: Composer) -> ConversationScreen {
    ConversationScreen {
        id: ConversationId(id),
        title: "Léa".into(),
        contact: None,
        channel: None,
        assignee: None,
        group: None,
        open: true,
        dot: Dot::None,
        composer,
        reply_price: None,
        waits_for_answer: None,
        window_difference: None,
        rows: Vec::new(),
        unread_from: None,
        colleagues: Vec::new(),
        draft: None,
        more_before: false,
        more_after: false,
        times_confirmed: true,
        valid_until: None,
    }
}

fn open_composer() -> Composer {
    Composer::Open { closes_at: None, remaining_ms: None, human_agent: false }
}

/// A conversation in front, with this composer.
fn talking(composer: Composer) -> State {
    let mut state = state();
    listed(&mut state, vec![row(1, "Léa")]);
    update(&mut state, Event::Act(Act::Enter));
    update(&mut state, Event::News(News::Talk(Box::new(screen(1, composer)))));
    state
}

fn gap(key: &str, after: i64) -> TimelineRow {
    TimelineRow::Gap(GapRow { row_key: key.into(), after: Some(MessageId(after)), before: Some(MessageId(after + 6)) })
}

fn press(state: &mut State, code: KeyCode) -> Vec<Effect> {
    update(state, Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

fn typed(state: &State) -> &str {
    state.talk.as_ref().unwrap().composer.field.text()
}

fn drawn(state: &State, columns: u16, rows: u16) -> String {
    let mut terminal = ratatui::Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal.draw(|frame| drop(view::draw(state, Palette::None, frame.area(), frame.buffer_mut()))).unwrap();
    terminal.backend().to_string()
}

#[test]
fn the_selection_is_a_conversation_and_not_a_line() {
    let mut state = state();
    listed(&mut state, vec![row(1, "Léa"), row(2, "Paul")]);
    press(&mut state, KeyCode::Down);
    listed(&mut state, vec![row(3, "Tom"), row(1, "Léa"), row(2, "Paul")]);
    assert_eq!(state.inbox.list.chosen().unwrap().title, "Paul");
}

#[test]
fn a_filter_reads_the_list_again() {
    let mut state = state();
    let effects = update(&mut state, Event::Act(Act::Filter(Filter::Assignee)));
    let [Effect::ReadInbox(query)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(query.assignee, AssigneeFilter::Mine);
}

#[test]
fn a_typed_text_leaves_once_and_empties_the_field() {
    let mut state = talking(open_composer());
    "Oui".chars().for_each(|c| drop(press(&mut state, KeyCode::Char(c))));
    let effects = press(&mut state, KeyCode::Enter);
    let sent = |effect: &&Effect| matches!(effect, Effect::Send(_, Draft::Text { body, .. }) if body == "Oui");
    assert_eq!(effects.iter().filter(sent).count(), 1);
    assert_eq!(typed(&state), "");
    assert!(!press(&mut state, KeyCode::Enter).iter().any(|effect| matches!(effect, Effect::Send(..))));
}

#[test]
fn a_refused_text_comes_back_into_the_field() {
    let mut state = talking(open_composer());
    press(&mut state, KeyCode::Char('a'));
    press(&mut state, KeyCode::Enter);
    update(&mut state, Event::News(News::Words(ConversationId(1), "a".into())));
    assert_eq!(typed(&state), "a");
}

#[test]
fn once_the_window_is_closed_only_a_comment_can_be_typed() {
    let why = Phrase::new(PhraseKey::WindowNeverOpened);
    let mut state = talking(Composer::RestartOnly { since: None, why });
    press(&mut state, KeyCode::Char('a'));
    assert_eq!(typed(&state), "");
    press(&mut state, KeyCode::Tab);
    press(&mut state, KeyCode::Char('a'));
    let effects = press(&mut state, KeyCode::Enter);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Say(_, body, _) if body == "a")), "{effects:?}");
}

#[test]
fn a_typed_text_is_saved_once_at_the_next_tick() {
    let mut state = talking(open_composer());
    press(&mut state, KeyCode::Char('a'));
    let kept = SavedDraft { text: "a".into(), reply_to: None };
    let effects = update(&mut state, Event::Tick(now()));
    assert!(matches!(effects.as_slice(), [Effect::SaveDraft(_, draft)] if *draft == kept), "{effects:?}");
    assert!(update(&mut state, Event::Tick(now())).is_empty());
}

#[test]
fn a_screen_is_read_again_when_its_validity_ends() {
    let mut state = state();
    state.inbox.valid_until = Some(now() + TimeDelta::seconds(5));
    assert!(update(&mut state, Event::Tick(now() + TimeDelta::seconds(4))).is_empty());
    let effects = update(&mut state, Event::Tick(now() + TimeDelta::seconds(5)));
    assert!(matches!(effects.as_slice(), [Effect::ReadInbox(_)]), "{effects:?}");
}

#[test]
fn without_the_demos_server_its_keys_do_nothing() {
    let mut state = talking(open_composer());
    for key in [2, 3, 4, 5, 6] {
        assert!(press(&mut state, KeyCode::F(key)).is_empty());
    }
}

#[test]
fn the_time_left_counts_down_without_reading_anything() {
    let mut state = state();
    listed(&mut state, vec![row(1, "Léa")]);
    assert!(drawn(&state, 80, 24).contains(" 1 min "));
    update(&mut state, Event::Tick(now() + TimeDelta::seconds(60)));
    assert!(drawn(&state, 80, 24).contains(" 30 s "));
}

#[test]
fn a_gap_in_the_history_is_a_line_that_enter_loads() {
    let mut state = talking(open_composer());
    let mut holed = screen(1, open_composer());
    holed.rows = vec![gap("hole", 3)];
    update(&mut state, Event::News(News::Talk(Box::new(holed))));
    let line = drawn(&state, 80, 24).lines().find(|line| line.contains('┄')).map(str::to_owned);
    let written = state.say_key(PhraseKey::HistoryGap);
    assert!(line.is_some_and(|line| line.contains(&written)), "{}", drawn(&state, 80, 24));
    press(&mut state, KeyCode::Up);
    let effects = press(&mut state, KeyCode::Enter);
    assert!(matches!(effects.as_slice(), [Effect::LoadOlder(ConversationId(1))]), "{effects:?}");
    assert!(press(&mut state, KeyCode::Enter).is_empty(), "once is enough");
}

#[test]
fn rows_above_that_were_asked_for_while_others_load_are_loaded_next() {
    let mut state = talking(open_composer());
    let mut above = screen(1, open_composer());
    above.rows = [3, 9].map(|id| gap(&id.to_string(), id)).into();
    above.more_before = true;
    update(&mut state, Event::News(News::Talk(Box::new(above))));
    let asks = |effects: &[Effect]| effects.iter().filter(|effect| matches!(effect, Effect::LoadOlder(_))).count();
    assert_eq!(asks(&press(&mut state, KeyCode::Up)), 0);
    assert_eq!(asks(&press(&mut state, KeyCode::Enter)), 1, "the gap is loading");
    assert_eq!(asks(&press(&mut state, KeyCode::Up)), 0, "one request at a time");
    assert_eq!(asks(&update(&mut state, Event::News(News::Older(ConversationId(1))))), 1);
    assert_eq!(asks(&update(&mut state, Event::News(News::Older(ConversationId(1))))), 0);
}

#[test]
fn every_size_can_be_drawn() {
    let mut state = talking(open_composer());
    "ينتظر a long text 注文 that wraps".chars().for_each(|c| drop(press(&mut state, KeyCode::Char(c))));
    for columns in (1..160).step_by(7) {
        for rows in (1..50).step_by(3) {
            drawn(&state, columns, rows);
        }
    }
}
