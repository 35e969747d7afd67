//! The network between one phone and the server: a TCP forwarder on a loopback port that can be
//! cut and restored.
//!
//! It carries bytes without reading them, with one exception: a connection that asks for
//! `GET /v1/live` is the doorbell's, so that the doorbell can be cut alone.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Mutex, mpsc, watch};
use tokio::task::JoinHandle;

const DOORBELL: &[u8] = b"GET /v1/live";

/// What the network does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// Carries both ways.
    Up,
    /// Connections are closed, new ones refused.
    Down,
    /// What the phone sends arrives; what is answered does not.
    Hanging,
}

#[derive(Debug, Clone)]
struct Weather {
    state: LinkState,
    doorbell: bool,
    /// Held by every connection that began in this weather: once none holds it, all are closed.
    alive: mpsc::Sender<()>,
}

/// A phone's network. Clones are the same one; it ends with the last of them.
#[derive(Clone)]
pub struct Link {
    inner: Arc<Inner>,
}

struct Inner {
    address: SocketAddr,
    weather: watch::Sender<Weather>,
    /// Who holds the port: a listener's task while it is up, a mere socket while it is down. And
    /// what tells that the connections of the present weather have ended.
    port: Mutex<(Port, mpsc::Receiver<()>)>,
    server: watch::Sender<SocketAddr>,
}

enum Port {
    Listening(JoinHandle<()>),
    Kept(TcpSocket),
    /// For the moment between the two.
    Neither,
}

impl Link {
    /// A network to `server`, up.
    pub async fn open(server: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (alive, ended) = mpsc::channel(1);
        let (weather, _) = watch::channel(Weather { state: LinkState::Up, doorbell: true, alive });
        let (server, to) = watch::channel(server);
        let task = tokio::spawn(accept(listener, to, weather.subscribe()));
        let port = Mutex::new((Port::Listening(task), ended));
        Ok(Self { inner: Arc::new(Inner { address, weather, port, server }) })
    }

    /// The address that the phone is given for the server's.
    pub fn url(&self) -> String {
        format!("http://{}", self.inner.address)
    }

    /// Leads to another address from now on: the server came back somewhere else. Open
    /// connections go on as long as their ends do.
    pub fn lead_to(&self, server: SocketAddr) {
        self.inner.server.send_replace(server);
    }

    /// Changes the network, and returns once every connection from before is closed. What was
    /// under way is lost, unless nothing changes.
    pub async fn set(&self, state: LinkState) -> io::Result<()> {
        let inner = &self.inner;
        let mut guard = inner.port.lock().await;
        let (port, ended) = &mut *guard;
        if inner.weather.borrow().state == state {
            return Ok(());
        }
        if let Port::Listening(task) = port {
            task.abort();
            // Once the task has ended its listener is gone. The port is bound again at once and
            // not listened to: no other program gets it, and callers are refused.
            let _ = task.await;
            *port = Port::Neither;
        }
        let kept = match std::mem::replace(port, Port::Neither) {
            Port::Kept(socket) => socket,
            Port::Listening(_) | Port::Neither => keep(inner.address)?,
        };
        let (alive, next) = mpsc::channel(1);
        inner.weather.send_modify(|weather| (weather.state, weather.alive) = (state, alive));
        *port = match state {
            LinkState::Down => Port::Kept(kept),
            LinkState::Up | LinkState::Hanging => Port::Listening(tokio::spawn(accept(
                kept.listen(1024)?,
                inner.server.subscribe(),
                inner.weather.subscribe(),
            ))),
        };
        // Nothing is ever sent on it: it ends with the last connection.
        std::mem::replace(ended, next).recv().await;
        Ok(())
    }

    /// Whether the live stream comes through. Other calls are not touched.
    pub fn set_doorbell(&self, through: bool) {
        self.inner.weather.send_if_modified(|weather| std::mem::replace(&mut weather.doorbell, through) != through);
    }

    /// What the network does now.
    pub fn state(&self) -> LinkState {
        self.inner.weather.borrow().state
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let (Port::Listening(task), _) = self.port.get_mut() {
            task.abort();
        }
    }
}

fn keep(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    // Closed connections linger on this port for a minute.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

async fn accept(listener: TcpListener, server: watch::Receiver<SocketAddr>, weather: watch::Receiver<Weather>) {
    loop {
        // After a failed accept the next one may work.
        if let Ok((phone, _)) = listener.accept().await {
            let server = *server.borrow();
            tokio::spawn(carry(phone, server, weather.clone()));
        }
    }
}

/// One connection, until either side ends it or the network does.
async fn carry(phone: TcpStream, server: SocketAddr, mut weather: watch::Receiver<Weather>) {
    let began = weather.borrow_and_update().clone();
    if began.state == LinkState::Down {
        return;
    }
    let Ok(server) = TcpStream::connect(server).await else { return };
    let _ = (phone.set_nodelay(true), server.set_nodelay(true));
    let (from_phone, to_phone) = phone.into_split();
    let (from_server, to_server) = server.into_split();
    let (is_doorbell, doorbell) = watch::channel(false);
    tokio::select! {
        () = up(from_phone, to_server, &is_doorbell, weather.clone()) => {}
        () = down(from_server, to_phone, began.state == LinkState::Hanging) => {}
        () = broken(weather, began.state, doorbell) => {}
    }
}

/// From the phone to the server.
async fn up(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    is_doorbell: &watch::Sender<bool>,
    weather: watch::Receiver<Weather>,
) {
    let mut buffer = vec![0_u8; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        let bytes = buffer.get(..count).unwrap_or_default();
        if bytes.starts_with(DOORBELL) {
            if !weather.borrow().doorbell {
                return;
            }
            is_doorbell.send_replace(true);
        }
        if to.write_all(bytes).await.is_err() {
            return;
        }
    }
}

/// From the server to the phone. While the network hangs, answers are swallowed.
async fn down(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, swallow: bool) {
    let mut buffer = vec![0_u8; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        if !swallow && to.write_all(buffer.get(..count).unwrap_or_default()).await.is_err() {
            return;
        }
    }
    if swallow {
        // The server is done with it; the phone must not learn even that.
        std::future::pending::<()>().await;
    }
}

/// Ends when the network changed under this connection.
async fn broken(mut weather: watch::Receiver<Weather>, began: LinkState, mut doorbell: watch::Receiver<bool>) {
    loop {
        let (state, through) = {
            let now = weather.borrow_and_update();
            (now.state, now.doorbell)
        };
        let is_doorbell = *doorbell.borrow_and_update();
        if state != began || (is_doorbell && !through) {
            return;
        }
        tokio::select! {
            changed = weather.changed() => if changed.is_err() { return },
            changed = doorbell.changed() => if changed.is_err() { return },
        }
    }
}
