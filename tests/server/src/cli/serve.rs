//! Serving until Ctrl-C.

use riposte::clock::ManualClock;
use riposte_server::sim::Simulator;
use riposte_server::sim::cast::{Cast, bring_in};
use riposte_server::{NewAgent, Options, Running, TrustedProxies, start};

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
    match running.simulator() {
        Some(simulator) => play(&running, &simulator).await?,
        None if running.is_first_start() => {
            let password = new_password()?;
            let marc = NewAgent {
                name: "Marc".to_owned(),
                email: "marc@example.com".to_owned(),
                password: password.clone(),
                administrator: true,
                groups: Vec::new(),
            };
            running.admin().add_agent(marc).await?;
            println!("A first agent: marc@example.com, password {password}");
        }
        None => {}
    }
    let stopped = stopped()?;
    println!("Listening on {}", running.url());
    stopped.await;
    running.stop().await;
    Ok(())
}

/// The people of the demo: customers who write, and agents who answer. A first start brings them
/// in; later starts only add the customers' phones again.
async fn play(running: &Running, simulator: &Simulator) -> Result<(), CliError> {
    const CAST: &str = include_str!("../../../scenarios/cast.json");
    let cast: Cast = serde_json::from_str(CAST)?;
    if running.is_first_start() {
        for agent in bring_in(&cast, &running.admin(), simulator).await?.agents.values() {
            println!("An agent: {}, password {}", agent.email, agent.password);
        }
    } else {
        cast.add_customers(simulator);
    }
    let customers: Vec<&str> = cast.customers.keys().map(String::as_str).collect();
    println!("Customers: {} (POST {}/sim/customers/lea/says)", customers.join(", "), running.url());
    println!("The simulator's Graph API: {}", simulator.api());
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
    if let Some(simulator) = running.simulator() {
        println!("The simulator's Graph API: {}", simulator.api());
    }
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
