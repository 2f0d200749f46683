//! NATS JetStream: a durable pull consumer, each message acknowledged when it is fsynced.
//!
//! 1. Connect, find the stream, find or make the consumer.
//! 2. Take what is there. What comes while the disk works gathers, up to [`TOGETHER`] messages, and is the next batch; some full batches
//!    are on the way to the disk at once.
//! 3. Acknowledge a batch when it is kept. What is not acknowledged (Kith was killed, the network broke) NATS delivers again,
//!    after the consumer's `ack_wait`, and it counts once.
//! 4. When the connection breaks, all of it begins anew.

use crate::error::{Result, StreamError};
use crate::keep::{Keeper, Message};
use crate::spec::Spec;
use crate::supervise::asked_to;
use crate::tls;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, PullConsumer, pull};
use async_nats::jetstream::context::GetStreamErrorKind;
use async_nats::jetstream::message::Acker;
use async_nats::jetstream::{self, stream::Stream};
use async_nats::{Client, ConnectErrorKind, ConnectOptions, Event};
use futures::FutureExt;
use futures::stream::{FuturesOrdered, StreamExt};
use kith_core::config::stream::{Begin, StreamAt};
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// Messages that are kept together at most.
const TOGETHER: usize = 1_000;
/// Messages that are asked for at once: enough to gather while NATS hears that more are wanted.
const ASKED_FOR: usize = 4_000;
/// Batches on the way to the disk at once.
const BATCHES: usize = 4;
/// Messages that NATS delivers ahead of their acknowledgement: more than what is under way.
const UNACKNOWLEDGED_MAX: i64 = 10_000;
/// Bytes that are asked for at once; a stream of larger messages is asked for twice the largest one.
const BYTES: usize = 4 << 20;
/// How often NATS is asked how many messages wait there.
const LAG_EVERY: Duration = Duration::from_secs(2);
/// What was taken is kept within this when Kith stops; NATS delivers the rest again.
const DRAIN: Duration = Duration::from_secs(5);

/// The parts of the configuration that are NATS's.
struct Names<'a> {
    servers: &'a [String],
    stream: &'a str,
    subject: Option<&'a str>,
    consumer: String,
}

fn names(spec: &Spec) -> Result<Names<'_>> {
    let StreamAt::Nats { servers, stream, subject, consumer, .. } = &spec.stream.at else {
        return Err(StreamError::missing("the source is not one of NATS"));
    };
    let consumer = consumer.clone().unwrap_or_else(|| format!("kith-{}", spec.source.as_str()));
    Ok(Names { servers, stream, subject: subject.as_deref(), consumer })
}

/// Follows the stream until told to stop.
pub(crate) async fn follow(spec: &Spec, keeper: &Keeper, mut stop: watch::Receiver<bool>) -> Result<()> {
    let (tell, mut broken) = mpsc::channel(1);
    let opening = async {
        let client = connect(spec, Some(tell)).await?;
        let consumer = consumer(spec, &open(spec, &client).await?).await?;
        Ok((client, consumer))
    };
    let (client, consumer) = tokio::select! {
        opened = opening => opened?,
        _ = asked_to(&mut stop) => return Ok(()),
    };
    let away = |e: &dyn std::fmt::Display| StreamError::away(format!("NATS stopped delivering: {e}"));
    let bytes = BYTES.max(2 * client.server_info().max_payload);
    let messages = consumer.stream().max_messages_per_batch(ASKED_FOR).max_bytes_per_batch(bytes);
    let messages = messages.heartbeat(Duration::from_secs(5)).expires(Duration::from_secs(15));
    let mut arriving = messages.messages().await.map_err(|e| away(&e))?.ready_chunks(TOGETHER);
    keeper.following();
    let (mut gathered, mut under_way) = (Vec::new(), FuturesOrdered::new());
    let mut ask = tokio::time::interval(LAG_EVERY);
    loop {
        tokio::select! {
            biased;
            _ = asked_to(&mut stop) => break,
            Some(kept) = under_way.next() => acknowledge(kept).await?,
            why = broken.recv() => return Err(away(&why.unwrap_or_default())),
            found = arriving.next(), if gathered.len() < TOGETHER => {
                let Some(found) = found else { return Err(away(&"the consumer is gone")) };
                for message in found {
                    gathered.push(taken(message.map_err(|e| away(&e))?)?);
                }
            }
            _ = ask.tick() => {
                let info = tokio::time::timeout(LAG_EVERY, consumer.get_info()).await;
                if let Ok(Ok(info)) = info {
                    keeper.board.lag(info.num_pending + info.num_ack_pending as u64);
                }
            }
        }
        let most = if gathered.len() < TOGETHER { 1 } else { BATCHES };
        if !gathered.is_empty() && under_way.len() < most {
            under_way.push_back(keep(keeper, std::mem::take(&mut gathered)));
        }
    }
    // What NATS has sent is kept too: it would deliver it again only after `ack_wait`.
    while let Some(Some(found)) = arriving.next().now_or_never() {
        for message in found.into_iter().flatten() {
            gathered.push(taken(message)?);
        }
    }
    drop(arriving);
    under_way.push_back(keep(keeper, gathered));
    let draining = async {
        while let Some(kept) = under_way.next().await {
            acknowledge(kept).await?;
        }
        client.flush().await.map_err(|e| away(&e))
    };
    tokio::time::timeout(DRAIN, draining).await.unwrap_or(Ok(()))
}

