//! `kith serve`: the HTTP API and the user interface, on loopback unless told otherwise.

use super::failure::{Exit, Failure};
use super::output::Output;
use super::{Context, open};
use crate::api::guard::Hosts;
use crate::api::{self, App};
use crate::collect::Collection;
use crate::server::Bounds;
use crate::tokens::Tokens;
use crate::users::Users;
use crate::wire::{Listen, Wire};
use clap::Args;
use kith_core::event::wire::Limits;
use kith_engine::Project;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::net::TcpListener;

const AFTER_HELP: &str = "\
Every request but GET /v1/health and /v1/openapi.json needs a token: `kith token create NAME`. There is no default one.

Examples:
  kith serve
  kith serve --addr 127.0.0.1:0                 any free port
  kith serve --collect-addr 127.0.0.1:9000      where sites and apps send events
  kith serve --sql-addr 127.0.0.1:5439          psql and BI tools, for users of `kith user add`
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
    /// The certificate of that port, PEM, with those that it hangs on. Without TLS it listens on loopback only.
    #[arg(long, value_name = "FILE", requires = "sql_addr", requires = "sql_tls_key")]
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
        let sql = self.sql(context)?;
        let names = self.host_name.iter().map(|name| name.to_ascii_lowercase()).collect();
        let project = open(context)?;
        let tokens = Tokens::of(&context.project_dir());
        let none_yet = tokens.list()?.is_empty();
        serve(project, tokens, Addresses { api: addr, collect, sql }, names, |addresses| {
            announce(addresses, none_yet, out)?;
            out.flush()
        })
    }

    /// Where the wire listens, if it should.
    fn sql(&self, context: &Context) -> Result<Option<Listen>, Failure> {
        let Some(addr) = &self.sql_addr else { return Ok(None) };
        let addr = resolve(addr)?;
        let tls = match (&self.sql_tls_certificate, &self.sql_tls_key) {
            (Some(certificate), Some(key)) => {
                Some(crate::wire::tls::acceptor(certificate, key).map_err(unusable)?)
            }
            _ => None,
        };
        if tls.is_none() && !addr.ip().is_loopback() {
            let message = format!(
                "{addr} can be reached from other machines, and passwords and data would cross the network unencrypted"
            );
            let help =
                "Give a certificate by --sql-tls-certificate and --sql-tls-key, or listen on 127.0.0.1.";
            return Err(Failure::new(Exit::Usage, "K-SERVE-EXPOSED", message, help));
        }
        Ok(Some(Listen { addr, users: Users::of(&context.project_dir()), tls }))
    }
}

fn unusable(reason: String) -> Failure {
    let help = "Give a certificate and its key in PEM.";
    Failure::new(
        Exit::Configuration,
        "K-SERVE-TLS",
        format!("the certificate can not be used: {reason}"),
        help,
    )
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
}

/// Where it does listen.
pub struct Listening {
    /// For people and programs that ask.
    pub api: SocketAddr,
    /// For events, if any may come.
    pub collect: Option<SocketAddr>,
    /// For clients of PostgreSQL, if they were asked for.
    pub sql: Option<SocketAddr>,
}

/// Binds, says where, and serves until a signal asks to stop.
pub fn serve(
    project: Project,
    tokens: Tokens,
    addresses: Addresses,
    names: Vec<String>,
    announce: impl FnOnce(Listening) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let Addresses { api: addr, collect, sql } = addresses;
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
        let wire = bound(sql).await?;
        let sql = wire.as_ref().map(|(listener, _)| listener.local_addr()).transpose()?;
        project.follow_streams()?;
        announce(Listening { api: listener.local_addr()?, collect, sql })?;
        let app = App::new(project, tokens, hosts);
        let wire = wire.and_then(|(listener, listen)| {
            let wire = Wire::new(app.clone(), listen)?;
            Some(tokio::spawn(crate::wire::serve(listener, wire)))
        });
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
        let api = crate::server::serve(listener, api::router(app.clone()), Bounds::API);
        let ended = match collecting {
            Some((listener, collector)) => {
                let doors = crate::collect::router(Collection::new(collector, Limits::default()));
                let doors = crate::server::serve(listener, doors, Bounds::COLLECT);
                tokio::try_join!(api, doors).map(|_| ())
            }
            None => api.await,
        };
        if let Some(wire) = wire {
            wire.abort();
        }
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

/// The wire's listener, if there is to be one.
async fn bound(sql: Option<Listen>) -> Result<Option<(TcpListener, Listen)>, Failure> {
    let Some(listen) = sql else { return Ok(None) };
    let listener = TcpListener::bind(listen.addr).await.map_err(|e| can_not_listen(listen.addr, &e))?;
    Ok(Some((listener, listen)))
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
    let Listening { api: addr, collect, sql } = listening;
    if out.json {
        let mut said = serde_json::json!({ "url": format!("http://{addr}/"), "addr": addr.to_string() });
        if let Some(collect) = collect {
            said["collect"] = format!("http://{collect}/").into();
        }
        if let Some(sql) = sql {
            said["sql"] = sql.to_string().into();
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
