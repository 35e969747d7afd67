use std::net::SocketAddr;
use std::path::PathBuf;

use chrono::{DateTime, FixedOffset};
use clap::{Args, Parser, Subcommand, ValueEnum};
use riposte::clock::ManualClock;
use riposte::model::{AgentGroupId, ChannelKind};
use riposte_server::faults::Plan;
use riposte_server::sim::account::VERSION;
use riposte_server::{Admin, AdminError, ChannelLink, NewAgent, NewChannel, Options, SetAside, StartError, start};

/// The reference inbox server, with a simulator of WhatsApp and its customers.
///
/// Without a subcommand it serves. A first start makes the data folder and an agent to sign in
/// as, whose password is printed once.
#[derive(Debug, Parser)]
#[command(name = "riposte-server", version, after_help = "Example: riposte-server --simulator")]
pub(crate) struct Cli {
    /// Where everything is kept; made when it is not there.
    #[arg(long, global = true, default_value = "riposte-data", value_name = "FOLDER")]
    data: PathBuf,
    #[command(flatten)]
    serve: Serve,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Clone, Args)]
struct Serve {
    /// Where to listen. Port 0 takes any free one.
    #[arg(long, default_value = "127.0.0.1:8060", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// Play WhatsApp and its customers; everybody who reaches the server can be one.
    #[arg(long)]
    simulator: bool,
    /// What goes wrong with phones' calls, as JSON: `{"rules": [{"on": "changes", "percent": 30,
    /// "fault": {"is": "dropped_before"}}]}`.
    #[arg(long, value_name = "JSON", value_parser = faults)]
    faults: Option<Plan>,
}

fn faults(json: &str) -> Result<Plan, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}

#[derive(Debug, Clone, Args)]
struct Story {
    /// Where to listen. Port 0 takes any free one; it is printed.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// What the clock shows at first.
    #[arg(long, value_name = "TIME")]
    at: DateTime<FixedOffset>,
    /// The name of the account.
    #[arg(long, default_value = "Atelier Nord")]
    name: String,
    /// The account's time zone.
    #[arg(long, default_value_t = 60, value_name = "MINUTES", allow_negative_numbers = true)]
    utc_offset_minutes: i32,
    /// How many changes a phone may be behind before it must take a snapshot (`feed.most_items`
    /// of the story's cast).
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(i64).range(0..))]
    most_items: Option<i64>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the inbox until Ctrl-C.
    #[command(after_help = "Example: riposte-server serve --listen 127.0.0.1:8060 --simulator")]
    Serve(Serve),
    /// Serve an empty inbox for a story told from outside: in a temporary folder, with the
    /// simulator, on a clock that stands still until `/sim/clock` moves it.
    #[command(after_help = "Example: riposte-server story --listen 127.0.0.1:0 --at 2026-11-02T00:00:00+01:00")]
    Story(Story),
    /// Add an agent who can sign in.
    #[command(
        after_help = "Example: riposte-server add-agent --name Marc --email marc@example.com --password correct-horse"
    )]
    AddAgent {
        /// The name that colleagues and customers see.
        #[arg(long)]
        name: String,
        /// The address to sign in with.
        #[arg(long)]
        email: String,
        /// At least 8 characters. Without it one is made and printed.
        #[arg(long)]
        password: Option<String>,
        /// Sees every conversation.
        #[arg(long)]
        administrator: bool,
        /// The number of a group they belong to; may be given several times.
        #[arg(long = "group", value_name = "NUMBER")]
        groups: Vec<i64>,
    },
    /// Add a group of agents.
    #[command(after_help = "Example: riposte-server add-group --name Orders --public")]
    AddGroup {
        /// Its name.
        #[arg(long)]
        name: String,
        /// Agents outside it see its conversations too.
        #[arg(long)]
        public: bool,
    },
    /// Add a text to be sent again.
    #[command(
        after_help = "Example: riposte-server add-saved-reply --title Hello --text \"Hello {{name}}, how can I help?\""
    )]
    AddSavedReply {
        /// What it is found by.
        #[arg(long)]
        title: String,
        /// The text, with {{variables}}.
        #[arg(long)]
        text: String,
    },
    /// Connect a number or page.
    #[command(
        after_help = "Example: riposte-server add-channel --kind whatsapp --name \"Atelier Nord\" --address 33199000001 \
                      --provider-id 106540352242922 --business-id 102290129340398 --token EAAG --app-secret s3cret \
                      --verify-token hello"
    )]
    AddChannel(Box<AddChannel>),
    /// Give the free messages of the first purchase. Once per account, for ever.
    #[command(after_help = "Example: riposte-server grant --messages 1000")]
    Grant {
        /// How many.
        #[arg(long, default_value_t = 1000)]
        messages: u32,
    },
    /// List agents, groups, channels and saved replies.
    #[command(after_help = "Example: riposte-server list")]
    List,
    /// List what webhooks brought and nobody could read, oldest first.
    #[command(after_help = "Example: riposte-server set-aside --limit 20")]
    SetAside {
        /// The newest so many.
        #[arg(long, default_value_t = 50, value_name = "NUMBER")]
        limit: u32,
        /// Print each item as it came too. Customers' names, numbers and words are in it.
        #[arg(long)]
        raw: bool,
    },
    /// Say that the data folder was restored from a backup: phones read everything anew.
    #[command(after_help = "Example: riposte-server restored")]
    Restored,
}

