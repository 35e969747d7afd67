//! The command line: what can be asked. `serve` runs the server; the other rooms do what an administrator asks and
//! end.

mod administer;
mod channel;
mod secret;
mod serve;

use std::net::SocketAddr;
use std::path::PathBuf;

use chrono::{DateTime, FixedOffset};
use clap::{Args, Parser, Subcommand, ValueEnum};
use riposte_server::faults::Plan;
use riposte_server::retention::Kind;
use riposte_server::sim::cast::CastError;
use riposte_server::{AdminError, Network, Options, StartError, beside, restore, start};

use channel::AddChannel;
use secret::Secret;

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
    /// Play WhatsApp and its customers, for trying out: every caller can be one. Only in a data folder of its own
    /// and on a loopback address.
    #[arg(long)]
    simulator: bool,
    /// A proxy whose `Forwarded` and `X-Forwarded-For` name the caller: its address or network (10.0.0.0/8); may be
    /// given several times. No other caller is believed.
    #[arg(long = "trusted-proxy", value_name = "ADDRESS[/BITS]")]
    trusted_proxies: Vec<Network>,
    /// A host that customers' files are fetched from, beside Meta's; may be given several times.
    #[arg(long = "media-host", value_name = "HOST")]
    media_hosts: Vec<String>,
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
    #[command(after_help = "Example: riposte-server serve --listen 127.0.0.1:8060")]
    Serve(Serve),
    /// Serve an empty inbox for a story of another process: in a temporary folder, with the
    /// simulator, on a clock that stands still until `/sim/clock` moves it.
    #[command(after_help = "Example: riposte-server story --listen 127.0.0.1:0 --at 2026-11-02T00:00:00+01:00")]
    Story(Story),
    /// Add an agent who can sign in.
    #[command(after_help = "Example: riposte-server add-agent --name Marc --email marc@example.com")]
    AddAgent {
        /// The name that colleagues and customers see.
        #[arg(long)]
        name: String,
        /// The address to sign in with.
        #[arg(long)]
        email: String,
        #[command(flatten)]
        password: Password,
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
        after_help = "The secrets come from files, from standard input (`-`) or from the environment (RIPOSTE_TOKEN, \
                      RIPOSTE_APP_SECRET, RIPOSTE_VERIFY_TOKEN).\n\nExample: riposte-server add-channel --kind whatsapp \
                      --name \"Atelier Nord\" --address 33199000001 --provider-id 106540352242922 \
                      --business-id 102290129340398 --token-file token.txt --app-secret-file app-secret.txt \
                      --verify-token-file verify-token.txt"
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
    /// List customers that turned out to be one person, newest first.
    #[command(after_help = "Example: riposte-server joined --limit 20")]
    Joined {
        /// The newest so many.
        #[arg(long, default_value_t = 50, value_name = "NUMBER")]
        limit: u32,
    },
    /// Undo a joining: its two customers are two again.
    #[command(after_help = "Example: riposte-server separate 12")]
    Separate {
        /// The joining's number in the list of `joined`.
        joining: i64,
    },
    /// List what webhooks brought and the server could not use, oldest first.
    #[command(after_help = "Example: riposte-server set-aside --limit 20")]
    SetAside {
        /// The newest so many.
        #[arg(long, default_value_t = 50, value_name = "NUMBER")]
        limit: u32,
        /// Print each item as it came too. Customers' names, numbers and words are in it.
        #[arg(long)]
        raw: bool,
    },
    /// Say that the data folder was put back from a copy of the folder: phones read everything again. A backup made by
    /// `backup` says so by itself.
    #[command(after_help = "Example: riposte-server restored")]
    Restored,
    /// Make a backup in a new folder, while the server runs or not.
    #[command(after_help = "Example: riposte-server backup --to riposte-backup")]
    Backup {
        /// The folder to make.
        #[arg(long, value_name = "FOLDER")]
        to: PathBuf,
    },
    /// Make the data folder from a backup. It must not be there yet. Phones read everything again.
    #[command(after_help = "Example: riposte-server restore --from riposte-backup --data riposte-data")]
    Restore {
        /// The backup.
        #[arg(long, value_name = "FOLDER")]
        from: PathBuf,
    },
    /// Show what the server holds of each kind, and how long it keeps it; while the server runs or not.
    #[command(after_help = "Example: riposte-server storage")]
    Storage,
    /// Change how long a kind of data is kept, and how much of it. The server removes the rest within the hour.
    #[command(after_help = "Example: riposte-server keep --kind files --days 365 --mib 20000")]
    Keep {
        /// Which kind.
        #[arg(long)]
        kind: KindOfData,
        /// Days since it came. Without it, age does not matter.
        #[arg(long, value_name = "NUMBER")]
        days: Option<u32>,
        /// MiB in all; the oldest goes first. Without it, size does not matter.
        #[arg(long, value_name = "NUMBER")]
        mib: Option<u32>,
    },
    /// List the sessions that are open; while the server runs or not.
    #[command(after_help = "Example: riposte-server sessions")]
    Sessions,
    /// End one session, or all of an agent's; while the server runs or not.
    #[command(after_help = "Example: riposte-server end-session --email marc@example.com")]
    EndSession {
        /// The number of the session, as `sessions` lists it.
        #[arg(long, value_name = "NUMBER", conflicts_with = "email", required_unless_present = "email")]
        session: Option<i64>,
        /// The agent whose sessions all end.
        #[arg(long)]
        email: Option<String>,
    },
    /// Change an agent's password and end their sessions; while the server runs or not.
    #[command(after_help = "Example: riposte-server set-password --email marc@example.com")]
    SetPassword {
        /// The address that the agent signs in with.
        #[arg(long)]
        email: String,
        #[command(flatten)]
        password: Password,
    },
    /// Remove an agent: signed out, and their conversations without an assignee; while the server runs or not.
    #[command(after_help = "Example: riposte-server remove-agent --email marc@example.com")]
    RemoveAgent {
        /// The address that the agent signs in with.
        #[arg(long)]
        email: String,
    },
}

