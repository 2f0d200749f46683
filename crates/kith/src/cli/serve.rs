//! `kith serve`: the HTTP API and the user interface, on loopback unless told otherwise.

use super::failure::{Exit, Failure};
use super::output::Output;
use super::{Context, open};
use crate::api::guard::Hosts;
use crate::api::{self, App};
use crate::server::Bounds;
use crate::tokens::Tokens;
use clap::Args;
use kith_engine::Project;
use std::net::{SocketAddr, ToSocketAddrs};
use tokio::net::TcpListener;

const AFTER_HELP: &str = "\
Every request but GET /v1/health and /v1/openapi.json needs a token: `kith token create NAME`. There is no default one.

Examples:
  kith serve
  kith serve --addr 127.0.0.1:0                 any free port
  kith serve --addr 0.0.0.0:7777 --expose-without-tls --host-name kith.example.org

Kith speaks plain HTTP. For other machines put a proxy that speaks TLS in front.";

/// Serve the HTTP API and the user interface.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Serve {
    /// Where to listen; port 0 takes any free one.
    #[arg(long, default_value = "127.0.0.1:7777", value_name = "HOST:PORT")]
    addr: String,
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
        let names = self.host_name.iter().map(|name| name.to_ascii_lowercase()).collect();
        let project = open(context)?;
        let tokens = Tokens::of(&context.project_dir());
        let none_yet = tokens.list()?.is_empty();
        serve(project, tokens, addr, names, |addr| {
            announce(addr, none_yet, out)?;
            out.flush()
        })
    }
}

/// Binds, says where, and serves until a signal asks to stop.
pub fn serve(
    project: Project,
    tokens: Tokens,
    addr: SocketAddr,
    names: Vec<String>,
    announce: impl FnOnce(SocketAddr) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let hosts = match addr.ip().is_loopback() {
        true => Hosts::Loopback { also: names },
        false => Hosts::Network { only: names },
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served = runtime.block_on(async {
        let listener = TcpListener::bind(addr).await.map_err(|e| can_not_listen(addr, &e))?;
        announce(listener.local_addr()?)?;
        let app = App::new(project, tokens, hosts);
        let warming = app.clone();
        // The first record that is sent should not wait until all others are in memory.
        tokio::task::spawn_blocking(move || warming.warm());
        crate::server::serve(listener, api::router(app), Bounds::API).await?;
        Ok(())
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

fn announce(addr: SocketAddr, none_yet: bool, out: &mut Output) -> Result<(), Failure> {
    if out.json {
        let text =
            serde_json::json!({ "url": format!("http://{addr}/"), "addr": addr.to_string() }).to_string();
        return out.line(text);
    }
    out.line(format!("Kith serves {}", out.bold(&format!("http://{addr}/"))))?;
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
