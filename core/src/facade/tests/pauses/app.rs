//! An app, its server, and the watch over its tasks.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;

use super::super::fake::{BACK_SOON, FakeInbox, Fate, LEA, MARC, WHATSAPP};
use super::super::wire::Wire;
use super::super::{LONG_MS, text};
use super::LONG;
use crate::clock::ManualClock;
use crate::facade::riposte::{Servers, Way};
use crate::facade::{
    Account, Around, Config, ConnectionState, ConversationHandle, Decision, Draft, Error, InboxQuery,
    MemorySecretStore, NewTemplate, Riposte, SavedDraft, SendProgress, TimelineRow,
};
use crate::model::{
    AgentStatus, Assignee, ClientKey, Command, MediaId, MessageId, NotificationPreferences, TemplateCategory,
    TemplateComponent,
};
use crate::task::watch::Watch;

pub(super) struct App {
    pub(super) clock: Arc<ManualClock>,
    pub(super) server: FakeInbox,
    pub(super) riposte: Arc<Riposte>,
    pub(super) account: Arc<Account>,
    pub(super) folder: TempDir,
    pub(super) watch: Arc<Watch>,
    secrets: Arc<MemorySecretStore>,
    /// The command that is spoken of.
    key: Option<ClientKey>,
}

fn riposte(
    folder: &Path,
    clock: &Arc<ManualClock>,
    server: &FakeInbox,
    secrets: &Arc<MemorySecretStore>,
) -> Arc<Riposte> {
    let path = folder.join("riposte").to_string_lossy().into_owned();
    let config = Config { clock: Some(clock.clone()), ..Config::new(path, secrets.clone()) };
    let wire = Wire(server.clone());
    let servers: Servers = Arc::new(move |_| {
        let signed_in = wire.clone();
        Ok(Way { server: Arc::new(wire.clone()), signed_in: Box::new(move |_| Arc::new(signed_in)) })
    });
    Riposte::open_with(config, servers).unwrap()
}

async fn sign_in(riposte: &Riposte) -> Result<Arc<Account>, Error> {
    riposte.sign_in("https://inbox.example.com".into(), "marc@example.com".into(), "correct horse".into()).await
}

impl App {
    pub(super) async fn signed_in() -> Self {
        let watch = Watch::begin();
        let clock = Arc::new(ManualClock::new("2026-11-02T09:00:00Z".parse().unwrap()));
        let server = FakeInbox::new(&clock);
        // In memory where there is such a folder: what is tried a thousand times is not the disk.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let secrets = Arc::new(MemorySecretStore::new());
        let riposte = riposte(folder.path(), &clock, &server, &secrets);
        let account = sign_in(&riposte).await.unwrap();
        Self { clock, server, riposte, account, folder, watch, secrets, key: None }
    }

    fn lea(&self) -> Arc<ConversationHandle> {
        self.account.conversation(LEA)
    }

    pub(super) async fn settled(&self) -> Result<(), Error> {
        assert!(self.account.settled(LONG_MS).await?, "it did not come to rest");
        Ok(())
    }

    pub(super) async fn offline(&self) -> Result<(), Error> {
        self.settled().await?;
        self.server.set_network(false);
        self.settled().await
    }

    pub(super) async fn online(&self) -> Result<(), Error> {
        self.server.set_network(true);
        self.account.network_available();
        self.settled().await
    }

    /// Once everything has happened: all that the agent sees and the server did, without what is
    /// new each time.
    pub(super) async fn comes_to_rest(&self) -> Vec<String> {
        if self.riposte.accounts().is_empty() {
            return vec!["signed out".into(), format!("{} files", super::listed(&self.accounts()).len())];
        }
        self.online().await.unwrap();
        let mut told = self.told().await.unwrap();
        told.push(format!("unread {}", self.account.push().badge().await.unwrap()));
        let executed = self.server.executed();
        // A mark says what was read; how often it is said is nobody's matter.
        let executed = executed.iter().filter(|command| !matches!(command, Command::MarkRead { .. }));
        told.extend(executed.map(|command| format!("executed {command:?}")));
        told
    }

    fn accounts(&self) -> std::path::PathBuf {
        self.folder.path().join("riposte/accounts")
    }

    async fn told(&self) -> Result<Vec<String>, Error> {
        let screen = self.lea().screen(Around::Newest, 50).await?;
        let rows = screen.rows.iter().map(|row| match row {
            TimelineRow::Message(bubble) => format!("{:?} {:?}", bubble.content.text(), bubble.progress),
            TimelineRow::Comment(comment) => format!("comment {:?} {:?}", comment.body, comment.message_id.is_some()),
            TimelineRow::Event(_) => "event".to_owned(),
            TimelineRow::Gap(_) => "gap".to_owned(),
        });
        let mut told: Vec<String> = rows.collect();
        told.push(format!("draft {:?}, open {}", screen.draft, screen.open));
        let waiting = self.account.outbox().waiting().await?;
        told.extend(waiting.iter().map(|one| format!("waits {} {:?} {:?}", one.kind, one.text, one.progress)));
        Ok(told)
    }

