//! Streams as sources of events: NATS and Kafka, followed while a server runs (`kith_stream`).
//!
//! Their messages pass the same door as any sent event: the tracking plan of the source, the log, the counts.

use super::Collector;
use super::shape_stream::StreamStatus;
use crate::connect;
use crate::error::{Error, Result};
use crate::project::{DATA_DIR, Project};
use kith_core::config::stream::StreamAt;
use kith_core::config::{Config, Secret, Source};
use kith_core::event::wire::Incoming;
use kith_core::id::SourceName;
use kith_live::Seams;
use kith_live::events::{NotTaken, Reply};
use kith_stream::{Following, Login, Sent, Sink, Spec, StreamError};
use std::path::Path;
use std::sync::{Arc, PoisonError};

impl Sink for Collector {
    fn submit(&self, sent: Vec<Sent>, reply: Reply) -> std::result::Result<(), NotTaken> {
        let (incoming, places): (Vec<_>, Vec<_>) =
            sent.into_iter().map(|sent| (sent.incoming, sent.place)).unzip();
        let mut judged = self.plans.judge(incoming);
        for (incoming, place) in judged.iter_mut().zip(places) {
            // What a plan refuses is delivered again too.
            if let Incoming::Refused(refused) = incoming {
                refused.place = place;
            }
        }
        self.events.submit(judged, reply)
    }

    fn has_room(&self) -> bool {
        self.events.has_room()
    }
}

impl Project {
    /// Begins to follow the streams that the configuration names, if it names any; they are followed until
    /// [`Project::stop_streams`].
    pub fn follow_streams(&self) -> Result<()> {
        let Some(collector) = &self.collector else { return Ok(()) };
        let config = self.config();
        let specs = specs(&config, self.dir())?;
        if specs.is_empty() {
            return Ok(());
        }
        let dir = self.dir().join(DATA_DIR).join("streams").join(config.project.tenant.as_str());
        let sink: Arc<dyn Sink> = Arc::new(collector.clone());
        let following = kith_stream::follow(specs, sink, Seams::real().clock, dir)
            .map_err(|e| Error::internal("streams can not be followed", e))?;
        *self.streams.write().unwrap_or_else(PoisonError::into_inner) = Some(following);
        Ok(())
    }

    /// Takes nothing more from streams; what was taken is kept and acknowledged when it returns.
    pub fn stop_streams(&self) {
        if let Some(following) = self.streams.read().unwrap_or_else(PoisonError::into_inner).as_ref() {
            following.stop();
        }
    }

    /// How the stream of a source stands; `None` = it has none.
    pub(crate) fn stream_status(&self, source: &Source) -> Option<StreamStatus> {
        source.stream.as_ref()?;
        let streams = self.streams.read().unwrap_or_else(PoisonError::into_inner);
        let status = streams.as_ref().and_then(|following: &Following| following.status(&source.name));
        Some(status.map_or_else(StreamStatus::not_followed, StreamStatus::of))
    }
}

/// Looks at a stream without reading it; what is there, in words.
pub(crate) fn probe(source: &Source, dir: &Path) -> Result<Option<String>> {
    match spec(source, dir)? {
        Some(spec) => kith_stream::probe(&spec).map(Some).map_err(|e| problem(&source.name, e)),
        None => Ok(None),
    }
}

fn specs(config: &Config, dir: &Path) -> Result<Vec<Spec>> {
    config.sources.iter().filter_map(|source| spec(source, dir).transpose()).collect()
}

fn spec(source: &Source, dir: &Path) -> Result<Option<Spec>> {
    let Some(stream) = &source.stream else { return Ok(None) };
    let name = source.name.as_str();
    let read = |secret: &Option<Secret>| -> Result<Option<String>> {
        secret.as_ref().map(|secret| connect::secret(name, secret, dir)).transpose()
    };
    let (token, credentials) = match &stream.at {
        StreamAt::Nats { token, credentials, .. } => (read(token)?, read(credentials)?),
        StreamAt::Kafka { .. } => (None, None),
    };
    let login = Login { password: read(&source.password)?, token, credentials };
    let (source, stream, base) = (source.name.clone(), stream.clone(), dir.to_path_buf());
    Ok(Some(Spec { source, stream, login, base }))
}

fn problem(source: &SourceName, error: StreamError) -> Error {
    let message = format!("{}: {}", source.as_str(), error.message);
    Error::source(error.code, source.as_str(), message, error.help)
}
