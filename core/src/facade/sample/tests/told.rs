//! The sample's screens as lines of text, the same in every language: `tests/fixtures/sample.*.txt`.

use std::fmt::Debug;

use crate::facade::{
    Account, Around, AuthorLabel, CommentRow, Composer, ConversationScreen, InboxQuery, InboxRow, MessageRow, PriceTag,
    TimelineRow, WindowBadge,
};
use crate::model::{ChannelId, ConversationId, Phrase};

pub(super) async fn told(account: &Account) -> String {
    let (info, inbox) = (account.info(), account.inbox());
    let mut lines = vec![line([info.company_name, info.agent_name, account.words(&account.connection_phrase())])];
    let counts = inbox.counts().await.unwrap();
    lines.push(line([counts.mine, counts.unassigned, counts.all, counts.unread].map(|count| count.to_string())));
    let page = inbox.page(InboxQuery { open: None, ..InboxQuery::default() }).await.unwrap();
    lines.extend(page.rows.iter().map(|row| of_row(account, row)));
    for row in &page.rows {
        let screen = account.conversation(row.id).screen(Around::Newest, 50).await.unwrap();
        lines.extend(of_screen(account, &screen));
    }
    for waiting in account.outbox().waiting().await.unwrap() {
        let note = maybe_words(account, waiting.note.as_ref());
        lines.push(line([or_none(waiting.conversation_title), waiting.text, note, waiting.actions.len().to_string()]));
    }
    for reply in inbox.saved_replies().await.unwrap() {
        lines.push(line([reply.title, reply.text]));
    }
    for choice in account.templates(ChannelId(1)).list(Some(ConversationId(3))).await.unwrap() {
        let why_not = maybe_words(account, choice.why_not.as_ref());
        lines.push(line([choice.template.name, choice.text, why_not, price(account, choice.price.as_ref())]));
    }
    let month = account.usage().month(2026, 11).await.unwrap();
    for charged in month.lines {
        let amount = charged.amounts[0];
        let price = format!("{} {}", amount.micros, amount.currency.code());
        lines.push(line([or_none(charged.country), word(charged.kind), charged.charges.to_string(), price]));
    }
    lines.join("\n") + "\n"
}

fn of_row(account: &Account, row: &InboxRow) -> String {
    let channel = row.channel.as_ref().map(|channel| word(channel.kind));
    let preview = row.preview.as_ref();
    let window = row.window.map(|window| match window {
        WindowBadge::Open { remaining_ms, urgent } => {
            format!("{remaining_ms}{}", if urgent { " urgent" } else { "" })
        }
        WindowBadge::Closed => "closed".to_owned(),
    });
    line([
        row.id.to_string(),
        row.title.clone(),
        or_none(channel),
        word(row.dot),
        if row.unread { "unread" } else { "read" }.to_owned(),
        or_none(preview.map(|line| who(account, &line.author))),
        or_none(preview.map(|line| line.text.clone())),
        or_none(window),
        or_none(row.assignee.clone().or_else(|| row.group.clone())),
    ])
}

fn of_screen(account: &Account, screen: &ConversationScreen) -> Vec<String> {
    let composer = match &screen.composer {
        Composer::Open { remaining_ms, .. } => or_none(remaining_ms.map(|ms| ms.to_string())),
        Composer::RestartOnly { why, .. } | Composer::Blocked { why } => account.words(why),
    };
    let colleagues: Vec<String> = screen.colleagues.iter().map(|colleague| colleague.name.clone()).collect();
    let mut lines = vec![line([
        screen.title.clone(),
        composer,
        price(account, screen.reply_price.as_ref()),
        or_none(screen.draft.as_ref().map(|draft| draft.text.clone())),
        colleagues.join(", "),
    ])];
    lines.extend(screen.rows.iter().map(|row| match row {
        TimelineRow::Message(bubble) => of_bubble(account, bubble),
        TimelineRow::Comment(comment) => of_comment(account, comment),
        TimelineRow::Event(event) => line([event.at.timestamp().to_string(), account.words(&event.phrase)]),
        TimelineRow::Gap(_) => "gap".to_owned(),
    }));
    lines
}

fn of_bubble(account: &Account, bubble: &MessageRow) -> String {
    let reactions: Vec<&str> = bubble.reactions.iter().map(|reaction| reaction.emoji.as_str()).collect();
    line([
        word(bubble.side),
        bubble.at.timestamp().to_string(),
        who(account, &bubble.author),
        bubble.text.clone(),
        maybe_words(account, bubble.content_phrase.as_ref()),
        or_none(bubble.quoted.as_ref().map(|quoted| quoted.text.clone())),
        reactions.join(" "),
        if bubble.tick { "tick" } else { "no tick" }.to_owned(),
        maybe_words(account, bubble.note.as_ref()),
        maybe_words(account, bubble.cost.as_ref().map(|cost| &cost.phrase)),
        bubble.actions.len().to_string(),
    ])
}

fn of_comment(account: &Account, comment: &CommentRow) -> String {
    let at = comment.at.timestamp().to_string();
    line(["comment".to_owned(), at, who(account, &comment.author), comment.body.clone(), comment.mentions.join(", ")])
}

fn who(account: &Account, who: &AuthorLabel) -> String {
    match who {
        AuthorLabel::You => "you".to_owned(),
        AuthorLabel::Person { name } => name.clone(),
        AuthorLabel::Described { phrase } => account.words(phrase),
    }
}

fn price(account: &Account, price: Option<&PriceTag>) -> String {
    maybe_words(account, price.map(|price| &price.phrase))
}

fn maybe_words(account: &Account, phrase: Option<&Phrase>) -> String {
    or_none(phrase.map(|phrase| account.words(phrase)))
}

fn or_none(text: Option<String>) -> String {
    text.unwrap_or_default()
}

fn word(state: impl Debug) -> String {
    format!("{state:?}").to_lowercase()
}

fn line<const N: usize>(parts: [String; N]) -> String {
    let parts = parts.map(|part| if part.is_empty() { "-".to_owned() } else { part.replace('\n', " / ") });
    parts.join(" | ")
}