#[derive(Debug, Args)]
struct AddChannel {
    /// Which channel.
    #[arg(long)]
    kind: Kind,
    /// The name of the page, or the label of the number.
    #[arg(long)]
    name: String,
    /// The number in digits, or the page's id, as customers see it.
    #[arg(long)]
    address: Option<String>,
    /// The phone number id or page id at the provider.
    #[arg(long)]
    provider_id: String,
    /// The WhatsApp business account, for its templates.
    #[arg(long)]
    business_id: Option<String>,
    /// Where the provider's API is.
    #[arg(long, default_value = "https://graph.facebook.com", value_name = "URL")]
    base: String,
    /// The API's version.
    #[arg(long, default_value = VERSION)]
    api_version: String,
    /// The token that the API asks for.
    #[arg(long, default_value = "")]
    token: String,
    /// Signs the webhooks; without it none is believed.
    #[arg(long, default_value = "")]
    app_secret: String,
    /// Verifies the address of the webhooks.
    #[arg(long, default_value = "")]
    verify_token: String,
    /// The key that a web site's widget shows.
    #[arg(long)]
    site_key: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    Whatsapp,
    Messenger,
    Instagram,
    Widget,
}

impl From<Kind> for ChannelKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Whatsapp => Self::Whatsapp,
            Kind::Messenger => Self::Messenger,
            Kind::Instagram => Self::Instagram,
            Kind::Widget => Self::Widget,
        }
    }
}

/// Why the command line did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Admin(#[from] AdminError),
    #[error("the machine gives no signal when it is to stop: {0}")]
    Signal(#[from] std::io::Error),
    #[error("the machine gives no random numbers")]
    NoRandom,
}

/// Does what the command line asks.
pub(crate) async fn run(cli: Cli) -> Result<(), CliError> {
    let options = Options { data: Some(cli.data.clone()), ..Options::default() };
    match cli.command {
        None => serve(options, cli.serve).await,
        Some(Command::Serve(asked)) => serve(options, asked).await,
        Some(Command::Story(asked)) => story(asked).await,
        Some(command) => {
            // The same doors as a running server, on a port that nobody knows.
            let running = start(options).await?;
            let done = administer(&running.admin(), command).await;
            running.stop().await;
            done
        }
    }
}

async fn serve(options: Options, asked: Serve) -> Result<(), CliError> {
    let options = Options { listen: asked.listen, simulator: asked.simulator, ..options };
    if let Some(plan) = asked.faults {
        options.faults.set(plan);
    }
    let running = start(options).await?;
    let admin = running.admin();
    if running.is_first_start() {
        let password = new_password()?;
        add_agent(&admin, "Marc", "marc@example.com", &password, true, &[]).await?;
        println!("A first agent: marc@example.com, password {password}");
    }
    if asked.simulator && admin.channels().await?.is_empty() {
        let channel = NewChannel::new(ChannelKind::Whatsapp, "Atelier Nord").at("33199000001");
        admin.add_simulated_channel("atelier", channel).await?;
        println!("A WhatsApp number played by the simulator: \"atelier\"");
    }
    let stopped = stopped()?;
    println!("Listening on {}", running.url());
    stopped.await;
    running.stop().await;
    Ok(())
}

async fn story(asked: Story) -> Result<(), CliError> {
    let clock = ManualClock::new(asked.at.to_utc());
    let Story { listen, name: account_name, utc_offset_minutes, most_items, .. } = asked;
    let mut options = Options { listen, account_name, utc_offset_minutes, ..Options::story(&clock) };
    if let Some(most_items) = most_items {
        options.limits.page.behind = most_items;
    }
    let running = start(options).await?;
    let stopped = stopped()?;
    println!("Listening on {}", running.url());
    stopped.await;
    running.stop().await;
    Ok(())
}

