//! What an administrator asks, done and printed.

use riposte::model::AgentGroupId;
use riposte_server::retention::{Keep, Stored};
use riposte_server::{Admin, Copied, Joining, NewAgent, OpenSession, SetAside};

use super::channel::add_channel;
use super::secret::{self, Source};
use super::{CliError, Command, Password};

/// Does what an administrator asks.
pub(super) async fn administer(admin: &Admin, command: Command) -> Result<(), CliError> {
    match command {
        // Done elsewhere: they begin or make the folder.
        Command::Serve(_) | Command::Story(_) | Command::Restore { .. } => {}
        Command::AddAgent { name, email, password, administrator, groups } => {
            let (password, made) = chosen(&password)?;
            let groups = groups.into_iter().map(AgentGroupId).collect();
            let new = NewAgent { name, email: email.clone(), password: password.clone(), administrator, groups };
            admin.add_agent(new).await?;
            said_password(&email, &password, made);
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
            for SetAside { id, at, kind, name, times, place, why, raw } in items {
                println!("{id} {} {kind} {name} x{times} {place}: {why}", at.to_rfc3339());
                if whole {
                    println!("{raw}");
                }
            }
        }
        Command::Joined { limit } => {
            for Joining { id, at, kept, other } in admin.joinings(limit).await? {
                println!("{id} {} customer {other} became part of {kept}", at.to_rfc3339());
            }
        }
        Command::Separate { joining } => {
            admin.separate(joining).await?;
            println!("The two customers of joining {joining} are two again");
        }
        Command::Restored => {
            admin.restored().await?;
            println!("Another history begins; phones read everything again");
        }
        Command::Backup { to } => {
            let Copied { files, bytes, missing } = admin.back_up_to(&to).await?;
            println!("{}: {files} files, {bytes} bytes, {missing} files missing", to.display());
        }
        Command::Storage => storage(admin).await?,
        Command::Keep { kind, days, mib } => {
            let bytes = mib.map(|mib| u64::from(mib) * MIB);
            admin.set_keep(kind.into(), Keep { days, bytes }).await?;
            storage(admin).await?;
        }
        Command::Sessions => sessions(admin).await?,
        Command::EndSession { session, email } => {
            if let Some(session) = session {
                admin.end_session(session).await?;
            } else if let Some(email) = email {
                admin.end_sessions(admin.agent_of(&email).await?).await?;
            }
            sessions(admin).await?;
        }
        Command::SetPassword { email, password } => {
            let (password, made) = chosen(&password)?;
            admin.set_password(admin.agent_of(&email).await?, &password).await?;
            said_password(&email, &password, made);
        }
        Command::RemoveAgent { email } => {
            admin.remove_agent(admin.agent_of(&email).await?).await?;
            println!("{email} cannot sign in any more");
        }
    }
    Ok(())
}

async fn list(admin: &Admin) -> Result<(), CliError> {
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

/// The password that was given, or a new one; and whether it was made here.
fn chosen(password: &Password) -> Result<(String, bool), CliError> {
    let source = Source {
        name: "password",
        variable: "RIPOSTE_PASSWORD",
        file: password.password_file.as_deref(),
        given: password.password.as_ref(),
    };
    match secret::read(&source)? {
        Some(given) => Ok((given, false)),
        None => Ok((new_password()?, true)),
    }
}

/// A password that was made is printed once; one that was given is not.
fn said_password(email: &str, password: &str, made: bool) {
    if made {
        println!("{email}, password {password}");
    } else {
        println!("{email} can sign in");
    }
}

const MIB: u64 = 1024 * 1024;

async fn storage(admin: &Admin) -> Result<(), CliError> {
    for Stored { kind, count, bytes, keep } in admin.storage().await? {
        let days = keep.days.map_or("without end".to_owned(), |days| format!("{days} days"));
        let most = keep.bytes.map_or("any size".to_owned(), |bytes| format!("at most {} MiB", bytes / MIB));
        println!("{}: {count}, {bytes} bytes; kept {days}, {most}", kind.name());
    }
    Ok(())
}

async fn sessions(admin: &Admin) -> Result<(), CliError> {
    let open = admin.sessions().await?;
    println!("{} sessions", open.len());
    for OpenSession { id, agent, device, platform, refreshed_at } in open {
        println!("session {id}: agent {agent}, {device} ({platform}), last refreshed {}", refreshed_at.to_rfc3339());
    }
    Ok(())
}

/// Four groups of letters that are not mistaken for one another.
pub(super) fn new_password() -> Result<String, CliError> {
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| CliError::NoRandom)?;
    let letter = |byte: &u8| char::from(*LETTERS.get(usize::from(*byte) % LETTERS.len()).unwrap_or(&b'x'));
    let groups: Vec<String> = bytes.chunks(4).map(|group| group.iter().map(letter).collect()).collect();
    Ok(groups.join("-"))
}
