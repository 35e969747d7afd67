//! Serving until Ctrl-C.

use riposte::clock::ManualClock;
use riposte::model::ChannelKind;
use riposte_server::{NewAgent, NewChannel, Options, TrustedProxies, start};

use super::administer::new_password;
use super::{CliError, Serve, Story};

pub(super) async fn serve(options: Options, asked: Serve) -> Result<(), CliError> {
    let mut options = options;
    options.media_hosts.open.extend(asked.media_hosts);
    let trusted_proxies = TrustedProxies(asked.trusted_proxies);
    let options = Options { listen: asked.listen, simulator: asked.simulator, trusted_proxies, ..options };
    if let Some(plan) = asked.faults {
        options.faults.set(plan);
    }
    let running = start(options).await?;
    let admin = running.admin();
    if running.is_first_start() {
        let password = new_password()?;
        let email = "marc@example.com".to_owned();
        let marc = NewAgent {
            name: "Marc".to_owned(),
            email,
            password: password.clone(),
            administrator: true,
            groups: Vec::new(),
        };
        admin.add_agent(marc).await?;
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

pub(super) async fn story(asked: Story) -> Result<(), CliError> {
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

/// Ends at Ctrl-C, or at a signal to terminate. Listens from now on, not from when it is waited for: a
/// script that reads *Listening* may stop the server at once.
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