type Taken = (Message<Vec<u8>>, Acker);

fn taken(message: jetstream::Message) -> Result<Taken> {
    let strange = |e| StreamError::away(format!("NATS delivered a message that is not of a stream: {e}"));
    let info = message.info().map_err(strange)?;
    let (at, name) = (info.published.unix_timestamp_nanos(), info.stream);
    // The time tells messages of a stream that was deleted and made anew from those of before.
    let place = format!("nats:{name}:{}@{at}", info.stream_sequence);
    let stored_at_ms = i64::try_from(at / 1_000_000).unwrap_or_default();
    let (message, acker) = message.split();
    Ok((Message { payload: message.payload.to_vec(), place, stored_at_ms }, acker))
}

async fn keep(keeper: &Keeper, batch: Vec<Taken>) -> Result<Vec<Acker>> {
    let (messages, ackers): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
    keeper.keep(&messages).await?;
    Ok(ackers)
}

async fn acknowledge(kept: Result<Vec<Acker>>) -> Result<()> {
    for acker in kept? {
        let failed = |e| StreamError::away(format!("messages can not be acknowledged: {e}"));
        acker.ack().await.map_err(failed)?;
    }
    Ok(())
}

async fn connect(spec: &Spec, broken: Option<mpsc::Sender<String>>) -> Result<Client> {
    let names = names(spec)?;
    let mut options = ConnectOptions::new().name(format!("kith {}", spec.source.as_str()));
    if let Some((user, password)) = spec.user() {
        options = options.user_and_password(user, password);
    }
    if let Some(token) = &spec.login.token {
        options = options.token(token.clone());
    }
    if let Some(credentials) = &spec.login.credentials {
        let wrong = |e: std::io::Error| StreamError::login(format!("the credentials can not be read: {e}"));
        options = options.credentials(credentials).map_err(wrong)?;
    }
    if spec.stream.tls {
        let ca = spec.stream.tls_ca.as_ref().map(|ca| spec.base.join(ca));
        options = options.require_tls(true).tls_client_config(tls::client(ca.as_deref())?);
    }
    let options = options
        .connection_timeout(Duration::from_secs(5))
        .request_timeout(Some(Duration::from_secs(5)))
        .max_reconnects(1)
        .event_callback(move |event| {
            let broken = broken.clone();
            async move {
                let why = match event {
                    Event::Disconnected | Event::Closed => "the connection broke".to_string(),
                    Event::ClientError(e) => e.to_string(),
                    _ => return,
                };
                if let Some(broken) = broken {
                    // One word is enough.
                    let _ = broken.try_send(why);
                }
            }
        });
    let servers = names.servers.join(", ");
    options.connect(names.servers).await.map_err(|e| match e.kind() {
        ConnectErrorKind::Authentication | ConnectErrorKind::AuthorizationViolation => {
            StreamError::login(format!("NATS at {servers} refused the login: {e}"))
        }
        _ => StreamError::away(format!("NATS at {servers} can not be reached: {e}")),
    })
}

async fn open(spec: &Spec, client: &Client) -> Result<Stream> {
    let name = names(spec)?.stream;
    jetstream::new(client.clone()).get_stream(name).await.map_err(|e| match e.kind() {
        GetStreamErrorKind::JetStream(_) => StreamError::missing(format!("NATS has no stream {name}: {e}")),
        _ => StreamError::away(format!("NATS does not say what the stream {name} is: {e}")),
    })
}

async fn consumer(spec: &Spec, stream: &Stream) -> Result<PullConsumer> {
    let Names { consumer: name, subject, .. } = names(spec)?;
    let wanted = pull::Config {
        durable_name: Some(name.clone()),
        description: Some("Kith reads events".into()),
        ack_policy: AckPolicy::Explicit,
        deliver_policy: match spec.stream.from {
            Begin::Earliest => DeliverPolicy::All,
            Begin::Latest => DeliverPolicy::New,
        },
        filter_subject: subject.unwrap_or_default().into(),
        max_ack_pending: UNACKNOWLEDGED_MAX,
        ..pull::Config::default()
    };
    let failed = |e| StreamError::consumer(format!("the consumer {name} can not be used: {e}"));
    let consumer: PullConsumer = stream.get_or_create_consumer(&name, wanted).await.map_err(failed)?;
    let config = &consumer.cached_info().config;
    if config.ack_policy != AckPolicy::Explicit {
        let message = format!("the consumer {name} is not one of explicit acknowledgement");
        return Err(StreamError::consumer(message));
    }
    let (its, ours) = (config.filter_subject.as_str(), subject.unwrap_or_default());
    if its != ours {
        let message = format!("the consumer {name} is for the subject {its:?}, and kith.toml says {ours:?}");
        return Err(StreamError::consumer(message));
    }
    Ok(consumer)
}

/// What is there, in words.
pub(crate) async fn look(spec: &Spec) -> Result<String> {
    let client = connect(spec, None).await?;
    let stream = open(spec, &client).await?;
    let info = stream.cached_info();
    Ok(format!("the stream {} has {} messages", info.config.name, info.state.messages))
}
