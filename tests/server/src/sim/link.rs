//! The network between one phone and the server: a TCP forwarder on a loopback port that can be
//! cut and mended.
//!
//! It carries bytes and knows nothing of them, but for one thing: a connection that asks for
//! `GET /v1/live` is known as the doorbell's, so that the doorbell can be cut alone.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Mutex, watch};
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Weather {
    state: LinkState,
    doorbell: bool,
}

/// A phone's network. Clones are the same one; it ends with the last of them.
#[derive(Clone)]
pub struct Link {
    inner: Arc<Inner>,
}

struct Inner {
    address: SocketAddr,
    weather: watch::Sender<Weather>,
    /// Who holds the port: a listener's task while it is up, a mere socket while it is down.
    port: Mutex<Port>,
    server: SocketAddr,
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
        let (weather, _) = watch::channel(Weather { state: LinkState::Up, doorbell: true });
        let task = tokio::spawn(accept(listener, server, weather.subscribe()));
        Ok(Self { inner: Arc::new(Inner { address, weather, port: Mutex::new(Port::Listening(task)), server }) })
    }

    /// The address that the phone is given for the server's.
    pub fn url(&self) -> String {
        format!("http://{}", self.inner.address)
    }

    /// Changes the network. What was under way is lost, unless nothing changes.
    pub async fn set(&self, state: LinkState) -> io::Result<()> {
        let inner = &self.inner;
        let mut port = inner.port.lock().await;
        match (state, std::mem::replace(&mut *port, Port::Neither)) {
            (LinkState::Down, Port::Listening(task)) => {
                task.abort();
                // Once the task has ended its listener is gone. The port is bound again at once
                // and not listened to: nobody else gets it, and whoever calls is refused.
                let _ = task.await;
                *port = Port::Kept(keep(inner.address)?);
            }
            (LinkState::Up | LinkState::Hanging, Port::Kept(socket)) => {
                let listener = socket.listen(1024)?;
                *port = Port::Listening(tokio::spawn(accept(listener, inner.server, inner.weather.subscribe())));
            }
            (LinkState::Up | LinkState::Hanging, Port::Neither) => {
                let listener = keep(inner.address)?.listen(1024)?;
                *port = Port::Listening(tokio::spawn(accept(listener, inner.server, inner.weather.subscribe())));
            }
            (LinkState::Down, Port::Neither) => *port = Port::Kept(keep(inner.address)?),
            (_, as_it_is) => *port = as_it_is,
        }
        inner.weather.send_if_modified(|weather| std::mem::replace(&mut weather.state, state) != state);
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
        if let Port::Listening(task) = self.port.get_mut() {
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

async fn accept(listener: TcpListener, server: SocketAddr, weather: watch::Receiver<Weather>) {
    loop {
        // An accept that failed says nothing about the next one.
        if let Ok((phone, _)) = listener.accept().await {
            tokio::spawn(carry(phone, server, weather.clone()));
        }
    }
}

/// One connection, until either side ends it or the network does.
async fn carry(phone: TcpStream, server: SocketAddr, mut weather: watch::Receiver<Weather>) {
    let began = *weather.borrow_and_update();
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
        () = broken(weather, began, doorbell) => {}
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
async fn broken(mut weather: watch::Receiver<Weather>, began: Weather, mut doorbell: watch::Receiver<bool>) {
    loop {
        let now = *weather.borrow_and_update();
        let is_doorbell = *doorbell.borrow_and_update();
        if now.state != began.state || (is_doorbell && !now.doorbell) {
            return;
        }
        tokio::select! {
            changed = weather.changed() => if changed.is_err() { return },
            changed = doorbell.changed() => if changed.is_err() { return },
        }
    }
}
