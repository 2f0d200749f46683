//! PostgreSQL's wire: psql, BI tools and drivers ask in SQL, as somebody who signed in with a password.
//!
//! Reads:  what clients send; `.kith/users.json` at each sign-in.
//! Decides: who may in (`startup`, `scram`). What they may see the engine decides: all goes through a session of theirs.
//! Writes: nothing.
//! Fails:  with a SQLSTATE and our code (`refusal`).
//!
//! 1. A connection has 20 seconds to sign in, over TLS unless it comes from this machine (`startup`, `tls`).
//! 2. Its messages (`frame`, `line`) are answered one after the other (`talk`): what belongs to the connection is answered here
//!    (`words`, `settings`), all else goes to the engine (`portal`).
//! 3. Rows are encoded (`encode`) as they come and wait for the client: the engine computes no faster than they are fetched.
//! 4. A query ends when its client hangs up, asks for it with its key, or when its time is over.

mod encode;
mod frame;
mod line;
mod own;
mod parameters;
mod portal;
mod prepared;
mod refusal;
pub mod scram;
mod settings;
mod startup;
mod talk;
pub mod tls;
mod words;

use crate::api::App;
use crate::users::Users;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// More wait in the kernel's queue.
const CONNECTIONS_MAX: usize = 256;
/// The time to sign in.
const SIGN_IN_MAX: Duration = Duration::from_secs(20);

/// Where the wire listens, and for whom.
#[derive(Clone)]
pub struct Listen {
    /// The address.
    pub addr: SocketAddr,
    /// Who may sign in.
    pub users: Users,
    /// Off loopback there is always one.
    pub tls: Option<TlsAcceptor>,
}

/// The door for clients of PostgreSQL.
pub struct Wire {
    app: Arc<App>,
    users: Users,
    tls: Option<TlsAcceptor>,
    /// Makes the salts of users that do not exist; another with each start.
    secret: [u8; 32],
    cancels: Cancels,
}

impl Wire {
    /// To a project. `None` = the system gives no random numbers.
    pub fn new(app: Arc<App>, listen: Listen) -> Option<Arc<Wire>> {
        let (secret, Listen { users, tls, .. }) = (random()?, listen);
        Some(Arc::new(Wire { app, users, tls, secret, cancels: Cancels::default() }))
    }
}

fn random<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).ok().map(|()| bytes)
}

/// Serves until it is dropped; then every connection ends.
pub async fn serve(listener: TcpListener, wire: Arc<Wire>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let wire = wire.clone();
                connections.spawn(async move {
                    connection(stream, wire).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "can not accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        while let Some(ended) = connections.try_join_next() {
            if let Err(error) = ended {
                tracing::error!(%error, "a connection ended by a panic");
            }
        }
    }
}

async fn connection(stream: TcpStream, wire: Arc<Wire>) {
    let _ = stream.set_nodelay(true);
    let admitted = tokio::time::timeout(SIGN_IN_MAX, startup::admit(stream, &wire)).await;
    if let Ok(Some(client)) = admitted {
        talk::Talk::new(client, wire).run().await;
    }
}

/// The keys by which a client ends its query from another connection.
#[derive(Clone, Default)]
struct Cancels(Arc<Mutex<Open>>);

/// By a connection's first number: its second one, and where its wish is heard.
type Open = HashMap<i32, (i32, watch::Sender<u64>)>;

impl Cancels {
    fn all(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A key of 64 random bits that nobody else has.
    fn enter(&self) -> Option<Key> {
        let mut all = self.all();
        loop {
            let [a, b, c, d, e, f, g, h] = random::<8>()?;
            let (process, secret) =
                (i32::from_be_bytes([a & 0x7f, b, c, d]), i32::from_be_bytes([e, f, g, h]));
            if process != 0 && !all.contains_key(&process) {
                let (send, asked) = watch::channel(0);
                all.insert(process, (secret, send));
                return Some(Key { cancels: self.clone(), process, secret, asked });
            }
        }
    }

    fn ask(&self, process: i32, secret: i32) {
        if let Some((kept, send)) = self.all().get(&process)
            && (kept ^ secret) == 0
        {
            send.send_modify(|count| *count += 1);
        }
    }
}

/// One connection's key, and whether somebody used it.
struct Key {
    cancels: Cancels,
    process: i32,
    secret: i32,
    asked: watch::Receiver<u64>,
}

impl Drop for Key {
    fn drop(&mut self) {
        self.cancels.all().remove(&self.process);
    }
}
