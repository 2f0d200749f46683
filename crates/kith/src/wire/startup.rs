//! From an open socket to somebody who has signed in.
//!
//! What fails is said as PostgreSQL says it; a name that nobody has fails as a wrong password does, at the same point and after the
//! same work.

use super::frame::{Body, Malformed, message, put_text};
use super::line::Line;
use super::refusal::Refusal;
use super::scram::{Exchange, Verifier};
use super::settings::Settings;
use super::{Key, Wire, random};
use base64::Engine;
use kith_engine::postgres::DATABASE;
use tokio::net::TcpStream;

const TLS: i32 = 80_877_103;
const GSS: i32 = 80_877_104;
const CANCEL: i32 = 80_877_102;
/// What PostgreSQL allows before somebody has signed in.
const PACKET_MAX: usize = 10_000;
const MECHANISM: &str = "SCRAM-SHA-256";

/// Somebody who has signed in.
pub struct Client {
    pub(super) line: Line,
    pub(super) user: String,
    pub(super) settings: Settings,
    pub(super) key: Key,
}

/// `None` = nobody came in, and was told why where that helps.
pub async fn admit(stream: TcpStream, wire: &Wire) -> Option<Client> {
    let near = stream.peer_addr().ok()?.ip().to_canonical().is_loopback();
    let mut first = [0];
    let direct = stream.peek(&mut first).await.ok()? == 1 && first[0] == 0x16;
    let mut line = match (&wire.tls, direct) {
        (Some(tls), true) => Line::new(Box::new(tls.accept(stream).await.ok()?)),
        _ => Line::new(Box::new(stream)),
    };
    let mut safe = near || (direct && wire.tls.is_some());
    // TLS, GSS, and then the start: whoever asks for more is no client.
    for _ in 0..3 {
        let packet = line.packet(PACKET_MAX).await.ok()?;
        let mut body = Body(&packet);
        match body.i32().ok()? {
            TLS => {
                let Some(tls) = wire.tls.as_ref().filter(|_| !direct) else {
                    line.out.push(b'N');
                    line.flush().await.ok()?;
                    continue;
                };
                line.out.push(b'S');
                line.flush().await.ok()?;
                // Nothing may have come before the handshake: somebody else could have put it there.
                line = Line::new(Box::new(tls.accept(line.into_socket()?).await.ok()?));
                safe = true;
            }
            GSS => {
                line.out.push(b'N');
                line.flush().await.ok()?;
            }
            CANCEL => {
                let (process, secret) = (body.i32().ok()?, body.i32().ok()?);
                wire.cancels.ask(process, secret);
                return None;
            }
            version => {
                let started = start(&mut line, body, version, safe).await;
                return match started {
                    Ok(parameters) => signed_in(line, wire, parameters).await,
                    Err(refusal) => farewell(line, &refusal).await,
                };
            }
        }
    }
    None
}

async fn farewell(mut line: Line, refusal: &Refusal) -> Option<Client> {
    refusal.write(&mut line.out, true);
    let _ = line.flush().await;
    None
}

/// The pairs of the start packet.
async fn start(
    line: &mut Line,
    body: Body<'_>,
    version: i32,
    safe: bool,
) -> Result<Vec<(String, String)>, Refusal> {
    if version >> 16 != 3 {
        return Err(Refusal::new("08P01", "only version 3 of the protocol is spoken here", ""));
    }
    if !safe {
        return Err(Refusal::new(
            "28000",
            "this server is reached over TLS only",
            "Set sslmode=verify-full.",
        ));
    }
    let parameters = pairs(body).map_err(|e| Refusal::new("08P01", e.to_string(), ""))?;
    let extensions: Vec<&String> =
        parameters.iter().map(|(name, _)| name).filter(|name| name.starts_with("_pq_.")).collect();
    if version != 3 << 16 || !extensions.is_empty() {
        message(&mut line.out, b'v', |out| {
            out.extend(0i32.to_be_bytes());
            out.extend(u32::try_from(extensions.len()).unwrap_or(0).to_be_bytes());
            extensions.iter().for_each(|name| put_text(out, name));
        });
    }
    Ok(parameters)
}

