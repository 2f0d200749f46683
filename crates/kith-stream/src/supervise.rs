//! One thread that follows all streams, each by itself: what breaks is opened again, with pauses that grow.

use crate::error::{Result, StreamError};
use crate::keep::{Keeper, Sink};
use crate::spec::Spec;
use crate::status::{Board, State, Status};
use crate::{kafka, nats};
use kith_core::config::stream::StreamAt;
use kith_core::id::SourceName;
use kith_live::seams::Clock;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// The first pause after something broke, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(15));
/// What was followed for so long begins with the first pause again.
const GOOD: Duration = Duration::from_secs(30);
/// A look at a stream takes no longer.
const PROBE_MAX: Duration = Duration::from_secs(10);

/// Streams that are followed. Dropped, it stops them: what was taken is kept and acknowledged, within seconds.
pub struct Following {
    boards: Vec<(SourceName, Board)>,
    stop: watch::Sender<bool>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// Follows streams. `dir` is theirs, in the data directory.
pub fn follow(
    specs: Vec<Spec>,
    sink: Arc<dyn Sink>,
    clock: Arc<dyn Clock>,
    dir: PathBuf,
) -> std::io::Result<Following> {
    let (stop, stopped) = watch::channel(false);
    let keepers: Vec<_> = specs
        .into_iter()
        .map(|spec| {
            let keeper = Keeper::new(&spec, &sink, &clock);
            (spec, keeper)
        })
        .collect();
    let boards = keepers.iter().map(|(_, keeper)| (keeper.source.clone(), keeper.board.clone())).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let thread = std::thread::Builder::new().name("kith-stream".into()).spawn(move || {
        runtime.block_on(async {
            let all = keepers.into_iter().map(|(spec, keeper)| {
                let (dir, stopped) = (dir.clone(), stopped.clone());
                tokio::spawn(async move { supervise(&spec, &keeper, dir, stopped).await })
            });
            for task in all.collect::<Vec<_>>() {
                if let Err(error) = task.await {
                    tracing::error!(%error, "a stream is not followed any more");
                }
            }
        });
        runtime.shutdown_timeout(Duration::from_millis(100));
    })?;
    Ok(Following { boards, stop, thread: Mutex::new(Some(thread)) })
}

impl Following {
    /// How a source's stream stands.
    pub fn status(&self, source: &SourceName) -> Option<Status> {
        self.boards.iter().find(|(name, _)| name == source).map(|(_, board)| board.status())
    }

    /// Stops, and waits until what was taken is kept and acknowledged.
    pub fn stop(&self) {
        let _ = self.stop.send(true);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn supervise(spec: &Spec, keeper: &Keeper, dir: PathBuf, mut stop: watch::Receiver<bool>) {
    let mut pause = PAUSES.0;
    while !*stop.borrow() {
        let begun = Instant::now();
        let ended = match &spec.stream.at {
            StreamAt::Nats { .. } => nats::follow(spec, keeper, stop.clone()).await,
            StreamAt::Kafka { .. } => kafka::follow(spec, keeper, &dir, stop.clone()).await,
        };
        let Err(error) = ended else { break };
        let source = keeper.source.as_str();
        if error.code == "K-STREAM-CLOSED" {
            tracing::error!(source, code = error.code, "{error}");
            return keeper.board.problem(State::Stopped, error);
        }
        // Said once, not with each try.
        if keeper.board.status().problem.as_ref() != Some(&error) {
            tracing::warn!(source, code = error.code, "{error}");
        }
        keeper.board.problem(State::Away, error);
        if begun.elapsed() > GOOD {
            pause = PAUSES.0;
        }
        tokio::select! { _ = tokio::time::sleep(pause) => {}, _ = asked_to(&mut stop) => {} }
        pause = (pause * 2).min(PAUSES.1);
    }
    keeper.board.state(State::Stopped);
}

/// Returns when it is time to stop.
pub(crate) async fn asked_to(stop: &mut watch::Receiver<bool>) {
    // Without a sender there is nobody who would follow.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Looks at a stream without reading it; what is there, in words.
pub fn probe(spec: &Spec) -> Result<String> {
    let failed = |e: std::io::Error| StreamError::away(e.to_string());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let looked = runtime.block_on(async {
        let look = async {
            match &spec.stream.at {
                StreamAt::Nats { .. } => nats::look(spec).await,
                StreamAt::Kafka { .. } => kafka::look(spec).await,
            }
        };
        tokio::time::timeout(PROBE_MAX, look).await
    });
    runtime.shutdown_timeout(Duration::from_millis(100));
    looked.unwrap_or_else(|_| Err(StreamError::away("the servers did not answer in time")))
}
