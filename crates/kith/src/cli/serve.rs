//! `kith serve`: the HTTP API and the user interface, on loopback unless told otherwise.

mod doors;

use super::failure::{Exit, Failure};
use super::output::Output;
use super::{Context, open};
use crate::api::guard::Hosts;
use crate::api::{self, App};
use crate::collect::Collection;
use crate::flight;
use crate::server::Bounds;
use crate::tokens::Tokens;
use crate::wire::Listen;
use clap::Args;
use doors::{bound, doors};
use kith_core::event::wire::Limits;
use kith_engine::Project;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const AFTER_HELP: &str = "\
Every request but GET /v1/health and /v1/openapi.json needs a token: `kith token create NAME`. There is no default one.

Examples:
  kith serve
  kith serve --addr 127.0.0.1:0                 any free port
  kith serve --collect-addr 127.0.0.1:9000      where sites and apps send events
  kith serve --sql-addr 127.0.0.1:5439          psql and BI tools, for users of `kith user add`
  kith serve --flight-addr 127.0.0.1:5440       ADBC and other clients of Arrow Flight SQL
  kith serve --addr 0.0.0.0:7777 --expose-without-tls --host-name kith.example.org

Kith speaks plain HTTP. For other machines put a proxy that speaks TLS in front.";

/// Serve the HTTP API and the user interface.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Serve {
    /// Where to listen; port 0 takes any free one.
    #[arg(long, default_value = "127.0.0.1:7777", value_name = "HOST:PORT")]
    addr: String,
    /// Where sites and apps send events to, if kith.toml has a source of kind "events"; port 0 takes any free one. This port
    /// takes events and gives nothing out; each source has a write key.
    #[arg(long, default_value = "127.0.0.1:7778", value_name = "HOST:PORT")]
    collect_addr: String,
    /// Where to speak PostgreSQL's protocol, for psql, BI tools and drivers [default: nowhere]. `kith user add NAME` says who may.
    #[arg(long, value_name = "HOST:PORT")]
    sql_addr: Option<String>,
    /// Where to speak Arrow Flight SQL, for ADBC and other clients [default: nowhere]. Users of `kith user add` and tokens of `kith
    /// token create` may.
    #[arg(long, value_name = "HOST:PORT")]
    flight_addr: Option<String>,
    /// The certificate of these two ports, PEM, with those that it hangs on. Without TLS they listen on loopback only.
    #[arg(long, value_name = "FILE", requires = "sql_tls_key")]
    sql_tls_certificate: Option<PathBuf>,
    /// The certificate's key, PEM.
    #[arg(long, value_name = "FILE", requires = "sql_tls_certificate")]
    sql_tls_key: Option<PathBuf>,
    /// Listen on an address that other machines can reach, although tokens and personal data then cross the network
    /// unencrypted.
    #[arg(long)]
    expose_without_tls: bool,
    /// Also answer to this host name, for instance of a proxy in front (repeat for more).
    #[arg(long, value_name = "NAME")]
    host_name: Vec<String>,
}

impl Serve {
    /// Does what was asked.
    pub fn execute(self, context: &Context, out: &mut Output) -> Result<(), Failure> {
        let addr = resolve(&self.addr)?;
        let addr = if self.expose_without_tls { addr } else { loopback_only(addr)? };
        let collect = resolve(&self.collect_addr)?;
        let collect = if self.expose_without_tls { collect } else { loopback_only(collect)? };
        let (sql, flight) = self.doors(context)?;
        let names = self.host_name.iter().map(|name| name.to_ascii_lowercase()).collect();
        let project = open(context)?;
        let tokens = Tokens::of(&context.project_dir());
        let none_yet = tokens.list()?.is_empty();
        serve(project, tokens, Addresses { api: addr, collect, sql, flight }, names, |addresses| {
            announce(addresses, none_yet, out)?;
            out.flush()
        })
    }
}

/// Where events are collected unless told otherwise.
pub const COLLECT_PORT: u16 = 7778;

/// Where the server listens; the second only where the project has a source of events.
#[derive(Clone)]
pub struct Addresses {
    /// For people and programs that ask.
    pub api: SocketAddr,
    /// For sites and apps that send events.
    pub collect: SocketAddr,
    /// For clients of PostgreSQL.
    pub sql: Option<Listen>,
    /// For clients of Flight SQL.
    pub flight: Option<flight::Listen>,
}

/// Where it does listen.
pub struct Listening {
    /// For people and programs that ask.
    pub api: SocketAddr,
    /// For events, if any may come.
    pub collect: Option<SocketAddr>,
    /// For clients of PostgreSQL, if they were asked for.
    pub sql: Option<SocketAddr>,
    /// For clients of Flight SQL, if they were asked for.
    pub flight: Option<SocketAddr>,
}