    async fn first_message(&self) -> Result<MessageId, Error> {
        let screen = self.lea().screen(Around::Newest, 50).await?;
        let ids = screen.rows.iter().filter_map(|row| match row {
            TimelineRow::Message(bubble) => bubble.message_id,
            TimelineRow::Comment(_) | TimelineRow::Event(_) | TimelineRow::Gap(_) => None,
        });
        ids.into_iter().next().ok_or(Error::NotFound)
    }

    /// Every call that a paused account cannot answer.
    pub(super) async fn calls_say_paused(&self, what: &str) {
        let (account, lea, inbox, outbox) = (&self.account, self.lea(), self.account.inbox(), self.account.outbox());
        let (push, templates) = (account.push(), account.templates(WHATSAPP));
        let key = ClientKey(uuid::Uuid::nil());
        let draft = SavedDraft { text: "Oui".into(), reply_to: None };
        assert_eq!(account.connection(), ConnectionState::Paused, "{what}");
        let said = [
            ("me", account.me().await.err()),
            ("flush", account.flush(LONG_MS).await.err()),
            ("settled", account.settled(LONG_MS).await.err()),
            ("set_status", account.set_status(AgentStatus::Offline).await.err()),
            ("sign_out", account.sign_out(false).await.err()),
            ("inbox.page", inbox.page(InboxQuery::default()).await.err()),
            ("inbox.counts", inbox.counts().await.err()),
            ("inbox.search", inbox.search("lea".into()).await.err()),
            ("inbox.load_more", inbox.load_more().await.err()),
            ("inbox.agents", inbox.agents().await.err()),
            ("inbox.groups", inbox.groups().await.err()),
            ("inbox.saved_replies", inbox.saved_replies().await.err()),
            ("inbox.channels", inbox.channels().await.err()),
            ("enter", lea.enter().await.err()),
            ("screen", lea.screen(Around::Newest, 50).await.err()),
            ("send", lea.send(text("Trop tard"), None).await.err()),
            ("send a file", lea.send(self.photo(), None).await.err()),
            ("retry", lea.retry(MessageId(1)).await.err()),
            ("comment", lea.comment("Non".into(), vec![]).await.err()),
            ("react", lea.react(MessageId(1), None).await.err()),
            ("assign", lea.assign(Assignee::None).await.err()),
            ("set_open", lea.set_open(true).await.err()),
            ("mark_read", lea.mark_read(MessageId(1), false).await.err()),
            ("load_older", lea.load_older().await.err()),
            ("save_draft", lea.save_draft(draft).await.err()),
            ("saved_reply", lea.saved_reply(crate::model::SavedReplyId(1)).await.err()),
            ("media", lea.media(MediaId(9)).await.err()),
            ("outbox.waiting", outbox.waiting().await.err()),
            ("outbox.retry", outbox.retry(key).await.err()),
            ("outbox.cancel", outbox.cancel(key).await.err()),
            ("outbox.decide", outbox.decide(key, Decision::Edit).await.err()),
            ("templates.list", templates.list(None).await.err()),
            ("templates.refresh", templates.refresh().await.err()),
            ("templates.preview", templates.preview(BACK_SOON, vec![]).await.err()),
            ("usage.month", account.usage().month(2026, 11).await.err()),
            ("usage.this_month", account.usage().this_month().await.err()),
            ("wait_for_first_sync", account.wait_for_first_sync(1_000).await.err()),
            ("push.preferences", push.preferences().await.err()),
            ("push.set_preferences", push.set_preferences(NotificationPreferences::default()).await.err()),
            ("push.badge", push.badge().await.err()),
            ("push.reminders", push.reminders().await.err()),
            ("push.notification_decision", push.notification_decision(MessageId(1)).await.err()),
        ];
        for (call, error) in said {
            // Of an account that was just signed out, or in anew, this object says so.
            let ended = error == Some(Error::SignedOut) && account.connection() == ConnectionState::SignedOut;
            assert!(error == Some(Error::Paused) || ended, "{what}: {call} said {error:?}");
        }
    }

    fn photo(&self) -> Draft {
        let path = self.folder.path().join("photo.jpg");
        // Three pieces.
        if !path.exists() {
            fs::write(&path, vec![7; 1_300_000]).unwrap();
        }
        Draft::Media {
            path: path.to_string_lossy().into_owned(),
            mime: "image/jpeg".into(),
            name: String::new(),
            caption: "La lampe".into(),
            voice: false,
            reply_to: None,
        }
    }
}

