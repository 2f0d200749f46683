//! Kafka: every partition of some topics, read by this process; the offsets are Kith's own.
//!
//! 1. Connect, and find the partitions; look again now and then for new ones.
//! 2. Each [`partition`] is read by itself, from its offset.
//! 3. [`offsets`] that are kept are written to a file, after the events are fsynced. An old file, or none, only has messages read
//!    again, which count once.
//! 4. When anything breaks, all of it begins anew.
//!
//! There is no consumer group: one process holds the data directory, so there is nobody to share partitions with, and what was read
//! stands where it is kept.

mod offsets;
mod partition;

use crate::error::{Result, StreamError};
use crate::keep::Keeper;
use crate::spec::Spec;
use crate::supervise::asked_to;
use crate::tls;
use kith_core::config::stream::{Begin, Sasl, StreamAt};
use offsets::Offsets;
use partition::Reader;
use rskafka::BackoffConfig;
use rskafka::client::error::{Error, ProtocolError};
use rskafka::client::partition::{OffsetAt, UnknownTopicHandling};
use rskafka::client::{Client, ClientBuilder, Credentials, SaslConfig};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How often new partitions are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// How often offsets are written; a crash has so much read again.
const WRITE_EVERY: Duration = Duration::from_millis(500);
/// A broker that is silent for so long is away.
const SILENT_MAX: Duration = Duration::from_secs(10);
/// What was taken is kept within this when Kith stops.
const DRAIN: Duration = Duration::from_secs(5);

/// The parts of the configuration that are Kafka's.
fn names(spec: &Spec) -> Result<(&[String], &[String], Sasl)> {
    match &spec.stream.at {
        StreamAt::Kafka { brokers, topics, sasl } => Ok((brokers, topics, *sasl)),
        StreamAt::Nats { .. } => Err(StreamError::missing("the source is not one of Kafka")),
    }
}