fn pairs(mut body: Body<'_>) -> Result<Vec<(String, String)>, Malformed> {
    let mut found = Vec::new();
    loop {
        let name = body.text()?.to_string();
        if name.is_empty() {
            return body.end().map(|()| found);
        }
        found.push((name, body.text()?.to_string()));
    }
}

async fn signed_in(mut line: Line, wire: &Wire, parameters: Vec<(String, String)>) -> Option<Client> {
    let parameter =
        |name: &str| parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let user = parameter("user").unwrap_or_default().to_string();
    match authenticated(&mut line, wire, &user).await? {
        true => {}
        false => {
            // Without its name in the log: people type passwords there.
            tracing::warn!("somebody could not sign in over the wire");
            let refusal =
                Refusal::new("28P01", format!("password authentication failed for user {user:?}"), "");
            return farewell(line, &refusal).await;
        }
    }
    let database = parameter("database").filter(|name| !name.is_empty()).unwrap_or(&user);
    if database != DATABASE {
        let message = format!("there is no database {database:?}");
        let hint = format!("There is one, and it is called {DATABASE}.");
        return farewell(line, &Refusal::new("3D000", message, hint)).await;
    }
    if parameter("replication").is_some_and(|value| !matches!(value, "" | "false" | "off" | "0")) {
        return farewell(line, &Refusal::new("0A000", "replication is not spoken here", "")).await;
    }
    let mut settings = Settings::default();
    for name in ["application_name", "search_path", "statement_timeout", "extra_float_digits"] {
        if let Some(Err(refusal)) = parameter(name).map(|value| settings.set(name, Some(value))) {
            return farewell(line, &refusal).await;
        }
    }
    let key = wire.cancels.enter()?;
    let out = &mut line.out;
    message(out, b'R', |out| out.extend(0i32.to_be_bytes()));
    let reported = settings.reported().into_iter().chain([("session_authorization", user.clone())]);
    for (name, value) in reported {
        message(out, b'S', |out| {
            put_text(out, name);
            put_text(out, &value);
        });
    }
    message(out, b'K', |out| {
        out.extend(key.process.to_be_bytes());
        out.extend(key.secret.to_be_bytes());
    });
    Some(Client { line, user, settings, key })
}

/// The exchange of SCRAM; `None` = the client has left or says what makes no sense.
async fn authenticated(line: &mut Line, wire: &Wire, user: &str) -> Option<bool> {
    message(&mut line.out, b'R', |out| {
        out.extend(10i32.to_be_bytes());
        put_text(out, MECHANISM);
        out.push(0);
    });
    line.flush().await.ok()?;
    let (kind, body) = line.message(Some(PACKET_MAX)).await.ok()?;
    let mut body = Body(&body);
    if kind != b'p' || body.text().ok()? != MECHANISM {
        return None;
    }
    let first = std::str::from_utf8(body.value().ok()??).ok()?.to_string();
    let known = wire.users.list().unwrap_or_else(|error| {
        tracing::error!(%error, "nobody can sign in");
        Vec::new()
    });
    let nobody = Verifier::of_nobody(&wire.secret, user);
    let known = known.into_iter().find(|known| known.name == user);
    let verifier = known.map_or(nobody, |known| known.scram_sha_256);
    let nonce = base64::engine::general_purpose::STANDARD.encode(random::<18>()?);
    let (exchange, answer) = Exchange::begin(verifier, &first, &nonce)?;
    message(&mut line.out, b'R', |out| {
        out.extend(11i32.to_be_bytes());
        out.extend(answer.bytes());
    });
    line.flush().await.ok()?;
    let (kind, last) = line.message(Some(PACKET_MAX)).await.ok()?;
    let proof = std::str::from_utf8(&last).ok().filter(|_| kind == b'p')?;
    let Some(answer) = exchange.end(proof) else { return Some(false) };
    message(&mut line.out, b'R', |out| {
        out.extend(12i32.to_be_bytes());
        out.extend(answer.bytes());
    });
    Some(true)
}
