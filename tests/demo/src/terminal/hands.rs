//! Sends the state's requests to the core, and returns its answers.
//!
//! One thing after the other, so that two messages leave in the order in which they were written;
//! what may wait for the network runs beside it.

use std::future::Future;
use std::sync::Arc;

use riposte::facade::{Account, CommandOutcome, ConversationHandle, Draft, Error, InboxQuery, SignOut};
use riposte::model::ConversationId;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{JoinHandle, JoinSet};

use super::event::{Directory, Effect, Event, News};

/// The hands of one open account.
pub(super) struct Hands {
    asks: UnboundedSender<Effect>,
    task: JoinHandle<()>,
}

impl Hands {
    pub(super) fn start(account: Arc<Account>, out: UnboundedSender<Event>) -> Self {
        let (asks, asked) = unbounded_channel();
        let lane = Lane { account, out, talk: None, beside: JoinSet::new() };
        Self { asks, task: tokio::spawn(lane.run(asked)) }
    }

    pub(super) fn give(&self, effect: Effect) {
        // Only a lane that has ended does not listen, and its account is gone with it.
        let _ = self.asks.send(effect);
    }

    /// Drops the account: nothing here holds it afterwards.
    pub(super) async fn let_go(self) {
        drop(self.asks);
        let _ = self.task.await;
    }
}

struct Lane {
    account: Arc<Account>,
    out: UnboundedSender<Event>,
    talk: Option<Arc<ConversationHandle>>,
    /// What may take long.
    beside: JoinSet<()>,
}

impl Lane {
    async fn run(mut self, mut asked: UnboundedReceiver<Effect>) {
        self.listen();
        while let Some(effect) = asked.recv().await {
            if let Err(error) = self.perform(effect).await {
                self.tell(News::Failed(error));
            }
            while self.beside.try_join_next().is_some() {}
        }
        self.beside.shutdown().await;
    }

    fn tell(&self, news: News) {
        // The receiver is gone: the client is closing.
        let _ = self.out.send(Event::News(news));
    }

    /// Passes on what changed, from now until the end.
    fn listen(&mut self) {
        let (account, out) = (self.account.clone(), self.out.clone());
        let changes = account.changes();
        self.beside.spawn(async move {
            loop {
                let connection = News::Connection(account.connection(), account.connection_phrase());
                let _ = out.send(Event::News(connection));
                let Some(batch) = changes.next().await else { return };
                let _ = out.send(Event::News(News::Changed(batch)));
            }
        });
    }

    fn talk(&mut self, id: ConversationId) -> Arc<ConversationHandle> {
        match &self.talk {
            Some(talk) if talk.id() == id => talk.clone(),
            _ => {
                let talk = self.account.conversation(id);
                self.talk = Some(talk.clone());
                talk
            }
        }
    }

    /// Runs something beside the rest; it has begun when this returns.
    async fn beside(&mut self, work: impl Future<Output = Result<Option<News>, Error>> + Send + 'static) {
        let out = self.out.clone();
        let mut call = Box::pin(async move {
            let news = match work.await {
                Ok(Some(news)) => news,
                Ok(None) => return,
                Err(error) => News::Failed(error),
            };
            let _ = out.send(Event::News(news));
        });
        if futures_util::poll!(call.as_mut()).is_pending() {
            self.beside.spawn(call);
        }
    }

    async fn perform(&mut self, effect: Effect) -> Result<(), Error> {
        let account = self.account.clone();
        match effect {
            Effect::ReadInbox(query) => self.inbox(query).await?,
            Effect::LoadMore => {
                // Without a network no more can be loaded: that is no error.
                self.beside(
                    async move { Ok(account.inbox().load_more().await.unwrap_or(false).then_some(News::More)) },
                )
                .await;
            }
            Effect::Directory => self.directory().await?,
            Effect::ReadOutbox => self.tell(News::Outbox(account.outbox().waiting().await?)),
            Effect::Search(text) => {
                let hits =
                    if text.trim().is_empty() { Vec::new() } else { account.inbox().search(text.clone()).await? };
                self.tell(News::Found { text, hits });
            }
            Effect::Month(year, month) => {
                self.beside(async move { Ok(Some(News::Month(Box::new(account.usage().month(year, month).await?)))) })
                    .await;
            }
            Effect::Status(status) => account.set_status(status).await?,
            Effect::SignOut { force } => {
                self.beside(async move {
                    Ok(Some(match account.sign_out(force).await? {
                        SignOut::Done => News::SignedOut,
                        SignOut::Unsent { waiting } => News::Unsent(waiting.len()),
                    }))
                })
                .await;
            }
            Effect::Templates(channel, conversation) => {
                self.tell(News::Templates(account.templates(channel).list(conversation).await?));
            }
            Effect::RefreshTemplates(channel) => account.templates(channel).refresh().await?,
            Effect::Preview(channel, template, values) => {
                let preview = account.templates(channel).preview(template, values).await?;
                self.tell(News::Preview(template, preview));
            }
            Effect::CheckTemplate(channel, new) => {
                self.tell(News::TemplateFaults(account.templates(channel).check(new)));
            }
            Effect::CreateTemplate(channel, new) => {
                account.templates(channel).create(new).await?;
                self.tell(News::Created);
            }
            Effect::Retry(key) => self.decided(account.outbox().retry(key).await?, None),
            Effect::Cancel(key) => {
                let id = self.conversation_of(key).await?;
                let decided = account.outbox().cancel(key).await?;
                self.decided(decided, id);
            }
            Effect::Decide(key, decision) => {
                let id = self.conversation_of(key).await?;
                let decided = account.outbox().decide(key, decision).await?;
                self.decided(decided, id.filter(|_| decision == riposte::facade::Decision::Edit));
            }
            effect => return self.in_conversation(effect).await,
        }
        Ok(())
    }