/// Follows the topics until told to stop.
pub(crate) async fn follow(
    spec: &Spec,
    keeper: &Keeper,
    dir: &Path,
    mut stop: watch::Receiver<bool>,
) -> Result<()> {
    keeper.board.no_partitions();
    let stopping = stop.clone();
    let offsets = Arc::new(Mutex::new(Offsets::open(dir, &spec.source)?));
    let client = tokio::select! {
        client = connect(spec) => client?,
        _ = asked_to(&mut stop) => return Ok(()),
    };
    let (mut readers, mut known) = (JoinSet::new(), BTreeSet::new());
    let (mut look, mut write) = (tokio::time::interval(LOOK_EVERY), tokio::time::interval(WRITE_EVERY));
    let ended = loop {
        tokio::select! {
            biased;
            _ = asked_to(&mut stop) => break Ok(()),
            Some(ended) = readers.join_next() => match ended {
                Ok(Ok(())) => {}
                Ok(Err(error)) => break Err(error),
                Err(error) => break Err(StreamError::away(format!("a partition is not read any more: {error}"))),
            },
            _ = write.tick() => written(&offsets)?,
            _ = look.tick() => {
                let found = match partitions(spec, &client).await {
                    Ok(found) => found,
                    Err(error) => break Err(error),
                };
                if spec.stream.from == Begin::Latest
                    && let Err(error) = begin_at_the_end(&client, &offsets, &found).await
                {
                    break Err(error);
                }
                let new: Vec<_> = found.difference(&known).cloned().collect();
                let all = known.len() + new.len();
                for (topic, number) in new {
                    let reader = Reader {
                        client: client.clone(),
                        topic: topic.clone(),
                        number,
                        bytes: partition::bytes_of(all),
                        keeper: keeper.clone(),
                        offsets: offsets.clone(),
                        stop: stopping.clone(),
                    };
                    keeper.board.partition(&topic, number, None, None);
                    readers.spawn(reader.run());
                    known.insert((topic, number));
                }
            }
        }
    };
    if ended.is_ok() {
        let draining = async { while readers.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(DRAIN, draining).await;
    }
    drop(readers);
    ended.and(written(&offsets))
}

fn written(offsets: &Mutex<Offsets>) -> Result<()> {
    offsets.lock().unwrap_or_else(PoisonError::into_inner).write()
}

async fn connect(spec: &Spec) -> Result<Arc<Client>> {
    let (brokers, _, sasl) = names(spec)?;
    // What is not there within this is away: the pauses between tries are the supervisor's.
    let backoff = BackoffConfig {
        init_backoff: Duration::from_millis(100),
        max_backoff: Duration::from_secs(1),
        base: 2.0,
        deadline: Some(Duration::from_secs(5)),
    };
    let mut builder = ClientBuilder::new(brokers.to_vec()).client_id("kith").backoff_config(backoff);
    if let Some((user, password)) = spec.user() {
        let credentials = Credentials::new(user, password);
        builder = builder.sasl_config(match sasl {
            Sasl::Plain => SaslConfig::Plain(credentials),
            Sasl::ScramSha256 => SaslConfig::ScramSha256(credentials),
            Sasl::ScramSha512 => SaslConfig::ScramSha512(credentials),
        });
    }
    if spec.stream.tls {
        let ca = spec.stream.tls_ca.as_ref().map(|ca| spec.base.join(ca));
        builder = builder.tls_config(Arc::new(tls::client(ca.as_deref())?));
    }
    let what = || format!("Kafka at {}", brokers.join(", "));
    Ok(Arc::new(in_time(&what, builder.build()).await?))
}

/// The partitions of the wanted topics.
async fn partitions(spec: &Spec, client: &Client) -> Result<BTreeSet<(String, i32)>> {
    let (_, topics, _) = names(spec)?;
    let found = in_time(&|| "the list of topics".into(), client.list_topics()).await?;
    let mut all = BTreeSet::new();
    for topic in topics {
        let Some(found) = found.iter().find(|found| found.name == *topic && !found.partitions.is_empty())
        else {
            return Err(StreamError::missing(format!("Kafka has no topic {topic}")));
        };
        all.extend(found.partitions.iter().map(|number| (topic.clone(), *number)));
    }
    Ok(all)
}

/// Topics that were never read begin at their end: all partitions of all of them in one step, so that none is taken for one that
/// was made later, which is new from its first message on.
async fn begin_at_the_end(
    client: &Client,
    offsets: &Mutex<Offsets>,
    found: &BTreeSet<(String, i32)>,
) -> Result<()> {
    let locked = || offsets.lock().unwrap_or_else(PoisonError::into_inner);
    let mut ends = Vec::new();
    for (topic, number) in found {
        let unread = {
            let offsets = locked();
            !offsets.unreadable && !offsets.knows(topic)
        };
        if unread {
            let name = || format!("{topic}/{number}");
            let opened = client.partition_client(topic, *number, UnknownTopicHandling::Error);
            let partition = in_time(&name, opened).await?;
            ends.push((topic, *number, in_time(&name, partition.get_offset(OffsetAt::Latest)).await?));
        }
    }
    let mut offsets = locked();
    ends.into_iter().for_each(|(topic, number, end)| offsets.kept(topic, number, end));
    offsets.write()
}

/// What is there, in words.
pub(crate) async fn look(spec: &Spec) -> Result<String> {
    let client = connect(spec).await?;
    let found = partitions(spec, &client).await?;
    for (topic, number) in &found {
        in_time(
            &|| format!("{topic}/{number}"),
            client.partition_client(topic, *number, UnknownTopicHandling::Error),
        )
        .await?;
    }
    Ok(format!("{} partitions of {} topics", found.len(), names(spec)?.1.len()))
}

/// Waits for an answer, as long as one may take.
async fn in_time<T>(
    what: &(dyn Fn() -> String + Sync),
    answer: impl Future<Output = std::result::Result<T, Error>>,
) -> Result<T> {
    match tokio::time::timeout(SILENT_MAX, answer).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(problem(&what(), &error)),
        Err(_) => Err(StreamError::away(format!("{}: the brokers did not answer in time", what()))),
    }
}

/// What Kafka's error means to whoever has to mend it.
fn problem(what: &str, error: &Error) -> StreamError {
    let text = error.to_string();
    match error {
        Error::ServerError { protocol_error: ProtocolError::UnknownTopicOrPartition, .. } => {
            StreamError::missing(format!("{what}: Kafka has no such topic or partition"))
        }
        Error::ServerError {
            protocol_error:
                ProtocolError::TopicAuthorizationFailed
                | ProtocolError::ClusterAuthorizationFailed
                | ProtocolError::SaslAuthenticationFailed
                | ProtocolError::UnsupportedSaslMechanism,
            ..
        } => StreamError::login(format!("{what}: {text}")),
        _ if text.contains("Sasl") => StreamError::login(format!("{what}: {text}")),
        _ => StreamError::away(format!("{what}: {text}")),
    }
}