/// What stands at the beginning of a flow.
impl App {
    /// The process ends, and another one has the same files.
    pub(super) async fn is_killed(&mut self) -> Result<(), Error> {
        self.settled().await?;
        self.account.pause().await?;
        self.riposte = riposte(self.folder.path(), &self.clock, &self.server, &self.secrets);
        Ok(())
    }

    pub(super) async fn is_paused(&mut self) -> Result<(), Error> {
        self.settled().await?;
        self.account.pause().await
    }

    /// Everything that the sign-in brought is a snapshot that has not come.
    pub(super) async fn has_nothing_yet(&mut self) -> Result<(), Error> {
        Ok(())
    }

    pub(super) async fn misses_a_message(&mut self) -> Result<(), Error> {
        self.offline().await?;
        self.server.customer_says("Allô ?");
        Ok(())
    }

    pub(super) async fn is_written_to(&mut self) -> Result<(), Error> {
        self.settled().await?;
        self.server.customer_says("Allô ?");
        Ok(())
    }

    pub(super) async fn misses_history(&mut self) -> Result<(), Error> {
        self.offline().await?;
        self.server.comes_back_into_view();
        Ok(())
    }

    pub(super) async fn has_a_hole(&mut self) -> Result<(), Error> {
        self.settled().await?;
        self.server.break_history(true);
        self.server.comes_back_into_view();
        self.settled().await?;
        self.server.break_history(false);
        Ok(())
    }

    pub(super) async fn a_reply_waits(&mut self) -> Result<(), Error> {
        self.offline().await?;
        self.key = Some(self.lea().send(text("Oui"), None).await?);
        Ok(())
    }

    pub(super) async fn a_photo_waits(&mut self) -> Result<(), Error> {
        self.offline().await?;
        self.lea().send(self.photo(), None).await.map(drop)
    }

    pub(super) async fn an_answer_will_be_lost(&mut self) -> Result<(), Error> {
        self.server.next_command(Fate::AnswerLost);
        self.a_reply_waits().await
    }

    pub(super) async fn is_about_to_leave(&mut self) -> Result<(), Error> {
        self.a_reply_waits().await?;
        self.server.set_network(true);
        Ok(())
    }

    /// The command may have left, and the server keeps to itself what became of it.
    pub(super) async fn nobody_knows(&mut self) -> Result<(), Error> {
        self.settled().await?;
        self.server.next_command(Fate::NeverArrives);
        self.server.set_forgetful(true);
        let changes = self.account.changes();
        self.key = Some(self.lea().send(text("Oui"), None).await?);
        while self.account.outbox().waiting().await?.first().is_none_or(|one| one.progress != SendProgress::Unknown) {
            changes.next().await.unwrap();
        }
        Ok(())
    }

    pub(super) async fn is_asked(&mut self) -> Result<(), Error> {
        self.a_reply_waits().await?;
        self.clock.advance(std::time::Duration::from_secs(25 * 3600));
        self.online().await
    }

    pub(super) async fn is_refused(&mut self) -> Result<(), Error> {
        self.settled().await?;
        self.server.next_command(Fate::Refused("provider_refused"));
        self.key = Some(self.lea().send(text("Oui"), None).await?);
        self.settled().await
    }
}

/// What is done. Done again after it was cut, it is the same as done once.
impl App {
    pub(super) async fn starts(&mut self) -> Result<(), Error> {
        let id = self.riposte.accounts().pop().ok_or(Error::NotFound)?.id;
        self.account = self.riposte.account(id).await?;
        // As an app does in front: it may have been paused while it was being opened.
        self.account.resume().await
    }

    pub(super) async fn signs_in_again(&mut self) -> Result<(), Error> {
        self.account = sign_in(&self.riposte).await?;
        Ok(())
    }

    pub(super) async fn resumes(&mut self) -> Result<(), Error> {
        self.account.resume().await
    }

    pub(super) async fn pauses_and_resumes(&mut self) -> Result<(), Error> {
        self.account.pause().await?;
        self.account.resume().await
    }

    pub(super) async fn hears_of_it(&mut self) -> Result<(), Error> {
        let changes = self.account.changes();
        while !self.told().await?.iter().any(|line| line.contains("Allô")) {
            tokio::time::timeout(LONG, changes.next()).await.expect("no change came");
        }
        Ok(())
    }

    pub(super) async fn waits_for_a_change(&mut self) -> Result<(), Error> {
        let changes = self.account.changes();
        self.lea().save_draft(SavedDraft { text: "Ou".into(), reply_to: None }).await?;
        self.server.customer_says("Allô ?");
        tokio::time::timeout(LONG, changes.next()).await.expect("no change came");
        Ok(())
    }

