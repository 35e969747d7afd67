//! Templates are the provider's: they are submitted to it and listed from it.

use std::time::Duration;

use riposte::model::{AgentId, ChannelAccount, ChannelId, Command, RowKind, TemplateId, TemplateStatus};
use riposte::rules::template::check_new;
use rusqlite::params;

use super::finish::{Outcome, finish};
use super::{Begun, Order, Refs, State, keys};
use crate::app::Shared;
use crate::channels::provider::{CreatedTemplate, NewTemplate, ProviderAccount, ProviderTemplate, SendProblem};
use crate::db::DbError;
use crate::db::text::word;
use crate::feed::Writer;
use crate::inbox;
use crate::problem::Problem;

const PROVIDER_BUSY: Duration = Duration::from_secs(5);

/// What the provider answered to a new template.
#[derive(Clone)]
pub(super) struct Created {
    channel: ChannelId,
    new: NewTemplate,
    answer: Result<CreatedTemplate, SendProblem>,
}

/// What the provider answered when it was asked for its list.
#[derive(Clone)]
pub(super) struct Listed {
    channel: ChannelId,
    newest: Option<TemplateId>,
    answer: Result<Vec<ProviderTemplate>, SendProblem>,
}

/// What the provider is asked.
pub(super) struct Asking {
    channel: ChannelId,
    account: ProviderAccount,
    what: What,
}

enum What {
    New(NewTemplate),
    /// The list, and the newest template known before it was asked for.
    List(Option<TemplateId>),
}

pub(super) fn begin(w: &mut Writer<'_>, order: &Order) -> Result<Begun, Problem> {
    let (channel, new) = match &order.command {
        Command::CreateTemplate { channel_id, name, language, category, components, samples } => {
            let faults = check_new(name, language, *category, components, samples);
            if let Some(fault) = faults.first() {
                return Err(Problem::refused("template_not_usable", word(&fault.key)?));
            }
            let new = NewTemplate {
                name: name.clone(),
                language: language.clone(),
                category: *category,
                components: components.clone(),
                samples: samples.clone(),
            };
            (*channel_id, Some(new))
        }
        Command::RefreshTemplates { channel_id } => (*channel_id, None),
        _ => return Err(Problem::internal()),
    };
    let held: ChannelAccount = inbox::channel(w.tx, channel)?.ok_or_else(Problem::not_found)?;
    if !held.capabilities.templates {
        return Err(Problem::refused("not_supported", "this channel has no templates"));
    }
    let account = inbox::provider_account(w.tx, channel)?
        .ok_or_else(|| Problem::refused("channel_not_connected", "the channel has no provider"))?;
    let what = if let Some(new) = new {
        if inbox::find_template(w.tx, channel, &new.name, &new.language)?.is_some() {
            return Err(Problem::conflict("there is a template of this name and language"));
        }
        made_here(w, order, channel, &new)?;
        What::New(new)
    } else {
        What::List(inbox::newest_template(w.tx, channel)?)
    };
    Ok(Begun::Templates(Box::new(Asking { channel, account, what })))
}

/// Written down before the provider is asked: should its answer be lost, the list tells later
/// that the template is there, and this that it is ours. A refusal takes it back: the same name
/// may be made at the provider later, and that one is not ours to send.
fn made_here(w: &Writer<'_>, order: &Order, channel: ChannelId, new: &NewTemplate) -> Result<(), DbError> {
    const SQL: &str = "INSERT OR IGNORE INTO template_made_here (channel_id, name, language, agent_id, key)
         VALUES (?1, ?2, ?3, ?4, ?5)";
    w.tx.execute(SQL, params![channel.0, new.name, new.language, order.agent.0, order.key.to_string()])?;
    Ok(())
}

fn not_made_here(w: &Writer<'_>, order: &Order) -> Result<(), DbError> {
    const SQL: &str = "DELETE FROM template_made_here WHERE agent_id = ?1 AND key = ?2";
    w.tx.execute(SQL, params![order.agent.0, order.key.to_string()])?;
    Ok(())
}

pub(super) async fn ask(app: &Shared, order: &Order, asking: Asking) -> Result<State, Problem> {
    let Some(provider) = app.providers.of(asking.account.kind) else {
        return Err(Problem::internal());
    };
    let Asking { channel, account, what } = asking;
    let outcome = match what {
        What::New(new) => {
            let answer = provider.create_template(&account, &new).await;
            Outcome::Created(Created { channel, new, answer })
        }
        What::List(newest) => {
            let answer = provider.list_templates(&account).await;
            Outcome::Listed(Listed { channel, newest, answer })
        }
    };
    finish(app, order, outcome).await
}

