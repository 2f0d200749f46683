//! How a server is reached, and what its faults mean.

use super::Mysql;
use crate::connect::{error, secret};
use crate::error::{Error, Result};
use crate::remote::{fault, tls};
use kith_core::config::Secret;
use mysql_async::{DriverError, Error as Said, IoError, Opts, OptsBuilder};

/// The largest packet of the protocol that a driver puts together.
const PACKET_MAX: usize = 1 << 30;

/// Login and address. What else a URL could say is said by keys of the connection, so that nothing is said twice.
pub(super) fn options(server: &Mysql) -> Result<Opts> {
    let text = secret(&server.name, &server.url, &server.base)?;
    let password = server.password.as_ref().map(|p| secret(&server.name, p, &server.base)).transpose()?;
    let wrong = |detail: &str| {
        let message = format!("could not read the url of the connection {}", server.name);
        let help = "Write mysql://user@host:3306/database.";
        error::fault("K-SOURCE-DATABASE", &server.name, message, detail, help)
    };
    if text.contains('?') {
        return Err(wrong("It has settings behind a question mark, which are not read."));
    }
    let text = text.strip_prefix("mariadb://").map_or(text.clone(), |rest| format!("mysql://{rest}"));
    let opts = Opts::from_url(&text).map_err(|_| wrong("It is not a URL of MySQL."))?;
    if opts.db_name().is_none_or(str::is_empty) {
        return Err(wrong("It names no database."));
    }
    if matches!(server.url, Secret::Plain(_)) && opts.pass().is_some_and(|p| !p.is_empty()) {
        let message = format!("the url of the connection {} holds a password", server.name);
        let detail = "A configuration is shared and kept; a password must not stand in it.";
        let help = "Take it out of the url and write password = \"env:MYSQL_PASSWORD\" or \"file:PATH\".";
        return Err(error::fault("K-SOURCE-SECRET", &server.name, message, detail, help));
    }
    let here = tls::loopback(opts.ip_or_hostname());
    let guarded = server.guard.mysql(&server.name, here)?;
    let cell = usize::try_from(server.limits.cell_bytes).unwrap_or(PACKET_MAX);
    let mut builder = OptsBuilder::from_opts(opts)
        .prefer_socket(false)
        .ssl_opts(guarded)
        .stmt_cache_size(0)
        // A row is one packet: one that is far too long is refused before it is taken in.
        .max_allowed_packet(Some(cell.saturating_mul(4).clamp(64 << 20, PACKET_MAX)))
        .wait_timeout(Some(28_800));
    if let Some(password) = password {
        builder = builder.pass(Some(password));
    }
    Ok(builder.into())
}

/// The server's own words go to the log: they can hold values.
pub(super) fn fault(name: &str, e: &Said) -> Error {
    tracing::warn!(connection = %name, error = %e, "MySQL failed");
    match e {
        Said::Server(said) => server_fault(name, said.code),
        Said::Driver(DriverError::NoClientSslFlagFromServer) => fault::unsafe_way(name, tls::NOT_OFFERED),
        Said::Io(IoError::Io(e)) if tls::broken(e) => fault::unsafe_way(name, tls::NOT_TRUSTED),
        Said::Io(IoError::Tls(_)) => fault::unsafe_way(name, tls::NOT_TRUSTED),
        Said::Driver(DriverError::PacketTooLarge) => fault::large_row(name),
        // The driver's reader says it with no more than a text.
        Said::Io(IoError::Io(e)) if e.to_string().contains("max_allowed_packet") => fault::large_row(name),
        Said::Driver(DriverError::ConnectionClosed) => fault::down(name, "the connection was closed"),
        Said::Driver(DriverError::LocalInfile(_)) => fault::refused(name, "it asks for a file of ours"),
        Said::Io(IoError::Io(_)) => fault::down(name, "there is no connection to it"),
        _ => fault::down(name, "it does not speak as MySQL does; the log says how"),
    }
}

fn server_fault(name: &str, code: u16) -> Error {
    match code {
        1044 | 1045 | 1130 | 1698 | 1862 => fault::down(name, "it does not know this user and password"),
        1049 => fault::down(name, "there is no such database"),
        1040 | 1053 | 1203 | 1226 | 1927 | 3032 => {
            fault::down(name, &format!("it is not ready (error {code})"))
        }
        // Tables, columns and views that are gone; a statement whose table has changed meanwhile.
        1054 | 1146 | 1356 | 1412 | 1615 => fault::changed(name),
        1142 | 1143 => fault::refused(name, &format!("its user may not read the table (error {code})")),
        1317 => fault::refused(name, "the query was ended there"),
        1969 | 3024 => fault::refused(name, "it took longer than an hour"),
        _ => fault::refused(name, &format!("error {code}")),
    }
}