/// Ends at Ctrl-C, or when whoever runs the server says that it is to end. Listens from now on,
/// not from when it is waited for: who reads *Listening* may stop the server at once.
#[cfg(unix)]
fn stopped() -> Result<impl Future<Output = ()>, CliError> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut pressed, mut ended) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = pressed.recv() => {}
            _ = ended.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stopped() -> Result<impl Future<Output = ()>, CliError> {
    Ok(async {
        // Where no signal can be had there is none to wait for.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

async fn administer(admin: &Admin, command: Command) -> Result<(), CliError> {
    match command {
        Command::Serve(_) | Command::Story(_) => {}
        Command::AddAgent { name, email, password, administrator, groups } => {
            let made = password.is_none();
            let password = password.map_or_else(new_password, Ok)?;
            let groups: Vec<AgentGroupId> = groups.into_iter().map(AgentGroupId).collect();
            add_agent(admin, &name, &email, &password, administrator, &groups).await?;
            if made {
                println!("{email}, password {password}");
            } else {
                println!("{email} can sign in");
            }
        }
        Command::AddGroup { name, public } => {
            println!("group {}", admin.add_group(&name, public).await?);
        }
        Command::AddSavedReply { title, text } => {
            println!("saved reply {}", admin.add_saved_reply(&title, &text).await?);
        }
        Command::AddChannel(asked) => {
            println!("channel {}", add_channel(admin, *asked).await?);
        }
        Command::Grant { messages } => {
            admin.grant(messages).await?;
            println!("{messages} free messages");
        }
        Command::List => list(admin).await?,
        Command::SetAside { limit, raw: whole } => {
            let items = admin.set_aside(limit).await?;
            println!("{} set aside", items.len());
            for SetAside { id, at, kind, place, why, raw } in items {
                println!("{id} {} {kind} {place}: {why}", at.to_rfc3339());
                if whole {
                    println!("{raw}");
                }
            }
        }
        Command::Restored => {
            admin.restored().await?;
            println!("Another history begins; phones read everything anew");
        }
    }
    Ok(())
}

async fn add_agent(
    admin: &Admin,
    name: &str,
    email: &str,
    password: &str,
    administrator: bool,
    groups: &[AgentGroupId],
) -> Result<(), AdminError> {
    let (name, email, password) = (name.to_owned(), email.to_owned(), password.to_owned());
    admin.add_agent(NewAgent { name, email, password, administrator, groups: groups.to_vec() }).await.map(drop)
}

async fn add_channel(admin: &Admin, asked: AddChannel) -> Result<riposte::model::ChannelId, AdminError> {
    let channel = NewChannel { address: asked.address, ..NewChannel::new(asked.kind.into(), &asked.name) };
    let link = ChannelLink {
        base: asked.base.trim_end_matches('/').to_owned(),
        version: asked.api_version,
        provider_id: asked.provider_id,
        business_id: asked.business_id,
        token: asked.token,
        app_secret: asked.app_secret,
        verify_token: asked.verify_token,
        site_key: asked.site_key,
    };
    admin.add_channel(channel, link).await
}

async fn list(admin: &Admin) -> Result<(), AdminError> {
    for agent in admin.agents().await? {
        let rank = if agent.administrator { ", administrator" } else { "" };
        println!("agent {}: {}{rank}", agent.id, agent.name);
    }
    for group in admin.groups().await? {
        println!("group {}: {}{}", group.id, group.name, if group.public { ", public" } else { "" });
    }
    for channel in admin.channels().await? {
        let address = channel.address.unwrap_or_default();
        println!("channel {}: {:?} {} {address}", channel.id, channel.kind, channel.name);
    }
    for reply in admin.saved_replies().await? {
        println!("saved reply {}: {}", reply.id, reply.title);
    }
    Ok(())
}

/// Four groups of letters that are not mistaken for one another.
fn new_password() -> Result<String, CliError> {
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| CliError::NoRandom)?;
    let letter = |byte: &u8| char::from(*LETTERS.get(usize::from(*byte) % LETTERS.len()).unwrap_or(&b'x'));
    let groups: Vec<String> = bytes.chunks(4).map(|group| group.iter().map(letter).collect()).collect();
    Ok(groups.join("-"))
}