/// Writes down what became of a new template. `Err`: nothing was written.
pub(super) async fn write_created(
    app: &Shared,
    order: Order,
    created: Created,
) -> Result<Result<State, Problem>, Problem> {
    let Created { channel, new, answer } = created;
    app.write(move |w| {
        let state = match answer {
            Ok(created) => {
                let listed = ProviderTemplate {
                    provider_id: created.provider_id,
                    name: new.name,
                    language: new.language,
                    category: created.category,
                    status: created.status,
                    reason: None,
                    components: new.components,
                };
                let id = inbox::put_template(w, channel, &listed)?;
                State::Applied(Refs::of(RowKind::Template, id.0)?)
            }
            // The next list shows whether it is there.
            Err(SendProblem::Lost) => State::Ambiguous(Refs::default()),
            Err(problem) => {
                not_made_here(w, &order)?;
                match refused(problem) {
                    Ok(problem) => State::Rejected(problem),
                    Err(busy) => {
                        keys::release(w, &order)?;
                        return Ok(Err(busy));
                    }
                }
            }
        };
        keys::end(w, &order, &state)?;
        Ok::<_, Problem>(Ok(state))
    })
    .await
}

/// Writes down the provider's list. `Err`: nothing was written.
pub(super) async fn write_listed(
    app: &Shared,
    order: Order,
    listed: Listed,
) -> Result<Result<State, Problem>, Problem> {
    let Listed { channel, newest, answer } = listed;
    app.write(move |w| {
        let state = match answer {
            Ok(listed) => {
                let mut refs = Refs::default();
                for id in inbox::put_templates(w, channel, newest, &listed)? {
                    refs = refs.and(RowKind::Template, id.0)?;
                }
                found_after_all(w, channel, &listed)?;
                State::Applied(refs)
            }
            Err(problem) => match refused(problem) {
                Ok(problem) => State::Rejected(problem),
                Err(busy) => {
                    keys::release(w, &order)?;
                    return Ok(Err(busy));
                }
            },
        };
        keys::end(w, &order, &state)?;
        Ok::<_, Problem>(Ok(state))
    })
    .await
}

/// Refused for good (`Ok`), or not executed (`Err`). Listing may be lost as often as it likes.
fn refused(problem: SendProblem) -> Result<Problem, Problem> {
    match problem {
        SendProblem::Refused(error) => {
            let mut problem = Problem::refused("provider_refused", format!("the provider said {}", error.code));
            problem.error.provider = Some(error);
            Ok(problem)
        }
        SendProblem::NotSupported => Ok(Problem::refused("not_supported", "this channel has no templates")),
        SendProblem::Busy(_) | SendProblem::Lost | SendProblem::Unreachable => {
            Err(Problem::busy(503, "the provider cannot be reached now", PROVIDER_BUSY))
        }
    }
}

/// Templates whose creation was ambiguous are on the list: they were created.
fn found_after_all(w: &mut Writer<'_>, channel: ChannelId, listed: &[ProviderTemplate]) -> Result<(), DbError> {
    const MADE: &str = "SELECT m.agent_id, m.key FROM template_made_here m
         JOIN command c ON c.agent_id = m.agent_id AND c.key = m.key AND c.state = 'ambiguous'
         WHERE m.channel_id = ?1 AND m.name = ?2 AND m.language = ?3";
    for template in listed.iter().filter(|listed| listed.status != TemplateStatus::Unknown) {
        let waiting: Vec<(i64, String)> = {
            let mut statement = w.tx.prepare_cached(MADE)?;
            let found = statement.query_map(params![channel.0, template.name, template.language], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
            found.collect::<Result<_, _>>()?
        };
        let Some(id) = inbox::find_template(w.tx, channel, &template.name, &template.language)? else { continue };
        for (agent, key) in waiting {
            keys::set(w, AgentId(agent), &key, &State::Applied(Refs::of(RowKind::Template, id.0)?))?;
        }
    }
    Ok(())
}

/// What the server was asking when it stopped: a list can be asked for again under the same key,
/// a new template is there or not.
pub(super) fn recover(w: &mut Writer<'_>) -> Result<(), DbError> {
    const CREATING: &str = "UPDATE command SET state = 'ambiguous' WHERE state = 'pending' AND (agent_id, key) IN
         (SELECT agent_id, key FROM template_made_here)";
    const LISTING: &str = "DELETE FROM command WHERE state = 'pending'";
    w.tx.execute(CREATING, [])?;
    w.tx.execute(LISTING, [])?;
    Ok(())
}