    async fn in_conversation(&mut self, effect: Effect) -> Result<(), Error> {
        match effect {
            Effect::Enter(id) => {
                let talk = self.talk(id);
                self.beside(async move { talk.enter().await.map(|()| None) }).await;
            }
            Effect::Leave(id) => {
                let left = self.talk(id).leave().await;
                self.talk = None;
                left?;
            }
            Effect::ReadTalk { id, around, limit } => {
                let screen = self.talk(id).screen(around, limit).await?;
                self.tell(News::Talk(Box::new(screen)));
            }
            Effect::LoadOlder(id) => {
                let talk = self.talk(id);
                self.beside(async move { talk.load_older().await.map(|_| Some(News::Older(id))) }).await;
            }
            Effect::Check(body, reply_to) => {
                if let Some(talk) = &self.talk {
                    let check = talk.check(Draft::Text { body: body.clone(), reply_to });
                    self.tell(News::Checked(body, check));
                }
            }
            Effect::Send(id, draft) => {
                let sent = self.talk(id).send(draft.clone(), None).await;
                if let (Err(_), Draft::Text { body, .. }) = (&sent, draft) {
                    // It was not accepted: the text goes back into the composer.
                    self.tell(News::Words(id, body));
                }
                sent?;
            }
            Effect::Say(id, body, mentions) => drop(self.talk(id).comment(body, mentions).await?),
            Effect::Again(id, message) => drop(self.talk(id).retry(message).await?),
            Effect::React(id, message, emoji) => drop(self.talk(id).react(message, emoji).await?),
            Effect::Assign(id, to) => drop(self.talk(id).assign(to).await?),
            Effect::SetOpen(id, open) => drop(self.talk(id).set_open(open).await?),
            Effect::SaveDraft(id, draft) => self.talk(id).save_draft(draft).await?,
            Effect::SavedReply(id, reply) => {
                let text = self.talk(id).saved_reply(reply).await?;
                self.tell(News::Words(id, text));
            }
            Effect::Media(id, media) => {
                let talk = self.talk(id);
                self.beside(async move { talk.media(media).await.map(|file| Some(News::File(file))) }).await;
            }
            // Internal to the app: every earlier request is done.
            Effect::Stage(stage) => self.tell(News::Ready(stage)),
            _ => {}
        }
        Ok(())
    }

    async fn inbox(&self, query: InboxQuery) -> Result<(), Error> {
        let inbox = self.account.inbox();
        let (page, counts) = (inbox.page(query).await?, inbox.counts().await?);
        self.tell(News::Inbox(page, counts));
        Ok(())
    }

    async fn directory(&self) -> Result<(), Error> {
        let inbox = self.account.inbox();
        let directory = Directory {
            me: self.account.me().await?,
            agents: inbox.agents().await?,
            groups: inbox.groups().await?,
            saved_replies: inbox.saved_replies().await?,
            channels: inbox.channels().await?,
        };
        self.tell(News::Directory(Box::new(directory)));
        Ok(())
    }

    async fn conversation_of(&self, key: riposte::model::ClientKey) -> Result<Option<ConversationId>, Error> {
        let waiting = self.account.outbox().waiting().await?;
        Ok(waiting.into_iter().find(|command| command.key == key).and_then(|command| command.conversation_id))
    }

    /// The text of a message that will never leave goes back into the composer.
    fn decided(&self, decided: CommandOutcome, id: Option<ConversationId>) {
        if let (CommandOutcome::Withdrawn { text }, Some(id)) = (decided, id)
            && !text.is_empty()
        {
            self.tell(News::Words(id, text));
        }
    }
}