/// Binds, says where, and serves until a signal asks to stop.
pub fn serve(
    project: Project,
    tokens: Tokens,
    addresses: Addresses,
    names: Vec<String>,
    announce: impl FnOnce(Listening) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let Addresses { api: addr, collect, sql, flight } = addresses;
    let hosts = match addr.ip().is_loopback() {
        true => Hosts::Loopback { also: names },
        false => Hosts::Network { only: names },
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served = runtime.block_on(async {
        let listener = TcpListener::bind(addr).await.map_err(|e| can_not_listen(addr, &e))?;
        let collecting = match project.collector().filter(|collector| collector.has_senders()).cloned() {
            Some(collector) => {
                let listener = TcpListener::bind(collect).await.map_err(|e| can_not_listen(collect, &e))?;
                Some((listener, collector))
            }
            None => None,
        };
        let collect = collecting.as_ref().map(|(listener, _)| listener.local_addr()).transpose()?;
        let wire = bound(sql, |listen| listen.addr).await?;
        let sql = wire.as_ref().map(|(listener, _)| listener.local_addr()).transpose()?;
        let flight = bound(flight, |listen| listen.addr).await?;
        let flying = flight.as_ref().map(|(listener, _)| listener.local_addr()).transpose()?;
        project.follow_streams()?;
        announce(Listening { api: listener.local_addr()?, collect, sql, flight: flying })?;
        let app = App::new(project, tokens, hosts);
        let doors = doors(&app, wire, flight);
        let going_on = Arc::new(AtomicBool::new(true));
        let (warming, following) = (app.clone(), going_on.clone());
        let follower = tokio::task::spawn_blocking(move || {
            // The first record that is sent should not wait until all others are in memory.
            warming.warm();
            warming.follow_events(|| following.load(Ordering::Relaxed));
        });
        let keeping = (app.clone(), going_on.clone());
        let keeper =
            tokio::task::spawn_blocking(move || keeping.0.keep_events(|| keeping.1.load(Ordering::Relaxed)));
        let looking = (app.clone(), going_on.clone());
        tokio::task::spawn_blocking(move || looking.0.follow_plans(|| looking.1.load(Ordering::Relaxed)));
        let copying = (app.clone(), going_on.clone());
        tokio::task::spawn_blocking(move || copying.0.keep_copies(|| copying.1.load(Ordering::Relaxed)));
        let api = crate::server::serve(listener, api::router(app.clone()), Bounds::API);
        let ended = match collecting {
            Some((listener, collector)) => {
                let events = crate::collect::router(Collection::new(collector, Limits::default()));
                let events = crate::server::serve(listener, events, Bounds::COLLECT);
                tokio::try_join!(api, events).map(|_| ())
            }
            None => api.await,
        };
        doors.iter().for_each(JoinHandle::abort);
        // First nothing more comes; then what came goes into profiles and lake.
        let _ = tokio::task::spawn_blocking(move || app.stop_streams()).await;
        going_on.store(false, Ordering::Relaxed);
        let _ = follower.await;
        let _ = keeper.await;
        Ok(ended?)
    });
    // A question that still runs in the engine must not hold up the end for ever.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    served
}

/// The address behind a text such as `localhost:7777`.
pub fn resolve(addr: &str) -> Result<SocketAddr, Failure> {
    let found = addr.to_socket_addrs().ok().and_then(|mut all| all.next());
    found.ok_or_else(|| {
        Failure::usage(
            format!("{addr:?} is not an address to listen on"),
            "Give HOST:PORT, such as 127.0.0.1:7777.",
        )
    })
}

/// Refuses an address that other machines can reach.
pub fn loopback_only(addr: SocketAddr) -> Result<SocketAddr, Failure> {
    if addr.ip().is_loopback() {
        return Ok(addr);
    }
    let message = format!("{addr} can be reached from other machines, and Kith speaks plain HTTP");
    let help = "Listen on 127.0.0.1 behind a proxy that speaks TLS, or `kith serve --expose-without-tls`.";
    Err(Failure::new(Exit::Usage, "K-SERVE-EXPOSED", message, help))
}

fn can_not_listen(addr: SocketAddr, error: &std::io::Error) -> Failure {
    let help = "Another program may use this port: choose another with --addr, or port 0 for any free one.";
    Failure::new(Exit::Source, "K-SERVE-ADDRESS", format!("can not listen on {addr}: {error}"), help)
}

fn announce(listening: Listening, none_yet: bool, out: &mut Output) -> Result<(), Failure> {
    let Listening { api: addr, collect, sql, flight } = listening;
    if out.json {
        let mut said = serde_json::json!({ "url": format!("http://{addr}/"), "addr": addr.to_string() });
        if let Some(collect) = collect {
            said["collect"] = format!("http://{collect}/").into();
        }
        if let Some(sql) = sql {
            said["sql"] = sql.to_string().into();
        }
        if let Some(flight) = flight {
            said["flight"] = flight.to_string().into();
        }
        return out.line(said.to_string());
    }
    out.line(format!("Kith serves {}", out.bold(&format!("http://{addr}/"))))?;
    if let Some(collect) = collect {
        out.line(format!("Collecting events on {}", out.bold(&format!("http://{collect}"))))?;
    }
    if let Some(sql) = sql {
        let url = format!("postgresql://USER@{sql}/{}", kith_engine::postgres::DATABASE);
        out.line(format!("PostgreSQL clients reach it at {}", out.bold(&url)))?;
    }
    if let Some(flight) = flight {
        out.line(format!(
            "Clients of Arrow Flight SQL reach it at {}",
            out.bold(&format!("grpc://{flight}"))
        ))?;
    }
    if none_yet {
        out.line("There is no token yet, so nobody can look. Make one: kith token create NAME")?;
    }
    if !crate::ui::built() {
        out.line("This binary holds no user interface, only the API. `make build` makes both.")?;
    }
    out.line("Stop with Ctrl-C.")
}

/// This address, or one with a free port when it is taken.
pub fn free(addr: SocketAddr) -> SocketAddr {
    match std::net::TcpListener::bind(addr) {
        Ok(_) => addr,
        Err(_) => SocketAddr::new(addr.ip(), 0),
    }
}