    pub(super) async fn fills_the_hole(&mut self) -> Result<(), Error> {
        while self.lea().load_older().await? {}
        Ok(())
    }

    pub(super) async fn reads_everything(&mut self) -> Result<(), Error> {
        let (account, inbox, push) = (&self.account, self.account.inbox(), self.account.push());
        account.me().await?;
        inbox.page(InboxQuery::default()).await?;
        inbox.counts().await?;
        inbox.load_more().await?;
        inbox.channels().await?;
        account.templates(WHATSAPP).list(Some(LEA)).await?;
        account.usage().month(2026, 11).await?;
        account.outbox().waiting().await?;
        let message = self.first_message().await?;
        push.notification_decision(message).await?;
        push.badge().await?;
        push.reminders().await.map(drop)
    }

    pub(super) async fn searches(&mut self) -> Result<(), Error> {
        let hits = self.account.inbox().search("commande".into()).await?;
        assert_eq!(hits.len(), 1);
        Ok(())
    }

    pub(super) async fn looks_at_it(&mut self) -> Result<(), Error> {
        self.lea().enter().await?;
        self.settled().await?;
        self.lea().leave().await
    }

    pub(super) async fn sends(&mut self) -> Result<(), Error> {
        self.lea().send(text("Oui"), None).await.map(drop)
    }

    pub(super) async fn sends_a_photo(&mut self) -> Result<(), Error> {
        self.lea().send(self.photo(), None).await.map(drop)
    }

    pub(super) async fn sends_and_settles(&mut self) -> Result<(), Error> {
        if self.key.is_none() {
            self.key = Some(self.lea().send(text("Oui"), None).await?);
        }
        self.settled().await
    }

    pub(super) async fn answers_a_notification(&mut self) -> Result<(), Error> {
        self.lea().send(text("Oui"), Some("notification-7".into())).await?;
        self.settled().await
    }

    pub(super) async fn downloads(&mut self) -> Result<(), Error> {
        let file = self.lea().media(MediaId(9)).await?;
        assert_eq!(fs::read(file.path).unwrap(), b"a photo");
        Ok(())
    }

    pub(super) async fn flushes(&mut self) -> Result<(), Error> {
        self.account.network_available();
        assert_eq!(self.account.flush(LONG_MS).await?, 0);
        Ok(())
    }

    pub(super) async fn cancels(&mut self) -> Result<(), Error> {
        match self.account.outbox().cancel(self.key.unwrap()).await {
            // Done, and the word of it was cut.
            Err(Error::NotFound) => Ok(()),
            ended => ended.map(drop),
        }
    }

    pub(super) async fn takes_it_back(&mut self) -> Result<(), Error> {
        self.account.outbox().decide(self.key.unwrap(), Decision::Edit).await.map(drop)
    }

    pub(super) async fn tries_again(&mut self) -> Result<(), Error> {
        self.account.outbox().retry(self.key.unwrap()).await.map(drop)
    }

    pub(super) async fn comments(&mut self) -> Result<(), Error> {
        self.lea().comment("Elle a appelé".into(), vec![MARC]).await.map(drop)
    }

    pub(super) async fn reacts(&mut self) -> Result<(), Error> {
        let message = self.first_message().await?;
        self.lea().react(message, Some("👍".into())).await.map(drop)
    }

    pub(super) async fn hands_over(&mut self) -> Result<(), Error> {
        self.lea().set_open(false).await.map(drop)
    }

    pub(super) async fn types(&mut self) -> Result<(), Error> {
        self.lea().save_draft(SavedDraft { text: "Ou".into(), reply_to: None }).await
    }

    pub(super) async fn sets_up(&mut self) -> Result<(), Error> {
        let push = self.account.push();
        push.set_preferences(NotificationPreferences::default()).await?;
        push.set_wall_clock(60, vec![]).await?;
        self.account.set_status(AgentStatus::Invisible).await
    }

    pub(super) async fn makes_a_template(&mut self) -> Result<(), Error> {
        let new = NewTemplate {
            name: "we_are_back".into(),
            language: "fr".into(),
            category: TemplateCategory::Utility,
            components: vec![TemplateComponent::Body { text: "Nous sommes de retour.".into() }],
            samples: vec![],
        };
        self.account.templates(WHATSAPP).create(new).await.map(drop)
    }

    pub(super) async fn refreshes_templates(&mut self) -> Result<(), Error> {
        self.account.templates(WHATSAPP).refresh().await
    }

    pub(super) async fn signs_out(&mut self) -> Result<(), Error> {
        self.account.sign_out(true).await.map(drop)
    }
}