/// A password: at least 8 characters, from a file, from standard input or from RIPOSTE_PASSWORD. Without one it is made
/// and printed.
#[derive(Debug, Args)]
struct Password {
    /// The file with the password; `-` is standard input. Without it RIPOSTE_PASSWORD, or one is made and printed.
    #[arg(long, value_name = "FILE")]
    password_file: Option<String>,
    /// The password itself, for scripts of tests.
    #[arg(long, hide = true, conflicts_with = "password_file")]
    password: Option<Secret>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum KindOfData {
    Files,
    Uploads,
    SetAside,
    Sessions,
}

impl From<KindOfData> for Kind {
    fn from(kind: KindOfData) -> Self {
        match kind {
            KindOfData::Files => Self::Files,
            KindOfData::Uploads => Self::Uploads,
            KindOfData::SetAside => Self::SetAside,
            KindOfData::Sessions => Self::Sessions,
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
    #[error("the people of the demo: {0}")]
    Cast(#[from] CastError),
    #[error("the people of the demo: {0}")]
    CastForm(#[from] serde_json::Error),
    #[error("the machine gives no signal when it is to stop: {0}")]
    Signal(#[from] std::io::Error),
    #[error("the machine gives no random numbers")]
    NoRandom,
    #[error("the {0} cannot be read: {1}")]
    Secret(String, std::io::Error),
}

/// Does what the command line asks.
pub(crate) async fn run(cli: Cli) -> Result<(), CliError> {
    let options = Options { data: Some(cli.data.clone()), ..Options::default() };
    match cli.command {
        None => serve::serve(options, cli.serve).await,
        Some(Command::Serve(asked)) => serve::serve(options, asked).await,
        Some(Command::Story(asked)) => serve::story(asked).await,
        Some(Command::Restore { from }) => {
            let copied = restore(&from, &cli.data)?;
            println!("{} files, {} bytes; phones read everything again", copied.files, copied.bytes);
            Ok(())
        }
        // A server may be running on the folder: nothing that it has under way is touched.
        Some(command) if command.goes_beside() => administer::administer(&beside(&cli.data).await?, command).await,
        Some(command) => {
            // The same doors as a running server, on any free loopback port.
            let running = start(options).await?;
            let done = administer::administer(&running.admin(), command).await;
            running.stop().await;
            done
        }
    }
}

impl Command {
    /// Whether it may be done while a server runs on the folder.
    fn goes_beside(&self) -> bool {
        match self {
            Self::Backup { .. }
            | Self::Storage
            | Self::Keep { .. }
            | Self::Sessions
            | Self::EndSession { .. }
            | Self::SetPassword { .. }
            | Self::RemoveAgent { .. } => true,
            Self::Serve(_)
            | Self::Story(_)
            | Self::AddAgent { .. }
            | Self::AddGroup { .. }
            | Self::AddSavedReply { .. }
            | Self::AddChannel(_)
            | Self::Grant { .. }
            | Self::List
            | Self::Joined { .. }
            | Self::Separate { .. }
            | Self::SetAside { .. }
            | Self::Restored
            | Self::Restore { .. } => false,
        }
    }
}
